//! What upserts, bulk updates and updates from queries of other libraries got wrong, asked of this one.

use orm::prelude::*;
use orm::{exists, if_, subquery};
use orm_tests::behaviour;
use orm_tests::behaviour::error;

orm::app!("suite");

/// Columns that are not named as their fields, one of them a word of SQL.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "Mixed Case", unique("first", "parent"))]
pub struct MixedCase {
    #[orm(column = "ID")]
    pub id: i64,
    #[orm(column = "order")]
    pub first: String,
    #[orm(column = "Parent_Of", on_delete = Cascade, related_name = "mixed")]
    pub parent: Option<ForeignKey<MixedCase>>,
    #[orm(column = "excluded", default = 0)]
    pub number: i64,
    #[orm(unique, column = "Code\"s")]
    pub code: Option<String>,
    #[orm(auto_now)]
    pub seen_at: DateTime<Utc>,
}

/// Nothing but a key.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct OnlyKey {
    #[orm(primary_key)]
    pub name: String,
}

macro_rules! mixed {
    ($first:expr, $code:expr) => {
        MixedCase::create().first($first).code($code)
    };
}

behaviour! {
    /// Django 34171: names of fields where those of columns belong.
    fn columns_with_names_of_their_own_conflict(db) {
        let root = run!(mixed!("root", "r").save(db));
        let write = |number: i64| {
            mixed!("a", "c").parent(&root).number(number).on_conflict(|m| (m.parent, m.first)).update(|m, new| (
                m.number.set(m.number + new.number),
                m.code.set(new.code.concat(m.first)),
            ))
        };
        run!(write(1).save(db));
        let row = run!(write(2).save(db));
        assert_eq!((row.number, row.code.as_deref()), (3, Some("ca")));
        let (again, created) = run!(mixed!("a", "d").parent(&root).update_or_create(|m| (m.first, m.parent)).run(db));
        assert!(!created && again.code.as_deref() == Some("d") && again.number == 3);
        let (again, created) = run!(mixed!("x", "d").get_or_create(|m| m.code).run(db));
        assert!(!created && again.id == row.id);
        let mut rows = run!(MixedCase::objects().order_by(|m| m.id).all(db));
        rows.iter_mut().for_each(|row| row.number = 10 * row.id);
        assert_eq!(run!(MixedCase::bulk_update(&rows, |m| (m.number, m.parent)).run(db)), 2);
        assert_eq!(run!(MixedCase::objects().order_by(|m| m.id).all(db)), rows);
    }

    /// Django 34177 and Ecto 2329: the primary key as what rows conflict in, and as what must not change where it is not.
    fn a_given_key_is_kept_or_conflicts(db) {
        let first = run!(mixed!("a", "a").save(db));
        let by_key = mixed!("b", "b").id(first.id).on_conflict(|m| m.id).update(|m, new| m.first.set(new.first));
        let row = run!(by_key.save(db));
        assert_eq!((row.id, row.first.as_str(), row.code.as_deref()), (first.id, "b", Some("a")));
        let (row, created) = run!(mixed!("c", "a").id(first.id + 50).update_or_create(|m| m.code).run(db));
        assert!(!created && row.id == first.id && row.first == "c");
        let (row, created) = run!(mixed!("d", "z").id(first.id + 50).update_or_create(|m| m.id).run(db));
        assert!(created && row.id == first.id + 50);
        let new_key = mixed!("e", "a").id(first.id + 90).on_conflict(|m| m.code).update(|m, new| m.number.set(new.id));
        assert_eq!(run!(new_key.save(db)).number, first.id + 90, "where it is given, it is known");
    }

    /// SeaORM 899, 1175, 1193, 1549: nothing inserted is an answer and no error.
    fn nothing_to_insert_is_an_answer(db) {
        let names = || ["a", "b"].map(|name| OnlyKey::create().name(name));
        assert_eq!(run!(OnlyKey::bulk_create(names()).on_conflict(|o| o.name).do_nothing().run(db)), 2);
        assert_eq!(run!(OnlyKey::bulk_create(names()).on_conflict(|o| o.name).do_nothing().run(db)), 0);
        assert_eq!(run!(OnlyKey::bulk_create(names()).on_any_conflict().do_nothing().all(db)), []);
        assert_eq!(run!(OnlyKey::create().name("a").on_conflict(|o| o.name).do_nothing().save(db)), None);
        let none = Vec::<OnlyKeyCreate<orm::__private::Assigned>>::new();
        assert_eq!(run!(OnlyKey::bulk_create(none).on_conflict(|o| o.name).do_nothing().run(db)), 0);
        assert!(!run!(OnlyKey::create().name("a").get_or_create(|o| o.name).run(db)).1);
        let nothing = error(attempt!(OnlyKey::create().name("a").update_or_create(|o| o.name).run(db)));
        assert!(nothing.to_string().contains("nothing to update"), "{nothing}");
    }

    /// SQLAlchemy 5900: what is set on every update, in an upsert.
    fn the_time_of_the_last_change_goes_along_where_it_is_said(db) {
        let first = run!(mixed!("a", "a").save(db));
        let silent = mixed!("b", "a").on_conflict(|m| m.code).update(|m, new| m.first.set(new.first));
        assert_eq!(run!(silent.save(db)).seen_at, first.seen_at);
        let said = mixed!("c", "a").on_conflict(|m| m.code).update(|m, new| m.seen_at.set(new.seen_at));
        assert!(run!(said.save(db)).seen_at > first.seen_at);
    }

    /// EF Core 31078, 33947, 38010: an update that asks the same table twice, joins it, and filters over the join.
    fn an_update_names_each_table_of_its_queries_apart(db) {
        let root = run!(mixed!("root", "r").number(100).save(db));
        for at in 1..=3 {
            run!(MixedCase::create().first(format!("m{at}")).parent(&root).number(at).save(db));
        }
        let changed = run!(MixedCase::objects()
            .filter(|m| m.parent().first.eq("root") & m.parent().mixed().any(|o| o.number.eq(3)))
            .update(|m| (
                m.number.set(
                    m.parent().number.coalesce(0) * 10
                        + subquery(MixedCase::objects().filter(move |o| o.number.lt(m.number)).values(|_| count())).coalesce(0)
                ),
                m.code.set(m.parent().code.concat(m.first)),
                m.first.set(if_::<String>(
                    exists(MixedCase::objects().filter(move |o| o.parent.eq(m.id))),
                    m.first,
                    m.parent().first.coalesce("").concat("!").concat(m.first),
                )),
            ))
            .all(db));
        let mut found: Vec<(String, i64, Option<String>)> =
            changed.into_iter().map(|row| (row.first, row.number, row.code)).collect();
        found.sort();
        let row = |at: i64| (format!("root!m{at}"), 999 + at, Some(format!("rm{at}")));
        assert_eq!(found, [row(1), row(2), row(3)]);
    }

    /// Peewee 2292, 2468, 2865 and tortoise-orm 1086: columns of which all new values are NULL. Of arrays and of others, row by row
    /// and as lists.
    fn a_foreign_key_of_which_all_are_null_is_updated(db) {
        let root = run!(mixed!("root", "r").save(db));
        let drafts = (0..40).map(|at| MixedCase::create().first(at.to_string()).parent(&root));
        let mut rows = run!(MixedCase::bulk_create(drafts).all(db));
        rows.iter_mut().for_each(|row| row.parent = None);
        for few in [1, 2, 40] {
            assert_eq!(run!(MixedCase::bulk_update(&rows[..few], |m| (m.parent, m.code)).run(db)), few as u64);
        }
        assert_eq!(run!(MixedCase::objects().filter(|m| m.parent.is_null()).count(db)), 41);
    }
}
