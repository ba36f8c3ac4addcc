//! Rows of views that are stored.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Error;
use crate::model::{ModelKey, ModelMeta, QualifiedName};

use super::{Dialect, Statement};

/// Stores the rows of a view anew.
pub fn refresh(view: &QualifiedName, concurrently: bool) -> String {
    let how = if concurrently { "CONCURRENTLY " } else { "" };
    format!("REFRESH MATERIALIZED VIEW {how}{}", view.quoted())
}

/// The same as a statement, of which a program has one for each view.
pub fn refresh_statement(meta: &'static ModelMeta, concurrently: bool) -> Arc<Statement> {
    static KEPT: Mutex<BTreeMap<String, Arc<Statement>>> = Mutex::new(BTreeMap::new());
    let text = refresh(&meta.def.table_name(), concurrently);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let statement = kept
        .entry(text)
        .or_insert_with_key(|text| Arc::new(Statement::new(text.clone(), Vec::new(), false)));
    Arc::clone(statement)
}

#[cold]
pub(crate) fn no_materialized_views(view: &ModelKey, dialect: &Dialect) -> Error {
    Error::unsupported(format!(
        "the view {view} is materialized, and {} stores no rows of views",
        dialect.name
    ))
    .with_hint("leave `materialized` out, so that the query runs whenever the view is read, or fill a table of your own")
}
