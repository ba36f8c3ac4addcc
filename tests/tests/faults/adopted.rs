//! Tables that were created by other means and recorded as migrated: their constraints and indexes have other names,
//! or none that a statement could use. Every change works as on our own tables.

use orm::db::Session;
use orm::migrate::{MigrateOptions, Target, migrate};
use orm_tests::behaviour::value;
use orm_tests::{Backend, Database};

use super::on_both;
use super::world::{Project, numbers, session};

on_both! {
    every_change_finds_objects_with_other_names,
    a_renamed_model_can_change_further,
    objects_with_unusual_names_are_found,
}

/// Tables as people write them, with names chosen by the database.
const POSTGRES: &str = "
CREATE TABLE shop_author (id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, mail text);
CREATE TABLE shop_post (
    id bigserial PRIMARY KEY, title text NOT NULL CHECK (title <> ''), code text,
    author_id bigint NOT NULL REFERENCES shop_author ON DELETE CASCADE, parent_id bigint REFERENCES shop_post,
    UNIQUE (title, author_id)
);
CREATE INDEX posts_by_author ON shop_post (author_id);
CREATE UNIQUE INDEX codes ON shop_post (code);
CREATE TABLE shop_log (id serial PRIMARY KEY, line text NOT NULL);
";

const SQLITE: &str = "
CREATE TABLE shop_author (id integer PRIMARY KEY, name text NOT NULL UNIQUE, mail text);
CREATE TABLE shop_post (
    id integer PRIMARY KEY, title text NOT NULL CHECK (title <> ''), code text,
    author_id integer NOT NULL REFERENCES shop_author ON DELETE CASCADE, parent_id integer REFERENCES shop_post,
    UNIQUE (title, author_id)
);
CREATE INDEX posts_by_author ON shop_post (author_id);
CREATE UNIQUE INDEX codes ON shop_post (code);
CREATE TABLE shop_log (id integer PRIMARY KEY, line text NOT NULL);
";

const ROWS: &str = "
INSERT INTO shop_author (name, mail) VALUES ('ada', 'ada@x'), ('bob', NULL);
INSERT INTO shop_post (title, code, author_id, parent_id) VALUES ('one', 'a', 1, NULL), ('two', NULL, 2, 1), ('three', 'c', 1, 1);
INSERT INTO shop_log (line) VALUES ('x');
";

/// The migration for them.
const MODELS: &str = r#"
[[operations]]
kind = "CreateModel"
model = "Author"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "name", type = "text", unique = true },
    { name = "mail", type = "text", null = true },
]

[[operations]]
kind = "CreateModel"
model = "Post"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "title", type = "text" },
    { name = "code", type = "text", null = true, unique = true },
    { name = "author", type = "foreign_key", to = "shop.Author", on_delete = "cascade", index = true },
    { name = "parent", type = "foreign_key", to = "shop.Post", null = true },
]
constraints = [
    { kind = "unique", name = "titles", fields = ["title", "author"] },
    { kind = "check", name = "titled", condition = ["ne", { field = "title" }, ""] },
]

[[operations]]
kind = "CreateModel"
model = "Log"
fields = [
    { name = "id", type = "int", primary_key = true, generated = true },
    { name = "line", type = "text" },
]
"#;

fn adopted(backend: Backend) -> Database {
    let database = Database::empty(backend);
    let mut session = session(&database);
    value(session.batch(match backend {
        Backend::Sqlite => SQLITE,
        Backend::Postgres => POSTGRES,
    }));
    value(session.batch(ROWS));
    record(&Project::empty().and(MODELS), &mut session);
    database
}

/// `migrate --fake`
pub fn record(project: &Project, session: &mut dyn Session) {
    let options = MigrateOptions {
        fake: true,
        ..MigrateOptions::default()
    };
    value(migrate(
        session,
        &value(project.load()),
        &Target::Latest,
        &options,
        &mut |_| {},
    ));
}

fn every_change_finds_objects_with_other_names(backend: Backend) {
    let field = |model: &str, rest: &str| {
        format!("[[operations]]\nkind = \"AlterField\"\nmodel = \"{model}\"\nfield = {{ {rest} }}\n")
    };
    let by_name =
        |kind: &str, what: &str| format!("[[operations]]\nkind = \"{kind}\"\nmodel = \"Post\"\n{what}\n");
    let twice = "INSERT INTO shop_author (name) VALUES ('ada')";
    let same_code = "INSERT INTO shop_post (title, code, author_id) VALUES ('new', 'a', 1)";
    let same_title = "INSERT INTO shop_post (title, author_id) VALUES ('one', 1)";
    let untitled = "INSERT INTO shop_post (title, author_id) VALUES ('', 1)";
    let nobodys = "INSERT INTO shop_post (title, author_id) VALUES ('x', 99)";
    // The change, a statement that works after it, and one that fails.
    let cases: [(String, &[&str], &[&str]); 12] = [
        (
            field("Author", "name = \"name\", type = \"text\""),
            &[twice],
            &[same_code, same_title, untitled],
        ),
        (
            field("Post", "name = \"code\", type = \"text\", null = true"),
            &[same_code],
            &[twice, same_title, untitled],
        ),
        (
            by_name("RemoveConstraint", "constraint = \"titles\""),
            &[same_title],
            &[twice, same_code, untitled],
        ),
        (
            by_name("RemoveConstraint", "constraint = \"titled\""),
            &[untitled],
            &[twice, same_code, same_title],
        ),
        (
            field(
                "Post",
                "name = \"author\", type = \"foreign_key\", to = \"shop.Author\", on_delete = \"restrict\", index = true",
            ),
            &[],
            &["DELETE FROM shop_author WHERE id = 1", nobodys, same_title],
        ),
        (
            field(
                "Post",
                "name = \"author\", type = \"foreign_key\", to = \"shop.Author\", on_delete = \"cascade\"",
            ),
            &["DELETE FROM shop_author WHERE id = 2"],
            &[nobodys],
        ),
        (
            by_name("RemoveField", "field = \"code\""),
            &["INSERT INTO shop_post (title, author_id) VALUES ('x', 1)"],
            &[same_title],
        ),
        (
            by_name("RemoveConstraint", "constraint = \"titles\"")
                + &by_name("RemoveField", "field = \"author\""),
            &["INSERT INTO shop_post (title) VALUES ('one')"],
            &["INSERT INTO shop_post (title) VALUES ('')"],
        ),
        (
            field(
                "Post",
                "name = \"parent\", type = \"big_int\", null = true, column = \"parent_id\"",
            ),
            &["INSERT INTO shop_post (title, author_id, parent_id) VALUES ('x', 1, 99)"],
            &[nobodys],
        ),
        (
            "[[operations]]\nkind = \"RenameField\"\nmodel = \"Author\"\nold = \"name\"\nnew = \"called\"\n"
                .to_owned(),
            &["INSERT INTO shop_author (called) VALUES ('cy')"],
            &["INSERT INTO shop_author (called) VALUES ('ada')"],
        ),
        (
            field("Log", "name = \"id\", type = \"int\", primary_key = true"),
            &["INSERT INTO shop_log (id, line) VALUES (7, 'x')"],
            &["INSERT INTO shop_log (id, line) VALUES (1, 'x')"],
        ),
        (
            field(
                "Log",
                "name = \"id\", type = \"big_int\", primary_key = true, generated = true",
            ),
            &[
                "INSERT INTO shop_log (id, line) VALUES (3000000000, 'x')",
                "INSERT INTO shop_log (line) VALUES ('y')",
            ],
            &["INSERT INTO shop_log (id, line) VALUES (1, 'x')"],
        ),
    ];
    for (change, possible, refused) in cases {
        let database = adopted(backend);
        let mut session = session(&database);
        value(Project::empty().and(MODELS).and(&change).migrate(&mut session));
        for table in ["shop_author", "shop_post", "shop_log"] {
            let rows = numbers(&mut session, &format!("SELECT count(*) FROM {table}"));
            assert_eq!(
                rows,
                [if table == "shop_post" { 3 } else { 2 } - i64::from(table == "shop_log")],
                "{change}"
            );
        }
        // Some foreign keys are checked at the end of the transaction, so each statement has its own.
        for sql in refused {
            assert!(session.batch(sql).is_err(), "{change}: {sql} was possible");
        }
        for sql in possible {
            let done = session.batch(sql);
            assert!(done.is_ok(), "{change}: {sql}: {done:?}");
        }
        let keys = match backend {
            Backend::Sqlite => {
                "SELECT count(DISTINCT id) FROM pragma_foreign_key_list('shop_post') WHERE \"from\" = 'author_id'"
            }
            Backend::Postgres => {
                "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'shop_post'::regclass AND confrelid = \
                 'shop_author'::regclass"
            }
        };
        assert_eq!(
            numbers(&mut session, keys),
            [i64::from(!change.contains("field = \"author\""))],
            "{change}"
        );
    }
}

fn a_renamed_model_can_change_further(backend: Backend) {
    let database = adopted(backend);
    let mut session = session(&database);
    let rename = |old: &str, new: &str| {
        format!("[[operations]]\nkind = \"RenameModel\"\nold = \"{old}\"\nnew = \"{new}\"\n")
    };
    let renamed = Project::empty()
        .and(MODELS)
        .and(&(rename("Author", "Writer") + &rename("Post", "Article") + &rename("Log", "Entry")));
    value(renamed.migrate(&mut session));
    let twice = "INSERT INTO shop_writer (name) VALUES ('ada')";
    let same_code = "INSERT INTO shop_article (title, code, author_id) VALUES ('new', 'a', 1)";
    assert_eq!(
        numbers(
            &mut session,
            "SELECT count(*) FROM shop_article WHERE author_id = 1"
        ),
        [2]
    );
    assert!(session.batch(twice).is_err() && session.batch(same_code).is_err());
    let free = r#"
[[operations]]
kind = "AlterField"
model = "Writer"
field = { name = "name", type = "text" }

[[operations]]
kind = "AlterField"
model = "Article"
field = { name = "code", type = "text", null = true }

[[operations]]
kind = "AlterField"
model = "Article"
field = { name = "author", type = "foreign_key", to = "shop.Writer", on_delete = "set_null", null = true, index = true }
"#;
    value(renamed.and(free).migrate(&mut session));
    value(session.batch(twice));
    value(session.batch(same_code));
    value(session.batch("DELETE FROM shop_writer WHERE id = 1"));
    assert_eq!(
        numbers(
            &mut session,
            "SELECT count(*) FROM shop_article WHERE author_id IS NULL"
        ),
        [3]
    );
    value(session.batch("INSERT INTO shop_entry (line) VALUES ('y')"));
}

/// Every constraint and index of a table has an unusual name.
fn objects_with_unusual_names_are_found(backend: Backend) {
    let (id, schema) = match backend {
        Backend::Sqlite => ("integer", ""),
        // An index of the same name in another schema, which must not matter.
        Backend::Postgres => (
            "bigserial",
            "CREATE SCHEMA other; CREATE TABLE other.shop_author (id bigint CONSTRAINT shop_author_name_uniq UNIQUE);",
        ),
    };
    let database = Database::empty(backend);
    let mut session = session(&database);
    value(session.batch(&format!(
        "{schema} CREATE TABLE shop_author (id {id} CONSTRAINT \"PK of it\" PRIMARY KEY, name text NOT NULL, mail text, \
         CONSTRAINT \"UQ'1\" UNIQUE (name));
         CREATE TABLE shop_post (id {id} CONSTRAINT pk2 PRIMARY KEY, title text NOT NULL, code text, author_id bigint NOT NULL, \
         parent_id bigint, CONSTRAINT \"FK \"\"1\" FOREIGN KEY (author_id) REFERENCES shop_author (id) ON DELETE CASCADE, \
         CONSTRAINT fk2 FOREIGN KEY (parent_id) REFERENCES shop_post (id), CONSTRAINT u2 UNIQUE (code), CONSTRAINT u3 UNIQUE \
         (title, author_id), CONSTRAINT c1 CHECK (title <> ''));
         CREATE INDEX \"By author\" ON shop_post (author_id);
         CREATE UNIQUE INDEX some_mails ON shop_author (mail) WHERE mail <> '';
         CREATE TABLE shop_log (id {id} PRIMARY KEY, line text NOT NULL);"
    )));
    value(session.batch(ROWS));
    let project = Project::empty().and(MODELS);
    record(&project, &mut session);
    let project = project.and(
        "[[operations]]\nkind = \"RenameModel\"\nold = \"Author\"\nnew = \"Writer\"\n\n[[operations]]\nkind = \
         \"RenameModel\"\nold = \"Post\"\nnew = \"Article\"\n",
    );
    value(project.migrate(&mut session));
    let same_mail = "INSERT INTO shop_writer (name, mail) VALUES ('dy', 'ada@x')";
    let twice = "INSERT INTO shop_writer (name) VALUES ('ada')";
    assert!(
        session.batch(same_mail).is_err(),
        "a partial index is a person's own"
    );
    let project = project.and(
        "[[operations]]\nkind = \"AlterField\"\nmodel = \"Writer\"\nfield = { name = \"name\", type = \"text\" }\n\n\
         [[operations]]\nkind = \"RemoveConstraint\"\nmodel = \"Article\"\nconstraint = \"titles\"\n\n[[operations]]\n\
         kind = \"RemoveConstraint\"\nmodel = \"Article\"\nconstraint = \"titled\"\n",
    );
    value(project.migrate(&mut session));
    value(session.batch(twice));
    value(session.batch("INSERT INTO shop_article (title, author_id) VALUES ('', 1), ('', 1)"));
    assert!(
        session.batch(same_mail).is_err(),
        "a partial index is a person's own"
    );
    assert!(
        session
            .batch("INSERT INTO shop_article (title, code, author_id) VALUES ('x', 'a', 1)")
            .is_err()
    );
    if backend == Backend::Postgres {
        assert_eq!(
            numbers(
                &mut session,
                "SELECT count(*) FROM pg_constraint WHERE conrelid = 'other.shop_author'::regclass"
            ),
            [1]
        );
    }
}

/// Another kind of uniqueness must not be mistaken for the constraint that is removed.
#[test]
fn what_is_unique_without_regard_to_case_goes_or_stops() {
    let free = "[[operations]]\nkind = \"AlterField\"\nmodel = \"Author\"\nfield = { name = \"name\", type = \"text\" }\n";
    let twice = "INSERT INTO shop_author (name) VALUES ('ada')";
    let made = |sql: &str| {
        let database = Database::empty(Backend::Sqlite);
        let mut session = session(&database);
        value(session.batch(sql));
        value(session.batch(twice));
        let project = Project::empty().and(MODELS);
        record(&project, &mut session);
        (database, session, project)
    };
    let (_database, mut session, project) = made(
        "CREATE TABLE shop_author (id integer PRIMARY KEY, name text NOT NULL, mail text); CREATE UNIQUE INDEX n ON \
         shop_author (name COLLATE NOCASE)",
    );
    let renamed = project.clone().and(
        "[[operations]]\nkind = \"RenameField\"\nmodel = \"Author\"\nold = \"name\"\nnew = \"called\"\n",
    );
    value(renamed.migrate(&mut session));
    assert!(
        session
            .batch("INSERT INTO shop_author (called) VALUES ('ADA')")
            .is_err(),
        "the index is as it was"
    );
    value(
        renamed
            .and(&free.replace("\"name\"", "\"called\""))
            .migrate(&mut session),
    );
    value(session.batch("INSERT INTO shop_author (called) VALUES ('ada')"));

    let (_database, mut session, project) = made(
        "CREATE TABLE shop_author (id integer PRIMARY KEY, name text NOT NULL UNIQUE COLLATE NOCASE, mail text)",
    );
    let refused = orm_tests::behaviour::error(project.and(free).migrate(&mut session)).to_string();
    assert!(refused.contains("collation"), "{refused}");
}
