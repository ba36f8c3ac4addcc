//! The command line as its users run it: programs started, their output and exit codes read.

mod branches;
mod describe;
mod diff;
mod history;
mod init;
mod json;
mod migrations;
mod moves;
mod project;
mod prompts;
mod questions;
mod secrets;
mod settings;
mod stopping;
mod usage;
