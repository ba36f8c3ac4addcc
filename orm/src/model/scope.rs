//! Scopes: conditions that a model says of itself, and that hold wherever its rows are read or changed.

use std::any::{Any, TypeId};
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use crate::expr::{ExprTokens, TokenBits};

use super::{ColumnMeta, MetaSlot, Model, ModelMeta, ModelSpec};

/// The most scopes of a model: a bit each says which are left out.
pub const MAX_SCOPES: usize = 15;

/// What the derive writes of a scope.
pub struct ScopeSpec {
    /// The name in the attribute.
    pub name: &'static str,
    /// The type of the value that it takes from the handle, as it is written.
    pub takes: Option<&'static str>,
    /// The field of new rows that gets its value where it is left out.
    pub fills: Option<&'static str>,
    /// The slot of its model.
    pub slot: fn() -> &'static MetaSlot,
    /// The condition, with the values of a handle; `None` if that has none of the type.
    pub condition: fn(&ScopeValues) -> Option<ExprTokens>,
}

/// A scope of a registered model.
pub struct ModelScope {
    /// What the derive wrote.
    pub spec: &'static ScopeSpec,
    /// Its condition without the values: one for all values, since SQL is rendered without them.
    form: OnceLock<Form>,
}

struct Form {
    tokens: Box<[TokenBits]>,
    /// How many values there are.
    values: usize,
}

impl ModelSpec {
    /// Its scopes, of which nothing is known yet.
    pub(crate) fn scopes(&self) -> Vec<ModelScope> {
        let scope = |spec| ModelScope {
            spec,
            form: OnceLock::new(),
        };
        self.scopes.iter().map(scope).collect()
    }
}

impl ModelScope {
    /// Its condition without the values; `None` until there has been one.
    pub(crate) fn form(&self) -> Option<(&[TokenBits], usize)> {
        if self.spec.takes.is_none() {
            self.note(&ScopeValues::default());
        }
        self.form.get().map(|form| (&*form.tokens, form.values))
    }

    /// Notes its condition, if this is the first value that there is for it.
    pub(crate) fn note(&self, values: &ScopeValues) {
        if self.form.get().is_none()
            && let Some(condition) = (self.spec.condition)(values)
        {
            self.form.get_or_init(|| Form {
                tokens: condition.tokens().into(),
                values: condition.values().len(),
            });
        }
    }
}

impl ModelMeta {
    /// Whether a field that a new row leaves out gets the value of a scope.
    pub(crate) fn is_filled(&self, field: &str) -> bool {
        self.scopes.iter().any(|scope| scope.spec.fills == Some(field))
    }

    /// Whether a new row has no value of a column unless a program gives it one, or a scope does.
    pub(crate) fn has_no_default(&self, column: &ColumnMeta) -> bool {
        let field = self.def.fields.get(column.field);
        !column.null
            && !column.computed
            && field.is_some_and(|field| {
                !field.generated && field.default.is_none() && field.db_default.is_none()
            })
    }

    /// Whether a new row has to be given a value of a column: neither the database nor a scope has one.
    pub(crate) fn must_be_given(&self, column: &ColumnMeta) -> bool {
        self.has_no_default(column) && !self.is_filled(&column.name)
    }

    /// The most values that a statement binds for the scopes of its rows.
    pub(crate) fn scope_values(&self) -> usize {
        let forms = self.scopes.iter().filter_map(ModelScope::form);
        forms.map(|(_, values)| values).sum()
    }
}

impl std::fmt::Debug for ModelScope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ModelScope({})", self.spec.name)
    }
}

/// A scope of a model by a name that the compiler checks: `Post::SCOPE_ALIVE`, which the derive writes for `scope("alive", ..)`.
///
/// # Example: a scope that nobody has declared
///
/// ```compile_fail,E0599
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects().without_scope(Post::SCOPE_GONE).all(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
pub struct ScopeName<M> {
    nth: u8,
    model: PhantomData<fn() -> M>,
}

impl<M> Clone for ScopeName<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for ScopeName<M> {}

impl<M: Model> std::fmt::Debug for ScopeName<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let spec = M::SPEC.scopes.get(usize::from(self.nth));
        write!(f, "{}.{}", M::SPEC.name, spec.map_or("?", |scope| scope.name))
    }
}

impl<M> ScopeName<M> {
    #[doc(hidden)]
    pub const fn new(nth: u8) -> Self {
        ScopeName {
            nth,
            model: PhantomData,
        }
    }

    /// All scopes but this apply.
    pub(crate) fn left_out(self) -> LeftOut {
        LeftOut(1 << self.nth)
    }
}

/// Which scopes of a model do not apply: a bit for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct LeftOut(u16);

impl LeftOut {
    /// All scopes apply.
    pub(crate) const NONE: LeftOut = LeftOut(0);
    /// No scope applies, nor any of a model that a relation goes through.
    pub(crate) const ALL: LeftOut = LeftOut(u16::MAX);
    /// No scope of the rows applies; of a model that a relation goes through all do.
    pub(crate) const OF_ROWS: LeftOut = LeftOut(u16::MAX >> 1);

    pub(crate) fn and(self, other: LeftOut) -> LeftOut {
        LeftOut(self.0 | other.0)
    }

    pub(crate) fn has(self, nth: usize) -> bool {
        u32::try_from(nth).is_ok_and(|nth| self.0.checked_shr(nth).is_some_and(|bits| bits & 1 == 1))
    }

    /// Whether the scopes of a model that a relation goes through do not apply either.
    pub(crate) fn has_links(self) -> bool {
        self.0 >> MAX_SCOPES == 1
    }

    #[inline]
    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
    }

    #[inline]
    pub(crate) fn bits(self) -> u16 {
        self.0
    }
}

/// The values that a handle gives to scopes. Cheap to clone, and nothing where there are none.
#[derive(Clone, Default)]
pub struct ScopeValues(Option<Arc<Held>>);

#[derive(Clone, Default)]
struct Held {
    values: Vec<(TypeId, Arc<dyn Any + Send + Sync>)>,
    unscoped: bool,
}

impl ScopeValues {
    /// These and one more, which takes the place of one of the same type.
    pub(crate) fn with<V: Send + Sync + 'static>(&self, value: V) -> Self {
        let mut held = self.0.as_deref().cloned().unwrap_or_default();
        held.values.retain(|(ty, _)| *ty != TypeId::of::<V>());
        held.values.push((TypeId::of::<V>(), Arc::new(value)));
        held.unscoped = false;
        ScopeValues(Some(Arc::new(held)))
    }

    /// A handle on which no scope applies.
    pub(crate) fn unscoped(&self) -> Self {
        ScopeValues(Some(Arc::new(Held {
            unscoped: true,
            ..Held::default()
        })))
    }

    /// The value of a type.
    #[doc(hidden)]
    pub fn get<V: 'static>(&self) -> Option<&V> {
        let mut values = self.0.as_ref()?.values.iter();
        let (_, value) = values.find(|(ty, _)| *ty == TypeId::of::<V>())?;
        value.downcast_ref()
    }

    #[inline]
    pub(crate) fn is_unscoped(&self) -> bool {
        self.0.as_ref().is_some_and(|held| held.unscoped)
    }
}
