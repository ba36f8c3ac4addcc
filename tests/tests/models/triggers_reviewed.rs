//! Triggers beside what others made, under columns and tables that get other names, and under other names of their own.

use orm::migrate::{Migrations, SquashOptions, Target, squash_migrations};
use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use crate::views_changed::{BOTH, Project, TABLES};

/// What notes each customer who is made, under a name.
fn noting(tables: &str, triggers: &str) -> String {
    format!(
        "{tables}\n[[models]]\napp = \"shop\"\nname = \"Said\"\nfields = [{{ name = \"id\", type = \"big_int\", primary_key = true, generated = \
         true }}, {{ name = \"text\", type = \"text\" }}]\n"
    )
    .replacen(
        "    { name = \"name\", type = \"text\" },\n]",
        &format!("    {{ name = \"name\", type = \"text\" }},\n]\nobjects = [{triggers}]"),
        1,
    )
}

fn trigger(name: &str, events: &str, column: &str) -> String {
    format!(
        "{{ kind = \"trigger\", name = \"{name}\", timing = \"after\", events = [{events}], when = \"NEW.{column} <> ''\", \
         postgres = \"INSERT INTO shop_said (text) VALUES (NEW.{column}); RETURN NULL\", \
         sqlite = \"INSERT INTO shop_said (text) VALUES (NEW.{column})\" }}"
    )
}

/// With another name of the column.
fn titled(models: &str) -> String {
    models.replace(
        "{ name = \"name\", type = \"text\" }",
        "{ name = \"title\", type = \"text\", renamed_from = \"name\" }",
    )
}

const SAID: &str = "SELECT text FROM shop_said ORDER BY id";

fn make_customer(project: &Project, column: &str, name: &str) {
    let sql = format!(
        "INSERT INTO shop_customer (id, {column}) VALUES ({}, '{name}')",
        name.len() * 100
    );
    project.session().batch(&sql).expect("a customer");
}

#[test]
fn a_trigger_that_cannot_run_stops_its_migration() {
    let mut project = Project::of(Backend::Sqlite, TABLES);
    let misspelt = noting(
        TABLES,
        &trigger("noted", "\"insert\"", "name").replace("(text)", "(txt)"),
    );
    project.make(&misspelt).expect("a migration");
    let refused = error(project.migrate(&Target::Latest)).to_string();
    assert!(
        refused.contains("the trigger `noted` of table shop_customer cannot run") && refused.contains("txt"),
        "{refused}"
    );
    assert_eq!(
        project.all("SELECT name FROM sqlite_master WHERE type = 'trigger' OR name = 'shop_said'"),
        Vec::<String>::new()
    );
    assert_eq!(
        project.all("SELECT name FROM shop_customer ORDER BY id"),
        ["Ann", "Bob"]
    );
}

#[test]
fn another_order_of_events_is_no_change() {
    for backend in BOTH {
        let mut project = Project::of(
            backend,
            &noting(TABLES, &trigger("noted", "\"update\", \"insert\"", "name")),
        );
        for same in [
            "\"insert\", \"update\"",
            "\"update\", \"insert\"",
            "\"insert\", \"update\", \"insert\"",
        ] {
            let models = noting(TABLES, &trigger("noted", same, "name"));
            assert_eq!(project.make(&models).expect("no change"), Vec::<String>::new());
        }
    }
}

#[test]
fn a_trigger_that_names_a_column_that_is_gone_is_refused() {
    for backend in BOTH {
        let mut project = Project::of(backend, &noting(TABLES, &trigger("noted", "\"insert\"", "name")));
        let with = |column: &str| titled(&noting(TABLES, &trigger("noted", "\"insert\"", column)));
        let refused = project.make(&with("name")).unwrap_err().to_string();
        assert!(
            refused.contains("the trigger `noted` of shop.Customer names the column `name` of OLD or NEW"),
            "{refused}"
        );
        assert_eq!(
            project.change(&with("title")),
            [
                "- remove trigger noted from Customer",
                "~ rename field name on Customer to title",
                "+ add trigger noted to Customer",
            ]
        );
        make_customer(&project, "title", "Eve");
        assert_eq!(project.all(SAID).last().map(String::as_str), Some("Eve"));
        project.back("0001");
        make_customer(&project, "name", "Adam");
        assert_eq!(project.all(SAID).last().map(String::as_str), Some("Adam"));

        // What is squashed says what it said, word for word.
        let files: Vec<(&str, &str)> = (project.files.iter())
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let migrations = value(Migrations::from_embedded(&files));
        let squash = value(squash_migrations(
            &migrations,
            "shop",
            None,
            "0002",
            &SquashOptions::default(),
        ));
        let fresh = Project {
            database: orm_tests::Database::empty(backend),
            files: vec![(
                squash.migration.path.to_str().expect("text").to_owned(),
                squash.migration.text,
            )],
        };
        value(fresh.migrate(&Target::Latest));
        make_customer(&fresh, "title", "Eve");
        assert_eq!(fresh.all(SAID), ["Eve"]);
    }
}

#[test]
fn a_trigger_is_there_on_both_sides_of_a_renamed_column() {
    for backend in BOTH {
        let own = "{ kind = \"trigger\", name = \"noted\", timing = \"after\", events = [\"insert\"], postgres = \"INSERT INTO shop_said (text) SELECT \
                   max(name) FROM shop_customer; RETURN NULL\", sqlite = \"INSERT INTO shop_said (text) SELECT max(name) FROM shop_customer\" }";
        let mut project = Project::of(backend, &noting(TABLES, own));
        let renamed = titled(&noting(TABLES, &own.replace("max(name)", "max(title)")));
        project.change(&renamed);
        make_customer(&project, "title", "Zoe");
        assert_eq!(project.all(SAID).last().map(String::as_str), Some("Zoe"));
        project.back("0001");
        make_customer(&project, "name", "Zuleika");
        assert_eq!(project.all(SAID).last().map(String::as_str), Some("Zuleika"));
    }
}

#[test]
fn a_trigger_is_made_behind_the_new_name_of_a_table_that_it_names() {
    for backend in BOTH {
        let mut project = Project::of(backend, &noting(TABLES, ""));
        let words = trigger("noted", "\"insert\"", "name").replace("shop_said", "shop_word");
        let models =
            noting(TABLES, &words).replace("name = \"Said\"", "name = \"Word\"\nrenamed_from = \"Said\"");
        assert_eq!(
            project.change(&models),
            ["~ rename model Said to Word", "+ add trigger noted to Customer",]
        );
        make_customer(&project, "name", "Eve");
        assert_eq!(project.all("SELECT text FROM shop_word"), ["Eve"]);
        project.back("0001");
        make_customer(&project, "name", "Adam");
        assert_eq!(project.all(SAID), ["Eve"]);
    }
}

#[test]
fn a_trigger_of_that_name_on_another_table_stays() {
    let mut project = Project::of(
        Backend::Sqlite,
        &noting(TABLES, &trigger("noted", "\"insert\"", "name")),
    );
    project
        .session()
        .batch(
            "DROP TRIGGER noted; CREATE TRIGGER Noted AFTER INSERT ON shop_order BEGIN INSERT INTO shop_said (text) VALUES ('theirs'); END",
        )
        .expect("by hand");
    project.change(&noting(TABLES, ""));
    assert_eq!(
        project.all("SELECT name || ' ' || tbl_name FROM sqlite_master WHERE type = 'trigger'"),
        ["Noted shop_order"]
    );
}

#[test]
fn a_function_that_others_call_stays() {
    let own = noting(TABLES, &trigger("noted", "\"insert\"", "name"));
    let function = "SELECT proname::text FROM pg_proc WHERE proname = 'noted'";
    // The trigger calls a function of others; another trigger calls the one that was made for it; nobody does.
    for (by_hand, stays) in [
        (
            "DROP TRIGGER noted ON shop_customer; CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
             CREATE TRIGGER noted AFTER INSERT ON shop_customer FOR EACH ROW EXECUTE FUNCTION theirs()",
            true,
        ),
        (
            "CREATE TRIGGER theirs AFTER INSERT ON shop_order FOR EACH STATEMENT EXECUTE FUNCTION noted()",
            true,
        ),
        ("SELECT 1", false),
    ] {
        for gone in [noting(TABLES, ""), TABLES.to_owned()] {
            let mut project = Project::of(Backend::Postgres, &own);
            project.session().batch(by_hand).expect("by hand");
            project.change(&gone);
            assert_eq!(!project.all(function).is_empty(), stays, "{by_hand}");
        }
    }
    // The same where its table goes.
    let mut project = Project::of(Backend::Postgres, &own);
    project
        .session()
        .batch("CREATE TRIGGER theirs AFTER INSERT ON shop_said FOR EACH STATEMENT EXECUTE FUNCTION noted(); DELETE FROM shop_order; DELETE FROM shop_customer")
        .expect("by hand");
    let said = "\n[[models]]\napp = \"shop\"\nname = \"Said\"\nfields = [{ name = \"id\", type = \"big_int\", primary_key = true, generated = true }, \
                { name = \"text\", type = \"text\" }]\n";
    project.change(said);
    assert_eq!(project.all(function), ["noted"]);
}

#[test]
fn a_trigger_under_another_name_stays_disabled() {
    let mut project = Project::of(
        Backend::Postgres,
        &noting(TABLES, &trigger("noted", "\"insert\"", "name")),
    );
    project
        .session()
        .batch("ALTER TABLE shop_customer DISABLE TRIGGER noted; COMMENT ON TRIGGER noted ON shop_customer IS 'off'; ALTER FUNCTION noted() SECURITY DEFINER")
        .expect("by hand");
    let state = "SELECT t.tgname || ' ' || t.tgenabled::text || ' ' || obj_description(t.oid, 'pg_trigger') || ' ' || p.proname || ' ' || \
                 p.prosecdef::text FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal";
    let renamed = noting(TABLES, &trigger("Noted \\\"2\\\"", "\"insert\"", "name"));
    project.change(&renamed);
    assert_eq!(project.all(state), ["Noted \"2\" D off Noted \"2\" true"]);
    assert_eq!(project.make(&renamed).expect("no change"), Vec::<String>::new());
    project.back("0001");
    assert_eq!(project.all(state), ["noted D off noted true"]);
}

#[test]
fn a_trigger_and_its_model_get_other_names_at_once() {
    for backend in BOTH {
        let mut project = Project::of(backend, &noting(TABLES, &trigger("noted", "\"insert\"", "name")));
        let renamed = noting(TABLES, &trigger("noticed", "\"insert\"", "name"))
            .replace(
                "name = \"Customer\"",
                "name = \"Client\"\nrenamed_from = \"Customer\"",
            )
            .replace("shop.Customer", "shop.Client");
        project.change(&renamed);
        let sql = "INSERT INTO shop_client (id, name) VALUES (50, 'Eve')";
        project.session().batch(sql).expect("a client");
        assert_eq!(project.all(SAID).last().map(String::as_str), Some("Eve"));
        project.back("0001");
        make_customer(&project, "name", "Adam");
        assert_eq!(project.all(SAID), ["Ann", "Bob", "Eve", "Adam"]);
    }
}

#[test]
fn triggers_of_a_deleted_model_come_back_with_it() {
    for backend in BOTH {
        let said = "\n[[models]]\napp = \"shop\"\nname = \"Said\"\nfields = [{ name = \"id\", type = \"big_int\", primary_key = true, generated = true }, \
                    { name = \"text\", type = \"text\" }]\n";
        let mut project = Project::of(backend, &noting(TABLES, &trigger("noted", "\"insert\"", "name")));
        project
            .session()
            .batch("DELETE FROM shop_order; DELETE FROM shop_customer")
            .expect("no rows");
        project.change(said);
        project.back("0001");
        make_customer(&project, "name", "Eve");
        assert_eq!(project.all(SAID), ["Ann", "Bob", "Eve"]);
    }
}
