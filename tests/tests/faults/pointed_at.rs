//! Foreign keys that point at another column than the primary key: on a populated database, there and back.

use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::on_both;
use super::renames::there_and_back;
use super::snapshot::snapshot;
use super::world::{Project, numbers, populated, session, strings};

on_both! {
    rows_go_on_pointing_at_what_they_pointed_at,
    rows_that_would_point_nowhere_are_refused,
    a_column_that_is_pointed_at_changes_its_name_and_type,
    a_column_that_is_pointed_at_stays_unique,
    strings_of_a_column_that_is_pointed_at_are_renamed,
}

fn altered(model: &str, name: &str, options: &str) -> String {
    format!(
        "[[operations]]\nkind = \"AlterField\"\nmodel = \"{model}\"\nfield = {{ name = \"{name}\", {options} }}\n"
    )
}

/// Has both tables made anew, so that their text is the same whatever is made anew later.
fn made_anew() -> String {
    altered("Author", "mail", "type = \"text\", max_length = 50, null = true")
        + &altered(
            "Hold",
            "post",
            "type = \"foreign_key\", to = \"shop.Post\", on_delete = \"cascade\", index = true",
        )
}

const UNIQUE_TITLES: &str = r#"
[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "title", type = "text", max_length = 200, unique = true }

[[operations]]
kind = "AddField"
model = "Author"
field = { name = "number", type = "int", null = true, unique = true }
"#;

const NUMBERS: &str =
    "UPDATE shop_author SET number = 4 - id; UPDATE shop_post SET parent_id = 3 WHERE id = 4;";

fn rows_go_on_pointing_at_what_they_pointed_at(backend: Backend) {
    let author = |to: &str| {
        altered(
            "Post",
            "author",
            &format!(
                "type = \"foreign_key\", to = \"shop.Author\", {to} on_update = \"cascade\", on_delete = \"cascade\", index = true"
            ),
        )
    };
    let parent = altered(
        "Post",
        "parent",
        "type = \"one_to_one\", to = \"shop.Post\", to_field = \"title\", on_delete = \"set_null\", null = true",
    );
    // By way of a column of numbers that are the keys the other way round.
    for first in ["to_field = \"name\",", "to_field = \"number\","] {
        there_and_back(
            backend,
            UNIQUE_TITLES,
            NUMBERS,
            &(author(first) + &parent),
            |session| {
                let names =
                    "SELECT a.name FROM shop_post AS p JOIN shop_author AS a ON CAST(p.author_id AS text) = \
                         CAST(a.COLUMN AS text) ORDER BY p.id"
                        .replace("COLUMN", first.split('"').nth(1).unwrap_or_default());
                assert_eq!(strings(session, &names), ["ada", "bob", "ada", "cy"]);
                assert_eq!(
                    strings(
                        session,
                        "SELECT coalesce(parent_id, '-') FROM shop_post ORDER BY id"
                    ),
                    ["-", "one", "two", "three"]
                );
                assert!(
                    session
                        .batch("UPDATE shop_post SET author_id = '77' WHERE id = 1")
                        .is_err()
                );
                value(session.batch("UPDATE shop_author SET name = 'eve', number = 9 WHERE name = 'ada'"));
                assert_eq!(strings(session, &names), ["eve", "bob", "eve", "cy"]);
                // Nothing that a person made has run.
                assert_eq!(numbers(session, "SELECT count(*) FROM shop_log"), [0]);
            },
        );
    }
    let both = [
        author("to_field = \"name\","),
        author("to_field = \"number\","),
        author(""),
    ];
    there_and_back(backend, UNIQUE_TITLES, NUMBERS, &both[..2].concat(), |session| {
        assert_eq!(
            numbers(session, "SELECT author_id FROM shop_post ORDER BY id"),
            [3, 2, 3, 1]
        );
    });
    there_and_back(
        backend,
        &(UNIQUE_TITLES.to_owned() + &both[0]),
        NUMBERS,
        &both[1],
        |session| {
            assert_eq!(
                numbers(session, "SELECT author_id FROM shop_post ORDER BY id"),
                [3, 2, 3, 1]
            );
        },
    );
}

fn rows_that_would_point_nowhere_are_refused(backend: Backend) {
    let database = populated(backend);
    let project = Project::shop().and(&altered(
        "Author",
        "mail",
        "type = \"text\", null = true, unique = true",
    ));
    value(project.migrate(&mut session(&database)));
    let before = snapshot(&database);
    let to_mail = "type = \"foreign_key\", to = \"shop.Author\", to_field = \"mail\", on_delete = \"cascade\", index = true";
    let project = project.and(&altered("Post", "author", to_mail));
    let refused = error(project.migrate(&mut session(&database))).to_string();
    assert!(
        refused.contains("rows of \"shop_post\" point by \"author_id\" at rows of \"shop_author\" that hold nothing in \"mail\", or at none (1 found)"),
        "{refused}"
    );
    assert_eq!(snapshot(&database), before);
    value(session(&database).batch("UPDATE shop_author SET mail = 'bob@x' WHERE name = 'bob'"));
    let mut here = session(&database);
    value(project.migrate(&mut here));
    assert_eq!(
        strings(&mut here, "SELECT author_id FROM shop_post ORDER BY id"),
        ["ada@x", "bob@x", "ada@x", "it's"]
    );
}

fn a_column_that_is_pointed_at_changes_its_name_and_type(backend: Backend) {
    let key = r#"
[[operations]]
kind = "AddField"
model = "Comment"
field = { name = "writer", type = "foreign_key", to = "shop.Author", to_field = "number", on_delete = "cascade", null = true, index = true }

[[operations]]
kind = "AddField"
model = "Hold"
field = { name = "by", type = "foreign_key", to = "shop.Author", to_field = "name", on_delete = "cascade", null = true, index = true }
"#;
    let rows = "UPDATE shop_author SET number = 10 * id; UPDATE shop_comment SET writer_id = 20; UPDATE shop_hold SET by_id = 'cy';";
    let change = r#"
[[operations]]
kind = "RenameField"
model = "Author"
old = "number"
new = "code"

[[operations]]
kind = "AlterField"
model = "Author"
field = { name = "code", type = "big_int", null = true, unique = true }

[[operations]]
kind = "RenameField"
model = "Author"
old = "name"
new = "label"

[[operations]]
kind = "AlterField"
model = "Hold"
field = { name = "by", type = "foreign_key", to = "shop.Author", to_field = "label", on_delete = "restrict", null = true, index = true }
"#;
    // The views over the names stand in the way of a rename of theirs.
    let mut before = UNIQUE_TITLES.to_owned() + key + &made_anew();
    before.push_str(
        "[[operations]]\nkind = \"RunSql\"\nsqlite = { forward = \"DROP VIEW hand_over; DROP VIEW hand_titles\" }\n\
         postgres = { forward = \"DROP VIEW hand_over; DROP VIEW hand_names\" }\n",
    );
    there_and_back(backend, &before, rows, change, |session| {
        value(session.batch("UPDATE shop_author SET code = 30000000000 WHERE id = 1"));
        value(session.batch("UPDATE shop_comment SET writer_id = 30000000000 WHERE id = 1"));
        assert!(
            session
                .batch("UPDATE shop_comment SET writer_id = 77 WHERE id = 1")
                .is_err()
        );
        assert!(
            session
                .batch("DELETE FROM shop_author WHERE label = 'cy'")
                .is_err()
        );
        value(session.batch("DELETE FROM shop_author WHERE code = 20"));
        assert_eq!(numbers(session, "SELECT count(*) FROM shop_comment"), [1]);
    });
}

fn a_column_that_is_pointed_at_stays_unique(backend: Backend) {
    let database = populated(backend);
    let project = Project::shop().and(&(UNIQUE_TITLES.to_owned()
        + &altered(
            "Post",
            "author",
            "type = \"foreign_key\", to = \"shop.Author\", to_field = \"name\", on_delete = \"cascade\", index = true",
        )
        + &altered(
            "Comment",
            "post",
            "type = \"foreign_key\", to = \"shop.Post\", to_field = \"title\", on_delete = \"cascade\", index = true",
        )));
    value(project.migrate(&mut session(&database)));
    let before = snapshot(&database);
    for (operation, expected) in [
        (
            altered("Author", "name", "type = \"text\", max_length = 40"),
            "shop.Post.author still points at shop.Author.name, which would not be unique any more",
        ),
        (
            "[[operations]]\nkind = \"RemoveField\"\nmodel = \"Author\"\nfield = \"name\"\n".to_owned(),
            "shop.Post.author still points at shop.Author.name, which would not be unique any more",
        ),
        (
            altered("Post", "title", "type = \"text\", max_length = 200"),
            "shop.Comment.post still points at shop.Post.title, which would not be unique any more",
        ),
        (
            altered(
                "Hold",
                "post",
                "type = \"foreign_key\", to = \"shop.Post\", to_field = \"body\", on_delete = \"restrict\"",
            ),
            "shop.Hold.post points at shop.Post.body, which is not unique",
        ),
    ] {
        let refused = error(project.clone().and(&operation).migrate(&mut session(&database))).to_string();
        assert!(refused.contains(expected), "{refused}");
        assert_eq!(snapshot(&database), before);
    }
}

fn strings_of_a_column_that_is_pointed_at_are_renamed(backend: Backend) {
    let before = r#"
[[operations]]
kind = "AddField"
model = "Author"
field = { name = "zone", type = "choices", choices = ["north", "south"], null = true, unique = true }

[[operations]]
kind = "AddField"
model = "Hold"
field = { name = "zone", type = "foreign_key", to = "shop.Author", to_field = "zone", null = true, index = true }
"#;
    let rows = "UPDATE shop_author SET zone = 'north' WHERE id = 2; UPDATE shop_hold SET zone_id = 'north';";
    let rename = r#"
[[operations]]
kind = "RenameChoice"
model = "Author"
field = "zone"
old = "north"
new = "up"
"#;
    there_and_back(
        backend,
        &(before.to_owned() + &made_anew()),
        rows,
        rename,
        |session| {
            assert_eq!(
                strings(session, "SELECT zone_id FROM shop_hold ORDER BY id"),
                ["up", "up"]
            );
            assert!(session.batch("UPDATE shop_hold SET zone_id = 'south'").is_err());
        },
    );
}
