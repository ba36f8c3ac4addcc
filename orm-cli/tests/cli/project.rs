//! Projects to run the command line in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory with files, and what the command line does in it.
pub struct Project {
    root: PathBuf,
    /// Removes the directory in the end, where it is a temporary one.
    _temporary: Option<tempfile::TempDir>,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Project {
    /// An empty directory that goes away with the test.
    pub fn empty() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        Project {
            root: temporary.path().to_path_buf(),
            _temporary: Some(temporary),
        }
    }

    /// A directory for packages to build: always the same one for a test, so that cargo builds it once. `name` has to be
    /// part of the packages' names, because all share one target directory.
    pub fn to_build(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("projects").join(name);
        // Only the sources: what did not change keeps its time, and is not built again.
        fs::create_dir_all(&root).unwrap();
        for leftover in ["orm.toml", "migrations", "ran"] {
            let path = root.join(leftover);
            let _ = fs::remove_file(&path);
            let _ = fs::remove_dir_all(&path);
        }
        let project = Project {
            root,
            _temporary: None,
        };
        // The versions that this workspace builds with are there; others may not be. Cargo strikes out what a project
        // does not need, so the copy it was made from tells whether it is still that of this workspace.
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        let lock = fs::read_to_string(lock).unwrap();
        if fs::read_to_string(project.root.join("workspace.lock"))
            .ok()
            .as_deref()
            != Some(&*lock)
        {
            project.file("Cargo.lock", &lock).file("workspace.lock", &lock);
        }
        project
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Writes a file, if it does not say that already.
    pub fn file(&self, path: &str, text: &str) -> &Self {
        let path = self.root.join(path);
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        self
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    /// Runs the installed program.
    pub fn orm(&self, arguments: &[&str]) -> Output {
        self.orm_in("", arguments)
    }

    /// The same, in a directory below.
    pub fn orm_in(&self, directory: &str, arguments: &[&str]) -> Output {
        self.run(
            &mut self.command(env!("CARGO_BIN_EXE_orm").as_ref(), directory),
            arguments,
        )
    }

    /// Runs the embedded form: `examples/manage.rs`.
    pub fn manage(&self, arguments: &[&str]) -> Output {
        self.run(&mut self.command(&Self::manage_program(), ""), arguments)
    }

    pub fn manage_program() -> PathBuf {
        let directory = Path::new(env!("CARGO_BIN_EXE_orm")).parent().unwrap();
        let program = directory.join(format!("examples/manage{}", std::env::consts::EXE_SUFFIX));
        assert!(
            program.exists(),
            "the example is built by `cargo test -p orm-cli` without `--test`"
        );
        program
    }

    /// A project whose first migration lacks a column (`shop.Order.cents`) that the models have.
    pub fn behind() -> Self {
        let project = Project::empty();
        project.orm(&["init", "--url", "sqlite://shop.db"]).ok();
        project.manage(&["makemigrations"]).ok();
        let path = "migrations/shop/0001_initial.toml";
        let file = project.read(path);
        let lines: Vec<&str> = file.lines().filter(|line| !line.contains("\"cents\"")).collect();
        let shorter = lines.join("\n").replace(", \"-cents\"", "");
        assert_ne!(shorter, file);
        project.file(path, &shorter);
        project
    }

    /// How many files the migrations of an app are.
    pub fn migrations(&self, app: &str) -> usize {
        let files = fs::read_dir(self.root.join("migrations").join(app)).unwrap();
        files.count()
    }

    pub fn command(&self, program: &Path, directory: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.root.join(directory))
            .env(
                "CARGO_TARGET_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("target"),
            )
            .env("CARGO_NET_OFFLINE", "true")
            .env_remove("DATABASE_URL")
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        command
    }

    pub fn run(&self, command: &mut Command, arguments: &[&str]) -> Output {
        let output = command.args(arguments).output().unwrap();
        Output {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Output {
    /// The output of a command that must succeed.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:#?}");
        self.stdout
    }

    /// The errors of a command that must end with `code`.
    #[track_caller]
    pub fn fails(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:#?}");
        self.stderr
    }

    #[track_caller]
    pub fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.ok()).unwrap()
    }
}

/// A manifest of a package that depends on `orm`, and on `more`.
pub fn manifest(name: &str, more: &str) -> String {
    let orm = Path::new(env!("CARGO_MANIFEST_DIR")).join("../orm");
    let orm = orm.canonicalize().unwrap();
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         orm = {{ path = {orm:?}, default-features = false }}\n{more}"
    )
}

/// A manifest of a package that is not a member of this workspace.
pub fn alone(name: &str) -> String {
    format!("{}\n[workspace]\n", manifest(name, ""))
}

/// Source of a module with a model in it, that nothing uses.
pub fn model(name: &str) -> String {
    let module = name.to_lowercase();
    format!(
        "mod of_{module} {{\n    use orm::prelude::*;\n    #[derive(Model)]\n    pub struct {name} {{ pub id: i64 }}\n}}\n"
    )
}

/// A `main` that leaves a file behind if it runs.
pub const MAIN: &str = "fn main() { std::fs::write(\"ran\", \"\").unwrap(); }\n";
