//! Conditions of check constraints and expressions of generated columns: from a closure to the form that migrations store.

use crate::error::{Error, Result};
use crate::expr::{
    ByPosition, ColumnRef, Comparison, ExprTokens, FragmentText, Function, Node, OperandTypes, Param,
    ResultType, RowExpr, RowSource, decode_one, is_given,
};
use crate::model::{Embed, EmbedPlace, FieldSpec, Inner, MetaSlot, Model};
use crate::value::{Literal, Value};

use super::path::{closure, own_rows};
use super::{Assignable, Expression, Fields, IntoCondition, ToValue};

/// Builds the condition of `#[orm(check("name", |p| ..))]`.
///
/// # Errors
/// If the condition refers to other rows: a check cannot contain relations and subqueries.
pub fn check<M, C, F>(condition: F) -> Result<RowExpr>
where
    M: Model,
    C: IntoCondition,
    F: FnOnce(Fields<M>) -> C,
{
    stored_condition::<M, _, _>("a check", condition)
}

/// Builds the condition of `#[orm(index(.., where = |p| ..))]`.
///
/// # Errors
/// If the condition refers to other rows: an index cannot depend on them.
pub fn index_condition<M, C, F>(condition: F) -> Result<RowExpr>
where
    M: Model,
    C: IntoCondition,
    F: FnOnce(Fields<M>) -> C,
{
    stored_condition::<M, _, _>("the condition of an index", condition)
}

/// Builds a condition of `#[orm(policy(.., using = |p| ..))]`.
///
/// # Errors
/// If the condition refers to other rows, for which there is SQL.
pub fn policy_condition<M, C, F>(condition: F) -> Result<RowExpr>
where
    M: Model,
    C: IntoCondition,
    F: FnOnce(Fields<M>) -> C,
{
    stored_condition::<M, _, _>("the condition of a policy", condition)
}

/// Builds the expression of `#[orm(index(|p| ..))]`.
///
/// # Errors
/// If the expression refers to other rows.
pub fn index_expression<M, E, F>(expression: F) -> Result<RowExpr>
where
    M: Model,
    E: Expression,
    F: FnOnce(Fields<M>) -> E,
{
    let (expression, own) = closure::<M, _>(expression);
    let mut tokens = ExprTokens::default();
    expression.append(&mut tokens);
    stored("an index over an expression", M::SPEC.fields, tokens, own)
}

/// Builds the expression of `#[orm(generated = |p| ..)]` for a field of type `T`.
///
/// # Errors
/// If the expression refers to other rows: a generated column depends only on its own row.
pub fn generated<M, T, E, F>(expression: F) -> Result<RowExpr>
where
    M: Model,
    E: Assignable<T>,
    F: FnOnce(Fields<M>) -> E,
{
    let (expression, own) = closure::<M, _>(expression);
    let mut tokens = ExprTokens::default();
    expression.append(&mut tokens);
    stored("a generated column", M::SPEC.fields, tokens, own)
}

/// The same for a field of an embed, by the names that its fields have there.
///
/// # Errors
/// As [`generated`].
pub fn generated_in<S, T, E, F>(expression: F) -> Result<RowExpr>
where
    S: Embed,
    E: Assignable<T>,
    F: FnOnce(S::Fields<Inner>) -> E,
{
    // An embed belongs to no model. Where a relation leads is not asked: an expression that follows one is refused.
    static NO_MODEL: MetaSlot = MetaSlot::new();
    let own = own_rows(&NO_MODEL);
    let expression = expression(S::fields(EmbedPlace::new(own, &NO_MODEL, 0, 0)));
    let mut tokens = ExprTokens::default();
    expression.append(&mut tokens);
    stored("a generated column", S::FIELDS, tokens, own)
}

fn stored_condition<M, C, F>(what: &'static str, condition: F) -> Result<RowExpr>
where
    M: Model,
    C: IntoCondition,
    F: FnOnce(Fields<M>) -> C,
{
    let (condition, own) = closure::<M, _>(condition);
    stored(what, M::SPEC.fields, condition.into_condition(), own)
}

/// An expression over one row in the form that is stored.
///
/// # Errors
/// If it refers to other rows.
pub(super) fn stored(
    what: &'static str,
    fields: &'static [FieldSpec],
    mut tokens: ExprTokens,
    own: RowSource,
) -> Result<RowExpr> {
    tokens.resolve_scope(own);
    let node =
        decode_one(tokens.tokens(), 0)?.ok_or_else(|| Error::config(format!("{what} says nothing")))?;
    let storing = Storing {
        what,
        values: tokens.values(),
        fields,
    };
    storing.node(&node)?.fits_a_file().map_err(|message| {
        Error::unsupported(format!("{what}: {message}, which a migration file cannot hold"))
            .with_hint("conditions joined by `&` or by `|` alone are one level, and so is `in_` with a list")
    })
}

/// The values of a native enum, in order.
type Choices = &'static [&'static str];

/// Of which native enum they are, if one says so; `None` unless all are made of values alone.
fn choices_of_all(nodes: &mut dyn Iterator<Item = &Node<ByPosition>>) -> Option<Option<Choices>> {
    let mut found = None;
    for node in nodes {
        let of_node = match node {
            Node::Value(value) => value.choices,
            Node::Call(function, operands)
                if function.def().result == ResultType::Operand && !function.is_aggregate() =>
            {
                let all = operands.iter().enumerate();
                let given = all.filter(|(at, _)| is_given(*function, *at, operands.len()));
                choices_of_all(&mut given.map(|(_, operand)| operand))?
            }
            Node::Call(..) | Node::Column(_) | Node::Subquery(_) | Node::Raw(..) | Node::Window(..) => {
                return None;
            }
        };
        found = found.or(of_node);
    }
    Some(found)
}

struct Storing<'a> {
    /// What it is for, for errors.
    what: &'static str,
    values: &'a [Value<'static>],
    fields: &'static [FieldSpec],
}

impl Storing<'_> {
    fn node(&self, node: &Node<ByPosition>) -> Result<RowExpr> {
        match node {
            Node::Column(column) => self.column(column).map(Node::Column),
            Node::Value(value) => self.value(value).map(Node::Value),
            Node::Call(function, operands) => {
                let def = function.def();
                if function.is_aggregate() {
                    return Err(Error::unsupported(format!(
                        "{} sees one row and cannot aggregate by `{}`",
                        self.what, def.name
                    )));
                }
                if !def.is_in_tables() {
                    return Err(Error::unsupported(format!(
                        "{} cannot use `{}`, which is not the same on every database",
                        self.what, def.name
                    ))
                    .with_hint(match def.operands {
                        OperandTypes::Arrays => "compare arrays as a whole, by their `length()` or by what `item()` gives",
                        OperandTypes::Document => {
                            "`as_string()`, `as_i64()`, `as_bool()` and `exists()` of a path are; what else is checked of a document has to be a field of \
                             its own"
                        }
                        _ => {
                            "`ascii_lower()` and `ascii_upper()` are: they change the letters A to Z only, on every database"
                        }
                    }));
                }
                if def.comparison == Comparison::Order
                    && let Some(Some(choices)) = choices_of_all(&mut operands.iter())
                {
                    return self.ordered_choices(*function, operands, choices);
                }
                self.call(*function, operands)
            }
            Node::Subquery(_) => Err(self.leaves_the_row()),
            Node::Window(..) => Err(Error::unsupported(format!(
                "{} sees one row and cannot look at a window of others",
                self.what
            ))),
            Node::Raw(fragment, _) => Err(self.only_in_queries(&fragment.says)),
        }
    }

    fn only_in_queries(&self, says: &FragmentText) -> Error {
        match says {
            FragmentText::ByHand { text, .. } => Error::unsupported(format!(
                "{} cannot use `raw(\"{text}\")`: a migration file says the same for every database, and this is the SQL of one",
                self.what
            ))
            .with_hint(
                "say it by methods of fields; what only SQL can say is a migration's own: `op = \"run_sql\"`",
            ),
            FragmentText::Search { .. } => Error::unsupported(format!(
                "{} cannot use a full-text search, which looks beyond the row",
                self.what
            ))
            .with_hint("search in queries"),
        }
    }

    fn call(&self, function: Function, operands: &[Node<ByPosition>]) -> Result<RowExpr> {
        let operands: Result<_> = operands.iter().map(|operand| self.node(operand)).collect();
        Ok(Node::Call(function, operands?))
    }

    /// What goes by the order of a native enum, and names no field of it: no file says of a string which enum orders it, so the
    /// positions are compared.
    fn ordered_choices(
        &self,
        function: Function,
        operands: &[Node<ByPosition>],
        choices: Choices,
    ) -> Result<RowExpr> {
        let ranks: Result<Vec<RowExpr>> = operands
            .iter()
            .map(|operand| self.rank(operand, choices))
            .collect();
        let (wins, [first, second]) = match (function, operands) {
            (Function::Greatest, [first, second]) => (Function::Ge, [first, second]),
            (Function::Least, [first, second]) => (Function::Le, [first, second]),
            _ => return Ok(Node::Call(function, ranks?)),
        };
        let (first, second) = (self.node(first)?, self.node(second)?);
        let ranks = Node::Call(wins, ranks?);
        // The first is taken where the second is NULL, which of a value is known.
        let takes_first = match &second {
            Node::Value(Literal::Null) => return Ok(first),
            Node::Value(_) => ranks,
            Node::Call(..) | Node::Column(_) | Node::Subquery(_) | Node::Raw(..) | Node::Window(..) => {
                let alone = Node::Call(Function::IsNull, vec![second.clone()]);
                Node::Call(Function::Or, vec![alone, ranks])
            }
        };
        Ok(Node::Call(Function::If, vec![takes_first, first, second]))
    }

    /// What is made of values of a native enum, of their positions.
    fn rank(&self, node: &Node<ByPosition>, choices: Choices) -> Result<RowExpr> {
        match node {
            Node::Value(value) => match self.value(value)? {
                Literal::Null => Ok(Node::Value(Literal::Null)),
                value => {
                    let place = choices.iter().position(|choice| value.as_str() == Some(choice));
                    let place = place.and_then(|place| i64::try_from(place).ok());
                    let place = place
                        .ok_or_else(|| Error::internal("a value of an enum is not one of its values"))?;
                    Ok(Node::Value(Literal::Int(place)))
                }
            },
            Node::Call(function, operands) => {
                let ranks = operands.iter().enumerate().map(|(at, operand)| {
                    match is_given(*function, at, operands.len()) {
                        true => self.rank(operand, choices),
                        false => self.node(operand),
                    }
                });
                Ok(Node::Call(*function, ranks.collect::<Result<_>>()?))
            }
            Node::Column(_) | Node::Subquery(_) | Node::Raw(..) | Node::Window(..) => {
                Err(Error::internal("what is no value has no position in an enum"))
            }
        }
    }

    fn column(&self, column: &ColumnRef) -> Result<String> {
        if column.source != RowSource::OWN {
            return Err(self.leaves_the_row());
        }
        let mut columns = self.fields.iter().filter(|field| (field.ty)().is_column());
        let field = columns
            .nth(usize::from(column.position))
            .ok_or_else(|| Error::internal(format!("{} names a field that is not a column", self.what)))?;
        Ok(field.name.to_owned())
    }

    fn value(&self, value: &Param) -> Result<Literal> {
        let value = self.values.get(value.position as usize);
        literal_of(value.ok_or_else(|| Error::internal("an expression has fewer values than it says"))?)
    }

    #[cold]
    fn leaves_the_row(&self) -> Error {
        Error::unsupported(format!(
            "{} sees one row and cannot follow a relation or ask a query",
            self.what
        ))
        .with_hint("use the foreign key itself, or do it where rows are written")
    }
}

/// The default of a field of type `T`, as the database holds it.
#[doc(hidden)]
pub fn default_value<T>(value: impl ToValue<T>) -> Value<'static> {
    value.to_value()
}

/// The literal of a field's default: a plain string if TOML has no type for it, since the field has its type beside
/// it.
///
/// # Errors
/// If the value has no literal form, or no column can hold it.
#[doc(hidden)]
pub fn literal(value: &Value<'_>) -> Result<Literal> {
    Ok(plain(literal_of(value)?))
}

/// The literal as a plain string where it is one with a type.
fn plain(literal: Literal) -> Literal {
    match literal {
        Literal::List(items) => Literal::List(items.into_iter().map(plain).collect()),
        literal => match literal.as_str() {
            Some(text) => Literal::Str(text.to_owned()),
            None => literal,
        },
    }
}

fn literal_of(value: &Value<'_>) -> Result<Literal> {
    Ok(match value {
        Value::Null => Literal::Null,
        Value::Bool(value) => Literal::Bool(*value),
        Value::Int(value) => Literal::Int(*value),
        Value::Float(value) => Literal::Float(*value),
        Value::Str(text) => Literal::Str(text.to_string()),
        Value::Json(text) => Literal::Json(text.to_string()),
        Value::Bytes(bytes) => Literal::Bytes(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        #[cfg(feature = "chrono")]
        Value::Date(value) => Literal::Date(value.format(crate::value::chrono::DATE).to_string()),
        #[cfg(feature = "chrono")]
        Value::Time(value) => Literal::Time(value.format(crate::value::chrono::TIME).to_string()),
        #[cfg(feature = "chrono")]
        Value::DateTime(value) => {
            Literal::DateTime(value.format(crate::value::chrono::DATE_TIME).to_string())
        }
        #[cfg(feature = "chrono")]
        Value::Timestamp(value) => {
            Literal::Timestamp(value.format(crate::value::chrono::TIMESTAMP).to_string())
        }
        Value::Duration(micros) => Literal::Duration(crate::value::duration::to_iso(*micros)),
        #[cfg(feature = "uuid")]
        Value::Uuid(value) => Literal::Uuid(value.to_string()),
        Value::Inet(address, prefix) => Literal::Inet(crate::value::network::to_text(*address, *prefix)),
        Value::MacAddress(octets) => Literal::MacAddress(crate::value::mac_address::to_text(*octets)),
        #[cfg(feature = "decimal")]
        Value::Decimal(value) => Literal::Decimal(crate::value::decimal::canonical(*value)),
        Value::Range(range) => Literal::Range(crate::value::range_form::to_text(range)?),
        Value::Multirange(ranges) => {
            let texts = ranges.iter().map(crate::value::range_form::to_text);
            Literal::List(
                texts
                    .map(|text| text.map(Literal::Range))
                    .collect::<Result<_>>()?,
            )
        }
        Value::Array(items) | Value::List(items) => {
            Literal::List(items.iter().map(literal_of).collect::<Result<_>>()?)
        }
        Value::Refused(_) => {
            return Err(Error::unsupported(format!(
                "a {} has no literal form",
                value.kind()
            )));
        }
    })
}
