//! Statements that load the rows of a to-many relation by the keys of the rows they belong to.

use sea_query::{Alias, Expr, ExprTrait, JoinType, Query, SelectStatement};

use crate::error::{Error, Result};
use crate::expr::Path;
use crate::model::{ColumnMeta, ModelMeta};
use crate::query::{JoinStep, RelationKind};

use super::along::{Names, of_rows, rows_alias};
use super::join::{all_equal, join_on, join_table, key_column, key_columns, pointed_at, row_of};
use super::render::{Renderer, column, no_column};
use super::rows::RowModels;
use super::rules::{Rules, read};
use super::table::{named, table};
use super::writer::param;
use super::{KeyBinding, ReadQuery, Transform};

/// The position of the parent's key among the related rows' columns: of their foreign key, or of what the parent's points at;
/// `None` if a join table has it.
pub fn key_of_related(step: &JoinStep) -> Result<Option<usize>> {
    if step.composite()?.is_some() {
        // The first of its columns.
        return Ok(step.column_pairs()?.first().map(|pair| pair.to));
    }
    match step.kind {
        RelationKind::Reverse => own_key(step).map(Some),
        RelationKind::Forward => step.pointed_at().map(Some),
        RelationKind::Join | RelationKind::JoinBack => Ok(None),
    }
}

fn own_key(step: &JoinStep) -> Result<usize> {
    let mut columns = step.declaring()?.columns.iter();
    columns
        .position(|column| column.field == usize::from(step.field))
        .ok_or_else(no_column)
}

/// The model that a step through a join table starts from.
pub(super) fn near_side(step: &JoinStep) -> Result<&'static ModelMeta> {
    match step.kind {
        RelationKind::JoinBack => step.declared_target(),
        _ => step.declaring(),
    }
}

/// The column whose type the join table's foreign key of one column has.
fn key_in_join_table(step: &JoinStep) -> Result<(&'static ColumnMeta, &'static ModelMeta)> {
    let model = near_side(step)?;
    let key = model.columns.get(model.primary_key).ok_or_else(no_column)?;
    Ok((key, model))
}

/// How many columns with the parent's key precede the related rows; none if these have it themselves.
///
/// # Errors
/// If the models are not registered.
pub fn keys_before_related(step: &JoinStep) -> Result<usize> {
    match step.kind {
        RelationKind::Reverse | RelationKind::Forward => Ok(0),
        RelationKind::Join | RelationKind::JoinBack => Ok(near_side(step)?.key.len()),
    }
}

pub(super) fn select(expr: Expr, statement: &mut SelectStatement, names: Option<&mut Names>) {
    match names {
        Some(names) => names.column(statement, expr),
        None => {
            statement.expr(expr);
        }
    }
}

/// Whether each row can match only one key of the list: a collation may consider several strings equal to a row's key.
fn is_of_one(step: &JoinStep) -> Result<bool> {
    let key = match key_of_related(step)? {
        Some(at) => step.target()?.columns.get(at).ok_or_else(no_column)?,
        None => key_in_join_table(step)?.0,
    };
    Ok(!key.storage.is_collated())
}

/// Whether an index serves lookups by key. Our own join tables have one.
fn is_indexed(step: &JoinStep) -> Result<bool> {
    if step.is_forward() {
        // What a foreign key points at is unique.
        return Ok(step.target()?.def.makes_table());
    }
    let def = &step.declaring()?.def;
    if let Some(join) = join_table(step)? {
        return Ok(join.indexed && !join.repeats);
    }
    let field = def.fields.get(usize::from(step.field)).ok_or_else(no_column)?;
    Ok(def.finds_by(&field.name))
}

/// Aliases of the join table and of the list of keys. They must not collide with the related rows' table, or with `t1`
/// and so on, which are other rows.
pub(super) fn through(own: &ModelMeta) -> &'static str {
    match own.table.eq_ignore_ascii_case("through") {
        true => "through_rows",
        false => "through",
    }
}

pub(super) fn list_of_keys(own: &ModelMeta) -> &'static str {
    match own.table.eq_ignore_ascii_case("keys") {
        true => "list_of_keys",
        false => "keys",
    }
}

impl ReadQuery<'_> {
    /// The models that its expressions refer to. The parent rows can be joined only if the step starts at them: rows
    /// reached through another relation may have several parents.
    pub(super) fn rows(&self) -> RowModels {
        let is_own = self.step.is_some_and(|(step, _)| step.from == Path::ROOT);
        let (parent, apart) = match is_own {
            true => (self.parent, None),
            false => (None, self.parent),
        };
        RowModels {
            own: self.meta,
            parent,
            apart,
        }
    }

    /// Where related rows come from, the condition on their key or keys, and the key column to select where the row
    /// does not have it itself.
    ///
    /// # Errors
    /// If the relation does not exist.
    pub(super) fn related(
        &self,
        renderer: &mut Renderer,
        statement: &mut SelectStatement,
        keys: u32,
        names: Option<&mut Names>,
    ) -> Result<()> {
        let (step, given) = self.step()?;
        let left_out = step.left_out.and(self.select.left_out);
        renderer.keep_in_scope(self.meta, &self.meta.table, left_out, statement)?;
        let rules = renderer.rules();
        if let Some(join) = join_table(&step)?.filter(|join| join.near.are_several()) {
            return self.through_several(&join, (given, keys), renderer, statement, names);
        }
        if step.composite()?.is_some() {
            let related = self.has_keys(&step, given, keys, renderer, statement)?;
            statement.and_where(related);
            return Ok(());
        }
        // With an index, a list is looped over once. Without one, each key would scan all rows.
        let list = match given == KeyBinding::List && is_of_one(&step)? && is_indexed(&step)? {
            true => rules.list_as_rows(keys),
            false => None,
        };
        let value = match given {
            KeyBinding::Along(at) => {
                statement.from(rows_alias());
                Some(of_rows(at))
            }
            KeyBinding::One | KeyBinding::List => list.map(|(rows, value)| {
                let alias = list_of_keys(self.meta);
                statement.from_function(rows, Alias::new(alias));
                column(alias, value)
            }),
        };
        let table = table(self.meta, renderer.dialect())?;
        // Whether the key or the list of keys has been asked for already.
        let mut bound = false;
        match join_table(&step)? {
            None => match value {
                Some(_) => statement.cross_join(table),
                None => statement.from(table),
            },
            Some(join) => {
                let through = through(self.meta);
                let (of, model) = key_in_join_table(&step)?;
                let near = || row_of(join.near.of(through));
                select(read(near(), of, model, renderer.dialect()), statement, names);
                let pairs = join.far.point_at(through, self.meta, &self.meta.table)?;
                let alias = Alias::new(through);
                let kind = match value {
                    Some(_) => JoinType::CrossJoin,
                    None => {
                        statement.from(table.clone());
                        JoinType::InnerJoin
                    }
                };
                bound = join.repeats;
                if join.repeats {
                    // Each pair once, of those that are asked for.
                    let mut once = Query::select();
                    once.distinct().from(named(&join.table, renderer.dialect())?);
                    once.columns(join.columns().map(Alias::new));
                    renderer.keep_links_in_scope(&join, &join.table.name, left_out, &mut once)?;
                    let own = row_of(join.near.iter().map(|near| Expr::col(Alias::new(near))));
                    match given {
                        KeyBinding::One => once.and_where(own.eq(param(keys, Transform::None))),
                        KeyBinding::List => once.and_where(rules.in_list(own, keys, None)),
                        KeyBinding::Along(at) => {
                            let keys = Query::select().expr(of_rows(at)).from(rows_alias()).to_owned();
                            once.and_where(own.in_subquery(keys))
                        }
                    };
                    let on = match &value {
                        Some(value) => near().eq(value.clone()),
                        None => pairs.clone(),
                    };
                    statement.join_subquery(JoinType::InnerJoin, once, alias, on);
                } else {
                    statement.join_as(
                        kind,
                        named(&join.table, renderer.dialect())?,
                        alias,
                        pairs.clone(),
                    );
                    renderer.keep_links_in_scope(&join, through, left_out, statement)?;
                }
                match value {
                    Some(_) => statement.inner_join(table, pairs),
                    None => statement,
                }
            }
        };
        if bound {
            return Ok(());
        }
        let key = self.related_to()?;
        statement.and_where(match (given, value) {
            (KeyBinding::One, _) => key.eq(param(keys, Transform::None)),
            (KeyBinding::List | KeyBinding::Along(_), Some(value)) => key.eq(value),
            (KeyBinding::List | KeyBinding::Along(_), None) => rules.in_list(key, keys, None),
        });
        Ok(())
    }

    /// Joins the parent rows, if an expression refers to them.
    pub(super) fn join_parent(&self, renderer: &Renderer, statement: &mut SelectStatement) -> Result<()> {
        let (Some(alias), Some(parent)) = (renderer.parent(), self.rows().parent) else {
            return Ok(());
        };
        let (step, _) = self.step()?;
        let on = match join_table(&step)? {
            None => join_on(&step.turned(), &self.meta.table, self.meta, alias, parent)?,
            Some(join) => {
                let key = key_columns(parent).map(|key| column(alias, key));
                all_equal(key.zip(join.near.of(through(self.meta))))?
            }
        };
        statement.join_as(
            JoinType::InnerJoin,
            table(parent, renderer.dialect())?,
            Alias::new(alias),
            on,
        );
        Ok(())
    }

    /// The column with the parent's key.
    fn related_to(&self) -> Result<Expr> {
        let (step, _) = self.step()?;
        match join_table(&step)? {
            None if step.is_forward() => Ok(column(&self.meta.table, pointed_at(&step, self.meta)?)),
            None => Ok(column(&self.meta.table, key_column(&step)?)),
            Some(join) => Ok(row_of(join.near.of(through(self.meta)))),
        }
    }

    /// What tells the lists of different parents apart. Those whose keys are different strings are not one list, whatever the database
    /// takes for equal.
    pub(super) fn list_keys(&self, rules: &dyn Rules) -> Result<Vec<Expr>> {
        let (step, _) = self.step()?;
        if step.composite()?.is_some() {
            let pairs = step.column_pairs()?;
            let columns = pairs.iter().map(|pair| {
                let own = &self.meta.columns[pair.to];
                let key = column(&self.meta.table, &own.column);
                match own.storage.is_collated() {
                    true => rules.exact_string(key),
                    false => key,
                }
            });
            return Ok(columns.collect());
        }
        if let Some(join) = join_table(&step)?.filter(|join| join.near.are_several()) {
            let key = near_side(&step)?.key_columns();
            let columns = key.zip(join.near.of(through(self.meta)));
            let columns = columns.map(|(of, near)| match of.storage.is_collated() {
                true => rules.exact_string(near),
                false => near,
            });
            return Ok(columns.collect());
        }
        let key = self.related_to()?;
        Ok(vec![match is_of_one(&step)? {
            true => key,
            false => rules.exact_string(key),
        }])
    }

    pub(super) fn step(&self) -> Result<(JoinStep, KeyBinding)> {
        self.step
            .ok_or_else(|| Error::internal("related rows are asked for without a relation"))
    }
}
