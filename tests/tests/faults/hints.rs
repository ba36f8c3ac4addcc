//! Errors of migrations that cannot continue: they name the object, and what to do about it.

use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

use super::on_both;
use super::snapshot::snapshot;
use super::world::{Project, numbers, populated, populated_plain, session};

on_both! {
    what_is_there_already_can_be_recorded,
    what_was_dropped_by_hand_is_not_said_to_come_with_a_migration,
}

fn what_is_there_already_can_be_recorded(backend: Backend) {
    let database = Database::empty(backend);
    let mut session = session(&database);
    for made in [
        "CREATE TABLE shop_author (id bigint)",
        "DROP TABLE shop_author; CREATE TABLE shop_post (id bigint)",
    ] {
        value(session.batch(made));
        let refused = error(Project::shop().migrate(&mut session));
        let hint = refused.hint().unwrap_or_default();
        assert!(
            hint.contains("`orm migrate shop 0001_initial --fake`"),
            "{refused}"
        );
        assert!(refused.to_string().contains("CREATE TABLE"), "{refused}");
    }
}

fn what_was_dropped_by_hand_is_not_said_to_come_with_a_migration(backend: Backend) {
    let database = populated_plain(backend);
    let mut session = session(&database);
    value(session.batch("DROP TABLE shop_log"));
    let refused = error(Project::shop().and(MORE).migrate(&mut session));
    let hint = refused.hint().unwrap_or_default();
    assert!(
        hint.contains("dropped by hand") && !hint.contains("`orm migrate`"),
        "{refused}"
    );
}

const MORE: &str = r#"
[[operations]]
kind = "AddField"
model = "Log"
field = { name = "more", type = "text", null = true }
"#;

const LONGER: &str = r#"
[[operations]]
kind = "AlterField"
model = "Log"
field = { name = "line", type = "text", max_length = 210 }
"#;

#[test]
fn a_blocking_view_is_named_with_what_to_do() {
    let database = populated(Backend::Postgres);
    let before = snapshot(&database);
    let mut session = session(&database);
    let gone = "[[operations]]\nkind = \"RemoveField\"\nmodel = \"Author\"\nfield = \"name\"\n";
    let refused = error(Project::shop().and(gone).migrate(&mut session));
    let hint = refused.hint().unwrap_or_default();
    assert!(hint.contains("view hand_names depends on column"), "{refused}");
    assert!(
        hint.contains("RunSql") && !refused.to_string().contains("CASCADE"),
        "{refused}"
    );
    assert_eq!(snapshot(&database), before);
    // Other dependents are named too: a foreign key prevents dropping a table.
    let deleted = "[[operations]]\nkind = \"RunSql\"\npostgres = { forward = \"DROP TABLE shop_post\" }\n";
    let refused = error(Project::shop().and(deleted).migrate(&mut session));
    let hint = refused.hint().unwrap_or_default();
    assert!(
        hint.contains("constraint shop_comment_post_id_fk on table shop_comment depends on table shop_post"),
        "{refused}"
    );
    assert!(hint.ends_with("remove the foreign key first"), "{refused}");
}

#[test]
fn a_missing_right_is_named_with_its_statement() {
    let database = Database::empty(Backend::Postgres);
    let mut owner = session(&database);
    let role = format!("orm_test_nobody_{}", std::process::id());
    value(owner.batch(&format!(
        "CREATE ROLE {role} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    )));
    let url = database.url().replacen("://orm@", &format!("://{role}@"), 1);
    assert_ne!(url, database.url());
    let refused = {
        let mut nobody = value(orm::Db::connect(&url).and_then(|db| db.session()));
        error(Project::shop().migrate(&mut nobody))
    };
    let foreign = {
        value(Project::shop().migrate(&mut owner));
        value(owner.batch(&format!("GRANT SELECT, INSERT ON orm_migrations TO {role}")));
        let mut nobody = value(orm::Db::connect(&url).and_then(|db| db.session()));
        error(Project::shop().and(MORE).migrate(&mut nobody))
    };
    value(owner.batch(&format!(
        "REVOKE ALL ON orm_migrations FROM {role}; DROP ROLE {role}"
    )));
    assert!(
        refused
            .to_string()
            .contains("CREATE TABLE \"orm_migrations\": permission denied for schema public"),
        "{refused}"
    );
    assert!(
        refused
            .hint()
            .unwrap_or_default()
            .contains("GRANT USAGE, CREATE ON SCHEMA public TO"),
        "{refused}"
    );
    assert!(
        foreign
            .to_string()
            .contains("ALTER TABLE \"shop_log\" ADD COLUMN"),
        "{foreign}"
    );
    assert!(
        foreign
            .hint()
            .unwrap_or_default()
            .contains("ALTER TABLE shop_log OWNER TO"),
        "{foreign}"
    );
}

/// Foreign keys are checked at the end: by the database, or by us if its check had to be switched off.
#[test]
fn dangling_rows_are_counted_and_can_be_found() {
    let cases = [
        (
            1,
            "1 row of table shop_comment would point at a row of shop_post that does not exist",
        ),
        (
            2,
            "2 rows of table shop_comment would point at rows of shop_post that do not exist",
        ),
    ];
    for ((rows, message), rest) in cases.into_iter().flat_map(|case| [(case, ""), (case, LONGER)]) {
        let orphan = format!("UPDATE shop_comment SET post_id = post_id + 100 WHERE id <= {rows}");
        let orphans = format!("[[operations]]\nkind = \"RunSql\"\nsqlite = {{ forward = \"{orphan}\" }}\n");
        let database = populated_plain(Backend::Sqlite);
        let before = snapshot(&database);
        let mut session = session(&database);
        let refused = error(
            Project::shop()
                .and(&format!("{orphans}{rest}"))
                .migrate(&mut session),
        );
        assert!(refused.to_string().contains(message), "{refused}");
        assert_eq!(snapshot(&database), before);
        // The query in the hint finds the rows.
        let find = refused
            .hint()
            .and_then(|hint| hint.split_once(": "))
            .expect("a query")
            .1
            .to_owned();
        value(session.batch(&format!("PRAGMA foreign_keys = OFF; {orphan}")));
        assert_eq!(
            numbers(&mut session, &format!("SELECT count(*) FROM ({find})")),
            [rows]
        );
    }
}

#[test]
fn a_rebuild_is_named_once() {
    let database = populated_plain(Backend::Sqlite);
    let mut session = session(&database);
    value(session.batch("ALTER TABLE shop_log ADD COLUMN by_hand TEXT"));
    let refused = error(Project::shop().and(LONGER).migrate(&mut session)).to_string();
    assert_eq!(refused.matches("rebuild table").count(), 1, "{refused}");
    assert!(refused.contains("by_hand"), "{refused}");
}

#[test]
fn a_view_over_a_renamed_column_is_named_with_what_to_do() {
    let database = populated_plain(Backend::Sqlite);
    let mut session = session(&database);
    value(session.batch("CREATE VIEW hand_broken AS SELECT x FROM nowhere"));
    let rename = "[[operations]]\nkind = \"RenameField\"\nmodel = \"Post\"\nold = \"body\"\nnew = \"text\"\n";
    let refused = error(Project::shop().and(rename).migrate(&mut session));
    assert!(refused.to_string().contains("hand_broken"), "{refused}");
    assert!(refused.hint().unwrap_or_default().contains("RunSql"), "{refused}");
}
