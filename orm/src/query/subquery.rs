//! Subqueries: whether there are rows, a list of values. And the tokens of any query within an expression.

use crate::expr::{ExprTokens, Form, Function, QueryPart, RowSource, Takes, Token};
use crate::model::{MetaSlot, Model};
use crate::registry::meta;
use crate::value::Value;

use super::order::{default_order, key_order, orders_rows};
use super::path::{JoinStep, path_along, start_without};
use super::{Compound, Expr, ForColumn, Operand, QuerySet, Rows, Select, Selection, ToListItem, Tuples};

/// Whether a query finds a row: `EXISTS (SELECT ..)`.
///
/// It may contain fields of the closures around it, which refer to the outer rows. A field of any other query is
/// refused by name when it runs. For rows related by a foreign key there is a shorter form: `a.posts().any(|p| ..)`.
///
/// # Example: authors of a post that is read
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let read = Author::objects()
///     .filter(|a| orm::exists(Post::objects().filter(|p| p.author.eq(a.id) & p.views.gt(3))))
///     .all(&db)?;
/// assert_eq!(read.len(), 1);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a field that was kept from another query belongs to none around it
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let mut kept = None;
/// let _ = Author::objects().filter(|a| { kept = Some(a.id); a.id.gt(0) });
/// let stray = Post::objects().filter(|p| p.author.eq(kept.unwrap())).all(&db);
/// assert!(stray.unwrap_err().to_string().contains("`id` of blog.Author is used in a query that is not inside the closure"));
/// # Ok::<(), orm::Error>(())
/// ```
pub fn exists(query: impl IntoExists) -> Expr<bool> {
    Expr::new(query.into_exists())
}

/// What [`exists`] takes: a query, of rows or of values.
///
/// # Example: a query of rows
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert_eq!(Author::objects().filter(|_| orm::exists(Tag::objects())).count(&db)?, 2);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: related rows have it as a method
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Author::objects().filter(|a| orm::exists(a.posts())).all(&db)?; // `a.posts().exists()`
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a query",
    label = "expected a query such as `Post::objects().filter(|p| ..)`",
    note = "related rows are asked by their relation: `a.posts().exists()`"
)]
pub trait IntoExists {
    #[doc(hidden)]
    fn into_exists(self) -> ExprTokens;
}

impl<M: Model, L> IntoExists for QuerySet<M, Rows<L>> {
    fn into_exists(self) -> ExprTokens {
        tokens::<M>(self.select, Form::Exists)
    }
}

impl<M: Model, S> IntoExists for QuerySet<M, Tuples<S>> {
    fn into_exists(self) -> ExprTokens {
        tokens::<M>(self.select, Form::Exists)
    }
}

impl<M: Model, C: Selection<Named = C>> IntoExists for Compound<M, C> {
    fn into_exists(self) -> ExprTokens {
        self.into_query().into_exists()
    }
}

/// What [`in_`](super::Field::in_) takes: values, or a query with one column.
///
/// # Example: an array, a `Vec`, a query
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let titles = vec!["Hello".to_owned()];
/// assert_eq!(Post::objects().filter(|p| p.title.in_(&titles)).count(&db)?, 1);
/// assert_eq!(Post::objects().filter(|p| p.title.in_(Tag::objects().values(|t| t.label))).count(&db)?, 0);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a column of type `{B}` cannot be one of `{Self}`",
    label = "expected a list of `{B}`, or a query that gives one per row: `Author::objects().values(|a| a.id)`"
)]
pub trait InValues<B> {
    #[doc(hidden)]
    fn append(self, to: &mut ExprTokens);
}

#[diagnostic::do_not_recommend]
impl<B, V: ToListItem<B>, I: IntoIterator<Item = V>> InValues<B> for I {
    fn append(self, to: &mut ExprTokens) {
        let column = ForColumn::beside(to);
        let items = self.into_iter().map(|item| item.to_item(column));
        to.param(Value::List(items.collect()));
    }
}

#[diagnostic::do_not_recommend]
impl<B, M: Model, S: Operand<B>> InValues<B> for QuerySet<M, Tuples<S>> {
    fn append(self, to: &mut ExprTokens) {
        to.extend(tokens::<M>(self.select, Form::List));
    }
}

#[diagnostic::do_not_recommend]
impl<B, M: Model, C: Operand<B> + Selection<Named = C>> InValues<B> for Compound<M, C> {
    fn append(self, to: &mut ExprTokens) {
        self.into_query().append(to);
    }
}

/// The tokens of a query within an expression.
pub(super) fn tokens<M: Model>(select: Select, form: Form) -> ExprTokens {
    tokens_of(
        RowSource::along(start_without(M::slot(), select.left_out)),
        M::slot(),
        select,
        Takes::All,
        form,
    )
}

/// Whether a step leads to a row that matches, or to any if there is no condition; the step starts from rows at `from`.
pub(crate) fn related_row_exists(from: RowSource, step: JoinStep, condition: ExprTokens) -> ExprTokens {
    let rows = from.with_path(path_along(step));
    let select = Select::of(condition, ExprTokens::EMPTY);
    tokens_of(rows, step.slot, select, Takes::All, Form::Exists)
}

/// The number of a query's rows, within an expression; those of a model.
pub(crate) fn number_of_rows(slot: &'static MetaSlot, mut select: Select) -> ExprTokens {
    // Whole rows are distinct by their primary key.
    (select.distinct, select.order) = (false, ExprTokens::EMPTY);
    select.groups_mut().columns.call(Function::CountRows, 0);
    let rows = RowSource::along(start_without(slot, select.left_out));
    tokens_of(rows, slot, select, Takes::Together, Form::Value)
}

/// The same, of rows along a relation or of a model, of which it may take only the first, or all together.
pub(super) fn tokens_of(
    from: RowSource,
    slot: &'static MetaSlot,
    mut select: Select,
    takes: Takes,
    form: Form,
) -> ExprTokens {
    if std::mem::take(&mut select.nothing) {
        let mut never = ExprTokens::default();
        never.param(Value::Bool(false));
        select.filter.and(never);
    }
    // Without an order, the database would choose the rows. Without a registry the query is refused where it is rendered.
    if (select.is_cut() || takes == Takes::First)
        && select.order.is_empty()
        && orders_rows(&select)
        && let Ok(meta) = meta(slot)
    {
        select.order = default_order(meta, select.reversed);
        if takes == Takes::First
            && select.order.is_empty()
            && let Ok(order) = key_order(meta, select.reversed)
        {
            select.order = order;
        }
    }
    select.name_again();
    let (limit, offset, distinct) = (select.limit(), select.offset(), select.distinct);
    let groups = select.take_groups();
    let derived = select.take_derived().unwrap_or_default();
    let mut tokens = ExprTokens::default();
    tokens.push(Token::From(from));
    tokens.push(Token::Begin);
    let parts = [
        (QueryPart::Rows, derived),
        (QueryPart::Filter, select.filter),
        // Parts refer to repeated values of earlier parts, in this order.
        (QueryPart::Groups, groups.by),
        (QueryPart::Columns, groups.columns),
        (QueryPart::Having, groups.having),
        (QueryPart::Order, select.order),
    ];
    for (part, content) in parts {
        if !content.is_empty() {
            tokens.extend(content);
            tokens.push(Token::Part(part));
        }
    }
    for (part, rows) in [(QueryPart::Limit, limit), (QueryPart::Offset, offset)] {
        if let Some(rows) = rows {
            tokens.param(Value::Int(i64::try_from(rows).unwrap_or(i64::MAX)));
            tokens.push(Token::Part(part));
        }
    }
    if distinct {
        tokens.push(Token::Part(QueryPart::Distinct));
    }
    match takes {
        Takes::All => {}
        Takes::First => tokens.push(Token::Part(QueryPart::First)),
        Takes::Together => tokens.push(Token::Part(QueryPart::Together)),
    }
    tokens.push(Token::End(form));
    tokens
}
