//! Policies and grants on tables with rows that change: what the models say follows, what others made stays.

use orm_tests::Backend;
use orm_tests::behaviour::value;

use crate::views_changed::{Project, TABLES};

/// Policies with all that they say, whether they hold, and what is granted.
const SECURITY: &str = "SELECT concat('policy ', polname, ' ', polrelid::regclass, ' ', polcmd, ' ', polpermissive, ' ', (SELECT \
    string_agg(coalesce(r.rolname, 'public'), ',' ORDER BY r.rolname) FROM unnest(polroles) AS role LEFT JOIN pg_roles AS r ON r.oid = role), ' ', \
    pg_get_expr(polqual, polrelid), ' ', pg_get_expr(polwithcheck, polrelid), ' ', obj_description(oid, 'pg_policy')) FROM pg_policy UNION ALL SELECT \
    concat('table ', relname, ' ', relrowsecurity, ' ', relforcerowsecurity, ' ', relacl::text) FROM pg_class WHERE relnamespace = \
    'public'::regnamespace AND relkind IN ('r', 'v') AND relname LIKE 'shop%' UNION ALL SELECT concat('column ', attrelid::regclass, ' ', attname, ' ', \
    attacl::text) FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid IN (SELECT oid FROM pg_class WHERE relname LIKE 'shop%') ORDER BY 1";

/// The tables with objects on one of them.
fn tables(order: &str, customer: &str) -> String {
    let mut text = String::new();
    for (at, table) in TABLES.split("[[models]]").enumerate().skip(1) {
        let objects = if at == 1 { customer } else { order };
        text.push_str(&format!("[[models]]{table}\nobjects = [{objects}]\n"));
    }
    text
}

/// Row security that somebody enabled by hand, policies under it, and privileges that new tables get by themselves.
#[test]
fn what_others_set_stays() {
    let mut project = Project::of(Backend::Postgres, &tables("", ""));
    value(project.session().batch(
        "ALTER TABLE shop_order ENABLE ROW LEVEL SECURITY; ALTER TABLE shop_order FORCE ROW LEVEL SECURITY; CREATE POLICY p ON shop_order USING (true); \
         GRANT SELECT, INSERT ON shop_order TO pg_monitor; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC",
    ));
    let table = "SELECT concat(relrowsecurity, relforcerowsecurity, relacl::text) FROM pg_class WHERE relname = 'shop_order'";
    let before = project.all(table);
    let more = r#"{ kind = "grant", to = "pg_read_all_stats", privileges = ["select"] }, { kind = "policy", name = "q", for = "select", using = { sql = "true" } }"#;
    project.change(&tables(more, ""));
    assert!(project.all(table)[0].contains("pg_read_all_stats=r"));
    project.change(&tables("", ""));
    assert_eq!(project.all(table), before);
    assert_eq!(project.all("SELECT polname::text FROM pg_policy"), ["p"]);
    // A column of a role that may insert whole rows.
    let some =
        r#"{ kind = "grant", to = "pg_monitor", fields = { insert = ["note"], update = ["amount"] } }"#;
    project.change(&tables(some, ""));
    project.change(&tables(&some.replace("\"amount\"", "\"amount\", \"note\""), ""));
    let granted = project.all(SECURITY).join("\n");
    for granted_of in ["amount {pg_monitor=w", "note {pg_monitor=aw"] {
        assert!(granted.contains(granted_of), "{granted}");
    }
}

/// A value of a native enum goes, for which its columns are made anew.
#[test]
fn policies_name_a_column_of_an_enum() {
    const DOOR: &str = r#"
[[models]]
app = "shop"
name = "Door"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "mood", type = "choices", enum_type = "mood", choices = ["open", "shut", "ajar"] },
]
objects = [
    { kind = "policy", name = "open", using = ["eq", { field = "mood" }, "open"] },
    { kind = "policy", name = "shut", using = { sql = "mood <> 'shut'" } },
    { kind = "row_security" },
    { kind = "grant", to = "public", fields = { select = ["mood"] } },
]
"#;
    let mut project = Project {
        database: orm_tests::Database::empty(Backend::Postgres),
        files: Vec::new(),
    };
    project.change(DOOR);
    let before = project.all(SECURITY);
    project.change(&DOOR.replace(", \"ajar\"", ""));
    assert_eq!(project.all(SECURITY), before);
    project.back("0001");
    assert_eq!(project.all(SECURITY), before);
}
