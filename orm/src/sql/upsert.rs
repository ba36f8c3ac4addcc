//! `INSERT .. ON CONFLICT ..`: new rows, and what happens where one is there already.

use std::sync::Arc;

use sea_query::{Alias, Expr, OnConflict, Query};
use smallvec::SmallVec;

use crate::error::{Error, Result};
use crate::expr::{ByPosition, ExprTokens, Node, Path, decode_one};
use crate::model::{ColumnMeta, ColumnSet, LeftOut, ModelMeta};
use crate::value::FieldType;

use super::assign::{assignments, next_version};
use super::render::{RenderScope, Renderer};
use super::rows::RowModels;
use super::shape::{Shape, StatementKind, statement};
use super::statement::{BoundColumn, BoundColumns};
use super::table::table;
use super::write::{all_columns, finish, from_list, given_columns, row_of, typed, value};
use super::written_in_scope::{assigned_in, written_in};
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

/// Renders for a statement over the rows of a model, beside which stands the new row, one scope outwards.
fn beside_new_row(meta: &'static ModelMeta, dialect: &'static Dialect) -> Renderer {
    let rows = RowModels {
        own: meta,
        parent: Some(meta),
        apart: None,
    };
    let mut renderer = Renderer::of(rows, dialect);
    if let Some(new) = renderer.scopes.first_mut() {
        *new = RenderScope::new(meta, EXCLUDED.to_owned());
    }
    renderer
}

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
        if self.update.is_some() && meta.table.eq_ignore_ascii_case(EXCLUDED) {
            return Err(Error::unsupported(format!(
                "a table called `{EXCLUDED}` cannot be told from the row that was not inserted"
            ))
            .with_hint("give the model another `table`"));
        }
        let refused = |source| Error::internal("an insert has too few values").with_source(source);
        let given: Vec<&'static ColumnMeta> = given_columns(meta, self.given).collect();
        let width = given.len();
        let mut renderer = beside_new_row(meta, dialect);
        let bound = match self.rows {
            NewRows::Each(rows) => rows * width,
            NewRows::Lists => width,
        };
        let positions = (0..bound).zip(given.iter().cycle());
        renderer.bound.extend(positions.map(|(at, column)| BoundColumn {
            value: u32::try_from(at).unwrap_or(u32::MAX),
            model: meta,
            column,
            is_written: true,
        }));
        let first = u32::try_from(bound).map_err(|_| Error::internal("an insert has too many values"))?;
        let conflict = self.conflict(update, first, &mut renderer, dialect)?;
        let mut scopes = std::mem::take(&mut renderer.scoped);
        let filled = written_in(meta, |at| self.given.contains(at), true, dialect, &mut scopes)?;
        let mut insert = Query::insert();
        insert.into_table(table(meta, dialect)?);
        let columns = given
            .iter()
            .copied()
            .chain(filled.iter().map(|(column, _)| *column));
        insert.columns(columns.map(|column| Alias::new(&column.column)));
        match self.rows {
            NewRows::Each(rows) => {
                for row in 0..rows {
                    let values = (row * width..(row + 1) * width).map(value);
                    let of_scopes = filled.iter().map(|(_, value)| value.clone());
                    insert.values(values.chain(of_scopes)).map_err(refused)?;
                }
            }
            NewRows::Lists => {
                let lists = given.iter().enumerate();
                let lists = lists.map(|(at, column)| from_list(at, column, dialect));
                insert
                    .select_from(
                        Query::select()
                            .exprs(lists.chain(typed(&filled, dialect)))
                            .to_owned(),
                    )
                    .map_err(refused)?;
            }
        }
        insert.on_conflict(conflict);
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
        let bound = BoundColumns::Some(renderer.bound);
        Ok(finish(&insert, dialect, returns, bound)?.in_scopes(scopes))
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
        let all = assignments(self.meta, &update.assignments, first)?;
        assigned_in(self.meta, &all, LeftOut::NONE, dialect, &mut renderer.scoped)?;
        for assigned in &all {
            if self.meta.key.contains(&usize::from(assigned.position)) {
                return Err(Error::unsupported(format!(
                    "on_conflict() of {} cannot set `{}`: a row that is there keeps its primary key",
                    self.meta.def.key(),
                    assigned.column.name
                ))
                .with_hint("set other fields; a key is changed by `update(..)` of a query"));
            }
            self.ensure_known(&assigned.node)?;
            conflict.value(assigned.name(), assigned.render(renderer)?);
        }
        conflict.values(next_version(self.meta));
        let values = u32::try_from(update.assignments.values().len())
            .map_err(|_| Error::internal("an update has too many values"))?;
        if let Some(filter) = decode_one(update.filter.tokens(), first + values)? {
            self.ensure_known(&filter)?;
            conflict.action_and_where(renderer.node(&filter, Some(FieldType::Bool))?);
        }
        // A row that is out of scope is not changed.
        if let Some(in_scope) = renderer.in_scope(self.meta, &self.meta.table, LeftOut::NONE)? {
            conflict.action_and_where(in_scope);
        }
        if renderer.joins_anything() {
            return Err(Error::unsupported(
                "on_conflict() sees the row that is there and the new one, and no rows that are related to them",
            )
            .with_hint("take the value from a `subquery(..)`, or read it first"));
        }
        Ok(conflict)
    }

    /// Refuses the key of the new row where the database gives it: one knows it beforehand, one does not.
    fn ensure_known(&self, node: &Node<ByPosition>) -> Result<()> {
        let mut unknown = None;
        node.each_column(&mut |column, depth| {
            let at = usize::from(column.position);
            let is_new =
                column.source.scope().outwards() == Some(depth + 1) && column.source.path() == Path::ROOT;
            if is_new && self.meta.key.contains(&at) && !self.given.contains(at) {
                unknown = self.meta.columns.get(at);
            }
        });
        match unknown {
            None => Ok(()),
            Some(column) => Err(Error::unsupported(format!(
                "the new row of {} has no `{}` before the database gives it one",
                self.meta.def.key(),
                column.name
            ))
            .with_hint("name another field of it, or set the key where the row is created")),
        }
    }
}
