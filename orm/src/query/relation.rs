//! Related rows: where a closure goes on along a relation, and what a query loads beside its rows.

use std::ops::Deref;

use crate::expr::{ExprTokens, Form, Function, Part, RowSource, Token};
use crate::model::{HasRowSource, Inner, Join, MetaSlot, Model, Outer};

use super::path::{JoinStep, RelationKind, closure, path_along};
use super::{Append, Expr, Fields, IntoCondition, IntoOrder};

/// The one row at the end of a relation, joined as `J` says: [`Inner`] where there is one, [`Outer`] where there may be
/// none. Its fields are reached directly: `p.author().email`.
pub struct ToOne<M: Model, J: Join = Inner, L = ()> {
    pub(crate) fields: M::Fields<J>,
    pub(crate) at: RowSource,
    pub(crate) loads: L,
}

/// The rows at the end of a relation that leads to many. What is said of them stands in a query of their own, whose rows
/// they are: so it means the same wherever and however often it is used.
pub struct ToMany<M: Model, L = ()> {
    /// Where the relation starts.
    pub(crate) from: RowSource,
    slot: &'static MetaSlot,
    field: u16,
    kind: RelationKind,
    pub(crate) filter: ExprTokens,
    pub(crate) order: ExprTokens,
    pub(crate) loads: L,
    model: std::marker::PhantomData<fn() -> M>,
}

/// What `with` takes: a relation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded",
    label = "expected a relation, such as `p.author()` with its parentheses",
    note = "a column of the model itself is loaded anyway; for single values use `values(|p| (p.id, p.title))`"
)]
pub trait Loadable {
    /// The closure whose fields stand at `own` has returned this.
    #[doc(hidden)]
    fn resolve_scope(&mut self, own: RowSource);
}

/// What is loaded beside a row: a tuple of relations.
#[doc(hidden)]
pub trait Loadables {
    #[doc(hidden)]
    fn resolve_scope(&mut self, own: RowSource);
}

#[diagnostic::do_not_recommend]
impl<M: Model, J: Join, L: Loadables> Loadable for ToOne<M, J, L> {
    fn resolve_scope(&mut self, own: RowSource) {
        self.at = self.at.resolved(own, 0);
        self.loads.resolve_scope(own);
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, L: Loadables> Loadable for ToMany<M, L> {
    fn resolve_scope(&mut self, own: RowSource) {
        self.from = self.from.resolved(own, 0);
        self.filter.resolve_scope_within(own, 1);
        self.order.resolve_scope_within(own, 1);
        // What is loaded beside its rows is another statement, which the rows of that closure are never joined to: their
        // fields stay as they are, so that they are refused by name.
    }
}

fn joined(from: RowSource, slot: &'static MetaSlot, field: u16, kind: RelationKind) -> RowSource {
    from.with_path(path_along(JoinStep {
        from: from.path(),
        slot,
        field,
        kind,
    }))
}

impl<M: Model, J: Join> ToOne<M, J> {
    #[doc(hidden)]
    pub fn forward(from: RowSource, slot: &'static MetaSlot, field: u16) -> Self {
        Self::at(joined(from, slot, field, RelationKind::Forward))
    }

    fn at(at: RowSource) -> Self {
        ToOne {
            fields: M::fields(at),
            at,
            loads: (),
        }
    }
}

impl<M: Model> ToOne<M, Outer> {
    #[doc(hidden)]
    pub fn reverse(from: RowSource, slot: &'static MetaSlot, field: u16) -> Self {
        Self::at(joined(from, slot, field, RelationKind::Reverse))
    }
}

impl<M: Model, J: Join, L> ToOne<M, J, L> {
    /// Loads more beside the related row, where there is one.
    pub fn with<X: Loadable>(self, more: impl FnOnce(Fields<M>) -> X) -> ToOne<M, J, L::Out>
    where
        L: Append<X>,
    {
        ToOne {
            fields: self.fields,
            at: self.at,
            loads: self.loads.append(more(M::fields(self.at))),
        }
    }
}

impl<M: Model, J: Join, L: Clone> Clone for ToOne<M, J, L> {
    fn clone(&self) -> Self {
        ToOne {
            fields: self.fields,
            at: self.at,
            loads: self.loads.clone(),
        }
    }
}

impl<M: Model, J: Join, L> Deref for ToOne<M, J, L> {
    type Target = M::Fields<J>;

    fn deref(&self) -> &M::Fields<J> {
        &self.fields
    }
}

impl<M: Model, J: Join, L> HasRowSource for ToOne<M, J, L> {
    type Joined = J;

    fn row_source(self) -> RowSource {
        self.at
    }
}

impl<M: Model, L: Clone> Clone for ToMany<M, L> {
    fn clone(&self) -> Self {
        ToMany {
            filter: self.filter.clone(),
            order: self.order.clone(),
            loads: self.loads.clone(),
            ..*self
        }
    }
}

impl<M: Model> ToMany<M> {
    #[doc(hidden)]
    pub fn reverse(from: RowSource, slot: &'static MetaSlot, field: u16) -> Self {
        Self::new(from, slot, field, RelationKind::Reverse)
    }

    #[doc(hidden)]
    pub fn join(from: RowSource, slot: &'static MetaSlot, field: u16) -> Self {
        Self::new(from, slot, field, RelationKind::Join)
    }

    #[doc(hidden)]
    pub fn join_back(from: RowSource, slot: &'static MetaSlot, field: u16) -> Self {
        Self::new(from, slot, field, RelationKind::JoinBack)
    }

    fn new(from: RowSource, slot: &'static MetaSlot, field: u16, kind: RelationKind) -> Self {
        ToMany {
            from,
            slot,
            field,
            kind,
            filter: ExprTokens::default(),
            order: ExprTokens::default(),
            loads: (),
            model: std::marker::PhantomData,
        }
    }

    /// Whether there is a related row that matches: `EXISTS`, so no row of the query comes twice.
    pub fn any<C: IntoCondition>(self, condition: impl FnOnce(Fields<M>) -> C) -> Expr<bool> {
        self.filter(condition).exists()
    }

    /// Whether there is any related row.
    pub fn exists(self) -> Expr<bool> {
        let rows = self.from.with_path(path_along(self.step()));
        let mut tokens = ExprTokens::default();
        tokens.push(Token::From(rows));
        tokens.push(Token::Begin);
        if !self.filter.is_empty() {
            tokens.extend(self.filter);
            tokens.push(Token::Part(Part::Filter));
        }
        tokens.push(Token::End(Form::Exists));
        Expr::new(tokens)
    }

    /// Whether every related row matches; true where there is none.
    pub fn every<C: IntoCondition>(self, condition: impl FnOnce(Fields<M>) -> C) -> Expr<bool> {
        !self.exclude(condition).exists()
    }
}

impl<M: Model, L> ToMany<M, L> {
    /// The step to its rows.
    pub(crate) fn step(&self) -> JoinStep {
        JoinStep {
            from: self.from.path(),
            slot: self.slot,
            field: self.field,
            kind: self.kind,
        }
    }

    /// Only the related rows that match.
    pub fn filter<C: IntoCondition>(mut self, condition: impl FnOnce(Fields<M>) -> C) -> Self {
        let (condition, own) = closure::<M, _>(condition);
        let mut condition = condition.into_condition();
        condition.resolve_scope(own);
        self.filter.and(condition);
        self
    }

    /// Only the related rows that do not match.
    pub fn exclude<C: IntoCondition>(mut self, condition: impl FnOnce(Fields<M>) -> C) -> Self {
        let (condition, own) = closure::<M, _>(condition);
        let mut condition = condition.into_condition();
        condition.resolve_scope(own);
        condition.call(Function::Not, 1);
        self.filter.and(condition);
        self
    }

    /// Order of the related rows.
    pub fn order_by<O: IntoOrder>(mut self, order: impl FnOnce(Fields<M>) -> O) -> Self {
        let (order, own) = closure::<M, _>(order);
        self.order = ExprTokens::default();
        order.append(&mut self.order);
        self.order.resolve_scope(own);
        self
    }

    /// Loads more beside each related row.
    pub fn with<X: Loadable>(self, more: impl FnOnce(Fields<M>) -> X) -> ToMany<M, L::Out>
    where
        L: Append<X>,
    {
        let (mut more, own) = closure::<M, _>(more);
        more.resolve_scope(own);
        ToMany {
            from: self.from,
            slot: self.slot,
            field: self.field,
            kind: self.kind,
            filter: self.filter,
            order: self.order,
            loads: self.loads.append(more),
            model: std::marker::PhantomData,
        }
    }
}
