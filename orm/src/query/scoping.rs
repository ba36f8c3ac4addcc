//! Scopes of models: how their closures are written, and the ways around them.

use crate::expr::ExprTokens;
use crate::model::{Join, LeftOut, MetaSlot, Model, ScopeName, ScopeSpec, ScopeValues};
use crate::value::Value;

use super::path::{JoinStep, closure, join_step, path_along};
use super::{Fields, IntoCondition, QuerySet, ToMany, ToOne};

/// Builds the condition of `#[orm(scope("name", |p| ..))]`.
pub fn scope<M, C, F>(condition: F) -> ExprTokens
where
    M: Model,
    C: IntoCondition,
    F: FnOnce(Fields<M>) -> C,
{
    let (condition, own) = closure::<M, _>(condition);
    let mut condition = condition.into_condition();
    condition.resolve_scope(own);
    condition
}

/// Builds the condition of `#[orm(scope("name", |p, value: V| ..))]`, if there is a value.
pub fn scope_of<M, V, C, F>(values: &ScopeValues, condition: F) -> Option<ExprTokens>
where
    M: Model,
    V: Clone + Send + Sync + 'static,
    C: IntoCondition,
    F: FnOnce(Fields<M>, V) -> C,
{
    let value = values.get::<V>()?.clone();
    Some(scope::<M, _, _>(|fields| condition(fields, value)))
}

/// A scope as the derive writes it.
pub const fn scope_spec(
    name: &'static str,
    takes: Option<&'static str>,
    fills: Option<&'static str>,
    slot: fn() -> &'static MetaSlot,
    condition: fn(&ScopeValues) -> Option<ExprTokens>,
) -> ScopeSpec {
    ScopeSpec {
        name,
        takes,
        fills,
        slot,
        condition,
    }
}

/// Leaves scopes out where the model has any, so that a query of a model without is one and the same.
fn and<M: Model>(left_out: LeftOut, more: LeftOut) -> LeftOut {
    match M::SPEC.scopes.is_empty() {
        true => left_out,
        false => left_out.and(more),
    }
}

impl<M: Model, O> QuerySet<M, O> {
    /// All rows of the model, whatever its [scopes](crate::scopes) say. What the query reaches along relations stays in scope:
    /// there it is said of the relation, `p.author().unscoped()`. It stands before what chooses among the rows, such as
    /// [`distinct_on`](QuerySet::distinct_on) and [`descendants`](QuerySet::descendants), and in each query of a
    /// [`union`](QuerySet::union).
    ///
    /// # Example: what was deleted
    ///
    /// ```
    /// # use orm::prelude::*;
    /// use orm::db::Dialect;
    ///
    /// #[derive(Model)]
    /// #[orm(scope("alive", |n| n.deleted.eq(false)))]
    /// pub struct ScopedNote {
    ///     pub id: i64,
    ///     pub deleted: bool,
    /// }
    /// assert!(ScopedNote::objects().sql(Dialect::SQLITE)?.contains("WHERE"));
    /// assert!(!ScopedNote::objects().unscoped().sql(Dialect::SQLITE)?.contains("WHERE"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn unscoped(mut self) -> Self {
        self.leave_out(LeftOut::ALL);
        self
    }

    fn leave_out(&mut self, more: LeftOut) {
        if self.select.derived().is_some() && !M::SPEC.scopes.is_empty() {
            // The query within has said which rows there are.
            let mut never = ExprTokens::default();
            never.param(Value::Refused(
                "which scopes apply is said before what chooses among the rows: `.unscoped().distinct_on(..)`, and so of `qualify`, \
                 `descendants` and `ancestors`",
            ));
            self.select.filter.and(never);
        }
        self.select.left_out = and::<M>(self.select.left_out, more);
    }

    /// Without one of the model's scopes; the others stay. The derive writes a constant for each: `Post::SCOPE_ALIVE`.
    ///
    /// # Example: drafts too, and nothing that was deleted
    ///
    /// ```
    /// # use orm::prelude::*;
    /// use orm::db::Dialect;
    ///
    /// #[derive(Model)]
    /// #[orm(scope("alive", |n| n.deleted.eq(false)), scope("out", |n| n.draft.eq(false)))]
    /// pub struct ScopedMemo {
    ///     pub id: i64,
    ///     pub deleted: bool,
    ///     pub draft: bool,
    /// }
    /// let sql = ScopedMemo::objects().without_scope(ScopedMemo::SCOPE_OUT).values(|n| n.id).sql(Dialect::SQLITE)?;
    /// assert!(sql.contains("deleted") && !sql.contains("draft"), "{sql}");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn without_scope(mut self, scope: ScopeName<M>) -> Self {
        self.leave_out(scope.left_out());
        self
    }
}

impl<M: Model, L, K> ToMany<M, L, K> {
    /// The related rows whatever the scopes of their model say, as [`QuerySet::unscoped`]; also those of a model that the relation goes
    /// through.
    pub fn unscoped(mut self) -> Self {
        self.left_out = LeftOut::ALL;
        self
    }

    /// The related rows without one of the scopes of their model, as [`QuerySet::without_scope`].
    pub fn without_scope(mut self, scope: ScopeName<M>) -> Self {
        self.left_out = and::<M>(self.left_out, scope.left_out());
        self
    }
}

impl<M: Model, J: Join> ToOne<M, J> {
    /// The related row whatever the scopes of its model say, as [`QuerySet::unscoped`].
    pub fn unscoped(self) -> Self {
        self.leaving_out(LeftOut::ALL)
    }

    /// The related row without one of the scopes of its model, as [`QuerySet::without_scope`].
    pub fn without_scope(self, scope: ScopeName<M>) -> Self {
        self.leaving_out(scope.left_out())
    }

    fn leaving_out(self, more: LeftOut) -> Self {
        let Some(step) = join_step(self.at.path()) else {
            return self;
        };
        let left_out = and::<M>(step.left_out, more);
        let at = self.at.with_path(path_along(JoinStep { left_out, ..step }));
        ToOne {
            fields: M::fields(at),
            at,
            loads: (),
        }
    }
}
