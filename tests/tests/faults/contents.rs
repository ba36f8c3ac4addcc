//! Changes of tables whose rows matter.

use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::on_both;
use super::snapshot::snapshot;
use super::world::{Project, numbers, populated, populated_plain, session};

on_both! {
    duplicates_under_a_new_unique_are_counted_and_nulls_are_none,
    nulls_under_not_null_are_counted,
    a_cycle_of_keys_is_made_changed_and_taken_down,
    rows_changed_by_hand_and_then_their_table,
    a_required_column_with_a_default_of_the_database,
    the_target_of_a_foreign_key_made_by_hand_stays,
    rows_get_bytes_that_were_written_as_digits,
}

/// Asserts that the change is refused with this message, and that nothing has changed.
fn refused(backend: Backend, by_hand: &str, operations: &str, expected: &str) {
    let database = populated_plain(backend);
    let mut session = session(&database);
    value(session.batch(by_hand));
    let before = snapshot(&database);
    let error = error(Project::shop().and(operations).migrate(&mut session)).to_string();
    assert!(error.contains(expected), "{error}");
    assert_eq!(snapshot(&database), before);
}

fn duplicates_under_a_new_unique_are_counted_and_nulls_are_none(backend: Backend) {
    let unique = |model: &str| {
        format!(
            "[[operations]]\nkind = \"AddConstraint\"\nmodel = \"{model}\"\nconstraint = {{ kind = \"unique\", name = \
             \"{model}_post_uniq\", fields = [\"post\"] }}\n"
        )
    };
    refused(backend, "", &unique("Comment"), "found");
    let database = populated(backend);
    let mut session = session(&database);
    value(session.batch("INSERT INTO shop_pin (post_id) VALUES (NULL)"));
    value(Project::shop().and(&unique("Pin")).migrate(&mut session));
    error(session.batch("INSERT INTO shop_pin (post_id) VALUES (1)"));
}

fn nulls_under_not_null_are_counted(backend: Backend) {
    let operations = r#"
[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "score", type = "int" }
"#;
    refused(backend, "", operations, "(1 found)");
}

fn a_cycle_of_keys_is_made_changed_and_taken_down(backend: Backend) {
    let database = populated(backend);
    let mut session = session(&database);
    let project = Project::shop().and(
        r#"
[[operations]]
kind = "AddField"
model = "Author"
field = { name = "best", type = "foreign_key", to = "shop.Post", on_delete = "set_null", null = true, index = true }
"#,
    );
    value(project.migrate(&mut session));
    value(session.batch("UPDATE shop_author SET best_id = 5 - id"));
    let project = project.and(
        r#"
[[operations]]
kind = "AlterField"
model = "Author"
field = { name = "mail", type = "text", default = "-" }
fill = "none"

[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "title", type = "text", max_length = 300 }

[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "score", type = "int", default = 3 }
fill = 2
"#,
    );
    value(project.migrate(&mut session));
    assert_eq!(
        numbers(&mut session, "SELECT best_id FROM shop_author ORDER BY id"),
        [4, 3, 2]
    );
    assert_eq!(
        numbers(&mut session, "SELECT author_id FROM shop_post ORDER BY id"),
        [1, 2, 1, 3]
    );
    assert!(!snapshot(&database).iter().any(|line| line.contains("orm_new")));
    error(session.batch("UPDATE shop_author SET best_id = 99"));
    value(session.batch(match backend {
        Backend::Sqlite => "DROP VIEW hand_over; DROP VIEW hand_titles",
        Backend::Postgres => "DROP VIEW hand_over; DROP VIEW hand_names",
    }));
    let all_gone: String = ["Comment", "Pin", "Hold"]
        .map(|model| format!("[[operations]]\nkind = \"DeleteModel\"\nmodel = \"{model}\"\n"))
        .concat()
        + r#"
[[operations]]
kind = "RemoveField"
model = "Author"
field = "best"

[[operations]]
kind = "DeleteModel"
model = "Post"

[[operations]]
kind = "DeleteModel"
model = "Author"
"#;
    value(project.and(&all_gone).migrate(&mut session));
}

/// Foreign keys that are checked at the end of the transaction must not prevent earlier changes of the table.
fn rows_changed_by_hand_and_then_their_table(backend: Backend) {
    let database = populated(backend);
    let mut session = session(&database);
    let sql =
        "UPDATE shop_comment SET post_id = 4; INSERT INTO shop_comment (line, post_id) VALUES ('new', 1)";
    let project = Project::shop().and(&format!(
        r#"
[[operations]]
kind = "RunSql"
sqlite = {{ forward = "{sql}" }}
postgres = {{ forward = "{sql}" }}

[[operations]]
kind = "AddField"
model = "Comment"
field = {{ name = "likes", type = "int" }}
fill = 5

[[operations]]
kind = "AlterField"
model = "Comment"
field = {{ name = "line", type = "text", max_length = 50 }}
"#
    ));
    value(project.migrate(&mut session));
    assert_eq!(
        numbers(
            &mut session,
            "SELECT post_id + likes FROM shop_comment ORDER BY id"
        ),
        [9, 9, 9, 9, 6]
    );
    let bad = "UPDATE shop_comment SET post_id = 99";
    let before = snapshot(&database);
    error(
        project
            .and(&format!(
                "[[operations]]\nkind = \"RunSql\"\nsqlite = {{ forward = \"{bad}\" }}\npostgres = {{ forward = \"{bad}\" }}\n"
            ))
            .migrate(&mut session),
    );
    assert_eq!(snapshot(&database), before);
}

fn a_required_column_with_a_default_of_the_database(backend: Backend) {
    let database = populated(backend);
    let mut session = session(&database);
    let project = Project::shop().and(
        r#"
[[operations]]
kind = "AddField"
model = "Post"
field = { name = "made", type = "timestamp", db_default = "now" }
"#,
    );
    value(project.migrate(&mut session));
    assert_eq!(
        numbers(
            &mut session,
            "SELECT count(*) FROM shop_post WHERE made IS NOT NULL"
        ),
        [4]
    );
    let empty = orm_tests::Database::empty(backend);
    value(project.migrate(&mut super::world::session(&empty)));
}

fn the_target_of_a_foreign_key_made_by_hand_stays(backend: Backend) {
    refused(
        backend,
        "CREATE TABLE hand_child (name varchar(40) REFERENCES shop_author (name)); INSERT INTO hand_child VALUES ('ada')",
        r#"
[[operations]]
kind = "AlterField"
model = "Author"
field = { name = "name", type = "text", max_length = 40 }
"#,
        "shop_author",
    );
}

#[test]
fn a_full_disk_is_said_and_the_next_run_goes_through() {
    let database = populated(Backend::Sqlite);
    let mut session = session(&database);
    value(session.batch(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO shop_comment (line, \
         post_id) SELECT printf('%0500d', i), 1 FROM n",
    ));
    let before = snapshot(&database);
    let pages = numbers(&mut session, "PRAGMA page_count")[0];
    value(session.query(
        &format!("PRAGMA max_page_count = {}", pages + 5),
        &[],
        &mut |_| Ok(()),
    ));
    let project = Project::shop().and(
        r#"
[[operations]]
kind = "AlterField"
model = "Comment"
field = { name = "line", type = "text", max_length = 600 }
"#,
    );
    let refused = error(project.migrate(&mut session)).to_string();
    assert!(refused.contains("full"), "{refused}");
    assert_eq!(snapshot(&database), before);
    assert_eq!(numbers(&mut session, "PRAGMA foreign_keys"), [1]);
    value(session.query("PRAGMA max_page_count = 1000000", &[], &mut |_| Ok(())));
    value(project.migrate(&mut session));
    assert_eq!(numbers(&mut session, "SELECT count(*) FROM shop_comment"), [2004]);
}

fn rows_get_bytes_that_were_written_as_digits(backend: Backend) {
    let database = populated(backend);
    let mut session = session(&database);
    let project = Project::shop().and(
        r#"
[[operations]]
kind = "AddField"
model = "Author"
field = { name = "seal", type = "bytes" }
fill = "0Aff"

[[operations]]
kind = "AddField"
model = "Author"
field = { name = "stamp", type = "bytes" }
fill = ""
"#,
    );
    value(project.migrate(&mut session));
    let hex = |column: &str| match backend {
        Backend::Sqlite => format!("lower(hex({column}))"),
        Backend::Postgres => format!("encode({column}, 'hex')"),
    };
    let sql = format!(
        "SELECT DISTINCT {} || '/' || {} FROM shop_author",
        hex("seal"),
        hex("stamp")
    );
    assert_eq!(super::world::strings(&mut session, &sql), ["0aff/"]);
}
