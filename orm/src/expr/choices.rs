//! The values of native enums, interned as small numbers, so that a token names them: a value that stands beside no column says so
//! itself which enum orders it.

use std::sync::{PoisonError, RwLock};

type Values = &'static [&'static str];

/// A program has a few enums, so that going through them is as fast as a map.
static INTERNED: RwLock<Vec<Values>> = RwLock::new(Vec::new());

/// The number of an enum with these values; `None` if there are more enums than numbers.
pub(super) fn intern(values: Values) -> Option<u16> {
    let known = |all: &[Values]| all.iter().position(|known| *known == values);
    let found = known(&INTERNED.read().unwrap_or_else(PoisonError::into_inner));
    let found = found.or_else(|| {
        let mut all = INTERNED.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have come first.
        let found = known(&all);
        if found.is_none() && all.len() <= usize::from(u16::MAX) {
            all.push(values);
            return Some(all.len() - 1);
        }
        found
    });
    u16::try_from(found?).ok()
}

/// The values of the enum with that number.
pub(super) fn of_number(number: u16) -> Option<Values> {
    let all = INTERNED.read().unwrap_or_else(PoisonError::into_inner);
    all.get(usize::from(number)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_enums_have_one_number() {
        let (one, other) = (&["low", "high"], &["high", "low"]);
        let number = intern(one).unwrap();
        assert_eq!(intern(&["low", "high"]), Some(number));
        assert_ne!(intern(other), Some(number));
        assert_eq!(of_number(number), Some(&one[..]));
        assert_eq!(of_number(u16::MAX), None);
    }
}
