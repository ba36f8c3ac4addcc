//! Statements and parts of them that are the same on both databases.

use crate::model::{Deferrable, IndexMethod, NullsOrder, QualifiedName, ReferentialAction};
use crate::sql::quote;

use super::diff::TableChange;
use super::literal::quoted;
use super::{
    CheckDef, ColumnDef, ComputedDef, ForeignKeyDef, Guard, IndexColumn, Step, TableIndex, TableIndexKey,
    TableUnique,
};

/// A list of quoted names.
pub(super) fn names(columns: &[String]) -> String {
    columns
        .iter()
        .map(|column| quote(column))
        .collect::<Vec<_>>()
        .join(", ")
}

pub(super) fn create_index(table: impl Into<QualifiedName>, index: &TableIndex) -> String {
    create_index_on(&table.into().quoted(), index)
}

/// On a table whose name is SQL already.
pub(super) fn create_index_on(table: &str, index: &TableIndex) -> String {
    index_text("INDEX", table, index)
}

/// While others write, where a database can.
pub(super) fn create_index_concurrently(table: &QualifiedName, index: &TableIndex) -> String {
    index_text("INDEX CONCURRENTLY", &table.quoted(), index)
}

fn index_text(words: &str, table: &str, index: &TableIndex) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let mut out = format!("CREATE {unique}{words} {} ON {table}", quote(&index.name));
    if index.method != IndexMethod::Btree {
        out.push_str(&format!(" USING {}", index.method.name()));
    }
    let parts: Vec<String> = index.columns.iter().map(index_part).collect();
    out.push_str(&format!(" ({}){}", parts.join(", "), index_parameters(index)));
    if let Some(condition) = &index.condition {
        out.push_str(&format!(" WHERE {condition}"));
    }
    out
}

/// What an index has beside, and how it is kept.
pub(super) fn index_parameters(index: &TableIndex) -> String {
    let mut out = String::new();
    if !index.include.is_empty() {
        out.push_str(&format!(" INCLUDE ({})", names(&index.include)));
    }
    if index.nulls_not_distinct {
        out.push_str(" NULLS NOT DISTINCT");
    }
    if !index.with.is_empty() {
        out.push_str(&format!(" WITH ({})", storage_parameters(&index.with)));
    }
    out
}

pub(super) fn storage_parameters<'p>(all: impl IntoIterator<Item = (&'p String, &'p String)>) -> String {
    let set = |(name, value): (&String, &String)| format!("{} = {}", quote(name), quoted(value));
    all.into_iter().map(set).collect::<Vec<_>>().join(", ")
}

fn key(part: &IndexColumn) -> String {
    match &part.key {
        TableIndexKey::Column(name) => quote(name),
        TableIndexKey::Expression(sql) => format!("({sql})"),
    }
}

pub(super) fn index_part(part: &IndexColumn) -> String {
    let mut out = key(part);
    if let Some(collation) = &part.collation {
        out.push_str(&format!(" COLLATE {}", quote(collation)));
    }
    if let Some(class) = &part.operator_class {
        out.push_str(&format!(" {}", quote(class)));
    }
    if part.descending {
        out.push_str(" DESC");
    }
    out.push_str(match part.nulls {
        Some(NullsOrder::First) => " NULLS FIRST",
        Some(NullsOrder::Last) => " NULLS LAST",
        None => "",
    });
    out
}

/// `CONSTRAINT name `; nothing for a constraint without a name, as SQLite has them.
pub(super) fn constraint(name: &str) -> String {
    match name {
        "" => String::new(),
        name => format!("CONSTRAINT {} ", quote(name)),
    }
}

pub(super) fn check(check: &CheckDef) -> String {
    format!("{}CHECK ({})", constraint(&check.name), check.sql)
}

/// What a computed column says after its type.
pub(super) fn generated_as(computed: &ComputedDef) -> String {
    let kind = if computed.stored { "STORED" } else { "VIRTUAL" };
    format!(" GENERATED ALWAYS AS ({}) {kind}", computed.sql)
}

/// An action as SQL writes it, and a SQLite catalog tells it.
pub(super) fn action_sql(action: ReferentialAction) -> &'static str {
    match action {
        ReferentialAction::Cascade => "CASCADE",
        ReferentialAction::Restrict => "RESTRICT",
        ReferentialAction::NoAction => "NO ACTION",
        ReferentialAction::SetNull => "SET NULL",
        ReferentialAction::SetDefault => "SET DEFAULT",
    }
}

/// What a foreign key says after the columns it points at.
pub(super) fn actions(key: &ForeignKeyDef) -> String {
    let action = |event: &str, action: ReferentialAction| match action {
        ReferentialAction::NoAction => String::new(),
        action => format!(" ON {event} {}", action_sql(action)),
    };
    format!(
        "{}{}{}",
        action("DELETE", key.on_delete),
        action("UPDATE", key.on_update),
        deferrable(key.deferrable)
    )
}

/// What a constraint says at its end about when it is checked.
pub(super) fn deferrable(when: Deferrable) -> &'static str {
    match when {
        Deferrable::No => "",
        Deferrable::Immediate => " DEFERRABLE INITIALLY IMMEDIATE",
        Deferrable::Deferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

/// Checked before columns become unique, so that duplicates are counted and reported.
pub(super) fn no_duplicates(table: impl Into<QualifiedName>, unique: &TableUnique) -> Step {
    let keys = unique.columns.iter().map(|column| quote(column)).collect();
    duplicates(&table.into(), keys, None, unique.nulls_not_distinct)
}

/// The same for a unique index.
pub(super) fn no_duplicates_in_index(table: impl Into<QualifiedName>, index: &TableIndex) -> Option<Step> {
    let table = table.into();
    // What is equal depends on the collation.
    let key = |part: &IndexColumn| match &part.collation {
        Some(collation) => format!("{} COLLATE {}", self::key(part), quote(collation)),
        None => self::key(part),
    };
    let keys = index.columns.iter().map(key).collect();
    index
        .unique
        .then(|| duplicates(&table, keys, index.condition.as_deref(), index.nulls_not_distinct))
}

/// The same for what stays unique where columns get a collation that may take different strings for equal, before they
/// have it. What is new is counted when the columns are as it wants them, and values that change with the collation cannot
/// be counted before.
pub(super) fn no_duplicates_by_collation(change: &TableChange) -> Vec<Step> {
    let (from, to) = (&change.from, &change.to);
    let given = |name: &str| {
        let (before, after) = (from.column(name)?, to.column(name)?);
        let collation = after.collation.as_ref().filter(|_| before.ty == after.ty)?;
        (before.collation.as_ref() != Some(collation)).then_some(collation)
    };
    let key = |name: &String| match given(name) {
        Some(collation) => format!("{} COLLATE {}", quote(name), quote(collation)),
        None => quote(name),
    };
    let stands = |column: &&ColumnDef| {
        let before = from.column(&column.name);
        let same = before.is_some_and(|before| before.ty == column.ty && before.computed == column.computed);
        same && column.computed.is_none() && !change.fills.contains_key(&column.name)
    };
    let (standing, moving): (Vec<&ColumnDef>, Vec<&ColumnDef>) = to.columns.iter().partition(stands);
    let mut steps = Vec::new();
    let key_before = TableUnique::over(String::new(), from.primary_key.clone());
    let primary_key = TableUnique::over(String::new(), to.primary_key.clone());
    let kept = (to.uniques.iter()).filter(|unique| from.uniques.contains(unique));
    for unique in kept.chain(Some(&primary_key).filter(|key| **key == key_before)) {
        let stands = |name: &String| standing.iter().any(|column| column.name == *name);
        if unique.columns.iter().all(stands) && unique.columns.iter().any(|name| given(name).is_some()) {
            let keys = unique.columns.iter().map(key).collect();
            steps.push(duplicates(
                &to.qualified_name(),
                keys,
                None,
                unique.nulls_not_distinct,
            ));
        }
    }
    for index in &to.indexes {
        if !from.indexes.contains(index) || moving.iter().any(|column| index.names(&column.name)) {
            continue;
        }
        let mut index = index.clone();
        let mut changed = false;
        for part in &mut index.columns {
            if let (TableIndexKey::Column(name), None) = (&part.key, &part.collation)
                && let Some(collation) = given(name)
            {
                part.collation = Some(collation.clone());
                changed = true;
            }
        }
        steps.extend(
            changed
                .then(|| no_duplicates_in_index(to.qualified_name(), &index))
                .flatten(),
        );
    }
    steps
}

fn duplicates(table: &QualifiedName, keys: Vec<String>, condition: Option<&str>, nulls_too: bool) -> Step {
    let columns = keys.join(", ");
    let keys = keys.iter().filter(|_| !nulls_too);
    let mut kept: Vec<String> = keys.map(|key| format!("{key} IS NOT NULL")).collect();
    kept.extend(condition.map(|condition| format!("({condition})")));
    let kept = match kept.is_empty() {
        true => String::new(),
        false => format!(" WHERE {}", kept.join(" AND ")),
    };
    let rows = match condition {
        Some(condition) => format!("row of {} WHERE {condition}", table.quoted()),
        None => format!("row of {}", table.quoted()),
    };
    Step::Guard(Guard {
        rows_of: Some(table.clone()),
        count: format!(
            "SELECT count(*) FROM (SELECT 1 FROM {}{kept} GROUP BY {columns} HAVING count(*) > 1) AS twice",
            table.quoted(),
        ),
        what: format!("values of {columns} stand in more than one {rows}"),
        hint: "they cannot become unique; change those rows first".to_owned(),
    })
}
