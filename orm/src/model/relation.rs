//! Fields that refer to other models. They hold keys, never rows: loaded rows are in the result type of the query.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use crate::error::Result;
use crate::value::{Cell, ColumnType, FieldType, Value};

use super::{Model, PrimaryKey};

/// A field type that refers to a model; a derive learns the target from the type alone.
#[doc(hidden)]
pub trait Reference: 'static {
    /// The model referred to.
    type Target: Model;
}

macro_rules! key_holder {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<M: Model> {
            key: M::Key,
            // Last, so that the size does not depend on the key's type: a relation to a struct that is not a model is
            // then one error, not one for every use. And of the key rather than of `M`, because debug info is
            // generated recursively: `PhantomData<fn() -> M>` would add two levels for every model.
            model: PhantomData<fn() -> M::Key>,
        }

        impl<M: Model> $name<M> {
            /// A reference to the row whose primary key is `key`; the database checks that it exists.
            pub fn new(key: impl Into<M::Key>) -> Self {
                Self::from_key(key.into())
            }

            #[inline]
            fn from_key(key: M::Key) -> Self {
                Self { key, model: PhantomData }
            }

            /// The key of the referenced row.
            pub fn to(row: &M) -> Self {
                Self::from_key(row.key())
            }

            /// The primary key of the referenced row.
            pub fn id(&self) -> M::Key {
                self.key.clone()
            }
        }

        impl<M: Model> Clone for $name<M> {
            #[inline]
            fn clone(&self) -> Self {
                Self::from_key(self.key.clone())
            }
        }

        impl<M: Model> Copy for $name<M> where M::Key: Copy {}

        impl<M: Model> PartialEq for $name<M> {
            fn eq(&self, other: &Self) -> bool {
                self.key == other.key
            }
        }

        impl<M: Model> Eq for $name<M> {}

        impl<M: Model> Hash for $name<M> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.key.hash(state);
            }
        }

        impl<M: Model> fmt::Debug for $name<M>
        where
            M::Key: fmt::Debug,
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(M::SPEC.name).field(&self.key).finish()
            }
        }

        impl<M: Model> From<&M> for $name<M> {
            fn from(row: &M) -> Self {
                Self::to(row)
            }
        }

        impl<M: Model> Reference for $name<M> {
            type Target = M;
        }

        impl<M: Model> Reference for Option<$name<M>> {
            type Target = M;
        }

        impl<M: Model> ColumnType for $name<M> {
            type Base = Self;

            fn field_type() -> FieldType {
                FieldType::$name
            }

            #[inline]
            fn decode(cell: Cell<'_>) -> Result<Self> {
                M::Key::from_cell(cell).map(Self::from_key)
            }

            #[inline]
            fn encode(&self) -> Value<'_> {
                self.key.value()
            }
        }
    };
}

key_holder! {
    /// The key of one row of `M`; many rows may hold the same.
    ForeignKey
}
key_holder! {
    /// The key of one row of `M` that no other row holds.
    OneToOne
}

/// Rows of `M` through a join table. The struct holds nothing: load with `with(|p| p.tags())`, change with
/// `post.tags().add(..)`.
pub struct ManyToMany<M: Model>(PhantomData<fn() -> M::Key>);

impl<M: Model> ManyToMany<M> {
    /// The only value.
    pub const fn new() -> Self {
        ManyToMany(PhantomData)
    }
}

impl<M: Model> Default for ManyToMany<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Model> Clone for ManyToMany<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Model> Copy for ManyToMany<M> {}

impl<M: Model> PartialEq for ManyToMany<M> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<M: Model> Eq for ManyToMany<M> {}

impl<M: Model> Hash for ManyToMany<M> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl<M: Model> fmt::Debug for ManyToMany<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManyToMany<{}>", M::SPEC.name)
    }
}

impl<M: Model> Reference for ManyToMany<M> {
    type Target = M;
}
