//! The fingerprints of what files can say, held against `tests/golden/hashes`.
//!
//! Databases keep them of what was applied, so one that is written there never changes: a new key of an operation is left out
//! where it says what was so before. `ORM_GOLDEN=write` adds what is new and leaves the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use super::fingerprint::Fingerprint;
use super::{MigrationFile, MigrationKey, read};
use crate::expr::Function;
use crate::migrate::operation::Operation;
use crate::value::{FieldType, Literal};

const FILES: [&str; 4] = [
    "operations.toml",
    "fields.toml",
    "expressions.toml",
    "many_to_many.toml",
];

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/hashes"))
}

fn operations(name: &str) -> Vec<Operation> {
    let text = fs::read_to_string(folder().join(name)).unwrap();
    read(MigrationKey::new("blog", "golden"), name, &text)
        .unwrap()
        .operations
}

fn kind(operation: &Operation) -> String {
    let json = serde_json::to_value(operation).unwrap();
    json["kind"].as_str().unwrap().to_owned()
}

/// The fingerprint of a migration of that operation alone.
fn fingerprint(operation: &Operation) -> String {
    let key = MigrationKey::new("blog", "golden");
    let file = MigrationFile::new(key, false, Vec::new(), vec![operation.clone()]).unwrap();
    Fingerprint::of(&file, ["golden"]).unwrap().to_string()
}

#[test]
fn what_databases_hold_of_applied_migrations_stays_true() {
    let path = folder().join("HASHES");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let mut held: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once(": ")).collect();
    let (mut all, mut wrong, mut missing) = (String::new(), String::new(), String::new());
    for name in FILES {
        for (number, operation) in (1..).zip(operations(name)) {
            let found = fingerprint(&operation);
            let place = format!("{name} {number} {}", kind(&operation));
            writeln!(all, "{place}: {found}").unwrap();
            match held.remove(place.as_str()) {
                Some(held) if held == found => {}
                Some(held) => writeln!(wrong, "{place}\n  was {held}\n  is  {found}").unwrap(),
                None => writeln!(missing, "{place}").unwrap(),
            }
        }
    }
    assert!(
        wrong.is_empty() && held.is_empty(),
        "databases where these are applied would refuse their files: {wrong}{held:?}\nleave a new key out at its default"
    );
    if std::env::var_os("ORM_GOLDEN").is_some() {
        fs::write(&path, all).unwrap();
    } else {
        assert!(
            missing.is_empty(),
            "no hash is kept of\n{missing}write it by ORM_GOLDEN=write"
        );
    }
}

/// What stands in the files: names of functions, of types of fields, of literals.
fn collect(json: &Json, found: &mut BTreeSet<String>) {
    match json {
        Json::Array(items) => {
            if let Some(Json::String(name)) = items.first() {
                found.insert(format!("function {name}"));
            }
            items.iter().for_each(|item| collect(item, found));
        }
        Json::Object(entries) => {
            for (key, value) in entries {
                found.insert(format!("key {key}"));
                if key == "type" {
                    found.insert(format!("type {value}"));
                }
                collect(value, found);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

#[test]
fn everything_that_files_can_say_has_a_hash() {
    let mut found = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    for operation in FILES.iter().flat_map(|name| operations(name)) {
        let json = serde_json::to_value(&operation).unwrap();
        kinds.insert(kind(&operation));
        collect(&json, &mut found);
    }
    let expected: BTreeSet<String> = Operation::KINDS.iter().map(|kind| (*kind).to_owned()).collect();
    assert_eq!(kinds, expected);
    let mut wanted: Vec<String> = (Function::ALL.iter().map(|function| function.def()))
        .filter(|row| row.is_in_tables())
        .map(|row| format!("function {}", row.name))
        .collect();
    wanted.extend(
        FIELD_TYPES
            .iter()
            .map(|ty| format!("type {}", serde_json::to_value(ty).unwrap())),
    );
    wanted.extend(typed_literals().iter().map(|literal| {
        let json = serde_json::to_value(literal).unwrap();
        format!("key {}", json.as_object().unwrap().keys().next().unwrap())
    }));
    let missing: Vec<_> = wanted.iter().filter(|one| !found.contains(*one)).collect();
    assert!(
        missing.is_empty(),
        "no file in tests/golden/hashes says {missing:?}"
    );
}

/// The types of fields. One that is added here or there alone does not compile or fails.
const FIELD_TYPES: [FieldType; 43] = {
    use FieldType::*;
    const fn is_listed(ty: FieldType) {
        match ty {
            Bool | SmallInt | Int | BigInt | Real | Double | Text | Bytes | Date | Time | DateTime
            | Timestamp | Duration | Uuid | Decimal | Json | Choices | ForeignKey | OneToOne | ManyToMany
            | TinyInt | UnsignedTinyInt | UnsignedSmallInt | UnsignedInt | UnsignedBigInt | IpAddress
            | Ipv4Address | Ipv6Address | Inet | Cidr | MacAddress | IntRange | BigIntRange
            | DecimalRange | DateRange | DateTimeRange | TimestampRange | IntMultirange
            | BigIntMultirange | DecimalMultirange | DateMultirange | DateTimeMultirange
            | TimestampMultirange => {}
            // Each is a type of its own; the files have some.
            Array(_) => {}
        }
    }
    is_listed(Bool);
    [
        Bool,
        SmallInt,
        Int,
        BigInt,
        Real,
        Double,
        Text,
        Bytes,
        Date,
        Time,
        DateTime,
        Timestamp,
        Uuid,
        Decimal,
        Json,
        Choices,
        ForeignKey,
        OneToOne,
        ManyToMany,
        TinyInt,
        UnsignedTinyInt,
        UnsignedSmallInt,
        UnsignedInt,
        UnsignedBigInt,
        Duration,
        IpAddress,
        Inet,
        Cidr,
        MacAddress,
        IntRange,
        BigIntRange,
        DecimalRange,
        DateRange,
        DateTimeRange,
        TimestampRange,
        Ipv4Address,
        Ipv6Address,
        IntMultirange,
        BigIntMultirange,
        DecimalMultirange,
        DateMultirange,
        DateTimeMultirange,
        TimestampMultirange,
    ]
};

/// Literals whose type TOML does not have.
fn typed_literals() -> [Literal; 13] {
    let some = String::new;
    [
        Literal::Null,
        Literal::Bytes(some()),
        Literal::Date(some()),
        Literal::Time(some()),
        Literal::DateTime(some()),
        Literal::Timestamp(some()),
        Literal::Duration(some()),
        Literal::Uuid(some()),
        Literal::Inet(some()),
        Literal::MacAddress(some()),
        Literal::Decimal(some()),
        Literal::Range(some()),
        Literal::Json(some()),
    ]
}
