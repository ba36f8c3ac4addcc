//! SQL that a person wrote as a part of a query: `raw`.

use crate::expr::{ExprTokens, FragmentText, SqlFragment, Token};
use crate::model::Join;
use crate::value::{ColumnType, FieldType, Value};

use super::conditional::native_choices;
use super::tuples::each_element;
use super::{Expr, Expression, Field, Operand, SqlText};

/// A part of [`raw`](crate::raw()): a field, an expression, a value of any type that a column holds, or one of these with a name.
///
/// # Example: a field, a value, an expression
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let titles: Vec<String> = Post::objects()
///     .filter(|p| orm::raw::<bool>("{} BETWEEN {} AND {}", (p.views, 5, p.comments().count() + 8)))
///     .values(|p| p.title)
///     .all(&db)?;
/// assert_eq!(titles, ["Hello"]);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a part of SQL",
    label = "expected a field, an expression, a value of a type that columns hold, or `(\"name\", part)`",
    note = "what related rows come to is an expression: `a.posts().count()`; a row is named by its key: `author.id`"
)]
pub trait RawPart {
    #[doc(hidden)]
    fn append(self, to: &mut GivenParts);
}

/// The parts of [`raw`](crate::raw()): a tuple of [`RawPart`]s, `()` where there are none, an array or a `Vec` of parts of one type.
///
/// # Example: one part, and none
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let both: Vec<(i64, i64)> = Tag::objects()
///     .order_by(|t| t.id)
///     .values(|t| (orm::raw("length({})", (t.label,)), orm::raw("1 + 1", ())))
///     .all(&db)?;
/// assert_eq!(both[0], (4, 2));
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of parts",
    label = "expected a tuple: `(p.views,)`, `(p.views, 9)`, `((\"views\", p.views),)`, or `()` for none",
    note = "a tuple of one part has a comma: `(p.views,)`"
)]
pub trait RawParts {
    #[doc(hidden)]
    fn append(self, to: &mut GivenParts);
}

/// The parts, and the names of those that have one.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct GivenParts {
    tokens: ExprTokens,
    count: u16,
    /// One for each part, or none at all.
    names: Vec<&'static str>,
}

impl GivenParts {
    fn value<T: ColumnType>(&mut self, value: Value<'static>) {
        self.expression(|tokens| {
            tokens.param(value);
            if let Some(ty) = said_type::<T>() {
                tokens.say_type(ty);
            }
        });
    }

    fn expression(&mut self, append: impl FnOnce(&mut ExprTokens)) {
        append(&mut self.tokens);
        // More than there is room for is more than any text can say.
        self.count = self.count.saturating_add(1);
    }
}

/// SQL as a part of a query: what the database has and no method is there for. `T` says what it comes to, an `Option` where that may
/// be NULL, and the parts are filled in where the text says `{}`, or `{name}`. It stands wherever an expression does: in `filter`,
/// `order_by`, `values`, `annotate`, `group_by`, aggregates and `update`. A check, a generated column and an index refuse it, because their
/// files say the same for every database.
///
/// The text is one that the program was compiled with, or [`TrustedSql`](crate::queries::TrustedSql); a brace is doubled, as in
/// [`orm::sql`](crate::sql()). It is about one row: an aggregate is given as a part. In SQL it stands in parentheses, and a value is
/// bound with the type that Rust gives it: `(views % ?)` on SQLite, `(views % CAST($1 AS integer))` on Postgres. Fields of queries around
/// the one it stands in are those rows' columns, as everywhere.
///
/// A text is kept for as long as the program runs, so what differs from one to the next is a value. Columns hold what
/// [fields](crate::fields) say: a decimal or a date is a string on SQLite.
///
/// # Errors
/// When the query is run: if the text has more or fewer placeholders than there are parts, is empty, or would not stay within its
/// parentheses; what the database says of it.
///
/// # Example: a condition, a value, an order
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let rests: Vec<(String, i64)> = Post::objects()
///     .filter(|p| orm::raw::<bool>("{} % {} = 1", (p.views, 3)))
///     .order_by(|p| orm::raw::<i64>("-{}", (p.id,)))
///     .values(|p| (p.title, orm::raw("{} % {}", (p.views, 3))))
///     .all(&db)?;
/// assert_eq!(rests, [("Hello".to_owned(), 1)]);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: by name, as often as it is written
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let text = "CASE WHEN {x} > {least} THEN {x} - {least} END";
/// let above: Vec<Option<i64>> =
///     Post::objects().values(|p| orm::raw(text, (("x", p.views), ("least", 5_i64)))).all(&db)?;
/// assert_eq!(above, [Some(2), None]);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: as many parts as placeholders
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let refused =
///     Post::objects().filter(|p| orm::raw::<bool>("{} > {}", (p.views,))).all(&db).unwrap_err();
/// assert!(refused.to_string().contains("the SQL has 2 placeholders, and there is 1 value"));
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: text that was put together
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let least = 3;
/// Post::objects().filter(|p| orm::raw::<bool>(format!("{{}} > {least}"), (p.views,))).all(&db)?; // `"{} > {}"`
/// # Ok::<(), orm::Error>(())
/// ```
#[doc(alias("RawSQL", "Func", "fragment"))]
pub fn raw<T: ColumnType>(text: impl SqlText, parts: impl RawParts) -> Expr<T> {
    let mut given = GivenParts::default();
    parts.append(&mut given);
    let GivenParts {
        mut tokens,
        count,
        names,
    } = given;
    let fragment = SqlFragment {
        says: FragmentText::ByHand {
            text: text.into_text(),
            names,
        },
        ty: T::stored_type(),
        choices: native_choices::<T>(),
        null: T::NULLABLE,
    };
    tokens.push(Token::Raw(fragment.intern(), count));
    Expr::new(tokens)
}

/// The type that a value is bound with: none of the values of an enum of the database, which compare as strings with nothing, and of those of
/// a type by its name, which what stands around them tells.
fn said_type<T: ColumnType>() -> Option<FieldType> {
    let ty = T::stored_type().filter(|ty| ty.scalar() != FieldType::Choices);
    ty.filter(|_| T::DB_TYPE.is_none())
}

/// What a column of type `T` is compared with, as an expression of that type: a value, an `Option` of one, a field, an expression. For the
/// operands of lookups of your own, which [`raw`](crate::raw()) takes as a part: so they take what built-in ones do, and nothing else compiles.
///
/// # Example: a lookup of your own
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::{Expr, Operand, RawPart, operand};
///
/// /// What strings can do beside what is there.
/// trait Resembling: RawPart + Sized {
///     /// `a LIKE b`
///     fn is_like(self, pattern: impl Operand<String>) -> Expr<bool> {
///         orm::raw("{} LIKE {}", (self, operand(pattern)))
///     }
/// }
///
/// impl<T: RawPart> Resembling for T {}
///
/// assert_eq!(Post::objects().filter(|p| p.title.is_like("H%")).count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: another type
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// # use orm::queries::{Expr, Operand, RawPart, operand};
/// # trait Resembling: RawPart + Sized {
/// #     fn is_like(self, pattern: impl Operand<String>) -> Expr<bool> {
/// #         orm::raw("{} LIKE {}", (self, operand(pattern)))
/// #     }
/// # }
/// # impl<T: RawPart> Resembling for T {}
/// Post::objects().filter(|p| p.title.is_like(7)).count(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
pub fn operand<T: ColumnType<Base = T>>(given: impl Operand<T>) -> Expr<T> {
    let mut tokens = ExprTokens::default();
    given.append(&mut tokens);
    if let Some(ty) = said_type::<T>() {
        tokens.say_type(ty);
    }
    Expr::new(tokens)
}

impl<T: ColumnType> RawPart for T {
    fn append(self, to: &mut GivenParts) {
        to.value::<T>(self.into_value());
    }
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType, J: Join> RawPart for Field<T, J> {
    fn append(self, to: &mut GivenParts) {
        to.expression(|tokens| Expression::append(self, tokens));
    }
}

#[diagnostic::do_not_recommend]
impl<T> RawPart for Expr<T> {
    fn append(self, to: &mut GivenParts) {
        to.expression(|tokens| Expression::append(self, tokens));
    }
}

macro_rules! borrowed {
    ($($ty:ty => $column:ty, $convert:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl RawPart for $ty {
            fn append(self, to: &mut GivenParts) {
                let convert: fn(Self) -> Value<'static> = $convert;
                to.value::<$column>(convert(self));
            }
        }
    )*};
}
borrowed! {
    &str => String, |text| Value::from(text).into_owned();
    &String => String, |text| Value::from(text.as_str()).into_owned();
    Option<&str> => Option<String>, |text| text.map_or(Value::Null, |text| Value::from(text).into_owned());
    &[u8] => Vec<u8>, |bytes| Value::Bytes(bytes.to_vec().into());
}

/// `("name", part)`
#[diagnostic::do_not_recommend]
impl<T: RawPart> RawPart for (&'static str, T) {
    fn append(self, to: &mut GivenParts) {
        to.names.push(self.0);
        self.1.append(to);
    }
}

impl RawParts for () {
    fn append(self, _: &mut GivenParts) {}
}

#[diagnostic::do_not_recommend]
impl<T: RawPart> RawParts for Vec<T> {
    fn append(self, to: &mut GivenParts) {
        self.into_iter().for_each(|part| part.append(to));
    }
}

#[diagnostic::do_not_recommend]
impl<T: RawPart, const N: usize> RawParts for [T; N] {
    fn append(self, to: &mut GivenParts) {
        self.into_iter().for_each(|part| part.append(to));
    }
}

each_element!(RawPart in RawParts::append(to: &mut GivenParts));
