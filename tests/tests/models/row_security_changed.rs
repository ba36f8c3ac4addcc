//! Policies and grants on tables with rows that change: what the models say follows, what others made stays.

use orm::migrate::Target;
use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use crate::views_changed::{Project, SPENT, TABLES};

/// Policies with all that they say, whether they hold, and what is granted.
pub const SECURITY: &str = "SELECT concat('policy ', polname, ' ', polrelid::regclass, ' ', polcmd, ' ', polpermissive, ' ', (SELECT \
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

const OWN: &str = r#"{ kind = "policy", name = "own", for = "update", to = ["pg_monitor", "pg_read_all_stats"], restrictive = true, using = { sql = "amount > 3 AND note IS NOT NULL" }, with_check = ["gt", { field = "amount" }, 0] }, { kind = "row_security", forced = true }, { kind = "grant", to = "pg_monitor", privileges = ["select"], fields = { update = ["amount", "note"] } }"#;

/// A column that policies and a view name gets another type, and another name.
#[test]
fn all_of_it_is_there_after_a_column_has_another_type() {
    let mut project = Project::of(Backend::Postgres, &format!("{}{SPENT}", tables(OWN, "")));
    value(project.session().batch(
        "CREATE POLICY theirs ON shop_order FOR SELECT TO pg_monitor USING (amount <> 7 OR note = 'x'); COMMENT ON POLICY theirs ON shop_order IS \
         'it''s'; CREATE POLICY beside ON shop_customer USING (EXISTS (SELECT FROM shop_order AS o WHERE o.customer_id = shop_customer.id AND o.amount > 1)); \
         GRANT REFERENCES (amount) ON shop_order TO PUBLIC; GRANT SELECT ON shop_spent TO pg_monitor",
    ));
    let before = project.all(SECURITY);
    assert_eq!(before.len(), 8, "{before:#?}");
    let wider = |text: String| text.replace("\"amount\", type = \"int\"", "\"amount\", type = \"big_int\"");
    assert_eq!(
        project.change(&format!("{}{SPENT}", wider(tables(OWN, "")))),
        ["~ alter field amount on Order"]
    );
    assert_eq!(project.all(SECURITY), before);
    assert_eq!(project.spent(), ["7", "5"]);
    project.back("0001");
    assert_eq!(project.all(SECURITY), before);

    // A name of a field: the closure and the grant follow, and SQL is written anew in the same change.
    let renamed = |text: String| {
        text.replace("amount", "sum")
            .replace("{ name = \"sum\"", "{ name = \"sum\", renamed_from = \"amount\"")
    };
    let mut project = Project::of(Backend::Postgres, &tables(OWN, ""));
    let lines = project.change(&renamed(tables(OWN, "")));
    assert_eq!(
        lines,
        [
            "- remove policy own from Order",
            "~ rename field amount on Order to sum",
            "+ add policy own to Order"
        ]
    );
    let after = project.all(SECURITY).join("\n");
    assert!(
        after.contains("(sum > 3)") && !after.contains("amount"),
        "{after}"
    );
    assert_eq!(project.change(&renamed(tables(OWN, ""))), Vec::<String>::new());
    project.back("0001");
    assert!(!project.all(SECURITY).join("\n").contains("sum"));
}

/// A policy that reads another table is made after it, and after its columns, and goes before them.
#[test]
fn policies_that_read_other_tables_come_and_go_with_them() {
    const READS: &str = r#"{ kind = "policy", name = "buyers", using = { sql = "id IN (SELECT customer_id FROM shop_order)" } }, { kind = "row_security" }"#;
    let mut project = Project {
        database: orm_tests::Database::empty(Backend::Postgres),
        files: Vec::new(),
    };
    project.change(&tables("", READS));
    let first = project.all(SECURITY);
    assert!(first[0].contains("policy buyers shop_customer"), "{first:?}");
    let more = |text: String| {
        text.replace(
            "null = true },\n]",
            "null = true },\n    { name = \"open\", type = \"bool\", null = true },\n]",
        )
    };
    let open = READS.replace("FROM shop_order", "FROM shop_order AS o WHERE o.open");
    let lines = project.change(&more(tables("", &open)));
    assert_eq!(
        lines,
        [
            "- remove policy buyers from Customer",
            "+ add field open to Order",
            "+ add policy buyers to Customer"
        ]
    );
    let second = project.all(SECURITY);
    project.change(&tables("", READS));
    assert_eq!(project.all(SECURITY), first);
    project.back("0002");
    assert_eq!(project.all(SECURITY), second);
    project.back("0001");
    assert_eq!(project.all(SECURITY), first);
    value(project.migrate(&Target::Latest));
    // Both tables, and the policy of the one.
    project.change("");
    assert_eq!(project.all(SECURITY), Vec::<String>::new());
    project.back("0001");
    assert_eq!(project.all(SECURITY), first);
    // What a policy reads does not go unasked.
    project.files.truncate(1);
    let customer = TABLES.split("[[models]]").nth(1).unwrap_or_default();
    value(project.make(&format!("[[models]]{customer}\nobjects = [{READS}]\n")));
    let refused = error(project.migrate(&Target::Latest));
    assert!(format!("{refused:?}").contains("buyers"), "{refused:?}");
    assert_eq!(project.all("SELECT count(*)::text FROM shop_order"), ["0"]);
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

/// What was granted by hand to a role that the models name, and to the owner, who has all rights already.
#[test]
fn grants_take_back_what_they_gave() {
    let mut project = Project::of(Backend::Postgres, &tables("", ""));
    let grants = "SELECT coalesce(relacl::text, '') || coalesce((SELECT string_agg(attname || attacl::text, ' ' ORDER BY attname) FROM pg_attribute WHERE \
                  attrelid = c.oid AND attacl IS NOT NULL), '') FROM pg_class AS c WHERE relname = 'shop_order'";
    // The order of words is no change.
    let words = r#"{ kind = "grant", to = "pg_monitor", privileges = ["select", "insert"] }"#;
    project.change(&tables(words, ""));
    let turned = words.replace(r#""select", "insert""#, r#""insert", "select""#);
    assert_eq!(project.change(&tables(&turned, "")), Vec::<String>::new());
    project.back("0001");
    project.files.truncate(1);

    let select = r#"{ kind = "grant", to = "pg_monitor", privileges = ["select"] }"#;
    project.change(&tables(select, ""));
    value(
        project
            .session()
            .batch("GRANT SELECT (note), UPDATE (amount) ON shop_order TO pg_monitor"),
    );
    project.change(&tables(words, ""));
    let granted = project.all(grants).join("");
    assert!(
        granted.contains("amount{pg_monitor=w") && granted.contains("note{pg_monitor=r"),
        "{granted}"
    );

    let owner = project.all("SELECT current_user::text").remove(0);
    let to_owner = format!(r#"{words}, {{ kind = "grant", to = "{owner}", privileges = ["select"] }}"#);
    project.change(&tables(&to_owner, ""));
    project.change(&tables(words, ""));
    assert!(
        project
            .all(grants)
            .join("")
            .contains(&format!("{owner}=arwdDxt/{owner}")),
        "{:?}",
        project.all(grants)
    );
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

/// What somebody said of a policy of the models is said of it again when it was made again.
#[test]
fn comments_of_policies_stay() {
    let mut project = Project::of(Backend::Postgres, &tables(OWN, ""));
    value(project.session().batch(
        "COMMENT ON POLICY own ON shop_order IS 'it''s \"mine\"'; CREATE POLICY theirs ON shop_order USING (true); COMMENT ON POLICY theirs ON shop_order IS 'x'",
    ));
    let before = project.all(SECURITY);
    let wider = tables(OWN, "").replace("\"amount\", type = \"int\"", "\"amount\", type = \"big_int\"");
    project.change(&wider);
    assert_eq!(project.all(SECURITY), before);
    project.back("0001");
    assert_eq!(project.all(SECURITY), before);
}

/// So it is where the SQL that is printed runs statement by statement, without a transaction around it.
#[test]
fn comments_of_policies_stay_in_printed_sql() {
    let mut project = Project::of(Backend::Postgres, &tables(OWN, ""));
    value(
        project
            .session()
            .batch("COMMENT ON POLICY own ON shop_order IS 'it''s \"mine\"'"),
    );
    let before = project.all(SECURITY);
    let wider = tables(OWN, "").replace("\"amount\", type = \"int\"", "\"amount\", type = \"big_int\"");
    value(project.make(&wider));
    let mut session = project.session();
    project.run_printed(&mut session, "0002");
    assert_eq!(project.all(SECURITY), before);
    // Nothing of it is left in the session.
    let mut left = String::new();
    value(session.query(
        "SELECT current_setting('orm.policy_comments_' || 'shop_order'::regclass::oid)",
        &[],
        &mut |row| {
            left = row.get(0)?;
            Ok(())
        },
    ));
    assert_eq!(left, "");
}

/// The SQL of a policy names its own table, or another, which gets another name; and back.
#[test]
fn tables_that_policies_name_are_renamed_there_and_back() {
    const OF_BOTH: &str = r#"{ kind = "policy", name = "last", using = { sql = "id IN (SELECT max(o.id) FROM shop_order AS o)" } }, { kind = "row_security" }"#;
    let mut project = Project::of(Backend::Postgres, &tables(OF_BOTH, OF_BOTH));
    let before = project.all(SECURITY);
    let renamed = tables(OF_BOTH, OF_BOTH)
        .replace("shop_order", "shop_purchase")
        .replace(
            "name = \"Order\"",
            "name = \"Purchase\"\nrenamed_from = \"Order\"",
        );
    let lines = project.change(&renamed);
    assert_eq!(
        lines,
        [
            "- remove policy last from Customer",
            "- remove policy last from Order",
            "~ rename model Order to Purchase",
            "+ add policy last to Customer",
            "+ add policy last to Purchase"
        ]
    );
    assert!(project.all(SECURITY).join("\n").contains("shop_purchase"));
    assert_eq!(project.change(&renamed), Vec::<String>::new());
    project.back("0001");
    assert_eq!(project.all(SECURITY), before);
    value(project.migrate(&Target::Latest));
    // Both get other names, and name each other.
    let both = |text: String| text.replace("shop_order AS o", "shop_customer AS o, shop_order AS p");
    let mut project = Project::of(Backend::Postgres, &both(tables(OF_BOTH, OF_BOTH)));
    let renamed = both(tables(OF_BOTH, OF_BOTH))
        .replace("shop_order", "shop_purchase")
        .replace("shop_customer", "shop_client")
        .replace("shop.Customer", "shop.Client")
        .replace(
            "name = \"Customer\"",
            "name = \"Client\"\nrenamed_from = \"Customer\"",
        )
        .replace(
            "name = \"Order\"",
            "name = \"Purchase\"\nrenamed_from = \"Order\"",
        );
    project.change(&renamed);
    let text = project.all(SECURITY).join("\n");
    assert!(
        text.contains("shop_client o") && text.contains("shop_purchase p"),
        "{text}"
    );
    project.back("0001");
}

/// A column that gets another name or goes, while the SQL of a policy still has the old one.
#[test]
fn a_policy_does_not_name_what_is_gone() {
    let mut project = Project::of(Backend::Postgres, &tables(OWN, ""));
    let renamed = tables(OWN, "")
        .replace(
            "{ name = \"note\",",
            "{ name = \"remark\", renamed_from = \"note\",",
        )
        .replace("\"amount\", \"note\"]", "\"amount\", \"remark\"]");
    let refused = error(project.make(&renamed)).to_string();
    assert!(
        refused.contains("the policy own of shop.Order names the column `note`, which is gone")
            && refused.contains("write `remark` in its SQL"),
        "{refused}"
    );
    // In a string, or as what is called, it is another word.
    let followed = renamed.replace(
        "note IS NOT NULL",
        "remark <> 'note' AND remark IS DISTINCT FROM current_setting('a.note', true)",
    );
    project.change(&followed);
    let gone = tables(OWN, "")
        .replace("{ name = \"note\", type = \"text\", null = true },", "")
        .replace("\"amount\", \"note\"]", "\"amount\"]");
    let mut project = Project::of(Backend::Postgres, &tables(OWN, ""));
    let refused = error(project.make(&gone)).to_string();
    assert!(refused.contains("keep the field"), "{refused}");
}

/// Types, functions, who asks and the words of SQL may be called like a column that goes.
#[test]
fn words_of_a_policy_that_are_no_columns_are_let_be() {
    const FIELDS: [&str; 9] = [
        "text",
        "date",
        "user",
        "current_user",
        "end",
        "zone",
        "precision",
        "year",
        "day",
    ];
    let models = |fields: &[&str], sql: &str| {
        let fields: String = fields
            .iter()
            .map(|name| format!("{{ name = \"{name}\", type = \"text\", null = true }},"))
            .collect();
        let own = format!(
            "{{ kind = \"policy\", name = \"own\", using = {{ sql = '''{sql}''' }} }}, {{ kind = \"row_security\" }}"
        );
        tables(&own, "").replace(
            "name = \"note\", type = \"text\", null = true },",
            &format!("name = \"note\", type = \"text\", null = true }}, {fields}"),
        )
    };
    for sql in [
        "note::text = CAST(amount AS text)",
        "note::pg_catalog.text = note AND CAST(amount AS pg_catalog.text) <> ''",
        "note = user OR note = CURRENT_USER OR pg_has_role(session_user, 'pg_monitor', 'member')",
        "CASE WHEN amount > 3 THEN note IS NULL ELSE true END",
        "now() AT TIME ZONE 'UTC' > date '2026-11-29'",
        "now() AT TIME ZONE note > now()::timestamp with time zone AND amount::double precision > 1",
        "extract(year FROM now()) > 2000 AND now() > now() - interval '1' day",
    ] {
        let mut project = Project::of(Backend::Postgres, &models(&FIELDS, sql));
        let lines = project.change(&models(&[], sql));
        assert_eq!(lines.len(), FIELDS.len(), "{sql}: {lines:?}");
    }
    let mut project = Project::of(Backend::Postgres, &models(&FIELDS, "true"));
    for (name, sql) in [
        ("text", "text = 'a'"),
        ("text", "amount::int > 1 AND shop_order.text::date > 'x'"),
        ("date", "note::text > date::text"),
        ("user", "\"user\" = user"),
        ("end", "CASE WHEN true THEN \"end\" ELSE note END = 'x'"),
        ("year", "extract(year FROM now()) > year::int"),
        ("day", "note = day"),
    ] {
        let refused = error(project.make(&models(&[], sql))).to_string();
        assert!(
            refused.contains(&format!("names the column `{name}`, which is gone")),
            "{sql}: {refused}"
        );
    }
}

/// A policy compares a field of an enum type with what is not one of its values.
#[test]
fn policies_know_the_values_of_enums() {
    let door = r#"
[[models]]
app = "shop"
name = "Gate"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "mood", type = "choices", enum_type = "mood", choices = ["open", "shut"] },
]
objects = [{ kind = "policy", name = "open", using = ["eq", { field = "mood" }, "ajar"] }, { kind = "row_security" }]
"#;
    let mut project = Project {
        database: orm_tests::Database::empty(Backend::Postgres),
        files: Vec::new(),
    };
    let refused = error(project.make(door)).to_string();
    assert!(
        refused.contains(
            "the policy open of shop.Gate names the text `ajar`, which shop.Gate.mood does not have"
        ),
        "{refused}"
    );
}
