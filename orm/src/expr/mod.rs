//! One language for everything that is said about rows: conditions, values, orders, assignments and queries within them.
//!
//! An expression is a [`Node`]. What its leaves are depends on where it lives: in a program a column is a position and a
//! value is bound ([`Program`]), in a migration file a column is a name and a value is a literal ([`Named`]). The operators
//! and functions are the rows of one table ([`Function`]). A program writes its expressions as packed tokens
//! ([`Fragment`]), which are the key of a statement that is known already; the tree is what they decode to when it is not.
//!
//! Each pass over the tree is a file: `types`, `nulls`, `grouping`, `digits`, `file`. Only rendering stands elsewhere, in
//! `sql/`.

mod decode;
mod digits;
mod file;
mod fragment;
mod function;
mod grouping;
mod node;
mod nulls;
mod place;
mod spelling;
mod table;
mod token;
mod types;

pub use decode::{decode, decode_one};
pub use digits::Digits;
pub(crate) use digits::EXACT;
pub(crate) use file::MAX_LEVELS;
pub use file::{Named, RowExpr};
pub use fragment::Fragment;
pub use function::{Compares, Gives, Kind, Nulls, Row, Takes};
pub use grouping::{Ungrouped, ungrouped};
pub use node::{Direction, Form, Item, Leaves, Node, NullsPlace, Order, Query};
pub use nulls::may_be_null;
pub(crate) use place::NO_COLUMN;
pub use place::{Column, Param, Path, Place, Program, Scope};
pub use spelling::{As, Spelling, Spellings, When};
pub use table::Function;
pub use token::{Packed, Part, Token};
pub use types::{ColumnFacts, Columns, Typed, annotate};
