//! Rows of models by name: the same rows as those of the structs, and no fields but the model's own.

use chrono::Duration;
use orm::dynamic::{DynModel, DynRow};
use orm::exists;
use orm::prelude::*;
use orm::queries::Field;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::models::*;

use super::composite_keys::Membership;
use super::generated::Item;
use orm_tests::{world, world_of_counters};

orm::app!("suite");

/// A table that no database of the suite has, so that every statement about it fails.
#[derive(Model, Debug)]
#[orm(unmanaged, table = "suite_nowhere")]
pub struct Nowhere {
    pub id: i64,
    pub text: String,
}

fn named(name: &str) -> DynModel {
    value(DynModel::named(name))
}

fn field<T: orm::fields::ColumnType>(model: DynModel, name: &str) -> Field<T> {
    value(model.field(name))
}

fn column<T: orm::fields::ColumnType>(rows: &[DynRow], field: Field<T>) -> Vec<T> {
    rows.iter().map(|row| value(row.get(field))).collect()
}

/// Asserts that an error names the model of the field and the rows it was used on.
#[track_caller]
fn refuses(error: orm::Error, what: &str, on: &str) {
    says(error, &format!("{what} is not a field of {on}"), on);
}

/// Asserts the message of an error, and that its hint names the rows.
#[track_caller]
fn says(error: orm::Error, said: &str, on: &str) {
    assert!(error.to_string().contains(said), "expected `{said}`: {error}");
    assert!(error.hint().is_some_and(|hint| hint.contains(on)), "{error:?}");
}

behaviour! {
    fn the_rows_are_those_of_the_struct(db) {
        world!(db);
        let posts = named("suite.Post");
        let id = field::<i64>(posts, "id");
        let title = field::<String>(posts, "title");
        let views = field::<i64>(posts, "views");
        let author = field::<i64>(posts, "author");
        let editor = field::<Option<i64>>(posts, "editor");
        let status = field::<String>(posts, "status");
        let at = field::<Option<DateTime<Utc>>>(posts, "published_at");

        let typed = run!(Post::objects().all(db));
        assert!(typed.len() > 2);
        let rows = run!(posts.rows().all(db));
        assert_eq!(column(&rows, id), typed.iter().map(|post| post.id).collect::<Vec<_>>(), "in the model's order");
        assert_eq!(column(&rows, title), typed.iter().map(|post| post.title.clone()).collect::<Vec<_>>());
        assert_eq!(column(&rows, author), typed.iter().map(|post| post.author.id()).collect::<Vec<_>>());
        assert_eq!(column(&rows, editor), typed.iter().map(|post| post.editor.as_ref().map(ForeignKey::id)).collect::<Vec<_>>());
        assert_eq!(column(&rows, at), typed.iter().map(|post| post.published_at).collect::<Vec<_>>());

        let some = posts.filter(views.ge(10) & title.contains("i")).order_by((views.desc(), id));
        let same = Post::objects().filter(|p| p.views.ge(10) & p.title.contains("i")).order_by(|p| (p.views.desc(), p.id));
        assert_eq!(column(&run!(some.clone().all(db)), id), run!(same.clone().values(|p| p.id).all(db)));
        assert_eq!(column(&run!(some.clone().limit(1).all(db)), id), run!(same.clone().limit(1).values(|p| p.id).all(db)));
        assert_eq!(run!(some.clone().count(db)), run!(same.clone().count(db)));
        assert_eq!(value(run!(some.clone().first(db)).expect("a row").get(id)), run!(same.first(db)).expect("a row").id);
        assert!(run!(some.clone().exists(db)));
        assert!(!run!(posts.filter(title.eq("none")).exists(db)));
        assert!(run!(posts.filter(title.eq("none")).first(db)).is_none());
        assert!(run!(posts.filter(title.eq("none")).get_or_none(db)).is_none());
        assert!(error(attempt!(posts.filter(title.eq("none")).get(db))).is_not_found());
        assert!(error(attempt!(posts.rows().get(db))).is_multiple());
        assert!(error(attempt!(posts.rows().get_or_none(db))).is_multiple());
        let published = run!(posts.filter(status.eq("published")).count(db));
        assert_eq!(published, run!(Post::objects().filter(|p| p.status.eq(Status::Published)).count(db)));
    }

    fn a_row_is_created_changed_and_deleted(db) {
        let lines = named("suite.Line");
        let (id, text) = (field::<i64>(lines, "id"), field::<String>(lines, "text"));
        let note = field::<Option<String>>(lines, "note");
        let mut one = run!(lines.create().set(text, "one").save(db));
        let two = run!(lines.create().set(text, "two").set(note, "it's").save(db));
        assert_eq!(value(one.get(note)), None);
        let key = value(one.get(id));
        value(one.set(note, "changed"));
        assert_eq!(value(one.get(note)).as_deref(), Some("changed"));
        run!(Line::objects().filter(|l| l.id.eq(key)).update(|l| l.text.set("by another")).run(db));
        run!(one.save(db));
        let line = run!(Line::get(key, db));
        assert_eq!((line.text.as_str(), line.note.as_deref()), ("by another", Some("changed")), "only what was set");

        // Nothing was set in the meantime.
        run!(Line::objects().filter(|l| l.id.eq(key)).update(|l| l.note.set(None)).run(db));
        run!(one.save(db));
        assert_eq!(run!(Line::get(key, db)).note, None);

        run!(two.delete(db));
        assert!(error(attempt!(two.delete(db))).is_not_found());
        let mut two = two;
        value(two.set(text, "again"));
        assert!(error(attempt!(two.save(db))).is_not_found());
        value(one.set(id, 1000));
        let refused = error(attempt!(one.save(db))).to_string();
        assert!(refused.contains("the primary key of a row of suite.Line was set"), "{refused}");
        assert_eq!(column(&run!(lines.rows().all(db)), text), ["by another"]);

        let missing = error(attempt!(lines.create().set(note, "alone").save(db))).to_string();
        assert!(missing.contains("a new suite.Line needs text"), "{missing}");
    }

    fn a_failed_save_can_be_repeated(db) {
        let tags = named("suite.Tag");
        let label = field::<String>(tags, "label");
        run!(Tag::create().label("taken").save(db));
        let mut tag = run!(tags.create().set(label, "free").save(db));
        value(tag.set(label, "taken"));
        assert!(error(attempt!(tag.save(db))).is_unique_violation());
        run!(Tag::objects().filter(|t| t.label.eq("taken")).delete().run(db));
        run!(tag.save(db));
        assert_eq!(run!(Tag::objects().values(|t| t.label).all(db)), ["taken"]);
    }

    fn many_rows_are_changed_by_one_statement(db) {
        world_of_counters!(db);
        let counters = named("suite.Counter");
        let number = field::<i64>(counters, "value");
        assert_eq!(run!(counters.filter(number.gt(1)).update(number.set(number * 10 + 1)).run(db)), 2);
        let values = Counter::objects().order_by(|c| c.id).values(|c| c.value);
        assert_eq!(run!(values.clone().all(db)), [1, 21, 31]);
        assert_eq!(run!(counters.filter(number.between(20, 30)).delete().run(db)), 1);
        assert_eq!(run!(values.all(db)), [1, 31]);
        for refused in [
            attempt!(counters.rows().limit(1).update(number.set(0)).run(db)),
            attempt!(counters.rows().limit(1).delete().run(db)),
        ] {
            let refused = error(refused).to_string();
            assert!(refused.contains("limit"), "{refused}");
        }
    }

    fn rows_are_created_in_bulk(db) {
        let lines = named("suite.Line");
        let (text, note) = (field::<String>(lines, "text"), field::<Option<String>>(lines, "note"));
        let draft = |number: usize| {
            let draft = lines.create().set(text, format!("{number:03}"));
            if number.is_multiple_of(3) { draft.set(note, "third") } else { draft }
        };
        let made = run!(lines.bulk_create((0..250).map(draft)).all(db));
        let expected: Vec<String> = (0..250).map(|number| format!("{number:03}")).collect();
        assert_eq!(column(&made, text), expected, "in the order given");
        assert_eq!(run!(lines.bulk_create((250..260).map(draft)).run(db)), 10);
        assert_eq!(run!(Line::objects().filter(|l| l.note.eq("third")).count(db)), 87);
        let incomplete = [draft(1), lines.create()];
        let refused = error(attempt!(lines.bulk_create(incomplete).run(db))).to_string();
        assert!(refused.contains("a new suite.Line needs text"), "{refused}");
        let counter = named("suite.Counter").create().set(field::<i64>(named("suite.Counter"), "value"), 1);
        let refused = error(attempt!(lines.bulk_create([draft(1), counter]).run(db))).to_string();
        assert!(refused.contains("a row of suite.Counter is not one of suite.Line"), "{refused}");
        assert_eq!(run!(Line::objects().count(db)), 260);
    }

    fn chunks_of_any_size_meet_every_row_once(db) {
        let lines = named("suite.Line");
        let (id, text) = (field::<i64>(lines, "id"), field::<String>(lines, "text"));
        run!(Line::bulk_create((0..7).map(|number| Line::create().text(format!("{number}")))).run(db));
        run!(Line::create().text("left out").save(db));
        for size in 0..=9 {
            let mut chunks = lines.filter(text.ne("left out")).chunks(size);
            let (mut met, mut sizes) = (Vec::new(), Vec::new());
            while let Some(mut rows) = run!(chunks.next(db)) {
                sizes.push(rows.len());
                met.extend(column(&rows, text));
                for row in &mut rows {
                    value(row.set(text, value(row.get(text))));
                    run!(row.save(db));
                }
            }
            assert_eq!(met, ["0", "1", "2", "3", "4", "5", "6"], "chunks of {size}");
            assert!(sizes.iter().all(|rows| *rows <= size.max(1) as usize), "{sizes:?}");
            assert!(run!(chunks.next(db)).is_none(), "and none after the last");
        }
        for refused in [
            attempt!(lines.rows().order_by(id.desc()).chunks(3).next(db)),
            attempt!(lines.rows().limit(3).chunks(3).next(db)),
        ] {
            let refused = error(refused).to_string();
            assert!(refused.contains("primary key"), "{refused}");
        }
    }

    fn composite_keys_find_their_rows(db) {
        let ann = run!(Person::create().name("Ann").save(db));
        let bob = run!(Person::create().name("Bob").save(db));
        for (person, club) in [(&ann, "chess"), (&ann, "choir"), (&bob, "chess"), (&bob, "rowing")] {
            run!(Membership::create().person(person).club(club).save(db));
        }
        let memberships = named("suite.Membership");
        let (person, club) = (field::<i64>(memberships, "person"), field::<String>(memberships, "club"));
        let points = field::<i64>(memberships, "points");
        for size in 1..=5 {
            let mut chunks = memberships.rows().chunks(size);
            let mut met = Vec::new();
            while let Some(rows) = run!(chunks.next(db)) {
                met.extend(column(&rows, person).into_iter().zip(column(&rows, club)));
            }
            let all = [(ann.id, "chess"), (ann.id, "choir"), (bob.id, "chess"), (bob.id, "rowing")];
            assert_eq!(met, all.map(|(person, club)| (person, club.to_owned())), "chunks of {size}");
        }
        let mut row = run!(memberships.filter(person.eq(ann.id) & club.eq("choir")).get(db));
        value(row.set(points, 5));
        run!(row.save(db));
        let all = Membership::objects().order_by(|m| (m.person, m.club)).values(|m| m.points);
        assert_eq!(run!(all.clone().all(db)), [0, 5, 0, 0]);
        run!(row.delete(db));
        assert_eq!(run!(all.all(db)), [0, 0, 0]);
    }

    fn what_the_database_computes_is_read_back_and_never_set(db) {
        let items = named("suite.Item");
        let (price, total) = (field::<i64>(items, "price"), field::<i64>(items, "total"));
        let mut item = run!(items.create().set(price, 3).set(field::<i64>(items, "quantity"), 4).save(db));
        assert_eq!(value(item.get(total)), 12);
        value(item.set(price, 5));
        run!(item.save(db));
        assert_eq!(value(item.get(total)), 20);
        for refused in [error(item.set(total, 1)), error(attempt!(items.create().set(price, 1).set(total, 1).save(db)))] {
            assert!(refused.to_string().contains("`total` of suite.Item is generated"), "{refused}");
        }
        assert_eq!(run!(Item::objects().values(|i| i.total).all(db)), [20]);
    }

    fn automatic_times_are_set(db) {
        let items = named("suite.Item");
        let (price, changed_at) = (field::<i64>(items, "price"), field::<DateTime<Utc>>(items, "changed_at"));
        let mut item = run!(items.create().set(price, 3).save(db));
        let old = Utc::now() - Duration::days(2);
        run!(Item::objects().update(|i| i.changed_at.set(old)).run(db));
        value(item.set(price, 4));
        run!(item.save(db));
        assert!(run!(Item::objects().get(db)).changed_at > old + Duration::days(1));
        assert_eq!(value(item.get(changed_at)), run!(Item::objects().get(db)).changed_at);
    }

    fn a_field_of_another_model_is_refused_by_name(db) {
        world!(db);
        let (posts, authors, tags) = (named("suite.Post"), named("suite.Author"), named("suite.Tag"));
        let (title, views) = (field::<String>(posts, "title"), field::<i64>(posts, "views"));
        let (name, id) = (field::<String>(authors, "name"), field::<i64>(authors, "id"));
        let label = field::<String>(tags, "label");
        let all = || Post::objects().order_by(|p| p.id);
        let before = run!(all().all(db));

        let mut post = run!(posts.rows().first(db)).expect("a post");
        let author = run!(authors.rows().first(db)).expect("an author");
        refuses(error(post.get(name)), "suite.Author.name", "suite.Post");
        refuses(error(post.set(name, "changed")), "suite.Author.name", "suite.Post");
        refuses(error(author.get(views)), "suite.Post.views", "suite.Author");
        // `id` is the first column of both.
        refuses(error(post.get(id)), "suite.Author.id", "suite.Post");

        for refused in [
            attempt!(posts.filter(name.eq("Ann")).all(db)),
            attempt!(posts.filter(title.eq("First")).filter(name.eq("Ann")).all(db)),
            attempt!(posts.filter(title.eq(name)).all(db)),
            attempt!(posts.filter(title.eq("x") | !name.lower().eq("y")).all(db)),
            attempt!(posts.rows().order_by(name.desc()).all(db)),
            attempt!(posts.rows().order_by((title, name)).all(db)),
        ] {
            refuses(error(refused), "suite.Author.name", "suite.Post");
        }
        for refused in [
            attempt!(posts.filter(name.eq("Ann")).delete().run(db)),
            attempt!(posts.filter(name.eq("Ann")).update(title.set("changed")).run(db)),
            attempt!(posts.rows().update(name.set("changed")).run(db)),
            attempt!(posts.rows().update(title.set(name)).run(db)),
            attempt!(posts.rows().update((views.set(views + 1), name.set("changed"))).run(db)),
            attempt!(posts.bulk_create([posts.create().set(name, "changed")]).run(db)),
        ] {
            refuses(error(refused), "suite.Author.name", "suite.Post");
        }
        refuses(error(attempt!(posts.filter(id.eq(1)).count(db))), "suite.Author.id", "suite.Post");
        refuses(error(attempt!(posts.filter(id.eq(1)).exists(db))), "suite.Author.id", "suite.Post");
        refuses(error(attempt!(posts.filter(id.eq(1)).first(db))), "suite.Author.id", "suite.Post");
        refuses(error(attempt!(posts.filter(id.eq(1)).get(db))), "suite.Author.id", "suite.Post");
        refuses(error(attempt!(posts.filter(id.eq(1)).get_or_none(db))), "suite.Author.id", "suite.Post");
        refuses(error(attempt!(posts.filter(id.eq(1)).chunks(3).next(db))), "suite.Author.id", "suite.Post");
        let first = error(attempt!(posts.filter(label.eq("x") & name.eq("y")).all(db)));
        refuses(first, "suite.Tag.label", "suite.Post");
        refuses(error(attempt!(posts.create().set(label, "x").set(name, "y").save(db))), "suite.Tag.label", "suite.Post");

        assert_eq!(run!(all().all(db)), before);
        assert_eq!(run!(Author::objects().values(|a| a.name).all(db)), ["Ann", "Ben", "Cleo"]);
    }

    fn refused_queries_send_nothing(db) {
        let (nowhere, lines) = (named("suite.Nowhere"), named("suite.Line"));
        let (own, other) = (field::<String>(nowhere, "text"), field::<String>(lines, "text"));
        let asked = error(attempt!(nowhere.filter(own.eq("x")).all(db)));
        assert_eq!(asked.kind(), orm::error::Kind::Undefined, "there is no such table: {asked:?}");
        refuses(error(attempt!(nowhere.filter(other.eq("x")).all(db))), "suite.Line.text", "suite.Nowhere");
        refuses(error(attempt!(nowhere.rows().update(other.set("x")).run(db))), "suite.Line.text", "suite.Nowhere");
        refuses(error(attempt!(nowhere.create().set(other, "x").save(db))), "suite.Line.text", "suite.Nowhere");
    }

    fn fields_of_closures_and_fields_by_name_do_not_mix(db) {
        world!(db);
        let posts = named("suite.Post");
        let title = field::<String>(posts, "title");
        let mut kept = None;
        let mut related = None;
        run!(Post::objects().filter(|p| {
            kept = Some(p.title);
            related = Some(p.author().name);
            p.views.ge(0)
        }).count(db));
        let (kept, related) = (kept.expect("called"), related.expect("called"));
        for refused in [
            attempt!(posts.filter(kept.eq("First")).all(db)),
            attempt!(posts.filter(title.eq(kept)).all(db)),
        ] {
            says(error(refused), "suite.Post.title, a field of a typed closure, is used in a query of suite.Post by name", "suite.Post");
        }
        let said = "suite.Author.name, a field of a typed closure, is used in a query of suite.Post by name";
        says(error(attempt!(posts.filter(related.eq("Ann")).all(db))), said, "suite.Post");
        let row = run!(posts.rows().first(db)).expect("a post");
        says(error(row.get(kept)), "suite.Post.title, a field of a typed closure", "suite.Post");

        let refused = [
            error(attempt!(Post::objects().filter(|_| title.eq("First")).all(db))),
            error(attempt!(Tag::objects().filter(|t| t.label.eq(title)).all(db))),
            error(attempt!(Tag::objects().order_by(|_| title).all(db))),
            error(attempt!(Post::objects().update(|_| title.set("changed")).run(db))),
            error(attempt!(Post::objects().update(|p| p.title.set(title)).run(db))),
        ];
        for refused in refused {
            assert!(refused.to_string().contains("is used in a query that is not inside the closure it belongs to"), "{refused}");
        }
        assert_eq!(run!(Post::objects().filter(|p| p.title.eq("changed")).count(db)), 0);
    }

    fn typed_queries_work_in_conditions_by_name(db) {
        world!(db);
        let (posts, authors) = (named("suite.Post"), named("suite.Author"));
        let (views, id) = (field::<i64>(posts, "views"), field::<i64>(authors, "id"));
        let published = Post::objects().filter(|p| p.status.eq(Status::Published)).values(|p| p.views);
        let rows = run!(posts.filter(views.in_(published.clone())).all(db));
        let typed = run!(Post::objects().filter(|p| p.views.in_(published.clone())).values(|p| p.views).all(db));
        assert_eq!(column(&rows, views), typed);
        assert_eq!(typed.len(), 2);

        // A subquery may name the outer rows.
        let few = |id: Field<i64>| exists(Post::objects().filter(|p| p.author().id.eq(id) & p.views.lt(10)));
        let rows = run!(authors.filter(few(id) & id.gt(0)).all(db));
        let typed = run!(Author::objects().filter(|a| few(a.id) & a.id.gt(0)).values(|a| a.id).all(db));
        assert_eq!(column(&rows, id), typed);
        assert_eq!(typed.len(), 2, "a draft of Ann's, and Ben's");
        refuses(error(attempt!(posts.filter(few(id)).all(db))), "suite.Author.id", "suite.Post");
        let rows = run!(authors.filter(few(id)).update(field::<String>(authors, "name").set("few")).run(db));
        assert_eq!(rows, 2);
    }

    fn rows_belong_to_the_transaction_they_were_read_in(db) {
        let lines = named("suite.Line");
        let text = field::<String>(lines, "text");
        let undone = transaction!(db, |tx| {
            run!(lines.create().set(text, "one").save(tx));
            assert_eq!(run!(lines.rows().count(tx)), 1);
            Err::<(), _>(orm::Error::new(orm::error::Kind::Config, "no"))
        });
        assert_eq!(error(undone).to_string(), "no");
        assert_eq!(run!(lines.rows().count(db)), 0);
    }
}

#[test]
fn a_model_and_its_fields_are_found_by_name() {
    let unknown = error(DynModel::named("suite.Nobody"));
    assert!(
        unknown.to_string().contains("there is no model `suite.Nobody`"),
        "{unknown}"
    );
    assert!(
        unknown.hint().is_some_and(|hint| hint.contains("suite.Post")),
        "{unknown:?}"
    );
    assert!(error(DynModel::named("Post")).to_string().contains("`Post`"));
    let posts = named("suite.Post");
    assert_eq!(posts, named("suite.Post"));
    assert_ne!(posts, named("suite.Author"));
    for (refused, said) in [
        (
            error(posts.field::<String>("headline")),
            "suite.Post has no field `headline`",
        ),
        (
            error(posts.field::<i64>("title")),
            "suite.Post.title holds text, not bigint",
        ),
        (
            error(posts.field::<i64>("editor")),
            "suite.Post.editor takes NULL",
        ),
        (
            error(posts.field::<i64>("tags")),
            "suite.Post.tags is not a column",
        ),
    ] {
        assert!(refused.to_string().contains(said), "{refused}");
    }
}
