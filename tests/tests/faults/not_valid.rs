//! Foreign keys and checks that are added without looking at the rows that are there, and looked at later.

use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::on_both;
use super::renames::there_and_back;
use super::snapshot::snapshot;
use super::world::{Project, populated, session, strings};

on_both! {
    rows_that_are_there_are_checked_later,
    they_come_and_go_on_rows_that_fit,
}

fn altered(options: &str) -> String {
    format!(
        "[[operations]]\nkind = \"AlterField\"\nmodel = \"Pin\"\nfield = {{ name = \"post\", type = \"foreign_key\", to = \
         \"shop.Post\", null = true, index = true, {options} }}\n"
    )
}

const CONDITION: &str = "name = \"shop_hold_first_check\", condition = [\"lt\", { field = \"id\" }, 2]";

fn check(kind: &str, options: &str) -> String {
    format!(
        "[[operations]]\nkind = \"{kind}\"\nmodel = \"Hold\"\nconstraint = {{ kind = \"check\", {CONDITION}{options} }}\n"
    )
}

/// Which constraints of the catalog have not been checked for all rows.
const UNCHECKED: &str = "SELECT conname::text FROM pg_constraint WHERE NOT convalidated AND connamespace = current_schema()::regnamespace \
                         ORDER BY conname";

fn rows_that_are_there_are_checked_later(backend: Backend) {
    let database = populated(backend);
    let mut here = session(&database);
    let project = Project::shop().and(&altered("db_constraint = false"));
    value(project.migrate(&mut here));
    value(here.batch("INSERT INTO shop_pin (post_id) VALUES (77)"));
    drop(here);
    let before = snapshot(&database);
    let key = project.clone().and(&altered(
        "on_delete = \"cascade\", deferrable = \"no\", not_valid = true",
    ));
    let both = key.clone().and(&check("AddConstraint", ", not_valid = true"));
    if backend == Backend::Sqlite {
        // Here they are checked at once.
        let refused = error(key.migrate(&mut session(&database))).to_string();
        assert!(refused.contains("shop_pin"), "{refused}");
        assert_eq!(snapshot(&database), before);
        return;
    }
    let mut here = session(&database);
    value(both.migrate(&mut here));
    assert_eq!(
        strings(&mut here, UNCHECKED),
        ["shop_hold_first_check", "shop_pin_post_id_fk"]
    );
    // New rows are held to them.
    error(here.batch("INSERT INTO shop_pin (post_id) VALUES (78)"));
    error(here.batch("INSERT INTO shop_hold (id, post_id) VALUES (5, 1)"));
    let validated = both
        .clone()
        .and(&altered("on_delete = \"cascade\", deferrable = \"no\""))
        .and(&check("AlterConstraint", ""));
    let refused = error(validated.migrate(&mut here));
    assert!(refused.is_foreign_key_violation(), "{refused:?}");
    value(here.batch("DELETE FROM shop_pin WHERE post_id = 77"));
    let refused = error(validated.migrate(&mut here)).to_string();
    assert!(
        refused.contains("rows of \"shop_hold\" would break the check \"shop_hold_first_check\" (1 found)"),
        "{refused}"
    );
    value(here.batch("DELETE FROM shop_hold WHERE id > 1"));
    value(validated.migrate(&mut here));
    assert_eq!(strings(&mut here, UNCHECKED), [""; 0]);
    value(validated.migrate_to(&mut here, &super::retypes::migrations_back(3)));
    assert_eq!(strings(&mut here, UNCHECKED), ["shop_pin_post_id_fk"]);
}

fn they_come_and_go_on_rows_that_fit(backend: Backend) {
    let key = "on_delete = \"set_null\", ";
    let rows = "DELETE FROM shop_hold WHERE id > 1;";
    let operations =
        check("AddConstraint", ", not_valid = true") + &altered(&format!("{key}not_valid = true"));
    there_and_back(backend, "", rows, &operations, |session| {
        assert!(
            session
                .batch("INSERT INTO shop_pin (post_id) VALUES (77)")
                .is_err()
        );
        assert!(
            session
                .batch("INSERT INTO shop_hold (id, post_id) VALUES (5, 1)")
                .is_err()
        );
    });
    // SQLite checks all rows at once.
    let fit =
        "[[operations]]\nkind = \"RunSql\"\nsqlite = { forward = \"DELETE FROM shop_hold WHERE id > 1\" }\n";
    let before = [
        fit.to_owned(),
        altered(&format!("{key}not_valid = true")),
        check("AddConstraint", ", not_valid = true"),
    ]
    .concat();
    let operations = altered(key) + &check("AlterConstraint", ", message = \"too many\"");
    there_and_back(backend, &before, rows, &operations, |session| {
        if backend == Backend::Postgres {
            assert_eq!(strings(session, UNCHECKED), [""; 0]);
        }
    });
    // A new table has no rows, and keeps what it says all the same.
    let table = "[[operations]]\nkind = \"CreateModel\"\nmodel = \"Shelf\"\nfields = [\n    { name = \"id\", type = \"big_int\", \
                 primary_key = true, generated = true },\n    { name = \"post\", type = \"foreign_key\", to = \"shop.Post\", not_valid = \
                 true },\n]\nconstraints = [\n    { kind = \"check\", name = \"shelf_check\", condition = [\"lt\", { field = \"id\" }, 9], \
                 not_valid = true },\n]\n";
    there_and_back(backend, "", "", table, |session| {
        if backend == Backend::Postgres {
            assert_eq!(
                strings(session, UNCHECKED),
                ["shelf_check", "shop_shelf_post_id_fk"]
            );
        }
        assert!(
            session
                .batch("INSERT INTO shop_shelf (post_id) VALUES (77)")
                .is_err()
        );
        assert!(
            session
                .batch("INSERT INTO shop_shelf (id, post_id) VALUES (9, 1)")
                .is_err()
        );
    });
}
