//! From an index of a model to the index it asks a database for, and what a database cannot have of it.

use crate::error::{Error, Result};
use crate::model::{self, Deferrable, IndexMethod, IndexPart, NullsOrder};
use crate::sql::{Dialect, RowColumns};

use super::expression::{self, TableScope};
use super::{IndexColumn, TableExclusion, TableIndex, TableIndexKey};

/// The index in the words of one backend.
///
/// # Errors
/// If it contradicts itself or names what the model does not have, or the backend has no such indexes.
pub(super) fn lower(index: &model::IndexDef, scope: &TableScope<'_>) -> Result<TableIndex> {
    if index.parts.is_empty() {
        return Err(Error::config("it is over nothing").with_hint("name a field, or give an expression"));
    }
    fits_method(index)?;
    fits_dialect(index, scope)?;
    let columns = index.parts.iter().map(|part| lower_part(part, scope));
    let include = index
        .include
        .iter()
        .map(|field| Ok(scope.column_name(field)?.to_owned()));
    let condition = index.condition.as_ref();
    Ok(TableIndex {
        name: index.name.clone(),
        unique: false,
        columns: columns.collect::<Result<_>>()?,
        condition: condition
            .map(|condition| expression::condition(condition, scope))
            .transpose()
            .map_err(|error| error.context("its condition"))?,
        include: include.collect::<Result<_>>()?,
        method: index.method,
        with: index.with.clone(),
        nulls_not_distinct: false,
        tokenizer: None,
    })
}

/// What is unique and not over columns of all rows alone, in the words of one backend.
///
/// # Errors
/// As [`lower`]; and such an index cannot wait for the end of the transaction.
pub(super) fn lower_unique(unique: &model::UniqueDef, scope: &TableScope<'_>) -> Result<TableIndex> {
    if waits(unique) {
        return Err(Error::unsupported(
            "what is unique for some rows, or by what is computed, is checked at once",
        )
        .with_hint("leave `deferrable` out, or the condition and all parts that are not plain fields"));
    }
    fits_unique(unique, scope)?;
    let mut index = model::IndexDef::over(&unique.name, unique.parts.clone());
    index.condition.clone_from(&unique.condition);
    index.include.clone_from(&unique.include);
    Ok(TableIndex {
        unique: true,
        nulls_not_distinct: unique.nulls_not_distinct,
        ..lower(&index, scope)?
    })
}

/// An exclusion constraint in the words of one backend.
///
/// # Errors
/// As [`lower`]; and if an operator cannot hold rows apart, or the backend has no such constraints.
pub(super) fn lower_exclusion(
    exclusion: &model::ExclusionDef,
    scope: &TableScope<'_>,
) -> Result<TableExclusion> {
    let dialect = scope.dialect;
    for part in &exclusion.parts {
        if let Some(why) = part.operator.refused() {
            return Err(Error::config(format!("`{}` {why}", part.operator)).with_hint(
                "an exclusion constraint compares two rows by an operator such as =, <>, && or -|-",
            ));
        }
    }
    let method = exclusion.method;
    if matches!(method, IndexMethod::Gin | IndexMethod::Brin) {
        return Err(Error::config(format!(
            "an index by {} cannot tell which rows an exclusion constraint refuses",
            method.name()
        ))
        .with_hint("leave the method out for gist, or take spgist, btree or hash"));
    }
    if !dialect.exclusion_constraints {
        return Err(
            Error::unsupported(format!("{} has no exclusion constraints", dialect.name)).with_hint(
                "leave it out where the program runs on that database; what only compares by = is `unique` there",
            ),
        );
    }
    let parts = exclusion.parts.iter().map(|of| of.part.clone());
    let index = model::IndexDef {
        condition: exclusion.condition.clone(),
        include: exclusion.include.clone(),
        method,
        with: exclusion.with.clone(),
        ..model::IndexDef::over(&exclusion.name, parts)
    };
    Ok(TableExclusion {
        index: lower(&index, scope)?,
        operators: exclusion.parts.iter().map(|of| of.operator.clone()).collect(),
        deferrable: exclusion.deferrable,
    })
}

/// What this database has not of a unique constraint.
///
/// # Errors
/// If there is something.
pub(super) fn fits_unique(unique: &model::UniqueDef, scope: &TableScope<'_>) -> Result<()> {
    let dialect = scope.dialect;
    let missing = match unique {
        _ if dialect.index_options => return Ok(()),
        _ if waits(unique) => "unique constraint that waits",
        model::UniqueDef {
            nulls_not_distinct: true,
            ..
        } => "unique constraint for which two NULLs are equal",
        model::UniqueDef { include, .. } if !include.is_empty() => {
            "unique constraint that includes other fields"
        }
        _ => return Ok(()),
    };
    Err(Error::unsupported(format!("{} has no {missing}", dialect.name))
        .with_hint("leave it out of the constraint where the program runs on that database"))
}

/// Whether it can be checked later than with the statement.
fn waits(unique: &model::UniqueDef) -> bool {
    unique.deferrable != Deferrable::No
}

fn lower_part(part: &IndexPart, scope: &TableScope<'_>) -> Result<IndexColumn> {
    let key = match &part.key {
        model::IndexKey::Field(field) => TableIndexKey::Column(scope.column_name(field)?.to_owned()),
        model::IndexKey::Expression(expression) => {
            TableIndexKey::Expression(expression::value(expression, scope)?)
        }
    };
    Ok(IndexColumn {
        key,
        descending: part.descending,
        // Where NULL stands anyway goes without saying.
        nulls: part
            .nulls
            .filter(|nulls| *nulls != usual_nulls(part, scope.dialect)),
        collation: part.collation.clone(),
        operator_class: part.operator_class.clone(),
    })
}

/// Where a database puts NULL in a part that does not say where.
fn usual_nulls(part: &IndexPart, dialect: &Dialect) -> NullsOrder {
    match dialect.nulls_are_least != part.descending {
        true => NullsOrder::First,
        false => NullsOrder::Last,
    }
}

/// What no database has, whatever it is.
fn fits_method(index: &model::IndexDef) -> Result<()> {
    let method = index.method;
    let refuse = |what: &str| {
        Err(
            Error::unsupported(format!("an index by {} {what}", method.name()))
                .with_hint("leave it out, or leave the method out for an index by order"),
        )
    };
    let ordered = |part: &IndexPart| part.descending || part.nulls.is_some();
    if method != IndexMethod::Btree && index.parts.iter().any(ordered) {
        return refuse("has no order, so no part of it has a direction");
    }
    if matches!(method, IndexMethod::Hash | IndexMethod::Spgist) && index.parts.len() > 1 {
        return refuse("is over one part");
    }
    let includes = matches!(
        method,
        IndexMethod::Btree | IndexMethod::Gist | IndexMethod::Spgist
    );
    if !index.include.is_empty() && !includes {
        return refuse("includes no other fields");
    }
    if let Some(name) = index.with.keys().find(|name| !model::is_storage_parameter(name)) {
        return Err(
            Error::config(format!("`{name}` is not the name of a storage parameter"))
                .with_hint("write it as the database does: fillfactor, fastupdate"),
        );
    }
    Ok(())
}

/// What this database has not.
fn fits_dialect(index: &model::IndexDef, scope: &TableScope<'_>) -> Result<()> {
    let dialect = scope.dialect;
    if dialect.index_options {
        return Ok(());
    }
    let class = index.parts.iter().find_map(|part| part.operator_class.as_ref());
    let missing = match index {
        model::IndexDef { method, .. } if *method != IndexMethod::Btree => {
            Some(format!("indexes by {}", method.name()))
        }
        model::IndexDef { include, .. } if !include.is_empty() => {
            Some("indexes that include other fields".to_owned())
        }
        model::IndexDef { with, .. } if !with.is_empty() => Some("storage parameters of indexes".to_owned()),
        _ => class.map(|class| format!("operator classes, such as {class}")),
    };
    if let Some(missing) = missing {
        return Err(Error::unsupported(format!("{} has no {missing}", dialect.name))
            .with_hint("leave it out of the index where the program runs on that database"));
    }
    let moved = |part: &&IndexPart| {
        part.nulls
            .is_some_and(|nulls| nulls != usual_nulls(part, dialect))
    };
    match index.parts.iter().find(moved) {
        Some(part) => Err(Error::unsupported(format!(
            "{} has NULL {} of an index that is {}, and nowhere else",
            dialect.name,
            match usual_nulls(part, dialect) {
                NullsOrder::First => "at the start",
                NullsOrder::Last => "at the end",
            },
            if part.descending {
                "descending"
            } else {
                "ascending"
            },
        ))
        .with_hint("leave out where NULL stands")),
        None => Ok(()),
    }
}
