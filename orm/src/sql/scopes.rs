//! Scopes in SQL: what a model says of all of its rows, wherever a statement names its table.
//!
//! A row that is out of scope is as if it were not there: the condition stands in the `WHERE` of the query over the model's rows, and in the
//! `ON` of a join to them, so that a row that relations lead from stays. Its values are those of the handle that runs the
//! statement; they are bound behind all others.

use sea_query::{Alias, Expr, ExprTrait, SelectStatement};

use crate::error::{Error, Result};
use crate::expr::{ByPosition, Function, Node, RowSource, decode_one};
use crate::model::{ColumnMeta, LeftOut, ModelMeta, ModelScope};
use crate::query::start;
use crate::value::FieldType;

use super::Dialect;
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
            ScopeUseKind::Writes(_) => 0,
        }
    }
}

/// The scopes that rows are written in: those that take a value. `given` says whether a column is among those that are written.
///
/// # Errors
/// If a new row does not give the column that decides whether it is in scope.
pub(super) fn written_in(
    model: &'static ModelMeta,
    given: impl Fn(usize) -> bool,
    is_new: bool,
    dialect: &'static Dialect,
) -> Result<Vec<ScopeUse>> {
    if model.scopes.is_empty() || !dialect.scopes {
        return Ok(Vec::new());
    }
    let mut uses = Vec::new();
    for (nth, scope) in model.scopes.iter().enumerate() {
        if scope.spec.takes.is_none() {
            continue;
        }
        let (form, _) = scope.form().ok_or_else(|| no_value(model, scope))?;
        let mut equal = Vec::new();
        if let Some(condition) = decode_one(form, 0)? {
            equal_columns(&condition, &mut equal);
        }
        let before = uses.len();
        for (at, value) in equal {
            let Some(column) = model.columns.get(at) else {
                continue;
            };
            match given(at) {
                true => {
                    let kind = ScopeUseKind::Writes(Some((column, value)));
                    uses.push(ScopeUse { model, nth, kind });
                }
                false if is_new => return Err(not_given(model, scope, column)),
                false => {}
            }
        }
        if uses.len() == before {
            let kind = ScopeUseKind::Writes(None);
            uses.push(ScopeUse { model, nth, kind });
        }
    }
    Ok(uses)
}

/// The columns of the rows themselves that have to equal a value of the condition, each with the value's place.
fn equal_columns(condition: &Node<ByPosition>, to: &mut Vec<(usize, usize)>) {
    match condition {
        Node::Call(Function::And, all) => all.iter().for_each(|one| equal_columns(one, to)),
        Node::Call(Function::Eq, sides) => {
            if let [Node::Column(column), Node::Value(value)] | [Node::Value(value), Node::Column(column)] =
                &**sides
                && column.source == RowSource::OWN
            {
                to.push((usize::from(column.position), value.position as usize));
            }
        }
        _ => {}
    }
}

#[cold]
fn not_given(model: &ModelMeta, scope: &ModelScope, column: &ColumnMeta) -> Error {
    Error::config(format!(
        "a new row of {} does not give `{}`, which decides whether it is in the scope `{}`",
        model.def.key(),
        column.name,
        scope.spec.name
    ))
    .with_hint("give the field the value that the handle has, or create the row on `db.unscoped()`")
}

/// The refusal to write a row that would be out of scope.
#[cold]
pub(crate) fn written_elsewhere(model: &ModelMeta, scope: &ModelScope, column: &ColumnMeta) -> Error {
    Error::config(format!(
        "a row of {} that is written has another `{}` than the handle has for the scope `{}`",
        model.def.key(),
        column.name,
        scope.spec.name
    ))
    .with_fields(vec![column.name.clone()])
    .with_hint("give the field the value that the handle has, or write the row on `db.unscoped()`")
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
        let (form, values) = scope.form().ok_or_else(|| no_value(model, scope))?;
        let mut all = self.scoped.iter();
        let known = all.position(|used| std::ptr::eq(used.model, model) && used.nth == nth);
        let before = self.scoped.iter().take(known.unwrap_or(usize::MAX));
        let first = before.map(ScopeUse::values).sum::<usize>();
        if known.is_none() {
            let kind = ScopeUseKind::Says(values);
            self.scoped.push(ScopeUse { model, nth, kind });
        }
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
