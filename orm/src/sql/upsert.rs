//! `INSERT .. ON CONFLICT ..`: new rows, and what happens where one is there already.

use std::sync::Arc;

use sea_query::{Alias, Expr, OnConflict, Query};
use smallvec::SmallVec;

use crate::error::{Error, Result};
use crate::expr::ExprTokens;
use crate::model::{ColumnMeta, ColumnSet, ModelMeta};

use super::assign::assignments;
use super::render::Renderer;
use super::shape::{Shape, StatementKind, statement};
use super::statement::{BoundColumn, BoundColumns};
use super::write::{all_columns, finish, from_list, given_columns, row_of, value};
use super::{Dialect, NewRows, Statement};

/// Rows to insert where some may be there already.
pub struct Upsert<'a> {
    /// The model.
    pub meta: &'static ModelMeta,
    /// The columns that the rows assign; at least one.
    pub given: &'a ColumnSet,
    /// How they are bound.
    pub rows: NewRows,
    /// What rows conflict in; any unique rule of the table if it is `None`.
    pub target: Option<&'a ConflictTarget>,
    /// What happens to a row that is there; nothing if it is `None`.
    pub update: Option<&'a ConflictUpdate>,
    /// What is returned of each row that was inserted or updated.
    pub returning: Returning,
}

/// What a statement returns of each row that it has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returning {
    /// Nothing: the number of rows.
    Nothing,
    /// The columns of the primary key.
    Key,
    /// All columns.
    Row,
}

/// What a unique rule of a table is over, as a statement names it.
pub struct ConflictTarget {
    /// Different for each rule of a model.
    pub number: u32,
    /// Its SQL, when the statement is rendered.
    pub sql: Box<dyn Fn(&'static Dialect) -> Result<TargetSql> + Send + Sync>,
}

/// The SQL of a conflict target.
pub struct TargetSql {
    /// Columns, and expressions as SQL.
    pub parts: Vec<TargetSqlPart>,
    /// The condition of a partial index, as SQL.
    pub condition: Option<String>,
}

/// One part of a conflict target.
pub enum TargetSqlPart {
    /// The name of a column.
    Column(String),
    /// An expression.
    Expression(String),
}

/// What becomes of a row that is there already. The row that was not inserted is one scope outwards.
#[derive(Debug, Clone, Default)]
pub struct ConflictUpdate {
    /// The assignments.
    pub assignments: ExprTokens,
    /// Which rows are updated; all of them if it is empty.
    pub filter: ExprTokens,
}

impl ConflictUpdate {
    /// How many values it binds.
    pub fn values(&self) -> usize {
        self.assignments.values().len() + self.filter.values().len()
    }
}

/// The name by which the databases call the row that was not inserted.
const EXCLUDED: &str = "excluded";

impl Upsert<'_> {
    /// The statement. Values: those of the rows, then those of the assignments, then those of the filter.
    ///
    /// # Errors
    /// If an expression is about rows that are neither there nor to be inserted, or the dialect cannot do it.
    pub fn statement(&self, dialect: &'static Dialect) -> Result<Arc<Statement>> {
        let number = match self.rows {
            NewRows::Each(rows) => rows as u64,
            NewRows::Lists => 0,
        };
        let empty = ConflictUpdate::default();
        let update = self.update.unwrap_or(&empty);
        let mut extra: SmallVec<[u32; 8]> = SmallVec::new();
        // No rule has that number.
        extra.push(self.target.map_or(u32::MAX, |target| target.number));
        extra.extend(self.given.numbers());
        let shape = Shape {
            kind: StatementKind::Upsert,
            model: Shape::model_id(self.meta),
            parts: [update.assignments.tokens(), update.filter.tokens(), &[], &[], &[]],
            flags: number << 3 | u64::from(self.update.is_some()) << 2 | self.returning as u64,
            extra: &extra,
        };
        statement(&shape, dialect, || self.render(update, dialect))
    }

    fn render(
        &self,
        update: &ConflictUpdate,
        dialect: &'static Dialect,
    ) -> Result<super::statement::Rendered> {
        let meta = self.meta;
        if meta.table.eq_ignore_ascii_case(EXCLUDED) {
            return Err(Error::unsupported(format!(
                "a table called `{EXCLUDED}` cannot be told from the row that was not inserted"
            ))
            .with_hint("give the model another `table`"));
        }
        let refused = |source| Error::internal("an insert has too few values").with_source(source);
        let given: Vec<&'static ColumnMeta> = given_columns(meta, self.given).collect();
        let width = given.len();
        let mut renderer = Renderer::beside(meta, EXCLUDED, dialect);
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(&meta.table))
            .columns(given.iter().map(|column| Alias::new(&column.column)));
        let bound = match self.rows {
            NewRows::Each(rows) => {
                for row in 0..rows {
                    let values = (row * width..(row + 1) * width).map(value);
                    insert.values(values).map_err(refused)?;
                }
                rows * width
            }
            NewRows::Lists => {
                let lists = given.iter().enumerate();
                let lists = lists.map(|(at, column)| from_list(at, column, dialect));
                insert
                    .select_from(Query::select().exprs(lists).to_owned())
                    .map_err(refused)?;
                width
            }
        };
        let positions = (0..bound).zip(given.iter().cycle());
        renderer.bound.extend(positions.map(|(at, column)| BoundColumn {
            value: u32::try_from(at).unwrap_or(u32::MAX),
            model: meta,
            column,
        }));
        let first = u32::try_from(bound).map_err(|_| Error::internal("an insert has too many values"))?;
        insert.on_conflict(self.conflict(update, first, &mut renderer, dialect)?);
        match self.returning {
            Returning::Nothing => {}
            Returning::Key => {
                let key = row_of(meta, meta.key_columns(), dialect);
                insert.returning(Query::returning().exprs(key));
            }
            Returning::Row => {
                insert.returning(all_columns(meta, dialect));
            }
        }
        let returns = self.returning != Returning::Nothing;
        finish(&insert, dialect, returns, BoundColumns::Some(renderer.bound))
    }

    fn conflict(
        &self,
        update: &ConflictUpdate,
        first: u32,
        renderer: &mut Renderer,
        dialect: &'static Dialect,
    ) -> Result<OnConflict> {
        let mut conflict = OnConflict::new();
        if let Some(target) = self.target {
            let target = (target.sql)(dialect)?;
            conflict.exprs(target.parts.into_iter().map(|part| match part {
                TargetSqlPart::Column(name) => Expr::col(Alias::new(name)),
                TargetSqlPart::Expression(sql) => Expr::custom_keyword(Alias::new(sql)),
            }));
            if let Some(condition) = target.condition {
                conflict.target_and_where(Expr::custom_keyword(Alias::new(condition)));
            }
        }
        if self.update.is_none() {
            conflict.do_nothing();
            return Ok(conflict);
        }
        for assigned in assignments(self.meta, &update.assignments, first)? {
            if self.meta.key.contains(&usize::from(assigned.position)) {
                return Err(Error::unsupported(format!(
                    "on_conflict() of {} cannot set `{}`: a row that is there keeps its primary key",
                    self.meta.def.key(),
                    assigned.column.name
                ))
                .with_hint("set other fields; a key is changed by `update(..)` of a query"));
            }
            conflict.value(assigned.name(), assigned.render(renderer)?);
        }
        let values = u32::try_from(update.assignments.values().len())
            .map_err(|_| Error::internal("an update has too many values"))?;
        if let Some(filter) = renderer.condition(update.filter.tokens(), first + values)? {
            conflict.action_and_where(filter);
        }
        if renderer.joins_anything() {
            return Err(Error::unsupported(
                "on_conflict() sees the row that is there and the new one, and no rows that are related to them",
            )
            .with_hint("take the value from a `subquery(..)`, or read it first"));
        }
        Ok(conflict)
    }
}
