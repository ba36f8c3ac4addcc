//! Preconditions on rows and on hand-made objects, checked before anything is changed.

use crate::model::QualifiedName;
use crate::sql::quote;

use super::super::diff::TableChange;
use super::super::{Guard, Step};
use super::alter::{conversion_of, text};
use super::convert::{READS, READS_NAME};
use super::ddl;

pub(super) fn guards(change: &TableChange, steps: &mut Vec<Step>) {
    let (from, to) = (&change.from, &change.to);
    let table = to.qualified_name().quoted();
    for column in from
        .columns
        .iter()
        .filter(|column| to.column(&column.name).is_none())
    {
        steps.push(no_key_to(&from.qualified_name(), &column.name));
    }
    let guard = |condition: String, what: String, hint: &str| {
        Step::Guard(Guard {
            rows_of: (!condition.contains(READS_NAME)).then(|| to.qualified_name()),
            count: format!("SELECT count(*) FROM {table} WHERE {condition}"),
            what,
            hint: hint.to_owned(),
        })
    };
    for column in &to.columns {
        let name = quote(&column.name);
        let filled = change.fills.contains_key(&column.name);
        let Some(before) = from.column(&column.name) else {
            let given = column.generated || column.computed.is_some() || column.default.is_some();
            if !column.null && !given && !filled {
                steps.push(guard(
                    "true".to_owned(),
                    format!("rows of {table} would have no value in the new column {name}"),
                    "give the field a default, or a value for the rows that are there",
                ));
            }
            continue;
        };
        if let Some(mapping) = change.mapped.get(&column.name) {
            steps.push(Step::Guard(mapping.guard(&to.qualified_name(), &column.name)));
        }
        let lost = conversion_of(change, before, column).lost;
        let reads = lost.iter().any(|lost| lost.contains(READS_NAME));
        steps.extend(reads.then(|| Step::Sql(READS[0].to_owned())));
        for lost in lost {
            steps.push(guard(
                format!("{name} IS NOT NULL AND ({lost})"),
                format!("rows of {table} hold values in {name} that its new type cannot hold"),
                "change those rows first, or add a field of the new type and fill it",
            ));
        }
        steps.extend(reads.then(|| Step::Sql(READS[1].to_owned())));
        if before.null && !column.null && !filled {
            steps.push(guard(
                format!("{name} IS NULL"),
                format!("rows of {table} hold NULL in {name}, which takes NULL no longer"),
                "fill those rows first, or give a value for them",
            ));
        }
    }
    steps.extend(ddl::no_duplicates_by_collation(change));
}

fn no_key_to(table: &QualifiedName, column: &str) -> Step {
    Step::Guard(Guard {
        rows_of: None,
        count: format!(
            "SELECT count(*) FROM pg_constraint AS c JOIN pg_attribute AS a ON a.attrelid = c.confrelid AND a.attnum = \
             ANY (c.confkey) WHERE c.contype = 'f' AND c.conrelid <> c.confrelid AND c.confrelid = {}::regclass AND \
             a.attname = {}",
            text(&table.quoted()),
            text(column)
        ),
        what: format!(
            "foreign keys of other tables point at {} of {}",
            quote(column),
            table.quoted()
        ),
        hint: "remove or change them first".to_owned(),
    })
}

/// Postgres silently drops indexes and checks over several columns together with any of them.
pub(super) fn nothing_else_uses(table: &QualifiedName, column: &str) -> [Step; 2] {
    let indexes = Guard {
        rows_of: None,
        count: format!(
            "SELECT count(*) FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid WHERE i.indrelid = {0}::regclass \
             AND a.attname = {1} AND (a.attnum = ANY (i.indkey::smallint[]) AND i.indnatts > 1 OR EXISTS (SELECT FROM pg_depend \
             AS d JOIN pg_depend AS o ON (o.classid, o.objid, o.refclassid, o.refobjid) = (d.classid, d.objid, d.refclassid, \
             d.refobjid) AND o.refobjsubid NOT IN (0, d.refobjsubid) WHERE d.classid = 'pg_class'::regclass AND d.objid = \
             i.indexrelid AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum))",
            text(&table.quoted()),
            text(column)
        ),
        what: format!(
            "indexes of {} that the models do not know use {} together with other columns, and would be lost",
            table.quoted(),
            quote(column)
        ),
        hint: "drop them first".to_owned(),
    };
    let checks = Guard {
        rows_of: None,
        count: format!(
            "SELECT count(*) FROM pg_constraint AS c JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = ANY \
             (c.conkey) WHERE c.contype = 'c' AND c.conrelid = {}::regclass AND a.attname = {} AND cardinality(c.conkey) > 1",
            text(&table.quoted()),
            text(column)
        ),
        what: format!(
            "checks of {} that the models do not know use {} together with other columns, and would be lost",
            table.quoted(),
            quote(column)
        ),
        hint: "drop them first".to_owned(),
    };
    [Step::Guard(indexes), Step::Guard(checks)]
}
