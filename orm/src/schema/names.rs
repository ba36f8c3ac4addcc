//! Checks that databases support the models, before a migration is written; above all, names that must be unique in
//! the whole database.
//!
//! On every database, tables and indexes share one namespace, and a unique constraint has an index of its name. A
//! migration file is for any database, so a name must be valid on each.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::{ConstraintDef, FieldDef, ModelDef, QualifiedName, ViewDef, enum_name};
use crate::sql::Dialect;

use super::enums::check_texts;
use super::lower::{Lowered, lower_unnamed, names_differ};
use super::rename::join_tables;
use super::{
    Backend, IndexColumn, Models, TableDef, TableIndex, TriggerAction, backend, enum_comparisons, view,
};

/// Checks that the tables of all models can coexist, on each of some databases; some models are only possible on
/// one. `own` is a further table.
///
/// # Errors
/// The first conflict, with both owners of a name.
pub fn check_models(models: &dyn Models, own: &[ModelDef], dialects: &[&'static Dialect]) -> Result<()> {
    let managed: Vec<&ModelDef> = models
        .all()
        .into_iter()
        .filter(|model| !model.unmanaged)
        .collect();
    let has_types = dialects.iter().any(|dialect| dialect.enum_types);
    for model in &managed {
        if has_types {
            enum_comparisons::check_enum_comparisons(model)?;
        }
        for field in &model.fields {
            if let Some(name) = &field.enum_type {
                check_texts(&model.app, name, &field.choices)?;
            }
        }
    }
    let mut first: Vec<Option<Error>> = managed.iter().map(|_| None).collect();
    let mut possible: Vec<bool> = managed.iter().map(|_| false).collect();
    for &dialect in dialects {
        let mut names = DatabaseNames {
            backend: backend(dialect),
            owners: BTreeMap::new(),
            triggers: BTreeMap::new(),
        };
        for own in own {
            let history = lower_unnamed(own, models, dialect)?;
            names.table(&history.table, "the history of migrations", None)?;
        }
        for (at, model) in managed.iter().enumerate() {
            let lowered = match model.managed_view() {
                Some(view) => match lowered_view(model, view, models, dialect) {
                    Ok(indexes) => {
                        names.view(model, &indexes)?;
                        Ok(Vec::new())
                    }
                    Err(error) => Err(error),
                },
                None => lowered(model, models, dialect),
            };
            match lowered {
                Ok(tables) => {
                    possible[at] = true;
                    names.model(model, &tables)?;
                }
                // A project may use only one database, and features that others lack.
                Err(error) => {
                    // A mistake of the model says more than what another database lacks.
                    let says_more = |told: &Error| told.is_unsupported() && !error.is_unsupported();
                    if first[at].as_ref().is_none_or(says_more) {
                        first[at] = Some(error);
                    }
                }
            }
        }
        names.enum_types(&managed)?;
    }
    let refused = first.into_iter().zip(possible).find(|(_, possible)| !possible);
    match refused.and_then(|(error, _)| error) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// The tables of a model: its own and those of its many-to-many fields.
fn lowered(model: &ModelDef, models: &dyn Models, dialect: &'static Dialect) -> Result<Vec<Lowered>> {
    let own = std::iter::once(lower_unnamed(model, models, dialect));
    own.chain(join_tables(model, models).map(|join| lower_unnamed(&join, models, dialect)))
        .collect()
}

/// The indexes of what a view stores, once its query and what it says it reads are checked.
fn lowered_view(
    model: &ModelDef,
    view: &ViewDef,
    models: &dyn Models,
    dialect: &'static Dialect,
) -> Result<Vec<TableIndex>> {
    let lowered = view::lower(model, view, models, dialect)?;
    view::check_reads(model, view, models, dialect)?;
    Ok(lowered.indexes)
}

/// The names in one database, normalized, each with its owner.
struct DatabaseNames {
    backend: &'static dyn Backend,
    owners: BTreeMap<QualifiedName, String>,
    /// The same of triggers, whose names are a set of their own; beside the name, the table that it is a name within.
    triggers: BTreeMap<(QualifiedName, Option<String>), String>,
}

impl DatabaseNames {
    fn model(&mut self, model: &ModelDef, tables: &[Lowered]) -> Result<()> {
        let key = model.key();
        let many = model
            .fields
            .iter()
            .filter(|field| model.join_table_name(field).is_some());
        let join_tables = many.map(|field| format!("the join table of {key}.{}", field.name));
        let whats = std::iter::once(format!("the table of {key}")).chain(join_tables);
        for (at, (lowered, what)) in tables.iter().zip(whats).enumerate() {
            let said = (at == 0).then_some(model);
            self.table(&lowered.table, &what, said)?;
            names_differ(&lowered.table).map_err(|error| error.context(what))?;
        }
        Ok(())
    }

    /// Adds the names of a view and of the indexes of what it stores.
    fn view(&mut self, model: &ModelDef, indexes: &[TableIndex]) -> Result<()> {
        let (name, what) = (model.table_name(), format!("the view {}", model.key()));
        for index in indexes {
            self.take(&name.beside(&index.name), format!("an index of {what}"))?;
        }
        self.take(&name, what)
    }

    /// Adds the names of a table; `model` is its model, unless it is a join table.
    fn table(&mut self, table: &TableDef, what: &str, model: Option<&ModelDef>) -> Result<()> {
        if let Some(start) = self.backend.reserved_prefix()
            && table.name.to_lowercase().starts_with(start)
        {
            return Err(Error::config(format!(
                "{what} would be named `{}`, and names that start with `{start}` are a database's own",
                table.name
            ))
            .with_hint("give the model another table = \"…\""));
        }
        self.take(&table.qualified_name(), what.to_owned())?;
        let beside = |name: &str| table.qualified_name().beside(name);
        for name in self.backend.names_beside(table) {
            self.take(&beside(&name), format!("what the database makes for {what}"))?;
        }
        for trigger in &table.triggers {
            // Nothing is made for one that calls a function but itself, which belongs to its table.
            let within = match &trigger.action {
                TriggerAction::Body(_) => None,
                TriggerAction::Function(_) => Some(table.name.clone()),
            };
            self.take_trigger(&beside(&trigger.name), within, what.to_owned())?;
        }
        for index in &table.indexes {
            for trigger in self.backend.triggers_of_index(index) {
                self.take_trigger(
                    &beside(&trigger),
                    None,
                    format!("the search `{}` of {what}", index.name),
                )?;
            }
        }
        // Fields come before the model's own constraints.
        let uniques = |index: bool| {
            let constraints = model.iter().flat_map(|model| &model.constraints);
            let of_kind = constraints.filter(
                move |constraint| matches!(constraint, ConstraintDef::Unique(unique) if unique.is_index() == index),
            );
            of_kind.count()
        };
        let of_model = model.map_or(0, |model| model.indexes.len()) + uniques(true);
        let of_fields = table.indexes.len() - of_model.min(table.indexes.len());
        for (at, index) in table.indexes.iter().enumerate() {
            let columns: Vec<&str> = index.columns.iter().filter_map(IndexColumn::column).collect();
            let kind = if index.unique { "unique" } else { "index" };
            self.take(
                &beside(&index.name),
                part(kind, &columns, at < of_fields, what, model),
            )?;
        }
        for exclusion in &table.exclusions {
            let parts = exclusion.index.columns.iter();
            let columns: Vec<&str> = parts.filter_map(IndexColumn::column).collect();
            self.take(
                &beside(exclusion.name()),
                part("exclude", &columns, false, what, model),
            )?;
        }
        let of_fields = table.uniques.len() - uniques(false).min(table.uniques.len());
        for (at, unique) in table.uniques.iter().enumerate() {
            let columns: Vec<&str> = unique.columns.iter().map(String::as_str).collect();
            self.take(
                &beside(&unique.name),
                part("unique", &columns, at < of_fields, what, model),
            )?;
        }
        Ok(())
    }

    fn compared(&self, name: &QualifiedName) -> QualifiedName {
        name.beside(self.backend.compared(&name.name))
    }

    fn take(&mut self, name: &QualifiedName, what: String) -> Result<()> {
        let Some(other) = self.owners.insert(self.compared(name), what.clone()) else {
            return Ok(());
        };
        Err(
            Error::config(format!("two things would be named `{name}`: {other}, and {what}")).with_hint(
                "tables, indexes and what is unique stand under one set of names in a database: give one of the two \
                 another, with table = \"…\" or name = \"…\", or take it away",
            ),
        )
    }

    fn take_trigger(&mut self, name: &QualifiedName, within: Option<String>, what: String) -> Result<()> {
        let key = (self.compared(name), within);
        let Some(other) = self.triggers.insert(key, what.clone()) else {
            return Ok(());
        };
        Err(Error::config(format!(
            "two triggers would be named `{name}`: of {other}, and of {what}"
        ))
        .with_hint(
            "triggers of all tables stand under one set of names in a database, unless they call a function that is there: give one of the \
             two another",
        ))
    }

    /// Where there are types, a table is also a type of its name.
    fn enum_types(&mut self, models: &[&ModelDef]) -> Result<()> {
        for model in models {
            let types = model.fields.iter().filter_map(|field: &FieldDef| {
                let name = field.enum_type.as_ref()?;
                Some((field, enum_name(&model.app, name)))
            });
            for (field, name) in types {
                let what = self.owners.get(&self.compared(&name));
                if let Some(table) = what.filter(|what| what.starts_with("the ")) {
                    return Err(Error::config(format!(
                        "two things would be named `{name}`: {table}, and the enum type of {}.{}",
                        model.key(),
                        field.name
                    ))
                    .with_hint("name the type with #[orm(native = \"…\")]"));
                }
            }
        }
        Ok(())
    }
}

/// An index or what is unique, as the model says it.
fn part(kind: &str, columns: &[&str], of_field: bool, what: &str, model: Option<&ModelDef>) -> String {
    let owner = match model {
        Some(model) => model.key().to_string(),
        None => what.to_owned(),
    };
    let field_of = |column: &str| {
        let fields = model.into_iter().flat_map(|model| &model.fields);
        let mut fields = fields.filter(|field| field.column_name() == column);
        fields
            .next()
            .map_or_else(|| column.to_owned(), |field| field.name.clone())
    };
    let fields: Vec<String> = columns.iter().map(|column| field_of(column)).collect();
    match of_field && fields.len() == 1 {
        true => format!("`{kind}` of the field {owner}.{}", fields.join(", ")),
        false => format!("`{kind}({})` of {owner}", fields.join(", ")),
    }
}
