//! Exclusion constraints of every kind on tables with rows: made, changed, renamed and taken away on Postgres, and refused by
//! name elsewhere.

use serde_json::json;

use crate::error::Result;
use crate::model::{
    ConstraintDef, DbType, Deferrable, ExclusionDef, ExclusionOperator, ExclusionPart, FieldDef, IndexDef,
    IndexMethod, IndexPart, ModelDef, UniqueDef,
};
use crate::sql::{Dialect, Session};
use crate::value::FieldType;

use super::super::testing::{Pg, call, expression, field, id, model, run, state};
use super::super::{Step, alter_model, canonical, create_model, introspect, lower};

/// A connection to a database that has the extension, which tests that run at the same time create once.
fn postgres() -> Pg {
    let mut session = Pg::new();
    session
        .batch(
            "SELECT pg_advisory_lock(7011); CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public; SELECT \
             pg_advisory_unlock(7011); SELECT set_config('search_path', current_schema() || ', public', false)",
        )
        .unwrap();
    session
}

fn stay() -> ModelDef {
    model(
        "Stay",
        vec![
            id(),
            FieldDef::new("room", FieldType::Int),
            FieldDef::new("who", FieldType::Text),
            FieldDef::new("nights", FieldType::Int),
        ],
    )
}

fn part(name: &str, operator: &str) -> ExclusionPart {
    ExclusionPart::new(name, operator)
}

fn lower_who() -> IndexPart {
    IndexPart::expression(expression(&call("ascii_lower", vec![field("who")])))
}

fn of(change: &dyn Fn(&mut ExclusionDef)) -> ModelDef {
    let mut exclusion = ExclusionDef::over("one_guest", [part("room", "="), part("who", "<>")]);
    change(&mut exclusion);
    let mut stay = stay();
    stay.constraints = vec![exclusion.into()];
    stay
}

/// One of each kind.
fn kinds() -> Vec<ModelDef> {
    let long = || expression(&call("gt", vec![field("nights"), json!(0)]));
    vec![
        stay(),
        of(&|_| ()),
        of(&|one| one.condition = Some(long())),
        of(&|one| one.parts[1].part = lower_who()),
        of(&|one| one.include = vec!["nights".to_owned()]),
        of(&|one| one.deferrable = Deferrable::Deferred),
        of(&|one| one.deferrable = Deferrable::Immediate),
        of(&|one| one.with = [("fillfactor".to_owned(), "70".to_owned())].into()),
        of(&|one| one.parts[0].part.operator_class = Some("gist_int4_ops".to_owned())),
        of(&|one| {
            one.parts = vec![part("who", "=")];
            one.method = IndexMethod::Spgist;
        }),
        of(&|one| {
            one.parts = vec![part("room", "="), part("who", "=")];
            one.method = IndexMethod::Btree;
            one.parts[0].part.descending = true;
        }),
        of(&|one| {
            one.parts = vec![ExclusionPart::new(lower_who(), "=")];
            one.condition = Some(long());
            one.include = vec!["room".to_owned()];
            one.deferrable = Deferrable::Deferred;
        }),
    ]
}

fn alter(session: &mut dyn Session, from: &ModelDef, to: &ModelDef) -> Result<()> {
    let (before, after, dialect) = (state(&[from]), state(&[to]), session.dialect());
    run(session, &alter_model(from, &before, to, &after, &[], dialect)?)?;
    agrees(session, to);
    Ok(())
}

fn agrees(session: &mut dyn Session, model: &ModelDef) {
    let asked = lower(model, &state(&[model]), session.dialect()).unwrap();
    let asked = canonical(session, &asked).unwrap();
    assert_eq!(introspect(session, model.table_name()).unwrap(), Some(asked));
}

/// With two rows that all kinds take.
fn populated(session: &mut dyn Session, model: &ModelDef) {
    let steps = create_model(model, &state(&[model]), session.dialect()).unwrap();
    run(session, &steps).unwrap();
    session
        .batch("INSERT INTO shop_stay (room, who, nights) VALUES (1, 'ann', 1), (2, 'bob', 2)")
        .unwrap();
    agrees(session, model);
}

#[test]
fn every_kind_becomes_every_other_on_rows() {
    let kinds = kinds();
    for from in &kinds {
        for to in &kinds {
            let session = &mut postgres();
            populated(session, from);
            alter(session, from, to).unwrap();
        }
    }
}

const CLASH: &str = "INSERT INTO shop_stay (room, who, nights) VALUES (1, 'bob', 1)";

#[test]
fn rows_that_are_related_are_refused_and_stop_a_constraint_before_anything_is_lost() {
    let session = &mut postgres();
    let (plain, held) = (stay(), of(&|_| ()));
    populated(session, &held);
    let refused = session.batch(CLASH).unwrap_err().to_string();
    assert!(refused.contains("\"one_guest\""), "{refused}");
    alter(session, &held, &plain).unwrap();
    session.batch(CLASH).unwrap();
    let error = alter(session, &plain, &held).unwrap_err().to_string();
    assert!(
        error.contains("could not create exclusion constraint \"one_guest\""),
        "{error}"
    );
    agrees(session, &plain);
    session
        .batch("DELETE FROM shop_stay WHERE room = 1 AND who = 'bob'")
        .unwrap();
    alter(session, &plain, &held).unwrap();
}

#[test]
fn a_constraint_that_waits_is_checked_at_the_end() {
    let session = &mut postgres();
    populated(session, &of(&|one| one.deferrable = Deferrable::Deferred));
    session
        .batch(&format!(
            "BEGIN; {CLASH}; DELETE FROM shop_stay WHERE who = 'ann'; COMMIT"
        ))
        .unwrap();
    session
        .batch(&format!("BEGIN; {}", CLASH.replace("bob", "cy")))
        .unwrap();
    assert!(session.batch("COMMIT").is_err());
}

/// What is unique, of every kind that a constraint says, beside the exclusion constraints.
fn uniques() -> Vec<ModelDef> {
    let of = |change: &dyn Fn(&mut UniqueDef)| {
        let mut unique = UniqueDef::over("one_guest", ["who", "room"]);
        change(&mut unique);
        let mut stay = stay();
        stay.constraints = vec![unique.into()];
        stay
    };
    vec![
        of(&|one| one.deferrable = Deferrable::Deferred),
        of(&|one| one.deferrable = Deferrable::Immediate),
        of(&|one| one.include = vec!["nights".to_owned()]),
        of(&|one| one.nulls_not_distinct = true),
        of(&|one| one.parts[0] = lower_who()),
        of(&|one| one.condition = Some(expression(&call("ne", vec![field("who"), json!("")])))),
    ]
}

/// A constraint that waits goes on waiting, and what it has beside or is about goes along (drizzle-orm #1429,
/// django-pg-zero-downtime-migrations #77, efcore #29847).
#[test]
fn fields_columns_types_and_the_table_change_under_a_constraint() {
    for from in kinds().into_iter().chain(uniques()) {
        let session = &mut postgres();
        populated(session, &from);
        // A field has another name, and so has its column.
        let mut renamed = from.clone();
        renamed.fields[2].name = "guest".to_owned();
        let mut follow = |name: &mut String| {
            if name == "who" {
                "guest".clone_into(name);
            }
        };
        (renamed.constraints.iter_mut()).for_each(|constraint| constraint.rename_fields(&mut follow));
        let mut kept = renamed.clone();
        kept.fields[2].column = Some("who".to_owned());
        alter(session, &from, &kept).unwrap();
        kept.fields[2].column = Some("guest".to_owned());
        let (before, after) = (of_column(&kept, "who"), kept);
        alter(session, &before, &after).unwrap();
        // A type that what is computed goes by.
        let mut longer = after.clone();
        longer.fields[2].max_length = Some(90);
        longer.fields[3].ty = FieldType::BigInt;
        alter(session, &after, &longer).unwrap();
        let mut moved = longer.clone();
        moved.table = Some("stays".to_owned());
        alter(session, &longer, &moved).unwrap();
        // A column that it is about goes with it.
        let mut without = moved.clone();
        without.constraints.clear();
        without.fields.remove(2);
        alter(session, &moved, &without).unwrap();
    }
}

fn of_column(model: &ModelDef, column: &str) -> ModelDef {
    let mut model = model.clone();
    model.fields[2].column = Some(column.to_owned());
    model
}

#[test]
fn only_the_name_changes_in_place() {
    for mut from in kinds().into_iter().skip(1) {
        let session = &mut postgres();
        populated(session, &from);
        let named = |model: &ModelDef, name: &str| {
            let mut model = model.clone();
            if let ConstraintDef::Exclusion(one) = &mut model.constraints[0] {
                name.clone_into(&mut one.name);
            }
            model
        };
        let to = named(&from, "other");
        let steps = alter_model(
            &from,
            &state(&[&from]),
            &to,
            &state(&[&to]),
            &[],
            Dialect::POSTGRES,
        )
        .unwrap();
        let sql: Vec<String> = steps.iter().flat_map(super::super::Step::sql).collect();
        assert_eq!(
            sql,
            ["ALTER TABLE \"shop_stay\" RENAME CONSTRAINT \"one_guest\" TO \"other\""]
        );
        alter(session, &from, &to).unwrap();
        // One that was made by hand goes by what it is.
        session
            .batch("ALTER TABLE shop_stay RENAME CONSTRAINT other TO by_hand")
            .unwrap();
        from.constraints.clear();
        alter(session, &to, &from).unwrap();
    }
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    for kind in kinds().into_iter().skip(1) {
        let refused = lower(&kind, &state(&[&kind]), Dialect::SQLITE).unwrap_err();
        assert!(refused.is_unsupported(), "{refused}");
        assert!(
            refused
                .to_string()
                .contains("exclude one_guest: sqlite has no exclusion constraints"),
            "{refused}"
        );
    }
    type Change<'c> = (&'c dyn Fn(&mut ExclusionDef), &'static str);
    let changes: [Change<'_>; 8] = [
        (
            &|one| one.parts[0].operator = ExclusionOperator::from("<"),
            "`<` says something else",
        ),
        (
            &|one| one.parts[0].operator = ExclusionOperator::from("=)"),
            "`=)` is not an operator",
        ),
        (
            &|one| one.method = IndexMethod::Gin,
            "an index by gin cannot tell",
        ),
        (&|one| one.method = IndexMethod::Hash, "is over one part"),
        (&|one| one.parts[0].part.descending = true, "has no order"),
        (&|one| one.parts[0] = part("gone", "="), "`gone`"),
        (&|one| one.parts.clear(), "over nothing"),
        (&|one| one.include = vec!["gone".to_owned()], "`gone`"),
    ];
    for (change, words) in changes {
        let model = of(&|one| change(one));
        let error = lower(&model, &state(&[&model]), Dialect::POSTGRES)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(words) && error.contains("exclude one_guest"),
            "{error}"
        );
    }
}

/// Two bookings of one room at one time, which needs no extension where the rooms are not compared.
#[test]
fn ranges_that_overlap_are_refused() {
    let nights = |ty, operators: &[(&str, &str)]| {
        let mut stay = stay();
        stay.fields[3].ty = ty;
        let parts = operators.iter().map(|(name, operator)| part(name, operator));
        stay.constraints = vec![ExclusionDef::over("one_guest", parts.collect::<Vec<_>>()).into()];
        let mut index = IndexDef::over("stay_nights", ["nights"]);
        index.method = IndexMethod::Gist;
        stay.indexes = vec![index];
        stay
    };
    for (ty, [first, apart, clash]) in [
        (FieldType::IntRange, ["[1,3)", "[3,5)", "[2,4)"]),
        (FieldType::DecimalRange, ["[1,3)", "[3,5)", "[2.99,4)"]),
        (
            FieldType::IntMultirange,
            ["{[1,3),[5,9)}", "{[3,5),[9,)}", "{(,0),[8,9)}"],
        ),
        (
            FieldType::DateRange,
            [
                "[2026-01-01,2026-01-03)",
                "[2026-01-03,)",
                "[2026-01-02,2026-01-02]",
            ],
        ),
        (
            FieldType::TimestampRange,
            [
                "(,2026-01-01 12:00Z)",
                "[2026-01-01 12:00Z,)",
                "[2026-01-01 11:59Z,)",
            ],
        ),
    ] {
        let session = &mut postgres();
        let (alone, by_room) = (
            nights(ty, &[("nights", "&&")]),
            nights(ty, &[("room", "="), ("nights", "&&")]),
        );
        let steps = create_model(&alone, &state(&[&alone]), session.dialect()).unwrap();
        let asks = |step: &Step| matches!(step, Step::Require(one) if one.holds.contains("btree_gist"));
        assert!(!steps.iter().any(asks));
        run(session, &steps).unwrap();
        agrees(session, &alone);
        let mut insert = |nights: &str, room: i32| {
            session.batch(&format!(
                "INSERT INTO shop_stay (room, who, nights) VALUES ({room}, 'ann', '{nights}')"
            ))
        };
        insert(first, 1).unwrap();
        insert(apart, 1).unwrap();
        assert!(insert(clash, 2).unwrap_err().to_string().contains("one_guest"));
        alter(session, &alone, &by_room).unwrap();
        let mut insert = |nights: &str, room: i32| {
            session.batch(&format!(
                "INSERT INTO shop_stay (room, who, nights) VALUES ({room}, 'ann', '{nights}')"
            ))
        };
        insert(clash, 2).unwrap();
        assert!(insert(clash, 1).unwrap_err().to_string().contains("one_guest"));
        session.batch("DELETE FROM shop_stay WHERE room = 2").unwrap();
        alter(session, &by_room, &alone).unwrap();
    }
}

/// A type of another extension has an index by gist of its own: what it needs is asked of the database.
#[test]
fn a_type_by_its_name_needs_what_the_database_says() {
    let session = &mut postgres();
    session
        .batch(
            "SELECT pg_advisory_lock(7012); CREATE EXTENSION IF NOT EXISTS ltree SCHEMA public; SELECT pg_advisory_unlock(7012); CREATE \
             DOMAIN branch AS ltree; CREATE TYPE mood AS ENUM ('calm')",
        )
        .unwrap();
    for (name, holds) in [("ltree", true), ("branch", true), ("mood", false)] {
        let mut held = of(&|one| one.parts = vec![part("who", "=")]);
        held.fields[2].db_type = Some(DbType {
            postgres: Some(name.to_owned()),
            sqlite: Some("TEXT".to_owned()),
        });
        let steps = create_model(&held, &state(&[&held]), session.dialect()).unwrap();
        let required: Vec<&str> = (steps.iter())
            .filter_map(|step| match step {
                Step::Require(requirement) => Some(requirement.holds.as_str()),
                _ => None,
            })
            .collect();
        // As if the extension were not there.
        let holding = required[0].replace("'btree_gist'", "'not_there'");
        let mut found = None;
        let mut read = |row: &crate::value::Row<'_>| {
            found = Some(row.get::<bool>(0)?);
            Ok(())
        };
        session.query(&holding, &[], &mut read).unwrap();
        assert_eq!(found, Some(holds), "{name}");
    }
}
