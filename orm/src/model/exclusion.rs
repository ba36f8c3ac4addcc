//! Exclusion constraints: no two rows may be related by all of several operators.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::expr::RowExpr;

use super::def::Deferrable;
use super::index::{IndexKey, IndexMethod, IndexPart, NullsOrder, is_default};

/// How an exclusion constraint compares two rows at one part: the operator that must not hold for all parts at once.
///
/// A database takes operators only that say the same in both directions.
///
/// # Example: as SQL writes it
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::ExclusionOperator;
///
/// assert_eq!(ExclusionOperator::from("&&"), ExclusionOperator::Overlaps);
/// assert_eq!(ExclusionOperator::Adjacent.symbol(), "-|-");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ExclusionOperator {
    /// `=`: equal.
    Equal,
    /// `<>`: different.
    NotEqual,
    /// `&&`: have something in common.
    Overlaps,
    /// `-|-`: meet without a gap.
    Adjacent,
    /// `~=`: the same shape.
    SameShape,
    /// Another, as SQL writes it: of an extension or of one's own. It is refused unless it is made of the characters of operators.
    Other(String),
}

/// What orders or contains, which two rows do not say of each other alike.
const ONE_WAY: [&str; 12] = [
    "<", ">", "<=", ">=", "@>", "<@", "<<", ">>", "&<", "&>", "<<=", ">>=",
];

impl ExclusionOperator {
    /// As SQL writes it.
    pub fn symbol(&self) -> &str {
        match self {
            ExclusionOperator::Equal => "=",
            ExclusionOperator::NotEqual => "<>",
            ExclusionOperator::Overlaps => "&&",
            ExclusionOperator::Adjacent => "-|-",
            ExclusionOperator::SameShape => "~=",
            ExclusionOperator::Other(symbol) => symbol,
        }
    }

    /// Why no constraint can have it, if that is so.
    pub(crate) fn refused(&self) -> Option<&'static str> {
        let symbol = self.symbol();
        let is_operator = |symbol: &str| {
            !symbol.is_empty()
                && symbol.chars().all(|c| "+-*/<>=~!@#%^&|`?".contains(c))
                && !symbol.contains("--")
                && !symbol.contains("/*")
        };
        if !is_operator(symbol) {
            return Some("is not an operator");
        }
        ONE_WAY
            .contains(&symbol)
            .then_some("says something else when the rows are exchanged")
    }
}

impl From<&str> for ExclusionOperator {
    fn from(symbol: &str) -> Self {
        match symbol {
            "=" => ExclusionOperator::Equal,
            "<>" | "!=" => ExclusionOperator::NotEqual,
            "&&" => ExclusionOperator::Overlaps,
            "-|-" => ExclusionOperator::Adjacent,
            "~=" => ExclusionOperator::SameShape,
            other => ExclusionOperator::Other(other.to_owned()),
        }
    }
}

impl From<String> for ExclusionOperator {
    fn from(symbol: String) -> Self {
        symbol.as_str().into()
    }
}

impl From<ExclusionOperator> for String {
    fn from(operator: ExclusionOperator) -> Self {
        operator.symbol().to_owned()
    }
}

impl fmt::Display for ExclusionOperator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

/// One part of an exclusion constraint: what is compared, and by which operator.
///
/// # Example: the same room
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::{ExclusionOperator, ExclusionPart};
///
/// let part = ExclusionPart::new("room", "=");
/// assert_eq!(part.part.field_name(), Some("room"));
/// assert_eq!(part.operator, ExclusionOperator::Equal);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "ExclusionPartForm", try_from = "ExclusionPartForm")]
pub struct ExclusionPart {
    /// The field or the expression.
    pub part: IndexPart,
    /// How two rows are compared there.
    pub operator: ExclusionOperator,
}

impl ExclusionPart {
    /// A part, such as the name of a field, and an operator as SQL writes it.
    pub fn new(part: impl Into<IndexPart>, operator: impl Into<ExclusionOperator>) -> Self {
        ExclusionPart {
            part: part.into(),
            operator: operator.into(),
        }
    }
}

/// A part as a file has it.
#[derive(Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table of `field` or `expression`, and `operator`: { field = \"room\", operator = \"=\" }"
)]
struct ExclusionPartForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expression: Option<RowExpr>,
    operator: ExclusionOperator,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    descending: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nulls: Option<NullsOrder>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operator_class: Option<String>,
}

impl From<ExclusionPart> for ExclusionPartForm {
    fn from(of: ExclusionPart) -> Self {
        let (field, expression) = match of.part.key {
            IndexKey::Field(name) => (Some(name), None),
            IndexKey::Expression(expression) => (None, Some(expression)),
        };
        ExclusionPartForm {
            field,
            expression,
            operator: of.operator,
            descending: of.part.descending,
            nulls: of.part.nulls,
            collation: of.part.collation,
            operator_class: of.part.operator_class,
        }
    }
}

impl TryFrom<ExclusionPartForm> for ExclusionPart {
    type Error = String;

    fn try_from(form: ExclusionPartForm) -> Result<Self, String> {
        let part = match (form.field, form.expression) {
            (Some(field), None) => IndexPart::field(field),
            (None, Some(expression)) => IndexPart::expression(expression),
            _ => {
                return Err(
                    "a part of an exclusion constraint is a `field` or an `expression`, and one of them"
                        .to_owned(),
                );
            }
        };
        Ok(ExclusionPart {
            part: IndexPart {
                descending: form.descending,
                nulls: form.nulls,
                collation: form.collation,
                operator_class: form.operator_class,
                ..part
            },
            operator: form.operator,
        })
    }
}

/// No two rows are related by the operators of all parts; a row that holds NULL in a part is related to none.
///
/// # Example: a room is given to one person on a day
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::{ExclusionDef, ExclusionPart, IndexMethod};
///
/// let exclusion = ExclusionDef::over(
///     "one_person_per_room",
///     [ExclusionPart::new("room", "="), ExclusionPart::new("person", "<>")],
/// );
/// assert_eq!(exclusion.fields(), ["room", "person"]);
/// assert_eq!(exclusion.method, IndexMethod::Gist);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExclusionDef {
    /// Name in the database.
    pub name: String,
    /// What is compared, in order, and how; files call them `fields`.
    #[serde(rename = "fields")]
    pub parts: Vec<ExclusionPart>,
    /// Which rows it is about; all of them if nothing is said.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<RowExpr>,
    /// Fields that its index holds beside, so that a query need not look into the table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// How its index finds rows that may be related.
    #[serde(default = "gist", skip_serializing_if = "is_gist")]
    pub method: IndexMethod,
    /// Storage parameters of its index, as the database spells them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, String>,
    /// Whether it can wait for the end of the transaction.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deferrable: Deferrable,
    /// What a user is told when it does not hold; not part of the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

fn gist() -> IndexMethod {
    IndexMethod::Gist
}

fn is_gist(method: &IndexMethod) -> bool {
    *method == IndexMethod::Gist
}

impl ExclusionDef {
    /// An exclusion constraint with nothing else said.
    pub fn over(name: impl Into<String>, parts: impl IntoIterator<Item = ExclusionPart>) -> Self {
        ExclusionDef {
            name: name.into(),
            parts: parts.into_iter().collect(),
            condition: None,
            include: Vec::new(),
            method: gist(),
            with: BTreeMap::new(),
            deferrable: Deferrable::No,
            message: None,
        }
    }

    /// The fields that it names anywhere.
    pub fn fields(&self) -> Vec<&str> {
        let parts = self.parts.iter().flat_map(|of| of.part.fields());
        let condition = self.condition.iter().flat_map(RowExpr::fields);
        let include = self.include.iter().map(String::as_str);
        parts.chain(condition).chain(include).collect()
    }

    /// Gives the fields that it names other names.
    pub fn rename_fields(&mut self, rename: &mut impl FnMut(&mut String)) {
        for of in &mut self.parts {
            of.part.rename_fields(rename);
        }
        self.include.iter_mut().for_each(&mut *rename);
        if let Some(condition) = &mut self.condition {
            condition.rename_fields(rename);
        }
    }

    pub(super) fn expressions(&self) -> impl Iterator<Item = &RowExpr> {
        let parts = self.parts.iter().filter_map(|of| of.part.computed());
        parts.chain(&self.condition)
    }

    pub(super) fn expressions_mut(&mut self) -> impl Iterator<Item = &mut RowExpr> {
        let parts = self.parts.iter_mut().filter_map(|of| of.part.computed_mut());
        parts.chain(&mut self.condition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_an_operator_and_says_the_same_both_ways_is_taken() {
        for symbol in ["=", "<>", "!=", "&&", "-|-", "~=", "&&&", "?||"] {
            assert_eq!(ExclusionOperator::from(symbol).refused(), None, "{symbol}");
        }
        for symbol in ["", "=)", "--", "=--", "/*", "= ", "and", "<", "@>", "&<"] {
            assert!(ExclusionOperator::from(symbol).refused().is_some(), "{symbol}");
        }
    }

    #[test]
    fn a_file_reads_back_what_it_says() {
        let written = serde_json::json!({
            "name": "once",
            "fields": [
                { "field": "room", "operator": "=" },
                { "expression": ["ascii_lower", { "field": "who" }], "operator": "<>", "operator_class": "gist_text_ops" },
            ],
        });
        let exclusion: ExclusionDef = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(exclusion.fields(), ["room", "who"]);
        assert_eq!(serde_json::to_value(&exclusion).unwrap(), written);
        let neither = serde_json::json!({ "name": "once", "fields": [{ "operator": "=" }] });
        assert!(serde_json::from_value::<ExclusionDef>(neither).is_err());
    }
}
