//! Arrays of what is bytes where a database has no type for it: addresses, networks and ranges.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Bound;

use proptest::prelude::*;

use super::super::testing::{Lite, Pg};
use super::arrays::{array, comes_back, create, takes_no_other_text, thing};
use crate::sql::Session;
use crate::value::Range;

#[test]
fn a_check_of_sqlite_takes_digits_of_the_elements_and_no_others() {
    let all = "ff".repeat(16);
    let six = |rest: &str| format!("[\"06{all}{rest}\"]");
    let (six_address, six_wide, six_long) = (six("80"), six("7f"), six("81"));
    let inside = format!("[\"04{}{}\"]", "0a00000008", "0a010203");
    takes_no_other_text(&[
        (
            "ipv4_address?[]",
            &["[]", "[\"040a01020320\",null]", "[null]"],
            &[
                "[\"040a0102031f\"]",
                "[\"040a01020321\"]",
                "[\"040a010203\"]",
                "[\"040A01020320\"]",
                "[\"060a01020320\"]",
                "[\"10.1.2.3\"]",
                "[\"\"]",
                "[4]",
                "[\"040a0102032000\"]",
                "[\"04,\"]",
                &six_address,
                &inside,
            ],
        ),
        (
            "ipv6_address[]",
            &[&six_address],
            &["[\"040a01020320\"]", &six_wide, &six_long, "[null]"],
        ),
        (
            "ip_address[][]",
            &["[[\"040a01020320\"],[\"040000000020\"]]"],
            &["[\"040a01020320\"]", "[[\"040a00000008\"]]", "[[null]]"],
        ),
        (
            "cidr[]",
            &[
                "[\"040a00000008\",\"040000000000\",\"040a01020320\"]",
                &six_address,
                &six_wide,
            ],
            &[
                "[\"040a00000021\"]",
                "[\"040a00000030\"]",
                "[\"0400\"]",
                &six_long,
                &inside,
            ],
        ),
        (
            "inet[]",
            &["[\"040a00000008\"]", &inside, &six_address],
            &[
                "[\"040a000000080a0102\"]",
                "[\"060a000000080a010203\"]",
                &six_long,
            ],
        ),
        (
            "mac_address?[]",
            &["[\"08002b0102ff\",null]"],
            &[
                "[\"08:00:2b:01:02:ff\"]",
                "[\"08002b0102\"]",
                "[\"08002B0102FF\"]",
            ],
        ),
        (
            "int_range?[]",
            &[
                "[\"00\",\"00ff\",null]",
                "[\"01800000000000000000ff\",\"0001800000000000000000\"]",
            ],
            &[
                "[\"\"]",
                "[\"01\"]",
                "[\"0000\"]",
                "[\"ff\"]",
                "[\"[1,2)\"]",
                "[\"01800000000000000001ff\"]",
                "[\"01810000000000000000ff\"]",
                "[\"01800000008000000000ff\"]",
                "[\"017fffffff7fffffff00ff\"]",
                "[\"03800000000000000000ff\"]",
                "[\"00018100000000000000\"]",
                "[\"0001810000000000000000\"]",
                "[\"01800000000000000000018100000000000000\"]",
            ],
        ),
        (
            "big_int_range[]",
            &["[\"01810000000000000000ff\"]"],
            &["[\"01810000000000000001ff\"]", "[null]", "[\"0181000000000000\"]"],
        ),
        (
            "decimal_range[]",
            &["[\"00\",\"00ff\",\"00020100\"]"],
            &[
                "[\"\"]",
                "[\"02\"]",
                "[\"01\"]",
                "[\"0f\"]",
                "[\"00f\"]",
                "[\"0002\"]",
                "[null]",
            ],
        ),
    ]);
}

#[test]
fn postgres_takes_no_address_of_another_kind() {
    let mut pg = Pg::new();
    for (ty, refused) in [
        ("ip_address[]", &["{10.0.0.0/8}", "{10.1.2.3,::1/64}"][..]),
        (
            "ipv4_address[]",
            &["{::1}", "{10.1.2.3/8}", "{10.1.2.3,::ffff:10.1.2.3}"],
        ),
        (
            "ipv6_address?[][]",
            &["{{10.1.2.3}}", "{{::1},{255.255.255.255}}", "{{::/0}}"],
        ),
        ("cidr[]", &["{NULL}"]),
    ] {
        create(&mut pg, &thing(array(ty)));
        for text in refused {
            let put = pg.batch(&format!("INSERT INTO shop_thing (value) VALUES ('{text}')"));
            assert!(put.is_err(), "{ty} takes no {text}");
        }
        pg.batch("DROP TABLE shop_thing").unwrap();
    }
}

/// Whole numbers around which the digits of bytes change.
fn number() -> impl Strategy<Value = i32> {
    prop_oneof![any::<i32>(), -3..3_i32, Just(i32::MIN), Just(i32::MAX - 1)]
}

fn range() -> impl Strategy<Value = Range<i32>> {
    let bound = prop_oneof![
        number().prop_map(Bound::Included),
        number().prop_map(Bound::Excluded),
        Just(Bound::Unbounded),
    ];
    let some = (bound.clone(), bound).prop_map(|(lower, upper)| match (lower, upper) {
        (Bound::Included(one) | Bound::Excluded(one), Bound::Included(other) | Bound::Excluded(other))
            if one > other =>
        {
            Range::new(upper, lower)
        }
        (lower, upper) => Range::new(lower, upper),
    });
    prop_oneof![1 => Just(Range::empty()), 9 => some]
}

fn wider(range: Range<i32>) -> Range<i64> {
    match range.is_empty() {
        true => Range::empty(),
        false => Range::new(
            range.lower().map(|bound| i64::from(*bound)),
            range.upper().map(|bound| i64::from(*bound)),
        ),
    }
}

fn decimals(range: Range<i32>) -> Range<rust_decimal::Decimal> {
    let hundredths = |bound: Bound<&i32>| bound.map(|bound| rust_decimal::Decimal::new((*bound).into(), 2));
    match range.is_empty() {
        true => Range::empty(),
        false => Range::new(hundredths(range.lower()), hundredths(range.upper())),
    }
}

fn instants(range: Range<i32>) -> Range<chrono::DateTime<chrono::Utc>> {
    let at = |bound: Bound<&i32>| {
        bound.map(|bound| chrono::DateTime::from_timestamp_nanos(i64::from(*bound) * 1_000))
    };
    match range.is_empty() {
        true => Range::empty(),
        false => Range::new(at(range.lower()), at(range.upper())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_array_is_taken_as_it_is(
        addresses in any::<Vec<IpAddr>>(),
        four in any::<Vec<Option<Ipv4Addr>>>(),
        six in any::<Vec<Ipv6Addr>>(),
        networks in any::<Vec<(IpAddr, u8)>>(),
        octets in any::<Vec<Option<[u8; 6]>>>(),
        ranges in prop::collection::vec(range(), 0..6),
    ) {
        let mut sessions = (Lite::new(), Pg::new());
        comes_back(&mut sessions, &addresses)?;
        comes_back(&mut sessions, &four)?;
        comes_back(&mut sessions, &six)?;
        let inside = |(address, prefix): &(IpAddr, u8)| cidr::IpInet::new(*address, prefix % if address.is_ipv4() { 33 } else { 129 }).unwrap();
        comes_back(&mut sessions, &networks.iter().map(inside).collect())?;
        comes_back(&mut sessions, &networks.iter().map(|network| inside(network).network()).collect())?;
        comes_back(&mut sessions, &octets.iter().map(|octets| octets.map(macaddr::MacAddr6::from)).collect())?;
        comes_back(&mut sessions, &ranges)?;
        comes_back(&mut sessions, &ranges.iter().copied().map(wider).map(Some).collect())?;
        comes_back(&mut sessions, &ranges.iter().copied().map(decimals).collect())?;
        comes_back(&mut sessions, &ranges.iter().copied().map(instants).collect())?;
    }
}
