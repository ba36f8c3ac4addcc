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
//! | [`DynRows::filter_str`], [`DynRows::order_by_str`], [`DynRows::page`] | filters, orders and pages by names that are data |
//! | [`Allowed`] | which of these others may ask for |
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
//! # Filters and orders by name
//!
//! A filter of Django is a name and a value, `author__name__icontains=ann`: fields and relations, then a lookup, `exact` if there is
//! none. [`QuerySet::filter_str`](crate::queries::QuerySet::filter_str) and [`DynRows::filter_str`] take it, for rows of a struct and
//! for those by name, and make of it the query that fields make, with the same SQL: values are bound, names are those of models.
//!
//! ```
//! # use {blog::*, orm::prelude::*};
//! # let db = blog::open()?;
//! use orm::dynamic::Allowed;
//!
//! // Once, where the program starts: what a URL may say.
//! let allowed = Allowed::of::<Post>()?
//!     .filter("title", ["exact", "icontains"])?
//!     .filter("author__name", ["icontains"])?
//!     .filter("published_at", ["isnull", "year", "year__gte"])?
//!     .order_by(["views", "author__name"])?;
//!
//! // For each request: ?author__name__icontains=ann&order=-views
//! # let (name, value, order) = (String::from("author__name__icontains"), String::from("ann"), String::from("-views"));
//! let posts = Post::objects()
//!     .filter_str(allowed.lookup(&name)?, &value)?
//!     .order_by_str(allowed.order(&order)?)?;
//! assert_eq!(posts.page(1, 20, &db)?.total, 2);
//! # Ok::<(), orm::Error>(())
//! ```
//!
//! A name in the program, `filter_str("author__name", ..)`, may be of any field. A name from outside has to be in a list of what is
//! [`Allowed`], which has nothing until it is told: whoever may filter by any name reads a password letter by letter, by
//! `author__password__startswith`. A filter over a relation tells about rows that whoever asks may not see, too: only what may be known of
//! every related row belongs in the list. What is not allowed, and a value that is not one of its field, is an error with
//! [`is_invalid_filter`](crate::Error::is_invalid_filter), made for an answer 400: its message has the name and what is allowed, and
//! never the value.
//!
//! | part of a name | is |
//! |---|---|
//! | `title`, `pk` | a field, the primary key |
//! | `author`, `author__in` | the key that a foreign key holds; in an order its column, not the order of the other model |
//! | `author__name`, `profile__bio` | a field behind a relation to one row, which is joined |
//! | `tags__label`, `posts__title` | a field behind a relation to many: `EXISTS`, that one of these rows matches |
//! | `posts__isnull`, `posts`, `posts__in` | whether there are such rows; their keys |
//!
//! Two filters over one relation to many are two conditions, as two calls of `filter` are in Django: each may be true of another row.
//! That one row matches both is `filter(|a| a.posts().any(|p| p.title.eq("x") & p.views.gt(3)))`. No row is found twice.
//!
//! | columns | lookups |
//! |---|---|
//! | all | `exact` `in` `isnull` |
//! | all but JSON, arrays and multiranges | `gt` `gte` `lt` `lte` `range`, which has two values |
//! | strings | `iexact` `contains` `icontains` `startswith` `istartswith` `endswith` `iendswith`, and `regex` `iregex` (feature `regex`) |
//! | dates, dates with a time | `year` `iso_year` `quarter` `month` `week` `week_day` (1 is Sunday) `iso_week_day` (1 is Monday) `day`, as numbers, of an instant in UTC |
//! | times, dates with a time | `hour` `minute` `second` |
//! | dates with a time | `date` `time` |
//! | arrays | `contains` `contained_by` `overlap` `len`, and the element at a place, from 0: `labels__0__startswith` |
//! | networks | `contains` of an address or a network; addresses and networks: `contained_by` |
//! | JSON | `contains` `contained_by` `has_key` `has_keys` `has_any_keys`, and what is at a path |
//! | ranges, multiranges | `contains` of a value, `contained_by` `overlap` `fully_lt` `fully_gt` `not_gt` `not_lt` `adjacent_to`, `startswith` `endswith` `isempty` `lower_inc` `upper_inc` `lower_inf` `upper_inf` |
//!
//! A path into JSON is keys and places, `meta__address__city` and `meta__tags__0`. What is there has the lookups `exact` `in` `isnull`
//! `contains` `contained_by` `has_key` `has_keys` `has_any_keys`, those of strings, which find strings only, and `gt` `gte` `lt` `lte`
//! `range` of numbers or of strings, whichever the value is. A text that is JSON is that, `meta__views=7` a number; another is a string, so that `"7"`
//! in quotes is the string. No number is rounded: one that 64 bits do not hold as it is written (`1e400`, thirty digits) is refused, and
//! so is an order of numbers from 2^53 on, where `p.meta.path("views").as_i64()` orders whole ones. `has_keys` and `has_any_keys` take at
//! most 100 different keys.
//!
//! The last part is a key if it is not the name of a lookup: a key of such a name stands before one, `meta__in__exact`. A key may begin
//! with an underscore directly behind the field, `meta___id`. Three in a row elsewhere could be cut in two ways and are refused, as is a
//! key with two: such keys are named by a field, `p.meta.path(["a", "_id"])`.
//!
//! Behind a part of a date, a length or a bound stands a lookup of what that is: `published_at__year__gte`, `labels__len__in`. What
//! values may be is with [`LookupValue`]; a string with the character NUL, which no string of Postgres has, is refused on both databases.
//!
//! # Where to go
//!
//! * [`models`](crate::models): the models as data
//! * [`migrate::historical`](crate::migrate::historical): the same for models of an older point of the history

mod by_name;
mod chunks;
mod draft;
mod field;
mod json;
mod model;
mod page;
mod row;
mod rows;

pub use by_name::{Allowed, AllowedLookup, AllowedOrder, IntoLookup, IntoNamedOrder, LookupValue};
pub use chunks::DynChunks;
pub use draft::{DynBulk, DynDraft};
pub use model::DynModel;
pub use row::DynRow;
pub use rows::{DynChange, DynRows};
