//! From a row to its related rows: `author.posts()`, `post.tags().add([&tag])`.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::Result;
use crate::expr::{ExprTokens, Form, Function, NO_COLUMN, Path, QueryPart, RowSource, Token};
use crate::model::{ForeignKey, MetaSlot, Model, ModelSpec, PrimaryKey};
use crate::query::{Fields, IntoCondition, JoinStep, QuerySet, RelationKind, ToValue, path_along};
use crate::sql::{Dialect, LinkChange, Statement, link, takes_links};
use crate::value::{Row, Value};

use super::change::{equals, has_key, key_position};
use super::{Access, ErrorContext, Executor, Job};

/// The rows related to one row through a join table: what `post.tags()` returns, and, on the way back, `tag.posts()`.
///
/// # Example: look and change
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let post = Post::get(1, &db)?;
/// assert_eq!(post.tags().all(&db)?[0].label, "rust");
///
/// let sql = Tag::objects().filter(|t| t.label.eq("sql")).get(&db)?;
/// post.tags().add([&sql]).run(&db)?;
/// assert_eq!(post.tags().count(&db)?, 2);
/// assert_eq!(sql.posts().count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: the field itself holds nothing
///
/// ```compile_fail,E0599
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let post = Post::get(1, &db)?;
/// let tags = post.tags.all(&db)?; // with parentheses: `post.tags()`
/// # Ok::<(), orm::Error>(())
/// ```
pub struct Related<M: Model> {
    slot: &'static MetaSlot,
    field: u16,
    kind: RelationKind,
    /// The primary key of the row, and its column's position.
    key: Value<'static>,
    key_column: u16,
    model: PhantomData<fn() -> M>,
}

/// The rows that a many-to-many field of `row` refers to.
#[doc(hidden)]
pub fn related<S: Model, T: Model>(row: &S, field: u16) -> Related<T> {
    Related::new::<S>(row, S::slot(), field, RelationKind::Join)
}

/// The rows of `S` whose many-to-many field refers to `row`.
#[doc(hidden)]
pub fn related_back<S: Model, T: Model>(row: &T, field: u16) -> Related<S> {
    Related::new::<T>(row, S::slot(), field, RelationKind::JoinBack)
}

/// The rows of `S` whose foreign key refers to `row`.
#[doc(hidden)]
pub fn rows_back<S: Model, T: Model>(row: &T, field: u16) -> QuerySet<S> {
    let mut query = QuerySet::new();
    query.select.filter = equals(columns_before(S::SPEC, field), row.key().value().into_owned());
    query
}

/// How many columns a model has before a field.
fn columns_before(spec: &ModelSpec, field: u16) -> u16 {
    let fields = spec.fields.iter().take(usize::from(field));
    let columns = fields.filter(|field| (field.ty)().is_column()).count();
    u16::try_from(columns).unwrap_or(NO_COLUMN)
}

/// The row with a key; no rows if the key is NULL.
#[doc(hidden)]
pub fn row_at<M: Model>(key: Option<M::Key>) -> QuerySet<M> {
    match key {
        Some(key) => {
            let mut query = QuerySet::new();
            query.select.filter = has_key::<M>(&key);
            query
        }
        None => QuerySet::new().none(),
    }
}

impl<M: Model> Related<M> {
    fn new<S: Model>(row: &S, slot: &'static MetaSlot, field: u16, kind: RelationKind) -> Self {
        Related {
            slot,
            field,
            kind,
            key: row.key().value().into_owned(),
            key_column: key_position(S::SPEC),
            model: PhantomData,
        }
    }

    fn step(&self) -> JoinStep {
        JoinStep {
            from: Path::ROOT,
            slot: self.slot,
            field: self.field,
            kind: self.kind,
        }
    }

    /// The related rows as a query, to be ordered and narrowed down further.
    ///
    /// # Example: in an order
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::get(1, &db)?;
    /// let labels: Vec<String> = post.tags().objects().order_by(|t| t.label).values(|t| t.label).all(&db)?;
    /// assert_eq!(labels, ["rust"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn objects(&self) -> QuerySet<M> {
        // Seen from the related rows, the step leads back to the one row.
        let back = path_along(JoinStep {
            kind: match self.kind {
                RelationKind::Join => RelationKind::JoinBack,
                _ => RelationKind::Join,
            },
            ..self.step()
        });
        let mut filter = ExprTokens::default();
        filter.push(Token::From(RowSource::along(back)));
        filter.push(Token::Begin);
        filter.push(Token::Column(RowSource::OWN, self.key_column));
        filter.param(self.key.clone());
        filter.call(Function::Eq, 2);
        filter.push(Token::Part(QueryPart::Filter));
        filter.push(Token::End(Form::Exists));
        let mut query = QuerySet::new();
        query.select.filter = filter;
        query
    }

    /// Only related rows that match.
    ///
    /// # Example: is this one related?
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::get(1, &db)?;
    /// assert!(post.tags().filter(|t| t.label.eq("rust")).exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn filter<C: IntoCondition>(&self, condition: impl FnOnce(Fields<M>) -> C) -> QuerySet<M> {
        self.objects().filter(condition)
    }

    /// All related rows. For those of many rows at once, load them: `Post::objects().with(|p| p.tags())`.
    ///
    /// # Errors
    /// What the database says.
    ///
    /// # Example: tags of a post
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(Post::get(1, &db)?.tags().all(&db)?.len(), 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn all<'e, E: Executor<'e>>(&self, db: E) -> E::Out<Vec<M>> {
        self.objects().all(db)
    }

    /// How many related rows there are.
    ///
    /// # Errors
    /// What the database says.
    ///
    /// # Example: how many tags a post has
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(Post::get(1, &db)?.tags().count(&db)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn count<'e, E: Executor<'e>>(&self, db: E) -> E::Out<i64> {
        self.objects().count(db)
    }

    fn change<K: ToValue<ForeignKey<M>>>(&self, rows: impl IntoIterator<Item = K>, kind: Links) -> LinkRows {
        LinkRows {
            step: self.step(),
            key: self.key.clone(),
            others: rows.into_iter().map(ToValue::to_value).collect(),
            kind,
            values: Vec::new(),
            done: 0,
            sent_delete: false,
            changed: 0,
        }
    }

    /// Relates more rows; those that are related already stay so. It takes rows or their keys.
    ///
    /// # Example: by row, and by key
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::get(2, &db)?;
    /// let rust = Tag::get(1, &db)?;
    /// assert_eq!(post.tags().add([&rust]).run(&db)?, 1);
    /// assert_eq!(post.tags().add([1, 2]).run(&db)?, 1, "the first is related already");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn add<K: ToValue<ForeignKey<M>>>(&self, rows: impl IntoIterator<Item = K>) -> LinkRows {
        self.change(rows, Links::Add)
    }

    /// Detaches rows, which stay in their table; those that are not related are passed over.
    ///
    /// # Example: a tag less
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let (post, rust) = (Post::get(1, &db)?, Tag::get(1, &db)?);
    /// assert_eq!(post.tags().remove([&rust]).run(&db)?, 1);
    /// assert_eq!(Tag::objects().count(&db)?, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn remove<K: ToValue<ForeignKey<M>>>(&self, rows: impl IntoIterator<Item = K>) -> LinkRows {
        self.change(rows, Links::Remove)
    }

    /// Relates exactly these rows: others are detached.
    ///
    /// # Example: this tag and no other
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::get(1, &db)?;
    /// let sql = Tag::objects().filter(|t| t.label.eq("sql")).get(&db)?;
    /// post.tags().set([&sql]).run(&db)?;
    /// assert_eq!(post.tags().all(&db)?, [sql]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn set<K: ToValue<ForeignKey<M>>>(&self, rows: impl IntoIterator<Item = K>) -> LinkRows {
        self.change(rows, Links::Set)
    }

    /// Detaches all rows, which stay in their table.
    ///
    /// # Example: no tags
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::get(1, &db)?;
    /// assert_eq!(post.tags().clear().run(&db)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn clear(&self) -> LinkRows {
        self.change(std::iter::empty::<ForeignKey<M>>(), Links::Set)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Links {
    Add,
    Remove,
    Set,
}

/// A change of which rows are related, from `post.tags().add(..)` and its like; [`run`](LinkRows::run) makes it.
///
/// # Example: nothing is changed until it runs
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let post = Post::get(1, &db)?;
/// let change = post.tags().clear();
/// assert_eq!(post.tags().count(&db)?, 1);
/// change.run(&db)?;
/// assert_eq!(post.tags().count(&db)?, 0);
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is changed until `.run(&db)`"]
pub struct LinkRows {
    step: JoinStep,
    key: Value<'static>,
    others: Vec<Value<'static>>,
    kind: Links,
    values: Vec<Value<'static>>,
    done: usize,
    sent_delete: bool,
    changed: u64,
}

impl LinkRows {
    /// Changes the join table, wholly or not at all, and returns how many rows of it were added or deleted.
    ///
    /// # Errors
    /// [`is_foreign_key_violation`](crate::Error::is_foreign_key_violation) if a row is not in the database; what the database says.
    ///
    /// # Example: a tag that is not there
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Post::get(1, &db)?.tags().add([99]).run(&db).unwrap_err();
    /// assert!(refused.is_foreign_key_violation());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        db.run(Ok(self), Ok)
    }
}

/// The most pairs inserted by one statement.
const MOST_PAIRS: usize = 500;

impl Job for LinkRows {
    type Output = u64;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Atomic
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: "relating",
            model: self.step.declaring().ok()?,
        })
    }

    fn is_one_statement(&self, _: &'static Dialect) -> bool {
        match self.kind {
            Links::Add => self.others.len() <= MOST_PAIRS,
            Links::Remove => true,
            Links::Set => self.others.is_empty(),
        }
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if self.kind != Links::Add && !self.sent_delete {
            self.sent_delete = true;
            let change = match self.kind {
                Links::Remove => LinkChange::Remove,
                _ => LinkChange::Keep,
            };
            self.values = vec![self.key.clone(), Value::List(self.others.clone())];
            return link(&self.step, change, dialect).map(Some);
        }
        if self.kind == Links::Remove || self.done >= self.others.len() {
            return Ok(None);
        }
        if takes_links(&self.step, dialect)? {
            self.done = self.others.len();
            let others = std::mem::take(&mut self.others);
            self.values = vec![self.key.clone(), Value::List(others)];
            return link(&self.step, LinkChange::AddList, dialect).map(Some);
        }
        let rows = (self.others.len() - self.done).min(MOST_PAIRS);
        self.values = std::iter::once(self.key.clone())
            .chain(self.others[self.done..self.done + rows].iter().cloned())
            .collect();
        self.done += rows;
        link(&self.step, LinkChange::Add(rows), dialect).map(Some)
    }

    fn pipelined(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.next(dialect)
    }

    fn can_pipeline(&self) -> bool {
        !self.is_final()
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        std::mem::take(&mut self.values)
    }

    fn is_final(&self) -> bool {
        self.kind == Links::Remove || self.done >= self.others.len()
    }

    fn values(&self) -> &[Value<'_>] {
        &self.values
    }

    fn row(&mut self, _: &Row<'_>) -> Result<()> {
        Ok(())
    }

    fn affected(&mut self, rows: u64) -> Result<()> {
        self.changed += rows;
        Ok(())
    }

    fn finish(self) -> Result<u64> {
        Ok(self.changed)
    }

    fn into_owned(self) -> Self {
        self
    }
}
