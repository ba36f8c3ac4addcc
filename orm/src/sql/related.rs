//! Statements that load the rows of a to-many relation by the keys of the rows they belong to.

use sea_query::{Alias, Expr, ExprTrait, JoinType, Query, SelectStatement};

use crate::error::{Error, Result};
use crate::expr::Path;
use crate::model::{ColumnMeta, FieldDef, ModelMeta};
use crate::query::{JoinStep, RelationKind};

use super::along::{Names, nth, of_rows, rows_alias};
use super::join::{join_on, join_table, key_column, pointed_at, primary_key};
use super::render::{Renderer, column, no_column};
use super::rows::RowModels;
use super::rules::{Rules, read, string_as_text};
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

/// The column whose type the join table's foreign keys have.
fn key_in_join_table(step: &JoinStep) -> Result<(&'static ColumnMeta, &'static ModelMeta)> {
    let model = match step.kind {
        RelationKind::JoinBack => JoinStep {
            kind: RelationKind::Join,
            ..*step
        }
        .target()?,
        _ => step.declaring()?,
    };
    let key = model.columns.get(model.primary_key).ok_or_else(no_column)?;
    Ok((key, model))
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
        return Ok(!step.target()?.def.unmanaged);
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
fn through(own: &ModelMeta) -> &'static str {
    match own.table.eq_ignore_ascii_case("through") {
        true => "through_rows",
        false => "through",
    }
}

fn list_of_keys(own: &ModelMeta) -> &'static str {
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
        let rules = renderer.rules();
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
                let near = read(column(through, &join.near), of, model, renderer.dialect());
                match names {
                    Some(names) => names.column(statement, near),
                    None => {
                        statement.expr(near);
                    }
                }
                let pairs = column(through, &join.far).eq(column(&self.meta.table, primary_key(self.meta)));
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
                    once.columns([Alias::new(&join.near), Alias::new(&join.far)]);
                    let near = Expr::col(Alias::new(&join.near));
                    match given {
                        KeyBinding::One => once.and_where(near.eq(param(keys, Transform::None))),
                        KeyBinding::List => once.and_where(rules.in_list(near, keys, None)),
                        KeyBinding::Along(at) => {
                            let keys = Query::select().expr(of_rows(at)).from(rows_alias()).to_owned();
                            once.and_where(near.in_subquery(keys))
                        }
                    };
                    let on = match &value {
                        Some(value) => column(through, &join.near).eq(value.clone()),
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

    /// Where rows that are related over several columns come from, and the condition on the keys that are bound from a position on.
    fn has_keys(
        &self,
        step: &JoinStep,
        given: KeyBinding,
        keys: u32,
        renderer: &Renderer,
        statement: &mut SelectStatement,
    ) -> Result<Expr> {
        let rules = renderer.rules();
        let pairs = step.column_pairs()?;
        let columns: Vec<&ColumnMeta> = pairs.iter().map(|pair| &self.meta.columns[pair.to]).collect();
        let own = |of: &ColumnMeta| column(&self.meta.table, &of.column);
        let table = table(self.meta, renderer.dialect())?;
        // As with a list of one column; and an index would be searched by the first column alone.
        if given == KeyBinding::List && rules.list_as_rows(keys).is_some() && self.finds_one_by(&columns) {
            let alias = list_of_keys(self.meta);
            statement.from_subquery(rules.rows_of_lists(&columns, keys), Alias::new(alias));
            statement.cross_join(table);
            let equal = columns.iter().enumerate();
            let equal = equal.map(|(at, of)| own(of).eq(column(alias, &nth('v', at))));
            return equal.reduce(Expr::and).ok_or_else(no_column);
        }
        statement.from(table);
        match given {
            KeyBinding::One => {
                let equal = (keys..).zip(&columns);
                let equal = equal.map(|(at, column)| own(column).eq(param(at, Transform::None)));
                equal.reduce(Expr::and).ok_or_else(no_column)
            }
            KeyBinding::List => {
                let compared = |of: &&ColumnMeta| match rules.list_type(of) {
                    // A string of an unmanaged table may be of a type of the database's own, of which no list is.
                    Some(_) if self.meta.def.unmanaged && of.enumeration.is_none() => {
                        string_as_text(of.storage).map_or_else(|| own(of), |text| own(of).cast_as(text))
                    }
                    _ => own(of),
                };
                let row = Expr::tuple(columns.iter().map(compared));
                Ok(row.in_subquery(rules.rows_of_lists(&columns, keys)))
            }
            KeyBinding::Along(_) => Err(Error::internal(
                "rows that are related over several columns are read along with others",
            )),
        }
    }

    /// Whether an index serves lookups by all of these columns, and each row can match only one key of a list.
    fn finds_one_by(&self, columns: &[&ColumnMeta]) -> bool {
        let def = &self.meta.def;
        let exact = |of: &&ColumnMeta| {
            let plain = |field: &FieldDef| !field.ty.is_relation() && field.collation.is_none();
            !of.storage.is_collated() || def.fields.get(of.field).is_some_and(plain)
        };
        let names: Vec<&str> = columns.iter().map(|of| of.name.as_str()).collect();
        columns.iter().all(exact) && def.finds_by_all(&names)
    }

    /// Joins the parent rows, if an expression refers to them.
    pub(super) fn join_parent(&self, renderer: &Renderer, statement: &mut SelectStatement) -> Result<()> {
        let (Some(alias), Some(parent)) = (renderer.parent(), self.rows().parent) else {
            return Ok(());
        };
        let (step, _) = self.step()?;
        let on = match join_table(&step)? {
            None => join_on(&step.turned(), &self.meta.table, self.meta, alias, parent)?,
            Some(_) => column(alias, primary_key(parent)).eq(self.related_to()?),
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
            Some(join) => Ok(column(through(self.meta), &join.near)),
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
        let key = self.related_to()?;
        Ok(vec![match is_of_one(&step)? {
            true => key,
            false => rules.exact_string(key),
        }])
    }

    fn step(&self) -> Result<(JoinStep, KeyBinding)> {
        self.step
            .ok_or_else(|| Error::internal("related rows are asked for without a relation"))
    }
}
