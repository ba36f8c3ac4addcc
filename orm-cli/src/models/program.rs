//! Asks built programs for their models.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use orm::Error;
use orm::error::Kind;
use orm::models::ModelDef;
use orm::models::{DESCRIBE_VARIABLE, Description};

use super::build::{BuildOutput, build};
use super::merge::ModelsByName;
use super::package::SelectedPackages;
use super::shim;
use crate::args::PackageArgs;
use crate::failure::Result;

/// Builds packages and collects the models of their programs and libraries.
pub fn describe(chosen: &SelectedPackages, args: &PackageArgs) -> Result<ModelsByName> {
    let built = build(chosen, args)?;
    let scratch = tempfile::tempdir()
        .map_err(|error| Error::new(Kind::Io, "a temporary file cannot be created").with_source(error))?;
    let mut programs = Vec::new();
    for program in &built.programs {
        programs.push((format!("the program {}", program.name), program.path.clone()));
    }
    for (position, library) in built.libraries.iter().enumerate() {
        let into = scratch.path().join(position.to_string());
        let program = shim::link(library, &built, &chosen.target_directory, &into)?;
        programs.push((format!("the library {}", library.name), program));
    }
    let mut gathered = ModelsByName::default();
    for (name, program) in programs {
        if has_hook(&program)? {
            gathered.add(&name, run(&name, &program, &built, scratch.path())?)?;
        }
    }
    Ok(gathered)
}

/// Whether the program links `orm` and would answer; one that does not would simply run.
fn has_hook(program: &Path) -> Result<bool> {
    let bytes = std::fs::read(program).map_err(|error| {
        Error::new(Kind::Io, format!("{} cannot be read", program.display())).with_source(error)
    })?;
    Ok(memchr::memmem::find(&bytes, DESCRIBE_VARIABLE.as_bytes()).is_some())
}

fn run(name: &str, program: &Path, built: &BuildOutput, scratch: &Path) -> Result<Vec<ModelDef>> {
    let output = scratch.join("models.json");
    let (variable, path) = library_path(built);
    let status = Command::new(program)
        .env(DESCRIBE_VARIABLE, &output)
        .env(variable, path)
        .current_dir(scratch)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .map_err(|error| Error::new(Kind::Io, format!("{name} cannot be run")).with_source(error))?;
    let text = match std::fs::read(&output) {
        Ok(text) if status.success() => text,
        _ => {
            return Err(
                Error::config(format!("{name} ended ({status}) without describing its models"))
                    .with_hint("does something in it run, and fail, before `main`?")
                    .into(),
            );
        }
    };
    let _ = std::fs::remove_file(&output);
    let description: Description = serde_json::from_slice(&text).map_err(|error| {
        Error::config(format!(
            "{name} describes its models in a form this command line does not read"
        ))
        .with_source(error)
        .with_hint("install the command line of the version of `orm` that the program uses")
    })?;
    Ok(description
        .into_models()
        .map_err(|error| error.context(format!("models of {name}")))?)
}

/// The search path for dynamic libraries, with the build directories in front, as in `cargo run`.
fn library_path(built: &BuildOutput) -> (&'static str, OsString) {
    let variable = if cfg!(windows) {
        "PATH"
    } else if cfg!(target_os = "macos") {
        "DYLD_FALLBACK_LIBRARY_PATH"
    } else {
        "LD_LIBRARY_PATH"
    };
    let native = built
        .native
        .iter()
        .map(|path| PathBuf::from(path.split_once('=').map_or(path.as_str(), |(_, path)| path)));
    let present = std::env::var_os(variable).unwrap_or_default();
    let paths = native
        .chain(built.dependencies.iter().cloned())
        .chain(std::env::split_paths(&present));
    let path = std::env::join_paths(paths).unwrap_or(present.clone());
    (variable, path)
}
