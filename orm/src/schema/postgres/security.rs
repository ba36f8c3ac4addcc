//! Row security, policies and privileges: what goes, comes and changes, and what is there.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::model::{PolicyCommand, Privilege, QualifiedName, RowSecurityDef};
use crate::sql::{Dialect, Session, quote};
use crate::value::Value;

use super::super::diff::TableChange;
use super::super::trigger::text::line_end;
use super::super::{Requirement, Step, TableDef, TableGrant, TablePolicy};
use super::alter::text;
use super::introspect::{list, without_parentheses};
use super::trigger_changes::retypes;
use super::{ddl, schemas};

/// What a new table has of it.
pub(super) fn create(table: &TableDef) -> Vec<Step> {
    let mut nothing = table.clone();
    nothing.policies.clear();
    nothing.grants.clear();
    nothing.row_security = None;
    let mut steps = roles(&nothing, table);
    steps.extend(made(&nothing, table, table.policies.iter()));
    steps
}

/// Asks for the roles that are named anew.
fn roles(from: &TableDef, to: &TableDef) -> Vec<Step> {
    let policies = to
        .policies
        .iter()
        .filter(|policy| !from.policies.contains(policy));
    let grants = to.grants.iter().filter(|grant| !from.grants.contains(grant));
    let roles = policies
        .flat_map(|policy| &policy.to)
        .chain(grants.map(|grant| &grant.role));
    let roles: BTreeSet<&String> = roles.filter(|role| !is_public(role)).collect();
    let missing = roles.into_iter().map(|role| {
        Step::Require(Requirement {
            holds: format!(
                "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = {})",
                text(role)
            ),
            otherwise: format!(
                "{} names the role {}, which is missing",
                to.qualified_name().quoted(),
                quote(role)
            ),
            hint: format!(
                "roles are the server's and made by hand: CREATE ROLE {}",
                quote(role)
            ),
        })
    });
    missing.collect()
}

fn is_public(role: &str) -> bool {
    role.eq_ignore_ascii_case("public")
}

fn role(name: &str) -> String {
    match is_public(name) {
        true => "PUBLIC".to_owned(),
        false => quote(name),
    }
}

/// What is gone or changed, before anything else changes, and whether there are the roles that come.
pub(super) fn dropped(change: &TableChange) -> Vec<Step> {
    let (from, to) = (&change.from, &change.to);
    let (table, retypes) = (to.qualified_name(), retypes(change));
    let ended = from
        .policies
        .iter()
        .filter(|policy| retypes || !to.policies.contains(policy));
    let mut steps = roles(from, to);
    steps.extend(keeps_policies(change).then(|| note_comments(&table)));
    steps.extend(ended.map(|policy| {
        Step::Sql(format!(
            "DROP POLICY IF EXISTS {} ON {}",
            quote(&policy.name),
            table.quoted()
        ))
    }));
    steps.extend(revoked(from, to));
    if from.row_security.is_some() && to.row_security.is_none() {
        steps.push(Step::Sql(ddl::alter(&table, "DISABLE ROW LEVEL SECURITY")));
    }
    if is_forced(from) && !is_forced(to) {
        steps.push(Step::Sql(ddl::alter(&table, "NO FORCE ROW LEVEL SECURITY")));
    }
    steps
}

/// What is new or changed, after everything else.
pub(super) fn added(change: &TableChange) -> Vec<Step> {
    let (from, to) = (&change.from, &change.to);
    let retypes = retypes(change);
    let new = to
        .policies
        .iter()
        .filter(|policy| retypes || !from.policies.contains(policy));
    let mut steps: Vec<Step> = may_grant(from, to).into_iter().collect();
    steps.extend(made(from, to, new));
    steps.extend(keeps_policies(change).then(|| comment_again(&to.qualified_name())));
    steps
}

/// Whether policies are made again that nothing changes in.
fn keeps_policies(change: &TableChange) -> bool {
    let (from, to) = (&change.from.policies, &change.to.policies);
    retypes(change) && from.iter().any(|policy| to.contains(policy))
}

/// The setting that holds what was said of the policies of a table. It is the session's, because printed SQL may run without a transaction
/// around it.
fn comments(table: &str) -> String {
    format!("'orm.policy_comments_' || to_regclass({table})::oid")
}

/// Others may have said something of policies, and it goes with them.
fn note_comments(table: &QualifiedName) -> Step {
    let table = text(&table.quoted());
    Step::Sql(format!(
        "SELECT set_config({}, coalesce((SELECT jsonb_object_agg(p.polname, obj_description(p.oid, 'pg_policy'))::text FROM pg_policy AS p WHERE p.polrelid \
         = to_regclass({table}) AND obj_description(p.oid, 'pg_policy') IS NOT NULL), ''), false)",
        comments(&table)
    ))
}

fn comment_again(table: &QualifiedName) -> Step {
    let table = text(&table.quoted());
    let noted = comments(&table);
    schemas::block(&format!(
        "    DECLARE\n        said record;\n    BEGIN\n        FOR said IN SELECT s.key, s.value FROM jsonb_each_text(nullif(current_setting({noted}, true), '')::jsonb) AS s JOIN pg_policy \
         AS p ON p.polname = s.key WHERE p.polrelid = to_regclass({table}) LOOP\n            EXECUTE format('COMMENT ON POLICY %I ON %s IS %L', \
         said.key, to_regclass({table}), said.value);\n        END LOOP;\n        PERFORM set_config({noted}, '', false);\n    END;"
    ))
}

/// The same of grants alone, before anything else changes and after.
pub(super) fn alter_grants(from: &TableDef, to: &TableDef) -> (Vec<Step>, Vec<Step>) {
    let mut before = roles(from, to);
    before.extend(revoked(from, to));
    let mut after: Vec<Step> = may_grant(from, to).into_iter().collect();
    after.extend(granted(from, to));
    (before, after)
}

fn revoked(from: &TableDef, to: &TableDef) -> Vec<Step> {
    let table = to.qualified_name();
    let gone = from.grants.iter().filter(|grant| !to.grants.contains(grant));
    let gone: Vec<TableGrant> = gone.cloned().collect();
    let changed = changed_roles(from, to).into_iter();
    changed
        .filter_map(|changed| {
            let sql = privileges(&gone, changed, &table, "REVOKE", "FROM")?;
            Some([revoke(sql, changed, &table), is_revoked(&gone, changed, &table)])
        })
        .flatten()
        .collect()
}

/// Who takes back what somebody else granted is at most warned by the server, and all stays as it was:
/// <https://www.postgresql.org/docs/current/sql-revoke.html>, 2026-11. What others than the owner granted is theirs.
fn is_revoked(gone: &[TableGrant], of: &str, table: &QualifiedName) -> Step {
    let (name, quoted) = (table.quoted(), text(&table.quoted()));
    let own = gone.iter().filter(|grant| grant.role == of);
    let left = own.map(|grant| {
        let column = grant.column.as_deref().map_or("NULL".to_owned(), text);
        format!("({}, {column})", text(grant.privilege.sql()))
    });
    let left: Vec<String> = left.collect();
    let role = match is_public(of) {
        true => "0".to_owned(),
        false => format!("(SELECT r.oid FROM pg_roles AS r WHERE r.rolname = {})", text(of)),
    };
    Step::Require(Requirement {
        holds: format!(
            "SELECT NOT EXISTS (SELECT FROM pg_class AS c CROSS JOIN LATERAL (SELECT e.grantor, e.grantee, e.privilege_type, NULL::name AS attname FROM \
             aclexplode(c.relacl) AS e UNION ALL SELECT e.grantor, e.grantee, e.privilege_type, a.attname FROM pg_attribute AS a CROSS JOIN LATERAL \
             aclexplode(a.attacl) AS e WHERE a.attrelid = c.oid AND NOT a.attisdropped) AS g JOIN (VALUES {}) AS gone (privilege, attname) ON \
             g.privilege_type = gone.privilege AND g.attname IS NOT DISTINCT FROM gone.attname::name WHERE c.oid = to_regclass({quoted}) AND g.grantee = \
             {role} AND g.grantor = c.relowner AND g.grantee <> c.relowner)",
            left.join(", ")
        ),
        otherwise: format!(
            "{name} belongs to another role, and what that one granted to {} is not for the one that migrates to take back",
            self::role(of)
        ),
        hint: format!("migrate as the owner of {name}, or as a superuser"),
    })
}

fn granted(from: &TableDef, to: &TableDef) -> Vec<Step> {
    let table = to.qualified_name();
    let changed = changed_roles(from, to).into_iter();
    let sql = changed.filter_map(|changed| privileges(&to.grants, changed, &table, "GRANT", "TO"));
    sql.map(Step::Sql).collect()
}

/// Who grants what is not theirs to grant is warned by the server, and nothing is granted:
/// <https://www.postgresql.org/docs/current/sql-grant.html>, 2026-11.
fn may_grant(from: &TableDef, to: &TableDef) -> Option<Step> {
    let name = to.qualified_name().quoted();
    let changed = changed_roles(from, to);
    let given = to.grants.iter().filter(|grant| changed.contains(&*grant.role));
    let asked = given.map(|grant| {
        let privilege = text(&format!("{} WITH GRANT OPTION", grant.privilege.sql()));
        match &grant.column {
            Some(column) => format!(
                "has_column_privilege({}, {}, {privilege})",
                text(&name),
                text(column)
            ),
            None => format!("has_table_privilege({}, {privilege})", text(&name)),
        }
    });
    let asked: BTreeSet<String> = asked.collect();
    if asked.is_empty() {
        return None;
    }
    let asked: Vec<String> = asked.into_iter().collect();
    Some(Step::Require(Requirement {
        holds: format!("SELECT {}", asked.join(" AND ")),
        otherwise: format!(
            "{name} belongs to another role, and what it grants is not for the one that migrates to grant"
        ),
        hint: format!("migrate as the owner of {name}, or as a superuser"),
    }))
}

fn made<'t>(from: &TableDef, to: &TableDef, policies: impl Iterator<Item = &'t TablePolicy>) -> Vec<Step> {
    let table = to.qualified_name();
    let mut steps: Vec<Step> = policies
        .map(|policy| Step::Sql(create_policy(&table.quoted(), policy)))
        .collect();
    if to.row_security.is_some() && from.row_security.is_none() {
        steps.push(Step::Sql(ddl::alter(&table, "ENABLE ROW LEVEL SECURITY")));
    }
    if is_forced(to) && !is_forced(from) {
        steps.push(Step::Sql(ddl::alter(&table, "FORCE ROW LEVEL SECURITY")));
    }
    steps.extend(granted(from, to));
    steps
}

fn is_forced(table: &TableDef) -> bool {
    table.row_security.is_some_and(|security| security.forced)
}

/// Roles that may do something else from here on. To take away what a role may do with a table takes away what it may do with columns, so
/// all that it may do is granted again.
fn changed_roles<'t>(from: &'t TableDef, to: &'t TableDef) -> BTreeSet<&'t str> {
    let of = |grants: &'t [TableGrant], role: &str| -> BTreeSet<&'t TableGrant> {
        grants.iter().filter(|grant| grant.role == role).collect()
    };
    let all = from
        .grants
        .iter()
        .chain(&to.grants)
        .map(|grant| grant.role.as_str());
    all.filter(|role| of(&from.grants, role) != of(&to.grants, role))
        .collect()
}

/// A role that is gone has nothing left; to the owner of the table nothing was granted that it did not have.
fn revoke(sql: String, of: &str, table: &QualifiedName) -> Step {
    match is_public(of) {
        true => Step::Sql(sql),
        false => schemas::block(&format!(
            "    IF EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = {} AND r.oid <> (SELECT c.relowner FROM pg_class AS c WHERE c.oid = to_regclass({}))) THEN\n        {sql};\n    END IF;",
            text(of),
            text(&table.quoted())
        )),
    }
}

fn privileges(
    grants: &[TableGrant],
    of: &str,
    table: &QualifiedName,
    verb: &str,
    toward: &str,
) -> Option<String> {
    let own = grants.iter().filter(|grant| grant.role == of);
    let list: Vec<String> = own
        .map(|grant| match &grant.column {
            Some(column) => format!("{} ({})", grant.privilege.sql(), quote(column)),
            None => grant.privilege.sql().to_owned(),
        })
        .collect();
    (!list.is_empty()).then(|| {
        let list = list.join(", ");
        format!("{verb} {list} ON TABLE {} {toward} {}", table.quoted(), role(of))
    })
}

fn create_policy(table: &str, policy: &TablePolicy) -> String {
    let kind = if policy.restrictive { " AS RESTRICTIVE" } else { "" };
    let roles: Vec<String> = policy.to.iter().map(|name| role(name)).collect();
    let mut sql = format!(
        "CREATE POLICY {} ON {table}{kind} FOR {} TO {}",
        quote(&policy.name),
        policy.command.sql(),
        match roles.is_empty() {
            true => "PUBLIC".to_owned(),
            false => roles.join(", "),
        }
    );
    for (word, condition) in [("USING", &policy.using), ("WITH CHECK", &policy.with_check)] {
        if let Some(condition) = condition {
            let end = line_end(condition, Dialect::POSTGRES);
            sql.push_str(&format!(" {word} ({condition}{end})"));
        }
    }
    sql
}

/// Reads what a table has of it, by its number.
pub(super) fn introspect(session: &mut dyn Session, oid: &str, table: &mut TableDef) -> Result<()> {
    session.query(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = $1::text::oid",
        &[Value::from(oid)],
        &mut |row| {
            let (enabled, forced): (bool, bool) = (row.get(0)?, row.get(1)?);
            table.row_security = enabled.then_some(RowSecurityDef { forced });
            Ok(())
        },
    )?;
    policies(session, oid, table)?;
    grants(session, oid, table)
}

fn policies(session: &mut dyn Session, oid: &str, table: &mut TableDef) -> Result<()> {
    session.query(
        "SELECT p.polname::text, p.polcmd::text, (SELECT coalesce(json_agg(r.rolname ORDER BY r.rolname), '[]')::text FROM pg_roles AS r WHERE \
         r.oid = ANY (p.polroles)), NOT p.polpermissive, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid) FROM \
         pg_policy AS p WHERE p.polrelid = $1::text::oid ORDER BY p.polname",
        &[Value::from(oid)],
        &mut |row| {
            let condition = |sql: Option<String>| sql.map(|sql| without_parentheses(&sql).to_owned());
            table.policies.push(TablePolicy {
                name: row.get(0)?,
                command: match row.get::<String>(1)?.as_str() {
                    "r" => PolicyCommand::Select,
                    "a" => PolicyCommand::Insert,
                    "w" => PolicyCommand::Update,
                    "d" => PolicyCommand::Delete,
                    _ => PolicyCommand::All,
                },
                to: list(&row.get::<String>(2)?)?,
                restrictive: row.get(3)?,
                using: condition(row.get(4)?),
                with_check: condition(row.get(5)?),
            });
            Ok(())
        },
    )
}

fn grants(session: &mut dyn Session, oid: &str, table: &mut TableDef) -> Result<()> {
    const ALL: [Privilege; 7] = [
        Privilege::Select,
        Privilege::Insert,
        Privilege::Update,
        Privilege::Delete,
        Privilege::Truncate,
        Privilege::References,
        Privilege::Trigger,
    ];
    session.query(
        "SELECT coalesce(r.rolname::text, 'public'), g.privilege_type, g.attname FROM pg_class AS c CROSS JOIN LATERAL (SELECT e.grantee, \
         e.privilege_type, NULL::text AS attname FROM aclexplode(c.relacl) AS e UNION ALL SELECT e.grantee, e.privilege_type, a.attname::text \
         FROM pg_attribute AS a CROSS JOIN LATERAL aclexplode(a.attacl) AS e WHERE a.attrelid = c.oid AND NOT a.attisdropped) AS g LEFT JOIN \
         pg_roles AS r ON r.oid = g.grantee WHERE c.oid = $1::text::oid AND g.grantee <> c.relowner ORDER BY 1, 2, 3",
        &[Value::from(oid)],
        &mut |row| {
            let privilege: String = row.get(1)?;
            if let Some(privilege) = ALL.into_iter().find(|known| known.sql() == privilege) {
                table.grants.push(TableGrant {
                    role: row.get(0)?,
                    privilege,
                    column: row.get(2)?,
                });
            }
            Ok(())
        },
    )
}

/// The same policies with their conditions in the server's words. `temporary` is a table of the same columns that can be thrown away.
pub(super) fn canonical(
    session: &mut dyn Session,
    temporary: &str,
    policies: &mut [TablePolicy],
) -> Result<()> {
    if policies.is_empty() {
        return Ok(());
    }
    for policy in policies.iter() {
        session.batch(&create_policy(temporary, policy))?;
    }
    let mut oid = String::new();
    session.query(
        "SELECT to_regclass($1::text)::oid::text",
        &[Value::from(temporary)],
        &mut |row| {
            oid = row.get(0)?;
            Ok(())
        },
    )?;
    let mut read = TableDef::new("");
    self::policies(session, &oid, &mut read)?;
    for policy in policies {
        if let Some(stored) = read.policies.iter().find(|stored| stored.name == policy.name) {
            policy.using.clone_from(&stored.using);
            policy.with_check.clone_from(&stored.with_check);
        }
    }
    Ok(())
}
