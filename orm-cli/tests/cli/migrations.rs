//! Models become files and files become tables, through the embedded form of the command line.

use serde_json::json;

use crate::project::Project;

fn project() -> Project {
    let project = Project::empty();
    project.orm(&["init", "--url", "sqlite://shop.db"]).ok();
    project
}

/// A project whose first migration is written.
fn written() -> Project {
    let project = project();
    project.manage(&["makemigrations"]).ok();
    project
}

#[test]
fn the_loop_from_models_to_tables_and_back() {
    let project = project();
    let output = project.manage(&["makemigrations"]).ok();
    assert!(
        output.starts_with("migrations/shop/0001_initial.toml\n  + "),
        "{output}"
    );
    assert_eq!(project.manage(&["makemigrations"]).ok(), "no changes detected\n");
    assert_eq!(
        project.manage(&["showmigrations"]).ok(),
        "shop\n [ ] 0001_initial\n"
    );
    let output = project.manage(&["migrate"]).ok();
    assert!(
        output.starts_with("  apply shop.0001_initial ... ok ("),
        "{output}"
    );
    assert_eq!(project.manage(&["migrate"]).ok(), "nothing to apply\n");
    assert_eq!(
        project.manage(&["showmigrations", "--plan"]).ok(),
        "[X] shop.0001_initial\n"
    );
    let output = project.manage(&["migrate", "shop", "zero"]).ok();
    assert!(
        output.starts_with("  take back shop.0001_initial ... ok ("),
        "{output}"
    );
    assert_eq!(
        project.manage(&["showmigrations", "shop"]).ok(),
        "shop\n [ ] 0001_initial\n"
    );
}

#[test]
fn a_project_without_migrations_is_told_how_to_make_them() {
    let project = project();
    let first = "there are no migrations yet; `makemigrations` writes them from the models\n";
    assert_eq!(project.orm(&["migrate"]).ok(), first);
    assert_eq!(project.orm(&["migrate", "--plan"]).ok(), first);
    assert_eq!(project.manage(&["migrate"]).ok(), first);
}

#[test]
fn the_installed_program_needs_only_the_files() {
    let project = written();
    assert!(
        project
            .orm(&["migrate", "shop", "0001"])
            .ok()
            .contains("shop.0001_initial ... ok")
    );
    assert_eq!(project.orm(&["migrate"]).ok(), "nothing to apply\n");
    assert_eq!(project.orm(&["showmigrations"]).ok(), "shop\n [X] 0001_initial\n");
}

#[test]
fn fake_records_and_touches_no_table() {
    let project = written();
    let output = project.orm(&["migrate", "--fake"]).ok();
    assert!(
        output.contains("shop.0001_initial ... recorded only ("),
        "{output}"
    );
    let error = project.orm(&["migrate", "shop", "zero"]).fails(1);
    assert!(error.contains("error: "), "there is no table to drop: {error}");
    assert_eq!(project.orm(&["showmigrations"]).ok(), "shop\n [X] 0001_initial\n");
}

#[test]
fn check_says_1_until_there_is_nothing_to_do_and_changes_nothing() {
    let project = project();
    let output = project.manage(&["makemigrations", "--check"]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(!project.root().join("migrations").exists());
    project.manage(&["makemigrations"]).ok();
    project.manage(&["makemigrations", "--check"]).ok();
    assert_eq!(project.orm(&["migrate", "--check"]).code, 1);
    assert_eq!(project.orm(&["migrate", "--check"]).code, 1, "it was not applied");
    project.orm(&["migrate"]).ok();
    project.orm(&["migrate", "--check"]).ok();
}

#[test]
fn a_dry_run_prints_the_file_and_writes_none() {
    let project = project();
    let output = project.manage(&["makemigrations", "--dry-run"]).ok();
    assert!(!project.root().join("migrations").exists());
    project.manage(&["makemigrations"]).ok();
    let file = project.read("migrations/shop/0001_initial.toml");
    let without_id = |text: &str| -> String {
        let lines = text.lines().filter(|line| !line.starts_with("id ="));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert!(
        without_id(&output).contains(&without_id(&file)),
        "{output}\nversus\n{file}"
    );
}

#[test]
fn migrate_warns_of_changes_without_a_file_where_models_are_at_hand() {
    let project = project();
    let output = project.manage(&["migrate"]);
    assert_eq!(
        (output.code, output.stdout.as_str()),
        (
            0,
            "there are no migrations yet; `makemigrations` writes them from the models\n"
        )
    );
    assert!(
        output
            .stderr
            .starts_with("warning: the models have changes that are not in a file in migrations")
    );
    project.manage(&["makemigrations"]).ok();
    assert_eq!(project.manage(&["migrate"]).stderr, "");
}

#[test]
fn names_that_are_none_are_code_2_and_the_right_ones_are_listed() {
    let project = written();
    for (arguments, hint) in [
        (&["makemigrations", "blog"][..], "hint: there are: shop\n"),
        (&["migrate", "blog"], "hint: apps with migrations are: shop\n"),
        (
            &["showmigrations", "blog"],
            "hint: apps with migrations are: shop\n",
        ),
        (
            &["sqlmigrate", "blog", "0001"],
            "hint: apps with migrations are: shop\n",
        ),
        (
            &["makemigrations", "-p", "blog"],
            "hint: leave out the options that choose a package\n",
        ),
    ] {
        let error = project.manage(arguments).fails(2);
        assert!(error.ends_with(hint), "{error}");
    }
    let error = project.manage(&["sqlmigrate", "shop", "0007"]).fails(1);
    assert!(error.contains("0007"), "{error}");
    let error = project.manage(&["migrate", "--database", "replica"]).fails(1);
    assert!(
        error.contains("orm.toml has no database `replica`\nhint: it has: default\n"),
        "{error}"
    );
}

#[test]
fn sqlmigrate_needs_no_database() {
    let project = written();
    project.file("orm.toml", "");
    let sqlite = project
        .orm(&["sqlmigrate", "shop", "0001", "--dialect", "sqlite"])
        .ok();
    let postgres = project
        .orm(&["sqlmigrate", "shop", "0001", "--dialect", "postgres"])
        .ok();
    assert!(
        sqlite.contains("CREATE TABLE") && sqlite.contains("AUTOINCREMENT"),
        "{sqlite}"
    );
    assert!(
        postgres.contains("CREATE TABLE") && postgres.contains("IDENTITY"),
        "{postgres}"
    );
    let back = project
        .orm(&["sqlmigrate", "shop", "0001", "--backwards", "--dialect", "sqlite"])
        .ok();
    assert!(back.contains("DROP TABLE"), "{back}");
    let error = project.orm(&["sqlmigrate", "shop", "0001"]).fails(2);
    assert!(error.ends_with("hint: give --dialect\n"), "{error}");
    let error = project
        .orm(&["sqlmigrate", "shop", "0001", "--dialect", "oracle"])
        .fails(2);
    assert!(error.contains("known are: sqlite, postgres"), "{error}");
}

#[test]
fn json_is_the_documented_form_and_all_there_is_on_the_output() {
    let project = project();
    let made = project.manage(&["makemigrations", "--json"]).json();
    let first = &made["migrations"][0];
    assert_eq!(
        (&made["written"], &first["app"], &first["name"]),
        (&json!(true), &json!("shop"), &json!("0001_initial"))
    );
    assert_eq!(first["path"], "migrations/shop/0001_initial.toml");
    assert_eq!(first["operations"][0]["kind"], "CreateModel");
    assert!(first["text"].is_string());
    assert_eq!(
        project.manage(&["makemigrations", "--json"]).json(),
        json!({"written": true, "migrations": []})
    );

    let plan = project.orm(&["migrate", "--plan", "--json"]).json();
    assert_eq!(plan["plan"][0]["direction"], "forward");
    assert!(plan["plan"][0]["steps"][0]["sql"][0].is_string(), "{plan}");
    let listed = project.orm(&["showmigrations", "--json"]).json();
    let expected =
        json!({"app": "shop", "name": "0001_initial", "applied_at": null, "edited": false, "missing": false});
    assert_eq!(listed, json!({"migrations": [expected]}));
    let report = project.orm(&["migrate", "--json"]).json();
    assert_eq!(report, json!({"applied": ["shop.0001_initial"], "unapplied": []}));
    let listed = project.orm(&["showmigrations", "--json"]).json();
    assert!(listed["migrations"][0]["applied_at"].is_string());
    let sql = project.orm(&["sqlmigrate", "shop", "0001", "--json"]).json();
    assert_eq!(sql["name"], "0001_initial");
}

#[test]
fn a_colour_is_only_for_terminals_unless_asked_for() {
    let project = project();
    let plain = project.manage(&["makemigrations", "--check"]).stdout;
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let coloured = project
        .manage(&["makemigrations", "--check", "--color", "always"])
        .stdout;
    assert!(coloured.contains('\u{1b}'), "{coloured}");
}

#[test]
fn an_empty_migration_carries_its_name() {
    let project = written();
    let output = project
        .manage(&["makemigrations", "shop", "--empty", "-n", "by_hand"])
        .ok();
    assert!(
        output.starts_with("migrations/shop/0002_by_hand.toml\n"),
        "{output}"
    );
    assert_eq!(project.manage(&["makemigrations"]).ok(), "no changes detected\n");
}

#[test]
fn a_question_without_an_answer_is_code_3_and_shows_how_to_answer() {
    let project = written();
    // As if the column had not been there when the first migration was written.
    let path = "migrations/shop/0001_initial.toml";
    let file = project.read(path);
    let lines: Vec<&str> = file.lines().filter(|line| !line.contains("\"cents\"")).collect();
    let shorter = lines.join("\n").replace(", \"-cents\"", "");
    assert_ne!(shorter, file);
    project.file(path, &shorter);
    let error = project.manage(&["makemigrations"]).fails(3);
    assert!(error.contains("--default shop.Order.cents=VALUE"), "{error}");
    let output = project
        .manage(&["makemigrations", "--default", "shop.Order.cents=0"])
        .ok();
    assert!(output.contains("cents"), "{output}");
}

#[test]
fn models_of_apps_without_any_migration_are_refused_rather_than_swapped_for_all_others() {
    let project = written();
    std::fs::rename(
        project.root().join("migrations/shop"),
        project.root().join("migrations/store"),
    )
    .unwrap();
    let error = project.manage(&["makemigrations"]).fails(1);
    assert!(
        error.starts_with("error: the migrations are of store, the models of shop\nhint: "),
        "{error}"
    );
}
