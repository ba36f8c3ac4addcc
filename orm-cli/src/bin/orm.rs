//! The installed program: models are those of the package it runs in.

use std::process::ExitCode;

fn main() -> ExitCode {
    orm_cli::run(orm_cli::ModelSource::Package, std::env::args_os())
}
