//! Window functions: values computed from the rows around each row.

use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};

use crate::expr::{
    ExprTokens, Frame, FrameBound, FrameExclusion, FrameUnit, Function, MOST_PARTS, Over, Token, WindowPart,
};
use crate::model::Join;
use crate::value::{ColumnType, FieldType, Value};

use super::{Expr, Expression, Field, IntoOrder, Operand, Selection};

/// A function that is computed over a window, before [`over`](WindowFunction::over) says which.
///
/// # Example: a function that is given its window
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::WindowFunction;
///
/// fn by_views(p: PostFields, function: WindowFunction<i64>) -> Expr<i64> {
///     function.over(|w| w.order_by(p.views.desc()))
/// }
/// let places: Vec<i64> = Post::objects().order_by(|p| p.id).values(|p| by_views(p, orm::rank())).all(&db)?;
/// assert_eq!(places, [1, 2]);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: without a window it is no value
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects().annotate(|p| p.views.lag(1)).all(&db)?; // `.over(|w| w.order_by(p.id))`
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "a window function is a value once `.over(|w| ..)` says its window"]
pub struct WindowFunction<T> {
    tokens: ExprTokens,
    ty: PhantomData<fn() -> T>,
}

impl<T> Clone for WindowFunction<T> {
    fn clone(&self) -> Self {
        WindowFunction::new(self.tokens.clone())
    }
}

impl<T> std::fmt::Debug for WindowFunction<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WindowFunction({:?})", self.tokens.tokens())
    }
}

impl<T> WindowFunction<T> {
    fn new(tokens: ExprTokens) -> Self {
        WindowFunction {
            tokens,
            ty: PhantomData,
        }
    }

    /// Of no value.
    fn of_rows(function: Function) -> Self {
        let mut tokens = ExprTokens::default();
        tokens.call(function, 0);
        WindowFunction::new(tokens)
    }

    /// Computed over a window: `row_number() OVER (PARTITION BY author_id ORDER BY views DESC)`.
    ///
    /// It stands in `annotate`, `values` and `order_by`, of a query that groups too, where a window is over the groups. Conditions are
    /// about rows before windows look at them, so a filter refuses it. Beside rows that are loaded with others it is over the rows of one list.
    ///
    /// # Errors
    /// When the query runs: [`is_unsupported`](crate::Error::is_unsupported) where it stands in a condition, a group, an aggregate, an
    /// update or another window, or where its frame needs another order.
    ///
    /// # Example: the place of each post among those of its author
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts: Vec<(Post, i64)> = Post::objects()
    ///     .annotate(|p| orm::row_number().over(|w| w.partition_by(p.author).order_by((p.views.desc(), p.id))))
    ///     .order_by(|p| p.id)
    ///     .all(&db)?;
    /// assert_eq!((posts[0].0.title.as_str(), posts[0].1, posts[1].1), ("Hello", 1, 2));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a filter looks at rows before
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let first = Post::objects().filter(|p| orm::rank().over(|w| w.order_by(p.views)).eq(1));
    /// assert!(first.all(&db).unwrap_err().to_string().contains("filter() is about rows before a window looks at them"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn over(self, window: impl FnOnce(Window) -> Window) -> Expr<T> {
        Expr::new(window(Window::default()).over(self.tokens))
    }
}

/// What a function is once it says its window: nothing else has it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a window function is compared and ordered by once it says its window",
    label = "`.over(|w| ..)` is missing before this",
    note = "`orm::rank().over(|w| w.order_by(p.views.desc())).le(3)`; which rows these are says `.annotate(..).qualify(|_, rank| rank.le(3))`"
)]
pub trait OverWindow {}

/// Says what is missing, where a value would have these.
macro_rules! once_over_a_window {
    ($($name:ident)+) => {
        impl<T> WindowFunction<T> {
            $(
                #[doc(hidden)]
                pub fn $name<V>(self, _: V) -> Expr<bool>
                where
                    Self: OverWindow,
                {
                    Expr::new(self.tokens)
                }
            )+
        }
    };
}
once_over_a_window! { eq ne lt le gt ge }

impl<T> Expr<T> {
    /// This aggregate, over a window: `sum(views) OVER (PARTITION BY author_id)`. It is then a value of each row, and no row is lost. With
    /// an order it is of the rows up to each one and those that are equal to it, unless the window says another frame.
    ///
    /// Every aggregate has it, [filtered](Expr::filter) too, but those of different values (`count_distinct` ..) and those whose values
    /// are in an order (`array_agg`, `json_agg`, `string_agg`): over a window, databases take neither different values only nor an order of
    /// the values themselves.
    ///
    /// # Errors
    /// As [`WindowFunction::over`]; where this is not an aggregate, or one of those.
    ///
    /// # Example: the share of each post, and a running total
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let rows: Vec<(String, Option<i64>, Option<i64>)> = Post::objects()
    ///     .order_by(|p| p.id)
    ///     .values(|p| {
    ///         let all = p.views.sum().over(|w| w.partition_by(p.author));
    ///         (p.title, p.views * 100 / all, p.views.sum().over(|w| w.order_by(p.id)))
    ///     })
    ///     .all(&db)?;
    /// assert_eq!(rows, [("Hello".to_owned(), Some(100), Some(7)), ("Later".to_owned(), Some(0), Some(7))]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: groups, ranked by what they come to
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::queries::count;
    ///
    /// let ranked: Vec<(Status, i64, Option<i64>)> = Post::objects()
    ///     .group_by(|p| p.status)
    ///     .values(|p| {
    ///         let place = orm::rank().over(|w| w.order_by(p.views.sum().desc()));
    ///         (p.status, place, count().sum().over(|w| w))
    ///     })
    ///     .order_by(|p| p.status)
    ///     .all(&db)?;
    /// assert_eq!(ranked, [(Status::Draft, 2, Some(2)), (Status::Published, 1, Some(2))]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn over(self, window: impl FnOnce(Window) -> Window) -> Expr<T> {
        Expr::new(window(Window::default()).over(self.tokens))
    }
}

/// The rows that a function looks at, for each row: those that agree in what they are partitioned by, in an order, and of these the
/// ones of a frame around it. What a closure of [`over`](WindowFunction::over) is given.
///
/// # Example: a window that is used twice is bound once, where SQL has `WINDOW w AS (..)`
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::queries::Window;
///
/// let rows: Vec<(i64, Option<i64>)> = Post::objects()
///     .order_by(|p| p.id)
///     .values(|p| {
///         let by_views = |w: Window| w.partition_by(p.author).order_by(p.views);
///         (orm::row_number().over(by_views), p.views.lag(1).over(by_views))
///     })
///     .all(&db)?;
/// assert_eq!(rows, [(2, Some(0)), (1, None)]);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a window is what the closure of `over` returns"]
pub struct Window {
    partition: ExprTokens,
    partitions: usize,
    order: ExprTokens,
    keys: usize,
    frame: Option<Frame>,
    distances: ExprTokens,
}

impl Window {
    /// Only rows that agree in these values: `PARTITION BY`. A value or a tuple of them, as for `group_by`; a later call replaces an
    /// earlier one. Without it, all rows of the query are one partition.
    ///
    /// # Example: how many posts the author of each has
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::queries::count;
    ///
    /// let posts: Vec<(Post, i64)> =
    ///     Post::objects().annotate(|p| count().over(|w| w.partition_by(p.author))).all(&db)?;
    /// assert_eq!(posts[0].1, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn partition_by<S: Selection>(mut self, by: S) -> Self {
        self.partition = ExprTokens::default();
        by.append(&mut self.partition);
        self.partitions = S::VALUES;
        self
    }

    /// The order of the rows within a partition: `ORDER BY`, as that of a query. Rows that are equal in it are numbered as the database
    /// likes, so let it end with the primary key where that matters; ranks are the same for them.
    ///
    /// # Example: numbered from the newest
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let newest = |p: PostFields| orm::row_number().over(|w| w.order_by((p.published_at.desc().nulls_last(), p.id)));
    /// let rows: Vec<(String, i64)> = Post::objects().order_by(newest).values(|p| (p.title, newest(p))).all(&db)?;
    /// assert_eq!(rows, [("Hello".to_owned(), 1), ("Later".to_owned(), 2)]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn order_by(self, order: impl IntoOrder) -> Self {
        let mut by = ExprTokens::default();
        order.append(&mut by);
        self.ordered_as(by)
    }

    /// The same, of an order that a query has.
    pub(super) fn ordered_as(mut self, order: ExprTokens) -> Self {
        self.order = order;
        self.keys = self.order.order_window();
        self
    }

    /// Only rows around each one, counted: `ROWS BETWEEN 2 PRECEDING AND CURRENT ROW` is `rows(-2..=0)`. The row itself is 0, those before
    /// it are negative, and an end that is not given is that of the partition. An empty range is refused.
    ///
    /// # Example: the mean of each post and its neighbors
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let smooth: Vec<Option<f64>> = Post::objects()
    ///     .order_by(|p| p.id)
    ///     .values(|p| p.views.avg().over(|w| w.order_by(p.id).rows(-1..=1)))
    ///     .all(&db)?;
    /// assert_eq!(smooth, [Some(3.5), Some(3.5)]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn rows(self, around: impl RangeBounds<i64>) -> Self {
        self.framed(FrameUnit::Rows, &around)
    }

    /// Only rows whose sort key is near that of each one: `RANGE BETWEEN 10 PRECEDING AND CURRENT ROW` is `range(-10..=0)`. With a distance,
    /// the window is ordered by one whole number; 0 is all rows that are equal to it. Rows whose key is NULL are near each other only.
    ///
    /// # Example: how many have at most ten views less
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::queries::count;
    ///
    /// let near: Vec<i64> = Post::objects()
    ///     .order_by(|p| p.id)
    ///     .values(|p| count().over(|w| w.order_by(p.views).range(-10..=0)))
    ///     .all(&db)?;
    /// assert_eq!(near, [2, 1]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn range(self, around: impl RangeBounds<i64>) -> Self {
        self.framed(FrameUnit::Range, &around)
    }

    /// Only rows around each one, counted in groups of rows that are equal in the order: `GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW` is
    /// `groups(-1..=0)`.
    ///
    /// # Example: posts with as many views, and with the next more
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::queries::count;
    ///
    /// let above: Vec<i64> = Post::objects()
    ///     .order_by(|p| p.id)
    ///     .values(|p| count().over(|w| w.order_by(p.views).groups(0..=1)))
    ///     .all(&db)?;
    /// assert_eq!(above, [1, 2]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn groups(self, around: impl RangeBounds<i64>) -> Self {
        self.framed(FrameUnit::Groups, &around)
    }

    /// Leaves out the row itself: `EXCLUDE CURRENT ROW`.
    ///
    /// # Example: views of all others
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let others: Vec<Option<i64>> = Post::objects()
    ///     .order_by(|p| p.id)
    ///     .values(|p| p.views.sum().over(|w| w.rows(..).exclude_current_row()))
    ///     .all(&db)?;
    /// assert_eq!(others, [Some(0), Some(7)]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn exclude_current_row(self) -> Self {
        self.excluding(FrameExclusion::CurrentRow)
    }

    /// Leaves out the row itself and those that are equal to it in the order: `EXCLUDE GROUP`.
    ///
    /// # Example: posts with other numbers of views
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::queries::count;
    ///
    /// let others: Vec<i64> =
    ///     Post::objects().values(|p| count().over(|w| w.order_by(p.views).rows(..).exclude_group())).all(&db)?;
    /// assert_eq!(others, [1, 1]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn exclude_group(self) -> Self {
        self.excluding(FrameExclusion::Group)
    }

    /// Leaves out the rows that are equal to it in the order, but not itself: `EXCLUDE TIES`.
    ///
    /// # Example: each number of views once, and the row itself
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::queries::count;
    ///
    /// let counted: Vec<i64> =
    ///     Post::objects().values(|p| count().over(|w| w.order_by(p.views).rows(..).exclude_ties())).all(&db)?;
    /// assert_eq!(counted, [2, 2]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn exclude_ties(self) -> Self {
        self.excluding(FrameExclusion::Ties)
    }

    fn framed(mut self, unit: FrameUnit, around: &impl RangeBounds<i64>) -> Self {
        let start = match around.start_bound() {
            Bound::Included(&at) => Some(at),
            Bound::Excluded(&at) => Some(at.saturating_add(1)),
            Bound::Unbounded => None,
        };
        let end = match around.end_bound() {
            Bound::Included(&at) => Some(at),
            Bound::Excluded(&at) => Some(at.saturating_sub(1)),
            Bound::Unbounded => None,
        };
        self.distances = ExprTokens::default();
        let excluded = self.excluded();
        let (start, end) = match (start, end) {
            (Some(start), Some(end)) if start > end => {
                self.distances
                    .param(Value::Refused("a window has a frame that ends before it begins"));
                (FrameBound::Preceding, FrameBound::CurrentRow)
            }
            (start, end) => (
                start.map_or(FrameBound::UnboundedPreceding, |at| self.bound(at)),
                end.map_or(FrameBound::UnboundedFollowing, |at| self.bound(at)),
            ),
        };
        self.frame = Some(Frame {
            unit,
            start,
            end,
            excluded,
        });
        self
    }

    fn bound(&mut self, at: i64) -> FrameBound {
        if at == 0 {
            return FrameBound::CurrentRow;
        }
        let distance = i64::try_from(at.unsigned_abs()).unwrap_or(i64::MAX);
        self.distances.param(Value::Int(distance));
        self.distances.say_type(FieldType::BigInt);
        match at {
            ..0 => FrameBound::Preceding,
            0.. => FrameBound::Following,
        }
    }

    fn excluded(&self) -> FrameExclusion {
        self.frame.map_or(FrameExclusion::Nothing, |frame| frame.excluded)
    }

    fn excluding(mut self, excluded: FrameExclusion) -> Self {
        // Without a frame it is SQL's own.
        let frame = self.frame.get_or_insert(Frame {
            unit: FrameUnit::Range,
            start: FrameBound::UnboundedPreceding,
            end: FrameBound::CurrentRow,
            excluded,
        });
        frame.excluded = excluded;
        self
    }

    /// The tokens of a function over it.
    fn over(self, function: ExprTokens) -> ExprTokens {
        let aggregate = function.ends_with_aggregate();
        let few = |parts: usize| u8::try_from(parts).ok().filter(|_| parts <= MOST_PARTS);
        let mut tokens = function;
        let (Some(partition), Some(order)) = (few(self.partitions), few(self.keys)) else {
            tokens = ExprTokens::default();
            tokens.param(Value::Refused("a window is ordered by at most 63 values"));
            return tokens;
        };
        for part in [self.partition, self.order, self.distances] {
            tokens.extend(part);
        }
        tokens.push(Token::Window(WindowPart::Over(Over {
            aggregate,
            partition,
            order,
            frame: self.frame,
            of_group: false,
        })));
        tokens
    }
}

/// The place of each row in the order of its window, from 1, whether or not others are equal to it: `row_number() OVER (..)`.
///
/// # Example: numbered rows
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let numbered: Vec<(i64, String)> = Post::objects()
///     .order_by(|p| p.title)
///     .values(|p| (orm::row_number().over(|w| w.order_by(p.title)), p.title))
///     .all(&db)?;
/// assert_eq!(numbered[1], (2, "Later".to_owned()));
/// # Ok::<(), orm::Error>(())
/// ```
#[doc(alias("RowNumber", "Window"))]
pub fn row_number() -> WindowFunction<i64> {
    WindowFunction::of_rows(Function::RowNumber)
}

/// One more than the rows before each in the order of its window; those that are equal have the same: 1, 1, 3. `rank() OVER (..)`
///
/// # Example: by views
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let ranked: Vec<(Post, i64)> =
///     Post::objects().annotate(|p| orm::rank().over(|w| w.order_by(p.views.desc()))).order_by(|p| p.id).all(&db)?;
/// assert_eq!((ranked[0].1, ranked[1].1), (1, 2));
/// # Ok::<(), orm::Error>(())
/// ```
pub fn rank() -> WindowFunction<i64> {
    WindowFunction::of_rows(Function::Rank)
}

/// One more than the different values before each in the order of its window, without gaps: 1, 1, 2. `dense_rank() OVER (..)`
///
/// # Example: by author
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let ranks: Vec<i64> = Post::objects().values(|p| orm::dense_rank().over(|w| w.order_by(p.author))).all(&db)?;
/// assert_eq!(ranks, [1, 1]);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn dense_rank() -> WindowFunction<i64> {
    WindowFunction::of_rows(Function::DenseRank)
}

/// The share of the other rows of its window that come before each, from 0 to 1: `percent_rank() OVER (..)`.
///
/// # Example: by views
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let shares: Vec<f64> = Post::objects()
///     .order_by(|p| p.id)
///     .values(|p| orm::percent_rank().over(|w| w.order_by(p.views)))
///     .all(&db)?;
/// assert_eq!(shares, [1.0, 0.0]);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn percent_rank() -> WindowFunction<f64> {
    WindowFunction::of_rows(Function::PercentRank)
}

/// The share of the rows of its window that come before each or are equal to it, itself one of them: `cume_dist() OVER (..)`.
///
/// # Example: by views
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let shares: Vec<f64> =
///     Post::objects().order_by(|p| p.id).values(|p| orm::cume_dist().over(|w| w.order_by(p.views))).all(&db)?;
/// assert_eq!(shares, [1.0, 0.5]);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn cume_dist() -> WindowFunction<f64> {
    WindowFunction::of_rows(Function::CumeDist)
}

/// In which of so many parts of equal size each row is, from 1; the first ones have one row more where they cannot be equal:
/// `ntile(4) OVER (..)`. There is at least one part.
///
/// # Example: the better half
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let halves: Vec<i64> = Post::objects()
///     .order_by(|p| p.id)
///     .values(|p| orm::ntile(2).over(|w| w.order_by(p.views.desc())))
///     .all(&db)?;
/// assert_eq!(halves, [1, 2]);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn ntile(parts: u32) -> WindowFunction<i64> {
    let mut tokens = ExprTokens::default();
    tokens.param(match parts {
        0 => Value::Refused("ntile() divides rows into at least one part"),
        parts => number_of_rows(parts),
    });
    tokens.call(Function::Ntile, 1);
    WindowFunction::new(tokens)
}

/// No partition has as many rows as one of the databases takes for a number here.
fn number_of_rows(rows: u32) -> Value<'static> {
    Value::Int(i64::from(rows.min(i32::MAX.unsigned_abs())))
}

fn neighbor<T>(
    value: impl Expression,
    rows: u32,
    function: Function,
    otherwise: Option<&mut dyn FnMut(&mut ExprTokens)>,
) -> WindowFunction<T> {
    let mut tokens = value.into_tokens();
    let operands = match otherwise {
        Some(append) => {
            append(&mut tokens);
            3
        }
        None => 2,
    };
    tokens.param(number_of_rows(rows));
    tokens.call(function, operands);
    WindowFunction::new(tokens)
}

macro_rules! window_functions {
    ([$($join:tt)*] $this:ty, $ty:ty) => {
        impl<T: ColumnType, $($join)*> $this {
            /// The value of the row so many before each in the order of its window; `None` where there is no such row: `lag(views, 1) OVER (..)`.
            ///
            /// # Example: how many more than the post before
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let more: Vec<Option<i64>> = Post::objects()
            ///     .order_by(|p| p.id)
            ///     .values(|p| p.views - p.views.lag(1).over(|w| w.order_by(p.id)))
            ///     .all(&db)?;
            /// assert_eq!(more, [None, Some(-7)]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("Lag", "previous"))]
            pub fn lag(self, rows: u32) -> WindowFunction<Option<T::Base>> {
                neighbor(self, rows, Function::Lag, None)
            }

            /// The same, with another value where there is no such row: `lag(views, 1, 0) OVER (..)`.
            ///
            /// # Example: nothing before the first
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let before: Vec<i64> = Post::objects()
            ///     .order_by(|p| p.id)
            ///     .values(|p| p.views.lag_or(1, 0).over(|w| w.order_by(p.id)))
            ///     .all(&db)?;
            /// assert_eq!(before, [0, 7]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn lag_or<O: Operand<T::Base>>(self, rows: u32, otherwise: O) -> WindowFunction<<O::Joined as Join>::Of<$ty>> {
                let mut otherwise = Some(otherwise);
                neighbor(self, rows, Function::LagOr, Some(&mut |tokens| {
                    if let Some(otherwise) = otherwise.take() {
                        otherwise.append(tokens);
                    }
                }))
            }

            /// The value of the row so many behind each in the order of its window; `None` where there is no such row: `lead(views, 1) OVER (..)`.
            ///
            /// # Example: the title of the next post
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let next: Vec<Option<String>> = Post::objects()
            ///     .order_by(|p| p.id)
            ///     .values(|p| p.title.lead(1).over(|w| w.order_by(p.id)))
            ///     .all(&db)?;
            /// assert_eq!(next, [Some("Later".to_owned()), None]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("Lead", "next"))]
            pub fn lead(self, rows: u32) -> WindowFunction<Option<T::Base>> {
                neighbor(self, rows, Function::Lead, None)
            }

            /// The same, with another value where there is no such row: `lead(title, 1, 'end') OVER (..)`.
            ///
            /// # Example: something behind the last
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let next: Vec<String> = Post::objects()
            ///     .order_by(|p| p.id)
            ///     .values(|p| p.title.lead_or(1, "end").over(|w| w.order_by(p.id)))
            ///     .all(&db)?;
            /// assert_eq!(next, ["Later", "end"]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn lead_or<O: Operand<T::Base>>(self, rows: u32, otherwise: O) -> WindowFunction<<O::Joined as Join>::Of<$ty>> {
                let mut otherwise = Some(otherwise);
                neighbor(self, rows, Function::LeadOr, Some(&mut |tokens| {
                    if let Some(otherwise) = otherwise.take() {
                        otherwise.append(tokens);
                    }
                }))
            }

            /// The value of the first row of the frame; `None` where the frame has no row: `first_value(title) OVER (..)`.
            ///
            /// # Example: the title that is read most
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let most: Vec<Option<String>> = Post::objects()
            ///     .values(|p| p.title.first_value().over(|w| w.partition_by(p.author).order_by(p.views.desc())))
            ///     .all(&db)?;
            /// assert_eq!(most, [Some("Hello".to_owned()), Some("Hello".to_owned())]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("FirstValue"))]
            pub fn first_value(self) -> WindowFunction<Option<T::Base>> {
                let mut tokens = self.into_tokens();
                tokens.call(Function::FirstValue, 1);
                WindowFunction::new(tokens)
            }

            /// The value of the last row of the frame, which ends at the row itself unless the window says another: `rows(..)` is all rows.
            /// `last_value(title) OVER (..)`
            ///
            /// # Example: the title that is read least
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let least: Vec<Option<String>> = Post::objects()
            ///     .values(|p| p.title.last_value().over(|w| w.order_by(p.views.desc()).rows(..)))
            ///     .all(&db)?;
            /// assert_eq!(least, [Some("Later".to_owned()), Some("Later".to_owned())]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("LastValue"))]
            pub fn last_value(self) -> WindowFunction<Option<T::Base>> {
                let mut tokens = self.into_tokens();
                tokens.call(Function::LastValue, 1);
                WindowFunction::new(tokens)
            }

            /// The value of a row of the frame by its place, from 0 as everywhere in Rust; `None` where the frame has no such row:
            /// `nth_value(1)` is `nth_value(title, 2) OVER (..)`.
            ///
            /// # Example: the second
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let second: Vec<Option<String>> = Post::objects()
            ///     .values(|p| p.title.nth_value(1).over(|w| w.order_by(p.id).rows(..)))
            ///     .all(&db)?;
            /// assert_eq!(second, [Some("Later".to_owned()), Some("Later".to_owned())]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("NthValue"))]
            pub fn nth_value(self, place: u32) -> WindowFunction<Option<T::Base>> {
                neighbor(self, place.saturating_add(1), Function::NthValue, None)
            }
        }
    };
}
window_functions!([J: Join] Field<T, J>, J::Of<T>);
window_functions!([] Expr<T>, T);
