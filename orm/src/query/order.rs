//! Orders of rows.

use crate::error::{Error, Result};
use crate::expr::{Direction, ExprTokens, NO_COLUMN, NullsPlace, RowSource, Token};
use crate::model::{Join, ModelMeta};
use crate::value::ColumnType;

use super::path::RelationKind;
use super::relation::joined;
use super::tuples::each_element;
use super::{Expr, Expression, Field, Ordered, Select};

/// An expression with a direction: what [`asc`](super::Field::asc) and [`desc`](super::Field::desc) return.
///
/// # Example: a direction that is chosen at run time
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let newest_first = true;
/// let posts = Post::objects()
///     .order_by(|p| if newest_first { p.id.desc() } else { p.id.asc() })
///     .all(&db)?;
/// assert_eq!(posts[0].title, "Later");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an order does nothing until a query uses it"]
pub struct Order {
    expression: ExprTokens,
    direction: Direction,
    nulls: NullsPlace,
}

impl Order {
    pub(crate) fn new(expression: ExprTokens, direction: Direction, nulls: NullsPlace) -> Self {
        Order {
            expression,
            direction,
            nulls,
        }
    }

    /// NULL before everything: `NULLS FIRST`.
    ///
    /// # Example: those without a rating first
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = Post::objects().order_by(|p| p.rating.desc().nulls_first()).all(&db)?;
    /// assert_eq!(posts[0].rating, None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn nulls_first(mut self) -> Self {
        self.nulls = NullsPlace::First;
        self
    }

    /// NULL after everything: `NULLS LAST`.
    ///
    /// # Example: worst rated first, those without a rating last
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = Post::objects().order_by(|p| p.rating.asc().nulls_last()).all(&db)?;
    /// assert_eq!(posts[1].rating, None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn nulls_last(mut self) -> Self {
        self.nulls = NullsPlace::Last;
        self
    }
}

/// Whether the model's default ordering applies: it does not apply to aggregates and groups, nor to what is not rows of the model.
pub(crate) fn orders_rows(select: &Select) -> bool {
    if select.is_plain() {
        return true;
    }
    let distinct_values = select.distinct && !select.groups().columns.is_empty() && !select.is_annotated();
    !distinct_values
        && !select.is_of_values()
        && select.groups().by.is_empty()
        && !select.groups().columns.has_aggregate()
}

/// The order that a model says its rows have.
pub(crate) fn default_order(meta: &ModelMeta, reversed: bool) -> ExprTokens {
    let mut order = ExprTokens::default();
    for column in &meta.ordering {
        let relations = column.relations.iter();
        let source = relations.fold(RowSource::OWN, |from, &(slot, field)| {
            joined(from, slot, field, RelationKind::Forward)
        });
        let direction = match column.descending {
            true => Direction::Desc,
            false => Direction::Asc,
        };
        order.push(Token::Column(source, column.column));
        order.push(Token::Order(direction, NullsPlace::Default));
    }
    if reversed {
        order.reverse();
    }
    order
}

/// The order of the primary key.
///
/// # Errors
/// If the model has more columns than there are numbers for them.
pub(crate) fn key_order(meta: &ModelMeta, reversed: bool) -> Result<ExprTokens> {
    let direction = match reversed {
        true => Direction::Desc,
        false => Direction::Asc,
    };
    let mut order = ExprTokens::default();
    for &key in &meta.key {
        let key = u16::try_from(key).map_err(|_| Error::internal("a column has a position beyond 65535"))?;
        order.push(Token::Column(RowSource::OWN, key));
        order.push(Token::Order(direction, NullsPlace::Default));
    }
    Ok(order)
}

/// Applies the model's default ordering to a query without an order; not to groups and aggregates, which have no rows
/// to order.
pub(crate) fn order_by_default(meta: &ModelMeta, select: &mut Select) {
    if select.order.is_empty() && !meta.ordering.is_empty() && orders_rows(select) {
        select.order = default_order(meta, select.reversed);
    }
}

/// The query's order or the model's, ended by the primary key, so that no two rows are equal in it.
pub(crate) fn order_uniquely(meta: &ModelMeta, select: &mut Select) {
    order_by_default(meta, select);
    let keys = select.order.sort_keys();
    // With the last key, so that an index may have both in one direction.
    let direction = keys.last().map_or_else(
        || match select.reversed {
            true => Direction::Desc,
            false => Direction::Asc,
        },
        |(_, direction, _)| *direction,
    );
    for &key in &meta.key {
        let column = Token::Column(RowSource::OWN, u16::try_from(key).unwrap_or(NO_COLUMN));
        if keys.iter().any(|(by, ..)| *by.tokens() == [column.pack()]) {
            continue;
        }
        select.order.push(column);
        select.order.push(Token::Order(direction, NullsPlace::Default));
    }
}

/// What [`order_by`](super::QuerySet::order_by) takes: a field, an order, an expression, or a tuple (up to six) or `Vec` of them.
///
/// # Example: an order that is put together at run time
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let columns = ["views", "title"];
/// let posts = Post::objects()
///     .order_by(|p| {
///         let orders = columns.map(|column| match column {
///             "views" => p.views.desc(),
///             _ => p.title.asc(),
///         });
///         orders.to_vec()
///     })
///     .all(&db)?;
/// assert_eq!(posts[0].title, "Hello");
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order",
    label = "expected a field, `field.desc()`, or a tuple of them",
    note = "an order is written `order_by(|p| (p.published_at.desc(), p.id))`",
    note = "a window function is an order once it says its window: `orm::row_number().over(|w| w.order_by(p.id))`"
)]
pub trait IntoOrder {
    #[doc(hidden)]
    fn append(self, to: &mut ExprTokens);
}

impl IntoOrder for Order {
    fn append(self, to: &mut ExprTokens) {
        to.extend(self.expression);
        to.push(Token::Order(self.direction, self.nulls));
    }
}

impl<T: ColumnType<Base: Ordered>, J: Join> IntoOrder for Field<T, J> {
    fn append(self, to: &mut ExprTokens) {
        Expression::append(self, to);
        to.push(Token::Order(Direction::Asc, NullsPlace::Default));
    }
}

impl<T: ColumnType<Base: Ordered>> IntoOrder for Expr<T> {
    fn append(self, to: &mut ExprTokens) {
        Expression::append(self, to);
        to.push(Token::Order(Direction::Asc, NullsPlace::Default));
    }
}

impl<O: IntoOrder> IntoOrder for Vec<O> {
    fn append(self, to: &mut ExprTokens) {
        for order in self {
            order.append(to);
        }
    }
}

each_element!(IntoOrder::append(to: &mut ExprTokens));
