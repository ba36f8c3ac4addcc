//! Queries as data: fields, expressions, lookups and `QuerySet`. Pure; nothing here knows SQL or a connection.

mod aggregates;
mod annotate;
mod append;
mod arrays;
mod assign;
mod bits;
mod cast;
mod check;
mod collected;
mod columns;
mod compound;
mod conditional;
mod conflict;
mod containment;
mod dates;
mod derived;
mod distinct_on;
mod documents;
mod embedded;
mod explain;
mod field;
mod for_column;
mod functions;
mod insert_columns;
mod lock;
mod lookup;
mod moments;
mod multiranges;
mod networks;
mod newtype;
mod operand;
mod order;
mod ordered;
mod path;
mod qualify;
mod queryset;
mod random;
mod ranges;
mod raw;
mod related_value;
mod relation;
mod rounding;
mod scoping;
mod search;
mod search_words;
mod selection;
mod set_operations;
mod sql_text;
mod strings;
mod subquery;
mod subquery_value;
mod tree;
mod tuples;
mod window;
#[cfg(feature = "zones")]
mod zones;

pub use crate::expr::{ExprTokens, Token, TokenBits};
use crate::model::Inner;
pub use annotate::Annotated;
pub use append::Append;
pub(crate) use arrays::Counted;
pub use arrays::{Array, Container, ItemScalar};
pub use assign::{Assignment, IntoAssignments};
pub use cast::CastTo;
pub use check::{
    check, default_value, generated, generated_in, index_condition, index_expression, literal,
    policy_condition,
};
pub use collected::Document;
pub use columns::IntoColumns;
pub use compound::{CombinedRows, Compound, SetOperand};
pub(crate) use compound::{append_operand, combined};
pub use conditional::{Case, case, if_};
pub use conflict::IntoConflictTarget;
pub use containment::{Contained, Overlapping};
#[cfg(feature = "chrono")]
pub use dates::now;
pub use dates::{HasDate, HasDateAndTime, HasTime};
pub(crate) use documents::append_json_path;
pub use documents::{IntoJsonPath, JsonPath};
pub use embedded::{Embedded, one_column};
pub use field::{Expr, Expression, Field};
pub use for_column::{ForColumn, paired, paired_key, points_at};
pub use functions::{ConcatOperand, WholeNumber};
pub use insert_columns::InsertColumns;
pub use lock::{ForUpdate, Lock, LockTarget};
pub use lookup::{IntoCondition, Number, SignedNumber, StringValue, Summable, ToListItem, count};
pub use moments::{Moment, MomentOperand, Span, Subtrahend};
pub use operand::{Assignable, Operand, ToValue};
pub use order::{IntoOrder, Order};
pub use ordered::{Extreme, Ordered};
pub use qualify::JustAnnotated;
pub use queryset::{Groups, OfGroups, QuerySet, Rows, Select, Tuples};
pub use random::random;
pub use ranges::RangeColumn;
pub use raw::{RawPart, RawParts, operand, raw};
pub use relation::{Cut, Loadable, ToMany, ToOne};
pub use rounding::Fractional;
#[doc(hidden)]
pub use scoping::{scope, scope_of, scope_spec};
pub use search::{Search, SearchedField, searched};
pub use search_words::{IntoSearchWords, SearchWords, any_word, phrase, prefix, typed_in, words};
pub use selection::Selection;
pub use sql_text::{SqlText, TrustedSql};
pub use subquery::{InValues, IntoExists, exists};
pub use subquery_value::{IntoSubquery, Subquery, subquery};
pub use tree::{IntoTreeStep, TreeStep, depth, depth_first, path as tree_path};
pub(crate) use tuples::each_element;
pub use window::{Window, WindowFunction, cume_dist, dense_rank, ntile, percent_rank, rank, row_number};
#[cfg(feature = "zones")]
pub use zones::{Instant, LocalDateTime};

/// The fields that a closure over the rows of `M` receives: `PostFields` for `Post`.
pub type Fields<M> = <M as crate::model::Model>::Fields<Inner>;

pub(crate) use columns::columns;
pub(crate) use conflict::{TargetPart, conflict_target};
pub(crate) use derived::derived_value;
pub(crate) use embedded::embedded_values;
pub(crate) use for_column::value_of;
pub(crate) use lock::WhenLocked;
pub(crate) use order::{key_order, order_by_default, order_uniquely, orders_rows};
pub(crate) use path::{
    ColumnPair, JoinStep, PathEnd, RelationKind, closure, first_step, join_step, outside, outside_of,
    own_rows, path_along, path_behind, path_end, start, target,
};
pub(crate) use subquery::{number_of_rows, related_row_exists};
