//! The command line as its users run it: programs started, their output and exit codes read.

mod branches;
mod describe;
mod diff;
mod init;
mod json;
mod migrations;
mod moves;
mod project;
mod prompts;
mod questions;
mod settings;
mod usage;
