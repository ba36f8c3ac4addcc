//! Fewer operations make the same tables.

use proptest::prelude::*;

use super::tests::lines;
use super::*;
use crate::connect::{Db, DbSession};
use crate::migrate::file::{self, MigrationFile, MigrationKey};
use crate::migrate::operation::testing::attempts::{Attempt, Fitting, attempts, everywhere, fitting};
use crate::migrate::{HISTORY_TABLE, MigrateOptions, Migrations, Target, migrate};
use crate::schema::{TableDef, introspect, tables};

/// Each migration needs the ones before it.
fn migrations(parts: &[(&str, &[Operation])]) -> Migrations {
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut keys: Vec<MigrationKey> = Vec::new();
    for (number, (app, operations)) in parts.iter().enumerate() {
        let key = MigrationKey::new(*app, format!("{:04}_part", number + 1));
        let file = MigrationFile::new(key.clone(), false, keys.clone(), operations.to_vec()).unwrap();
        texts.push((format!("{app}/{}.toml", key.name), file::render(&file).unwrap()));
        keys.push(key);
    }
    let texts: Vec<(&str, &str)> = texts
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    Migrations::from_embedded(&texts).unwrap()
}

fn made_by(parts: &[(&str, &[Operation])]) -> crate::Result<Vec<TableDef>> {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", dir.path().join("test.db").display());
    let session: &mut DbSession = &mut Db::connect(&url)?.session()?;
    let options = MigrateOptions {
        allow_loss: true,
        ..MigrateOptions::default()
    };
    migrate(
        session,
        &migrations(parts),
        &Target::Latest,
        &options,
        &mut |_| {},
    )?;
    let names = tables(session)?;
    let names = names.iter().filter(|name| name.as_str() != HISTORY_TABLE);
    let mut tables = Vec::new();
    for name in names {
        let mut table = introspect(session, name)?.unwrap();
        // Made from names that a table or a column may have had before.
        table.checks.iter_mut().for_each(|check| check.name.clear());
        table.uniques.iter_mut().for_each(|unique| unique.name.clear());
        table.foreign_keys.iter_mut().for_each(|key| key.name.clear());
        table.indexes.iter_mut().for_each(|index| index.name.clear());
        table.columns.sort_by(|a, b| a.name.cmp(&b.name));
        table.checks.sort_by(|a, b| a.sql.cmp(&b.sql));
        table.uniques.sort_by(|a, b| a.columns.cmp(&b.columns));
        table.foreign_keys.sort_by(|a, b| a.columns.cmp(&b.columns));
        table.indexes.sort_by_key(|index| format!("{index:?}"));
        tables.push(table);
    }
    Ok(tables)
}

/// Whether a table that is somebody else's may get another name: keys to it are not recreated for that.
fn moves_a_foreign_table(fitting: &Fitting) -> bool {
    let all = || fitting.first.iter().chain(&fitting.operations);
    let foreign = |operation: &Operation| match operation {
        Operation::CreateModel(create) => create.unmanaged,
        Operation::AlterModelOptions(options) => options.unmanaged,
        _ => false,
    };
    let moves = |operation: &Operation| {
        matches!(
            operation,
            Operation::AlterModelTable(_) | Operation::RenameModel(_) | Operation::MoveModel(_)
        )
    };
    all().any(foreign) && all().any(moves)
}

/// Found by the law below.
#[test]
fn a_table_that_became_managed_again_is_dropped() {
    let operations = crate::migrate::operation::testing::operations(
        "create C, id int pk, y int; options C unmanaged; sql by hand; options C y; delete C",
    );
    let optimized = optimize(operations.clone(), "a");
    for operations in [operations, optimized] {
        assert_eq!(
            made_by(&[("a", &operations)]).unwrap(),
            [],
            "{}",
            lines(&operations)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn fewer_operations_make_the_same_tables((start, attempts) in attempts()) {
        let attempts: Vec<Attempt> = attempts.into_iter().filter(everywhere).collect();
        let fitting = fitting(start, &attempts);
        prop_assume!(!moves_a_foreign_table(&fitting));
        let other = crate::migrate::operation::testing::operations("create Other, id int pk, x int");
        let optimized = optimize(fitting.operations.clone(), "a");
        let run = |operations: &[Operation]| {
            made_by(&[("b", &other), ("a", &fitting.first), ("b", &fitting.outside), ("a", operations)])
        };
        // Not every change is one that tables can follow; those that they can, they can either way.
        if let Ok(expected) = run(&fitting.operations) {
            let show = || format!("{}\n---\n{}", lines(&fitting.operations), lines(&optimized));
            match run(&optimized) {
                Ok(found) => prop_assert_eq!(found, expected, "{}", show()),
                Err(error) => prop_assert!(false, "{error}\n{}", show()),
            }
        }
    }
}
