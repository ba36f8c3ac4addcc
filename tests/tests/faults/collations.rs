//! The collation of a column changes beneath its rows: what is unique, what is ordered and what points at it follow.

use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::on_both;
use super::renames::there_and_back;
use super::world::{Project, numbers, populated, session, strings};

on_both! {
    a_key_and_what_points_at_it_follow,
    strings_that_would_become_equal_are_counted_first,
}

const PAGES: &str = r#"
[[operations]]
kind = "CreateModel"
model = "Page"
fields = [
    { name = "path", type = "text", primary_key = true },
    { name = "title", type = "text", unique = true },
    { name = "shout", type = "text", index = true, generated_as = { expression = ["ascii_upper", { field = "title" }] } },
]
constraints = [{ kind = "check", name = "page_title", condition = ["ne", { field = "title" }, "x"] }]
indexes = [{ name = "page_key", fields = [{ expression = ["concat", { field = "path" }, { field = "title" }] }] }]

[[operations]]
kind = "CreateModel"
model = "Visit"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "page", type = "foreign_key", to = "shop.Page", on_delete = "cascade" },
    { name = "titled", type = "foreign_key", to = "shop.Page", to_field = "title", on_delete = "cascade", null = true },
]
"#;

const ROWS: &str = "
    INSERT INTO shop_page (path, title) VALUES ('b', 'Bee'), ('A', 'Ay'), ('c ', 'Sea');
    INSERT INTO shop_visit (page_id, titled_id) VALUES ('b', 'Ay'), ('A', NULL), ('b', NULL);
";

/// A collation that takes `a` and `A` for equal, by one name on both databases.
const ALTERED: &str = r#"
[[operations]]
kind = "CreateCollation"
name = "NOCASE"
provider = "icu"
locale = "und-u-ks-level2"
deterministic = false

[[operations]]
kind = "AlterField"
model = "Page"
field = { name = "path", type = "text", primary_key = true, collation = "NOCASE" }

[[operations]]
kind = "AlterField"
model = "Page"
field = { name = "title", type = "text", unique = true, collation = "NOCASE" }
"#;

fn a_key_and_what_points_at_it_follow(backend: Backend) {
    there_and_back(backend, PAGES, ROWS, ALTERED, |session| {
        assert_eq!(
            strings(session, "SELECT path FROM shop_page ORDER BY path"),
            ["A", "b", "c "]
        );
        assert_eq!(
            strings(session, "SELECT title FROM shop_page WHERE path = 'a'"),
            ["Ay"]
        );
        assert_eq!(
            numbers(session, "SELECT count(*) FROM shop_visit WHERE page_id = 'B'"),
            [2]
        );
        assert_eq!(
            numbers(session, "SELECT count(*) FROM shop_visit WHERE titled_id = 'AY'"),
            [1]
        );
        assert_eq!(
            strings(session, "SELECT shout FROM shop_page ORDER BY path"),
            ["AY", "BEE", "SEA"]
        );
        // The check compares as the column does.
        error(session.batch("INSERT INTO shop_page (path, title) VALUES ('new', 'X')"));
        error(session.batch("INSERT INTO shop_page (path, title) VALUES ('a', 'New')"));
        error(session.batch("INSERT INTO shop_page (path, title) VALUES ('new', 'bEE')"));
        error(session.batch("INSERT INTO shop_visit (page_id) VALUES ('d')"));
        error(session.batch("INSERT INTO shop_visit (page_id, titled_id) VALUES ('b', 'Dee')"));
        value(session.batch("INSERT INTO shop_visit (page_id, titled_id) VALUES ('A', 'seA')"));
        value(session.batch("INSERT INTO shop_visit (page_id) VALUES ('B')"));
        value(session.batch("DELETE FROM shop_page WHERE path = 'B'"));
        assert_eq!(numbers(session, "SELECT count(*) FROM shop_visit"), [2]);
    });
}

fn strings_that_would_become_equal_are_counted_first(backend: Backend) {
    let database = populated(backend);
    let mut here = session(&database);
    let project = Project::shop().and(PAGES);
    value(project.migrate(&mut here));
    value(here.batch(
        "INSERT INTO shop_page (path, title) VALUES ('x', 'Bee'), ('y', 'BEE'), ('z', 'bee'), ('u', 'Ay')",
    ));
    let said = error(project.and(ALTERED).migrate(&mut here)).to_string();
    assert!(
        said.contains("stand in more than one row of \"shop_page\"")
            && said.contains("change those rows first"),
        "{said}"
    );
    assert_eq!(
        numbers(&mut here, "SELECT count(*) FROM shop_page WHERE title = 'Bee'"),
        [1]
    );
    value(here.batch("INSERT INTO shop_page (path, title) VALUES ('X', 'other')"));
}
