//! Triggers and policies that name a column keep it from being changed, and what was granted of a column goes with it where it is made anew.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::QualifiedName;
use crate::sql::Session;
use crate::value::Value;

use super::trigger_changes::SETTINGS;

/// The setting of the transaction that holds what was set aside.
const ASIDE: &str = "orm.set_aside";

/// What had to go for a change, and how it comes back.
#[derive(Serialize, Deserialize)]
struct SetAside {
    label: String,
    /// The column that it names.
    column: String,
    create: String,
}

/// Drops those of any table that name a column, and notes them in the server's own words: enabled or disabled, and with their comments.
pub(super) fn set_aside(session: &mut dyn Session, table: &QualifiedName, column: &str) -> Result<()> {
    let (mut aside, mut drops) = (noted(session)?, Vec::new());
    let before = aside.len();
    let quoted = table.quoted();
    session.query(
        &format!(
        "WITH RECURSIVE tables AS (SELECT to_regclass($1::text)::oid AS oid UNION SELECT i.inhrelid FROM pg_inherits AS i JOIN tables ON \
             i.inhparent = tables.oid), named AS (SELECT d.classid, d.objid FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = \
         d.refobjsubid WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid IN (SELECT oid FROM tables) AND a.attname = $2::text GROUP BY 1, 2) \
         SELECT 'trigger ' || t.tgname, format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass), pg_get_triggerdef(t.oid) || '; ' || {SETTINGS} FROM named JOIN pg_trigger AS t ON \
         named.classid = 'pg_trigger'::regclass AND t.oid = named.objid WHERE NOT t.tgisinternal AND t.tgparentid = 0 UNION ALL SELECT 'policy ' || p.polname, \
         format('DROP POLICY %I ON %s', p.polname, p.polrelid::regclass), format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, \
         p.polrelid::regclass, CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN \
         'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END, coalesce((SELECT string_agg(quote_ident(r.rolname), \
         ', ' ORDER BY r.rolname) FROM pg_roles AS r WHERE r.oid = ANY (p.polroles)), 'PUBLIC')) || coalesce(' USING (' || \
         pg_get_expr(p.polqual, p.polrelid) || ')', '') || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '') || \
         CASE WHEN obj_description(p.oid, 'pg_policy') IS NULL THEN '' ELSE format('; COMMENT ON POLICY %I ON %s IS %L', p.polname, \
         p.polrelid::regclass, obj_description(p.oid, 'pg_policy')) END FROM named JOIN pg_policy AS p ON named.classid = \
         'pg_policy'::regclass AND p.oid = named.objid UNION ALL SELECT 'grant', NULL, format('DO %L', format('BEGIN IF (SELECT attacl IS NULL FROM pg_attribute \
         WHERE attrelid = %L::regclass AND attname = %L) THEN %s END IF; END', a.attrelid::regclass::text, a.attname, string_agg(format('GRANT %s (%I) ON \
         %s TO %s%s;', g.privilege_type, a.attname, a.attrelid::regclass, coalesce(quote_ident(r.rolname), 'PUBLIC'), CASE WHEN g.is_grantable THEN ' \
         WITH GRANT OPTION' ELSE '' END), ' '))) FROM pg_attribute AS a CROSS JOIN LATERAL aclexplode(a.attacl) AS g LEFT JOIN pg_roles AS r ON r.oid = \
         g.grantee WHERE a.attrelid IN (SELECT oid FROM tables) AND a.attname = $2::text GROUP BY a.attrelid, a.attname ORDER BY 1"
        ),
        &[Value::from(quoted.as_str()), Value::from(column)],
        &mut |row| {
            drops.extend(row.get::<Option<String>>(1)?);
            aside.push(SetAside {
                label: row.get(0)?,
                column: format!("{table}.{column}"),
                create: row.get(2)?,
            });
            Ok(())
        },
    )?;
    if aside.len() == before {
        return Ok(());
    }
    drops.iter().try_for_each(|drop| session.batch(drop))?;
    note(session, &aside)
}

/// Makes again what was set aside.
pub(super) fn bring_back(session: &mut dyn Session) -> Result<()> {
    let aside = noted(session)?;
    if aside.is_empty() {
        return Ok(());
    }
    for object in &aside {
        session.batch(&object.create).map_err(|error| {
            error.context(format!(
                "the {} names {} and does not fit its new type",
                object.label, object.column
            ))
        })?;
    }
    note(session, &[])
}

fn noted(session: &mut dyn Session) -> Result<Vec<SetAside>> {
    let mut noted = None;
    session.query(
        "SELECT nullif(current_setting($1::text, true), '')",
        &[Value::from(ASIDE)],
        &mut |row| {
            noted = row.get::<Option<String>>(0)?;
            Ok(())
        },
    )?;
    let noted = noted.map(|json| serde_json::from_str(&json)).transpose();
    let noted =
        noted.map_err(|source| Error::internal("what was set aside cannot be read").with_source(source));
    Ok(noted?.unwrap_or_default())
}

fn note(session: &mut dyn Session, aside: &[SetAside]) -> Result<()> {
    let json = serde_json::to_string(aside)
        .map_err(|source| Error::internal("what is set aside cannot be written").with_source(source))?;
    session.query(
        "SELECT set_config($1::text, $2::text, true)",
        &[Value::from(ASIDE), Value::from(json.as_str())],
        &mut |_| Ok(()),
    )
}
