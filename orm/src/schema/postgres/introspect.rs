//! Reads a Postgres database back: the current schema, from its catalog.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::{Deferrable, IndexMethod, NullsOrder, QualifiedName, ReferentialAction};
use crate::sql::{Session, quote};
use crate::value::{Row, Value};

use super::super::{
    CheckDef, ColumnDef, ComputedDef, ForeignKeyDef, IndexColumn, TableDef, TableExclusion, TableIndex,
    TableIndexKey, TableUnique,
};
use super::{ddl, exclusion, identity, security, triggers};

/// Names of the tables of a schema, in order, without those of extensions; `None` is the current one.
pub(super) fn tables(session: &mut dyn Session, schema: Option<&str>) -> Result<Vec<String>> {
    let mut names = Vec::new();
    session.query(
        "SELECT c.relname::text FROM pg_class AS c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = (SELECT \
         n.oid FROM pg_namespace AS n WHERE n.nspname = coalesce($1::text, current_schema())) AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND \
         d.objid = c.oid AND d.deptype = 'e') ORDER BY c.relname::text COLLATE \"C\"",
        &[schema.map_or(Value::Null, Value::from)],
        &mut |row| {
            names.push(row.get::<String>(0)?);
            Ok(())
        },
    )?;
    Ok(names)
}

/// The schema of a name, as [`NAMESPACE`] takes it.
pub(super) fn schema(name: &QualifiedName) -> Value<'_> {
    name.schema.as_deref().map_or(Value::Null, Value::from)
}

/// The number of the schema `$2`; NULL is the current one.
pub(super) const NAMESPACE: &str = "CASE $2::text WHEN 'pg_temp' THEN pg_my_temp_schema() ELSE (SELECT n.oid FROM pg_namespace AS n \
                                    WHERE n.nspname = coalesce($2::text, current_schema())) END";

pub(super) fn introspect(session: &mut dyn Session, table: &QualifiedName) -> Result<Option<TableDef>> {
    // An object's number as text: the driver reads whole numbers of three widths, and this is not one of them.
    let mut found: Option<(String, Option<String>, String)> = None;
    session.query(
        &format!(
            "SELECT c.oid::text, obj_description(c.oid, 'pg_class'), coalesce(array_to_json(c.reloptions)::text, '[]') FROM \
             pg_class AS c WHERE c.relname = $1 AND c.relkind IN ('r', 'p') AND c.relnamespace = {NAMESPACE}"
        ),
        &[Value::from(table.name.as_str()), schema(table)],
        &mut |row| {
            found = Some((row.get(0)?, row.get(1)?, row.get(2)?));
            Ok(())
        },
    )?;
    let Some((oid, comment, parameters)) = found else {
        return Ok(None);
    };
    let mut out = TableDef::new(&table.name);
    out.schema.clone_from(&table.schema);
    out.comment = comment;
    out.storage.parameters = storage_parameters(&parameters)?;
    columns(session, &oid, &mut out)?;
    constraints(session, &oid, &mut out)?;
    indexes(session, &oid, &mut out)?;
    out.triggers = triggers::introspect(session, &oid)?;
    security::introspect(session, &oid, &mut out)?;
    Ok(Some(out))
}

/// From the catalog's list of `name=value`.
fn storage_parameters(json: &str) -> Result<BTreeMap<String, String>> {
    let all = list(json)?;
    let all = all.iter().filter_map(|set| set.split_once('='));
    Ok(all
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

/// A foreign key as it is read: what is found by `search_path` needs no schema.
pub(super) fn as_found(session: &mut dyn Session, key: &ForeignKeyDef) -> Result<ForeignKeyDef> {
    let mut key = key.clone();
    if let Some(schema) = &key.target.schema {
        let (target, mut visible) = (key.target.quoted(), false);
        session.query(
            "SELECT coalesce(pg_table_is_visible(to_regclass($1::text)), $2::text = current_schema(), false)",
            &[Value::from(target.as_str()), Value::from(schema.as_str())],
            &mut |row| {
                visible = row.get(0)?;
                Ok(())
            },
        )?;
        if visible {
            key.target.schema = None;
        }
    }
    Ok(key)
}

fn columns(session: &mut dyn Session, oid: &str, table: &mut TableDef) -> Result<()> {
    session.query(
        &format!("SELECT a.attname::text, CASE WHEN e.typnamespace <> 'pg_catalog'::regnamespace AND a.atttypmod = -1 THEN \
         CASE WHEN pg_type_is_visible(e.oid) THEN '' ELSE '\"' || (SELECT replace(n.nspname, '\"', '\"\"') FROM pg_namespace AS n \
         WHERE n.oid = e.typnamespace) || '\".' END || '\"' || replace(e.typname, '\"', '\"\"') || '\"' || CASE WHEN e.oid = t.oid THEN '' ELSE '[]' END \
         ELSE format_type(a.atttypid, a.atttypmod) END, a.attnotnull, \
         pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, col_description(a.attrelid, a.attnum), a.attgenerated::text, \
         (SELECT l.collname::text FROM pg_collation AS l WHERE l.oid = a.attcollation AND l.oid <> t.typcollation), {} FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid JOIN pg_type AS e ON e.oid = CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid \
         AND d.adnum = a.attnum WHERE a.attrelid = $1::text::oid AND a.attnum > 0 AND NOT \
         a.attisdropped ORDER BY a.attnum", identity::OPTIONS),
        &[Value::from(oid)],
        &mut |row| {
            let expression: Option<String> = row.get(3)?;
            let (default, computed) = match (row.get::<String>(6)?.as_str(), expression) {
                ("" | " ", default) => (default, None),
                (_, None) => {
                    return Err(Error::internal("the catalog has no expression of a generated column"));
                }
                (kind, Some(sql)) => {
                    let computed = ComputedDef {
                        sql: without_parentheses(&sql).to_owned(),
                        stored: kind == "s",
                    };
                    (None, Some(computed))
                }
            };
            let ty = spelled(&row.get::<String>(1)?);
            let options: Option<String> = row.get(8)?;
            let identity = identity::read(&ty, &row.get::<String>(4)?, options.as_deref())?;
            table.columns.push(ColumnDef {
                name: row.get(0)?,
                ty,
                collation: row.get(7)?,
                null: !row.get::<bool>(2)?,
                default,
                generated: identity.is_some(),
                identity: identity.unwrap_or_default(),
                computed,
                comment: row.get(5)?,
            });
            Ok(())
        },
    )
}

/// The type as we spell it.
fn spelled(ty: &str) -> String {
    if let Some(element) = ty.strip_suffix("[]") {
        return format!("{}[]", spelled(element));
    }
    match ty {
        "timestamp without time zone" => "timestamp".to_owned(),
        "timestamp with time zone" => "timestamptz".to_owned(),
        "time without time zone" => "time".to_owned(),
        other => other.replace("character varying", "varchar"),
    }
}

fn constraints(session: &mut dyn Session, oid: &str, table: &mut TableDef) -> Result<()> {
    // Names as JSON: an array of strings is not one of our column types.
    let names = |relation: &str, key: &str| {
        format!(
            "(SELECT json_agg(a.attname ORDER BY k.place)::text FROM unnest({key}) WITH ORDINALITY AS k (number, place) JOIN \
             pg_attribute AS a ON a.attrelid = {relation} AND a.attnum = k.number)"
        )
    };
    session.query(
        &format!(
            "SELECT c.conname::text, c.contype::text, {}, coalesce({}, '[]'), t.relname::text, c.confdeltype::text, \
             c.condeferred, c.condeferrable, c.confupdtype::text, pg_get_expr(c.conbin, c.conrelid), coalesce({}, '[]'), \
             coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false), NOT c.convalidated, (SELECT n.nspname::text FROM pg_namespace AS n WHERE n.oid = t.relnamespace AND NOT \
             pg_table_is_visible(t.oid)) FROM pg_constraint AS c LEFT JOIN pg_class AS t \
             ON t.oid = c.confrelid LEFT JOIN pg_index AS i ON i.indexrelid = c.conindid AND c.contype = 'u' WHERE c.conrelid = \
             $1::text::oid AND c.contype IN ('p', 'u', 'c', \
             'f') ORDER BY c.conname",
            names("c.conrelid", "c.conkey"),
            names("c.confrelid", "c.confkey"),
            names("c.conrelid", "(i.indkey::smallint[])[i.indnkeyatts : i.indnatts - 1]"),
        ),
        &[Value::from(oid)],
        &mut |row| constraint(row, table),
    )
}

fn constraint(row: &Row<'_>, table: &mut TableDef) -> Result<()> {
    let name: String = row.get(0)?;
    // A check that names no column has no list of them.
    let columns = list(&row.get::<Option<String>>(2)?.unwrap_or_else(|| "[]".to_owned()))?;
    match row.get::<String>(1)?.as_str() {
        "p" => table.primary_key = columns,
        "u" => table.uniques.push(TableUnique {
            include: list(&row.get::<String>(10)?)?,
            nulls_not_distinct: row.get(11)?,
            deferrable: deferrable(row.get(7)?, row.get(6)?),
            ..TableUnique::over(name, columns)
        }),
        "c" => {
            let sql: String = row.get(9)?;
            table.checks.push(CheckDef {
                name,
                sql: without_parentheses(&sql).to_owned(),
                column: columns.first().filter(|_| columns.len() == 1).cloned(),
                not_valid: row.get(12)?,
            });
        }
        _ => table.foreign_keys.push(ForeignKeyDef {
            name,
            columns,
            target: QualifiedName::new(row.get(13)?, row.get::<String>(4)?),
            target_columns: list(&row.get::<String>(3)?)?,
            on_delete: action(&row.get::<String>(5)?)?,
            on_update: action(&row.get::<String>(8)?)?,
            deferrable: deferrable(row.get(7)?, row.get(6)?),
            not_valid: row.get(12)?,
        }),
    }
    Ok(())
}

/// When a constraint is checked, by what the catalog says of it.
pub(super) fn deferrable(deferrable: bool, deferred: bool) -> Deferrable {
    match (deferrable, deferred) {
        (false, _) => Deferrable::No,
        (true, false) => Deferrable::Immediate,
        (true, true) => Deferrable::Deferred,
    }
}

/// An action by the letter that the catalog has for it.
fn action(letter: &str) -> Result<ReferentialAction> {
    match letter {
        "a" => Ok(ReferentialAction::NoAction),
        "c" => Ok(ReferentialAction::Cascade),
        "r" => Ok(ReferentialAction::Restrict),
        "n" => Ok(ReferentialAction::SetNull),
        "d" => Ok(ReferentialAction::SetDefault),
        _ => Err(Error::migration(
            "the catalog has a foreign key with an action that is not known",
        )),
    }
}

pub(super) fn list(json: &str) -> Result<Vec<String>> {
    serde_json::from_str(json)
        .map_err(|source| Error::migration("the catalog lists names in an unknown form").with_source(source))
}

/// The server puts a whole condition into parentheses of its own.
pub(super) fn without_parentheses(sql: &str) -> &str {
    let Some(inner) = sql.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
        return sql;
    };
    let mut depth = 0_i32;
    let mut quoted = None;
    for character in inner.chars() {
        match (quoted, character) {
            (None, '\'' | '"') => quoted = Some(character),
            (Some(quote), character) if quote == character => quoted = None,
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return sql;
        }
    }
    inner
}

/// One place of an index, as the catalog has it.
#[derive(serde::Deserialize)]
struct CatalogPart {
    /// Its column; none for what is computed.
    column: Option<String>,
    expression: Option<String>,
    descending: bool,
    nulls_first: bool,
    collation: Option<String>,
    operator_class: Option<String>,
    /// Whether rows are found by it; otherwise the index holds it beside.
    key: bool,
}

impl CatalogPart {
    fn read(self) -> Result<IndexColumn> {
        let key = match (self.column, self.expression) {
            (Some(column), _) => TableIndexKey::Column(column),
            (None, Some(sql)) => TableIndexKey::Expression(without_parentheses(&sql).to_owned()),
            (None, None) => return Err(Error::internal("the catalog has no expression of an index")),
        };
        let nulls = match self.nulls_first {
            true => NullsOrder::First,
            false => NullsOrder::Last,
        };
        Ok(IndexColumn {
            key,
            descending: self.descending,
            // They come first where the order descends, unless somebody said otherwise.
            nulls: (self.nulls_first != self.descending).then_some(nulls),
            collation: self.collation,
            operator_class: self.operator_class,
        })
    }
}

fn indexes(session: &mut dyn Session, oid: &str, table: &mut TableDef) -> Result<()> {
    // A collation counts as given if it is not the column's, or for what is computed not the database's own.
    session.query(
        "SELECT c.relname::text, i.indisunique, (SELECT json_agg(json_build_object('column', a.attname, 'expression', CASE WHEN \
         k.number = 0 THEN pg_get_indexdef(i.indexrelid, k.place::integer, false) END, 'descending', coalesce(i.indoption[k.place \
         - 1] & 1 = 1, false), 'nulls_first', coalesce(i.indoption[k.place - 1] & 2 = 2, false), 'collation', (SELECT l.collname \
         FROM pg_collation AS l WHERE l.oid = i.indcollation[k.place - 1] AND l.oid <> coalesce(a.attcollation, \
         '\"default\"'::regcollation)), 'operator_class', (SELECT o.opcname FROM pg_opclass AS o WHERE o.oid = i.indclass[k.place \
         - 1] AND NOT o.opcdefault), 'key', k.place <= i.indnkeyatts) ORDER BY k.place)::text FROM \
         unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (number, place) LEFT JOIN pg_attribute AS a ON a.attrelid = \
         i.indrelid AND a.attnum = k.number AND k.number <> 0), pg_get_expr(i.indpred, i.indrelid), m.amname::text, \
         coalesce(array_to_json(c.reloptions)::text, '[]'), coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false), \
         (SELECT json_agg(o.oprname ORDER BY u.place)::text FROM unnest(x.conexclop) WITH ORDINALITY AS u (number, place) JOIN \
         pg_operator AS o ON o.oid = u.number), coalesce(x.condeferrable, false), coalesce(x.condeferred, false) FROM \
         pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS m ON m.oid = c.relam LEFT JOIN pg_constraint AS x \
         ON x.conindid = i.indexrelid AND x.conrelid = i.indrelid AND x.contype = 'x' WHERE i.indrelid = $1::text::oid AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE \
         k.conindid = i.indexrelid AND k.contype IN ('p', 'u') AND k.conrelid = i.indrelid) ORDER BY c.relname",
        &[Value::from(oid)],
        &mut |row| {
            let parts: Vec<CatalogPart> = serde_json::from_str(&row.get::<String>(2)?).map_err(|source| {
                Error::migration("the catalog lists the parts of an index in an unknown form").with_source(source)
            })?;
            let method: String = row.get(4)?;
            // One of an extension is nothing that a model can say.
            let Some(method) = IndexMethod::ALL.into_iter().find(|known| known.name() == method) else {
                return Ok(());
            };
            let (keys, beside): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part.key);
            let with = storage_parameters(&row.get::<String>(5)?)?;
            let condition: Option<String> = row.get(3)?;
            let index = TableIndex {
                name: row.get(0)?,
                unique: row.get(1)?,
                columns: keys.into_iter().map(CatalogPart::read).collect::<Result<_>>()?,
                condition: condition.map(|sql| without_parentheses(&sql).to_owned()),
                include: beside.into_iter().filter_map(|part| part.column).collect(),
                method,
                with,
                nulls_not_distinct: row.get(6)?,
                tokenizer: None,
            };
            match row.get::<Option<String>>(7)? {
                Some(operators) => table.exclusions.push(TableExclusion {
                    index,
                    operators: list(&operators)?.into_iter().map(Into::into).collect(),
                    deferrable: deferrable(row.get(8)?, row.get(9)?),
                }),
                None => table.indexes.push(index),
            }
            Ok(())
        },
    )
}

/// Creates the table as a temporary one, reads it back and drops it, because the server rewrites expressions when
/// it stores them. Only what it rewrites is taken from there: whatever else a table lacks must show when the result is
/// compared with it.
pub(super) fn canonical(session: &mut dyn Session, table: &TableDef) -> Result<TableDef> {
    let temporary = format!("pg_temp.{}", quote(&table.name));
    let sql = ddl::create_table(table, &temporary, "TEMPORARY TABLE");
    session.batch(&sql)?;
    for index in table
        .indexes
        .iter()
        .filter(|index| index.has_expressions() || index.has_classes())
    {
        session.batch(&ddl::create_index_on(&temporary, index))?;
    }
    for exclusion in &table.exclusions {
        session.batch(&format!(
            "ALTER TABLE {temporary} ADD {}",
            exclusion::exclude(exclusion)
        ))?;
    }
    let read = introspect(
        session,
        &QualifiedName::new(Some("pg_temp".to_owned()), &table.name),
    );
    let mut out = table.clone();
    triggers::canonical(session, &temporary, &mut out.triggers)?;
    security::canonical(session, &temporary, &mut out.policies)?;
    session.batch(&format!("DROP TABLE {temporary}"))?;
    let read = read?.ok_or_else(|| Error::migration("a temporary table disappeared"))?;
    for key in &mut out.foreign_keys {
        *key = as_found(session, key)?;
    }
    for column in &mut out.columns {
        if let Some(stored) = read.column(&column.name) {
            // Which schema of a type goes without saying.
            if column.ty.starts_with('"') {
                column.ty.clone_from(&stored.ty);
            }
            match (&mut column.default, &stored.default) {
                (Some(default), Some(stored)) => default.clone_from(stored),
                // The server drops a default that says nothing.
                (Some(default), None) if default.eq_ignore_ascii_case("NULL") => column.default = None,
                _ => {}
            }
            column.identity = stored.identity;
            if let (Some(computed), Some(stored)) = (&mut column.computed, &stored.computed) {
                computed.sql.clone_from(&stored.sql);
            }
        }
    }
    for check in &mut out.checks {
        if let Some(stored) = read.checks.iter().find(|stored| stored.name == check.name) {
            check.sql.clone_from(&stored.sql);
        }
    }
    for exclusion in &mut out.exclusions {
        if let Some(stored) = (read.exclusions.iter()).find(|stored| stored.name() == exclusion.name()) {
            exclusion.index.columns.clone_from(&stored.index.columns);
            exclusion.index.condition.clone_from(&stored.index.condition);
        }
    }
    for index in &mut out.indexes {
        if let Some(stored) = read.indexes.iter().find(|stored| stored.name == index.name) {
            for (part, stored) in index.columns.iter_mut().zip(&stored.columns) {
                // The default of a type goes without saying.
                part.collation = part.collation.take().filter(|_| stored.collation.is_some());
                part.operator_class = part
                    .operator_class
                    .take()
                    .filter(|_| stored.operator_class.is_some());
                if let TableIndexKey::Expression(_) = part.key {
                    part.key.clone_from(&stored.key);
                    // An expression may have a collation of its own.
                    part.collation = part.collation.take().or_else(|| stored.collation.clone());
                }
            }
            if let (Some(condition), Some(stored)) = (&mut index.condition, &stored.condition) {
                condition.clone_from(stored);
            }
        }
    }
    Ok(out)
}
