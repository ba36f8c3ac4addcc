//! Questions without a person to ask: answered by flags and files, or else printed as a file to fill in.

use serde_json::Value;

use crate::project::{Output, Project};

const BEFORE: &str = r#"
[[models]]
app = "blog"
name = "Post"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "heading", type = "text", max_length = 200 },
]

[[models]]
app = "blog"
name = "Tag"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "word", type = "text", null = true },
]
"#;

/// A field with another name, a new one without a default, a model with another name, and NULL that is not taken.
fn project() -> Project {
    let project = Project::empty();
    let slug = "{ name = \"slug\", type = \"text\", max_length = 5 },";
    let after = BEFORE
        .replace("\"heading\"", "\"title\"")
        .replace("{ name = \"title\"", &format!("{slug}\n    {{ name = \"title\""))
        .replace(", null = true", "");
    project.file("before.toml", BEFORE).file("after.toml", &after);
    project
}

fn diff(project: &Project, more: &[&str]) -> Output {
    let both = ["diff", "--from", "before.toml", "--to", "after.toml"];
    let arguments: Vec<&str> = both.iter().chain(more).copied().collect();
    project.orm(&arguments)
}

#[test]
fn the_answers_file_that_is_printed_can_be_filled_in() {
    let project = project();
    let asked = diff(&project, &[]);
    assert_eq!(asked.code, 3, "{asked:?}");
    for line in [
        "[renamed]",
        "# \"blog.Post.heading\" = \"title\"",
        "# \"blog.Post.heading\" = false",
        "[defaults]",
        "# (answer only if nothing was renamed to it)",
        "# \"blog.Post.slug\" = \"\"",
        "# \"blog.Tag.word\" = \"\"",
        "[proceed]",
        "# \"blog.Tag.word\" = true",
    ] {
        assert!(
            asked.stdout.lines().any(|said| said == line),
            "{line}: {}",
            asked.stdout
        );
    }
    assert!(asked.stderr.starts_with("error: "), "{}", asked.stderr);
    assert!(
        asked
            .stderr
            .contains("questions need answers; nothing was written\n  blog.Post lost the field heading"),
        "{}",
        asked.stderr
    );
    assert!(
        asked.stderr.contains("\nhint: fill in the answers"),
        "{}",
        asked.stderr
    );

    project.file("some.toml", "[renamed]\n\"blog.Post.heading\" = \"title\"\n");
    let rest = diff(&project, &["--answers", "some.toml"]).fails(3);
    assert!(
        rest.contains("with --answers some.toml --answers and that file"),
        "{rest}"
    );
    assert!(!rest.contains("blog.Post.heading"), "{rest}");

    let filled = asked
        .stdout
        .replace(
            "# \"blog.Post.heading\" = \"title\"",
            "\"blog.Post.heading\" = \"title\"",
        )
        .replace("# \"blog.Post.slug\" = \"\"", "\"blog.Post.slug\" = \"none\"")
        .replace("# \"blog.Tag.word\" = true", "\"blog.Tag.word\" = true");
    project.file("answers.toml", &filled);
    let new = diff(&project, &["--answers", "answers.toml", "--json"]).json();
    let operations = new["migrations"][0]["operations"].as_array().unwrap().clone();
    let kinds: Vec<(&str, &str)> = operations
        .iter()
        .map(|operation| {
            (
                operation["kind"].as_str().unwrap(),
                operation["name"].as_str().unwrap(),
            )
        })
        .collect();
    assert!(kinds.contains(&("RenameField", "heading")), "{kinds:?}");
    assert!(kinds.contains(&("AddField", "slug")), "{kinds:?}");
    assert!(kinds.contains(&("AlterField", "word")), "{kinds:?}");
    let slug = operations
        .iter()
        .find(|operation| operation["name"] == "slug")
        .unwrap();
    assert_eq!(slug["definition"]["fill"], "none");
}

#[test]
fn flags_stand_above_files_and_files_add_up() {
    let project = project();
    project
        .file(
            "a.toml",
            "[renamed]\n\"blog.Post.heading\" = false\n[defaults]\n\"blog.Post.slug\" = \"a\"\n",
        )
        .file(
            "b.toml",
            "[defaults]\n\"blog.Post.slug\" = \"b\"\n\"blog.Tag.word\" = \"\"\n",
        );
    let answers = ["--answers", "a.toml", "--answers", "b.toml", "--json"];
    let both: Vec<&str> = answers
        .iter()
        .chain(&["--renamed", "blog.Post.heading:title"])
        .copied()
        .collect();
    let new = diff(&project, &both).json();
    let operations = new["migrations"][0]["operations"].as_array().unwrap();
    let of = |name: &str| -> &Value {
        operations
            .iter()
            .find(|operation| operation["name"] == name)
            .unwrap()
    };
    assert_eq!(of("heading")["kind"], "RenameField");
    assert_eq!(of("slug")["definition"]["fill"], "b");
    assert_eq!(of("word")["definition"]["fill"], "");
}

#[test]
fn questions_are_json_where_json_is_asked_for() {
    let project = project();
    let asked = diff(&project, &["--json"]);
    assert_eq!(asked.code, 3, "{asked:?}");
    let asked: Value = serde_json::from_str(&asked.stdout).unwrap();
    let first = &asked["questions"][0];
    assert_eq!(first["section"], "renamed");
    assert_eq!(first["key"], "blog.Post.heading");
    assert!(first["question"].as_str().unwrap().ends_with('?'), "{first}");
    assert!(
        asked["answers"].as_str().unwrap().contains("[renamed]"),
        "{asked}"
    );
}

#[test]
fn answers_that_are_none_are_refused() {
    let project = project();
    let all = [
        "--renamed",
        "blog.Post.heading:title",
        "--default",
        "blog.Tag.word=",
        "--default",
    ];
    for (answers, code, message) in [
        (
            &["--answers", "no.toml"][..],
            1,
            "the answers file no.toml cannot be read",
        ),
        (
            &["--renamed", "blog.Post.heading"],
            2,
            "`blog.Post.heading` names no pair",
        ),
        (
            &["--not-renamed", "heading:title"],
            2,
            "`heading:title` names no pair",
        ),
        (&["--default", "blog.Post=1"], 2, "`blog.Post=1` gives no default"),
        (
            &[
                "--renamed",
                "blog.Post.heading:title",
                "--not-renamed",
                "blog.Post.heading",
            ],
            2,
            "blog.Post.heading is both renamed and not renamed",
        ),
        (
            &[
                "--renamed",
                "blog.Post.heading:title",
                "--not-renamed",
                "blog.Post.heading:title",
            ],
            2,
            "blog.Post.heading is both renamed and not renamed",
        ),
        (&["--default"], 2, "a value is required for '--default"),
    ] {
        let error = diff(&project, answers).fails(code);
        assert!(error.starts_with(&format!("error: {message}")), "{error}");
    }
    for (value, message) in [
        ("blog.Post.slug=much too long", "too long"),
        ("blog.Post.slogan=x", "blog.Post.slogan"),
    ] {
        let answers: Vec<&str> = all.iter().chain(&[value]).copied().collect();
        let refused = diff(&project, &answers);
        assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{refused:?}");
        assert!(refused.stderr.contains(message), "{refused:?}");
    }
    for (file, message) in [
        ("[renamed]\n\"blog.Post.heading\" = 3\n", "answers.toml:2: "),
        ("[rename]\n\"blog.Post.heading\" = \"title\"\n", "answers.toml:"),
        ("[defaults\n", "answers.toml:1: "),
        ("[defaults]\n\"blog.Post.slug\" = [1]\n", "answers.toml:2: "),
    ] {
        project.file("answers.toml", file);
        let refused = diff(&project, &["--answers", "answers.toml"]).fails(1);
        assert!(refused.starts_with(&format!("error: {message}")), "{refused}");
    }
    project.file("answers.toml", "[defaults]\n\"blog.Post.slug\" = 3\n");
    let refused = diff(
        &project,
        &[
            "--answers",
            "answers.toml",
            "--renamed",
            "blog.Post.heading:title",
        ],
    )
    .fails(1);
    assert!(
        refused.contains("blog.Post.slug") && refused.contains("text"),
        "{refused}"
    );
}

#[test]
fn makemigrations_asks_in_the_same_way_and_writes_nothing_before_it_knows() {
    let project = Project::behind();
    let before = project.migrations("shop");
    let asked = project.manage(&["makemigrations"]);
    assert_eq!(asked.code, 3, "{asked:?}");
    assert!(
        asked.stdout.contains("\n# \"shop.Order.cents\" = 0\n"),
        "{asked:?}"
    );
    assert_eq!(project.migrations("shop"), before);
    let check = project.manage(&["makemigrations", "--check"]);
    assert_eq!(check.code, 1, "{check:?}");
    assert!(
        check
            .stdout
            .starts_with("changes that need an answer\n  ? shop.Order.cents is new"),
        "{check:?}"
    );
    let check = project.manage(&["makemigrations", "--check", "--json"]);
    let said: Value = serde_json::from_str(&check.stdout).unwrap();
    assert_eq!((check.code, &said["written"]), (1, &Value::Bool(false)));
    assert!(
        said["questions"][0]
            .as_str()
            .unwrap()
            .contains("shop.Order.cents"),
        "{said}"
    );
    // Without a terminal a dry run asks as well.
    let asked = project.manage(&["makemigrations", "--dry-run"]);
    assert_eq!(asked.code, 3, "{asked:?}");
    let filled = asked
        .stdout
        .replace("# \"shop.Order.cents\" = 0", "\"shop.Order.cents\" = 5");
    project.file("answers.toml", &filled);
    let new = project
        .manage(&["makemigrations", "--answers", "answers.toml"])
        .ok();
    assert!(new.contains("+ add field cents to Order"), "{new}");
    assert_eq!(
        project.manage(&["makemigrations", "--check"]).ok(),
        "no changes detected\n"
    );
    // An answer that was needed once is not a mistake later, when nothing is asked.
    let again = project
        .manage(&["makemigrations", "--answers", "answers.toml"])
        .ok();
    assert_eq!(again, "no changes detected\n");
}
