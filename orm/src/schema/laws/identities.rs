//! Identity columns: what is counted goes on from the number it has come to, whatever its options become.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::super::testing::{Lite, Pg, all, id, model, run, state};
use super::super::{alter_model, create_model, delete_model, lower};
use super::{assert_each_becomes_each, assert_is};
use crate::model::{FieldDef, IdentityDef, ModelDef};
use crate::sql::{Dialect, Session};
use crate::value::FieldType;

fn any_identity() -> impl Strategy<Value = IdentityDef> {
    (
        any::<[bool; 2]>(),
        prop::option::of(-40..40_i64),
        prop::option::of(prop::sample::select(vec![-7_i64, -1, 1, 2, 10])),
        prop::option::of(prop::sample::select(vec![-32_768_i64, -50, 1, 20])),
        prop::option::of(prop::sample::select(vec![-1_i64, 40, 500, 32_767])),
    )
        .prop_map(
            |([always, cycle], start, increment, min_value, max_value)| IdentityDef {
                always,
                start,
                increment,
                min_value,
                max_value,
                cache: None,
                cycle,
            },
        )
        .prop_filter("countable", |identity| {
            identity.check(&(-32_768..=32_767)).is_ok()
        })
}

/// A key that is counted, or one that is given, and what it says of its numbers.
fn any_key() -> impl Strategy<Value = FieldDef> {
    let types = [FieldType::SmallInt, FieldType::Int, FieldType::BigInt];
    let identity = proptest::option::weighted(0.9, any_identity());
    (prop::sample::select(types.to_vec()), identity).prop_map(|(ty, identity)| FieldDef {
        ty,
        generated: identity.is_some(),
        identity: identity.unwrap_or_default(),
        ..id()
    })
}

fn numbers(session: &mut dyn Session) -> Vec<i64> {
    let found = all(session, "SELECT id::text FROM shop_thing ORDER BY id");
    found.iter().map(|number| number.parse().unwrap()).collect()
}

fn next(session: &mut dyn Session) -> Option<i64> {
    let mut next = None;
    let given = session.query(
        "INSERT INTO shop_thing DEFAULT VALUES RETURNING id::bigint",
        &[],
        &mut |row| {
            next = Some(row.get(0)?);
            Ok(())
        },
    );
    given.ok().and(next)
}

fn counts_on((from, to): (FieldDef, FieldDef), rows: usize) -> Result<(), TestCaseError> {
    let session = &mut Pg::new();
    let dialect = session.dialect();
    let [before, after] = [&from, &to].map(|key| model("Thing", vec![key.clone()]));
    let [from_state, to_state] = [&before, &after].map(|thing| state(&[thing]));
    run(session, &create_model(&before, &from_state, dialect).unwrap()).unwrap();
    assert_is(session, &[&before], &before)?;
    let mut last = None;
    for row in 0..rows {
        match from.generated {
            true => last = next(session).or(last),
            false => session
                .batch(&format!("INSERT INTO shop_thing VALUES ({row})"))
                .unwrap(),
        }
    }
    let there = numbers(session);
    let steps = alter_model(&before, &from_state, &after, &to_state, &[], dialect).unwrap();
    let (least, greatest) = match to.ty {
        FieldType::SmallInt => (i64::from(i16::MIN), i64::from(i16::MAX)),
        FieldType::Int => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let counting = to.identity.counting(&(least..=greatest));
    let within = |number: i64| (counting.min_value..=counting.max_value).contains(&number);
    if let Err(error) = run(session, &steps) {
        // It has come to a number that the new options leave out, or has none left behind its rows.
        let lost = last.is_some_and(|last| !within(last)) || !from.generated;
        prop_assert!(lost && to.generated, "{error:?}\n{steps:#?}");
        assert_is(session, &[&before], &before)?;
        prop_assert_eq!(numbers(session), there);
        return Ok(());
    }
    assert_is(session, &[&after], &after)?;
    prop_assert_eq!(&numbers(session), &there);
    if to.generated && !to.identity.cycle {
        let given = next(session);
        match (from.generated, last) {
            (true, Some(last)) => {
                let expected = last + counting.increment;
                // A number that a cycle came to before is taken.
                let free = within(expected) && !there.contains(&expected);
                prop_assert_eq!(given, Some(expected).filter(|_| free), "{:#?}", steps);
            }
            (true, None) => prop_assert_eq!(given, Some(counting.start), "{:#?}", steps),
            (false, _) => {
                let Some(given) = given else { return Ok(()) };
                prop_assert!(!there.contains(&given));
                prop_assert_eq!((given - counting.start) % counting.increment, 0);
            }
        }
    }
    // And back.
    let there = numbers(session);
    let back = alter_model(&after, &to_state, &before, &from_state, &[], dialect).unwrap();
    match run(session, &back) {
        Ok(()) => assert_is(session, &[&before], &before)?,
        Err(_) => assert_is(session, &[&after], &after)?,
    }
    prop_assert_eq!(numbers(session), there);
    Ok(())
}

#[test]
fn postgres_counts_on_whatever_is_said_of_an_identity() {
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&((any_key(), any_key()), 0..4_usize), |(keys, rows)| {
            counts_on(keys, rows)
        })
        .unwrap();
}

fn forms() -> Vec<ModelDef> {
    let key = |identity: IdentityDef| FieldDef { identity, ..id() };
    let number = |ty, identity| FieldDef {
        generated: true,
        identity,
        ..FieldDef::new("it's \"$orm$\"", ty)
    };
    let plain = FieldDef::new("it's \"$orm$\"", FieldType::Int);
    vec![
        model("Thing", vec![id()]),
        model("Thing", vec![id(), plain]),
        // What Postgres has by itself is no change.
        model(
            "Thing",
            vec![
                key(IdentityDef {
                    start: Some(1),
                    increment: Some(1),
                    min_value: Some(1),
                    max_value: Some(i64::MAX),
                    cache: Some(1),
                    ..IdentityDef::DEFAULT
                }),
                number(FieldType::SmallInt, IdentityDef::DEFAULT),
            ],
        ),
        model(
            "Thing",
            vec![
                key(IdentityDef {
                    always: true,
                    start: Some(1_000),
                    increment: Some(10),
                    cache: Some(20),
                    ..IdentityDef::DEFAULT
                }),
                number(
                    FieldType::BigInt,
                    IdentityDef {
                        start: Some(3_000_000_000),
                        max_value: Some(4_000_000_000),
                        cycle: true,
                        ..IdentityDef::DEFAULT
                    },
                ),
            ],
        ),
        model(
            "Thing",
            vec![
                key(IdentityDef {
                    increment: Some(-1),
                    ..IdentityDef::DEFAULT
                }),
                number(
                    FieldType::Int,
                    IdentityDef {
                        always: true,
                        min_value: Some(i64::from(i32::MIN)),
                        ..IdentityDef::DEFAULT
                    },
                ),
            ],
        ),
    ]
}

#[test]
fn each_identity_becomes_each_other() {
    assert_each_becomes_each(&mut Pg::new(), &forms());
}

/// The numbers of rows count for a column that is counted from then on: every one that is given is new.
#[test]
fn a_column_with_rows_is_counted_behind_them() {
    for (rows, identity, expected) in [
        ("(-5), (-3)", IdentityDef::DEFAULT, 1),
        ("(7), (41)", IdentityDef::DEFAULT, 42),
        (
            "(7), (41)",
            IdentityDef {
                start: Some(1_000),
                ..IdentityDef::DEFAULT
            },
            1_000,
        ),
        (
            "(7), (42)",
            IdentityDef {
                increment: Some(2),
                ..IdentityDef::DEFAULT
            },
            43,
        ),
        (
            "(7), (43)",
            IdentityDef {
                increment: Some(2),
                ..IdentityDef::DEFAULT
            },
            45,
        ),
        (
            "(7), (-43)",
            IdentityDef {
                increment: Some(-1),
                ..IdentityDef::DEFAULT
            },
            -44,
        ),
        (
            "(7), (-43)",
            IdentityDef {
                increment: Some(-10),
                always: true,
                ..IdentityDef::DEFAULT
            },
            -51,
        ),
    ] {
        let session = &mut Pg::new();
        let given = model(
            "Thing",
            vec![FieldDef {
                generated: false,
                ..id()
            }],
        );
        let counted = model("Thing", vec![FieldDef { identity, ..id() }]);
        let (before, after) = (state(&[&given]), state(&[&counted]));
        run(
            session,
            &create_model(&given, &before, Dialect::POSTGRES).unwrap(),
        )
        .unwrap();
        session
            .batch(&format!("INSERT INTO shop_thing VALUES {rows}"))
            .unwrap();
        let steps = alter_model(&given, &before, &counted, &after, &[], Dialect::POSTGRES).unwrap();
        run(session, &steps).unwrap();
        assert_eq!(next(session), Some(expected), "{rows} {identity:?}");
        run(
            session,
            &delete_model(&counted, &state(&[]), Dialect::POSTGRES).unwrap(),
        )
        .unwrap();
    }
}

/// An adopted table may have a sequence of its own, of which migrations know nothing.
#[test]
fn a_serial_column_has_no_options() {
    let session = &mut Pg::new();
    let before = model("Thing", vec![id()]);
    let after = model(
        "Thing",
        vec![FieldDef {
            identity: IdentityDef {
                always: true,
                ..IdentityDef::DEFAULT
            },
            ..id()
        }],
    );
    session
        .batch("CREATE TABLE shop_thing (id bigserial PRIMARY KEY); INSERT INTO shop_thing DEFAULT VALUES")
        .unwrap();
    let (from, to) = (state(&[&before]), state(&[&after]));
    let steps = alter_model(&before, &from, &after, &to, &[], Dialect::POSTGRES).unwrap();
    let refused = run(session, &steps).unwrap_err().to_string();
    assert!(
        refused.contains("\"id\" of \"shop_thing\" is not an identity column"),
        "{refused}"
    );
    // As it is made ours by hand.
    session
        .batch(
            "ALTER TABLE shop_thing ALTER COLUMN id DROP DEFAULT; DROP SEQUENCE shop_thing_id_seq; ALTER TABLE shop_thing ALTER \
             COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (START WITH 2)",
        )
        .unwrap();
    run(session, &steps).unwrap();
    assert_eq!(next(session), Some(2));
    let given = session
        .batch("INSERT INTO shop_thing VALUES (9)")
        .unwrap_err()
        .to_string();
    assert!(given.contains("cannot insert a non-DEFAULT value"), "{given}");
}

#[test]
fn sqlite_counts_a_key_from_1_by_1() {
    let refused = |field: FieldDef| {
        let fields = if field.primary_key {
            vec![field]
        } else {
            vec![id(), field]
        };
        let thing = model("Thing", fields);
        lower(&thing, &state(&[&thing]), Dialect::SQLITE).unwrap_err()
    };
    for identity in [
        IdentityDef {
            start: Some(1_000),
            ..IdentityDef::DEFAULT
        },
        IdentityDef {
            always: true,
            ..IdentityDef::DEFAULT
        },
        IdentityDef {
            cache: Some(20),
            ..IdentityDef::DEFAULT
        },
    ] {
        let error = refused(FieldDef { identity, ..id() });
        assert!(error.is_unsupported(), "{error:?}");
        assert!(
            error
                .to_string()
                .contains("it has options of an identity, and sqlite counts a primary key from 1 by 1"),
            "{error}"
        );
    }
    let number = FieldDef {
        generated: true,
        ..FieldDef::new("number", FieldType::Int)
    };
    let error = refused(number);
    assert!(
        error.is_unsupported()
            && error
                .to_string()
                .contains("sqlite counts up nothing but a primary key"),
        "{error:?}"
    );
    let session = &mut Lite::new();
    let thing = model("Thing", vec![id()]);
    run(
        session,
        &create_model(&thing, &state(&[&thing]), Dialect::SQLITE).unwrap(),
    )
    .unwrap();
    assert_is(session, &[&thing], &thing).unwrap();
}

/// What a file or a struct says wrongly is found before any SQL is made.
#[test]
fn what_cannot_be_counted_is_refused_by_name() {
    let of = |identity: IdentityDef, ty| FieldDef { identity, ty, ..id() };
    let none = IdentityDef::DEFAULT;
    let small = FieldType::SmallInt;
    for (field, said) in [
        (
            of(
                IdentityDef {
                    increment: Some(0),
                    ..none
                },
                small,
            ),
            "`increment` of its identity is 0",
        ),
        (
            of(
                IdentityDef {
                    cache: Some(0),
                    ..none
                },
                small,
            ),
            "`cache` of its identity is less than 1",
        ),
        (
            of(
                IdentityDef {
                    start: Some(40_000),
                    ..none
                },
                small,
            ),
            "`start` of its identity is 40000, and the field holds -32768 to 32767",
        ),
        (
            of(
                IdentityDef {
                    increment: Some(-1),
                    ..none
                },
                FieldType::UnsignedInt,
            ),
            "`start` of its identity is -1",
        ),
        (
            of(
                IdentityDef {
                    min_value: Some(5),
                    max_value: Some(5),
                    ..none
                },
                small,
            ),
            "`min_value` of its identity, 5, is not below",
        ),
        (
            of(
                IdentityDef {
                    start: Some(0),
                    ..none
                },
                small,
            ),
            "`start` of its identity, 0, is not within 1 to 32767",
        ),
        (
            FieldDef {
                null: true,
                primary_key: false,
                ..of(none, small)
            },
            "never NULL",
        ),
        (
            FieldDef {
                default: Some(1.into()),
                ..of(none, small)
            },
            "has no default",
        ),
        (of(none, FieldType::Text), "only a field of whole numbers"),
        (
            FieldDef {
                generated: false,
                ..of(IdentityDef { always: true, ..none }, small)
            },
            "does not count up",
        ),
    ] {
        for dialect in Dialect::ALL {
            let thing = model(
                "Thing",
                vec![FieldDef::new("key", FieldType::Uuid), field.clone()],
            );
            let error = lower(&thing, &state(&[&thing]), dialect).unwrap_err();
            assert!(error.to_string().contains(said), "{said}: {error}");
        }
    }
}
