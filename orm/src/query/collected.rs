//! Values of many rows as one array or one list of JSON, and the order in which an aggregate takes its values.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::expr::{ExprTokens, Function, MOST_PARTS, Over, Token, WindowPart};
use crate::model::{Join, Model};
use crate::value::{ArrayElement, ColumnType, FieldType, Json, Scalar, Value};

use super::aggregates::aggregate;
use super::subquery_value::aggregated;
use super::{Expr, Expression, Field, Fields, IntoOrder, Ordered, Subquery, ToMany};

/// Columns of JSON, which may be NULL.
///
/// # Example: either
///
/// ```
/// use orm::fields::Json;
/// use orm::queries::Document;
///
/// fn is_document<T: Document>() {}
/// is_document::<Json<Vec<String>>>();
/// is_document::<Option<Json<i64>>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` are not JSON",
    label = "`json_agg` makes one list of documents",
    note = "scalars are collected by `array_agg()`"
)]
pub trait Document: ColumnType {
    /// What each is within a list.
    type Item: Serialize + DeserializeOwned + Send + Sync + 'static;
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Document for Json<T> {
    type Item = T;
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Document for Option<Json<T>> {
    type Item = Option<T>;
}

impl<T> Expr<T> {
    /// This aggregate, with its values in an order: `array_agg(title ORDER BY views DESC, id)`. It is of `array_agg`, `json_agg` and
    /// `string_agg` themselves, filtered or not. Rows that are equal in the order follow each other by their primary key.
    ///
    /// # Errors
    /// When the query runs: [`is_unsupported`](crate::Error::is_unsupported) where this is another aggregate or none, and where an aggregate or a
    /// window is part of the order.
    ///
    /// # Example: the titles that are read most come first
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let titles = Post::objects().aggregate(|p| p.title.string_agg(", ").order_by(p.views.asc())).run(&db)?;
    /// assert_eq!(titles.as_deref(), Some("Later, Hello"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a sum is the same in any order
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Post::objects().aggregate(|p| p.views.sum().order_by(p.id)).run(&db).unwrap_err();
    /// assert!(refused.to_string().contains("gets `sum`, which is the same in any order"), "{refused}");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn order_by(self, order: impl IntoOrder) -> Expr<T> {
        let mut keys = ExprTokens::default();
        order.append(&mut keys);
        Expr::new(ordered(self.tokens, keys))
    }
}

/// An aggregate, with its values in the order of these sort keys.
fn ordered(aggregate: ExprTokens, mut keys: ExprTokens) -> ExprTokens {
    let count = keys.order_window();
    let Some(order) = u8::try_from(count).ok().filter(|_| count <= MOST_PARTS) else {
        let mut refused = ExprTokens::default();
        refused.param(Value::Refused("an aggregate is ordered by at most 63 values"));
        refused.say_type(FieldType::BigInt);
        refused.call(Function::Count, 1);
        return refused;
    };
    let mut tokens = aggregate;
    if order > 0 {
        tokens.extend(keys);
        tokens.push(Token::Window(WindowPart::Over(Over {
            aggregate: true,
            partition: 0,
            order,
            frame: None,
            of_group: true,
        })));
    }
    tokens
}

macro_rules! collected {
    ([$($join:tt)*] $this:ty, $ty:ty) => {
        impl<T: ColumnType, $($join)*> $this {
            /// All values in an array, NULL among them as `None`; without rows the array is empty. They are in the order of the rows by their
            /// primary key, so that two arrays of the same rows lie beside each other, or in one that [`order_by`](Expr::order_by) gives:
            /// `coalesce(array_agg(title ORDER BY id), '{}')`, a function of the connection on SQLite. Arrays hold scalars; documents have
            /// [`json_agg`](Field::json_agg).
            ///
            /// # Example: the titles of each author, the one that is read most first
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let titles: Vec<(ForeignKey<Author>, Vec<String>)> = Post::objects()
            ///     .group_by(|p| p.author)
            ///     .values(|p| (p.author, p.title.array_agg().order_by(p.views.desc())))
            ///     .all(&db)?;
            /// assert_eq!(titles[0].1, ["Hello", "Later"]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            ///
            /// # Example: of some rows, of what may be NULL, and of none
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let ratings: Vec<Option<f64>> = Post::objects().aggregate(|p| p.rating.array_agg()).run(&db)?;
            /// assert_eq!(ratings, [Some(4.5), None]);
            /// let read: Vec<String> =
            ///     Post::objects().aggregate(|p| p.title.array_agg().filter(p.views.gt(9))).run(&db)?;
            /// assert!(read.is_empty());
            /// # Ok::<(), orm::Error>(())
            /// ```
            ///
            /// # Example: a foreign key is a key and no scalar
            ///
            /// ```compile_fail,E0277
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// Post::objects().aggregate(|p| p.author.array_agg()).run(&db)?; // `p.author().id.array_agg()`
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("ArrayAgg", "group_concat", "collect"))]
            pub fn array_agg(self) -> Expr<Vec<$ty>>
            where
                $ty: ArrayElement,
                T::Base: Scalar,
            {
                aggregate(self, Function::ArrayAgg)
            }

            /// The different values in an array, in their order, NULL first: `coalesce(array_agg(DISTINCT views ORDER BY views), '{}')`. Strings are
            /// in the order of their characters' numbers.
            ///
            /// # Example: which numbers of views there are
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let views: Vec<i64> = Post::objects().aggregate(|p| p.views.array_agg_distinct()).run(&db)?;
            /// assert_eq!(views, [0, 7]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            ///
            /// # Example: they have an order already
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let refused =
            ///     Post::objects().aggregate(|p| p.views.array_agg_distinct().order_by(p.id)).run(&db).unwrap_err();
            /// assert!(refused.to_string().contains("whose different values are in their own order"), "{refused}");
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("ArrayAgg", "distinct"))]
            pub fn array_agg_distinct(self) -> Expr<Vec<$ty>>
            where
                $ty: ArrayElement,
                T::Base: Scalar + Ordered,
            {
                aggregate(self, Function::ArrayAggDistinct)
            }

            /// All documents in a list of JSON, `null` where a column has none; without rows the list is empty. They are in the order of the rows
            /// by their primary key, or in one that [`order_by`](Expr::order_by) gives: `coalesce(jsonb_agg(meta ORDER BY id), '[]')`,
            /// `json_group_array` on SQLite.
            ///
            /// # Example: what each article is about
            ///
            /// ```standalone_crate
            /// # use orm::prelude::*;
            /// #[derive(Model, Debug)]
            /// #[orm(table = "guide_article")]
            /// struct Article {
            ///     id: i64,
            ///     topics: Json<Vec<String>>,
            /// }
            ///
            /// # let db = Db::connect("sqlite::memory:")?;
            /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, topics TEXT NOT NULL)")?;
            /// Article::create().topics(vec!["rust".to_owned()]).save(&db)?;
            /// let topics: Json<Vec<Vec<String>>> = Article::objects().aggregate(|a| a.topics.json_agg()).run(&db)?;
            /// assert_eq!(topics.0, [["rust"]]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("JSONBAgg", "jsonb_agg", "json_group_array"))]
            pub fn json_agg(self) -> Expr<Json<Vec<<$ty as Document>::Item>>>
            where
                $ty: Document,
            {
                aggregate(self, Function::JsonAgg)
            }
        }
    };
}
collected!([J: Join] Field<T, J>, J::Of<T>);
collected!([] Expr<T>, T);

macro_rules! of_rows {
    ($this:ident { $(#[$array:meta])* } { $(#[$json:meta])* }) => {
        impl<M: Model> $this<M> {
            /// A value of all these rows in an array, NULL among them as `None`; without rows it is empty. The values are in the order that
            /// `order_by` gives the rows, in the model's, or by the primary key: `(SELECT coalesce(array_agg(title ORDER BY id), '{}') FROM ..)`.
            ///
            $(#[$array])*
            #[doc(alias("ArrayAgg", "ArraySubquery", "collect"))]
            pub fn array_agg<E: Expression>(self, value: impl FnOnce(Fields<M>) -> E) -> Expr<Vec<E::Type>>
            where
                E::Type: ArrayElement + ColumnType<Base: Scalar>,
            {
                Expr::new(self.in_order(value, Function::ArrayAgg))
            }

            /// A document of all these rows in a list of JSON, in the same order: `(SELECT coalesce(jsonb_agg(meta ORDER BY id), '[]') FROM ..)`.
            ///
            $(#[$json])*
            #[doc(alias("JSONBAgg", "jsonb_agg", "json_group_array"))]
            pub fn json_agg<E: Expression>(
                self,
                value: impl FnOnce(Fields<M>) -> E,
            ) -> Expr<Json<Vec<<E::Type as Document>::Item>>>
            where
                E::Type: Document,
            {
                Expr::new(self.in_order(value, Function::JsonAgg))
            }

            fn in_order<E: Expression>(self, value: impl FnOnce(Fields<M>) -> E, by: Function) -> ExprTokens {
                let order = self.order();
                self.together(ordered(aggregated::<M, _>(value, by), order))
            }
        }
    };
}
of_rows! {
    ToMany
    {
        /// # Example: the titles of each author, the one that is read most first
        ///
        /// ```
        /// # use {blog::*, orm::prelude::*};
        /// # let db = blog::open()?;
        /// let rows: Vec<(Author, Vec<String>)> = Author::objects()
        ///     .annotate(|a| a.posts().order_by(|p| p.views.desc()).array_agg(|p| p.title))
        ///     .order_by(|a| a.id)
        ///     .all(&db)?;
        /// assert_eq!(rows[0].1, ["Hello", "Later"]);
        /// assert!(rows[1].1.is_empty());
        /// # Ok::<(), orm::Error>(())
        /// ```
    }
    {
        /// # Example: what the articles of each writer are about
        ///
        /// ```standalone_crate
        /// # use orm::prelude::*;
        /// #[derive(Model, Debug)]
        /// #[orm(table = "guide_writer")]
        /// struct Writer {
        ///     id: i64,
        ///     name: String,
        /// }
        ///
        /// #[derive(Model, Debug)]
        /// #[orm(table = "guide_article")]
        /// struct Article {
        ///     id: i64,
        ///     #[orm(related_name = "articles")]
        ///     writer: ForeignKey<Writer>,
        ///     topics: Json<Vec<String>>,
        /// }
        ///
        /// # let db = Db::connect("sqlite::memory:")?;
        /// # db.session()?.batch(
        /// #     "CREATE TABLE guide_writer (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        /// #      CREATE TABLE guide_article (id INTEGER PRIMARY KEY, writer_id INTEGER NOT NULL, topics TEXT NOT NULL)",
        /// # )?;
        /// let ann = Writer::create().name("Ann").save(&db)?;
        /// Article::create().writer(&ann).topics(vec!["rust".to_owned()]).save(&db)?;
        /// let topics: Vec<Json<Vec<Vec<String>>>> = Writer::objects().values(|w| w.articles().json_agg(|a| a.topics)).all(&db)?;
        /// assert_eq!(topics[0].0, [["rust"]]);
        /// # Ok::<(), orm::Error>(())
        /// ```
    }
}
of_rows! {
    Subquery
    {
        /// # Example: the titles that are read as often
        ///
        /// ```
        /// # use {blog::*, orm::prelude::*};
        /// # let db = blog::open()?;
        /// let alike: Vec<Vec<String>> = Post::objects()
        ///     .order_by(|p| p.id)
        ///     .values(|p| orm::subquery(Post::objects().filter(|q| q.views.eq(p.views))).array_agg(|q| q.title))
        ///     .all(&db)?;
        /// assert_eq!(alike, [["Hello"], ["Later"]]);
        /// # Ok::<(), orm::Error>(())
        /// ```
    }
    {
        /// # Example: all documents beside each row
        ///
        /// ```standalone_crate
        /// # use orm::prelude::*;
        /// #[derive(Model, Debug)]
        /// #[orm(table = "guide_article")]
        /// struct Article {
        ///     id: i64,
        ///     topics: Json<Vec<String>>,
        /// }
        ///
        /// # let db = Db::connect("sqlite::memory:")?;
        /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, topics TEXT NOT NULL)")?;
        /// Article::create().topics(vec!["rust".to_owned()]).save(&db)?;
        /// let all: Vec<Json<Vec<Vec<String>>>> =
        ///     Article::objects().values(|_| orm::subquery(Article::objects()).json_agg(|a| a.topics)).all(&db)?;
        /// assert_eq!(all[0].0, [["rust"]]);
        /// # Ok::<(), orm::Error>(())
        /// ```
    }
}
