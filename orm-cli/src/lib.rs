//! The command line of the `orm` crate: `init`, `makemigrations`, `migrate`, `showmigrations`, `sqlmigrate`,
//! `squashmigrations`, `optimizemigration`, `describe`, `diff`, `completions`.
//!
//! # Two ways to run it, one code
//! * The `orm` program, installed once. Where a command needs the models, it builds the package it stands in and asks
//!   the built program for them; nothing is added to the package.
//! * Embedded, in a program of your own, where the models are those of the program itself:
//!
//! ```
//! // src/bin/manage.rs
//! // use shop as _;        // links a library whose models the program mentions nowhere else
//! orm_cli::main!();
//! ```
//!
//! # Exit codes
//! | code | meaning |
//! |---|---|
//! | 0 | done, or nothing to do |
//! | 1 | it failed; or `--check` or `--exit-code` found something |
//! | 2 | the command line was wrong: an unknown flag, app or package |
//! | 3 | a question needs an answer that nobody has given; nothing was written, and the answers to fill in are printed |
//! | 130 | a signal (Ctrl-C, SIGTERM) has stopped `migrate`: what it was at has changed nothing |
//!
//! # Output
//! Results go to the standard output, everything else (cargo's progress, warnings, errors) to the standard error.
//! Colour only on a terminal; `NO_COLOR` and `--color` are respected. With `--json` the standard output holds one JSON
//! document and nothing else; keys may be added to these forms, none is renamed or removed (`JSON.md` has states, answers and
//! plans with every key):
//!
//! | command | form |
//! |---|---|
//! | `describe` | `{"version": 1, "models": [model, …]}`, a model as migration files write it |
//! | `diff` | `{"migrations": [{"app", "name", "dependencies", "initial", "replaces", "operations": [{"kind", "model", "name", "describe", "definition"}, …]}, …]}` |
//! | `makemigrations` | `{"written": bool, "migrations": […]}`, each as `diff` has it, with `path` and `text` of its file |
//! | `makemigrations --merge` | the same, and `"merges": [{"app", "branches": [{"leaf", "migrations": [{"name", "describe": [text, …], "opaque": bool}, …]}, …]}, …]` |
//! | `makemigrations --update`, `optimizemigration` | the same, each with `in_place_of` and `operations_before`, how many there were |
//! | `squashmigrations` | the same with `operations_before` |
//! | `migrate` | `{"applied": ["app.name", …], "unapplied": ["app.name", …]}` |
//! | `migrate --plan`, `--check` | `{"plan": [{"app", "name", "direction", "describe": [text, …], "steps": [{"describe", "sql": [text, …]}, …]}, …]}` |
//! | `showmigrations` | `{"migrations": [{"app", "name", "applied_at": text or null, "edited": bool, "missing": bool}, …]}` in the order they run; of a squashed one also `"replaces": [name, …]`, and `"unrecorded": true` until it is recorded |
//! | `sqlmigrate` | one element of `plan` above |

#![warn(missing_docs)]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod answers;
mod args;
mod command;
mod database;
mod failure;
mod interrupt;
mod models;
mod output;
mod prompt;

use std::ffi::OsString;
use std::process::ExitCode;

pub use models::ModelSource;

/// The `main` of a program that is the command line of its own models.
#[macro_export]
macro_rules! main {
    () => {
        fn main() -> ::std::process::ExitCode {
            $crate::run($crate::ModelSource::Program, ::std::env::args_os())
        }
    };
}

/// Runs the command line on these arguments, the program's name first.
pub fn run(source: ModelSource, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match args::parse(source, arguments) {
        Ok((context, command)) => match command::run(&context, &command) {
            Ok(code) => code,
            Err(failure) => failure.report(),
        },
        Err(code) => code,
    }
}
