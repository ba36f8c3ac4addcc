//! Enum types, extensions and collations.

use crate::error::Result;
use crate::model::constraint_name;
use crate::sql::{Session, quote};
use crate::value::Value;

use super::super::enums::EnumSteps;
use super::super::{Backend, EnumChange, ServerChange, Step};
use super::Postgres;

pub(super) fn enum_steps(ty: &str, change: EnumChange<'_>) -> Result<EnumSteps> {
    let name = quote(ty);
    let one = |sql: String| {
        Ok(EnumSteps {
            before: vec![Step::Sql(sql)],
            ..EnumSteps::default()
        })
    };
    match change {
        EnumChange::Create(values) => one(create(&name, values)?),
        EnumChange::Delete => one(format!("DROP TYPE {name}")),
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
            let old = quote(&constraint_name(ty, &[], "orm_old"));
            Ok(EnumSteps {
                before: vec![
                    Step::Sql(format!("ALTER TYPE {name} RENAME TO {old}")),
                    Step::Sql(create(&name, values)?),
                ],
                tables: true,
                after: vec![Step::Sql(format!("DROP TYPE {old}"))],
                old_type: Some(old),
            })
        }
    }
}

fn create(name: &str, values: &[String]) -> Result<String> {
    let values = values
        .iter()
        .map(|value| Postgres.text_literal(value))
        .collect::<Result<Vec<_>>>()?;
    Ok(format!("CREATE TYPE {name} AS ENUM ({})", values.join(", ")))
}

pub(super) fn enum_values(session: &mut dyn Session, ty: &str) -> Result<Option<Vec<String>>> {
    let mut found = Vec::new();
    session.query(
        "SELECT e.enumlabel::text FROM pg_enum AS e JOIN pg_type AS t ON t.oid = e.enumtypid WHERE t.typname = $1 AND \
         t.typnamespace = current_schema()::regnamespace ORDER BY e.enumsortorder",
        &[Value::from(ty)],
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
