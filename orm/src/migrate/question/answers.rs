//! Answers to questions, given beforehand by flags or a file.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Answer, Question, Questioner};
use crate::error::{Error, Result};
use crate::value::Literal;

/// The tables of an answers file.
pub(in crate::migrate) const SECTIONS: [&str; 4] = ["renamed", "defaults", "proceed", "merge"];

/// Answers to questions. A question without an answer is an error that shows how to answer it.
///
/// # Example: from a file, and from flags
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::Answers;
///
/// let mut answers = Answers::parse("answers.toml", "[renamed]\n\"blog.Tag.label\" = \"name\"\n")?;
/// answers.add_default("blog.Tag.color=red")?;
/// assert_eq!(answers.renamed["blog.Tag.label"], "name");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    /// `app.Model.field` (or `app.Model`, or `app.enum.value`) -> its new name; `app.Model` for one of another app.
    pub renamed: BTreeMap<String, String>,
    /// The same names, of what was not renamed to anything; or, with `:new` appended, not to that.
    pub not_renamed: BTreeSet<String>,
    /// `app.Model.field` -> the value that existing rows get in a NOT NULL column. A string is parsed by the
    /// field's type.
    pub defaults: BTreeMap<String, Literal>,
    /// `app.Model.field`: proceed without a value for existing rows.
    pub proceed: BTreeSet<String>,
    /// Labels of apps whose branches may be merged.
    pub merge: BTreeSet<String>,
}

impl Answers {
    /// Reads an answers file; errors name `path` and the line.
    ///
    /// ```toml
    /// [renamed]
    /// "blog.Post.body" = "text"        # false: it is gone, and what is new is something else
    /// [defaults]
    /// "blog.Post.slug" = ""
    /// [proceed]
    /// "blog.Post.token" = true
    /// ```
    ///
    /// # Errors
    /// If the text is not a valid answers file.
    ///
    /// # Example: a mistake is told with its line
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = orm::migrate::Answers::parse("answers.toml", "[renamd]\n").unwrap_err();
    /// assert!(refused.to_string().contains("answers.toml:1"), "{refused}");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn parse(path: &str, text: &str) -> Result<Self> {
        let reader = AnswersReader { path, text };
        let root = DeTable::parse(text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            reader.error(&span, error.message().to_owned())
        })?;
        let mut answers = Answers::default();
        for (name, section) in root.into_inner() {
            let (span, name) = (name.span(), name.into_inner());
            let section = match section.into_inner() {
                DeValue::Table(section) if SECTIONS.contains(&name.as_ref()) => section,
                _ => return Err(reader.unknown(&span, &name)),
            };
            for (key, value) in section {
                let span = key.span();
                let key = key.into_inner().into_owned();
                let read = match name.as_ref() {
                    "renamed" => answers.set_renamed(key, value.into_inner()),
                    "defaults" => answers.set_default(key, &value),
                    "proceed" => set(&mut answers.proceed, key, 3, value.into_inner()),
                    _ => set(&mut answers.merge, key, 1, value.into_inner()),
                };
                read.map_err(|(message, hint)| reader.error(&span, message).with_hint(hint))?;
            }
        }
        Ok(answers)
    }

    /// Adds other answers, which take precedence.
    ///
    /// # Example: flags outrank a file
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::Answers;
    ///
    /// let mut answers = Answers::parse("answers.toml", "[renamed]\n\"blog.Tag.label\" = \"name\"\n")?;
    /// let mut flags = Answers::default();
    /// flags.add_renamed("blog.Tag.label:title")?;
    /// answers.extend(flags);
    /// assert_eq!(answers.renamed["blog.Tag.label"], "title");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn extend(&mut self, others: Answers) {
        for (key, new) in &others.renamed {
            self.not_renamed.remove(key);
            self.not_renamed.remove(&format!("{key}:{new}"));
        }
        self.renamed.retain(|key, new| !others.is_declined(key, new));
        self.proceed.retain(|key| !others.defaults.contains_key(key));
        self.defaults.retain(|key, _| !others.proceed.contains(key));
        self.renamed.extend(others.renamed);
        self.not_renamed.extend(others.not_renamed);
        self.defaults.extend(others.defaults);
        self.proceed.extend(others.proceed);
        self.merge.extend(others.merge);
    }

    /// Whether something was not renamed at all, or not to `new`.
    pub(in crate::migrate) fn is_declined(&self, key: &str, new: &str) -> bool {
        self.not_renamed.contains(key) || self.not_renamed.contains(&format!("{key}:{new}"))
    }

    /// Reads `app.Model.field=literal`, as `--default` takes it; the literal may be quoted.
    ///
    /// # Errors
    /// If the text is malformed.
    ///
    /// # Example: as `--default` takes it
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut answers = orm::migrate::Answers::default();
    /// answers.add_default("blog.Tag.color=red")?;
    /// assert!(answers.add_default("color=red").is_err());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn add_default(&mut self, text: &str) -> Result<()> {
        let parsed = text.split_once('=').filter(|(name, _)| has_parts(name, 3));
        let Some((name, literal)) = parsed else {
            return Err(Error::config(format!("`{text}` gives no default"))
                .with_hint("write --default app.Model.field=literal"));
        };
        let unquoted = ['"', '\'']
            .into_iter()
            .find_map(|quote| literal.strip_prefix(quote)?.strip_suffix(quote))
            .unwrap_or(literal);
        self.defaults
            .insert(name.to_owned(), Literal::Str(unquoted.to_owned()));
        Ok(())
    }

    /// Reads `app.Model.old:new`, `app.Old:New` or `app.Old:other.New`, as `--renamed` takes it.
    ///
    /// # Errors
    /// If the text is malformed.
    ///
    /// # Example: as `--renamed` takes it
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut answers = orm::migrate::Answers::default();
    /// answers.add_renamed("blog.Tag.label:name")?;
    /// assert!(answers.add_renamed("label").is_err());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn add_renamed(&mut self, text: &str) -> Result<()> {
        match pair(text) {
            Some((old, Some(new))) => {
                self.renamed.insert(old.to_owned(), new.to_owned());
                Ok(())
            }
            _ => Err(
                Error::config(format!("`{text}` names no pair of fields or models"))
                    .with_hint("write --renamed app.Model.old:new, or app.Old:New for models, app.Old:other.New for one of another app"),
            ),
        }
    }

    /// Reads `app.Model.old`, `app.Model.old:new`, `app.Old` or `app.Old:New`, as `--not-renamed` takes it.
    ///
    /// # Errors
    /// If the text is malformed.
    ///
    /// # Example: as `--not-renamed` takes it
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let mut answers = orm::migrate::Answers::default();
    /// answers.add_not_renamed("blog.Tag.label")?;
    /// assert!(answers.not_renamed.contains("blog.Tag.label"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn add_not_renamed(&mut self, text: &str) -> Result<()> {
        if pair(text).is_none() {
            return Err(
                Error::config(format!("`{text}` names no pair of fields or models"))
                    .with_hint("write --not-renamed app.Model.old:new, or app.Old:New for models"),
            );
        }
        self.not_renamed.insert(text.to_owned());
        Ok(())
    }

    fn set_renamed(&mut self, key: String, value: DeValue<'_>) -> std::result::Result<(), InvalidAnswer> {
        if !has_parts(&key, 2) && key.splitn(3, '.').filter(|part| !part.is_empty()).count() != 3 {
            return Err((
                format!("`{key}` names no model, field or enum value"),
                "write \"app.Model.field\", \"app.Model\" or \"app.enum.value\"",
            ));
        }
        match value {
            DeValue::String(new) => {
                self.renamed.insert(key, new.into_owned());
            }
            DeValue::Boolean(false) => {
                self.not_renamed.insert(key);
            }
            _ => {
                return Err((
                    format!("the answer for {key} is neither a name nor false"),
                    "write the new name in quotes, or false if it was not renamed",
                ));
            }
        }
        Ok(())
    }

    fn set_default(
        &mut self,
        key: String,
        value: &Spanned<DeValue<'_>>,
    ) -> std::result::Result<(), InvalidAnswer> {
        if !has_parts(&key, 3) {
            return Err((format!("`{key}` names no field"), "write \"app.Model.field\""));
        }
        let literal = match value.get_ref() {
            DeValue::String(text) => Some(Literal::Str(text.as_ref().to_owned())),
            DeValue::Boolean(value) => Some(Literal::Bool(*value)),
            DeValue::Integer(value) => i64::from_str_radix(value.as_str(), value.radix())
                .ok()
                .map(Literal::Int),
            DeValue::Float(value) => value.as_str().parse().ok().map(Literal::Float),
            DeValue::Datetime(value) => Some(Literal::Str(value.to_string())),
            DeValue::Array(_) | DeValue::Table(_) => None,
        };
        match literal {
            Some(literal) => {
                self.defaults.insert(key, literal);
                Ok(())
            }
            None => Err((
                format!("the default for {key} is not a value of a column"),
                "write one text, number, true, false, date or time; JSON as a text",
            )),
        }
    }
}

impl Answers {
    /// The answer to a question, if there is one.
    ///
    /// # Example: what was given beforehand
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::{Answer, Answers, Question};
    /// use orm::models::ModelKey;
    ///
    /// let mut answers = Answers::default();
    /// answers.add_renamed("blog.Tag.label:name")?;
    /// let question = Question::FieldRenamed {
    ///     model: ModelKey::new("blog", "Tag"),
    ///     old: "label".to_owned(),
    ///     candidates: vec!["name".to_owned()],
    /// };
    /// assert_eq!(answers.answer(&question), Some(Answer::Renamed("name".to_owned())));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn answer(&self, question: &Question) -> Option<Answer> {
        let key = question.key();
        match question {
            Question::TableMadeAnew { .. } => self.not_renamed.contains(&key).then_some(Answer::NotRenamed),
            Question::ModelRenamed { .. }
            | Question::JoinTableKept { .. }
            | Question::FieldRenamed { .. }
            | Question::ValueRenamed { .. } => match self.renamed.get(&key) {
                Some(new) => Some(Answer::Renamed(new.clone())),
                None => self.not_renamed.contains(&key).then_some(Answer::NotRenamed),
            },
            Question::Added { .. } => self.defaults.get(&key).cloned().map(Answer::Default),
            Question::NotNull { .. } | Question::UniqueDefault { .. } => match self.defaults.get(&key) {
                Some(literal) => Some(Answer::Default(literal.clone())),
                None => self.proceed.contains(&key).then_some(Answer::Proceed),
            },
            Question::Merge { .. } => self.merge.contains(&key).then_some(Answer::Proceed),
        }
    }
}

impl Questioner for Answers {
    fn ask(&mut self, question: &Question) -> Result<Option<Answer>> {
        Ok(self.answer(question))
    }
}

/// A message and a hint.
type InvalidAnswer = (String, &'static str);

fn set(
    answers: &mut BTreeSet<String>,
    key: String,
    parts: usize,
    value: DeValue<'_>,
) -> std::result::Result<(), InvalidAnswer> {
    if !has_parts(&key, parts) {
        return match parts {
            1 => Err((format!("`{key}` names no app"), "write the label of an app")),
            _ => Err((format!("`{key}` names no field"), "write \"app.Model.field\"")),
        };
    }
    match value {
        DeValue::Boolean(true) => {
            answers.insert(key);
        }
        // Treated as unanswered.
        DeValue::Boolean(false) => {}
        _ => {
            return Err((
                format!("the answer for {key} is neither true nor false"),
                "write true to go on",
            ));
        }
    }
    Ok(())
}

struct AnswersReader<'a> {
    path: &'a str,
    text: &'a str,
}

impl AnswersReader<'_> {
    fn error(&self, span: &Range<usize>, message: String) -> Error {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        Error::config(format!("{}:{line}: {message}", self.path))
    }

    fn unknown(&self, span: &Range<usize>, name: &str) -> Error {
        self.error(span, format!("unknown table `{name}`"))
            .with_hint("answers stand below [renamed], [defaults], [proceed] or [merge]")
    }
}

/// `old:new`, or `old` alone; a model of another app is new with its label.
fn pair(text: &str) -> Option<(&str, Option<&str>)> {
    let (old, new) = match text.split_once(':') {
        Some((old, new)) => (old, Some(new)),
        None => (text, None),
    };
    let valid = (has_parts(old, 2) || has_parts(old, 3))
        && new.is_none_or(|new| has_parts(new, 1) || has_parts(new, 2));
    valid.then_some((old, new))
}

fn has_parts(name: &str, count: usize) -> bool {
    name.split('.').count() == count && name.split('.').all(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_and_nonsense_is_refused() {
        let mut answers = Answers::default();
        answers.add_default("blog.Post.title='a=b'").unwrap();
        answers.add_default("blog.Post.views=0").unwrap();
        assert_eq!(answers.defaults["blog.Post.title"], Literal::from("a=b"));
        answers.add_not_renamed("blog.Post.name:title").unwrap();
        answers.add_not_renamed("blog.Post:Article").unwrap();
        answers.add_not_renamed("blog.Post.name").unwrap();
        answers.add_renamed("blog.Post.name:title").unwrap();
        assert_eq!(answers.renamed["blog.Post.name"], "title");
        answers.add_renamed("shop.Order:sales.Order").unwrap();
        assert_eq!(answers.renamed["shop.Order"], "sales.Order");
        answers.add_not_renamed("shop.Order:sales.Order").unwrap();
        for bad in ["blog.Post=1", "blog.Post.title", "=", "a..b=1"] {
            assert!(answers.add_default(bad).is_err(), "{bad}");
        }
        for bad in ["blog", "a:b", "blog.Post.a:blog.Post.b"] {
            assert!(answers.add_not_renamed(bad).is_err(), "{bad}");
            assert!(answers.add_renamed(bad).is_err(), "{bad}");
        }
        assert!(answers.add_renamed("blog.Post.a").is_err());
    }

    #[test]
    fn a_file_is_read_by_type() {
        let text = "
[renamed]
\"blog.Post.body\" = \"text\"
\"blog.Post\" = false
\"blog.mood.so.so\" = \"fine\"
[defaults]
\"blog.Post.a\" = 0x10
\"blog.Post.b\" = -1.5
\"blog.Post.c\" = 2026-11-22T18:05:00Z
\"blog.Post.d\" = true
[proceed]
\"blog.Post.e\" = true
\"blog.Post.f\" = false
[merge]
blog = true
";
        let answers = Answers::parse("answers.toml", text).unwrap();
        assert_eq!(answers.renamed.len(), 2);
        assert!(answers.not_renamed.contains("blog.Post"));
        let defaults: Vec<Literal> = answers.defaults.into_values().collect();
        assert_eq!(
            defaults,
            [
                Literal::Int(16),
                Literal::Float(-1.5),
                Literal::from("2026-11-22T18:05:00Z"),
                Literal::Bool(true)
            ]
        );
        assert_eq!(answers.proceed.len(), 1);
        assert!(answers.merge.contains("blog"));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (text, expected) in [
            ("[rename]\n", "a.toml:1: unknown table `rename`"),
            ("\"blog.Post\" = \"x\"", "a.toml:1: unknown table `blog.Post`"),
            ("[renamed]\n\"blog\" = \"x\"", "a.toml:2: `blog` names no model"),
            (
                "[renamed]\n\n\"blog.Post\" = true",
                "a.toml:3: the answer for blog.Post is neither a name nor false",
            ),
            (
                "[defaults]\n\"blog.Post.a\" = []",
                "a.toml:2: the default for blog.Post.a is not a value",
            ),
            (
                "[defaults]\n\"blog.Post\" = 1",
                "a.toml:2: `blog.Post` names no field",
            ),
            ("[merge]\nblog = 1", "a.toml:2: the answer for blog is neither"),
            ("[defaults", "a.toml:1: "),
        ] {
            let error = Answers::parse("a.toml", text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
