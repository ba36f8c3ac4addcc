//! Questions put to a person, at a pseudo terminal.
#![cfg(unix)]

use std::path::Path;

use rexpect::session::{PtySession, spawn_command};

use crate::project::Project;

const BEFORE: &str = r#"
[[models]]
app = "blog"
name = "Post"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "heading", type = "text", max_length = 200 },
    { name = "views", type = "int", null = true },
]
"#;

/// Two states of which the second has a field renamed, one added and one that takes no NULL any more.
fn project() -> Project {
    let project = Project::empty();
    let after = BEFORE
        .replace("heading", "title")
        .replace(", null = true", "")
        .replace(
            "\n]",
            "\n    { name = \"slug\", type = \"text\", max_length = 5 },\n]",
        );
    project.file("before.toml", BEFORE).file("after.toml", &after);
    project
}

fn at_a_terminal(project: &Project, arguments: &[&str]) -> PtySession {
    program_at_a_terminal(project, env!("CARGO_BIN_EXE_orm").as_ref(), arguments)
}

fn program_at_a_terminal(project: &Project, program: &Path, arguments: &[&str]) -> PtySession {
    let mut command = project.command(program, "");
    command.args(arguments).env("TERM", "xterm").env("NO_COLOR", "1");
    spawn_command(command, Some(20_000)).unwrap()
}

/// What is left to say until it ends, and the code it ends with.
fn end(mut session: PtySession) -> (String, i32) {
    let rest = session.exp_eof().unwrap();
    // Its type is another crate's, which is not named here: `Exited(Pid(4711), 3)`.
    let status = format!("{:?}", session.process().wait().unwrap());
    let code = status
        .rsplit_once(", ")
        .and_then(|(_, code)| code.trim_end_matches(')').parse().ok());
    let code = code.unwrap_or_else(|| panic!("it ended as {status}"));
    (rest, code)
}

const DIFF: [&str; 5] = ["diff", "--from", "before.toml", "--to", "after.toml"];

#[test]
fn a_person_answers_and_a_value_that_does_not_fit_is_asked_for_again() {
    let project = project();
    let mut session = at_a_terminal(&project, &DIFF);
    session
        .exp_string("Was blog.Post.heading renamed to title? [y/N]")
        .unwrap();
    session.send_line("y").unwrap();
    session.exp_string("blog.Post.slug is new").unwrap();
    session.exp_string("Your choice").unwrap();
    session.send_line("7").unwrap();
    session.exp_string("Type a number from 1 to 2.").unwrap();
    session.send_line("1").unwrap();
    session.exp_string("Value of blog.Post.slug").unwrap();
    session.send_line("much too long").unwrap();
    session.exp_string("too long").unwrap();
    session.send_line("\"\"").unwrap();
    session
        .exp_string("blog.Post.views takes no NULL any more")
        .unwrap();
    session.exp_string("3)").unwrap();
    session.send_line("1").unwrap();
    session.exp_string("Value of blog.Post.views").unwrap();
    session.send_line("many").unwrap();
    session.exp_string("whole number").unwrap();
    session.send_line("0").unwrap();
    let (rest, code) = end(session);
    assert_eq!(code, 0, "{rest}");
    assert!(rest.contains("~ rename field heading on Post to title"), "{rest}");
    assert!(rest.contains("+ add field slug to Post"), "{rest}");
    assert!(rest.contains("~ alter field views on Post"), "{rest}");
}

#[test]
fn to_stop_is_code_3_and_without_input_nothing_is_asked() {
    let project = project();
    let renamed = ["--renamed", "blog.Post.heading:title"];
    let arguments: Vec<&str> = DIFF.iter().chain(&renamed).copied().collect();
    let mut session = at_a_terminal(&project, &arguments);
    session.exp_string("2) stop").unwrap();
    session.send_line("2").unwrap();
    let (rest, code) = end(session);
    assert_eq!(code, 3, "{rest}");
    assert!(rest.contains("stopped; nothing was written"), "{rest}");

    let arguments: Vec<&str> = arguments.iter().chain(&["--no-input"]).copied().collect();
    let (said, code) = end(at_a_terminal(&project, &arguments));
    assert_eq!(code, 3, "{said}");
    assert!(
        said.contains("\"blog.Post.slug\" = \"\"") && !said.contains("Your choice"),
        "{said}"
    );
}

#[test]
fn makemigrations_asks_before_it_writes_and_a_dry_run_only_of_renames() {
    let project = Project::behind();
    let before = project.migrations("shop");
    let manage = Project::manage_program();
    let (said, code) = end(program_at_a_terminal(
        &project,
        &manage,
        &["makemigrations", "--dry-run"],
    ));
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("+ add field cents to Order") && !said.contains("Your choice"),
        "{said}"
    );
    // What it shows for the rows is nobody's decision.
    assert!(
        said.contains("what they get in shop.Order.cents (`fill`) is a placeholder"),
        "{said}"
    );
    assert_eq!(project.migrations("shop"), before);

    let mut session = program_at_a_terminal(&project, &manage, &["makemigrations"]);
    session.exp_string("shop.Order.cents is new").unwrap();
    session.exp_string("Your choice").unwrap();
    assert_eq!(project.migrations("shop"), before, "nothing is written yet");
    session.send_line("1").unwrap();
    session.exp_string("Value of shop.Order.cents (big int)").unwrap();
    session.send_line("42").unwrap();
    let (said, code) = end(session);
    assert_eq!(code, 0, "{said}");
    assert_eq!(project.migrations("shop"), before + 1);
    let (said, code) = end(program_at_a_terminal(&project, &manage, &["makemigrations"]));
    assert_eq!((said.trim(), code), ("no changes detected", 0));
}
