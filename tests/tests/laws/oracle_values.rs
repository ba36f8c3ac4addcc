//! How values are computed and compared, by hand.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::condition::Call;

/// Whole numbers are computed with 64 bits; nothing here needs more.
pub fn whole(call: Call, values: &[i64]) -> Option<i64> {
    let fits = |value: Option<i64>| Some(value.expect("numbers that fit into 64 bits"));
    match (call, values) {
        (Call::Add, [one, other]) => fits(one.checked_add(*other)),
        (Call::Sub, [one, other]) => fits(one.checked_sub(*other)),
        (Call::Mul, [one, other]) => fits(one.checked_mul(*other)),
        (Call::Div | Call::Mod, [_, 0]) => None,
        (Call::Div, [one, other]) => fits(one.checked_div(*other)),
        (Call::Mod, [one, other]) => fits(one.checked_rem(*other)),
        (Call::Neg, [one]) => fits(one.checked_neg()),
        (Call::BitAnd, [one, other]) => Some(one & other),
        (Call::BitOr, [one, other]) => Some(one | other),
        (Call::BitXor, [one, other]) => Some(one ^ other),
        (Call::BitNot, [one]) => Some(!one),
        (Call::Abs, [one]) => fits(one.checked_abs()),
        _ => panic!("{call:?} of whole numbers"),
    }
}

pub fn floats(one: &f64, other: &f64) -> Ordering {
    // What is not a number is equal to itself and greater than all numbers.
    one.partial_cmp(other)
        .unwrap_or_else(|| one.is_nan().cmp(&other.is_nan()))
}

pub fn float(call: Call, values: &[f64]) -> Option<f64> {
    match (call, values) {
        (Call::Add, [one, other]) => Some(one + other),
        (Call::Sub, [one, other]) => Some(one - other),
        (Call::Mul, [one, other]) => Some(one * other),
        (Call::Div, [_, other]) if *other == 0.0 => None,
        (Call::Div, [one, other]) => Some(one / other),
        (Call::Neg, [one]) => Some(-one),
        (Call::Abs, [one]) => Some(one.abs()),
        (Call::Ceil, [one]) => Some(one.ceil()),
        (Call::Floor, [one]) => Some(one.floor()),
        (Call::Round, [one]) => Some(one.round_ties_even()),
        _ => panic!("{call:?} of floating-point numbers"),
    }
}

pub fn decimal(call: Call, values: &[Decimal]) -> Option<Decimal> {
    match (call, values) {
        (Call::Add, [one, other]) => Some(one + other),
        (Call::Sub, [one, other]) => Some(one - other),
        (Call::Mul, [one, other]) => Some(one * other),
        (Call::Div, [_, other]) if other.is_zero() => None,
        (Call::Div, [one, other]) => Some(quotient(*one, *other)),
        (Call::Neg, [one]) => Some(-one),
        (Call::Abs, [one]) => Some(one.abs()),
        (Call::Ceil, [one]) => Some(one.ceil()),
        (Call::Floor, [one]) => Some(one.floor()),
        (Call::Round, [one]) => {
            Some(one.round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero))
        }
        _ => panic!("{call:?} of decimals"),
    }
}

/// As Postgres divides: at least 16 digits that count, in groups of four, and half away from zero.
fn quotient(one: Decimal, other: Decimal) -> Decimal {
    // The first group of four digits that is not zero: its place from the decimal point, and its value.
    let first = |number: Decimal| -> (i32, i32) {
        let string = format!("{:0>40}.{:0<40}", number.abs().trunc(), "");
        let fraction = number.abs().fract().to_string();
        let fraction = fraction.strip_prefix("0.").unwrap_or("");
        let digits = format!("{}{fraction:0<40}", &string[..40]);
        let groups = digits.as_bytes().chunks(4).map(|group| {
            let group = std::str::from_utf8(group).expect("digits");
            group.parse().expect("four digits")
        });
        let mut groups = groups.zip(0..);
        let found = groups.find(|(value, _): &(i32, i32)| *value != 0);
        found.map_or((0, 0), |(value, at)| (9 - at, value))
    };
    let ((place, group), (place_of_other, group_of_other)) = (first(one), first(other));
    let place = place - place_of_other - i32::from(group <= group_of_other);
    let digits = (16 - 4 * place).max(i32::try_from(one.scale().max(other.scale())).expect("few digits"));
    // Both as whole numbers; then digit by digit.
    let scale = one.scale().max(other.scale());
    let whole = |mut number: Decimal| {
        number.rescale(scale);
        number.mantissa().unsigned_abs()
    };
    let (dividend, divisor) = (whole(one), whole(other));
    let mut text = format!("{}.", dividend / divisor);
    let mut rest = dividend % divisor;
    for _ in 0..digits {
        text.push_str(&(rest * 10 / divisor).to_string());
        rest = rest * 10 % divisor;
    }
    let cut: Decimal = text.trim_end_matches('.').parse().expect("a decimal");
    let last = Decimal::new(1, u32::try_from(digits).expect("places"));
    let made = if rest * 2 >= divisor { cut + last } else { cut };
    if one.is_sign_negative() == other.is_sign_negative() {
        made
    } else {
        -made
    }
}

/// JSON with its members in order and its numbers without exponents.
pub fn plain(json: &serde_json::Value) -> String {
    use serde_json::Value;
    match json {
        Value::Number(number) if number.is_f64() => match number.as_f64().expect("a number") {
            0.0 => "0".to_owned(),
            number => number.to_string(),
        },
        Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(name, member)| format!("{name:?}:{}", plain(member)))
                .collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        Value::String(string) => format!("{string:?}"),
        Value::Null | Value::Bool(_) | Value::Number(_) => json.to_string(),
    }
}
