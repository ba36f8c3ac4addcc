//! From a row to its related rows: `author.posts()`, `post.tags().add([&tag])`.

use std::marker::PhantomData;

use crate::expr::{ExprTokens, Form, NO_COLUMN, Path, QueryPart, RowSource, Token};
use crate::model::{ForeignKey, LeftOut, MetaSlot, Model, ModelSpec, PrimaryKey};
use crate::query::{
    Fields, IntoAssignments, IntoCondition, JoinStep, QuerySet, RelationKind, ToValue, closure, path_along,
    value_of,
};
use crate::value::{ColumnType, Value};

use super::Executor;
use super::change::{equal, equals, has_key, key_positions};
use super::link_rows::{LinkRows, Links};
use super::related_keys::{KeyValues, OtherRows};

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
///
/// Where the field goes through a model of the program (`through = Membership`), that model is `T`.
pub struct Related<M: Model, T = ()> {
    slot: &'static MetaSlot,
    field: u16,
    kind: RelationKind,
    /// The primary key of the row, and its model.
    key: KeyValues,
    of: &'static ModelSpec,
    model: PhantomData<fn() -> (M, T)>,
}

/// The rows that a many-to-many field of `row` refers to.
#[doc(hidden)]
pub fn related<S: Model, M: Model, T>(row: &S, field: u16) -> Related<M, T> {
    Related::new::<S>(row, S::slot(), field, RelationKind::Join)
}

/// The rows of `S` whose many-to-many field refers to `row`.
#[doc(hidden)]
pub fn related_back<S: Model, M: Model, T>(row: &M, field: u16) -> Related<S, T> {
    Related::new::<M>(row, S::slot(), field, RelationKind::JoinBack)
}

/// The rows of `S` whose foreign key refers to `row`.
#[doc(hidden)]
pub fn rows_back<S: Model, T: Model>(row: &T, field: u16) -> QuerySet<S> {
    let mut query = QuerySet::new();
    let Some(relation) = S::SPEC.fields.get(usize::from(field)) else {
        return rows_alike(row, S::slot(), field, RelationKind::Reverse);
    };
    let value = match relation.relation.as_ref().and_then(|relation| relation.to) {
        Some(name) => value_of(row, name).unwrap_or(MISSING),
        None => row.key().value().into_owned(),
    };
    // A row without a value is pointed at by none.
    match value {
        Value::Null => query.none(),
        value => {
            query.select.filter = equals(columns_before(S::SPEC, field), value);
            query
        }
    }
}

/// The row that a foreign key of several columns refers to.
#[doc(hidden)]
pub fn row_ahead<S: Model, M: Model>(row: &S, field: u16) -> QuerySet<M> {
    rows_alike(row, S::slot(), field, RelationKind::Forward)
}

/// The rows at the other end of a foreign key over several columns: those that hold the same; none where the row holds NULL.
#[cold]
fn rows_alike<S: Model, M: Model>(
    row: &S,
    slot: &'static MetaSlot,
    field: u16,
    kind: RelationKind,
) -> QuerySet<M> {
    let step = JoinStep {
        from: Path::ROOT,
        slot,
        field,
        kind,
        left_out: LeftOut::NONE,
    };
    let mut values = Vec::new();
    row.encode(&mut values);
    let mut query = QuerySet::new();
    // Where models contradict each other, that is what the query says.
    let Ok(pairs) = step.column_pairs() else {
        query.select.filter = equals(NO_COLUMN, MISSING);
        return query;
    };
    for pair in pairs {
        match values.get(pair.from) {
            Some(Value::Null) => return query.none(),
            value => {
                let value = value.map_or(MISSING, |value| value.clone().into_owned());
                let position = u16::try_from(pair.to).unwrap_or(NO_COLUMN);
                query.select.filter.and(equals(position, value));
            }
        }
    }
    query
}

/// The derive and the registry have looked at the names.
const MISSING: Value<'static> = Value::Refused("a foreign key points at a column that is not there");

/// The row whose column `field` holds what a foreign key does; no rows if that is NULL.
#[doc(hidden)]
pub fn row_with<M: Model, K: ColumnType>(field: &str, key: Option<K>) -> QuerySet<M> {
    let Some(key) = key else {
        return QuerySet::new().none();
    };
    let columns = M::SPEC.fields.iter().filter(|field| (field.ty)().is_column());
    let position = (0..).zip(columns).find(|(_, column)| column.name == field);
    let mut query = QuerySet::new();
    query.select.filter = equals(
        position.map_or(NO_COLUMN, |(position, _)| position),
        key.into_value(),
    );
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

impl<M: Model, T> Related<M, T> {
    fn new<S: Model>(row: &S, slot: &'static MetaSlot, field: u16, kind: RelationKind) -> Self {
        Related {
            slot,
            field,
            kind,
            key: row.key().values().into_iter().collect(),
            of: S::SPEC,
            model: PhantomData,
        }
    }

    fn step(&self) -> JoinStep {
        JoinStep {
            from: Path::ROOT,
            slot: self.slot,
            field: self.field,
            kind: self.kind,
            left_out: LeftOut::NONE,
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
            // That row is at hand, whether or not it is in scope.
            left_out: LeftOut::OF_ROWS,
            ..self.step()
        });
        let mut filter = ExprTokens::default();
        filter.push(Token::From(RowSource::along(back)));
        filter.push(Token::Begin);
        filter.extend(equal(self.of, &mut self.key.iter().cloned()));
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
        let others = OtherRows::new(
            rows.into_iter().map(ToValue::to_value),
            key_positions(M::SPEC).count(),
        );
        LinkRows::new(self.step(), self.key.clone(), others, kind)
    }

    /// Relates more rows; those that are related already stay so. It takes rows or their keys.
    ///
    /// Through a model, each row of it gets its two foreign keys and the defaults of its other fields. One that has none is
    /// refused by name: see [`add_with`](Related::add_with). Where a unique constraint or the primary key is over the two, rows that
    /// another transaction relates meanwhile stay so, too (`ON CONFLICT (..) DO NOTHING`).
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

impl<M: Model, T: Model> Related<M, T> {
    /// Relates more rows, with values for the other fields of the model between: Django's `through_defaults`. Rows that are related
    /// already stay as they are.
    ///
    /// Where each row gets values of its own, create the rows of the model between:
    /// `Membership::bulk_create(groups.iter().map(|g| Membership::create().person(&ann).group(g).since(..)))`.
    ///
    /// # Example: members since a day
    ///
    /// ```standalone_crate
    /// # fn main() -> orm::Result<()> {
    /// # use orm::prelude::*;
    /// # orm::app!("club");
    /// #[derive(Model)]
    /// struct Person {
    ///     id: i64,
    ///     name: String,
    ///     #[orm(through = Membership, related_name = "members")]
    ///     groups: ManyToMany<Group>,
    /// }
    ///
    /// #[derive(Model, Debug, PartialEq)]
    /// struct Group {
    ///     id: i64,
    ///     title: String,
    /// }
    ///
    /// #[derive(Model)]
    /// #[orm(unique("person", "group"))]
    /// struct Membership {
    ///     id: i64,
    ///     #[orm(related_name = "memberships")]
    ///     person: ForeignKey<Person>,
    ///     #[orm(related_name = "memberships")]
    ///     group: ForeignKey<Group>,
    ///     since: i32,
    /// }
    ///
    /// # let db = orm::Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE club_person (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    /// #     CREATE TABLE club_group (id INTEGER PRIMARY KEY, title TEXT NOT NULL);
    /// #     CREATE TABLE club_membership (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, group_id INTEGER NOT NULL, since INTEGER NOT NULL,
    /// #     UNIQUE (person_id, group_id))")?;
    /// let ann = Person::create().name("Ann").save(&db)?;
    /// let chess = Group::create().title("Chess").save(&db)?;
    /// ann.groups().add_with([&chess], |m| m.since.set(1998)).run(&db)?;
    ///
    /// // The row between is a row as any other: filtered, ordered and loaded beside what it leads to.
    /// let old: Vec<Person> = Person::objects().filter(|p| p.memberships().any(|m| m.since.lt(2000))).all(&db)?;
    /// assert_eq!(old[0].groups().all(&db)?, [chess]);
    /// let people: Vec<(Person, Vec<(Membership, Group)>)> = Person::objects()
    ///     .with(|p| p.memberships().order_by(|m| m.since).with(|m| m.group()))
    ///     .all(&db)?;
    /// assert_eq!((people[0].1[0].0.since, people[0].1[0].1.title.as_str()), (1998, "Chess"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Example: an automatic join table has no other fields
    ///
    /// ```compile_fail,E0599
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Post::get(1, &db)?.tags().add_with([1], |t| t.label.set("x")).run(&db)?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn add_with<K: ToValue<ForeignKey<M>>, A: IntoAssignments>(
        &self,
        rows: impl IntoIterator<Item = K>,
        values: impl FnOnce(Fields<T>) -> A,
    ) -> LinkRows {
        let (assignments, own) = closure::<T, _>(values);
        let mut tokens = ExprTokens::default();
        assignments.append(&mut tokens);
        tokens.resolve_scope(own);
        self.add(rows).with_values(tokens)
    }
}
