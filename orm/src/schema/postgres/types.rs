//! Enum types, extensions and collations.

use crate::error::Result;
use crate::model::{QualifiedName, constraint_name};
use crate::sql::{Session, quote};
use crate::value::Value;

use super::super::enums::EnumSteps;
use super::super::{Backend, EnumChange, Guard, ServerChange, Step};
use super::alter::text;
use super::{Postgres, introspect, schemas};

pub(super) fn enum_steps(ty: &QualifiedName, change: EnumChange<'_>) -> Result<EnumSteps> {
    let name = ty.quoted();
    let one = |sql: String| steps([Step::Sql(sql)]);
    match change {
        EnumChange::Create(values) => {
            let schema = ty
                .schema
                .as_deref()
                .map(|schema| [not_there(ty), schemas::create(schema)]);
            let create = Step::Sql(create(&name, values)?);
            steps(schema.into_iter().flatten().chain([create]))
        }
        EnumChange::Delete => {
            let schema = ty.schema.as_deref().map(schemas::drop);
            let drop = Step::Sql(format!("DROP TYPE {name}"));
            steps([drop].into_iter().chain(schema))
        }
        EnumChange::Add { value, before } => {
            let place = match before {
                Some(before) => format!(" BEFORE {}", Postgres.text_literal(before)?),
                None => String::new(),
            };
            one(format!(
                "ALTER TYPE {name} ADD VALUE {}{place}",
                Postgres.text_literal(value)?
            ))
        }
        EnumChange::Rename { old, new } => one(format!(
            "ALTER TYPE {name} RENAME VALUE {} TO {}",
            Postgres.text_literal(old)?,
            Postgres.text_literal(new)?
        )),
        // Postgres can neither remove nor reorder values, so the type is created again, and its columns changed to it.
        EnumChange::Alter(values) => {
            let old_name = constraint_name(&ty.name, &[], "orm_old");
            let old = ty.beside(&old_name).quoted();
            Ok(EnumSteps {
                before: vec![
                    Step::Sql(format!("ALTER TYPE {name} RENAME TO {}", quote(&old_name))),
                    Step::Sql(create(&name, values)?),
                ],
                tables: true,
                after: vec![Step::Sql(format!("DROP TYPE {old}"))],
                old_type: Some(old),
            })
        }
    }
}

fn steps(all: impl IntoIterator<Item = Step>) -> Result<EnumSteps> {
    Ok(EnumSteps {
        before: all.into_iter().collect(),
        ..EnumSteps::default()
    })
}

/// The current schema has the types of models without a schema, too.
fn not_there(ty: &QualifiedName) -> Step {
    let schema = ty.schema.as_deref().unwrap_or_default();
    Step::Guard(Guard {
        rows_of: None,
        count: format!(
            "SELECT count(*) FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace WHERE t.typname = {} AND n.nspname = {}",
            text(&ty.name),
            text(schema)
        ),
        what: format!("the type {} is there already", ty.quoted()),
        hint: format!(
            "if the tables stand in the schema {schema} because it is the current one, leave `schema` out of their models; otherwise \
             drop the type, or rename it"
        ),
    })
}

fn create(name: &str, values: &[String]) -> Result<String> {
    let values = values
        .iter()
        .map(|value| Postgres.text_literal(value))
        .collect::<Result<Vec<_>>>()?;
    Ok(format!("CREATE TYPE {name} AS ENUM ({})", values.join(", ")))
}

pub(super) fn enum_values(session: &mut dyn Session, ty: &QualifiedName) -> Result<Option<Vec<String>>> {
    let mut found = Vec::new();
    session.query(
        &format!(
            "SELECT e.enumlabel::text FROM pg_enum AS e JOIN pg_type AS t ON t.oid = e.enumtypid WHERE t.typname = $1 AND \
         t.typnamespace = {} ORDER BY e.enumsortorder",
            introspect::NAMESPACE
        ),
        &[Value::from(ty.name.as_str()), introspect::schema(ty)],
        &mut |row| {
            found.push(row.get::<String>(0)?);
            Ok(())
        },
    )?;
    Ok((!found.is_empty()).then_some(found))
}

pub(super) fn server(change: ServerChange<'_>) -> Result<Vec<Step>> {
    let sql = match change {
        ServerChange::CreateExtension(name) => format!("CREATE EXTENSION IF NOT EXISTS {}", quote(name)),
        ServerChange::RemoveExtension(name) => format!("DROP EXTENSION IF EXISTS {}", quote(name)),
        ServerChange::CreateCollation {
            name,
            locale,
            provider,
            deterministic,
        } => {
            let mut options = vec![format!("locale = {}", Postgres.text_literal(locale)?)];
            if let Some(provider) = provider {
                options.push(format!("provider = {}", quote(provider)));
            }
            if !deterministic {
                options.push("deterministic = false".to_owned());
            }
            format!("CREATE COLLATION {} ({})", quote(name), options.join(", "))
        }
        ServerChange::RemoveCollation(name) => format!("DROP COLLATION {}", quote(name)),
    };
    Ok(vec![Step::Sql(sql)])
}
