//! Query shapes: what of a query decides its SQL, and the cache of statements by shape.
//!
//! A shape is the query without its values. Looking one up hashes a few numbers and allocates nothing; only the first
//! query of a shape is rendered, once per dialect.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use rustc_hash::{FxHashMap, FxHasher};
use smallvec::SmallVec;

use crate::error::Result;
use crate::model::ModelMeta;
use crate::query::Token;

use super::{Dialect, Slot, Statement};

/// What kind of statement a shape is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Rows of a model, with what is joined to them.
    Rows,
    /// Related rows of many, each with the key it belongs to.
    Related,
    /// Tuples of values.
    Tuples,
    /// How many rows.
    Count,
    /// Whether there is a row.
    Exists,
    /// New rows.
    Insert,
    /// Changed rows.
    Update,
    /// Deleted rows.
    Delete,
    /// New rows of a join table.
    Link,
    /// Deleted rows of a join table.
    Unlink,
}

/// A shape, borrowed from the query that asks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape<'a> {
    /// What kind of statement.
    pub kind: Kind,
    /// Address of the root model.
    pub model: usize,
    /// Token lists in the order their kind defines.
    pub parts: [&'a [Token]; 5],
    /// Whatever else decides the text: flags, joined paths, columns, numbers of rows.
    pub extra: &'a [u32],
}

impl Shape<'_> {
    /// The model's part of a shape.
    pub fn model_id(meta: &'static ModelMeta) -> usize {
        std::ptr::from_ref(meta) as usize
    }
}

struct Entry {
    kind: Kind,
    model: usize,
    parts: [Box<[Token]>; 5],
    extra: Box<[u32]>,
    statements: [Option<Arc<Statement>>; 2],
}

impl Entry {
    fn is(&self, shape: &Shape<'_>) -> bool {
        self.kind == shape.kind
            && self.model == shape.model
            && *self.extra == *shape.extra
            && self
                .parts
                .iter()
                .zip(shape.parts)
                .all(|(mine, other)| mine.len() == other.len() && (mine.is_empty() || **mine == *other))
    }
}

/// Shapes kept before the cache starts over. A program has as many shapes as places that query; only one that builds
/// queries of ever new forms gets here.
const MOST_SHAPES: usize = 20_000;

type Shapes = FxHashMap<u64, SmallVec<[Entry; 1]>>;

static SHAPES: LazyLock<RwLock<Shapes>> = LazyLock::new(RwLock::default);

/// The statement of a shape, rendered by `render` if it is the first of its kind.
///
/// # Errors
/// What `render` returns; errors are not kept.
pub fn statement(
    shape: &Shape<'_>,
    dialect: &'static Dialect,
    render: impl FnOnce() -> Result<(String, Vec<Slot>, bool)>,
) -> Result<Arc<Statement>> {
    let mut hasher = FxHasher::default();
    shape.hash(&mut hasher);
    let hash = hasher.finish();
    {
        let shapes = SHAPES.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(statement) = find(&shapes, hash, shape, dialect) {
            return Ok(statement);
        }
    }
    let (sql, slots, returns_rows) = render()?;
    let statement = Arc::new(Statement::new(sql, slots, returns_rows));
    let mut shapes = SHAPES.write().unwrap_or_else(PoisonError::into_inner);
    // Another thread may have rendered the same meanwhile; one id per shape keeps the connections' caches small.
    if let Some(statement) = find(&shapes, hash, shape, dialect) {
        return Ok(statement);
    }
    if shapes.len() >= MOST_SHAPES {
        shapes.clear();
    }
    let entries = shapes.entry(hash).or_default();
    match entries.iter_mut().find(|entry| entry.is(shape)) {
        Some(entry) => entry.statements[dialect.index()] = Some(Arc::clone(&statement)),
        None => {
            let mut statements = [None, None];
            statements[dialect.index()] = Some(Arc::clone(&statement));
            entries.push(Entry {
                kind: shape.kind,
                model: shape.model,
                parts: shape.parts.map(Box::from),
                extra: Box::from(shape.extra),
                statements,
            });
        }
    }
    Ok(statement)
}

fn find(shapes: &Shapes, hash: u64, shape: &Shape<'_>, dialect: &'static Dialect) -> Option<Arc<Statement>> {
    shapes
        .get(&hash)?
        .iter()
        .find(|entry| entry.is(shape))?
        .statements[dialect.index()]
    .clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Dialect;

    #[test]
    fn a_shape_is_rendered_once_per_dialect() {
        let mut rendered = 0;
        let shape = Shape {
            kind: Kind::Exists,
            model: 4_242,
            parts: [&[Token::Param], &[], &[], &[], &[]],
            extra: &[1, 2],
        };
        for dialect in [Dialect::SQLITE, Dialect::SQLITE, Dialect::POSTGRES] {
            statement(&shape, dialect, || {
                rendered += 1;
                Ok((String::new(), Vec::new(), true))
            })
            .unwrap();
        }
        assert_eq!(rendered, 2);
        let other = Shape {
            extra: &[1, 3],
            ..shape
        };
        statement(&other, Dialect::SQLITE, || {
            rendered += 1;
            Ok((String::new(), Vec::new(), true))
        })
        .unwrap();
        assert_eq!(rendered, 3);
    }
}
