//! Branches that met, migrations written anew, and several made one.

use serde_json::json;

use crate::project::Project;

/// A project whose first migration lacks the column `note`, so that there is something to detect.
fn project() -> Project {
    let project = Project::empty();
    project.orm(&["init", "--url", "sqlite://shop.db"]).ok();
    project.manage(&["makemigrations"]).ok();
    let path = "migrations/shop/0001_initial.toml";
    let file = project.read(path);
    let lines: Vec<&str> = file.lines().filter(|line| !line.contains("\"note\"")).collect();
    assert_ne!(lines.len(), file.lines().count());
    project.file(path, &(lines.join("\n") + "\n"));
    project
}

fn field(name: &str, after: &str) -> String {
    format!(
        "id = \"{name}\"\ndependencies = [\"shop.{after}\"]\n\n[[operations]]\nkind = \"AddField\"\nmodel = \"Order\"\nfield \
         = {{ name = \"{name}\", type = \"text\", null = true }}\n"
    )
}

#[test]
fn each_app_has_a_head_and_the_second_branch_is_found_by_it() {
    let project = project();
    assert_eq!(project.read("migrations/shop/HEAD"), "0001_initial\n");
    project.manage(&["makemigrations", "-n", "note"]).ok();
    assert_eq!(project.read("migrations/shop/HEAD"), "0002_note\n");
    project.file("migrations/shop/HEAD", "0001_initial\n");
    let error = project.orm(&["migrate"]).fails(1);
    assert!(
        error.contains("HEAD: it names 0001_initial, but the last migration of shop is 0002_note"),
        "{error}"
    );
    // Joining repairs it; a missing one is not an error and is written again.
    let output = project.manage(&["makemigrations", "--merge"]).ok();
    assert!(output.ends_with("migrations/shop/HEAD\n"), "{output}");
    project.orm(&["migrate"]).ok();
    std::fs::remove_file(project.root().join("migrations/shop/HEAD")).unwrap();
    project.orm(&["migrate"]).ok();
    project.manage(&["makemigrations"]).ok();
    assert_eq!(project.read("migrations/shop/HEAD"), "0002_note\n");
}

#[test]
fn branches_are_merged_unless_they_touch_the_same() {
    let project = project();
    project.manage(&["makemigrations", "-n", "note"]).ok();
    project.file("migrations/shop/0002_gift.toml", &field("gift", "0001_initial"));
    let error = project.manage(&["makemigrations"]).fails(1);
    assert!(
        error.contains("shop has 2 last migrations: 0002_gift, 0002_note") && error.contains("--merge"),
        "{error}"
    );
    assert_eq!(project.orm(&["migrate"]).code, 1);
    let dry = project.manage(&["makemigrations", "--merge", "--dry-run"]).ok();
    assert!(
        dry.contains("dependencies = [\"shop.0002_gift\", \"shop.0002_note\"]"),
        "{dry}"
    );
    assert_eq!(project.manage(&["makemigrations", "--merge", "--check"]).code, 1);
    let listed = project.manage(&["makemigrations", "--merge", "--json"]).json();
    assert_eq!(listed["written"], true);
    assert_eq!(listed["merges"][0]["branches"][1]["leaf"], "0002_note");
    assert_eq!(
        listed["merges"][0]["branches"][1]["migrations"][0]["describe"],
        json!(["+ add field note to Order"])
    );
    let merge = &listed["migrations"][0];
    assert_eq!(merge["name"], "0003_merge_0002_gift_0002_note");
    assert_eq!(merge["operations"], json!([]));
    assert_eq!(
        project.read("migrations/shop/HEAD"),
        "0003_merge_0002_gift_0002_note\n"
    );
    project.orm(&["migrate"]).ok();
    assert_eq!(
        project.manage(&["makemigrations", "--merge"]).ok(),
        "no branches to merge\n"
    );
}

#[test]
fn branches_that_touch_the_same_are_refused_by_file_and_operation() {
    let project = project();
    project.manage(&["makemigrations", "-n", "note"]).ok();
    project.file("migrations/shop/0002_other.toml", &field("note", "0001_initial"));
    let error = project.manage(&["makemigrations", "--merge"]).fails(1);
    assert!(
        error.contains(
            "the field shop.Order.note: 0002_note (add field note to Order) and 0002_other (add field note to Order)"
        ),
        "{error}"
    );
    assert!(
        !project
            .root()
            .join("migrations/shop/0003_merge_0002_note_0002_other.toml")
            .exists()
    );
}

#[test]
fn the_last_migration_takes_what_is_new_until_it_is_applied() {
    let project = project();
    let listed = project.manage(&["makemigrations", "--update", "--check", "--json"]);
    assert_eq!(listed.code, 1);
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(
        (&listed["written"], &listed["migrations"][0]["in_place_of"]),
        (&json!(false), &json!("0001_initial"))
    );
    let output = project.manage(&["makemigrations", "--update"]).ok();
    assert!(
        output.starts_with("migrations/shop/0001_initial_updated.toml instead of 0001_initial\n"),
        "{output}"
    );
    assert!(!project.root().join("migrations/shop/0001_initial.toml").exists());
    assert_eq!(project.read("migrations/shop/HEAD"), "0001_initial_updated\n");
    assert_eq!(
        project.manage(&["makemigrations", "--update"]).ok(),
        "no changes detected\n"
    );
    project.orm(&["migrate"]).ok();
}

#[test]
fn what_is_applied_or_needed_is_not_updated() {
    let project = project();
    project.orm(&["migrate"]).ok();
    let error = project.manage(&["makemigrations", "--update"]).fails(1);
    assert!(error.contains("shop.0001_initial is applied already"), "{error}");
    assert_eq!(project.orm(&["migrate", "shop", "zero"]).code, 0);
    project.file(
        "migrations/blog/0001_initial.toml",
        "id = \"blog\"\ndependencies = [\"shop.0001_initial\"]\n",
    );
    let error = project.manage(&["makemigrations", "shop", "--update"]).fails(1);
    assert!(
        error.contains("others depend on it: blog.0001_initial"),
        "{error}"
    );
}

#[test]
fn a_parent_that_is_not_applied_is_found_before_files_are_written() {
    let project = project();
    project.orm(&["migrate"]).ok();
    project.file(
        "migrations/blog/0001_initial.toml",
        "id = \"blog\"\nrun_before = [\"shop.0001_initial\"]\n",
    );
    let error = project.manage(&["makemigrations"]).fails(1);
    assert!(
        error.contains("shop.0001_initial is applied, but blog.0001_initial, which it depends on, is not"),
        "{error}"
    );
}

#[test]
fn migrations_are_squashed_and_the_squashed_again() {
    let project = project();
    project.manage(&["makemigrations", "-n", "note"]).ok();
    project.orm(&["migrate"]).ok();
    let output = project
        .orm(&["squashmigrations", "shop", "0002", "--no-input"])
        .ok();
    assert!(
        output.starts_with(
            "replaces\n  0001_initial\n  0002_note\nmigrations/shop/0001_squashed_0002_note.toml\n"
        ),
        "{output}"
    );
    assert!(output.contains("3 operations became 2"), "{output}");
    assert_eq!(project.read("migrations/shop/HEAD"), "0001_squashed_0002_note\n");
    let listed = project.orm(&["showmigrations"]).ok();
    assert!(
        listed.starts_with("shop\n [-] 0001_squashed_0002_note  replaces 2"),
        "{listed}"
    );
    assert_eq!(project.orm(&["migrate"]).ok(), "nothing to apply\n");
    let listed = project.orm(&["showmigrations"]).ok();
    assert_eq!(listed, "shop\n [X] 0001_squashed_0002_note  replaces 2\n");
    assert_eq!(project.manage(&["makemigrations"]).ok(), "no changes detected\n");

    project.file(
        "migrations/shop/0003_gift.toml",
        &field("gift", "0001_squashed_0002_note"),
    );
    project.file("migrations/shop/HEAD", "0003_gift\n");
    let error = project
        .orm(&["squashmigrations", "shop", "0001_initial", "--no-input"])
        .fails(1);
    assert!(
        error.contains("stands in for shop.0001_initial already"),
        "{error}"
    );
    let listed = project
        .orm(&[
            "squashmigrations",
            "shop",
            "0003",
            "--squashed-name",
            "all",
            "--json",
        ])
        .json();
    assert_eq!(listed["migrations"][0]["name"], "0001_all");
    assert_eq!(
        listed["migrations"][0]["replaces"],
        json!([
            "shop.0001_initial",
            "shop.0002_note",
            "shop.0001_squashed_0002_note",
            "shop.0003_gift"
        ])
    );
    for gone in [
        "0001_initial",
        "0002_note",
        "0001_squashed_0002_note",
        "0003_gift",
    ] {
        if gone == "0003_gift" {
            // Not every database has this one yet.
            project.orm(&["migrate"]).ok();
        }
        std::fs::remove_file(project.root().join(format!("migrations/shop/{gone}.toml"))).ok();
        if gone == "0002_note" {
            let error = project.orm(&["migrate"]).code;
            assert_eq!(error, 0, "the inner one stands in for them");
        }
    }
    assert_eq!(project.orm(&["migrate", "shop", "zero"]).code, 0);
    assert!(project.orm(&["migrate"]).ok().contains("shop.0001_all ... ok"));
}

#[test]
fn a_range_is_squashed_from_where_it_starts() {
    let project = project();
    project.file("migrations/shop/0002_gift.toml", &field("gift", "0001_initial"));
    project.file("migrations/shop/0003_card.toml", &field("card", "0002_gift"));
    project.file("migrations/shop/HEAD", "0003_card\n");
    let output = project
        .orm(&[
            "squashmigrations",
            "shop",
            "0002",
            "0003",
            "--no-optimize",
            "--no-input",
        ])
        .ok();
    assert!(
        output.contains("migrations/shop/0002_gift_squashed_0003_card.toml"),
        "{output}"
    );
    let file = project.read("migrations/shop/0002_gift_squashed_0003_card.toml");
    assert!(
        file.contains("dependencies = [\"shop.0001_initial\"]") && !file.contains("initial = true"),
        "{file}"
    );
    let error = project
        .orm(&[
            "squashmigrations",
            "shop",
            "0002_gift_squashed",
            "0001",
            "--no-input",
        ])
        .fails(1);
    assert!(error.contains("does not come before"), "{error}");
    let error = project
        .orm(&["squashmigrations", "nope", "0001", "--no-input"])
        .fails(2);
    assert!(error.contains("nope"), "{error}");
}

/// The last migration of the app is still the last.
#[test]
fn migrations_before_the_last_are_squashed_and_head_stays() {
    let project = project();
    for (name, after) in [
        ("0002_gift", "0001_initial"),
        ("0003_card", "0002_gift"),
        ("0004_bow", "0003_card"),
        ("0005_wrap", "0004_bow"),
    ] {
        let path = format!("migrations/shop/{name}.toml");
        project.file(&path, &field(&name[5..], after));
    }
    project.file("migrations/shop/HEAD", "0005_wrap\n");
    project
        .orm(&["squashmigrations", "shop", "0004", "--no-input"])
        .ok();
    assert_eq!(project.read("migrations/shop/HEAD"), "0005_wrap\n");
    let applied = project.orm(&["migrate"]).ok();
    assert!(
        applied.contains("shop.0001_squashed_0004_bow ... ok") && applied.contains("shop.0005_wrap ... ok"),
        "{applied}"
    );
    project
        .orm(&[
            "squashmigrations",
            "shop",
            "0001_squashed",
            "0005",
            "--no-input",
            "--json",
        ])
        .ok();
    let last = "0001_squashed_0004_bow_squashed_0005_wrap";
    assert_eq!(project.read("migrations/shop/HEAD"), format!("{last}\n"));
    assert_eq!(project.orm(&["migrate"]).ok(), "nothing to apply\n");
}

/// A file from before it was refused: what is put behind it could never be applied.
#[test]
fn a_file_that_no_database_takes_is_written_anew_and_not_put_right_behind_it() {
    let project = project();
    let table = "a_table_with_a_name_that_is_longer_than_the_sixty_three_bytes_there_are";
    project.file(
        "migrations/shop/0002_long.toml",
        &format!(
            "id = \"long\"\ndependencies = [\"shop.0001_initial\"]\n\n[[operations]]\nkind = \"AlterModelTable\"\nmodel = \
             \"Order\"\ntable = \"{table}\"\n"
        ),
    );
    project.file("migrations/shop/HEAD", "0002_long\n");
    let error = project.orm(&["migrate"]).fails(1);
    assert!(
        error.contains("is longer than 63 bytes")
            && error.contains(
                "if shop.0002_long is applied nowhere yet, correct the models and run `makemigrations shop \
                               --update`"
            ),
        "{error}"
    );
    let error = project.manage(&["makemigrations"]).fails(1);
    assert!(
        error.contains("shop.0002_long cannot be applied: ")
            && error.contains("`makemigrations shop --update`"),
        "{error}"
    );
    assert_eq!(project.read("migrations/shop/HEAD"), "0002_long\n");
    project.manage(&["makemigrations", "--update"]).ok();
    assert!(!project.root().join("migrations/shop/0002_long.toml").exists());
    project.orm(&["migrate"]).ok();
}

#[test]
fn neighbours_become_one_operation_in_place() {
    let project = project();
    assert_eq!(
        project
            .orm(&["optimizemigration", "shop", "0001", "--check"])
            .ok(),
        "nothing to optimize\n"
    );
    let mut text = field("gift", "0001_initial");
    text.push_str(
        "\n[[operations]]\nkind = \"RenameField\"\nmodel = \"Order\"\nold = \"gift\"\nnew = \"present\"\n",
    );
    project.file("migrations/shop/0002_gift.toml", &text);
    project.file("migrations/shop/HEAD", "0002_gift\n");
    assert_eq!(
        project
            .orm(&["optimizemigration", "shop", "0002", "--check"])
            .code,
        1
    );
    assert_eq!(project.read("migrations/shop/0002_gift.toml"), text);
    let listed = project
        .orm(&["optimizemigration", "shop", "0002", "--json"])
        .json();
    assert_eq!(
        (&listed["written"], &listed["migrations"][0]["operations_before"]),
        (&json!(true), &json!(2))
    );
    assert_eq!(
        listed["migrations"][0]["operations"][0]["describe"],
        "+ add field present to Order"
    );
    assert_eq!(
        project.orm(&["optimizemigration", "shop", "0002"]).ok(),
        "nothing to optimize\n"
    );
    project.file("migrations/shop/0002_gift.toml", &text);
    project.orm(&["migrate"]).ok();
    let error = project.orm(&["optimizemigration", "shop", "0002"]).fails(1);
    assert!(
        error.contains("is applied already") && error.contains("squashmigrations"),
        "{error}"
    );
}
