//! From a function and its operands to sea-query, by the spellings in its definition.

use sea_query::{Expr, ExprTrait, Func, SelectStatement};

use crate::error::{Error, Result};
use crate::expr::{
    Comparison, Function, FunctionDef, FunctionKind, Leaves, Node, OperandTypes, ResultType, Spelling,
    SqlForm, Typed, When, multirange_of_other_width, other_width,
};
use crate::value::FieldType;

use super::choice::case;
use super::copies::repeats;
use super::infix::{chain, is_atom, single};
use super::ranks::unranked;
use super::rules::{Compared, ComputedDecimal, Rules, rules};
use super::window::OverRows;
use super::writer::param;
use super::{Dialect, Transform};

/// Where an expression occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SqlContext {
    /// In a query, which may use the connection's own functions and bound values.
    Query,
    /// In a table definition: a check or a generated column, which any program must be able to read.
    Table,
}

/// A rendered operand.
pub(super) enum SqlOperand {
    /// A bound value, which can be transformed when it is bound. A bound list is one too.
    Bound(u32),
    /// A list of literals.
    List(Vec<Expr>),
    /// A subquery, as the list of an `IN`.
    Query(Box<SelectStatement>),
    /// Anything else.
    Expr(Expr),
}

impl SqlOperand {
    pub(super) fn plain(&self) -> Result<Expr> {
        match self {
            SqlOperand::Bound(position) => Ok(param(*position, Transform::None)),
            SqlOperand::Expr(expr) => Ok(expr.clone()),
            SqlOperand::List(_) | SqlOperand::Query(_) => {
                Err(Error::internal("a list is used as a single value"))
            }
        }
    }
}

/// Spells calls in one dialect and context.
#[derive(Clone, Copy)]
pub(super) struct Speller {
    pub dialect: &'static Dialect,
    pub rules: &'static dyn Rules,
    pub context: SqlContext,
}

impl Speller {
    pub fn new(dialect: &'static Dialect, context: SqlContext) -> Self {
        Speller {
            dialect,
            rules: rules(dialect),
            context,
        }
    }

    /// A call with its operands; `never_null` if none of them can be NULL. An aggregate may be over some rows only.
    ///
    /// # Errors
    /// If the function does not exist in this context.
    pub fn call<L: Leaves>(
        &self,
        function: Function,
        typed: &Typed<'_, '_, L>,
        operands: Vec<SqlOperand>,
        never_null: bool,
        rows: &OverRows,
    ) -> Result<Expr> {
        let def = function.def();
        let ty = operand_type(def, typed);
        let spelled = self.spelling(def, ty, typed, &operands, never_null, rows)?;
        // A function of the database would give what it compares.
        let spelled = match (function, &typed.enumeration) {
            (Function::Greatest, Some(of)) if self.rules.ranks(of) => SqlForm::Pick(">="),
            (Function::Least, Some(of)) if self.rules.ranks(of) => SqlForm::Pick("<="),
            _ => spelled,
        };
        match spelled {
            SqlForm::In => return self.in_list(typed, operands),
            SqlForm::Pick(operator) => return self.picked(operator, def, ty, typed, operands),
            SqlForm::Missing(what) => {
                return Err(match self.context {
                    SqlContext::Query => {
                        Error::unsupported(format!("`{}` is not there on {}", def.name, self.dialect.name))
                            .with_hint(what)
                    }
                    SqlContext::Table => Error::unsupported(format!(
                        "`{}` cannot be used in a check or a generated column: no database can {what}",
                        def.name
                    )),
                });
            }
            _ => {}
        }
        let operands = self.prepared(def, def.comparison, ty, typed, operands)?;
        let plain = || {
            operands
                .iter()
                .map(SqlOperand::plain)
                .collect::<Result<Vec<Expr>>>()
        };
        Ok(match spelled {
            SqlForm::Infix(operator) => chain(operator, plain()?)?,
            SqlForm::Prefix(_) => single(plain()?)?.not(),
            SqlForm::Postfix(words) => {
                let operand = single(plain()?)?;
                match words {
                    "IS NULL" => operand.is_null(),
                    "IS NOT NULL" => operand.is_not_null(),
                    "IS NOT TRUE" => operand.is_not(Expr::custom_keyword("TRUE")),
                    other => {
                        return Err(Error::internal(format!(
                            "`{other}` cannot stand behind an operand"
                        )));
                    }
                }
            }
            SqlForm::Call(name) => self.over(Func::cust(name).args(plain()?).into(), rows),
            SqlForm::Template(text) => {
                if (0..operands.len()).any(|at| repeats(text, at) > 1) {
                    self.ensure_few_copies(typed)?;
                }
                self.text(text, ty, &operands, &typed.parts, rows)?
            }
            SqlForm::Between => {
                // A condition within would end it, or begin another.
                let apart = |operand: Expr| match ty == Some(FieldType::Bool) && !is_atom(&operand) {
                    true => Expr::tuple([operand]),
                    false => operand,
                };
                let [tested, low, high] = <[Expr; 3]>::try_from(plain()?).map_err(|_| too_few(def))?;
                apart(tested).between(apart(low), apart(high))
            }
            SqlForm::Subscript => {
                let [array, place] = <[Expr; 2]>::try_from(plain()?).map_err(|_| too_few(def))?;
                // A bracket in a template would be the quote of a name.
                let [open, close] = ["[", "+ 1]"].map(Expr::cust);
                let parts = [Expr::tuple([array]), open, place, close];
                let holes = [1, 2, 3, 4].map(|number| self.rules.placeholder(number));
                Expr::cust_with_exprs(holes.join(" "), parts)
            }
            SqlForm::Extreme(name) => {
                let operand = single(plain()?)?;
                let extreme = self.over(Func::cust(name).arg(operand).into(), rows);
                match &typed.enumeration {
                    Some(found) if self.rules.ranks(found) => unranked(self.rules, extreme, &found.values),
                    _ => extreme,
                }
            }
            SqlForm::Case => case(plain()?),
            SqlForm::In | SqlForm::Filter | SqlForm::Pick(_) | SqlForm::Missing(_) => {
                return Err(Error::internal("a spelling was spelled already"));
            }
        })
    }

    /// The first spelling whose condition holds.
    fn spelling<L: Leaves>(
        &self,
        def: &FunctionDef,
        ty: Option<FieldType>,
        typed: &Typed<'_, '_, L>,
        operands: &[SqlOperand],
        never_null: bool,
        rows: &OverRows,
    ) -> Result<SqlForm> {
        let spelling: Spelling = self.rules.spelling(&def.spellings, self.context);
        let first_type = typed.parts.first().and_then(|part| part.ty);
        let fits = |when: When| match when {
            When::Always => true,
            When::NeverNull => never_null,
            When::Float => matches!(ty, Some(FieldType::Real | FieldType::Double)),
            When::Uuid => ty == Some(FieldType::Uuid),
            When::Ordered => !rows.order.is_empty(),
            When::OverWindow => rows.window.is_some(),
            When::Bound(at) => matches!(operands.get(at), Some(SqlOperand::Bound(_))),
            When::Exists => typed.parts.first().is_some_and(
                |part| matches!(part.node, Node::Subquery(query) if query.form == crate::expr::Form::Exists),
            ),
            When::Bool => ty == Some(FieldType::Bool),
            When::WholeNumber => ty.is_some_and(FieldType::is_integer),
            When::NotZero(at) => typed
                .parts
                .get(at)
                .is_some_and(|part| matches!(part.node, Node::Value(value) if L::is_not_zero(value))),
            When::Decimal => ty == Some(FieldType::Decimal),
            When::Duration => ty == Some(FieldType::Duration),
            When::Instant => first_type == Some(FieldType::Timestamp),
            When::Date => first_type == Some(FieldType::Date),
            When::TimeOfDay => first_type == Some(FieldType::Time),
            When::Computed => typed.parts.first().is_some_and(|part| part.node.is_computed()),
            When::BigIntMultirange => first_type == Some(FieldType::BigIntMultirange),
            When::Multirange => first_type.is_some_and(FieldType::is_multirange),
            When::MultirangeOfOtherWidth => multirange_of_other_width(&typed.parts),
            When::OtherWidth => other_width(&typed.parts),
            When::ArrayOfBytes => ty.is_some_and(FieldType::is_array_of_binary),
        };
        let found = spelling.iter().find(|(when, _)| fits(*when));
        found
            .map(|(_, spelled)| *spelled)
            .ok_or_else(|| Error::internal(format!("`{}` has no spelling that fits", def.name)))
    }

    /// The operands in the form in which the backend compares and computes them.
    pub(super) fn prepared<L: Leaves>(
        &self,
        def: &FunctionDef,
        comparison: Comparison,
        ty: Option<FieldType>,
        typed: &Typed<'_, '_, L>,
        operands: Vec<SqlOperand>,
    ) -> Result<Vec<SqlOperand>> {
        // A stored value beside a computed number becomes a number too, even where the operand is only passed through.
        let numbers = def.result == ResultType::Number
            || (def.result == ResultType::Operand && def.kind == FunctionKind::Scalar && typed.computed);
        let strings = matches!(
            def.operands,
            OperandTypes::Strings
                | OperandTypes::StringsOrWholeNumbers
                | OperandTypes::StringAndPositions
                | OperandTypes::StringsAndLength
        );
        let is_value = |part: &Typed<'_, '_, L>| matches!(part.node, Node::Value(_));
        let all_values = typed.parts.iter().all(is_value);
        let computed = are_numbers(ty, typed);
        let enumeration = typed.parts.iter().find_map(|part| part.enumeration.as_ref());
        operands
            .into_iter()
            .zip(&typed.parts)
            .enumerate()
            .map(|(at, (operand, part))| {
                if comparison != Comparison::No
                    && let Some(ty) = ty
                {
                    let compared = Compared {
                        ty,
                        computed,
                        order: comparison == Comparison::Order,
                        first: at == 0,
                        decimal: ComputedDecimal::of(part, &typed.parts),
                        enumeration,
                        context: self.context,
                    };
                    let operand = operand.plain()?;
                    return self.rules.comparable(operand, &compared).map(SqlOperand::Expr);
                }
                if numbers && let (Some(ty), Some(of_part)) = (typed.ty, part.ty) {
                    return match operand {
                        // A literal whole number takes its neighbor's width.
                        SqlOperand::Expr(expr) if is_value(part) && of_part.is_integer() => {
                            let of_part = if all_values { FieldType::Int } else { ty };
                            Ok(SqlOperand::Expr(self.rules.number(
                                expr,
                                of_part,
                                ty,
                                self.context,
                            )))
                        }
                        SqlOperand::Expr(expr) => Ok(SqlOperand::Expr(self.rules.number(
                            expr,
                            of_part,
                            ty,
                            self.context,
                        ))),
                        operand => Ok(operand),
                    };
                }
                if strings && let SqlOperand::Expr(expr) = operand {
                    let is_number = def.operands == OperandTypes::StringsOrWholeNumbers
                        && part.ty.is_some_and(FieldType::is_integer);
                    let is_own = self.dialect.enum_types && part.enum_name().is_some();
                    return Ok(SqlOperand::Expr(if is_number || is_own {
                        expr.cast_as("text")
                    } else {
                        expr
                    }));
                }
                Ok(operand)
            })
            .collect()
    }

    fn in_list<L: Leaves>(&self, typed: &Typed<'_, '_, L>, operands: Vec<SqlOperand>) -> Result<Expr> {
        let mut operands = operands.into_iter();
        let (Some(tested), Some(list), Some(part)) = (operands.next(), operands.next(), typed.parts.first())
        else {
            return Err(too_few(Function::In.def()));
        };
        let ty = operand_type(Function::In.def(), typed);
        let comparable = |operand, first: bool| match ty {
            Some(known) => {
                let compared = Compared {
                    ty: known,
                    computed: are_numbers(ty, typed),
                    order: false,
                    first,
                    decimal: first.then(|| ComputedDecimal::of(part, &typed.parts)).flatten(),
                    enumeration: None,
                    context: self.context,
                };
                self.rules.comparable(operand, &compared)
            }
            None => Ok(operand),
        };
        let is_column = matches!(part.node, Node::Column(_));
        let tested = tested.plain()?;
        // Without parentheses, a comparison before `IN` would bind to it.
        let tested = match ty {
            Some(FieldType::Bool) if !is_column => Expr::tuple([tested]),
            _ => comparable(tested, true)?,
        };
        Ok(match list {
            SqlOperand::Bound(position) => {
                // Arrays of a native enum come as strings.
                let tested = match ty {
                    Some(array @ FieldType::Array(_)) if part.enumeration.is_some() => {
                        self.rules.cast(tested, array)
                    }
                    _ => tested,
                };
                self.rules.in_list(tested, position, ty)
            }
            SqlOperand::List(items) if items.is_empty() => Expr::cust("1 = 0"),
            SqlOperand::List(items) => {
                let items: Result<Vec<Expr>> =
                    items.into_iter().map(|item| comparable(item, false)).collect();
                tested.is_in(items?)
            }
            SqlOperand::Query(query) => tested.in_subquery(*query),
            SqlOperand::Expr(_) => return Err(Error::internal("`in` has neither a list nor a query")),
        })
    }
}

/// Whether the operands are compared as numbers even where stored decimals are strings: because one is computed, or is
/// of another type.
fn are_numbers<L: Leaves>(ty: Option<FieldType>, typed: &Typed<'_, '_, L>) -> bool {
    let differ = typed.parts.iter().any(|part| part.ty.is_some() && part.ty != ty);
    typed.parts.iter().any(|part| part.computed) || (ty == Some(FieldType::Decimal) && differ)
}

/// The type that a function operates on.
fn operand_type<L: Leaves>(def: &FunctionDef, typed: &Typed<'_, '_, L>) -> Option<FieldType> {
    match def.result {
        ResultType::Number => typed.ty,
        _ => {
            let mut types = typed.parts.iter().filter_map(|part| part.ty);
            // Where numbers of different types are compared, a decimal decides how.
            let first = types.next()?;
            Some(match types.any(|ty| ty == FieldType::Decimal) {
                true => FieldType::Decimal,
                false => first,
            })
        }
    }
}

#[cold]
pub(super) fn too_few(def: &FunctionDef) -> Error {
    Error::internal(format!(
        "`{}` has another number of operands than it takes",
        def.name
    ))
}
