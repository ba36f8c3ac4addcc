//! Loading related rows: to-one relations by a join, to-many relations by one more query per level, whatever the
//! number of rows.
//!
//! The result type says what is loaded: loaders nest as the closures of `with` do, and each turns what it read for a
//! row into its part of the result tuple.

mod annotation;
mod follow_up;
mod key;
mod keyed;
mod many;
mod one;
mod pending;
mod projected_values;
mod projection;

use std::sync::Arc;

use smallvec::SmallVec;

use crate::error::{Error, Result};
use crate::expr::{Path, RowSource, Scope};
use crate::model::{Model, ModelMeta};
use crate::plan::error_context::decoded;
use crate::query::{join_step, outside, target};
use crate::sql::{Dialect, Statement};
use crate::value::{Row, Value};

pub(in crate::plan) use follow_up::follow_ups_of;
pub use follow_up::{FollowUp, List};
pub use keyed::{IntoKeyedLoads, KeyedLoads};
pub(super) use projected_values::Described;
pub use projected_values::ProjectedValues;
pub use projection::{IntoEmbed, IntoRelated, ProjectionLoads, ReadAs, RelatedField};

/// The most values beside a row, which each have a bit.
const MOST_VALUES: usize = u32::BITS as usize;

/// Where the columns of each joined model start in a row.
pub struct JoinedColumns {
    places: SmallVec<[(Path, usize, &'static ModelMeta); 4]>,
    joined: SmallVec<[Path; 4]>,
    next: usize,
    /// How many lists are loaded for each of the first model's rows, and for others.
    lists: u16,
    further_lists: u16,
    /// How many values stand beside the rows, and which may be NULL, as bits.
    values: u16,
    nulls: u32,
    /// The values stand there instead of the rows.
    projected: bool,
}

impl JoinedColumns {
    /// The columns of `root` start at position `first`.
    pub(in crate::plan) fn new(root: &'static ModelMeta, first: usize) -> Self {
        Self::behind(Path::ROOT, root, first)
    }

    /// The same, where `root` is what a path leads to from other rows: all paths are seen from those.
    fn behind(base: Path, root: &'static ModelMeta, first: usize) -> Self {
        let mut places = SmallVec::new();
        places.push((base, first, root));
        JoinedColumns {
            places,
            joined: SmallVec::new(),
            next: first + root.columns.len(),
            lists: 0,
            further_lists: 0,
            values: 0,
            nulls: 0,
            projected: false,
        }
    }

    /// Registers that a list is loaded for each row of a source, and returns whether those are the query's own rows.
    fn add_list(&mut self, of: RowSource) -> Result<bool> {
        let first = own_path(of)? == self.places[0].0;
        match first {
            true => self.lists += 1,
            false => self.further_lists += 1,
        }
        Ok(first)
    }

    /// Whether a list is loaded for each of the query's own rows.
    pub(in crate::plan) fn has_lists(&self) -> bool {
        self.lists > 0
    }

    /// Whether there is one, and no other list at all.
    pub(in crate::plan) fn has_one_list(&self) -> bool {
        (self.lists, self.further_lists) == (1, 0)
    }

    fn join(&mut self, at: RowSource) -> Result<usize> {
        let path = own_path(at)?;
        let model = target(path)?.unwrap_or(self.root());
        let start = self.next;
        self.next += model.columns.len();
        self.places.push((path, start, model));
        self.joined.push(path);
        Ok(start)
    }

    /// The model of the query's own rows.
    fn root(&self) -> &'static ModelMeta {
        self.places[0].2
    }

    /// The first column and the model of the rows of a source, joined earlier.
    fn place(&self, at: RowSource) -> Result<(usize, &'static ModelMeta)> {
        let path = own_path(at)?;
        let mut places = self.places.iter();
        let found = places.find(|(known, ..)| *known == path);
        found
            .map(|&(_, start, model)| (start, model))
            .ok_or_else(|| not_loaded(path))
    }

    /// Instead of the rows there are these values of a projection: how many, and which may be NULL.
    pub(in crate::plan) fn project(&mut self, values: usize, nulls: u32) -> Result<()> {
        self.projected = true;
        self.next = self.places[0].1;
        self.add_values(values, nulls).map(drop)
    }

    /// Registers values beside the rows: how many, and which may be NULL. Returns how many there were before.
    pub(in crate::plan) fn add_values(&mut self, values: usize, nulls: u32) -> Result<usize> {
        let before = self.values;
        let all = usize::from(before) + values;
        if all > MOST_VALUES && !self.projected {
            return Err(Error::unsupported(format!(
                "annotate() puts at most {MOST_VALUES} values beside the rows of {}, and these are {all}",
                self.root().def.key()
            ))
            .with_hint("read some of them by `.values(..)` of a query of their own"));
        }
        // The last bit is that of all further values.
        self.nulls |= match u32::from(before) {
            before @ 0..=31 => nulls << before,
            _ => 1 << 31,
        };
        self.values = u16::try_from(all).map_err(|_| Error::internal("a row has too many values"))?;
        Ok(usize::from(before))
    }

    /// Where the values beside the rows start, and which of them may be NULL; `None` if there are none.
    #[inline]
    pub(in crate::plan) fn values(&self) -> Option<(usize, u32)> {
        (self.values > 0).then_some((self.next, self.nulls))
    }

    /// Where the next columns start.
    pub(in crate::plan) fn end(&self) -> usize {
        self.next + usize::from(self.values)
    }

    pub(in crate::plan) fn joined(&self) -> &[Path] {
        &self.joined
    }
}

/// Related rows are to be loaded beside those at the end of a path, which are not loaded.
#[cold]
fn not_loaded(path: Path) -> Error {
    let name = match join_step(path).map(|step| step.name()) {
        Some(Ok(name)) => name,
        Some(Err(error)) => return error,
        None => return Error::internal("rows are loaded beside others that were not"),
    };
    Error::config(format!(
        "related rows are loaded beside what {name} leads to, which is not loaded itself"
    ))
    .with_hint("load both, one within the other: `.with(|p| p.author().with(|a| a.posts()))`")
}

/// The path of a loaded relation, which must start at the query's own rows.
fn own_path(at: RowSource) -> Result<Path> {
    match at.scope() {
        Scope::OWN => Ok(at.path()),
        _ => Err(outside(at, None)),
    }
}

/// Loads one relation for each row.
pub trait Loader: FollowUp {
    /// What it stores per row until everything is loaded.
    type Partial: Send + 'static;
    /// Its part of the result.
    type Out: Send + 'static;

    /// Reads its columns of a row.
    ///
    /// # Errors
    /// If a column holds a value that its field cannot.
    fn decode(&mut self, row: &Row<'_>) -> Result<Self::Partial>;

    /// Its part of the result for one row.
    ///
    /// # Errors
    /// If a list is not there, which only a defect of this crate can cause.
    fn finish(&mut self, partial: Self::Partial) -> Result<Self::Out>;
}

/// All that is loaded for each row: a tuple of loaders.
pub trait Loads: FollowUp {
    /// Whether there is any.
    const ANY: bool = true;
    /// A row, and what the loaders store for it until everything is loaded.
    type Kept<M: Send + 'static>: Send + 'static;
    /// The row alone, or a tuple of it and what was loaded.
    type Row<M: Send + 'static>: Send + 'static;

    /// Reads the row whose columns start at a position.
    #[doc(hidden)]
    fn decode<M: Model>(&mut self, row: &Row<'_>, at: usize) -> Result<Self::Kept<M>>;
    #[doc(hidden)]
    fn finish<M: Send + 'static>(&mut self, kept: Self::Kept<M>) -> Result<Self::Row<M>>;
    #[doc(hidden)]
    fn finish_all<M: Send + 'static>(&mut self, kept: Vec<Self::Kept<M>>) -> Result<Vec<Self::Row<M>>>;
}

/// Nothing is loaded: rows are their own result.
impl Loads for () {
    const ANY: bool = false;
    type Kept<M: Send + 'static> = M;
    type Row<M: Send + 'static> = M;

    #[inline]
    fn decode<M: Model>(&mut self, row: &Row<'_>, at: usize) -> Result<M> {
        decoded(row, at)
    }

    #[inline]
    fn finish<M: Send + 'static>(&mut self, row: M) -> Result<M> {
        Ok(row)
    }

    #[inline]
    fn finish_all<M: Send + 'static>(&mut self, rows: Vec<M>) -> Result<Vec<M>> {
        Ok(rows)
    }
}

impl IntoLoads for () {
    type Loads = ();

    fn into_loads(self) {}
}

/// What `with` takes, converted to loaders.
pub trait IntoLoads {
    /// The loaders.
    type Loads: Loads;

    #[doc(hidden)]
    fn into_loads(self) -> Self::Loads;
}

/// A relation that `with` can load.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded",
    label = "expected a relation, such as `p.author()`",
    note = "a field of the model itself is loaded anyway; for single values use `values(|p| (p.id, p.title))`"
)]
pub trait IntoLoader {
    /// Its loader.
    type Loader: Loader;

    #[doc(hidden)]
    fn into_loader(self) -> Self::Loader;
}

macro_rules! tuples {
    ($(($($name:ident $at:tt)+);)+) => {$(
        impl<$($name: Loader),+> FollowUp for ($($name,)+) {
            #[inline]
            fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
                $(self.$at.prepare(columns)?;)+
                Ok(())
            }

            fn place_values(&mut self, first: usize) {
                $(self.$at.place_values(first);)+
            }

            fn name(&mut self, keys: &Value<'static>) {
                $(self.$at.name(keys);)+
            }

            fn is_named(&self) -> bool {
                false $(|| self.$at.is_named())+
            }

            fn early(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
                $(if let Some(statement) = self.$at.early(dialect)? {
                    return Ok(Some(statement));
                })+
                Ok(None)
            }

            fn list(&mut self) -> Option<&mut dyn List> {
                $(if let Some(list) = self.$at.list() {
                    return Some(list);
                })+
                None
            }

            fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
                $(if let Some(statement) = self.$at.next(dialect)? {
                    return Ok(Some(statement));
                })+
                Ok(None)
            }

            fn is_active(&self) -> bool {
                false $(|| self.$at.is_active())+
            }

            // The queries of one level are sent, and so answered, in this order: the first loader in flight has the
            // oldest query, the last one the latest.
            fn values(&self) -> &[Value<'static>] {
                let last: &[Value<'static>] = &[];
                $(let last = if self.$at.is_active() { self.$at.values() } else { last };)+
                last
            }

            fn take_values(&mut self) -> Vec<Value<'static>> {
                let last = 0;
                $(let last = if self.$at.is_active() { $at } else { last };)+
                $(if self.$at.is_active() && last == $at {
                    return self.$at.take_values();
                })+
                let _ = last;
                Vec::new()
            }

            fn answered(&mut self) {
                $(if self.$at.is_active() {
                    return self.$at.answered();
                })+
            }

            fn accept(&mut self, row: &Row<'_>) -> Result<()> {
                $(if self.$at.is_active() {
                    return self.$at.accept(row);
                })+
                Ok(())
            }
        }

        impl<$($name: Loader),+> Loads for ($($name,)+) {
            type Kept<Model: Send + 'static> = (Model, ($($name::Partial,)+));
            type Row<Model: Send + 'static> = (Model, $($name::Out,)+);

            #[inline]
            fn decode<M: Model>(&mut self, row: &Row<'_>, at: usize) -> Result<Self::Kept<M>> {
                Ok((decoded(row, at)?, ($(self.$at.decode(row)?,)+)))
            }

            #[inline]
            fn finish<M: Send + 'static>(&mut self, (row, partial): Self::Kept<M>) -> Result<Self::Row<M>> {
                Ok((row, $(self.$at.finish(partial.$at)?,)+))
            }

            #[inline]
            fn finish_all<M: Send + 'static>(&mut self, kept: Vec<Self::Kept<M>>) -> Result<Vec<Self::Row<M>>> {
                kept.into_iter().map(|kept| self.finish(kept)).collect()
            }
        }

        impl<$($name: IntoLoader),+> IntoLoads for ($($name,)+) {
            type Loads = ($($name::Loader,)+);

            fn into_loads(self) -> Self::Loads {
                ($(self.$at.into_loader(),)+)
            }
        }
    )+};
}
tuples! {
    (A 0);
    (A 0 B 1);
    (A 0 B 1 C 2);
    (A 0 B 1 C 2 D 3);
    (A 0 B 1 C 2 D 3 E 4);
    (A 0 B 1 C 2 D 3 E 4 F 5);
}
