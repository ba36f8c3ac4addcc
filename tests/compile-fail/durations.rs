use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use orm::prelude::*;

#[derive(Model)]
struct Shift {
    id: i64,
    day: NaiveDate,
    starts: NaiveDateTime,
    booked: DateTime<Utc>,
    length: TimeDelta,
}

fn main() {
    // Two dates have no sum.
    let _ = Shift::objects().values(|s| s.starts + s.starts);
    // One has a zone and the other does not.
    let _ = Shift::objects().values(|s| s.starts - s.booked);
    // A number does not say of what.
    let _ = Shift::objects().values(|s| s.starts + 3600);
    let _ = Shift::objects().filter(|s| s.length.gt(3600));
    // A day has no time.
    let _ = Shift::objects().values(|s| s.day + TimeDelta::hours(1));
    let _ = Shift::objects().values(|s| s.length * s.length);
}
