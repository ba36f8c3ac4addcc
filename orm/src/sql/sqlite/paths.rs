//! Paths of trees: the keys on the way as a JSON array, and what orders rows behind those above them.

use sea_query::{Expr, ExprTrait};

use crate::value::FieldType;

/// The keys on the way to a row, from those to the row above it.
pub(super) fn path(above: Option<Expr>, key: Expr, ty: FieldType) -> Expr {
    let key = match ty {
        FieldType::Uuid => Expr::cust_with_exprs(
            "lower(substr(hex(?), 1, 8) || '-' || substr(hex(?), 9, 4) || '-' || substr(hex(?), 13, 4) || '-' || \
             substr(hex(?), 17, 4) || '-' || substr(hex(?), 21))",
            [key.clone(), key.clone(), key.clone(), key.clone(), key],
        ),
        _ => key,
    };
    match above {
        None => Expr::cust_with_exprs("json_array(?)", [key]),
        Some(above) => Expr::cust_with_exprs("json_insert(?, '$[#]', ?)", [above, key]),
    }
}

/// Hexadecimal digits whose order is that of the keys: each key has as many, or ends with what is less than a digit.
pub(super) fn place(above: Option<Expr>, key: Expr, ty: FieldType) -> Expr {
    let place = match ty.is_integer() {
        // The sign first, because the digits of what is negative are greater.
        true => Expr::cust_with_exprs(
            "(CASE WHEN ? < 0 THEN '0' ELSE '1' END || printf('%016x', ? & 9223372036854775807))",
            [key.clone(), key],
        ),
        false => Expr::cust_with_exprs("(hex(?) || ',')", [key]),
    };
    match above {
        None => place,
        Some(above) => Expr::cust_with_exprs("? || ?", [above, place]),
    }
}

/// These digits as bytes.
pub(super) fn place_as_bytes(place: Expr) -> Expr {
    place.cast_as("BLOB")
}
