//! Refuses inconsistent queries before anything is sent. One database would refuse them, another would answer with an
//! arbitrary row.

use crate::error::{Error, Result};
use crate::expr::{ByPosition, ColumnRef, Form, Node, Path, RowSource, Subquery, Ungrouped, ungrouped};
use crate::model::ModelMeta;
use crate::query::target;

use super::ReadQuery;
use super::groups::DecodedParts;
use super::rows::RowModels;
use super::shape::StatementKind;

impl ReadQuery<'_> {
    /// # Errors
    /// If single rows and groups of rows are mixed, or distinct values are ordered by something else.
    pub(super) fn check(&self) -> Result<()> {
        let select = self.select;
        let name = || self.meta.def.key();
        if select.filter.has_aggregate() {
            return Err(Error::unsupported(format!(
                "a filter of {} looks at single rows and cannot aggregate",
                name()
            ))
            .with_hint("write `.group_by(..).values(..).having(..)`"));
        }
        let groups = select.groups();
        if self.kind != StatementKind::Tuples {
            return if groups.by.is_empty() {
                Ok(())
            } else {
                Err(
                    Error::unsupported(format!("group_by() on {} makes groups, not rows", name()))
                        .with_hint("go on with `.values(..)` of what they have in common and of aggregates"),
                )
            };
        }
        let DecodedParts {
            columns,
            by,
            having,
            order,
        } = self.parts()?;
        let order: Vec<Node<ByPosition>> = order.into_iter().map(|order| order.by).collect();
        let aggregated = groups.columns.has_aggregate();
        let in_groups =
            aggregated || !by.is_empty() || having.is_some() || order.iter().any(Node::has_aggregate);
        if in_groups {
            let parts = [
                ("values", &columns[..]),
                ("having", having.as_slice()),
                ("order_by", &order),
            ];
            let group = Group {
                rows: self.rows(),
                by: &by,
            };
            for (part, nodes) in parts {
                if let Some(Ungrouped(column)) = nodes.iter().find_map(|node| group.ungrouped(node)) {
                    return Err(self.differs(part, column, by.is_empty()));
                }
            }
        }
        if select.lock().is_some() && (in_groups || select.distinct) {
            return Err(Error::unsupported(format!(
                "select_for_update() of {} locks single rows, and these values are of several: groups, aggregates or \
                 distinct values",
                name()
            ))
            .with_hint("lock the rows first, by a query without them, and ask for the values after it"));
        }
        if select.distinct && order.iter().any(|by| !columns.contains(by)) {
            return Err(Error::unsupported(format!(
                "distinct values of {} can only be ordered by those values",
                name()
            ))
            .with_hint("add what they are ordered by to values()"));
        }
        Ok(())
    }

    #[cold]
    fn differs(&self, part: &str, column: &ColumnRef, all_rows: bool) -> Error {
        // It belongs to the grouped rows, however many subqueries deep it is read.
        let column = ColumnRef {
            source: RowSource::along(column.source.path()),
            ..*column
        };
        let field = match self.rows().find(&column, &[]) {
            Ok(found) => format!("`{}` of {}", found.column.name, found.model.def.key()),
            Err(error) => return error,
        };
        let model = self.meta.def.key();
        if all_rows {
            return Error::unsupported(format!(
                "{part}() of {model} mixes values of single rows ({field}) with aggregates over all of them"
            ))
            .with_hint("group_by() what the rows of a group have in common");
        }
        Error::unsupported(format!(
            "{part}() of {model} names {field}, which may differ between the rows of a group"
        ))
        .with_hint("group by it too, or aggregate it: `.max()`, `.count()`")
    }
}

/// Refuses columns in a subquery that may differ between the rows of a group.
///
/// # Errors
/// If there is such a column; the error names it.
pub(super) fn check_within(
    query: &Subquery<ByPosition>,
    rows: RowModels,
    around: &[RowSource],
) -> Result<()> {
    let columns = match query.form {
        Form::Exists => &[][..],
        Form::Value | Form::List => &query.columns[..],
    };
    let order = query.order.iter().map(|order| &order.by);
    // An order decides nothing unless rows are cut off.
    let is_cut = query.limit.is_some() || query.offset.is_some();
    if query.distinct && is_cut && query.form != Form::Exists && order.clone().any(|by| !columns.contains(by))
    {
        return Err(Error::unsupported(
            "the distinct values of a query within an expression can only be ordered by those values",
        )
        .with_hint("group_by() what it is ordered by, or order by the value"));
    }
    let mut named = columns.iter().chain(&query.having).chain(order);
    let in_groups = !query.groups.is_empty() || named.clone().any(Node::has_aggregate);
    let is_own = |column: &ColumnRef, depth: usize| column.source.scope().outwards() == Some(depth);
    let differs = named.find_map(|node| {
        ungrouped(node, &query.groups, &is_own, &|column| {
            is_grouped(column, &query.groups)
        })
    });
    let Some(Ungrouped(column)) = differs.filter(|_| in_groups) else {
        return Ok(());
    };
    let column = ColumnRef {
        source: RowSource::along(column.source.path()),
        ..*column
    };
    let found = rows.find(&column, around)?;
    Err(Error::unsupported(format!(
        "a query within an expression names `{}` of {}, which may differ between the rows of a group",
        found.column.name,
        found.model.def.key()
    ))
    .with_hint("group by it too, or aggregate it: `.max()`, `.count()`"))
}

/// Whether the rows are grouped by this column, however many subqueries deep it is read.
fn is_grouped(column: &ColumnRef, by: &[Node<ByPosition>]) -> bool {
    by.iter().any(|node| {
        matches!(node, Node::Column(grouped)
            if grouped.position == column.position && grouped.source == RowSource::along(column.source.path()))
    })
}

/// The grouping expressions.
struct Group<'a> {
    rows: RowModels,
    by: &'a [Node<ByPosition>],
}

impl Group<'_> {
    fn ungrouped<'n>(&self, node: &'n Node<ByPosition>) -> Option<Ungrouped<'n, ByPosition>> {
        let is_own = |column: &ColumnRef, depth: usize| column.source.scope().outwards() == Some(depth);
        // If the registry fails, whoever resolves the column reports it.
        let is_determined = |column: &ColumnRef| {
            is_grouped(column, self.by) || self.has_key_of(column.source.path()).unwrap_or(false)
        };
        ungrouped(node, self.by, &is_own, &is_determined)
    }

    /// Whether the rows are grouped by the primary key of the rows at a path, which determines all their columns. Not
    /// for unmanaged tables, where the database may not know the key.
    fn has_key_of(&self, path: Path) -> Option<bool> {
        let model: &ModelMeta = match target(path).ok()? {
            Some(model) => model,
            None => self.rows.own,
        };
        let is_key = |key: usize, node: &Node<ByPosition>| {
            matches!(node, Node::Column(column)
                if usize::from(column.position) == key
                    && column.source.path() == path
                    && column.source.scope().outwards() == Some(0))
        };
        let all = model
            .key
            .iter()
            .all(|&key| self.by.iter().any(|node| is_key(key, node)));
        Some(all && !model.def.unmanaged)
    }
}
