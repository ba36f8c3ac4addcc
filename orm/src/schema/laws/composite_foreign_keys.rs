//! Foreign keys over several columns, of every kind, on tables with rows: made, changed and taken away on both databases.

use crate::error::Result;
use crate::model::{
    CompositeForeignKeyDef, Deferrable, FieldDef, ModelDef, ModelKey, ReferentialAction, UniqueDef,
};
use crate::sql::Session;
use crate::value::{FieldType, Literal};

use super::super::testing::{Lite, Pg, all, id, model, run, state};
use super::super::{alter_model, canonical, create_model, delete_model, introspect, lower};

fn region() -> ModelDef {
    let keyed = |name: &str, ty| FieldDef {
        primary_key: true,
        ..FieldDef::new(name, ty)
    };
    let mut region = model(
        "Region",
        vec![
            keyed("country", FieldType::Text),
            FieldDef {
                column: Some("The Code".to_owned()),
                ..keyed("code", FieldType::Int)
            },
            FieldDef::new("letter", FieldType::Text),
            FieldDef::new("number", FieldType::Int),
        ],
    );
    region
        .constraints
        .push(UniqueDef::over("region_number", ["letter", "number"]).into());
    region
}

fn place() -> ModelDef {
    let nullable = |name: &str, ty, default: Literal| FieldDef {
        null: true,
        default: Some(default),
        ..FieldDef::new(name, ty)
    };
    model(
        "Place",
        vec![
            id(),
            nullable("land", FieldType::Text, "fr".into()),
            nullable("part", FieldType::Int, Literal::Int(1)),
            nullable("parent_land", FieldType::Text, "no".into()),
        ],
    )
}

fn of(change: &dyn Fn(&mut CompositeForeignKeyDef)) -> ModelDef {
    let pairs = [("land", "country"), ("part", "code")];
    let to = ModelKey::new("shop", "Region");
    let mut key = CompositeForeignKeyDef::over("shop_place_region_fk", "region", to, pairs);
    change(&mut key);
    let mut place = place();
    place.constraints = vec![key.into()];
    place
}

fn kinds() -> Vec<ModelDef> {
    let mut kinds = vec![
        place(),
        of(&|_| ()),
        of(&|key| key.db_constraint = false),
        of(&|key| key.to_fields = vec!["letter".to_owned(), "number".to_owned()]),
        of(&|key| {
            key.fields.reverse();
            key.to_fields.reverse();
        }),
        of(&|key| key.not_valid = true),
        of(&|key| key.name = "another name".to_owned()),
        of(&|key| key.deferrable = Some(Deferrable::Immediate)),
        of(&|key| key.deferrable = Some(Deferrable::No)),
    ];
    for action in [
        ReferentialAction::Cascade,
        ReferentialAction::Restrict,
        ReferentialAction::SetNull,
        ReferentialAction::SetDefault,
    ] {
        kinds.push(of(&|key| key.on_delete = Some(action)));
        kinds.push(of(&|key| key.on_update = Some(action)));
    }
    let mut beside = of(&|_| ());
    let pairs = [("parent_land", "country"), ("part", "code")];
    let to = ModelKey::new("shop", "Region");
    beside
        .constraints
        .push(CompositeForeignKeyDef::over("shop_place_parent_fk", "parent", to, pairs).into());
    kinds.push(beside);
    kinds
}

fn agrees(session: &mut dyn Session, model: &ModelDef) {
    let asked = lower(model, &state(&[model, &region()]), session.dialect()).unwrap();
    let asked = canonical(session, &asked).unwrap();
    assert_eq!(introspect(session, model.table_name()).unwrap(), Some(asked));
}

fn alter(session: &mut dyn Session, from: &ModelDef, to: &ModelDef) -> Result<()> {
    let (before, after, dialect) = (
        state(&[from, &region()]),
        state(&[to, &region()]),
        session.dialect(),
    );
    run(session, &alter_model(from, &before, to, &after, &[], dialect)?)
}

const ROWS: &str = "INSERT INTO shop_region VALUES ('fr', 1, 'fr', 1), ('de', 2, 'de', 2); INSERT INTO shop_place (land, part, \
                    parent_land) VALUES ('fr', 1, NULL), ('de', 2, NULL), ('xx', NULL, NULL)";

fn populated(session: &mut dyn Session, model: &ModelDef) {
    let known = state(&[model, &region()]);
    for model in [&region(), model] {
        let steps = create_model(model, &known, session.dialect()).unwrap();
        run(session, &steps).unwrap();
    }
    session.batch(ROWS).unwrap();
    agrees(session, model);
    agrees(session, &region());
}

fn every_kind_becomes_every_other(session: &mut dyn Session) {
    let kinds = kinds();
    populated(session, &kinds[0]);
    let rows = |session: &mut dyn Session| {
        all(
            session,
            "SELECT coalesce(land, '-') || coalesce(CAST(part AS text), '-') FROM shop_place ORDER BY id",
        )
    };
    let before = rows(session);
    let mut now = &kinds[0];
    for from in &kinds {
        for to in &kinds {
            for next in [from, to] {
                alter(session, now, next).unwrap();
                agrees(session, next);
                now = next;
            }
        }
    }
    assert_eq!(rows(session), before);
}

#[test]
fn every_kind_becomes_every_other_on_rows_on_sqlite() {
    every_kind_becomes_every_other(&mut Lite::new());
}

#[test]
fn every_kind_becomes_every_other_on_rows_on_postgres() {
    every_kind_becomes_every_other(&mut Pg::new());
}

fn rows_without_a_row_to_point_at_are_refused(session: &mut dyn Session) {
    let (plain, keyed) = (place(), of(&|_| ()));
    populated(session, &plain);
    session
        .batch("INSERT INTO shop_place (land, part) VALUES ('fr', 2)")
        .unwrap();
    assert!(alter(session, &plain, &keyed).is_err());
    agrees(session, &plain);
    session
        .batch("DELETE FROM shop_place WHERE land = 'fr' AND part = 2")
        .unwrap();
    alter(session, &plain, &keyed).unwrap();
    let refused = session.batch("INSERT INTO shop_place (land, part) VALUES ('fr', 2)");
    assert!(refused.is_err());
    // One NULL is enough to point nowhere.
    session
        .batch("INSERT INTO shop_place (land, part) VALUES ('xx', NULL), (NULL, 9)")
        .unwrap();
}

#[test]
fn rows_without_a_row_to_point_at_are_refused_on_sqlite() {
    rows_without_a_row_to_point_at_are_refused(&mut Lite::new());
}

#[test]
fn rows_without_a_row_to_point_at_are_refused_on_postgres() {
    rows_without_a_row_to_point_at_are_refused(&mut Pg::new());
}

/// A tree whose rows restrict each other.
fn a_table_that_points_at_itself_is_made_and_dropped(session: &mut dyn Session) {
    let mut node = region();
    "Node".clone_into(&mut node.name);
    node.constraints = vec![UniqueDef::over("node_number", ["letter", "number"]).into()];
    let own = ModelKey::new("shop", "Node");
    let pairs = [("letter", "country"), ("number", "code")];
    node.constraints.push(
        CompositeForeignKeyDef {
            on_delete: Some(ReferentialAction::Restrict),
            ..CompositeForeignKeyDef::over("shop_node_parent_fk", "parent", own, pairs)
        }
        .into(),
    );
    let known = state(&[&node]);
    let dialect = session.dialect();
    run(session, &create_model(&node, &known, dialect).unwrap()).unwrap();
    let asked = canonical(session, &lower(&node, &known, dialect).unwrap()).unwrap();
    assert_eq!(introspect(session, "shop_node").unwrap(), Some(asked));
    session
        .batch("INSERT INTO shop_node VALUES ('a', 1, 'a', 1), ('b', 1, 'a', 2)")
        .unwrap_err();
    session
        .batch("INSERT INTO shop_node VALUES ('a', 1, 'a', 1), ('b', 1, 'b', 1)")
        .unwrap();
    run(
        session,
        &delete_model(
            &node,
            &std::collections::BTreeMap::<crate::model::ModelKey, crate::model::ModelDef>::new(),
            dialect,
        )
        .unwrap(),
    )
    .unwrap();
    assert_eq!(introspect(session, "shop_node").unwrap(), None);
}

#[test]
fn a_table_that_points_at_itself_is_made_and_dropped_on_sqlite() {
    a_table_that_points_at_itself_is_made_and_dropped(&mut Lite::new());
}

#[test]
fn a_table_that_points_at_itself_is_made_and_dropped_on_postgres() {
    a_table_that_points_at_itself_is_made_and_dropped(&mut Pg::new());
}
