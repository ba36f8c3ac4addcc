//! The bytes of `copy_out` are those of the server's `COPY`, over rows of all kinds of types.

use std::io::Read;
use std::net::IpAddr;

use chrono::TimeDelta;
use orm::fields::Range;
use orm::prelude::*;
use orm::queries::CopyFormat;
use orm_tests::behaviour::value;
use orm_tests::{Backend, Database};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::copied_out::{Shipped, shipped};

orm::app!("suite");

/// SQLite keeps no sign of a zero.
fn signless(number: f64) -> f64 {
    if number == 0.0 { 0.0 } else { number }
}

/// Rows of all kinds are copied by the server and by us, on both databases.
#[test]
fn the_bytes_are_those_of_the_servers_copy() {
    let text = || {
        prop_oneof![
            Just(String::new()),
            Just("\\.".to_owned()),
            Just("NULL".to_owned()),
            "[\\x01-\\x7f]{0,6}",
            any::<String>().prop_map(|text| text.replace('\0', "")),
        ]
    };
    let micros = -60_000_000_000_000_000_i64..250_000_000_000_000_000;
    let moment = move || {
        micros
            .clone()
            .prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap().naive_utc())
    };
    let row = (
        (
            text(),
            prop::option::of(text()),
            any::<bool>(),
            prop::option::of(any::<Vec<u8>>()),
        ),
        (
            prop::collection::vec(text(), 0..4),
            prop::collection::vec(any::<Option<i32>>(), 0..3),
        ),
        (
            any::<Option<f64>>().prop_map(|n| n.map(signless)),
            any::<Option<f32>>(),
            prop::option::of((any::<i64>(), 0_u32..20)),
        ),
        (
            prop::option::of(moment()),
            any::<Option<u128>>(),
            any::<Option<IpAddr>>(),
        ),
        (
            prop::option::of(-9_000_000_000_000_000_i64..9_000_000_000_000_000),
            prop::option::of((any::<i32>(), any::<i32>())),
        ),
        prop::option::of((moment(), any::<bool>())),
    );
    let rows = prop::collection::vec(row, 1..40);
    let databases = [Backend::Sqlite, Backend::Postgres].map(Database::with_tables);
    let [lite, server] = databases
        .each_ref()
        .map(|database| value(Db::connect(database.url())));
    let raw = postgres::Client::connect(databases[1].url(), postgres::NoTls).expect("a connection");
    let raw = std::cell::RefCell::new(raw);
    raw.borrow_mut()
        .batch_execute("SET TIME ZONE 'UTC'")
        .expect("a session");
    let mut runner = TestRunner::new(Config {
        cases: 300,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..Config::default()
    });
    let result = runner.run(&rows, |rows| {
        let drafts = || {
            let rows = rows.clone();
            (1..)
                .zip(rows)
                .map(|(id, (strings, lists, numbers, others, spans, held))| {
                    let mut row = shipped(&strings.0)
                        .id(id)
                        .sunk(strings.2)
                        .words(lists.0)
                        .numbers(lists.1);
                    row = match strings.1 {
                        Some(note) => row.note(note),
                        None => row,
                    };
                    row = match strings.3 {
                        Some(bytes) => row.bytes(bytes),
                        None => row,
                    };
                    row = match numbers.0 {
                        Some(ratio) => row
                            .ratio(ratio)
                            .grid(vec![vec![ratio, 0.0], vec![1.0, signless(-ratio)]]),
                        None => row,
                    };
                    row = match numbers.1 {
                        Some(single) => row.single(signless(single.into()) as f32),
                        None => row,
                    };
                    row = match numbers.2 {
                        Some((digits, scale)) => row.price(Decimal::new(digits, scale).normalize()),
                        None => row,
                    };
                    // Powers of two, which have numbers at different distances at each side.
                    row = if id % 5 == 0 {
                        row.ratio(2_f64.powi((id * 37 % 900) as i32))
                            .single(2_f32.powi((id * 7 % 120) as i32))
                    } else {
                        row
                    };
                    row = match others.0 {
                        Some(at) => row.at(at.and_utc()).plain(at).day(at.date()).hour(at.time()),
                        None => row,
                    };
                    row = match others.1 {
                        Some(mark) => row.mark(Uuid::from_u128(mark)),
                        None => row,
                    };
                    row = match others.2 {
                        Some(address) => row.address(address),
                        None => row,
                    };
                    row = match spans.0 {
                        Some(took) => row.took(TimeDelta::microseconds(took)),
                        None => row,
                    };
                    row = match spans.1 {
                        Some((a, b)) => row.seats(Range::from(i64::from(a.min(b))..i64::from(a.max(b)))),
                        None => row,
                    };
                    match held {
                        Some((from, true)) => row.held(Range::from(from..)),
                        Some((to, false)) => row.held(Range::from(..to)),
                        None => row,
                    }
                })
        };
        let mut copies = Vec::new();
        for db in [&lite, &server] {
            value(Shipped::objects().delete().run(db));
            value(Shipped::copy_in(drafts().collect::<Vec<_>>()).run(db));
            for format in [CopyFormat::Csv, CopyFormat::Text] {
                let mut out = Vec::new();
                value(
                    Shipped::objects()
                        .order_by(|s| s.id)
                        .copy_out(format)
                        .write_to(db, &mut out),
                );
                copies.push(String::from_utf8(out).unwrap());
            }
        }
        for (format, ours) in [("CSV, HEADER", [0, 2]), ("TEXT", [1, 3])] {
            let format = format.replace("CSV", "FORMAT csv").replace("TEXT", "FORMAT text");
            let sql = format!("COPY (SELECT * FROM suite_shipped ORDER BY id) TO STDOUT ({format})");
            let mut theirs = String::new();
            raw.borrow_mut()
                .copy_out(&sql)
                .unwrap()
                .read_to_string(&mut theirs)
                .unwrap();
            for at in ours {
                let ours = &copies[at];
                let same = ours
                    .chars()
                    .zip(theirs.chars())
                    .take_while(|(one, other)| one == other)
                    .count();
                let from = |text: &str| {
                    text.chars()
                        .skip(same.saturating_sub(30))
                        .take(60)
                        .collect::<String>()
                };
                prop_assert!(
                    *ours == theirs,
                    "{at}: {:?} and not {:?}",
                    from(ours),
                    from(&theirs)
                );
            }
        }
        Ok(())
    });
    result.unwrap();
}
