//! Compiler messages for operators and names that people know from other tools, with what to write instead.
//!
//! Each is bounded by a trait that nothing implements, so that its message is the error. None of them can be called.

use super::{Cut, Expr, ExprTokens, Field, Fields, QuerySet, Rows, ToMany};
use crate::model::Model;

/// Comparison by operators.
///
/// The compiler resolves the operator before the right side. With two candidate impls it accepts the operator, and
/// then reports the unmet bound of this trait instead of a missing operator.
#[diagnostic::on_unimplemented(
    message = "a query compares by methods, not by operators",
    label = "`a == b` is `a.eq(b)`, `!=` is `ne`, `<` is `lt`, `<=` is `le`, `>` is `gt`, `>=` is `ge`",
    note = "an operator answers at once, with a `bool`; a method makes a condition, which the database answers"
)]
pub trait ComparedAtOnce<T> {}

/// The right side of an operator.
pub struct Right<R>(std::marker::PhantomData<R>);

pub enum Nothing {}

#[diagnostic::do_not_recommend]
impl<T> ComparedAtOnce<T> for Right<Nothing> {}
#[diagnostic::do_not_recommend]
impl<T> ComparedAtOnce<T> for Right<[Nothing; 0]> {}

macro_rules! operators {
    ($([$($join:ident)?] $this:ty;)*) => {$(
        #[doc(hidden)]
        impl<T, $($join,)? R> PartialEq<R> for $this
        where
            Right<R>: ComparedAtOnce<T>,
        {
            fn eq(&self, _: &R) -> bool {
                false
            }
        }

        #[doc(hidden)]
        impl<T, $($join,)? R> PartialOrd<R> for $this
        where
            Right<R>: ComparedAtOnce<T>,
        {
            fn partial_cmp(&self, _: &R) -> Option<std::cmp::Ordering> {
                None
            }
        }
    )*};
}
operators! {
    [J] Field<T, J>;
    [] Expr<T>;
}

/// Names of methods: `wrong, message, what to write`.
macro_rules! named {
    ($($wrong:ident, $message:literal, $label:literal;)*) => {$(
        #[allow(non_camel_case_types, reason = "the name of a method")]
        #[diagnostic::on_unimplemented(message = $message, label = $label)]
        pub trait $wrong {}
    )*};
}

/// A method of fields and expressions. One macro invocation for each, because the compiler shows the whole
/// invocation.
macro_rules! of_columns {
    ($wrong:ident $(($other:ident))?, $message:literal, $label:literal) => {
        named! { $wrong, $message, $label; }
        of_columns!(@method [J] Field<T, J>, $wrong $(($other))?);
        of_columns!(@method [] Expr<T>, $wrong $(($other))?);
    };
    (@method [$($join:ident)?] $this:ty, $wrong:ident $(($other:ident))?) => {
        #[doc(hidden)]
        impl<T, $($join)?> $this {
            pub fn $wrong $(<$other>)? (self $(, _: $other)?) -> Expr<bool>
            where
                T: $wrong,
            {
                Expr::new(ExprTokens::EMPTY)
            }
        }
    };
}

of_columns!(is_none, "columns have no `is_none`", "write `.is_null()`");
of_columns!(is_some, "columns have no `is_some`", "write `.is_not_null()`");
of_columns!(equals(O), "columns have no `equals`", "write `.eq(..)`");
of_columns!(neq(O), "columns have no `neq`", "write `.ne(..)`");
of_columns!(not_eq(O), "columns have no `not_eq`", "write `.ne(..)`");
of_columns!(gte(O), "columns have no `gte`", "write `.ge(..)`");
of_columns!(lte(O), "columns have no `lte`", "write `.le(..)`");
of_columns!(is_in(O), "columns have no `is_in`", "write `.in_(..)`");
of_columns!(eq_any(O), "columns have no `eq_any`", "write `.in_(..)`");
of_columns!(
    not_in(O),
    "columns have no `not_in`",
    "write `!` before `.in_(..)`, or `exclude` for `filter`"
);
of_columns!(
    like(O),
    "columns have no `like`",
    "write `.contains(..)`, `.starts_with(..)` or `.ends_with(..)`, without wildcards"
);
of_columns!(
    ilike(O),
    "columns have no `ilike`",
    "write `.icontains(..)`, `.istarts_with(..)`, `.iends_with(..)` or `.ieq(..)`, without wildcards"
);
of_columns!(and(O), "conditions have no `and`", "write `a & b`");
of_columns!(or(O), "conditions have no `or`", "write `a | b`");

named! {
    rows_of_a_query, "a query is not rows yet", "ask the database first: `.all(&db)?`, `.count(&db)?`, `.exists(&db)?`";
}
named! {
    loads_of_a_query, "a query is not rows yet, which `load` is of", "in a query: `.with(|row| row.author())`, then `.all(&db)?`";
}
named! {
    number_of_related_rows, "related rows have no `len`", "write `.count()`; whether there is any: `.exists()`";
}
named! {
    single_related_row, "related rows are many, and this is said of one",
        "say it of any or of every one of them: `.any(|row| ..)`, `.every(|row| ..)`; or of a value of all or the first of them: \
         `.count()`, `.max(|row| ..)`, `.first(|row| ..)`";
}

#[doc(hidden)]
impl<M: Model, O> QuerySet<M, O> {
    pub fn collect<B: FromIterator<M>>(self) -> B
    where
        M: rows_of_a_query,
    {
        std::iter::empty().collect()
    }

    pub fn len(&self) -> usize
    where
        M: rows_of_a_query,
    {
        0
    }

    pub fn is_empty(&self) -> bool
    where
        M: rows_of_a_query,
    {
        true
    }

    pub fn load<R>(self, _: impl FnOnce(Fields<M>) -> R) -> Unchanged
    where
        M: loads_of_a_query,
    {
        Unchanged
    }
}

named! {
    rows_that_are_loaded, "a limit of related rows is of those that are loaded",
        "in an expression a query of its own has it: `orm::subquery(Post::objects().filter(|p| p.author.eq(a.id)).limit(3)).count()`";
}

/// What expressions ask of related rows, with or without a closure. One macro invocation for each, as above.
macro_rules! of_all_rows {
    ($name:ident $(($closure:ident))? -> $value:ty) => {
        #[doc(hidden)]
        impl<M: Model, L> ToMany<M, L, Cut> {
            pub fn $name $(<$closure>)? (self $(, _: impl FnOnce(Fields<M>) -> $closure)?) -> Expr<$value>
            where
                M: rows_that_are_loaded,
            {
                Expr::new(ExprTokens::EMPTY)
            }
        }
    };
}
of_all_rows!(count -> i64);
of_all_rows!(exists -> bool);
of_all_rows!(any(R) -> bool);
of_all_rows!(every(R) -> bool);
of_all_rows!(sum(R) -> Option<i64>);
of_all_rows!(avg(R) -> Option<f64>);
of_all_rows!(min(R) -> Option<i64>);
of_all_rows!(max(R) -> Option<i64>);
of_all_rows!(first(R) -> Option<i64>);
of_all_rows!(aggregate(R) -> i64);

named! {
    rows_alone, "rows that something stands beside are read, not changed",
        "leave out `.with(..)` and `.annotate(..)`: `.filter(..).update(..)`, `.filter(..).delete()`; behind `.qualify(..)` write `.only_rows()`";
}

/// What cannot be run.
#[doc(hidden)]
pub struct Unchanged;

#[doc(hidden)]
impl Unchanged {
    pub fn run<D>(self, _: D) -> crate::error::Result<u64> {
        Ok(0)
    }
}

/// For rows with something beside them.
macro_rules! beside {
    ($($($beside:ident)+;)+) => {$(
        #[doc(hidden)]
        impl<M: Model, $($beside),+> QuerySet<M, Rows<($($beside,)+)>> {
            pub fn delete(self) -> Unchanged
            where
                M: rows_alone,
            {
                Unchanged
            }

            pub fn update<R>(self, _: impl FnOnce(Fields<M>) -> R) -> Unchanged
            where
                M: rows_alone,
            {
                Unchanged
            }
        }
    )+};
}
beside! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
}

#[doc(hidden)]
impl<M: Model, L, K> ToMany<M, L, K> {
    pub fn len(self) -> Expr<i64>
    where
        M: number_of_related_rows,
    {
        Expr::new(ExprTokens::EMPTY)
    }

    pub fn eq<O>(self, _: O) -> Expr<bool>
    where
        M: single_related_row,
    {
        Expr::new(ExprTokens::EMPTY)
    }

    pub fn contains<O>(self, _: O) -> Expr<bool>
    where
        M: single_related_row,
    {
        Expr::new(ExprTokens::EMPTY)
    }
}
