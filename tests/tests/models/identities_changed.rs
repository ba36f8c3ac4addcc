//! Identity columns that come, change and go on tables with rows.

use orm::migrate::Target;
use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

use crate::views_changed::Project;

const PLAIN: &str = r#"
[[models]]
app = "shop"
name = "Order"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "note", type = "text", null = true },
]

[[models]]
app = "shop"
name = "Line"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "order", type = "foreign_key", to = "shop.Order" },
]
"#;

const COUNTED: &str = "generated = true },\n    { name = \"note\"";

fn with(identity: &str) -> String {
    PLAIN.replace(
        COUNTED,
        &format!("generated = true, identity = {{ {identity} }} }},\n    {{ name = \"note\""),
    )
}

const OPTIONS: &str = "SELECT concat(a.attidentity, ' ', s.seqstart, ' ', s.seqincrement, ' ', s.seqmin, ' ', s.seqcache, ' ', s.seqcycle, ' ', \
                       c.relfilenode) FROM pg_sequence AS s JOIN pg_class AS c ON c.relname = 'shop_order' JOIN pg_attribute AS a ON a.attrelid = \
                       c.oid AND a.attname = 'id' WHERE s.seqrelid = pg_get_serial_sequence('shop_order', 'id')::regclass";

impl Project {
    fn empty(backend: Backend) -> Self {
        Project {
            database: Database::empty(backend),
            files: Vec::new(),
        }
    }

    fn order(&self) -> i64 {
        let added = self.all("INSERT INTO shop_order (note) VALUES ('n') RETURNING CAST(id AS text)");
        added[0].parse().expect("a number")
    }
}

/// Options come, change and go on a table with rows, which is not written anew, and the next number follows the last.
#[test]
fn options_change_on_a_table_with_rows() {
    let mut project = Project::empty(Backend::Postgres);
    project.change(PLAIN);
    assert_eq!((project.order(), project.order()), (1, 2));
    value(
        project
            .session()
            .batch("INSERT INTO shop_line (order_id) VALUES (1), (2)"),
    );
    let plain = project.all(OPTIONS);
    let tens = with("always = true, start = 1000, increment = 10, cache = 20, cycle = true");
    assert_eq!(project.change(&tens), ["~ alter field id on Order"]);
    let counted = project.all(OPTIONS);
    assert!(counted[0].starts_with("a 1000 10 1 20 t"), "{counted:?}");
    assert_eq!(counted[0].split(' ').next_back(), plain[0].split(' ').next_back());
    assert_eq!(project.order(), 12);
    let refused = error(project.session().batch("INSERT INTO shop_order (id) VALUES (5)"));
    assert!(format!("{refused:?}").contains("non-DEFAULT"), "{refused:?}");
    // Nothing is to be done for what is so already.
    assert_eq!(project.change(&tens), Vec::<String>::new());
    let said = with("always = true, start = 1000, increment = 10, min_value = 1, cache = 20, cycle = true");
    assert_eq!(project.change(&said), ["~ alter field id on Order"]);
    assert_eq!(project.all(OPTIONS), counted);
    project.back("0001");
    assert_eq!(project.all(OPTIONS), plain);
    assert!(project.order() > 12);
    assert_eq!(
        project.all("SELECT count(*)::text FROM shop_line JOIN shop_order ON order_id = shop_order.id"),
        ["2"]
    );
    value(project.migrate(&Target::Latest));
    assert_eq!(project.all(OPTIONS), counted);
}

/// Bounds that leave out the number that the table has come to are refused before anything changes.
#[test]
fn bounds_hold_the_number_it_has_come_to() {
    let mut project = Project::empty(Backend::Postgres);
    project.change(PLAIN);
    for order in 1..=3 {
        assert_eq!(project.order(), order);
    }
    let before = project.all(OPTIONS);
    value(project.make(&with("start = 100, min_value = 100")));
    let refused = error(project.migrate(&Target::Latest));
    assert!(
        refused
            .to_string()
            .contains("\"id\" of \"shop_order\" has been counted to a number outside of 100 to"),
        "{refused:?}"
    );
    assert_eq!(project.all(OPTIONS), before);
    // The same on a table that has given no number yet.
    let mut project = Project::empty(Backend::Postgres);
    project.change(PLAIN);
    project.change(&with("start = 100, min_value = 100"));
    assert_eq!(project.order(), 100);
    let mut project = Project::empty(Backend::Postgres);
    project.change(PLAIN);
    project.change(&with("start = 100"));
    project.back("0001");
    assert_eq!(project.order(), 1);
}

/// A key that was given is counted, and is given again, with rows and what points at them.
#[test]
fn a_key_that_was_given_is_counted_behind_its_rows_and_back() {
    for backend in Backend::ALL {
        let given = PLAIN
            .replace(COUNTED, "},\n    { name = \"note\"")
            .replace("true, },", "true },");
        let mut project = Project::empty(backend);
        project.change(&given);
        value(project.session().batch(
            "INSERT INTO shop_order (id) VALUES (41), (7), (-3); INSERT INTO shop_line (order_id) VALUES (41), (7)",
        ));
        let lines = "SELECT CAST(order_id AS text) FROM shop_line ORDER BY id";
        assert_eq!(project.change(PLAIN), ["~ alter field id on Order"]);
        assert_eq!((project.order(), project.order()), (42, 43), "{backend:?}");
        assert_eq!(project.all(lines), ["41", "7"]);
        project.back("0001");
        value(project.session().batch("INSERT INTO shop_order (id) VALUES (50)"));
        let ids = "SELECT CAST(id AS text) FROM shop_order ORDER BY shop_order.id";
        assert_eq!(
            project.all(ids),
            ["-3", "7", "41", "42", "43", "50"],
            "{backend:?}"
        );
        if backend == Backend::Postgres {
            assert!(
                project
                    .session()
                    .batch("INSERT INTO shop_order (note) VALUES ('x')")
                    .is_err()
            );
        }
        value(project.migrate(&Target::Latest));
        assert_eq!(project.order(), 51);
        assert_eq!(project.all(lines), ["41", "7"]);
    }
}

/// A column that is not the key: each row that is there gets a number, also where the column was a plain one.
#[test]
fn another_column_is_counted() {
    let mut project = Project::empty(Backend::Postgres);
    project.change(PLAIN);
    for order in 1..=3 {
        assert_eq!(project.order(), order);
    }
    let place = |said: &str| {
        PLAIN.replace(
            "{ name = \"note\"",
            &format!("{{ name = \"place\", type = \"int\"{said} }},\n    {{ name = \"note\""),
        )
    };
    assert_eq!(
        project.change(&place(
            ", generated = true, identity = { start = 5, increment = 5 }"
        )),
        ["+ add field place to Order"]
    );
    let places = "SELECT place::text FROM shop_order ORDER BY id";
    assert_eq!(project.all(places), ["5", "10", "15"]);
    project.order();
    assert_eq!(project.all(places), ["5", "10", "15", "20"]);
    // A plain column, of which a row has a greater number, and counted again.
    project.change(&place(", default = 0"));
    value(
        project
            .session()
            .batch("UPDATE shop_order SET place = 33 WHERE id = 2"),
    );
    project.change(&place(
        ", generated = true, identity = { start = 5, increment = 5 }",
    ));
    project.order();
    assert_eq!(project.all(places), ["5", "33", "15", "20", "35"]);
    project.back("0001");
    value(project.migrate(&Target::Latest));
}

/// What a database cannot do is refused before any SQL.
#[test]
fn sqlite_is_refused_by_name() {
    let mut project = Project::empty(Backend::Sqlite);
    project.change(PLAIN);
    project.order();
    value(project.make(&with("start = 1000")));
    let refused = error(project.migrate(&Target::Latest));
    assert!(refused.is_unsupported(), "{refused:?}");
    let said = refused.to_string();
    assert!(
        said.contains("shop.Order")
            && said.contains("field id")
            && said.contains("sqlite counts a primary key from 1 by 1"),
        "{said}"
    );
    assert_eq!(project.order(), 2);
}
