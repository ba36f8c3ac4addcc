//! Relation steps in SQL: foreign keys, join tables, join conditions.

use sea_query::{Expr, ExprTrait};
use smallvec::SmallVec;

use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelDef, ModelMeta, QualifiedName, ThroughKey};
use crate::query::{ColumnPair, JoinStep, RelationKind};

use super::render::{column, no_column};

/// The first primary key column of a model.
pub(super) fn primary_key(model: &ModelMeta) -> &str {
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
    let columns = |pair: ColumnPair| {
        (
            column_at(to, target, pair.to),
            column_at(from, from_model, pair.from),
        )
    };
    all_equal(step.column_pairs()?.into_iter().map(columns))
}

fn column_at(alias: &str, model: &ModelMeta, at: usize) -> Expr {
    column(alias, &model.columns[at].column)
}

/// A join table, or the table of the model between, as seen from one side.
pub(super) struct JoinTable {
    /// The table.
    pub table: QualifiedName,
    /// The foreign key to the side that the step starts from: a column for each of that side's primary key.
    pub near: KeyColumns,
    /// The foreign key to the side that the step leads to.
    pub far: KeyColumns,
    /// The model of the table, if it is one.
    pub model: Option<&'static ModelMeta>,
    /// Whether two rows may join the same pair.
    pub repeats: bool,
    /// Whether an index serves lookups by the near side.
    pub indexed: bool,
}

impl JoinTable {
    /// The columns of both foreign keys, each once: they may share some.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        let shared = |far: &str| self.near.iter().any(|near| near == far);
        self.near
            .iter()
            .chain(self.far.iter().filter(move |far| !shared(far)))
    }
}

/// The columns of a foreign key, in the order of the primary key that it points at.
pub(super) struct KeyColumns(SmallVec<[String; 1]>);

impl KeyColumns {
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether it is more than one column.
    pub(super) fn are_several(&self) -> bool {
        self.0.len() > 1
    }

    /// The columns of a table.
    pub(super) fn of<'k>(&'k self, table: &'k str) -> impl Iterator<Item = Expr> + 'k {
        self.iter().map(move |name| column(table, name))
    }

    /// That a row of the table points at one of a model.
    pub(super) fn point_at(&self, table: &str, model: &ModelMeta, alias: &str) -> Result<Expr> {
        let key = key_columns(model).map(|key| column(alias, key));
        all_equal(self.of(table).zip(key))
    }
}

/// A row of values, or the value that it is.
pub(super) fn row_of(values: impl Iterator<Item = Expr>) -> Expr {
    let mut values: SmallVec<[Expr; 1]> = values.collect();
    match values.len() {
        1 => values.remove(0),
        _ => Expr::tuple(values),
    }
}

/// That both of each pair are equal.
pub(super) fn all_equal(pairs: impl Iterator<Item = (Expr, Expr)>) -> Result<Expr> {
    let equal = pairs.map(|(one, other)| one.eq(other));
    equal.reduce(Expr::and).ok_or_else(no_column)
}

/// The model that a relation goes through, and its two foreign keys as seen from one side: positions among its columns, in the
/// order of the primary keys that they point at.
pub struct ThroughColumns {
    /// The model.
    pub model: &'static ModelMeta,
    /// The foreign key to the side that the step starts from.
    pub near: SmallVec<[usize; 1]>,
    /// The foreign key to the side that the step leads to.
    pub far: SmallVec<[usize; 1]>,
}

impl ThroughColumns {
    fn names<'c>(&'c self, at: &'c [usize]) -> impl Iterator<Item = &'static str> + 'c {
        at.iter().map(|&at| self.model.columns[at].name.as_str())
    }

    fn columns(&self, at: &[usize]) -> KeyColumns {
        KeyColumns(
            at.iter()
                .map(|&at| self.model.columns[at].column.clone())
                .collect(),
        )
    }
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
    let target = &step.declared_target()?.def;
    let (own, other) = def.through_keys(field, &model.def, target)?;
    let positions = |key: ThroughKey<'_>, side: &ModelDef| {
        let position = |name: &str| {
            let mut columns = model.columns.iter();
            columns
                .position(|column| column.name == name)
                .ok_or_else(no_column)
        };
        let positions = key.fields(side).into_iter().map(position);
        positions.collect::<Result<SmallVec<[usize; 1]>>>()
    };
    let (own, other) = (positions(own, def)?, positions(other, target)?);
    let (near, far) = match step.kind {
        RelationKind::JoinBack => (other, own),
        _ => (own, other),
    };
    Ok(Some(ThroughColumns { model, near, far }))
}

/// The join table of a step, if it goes through one.
pub(super) fn join_table(step: &JoinStep) -> Result<Option<JoinTable>> {
    if matches!(step.kind, RelationKind::Forward | RelationKind::Reverse) {
        return Ok(None);
    }
    if let Some(through) = through_columns(step)? {
        let def = &through.model.def;
        let near: SmallVec<[&str; 2]> = through.names(&through.near).collect();
        let mut both = near.clone();
        both.extend(through.names(&through.far));
        return Ok(Some(JoinTable {
            table: def.table_name(),
            model: Some(through.model),
            near: through.columns(&through.near),
            far: through.columns(&through.far),
            repeats: !def.keeps_apart(&both),
            indexed: match *near {
                [near] => def.finds_by(near),
                _ => def.finds_by_all(&near),
            },
        }));
    }
    let (def, target) = (&step.declaring()?.def, &step.declared_target()?.def);
    let field = def.fields.get(step.field as usize).ok_or_else(no_column)?;
    let join = def.join_model(field, |_| Some(target)).ok_or_else(no_column)?;
    let [own, other] = def.join_keys(field, target, &join).ok_or_else(no_column)?;
    let columns = |key: ThroughKey<'_>, side: &ModelDef| {
        let fields = key.fields(side).into_iter().filter_map(|name| join.field(name));
        KeyColumns(fields.map(FieldDef::column_name).collect())
    };
    let (own, other) = (columns(own, def), columns(other, target));
    let (near, far) = match step.kind {
        RelationKind::JoinBack => (other, own),
        _ => (own, other),
    };
    Ok(Some(JoinTable {
        table: join.table_name(),
        near,
        far,
        model: None,
        repeats: false,
        indexed: def.makes_table(),
    }))
}
