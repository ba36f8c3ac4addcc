//! What a column that the database counts up may say.

use super::{Field, FieldKind};
use crate::attr::{At, Identity};
use crate::errors::Errors;

impl Field {
    pub(super) fn check_identity(&mut self, errors: &mut Errors) {
        let Some(given) = &self.options.identity else {
            return;
        };
        let (name, options, at) = (&self.name, &self.options, given.span);
        let elsewhere = [
            ("default", options.default.is_some()),
            ("default_fn", options.default_fn.is_some()),
            ("db_default", options.db_default.is_some()),
            ("generated", options.generated.is_some()),
            ("version", options.version.is_some()),
        ];
        let elsewhere = elsewhere
            .into_iter()
            .find_map(|(option, given)| given.then_some(option));
        let whole = ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"];
        let said = if self.ty.kind != FieldKind::Column || !self.ty.may_be(&whole) {
            Some(format!(
                "`identity` is a number that the database counts up, for `i64`, `i32` and `i16`; this field is `{}`",
                self.ty.written()
            ))
        } else if self.ty.null {
            Some(format!(
                "an identity is never NULL, because the database gives it to every row; write the type of `{name}` without `Option`"
            ))
        } else if options.db_type.is_some() {
            Some("`identity` counts in a column of whole numbers; drop `db_type`".to_owned())
        } else {
            elsewhere.map(|option| {
                format!("`identity` and `{option}` both say where the value of `{name}` comes from; keep one")
            })
        };
        match said {
            Some(said) => {
                errors.at(at, said);
                self.options.identity = None;
            }
            None => check_numbers(&self.ty.name, &given.value, errors),
        }
    }
}

/// The numbers that a type holds, if it is known.
fn range(ty: &str) -> Option<(i64, i64)> {
    Some(match ty {
        "i8" => (i8::MIN.into(), i8::MAX.into()),
        "i16" => (i16::MIN.into(), i16::MAX.into()),
        "i32" => (i32::MIN.into(), i32::MAX.into()),
        "u8" => (0, u8::MAX.into()),
        "u16" => (0, u16::MAX.into()),
        "u32" => (0, u32::MAX.into()),
        "u64" => (0, i64::MAX),
        "i64" => (i64::MIN, i64::MAX),
        _ => return None,
    })
}

fn check_numbers(ty: &str, identity: &Identity, errors: &mut Errors) {
    let Identity {
        start,
        increment,
        min_value,
        max_value,
        cache,
        ..
    } = identity;
    if let Some(At { span, .. }) = increment.as_ref().filter(|given| given.value == 0) {
        errors.at(
            *span,
            "an `increment` of 0 gives every row the same number; count up by 1 or more, or down by -1 or less",
        );
        return;
    }
    if let Some(At { span, .. }) = cache.as_ref().filter(|given| given.value < 1) {
        errors.at(
            *span,
            "`cache` says how many numbers a connection takes at a time, at least 1",
        );
    }
    let before = errors.len();
    let held = range(ty);
    for (name, given) in [
        ("start", start),
        ("min_value", min_value),
        ("max_value", max_value),
    ] {
        if let (Some(given), Some((least, greatest))) = (given, held)
            && !(least..=greatest).contains(&given.value)
        {
            errors.at(
                given.span,
                format!(
                    "`{name}` is {}, and `{ty}` holds {least} to {greatest}",
                    given.value
                ),
            );
        }
    }
    if errors.len() > before {
        return;
    }
    let ascends = increment.as_ref().is_none_or(|given| given.value > 0);
    let (least, greatest) = match ascends {
        true => (1, held.map_or(i64::MAX, |(_, greatest)| greatest)),
        false => (held.map_or(i64::MIN, |(least, _)| least), -1),
    };
    let least = min_value.as_ref().map_or(least, |given| given.value);
    let greatest = max_value.as_ref().map_or(greatest, |given| given.value);
    let bound = max_value.as_ref().or(min_value.as_ref());
    if least >= greatest {
        let span = bound.or(increment.as_ref()).map(|given| given.span);
        if let Some(span) = span {
            errors.at(
                span,
                format!("nothing can be counted from a `min_value` of {least} to a `max_value` of {greatest}: the first has to be the lower one"),
            );
        }
        return;
    }
    if let Some(start) = start
        && !(least..=greatest).contains(&start.value)
    {
        errors.at(
            start.span,
            format!(
                "`start` is {}, and numbers are counted from a `min_value` of {least} to a `max_value` of {greatest}; give both such that it is between them",
                start.value
            ),
        );
    }
}
