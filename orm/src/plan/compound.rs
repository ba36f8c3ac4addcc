//! Terminals of values that are combined.

use crate::error::Result;
use crate::model::Model;
use crate::query::{CombinedRows, Compound};
use crate::sql::{Dialect, StatementKind};

use super::aggregate::CountOrExists;
use super::reader::{Output, Query};
#[cfg(feature = "async")]
use super::streaming::{AsyncHandle, RowStream};
use super::streaming::{BlockingHandle, RowIter};
use super::{Executor, Explain};

impl<M: Model, C: CombinedRows<M, Form: Output>> Compound<M, C> {
    /// All rows.
    ///
    /// # Errors
    /// As [`QuerySet::all`](crate::queries::QuerySet::all).
    ///
    /// # Example: tuples of values
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = Post::objects().values(|p| (p.id, p.title));
    /// let all: Vec<(i64, String)> = posts.union(Tag::objects().values(|t| (t.id, t.label))).all(&db)?;
    /// assert_eq!(all.len(), 4);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn all<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<<C::Form as Output>::Row<M>>> {
        self.into_query().all(db)
    }

    /// The first row, by its [order](Compound::order_by); `None` if there is none.
    ///
    /// # Errors
    /// As [`QuerySet::first`](crate::queries::QuerySet::first).
    ///
    /// # Example: the first word
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let words = Post::objects().values(|p| p.title).union(Tag::objects().values(|t| t.label));
    /// assert_eq!(words.order_by(|word| word).first(&db)?.as_deref(), Some("Hello"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn first<'e, E: Executor<'e>>(self, db: E) -> E::Out<Option<<C::Form as Output>::Row<M>>> {
        self.into_query().first(db)
    }

    /// The one row that there is.
    ///
    /// # Errors
    /// As [`QuerySet::get`](crate::queries::QuerySet::get).
    ///
    /// # Example: the title that is no label
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let titles = Post::objects().filter(|p| p.views.gt(3)).values(|p| p.title);
    /// assert_eq!(titles.difference(Tag::objects().values(|t| t.label)).get(&db)?, "Hello");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn get<'e, E: Executor<'e>>(self, db: E) -> E::Out<<C::Form as Output>::Row<M>> {
        self.into_query().get(db)
    }

    /// The one row that there is, or `None`.
    ///
    /// # Errors
    /// As [`QuerySet::get_or_none`](crate::queries::QuerySet::get_or_none).
    ///
    /// # Example: a title that is a label
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let titles = Post::objects().values(|p| p.title);
    /// assert_eq!(titles.intersection(Tag::objects().values(|t| t.label)).get_or_none(&db)?, None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn get_or_none<'e, E: Executor<'e>>(self, db: E) -> E::Out<Option<<C::Form as Output>::Row<M>>> {
        self.into_query().get_or_none(db)
    }

    /// How many rows there are: `SELECT count(*) FROM (..)`.
    ///
    /// # Errors
    /// What the database says.
    ///
    /// # Example: equal rows are one
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let names = || Post::objects().values(|p| p.author().name);
    /// assert_eq!(names().union(names()).count(&db)?, 1);
    /// assert_eq!(names().union_all(names()).count(&db)?, 4);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn count<'e, E: Executor<'e>>(self, db: E) -> E::Out<i64> {
        db.run(self.counted(StatementKind::Count), Ok)
    }

    /// Whether there is a row: `SELECT EXISTS (..)`.
    ///
    /// # Errors
    /// What the database says.
    ///
    /// # Example: whether a title is a label
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let titles = Post::objects().values(|p| p.title);
    /// assert!(!titles.intersection(Tag::objects().values(|t| t.label)).exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn exists<'e, E: Executor<'e>>(self, db: E) -> E::Out<bool> {
        db.run(self.counted(StatementKind::Exists), |found| Ok(found != 0))
    }

    fn counted(self, kind: StatementKind) -> Result<CountOrExists> {
        let (meta, select, _) = self.into_query().into_parts()?;
        Ok(CountOrExists::new(meta, select, kind))
    }

    /// How the database would run it: as [`QuerySet::explain`](crate::queries::QuerySet::explain).
    ///
    /// # Example: one after the other
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let words = Post::objects().values(|p| p.title).union_all(Tag::objects().values(|t| t.label));
    /// assert!(words.explain().run(&db)?.contains("UNION ALL"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn explain(self) -> Explain<M, C::Form> {
        self.into_query().explain()
    }

    /// The SQL, with placeholders for its values; it asks no database.
    ///
    /// # Errors
    /// If it cannot be rendered for the dialect.
    ///
    /// # Example: the statement
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::Dialect;
    ///
    /// let words = Post::objects().values(|p| p.title).union(Tag::objects().values(|t| t.label));
    /// assert_eq!(
    ///     words.sql(Dialect::SQLITE)?,
    ///     r#"SELECT "blog_post"."value 0" FROM (SELECT "t2"."title" AS "value 0" FROM "blog_post" AS "t2" UNION SELECT "t3"."label" AS "value 0" FROM "blog_tag" AS "t3") AS "blog_post""#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn sql(self, dialect: &'static Dialect) -> Result<String> {
        self.into_query().sql(dialect)
    }
}

impl<M: Model, C: CombinedRows<M, Form: Output + Clone + Send + 'static>> Compound<M, C> {
    /// The rows one after another, in constant memory: as [`QuerySet::iter`](crate::queries::QuerySet::iter).
    ///
    /// # Errors
    /// As [`QuerySet::iter`](crate::queries::QuerySet::iter).
    ///
    /// # Example: a loop
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let words = Post::objects().values(|p| p.title).union(Tag::objects().values(|t| t.label));
    /// for word in words.order_by(|word| word).iter(&db) {
    ///     println!("{}", word?);
    /// }
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn iter<'e, H: BlockingHandle<'e>>(self, db: H) -> RowIter<'e, <C::Form as Output>::Row<M>> {
        self.into_query().iter(db)
    }

    /// The rows one after another, in constant memory: as [`QuerySet::stream`](crate::queries::QuerySet::stream).
    ///
    /// # Errors
    /// As [`QuerySet::stream`](crate::queries::QuerySet::stream).
    ///
    /// # Example: a loop
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # #[tokio::main]
    /// # async fn main() -> orm::Result<()> {
    /// # let db = blog::open_async().await?;
    /// let words = Post::objects().values(|p| p.title).union(Tag::objects().values(|t| t.label));
    /// let mut words = words.order_by(|word| word).stream(&db);
    /// while let Some(word) = words.next().await {
    ///     println!("{}", word?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "async")]
    pub fn stream<'e, H: AsyncHandle<'e>>(self, db: H) -> RowStream<'e, <C::Form as Output>::Row<M>> {
        self.into_query().stream(db)
    }
}
