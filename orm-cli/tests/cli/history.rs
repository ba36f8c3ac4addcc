//! What a database has, against the files that are there; and looking at it changes nothing.

use std::fs;

use crate::project::Project;

/// A project whose migrations are applied.
fn applied() -> Project {
    let project = Project::empty();
    project.orm(&["init", "--url", "sqlite://shop.db"]).ok();
    project.manage(&["makemigrations"]).ok();
    project
        .file("migrations/notes/0001_initial.toml", "id = \"a\"\n")
        .file(
            "migrations/notes/0002_more.toml",
            "id = \"b\"\ndependencies = [\"notes.0001_initial\"]\n",
        );
    project.orm(&["migrate"]).ok();
    project
}

#[test]
fn files_that_are_gone_are_missed_by_every_command() {
    let project = applied();
    for (from, to, what) in [
        (
            "migrations/notes",
            "notes",
            "there are no migration files of some apps, but this database has applied migrations of notes (2)",
        ),
        (
            "migrations",
            "elsewhere",
            "there are no migration files, but this database has applied migrations of notes (2), shop (1)",
        ),
    ] {
        fs::rename(project.root().join(from), project.root().join(to)).unwrap();
        for command in [
            &["migrate"][..],
            &["migrate", "--check"],
            &["migrate", "--plan"],
            &["makemigrations"],
            &["makemigrations", "--check"],
            &["showmigrations", "--json"],
            &["showmigrations"],
        ] {
            let output = project.manage(command);
            let stdout = output.stdout.clone();
            let error = output.fails(1);
            assert!(
                error.starts_with(&format!("error: {what}\nhint: bring ")),
                "{command:?}: {error}"
            );
            match command[..] {
                ["showmigrations"] => {
                    assert!(stdout.contains(" [?] 0002_more  its file is gone"), "{stdout}")
                }
                ["showmigrations", _] => assert!(stdout.contains("\"missing\": true"), "{stdout}"),
                _ => assert_eq!(stdout, "", "{command:?}"),
            }
        }
        fs::rename(project.root().join(to), project.root().join(from)).unwrap();
        assert_eq!(project.manage(&["migrate"]).ok(), "nothing to apply\n");
    }
    // Nothing was written meanwhile.
    assert_eq!(project.manage(&["makemigrations"]).ok(), "no changes detected\n");
    assert_eq!(project.migrations("shop"), 2);
}

#[test]
fn apps_that_another_program_migrates_are_named_in_the_settings() {
    let project = applied();
    fs::remove_dir_all(project.root().join("migrations/notes")).unwrap();
    project.orm(&["migrate"]).fails(1);
    let settings = project.read("orm.toml");
    project.file("orm.toml", &format!("other_apps = [\"notes\"]\n{settings}"));
    assert_eq!(project.orm(&["migrate"]).ok(), "nothing to apply\n");
    assert_eq!(project.orm(&["showmigrations"]).ok(), "shop\n [X] 0001_initial\n");
    assert_eq!(project.manage(&["makemigrations"]).ok(), "no changes detected\n");
}

#[test]
fn a_migration_that_depends_on_itself_is_refused() {
    let project = applied();
    project.file(
        "migrations/notes/0002_more.toml",
        "id = \"b\"\ndependencies = [\"notes.0001_initial\", \"notes.0002_more\"]\n",
    );
    for command in ["migrate", "showmigrations", "makemigrations"] {
        let error = project.manage(&[command]).fails(1);
        assert!(
            error.starts_with("error: notes.0002_more depends on itself\n"),
            "{error}"
        );
    }
}

#[test]
fn looking_at_a_database_that_is_not_there_makes_none() {
    let project = Project::empty();
    project.orm(&["init", "--url", "sqlite://data/shop.db"]).ok();
    project.manage(&["makemigrations"]).ok();
    for folder_is_there in [false, true] {
        if folder_is_there {
            fs::create_dir(project.root().join("data")).unwrap();
        }
        assert_eq!(project.orm(&["showmigrations"]).ok(), "shop\n [ ] 0001_initial\n");
        assert!(
            project
                .orm(&["migrate", "--plan"])
                .ok()
                .starts_with("apply shop.0001_initial\n")
        );
        let pending = project.orm(&["migrate", "--check"]);
        assert!(pending.stdout.starts_with("apply shop.0001_initial\n"));
        pending.fails(1);
        project.manage(&["makemigrations", "--check"]).ok();
        let files = fs::read_dir(project.root().join("data")).map_or(0, Iterator::count);
        assert_eq!(files, 0);
    }
}

/// Whoever runs the tests as root may write everywhere, so the program runs as nobody then.
#[cfg(unix)]
#[test]
fn a_database_that_can_only_be_read_is_looked_at() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;

    let project = applied();
    let is_root = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    let mode = |path: &str, mode: u32| {
        fs::set_permissions(project.root().join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    let orm = |arguments: &[&str]| {
        let mut command = project.command(env!("CARGO_BIN_EXE_orm").as_ref(), "");
        if is_root {
            command.uid(65_534).gid(65_534);
        }
        project.run(&mut command, arguments)
    };
    mode("shop.db", 0o444);
    for folder in [0o755, 0o555] {
        mode("", folder);
        assert_eq!(
            orm(&["showmigrations"]).ok(),
            "notes\n [X] 0001_initial\n [X] 0002_more\nshop\n [X] 0001_initial\n"
        );
        assert_eq!(orm(&["migrate", "--plan"]).ok(), "nothing to apply\n");
        orm(&["migrate", "--check"]).ok();
        let before = fs::read(project.root().join("shop.db")).unwrap();
        let error = orm(&["migrate", "shop", "zero"]).fails(1);
        assert!(error.contains("read"), "{error}");
        assert_eq!(fs::read(project.root().join("shop.db")).unwrap(), before);
    }
    mode("", 0o755);
}
