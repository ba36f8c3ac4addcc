//! Which rows a column belongs to.
//!
//! A [`RowSource`] is a scope and a path: the scope says which query's rows, the path which relations to follow from
//! there.
//!
//! Each call of a closure gives its fields a scope number of their own ([`Scope::fresh`]). When the closure returns,
//! its fields' scopes are resolved to relative ones, as de Bruijn indices: scope 0 is the query they stand in, scope 1
//! the query around it. Scopes of enclosing closures stay unresolved until those return. A finished query therefore
//! has only relative scopes, and means the same when it is cloned, stored or nested in another query. A scope that is
//! still unresolved when the query is rendered belongs to no enclosing query and is refused.
//!
//! A model that is known only by name hands out its fields itself, under a scope number that is reserved for it while
//! the program runs ([`Scope::of_model`]).

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::value::FieldType;

use super::{Leaves, SqlFragment, Window};

/// An interned path along relations from a query's rows. 0 is those rows themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Path(pub(crate) u32);

impl Path {
    /// The query's own rows.
    pub const ROOT: Path = Path(0);
    /// The greatest path number.
    pub(crate) const MOST: u32 = (1 << PATH_BITS) - 1;
}

/// Which query's rows: an enclosing query's, counted outwards; those of a model known by name; or those of a closure
/// that is still running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(pub(crate) u32);

const COLUMN_BITS: u32 = 12;
const PATH_BITS: u32 = 20;
const SCOPE_BITS: u32 = 28;
/// Scopes below this are relative.
const FIRST_MODEL: u32 = 256;
/// Scopes from `FIRST_MODEL` up to this belong to models known by name.
const FIRST_CALL: u32 = 1 << 20;
/// How many scope numbers a thread reserves at a time.
const BLOCK: u32 = 4096;

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

static BLOCKS: AtomicU32 = AtomicU32::new(0);

impl Scope {
    /// The innermost query around the expression.
    pub const OWN: Scope = Scope(0);

    /// The scope of the model with this number among those known by name, or `None` if there are too many.
    pub(crate) fn of_model(number: usize) -> Option<Scope> {
        let number = u32::try_from(number).ok()?.checked_add(FIRST_MODEL)?;
        (number < FIRST_CALL).then_some(Scope(number))
    }

    /// The number of the model known by name, if this is such a model's scope.
    pub(crate) fn model(self) -> Option<usize> {
        let number = self.0.checked_sub(FIRST_MODEL)?;
        (self.0 < FIRST_CALL).then_some(number as usize)
    }

    /// A scope for one call of a closure. Numbers wrap around after a few hundred million calls.
    #[inline]
    pub(crate) fn fresh() -> Scope {
        let next = NEXT.get();
        if next.is_multiple_of(BLOCK) {
            return Scope::of_next_block();
        }
        NEXT.set(next + 1);
        Scope(next)
    }

    /// Threads reserve disjoint blocks, so that a field held by another thread is never mistaken for one of this
    /// thread's.
    #[cold]
    fn of_next_block() -> Scope {
        const BLOCKS_THERE_ARE: u32 = ((1 << SCOPE_BITS) - FIRST_CALL) / BLOCK;
        // Relaxed: only the counter itself is shared, and no other memory is published with it.
        let block = BLOCKS.fetch_add(1, Ordering::Relaxed) % BLOCKS_THERE_ARE;
        let first = FIRST_CALL + block * BLOCK;
        // A multiple of `BLOCK` in `NEXT` means "reserve another block", so the first number of a block is never
        // handed out.
        NEXT.set(first + 2);
        Scope(first + 1)
    }

    /// How many queries outwards, or `None` for the scope of a closure or a model.
    #[inline]
    pub fn outwards(self) -> Option<usize> {
        (self.0 < FIRST_MODEL).then_some(self.0 as usize)
    }

    /// The scope that many queries outwards.
    #[cfg(test)]
    pub(crate) fn relative(outwards: usize) -> Option<Scope> {
        u32::try_from(outwards)
            .ok()
            .filter(|outwards| *outwards < FIRST_MODEL)
            .map(Scope)
    }
}

/// The rows that a column, relation or subquery refers to: a scope, and a path from its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RowSource(u64);

impl RowSource {
    /// The rows of the innermost query around the expression.
    pub const OWN: RowSource = RowSource(0);

    /// The rows at the end of a path from a scope's rows.
    #[inline]
    pub(crate) const fn new(scope: Scope, path: Path) -> Self {
        RowSource((scope.0 as u64) << (PATH_BITS + COLUMN_BITS) | (path.0 as u64) << COLUMN_BITS)
    }

    /// The rows at the end of a path from the innermost query's rows.
    pub(crate) const fn along(path: Path) -> Self {
        RowSource::new(Scope::OWN, path)
    }

    /// The scope.
    #[inline]
    pub fn scope(self) -> Scope {
        Scope((self.0 >> (PATH_BITS + COLUMN_BITS)) as u32)
    }

    /// The path from the scope's rows.
    #[inline]
    pub fn path(self) -> Path {
        Path((self.0 >> COLUMN_BITS) as u32 & Path::MOST)
    }

    /// The rows at another path in the same scope.
    #[inline]
    pub(crate) fn with_path(self, path: Path) -> RowSource {
        RowSource::new(self.scope(), path)
    }

    /// This source with `own` resolved: the closure with the fields at `own` has returned, and this is `depth`
    /// subqueries deep in what it returned.
    #[inline]
    pub(crate) fn resolved(self, own: RowSource, depth: usize) -> RowSource {
        RowSource(own.resolve_bits(self.0, depth))
    }

    /// Whether a token's source has the same scope.
    #[inline]
    pub(super) const fn is_scope_of(self, bits: u64) -> bool {
        (self.0 ^ bits) & SCOPE == 0
    }

    /// Resolves a token's bits for the closure whose fields stand here. This runs for every column of every closure,
    /// so it is branch-light bit arithmetic.
    #[inline]
    pub(super) const fn resolve_bits(self, bits: u64, depth: usize) -> u64 {
        if !self.is_scope_of(bits) {
            return bits;
        }
        // The XOR clears the scope, and also the path where it was that of the closure's own rows.
        let apart = bits ^ self.0;
        let resolved = if apart & PATH == 0 {
            apart
        } else {
            apart ^ (self.0 & PATH)
        };
        // Nesting deeper than there are relative scopes is refused on decoding.
        resolved | (depth as u64) << (PATH_BITS + COLUMN_BITS)
    }

    /// The bits of a column of these rows.
    #[inline]
    pub(super) const fn column_bits(self, column: u16) -> u64 {
        self.0 | (column as u64 & COLUMN_MASK)
    }

    /// The source and the column encoded in these bits.
    #[inline]
    pub(super) const fn of_bits(bits: u64) -> (RowSource, u16) {
        let source = bits & ((1 << (SCOPE_BITS + PATH_BITS + COLUMN_BITS)) - 1) & !COLUMN_MASK;
        (RowSource(source), (bits & COLUMN_MASK) as u16)
    }
}

/// The greatest column position; no backend allows that many columns in a table.
const COLUMN_MASK: u64 = (1 << COLUMN_BITS) - 1;
const PATH: u64 = ((1 << PATH_BITS) - 1) << COLUMN_BITS;
const SCOPE: u64 = ((1 << SCOPE_BITS) - 1) << (PATH_BITS + COLUMN_BITS);

/// A position that no column has; whatever refers to it is refused as an internal error on rendering.
pub(crate) const NO_COLUMN: u16 = COLUMN_MASK as u16;

/// Leaves of an expression in a running program: columns by position, values bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByPosition {}

impl Leaves for ByPosition {
    type Column = ColumnRef;
    type Value = Param;
    type From = RowSource;
    type Fragment = &'static SqlFragment;
    type Window = Window;

    fn is_not_zero(value: &Param) -> bool {
        value.not_zero
    }

    fn fragment_type(fragment: &&'static SqlFragment) -> Option<FieldType> {
        fragment.ty
    }

    fn fragment_choices(fragment: &&'static SqlFragment) -> Option<&'static [&'static str]> {
        fragment.choices
    }

    fn fragment_may_be_null(fragment: &&'static SqlFragment) -> bool {
        fragment.null
    }

    fn is_of_group(window: &Window) -> bool {
        window.of_group
    }
}

/// A column by its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ColumnRef {
    /// The rows it is read from.
    pub source: RowSource,
    /// Its position among the model's columns.
    pub position: u16,
}

/// A bound value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Param {
    /// Its position among the statement's values.
    pub position: u32,
    /// Its type, where the context does not determine it.
    pub ty: Option<FieldType>,
    /// Whether it occurs several times, as one parameter.
    pub shared: bool,
    /// Whether it is a number other than zero, which is then a part of the query's shape.
    pub not_zero: bool,
    /// The values in order of the native enum that it is one of, where the context may not determine it.
    pub choices: Option<&'static [&'static str]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_its_scope_and_its_path() {
        for scope in [0, 1, 255, 256, 4097, (1 << SCOPE_BITS) - 1] {
            for path in [0, 1, Path::MOST] {
                let source = RowSource::new(Scope(scope), Path(path));
                assert_eq!((source.scope().0, source.path().0), (scope, path));
                for column in [0, 1, 4095] {
                    assert_eq!(RowSource::of_bits(source.column_bits(column)), (source, column));
                    // The kind of a token is in the bits above.
                    assert_eq!(
                        RowSource::of_bits(source.column_bits(column) | 9 << 60),
                        (source, column)
                    );
                }
            }
        }
    }

    #[test]
    fn every_call_has_a_number_of_its_own_on_every_thread() {
        let threads: Vec<_> = (0..4)
            .map(|_| std::thread::spawn(|| (0..10_000).map(|_| Scope::fresh().0).collect::<Vec<_>>()))
            .collect();
        let mut all: Vec<u32> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        assert!(
            all.iter()
                .all(|number| (FIRST_CALL..1 << SCOPE_BITS).contains(number))
        );
        let many = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), many);
    }

    #[test]
    fn a_number_is_of_a_query_or_a_model_or_a_call() {
        let kinds = |number| {
            let scope = Scope(number);
            (scope.outwards(), scope.model())
        };
        let most = (FIRST_CALL - FIRST_MODEL - 1) as usize;
        assert_eq!(kinds(0), (Some(0), None));
        assert_eq!(kinds(FIRST_MODEL - 1), (Some(255), None));
        assert_eq!(kinds(FIRST_MODEL), (None, Some(0)));
        assert_eq!(kinds(FIRST_CALL - 1), (None, Some(most)));
        assert_eq!(kinds(FIRST_CALL), (None, None));
        assert_eq!(Scope::of_model(most).and_then(Scope::model), Some(most));
        assert_eq!(Scope::of_model(most + 1), None);
        assert_eq!(Scope::of_model(usize::MAX), None);
    }

    #[test]
    fn only_the_fields_of_the_closure_are_resolved() {
        let (own, outer) = (Scope::fresh(), Scope::fresh());
        let (along, start) = (|scope| RowSource::new(scope, Path(7)), Path(3));
        let fields = RowSource::new(own, start);
        assert_eq!(along(own).resolved(fields, 2), along(Scope(2)));
        assert_eq!(fields.resolved(fields, 1), RowSource::new(Scope(1), Path::ROOT));
        let others = [
            along(outer),
            along(Scope(1)),
            RowSource::new(outer, start),
            RowSource::new(Scope(0), start),
        ];
        for other in others {
            assert_eq!(other.resolved(fields, 2), other);
        }
    }
}
