//! The serialized form of an expression, in migration files and in descriptions of programs.
//!
//! A call is an array that starts with the function's name, a field is `{ field = "title" }`, a literal stands for
//! itself: `["ne", ["trim", { field = "title" }], ""]`. A literal whose type TOML lacks names its type: `["ge", {
//! field = "price" }, { decimal = "0.5" }]`. So does an array, which would be taken for a call: `{ list = ["a", "b"] }`.

use std::convert::Infallible;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::value::{FieldType, Literal};

use super::{Function, Leaves, Node};

/// Leaves of an expression over one row, by name: of a check or a generated column. No database allows subqueries
/// there, and SQL that a person wrote is that of one database, so `From`, `Fragment` and `Window` are uninhabited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByName {}

impl Leaves for ByName {
    /// The field's name.
    type Column = String;
    type Value = Literal;
    type From = Infallible;
    type Fragment = Infallible;
    type Window = Infallible;

    fn is_not_zero(value: &Literal) -> bool {
        value.is_not_zero()
    }

    fn fragment_type(fragment: &Infallible) -> Option<FieldType> {
        match *fragment {}
    }

    fn fragment_choices(fragment: &Infallible) -> Option<&'static [&'static str]> {
        match *fragment {}
    }

    fn fragment_may_be_null(fragment: &Infallible) -> bool {
        match *fragment {}
    }

    fn is_of_group(window: &Infallible) -> bool {
        match *window {}
    }
}

/// An expression over one row of a model, independent of the dialect, as migrations store it.
pub type RowExpr = Node<ByName>;

/// The deepest nesting of an expression in a file, leaves included. Reading is recursive, and the TOML parser stops at
/// 80 levels, counting everything around the expression. What could not be read back is never written.
pub(crate) const MAX_LEVELS: usize = 64;

/// The serialized form.
#[derive(Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "it is not an expression: write `{ field = \"name\" }`, a literal, or `[\"function\", operands…]`"
)]
enum SerializedExpr {
    // First, because deserializing a struct accepts a sequence too.
    Call(Vec<SerializedExpr>),
    Field(FieldRef),
    List(ListLiteral),
    Literal(Literal),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldRef {
    field: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListLiteral {
    list: Vec<Literal>,
}

impl RowExpr {
    /// A field of the row.
    pub fn field(name: impl Into<String>) -> Self {
        Node::Column(name.into())
    }

    /// A literal.
    pub fn literal(value: impl Into<Literal>) -> Self {
        Node::Value(value.into())
    }

    /// The names of its fields, in the order of occurrence.
    pub fn fields(&self) -> Vec<&str> {
        let mut fields = Vec::new();
        self.each_column(&mut |name, _| fields.push(name.as_str()));
        fields
    }

    /// Checks that a file can hold it.
    ///
    /// # Errors
    /// If it is nested deeper than files are read.
    pub(crate) fn fits_a_file(self) -> Result<Self, String> {
        match self.levels() > MAX_LEVELS {
            true => Err(format!(
                "an expression is nested more than {MAX_LEVELS} levels deep"
            )),
            false => Ok(self),
        }
    }

    /// The operands of one call are one level, however many there are.
    fn levels(&self) -> usize {
        match self {
            Node::Column(_) | Node::Value(_) => 1,
            Node::Call(_, operands) => 1 + operands.iter().map(Node::levels).max().unwrap_or(0),
            Node::Subquery(query) => match query.from {},
            Node::Raw(fragment, _) => match *fragment {},
            Node::Window(window, _) => match *window {},
        }
    }

    /// Renames its fields.
    pub fn rename_fields(&mut self, rename: &mut impl FnMut(&mut String)) {
        self.each_mut(&mut |node| {
            if let Node::Column(name) = node {
                rename(name);
            }
        });
    }

    fn written(&self) -> SerializedExpr {
        match self {
            Node::Column(name) => SerializedExpr::Field(FieldRef { field: name.clone() }),
            Node::Value(Literal::List(items)) => SerializedExpr::List(ListLiteral { list: items.clone() }),
            Node::Value(value) => SerializedExpr::Literal(value.clone()),
            Node::Call(function, operands) => {
                let name = SerializedExpr::Literal(Literal::Str(function.def().name.to_owned()));
                let operands = operands.iter().map(|operand| match operand {
                    // What is listed there cannot be a call.
                    Node::Value(list) if *function == Function::In => SerializedExpr::Literal(list.clone()),
                    operand => operand.written(),
                });
                SerializedExpr::Call(std::iter::once(name).chain(operands).collect())
            }
            Node::Subquery(query) => match query.from {},
            Node::Raw(fragment, _) => match *fragment {},
            Node::Window(window, _) => match *window {},
        }
    }
}

impl SerializedExpr {
    fn read(self) -> Result<RowExpr, String> {
        let mut parts = match self {
            SerializedExpr::Field(field) => return Ok(Node::Column(field.field)),
            SerializedExpr::List(list) => return Ok(Node::Value(Literal::List(list.list))),
            SerializedExpr::Literal(value) => return Ok(Node::Value(value)),
            SerializedExpr::Call(parts) => parts.into_iter(),
        };
        let Some(SerializedExpr::Literal(Literal::Str(name))) = parts.next() else {
            return Err(
                "an expression is an array that does not start with the name of a function".to_owned(),
            );
        };
        let Some(function) = Function::named(&name) else {
            return Err(format!(
                "an expression uses `{name}`, which is not a function; there are {}",
                Function::names_in_tables()
            ));
        };
        if let Some(why) = function.def().missing_in_tables() {
            return Err(format!("an expression uses `{name}`, but a table cannot {why}"));
        }
        let operands = match function {
            Function::In => {
                let tested = parts.next().map(SerializedExpr::read).transpose()?;
                let list = parts.next().map(SerializedExpr::list).transpose()?;
                let more = parts.map(SerializedExpr::read);
                tested
                    .into_iter()
                    .chain(list)
                    .map(Ok)
                    .chain(more)
                    .collect::<Result<Vec<_>, _>>()?
            }
            _ => parts.map(SerializedExpr::read).collect::<Result<Vec<_>, _>>()?,
        };
        if !function.def().arity.allows(operands.len()) {
            return Err(format!("`{name}` does not take {} operands", operands.len()));
        }
        Ok(Node::Call(function, operands))
    }

    /// The list of an `in`.
    fn list(self) -> Result<RowExpr, String> {
        match self {
            SerializedExpr::Call(_) => self.listed().map(Node::Value),
            SerializedExpr::Field(_) | SerializedExpr::List(_) | SerializedExpr::Literal(_) => {
                Err("`in` takes a list of literals".to_owned())
            }
        }
    }

    /// A literal, or a list of such: an array.
    fn listed(self) -> Result<Literal, String> {
        match self {
            SerializedExpr::Literal(literal) => Ok(literal),
            SerializedExpr::Call(items) => {
                let items = items.into_iter().map(SerializedExpr::listed);
                Ok(Literal::List(items.collect::<Result<_, _>>()?))
            }
            SerializedExpr::Field(_) | SerializedExpr::List(_) => {
                Err("a list of `in` holds literals only".to_owned())
            }
        }
    }
}

impl Serialize for RowExpr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.written().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RowExpr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SerializedExpr::deserialize(deserializer)?
            .read()
            .and_then(RowExpr::fits_a_file)
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_reads_as_it_is_written() {
        for text in [
            r#"["ne",["trim",{"field":"title"}],""]"#,
            r#"["and",["ge",{"field":"price"},{"decimal":"0.5"}],["in",{"field":"views"},[1,2]],["not",{"field":"live"}]]"#,
            r#"["in",{"field":"status"},["draft","live"]]"#,
            r#"["in",{"field":"status"},["draft"]]"#,
            r#"["in",{"field":"status"},[]]"#,
            r#"["eq",{"field":"day"},{"date":"2026-11-22"}]"#,
            r#"["coalesce",{"field":"note"},{"null":true}]"#,
            r#"["eq",{"field":"raw"},{"bytes":"0aff"}]"#,
            r#"["substr",{"field":"title"},1,3]"#,
            r#"["ne",{"field":"tags"},{"list":["draft","eq"]}]"#,
            r#"["contains",{"list":[]},{"list":[[1,2],[3,{"null":true}]]}]"#,
            r#"["in",{"field":"tags"},[["draft"],[],["a","b"]]]"#,
            "1.5",
        ] {
            let read: RowExpr = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, word) in [
            (r#"["sounds_like",{"field":"title"}]"#, "`sounds_like`"),
            (r#"["eq",{"field":"title"}]"#, "`eq` does not take 1 operands"),
            (r#"["sum",{"field":"views"}]"#, "`sum`"),
            (r#"["lower",{"field":"title"}]"#, "ascii_lower"),
            (r#"[{"field":"title"},1]"#, "name of a function"),
            (r#"["in",{"field":"title"},"x"]"#, "list"),
            (r#"["in",{"field":"title"},[{"field":"x"}]]"#, "literals"),
            (r#"{"fild":"title"}"#, "an expression"),
        ] {
            let error = serde_json::from_str::<RowExpr>(text).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
