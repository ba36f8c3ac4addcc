//! Postgres' half of the floor: its types, its functions, and what only it needs.

mod alone;
mod alter;
mod arrays;
mod computed;
mod convert;
mod ddl;
mod exclusion;
mod guards;
mod identity;
mod introspect;
mod limits;
mod mapping;
mod named;
mod online;
mod parts;
mod remade;
mod schemas;
mod script;
mod security;
mod set_aside;
#[cfg(all(test, feature = "sqlite", feature = "postgres"))]
mod tests;
mod trigger_body;
mod trigger_changes;
mod triggers;
mod types;
mod views;
mod views_aside;

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::{DbDefault, FieldDef, QualifiedName, TriggerDef, ViewDef};
use crate::sql::postgres::plain_type;
use crate::sql::{ScriptToken, Session, quote};
use crate::value::duration::to_days_and_time;
use crate::value::range_form::{self, RangeValue};
use crate::value::{ArrayType, FieldType, Literal};

use super::around_views::RemadeColumn;
use super::diff::{Phases, TableChange};
use super::enums::{EnumSteps, enum_name};
use super::foreign_key_suspension::{Violation, ViolationCount};
use super::literal::quote_text;
use super::script::ForbiddenStatement;
use super::table_part::{LivePart, PartChange, TablePart};
use super::unit::{AloneStep, ConcurrentIndex, Patience};
use super::view::DatabaseView;
use super::{Backend, EnumChange, ServerChange, Step, TableDef, TableTrigger};

use views_aside::ViewsAside;

pub(super) struct Postgres;

impl Backend for Postgres {
    fn bool_literal(&self, value: bool) -> &'static str {
        if value { "true" } else { "false" }
    }

    // With the E a backslash means the same whatever `standard_conforming_strings` says.
    fn text_literal(&self, text: &str) -> Result<String> {
        let quoted = quote_text(text)?;
        Ok(if quoted.contains('\\') {
            format!("E{}", quoted.replace('\\', "\\\\"))
        } else {
            quoted
        })
    }

    fn uuid_literal(&self, hex: &str) -> String {
        format!(
            "'{}-{}-{}-{}-{}'::uuid",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        )
    }

    fn typed_literal(&self, ty: FieldType, text: &str, _: &[u8]) -> String {
        match plain_type(ty) {
            Some(name) => format!("'{text}'::{name}"),
            None => format!("'{text}'"),
        }
    }

    fn multirange_literal(&self, ty: FieldType, ranges: &[RangeValue]) -> Result<String> {
        let texts: Vec<String> = ranges.iter().map(range_form::to_text).collect::<Result<_>>()?;
        Ok(self.typed_literal(ty, &format!("{{{}}}", texts.join(",")), &[]))
    }

    fn bytes_literal(&self, hex: &str) -> String {
        format!("'\\x{hex}'::bytea")
    }

    fn decimal_literal(&self, text: &str) -> String {
        text.to_owned()
    }

    fn duration_literal(&self, micros: i64) -> String {
        format!("'{}'::interval", to_days_and_time(micros))
    }

    fn infinity_literal(&self, positive: bool) -> &'static str {
        if positive {
            "'Infinity'::float8"
        } else {
            "'-Infinity'::float8"
        }
    }

    fn array_literal(&self, ty: ArrayType, items: &[Literal]) -> Result<String> {
        arrays::literal(ty, items)
    }

    fn computed_decimal(&self, sql: &str, _: Option<u32>) -> Option<String> {
        Some(sql.to_owned())
    }

    fn column_type(&self, app: &str, base: &FieldDef) -> Result<String> {
        if let Some(name) = base.db_type.as_ref().and_then(|named| named.postgres.as_deref()) {
            return named::named(name);
        }
        match (base.ty, &base.enum_type) {
            (FieldType::Choices, Some(name)) => Ok(enum_name(app, name).quoted()),
            (FieldType::Array(array), _) => arrays::type_name(app, base, array),
            (ty, _) => plain_type(ty)
                .map(str::to_owned)
                .ok_or_else(|| Error::config("a relation has the type of what it points at")),
        }
    }

    fn column_check(&self, column: &str, field: &FieldDef) -> Result<Option<String>> {
        limits::column_check(&quote(column), field)
    }

    fn db_default(&self, default: &DbDefault, ty: FieldType) -> Result<String> {
        match (default, ty) {
            (DbDefault::Now, FieldType::Timestamp) => Ok("statement_timestamp()".to_owned()),
            (DbDefault::Now, FieldType::DateTime) => {
                Ok("statement_timestamp() AT TIME ZONE 'UTC'".to_owned())
            }
            (DbDefault::Now, FieldType::Date) => {
                Ok("(statement_timestamp() AT TIME ZONE 'UTC')::date".to_owned())
            }
            (DbDefault::Now, FieldType::Time) => {
                Ok("(statement_timestamp() AT TIME ZONE 'UTC')::time".to_owned())
            }
            (DbDefault::Now, _) => Err(Error::config("db_default = now needs a date or a time")),
            (DbDefault::RandomUuid, FieldType::Uuid) => Ok("gen_random_uuid()".to_owned()),
            (DbDefault::RandomUuid, _) => Err(Error::config("db_default = random_uuid needs a UUID")),
            (
                DbDefault::Sql {
                    postgres: Some(sql), ..
                },
                _,
            ) => Ok(sql.clone()),
            (DbDefault::Sql { postgres: None, .. }, _) => {
                Err(Error::unsupported("db_default has no SQL for postgres")
                    .with_hint("write db_default(sqlite = \"…\", postgres = \"…\")"))
            }
        }
    }

    fn create(&self, table: &TableDef) -> Vec<Step> {
        ddl::create(table)
    }

    // The server itself refuses to drop what others point at.
    fn drop(&self, table: &QualifiedName, _: bool) -> Vec<Step> {
        vec![Step::Sql(format!("DROP TABLE {}", table.quoted()))]
    }

    fn alter(&self, change: &TableChange) -> Result<Phases> {
        Ok(alter::alter(change))
    }

    fn create_schema(&self, schema: &str) -> Option<Step> {
        Some(schemas::create(schema))
    }

    fn drop_schema(&self, schema: &str) -> Option<Step> {
        Some(schemas::drop(schema))
    }

    fn set_schema(&self, table: &QualifiedName, schema: Option<&str>) -> Vec<Step> {
        schemas::set(table, schema).into()
    }

    fn triggers(&self, trigger: &TriggerDef, columns: Vec<String>) -> Result<Vec<TableTrigger>> {
        triggers::lower(trigger, columns)
    }

    fn trigger_text<'t>(&self, trigger: &'t TriggerDef) -> Option<&'t str> {
        trigger.postgres.as_deref()
    }

    fn with_functions(&self, table: &QualifiedName, triggers: &[&TriggerDef], drop: Vec<Step>) -> Vec<Step> {
        triggers::with_functions(table, triggers, drop)
    }

    fn move_functions(
        &self,
        from: &QualifiedName,
        to: &QualifiedName,
        triggers: &[&TriggerDef],
    ) -> Vec<Step> {
        triggers::move_functions(from, to, triggers)
    }

    fn compared(&self, name: &str) -> String {
        name.to_owned()
    }

    fn reserved_prefix(&self) -> Option<&'static str> {
        None
    }

    // The index of the primary key, and the sequences of columns that count up.
    fn names_beside(&self, table: &TableDef) -> Vec<String> {
        let key = (!table.primary_key.is_empty()).then(|| ddl::primary_key_name(table));
        let counting = table.columns.iter().filter(|column| column.generated);
        let sequences = counting.map(|column| format!("{}_{}_seq", table.name, column.name));
        key.into_iter().chain(sequences).collect()
    }

    fn remade(&self, change: &TableChange) -> Vec<RemadeColumn> {
        remade::remade(change)
    }

    fn around_views(
        &self,
        session: &mut dyn Session,
        columns: &[RemadeColumn],
        work: &mut dyn FnMut(&mut dyn Session) -> Result<()>,
    ) -> Result<()> {
        let aside = ViewsAside::above(session, columns)?;
        aside.drop(session)?;
        work(session)?;
        aside.restore(session)
    }

    fn view_text<'v>(&self, view: &'v ViewDef) -> Option<&'v str> {
        view.postgres.as_deref().or(view.sql.as_deref())
    }

    fn view_statements(&self, from: Option<&DatabaseView>, to: &DatabaseView) -> Vec<String> {
        views::statements(from, to)
    }

    fn create_grants(&self, view: &TableDef) -> Vec<Step> {
        security::create(view)
    }

    fn alter_grants(&self, from: &TableDef, to: &TableDef) -> (Vec<Step>, Vec<Step>) {
        security::alter_grants(from, to)
    }

    fn empty_view(&self, session: &mut dyn Session, view: &QualifiedName) -> Result<()> {
        views::empty(session, view)
    }

    fn replace_view(&self, session: &mut dyn Session, from: &DatabaseView, to: &DatabaseView) -> Result<()> {
        views::replace(session, from, to)
    }

    fn enum_steps(&self, ty: &QualifiedName, change: EnumChange<'_>) -> Result<EnumSteps> {
        types::enum_steps(ty, change)
    }

    fn enum_values(&self, session: &mut dyn Session, ty: &QualifiedName) -> Result<Option<Vec<String>>> {
        types::enum_values(session, ty)
    }

    fn server(&self, change: ServerChange<'_>) -> Result<Vec<Step>> {
        types::server(change)
    }

    fn rename_key(&self, before: &TableDef, after: &TableDef) -> Option<Step> {
        let (old, new) = (ddl::primary_key_name(before), ddl::primary_key_name(after));
        let other = old != new;
        other.then(|| {
            let rename = PartChange::rename(
                after.qualified_name(),
                TablePart::PrimaryKey(old),
                new,
                Vec::new(),
            );
            parts::step(rename)
        })
    }

    fn parts(&self, session: &mut dyn Session, table: &QualifiedName) -> Result<Vec<LivePart>> {
        parts::parts(session, table)
    }

    fn canonical_part(&self, session: &mut dyn Session, part: &TablePart) -> Result<TablePart> {
        parts::canonical(session, part)
    }

    fn rename_part(
        &self,
        session: &mut dyn Session,
        table: &QualifiedName,
        part: &LivePart,
        new: &str,
    ) -> Result<()> {
        parts::rename(session, table, part, new)
    }

    fn drop_part(&self, session: &mut dyn Session, change: &PartChange, part: &LivePart) -> Result<()> {
        parts::drop(session, &change.table, part)
    }

    fn set_aside(&self, session: &mut dyn Session, table: &QualifiedName, column: &str) -> Result<()> {
        set_aside::set_aside(session, table, column)
    }

    fn bring_back(&self, session: &mut dyn Session) -> Result<()> {
        set_aside::bring_back(session)
    }

    fn needs_rebuilds(&self, _: &mut dyn Session) -> Result<bool> {
        Ok(false)
    }

    fn check_free(&self, session: &mut dyn Session, index: &ConcurrentIndex) -> Result<()> {
        alone::check_free(session, index)
    }

    fn run_alone(
        &self,
        session: &mut dyn Session,
        step: &AloneStep,
        again: bool,
        patience: &mut dyn Patience,
    ) -> Result<()> {
        alone::run(session, step, again, patience)
    }

    fn oldest_transaction(&self, session: &mut dyn Session) -> Result<Option<String>> {
        alone::oldest_transaction(session)
    }

    fn forbidden(&self, statement: &[ScriptToken]) -> Option<ForbiddenStatement> {
        script::forbidden(statement)
    }

    fn introspect(&self, session: &mut dyn Session, table: &QualifiedName) -> Result<Option<TableDef>> {
        introspect::introspect(session, table)
    }

    fn tables(&self, session: &mut dyn Session, schema: Option<&str>) -> Result<Vec<String>> {
        introspect::tables(session, schema)
    }

    fn canonical(&self, session: &mut dyn Session, table: &TableDef) -> Result<TableDef> {
        introspect::canonical(session, table)
    }

    // Dropping a table deletes no rows of others here, so nothing has to be switched off.
    fn foreign_keys(&self, _: &mut dyn Session) -> Result<bool> {
        Ok(false)
    }

    fn set_foreign_keys(&self, _: &mut dyn Session, _: bool) -> Result<()> {
        Ok(())
    }

    fn violations(&self, _: &mut dyn Session) -> Result<BTreeMap<Violation, ViolationCount>> {
        Ok(BTreeMap::new())
    }
}
