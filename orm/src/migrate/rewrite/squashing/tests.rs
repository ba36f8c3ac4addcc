use proptest::prelude::*;

use super::*;
use crate::migrate::file;
use crate::migrate::operation::testing::operations;
use crate::migrate::testing::laws::{models, tables};
use crate::migrate::testing::{embedded, grown_anyhow};

/// Squashes all of each app that lets itself be, and says which did.
fn squashed(migrations: &[NewMigration]) -> (Vec<NewMigration>, usize) {
    let mut all = migrations.to_vec();
    let apps: BTreeSet<String> = migrations.iter().map(|one| one.app.clone()).collect();
    let mut done = 0;
    for app in apps {
        let now = embedded(&all);
        let Ok(Some(last)) = now.graph.leaf(&app) else {
            continue;
        };
        let options = SquashOptions {
            name: Some(format!("all_{}", all.len())),
            ..SquashOptions::default()
        };
        match squash_migrations(&now, &app, None, &last.name, &options) {
            Ok(squash) => {
                all.push(squash.migration);
                done += 1;
            }
            // Apps that need each other in turns cannot become one migration each.
            Err(error) => assert!(
                error.to_string().contains("has to run between the two"),
                "{error}"
            ),
        }
    }
    (all, done)
}

/// Migrations by the text of their operations (of the app `a` or `b`), each with what it depends on.
fn written(files: &[(&str, &[&str], &str)]) -> Migrations {
    let texts: Vec<(String, String)> = files
        .iter()
        .map(|(name, dependencies, text)| {
            let parse = |text: &str| MigrationKey::parse(text).unwrap();
            let dependencies = dependencies.iter().map(|text| parse(text)).collect();
            let file = MigrationFile::new(parse(name), false, dependencies, operations(text)).unwrap();
            (
                format!("{}.toml", name.replace('.', "/")),
                file::render(&file).unwrap(),
            )
        })
        .collect();
    let texts: Vec<(&str, &str)> = texts
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    Migrations::from_embedded(&texts).unwrap()
}

fn squash_all(migrations: &Migrations, app: &str) -> Result<Squash> {
    let last = migrations.graph.leaf(app)?.unwrap().name.clone();
    squash_migrations(migrations, app, None, &last, &SquashOptions::default())
}

#[test]
fn what_a_new_database_can_do_without_is_left_out() {
    let migrations = written(&[
        ("a.0001_one", &[], "create A, id int pk; sql elidable"),
        (
            "a.0002_two",
            &["a.0001_one"],
            "add A.x int; rename A B; rust fill elidable",
        ),
        ("a.0003_three", &["a.0002_two"], "rename B.x y"),
    ]);
    let squash = squash_all(&migrations, "a").unwrap();
    assert_eq!(squash.replaces, ["0001_one", "0002_two", "0003_three"]);
    assert_eq!(squash.operations_before, 6);
    assert_eq!(
        squash.migration.operations,
        operations("create B, id int pk, y int")
    );
    let only = written(&[("a.0001_one", &[], "sql elidable")]);
    assert_eq!(squash_all(&only, "a").unwrap().migration.operations, Vec::new());
}

#[test]
fn what_stands_between_two_migrations_is_named() {
    let migrations = written(&[
        ("a.0001_one", &[], "create A, id int pk"),
        ("b.0001_one", &["a.0001_one"], "create B, id int pk, f fk=a.A"),
        ("a.0002_two", &["a.0001_one", "b.0001_one"], "add A.f fk=b.B null"),
    ]);
    let error = squash_all(&migrations, "a").unwrap_err().to_string();
    assert!(
        error.starts_with("a.0001_one cannot be one with a.0002_two: b.0001_one has to run between the two"),
        "{error}"
    );
}

#[test]
fn a_model_that_another_app_needs_in_between_keeps_the_migrations_apart() {
    let migrations = written(&[
        ("a.0001_one", &[], "create A, id int pk"),
        ("b.0001_one", &["a.0001_one"], "create B, id int pk, f fk=a.A"),
        ("a.0002_two", &["a.0001_one"], "rename A C"),
    ]);
    let error = squash_all(&migrations, "a").unwrap_err().to_string();
    assert!(
        error.contains("0001_squashed_0002_two") && error.contains("a.A, which does not exist"),
        "{error}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn squashed_histories_lead_to_the_same_models(first in tables(), second in tables(), third in tables()) {
        let mut plain = Vec::new();
        for tables in [&first, &second] {
            let models = models(tables);
            let new = grown_anyhow(&plain, &models).unwrap();
            plain.extend(new);
        }
        let (once, _) = squashed(&plain);
        let wanted = embedded(&plain).graph.state().unwrap();
        prop_assert!(embedded(&once).graph.state().unwrap().agrees_with(&wanted));

        // What comes later builds on the squashed ones, and is squashed with them.
        let models = models(&third);
        let mut later = once.clone();
        later.extend(grown_anyhow(&once, &models).unwrap());
        let wanted = embedded(&later).graph.state().unwrap();
        prop_assert!(wanted.agrees_with(&ProjectState::from_models(&models).unwrap()));
        let (twice, done) = squashed(&later);
        let graph = embedded(&twice).graph;
        prop_assert!(graph.state().unwrap().agrees_with(&wanted));
        // One for one app each time, except where other apps stand between.
        prop_assert!(graph.files().count() <= embedded(&later).graph.files().count());
        let whole = graph.apps().iter().filter(|app| graph.of_app(app).count() == 1).count();
        prop_assert!(whole >= done);
    }
}
