//! The condition that a row comes after a place in an order.

use crate::expr::{Direction, ExprTokens, Function, NullsPlace};
use crate::value::Value;

/// A sort key, and the value of it at the place.
pub(super) struct Place {
    pub by: ExprTokens,
    pub direction: Direction,
    pub nulls: NullsPlace,
    /// Whether it may be NULL.
    pub null: bool,
    pub value: Value<'static>,
}

impl Place {
    fn nulls_first(&self) -> bool {
        match self.nulls {
            NullsPlace::First => true,
            NullsPlace::Last => false,
            NullsPlace::Default => self.direction == Direction::Asc,
        }
    }

    fn is(&self, function: Function) -> ExprTokens {
        let mut tokens = self.by.clone();
        tokens.call(function, 1);
        tokens
    }

    fn compared(&self, function: Function) -> ExprTokens {
        let mut tokens = self.by.clone();
        tokens.param(self.value.clone());
        tokens.call(function, 2);
        tokens
    }

    /// Whether NULL comes after the value, which is not NULL.
    fn ends_with_null(&self) -> bool {
        self.null && !self.nulls_first()
    }

    /// That a row's value comes later; `None` if none does.
    fn later(&self) -> Option<ExprTokens> {
        if self.value == Value::Null {
            return self.nulls_first().then(|| self.is(Function::IsNotNull));
        }
        let mut later = self.compared(match self.direction {
            Direction::Asc => Function::Gt,
            Direction::Desc => Function::Lt,
        });
        if self.ends_with_null() {
            later.join(self.is(Function::IsNull), Function::Or);
        }
        Some(later)
    }

    fn same(&self) -> ExprTokens {
        match self.value {
            Value::Null => self.is(Function::IsNull),
            _ => self.compared(Function::Eq),
        }
    }

    /// That a row's value is the same or comes later, where one comparison says it: so a database looks it up in an index.
    fn begun_here(&self) -> Option<ExprTokens> {
        if self.value == Value::Null || self.ends_with_null() {
            return None;
        }
        Some(self.compared(match self.direction {
            Direction::Asc => Function::Ge,
            Direction::Desc => Function::Le,
        }))
    }
}

/// `a >= x AND (a > x OR b > y)`, where the last is for rows of the same `a`; `None` if no row comes after the place.
pub(super) fn behind(places: &[Place]) -> Option<ExprTokens> {
    let (first, others) = places.split_first()?;
    let later = first.later();
    let Some(others) = behind(others) else {
        return later;
    };
    // Among rows from here on, those that are not the same come later anyway.
    let begun_here = first.begun_here();
    let mut condition = match &begun_here {
        Some(_) => others,
        None => {
            let mut same = first.same();
            same.and(others);
            same
        }
    };
    if let Some(mut later) = later {
        later.join(condition, Function::Or);
        condition = later;
    }
    match begun_here {
        Some(mut begun_here) => {
            begun_here.and(condition);
            Some(begun_here)
        }
        None => Some(condition),
    }
}
