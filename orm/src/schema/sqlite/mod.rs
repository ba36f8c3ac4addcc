//! SQLite's half of the floor: its types, its functions, and what only it needs.

mod alter;
mod array_bytes;
mod arrays;
mod canonical;
mod convert;
mod ddl;
mod guards;
mod introspect;
mod named;
mod parse;
mod parts;
mod preserve;
mod rebuild;
mod script;
mod search;
#[cfg(all(test, feature = "sqlite", feature = "postgres"))]
mod tests;
mod trigger_body;
mod triggers;
mod views;

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::model::{DbDefault, FieldDef, ModelDef, QualifiedName, TriggerDef, ViewDef};
use crate::sql::{ScriptToken, Session, quote};
use crate::value::range_form::RangeValue;
use crate::value::{ArrayType, FieldType, Literal, multirange_form};

use super::diff::{Phases, TableChange};
use super::enums::EnumSteps;
use super::foreign_key_suspension::{Violation, ViolationCount};
use super::literal::quote_text;
use super::script::ForbiddenStatement;
use super::table_part::{LivePart, PartChange, TablePart};
use super::view::DatabaseView;
use super::{
    Backend, CheckDef, EnumChange, ServerChange, Step, TableDef, TableIndex, TableTrigger, whole_numbers,
};

pub use rebuild::Rebuild;

pub(super) struct Sqlite;

impl Backend for Sqlite {
    fn bool_literal(&self, value: bool) -> &'static str {
        if value { "1" } else { "0" }
    }

    fn text_literal(&self, text: &str) -> Result<String> {
        quote_text(text)
    }

    fn uuid_literal(&self, hex: &str) -> String {
        format!("X'{hex}'")
    }

    fn typed_literal(&self, _: FieldType, _: &str, bytes: &[u8]) -> String {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("X'{digits}'")
    }

    fn bytes_literal(&self, hex: &str) -> String {
        format!("X'{hex}'")
    }

    fn decimal_literal(&self, text: &str) -> String {
        format!("'{text}'")
    }

    fn duration_literal(&self, micros: i64) -> String {
        match micros {
            // The number without its sign would not be one of 64 bits.
            i64::MIN => "(-9223372036854775807 - 1)".to_owned(),
            micros => micros.to_string(),
        }
    }

    fn infinity_literal(&self, positive: bool) -> &'static str {
        if positive { "9e999" } else { "-9e999" }
    }

    fn multirange_literal(&self, _: FieldType, ranges: &[RangeValue]) -> Result<String> {
        quote_text(&multirange_form::to_json_text(ranges))
    }

    fn array_literal(&self, ty: ArrayType, items: &[Literal]) -> Result<String> {
        quote_text(&arrays::literal(ty, items)?)
    }

    // Numbers there are, but a decimal is a text without zeros at its end; the zero added takes the sign off a zero, which
    // a number just below may be rounded to.
    fn computed_decimal(&self, sql: &str, places: Option<u32>) -> Option<String> {
        let places_given = places?;
        let text = format!("printf('%.{places_given}f', round({sql}, {places_given}) + 0.0)");
        let text = match places? {
            0 => text,
            _ => format!("rtrim(rtrim({text}, '0'), '.')"),
        };
        // Nothing has a text too.
        Some(format!("CASE WHEN ({sql}) IS NOT NULL THEN {text} END"))
    }

    fn named_collation<'f>(&self, field: &'f FieldDef) -> Option<&'f str> {
        named::collation(field)
    }

    fn column_type(&self, _: &str, base: &FieldDef) -> Result<String> {
        let own = match base.ty {
            FieldType::Bool
            | FieldType::TinyInt
            | FieldType::SmallInt
            | FieldType::Int
            | FieldType::BigInt
            | FieldType::UnsignedTinyInt
            | FieldType::UnsignedSmallInt
            | FieldType::UnsignedInt
            | FieldType::UnsignedBigInt
            | FieldType::Duration => "INTEGER",
            FieldType::Real | FieldType::Double => "REAL",
            FieldType::Bytes
            | FieldType::Uuid
            | FieldType::IpAddress
            | FieldType::Ipv4Address
            | FieldType::Ipv6Address
            | FieldType::Inet
            | FieldType::Cidr
            | FieldType::MacAddress
            | FieldType::IntRange
            | FieldType::BigIntRange
            | FieldType::DecimalRange
            | FieldType::DateRange
            | FieldType::DateTimeRange
            | FieldType::TimestampRange => "BLOB",
            FieldType::Text
            | FieldType::Date
            | FieldType::Time
            | FieldType::DateTime
            | FieldType::Timestamp
            | FieldType::Decimal
            | FieldType::Json
            | FieldType::Array(_)
            | FieldType::IntMultirange
            | FieldType::BigIntMultirange
            | FieldType::DecimalMultirange
            | FieldType::DateMultirange
            | FieldType::DateTimeMultirange
            | FieldType::TimestampMultirange
            | FieldType::Choices => "TEXT",
            FieldType::ForeignKey | FieldType::OneToOne | FieldType::ManyToMany => {
                return Err(Error::config("a relation has the type of what it points at"));
            }
        };
        if let Some(db_type) = &base.db_type {
            named::check(db_type, own)?;
        }
        Ok(own.to_owned())
    }

    fn column_check(&self, column: &str, field: &FieldDef) -> Result<Option<String>> {
        let name = quote(column);
        let mut parts = Vec::new();
        match field.ty {
            FieldType::Bool => parts.push(format!("{name} IN (0, 1)")),
            ty if ty.is_integer() => {
                parts.extend(whole_numbers::check(&name, field, &(i64::MIN..=i64::MAX))?);
            }
            FieldType::Uuid => parts.push(format!("length({name}) = 16")),
            FieldType::MacAddress => parts.push(format!("length({name}) = 6")),
            // Before 3.43 NULL was not valid, and not unknown either.
            FieldType::Json => parts.push(format!("{name} IS NULL OR json_valid({name})")),
            FieldType::Choices if !field.choices.is_empty() => {
                let choices = field
                    .choices
                    .iter()
                    .map(|choice| quote_text(choice))
                    .collect::<Result<Vec<_>>>()?;
                parts.push(format!("{name} IN ({})", choices.join(", ")));
            }
            FieldType::Decimal => parts.extend(digits(&name, field)?),
            FieldType::Array(array) => return arrays::check(&name, array, field).map(Some),
            ty if let Some(ranges) = ty.range().and_then(ArrayType::of) => {
                parts.push(arrays::check(&name, ranges, field)?);
                parts.push(arrays::without(&name, array_bytes::EMPTY_RANGE));
            }
            ty => parts.extend(canonical::canonical(ty, &name)),
        }
        if let (FieldType::Text | FieldType::Choices, Some(length)) = (field.ty, field.max_length) {
            parts.push(format!("length({name}) <= {length}"));
        }
        Ok((!parts.is_empty()).then(|| parts.join(" AND ")))
    }

    fn db_default(&self, default: &DbDefault, ty: FieldType) -> Result<String> {
        // The widths of value/chrono.rs; SQLite's clock has milliseconds.
        match (default, ty) {
            (DbDefault::Now, FieldType::Date) => Ok("strftime('%Y-%m-%d', 'now')".to_owned()),
            (DbDefault::Now, FieldType::Time) => Ok("strftime('%H:%M:%f000', 'now')".to_owned()),
            (DbDefault::Now, FieldType::DateTime) => Ok("strftime('%Y-%m-%dT%H:%M:%f000', 'now')".to_owned()),
            (DbDefault::Now, FieldType::Timestamp) => {
                Ok("strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')".to_owned())
            }
            (DbDefault::Now, _) => Err(Error::config("db_default = now needs a date or a time")),
            // Version 4: the 13th digit is 4, the 17th is 8, 9, a or b.
            (DbDefault::RandomUuid, FieldType::Uuid) => Ok(
                "unhex(hex(randomblob(6)) || '4' || substr(hex(randomblob(2)), 2) || substr('89AB', 1 + (random() & 3), 1) \
                 || substr(hex(randomblob(2)), 2) || hex(randomblob(6)))"
                    .to_owned(),
            ),
            (DbDefault::RandomUuid, _) => Err(Error::config("db_default = random_uuid needs a UUID")),
            (DbDefault::Sql { sqlite: Some(sql), .. }, _) => Ok(sql.clone()),
            (DbDefault::Sql { sqlite: None, .. }, _) => {
                Err(Error::unsupported("db_default has no SQL for sqlite")
                    .with_hint("write db_default(sqlite = \"…\", postgres = \"…\")"))
            }
        }
    }

    fn create(&self, table: &TableDef) -> Vec<Step> {
        ddl::create(table)
    }

    fn drop_searches(&self, model: &ModelDef) -> Vec<Step> {
        let searches = model.searches();
        searches
            .flat_map(|(index, _)| search::drop(&index.name))
            .map(Step::Sql)
            .collect()
    }

    fn around_rename(&self, before: &TableDef, after: &TableDef) -> (Vec<Step>, Vec<Step>) {
        search::around_rename(before, after)
    }

    fn drop(&self, table: &QualifiedName, restricts_itself: bool) -> Vec<Step> {
        let table = &table.name;
        let sql = ddl::drop_table(table);
        let drop = if restricts_itself {
            Step::WithoutKeys(sql)
        } else {
            Step::Sql(sql)
        };
        vec![guards::no_children(table), drop]
    }

    fn alter(&self, change: &TableChange) -> Result<Phases> {
        alter::alter(change)
    }

    // A model in a schema is refused when it is lowered.
    fn create_schema(&self, _: &str) -> Option<Step> {
        None
    }

    fn drop_schema(&self, _: &str) -> Option<Step> {
        None
    }

    fn set_schema(&self, _: &QualifiedName, _: Option<&str>) -> Vec<Step> {
        Vec::new()
    }

    fn triggers(&self, trigger: &TriggerDef, columns: Vec<String>) -> Result<Vec<TableTrigger>> {
        triggers::lower(trigger, &columns)
    }

    fn compared(&self, name: &str) -> String {
        name.to_ascii_lowercase()
    }

    fn reserved_prefix(&self) -> Option<&'static str> {
        Some("sqlite_")
    }

    fn names_beside(&self, _: &TableDef) -> Vec<String> {
        Vec::new()
    }

    fn view_text<'v>(&self, view: &'v ViewDef) -> Option<&'v str> {
        view.sqlite.as_deref().or(view.sql.as_deref())
    }

    fn view_statements(&self, from: Option<&DatabaseView>, to: &DatabaseView) -> Vec<String> {
        views::statements(from, to)
    }

    fn empty_view(&self, session: &mut dyn Session, view: &QualifiedName) -> Result<()> {
        views::empty(session, view)
    }

    fn replace_view(&self, session: &mut dyn Session, from: &DatabaseView, to: &DatabaseView) -> Result<()> {
        views::replace(session, from, to)
    }

    // The checks beside the columns say what a type would.
    fn enum_steps(&self, _: &QualifiedName, change: EnumChange<'_>) -> Result<EnumSteps> {
        Ok(EnumSteps {
            tables: !matches!(change, EnumChange::Create(_) | EnumChange::Delete),
            ..EnumSteps::default()
        })
    }

    fn enum_values(&self, _: &mut dyn Session, _: &QualifiedName) -> Result<Option<Vec<String>>> {
        Ok(None)
    }

    fn server(&self, _: ServerChange<'_>) -> Result<Vec<Step>> {
        Ok(Vec::new())
    }

    fn rename_key(&self, _: &TableDef, _: &TableDef) -> Option<Step> {
        None
    }

    fn parts(&self, session: &mut dyn Session, table: &QualifiedName) -> Result<Vec<LivePart>> {
        parts::parts(session, &table.name)
    }

    fn canonical_part(&self, _: &mut dyn Session, part: &TablePart) -> Result<TablePart> {
        Ok(part.clone())
    }

    fn rename_part(
        &self,
        session: &mut dyn Session,
        table: &QualifiedName,
        part: &LivePart,
        new: &str,
    ) -> Result<()> {
        parts::rename(session, &table.name, part, new)
    }

    fn drop_part(&self, session: &mut dyn Session, change: &PartChange, part: &LivePart) -> Result<()> {
        parts::drop(session, change, part)
    }

    fn needs_rebuilds(&self, session: &mut dyn Session) -> Result<bool> {
        let unique = "SELECT count(*) FROM sqlite_master AS m, pragma_index_list(m.name) AS i WHERE m.type = 'table' AND \
                      i.origin = 'u'";
        Ok(super::step::count(session, unique)? > 0)
    }

    fn forbidden(&self, statement: &[ScriptToken]) -> Option<ForbiddenStatement> {
        script::forbidden(statement)
    }

    fn introspect(&self, session: &mut dyn Session, table: &QualifiedName) -> Result<Option<TableDef>> {
        match table.schema {
            Some(_) => Ok(None),
            None => introspect::introspect(session, &table.name),
        }
    }

    fn tables(&self, session: &mut dyn Session, schema: Option<&str>) -> Result<Vec<String>> {
        match schema {
            Some(_) => Ok(Vec::new()),
            None => introspect::tables(session),
        }
    }

    // SQLite keeps the text of expressions as it was written. Names inside a table stay what they were when the table or a
    // column got another; no statement can say them, so those that are there are the ones to compare with.
    fn canonical(&self, session: &mut dyn Session, table: &TableDef) -> Result<TableDef> {
        let mut out = table.clone();
        let Some(live) = introspect::introspect(session, &table.name)? else {
            return Ok(out);
        };
        for check in out.checks.iter_mut().filter(|check| check.column.is_some()) {
            let same = |live: &&CheckDef| live.sql == check.sql && live.column == check.column;
            if let Some(live) = live.checks.iter().find(same) {
                check.name.clone_from(&live.name);
            }
        }
        for key in &mut out.foreign_keys {
            if let Some(live) = live.foreign_keys.iter().find(|live| live.columns == key.columns) {
                key.name.clone_from(&live.name);
            }
        }
        Ok(out)
    }

    fn foreign_keys(&self, session: &mut dyn Session) -> Result<bool> {
        Ok(super::step::count(session, "PRAGMA foreign_keys")? != 0)
    }

    fn set_foreign_keys(&self, session: &mut dyn Session, on: bool) -> Result<()> {
        session.batch(if on {
            "PRAGMA foreign_keys = ON"
        } else {
            "PRAGMA foreign_keys = OFF"
        })
    }

    fn check_trigger(&self, session: &mut dyn Session, name: &str, tables_come: bool) -> Result<()> {
        triggers::check(session, name, tables_come)
    }

    fn trigger_text<'t>(&self, trigger: &'t TriggerDef) -> Option<&'t str> {
        trigger.sqlite.as_deref()
    }

    fn drop_trigger(&self, session: &mut dyn Session, table: &str, name: &str) -> Result<()> {
        triggers::drop(session, table, name)
    }

    fn unreadable_views(&self, session: &mut dyn Session) -> Result<BTreeSet<String>> {
        preserve::unreadable_views(session)
    }

    fn triggers_of_index(&self, index: &TableIndex) -> Vec<String> {
        search::triggers(index)
    }

    fn violations(&self, session: &mut dyn Session) -> Result<BTreeMap<Violation, ViolationCount>> {
        introspect::violations(session)
    }
}

/// The text of a decimal is canonical, and has no more digits than the field says and a `Decimal` can have.
fn digits(name: &str, field: &FieldDef) -> Result<Vec<String>> {
    let places = |places: u32| format!("length({name}) - instr({name} || '.', '.') <= {places}");
    let mut parts = Vec::from_iter(canonical::canonical(FieldType::Decimal, name));
    match (field.max_digits, field.decimal_places) {
        (Some(digits), Some(scale)) => {
            let Some(whole) = digits.checked_sub(scale) else {
                return Err(Error::config("decimal_places is greater than max_digits"));
            };
            parts.extend([
                places(scale),
                format!("length(ltrim(substr({name}, 1, instr({name} || '.', '.') - 1), '-0')) <= {whole}"),
            ]);
        }
        (Some(digits), None) => parts.push(format!(
            "length(ltrim(replace({name}, '.', ''), '-0')) <= {digits}"
        )),
        (None, Some(scale)) => parts.push(places(scale)),
        (None, None) => {}
    }
    if field.max_digits.is_none_or(|digits| digits > 28) || field.decimal_places.is_none() {
        parts.extend([
            format!("length(ltrim(replace({name}, '.', ''), '-')) <= 29"),
            format!("abs(CAST({name} AS REAL)) <= 79228162514264337593543950335.0"),
        ]);
    }
    Ok(parts)
}
