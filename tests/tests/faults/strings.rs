//! Strings and names that break code which handles them carelessly, in files and in tables with rows.

use orm::db::quote;
use orm_tests::Backend;
use orm_tests::behaviour::{error, value};
use orm_tests::hostile;

use super::on_both;
use super::snapshot::snapshot;
use super::world::{Project, populated, session, strings as rows};

on_both! {
    defaults_and_values_for_rows_arrive_as_they_are,
    names_are_names_whatever_is_in_them,
}

/// As TOML writes it.
fn toml(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            control if control.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out + "\""
}

fn defaults_and_values_for_rows_arrive_as_they_are(backend: Backend) {
    let mut strings = hostile::strings();
    // A default longer than a page does not fit the catalog of every server.
    strings.retain(|text| text.len() < 1000);
    strings.extend(["{}", "$$; DROP TABLE shop_log; $$", "CURRENT_TIMESTAMP", "E'\\x'"].map(str::to_owned));
    let database = populated(backend);
    let mut session = session(&database);
    let mut operations = String::new();
    for (at, text) in strings.iter().enumerate() {
        let text = toml(text);
        operations.push_str(&format!(
            "[[operations]]\nkind = \"AddField\"\nmodel = \"Pin\"\nfield = {{ name = \"d{at}\", type = \"text\", default = {text} \
             }}\n[[operations]]\nkind = \"AddField\"\nmodel = \"Hold\"\nfield = {{ name = \"f{at}\", type = \"text\" }}\nfill = \
             {text}\n"
        ));
    }
    value(Project::shop().and(&operations).migrate(&mut session));
    value(session.batch("INSERT INTO shop_pin (post_id) VALUES (2)"));
    for (at, text) in strings.iter().enumerate() {
        let defaults = rows(&mut session, &format!("SELECT d{at} FROM shop_pin"));
        assert_eq!(defaults, vec![text.clone(); 4]);
        assert_eq!(
            rows(&mut session, &format!("SELECT f{at} FROM shop_hold")),
            vec![text.clone(); 2]
        );
    }
    let before = snapshot(&database);
    for text in hostile::WITH_NUL {
        let operation = format!(
            "[[operations]]\nkind = \"AddField\"\nmodel = \"Log\"\nfield = {{ name = \"n\", type = \"text\", default = {} }}\n",
            toml(text)
        );
        error(
            Project::shop()
                .and(&operations)
                .and(&operation)
                .migrate(&mut session),
        );
        assert_eq!(snapshot(&database), before);
    }
}

fn names_are_names_whatever_is_in_them(backend: Backend) {
    let database = populated(backend);
    let mut session = session(&database);
    let before = snapshot(&database);
    for name in [
        "select",
        "1st",
        "Mixed Case",
        "a-b",
        "it's",
        "\"quoted\"",
        "x\"; DROP TABLE shop_log; --",
        "$1 ? :a @b %s {}",
        "back\\slash",
        "😀",
        "größe",
    ] {
        let written = toml(name);
        let create = format!(
            r#"
[[operations]]
kind = "CreateModel"
model = "Odd"
table = {written}
fields = [
    {{ name = "id", type = "big_int", primary_key = true, generated = true }},
    {{ name = "a", type = "text", column = {written}, max_length = 9 }},
    {{ name = "b", type = "int", default = 1 }},
    {{ name = "post", type = "foreign_key", to = "shop.Post", on_delete = "cascade", index = true }},
    {{ name = "odd", type = "foreign_key", to = "shop.Odd", on_delete = "cascade", null = true, index = true }},
]
indexes = [{{ name = {index}, fields = ["-a"] }}]
constraints = [{{ kind = "check", name = {check}, condition = ["ne", {{ field = "a" }}, {written}] }}]
"#,
            index = toml(&format!("{name} idx")),
            check = toml(&format!("{name} check")),
        );
        let project = Project::shop().and(&create);
        value(project.migrate(&mut session));
        let (table, column) = (quote(name), quote(name));
        value(session.batch(&format!(
            "INSERT INTO {table} ({column}, post_id) VALUES ('x', 1), ('y', 2); UPDATE {table} SET odd_id = 1"
        )));
        let project = project.and(&format!(
            r#"
[[operations]]
kind = "AlterField"
model = "Odd"
field = {{ name = "a", type = "text", column = {written}, max_length = 8, unique = true }}

[[operations]]
kind = "RemoveField"
model = "Odd"
field = "b"
"#
        ));
        value(project.migrate(&mut session));
        let kept = rows(&mut session, &format!("SELECT {column} FROM {table} ORDER BY id"));
        assert_eq!(kept, ["x", "y"], "{name}");
        error(session.batch(&format!(
            "INSERT INTO {table} ({column}, post_id) VALUES ('x', 1)"
        )));
        value(project.migrate_to(
            &mut session,
            &orm::migrate::Target::Migration("shop".into(), "0001".into()),
        ));
        assert_eq!(snapshot(&database), before, "{name}");
    }
}
