//! Related rows: where a closure goes on along a relation, and what a query loads beside its rows.

use std::ops::Deref;

use crate::model::{HasPath, MetaSlot, Model, Path};

use super::path::{Hop, Way, deeper, step};
use super::token::Token;
use super::{Append, Expr, Fragment, IntoCondition, IntoOrder};

/// The one row a key names. Its fields are reached directly: `p.author().email`.
pub struct ToOne<M: Model, L = ()> {
    pub(crate) fields: M::Fields,
    pub(crate) at: Path,
    pub(crate) loads: L,
}

/// The one row at the end of a relation that may lead nowhere.
pub struct ToMaybe<M: Model, L = ()> {
    pub(crate) fields: M::Fields,
    pub(crate) at: Path,
    pub(crate) loads: L,
}

/// The rows at the end of a relation that leads to many.
pub struct ToMany<M: Model, L = ()> {
    pub(crate) hop: Hop,
    /// Where its rows stand in what was said of them, once something was.
    at: Option<Path>,
    pub(crate) filter: Fragment,
    pub(crate) order: Fragment,
    pub(crate) loads: L,
    model: std::marker::PhantomData<fn() -> M>,
}

/// What `with` takes: a relation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded",
    label = "expected a relation, such as `p.author()` with its parentheses",
    note = "a column of the model itself is loaded anyway; for single values use `values(|p| (p.id, p.title))`"
)]
pub trait Loadable {}

#[diagnostic::do_not_recommend]
impl<M: Model, L> Loadable for ToOne<M, L> {}
#[diagnostic::do_not_recommend]
impl<M: Model, L> Loadable for ToMaybe<M, L> {}
#[diagnostic::do_not_recommend]
impl<M: Model, L> Loadable for ToMany<M, L> {}

fn joined(from: Path, slot: &'static MetaSlot, field: u16, way: Way) -> Path {
    step(Hop {
        from,
        slot,
        field,
        way,
        scope: 0,
    })
}

macro_rules! to_one {
    ($name:ident) => {
        impl<M: Model> $name<M> {
            #[doc(hidden)]
            pub fn forward(from: Path, slot: &'static MetaSlot, field: u16) -> Self {
                Self::at(joined(from, slot, field, Way::Forward))
            }

            fn at(at: Path) -> Self {
                $name {
                    fields: M::fields(at),
                    at,
                    loads: (),
                }
            }
        }

        impl<M: Model, L> $name<M, L> {
            /// Loads more beside the related row.
            pub fn with<X: Loadable>(self, more: impl FnOnce(M::Fields) -> X) -> $name<M, L::Out>
            where
                L: Append<X>,
            {
                $name {
                    fields: self.fields,
                    at: self.at,
                    loads: self.loads.append(more(self.fields)),
                }
            }
        }

        impl<M: Model, L: Clone> Clone for $name<M, L> {
            fn clone(&self) -> Self {
                $name {
                    fields: self.fields,
                    at: self.at,
                    loads: self.loads.clone(),
                }
            }
        }

        impl<M: Model, L> Deref for $name<M, L> {
            type Target = M::Fields;

            fn deref(&self) -> &M::Fields {
                &self.fields
            }
        }
    };
}
to_one!(ToOne);
to_one!(ToMaybe);

impl<M: Model, L> HasPath for ToOne<M, L> {
    fn path(self) -> Path {
        self.at
    }
}

impl<M: Model> ToMaybe<M> {
    #[doc(hidden)]
    pub fn reverse(from: Path, slot: &'static MetaSlot, field: u16) -> Self {
        Self::at(joined(from, slot, field, Way::Reverse))
    }
}

impl<M: Model, L: Clone> Clone for ToMany<M, L> {
    fn clone(&self) -> Self {
        ToMany {
            hop: self.hop,
            at: self.at,
            filter: self.filter.clone(),
            order: self.order.clone(),
            loads: self.loads.clone(),
            model: std::marker::PhantomData,
        }
    }
}

impl<M: Model> ToMany<M> {
    #[doc(hidden)]
    pub fn reverse(from: Path, slot: &'static MetaSlot, field: u16) -> Self {
        Self::new(from, slot, field, Way::Reverse)
    }

    #[doc(hidden)]
    pub fn join(from: Path, slot: &'static MetaSlot, field: u16) -> Self {
        Self::new(from, slot, field, Way::Join)
    }

    #[doc(hidden)]
    pub fn join_back(from: Path, slot: &'static MetaSlot, field: u16) -> Self {
        Self::new(from, slot, field, Way::JoinBack)
    }

    fn new(from: Path, slot: &'static MetaSlot, field: u16, way: Way) -> Self {
        ToMany {
            hop: Hop {
                from,
                slot,
                field,
                way,
                scope: 0,
            },
            at: None,
            filter: Fragment::default(),
            order: Fragment::default(),
            loads: (),
            model: std::marker::PhantomData,
        }
    }

    /// Whether there is a related row that matches: `EXISTS`, so no row of the query comes twice.
    pub fn any<C: IntoCondition>(mut self, condition: impl FnOnce(M::Fields) -> C) -> Expr<bool> {
        deeper(|depth| {
            let at = self.place(depth);
            let mut fragment = self.filter;
            fragment.and(condition(M::fields(at)).into_condition());
            fragment.push(Token::Exists(at));
            Expr::new(fragment)
        })
    }

    /// Whether there is any related row.
    pub fn exists(mut self) -> Expr<bool> {
        deeper(|depth| {
            let at = self.place(depth);
            let mut fragment = self.filter;
            fragment.push(if fragment.is_empty() {
                Token::ExistsAny(at)
            } else {
                Token::Exists(at)
            });
            Expr::new(fragment)
        })
    }

    /// Whether every related row matches; true where there is none.
    pub fn every<C: IntoCondition>(self, condition: impl FnOnce(M::Fields) -> C) -> Expr<bool> {
        !self.any(|fields| !Expr::<bool>::new(condition(fields).into_condition()))
    }
}

impl<M: Model, L> ToMany<M, L> {
    /// Where its rows stand: in a subquery of this depth, unless something was said of them already.
    pub(crate) fn place(&mut self, depth: u16) -> Path {
        *self.at.get_or_insert_with(|| {
            step(Hop {
                scope: depth,
                ..self.hop
            })
        })
    }

    /// Only the related rows that match.
    pub fn filter<C: IntoCondition>(mut self, condition: impl FnOnce(M::Fields) -> C) -> Self {
        let fragment = deeper(|depth| condition(M::fields(self.place(depth))).into_condition());
        self.filter.and(fragment);
        self
    }

    /// Only the related rows that do not match.
    pub fn exclude<C: IntoCondition>(mut self, condition: impl FnOnce(M::Fields) -> C) -> Self {
        let mut fragment = deeper(|depth| condition(M::fields(self.place(depth))).into_condition());
        fragment.push(Token::Unary(super::token::Unary::Not));
        self.filter.and(fragment);
        self
    }

    /// Order of the related rows.
    pub fn order_by<O: IntoOrder>(mut self, order: impl FnOnce(M::Fields) -> O) -> Self {
        let mut fragment = Fragment::default();
        deeper(|depth| order(M::fields(self.place(depth))).append(&mut fragment));
        self.order = fragment;
        self
    }

    /// Loads more beside each related row.
    pub fn with<X: Loadable>(mut self, more: impl FnOnce(M::Fields) -> X) -> ToMany<M, L::Out>
    where
        L: Append<X>,
    {
        let more = deeper(|depth| more(M::fields(self.place(depth))));
        ToMany {
            hop: self.hop,
            at: self.at,
            filter: self.filter,
            order: self.order,
            loads: self.loads.append(more),
            model: std::marker::PhantomData,
        }
    }
}
