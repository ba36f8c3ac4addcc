//! Expressions over one row as SQL text: checks and generated columns, where no database allows bound values.

use sea_query::{Alias, Expr};

use crate::error::{Error, Result};
use crate::expr::{
    ByName, ColumnResolver, Function, Node, OperandTypes, Typed, may_be_null, may_compute_null,
};
use crate::value::{FieldType, Literal, place_number};

use super::Dialect;
use super::spell::{Speller, SqlContext, SqlOperand};
use super::window::OverRows;

/// How a table's columns and literals are spelled in SQL.
pub trait RowColumns: ColumnResolver<ByName> {
    /// The name of a field's column.
    ///
    /// # Errors
    /// If there is no such field.
    fn column_name(&self, field: &str) -> Result<&str>;

    /// A literal of a type, as SQL.
    ///
    /// # Errors
    /// If a column of that type cannot hold it.
    fn literal_sql(&self, value: &Literal, ty: FieldType) -> Result<String>;
}

/// An expression over one row as SQL, without outer parentheses.
///
/// # Errors
/// If it needs something that no database can do, or that databases do differently.
pub fn row_sql(
    typed: &Typed<'_, '_, ByName>,
    columns: &dyn RowColumns,
    dialect: &'static Dialect,
) -> Result<String> {
    let speller = Speller::new(dialect, SqlContext::Table);
    let expr = expr(typed, columns, &speller)?;
    Ok(speller.rules.text(&expr))
}

fn expr(typed: &Typed<'_, '_, ByName>, columns: &dyn RowColumns, speller: &Speller) -> Result<Expr> {
    match typed.node {
        Node::Column(field) => Ok(Expr::col(Alias::new(columns.column_name(field)?))),
        Node::Value(value) => literal(value, typed.ty, columns, speller),
        Node::Call(function, _) => {
            let alone = typed.is_of_values();
            let native = typed.parts.iter().any(|part| part.enum_name().is_some());
            let mut operands = Vec::with_capacity(typed.parts.len());
            for part in &typed.parts {
                let is_value = matches!(part.node, Node::Value(_));
                operands.push(match (operand(*function, part, columns, speller)?, part.ty) {
                    (SqlOperand::Expr(value), _) if alone && let Some(name) = part.enum_name() => {
                        let value = match part.node {
                            Node::Value(Literal::Null) => null(),
                            _ => value,
                        };
                        SqlOperand::Expr(speller.rules.cast_enumeration(value, name, part.ty))
                    }
                    // A value of a native enum: the database takes its type from the operand beside it.
                    (SqlOperand::Expr(_), _) if native && matches!(part.node, Node::Value(Literal::Null)) => {
                        SqlOperand::Expr(null())
                    }
                    (SqlOperand::Expr(value), Some(ty)) if alone && is_value => {
                        SqlOperand::Expr(speller.rules.cast(value, ty))
                    }
                    (operand, _) => operand,
                });
            }
            let mut never_null = *function == Function::Ne;
            for part in &typed.parts {
                never_null = never_null
                    && !may_be_null(part.node, columns, &mut Vec::new())?
                    && !may_compute_null(part);
            }
            speller.call(*function, typed, operands, never_null, &OverRows::default())
        }
        Node::Subquery(query) => match query.from {},
        Node::Raw(fragment, _) => match *fragment {},
        Node::Window(window, _) => match *window {},
    }
}

fn operand(
    function: Function,
    part: &Typed<'_, '_, ByName>,
    columns: &dyn RowColumns,
    speller: &Speller,
) -> Result<SqlOperand> {
    match part.node {
        Node::Value(Literal::List(items)) if function == Function::In => {
            let items: Result<Vec<Expr>> = items
                .iter()
                .map(|item| literal(item, part.ty, columns, speller))
                .collect();
            items.map(SqlOperand::List)
        }
        Node::Value(Literal::List(parts)) if function.def().operands == OperandTypes::Document => {
            let path = speller.rules.json_path(&keys(parts)?);
            let path = columns.literal_sql(&Literal::Str(path), FieldType::Text)?;
            Ok(SqlOperand::Expr(Expr::custom_keyword(Alias::new(path))))
        }
        _ => expr(part, columns, speller).map(SqlOperand::Expr),
    }
}

/// The keys of a path into a document.
///
/// # Errors
/// If a part may be a place in an array, which is another thing where there is an object, or if it has to be escaped.
fn keys(parts: &[Literal]) -> Result<Vec<&str>> {
    let keys = parts.iter().map(|part| {
        let key = part.as_str().ok_or_else(|| {
            Error::config("a path into JSON is a list of strings").with_hint("write `{ list = [\"author\", \"name\"] }`")
        })?;
        if place_number(key).is_some() {
            return Err(Error::unsupported(format!(
                "what is kept in tables looks into JSON by keys, and `{key}` in its path may be a place in an array"
            ))
            .with_hint("ask for it in queries, or keep it in a field of its own"));
        }
        match key.contains(['"', '\\']) || key.contains(char::is_control) {
            false => Ok(key),
            true => Err(Error::unsupported(
                "what is kept in tables looks into JSON by keys without quotes, backslashes and control characters",
            )
            .with_hint("ask for it in queries, or keep it in a field of its own")),
        }
    });
    match parts {
        [] => Err(Error::config("a path into JSON has no key").with_hint(
            "name the key, as in `m.data.path(\"author\")`; the whole document is the field itself",
        )),
        _ => keys.collect(),
    }
}

fn null() -> Expr {
    Expr::custom_keyword(Alias::new("NULL"))
}

/// Verbatim SQL, like a keyword.
fn literal(
    value: &Literal,
    ty: Option<FieldType>,
    columns: &dyn RowColumns,
    speller: &Speller,
) -> Result<Expr> {
    // A literal that cannot be read as the type of its neighbor keeps its own, as 0.5 does in `views * 0.5`.
    let ty = ty.filter(|ty| value.fits(*ty)).or(value.ty());
    let text = match (value, ty) {
        // On its own, some databases would take it for a string.
        (Literal::Null, Some(ty)) => {
            return Ok(speller.rules.cast(null(), ty));
        }
        (Literal::Null, None) => "NULL".to_owned(),
        (_, Some(ty)) => columns.literal_sql(value, ty)?,
        (_, None) => return Err(Error::config("a list of literals is used as a single value")),
    };
    Ok(Expr::custom_keyword(Alias::new(text)))
}
