//! Links a small program around a library, to read the library's models.
//!
//! Cargo hands a library to its package's programs but the linker leaves it out of those that never mention it, and a
//! library without a program is never linked at all. The test harness would link it, with the models of its tests
//! among them. So we link two lines of our own against the library that cargo has built: no manifest, no second
//! resolution of dependencies, a tenth of a second.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use orm::Error;
use orm::error::Kind;

use super::build::{Artifact, BuildOutput};
use crate::failure::Result;

/// Links a program that contains the library and does nothing.
pub fn link(
    library: &Artifact,
    built: &BuildOutput,
    target_directory: &Path,
    into: &Path,
) -> Result<PathBuf> {
    let Artifact {
        name, path: library, ..
    } = library;
    let crate_name = name.replace('-', "_");
    let failed = |error: std::io::Error| {
        Error::new(Kind::Io, format!("the library {name} cannot be linked")).with_source(error)
    };
    std::fs::create_dir_all(into).map_err(failed)?;
    let source = into.join("describe.rs");
    std::fs::write(
        &source,
        format!("extern crate {crate_name} as _;\nfn main() {{}}\n"),
    )
    .map_err(failed)?;
    let program = into.join(format!("{crate_name}{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    command
        .args([
            "--crate-name",
            "orm_describe",
            "--edition",
            "2021",
            "--crate-type",
            "bin",
        ])
        // With `panic = "abort"`, a program links with libraries of either panic strategy; with `unwind`, it does not.
        .args(["-C", "panic=abort", "-C", "debuginfo=0"])
        .arg("--extern")
        .arg(format!("{crate_name}={}", library.display()));
    for directory in &built.dependencies {
        command
            .arg("-L")
            .arg(format!("dependency={}", directory.display()));
    }
    for path in &built.native {
        command.args(["-L", path]);
    }
    if let Some(triple) = triple(library, target_directory) {
        command.args(["--target", &triple]);
    }
    command.arg("-o").arg(&program).arg(&source).stdin(Stdio::null());
    let status = command.status().map_err(failed)?;
    if !status.success() {
        return Err(Error::config(format!("the library {name} cannot be linked into a program"))
            .with_hint("what the compiler said stands above; a program of the package that mentions the library serves as well")
            .into());
    }
    Ok(program)
}

/// The target platform, if it is not the host: cargo puts it into the path, `target/<platform>/debug/…`.
fn triple(library: &Path, target_directory: &Path) -> Option<String> {
    let parts: Vec<_> = library.strip_prefix(target_directory).ok()?.iter().collect();
    match parts.as_slice() {
        [triple, _profile, _file] => triple.to_str().map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platform_is_read_from_the_path() {
        let target = Path::new("/t");
        assert_eq!(triple(Path::new("/t/debug/libshop.rlib"), target), None);
        assert_eq!(
            triple(
                Path::new("/t/x86_64-unknown-linux-musl/debug/libshop.rlib"),
                target
            )
            .as_deref(),
            Some("x86_64-unknown-linux-musl")
        );
    }
}
