//! Views of Postgres with all that belongs to them, put aside while what they depend on changes.

use crate::error::{Error, Kind, Result};
use crate::sql::Session;
use crate::value::Value;

use super::super::around_views::RemadeColumn;
use super::super::view::{DatabaseView, kind};
use super::alter::text;

/// What depends on the views that a query finds by their numbers, and how far it is from them. Rules may lead back to where they began,
/// but no way without a turn is longer than there are rules.
pub(super) fn above(first: &str) -> String {
    format!(
        "WITH RECURSIVE above (view, level) AS ({first} UNION SELECT r.ev_class, above.level + 1 FROM above JOIN pg_depend AS d ON \
         d.refobjid = above.view JOIN pg_rewrite AS r ON r.oid = d.objid WHERE d.classid = 'pg_rewrite'::regclass AND \
         d.refclassid = 'pg_class'::regclass AND r.ev_class <> above.view AND above.level < (SELECT count(*) FROM pg_rewrite))"
    )
}

/// Each view once, behind all that it reads.
pub(super) const HIGHEST: &str = "SELECT view, max(level) AS level FROM above GROUP BY view";

/// A query for the views that depend on columns.
fn depend_on(columns: &[RemadeColumn]) -> String {
    let columns = columns.iter().map(|column| {
        let (table, name) = (text(&column.table.quoted()), text(&column.name));
        let unless = column.unless_of_type.as_ref().map_or_else(String::new, |ty| {
            format!(" AND format_type(a.atttypid, a.atttypmod) <> {}", text(ty))
        });
        format!("a.attrelid = to_regclass({table}) AND a.attname = {name}{unless}")
    });
    let columns: Vec<String> = columns.collect();
    format!(
        "SELECT r.ev_class, 1 FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid JOIN pg_attribute AS a ON a.attrelid = \
         d.refobjid AND a.attnum = d.refobjsubid WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass \
         AND r.ev_class <> d.refobjid AND ({})",
        columns.join(" OR ")
    )
}

/// A view with all that belongs to it, as the statements that bring it back.
struct SavedView {
    oid: String,
    name: String,
    create: String,
    /// Its owner, options, indexes, rules, triggers and comments.
    belongings: Vec<Belonging>,
    /// Takes away what the new view was given by default, then grants what the old one granted.
    grants: Vec<Grant>,
}

/// What brings back something of a view.
struct Belonging {
    sql: String,
    /// The index that it is about.
    index: Option<String>,
    /// Whether views of all kinds have it.
    of_all_kinds: bool,
    /// The column that it is about.
    column: Option<String>,
}

/// What grants something, on a column or on all of a view.
struct Grant {
    sql: String,
    column: Option<String>,
}

/// Views that are dropped for a while, those that depend on others behind them.
pub(super) struct ViewsAside {
    views: Vec<SavedView>,
}

impl ViewsAside {
    /// Those that depend on columns.
    ///
    /// # Errors
    /// What the database says.
    pub fn above(session: &mut dyn Session, columns: &[RemadeColumn]) -> Result<Self> {
        ViewsAside::of(session, &depend_on(columns))
    }

    /// The views that a query finds by their numbers, and what depends on them.
    pub fn of(session: &mut dyn Session, first: &str) -> Result<Self> {
        let mut views = Vec::new();
        let mut rule = None;
        session.query(
            &format!(
                "{} SELECT c.oid::text, c.oid::regclass::text, c.relkind::text, {CREATE} FROM ({HIGHEST}) AS a JOIN pg_class AS c ON \
                 c.oid = a.view LEFT JOIN pg_tablespace AS t ON t.oid = c.reltablespace LEFT JOIN pg_am AS m ON m.oid = c.relam ORDER BY \
                 a.level, c.oid",
                above(first)
            ),
            &[],
            &mut |row| {
                let (oid, name, kind): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
                if kind != "v" && kind != "m" {
                    rule.get_or_insert(name);
                    return Ok(());
                }
                views.push(SavedView {
                    oid,
                    name,
                    create: row.get(3)?,
                    belongings: Vec::new(),
                    grants: Vec::new(),
                });
                Ok(())
            },
        )?;
        if let Some(table) = rule {
            return Err(Error::migration(format!(
                "a rule of the table {table} uses what changes; nothing was changed"
            ))
            .with_hint("drop the rule before, and make it again after"));
        }
        for view in &mut views {
            view.belongings = belongings(session, &view.oid)?;
            view.grants = grants(session, &view.oid)?;
        }
        Ok(ViewsAside { views })
    }

    /// # Errors
    /// If something else depends on one of them, by name.
    pub fn drop(&self, session: &mut dyn Session) -> Result<()> {
        for view in self.views.iter().rev() {
            let kind = kind(view.create.starts_with("CREATE MATERIALIZED"));
            session
                .batch(&format!("DROP {kind} {}", view.name))
                .map_err(|error| error.context(format!("the view {} is in the way", view.name)))?;
        }
        Ok(())
    }

    /// A view has been made again by another query: it gets what belongs to it but what the models say, and what is about columns that
    /// are gone.
    ///
    /// # Errors
    /// What the database says.
    pub fn made(
        &mut self,
        session: &mut dyn Session,
        oid: &str,
        from: &DatabaseView,
        to: &DatabaseView,
    ) -> Result<()> {
        let columns = lines(session, COLUMNS, &to.name.quoted())?;
        let is_there = |column: &Option<String>| column.as_ref().is_none_or(|name| columns.contains(name));
        let known = |index: &String| from.indexes.iter().any(|known| known.name == *index);
        for view in self.views.iter_mut().filter(|view| view.oid == oid) {
            view.create.clear();
            view.grants.retain(|grant| is_there(&grant.column));
            view.belongings.retain(|part| {
                !part.index.as_ref().is_some_and(known)
                    && (part.of_all_kinds || from.materialized == to.materialized)
                    && is_there(&part.column)
            });
        }
        Ok(())
    }

    /// Makes them again.
    ///
    /// # Errors
    /// If one cannot be read any more, by name.
    pub fn restore(&self, session: &mut dyn Session) -> Result<()> {
        for view in &self.views {
            let create = (!view.create.is_empty()).then_some(&view.create);
            for sql in create
                .into_iter()
                .chain(view.belongings.iter().map(|part| &part.sql))
            {
                session.batch(sql).map_err(|source| {
                    Error::new(
                        Kind::Migration,
                        format!(
                            "the view {} does not work with what changes, and would be lost; nothing was changed",
                            view.name
                        ),
                    )
                    .with_hint("change or drop the view before, in a migration of its own, and make it again after")
                    .with_source(source)
                })?;
            }
            // Default privileges may have granted something.
            for sql in lines(session, TAKE_BACK, &view.name)? {
                session.batch(&sql)?;
            }
            for grant in &view.grants {
                session.batch(&grant.sql)?;
            }
        }
        Ok(())
    }
}

fn belongings(session: &mut dyn Session, oid: &str) -> Result<Vec<Belonging>> {
    let mut all = Vec::new();
    session.query(BELONGINGS, &[Value::from(oid)], &mut |row| {
        all.push(Belonging {
            sql: row.get(0)?,
            index: row.get(1)?,
            of_all_kinds: row.get(2)?,
            column: row.get(3)?,
        });
        Ok(())
    })?;
    Ok(all)
}

fn grants(session: &mut dyn Session, oid: &str) -> Result<Vec<Grant>> {
    let mut all = Vec::new();
    session.query(GRANTS, &[Value::from(oid)], &mut |row| {
        all.push(Grant {
            sql: row.get(0)?,
            column: row.get(1)?,
        });
        Ok(())
    })?;
    Ok(all)
}

/// The texts that a query finds about an object.
pub(super) fn lines(session: &mut dyn Session, sql: &str, about: &str) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    session.query(sql, &[Value::from(about)], &mut |row| {
        lines.push(row.get::<String>(0)?);
        Ok(())
    })?;
    Ok(lines)
}

/// What makes the view `c`, by `pg_get_viewdef`.
const CREATE: &str = "format('CREATE %sVIEW %s%s%s%s AS %s%s', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED ' ELSE '' END, c.oid::regclass, \
    CASE WHEN c.relkind = 'm' AND m.amname IS NOT NULL THEN format(' USING %I', m.amname) ELSE '' END, CASE WHEN c.reloptions IS NOT NULL \
    THEN format(' WITH (%s)', array_to_string(c.reloptions, ', ')) ELSE '' END, CASE WHEN t.spcname IS NOT NULL THEN format(' TABLESPACE \
    %I', t.spcname) ELSE '' END, rtrim(pg_get_viewdef(c.oid), '; '), CASE WHEN c.relkind = 'v' THEN '' WHEN c.relispopulated THEN ' WITH \
    DATA' ELSE ' WITH NO DATA' END)";

/// Everything of a view but its query and its grants, in an order in which it can be made.
const BELONGINGS: &str = "WITH c AS (SELECT c.*, c.oid::regclass::text AS called, CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE \
    'VIEW' END AS kind FROM pg_class AS c WHERE c.oid = $1::text::oid) SELECT sql, index_name, place > 10, CASE WHEN place IN (5, 6, 9, 10) THEN (SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = \
    $1::text::oid AND a.attnum = number) END FROM (\
    SELECT 1 AS place, i.indexrelid::int8 AS number, pg_get_indexdef(i.indexrelid) AS sql, x.relname::text AS index_name FROM c JOIN pg_index AS i ON i.indrelid = c.oid JOIN pg_class AS x ON x.oid = i.indexrelid \
    UNION ALL SELECT 2, i.indexrelid::int8, format('ALTER MATERIALIZED VIEW %s CLUSTER ON %I', c.called, x.relname), x.relname::text FROM c JOIN pg_index \
    AS i ON i.indrelid = c.oid AND i.indisclustered JOIN pg_class AS x ON x.oid = i.indexrelid \
    UNION ALL SELECT 3, i.indexrelid::int8, format('COMMENT ON INDEX %s IS %L', i.indexrelid::regclass, obj_description(i.indexrelid, \
    'pg_class')), x.relname::text FROM c JOIN pg_index AS i ON i.indrelid = c.oid JOIN pg_class AS x ON x.oid = i.indexrelid WHERE obj_description(i.indexrelid, 'pg_class') IS NOT NULL \
    UNION ALL SELECT 4, s.oid::int8, pg_get_statisticsobjdef(s.oid), NULL FROM c JOIN pg_statistic_ext AS s ON s.stxrelid = c.oid \
    UNION ALL SELECT 5, a.attnum, format('ALTER MATERIALIZED VIEW %s ALTER COLUMN %I SET STATISTICS %s', c.called, a.attname, \
    a.attstattarget), NULL FROM c JOIN pg_attribute AS a ON a.attrelid = c.oid WHERE c.relkind = 'm' AND a.attnum > 0 AND a.attstattarget >= 0 \
    UNION ALL SELECT 6, a.attnum, format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', c.called, a.attname, pg_get_expr(d.adbin, \
    d.adrelid)), NULL FROM c JOIN pg_attrdef AS d ON d.adrelid = c.oid JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.adnum \
    UNION ALL SELECT 7, r.oid::int8, pg_get_ruledef(r.oid), NULL FROM c JOIN pg_rewrite AS r ON r.ev_class = c.oid WHERE r.rulename <> '_RETURN' \
    UNION ALL SELECT 8, g.oid::int8, pg_get_triggerdef(g.oid), NULL FROM c JOIN pg_trigger AS g ON g.tgrelid = c.oid WHERE NOT g.tgisinternal \
    UNION ALL SELECT 9, d.objsubid, CASE d.objsubid WHEN 0 THEN format('COMMENT ON %s %s IS %L', c.kind, c.called, d.description) ELSE \
    format('COMMENT ON COLUMN %s.%I IS %L', c.called, (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum = \
    d.objsubid), d.description) END, NULL FROM c JOIN pg_description AS d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid \
    UNION ALL SELECT 10, l.objsubid, CASE l.objsubid WHEN 0 THEN format('SECURITY LABEL FOR %I ON %s %s IS %L', l.provider, c.kind, \
    c.called, l.label) ELSE format('SECURITY LABEL FOR %I ON COLUMN %s.%I IS %L', l.provider, c.called, (SELECT a.attname FROM \
    pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum = l.objsubid), l.label) END, NULL FROM c JOIN pg_seclabel AS l ON l.classoid = \
    'pg_class'::regclass AND l.objoid = c.oid \
    UNION ALL SELECT 11, 0, format('ALTER TABLE %s OWNER TO %I', c.called, pg_get_userbyid(c.relowner)), NULL FROM c WHERE \
    pg_get_userbyid(c.relowner) <> current_user) AS all_of_it ORDER BY place, number";

/// The grants on a view and its columns; an owner without some of its own rights has its rights listed, too.
const GRANTS: &str = "SELECT sql, granted FROM (SELECT 0 AS place, NULL::text AS granted, format('REVOKE ALL ON %s FROM %I', c.oid::regclass, \
    pg_get_userbyid(c.relowner)) AS sql FROM pg_class AS c WHERE c.oid = $1::text::oid AND c.relacl IS NOT NULL \
    UNION ALL SELECT 1, NULL, format('GRANT %s ON %s TO %s%s', p.privilege_type, c.oid::regclass, CASE p.grantee WHEN 0 THEN 'PUBLIC' ELSE \
    quote_ident(pg_get_userbyid(p.grantee)) END, CASE WHEN p.is_grantable AND p.grantee <> c.relowner THEN ' WITH GRANT OPTION' ELSE '' END) \
    FROM pg_class AS c, aclexplode(c.relacl) AS p WHERE c.oid = $1::text::oid \
    UNION ALL SELECT 2, a.attname::text, format('GRANT %s (%I) ON %s TO %s%s', p.privilege_type, a.attname, c.oid::regclass, CASE p.grantee WHEN 0 THEN \
    'PUBLIC' ELSE quote_ident(pg_get_userbyid(p.grantee)) END, CASE WHEN p.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) FROM \
    pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid, aclexplode(a.attacl) AS p WHERE c.oid = $1::text::oid) AS all_of_it ORDER \
    BY place";

/// The columns of a view by its name.
const COLUMNS: &str =
    "SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = to_regclass($1::text) AND a.attnum > 0";

/// Takes back what others than the owner may do with a view that was just made.
const TAKE_BACK: &str = "SELECT DISTINCT format('REVOKE ALL ON %s FROM %s', c.oid::regclass, CASE p.grantee WHEN 0 THEN 'PUBLIC' ELSE \
    quote_ident(pg_get_userbyid(p.grantee)) END) FROM pg_class AS c, aclexplode(c.relacl) AS p WHERE c.oid = to_regclass($1::text) AND \
    p.grantee <> c.relowner";
