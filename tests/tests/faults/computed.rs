//! Generated columns of tables with rows.

use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::on_both;
use super::renames::there_and_back;
use super::retypes::migrations_back;
use super::snapshot::snapshot;
use super::world::{Project, numbers, populated, session, strings};

on_both! {
    computed_columns_come_change_and_go,
    a_computed_column_loses_no_value,
}

fn computed_columns_come_change_and_go(backend: Backend) {
    let before = r#"
[[operations]]
kind = "AddField"
model = "Post"
field = { name = "price", type = "decimal", max_digits = 10, decimal_places = 2, default = "2.50" }

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "total", type = "decimal", max_digits = 12, decimal_places = 2, null = true, generated_as = { expression = ["mul", { field = "price" }, { field = "score" }] } }

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "label", type = "text", index = true, generated_as = { expression = ["concat", ["ascii_upper", { field = "title" }], " ", ["coalesce", { field = "score" }, 0]] } }
"#;
    let operations = r#"
[[operations]]
kind = "RemoveField"
model = "Post"
field = "label"

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "label", type = "text", index = true, generated_as = { expression = ["if", ["ge", { field = "score" }, 3], ["replace", { field = "title" }, "e", "E"], "-"] } }

[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "price", type = "decimal", max_digits = 11, decimal_places = 2, default = "2.50" }

[[operations]]
kind = "RemoveField"
model = "Post"
field = "total"
"#;
    let decimal = match backend {
        Backend::Sqlite => "SELECT coalesce(total, '-') FROM shop_post ORDER BY id",
        Backend::Postgres => "SELECT coalesce(trim_scale(total)::text, '-') FROM shop_post ORDER BY id",
    };
    let rows = "UPDATE shop_post SET price = '-0.1' WHERE id = 3; UPDATE shop_post SET score = 0, price = '-0.1' WHERE id = 4";
    there_and_back(backend, before, rows, operations, |session| {
        assert_eq!(
            strings(session, "SELECT label FROM shop_post ORDER BY id"),
            ["-", "-", "thrEE", "-"]
        );
        value(session.batch("UPDATE shop_post SET score = 3"));
        assert_eq!(
            strings(session, "SELECT label FROM shop_post WHERE id = 1"),
            ["onE"]
        );
        error(session.batch("UPDATE shop_post SET label = 'x'"));
    });
    let database = populated(backend);
    let mut here = session(&database);
    value(Project::shop().and(before).migrate(&mut here));
    value(here.batch(rows));
    assert_eq!(strings(&mut here, decimal), ["2.5", "-", "-0.3", "0"]);
    assert_eq!(
        strings(&mut here, "SELECT label FROM shop_post ORDER BY id"),
        ["ONE 1", "TWO 0", "THREE 3", "FOUR 0"]
    );
}

fn a_computed_column_loses_no_value(backend: Backend) {
    let before = r#"
[[operations]]
kind = "AddField"
model = "Post"
field = { name = "double", type = "big_int", null = true }
"#;
    let computed = |null: &str| {
        format!(
            "[[operations]]\nkind = \"AlterField\"\nmodel = \"Post\"\nfield = {{ name = \"double\", type = \"big_int\"{null}, \
             generated_as = {{ expression = [\"add\", {{ field = \"score\" }}, {{ field = \"score\" }}] }} }}\n"
        )
    };
    let database = populated(backend);
    let mut here = session(&database);
    let project = Project::shop().and(before);
    value(project.migrate(&mut here));
    value(
        here.batch("UPDATE shop_post SET double = 2 * score; UPDATE shop_post SET double = 5 WHERE id = 1"),
    );
    let old = snapshot(&database);
    let refused = error(project.clone().and(&computed(", null = true")).migrate(&mut here)).to_string();
    assert!(refused.contains("(1 found)"), "{refused}");
    assert_eq!(snapshot(&database), old);
    value(here.batch("UPDATE shop_post SET double = 2 WHERE id = 1"));
    let old = snapshot(&database);
    let refused = error(project.clone().and(&computed("")).migrate(&mut here)).to_string();
    assert!(
        refused.contains("NULL") && refused.contains("(1 found)"),
        "{refused}"
    );
    assert_eq!(snapshot(&database), old);
    let project = project.and(&computed(", null = true"));
    value(project.migrate(&mut here));
    value(here.batch("UPDATE shop_post SET score = 50 WHERE id = 1"));
    value(project.migrate_to(&mut here, &migrations_back(2)));
    assert_eq!(
        numbers(
            &mut here,
            "SELECT coalesce(double, -1) FROM shop_post ORDER BY id"
        ),
        [100, -1, 6, 8]
    );
    value(here.batch("UPDATE shop_post SET double = 7"));
}
