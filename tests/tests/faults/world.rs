//! A small shop with rows, foreign keys of every kind, and objects created by hand.

use std::path::Path;

use orm::db::Session;
use orm::migrate::{MigrateOptions, Migrations, Report, Target, migrate};
use orm_tests::behaviour::value;
use orm_tests::{Backend, Database};

/// The first migration of the shop.
const INITIAL: &str = r#"
id = "shop-initial"
initial = true
dependencies = []

[[operations]]
kind = "CreateModel"
model = "Author"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "name", type = "text", max_length = 40, unique = true },
    { name = "mail", type = "text", null = true },
]

[[operations]]
kind = "CreateModel"
model = "Post"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "title", type = "text", max_length = 200 },
    { name = "body", type = "text", index = true },
    { name = "score", type = "int", null = true },
    { name = "author", type = "foreign_key", to = "shop.Author", on_delete = "cascade", index = true },
    { name = "parent", type = "foreign_key", to = "shop.Post", on_delete = "set_null", null = true, index = true },
]
indexes = [
    { name = "shop_post_title_idx", fields = ["title", "-score"] },
]

[[operations]]
kind = "CreateModel"
model = "Comment"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "line", type = "text" },
    { name = "post", type = "foreign_key", to = "shop.Post", on_delete = "cascade", index = true },
]

[[operations]]
kind = "CreateModel"
model = "Pin"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "post", type = "foreign_key", to = "shop.Post", on_delete = "set_null", null = true, index = true },
]

[[operations]]
kind = "CreateModel"
model = "Hold"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "post", type = "foreign_key", to = "shop.Post", on_delete = "restrict", index = true },
]

[[operations]]
kind = "CreateModel"
model = "Log"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "line", type = "text" },
]
"#;

/// Rows, and used ids whose rows are deleted: the highest of posts and comments, all of logs.
const ROWS: &str = "
INSERT INTO shop_author (name, mail) VALUES ('ada', 'ada@x'), ('bob', NULL), ('cy', 'it''s');
INSERT INTO shop_post (title, body, score, author_id, parent_id) VALUES
    ('one', 'first', 1, 1, NULL), ('two', 'second', NULL, 2, 1), ('three', '', 3, 1, 2), ('four', 'fourth', 4, 3, NULL),
    ('gone', 'fifth', 5, 1, NULL), ('gone', 'sixth', 6, 1, NULL);
DELETE FROM shop_post WHERE title = 'gone';
INSERT INTO shop_comment (line, post_id) VALUES ('a', 1), ('b', 1), ('c', 2), ('d', 3), ('gone', 3);
DELETE FROM shop_comment WHERE line = 'gone';
INSERT INTO shop_pin (post_id) VALUES (1), (NULL), (3);
INSERT INTO shop_hold (post_id) VALUES (1), (4);
INSERT INTO shop_log (line) VALUES ('gone'), ('gone');
DELETE FROM shop_log;
";

/// Objects that were created by hand beside the models.
const BY_HAND_SQLITE: &str = "
CREATE INDEX hand_partial ON shop_post (score) WHERE score > 1;
CREATE INDEX hand_expression ON shop_post (lower(title) DESC, title COLLATE NOCASE);
CREATE VIEW hand_titles AS SELECT id, title FROM shop_post;
CREATE VIEW hand_over AS SELECT t.title, a.name FROM hand_titles AS t JOIN shop_post AS p USING (id) JOIN shop_author AS a
    ON a.id = p.author_id;
CREATE TRIGGER hand_own AFTER INSERT ON shop_post BEGIN INSERT INTO shop_log (line) VALUES ('new; ' || new.title); END;
CREATE TRIGGER hand_other AFTER DELETE ON shop_log BEGIN UPDATE shop_post SET score = 0 WHERE id = old.id; END;
CREATE TRIGGER hand_instead INSTEAD OF INSERT ON hand_titles BEGIN INSERT INTO shop_log (line) VALUES (new.title); END;
";

/// The same in the other dialect.
const BY_HAND_POSTGRES: &str = "
CREATE INDEX hand_partial ON shop_post (id) WHERE id > 1;
CREATE INDEX hand_expression ON shop_author (lower(name) DESC);
CREATE VIEW hand_names AS SELECT id, name FROM shop_author;
CREATE VIEW hand_over AS SELECT name FROM hand_names WHERE id > 1;
CREATE FUNCTION hand_log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO shop_log (line) VALUES ('new'); RETURN
    new; END $$;
CREATE TRIGGER hand_own AFTER INSERT ON shop_post FOR EACH ROW EXECUTE FUNCTION hand_log();
";

/// Migration files in the order in which they were written.
#[derive(Clone)]
pub struct Project {
    files: Vec<(String, String)>,
}

impl Project {
    /// A project without migrations.
    pub fn empty() -> Self {
        Project { files: Vec::new() }
    }

    /// The project of the shop.
    pub fn shop() -> Self {
        Project {
            files: vec![("shop/0001_initial.toml".to_owned(), INITIAL.to_owned())],
        }
    }

    /// Adds a migration of the app `shop` after its last one.
    pub fn and(mut self, operations: &str) -> Self {
        let number = self.files.len() + 1;
        let dependencies = self.files.last().map(|(path, _)| {
            let key = path.trim_end_matches(".toml").replace('/', ".");
            format!("\"{key}\"")
        });
        let text = format!(
            "id = \"shop-{number}\"\ndependencies = [{}]\n{operations}",
            dependencies.unwrap_or_default()
        );
        self.files.push((format!("shop/{number:04}_step.toml"), text));
        self
    }

    /// Adds a file with this path and content.
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    pub fn load(&self) -> orm::Result<Migrations> {
        let files: Vec<_> = self
            .files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        Migrations::from_embedded(&files)
    }

    /// Writes the files below a directory, for another process.
    pub fn write(&self, directory: &Path) {
        for (path, text) in &self.files {
            let path = directory.join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            std::fs::write(path, text).expect("a file written");
        }
    }

    pub fn migrate(&self, session: &mut dyn Session) -> orm::Result<Report> {
        self.migrate_to(session, &Target::Latest)
    }

    pub fn migrate_to(&self, session: &mut dyn Session, target: &Target) -> orm::Result<Report> {
        migrate(
            session,
            &self.load()?,
            target,
            &MigrateOptions::default(),
            &mut |_| {},
        )
    }
}

/// The shop with its rows and the objects created by hand.
pub fn populated(backend: Backend) -> Database {
    let database = populated_plain(backend);
    value(session(&database).batch(match backend {
        Backend::Sqlite => BY_HAND_SQLITE,
        Backend::Postgres => BY_HAND_POSTGRES,
    }));
    database
}

/// The shop with its rows, without objects created by hand.
pub fn populated_plain(backend: Backend) -> Database {
    let database = Database::empty(backend);
    let mut session = session(&database);
    value(Project::shop().migrate(&mut session));
    value(session.batch(ROWS));
    database
}

pub fn session(database: &Database) -> orm::db::DbSession {
    value(orm::Db::connect(database.url()).and_then(|db| db.session()))
}

/// The numbers that a query returns.
pub fn numbers(session: &mut dyn Session, sql: &str) -> Vec<i64> {
    let mut out = Vec::new();
    value(session.query(sql, &[], &mut |row| {
        out.push(row.get::<i64>(0)?);
        Ok(())
    }));
    out
}

/// The strings that a query returns.
pub fn strings(session: &mut dyn Session, sql: &str) -> Vec<String> {
    let mut out = Vec::new();
    value(session.query(sql, &[], &mut |row| {
        out.push(row.get::<String>(0)?);
        Ok(())
    }));
    out
}

/// Changes of every kind, each of which succeeds on the shop.
pub const CASES: [&str; 9] = [
    // Fields of one table.
    r#"
[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "score", type = "int", default = 0 }
fill = 7

[[operations]]
kind = "RemoveField"
model = "Post"
field = "body"

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "views", type = "int" }
fill = 9
"#,
    // Created and deleted models.
    r#"
[[operations]]
kind = "CreateModel"
model = "Shelf"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "author", type = "foreign_key", to = "shop.Author", on_delete = "cascade", index = true },
    { name = "posts", type = "many_to_many", to = "shop.Post" },
]

[[operations]]
kind = "DeleteModel"
model = "Pin"

[[operations]]
kind = "AddField"
model = "Hold"
field = { name = "shelf", type = "foreign_key", to = "shop.Shelf", on_delete = "set_null", null = true, index = true }
"#,
    // Indexes and constraints.
    r#"
[[operations]]
kind = "RemoveIndex"
model = "Post"
index = "shop_post_title_idx"

[[operations]]
kind = "AddIndex"
model = "Post"
index = { name = "shop_post_score_idx", fields = ["-score"] }

[[operations]]
kind = "AddConstraint"
model = "Post"
constraint = { kind = "unique", name = "shop_post_title_uniq", fields = ["title", "author"] }

[[operations]]
kind = "AddConstraint"
model = "Author"
constraint = { kind = "check", name = "shop_author_named_check", condition = ["ne", { field = "name" }, ""] }

[[operations]]
kind = "RenameField"
model = "Post"
old = "body"
new = "text"
"#,
    // A primary key and the foreign keys to it.
    r#"
[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "id", type = "int", primary_key = true, generated = true }

[[operations]]
kind = "AlterField"
model = "Comment"
field = { name = "post", type = "foreign_key", to = "shop.Post", on_delete = "cascade", on_update = "cascade", deferrable = "no", index = true }

[[operations]]
kind = "AlterField"
model = "Pin"
field = { name = "post", type = "foreign_key", to = "shop.Post", db_constraint = false, null = true, index = true }

[[operations]]
kind = "RunSql"
sqlite = { forward = "UPDATE shop_comment SET line = line || '; x'" }
postgres = { forward = "UPDATE shop_comment SET line = line || '; x'" }
"#,
    // Names and types.
    r#"
[[operations]]
kind = "CreateEnum"
name = "Mood"
values = ["glad", "bad"]

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "mood", type = "choices", enum_type = "Mood", default = "glad" }

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "double", type = "big_int", null = true, generated_as = { expression = ["mul", { field = "score" }, 2] } }

[[operations]]
kind = "AddEnumValue"
name = "Mood"
value = "so-so"
before = "bad"

[[operations]]
kind = "RenameModel"
old = "Author"
new = "Writer"

[[operations]]
kind = "RenameModel"
old = "Post"
new = "Article"

[[operations]]
kind = "AlterModelTable"
model = "Comment"
table = "remarks"
"#,
    // Models that move to another app, one of them with its table.
    r#"
[[operations]]
kind = "MoveModel"
from = "shop.Post"
to = "sales.Article"

[[operations]]
kind = "MoveModel"
from = "shop.Author"
to = "sales.Author"
table = "shop_author"

[[operations]]
kind = "AddField"
model = "Comment"
field = { name = "other", type = "foreign_key", to = "sales.Article", on_delete = "set_null", null = true, index = true }
"#,
    // A foreign key that points at another column.
    r#"
[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "author", type = "foreign_key", to = "shop.Author", to_field = "name", on_delete = "cascade", index = true }

[[operations]]
kind = "RenameField"
model = "Author"
old = "mail"
new = "letters"
"#,
    // Names that swap: of tables, and of an index and one that is new.
    r#"
[[operations]]
kind = "AlterModelTable"
model = "Comment"
table = "aside"

[[operations]]
kind = "AlterModelTable"
model = "Pin"
table = "shop_comment"

[[operations]]
kind = "AlterModelTable"
model = "Comment"
table = "shop_pin"

[[operations]]
kind = "RenameIndex"
model = "Post"
old = "shop_post_title_idx"
new = "other_idx"

[[operations]]
kind = "AddIndex"
model = "Log"
index = { name = "shop_post_title_idx", fields = ["line"] }
"#,
    // Indexes and constraints of some rows, and over what is computed.
    r#"
[[operations]]
kind = "AddIndex"
model = "Post"
index = { name = "shop_post_some_idx", fields = ["-score", { expression = ["ascii_lower", { field = "title" }] }], where = ["gt", { field = "score" }, 1] }

[[operations]]
kind = "AddConstraint"
model = "Author"
constraint = { kind = "unique", name = "shop_author_lower_uniq", fields = [{ expression = ["ascii_lower", { field = "name" }] }] }

[[operations]]
kind = "AddConstraint"
model = "Post"
constraint = { kind = "unique", name = "shop_post_some_uniq", fields = ["author", "title"], where = ["gt", { field = "score" }, 0] }

[[operations]]
kind = "RenameField"
model = "Post"
old = "score"
new = "points"

[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "points", type = "big_int", null = true }

[[operations]]
kind = "RenameIndex"
model = "Post"
old = "shop_post_some_idx"
new = "shop_post_few_idx"
"#,
];

/// What only Postgres has.
pub const POSTGRES_CASE: &str = r#"
[[operations]]
kind = "CreateExtension"
name = "btree_gist"

[[operations]]
kind = "AddIndex"
model = "Post"
index = { name = "shop_post_beside_idx", fields = [{ field = "score", descending = true, nulls = "last" }], include = ["title"], with = { fillfactor = "70" } }

[[operations]]
kind = "AddIndex"
model = "Comment"
index = { name = "shop_comment_line_idx", fields = ["line"], method = "hash" }

[[operations]]
kind = "AddConstraint"
model = "Author"
constraint = { kind = "unique", name = "shop_author_mail_uniq", fields = ["mail"], nulls_not_distinct = true, include = ["name"] }

[[operations]]
kind = "AddConstraint"
model = "Post"
constraint = { kind = "unique", name = "shop_post_title_uniq", fields = ["title"], deferrable = "deferred" }

[[operations]]
kind = "AddConstraint"
model = "Post"
constraint = { kind = "exclusion", name = "shop_post_apart", fields = [{ field = "author", operator = "=" }, { expression = ["ascii_lower", { field = "title" }], operator = "=" }], where = ["gt", { field = "score" }, 0], include = ["score"], deferrable = "immediate" }

[[operations]]
kind = "AddConstraint"
model = "Hold"
constraint = { kind = "exclusion", name = "shop_hold_apart", fields = [{ field = "post", operator = "=" }] }

[[operations]]
kind = "RenameField"
model = "Post"
old = "title"
new = "heading"

[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "score", type = "big_int", null = true }

[[operations]]
kind = "AlterModelTable"
model = "Hold"
table = "held"
"#;
