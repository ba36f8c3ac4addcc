//! Scopes of rows that are written: what they have to be given, what scopes give them, and what is refused.

use sea_query::Expr;

use crate::error::{Error, Result};
use crate::expr::{ByPosition, Function, Node, Path, RowSource, decode_one};
use crate::model::{ColumnMeta, LeftOut, ModelMeta, ModelScope};

use super::assign::Assigned;
use super::render::no_column;
use super::scopes::{OF_SCOPES, OtherScope, ScopeUse, ScopeUseKind, first_value, never_valued};
use super::writer::param;
use super::{Dialect, ReadQuery, Transform};

/// A column of new rows that do not give it, and its value.
pub(super) type Filled = (&'static ColumnMeta, Expr);

/// A scope by its number, and pairs of a column and the place of the value that it has to equal.
type KeptScope = (usize, &'static ModelScope, Vec<(usize, usize)>);

/// The scopes that take a value, and the columns that have to equal one of their values, each with the value's place.
fn kept_in(
    model: &'static ModelMeta,
    left_out: LeftOut,
    dialect: &'static Dialect,
) -> Result<Vec<KeptScope>> {
    let mut found = Vec::new();
    let scopes = model.scopes.iter().enumerate();
    let kept = |(nth, scope): &(usize, &ModelScope)| scope.spec.takes.is_some() && !left_out.has(*nth);
    for (nth, scope) in scopes.filter(kept).filter(|_| dialect.scopes) {
        let (form, _) = scope.form().ok_or_else(|| never_valued(model, scope))?;
        let mut equal = Vec::new();
        if let Some(condition) = decode_one(form, 0)? {
            equal_columns(&condition, &mut equal);
        }
        found.push((nth, scope, equal));
    }
    Ok(found)
}

/// Adds the scopes that rows are written in: those that take a value. `given` says whether a column is among those that are written. Returns what scopes
/// give to new rows that leave it out.
///
/// # Errors
/// If a new row does not give the column that decides whether it is in scope, and no scope fills it.
pub(super) fn written_in(
    model: &'static ModelMeta,
    given: impl Fn(usize) -> bool,
    is_new: bool,
    dialect: &'static Dialect,
    uses: &mut Vec<ScopeUse>,
) -> Result<Vec<Filled>> {
    let mut filled = Vec::new();
    if model.scopes.is_empty() {
        return Ok(filled);
    }
    if is_new && !dialect.scopes {
        ensure_given(model, given)?;
        return Ok(filled);
    }
    for (nth, scope, equal) in kept_in(model, LeftOut::NONE, dialect)? {
        let before = (uses.len(), filled.len());
        for (at, value) in equal {
            let Some(column) = model.columns.get(at) else {
                continue;
            };
            match given(at) {
                true => {
                    let kind = ScopeUseKind::Writes(Some((column, value)));
                    uses.push(ScopeUse { model, nth, kind });
                }
                false if is_new && scope.spec.fills == Some(column.name.as_str()) => {
                    filled.push((column, value_of(model, nth, value, uses)));
                }
                false if is_new => return Err(not_given(model, scope, column)),
                false => {}
            }
        }
        if let Some(field) = scope.spec.fills
            && is_new
            && filled.len() == before.1
            && !model
                .columns
                .iter()
                .enumerate()
                .any(|(at, column)| column.name == field && given(at))
        {
            return Err(fills_nothing(model, scope, field));
        }
        if uses.len() == before.0 {
            let kind = ScopeUseKind::Writes(None);
            uses.push(ScopeUse { model, nth, kind });
        }
    }
    Ok(filled)
}

/// Adds the scopes that matter to assignments to rows that are there: what is assigned to a column that decides whether a row is in scope is
/// the value of the handle, or what the row has, be it the one that is there or the new one beside it.
///
/// # Errors
/// If it is computed.
pub(super) fn assigned_in(
    model: &'static ModelMeta,
    assigned: &[Assigned],
    left_out: LeftOut,
    dialect: &'static Dialect,
    uses: &mut Vec<ScopeUse>,
) -> Result<()> {
    if model.scopes.is_empty() {
        return Ok(());
    }
    for (nth, scope, equal) in kept_in(model, left_out, dialect)? {
        for (at, value) in equal {
            let found = assigned.iter().find(|one| usize::from(one.position) == at);
            let Some(Assigned { column, node, .. }) = found else {
                continue;
            };
            match node {
                Node::Value(_) => {
                    let kind = ScopeUseKind::Writes(Some((*column, value)));
                    uses.push(ScopeUse { model, nth, kind });
                }
                Node::Column(same)
                    if usize::from(same.position) == at
                        && same.source.path() == Path::ROOT
                        && same.source.scope().outwards().is_none_or(|outwards| outwards < 2) => {}
                _ => return Err(computed(model, scope, column)),
            }
        }
    }
    Ok(())
}

/// Adds the scopes that matter to new rows that are made of a query's values: a column that decides whether a row is in scope is given a
/// value, `constant`, or what the scope of the rows that are read says of one of theirs.
///
/// # Errors
/// If it is another one, or left out, and no scope fills it.
pub(super) fn made_in(
    model: &'static ModelMeta,
    query: &ReadQuery<'_>,
    value_for: &dyn Fn(usize) -> Option<Made>,
    dialect: &'static Dialect,
    uses: &mut Vec<ScopeUse>,
) -> Result<Vec<Filled>> {
    let given = |at: usize| matches!(value_for(at), Some(Made::Value));
    let is_read = |at: usize| matches!(value_for(at), Some(Made::Column(_) | Made::Computed));
    let mut passed = Vec::new();
    for (nth, scope, equal) in kept_in(model, LeftOut::NONE, dialect)? {
        for (at, value) in equal.into_iter().filter(|(at, _)| is_read(*at)) {
            let column = model.columns.get(at).ok_or_else(no_column)?;
            let other = match value_for(at) {
                Some(Made::Column(read)) if query.select.derived_rows().is_none() => {
                    let mut theirs = kept_in(query.meta, query.select.left_out, dialect)?.into_iter();
                    theirs.find_map(|(nth, _, equal)| {
                        let (_, value) = equal.into_iter().find(|(at, _)| *at == read)?;
                        Some(OtherScope {
                            model: query.meta,
                            nth,
                            value,
                        })
                    })
                }
                _ => None,
            };
            let other = other.ok_or_else(|| computed(model, scope, column))?;
            let kind = ScopeUseKind::Passes(column, value, other);
            passed.push(ScopeUse { model, nth, kind });
        }
    }
    let mut written = Vec::new();
    std::mem::swap(&mut written, uses);
    let before = written.len();
    let filled = written_in(model, |at| given(at) || is_read(at), true, dialect, &mut written)?;
    // What is read is no value of the statement, so it is compared by its scope alone.
    let is_passed = |used: &ScopeUse| match used.kind {
        ScopeUseKind::Writes(Some((column, _))) => passed
            .iter()
            .any(|one| matches!(one.kind, ScopeUseKind::Passes(passed, ..) if std::ptr::eq(passed, column))),
        _ => false,
    };
    let mut at = 0;
    written.retain(|used| {
        at += 1;
        at <= before || !is_passed(used)
    });
    written.extend(passed);
    *uses = written;
    Ok(filled)
}

/// What a column of new rows is made of.
pub(super) enum Made {
    /// One value for all rows.
    Value,
    /// What stands in a column of the rows that are read.
    Column(usize),
    /// Anything else.
    Computed,
}

/// The value of a scope's condition at a place, bound once.
fn value_of(model: &'static ModelMeta, nth: usize, value: usize, uses: &mut Vec<ScopeUse>) -> Expr {
    let values = model
        .scopes
        .get(nth)
        .and_then(ModelScope::form)
        .map_or(0, |(_, values)| values);
    let first = first_value((model, nth), values, uses);
    let position = u32::try_from(first + value).unwrap_or(OF_SCOPES - 1);
    param(OF_SCOPES | position, Transform::None)
}

/// On a handle for all rows nobody knows what a scope would fill.
fn ensure_given(model: &ModelMeta, given: impl Fn(usize) -> bool) -> Result<()> {
    for scope in &model.scopes {
        let Some(field) = scope.spec.fills else { continue };
        let mut columns = model.columns.iter().enumerate();
        let left_out = columns.find(|(at, column)| column.name == field && !given(*at));
        let Some((_, column)) = left_out else { continue };
        if model.has_no_default(column) {
            return Err(Error::config(format!(
                "a new row of {} does not give `{field}`, which the scope `{}` fills, and this handle is for all rows",
                model.def.key(),
                scope.spec.name
            ))
            .with_fields(vec![field.to_owned()])
            .with_hint("give the field, or create the row on a handle with the value, `db.scoped(..)`"));
        }
    }
    Ok(())
}

/// The columns of the rows themselves that have to equal a value of the condition, each with the value's place.
fn equal_columns(condition: &Node<ByPosition>, to: &mut Vec<(usize, usize)>) {
    match condition {
        Node::Call(Function::And, all) => all.iter().for_each(|one| equal_columns(one, to)),
        Node::Call(Function::Eq, sides) => {
            if let [Node::Column(column), Node::Value(value)] | [Node::Value(value), Node::Column(column)] =
                &**sides
                && column.source == RowSource::OWN
            {
                to.push((usize::from(column.position), value.position as usize));
            }
        }
        _ => {}
    }
}

#[cold]
fn not_given(model: &ModelMeta, scope: &ModelScope, column: &ColumnMeta) -> Error {
    Error::config(format!(
        "a new row of {} does not give `{}`, which decides whether it is in the scope `{}`",
        model.def.key(),
        column.name,
        scope.spec.name
    ))
    .with_hint("give the field the value that the handle has, or create the row on `db.unscoped()`")
}

/// The refusal to write a row that would be out of scope.
#[cold]
pub(crate) fn written_elsewhere(model: &ModelMeta, scope: &ModelScope, column: &ColumnMeta) -> Error {
    Error::config(format!(
        "a row of {} that is written has another `{}` than the handle has for the scope `{}`",
        model.def.key(),
        column.name,
        scope.spec.name
    ))
    .with_fields(vec![column.name.clone()])
    .with_hint("give the field the value that the handle has, or write the row on `db.unscoped()`")
}

#[cold]
fn computed(model: &ModelMeta, scope: &ModelScope, column: &ColumnMeta) -> Error {
    Error::config(format!(
        "`{}` of {} decides whether a row is in the scope `{}`, and is given what is computed or read elsewhere",
        column.name,
        model.def.key(),
        scope.spec.name
    ))
    .with_fields(vec![column.name.clone()])
    .with_hint("give it the value that the handle has, or leave the scope out: `.unscoped()` of an update, or of the handle")
}

#[cold]
fn fills_nothing(model: &ModelMeta, scope: &ModelScope, field: &str) -> Error {
    Error::config(format!(
        "the scope `{}` of {} fills `{field}`, and its condition does not say which value that is",
        scope.spec.name,
        model.def.key()
    ))
    .with_hint(format!(
        "say that it equals a value: `|p, value: Value| p.{field}.eq(value.0)`, maybe with more joined by `&`"
    ))
}
