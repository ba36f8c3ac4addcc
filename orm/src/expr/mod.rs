//! One language for conditions, values, orderings, assignments and subqueries.
//!
//! An expression is a [`Node`]. Its leaves depend on where it lives: in a running program a column is a position and a
//! value is bound ([`ByPosition`]); in a migration file a column is a name and a value is a literal ([`ByName`]). The
//! operators and functions are the rows of one table ([`Function`]). A program writes its expressions as tokens
//! ([`ExprTokens`]), which double as the cache key of the rendered statement; only on a cache miss are they decoded to
//! the tree.
//!
//! Each pass over the tree is a file: `types`, `nulls`, `grouping`, `digits`, `file`. Rendering is the exception and
//! lives in `sql/`.

mod again;
mod aggregate_rows;
mod alike;
mod array_rows;
mod base_rows;
mod choice_rows;
mod choices;
mod date_rows;
mod decode;
mod digits;
mod duration_rows;
mod enumeration;
mod expr_tokens;
mod file;
mod fragment;
mod function;
mod grouping;
mod json_rows;
mod network_rows;
mod node;
mod nulls;
mod number_rows;
mod operands;
mod range_rows;
mod row_source;
mod spelling;
mod string_rows;
mod table;
mod token;
mod types;
mod window;
mod window_rows;

pub(crate) use again::{Again, each_expression};
pub use alike::{multirange_of_other_width, other_width};
pub use decode::{Decoder, decode, decode_one};
pub use digits::Digits;
pub(crate) use digits::EXACT;
pub use enumeration::{Enumeration, is_given};
pub use expr_tokens::ExprTokens;
pub(crate) use file::MAX_LEVELS;
pub use file::{ByName, RowExpr};
pub use fragment::{FragmentText, SearchAsk, SqlFragment};
pub use function::{Comparison, FunctionDef, FunctionKind, NullRule, OperandTypes, ResultType, ValueOrder};
pub use grouping::{GroupedRows, Ungrouped, ungrouped};
pub use node::{
    Combined, Direction, Form, Leaves, ListItem, Node, NullsPlace, SetOperator, SortKey, Subquery, Takes,
    Towards, Walk,
};
pub use nulls::{may_be_null, may_compute_null};
pub(crate) use row_source::NO_COLUMN;
pub use row_source::{ByPosition, ColumnRef, Param, Path, RowSource, Scope};
pub use spelling::{Spelling, Spellings, SqlForm, When};
pub use table::Function;
pub use token::{QueryPart, Token, TokenBits, WindowPart};
pub use types::{ColumnInfo, ColumnResolver, Typed, annotate};
pub(crate) use window::MOST_PARTS;
pub use window::{Frame, FrameBound, FrameExclusion, FrameUnit, Over, Window};
