//! `OVER (..)`: which rows a function looks at beside the one that it is computed for.

use std::borrow::Cow;

use sea_query::{Expr, NullOrdering, Order};

use crate::error::{Error, Result};
use crate::expr::{self, ByPosition, Frame, FrameBound, FrameExclusion, FrameUnit, Node, Typed};

use super::render::Renderer;
use super::rules::Rules;
use super::spell::Speller;

/// A sort key, with the position of NULL where it must be written.
pub(super) type WrittenKey = (Expr, Order, Option<NullOrdering>);

/// Over which rows a function is.
#[derive(Default)]
pub(super) struct OverRows {
    /// Those for which a condition holds.
    pub filter: Option<Expr>,
    /// The order in which an aggregate takes their values.
    pub order: Vec<WrittenKey>,
    /// Those of a window.
    pub window: Option<Window>,
}

/// A window: the rows that belong together, their order, and which of them are around one.
#[derive(Default)]
pub(super) struct Window {
    /// `PARTITION BY`
    pub partition: Vec<Expr>,
    /// `ORDER BY`
    pub order: Vec<WrittenKey>,
    /// The frame, with its distances.
    pub frame: Option<(Frame, Vec<Expr>)>,
}

impl OverRows {
    /// What stands behind a function, with placeholders for what is added to `parts`.
    pub(super) fn clauses(&self, parts: &mut Vec<Expr>, rules: &dyn Rules) -> String {
        let mut clauses = String::new();
        if let Some(filter) = &self.filter {
            parts.push(filter.clone());
            clauses = format!(" FILTER (WHERE {})", rules.placeholder(parts.len()));
        }
        if let Some(window) = &self.window {
            clauses += &format!(" OVER ({})", window.clauses(parts, rules));
        }
        clauses
    }

    /// What stands behind the operands of an aggregate, in the same way.
    pub(super) fn order_clause(&self, parts: &mut Vec<Expr>, rules: &dyn Rules) -> String {
        match &self.order[..] {
            [] => String::new(),
            keys => format!(" {}", order_by(keys, parts, rules)),
        }
    }
}

/// The placeholder for what is added to `parts`.
fn hole(part: &Expr, parts: &mut Vec<Expr>, rules: &dyn Rules) -> Cow<'static, str> {
    parts.push(part.clone());
    rules.placeholder(parts.len())
}

/// `ORDER BY ..`, with placeholders for what is added to `parts`.
fn order_by(keys: &[WrittenKey], parts: &mut Vec<Expr>, rules: &dyn Rules) -> String {
    let keys = keys.iter().map(|(by, direction, nulls)| {
        let direction = match direction {
            Order::Desc => " DESC",
            _ => "",
        };
        let nulls = match nulls {
            Some(NullOrdering::First) => " NULLS FIRST",
            Some(NullOrdering::Last) => " NULLS LAST",
            None => "",
        };
        format!("{}{direction}{nulls}", hole(by, parts, rules))
    });
    let keys: Vec<String> = keys.collect();
    format!("ORDER BY {}", keys.join(", "))
}

impl Window {
    fn clauses(&self, parts: &mut Vec<Expr>, rules: &dyn Rules) -> String {
        let mut clauses = Vec::new();
        if !self.partition.is_empty() {
            let partition: Vec<_> = (self.partition.iter())
                .map(|part| hole(part, parts, rules))
                .collect();
            clauses.push(format!("PARTITION BY {}", partition.join(", ")));
        }
        if !self.order.is_empty() {
            clauses.push(order_by(&self.order, parts, rules));
        }
        if let Some((frame, distances)) = &self.frame {
            // As many as the frame says, or there would be no window.
            let mut distances = distances.iter().map(|distance| hole(distance, parts, rules));
            let [start, end] = [frame.start, frame.end].map(|bound| match bound {
                FrameBound::UnboundedPreceding => "UNBOUNDED PRECEDING".to_owned(),
                FrameBound::Preceding => format!("{} PRECEDING", distances.next().unwrap_or_default()),
                FrameBound::CurrentRow => "CURRENT ROW".to_owned(),
                FrameBound::Following => format!("{} FOLLOWING", distances.next().unwrap_or_default()),
                FrameBound::UnboundedFollowing => "UNBOUNDED FOLLOWING".to_owned(),
            });
            let unit = match frame.unit {
                FrameUnit::Rows => "ROWS",
                FrameUnit::Range => "RANGE",
                FrameUnit::Groups => "GROUPS",
            };
            let excluded = match frame.excluded {
                FrameExclusion::Nothing => "",
                FrameExclusion::CurrentRow => " EXCLUDE CURRENT ROW",
                FrameExclusion::Group => " EXCLUDE GROUP",
                FrameExclusion::Ties => " EXCLUDE TIES",
            };
            clauses.push(format!("{unit} BETWEEN {start} AND {end}{excluded}"));
        }
        clauses.join(" ")
    }
}

impl Speller {
    /// A function over some rows.
    pub(super) fn over(&self, function: Expr, rows: &OverRows) -> Expr {
        if rows.filter.is_none() && rows.window.is_none() {
            return function;
        }
        let mut parts = vec![function];
        let clauses = rows.clauses(&mut parts, self.rules);
        Expr::cust_with_exprs(format!("{}{clauses}", self.rules.placeholder(1)), parts)
    }
}

impl Renderer {
    /// A function over a window.
    ///
    /// # Errors
    /// If it is not a function that looks at several rows, if a window is a part of it, or if its frame needs another order.
    #[cold]
    #[inline(never)]
    pub(super) fn windowed(
        &mut self,
        window: &expr::Window,
        typed: &Typed<'_, '_, ByPosition>,
    ) -> Result<Expr> {
        if window.of_group {
            return self.over_rows(typed, None);
        }
        let Some((function, parts)) = typed.parts.split_first() else {
            return Err(Error::internal("a window has no function"));
        };
        if typed.parts.iter().any(|part| part.node.has_window()) {
            return Err(Error::unsupported(
                "a window is over rows as they are found, and a part of this one is computed over a window already",
            )
            .with_hint("ask for the inner one by a query of its own, and compute the outer one in Rust"));
        }
        let window = self.window(window, parts)?;
        self.over_rows(function, Some(window))
    }

    fn window(&mut self, window: &expr::Window, parts: &[Typed<'_, '_, ByPosition>]) -> Result<Window> {
        let missing = || Error::internal("a window has fewer parts than it says");
        let (partition, rest) = parts.split_at_checked(window.partition).ok_or_else(missing)?;
        let (order, distances) = rest.split_at_checked(window.order.len()).ok_or_else(missing)?;
        if let Some(frame) = window.frame {
            if distances.len() != frame.distances() {
                return Err(missing());
            }
            ensure_order(frame, order)?;
        }
        let mut written = Window::default();
        // The rows of a list are those of one parent.
        if self.around.is_empty() {
            written.partition.extend(self.list.clone());
        }
        for by in partition {
            let expr = self.expr(by)?;
            written.partition.push(self.distinct(expr, by.ty)?);
        }
        written.order = self.sort_keys(order, window)?;
        if let Some(frame) = window.frame {
            let distances = distances.iter().map(|distance| self.expr(distance));
            written.frame = Some((frame, distances.collect::<Result<_>>()?));
        }
        Ok(written)
    }
}

impl Renderer {
    /// The sort keys of a window, or of the values of an aggregate.
    pub(super) fn sort_keys(
        &mut self,
        keys: &[Typed<'_, '_, ByPosition>],
        of: &expr::Window,
    ) -> Result<Vec<WrittenKey>> {
        let keys = keys.iter().zip(&of.order);
        keys.map(|(by, (direction, nulls))| self.ordered_by(by, *direction, *nulls))
            .collect()
    }
}

/// Refuses a frame that databases take with another order only.
fn ensure_order(frame: Frame, order: &[Typed<'_, '_, ByPosition>]) -> Result<()> {
    match (frame.unit, order) {
        (FrameUnit::Groups, []) => Err(Error::unsupported(
            "groups() counts the groups of rows that are equal in the order of the window, which has none",
        )
        .with_hint("add `.order_by(..)` to the window, or count rows by `rows(..)`")),
        (FrameUnit::Range, [key]) if key.ty.is_some_and(|ty| ty.is_integer()) => Ok(()),
        (FrameUnit::Range, _) if frame.distances() > 0 => Err(Error::unsupported(
            "range() with a distance takes it from the value by which the window is ordered: one whole number",
        )
        .with_hint("order the window by one whole number, or count rows by `rows(..)`, equal rows by `groups(..)`")),
        _ => Ok(()),
    }
}

/// Refuses windows where there are no rows yet that they could be over, or none any more.
///
/// # Errors
/// If there is one.
pub(super) fn ensure_no_window<'n>(
    nodes: impl IntoIterator<Item = &'n Node<ByPosition>>,
    part: &str,
) -> Result<()> {
    if !nodes.into_iter().any(Node::has_window) {
        return Ok(());
    }
    Err(Error::unsupported(format!(
        "{part} is about rows before a window looks at them, and gets what is computed over a window"
    ))
    .with_hint(
        "windows stand in `annotate(..)`, `values(..)` and `order_by(..)`; rows are picked by what they come to with \
         `annotate(|p| row_number().over(..)).qualify(|p, place| place.le(3))`",
    ))
}
