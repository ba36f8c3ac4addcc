//! The two laws of this floor, over generated models, on both databases:
//! what was created is what was asked for, and what was altered is what was asked for, or nothing changed.

mod array_bytes;
mod array_choices;
mod arrays;
mod checks;
mod composite_foreign_keys;
mod computed;
mod dates;
mod depths;
mod documents;
mod durations;
mod exclusions;
mod identities;
mod indexes;
mod limits;
mod models;
mod multiranges;
mod named;
mod oracle;
mod rows;
mod rules_elsewhere;
mod schemas;
mod searches;
mod security;
mod storage;
mod triggers;
mod views;

use proptest::prelude::*;

use crate::model::{FieldDef, IndexDef, ModelDef};
use crate::sql::{Session, quote};
use crate::value::{FieldType, Literal};

use super::testing::{Lite, Pg, all, id, model, run, state};
use super::{
    EnumChange, TableDef, alter_enum, alter_model, canonical, create_model, delete_model, enum_values,
    introspect, literal, lower,
};
use models::{ENUMS, any_states, club};
use rows::{fills, populate};

fn tables_of(thing: &ModelDef) -> Vec<ModelDef> {
    let join_tables = thing
        .fields
        .iter()
        .filter_map(|field| thing.join_model(field, |_| None));
    std::iter::once(thing.clone()).chain(join_tables).collect()
}

fn assert_is(session: &mut dyn Session, models: &[&ModelDef], thing: &ModelDef) -> Result<(), TestCaseError> {
    let dialect = session.dialect();
    let models = state(models);
    for table in tables_of(thing) {
        let asked = lower(&table, &models, dialect).unwrap();
        let asked: TableDef = canonical(session, &asked).unwrap();
        let found = introspect(session, asked.qualified_name()).unwrap();
        prop_assert_eq!(found, Some(asked));
    }
    Ok(())
}

/// Each form of a model is made as it says, becomes each other one, and changes nothing where it stays as it is.
fn assert_each_becomes_each(session: &mut dyn Session, forms: &[ModelDef]) {
    let dialect = session.dialect();
    for from in forms {
        for to in forms {
            let (before, after) = (state(&[from]), state(&[to]));
            run(session, &create_model(from, &before, dialect).unwrap()).unwrap();
            assert_is(session, &[from], from).unwrap();
            let steps = alter_model(from, &before, to, &after, &[], dialect).unwrap();
            assert!(from != to || steps.is_empty(), "{steps:?}");
            run(session, &steps).unwrap();
            assert_is(session, &[to], to).unwrap();
            run(session, &delete_model(to, &state(&[]), dialect).unwrap()).unwrap();
        }
    }
}

/// Every value of the columns that both states have with one type, as they stand in the state that is there now.
fn values(session: &mut dyn Session, from: &ModelDef, to: &ModelDef, now: &ModelDef) -> Vec<String> {
    let text = match session.dialect().name {
        "sqlite" => "hex",
        _ => "text",
    };
    let mut values = Vec::new();
    for field in now.fields.iter().filter(|field| field.ty.is_column()) {
        let kept = [from, to].iter().all(|state| {
            let twin = state.field(&field.name);
            let target = |field: &FieldDef| {
                field
                    .to
                    .as_ref()
                    .map(|to| (to.model == "Target", field.to_field.clone()))
            };
            twin.is_some_and(|twin| {
                (twin.ty, target(twin), &twin.generated_as) == (field.ty, target(field), &field.generated_as)
            })
        });
        if kept {
            let column = quote(&field.column_name());
            let table = now.table_name().quoted();
            let id = quote(
                &now.fields
                    .iter()
                    .find(|field| field.primary_key)
                    .unwrap()
                    .column_name(),
            );
            let sql =
                format!("SELECT {id} || ':' || {text}({column}) FROM {table} WHERE {column} IS NOT NULL");
            let found = all(session, &sql);
            values.extend(found.iter().map(|value| format!("{}: {value}", field.name)));
        }
    }
    values
}

fn laws(
    session: &mut dyn Session,
    (target, from, to): (ModelDef, ModelDef, ModelDef),
    [rows, filled]: [bool; 2],
) -> Result<(), TestCaseError> {
    let dialect = session.dialect();
    for (name, texts) in ENUMS {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let none = state(&[]);
        let create = alter_enum(EnumChange::Create(&texts), ("shop", name), &none, &none, dialect);
        run(session, &create.unwrap()).unwrap();
        let found = enum_values(session, "shop", name).unwrap();
        prop_assert_eq!(found, dialect.enum_types.then_some(texts));
    }
    let known = |thing: &ModelDef| state(&[&target, thing, &club(thing)]);
    let before = known(&from);
    for model in [&target, &from, &club(&from)] {
        run(session, &create_model(model, &before, dialect).unwrap()).unwrap();
    }
    let is = |session: &mut dyn Session, thing: &ModelDef| {
        let club = club(thing);
        assert_is(session, &[&target, thing, &club], thing)?;
        assert_is(session, &[&target, thing, &club], &club)
    };
    is(session, &from)?;
    if rows {
        populate(session, &target, &from);
    }
    // There and back again: what is there at the end is what was there, or what the way could not be gone from.
    let mut now = &from;
    for next in [&to, &from] {
        let count = |thing: &ModelDef| {
            format!(
                "SELECT CAST(count(*) AS text) FROM {}",
                thing.table_name().quoted()
            )
        };
        let rows_before = all(session, &count(now));
        let values_before = values(session, now, next, now);
        let fills = if filled { fills(&target, next) } else { Vec::new() };
        let steps = alter_model(now, &known(now), next, &known(next), &fills, dialect).unwrap();
        match run(session, &steps) {
            Ok(()) => {
                is(session, next)?;
                let values = values(session, now, next, next);
                let lost = values_before.iter().find(|value| !values.contains(value));
                prop_assert_eq!(lost, None, "{:#?}", steps);
                now = next;
            }
            Err(error) => {
                prop_assert!(rows, "an empty table takes every change: {error:?}\n{steps:#?}");
                prop_assert!(
                    error.kind() == crate::error::Kind::Migration || error.to_string().contains("constraint"),
                    "{error:?}\n{steps:#?}"
                );
                is(session, now)?;
                prop_assert_eq!(all(session, &count(now)), rows_before);
                return Ok(());
            }
        }
        prop_assert_eq!(all(session, &count(now)), rows_before);
    }
    Ok(())
}

/// The same without fields that are computed when they are read, which not every server of this dialect does, and with the
/// collations of this dialect.
fn of_postgres(mut thing: ModelDef) -> ModelDef {
    for field in &mut thing.fields {
        field.collation = field.collation.take().map(|collation| {
            let collations = [("NOCASE", "C"), ("RTRIM", "POSIX")];
            let found = collations.iter().find(|(name, _)| *name == collation);
            found.expect("one of the generated").1.to_owned()
        });
    }
    for generated in thing
        .fields
        .iter_mut()
        .filter_map(|field| field.generated_as.as_mut())
    {
        generated.computed_on_read = false;
    }
    thing
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_has_what_models_say_after_create_and_alter(states in any_states(), rows in any::<[bool; 2]>()) {
        laws(&mut Lite::new(), states, rows)?;
    }

    #[test]
    fn sqlite_text_defaults_come_back_equal(text in "\\PC*|[\\x01-\\x7f]*") {
        let sql = literal::render(&Literal::Str(text.clone()), FieldType::Text, crate::sql::Dialect::SQLITE).unwrap();
        let mut session = Lite::new();
        session.batch(&format!("CREATE TABLE t (id INTEGER PRIMARY KEY, c TEXT DEFAULT {sql})")).unwrap();
        session.batch("INSERT INTO t (id) VALUES (1)").unwrap();
        prop_assert_eq!(all(&mut session, "SELECT c FROM t"), [text]);
    }
}

#[test]
fn postgres_has_what_models_say_after_create_and_alter() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let mut session = Pg::new();
    runner
        .run(
            &(any_states(), any::<[bool; 2]>()),
            |((target, from, to), rows)| {
                laws(
                    &mut Pg::new(),
                    (of_postgres(target), of_postgres(from), of_postgres(to)),
                    rows,
                )
            },
        )
        .unwrap();
    let mut texts = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let session = std::cell::RefCell::new(&mut session);
    texts
        .run(&"\\PC*|[\\x01-\\x7f]*", |text| {
            let sql = literal::render(
                &Literal::Str(text.clone()),
                FieldType::Text,
                crate::sql::Dialect::POSTGRES,
            )
            .unwrap();
            for strict in ["on", "off"] {
                let mut session = session.borrow_mut();
                let session: &mut dyn Session = &mut **session;
                session
                    .batch(&format!(
                        "SET standard_conforming_strings = {strict}; SET escape_string_warning = off"
                    ))
                    .unwrap();
                prop_assert_eq!(all(session, &format!("SELECT {sql}::text")), [text.clone()]);
            }
            Ok(())
        })
        .unwrap();
}

/// The ends of every range of numbers are defaults like others, also in a column added to rows.
#[test]
fn extreme_literals_come_back_equal_on_both_databases() {
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    let plain = model("Thing", vec![id()]);
    let mut thing = plain.clone();
    let literals = [
        (FieldType::BigInt, Literal::Int(i64::MIN), "-9223372036854775808"),
        (FieldType::BigInt, Literal::Int(i64::MAX), "9223372036854775807"),
        (FieldType::SmallInt, Literal::Int(-32768), "-32768"),
        (FieldType::Double, Literal::Float(f64::MAX), "true"),
        (FieldType::Double, Literal::Float(f64::MIN_POSITIVE), "true"),
        (FieldType::Double, Literal::Float(f64::NEG_INFINITY), "true"),
        (
            FieldType::Decimal,
            Literal::Str("-79228162514264337593543950335".into()),
            "-79228162514264337593543950335",
        ),
    ];
    for (number, (ty, value, _)) in literals.iter().enumerate() {
        thing.fields.push(FieldDef {
            default: Some(value.clone()),
            ..FieldDef::new(format!("c{number}"), *ty)
        });
    }
    let sessions: [&mut dyn Session; 2] = [&mut lite, &mut pg];
    for session in sessions {
        let dialect = session.dialect();
        let (before, after) = (state(&[&plain]), state(&[&thing]));
        run(session, &create_model(&plain, &before, dialect).unwrap()).unwrap();
        session.batch("INSERT INTO shop_thing DEFAULT VALUES").unwrap();
        run(
            session,
            &alter_model(&plain, &before, &thing, &after, &[], dialect).unwrap(),
        )
        .unwrap();
        session.batch("INSERT INTO shop_thing DEFAULT VALUES").unwrap();
        for (number, (ty, value, expected)) in literals.iter().enumerate() {
            if let (FieldType::Double, Literal::Float(value)) = (ty, value) {
                let mut found = Vec::new();
                let sql = format!("SELECT c{number} FROM shop_thing");
                session
                    .query(&sql, &[], &mut |row| {
                        row.get::<f64>(0).map(|value| found.push(value))
                    })
                    .unwrap();
                assert_eq!(found, [*value, *value], "{}", dialect.name);
            } else {
                let found = all(
                    session,
                    &format!("SELECT CAST(c{number} AS text) FROM shop_thing"),
                );
                assert_eq!(found, [*expected, *expected], "{}", dialect.name);
            }
        }
    }
}
