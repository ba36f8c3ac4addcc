//! Rows of a historical model: filter, order, read, change.

use std::fmt;

use super::HistoricalModel;
use super::row::HistoricalRow;
use crate::error::{Error, Kind, Result};
use crate::expr::{Direction, Fragment, Function, NullsPlace, Place, Token};
use crate::query::{IntoAssignments, IntoCondition, IntoOrder, Select};
use crate::sql::{self, Limit, Read};
use crate::value::Value;

/// Rows of a historical model, as [`HistoricalModel::rows`] and [`HistoricalModel::filter`] start them.
#[derive(Clone)]
#[must_use = "nothing is asked until `all`, `first`, `get`, `count`, `chunks`, `update` or `delete`"]
pub struct HistoricalRows<'c> {
    model: HistoricalModel<'c>,
    filter: Fragment,
    order: Fragment,
    limit: Option<u64>,
}

impl<'c> HistoricalRows<'c> {
    pub(super) fn new(model: HistoricalModel<'c>) -> Self {
        HistoricalRows {
            model,
            filter: Fragment::default(),
            order: Fragment::default(),
            limit: None,
        }
    }

    /// Only rows that this condition holds for, too.
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        self.filter.and(condition.into_condition());
        self
    }

    /// In this order; by primary key where none is given.
    pub fn order_by(mut self, order: impl IntoOrder) -> Self {
        self.order = Fragment::default();
        order.append(&mut self.order);
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.limit = Some(rows);
        self
    }

    /// All of them.
    ///
    /// # Errors
    /// What the database says.
    pub fn all(self) -> Result<Vec<HistoricalRow<'c>>> {
        let mut rows = Vec::new();
        let model = self.model;
        self.read(sql::Kind::Rows, &mut |row| {
            rows.push(HistoricalRow::read(model, row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// The first, if there is one.
    ///
    /// # Errors
    /// What the database says.
    pub fn first(self) -> Result<Option<HistoricalRow<'c>>> {
        let limit = self.limit.unwrap_or(1).min(1);
        Ok(self.limit(limit).all()?.into_iter().next())
    }

    /// The only one.
    ///
    /// # Errors
    /// If there is none, or more than one; what the database says.
    pub fn get(self) -> Result<HistoricalRow<'c>> {
        let key = self.model.meta.def.key();
        let limit = self.limit.unwrap_or(2).min(2);
        let mut rows = self.limit(limit).all()?.into_iter();
        match (rows.next(), rows.next()) {
            (Some(row), None) => Ok(row),
            (None, _) => Err(Error::new(Kind::NotFound, format!("no {key} matches"))),
            (Some(_), Some(_)) => Err(Error::new(Kind::Multiple, format!("more than one {key} matches"))),
        }
    }

    /// How many there are.
    ///
    /// # Errors
    /// What the database says.
    pub fn count(self) -> Result<u64> {
        let mut count = 0_i64;
        self.read(sql::Kind::Count, &mut |row| {
            count = row.get(0)?;
            Ok(())
        })?;
        Ok(count.unsigned_abs())
    }

    /// Hands all rows to `each`, so many at a time, by primary key: however many there are, only one chunk is in
    /// memory, and a row that `each` changes is not met again. Returns how many rows there were.
    ///
    /// # Errors
    /// If an order or a limit was given; what the database says, or `each` returns.
    pub fn chunks(
        self,
        size: u32,
        mut each: impl FnMut(Vec<HistoricalRow<'c>>) -> Result<()>,
    ) -> Result<u64> {
        if !self.order.is_empty() || self.limit.is_some() {
            return Err(Error::migration(
                "chunks go through all rows by primary key, so an order or a limit has no meaning there",
            )
            .with_hint("use all() for few rows"));
        }
        let keys = self.model.keys();
        let mut last: Option<Vec<Value<'static>>> = None;
        let mut count = 0;
        loop {
            let mut next = self.clone().limit(u64::from(size.max(1)));
            if let Some(last) = &last {
                next.filter.and(after(&keys, last));
            }
            let rows = next.all()?;
            let Some(end) = rows.last() else {
                return Ok(count);
            };
            last = Some(end.key_values(&keys)?);
            let read = rows.len();
            count += read as u64;
            each(rows)?;
            if (read as u64) < u64::from(size.max(1)) {
                return Ok(count);
            }
        }
    }

    /// Changes all of them in the database and returns how many there were.
    ///
    /// # Errors
    /// If a limit was given; what the database says.
    pub fn update(self, assignments: impl IntoAssignments) -> Result<u64> {
        self.refuse_limit("update")?;
        let mut set = Fragment::default();
        assignments.append(&mut set);
        let model = self.model;
        let (set, filter) = (model.own(&set)?, model.own(&self.filter)?);
        let mut values: Vec<Value<'static>> = filter.values().to_vec();
        values.extend(set.values().iter().cloned());
        sql::update(model.meta, &set, &filter, model.door.dialect())
            .and_then(|statement| model.door.run(&statement, &values, &mut |_| Ok(())))
            .map_err(model.explain("updating"))
    }

    /// Deletes all of them and returns how many there were.
    ///
    /// # Errors
    /// If a limit was given; what the database says.
    pub fn delete(self) -> Result<u64> {
        self.refuse_limit("delete")?;
        let model = self.model;
        let filter = model.own(&self.filter)?;
        sql::delete(model.meta, &filter, model.door.dialect())
            .and_then(|statement| model.door.run(&statement, filter.values(), &mut |_| Ok(())))
            .map_err(model.explain("deleting"))
    }

    fn refuse_limit(&self, what: &str) -> Result<()> {
        match self.limit {
            None => Ok(()),
            Some(_) => Err(Error::migration(format!(
                "{what} changes all matching rows, so a limit has no meaning"
            ))
            .with_hint("filter further, or work on the rows of all()")),
        }
    }

    fn read(
        mut self,
        kind: sql::Kind,
        each: &mut dyn FnMut(&crate::value::Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let model = self.model;
        if self.order.is_empty() && kind == sql::Kind::Rows {
            for at in model.keys() {
                self.order.push(key_column(at));
                self.order.push(Token::Order(Direction::Asc, NullsPlace::Default));
            }
        }
        let (filter, order) = (model.own(&self.filter)?, model.own(&self.order)?);
        let mut values = filter.values().to_vec();
        values.extend(order.values().iter().cloned());
        if let Some(limit) = self.limit {
            values.push(Value::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
        }
        let mut select = Select::of(filter, order);
        select.set_limit(self.limit);
        Read {
            kind,
            meta: model.meta,
            select: &select,
            joined: &[],
            hop: None,
            parent: None,
            limit: match self.limit {
                Some(_) => Limit::Param,
                None => Limit::None,
            },
            nulls: u32::MAX,
        }
        .statement(model.door.dialect())
        .and_then(|statement| model.door.run(&statement, &values, each))
        .map(drop)
        .map_err(model.explain("reading"))
    }
}

fn key_column(at: usize) -> Token {
    // A position that a column cannot have is refused when it is rendered.
    Token::Column(Place::OWN, u16::try_from(at).unwrap_or(u16::MAX))
}

/// The rows whose key comes after `last`: `a > x OR (a = x AND b > y)` for a key of two columns.
fn after(keys: &[usize], last: &[Value<'static>]) -> Fragment {
    let compare = |to: &mut Fragment, at: usize, value: &Value<'static>, op: Function| {
        to.push(key_column(at));
        to.param(value.clone());
        to.call(op, 2);
    };
    let mut out = Fragment::default();
    for (depth, (&at, value)) in keys.iter().zip(last).enumerate() {
        for (&before, value) in keys.iter().zip(last).take(depth) {
            compare(&mut out, before, value, Function::Eq);
        }
        compare(&mut out, at, value, Function::Gt);
        for _ in 0..depth {
            out.call(Function::And, 2);
        }
        if depth > 0 {
            out.call(Function::Or, 2);
        }
    }
    out
}

impl fmt::Debug for HistoricalRows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HistoricalRows({})", self.model.meta.def.key())
    }
}
