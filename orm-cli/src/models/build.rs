//! Building packages with cargo, and what comes out of it.

use std::collections::BTreeSet;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::{CrateType, Message, Package, PackageId, Target};
use orm::Error;
use orm::error::Kind;

use super::package::SelectedPackages;
use crate::args::PackageArgs;
use crate::failure::{Failure, Result};

/// The output of a build.
#[derive(Debug, Default)]
pub struct BuildOutput {
    /// The programs.
    pub programs: Vec<Artifact>,
    /// The libraries that programs can link.
    pub libraries: Vec<Artifact>,
    /// Directories with the compiled dependencies.
    pub dependencies: BTreeSet<PathBuf>,
    /// Directories with native libraries, as `rustc -L` takes them.
    pub native: Vec<String>,
}

/// A file that cargo has built for a target.
#[derive(Debug)]
pub struct Artifact {
    /// The package of the target.
    pub package: PackageId,
    /// Name of the target.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

/// Which programs of a package to build.
#[derive(PartialEq)]
enum Programs {
    None,
    One(String),
    All,
}

/// Builds the libraries and programs of packages in one invocation, so that cargo unifies their features as usual.
/// Messages of cargo and rustc go to the standard error.
pub fn build(chosen: &SelectedPackages, args: &PackageArgs) -> Result<BuildOutput> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args([
        "build",
        "--message-format=json-render-diagnostics",
        "--manifest-path",
    ]);
    command.arg(chosen.manifest());
    let mut wanted = Vec::new();
    let mut library = false;
    for package in &chosen.packages {
        command.args(["--package", &package.id.repr]);
        let has_library = package.targets.iter().any(is_linkable);
        let programs = programs(package, args, chosen.packages.len() > 1)?;
        if !has_library && programs == Programs::None && chosen.packages.len() == 1 {
            return Err(no_program(package).into());
        }
        library |= has_library;
        wanted.push((&package.id, programs));
    }
    if library {
        command.arg("--lib");
    }
    for (_, programs) in &wanted {
        if let Programs::One(name) = programs {
            command.args(["--bin", name]);
        }
    }
    if wanted.iter().any(|(_, programs)| *programs == Programs::All) {
        command.arg("--bins");
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
    // Configuration and toolchain are those of the package, whatever the current directory.
    if let Some(directory) = chosen.manifest().parent() {
        command.current_dir(directory);
    }
    let mut built = read(command, chosen)?;
    // With `--bins` for one package, cargo would build those of the others, too.
    built.programs.retain(|program| {
        wanted.iter().any(|(package, programs)| {
            **package == program.package
                && match programs {
                    Programs::None => false,
                    Programs::One(name) => *name == program.name,
                    Programs::All => true,
                }
        })
    });
    Ok(built)
}

fn read(mut command: Command, chosen: &SelectedPackages) -> Result<BuildOutput> {
    let failed = |error: std::io::Error| Error::new(Kind::Io, "cargo cannot be run").with_source(error);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut built = BuildOutput::default();
    if let Some(stdout) = child.stdout.take() {
        for message in Message::parse_stream(BufReader::new(stdout)) {
            match message.map_err(failed)? {
                Message::CompilerArtifact(artifact) => {
                    for file in &artifact.filenames {
                        if let Some(directory) = file.parent() {
                            built.dependencies.insert(directory.into());
                        }
                    }
                    let is_chosen = |package: &Package| package.id == artifact.package_id;
                    if !chosen.packages.iter().any(is_chosen) {
                        continue;
                    }
                    let made = |path: &Path| Artifact {
                        package: artifact.package_id.clone(),
                        name: artifact.target.name.clone(),
                        path: path.to_path_buf(),
                    };
                    if let Some(program) = &artifact.executable {
                        built.programs.push(made(program.as_std_path()));
                    } else if is_linkable(&artifact.target) {
                        let mut files = artifact.filenames.iter();
                        let file = files.find(|file| file.extension() == Some("rlib"));
                        built.libraries.extend(file.map(|file| made(file.as_std_path())));
                    }
                }
                Message::BuildScriptExecuted(script) => {
                    let paths = script.linked_paths.into_iter();
                    built.native.extend(paths.map(|path| path.into_string()));
                }
                _ => {}
            }
        }
    }
    let status = child.wait().map_err(failed)?;
    if !status.success() {
        // Cargo has printed the reason.
        return Err(Error::config(format!("cargo could not build {}", chosen.names()))
            .with_hint("the command line reads the models from the built program; fix the errors above first")
            .into());
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

fn programs(package: &Package, args: &PackageArgs, among_others: bool) -> Result<Programs> {
    let names: Vec<&str> = package
        .targets
        .iter()
        .filter(|target| target.is_bin())
        .map(|target| target.name.as_str())
        .collect();
    if let Some(name) = &args.bin {
        if !names.contains(&name.as_str()) {
            if among_others {
                return Ok(Programs::None);
            }
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
    // Naming a program whose required features are off is an error; `--bins` skips it.
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
        error.with_hint("models belong in a package of their own, not in a crate of macros")
    } else {
        error.with_hint("add \"rlib\" to crate-type under [lib] in its Cargo.toml")
    }
}
