//! Query shapes: what of a query decides its SQL, and the cache of statements by shape.
//!
//! A shape is the query without its values. Looking one up hashes a few numbers and allocates nothing; only the first
//! query of a shape is rendered, once per dialect.

use std::cell::RefCell;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use crate::error::Result;
use crate::model::ModelMeta;
use crate::query::Packed;

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
#[derive(Clone, Copy)]
pub struct Shape<'a> {
    /// What kind of statement.
    pub kind: Kind,
    /// Address of the root model.
    pub model: usize,
    /// Token lists in the order their kind defines.
    pub parts: [&'a [Packed]; 5],
    /// Whatever else decides the text: flags, numbers of rows.
    pub flags: u64,
    /// The same, where it takes more: joined paths, columns.
    pub extra: &'a [u32],
}

impl Shape<'_> {
    /// The model's part of a shape.
    pub fn model_id(meta: &'static ModelMeta) -> usize {
        std::ptr::from_ref(meta) as usize
    }
}

/// A shape and a dialect as numbers: the same numbers, the same SQL.
struct Key {
    first: [u64; WORDS],
    /// How many of those are taken.
    length: usize,
    /// All words, if they are more.
    longer: Vec<u64>,
    hash: u64,
}

/// Enough for a condition or two and an order.
const WORDS: usize = 24;

impl Key {
    #[inline(always)]
    fn new(shape: &Shape<'_>, dialect: &'static Dialect) -> Self {
        let mut key = Key {
            first: [0; WORDS],
            length: 0,
            longer: Vec::new(),
            hash: 0,
        };
        key.push((shape.kind as u64) << 8 | dialect.index() as u64);
        key.push(shape.model as u64);
        key.push(shape.flags);
        for (at, part) in shape.parts.iter().enumerate() {
            if part.is_empty() {
                continue;
            }
            // Which part it is and how long: lists of tokens next to each other are not to be mistaken for one.
            key.push((at as u64) << 32 | part.len() as u64);
            for token in *part {
                key.push(token.bits());
            }
        }
        if !shape.extra.is_empty() {
            // Longer than any part, so that no part is taken for it.
            key.push(u64::MAX);
            for number in shape.extra {
                key.push(u64::from(*number));
            }
        }
        key
    }

    #[inline]
    fn words(&self) -> &[u64] {
        if self.longer.is_empty() {
            &self.first[..self.length]
        } else {
            &self.longer
        }
    }

    #[inline]
    fn push(&mut self, word: u64) {
        // The step of FxHash.
        self.hash = (self.hash.rotate_left(26) ^ word).wrapping_mul(0xf135_7aea_2e62_a9c5);
        match self.first.get_mut(self.length) {
            Some(place) => {
                *place = word;
                self.length += 1;
            }
            None => self.push_longer(word),
        }
    }

    #[cold]
    fn push_longer(&mut self, word: u64) {
        if self.longer.is_empty() {
            self.longer.extend_from_slice(&self.first);
        }
        self.longer.push(word);
    }

    /// Its place among the shapes that a thread has asked for last: the upper bits are the better mixed.
    #[inline]
    fn place(&self) -> usize {
        (self.hash >> (u64::BITS - PLACES.ilog2())) as usize
    }
}

/// Shapes kept before the cache starts over. A program has as many shapes as places that query; only one that builds
/// queries of ever new forms gets here.
const MOST_SHAPES: usize = 20_000;

type Shapes = FxHashMap<Box<[u64]>, Arc<Statement>>;

static SHAPES: LazyLock<RwLock<Shapes>> = LazyLock::new(RwLock::default);

/// Shapes that a thread finds without a lock.
const PLACES: usize = 256;

struct Near {
    hash: u64,
    words: Box<[u64]>,
    statement: Arc<Statement>,
}

thread_local! {
    /// In front of `SHAPES`: a shape stands in the place that its hash says, or not at all.
    static NEAR: RefCell<Vec<Option<Near>>> = const { RefCell::new(Vec::new()) };
}

/// The statement of a shape, rendered by `render` if it is the first of its kind.
///
/// # Errors
/// What `render` returns; errors are not kept.
#[inline]
pub fn statement(
    shape: &Shape<'_>,
    dialect: &'static Dialect,
    render: impl FnOnce() -> Result<(String, Vec<Slot>, bool)>,
) -> Result<Arc<Statement>> {
    let key = Key::new(shape, dialect);
    // While a thread ends there may be none.
    let near = NEAR.try_with(|near| match near.borrow().get(key.place()) {
        Some(Some(near)) if near.hash == key.hash && *near.words == *key.words() => {
            Some(Arc::clone(&near.statement))
        }
        _ => None,
    });
    match near {
        Ok(Some(statement)) => Ok(statement),
        _ => far(&key, render),
    }
}

#[cold]
fn far(key: &Key, render: impl FnOnce() -> Result<(String, Vec<Slot>, bool)>) -> Result<Arc<Statement>> {
    let known = SHAPES
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(key.words())
        .cloned();
    let statement = match known {
        Some(statement) => statement,
        None => {
            let (sql, slots, returns_rows) = render()?;
            let mut shapes = SHAPES.write().unwrap_or_else(PoisonError::into_inner);
            if shapes.len() >= MOST_SHAPES {
                shapes.clear();
            }
            // Another thread may have rendered the same meanwhile; one id per shape keeps the connections' caches small.
            let statement = shapes
                .entry(Box::from(key.words()))
                .or_insert_with(|| Arc::new(Statement::new(sql, slots, returns_rows)));
            Arc::clone(statement)
        }
    };
    let _ = NEAR.try_with(|near| {
        let mut near = near.borrow_mut();
        if near.is_empty() {
            near.resize_with(PLACES, || None);
        }
        if let Some(place) = near.get_mut(key.place()) {
            *place = Some(Near {
                hash: key.hash,
                words: Box::from(key.words()),
                // Of its own, so that threads do not count references in each other's way.
                statement: Arc::new(Statement::clone(&statement)),
            });
        }
    });
    Ok(statement)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Token;
    use crate::sql::Dialect;

    #[test]
    fn a_shape_is_rendered_once_per_dialect() {
        let mut rendered = 0;
        let shape = Shape {
            kind: Kind::Exists,
            model: 4_242,
            parts: [&[Token::Param.pack()], &[], &[], &[], &[]],
            flags: 1,
            extra: &[],
        };
        for dialect in [Dialect::SQLITE, Dialect::SQLITE, Dialect::POSTGRES] {
            statement(&shape, dialect, || {
                rendered += 1;
                Ok((String::new(), Vec::new(), true))
            })
            .unwrap();
        }
        assert_eq!(rendered, 2);
        let other = Shape { flags: 2, ..shape };
        statement(&other, Dialect::SQLITE, || {
            rendered += 1;
            Ok((String::new(), Vec::new(), true))
        })
        .unwrap();
        assert_eq!(rendered, 3);
    }

    fn words(parts: [&[Packed]; 5], flags: u64, extra: &[u32]) -> Vec<u64> {
        let shape = Shape {
            kind: Kind::Rows,
            model: 1,
            parts,
            flags,
            extra,
        };
        Key::new(&shape, Dialect::SQLITE).words().to_vec()
    }

    #[test]
    fn different_shapes_have_different_numbers() {
        let one = [Token::Param.pack()];
        let two = [Token::Param.pack(); 2];
        let many = vec![Token::Param.pack(); 3 * WORDS];
        let all = [
            words([&[], &[], &[], &[], &[]], 0, &[]),
            words([&[], &[], &[], &[], &[]], 1, &[]),
            words([&[], &[], &[], &[], &[]], 0, &[0]),
            words([&[], &[], &[], &[], &[]], 0, &[0, 0]),
            words([&one, &[], &[], &[], &[]], 0, &[]),
            words([&[], &one, &[], &[], &[]], 0, &[]),
            words([&one, &one, &[], &[], &[]], 0, &[]),
            words([&two, &[], &[], &[], &[]], 0, &[]),
            words([&[], &[], &[], &[], &two], 0, &[]),
            words([&many, &[], &[], &[], &[]], 0, &[]),
            words([&many[1..], &[], &[], &[], &[]], 0, &[]),
            words([&many[1..], &one, &[], &[], &[]], 0, &[]),
        ];
        let different: std::collections::HashSet<&Vec<u64>> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert!(all[9].len() > WORDS, "longer than what needs no allocation");
    }

    #[test]
    fn a_thread_finds_again_what_another_has_rendered() {
        let shape = Shape {
            kind: Kind::Exists,
            model: 4_243,
            parts: [&[]; 5],
            flags: 0,
            extra: &[],
        };
        let render = || Ok(("SELECT 1".to_owned(), Vec::new(), true));
        let ids: Vec<u32> = (0..2)
            .map(|_| std::thread::spawn(move || statement(&shape, Dialect::SQLITE, render).unwrap().id))
            .map(|thread| thread.join().unwrap())
            .collect();
        assert_eq!(ids[0], ids[1], "one number per shape, whoever asks");
    }
}
