//! Fields and expressions: what closures such as `filter(|p| ..)` are written with.

use std::marker::PhantomData;

use crate::expr::{Direction, Fragment, NullsPlace, Packed, Place};
use crate::model::{Inner, Join};
use crate::value::ColumnType;

use super::{Assignable, Assignment, Order, Ordered};

/// A column of type `T` of the rows at some place of a query, which are joined as `J` says: where there may be no row
/// ([`Outer`](crate::queries::Outer)), its values are `Option`s.
pub struct Field<T, J = Inner> {
    /// As an expression holds it.
    packed: Packed,
    ty: PhantomData<fn() -> (T, J)>,
}

impl<T, J> Clone for Field<T, J> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, J> Copy for Field<T, J> {}

impl<T, J> Field<T, J> {
    #[doc(hidden)]
    pub const fn new(at: Place, column: u16) -> Self {
        Field {
            packed: Packed::column(at, column),
            ty: PhantomData,
        }
    }
}

impl<T> Field<T> {
    /// Where its rows stand.
    pub(crate) fn place(self) -> Place {
        self.packed.place()
    }

    /// Which column of its rows.
    pub(crate) fn position(self) -> u16 {
        self.packed.position()
    }
}

/// An expression of type `T`: a field with something done to it, a condition, an aggregate.
#[must_use = "an expression does nothing until a query uses it"]
pub struct Expr<T> {
    pub(crate) fragment: Fragment,
    ty: PhantomData<fn() -> T>,
}

impl<T> Clone for Expr<T> {
    fn clone(&self) -> Self {
        Expr::new(self.fragment.clone())
    }
}

impl<T> std::fmt::Debug for Expr<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Expr({:?})", self.fragment.tokens())
    }
}

impl<T, J> std::fmt::Debug for Field<T, J> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Field({:?})", self.packed)
    }
}

impl<T> Expr<T> {
    #[inline]
    pub(crate) fn new(fragment: Fragment) -> Self {
        Expr {
            fragment,
            ty: PhantomData,
        }
    }
}

/// A field or an expression: anything with a value of type `Type` in each row.
pub trait Expression: Sized {
    /// Its Rust type, `Option` where it may be NULL.
    type Type;

    #[doc(hidden)]
    fn append(self, to: &mut Fragment);

    #[doc(hidden)]
    fn into_fragment(self) -> Fragment {
        let mut fragment = Fragment::default();
        self.append(&mut fragment);
        fragment
    }
}

impl<T: ColumnType, J: Join> Expression for Field<T, J> {
    type Type = J::Of<T>;

    #[inline]
    fn append(self, to: &mut Fragment) {
        to.push_packed(self.packed);
    }
}

impl<T> Expression for Expr<T> {
    type Type = T;

    #[inline]
    fn append(self, to: &mut Fragment) {
        to.extend(self.fragment);
    }

    #[inline]
    fn into_fragment(self) -> Fragment {
        self.fragment
    }
}

impl<T: ColumnType> Field<T> {
    /// Sets the column, in [`update`](super::QuerySet::update): `p.views.set(p.views + 1)`.
    pub fn set(self, value: impl Assignable<T>) -> Assignment {
        let mut assignment = Assignment {
            fragment: Fragment::default(),
        };
        value.append(&mut assignment.fragment);
        assignment.fragment.push_packed(self.packed.assigned());
        assignment
    }
}

/// Methods that fields and expressions share.
macro_rules! shared {
    ([$($generics:tt)+] $this:ty) => {
        impl<$($generics)+> $this {
            /// Smallest first; NULL before everything, on every backend.
            pub fn asc(self) -> Order
            where
                T::Base: Ordered,
            {
                Order::new(self.into_fragment(), Direction::Asc, NullsPlace::Default)
            }

            /// Greatest first; NULL after everything, on every backend.
            pub fn desc(self) -> Order
            where
                T::Base: Ordered,
            {
                Order::new(self.into_fragment(), Direction::Desc, NullsPlace::Default)
            }

            /// The same value, typed as one that may be NULL: for conditions about what may be NULL, when they are values
            /// of a result.
            pub fn optional(self) -> Expr<Option<T::Base>> {
                Expr::new(self.into_fragment())
            }
        }
    };
}
shared!([T: ColumnType, J: Join] Field<T, J>);
shared!([T: ColumnType] Expr<T>);
