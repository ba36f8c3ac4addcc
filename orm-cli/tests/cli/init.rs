//! `init` leaves a project that the other commands can work in.

use crate::project::{Project, alone};

#[test]
fn writes_settings_for_the_package_and_keeps_databases_out_of_git() {
    let project = Project::empty();
    project
        .file("Cargo.toml", "[package]\nname = \"shop\"\n")
        .file(".gitignore", "/target\r\n");
    let output = project.orm(&["init"]).ok();
    assert_eq!(output, "wrote orm.toml\nadded database files to .gitignore\n");
    assert!(
        project
            .read("orm.toml")
            .contains("\n[databases.default]\nurl = \"sqlite://shop.db\"\n")
    );
    assert!(
        project
            .read("orm.toml")
            .contains("\nmigrations = \"migrations\"\n")
    );
    assert_eq!(
        project.read(".gitignore"),
        "/target\r\n*.db\r\n*.db-wal\r\n*.db-shm\r\n"
    );
    let settings = orm::Settings::load_from(project.root()).unwrap();
    assert_eq!(settings.migrations(), project.root().join("migrations"));
}

#[test]
fn never_overwrites_settings_and_says_what_to_do() {
    let project = Project::empty();
    project.file("orm.toml", "migrations = \"mine\"\n");
    let error = project.orm(&["init"]).fails(1);
    assert_eq!(
        error,
        "error: orm.toml is already there\nhint: edit it, or delete it to start again\n"
    );
    assert_eq!(project.read("orm.toml"), "migrations = \"mine\"\n");
    assert!(!project.root().join(".gitignore").exists());
}

#[test]
fn a_gitignore_that_has_the_lines_stays_as_it_is() {
    let project = Project::empty();
    let text = "*.db\n*.db-wal\n*.db-shm";
    project.file(".gitignore", text);
    assert_eq!(project.orm(&["init"]).ok(), "wrote orm.toml\n");
    assert_eq!(project.read(".gitignore"), text);
}

/// A package that depends on this `orm`, with a program that does not compile.
fn with_broken_program(name: &str) -> Project {
    let project = Project::to_build(name);
    let _ = std::fs::remove_dir_all(project.root().join(format!("{name}-models")));
    let _ = std::fs::remove_file(project.root().join(".gitignore"));
    project
        .file("Cargo.toml", &alone(name))
        .file("src/main.rs", "fn main() { handlers_are_not_written_yet() }\n");
    project
}

#[test]
fn models_in_a_package_of_their_own_do_not_wait_for_what_does_not_compile() {
    let project = with_broken_program("initmodels");
    let output = project.orm(&["init", "--models", "initmodels-models"]).ok();
    assert_eq!(
        output,
        "made the package initmodels-models\nwrote orm.toml\nadded database files to .gitignore\n"
    );
    assert!(project.read("Cargo.toml").ends_with(
        "initmodels-models = { path = \"initmodels-models\" }\n\n[workspace]\nmembers = [\"initmodels-models\"]\n"
    ));
    assert!(
        project
            .read("orm.toml")
            .contains("\nmodels = [\"initmodels-models\"]\n")
    );
    // Nothing is in it yet, and that is said; the name of the app is the program's.
    let error = project.orm(&["makemigrations"]).fails(1);
    assert!(error.contains("initmodels-models"), "{error}");
    let library = project.read("initmodels-models/src/lib.rs");
    assert!(library.contains("orm::app!(\"initmodels\");"), "{library}");
    project.file(
        "initmodels-models/src/lib.rs",
        &library.replace("\n// ", "\n").replace("\n//\n", "\n\n"),
    );
    let output = project.orm(&["makemigrations"]).ok();
    assert!(output.contains("Author"), "{output}");
    assert_eq!(project.migrations("initmodels"), 2);
    // Another package is read where it is named.
    let error = project
        .orm(&["makemigrations", "--package", "initmodels"])
        .fails(1);
    assert!(error.contains("handlers_are_not_written_yet"), "{error}");
}

#[test]
fn a_project_that_has_settings_gets_the_package_and_keeps_what_it_has() {
    let project = Project::empty();
    project
        .file("Cargo.toml", "# kept\n[workspace]\nmembers = []\n\n[workspace.package]\nedition = \"2021\"\n\n[workspace.dependencies]\norm = \"0.1\"\n")
        .file("orm.toml", "# mine\nmigrations = \"sql\"\n\n[databases.default]\nurl = \"sqlite://a.db\" # here\n");
    let output = project.orm(&["init", "--models", "entities"]).ok();
    assert!(
        output.starts_with("made the package entities\nadded it to orm.toml\n"),
        "{output}"
    );
    assert_eq!(
        project.read("orm.toml"),
        "# mine\nmigrations = \"sql\"\n\n# The packages with the models: `makemigrations` builds these and nothing else.\nmodels = [\"entities\"]\n\n[databases.default]\nurl = \"sqlite://a.db\" # here\n"
    );
    assert_eq!(
        project.read("entities/Cargo.toml"),
        "[package]\nname = \"entities\"\nversion = \"0.1.0\"\nedition = { workspace = true }\npublish = false\n\n\
         [dependencies]\norm = { workspace = true }\n"
    );
    assert!(
        project
            .read("Cargo.toml")
            .starts_with("# kept\n[workspace]\nmembers = [\"entities\"]\n")
    );
    assert!(
        project
            .read("entities/src/lib.rs")
            .contains("orm::app!(\"entities\");")
    );
}

#[test]
fn the_package_has_the_orm_of_the_one_it_is_for() {
    for (dependency, expected) in [
        ("[dependencies]\norm = \"0.1\"\n", "orm = \"0.1\""),
        (
            "[dependencies]\norm = { path = \"../orm\", features = [\"async\"] } # ours\n",
            "orm = { path = \"../../orm\", features = [\"async\"] }",
        ),
        (
            "[dependencies.orm]\nversion = \"0.1\"\ndefault-features = false\n",
            "orm = { version = \"0.1\", default-features = false }",
        ),
    ] {
        let project = Project::empty();
        project
            .file(
                "Cargo.toml",
                &format!(
                    "[package]\nname = \"my-shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n{dependency}"
                ),
            )
            .file("src/main.rs", "fn main() {}\n");
        project.orm(&["init", "--models", "shop_models"]).ok();
        let made = project.read("shop_models/Cargo.toml");
        assert!(made.ends_with(&format!("[dependencies]\n{expected}\n")), "{made}");
        assert!(made.contains("edition = \"2021\""), "{made}");
        assert!(
            project
                .read("shop_models/src/lib.rs")
                .contains("orm::app!(\"my_shop\");")
        );
    }
}

#[test]
fn what_cannot_be_made_is_refused_before_anything_is_written() {
    let package = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    for (cargo, name, expected) in [
        (
            None,
            "entities",
            "error: there is no Cargo.toml in this directory\n",
        ),
        (
            Some(package),
            "entities",
            "error: Cargo.toml does not depend on `orm`\nhint: add it first (`cargo add orm`)",
        ),
        (
            Some("[dependencies]\norm = \"0.1\"\n"),
            "src",
            "error: there is a `src` in this directory already\n",
        ),
        (
            Some("[dependencies\n"),
            "entities",
            "error: Cargo.toml is not in a form that can be added to\n",
        ),
    ] {
        let project = Project::empty();
        project.file("src/main.rs", "fn main() {}\n");
        if let Some(text) = cargo {
            project.file("Cargo.toml", text);
        }
        let error = project.orm(&["init", "--models", name]).fails(1);
        assert!(error.starts_with(expected), "{error}");
        assert!(!project.root().join("orm.toml").exists());
        assert!(!project.root().join("entities").exists());
        if let Some(text) = cargo {
            assert_eq!(project.read("Cargo.toml"), text);
        }
    }
    let project = Project::empty();
    for name in ["../out", "1st", "a b", ""] {
        let error = project.orm(&["init", "--models", name]).fails(2);
        assert!(
            error.starts_with("error: this is not a name for a package\n"),
            "{error}"
        );
    }
}

#[test]
fn settings_that_name_a_package_that_is_not_there_say_which_there_are() {
    let project = Project::empty();
    project
        .file(
            "Cargo.toml",
            "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
        )
        .file("src/main.rs", "fn main() {}\n")
        .file("orm.toml", "models = [\"entities\"]\n");
    let error = project.orm(&["makemigrations"]).fails(1);
    assert_eq!(
        error,
        "error: orm.toml names models of a package that is not there: the workspace has no package `entities`\n\
         hint: it has: shop\n"
    );
}
