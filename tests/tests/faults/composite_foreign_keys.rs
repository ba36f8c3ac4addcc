//! Foreign keys over several columns: on a populated database, there and back.

use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::on_both;
use super::renames::there_and_back;
use super::snapshot::snapshot;
use super::world::{Project, numbers, populated, session};

on_both! {
    rows_keep_their_values_with_and_without_it,
    rows_that_point_at_none_are_refused,
    both_sides_change_their_names_and_types,
    what_it_stands_on_stays,
}

/// Editions of a post by number, and what is said of one; both tables are made anew once, so that their text is the same whatever is
/// made anew later.
const EDITIONS: &str = r#"
[[operations]]
kind = "CreateModel"
model = "Edition"
fields = [
    { name = "post", type = "foreign_key", to = "shop.Post", on_delete = "cascade", primary_key = true },
    { name = "number", type = "int", primary_key = true },
    { name = "label", type = "text" },
]

[[operations]]
kind = "CreateModel"
model = "Note"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "of", type = "foreign_key", to = "shop.Post", on_delete = "cascade", null = true, index = true },
    { name = "edition", type = "int", null = true },
]
"#;

const ROWS: &str = "INSERT INTO shop_edition VALUES (1, 1, 'first'), (1, 2, 'second'), (2, 1, 'it''s');
INSERT INTO shop_note (of_id, edition) VALUES (1, 1), (1, 2), (2, 1), (2, NULL), (NULL, 7);";

const KEY: &str = r#"
[[operations]]
kind = "AddConstraint"
model = "Note"
constraint = { kind = "foreign_key", name = "note_edition_fk", relation = "about", fields = ["of", "edition"], to = "shop.Edition", to_fields = ["post", "number"], on_delete = "cascade" }
"#;

const WITHOUT: &str = r#"
[[operations]]
kind = "RemoveConstraint"
model = "Note"
constraint = "note_edition_fk"
"#;

fn rows_keep_their_values_with_and_without_it(backend: Backend) {
    // Made once before: a table that is made anew has its text quoted.
    let before = EDITIONS.to_owned() + KEY + WITHOUT;
    there_and_back(backend, &before, ROWS, KEY, |session| {
        assert_eq!(
            numbers(session, "SELECT coalesce(edition, 0) FROM shop_note ORDER BY id"),
            [1, 2, 1, 0, 7]
        );
        assert!(
            session
                .batch("INSERT INTO shop_note (of_id, edition) VALUES (2, 2)")
                .is_err()
        );
        value(session.batch("INSERT INTO shop_note (of_id, edition) VALUES (NULL, 2), (2, NULL)"));
        value(session.batch("DELETE FROM shop_edition WHERE post_id = 1 AND number = 2"));
        assert_eq!(numbers(session, "SELECT count(*) FROM shop_note"), [6]);
        // By way of the editions, too.
        value(session.batch("DELETE FROM shop_edition WHERE label = 'first'"));
        assert_eq!(numbers(session, "SELECT count(*) FROM shop_note"), [5]);
    });
}

fn rows_that_point_at_none_are_refused(backend: Backend) {
    let database = populated(backend);
    let project = Project::shop().and(EDITIONS);
    let mut here = session(&database);
    value(project.migrate(&mut here));
    value(here.batch(ROWS));
    value(here.batch("INSERT INTO shop_note (of_id, edition) VALUES (2, 2)"));
    let before = snapshot(&database);
    let project = project.and(KEY);
    let refused = error(project.migrate(&mut here));
    assert!(refused.to_string().contains("note"), "{refused}");
    assert_eq!(snapshot(&database), before);
    value(here.batch("DELETE FROM shop_note WHERE edition = 2 AND of_id = 2"));
    value(project.migrate(&mut here));
    assert!(
        here.batch("INSERT INTO shop_note (of_id, edition) VALUES (2, 2)")
            .is_err()
    );
}

fn both_sides_change_their_names_and_types(backend: Backend) {
    let renamed = r#"
[[operations]]
kind = "RenameField"
model = "Edition"
old = "number"
new = "count"

[[operations]]
kind = "RenameField"
model = "Note"
old = "edition"
new = "which"

[[operations]]
kind = "RenameModel"
old = "Edition"
new = "Issue"
"#;
    let retyped = r#"
[[operations]]
kind = "RemoveConstraint"
model = "Note"
constraint = "note_edition_fk"

[[operations]]
kind = "AlterField"
model = "Edition"
field = { name = "number", type = "big_int", primary_key = true }

[[operations]]
kind = "AlterField"
model = "Note"
field = { name = "edition", type = "big_int", null = true }

[[operations]]
kind = "AddConstraint"
model = "Note"
constraint = { kind = "foreign_key", name = "note_edition_fk", relation = "about", fields = ["of", "edition"], to = "shop.Edition", to_fields = ["post", "number"], on_delete = "cascade" }
"#;
    let anew = "[[operations]]\nkind = \"AlterField\"\nmodel = \"Edition\"\nfield = { name = \"label\", type = \"text\", null = true }\n";
    let before = EDITIONS.to_owned() + anew + KEY;
    there_and_back(backend, &before, ROWS, renamed, |session| {
        assert!(
            session
                .batch("INSERT INTO shop_note (of_id, which) VALUES (2, 2)")
                .is_err()
        );
        value(session.batch("DELETE FROM shop_issue WHERE count = 1"));
        assert_eq!(numbers(session, "SELECT count(*) FROM shop_note"), [3]);
    });
    there_and_back(backend, &before, ROWS, retyped, |session| {
        value(session.batch("INSERT INTO shop_edition VALUES (2, 30000000000, 'x')"));
        value(session.batch("INSERT INTO shop_note (of_id, edition) VALUES (2, 30000000000)"));
        assert!(
            session
                .batch("INSERT INTO shop_note (of_id, edition) VALUES (1, 30000000000)")
                .is_err()
        );
        value(session.batch("DELETE FROM shop_edition WHERE number = 1"));
        assert_eq!(numbers(session, "SELECT count(*) FROM shop_note"), [4]);
    });
}

fn what_it_stands_on_stays(backend: Backend) {
    let database = populated(backend);
    let project = Project::shop().and(&(EDITIONS.to_owned() + KEY));
    value(project.migrate(&mut session(&database)));
    for (operations, expected) in [
        (
            "kind = \"AlterField\"\nmodel = \"Edition\"\nfield = { name = \"number\", type = \"text\", primary_key = true }",
            "shop.Note.about has `edition` (Int) point at shop.Edition.number (Text), which holds another type",
        ),
        (
            "kind = \"AlterField\"\nmodel = \"Note\"\nfield = { name = \"edition\", type = \"text\", null = true }",
            "shop.Note.about has `edition` (Text) point at shop.Edition.number (Int), which holds another type",
        ),
        (
            "kind = \"AlterField\"\nmodel = \"Edition\"\nfield = { name = \"number\", type = \"int\" }",
            "shop.Note.about points at (post, number) of shop.Edition, which are not unique together",
        ),
        (
            "kind = \"RemoveField\"\nmodel = \"Edition\"\nfield = \"number\"",
            "shop.Note.about names `number`, which is not a column of shop.Edition",
        ),
        (
            "kind = \"RemoveField\"\nmodel = \"Note\"\nfield = \"of\"",
            "note_edition_fk",
        ),
        (
            "kind = \"DeleteModel\"\nmodel = \"Edition\"",
            "shop.Note.about still points at shop.Edition",
        ),
    ] {
        let project = project.clone().and(&format!("[[operations]]\n{operations}\n"));
        let before = snapshot(&database);
        let refused = error(project.migrate(&mut session(&database))).to_string();
        assert!(refused.contains(expected), "{refused}");
        assert_eq!(snapshot(&database), before);
    }
}
