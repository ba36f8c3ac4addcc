//! Paths of trees: the keys on the way as an array, and what orders rows behind those above them.

use sea_query::Expr;

use crate::value::FieldType;

/// The keys on the way to a row, from those to the row above it.
pub(super) fn path(above: Expr, key: Expr) -> Expr {
    Expr::cust_with_exprs("array_append($1, $2)", [above, key])
}

/// Bytes whose order is that of the keys: each key has as many, or ends with a zero, which no string has.
pub(super) fn place(above: Option<Expr>, key: Expr, ty: FieldType) -> Expr {
    let place = match ty {
        // With the sign turned over, because the bytes of what is negative are greater.
        ty if ty.is_integer() => {
            Expr::cust_with_exprs("int8send(CAST($1 AS bigint) # (-9223372036854775807 - 1))", [key])
        }
        FieldType::Uuid => Expr::cust_with_exprs("uuid_send($1)", [key]),
        _ => Expr::cust_with_exprs(
            "(convert_to(CAST($1 AS text), 'UTF8') || decode('00', 'hex'))",
            [key],
        ),
    };
    match above {
        None => place,
        Some(above) => Expr::cust_with_exprs("$1 || $2", [above, place]),
    }
}
