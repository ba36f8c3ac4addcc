//! Models are found in packages of every shape, with nothing added to them, and nothing of them runs.

use crate::project::{MAIN, Project, alone, manifest, model};

fn names(project: &Project, directory: &str, arguments: &[&str]) -> Vec<String> {
    let arguments: Vec<&str> = ["describe", "--json"].iter().chain(arguments).copied().collect();
    let description = project.orm_in(directory, &arguments).json();
    assert_eq!(description["version"], 1);
    assert!(!project.root().join("ran").exists(), "the program's main ran");
    let models = description["models"].as_array().unwrap();
    models
        .iter()
        .map(|model| {
            format!(
                "{}.{}",
                model["app"].as_str().unwrap(),
                model["name"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn of_a_program_without_a_library() {
    let project = Project::to_build("bin_only");
    project
        .file("Cargo.toml", &alone("bin_only"))
        .file("src/main.rs", &format!("mod models;\n{MAIN}"))
        .file("src/models.rs", &model("Post"));
    assert_eq!(names(&project, "", &[]), ["bin_only.Post"]);
    // From a directory below, as cargo does.
    assert_eq!(names(&project, "src", &[]), ["bin_only.Post"]);
}

#[test]
fn of_a_library_without_a_program() {
    let project = Project::to_build("lib-only");
    project
        .file("Cargo.toml", &alone("lib-only"))
        .file("src/lib.rs", "mod models;\n#[cfg(test)]\nmod tests;\n")
        .file("src/models.rs", &model("Post"))
        .file("src/tests.rs", &model("OnlyInTests"));
    assert_eq!(names(&project, "", &[]), ["lib_only.Post"]);
}

#[test]
fn of_a_library_that_its_program_never_mentions() {
    let project = Project::to_build("lib_and_bin");
    project
        .file("Cargo.toml", &alone("lib_and_bin"))
        .file("src/lib.rs", &model("Post"))
        .file("src/main.rs", MAIN);
    assert_eq!(names(&project, "", &[]), ["lib_and_bin.Post"]);
}

#[test]
fn of_a_library_and_its_program_together_each_once() {
    let project = Project::to_build("both_have");
    project
        .file("Cargo.toml", &alone("both_have"))
        .file("src/lib.rs", &model("Post"))
        .file(
            "src/main.rs",
            &format!("use both_have as _;\n{}{MAIN}", model("Comment")),
        );
    assert_eq!(names(&project, "", &[]), ["both_have.Comment", "both_have.Post"]);
}

#[test]
fn of_a_chosen_program() {
    let project = Project::to_build("many_bins");
    project
        .file("Cargo.toml", &alone("many_bins"))
        .file("src/bin/many_bins_a.rs", &format!("{}{MAIN}", model("A")))
        .file("src/bin/many_bins_b.rs", &format!("{}{MAIN}", model("B")));
    assert_eq!(names(&project, "", &["--bin", "many_bins_b"]), ["many_bins_b.B"]);
    assert_eq!(names(&project, "", &[]), ["many_bins_a.A", "many_bins_b.B"]);
    let error = project.orm(&["describe", "--bin", "c"]).fails(2);
    assert!(
        error.contains("hint: it has: many_bins_a, many_bins_b"),
        "{error}"
    );
}

#[test]
fn of_a_library_whose_program_needs_features_that_are_off() {
    let project = Project::to_build("needs_features");
    let manifest = alone("needs_features");
    let more = "[lib]\nname = \"renamed\"\ncrate-type = [\"cdylib\", \"rlib\"]\n\n[features]\nextra = []\n\n\
                [[bin]]\nname = \"needs_features\"\npath = \"src/main.rs\"\nrequired-features = [\"extra\"]\n";
    project
        .file("Cargo.toml", &format!("{manifest}\n{more}"))
        .file(
            "src/lib.rs",
            &format!("#![forbid(unsafe_code)]\n{}", model("Post")),
        )
        .file("src/main.rs", &format!("{}{MAIN}", model("Job")));
    assert_eq!(names(&project, "", &[]), ["renamed.Post"]);
    assert_eq!(
        names(&project, "", &["-F", "extra"]),
        ["needs_features.Job", "renamed.Post"]
    );
}

#[test]
fn of_a_workspace_and_its_members() {
    let project = Project::to_build("ws");
    project
        .file(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"ws_*\"]\n",
        )
        .file("ws_models/Cargo.toml", &manifest("ws_models", ""))
        .file("ws_models/src/lib.rs", &model("Post"))
        .file(
            "ws_app/Cargo.toml",
            &manifest("ws_app", "ws_models = { path = \"../ws_models\" }"),
        )
        .file(
            "ws_app/src/main.rs",
            &format!("use ws_models as _;\n{}{MAIN}", model("Session")),
        )
        .file(
            "ws_other/Cargo.toml",
            manifest("ws_other", "").split("orm =").next().unwrap(),
        )
        .file("ws_other/src/main.rs", MAIN);
    let all = ["ws_app.Session", "ws_models.Post"];
    assert_eq!(
        names(&project, "", &[]),
        all,
        "a virtual root has what its members have"
    );
    assert_eq!(
        names(&project, "ws_models", &[]),
        ["ws_models.Post"],
        "a member by directory"
    );
    assert_eq!(
        names(&project, "", &["-p", "ws_models"]),
        ["ws_models.Post"],
        "a member by name"
    );
    assert_eq!(names(&project, "ws_app", &[]), all, "and what it links");
    let error = project.orm(&["describe", "-p", "ws_none"]).fails(2);
    assert!(error.contains("it has: ws_app, ws_models, ws_other"), "{error}");
    let error = project.orm(&["describe", "-p", "ws_other"]).fails(1);
    assert!(
        error.contains("error: `orm` is not used in the package `ws_other`"),
        "{error}"
    );
    // Members that share the root's migrations are never taken for the whole.
    project.file("orm.toml", "");
    assert_eq!(names(&project, "ws_models", &[]), all);
    project.orm(&["makemigrations"]).ok();
    assert_eq!(
        project.orm(&["makemigrations", "-p", "ws_models"]).ok(),
        "no changes detected\n"
    );
}

#[test]
fn a_package_that_does_not_depend_on_orm_is_told_before_it_is_built() {
    let project = Project::to_build("no_orm");
    let manifest = "[package]\nname = \"no_orm\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n";
    project
        .file("Cargo.toml", manifest)
        .file("src/main.rs", &format!("{}{MAIN}", model("Post")));
    for command in ["describe", "makemigrations"] {
        let error = project.orm(&[command]).fails(1);
        assert_eq!(
            error,
            "error: `orm` is not used in the package `no_orm`\nhint: add `orm` to its dependencies and derive `Model` on a \
             struct\n"
        );
    }
    // It may come with another package that is not in the workspace.
    project
        .file("models/Cargo.toml", &alone("no_orm_models"))
        .file("models/src/lib.rs", &model("Post"))
        .file(
            "Cargo.toml",
            &manifest.replace("[workspace]", "[dependencies]\nno_orm_models = { path = \"models\" }\n\n[workspace]\nexclude = [\"models\"]"),
        )
        .file("src/main.rs", &format!("use no_orm_models as _;\n{MAIN}"));
    assert_eq!(names(&project, "", &[]), ["no_orm_models.Post"]);
}

#[test]
fn of_a_package_without_models_is_an_error_and_main_does_not_run() {
    let project = Project::to_build("unrelated");
    // Depends on `orm` and never mentions it: the program has no hook and would just run.
    project
        .file("Cargo.toml", &alone("unrelated"))
        .file("src/main.rs", MAIN);
    let error = project.orm(&["describe"]).fails(1);
    assert!(
        error.contains("error: `orm` is not used in the package `unrelated`\nhint: "),
        "{error}"
    );
    assert!(!project.root().join("ran").exists());

    let project = Project::to_build("modelless");
    project
        .file("Cargo.toml", &alone("modelless"))
        .file("src/main.rs", &format!("use orm as _;\n{MAIN}"));
    let error = project.orm(&["describe"]).fails(1);
    assert!(
        error.contains("error: there are no models in the package `modelless`\nhint: "),
        "{error}"
    );
    assert!(!project.root().join("ran").exists());
}

#[test]
fn of_a_package_that_does_not_build_shows_why() {
    let project = Project::to_build("broken");
    project
        .file("Cargo.toml", &alone("broken"))
        .file("src/main.rs", "fn main() { let x: i32 = \"\"; }\n");
    let error = project.orm(&["describe", "--json"]).fails(1);
    assert!(error.contains("error[E0308]"), "{error}");
    assert!(
        error.contains("error: cargo could not build the package `broken`\nhint: "),
        "{error}"
    );
}

#[test]
fn outside_of_a_package_is_an_error() {
    let project = Project::empty();
    let error = project.orm(&["describe"]).fails(1);
    assert!(
        error.starts_with("error: there is no Cargo.toml here or above\nhint: "),
        "{error}"
    );
}

#[test]
fn of_the_running_program_itself() {
    let project = Project::empty();
    let output = project.manage(&["describe"]).ok();
    assert_eq!(
        output,
        "\
shop.Customer (table shop_customer)
  id     big_int, primary key
  name   text(100)
  email  text, unique

shop.Order (table shop_order)
  id        big_int, primary key
  customer  foreign_key to shop.Customer, indexed
  cents     big_int
  note      text, may be null
  index shop_order_customer_id_cents_idx on customer, -cents
"
    );
    let description = project.manage(&["describe", "--json"]).json();
    assert_eq!(description["models"][1]["fields"][1]["to"], "shop.Customer");
    let [first, second] = [(); 2].map(|()| project.manage(&["describe", "--json"]).ok());
    assert_eq!(first, second, "the same bytes every time");
    let one = project.manage(&["describe", "--json", "--app", "shop"]).json();
    assert_eq!(one, description);
    let error = project.manage(&["describe", "--app", "store"]).fails(2);
    assert_eq!(error, "error: there is no app `store`\nhint: there are: shop\n");
    let error = project.manage(&["describe", "-p", "shop"]).fails(2);
    assert!(
        error.ends_with("hint: leave out the options that choose a package\n"),
        "{error}"
    );
}
