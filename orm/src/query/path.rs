//! Paths along relations, interned as small numbers.
//!
//! Path 0 is a query's own rows. Every step along a relation is interned once per process, so a field is one number,
//! fields are `Copy`, and comparing queries compares numbers. The fields of a closure start at a path that names their
//! model, so that an error can name a field that has left its closure; it is replaced by 0 when the closure returns.

use std::sync::atomic::Ordering;
use std::sync::{LazyLock, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};

use crate::error::{Error, Result};
use crate::expr::{Path, RowSource, Scope};
use crate::model::{CompositeForeignKeyDef, LeftOut, MetaSlot, Model, ModelDef, ModelMeta};
use crate::registry::meta;

use super::Fields;

/// A step along a relation.
#[derive(Clone, Copy)]
pub struct JoinStep {
    /// The path it starts from.
    pub from: Path,
    /// The model that declares the relation.
    pub slot: &'static MetaSlot,
    /// The position of the relation among that model's fields. Foreign keys over several columns are counted behind them.
    pub field: u16,
    /// How the relation is followed.
    pub kind: RelationKind,
    /// Which scopes of the model that it leads to do not apply.
    pub left_out: LeftOut,
}

/// How a step follows a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RelationKind {
    /// From a foreign key to the row it refers to.
    Forward,
    /// From a row to the rows whose foreign key refers to it.
    Reverse,
    /// Through a join table, from the model that declares the relation.
    Join,
    /// Through a join table, to the model that declares the relation.
    JoinBack,
}

/// Columns that hold the same in two rows that a foreign key relates, as positions in their models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnPair {
    /// In the row that the step starts from.
    pub from: usize,
    /// In the row that it leads to.
    pub to: usize,
}

/// What a path ends with.
#[derive(Clone, Copy)]
pub(crate) enum PathEnd {
    /// The rows of a model, at the start of a closure's paths.
    Model(&'static MetaSlot, LeftOut),
    /// A step along a relation.
    Join(JoinStep),
}

#[derive(PartialEq, Eq, Hash)]
struct PathKey {
    /// `None` for a model's own rows.
    step: Option<(u32, u16, RelationKind)>,
    slot: usize,
    left_out: LeftOut,
}

#[derive(Default)]
struct Interner {
    steps: Vec<PathEnd>,
    index: FxHashMap<PathKey, u32>,
}

static INTERNER: LazyLock<RwLock<Interner>> = LazyLock::new(RwLock::default);

impl Interner {
    fn step(&self, path: Path) -> Option<PathEnd> {
        self.steps.get((path.0 as usize).checked_sub(1)?).copied()
    }

    /// A step from a closure's own rows is a step from the query's own rows.
    fn key(&self, step: &mut PathEnd) -> PathKey {
        match step {
            PathEnd::Model(slot, left_out) => PathKey {
                step: None,
                slot: std::ptr::from_ref(*slot) as usize,
                left_out: *left_out,
            },
            PathEnd::Join(step) => {
                if matches!(self.step(step.from), Some(PathEnd::Model(..))) {
                    step.from = Path::ROOT;
                }
                PathKey {
                    step: Some((step.from.0, step.field, step.kind)),
                    slot: std::ptr::from_ref(step.slot) as usize,
                    left_out: step.left_out,
                }
            }
        }
    }
}

fn intern(mut step: PathEnd) -> Path {
    let read = INTERNER.read().unwrap_or_else(PoisonError::into_inner);
    let key = read.key(&mut step);
    if let Some(&found) = read.index.get(&key) {
        return Path(found);
    }
    drop(read);
    let mut write = INTERNER.write().unwrap_or_else(PoisonError::into_inner);
    let next = match u32::try_from(write.steps.len() + 1) {
        Ok(next) if next < Path::MOST => next,
        // No step ever has this path, so whatever uses it is refused on rendering.
        _ => return Path(Path::MOST),
    };
    let path = *write.index.entry(key).or_insert(next);
    if path == next {
        write.steps.push(step);
    }
    Path(path)
}

/// The path that a step leads to.
pub(crate) fn path_along(step: JoinStep) -> Path {
    intern(PathEnd::Join(step))
}

/// The path that names the model of a slot.
#[inline]
pub(crate) fn start(slot: &'static MetaSlot) -> Path {
    // Relaxed: only the number itself is read; resolving it takes the interner's lock, which orders the rest.
    match slot.start.load(Ordering::Relaxed) {
        0 => first_start(slot),
        known => Path(known),
    }
}

#[cold]
fn first_start(slot: &'static MetaSlot) -> Path {
    let path = intern(PathEnd::Model(slot, LeftOut::NONE));
    slot.start.store(path.0, Ordering::Relaxed);
    path
}

/// The same, where some scopes of the model do not apply.
pub(crate) fn start_without(slot: &'static MetaSlot, left_out: LeftOut) -> Path {
    match left_out.is_none() {
        true => start(slot),
        false => intern(PathEnd::Model(slot, left_out)),
    }
}

/// What a path ends with; `None` for a query's own rows.
pub(crate) fn path_end(path: Path) -> Option<PathEnd> {
    INTERNER.read().unwrap_or_else(PoisonError::into_inner).step(path)
}

/// The step that leads to a path; `None` for the rows of a query or a model.
pub(crate) fn join_step(path: Path) -> Option<JoinStep> {
    match path_end(path)? {
        PathEnd::Join(step) => Some(step),
        PathEnd::Model(..) => None,
    }
}

/// The first step of a path, and the path that it is alone; `None` for the rows of a query or a model.
pub(crate) fn first_step(mut path: Path) -> Option<(Path, JoinStep)> {
    let mut step = join_step(path)?;
    while let Some(before) = join_step(step.from) {
        (path, step) = (step.from, before);
    }
    Some((path, step))
}

/// A path as seen from the end of another that it begins with; `None` if it does not begin with that one.
pub(crate) fn path_behind(path: Path, base: Path) -> Option<Path> {
    if path == base {
        return Some(Path::ROOT);
    }
    let step = join_step(path)?;
    let from = path_behind(step.from, base)?;
    Some(path_along(JoinStep { from, ..step }))
}

/// The model at the end of a path; `None` for a query's own rows.
pub(crate) fn target(path: Path) -> Result<Option<&'static ModelMeta>> {
    match path_end(path) {
        None if path == Path::ROOT => Ok(None),
        None => Err(Error::internal(
            "a path of relations was never interned, or there are too many",
        )),
        Some(PathEnd::Model(slot, _)) => meta(slot).map(Some),
        Some(PathEnd::Join(step)) => step.target().map(Some),
    }
}

/// Calls a closure with fields of its own. Returns its result, and the row source of those fields, which the caller
/// resolves in the result (see [`RowSource`]).
#[inline]
pub(crate) fn closure<M: Model, T>(build: impl FnOnce(Fields<M>) -> T) -> (T, RowSource) {
    let own = own_rows(M::slot());
    (build(M::fields(own)), own)
}

/// The rows of a new call of a closure over the model of a slot.
#[inline]
pub(crate) fn own_rows(slot: &'static MetaSlot) -> RowSource {
    RowSource::new(Scope::fresh(), start(slot))
}

impl JoinStep {
    /// The model that declares the relation.
    pub fn declaring(&self) -> Result<&'static ModelMeta> {
        meta(self.slot)
    }

    /// The model that the step leads to.
    pub fn target(&self) -> Result<&'static ModelMeta> {
        match self.kind {
            RelationKind::Reverse | RelationKind::JoinBack => self.declaring(),
            RelationKind::Forward | RelationKind::Join => self.declared_target(),
        }
    }

    /// The model that the relation is declared to lead to, whichever way it is followed.
    pub fn declared_target(&self) -> Result<&'static ModelMeta> {
        meta(target_slot(self.slot, self.field)?)
    }

    /// Whether it starts at a foreign key, and leads to the row that this points at.
    pub fn is_forward(&self) -> bool {
        self.kind == RelationKind::Forward
    }

    /// Whether both go along one relation in one direction.
    pub fn is_same(&self, other: &JoinStep) -> bool {
        std::ptr::eq(self.slot, other.slot) && (self.field, self.kind) == (other.field, other.kind)
    }

    /// The same relation, seen from its other end.
    pub fn turned(self) -> Self {
        let kind = match self.kind {
            RelationKind::Forward => RelationKind::Reverse,
            RelationKind::Reverse => RelationKind::Forward,
            RelationKind::Join => RelationKind::JoinBack,
            RelationKind::JoinBack => RelationKind::Join,
        };
        JoinStep { kind, ..self }
    }

    /// Whether both rows of a pair are related to each other.
    pub fn is_symmetrical(&self) -> Result<bool> {
        Ok(self.field_def()?.symmetrical)
    }

    /// The position of the column that the relation's foreign key points at, among the columns of the model that it points at.
    pub fn pointed_at(&self) -> Result<usize> {
        let Some(name) = &self.field_def()?.to_field else {
            return self.model_pointed_at().map(|model| model.primary_key);
        };
        let model = self.model_pointed_at()?;
        let mut columns = model.columns.iter();
        match columns.position(|column| column.name == *name) {
            Some(found) => Ok(found),
            None => Err(Error::internal(format!(
                "{} points at {name} of {}, which is not there",
                self.name()?,
                model.def.key()
            ))),
        }
    }

    /// The model that the foreign key points at: that of a join table, on the side that the step leads to.
    fn model_pointed_at(&self) -> Result<&'static ModelMeta> {
        match self.kind {
            RelationKind::JoinBack => self.declaring(),
            RelationKind::Forward | RelationKind::Reverse | RelationKind::Join => self.declared_target(),
        }
    }

    /// The foreign key over several columns that it follows, if it follows one.
    pub fn composite(&self) -> Result<Option<&'static CompositeForeignKeyDef>> {
        let def = &self.declaring()?.def;
        let behind = usize::from(self.field).checked_sub(def.fields.len());
        Ok(behind.and_then(|at| def.composite_foreign_keys().nth(at)))
    }

    /// The columns by which a foreign key relates the rows at both ends of the step.
    ///
    /// # Errors
    /// If the models are not registered, or the step goes through a join table.
    pub fn column_pairs(&self) -> Result<SmallVec<[ColumnPair; 2]>> {
        let declaring = self.declaring()?;
        let mut pairs: SmallVec<[ColumnPair; 2]> = match self.composite()? {
            None => {
                let mut columns = declaring.columns.iter();
                let own = columns.position(|column| column.field == usize::from(self.field));
                let own = own.ok_or_else(|| self.without_column(&declaring.def))?;
                smallvec![ColumnPair {
                    from: own,
                    to: self.pointed_at()?
                }]
            }
            Some(key) => {
                let target = self.model_pointed_at()?;
                let of = |model: &ModelMeta, name: &str| {
                    let found = model.columns.iter().position(|column| column.name == name);
                    found.ok_or_else(|| self.without_column(&model.def))
                };
                let pairs = key.pairs().map(|(own, other)| {
                    Ok(ColumnPair {
                        from: of(declaring, own)?,
                        to: of(target, other)?,
                    })
                });
                pairs.collect::<Result<_>>()?
            }
        };
        if self.kind == RelationKind::Reverse {
            for pair in &mut pairs {
                *pair = ColumnPair {
                    from: pair.to,
                    to: pair.from,
                };
            }
        }
        Ok(pairs)
    }

    #[cold]
    fn without_column(&self, model: &ModelDef) -> Error {
        Error::internal(format!(
            "a relation of {} stands on a column of {} that is not there",
            self.declaring()
                .map_or_else(|_| String::new(), |model| model.def.key().to_string()),
            model.key()
        ))
    }

    /// Whether a query may find no row at its end: one that is out of scope is as if it were not there.
    pub fn is_optional(&self) -> Result<bool> {
        Ok(!self.target()?.scopes.is_empty() || self.may_be_empty()?)
    }

    /// Whether there may be no row at its end, in scope or not.
    pub fn may_be_empty(&self) -> Result<bool> {
        Ok(match self.kind {
            RelationKind::Forward => match self.composite()? {
                None => self.field_def()?.null,
                Some(key) => {
                    let owner = &self.declaring()?.def;
                    let mut fields = key.fields.iter().filter_map(|name| owner.field(name));
                    fields.any(|field| field.null)
                }
            },
            RelationKind::Reverse | RelationKind::Join | RelationKind::JoinBack => true,
        })
    }

    /// The relation as its model names it: `blog.Post.author`.
    pub fn name(&self) -> Result<String> {
        let name = match self.composite()? {
            Some(key) => &key.relation,
            None => &self.field_def()?.name,
        };
        Ok(format!("{}.{name}", self.declaring()?.def.key()))
    }

    fn field_def(&self) -> Result<&'static crate::model::FieldDef> {
        let declaring = self.declaring()?;
        declaring.def.fields.get(usize::from(self.field)).ok_or_else(|| {
            Error::internal(format!(
                "field {} of {} is not there",
                self.field,
                declaring.def.key()
            ))
        })
    }
}

fn target_slot(slot: &'static MetaSlot, field: u16) -> Result<&'static MetaSlot> {
    let declaring = meta(slot)?;
    let (fields, keys) = (declaring.spec.fields, declaring.spec.foreign_keys);
    let at = usize::from(field);
    let relation = match at.checked_sub(fields.len()) {
        Some(behind) => keys.get(behind).map(|key| &key.target),
        None => fields[at].relation.as_ref(),
    };
    relation.map(|relation| (relation.slot)()).ok_or_else(|| {
        Error::internal(format!(
            "field {field} of {} is not a relation",
            declaring.def.key()
        ))
    })
}

/// The error for a field used outside the closure it belongs to, or in a separate statement that its rows are not
/// joined to.
#[cold]
pub(crate) fn outside(source: RowSource, position: Option<u16>) -> Error {
    let model = match source.path() {
        Path::ROOT => None,
        path => target(path).ok().flatten(),
    };
    outside_of(model, position)
}

/// The same, where the model is known.
#[cold]
pub(crate) fn outside_of(model: Option<&ModelMeta>, position: Option<u16>) -> Error {
    let name = match (model, position) {
        (Some(model), Some(position)) => match model.columns.get(usize::from(position)) {
            Some(column) => format!("`{}` of {}", column.name, model.def.key()),
            None => format!("a field of {}", model.def.key()),
        },
        (Some(model), None) => format!("a relation of {}", model.def.key()),
        (None, _) => "a field".to_owned(),
    };
    Error::config(format!(
        "{name} is used in a query that is not inside the closure it belongs to"
    ))
    .with_hint("use the fields that a closure is given in that closure, or in queries and closures within it")
}
