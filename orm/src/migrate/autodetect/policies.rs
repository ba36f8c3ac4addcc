//! Policies in SQL may read other tables: they come after what they name, and go before it does.

use std::collections::{BTreeMap, BTreeSet};

use super::Detector;
use super::detected_operation::{Dependency, DetectedOperation};
use super::model_pair::ModelPair;
use super::views::{Readers, renamed_by, taken_by};
use crate::error::{Error, Result};
use crate::migrate::operation::{Operation, RemoveTableObject};
use crate::migrate::state::ProjectState;
use crate::model::{FieldDef, ModelDef, ModelKey, RowCondition, TableObjectDef, TableObjectKind};
use crate::sql::{Dialect, ScriptToken, Tokens, lexical_rules};

/// What has to be done before something.
type Waits = BTreeMap<ModelKey, Vec<Dependency>>;

impl Detector<'_> {
    pub(super) fn order_policies(&mut self) {
        let (from, to, history) = (self.from, self.to, self.history);
        let now = |key: &ModelKey| self.renamed_to.get(key).unwrap_or(key).clone();
        // By the table that is read, and by the model that goes with its policies.
        let (mut let_go, mut before_going) = (Waits::new(), Waits::new());
        let mut removals = Vec::new();
        for (key, model) in from.models() {
            let holder = now(key);
            for object in &model.objects {
                let read = named_in(object, key, from);
                let removed = Dependency::RemoveIndexOrConstraint(holder.clone(), object.name().to_owned());
                if !read.is_empty() && to.model(&holder).is_none() {
                    // Not with its table: what it reads may have to go first.
                    let operation = RemoveTableObject {
                        model: key.model.clone(),
                        object: object.kind(),
                        name: object.name().to_owned(),
                    };
                    removals.push((&key.app, operation));
                    before_going.entry(key.clone()).or_default().push(removed.clone());
                }
                for read in read {
                    let_go.entry(now(read)).or_default().push(removed.clone());
                }
            }
        }
        for (app, removal) in removals {
            self.push(app, DetectedOperation::new(removal));
        }
        let mut readers = Readers::default();
        for (app, found) in self.all_detected() {
            if let Operation::AddTableObject(add) = &found.operation {
                readers.read_too(named_in(&add.object, &ModelKey::new(app, &add.model), to));
            }
        }
        let before_renames = std::mem::take(&mut self.before_renames);
        for (app, found) in self.first.iter_mut().chain(&mut self.detected) {
            for operation in found {
                // On the way back the old policy is made when the table that it names has its old name again.
                if let Operation::RenameModel(rename) = &operation.operation {
                    let key = ModelKey::new(app, &rename.new);
                    let removed = before_renames.get(&key).into_iter().flatten();
                    operation.must.extend(removed.cloned());
                }
                if let Operation::AddTableObject(add) = &operation.operation {
                    let read = named_in(&add.object, &ModelKey::new(app, &add.model), to);
                    let elsewhere = read.iter().filter(|read| read.app != *app);
                    let files = elsewhere.map(|read| Dependency::Files(read.app.clone()));
                    operation.needs.extend(files);
                    operation
                        .must
                        .extend(read.into_iter().cloned().map(Dependency::ReshapeTable));
                }
                if let Some(of) = readers.changed_by(app, operation) {
                    operation.provide(Dependency::ReshapeTable(of));
                }
                let renamed = || match operation.operation {
                    // It waits itself, for what is said of its old name.
                    Operation::RenameModel(_) => None,
                    _ => renamed_by(app, operation),
                };
                // Postgres follows what gets another name, and the old policy is made on the way back.
                if let Some(of) = taken_by(app, operation).or_else(renamed) {
                    let waits = let_go.get(&of).into_iter().flatten();
                    operation.must.extend(waits.cloned());
                }
                // Replayed after that, as on a new database, a policy of another app would name what is not there any more, also one that is
                // gone by now.
                let old = changed_by(app, operation).and_then(|key| {
                    let old = self.renamed.get(&key).unwrap_or(&key);
                    from.model(old)
                });
                if let Some(old) = old {
                    let apps = history.apps_with_policies_on(&old.table_name().name);
                    let files = apps.into_iter().filter(|reading| reading != app);
                    operation.needs.extend(files.map(Dependency::Files));
                }
                if let Operation::DeleteModel(delete) = &operation.operation {
                    let waits = before_going
                        .get(&ModelKey::new(app, &delete.model))
                        .into_iter()
                        .flatten();
                    operation.must.extend(waits.cloned());
                }
            }
        }
    }
}

impl Detector<'_> {
    /// Postgres follows a column that gets another name, and a policy in SQL does not: the next table that is made by the migrations could
    /// not have it. Where the SQL has a query of its own, its words may be those of another table, and nothing is said.
    ///
    /// # Errors
    /// If the SQL of a policy names a column that is gone.
    pub(super) fn refuse_policies_of_gone_columns(&self, pairs: &[ModelPair<'_>]) -> Result<()> {
        for pair in pairs.iter().filter(|pair| !pair.makes_no_table()) {
            let columns = |model: &ModelDef| -> BTreeSet<String> {
                let fields = model.fields.iter().filter(|field| field.ty.is_column());
                fields
                    .map(|field| field.column_name().to_ascii_uppercase())
                    .collect()
            };
            let there = columns(pair.new);
            let old = pair.old.fields.iter().filter(|field| field.ty.is_column());
            for field in old.filter(|field| !there.contains(&field.column_name().to_ascii_uppercase())) {
                let column = field.column_name();
                let Some(policy) = pair
                    .new
                    .objects
                    .iter()
                    .find(|object| names_column(object, &column))
                else {
                    continue;
                };
                let now = pair.new.field(pair.now(&field.name)).map(FieldDef::column_name);
                let now = now.filter(|_| pair.is_renamed(&field.name));
                let hint = match &now {
                    Some(now) => format!("write `{now}` in its SQL, as the column is called from here on"),
                    None => "take it out of its SQL, or keep the field".to_owned(),
                };
                return Err(Error::config(format!(
                    "the {} of {} names the column `{column}`, which is gone",
                    policy.label(),
                    pair.key
                ))
                .with_hint(hint));
            }
        }
        Ok(())
    }
}

/// The model of which an operation changes something that the SQL of a policy may name.
fn changed_by(app: &str, operation: &DetectedOperation) -> Option<ModelKey> {
    match &operation.operation {
        Operation::AlterField(alter) => Some(ModelKey::new(app, &alter.model)),
        _ => taken_by(app, operation).or_else(|| renamed_by(app, operation)),
    }
}

/// Whether the SQL of a policy, which has no query within it, reads a column of its row.
fn names_column(object: &TableObjectDef, column: &str) -> bool {
    let TableObjectDef::Policy(policy) = object else {
        return false;
    };
    let Some(dialect) = Dialect::ALL.into_iter().find(|dialect| dialect.roles) else {
        return false;
    };
    let conditions = policy.using.iter().chain(&policy.with_check);
    let mut texts = conditions.filter_map(|condition| match condition {
        RowCondition::Sql { sql } => Some(sql),
        RowCondition::Expression(_) => None,
    });
    texts.any(|sql| {
        let tokens: Vec<ScriptToken> = Tokens::of(sql, lexical_rules(dialect))
            .map(|(_, token)| token)
            .collect();
        let is_column = |(at, token): (usize, &ScriptToken)| match token {
            ScriptToken::Word(name) if KEYWORDS.contains(&name.as_str()) => false,
            ScriptToken::Word(name) | ScriptToken::Name(name) => {
                name.eq_ignore_ascii_case(column) && !is_other(&tokens, at)
            }
            _ => false,
        };
        !tokens.iter().any(|token| token.is("SELECT")) && tokens.iter().enumerate().any(is_column)
    })
}

/// Words that are no column where they stand without quotes, in conditions:
/// <https://www.postgresql.org/docs/current/sql-keywords-appendix.html>, 2026-11.
const KEYWORDS: &[&str] = &[
    "ALL",
    "AND",
    "ANY",
    "ARRAY",
    "AS",
    "CASE",
    "CAST",
    "CURRENT_CATALOG",
    "CURRENT_DATE",
    "CURRENT_ROLE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "DISTINCT",
    "ELSE",
    "END",
    "FALSE",
    "FROM",
    "IN",
    "IS",
    "LIKE",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "NOT",
    "NULL",
    "OR",
    "SESSION_USER",
    "SOME",
    "THEN",
    "TRUE",
    "USER",
    "WHEN",
];

/// Two words that are one.
const PAIRS: [(&str, &str); 2] = [("DOUBLE", "PRECISION"), ("TIME", "ZONE")];

/// Whether a name is that of a function or a type, or a word of the language that columns may be called, too.
fn is_other(tokens: &[ScriptToken], at: usize) -> bool {
    // A type may be named with its schema.
    let mut first = at;
    while let Some(schema) = first.checked_sub(2)
        && tokens.get(schema + 1) == Some(&ScriptToken::Sign('.'))
    {
        first = schema;
    }
    let before = tokens.get(..first).unwrap_or_default();
    let behind = tokens.get(at + 1);
    let is = |token: Option<&ScriptToken>, word| token.is_some_and(|token| token.is(word));
    let own = tokens.get(at);
    let is_half =
        |(one, other)| is(own, one) && is(behind, other) || is(own, other) && is(before.last(), one);
    // `lower(..)`, and `date '2026-11-29'`.
    matches!(behind, Some(ScriptToken::Sign('(') | ScriptToken::Value))
        // `interval '1' day`.
        || before.last() == Some(&ScriptToken::Value)
        || before.ends_with(&[ScriptToken::Sign(':'), ScriptToken::Sign(':')])
        || is(before.last(), "AS")
        || PAIRS.into_iter().any(is_half)
        // `extract(year FROM ..)`.
        || is(behind, "FROM") && matches!(before, [.., of, ScriptToken::Sign('(')] if of.is("EXTRACT"))
}

/// The other models whose tables the SQL of a policy names.
fn named_in<'s>(object: &TableObjectDef, own: &ModelKey, state: &'s ProjectState) -> Vec<&'s ModelKey> {
    if object.kind() != TableObjectKind::Policy {
        return Vec::new();
    }
    let models = state.models().iter();
    models
        .filter(|(key, model)| *key != own && object.mentions(&model.table_name().name))
        .map(|(key, _)| key)
        .collect()
}
