//! What a name can end with: Django's lookups, by the types that have them.

use crate::error::{Error, Result};
use crate::expr::{ExprTokens, Function};
use crate::value::{FieldType, Value};

use super::path::{NamedPath, fields};
use super::value::{Given, ValueType, item};
use super::{BETWEEN, IS_NULL, misfit, shown};

/// Something that is computed of a column before it is compared: `year`.
struct Transform {
    name: &'static str,
    function: Function,
    /// The type of what is computed of that type, if anything is.
    result: fn(FieldType) -> Option<FieldType>,
    /// A day of the week, counted from Sunday, which is 1.
    from_sunday: bool,
}

/// A comparison.
struct Comparison {
    name: &'static str,
    function: Function,
    takes: Takes,
    /// Whether it is one of such operands.
    of: fn(Operand) -> bool,
}

/// What a comparison takes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Takes {
    /// A value of the type of the column.
    Value,
    /// The same; it is the first operand of the function.
    ValueFirst,
    /// The same, or NULL.
    ValueOrNull,
    /// A value that may be within a range.
    Bound,
    /// A network, or an address, of that type.
    Network(FieldType),
    /// A network; it is the first operand of the function.
    NetworkFirst,
    /// Any number of values.
    List,
    /// Two values.
    Pair,
    /// Whether it is so.
    Truth,
    /// A regular expression.
    #[cfg(feature = "regex")]
    Pattern,
}

/// What is compared.
#[derive(Debug, Clone, Copy)]
struct Operand {
    ty: FieldType,
    /// Whether it is the key of another row, of which only the whole is compared.
    is_key: bool,
}

const fn transform(
    name: &'static str,
    function: Function,
    result: fn(FieldType) -> Option<FieldType>,
) -> Transform {
    Transform {
        name,
        function,
        result,
        from_sunday: false,
    }
}

const fn comparison(
    name: &'static str,
    function: Function,
    takes: Takes,
    of: fn(Operand) -> bool,
) -> Comparison {
    Comparison {
        name,
        function,
        takes,
        of,
    }
}

const TRANSFORMS: &[Transform] = &[
    transform("year", Function::Year, number_of_date),
    transform("iso_year", Function::IsoYear, number_of_date),
    transform("quarter", Function::Quarter, number_of_date),
    transform("month", Function::Month, number_of_date),
    transform("week", Function::Week, number_of_date),
    transform("iso_week_day", Function::Weekday, number_of_date),
    Transform {
        from_sunday: true,
        ..transform("week_day", Function::Weekday, number_of_date)
    },
    transform("day", Function::Day, number_of_date),
    transform("hour", Function::Hour, number_of_time),
    transform("minute", Function::Minute, number_of_time),
    transform("second", Function::Second, number_of_time),
    transform("date", Function::DateOf, |ty| {
        has_both(ty).then_some(FieldType::Date)
    }),
    transform("time", Function::TimeOf, |ty| {
        has_both(ty).then_some(FieldType::Time)
    }),
    transform("len", Function::ArrayLength, |ty| {
        is_array(ty).then_some(FieldType::BigInt)
    }),
    transform("startswith", Function::RangeLower, FieldType::bound),
    transform("endswith", Function::RangeUpper, FieldType::bound),
    transform("isempty", Function::RangeIsEmpty, truth_of_range),
    transform("lower_inc", Function::RangeLowerIncluded, truth_of_range),
    transform("upper_inc", Function::RangeUpperIncluded, truth_of_range),
    transform("lower_inf", Function::RangeLowerUnbounded, truth_of_range),
    transform("upper_inf", Function::RangeUpperUnbounded, truth_of_range),
];

const COMPARISONS: &[Comparison] = &[
    comparison("exact", Function::Eq, Takes::ValueOrNull, |_| true),
    comparison("iexact", Function::EqIgnoringCase, Takes::ValueOrNull, is_string),
    comparison("contains", Function::Contains, Takes::Value, is_string),
    comparison(
        "icontains",
        Function::ContainsIgnoringCase,
        Takes::Value,
        is_string,
    ),
    comparison("startswith", Function::StartsWith, Takes::Value, is_string),
    comparison(
        "istartswith",
        Function::StartsWithIgnoringCase,
        Takes::Value,
        is_string,
    ),
    comparison("endswith", Function::EndsWith, Takes::Value, is_string),
    comparison(
        "iendswith",
        Function::EndsWithIgnoringCase,
        Takes::Value,
        is_string,
    ),
    comparison("gt", Function::Gt, Takes::Value, is_ordered),
    comparison("gte", Function::Ge, Takes::Value, is_ordered),
    comparison("lt", Function::Lt, Takes::Value, is_ordered),
    comparison("lte", Function::Le, Takes::Value, is_ordered),
    comparison("in", Function::In, Takes::List, |_| true),
    comparison("range", Function::Between, Takes::Pair, is_ordered),
    comparison(IS_NULL, Function::IsNull, Takes::Truth, |_| true),
    #[cfg(feature = "regex")]
    comparison("regex", Function::Regex, Takes::Pattern, is_string),
    #[cfg(feature = "regex")]
    comparison("iregex", Function::RegexIgnoringCase, Takes::Pattern, is_string),
    comparison("contains", Function::ArrayContains, Takes::Value, |of| {
        is_array(of.ty)
    }),
    comparison("contained_by", Function::ArrayContains, Takes::ValueFirst, |of| {
        is_array(of.ty)
    }),
    comparison("overlap", Function::ArrayOverlaps, Takes::Value, |of| {
        is_array(of.ty)
    }),
    comparison("contains", Function::RangeContains, Takes::Bound, |of| {
        of.ty.bound().is_some()
    }),
    comparison(
        "contained_by",
        Function::RangeContainsRange,
        Takes::ValueFirst,
        |of| of.ty.bound().is_some(),
    ),
    comparison("overlap", Function::RangeOverlaps, Takes::Value, |of| {
        of.ty.bound().is_some()
    }),
    comparison("fully_lt", Function::RangeLeftOf, Takes::Value, |of| {
        of.ty.bound().is_some()
    }),
    comparison("fully_gt", Function::RangeRightOf, Takes::Value, |of| {
        of.ty.bound().is_some()
    }),
    comparison("not_gt", Function::RangeNotRightOf, Takes::Value, |of| {
        of.ty.bound().is_some()
    }),
    comparison("not_lt", Function::RangeNotLeftOf, Takes::Value, |of| {
        of.ty.bound().is_some()
    }),
    comparison(
        "contains",
        Function::NetworkContains,
        Takes::Network(FieldType::Inet),
        |of| of.ty == FieldType::Cidr,
    ),
    comparison(
        "contained_by",
        Function::NetworkContains,
        Takes::NetworkFirst,
        |of| of.ty.is_network(),
    ),
    comparison("adjacent_to", Function::RangeAdjacent, Takes::Value, |of| {
        of.ty.bound().is_some()
    }),
];

const EXACT: &str = "exact";

fn number_of_date(ty: FieldType) -> Option<FieldType> {
    (ty == FieldType::Date || has_both(ty)).then_some(FieldType::BigInt)
}

fn number_of_time(ty: FieldType) -> Option<FieldType> {
    (ty == FieldType::Time || has_both(ty)).then_some(FieldType::BigInt)
}

fn truth_of_range(ty: FieldType) -> Option<FieldType> {
    ty.bound().is_some().then_some(FieldType::Bool)
}

fn has_both(ty: FieldType) -> bool {
    matches!(ty, FieldType::DateTime | FieldType::Timestamp)
}

fn is_array(ty: FieldType) -> bool {
    matches!(ty, FieldType::Array(_))
}

fn is_string(operand: Operand) -> bool {
    operand.ty == FieldType::Text && !operand.is_key
}

fn is_ordered(operand: Operand) -> bool {
    operand.ty.is_ordered()
}

/// What is computed of a column, from the inside out.
#[derive(Clone, Default)]
pub(super) struct Transforms(Vec<Step>);

#[derive(Clone)]
enum Step {
    Of(&'static Transform),
    /// The element of an array at a place, from 0.
    Item(i32),
}

impl Transforms {
    /// Takes the transforms that the text begins with; returns the type of their result, and what stands behind them.
    fn parse<'t>(path: &NamedPath, text: &'t str) -> Result<(Self, FieldType, &'t str)> {
        let mut ty = path.column()?.storage;
        let (mut transforms, mut rest) = (Vec::new(), text);
        while !path.field()?.ty.is_relation() {
            let (name, behind) = match rest.split_once(BETWEEN) {
                Some((_, "")) => break,
                Some(parts) => parts,
                None => (rest, ""),
            };
            let known = TRANSFORMS.iter().filter(|known| known.name == name);
            let mut known = known.filter_map(|known| Some((Step::Of(known), (known.result)(ty)?)));
            let Some((found, result)) = known
                .next()
                .or_else(|| item(ty, name).map(|(at, ty)| (Step::Item(at), ty)))
            else {
                break;
            };
            transforms.push(found);
            (ty, rest) = (result, behind);
        }
        Ok((Transforms(transforms), ty, rest))
    }

    /// Of what rows are ordered by.
    ///
    /// # Errors
    /// If the text is something else, or what is computed has no order.
    pub fn of_order(path: &NamedPath, text: &str) -> Result<Self> {
        let (transforms, ty, rest) = Transforms::parse(path, text)?;
        match ty.is_ordered() && rest.is_empty() {
            true => Ok(transforms),
            false if rest.is_empty() => Err(Error::unsupported(format!(
                "{} has no order that databases agree about",
                at_end(path)?
            ))
            .with_hint("order by a column of another type")),
            false => Err(
                Error::config(format!("{} has no `{}`", at_end(path)?, shown(rest))).with_hint(format!(
                    "{} has {}",
                    path.model.def.key(),
                    fields(path.model)
                )),
            ),
        }
    }

    pub fn apply(&self, mut column: ExprTokens) -> ExprTokens {
        for step in &self.0 {
            let more: &[(i64, Function)] = match step {
                Step::Item(place) => &[(i64::from(*place), Function::ArrayGet)],
                Step::Of(transform) => {
                    column.call(transform.function, 1);
                    match transform.from_sunday {
                        true => &[(7, Function::Mod), (1, Function::Add)],
                        false => &[],
                    }
                }
            };
            for (value, function) in more {
                column.param(Value::Int(*value));
                column.call(*function, 2);
            }
        }
        column
    }
}

/// A resolved lookup.
#[derive(Clone)]
pub(super) struct NamedLookup {
    transforms: Transforms,
    comparison: &'static Comparison,
    value: ValueType,
}

/// A comparison with its values.
pub(super) struct Compared<'l> {
    transforms: &'l Transforms,
    function: Function,
    before: Option<Value<'static>>,
    behind: Vec<Value<'static>>,
    /// Of a test for NULL: whether it asks for something else.
    pub exists: Option<bool>,
}

impl NamedLookup {
    /// The lookup of that text, of the column at the end of a path.
    ///
    /// # Errors
    /// If columns of its type do not have it.
    pub fn parse(path: &NamedPath, text: &str) -> Result<Self> {
        let (transforms, ty, rest) = Transforms::parse(path, text)?;
        let field = path.field()?;
        let operand = Operand {
            ty,
            is_key: field.ty.is_relation(),
        };
        let name = if rest.is_empty() { EXACT } else { rest };
        let mut known = COMPARISONS.iter().filter(|known| (known.of)(operand));
        let comparison = known.find(|known| known.name == name);
        let comparison = comparison.ok_or_else(|| unknown(path, operand, rest))?;
        let choices = match transforms.0.is_empty() {
            true => &*field.choices,
            false => &[],
        };
        Ok(NamedLookup {
            transforms,
            comparison,
            value: ValueType { ty, choices },
        })
    }

    /// The comparison with what was given.
    ///
    /// # Errors
    /// If it does not take that.
    pub fn compare(&self, name: &str, given: Given<'_>) -> Result<Compared<'_>> {
        let mut compared = Compared {
            transforms: &self.transforms,
            function: self.comparison.function,
            before: None,
            behind: Vec::new(),
            exists: None,
        };
        let refused = |mismatch| misfit(name, mismatch);
        match self.comparison.takes {
            Takes::Value => compared.behind.push(self.value.one(given).map_err(refused)?),
            Takes::ValueFirst => compared.before = Some(self.value.one(given).map_err(refused)?),
            Takes::ValueOrNull => match given.is_null() {
                true => (compared.function, compared.exists) = (Function::IsNull, Some(false)),
                false => compared.behind.push(self.value.one(given).map_err(refused)?),
            },
            Takes::Bound => {
                let bound = self.value.bound().unwrap_or(self.value.ty);
                compared
                    .behind
                    .push(ValueType::of(bound).one(given).map_err(refused)?);
            }
            Takes::Network(ty) => {
                compared
                    .behind
                    .push(ValueType::of(ty).one(given).map_err(refused)?);
            }
            Takes::NetworkFirst => {
                let network = ValueType::of(FieldType::Cidr).one(given).map_err(refused)?;
                compared.before = Some(network);
            }
            Takes::List => {
                let list = self.value.list(given).map_err(refused)?;
                compared.behind.push(Value::List(list));
            }
            Takes::Pair => compared.behind.extend(self.value.pair(given).map_err(refused)?),
            Takes::Truth => {
                let is_null = ValueType::of(FieldType::Bool).one(given).map_err(refused)?;
                let exists = is_null != Value::Bool(true);
                if exists {
                    compared.function = Function::IsNotNull;
                }
                compared.exists = Some(exists);
            }
            #[cfg(feature = "regex")]
            Takes::Pattern => {
                let text = self.value.one(given).map_err(refused)?;
                compared.behind.push(super::value::pattern(name, &text)?);
            }
        }
        Ok(compared)
    }
}

impl Compared<'_> {
    /// The condition on a column.
    pub fn of(self, column: ExprTokens) -> ExprTokens {
        let mut tokens = ExprTokens::default();
        let mut operands = 1;
        let mut bind = |tokens: &mut ExprTokens, value| {
            tokens.param(value);
            operands += 1;
        };
        self.before.into_iter().for_each(|value| bind(&mut tokens, value));
        tokens.extend(self.transforms.apply(column));
        self.behind.into_iter().for_each(|value| bind(&mut tokens, value));
        tokens.call(self.function, operands);
        tokens
    }
}

/// The names of all lookups of an operand.
fn lookups(operand: Operand) -> String {
    let transforms = TRANSFORMS
        .iter()
        .filter(|known| !operand.is_key && (known.result)(operand.ty).is_some());
    let comparisons = COMPARISONS.iter().filter(|known| (known.of)(operand));
    let names = comparisons
        .map(|known| known.name)
        .chain(transforms.map(|known| known.name));
    names.collect::<Vec<_>>().join(", ")
}

fn at_end(path: &NamedPath) -> Result<String> {
    Ok(format!("{}.{}", path.model.def.key(), path.column()?.name))
}

#[cold]
fn unknown(path: &NamedPath, operand: Operand, rest: &str) -> Error {
    let at_end = at_end(path).unwrap_or_default();
    let error = Error::config(format!("{at_end} has no lookup `{}`", shown(rest)));
    let lookups = lookups(operand);
    match path.of_rows {
        true => error.with_hint(format!(
            "{} has {}; and its key the lookups {lookups}",
            path.model.def.key(),
            fields(path.model)
        )),
        false => error.with_hint(format!("it has {lookups}")),
    }
}
