//! Values of the rows of several queries as one query: union, intersection, difference.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::expr::{ExprTokens, Form, QueryPart, RowSource, SetOperator, Token};
use crate::model::Model;

use super::derived::DerivedRows;
use super::path::{own_rows, start};
use super::subquery::tokens;
use super::{IntoOrder, QuerySet, Select, Selection, Tuples};

/// Values of the rows of several queries, combined by [`union`](QuerySet::union), [`union_all`](QuerySet::union_all),
/// [`intersection`](QuerySet::intersection) or [`difference`](QuerySet::difference) of what [`values`](QuerySet::values) or
/// [`select`](QuerySet::select) selects.
///
/// The queries may be of different models; `M` is the model of the first, which errors name. `C` says the columns, as fields: of
/// `values(|p| (p.title, p.views))` it is `(Field<String>, Field<i64>)`, of `select::<Card>()` it is
/// [`Projected<Card>`](crate::queries::Projected). In no order but that of [`order_by`](Compound::order_by): without
/// one the database chooses, which of the rows a limit or [`first`](Compound::first) takes, too.
///
/// A compound of one column stands wherever a query of one does: in [`in_`](crate::queries::Field::in_), [`exists`](crate::queries::exists())
/// and [`subquery`](crate::queries::subquery).
///
/// # Example: what is new, of two models
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::Compound;
///
/// fn feed() -> Compound<Post, (Field<i64>, Field<String>)> {
///     let posts = Post::objects().values(|p| (p.id, p.title));
///     posts.union_all(Comment::objects().values(|c| (c.post().id, c.text)))
/// }
///
/// let newest: Vec<(i64, String)> = feed().order_by(|(post, text)| (post.desc(), text)).limit(2).all(&db)?;
/// assert_eq!(newest, [(2, "Later".to_owned()), (1, "First!".to_owned())]);
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "a query does nothing until a terminal such as `.all(&db)` runs it"]
pub struct Compound<M: Model, C: CombinedRows<M>> {
    by: SetOperator,
    /// The queries, each as an operand of it.
    queries: ExprTokens,
    /// The order and the limits of the whole.
    whole: Select,
    /// Why the queries do not go together.
    refused: Option<Arc<str>>,
    /// Why its order is none of theirs, until another replaces it.
    refused_order: Option<Arc<str>>,
    types: PhantomData<fn() -> (M, C)>,
}

impl<M: Model, C: CombinedRows<M>> Clone for Compound<M, C> {
    fn clone(&self) -> Self {
        Compound {
            queries: self.queries.clone(),
            whole: self.whole.clone(),
            refused: self.refused.clone(),
            refused_order: self.refused_order.clone(),
            ..*self
        }
    }
}

/// Without the values.
impl<M: Model, C: CombinedRows<M>> fmt::Debug for Compound<M, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compound")
            .field("by", &self.by)
            .field("queries", &self.queries)
            .field("whole", &self.whole)
            .finish()
    }
}

/// What the rows of a [`Compound`] are: values, whose columns are fields, or a projection.
///
/// # Example: a function for whatever is combined
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::Model;
/// use orm::queries::{CombinedRows, Compound, Output};
///
/// fn few<M: Model, C: CombinedRows<M, Form: Output>>(rows: Compound<M, C>, db: &Db) -> orm::Result<bool> {
///     Ok(rows.count(db)? < 5)
/// }
/// assert!(few(Post::objects().values(|p| p.title).union(Tag::objects().values(|t| t.label)), &db)?);
/// # Ok::<(), orm::Error>(())
/// ```
pub trait CombinedRows<M: Model>: Sized {
    /// What the closure of [`order_by`](Compound::order_by) receives: the columns, or the fields of the model that a projection is of.
    type Fields;

    /// The form of a query with such rows: [`Tuples`] or [`Projected`](crate::queries::Projected).
    type Form;

    /// The fields that an order is said by.
    #[doc(hidden)]
    fn fields(own: RowSource) -> Self::Fields;

    /// The columns of the rows, as a query around those that are combined names them.
    #[doc(hidden)]
    fn columns() -> ExprTokens;

    /// An order of these fields as one of these columns; or why there is none.
    #[doc(hidden)]
    fn named(order: ExprTokens) -> Result<ExprTokens, String>;

    /// The form, or why the queries do not go together.
    #[doc(hidden)]
    fn form(refused: Option<Arc<str>>) -> Self::Form;
}

#[diagnostic::do_not_recommend]
impl<M: Model, C: Selection<Named = C>> CombinedRows<M> for C {
    type Fields = C;
    type Form = Tuples<C>;

    fn fields(own: RowSource) -> C {
        C::derived(own, 0)
    }

    fn columns() -> ExprTokens {
        let mut columns = ExprTokens::default();
        C::derived(RowSource::OWN, 0).append(&mut columns);
        columns
    }

    fn named(order: ExprTokens) -> Result<ExprTokens, String> {
        Ok(order)
    }

    fn form(_: Option<Arc<str>>) -> Tuples<C> {
        Tuples(PhantomData)
    }
}

/// What values with the columns `C` are combined with: a query of values of these types, of any model, or a [`Compound`].
///
/// # Example: columns of other types
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let numbers = Post::objects().values(|p| p.views);
/// Post::objects().values(|p| p.title).union(numbers).all(&db)?; // `.values(|p| p.views.cast::<String>())`
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not have the columns `{C}`",
    label = "values are combined with values of the same types, in the same order",
    note = "of a value that may be NULL in one of the queries write `.optional()` in the other, of another type `.cast::<i64>()`; of whole rows \
            `.values(|row| ..)`"
)]
pub trait SetOperand<C> {
    /// Appends it as an operand of this operator, behind others.
    #[doc(hidden)]
    fn append(self, by: SetOperator, to: &mut ExprTokens);

    /// Whether it certainly has no rows.
    #[doc(hidden)]
    fn is_nothing(&self) -> bool;

    /// Why it does not go together with these columns.
    #[doc(hidden)]
    fn refused(&self) -> Option<Arc<str>> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, C: Selection<Named = C>, S: Selection<Named = C>> SetOperand<C> for QuerySet<M, Tuples<S>> {
    fn append(self, by: SetOperator, to: &mut ExprTokens) {
        append_operand::<M>(self.select, <C as CombinedRows<M>>::columns, by, to);
    }

    fn is_nothing(&self) -> bool {
        self.select.has_certainly_no_rows()
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, C: Selection<Named = C>> SetOperand<C> for Compound<M, C> {
    fn append(self, by: SetOperator, to: &mut ExprTokens) {
        self.append_queries(by, to);
    }

    fn is_nothing(&self) -> bool {
        self.has_certainly_no_rows()
    }
}

impl Select {
    /// Whether it has no rows whatever there is, as a query of values.
    pub(crate) fn has_certainly_no_rows(&self) -> bool {
        self.nothing && !self.is_of_all_rows()
    }
}

/// Appends a query of values as an operand of an operator; `columns` are these as a query around it names them.
pub(crate) fn append_operand<M: Model>(
    select: Select,
    columns: impl FnOnce() -> ExprTokens,
    by: SetOperator,
    to: &mut ExprTokens,
) {
    let form = match by {
        SetOperator::UnionAll => Form::Values,
        SetOperator::Union | SetOperator::Intersection | SetOperator::Difference => Form::ComparedValues,
    };
    let select = match select.is_cut() {
        true => values_of(columns(), tokens::<M>(select, Form::Values)),
        false => select,
    };
    to.extend(tokens::<M>(select, form));
}

/// A query of the values that another has, of [`Form::Values`].
fn values_of(columns: ExprTokens, query: ExprTokens) -> Select {
    let mut select = Select::default();
    select.groups_mut().columns = columns;
    select.select_from(DerivedRows::of_values(query));
    select
}

/// The rows of two queries.
pub(crate) fn combined<M: Model, C: CombinedRows<M>>(
    one: impl SetOperand<C>,
    by: SetOperator,
    other: impl SetOperand<C>,
) -> Compound<M, C> {
    let nothing = match by {
        SetOperator::Union | SetOperator::UnionAll => one.is_nothing() && other.is_nothing(),
        SetOperator::Intersection => one.is_nothing() || other.is_nothing(),
        SetOperator::Difference => one.is_nothing(),
    };
    let refused = one.refused().or_else(|| other.refused());
    let mut queries = ExprTokens::default();
    one.append(by, &mut queries);
    other.append(by, &mut queries);
    Compound {
        by,
        queries,
        whole: Select {
            nothing,
            ..Select::default()
        },
        refused,
        refused_order: None,
        types: PhantomData,
    }
}

impl<M: Model, C: CombinedRows<M>> Compound<M, C> {
    /// Appends it as an operand of an operator; `columns` are these as a query around it names them.
    pub(crate) fn append_queries(self, by: SetOperator, to: &mut ExprTokens) {
        // What is left of a difference cannot be read from left to right behind another.
        let in_a_row = by == self.by && (by != SetOperator::Difference || to.is_empty());
        match in_a_row && !self.whole.is_cut() {
            true => to.extend(self.queries),
            false => append_operand::<M>(self.into_query().select, C::columns, by, to),
        }
    }

    pub(crate) fn has_certainly_no_rows(&self) -> bool {
        self.whole.nothing
    }

    /// Why its queries do not go together, or not in their order.
    pub(crate) fn refusal(&self) -> Option<Arc<str>> {
        self.refused.clone().or_else(|| self.refused_order.clone())
    }

    /// As a query of such rows.
    pub(crate) fn into_query(self) -> QuerySet<M, C::Form> {
        let refused = self.refusal();
        let mut rows = ExprTokens::default();
        rows.push(Token::From(RowSource::along(start(M::slot()))));
        rows.push(Token::Begin);
        rows.extend(self.queries);
        rows.push(Token::Part(match self.by {
            SetOperator::Union => QueryPart::Union,
            SetOperator::UnionAll => QueryPart::UnionAll,
            SetOperator::Intersection => QueryPart::Intersection,
            SetOperator::Difference => QueryPart::Difference,
        }));
        rows.push(Token::End(Form::Values));
        let mut select = values_of(C::columns(), rows);
        select.order = self.whole.order.clone();
        select.nothing = self.whole.nothing;
        select.set_limit(self.whole.limit());
        if let Some(offset) = self.whole.offset() {
            select.set_offset(offset);
        }
        QuerySet {
            select,
            output: C::form(refused),
            model: PhantomData,
        }
    }

    /// Order of the rows: `ORDER BY`, by what stands in the columns. It replaces the one before.
    ///
    /// The closure receives the columns as fields: one, or the tuple of them; of projections the fields of the first query's model, of which
    /// those stand there that the projection reads. NULL comes first ascending and last descending, as in the
    /// [order of rows](QuerySet::order_by).
    ///
    /// # Example: by the second column, then the first
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let names = Author::objects().values(|a| (a.name, a.email));
    /// let titles = Post::objects().values(|p| (p.title, p.author().email));
    /// let all = names.union(titles).order_by(|(name, email)| (email.desc(), name)).all(&db)?;
    /// assert_eq!(all[0].0, "Ben");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn order_by<T: IntoOrder>(mut self, order: impl FnOnce(C::Fields) -> T) -> Self {
        let own = own_rows(M::slot());
        let mut by = ExprTokens::default();
        order(C::fields(own)).append(&mut by);
        by.resolve_scope(own);
        self.refused_order = match C::named(by) {
            Ok(order) => {
                self.whole.order = order;
                None
            }
            Err(refused) => Some(refused.into()),
        };
        self
    }

    /// At most this number of rows: `LIMIT`. A later call replaces an earlier one.
    ///
    /// # Example: the first of all
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let words = Post::objects().values(|p| p.title).union(Tag::objects().values(|t| t.label));
    /// assert_eq!(words.order_by(|word| word).limit(1).all(&db)?, ["Hello"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn limit(mut self, rows: u64) -> Self {
        self.whole.set_limit(Some(rows));
        self
    }

    /// Skips this number of rows: `OFFSET`.
    ///
    /// # Example: all but the first
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let words = Post::objects().values(|p| p.title).union(Tag::objects().values(|t| t.label));
    /// assert_eq!(words.order_by(|word| word).offset(1).first(&db)?.as_deref(), Some("Later"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn offset(mut self, rows: u64) -> Self {
        self.whole.set_offset(rows);
        self
    }

    /// Its rows and those of another, each once: as [`union`](QuerySet::union) of two queries of values. Behind an order with a limit, of
    /// the rows that these leave.
    ///
    /// # Example: of three queries
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let words = Post::objects().values(|p| p.title).union(Tag::objects().values(|t| t.label));
    /// assert_eq!(words.union(Author::objects().values(|a| a.name)).count(&db)?, 6);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn union(self, other: impl SetOperand<C>) -> Compound<M, C>
    where
        Self: SetOperand<C>,
    {
        combined(self, SetOperator::Union, other)
    }

    /// Its rows and those of another: as [`union_all`](QuerySet::union_all) of two queries of values.
    ///
    /// # Example: of three queries
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let views = || Post::objects().values(|p| p.views);
    /// assert_eq!(views().union_all(views()).union_all(views()).count(&db)?, 6);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn union_all(self, other: impl SetOperand<C>) -> Compound<M, C>
    where
        Self: SetOperand<C>,
    {
        combined(self, SetOperator::UnionAll, other)
    }

    /// Those of its rows that another has, each once: as [`intersection`](QuerySet::intersection) of two queries of values.
    ///
    /// # Example: of two queries, what a third has
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let words = Post::objects().values(|p| p.title).union(Tag::objects().values(|t| t.label));
    /// assert!(!words.intersection(Author::objects().values(|a| a.name)).exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn intersection(self, other: impl SetOperand<C>) -> Compound<M, C>
    where
        Self: SetOperand<C>,
    {
        combined(self, SetOperator::Intersection, other)
    }

    /// Those of its rows that another does not have, each once: as [`difference`](QuerySet::difference) of two queries of values.
    ///
    /// # Example: of two queries, what a third does not have
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let words = Post::objects().values(|p| p.title).union(Tag::objects().values(|t| t.label));
    /// assert_eq!(words.difference(Author::objects().values(|a| a.name)).count(&db)?, 4);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn difference(self, other: impl SetOperand<C>) -> Compound<M, C>
    where
        Self: SetOperand<C>,
    {
        combined(self, SetOperator::Difference, other)
    }
}

impl<M: Model, S: Selection> QuerySet<M, Tuples<S>> {
    /// The rows of values that this query makes, as those of the query around it.
    pub(crate) fn into_derived(mut self) -> Select {
        let nothing = self.select.nothing && !self.select.is_of_all_rows();
        if !self.select.is_cut() {
            self.select.order = ExprTokens::default();
        }
        let mut columns = ExprTokens::default();
        S::Named::derived(RowSource::OWN, 0).append(&mut columns);
        let mut around = values_of(columns, tokens::<M>(self.select, Form::Values));
        around.nothing = nothing;
        around
    }

    /// The rows of values that either query finds, each once: `SELECT .. UNION SELECT ..`. The other may be of another model; its values
    /// have the same types, in the same order.
    ///
    /// Rows are equal where all their values are: NULL is equal to NULL, strings as their column's collation says (of two queries, the first one's on
    /// SQLite; on Postgres two other than the default do not go together), and what is JSON by what it says. The limits of the two decide
    /// which of their rows are taken, and their orders for limits only; the result is ordered and cut by its own. Of whole rows of one
    /// model it is [`union`](QuerySet::union) before `values`, which is a condition of one query.
    ///
    /// # Errors
    /// When it runs: [`is_unsupported`](crate::Error::is_unsupported) for more than 500 queries in a row, and for values of two native enums.
    ///
    /// # Example: all words, of two models
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let words = Post::objects().values(|p| p.title).union(Tag::objects().values(|t| t.label));
    /// let words: Vec<String> = words.order_by(|word| word).limit(3).all(&db)?;
    /// assert_eq!(words[0], "Hello");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a column that only one of them has
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = Post::objects().values(|p| (p.title, p.rating, orm::raw::<String>("'post'", ())));
    /// let none = || orm::raw::<Option<f64>>("{}", (None::<f64>,)); // with its type, which a NULL in the text would not have on Postgres
    /// let tags = Tag::objects().values(|t| (t.label, none(), orm::raw::<String>("'tag'", ())));
    /// let rows: Vec<(String, Option<f64>, String)> = posts.union(tags).order_by(|(word, ..)| word).all(&db)?;
    /// assert_eq!(rows[0], ("Hello".to_owned(), Some(4.5), "post".to_owned()));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a value that may be NULL in one of them
    ///
    /// ```compile_fail,E0277
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let rated = Post::objects().values(|p| p.rating);
    /// Post::objects().values(|p| p.views.cast::<f64>()).union(rated).all(&db)?; // `.cast::<f64>().optional()`
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn union(self, other: impl SetOperand<S::Named>) -> Compound<M, S::Named> {
        combined(self, SetOperator::Union, other)
    }

    /// The rows of values of both queries, as many as there are: `SELECT .. UNION ALL SELECT ..`, which compares none of them. See
    /// [`union`](QuerySet::union).
    ///
    /// # Errors
    /// As [`union`](QuerySet::union).
    ///
    /// # Example: how often each word is there
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let words = Post::objects().values(|p| p.title).union_all(Post::objects().values(|p| p.title));
    /// assert_eq!(words.order_by(|word| word).all(&db)?, ["Hello", "Hello", "Later", "Later"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn union_all(self, other: impl SetOperand<S::Named>) -> Compound<M, S::Named> {
        combined(self, SetOperator::UnionAll, other)
    }

    /// The rows of values that both queries find, each once: `SELECT .. INTERSECT SELECT ..`. See [`union`](QuerySet::union).
    ///
    /// # Errors
    /// As [`union`](QuerySet::union).
    ///
    /// # Example: who writes and edits
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let writers = Post::objects().values(|p| p.author().name.optional());
    /// let both = writers.intersection(Post::objects().values(|p| p.editor().name));
    /// assert!(!both.exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn intersection(self, other: impl SetOperand<S::Named>) -> Compound<M, S::Named> {
        combined(self, SetOperator::Intersection, other)
    }

    /// The rows of values that this query finds and the other does not, each once: `SELECT .. EXCEPT SELECT ..`. See
    /// [`union`](QuerySet::union).
    ///
    /// # Errors
    /// As [`union`](QuerySet::union).
    ///
    /// # Example: labels that are nobody's title
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let labels = Tag::objects().values(|t| t.label).difference(Post::objects().values(|p| p.title));
    /// assert_eq!(labels.count(&db)?, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn difference(self, other: impl SetOperand<S::Named>) -> Compound<M, S::Named> {
        combined(self, SetOperator::Difference, other)
    }
}
