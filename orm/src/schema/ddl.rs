//! Statements, and parts of them, that both databases write alike.

use crate::model::{Deferrable, ReferentialAction};
use crate::sql::quote;

use super::{CheckDef, ComputedDef, ForeignKeyDef, Guard, IndexDef, Step, UniqueDef};

/// Names in a list.
pub(super) fn names(columns: &[String]) -> String {
    columns
        .iter()
        .map(|column| quote(column))
        .collect::<Vec<_>>()
        .join(", ")
}

pub(super) fn create_index(table: &str, index: &IndexDef) -> String {
    if let Some(sql) = &index.sql {
        return sql.clone();
    }
    let columns: Vec<String> = index
        .columns
        .iter()
        .map(|column| {
            let direction = if column.descending { " DESC" } else { "" };
            format!("{}{direction}", quote(&column.name))
        })
        .collect();
    format!(
        "CREATE INDEX {} ON {} ({})",
        quote(&index.name),
        quote(table),
        columns.join(", ")
    )
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
    let deferrable = match key.deferrable {
        Deferrable::No => "",
        Deferrable::Immediate => " DEFERRABLE INITIALLY IMMEDIATE",
        Deferrable::Deferred => " DEFERRABLE INITIALLY DEFERRED",
    };
    format!(
        "{}{}{deferrable}",
        action("DELETE", key.on_delete),
        action("UPDATE", key.on_update)
    )
}

/// Asked before columns become unique, so that duplicates are counted and named.
pub(super) fn no_duplicates(table: &str, unique: &UniqueDef) -> Step {
    let columns = names(&unique.columns);
    let not_null: Vec<String> = unique
        .columns
        .iter()
        .map(|column| format!("{} IS NOT NULL", quote(column)))
        .collect();
    Step::Guard(Guard {
        count: format!(
            "SELECT count(*) FROM (SELECT 1 FROM {} WHERE {} GROUP BY {columns} HAVING count(*) > 1) AS twice",
            quote(table),
            not_null.join(" AND ")
        ),
        what: format!(
            "values of {columns} stand in more than one row of {}",
            quote(table)
        ),
        hint: "they cannot become unique; change those rows first".to_owned(),
    })
}
