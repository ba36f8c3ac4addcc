//! Generated states: models with every type of field and every option, and rows for them.

use proptest::prelude::*;
use serde_json::json;

use crate::model::{
    ConstraintDef, DbDefault, Deferrable, FieldDef, GeneratedDef, IndexDef, IndexPart, ModelDef,
    ReferentialAction, TableStorage, UniqueDef, constraint_name,
};
use crate::value::{FieldType, Literal};

use super::super::testing::{call, expression, field, id, model};

const SCALARS: [FieldType; 40] = [
    FieldType::Bool,
    FieldType::SmallInt,
    FieldType::Int,
    FieldType::BigInt,
    FieldType::TinyInt,
    FieldType::UnsignedTinyInt,
    FieldType::UnsignedSmallInt,
    FieldType::UnsignedInt,
    FieldType::UnsignedBigInt,
    FieldType::Real,
    FieldType::Double,
    FieldType::Text,
    FieldType::Bytes,
    FieldType::Date,
    FieldType::Time,
    FieldType::DateTime,
    FieldType::Timestamp,
    FieldType::Duration,
    FieldType::Uuid,
    FieldType::IpAddress,
    FieldType::Ipv4Address,
    FieldType::Ipv6Address,
    FieldType::Inet,
    FieldType::Cidr,
    FieldType::MacAddress,
    FieldType::IntRange,
    FieldType::BigIntRange,
    FieldType::DecimalRange,
    FieldType::DateRange,
    FieldType::DateTimeRange,
    FieldType::TimestampRange,
    FieldType::IntMultirange,
    FieldType::BigIntMultirange,
    FieldType::DecimalMultirange,
    FieldType::DateMultirange,
    FieldType::DateTimeMultirange,
    FieldType::TimestampMultirange,
    FieldType::Decimal,
    FieldType::Json,
    FieldType::Choices,
];

/// Arrays of some of them, as a file says them.
const ARRAYS: [&str; 22] = [
    "bool[]",
    "small_int[]",
    "big_int?[]",
    "double[]",
    "text[]",
    "text?[][]",
    "timestamp[]",
    "uuid[]",
    "decimal[][]",
    "duration?[]",
    "tiny_int[]",
    "unsigned_int?[][]",
    "unsigned_big_int[]",
    "choices[]",
    "choices?[][]",
    "ip_address[]",
    "ipv4_address?[]",
    "inet?[][]",
    "cidr[]",
    "mac_address[]",
    "int_range?[]",
    "decimal_range[]",
];

/// Every type of a column that is no relation.
fn columns() -> Vec<FieldType> {
    let arrays = ARRAYS.map(|name| FieldType::Array(name.parse().expect("the type of an array")));
    SCALARS.into_iter().chain(arrays).collect()
}

/// The enum types of the generated models.
pub(super) const ENUMS: [(&str, &[&str]); 2] = [
    ("Short", &["draft", "it's out"]),
    ("Long", &["draft", "it's out", "a\\b"]),
];

/// A value of the type, another for each number.
pub(super) fn sample(ty: FieldType, number: u8) -> Option<Literal> {
    Some(match ty {
        FieldType::Bool => Literal::Bool(number.is_multiple_of(2)),
        ty if ty.is_integer() => {
            let least = *ty.whole_numbers()?.start();
            Literal::Int((i64::from(number) - 3).max(least))
        }
        FieldType::Real | FieldType::Double => Literal::Float(f64::from(number) + 0.5),
        FieldType::Text => {
            Literal::Str(["1", "-2.5", "it's", "\\ \"", "", "true", "é", "%_"][number as usize % 8].into())
        }
        FieldType::Date => Literal::Str(format!("2026-11-{:02}", number + 1)),
        FieldType::Time => Literal::Str(format!("18:05:{number:02}.5")),
        FieldType::DateTime => Literal::Str(format!("2026-11-22 18:05:{number:02}")),
        FieldType::Timestamp => Literal::Str(format!("2026-11-22T18:05:{number:02}+02:00")),
        FieldType::Duration => Literal::Str(format!("-P{number}DT{number}.5S")),
        FieldType::Uuid => Literal::Str(format!("67e55044-10b1-426f-9247-bb680e5fe0{number:02x}")),
        FieldType::IpAddress => Literal::Str(format!("2001:db8::{number:x}")),
        FieldType::Ipv4Address => Literal::Str(format!("10.1.2.{number}")),
        FieldType::Ipv6Address => Literal::Str(format!("2001:db8::{number:x}")),
        FieldType::Inet => Literal::Str(format!("10.1.2.{number}/8")),
        FieldType::Cidr => Literal::Str(format!("10.{number}.0.0/16")),
        FieldType::MacAddress => Literal::Str(format!("08:00:2b:01:02:{number:02x}")),
        FieldType::IntRange | FieldType::BigIntRange => Literal::Str(format!("(-3,{number}]")),
        FieldType::DecimalRange => Literal::Str(format!("[-{number}.50,{number}.5]")),
        FieldType::DateRange => Literal::Str(format!("[2026-11-{:02},9999-12-31]", number + 1)),
        FieldType::DateTimeRange => Literal::Str(format!("(,2026-11-22 18:05:{number:02}]")),
        FieldType::TimestampRange => Literal::Str(format!("[2026-11-22T18:05:{number:02}+02:00,)")),
        ty if let Some(range) = ty.range() => {
            // In any order, and the same twice.
            let ranges = [number, 9, number].map(|of| sample(range, of));
            Literal::List(
                ranges
                    .into_iter()
                    .take(number as usize % 4)
                    .collect::<Option<_>>()?,
            )
        }
        FieldType::Decimal => Literal::Str(format!("-{number}.50")),
        FieldType::Json => Literal::Str(format!("{{\"a'b\": [{number}, null]}}")),
        FieldType::Choices => Literal::Str(["draft", "it's out"][number as usize % 2].into()),
        FieldType::Array(ty) => {
            // Lists within a list are of one length.
            let length = if ty.levels() > 1 { 2 } else { number % 4 };
            array(ty.items(), ty.takes_null(), number, length)?
        }
        _ => return None,
    })
}

/// So many samples; NULL among them, where that is an element.
fn array(of: FieldType, nulls: bool, number: u8, length: u8) -> Option<Literal> {
    let item = |number: u8| match of {
        FieldType::Array(inner) => array(inner.items(), nulls, number, length),
        _ if nulls && number.is_multiple_of(3) => Some(Literal::Null),
        of => sample(of, number),
    };
    let items: Option<Vec<Literal>> = (0..length).map(|at| item(number + at)).collect();
    items.map(Literal::List)
}

fn any_field(name: String) -> impl Strategy<Value = FieldDef> {
    let kind = prop_oneof![
        6 => prop::sample::select(columns()),
        1 => Just(FieldType::ForeignKey),
        1 => Just(FieldType::OneToOne),
        1 => Just(FieldType::ManyToMany),
    ];
    (
        kind,
        any::<[bool; 9]>(),
        0..20_u8,
        prop::option::of(20..60_u32),
        prop::sample::select(
            &[
                ReferentialAction::Cascade,
                ReferentialAction::Restrict,
                ReferentialAction::NoAction,
                ReferentialAction::SetNull,
                ReferentialAction::SetDefault,
            ][..],
        ),
    )
        .prop_map(
            move |(
                ty,
                [null, unique, index, default, now, long, to_self, comment, native],
                number,
                length,
                on_delete,
            )| {
                let mut field = FieldDef::new(name.clone(), ty);
                if ty.is_relation() {
                    field.to = Some(crate::model::ModelKey::new(
                        "shop",
                        if to_self { "Thing" } else { "Target" },
                    ));
                }
                if ty == FieldType::ManyToMany {
                    field.symmetrical = to_self && null;
                    return field;
                }
                field.null = null;
                field.unique = unique && default && ty != FieldType::Json;
                field.index = index && ty != FieldType::Json;
                field.comment = comment.then(|| "it's a \\ comment".to_owned());
                if ty.is_relation() {
                    // A third points at another column than the primary key.
                    field.to_field = (number % 3 == 1 && !to_self).then(|| "tag".to_owned());
                    // A fifth without a foreign key; the others with all that one can say.
                    if number % 5 == 4 {
                        field.db_constraint = false;
                        return field;
                    }
                    field.not_valid = comment && number > 12;
                    field.deferrable = [
                        None,
                        Some(Deferrable::No),
                        Some(Deferrable::Immediate),
                        Some(Deferrable::Deferred),
                    ][usize::from(number % 4)];
                    field.on_update = (number > 9).then_some(match on_delete {
                        ReferentialAction::SetNull | ReferentialAction::SetDefault if !null => {
                            ReferentialAction::NoAction
                        }
                        ReferentialAction::SetDefault => ReferentialAction::Cascade,
                        other => other,
                    });
                    field.on_delete = Some(match on_delete {
                        ReferentialAction::SetNull if !null => ReferentialAction::Cascade,
                        ReferentialAction::SetDefault => ReferentialAction::Restrict,
                        other => other,
                    });
                    return field;
                }
                let limited = matches!(ty, FieldType::Text | FieldType::Choices | FieldType::Array(_));
                field.max_length = length.filter(|_| limited);
                if ty == FieldType::Text {
                    field.collation =
                        [None, Some("NOCASE"), Some("RTRIM")][usize::from(number % 3)].map(str::to_owned);
                }
                if ty.scalar() == FieldType::Choices {
                    field.choices = ["draft", "it's out", "a\\b"][..if long { 3 } else { 2 }]
                        .iter()
                        .map(|c| (*c).to_owned())
                        .collect();
                    field.enum_type = native.then(|| ENUMS[usize::from(long)].0.to_owned());
                }
                if ty == FieldType::Decimal {
                    field.max_digits = length;
                    field.decimal_places = long.then_some(4);
                }
                if default && !field.unique {
                    field.default = sample(ty, number);
                } else if now {
                    field.db_default = match ty {
                        FieldType::Date | FieldType::Time | FieldType::DateTime | FieldType::Timestamp => {
                            Some(DbDefault::Now)
                        }
                        FieldType::Uuid => Some(DbDefault::RandomUuid),
                        FieldType::Int => Some(DbDefault::Sql {
                            sqlite: Some("abs(-7) + 1".to_owned()),
                            postgres: Some("abs(-7) + 1".to_owned()),
                        }),
                        _ => None,
                    };
                }
                field
            },
        )
}

/// Generated fields over whatever fields there are; none of a type that is computed otherwise on each database.
fn generated(thing: &mut ModelDef, [some, other, stored, strict]: [bool; 4]) {
    let mut made = Vec::new();
    let literal = |value: i64| json!(value);
    for read in thing.fields.iter().filter(|_| some) {
        let name = &read.name;
        let (ty, written) = match read.ty {
            FieldType::SmallInt => (
                FieldType::BigInt,
                call(if other { "mul" } else { "mod" }, vec![field(name), literal(3)]),
            ),
            FieldType::Text => (
                FieldType::Text,
                call(
                    "concat",
                    vec![
                        call(
                            "coalesce",
                            vec![call("ascii_upper", vec![field(name)]), json!("\\'")],
                        ),
                        call("length", vec![field(name)]),
                        json!(if other { "%" } else { "" }),
                    ],
                ),
            ),
            FieldType::Decimal if read.decimal_places.is_none() => {
                (FieldType::Bool, call("gt", vec![field(name), json!(1)]))
            }
            FieldType::Array(_) => (FieldType::BigInt, call("array_length", vec![field(name)])),
            FieldType::Choices => (
                FieldType::Int,
                call(
                    "if",
                    vec![
                        call("eq", vec![field(name), json!("draft")]),
                        literal(1),
                        literal(if other { 2 } else { 3 }),
                    ],
                ),
            ),
            _ => continue,
        };
        let mut computed = FieldDef::new(format!("of {name}"), ty);
        computed.null = !strict;
        computed.index = other;
        computed.generated_as = Some(GeneratedDef {
            expression: expression(&written),
            computed_on_read: !stored,
        });
        made.push(computed);
    }
    thing.fields.extend(made);
}

/// Constraints and indexes over whatever fields there are.
fn finish(mut thing: ModelDef, flags: [bool; 4], more: [bool; 4]) -> ModelDef {
    generated(&mut thing, more);
    let names: Vec<(String, String, FieldType)> = thing
        .fields
        .iter()
        .filter(|field| field.ty.is_column() && field.ty != FieldType::Json)
        .map(|field| (field.name.clone(), field.column_name(), field.ty))
        .collect();
    let table = thing.table_name().name;
    if let [.., (a, column_a, _), (b, column_b, _)] = names.as_slice() {
        if flags[0] {
            thing.indexes.push(IndexDef::over(
                constraint_name(&table, &[column_a, column_b], "idx"),
                [a.clone(), format!("-{b}")],
            ));
        }
        if flags[0] && flags[2] {
            let mut index = IndexDef::over(format!("{table} some"), [a.clone()]);
            index.condition = Some(expression(&call("not", vec![call("is_null", vec![field(b)])])));
            thing.indexes.push(index);
        }
        if flags[1] && flags[3] {
            let computed = expression(&call("coalesce", vec![field(b), field(b)]));
            let mut unique = UniqueDef::over(format!("{table} computed"), [IndexPart::expression(computed)]);
            unique.condition =
                flags[2].then(|| expression(&call("not", vec![call("is_null", vec![field(a)])])));
            thing.constraints.push(unique.into());
        }
        if flags[1] {
            thing.constraints.push(ConstraintDef::from(UniqueDef::over(
                constraint_name(&table, &[column_a, column_b], "uniq"),
                [b.clone(), a.clone()],
            )));
        }
    }
    // Over what is unique already, or the key: each is there for itself.
    for (number, (name, ..)) in names
        .iter()
        .enumerate()
        .filter(|(number, _)| (number % 2 == 0) == flags[2] && flags[3])
    {
        thing
            .constraints
            .push(UniqueDef::over(format!("once more {number}"), [name.clone()]).into());
    }
    for (name, _, ty) in &names {
        let condition = match ty {
            FieldType::Text if flags[2] => call(
                "and",
                vec![
                    call("ne", vec![call("trim", vec![field(name)]), json!("zz")]),
                    call("not", vec![call("ends_with", vec![field(name), json!("\\'%")])]),
                    call(
                        "lt",
                        vec![
                            call("length", vec![call("ascii_lower", vec![field(name)])]),
                            json!(99),
                        ],
                    ),
                ],
            ),
            FieldType::Decimal | FieldType::BigInt | FieldType::Double if flags[3] => call(
                "or",
                vec![
                    call("is_null", vec![field(name)]),
                    call(
                        "between",
                        vec![
                            call("add", vec![field(name), json!(1)]),
                            json!(-1000),
                            json!(1000),
                        ],
                    ),
                    call("in", vec![field(name), json!([1, 2])]),
                ],
            ),
            _ => continue,
        };
        thing.constraints.push(ConstraintDef::Check {
            name: format!("thing_{name}_rule"),
            condition: expression(&condition),
            message: None,
            not_valid: name.len() % 2 == 0,
        });
    }
    thing
}

fn any_target() -> impl Strategy<Value = ModelDef> {
    prop::sample::select(
        &[
            (FieldType::BigInt, None),
            (FieldType::Int, None),
            (FieldType::Uuid, None),
            (FieldType::Text, None),
            (FieldType::Text, Some("NOCASE")),
        ][..],
    )
    .prop_map(|(ty, collation)| {
        let mut key = FieldDef::new("code", ty);
        key.primary_key = true;
        key.max_length = (ty == FieldType::Text).then_some(40);
        key.collation = collation.map(str::to_owned);
        let mut tag = FieldDef::new("tag", FieldType::Int);
        tag.unique = true;
        model("Target", vec![key, tag])
    })
}

/// A model that joins the one that changes, and so has to follow its name.
pub(super) fn club(thing: &ModelDef) -> ModelDef {
    let mut things = FieldDef::new("things", FieldType::ManyToMany);
    things.to = Some(thing.key());
    model("Club", vec![id(), things])
}

/// The model under another name, and some of its columns too.
fn renamed(mut thing: ModelDef) -> ModelDef {
    "Item".clone_into(&mut thing.name);
    for (number, field) in thing.fields.iter_mut().enumerate() {
        if let Some(to) = field.to.as_mut().filter(|to| to.model == "Thing") {
            "Item".clone_into(&mut to.model);
        }
        if field.ty.is_column() && number % 2 == 0 {
            field.column = Some(format!("C{number}"));
        }
    }
    thing
}

fn any_storage() -> impl Strategy<Value = TableStorage> {
    let parameter = |name: &'static str, values: &'static [&'static str]| {
        let value = proptest::option::of(proptest::sample::select(values));
        value.prop_map(move |value| value.map(|value| (name.to_owned(), value.to_owned())))
    };
    let parameters = (
        parameter("fillfactor", &["70", "90"]),
        parameter("autovacuum_enabled", &["false"]),
    );
    (parameters, any::<bool>()).prop_map(|((one, other), without_rowid)| TableStorage {
        parameters: [one, other].into_iter().flatten().collect(),
        without_rowid,
    })
}

/// Two states of one model beside another it points at.
pub(super) fn any_states() -> impl Strategy<Value = (ModelDef, ModelDef, ModelDef)> {
    let fields = |prefix: &'static str| -> Vec<BoxedStrategy<FieldDef>> {
        (0..6)
            .map(|number| any_field(format!("{prefix} {number}")).boxed())
            .collect()
    };
    (
        any_target(),
        fields("f\"'"),
        fields("f\"'"),
        any::<[[bool; 3]; 6]>(),
        any::<[[bool; 4]; 4]>(),
        any::<[bool; 2]>(),
        (any::<bool>(), [any_storage(), any_storage()]),
    )
        .prop_map(
            |(target, before, after, picks, flags, [comment, rename], (given_key, storages))| {
                let key = match given_key {
                    true => FieldDef {
                        generated: false,
                        ..id()
                    },
                    false => id(),
                };
                let mut from = vec![key.clone()];
                let mut to = vec![key];
                for ((before, after), [keep, change, retype]) in before.into_iter().zip(after).zip(picks) {
                    // A kept field may change its type and everything about it; tables that it joins may not.
                    let join_tables = before.ty == FieldType::ManyToMany || after.ty == FieldType::ManyToMany;
                    let after = match (keep, change) {
                        (true, true) if retype && !join_tables => after,
                        (true, true) => other_options(&before, &after),
                        (true, false) => before.clone(),
                        (false, _) => after,
                    };
                    if keep {
                        from.push(before);
                        to.push(after);
                    } else if change {
                        from.push(before);
                    } else {
                        to.push(after);
                    }
                }
                to.reverse();
                let mut from = finish(model("Thing", from), flags[0], flags[2]);
                let mut to = finish(model("Thing", to), flags[1], flags[3]);
                if rename {
                    to = renamed(to);
                }
                to.comment = comment.then(|| "things".to_owned());
                for (thing, mut storage) in [&mut from, &mut to].into_iter().zip(storages) {
                    storage.without_rowid &= given_key;
                    thing.storage = storage;
                }
                (target, from, to)
            },
        )
}

/// The same type with everything else about the field changed.
fn other_options(before: &FieldDef, after: &FieldDef) -> FieldDef {
    let mut field = before.clone();
    if field.ty == FieldType::ManyToMany {
        field.symmetrical = field.to == after.to && after.symmetrical;
    }
    if field.ty != FieldType::ManyToMany {
        field.null = after.null || field.on_delete == Some(ReferentialAction::SetNull);
        field.index = after.index && field.ty != FieldType::Json;
        field.comment.clone_from(&after.comment);
        field.max_length = after.max_length.filter(|_| field.max_length.is_some());
        if field.ty == FieldType::Text {
            field.collation.clone_from(&after.collation);
        }
        if field.default.is_some() {
            field.default = sample(field.ty, 1);
        }
        field.unique = !field.unique && field.default.is_none() && field.ty != FieldType::Json;
    }
    field
}
