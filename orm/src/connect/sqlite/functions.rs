//! Functions that queries need and SQLite lacks: Unicode lower case, exact decimals, lists as parameters.
//!
//! They are used by queries only, never in a schema: a database must stay readable by every other tool.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

pub(super) const FLAGS: FunctionFlags = FunctionFlags::SQLITE_UTF8
    .union(FunctionFlags::SQLITE_DETERMINISTIC)
    .union(FunctionFlags::SQLITE_INNOCUOUS);

pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
    db.create_scalar_function(c"orm_lower", 1, FLAGS, |context| {
        let text: Option<String> = context.get(0)?;
        Ok(text.map(|text| text.to_lowercase()))
    })?;
    db.create_scalar_function(c"orm_upper", 1, FLAGS, |context| {
        let text: Option<String> = context.get(0)?;
        Ok(text.map(|text| text.to_uppercase()))
    })?;
    db.create_scalar_function(c"orm_json", 1, FLAGS, |context| {
        let text: Option<String> = context.get(0)?;
        let canonical = text.map(|text| crate::value::canonical_json(&text)).transpose();
        canonical.map_err(|error| rusqlite::Error::UserFunctionError(error.into()))
    })?;
    arrays::register(db)?;
    super::collected::register(db)?;
    super::documents::register(db)?;
    super::networks::register(db)?;
    super::ranges::register(db)?;
    super::strings::register(db)?;
    #[cfg(feature = "regex")]
    super::patterns::register(db)?;
    super::rounding::register(db)?;
    super::spread::register(db)?;
    super::sums::register(db)?;
    #[cfg(feature = "chrono")]
    super::times::register(db)?;
    #[cfg(feature = "zones")]
    super::zones::register(db)?;
    #[cfg(feature = "decimal")]
    decimal::register(db)?;
    rusqlite::vtab::array::load_module(db)
}

mod arrays {
    use std::collections::HashSet;

    use rusqlite::Connection;
    use rusqlite::functions::Context;

    use super::FLAGS;
    use crate::value::array_json::{Token, Tokens};

    type Answer = fn(&HashSet<Token<'_>>, &[Token<'_>]) -> bool;

    pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
        let functions: [(&std::ffi::CStr, Answer); 2] = [
            (c"orm_array_contains", |array, other| {
                other.iter().all(|token| array.contains(token))
            }),
            (c"orm_array_overlaps", |array, other| {
                other.iter().any(|token| array.contains(token))
            }),
        ];
        for (name, answer) in functions {
            db.create_scalar_function(name, 2, FLAGS, move |context| ask(context, answer))?;
        }
        Ok(())
    }

    /// Equal elements are equal texts, and NULL is none, as on Postgres. How deep arrays are nested does not matter.
    fn ask(context: &Context<'_>, answer: Answer) -> rusqlite::Result<Option<bool>> {
        let (Some(array), Some(other)) = (
            context.get::<Option<String>>(0)?,
            context.get::<Option<String>>(1)?,
        ) else {
            return Ok(None);
        };
        let (array, other) = (tokens(&array)?, tokens(&other)?);
        let known = array.into_iter().filter(|token| !token.is_null()).collect();
        Ok(Some(answer(&known, &other)))
    }

    fn tokens(text: &str) -> rusqlite::Result<Vec<Token<'_>>> {
        match Tokens::read(text) {
            Some((_, tokens)) => Ok(tokens),
            None => Err(rusqlite::Error::UserFunctionError(
                "a column of arrays holds something else".into(),
            )),
        }
    }
}

#[cfg(feature = "decimal")]
mod decimal {
    use std::cmp::Ordering;
    use std::str::FromStr;

    use rusqlite::Connection;
    use rusqlite::functions::{Aggregate, Context, WindowAggregate};
    use rusqlite::types::ValueRef;
    use rust_decimal::{Decimal, RoundingStrategy};

    use super::FLAGS;
    use crate::value::decimal::{canonical, quotient};

    type Step = fn(Decimal, Decimal) -> Option<Decimal>;
    type Rounding = fn(Decimal) -> Decimal;

    pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
        let operators: [(&std::ffi::CStr, Step); 3] = [
            (c"orm_decimal_add", Decimal::checked_add),
            (c"orm_decimal_sub", Decimal::checked_sub),
            (c"orm_decimal_mul", Decimal::checked_mul),
        ];
        for (name, step) in operators {
            db.create_scalar_function(name, 2, FLAGS, move |context| binary(context, step))?;
        }
        db.create_scalar_function(c"orm_decimal_div", 2, FLAGS, |context| {
            // As it is for whole numbers.
            if number(context, 1)?.is_some_and(|divisor| divisor.is_zero()) {
                return Ok(None);
            }
            binary(context, quotient)
        })?;
        db.create_scalar_function(c"orm_decimal_round_to", 2, FLAGS, round_to)?;
        let rounding: [(&std::ffi::CStr, Rounding); 3] = [
            (c"orm_decimal_ceil", |number| number.ceil()),
            (c"orm_decimal_floor", |number| number.floor()),
            (c"orm_decimal_round", |number| rounded(number, 0)),
        ];
        for (name, round) in rounding {
            db.create_scalar_function(name, 1, FLAGS, move |context| {
                Ok(number(context, 0)?.map(|number| canonical(round(number))))
            })?;
        }
        db.create_scalar_function(c"orm_decimal_to_double", 1, FLAGS, |context| {
            // The digits themselves are the nearest number's, which those of a rounded one need not be.
            Ok(number(context, 0)?.and_then(|number| canonical(number).parse::<f64>().ok()))
        })?;
        db.create_window_function(c"orm_decimal_sum", 1, FLAGS, Total { average: false })?;
        db.create_window_function(c"orm_decimal_avg", 1, FLAGS, Total { average: true })?;
        db.create_collation("orm_decimal", order)
    }

    /// As Postgres does it.
    fn rounded(number: Decimal, places: u32) -> Decimal {
        number.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
    }

    fn round_to(context: &Context<'_>) -> rusqlite::Result<Option<String>> {
        let (Some(value), Some(places)) = (number(context, 0)?, number(context, 1)?) else {
            return Ok(None);
        };
        let places =
            u32::try_from(places).map_err(|_| failed("there is no such number of decimal places"))?;
        Ok(Some(canonical(rounded(value, places))))
    }

    /// Order of numbers; text that is not a number comes after them, in its own order.
    fn order(a: &str, b: &str) -> Ordering {
        match (Decimal::from_str(a), Decimal::from_str(b)) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => a.cmp(b),
        }
    }

    fn number(context: &Context<'_>, index: usize) -> rusqlite::Result<Option<Decimal>> {
        match context.get_raw(index) {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => Ok(Some(Decimal::from(value))),
            ValueRef::Real(value) => match Decimal::from_f64_retain(value) {
                Some(value) => Ok(Some(value)),
                None => Err(failed("a number is too large for a decimal")),
            },
            ValueRef::Text(text) => {
                let text = std::str::from_utf8(text).unwrap_or_default();
                let parsed = Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text));
                parsed
                    .map(Some)
                    .map_err(|_| failed("a decimal column holds text that is not a number"))
            }
            ValueRef::Blob(_) => Err(failed("a decimal column holds bytes")),
        }
    }

    fn binary(context: &Context<'_>, step: Step) -> rusqlite::Result<Option<String>> {
        let (Some(a), Some(b)) = (number(context, 0)?, number(context, 1)?) else {
            return Ok(None);
        };
        let result = step(a, b).ok_or_else(|| failed("a decimal result is out of range"))?;
        Ok(Some(canonical(result)))
    }

    fn failed(reason: &'static str) -> rusqlite::Error {
        rusqlite::Error::UserFunctionError(reason.into())
    }

    /// Sum and number of the values that are not NULL.
    struct Total {
        average: bool,
    }

    impl Aggregate<Option<(Decimal, i64)>, Option<String>> for Total {
        fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Option<(Decimal, i64)>> {
            Ok(None)
        }

        fn step(
            &self,
            context: &mut Context<'_>,
            total: &mut Option<(Decimal, i64)>,
        ) -> rusqlite::Result<()> {
            if let Some(value) = number(context, 0)? {
                let (sum, count) = total.unwrap_or((Decimal::ZERO, 0));
                let sum = sum
                    .checked_add(value)
                    .ok_or_else(|| failed("a decimal sum is out of range"))?;
                *total = Some((sum, count + 1));
            }
            Ok(())
        }

        fn finalize(
            &self,
            _: &mut Context<'_>,
            total: Option<Option<(Decimal, i64)>>,
        ) -> rusqlite::Result<Option<String>> {
            self.result(total.flatten())
        }
    }

    impl WindowAggregate<Option<(Decimal, i64)>, Option<String>> for Total {
        fn value(&self, total: Option<&mut Option<(Decimal, i64)>>) -> rusqlite::Result<Option<String>> {
            self.result(total.and_then(|total| *total))
        }

        fn inverse(
            &self,
            context: &mut Context<'_>,
            total: &mut Option<(Decimal, i64)>,
        ) -> rusqlite::Result<()> {
            if let (Some(value), Some((sum, count))) = (number(context, 0)?, *total) {
                let left = sum.checked_sub(value);
                let left = left.ok_or_else(|| failed("a decimal sum is out of range"))?;
                *total = (count > 1).then_some((left, count - 1));
            }
            Ok(())
        }
    }

    impl Total {
        fn result(&self, total: Option<(Decimal, i64)>) -> rusqlite::Result<Option<String>> {
            let Some((sum, count)) = total else {
                return Ok(None);
            };
            let result = if self.average {
                quotient(sum, Decimal::from(count)).ok_or_else(|| failed("a decimal mean is out of range"))?
            } else {
                sum
            };
            Ok(Some(canonical(result)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(sql: &str) -> rusqlite::Result<Option<String>> {
        let db = Connection::open_in_memory().unwrap();
        register(&db).unwrap();
        db.query_row(sql, [], |row| row.get(0))
    }

    #[test]
    fn lower_case_knows_unicode() {
        assert_eq!(
            ask("SELECT orm_lower('ÄRGER')").unwrap().as_deref(),
            Some("ärger")
        );
        assert_eq!(ask("SELECT orm_lower(NULL)").unwrap(), None);
    }

    #[cfg(feature = "decimal")]
    #[test]
    fn decimals_are_exact_and_ordered_as_numbers() {
        for (sql, expected) in [
            ("SELECT orm_decimal_add('0.1', '0.2')", Some("0.3")),
            ("SELECT orm_decimal_mul('2.50', '2')", Some("5")),
            ("SELECT orm_decimal_sub(NULL, '1')", None),
            ("SELECT orm_decimal_div('1', '8')", Some("0.125")),
            (
                "SELECT orm_decimal_sum(column1) FROM (VALUES ('0.1'), ('0.2'), (NULL))",
                Some("0.3"),
            ),
            (
                "SELECT orm_decimal_avg(column1) FROM (VALUES ('1'), ('2'), (NULL))",
                Some("1.5"),
            ),
            ("SELECT orm_decimal_sum(column1) FROM (VALUES (NULL))", None),
            (
                "SELECT group_concat(x, ' ') FROM (SELECT column1 AS x FROM (VALUES ('10'), ('9.5'), ('-1')) ORDER BY x COLLATE orm_decimal)",
                Some("-1 9.5 10"),
            ),
        ] {
            assert_eq!(ask(sql).unwrap().as_deref(), expected, "{sql}");
        }
        assert_eq!(ask("SELECT orm_decimal_div('1', '0')").unwrap(), None);
        assert!(ask("SELECT orm_decimal_add('x', '0')").is_err());
    }
}
