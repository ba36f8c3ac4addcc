//! `init` leaves a project that the other commands can work in.

use crate::project::Project;

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
