//! Tuples with one more element: the type of a query lists what it loads for each row.

use crate::expr::{ExprTokens, RowSource};

/// A tuple with one more element.
pub trait Append<X> {
    /// The longer tuple.
    type Out;

    #[doc(hidden)]
    fn append(self, more: X) -> Self::Out;
}

macro_rules! append {
    ($(($($name:ident)*);)+) => {$(
        impl<$($name,)* X> Append<X> for ($($name,)*) {
            type Out = ($($name,)* X,);

            #[allow(non_snake_case, reason = "one name for type and value")]
            fn append(self, more: X) -> Self::Out {
                let ($($name,)*) = self;
                ($($name,)* more,)
            }
        }
    )+};
}
append! {
    ();
    (A);
    (A B);
    (A B C);
    (A B C D);
    (A B C D E);
}

macro_rules! loadables {
    ($(($($name:ident)*);)+) => {$(
        impl<$($name: super::Loadable),*> super::relation::Loadables for ($($name,)*) {
            #[allow(non_snake_case, reason = "one name for type and value")]
            fn resolve_scope(&mut self, own: RowSource) {
                let _ = own;
                let ($($name,)*) = self;
                $($name.resolve_scope(own);)*
            }

            fn derived(to: &mut ExprTokens) -> usize {
                let _ = to;
                let nth = 0;
                $(let nth = nth + $name::derived(nth, to);)*
                nth
            }
        }
    )+};
}
loadables! {
    ();
    (A);
    (A B);
    (A B C);
    (A B C D);
    (A B C D E);
    (A B C D E F);
}
