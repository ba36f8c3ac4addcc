//! Questions that only a person can answer, and their answers.

mod answers;

pub use answers::Answers;
use answers::SECTIONS;

use std::fmt;

use crate::error::{Error, Kind, Result};
use crate::model::ModelKey;
use crate::value::{FieldType, Literal};

/// A question that came up during detection.
///
/// # Example: in words, and how to answer it
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::Question;
/// use orm::models::ModelKey;
///
/// let question = Question::FieldRenamed {
///     model: ModelKey::new("blog", "Tag"),
///     old: "label".to_owned(),
///     candidates: vec!["name".to_owned()],
/// };
/// assert_eq!(question.sentence(), "blog.Tag lost the field label and gained name, defined alike: was it renamed?");
/// assert!(question.text().contains("--renamed blog.Tag.label:name"));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// Whether a deleted model was renamed to one of the new ones.
    ModelRenamed {
        /// The deleted model.
        old: ModelKey,
        /// Names of the new models with the same fields or its table; those of other apps as `app.Model`.
        candidates: Vec<String>,
        /// Its table, if a new model has it.
        table: Option<String>,
    },
    /// Whether a new model takes over the join table of a removed many-to-many field, with its rows.
    JoinTableKept {
        /// The model.
        model: ModelKey,
        /// Name of the removed field.
        field: String,
        /// The new models with that table, or with foreign keys to both models it joins, as `app.Model`.
        candidates: Vec<String>,
        /// The join table.
        table: String,
    },
    /// Whether a table may be dropped and created again under the same name for something else.
    TableMadeAnew {
        /// The old owner: a model (`app.Model`) or a many-to-many field (`app.Model.field`).
        old: String,
        /// The new owner.
        new: String,
        /// The table.
        table: String,
    },
    /// Whether a removed field was renamed to one of the new ones.
    FieldRenamed {
        /// The model.
        model: ModelKey,
        /// Name of the removed field.
        old: String,
        /// Names of the new fields with the same definition.
        candidates: Vec<String>,
    },
    /// Whether a removed value of an enum type was renamed to one of the new ones.
    ValueRenamed {
        /// Label of the app.
        app: String,
        /// Name of the enum type.
        name: String,
        /// The removed value.
        old: String,
        /// The new values.
        candidates: Vec<String>,
    },
    /// The value that existing rows get in a new NOT NULL field.
    Added {
        /// The model.
        model: ModelKey,
        /// The field.
        field: String,
        /// The type of its column.
        ty: FieldType,
        /// Whether the model has a default that only the program can compute.
        in_code: bool,
        /// A suggested value, if there is one: the current time, for a creation time.
        suggestion: Option<Literal>,
    },
    /// The value that replaces NULL in a field that becomes NOT NULL.
    NotNull {
        /// The model.
        model: ModelKey,
        /// The field.
        field: String,
        /// The type of its column.
        ty: FieldType,
        /// A suggested value, if there is one.
        suggestion: Option<Literal>,
    },
    /// Whether to add a new unique field whose default only the program can compute, so that all existing rows
    /// would get the same value.
    UniqueDefault {
        /// The model.
        model: ModelKey,
        /// The field.
        field: String,
        /// The type of its column.
        ty: FieldType,
    },
    /// Whether branches of an app's migrations may be merged.
    Merge {
        /// Label of the app.
        app: String,
        /// Names of the last migrations.
        branches: Vec<String>,
    },
}

/// An answer to a [`Question`].
///
/// # Example: rows that exist get an empty string
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::fields::Literal;
/// use orm::migrate::Answer;
///
/// let answer = Answer::Default(Literal::Str(String::new()));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Renamed to this.
    Renamed(String),
    /// Removed; the candidates are something else.
    NotRenamed,
    /// Existing rows get this, once. A string is parsed by the type of the field.
    Default(Literal),
    /// Proceed without a value for rows.
    Proceed,
}

/// Who answers: a file, flags, a person at a terminal.
///
/// # Example: renames are the first candidate, everything else is left open
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{Answer, Question, Questioner};
///
/// struct FirstCandidate;
/// impl Questioner for FirstCandidate {
///     fn ask(&mut self, question: &Question) -> orm::Result<Option<Answer>> {
///         Ok(match question {
///             Question::FieldRenamed { candidates, .. } => candidates.first().cloned().map(Answer::Renamed),
///             _ => None,
///         })
///     }
/// }
/// # Ok::<(), orm::Error>(())
/// ```
pub trait Questioner {
    /// The answer, or `None`; all unanswered questions of a run are reported together.
    ///
    /// # Errors
    /// If asking failed, or the person cancelled.
    ///
    /// # Example: the answers that were given beforehand answer, too
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::{Answers, Question, Questioner};
    ///
    /// let question = Question::Merge { app: "blog".to_owned(), branches: vec![] };
    /// assert_eq!(Answers::default().ask(&question)?, None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn ask(&mut self, question: &Question) -> Result<Option<Answer>>;
}

impl Question {
    /// The table of an answers file that has the answer.
    ///
    /// # Example: where a merge is answered
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let question = orm::migrate::Question::Merge { app: "blog".to_owned(), branches: vec![] };
    /// assert_eq!(question.section(), "merge");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn section(&self) -> &'static str {
        match self {
            Question::ModelRenamed { .. }
            | Question::FieldRenamed { .. }
            | Question::ValueRenamed { .. }
            | Question::JoinTableKept { .. }
            | Question::TableMadeAnew { .. } => "renamed",
            Question::Added { .. } | Question::NotNull { .. } => "defaults",
            Question::UniqueDefault { .. } => "proceed",
            Question::Merge { .. } => "merge",
        }
    }

    /// Its subject, which is the key of its answer: `blog.Post`, `blog.Post.title`, `blog.mood.happy` or `blog`.
    ///
    /// # Example: what a merge is about
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let question = orm::migrate::Question::Merge { app: "blog".to_owned(), branches: vec![] };
    /// assert_eq!(question.key(), "blog");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn key(&self) -> String {
        match self {
            Question::ModelRenamed { old, .. } => old.to_string(),
            Question::JoinTableKept { model, field, .. } => format!("{model}.{field}"),
            Question::TableMadeAnew { old, .. } => old.clone(),
            Question::FieldRenamed { model, old, .. } => format!("{model}.{old}"),
            Question::ValueRenamed { app, name, old, .. } => format!("{app}.{name}.{old}"),
            Question::Added { model, field, .. }
            | Question::NotNull { model, field, .. }
            | Question::UniqueDefault { model, field, .. } => format!("{model}.{field}"),
            Question::Merge { app, .. } => app.clone(),
        }
    }

    /// The question in one sentence, without the ways to answer it.
    ///
    /// # Example: in one sentence
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let branches = vec!["0002_a".to_owned(), "0002_b".to_owned()];
    /// let question = orm::migrate::Question::Merge { app: "blog".to_owned(), branches };
    /// assert_eq!(question.sentence(), "blog has 2 last migrations: 0002_a, 0002_b. Shall they be merged?");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn sentence(&self) -> String {
        let key = self.key();
        match self {
            Question::ModelRenamed {
                candidates, table, ..
            } => {
                let alike = match (table, candidates.len()) {
                    (None, _) => "with the same fields".to_owned(),
                    (Some(table), 1) => format!("on its table {table}"),
                    (Some(table), _) => format!("with the same fields or on its table {table}"),
                };
                format!(
                    "the model {key} is gone and {} {alike}: was it renamed?",
                    are_new(candidates)
                )
            }
            Question::JoinTableKept {
                candidates, table, ..
            } => format!(
                "the many-to-many field {key} is gone and {}: does it take over the join table {table} with its rows?",
                are_new(candidates).trim_end_matches(',')
            ),
            Question::TableMadeAnew { old, new, table } if old == new => {
                format!(
                    "{old} joins another model, and its join table {table} is recreated: are its rows to be lost?"
                )
            }
            Question::TableMadeAnew { old, new, table } => {
                format!("{old} and {new} have the same table, {table}: are the rows of {old} to be lost?")
            }
            Question::FieldRenamed {
                model,
                old,
                candidates,
            } => format!(
                "{model} lost the field {old} and gained {}, defined alike: was it renamed?",
                candidates.join(", ")
            ),
            Question::ValueRenamed {
                app,
                name,
                old,
                candidates,
            } => format!(
                "the enum type {app}.{name} lost the value {old} and gained {}: was it renamed?",
                candidates.join(", ")
            ),
            Question::Added { in_code, .. } => {
                let why = match in_code {
                    true => "takes no NULL, and only the program can compute its default",
                    false => "takes no NULL and has no default",
                };
                format!("{key} is new, {why}: what do the rows that exist get?")
            }
            Question::NotNull { .. } => format!(
                "{key} takes no NULL any more and has no default: what do the rows that hold NULL get?"
            ),
            Question::UniqueDefault { .. } => format!(
                "{key} is new and unique, and only the program can compute its default: rows that exist would all get \
                 the same. Is there at most one?"
            ),
            Question::Merge { branches, .. } => {
                format!(
                    "{key} has {} last migrations: {}. Shall they be merged?",
                    branches.len(),
                    branches.join(", ")
                )
            }
        }
    }

    /// The question, and how to answer it without a terminal.
    ///
    /// # Example: with the ways to answer it
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let question = orm::migrate::Question::Merge { app: "blog".to_owned(), branches: vec![] };
    /// assert!(question.text().starts_with(&question.sentence()));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn text(&self) -> String {
        let key = self.key();
        let sentence = self.sentence();
        let ways = match self {
            Question::ModelRenamed { old, candidates, .. } => {
                let new = candidates.first().map_or("", String::as_str);
                let said = match new.contains('.') {
                    true => &key,
                    false => &old.model,
                };
                format!(
                    "if so, mark {new} #[orm(renamed_from = \"{said}\")] or answer --renamed {key}:{new}; if the rows of \
                     {key} shall be lost, answer --not-renamed {key}"
                )
            }
            Question::JoinTableKept {
                candidates, table, ..
            } => {
                let new = candidates.first().map_or("", String::as_str);
                format!(
                    "if so, mark {new} #[orm(renamed_from = \"{key}\")] or answer --renamed {key}:{new}; if the rows of \
                     {table} shall be lost, answer --not-renamed {key}"
                )
            }
            Question::TableMadeAnew { old, new, .. } if old == new => format!(
                "if so, answer --not-renamed {key}; if not, add a field of another name, copy the rows, then remove {key}"
            ),
            Question::TableMadeAnew { new, table, .. } => format!(
                "if so, answer --not-renamed {key}; if not, give {new} another table with #[orm(table = \"…\")], copy the \
                 rows of {table} into it by a RunSql, and take {key} out of the models after that"
            ),
            Question::FieldRenamed { old, candidates, .. } => format!(
                "if so, mark it #[orm(renamed_from = \"{old}\")] or answer --renamed {key}:{}; if the values of {old} \
                 shall be lost, answer --not-renamed {key}",
                candidates.first().map_or("", String::as_str),
            ),
            Question::ValueRenamed { old, candidates, .. } => format!(
                "if so, mark the variant #[orm(renamed_from = \"{old}\")] or answer --renamed {key}:{}; if no row holds \
                 it, answer --not-renamed {key}",
                candidates.first().map_or("", String::as_str),
            ),
            Question::Added { .. } => {
                format!("give it a default in the model, make it an Option, or answer --default {key}=VALUE")
            }
            Question::NotNull { .. } => format!(
                "give it a default in the model, keep it an Option, or answer --default {key}=VALUE; where no row holds \
                 NULL, answer \"{key}\" = true under [proceed] in the answers file"
            ),
            Question::UniqueDefault { .. } => format!(
                "make it an Option, fill it, and take the Option away in a next migration; where there is no row yet, \
                 answer \"{key}\" = true under [proceed] in the answers file"
            ),
            Question::Merge { .. } => {
                format!("run makemigrations --merge, with \"{key}\" = true under [merge] in the answers file")
            }
        };
        format!("{sentence}\n  {ways}")
    }

    /// Lines of an answers file, each a possible answer.
    fn possible(&self) -> Vec<String> {
        let key = quoted(&self.key());
        match self {
            Question::TableMadeAnew { .. } => vec![format!("{key} = false")],
            Question::ModelRenamed { candidates, .. }
            | Question::JoinTableKept { candidates, .. }
            | Question::FieldRenamed { candidates, .. }
            | Question::ValueRenamed { candidates, .. } => {
                let renamed = candidates
                    .iter()
                    .map(|candidate| format!("{key} = {}", quoted(candidate)));
                renamed.chain([format!("{key} = false")]).collect()
            }
            Question::Added { ty, suggestion, .. } | Question::NotNull { ty, suggestion, .. } => {
                vec![format!("{key} = {}", example(*ty, suggestion.as_ref()))]
            }
            Question::UniqueDefault { .. } | Question::Merge { .. } => vec![format!("{key} = true")],
        }
    }
}

fn are_new(candidates: &[String]) -> String {
    match candidates {
        [one] => format!("{one} is new,"),
        _ => format!("{} are new,", candidates.join(", ")),
    }
}

/// A TOML string on one line.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

fn example(ty: FieldType, suggestion: Option<&Literal>) -> String {
    match suggestion {
        Some(Literal::Bool(value)) => return value.to_string(),
        Some(Literal::Int(value)) => return value.to_string(),
        Some(Literal::Float(value)) => return format!("{value:?}"),
        other => {
            // The type of the field stands beside it.
            if let Some(text) = other.and_then(Literal::as_str) {
                return quoted(text);
            }
        }
    }
    match ty {
        FieldType::Bool => "false",
        ty if ty.is_integer() => "0",
        FieldType::Real | FieldType::Double => "0.0",
        FieldType::Date => "2026-11-22",
        FieldType::Time => "18:05:00",
        FieldType::DateTime => "2026-11-22T18:05:00",
        FieldType::Timestamp => "2026-11-22T18:05:00Z",
        FieldType::Duration => "\"PT1H30M\"",
        FieldType::Uuid => "\"67e55044-10b1-426f-9247-bb680e5fe0c8\"",
        FieldType::IpAddress | FieldType::Ipv4Address | FieldType::Inet => "\"127.0.0.1\"",
        FieldType::Ipv6Address => "\"::1\"",
        FieldType::Cidr => "\"127.0.0.0/8\"",
        FieldType::MacAddress => "\"00:00:00:00:00:00\"",
        FieldType::Decimal => "\"0.00\"",
        FieldType::Json => "\"{}\"",
        ty if ty.is_range() => "\"empty\"",
        ty if ty.is_multirange() => "[]",
        FieldType::Array(_) => "[]",
        _ => "\"\"",
    }
    .to_owned()
}

/// The questions of a run that got no answer. It is the source of an error with
/// [`is_question`](crate::Error::is_question); nothing has been written.
///
/// # Example: an answers file to be filled in
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{MakeOptions, StateFile, Unanswered, diff};
///
/// let state = |field: &str| {
///     let fields = format!(r#"{{"name": "id", "type": "big_int", "primary_key": true}}, {{"name": "{field}", "type": "text"}}"#);
///     StateFile::parse("models.json", &format!(r#"{{"models": [{{"app": "blog", "name": "Tag", "fields": [{fields}]}}]}}"#))
/// };
/// let error = diff(&state("label")?, &state("name")?, &MakeOptions::default()).unwrap_err();
/// let asked = Unanswered::of(&error).expect("a question is open");
/// assert_eq!(asked.questions[0].key(), "blog.Tag.label");
/// println!("{}", asked.answers_file());
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Unanswered {
    /// The questions, in the order they came up.
    pub questions: Vec<Question>,
}

impl Unanswered {
    /// What an error carries, if it is one of unanswered questions.
    ///
    /// # Example: no question is open
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let error = Post::get(99, &db).unwrap_err();
    /// assert!(orm::migrate::Unanswered::of(&error).is_none());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn of(error: &Error) -> Option<&Unanswered> {
        std::error::Error::source(error)?.downcast_ref()
    }

    /// An answers file to be filled in, with every possible answer commented out.
    ///
    /// # Example: of a merge
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::{Question, Unanswered};
    ///
    /// let question = Question::Merge { app: "blog".to_owned(), branches: vec!["0002_a".to_owned(), "0002_b".to_owned()] };
    /// assert!(Unanswered { questions: vec![question] }.answers_file().contains("[merge]"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn answers_file(&self) -> String {
        let mut out =
            "# Take the # away in front of the answers that are right, and change the values.\n".to_owned();
        for section in SECTIONS {
            let mut heading = Some(format!("\n[{section}]\n"));
            for question in &self.questions {
                let also = matches!(question, Question::NotNull { .. }) && section == "proceed";
                if question.section() != section && !also {
                    continue;
                }
                out.push_str(&heading.take().unwrap_or_default());
                if also {
                    out.push_str(&format!(
                        "# or, if no row holds NULL in {0}:\n# {1} = true\n",
                        question.key(),
                        quoted(&question.key())
                    ));
                    continue;
                }
                out.push_str(&format!("# {}\n", question.sentence().replace('\n', "\n# ")));
                if self.may_be_renamed(question) {
                    out.push_str("# (answer only if nothing was renamed to it)\n");
                }
                for answer in question.possible() {
                    out.push_str(&format!("# {answer}\n"));
                }
            }
        }
        out
    }

    /// Whether a new field is a candidate of another question about a rename.
    fn may_be_renamed(&self, question: &Question) -> bool {
        let Question::Added { model, field, .. } = question else {
            return false;
        };
        self.questions.iter().any(|other| match other {
            Question::FieldRenamed {
                model: of,
                candidates,
                ..
            } => of == model && candidates.contains(field),
            _ => false,
        })
    }

    /// The error for unanswered questions.
    pub(super) fn error(self) -> Error {
        let texts: Vec<String> = self.questions.iter().map(Question::text).collect();
        Error::new(Kind::Question, texts.join("\n")).with_source(self)
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.questions.len() {
            1 => f.write_str("one question has no answer"),
            count => write!(f, "{count} questions have no answer"),
        }
    }
}

impl std::error::Error for Unanswered {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::Answers;

    #[test]
    fn every_possible_answer_of_the_file_is_one() {
        let model = ModelKey::new("blog", "Post");
        let field = |ty, field: &str| Question::Added {
            model: model.clone(),
            field: field.to_owned(),
            ty,
            in_code: false,
            suggestion: None,
        };
        let mut questions = vec![
            Question::ModelRenamed {
                old: model.clone(),
                candidates: vec!["Article".into(), "news.Note".into()],
                table: None,
            },
            Question::JoinTableKept {
                model: model.clone(),
                field: "tags".into(),
                candidates: vec!["blog.PostTag".into(), "news.Tagged".into()],
                table: "blog_post_tags".into(),
            },
            Question::TableMadeAnew {
                old: "blog.Post.links".into(),
                new: "blog.Link".into(),
                table: "links".into(),
            },
            Question::FieldRenamed {
                model: model.clone(),
                old: "body".into(),
                candidates: vec!["text".into()],
            },
            Question::ValueRenamed {
                app: "blog".into(),
                name: "mood".into(),
                old: "so \"so\"".into(),
                candidates: vec!["fine\n".into()],
            },
            Question::NotNull {
                model: model.clone(),
                field: "slug".into(),
                ty: FieldType::Text,
                suggestion: None,
            },
            Question::UniqueDefault {
                model: model.clone(),
                field: "token".into(),
                ty: FieldType::Uuid,
            },
            Question::Merge {
                app: "blog".into(),
                branches: vec!["0002_a".into(), "0002_b".into()],
            },
        ];
        let types = [
            FieldType::Bool,
            FieldType::Int,
            FieldType::Double,
            FieldType::Date,
            FieldType::Time,
            FieldType::DateTime,
            FieldType::Timestamp,
            FieldType::Duration,
            FieldType::Uuid,
            FieldType::Decimal,
            FieldType::Json,
            FieldType::Text,
        ];
        questions.extend(types.map(|ty| field(ty, &format!("{ty:?}"))));
        for question in &questions {
            for at in 0..question.possible().len() {
                let line = &question.possible()[at];
                let text = format!("[{}]\n{line}\n", question.section());
                let mut answers = Answers::parse("answers.toml", &text).unwrap();
                assert!(answers.ask(question).unwrap().is_some(), "{text}");
            }
        }
        let error = Unanswered { questions }.error();
        let file = Unanswered::of(&error).unwrap().answers_file();
        assert_eq!(Answers::parse("answers.toml", &file).unwrap(), Answers::default());
        for line in ["[renamed]", "[defaults]", "[proceed]", "[merge]"] {
            assert_eq!(file.matches(line).count(), 1, "{file}");
        }
    }
}
