//! Lowers a model to the table it describes.

mod db_type;
mod foreign_key;
mod identity;
mod security;
mod trigger;

pub(super) use security::view_grants;

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::model::{
    ConstraintDef, FieldDef, IndexPart, MAX_IDENTIFIER, ModelDef, TableObjectDef, constraint_name, stored,
};
use crate::sql::{Dialect, no_schemas};
use crate::value::{FieldType, Literal};

use super::{
    Backend, CheckDef, ColumnDef, IndexColumn, Models, TableDef, TableIndex, TableUnique, backend, enums,
    expression::{self, ExpressionColumn, TableScope},
    index, literal, search,
};

/// The table that a model describes, in the types of one backend. Join tables are lowered from
/// [`ModelDef::join_model`].
///
/// # Errors
/// If the model contradicts itself or names what the state does not have, or the backend cannot do what it says.
pub fn lower(model: &ModelDef, models: &dyn Models, dialect: &'static Dialect) -> Result<TableDef> {
    Ok(lower_typed(model, models, dialect)?.table)
}

/// A table with the field types of its columns, which the database types alone do not tell.
pub(super) struct Lowered {
    pub table: TableDef,
    /// By column.
    pub field_types: BTreeMap<String, FieldType>,
}

pub(super) fn lower_typed(
    model: &ModelDef,
    models: &dyn Models,
    dialect: &'static Dialect,
) -> Result<Lowered> {
    lower_unnamed(model, models, dialect).and_then(|lowered| {
        names_differ(&lowered.table).map_err(|error| error.context(format!("model {}", model.key())))?;
        Ok(lowered)
    })
}

/// The same for a model whose constraints and indexes will still be renamed, so that names may clash.
pub(super) fn lower_unnamed(
    model: &ModelDef,
    models: &dyn Models,
    dialect: &'static Dialect,
) -> Result<Lowered> {
    let lowering = Lowering {
        model,
        models,
        dialect,
        backend: backend(dialect),
        table: TableDef {
            schema: model.schema.clone(),
            ..TableDef::new(model.table_name().name)
        },
        field_types: BTreeMap::new(),
        single_key: model.key_fields().count() == 1,
        fields: BTreeMap::new(),
    };
    lowering
        .run()
        .map_err(|error| error.context(format!("model {}", model.key())))
}

/// Refuses a name that a database would truncate or could not hold.
fn usable(name: &str, what: &str) -> Result<()> {
    if name.is_empty() || name.contains('\0') {
        return Err(Error::config(format!("{what} has no usable name")));
    }
    if name.len() > MAX_IDENTIFIER {
        return Err(Error::config(format!(
            "the name of {what}, `{name}`, is longer than {MAX_IDENTIFIER} bytes"
        ))
        .with_hint("a database would cut it; give it a shorter name"));
    }
    Ok(())
}

struct Lowering<'m> {
    model: &'m ModelDef,
    models: &'m dyn Models,
    dialect: &'static Dialect,
    backend: &'static dyn Backend,
    table: TableDef,
    field_types: BTreeMap<String, FieldType>,
    /// Whether the primary key is a single field, which needs no further index.
    single_key: bool,
    /// The columns that conditions may refer to, by field.
    fields: BTreeMap<&'m str, ExpressionColumn<'m>>,
}

impl<'m> Lowering<'m> {
    fn run(mut self) -> Result<Lowered> {
        usable(&self.table.name, "the table")?;
        self.schema()?;
        for field in self.model.fields.iter().filter(|field| field.ty.is_column()) {
            self.column(field)
                .map_err(|error| error.context(format!("field {}", field.name)))?;
        }
        self.primary_key()?;
        self.computed()?;
        for index in &self.model.indexes {
            if let Some(search) = &index.search {
                let (column, lowered) = search::lower(index, search, self.model, &self.scope(), &self.table)
                    .map_err(|error| error.context(format!("search {}", search.name)))?;
                self.table.columns.extend(column);
                self.table.indexes.push(lowered);
                continue;
            }
            let lowered = index::lower(index, &self.scope())
                .map_err(|error| error.context(format!("index {}", index.name)))?;
            self.table.indexes.push(lowered);
        }
        for constraint in &self.model.constraints {
            self.constraint(constraint)?;
        }
        if self.dialect.comments {
            self.table.comment = self.model.comment.clone().filter(|comment| !comment.is_empty());
        }
        for trigger in self.model.objects.iter().filter_map(TableObjectDef::trigger) {
            self.trigger(trigger)
                .map_err(|error| error.context(format!("trigger {}", trigger.name)))?;
        }
        self.security()?;
        self.storage()?;
        Ok(Lowered {
            table: self.table,
            field_types: self.field_types,
        })
    }

    fn schema(&self) -> Result<()> {
        let Some(schema) = &self.model.schema else {
            return Ok(());
        };
        usable(schema, "the schema")?;
        if schema.starts_with("pg_") || schema == "information_schema" {
            return Err(
                Error::config(format!("the schema `{schema}` is one of a database's own"))
                    .with_hint("give `schema` another name"),
            );
        }
        match self.dialect.schemas {
            true => Ok(()),
            false => Err(no_schemas(schema, &self.table.name, self.dialect)),
        }
    }

    /// A foreign key compares as what it points at.
    fn collation(&self, base: &FieldDef) -> Result<Option<String>> {
        let Some(collation) = base.collation.as_deref().or(self.backend.named_collation(base)) else {
            return Ok(None);
        };
        if base.ty != FieldType::Text {
            return Err(Error::config("only strings have a collation"));
        }
        match self.dialect.collations {
            Some(all) => match all.iter().find(|known| known.eq_ignore_ascii_case(collation)) {
                // What each column has by itself.
                Some(&"BINARY") => Ok(None),
                Some(known) => Ok(Some((*known).to_owned())),
                None => Err(Error::unsupported(format!(
                    "{} has no collation `{collation}`",
                    self.dialect.name
                ))
                .with_hint(format!("it has {}", all.join(", ")))),
            },
            None => Ok(Some(collation.to_owned())),
        }
    }

    fn storage(&mut self) -> Result<()> {
        self.model.check_storage()?;
        let storage = &self.model.storage;
        if self.dialect.table_parameters {
            self.table.storage.parameters.clone_from(&storage.parameters);
        }
        self.table.storage.without_rowid = self.dialect.without_rowid && storage.without_rowid;
        Ok(())
    }

    /// What checks and indexes may name.
    fn scope(&self) -> TableScope<'_> {
        TableScope {
            columns: &self.fields,
            dialect: self.dialect,
            kept: false,
        }
    }

    fn column_of(&self, field: &str, owner: &str) -> Result<String> {
        match self.fields.get(field) {
            Some(column) => Ok(column.name.clone()),
            None => Err(Error::config(format!(
                "`{owner}` names `{field}`, which is not a column of the model"
            ))),
        }
    }

    fn primary_key(&self) -> Result<()> {
        match self.table.primary_key.as_slice() {
            [] => Err(Error::config("the model has no primary key")),
            [_] => Ok(()),
            several
                if (self.table.columns.iter())
                    .any(|column| column.generated && several.contains(&column.name)) =>
            {
                Err(Error::config(format!(
                    "the primary key of {} fields has one that the database generates",
                    several.len()
                ))
                .with_hint("a key of several fields is given by the program; a generated one stands alone"))
            }
            _ => Ok(()),
        }
    }

    /// Expressions of generated fields, which may name fields that come after them.
    fn computed(&mut self) -> Result<()> {
        let scope = TableScope {
            columns: &self.fields,
            dialect: self.dialect,
            kept: true,
        };
        for field in &self.model.fields {
            let (Some(generated), Some(made)) = (&field.generated_as, self.fields.get(field.name.as_str()))
            else {
                continue;
            };
            let computed = expression::computed(field, generated, &scope)
                .map_err(|error| error.context(format!("field {}", field.name)))?;
            for column in &mut self.table.columns {
                if column.name == made.name {
                    column.computed = Some(computed.clone());
                }
            }
        }
        Ok(())
    }

    fn column(&mut self, field: &'m FieldDef) -> Result<()> {
        let name = field.column_name();
        usable(&name, "the column")?;
        let (owner, base) = stored(self.model, field, |key| self.models.model(key))?;
        if let Some(name) = &base.enum_type {
            usable(&enums::enum_name(&owner.app, name).name, "the enum type")?;
            if base.ty.scalar() != FieldType::Choices || base.choices.is_empty() {
                return Err(Error::config("a field of an enum type needs choices"));
            }
        }
        plain_if_computed(field)?;
        db_type::check(field)?;
        let generated = identity::is_counted(field, self.dialect)?;
        if field.primary_key && !base.ty.is_ordered() {
            return Err(
                Error::unsupported("a primary key is not JSON, not an array, and not a multirange").with_hint(
                    "give the model a key of its own, and this field `unique` if no two rows have the same",
                ),
            );
        }
        if field.primary_key && field.null {
            return Err(Error::config("a primary key takes no NULL"));
        }
        let default = match (&field.default, &field.db_default) {
            (Some(value), _) => {
                let of_choices = base.ty.scalar() == FieldType::Choices || !field.choices.is_empty();
                if of_choices && !is_choice(value, &field.choices) {
                    return Err(Error::config("the default is not one of the choices"));
                }
                Some(literal::render(value, base.ty, self.dialect)?)
            }
            (None, Some(default)) => Some(self.backend.db_default(default, base.ty)?),
            (None, None) => None,
        };
        self.table.columns.push(ColumnDef {
            name: name.clone(),
            ty: self.backend.column_type(&owner.app, base)?,
            collation: self.collation(base)?,
            null: field.null,
            default,
            generated,
            identity: field.identity,
            computed: None,
            comment: field
                .comment
                .clone()
                .filter(|comment| self.dialect.comments && !comment.is_empty()),
        });
        if field.primary_key {
            self.table.primary_key.push(name.clone());
        }
        // A foreign key holds what its target holds, which the target's checks have verified.
        if !field.ty.is_relation()
            && let Some(sql) = self.backend.column_check(&name, field)?
        {
            self.table.checks.push(CheckDef {
                name: constraint_name(&self.table.name, &[&name], "check"),
                sql,
                column: Some(name.clone()),
                not_valid: false,
            });
        }
        if field.ty.is_relation() && field.db_constraint {
            self.foreign_key(field, &name)?;
        }
        let unique = field.unique || field.ty == FieldType::OneToOne;
        let key = field.primary_key && self.single_key;
        if unique && !key {
            let unique = constraint_name(&self.table.name, &[&name], "uniq");
            self.table
                .uniques
                .push(TableUnique::over(unique, vec![name.clone()]));
        } else if field.index && !key {
            let index = constraint_name(&self.table.name, &[&name], "idx");
            self.table
                .indexes
                .push(TableIndex::over(index, vec![IndexColumn::of(&name)]));
        }
        self.field_types.insert(name.clone(), base.ty);
        self.fields
            .insert(&field.name, ExpressionColumn::new(name, field, (owner, base)));
        Ok(())
    }

    fn constraint(&mut self, constraint: &ConstraintDef) -> Result<()> {
        match constraint {
            ConstraintDef::Unique(unique) if unique.is_index() => {
                let lowered = index::lower_unique(unique, &self.scope())
                    .map_err(|error| error.context(format!("unique {}", unique.name)))?;
                self.table.indexes.push(lowered);
            }
            ConstraintDef::Unique(unique) => {
                let name = &unique.name;
                index::fits_unique(unique, &self.scope())
                    .map_err(|error| error.context(format!("unique {name}")))?;
                let column = |field: &str| self.column_of(field, name);
                let columns = unique.parts.iter().filter_map(IndexPart::field_name);
                let columns = columns.map(column).collect::<Result<_>>()?;
                let include = unique.include.iter().map(|field| column(field));
                let include = include.collect::<Result<_>>()?;
                self.table.uniques.push(TableUnique {
                    include,
                    nulls_not_distinct: unique.nulls_not_distinct,
                    deferrable: unique.deferrable,
                    ..TableUnique::over(name, columns)
                });
            }
            ConstraintDef::Exclusion(exclusion) => {
                let lowered = index::lower_exclusion(exclusion, &self.scope())
                    .map_err(|error| error.context(format!("exclude {}", exclusion.name)))?;
                self.table.exclusions.push(lowered);
            }
            ConstraintDef::ForeignKey(key) => self.composite_foreign_key(key)?,
            ConstraintDef::Check {
                name,
                condition,
                not_valid,
                ..
            } => {
                let sql = expression::condition(condition, &self.scope())
                    .map_err(|error| error.context(format!("check {name}")))?;
                self.table.checks.push(CheckDef {
                    name: name.clone(),
                    sql,
                    column: None,
                    not_valid: *not_valid && self.dialect.not_valid,
                });
            }
        }
        Ok(())
    }
}

/// Names of columns, constraints and indexes must differ in more than case, because SQLite ignores case.
pub(super) fn names_differ(table: &TableDef) -> Result<()> {
    let mut columns = BTreeSet::new();
    for column in &table.columns {
        if !columns.insert(column.name.to_lowercase()) {
            return Err(
                Error::config(format!("two fields use the column `{}`", column.name))
                    .with_hint("give one of them another one: `column = \"..\"`"),
            );
        }
    }
    let names = (table.uniques.iter().map(|unique| &unique.name))
        .chain(table.exclusions.iter().map(|exclusion| &exclusion.index.name))
        .chain(table.checks.iter().map(|check| &check.name))
        .chain(table.foreign_keys.iter().map(|key| &key.name))
        .chain(table.indexes.iter().map(|index| &index.name));
    let mut seen = BTreeSet::new();
    for name in names {
        usable(name, "a constraint or index")?;
        if !seen.insert(name.to_lowercase()) {
            return Err(
                Error::config(format!("two constraints or indexes are named `{name}`"))
                    .with_hint("give one of them a name of its own: `name = \"..\"`"),
            );
        }
    }
    Ok(())
}

/// A computed column takes no other value.
fn plain_if_computed(field: &FieldDef) -> Result<()> {
    let takes = field.primary_key
        || field.generated
        || field.ty.is_relation()
        || field.default.is_some()
        || field.db_default.is_some()
        || field.default_in_code
        || field.auto_now
        || field.auto_now_add;
    if field.generated_as.is_some() && takes {
        return Err(Error::config(
            "a generated field has no default, and is neither a key nor a relation",
        ));
    }
    Ok(())
}

/// Whether it is one of the choices; of an array, whether all of its elements are.
fn is_choice(value: &Literal, choices: &[String]) -> bool {
    match value {
        Literal::Str(text) => choices.is_empty() || choices.contains(text),
        Literal::Int(number) => choices.contains(&number.to_string()),
        Literal::List(items) => items
            .iter()
            .all(|item| *item == Literal::Null || is_choice(item, choices)),
        _ => false,
    }
}
