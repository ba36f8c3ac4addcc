//! SQL by hand on every handle: the text with its values, and the terminals that run it.

mod read;
mod row;
mod values;

pub use read::SqlRows;
pub use row::{ModelColumns, SqlRow};
pub use values::{SqlValue, SqlValues};

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::error::Result;
use crate::query::SqlText;
use crate::sql::{Dialect, Statement, by_hand, check_by_hand, only_reads};
use crate::value::{Row, Value};

use super::{Access, Executor, Job};
use values::GivenValues;

/// SQL by hand with its values, from [`orm::sql`](crate::sql()). It does nothing until a terminal runs it, on any handle.
///
/// # Example: what the builder of queries has no word for
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let posts: Vec<Post> = orm::sql("SELECT * FROM blog_post WHERE views > {} ORDER BY id", (3,)).rows().all(&db)?;
/// assert_eq!(posts[0].title, "Hello");
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: it has to be run
///
/// ```compile_fail
/// # use {blog::*, orm::prelude::*};
/// #![deny(unused_must_use)]
/// # let db = blog::open()?;
/// orm::sql("DELETE FROM blog_tag", ()); // `.execute(&db)?`
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "SQL does nothing until `.execute(&db)` or `.rows::<..>().all(&db)` runs it"]
pub struct Sql {
    text: Cow<'static, str>,
    values: GivenValues,
}

/// SQL by hand that stays typed: the text, and a tuple of the values that stand where it says `{}`, or `{name}`.
///
/// A value is bound and never pasted: on SQLite it is sent as `?1`, on Postgres as `$1`. The text is one that the program was
/// compiled with, or [`TrustedSql`](crate::queries::TrustedSql). What comes back is read by [`rows`](Sql::rows) into models, tuples or single values, or
/// counted by [`execute`](Sql::execute). Statements without values, one after another: [`orm::script`](crate::script).
///
/// | in the text | is |
/// |---|---|
/// | `{}` | the next value of the tuple `(9, "Ann")` |
/// | `{name}` | the value of that name of `(("name", "Ann"), ("least", 9))`, as often as it is written |
/// | `{{`, `}}` | a brace |
/// | `'{"a": 1}'` | in a string a brace is its own; `'{}'`, which could be meant as a placeholder, is refused: `'{{}}'` |
///
/// A list is one value: `id = ANY({})` on Postgres, `id IN (SELECT value FROM json_each({}))` on SQLite, with `(vec![1, 2],)`.
/// Transactions and settings of a connection are left to [`Db::transaction`](crate::Db::transaction) and
/// [`Db::session`](crate::Db::session): `BEGIN`, `SET`, `PRAGMA` and their like are refused by name.
///
/// # Example: by position
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let titles: Vec<(i64, String)> =
///     orm::sql("SELECT id, title FROM blog_post WHERE views > {} AND title LIKE {}", (3, "H%")).rows().all(&db)?;
/// assert_eq!(titles, [(1, "Hello".to_owned())]);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: by name, in a transaction
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let changed = db.transaction(|tx| {
///     let text = "UPDATE blog_post SET views = views + {by} WHERE id = {id} AND views + {by} < 100";
///     orm::sql(text, (("id", 1), ("by", 5))).execute(tx)
/// })?;
/// assert_eq!(changed, 1);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: as many values as placeholders
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let error = orm::sql("SELECT id FROM blog_post WHERE views > {}", (3, 4)).rows::<i64>().all(&db).unwrap_err();
/// assert!(error.to_string().starts_with("the SQL has 1 placeholder, and there are 2 values"));
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: text that was put together
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let name = "Ann";
/// orm::sql(format!("SELECT id FROM blog_author WHERE name = '{name}'"), ()).rows::<i64>().all(&db)?; // `{}` and `(name,)`
/// # Ok::<(), orm::Error>(())
/// ```
pub fn sql(text: impl SqlText, values: impl SqlValues) -> Sql {
    let mut given = GivenValues::default();
    values.append(&mut given);
    Sql {
        text: text.into_text(),
        values: given,
    }
}

impl Sql {
    /// Reads each row of the result as `T`: a model by the names of its columns, a tuple or a single value by position.
    ///
    /// # Example: three ways to read
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tag: Tag = orm::sql("SELECT label, id FROM blog_tag WHERE label = {}", ("rust",)).rows().get(&db)?;
    /// let pairs: Vec<(String, Option<f64>)> = orm::sql("SELECT title, rating FROM blog_post", ()).rows().all(&db)?;
    /// let count: i64 = orm::sql("SELECT count(*) FROM blog_post", ()).rows().get(&db)?;
    /// assert_eq!((tag.id, pairs.len(), count), (1, 2, 2));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a model whose column is not there
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = orm::sql("SELECT id FROM blog_tag", ()).rows::<Tag>().all(&db).unwrap_err();
    /// assert!(error.to_string().starts_with("the result has no column `label`, which blog.Tag.label is read from"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn rows<T: SqlRow>(self) -> SqlRows<T> {
        SqlRows::new(self)
    }

    /// Runs the statement for what it does, and answers how many rows it changed; of one that returns rows, how many they were.
    ///
    /// # Errors
    /// If the values do not fit the placeholders, or what the database says; it knows columns and not fields.
    ///
    /// # Example: how many rows
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(orm::sql("DELETE FROM blog_comment WHERE post_id = {}", (99,)).execute(&db)?, 0);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn execute<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        let job = Execute {
            sql: self.into_job(false),
            changed: 0,
        };
        db.run(Ok(job), Ok)
    }

    fn into_job(self, for_rows: bool) -> SqlJob {
        SqlJob {
            sql: self,
            for_rows,
            started: false,
        }
    }
}

/// Without the values.
impl fmt::Debug for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sql").field(&self.text).finish()
    }
}

/// What jobs over SQL by hand have in common.
struct SqlJob {
    sql: Sql,
    for_rows: bool,
    started: bool,
}

impl SqlJob {
    fn access(&self) -> Access {
        match only_reads(&self.sql.text) {
            true => Access::Read,
            false => Access::Write,
        }
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if self.started {
            return Ok(None);
        }
        self.started = true;
        let text = by_hand(&self.sql.text, self.for_rows, dialect)?;
        self.sql.values.put_in_order(&text.parameters)?;
        Ok(Some(Arc::clone(&text.statement)))
    }

    fn values(&self) -> &[Value<'_>] {
        self.sql.values.all()
    }
}

struct Execute {
    sql: SqlJob,
    changed: u64,
}

impl Job for Execute {
    type Output = u64;
    type Owned = Self;

    fn access(&self) -> Access {
        self.sql.access()
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.sql.next(dialect)
    }

    fn values(&self) -> &[Value<'_>] {
        self.sql.values()
    }

    fn row(&mut self, _: &Row<'_>) -> Result<()> {
        Ok(())
    }

    fn affected(&mut self, rows: u64) -> Result<()> {
        self.changed = rows;
        Ok(())
    }

    fn finish(self) -> Result<u64> {
        Ok(self.changed)
    }

    fn into_owned(self) -> Self {
        self
    }
}

/// Statements by hand, from [`orm::script`](crate::script).
///
/// # Example: kept and run later
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::Script;
///
/// let script: Script = orm::script("CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);");
/// script.run(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a script does nothing until `.run(&db)` runs it"]
pub struct Script {
    text: Cow<'static, str>,
}

/// Any number of statements without values, all of which are done or none: on a handle they are a transaction, in a
/// transaction a savepoint.
///
/// # Example: two tables
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// orm::script("CREATE TABLE a (x INTEGER); CREATE TABLE b (x INTEGER);").run(&db)?;
/// let failed = orm::script("DROP TABLE a; DROP TABLE missing;").run(&db);
/// assert!(failed.is_err());
/// orm::sql("INSERT INTO a VALUES ({})", (1,)).execute(&db)?; // `a` is still there
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: its transaction is its handle's
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let error = orm::script("CREATE TABLE a (x INTEGER);\nCOMMIT;").run(&db).unwrap_err();
/// assert!(error.to_string().starts_with("`COMMIT` on line 2 of the SQL"));
/// # Ok::<(), orm::Error>(())
/// ```
pub fn script(text: impl SqlText) -> Script {
    Script {
        text: text.into_text(),
    }
}

impl Script {
    /// Runs the statements.
    ///
    /// # Errors
    /// What the database says about the first that fails; nothing is done then. If one begins or ends a transaction, or
    /// changes settings of the connection.
    ///
    /// # Example: in a transaction
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// db.transaction(|tx| {
    ///     orm::script("DELETE FROM blog_comment; DELETE FROM blog_tag WHERE id > 9;").run(tx)?;
    ///     Comment::objects().count(tx)
    /// })?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<()> {
        db.run_script(self)
    }

    /// The text, for a handle.
    ///
    /// # Errors
    /// If a statement does what is left to the handle.
    pub(crate) fn checked(&self, dialect: &'static Dialect) -> Result<&str> {
        check_by_hand(&self.text, dialect)?;
        Ok(&self.text)
    }
}
