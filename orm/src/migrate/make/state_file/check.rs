//! Checks that a file describes valid models. Each error has its line.

mod relations;

use std::collections::{BTreeMap, BTreeSet};

use super::message::nearest;
use super::{LocatedModel, SourceLocation};
use crate::error::{Error, Result};
use crate::migrate::state::ProjectState;
use crate::model::{FieldDef, ModelDef, ModelKey, OrderingTerm, QualifiedName, stored};
use crate::schema::{check_literal, is_choice_of};
use crate::value::FieldType;

pub(super) fn check(placed: &[LocatedModel], place: SourceLocation<'_>) -> Result<()> {
    let mut models: BTreeMap<ModelKey, &LocatedModel> = BTreeMap::new();
    for one in placed {
        let LocatedModel { model, line, .. } = one;
        if model.app.is_empty() || model.app.contains(['.', '/', '\\', '\0']) {
            return Err(place
                .error(*line, format!("`{}` is not a valid label of an app", model.app))
                .with_hint(
                    "it is the name of a folder and stands before a dot: use letters, digits and `_`",
                ));
        }
        if !is_identifier(&model.name) {
            return Err(not_a_name(place, *line, "model", &model.name));
        }
        if let Some(other) = models.insert(model.key(), one) {
            return Err(place
                .error(
                    *line,
                    format!("the model {} is already on line {}", model.key(), other.line),
                )
                .with_hint("take one of them out, or give it another name or app"));
        }
    }
    tables(placed, place)?;
    for one in placed {
        let check = ModelCheck {
            models: &models,
            place,
            one,
        };
        check.model()?;
        for at in 0..one.model.fields.len() {
            check.field(at)?;
        }
    }
    // Errors about several models have no single line.
    let models: Vec<ModelDef> = placed.iter().map(|one| one.model.clone()).collect();
    ProjectState::from_models(&models)
        .map(drop)
        .map_err(|error| error.context(place.path))
}

fn tables(placed: &[LocatedModel], place: SourceLocation<'_>) -> Result<()> {
    let mut tables: BTreeMap<QualifiedName, String> = BTreeMap::new();
    // An unmanaged table may be shared with another model.
    let managed = placed.iter().filter(|one| !one.model.unmanaged);
    for LocatedModel { model, line, fields } in managed {
        let joins = model.fields.iter().zip(fields).filter_map(|(field, line)| {
            Some((
                model.join_table_name(field)?,
                format!("{}.{}", model.key(), field.name),
                *line,
            ))
        });
        let own = (model.table_name(), model.key().to_string(), *line);
        for (table, owner, line) in std::iter::once(own).chain(joins) {
            if let Some(other) = tables.insert(table.to_lowercase(), owner.clone()) {
                return Err(place
                    .error(line, format!("{other} and {owner} both use the table {table}"))
                    .with_hint(
                        "give one of them `table = \"…\"`, or make one that only reads it `unmanaged`",
                    ));
            }
        }
    }
    Ok(())
}

/// One model among all.
struct ModelCheck<'a> {
    models: &'a BTreeMap<ModelKey, &'a LocatedModel>,
    place: SourceLocation<'a>,
    one: &'a LocatedModel,
}

impl ModelCheck<'_> {
    fn model(&self) -> Result<()> {
        let model = &self.one.model;
        let key = model.key();
        if model.primary_key().is_none() && !model.unmanaged {
            return Err(self.error(format!("{key} has no primary key")).with_hint(
                "add a field such as { name = \"id\", type = \"big_int\", primary_key = true, generated = true }",
            ));
        }
        for name in &model.ordering {
            self.ordering(OrderingTerm::parse(name))?;
        }
        let mut names = BTreeSet::new();
        for index in &model.indexes {
            for field in index.fields() {
                self.known_field(field, &format!("the index {}", index.name))?;
            }
            self.distinct(&mut names, &index.name)?;
        }
        for constraint in &model.constraints {
            for field in constraint.fields() {
                self.known_field(field, &format!("the constraint {}", constraint.name()))?;
            }
            self.distinct(&mut names, constraint.name())?;
        }
        let mut objects = BTreeSet::new();
        for object in &model.objects {
            for field in object.fields() {
                self.known_field(field, &format!("the {}", object.label()))?;
            }
            let (kind, name) = (object.kind(), object.name());
            if !objects.insert((kind, name)) {
                return Err(self
                    .error(format!("{key} has two {kind}s named `{name}`"))
                    .with_hint("give one of them another name"));
            }
        }
        Ok(())
    }

    fn distinct<'a>(&self, names: &mut BTreeSet<&'a str>, name: &'a str) -> Result<()> {
        match names.insert(name) {
            true => Ok(()),
            false => Err(self
                .error(format!(
                    "{} has two indexes or constraints named `{name}`",
                    self.one.model.key()
                ))
                .with_hint("give one of them another name")),
        }
    }

    fn ordering(&self, term: OrderingTerm<'_>) -> Result<()> {
        let mut model = Some(&self.one.model);
        for name in term.path() {
            let Some(at) = model else {
                return Err(self.error(format!(
                    "the ordering of {} leads to `{name}` over a field that is not a relation to one row of a model of this file",
                    self.one.model.key()
                ))
                .with_hint("write a column, or relations to one row and the column at their end: `author__name`"));
            };
            self.known_in(at, name, "the ordering")?;
            // A row leads to one row that it can be ordered by.
            let to_one = |field: &&FieldDef| matches!(field.ty, FieldType::ForeignKey | FieldType::OneToOne);
            let target = at.field(name).filter(to_one).and_then(|field| field.to.as_ref());
            model = target
                .and_then(|key| self.models.get(key))
                .map(|found| &found.model);
        }
        Ok(())
    }

    fn known_field(&self, name: &str, what: &str) -> Result<()> {
        self.known_in(&self.one.model, name, what)
    }

    /// Refuses a name that is not a field of a model, for the sake of this one.
    fn known_in(&self, model: &ModelDef, name: &str, what: &str) -> Result<()> {
        let name = name.trim_start_matches('-');
        if model.field(name).is_some() {
            return Ok(());
        }
        let known: Vec<&str> = model.fields.iter().map(|field| field.name.as_str()).collect();
        Err(self
            .error(format!(
                "{what} of {} is over the field `{name}`, which {} does not have",
                self.one.model.key(),
                model.key()
            ))
            .with_hint(format!("it has: {}", known.join(", "))))
    }

    fn field(&self, at: usize) -> Result<()> {
        let model = &self.one.model;
        let field = &model.fields[at];
        let owner = format!("{}.{}", model.key(), field.name);
        if !is_identifier(&field.name) {
            return Err(not_a_name(self.place, self.line_of(at), "field", &field.name));
        }
        let column = field.ty.is_column().then(|| field.column_name().to_lowercase());
        for other in &model.fields[..at] {
            if other.name == field.name {
                return Err(self
                    .field_error(at, format!("{} has two fields named {}", model.key(), field.name))
                    .with_hint("take one of them out"));
            }
            if other.ty.is_column() && Some(other.column_name().to_lowercase()) == column {
                return Err(self
                    .field_error(at, format!("{owner} and {} have the same column", other.name))
                    .with_hint("give one of them `column = \"…\"`"));
            }
        }
        self.numbered(at, &owner)?;
        self.relation(at, &owner)?;
        self.choices(at, &owner)?;
        if let Some(generated) = &field.generated_as {
            for name in generated.expression.fields() {
                self.known_field(name, &format!("the expression of {}", field.name))?;
            }
        }
        if let Some(default) = &field.default {
            let target = |key: &ModelKey| self.models.get(key).map(|target| &target.model);
            let checked = stored(model, field, target).and_then(|(_, base)| check_literal(default, base.ty));
            checked.map_err(|error| {
                let text = error.to_string();
                let text = text.split("\nhint: ").next().unwrap_or_default();
                let error_here = self.field_error(at, format!("the default of {owner}: {text}"));
                match error.hint() {
                    Some(hint) => error_here.with_hint(hint.to_owned()),
                    None => error_here,
                }
            })?;
        }
        Ok(())
    }

    fn numbered(&self, at: usize, owner: &str) -> Result<()> {
        let field = &self.one.model.fields[at];
        if !field.generated {
            return Ok(());
        }
        if !field.ty.is_integer() {
            return Err(self
                .field_error(at, format!("{owner} is generated and not of whole numbers"))
                .with_hint("take `generated` out; a column that is computed has `generated_as`"));
        }
        match self.one.model.key_fields().count() {
            _ if !field.primary_key => Ok(()),
            1 => Ok(()),
            _ => Err(self
                .field_error(
                    at,
                    format!("{owner} is generated and only a part of the primary key"),
                )
                .with_hint("a key of several fields is given by the program: take `generated` out")),
        }
    }

    fn instead_of(&self, to: &ModelKey) -> String {
        let known: Vec<String> = self.models.keys().map(ToString::to_string).collect();
        match nearest(&to.to_string(), &known) {
            Some(near) => {
                format!("did you mean {near}? every model that is pointed at has to be in the file")
            }
            None => "every model that is pointed at has to be in the file".to_owned(),
        }
    }

    fn choices(&self, at: usize, owner: &str) -> Result<()> {
        let field = &self.one.model.fields[at];
        let ty = field.ty.scalar();
        let of_type = ty == FieldType::Choices;
        if of_type && field.choices.is_empty() {
            return Err(self
                .field_error(at, format!("{owner} is one of its choices and has none"))
                .with_hint("add `choices`, a list of texts"));
        }
        if ty.is_integer() && field.enum_type.is_none() {
            let mut strange = field.choices.iter().filter(|choice| !is_choice_of(choice, ty));
            return strange.next().map_or(Ok(()), |choice| {
                let said = format!("{owner} has the choice \"{choice}\", which is not a number of its type");
                Err(self
                    .field_error(at, said)
                    .with_hint("write choices of whole numbers as strings, as in `choices = [\"1\", \"2\"]`"))
            });
        }
        if !of_type && (!field.choices.is_empty() || field.enum_type.is_some()) {
            return Err(self
                .field_error(at, format!("{owner} has choices and is not of the type choices"))
                .with_hint("make its type choices, or take them out"));
        }
        Ok(())
    }

    fn line_of(&self, field: usize) -> usize {
        self.one.fields.get(field).copied().unwrap_or(self.one.line)
    }

    fn error(&self, message: String) -> Error {
        self.place.error(self.one.line, message)
    }

    fn field_error(&self, field: usize, message: String) -> Error {
        self.place.error(self.line_of(field), message)
    }
}

fn not_a_name(place: SourceLocation<'_>, line: usize, what: &str, name: &str) -> Error {
    place
        .error(line, format!("`{name}` is not a valid name of a {what}"))
        .with_hint("use letters, digits and `_`, no digit first")
}

fn is_identifier(name: &str) -> bool {
    let word = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    word && name.chars().next().is_some_and(|c| !c.is_numeric())
}
