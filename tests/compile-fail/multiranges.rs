use orm::fields::{Multirange, Range};
use orm::prelude::*;

#[derive(Model)]
struct Gate {
    id: i64,
    // Databases have no ranges of strings, and so no multiranges either.
    names: Multirange<String>,
    // Arrays hold ranges.
    weeks: Vec<Multirange<i32>>,
}

#[derive(Model)]
struct Shop {
    id: i64,
    hours: Multirange<i32>,
    booked: Range<i32>,
}

fn main() {
    // One value is looked for, and ranges by another name.
    let _ = Shop::objects().filter(|s| s.hours.contains(8..9));
    // A column of ranges becomes a multirange first.
    let _ = Shop::objects().filter(|s| s.hours.overlaps(s.booked));
    // Databases have no one order of them.
    let _ = Shop::objects().order_by(|s| s.hours);
    // Its ranges are read, and not counted.
    let _ = Shop::objects().values(|s| s.hours.length());
}
