//! A small shop with rows, foreign keys of every kind, and objects created by hand.

mod cases;

pub use cases::{CASES, POSTGRES_CASE};

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
    /// How it is migrated.
    pub options: MigrateOptions,
}

impl Project {
    /// A project without migrations.
    pub fn empty() -> Self {
        Project {
            files: Vec::new(),
            options: orm_tests::losing(),
        }
    }

    /// The project of the shop.
    pub fn shop() -> Self {
        Project::empty().file("shop/0001_initial.toml", INITIAL)
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

    /// Each migration is one transaction.
    pub fn plain(mut self) -> Self {
        self.options.online = false;
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
        migrate(session, &self.load()?, target, &self.options, &mut |_| {})
    }
}

/// Whether a fault happens at a statement. Of those of a migration of many transactions a share is enough each time: one in
/// `ORM_FAULTS_EVERY` (5 if it is not said), another one for each project.
pub fn every(project: &Project, at: usize) -> bool {
    let every = match std::env::var("ORM_FAULTS_EVERY") {
        Ok(every) => every.parse().expect("a number"),
        Err(_) => 5,
    };
    let text = project.files.last().map_or(0, |(_, text)| text.len());
    !project.options.online || at == 1 || (at + text).is_multiple_of(every)
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
