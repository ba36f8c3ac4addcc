//! One closure is TRUE, FALSE or NULL for the same rows as a filter, as a value, as a check and as a generated column, on both
//! databases, and for those that the oracle says.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use orm::__private::{check, generated};
use orm::Db;
use orm::db::Session;
use orm::fields::FieldType;
use orm::migrate::{MakeOptions, Migrations, Target, make_migrations, migrate};
use orm::models::registry;
use orm::models::{ConstraintDef, FieldDef, GeneratedDef, ModelDef};
use orm::prelude::*;
use orm_tests::behaviour::value;
use orm_tests::{Backend, Database};

use super::closure::condition;
use super::condition::Condition;
use super::dice::{Dice, seed, times};
use super::handle::{Colour, Handle, ask};
use super::oracle::{Row, holds};
use super::thing::Thing;

/// Conditions that share their rows and a database.
const CONDITIONS: usize = 60;
const ROWS: usize = 24;

/// Ids of the rows for which a condition is TRUE, FALSE, NULL.
#[derive(Debug, PartialEq, Default)]
struct Made {
    yes: BTreeSet<i64>,
    no: BTreeSet<i64>,
    unknown: BTreeSet<i64>,
}

impl Made {
    fn add(&mut self, id: i64, given: Option<bool>) {
        match given {
            Some(true) => self.yes.insert(id),
            Some(false) => self.no.insert(id),
            None => self.unknown.insert(id),
        };
    }

    fn of(rows: impl IntoIterator<Item = (i64, Option<bool>)>) -> Self {
        let mut made = Made::default();
        for (id, given) in rows {
            made.add(id, given);
        }
        made
    }
}

/// Models of the app by their names.
pub fn models_of(names: &[&str]) -> Vec<ModelDef> {
    let registry = value(registry());
    let models = registry.models().map(|model| &model.def);
    let models = models.filter(|def| def.app == "laws" && names.contains(&def.name.as_str()));
    models.cloned().collect()
}

/// The model with the conditions as generated columns `c0`, `c1`..., and one with each of them as its check.
fn models(conditions: &[Condition], place: Place) -> Vec<ModelDef> {
    let [thing] = &models_of(&["Thing"])[..] else {
        panic!("a single model of that name");
    };
    if place == Place::Queries {
        return vec![thing.clone()];
    }
    let mut with_columns = thing.clone();
    let mut all = Vec::new();
    for (number, written) in conditions.iter().enumerate() {
        let expression = generated::<Thing, Option<bool>, _, _>(|m| condition(written, &m).optional());
        with_columns.fields.push(FieldDef {
            null: true,
            generated_as: Some(GeneratedDef {
                expression: value(expression),
                computed_on_read: false,
            }),
            ..FieldDef::new(format!("c{number}"), FieldType::Bool)
        });
        let mut checked = ModelDef {
            name: format!("Checked{number}"),
            ..thing.clone()
        };
        checked.constraints.push(ConstraintDef::Check {
            name: format!("checked{number}_rule"),
            condition: value(check::<Thing, _, _>(|m| condition(written, &m))),
            message: None,
            not_valid: false,
        });
        all.push(checked);
    }
    all.push(with_columns);
    all
}

pub fn migrations(models: &[ModelDef]) -> Migrations {
    let new = value(make_migrations(
        models,
        &Migrations::default(),
        &MakeOptions::default(),
    ));
    let files: Vec<_> = new
        .iter()
        .map(|new| (new.path.to_str().expect("a path of strings"), new.text.as_str()))
        .collect();
    value(Migrations::from_embedded(&files))
}

/// What a condition is as a filter, as what a query excludes, and as a value.
struct Asked {
    filters: Made,
    excluded: BTreeSet<i64>,
    values: Made,
}

fn asked(handle: &Handle, written: &Condition) -> Asked {
    let found = |query: QuerySet<Thing>| -> BTreeSet<i64> {
        ask!(handle, |db| query.values(|m| m.id).all(db))
            .into_iter()
            .collect()
    };
    let values = Thing::objects().values(|m| (m.id, condition(written, &m).optional()));
    Asked {
        filters: Made {
            yes: found(Thing::objects().filter(|m| condition(written, &m))),
            no: found(Thing::objects().filter(|m| condition(written, &m).eq(false))),
            unknown: found(Thing::objects().filter(|m| condition(written, &m).is_null())),
        },
        excluded: found(Thing::objects().exclude(|m| condition(written, &m))),
        values: Made::of(ask!(handle, |db| values.all(db))),
    }
}

/// What is wrong with the conditions, shortest first.
fn wrong(law: Law, conditions: &[Condition], dice: &mut Dice) -> Vec<(Condition, String)> {
    let Law {
        backend,
        colour,
        place,
    } = law;
    let models = models(conditions, place);
    let database = Database::empty(backend);
    let db = value(Db::connect(database.url()));
    let options = orm_tests::losing();
    let migrations = migrations(&models);
    value(migrate(
        &mut value(db.session()),
        &migrations,
        &Target::Latest,
        &options,
        &mut |_| {},
    ));
    let drafts: Vec<_> = (0..ROWS).map(|_| Thing::draw(dice)).collect();
    let handle = Handle::connect(colour, database.url());
    let rows = ask!(&handle, |db| Thing::bulk_create(drafts).all(db));
    let asked: Vec<Asked> = conditions.iter().map(|written| asked(&handle, written)).collect();
    let mut session = value(db.session());
    let mut wrong = Vec::new();
    for ((number, written), asked) in conditions.iter().enumerate().zip(asked) {
        let not_numbers = backend == Backend::Postgres;
        let holds = |thing| holds(written, &Row { thing, not_numbers });
        let expected = Made::of(rows.iter().map(|row| (row.id, holds(row))));
        let mut said = String::new();
        for (place, found) in [("filters", asked.filters), ("a value", asked.values)] {
            if found != expected {
                writeln!(said, "as {place}: {found:?}").expect("a string");
            }
        }
        let rest: BTreeSet<i64> = expected.no.union(&expected.unknown).copied().collect();
        if asked.excluded != rest {
            writeln!(said, "excluded: {:?}", asked.excluded).expect("a string");
        }
        if place == Place::Tables {
            said.push_str(&computed(&mut session, number, &expected));
            said.push_str(&checked(&mut session, number, &expected));
        }
        if !said.is_empty() {
            wrong.push((
                written.clone(),
                format!("expected {expected:?}\n{said}of {rows:#?}"),
            ));
        }
    }
    wrong.sort_by_key(|(written, _)| format!("{written:?}").len());
    wrong
}

/// What is wrong with a condition as a generated column.
fn computed(session: &mut dyn Session, number: usize, expected: &Made) -> String {
    let mut column = Made::default();
    let read = format!("SELECT id, c{number} FROM laws_thing");
    value(session.query(&read, &[], &mut |row| {
        column.add(row.get(0)?, row.get(1)?);
        Ok(())
    }));
    match column == *expected {
        true => String::new(),
        false => format!("as a generated column: {column:?}\n"),
    }
}

/// What is wrong with a condition as a check: it refuses the rows for which it is FALSE, and no others.
fn checked(session: &mut dyn Session, number: usize, expected: &Made) -> String {
    let thing = &models_of(&["Thing"])[0];
    let columns: Vec<String> = thing
        .fields
        .iter()
        .map(|field| format!("\"{}\"", field.name))
        .collect();
    let columns = columns.join(", ");
    let mut insert = |ids: &[&i64]| {
        let ids = ids.iter().map(|id| id.to_string()).collect::<Vec<_>>().join(", ");
        session.batch(&format!(
            "INSERT INTO laws_checked{number} ({columns}) SELECT {columns} FROM laws_thing WHERE id IN ({ids})"
        ))
    };
    let mut said = String::new();
    let good: Vec<&i64> = expected.yes.union(&expected.unknown).collect();
    if !good.is_empty()
        && let Err(error) = insert(&good)
    {
        writeln!(
            said,
            "as a check: a row for which it is not FALSE is refused: {error}"
        )
        .expect("a string");
    }
    for id in &expected.no {
        match insert(&[id]) {
            Err(error) if error.is_check_violation() => {}
            Err(error) => writeln!(said, "as a check: {id} fails otherwise: {error}").expect("a string"),
            Ok(()) => writeln!(said, "as a check: {id} is let in").expect("a string"),
        }
    }
    said
}

/// What conditions are asked of, and where.
#[derive(Clone, Copy)]
struct Law {
    backend: Backend,
    colour: Colour,
    place: Place,
}

/// Where a condition stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// In queries, and as checks and generated columns.
    Tables,
    /// In queries alone, which can say more.
    Queries,
}

fn law(law: Law) {
    let on_postgres = law.backend == Backend::Postgres;
    for batch in 0..3 * times() {
        let seed = seed() + batch;
        let mut dice = Dice::new(seed);
        dice.queries_only = law.place == Place::Queries;
        // No table of SQLite can compare JSON, and no literal of a table is a number that is not one.
        dice.json = dice.queries_only || on_postgres;
        dice.nulls = dice.queries_only || !on_postgres;
        dice.not_numbers = dice.queries_only && on_postgres;
        let conditions: Vec<_> = (0..CONDITIONS).map(|_| Condition::draw(&mut dice, 4)).collect();
        dice.not_numbers = on_postgres;
        let wrong = wrong(law, &conditions, &mut dice);
        if let Some((written, said)) = wrong.first() {
            panic!(
                "seed {seed}: {} conditions are wrong, the shortest is\n{written:?}\n{said}",
                wrong.len()
            );
        }
    }
}

macro_rules! laws {
    ($($name:ident: $backend:ident $colour:ident $place:ident;)+) => {$(
        #[test]
        fn $name() {
            law(Law { backend: Backend::$backend, colour: Colour::$colour, place: Place::$place });
        }
    )+};
}
laws! {
    a_closure_means_the_same_everywhere_on_sqlite: Sqlite Blocking Tables;
    a_closure_means_the_same_everywhere_on_sqlite_async: Sqlite Async Tables;
    a_closure_means_the_same_everywhere_on_postgres: Postgres Blocking Tables;
    a_closure_means_the_same_everywhere_on_postgres_async: Postgres Async Tables;
    what_only_queries_can_say_means_the_same_on_sqlite: Sqlite Blocking Queries;
    what_only_queries_can_say_means_the_same_on_sqlite_async: Sqlite Async Queries;
    what_only_queries_can_say_means_the_same_on_postgres: Postgres Blocking Queries;
    what_only_queries_can_say_means_the_same_on_postgres_async: Postgres Async Queries;
}
