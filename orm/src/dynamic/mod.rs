//! Rows of a model that is known only by its name: no struct, and fields by name.
//!
//! A [`DynModel`] is any description of a model: one of the program's own ([`DynModel::named`]), or one of an older
//! state, as data migrations have. Its fields are typed [`Field`](crate::query::Field)s, so conditions, orders and
//! assignments are written as in any query, and its terminals run the same jobs on the same handles: `&Db`, `&Tx`,
//! `&AsyncDb`, `&AsyncTx`. It is for code that does not know the models: an admin page, an import, a filter from a
//! URL.
//!
//! | item | what it is |
//! |---|---|
//! | [`DynModel::named`], [`DynModel::all`] | a model by name, all models |
//! | [`DynModel::field`] | a field by name, as a type |
//! | [`DynModel::filter`], [`DynModel::rows`] ([`DynRows`]) | a query |
//! | [`DynRow`] | a row: [`get`](DynRow::get), [`set`](DynRow::set), [`save`](DynRow::save), [`json`](DynRow::json) |
//! | [`DynModel::create`] ([`DynDraft`]), [`DynModel::bulk_create`] ([`DynBulk`]) | new rows |
//! | [`DynRows::update`], [`DynRows::delete`] ([`DynChange`]) | changes of all rows that match |
//! | [`DynRows::chunks`] ([`DynChunks`]) | many rows, some at a time |
//!
//! ```
//! # let db = blog::open()?;
//! use orm::dynamic::DynModel;
//!
//! let posts = DynModel::named("blog.Post")?;
//! let (title, views) = (posts.field::<String>("title")?, posts.field::<i64>("views")?);
//! let mut post = posts.filter(title.starts_with("He") & views.lt(10)).get(&db)?;
//! post.set(views, post.get(views)? + 1)?;
//! post.save(&db)?;
//! assert_eq!(posts.filter(views.eq(8)).count(&db)?, 1);
//! # Ok::<(), orm::Error>(())
//! ```
//!
//! # What people get wrong first
//!
//! A field belongs to its model. Used on rows of another, it is an error before anything is sent:
//!
//! ```
//! # let db = blog::open()?;
//! # use orm::dynamic::DynModel;
//! let (posts, authors) = (DynModel::named("blog.Post")?, DynModel::named("blog.Author")?);
//! let name = authors.field::<String>("name")?;
//! let refused = posts.filter(name.eq("Ann")).all(&db).unwrap_err();
//! assert!(refused.to_string().contains("blog.Author.name is not a field of blog.Post"));
//! # Ok::<(), orm::Error>(())
//! ```
//!
//! # JSON
//!
//! Code that has the names of fields as data mostly has their values as data, too. Rows convert values from and to
//! JSON by the types of the columns; each value has one form that reads back as the same value, on every database:
//!
//! | column | JSON |
//! |---|---|
//! | `bool` | `true`, `false` |
//! | whole numbers | a number, exact to 64 bits |
//! | floating point | a number; `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | strings, choices | a string |
//! | bytes | a string of hexadecimal digits |
//! | dates and times | a string: `"2026-11-22"`, `"18:05:00"`, `"2026-11-22T18:05:00"`, `"2026-11-22T18:05:00Z"` |
//! | durations | a string of ISO 8601: `"P1DT2H30M0.5S"`, a day being 24 hours; months and years are refused |
//! | `Uuid` | a string with hyphens |
//! | `Decimal` | a string: `"12.5"` |
//! | `Json` | itself |
//! | arrays | an array of what their elements are |
//! | a relation to one | the key |
//! | NULL | `null` |
//!
//! ```
//! # let db = blog::open()?;
//! use orm::dynamic::DynModel;
//! use serde_json::json;
//!
//! let tags = DynModel::named("blog.Tag")?;
//! let made = tags.create().set_json("label", &json!("new")).save(&db)?;
//! assert_eq!(serde_json::Value::Object(made.json()?), json!({ "id": 3, "label": "new" }));
//!
//! let mut tag = tags.filter(tags.eq_json("id", &json!(3))?).get(&db)?;
//! let refused = tag.set_json("label", &json!(12.5)).unwrap_err();
//! assert_eq!(refused.fields(), ["label"]);
//! # Ok::<(), orm::Error>(())
//! ```
//!
//! # Where to go
//!
//! * [`models`](crate::models): the models as data
//! * [`migrate::historical`](crate::migrate::historical): the same for models of an older point of the history

mod chunks;
mod draft;
mod field;
mod json;
mod model;
mod row;
mod rows;

pub use chunks::DynChunks;
pub use draft::{DynBulk, DynDraft};
pub use model::DynModel;
pub use row::DynRow;
pub use rows::{DynChange, DynRows};
