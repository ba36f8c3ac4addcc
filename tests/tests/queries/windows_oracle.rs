//! Windows, said in plain Rust, and the rows that they are over.

use std::cmp::Ordering;

use chrono::NaiveDate;
use orm::prelude::*;
use orm_tests::models::Colour;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

orm::app!("suite");

/// What is computed over windows: values that may be NULL, and are often equal.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Sale {
    pub id: i64,
    pub shop: i32,
    pub seller: Option<String>,
    pub amount: Option<i64>,
    pub price: Option<Decimal>,
    pub rate: Option<f64>,
    pub paid: bool,
    pub day: Option<NaiveDate>,
    pub item: String,
    pub colour: Colour,
}

/// Rows of a table with these columns.
#[macro_export]
macro_rules! sales {
    ($db:expr, $rows:expr) => {{
        run!(Sale::objects().delete().run($db));
        let sketch = (
            0_i32..3,
            prop::option::of(0_usize..4),
            prop::option::of(-4_i64..5),
            prop::option::of(-500_i64..1_500),
            prop::option::of(-20_i32..20),
            any::<bool>(),
            prop::option::of(1_u32..4),
        );
        let drafts = samples($rows, sketch).into_iter().enumerate().map(|(at, (shop, seller, amount, price, rate, paid, day))| {
            Sale::create()
                .shop(shop)
                .seller(seller.map(|seller| ["ann", "", "Ünï", "zoë"][seller].to_owned()))
                .amount(amount)
                // Equal decimals that would be different strings, and an order that is not that of strings.
                .price(price.map(|price| Decimal::new(price / 100 * 100, 2)))
                .rate(rate.map(|rate| f64::from(rate) / 4.0))
                .paid(paid)
                .day(day.map(|day| NaiveDate::from_ymd_opt(2026, 11, day).expect("a day")))
                .item(format!("item {}", at * 7 % 5))
                .colour([Colour::Red, Colour::DarkGreen, Colour::Blue][at % 3])
        });
        run!(Sale::bulk_create(drafts).run($db));
        run!(Sale::objects().order_by(|s| s.id).all($db))
    }};
}

#[derive(Clone, Copy, PartialEq)]
pub enum Unit {
    Rows,
    Range,
    Groups,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Without {
    Nothing,
    Itself,
    Group,
    Ties,
}

/// A frame: the distances of its ends, if it has them.
#[derive(Clone, Copy)]
pub struct Around(pub Unit, pub Option<i64>, pub Option<i64>, pub Without);

type Key = fn(&Sale) -> Option<i64>;

/// A window, said in Rust.
#[derive(Clone, Copy)]
pub struct Oracle {
    pub together: fn(&Sale, &Sale) -> bool,
    pub order: fn(&Sale, &Sale) -> Ordering,
    /// What a distance is from, ascending if it is 1 and descending if it is -1.
    pub key: Option<(Key, i64)>,
    pub frame: Around,
}

/// A row within its partition.
pub struct Place<'a> {
    pub partition: Vec<&'a Sale>,
    pub at: usize,
    /// The groups of equal rows, by number.
    pub groups: Vec<usize>,
    pub frame: Vec<&'a Sale>,
}

impl Oracle {
    pub fn place<'a>(&self, rows: &'a [Sale], row: &'a Sale) -> Place<'a> {
        let mut partition: Vec<&Sale> = rows.iter().filter(|other| (self.together)(row, other)).collect();
        partition.sort_by(|a, b| (self.order)(a, b));
        let at = partition
            .iter()
            .position(|other| other.id == row.id)
            .expect("its own partition");
        let mut groups = vec![0];
        for pair in partition.windows(2) {
            let last = groups[groups.len() - 1];
            groups.push(last + usize::from((self.order)(pair[0], pair[1]) != Ordering::Equal));
        }
        let Around(unit, start, end, without) = self.frame;
        let index = |at: usize| i64::try_from(at).expect("a place");
        let within = |other: usize| {
            let distance = match unit {
                Unit::Rows => index(other) - index(at),
                Unit::Groups => index(groups[other]) - index(groups[at]),
                Unit::Range => match self.key {
                    None => index(groups[other]) - index(groups[at]),
                    Some((key, direction)) => match (key(partition[other]), key(partition[at])) {
                        (Some(other), Some(own)) => (other - own) * direction,
                        // NULL is at any distance from NULL.
                        (None, None) => return true,
                        // And at none from a value: it is only before or behind.
                        _ if other < at => i64::MIN,
                        _ => i64::MAX,
                    },
                },
            };
            start.is_none_or(|start| distance >= start) && end.is_none_or(|end| distance <= end)
        };
        let kept = |other: usize| {
            let equal = groups[other] == groups[at];
            match without {
                Without::Nothing => true,
                Without::Itself => other != at,
                Without::Group => !equal,
                Without::Ties => !equal || other == at,
            }
        };
        let frame = (0..partition.len())
            .filter(|other| within(*other) && kept(*other))
            .map(|other| partition[other])
            .collect();
        Place {
            partition,
            at,
            groups,
            frame,
        }
    }
}

impl<'a> Place<'a> {
    pub fn all<T>(&self, value: impl Fn(&Sale) -> Option<T>) -> Vec<T> {
        self.frame.iter().filter_map(|row| value(row)).collect()
    }

    pub fn neighbor(&self, distance: i64) -> Option<&'a Sale> {
        let at = i64::try_from(self.at).expect("a place") + distance;
        self.partition.get(usize::try_from(at).ok()?).copied()
    }

    pub fn rank(&self) -> i64 {
        let own = self.groups[self.at];
        1 + self.groups.iter().filter(|group| **group < own).count() as i64
    }
}

pub fn sum(values: &[i64]) -> Option<i64> {
    (!values.is_empty()).then(|| values.iter().sum())
}

pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

pub fn variance(values: &[f64], sample: bool) -> Option<f64> {
    let of = values.len() as f64 - f64::from(u8::from(sample));
    let mean = mean(values)?;
    (of > 0.0).then(|| {
        values
            .iter()
            .map(|value| (value - mean) * (value - mean))
            .sum::<f64>()
            / of
    })
}

pub fn near(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= 1e-9 * (1.0 + other.abs()),
        (one, other) => one.is_none() && other.is_none(),
    }
}

pub fn float(value: Option<Decimal>) -> Option<f64> {
    value.and_then(|value| value.to_f64())
}
