//! Rows of a model that is known by its name only: no struct, and fields that are asked for by name.
//!
//! A [`DynModel`] is any description of a model: one of the program's own ([`DynModel::named`]), or one of an older state,
//! as data migrations have. Its fields are typed [`Field`](crate::query::Field)s, so conditions, orders and assignments are
//! written as in any query, and its terminals run the same jobs on the same handles: `&Db`, `&Tx`, `&AsyncDb`, `&AsyncTx`.
//!
//! # Examples
//!
//! ```standalone_crate
//! # fn main() -> orm::Result<()> {
//! # orm::app!("blog");
//! # #[derive(orm::Model)] struct Post { id: i64, title: String, #[orm(default = 0)] views: i64 }
//! # let db = orm::Db::connect("sqlite::memory:")?;
//! # db.session()?.batch("CREATE TABLE blog_post (id INTEGER PRIMARY KEY, title TEXT NOT NULL, views INTEGER NOT NULL DEFAULT 0)")?;
//! use orm::dynamic::DynModel;
//!
//! let posts = DynModel::named("blog.Post")?;
//! let (title, views) = (posts.field::<String>("title")?, posts.field::<i64>("views")?);
//! posts.create().set(title, "Hello").save(&db)?;
//! let mut post = posts.filter(title.starts_with("He") & views.lt(10)).get(&db)?;
//! post.set(views, post.get(views)? + 1)?;
//! post.save(&db)?;
//! assert_eq!(posts.filter(views.eq(1)).count(&db)?, 1);
//! # Ok(())
//! # }
//! ```
//!
//! A field belongs to its model. Used on rows of another, it is an error before anything is sent:
//!
//! ```standalone_crate
//! # fn main() -> orm::Result<()> {
//! # orm::app!("blog");
//! # #[derive(orm::Model)] struct Author { id: i64, name: String }
//! # #[derive(orm::Model)] struct Post { id: i64, title: String }
//! # let db = orm::Db::connect("sqlite::memory:")?;
//! # use orm::dynamic::DynModel;
//! let (posts, authors) = (DynModel::named("blog.Post")?, DynModel::named("blog.Author")?);
//! let name = authors.field::<String>("name")?;
//! let refused = posts.filter(name.eq("Ann")).all(&db).unwrap_err();
//! assert!(refused.to_string().contains("blog.Author.name is not a field of blog.Post"));
//! # Ok(())
//! # }
//! ```

//! # JSON
//!
//! Whoever has the names of fields as data mostly has their values as data, too. Rows give and take values as JSON, parsed by the
//! types of the columns; each value has one form that reads back as the same value, on every database:
//!
//! | column | JSON |
//! |---|---|
//! | `bool` | `true`, `false` |
//! | whole numbers | a number, exact to 64 bits |
//! | floating point | a number; `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | text, choices | a string |
//! | bytes | a string of hexadecimal digits |
//! | dates and times | a string: `"2026-11-22"`, `"18:05:00"`, `"2026-11-22T18:05:00"`, `"2026-11-22T18:05:00Z"` |
//! | `Uuid` | a string with hyphens |
//! | `Decimal` | a string: `"12.5"` |
//! | `Json` | itself |
//! | a relation to one | the key |
//! | NULL | `null` |
//!
//! ```standalone_crate
//! # fn main() -> orm::Result<()> {
//! # use orm::db::Session;
//! # orm::app!("shop");
//! # #[derive(orm::Model)] struct Item { id: i64, name: String, #[orm(max_digits = 9, decimal_places = 2)] price: rust_decimal::Decimal }
//! # let db = orm::Db::connect("sqlite::memory:")?;
//! # db.session()?.batch("CREATE TABLE shop_item (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price TEXT NOT NULL)")?;
//! use orm::dynamic::DynModel;
//! use serde_json::json;
//!
//! let items = DynModel::named("shop.Item")?;
//! let made = items.create().set_json("name", &json!("Tea")).set_json("price", &json!("12.50")).save(&db)?;
//! assert_eq!(serde_json::Value::Object(made.json()?), json!({ "id": 1, "name": "Tea", "price": "12.5" }));
//!
//! let mut tea = items.filter(items.eq_json("id", &json!(1))?).get(&db)?;
//! let refused = tea.set_json("price", &json!(12.5)).unwrap_err();
//! assert!(refused.to_string().starts_with("shop.Item.price takes a decimal number"));
//! assert_eq!(refused.fields(), ["price"]);
//! # Ok(())
//! # }
//! ```

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
