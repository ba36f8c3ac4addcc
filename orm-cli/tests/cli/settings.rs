//! Which database a command works on: `--database`, then `DATABASE_URL`, then `orm.toml`.

use crate::project::Project;

fn project() -> Project {
    let project = Project::empty();
    project.file(
        "orm.toml",
        "[databases.default]\nurl = \"sqlite://file.db\"\n[databases.other]\nurl = \"sqlite://${ORM_TEST_NAME}.db\"\n",
    );
    project.file("below/keep", "");
    project
}

fn migrate(
    project: &Project,
    directory: &str,
    environment: &[(&str, &str)],
    arguments: &[&str],
) -> crate::project::Output {
    let mut command = project.command(env!("CARGO_BIN_EXE_orm").as_ref(), directory);
    command.envs(environment.iter().copied()).arg("migrate");
    project.run(&mut command, arguments)
}

#[track_caller]
fn expect(project: &Project, file: &str) {
    assert!(project.root().join(file).is_file(), "{file} is not there");
    std::fs::remove_file(project.root().join(file)).unwrap();
}

#[test]
fn paths_are_relative_to_the_settings_wherever_the_command_is_given() {
    let project = project();
    migrate(&project, "below", &[], &[]).ok();
    expect(&project, "file.db");
}

#[test]
fn the_environment_stands_above_the_file_and_the_argument_above_both() {
    let project = project();
    let environment = [
        ("DATABASE_URL", "sqlite://environment.db"),
        ("ORM_TEST_NAME", "named"),
    ];
    migrate(&project, "", &environment, &[]).ok();
    expect(&project, "environment.db");
    migrate(&project, "", &environment, &["--database", "other"]).ok();
    expect(&project, "named.db");
    migrate(
        &project,
        "",
        &environment,
        &["--database", "sqlite://argument.db"],
    )
    .ok();
    expect(&project, "argument.db");
    assert!(!project.root().join("file.db").exists());
}

#[test]
fn a_variable_that_is_not_set_is_named() {
    let project = project();
    let error = migrate(&project, "", &[], &["--database", "other"]).fails(1);
    assert!(
        error.starts_with(
            "error: url of the database other: the environment variable ORM_TEST_NAME is not set\nhint: "
        ),
        "{error}"
    );
}

#[test]
fn without_any_database_the_way_to_one_is_shown() {
    let project = Project::empty();
    let error = project.orm(&["migrate"]).fails(1);
    assert_eq!(
        error,
        "error: no database is set\nhint: write orm.toml with `orm init`, or set DATABASE_URL\n"
    );
}

#[test]
fn a_password_is_never_shown() {
    let project = Project::empty();
    let url = "postgres://ann:s3cr3t@127.0.0.1:1/shop?connect_timeout=1";
    for output in [
        migrate(&project, "", &[("DATABASE_URL", url)], &[]),
        migrate(&project, "", &[], &["--database", url]),
        migrate(&project, "", &[("DATABASE_URL", "oracle://ann:s3cr3t@h/d")], &[]),
    ] {
        let error = output.fails(1);
        assert!(error.contains("error: ") && !error.contains("s3cr3t"), "{error}");
    }
}
