//! The text of SQL by hand: one that the program was compiled with, or one that somebody vouches for.

use std::borrow::Cow;

/// Text of SQL: `&'static str`, which nothing from outside of the program can be part of, or [`TrustedSql`].
///
/// # Example: a constant
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// const COUNT: &str = "SELECT count(*) FROM blog_tag";
/// assert_eq!(orm::sql(COUNT, ()).rows::<i64>().get(&db)?, 2);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not SQL that the program was compiled with",
    label = "expected a string literal or a constant",
    note = "values stand where the text says `{{}}`, and are given beside it: `orm::sql(\"SELECT .. WHERE name = {{}}\", (name,))`",
    note = "text that the program puts together, and that nobody else can have a part in, is `TrustedSql::new(text)`"
)]
pub trait SqlText {
    #[doc(hidden)]
    fn into_text(self) -> Cow<'static, str>;
}

impl SqlText for &'static str {
    fn into_text(self) -> Cow<'static, str> {
        Cow::Borrowed(self)
    }
}

/// SQL text that the program puts together, and vouches for: whoever can change it can do whatever its user may do to the
/// database. Values have no part in it; names are quoted by [`quote`](crate::db::quote).
///
/// # Example: a table that is known when the program runs
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::db::quote;
/// use orm::queries::TrustedSql;
///
/// let table = "blog_tag";
/// let text = TrustedSql::new(format!("SELECT count(*) FROM {} WHERE label = {{}}", quote(table)));
/// assert_eq!(orm::sql(text, ("rust",)).rows::<i64>().get(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TrustedSql(String);

impl TrustedSql {
    /// Text to be run as it is.
    ///
    /// # Example: put together from parts
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::queries::TrustedSql;
    ///
    /// let columns = ["id", "title"].join(", ");
    /// let text = TrustedSql::new(format!("SELECT {columns} FROM blog_post"));
    /// assert_eq!(orm::sql(text, ()).rows::<(i64, String)>().all(&db)?.len(), 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn new(text: impl Into<String>) -> Self {
        TrustedSql(text.into())
    }
}

impl SqlText for TrustedSql {
    fn into_text(self) -> Cow<'static, str> {
        Cow::Owned(self.0)
    }
}
