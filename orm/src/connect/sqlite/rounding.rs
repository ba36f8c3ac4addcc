//! Functions of numbers that SQLite lacks. Floating-point numbers are rounded as Postgres does it: what is in the middle goes to the
//! even number.

use rusqlite::Connection;

use super::functions::FLAGS;

type Rounding = fn(f64) -> f64;

pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
    let functions: [(&std::ffi::CStr, Rounding); 3] = [
        (c"orm_ceil", f64::ceil),
        (c"orm_floor", f64::floor),
        (c"orm_round", f64::round_ties_even),
    ];
    for (name, round) in functions {
        db.create_scalar_function(name, 1, FLAGS, move |context| {
            Ok(context.get::<Option<f64>>(0)?.map(round))
        })?;
    }
    db.create_scalar_function(c"orm_sqrt", 1, FLAGS, |context| {
        let number = context.get::<Option<f64>>(0)?;
        Ok(number.filter(|number| *number >= 0.0).map(f64::sqrt))
    })?;
    db.create_scalar_function(c"orm_bit_xor", 2, FLAGS, |context| {
        let [first, second] = [context.get::<Option<i64>>(0)?, context.get(1)?];
        Ok(first.zip(second).map(|(first, second)| first ^ second))
    })
}
