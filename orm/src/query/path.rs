//! Paths: which rows a column of a query belongs to, as a small number.
//!
//! Path 0 is the query's own rows. Every step along a relation is interned once per process, so a field is two numbers,
//! fields are `Copy`, and comparing two queries compares numbers.

use std::cell::Cell;
use std::sync::{LazyLock, RwLock};

use rustc_hash::FxHashMap;

use crate::error::Result;
use crate::model::{MetaSlot, ModelMeta, Path};
use crate::registry::meta;

/// A step along a relation.
#[derive(Clone, Copy)]
pub struct Hop {
    /// Where it starts.
    pub from: Path,
    /// The model that declares the relation.
    pub slot: &'static MetaSlot,
    /// Position of the relation among its fields.
    pub field: u16,
    /// In which direction.
    pub way: Way,
    /// 0 for rows joined to the outer ones; otherwise the depth of the subquery whose own rows these are.
    pub scope: u16,
}

/// In which direction a relation is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// From the key to the row it names.
    Forward,
    /// From a row to the rows whose key names it.
    Reverse,
    /// Through a join table, from the model that declares it.
    Join,
    /// Through a join table, to the model that declares it.
    JoinBack,
}

#[derive(PartialEq, Eq, Hash)]
struct HopKey {
    from: u32,
    slot: usize,
    field: u16,
    way: Way,
    scope: u16,
}

#[derive(Default)]
struct Interner {
    hops: Vec<Hop>,
    index: FxHashMap<HopKey, u32>,
}

static INTERNER: LazyLock<RwLock<Interner>> = LazyLock::new(RwLock::default);

/// The path one step along a relation.
pub(crate) fn step(hop: Hop) -> Path {
    let key = HopKey {
        from: hop.from.0,
        slot: std::ptr::from_ref(hop.slot) as usize,
        field: hop.field,
        way: hop.way,
        scope: hop.scope,
    };
    let read = INTERNER.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(&found) = read.index.get(&key) {
        return Path(found);
    }
    drop(read);
    let mut write = INTERNER
        .write()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let next = u32::try_from(write.hops.len() + 1).unwrap_or(u32::MAX);
    let path = *write.index.entry(key).or_insert(next);
    if path == next {
        write.hops.push(hop);
    }
    Path(path)
}

/// The step that leads to a path, or `None` for the root.
pub(crate) fn hop(path: Path) -> Option<Hop> {
    let read = INTERNER.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    read.hops.get((path.0 as usize).checked_sub(1)?).copied()
}

impl Hop {
    /// The model that declares the relation.
    pub fn declaring(&self) -> Result<&'static ModelMeta> {
        meta(self.slot)
    }

    /// The model the step leads to.
    pub fn target(&self) -> Result<&'static ModelMeta> {
        match self.way {
            Way::Reverse | Way::JoinBack => self.declaring(),
            Way::Forward | Way::Join => meta(target_slot(self.slot, self.field)?),
        }
    }

    /// Whether there may be no row at its end.
    pub fn is_optional(&self) -> Result<bool> {
        Ok(match self.way {
            Way::Forward => self.declaring()?.def.fields[self.field as usize].null,
            Way::Reverse | Way::Join | Way::JoinBack => true,
        })
    }
}

fn target_slot(slot: &'static MetaSlot, field: u16) -> Result<&'static MetaSlot> {
    let declaring = meta(slot)?;
    declaring
        .spec
        .fields
        .get(field as usize)
        .and_then(|field| field.relation.as_ref())
        .map(|relation| (relation.slot)())
        .ok_or_else(|| {
            crate::error::Error::config(format!("field {field} of {} is no relation", declaring.def.key()))
        })
}

thread_local! {
    static DEPTH: Cell<u16> = const { Cell::new(0) };
}

/// Runs a closure that describes the rows of a subquery, and tells it how deep it stands: subqueries side by side may
/// share a depth, one inside another never does.
pub(crate) fn deeper<T>(build: impl FnOnce(u16) -> T) -> T {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            DEPTH.set(DEPTH.get() - 1);
        }
    }
    let depth = DEPTH.get() + 1;
    DEPTH.set(depth);
    let _leave = Leave;
    build(depth)
}
