use chrono::{NaiveDate, NaiveTime};
use orm::prelude::*;

#[derive(Model)]
struct Visit {
    id: i64,
    name: String,
    day: NaiveDate,
    opens: NaiveTime,
    at: Option<DateTime<Utc>>,
}

fn main() {
    // A string holds no date, whatever is written in it.
    let _ = Visit::objects().values(|v| v.name.year());
    // A day has no hour, and a time of day no month.
    let _ = Visit::objects().filter(|v| v.day.hour().eq(1));
    let _ = Visit::objects().filter(|v| v.opens.month().eq(1));
    // It is a day already.
    let _ = Visit::objects().values(|v| v.day.date());
    let _ = Visit::objects().group_by(|v| v.day.start_of_hour());
    // A month is a number.
    let _ = Visit::objects().filter(|v| v.at.month().eq("May"));
}
