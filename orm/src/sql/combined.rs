//! Rows of values of several queries as those of one.
//!
//! ```sql
//! SELECT post."value 0" FROM (
//!     SELECT t2.title AS "value 0" FROM post AS t2 UNION SELECT t3.label AS "value 0" FROM tag AS t3
//! ) AS post ORDER BY post."value 0"
//! ```
//!
//! None of the queries has an order, a limit or operators of its own: one that has them is what another selects from. So the
//! databases read a row of operators alike, which nest them in different ways.

use sea_query::{SelectStatement, UnionType};

use crate::error::{Error, Result};
use crate::expr::{ByPosition, Combined, Node, SetOperator, Typed};

use super::derived::{is_beside, no_query, nth_beside};
use super::render::Renderer;

/// The most queries that SQLite takes in a row: <https://www.sqlite.org/limits.html>, "Maximum Number Of Terms In A Compound SELECT Statement".
const MOST_QUERIES: usize = 500;

impl Renderer {
    /// The rows of several queries.
    ///
    /// # Errors
    /// If there are too many, or a column is of different native enums.
    #[cold]
    #[inline(never)]
    pub(super) fn combined(
        &mut self,
        combined: &Combined<ByPosition>,
        queries: &[Typed<'_, '_, ByPosition>],
    ) -> Result<SelectStatement> {
        ensure_few(queries.len())?;
        ensure_same_enums(queries)?;
        let by = match combined.by {
            SetOperator::Union => UnionType::Distinct,
            SetOperator::UnionAll => UnionType::All,
            SetOperator::Intersection => UnionType::Intersect,
            SetOperator::Difference => UnionType::Except,
        };
        let mut queries = queries.iter();
        let mut all = self.one_of(queries.next().ok_or_else(no_query)?)?;
        for query in queries {
            all.union(by, self.one_of(query)?);
        }
        Ok(all)
    }

    fn one_of(&mut self, typed: &Typed<'_, '_, ByPosition>) -> Result<SelectStatement> {
        match typed.node {
            Node::Subquery(query) => self.query(query, typed),
            _ => Err(no_query()),
        }
    }
}

fn ensure_few(queries: usize) -> Result<()> {
    match queries > MOST_QUERIES {
        false => Ok(()),
        true => Err(Error::unsupported(format!(
            "{queries} queries are combined in a row, and databases take {MOST_QUERIES}"
        ))
        .with_hint("ask for some of them at a time, or by one query with `in_(list)`")),
    }
}

/// Postgres has no type that values of two native enums have in common.
fn ensure_same_enums(queries: &[Typed<'_, '_, ByPosition>]) -> Result<()> {
    let mut first: Vec<Option<&str>> = Vec::new();
    for query in queries {
        for at in 0..columns(query).len() {
            match (first.get_mut(at), enum_at(query, at)) {
                (None, name) => first.push(name),
                (Some(known @ None), name) => *known = name,
                (Some(Some(known)), Some(name)) if *known != name => {
                    return Err(Error::unsupported(format!(
                        "value {} of queries that are combined is of two native enums, {known} and {name}",
                        at + 1
                    ))
                    .with_hint("models of one app share the enum of a type; or combine what it says, `orm::raw::<String>(\"CAST({} AS text)\", (p.status,))`"));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// The native enum of a column, as the query says that reads it from a table.
fn enum_at<'t>(typed: &'t Typed<'_, '_, ByPosition>, at: usize) -> Option<&'t str> {
    let Node::Subquery(query) = typed.node else {
        return None;
    };
    if query.combined.is_some() {
        return typed.parts.iter().find_map(|query| enum_at(query, at));
    }
    let column = columns(typed).get(at)?;
    match is_beside(column.node) {
        true => enum_at(typed.parts.first()?, nth_beside(column.node).unwrap_or(at)),
        false => column.enum_name(),
    }
}

/// The columns of a query.
fn columns<'t, 'n, 'c>(typed: &'t Typed<'n, 'c, ByPosition>) -> &'t [Typed<'n, 'c, ByPosition>] {
    let Node::Subquery(query) = typed.node else {
        return &[];
    };
    let before = usize::from(query.rows.is_some()) + usize::from(query.filter.is_some());
    typed
        .parts
        .get(before..before + query.columns.len())
        .unwrap_or_default()
}
