//! `diff`: the migrations between two states, from files, models and migrations, and nothing touched.

use serde_json::json;

use crate::project::Project;

const BEFORE: &str = r#"
[[models]]
app = "auth"
name = "User"
fields = [{ name = "id", type = "big_int", primary_key = true, generated = true }]

[[models]]
app = "blog"
name = "Post"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "heading", type = "text", max_length = 200 },
]
"#;

fn project() -> Project {
    let project = Project::empty();
    let id = "{ name = \"id\", type = \"big_int\", primary_key = true, generated = true },";
    let author =
        "{ name = \"author\", type = \"foreign_key\", to = \"auth.User\", null = true, index = true },";
    let after = BEFORE.replace(
        "{ name = \"heading\"",
        &format!("{author}\n    {{ name = \"heading\""),
    );
    let shop = format!("[[models]]\napp = \"shop\"\nname = \"Item\"\nfields = [{id}]\n");
    project
        .file("before.toml", BEFORE)
        .file("after.toml", &format!("{after}\n{shop}"));
    project
}

fn diff(project: &Project, more: &[&str]) -> crate::project::Output {
    let both = ["diff", "--from", "before.toml", "--to", "after.toml"];
    let arguments: Vec<&str> = both.iter().chain(more).copied().collect();
    project.orm(&arguments)
}

#[test]
fn between_two_files_is_a_line_per_fact_and_touches_nothing() {
    let project = project();
    assert_eq!(
        diff(&project, &["--app", "blog"]).ok(),
        "\
blog.0002_post_author
  after auth.0001_initial
  after blog.0001_initial
  + add field author to Post
"
    );
    let files = std::fs::read_dir(project.root()).unwrap().count();
    assert_eq!(files, 2, "only the states themselves");
}

#[test]
fn json_is_the_documented_form() {
    let project = project();
    let new = diff(&project, &["--json"]).json();
    let of = |app: &str| {
        let mut all = new["migrations"].as_array().unwrap().iter();
        all.find(|migration| migration["app"] == app).unwrap()
    };
    assert_eq!(
        *of("blog"),
        json!({
            "app": "blog",
            "name": "0002_post_author",
            "dependencies": ["auth.0001_initial", "blog.0001_initial"],
            "initial": false,
            "replaces": [],
            "operations": [{
                "kind": "AddField",
                "model": "Post",
                "name": "author",
                "describe": "+ add field author to Post",
                "definition": {
                    "kind": "AddField",
                    "model": "Post",
                    "field": {"name": "author", "type": "foreign_key", "to": "auth.User", "null": true, "index": true},
                },
            }],
        })
    );
    let first = of("shop");
    assert_eq!(
        (&first["initial"], &first["dependencies"]),
        (&json!(true), &json!([]))
    );
    let none = project.orm(&["diff", "--from", "after.toml", "--to", "after.toml", "--json"]);
    assert_eq!(none.json(), json!({"migrations": []}));
}

#[test]
fn an_app_is_chosen_with_what_it_depends_on() {
    let project = project();
    assert_eq!(
        diff(&project, &["--app", "shop"]).ok(),
        "shop.0001_initial\n  + create model Item\n"
    );
    let error = diff(&project, &["--app", "store"]).fails(2);
    assert_eq!(
        error,
        "error: neither state has an app `store`\nhint: there are: auth, blog, shop\n"
    );
}

#[test]
fn the_exit_code_tells_of_a_difference_where_it_is_asked_to() {
    let project = project();
    let differ = diff(&project, &["--exit-code"]);
    assert_eq!(differ.code, 1, "{differ:?}");
    assert!(differ.stdout.contains("create model Item"), "{differ:?}");
    let same = project.orm(&[
        "diff",
        "--from",
        "after.toml",
        "--to",
        "after.toml",
        "--exit-code",
    ]);
    assert_eq!(same.ok(), "no differences\n");
}

#[test]
fn a_state_can_answer_for_its_names_itself() {
    let project = project();
    let titled = BEFORE
        .replace("\"heading\"", "\"title\", renamed_from = \"heading\"")
        .replace("name = \"User\"", "name = \"Person\"\nrenamed_from = \"User\"");
    project.file("after.toml", &titled);
    let said = diff(&project, &[]).ok();
    for line in [
        "  ~ rename model User to Person\n",
        "  ~ rename field heading on Post to title\n",
    ] {
        assert!(said.contains(line), "{said}");
    }
    let without = titled
        .replace(", renamed_from = \"heading\"", "")
        .replace("renamed_from = \"User\"\n", "");
    project.file("after.toml", &without);
    let answers = [
        "--renamed",
        "auth.User:Person",
        "--renamed",
        "blog.Post.heading:title",
    ];
    assert_eq!(diff(&project, &answers).ok(), said, "flags say the same");
}

#[test]
fn models_and_migrations_are_states_too() {
    let project = project();
    project.orm(&["init", "--url", "sqlite://shop.db"]).ok();
    // Without a word, what makemigrations would write.
    let new = project.manage(&["diff", "--json"]).json();
    assert_eq!(new["migrations"][0]["name"], "0001_initial");
    project.manage(&["makemigrations"]).ok();
    assert_eq!(project.manage(&["diff", "--exit-code"]).ok(), "no differences\n");
    // What describe prints is what the models are.
    let state = project.manage(&["describe", "--json"]).ok();
    project.file("state.json", &state);
    for (from, to) in [
        ("state.json", "models"),
        ("migrations", "state.json"),
        ("state.json", "migrations"),
        ("models", "migrations"),
    ] {
        let same = project.manage(&["diff", "--from", from, "--to", to]).ok();
        assert_eq!(same, "no differences\n", "{from} to {to}");
    }
    // From the files, numbers go on behind those there are.
    project.orm(&["makemigrations", "--help"]).ok();
    project
        .manage(&["makemigrations", "shop", "--empty", "-n", "by_hand"])
        .ok();
    let less = state.replace("\"null\": true", "\"null\": false");
    assert_ne!(less, state);
    project.file("state.json", &less);
    let new = project
        .manage(&[
            "diff",
            "--to",
            "state.json",
            "--json",
            "--default",
            "shop.Order.note=",
        ])
        .json();
    assert_eq!(new["migrations"][0]["name"], "0003_alter_order_note");
    assert_eq!(new["migrations"][0]["dependencies"], json!(["shop.0002_by_hand"]));
}

#[test]
fn a_state_comes_over_the_standard_input() {
    use std::io::Write as _;
    use std::process::Stdio;
    let project = project();
    let mut child = project
        .command(env!("CARGO_BIN_EXE_orm").as_ref(), "")
        .args(["diff", "--from", "before.toml", "--to", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = project.read("after.toml");
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        diff(&project, &[]).ok()
    );
    let error = project.orm(&["diff", "--from", "-", "--to", "-"]).fails(2);
    assert!(error.ends_with("hint: give one of them as a file\n"), "{error}");
}

#[test]
fn wrong_states_are_named_with_file_and_line() {
    let project = project();
    for (old, new, message) in [
        (
            "type = \"text\"",
            "type = \"txt\"",
            "before.toml:12: there is no `txt`\nhint: did you mean `text`?",
        ),
        (
            "max_length",
            "length",
            "before.toml:12: unknown key `length`\nhint: ",
        ),
        ("name = \"User\"", "name = \"User\" x", "before.toml:4: "),
        (
            "type = \"text\"",
            "type = \"foreign_key\", to = \"auth.Usr\"",
            "before.toml:12: blog.Post.heading points at auth.Usr, which there is not\nhint: did you mean auth.User?",
        ),
    ] {
        assert!(BEFORE.contains(old), "{old}");
        project.file("before.toml", &BEFORE.replace(old, new));
        let error = diff(&project, &[]).fails(1);
        assert!(error.starts_with(&format!("error: {message}")), "{error}");
    }
    let error = project
        .orm(&["diff", "--from", "no.toml", "--to", "after.toml"])
        .fails(1);
    assert!(
        error.starts_with("error: the state file no.toml cannot be read"),
        "{error}"
    );
    assert!(error.contains("\nhint: "), "{error}");
    let error = project
        .orm(&["diff", "--from", "", "--to", "after.toml"])
        .fails(2);
    assert!(
        error.contains("give a file, `-`, `models` or `migrations`"),
        "{error}"
    );
}

#[test]
fn every_kind_of_index_and_constraint_is_in_the_json_as_a_state_has_it() {
    let lower = json!({ "expression": ["ascii_lower", { "field": "guest" }] });
    let long = json!(["gt", { "field": "nights" }, 1]);
    let indexes = [
        json!({ "name": "a", "fields": ["-room", lower], "where": long }),
        json!({ "name": "b", "fields": [{ "field": "guest", "nulls": "last", "collation": "C", "operator_class": "text_pattern_ops" }],
                "include": ["nights"], "with": { "fillfactor": "70" } }),
        json!({ "name": "c", "fields": ["guest"], "method": "hash" }),
    ];
    let constraints = [
        json!({ "kind": "unique", "name": "d", "fields": [lower], "where": long, "message": "taken" }),
        json!({ "kind": "unique", "name": "e", "fields": ["room"], "include": ["nights"], "nulls_not_distinct": true,
                "deferrable": "deferred" }),
        json!({ "kind": "exclusion", "name": "f", "fields": [
            { "field": "room", "operator": "=" },
            { "expression": ["ascii_lower", { "field": "guest" }], "operator": "<>", "operator_class": "gist_text_ops" },
        ], "where": long, "include": ["nights"], "with": { "fillfactor": "70" }, "deferrable": "immediate", "message": "taken" }),
        json!({ "kind": "exclusion", "name": "g", "fields": [{ "field": "guest", "operator": "=" }], "method": "spgist" }),
    ];
    let state = |indexes: &[serde_json::Value], constraints: &[serde_json::Value]| {
        json!({ "models": [{ "app": "hotel", "name": "Stay", "indexes": indexes, "constraints": constraints, "fields": [
            { "name": "id", "type": "big_int", "primary_key": true, "generated": true },
            { "name": "room", "type": "int" },
            { "name": "guest", "type": "text" },
            { "name": "nights", "type": "int" },
        ] }] })
        .to_string()
    };
    let project = Project::empty();
    project.file("without.json", &state(&[], &[]));
    project.file("with.json", &state(&indexes, &constraints));
    let operations = |from: &str, to: &str| {
        let new = project
            .orm(&["diff", "--from", from, "--to", to, "--json"])
            .json();
        let operations = new["migrations"][0]["operations"]
            .as_array()
            .expect("operations")
            .clone();
        operations
            .into_iter()
            .map(|operation| operation["definition"].clone())
            .collect::<Vec<_>>()
    };
    let there = operations("without.json", "with.json");
    let said = indexes.iter().map(|index| ("index", index));
    let said = said.chain(constraints.iter().map(|constraint| ("constraint", constraint)));
    let found: Vec<(&str, &serde_json::Value)> = there
        .iter()
        .map(|definition| match definition.get("index") {
            Some(index) => ("index", index),
            None => ("constraint", &definition["constraint"]),
        })
        .collect();
    assert_eq!(found, said.collect::<Vec<_>>());
    let back = operations("with.json", "without.json");
    let mut names: Vec<&str> = back
        .iter()
        .filter_map(|definition| definition.get("index").or(definition.get("constraint"))?.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "b", "c", "d", "e", "f", "g"]);
    // A mistake is named with its line.
    let wrong = state(&indexes, &constraints).replace("\"<>\"", "\"<\"");
    project.file("wrong.json", &wrong);
    let error = project
        .orm(&["diff", "--from", "without.json", "--to", "wrong.json"])
        .fails(1);
    assert!(
        error.contains("exclude f: `<` says something else when the rows are exchanged"),
        "{error}"
    );
}
