//! What the operands of a function may be, and the words for it.

use crate::value::FieldType;

use super::OperandTypes;

pub(super) fn accepts(operands: OperandTypes, at: usize, ty: FieldType) -> bool {
    match operands {
        OperandTypes::Any | OperandTypes::SameType | OperandTypes::List | OperandTypes::ValuesAndPlace => {
            true
        }
        OperandTypes::Document => at > 0 || ty == FieldType::Json,
        OperandTypes::Conditions => ty == FieldType::Bool,
        OperandTypes::Numbers => is_number(ty),
        OperandTypes::WholeNumbers => ty.is_integer(),
        OperandTypes::Strings => is_string(ty),
        OperandTypes::StringsOrWholeNumbers => is_string(ty) || ty.is_integer(),
        OperandTypes::StringAndPositions => match at {
            0 => is_string(ty),
            _ => ty.is_integer(),
        },
        OperandTypes::StringsAndLength => match at {
            0 | 1 => is_string(ty),
            _ => ty.is_integer(),
        },
        // Conditions are typed as such, and the values beside each other.
        OperandTypes::Choice => true,
        OperandTypes::Filtered => at == 0 || ty == FieldType::Bool,
        OperandTypes::Networks => ty.is_network(),
        OperandTypes::Range | OperandTypes::Ranges => ty.bound().is_some(),
        OperandTypes::RangeAndBound => match at {
            0 => ty.bound().is_some(),
            _ => ty.ranges().is_some(),
        },
        OperandTypes::Arrays => matches!(ty, FieldType::Array(_)),
        OperandTypes::NumbersOrDurations => is_number(ty) || ty == FieldType::Duration,
        OperandTypes::Durations => ty == FieldType::Duration,
        OperandTypes::Moments | OperandTypes::Moment => is_moment(ty),
        OperandTypes::Dates => is_moment(ty) || ty == FieldType::Date,
        OperandTypes::Times => is_moment(ty) || ty == FieldType::Time,
        OperandTypes::MomentAndDuration => match at {
            0 => is_moment(ty),
            _ => ty == FieldType::Duration,
        },
        OperandTypes::InstantAndZone => match at {
            0 => ty == FieldType::Timestamp,
            _ => is_string(ty),
        },
        OperandTypes::LocalAndZone => match at {
            0 => ty == FieldType::DateTime,
            _ => is_string(ty),
        },
        OperandTypes::ArrayAndPlace => match at {
            0 => element(ty).is_some(),
            _ => ty.is_integer(),
        },
    }
}

pub(super) fn describe(operands: OperandTypes) -> &'static str {
    match operands {
        OperandTypes::Any => "anything",
        OperandTypes::Document => "JSON",
        OperandTypes::Conditions => "conditions",
        OperandTypes::SameType => "values of one type",
        OperandTypes::List => "a value and a list of values of its type",
        OperandTypes::Numbers => "numbers",
        OperandTypes::WholeNumbers => "whole numbers",
        OperandTypes::Strings => "strings",
        OperandTypes::StringsOrWholeNumbers => "strings and whole numbers",
        OperandTypes::StringAndPositions => {
            "a string, the number of its first character (from 1) and how many"
        }
        OperandTypes::StringsAndLength => "a string, another to pad it with, and a length",
        OperandTypes::Choice => "conditions and values of one type",
        OperandTypes::Filtered => "an aggregate and a condition",
        OperandTypes::Networks => "IP addresses and networks",
        OperandTypes::Range => "a range",
        OperandTypes::Ranges => "ranges of one type",
        OperandTypes::RangeAndBound => "a range, and a value of the type of its bounds",
        OperandTypes::Arrays => "arrays of one type",
        OperandTypes::NumbersOrDurations => "numbers or durations",
        OperandTypes::Durations => "durations",
        OperandTypes::Moments => "two dates with a time, or two instants",
        OperandTypes::Moment => "a date with a time, or an instant",
        OperandTypes::Dates => "a date, a date with a time, or an instant",
        OperandTypes::Times => "a time, a date with a time, or an instant",
        OperandTypes::MomentAndDuration => "a date with a time or an instant, and a duration",
        OperandTypes::InstantAndZone => "an instant, and the name of a time zone",
        OperandTypes::LocalAndZone => "a date with a time, and the name of a time zone",
        OperandTypes::ValuesAndPlace => "values of one type and the place of a row",
        OperandTypes::ArrayAndPlace => "an array of one level and the place of an element, from 0",
    }
}

pub(super) fn is_number(ty: FieldType) -> bool {
    ty.is_integer() || matches!(ty, FieldType::Real | FieldType::Double | FieldType::Decimal)
}

/// Whether it is a day and a time, in a zone or without one.
fn is_moment(ty: FieldType) -> bool {
    matches!(ty, FieldType::DateTime | FieldType::Timestamp)
}

pub(super) fn is_string(ty: FieldType) -> bool {
    matches!(ty, FieldType::Text | FieldType::Choices)
}

/// The type of an array's elements, where those are no arrays themselves.
pub(super) fn element(ty: FieldType) -> Option<FieldType> {
    match ty {
        FieldType::Array(array) if array.levels() == 1 => Some(array.element()),
        _ => None,
    }
}

pub(super) fn kind(ty: FieldType) -> &'static str {
    match ty {
        FieldType::Bool => "a boolean",
        FieldType::TinyInt
        | FieldType::SmallInt
        | FieldType::Int
        | FieldType::BigInt
        | FieldType::UnsignedTinyInt
        | FieldType::UnsignedSmallInt
        | FieldType::UnsignedInt
        | FieldType::UnsignedBigInt => "a whole number",
        FieldType::Real | FieldType::Double => "a floating-point number",
        FieldType::Text | FieldType::Choices => "a string",
        FieldType::Bytes => "bytes",
        FieldType::Date => "a date",
        FieldType::Time => "a time",
        FieldType::DateTime => "a date with a time",
        FieldType::Timestamp => "an instant",
        FieldType::Duration => "a duration",
        FieldType::Uuid => "a UUID",
        FieldType::IpAddress | FieldType::Ipv4Address | FieldType::Ipv6Address | FieldType::Inet => {
            "an IP address"
        }
        FieldType::Cidr => "a network",
        FieldType::MacAddress => "a MAC address",
        FieldType::Decimal => "a decimal number",
        FieldType::IntRange
        | FieldType::BigIntRange
        | FieldType::DecimalRange
        | FieldType::DateRange
        | FieldType::DateTimeRange
        | FieldType::TimestampRange => "a range",
        FieldType::IntMultirange
        | FieldType::BigIntMultirange
        | FieldType::DecimalMultirange
        | FieldType::DateMultirange
        | FieldType::DateTimeMultirange
        | FieldType::TimestampMultirange => "a multirange",
        FieldType::Json => "JSON",
        FieldType::Array(_) => "an array",
        FieldType::ForeignKey | FieldType::OneToOne | FieldType::ManyToMany => "a relation",
    }
}
