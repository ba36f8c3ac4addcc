//! Refuses inconsistent queries before anything is sent. One database would refuse them, another would answer with an
//! arbitrary row.

use smallvec::SmallVec;

use crate::error::{Error, Result};
use crate::expr::{
    ByPosition, ColumnRef, Form, GroupedRows, Node, Path, RowSource, Subquery, Takes, Ungrouped, ungrouped,
};
use crate::model::ModelMeta;
use crate::query::{Groups, RelationKind, join_step, target};

use super::ReadQuery;
use super::groups::DecodedParts;
use super::rows::RowModels;
use super::shape::StatementKind;
use super::window::ensure_no_window;

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
        if select.lock().is_some() && (groups.columns.has_window() || select.order.has_window()) {
            return Err(Error::unsupported(format!(
                "select_for_update() of {} locks single rows, and a window looks at several",
                name()
            ))
            .with_hint("lock the rows first, by a query without it, and ask for the values after it"));
        }
        if select.lock().is_some() && select.derived_rows().is_some() {
            return Err(Error::unsupported(format!(
                "select_for_update() of {} locks rows of its table, and these are the rows of a query",
                name()
            ))
            .with_hint("read their keys first and lock the rows with `in_(keys)`"));
        }
        if self.kind != StatementKind::Tuples {
            if groups.columns.has_aggregate() {
                return Err(Error::unsupported(format!(
                    "annotate() of {} puts a value beside each row, and this is an aggregate over all of them",
                    name()
                ))
                .with_hint(
                    "aggregate related rows, as in `a.posts().count()`; over all rows there is `.aggregate(..)`, over groups \
                     `.group_by(..).values(..)`",
                ));
            }
            if self.kind == StatementKind::Related {
                return ensure_of_each_row(&self.parts()?.by, groups);
            }
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
        ensure_no_window(&by, "group_by()")?;
        ensure_no_window(&having, "having()")?;
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
                    return Err(self.differs(part, &column, by.is_empty()));
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

/// Refuses values of related rows that are not of one row each, where those that are equal in them are one.
fn ensure_of_each_row(equal: &[Node<ByPosition>], groups: &Groups) -> Result<()> {
    if groups.by.has_aggregate() {
        return Err(Error::unsupported(
            "distinct_on() takes the first of the related rows that are equal in some values, and is given an aggregate over all of them",
        )
        .with_hint("aggregate what is related to each of the rows, as in `p.comments().count()`"));
    }
    ensure_no_window(equal, "distinct_on()")
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
        Form::Value | Form::List | Form::Rows | Form::Values | Form::ComparedValues => &query.columns[..],
    };
    for (nodes, part) in [
        (query.filter.as_slice(), "filter()"),
        (&query.groups, "group_by()"),
        (query.having.as_slice(), "having()"),
    ] {
        ensure_no_window(nodes, part)?;
    }
    if query.filter.as_ref().is_some_and(Node::has_aggregate) {
        return Err(Error::unsupported(
            "the filter of a query within an expression looks at single rows and cannot aggregate",
        )
        .with_hint("compare the value of the whole query, as in `a.posts().count().gt(3)`"));
    }
    if query.takes != Takes::All && !query.groups.is_empty() {
        return Err(
            Error::unsupported("group_by() of a query within an expression makes groups, not rows")
                .with_hint(
                    "go on with `.values(..)` of one value, and a limit where there is more than one group",
                ),
        );
    }
    if query.takes == Takes::Together {
        together(query)?;
    }
    if query.form == Form::Rows {
        beside_rows(query)?;
    }
    let order = query.order.iter().map(|order| &order.by);
    // An order decides nothing unless rows are cut off.
    let is_cut = query.is_cut();
    if query.distinct && is_cut && query.form != Form::Exists && order.clone().any(|by| !columns.contains(by))
    {
        return Err(Error::unsupported(
            "the distinct values of a query within an expression can only be ordered by those values",
        )
        .with_hint("group_by() what it is ordered by, or order by the value"));
    }
    let mut named = columns.iter().chain(&query.having).chain(order);
    let in_groups = !query.groups.is_empty() || named.clone().any(Node::has_aggregate);
    if !in_groups {
        return Ok(());
    }
    let grouped = GroupedRows {
        by: &query.groups,
        is_own: &is_own,
        related_by: &|source, depth| related_by(*source, depth, rows, around),
        is_determined: &|column| is_grouped(column, &query.groups),
    };
    let Some(Ungrouped(column)) = named.find_map(|node| ungrouped(node, &grouped)) else {
        return Ok(());
    };
    let column = ColumnRef {
        source: RowSource::along(column.source.path()),
        ..column
    };
    let found = rows.find(&column, around)?;
    Err(Error::unsupported(format!(
        "a query within an expression names `{}` of {}, which may differ between the rows of a group",
        found.column.name,
        found.model.def.key()
    ))
    .with_hint("group by it too, or aggregate it: `.max()`, `.count()`"))
}

/// Refuses values beside rows that are not of one row each.
fn beside_rows(query: &Subquery<ByPosition>) -> Result<()> {
    if query.columns.iter().any(Node::has_aggregate) {
        return Err(Error::unsupported(
            "qualify() and distinct_on() look at values beside each row, and what they are given is an aggregate over all of them",
        )
        .with_hint("say over which rows it is, `p.views.sum().over(|w| w.partition_by(p.author))`, or group and use `.having(..)`"));
    }
    if !query.groups.is_empty() {
        return Err(
            Error::unsupported("qualify() is of rows, and group_by() makes groups of them")
                .with_hint("conditions on groups are `.values(..).having(..)`"),
        );
    }
    Ok(())
}

/// Refuses a value that is not of all rows together.
fn together(query: &Subquery<ByPosition>) -> Result<()> {
    if !query.columns.iter().all(Node::has_aggregate) {
        return Err(Error::unsupported(
            "aggregate() of related rows gives one answer over all of them, and this is not an aggregate",
        )
        .with_hint(
            "use sum(), max(), count() and their like; the value of one row is `.first(|p| p.title)`",
        ));
    }
    if query.is_cut() {
        return Err(Error::unsupported(
            "an aggregate over the rows of a query with a limit or an offset takes a primary key of one column",
        )
        .with_hint("filter the rows instead, or read them and aggregate in Rust"));
    }
    Ok(())
}

/// Whether the rows are grouped by this column, however many subqueries deep it is read.
fn is_grouped(column: &ColumnRef, by: &[Node<ByPosition>]) -> bool {
    by.iter().any(|node| {
        matches!(node, Node::Column(grouped)
            if grouped.position == column.position && grouped.source == RowSource::along(column.source.path()))
    })
}

/// Whether a column, that many subqueries deep, is of the rows in question.
fn is_own(column: &ColumnRef, depth: usize) -> bool {
    column.source.scope().outwards() == Some(depth)
}

/// The columns of the rows in question that the rows of a query within are related to, that many subqueries deep. If the registry
/// fails, whoever renders the query reports it.
fn related_by(source: RowSource, depth: usize, rows: RowModels, around: &[RowSource]) -> Vec<ColumnRef> {
    let step = join_step(source.path()).filter(|_| source.scope().outwards() == Some(depth));
    let Some(step) = step else { return Vec::new() };
    let columns: SmallVec<[usize; 2]> = match step.kind {
        RelationKind::Forward | RelationKind::Reverse => {
            let pairs = step.column_pairs().unwrap_or_default();
            pairs.iter().map(|pair| pair.from).collect()
        }
        RelationKind::Join | RelationKind::JoinBack => {
            let model = rows.model(RowSource::along(step.from), around);
            model
                .map(|model| model.key.iter().copied().collect())
                .unwrap_or_default()
        }
    };
    let column = |at| ColumnRef {
        // As a column of those rows that is named as deep as the query stands.
        source: source.with_path(step.from),
        position: at,
    };
    let columns = columns.into_iter().filter_map(|at| u16::try_from(at).ok());
    columns.map(column).collect()
}

/// The grouping expressions.
struct Group<'a> {
    rows: RowModels,
    by: &'a [Node<ByPosition>],
}

impl Group<'_> {
    fn ungrouped(&self, node: &Node<ByPosition>) -> Option<Ungrouped<ByPosition>> {
        // If the registry fails, whoever resolves the column reports it.
        let is_determined = |column: &ColumnRef| {
            is_grouped(column, self.by) || self.has_key_of(column.source.path()).unwrap_or(false)
        };
        let grouped = GroupedRows {
            by: self.by,
            is_own: &is_own,
            related_by: &|source, depth| related_by(*source, depth, self.rows, &[]),
            is_determined: &is_determined,
        };
        ungrouped(node, &grouped)
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
        Some(all && model.def.makes_table())
    }
}
