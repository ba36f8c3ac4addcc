//! Each row of the tables of queries is known, and shows what is rendered.

use std::collections::BTreeMap;

use orm::db::Dialect;

use crate::conditions::conditions;
use crate::page::{code, contains, normal, page, rows};
use crate::queries::{Row, posts, values};
use crate::steps::steps;

/// What a table shows and its queries do not contain.
fn wrong_rows(table: Vec<Vec<String>>, known: &BTreeMap<&str, Row>, columns: [usize; 2]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut used = 0;
    for row in table {
        let Some((queries, instead)) = known
            .iter()
            .find(|(start, _)| row[0].starts_with(*start))
            .map(|(_, row)| row)
        else {
            wrong.push(format!("no query for {}", row[0]));
            continue;
        };
        used += 1;
        for (dialect, column) in columns.into_iter().enumerate() {
            let cell = match row[column].starts_with("the same") && dialect == 1 {
                true => &row[columns[0]],
                false => &row[column],
            };
            let cell = instead
                .iter()
                .fold(cell.clone(), |cell, (word, sql)| cell.replace(word, sql));
            for shown in code(&cell).into_iter().filter(|shown| !shown.ends_with("()")) {
                if !queries.iter().any(|sql| contains(&sql[dialect], shown)) {
                    let sql: Vec<&String> = queries.iter().map(|sql| &sql[dialect]).collect();
                    wrong.push(format!("{}: {shown}, but {sql:#?}", row[0]));
                }
            }
        }
    }
    assert_eq!(used, known.len(), "each query belongs to a row");
    wrong
}

#[test]
fn the_tables_of_queries_show_what_is_rendered() {
    let page = page("orm/src/guide/queries.md");
    let of_conditions = rows(&page, "| method | SQL on SQLite | SQL on Postgres | Django |");
    let (of_values, of_steps): (Vec<_>, Vec<_>) = rows(&page, "| method | SQL | Django |")
        .into_iter()
        .enumerate()
        .partition(|(at, _)| *at < values().len());
    let rows_of = |rows: Vec<(usize, Vec<String>)>| rows.into_iter().map(|(_, row)| row).collect::<Vec<_>>();
    let mut wrong = wrong_rows(of_conditions, &conditions(), [1, 2]);
    wrong.extend(wrong_rows(rows_of(of_values), &values(), [1, 1]));
    let (locking, of_steps): (Vec<_>, Vec<_>) = rows_of(of_steps)
        .into_iter()
        .partition(|row| row[0].starts_with("[`select_for_update`]"));
    wrong.extend(wrong_rows(of_steps, &steps(), [1, 1]));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    assert_eq!(locking[0][1], "`FOR UPDATE` on Postgres");
    let locked = |dialect| normal(&posts().select_for_update().sql(dialect).expect("it is rendered"));
    assert!(locked(Dialect::POSTGRES).contains("FOR UPDATE"));
    assert!(!locked(Dialect::SQLITE).contains("UPDATE"));
}
