//! Changing and deleting rows.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::model::{Model, ModelMeta, Path};
use crate::query::{Binary, Fragment, IntoAssignments, QuerySet, Rows, Select, Token};
use crate::registry::meta;
use crate::sql::{self, Dialect, Statement};
use crate::value::{ColumnType, Row, Value};

use super::{About, Access, Executor, Job};

/// One statement that returns a count.
pub struct Change<'v> {
    statement: Make,
    meta: &'static ModelMeta,
    assignments: Fragment,
    filter: Fragment,
    given: Vec<bool>,
    nothing: bool,
    values: Vec<Value<'v>>,
    sent: bool,
    rows: u64,
}

/// Which statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Make {
    Update,
    UpdateRow,
    Delete,
    DeleteRow,
}

impl<'v> Change<'v> {
    fn new(statement: Make, meta: &'static ModelMeta, values: Vec<Value<'v>>) -> Self {
        Change {
            statement,
            meta,
            assignments: Fragment::default(),
            filter: Fragment::default(),
            given: Vec::new(),
            nothing: false,
            values,
            sent: false,
            rows: 0,
        }
    }

    /// Every column of a row, by its key.
    pub(super) fn save<M: Model>(row: &'v M) -> Result<Self> {
        let meta = meta(M::slot())?;
        let mut values = Vec::with_capacity(meta.columns.len() + 1);
        row.encode(&mut values);
        let key = values.get(meta.primary_key).cloned().unwrap_or(Value::Null);
        let mut given = vec![true; meta.columns.len()];
        // A model that is nothing but its key is set to itself.
        if meta.columns.len() > 1 {
            given[meta.primary_key] = false;
            values.remove(meta.primary_key);
        }
        values.push(key);
        let mut change = Change::new(Make::UpdateRow, meta, values);
        change.given = given;
        Ok(change)
    }

    /// A row, by its key.
    pub(super) fn delete<M: Model>(row: &M) -> Result<Self> {
        let key = row.key().encode().into_owned();
        Ok(Change::new(Make::DeleteRow, meta(M::slot())?, vec![key]))
    }
}

impl<'v> Job for Change<'v> {
    type Output = u64;
    type Owned = Change<'static>;

    fn access(&self) -> Access {
        Access::Write
    }

    fn about(&self) -> Option<About> {
        Some(About {
            doing: match self.statement {
                Make::Update | Make::UpdateRow => "updating",
                Make::Delete | Make::DeleteRow => "deleting",
            },
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if self.sent || self.nothing {
            return Ok(None);
        }
        self.sent = true;
        match self.statement {
            Make::Update => sql::update(self.meta, &self.assignments, &self.filter, dialect),
            Make::UpdateRow => sql::update_row(self.meta, &self.given, dialect),
            Make::Delete => sql::delete(self.meta, &self.filter, dialect),
            Make::DeleteRow => sql::delete_row(self.meta, dialect),
        }
        .map(Some)
    }

    fn values(&self) -> &[Value<'_>] {
        &self.values
    }

    fn row(&mut self, _: &Row<'_>) -> Result<()> {
        Ok(())
    }

    fn affected(&mut self, rows: u64) -> Result<()> {
        self.rows += rows;
        Ok(())
    }

    fn finish(self) -> Result<u64> {
        let of_one_row = matches!(self.statement, Make::UpdateRow | Make::DeleteRow);
        if of_one_row && self.rows == 0 {
            return Err(Error::new(
                Kind::NotFound,
                format!("the row of {} is no longer in the database", self.meta.def.key()),
            ));
        }
        Ok(self.rows)
    }

    fn into_owned(self) -> Change<'static> {
        Change {
            statement: self.statement,
            meta: self.meta,
            assignments: self.assignments,
            filter: self.filter,
            given: self.given,
            nothing: self.nothing,
            values: self.values.into_iter().map(Value::into_owned).collect(),
            sent: self.sent,
            rows: self.rows,
        }
    }
}

/// Reads one row by its key.
pub struct ByKey<M> {
    meta: &'static ModelMeta,
    values: [Value<'static>; 1],
    sent: bool,
    row: Option<M>,
}

impl<M: Model> ByKey<M> {
    pub(super) fn new(key: &M::Key) -> Result<Self> {
        Ok(ByKey {
            meta: meta(M::slot())?,
            values: [key.encode().into_owned()],
            sent: false,
            row: None,
        })
    }
}

impl<M: Model> Job for ByKey<M> {
    type Output = M;
    type Owned = Self;

    fn access(&self) -> Access {
        Access::Read
    }

    fn about(&self) -> Option<About> {
        Some(About {
            doing: "reading",
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if self.sent {
            return Ok(None);
        }
        self.sent = true;
        sql::by_key(self.meta, dialect).map(Some)
    }

    fn values(&self) -> &[Value<'_>] {
        &self.values
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        self.row = Some(M::decode(row, 0)?);
        Ok(())
    }

    fn finish(self) -> Result<M> {
        self.row.ok_or_else(|| {
            Error::new(
                Kind::NotFound,
                format!("no {} has this primary key", self.meta.def.key()),
            )
        })
    }

    fn into_owned(self) -> Self {
        self
    }
}

/// Position of the primary key among a model's columns.
pub(super) fn key_position<M: Model>() -> u16 {
    let position = M::SPEC
        .fields
        .iter()
        .filter(|field| (field.ty)().is_column())
        .position(|field| field.primary_key);
    position
        .and_then(|position| u16::try_from(position).ok())
        .unwrap_or(0)
}

/// The condition that a column of the query's own rows equals a value.
pub(super) fn equals(column: u16, value: Value<'static>) -> Fragment {
    let mut fragment = Fragment::default();
    fragment.push(Token::Column(Path::ROOT, column));
    fragment.param(value);
    fragment.push(Token::Binary(Binary::Eq));
    fragment
}

/// A change of all rows that match, from `update`.
#[must_use = "nothing is changed until `.run(&db)`"]
pub struct Update<M: Model> {
    select: Select,
    assignments: Fragment,
    model: PhantomData<fn() -> M>,
}

/// The deletion of all rows that match, from `delete`.
#[must_use = "nothing is deleted until `.run(&db)`"]
pub struct Delete<M: Model> {
    select: Select,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> QuerySet<M, Rows<()>> {
    /// Changes all rows that match, in one statement: `update(|p| p.views.set(p.views + 1)).run(&db)`.
    pub fn update<A: IntoAssignments>(self, assign: impl FnOnce(M::Fields) -> A) -> Update<M> {
        let mut assignments = Fragment::default();
        assign(M::fields(Path::ROOT)).append(&mut assignments);
        Update {
            select: self.select,
            assignments,
            model: PhantomData,
        }
    }

    /// Deletes all rows that match, in one statement; the database follows `on_delete`.
    pub fn delete(self) -> Delete<M> {
        Delete {
            select: self.select,
            model: PhantomData,
        }
    }
}

fn refuse_cut(select: &Select, what: &str) -> Result<()> {
    if select.limit.is_some() || select.offset.is_some() || select.distinct {
        return Err(Error::unsupported(format!(
            "{what} changes every row that matches and takes no limit, offset or distinct"
        ))
        .with_hint("read the keys first and filter by `in_(keys)`"));
    }
    if !select.groups.is_empty() {
        return Err(Error::unsupported(format!(
            "{what} changes rows, and group_by() makes groups of them"
        ))
        .with_hint("read the groups first, then filter by what they have in common"));
    }
    Ok(())
}

impl<M: Model> Update<M> {
    /// Changes the rows and returns how many they were.
    ///
    /// # Errors
    /// What the database says.
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        db.run(self.into_job(), Ok)
    }

    fn into_job(self) -> Result<Change<'static>> {
        refuse_cut(&self.select, "an update")?;
        if self.assignments.is_empty() {
            return Err(Error::config("the update assigns nothing"));
        }
        let mut values = self.assignments.values.to_vec();
        values.extend(self.select.filter.values.iter().cloned());
        let mut change = Change::new(Make::Update, meta(M::slot())?, values);
        change.nothing = self.select.nothing;
        change.assignments = self.assignments;
        change.filter = self.select.filter;
        Ok(change)
    }
}

impl<M: Model> Delete<M> {
    /// Deletes the rows and returns how many they were, without those that the database deleted in their wake.
    ///
    /// # Errors
    /// What the database says; [`is_foreign_key_violation`](Error::is_foreign_key_violation) if others point at a row.
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        let job = refuse_cut(&self.select, "a delete").and_then(|()| {
            let values = self.select.filter.values.to_vec();
            let mut change = Change::new(Make::Delete, meta(M::slot())?, values);
            change.nothing = self.select.nothing;
            change.filter = self.select.filter;
            Ok(change)
        });
        db.run(job, Ok)
    }
}
