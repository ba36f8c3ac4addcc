//! Query shapes, and the cache of statements by shape.
//!
//! A shape is everything about a query that decides its SQL, which excludes the values. Looking one up hashes a few
//! numbers and allocates nothing; a query is rendered only on a miss, once per shape and dialect.

use std::cell::RefCell;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use crate::error::Result;
use crate::expr::TokenBits;
use crate::model::ModelMeta;

use super::statement::Rendered;
use super::{Dialect, Statement, ensure_few};

/// The kind of statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatementKind {
    /// Rows of a model, with rows joined to them.
    Rows,
    /// A few rows of a model, and after them related rows of all of them.
    RowsAndList,
    /// Related rows of many rows, each with the key of the row it belongs to.
    Related,
    /// Tuples of values.
    Tuples,
    /// The number of rows.
    Count,
    /// Whether there is a row.
    Exists,
    /// `INSERT`
    Insert,
    /// `INSERT .. ON CONFLICT`
    Upsert,
    /// `INSERT .. SELECT`
    InsertFrom,
    /// `UPDATE`
    Update,
    /// `UPDATE .. FROM ..`, of rows with values of their own
    BulkUpdate,
    /// One row by a unique rule, read or updated
    ByUnique,
    /// `DELETE`
    Delete,
    /// `INSERT` into a join table.
    Link,
    /// `INSERT` of pairs into a join table.
    LinkPairs,
    /// `DELETE` from a join table.
    Unlink,
    /// `EXPLAIN` of another statement
    Explain,
}

/// A query shape, borrowed from the query.
#[derive(Clone, Copy)]
pub struct Shape<'a> {
    /// The kind of statement.
    pub kind: StatementKind,
    /// The address of the root model.
    pub model: usize,
    /// Token lists; their order depends on the kind.
    pub parts: [&'a [TokenBits]; 5],
    /// Whatever else decides the SQL: flags, numbers of rows.
    pub flags: u64,
    /// The same, where it takes more than 64 bits: joined paths, columns.
    pub extra: &'a [u32],
}

impl Shape<'_> {
    /// The number that identifies a model in shapes.
    pub fn model_id(meta: &'static ModelMeta) -> usize {
        std::ptr::from_ref(meta) as usize
    }

    /// Everything but the tokens, including their numbers, which delimit the lists that follow.
    #[inline]
    fn head(&self, dialect: &'static Dialect) -> [u64; HEAD] {
        let length = |part: usize| self.parts[part].len() as u64;
        [
            (self.kind as u64) << 8 | dialect.number(),
            self.model as u64,
            self.flags,
            length(0),
            length(1),
            length(2),
            length(3),
            length(4),
        ]
    }

    /// A shape and a dialect as numbers: equal numbers mean equal SQL.
    fn numbers(&self, dialect: &'static Dialect) -> Box<[u64]> {
        let tokens = self.parts.iter().copied().flatten();
        let extra = self.extra.iter().copied().map(u64::from);
        let numbers = self.head(dialect).into_iter();
        numbers
            .chain(tokens.map(|token| token.bits()))
            .chain(extra)
            .collect()
    }

    /// Whether these are this shape's numbers.
    #[inline]
    fn is(&self, numbers: &[u64], dialect: &'static Dialect) -> bool {
        // Known where it is called, and most often so: a row by its key, an insert.
        if self.parts.iter().all(|part| part.is_empty()) && self.extra.is_empty() {
            return self.is_without_lists(numbers, dialect);
        }
        self.is_with_lists(numbers, dialect)
    }

    #[inline]
    fn is_without_lists(&self, numbers: &[u64], dialect: &'static Dialect) -> bool {
        let Ok(numbers) = <&[u64; HEAD]>::try_from(numbers) else {
            return false;
        };
        // All lengths are zero where nothing follows the head.
        let [kind, model, flags, ..] = self.head(dialect);
        (numbers[0] ^ kind) | (numbers[1] ^ model) | (numbers[2] ^ flags) == 0
    }

    fn is_with_lists(&self, numbers: &[u64], dialect: &'static Dialect) -> bool {
        let Some((head, rest)) = numbers.split_first_chunk::<HEAD>() else {
            return false;
        };
        // Written out, because comparing arrays is a function call. Where the heads are equal, so are all lengths, and each list meets
        // its own numbers.
        let pairs = head.iter().zip(self.head(dialect));
        let mut differs = pairs.fold(0, |differs, (one, other)| differs | (one ^ other));
        let mut rest = rest.iter();
        for part in self.parts {
            for (token, number) in part.iter().zip(rest.by_ref()) {
                differs |= token.bits() ^ number;
            }
        }
        differs == 0 && rest.copied().eq(self.extra.iter().copied().map(u64::from))
    }

    /// Products are combined independently of each other, so that no multiplication waits for the previous one.
    #[inline]
    fn hash(&self, dialect: &'static Dialect) -> u64 {
        const ODD: u64 = 0xf135_7aea_2e62_a9c5;
        let step = |hash: u64, number: u64| hash.rotate_left(7) ^ number.wrapping_mul(ODD);
        let mut hash = step(self.model as u64, (self.kind as u64) << 8 | dialect.number());
        hash = step(hash, self.flags);
        for part in self.parts {
            for token in part {
                hash = step(hash, token.bits());
            }
        }
        for number in self.extra {
            hash = step(hash, u64::from(*number));
        }
        hash.wrapping_mul(ODD)
    }
}

/// How many numbers the head has.
const HEAD: usize = 8;

/// The most shapes that are cached before the cache is cleared. A program has about as many shapes as places that
/// query; only one that composes ever new queries reaches the limit.
const MOST_SHAPES: usize = 20_000;

/// The same of the numbers of all shapes together: a query that is composed of what somebody asks for may be long.
const MOST_NUMBERS: usize = 2_000_000;

#[derive(Default)]
struct Shapes {
    known: FxHashMap<Box<[u64]>, Arc<Statement>>,
    numbers: usize,
}

static SHAPES: LazyLock<RwLock<Shapes>> = LazyLock::new(RwLock::default);

/// A thread's own cache entry, found without a lock.
const PLACES: usize = 256;

struct Near {
    hash: u64,
    numbers: Box<[u64]>,
    statement: Arc<Statement>,
}

thread_local! {
    /// In front of `SHAPES`: direct-mapped by hash, so a shape is in its slot or absent.
    static NEAR: RefCell<Vec<Option<Near>>> = const { RefCell::new(Vec::new()) };
}

/// The upper bits are mixed better.
#[inline]
fn place(hash: u64) -> usize {
    (hash >> (u64::BITS - PLACES.ilog2())) as usize
}

/// The statement of a shape; on a miss it is rendered by `render`.
///
/// # Errors
/// Whatever `render` returns; errors are not cached.
#[inline]
pub fn statement(
    shape: &Shape<'_>,
    dialect: &'static Dialect,
    render: impl FnOnce() -> Result<Rendered>,
) -> Result<Arc<Statement>> {
    let hash = shape.hash(dialect);
    // The thread-local is gone while the thread ends.
    let near = NEAR.try_with(|near| match near.borrow().get(place(hash)) {
        Some(Some(near)) if near.hash == hash && shape.is(&near.numbers, dialect) => {
            Some(Arc::clone(&near.statement))
        }
        _ => None,
    });
    match near {
        Ok(Some(statement)) => Ok(statement),
        _ => far(hash, shape.numbers(dialect), dialect, render),
    }
}

#[cold]
fn far(
    hash: u64,
    numbers: Box<[u64]>,
    dialect: &'static Dialect,
    render: impl FnOnce() -> Result<Rendered>,
) -> Result<Arc<Statement>> {
    let known = SHAPES
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .known
        .get(&numbers)
        .cloned();
    let statement = match known {
        Some(statement) => statement,
        None => {
            let rendered = render()?;
            ensure_few(rendered.placeholders.len(), dialect)?;
            let mut shapes = SHAPES.write().unwrap_or_else(PoisonError::into_inner);
            if shapes.known.len() >= MOST_SHAPES || shapes.numbers + numbers.len() > MOST_NUMBERS {
                *shapes = Shapes::default();
            }
            // Another thread may have rendered the same shape meanwhile; one id per shape keeps the connections'
            // caches small.
            match shapes.known.get(&numbers) {
                Some(statement) => Arc::clone(statement),
                None => {
                    let statement = Arc::new(Statement::of(rendered));
                    shapes.numbers += numbers.len();
                    shapes.known.insert(numbers.clone(), Arc::clone(&statement));
                    statement
                }
            }
        }
    };
    let _ = NEAR.try_with(|near| {
        let mut near = near.borrow_mut();
        if near.is_empty() {
            near.resize_with(PLACES, || None);
        }
        if let Some(place) = near.get_mut(place(hash)) {
            *place = Some(Near {
                hash,
                numbers,
                // A copy for this thread, so that threads do not contend for one reference count.
                statement: Arc::new(Statement::clone(&statement)),
            });
        }
    });
    Ok(statement)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{RowSource, Token};
    use crate::sql::Dialect;

    #[test]
    fn a_shape_is_rendered_once_per_dialect() {
        let mut rendered = 0;
        let shape = Shape {
            kind: StatementKind::Exists,
            model: 4_242,
            parts: [&[Token::Param.pack()], &[], &[], &[], &[]],
            flags: 1,
            extra: &[],
        };
        for dialect in [Dialect::SQLITE, Dialect::SQLITE, Dialect::POSTGRES] {
            statement(&shape, dialect, || {
                rendered += 1;
                Ok(Rendered::default())
            })
            .unwrap();
        }
        assert_eq!(rendered, 2);
        let other = Shape { flags: 2, ..shape };
        statement(&other, Dialect::SQLITE, || {
            rendered += 1;
            Ok(Rendered::default())
        })
        .unwrap();
        assert_eq!(rendered, 3);
    }

    #[test]
    fn different_shapes_have_different_numbers() {
        let one = [Token::Param.pack()];
        let two = [Token::Param.pack(); 2];
        let many = vec![Token::Param.pack(); 100];
        let shape = |parts, flags, extra| Shape {
            kind: StatementKind::Rows,
            model: 1,
            parts,
            flags,
            extra,
        };
        let all = [
            shape([&[], &[], &[], &[], &[]], 0, &[]),
            shape([&[], &[], &[], &[], &[]], 1, &[]),
            shape([&[], &[], &[], &[], &[]], 0, &[0]),
            shape([&[], &[], &[], &[], &[]], 0, &[0, 0]),
            shape([&one, &[], &[], &[], &[]], 0, &[]),
            shape([&[], &one, &[], &[], &[]], 0, &[]),
            shape([&one, &one, &[], &[], &[]], 0, &[]),
            shape([&two, &[], &[], &[], &[]], 0, &[]),
            shape([&[], &[], &[], &[], &two], 0, &[]),
            shape([&many, &[], &[], &[], &[]], 0, &[]),
            shape([&many[1..], &[], &[], &[], &[]], 0, &[]),
            shape([&many[1..], &one, &[], &[], &[]], 0, &[]),
        ];
        for (at, shape) in all.iter().enumerate() {
            let numbers = shape.numbers(Dialect::SQLITE);
            let same = all.iter().map(|other| other.is(&numbers, Dialect::SQLITE));
            assert!(same.enumerate().all(|(other, same)| same == (other == at)));
            assert!(!shape.is(&numbers, Dialect::POSTGRES));
        }
    }

    /// A shape whose slot another occupies is looked up behind a lock each time.
    #[test]
    fn shapes_have_places_of_their_own() {
        let mut taken = vec![0; PLACES];
        for column in 0..PLACES as u16 {
            let token = Token::Column(RowSource::OWN, column % 16).pack();
            let shape = Shape {
                kind: StatementKind::Rows,
                model: 0x5555_0000_1000 + 624 * usize::from(column / 16),
                parts: [&[token, Token::Param.pack()], &[], &[], &[], &[]],
                flags: 0,
                extra: &[],
            };
            taken[place(shape.hash(Dialect::SQLITE))] += 1;
        }
        // A random function would fill 162 of 256.
        let used = taken.iter().filter(|shapes| **shapes > 0).count();
        assert!(used > 140, "{used} places for {PLACES} shapes");
    }

    #[test]
    fn a_thread_finds_again_what_another_has_rendered() {
        let shape = Shape {
            kind: StatementKind::Exists,
            model: 4_243,
            parts: [&[]; 5],
            flags: 0,
            extra: &[],
        };
        let render = || Ok(Rendered::default());
        let ids: Vec<u32> = (0..2)
            .map(|_| std::thread::spawn(move || statement(&shape, Dialect::SQLITE, render).unwrap().id))
            .map(|thread| thread.join().unwrap())
            .collect();
        assert_eq!(ids[0], ids[1], "one number per shape, whoever asks");
    }
}
