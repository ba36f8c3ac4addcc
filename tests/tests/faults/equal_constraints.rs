//! Equal unique constraints: each exists separately, on both databases.

use orm::db::Session;
use orm_tests::behaviour::value;
use orm_tests::{Backend, Database};

use super::adopted::record;
use super::on_both;
use super::world::{Project, session, strings};

on_both! {
    equal_constraints_exist_separately,
    one_constraint_that_stands_for_two_goes_with_the_last,
}

/// A unique field and two constraints that are equal to it, and one that is equal to the primary key.
const EQUAL: &str = r#"
[[operations]]
kind = "CreateModel"
model = "Item"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "sku", type = "text", unique = true },
]
constraints = [
    { kind = "unique", name = "once", fields = ["sku"] },
    { kind = "unique", name = "once_more", fields = ["sku"] },
    { kind = "unique", name = "key_once", fields = ["id"] },
]
"#;

const FIELD_ONLY: &str = r#"
[[operations]]
kind = "RemoveConstraint"
model = "Item"
constraint = "once"

[[operations]]
kind = "RemoveConstraint"
model = "Item"
constraint = "once_more"
"#;

const FREE_FIELD: &str = r#"
[[operations]]
kind = "AlterField"
model = "Item"
field = { name = "sku", type = "text" }
"#;

fn uniques(backend: Backend, session: &mut dyn Session) -> Vec<String> {
    let names = match backend {
        Backend::Sqlite => "SELECT name FROM pragma_index_list('shop_item') ORDER BY name",
        Backend::Postgres => {
            "SELECT conname::text FROM pg_constraint WHERE conrelid = 'shop_item'::regclass AND contype = 'u' ORDER BY conname"
        }
    };
    strings(session, names)
}

fn is_unique(session: &mut dyn Session) -> bool {
    value(session.batch("DELETE FROM shop_item; INSERT INTO shop_item (sku) VALUES ('a')"));
    session.batch("INSERT INTO shop_item (sku) VALUES ('a')").is_err()
}

fn equal_constraints_exist_separately(backend: Backend) {
    for (first, then) in [(FIELD_ONLY, FREE_FIELD), (FREE_FIELD, FIELD_ONLY)] {
        let database = Database::empty(backend);
        let mut session = session(&database);
        let project = Project::empty().and(EQUAL);
        value(project.migrate(&mut session));
        assert_eq!(
            uniques(backend, &mut session),
            ["key_once", "once", "once_more", "shop_item_sku_uniq"]
        );
        let project = project.and(first);
        value(project.migrate(&mut session));
        assert!(is_unique(&mut session), "{first}");
        value(project.and(then).migrate(&mut session));
        assert!(!is_unique(&mut session));
        assert_eq!(uniques(backend, &mut session), ["key_once"]);
    }
}

/// Tables of earlier versions, or created by hand.
fn one_constraint_that_stands_for_two_goes_with_the_last(backend: Backend) {
    for (first, then) in [(FIELD_ONLY, FREE_FIELD), (FREE_FIELD, FIELD_ONLY)] {
        for name in [
            "CONSTRAINT shop_item_sku_uniq UNIQUE",
            "CONSTRAINT once UNIQUE",
            "UNIQUE",
        ] {
            let database = Database::empty(backend);
            let mut session = session(&database);
            let id = match backend {
                Backend::Sqlite => "integer",
                Backend::Postgres => "bigserial",
            };
            value(session.batch(&format!(
                "CREATE TABLE shop_item (id {id} PRIMARY KEY, sku text NOT NULL {name})"
            )));
            let project = Project::empty().and(EQUAL);
            record(&project, &mut session);
            let project = project.and(first);
            value(project.migrate(&mut session));
            assert!(is_unique(&mut session), "{name}: {first}");
            value(project.and(then).migrate(&mut session));
            assert!(!is_unique(&mut session), "{name}: {first}");
        }
    }
}
