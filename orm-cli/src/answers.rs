//! Answers to questions: given beforehand, asked for at a terminal, or else printed as a file to fill in.

use std::path::PathBuf;

use clap::Args;
use orm::fields::{FieldType, Literal};
use orm::migrate::{Answers, Question, Unanswered};
use orm::models::ModelDef;

use crate::failure::{Failure, Result};
use crate::prompt::{Reply, Stderr, Terminal, ask};

/// Answers given beforehand.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Answers")]
pub struct AnswerArgs {
    /// File of answers, as printed when some are missing; may be repeated
    #[arg(long, value_name = "FILE")]
    answers: Vec<PathBuf>,
    /// OLD was renamed to NEW (for models APP.OLD:NEW); may be repeated
    #[arg(long, value_name = "APP.MODEL.OLD:NEW")]
    renamed: Vec<String>,
    /// OLD was not renamed to NEW; without :NEW, it was removed; may be repeated
    #[arg(long, value_name = "APP.MODEL.OLD[:NEW]")]
    not_renamed: Vec<String>,
    /// Value that existing rows get in a NOT NULL column; may be repeated
    #[arg(long = "default", value_name = "APP.MODEL.FIELD=LITERAL")]
    defaults: Vec<String>,
    /// Ask nothing at the terminal
    #[arg(long, visible_alias = "noinput")]
    no_input: bool,
}

/// Answers a command's questions.
pub struct QuestionHandler {
    answers: Answers,
    /// The file to which missing answers should be added, if one was given.
    file: Option<PathBuf>,
    terminal: Option<Box<dyn Terminal>>,
    mode: QuestionMode,
    /// Fields (`app.Model.field`) that a dry run filled with placeholders instead of asking.
    placeholders: Vec<String>,
}

/// How commands differ in asking.
#[derive(Clone, Copy, Default)]
pub struct QuestionMode {
    /// Whether missing answers are reported as JSON.
    pub json: bool,
    /// Whether questions about values of rows get placeholders, because nothing is written (a dry run).
    pub rehearsal: bool,
}

impl AnswerArgs {
    /// Reads all answers. Flags take precedence over files, and later files over earlier ones.
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
                    format!("{old} is both renamed and not renamed"),
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
    /// The error for unanswered questions.
    fn open(&self, error: orm::Error) -> Failure {
        Failure::asked(error, self.mode.json, self.file.as_deref())
    }

    /// The answers given beforehand.
    pub fn given(&self) -> &Answers {
        &self.answers
    }

    /// Fields that a dry run filled with placeholders; nothing is decided about them.
    pub fn placeholders(&self) -> &[String] {
        &self.placeholders
    }

    /// Runs something that may ask questions, again with each answer, until it has no more. `models` are the
    /// models involved.
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
                    // The same question again, although it was answered: stop here.
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

/// The questions to ask before the next run: a single one about a rename, because its answer changes the others;
/// otherwise all.
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

/// Answers a question about values of rows with a placeholder, if one fits.
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
                (None, Some(choice)) if !matches!(ty, FieldType::Array(_)) => match choice.parse() {
                    Ok(number) if ty.is_integer() => Literal::Int(number),
                    _ => Literal::Str(choice.clone()),
                },
                (None, _) => anything(*ty),
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
        ty if ty.is_integer() => Literal::Int(0),
        FieldType::Real | FieldType::Double | FieldType::Decimal | FieldType::Json => Literal::Int(0),
        FieldType::Date => Literal::from("2000-01-01"),
        FieldType::Time => Literal::from("00:00:00"),
        FieldType::DateTime => Literal::from("2000-01-01T00:00:00"),
        FieldType::Timestamp => Literal::from("2000-01-01T00:00:00Z"),
        FieldType::Duration => Literal::from("PT0S"),
        FieldType::Uuid => Literal::from("00000000-0000-0000-0000-000000000000"),
        FieldType::IpAddress | FieldType::Ipv4Address | FieldType::Inet | FieldType::Cidr => {
            Literal::from("127.0.0.1")
        }
        FieldType::Ipv6Address => Literal::from("::1"),
        FieldType::MacAddress => Literal::from("00:00:00:00:00:00"),
        FieldType::IntRange
        | FieldType::BigIntRange
        | FieldType::DecimalRange
        | FieldType::DateRange
        | FieldType::DateTimeRange
        | FieldType::TimestampRange => Literal::from("empty"),
        FieldType::IntMultirange
        | FieldType::BigIntMultirange
        | FieldType::DecimalMultirange
        | FieldType::DateMultirange
        | FieldType::DateTimeMultirange
        | FieldType::TimestampMultirange
        | FieldType::Array(_) => Literal::List(Vec::new()),
        _ => Literal::from(""),
    }
}
