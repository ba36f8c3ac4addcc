//! Views of Postgres: made, emptied and replaced.

use crate::error::{Error, Kind, Result};
use crate::model::QualifiedName;
use crate::sql::Session;

use super::super::TableIndex;
use super::super::view::{DatabaseView, kind};
use super::alter::text;
use super::ddl;
use super::views_aside::{HIGHEST, ViewsAside, above, lines};

/// The statements that make a view, or replace another.
pub(super) fn statements(from: Option<&DatabaseView>, to: &DatabaseView) -> Vec<String> {
    let Some(from) = from else {
        let comment = to.comment.as_ref().map(|_| comment(to));
        return [create(to)]
            .into_iter()
            .chain(indexes(&[], to))
            .chain(comment)
            .collect();
    };
    let mut statements = Vec::new();
    if stays(from, to) {
        let gone = (from.indexes.iter()).filter(|index| !to.indexes.contains(index));
        statements.extend(gone.map(|index| format!("DROP INDEX {}", to.name.beside(&*index.name).quoted())));
        statements.extend(indexes(&from.indexes, to));
    } else if from.materialized || to.materialized {
        statements.push(from.dropped());
        statements.push(create(to));
        statements.extend(indexes(&[], to));
        statements.extend(to.comment.as_ref().map(|_| comment(to)));
        return statements;
    } else {
        statements.push(create(to).replacen("CREATE", "CREATE OR REPLACE", 1));
    }
    statements.extend((from.comment != to.comment).then(|| comment(to)));
    statements
}

/// Whether the query need not be run anew. `SELECT *` gives other columns when what it reads has others.
fn stays(from: &DatabaseView, to: &DatabaseView) -> bool {
    from.sql == to.sql && from.columns == to.columns && from.materialized == to.materialized
}

fn create(view: &DatabaseView) -> String {
    let data = if view.with_no_data { "\nWITH NO DATA" } else { "" };
    format!(
        "CREATE {} {} AS\n{}{data}",
        kind(view.materialized),
        view.name.quoted(),
        view.sql
    )
}

/// Those that are not there yet.
fn indexes(there: &[TableIndex], view: &DatabaseView) -> impl Iterator<Item = String> {
    let new = view.indexes.iter().filter(|index| !there.contains(index));
    new.map(|index| ddl::create_index(&view.name, index))
}

fn comment(view: &DatabaseView) -> String {
    let comment = view.comment.as_deref().map_or_else(|| "NULL".to_owned(), text);
    format!(
        "COMMENT ON {} {} IS {comment}",
        kind(view.materialized),
        view.name.quoted()
    )
}

/// Replaces the query; what was stored meanwhile of a view without one is stored anew.
pub(super) fn replace(session: &mut dyn Session, from: &DatabaseView, to: &DatabaseView) -> Result<()> {
    replace_query(session, from, to)?;
    match from.sql.is_empty() {
        true => refresh_above(session, &to.name),
        false => Ok(()),
    }
}

/// Replaces the query in place, where the server takes that: columns are added behind those that there are. Otherwise the view is made
/// anew, with what depends on it.
fn replace_query(session: &mut dyn Session, from: &DatabaseView, to: &DatabaseView) -> Result<()> {
    let stays = stays(from, to);
    let options = options(session, &to.name)?;
    if stays || !from.materialized && !to.materialized {
        let statements = statements(Some(from), to);
        session.batch("SAVEPOINT orm_view")?;
        let replaced = statements.iter().try_for_each(|sql| session.batch(sql));
        if replaced.is_ok() {
            session.batch("RELEASE SAVEPOINT orm_view")?;
            // A query that replaces another comes without options.
            return options.map_or(Ok(()), |set| session.batch(&set));
        }
        if stays {
            return replaced;
        }
        session.batch("ROLLBACK TO SAVEPOINT orm_view; RELEASE SAVEPOINT orm_view")?;
    }
    let oid = oid(session, &to.name)?;
    // What stores rows goes on to.
    let mut made = to.clone();
    made.with_no_data &= !stores_rows(session, &oid)?;
    let mut aside = ViewsAside::of(session, &format!("SELECT {oid}::oid, 0"))?;
    aside.drop(session)?;
    session.batch(&create(&made))?;
    if let Some(set) = options.filter(|_| !to.materialized) {
        session.batch(&set)?;
    }
    aside.made(session, &oid, from, to)?;
    aside.restore(session)?;
    indexes(&[], to).try_for_each(|sql| session.batch(&sql))?;
    match from.comment == to.comment && from.materialized == to.materialized {
        true => Ok(()),
        false => session.batch(&comment(to)),
    }
}

/// Stores the rows of the views anew that read a view, where any are stored.
fn refresh_above(session: &mut dyn Session, view: &QualifiedName) -> Result<()> {
    let query = format!(
        "{} SELECT format('REFRESH MATERIALIZED VIEW %s', c.oid::regclass) FROM ({HIGHEST}) AS a JOIN pg_class AS c ON c.oid = a.view \
         WHERE c.relkind = 'm' AND c.relispopulated ORDER BY a.level, c.oid",
        above("SELECT $1::text::oid, 0")
    );
    let about = oid(session, view)?;
    let refresh = lines(session, &query, &about)?;
    refresh.iter().try_for_each(|sql| session.batch(sql))
}

/// Gives a view a query that reads nothing and has the same columns. What the server does not take stays as it is.
pub(super) fn empty(session: &mut dyn Session, view: &QualifiedName) -> Result<()> {
    let name = view.quoted();
    // Nothing can be inserted into it meanwhile, so it has no check of that.
    lines(
        session,
        "SELECT set_config('orm.view_options_' || c.oid, array_to_string(c.reloptions, ', '), true) FROM pg_class AS c WHERE c.oid = \
         to_regclass($1::text) AND c.reloptions IS NOT NULL",
        &name,
    )?;
    let query = lines(
        session,
        "SELECT max(coalesce((SELECT format(' WITH (%s)', string_agg(o, ', ')) FROM unnest(c.reloptions) AS o WHERE o NOT LIKE 'check_option=%' \
         HAVING count(*) > 0), '')) || \
         ' AS SELECT ' || string_agg(format('NULL::%s%s AS %I', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attcollation <> t.typcollation THEN \
         format(' COLLATE %s', a.attcollation::regcollation) ELSE '' END, a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a JOIN \
         pg_type AS t ON t.oid = a.atttypid JOIN pg_class AS c ON c.oid = a.attrelid WHERE c.oid = to_regclass($1::text) AND c.relkind = 'v' \
         AND a.attnum > 0 HAVING count(*) > 0",
        &name,
    )?;
    let Some(query) = query.first() else {
        return Ok(());
    };
    session.batch("SAVEPOINT orm_view")?;
    let end = match session.batch(&format!("CREATE OR REPLACE VIEW {name}{query} WHERE false")) {
        Ok(()) => "RELEASE SAVEPOINT orm_view",
        Err(_) => "ROLLBACK TO SAVEPOINT orm_view; RELEASE SAVEPOINT orm_view",
    };
    session.batch(end)
}

/// The number of a view, as text.
fn oid(session: &mut dyn Session, view: &QualifiedName) -> Result<String> {
    let name = view.quoted();
    let oid = lines(
        session,
        "SELECT c.oid::text FROM pg_class AS c WHERE c.oid = to_regclass($1::text) AND c.relkind IN ('v', 'm')",
        &name,
    )?;
    oid.into_iter().next().ok_or_else(|| {
        Error::new(Kind::Migration, format!("there is no view {name}")).with_hint(
            "was it renamed or dropped by hand? Make it again as the migrations say it, then migrate",
        )
    })
}

fn stores_rows(session: &mut dyn Session, oid: &str) -> Result<bool> {
    let sql = "SELECT 'yes' FROM pg_class AS c WHERE c.oid = $1::text::oid AND c.relkind = 'm' AND c.relispopulated";
    Ok(!lines(session, sql, oid)?.is_empty())
}

/// What gives a view the options that it has, or had before its query was taken away.
fn options(session: &mut dyn Session, view: &QualifiedName) -> Result<Option<String>> {
    let options = lines(
        session,
        "SELECT format('ALTER VIEW %s SET (%s)', c.oid::regclass, o.options) FROM pg_class AS c, coalesce(nullif(current_setting('orm.view_options_' || \
         c.oid, true), ''), array_to_string(c.reloptions, ', ')) AS o(options) WHERE c.oid = to_regclass($1::text) AND c.relkind = 'v' AND o.options \
         IS NOT NULL",
        &view.quoted(),
    )?;
    Ok(options.into_iter().next())
}
