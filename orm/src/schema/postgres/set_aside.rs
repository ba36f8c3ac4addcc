//! Triggers and policies that name a column keep its type from being changed.

use crate::error::Result;
use crate::model::QualifiedName;
use crate::sql::Session;
use crate::value::Value;

use super::super::retype::SetAside;

/// Those of any table that name a column, in the server's own words: enabled or disabled, and with their comments.
pub(super) fn set_aside(
    session: &mut dyn Session,
    table: &QualifiedName,
    column: &str,
) -> Result<Vec<SetAside>> {
    let mut found = Vec::new();
    let quoted = table.quoted();
    session.query(
        "WITH named AS (SELECT d.classid, d.objid FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = \
         d.refobjsubid WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass($1::text) AND a.attname = $2::text GROUP BY 1, 2) \
         SELECT 'trigger ' || t.tgname, format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass), pg_get_triggerdef(t.oid) || CASE \
         t.tgenabled WHEN 'O' THEN '' ELSE format('; ALTER TABLE %s %s TRIGGER %I', t.tgrelid::regclass, CASE t.tgenabled WHEN 'D' THEN \
         'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, t.tgname) END || CASE WHEN obj_description(t.oid, 'pg_trigger') IS NULL THEN '' ELSE format('; COMMENT ON TRIGGER %I ON %s \
         IS %L', t.tgname, t.tgrelid::regclass, obj_description(t.oid, 'pg_trigger')) END FROM named JOIN pg_trigger AS t ON \
         named.classid = 'pg_trigger'::regclass AND t.oid = named.objid WHERE NOT t.tgisinternal UNION ALL SELECT 'policy ' || p.polname, \
         format('DROP POLICY %I ON %s', p.polname, p.polrelid::regclass), format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, \
         p.polrelid::regclass, CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN \
         'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END, coalesce((SELECT string_agg(quote_ident(r.rolname), \
         ', ' ORDER BY r.rolname) FROM pg_roles AS r WHERE r.oid = ANY (p.polroles)), 'PUBLIC')) || coalesce(' USING (' || \
         pg_get_expr(p.polqual, p.polrelid) || ')', '') || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '') || \
         CASE WHEN obj_description(p.oid, 'pg_policy') IS NULL THEN '' ELSE format('; COMMENT ON POLICY %I ON %s IS %L', p.polname, \
         p.polrelid::regclass, obj_description(p.oid, 'pg_policy')) END FROM named JOIN pg_policy AS p ON named.classid = \
         'pg_policy'::regclass AND p.oid = named.objid ORDER BY 1",
        &[Value::from(quoted.as_str()), Value::from(column)],
        &mut |row| {
            found.push(SetAside {
                label: row.get(0)?,
                drop: row.get(1)?,
                create: row.get(2)?,
            });
            Ok(())
        },
    )?;
    Ok(found)
}
