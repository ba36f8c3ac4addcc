//! How a command ends when it does not end well.

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
/// A signal has stopped it.
pub const STOPPED: u8 = 130;

/// A result of a command.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a command did not do what it was told.
#[derive(Debug)]
pub enum Failure {
    /// The library, the database or the file system refused.
    Failed(orm::Error),
    /// The arguments name something that is not there.
    Usage {
        /// What is wrong.
        message: String,
        /// What would be right.
        hint: Option<String>,
    },
    /// Questions have no answer, and nobody is there to ask.
    Unanswered {
        /// The questions.
        questions: Unanswered,
        /// Whether they are told as JSON.
        json: bool,
        /// The answers file that was given, if one was.
        file: Option<PathBuf>,
    },
    /// A person was asked and chose to stop.
    Stopped,
}

/// Questions for a program that reads them.
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

    /// What a run that asked ended with; `json` as the command prints, `file` where answers were read from.
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

    /// An argument that the library does not understand.
    pub fn wrong_argument(error: orm::Error) -> Self {
        Failure::Usage {
            hint: error.hint().map(str::to_owned),
            message: text_of(&error),
        }
    }

    /// Says it and gives the exit code.
    pub fn report(&self) -> ExitCode {
        let (message, hint, code) = match self {
            Failure::Failed(error) => {
                let code = match () {
                    () if error.is_question() => QUESTION,
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

/// A text without the addresses of databases that it repeats because they were given where something else belongs: an
/// argument may be any text, and an address holds a password.
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

/// The answers file to the standard output, ready to be filled in.
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

/// The message without its hint, which has a line of its own, and with the causes it does not already say.
fn text_of(error: &orm::Error) -> String {
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
