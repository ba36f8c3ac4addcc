//! What holds rows or values is not dropped unless somebody says that it may.

use orm::migrate::{MigrateOptions, PlannedMigration, Target, plan};
use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

use super::on_both;
use super::snapshot::snapshot;
use super::world::{Project, numbers, populated, session};

on_both! {
    values_and_rows_are_counted_and_kept,
    what_holds_nothing_is_dropped_without_a_word,
    a_reason_in_the_file_allows_it_on_the_way_there,
    the_way_back_loses_what_came_since,
    a_field_that_is_renamed_and_removed_is_counted,
    the_pairs_of_a_relation_are_counted,
}

const DROPS: &str = r#"
[[operations]]
kind = "RemoveField"
model = "Post"
field = "body"

[[operations]]
kind = "DeleteModel"
model = "Pin"

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "views", type = "int", null = true }
"#;

fn careful(operations: &str) -> Project {
    let mut project = Project::shop().and(operations);
    project.options = MigrateOptions::default();
    project
}

fn planned(database: &Database, project: &Project) -> Vec<PlannedMigration> {
    value(plan(
        &mut session(database),
        &value(project.load()),
        &Target::Latest,
    ))
}

fn count(database: &Database, what: &str) -> i64 {
    numbers(&mut session(database), &format!("SELECT count(*) FROM {what}"))[0]
}

fn values_and_rows_are_counted_and_kept(backend: Backend) {
    let database = populated(backend);
    let before = snapshot(&database);
    let (posts, pins) = (count(&database, "shop_post"), count(&database, "shop_pin"));
    let refused = error(careful(DROPS).migrate(&mut session(&database)));
    assert!(refused.is_loss(), "{refused}");
    let lost = [
        format!("the values of \"body\" in {posts} rows of \"shop_post\""),
        format!("the {pins} rows of \"shop_pin\""),
    ];
    assert!(refused.to_string().contains(&lost.join(", and ")), "{refused}");
    assert!(refused.to_string().contains("shop.0002_step"), "{refused}");
    assert!(
        refused.hint().is_some_and(|hint| hint.contains("--allow-loss")),
        "{refused}"
    );
    assert_eq!(snapshot(&database), before);
    assert_eq!(planned(&database, &careful(DROPS))[0].loses, lost);
    let mut allowed = careful(DROPS);
    allowed.options.allow_loss = true;
    assert_eq!(value(allowed.migrate(&mut session(&database))).applied.len(), 1);
}

fn what_holds_nothing_is_dropped_without_a_word(backend: Backend) {
    let database = populated(backend);
    value(session(&database).batch("DELETE FROM shop_pin"));
    let project = careful(
        r#"
[[operations]]
kind = "DeleteModel"
model = "Pin"

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "views", type = "int", null = true }
"#,
    )
    .and("[[operations]]\nkind = \"RemoveField\"\nmodel = \"Post\"\nfield = \"views\"\n");
    assert_eq!(value(project.migrate(&mut session(&database))).applied.len(), 2);
}

fn a_reason_in_the_file_allows_it_on_the_way_there(backend: Backend) {
    let database = populated(backend);
    let text =
        |reason: &str| format!("id = \"shop-2\"\ndependencies = [\"shop.0001_initial\"]\n{reason}\n{DROPS}");
    let with = |reason: &str| {
        let mut project = Project::shop().file("shop/0002_step.toml", &text(reason));
        project.options = MigrateOptions::default();
        project
    };
    let empty = error(with("allow_loss = \" \"").load()).to_string();
    assert!(
        empty.contains("shop/0002_step.toml:3: `allow_loss` is empty"),
        "{empty}"
    );
    let project = with("allow_loss = \"the texts are in Article now\"");
    assert_eq!(value(project.migrate(&mut session(&database))).applied.len(), 1);
    // The reason is no part of what was applied.
    assert!(
        value(with("").migrate(&mut session(&database)))
            .applied
            .is_empty()
    );
}

fn the_way_back_loses_what_came_since(backend: Backend) {
    let database = populated(backend);
    let mut project = careful(
        r#"
[[operations]]
kind = "AddField"
model = "Post"
field = { name = "views", type = "int", null = true }
"#,
    );
    value(project.migrate(&mut session(&database)));
    value(session(&database).batch("UPDATE shop_post SET views = 3 WHERE id = 1"));
    let first = Target::Migration("shop".to_owned(), "0001".to_owned());
    let refused = error(project.migrate_to(&mut session(&database), &first));
    assert!(refused.is_loss(), "{refused}");
    assert!(
        refused
            .to_string()
            .contains("the values of \"views\" in 1 row of \"shop_post\""),
        "{refused}"
    );
    project.options.allow_loss = true;
    assert_eq!(
        value(project.migrate_to(&mut session(&database), &first))
            .unapplied
            .len(),
        1
    );
}

fn a_field_that_is_renamed_and_removed_is_counted(backend: Backend) {
    let database = populated(backend);
    let before = snapshot(&database);
    let project = careful(
        r#"
[[operations]]
kind = "RenameField"
model = "Post"
old = "body"
new = "text"

[[operations]]
kind = "RemoveField"
model = "Post"
field = "text"
"#,
    );
    let refused = error(project.migrate(&mut session(&database)));
    assert!(
        refused.is_loss() && refused.to_string().contains("\"body\" in 4 rows"),
        "{refused}"
    );
    assert_eq!(snapshot(&database), before);
}

fn the_pairs_of_a_relation_are_counted(backend: Backend) {
    let database = populated(backend);
    let project = careful(
        r#"
[[operations]]
kind = "AddField"
model = "Post"
field = { name = "readers", type = "many_to_many", to = "shop.Author" }
"#,
    );
    value(project.migrate(&mut session(&database)));
    value(
        session(&database).batch("INSERT INTO shop_post_readers (post_id, author_id) VALUES (1, 1), (2, 1)"),
    );
    let mut removed =
        project.and("[[operations]]\nkind = \"RemoveField\"\nmodel = \"Post\"\nfield = \"readers\"\n");
    removed.options = MigrateOptions::default();
    let refused = error(removed.migrate(&mut session(&database)));
    assert!(refused.is_loss(), "{refused}");
    assert!(
        refused
            .to_string()
            .contains("the 2 rows of \"shop_post_readers\""),
        "{refused}"
    );
}
