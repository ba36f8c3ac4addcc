//! Decisions that only a person can make, as the command line takes them.

use clap::Args;
use orm::migrate::Answers;

use crate::failure::{Failure, Result};

/// The answers, given beforehand.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Answers")]
pub struct AnswerArgs {
    /// What the rows that exist get in a new column that takes no NULL; may be repeated
    #[arg(long = "default", value_name = "APP.MODEL.FIELD=LITERAL")]
    defaults: Vec<String>,
    /// These two are different things, not one renamed; may be repeated
    #[arg(long, value_name = "APP.MODEL.OLD:NEW")]
    not_renamed: Vec<String>,
}

/// The answers a run has.
pub struct Given {
    answers: Answers,
}

impl AnswerArgs {
    /// Reads them all.
    pub fn read(&self) -> Result<Given> {
        let mut answers = Answers::default();
        for text in &self.defaults {
            answers.add_default(text).map_err(Failure::wrong_argument)?;
        }
        for text in &self.not_renamed {
            answers.add_not_renamed(text).map_err(Failure::wrong_argument)?;
        }
        Ok(Given { answers })
    }
}

impl Given {
    /// Runs something that may ask.
    pub fn settle<T>(&self, mut run: impl FnMut(&Answers) -> orm::Result<T>) -> Result<T> {
        Ok(run(&self.answers)?)
    }
}
