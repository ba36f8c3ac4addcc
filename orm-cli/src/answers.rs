//! Decisions that only a person can make: given beforehand, asked for at a terminal, or else asked for in a file.

use std::path::PathBuf;

use clap::Args;
use orm::fields::{FieldType, Literal};
use orm::migrate::{Answers, Question, Unanswered};
use orm::models::ModelDef;

use crate::failure::{Failure, Result};
use crate::prompt::{Reply, Stderr, Terminal, ask};

/// The answers, given beforehand.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Answers")]
pub struct AnswerArgs {
    /// File of answers, as it is printed where some are missing; may be repeated
    #[arg(long, value_name = "FILE")]
    answers: Vec<PathBuf>,
    /// The first was renamed to the second (of models APP.OLD:NEW); may be repeated
    #[arg(long, value_name = "APP.MODEL.OLD:NEW")]
    renamed: Vec<String>,
    /// These two are different things, not one renamed; without :NEW, it is gone; may be repeated
    #[arg(long, value_name = "APP.MODEL.OLD[:NEW]")]
    not_renamed: Vec<String>,
    /// What the rows that exist get in a column that takes no NULL; may be repeated
    #[arg(long = "default", value_name = "APP.MODEL.FIELD=LITERAL")]
    defaults: Vec<String>,
    /// Ask nothing at the terminal
    #[arg(long, visible_alias = "noinput")]
    no_input: bool,
}

/// How a command has its questions answered.
pub struct QuestionHandler {
    answers: Answers,
    /// The file that more answers belong in, if there is one.
    file: Option<PathBuf>,
    terminal: Option<Box<dyn Terminal>>,
    mode: QuestionMode,
    /// What stands for answers that a rehearsal did not ask for, each as `app.Model.field`.
    placeholders: Vec<String>,
}

/// What differs between commands.
#[derive(Clone, Copy, Default)]
pub struct QuestionMode {
    /// Whether what is missing is told as JSON.
    pub json: bool,
    /// Whether nothing is asked that only concerns rows: anything stands for it, because nothing is written.
    pub rehearsal: bool,
}

impl AnswerArgs {
    /// Reads them all; flags stand above files, and a later file above an earlier one.
    pub fn read(&self, mode: QuestionMode) -> Result<QuestionHandler> {
        let mut answers = Answers::default();
        for path in &self.answers {
            answers.extend(read(path)?);
        }
        let mut flags = Answers::default();
        for text in &self.defaults {
            flags.add_default(text).map_err(Failure::wrong_argument)?;
        }
        for text in &self.renamed {
            flags.add_renamed(text).map_err(Failure::wrong_argument)?;
        }
        for text in &self.not_renamed {
            flags.add_not_renamed(text).map_err(Failure::wrong_argument)?;
        }
        for (old, new) in &flags.renamed {
            if flags.not_renamed.contains(old) || flags.not_renamed.contains(&format!("{old}:{new}")) {
                return Err(Failure::usage(
                    format!("{old} was renamed and was not renamed"),
                    "give one of --renamed and --not-renamed",
                ));
            }
        }
        answers.extend(flags);
        let terminal = match self.no_input {
            true => None,
            false => Stderr::new().map(|terminal| Box::new(terminal) as Box<dyn Terminal>),
        };
        Ok(QuestionHandler {
            answers,
            file: self.answers.last().cloned(),
            terminal,
            mode,
            placeholders: Vec::new(),
        })
    }
}

fn read(path: &std::path::Path) -> Result<Answers> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| {
        orm::Error::new(
            orm::error::Kind::Io,
            format!("the answers file {shown} cannot be read"),
        )
        .with_hint("run without it: the answers that are missing are printed, to be filled in")
        .with_source(source)
    })?;
    Ok(Answers::parse(&shown, &text)?)
}

impl QuestionHandler {
    /// What a run ends with that asked and got no answer.
    fn open(&self, error: orm::Error) -> Failure {
        Failure::asked(error, self.mode.json, self.file.as_deref())
    }

    /// The answers that were given beforehand.
    pub fn given(&self) -> &Answers {
        &self.answers
    }

    /// Fields whose rows a rehearsal gave anything, because nothing is written; nothing is decided about them.
    pub fn placeholders(&self) -> &[String] {
        &self.placeholders
    }

    /// Runs something that may ask, again with each answer, until it asks nothing more. `models` are those it is about.
    pub fn settle<T>(
        &mut self,
        models: &[ModelDef],
        mut run: impl FnMut(&Answers) -> orm::Result<T>,
    ) -> Result<T> {
        let mut answered = Vec::new();
        loop {
            let error = match run(&self.answers) {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let (Some(unanswered), Some(terminal)) = (Unanswered::of(&error), &mut self.terminal) else {
                return Err(self.open(error));
            };
            for question in next(&unanswered.questions) {
                if answered.contains(question) {
                    // Asked again although it was answered: no more of that.
                    return Err(self.open(error));
                }
                answered.push(question.clone());
                if self.mode.rehearsal && stand_in(question, models, &mut self.answers) {
                    self.placeholders.push(question.key());
                    continue;
                }
                let key = question.key();
                let mut fits = |answers: &Answers| match run(answers) {
                    Err(error) if !error.is_question() && error.to_string().contains(&key) => {
                        Some(error.to_string())
                    }
                    _ => None,
                };
                match ask(terminal.as_mut(), question, &self.answers, &mut fits) {
                    Ok(Reply::Answered(answers)) => self.answers = answers,
                    Ok(Reply::Stop) => return Err(Failure::Stopped),
                    Err(source) => {
                        let error = orm::Error::new(orm::error::Kind::Io, "the terminal gave no answer");
                        return Err(error.with_hint("nothing was written").with_source(source).into());
                    }
                }
            }
        }
    }
}

/// What to ask before the next run: one rename, for it changes what else is asked; else all there is.
fn next(questions: &[Question]) -> Vec<&Question> {
    let renamed = |question: &&Question| {
        matches!(
            question,
            Question::ModelRenamed { .. }
                | Question::JoinTableKept { .. }
                | Question::FieldRenamed { .. }
                | Question::ValueRenamed { .. }
        )
    };
    let models = questions
        .iter()
        .find(|question| matches!(question, Question::ModelRenamed { .. }));
    match models.or_else(|| questions.iter().find(renamed)) {
        Some(question) => vec![question],
        None => questions.iter().collect(),
    }
}

/// Answers a question about rows with anything that fits, if there is such.
fn stand_in(question: &Question, models: &[ModelDef], answers: &mut Answers) -> bool {
    match question {
        Question::Added {
            model,
            field,
            ty,
            suggestion,
            ..
        } => {
            let choice = models
                .iter()
                .find(|known| known.key() == *model)
                .and_then(|known| known.field(field)?.choices.first());
            let literal = match (suggestion, choice) {
                (Some(suggestion), _) => suggestion.clone(),
                (None, Some(choice)) => Literal::Str(choice.clone()),
                (None, None) => anything(*ty),
            };
            answers.defaults.insert(question.key(), literal);
            true
        }
        Question::NotNull { .. } | Question::UniqueDefault { .. } => answers.proceed.insert(question.key()),
        _ => false,
    }
}

fn anything(ty: FieldType) -> Literal {
    match ty {
        FieldType::Bool => Literal::Bool(false),
        FieldType::SmallInt
        | FieldType::Int
        | FieldType::BigInt
        | FieldType::Real
        | FieldType::Double
        | FieldType::Decimal
        | FieldType::Json => Literal::Int(0),
        FieldType::Date => Literal::from("2000-01-01"),
        FieldType::Time => Literal::from("00:00:00"),
        FieldType::DateTime => Literal::from("2000-01-01T00:00:00"),
        FieldType::Timestamp => Literal::from("2000-01-01T00:00:00Z"),
        FieldType::Uuid => Literal::from("00000000-0000-0000-0000-000000000000"),
        _ => Literal::from(""),
    }
}
