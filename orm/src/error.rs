//! One error type for the whole crate: what happened, to what, and what to do next.
//!
//! The kind is private, so that kinds can be added without breaking anyone; predicates such as
//! [`Error::is_not_found`] ask about it. Values of rows never appear in an error.
//!
//! ```
//! # use {blog::*, orm::prelude::*};
//! # let db = blog::open()?;
//! match Tag::create().label("rust").save(&db) {
//!     Err(error) if error.is_unique_violation() => println!("there is one: {:?}", error.fields()),
//!     result => println!("made tag {}", result?.id),
//! }
//! # Ok::<(), orm::Error>(())
//! ```

use std::borrow::Cow;
use std::fmt;

/// The result of everything in this crate that can fail. With one parameter the error is [`Error`].
///
/// # Example: the type of most functions
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// fn title(id: i64, db: &Db) -> orm::Result<String> {
///     Ok(Post::get(id, db)?.title)
/// }
/// assert_eq!(title(1, &db)?, "Hello");
/// # Ok::<(), orm::Error>(())
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, with the model, field, file or statement it went wrong at, and a hint. It has no public kinds: predicates
/// such as [`is_not_found`](Error::is_not_found) ask about it. It goes through `?` into `Box<dyn Error>`, `anyhow::Error` and its
/// like, holds no value of a row, and its `Debug` is what people read, so that `main` may return it.
///
/// | predicate | when |
/// |---|---|
/// | [`is_not_found`](Error::is_not_found), [`is_multiple`](Error::is_multiple) | one row was wanted |
/// | [`is_invalid_cursor`](Error::is_invalid_cursor) | the place of a page |
/// | [`is_invalid_filter`](Error::is_invalid_filter) | a filter or an order by name: of a request, a bad one |
/// | [`is_unique_violation`](Error::is_unique_violation), [`is_exclusion_violation`](Error::is_exclusion_violation), [`is_foreign_key_violation`](Error::is_foreign_key_violation), [`is_check_violation`](Error::is_check_violation), [`is_not_null_violation`](Error::is_not_null_violation) | the database refused a row; [`constraint`](Error::constraint) and [`fields`](Error::fields) say more |
/// | [`is_row_given_twice`](Error::is_row_given_twice) | two of many given rows are the same one of the table |
/// | [`is_stale`](Error::is_stale) | somebody else has changed a row with a version since it was read |
/// | [`is_serialization_failure`](Error::is_serialization_failure), [`is_lock_not_available`](Error::is_lock_not_available), [`is_timeout`](Error::is_timeout) | others were in the way: try again |
/// | [`is_connection`](Error::is_connection) | the database is not reached |
/// | [`is_cancelled`](Error::is_cancelled) | somebody stopped it |
/// | [`is_unsupported`](Error::is_unsupported) | this database cannot do that, or it has no meaning |
/// | [`is_question`](Error::is_question) | a migration needs an answer |
/// | [`is_loss`](Error::is_loss) | a migration would lose rows or values |
/// | [`is_internal`](Error::is_internal) | a defect of this crate |
///
/// # Example: an answer for each of what a form can run into
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// fn sign_up(name: &str, email: &str, db: &Db) -> orm::Result<&'static str> {
///     match Author::create().name(name).email(email).save(db) {
///         Ok(_) => Ok("welcome"),
///         Err(error) if error.is_unique_violation() && error.fields() == ["email"] => Ok("this address is taken"),
///         Err(error) if error.is_check_violation() => Ok("the name is too long"),
///         Err(error) => Err(error),
///     }
/// }
/// assert_eq!(sign_up("Eve", "ann@example.com", &db)?, "this address is taken");
/// assert_eq!(sign_up(&"E".repeat(101), "eve@example.com", &db)?, "the name is too long");
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: what it says
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let error = Tag::create().label("rust").save(&db).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "creating blog.Tag: UNIQUE constraint failed: blog_tag.label\nhint: a row with the same label is there already"
/// );
/// # Ok::<(), orm::Error>(())
/// ```
pub struct Error(Box<ErrorData>);

struct ErrorData {
    kind: Kind,
    message: Cow<'static, str>,
    hint: Option<Cow<'static, str>>,
    /// In the order in which [`Error::context`] added them; the outermost is last.
    context: Vec<String>,
    constraint: Option<String>,
    /// The schema and name of the table that the violated constraint belongs to.
    table: Option<(String, String)>,
    /// The message for users that the model has for the violated constraint.
    told: Option<String>,
    fields: Vec<String>,
    /// What the column can hold, if the database reported this but not which column it was.
    limit: Option<TypeLimit>,
    /// The position in its row, and the name, of the column that could not be read.
    column: Option<(usize, String)>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The private classification behind the predicates.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    NotFound,
    Multiple,
    /// A cursor of a page that is not one of the query, or was changed.
    InvalidCursor,
    /// A filter or an order by name is not allowed, or its value is not one of its field.
    InvalidFilter,
    UniqueViolation,
    ExclusionViolation,
    ForeignKeyViolation,
    CheckViolation,
    NotNullViolation,
    /// One row is given twice to what writes each once.
    RowGivenTwice,
    /// Somebody else has changed a row since it was read.
    Stale,
    Serialization,
    Timeout,
    /// A lock was not available, or not within its timeout.
    LockNotAvailable,
    /// It was cancelled.
    Cancelled,
    Connection,
    /// The backend does not support the request; raised before any SQL runs.
    Unsupported,
    /// Models, settings or arguments that contradict themselves.
    Config,
    /// A value in the database that the Rust type cannot hold.
    Decode,
    /// A Rust value that the database cannot hold.
    Encode,
    /// The statement names a table or column that does not exist.
    Undefined,
    /// The statement creates what exists already.
    Exists,
    /// Any other error of the database.
    Database,
    Migration,
    /// What a migration drops holds rows or values.
    Loss,
    /// A question that only a person can answer has no answer.
    Question,
    Io,
    /// An invariant of this crate is broken.
    Internal,
}

/// The limit of a column's type.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeLimit {
    /// A number of characters.
    Length(u32),
    /// A number of digits, and how many of them are after the point.
    Digits(u32, u32),
    /// Whole numbers with this number of bits.
    Bits(u8),
    /// The values of an enum type, in its schema where that is said.
    Enum(Option<String>, String),
}

impl Error {
    #[doc(hidden)]
    pub fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Error(Box::new(ErrorData {
            kind,
            message: message.into(),
            hint: None,
            context: Vec::new(),
            constraint: None,
            table: None,
            told: None,
            fields: Vec::new(),
            limit: None,
            column: None,
            source: None,
        }))
    }

    #[doc(hidden)]
    pub fn config(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Config, message)
    }

    #[doc(hidden)]
    pub fn unsupported(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Unsupported, message)
    }

    #[doc(hidden)]
    pub fn migration(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Migration, message)
    }

    /// An invariant of this crate is broken; used instead of guessing a value. `what` names the invariant in words
    /// that occur nowhere else, so that a report leads to the line: `"a column at position 7 of blog.Post, which has
    /// 3"`.
    #[doc(hidden)]
    pub fn internal(what: impl Into<Cow<'static, str>>) -> Self {
        const HINT: &str = concat!(
            "this is a defect of the crate `orm` ",
            env!("CARGO_PKG_VERSION"),
            ", not of your program: please report it, with this message and what led to it"
        );
        Self::new(Kind::Internal, what).with_hint(HINT)
    }

    #[doc(hidden)]
    #[must_use]
    pub fn with_kind(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Adds what to do next, shown on a line of its own.
    #[doc(hidden)]
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub fn with_constraint(mut self, name: impl Into<String>) -> Self {
        self.0.constraint = Some(name.into());
        self
    }

    /// The table of the violated constraint, by schema and name.
    #[doc(hidden)]
    #[must_use]
    pub fn with_table(mut self, schema: &str, name: &str) -> Self {
        self.0.table = Some((schema.to_owned(), name.to_owned()));
        self
    }

    #[doc(hidden)]
    pub fn table(&self) -> Option<(&str, &str)> {
        let (schema, name) = self.0.table.as_ref()?;
        Some((schema, name))
    }

    /// Makes the message of the violated constraint its own; the database's message becomes the source.
    #[doc(hidden)]
    #[must_use]
    pub fn with_constraint_message(mut self, message: impl Into<String>) -> Self {
        let message = message.into();
        let said = std::mem::replace(&mut self.0.message, message.clone().into());
        self.0.source.get_or_insert_with(|| said.into_owned().into());
        self.0.told = Some(message);
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub fn with_fields(mut self, fields: Vec<String>) -> Self {
        self.0.fields = fields;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub fn with_limit(mut self, limit: TypeLimit) -> Self {
        self.0.limit = Some(limit);
        self
    }

    #[doc(hidden)]
    pub fn limit(&self) -> Option<&TypeLimit> {
        self.0.limit.as_ref()
    }

    /// Records which column of a row could not be read.
    #[doc(hidden)]
    #[must_use]
    pub fn with_column(mut self, position: usize, name: String) -> Self {
        self.0.column = Some((position, name));
        self
    }

    /// The position of the column that could not be read, if its name is not known yet.
    #[doc(hidden)]
    pub fn column(&self) -> Option<usize> {
        self.0.column.as_ref().map(|(position, _)| *position)
    }

    /// Records the name of the column that could not be read, and of its field if it is known.
    #[doc(hidden)]
    #[must_use]
    pub fn naming_column(mut self, field: Option<String>) -> Self {
        match (self.0.column.take(), field) {
            (None, _) => self,
            (Some((_, column)), Some(field)) => self.context(format!("{field} (column `{column}`)")),
            (Some((_, column)), None) => self.context(format!("column `{column}`")),
        }
    }

    /// Adds what was being done, in front of the message.
    #[doc(hidden)]
    #[must_use]
    pub fn context(mut self, what: impl Into<String>) -> Self {
        self.0.context.push(what.into());
        self
    }

    #[doc(hidden)]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// A query for one row found none: `get`, and `save`, `refresh` and `delete` of a row that no longer exists.
    ///
    /// # Example: no such key
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert!(Post::get(99, &db).unwrap_err().is_not_found());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_not_found(&self) -> bool {
        self.0.kind == Kind::NotFound
    }

    /// A query for one row found several.
    ///
    /// # Example: which of them?
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert!(Post::objects().get(&db).unwrap_err().is_multiple());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_multiple(&self) -> bool {
        self.0.kind == Kind::Multiple
    }

    /// A [`PageCursor`](crate::queries::PageCursor) is not one, is one of another query, or has been changed: in a service, a bad
    /// request.
    ///
    /// # Example: from a URL that somebody wrote by hand
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = Post::objects().after(Some(&"page2".into()), 20, &db).unwrap_err();
    /// assert!(error.is_invalid_cursor());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_invalid_cursor(&self) -> bool {
        self.0.kind == Kind::InvalidCursor
    }

    /// A filter or an order by name is not one that is [allowed](crate::dynamic::Allowed), or the value is not one of its field: in
    /// a service, a bad request. The message may be shown to whoever sent it: it has the name, and what is allowed, and never the
    /// value. [`fields`](Error::fields) has the name.
    ///
    /// # Example: a name from a URL
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::dynamic::Allowed;
    ///
    /// let allowed = Allowed::of::<Post>()?.filter("title", ["icontains"])?;
    /// let refused = allowed.lookup("author__email__startswith").unwrap_err();
    /// assert!(refused.is_invalid_filter());
    /// assert_eq!(refused.hint(), Some("there is title__icontains"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_invalid_filter(&self) -> bool {
        self.0.kind == Kind::InvalidFilter
    }

    /// A unique constraint or primary key refused the row; see [`Error::constraint`] and [`Error::fields`].
    ///
    /// # Example: a label that is taken
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = Tag::create().label("rust").save(&db).unwrap_err();
    /// assert!(error.is_unique_violation());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_unique_violation(&self) -> bool {
        self.0.kind == Kind::UniqueViolation
    }

    /// A foreign key refused the row, or the deletion of a row that others point at.
    ///
    /// # Example: an author who is not there
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = Post::create().author(99).title("New").save(&db).unwrap_err();
    /// assert!(error.is_foreign_key_violation());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_foreign_key_violation(&self) -> bool {
        self.0.kind == Kind::ForeignKeyViolation
    }

    /// An exclusion constraint refused the row: it is related to another, as its operators say. Only Postgres has such
    /// constraints; see [the chapter on models](crate::Model#exclusion-constraints).
    ///
    /// # Example: another kind of refusal
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = Tag::create().label("rust").save(&db).unwrap_err();
    /// assert!(error.is_unique_violation() && !error.is_exclusion_violation());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_exclusion_violation(&self) -> bool {
        self.0.kind == Kind::ExclusionViolation
    }

    /// A check constraint (also a length or a choice) refused the row.
    ///
    /// # Example: too long
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = Tag::create().label("x".repeat(51)).save(&db).unwrap_err();
    /// assert!(error.is_check_violation());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_check_violation(&self) -> bool {
        self.0.kind == Kind::CheckViolation
    }

    /// A column that is NOT NULL was set to NULL. Typed queries do not compile then, so it comes from SQL by hand and
    /// from models by name.
    ///
    /// # Example: by hand
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = db.session()?.batch("INSERT INTO blog_tag (label) VALUES (NULL)").unwrap_err();
    /// assert!(error.is_not_null_violation());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_not_null_violation(&self) -> bool {
        self.0.kind == Kind::NotNullViolation
    }

    /// Two of the rows given to a bulk that updates are one row of the table, so that which of them is the last would be chance;
    /// [`fields`](Error::fields) are those that they have in common.
    ///
    /// # Example: a title twice
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let drafts = [1, 2].map(|views| Post::create().author(1).title("New").views(views));
    /// let upsert = Post::bulk_create(drafts)
    ///     .on_conflict(|p| (p.author, p.title))
    ///     .update(|p, new| p.views.set(new.views));
    /// let error = upsert.run(&db).unwrap_err();
    /// assert!(error.is_row_given_twice());
    /// assert_eq!(error.fields(), ["author", "title"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_row_given_twice(&self) -> bool {
        self.0.kind == Kind::RowGivenTwice
    }

    /// A row of a model with a [version](derive@crate::Model#optimistic-locking) was to be saved or deleted, and somebody else has changed it
    /// since it was read. Nothing was written.
    ///
    /// # Example: read it again
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # fn raise(pay: &mut Pay, db: &Db) -> orm::Result<()> {
    /// loop {
    ///     pay.amount += 100;
    ///     match pay.save(db) {
    ///         Err(error) if error.is_stale() => pay.refresh(db)?,
    ///         result => break result,
    ///     }
    /// }
    /// # }
    /// # #[derive(orm::Model)] struct Pay { id: i64, amount: i64, #[orm(version)] version: i64 }
    /// # fn main() {}
    /// ```
    pub fn is_stale(&self) -> bool {
        self.0.kind == Kind::Stale
    }

    /// The transaction lost against a concurrent one (a deadlock, a serialization failure); running it again may succeed, and
    /// [`TxOptions::retry`](crate::db::TxOptions::retry) does.
    ///
    /// # Example: tried again by itself
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let options = orm::db::TxOptions::new().retry(3);
    /// match db.transaction_with(options, |tx| Post::get(1, tx)) {
    ///     Err(error) if error.is_serialization_failure() => println!("too much is going on"),
    ///     result => println!("{}", result?.title),
    /// }
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_serialization_failure(&self) -> bool {
        self.0.kind == Kind::Serialization
    }

    /// A lock, a statement or the connection pool took too long.
    ///
    /// # Example: no connection is free
    ///
    /// ```no_run
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let busy = Db::builder("sqlite::memory:").pool_size(1).pool_timeout(std::time::Duration::from_millis(10)).connect()?;
    /// let held = busy.session()?; // the one that writes
    /// let error = std::thread::scope(|scope| scope.spawn(|| busy.session().map(drop)).join().unwrap()).unwrap_err();
    /// assert!(error.is_timeout());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::Timeout | Kind::LockNotAvailable)
    }

    /// Another transaction holds a lock that this one did not want to wait for
    /// ([`nowait`](crate::queries::QuerySet::nowait)), or not longer (`lock_timeout` on Postgres, `busy_timeout` on SQLite).
    ///
    /// # Example: somebody else is at it
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let taken = db.transaction(|tx| Post::objects().select_for_update().nowait().first(tx));
    /// assert!(!taken.is_err_and(|error| error.is_lock_not_available()));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_lock_not_available(&self) -> bool {
        self.0.kind == Kind::LockNotAvailable
    }

    /// It was cancelled by a [`CancelHandle`](crate::connect::CancelHandle).
    ///
    /// # Example: stopped before it began
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut session = db.session()?;
    /// session.cancel_handle()?.cancel()?;
    /// let error = orm::migrate::migrate(
    ///     &mut session,
    ///     &blog::migrations()?,
    ///     &orm::migrate::Target::Zero("blog".to_owned()),
    ///     &orm::migrate::MigrateOptions::default(),
    ///     &mut |_| {},
    /// );
    /// assert!(error.unwrap_err().is_cancelled());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.0.kind == Kind::Cancelled
    }

    /// The database could not be reached, or the connection was lost.
    ///
    /// # Example: a folder that is not there
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = Db::connect("sqlite:///no/such/folder/blog.db").unwrap_err();
    /// assert!(error.is_connection());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_connection(&self) -> bool {
        self.0.kind == Kind::Connection
    }

    /// The database does not support the request, or the request has no meaning; nothing was sent to it.
    ///
    /// # Example: the last of the first ten?
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = Post::objects().limit(10).last(&db).unwrap_err();
    /// assert!(error.is_unsupported());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_unsupported(&self) -> bool {
        self.0.kind == Kind::Unsupported
    }

    /// A migration would lose rows or values that nobody allowed it to lose.
    ///
    /// # Example: tables with rows
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::{MigrateOptions, Target, migrate};
    ///
    /// let zero = Target::Zero("blog".to_owned());
    /// let (mut session, migrations) = (db.session()?, blog::migrations()?);
    /// let refused = migrate(&mut session, &migrations, &zero, &MigrateOptions::default(), &mut |_| {});
    /// assert!(refused.is_err_and(|error| error.is_loss()));
    ///
    /// let options = MigrateOptions { allow_loss: true, ..MigrateOptions::default() };
    /// migrate(&mut session, &migrations, &zero, &options, &mut |_| {})?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_loss(&self) -> bool {
        self.0.kind == Kind::Loss
    }

    /// A command needs a decision: the message has the question, and how to write an answer.
    ///
    /// # Example: was it renamed, or dropped and added?
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::{MakeOptions, StateFile, diff};
    ///
    /// let tag = |field: &str| {
    ///     let fields = format!(
    ///         r#"{{"name": "id", "type": "big_int", "primary_key": true, "generated": true}},
    ///            {{"name": "{field}", "type": "text"}}"#
    ///     );
    ///     StateFile::parse("state.json", &format!(r#"{{"models": [{{"app": "blog", "name": "Tag", "fields": [{fields}]}}]}}"#))
    /// };
    /// let error = diff(&tag("label")?, &tag("name")?, &MakeOptions::default()).unwrap_err();
    /// assert!(error.is_question());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_question(&self) -> bool {
        self.0.kind == Kind::Question
    }

    /// A bug in this crate, not in the request; the hint asks for a report.
    ///
    /// # Example: never expected
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert!(!Post::get(99, &db).unwrap_err().is_internal());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn is_internal(&self) -> bool {
        self.0.kind == Kind::Internal
    }

    /// The name of the violated constraint, if the database reports it: Postgres always, SQLite for checks.
    ///
    /// # Example: which check
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = Tag::create().label("x".repeat(51)).save(&db).unwrap_err();
    /// println!("{:?}", error.constraint());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn constraint(&self) -> Option<&str> {
        self.0.constraint.as_deref()
    }

    /// The model's message for users about the violated constraint: `message = ".."` of `unique` and `check`.
    ///
    /// # Example: no words of its own
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = Tag::create().label("rust").save(&db).unwrap_err();
    /// assert_eq!(error.constraint_message(), None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn constraint_message(&self) -> Option<&str> {
        self.0.told.as_deref()
    }

    /// Names of the fields of the violated constraint, or of the value that was refused or could not be read, as far
    /// as they are known. For SQL written by hand, only columns are known.
    ///
    /// # Example: an author's second post of one title
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = Post::create().author(1).title("Hello").save(&db).unwrap_err();
    /// assert_eq!(error.fields(), ["author", "title"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn fields(&self) -> &[String] {
        &self.0.fields
    }

    /// What to do next, if it is known.
    ///
    /// # Example: for people who call `get` for what may not be there
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = Post::objects().limit(10).last(&db).unwrap_err();
    /// assert!(error.hint().is_some());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for context in self.0.context.iter().rev() {
            write!(f, "{context}: ")?;
        }
        f.write_str(&self.0.message)?;
        if let Some(hint) = &self.0.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Printed when `main` returns the error: the same message as `Display`, with the sources.
        write!(f, "{self}")?;
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            write!(f, "\ncaused by: {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_reads_outside_in_and_ends_with_the_hint() {
        let error = Error::new(Kind::NotFound, "no row matches")
            .with_hint("use get_or_none()")
            .context("model blog.Post")
            .context("loading the page");
        assert_eq!(
            error.to_string(),
            "loading the page: model blog.Post: no row matches\nhint: use get_or_none()"
        );
        assert!(error.is_not_found());
    }

    #[test]
    fn what_is_wrong_inside_asks_for_a_report() {
        let error = Error::internal("an operation does not say what it changes");
        assert!(error.is_internal());
        assert_eq!(
            error.to_string(),
            concat!(
                "an operation does not say what it changes\nhint: this is a defect of the crate `orm` ",
                env!("CARGO_PKG_VERSION"),
                ", not of your program: please report it, with this message and what led to it"
            )
        );
    }
}
