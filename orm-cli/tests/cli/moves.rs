//! Models that go to another app: answered by flags, by a file that was printed, or in the models.

use serde_json::Value;

use crate::project::{Output, Project};

const BEFORE: &str = r#"
[[models]]
app = "shop"
name = "Order"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "number", type = "text" },
]

[[models]]
app = "shop"
name = "Item"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "order", type = "foreign_key", to = "shop.Order", on_delete = "cascade", index = true },
]
"#;

fn project() -> Project {
    let project = Project::empty();
    let after = BEFORE
        .replace(
            "app = \"shop\"\nname = \"Order\"",
            "app = \"sales\"\nname = \"Order\"",
        )
        .replace("\"shop.Order\"", "\"sales.Order\"");
    project.file("before.toml", BEFORE).file("after.toml", &after);
    project
}

fn diff(project: &Project, more: &[&str]) -> Output {
    let both = ["diff", "--from", "before.toml", "--to", "after.toml"];
    let arguments: Vec<&str> = both.iter().chain(more).copied().collect();
    project.orm(&arguments)
}

/// `app: kind` of every operation.
fn kinds(output: Output) -> Vec<String> {
    let said: Value = output.json();
    let migrations = said["migrations"].as_array().unwrap().iter();
    let operations = migrations.flat_map(|migration| {
        let app = migration["app"].as_str().unwrap();
        let operations = migration["operations"].as_array().unwrap().iter();
        operations.map(move |operation| format!("{app}: {}", operation["kind"].as_str().unwrap()))
    });
    operations.collect()
}

#[test]
fn a_model_of_another_app_is_asked_about_and_the_printed_file_is_an_answer() {
    let project = project();
    let asked = diff(&project, &["--no-input"]);
    assert_eq!(asked.code, 3, "{asked:?}");
    assert!(
        asked.stderr.contains(
            "the model shop.Order is gone and sales.Order is new, with the same fields: was it renamed?\n    if so, mark \
             sales.Order #[orm(renamed_from = \"shop.Order\")] or answer --renamed shop.Order:sales.Order"
        ),
        "{}",
        asked.stderr
    );
    for (line, expected) in [
        ("\"shop.Order\" = \"sales.Order\"", &["sales: MoveModel"][..]),
        (
            "\"shop.Order\" = false",
            &["sales: CreateModel", "shop: AlterField", "shop: DeleteModel"],
        ),
    ] {
        let commented = format!("# {line}");
        assert!(
            asked.stdout.lines().any(|said| said == commented),
            "{}",
            asked.stdout
        );
        project.file("answers.toml", &asked.stdout.replace(&commented, line));
        let new = diff(&project, &["--answers", "answers.toml", "--json"]);
        assert_eq!(kinds(new), expected, "{line}");
    }
}

#[test]
fn flags_say_where_a_model_went() {
    let project = project();
    let new = diff(&project, &["--renamed", "shop.Order:sales.Order", "--json"]);
    assert_eq!(kinds(new), ["sales: MoveModel"]);
    let new = diff(&project, &["--not-renamed", "shop.Order:sales.Order", "--json"]);
    assert_eq!(
        kinds(new),
        ["sales: CreateModel", "shop: AlterField", "shop: DeleteModel"]
    );
    let wrong = diff(&project, &["--renamed", "shop.Order:sales.Offer"]).fails(1);
    assert!(
        wrong.contains(
            "the answer says that shop.Order was renamed to sales.Offer, which is not a model of sales"
        ),
        "{wrong}"
    );
    let malformed = diff(&project, &["--renamed", "shop.Order:a.b.c"]);
    assert_ne!(malformed.code, 0, "{malformed:?}");
    assert!(
        malformed.stderr.contains("names no pair of fields or models"),
        "{malformed:?}"
    );
}

#[test]
fn a_model_on_a_join_table_is_asked_about_and_the_printed_file_is_an_answer() {
    let model = |name: &str, fields: &str| {
        let id = "{ name = \"id\", type = \"big_int\", primary_key = true, generated = true },";
        format!("[[models]]\napp = \"blog\"\nname = \"{name}\"\nfields = [{id} {fields}]\n")
    };
    let key = |name: &str, to: &str| {
        format!(
            "{{ name = \"{name}\", type = \"foreign_key\", to = \"blog.{to}\", on_delete = \"cascade\", index = true }},"
        )
    };
    let tags = "{ name = \"tags\", type = \"many_to_many\", to = \"blog.Tag\" },";
    let project = Project::empty();
    let joined = key("post", "Post") + &key("tag", "Tag");
    project
        .file("before.toml", &(model("Post", tags) + &model("Tag", "")))
        .file(
            "after.toml",
            &(model("Post", "") + &model("Tag", "") + &model("PostTag", &joined)),
        );
    let asked = diff(&project, &["--no-input"]);
    assert_eq!(asked.code, 3, "{asked:?}");
    for (line, expected) in [
        (
            "\"blog.Post.tags\" = \"blog.PostTag\"",
            "SeparateDatabaseAndState",
        ),
        ("\"blog.Post.tags\" = false", "RemoveField"),
    ] {
        let commented = format!("# {line}");
        assert!(
            asked.stdout.lines().any(|said| said == commented),
            "{}",
            asked.stdout
        );
        project.file("answers.toml", &asked.stdout.replace(&commented, line));
        let new = kinds(diff(&project, &["--answers", "answers.toml", "--json"]));
        assert!(new.contains(&format!("blog: {expected}")), "{new:?}");
    }
    let new = kinds(diff(
        &project,
        &["--renamed", "blog.Post.tags:blog.PostTag", "--json"],
    ));
    assert_eq!(new[0], "blog: SeparateDatabaseAndState");
}
