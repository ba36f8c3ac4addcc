//! The table of operations: what each does on both databases.

use orm::db::Dialect;
use orm::migrate::{Migrations, sql_of};

use crate::page::{code, contains, normal, page, rows};

/// Models and types that the operations below change.
const BEFORE: &str = r#"
id = "before"
dependencies = []

[[operations]]
kind = "CreateEnum"
name = "Mood"
values = ["glad", "sad"]

[[operations]]
kind = "CreateExtension"
name = "pg_trgm"

[[operations]]
kind = "CreateCollation"
name = "german"
locale = "de"

[[operations]]
kind = "CreateModel"
model = "Post"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "title", type = "text", max_length = 200 },
    { name = "views", type = "int" },
    { name = "rank", type = "int" },
    { name = "mood", type = "choices", enum_type = "Mood" },
    { name = "kind", type = "choices", choices = ["a", "b"] },
]
indexes = [{ name = "by_title", fields = ["title"] }]
constraints = [
    { kind = "unique", name = "one_title", fields = ["title"] },
    { kind = "check", name = "read", condition = ["gt", { field = "views" }, 0] },
]
objects = [{ kind = "trigger", name = "noted", timing = "after", events = ["delete"], postgres = "RETURN NULL;", sqlite = "SELECT 1" }]

[[operations]]
kind = "CreateModel"
model = "Label"
fields = [{ name = "id", type = "big_int", primary_key = true, generated = true }]

[[operations]]
kind = "CreateModel"
model = "Page"
fields = [{ name = "path", type = "text", primary_key = true }]

[[operations]]
kind = "CreateModel"
model = "Path"
fields = [{ name = "path", type = "text", primary_key = true }]
view = { sql = "SELECT path FROM blog_page", reads = ["blog.Page"] }

[[operations]]
kind = "CreateModel"
model = "Stored"
fields = [{ name = "path", type = "text", primary_key = true }]
view = { sql = "SELECT path FROM blog_page", reads = ["blog.Page"], materialized = true }

[[operations]]
kind = "CreateEnum"
name = "Unused"
values = ["one"]
"#;

/// Each kind of operation, as often as the table needs it.
const OPERATIONS: [(&str, &str); 41] = [
    (
        "CreateModel",
        r#"{ kind = "CreateModel", model = "Tag", fields = [{ name = "id", type = "int", primary_key = true }] }"#,
    ),
    ("DeleteModel", r#"{ kind = "DeleteModel", model = "Post" }"#),
    (
        "RenameModel",
        r#"{ kind = "RenameModel", old = "Post", new = "Article" }"#,
    ),
    (
        "AlterModelTable",
        r#"{ kind = "AlterModelTable", model = "Post", table = "posts" }"#,
    ),
    (
        "MoveModel",
        r#"{ kind = "MoveModel", from = "blog.Label", to = "news.Label" }"#,
    ),
    (
        "AddField",
        r#"{ kind = "AddField", model = "Post", field = { name = "note", type = "text", null = true } }"#,
    ),
    (
        "AddField",
        r#"{ kind = "AddField", model = "Post", field = { name = "twice", type = "big_int", null = true, generated_as = { expression = ["mul", { field = "views" }, 2] } } }"#,
    ),
    (
        "RemoveField",
        r#"{ kind = "RemoveField", model = "Post", field = "rank" }"#,
    ),
    (
        "AlterField",
        r#"{ kind = "AlterField", model = "Post", field = { name = "views", type = "int", null = true } }"#,
    ),
    (
        "RenameField",
        r#"{ kind = "RenameField", model = "Post", old = "views", new = "reads" }"#,
    ),
    (
        "AddIndex",
        r#"{ kind = "AddIndex", model = "Post", index = { name = "by_views", fields = ["views"] } }"#,
    ),
    (
        "RemoveIndex",
        r#"{ kind = "RemoveIndex", model = "Post", index = "by_title" }"#,
    ),
    (
        "RenameIndex",
        r#"{ kind = "RenameIndex", model = "Post", old = "by_title", new = "titles" }"#,
    ),
    (
        "AddConstraint",
        r#"{ kind = "AddConstraint", model = "Post", constraint = { kind = "unique", name = "one_view", fields = ["views"] } }"#,
    ),
    (
        "AddConstraint",
        r#"{ kind = "AddConstraint", model = "Post", constraint = { kind = "check", name = "titled", condition = ["ne", { field = "title" }, ""] } }"#,
    ),
    (
        "RemoveConstraint",
        r#"{ kind = "RemoveConstraint", model = "Post", constraint = "one_title" }"#,
    ),
    (
        "RemoveConstraint",
        r#"{ kind = "RemoveConstraint", model = "Post", constraint = "read" }"#,
    ),
    (
        "AlterConstraint",
        r#"{ kind = "AlterConstraint", model = "Post", constraint = { kind = "unique", name = "one_title", fields = ["title"], message = "taken" } }"#,
    ),
    (
        "AlterModelOptions",
        r#"{ kind = "AlterModelOptions", model = "Post", ordering = ["-id"] }"#,
    ),
    (
        "AlterModelTableComment",
        r#"{ kind = "AlterModelTableComment", model = "Post", comment = "what is read" }"#,
    ),
    (
        "AlterModelStorage",
        r#"{ kind = "AlterModelStorage", model = "Page", storage = { parameters = { fillfactor = "70" }, without_rowid = true } }"#,
    ),
    (
        "AddTableObject",
        r#"{ kind = "AddTableObject", model = "Post", object = { kind = "trigger", name = "counted", timing = "after", events = ["insert"], postgres = "RETURN NULL;", sqlite = "SELECT 1" } }"#,
    ),
    (
        "RemoveTableObject",
        r#"{ kind = "RemoveTableObject", model = "Post", object = "trigger", name = "noted" }"#,
    ),
    (
        "CreateModel",
        r#"{ kind = "CreateModel", model = "Url", fields = [{ name = "path", type = "text", primary_key = true }], view = { sql = "SELECT path FROM blog_page", reads = ["blog.Page"] } }"#,
    ),
    ("DeleteModel", r#"{ kind = "DeleteModel", model = "Path" }"#),
    (
        "AlterView",
        r#"{ kind = "AlterView", model = "Path", fields = [{ name = "path", type = "text", primary_key = true }], view = { sql = "SELECT path FROM blog_page WHERE path <> ''", reads = ["blog.Page"] } }"#,
    ),
    ("RefreshView", r#"{ kind = "RefreshView", model = "Stored" }"#),
    (
        "CreateEnum",
        r#"{ kind = "CreateEnum", name = "Size", values = ["small"] }"#,
    ),
    ("DeleteEnum", r#"{ kind = "DeleteEnum", name = "Unused" }"#),
    (
        "AddEnumValue",
        r#"{ kind = "AddEnumValue", name = "Mood", value = "calm" }"#,
    ),
    (
        "RenameEnumValue",
        r#"{ kind = "RenameEnumValue", name = "Mood", old = "sad", new = "low" }"#,
    ),
    (
        "AlterEnum",
        r#"{ kind = "AlterEnum", name = "Mood", values = ["sad", "glad"] }"#,
    ),
    (
        "RenameChoice",
        r#"{ kind = "RenameChoice", model = "Post", field = "kind", old = "b", new = "c" }"#,
    ),
    (
        "CreateExtension",
        r#"{ kind = "CreateExtension", name = "citext" }"#,
    ),
    (
        "RemoveExtension",
        r#"{ kind = "RemoveExtension", name = "pg_trgm" }"#,
    ),
    (
        "CreateCollation",
        r#"{ kind = "CreateCollation", name = "dutch", locale = "nl" }"#,
    ),
    (
        "RemoveCollation",
        r#"{ kind = "RemoveCollation", name = "german" }"#,
    ),
    (
        "RunSql",
        r#"{ kind = "RunSql", sqlite = { forward = "what you wrote" }, postgres = { forward = "what you wrote" } }"#,
    ),
    ("RunRust", r#"{ kind = "RunRust", forward = "fill" }"#),
    (
        "SeparateDatabaseAndState",
        r#"{ kind = "SeparateDatabaseAndState", database = [], state = [{ kind = "RemoveField", model = "Post", field = "rank" }] }"#,
    ),
    (
        "SeparateDatabaseAndState",
        r#"{ kind = "SeparateDatabaseAndState", database = [{ kind = "DeleteModel", model = "Post" }], state = [] }"#,
    ),
];

/// The SQL of the operations of a kind, each on the models of `BEFORE`.
pub fn rendered(kind: &str, dialect: &'static Dialect) -> Vec<String> {
    let operations = OPERATIONS.iter().filter(|(of, _)| *of == kind);
    let sql: Vec<Vec<String>> = operations
        .map(|(_, operation)| {
            let text = format!(
                "id = \"after\"\ndependencies = [\"blog.0001_before\"]\noperations = [{operation}]\n"
            );
            let files = [
                ("blog/0001_before.toml", BEFORE),
                ("blog/0002_after.toml", text.as_str()),
            ];
            let migrations =
                Migrations::from_embedded(&files).unwrap_or_else(|error| panic!("{kind}: {error:?}"));
            let planned = sql_of(&migrations, "blog", "0002", dialect, false)
                .unwrap_or_else(|error| panic!("{kind}: {error:?}"));
            let steps = planned.steps.iter().flat_map(|step| &step.sql);
            steps.map(|sql| normal(sql)).collect()
        })
        .collect();
    assert!(!sql.is_empty(), "no example of {kind}");
    sql.concat()
}

#[test]
fn the_table_of_operations_says_what_they_do() {
    let page = page("orm/src/migrate/operation/mod.rs");
    let mut wrong = Vec::new();
    for row in rows(&page, "| operation | on Postgres | on SQLite |") {
        let kinds: Vec<&str> = code(&row[0]);
        for (dialect, cell) in [(Dialect::POSTGRES, &row[1]), (Dialect::SQLITE, &row[2])] {
            let sql: Vec<String> = kinds
                .iter()
                .flat_map(|kind| rendered(kind.trim_matches(['[', ']']), dialect))
                .collect();
            let mut shown: Vec<&str> = code(cell);
            if cell.starts_with("the same") {
                // An index has no other name without being made again.
                shown.extend(
                    code(&row[1])
                        .into_iter()
                        .filter(|shown| !shown.contains("ALTER INDEX")),
                );
            }
            let prose = [
                ("nothing", None),
                ("new table", Some("INSERT INTO .. SELECT")),
                ("unique index", Some("CREATE UNIQUE INDEX")),
                ("recreated", Some("CREATE INDEX")),
                ("checks", Some("CHECK")),
                ("what you wrote", Some("what you wrote")),
            ];
            for (words, means) in prose.iter().filter(|(words, _)| cell.contains(words)) {
                match means {
                    Some(means) => shown.push(means),
                    None if sql.is_empty() || cell.contains("only the models") && sql.is_empty() => {}
                    None => wrong.push(format!("{}: `{words}`, but {sql:?}", row[0])),
                }
            }
            for shown in shown {
                // Prose in backticks that is not SQL has no upper case.
                if !sql.iter().any(|sql| contains(sql, shown)) {
                    wrong.push(format!("{} on {}: {shown}, but {sql:#?}", row[0], dialect.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
