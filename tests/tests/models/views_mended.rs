//! Views whose tables and columns get other names or go, and what stays as it was where a view only seems to change.

use orm::migrate::Target;
use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use crate::views_changed::{BOTH, Project, RICH, SPENT, TABLES};

fn renamed(tables: &str) -> String {
    tables.replace(
        "name = \"amount\", type = \"int\"",
        "name = \"price\", type = \"int\", renamed_from = \"amount\"",
    )
}

/// A view that says a column as it is, and one over it.
const PLAIN: &str = r#"
[[models]]
app = "shop"
name = "Plain"
fields = [{ name = "id", type = "big_int", primary_key = true }, { name = "amount", type = "int" }]
view = { sql = "SELECT id, amount FROM shop_order", reads = ["shop.Order"] }

[[models]]
app = "shop"
name = "Over"
fields = [{ name = "id", type = "big_int", primary_key = true }, { name = "amount", type = "int" }]
view = { sql = "SELECT id, amount FROM shop_plain", reads = ["shop.Plain"] }
"#;

const AMOUNTS: &str = "SELECT CAST(amount AS text) FROM shop_over ORDER BY id";

#[test]
fn a_column_under_a_view_has_another_name() {
    for backend in BOTH {
        let mut project = Project::of(backend, &format!("{TABLES}{PLAIN}"));
        let words = PLAIN.replace(
            "SELECT id, amount FROM shop_order",
            "SELECT id, price AS amount FROM shop_order",
        );
        assert_eq!(
            project.change(&format!("{}{words}", renamed(TABLES))),
            ["~ rename field amount on Order to price", "~ alter view Plain"]
        );
        assert_eq!(project.all(AMOUNTS), ["4", "3", "5"]);
        project.back("0001");
        assert_eq!(project.all(AMOUNTS), ["4", "3", "5"]);
        value(project.migrate(&Target::Latest));
        assert_eq!(project.all(AMOUNTS), ["4", "3", "5"]);
    }
}

#[test]
fn a_view_that_names_a_column_by_its_old_name_is_refused_where_it_would_have_another_column() {
    for by_hand in [
        "",
        "\n[[operations]]\nkind = \"RunSql\"\n[operations.sqlite]\nforward = \"DELETE FROM shop_order WHERE id > 99\"\n",
    ] {
        let mut project = Project::of(
            Backend::Sqlite,
            &format!("{TABLES}{}", PLAIN.split("\n\n").next().expect("one")),
        );
        project
            .make(&format!(
                "{}{}",
                renamed(TABLES),
                PLAIN.split("\n\n").next().expect("one")
            ))
            .expect("a migration");
        project.files.last_mut().expect("a file").1.push_str(by_hand);
        let refused = format!("{:?}", error(project.migrate(&Target::Latest)));
        assert!(
            refused.contains("the view \\\"shop_plain\\\" of shop.Plain cannot be read as its model says; nothing was changed")
                || refused.contains("the view \"shop_plain\" of shop.Plain cannot be read as its model says; nothing was changed"),
            "{refused}"
        );
        assert_eq!(
            project.all("SELECT CAST(amount AS text) FROM shop_plain ORDER BY id"),
            ["4", "3", "5"]
        );
    }
}

#[test]
fn what_a_view_of_others_reads_is_not_dropped_under_it() {
    for backend in BOTH {
        let mut project = Project::of(backend, &format!("{TABLES}{SPENT}{RICH}"));
        project
            .session()
            .batch("CREATE VIEW \"their view\" AS SELECT customer_id FROM shop_rich; CREATE VIEW notes AS SELECT note FROM shop_order")
            .expect("by others");
        for (models, view) in [
            (format!("{TABLES}{SPENT}"), "their view"),
            (TABLES.split("\n\n").next().expect("one").to_owned(), "notes"),
        ] {
            project.make(&models).expect("a migration");
            let refused = format!("{:?}", error(project.migrate(&Target::Latest)));
            assert!(refused.contains(view), "{refused}");
            project.files.pop();
            project
                .session()
                .batch("DROP VIEW IF EXISTS \"their view\"")
                .expect("by others");
        }
        assert_eq!(project.spent(), ["7", "5"]);
        project.session().batch("DROP VIEW notes").expect("by others");
        project.change(&format!("{TABLES}{SPENT}"));
    }
}

#[test]
fn other_white_space_and_comments_in_a_query_are_no_change() {
    for backend in BOTH {
        let mut project = Project::of(backend, &format!("{TABLES}{SPENT}"));
        let spaced = SPENT.replace(
            "SELECT customer_id, sum(amount) AS total",
            "SELECT /* who */\\n    customer_id,\\n    sum( amount ) AS total -- all\\n",
        );
        assert_ne!(spaced, SPENT);
        assert_eq!(
            project.make(&format!("{TABLES}{spaced}")).expect("no change"),
            Vec::<String>::new()
        );
        for other in ["sum(amount) + '1 ' AS total", "sum(amount) + '1' AS total"] {
            let other = SPENT.replace("sum(amount) AS total", other);
            assert_eq!(
                project.make(&format!("{TABLES}{other}")).expect("a change"),
                ["~ alter view Spent"]
            );
        }
    }
}

#[test]
fn another_comment_is_all_that_changes() {
    for backend in BOTH {
        let mut project = Project::of(backend, &format!("{TABLES}{SPENT}{RICH}"));
        let said = SPENT.replace("comment = \"what", "comment = \"all that");
        assert_eq!(project.change(&format!("{TABLES}{said}{RICH}")).len(), 1);
        assert_eq!(project.spent(), ["7", "5"]);
        if backend == Backend::Postgres {
            assert_eq!(
                project.all("SELECT obj_description('shop_spent'::regclass, 'pg_class')"),
                ["all that \"each\" has 'spent'"]
            );
        }
    }
}

#[test]
fn rows_that_are_stored_are_stored_again_however_the_view_was_first_made() {
    let stored = SPENT.replace(
        "view = { sql",
        "view = { materialized = true, with_no_data = true, sql",
    );
    let mut project = Project::of(Backend::Postgres, &format!("{TABLES}{stored}"));
    let is_stored = "SELECT relispopulated::text FROM pg_class WHERE relname = 'shop_spent'";
    assert_eq!(project.all(is_stored), ["false"]);
    let more = |by: u8| stored.replace("sum(amount) AS total", &format!("sum(amount) + {by} AS total"));
    project.change(&format!("{TABLES}{}", more(1)));
    assert_eq!(project.all(is_stored), ["false"]);
    project
        .session()
        .batch("REFRESH MATERIALIZED VIEW shop_spent")
        .expect("by hand");
    project.change(&format!("{TABLES}{}", more(2)));
    assert_eq!(project.spent(), ["9", "7"]);
    // Whether it is made without rows says nothing of what it is now.
    project.change(&format!(
        "{TABLES}{}",
        more(2).replace("with_no_data = true, ", "")
    ));
    assert_eq!(project.spent(), ["9", "7"]);
    project.change(&format!("{TABLES}{}", more(2)));
    assert_eq!(project.spent(), ["9", "7"]);
}

#[test]
fn what_a_view_checks_of_new_rows_stays() {
    let large = r#"
[[models]]
app = "shop"
name = "Large"
fields = [{ name = "id", type = "big_int", primary_key = true }, { name = "amount", type = "int" }]
view = { sql = "SELECT id, amount FROM shop_order WHERE amount > 3", reads = ["shop.Order"] }
"#;
    let mut project = Project::of(Backend::Postgres, &format!("{TABLES}{large}"));
    project
        .session()
        .batch("ALTER VIEW shop_large SET (check_option = local, security_barrier = true)")
        .expect("by hand");
    let options = "SELECT array_to_string(reloptions, ',') FROM pg_class WHERE relname = 'shop_large'";
    let before = ["check_option=local,security_barrier=true"];
    assert_eq!(project.all(options), before);
    // What it uses goes, and comes under another name.
    let tables = TABLES.replace(
        "{ name = \"amount\", type = \"int\" },",
        "{ name = \"price\", type = \"int\", default = 5 },",
    );
    let other = large.replace(
        "SELECT id, amount FROM shop_order WHERE amount",
        "SELECT id, price AS amount FROM shop_order WHERE price",
    );
    project.change(&format!("{tables}{other}"));
    assert_eq!(project.all(options), before);
    let refused = project
        .session()
        .batch("UPDATE shop_large SET amount = 1")
        .unwrap_err();
    assert!(refused.to_string().contains("check option"), "{refused}");
}

#[test]
fn a_value_of_an_enum_stays_while_a_view_names_it() {
    let models = |values: &str, named: &str| {
        format!(
            "[[models]]\napp = \"shop\"\nname = \"Box\"\nfields = [{{ name = \"id\", type = \"big_int\", primary_key = true }}, {{ name = \"state\", type = \
             \"choices\", enum_type = \"state\", choices = [{values}] }}]\n\n[[models]]\napp = \"shop\"\nname = \"Shut\"\nfields = [{{ name = \"id\", type = \
             \"big_int\", primary_key = true }}]\nview = {{ sql = \"SELECT id FROM shop_box WHERE state = '{named}'\", reads = [\"shop.Box\"] }}\n"
        )
    };
    for backend in BOTH {
        let mut project = Project {
            database: orm_tests::Database::empty(backend),
            files: Vec::new(),
        };
        project.change(&models("\"open\", \"shut\", \"lost\"", "shut"));
        project
            .session()
            .batch("INSERT INTO shop_box (id, state) VALUES (1, 'open'), (2, 'lost')")
            .expect("rows");
        let fewer = models("\"open\", \"lost\"", "shut");
        if backend == Backend::Postgres {
            project.make(&fewer).expect("a migration");
            let refused = error(project.migrate(&Target::Latest)).to_string();
            assert!(
                refused.contains("the view shop_shut does not work with what changes"),
                "{refused}"
            );
            project.files.pop();
        }
        project.change(&models("\"open\", \"lost\"", "lost"));
        assert_eq!(project.all("SELECT CAST(id AS text) FROM shop_shut"), ["2"]);
    }
}

#[test]
fn a_view_that_groups_by_a_key_follows_the_type_of_the_key() {
    let grouped = r#"
[[models]]
app = "shop"
name = "Grouped"
fields = [{ name = "id", type = "big_int", primary_key = true }, { name = "note", type = "text", null = true }]
view = { sql = "SELECT id, note, max(amount) AS most FROM shop_order GROUP BY id", reads = ["shop.Order"] }
"#;
    for backend in BOTH {
        let mut project = Project::of(backend, &format!("{TABLES}{grouped}"));
        let narrower = TABLES.replace(
            "name = \"Order\"\nfields = [\n    { name = \"id\", type = \"big_int\"",
            "name = \"Order\"\nfields = [\n    { name = \"id\", type = \"int\"",
        );
        assert_ne!(narrower, TABLES);
        project.change(&format!("{narrower}{grouped}"));
        let most = "SELECT CAST(most AS text) FROM shop_grouped ORDER BY id";
        assert_eq!(project.all(most), ["4", "3", "5"]);
    }
}

#[test]
fn a_function_that_gives_rows_of_a_view_is_named_where_it_is_in_the_way() {
    let mut project = Project::of(Backend::Postgres, &format!("{TABLES}{SPENT}"));
    project
        .session()
        .batch("CREATE FUNCTION richest() RETURNS shop_spent LANGUAGE sql AS 'SELECT * FROM shop_spent ORDER BY total DESC LIMIT 1'")
        .expect("by others");
    project
        .make(&format!(
            "{TABLES}{}",
            SPENT.replace("sum(amount) AS total", "sum(amount)::int AS total")
        ))
        .expect("a migration");
    let refused = format!("{:?}", error(project.migrate(&Target::Latest)));
    assert!(
        refused.contains("shop_spent is in the way") && refused.contains("richest"),
        "{refused}"
    );
    assert_eq!(project.spent(), ["7", "5"]);
}
