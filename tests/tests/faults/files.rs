//! Migration files that were edited, merged, added late, or are unusual.

use orm::migrate::{Project as Directory, Report, Target};
use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

use super::on_both;
use super::snapshot::snapshot;
use super::world::{CASES, Project, numbers, populated, populated_plain, session};

on_both! {
    what_ran_before_a_failure_stays_and_may_not_be_edited,
    spaces_comments_and_line_ends_are_no_edit,
    an_older_file_that_comes_late_is_refused_or_run_but_never_skipped,
    order_is_by_dependency_and_not_by_name,
    two_apps_may_have_the_same_names,
    a_database_from_a_backup_gets_what_it_lacks,
    sql_by_hand_ends_where_the_database_says,
}

/// A migration that creates one model.
fn model(id: &str, dependencies: &str, name: &str) -> String {
    format!(
        "id = \"{id}\"\ndependencies = [{dependencies}]\n[[operations]]\nkind = \"CreateModel\"\nmodel = \"{name}\"\nfields = [{{ \
         name = \"id\", type = \"big_int\", primary_key = true, generated = true }}]\n"
    )
}

fn by_hand(sqlite: &str, postgres: &str) -> String {
    format!(
        "[[operations]]\nkind = \"RunSql\"\n[operations.sqlite]\nforward = '''{sqlite}'''\n[operations.postgres]\nforward = \
         '''{postgres}'''\n"
    )
}

fn what_ran_before_a_failure_stays_and_may_not_be_edited(backend: Backend) {
    let database = populated(backend);
    let mut session = session(&database);
    let insert = "INSERT INTO shop_log (line) VALUES ('x')";
    let bad = "INSERT INTO shop_log (nope) VALUES ('x')";
    let applied = Project::shop().and(&by_hand(insert, insert));
    error(applied.clone().and(&by_hand(bad, bad)).migrate(&mut session));
    assert_eq!(numbers(&mut session, "SELECT count(*) FROM shop_log"), [1]);
    let before = snapshot(&database);
    let other = insert.replace('x', "y");
    let edited = Project::shop()
        .and(&by_hand(&other, &other))
        .and(&by_hand(insert, insert));
    let refused = error(edited.migrate(&mut session)).to_string();
    assert!(
        refused.starts_with("shop.0002_step was changed after it was applied"),
        "{refused}"
    );
    assert_eq!(snapshot(&database), before);
    // What did not run may be corrected.
    let report = value(applied.and(&by_hand(insert, insert)).migrate(&mut session));
    assert_eq!(report.applied, ["shop.0003_step"]);
}

fn spaces_comments_and_line_ends_are_no_edit(backend: Backend) {
    let database = Database::empty(backend);
    let mut session = session(&database);
    let text = model("m", "", "Thing");
    value(
        Project::empty()
            .file("shop/0001_initial.toml", &text)
            .migrate(&mut session),
    );
    for same in [
        text.replace('\n', "\r\n"),
        format!("\u{feff}{text}"),
        format!("# é, e\u{301}\n\n{text}\n# end"),
        text.replace(" = ", "   =  "),
    ] {
        let directory = tempfile::tempdir().expect("a temporary folder");
        Project::empty()
            .file("shop/0001_initial.toml", &same)
            .write(directory.path());
        let report = value(orm::migrate::up(&mut session, directory.path()));
        assert_eq!(report, Report::default());
    }
}

fn an_older_file_that_comes_late_is_refused_or_run_but_never_skipped(backend: Backend) {
    let database = populated(backend);
    let mut session = session(&database);
    let project = Project::shop().and(CASES[2]);
    value(project.migrate(&mut session));
    let before = snapshot(&database);
    let branch = project.clone().file(
        "shop/0002_branch.toml",
        &model("late", "\"shop.0001_initial\"", "Late"),
    );
    let refused = error(branch.migrate(&mut session)).to_string();
    assert!(
        refused.contains("0002_branch") && refused.contains("0002_step"),
        "{refused}"
    );
    assert_eq!(snapshot(&database), before);
    let after = project
        .file(
            "shop/0002_branch.toml",
            &model("late", "\"shop.0002_step\"", "Late"),
        )
        .file("early/0001_initial.toml", &model("early", "", "Early"));
    assert_eq!(
        value(after.migrate(&mut session)).applied,
        ["early.0001_initial", "shop.0002_branch"]
    );
}

fn order_is_by_dependency_and_not_by_name(backend: Backend) {
    let database = Database::empty(backend);
    let project = Project::empty()
        .file("shop/20991231_first.toml", &model("a", "", "A"))
        .file(
            "shop/0001_second.toml",
            &model("b", "\"shop.20991231_first\"", "B"),
        )
        .file(
            "shop/19700101_third.toml",
            &model("c", "\"shop.0001_second\"", "C"),
        );
    assert_eq!(
        value(project.migrate(&mut session(&database))).applied,
        ["shop.20991231_first", "shop.0001_second", "shop.19700101_third"]
    );
}

fn two_apps_may_have_the_same_names(backend: Backend) {
    let database = Database::empty(backend);
    let mut session = session(&database);
    let one = Project::empty().file("one/0001_initial.toml", &model("1", "", "Thing"));
    let both = one
        .clone()
        .file("two/0001_initial.toml", &model("2", "", "Thing"));
    assert_eq!(value(both.migrate(&mut session)).applied.len(), 2);
    value(both.migrate_to(&mut session, &Target::Zero("one".into())));
    assert_eq!(value(both.migrate(&mut session)).applied, ["one.0001_initial"]);
    let twice = one.file("two/0001_initial.toml", &model("1", "", "Thing"));
    assert!(error(twice.load()).to_string().contains("id"));
}

fn a_database_from_a_backup_gets_what_it_lacks(backend: Backend) {
    let database = populated(backend);
    let backup = database.copy();
    let project = Project::shop().and(CASES[0]).and(CASES[3]);
    value(project.migrate(&mut session(&database)));
    assert_eq!(value(project.migrate(&mut session(&backup))).applied.len(), 2);
    assert_eq!(snapshot(&backup), snapshot(&database));
}

fn sql_by_hand_ends_where_the_database_says(backend: Backend) {
    let database = populated_plain(backend);
    let mut session = session(&database);
    let sqlite = "-- a comment; with one\nCREATE TRIGGER more AFTER INSERT ON shop_comment BEGIN INSERT INTO shop_log (line) \
                  VALUES ('a;b'); INSERT INTO shop_log (line) VALUES (\"new\".line); END;\n/* ; */ INSERT INTO shop_comment \
                  (line, post_id) VALUES ('c;--', 1); ;";
    let postgres = "-- a comment; with one\nCREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS $x$ BEGIN INSERT INTO \
                    shop_log (line) VALUES ('a;b'); INSERT INTO shop_log (line) VALUES (new.line); RETURN new; END $x$;\n\
                    CREATE TRIGGER more AFTER INSERT ON shop_comment FOR EACH ROW EXECUTE FUNCTION more();\n/* ; /* ; */ */ \
                    INSERT INTO shop_comment (line, post_id) VALUES ('c;--', 1); ;";
    value(
        Project::shop()
            .and(&by_hand(sqlite, postgres))
            .migrate(&mut session),
    );
    assert_eq!(
        super::world::strings(&mut session, "SELECT line FROM shop_log ORDER BY id"),
        ["a;b", "c;--"]
    );
}

#[test]
fn a_file_with_marks_of_a_merge_is_named_with_its_line() {
    let directory = tempfile::tempdir().expect("a temporary folder");
    let text = model("m", "", "Thing").replace("dependencies", "<<<<<<< HEAD\ndependencies");
    Project::empty()
        .file("shop/0001_initial.toml", &text)
        .write(directory.path());
    let refused = error(Directory::new(directory.path()).load()).to_string();
    assert!(
        refused.contains("0001_initial.toml") && refused.contains('2'),
        "{refused}"
    );
}
