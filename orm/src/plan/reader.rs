//! Row decoders: whole rows with what is loaded for them, or tuples.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::{Model, ModelMeta};
use crate::query::{QuerySet, Rows, Select, Selection, Tuples};
use crate::registry::meta;
use crate::sql::{Dialect, Statement, StatementKind};
use crate::value::{Row, Value};

use super::load::{FollowUp, IntoLoads, JoinedColumns, List, Loads, follow_ups_of};

/// Decodes the rows of a query, and sends the queries of whatever is loaded for them.
#[doc(hidden)]
pub trait Reader: FollowUp {
    /// Rows or tuples.
    const KIND: StatementKind;
    /// A bit per column of the result, set where the column may be NULL.
    const NULLS: u32;
    /// Whether it may load anything beside the rows.
    const LOADS: bool = true;
    /// What is stored of a row until everything is loaded.
    type Partial: Send + 'static;
    /// The final row.
    type Row: Send + 'static;

    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial>;
    fn finish(&mut self, partial: Self::Partial) -> Result<Self::Row>;

    /// The same for all rows.
    #[inline]
    fn finish_all(&mut self, partials: Vec<Self::Partial>) -> Result<Vec<Self::Row>> {
        partials.into_iter().map(|partial| self.finish(partial)).collect()
    }
}

/// Decodes whole rows; ties the loads to their model.
#[doc(hidden)]
pub struct RowReader<M, N> {
    loads: N,
    model: std::marker::PhantomData<fn() -> M>,
}

impl<M: Model, N: Loads> FollowUp for RowReader<M, N> {
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        self.loads.prepare(columns)
    }

    fn place_values(&mut self, first: usize) {
        self.loads.place_values(first);
    }

    fn name(&mut self, keys: &Value<'static>) {
        self.loads.name(keys);
    }

    #[inline]
    fn is_named(&self) -> bool {
        self.loads.is_named()
    }

    fn list(&mut self) -> Option<&mut dyn List> {
        self.loads.list()
    }

    fn early(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.loads.early(dialect)
    }

    follow_ups_of!(loads);
}

impl<M: Model, N: Loads> Reader for RowReader<M, N> {
    const KIND: StatementKind = StatementKind::Rows;
    const NULLS: u32 = u32::MAX;
    const LOADS: bool = N::ANY;
    type Partial = N::Kept<M>;
    type Row = N::Row<M>;

    #[inline]
    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial> {
        self.loads.decode(row, 0)
    }

    #[inline]
    fn finish(&mut self, partial: Self::Partial) -> Result<Self::Row> {
        self.loads.finish(partial)
    }

    #[inline]
    fn finish_all(&mut self, partials: Vec<Self::Partial>) -> Result<Vec<Self::Row>> {
        self.loads.finish_all(partials)
    }
}

#[doc(hidden)]
pub struct TupleReader<S>(std::marker::PhantomData<fn() -> S>);

impl<S: Selection + 'static> FollowUp for TupleReader<S> {
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        columns.project(S::VALUES, S::NULLS)
    }
}

impl<S: Selection + 'static> Reader for TupleReader<S> {
    const KIND: StatementKind = StatementKind::Tuples;
    const NULLS: u32 = S::NULLS;
    type Partial = S::Row;
    type Row = S::Row;

    #[inline]
    fn decode(&mut self, row: &Row<'_>) -> Result<S::Row> {
        S::decode(row, 0)
    }

    #[inline]
    fn finish(&mut self, row: S::Row) -> Result<S::Row> {
        Ok(row)
    }

    #[inline]
    fn finish_all(&mut self, rows: Vec<S::Row>) -> Result<Vec<S::Row>> {
        Ok(rows)
    }
}

/// What one row of a query over `M` becomes: a row of `M`, one with what is loaded beside it, or a tuple of values. It stands in
/// the signature of terminals: `all` returns `Vec<O::Row<M>>`.
///
/// # Example: a function that reads whatever a query gives
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::Model;
/// use orm::queries::Output;
///
/// fn two<M: Model, O: Output>(query: QuerySet<M, O>, db: &Db) -> orm::Result<Vec<O::Row<M>>> {
///     query.limit(2).all(db)
/// }
/// let posts: Vec<Post> = two(Post::objects(), &db)?;
/// let titles: Vec<String> = two(Post::objects().values(|p| p.title), &db)?;
/// assert_eq!(posts[0].title, titles[0]);
/// # Ok::<(), orm::Error>(())
/// ```
// Not a parameter of the trait: it could then be implemented elsewhere for a query that locks, which has its own
// terminals.
pub trait Output {
    /// `Post` of `Post::objects()`, `(Post, Author)` with `.with(|p| p.author())`, `(String, i64)` with
    /// `.values(|p| (p.title, p.views))`.
    type Row<M: Model>: Send + 'static;

    #[doc(hidden)]
    type Reader<M: Model>: Reader<Row = Self::Row<M>>;

    #[doc(hidden)]
    fn into_reader<M: Model>(self, select: &mut Select) -> Result<Self::Reader<M>>;
}

impl<L: IntoLoads> Output for Rows<L> {
    type Row<M: Model> = <L::Loads as Loads>::Row<M>;
    type Reader<M: Model> = RowReader<M, L::Loads>;

    #[inline]
    fn into_reader<M: Model>(self, _: &mut Select) -> Result<Self::Reader<M>> {
        Ok(RowReader {
            loads: self.0.into_loads(),
            model: std::marker::PhantomData,
        })
    }
}

impl<S: Selection + 'static> Output for Tuples<S> {
    type Row<M: Model> = S::Row;
    type Reader<M: Model> = TupleReader<S>;

    fn into_reader<M: Model>(self, _: &mut Select) -> Result<Self::Reader<M>> {
        Ok(TupleReader(std::marker::PhantomData))
    }
}

/// A form of results with one for each row of the model: whole rows, and projections. It stands in the signatures of what is about the
/// rows: how many there are, pages of them.
///
/// # Example: a page of whatever a query gives
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::Model;
/// use orm::queries::{Output, PerRow};
///
/// fn second<M: Model, O: Output + PerRow>(query: QuerySet<M, O>, db: &Db) -> orm::Result<Option<O::Row<M>>> {
///     Ok(query.page(2, 1, db)?.rows.pop())
/// }
/// let post: Option<Post> = second(Post::objects(), &db)?;
/// assert_eq!(post.map(|post| post.title).as_deref(), Some("Later"));
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: values may be those of groups
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// # use orm::queries::PerRow;
/// # fn number<M: orm::Model, O: PerRow>(query: QuerySet<M, O>, db: &Db) -> orm::Result<i64> {
/// #     query.count(db)
/// # }
/// let posts = number(Post::objects().values(|p| p.title), &db)?;
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a form of rows",
    label = "values may be of several rows or distinct",
    note = "say it of the rows themselves, before `.values(..)`"
)]
pub trait PerRow {
    /// Whether all of a row is read, so that no two of them are equal.
    #[doc(hidden)]
    const WHOLE: bool;

    /// Refuses distinct rows of which only some values are read.
    #[doc(hidden)]
    fn ensure_each_row(select: &Select, step: &str) -> Result<()> {
        match !Self::WHOLE && select.distinct {
            false => Ok(()),
            true => Err(distinct_rows(step)),
        }
    }

    /// Refuses values over all rows, which are one row whatever there is.
    #[doc(hidden)]
    fn ensure_rows(_: &Select, _: &str) -> Result<()> {
        Ok(())
    }
}

impl<L> PerRow for Rows<L> {
    const WHOLE: bool = true;
}

/// A form of results that pages are cut out of, by number and by place: whole rows, projections, and values. Values have to be those of
/// each row: distinct ones, groups and values over all rows are refused when a page is asked for.
///
/// # Example: the first page of whatever a query gives
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::Model;
/// use orm::queries::{KeysetPage, Output, Paged};
///
/// fn first<M: Model, O: Output + Paged>(query: QuerySet<M, O>, db: &Db) -> orm::Result<KeysetPage<O::Row<M>>> {
///     query.after(None, 1, db)
/// }
/// let page = first(Post::objects().values(|p| (p.title, p.views)), &db)?;
/// assert_eq!(page.rows, [("Hello".to_owned(), 7)]);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: distinct values are not those of each row
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let refused = Post::objects().values(|p| p.author).distinct().after(None, 1, &db).unwrap_err();
/// assert!(refused.is_unsupported());
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a form that pages are cut out of",
    label = "expected whole rows, a projection, or values of each row"
)]
pub trait Paged {
    /// Refuses what is not one for each row.
    #[doc(hidden)]
    fn ensure_pages(select: &Select, step: &str) -> Result<()>;
}

#[diagnostic::do_not_recommend]
impl<O: PerRow> Paged for O {
    fn ensure_pages(select: &Select, step: &str) -> Result<()> {
        O::ensure_each_row(select, step)
    }
}

#[diagnostic::do_not_recommend]
impl<S> Paged for Tuples<S> {
    fn ensure_pages(select: &Select, step: &str) -> Result<()> {
        if select.distinct {
            return Err(distinct_rows(step));
        }
        match select.is_of_all_rows() {
            false => Ok(()),
            true => Err(Error::unsupported(format!(
                "{step} is about rows, and what is read here is one value over all of them"
            ))
            .with_hint("read it by get(), or as values beside each row over a window")),
        }
    }
}

#[cold]
fn distinct_rows(step: &str) -> Error {
    Error::unsupported(format!(
        "{step} is about rows, and distinct() makes one of those of which the same is read"
    ))
    .with_hint("leave out distinct(), or take the rows of all()")
}

/// A query, typed or dynamic.
pub trait Query: Sized {
    /// Its row decoder.
    type Reader: Reader;

    /// What is queried, and how the result is decoded.
    ///
    /// # Errors
    /// If the model is not registered.
    fn into_parts(self) -> Result<(&'static ModelMeta, Select, Self::Reader)>;
}

impl<M: Model, O: Output> Query for QuerySet<M, O> {
    type Reader = O::Reader<M>;

    #[inline]
    fn into_parts(self) -> Result<(&'static ModelMeta, Select, Self::Reader)> {
        let (meta, mut select) = (meta(M::slot())?, self.select);
        let reader = self.output.into_reader(&mut select)?;
        Ok((meta, select, reader))
    }
}
