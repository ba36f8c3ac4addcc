//! Building a package with cargo, and what comes out of it.

use std::collections::BTreeSet;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use cargo_metadata::{CrateType, Message, Package, Target};
use orm::Error;
use orm::error::Kind;

use crate::args::PackageArgs;
use crate::failure::{Failure, Result};

/// What a build of one package leaves behind.
#[derive(Debug, Default)]
pub struct Built {
    /// Name and path of each program.
    pub programs: Vec<(String, PathBuf)>,
    /// Crate name and path of the library, if it has one that programs can link.
    pub library: Option<(String, PathBuf)>,
    /// Directories with the compiled dependencies.
    pub dependencies: BTreeSet<PathBuf>,
    /// Directories with native libraries, as `rustc -L` takes them.
    pub native: Vec<String>,
}

/// Which programs of a package to build.
enum Programs {
    None,
    One(String),
    All,
}

/// Builds the library and the program (or programs) of a package, as `cargo build` does. What cargo and rustc have to say
/// they say on the standard error.
pub fn build(package: &Package, args: &PackageArgs) -> Result<Built> {
    let library = package.targets.iter().find(|target| is_linkable(target));
    let programs = programs(package, args)?;
    if library.is_none() && matches!(programs, Programs::None) {
        return Err(no_program(package).into());
    }
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args([
            "build",
            "--message-format=json-render-diagnostics",
            "--manifest-path",
        ])
        .arg(&package.manifest_path)
        .args(["--package", &package.id.repr]);
    if library.is_some() {
        command.arg("--lib");
    }
    match &programs {
        Programs::None => {}
        Programs::One(name) => {
            command.args(["--bin", name]);
        }
        Programs::All => {
            command.arg("--bins");
        }
    }
    for feature in &args.features {
        command.args(["--features", feature]);
    }
    if args.all_features {
        command.arg("--all-features");
    }
    if args.no_default_features {
        command.arg("--no-default-features");
    }
    // Configuration and toolchain are those of the package, wherever the command is given.
    if let Some(directory) = package.manifest_path.parent() {
        command.current_dir(directory);
    }
    read(command, package)
}

fn read(mut command: Command, package: &Package) -> Result<Built> {
    let failed = |error: std::io::Error| Error::new(Kind::Io, "cargo cannot be run").with_source(error);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut built = Built::default();
    if let Some(stdout) = child.stdout.take() {
        for message in Message::parse_stream(BufReader::new(stdout)) {
            match message.map_err(failed)? {
                Message::CompilerArtifact(artifact) => {
                    for file in &artifact.filenames {
                        if let Some(directory) = file.parent() {
                            built.dependencies.insert(directory.into());
                        }
                    }
                    if artifact.package_id != package.id {
                        continue;
                    }
                    if let Some(program) = artifact.executable {
                        built
                            .programs
                            .push((artifact.target.name, program.into_std_path_buf()));
                    } else if is_linkable(&artifact.target) {
                        built.library = artifact
                            .filenames
                            .into_iter()
                            .find(|file| file.extension() == Some("rlib"))
                            .map(|file| (artifact.target.name, file.into_std_path_buf()));
                    }
                }
                Message::BuildScriptExecuted(script) => {
                    built
                        .native
                        .extend(script.linked_paths.into_iter().map(|path| path.into_string()));
                }
                _ => {}
            }
        }
    }
    let status = child.wait().map_err(failed)?;
    if !status.success() {
        // Cargo has said why.
        return Err(
            Error::config(format!("the package `{}` does not build", package.name))
                .with_hint(
                    "the command line reads the models from the built program; mend the errors above first",
                )
                .into(),
        );
    }
    Ok(built)
}

fn is_linkable(target: &Target) -> bool {
    target
        .crate_types
        .iter()
        .any(|kind| matches!(kind, CrateType::Lib | CrateType::RLib))
        && target.is_kind(cargo_metadata::TargetKind::Lib) | target.is_kind(cargo_metadata::TargetKind::RLib)
}

fn programs(package: &Package, args: &PackageArgs) -> Result<Programs> {
    let names: Vec<&str> = package
        .targets
        .iter()
        .filter(|target| target.is_bin())
        .map(|target| target.name.as_str())
        .collect();
    if let Some(name) = &args.bin {
        if !names.contains(&name.as_str()) {
            return Err(Failure::usage(
                format!("the package `{}` has no program `{name}`", package.name),
                if names.is_empty() {
                    "it has none; leave out --bin".to_owned()
                } else {
                    format!("it has: {}", names.join(", "))
                },
            ));
        }
        return Ok(Programs::One(name.clone()));
    }
    let preferred = package
        .default_run
        .as_deref()
        .or_else(|| names.iter().copied().find(|name| *name == package.name.as_str()))
        .or(match names.as_slice() {
            [name] => Some(*name),
            _ => None,
        });
    // One that needs features is an error to cargo where they are off; asked for all, it leaves it out.
    let needs_features = package.targets.iter().any(|target| {
        target.is_bin() && Some(target.name.as_str()) == preferred && !target.required_features.is_empty()
    });
    Ok(match preferred {
        _ if names.is_empty() => Programs::None,
        Some(name) if !needs_features => Programs::One(name.to_owned()),
        _ => Programs::All,
    })
}

fn no_program(package: &Package) -> Error {
    let error = Error::config(format!(
        "the package `{}` has neither a program nor a library that a program can link",
        package.name
    ));
    if package.targets.iter().any(Target::is_proc_macro) {
        error.with_hint("models belong into a package of their own, not into one of macros")
    } else {
        error.with_hint("add \"rlib\" to crate-type under [lib] in its Cargo.toml")
    }
}
