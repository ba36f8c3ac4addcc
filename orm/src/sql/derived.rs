//! Rows of a query that another selects from, each with what the query computed beside it.
//!
//! ```sql
//! SELECT post.id, post.title, post."value 0" FROM (
//!     SELECT t1.id AS id, t1.title AS title, row_number() OVER (..) AS "value 0" FROM post AS t1
//! ) AS post WHERE post."value 0" <= 3
//! ```
//!
//! They have the names of the model's columns and table, so that the query around them is rendered as any other.

use sea_query::{Alias, SelectStatement};
use smallvec::SmallVec;

use crate::error::{Error, Result};
use crate::expr::{ByPosition, ColumnRef, ExprTokens, Node, Subquery, Typed, annotate, decode_one};
use crate::model::{derived_column, is_derived};

use super::ReadQuery;
use super::groups::DecodedParts;
use super::render::{Renderer, column};
use super::table::table;
use super::tree::{PATH, names_of_walk};

/// The name of a value that a query computes beside its rows.
pub(super) fn value_name(nth: usize) -> String {
    format!("value {nth}")
}

/// What of a query that another selects from decides the SQL.
#[cold]
#[inline(never)]
pub(super) fn key_of_rows(rows: &ExprTokens, extra: &mut SmallVec<[u32; 8]>) {
    let tokens = rows.tokens();
    extra.push(u32::try_from(tokens.len()).unwrap_or(u32::MAX));
    for token in tokens {
        let bits = token.bits();
        extra.extend([bits as u32, (bits >> 32) as u32]);
    }
}

impl ReadQuery<'_> {
    /// `FROM`: the model's table, or the query whose rows these are.
    pub(super) fn select_from(
        &self,
        parts: &DecodedParts,
        renderer: &mut Renderer,
        statement: &mut SelectStatement,
    ) -> Result<()> {
        let Some(rows) = self.select.derived_rows() else {
            statement.from(table(self.meta, renderer.dialect())?);
            let left_out = self.select.left_out;
            return renderer.keep_in_scope(self.meta, &self.meta.table, left_out, statement);
        };
        let node = decode_one(rows.tokens(), self.positions().derived)?.ok_or_else(no_query)?;
        self.ensure_nulls(&node, parts, renderer)?;
        let models = renderer.rows;
        let typed = annotate(&node, None, &models, &mut renderer.around)?;
        let own = renderer.own;
        renderer.read_from_rows(&typed, own, statement)
    }

    /// Refuses a value beside the rows that may be NULL where its type cannot, as it was annotated.
    fn ensure_nulls(
        &self,
        node: &Node<ByPosition>,
        parts: &DecodedParts,
        renderer: &mut Renderer,
    ) -> Result<()> {
        let Node::Subquery(query) = node else {
            return Err(no_query());
        };
        let columns = parts.columns.iter().enumerate();
        for (at, column) in columns.filter(|(_, column)| is_beside(column)) {
            if !self.takes_null(at) && renderer.computes_null(query, nth_beside(column).unwrap_or(at))? {
                return Err(self.may_be_null(at));
            }
        }
        Ok(())
    }
}

/// Whether it is a value that a query has computed beside its rows, or as its rows.
pub(super) fn is_beside(node: &Node<ByPosition>) -> bool {
    matches!(node, Node::Column(found) if is_derived(found.position))
}

/// Which of the values of the query it is.
pub(super) fn nth_beside(node: &Node<ByPosition>) -> Option<usize> {
    let Node::Column(found) = node else { return None };
    let column = derived_column(found.position)?;
    column.column.strip_prefix("value ")?.parse().ok()
}

impl Renderer {
    /// Whether a value that a query computes may be NULL, in any of the queries whose rows it has.
    fn computes_null(&mut self, query: &Subquery<ByPosition>, at: usize) -> Result<bool> {
        self.around.push(query.from);
        let queries = query.combined.iter().flat_map(|combined| &combined.queries);
        let mut null = Ok(false);
        for within in queries.filter_map(subquery) {
            null = null.and_then(|null| Ok(null || self.computes_null(within, at)?));
        }
        null = match (query.columns.get(at), query.rows.as_ref().and_then(subquery)) {
            (Some(column), Some(rows)) if is_beside(column) => {
                self.computes_null(rows, nth_beside(column).unwrap_or(at))
            }
            (Some(column), _) => self.nullable(column),
            (None, _) => null,
        };
        self.around.pop();
        null
    }

    /// `FROM (SELECT ..)`: the rows of a query, as those of a scope.
    #[cold]
    #[inline(never)]
    pub(super) fn read_from_rows(
        &mut self,
        rows: &Typed<'_, '_, ByPosition>,
        scope: usize,
        statement: &mut SelectStatement,
    ) -> Result<()> {
        let Node::Subquery(query) = rows.node else {
            return Err(no_query());
        };
        let selected = self.query(query, rows)?;
        let scope = self.scopes.get_mut(scope).ok_or_else(no_query)?;
        scope.derived = names_beside(query);
        scope.is_query = true;
        statement.from_subquery(selected, Alias::new(scope.alias()));
        Ok(())
    }

    /// The columns of the rows of the innermost query, for the one around it, beside that many values.
    #[cold]
    #[inline(never)]
    pub(super) fn row_columns(&self, values: usize, statement: &mut SelectStatement) {
        let Some(scope) = self.scopes.last() else { return };
        for found in &scope.model().columns {
            statement.expr_as(column(scope.alias(), &found.column), Alias::new(&found.column));
        }
        // What it computes itself has the same names as what its rows have, and takes their place.
        let own = |name: &String| (0..values).any(|nth| value_name(nth) == *name);
        for name in scope.derived.iter().filter(|name| !own(name)) {
            statement.expr_as(column(scope.alias(), name), Alias::new(name));
        }
    }

    /// Refuses a value that the rows of a query do not have beside them.
    #[cold]
    #[inline(never)]
    pub(super) fn ensure_derived(&self, found: &ColumnRef, name: &str) -> Result<()> {
        let outwards = found.source.scope().outwards().unwrap_or(usize::MAX);
        let scope = self.scopes.len().checked_sub(outwards.saturating_add(1));
        let scope = scope.and_then(|at| self.scopes.get(at)).ok_or_else(no_query)?;
        if found.source.path() == crate::expr::Path::ROOT && scope.derived.iter().any(|known| known == name) {
            if name == PATH {
                self.ensure_path_of_keys(found, scope.model())?;
            }
            return Ok(());
        }
        let told = &self.rows.find(found, &self.around)?.column.name;
        Err(Error::config(format!(
            "`{told}` is used in a query over {} that does not have it",
            scope.model().def.key()
        ))
        .with_hint("it stands beside the rows of the query that computes it, and in no other"))
    }
}

/// The columns that the rows of a query have beside those of their model.
fn names_beside(query: &Subquery<ByPosition>) -> Vec<String> {
    let queries = query.combined.iter().flat_map(|combined| &combined.queries);
    if let Some(first) = queries.filter_map(subquery).next() {
        return names_beside(first);
    }
    let mut names: Vec<String> = (0..query.columns.len()).map(value_name).collect();
    let rows = match (&query.walk, &query.rows) {
        (Some(walk), _) => names_of_walk(walk).map(str::to_owned).collect(),
        (None, Some(Node::Subquery(rows))) => names_beside(rows),
        (None, _) => Vec::new(),
    };
    let more: Vec<String> = rows.into_iter().filter(|name| !names.contains(name)).collect();
    names.extend(more);
    names
}

fn subquery(node: &Node<ByPosition>) -> Option<&Subquery<ByPosition>> {
    match node {
        Node::Subquery(query) => Some(query),
        _ => None,
    }
}

#[cold]
pub(super) fn no_query() -> Error {
    Error::internal("the rows of a query are not those of a query")
}
