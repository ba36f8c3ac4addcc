//! What is made of a view, or stored, while a migration changes its query among other things.

use orm::migrate::Target;
use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use crate::views_changed::{BOTH, Project, SPENT, TABLES};

/// Rows of `Spent` that are stored.
const BEST: &str = r#"
[[models]]
app = "shop"
name = "Best"
fields = [{ name = "customer", type = "foreign_key", to = "shop.Customer", primary_key = true }, { name = "total", type = "big_int" }]
view = { sql = "SELECT customer_id, total FROM shop_spent", materialized = true, reads = ["shop.Spent"] }
"#;

const BEST_ROWS: &str = "SELECT total::text FROM shop_best ORDER BY customer_id";

/// A column more, so that a view is changed among other things.
fn with_place(tables: &str) -> String {
    tables.replace(
        "{ name = \"note\"",
        "{ name = \"place\", type = \"text\", null = true },\n    { name = \"note\"",
    )
}

fn one_more(spent: &str) -> String {
    spent.replace("sum(amount) AS total", "sum(amount) + count(place) + 1 AS total")
}

#[test]
fn what_is_stored_of_a_changed_view_has_its_rows() {
    let mut project = Project::of(Backend::Postgres, &format!("{TABLES}{SPENT}"));
    let tables = with_place(TABLES);
    let more = one_more(SPENT);
    project.change(&format!("{tables}{more}{BEST}"));
    assert_eq!(project.all(BEST_ROWS), ["8", "6"]);

    // Both change; on the way back, too, where the one that is stored comes first.
    let spent = more.replace("+ 1 AS", "+ 2 AS");
    let best = BEST.replace("customer_id, total FROM", "customer_id, total * 10 AS total FROM");
    let renamed = tables.replace("name = \"place\"", "name = \"town\", renamed_from = \"place\"");
    let spent = spent.replace("place", "town");
    project.change(&format!("{renamed}{spent}{best}"));
    assert_eq!(project.all(BEST_ROWS), ["90", "70"]);
    assert_eq!(project.spent(), ["9", "7"]);
    project.back("0002");
    assert_eq!(project.all(BEST_ROWS), ["8", "6"]);
    assert_eq!(project.spent(), ["8", "6"]);
    project.back("0001");
    assert_eq!(project.spent(), ["7", "5"]);
}

#[test]
fn a_refresh_behind_a_changed_view_stores_its_rows() {
    let mut project = Project::of(Backend::Postgres, &format!("{TABLES}{SPENT}{BEST}"));
    project
        .make(&format!("{}{}{BEST}", with_place(TABLES), one_more(SPENT)))
        .expect("a migration");
    let (_, text) = project.files.last_mut().expect("a file");
    text.push_str("\n[[operations]]\nkind = \"RefreshView\"\nmodel = \"Best\"\n");
    value(project.migrate(&Target::Latest));
    assert_eq!(project.all(BEST_ROWS), ["8", "6"]);
}

#[test]
fn rows_stored_by_hand_are_those_of_the_changed_view() {
    let mut project = Project::of(Backend::Postgres, &format!("{TABLES}{SPENT}"));
    project
        .session()
        .batch("CREATE MATERIALIZED VIEW by_hand AS SELECT s.total, o.amount FROM shop_spent AS s JOIN shop_order AS o USING (customer_id)")
        .expect("by hand");
    // Its other column is made anew meanwhile, and so is it.
    let tables = TABLES.replace(
        "name = \"amount\", type = \"int\"",
        "name = \"amount\", type = \"big_int\"",
    );
    let spent = SPENT.replace("sum(amount) AS total", "CAST(sum(amount) + 1 AS bigint) AS total");
    project.change(&format!("{tables}{spent}"));
    let rows = "SELECT total::text FROM by_hand ORDER BY amount";
    assert_eq!(project.all(rows), ["8", "8", "6"]);
    project.back("0001");
    assert_eq!(project.all(rows), ["7", "7", "5"]);
}

#[test]
fn a_view_is_made_of_a_column_that_another_gains() {
    for backend in BOTH {
        let mut project = Project::of(backend, &format!("{TABLES}{SPENT}"));
        let spent = SPENT
            .replace(
                "name = \"total\"",
                "name = \"orders\", type = \"big_int\" },\n    { name = \"total\"",
            )
            .replace("AS total", "AS total, count(*) AS orders");
        let rich = r#"
[[models]]
app = "shop"
name = "Often"
fields = [{ name = "customer", type = "foreign_key", to = "shop.Customer", primary_key = true }]
view = { sql = "SELECT customer_id FROM shop_spent WHERE orders > 1", reads = ["shop.Spent"] }
"#;
        project.change(&format!("{TABLES}{spent}{rich}"));
        let often = "SELECT CAST(customer_id AS text) FROM shop_often";
        assert_eq!(project.all(often), ["1"]);
        project.back("0001");
        assert_eq!(project.spent(), ["7", "5"]);
        value(project.migrate(&Target::Latest));
        assert_eq!(project.all(often), ["1"]);
    }
}

#[test]
fn options_of_a_view_stay_when_it_is_made_anew() {
    let mut project = Project::of(Backend::Postgres, &format!("{TABLES}{SPENT}"));
    project
        .session()
        .batch("ALTER VIEW shop_spent SET (security_invoker = true, security_barrier = true)")
        .expect("options");
    let options = "SELECT array_to_string(reloptions, ',') FROM pg_class WHERE relname = 'shop_spent'";
    let before = ["security_invoker=true,security_barrier=true"];
    assert_eq!(project.all(options), before);
    // Another type of a column, which only making it again brings.
    let other = SPENT.replace("sum(amount) AS total", "sum(amount)::int AS total");
    project.change(&format!("{TABLES}{other}"));
    assert_eq!(project.all(options), before);
    // Among other things, what it used goes.
    let tables = TABLES.replace(
        "{ name = \"amount\", type = \"int\" },",
        "{ name = \"price\", type = \"int\", default = 2 },",
    );
    project.change(&format!("{tables}{}", other.replace("amount", "price")));
    assert_eq!(project.all(options), before);
    assert_eq!(project.spent(), ["4", "2"]);
}

#[test]
fn what_is_said_of_a_column_that_goes_is_in_no_way() {
    let mut project = Project::of(Backend::Postgres, &format!("{TABLES}{SPENT}"));
    project
        .session()
        .batch(
            "COMMENT ON COLUMN shop_spent.total IS 'all'; ALTER VIEW shop_spent ALTER COLUMN total SET DEFAULT 7; GRANT SELECT (total, \
             customer_id) ON shop_spent TO PUBLIC; COMMENT ON COLUMN shop_spent.customer_id IS 'who'",
        )
        .expect("by hand");
    let narrow = SPENT
        .replace("{ name = \"total\", type = \"big_int\" },", "")
        .replace("customer_id, sum(amount) AS total", "customer_id");
    project.change(&format!("{TABLES}{narrow}"));
    let said = "SELECT a.attname || ' ' || a.attacl::text || ' ' || col_description(a.attrelid, a.attnum) FROM pg_attribute AS a WHERE \
                a.attrelid = 'shop_spent'::regclass";
    assert_eq!(project.all(said), ["customer_id {=r/orm} who"]);
}

#[test]
fn rules_that_lead_back_to_a_view_stop_a_migration() {
    let mut project = Project::of(Backend::Postgres, &format!("{TABLES}{SPENT}"));
    project
        .session()
        .batch(
            "CREATE VIEW over AS SELECT total FROM shop_spent; CREATE RULE back AS ON INSERT TO shop_spent DO INSTEAD INSERT INTO \
             shop_customer (name) SELECT 'x' FROM over",
        )
        .expect("a rule");
    let wider = TABLES.replace(
        "name = \"amount\", type = \"int\"",
        "name = \"amount\", type = \"big_int\"",
    );
    project.make(&format!("{wider}{SPENT}")).expect("a migration");
    let refused = error(project.migrate(&Target::Latest)).to_string();
    assert!(refused.contains("is in the way"), "{refused}");
    assert_eq!(project.spent(), ["7", "5"]);
}

#[test]
fn a_view_that_others_made_becomes_one_of_a_model() {
    for backend in BOTH {
        let others = SPENT
            .replace("comment =", "unmanaged = true\ncomment =")
            .replace(
                "sql = \"SELECT customer_id, sum(amount) AS total FROM shop_order GROUP BY customer_id\", reads = [\"shop.Order\"]",
                "",
            );
        assert!(others.contains("view = {  }"), "{others}");
        let mut project = Project::of(backend, &format!("{TABLES}{others}"));
        project
            .session()
            .batch("CREATE VIEW shop_spent AS SELECT customer_id, sum(amount) + 9 AS total FROM shop_order GROUP BY customer_id")
            .expect("by others");
        project.change(&format!("{TABLES}{SPENT}"));
        assert_eq!(project.spent(), ["7", "5"]);
    }
}

#[test]
fn a_query_may_end_in_a_comment_and_name_its_columns_as_tables() {
    for backend in BOTH {
        let mut project = Project::of(backend, TABLES);
        let spent = SPENT.replace(
            "SELECT customer_id, sum(amount) AS total FROM shop_order GROUP BY customer_id",
            "SELECT customer_id, sum(amount) AS total, count(*) AS shop_customer FROM shop_order GROUP BY customer_id; -- it; is",
        );
        project.change(&format!("{TABLES}{spent}"));
        assert_eq!(project.spent(), ["7", "5"]);
    }
}
