//! The installed program, which reads the models of the package it is run in.

use std::process::ExitCode;

fn main() -> ExitCode {
    orm_cli::run(orm_cli::ModelSource::Package, std::env::args_os())
}
