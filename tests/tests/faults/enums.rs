//! Enum types with rows that hold their values.

use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::on_both;
use super::renames::there_and_back;
use super::retypes::migrations_back;
use super::snapshot::snapshot;
use super::world::{Project, numbers, populated, session, strings};

on_both! {
    an_enum_type_comes_grows_and_goes,
    an_enum_value_is_renamed_everywhere,
    a_used_enum_value_is_not_dropped,
    a_new_enum_value_is_used_in_the_same_migration,
    a_plain_choice_is_renamed_everywhere,
    a_choice_renamed_in_the_models_keeps_its_rows,
    a_number_of_choices_is_renamed_everywhere,
    a_type_gets_another_name_and_another_type_takes_its_own,
}

/// A string field becomes an enum field; a primary key and another model have the same type.
const MOODS: &str = r#"
[[operations]]
kind = "CreateEnum"
name = "Mood"
values = ["glad", "it's \\ bad"]

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "mood", type = "choices", enum_type = "Mood", default = "glad", index = true }

[[operations]]
kind = "CreateModel"
model = "Word"
fields = [
    { name = "mood", type = "choices", enum_type = "Mood", primary_key = true },
    { name = "plain", type = "text", default = "glad" },
]

[[operations]]
kind = "CreateModel"
model = "Use"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "word", type = "foreign_key", to = "shop.Word", on_delete = "cascade", index = true },
    { name = "bad", type = "bool", generated_as = { expression = ["eq", { field = "id" }, 2] } },
]

[[operations]]
kind = "AddConstraint"
model = "Post"
constraint = { kind = "check", name = "shop_post_mood", condition = ["or", ["ne", { field = "mood" }, "it's \\ bad"], ["lt", { field = "score" }, 50]] }
"#;

/// Expressions of values alone, whose type follows only from the column they are compared with.
const TOLD: &str = r#"
[[operations]]
kind = "AddConstraint"
model = "Post"
constraint = { kind = "check", name = "shop_post_told", condition = ["or", ["eq", { field = "mood" }, ["if", ["lt", { field = "score" }, 0], "it's \\ bad", "glad"]], ["lt", { field = "score" }, 50]] }

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "guess", type = "choices", enum_type = "Mood", null = true, generated_as = { expression = ["if", ["lt", { field = "score" }, 2], "it's \\ bad", "glad"] } }
"#;

const MOOD_ROWS: &str = "
UPDATE shop_post SET mood = 'it''s \\ bad', score = 1 WHERE id = 2;
INSERT INTO shop_word (mood) VALUES ('glad'), ('it''s \\ bad');
INSERT INTO shop_use (word_id) VALUES ('glad'), ('it''s \\ bad'), ('it''s \\ bad');
";

fn an_enum_type_comes_grows_and_goes(backend: Backend) {
    let operations = r#"
[[operations]]
kind = "AddEnumValue"
name = "Mood"
value = "so-so"
before = "it's \\ bad"

[[operations]]
kind = "AlterField"
model = "Word"
field = { name = "plain", type = "choices", enum_type = "Mood", default = "glad" }
"#;
    let before = format!("{MOODS}{TOLD}");
    there_and_back(backend, &before, MOOD_ROWS, operations, |session| {
        value(session.batch(
            "UPDATE shop_post SET mood = 'so-so' WHERE id = 1; INSERT INTO shop_word (mood) VALUES ('so-so')",
        ));
        error(session.batch("UPDATE shop_post SET mood = 'other'"));
        error(session.batch("UPDATE shop_word SET plain = 'other'"));
        assert_eq!(
            strings(session, "SELECT CAST(mood AS text) FROM shop_post ORDER BY id"),
            ["so-so", "it's \\ bad", "glad", "glad"]
        );
        if backend == Backend::Postgres {
            assert_eq!(
                strings(
                    session,
                    "SELECT mood::text FROM shop_word ORDER BY shop_word.mood"
                ),
                ["glad", "so-so", "it's \\ bad"]
            );
        }
    });
}

fn an_enum_value_is_renamed_everywhere(backend: Backend) {
    let operations = r#"
[[operations]]
kind = "RenameEnumValue"
name = "Mood"
old = "it's \\ bad"
new = "sad"

[[operations]]
kind = "RenameEnumValue"
name = "Mood"
old = "glad"
new = "'happy'"
"#;
    there_and_back(backend, MOODS, MOOD_ROWS, operations, |session| {
        assert_eq!(
            strings(session, "SELECT CAST(mood AS text) FROM shop_post ORDER BY id"),
            ["'happy'", "sad", "'happy'", "'happy'"]
        );
        assert_eq!(
            strings(session, "SELECT CAST(word_id AS text) FROM shop_use ORDER BY id"),
            ["'happy'", "sad", "sad"]
        );
        assert_eq!(strings(session, "SELECT plain FROM shop_word"), ["glad", "glad"]);
        value(session.batch("INSERT INTO shop_post (title, body, author_id) VALUES ('new', '', 1)"));
        assert_eq!(
            numbers(session, "SELECT count(*) FROM shop_post WHERE mood = '''happy'''"),
            [4]
        );
        error(session.batch("UPDATE shop_post SET mood = 'glad'"));
        error(session.batch("UPDATE shop_post SET mood = 'sad', score = 50"));
        value(session.batch("UPDATE shop_post SET score = 50 WHERE mood = '''happy'''"));
    });
}

fn a_used_enum_value_is_not_dropped(backend: Backend) {
    let operations = r#"
[[operations]]
kind = "AlterEnum"
name = "Mood"
values = ["new", "glad"]
"#;
    let condition = r#"
[[operations]]
kind = "RemoveConstraint"
model = "Post"
constraint = "shop_post_mood"
"#;
    let database = populated(backend);
    let mut here = session(&database);
    let project = Project::shop().and(MOODS).and(condition);
    value(project.migrate(&mut here));
    value(here.batch(MOOD_ROWS));
    let before = snapshot(&database);
    let project = project.and(operations);
    let refused = error(project.migrate(&mut here)).to_string();
    assert!(refused.contains("(1 found)"), "{refused}");
    assert_eq!(snapshot(&database), before);
    value(here.batch("UPDATE shop_post SET mood = 'glad'; DELETE FROM shop_word WHERE mood <> 'glad'"));
    value(project.migrate(&mut here));
    value(here.batch("UPDATE shop_post SET mood = 'new' WHERE id = 1"));
    error(here.batch("UPDATE shop_post SET mood = 'it''s \\ bad'"));
    assert_eq!(numbers(&mut here, "SELECT count(*) FROM shop_use"), [1]);
    error(project.migrate_to(&mut here, &migrations_back(3)));
    value(here.batch("UPDATE shop_post SET mood = 'glad'"));
    value(project.migrate_to(&mut here, &migrations_back(1)));
    assert_eq!(numbers(&mut here, "SELECT count(*) FROM shop_post"), [4]);
}

fn a_new_enum_value_is_used_in_the_same_migration(backend: Backend) {
    let operations = r#"
[[operations]]
kind = "AddEnumValue"
name = "Mood"
value = "so-so"

[[operations]]
kind = "RunSql"
sqlite = { forward = "UPDATE shop_post SET mood = 'so-so' WHERE id = 3" }
postgres = { forward = "UPDATE shop_post SET mood = 'so-so' WHERE id = 3" }

[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "mood", type = "choices", enum_type = "Mood", default = "so-so" }
"#;
    let database = populated(backend);
    let mut here = session(&database);
    let project = Project::shop().and(MOODS);
    value(project.migrate(&mut here));
    value(here.batch(MOOD_ROWS));
    value(project.and(operations).migrate(&mut here));
    value(here.batch("INSERT INTO shop_post (title, body, author_id) VALUES ('new', '', 1)"));
    assert_eq!(
        strings(&mut here, "SELECT CAST(mood AS text) FROM shop_post ORDER BY id"),
        ["glad", "it's \\ bad", "so-so", "glad", "so-so"]
    );
    assert_eq!(numbers(&mut here, "SELECT count(*) FROM shop_use"), [3]);
}

/// The same without an enum type: the check of each column lists the values.
fn plain_moods() -> String {
    let choices = r#"choices = ["glad", "it's \\ bad"]"#;
    let operations = MOODS.split_once("[[operations]]\nkind = \"AddField\"");
    let (_, rest) = operations.expect("a field");
    format!(
        "[[operations]]\nkind = \"AddField\"{}",
        rest.replace(r#"enum_type = "Mood""#, choices)
    )
}

fn a_plain_choice_is_renamed_everywhere(backend: Backend) {
    let rename = |model: &str, old: &str, new: &str| {
        format!(
            "[[operations]]\nkind = \"RenameChoice\"\nmodel = \"{model}\"\nfield = \"mood\"\nold = '''{old}'''\nnew = \
             '''{new}'''\n"
        )
    };
    let operations = rename("Post", "glad", r"plea\sed") + &rename("Word", r"it's \ bad", "b'ad");
    there_and_back(backend, &plain_moods(), MOOD_ROWS, &operations, |session| {
        assert_eq!(
            strings(session, "SELECT mood FROM shop_post ORDER BY id"),
            [r"plea\sed", r"it's \ bad", r"plea\sed", r"plea\sed"]
        );
        assert_eq!(
            strings(session, "SELECT mood FROM shop_word ORDER BY mood"),
            ["b'ad", "glad"]
        );
        assert_eq!(
            strings(session, "SELECT word_id FROM shop_use ORDER BY id"),
            ["glad", "b'ad", "b'ad"]
        );
        error(session.batch("UPDATE shop_post SET mood = 'glad'"));
        error(session.batch(r"INSERT INTO shop_word (mood) VALUES ('it''s \ bad')"));
        error(session.batch(r"INSERT INTO shop_use (word_id) VALUES ('it''s \ bad')"));
        value(session.batch("INSERT INTO shop_post (title, body, author_id) VALUES ('new', '', 1)"));
        assert_eq!(
            strings(session, "SELECT mood FROM shop_post WHERE title = 'new'"),
            [r"plea\sed"]
        );
        // The check refers to another value, and stays.
        error(session.batch("UPDATE shop_post SET score = 60 WHERE id = 2"));
        value(session.batch("UPDATE shop_post SET score = 60 WHERE id = 1"));
    });
}

/// A foreign key points at one of the fields.
fn a_number_of_choices_is_renamed_everywhere(backend: Backend) {
    let levels = r#"
[[operations]]
kind = "AddField"
model = "Post"
field = { name = "level", type = "small_int", choices = ["1", "-2"], default = 1 }

[[operations]]
kind = "CreateModel"
model = "Level"
fields = [{ name = "number", type = "unsigned_tiny_int", choices = ["1", "7"], primary_key = true }]

[[operations]]
kind = "CreateModel"
model = "Reach"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "level", type = "foreign_key", to = "shop.Level", on_delete = "cascade", index = true },
]

[[operations]]
kind = "AddConstraint"
model = "Post"
constraint = { kind = "check", name = "shop_post_level", condition = ["or", ["ne", { field = "level" }, 1], ["lt", { field = "score" }, 50]] }
"#;
    let rows = "UPDATE shop_post SET level = -2 WHERE id = 2; INSERT INTO shop_level (number) VALUES (1), (7); \
                INSERT INTO shop_reach (level_id) VALUES (1), (7), (1);";
    let rename = |model: &str, field: &str, old: &str, new: &str| {
        format!(
            "[[operations]]\nkind = \"RenameChoice\"\nmodel = \"{model}\"\nfield = \"{field}\"\nold = \"{old}\"\nnew = \
             \"{new}\"\n"
        )
    };
    let operations = rename("Post", "level", "1", "300") + &rename("Level", "number", "1", "255");
    there_and_back(backend, levels, rows, &operations, |session| {
        assert_eq!(
            numbers(session, "SELECT level FROM shop_post ORDER BY id"),
            [300, -2, 300, 300]
        );
        assert_eq!(
            numbers(session, "SELECT number FROM shop_level ORDER BY number"),
            [7, 255]
        );
        assert_eq!(
            numbers(session, "SELECT level_id FROM shop_reach ORDER BY id"),
            [255, 7, 255]
        );
        error(session.batch("UPDATE shop_post SET level = 1"));
        error(session.batch("INSERT INTO shop_level (number) VALUES (1)"));
        value(session.batch("INSERT INTO shop_post (title, body, author_id) VALUES ('new', '', 1)"));
        assert_eq!(
            numbers(session, "SELECT level FROM shop_post WHERE title = 'new'"),
            [300]
        );
        error(session.batch("UPDATE shop_post SET score = 60 WHERE id = 1"));
        value(session.batch("UPDATE shop_post SET score = 60 WHERE id = 2"));
    });
}

/// Two renamed values and a new one, in a field that is renamed in the same run.
fn a_choice_renamed_in_the_models_keeps_its_rows(backend: Backend) {
    let database = populated(backend);
    let mut here = session(&database);
    let project = Project::shop().and(&plain_moods());
    value(project.migrate(&mut here));
    value(here.batch(MOOD_ROWS));
    let old = snapshot(&database);
    let after = super::swaps::made(&project, |models| {
        let post = models.iter_mut().find(|model| model.name == "Post");
        let post = post.expect("a model");
        let field = post.fields.iter_mut().find(|field| field.name == "mood");
        let field = field.expect("a field");
        field.name = "temper".to_owned();
        field.renamed_from = Some("mood".to_owned());
        field.choices = ["pleased", "neutral", "awful"].map(str::to_owned).to_vec();
        field.default = Some("pleased".into());
        let renamed = [("pleased", "glad"), ("awful", r"it's \ bad")];
        field.renamed_choices = renamed.map(|(new, old)| (new.to_owned(), old.to_owned())).into();
        post.constraints.clear();
    });
    value(after.migrate(&mut here));
    assert_eq!(
        strings(&mut here, "SELECT temper FROM shop_post ORDER BY id"),
        ["pleased", "awful", "pleased", "pleased"]
    );
    value(here.batch("UPDATE shop_post SET temper = 'neutral' WHERE id = 1"));
    error(here.batch("UPDATE shop_post SET temper = 'glad' WHERE id = 1"));
    value(here.batch("UPDATE shop_post SET temper = 'pleased' WHERE id = 1"));
    let back = orm::migrate::Target::Migration("shop".to_owned(), "0002".to_owned());
    value(after.migrate_to(&mut here, &back));
    let plain = |snapshot: Vec<String>| -> Vec<String> {
        snapshot.into_iter().map(|line| line.replace('"', "")).collect()
    };
    assert_eq!(plain(snapshot(&database)), plain(old));
}

/// One type is renamed, and another one takes its old name: no column loses its values.
fn a_type_gets_another_name_and_another_type_takes_its_own(backend: Backend) {
    let database = populated(backend);
    let mut here = session(&database);
    let moods = r#"
[[operations]]
kind = "CreateEnum"
name = "one"
values = ["a", "b"]

[[operations]]
kind = "CreateEnum"
name = "two"
values = ["x", "y"]

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "first", type = "choices", enum_type = "one", default = "b" }

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "second", type = "choices", enum_type = "two", default = "y" }
"#;
    let project = Project::shop().and(moods);
    value(project.migrate(&mut here));
    value(here.batch("UPDATE shop_post SET first = 'a', second = 'x' WHERE id = 1"));
    let mut answers = orm::migrate::Answers::default();
    for text in ["a", "b"] {
        value(answers.add_not_renamed(&format!("shop.one.{text}")));
    }
    let after = super::swaps::answered(&project, answers, |models| {
        let post = models.iter_mut().find(|model| model.name == "Post");
        for field in &mut post.expect("a model").fields {
            match field.enum_type.as_deref() {
                Some("one") => field.enum_type = Some("three".to_owned()),
                Some("two") => field.enum_type = Some("one".to_owned()),
                _ => {}
            }
        }
    });
    value(after.migrate(&mut here));
    let sql = "SELECT CAST(first AS text) || CAST(second AS text) FROM shop_post ORDER BY id";
    assert_eq!(strings(&mut here, sql), ["ax", "by", "by", "by"]);
    error(here.batch("UPDATE shop_post SET second = 'a'"));
    let back = orm::migrate::Target::Migration("shop".to_owned(), "0002".to_owned());
    value(after.migrate_to(&mut here, &back));
    assert_eq!(strings(&mut here, sql), ["ax", "by", "by", "by"]);
}
