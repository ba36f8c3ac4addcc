//! What is within a column of JSON: at a path, contained, set and removed.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as AnyJson;

use crate::expr::{ExprTokens, Function};
use crate::model::{Inner, Join};
use crate::value::{ArrayType, ColumnType, FieldType, Json, Value, part_of_document, place_number};

use super::tuples::each_element;
use super::{Contained, Container, Document, Expr, Expression, Field, Operand};

/// A way into a document: a key, a place in an array, or a tuple, array or `Vec` of them.
///
/// # Example: what stands for one
///
/// ```
/// use orm::queries::IntoJsonPath;
///
/// fn is_path(_: impl IntoJsonPath) {}
/// is_path("author");
/// is_path(["author", "name"]);
/// is_path(("tags", 0));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a path into JSON",
    label = "expected a key, a place, or a tuple or array of them",
    note = "a path is written `p.meta.path((\"tags\", 0))`"
)]
pub trait IntoJsonPath {
    #[doc(hidden)]
    fn append(self, to: &mut Vec<String>);
}

impl IntoJsonPath for &str {
    fn append(self, to: &mut Vec<String>) {
        to.push(self.to_owned());
    }
}

impl IntoJsonPath for String {
    fn append(self, to: &mut Vec<String>) {
        to.push(self);
    }
}

impl IntoJsonPath for &String {
    fn append(self, to: &mut Vec<String>) {
        to.push(self.clone());
    }
}

impl IntoJsonPath for i32 {
    fn append(self, to: &mut Vec<String>) {
        to.push(self.to_string());
    }
}

impl<P: IntoJsonPath, const N: usize> IntoJsonPath for [P; N] {
    fn append(self, to: &mut Vec<String>) {
        self.into_iter().for_each(|part| part.append(to));
    }
}

impl<P: IntoJsonPath> IntoJsonPath for Vec<P> {
    fn append(self, to: &mut Vec<String>) {
        self.into_iter().for_each(|part| part.append(to));
    }
}

each_element!(IntoJsonPath::append(to: &mut Vec<String>));

/// The parts of a path.
fn parts(path: impl IntoJsonPath) -> Vec<String> {
    let mut parts = Vec::new();
    path.append(&mut parts);
    parts
}

/// Appends a path as a bound value.
/// Appends a path as an array of strings.
pub(crate) fn append_json_path(parts: &[String], to: &mut ExprTokens) {
    to.param(Value::Array(
        parts
            .iter()
            .map(|part| Value::from(part.as_str()).into_owned())
            .collect(),
    ));
    if let Some(path) = ArrayType::of(FieldType::Text) {
        to.say_type(FieldType::Array(path));
    }
}

/// What is at a path of a document, from [`path`](Field::path): as a value of a type, which is `None` where there is nothing or something of
/// another type.
///
/// In queries, and as `as_string()`, `as_i64()`, `as_bool()` and `exists()` also in checks, indexes, unique constraints and generated fields. There
/// the path is of keys: one that may be a place in an array, and one with quotes, backslashes or control characters, are refused. A whole number that is written
/// with a fraction or an exponent, `1e3`, counts there up to 2^53 on SQLite. Queries are served by a generated field with an index; an index over a path itself serves
/// none on SQLite, where queries look into JSON by functions of the connection.
///
/// # Example: each type
///
/// ```standalone_crate
/// # use orm::prelude::*;
/// #[derive(Model, Debug)]
/// #[orm(table = "guide_article")]
/// struct Article {
///     id: i64,
///     meta: Json<serde_json::Value>,
/// }
///
/// # let db = Db::connect("sqlite::memory:")?;
/// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, meta TEXT NOT NULL)")?;
/// Article::create().meta(serde_json::json!({"author": {"name": "Ann"}, "tags": ["rust", "sql"], "views": 7})).save(&db)?;
/// let read = Article::objects()
///     .values(|a| {
///         let name = a.meta.path(["author", "name"]);
///         (name.clone().as_string(), a.meta.path("views").as_i64(), name.as_i64(), a.meta.path(("tags", 5)).exists())
///     })
///     .get(&db)?;
/// assert_eq!(read, (Some("Ann".to_owned()), Some(7), None, false));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a path does nothing until what is there is asked for"]
pub struct JsonPath {
    document: ExprTokens,
    parts: Vec<String>,
}

impl JsonPath {
    /// What stands there in a document.
    pub(crate) fn of(document: ExprTokens, parts: Vec<String>) -> Self {
        JsonPath { document, parts }
    }

    fn read<T>(self, by: Function) -> Expr<T> {
        let mut tokens = self.document;
        append_json_path(&self.parts, &mut tokens);
        tokens.call(by, 2);
        Expr::new(tokens)
    }

    /// The string there: `CASE WHEN jsonb_typeof(meta #> ?) = 'string' THEN meta #>> ? END` on Postgres, a function of the connection on
    /// SQLite. Anything else, `null` too, is `None`.
    ///
    /// # Example: documents of an author
    ///
    /// ```standalone_crate
    /// # use orm::prelude::*;
    /// #[derive(Model, Debug)]
    /// #[orm(table = "guide_article")]
    /// struct Article {
    ///     id: i64,
    ///     meta: Json<serde_json::Value>,
    /// }
    ///
    /// # let db = Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, meta TEXT NOT NULL)")?;
    /// Article::create().meta(serde_json::json!({"author": {"name": "Ann"}, "tags": ["rust", "sql"], "views": 7})).save(&db)?;
    /// let of_ann = Article::objects().filter(|a| a.meta.path(["author", "name"]).as_string().eq("Ann"));
    /// assert_eq!(of_ann.count(&db)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("as_text", "KT", "KeyTextTransform"))]
    pub fn as_string(self) -> Expr<Option<String>> {
        self.read(Function::JsonString)
    }

    /// The whole number there, however it is written; `None` where it is none or has more than 64 bits.
    ///
    /// # Example: what is read most
    ///
    /// ```standalone_crate
    /// # use orm::prelude::*;
    /// #[derive(Model, Debug)]
    /// #[orm(table = "guide_article")]
    /// struct Article {
    ///     id: i64,
    ///     meta: Json<serde_json::Value>,
    /// }
    ///
    /// # let db = Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, meta TEXT NOT NULL)")?;
    /// Article::create().meta(serde_json::json!({"author": {"name": "Ann"}, "tags": ["rust", "sql"], "views": 7})).save(&db)?;
    /// let most = Article::objects().order_by(|a| a.meta.path("views").as_i64().desc()).values(|a| a.meta.path("views").as_i64());
    /// assert_eq!(most.first(&db)?, Some(Some(7)));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn as_i64(self) -> Expr<Option<i64>> {
        self.read(Function::JsonBigInt)
    }

    /// The number there, as a floating-point number; `None` where there is none, or one that is nearer to 0 or farther from it than such
    /// numbers are.
    ///
    /// # Example: half of it
    ///
    /// ```standalone_crate
    /// # use orm::prelude::*;
    /// #[derive(Model, Debug)]
    /// #[orm(table = "guide_article")]
    /// struct Article {
    ///     id: i64,
    ///     meta: Json<serde_json::Value>,
    /// }
    ///
    /// # let db = Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, meta TEXT NOT NULL)")?;
    /// Article::create().meta(serde_json::json!({"author": {"name": "Ann"}, "tags": ["rust", "sql"], "views": 7})).save(&db)?;
    /// let half: Option<f64> = Article::objects().values(|a| a.meta.path("views").as_f64() / 2.0).get(&db)?;
    /// assert_eq!(half, Some(3.5));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn as_f64(self) -> Expr<Option<f64>> {
        self.read(Function::JsonDouble)
    }

    /// Whether `true` or `false` stands there; `None` where neither does.
    ///
    /// # Example: a flag that is not there
    ///
    /// ```standalone_crate
    /// # use orm::prelude::*;
    /// #[derive(Model, Debug)]
    /// #[orm(table = "guide_article")]
    /// struct Article {
    ///     id: i64,
    ///     meta: Json<serde_json::Value>,
    /// }
    ///
    /// # let db = Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, meta TEXT NOT NULL)")?;
    /// Article::create().meta(serde_json::json!({"author": {"name": "Ann"}, "tags": ["rust", "sql"], "views": 7})).save(&db)?;
    /// let live = Article::objects().values(|a| a.meta.path("live").as_bool()).get(&db)?;
    /// assert_eq!(live, None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn as_bool(self) -> Expr<Option<bool>> {
        self.read(Function::JsonBool)
    }

    /// The document there: `meta #> ?` on Postgres. `None` where there is nothing; `null` is a document, so read it as a type that has one, such as
    /// `Option`. It is compared as a column of JSON is.
    ///
    /// # Errors
    /// When it is read: where it is no `T`.
    ///
    /// # Example: a list within
    ///
    /// ```standalone_crate
    /// # use orm::prelude::*;
    /// #[derive(Model, Debug)]
    /// #[orm(table = "guide_article")]
    /// struct Article {
    ///     id: i64,
    ///     meta: Json<serde_json::Value>,
    /// }
    ///
    /// # let db = Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, meta TEXT NOT NULL)")?;
    /// Article::create().meta(serde_json::json!({"author": {"name": "Ann"}, "tags": ["rust", "sql"], "views": 7})).save(&db)?;
    /// let tags: Option<Json<Vec<String>>> = Article::objects().values(|a| a.meta.path("tags").as_json()).get(&db)?;
    /// assert_eq!(tags, Some(Json(vec!["rust".to_owned(), "sql".to_owned()])));
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("KeyTransform"))]
    pub fn as_json<T>(self) -> Expr<Option<Json<T>>>
    where
        T: Serialize + DeserializeOwned + Send + Sync + 'static,
    {
        self.read(Function::JsonGet)
    }

    /// Whether there is something, be it `null`: `meta #> ? IS NOT NULL` on Postgres.
    ///
    /// # Example: what has an author
    ///
    /// ```standalone_crate
    /// # use orm::prelude::*;
    /// #[derive(Model, Debug)]
    /// #[orm(table = "guide_article")]
    /// struct Article {
    ///     id: i64,
    ///     meta: Json<serde_json::Value>,
    /// }
    ///
    /// # let db = Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, meta TEXT NOT NULL)")?;
    /// Article::create().meta(serde_json::json!({"author": {"name": "Ann"}, "tags": ["rust", "sql"], "views": 7})).save(&db)?;
    /// assert!(Article::objects().filter(|a| a.meta.path(["author", "name"]).exists()).exists(&db)?);
    /// assert!(!Article::objects().filter(|a| a.meta.path(["author", "email"]).exists()).exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("has_key", "HasKey"))]
    pub fn exists(self) -> Expr<bool> {
        self.read(Function::JsonExists)
    }

    /// Whether what is there has all of these keys, be it `null` that stands under them: [`exists`](JsonPath::exists) of each. As in a path, a
    /// number is a place in an array, too. No keys are all there.
    ///
    /// # Example: authors with a name and an address
    ///
    /// ```standalone_crate
    /// # use orm::prelude::*;
    /// #[derive(Model, Debug)]
    /// #[orm(table = "guide_article")]
    /// struct Article {
    ///     id: i64,
    ///     meta: Json<serde_json::Value>,
    /// }
    ///
    /// # let db = Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, meta TEXT NOT NULL)")?;
    /// Article::create().meta(serde_json::json!({"author": {"name": "Ann", "email": null}})).save(&db)?;
    /// let whole = Article::objects().filter(|a| a.meta.path("author").has_keys(["name", "email"]));
    /// assert!(whole.exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("HasKeys"))]
    pub fn has_keys<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Expr<bool> {
        self.have(keys, Function::And)
    }

    /// Whether what is there has one of these keys: [`exists`](JsonPath::exists) of each. Of no keys none is there.
    ///
    /// # Example: one way to reach them
    ///
    /// ```standalone_crate
    /// # use orm::prelude::*;
    /// #[derive(Model, Debug)]
    /// #[orm(table = "guide_article")]
    /// struct Article {
    ///     id: i64,
    ///     meta: Json<serde_json::Value>,
    /// }
    ///
    /// # let db = Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, meta TEXT NOT NULL)")?;
    /// Article::create().meta(serde_json::json!({"author": {"email": "ann@example.com"}})).save(&db)?;
    /// let reached = Article::objects().filter(|a| a.meta.path("author").has_any_keys(["phone", "email"]));
    /// assert!(reached.exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("HasAnyKeys"))]
    pub fn has_any_keys<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Expr<bool> {
        self.have(keys, Function::Or)
    }

    fn have<K: Into<String>>(self, keys: impl IntoIterator<Item = K>, by: Function) -> Expr<bool> {
        let exist = keys.into_iter().map(|key| {
            let mut path = self.clone();
            path.parts.push(key.into());
            path.exists().into_tokens()
        });
        let all = exist.reduce(|mut one, other| {
            one.join(other, by);
            one
        });
        Expr::new(all.unwrap_or_else(|| {
            let mut answer = ExprTokens::default();
            answer.param(Value::Bool(by == Function::And));
            answer
        }))
    }
}

macro_rules! documents {
    ([$($join:tt)*] $this:ty, $ty:ty) => {
        impl<T: ColumnType, $($join)*> $this {
            /// What is at a path of the document, which [`as_string`](JsonPath::as_string) and its like read. A number is a place in an array,
            /// from 0, or counted from its end where it is negative; in an object it is a key. Keys are taken as they are, whatever characters they
            /// have.
            ///
            /// # Example: a key, and a place
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// #[derive(Model, Debug)]
            /// #[orm(table = "guide_article")]
            /// struct Article {
            ///     id: i64,
            ///     meta: Json<serde_json::Value>,
            /// }
            ///
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, meta TEXT NOT NULL)")?;
            /// Article::create().meta(serde_json::json!({"author": {"name": "Ann"}, "tags": ["rust", "sql"], "views": 7})).save(&db)?;
            /// let read = Article::objects()
            ///     .values(|a| (a.meta.path(["author", "name"]).as_string(), a.meta.path(("tags", -1)).as_string()))
            ///     .get(&db)?;
            /// assert_eq!(read, (Some("Ann".to_owned()), Some("sql".to_owned())));
            /// # Ok::<(), orm::Error>(())
            /// ```
            ///
            /// # Example: a string has no paths
            ///
            /// ```compile_fail,E0277
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// Post::objects().filter(|p| p.title.path("a").exists()).all(&db)?;
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("KeyTransform", "json_extract", "jsonb"))]
            pub fn path(self, path: impl IntoJsonPath) -> JsonPath
            where
                $ty: Document,
            {
                JsonPath {
                    document: self.into_tokens(),
                    parts: parts(path),
                }
            }

            /// Whether the document has all of these keys: [`path`](Field::path) of each exists, be it `null`.
            ///
            /// # Example: a list of keys
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// #[derive(Model, Debug)]
            /// #[orm(table = "guide_article")]
            /// struct Article {
            ///     id: i64,
            ///     meta: Json<serde_json::Value>,
            /// }
            ///
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, meta TEXT NOT NULL)")?;
            /// Article::create().meta(serde_json::json!({"views": 7, "tags": null})).save(&db)?;
            /// assert!(Article::objects().filter(|a| a.meta.has_keys(["views", "tags"])).exists(&db)?);
            /// assert!(!Article::objects().filter(|a| a.meta.has_keys(["views", "author"])).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("HasKeys"))]
            pub fn has_keys<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Expr<bool>
            where
                $ty: Document,
            {
                self.path(Vec::<String>::new()).has_keys(keys)
            }

            /// Whether the document has one of these keys.
            ///
            /// # Example: a list of keys
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// #[derive(Model, Debug)]
            /// #[orm(table = "guide_article")]
            /// struct Article {
            ///     id: i64,
            ///     meta: Json<serde_json::Value>,
            /// }
            ///
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, meta TEXT NOT NULL)")?;
            /// Article::create().meta(serde_json::json!({"views": 7})).save(&db)?;
            /// assert!(Article::objects().filter(|a| a.meta.has_any_keys(["views", "author"])).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("HasAnyKeys"))]
            pub fn has_any_keys<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Expr<bool>
            where
                $ty: Document,
            {
                self.path(Vec::<String>::new()).has_any_keys(keys)
            }

            /// The document with another at a path: `jsonb_set(meta, ?, ?)` on Postgres. A key is added where the object has none; an array gets the
            /// item behind all others where it is shorter. Where there is no object or array to take it, the document stays what it is.
            ///
            /// Whether the type of the column reads what comes of it is not known here.
            ///
            /// # Example: one more view, and a new key
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// #[derive(Model, Debug)]
            /// #[orm(table = "guide_article")]
            /// struct Article {
            ///     id: i64,
            ///     meta: Json<serde_json::Value>,
            /// }
            ///
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, meta TEXT NOT NULL)")?;
            /// Article::create().meta(serde_json::json!({"author": {"name": "Ann"}, "tags": ["rust", "sql"], "views": 7})).save(&db)?;
            /// Article::objects().update(|a| a.meta.set(a.meta.with("views", 8).with(["author", "email"], "ann@example.com"))).run(&db)?;
            /// let read = Article::objects().filter(|a| a.meta.path("views").as_i64().eq(8)).get(&db)?;
            /// assert_eq!(read.meta["author"]["email"], "ann@example.com");
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("jsonb_set", "json_set"))]
            pub fn with(self, path: impl IntoJsonPath, value: impl Serialize) -> Expr<$ty>
            where
                $ty: Document,
            {
                let parts = parts(path);
                let mut tokens = self.into_tokens();
                append_json_path(parts.split_last().map_or(&[], |(_, around)| around), &mut tokens);
                append_json_path(&parts, &mut tokens);
                tokens.param(part_of_document(&value, parts.len()));
                tokens.say_type(FieldType::Json);
                let may_be_place = parts.last().is_some_and(|last| place_number(last).is_some());
                tokens.call(
                    match may_be_place {
                        true => Function::JsonSetPlace,
                        false => Function::JsonSetKey,
                    },
                    4,
                );
                Expr::new(tokens)
            }

            /// The document without what is at a path: `meta #- ?` on Postgres. What is not there leaves it as it is.
            ///
            /// # Example: nobody's
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// #[derive(Model, Debug)]
            /// #[orm(table = "guide_article")]
            /// struct Article {
            ///     id: i64,
            ///     meta: Json<serde_json::Value>,
            /// }
            ///
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, meta TEXT NOT NULL)")?;
            /// Article::create().meta(serde_json::json!({"author": {"name": "Ann"}, "tags": ["rust", "sql"], "views": 7})).save(&db)?;
            /// Article::objects().update(|a| a.meta.set(a.meta.without("author"))).run(&db)?;
            /// assert!(!Article::objects().filter(|a| a.meta.path("author").exists()).exists(&db)?);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("json_remove"))]
            pub fn without(self, path: impl IntoJsonPath) -> Expr<$ty>
            where
                $ty: Document,
            {
                let mut tokens = self.into_tokens();
                let parts = parts(path);
                if !parts.is_empty() {
                    append_json_path(&parts, &mut tokens);
                    tokens.call(Function::JsonRemove, 2);
                }
                Expr::new(tokens)
            }
        }
    };
}
documents!([J: Join] Field<T, J>, J::Of<T>);
documents!([] Expr<T>, T);

/// A document has all members and items that the other has, whatever it has besides.
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Container for Json<T> {
    type Part = Json<AnyJson>;
    const CONTAINS: Function = Function::JsonContains;
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Contained for Json<T> {
    type Container = Json<AnyJson>;
    const CONTAINS: Function = Function::JsonContains;
}

#[diagnostic::do_not_recommend]
impl Operand<Json<AnyJson>> for AnyJson {
    type Joined = Inner;

    fn append(self, to: &mut ExprTokens) {
        to.param(Json(self).into_value());
    }
}
