//! Laws of window functions: they are what plain Rust computes from the same rows.

use std::cmp::Ordering;

use chrono::NaiveDate;
use orm::prelude::*;
use orm::queries::Window;
use orm_tests::behaviour;
use orm_tests::models::Colour;
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::sales;
use crate::windows_oracle::*;
use orm_tests::samples::samples;

/// Aggregates of every kind over a window, beside each row.
macro_rules! aggregates_held {
    ($db:expr, $rows:expr, $window:expr, $oracle:expr, $told:expr) => {{
        let (window, oracle): (_, Oracle) = ($window, $oracle);
        let found = run!(
            Sale::objects()
                .order_by(|s| s.id)
                .values(|s| {
                    let over = move |w: Window| window(w, s);
                    (
                        orm::queries::count().over(over),
                        s.amount.count().over(over),
                        s.amount.sum().over(over),
                        s.amount.min().over(over),
                        s.amount.max().over(over),
                        s.price.sum().over(over),
                        s.price.min().over(over),
                        s.price.max().over(over),
                        orm::queries::count().filter(s.paid).over(over),
                        s.amount.sum().filter(s.paid).filter(s.shop.gt(0)).over(over),
                        s.seller.max().over(over),
                        s.day.min().over(over),
                    )
                })
                .all($db)
        );
        for (row, found) in $rows.iter().zip(found) {
            let place = oracle.place(&$rows, row);
            let amounts = place.all(|row| row.amount);
            let prices = place.all(|row| row.price);
            let expected = (
                place.frame.len() as i64,
                amounts.len() as i64,
                sum(&amounts),
                amounts.iter().min().copied(),
                amounts.iter().max().copied(),
                (!prices.is_empty()).then(|| prices.iter().sum::<Decimal>()),
                prices.iter().min().copied(),
                prices.iter().max().copied(),
                place.frame.iter().filter(|row| row.paid).count() as i64,
                sum(&place.all(|row| row.amount.filter(|_| row.paid && row.shop > 0))),
                place
                    .all(|row| row.seller.clone())
                    .into_iter()
                    .max_by(|a, b| a.as_bytes().cmp(b.as_bytes())),
                place.all(|row| row.day).into_iter().min(),
            );
            assert_eq!(found, expected, "{} of {row:?}", $told);
        }
        let found = run!(
            Sale::objects()
                .order_by(|s| s.id)
                .values(|s| {
                    let over = move |w: Window| window(w, s);
                    (
                        s.amount.avg().over(over),
                        s.price.avg().over(over),
                        s.rate.sum().over(over),
                        s.rate.avg().over(over),
                        s.amount.var_pop().over(over),
                        s.price.var_samp().over(over),
                        s.rate.stddev_pop().over(over),
                        s.amount.stddev_samp().filter(s.paid).over(over),
                        s.paid.bool_and().over(over),
                        s.amount.gt(0).bool_or().over(over),
                    )
                })
                .all($db)
        );
        for (row, found) in $rows.iter().zip(found) {
            let place = oracle.place(&$rows, row);
            let floats =
                |values: Vec<i64>| values.into_iter().map(|value| value as f64).collect::<Vec<f64>>();
            let prices: Vec<f64> = place.all(|row| float(row.price));
            let rates = place.all(|row| row.rate);
            let amounts = floats(place.all(|row| row.amount));
            let paid = floats(place.all(|row| row.amount.filter(|_| row.paid)));
            let pairs = [
                (found.0, mean(&amounts)),
                (float(found.1), mean(&prices)),
                (found.2, (!rates.is_empty()).then(|| rates.iter().sum())),
                (found.3, mean(&rates)),
                (found.4, variance(&amounts, false)),
                (found.5, variance(&prices, true)),
                (found.6, variance(&rates, false).map(f64::sqrt)),
                (found.7, variance(&paid, true).map(f64::sqrt)),
            ];
            for (at, (found, expected)) in pairs.into_iter().enumerate() {
                assert!(
                    near(found, expected),
                    "{at} of {} of {row:?}: {found:?} is not {expected:?}",
                    $told
                );
            }
            assert_eq!(
                found.8,
                (!place.frame.is_empty()).then(|| place.frame.iter().all(|row| row.paid))
            );
            let positive = place.all(|row| row.amount.map(|amount| amount > 0));
            assert_eq!(found.9, (!positive.is_empty()).then(|| positive.contains(&true)));
        }
    }};
}

/// Window functions that depend on the order of rows alone.
macro_rules! ranks_held {
    ($db:expr, $rows:expr, $window:expr, $oracle:expr, $told:expr) => {{
        let (window, oracle): (_, Oracle) = ($window, $oracle);
        let found = run!(
            Sale::objects()
                .order_by(|s| s.id)
                .values(|s| {
                    let over = move |w: Window| window(w, s);
                    (
                        orm::rank().over(over),
                        orm::dense_rank().over(over),
                        orm::percent_rank().over(over),
                        orm::cume_dist().over(over),
                    )
                })
                .all($db)
        );
        for (row, found) in $rows.iter().zip(found) {
            let place = oracle.place(&$rows, row);
            let own = place.groups[place.at];
            let count = place.partition.len() as f64;
            let before = place.groups.iter().filter(|group| **group <= own).count() as f64;
            let share = if place.partition.len() > 1 {
                (place.rank() - 1) as f64 / (count - 1.0)
            } else {
                0.0
            };
            assert_eq!(
                (found.0, found.1),
                (place.rank(), own as i64 + 1),
                "{} of {row:?}",
                $told
            );
            assert!(
                near(Some(found.2), Some(share)) && near(Some(found.3), Some(before / count)),
                "{} of {row:?}: {found:?}",
                $told
            );
        }
    }};
}

/// Window functions of certain rows, over a window in which no two rows are equal.
macro_rules! neighbors_held {
    ($db:expr, $rows:expr, $window:expr, $oracle:expr, $told:expr) => {{
        let (window, oracle): (_, Oracle) = ($window, $oracle);
        let found = run!(
            Sale::objects()
                .order_by(|s| s.id)
                .values(|s| {
                    let over = move |w: Window| window(w, s);
                    (
                        orm::row_number().over(over),
                        orm::ntile(3).over(over),
                        s.amount.lag(1).over(over),
                        s.amount.lag_or(2, -9).over(over),
                        s.item.lead_or(1, "end").over(over),
                        s.seller.lead(1).over(over),
                        s.price.lag(0).over(over),
                        s.price.first_value().over(over),
                        s.day.last_value().over(over),
                        s.item.nth_value(1).over(over),
                        s.colour.lag(1).over(over),
                        s.colour.lead_or(3, Colour::Blue).over(over),
                    )
                })
                .all($db)
        );
        for (row, found) in $rows.iter().zip(found) {
            let place = oracle.place(&$rows, row);
            let count = place.partition.len();
            // The first parts have one row more.
            let (size, larger) = (count / 3, count % 3);
            let part = if place.at < larger * (size + 1) {
                place.at / (size + 1)
            } else {
                larger + (place.at - larger * (size + 1)) / size.max(1)
            };
            let expected = (
                place.at as i64 + 1,
                part as i64 + 1,
                place.neighbor(-1).and_then(|row| row.amount),
                place.neighbor(-2).map_or(Some(-9), |row| row.amount),
                place.neighbor(1).map_or("end".to_owned(), |row| row.item.clone()),
                place.neighbor(1).and_then(|row| row.seller.clone()),
                row.price,
                place.frame.first().and_then(|row| row.price),
                place.frame.last().and_then(|row| row.day),
                place.frame.get(1).map(|row| row.item.clone()),
                place.neighbor(-1).map(|row| row.colour),
                place.neighbor(3).map_or(Colour::Blue, |row| row.colour),
            );
            assert_eq!(found, expected, "{} of {row:?}", $told);
        }
    }};
}

type Distance = Option<(fn(&Sale) -> Option<i64>, i64)>;

/// A frame, in a window and as plain Rust has it.
struct Framed {
    told: &'static str,
    frame: Box<dyn Fn(Window) -> Window>,
    around: Around,
}

fn framed(told: &'static str, frame: impl Fn(Window) -> Window + 'static, around: Around) -> Framed {
    Framed {
        told,
        frame: Box::new(frame),
        around,
    }
}

macro_rules! frames {
    ($(|$w:ident| $frame:expr, $around:expr;)+) => {
        vec![$(framed(stringify!($frame), |$w| $frame, $around)),+]
    };
}

/// Frames of every kind.
fn frames() -> Vec<Framed> {
    use Unit::{Groups, Range, Rows};
    frames! {
        |w| w, Around(Range, None, Some(0), Without::Nothing);
        |w| w.rows(..), Around(Rows, None, None, Without::Nothing);
        |w| w.range(0..), Around(Range, Some(0), None, Without::Nothing);
        |w| w.groups(-1..=1), Around(Groups, Some(-1), Some(1), Without::Nothing);
        |w| w.groups(..0), Around(Groups, None, Some(-1), Without::Nothing);
        |w| w.exclude_group(), Around(Range, None, Some(0), Without::Group);
        |w| w.groups(1..=i64::MAX).exclude_current_row(), Around(Groups, Some(1), None, Without::Itself);
        |w| w.exclude_ties().range(..), Around(Range, None, None, Without::Ties);
    }
}

/// What counts rows, and so needs an order in which no two are equal.
fn frames_of_rows() -> Vec<Framed> {
    use Unit::Rows;
    frames! {
        |w| w.rows(-2..=0), Around(Rows, Some(-2), Some(0), Without::Nothing);
        |w| w.rows(-1..2), Around(Rows, Some(-1), Some(1), Without::Nothing);
        |w| w.rows(2..=4), Around(Rows, Some(2), Some(4), Without::Nothing);
        |w| w.rows(..=-3), Around(Rows, None, Some(-3), Without::Nothing);
        |w| w.rows(-2..=2).exclude_current_row(), Around(Rows, Some(-2), Some(2), Without::Itself);
    }
}

/// Distances of an order's key.
fn frames_of_distances() -> Vec<Framed> {
    let between = [(-2, 0), (-1, 1), (1, 3), (-100, -2)].map(|(start, end)| {
        let around = Around(Unit::Range, Some(start), Some(end), Without::Nothing);
        framed("a range", move |w| w.range(start..=end), around)
    });
    let open = framed(
        "an open range",
        |w| w.range(..=1),
        Around(Unit::Range, None, Some(1), Without::Nothing),
    );
    between.into_iter().chain([open]).collect()
}

/// Every frame that goes with an order.
macro_rules! frames_held {
    ($db:expr, $rows:expr, $window:expr, $together:expr, $order:expr, $unique:expr, $key:expr) => {{
        let window = $window;
        let oracle = |frame, key| Oracle {
            together: $together,
            order: $order,
            key,
            frame,
        };
        ranks_held!(
            $db,
            $rows,
            window,
            oracle(Around(Unit::Range, None, Some(0), Without::Nothing), None),
            "ranks"
        );
        let mut held: Vec<_> = frames().into_iter().map(|framed| (framed, None)).collect();
        if $unique {
            held.extend(frames_of_rows().into_iter().map(|framed| (framed, None)));
        }
        if let Some(key) = $key {
            held.extend(
                frames_of_distances()
                    .into_iter()
                    .map(|framed| (framed, Some(key))),
            );
        }
        for (framed, key) in &held {
            let window = &|w: Window, s: SaleFields| (framed.frame)(window(w, s));
            if $unique {
                neighbors_held!($db, $rows, window, oracle(framed.around, *key), framed.told);
            }
            aggregates_held!($db, $rows, window, oracle(framed.around, *key), framed.told);
        }
    }};
}

behaviour! {
    fn windows_without_an_order_are_whole_partitions(db) {
        for count in [1, 7, 40] {
            let rows = sales!(db, count);
            let oracle = |together| Oracle { together, order: |_, _| Ordering::Equal, key: None, frame: Around(Unit::Rows, None, None, Without::Nothing) };
            aggregates_held!(db, rows, |w: Window, _: SaleFields| w, oracle(|_, _| true), "all rows");
            aggregates_held!(db, rows, |w: Window, s: SaleFields| w.partition_by(s.shop), oracle(|a, b| a.shop == b.shop), "a shop");
            let by_seller = |w: Window, s: SaleFields| w.partition_by((s.seller, s.paid));
            aggregates_held!(db, rows, by_seller, oracle(|a, b| (&a.seller, a.paid) == (&b.seller, b.paid)), "a seller");
            let by_price = |w: Window, s: SaleFields| w.partition_by((s.price, s.amount.coalesce(7) % 2));
            let together = |a: &Sale, b: &Sale| (a.price, a.amount.unwrap_or(7) % 2) == (b.price, b.amount.unwrap_or(7) % 2);
            aggregates_held!(db, rows, by_price, oracle(together), "a price");
            ranks_held!(db, rows, by_seller, oracle(|a, b| (&a.seller, a.paid) == (&b.seller, b.paid)), "a seller");
        }
    }

    fn windows_in_which_no_two_rows_are_equal(db) {
        for count in [1, 4, 40] {
            let rows = sales!(db, count);
            frames_held!(
                db, rows,
                |w: Window, s: SaleFields| w.partition_by(s.shop).order_by((s.amount, s.id)),
                |a, b| a.shop == b.shop,
                |a, b| (a.amount, a.id).cmp(&(b.amount, b.id)),
                true, Distance::None
            );
            frames_held!(
                db, rows,
                |w: Window, s: SaleFields| w.order_by((s.day.desc().nulls_first(), s.price.desc(), s.id.desc())),
                |_, _| true,
                |a, b| (b.day.is_none(), b.day, b.price, b.id).cmp(&(a.day.is_none(), a.day, a.price, a.id)),
                true, Distance::None
            );
        }
    }

    fn windows_in_which_rows_are_equal(db) {
        for count in [1, 5, 40] {
            let rows = sales!(db, count);
            let amount: Distance = Some((|row| row.amount, 1));
            frames_held!(
                db, rows,
                |w: Window, s: SaleFields| w.partition_by(s.paid).order_by(s.amount),
                |a, b| a.paid == b.paid,
                |a, b| a.amount.cmp(&b.amount),
                false, amount
            );
            let down: Distance = Some((|row| row.amount, -1));
            frames_held!(
                db, rows,
                |w: Window, s: SaleFields| w.order_by(s.amount.desc()),
                |_, _| true,
                |a, b| b.amount.cmp(&a.amount),
                false, down
            );
            frames_held!(
                db, rows,
                |w: Window, s: SaleFields| w.partition_by(s.shop).order_by((s.price, s.day.asc().nulls_last())),
                |a, b| a.shop == b.shop,
                |a, b| (a.price, a.day.is_none(), a.day).cmp(&(b.price, b.day.is_none(), b.day)),
                false, Distance::None
            );
        }
    }
}
