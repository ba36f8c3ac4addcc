//! `SELECT` statements.

use std::sync::Arc;

use sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use smallvec::SmallVec;

use crate::error::{Error, Result};
use crate::expr::{ByPosition, Node, Path, TokenBits};
use crate::model::{LeftOut, ModelMeta};
use crate::query::{JoinStep, Select};
use crate::value::{FieldType, Value};

use super::along::{Names, nth};
use super::derived::{is_beside, key_of_rows};
use super::groups::DecodedParts;
use super::join::key_columns;
use super::lock;
use super::render::{Renderer, column};
use super::rules::{Buildable, read};
use super::shape::{Shape, StatementKind, statement};
use super::statement::{BoundColumns, Rendered};
use super::table::table;
use super::writer::limit_param;
use super::{Dialect, Statement};

/// A query to render. Its values are bound in this order: filter, columns, groups, having, order, the query it
/// selects from, then the limit if it is a parameter, the offset, and the key or keys of a [`StatementKind::Related`].
pub struct ReadQuery<'a> {
    /// What it selects.
    pub kind: StatementKind,
    /// The model whose rows it selects from.
    pub meta: &'static ModelMeta,
    /// The filter and other expressions.
    pub select: &'a Select,
    /// To-one relations whose rows are selected in the same statement.
    pub joined: &'a [Path],
    /// For [`StatementKind::Related`]: the step from the rows whose keys are bound, and how they are bound.
    pub step: Option<(JoinStep, KeyBinding)>,
    /// How the number of rows is limited.
    pub limit: RowLimit,
    /// For [`StatementKind::Related`]: the model of the rows whose keys are bound.
    pub parent: Option<&'static ModelMeta>,
    /// A bit per value that is not a column of a whole row, set where its Rust type can be NULL.
    pub nulls: u32,
    /// The position of its first value; the values of the rows precede it if it is read along with them.
    pub first: u32,
}

/// How the keys of a [`StatementKind::Related`] are bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyBinding {
    /// One key, as a value for each of its columns. Postgres keeps a generic plan for an equality; for a list it plans anew every time, as long as its
    /// generic plan assumes more keys than there are.
    One,
    /// A list of keys, as a list for each of their columns.
    List,
    /// The column at a position of the rows that are read in the same statement.
    Along(usize),
}

impl KeyBinding {
    /// How keys are bound that are these values, one for each of their columns.
    pub fn of(keys: &[Value<'_>]) -> Self {
        match keys {
            [Value::List(_), ..] => KeyBinding::List,
            _ => KeyBinding::One,
        }
    }
}

/// How the number of rows is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowLimit {
    /// Not at all.
    None,
    /// By a number in the SQL: for the few statements that always have the same limit.
    Literal(u8),
    /// By a bound value.
    Param,
}

/// The position of the first value of each clause.
pub(super) struct Positions {
    filter: u32,
    pub(super) columns: u32,
    pub(super) groups: u32,
    pub(super) having: u32,
    pub(super) order: u32,
    pub(super) derived: u32,
    pub(super) limit: u32,
    pub(super) offset: u32,
    pub(super) keys: u32,
}

impl ReadQuery<'_> {
    /// The statement, from the cache or rendered.
    ///
    /// # Errors
    /// If the query is inconsistent or the dialect cannot do it.
    pub fn statement(&self, dialect: &'static Dialect) -> Result<Arc<Statement>> {
        let groups = self.select.groups();
        let mut extra = SmallVec::new();
        let flags = self.key(&mut extra)?;
        let shape = Shape {
            kind: self.kind,
            model: Shape::model_id(self.meta),
            parts: [
                self.select.filter.tokens(),
                self.select.order.tokens(),
                groups.columns.tokens(),
                groups.by.tokens(),
                groups.having.tokens(),
            ],
            flags: u64::from(self.nulls) << 32 | u64::from(flags),
            extra: &extra,
        };
        statement(&shape, dialect, || self.render(dialect))
    }

    /// What beside its tokens decides the SQL.
    #[inline]
    pub(super) fn key(&self, extra: &mut SmallVec<[u32; 8]>) -> Result<u32> {
        let select = self.select;
        let limit = match self.limit {
            RowLimit::None => 0,
            RowLimit::Param => 1,
            RowLimit::Literal(rows) => 2 + u32::from(rows),
        };
        let mut flags = limit << 2 | u32::from(select.offset().is_some()) << 1 | u32::from(select.distinct);
        // Which model that is follows from the step.
        if self.step.is_some() {
            flags |= u32::from(self.rows().parent.is_some()) << 15;
            flags |= u32::from(select.is_projected()) << 14;
        }
        if let Some(lock) = select.lock() {
            flags |= lock::flags(lock) << 16;
            extra.extend(lock.of.iter().map(|path| path.0));
        }
        if !select.left_out.is_none() {
            flags |= 1 << 13;
            extra.push(u32::from(select.left_out.bits()));
        }
        if let Some(rows) = select.derived_rows() {
            flags |= 1 << 14;
            key_of_rows(rows, extra);
        }
        if let Some((step, keys)) = &self.step {
            let declaring = Shape::model_id(step.declaring()?) as u64;
            extra.extend([
                declaring as u32,
                (declaring >> 32) as u32,
                u32::from(step.field),
                step.kind as u32
                    | u32::from(*keys == KeyBinding::One) << 8
                    | u32::from(step.left_out.bits()) << 16,
            ]);
        }
        for path in self.joined {
            extra.push(path.0);
        }
        Ok(flags)
    }

    /// For [`StatementKind::Tuples`]: which values are read as text, or as arrays of it.
    fn as_text(&self, renderer: &Renderer) -> Result<SmallVec<[Option<&'static str>; 8]>> {
        let mut as_text = SmallVec::new();
        if self.kind == StatementKind::Tuples {
            for node in self.parts()?.columns {
                as_text.push(renderer.read_as(&node)?);
            }
        }
        Ok(as_text)
    }

    /// How many values it has, without keys.
    pub fn values(&self) -> usize {
        (self.positions().keys - self.first) as usize
    }

    pub(super) fn positions(&self) -> Positions {
        let select = self.select;
        let mut next = self.first;
        let mut take = |count: usize| {
            let start = next;
            // More values are refused before (`ensure_few`), at the latest when the statement is built.
            next += u32::try_from(count).unwrap_or(u32::MAX - next);
            start
        };
        let groups = select.groups();
        Positions {
            filter: take(select.filter.values().len()),
            columns: take(groups.columns.values().len()),
            groups: take(groups.by.values().len()),
            having: take(groups.having.values().len()),
            order: take(select.order.values().len()),
            derived: take(select.derived_rows().map_or(0, |rows| rows.values().len())),
            limit: take(usize::from(self.limit == RowLimit::Param)),
            offset: take(usize::from(select.offset().is_some())),
            keys: take(1),
        }
    }

    fn render(&self, dialect: &'static Dialect) -> Result<Rendered> {
        self.check()?;
        let mut renderer = Renderer::of(self.rows(), dialect);
        let rules = renderer.rules();
        let inner = match self.cuts_lists() {
            true => self.some_of_lists(&mut renderer)?,
            false => self.select_statement(&mut renderer, None)?,
        };
        let limited = self.limit != RowLimit::None || self.select.offset().is_some();
        let as_text = self.as_text(&renderer)?;
        let statement: Box<dyn Buildable> = match self.kind {
            // Values that are distinct as they are need not be distinct as text, nor sort the same.
            StatementKind::Tuples if self.select.distinct && as_text.iter().any(Option::is_some) => {
                let rows = Alias::new("rows");
                let columns = as_text.iter().enumerate().map(|(at, as_text)| {
                    let column = column("rows", &nth('v', at));
                    match as_text {
                        Some(text) => column.cast_as(*text),
                        None => column,
                    }
                });
                Box::new(
                    Query::select()
                        .exprs(columns)
                        .from_subquery(inner, rows)
                        .to_owned(),
                )
            }
            StatementKind::Count if limited => Box::new(
                Query::select()
                    .expr(Expr::cust("count(*)"))
                    .from_subquery(inner, Alias::new("counted"))
                    .to_owned(),
            ),
            StatementKind::Exists => Box::new(Query::select().expr(Expr::exists(inner)).to_owned()),
            _ => Box::new(inner),
        };
        let (sql, placeholders) = rules.build(statement.as_ref())?;
        Ok(Rendered {
            sql,
            placeholders,
            returns_rows: true,
            bound: BoundColumns::Some(renderer.bound),
            scopes: renderer.scoped,
        })
    }

    /// The query, with names for its columns where a statement around it takes them.
    pub(super) fn select_statement(
        &self,
        renderer: &mut Renderer,
        mut names: Option<&mut Names>,
    ) -> Result<SelectStatement> {
        let select = self.select;
        let positions = self.positions();
        let parts = self.parts()?;
        let mut statement = SelectStatement::new();
        if self.kind != StatementKind::Related {
            self.select_from(&parts, renderer, &mut statement)?;
        }
        // Whole rows are distinct already, by their primary key.
        let distinct = select.distinct && self.kind == StatementKind::Tuples;
        if distinct {
            statement.distinct();
        }
        let limited = self.limit != RowLimit::None || select.offset().is_some();
        match self.kind {
            StatementKind::Count if limited && select.is_of_values() => {
                statement.expr(Expr::cust("1"));
            }
            StatementKind::Count if limited => {
                self.model_columns(renderer, &mut statement, None)?;
            }
            StatementKind::Count => {
                statement.expr(Expr::cust("count(*)"));
            }
            StatementKind::Exists => {
                statement.expr(Expr::cust("1"));
            }
            StatementKind::Tuples => self.values_of(&parts, renderer, &mut statement)?,
            StatementKind::Related => {
                renderer.list = self.list_keys(renderer.rules())?;
                self.related(renderer, &mut statement, positions.keys, names.as_deref_mut())?;
                if !select.is_projected() {
                    self.model_columns(renderer, &mut statement, names.as_deref_mut())?;
                }
                self.annotations(&parts, renderer, &mut statement, names.as_deref_mut())?;
            }
            _ => {
                self.model_columns(renderer, &mut statement, names.as_deref_mut())?;
                self.annotations(&parts, renderer, &mut statement, names.as_deref_mut())?;
            }
        }
        if let Some(filter) = renderer.condition(select.filter.tokens(), positions.filter)? {
            statement.and_where(filter);
        }
        for node in self.groups_of(&parts) {
            statement.add_group_by([renderer.value_of(node, true)?]);
        }
        if let Some(having) = &parts.having {
            statement.and_having(renderer.node(having, Some(FieldType::Bool))?);
        }
        let cuts_lists = self.cuts_lists();
        if cuts_lists {
            self.number_in_lists(&parts, renderer, &mut statement)?;
        // An order matters to a count only if rows are cut off.
        } else if !matches!(self.kind, StatementKind::Count | StatementKind::Exists) || limited {
            for order in &parts.order {
                if let Some(names) = &mut names {
                    names.order(&mut statement, renderer.ordered(order)?);
                }
                // Related rows in the same statement are ordered with the rows.
                if names.is_none() || self.kind != StatementKind::Related {
                    renderer.order(order, distinct, &mut statement)?;
                }
            }
        }
        match self.limit {
            RowLimit::None => {}
            RowLimit::Literal(rows) => {
                statement.limit(u64::from(rows));
            }
            RowLimit::Param if cuts_lists => {}
            RowLimit::Param => {
                statement.limit(limit_param(positions.limit));
            }
        }
        if select.offset().is_some() && !cuts_lists {
            statement.offset(limit_param(positions.offset));
        }
        if let Some(lock) = select.lock() {
            self.lock(lock, renderer, &mut statement)?;
        }
        self.join_parent(renderer, &mut statement)?;
        renderer.join_into(&mut statement);
        Ok(statement)
    }

    /// The values of a tuple.
    fn values_of(
        &self,
        parts: &DecodedParts,
        renderer: &mut Renderer,
        statement: &mut SelectStatement,
    ) -> Result<()> {
        for (at, node) in parts.columns.iter().enumerate() {
            self.ensure_null(at, node, renderer)?;
            let told_apart = self.select.distinct || !parts.by.is_empty();
            let expr = renderer.value_of(node, told_apart)?;
            if self.select.distinct && !renderer.dialect().own_types {
                statement.expr_as(expr, Alias::new(nth('v', at)));
            } else if let Some(text) = renderer.read_as(node)? {
                statement.expr(expr.cast_as(text));
            } else {
                statement.expr(expr);
            }
        }
        Ok(())
    }

    /// Values beside whole rows.
    fn annotations(
        &self,
        parts: &DecodedParts,
        renderer: &mut Renderer,
        statement: &mut SelectStatement,
        mut names: Option<&mut Names>,
    ) -> Result<()> {
        for (at, node) in parts.columns.iter().enumerate() {
            self.ensure_null(at, node, renderer)?;
            let mut expr = renderer.value_of(node, false)?;
            if let Some(text) = renderer.read_as(node)? {
                expr = expr.cast_as(text);
            }
            match &mut names {
                Some(names) => names.column(statement, expr),
                None => {
                    statement.expr(expr);
                }
            }
        }
        Ok(())
    }

    /// Refuses a value that may be NULL where its type cannot: for columns and computed values the types say it; a condition's
    /// type is `bool` whatever it refers to.
    pub(super) fn ensure_null(
        &self,
        at: usize,
        node: &Node<ByPosition>,
        renderer: &mut Renderer,
    ) -> Result<()> {
        // What the query that it selects from has computed is looked at there.
        if self.takes_null(at) || is_beside(node) || !renderer.nullable(node)? {
            return Ok(());
        }
        Err(self.may_be_null(at))
    }

    /// Whether a value may be NULL by its type.
    pub(super) fn takes_null(&self, at: usize) -> bool {
        // The last bit is that of all further values.
        self.nulls >> at.min(31) & 1 == 1
    }

    #[cold]
    pub(super) fn may_be_null(&self, at: usize) -> Error {
        let step = match self.kind {
            _ if self.select.is_projected() => "select",
            StatementKind::Tuples => "values",
            _ => "annotate",
        };
        Error::config(format!(
            "value {} in {step}() of {} may be NULL, and its type here is not an Option",
            at + 1,
            self.meta.def.key()
        ))
        .with_hint("write `.optional()` after it: what it compares may be NULL")
    }

    /// All columns of the rows and of the joined rows, in decoding order.
    fn model_columns(
        &self,
        renderer: &mut Renderer,
        statement: &mut SelectStatement,
        mut names: Option<&mut Names>,
    ) -> Result<()> {
        for path in std::iter::once(&Path::ROOT).chain(self.joined) {
            let alias = renderer.alias(*path)?;
            let model = renderer.model(*path)?;
            for found in &model.columns {
                let expr = read(column(&alias, &found.column), found, model, renderer.dialect());
                match &mut names {
                    Some(names) => names.column(statement, expr),
                    None => {
                        statement.expr(expr);
                    }
                }
            }
        }
        Ok(())
    }
}

/// A subselect of the primary keys of matching rows, for statements that cannot join.
pub(super) fn matching_keys(
    meta: &'static ModelMeta,
    filter: &[TokenBits],
    left_out: LeftOut,
    around: &mut Renderer,
) -> Result<SelectStatement> {
    let dialect = around.dialect();
    let mut renderer = Renderer::new(meta, dialect);
    renderer.scoped = std::mem::take(&mut around.scoped);
    let mut statement = SelectStatement::new();
    statement
        .exprs(key_columns(meta).map(|key| column(&meta.table, key)))
        .from(table(meta, dialect)?);
    renderer.keep_in_scope(meta, &meta.table, left_out, &mut statement)?;
    if let Some(filter) = renderer.condition(filter, 0)? {
        statement.and_where(filter);
    }
    renderer.join_into(&mut statement);
    around.scoped = renderer.scoped;
    Ok(statement)
}
