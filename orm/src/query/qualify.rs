//! `qualify`: which rows, by what was annotated.

use crate::model::Model;

use super::path::own_rows;
use super::relation::Loadables;
use super::{Annotated, Fields, IntoCondition, Loadable, QuerySet, Rows, Selection};
use crate::expr::ExprTokens;

/// What [`qualify`](QuerySet::qualify) takes of a query: values that [`annotate`](QuerySet::annotate) has just put beside its rows.
///
/// # Example: values first
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects().qualify(|p, _| p.views.gt(3)).all(&db)?; // `.filter(|p| p.views.gt(3))`
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "there are no annotated values that `qualify` could look at",
    label = "expected `.annotate(..)` right before `.qualify(..)`",
    note = "conditions on the row itself are `.filter(|p| ..)`; what is loaded comes after: `.annotate(..).qualify(..).with(..)`"
)]
pub trait JustAnnotated {
    /// The values, as expressions.
    #[doc(hidden)]
    type Values: Selection;
}

macro_rules! just_annotated {
    ($(($($name:ident)*);)+) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($name: Loadable,)* S: Selection> JustAnnotated for ($($name,)* Annotated<S>,) {
            type Values = S;
        }
    )+};
}
just_annotated! {
    ();
    (A);
    (A B);
    (A B C);
    (A B C D);
    (A B C D E);
}

impl<M: Model, L: Loadables> QuerySet<M, Rows<L>> {
    /// Only rows whose annotated values match: `SELECT .. FROM (SELECT .., row_number() OVER (..) ..) WHERE ..`, SQL's `QUALIFY`. It is how
    /// rows are picked by what is computed over a window: the first three of each author, rows that differ from the one before.
    ///
    /// The closure receives the columns of the model and the values of the `annotate` right before it, as expressions. These are
    /// computed over the rows that the query finds so far, and stay what they are: filters before it decide which rows a window looks at,
    /// a limit before it cuts off rows as always, after windows have looked at them, and what comes after it is about the rows that are
    /// left. The result is a query as any other; for
    /// `values`, `update`, `delete` and within other queries there is [`only_rows`](QuerySet::only_rows). An order names an annotated
    /// value by its expression, again, before or after.
    ///
    /// A condition that needs no window is a [`filter`](QuerySet::filter), which an index may serve. The first rows of lists that are loaded
    /// are [`with(|a| a.posts().limit(3))`](QuerySet::with).
    ///
    /// # Errors
    /// When it runs: [`is_unsupported`](crate::Error::is_unsupported) for [`select_for_update`](QuerySet::select_for_update), which locks rows
    /// of tables, and for an order before it by a window that was not annotated.
    ///
    /// # Example: the post of each author that is read most
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let most_read: Vec<(Post, i64)> = Post::objects()
    ///     .annotate(|p| orm::row_number().over(|w| w.partition_by(p.author).order_by(p.views.desc())))
    ///     .qualify(|_, place| place.le(1))
    ///     .all(&db)?;
    /// assert_eq!(most_read.len(), 1);
    /// assert_eq!((most_read[0].0.title.as_str(), most_read[0].1), ("Hello", 1));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: read less than the post before, of one of several values
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let in_turn = |w: orm::queries::Window, p: PostFields| w.partition_by(p.author).order_by(p.id);
    /// let fallen = Post::objects()
    ///     .annotate(|p| (p.views.lag(1).over(|w| in_turn(w, p)), orm::row_number().over(|w| in_turn(w, p))))
    ///     .qualify(|p, (before, _)| before.gt(p.views))
    ///     .all(&db)?;
    /// assert_eq!(fallen[0].0.title, "Later");
    /// assert_eq!(fallen[0].1, (Some(7), 2));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: what was annotated comes right before it
    ///
    /// ```compile_fail,E0277
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Post::objects()
    ///     .annotate(|p| orm::row_number().over(|w| w.order_by(p.views.desc())))
    ///     .with(|p| p.author()) // behind `.qualify(..)`
    ///     .qualify(|_, place| place.le(3))
    ///     .all(&db)?;
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("keep", "having", "QUALIFY"))]
    pub fn qualify<C: IntoCondition>(
        mut self,
        condition: impl FnOnce(Fields<M>, <L::Values as Selection>::Named) -> C,
    ) -> Self
    where
        L: JustAnnotated,
    {
        let mut columns = ExprTokens::default();
        let values = L::derived(&mut columns);
        let own = own_rows(M::slot());
        let annotated = <L::Values as Selection>::derived(own, values - L::Values::VALUES);
        let mut condition = condition(M::fields(own), annotated).into_condition();
        condition.resolve_scope(own);
        self.select = self.select.derive::<M>(columns);
        self.select.filter = condition;
        self
    }
}

/// Appends what a selection is called in the query around the one that computes it, from the `nth` value on.
pub(super) fn append_derived<S: Selection>(nth: usize, to: &mut ExprTokens) {
    S::derived(crate::expr::RowSource::OWN, nth).append(to);
}
