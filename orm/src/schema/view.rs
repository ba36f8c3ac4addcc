//! Views: from models to the views that they describe, and the steps from one to the other.

use std::collections::BTreeSet;

use crate::error::{Error, Kind, Result};
use crate::model::{ModelDef, ModelKey, QualifiedName, ViewDef, constraint_name};
use crate::sql::{self, Dialect, ScriptToken, Session, Tokens, lexical_rules, no_schemas, quote};

use super::diff::StateWith;
use super::lower::{lower_unnamed, view_grants};
use super::{Backend, Models, Step, TableDef, TableIndex, TableUnique, backend};

/// A view as a database is to have it.
#[derive(Debug, Clone, PartialEq)]
pub struct DatabaseView {
    pub(super) name: QualifiedName,
    /// Its query, without a semicolon; empty if it was taken away, or if others made the view and it is not known.
    pub(super) sql: String,
    pub(super) comment: Option<String>,
    /// Whether its rows are stored.
    pub(super) materialized: bool,
    pub(super) with_no_data: bool,
    /// Of what is stored.
    pub(super) indexes: Vec<TableIndex>,
    /// The columns that the model reads.
    pub(super) columns: Vec<String>,
    /// For messages.
    model: ModelKey,
}

/// Leaves the columns of a view and takes its query away, so that what the query reads can change, and what reads the view need not.
#[derive(Debug, Clone, PartialEq)]
pub struct EmptyView {
    name: QualifiedName,
}

impl EmptyView {
    pub(super) fn describe(&self) -> String {
        format!("take the query of view {} away", self.name.quoted())
    }

    pub(super) fn run(&self, session: &mut dyn Session) -> Result<()> {
        backend(session.dialect()).empty_view(session, &self.name)
    }
}

/// The step that takes the query of a view away for a while; none where its rows are stored.
pub fn empty_view(model: &ModelDef) -> Option<Step> {
    model.managed_view().filter(|view| !view.materialized)?;
    Some(Step::EmptyView(EmptyView {
        name: model.table_name(),
    }))
}

/// Makes or changes a view.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewChange {
    /// The view that there is, if there is one.
    pub(super) from: Option<DatabaseView>,
    pub(super) to: DatabaseView,
    /// The statements, where nothing depends on the view.
    sql: Vec<String>,
}

impl ViewChange {
    fn of(from: Option<&DatabaseView>, to: &DatabaseView, backend: &dyn Backend) -> Self {
        ViewChange {
            from: from.cloned(),
            to: to.clone(),
            sql: backend.view_statements(from, to),
        }
    }

    /// The run gives a view that is made anew all that was granted of it; the statements have to say it.
    fn say_grants(&mut self, was: &TableDef, granted: &TableDef, backend: &dyn Backend) {
        let dropped = self.from.as_ref().map(DatabaseView::dropped);
        if !dropped.is_some_and(|dropped| self.sql.contains(&dropped)) {
            return;
        }
        let grants = granted.grants.iter().filter(|grant| was.grants.contains(grant));
        let kept = TableDef {
            grants: grants.cloned().collect(),
            ..granted.clone()
        };
        let steps = backend.create_grants(&kept).into_iter();
        self.sql.extend(steps.filter_map(|step| match step {
            Step::Sql(sql) => Some(sql),
            // The roles are there.
            _ => None,
        }));
    }

    pub(super) fn statements(&self) -> Vec<String> {
        self.sql.clone()
    }

    pub(super) fn describe(&self) -> String {
        match self.from {
            Some(_) => format!("change view {}", self.to.name.quoted()),
            None => format!("create view {}", self.to.name.quoted()),
        }
    }

    pub(super) fn run(&self, session: &mut dyn Session) -> Result<()> {
        let backend = backend(session.dialect());
        match &self.from {
            Some(from) => backend.replace_view(session, from, &self.to),
            None => (self.sql.iter()).try_for_each(|sql| session.batch(sql)),
        }
        .map_err(|error| error.context(format!("the view of {}", self.to.model)))?;
        self.to.check_columns(session)
    }
}

impl DatabaseView {
    /// The statement that drops it.
    pub(super) fn dropped(&self) -> String {
        drop_view(self.materialized, &self.name)
    }

    /// Has the database read the columns of the model.
    fn check_columns(&self, session: &mut dyn Session) -> Result<()> {
        let name = self.name.quoted();
        let columns: Vec<String> = (self.columns.iter())
            .map(|column| format!("v.{}", quote(column)))
            .collect();
        let sql = format!("EXPLAIN SELECT {} FROM {name} AS v", columns.join(", "));
        session.query(&sql, &[], &mut |_| Ok(())).map_err(|source| {
            Error::new(
                Kind::Migration,
                format!(
                    "the view {name} of {} cannot be read as its model says; nothing was changed",
                    self.model
                ),
            )
            .with_hint(format!(
                "its query has to give a column for each field, by these names: {}",
                self.columns.join(", ")
            ))
            .with_source(source)
        })
    }
}

/// The view that a model describes, which is one.
///
/// # Errors
/// If the database cannot have it.
pub(super) fn lower(
    model: &ModelDef,
    view: &ViewDef,
    models: &dyn Models,
    dialect: &'static Dialect,
) -> Result<DatabaseView> {
    let backend = backend(dialect);
    if view.materialized && !dialect.materialized_views {
        return Err(sql::no_materialized_views(&model.key(), dialect));
    }
    if let Some(schema) = model.schema.as_deref().filter(|_| !dialect.schemas) {
        return Err(no_schemas(schema, &model.table_name().name, dialect));
    }
    let Some(sql) = backend.view_text(view) else {
        return Err(Error::unsupported(format!(
            "the view {} has no query for {}",
            model.key(),
            dialect.name
        ))
        .with_hint("write `view(\"SELECT ..\")` for all databases, or a query for each of them"));
    };
    check_query(sql, dialect).map_err(|error| error.context(format!("the view {}", model.key())))?;
    view_grants(model, dialect)?;
    let columns = model.fields.iter().filter(|field| field.ty.is_column());
    Ok(DatabaseView {
        name: model.table_name(),
        sql: without_semicolon(sql, dialect).to_owned(),
        comment: model.comment.clone(),
        materialized: view.materialized,
        with_no_data: view.with_no_data,
        indexes: match view.materialized {
            true => stored_indexes(model, models, dialect)?,
            false => Vec::new(),
        },
        columns: columns.map(|field| field.column_name()).collect(),
        model: model.key(),
    })
}

/// What roles may do with a view, as a table that has nothing else. A view that is made anew keeps what was granted of it, so these steps
/// are beside those of the view.
///
/// # Errors
/// If anything else stands on it, or the database has no roles.
fn with_grants(model: &ModelDef, dialect: &'static Dialect) -> Result<TableDef> {
    let mut table = TableDef::new(model.table_name().name);
    table.schema.clone_from(&model.schema);
    table.grants = view_grants(model, dialect)?;
    Ok(table)
}

/// The indexes of what is stored: what a table is held to by constraints, a view is by unique indexes.
fn stored_indexes(
    model: &ModelDef,
    models: &dyn Models,
    dialect: &'static Dialect,
) -> Result<Vec<TableIndex>> {
    let known = StateWith { model, models };
    let table = lower_unnamed(model, &known, dialect)?.table;
    let columns: Vec<&str> = table.primary_key.iter().map(String::as_str).collect();
    let name = constraint_name(&table.name, &columns, "pkey");
    let key = TableUnique::over(name, table.primary_key.clone());
    let uniques = std::iter::once(&key)
        .chain(&table.uniques)
        .map(TableIndex::of_unique);
    Ok(uniques.chain(table.indexes.iter().cloned()).collect())
}

/// A query is one statement.
fn check_query(sql: &str, dialect: &Dialect) -> Result<()> {
    let tokens: Vec<ScriptToken> = tokens(sql, dialect).collect();
    let query = tokens.iter().find(|token| **token != ScriptToken::Sign('('));
    if !query.is_some_and(|first| {
        ["SELECT", "WITH", "VALUES", "TABLE"]
            .iter()
            .any(|word| first.is(word))
    }) {
        return Err(Error::config("its query is not one").with_hint("begin it with SELECT, WITH or VALUES"));
    }
    let semicolon = tokens.iter().position(|token| *token == ScriptToken::Sign(';'));
    match semicolon.is_some_and(|at| tokens[at..].iter().any(|token| *token != ScriptToken::Sign(';'))) {
        true => Err(Error::config("its query is more than one statement")
            .with_hint("a view is a single query; put the rest into a RunSql of a migration")),
        false => Ok(()),
    }
}

/// A query up to the semicolon that ends it.
fn without_semicolon<'t>(sql: &'t str, dialect: &Dialect) -> &'t str {
    let mut tokens = Tokens::of(sql, lexical_rules(dialect));
    let end = tokens.find(|(_, token)| *token == ScriptToken::Sign(';'));
    sql[..end.map_or(sql.len(), |(at, _)| at.start)].trim()
}

fn tokens<'t>(sql: &'t str, dialect: &Dialect) -> impl Iterator<Item = ScriptToken> + use<'t> {
    Tokens::of(sql, lexical_rules(dialect)).map(|(_, token)| token)
}

/// Checks that a view says what it reads: each of these models is named in its query by its table, and no other one is.
///
/// # Errors
/// Names the model that is missing on either side.
pub(super) fn check_reads(
    model: &ModelDef,
    view: &ViewDef,
    models: &dyn Models,
    dialect: &Dialect,
) -> Result<()> {
    let Some(sql) = backend(dialect).view_text(view) else {
        return Ok(());
    };
    let mut named = BTreeSet::new();
    let mut is_alias = false;
    for token in tokens(sql, dialect) {
        let after_as = std::mem::replace(&mut is_alias, token.is("AS"));
        if let ScriptToken::Word(name) | ScriptToken::Name(name) = token
            && !after_as
        {
            named.insert(name);
        }
    }
    let key = model.key();
    for other in models.all().into_iter().filter(|other| other.key() != key) {
        let mut tables = other.join_table_names().chain([other.table_name()]);
        let table = tables.find(|table| named.contains(&table.name.to_ascii_uppercase()));
        let read = other.key();
        match (table, view.reads.contains(&read)) {
            (Some(table), false) => {
                return Err(
                    Error::config(format!("the view {key} reads {table}, and does not say so")).with_hint(format!(
                        "add {} to its `reads({})`: it is made after what it reads, and dropped before that changes",
                        read,
                        read.model
                    )),
                );
            }
            (None, true) => {
                return Err(Error::config(format!(
                    "the view {key} says that it reads {read}, and its query does not name the table {}",
                    other.table_name()
                ))
                .with_hint(
                    "write the name of the table as it is now, or take the model out of `reads(..)`",
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether two views have the same query on each database: what stands between its words counts for nothing.
pub fn same_queries(one: &ViewDef, other: &ViewDef) -> bool {
    Dialect::ALL.into_iter().all(|dialect| {
        let query = |view| backend(dialect).view_text(view).map(|sql| words(sql, dialect));
        query(one) == query(other)
    })
}

fn words<'t>(sql: &'t str, dialect: &Dialect) -> Vec<&'t str> {
    let sql = without_semicolon(sql, dialect);
    Tokens::of(sql, lexical_rules(dialect))
        .map(|(at, _)| &sql[at])
        .collect()
}

/// The views that cannot be read, if the database drops what views read without a word.
///
/// # Errors
/// What the database says.
pub fn unreadable_views(session: &mut dyn Session) -> Result<BTreeSet<String>> {
    backend(session.dialect()).unreadable_views(session)
}

/// Checks that all views can be read that could before.
///
/// # Errors
/// If one cannot, by name; the caller rolls back.
pub fn refuse_unreadable_views(session: &mut dyn Session, before: &BTreeSet<String>) -> Result<()> {
    match unreadable_views(session)?.difference(before).next() {
        None => Ok(()),
        Some(view) => Err(
            Error::migration(format!("the {view} reads what is dropped; nothing was changed"))
                .with_hint("drop or change the view before"),
        ),
    }
}

/// The steps that make a view.
///
/// # Errors
/// As [`lower`].
pub(super) fn create(
    model: &ModelDef,
    view: &ViewDef,
    models: &dyn Models,
    dialect: &'static Dialect,
) -> Result<Vec<Step>> {
    let backend = backend(dialect);
    let view = lower(model, view, models, dialect)?;
    let mut steps = backend.create_grants(&with_grants(model, dialect)?);
    let schema = view.name.schema.as_deref();
    let schema = schema.and_then(|schema| backend.create_schema(schema));
    let made = Step::View(Box::new(ViewChange::of(None, &view, backend)));
    steps.splice(0..0, schema.into_iter().chain([made]));
    Ok(steps)
}

/// The step that drops a view.
pub(super) fn delete(model: &ModelDef, view: &ViewDef) -> Step {
    Step::Sql(drop_view(view.materialized, &model.table_name()))
}

fn drop_view(materialized: bool, name: &QualifiedName) -> String {
    format!("DROP {} {}", kind(materialized), name.quoted())
}

pub(super) fn kind(materialized: bool) -> &'static str {
    match materialized {
        true => "MATERIALIZED VIEW",
        false => "VIEW",
    }
}

/// The step that stores the rows of a view anew; none where the database stores none.
pub fn refresh_view(model: &ModelDef, concurrently: bool, dialect: &Dialect) -> Option<Step> {
    let stored = model.managed_view().is_some_and(|view| view.materialized) && dialect.materialized_views;
    stored.then(|| Step::Sql(sql::refresh(&model.table_name(), concurrently)))
}

/// The steps from one view, whose query was taken away, to another.
///
/// # Errors
/// As [`lower`].
pub fn fill_view(
    from: (&ModelDef, &dyn Models),
    to: (&ModelDef, &dyn Models),
    dialect: &'static Dialect,
) -> Result<Vec<Step>> {
    altered(from, to, true, dialect)
}

/// The steps from one view to another: it gets its new name first, where the database has a statement for that.
///
/// # Errors
/// As [`lower`].
pub(super) fn alter(
    from: (&ModelDef, &dyn Models),
    to: (&ModelDef, &dyn Models),
    dialect: &'static Dialect,
) -> Result<Vec<Step>> {
    altered(from, to, false, dialect)
}

fn altered(
    (from, from_models): (&ModelDef, &dyn Models),
    (to, to_models): (&ModelDef, &dyn Models),
    emptied: bool,
    dialect: &'static Dialect,
) -> Result<Vec<Step>> {
    let (Some(old), Some(new)) = (from.managed_view(), to.managed_view()) else {
        return Ok(Vec::new());
    };
    let backend = backend(dialect);
    let after = lower(to, new, to_models, dialect)?;
    let mut before = match backend.view_text(old) {
        Some(_) => lower(from, old, from_models, dialect)?,
        // Others have made it, and its query is not known.
        None => DatabaseView {
            name: from.table_name(),
            sql: String::new(),
            comment: None,
            ..after.clone()
        },
    };
    let mut steps = Vec::new();
    if before.name != after.name && dialect.rename_views {
        let schema = after.name.schema.as_deref();
        if before.name.schema != after.name.schema {
            steps.extend(schema.and_then(|schema| backend.create_schema(schema)));
            steps.extend(backend.set_schema(&before.name, schema));
            before.name.schema.clone_from(&after.name.schema);
        }
        if before.name != after.name {
            let (old, new) = (before.name.quoted(), quote(&after.name.name));
            steps.push(Step::Sql(format!("ALTER TABLE {old} RENAME TO {new}")));
            before.name.clone_from(&after.name);
        }
    }
    before.model.clone_from(&after.model);
    if emptied {
        before.sql.clear();
    }
    let granted = with_grants(to, dialect)?;
    let was = TableDef {
        grants: view_grants(from, dialect)?,
        ..granted.clone()
    };
    let (taken_back, given) = backend.alter_grants(&was, &granted);
    steps.extend(taken_back);
    if before != after {
        let mut change = ViewChange::of(Some(&before), &after, backend);
        change.say_grants(&was, &granted, backend);
        steps.push(Step::View(Box::new(change)));
    }
    steps.extend(given);
    Ok(steps)
}
