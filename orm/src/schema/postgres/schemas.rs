//! Schemas: made before their first table, and dropped after their last if a migration made them.

use crate::model::QualifiedName;
use crate::sql::quote;

use super::super::Step;
use super::alter::text;
use super::ddl;

/// By this comment a schema is known to be a migration's.
const MADE: &str = "made by a migration";

/// Looks first: `CREATE SCHEMA IF NOT EXISTS` needs the right to create schemas also where there is nothing to create.
pub(super) fn create(schema: &str) -> Step {
    let name = quote(schema);
    block(&format!(
        "    IF to_regnamespace({}) IS NULL THEN\n        CREATE SCHEMA {name};\n        COMMENT ON SCHEMA {name} IS {};\n    END IF;",
        text(&name),
        text(MADE)
    ))
}

/// Where nothing depends on it, as default privileges do, too, and nobody was granted anything.
pub(super) fn drop(schema: &str) -> Step {
    block(&format!(
        "    IF EXISTS (SELECT FROM pg_namespace AS n WHERE n.nspname = {} AND obj_description(n.oid, 'pg_namespace') = {} AND \
         pg_has_role(n.nspowner, 'USAGE') AND n.nspacl IS NULL AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.refclassid = 'pg_namespace'::regclass \
         AND d.refobjid = n.oid)) THEN\n        DROP SCHEMA {};\n    END IF;",
        text(schema),
        text(MADE),
        quote(schema)
    ))
}

/// Moves a table, with its indexes, constraints and sequences, to another schema; `None` is the current one.
pub(super) fn set(table: &QualifiedName, schema: Option<&str>) -> [Step; 2] {
    let moved = match schema {
        Some(schema) => Step::Sql(ddl::alter(table, &format!("SET SCHEMA {}", quote(schema)))),
        None => block(&format!(
            "    EXECUTE format('ALTER TABLE %s SET SCHEMA %I', {}, current_schema());",
            text(&table.quoted())
        )),
    };
    [free_sequences(table, schema), moved]
}

/// A sequence keeps the name that its table had first, which another may have in the other schema.
fn free_sequences(table: &QualifiedName, schema: Option<&str>) -> Step {
    let schema = schema.map_or_else(|| "current_schema()".to_owned(), text);
    block(&format!(
        "    FOR number IN SELECT s.oid FROM pg_class AS s JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND \
         d.objid = s.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = {}::regclass AND d.deptype IN ('a', 'i') WHERE \
         s.relkind = 'S' AND EXISTS (SELECT FROM pg_class AS t JOIN pg_namespace AS n ON n.oid = t.relnamespace WHERE t.relname = \
         s.relname AND n.nspname = {schema} AND n.oid <> s.relnamespace) LOOP\n        EXECUTE format('ALTER SEQUENCE %s RENAME TO %I', number::regclass, \
         'orm_sequence_' || number);\n    END LOOP;",
        text(&table.quoted())
    ))
}

/// Statements of the procedural language, between quotes that they do not contain.
pub(super) fn block(body: &str) -> Step {
    Step::Sql(format!(
        "DO {}",
        dollar_quoted(&format!("\nDECLARE number oid;\nBEGIN\n{body}\nEND "))
    ))
}

/// A string as it is, between quotes that it does not contain.
pub(super) fn dollar_quoted(text: &str) -> String {
    let mut tag = "$orm$".to_owned();
    while text.contains(&tag) {
        tag.insert(1, 'x');
    }
    format!("{tag}{text}{tag}")
}
