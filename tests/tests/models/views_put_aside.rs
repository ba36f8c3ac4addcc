//! Views on Postgres with all that belongs to them, put aside while what they depend on changes; and views whose rows are stored.

use orm::migrate::Target;
use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use crate::views_changed::{BOTH, Project, RICH, SPENT, TABLES};

/// What Postgres says of views and all that belongs to them.
const EVERYTHING: &str = "SELECT c.relname || ' ' || c.relkind::text || ' ' || pg_get_userbyid(c.relowner) || ' ' || coalesce(c.relacl::text, '') || ' ' || \
    coalesce(obj_description(c.oid, 'pg_class'), '') || ' ' || coalesce(c.reloptions::text, '') || ' ' || c.relispopulated::text || ' ' || \
    coalesce((SELECT string_agg(pg_get_indexdef(i.indexrelid) || i.indisclustered::text || coalesce(obj_description(i.indexrelid), ''), ';' ORDER BY \
    i.indexrelid::regclass::text) FROM pg_index AS i WHERE i.indrelid = c.oid), '') || ' ' || coalesce((SELECT string_agg(a.attname || \
    coalesce(a.attacl::text, '') || coalesce(col_description(c.oid, a.attnum), ''), ';' ORDER BY a.attnum) FROM pg_attribute AS a WHERE \
    a.attrelid = c.oid AND a.attnum > 0), '') || coalesce((SELECT string_agg(pg_get_triggerdef(g.oid), ';') FROM pg_trigger AS g WHERE g.tgrelid = \
    c.oid), '') FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND n.nspname = 'public' ORDER BY 1";

/// Views by hand, over the table and over views of models, with everything that a view can have.
const BY_HAND: &str = "CREATE VIEW notes WITH (security_barrier = true) AS SELECT id, note, amount FROM shop_order WHERE amount > 3 WITH \
    LOCAL CHECK OPTION; COMMENT ON VIEW notes IS 'it''s \"mine\"'; COMMENT ON COLUMN notes.note IS 'said'; \
    GRANT SELECT ON notes TO PUBLIC; GRANT UPDATE (note) ON notes TO PUBLIC; REVOKE DELETE ON notes FROM current_user; \
    CREATE FUNCTION said() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
    CREATE TRIGGER said INSTEAD OF DELETE ON notes FOR EACH ROW EXECUTE FUNCTION said(); \
    CREATE MATERIALIZED VIEW \"all Amounts\" AS SELECT s.customer_id, s.total, o.amount FROM shop_spent AS s JOIN shop_order AS o USING (customer_id); \
    CREATE UNIQUE INDEX one ON \"all Amounts\" (customer_id, amount); COMMENT ON INDEX one IS 'one'; \
    ALTER MATERIALIZED VIEW \"all Amounts\" CLUSTER ON one; GRANT SELECT ON \"all Amounts\" TO PUBLIC; \
    CREATE MATERIALIZED VIEW empty AS SELECT amount FROM notes WITH NO DATA; ALTER VIEW notes ALTER COLUMN amount SET DEFAULT 7";

#[test]
fn views_are_as_they_were_after_a_column_that_they_use_has_another_type() {
    let mut project = Project::of(Backend::Postgres, &format!("{TABLES}{SPENT}{RICH}"));
    project.session().batch(BY_HAND).expect("views by hand");
    project
        .session()
        .batch("GRANT SELECT ON shop_spent TO PUBLIC")
        .expect("a grant");
    let before = project.all(EVERYTHING);
    assert_eq!(before.len(), 5);
    let wider = TABLES.replace(
        "name = \"amount\", type = \"int\"",
        "name = \"amount\", type = \"big_int\"",
    );
    assert_eq!(
        project.change(&format!("{wider}{SPENT}{RICH}")),
        ["~ alter field amount on Order"]
    );
    assert_eq!(project.all(EVERYTHING), before);
    assert_eq!(project.spent(), ["7", "5"]);
    assert_eq!(
        project.all("SELECT total::text FROM \"all Amounts\" ORDER BY amount"),
        ["7", "7", "5"]
    );
    project.back("0001");
    assert_eq!(project.all(EVERYTHING), before);
    // The key of the table that others point at.
    let narrower = TABLES.replace(
        "name = \"id\", type = \"big_int\", primary_key = true, generated = true },\n    { name = \"name\"",
        "name = \"id\", type = \"int\", primary_key = true, generated = true },\n    { name = \"name\"",
    );
    assert_ne!(narrower, TABLES);
    project.files.pop();
    project.change(&format!("{narrower}{SPENT}{RICH}"));
    assert_eq!(project.all(EVERYTHING), before);
}

#[test]
fn a_view_that_others_depend_on_is_replaced_under_them() {
    let mut project = Project::of(Backend::Postgres, &format!("{TABLES}{SPENT}{RICH}"));
    project.session().batch(BY_HAND).expect("views by hand");
    let before = project.all(EVERYTHING);
    // The type of `total` is another one, which only making it again brings.
    let spent = SPENT.replace("sum(amount) AS total", "sum(amount)::int AS total");
    assert_eq!(
        project.change(&format!("{TABLES}{spent}{RICH}")),
        ["~ alter view Spent"]
    );
    assert_eq!(project.all(EVERYTHING), before);
    assert_eq!(
        project.all("SELECT pg_typeof(total)::text FROM \"all Amounts\" LIMIT 1"),
        ["integer"]
    );

    // One that needs the column that goes.
    let narrow = r#"
[[models]]
app = "shop"
name = "Spent"
fields = [{ name = "customer", type = "foreign_key", to = "shop.Customer", primary_key = true }]
view = { sql = "SELECT customer_id FROM shop_order GROUP BY customer_id", reads = ["shop.Order"] }
"#;
    let rich = RICH.replace(" WHERE total > 5", "");
    project
        .make(&format!("{TABLES}{narrow}{rich}"))
        .expect("a migration");
    let refused = error(project.migrate(&Target::Latest)).to_string();
    assert!(
        refused.contains("all Amounts") || refused.contains("shop_rich"),
        "{refused}"
    );
    assert!(refused.contains("nothing was changed"), "{refused}");
    assert_eq!(project.all(EVERYTHING), before);
}

#[test]
fn a_column_that_a_view_by_hand_needs_does_not_go() {
    for backend in BOTH {
        let mut project = Project::of(backend, TABLES);
        project
            .session()
            .batch("CREATE VIEW notes AS SELECT id, note FROM shop_order")
            .expect("a view");
        let without = TABLES.replace("{ name = \"note\", type = \"text\", null = true },", "");
        project.make(&without).expect("a migration");
        let refused = error(project.migrate(&Target::Latest)).to_string();
        assert!(refused.contains("notes"), "{refused}");
        assert_eq!(project.all("SELECT note FROM notes ORDER BY id"), ["a", "", "ü"]);
    }
}

#[test]
fn a_materialized_view_has_indexes_and_is_refreshed_and_replaced() {
    let stored = SPENT.replace("reads =", "materialized = true, reads =").replace(
        "type = \"big_int\" },\n]",
        "type = \"big_int\", index = true },\n]",
    );
    let mut project = Project::of(Backend::Postgres, TABLES);
    assert_eq!(
        project.change(&format!("{TABLES}{stored}{RICH}")),
        ["+ create view Spent", "+ create view Rich"]
    );
    assert_eq!(project.spent(), ["7", "5"]);
    let indexes = "SELECT indexdef FROM pg_indexes WHERE tablename = 'shop_spent' ORDER BY indexname";
    let before = project.all(indexes);
    assert_eq!(before.len(), 2, "{before:?}");
    assert!(
        before
            .iter()
            .any(|index| index.starts_with("CREATE UNIQUE INDEX") && index.ends_with("(customer_id)"))
    );
    project
        .session()
        .batch("UPDATE shop_order SET amount = 10 WHERE customer_id = 2")
        .expect("a change");
    assert_eq!(project.spent(), ["7", "5"]);
    project
        .session()
        .batch("REFRESH MATERIALIZED VIEW CONCURRENTLY shop_spent")
        .expect("by the unique index");
    assert_eq!(project.spent(), ["7", "10"]);

    // By hand, and it stays.
    project
        .session()
        .batch("CREATE INDEX by_hand ON shop_spent (total DESC); GRANT SELECT ON shop_spent TO PUBLIC")
        .expect("by hand");
    let grants = "SELECT relacl::text FROM pg_class WHERE relname = 'shop_spent'";
    let granted = project.all(grants);
    let more = stored
        .replace("sum(amount)", "sum(amount) + 1")
        .replace("index = true", "unique = true");
    assert_eq!(
        project.change(&format!("{TABLES}{more}{RICH}")),
        ["~ alter view Spent"]
    );
    assert_eq!(project.spent(), ["8", "11"]);
    assert_eq!(project.all(grants), granted);
    let after = project.all(indexes);
    assert_eq!(after.len(), 3, "{after:?}");
    assert!(after.iter().any(|index| index.contains("by_hand")), "{after:?}");

    // A view that is not stored, and back.
    assert_eq!(
        project.change(&format!("{TABLES}{SPENT}{RICH}")),
        ["~ alter view Spent"]
    );
    assert_eq!(
        project.all("SELECT relkind::text FROM pg_class WHERE relname = 'shop_spent'"),
        ["v"]
    );
    assert_eq!(project.all(grants), granted);
    project.back("0002");
    assert_eq!(
        project
            .all(indexes)
            .iter()
            .filter(|index| !index.contains("by_hand"))
            .count(),
        2
    );
    let empty = stored.replace("materialized = true", "materialized = true, with_no_data = true");
    project.files.truncate(2);
    project.change(&format!(
        "{TABLES}{}",
        empty.replace("sum(amount)", "sum(amount) + 2")
    ));
    // It stored rows, and goes on to.
    assert_eq!(project.spent(), ["9", "12"]);
    project
        .session()
        .batch("INSERT INTO shop_order (customer_id, amount) VALUES (1, 100)")
        .expect("an order");

    let last = project.files.last().expect("a file").0.clone();
    assert!(last.contains("0003"), "{last}");
    let name = last.trim_end_matches(".toml").rsplit('/').next().expect("a name");
    let refresh = format!(
        "id = \"refresh\"\ndependencies = [\"shop.{name}\"]\n[[operations]]\nkind = \"RefreshView\"\nmodel = \"Spent\"\n"
    );
    project.files.push(("shop/0004_refresh.toml".to_owned(), refresh));
    value(project.migrate(&Target::Latest));
    assert_eq!(project.spent(), ["109", "12"]);
}

#[test]
fn sqlite_refuses_a_materialized_view_by_name() {
    let mut project = Project::of(Backend::Sqlite, TABLES);
    project
        .make(&format!(
            "{TABLES}{}",
            SPENT.replace("reads =", "materialized = true, reads =")
        ))
        .expect("for Postgres");
    let refused = error(project.migrate(&Target::Latest));
    assert!(refused.is_unsupported(), "{refused:?}");
    assert!(
        refused
            .to_string()
            .contains("the view shop.Spent is materialized"),
        "{refused}"
    );
}

#[test]
fn a_view_moves_to_another_schema_with_its_grants() {
    let mut project = Project::of(Backend::Postgres, &format!("{TABLES}{SPENT}"));
    project
        .session()
        .batch("GRANT SELECT ON shop_spent TO PUBLIC")
        .expect("a grant");
    let moved = SPENT.replace(
        "name = \"Spent\"",
        "name = \"Spent\"\nschema = \"reports\"\ntable = \"spent\"",
    );
    assert_eq!(
        project.change(&format!("{TABLES}{moved}")),
        ["~ move table of Spent to reports.spent"]
    );
    assert_eq!(
        project.all("SELECT total::text FROM reports.spent ORDER BY customer_id"),
        ["7", "5"]
    );
    assert_eq!(
        project.all("SELECT count(*)::text FROM pg_class AS c, aclexplode(c.relacl) AS p WHERE relname = 'spent' AND p.grantee = 0"),
        ["1"]
    );
    project.back("0001");
    assert_eq!(project.spent(), ["7", "5"]);
    assert_eq!(
        project.all("SELECT count(*)::text FROM pg_namespace WHERE nspname = 'reports'"),
        ["0"]
    );
}
