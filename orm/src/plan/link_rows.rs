//! Which rows are related through a join table, or through a model: added, removed, set.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use smallvec::{SmallVec, smallvec};

use crate::error::{Error, Result};
use crate::expr::{ExprTokens, RowSource, Token};
use crate::model::AssignedColumns;
use crate::query::JoinStep;
use crate::sql::{Dialect, LinkChange, Statement, ThroughColumns, link, takes_links, through_columns};
use crate::value::{FieldType, Row, Value};

use super::draft_rows::DraftRows;
use super::insert_missing::InsertMissing;
use super::related_keys::{KeyValues, OtherRows};
use super::relation_key::RelationKey;
use super::{Access, ErrorContext, Executor, Job};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Links {
    Add,
    Remove,
    Set,
}

/// A change of which rows are related, from `post.tags().add(..)` and its like; [`run`](LinkRows::run) makes it.
///
/// # Example: nothing is changed until it runs
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let post = Post::get(1, &db)?;
/// let change = post.tags().clear();
/// assert_eq!(post.tags().count(&db)?, 1);
/// change.run(&db)?;
/// assert_eq!(post.tags().count(&db)?, 0);
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is changed until `.run(&db)`"]
pub struct LinkRows {
    step: JoinStep,
    key: KeyValues,
    others: OtherRows,
    kind: Links,
    /// Assignments to other columns of the model between.
    given: ExprTokens,
}

impl LinkRows {
    pub(super) fn new(step: JoinStep, key: KeyValues, others: OtherRows, kind: Links) -> Self {
        LinkRows {
            step,
            key,
            others,
            kind,
            given: ExprTokens::default(),
        }
    }

    pub(super) fn with_values(self, given: ExprTokens) -> Self {
        LinkRows { given, ..self }
    }

    /// Changes the join table, or the rows of the model between, wholly or not at all, and returns how many rows of it were added or
    /// deleted. Of a symmetrical relation, the rows that lead back are not counted.
    ///
    /// # Errors
    /// [`is_foreign_key_violation`](crate::Error::is_foreign_key_violation) if a row is not in the database; before anything is sent, if
    /// the model between has a field that has to be given; what the database says.
    ///
    /// # Example: a tag that is not there
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Post::get(1, &db)?.tags().add([99]).run(&db).unwrap_err();
    /// assert!(refused.is_foreign_key_violation());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        db.run(self.job(), Ok)
    }

    fn job(self) -> Result<LinkJob> {
        let through = match through_columns(&self.step)? {
            Some(columns) => Some(Through::new(columns, &self)?),
            None => None,
        };
        let mut steps = smallvec![self.step];
        if self.step.is_symmetrical()? {
            steps.push(self.step.turned());
        }
        Ok(LinkJob {
            steps,
            at: 0,
            phase: Phase::Delete,
            key: self.key,
            others: self.others,
            kind: self.kind,
            values: Vec::new(),
            done: 0,
            changed: 0,
            through,
            known: FxHashSet::default(),
            insert: None,
        })
    }
}

/// The model between, where its rows are ours to make.
struct Through {
    columns: ThroughColumns,
    given: Vec<(usize, Value<'static>)>,
}

impl Through {
    fn new(columns: ThroughColumns, change: &LinkRows) -> Result<Self> {
        let model = columns.model;
        let through = Through {
            given: assigned(&change.given, &columns)?,
            columns,
        };
        if change.kind == Links::Remove || change.others.is_empty() {
            return Ok(through);
        }
        let nulls = |columns: &[usize]| vec![Value::Null; columns.len()];
        let (near, far) = (nulls(&through.columns.near), nulls(&through.columns.far));
        let row = through.row(&near, &far);
        let missing = (model.columns.iter().enumerate())
            .filter(|&(at, column)| !row.columns().contains(at) && model.must_be_given(column));
        let missing: Vec<&str> = missing.map(|(_, column)| column.name.as_str()).collect();
        if missing.is_empty() {
            return Ok(through);
        }
        let names = missing.join(", ");
        let set: Vec<String> = missing.iter().map(|name| format!("m.{name}.set(..)")).collect();
        Err(Error::config(format!(
            "{} goes through {}, whose rows need more than the two foreign keys: {names}",
            change.step.name()?,
            model.def.key()
        ))
        .with_hint(format!(
            "write `add_with(rows, |m| ({}))`, or create the rows of {}",
            set.join(", "),
            model.def.name
        )))
    }

    fn row(&self, near: &[Value<'static>], far: &[Value<'static>]) -> Box<AssignedColumns> {
        let mut row = AssignedColumns::new(self.columns.model.columns.len());
        for (column, value) in &self.given {
            row.set(*column, value.clone());
        }
        let keys = [(&self.columns.near, near), (&self.columns.far, far)];
        for (columns, values) in keys {
            for (&column, value) in columns.iter().zip(values) {
                row.set(column, value.clone());
            }
        }
        if let Some(fill) = self.columns.model.spec.fill {
            fill(&mut row);
        }
        row
    }

    /// Refuses rows that a column which is part of both foreign keys keeps apart.
    fn check_shared(&self, near: &[Value<'static>], far: &[Value<'static>]) -> Result<()> {
        let columns = &self.columns;
        for (at, far) in columns.far.iter().zip(far) {
            let shared = columns.near.iter().position(|near| near == at);
            let Some(near) = shared.and_then(|shared| near.get(shared)) else {
                continue;
            };
            if RelationKey::of(near)? != RelationKey::of(far)? {
                let (model, column) = (columns.model, &columns.model.columns[*at]);
                return Err(Error::config(format!(
                    "both foreign keys of {} are over `{}`, and rows are related that hold different values in it",
                    model.def.key(),
                    column.name
                ))
                .with_hint("relate rows that hold the same"));
            }
        }
        Ok(())
    }

    /// Seen from the other side.
    fn turn(&mut self) {
        let columns = &mut self.columns;
        std::mem::swap(&mut columns.near, &mut columns.far);
    }
}

/// The values that assignments give to columns.
fn assigned(given: &ExprTokens, columns: &ThroughColumns) -> Result<Vec<(usize, Value<'static>)>> {
    let model = columns.model;
    let mut values = given.values().iter();
    let mut assigned: Vec<(usize, Value<'static>)> = Vec::new();
    for pair in given.tokens().chunks(2) {
        let token = |at: usize| pair.get(at).and_then(|bits| bits.token());
        let (
            Some(Token::Param | Token::Typed(_) | Token::Choice(_)),
            Some(Token::Assign(RowSource::OWN, column)),
        ) = (token(0), token(1))
        else {
            return Err(Error::unsupported(format!(
                "a new row of {} gets something else than a value",
                model.def.key()
            ))
            .with_hint(
                "give values, such as `m.since.set(today)`; what is computed comes by an update afterwards",
            ));
        };
        let column = usize::from(column);
        let (Some(of), Some(value)) = (model.columns.get(column), values.next()) else {
            return Err(Error::internal("an assignment is to no column, or has no value"));
        };
        if of.computed || assigned.iter().any(|(other, _)| *other == column) {
            let (why, hint) = match of.computed {
                true => (
                    "is generated by the database and cannot be set",
                    model.instead_of_setting(of),
                ),
                false => ("is set twice", "keep one of the two"),
            };
            return Err(Error::config(format!("`{}` of {} {why}", of.name, model.def.key())).with_hint(hint));
        }
        if columns.near.contains(&column) || columns.far.contains(&column) {
            return Err(Error::config(format!(
                "`{}` of {} says which rows are related, and the rows that are added say so already",
                of.name,
                model.def.key()
            ))
            .with_hint(format!("take `m.{}.set(..)` out", of.name)));
        }
        assigned.push((column, value.clone()));
    }
    Ok(assigned)
}

/// The most pairs inserted by one statement.
const MOST_PAIRS: usize = 500;

/// Where the job stands on the way there, or on the way back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// What is to be detached is sent next.
    Delete,
    /// What is to be related; through a model, first the question which rows are related already.
    Add,
    /// New rows of the model between.
    Insert,
}

/// The job of [`LinkRows`].
struct LinkJob {
    /// The way there, and of a symmetrical relation the way back.
    steps: SmallVec<[JoinStep; 2]>,
    /// The step that is being done.
    at: usize,
    phase: Phase,
    key: KeyValues,
    others: OtherRows,
    kind: Links,
    values: Vec<Value<'static>>,
    done: usize,
    changed: u64,
    through: Option<Through>,
    /// The far rows that are related already, and those that are about to be.
    known: FxHashSet<RelationKey>,
    insert: Option<InsertMissing>,
}

impl LinkJob {
    /// Whether this is the last step and all of it was sent.
    fn is_last(&self) -> bool {
        let sent = match (self.phase, &self.through) {
            (Phase::Delete, _) => false,
            _ if self.kind == Links::Remove || self.others.is_empty() => true,
            (_, Some(_)) => false,
            (_, None) => self.done >= self.others.len(),
        };
        sent && self.at + 1 >= self.steps.len()
    }

    fn next_step(&mut self) {
        self.at += 1;
        self.phase = Phase::Delete;
        self.done = 0;
        if let Some(through) = &mut self.through {
            through.turn();
        }
    }

    /// The next pairs of an automatic join table.
    fn pairs(&mut self, step: &JoinStep, dialect: &'static Dialect) -> Result<Arc<Statement>> {
        if takes_links(step, dialect)? {
            self.done = self.others.len();
            self.values = self.key_and_lists();
            return link(step, LinkChange::AddList, dialect);
        }
        let rows = (self.others.len() - self.done).min(MOST_PAIRS);
        let others = self.others.keys().skip(self.done).take(rows).flatten();
        self.values = self.key.iter().chain(others).cloned().collect();
        self.done += rows;
        link(step, LinkChange::Add(rows), dialect)
    }

    fn key_and_lists(&self) -> Vec<Value<'static>> {
        self.key.iter().cloned().chain(self.others.lists()).collect()
    }

    /// The rows of the model between that are not there yet.
    fn new_rows(&mut self) -> Result<Option<InsertMissing>> {
        let Some(through) = &self.through else {
            return Ok(None);
        };
        let mut rows = Vec::new();
        for far in self.others.keys() {
            through.check_shared(&self.key, far)?;
            if self.known.insert(key_of(far.iter().map(RelationKey::of))?) {
                rows.push(through.row(&self.key, far));
            }
        }
        let rows = DraftRows::of(rows.into_iter());
        let ThroughColumns { model, near, far } = &through.columns;
        let both: SmallVec<[usize; 4]> = near.iter().chain(far).copied().collect();
        InsertMissing::new(model, rows, &both).map(Some)
    }
}

impl Job for LinkJob {
    type Output = u64;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Atomic
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: "relating",
            model: self.steps.first()?.declaring().ok()?,
        })
    }

    fn is_one_statement(&self, _: &'static Dialect) -> bool {
        let one = match self.kind {
            Links::Add => self.through.is_none() && self.others.len() <= MOST_PAIRS,
            Links::Remove => true,
            Links::Set => self.others.is_empty(),
        };
        one && self.steps.len() == 1
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        while let Some(step) = self.steps.get(self.at).copied() {
            match self.phase {
                Phase::Delete => {
                    self.phase = Phase::Add;
                    let change = match self.kind {
                        Links::Add => continue,
                        Links::Remove => LinkChange::Remove,
                        Links::Set => LinkChange::Keep,
                    };
                    self.values = self.key_and_lists();
                    return link(&step, change, dialect).map(Some);
                }
                Phase::Add if self.kind == Links::Remove || self.done >= self.others.len() => {
                    self.next_step()
                }
                Phase::Add if self.through.is_some() => {
                    self.phase = Phase::Insert;
                    self.known.clear();
                    self.values = self.key_and_lists();
                    return link(&step, LinkChange::Existing, dialect).map(Some);
                }
                Phase::Add => return self.pairs(&step, dialect).map(Some),
                Phase::Insert => {
                    if self.insert.is_none() {
                        self.insert = self.new_rows()?;
                    }
                    if let Some(insert) = &mut self.insert
                        && let Some(statement) = insert.next(dialect)?
                    {
                        return Ok(Some(statement));
                    }
                    self.insert = None;
                    self.next_step();
                }
            }
        }
        Ok(None)
    }

    fn pipelined(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        self.next(dialect)
    }

    fn can_pipeline(&self) -> bool {
        // What a model between gets depends on an answer, and of what is symmetrical only one way is counted.
        self.through.is_none() && self.steps.len() == 1 && !self.is_last()
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        match &mut self.insert {
            Some(insert) => insert.take_values(),
            None => std::mem::take(&mut self.values),
        }
    }

    fn is_final(&self) -> bool {
        self.is_last()
    }

    fn values(&self) -> &[Value<'_>] {
        match &self.insert {
            Some(insert) => insert.values(),
            None => &self.values,
        }
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        let Some(through) = &self.through else {
            return Ok(());
        };
        let parts = through.far_types().enumerate();
        let key = key_of(parts.map(|(at, ty)| RelationKey::decode(row.cell(at)?, ty)))?;
        self.known.insert(key);
        Ok(())
    }

    fn affected(&mut self, rows: u64) -> Result<()> {
        let asked = self.phase == Phase::Insert && self.insert.is_none();
        if self.at == 0 && !asked {
            self.changed += rows;
        }
        Ok(())
    }

    fn finish(self) -> Result<u64> {
        Ok(self.changed)
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl Through {
    /// The types of the foreign key to the far side.
    fn far_types(&self) -> impl ExactSizeIterator<Item = FieldType> {
        let columns = &self.columns.model.columns;
        self.columns.far.iter().map(|&at| columns[at].storage)
    }
}

/// The key of one column or of several.
fn key_of(mut parts: impl ExactSizeIterator<Item = Result<RelationKey>>) -> Result<RelationKey> {
    match parts.len() {
        1 => parts.next().unwrap_or(Ok(RelationKey::Null)),
        _ => RelationKey::several(parts),
    }
}
