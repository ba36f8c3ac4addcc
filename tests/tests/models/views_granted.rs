//! Grants on views: what the models say is what roles may do, also after the view or what it reads was made anew.

use orm::migrate::{StateFile, Target};
use orm::models::{GrantDef, ModelKey, Privilege, TableObjectDef, registry};
use orm::prelude::*;
use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use crate::views_changed::{Project, RICH, SPENT, TABLES};

orm::app!("granted");

#[derive(Model, Debug)]
pub struct GrantedBill {
    pub id: i64,
    pub amount: i32,
}

#[derive(Model, Debug)]
#[orm(view(
    "SELECT id, amount AS cents FROM granted_granted_bill",
    reads(GrantedBill),
    materialized
))]
#[orm(grant(select, to = "reader"), grant(select("cents"), to = "public"))]
pub struct GrantedBills {
    pub id: i64,
    pub cents: i32,
}

#[test]
fn models_say_them_of_views() {
    let model = value(registry())
        .model(&ModelKey::new("granted", "GrantedBills"))
        .expect("it is linked");
    let mut all = GrantDef::to("reader");
    all.privileges.push(Privilege::Select);
    let mut cents = GrantDef::to("public");
    cents.fields.insert(Privilege::Select, vec!["cents".to_owned()]);
    assert_eq!(model.def.objects, [TableObjectDef::from(all), cents.into()]);
}

/// What is granted of views and their columns to others than the owner.
const GRANTED: &str = "SELECT concat_ws(' ', c.relname, CASE g.grantee WHEN 0 THEN 'public' ELSE g.grantee::regrole::text END, g.privilege_type, g.attname) \
    FROM pg_class AS c, LATERAL (SELECT e.grantee, e.privilege_type, NULL::name AS attname FROM aclexplode(c.relacl) AS e UNION ALL SELECT e.grantee, \
    e.privilege_type, a.attname FROM pg_attribute AS a, aclexplode(a.attacl) AS e WHERE a.attrelid = c.oid) AS g WHERE c.relkind IN ('v', 'm') AND \
    c.relnamespace = 'public'::regnamespace AND g.grantee <> c.relowner ORDER BY 1";

fn granting(view: &str, objects: &str) -> String {
    format!("{view}objects = [{objects}]\n")
}

const READS: &str = r#"{ kind = "grant", to = "pg_monitor", privileges = ["select"] }"#;
const BY_COLUMN: &str = r#"{ kind = "grant", to = "pg_monitor", fields = { select = ["total"], update = ["customer"] } }, { kind = "grant", to = "PUBLIC", fields = { select = ["customer"] } }"#;

#[test]
fn grants_come_change_and_go_with_the_view_and_without_it() {
    let mut project = Project::of(Backend::Postgres, TABLES);
    let with = |objects: &str| format!("{TABLES}{}{RICH}", granting(SPENT, objects));
    assert_eq!(
        project.change(&with(READS)),
        [
            "+ create view Spent",
            "+ create view Rich",
            "+ add grant to pg_monitor to Spent"
        ]
    );
    let first = ["shop_spent pg_monitor SELECT"];
    assert_eq!(project.all(GRANTED), first);
    assert_eq!(project.change(&with(READS)), Vec::<String>::new());
    assert_eq!(
        project.change(&with(BY_COLUMN)),
        [
            "- remove grant to pg_monitor from Spent",
            "+ add grant to pg_monitor to Spent",
            "+ add grant to public to Spent"
        ]
    );
    let second = [
        "shop_spent pg_monitor SELECT total",
        "shop_spent pg_monitor UPDATE customer_id",
        "shop_spent public SELECT customer_id",
    ];
    assert_eq!(project.all(GRANTED), second);
    project.back("0002");
    assert_eq!(project.all(GRANTED), first);
    value(project.migrate(&Target::Latest));
    // What others granted stays.
    value(
        project
            .session()
            .batch("GRANT SELECT ON shop_spent TO pg_read_all_stats"),
    );
    assert_eq!(
        project.change(&with("")),
        [
            "- remove grant to pg_monitor from Spent",
            "- remove grant to public from Spent"
        ]
    );
    assert_eq!(project.all(GRANTED), ["shop_spent pg_read_all_stats SELECT"]);
    // The view and all that is granted of it.
    project.change(TABLES);
    assert_eq!(project.all(GRANTED), Vec::<String>::new());
    project.back("0003");
    assert_eq!(project.all(GRANTED), second);
}

#[test]
fn grants_stay_where_the_view_or_what_it_reads_is_made_anew() {
    let mut project = Project::of(Backend::Postgres, TABLES);
    let with = |tables: &str, spent: &str| format!("{tables}{}{RICH}", granting(spent, BY_COLUMN));
    project.change(&with(TABLES, SPENT));
    let granted = project.all(GRANTED);
    assert_eq!(granted.len(), 3);
    let wider = TABLES.replace(
        "name = \"amount\", type = \"int\"",
        "name = \"amount\", type = \"big_int\"",
    );
    project.change(&with(&wider, SPENT));
    assert_eq!(project.all(GRANTED), granted);
    // `total` is of another type, and then of what is stored.
    let other = SPENT.replace("sum(amount) AS total", "count(*) AS total");
    project.change(&with(&wider, &other));
    assert_eq!(project.all(GRANTED), granted);
    let stored = other.replace("reads =", "materialized = true, reads =");
    project.change(&with(&wider, &stored));
    assert_eq!(project.all(GRANTED), granted);
    project.back("0002");
    assert_eq!(project.all(GRANTED), granted);
}

/// Whoever runs printed SQL by hand has a view with all that was granted and said of it.
#[test]
fn printed_sql_grants_what_a_view_had_that_it_drops() {
    let mut project = Project::of(Backend::Postgres, TABLES);
    let stored = SPENT.replace("reads =", "materialized = true, reads =");
    let grants =
        format!(r#"{READS}, {{ kind = "grant", to = "PUBLIC", fields = {{ select = ["customer"] }} }}"#);
    project.change(&format!("{TABLES}{}", granting(&stored, &grants)));
    let granted = project.all(GRANTED);
    assert_eq!(granted.len(), 2, "{granted:?}");
    const SAID: &str = "SELECT obj_description('shop_spent'::regclass)";
    let said = project.all(SAID);
    assert!(said[0].contains("spent"), "{said:?}");
    let other = stored.replace("sum(amount) AS total", "count(*) AS total");
    value(project.make(&format!("{TABLES}{}", granting(&other, &grants))));
    project.run_printed(&mut project.session(), "0003");
    assert_eq!(project.spent(), ["2", "1"]);
    assert_eq!(project.all(GRANTED), granted);
    assert_eq!(project.all(SAID), said);
}

#[test]
fn columns_that_a_grant_names_come_and_go_with_the_query() {
    let mut project = Project::of(Backend::Postgres, TABLES);
    let with = |spent: &str, columns: &str| {
        let grant =
            format!(r#"{{ kind = "grant", to = "pg_monitor", fields = {{ select = [{columns}] }} }}"#);
        format!("{TABLES}{}", granting(spent, &grant))
    };
    project.change(&with(SPENT, "\"total\""));
    let more = SPENT.replace("total", "sum");
    let lines = project.change(&with(&more, "\"customer\", \"sum\""));
    assert_eq!(
        lines,
        [
            "- remove grant to pg_monitor from Spent",
            "~ alter view Spent",
            "+ add grant to pg_monitor to Spent"
        ]
    );
    assert_eq!(
        project.all(GRANTED),
        [
            "shop_spent pg_monitor SELECT customer_id",
            "shop_spent pg_monitor SELECT sum"
        ]
    );
    project.back("0002");
    assert_eq!(project.all(GRANTED), ["shop_spent pg_monitor SELECT total"]);
    let mistaken = error(StateFile::parse("models.toml", &with(SPENT, "\"nothing\"")));
    assert!(
        mistaken.to_string().contains("nothing") && mistaken.to_string().contains("shop.Spent"),
        "{mistaken}"
    );
}

#[test]
fn databases_without_roles_refuse_them_and_views_refuse_the_rest() {
    let mut project = Project::of(Backend::Sqlite, TABLES);
    value(project.make(&format!("{TABLES}{}", granting(SPENT, READS))));
    let refused = error(project.migrate(&Target::Latest)).to_string();
    assert!(
        refused.contains("sqlite has no roles, and so no grant to pg_monitor"),
        "{refused}"
    );
    for object in [
        r#"{ kind = "row_security" }"#,
        r#"{ kind = "policy", name = "own", using = { sql = "true" } }"#,
    ] {
        let mut project = Project::of(Backend::Postgres, TABLES);
        let refused = error(project.make(&format!("{TABLES}{}", granting(SPENT, object)))).to_string();
        assert!(refused.contains("and only tables do"), "{refused}");
    }
}

#[test]
fn what_is_not_theirs_to_grant_is_refused() {
    let role = format!("orm_grants_{}", std::process::id());
    let mut project = Project::of(Backend::Postgres, &format!("{TABLES}{SPENT}"));
    value(project.session().batch(&format!(
        "CREATE ROLE {role}; ALTER TABLE shop_order OWNER TO {role}; ALTER VIEW shop_spent OWNER TO {role}; CREATE ROLE {role}_other; GRANT ALL ON \
         DATABASE {database} TO {role}_other; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}_other",
        database = project.all("SELECT quote_ident(current_database())").remove(0),
    )));
    value(project.make(&format!("{TABLES}{}", granting(SPENT, READS))));
    let mut session = project.session();
    value(session.batch(&format!("SET ROLE {role}_other")));
    let refused = error(project.migrate_in(&mut session, &Target::Latest)).to_string();
    assert!(
        refused.contains("\"shop_spent\" belongs to another role")
            && refused.contains("hint: migrate as the owner"),
        "{refused}"
    );
    assert_eq!(
        project
            .all(GRANTED)
            .iter()
            .filter(|line| line.contains("pg_monitor"))
            .count(),
        0
    );
    drop(session);
    value(project.migrate(&Target::Latest));
    assert!(
        project
            .all(GRANTED)
            .contains(&"shop_spent pg_monitor SELECT".to_owned())
    );
    // To take it back is no more theirs, of which the server says nothing but a warning.
    value(project.make(&format!("{TABLES}{SPENT}")));
    let mut session = project.session();
    value(session.batch(&format!("SET ROLE {role}_other")));
    let refused = error(project.migrate_in(&mut session, &Target::Latest)).to_string();
    assert!(
        refused.contains(
            "what that one granted to \"pg_monitor\" is not for the one that migrates to take back"
        ) && refused.contains("hint: migrate as the owner"),
        "{refused}"
    );
    drop(session);
    assert!(
        project
            .all(GRANTED)
            .contains(&"shop_spent pg_monitor SELECT".to_owned())
    );
    value(project.migrate(&Target::Latest));
    let granted = project.all(GRANTED);
    assert!(
        !granted.iter().any(|line| line.contains("pg_monitor")),
        "{granted:?}"
    );
    value(project.session().batch(&format!(
        "REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP OWNED BY {role}_other; DROP ROLE {role}; DROP ROLE {role}_other"
    )));
}
