//! Where answers come from: first those given beforehand, then the questioner. Questions without an answer are
//! collected and reported together.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::migrate::question::{Answer, Answers, Question, Questioner, Unanswered};
use crate::model::ModelKey;

pub(super) struct AnswerSource<'a> {
    pub answers: &'a Answers,
    questioner: Option<&'a mut dyn Questioner>,
    open: Vec<Question>,
    /// Section and key of every question looked up, to find answers that answer nothing.
    asked: BTreeSet<(&'static str, String)>,
    /// Renamed models: answers may use their old name.
    pub before: BTreeMap<ModelKey, ModelKey>,
    /// The old name of each renamed field, by its new name.
    old_names: BTreeMap<String, String>,
}

impl<'a> AnswerSource<'a> {
    pub fn new(answers: &'a Answers, questioner: Option<&'a mut dyn Questioner>) -> Self {
        AnswerSource {
            answers,
            questioner,
            open: Vec::new(),
            asked: BTreeSet::new(),
            before: BTreeMap::new(),
            old_names: BTreeMap::new(),
        }
    }

    /// Records that a field was renamed, so that its rows keep their values.
    pub fn record_rename(&mut self, old: String, new: String) {
        self.old_names.insert(new, old);
    }

    /// The answer; without one the question stays open, and the run will fail.
    pub fn ask(&mut self, question: Question) -> Result<Option<Answer>> {
        for known in self.names_of(&question) {
            self.mark(&known);
            let key = known.key();
            if self.answers.defaults.contains_key(&key) && self.answers.proceed.contains(&key) {
                return Err(Error::config(format!(
                    "the answers for {key} contradict each other: rows get a value, and rows get nothing"
                ))
                .with_hint("keep the one below [defaults] or the one below [proceed]"));
            }
            if let Some(answer) = self.answers.answer(&known) {
                return Ok(Some(answer));
            }
        }
        let answer = match &mut self.questioner {
            Some(questioner) => questioner.ask(&question)?,
            None => None,
        };
        if answer.is_none() {
            self.open.push(question);
        }
        Ok(answer)
    }

    /// Whether a question is still open; questions that depend on its answer are asked in a later run.
    pub fn is_unsettled(&self) -> bool {
        self.open.iter().any(|question| question.section() == "renamed")
    }

    /// Records that an answer was used.
    pub fn use_answer(&mut self, section: &'static str, key: impl Into<String>) {
        self.asked.insert((section, key.into()));
    }

    fn mark(&mut self, question: &Question) {
        let key = question.key();
        if let Question::Added { .. } | Question::NotNull { .. } | Question::UniqueDefault { .. } = question {
            self.use_answer("defaults", key.clone());
            self.use_answer("proceed", key);
        } else {
            self.use_answer(question.section(), key);
        }
    }

    /// The keys under which the question may be answered: the present name and the model's old one.
    fn names_of(&self, question: &Question) -> Vec<Question> {
        let mut known = vec![question.clone()];
        let mut before = question.clone();
        if let Question::FieldRenamed { model, .. }
        | Question::Added { model, .. }
        | Question::NotNull { model, .. }
        | Question::UniqueDefault { model, .. } = &mut before
            && let Some(old) = self.before.get(model)
        {
            model.clone_from(old);
            known.push(before);
        }
        known
    }

    /// # Errors
    /// If a question stayed open, or something changed and an answer was not used.
    pub fn finish(self, changed: bool) -> Result<()> {
        if changed || !self.open.is_empty() {
            self.refuse_unasked()?;
        }
        match self.open.is_empty() {
            true => Ok(()),
            false => Err(Unanswered { questions: self.open }.error()),
        }
    }

    fn refuse_unasked(&self) -> Result<()> {
        let answers = self.answers;
        let given = (answers.renamed.keys().map(|key| ("renamed", key)))
            .chain(answers.not_renamed.iter().map(|key| ("renamed", key)))
            .chain(answers.defaults.keys().map(|key| ("defaults", key)))
            .chain(answers.proceed.iter().map(|key| ("proceed", key)));
        for (section, key) in given {
            let plain = key.split_once(':').map_or(key.as_str(), |(old, _)| old);
            if self.asked.contains(&(section, plain.to_owned())) {
                continue;
            }
            if let Some(old) = self.old_names.get(plain).filter(|_| section != "renamed") {
                return Err(Error::config(format!(
                    "the answer for {key} ({section}) contradicts that {old} was renamed to it: rows keep what they hold"
                ))
                .with_hint(format!(
                    "take the answer out, or say that {old} is gone: --not-renamed {old}"
                )));
            }
            let mut asked: Vec<String> = self
                .open
                .iter()
                .map(|question| asked(question.section(), &question.key()))
                .collect();
            asked.extend(self.asked.iter().map(|(section, key)| self::asked(section, key)));
            asked.sort();
            asked.dedup();
            return Err(Error::config(format!(
                "the answer for {key} ({section}) answers nothing that is asked"
            ))
            .with_hint(match asked.is_empty() {
                true => "nothing is asked: take the answer out".to_owned(),
                false => format!("asked is about {}", asked.join(", ")),
            }));
        }
        Ok(())
    }
}

fn asked(section: &str, key: &str) -> String {
    format!("{key} ({section})")
}
