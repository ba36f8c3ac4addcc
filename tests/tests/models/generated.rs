//! Generated columns: never assigned, always read back, and always consistent with their expression.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(index("total"), check("not_too_much", |i| i.total.le(1000), message = "an order is at most 1000"))]
pub struct Item {
    pub id: i64,
    pub price: i64,
    #[orm(default = 1)]
    pub quantity: i64,
    #[orm(generated = |i| i.price * i.quantity)]
    pub total: i64,
    pub name: Option<String>,
    #[orm(generated = |i| i.name.trim().ascii_lower(), unique, column = "Slug")]
    pub slug: Option<String>,
    #[orm(generated = |i| i.name.is_null())]
    pub nameless: bool,
    #[orm(auto_now)]
    pub changed_at: DateTime<Utc>,
}

behaviour! {
    fn a_new_row_comes_back_with_what_was_computed(db) {
        let item = run!(Item::create().price(3).quantity(4).name(" Tea ").save(db));
        assert_eq!((item.total, item.slug.as_deref(), item.nameless), (12, Some("tea"), false));
        assert_eq!(run!(Item::get(item.id, db)), item);
        let nameless = run!(Item::create().price(3).save(db));
        assert_eq!((nameless.total, nameless.slug, nameless.nameless), (3, None, true));
    }

    fn many_new_rows_come_back_with_what_was_computed(db) {
        let drafts = (1..=3).map(|price| Item::create().price(price).quantity(10));
        let items = run!(Item::bulk_create(drafts).all(db));
        assert_eq!(items.iter().map(|item| item.total).collect::<Vec<_>>(), [10, 20, 30]);
        assert_eq!(run!(Item::bulk_create([Item::create().price(7)]).run(db)), 1);
        assert_eq!(run!(Item::objects().filter(|i| i.total.eq(7)).count(db)), 1);
    }

    fn a_saved_row_is_read_back(db) {
        let mut item = run!(Item::create().price(3).name("Tea").save(db));
        item.price = 5;
        item.name = Some("Green Tea".to_owned());
        // Whatever the struct holds for it.
        item.total = 999;
        run!(item.save(db));
        assert_eq!((item.total, item.slug.as_deref()), (5, Some("green tea")));
        assert_eq!(run!(Item::get(item.id, db)), item);
        run!(item.delete(db));
        assert!(error(attempt!(item.save(db))).is_not_found());
    }

    fn an_update_recomputes_it(db) {
        let mut item = run!(Item::create().price(3).save(db));
        run!(Item::create().price(4).save(db));
        assert_eq!(run!(Item::objects().update(|i| i.quantity.set(i.total + 1)).run(db)), 2);
        let totals = Item::objects().order_by(|i| i.total.desc()).values(|i| i.total);
        assert_eq!(run!(totals.all(db)), [20, 12]);
        run!(item.update(|i| i.price.set(10)).run(db));
        run!(item.refresh(db));
        assert_eq!(item.total, 40);
    }

    fn generated_columns_cannot_be_assigned(db) {
        let item = run!(Item::create().price(3).save(db));
        let refused = error(attempt!(item.update(|i| (i.price.set(4), i.total.set(4))).run(db)));
        assert!(refused.to_string().contains("`total` of suite.Item is generated"), "{refused}");
        assert_eq!(run!(Item::get(item.id, db)), item);
    }

    fn constraints_apply_to_generated_columns(db) {
        let much = error(attempt!(Item::create().price(501).quantity(2).save(db)));
        assert!(much.is_check_violation(), "{much:?}");
        assert_eq!(much.constraint_message(), Some("an order is at most 1000"));
        let mut tea = run!(Item::create().price(1).name("tea").save(db));
        let twice = error(attempt!(Item::create().price(1).name("TEA ").save(db)));
        assert!(twice.is_unique_violation(), "{twice:?}");
        assert_eq!(twice.fields(), ["slug"]);
        tea.price = 2000;
        let before = tea.total;
        assert!(error(attempt!(tea.save(db))).is_check_violation());
        assert_eq!(tea.total, before, "a refused save reads nothing");
    }
}

/// Computed when it is read, which not every server supports.
mod computed_when_read {
    use orm::Db;
    use orm::prelude::*;
    use orm_tests::behaviour::value;
    use orm_tests::{Backend, Database};

    orm::app!("computed_when_read");

    #[derive(Model, Debug, Clone, PartialEq)]
    pub struct Reading {
        pub id: i64,
        pub celsius: i64,
        #[orm(generated = |r| r.celsius * 9 / 5 + 32, virtual)]
        pub fahrenheit: i64,
    }

    #[test]
    fn virtual_columns_are_read_like_others() {
        let database = Database::with_tables_of(Backend::Sqlite, "computed_when_read");
        let db = value(Db::connect(database.url()));
        let mut reading = value(Reading::create().celsius(100).save(&db));
        assert_eq!(reading.fahrenheit, 212);
        reading.celsius = 0;
        value(reading.save(&db));
        assert_eq!(reading.fahrenheit, 32);
        let cold = Reading::objects()
            .filter(|r| r.fahrenheit.lt(50))
            .values(|r| r.fahrenheit);
        assert_eq!(value(cold.all(&db)), [32]);
    }
}
