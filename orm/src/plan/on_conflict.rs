//! `on_conflict(|p| ..)` of new rows: what happens where a row is there already.

use std::marker::PhantomData;

use crate::error::{Error, Kind, Result};
use crate::expr::ExprTokens;
use crate::model::Model;
use crate::query::{
    Fields, IntoAssignments, IntoCondition, IntoConflictTarget, TargetPart, closure, conflict_target,
};
use crate::registry::meta;
use crate::sql::ConflictUpdate;
use crate::sql::Dialect;

use super::Executor;
use super::create::{BulkCreate, Draft};
use super::decode::AsStruct;
use super::draft_rows::DraftRows;
use super::job::first_sql;
use super::unique_rule::UniqueRule;
use super::upsert::{Conflict, Upsert};

/// New rows, one or many.
#[doc(hidden)]
pub trait NewRowsOf {
    /// Their model.
    type Model: Model;

    #[doc(hidden)]
    fn into_rows(self) -> DraftRows;
}

impl<M: Model> NewRowsOf for Draft<M> {
    type Model = M;

    fn into_rows(self) -> DraftRows {
        DraftRows::of(std::iter::once(self.into_row()))
    }
}

impl<M: Model> NewRowsOf for BulkCreate<M> {
    type Model = M;

    fn into_rows(self) -> DraftRows {
        self.rows
    }
}

/// New rows that may be there already, from `on_conflict(..)`: what happens then is said next, by
/// [`do_nothing`](OnConflict::do_nothing) or [`update`](OnConflict::update).
///
/// What rows conflict in is something that the model says is unique: its primary key, a field with `unique`, a
/// `unique(..)` of its own, also one for some rows or over what is computed. A violation of anything else is an error, as it is
/// without `on_conflict`.
///
/// # Example: a counter for each label
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let post = Post::create()
///     .author(1)
///     .title("Hello")
///     .views(1)
///     .on_conflict(|p| (p.author, p.title))
///     .update(|p, new| p.views.set(p.views + new.views))
///     .save(&db)?;
/// assert_eq!(post.views, 8);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a conflict without an answer
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Tag::create().label("rust").on_conflict(|t| t.label).save(&db)?; // `.do_nothing()` or `.update(..)`?
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is created until `.do_nothing()` or `.update(..)`, and then `.save(&db)` or `.run(&db)`"]
pub struct OnConflict<N> {
    rows: N,
    target: Result<Vec<TargetPart>>,
}

/// New rows, and what happens where one is there already; from [`OnConflict`] and `on_any_conflict()`.
///
/// One row is written by `save`, which returns an `R`: the row as it then stands in the database, or an `Option` of it where it may
/// be that nothing is written. Many are written by `run`, which returns how many, or `all`, which returns them.
///
/// # Example: only newer ones
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let imported = [("Hello", 9), ("Later", 0), ("New", 1)];
/// let drafts = imported.map(|(title, views)| Post::create().author(1).title(title).views(views));
/// let written = Post::bulk_create(drafts)
///     .on_conflict(|p| (p.author, p.title))
///     .update(|p, new| p.views.set(new.views))
///     .filter(|p, new| new.views.gt(p.views))
///     .all(&db)?;
/// let titles: Vec<&str> = written.iter().map(|post| &*post.title).collect();
/// assert_eq!(titles, ["Hello", "New"]);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a row twice
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let drafts = [1, 2].map(|views| Post::create().author(1).title("New").views(views));
/// let refused = Post::bulk_create(drafts)
///     .on_conflict(|p| (p.author, p.title))
///     .update(|p, new| p.views.set(new.views))
///     .run(&db)
///     .unwrap_err();
/// assert!(refused.is_row_given_twice());
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is created until `.save(&db)` or `.run(&db)`"]
pub struct CreateOr<N, R> {
    rows: N,
    target: Option<Result<Vec<TargetPart>>>,
    update: Option<ConflictUpdate>,
    result: PhantomData<fn() -> R>,
}

impl<M: Model> Draft<M> {
    /// What happens if a row is there already with the same in what the closure names.
    ///
    /// # Example: a label that is taken stays as it is
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let created = Tag::create().label("rust").on_conflict(|t| t.label).do_nothing().save(&db)?;
    /// assert_eq!(created, None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn on_conflict<T: IntoConflictTarget>(
        self,
        target: impl FnOnce(Fields<M>) -> T,
    ) -> OnConflict<Draft<M>> {
        OnConflict {
            rows: self,
            target: conflict_target::<M, T>(target),
        }
    }

    #[doc(hidden)]
    pub fn on_any_conflict(self) -> AnyConflict<Draft<M>> {
        AnyConflict { rows: self }
    }
}

impl<M: Model> BulkCreate<M> {
    /// What happens to rows that are there already, with the same in what the closure names: `INSERT .. ON CONFLICT (..)`.
    ///
    /// # Example: what is there gets the new number
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let drafts = [("Hello", 100), ("New", 1)].map(|(title, views)| Post::create().author(1).title(title).views(views));
    /// let written = Post::bulk_create(drafts)
    ///     .on_conflict(|p| (p.author, p.title))
    ///     .update(|p, new| p.views.set(new.views))
    ///     .run(&db)?;
    /// assert_eq!(written, 2);
    /// assert_eq!(Post::get(1, &db)?.views, 100);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a field that rows may have in common
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let drafts = [Post::create().author(1).title("New")];
    /// let refused = Post::bulk_create(drafts).on_conflict(|p| p.title).do_nothing().run(&db).unwrap_err();
    /// assert!(refused.is_unsupported());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn on_conflict<T: IntoConflictTarget>(
        self,
        target: impl FnOnce(Fields<M>) -> T,
    ) -> OnConflict<BulkCreate<M>> {
        OnConflict {
            rows: self,
            target: conflict_target::<M, T>(target),
        }
    }

    /// What happens to rows that are there already, whatever they conflict in: `INSERT .. ON CONFLICT DO NOTHING`.
    ///
    /// # Example: those that are new
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let drafts = ["new", "rust", "new"].map(|label| Tag::create().label(label));
    /// let created = Tag::bulk_create(drafts).on_any_conflict().do_nothing().all(&db)?;
    /// assert_eq!(created.len(), 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: which row would be updated?
    ///
    /// ```compile_fail,E0599
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let drafts = ["new", "rust"].map(|label| Tag::create().label(label));
    /// Tag::bulk_create(drafts).on_any_conflict().update(|t, new| t.label.set(new.label)).run(&db)?; // `on_conflict(|t| ..)`
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn on_any_conflict(self) -> AnyConflict<BulkCreate<M>> {
        AnyConflict { rows: self }
    }
}

/// New rows that may be there already, whatever they conflict in; from `on_any_conflict()`.
///
/// # Example: a row whose label may be taken
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert_eq!(Tag::create().label("rust").on_any_conflict().do_nothing().save(&db)?, None);
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is created until `.do_nothing()`, and then `.save(&db)` or `.run(&db)`"]
pub struct AnyConflict<N> {
    rows: N,
}

impl<N: NewRowsOf> AnyConflict<N> {
    /// Rows that are there already stay as they are, and the new ones are left out.
    ///
    /// # Example: a row whose label may be taken
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert!(Tag::create().label("new").on_any_conflict().do_nothing().save(&db)?.is_some());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn do_nothing(self) -> CreateOr<N, Option<N::Model>> {
        CreateOr {
            rows: self.rows,
            target: None,
            update: None,
            result: PhantomData,
        }
    }
}

impl<N: NewRowsOf> OnConflict<N> {
    /// A row that is there already stays as it is, and the new one is left out: `ON CONFLICT (..) DO NOTHING`.
    ///
    /// # Example: which were new
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let drafts = ["new", "rust"].map(|label| Tag::create().label(label));
    /// let created = Tag::bulk_create(drafts).on_conflict(|t| t.label).do_nothing().all(&db)?;
    /// assert_eq!(created[0].label, "new");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn do_nothing(self) -> CreateOr<N, Option<N::Model>> {
        CreateOr {
            rows: self.rows,
            target: Some(self.target),
            update: None,
            result: PhantomData,
        }
    }

    /// A row that is there already is updated: `ON CONFLICT (..) DO UPDATE SET ..`. The closure gets the fields of the row that is
    /// there and those of the one that was to be created, which also has the defaults: `p.views.set(p.views + new.views)`.
    ///
    /// The row keeps its primary key. `auto_now` fields are set where it is said: `p.updated_at.set(new.updated_at)`.
    ///
    /// # Example: the newest body wins
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::create()
    ///     .author(1)
    ///     .title("Hello")
    ///     .body("Again.")
    ///     .on_conflict(|p| (p.author, p.title))
    ///     .update(|p, new| (p.body.set(new.body), p.views.set(p.views + 1)))
    ///     .save(&db)?;
    /// assert_eq!((post.id, post.body.as_str(), post.views), (1, "Again.", 8));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: the new row is nowhere else
    ///
    /// ```compile_fail,E0593
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Post::objects().update(|p, new| p.views.set(new.views)).run(&db)?; // an update has no new row
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn update<A: IntoAssignments>(
        self,
        assign: impl FnOnce(Fields<N::Model>, Fields<N::Model>) -> A,
    ) -> CreateOr<N, N::Model> {
        let mut assignments = ExprTokens::default();
        let ((assigned, new), own) =
            closure::<N::Model, _>(|own| closure::<N::Model, _>(|new| assign(own, new)));
        assigned.append(&mut assignments);
        assignments.resolve_scope(own);
        assignments.resolve_scope_within(new, 1);
        CreateOr {
            rows: self.rows,
            target: Some(self.target),
            update: Some(ConflictUpdate {
                assignments,
                filter: ExprTokens::default(),
            }),
            result: PhantomData,
        }
    }
}

/// What `save` and `run` want and [`OnConflict`] never is: they are there to say what is missing.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "what happens to a row that is there already is not said",
    label = "say `.do_nothing()` or `.update(|p, new| ..)` before this"
)]
pub trait IsAnswered {}

#[doc(hidden)]
impl<N: NewRowsOf> OnConflict<N> {
    pub fn save<E>(self, _: E) -> Result<N::Model>
    where
        Self: IsAnswered,
    {
        Err(Error::internal("a conflict without an answer was saved"))
    }

    pub fn run<E>(self, _: E) -> Result<u64>
    where
        Self: IsAnswered,
    {
        Err(Error::internal("a conflict without an answer was run"))
    }
}

impl<N: NewRowsOf<Model = M>, M: Model> CreateOr<N, M> {
    /// Which rows that are there are updated: `DO UPDATE SET .. WHERE ..`. The others stay as they are, and are not returned.
    ///
    /// # Example: only what is newer
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let kept = Post::create()
    ///     .author(1)
    ///     .title("Hello")
    ///     .views(3)
    ///     .on_conflict(|p| (p.author, p.title))
    ///     .update(|p, new| p.views.set(new.views))
    ///     .filter(|p, new| new.views.gt(p.views))
    ///     .save(&db)?;
    /// assert!(kept.is_none(), "it has 7 already");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn filter<C: IntoCondition>(
        mut self,
        condition: impl FnOnce(Fields<M>, Fields<M>) -> C,
    ) -> CreateOr<N, Option<M>> {
        let ((condition, new), own) = closure::<M, _>(|own| closure::<M, _>(|new| condition(own, new)));
        let mut filter = condition.into_condition();
        filter.resolve_scope(own);
        filter.resolve_scope_within(new, 1);
        if let Some(update) = &mut self.update {
            update.filter = filter;
        }
        CreateOr {
            rows: self.rows,
            target: self.target,
            update: self.update,
            result: PhantomData,
        }
    }
}

impl<N: NewRowsOf<Model = M>, M: Model, R> CreateOr<N, R> {
    /// The SQL of the insert, with placeholders for its values; it asks no database. `save` and `all` end it with `RETURNING`. Many rows
    /// may take more statements, of which this is the first.
    ///
    /// # Errors
    /// [`is_unsupported`](Error::is_unsupported) if nothing that is unique is over what `on_conflict` names.
    ///
    /// # Example: nothing where the label is taken
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::Dialect;
    ///
    /// let tag = Tag::create().label("rust").on_conflict(|t| t.label).do_nothing();
    /// assert_eq!(
    ///     tag.sql(Dialect::POSTGRES)?,
    ///     r#"INSERT INTO "blog_tag" ("label") VALUES ($1) ON CONFLICT ("label") DO NOTHING"#
    /// );
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn sql(self, dialect: &'static Dialect) -> Result<String> {
        first_sql(self.into_job(false), dialect)
    }

    fn into_job(self, whole: bool) -> Result<Upsert<AsStruct<M>>> {
        let meta = meta(M::slot())?;
        let rule = match self.target {
            None => None,
            Some(parts) => Some(UniqueRule::find(meta, &parts?)?),
        };
        if self
            .update
            .as_ref()
            .is_some_and(|update| update.assignments.is_empty())
        {
            return Err(
                Error::config("the update assigns nothing").with_hint("write `do_nothing()` for that")
            );
        }
        Upsert::new(
            AsStruct::NEW,
            meta,
            self.rows.into_rows(),
            Conflict {
                rule,
                update: self.update,
            },
            whole,
        )
    }
}

impl<M: Model> CreateOr<Draft<M>, M> {
    /// Creates the row, or updates the one that is there; returns it as the database then has it.
    ///
    /// # Errors
    /// [`is_unsupported`](Error::is_unsupported) if nothing that is unique is over what `on_conflict` names; what the database says.
    ///
    /// # Example: a view more, or the first
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let seen = |title: &str| {
    ///     let post = Post::create().author(1).title(title).views(1).on_conflict(|p| (p.author, p.title));
    ///     post.update(|p, new| p.views.set(p.views + new.views)).save(&db)
    /// };
    /// assert_eq!((seen("Hello")?.views, seen("New")?.views), (8, 1));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn save<'e, E: Executor<'e>>(self, db: E) -> E::Out<M> {
        db.run(self.into_job(true), |written| {
            written.rows.into_iter().next().ok_or_else(left_alone::<M>)
        })
    }
}

/// A row is in the way, and is not changed.
#[cold]
fn left_alone<M: Model>() -> Error {
    Error::new(
        Kind::Database,
        format!(
            "a row of {} is in the way and was not changed: a scope of the model, or a trigger or a policy of its table, leaves it alone",
            M::SPEC.name
        ),
    )
    .with_hint("a row that is out of scope is changed on `db.unscoped()`; for what is unique among rows in scope: `unique(.., where = |..| ..)`")
}

impl<M: Model> CreateOr<Draft<M>, Option<M>> {
    /// Creates the row, if it is not there; returns it if it was created or updated.
    ///
    /// # Errors
    /// [`is_unsupported`](Error::is_unsupported) if nothing that is unique is over what `on_conflict` names; what the database says.
    ///
    /// # Example: whether it was new
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let claim = || Tag::create().label("mine").on_conflict(|t| t.label).do_nothing().save(&db);
    /// assert!(claim()?.is_some());
    /// assert!(claim()?.is_none());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn save<'e, E: Executor<'e>>(self, db: E) -> E::Out<Option<M>> {
        db.run(self.into_job(true), |written| Ok(written.rows.into_iter().next()))
    }
}

impl<M: Model, R> CreateOr<BulkCreate<M>, R> {
    /// Writes all rows or none, and returns how many were created or updated.
    ///
    /// # Errors
    /// [`is_row_given_twice`](Error::is_row_given_twice) if two of the rows are one that would be updated twice;
    /// [`is_unsupported`](Error::is_unsupported) if nothing that is unique is over what `on_conflict` names; what the database says.
    ///
    /// # Example: how many were new
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let drafts = ["new", "rust"].map(|label| Tag::create().label(label));
    /// assert_eq!(Tag::bulk_create(drafts).on_conflict(|t| t.label).do_nothing().run(&db)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        db.run(self.into_job(false), |written| Ok(written.count))
    }

    /// Writes all rows or none, and returns those that were created or updated, as the database then has them. They are in the order
    /// given; where some were left out, and rows set different fields, those with the same fields are together.
    ///
    /// # Errors
    /// As [`run`](CreateOr::run).
    ///
    /// # Example: the keys of all, whoever created them
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let drafts = ["new", "rust"].map(|label| Tag::create().label(label));
    /// let tags = Tag::bulk_create(drafts).on_conflict(|t| t.label).update(|t, new| t.label.set(new.label)).all(&db)?;
    /// assert_eq!(tags.len(), 2);
    /// assert_eq!(tags[1].label, "rust");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn all<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<M>> {
        db.run(self.into_job(true), |written| Ok(written.rows))
    }
}
