//! Populated tables through every kind of change.

mod convert;
mod ddl;
mod plan;
mod preserve;
mod refuse;

use serde_json::json;

use crate::error::Result;
use crate::model::{ConstraintDef, FieldDef, IndexDef, ModelDef, ModelKey, ReferentialAction};
use crate::sql::{Dialect, Session};
use crate::value::{FieldType, Literal};

use super::super::testing::{Lite, State, all, call, expression, field, id, key, model, run, state};
use super::super::{Fill, Step, alter_model, create_model, delete_model, introspect, lower};

const SQLITE: &Dialect = Dialect::SQLITE;

fn text(name: &str) -> FieldDef {
    FieldDef::new(name, FieldType::Text)
}

fn create(session: &mut Lite, models: &[&ModelDef]) {
    let known = state(models);
    for model in models {
        run(session, &create_model(model, &known, SQLITE).unwrap()).unwrap();
    }
}

fn plan(from: &State, to: &State, model: &str, fills: &[Fill]) -> Vec<Step> {
    let key = ModelKey::new("shop", model);
    alter_model(&from[&key], from, &to[&key], to, fills, SQLITE).unwrap()
}

/// A post with its text made shorter, which takes a rebuild.
fn shorter(post: &ModelDef) -> ModelDef {
    let mut post = post.clone();
    post.fields
        .iter_mut()
        .find(|field| field.name == "title")
        .unwrap()
        .max_length = Some(50);
    post
}

fn alter(
    session: &mut Lite,
    others: &[&ModelDef],
    from: &ModelDef,
    to: &ModelDef,
    fills: &[Fill],
) -> Result<()> {
    let states = |model| state(&others.iter().copied().chain([model]).collect::<Vec<_>>());
    let steps = plan(&states(from), &states(to), &from.name, fills);
    let done = run(session, &steps);
    assert_eq!(
        all(
            session,
            "SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys"
        ),
        ["1"]
    );
    assert!(session.0.is_autocommit(), "a transaction was left open");
    assert_eq!(
        all(
            session,
            "SELECT name FROM sqlite_master WHERE name LIKE 'orm_new_%' AND sql NOT LIKE '%users%'"
        ),
        [""; 0]
    );
    if done.is_ok() {
        let models = states(to);
        let asked = lower(to, &models, SQLITE).unwrap();
        let found = introspect(session, &asked.name).unwrap().unwrap();
        for index in &asked.indexes {
            assert!(found.indexes.contains(index));
        }
        assert_eq!(found.columns.len(), asked.columns.len());
    }
    done
}
