//! Asks a person at a terminal.

use std::io::{self, Write as _};

use dialoguer::Input;
use dialoguer::console::Term;
use orm::fields::{FieldType, Literal};
use orm::migrate::{Answers, Question};

use crate::failure::Result;
use crate::output;

/// A terminal, or a test's replacement for it.
pub trait Terminal {
    /// Shows a line.
    fn say(&mut self, text: &str) -> io::Result<()>;
    /// Asks for a line.
    fn line(&mut self, prompt: &str, suggestion: Option<&str>) -> io::Result<String>;
}

/// A person's reply to a question.
#[derive(Debug, PartialEq)]
pub enum Reply {
    /// Continue with these answers.
    Answered(Answers),
    /// Stop.
    Stop,
}

/// Asks a question until it has a valid answer. `fits` says why an answer is refused.
pub fn ask(
    terminal: &mut dyn Terminal,
    question: &Question,
    answers: &Answers,
    fits: &mut dyn FnMut(&Answers) -> Option<String>,
) -> io::Result<Reply> {
    let key = question.key();
    let mut answers = answers.clone();
    match question {
        Question::ModelRenamed { candidates, .. }
        | Question::JoinTableKept { candidates, .. }
        | Question::FieldRenamed { candidates, .. }
        | Question::ValueRenamed { candidates, .. } => {
            match renamed(terminal, question, candidates)? {
                Some(new) => answers.renamed.insert(key, new).is_some(),
                None => answers.not_renamed.insert(key),
            };
        }
        Question::Added { ty, suggestion, .. } => {
            terminal.say(&question.sentence())?;
            let ways = [
                "give them a value now",
                "stop, and give the field a default in the model",
            ];
            if choose(terminal, &ways)? == 1 {
                return Ok(Reply::Stop);
            }
            return value(terminal, &key, *ty, suggestion.as_ref(), &answers, fits);
        }
        Question::NotNull { ty, suggestion, .. } => {
            terminal.say(&question.sentence())?;
            let ways = [
                "give them a value now",
                "leave them: no row holds NULL, and the migration fails if one does",
                "stop, and give the field a default in the model",
            ];
            match choose(terminal, &ways)? {
                0 => return value(terminal, &key, *ty, suggestion.as_ref(), &answers, fits),
                1 => answers.proceed.insert(key),
                _ => return Ok(Reply::Stop),
            };
        }
        Question::UniqueDefault { .. } => {
            terminal.say(&question.sentence())?;
            let ways = [
                "go on: there is at most one row",
                "stop, and add the field in steps: as an Option first, then filled, then without the Option",
            ];
            if choose(terminal, &ways)? == 1 {
                return Ok(Reply::Stop);
            }
            answers.proceed.insert(key);
        }
        Question::TableMadeAnew { .. } => {
            if !confirm(terminal, &question.sentence())? {
                return Ok(Reply::Stop);
            }
            answers.not_renamed.insert(key);
        }
        Question::Merge { .. } => {
            if !confirm(terminal, &question.sentence())? {
                return Ok(Reply::Stop);
            }
            answers.merge.insert(key);
        }
    }
    Ok(Reply::Answered(answers))
}

/// The new name, if it is one of the candidates.
fn renamed(
    terminal: &mut dyn Terminal,
    question: &Question,
    candidates: &[String],
) -> io::Result<Option<String>> {
    let what = match question {
        Question::ModelRenamed { .. } => "the model ",
        Question::ValueRenamed { .. } => "the value ",
        _ => "",
    };
    let key = question.key();
    if let (Question::JoinTableKept { .. }, [new]) = (question, candidates) {
        let yes = confirm(terminal, &question.sentence())?;
        return Ok(yes.then(|| new.clone()));
    }
    if let [new] = candidates {
        let yes = confirm(terminal, &format!("Was {what}{key} renamed to {new}?"))?;
        return Ok(yes.then(|| new.clone()));
    }
    match question {
        Question::JoinTableKept { .. } => terminal.say(&question.sentence())?,
        _ => terminal.say(&format!("Was {what}{key} renamed?"))?,
    }
    let ways: Vec<String> = candidates
        .iter()
        .map(|new| format!("yes, to {new}"))
        .chain(["no: it was removed, with what it held".to_owned()])
        .collect();
    let ways: Vec<&str> = ways.iter().map(String::as_str).collect();
    Ok(candidates.get(choose(terminal, &ways)?).cloned())
}

/// Yes or no; no is the default.
fn confirm(terminal: &mut dyn Terminal, question: &str) -> io::Result<bool> {
    loop {
        let line = terminal.line(&format!("{question} [y/N]"), None)?;
        match line.trim().to_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "" | "n" | "no" => return Ok(false),
            _ => terminal.say("Type y for yes or n for no.")?,
        }
    }
}

/// Position of the chosen option.
fn choose(terminal: &mut dyn Terminal, ways: &[&str]) -> io::Result<usize> {
    for (at, way) in ways.iter().enumerate() {
        terminal.say(&format!(" {}) {way}", at + 1))?;
    }
    loop {
        let line = terminal.line("Your choice", None)?;
        match line.trim().parse::<usize>() {
            Ok(number) if (1..=ways.len()).contains(&number) => return Ok(number - 1),
            _ => terminal.say(&format!("Type a number from 1 to {}.", ways.len()))?,
        }
    }
}

/// A value for existing rows, asked for until it fits.
fn value(
    terminal: &mut dyn Terminal,
    key: &str,
    ty: FieldType,
    suggestion: Option<&Literal>,
    answers: &Answers,
    fits: &mut dyn FnMut(&Answers) -> Option<String>,
) -> io::Result<Reply> {
    let suggestion = suggestion.map(text_of);
    let prompt = match ty {
        FieldType::Text => format!("Value of {key} (text, \"\" for an empty one)"),
        _ => format!("Value of {key} ({})", name_of(ty)),
    };
    loop {
        let line = terminal.line(&prompt, suggestion.as_deref())?;
        let line = line.trim();
        if line.is_empty() {
            terminal.say("Type a value, or stop with Ctrl-C.")?;
            continue;
        }
        let mut with_it = answers.clone();
        let refusal = match with_it.add_default(&format!("{key}={line}")) {
            Ok(()) => fits(&with_it),
            Err(error) => Some(error.to_string()),
        };
        match refusal {
            None => return Ok(Reply::Answered(with_it)),
            Some(why) => terminal.say(&why)?,
        }
    }
}

/// The type name for people, such as `date and time`.
fn name_of(ty: FieldType) -> String {
    let name = serde_json::to_value(ty).unwrap_or_default();
    name.as_str().unwrap_or("value").replace('_', " ")
}

fn text_of(literal: &Literal) -> String {
    match literal {
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Float(value) => value.to_string(),
        Literal::List(items) => items.iter().map(text_of).collect::<Vec<_>>().join(", "),
        other => other.as_str().unwrap_or("NULL").to_owned(),
    }
}

/// Asks on the standard output whether to go on; an empty answer is no.
pub fn confirmed(question: &str) -> Result<bool> {
    output::part(format!("{question} [y/N] "));
    let _ = io::stdout().flush();
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(|source| {
        orm::Error::new(orm::error::Kind::Io, "the answer cannot be read").with_source(source)
    })?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The program's terminal; prompts go to the standard error.
pub struct Stderr(Term);

impl Stderr {
    /// The terminal, if a person sits at it.
    pub fn new() -> Option<Self> {
        use std::io::IsTerminal as _;
        let there = io::stdin().is_terminal() && io::stderr().is_terminal();
        there.then(|| Stderr(Term::stderr()))
    }
}

impl Terminal for Stderr {
    fn say(&mut self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn line(&mut self, prompt: &str, suggestion: Option<&str>) -> io::Result<String> {
        let mut input = Input::<String>::new().with_prompt(prompt).allow_empty(true);
        if let Some(suggestion) = suggestion {
            input = input.default(suggestion.to_owned());
        }
        input
            .interact_text_on(&self.0)
            .map_err(|dialoguer::Error::IO(error)| error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orm::models::ModelKey;

    /// Lines that are typed, and what was shown.
    struct Script {
        typed: Vec<&'static str>,
        shown: Vec<String>,
    }

    impl Terminal for Script {
        fn say(&mut self, text: &str) -> io::Result<()> {
            self.shown.push(text.to_owned());
            Ok(())
        }

        fn line(&mut self, prompt: &str, suggestion: Option<&str>) -> io::Result<String> {
            self.shown.push(prompt.to_owned());
            if self.typed.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = self.typed.remove(0);
            Ok(match (line, suggestion) {
                ("", Some(suggestion)) => suggestion.to_owned(),
                _ => line.to_owned(),
            })
        }
    }

    /// What is said to a question by typing these lines, and what was shown; values of more than three letters do not fit.
    fn said(question: &Question, typed: &[&'static str]) -> (Reply, String) {
        let mut script = Script {
            typed: typed.to_vec(),
            shown: Vec::new(),
        };
        let mut fits = |answers: &Answers| {
            let long = |literal: &Literal| text_of(literal).len() > 3;
            answers
                .defaults
                .values()
                .any(long)
                .then(|| "it does not fit".to_owned())
        };
        let said = ask(&mut script, question, &Answers::default(), &mut fits).unwrap();
        assert!(script.typed.is_empty(), "{:?} is left", script.typed);
        (said, script.shown.join("\n"))
    }

    fn answered(fill: impl FnOnce(&mut Answers)) -> Reply {
        let mut answers = Answers::default();
        fill(&mut answers);
        Reply::Answered(answers)
    }

    fn field(candidates: &[&str]) -> Question {
        Question::FieldRenamed {
            model: ModelKey::new("blog", "Post"),
            old: "body".to_owned(),
            candidates: candidates.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    #[test]
    fn a_rename_is_one_only_where_it_is_said() {
        let key = || "blog.Post.body".to_owned();
        let (yes, shown) = said(&field(&["text"]), &["perhaps", "Yes"]);
        assert_eq!(
            yes,
            answered(|answers| answers.renamed.extend([(key(), "text".to_owned())]))
        );
        assert_eq!(
            shown,
            "Was blog.Post.body renamed to text? [y/N]\nType y for yes or n for no.\n\
             Was blog.Post.body renamed to text? [y/N]"
        );
        for no in ["", "n", "NO"] {
            let (no, _) = said(&field(&["text"]), &[no]);
            assert_eq!(no, answered(|answers| answers.not_renamed.extend([key()])));
        }
        let (second, shown) = said(&field(&["text", "note"]), &["0", "x", "2"]);
        assert_eq!(
            second,
            answered(|answers| answers.renamed.extend([(key(), "note".to_owned())]))
        );
        assert!(
            shown.contains("\n 2) yes, to note\n 3) no: it was removed, with what it held"),
            "{shown}"
        );
        let (none, _) = said(&field(&["text", "note"]), &["3"]);
        assert_eq!(none, answered(|answers| answers.not_renamed.extend([key()])));
    }

    #[test]
    fn models_and_values_are_asked_about_as_such() {
        let model = Question::ModelRenamed {
            old: ModelKey::new("blog", "Post"),
            candidates: vec!["Article".to_owned()],
            table: None,
        };
        let (yes, shown) = said(&model, &["y"]);
        assert_eq!(shown, "Was the model blog.Post renamed to Article? [y/N]");
        let renamed = ("blog.Post".to_owned(), "Article".to_owned());
        assert_eq!(yes, answered(|answers| answers.renamed.extend([renamed])));
        let join = Question::JoinTableKept {
            model: ModelKey::new("blog", "Post"),
            field: "tags".to_owned(),
            candidates: vec!["blog.PostTag".to_owned()],
            table: "blog_post_tags".to_owned(),
        };
        let (yes, shown) = said(&join, &["y"]);
        assert!(
            shown.ends_with("does it take over the join table blog_post_tags with its rows? [y/N]"),
            "{shown}"
        );
        let taken = ("blog.Post.tags".to_owned(), "blog.PostTag".to_owned());
        assert_eq!(yes, answered(|answers| answers.renamed.extend([taken])));
        let anew = Question::TableMadeAnew {
            old: "blog.Post.tags".to_owned(),
            new: "blog.Tag".to_owned(),
            table: "joined".to_owned(),
        };
        let (yes, _) = said(&anew, &["y"]);
        assert_eq!(
            yes,
            answered(|answers| answers.not_renamed.extend(["blog.Post.tags".to_owned()]))
        );
        let (no, _) = said(&anew, &["n"]);
        assert_eq!(no, Reply::Stop);
        let value = Question::ValueRenamed {
            app: "blog".to_owned(),
            name: "mood".to_owned(),
            old: "happy".to_owned(),
            candidates: vec!["glad".to_owned()],
        };
        let (_, shown) = said(&value, &["n"]);
        assert_eq!(shown, "Was the value blog.mood.happy renamed to glad? [y/N]");
    }

    #[test]
    fn a_value_is_asked_for_until_it_fits() {
        let question = Question::Added {
            model: ModelKey::new("blog", "Post"),
            field: "slug".to_owned(),
            ty: FieldType::Text,
            in_code: false,
            suggestion: None,
        };
        let (value, shown) = said(&question, &["1", "", "much too long", "'ab'"]);
        let default = ("blog.Post.slug".to_owned(), Literal::from("ab"));
        assert_eq!(value, answered(|answers| answers.defaults.extend([default])));
        assert!(
            shown.contains("Type a value") && shown.contains("it does not fit"),
            "{shown}"
        );
        assert_eq!(said(&question, &["2"]).0, Reply::Stop);
    }

    #[test]
    fn what_is_suggested_is_taken_with_an_empty_line() {
        let question = Question::NotNull {
            model: ModelKey::new("blog", "Post"),
            field: "day".to_owned(),
            ty: FieldType::Date,
            suggestion: Some(Literal::from("now")),
        };
        let key = || "blog.Post.day".to_owned();
        let (value, shown) = said(&question, &["1", ""]);
        assert_eq!(
            value,
            answered(|answers| answers.defaults.extend([(key(), Literal::from("now"))]))
        );
        assert!(shown.ends_with("Value of blog.Post.day (date)"), "{shown}");
        let (left, _) = said(&question, &["2"]);
        assert_eq!(left, answered(|answers| answers.proceed.extend([key()])));
        assert_eq!(said(&question, &["3"]).0, Reply::Stop);
    }

    #[test]
    fn what_may_go_wrong_goes_on_only_where_it_is_said() {
        let unique = Question::UniqueDefault {
            model: ModelKey::new("blog", "Post"),
            field: "token".to_owned(),
            ty: FieldType::Uuid,
        };
        let proceed = answered(|answers| answers.proceed.extend(["blog.Post.token".to_owned()]));
        assert_eq!(said(&unique, &["1"]).0, proceed);
        assert_eq!(said(&unique, &["2"]).0, Reply::Stop);
        let merge = Question::Merge {
            app: "blog".to_owned(),
            branches: vec!["0002_a".to_owned(), "0002_b".to_owned()],
        };
        let merged = answered(|answers| answers.merge.extend(["blog".to_owned()]));
        assert_eq!(said(&merge, &["y"]).0, merged);
        assert_eq!(said(&merge, &[""]).0, Reply::Stop);
    }

    #[test]
    fn a_terminal_that_is_gone_is_an_error() {
        let mut script = Script {
            typed: Vec::new(),
            shown: Vec::new(),
        };
        let gone = ask(&mut script, &field(&["text"]), &Answers::default(), &mut |_| None);
        assert!(gone.is_err(), "{gone:?}");
    }
}
