//! Statements that load the rows of a to-many relation by keys of several columns.

use sea_query::{Alias, Expr, ExprTrait, JoinType, Query, SelectStatement};

use crate::error::{Error, Result};
use crate::model::{ColumnMeta, FieldDef};
use crate::query::JoinStep;

use super::along::{Names, nth};
use super::join::{JoinTable, all_equal};
use super::related::{list_of_keys, near_side, select, through};
use super::render::{Renderer, column};
use super::rules::{read, string_as_text};
use super::table::{named, table};
use super::writer::param;
use super::{KeyBinding, ReadQuery, Transform};

#[cold]
fn along_several() -> Error {
    Error::internal("rows that are related over several columns are read along with others")
}

impl ReadQuery<'_> {
    /// Where rows that are related over several columns come from, and the condition on the keys that are bound from a position on.
    pub(super) fn has_keys(
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
            let listed = (0..columns.len()).map(|at| column(alias, &nth('v', at)));
            return all_equal(columns.iter().map(|of| own(of)).zip(listed));
        }
        statement.from(table);
        match given {
            KeyBinding::One => {
                let params = (keys..).map(|at| param(at, Transform::None));
                all_equal(columns.iter().map(|of| own(of)).zip(params))
            }
            KeyBinding::List => {
                let compared = |of: &&ColumnMeta| match rules.list_type(of) {
                    // A string of a table of others or a view may be of a type of the database's own, of which no list is.
                    Some(_) if !self.meta.def.makes_table() && of.enumeration.is_none() => {
                        string_as_text(of.storage).map_or_else(|| own(of), |text| own(of).cast_as(text))
                    }
                    _ => own(of),
                };
                let row = Expr::tuple(columns.iter().map(compared));
                Ok(row.in_subquery(rules.rows_of_lists(&columns, keys)))
            }
            KeyBinding::Along(_) => Err(along_several()),
        }
    }

    /// The same through a join table that has the parent's key in several columns.
    pub(super) fn through_several(
        &self,
        join: &JoinTable,
        (given, keys): (KeyBinding, u32),
        renderer: &mut Renderer,
        statement: &mut SelectStatement,
        mut names: Option<&mut Names>,
    ) -> Result<()> {
        let (rules, dialect) = (renderer.rules(), renderer.dialect());
        let (step, _) = self.step()?;
        let left_out = step.left_out.and(self.select.left_out);
        let parent = near_side(&step)?;
        let key: Vec<&ColumnMeta> = parent.key_columns().collect();
        let through = through(self.meta);
        for (near, of) in join.near.of(through).zip(&key) {
            select(read(near, of, parent, dialect), statement, names.as_deref_mut());
        }
        let pairs = join.far.point_at(through, self.meta, &self.meta.table)?;
        let (table, middle) = (table(self.meta, dialect)?, named(&join.table, dialect)?);
        let alias = Alias::new(through);
        let near_is = |near: Vec<Expr>| match given {
            KeyBinding::One => {
                let params = (keys..).map(|at| param(at, Transform::None));
                all_equal(near.into_iter().zip(params))
            }
            KeyBinding::List => Ok(Expr::tuple(near).in_subquery(rules.rows_of_lists(&key, keys))),
            KeyBinding::Along(_) => Err(along_several()),
        };
        let exact = key.iter().all(|of| !of.storage.is_collated());
        if join.repeats {
            // Each pair once, of those that are asked for.
            let mut once = Query::select();
            once.distinct().from(middle);
            once.columns(join.columns().map(Alias::new));
            let near = join.near.iter().map(|near| Expr::col(Alias::new(near)));
            once.and_where(near_is(near.collect())?);
            renderer.keep_links_in_scope(join, &join.table.name, left_out, &mut once)?;
            statement.from(table);
            statement.join_subquery(JoinType::InnerJoin, once, alias, pairs);
        } else if given == KeyBinding::List && join.indexed && exact && rules.list_as_rows(keys).is_some() {
            // As with a list of one column.
            let list = list_of_keys(self.meta);
            statement.from_subquery(rules.rows_of_lists(&key, keys), Alias::new(list));
            let listed = (0..key.len()).map(|at| column(list, &nth('v', at)));
            let on = all_equal(join.near.of(through).zip(listed))?;
            statement.join_as(JoinType::CrossJoin, middle, alias, on.clone());
            statement.inner_join(table, pairs).and_where(on);
        } else {
            statement.from(table);
            statement.join_as(JoinType::InnerJoin, middle, alias, pairs);
            statement.and_where(near_is(join.near.of(through).collect())?);
        }
        if !join.repeats {
            renderer.keep_links_in_scope(join, through, left_out, statement)?;
        }
        Ok(())
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
}
