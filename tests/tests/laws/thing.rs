//! The model whose rows conditions are about: every kind of column, once with NULL and once without.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use orm::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::dice::Dice;

orm::app!("laws");

/// A type of the database, whose values order as the variants do.
#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[orm(native)]
pub enum Mood {
    Low,
    #[orm(value = "it's")]
    Middling,
    High,
}

/// Strings, which order as strings do.
#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    Good,
    Bad,
}

impl Grade {
    pub fn stored(self) -> &'static str {
        match self {
            Grade::Good => "good",
            Grade::Bad => "bad",
        }
    }
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Thing {
    pub id: i64,
    pub small: i16,
    pub small_or_none: Option<i16>,
    pub number: i32,
    pub number_or_none: Option<i32>,
    /// Of a few digits, so that it is computed with.
    pub count: i64,
    pub big: i64,
    pub big_or_none: Option<i64>,
    pub single: f32,
    pub single_or_none: Option<f32>,
    /// Quarters or without end, so that it is computed with.
    pub ratio: f64,
    pub double: f64,
    pub double_or_none: Option<f64>,
    pub string: String,
    pub string_or_none: Option<String>,
    pub flag: bool,
    pub flag_or_none: Option<bool>,
    pub day: NaiveDate,
    pub day_or_none: Option<NaiveDate>,
    pub time: NaiveTime,
    pub time_or_none: Option<NaiveTime>,
    pub local: NaiveDateTime,
    pub local_or_none: Option<NaiveDateTime>,
    pub moment: DateTime<Utc>,
    pub moment_or_none: Option<DateTime<Utc>>,
    #[orm(max_digits = 6, decimal_places = 2)]
    pub price: Decimal,
    #[orm(max_digits = 6, decimal_places = 2)]
    pub price_or_none: Option<Decimal>,
    pub token: Uuid,
    pub token_or_none: Option<Uuid>,
    pub bytes: Vec<u8>,
    pub bytes_or_none: Option<Vec<u8>>,
    pub mood: Mood,
    pub mood_or_none: Option<Mood>,
    pub grade: Grade,
    pub grade_or_none: Option<Grade>,
    pub json: Document,
    pub json_or_none: Option<Document>,
}

pub type Document = Json<Value>;

/// Values of a kind of column, extreme ones often.
pub trait Drawn: Sized {
    fn draw(dice: &mut Dice) -> Self;
}

/// NULL once in four times.
pub fn maybe<T: Drawn>(dice: &mut Dice) -> Option<T> {
    (!dice.once_in(4)).then(|| T::draw(dice))
}

macro_rules! whole_numbers {
    ($($ty:ident)*) => {$(
        impl Drawn for $ty {
            fn draw(dice: &mut Dice) -> Self {
                match dice.below(4) {
                    0 => dice.pick(&[$ty::MIN, $ty::MAX, $ty::MIN + 1, $ty::MAX - 1]),
                    _ => $ty::try_from(dice.between(-4, 4)).expect("a small number"),
                }
            }
        }
    )*};
}
whole_numbers!(i16 i32 i64);

/// Without end, and what is not a number.
fn endless(dice: &Dice) -> &'static [f32] {
    let all = &[f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
    if dice.not_numbers { all } else { &all[..2] }
}

impl Drawn for f32 {
    fn draw(dice: &mut Dice) -> Self {
        if dice.once_in(5) {
            return dice.pick(endless(dice));
        }
        dice.pick(&[
            0.0,
            -0.0,
            0.1,
            -0.1,
            1.0,
            16_777_217.0,
            f32::MAX,
            f32::MIN_POSITIVE,
        ])
    }
}

impl Drawn for f64 {
    fn draw(dice: &mut Dice) -> Self {
        if dice.once_in(5) {
            return f64::from(dice.pick(endless(dice)));
        }
        dice.pick(&[
            0.0,
            -0.0,
            0.1,
            -0.1,
            1.0,
            -2.5,
            9_007_199_254_740_993.0,
            f64::MAX,
            f64::MIN,
            f64::MIN_POSITIVE,
        ])
    }
}

/// What strings are put together of: what quoting, patterns, placeholders and orders of strings trip over.
pub const PIECES: [&str; 24] = [
    "a",
    "b",
    "A",
    "B",
    "z",
    " ",
    "%",
    "_",
    "\\",
    "'",
    "\"",
    "é",
    "É",
    "ß",
    "İ",
    "🎉",
    "\u{d7ff}",
    "\u{10ffff}",
    "\n",
    "?",
    "$1",
    "{0}",
    ":a",
    "--",
];

/// Letters whose case every database knows, of one, two and three bytes, and one that is longer than its lower case.
const LETTERS: [&str; 11] = ["a", "A", "z", "é", "É", "Ж", "ж", "Ѡ", "k", "K", "\u{212a}"];

/// A part of a string. What ignores case is asked only of letters about which the databases agree.
pub fn piece(dice: &mut Dice) -> &'static str {
    if !dice.queries_only {
        return dice.pick(&PIECES);
    }
    match dice.once_in(2) {
        true => dice.pick(&LETTERS),
        false => match dice.pick(&PIECES) {
            "ß" | "İ" => "_",
            piece => piece,
        },
    }
}

impl Drawn for String {
    fn draw(dice: &mut Dice) -> Self {
        (0..dice.below(4)).map(|_| piece(dice)).collect()
    }
}

impl Drawn for Document {
    fn draw(dice: &mut Dice) -> Self {
        Json(document(dice, 2))
    }
}

/// JSON of at most so many levels; equal numbers in several forms.
fn document(dice: &mut Dice, depth: usize) -> Value {
    let members = |dice: &mut Dice| if depth == 0 { 0 } else { dice.below(3) };
    match dice.below(8) {
        0 => Value::Null,
        1 => dice.once_in(2).into(),
        2 => String::draw(dice).into(),
        3 => (0..members(dice)).map(|_| document(dice, depth - 1)).collect(),
        4 => {
            let members = (0..members(dice)).map(|_| (piece(dice).to_owned(), document(dice, depth - 1)));
            Value::Object(members.collect())
        }
        _ => dice.pick(&[
            json!(0),
            json!(-0.0),
            json!(1),
            json!(1.0),
            json!(-1.5),
            json!(0.1),
            json!(1e-7),
            json!(1e17),
            json!(100_000_000_000_000_000_i64),
            json!(9_007_199_254_740_993_i64),
            json!(9_007_199_254_740_992.0),
            json!(i64::MIN),
            json!(-9_223_372_036_854_775_808.0),
            json!(u64::MAX),
            json!(18_446_744_073_709_551_615.0),
            json!(18_446_744_073_709_552_000.0),
            json!(1e300),
        ]),
    }
}

impl Drawn for bool {
    fn draw(dice: &mut Dice) -> Self {
        dice.once_in(2)
    }
}

impl Drawn for NaiveDate {
    fn draw(dice: &mut Dice) -> Self {
        let (year, month, day) = dice.pick(&[
            (1, 1, 1),
            (999, 12, 31),
            (1970, 1, 1),
            (2024, 2, 29),
            (2024, 3, 1),
            (9999, 12, 31),
        ]);
        NaiveDate::from_ymd_opt(year, month, day).expect("a day")
    }
}

impl Drawn for NaiveTime {
    fn draw(dice: &mut Dice) -> Self {
        let (second, micro) = dice.pick(&[(0, 0), (0, 1), (43_200, 0), (43_200, 500_000), (86_399, 999_999)]);
        NaiveTime::from_num_seconds_from_midnight_opt(second, micro * 1000).expect("a time")
    }
}

impl Drawn for NaiveDateTime {
    fn draw(dice: &mut Dice) -> Self {
        NaiveDate::draw(dice).and_time(NaiveTime::draw(dice))
    }
}

impl Drawn for DateTime<Utc> {
    fn draw(dice: &mut Dice) -> Self {
        NaiveDateTime::draw(dice).and_utc()
    }
}

impl Drawn for Decimal {
    /// Of few digits, so that twice their product is exact on every database.
    fn draw(dice: &mut Dice) -> Self {
        match dice.below(4) {
            0 => dice.pick(&[
                Decimal::ZERO,
                Decimal::new(999_999, 2),
                Decimal::new(-999_999, 2),
                Decimal::new(10, 1),
            ]),
            // Whose sums and products are equal often.
            1 => Decimal::new(dice.between(-3, 3), 1),
            2 => Decimal::new(dice.between(-9, 9), 2),
            _ => Decimal::new(dice.between(-250, 250), 2),
        }
    }
}

impl Drawn for Uuid {
    fn draw(dice: &mut Dice) -> Self {
        match dice.below(4) {
            0 => Uuid::nil(),
            1 => Uuid::max(),
            2 => Uuid::from_u128(0x0123_4567_89ab_cdef),
            _ => Uuid::from_bytes(dice.bytes()),
        }
    }
}

impl Drawn for Vec<u8> {
    fn draw(dice: &mut Dice) -> Self {
        (0..dice.below(4))
            .map(|_| dice.pick(&[0, 1, b'\'', b'\\', 0x7f, 0x80, 0xff]))
            .collect()
    }
}

impl Drawn for Mood {
    fn draw(dice: &mut Dice) -> Self {
        dice.pick(&[Mood::Low, Mood::Middling, Mood::High])
    }
}

impl Drawn for Grade {
    fn draw(dice: &mut Dice) -> Self {
        dice.pick(&[Grade::Good, Grade::Bad])
    }
}

/// A number of `count`.
pub fn count(dice: &mut Dice) -> i64 {
    dice.between(-1_000, 1_000)
}

/// A number of `ratio`.
pub fn ratio(dice: &mut Dice) -> f64 {
    if dice.once_in(8) {
        return f64::from(dice.pick(endless(dice)));
    }
    let quarters = i32::try_from(dice.between(-40, 40)).expect("a small number");
    f64::from(quarters) / 4.0
}

impl Thing {
    /// A new row of any values.
    pub fn draw(dice: &mut Dice) -> impl orm::queries::IntoDraft<Thing> + use<> {
        Thing::create()
            .small(i16::draw(dice))
            .small_or_none(maybe::<i16>(dice))
            .number(i32::draw(dice))
            .number_or_none(maybe::<i32>(dice))
            .count(count(dice))
            .big(i64::draw(dice))
            .big_or_none(maybe::<i64>(dice))
            .single(f32::draw(dice))
            .single_or_none(maybe::<f32>(dice))
            .ratio(ratio(dice))
            .double(f64::draw(dice))
            .double_or_none(maybe::<f64>(dice))
            .string(String::draw(dice))
            .string_or_none(maybe::<String>(dice))
            .flag(bool::draw(dice))
            .flag_or_none(maybe::<bool>(dice))
            .day(NaiveDate::draw(dice))
            .day_or_none(maybe::<NaiveDate>(dice))
            .time(NaiveTime::draw(dice))
            .time_or_none(maybe::<NaiveTime>(dice))
            .local(NaiveDateTime::draw(dice))
            .local_or_none(maybe::<NaiveDateTime>(dice))
            .moment(DateTime::<Utc>::draw(dice))
            .moment_or_none(maybe::<DateTime<Utc>>(dice))
            .price(Decimal::draw(dice))
            .price_or_none(maybe::<Decimal>(dice))
            .token(Uuid::draw(dice))
            .token_or_none(maybe::<Uuid>(dice))
            .bytes(Vec::<u8>::draw(dice))
            .bytes_or_none(maybe::<Vec<u8>>(dice))
            .mood(Mood::draw(dice))
            .mood_or_none(maybe::<Mood>(dice))
            .grade(Grade::draw(dice))
            .grade_or_none(maybe::<Grade>(dice))
            .json(Document::draw(dice))
            .json_or_none(maybe::<Document>(dice))
    }
}
