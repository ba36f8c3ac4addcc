//! Which unique rule of a model a conflict target names.

use crate::error::{Error, Result};
use crate::model::{ConstraintDef, Deferrable, FieldDef, IndexKey, IndexPart, ModelMeta, UniqueDef};
use crate::query::TargetPart;
use crate::sql::{ConflictTarget, Dialect, TargetSql, TargetSqlPart};
use crate::value::FieldType;

/// A rule by which no two rows of a model are equal.
pub(super) struct UniqueRule {
    /// The positions of its columns, if it is over columns alone.
    pub columns: Option<Vec<usize>>,
    /// Whether rows with NULL in a column of it are equal, too.
    pub nulls_are_equal: bool,
    /// Whether it is about some rows only.
    pub partial: bool,
    /// Whether it compares by a collation of its own.
    pub collated: bool,
    /// How a statement names it.
    pub target: ConflictTarget,
}

/// What a rule is, and its name in errors.
enum Candidate<'m> {
    Key,
    Field(usize),
    Constraint(usize, &'m UniqueDef),
}

/// Refuses a model with a rule that is checked too late.
///
/// # Errors
/// If it has one.
pub(super) fn ensure_none_waits(meta: &ModelMeta) -> Result<()> {
    let waits = |constraint: &&ConstraintDef| match constraint {
        ConstraintDef::Unique(unique) => unique.deferrable != Deferrable::No,
        ConstraintDef::Exclusion(exclusion) => exclusion.deferrable != Deferrable::No,
        ConstraintDef::Check { .. } | ConstraintDef::ForeignKey(_) => false,
    };
    match meta.def.constraints.iter().find(waits) {
        None => Ok(()),
        Some(constraint) => Err(Error::unsupported(format!(
            "{} of {} may be checked at the end of the transaction, and a conflict is found when a row is inserted",
            constraint.name(),
            meta.def.key()
        ))
        .with_hint("name what is unique with on_conflict(), or leave `deferrable` out")),
    }
}

impl UniqueRule {
    /// The rule that is over these columns alone, of all rows and checked with every statement, if there is one.
    pub fn over(meta: &'static ModelMeta, columns: &[usize]) -> Option<Self> {
        let found = candidates(meta)
            .filter(|candidate| !candidate.waits() && !candidate.is_partial() && !candidate.is_collated())
            .find(|candidate| candidate.is_over(meta, columns));
        found.map(|candidate| candidate.rule(meta))
    }

    /// The rule that is over these parts, in whatever order.
    ///
    /// # Errors
    /// If there is none, if it is checked too late, or if there are several for different rows.
    pub fn find(meta: &'static ModelMeta, parts: &[TargetPart]) -> Result<Self> {
        let named: Vec<IndexKey> = parts
            .iter()
            .map(|part| key_of(meta, part))
            .collect::<Result<_>>()?;
        let all: Vec<Candidate<'_>> = candidates(meta).collect();
        let mut over: Vec<&Candidate<'_>> = all
            .iter()
            .filter(|candidate| {
                let keys = candidate.keys(meta);
                keys.len() == named.len()
                    && named.iter().all(|named| keys.contains(named))
                    && keys.iter().all(|key| named.contains(key))
            })
            .collect();
        if over.is_empty() {
            return Err(nothing_unique(meta, &named, &all));
        }
        if over.iter().all(|candidate| candidate.waits()) {
            return Err(Error::unsupported(format!(
                "what is unique over {} of {} is checked at the end of the transaction, and a conflict is found when a row is inserted",
                words(&named),
                meta.def.key()
            ))
            .with_hint("leave `deferrable` out where rows are created with on_conflict()"));
        }
        over.retain(|candidate| !candidate.waits());
        // A rule about all rows finds every conflict that one about some of them finds.
        let found = match over.iter().find(|candidate| !candidate.is_partial()) {
            Some(found) => *found,
            None if over.len() == 1 => over[0],
            None => {
                return Err(Error::unsupported(format!(
                    "several rules of {} are over {}, each for some rows, and on_conflict() cannot tell which is meant",
                    meta.def.key(),
                    words(&named)
                ))
                .with_hint("take `on_any_conflict().do_nothing()`, or give one of them another field"));
            }
        };
        Ok(found.rule(meta))
    }
}

/// A part as models describe it.
fn key_of(meta: &ModelMeta, part: &TargetPart) -> Result<IndexKey> {
    match part {
        TargetPart::Expression(expression) => Ok(IndexKey::Expression(expression.clone())),
        TargetPart::Column(position) => meta
            .columns
            .get(usize::from(*position))
            .map(|column| IndexKey::Field(column.name.clone()))
            .ok_or_else(|| Error::internal("a conflict target names a column that its model does not have")),
    }
}

fn candidates(meta: &'static ModelMeta) -> impl Iterator<Item = Candidate<'static>> {
    let alone = |field: &FieldDef| field.unique || field.ty == FieldType::OneToOne;
    let columns = meta.columns.iter().enumerate();
    let fields = columns
        .filter(move |(_, column)| meta.def.fields.get(column.field).is_some_and(alone))
        .map(|(at, _)| Candidate::Field(at));
    let constraints = meta.def.constraints.iter().enumerate();
    let constraints = constraints.filter_map(|(at, constraint)| match constraint {
        ConstraintDef::Unique(unique) => Some(Candidate::Constraint(at, unique)),
        ConstraintDef::Check { .. } | ConstraintDef::Exclusion(_) | ConstraintDef::ForeignKey(_) => None,
    });
    let key = (!meta.key.is_empty()).then_some(Candidate::Key);
    key.into_iter().chain(fields).chain(constraints)
}

fn field(meta: &ModelMeta, column: usize) -> Option<IndexKey> {
    meta.columns
        .get(column)
        .map(|column| IndexKey::Field(column.name.clone()))
}

impl Candidate<'_> {
    fn keys(&self, meta: &ModelMeta) -> Vec<IndexKey> {
        match self {
            Candidate::Key => meta.key.iter().filter_map(|&at| field(meta, at)).collect(),
            Candidate::Field(at) => field(meta, *at).into_iter().collect(),
            Candidate::Constraint(_, unique) => unique.parts.iter().map(|part| part.key.clone()).collect(),
        }
    }

    /// Whether it is over these columns and nothing else, in whatever order.
    fn is_over(&self, meta: &ModelMeta, columns: &[usize]) -> bool {
        match self {
            Candidate::Key => {
                meta.key.iter().all(|at| columns.contains(at))
                    && columns.iter().all(|at| meta.key.contains(at))
            }
            Candidate::Field(own) => columns.contains(own) && columns.iter().all(|at| at == own),
            Candidate::Constraint(_, unique) => {
                let is_at = |part: &IndexPart, at: usize| {
                    let column = meta.columns.get(at).map(|column| column.name.as_str());
                    column.is_some() && part.field_name() == column
                };
                let mut parts = unique.parts.iter();
                parts.all(|part| columns.iter().any(|&at| is_at(part, at)))
                    && columns
                        .iter()
                        .all(|&at| unique.parts.iter().any(|part| is_at(part, at)))
            }
        }
    }

    fn waits(&self) -> bool {
        matches!(self, Candidate::Constraint(_, unique) if unique.deferrable != Deferrable::No)
    }

    fn is_partial(&self) -> bool {
        matches!(self, Candidate::Constraint(_, unique) if unique.condition.is_some())
    }

    fn is_collated(&self) -> bool {
        matches!(self, Candidate::Constraint(_, unique) if unique.parts.iter().any(|part| part.collation.is_some()))
    }

    fn rule(&self, meta: &'static ModelMeta) -> UniqueRule {
        let position = |part: &IndexPart| {
            let name = part.field_name()?;
            meta.columns.iter().position(|column| column.name == name)
        };
        let columns: Option<Vec<usize>> = match self {
            Candidate::Key => Some(meta.key.clone()),
            Candidate::Field(at) => Some(vec![*at]),
            Candidate::Constraint(_, unique) => unique.parts.iter().map(position).collect(),
        };
        let (number, index) = match self {
            Candidate::Key => (0, None),
            Candidate::Field(at) => (1 + 2 * *at as u32, None),
            Candidate::Constraint(at, unique) => {
                let stated = unique.condition.is_some() || columns.is_none();
                (2 + 2 * *at as u32, stated.then(|| unique.name.clone()))
            }
        };
        let of_columns = columns.clone();
        UniqueRule {
            nulls_are_equal: matches!(self, Candidate::Constraint(_, unique) if unique.nulls_not_distinct),
            partial: self.is_partial(),
            collated: self.is_collated(),
            target: ConflictTarget {
                number,
                sql: Box::new(move |dialect| match (&index, &of_columns) {
                    (Some(name), _) => index_sql(meta, name, dialect),
                    (None, Some(columns)) => {
                        let named = columns.iter().filter_map(|&at| meta.columns.get(at));
                        Ok(TargetSql {
                            parts: named
                                .map(|column| TargetSqlPart::Column(column.column.clone()))
                                .collect(),
                            condition: None,
                        })
                    }
                    (None, None) => Err(Error::internal("a unique rule is over nothing")),
                }),
            },
            columns,
        }
    }
}

/// What a unique index is over, in the words in which it was made, because the database finds it by them.
#[cfg(feature = "migrations")]
fn index_sql(meta: &'static ModelMeta, name: &str, dialect: &'static Dialect) -> Result<TargetSql> {
    use std::collections::BTreeMap;

    use crate::registry::registry;
    use crate::schema::{TableIndexKey, lower};

    let models: BTreeMap<_, _> = registry()?
        .models()
        .map(|meta| (meta.def.key(), &meta.def))
        .collect();
    let table = lower(&meta.def, &models, dialect)?;
    let index = table.indexes.into_iter().find(|index| index.name == name);
    let index = index.ok_or_else(|| Error::internal("a unique rule that is an index has none"))?;
    Ok(TargetSql {
        parts: (index.columns.into_iter())
            .map(|part| match part.key {
                TableIndexKey::Column(column) => TargetSqlPart::Column(column),
                TableIndexKey::Expression(sql) => TargetSqlPart::Expression(sql),
            })
            .collect(),
        condition: index.condition,
    })
}

#[cfg(not(feature = "migrations"))]
fn index_sql(meta: &'static ModelMeta, name: &str, _: &'static Dialect) -> Result<TargetSql> {
    Err(Error::unsupported(format!(
        "{} is unique by {name} for some rows or by what is computed, whose SQL is known with the feature `migrations` of `orm` only",
        meta.def.key()
    ))
    .with_hint("turn the feature on, or name a unique rule over fields of all rows"))
}

#[cold]
fn nothing_unique(meta: &ModelMeta, named: &[IndexKey], all: &[Candidate<'_>]) -> Error {
    let there: Vec<String> = all.iter().map(|candidate| words(&candidate.keys(meta))).collect();
    Error::unsupported(format!(
        "nothing that is unique is over {} of {}, so no row conflicts in it",
        words(named),
        meta.def.key()
    ))
    .with_hint(format!("name all parts of one that is: {}", there.join("; ")))
}

/// `author` and `slug`
fn words(keys: &[IndexKey]) -> String {
    let word = |key: &IndexKey| match key {
        IndexKey::Field(name) => format!("`{name}`"),
        IndexKey::Expression(expression) => {
            format!("what is computed from `{}`", expression.fields().join("`, `"))
        }
    };
    let words: Vec<String> = keys.iter().map(word).collect();
    match words.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => words.concat(),
    }
}
