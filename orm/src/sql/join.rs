//! Relation steps in SQL: foreign keys, join tables, join conditions.

use sea_query::{Expr, ExprTrait};

use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelMeta, QualifiedName};
use crate::query::{ColumnPair, JoinStep, RelationKind};

use super::render::{column, no_column};

/// The primary key column of a model that a join table refers to.
pub(super) fn primary_key(model: &ModelMeta) -> &str {
    // The registry has made sure that there is exactly one.
    &model.columns[model.primary_key].column
}

/// The primary key columns of a model.
pub(super) fn key_columns(model: &ModelMeta) -> impl Iterator<Item = &str> {
    model.key_columns().map(|column| column.column.as_str())
}

/// The column of a model that the foreign key of a step points at.
pub(super) fn pointed_at<'m>(step: &JoinStep, model: &'m ModelMeta) -> Result<&'m str> {
    let column = model.columns.get(step.pointed_at()?).ok_or_else(no_column)?;
    Ok(&column.column)
}

/// The foreign key column of a relation.
pub(super) fn key_column(step: &JoinStep) -> Result<&'static str> {
    let declaring = step.declaring()?;
    declaring
        .columns
        .iter()
        .find(|column| column.field == step.field as usize)
        .map(|column| column.column.as_str())
        .ok_or_else(no_column)
}

/// The condition that joins the rows at the end of a step.
pub(super) fn join_on(
    step: &JoinStep,
    from: &str,
    from_model: &ModelMeta,
    to: &str,
    target: &ModelMeta,
) -> Result<Expr> {
    if matches!(step.kind, RelationKind::Join | RelationKind::JoinBack) {
        return Err(
            Error::unsupported("a relation to many cannot be joined to single rows")
                .with_hint("ask with `.any(|t| ..)`, or load with `.with(..)`"),
        );
    }
    let pairs = step.column_pairs()?.into_iter();
    let equal = |pair: ColumnPair| column_at(to, target, pair.to).eq(column_at(from, from_model, pair.from));
    pairs.map(equal).reduce(Expr::and).ok_or_else(no_column)
}

fn column_at(alias: &str, model: &ModelMeta, at: usize) -> Expr {
    column(alias, &model.columns[at].column)
}

/// A join table, or the table of the model between, as seen from one side.
pub(super) struct JoinTable {
    /// The table.
    pub table: QualifiedName,
    /// The foreign key to the side that the step starts from.
    pub near: String,
    /// The foreign key to the side that the step leads to.
    pub far: String,
    /// Whether two rows may join the same pair.
    pub repeats: bool,
    /// Whether an index serves lookups by the near side.
    pub indexed: bool,
}

/// The model that a relation goes through, and its two foreign keys as seen from one side: positions among its columns.
pub struct ThroughColumns {
    /// The model.
    pub model: &'static ModelMeta,
    /// The foreign key to the side that the step starts from.
    pub near: usize,
    /// The foreign key to the side that the step leads to.
    pub far: usize,
}

/// The model that a step goes through, if it goes through one.
///
/// # Errors
/// If the models are not registered.
pub fn through_columns(step: &JoinStep) -> Result<Option<ThroughColumns>> {
    let def = &step.declaring()?.def;
    let field = def.fields.get(step.field as usize).ok_or_else(no_column)?;
    let Some(through) = &field.through else {
        return Ok(None);
    };
    let model = crate::registry::registry()?
        .model(through)
        .ok_or_else(|| Error::internal("a relation goes through a model that is not registered"))?;
    let (source, target) = def.through_keys(field, &model.def)?;
    let position = |key: &FieldDef| {
        let mut columns = model.columns.iter();
        columns
            .position(|column| column.name == key.name)
            .ok_or_else(no_column)
    };
    let (near, far) = match step.kind {
        RelationKind::JoinBack => (target, source),
        _ => (source, target),
    };
    Ok(Some(ThroughColumns {
        model,
        near: position(near)?,
        far: position(far)?,
    }))
}

/// The join table of a step, if it goes through one.
pub(super) fn join_table(step: &JoinStep) -> Result<Option<JoinTable>> {
    if matches!(step.kind, RelationKind::Forward | RelationKind::Reverse) {
        return Ok(None);
    }
    if let Some(through) = through_columns(step)? {
        let model = through.model;
        let [near, far] = [through.near, through.far].map(|at| &model.columns[at]);
        return Ok(Some(JoinTable {
            table: model.def.table_name(),
            near: near.column.clone(),
            far: far.column.clone(),
            repeats: !model.def.keeps_apart(&[&near.name, &far.name]),
            indexed: model.def.finds_by(&near.name),
        }));
    }
    let def = &step.declaring()?.def;
    let field = def.fields.get(step.field as usize).ok_or_else(no_column)?;
    let join = def.join_model(field).ok_or_else(no_column)?;
    let (source, target) = def.join_fields(field).ok_or_else(no_column)?;
    let column = |name: &str| {
        let field = join.field(name).ok_or_else(no_column)?;
        Ok::<_, Error>(field.column_name())
    };
    let (near, far) = match step.kind {
        RelationKind::JoinBack => (target, source),
        _ => (source, target),
    };
    Ok(Some(JoinTable {
        table: join.table_name(),
        near: column(&near)?,
        far: column(&far)?,
        repeats: false,
        indexed: !def.unmanaged,
    }))
}
