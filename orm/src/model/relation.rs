//! Fields that point at other models. They hold keys, never rows: what was loaded is in a query's result type.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use crate::error::Result;
use crate::value::{Cell, ColumnType, FieldType, Value};

use super::{Model, PrimaryKey};

/// A field type that points at a model: lets a derive learn the target from the type alone.
#[doc(hidden)]
pub trait Reference: 'static {
    /// The model pointed at.
    type Target: Model;
}

macro_rules! key_holder {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<M: Model> {
            key: M::Key,
            // Last, so that the size does not hang on the key's type: a relation to a struct that is not a model is then
            // one mistake and not one for every use. Of the key and not of `M`, because whoever writes debug info about
            // the types goes into each of them on the stack: `PhantomData<fn() -> M>` is two more for every model.
            model: PhantomData<fn() -> M::Key>,
        }

        impl<M: Model> $name<M> {
            /// A key to the row whose primary key is `key`; the database checks that there is one.
            pub fn new(key: impl Into<M::Key>) -> Self {
                Self::from_key(key.into())
            }

            #[inline]
            fn from_key(key: M::Key) -> Self {
                Self { key, model: PhantomData }
            }

            /// The key to a row.
            pub fn to(row: &M) -> Self {
                Self::from_key(row.key())
            }

            /// The primary key of the row pointed at.
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
