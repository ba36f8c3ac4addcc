use orm::fields::Range;
use orm::prelude::*;

#[derive(Model)]
struct Stay {
    id: i64,
    // Databases have ranges of neither.
    factor: Range<f64>,
    name: Range<String>,
    // A range of Rust has no column: it has no form for what is empty or has no end.
    hours: std::ops::Range<i32>,
}

#[derive(Model)]
struct Booking {
    id: i64,
    hours: Range<i32>,
    days: Range<NaiveDate>,
    room: String,
}

fn main() {
    // One value is looked for, and a range by another name.
    let _ = Booking::objects().filter(|b| b.hours.contains(8..9));
    // Bounds are of the type of the column.
    let _ = Booking::objects().filter(|b| b.days.overlaps(8..9));
    let _ = Booking::objects().filter(|b| b.days.contains("2026-11-22"));
    // What only ranges have.
    let _ = Booking::objects().filter(|b| b.room.strictly_left_of("b"));
    let _ = Booking::objects().filter(|b| b.room.overlaps("b"));
    // It is `lower_bound`.
    let _ = Booking::objects().values(|b| b.hours.lower());
    // There is no greatest range.
    let _ = Booking::objects().aggregate(|b| b.hours.max());
}
