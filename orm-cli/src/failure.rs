//! How a command fails.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::eprintln;
use orm::migrate::{Question, Unanswered};
use owo_colors::OwoColorize;
use serde::Serialize;

use crate::output;

/// `--check` found something to do, or a command failed.
pub const FAILED: u8 = 1;
/// The command line was wrong.
pub const USAGE: u8 = 2;
/// A question needs an answer.
pub const QUESTION: u8 = 3;
/// It was stopped by a signal.
pub const STOPPED: u8 = 130;

/// A result of a command.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The library, the database or the file system refused.
    Failed(orm::Error),
    /// The arguments name something that does not exist.
    Usage {
        /// What is wrong.
        message: String,
        /// The hint.
        hint: Option<String>,
    },
    /// Questions without an answer, and nobody to ask.
    Unanswered {
        /// The questions.
        questions: Unanswered,
        /// Whether they are printed as JSON.
        json: bool,
        /// The answers file that was given, if any.
        file: Option<PathBuf>,
    },
    /// A person was asked and chose to stop.
    Stopped,
}

/// The questions as JSON.
#[derive(Serialize)]
struct QuestionsJson<'a> {
    questions: Vec<QuestionJson<'a>>,
    answers: String,
}

#[derive(Serialize)]
struct QuestionJson<'a> {
    section: &'a str,
    key: String,
    question: String,
}

impl Failure {
    /// A wrong argument.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Failure::Usage {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// Converts the error of a run; `json` is the command's output format, `file` the answers file that was read.
    pub fn asked(error: orm::Error, json: bool, file: Option<&Path>) -> Self {
        match Unanswered::of(&error) {
            Some(questions) => Failure::Unanswered {
                questions: questions.clone(),
                json,
                file: file.map(Path::to_path_buf),
            },
            None => Failure::Failed(error),
        }
    }

    /// An argument that the library refuses.
    pub fn wrong_argument(error: orm::Error) -> Self {
        Failure::Usage {
            hint: error.hint().map(str::to_owned),
            message: text_of(&error),
        }
    }

    /// Prints the failure and returns the exit code.
    pub fn report(&self) -> ExitCode {
        let (message, hint, code) = match self {
            Failure::Failed(error) => {
                let code = match () {
                    () if error.is_question() || error.is_loss() => QUESTION,
                    () if error.is_cancelled() => STOPPED,
                    () => FAILED,
                };
                (text_of(error), error.hint().map(str::to_owned), code)
            }
            Failure::Usage { message, hint } => (message.clone(), hint.clone(), USAGE),
            Failure::Unanswered {
                questions,
                json,
                file,
            } => {
                if let Err(failure) = print_questions(questions, *json) {
                    return failure.report();
                }
                (
                    text_of_questions(questions),
                    Some(match file {
                        Some(file) => format!(
                            "fill in the answers that were printed, save them as a file of their own, and run this again \
                             with --answers {} --answers and that file",
                            file.display()
                        ),
                        None => "fill in the answers that were printed, save them as answers.toml, and run this again \
                                 with --answers answers.toml"
                            .to_owned(),
                    }),
                    QUESTION,
                )
            }
            Failure::Stopped => ("stopped; nothing was written".to_owned(), None, QUESTION),
        };
        eprintln!("{} {}", "error:".red().bold(), hidden(message));
        if let Some(hint) = hint {
            eprintln!("{} {}", "hint:".cyan().bold(), hidden(hint));
        }
        ExitCode::from(code)
    }
}

impl From<orm::Error> for Failure {
    fn from(error: orm::Error) -> Self {
        Failure::Failed(error)
    }
}

/// Removes database addresses from a message. An address may have been given where another argument belongs, and
/// may hold a password.
pub fn hidden(mut text: String) -> String {
    for argument in std::env::args().skip(1) {
        let value = argument.strip_prefix("--").and_then(|flag| flag.split_once('='));
        for secret in [Some(&*argument), value.map(|(_, value)| value)]
            .into_iter()
            .flatten()
        {
            if holds_password(secret) {
                text = text.replace(secret, "…");
            }
        }
    }
    text
}

fn holds_password(argument: &str) -> bool {
    let lower = argument.to_ascii_lowercase();
    let after_scheme = lower.split_once("://").map_or("", |(_, rest)| rest);
    after_scheme.contains(':')
        || (lower.contains(':') && lower.contains('@'))
        || lower.contains("password=")
        || lower.contains("pwd=")
}

/// Prints the answers file to be filled in to the standard output.
fn print_questions(questions: &Unanswered, json: bool) -> Result<()> {
    let answers = questions.answers_file();
    if !json {
        return output::document(&answers);
    }
    let one = |question: &Question| QuestionJson {
        section: question.section(),
        key: question.key(),
        question: question.sentence(),
    };
    output::json(&QuestionsJson {
        questions: questions.questions.iter().map(one).collect(),
        answers,
    })
}

fn text_of_questions(questions: &Unanswered) -> String {
    let count = questions.questions.len();
    let mut text = match count {
        1 => "a question needs an answer; nothing was written".to_owned(),
        _ => format!("{count} questions need answers; nothing was written"),
    };
    for question in &questions.questions {
        for line in question.text().lines() {
            text.push_str("\n  ");
            text.push_str(line);
        }
    }
    text
}

/// The message with its causes, and without the hint, which is printed separately.
pub fn text_of(error: &orm::Error) -> String {
    let text = error.to_string();
    let mut text = match error.hint() {
        Some(hint) => text
            .strip_suffix(&format!("\nhint: {hint}"))
            .unwrap_or(&text)
            .to_owned(),
        None => text,
    };
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_hold_a_password_is_known() {
        for secret in [
            "postgres://u:p@h/d",
            "host=h password=p",
            "u:p@h",
            "Server=h;Pwd=p",
        ] {
            assert!(holds_password(secret), "{secret}");
        }
        for plain in [
            "shop",
            "0002_initial",
            "shop.Order.title:name",
            "sqlite://shop.db",
            "me@here",
        ] {
            assert!(!holds_password(plain), "{plain}");
        }
    }
}
