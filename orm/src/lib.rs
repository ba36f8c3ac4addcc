//! Models, migrations and typed queries for SQLite and Postgres: write a struct, get a table; change the struct, get a
//! migration; ask a question, get typed rows. It is Django's models and migrations, done the Rust way.
//!
//! # A model
//!
//! A struct that derives [`Model`] is a table: a field is a column, `Option` makes it nullable, a field named `id` is the
//! primary key, and [`ForeignKey<Author>`](fields::ForeignKey) points at a row of another. What the attributes say (lengths,
//! defaults, uniqueness, checks, what happens on deletion) the database enforces; [`derive@Model`] lists them.
//!
//! ```standalone_crate
//! use orm::prelude::*;
//!
//! orm::app!("blog"); // the label of the models in this module and below it: the first half of a table's name
//!
//! #[derive(Model, Debug)]
//! pub struct Author {
//!     pub id: i64,
//!     #[orm(max_length = 100)]
//!     pub name: String,
//! }
//!
//! #[derive(Model, Debug)]
//! #[orm(ordering("id"), unique("author", "title"))]
//! pub struct Post {
//!     pub id: i64,
//!     #[orm(on_delete = Cascade, related_name = "posts")]
//!     pub author: ForeignKey<Author>,
//!     #[orm(max_length = 200)]
//!     pub title: String,
//!     #[orm(default = 0)]
//!     pub views: i64,
//!     pub published_at: Option<DateTime<Utc>>,
//! }
//!
//! fn main() -> orm::Result<()> {
//!     let db = Db::connect("sqlite::memory:")?; // or sqlite://blog.db, or postgres://user@host/blog
//!     orm::migrate::up(&mut db.session()?, "migrations")?; // what `orm makemigrations` has written there
//! #   db.session()?.batch("CREATE TABLE blog_author (id INTEGER PRIMARY KEY, name TEXT NOT NULL); CREATE TABLE blog_post (
//! #       id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, title TEXT NOT NULL, views INTEGER NOT NULL DEFAULT 0, published_at TEXT)")?;
//!
//!     let ann = Author::create().name("Ann").save(&db)?; // a required field left out does not compile
//!     let mut post = Post::create().author(&ann).title("Hello").save(&db)?;
//!     post.title = "Hello, world".to_owned();
//!     post.save(&db)?;
//!
//!     let read: Vec<Post> = Post::objects()
//!         .filter(|p| p.author().name.starts_with("A") & p.published_at.is_null())
//!         .order_by(|p| p.views.desc())
//!         .limit(10)
//!         .all(&db)?;
//!     assert_eq!(read[0].title, "Hello, world");
//!
//!     // What is loaded beside the rows stands in the type, and costs a fixed number of statements.
//!     let authors: Vec<(Author, Vec<Post>)> = Author::objects().with(|a| a.posts()).all(&db)?;
//!     assert_eq!(authors[0].1.len(), 1);
//!     Ok(())
//! }
//! ```
//!
//! # A migration
//!
//! The command line compares the models with the migrations that are there, and writes what differs as a file that people
//! can read and review; then it applies what a database does not have yet:
//!
//! ```sh
//! orm makemigrations   # writes migrations/blog/0001_initial.toml
//! orm migrate          # to the database that orm.toml or DATABASE_URL names
//! ```
//!
//! What `makemigrations` builds is the package with the models. `orm init --models shop-models` makes one of their own, which
//! compiles by itself, so that migrations never wait for the code around the models.
//!
//! A program can do the same: [`migrate::up`] at its start, and everything else by [`migrate`].
//!
//! # A query
//!
//! A [`QuerySet`](queries::QuerySet) says which rows; a terminal such as [`all`](queries::QuerySet::all),
//! [`first`](queries::QuerySet::first), [`get`](queries::QuerySet::get) or [`count`](queries::QuerySet::count) runs it on a
//! handle: [`Db`] or, in a transaction, [`Tx`]. With the feature `async` the same query runs on `AsyncDb` and `AsyncTx`:
//! `Post::objects().all(&db).await?`.
//!
//! # In a package of your own
//!
//! ```sh
//! cargo add orm        # blocking, SQLite and Postgres; `--features async` for tokio
//! cargo install orm-cli # once: the command `orm`
//! orm init             # writes orm.toml
//! ```
//!
//! | feature | default | brings |
//! |---|---|---|
//! | `sqlite`, `postgres` | yes | SQLite, bundled; Postgres 13 and later |
//! | `migrations` | yes | migration files and applying them |
//! | `chrono`, `uuid`, `decimal` | yes | columns of these crates' types |
//! | `time`, `jiff` | no | columns of these crates' dates, times and durations, beside `chrono`'s |
//! | `bigdecimal` | no | columns of this crate's decimal numbers, beside `rust_decimal`'s |
//! | `cidr`, `macaddr` | no | columns of networks and MAC addresses, of these crates' types |
//! | `regex` | no | regular expressions that mean the same on both databases, a [`Pattern`]: `p.title.regex(&pattern)` |
//! | `zones` | no | what clocks show in a [`TimeZone`]: `p.published_at.in_zone(&berlin)` |
//! | `testing` | no | a database of its own for each test, `#[orm::test]`, and how many statements something sends |
//! | `async` | | [`AsyncDb`], on tokio |
//! | `tls` | | encrypted connections to Postgres |
//!
//! # Where to go
//!
//! * [`derive@Model`], [`derive@Embed`], [`derive@Choices`] and [`derive@ColumnType`]: what a model can say; [`fields`]: what its fields can be
//! * [`queries`]: conditions, orders, values, relations, changes
//! * [`db`]: addresses, pools, transactions, poolers, SQL by hand
//! * [`migrate`]: migrations from a program, and functions that migrations run
//! * [`models`] and [`dynamic`]: the models as data, and their rows by name; [`tables`]: tables as a database has them
//! * `testing`: a database of its own for each test, and how many statements something sends
//! * [`mistakes`]: what the compiler says to common mistakes, and what to write instead
//! * [`from_django`]: Django's methods, lookups and functions, and what says the same here

#![deny(missing_docs)]
// Without a database there are models and migrations, but nothing that asks or renders; without migrations, nothing that
// writes tables, and some of what the floors below have for it is dead.
#![cfg_attr(
    not(all(feature = "migrations", any(feature = "sqlite", feature = "postgres"))),
    allow(dead_code, unused_imports)
)]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

// The derives name this crate `orm`, also inside it.
extern crate self as orm;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod connect;
pub mod dynamic;
pub mod error;
mod expr;
#[cfg(feature = "migrations")]
pub mod migrate;
mod model;
mod plan;
mod query;
mod registry;
#[cfg(feature = "migrations")]
mod schema;
mod sql;
#[cfg(all(feature = "testing", any(feature = "sqlite", feature = "postgres")))]
pub mod testing;
mod value;

#[cfg(all(feature = "async", any(feature = "sqlite", feature = "postgres")))]
pub use connect::{AsyncDb, AsyncTx};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use connect::{Db, Tx};
pub use error::{Error, Result};
pub use model::{Choices, Embed, Model};
#[doc = include_str!("guide/choices.md")]
pub use orm_derive::Choices;
#[doc = include_str!("guide/column_type.md")]
pub use orm_derive::ColumnType;
#[doc = include_str!("guide/embed.md")]
pub use orm_derive::Embed;
#[doc = include_str!("guide/model.md")]
pub use orm_derive::Model;
#[doc = include_str!("guide/projection.md")]
pub use orm_derive::Projection;
#[doc = include_str!("guide/migrations.md")]
#[cfg(feature = "migrations")]
pub use orm_derive::migrations;
#[doc = include_str!("guide/test.md")]
#[cfg(all(feature = "testing", any(feature = "sqlite", feature = "postgres")))]
pub use orm_derive::test;
pub use plan::{Projection, script, sql};
#[cfg(feature = "chrono")]
pub use query::now;
pub use query::{
    case, count, cume_dist, dense_rank, depth, depth_first, exists, if_, ntile, percent_rank, random, rank,
    raw, row_number, subquery, tree_path as path,
};
#[cfg(feature = "migrations")]
pub use registry::{DATABASE_URL_VARIABLE, DEFAULT_DATABASE, SETTINGS_FILE, Settings};
pub use value::ColumnType;
#[cfg(feature = "regex")]
pub use value::Pattern;
#[cfg(feature = "zones")]
pub use value::TimeZone;

#[doc = include_str!("guide/prelude.md")]
pub mod prelude {
    #[cfg(feature = "chrono")]
    #[doc(no_inline)]
    pub use ::chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
    #[cfg(feature = "decimal")]
    #[doc(no_inline)]
    pub use ::rust_decimal::Decimal;
    #[cfg(feature = "uuid")]
    #[doc(no_inline)]
    pub use ::uuid::Uuid;

    #[cfg(all(feature = "async", any(feature = "sqlite", feature = "postgres")))]
    #[doc(no_inline)]
    pub use crate::connect::{AsyncDb, AsyncTx};
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    #[doc(no_inline)]
    pub use crate::connect::{Db, Tx};
    #[doc(no_inline)]
    pub use crate::model::{ForeignKey, ManyToMany, OneToOne};
    #[doc(no_inline)]
    pub use crate::plan::RowBuilder;
    pub use crate::plan::{LoadRelated, ModelExt};
    #[doc(no_inline)]
    pub use crate::query::{Expr, Field, QuerySet, count};
    #[doc(no_inline)]
    pub use crate::value::Json;
    #[doc(no_inline)]
    pub use orm_derive::{Choices, ColumnType, Embed, Model, Projection};
}

#[doc = include_str!("guide/db.md")]
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod db {
    #[cfg(feature = "async")]
    pub use crate::connect::warn_repeated_async;
    #[cfg(feature = "async")]
    pub use crate::connect::{AsyncDb, AsyncTx};
    pub use crate::connect::{Builder, CancelHandle, Db, DbSession, Isolation, Tx, TxOptions, warn_repeated};
    #[cfg(feature = "async")]
    pub use crate::plan::{AsyncHandle, RowStream};
    pub use crate::plan::{BlockingHandle, Executor, InTransaction, RowIter};
    pub use crate::sql::{Backend, Dialect, Session, quote};
    pub use crate::value::{Row, Value};
}

#[doc = include_str!("guide/fields.md")]
pub mod fields {
    pub use crate::model::{
        Choices, Embed, ForeignKey, IntegerChoices, IntoKey, KeyTo, ManyToMany, OneToOne, Primary, PrimaryKey,
    };
    pub use crate::value::{
        ArrayElement, ArrayType, Cell, ColumnType, DbTypeSpec, FieldType, Json, Literal, Multirange, Newtype,
        Range, RangeBound, Value,
    };
}

#[doc = include_str!("guide/queries.md")]
pub mod queries {
    pub use crate::model::{Inner, Join, Outer};
    #[cfg(feature = "async")]
    pub use crate::plan::CopyInStream;
    pub use crate::plan::{
        Aggregate, AnyConflict, BulkCreate, BulkCreateWith, BulkRow, BulkUpdate, CopiedOut, CopyFormat,
        CopyIn, CopyOut, CreateOr, CreateWith, Delete, DeleteInBatches, Explain, GetOrCreate, InsertFrom,
        IntoDraft, KeysetPage, LinkRows, Load, LoadRelated, ModelExt, NewAlong, NewRelations, NewRow,
        OnConflict, Output, OwnRelation, Page, PageCursor, Paged, PerRow, Projected, Refresh, Related,
        RowBuilder, Script, Sql, SqlRow, SqlRows, SqlValue, SqlValues, Update, ValuesQuery, script, sql,
    };
    #[cfg(feature = "chrono")]
    pub use crate::query::now;
    pub use crate::query::{
        Annotated, Array, Assignable, Assignment, Case, CastTo, CombinedRows, Compound, ConcatOperand,
        Contained, Container, Cut, Document, Embedded, Expr, Expression, Extreme, Field, Fields, ForUpdate,
        Fractional, HasDate, HasDateAndTime, HasTime, InValues, InsertColumns, IntoAssignments, IntoColumns,
        IntoCondition, IntoConflictTarget, IntoExists, IntoJsonPath, IntoOrder, IntoSubquery, IntoTreeStep,
        ItemScalar, JsonPath, JustAnnotated, Loadable, LockTarget, Moment, MomentOperand, Number, Operand,
        Order, Ordered, Overlapping, QuerySet, RangeColumn, RawPart, RawParts, Rows, Selection, SetOperand,
        SignedNumber, Span, SqlText, StringValue, Subquery, Subtrahend, Summable, ToListItem, ToMany, ToOne,
        ToValue, TreeStep, TrustedSql, Tuples, WholeNumber, Window, WindowFunction, case, count, cume_dist,
        dense_rank, exists, if_, ntile, operand, percent_rank, random, rank, raw, row_number, subquery,
    };
    #[cfg(feature = "zones")]
    pub use crate::query::{Instant, LocalDateTime};
}

#[doc = include_str!("guide/scopes.md")]
pub mod scopes {
    pub use crate::model::ScopeName;
}

#[doc = include_str!("guide/search.md")]
pub mod search {
    pub use crate::query::{IntoSearchWords, Search, SearchWords, any_word, phrase, prefix, typed_in, words};
}

#[doc = include_str!("guide/models.md")]
pub mod models {
    pub use crate::model::{
        CompositeForeignKeyDef, ConstraintDef, DbDefault, DbType, Deferrable, ExclusionDef,
        ExclusionOperator, ExclusionPart, FieldDef, GeneratedDef, GrantDef, IdentityDef, IndexDef, IndexKey,
        IndexMethod, IndexPart, MAX_IDENTIFIER, Materialized, ModelDef, ModelKey, NullsOrder, PolicyCommand,
        PolicyDef, Privilege, QualifiedName, ReferentialAction, RowCondition, RowSecurityDef, SearchDef,
        SearchWeight, TableObjectDef, TableObjectKind, TableStorage, TriggerDef, TriggerEvent, TriggerTiming,
        UniqueDef, ViewDef, Writable,
    };
    pub use crate::registry::{DESCRIBE_VARIABLE, Description, Registry, registry};
}

#[doc = include_str!("guide/tables.md")]
#[cfg(feature = "migrations")]
pub mod tables {
    pub use crate::schema::{
        CheckDef, ColumnDef, ComputedDef, ForeignKeyDef, IndexColumn, TableDef, TableExclusion, TableGrant,
        TableIndex, TableIndexKey, TablePolicy, TableTrigger, TableUnique, TriggerAction, canonical,
        enum_values, introspect, of_models, tables, tables_in,
    };
}

#[doc = include_str!("mistakes.md")]
pub mod mistakes {}

#[doc = include_str!("guide/from_django.md")]
pub mod from_django {}

// Its programs are compiled with the examples of the documentation.
#[cfg(all(doctest, feature = "async", feature = "sqlite", feature = "testing"))]
#[doc = include_str!("../../README.md")]
mod readme {}

/// What the macros write against. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use std::marker::PhantomData;

    pub use linkme;

    pub use crate::error::{Error, Result};
    pub use crate::expr::RowSource;
    #[cfg(feature = "migrations")]
    pub use crate::migrate::historical::{DATA_MIGRATIONS, DataMigration};
    pub use crate::model::*;
    pub use crate::plan::*;
    pub use crate::query::*;
    pub use crate::registry::{APPS, AppSpec, MODELS, Registration, is_other_label};
    // Before the function of queries with that name.
    pub use crate::value::now;
    pub use crate::value::*;
}
