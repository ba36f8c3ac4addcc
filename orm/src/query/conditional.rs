//! Values that conditions choose: `if_` and `case`.

use crate::expr::{ExprTokens, Function};
use crate::value::{ColumnType, FieldType};

use super::{Assignable, Expr, IntoCondition};

/// What a value is as an operand of a choice: its type is that of the result, whatever stands beside it.
fn append_value<T: ColumnType>(value: impl Assignable<T>, to: &mut ExprTokens) {
    value.append(to);
    say_stored_type::<T>(to);
}

/// The values of the native enum that `T` is, in order.
pub(super) fn native_choices<T: ColumnType>() -> Option<&'static [&'static str]> {
    let choices = T::CHOICES.filter(|choices| choices.native)?;
    (T::stored_type() == Some(FieldType::Choices)).then_some(choices.values)
}

fn say_stored_type<T: ColumnType>(of: &mut ExprTokens) {
    match (T::stored_type(), native_choices::<T>()) {
        (_, Some(choices)) => of.say_choices(choices),
        (Some(ty), None) => of.say_type(ty),
        (None, None) => {}
    }
}

/// One value where a condition holds, another where it does not or is NULL: `CASE WHEN .. THEN .. ELSE .. END`;
/// [`case`](crate::case) takes more conditions. The type of the result says which type both have, so it has to be written where it cannot be
/// told: `orm::if_::<String>(..)`.
///
/// # Example: a word for a number
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let read: Vec<String> =
///     Post::objects().values(|p| orm::if_(p.views.gt(3), p.title, "too few")).all(&db)?;
/// assert_eq!(read, ["Hello", "too few"]);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: what is counted
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let many = Post::objects().aggregate(|p| orm::if_::<i64>(p.views.gt(3), 1, 0).sum()).run(&db)?;
/// assert_eq!(many, Some(1));
/// # Ok::<(), orm::Error>(())
/// ```
pub fn if_<T: ColumnType>(
    condition: impl IntoCondition,
    then: impl Assignable<T>,
    otherwise: impl Assignable<T>,
) -> Expr<T> {
    let mut tokens = condition.into_condition();
    append_value(then, &mut tokens);
    append_value(otherwise, &mut tokens);
    tokens.call(Function::If, 3);
    Expr::new(tokens)
}

/// The value of the first condition that holds, begun by [`case`](crate::case).
///
/// # Example: conditions that are put together at run time
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::Case;
///
/// let wanted = ["Later", "Hello"];
/// let titles: Vec<String> = Post::objects()
///     .order_by(|p| {
///         let places = (0..).zip(wanted);
///         let place: Case<i64> =
///             places.fold(orm::case(), |case, (place, title)| case.when(p.title.eq(title), place));
///         place.or_null()
///     })
///     .values(|p| p.title)
///     .all(&db)?;
/// assert_eq!(titles, wanted);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: it ends with what holds for the rest
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let read: Vec<Option<String>> =
///     Post::objects().values(|p| orm::case().when(p.views.gt(3), p.title)).all(&db)?; // `.or_null()`
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "it does nothing until `otherwise` or `or_null` ends it and a query uses it"]
pub struct Case<T> {
    tokens: ExprTokens,
    operands: u16,
    ty: std::marker::PhantomData<fn() -> T>,
}

impl<T> Clone for Case<T> {
    fn clone(&self) -> Self {
        Case {
            tokens: self.tokens.clone(),
            ..*self
        }
    }
}

impl<T> std::fmt::Debug for Case<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Case({:?})", self.tokens.tokens())
    }
}

/// The value of the first condition that holds: `CASE WHEN .. THEN .. WHEN .. THEN .. ELSE .. END`. A condition that is NULL does not
/// hold. The type of the result says which type all values have, so it has to be written where it cannot be told:
/// `orm::case::<String>()`.
///
/// It stands wherever a value does: in `filter`, `order_by`, `values`, `annotate`, `update`, aggregates, checks and generated columns.
///
/// # Example: words for numbers
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let read: Vec<String> = Post::objects()
///     .values(|p| {
///         orm::case().when(p.views.gt(100), "widely").when(p.views.gt(0), "hardly").otherwise("never")
///     })
///     .all(&db)?;
/// assert_eq!(read, ["hardly", "never"]);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: without a value for the rest it may be NULL
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let read: Vec<Option<String>> =
///     Post::objects().values(|p| orm::case::<String>().when(p.views.gt(3), p.title).or_null()).all(&db)?;
/// assert_eq!(read, [Some("Hello".to_owned()), None]);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: each row its own new value
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects()
///     .update(|p| {
///         p.views.set(orm::case().when(p.title.eq("Hello"), p.views + 1).otherwise(p.views))
///     })
///     .run(&db)?;
/// assert_eq!(Post::objects().order_by(|p| p.id).values(|p| p.views).all(&db)?, [8, 0]);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: all values have one type
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let read: Vec<String> =
///     Post::objects().values(|p| orm::case().when(p.views.gt(3), p.title).otherwise(0)).all(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
#[doc(alias("when", "Case", "When"))]
pub fn case<T: ColumnType>() -> Case<T> {
    Case {
        tokens: ExprTokens::default(),
        operands: 0,
        ty: std::marker::PhantomData,
    }
}

impl<T: ColumnType> Case<T> {
    /// A value for the rows for which no condition before holds, and this one does.
    ///
    /// # Example: the first that holds counts
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let numbers: Vec<i64> = Post::objects()
    ///     .values(|p| orm::case().when(p.views.ge(0), 1).when(p.views.ge(7), 2).otherwise(3))
    ///     .all(&db)?;
    /// assert_eq!(numbers, [1, 1]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn when(mut self, condition: impl IntoCondition, value: impl Assignable<T>) -> Self {
        self.tokens.extend(condition.into_condition());
        append_value(value, &mut self.tokens);
        // More than there is room for is more than any statement can bind; it is then refused when it is read.
        self.operands = self.operands.saturating_add(2);
        self
    }

    /// The value for all other rows, which ends it.
    ///
    /// # Example: what is read is published
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let guessed: Vec<Status> = Post::objects()
    ///     .values(|p| orm::case().when(p.views.gt(0), Status::Published).otherwise(p.status))
    ///     .all(&db)?;
    /// assert_eq!(guessed, [Status::Published, Status::Draft]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("else", "default"))]
    pub fn otherwise(self, value: impl Assignable<T>) -> Expr<T> {
        let mut tokens = self.tokens;
        append_value(value, &mut tokens);
        if self.operands > 0 {
            tokens.call(Function::Case, self.operands.saturating_add(1));
        }
        Expr::new(tokens)
    }

    /// NULL for all other rows, which ends it.
    ///
    /// # Example: aggregates ignore it
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let read = Post::objects()
    ///     .aggregate(|p| orm::case::<i64>().when(p.views.gt(3), p.views).or_null().avg())
    ///     .run(&db)?;
    /// assert_eq!(read, Some(7.0));
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("end"))]
    pub fn or_null(self) -> Expr<Option<T::Base>> {
        let mut tokens = self.tokens;
        if self.operands > 0 {
            tokens.call(Function::Case, self.operands);
        } else {
            tokens.param(crate::value::Value::Null);
            say_stored_type::<T>(&mut tokens);
        }
        Expr::new(tokens)
    }
}
