//! Wrong command lines are told apart from failures, and say what would be right.

use crate::project::Project;

#[test]
fn an_unknown_flag_or_command_is_code_2() {
    let project = Project::empty();
    for arguments in [
        &["migrate", "--nope"][..],
        &["makemigratons"],
        &["makemigrations", "--empty"],
    ] {
        let error = project.orm(arguments).fails(2);
        assert!(error.contains("error: "), "{error}");
    }
}

#[test]
fn help_documents_the_exit_codes() {
    let project = Project::empty();
    let help = project.orm(&["--help"]).ok();
    for line in ["0  done", "1  it failed", "2  the command line", "3  a question"] {
        assert!(help.contains(line), "{help}");
    }
}

#[test]
fn a_name_for_a_migration_is_an_identifier() {
    let project = Project::empty();
    let error = project.orm(&["makemigrations", "--name", "../evil"]).fails(2);
    assert_eq!(
        error,
        "error: `../evil` is not a name for a migration\nhint: use letters, digits and `_`, no digit first: the number is put in front\n"
    );
}

#[test]
fn settings_with_an_unknown_key_are_refused_with_file_and_line() {
    let project = Project::empty();
    project.file("orm.toml", "migrations = \"m\"\ndatabase = 1\n");
    let error = project.orm(&["migrate"]).fails(1);
    assert!(
        error.contains("orm.toml: line 2: unknown field `database`"),
        "{error}"
    );
}

#[test]
fn the_readme_lists_the_commands_there_are() {
    let help = Project::empty().orm(&["--help"]).ok();
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let commands: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.len() > 5, "{help}");
    let readme = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let listed: Vec<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `orm ")?.split('`').next())
        .collect();
    assert_eq!(listed, commands);
}
