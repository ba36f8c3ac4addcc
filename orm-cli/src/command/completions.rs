//! `completions`: scripts for shell completion.

use std::process::ExitCode;

use clap::Args;
use clap_complete::Shell;

use crate::failure::Result;

/// Print a script that completes commands in your shell
///
/// Prints a script; `orm completions bash > ~/.local/share/bash-completion/completions/orm`.
#[derive(Args)]
pub struct Completions {
    /// Shell to write for
    shell: Shell,
}

pub fn run(args: &Completions) -> Result<ExitCode> {
    let mut command = crate::args::command();
    let name = command.get_name().to_owned();
    // Into memory first: clap_complete panics on a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    crate::output::part(String::from_utf8_lossy(&script));
    Ok(ExitCode::SUCCESS)
}
