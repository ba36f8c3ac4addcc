//! Where a name leads: along relations, to a column at their end.

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::expr::{ExprTokens, Function, RowSource, Token};
use crate::model::{ColumnMeta, FieldDef, LeftOut, MetaSlot, ModelKey, ModelMeta};
use crate::query::{JoinStep, RelationKind, path_along, related_row_exists};
use crate::registry::{registry, reverse_relations};
use crate::value::FieldType;

use super::super::field::number;
use super::{BETWEEN, IS_NULL, shown};

/// A relation that a name goes along.
#[derive(Debug, Clone, Copy)]
struct Relation {
    /// The model that declares it.
    slot: &'static MetaSlot,
    position: u16,
    kind: RelationKind,
    /// Whether it leads to many rows.
    many: bool,
    target: &'static ModelMeta,
}

impl Relation {
    fn step(self, from: RowSource) -> JoinStep {
        JoinStep {
            from: from.path(),
            slot: self.slot,
            field: self.position,
            kind: self.kind,
            left_out: LeftOut::NONE,
        }
    }
}

/// A resolved name.
#[derive(Debug, Clone)]
pub(super) struct NamedPath {
    relations: Vec<Relation>,
    /// The model at their end, and the position of its column.
    pub model: &'static ModelMeta,
    column: u16,
    /// The name ends with the last relation, which has no column of its own: the column is the key of its rows.
    pub of_rows: bool,
}

/// What a part of a name is: a column, a relation, or a foreign key, which is both.
struct Found {
    column: Option<usize>,
    relation: Option<Relation>,
}

impl NamedPath {
    /// Resolves the beginning of a name, and returns what stands behind the path: the lookup.
    ///
    /// # Errors
    /// If it leads to no column.
    pub fn resolve<'n>(model: &'static ModelMeta, name: &'n str) -> Result<(Self, &'n str)> {
        let (mut relations, mut model, mut rest) = (Vec::new(), model, name);
        while let Some((found, behind)) = find(model, rest) {
            // Behind a foreign key stands a field of the row that it points at, or a lookup of the key.
            let follows =
                |relation: &Relation| found.column.is_none() || find(relation.target, behind).is_some();
            match (found.relation.filter(follows), found.column) {
                (Some(relation), _) => {
                    relations.push(relation);
                    model = relation.target;
                    rest = behind;
                }
                (None, Some(column)) => {
                    let path = NamedPath {
                        relations,
                        model,
                        column: number(column)?,
                        of_rows: false,
                    };
                    return Ok((path, behind));
                }
                (None, None) => break,
            }
        }
        if relations.is_empty() {
            return Err(unknown(model, rest));
        }
        let path = NamedPath {
            relations,
            model,
            column: number(model.primary_key)?,
            of_rows: true,
        };
        // Whether there are rows is no matter of their keys.
        let of_key = !(path.ends_with_many() && rest == IS_NULL);
        match of_key && model.key.len() > 1 {
            true => Err(several_keys(model)),
            false => Ok((path, rest)),
        }
    }

    /// Whether it ends with a relation to many rows.
    fn ends_with_many(&self) -> bool {
        self.of_rows && self.relations.last().is_some_and(|relation| relation.many)
    }

    /// The column at the end.
    pub fn column(&self) -> Result<&'static ColumnMeta> {
        let column = self.model.columns.get(usize::from(self.column));
        column.ok_or_else(|| Error::internal("a name was resolved to a column that is not there"))
    }

    /// The field of the column.
    pub fn field(&self) -> Result<&'static FieldDef> {
        let field = self.model.def.fields.get(self.column()?.field);
        field.ok_or_else(|| Error::internal("a name was resolved to a field that is not there"))
    }

    /// The model that the first relation to many rows leads to.
    pub fn first_of_many(&self) -> Option<&'static ModelMeta> {
        let mut relations = self.relations.iter();
        relations
            .find(|relation| relation.many)
            .map(|relation| relation.target)
    }

    /// The column, where only relations to one row lead to it.
    pub fn column_tokens(&self) -> ExprTokens {
        column_of(along(&self.relations).0, self.column)
    }

    /// A condition on the column. Behind a relation to many rows it is a condition on these, of which one has to match.
    pub fn condition(&self, of_column: impl FnOnce(ExprTokens) -> ExprTokens) -> ExprTokens {
        let (rows, many) = along(&self.relations);
        within(many, of_column(column_of(rows, self.column)))
    }

    /// That the relation to many rows with which it ends leads to a row, or to none; `None` if it ends otherwise.
    pub fn rows_exist(&self, exist: bool) -> Option<ExprTokens> {
        if !self.ends_with_many() {
            return None;
        }
        let mut many = along(&self.relations).1;
        let mut exists = within(many.pop(), ExprTokens::EMPTY);
        if !exist {
            exists.call(Function::Not, 1);
        }
        Some(within(many, exists))
    }
}

/// The rows that relations lead to; and on the way each relation to many rows, with the rows that it starts from: what is behind it
/// is within a query of its own.
fn along(relations: &[Relation]) -> (RowSource, Vec<(RowSource, Relation)>) {
    let (mut rows, mut many) = (RowSource::OWN, Vec::new());
    for relation in relations {
        if relation.many {
            many.push((rows, *relation));
            rows = RowSource::OWN;
        } else {
            rows = rows.with_path(path_along(relation.step(rows)));
        }
    }
    (rows, many)
}

/// A condition on rows at the end of relations to many rows, as one on the rows that these start from.
fn within(
    many: impl IntoIterator<Item = (RowSource, Relation), IntoIter: DoubleEndedIterator>,
    condition: ExprTokens,
) -> ExprTokens {
    let inside_out = many.into_iter().rev();
    inside_out.fold(condition, |condition, (from, relation)| {
        related_row_exists(from, relation.step(from), condition)
    })
}

fn column_of(from: RowSource, column: u16) -> ExprTokens {
    let mut tokens = ExprTokens::default();
    tokens.push(Token::Column(from, column));
    tokens
}

/// What a model calls by a name that the text begins with, and what stands behind it: the longest such name.
fn find<'n>(model: &'static ModelMeta, text: &'n str) -> Option<(Found, &'n str)> {
    longest(own(model), text).or_else(|| longest(reverse(model), text))
}

fn longest(names: impl Iterator<Item = (Cow<'static, str>, Found)>, text: &str) -> Option<(Found, &str)> {
    let found = names.filter_map(|(name, found)| {
        let rest = text.strip_prefix(&*name)?;
        let behind = match rest {
            "" => rest,
            rest => rest.strip_prefix(BETWEEN).filter(|behind| !behind.is_empty())?,
        };
        Some((found, behind))
    });
    found.min_by_key(|(_, behind)| behind.len())
}

/// Fields, relations over several columns, and `pk`.
fn own(model: &'static ModelMeta) -> impl Iterator<Item = (Cow<'static, str>, Found)> {
    let fields = model.def.fields.iter().enumerate();
    let fields =
        fields.map(move |(position, field)| (Cow::from(&*field.name), found(model, position, field)));
    let keys = model.def.composite_foreign_keys().enumerate();
    let keys = keys.map(move |(nth, key)| {
        let position = model.def.fields.len() + nth;
        let relation = relation(model, position, RelationKind::Forward, &key.to);
        let found = Found {
            column: None,
            relation,
        };
        (Cow::from(&*key.relation), found)
    });
    fields.chain(keys).chain(primary_key(model))
}

fn primary_key(model: &'static ModelMeta) -> Option<(Cow<'static, str>, Found)> {
    const NAME: &str = "pk";
    let [key] = *model.key else { return None };
    let position = model.columns.get(key)?.field;
    let field = model.def.fields.get(position)?;
    let taken = model.def.field(NAME).is_some();
    (!taken).then(|| (Cow::from(NAME), found(model, position, field)))
}

fn found(model: &'static ModelMeta, position: usize, field: &'static FieldDef) -> Found {
    let kind = match field.ty {
        FieldType::ManyToMany => RelationKind::Join,
        _ => RelationKind::Forward,
    };
    let to = field.to.as_ref();
    Found {
        column: model.columns.iter().position(|column| column.field == position),
        relation: to.and_then(|to| relation(model, position, kind, to)),
    }
}

/// What leads back from a model of the program.
fn reverse(model: &'static ModelMeta) -> impl Iterator<Item = (Cow<'static, str>, Found)> {
    let registry = registry().ok().filter(|registry| registry.slot(model).is_some());
    let others = registry.into_iter().flat_map(|registry| registry.models());
    let key = model.def.key();
    others.flat_map(move |other| {
        let relations = reverse_relations(&other.def).filter(|relation| *relation.to == key);
        let found = relations.filter_map(|back| {
            let kind = match back.ty {
                FieldType::ManyToMany => RelationKind::JoinBack,
                _ => RelationKind::Reverse,
            };
            let relation = Relation {
                many: back.ty != FieldType::OneToOne,
                target: other,
                ..relation(other, back.position, kind, back.to)?
            };
            let found = Found {
                column: None,
                relation: Some(relation),
            };
            Some((Cow::from(back.name), found))
        });
        found.collect::<Vec<_>>()
    })
}

/// A relation that a model of the program declares. Models of an older state have columns only.
fn relation(
    model: &'static ModelMeta,
    position: usize,
    kind: RelationKind,
    to: &ModelKey,
) -> Option<Relation> {
    let registry = registry().ok()?;
    Some(Relation {
        slot: registry.slot(model)?,
        position: u16::try_from(position).ok()?,
        kind,
        many: kind == RelationKind::Join,
        target: registry.model(to)?,
    })
}

/// The names of what a model has, for hints.
pub(super) fn fields(model: &'static ModelMeta) -> String {
    let names: Vec<Cow<'static, str>> = own(model).chain(reverse(model)).map(|(name, _)| name).collect();
    names.join(", ")
}

#[cold]
fn several_keys(model: &'static ModelMeta) -> Error {
    Error::config(format!(
        "{} has a primary key of several fields, so that a name cannot end there",
        model.def.key()
    ))
    .with_hint(format!("name one of its fields: {}", fields(model)))
}

#[cold]
fn unknown(model: &'static ModelMeta, rest: &str) -> Error {
    let name = match rest.split_once(BETWEEN) {
        Some((name, _)) if !name.is_empty() && find(model, name).is_none() => name,
        _ => rest,
    };
    Error::config(format!("{} has no field `{}`", model.def.key(), shown(name)))
        .with_hint(format!("it has {}", fields(model)))
}
