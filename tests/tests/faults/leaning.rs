//! Changes of one migration that need each other, on Postgres: done in several transactions they lead where one leads.

use orm_tests::Backend;

use super::snapshot::snapshot;
use super::world::{Project, populated, session};

const CODE: &str = r#"
[[operations]]
kind = "AddField"
model = "Log"
field = { name = "code", type = "int", null = true }
"#;

#[test]
fn changes_that_lean_on_each_other() {
    let title =
        |rest: &str| format!("field = {{ name = \"title\", type = \"text\", max_length = 200{rest} }}");
    let changes = [
        // A key over a column that is filled.
        r#"
[[operations]]
kind = "AlterField"
model = "Log"
field = { name = "id", type = "big_int", primary_key = true }

[[operations]]
kind = "AlterField"
model = "Log"
field = { name = "code", type = "int", primary_key = true }
fill = 7
"#
        .to_owned(),
        // What is computed from a column that is filled.
        r#"
[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "score", type = "int" }
fill = 7

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "double", type = "big_int", null = true, generated_as = { expression = ["mul", { field = "score" }, 2] } }
"#
        .to_owned(),
        // A trigger that the filled rows do not run.
        r#"
[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "score", type = "int" }
fill = 7

[[operations]]
kind = "RunSql"
postgres = { forward = "CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN new.body := new.body || ''!''; RETURN new; END'; CREATE TRIGGER touched BEFORE UPDATE ON shop_post FOR EACH ROW EXECUTE FUNCTION touched()" }
"#
        .to_owned(),
        // A column under another name that becomes unique.
        format!("[[operations]]\nkind = \"AlterField\"\nmodel = \"Post\"\n{}\n", title(", column = \"heading\", unique = true")),
        // A table that is made, gets a constraint and another name.
        r#"
[[operations]]
kind = "CreateModel"
model = "Shelf"
fields = [{ name = "id", type = "big_int", primary_key = true, generated = true }, { name = "label", type = "text" }]

[[operations]]
kind = "AddConstraint"
model = "Shelf"
constraint = { kind = "unique", name = "shelf_label_uniq", fields = ["label"] }

[[operations]]
kind = "RenameModel"
old = "Shelf"
new = "Rack"
"#
        .to_owned(),
        // One constraint that stands on another, in a part of its own.
        r#"
[[operations]]
kind = "SeparateDatabaseAndState"

[[operations.database]]
kind = "AddConstraint"
model = "Author"
constraint = { kind = "unique", name = "author_mail_uniq", fields = ["mail"] }

[[operations.database]]
kind = "RunSql"
postgres = { forward = "INSERT INTO shop_author (name, mail) VALUES ('new', 'new@example.com') ON CONFLICT (mail) DO NOTHING" }
"#
        .to_owned(),
        // A unique constraint and an index in the place of others.
        r#"
[[operations]]
kind = "RemoveIndex"
model = "Post"
index = "shop_post_title_idx"

[[operations]]
kind = "AddIndex"
model = "Post"
index = { name = "shop_post_other_idx", fields = ["title"] }

[[operations]]
kind = "AddConstraint"
model = "Post"
constraint = { kind = "unique", name = "shop_post_title_uniq", fields = ["title", "author"] }
"#
        .to_owned(),
    ];
    for change in changes {
        let project = Project::shop().and(CODE).and(&change);
        let (online, plain) = (populated(Backend::Postgres), populated(Backend::Postgres));
        let (there, once) = (
            project.migrate(&mut session(&online)),
            project.clone().plain().migrate(&mut session(&plain)),
        );
        assert!(once.is_ok(), "{change}: {once:?}");
        assert!(there.is_ok(), "{change}: {there:?}");
        assert_eq!(snapshot(&online), snapshot(&plain), "{change}");
    }
}
