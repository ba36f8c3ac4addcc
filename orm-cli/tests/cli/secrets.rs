//! A password is never shown, wherever an address was given, rightly or wrongly.

use crate::project::Project;

const ADDRESSES: &[&str] = &[
    "postgres://u:hunter2@127.0.0.1:1/shop?connect_timeout=1",
    "postgres://u:p@hunter2@127.0.0.1:1/shop",
    "postgres://u:5432/hunter2@127.0.0.1:1/shop",
    "postgres://u:5432?host=hunter2@127.0.0.1:1/shop",
    "postgres://u:hunter2",
    "postgres:u:hunter2@h/d",
    "oracle://u:hunter2@h/d",
    "u:hunter2@h/d",
    "sqlite://u:hunter2@h/d",
    "host=h user=u password=hunter2",
    "host=h:5432 password=hunter2",
];

#[test]
fn an_address_is_not_repeated_wherever_it_was_given() {
    let project = Project::empty();
    project.file("migrations/shop/0001_initial.toml", "id = \"a\"\n");
    for address in ADDRESSES {
        let flag = format!("--database={address}");
        let commands: &[&[&str]] = &[
            &["migrate", "--database", address],
            &["migrate", &flag],
            &["migrate", "--plan", "--json", &flag],
            &["showmigrations", &flag],
            &["migrate", address],
            &["migrate", "shop", address],
            &["showmigrations", address],
            &["sqlmigrate", address, "0001"],
            &["squashmigrations", "shop", address],
            &["makemigrations", address],
            &["makemigrations", "--renamed", address],
            &["migrate", "--wait", address],
            &["migrate", "--no-such-flag", address],
            &[address],
            &["--settings", address, "migrate"],
            &["--color", address, "migrate"],
        ];
        for command in commands {
            let output = project.manage(command);
            assert_ne!(output.code, 0, "{command:?}: {output:?}");
            assert!(
                !format!("{output:?}").contains("hunter2"),
                "{command:?}: {output:?}"
            );
        }
        let mut command = project.command(env!("CARGO_BIN_EXE_orm").as_ref(), "");
        command.env("DATABASE_URL", address);
        let output = project.run(&mut command, &["migrate"]);
        assert_eq!(output.code, 1, "{output:?}");
        assert!(!format!("{output:?}").contains("hunter2"), "{output:?}");
        for settings in [
            "[databases.default]\nurl = \"ADDRESS\"",
            "[databases]\ndefault = \"ADDRESS\"",
        ] {
            project.file("orm.toml", &settings.replace("ADDRESS", address));
            for command in [
                &["migrate"][..],
                &["showmigrations", "--json"],
                &["makemigrations", "--check"],
            ] {
                let output = project.manage(command);
                assert!(
                    !format!("{output:?}").contains("hunter2"),
                    "{command:?}: {output:?}"
                );
            }
            std::fs::remove_file(project.root().join("orm.toml")).unwrap();
        }
    }
}
