//! A column takes the same values on both databases, each as it is or not at all, and gives them back through another type.

use crate::error::Kind;
use crate::model::{FieldDef, ModelDef};
use crate::sql::Session;
use crate::value::FieldType;

use super::super::testing::{Lite, Pg, all, id, model, run, state};
use super::super::{alter_model, canonical, create_model, introspect, lower};

fn thing(field: FieldDef) -> ModelDef {
    model("Thing", vec![id(), FieldDef { null: true, ..field }])
}

fn text(length: u32) -> FieldDef {
    FieldDef {
        max_length: Some(length),
        ..FieldDef::new("c", FieldType::Text)
    }
}

fn decimal(digits: Option<u32>, places: Option<u32>) -> FieldDef {
    FieldDef {
        max_digits: digits,
        decimal_places: places,
        ..FieldDef::new("c", FieldType::Decimal)
    }
}

fn create(session: &mut dyn Session, thing: &ModelDef) {
    let dialect = session.dialect();
    run(session, &create_model(thing, &state(&[thing]), dialect).unwrap()).unwrap();
}

/// Puts each value into a table of its own kind, and says which were taken, as they stand there.
fn taken(session: &mut dyn Session, field: &FieldDef, values: &[&str]) -> Vec<String> {
    let thing = thing(field.clone());
    create(session, &thing);
    session.batch("INSERT INTO shop_thing (c) VALUES (NULL)").unwrap();
    let taken = values
        .iter()
        .filter(|value| {
            session
                .batch(&format!("INSERT INTO shop_thing (c) VALUES ('{value}')"))
                .is_ok()
        })
        .map(|value| (*value).to_owned())
        .collect::<Vec<_>>();
    let rows = all(
        session,
        "SELECT CAST(c AS text) FROM shop_thing WHERE c IS NOT NULL ORDER BY id",
    );
    assert_eq!(rows, taken, "kept as they were given: {field:?}");
    session.batch("DROP TABLE shop_thing").unwrap();
    taken
}

#[test]
fn a_column_takes_the_same_values_on_both_databases_and_changes_none() {
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    let dates = FieldDef::new("c", FieldType::Date);
    let greatest = "79228162514264337593543950335";
    type Case<'a> = (FieldDef, &'a [&'a str], &'a [&'a str]);
    let cases: [Case<'_>; 10] = [
        (
            text(5),
            &["", "abcde", "abc  ", "äöü€🎉"],
            &["abcdef", "abcde ", "abc   ", "     \n"],
        ),
        (text(0), &[""], &[" ", "a"]),
        (
            decimal(Some(6), Some(2)),
            &["0", "1.5", "9999.99", "-9999.99", "-0.01"],
            &[
                "1.005", "0.001", "10000", "-10000", "0.009", "9999.995", "NaN", "Infinity",
            ],
        ),
        (decimal(Some(2), Some(2)), &["0.99", "0"], &["1", "0.999", "-1.5"]),
        (
            decimal(Some(3), None),
            &["123", "0.123", "-1.23"],
            &["1234", "12.34", "NaN"],
        ),
        (decimal(None, Some(1)), &["123456.5", "-7"], &["0.05", "NaN"]),
        (
            decimal(None, None),
            &[greatest, "0.0000000000000000000000000001", "-12.5"],
            &[
                "792281625142643375935439503350",
                "90000000000000000000000000000",
                "0.00000000000000000000000000001",
                "NaN",
                "",
                "abc",
                "1.2.3",
            ],
        ),
        (
            decimal(Some(38), Some(0)),
            &["9999999999999999999999999999"],
            &["0.5", "NaN"],
        ),
        (
            dates,
            &["2024-02-29", "0001-01-01", "9999-12-31"],
            &[
                "2024-02-30",
                "2023-02-29",
                "2024-13-01",
                "2024-00-10",
                "nonsense",
                "",
            ],
        ),
        (FieldDef::new("c", FieldType::Uuid), &[], &["x", ""]),
    ];
    for (field, accepted, refused) in cases {
        let values: Vec<&str> = accepted.iter().chain(refused).copied().collect();
        for session in [&mut lite as &mut dyn Session, &mut pg] {
            assert_eq!(
                taken(session, &field, &values),
                accepted,
                "{}: {field:?}",
                session.dialect().name
            );
        }
    }
    // Times have another text on each.
    let times: [&[&str]; 2] = [&["24:00:00.000000"], &["24:00", "24:00:00"]];
    for (session, times) in [&mut lite as &mut dyn Session, &mut pg].into_iter().zip(times) {
        assert_eq!(
            taken(session, &FieldDef::new("c", FieldType::Time), times),
            [""; 0]
        );
    }
}

#[test]
fn where_a_type_is_missing_a_value_has_one_text() {
    let cases: [(FieldType, &[&str], &[&str]); 5] = [
        (
            FieldType::Decimal,
            &["0", "10", "-0.5", "100.001", "-100"],
            &[
                "1.50", "", "+1", ".5", "-.5", "5.", "-0", "-0.0", "0.0", "00", "01", "-01", "1e3", "0x1",
                "--1", "1-1", "-", ".", " 1", "1 ", "1\n", "1,5", "٣",
            ],
        ),
        (
            FieldType::Date,
            &["0000-01-01", "2000-02-29", "9999-12-31"],
            &[
                "1900-02-29",
                "2024-1-01",
                "2024-01-01 ",
                "-001-01-01",
                "-0001-01-01",
                "2460000",
                "2460000.5",
                "2024-01-01T00:00",
                "10000-01-01",
            ],
        ),
        (
            FieldType::Time,
            &["00:00:00.000000", "23:59:59.999999"],
            &[
                "24:00:00.000000",
                "12:60:00.000000",
                "12:00:60.000000",
                "12:00:00",
                "12:00",
                "1:00:00.000000",
                "12:00:00.0000000",
                "12:00:00.00000a",
                "12:00:00.00000",
                "12:00:00.000000Z",
                "12:00:00,000000",
            ],
        ),
        (
            FieldType::DateTime,
            &[
                "0000-01-01T00:00:00.000000",
                "2024-02-29T23:59:59.999999",
                "9999-12-31T23:59:59.999999",
            ],
            &[
                "2024-02-30T00:00:00.000000",
                "2024-01-01 00:00:00.000000",
                "2024-01-01T24:00:00.000000",
                "2024-01-01T00:00:60.000000",
                "2024-01-01T00:00:00.000000Z",
                "2024-01-01T00:00:00",
                "2024-01-01",
                "-001-01-01T00:00:00.000000",
            ],
        ),
        (
            FieldType::Timestamp,
            &[
                "0000-01-01T00:00:00.000000Z",
                "1969-12-31T23:59:59.999999Z",
                "9999-12-31T23:59:59.999999Z",
            ],
            &[
                "2024-02-30T00:00:00.000000Z",
                "2024-01-01 00:00:00.000000Z",
                "2024-01-01T24:00:00.000000Z",
                "2024-01-01T00:00:00.000000",
                "2024-01-01T00:00:00.000000z",
                "2024-01-01T00:00:00.000000+00:00",
                "2024-01-01T00:00:00Z",
                "2024-01-01T00:00:00.000Z",
            ],
        ),
    ];
    let mut lite = Lite::new();
    for (ty, accepted, refused) in cases {
        let values: Vec<&str> = accepted.iter().chain(refused).copied().collect();
        assert_eq!(
            taken(&mut lite, &FieldDef::new("c", ty), &values),
            accepted,
            "{ty:?}"
        );
    }
    let json = FieldDef::new("c", FieldType::Json);
    assert_eq!(
        taken(&mut lite, &json, &["{}", "null", "{", "", "NaN"]),
        ["{}", "null"]
    );
}

fn retyped(session: &mut dyn Session, from: FieldType, to: FieldType) -> crate::error::Result<()> {
    let (from, to) = (thing(FieldDef::new("c", from)), thing(FieldDef::new("c", to)));
    let states = (state(&[&from]), state(&[&to]));
    let steps = alter_model(&from, &states.0, &to, &states.1, &[], session.dialect())?;
    run(session, &steps)
}

#[test]
fn values_come_back_from_a_text() {
    let cases: [(FieldType, &[&str]); 6] = [
        (
            FieldType::Decimal,
            &["1.5", "-0.01", "100", "0", "79228162514264337593543950335"],
        ),
        (
            FieldType::Double,
            &[
                "1e300",
                "-1e-300",
                "1e22",
                "123456789012345680",
                "0.1",
                "0.30000000000000004",
                "12",
                "-2.5",
                "5e-324",
                "0",
                "1.7976931348623157e308",
                "2.2250738585072014e-308",
                "9007199254740993",
            ],
        ),
        (FieldType::Date, &["'0001-01-01'", "'2024-02-29'", "'9999-12-31'"]),
        (FieldType::Time, &["'00:00:00.000000'", "'23:59:59.999999'"]),
        (
            FieldType::DateTime,
            &["'0001-01-01T00:00:00.000000'", "'9999-12-31T23:59:59.999999'"],
        ),
        (
            FieldType::Timestamp,
            &["'0001-01-01T00:00:00.000000Z'", "'9999-12-31T23:59:59.999999Z'"],
        ),
    ];
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    for session in [&mut lite as &mut dyn Session, &mut pg] {
        session
            .batch(if session.dialect().enum_types {
                "SET DateStyle = 'German'; SET TimeZone = 'Asia/Tokyo'"
            } else {
                ""
            })
            .unwrap();
        let dialect = session.dialect();
        for (ty, values) in cases {
            let made = thing(FieldDef::new("c", ty));
            create(session, &made);
            for value in values {
                let value = match ty {
                    FieldType::Decimal => format!("'{value}'"),
                    _ => (*value).to_owned(),
                };
                session
                    .batch(&format!("INSERT INTO shop_thing (c) VALUES ({value})"))
                    .unwrap();
            }
            // Zeros at its end are not part of a number.
            if ty == FieldType::Decimal && dialect.enum_types {
                session
                    .batch("INSERT INTO shop_thing (c) VALUES (1.50), (-7.00)")
                    .unwrap();
            }
            let known = "SELECT CAST(count(*) AS text) FROM shop_thing AS a JOIN before AS b ON a.id = b.id AND a.c = b.c";
            session
                .batch("CREATE TABLE before AS SELECT id, c FROM shop_thing")
                .unwrap();
            let rows = all(session, "SELECT CAST(count(*) AS text) FROM before");
            retyped(session, ty, FieldType::Text).unwrap();
            retyped(session, FieldType::Text, ty)
                .unwrap_or_else(|error| panic!("{} {ty:?}: {error}", dialect.name));
            assert_eq!(all(session, known), rows, "{} {ty:?}", dialect.name);
            session.batch("DROP TABLE shop_thing; DROP TABLE before").unwrap();
        }
    }
}

#[test]
fn what_no_text_would_bring_back_keeps_its_type() {
    let mut pg = Pg::new();
    for (ty, values) in [
        (
            FieldType::Date,
            "('0044-03-15 BC'), ('10000-01-01'), ('infinity'), ('-infinity'), ('2024-01-01')",
        ),
        (
            FieldType::DateTime,
            "('0044-03-15 BC'), ('10000-01-01'), ('infinity'), ('-infinity'), ('2024-01-01')",
        ),
        (
            FieldType::Timestamp,
            "('0044-03-15 12:00+00 BC'), ('10000-01-01 00:00+00'), ('infinity'), ('-infinity'), ('9999-12-31 23:59+00')",
        ),
    ] {
        let made = thing(FieldDef::new("c", ty));
        create(&mut pg, &made);
        pg.batch(&format!("INSERT INTO shop_thing (c) VALUES {values}"))
            .unwrap();
        let error = retyped(&mut pg, ty, FieldType::Text).unwrap_err();
        assert_eq!(error.kind(), Kind::Migration);
        assert!(error.to_string().contains("(4 found)"), "{ty:?}: {error}");
        pg.batch("DROP TABLE shop_thing").unwrap();
    }
}

/// The types of whole numbers.
const WHOLE_NUMBERS: [FieldType; 8] = [
    FieldType::TinyInt,
    FieldType::SmallInt,
    FieldType::Int,
    FieldType::BigInt,
    FieldType::UnsignedTinyInt,
    FieldType::UnsignedSmallInt,
    FieldType::UnsignedInt,
    FieldType::UnsignedBigInt,
];

/// The ends of all types, and what is just beyond them.
fn ends() -> Vec<i64> {
    let mut ends: Vec<i64> = WHOLE_NUMBERS
        .iter()
        .filter_map(|ty| ty.whole_numbers())
        .flat_map(|range| {
            let (low, high) = (*range.start(), *range.end());
            [low, high, low.saturating_sub(1), high.saturating_add(1)]
        })
        .chain([0, -1])
        .collect();
    ends.sort_unstable();
    ends.dedup();
    ends
}

#[test]
fn a_column_of_whole_numbers_takes_those_of_its_type_and_no_others() {
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    let texts: Vec<String> = ends().iter().map(i64::to_string).collect();
    let values: Vec<&str> = texts.iter().map(String::as_str).collect();
    for ty in WHOLE_NUMBERS {
        let range = ty.whole_numbers().unwrap();
        let held: Vec<String> = ends()
            .into_iter()
            .filter(|end| range.contains(end))
            .map(|end| end.to_string())
            .collect();
        for session in [&mut lite as &mut dyn Session, &mut pg] {
            let taken = taken(session, &FieldDef::new("c", ty), &values);
            assert_eq!(taken, held, "{}: {ty:?}", session.dialect().name);
        }
    }
}

/// From each type to each other, with rows: what fits is there afterwards and comes back, what does not is counted, and
/// nothing has changed.
#[test]
fn whole_numbers_become_others_or_are_counted() {
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    for from in WHOLE_NUMBERS {
        let own = from.whole_numbers().unwrap();
        let values: Vec<i64> = ends().into_iter().filter(|end| own.contains(end)).collect();
        for to in WHOLE_NUMBERS.into_iter().filter(|to| *to != from) {
            let new = to.whole_numbers().unwrap();
            let lost = values.iter().filter(|value| !new.contains(value)).count();
            for session in [&mut lite as &mut dyn Session, &mut pg] {
                let about = format!("{} from {from:?} to {to:?}", session.dialect().name);
                let (before, after) = (thing(FieldDef::new("c", from)), thing(FieldDef::new("c", to)));
                let read = "SELECT CAST(c AS text) FROM shop_thing WHERE c IS NOT NULL ORDER BY id";
                create(session, &before);
                for value in &values {
                    session
                        .batch(&format!("INSERT INTO shop_thing (c) VALUES ({value}), (NULL)"))
                        .unwrap();
                }
                let rows = all(session, read);
                match (retyped(session, from, to), lost) {
                    (Ok(()), 0) => retyped(session, to, from).unwrap(),
                    (Err(error), 1..) => {
                        assert_eq!(error.kind(), Kind::Migration, "{about}");
                        assert!(
                            error.to_string().contains(&format!("({lost} found)")),
                            "{about}: {error}"
                        );
                        // Without those rows the way there and back is open.
                        let kept = format!("c BETWEEN {} AND {}", new.start(), new.end());
                        session
                            .batch(&format!("DELETE FROM shop_thing WHERE NOT ({kept})"))
                            .unwrap();
                        retyped(session, from, to).unwrap();
                        let introspected = introspect(session, "shop_thing").unwrap().unwrap();
                        let lowered = lower(&after, &state(&[&after]), session.dialect()).unwrap();
                        assert_eq!(introspected, canonical(session, &lowered).unwrap(), "{about}");
                        retyped(session, to, from).unwrap();
                    }
                    (done, _) => panic!("{about}: {lost} are lost, and {done:?}"),
                }
                let left = rows
                    .iter()
                    .filter(|text| lost == 0 || new.contains(&text.parse::<i64>().unwrap()));
                assert!(all(session, read).iter().eq(left), "{about}");
                session.batch("DROP TABLE shop_thing").unwrap();
            }
        }
    }
}

/// Choices that are numbers come, change and go on a table with rows; numbers that are none of them are counted.
#[test]
fn choices_of_whole_numbers_change_there_and_back() {
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    let of = |ty, choices: &[&str]| {
        thing(FieldDef {
            choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
            ..FieldDef::new("c", ty)
        })
    };
    let free = of(FieldType::SmallInt, &[]);
    let few = of(FieldType::SmallInt, &["1", "-2"]);
    let more = of(FieldType::BigInt, &["1", "-2", "70000"]);
    for session in [&mut lite as &mut dyn Session, &mut pg] {
        let name = session.dialect().name;
        let become_ = |session: &mut dyn Session, from: &ModelDef, to: &ModelDef| {
            let states = (state(&[from]), state(&[to]));
            let steps = alter_model(from, &states.0, to, &states.1, &[], session.dialect()).unwrap();
            run(session, &steps)
        };
        create(session, &free);
        session
            .batch("INSERT INTO shop_thing (c) VALUES (1), (NULL), (-2), (3)")
            .unwrap();
        let error = become_(session, &free, &few).unwrap_err();
        assert!(error.to_string().contains("(1 found)"), "{name}: {error}");
        session.batch("DELETE FROM shop_thing WHERE c = 3").unwrap();
        for (from, to, other) in [
            (&free, &few, 70_000),
            (&few, &more, 3),
            (&more, &few, 3),
            (&few, &free, 70_000),
        ] {
            become_(session, from, to).unwrap();
            let live = introspect(session, "shop_thing").unwrap().unwrap();
            let lowered = lower(to, &state(&[to]), session.dialect()).unwrap();
            assert_eq!(live, canonical(session, &lowered).unwrap(), "{name}");
            assert!(
                session
                    .batch(&format!("INSERT INTO shop_thing (c) VALUES ({other})"))
                    .is_err(),
                "{name}: {other}"
            );
            let rows = all(
                session,
                "SELECT CAST(c AS text) FROM shop_thing WHERE c IS NOT NULL ORDER BY id",
            );
            assert_eq!(rows, ["1", "-2"], "{name}");
        }
        let wrong = of(FieldType::TinyInt, &["1", "200"]);
        let refused = lower(&wrong, &state(&[&wrong]), session.dialect()).unwrap_err();
        assert!(
            refused
                .to_string()
                .contains("not a whole number of the field's type"),
            "{refused}"
        );
        session.batch("DROP TABLE shop_thing").unwrap();
    }
}
