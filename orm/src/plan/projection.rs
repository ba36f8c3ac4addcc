//! `select`: rows as the struct that names what is read of them.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::expr::RowSource;
use crate::model::Model;
use crate::query::{Fields, ForUpdate, OfGroups, QuerySet, Rows, Select};
use crate::sql::{Dialect, Statement, StatementKind};
use crate::value::{Row, Value};

use super::error_context::decoded;
use super::load::{FollowUp, JoinedColumns, Loads, ProjectedValues, ProjectionLoads, follow_ups_of};
use super::reader::{Output, PerRow, Reader};

/// A struct that names what is read of the rows of a model: [derive it](derive@crate::Projection), and
/// [`select`](QuerySet::select) reads it. Nothing here is called by hand. A model is a projection of itself, so that whole rows
/// stand where projections do.
///
/// # Example: a function for every projection of a model
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// #[derive(Projection, Debug, PartialEq)]
/// #[orm(model = Post)]
/// struct Title {
///     title: String,
/// }
///
/// fn most_read<P: orm::Projection<Model = Post>>(db: &Db) -> orm::Result<Option<P>> {
///     Post::objects().order_by(|p| p.views.desc()).select::<P>().first(db)
/// }
/// assert_eq!(most_read::<Title>(&db)?, Some(Title { title: "Hello".into() }));
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection",
    label = "expected a struct that derives `Projection`",
    note = "add #[derive(Projection)] and #[orm(model = Post)] to it, where `Post` is the model whose rows it is read from"
)]
pub trait Projection: Sized + Send + 'static {
    /// The model whose rows it is read from.
    type Model: Model;

    /// What reads its relations.
    #[doc(hidden)]
    type Loads: FollowUp;

    /// The names of its values, with commas between them, where it has nothing else.
    #[doc(hidden)]
    const NAMES: &'static str = "";

    /// What is stored of a row until its lists are loaded.
    #[doc(hidden)]
    type Partial: Send + 'static;

    /// Says what is read of a row with these fields.
    ///
    /// # Errors
    /// If the registry is invalid.
    #[doc(hidden)]
    fn project(
        fields: Fields<Self::Model>,
        rows: RowSource,
        values: &mut ProjectedValues,
    ) -> Result<Self::Loads>;

    /// Reads it from a row, where its values start at a position.
    ///
    /// # Errors
    /// If a column holds a value that its field cannot.
    #[doc(hidden)]
    fn decode(loads: &mut Self::Loads, row: &Row<'_>, at: usize) -> Result<Self::Partial>;

    /// The struct, once its lists are loaded.
    ///
    /// # Errors
    /// If a list is not there, which only a defect of this crate can cause.
    #[doc(hidden)]
    fn finish(loads: &mut Self::Loads, partial: Self::Partial) -> Result<Self>;

    /// The same of all rows.
    ///
    /// # Errors
    /// As [`finish`](Projection::finish).
    #[doc(hidden)]
    fn finish_all(loads: &mut Self::Loads, partials: Vec<Self::Partial>) -> Result<Vec<Self>> {
        partials
            .into_iter()
            .map(|partial| Self::finish(loads, partial))
            .collect()
    }
}

/// A whole row is read as itself.
#[diagnostic::do_not_recommend]
impl<M: Model> Projection for M {
    type Model = M;
    type Loads = ();
    type Partial = M;

    fn project(_: Fields<M>, rows: RowSource, values: &mut ProjectedValues) -> Result<()> {
        values.columns::<M>(rows);
        Ok(())
    }

    #[inline]
    fn decode((): &mut (), row: &Row<'_>, at: usize) -> Result<M> {
        decoded(row, at)
    }

    #[inline]
    fn finish((): &mut (), row: M) -> Result<M> {
        Ok(row)
    }

    #[inline]
    fn finish_all((): &mut (), rows: Vec<M>) -> Result<Vec<M>> {
        Ok(rows)
    }
}

/// Calls a closure of a projection with the fields of its rows.
#[doc(hidden)]
#[inline]
pub fn value_of_rows<M: Model, T>(fields: Fields<M>, value: impl FnOnce(Fields<M>) -> T) -> T {
    value(fields)
}

/// The struct `P` for each row: the form of a [`QuerySet`] after [`select`](QuerySet::select).
///
/// # Example: a query of projections, as the type of a function
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::Projected;
///
/// #[derive(Projection)]
/// #[orm(model = Author)]
/// struct Name {
///     name: String,
/// }
///
/// fn names() -> QuerySet<Author, Projected<Name>> {
///     Author::objects().select()
/// }
/// assert_eq!(names().filter(|a| a.name.starts_with("B")).get(&db)?.name, "Ben");
/// # Ok::<(), orm::Error>(())
/// ```
pub struct Projected<P>(PhantomData<fn() -> P>);

impl<P> Clone for Projected<P> {
    fn clone(&self) -> Self {
        Projected(PhantomData)
    }
}

impl<P> std::fmt::Debug for Projected<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Projected")
    }
}

impl<M: Model> QuerySet<M> {
    /// Only what a struct names, instead of whole rows: `SELECT title, .. FROM post JOIN author ..`, and a statement for each list of
    /// related rows, whatever the number of rows. The struct derives [`Projection`](derive@crate::Projection), which says how its fields
    /// are read; it costs what [`values`](QuerySet::values) of them do.
    ///
    /// Everything else of the query is as without it: conditions, order, limits, pages, `iter` and `stream`. After
    /// [`group_by`](QuerySet::group_by) its fields are what groups have in common, and aggregates.
    ///
    /// # Errors
    /// When it runs: as [`values`](QuerySet::values) of its fields.
    ///
    /// # Example: values, a related row, a list
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// #[derive(Projection)]
    /// #[orm(model = Post)]
    /// struct PostCard {
    ///     title: String,
    ///     #[orm(path = author.name)]
    ///     by: String,
    ///     #[orm(expr = |p| p.comments().count())]
    ///     number: i64,
    ///     #[orm(with = |p| p.comments().order_by(|c| c.id.desc()).limit(3))]
    ///     newest: Vec<Remark>,
    /// }
    ///
    /// #[derive(Projection)]
    /// #[orm(model = Comment)]
    /// struct Remark {
    ///     text: String,
    /// }
    ///
    /// let cards = Post::objects().filter(|p| p.views.gt(3)).select::<PostCard>().all(&db)?;
    /// let card = &cards[0];
    /// assert_eq!((card.title.as_str(), card.by.as_str(), card.number), ("Hello", "Ann", 1));
    /// assert_eq!(card.newest[0].text, "First!");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a row of each group
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// #[derive(Projection)]
    /// #[orm(model = Post)]
    /// struct Written {
    ///     #[orm(path = author.name)]
    ///     name: String,
    ///     #[orm(expr = |_| count())]
    ///     posts: i64,
    ///     #[orm(expr = |p| p.views.sum())]
    ///     views: Option<i64>,
    /// }
    ///
    /// let written = Post::objects().group_by(|p| p.author().name).select::<Written>().having(|_| count().gt(1)).all(&db)?;
    /// assert_eq!((written[0].name.as_str(), written[0].posts, written[0].views), ("Ann", 2, Some(7)));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a field that may be NULL is an `Option`
    ///
    /// ```compile_fail,E0277
    /// # use {blog::*, orm::prelude::*};
    /// #[derive(Projection)]
    /// #[orm(model = Post)]
    /// struct PostCard {
    ///     rating: f64, // `Option<f64>`, as in the model
    /// }
    /// # let db = blog::open()?;
    /// # let cards = Post::objects().select::<PostCard>().all(&db)?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a projection belongs to one model
    ///
    /// ```compile_fail,E0271
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// #[derive(Projection)]
    /// #[orm(model = Author)]
    /// struct Name {
    ///     name: String,
    /// }
    /// let names = Post::objects().select::<Name>().all(&db)?; // `Author::objects()`
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("only", "defer", "into_partial_model", "DTO"))]
    pub fn select<P: Projection<Model = M>>(self) -> QuerySet<M, Projected<P>> {
        QuerySet {
            select: self.select,
            output: Projected(PhantomData),
            model: PhantomData,
        }
    }
}

impl<M: Model> QuerySet<M, ForUpdate<Rows<()>>> {
    /// Only what a struct names, as [`select`](QuerySet::select) before the lock; the rows that it is read from are locked.
    ///
    /// # Example: the titles of rows that are locked
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// #[derive(Projection)]
    /// #[orm(model = Post)]
    /// struct Title {
    ///     title: String,
    /// }
    ///
    /// let titles = db.transaction(|tx| Post::objects().select_for_update().select::<Title>().all(tx))?;
    /// assert_eq!(titles[1].title, "Later");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn select<P: Projection<Model = M>>(self) -> QuerySet<M, ForUpdate<Projected<P>>> {
        self.into_inner().select().locked()
    }
}

impl<P: Projection> Output for Projected<P> {
    type Row<M: Model> = P;
    type Reader<M: Model> = ProjectionReader<P>;

    fn into_reader<M: Model>(self, select: &mut Select) -> Result<ProjectionReader<P>> {
        ProjectionReader::new(select)
    }
}

impl<P> OfGroups for Projected<P> {}

impl<P: Projection> PerRow for Projected<P> {
    const WHOLE: bool = false;

    fn ensure_rows(select: &Select, step: &str) -> Result<()> {
        let mut read = select.clone();
        ProjectionLoads::<P>::new(&mut read)?;
        let groups = read.groups();
        match groups.by.is_empty() && groups.columns.has_aggregate() {
            false => Ok(()),
            true => Err(Error::unsupported(format!(
                "{step} is about rows, and what is read here is one value over all of them"
            ))
            .with_hint("ask before select(), or read it by get()")),
        }
    }
}

/// Decodes projections.
#[doc(hidden)]
pub struct ProjectionReader<P: Projection>(ProjectionLoads<P>);

impl<P: Projection> ProjectionReader<P> {
    /// Makes a query of whole rows one of the projection's values.
    pub(super) fn new(select: &mut Select) -> Result<Self> {
        ProjectionLoads::new(select).map(ProjectionReader)
    }
}

impl<P: Projection> FollowUp for ProjectionReader<P> {
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        self.0.prepare(columns)
    }

    fn place_values(&mut self, first: usize) {
        self.0.place_values(first);
    }

    follow_ups_of!(0);
}

impl<P: Projection> Reader for ProjectionReader<P> {
    const KIND: StatementKind = StatementKind::Tuples;
    const NULLS: u32 = u32::MAX;
    type Partial = P::Partial;
    type Row = P;

    #[inline]
    fn decode(&mut self, row: &Row<'_>) -> Result<P::Partial> {
        Loads::decode::<P::Model>(&mut self.0, row, 0)
    }

    #[inline]
    fn finish(&mut self, partial: P::Partial) -> Result<P> {
        Loads::finish::<P::Model>(&mut self.0, partial)
    }

    #[inline]
    fn finish_all(&mut self, partials: Vec<P::Partial>) -> Result<Vec<P>> {
        Loads::finish_all::<P::Model>(&mut self.0, partials)
    }
}
