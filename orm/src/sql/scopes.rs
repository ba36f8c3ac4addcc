//! Scopes in SQL: what a model says of all of its rows, wherever a statement names its table.
//!
//! A row that is out of scope is as if it were not there: the condition stands in the `WHERE` of the query over the model's rows, and in the
//! `ON` of a join to them, so that a row that relations lead from stays. Its values are those of the handle that runs the
//! statement; they are bound behind all others.

use sea_query::{Alias, Expr, ExprTrait, SelectStatement};

use crate::error::{Error, Result};
use crate::expr::{ByPosition, Node, RowSource, decode_one};
use crate::model::{ColumnMeta, LeftOut, ModelMeta, ModelScope};
use crate::query::start;
use crate::value::FieldType;

use super::join::{JoinTable, key_columns, row_of};
use super::render::{RenderScope, Renderer, apply_joins, column};
use super::table::table;
use super::window::ensure_no_window;

/// Marks the position of a value among those of scopes.
pub(super) const OF_SCOPES: u32 = 1 << 30;

/// A scope that matters to a statement.
#[derive(Debug, Clone, Copy)]
pub struct ScopeUse {
    /// The model.
    pub model: &'static ModelMeta,
    /// The scope among those of the model.
    pub nth: usize,
    /// What the statement has to do with it.
    pub kind: ScopeUseKind,
}

/// What a statement has to do with a scope.
#[derive(Debug, Clone, Copy)]
pub enum ScopeUseKind {
    /// It says the condition, with that many values.
    Says(usize),
    /// It writes rows. Where the scope is that a column equals a value of its condition, and maybe more, the column is written and
    /// has to equal the value at that place.
    Writes(Option<(&'static ColumnMeta, usize)>),
    /// It writes rows, and gives that column what another scope says that a column of the rows it reads equals: both values are one.
    Passes(&'static ColumnMeta, usize, OtherScope),
}

/// A value of the condition of a scope of other rows.
#[derive(Debug, Clone, Copy)]
pub struct OtherScope {
    /// Their model.
    pub model: &'static ModelMeta,
    /// The scope among those of the model.
    pub nth: usize,
    /// The place of the value in its condition.
    pub value: usize,
}

impl ScopeUse {
    /// The scope.
    pub fn scope(&self) -> Result<&'static ModelScope> {
        let found = self.model.scopes.get(self.nth);
        found.ok_or_else(|| Error::internal("a statement is of a scope that its model does not have"))
    }

    pub(super) fn values(&self) -> usize {
        match self.kind {
            ScopeUseKind::Says(values) => values,
            ScopeUseKind::Writes(_) | ScopeUseKind::Passes(..) => 0,
        }
    }
}

/// Where the values of a scope's condition begin among those of scopes; they are bound if they are not yet.
pub(super) fn first_value(
    (model, nth): (&'static ModelMeta, usize),
    values: usize,
    uses: &mut Vec<ScopeUse>,
) -> usize {
    let says = |used: &ScopeUse| matches!(used.kind, ScopeUseKind::Says(_));
    let known = uses
        .iter()
        .position(|used| std::ptr::eq(used.model, model) && used.nth == nth && says(used));
    let before = uses.iter().take(known.unwrap_or(usize::MAX));
    let first = before.map(ScopeUse::values).sum();
    if known.is_none() {
        let kind = ScopeUseKind::Says(values);
        uses.push(ScopeUse { model, nth, kind });
    }
    first
}

impl Renderer {
    /// The condition that rows under an alias are in the scopes of their model; `None` if it says nothing.
    ///
    /// # Errors
    /// If a scope takes a value, and there has never been one.
    pub(super) fn in_scope(
        &mut self,
        model: &'static ModelMeta,
        alias: &str,
        left_out: LeftOut,
    ) -> Result<Option<Expr>> {
        // Within the condition of a scope all rows are there.
        if model.scopes.is_empty() || self.of_all_rows || !self.dialect().scopes {
            return Ok(None);
        }
        let mut all: Option<Expr> = None;
        for (nth, scope) in model.scopes.iter().enumerate() {
            if left_out.has(nth) {
                continue;
            }
            let condition = self.condition_of((model, nth, scope), alias)?;
            all = Some(match all {
                Some(all) => all.and(condition),
                None => condition,
            });
        }
        Ok(all)
    }

    /// The same, added to `WHERE`.
    pub(super) fn keep_in_scope(
        &mut self,
        model: &'static ModelMeta,
        alias: &str,
        left_out: LeftOut,
        statement: &mut SelectStatement,
    ) -> Result<()> {
        if let Some(condition) = self.in_scope(model, alias, left_out)? {
            statement.and_where(condition);
        }
        Ok(())
    }

    /// The same of the rows between, where a relation goes through a model. They are left out with those that it leads to, if all are.
    pub(super) fn keep_links_in_scope(
        &mut self,
        join: &JoinTable,
        alias: &str,
        left_out: LeftOut,
        statement: &mut SelectStatement,
    ) -> Result<()> {
        match join.model {
            Some(model) if !left_out.has_links() => {
                self.keep_in_scope(model, alias, LeftOut::NONE, statement)
            }
            _ => Ok(()),
        }
    }

    fn condition_of(
        &mut self,
        (model, nth, scope): (&'static ModelMeta, usize, &'static ModelScope),
        alias: &str,
    ) -> Result<Expr> {
        let (form, values) = scope.form().ok_or_else(|| never_valued(model, scope))?;
        let first = first_value((model, nth), values, &mut self.scoped);
        let first = OF_SCOPES | u32::try_from(first).unwrap_or(OF_SCOPES - 1);
        let node = decode_one(form, first)?.ok_or_else(|| {
            Error::config(format!(
                "the scope {} of {} has no condition",
                scope.spec.name,
                model.def.key()
            ))
        })?;
        ensure_no_window([&node], "a scope")?;
        let (condition, rows) = self.over(model, scope, alias.to_owned(), &node)?;
        if !rows.has_joins() {
            return Ok(condition);
        }
        // What it joins may not be joined where the rows are.
        let own = self.new_alias();
        let (condition, mut rows) = self.over(model, scope, own.clone(), &node)?;
        let mut keys = SelectStatement::new();
        keys.exprs(key_columns(model).map(|key| column(&own, key)));
        keys.from_as(table(model, self.dialect())?, Alias::new(&own));
        keys.and_where(condition);
        apply_joins(&mut rows, &mut keys);
        Ok(row_of(key_columns(model).map(|key| column(alias, key))).in_subquery(keys))
    }

    /// A scope's condition over rows under an alias, and these with what it joins.
    fn over(
        &mut self,
        model: &'static ModelMeta,
        scope: &'static ModelScope,
        alias: String,
        node: &Node<ByPosition>,
    ) -> Result<(Expr, RenderScope)> {
        self.scopes.push(RenderScope::new(model, alias));
        self.around.push(RowSource::along(start((scope.spec.slot)())));
        let outside = std::mem::replace(&mut self.of_all_rows, true);
        let condition = self.node(node, Some(FieldType::Bool));
        self.of_all_rows = outside;
        self.around.pop();
        let rows = self.scopes.pop();
        let rows = rows.ok_or_else(|| Error::internal("a scope is over no rows"))?;
        Ok((condition?, rows))
    }
}

/// The refusal of a query for whose scope there is no value.
#[cold]
pub(crate) fn no_value(model: &ModelMeta, scope: &ModelScope) -> Error {
    let (model, name) = (model.def.key(), scope.spec.name);
    let ty = scope.spec.takes.unwrap_or("()");
    Error::config(format!(
        "the scope `{name}` of {model} takes a `{ty}`, and this handle has none"
    ))
    .with_hint(format!(
        "give the handle one, `let db = db.scoped(..)` with a `{ty}`, or leave the scope out: `.unscoped()` of the query or of the handle"
    ))
}

/// The refusal of a query with a scope whose condition nobody knows, because it has never had a value.
#[cold]
pub(super) fn never_valued(model: &ModelMeta, scope: &ModelScope) -> Error {
    let (model, name) = (model.def.key(), scope.spec.name);
    let ty = scope.spec.takes.unwrap_or("()");
    Error::config(format!(
        "the scope `{name}` of {model} takes a `{ty}`, and no handle has had one yet"
    ))
    .with_hint(format!(
        "give one, `let db = db.scoped(..)` with a `{ty}`, before it is asked for or its SQL is, or leave the scope out: `.unscoped()` of the \
         query or of the handle"
    ))
}
