//! Checks that models agree with each other, which no single derive can see.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::model::{FieldDef, ModelDef, ModelKey, QualifiedName, enum_name};
use crate::value::FieldType;

use super::reverse::{ReverseRelation, reverse_relations};

type Models<'a> = BTreeMap<ModelKey, &'a ModelDef>;

/// # Errors
/// Finds the first contradiction; the error names both sides and what to do.
pub(super) fn check<'a>(models: impl Iterator<Item = &'a ModelDef>) -> Result<()> {
    let models: Models<'a> = models.map(|def| (def.key(), def)).collect();
    check_renames(&models)?;
    check_relations(&models)?;
    check_views(&models)?;
    check_composite_foreign_keys(&models)?;
    check_through(&models)?;
    let tables = check_tables(&models)?;
    check_enums(&models, &tables)?;
    for def in models.values() {
        check_generated(def)?;
        def.check_storage()
            .map_err(|error| error.context(format!("model {}", def.key())))?;
    }
    check_reverse_names(&models)
}

/// A foreign key that is a field is one column, so what it points at must be one column too, which no two rows have the same value in.
fn check_relations(models: &Models<'_>) -> Result<()> {
    for (owner, def) in models {
        for field in &def.fields {
            let Some(to) = &field.to else { continue };
            if models.get(to).is_some_and(|target| target.view.is_some()) {
                check_points_at_view(def, field, to)?;
            }
            if let Some(name) = &field.to_field {
                let target = models.get(to);
                if !target.is_some_and(|target| target.is_unique(name)) {
                    return Err(not_unique(&format!("{owner}.{}", field.name), name, to));
                }
                continue;
            }
            // A join table points at all fields of a key.
            if field.ty == FieldType::ManyToMany {
                continue;
            }
            let key = models.get(to).into_iter().flat_map(|target| target.key_fields());
            let key: Vec<String> = key.map(|field| format!("\"{}\"", field.name)).collect();
            if key.len() > 1 {
                return Err(Error::config(format!(
                    "{owner}.{} cannot point at {to}, whose primary key is {} fields",
                    field.name,
                    key.len()
                ))
                .with_hint(format!(
                    "give {to} a key of one field, such as `id: i64`, and keep the others unique with #[orm(unique({}))]",
                    key.join(", ")
                )));
            }
        }
    }
    Ok(())
}

/// No database has a foreign key to a view.
fn check_points_at_view(def: &ModelDef, field: &FieldDef, to: &ModelKey) -> Result<()> {
    let owner = format!("{}.{}", def.key(), field.name);
    match field.ty {
        FieldType::ManyToMany => Err(Error::config(format!(
            "{owner} cannot lead to {to}, which is a view: a join table has foreign keys to both sides"
        ))
        .with_hint("relate the models that the view reads")),
        _ if field.db_constraint && def.view.is_none() => Err(Error::config(format!(
            "{owner} points at {to}, which is a view, and no database has a foreign key to one"
        ))
        .with_hint(format!("add #[orm(db_constraint = false)] to {owner}"))),
        _ => Ok(()),
    }
}

/// Views read tables and other views, and at last tables.
fn check_views(models: &Models<'_>) -> Result<()> {
    for key in models.keys() {
        let mut above = vec![key];
        let mut seen = BTreeSet::new();
        while let Some(view) = above.pop() {
            for read in models.get(view).into_iter().flat_map(|model| model.reads()) {
                if read == key {
                    return Err(Error::config(format!(
                        "the view {key} reads itself, directly or through other views"
                    ))
                    .with_hint(format!(
                        "a view is made after what it reads: take {key} out of `reads(..)` of the view that closes the circle"
                    )));
                }
                if seen.insert(read) {
                    above.push(read);
                }
            }
        }
    }
    Ok(())
}

/// A foreign key over several columns points at as many, which are of the same types and unique together.
fn check_composite_foreign_keys(models: &Models<'_>) -> Result<()> {
    for def in models.values() {
        for key in def.composite_foreign_keys() {
            key.target(def, |key| models.get(key).copied())?;
        }
    }
    Ok(())
}

/// A many-to-many field goes through a model that points at both sides.
fn check_through(models: &Models<'_>) -> Result<()> {
    for (key, def) in models {
        for field in &def.fields {
            if field.symmetrical && field.to.as_ref() != Some(key) {
                return Err(Error::config(format!(
                    "{key}.{} is symmetrical and leads to another model",
                    field.name
                ))
                .with_hint("only a relation of a model to itself can be symmetrical"));
            }
            let Some(through) = &field.through else { continue };
            let Some(middle) = models.get(through) else {
                return Err(Error::internal(format!(
                    "{key}.{} goes through a model that is not registered",
                    field.name
                )));
            };
            if middle.view.is_some() {
                return Err(Error::config(format!(
                    "{key}.{} goes through {through}, which is a view, and a view is not written",
                    field.name
                ))
                .with_hint("go through a model with a table, or read the view itself"));
            }
            let Some(target) = field.to.as_ref().and_then(|to| models.get(to)) else {
                return Err(Error::internal(format!(
                    "{key}.{} leads to a model that is not registered",
                    field.name
                )));
            };
            def.through_keys(field, middle, target)?;
        }
    }
    Ok(())
}

/// The error for a foreign key that points at a column that several rows may have the same value in, or at none.
fn not_unique(owner: &str, field: &str, to: &ModelKey) -> Error {
    Error::config(format!(
        "{owner} points at {to}.{field}, which does not say that it is unique"
    ))
    .with_hint(format!(
        "give {to}.{field} #[orm(unique)], or point at another column"
    ))
}

/// A generated column may only use columns that are not generated themselves: the databases disagree on anything more.
fn check_generated(def: &ModelDef) -> Result<()> {
    for field in &def.fields {
        let Some(generated) = &field.generated_as else {
            continue;
        };
        let other = generated
            .expression
            .fields()
            .into_iter()
            .find(|name| def.field(name).is_some_and(|other| other.generated_as.is_some()));
        if let Some(other) = other {
            return Err(Error::config(format!(
                "{}.{} is generated from `{other}`, which is generated itself",
                def.key(),
                field.name
            ))
            .with_hint(format!("generate it from what `{other}` is generated from")));
        }
    }
    Ok(())
}

/// A database enum type has one list of values, belongs to one app, and shares its name with no table.
fn check_enums(models: &Models<'_>, tables: &BTreeMap<QualifiedName, String>) -> Result<()> {
    let mut types: BTreeMap<QualifiedName, (&ModelKey, &FieldDef)> = BTreeMap::new();
    for (key, def) in models {
        for field in &def.fields {
            let Some(name) = &field.enum_type else { continue };
            let here = format!("{key}.{}", field.name);
            let name = enum_name(&key.app, name).to_lowercase();
            if let Some(table) = tables.get(&name) {
                return Err(Error::config(format!(
                    "the enum of {here} has the name of a table, `{name}`, which {table} uses"
                ))
                .with_hint("name the type with #[orm(native = \"…\")]"));
            }
            let Some((other, first)) = types.insert(name.clone(), (key, field)) else {
                continue;
            };
            if other.app != key.app || first.enum_type != field.enum_type || first.choices != field.choices {
                return Err(Error::config(format!(
                    "{other}.{} and {here} are both of the type `{name}`, but differ in their values or their app",
                    first.name
                ))
                .with_hint("name one of the types with #[orm(native = \"…\")]"));
            }
        }
    }
    Ok(())
}

/// A former name (`renamed_from`) must not be in use by another model or field, or be claimed twice.
fn check_renames(models: &Models<'_>) -> Result<()> {
    let mut claimed: BTreeMap<String, &ModelKey> = BTreeMap::new();
    for (key, def) in models {
        let Some(said) = &def.renamed_from else { continue };
        let old = match said.contains('.') {
            true => said.clone(),
            false => format!("{}.{said}", key.app),
        };
        if let Some(what) = still_there(models, &old) {
            return Err(
                Error::config(format!("{key} was renamed from {old}, which is still a {what}"))
                    .with_hint(format!("drop its `renamed_from`, or the {what} of the old name")),
            );
        }
        if let Some(other) = claimed.insert(old.clone(), key) {
            return Err(
                Error::config(format!("{other} and {key} both say that they were {old}"))
                    .with_hint("keep `renamed_from` on one of them"),
            );
        }
    }
    Ok(())
}

/// Something with a name: a model as `app.Model`, a field as `app.Model.field`.
fn still_there(models: &Models<'_>, name: &str) -> Option<&'static str> {
    let key = |name: &str| ModelKey::try_from(name.to_owned()).ok();
    if models.contains_key(&key(name)?) {
        return Some("model");
    }
    let (model, field) = name.rsplit_once('.')?;
    models.get(&key(model)?)?.field(field).map(|_| "field")
}

/// Each table belongs to at most one managed model; unmanaged models may also read it. Returns the tables in lower
/// case, with the models that use them.
fn check_tables(models: &Models<'_>) -> Result<BTreeMap<QualifiedName, String>> {
    let mut tables: BTreeMap<QualifiedName, String> = BTreeMap::new();
    let mut managed: BTreeMap<QualifiedName, String> = BTreeMap::new();
    for (key, def) in models {
        let joins = def.fields.iter().filter_map(|field| {
            let table = def.join_table_name(field)?;
            Some((table, format!("{key}.{}", field.name)))
        });
        for (table, owner) in [(def.table_name(), key.to_string())].into_iter().chain(joins) {
            if table.name.is_empty() || table.to_string().contains('\0') {
                return Err(Error::config(format!("`{owner}` has no usable table name")));
            }
            let lower = table.to_lowercase();
            tables.insert(lower.clone(), owner.clone());
            if def.unmanaged {
                continue;
            }
            if let Some(other) = managed.insert(lower, owner.clone()) {
                return Err(
                    Error::config(format!("{other} and {owner} both use the table {table}")).with_hint(
                        "give one of them #[orm(table = \"…\")], or make one that only reads it #[orm(unmanaged)]",
                    ),
                );
            }
        }
    }
    Ok(tables)
}

fn check_reverse_names(models: &Models<'_>) -> Result<()> {
    let mut names: BTreeMap<(ModelKey, String), String> = BTreeMap::new();
    for (key, def) in models {
        for reverse in reverse_relations(def) {
            let ReverseRelation {
                relation, to, name, ..
            } = reverse;
            let owner = format!("{key}.{relation}");
            if let Some(other) = names.insert((to.clone(), name.clone()), owner.clone()) {
                return Err(Error::config(format!(
                    "{other} and {owner} both lead back from {to} as `{name}`"
                ))
                .with_hint("give one of them #[orm(related_name = \"…\")]"));
            }
        }
    }
    Ok(())
}
