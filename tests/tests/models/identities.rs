//! Identity columns: how they count is said by the model, and a number that is always counted is nobody's to give.

use orm::migrate::{MakeOptions, MigrateOptions, Migrations, Target, make_migrations, migrate};
use orm::models::{IdentityDef, ModelDef, registry};
use orm::prelude::*;
use orm::tables::introspect;
use orm::{AsyncDb, Db};
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::{Backend, Database};

orm::app!("counted");

/// Its key is always counted, by tens from a thousand.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Ticket {
    #[orm(primary_key, identity(always, start = 1_000, increment = 10, cache = 1))]
    pub number: i64,
    pub title: String,
    /// Not the key: each row has one, and it may be given.
    #[orm(identity(start = 5, max_value = 32_000), unique)]
    pub place: i16,
    /// Never given, and counted down.
    #[orm(identity(always, increment = -1, min_value = -3, max_value = -1, cycle))]
    pub turn: i32,
    pub before: Option<ForeignKey<Ticket>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Answer {
    #[orm(identity(start = 7))]
    pub id: u32,
    pub ticket: ForeignKey<Ticket>,
    #[orm(related_name = "seen_by")]
    pub seen: ManyToMany<Ticket>,
}

fn models() -> Vec<ModelDef> {
    let known = value(registry()).models();
    let ours = known.filter(|meta| meta.def.app == "counted");
    ours.map(|meta| meta.def.clone()).collect()
}

/// A database with the tables of the models.
fn migrated() -> Database {
    let database = Database::empty(Backend::Postgres);
    let new = value(make_migrations(
        &models(),
        &value(Migrations::from_embedded(&[])),
        &MakeOptions::default(),
    ));
    let files: Vec<(String, String)> = new
        .into_iter()
        .map(|new| (new.path.to_str().expect("text").to_owned(), new.text))
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let migrations = value(Migrations::from_embedded(&files));
    let db = value(Db::connect(database.url()));
    let options = MigrateOptions::default();
    value(migrate(
        &mut value(db.session()),
        &migrations,
        &Target::Latest,
        &options,
        &mut |_| {},
    ));
    database
}

#[test]
fn rows_are_numbered_as_the_model_says() {
    let database = migrated();
    let db = &value(Db::connect(database.url()));
    let first = value(Ticket::create().title("one").save(db));
    assert_eq!((first.number, first.place, first.turn), (1_000, 5, -1));
    let more = (0..30).map(|n| Ticket::create().title(format!("{n}")).before(&first));
    let more = value(Ticket::bulk_create(more).all(db));
    assert_eq!(
        more.iter().map(|ticket| ticket.number).collect::<Vec<_>>(),
        (101..131).map(|n| n * 10).collect::<Vec<_>>()
    );
    assert_eq!(
        more.iter().map(|ticket| ticket.turn).take(4).collect::<Vec<_>>(),
        [-2, -3, -1, -2]
    );
    let given = value(Ticket::create().title("given").place(31_999).save(db));
    assert_eq!(given.place, 31_999);
    assert!(error(Ticket::create().title("again").place(31_999).save(db)).is_unique_violation());

    // What is always counted stays, whatever the struct holds.
    let mut saved = value(Ticket::get(1_000, db));
    (saved.title, saved.turn, saved.place) = ("two".to_owned(), 77, 4);
    value(saved.save(db));
    assert_eq!(saved.turn, -1);
    let read = value(Ticket::get(1_000, db));
    assert_eq!((read.title.as_str(), read.turn, read.place), ("two", -1, 4));
    value(
        Ticket::objects()
            .filter(|t| t.number.eq(1_000))
            .update(|t| t.place.set(3))
            .run(db),
    );

    let copied = (0..5_000).map(|n| Ticket::create().title(format!("copied {n}")));
    // The sequence of `place` has come to 36, and each row takes one.
    assert_eq!(value(Ticket::copy_in(copied).run(db)), 5_000);
    let tickets = Ticket::objects().filter(|t| t.title.starts_with("copied"));
    assert_eq!(
        value(tickets.clone().filter(|t| t.number.gt(1_000)).count(db)),
        5_000
    );

    let inserted = Ticket::insert_from(tickets.limit(3).values(|t| t.title), |t| t.title);
    assert_eq!(value(inserted.run(db)), 3);

    let answer = value(Answer::create().ticket(&first).save(db));
    assert_eq!(
        (
            answer.id,
            value(Answer::create().id(3).ticket(&first).save(db)).id
        ),
        (7, 3)
    );
    value(answer.seen().add([&first]).run(db));
    assert_eq!(value(answer.seen().count(db)), 1);
    let upsert = || Ticket::create().title("there").place(3);
    let (there, created) = value(upsert().get_or_create(|t| t.place).run(db));
    assert!(!created && there.number == 1_000);
    let there = value(
        upsert()
            .on_conflict(|t| t.place)
            .update(|t, new| t.title.set(new.title))
            .save(db),
    );
    assert_eq!((there.number, there.title.as_str()), (1_000, "there"));
}

#[test]
fn async_rows_are_numbered_as_the_model_says() {
    let database = migrated();
    runtime().block_on(async {
        let db = &value(AsyncDb::connect(database.url()).await);
        let first = value(Ticket::create().title("one").save(db).await);
        assert_eq!((first.number, first.place, first.turn), (1_000, 5, -1));
        let tenth = |n: i64| Ticket::create().title(format!("{n}"));
        let more = value(Ticket::bulk_create((0..3).map(tenth)).all(db).await);
        assert_eq!(
            more.iter().map(|ticket| ticket.number).collect::<Vec<_>>(),
            [1_010, 1_020, 1_030]
        );
        let update = Ticket::objects().update(|t| t.number.set(1)).run(db).await;
        refused(&error(update), "number");
    });
}

/// The error names the model and the field, and says what to do.
fn refused(error: &orm::Error, field: &str) {
    let said = error.to_string();
    assert!(
        said.contains(&format!(
            "`{field}` of counted.Ticket is generated by the database and cannot be set"
        )) && said.contains("take `always` out of its `identity`"),
        "{said}"
    );
}

#[test]
fn a_number_that_is_always_counted_cannot_be_given() {
    let database = migrated();
    let db = &value(Db::connect(database.url()));
    value(Ticket::create().title("one").save(db));
    let update = Ticket::objects().update(|t| t.number.set(1)).run(db);
    refused(&error(update), "number");
    let update = Ticket::objects().update(|t| t.turn.set(t.turn - 1)).run(db);
    refused(&error(update), "turn");
    let rows = value(Ticket::objects().all(db));
    refused(&error(Ticket::bulk_update(&rows, |t| t.turn).run(db)), "turn");
    let inserted = Ticket::insert_from(Ticket::objects().values(|t| (t.number, t.title)), |t| {
        (t.number, t.title)
    });
    refused(&error(inserted.run(db)), "number");
    let by_name = value(orm::dynamic::DynModel::named("counted.Ticket"));
    let given = by_name
        .create()
        .set_json("number", &serde_json::json!(7))
        .save(db);
    refused(&error(given), "number");
    assert_eq!(value(Ticket::objects().count(db)), 1);
    // Whoever writes SQL can say so.
    let restored =
        "INSERT INTO counted_ticket (number, title) OVERRIDING SYSTEM VALUE VALUES (7, 'restored')";
    value(value(db.session()).batch(restored));
    assert_eq!(value(Ticket::get(7, db)).title, "restored");
}

#[test]
fn the_database_says_how_it_counts() {
    let database = migrated();
    let db = value(Db::connect(database.url()));
    let mut session = value(db.session());
    let ticket = value(introspect(&mut session, "counted_ticket")).expect("it is there");
    let identity = |name: &str| {
        ticket
            .column(name)
            .map(|column| (column.generated, column.identity))
    };
    let none = IdentityDef::DEFAULT;
    assert_eq!(
        identity("number"),
        Some((
            true,
            IdentityDef {
                always: true,
                start: Some(1_000),
                increment: Some(10),
                ..none
            }
        ))
    );
    assert_eq!(
        identity("place"),
        Some((
            true,
            IdentityDef {
                start: Some(5),
                max_value: Some(32_000),
                ..none
            }
        ))
    );
    assert_eq!(
        identity("turn"),
        Some((
            true,
            IdentityDef {
                always: true,
                increment: Some(-1),
                min_value: Some(-3),
                cycle: true,
                ..none
            }
        ))
    );
    assert_eq!(identity("before_id"), Some((false, none)));
}

/// What a database of the project cannot do is not written.
#[test]
fn sqlite_is_refused_where_the_settings_name_it() {
    let options = MakeOptions {
        databases: vec![("default".to_owned(), orm::db::Dialect::SQLITE)],
        ..MakeOptions::default()
    };
    let migrations = value(Migrations::from_embedded(&[]));
    let refused = error(make_migrations(&models(), &migrations, &options));
    assert!(refused.is_unsupported(), "{refused:?}");
}
