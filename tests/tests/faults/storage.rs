//! How a table is stored changes beneath its rows, what points at them, its indexes and its triggers.

use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::on_both;
use super::renames::there_and_back;
use super::world::{numbers, strings};

on_both! {
    rows_and_what_hangs_on_them_stay,
}

const PAGES: &str = r#"
[[operations]]
kind = "CreateModel"
model = "Page"
fields = [
    { name = "path", type = "text", primary_key = true },
    { name = "hits", type = "int", default = 0 },
]
indexes = [{ name = "page_hits", fields = ["-hits"] }]

[[operations]]
kind = "CreateModel"
model = "Visit"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "page", type = "foreign_key", to = "shop.Page", on_delete = "cascade" },
]
"#;

const ROWS: &str = "
    INSERT INTO shop_page (path, hits) VALUES ('/', 3), ('/about', 1), ('', 0);
    INSERT INTO shop_visit (page_id) VALUES ('/'), ('/about'), ('/');
";

const TRIGGER: [&str; 2] = [
    "CREATE TRIGGER count_visits AFTER INSERT ON shop_visit BEGIN
         UPDATE shop_page SET hits = hits + 1 WHERE path = new.page_id;
     END;
     CREATE TRIGGER keep_about BEFORE DELETE ON shop_page WHEN old.path = '/about' BEGIN
         SELECT raise(ABORT, 'kept');
     END;",
    "CREATE FUNCTION count_visits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         UPDATE shop_page SET hits = hits + 1 WHERE path = new.page_id; RETURN new;
     END $$;
     CREATE TRIGGER count_visits AFTER INSERT ON shop_visit FOR EACH ROW EXECUTE FUNCTION count_visits();
     CREATE FUNCTION keep_about() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         RAISE 'kept';
     END $$;
     CREATE TRIGGER keep_about BEFORE DELETE ON shop_page FOR EACH ROW WHEN (old.path = '/about')
         EXECUTE FUNCTION keep_about();",
];

const STORED: &str = r#"
[[operations]]
kind = "AlterModelStorage"
model = "Page"
storage = { parameters = { fillfactor = "70", autovacuum_enabled = "false" }, without_rowid = true }

[[operations]]
kind = "AlterModelStorage"
model = "Visit"
storage = { parameters = { fillfactor = "80" } }
"#;

fn rows_and_what_hangs_on_them_stay(backend: Backend) {
    let rows = ROWS.to_owned() + TRIGGER[usize::from(backend == Backend::Postgres)];
    there_and_back(backend, PAGES, &rows, STORED, |session| {
        let stored = match backend {
            Backend::Sqlite => "SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID' ORDER BY name",
            Backend::Postgres => {
                "SELECT relname || ' ' || array_to_string(reloptions, ' ') FROM pg_class WHERE relname IN ('shop_page', \
                 'shop_visit') ORDER BY 1"
            }
        };
        let expected: &[&str] = match backend {
            Backend::Sqlite => &["shop_page"],
            Backend::Postgres => &[
                "shop_page autovacuum_enabled=false fillfactor=70",
                "shop_visit fillfactor=80",
            ],
        };
        assert_eq!(strings(session, stored), expected);
        assert_eq!(
            strings(session, "SELECT path FROM shop_page ORDER BY hits"),
            ["", "/about", "/"]
        );
        value(session.batch("INSERT INTO shop_visit (page_id) VALUES ('/about')"));
        assert_eq!(
            numbers(session, "SELECT hits FROM shop_page ORDER BY hits"),
            [0, 2, 3]
        );
        error(session.batch("INSERT INTO shop_visit (page_id) VALUES ('/nowhere')"));
        error(session.batch("DELETE FROM shop_page WHERE path = '/about'"));
        value(session.batch("DELETE FROM shop_page WHERE path = '/'"));
        assert_eq!(numbers(session, "SELECT id FROM shop_visit ORDER BY id"), [2, 4]);
    });
}
