//! A statement ready to run: its SQL, rendered once, and how its parameters are filled from a query's values.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{Error, Result};
use crate::model::{ColumnMeta, ModelMeta};
use crate::value::Value;

use super::Dialect;
use super::cursor::OnCursor;
use super::parameters::Parameters;
use super::scopes::{OF_SCOPES, ScopeUse};
use super::search::fts5;

/// The SQL of one query shape in one dialect.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Unique in the process: connections find their prepared statement by it.
    pub id: u32,
    /// The SQL, with `?` or `$1` for parameters.
    pub sql: String,
    /// Where each parameter comes from, in order.
    pub placeholders: Vec<Placeholder>,
    /// Whether it returns rows.
    pub returns_rows: bool,
    /// Whether only the database knows if it returns rows: SQL by hand that is run for what it does.
    #[cfg_attr(not(feature = "sqlite"), allow(dead_code))]
    pub may_return_rows: bool,
    /// Whether it takes a stream of rows behind it: such a statement is sent once and not kept.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code))]
    pub copies: bool,
    /// What it does to a cursor: such a statement is sent once and not kept.
    pub cursor: Option<OnCursor>,
    /// The scopes that it says. Their values are given behind those of the query.
    pub scopes: Vec<ScopeUse>,
    /// Whether its parameters are exactly the query's values, in order.
    pub in_order: bool,
    /// How many values it needs.
    values: usize,
    /// Which columns its values are for.
    bound: Arc<BoundColumns>,
}

/// SQL as rendered.
#[derive(Default)]
pub struct Rendered {
    /// The SQL, with `?` or `$1` for parameters.
    pub sql: String,
    /// Where each parameter comes from, in order.
    pub placeholders: Vec<Placeholder>,
    /// Whether it returns rows.
    pub returns_rows: bool,
    /// Which columns the values are for.
    pub bound: BoundColumns,
    /// The scopes that it says.
    pub scopes: Vec<ScopeUse>,
}

impl Rendered {
    /// The same, of a statement that says scopes.
    pub(super) fn in_scopes(mut self, scopes: Vec<ScopeUse>) -> Self {
        self.scopes = scopes;
        self
    }
}

/// Which columns the values of a statement are stored in or compared with: for errors about a value that no column can hold.
#[derive(Debug, Default)]
pub enum BoundColumns {
    /// By the position of the value.
    #[default]
    Nothing,
    /// Some values, by their positions.
    Some(Vec<BoundColumn>),
    /// The values of SQL by hand.
    ByHand(Parameters),
    /// The columns of each row, one after another.
    Rows(Vec<(&'static ModelMeta, &'static ColumnMeta)>),
}

impl BoundColumns {
    /// The columns that the values are for, in the order of the values.
    pub fn in_order(
        meta: &'static ModelMeta,
        columns: impl IntoIterator<Item = &'static ColumnMeta>,
    ) -> Self {
        BoundColumns::Rows(columns.into_iter().map(|column| (meta, column)).collect())
    }
}

/// The column that the value at a position is for.
#[derive(Debug, Clone, Copy)]
pub struct BoundColumn {
    /// The value's position.
    pub value: u32,
    /// The column's model.
    pub model: &'static ModelMeta,
    /// The column.
    pub column: &'static ColumnMeta,
    /// Whether the column is given the value, and not compared with it.
    pub is_written: bool,
}

/// The number of all statements that connections do not keep.
const NOT_KEPT: u32 = u32::MAX;

static NEXT_ID: AtomicU32 = AtomicU32::new(0);

impl Statement {
    /// A statement with an id of its own.
    pub fn new(sql: String, placeholders: Vec<Placeholder>, returns_rows: bool) -> Self {
        let mut positions = (0..).map(Placeholder::plain);
        Statement {
            values: placeholders
                .iter()
                .map(|placeholder| placeholder.value as usize + 1)
                .max()
                .unwrap_or(0),
            in_order: placeholders
                .iter()
                .all(|placeholder| positions.next() == Some(*placeholder)),
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            sql,
            placeholders,
            returns_rows,
            may_return_rows: false,
            copies: false,
            cursor: None,
            scopes: Vec::new(),
            bound: Arc::default(),
        }
    }

    /// One that takes rows of these columns behind it.
    pub(super) fn copying(sql: String, meta: &'static ModelMeta, columns: Vec<&'static ColumnMeta>) -> Self {
        Statement {
            id: NOT_KEPT,
            sql,
            // So that a value that is refused is found by its place.
            placeholders: (0..).map(Placeholder::plain).take(columns.len()).collect(),
            returns_rows: false,
            may_return_rows: false,
            copies: true,
            cursor: None,
            scopes: Vec::new(),
            in_order: true,
            values: 0,
            bound: Arc::new(BoundColumns::in_order(meta, columns)),
        }
    }

    /// This statement, as a cursor is opened by it.
    pub(super) fn on_cursor(&self, sql: String, returns_rows: bool, cursor: OnCursor) -> Self {
        Statement {
            id: NOT_KEPT,
            sql,
            returns_rows,
            cursor: Some(cursor),
            ..self.clone()
        }
    }

    /// A statement without values that does something to a cursor.
    pub(super) fn without_values(sql: String, returns_rows: bool, cursor: OnCursor) -> Self {
        Statement {
            id: NOT_KEPT,
            sql,
            placeholders: Vec::new(),
            returns_rows,
            may_return_rows: false,
            copies: false,
            cursor: Some(cursor),
            scopes: Vec::new(),
            in_order: true,
            values: 0,
            bound: Arc::default(),
        }
    }

    /// A statement of rendered SQL.
    pub fn of(rendered: Rendered) -> Self {
        let Rendered {
            sql,
            mut placeholders,
            returns_rows,
            bound,
            scopes,
        } = rendered;
        let bound = Arc::new(bound);
        if scopes.is_empty() {
            return Statement {
                bound,
                ..Statement::new(sql, placeholders, returns_rows)
            };
        }
        let of_scopes = scopes.iter().map(ScopeUse::values).sum::<usize>();
        let is_of_scope = |placeholder: &Placeholder| placeholder.value & OF_SCOPES != 0;
        let own = placeholders
            .iter()
            .filter(|placeholder| !is_of_scope(placeholder));
        let own = own.map(|placeholder| placeholder.value as usize + 1).max();
        for placeholder in placeholders
            .iter_mut()
            .filter(|placeholder| is_of_scope(placeholder))
        {
            // From the end: 0 is the last.
            let from_end = of_scopes.saturating_sub((placeholder.value & !OF_SCOPES) as usize + 1);
            placeholder.value = u32::MAX - u32::try_from(from_end).unwrap_or(0);
        }
        Statement {
            bound,
            scopes,
            values: own.unwrap_or(0) + of_scopes,
            ..Statement::new(sql, placeholders, returns_rows)
        }
    }

    /// Adds to the error about a parameter, counted from 0, which field its value is for.
    #[cold]
    pub fn explain_parameter(&self, parameter: usize, error: Error) -> Error {
        if let BoundColumns::ByHand(parameters) = &*self.bound {
            let hint = "on some databases a value takes its type from where it stands: say the type, as in `CAST({} AS bigint)`";
            return error.with_hint(hint).context(parameters.told(parameter));
        }
        let found = self
            .placeholders
            .get(parameter)
            .and_then(|placeholder| match &*self.bound {
                BoundColumns::Nothing | BoundColumns::ByHand(_) => None,
                BoundColumns::Some(some) => {
                    let found = some.iter().find(|bound| bound.value == placeholder.value);
                    found.map(|bound| (bound.model, bound.column))
                }
                // A value of a scope is for none of them.
                BoundColumns::Rows(_) if placeholder.value >= OF_SCOPES => None,
                BoundColumns::Rows(columns) => {
                    let at = (placeholder.value as usize).checked_rem(columns.len())?;
                    columns.get(at).copied()
                }
            });
        match found {
            Some((model, column)) => error.with_fields(vec![column.name.clone()]).context(format!(
                "{}.{}",
                model.def.key(),
                column.name
            )),
            None => error,
        }
    }
}

impl Statement {
    /// The positions of the values that a column is given, of that many values.
    pub fn positions_of(&self, column: &'static ColumnMeta, values: usize) -> Vec<usize> {
        let is_it = |of: &'static ColumnMeta| std::ptr::eq(of, column);
        match &*self.bound {
            BoundColumns::Nothing | BoundColumns::ByHand(_) => Vec::new(),
            BoundColumns::Some(some) => {
                let of = some
                    .iter()
                    .filter(|bound| bound.is_written && is_it(bound.column));
                of.map(|bound| bound.value as usize).collect()
            }
            BoundColumns::Rows(columns) => {
                let all = (0..values).zip(columns.iter().cycle());
                all.filter(|(_, (_, of))| is_it(of)).map(|(at, _)| at).collect()
            }
        }
    }

    /// Refuses fewer values than the statement needs.
    ///
    /// # Errors
    /// If there are fewer, which only a defect of this crate can cause.
    #[inline]
    pub(crate) fn ensure_values(&self, given: usize) -> Result<()> {
        if given >= self.values {
            Ok(())
        } else {
            Err(missing_value())
        }
    }
}

/// Refuses more parameters than a statement can have: the protocol's 16-bit count would overflow.
///
/// # Errors
/// If there are more than the dialect allows.
pub(crate) fn ensure_few(parameters: usize, dialect: &Dialect) -> Result<()> {
    if parameters <= dialect.max_parameters {
        return Ok(());
    }
    Err(Error::unsupported(format!(
        "a statement with {parameters} values: {} takes at most {}",
        dialect.name, dialect.max_parameters
    ))
    .with_hint(
        "give many values of one field as a list, which is one value: `field.in_(values)`; or ask several times",
    ))
}

/// A parameter: the value it is filled from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placeholder {
    /// The value's position among the query's values.
    pub value: u32,
    /// How the value is transformed before it is bound.
    pub transform: Transform,
}

/// A transformation of a value before it is bound, so that one query serves dialects with different functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transform {
    /// Nothing.
    None,
    /// `%value%` with `%`, `_` and `\` escaped.
    LikeContains,
    /// `value%`, escaped.
    LikeStartsWith,
    /// `%value`, escaped.
    LikeEndsWith,
    /// The value, escaped, for an equality that ignores case.
    LikeExact,
    /// Lower case.
    Lower,
    /// The least string greater than every string that starts with the value; empty bytes where there is none.
    PrefixEnd,
    /// The words of a full-text search as FTS5 writes them.
    Fts5,
}

impl Transform {
    const ALL: [Transform; 8] = [
        Transform::None,
        Transform::LikeContains,
        Transform::LikeStartsWith,
        Transform::LikeEndsWith,
        Transform::LikeExact,
        Transform::Lower,
        Transform::PrefixEnd,
        Transform::Fts5,
    ];

    /// The number that encodes it in a marker while a statement is rendered.
    pub(super) fn number(self) -> u8 {
        self as u8
    }

    pub(super) fn of_number(number: u8) -> Option<Transform> {
        let found = Transform::ALL.get(usize::from(number)).copied();
        found.filter(|found| *found as u8 == number)
    }

    /// The transform of that name in the spellings of functions.
    pub(super) fn named(name: &str) -> Option<Transform> {
        Some(match name {
            "contains" => Transform::LikeContains,
            "starts_with" => Transform::LikeStartsWith,
            "ends_with" => Transform::LikeEndsWith,
            "exact" => Transform::LikeExact,
            "lower" => Transform::Lower,
            "prefix_end" => Transform::PrefixEnd,
            _ => return None,
        })
    }
}

impl Placeholder {
    /// The value at `position`, untransformed.
    pub const fn plain(position: u32) -> Self {
        Placeholder {
            value: position,
            transform: Transform::None,
        }
    }

    /// The parameter to bind, if it is not transformed.
    #[inline]
    pub fn lend<'v>(&self, values: &'v [Value<'v>]) -> Option<&'v Value<'v>> {
        match self.transform {
            Transform::None => self.of(values),
            _ => None,
        }
    }

    #[inline]
    fn of<'v>(&self, values: &'v [Value<'v>]) -> Option<&'v Value<'v>> {
        match values.get(self.value as usize) {
            None => self.of_scopes(values),
            found => found,
        }
    }

    /// Those of scopes are counted from the end, since the query may have any number of values before them.
    #[cold]
    fn of_scopes<'v>(&self, values: &'v [Value<'v>]) -> Option<&'v Value<'v>> {
        let from_end = usize::try_from(u32::MAX - self.value).ok()?;
        values.get(values.len().checked_sub(from_end + 1)?)
    }

    /// The parameter to bind, from the query's values.
    ///
    /// # Errors
    /// If the query has no such value, which only a defect of this crate can cause.
    #[inline]
    pub fn fill<'v>(&self, values: &'v [Value<'v>]) -> Result<Cow<'v, Value<'v>>> {
        let value = self.of(values).ok_or_else(missing_value)?;
        Ok(match self.transform {
            Transform::None => Cow::Borrowed(value),
            transform => Cow::Owned(transform.apply(value)),
        })
    }
}

#[cold]
pub(crate) fn missing_value() -> Error {
    Error::internal("a statement has fewer values than parameters")
}

impl Transform {
    fn apply(self, value: &Value<'_>) -> Value<'static> {
        let Value::Str(text) = value else {
            return value.clone().into_owned();
        };
        match self {
            Transform::None => value.clone().into_owned(),
            Transform::LikeContains => format!("%{}%", escape_like(text)).into(),
            Transform::LikeStartsWith => format!("{}%", escape_like(text)).into(),
            Transform::LikeEndsWith => format!("%{}", escape_like(text)).into(),
            Transform::LikeExact => escape_like(text).into(),
            Transform::Lower => text.to_lowercase().into(),
            Transform::PrefixEnd => match prefix_end(text) {
                Some(end) => end.into(),
                // SQLite sorts every string before every blob.
                None => Value::Bytes(Cow::Borrowed(&[])),
            },
            Transform::Fts5 => fts5(text).into(),
        }
    }
}

/// Escapes the wildcards of LIKE with `\`.
fn escape_like(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// The least string greater than every string with this prefix, in order of code points.
fn prefix_end(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        let next = match last {
            char::MAX => continue,
            // Surrogates are not characters.
            '\u{D7FF}' => '\u{E000}',
            other => char::from_u32(u32::from(other) + 1)?,
        };
        characters.push(next);
        return Some(characters.into_iter().collect());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_end_is_past_every_continuation() {
        for (prefix, end) in [
            ("ab", Some("ac")),
            ("a\u{10FFFF}", Some("b")),
            ("\u{D7FF}", Some("\u{E000}")),
            ("", None),
            ("\u{10FFFF}", None),
        ] {
            assert_eq!(prefix_end(prefix).as_deref(), end);
        }
    }

    #[test]
    fn wildcards_are_escaped() {
        let values = [Value::from("50%_\\")];
        let placeholder = Placeholder {
            value: 0,
            transform: Transform::LikeContains,
        };
        assert_eq!(
            placeholder.fill(&values).unwrap().into_owned(),
            Value::from("%50\\%\\_\\\\%")
        );
    }
}
