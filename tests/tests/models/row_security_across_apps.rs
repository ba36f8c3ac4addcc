//! Policies of one app that read a table of another.

use orm::migrate::Target;
use orm_tests::Backend;
use orm_tests::behaviour::value;

use crate::row_security_changed::SECURITY;
use crate::views_changed::Project;

/// Tables of two apps: a policy on the one reads the other.
fn of_two_apps(order: &str, policy: &str) -> String {
    format!(
        r#"
[[models]]
app = "crm"
name = "Customer"
fields = [{{ name = "id", type = "big_int", primary_key = true, generated = true }}]
objects = [{policy}]

[[models]]
app = "shop"
name = "Order"
fields = [
    {{ name = "id", type = "big_int", primary_key = true, generated = true }},
    {{ name = "customer", type = "foreign_key", to = "crm.Customer" }},{order}
]
"#
    )
}

/// Each app has migrations of its own, and the policy is made, goes and comes in its new form where what it reads is as it says: one migration after
/// the other, all at once, and on the way back.
#[test]
fn a_policy_follows_a_column_of_another_app_that_is_renamed_and_dropped() {
    let column =
        |name: &str, was: &str| format!("\n    {{ name = \"{name}\", type = \"int\", default = 0{was} }},");
    let policy = |column: &str| {
        format!(
            "{{ kind = \"policy\", name = \"buyers\", using = {{ sql = \"id IN (SELECT o.customer_id FROM shop_order AS o WHERE o.{column} > 1)\" }} }}"
        )
    };
    let renamed = column("sum", ", renamed_from = \"amount\"");
    let mut project = Project {
        database: orm_tests::Database::empty(Backend::Postgres),
        files: Vec::new(),
    };
    let first = of_two_apps(&column("amount", ""), "");
    project.change(&first);
    value(project.session().batch(
        "INSERT INTO crm_customer DEFAULT VALUES; INSERT INTO shop_order (customer_id, amount) VALUES (1, 7)",
    ));
    let nothing = project.all(SECURITY);
    assert_eq!(
        project.change(&of_two_apps(&column("amount", ""), &policy("amount"))),
        ["+ add policy buyers to Customer"]
    );
    let read = project.all(SECURITY);
    assert_eq!(
        project.change(&of_two_apps(&renamed, &policy("sum"))),
        [
            "- remove policy buyers from Customer",
            "~ rename field amount on Order to sum",
            "+ add policy buyers to Customer"
        ]
    );
    let follows = project.all(SECURITY);
    assert!(follows.join("").contains("o.sum > 1"), "{follows:?}");
    // It goes in one run, and what it read in the next one.
    project.change(&of_two_apps(&renamed, ""));
    assert_eq!(project.all(SECURITY), nothing);
    assert_eq!(
        project.change(&of_two_apps("", "")),
        ["- remove field sum from Order"]
    );
    let of_crm = |name: &str| Target::Migration("crm".to_owned(), name.to_owned());
    let last = project
        .files
        .iter()
        .filter(|(path, _)| path.contains("crm/0"))
        .count();
    assert_eq!(last, 5, "{:?}", project.files);
    value(project.migrate(&of_crm("0004")));
    assert_eq!(project.all(SECURITY), follows);
    value(project.migrate(&of_crm("0002")));
    assert_eq!(project.all(SECURITY), read);
    value(project.migrate(&Target::Latest));
    assert_eq!(project.all("SELECT count(*)::text FROM shop_order"), ["1"]);
    for app in ["shop", "crm"] {
        value(project.migrate(&Target::Zero(app.to_owned())));
    }
    assert_eq!(project.all(SECURITY), Vec::<String>::new());
    value(project.migrate(&Target::Latest));
    assert_eq!(project.all(SECURITY), nothing);
}
