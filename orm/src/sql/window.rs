//! `OVER (..)`: which rows a window function looks at.

use sea_query::{Expr, NullOrdering, Order};

use super::rules::Rules;

/// A window: the rows that belong together, and their order.
#[derive(Default)]
pub(super) struct Window {
    /// `PARTITION BY`
    pub partition: Vec<Expr>,
    /// `ORDER BY`, with the position of NULL where it must be written.
    pub order: Vec<(Expr, Order, Option<NullOrdering>)>,
}

impl Window {
    /// A function over the window.
    pub(super) fn over(self, function: Expr, rules: &dyn Rules) -> Expr {
        let mut parts = vec![function];
        let mut hole = |part: Expr| {
            parts.push(part);
            rules.placeholder(parts.len())
        };
        let mut clauses = Vec::new();
        if !self.partition.is_empty() {
            let partition: Vec<_> = self.partition.into_iter().map(&mut hole).collect();
            clauses.push(format!("PARTITION BY {}", partition.join(", ")));
        }
        if !self.order.is_empty() {
            let order = self.order.into_iter().map(|(by, direction, nulls)| {
                let direction = match direction {
                    Order::Desc => " DESC",
                    _ => "",
                };
                let nulls = match nulls {
                    Some(NullOrdering::First) => " NULLS FIRST",
                    Some(NullOrdering::Last) => " NULLS LAST",
                    None => "",
                };
                format!("{}{direction}{nulls}", hole(by))
            });
            let order: Vec<String> = order.collect();
            clauses.push(format!("ORDER BY {}", order.join(", ")));
        }
        let text = format!("{} OVER ({})", rules.placeholder(1), clauses.join(" "));
        Expr::cust_with_exprs(text, parts)
    }
}
