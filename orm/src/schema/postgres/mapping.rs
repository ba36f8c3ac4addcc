//! A foreign key that points at another column: its values are looked up while the column is rewritten, so that no trigger runs, and
//! unique values may change places. `USING` takes no query, but a function that has one; and while its own table is rewritten it
//! cannot read that, so it reads a copy.

use crate::sql::quote;

use super::super::Step;
use super::super::key_mapping::KeyMapping;
use super::alter::text;

/// The new value of a column.
pub(super) fn using(column: &str) -> String {
    format!("pg_temp.orm_pointed_at({})", quote(column))
}

pub(super) fn before(mapping: &KeyMapping, old_type: &str, new_type: &str) -> [Step; 3] {
    let (old, new) = (quote(&mapping.old), quote(&mapping.new));
    [
        Step::Sql(format!(
            "CREATE TEMPORARY TABLE orm_pointed_at AS SELECT {old} AS old, {new} AS new FROM {} WHERE {new} IS NOT NULL",
            mapping.table.quoted()
        )),
        Step::Sql("CREATE INDEX ON pg_temp.orm_pointed_at (old)".to_owned()),
        Step::Sql(format!(
            "CREATE FUNCTION pg_temp.orm_pointed_at(key {old_type}) RETURNS {new_type} LANGUAGE sql STABLE AS {}",
            text("SELECT new FROM pg_temp.orm_pointed_at WHERE old = key")
        )),
    ]
}

pub(super) fn after(old_type: &str) -> [Step; 2] {
    [
        Step::Sql(format!("DROP FUNCTION pg_temp.orm_pointed_at({old_type})")),
        Step::Sql("DROP TABLE pg_temp.orm_pointed_at".to_owned()),
    ]
}
