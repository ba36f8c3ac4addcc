use proptest::prelude::*;

use super::*;
use crate::migrate::testing::laws::{models, tables};
use crate::migrate::{MakeOptions, diff};
use crate::value::Literal;

const TOML: &str = r#"
[[models]]
app = "blog"
name = "Post"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "title", type = "text", max_length = 200, default = "x" },
    { name = "author", type = "foreign_key", to = "auth.User", index = true },
]

[[models]]
app = "auth"
name = "User"
fields = [{ name = "id", type = "big_int", primary_key = true, generated = true }]
"#;

#[test]
fn toml_and_json_say_the_same_and_models_are_sorted() {
    let of_toml = StateFile::parse("a.toml", TOML).unwrap();
    assert_eq!(of_toml.apps(), ["auth", "blog"]);
    assert_eq!(of_toml.models()[1].fields[1].default, Some(Literal::from("x")));
    let json = of_toml.to_json().unwrap();
    let of_json = StateFile::parse("a.json", &json).unwrap();
    assert_eq!(of_json, of_toml);
    assert_eq!(of_json.to_json().unwrap(), json);
    let with_bom = format!("\u{feff}{}", TOML.replace('\n', "\r\n"));
    assert_eq!(StateFile::parse("a.toml", &with_bom).unwrap(), of_toml);
    assert_eq!(StateFile::parse("empty", "").unwrap(), StateFile::default());
}

/// Replaces one text of the file above, in TOML and in JSON.
#[track_caller]
fn refused(old: &str, new: &str, line: usize, message: &str, hint: &str) {
    assert!(TOML.contains(old), "{old}");
    let error = StateFile::parse("s.toml", &TOML.replacen(old, new, 1)).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with(&format!("s.toml:{line}: {message}")), "{text}");
    assert!(error.hint().unwrap_or_default().contains(hint), "{text}");
}

#[test]
fn mistakes_are_named_with_their_line() {
    refused(
        "[[models]]",
        "colour = 1\n[[models]]",
        2,
        "unknown key `colour`",
        "version, models",
    );
    refused(
        "[[models]]",
        "version = 2\n[[models]]",
        2,
        "the state is of version 2",
        "version 1",
    );
    refused(
        "[[models]]",
        "<<<<<<< ours\n[[models]]",
        2,
        "a merge conflict is not resolved",
        "",
    );
    refused("app = \"blog\"", "app = ", 3, "", "");
    refused(
        "name = \"Post\"",
        "names = \"Post\"",
        4,
        "unknown key `names`",
        "did you mean `name`?",
    );
    refused("name = \"Post\"", "name = 3", 4, "invalid type: integer", "");
    refused("name = \"Post\"\n", "", 2, "the key `name` is missing", "");
    refused(
        "max_length",
        "max_lenght",
        7,
        "unknown key `max_lenght`",
        "did you mean `max_length`?",
    );
    refused(
        "type = \"text\"",
        "type = \"txt\"",
        7,
        "there is no `txt`",
        "did you mean `text`?",
    );
    refused(
        "default = \"x\"",
        "default = 3",
        7,
        "the default of blog.Post.title",
        "",
    );
    refused(
        "default = \"x\"",
        "default = {}",
        7,
        "it is not a literal",
        "write true",
    );
    refused(
        "default = \"x\"",
        "to = \"auth.User\"",
        7,
        "blog.Post.title is not a relation",
        "take `to` out",
    );
    refused(
        "default = \"x\"",
        "choices = [\"x\"]",
        7,
        "blog.Post.title has choices",
        "make its type choices",
    );
    refused(
        "type = \"text\", max_length = 200, default = \"x\"",
        "type = \"choices\"",
        7,
        "blog.Post.title is one of",
        "add `choices`",
    );
    refused(
        "name = \"title\"",
        "name = \"id\"",
        7,
        "blog.Post has two fields named id",
        "take one",
    );
    refused(
        "name = \"title\"",
        "name = \"the title\"",
        7,
        "`the title` is not a valid name of a field",
        "use letters",
    );
    refused(
        "max_length = 200",
        "column = \"ID\"",
        7,
        "blog.Post.title and id have the same column",
        "column",
    );
    refused(
        "auth.User",
        "auth.Usr",
        8,
        "blog.Post.author points at auth.Usr, which there is not",
        "did you mean auth.User?",
    );
    refused(
        "auth.User",
        "shop.Order",
        8,
        "blog.Post.author points at shop.Order",
        "has to be in the file",
    );
    refused(
        ", to = \"auth.User\"",
        "",
        8,
        "blog.Post.author is a relation",
        "add `to`",
    );
    refused(
        "index = true",
        "on_delete = \"set_null\"",
        8,
        "blog.Post.author becomes NULL",
        "null = true",
    );
    refused(
        "\"auth\"\nname = \"User\"",
        "\"blog\"\nname = \"Post\"",
        11,
        "the model blog.Post is already on line 2",
        "take one",
    );
    refused(
        "name = \"User\"",
        "name = \"User\"\ntable = \"blog_post\"",
        11,
        "blog.Post and auth.User both use the table",
        "table",
    );
    refused(
        "name = \"Post\"",
        "name = \"Post\"\nordering = [\"-made\"]",
        2,
        "the ordering of blog.Post is over the field `made`",
        "id, title, author",
    );
    refused(
        "name = \"Post\"",
        "name = \"Post\"\nindexes = [{ name = \"i\", fields = [\"made\"] }]",
        2,
        "the index i of blog.Post",
        "it has",
    );
    refused(
        "name = \"Post\"",
        "name = \"Post\"\nconstraints = [{ kind = \"unique\", name = \"u\", fields = [\"made\"] }]",
        2,
        "the constraint u of blog.Post",
        "it has",
    );
    refused(
        "name = \"Post\"",
        "name = \"Post\"\nconstraints = [{ kind = \"never\", name = \"u\" }]",
        5,
        "there is no `never`",
        "unique, exclusion, foreign_key, check",
    );
    refused(
        "name = \"User\"\nfields = [{ name = \"id\", type = \"big_int\", primary_key = true, generated = true }]",
        "name = \"User\"\nfields = []",
        11,
        "auth.User has no primary key",
        "add a field",
    );
    refused(
        "type = \"text\"",
        "generated = true, type = \"text\"",
        7,
        "blog.Post.title is generated and not of whole numbers",
        "take `generated` out",
    );
    refused(
        "type = \"text\"",
        "primary_key = true, type = \"text\"",
        6,
        "blog.Post.id is generated and only a part",
        "take `generated` out",
    );
    refused(
        "generated = true }]",
        "default = 0 }, { name = \"b\", type = \"int\", primary_key = true }]",
        8,
        "blog.Post.author points at auth.User, whose primary key has several fields",
        "a primary key of one field",
    );
}

#[test]
fn mistakes_in_json_are_named_with_their_line() {
    let json = StateFile::parse("a.toml", TOML).unwrap().to_json().unwrap();
    let line_of = |text: &str| json.lines().position(|line| line.contains(text)).unwrap() + 1;
    for (old, new, line, message) in [
        (
            "\"max_length\"",
            "\"max_lenght\"",
            line_of("max_length"),
            "unknown key `max_lenght`",
        ),
        ("\"version\": 1", "\"version\": 7", 2, "the state is of version 7"),
        ("\"version\": 1", "\"versoin\": 1", 2, "unknown key `versoin`"),
        (
            "\"to\": \"auth.User\"",
            "\"to\": \"auth.Nobody\"",
            line_of("\"author\"") - 1,
            "blog.Post.author points at",
        ),
        (
            "\"default\": \"x\"",
            "\"default\": {}",
            line_of("\"default\"") + 1,
            "it is not a literal",
        ),
        (
            "\"default\": \"x\"",
            "\"default\": \"x",
            line_of("\"default\""),
            "control character",
        ),
    ] {
        assert!(json.contains(old), "{old}");
        let error = StateFile::parse("s.json", &json.replacen(old, new, 1)).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with(&format!("s.json:{line}: {message}")), "{text}");
    }
}

#[test]
fn a_file_that_is_not_there_says_where_to_get_one() {
    let error = StateFile::read(Path::new("no/such.toml")).unwrap_err();
    assert!(error.to_string().contains("no/such.toml"), "{error}");
    assert!(error.hint().unwrap_or_default().contains("describe --json"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_and_differs_in_nothing(tables in tables()) {
        let state = StateFile::of_models(models(&tables));
        let json = state.to_json().unwrap();
        let read = StateFile::parse("state.json", &json).unwrap();
        prop_assert_eq!(&read, &state);
        prop_assert_eq!(read.to_json().unwrap(), json);
        let toml = ::toml::to_string(&::toml::Value::try_from(StateFileJson { version: 1, models: state.models() }).unwrap()).unwrap();
        prop_assert_eq!(&StateFile::parse("state.toml", &toml).unwrap(), &state);
        prop_assert_eq!(diff(&read, &state, &MakeOptions::default()).unwrap(), []);
    }

    #[test]
    fn no_text_at_all_breaks_the_reader(text in "\\PC*") {
        // It says what is wrong, or reads it; it never gives up in between.
        if let Err(error) = StateFile::parse("s", &text) {
            prop_assert!(error.to_string().starts_with("s:"), "{}", error);
        }
    }
}
