//! Queries as data: fields, expressions, lookups and `QuerySet`. Pure; nothing here knows SQL or a connection.

mod append;
mod assign;
mod check;
mod explain;
mod field;
mod fragment;
mod lock;
mod lookup;
mod node;
mod operand;
mod order;
mod path;
mod queryset;
mod relation;
mod token;

pub use append::Append;
pub use assign::{Assignment, IntoAssignments};
pub use check::{check, default_value, generated, literal};
pub use field::{Expr, Expression, Field};
pub use fragment::Fragment;
pub use lock::{ForUpdate, Lock, LockTarget};
pub use lookup::{IntoCondition, Number, Summable, Textual, ToListItem, count};
pub use operand::{Assignable, Operand, ToValue};
pub use order::{IntoOrder, Order};
pub use queryset::{Groups, QuerySet, Rows, Select, Selection, Tuples};
pub use relation::{Loadable, ToMany, ToMaybe, ToOne};
pub use token::{Packed, Token};

pub(crate) use lock::WhenLocked;
pub(crate) use node::{Item, Node};
pub(crate) use path::{Hop, Way, hop, step};
pub(crate) use token::{Binary, Direction, Nulls, Place, TextLookup, Unary};
