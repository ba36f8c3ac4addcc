//! What a model says about several of its rows or fields at once: indexes and constraints.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::expr::RowExpr;

use super::def::Deferrable;
use super::search::SearchDef;

/// What a part of an index or a unique constraint is over.
///
/// # Example: the field of a place
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::{IndexKey, IndexPart};
///
/// assert_eq!(IndexPart::from("-views").key, IndexKey::Field("views".to_owned()));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum IndexKey {
    /// What a field holds.
    Field(String),
    /// What is computed from fields of the row.
    Expression(RowExpr),
}

/// Where an index puts rows whose part is NULL.
///
/// # Example: posts without a date come last
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::{IndexPart, NullsOrder};
///
/// let part = IndexPart {
///     nulls: Some(NullsOrder::Last),
///     ..IndexPart::from("-published_at")
/// };
/// assert!(part.descending);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NullsOrder {
    /// Before all others.
    First,
    /// After all others.
    Last,
}

/// How an index finds rows; only some databases have others than the first.
///
/// # Example: what `index("words", method = gin)` says
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::IndexMethod;
///
/// assert_eq!(IndexMethod::Gin.name(), "gin");
/// assert_eq!(IndexMethod::default(), IndexMethod::Btree);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexMethod {
    /// By order; what every database has.
    #[default]
    Btree,
    /// By equality alone.
    Hash,
    /// By what a value contains: words, elements, keys.
    Gin,
    /// By nearness and overlap.
    Gist,
    /// By ranges of the table's pages.
    Brin,
    /// By partitions of a space.
    Spgist,
}

impl IndexMethod {
    /// Every one.
    pub const ALL: [IndexMethod; 6] = [
        IndexMethod::Btree,
        IndexMethod::Hash,
        IndexMethod::Gin,
        IndexMethod::Gist,
        IndexMethod::Brin,
        IndexMethod::Spgist,
    ];

    /// Its name, as files and databases have it.
    pub fn name(self) -> &'static str {
        match self {
            IndexMethod::Btree => "btree",
            IndexMethod::Hash => "hash",
            IndexMethod::Gin => "gin",
            IndexMethod::Gist => "gist",
            IndexMethod::Brin => "brin",
            IndexMethod::Spgist => "spgist",
        }
    }
}

/// One part of an index or a unique constraint: a field, or what is computed from fields, and how it is ordered and compared.
///
/// A file has a string for one that says no more than a field and its direction (`"author"`, `"-created_at"`), and a
/// table for any other.
///
/// # Example: a field, the greatest first
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::IndexPart;
///
/// let part = IndexPart::from("-views");
/// assert!(part.descending);
/// assert_eq!(part.field_name(), Some("views"));
/// assert_eq!(part.fields(), ["views"]);
/// assert!(part.computed().is_none());
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "PartForm", try_from = "PartForm")]
pub struct IndexPart {
    /// The field or the expression.
    pub key: IndexKey,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Where NULL stands, if not where the database puts it.
    pub nulls: Option<NullsOrder>,
    /// The collation that strings are compared by, if it is not their column's.
    pub collation: Option<String>,
    /// How values are compared, where the type has several ways: `text_pattern_ops`, `jsonb_path_ops`.
    pub operator_class: Option<String>,
}

impl IndexPart {
    /// A field, the least first.
    pub fn field(name: impl Into<String>) -> Self {
        IndexPart::of(IndexKey::Field(name.into()))
    }

    /// What is computed from fields, the least first.
    pub fn expression(expression: RowExpr) -> Self {
        IndexPart::of(IndexKey::Expression(expression))
    }

    fn of(key: IndexKey) -> Self {
        IndexPart {
            key,
            descending: false,
            nulls: None,
            collation: None,
            operator_class: None,
        }
    }

    /// Whether it is a field and says no more than a direction.
    fn is_plain(&self) -> bool {
        matches!(self.key, IndexKey::Field(_))
            && self.nulls.is_none()
            && self.collation.is_none()
            && self.operator_class.is_none()
    }

    /// What it is computed from, if it is.
    pub fn computed(&self) -> Option<&RowExpr> {
        match &self.key {
            IndexKey::Field(_) => None,
            IndexKey::Expression(expression) => Some(expression),
        }
    }

    pub(super) fn computed_mut(&mut self) -> Option<&mut RowExpr> {
        match &mut self.key {
            IndexKey::Field(_) => None,
            IndexKey::Expression(expression) => Some(expression),
        }
    }

    /// The field, if it is one as it stands and not something computed.
    pub fn field_name(&self) -> Option<&str> {
        match &self.key {
            IndexKey::Field(name) => Some(name),
            IndexKey::Expression(_) => None,
        }
    }

    /// The fields that it names.
    pub fn fields(&self) -> Vec<&str> {
        match &self.key {
            IndexKey::Field(name) => vec![name],
            IndexKey::Expression(expression) => expression.fields(),
        }
    }

    /// Gives the fields that it names other names.
    pub fn rename_fields(&mut self, rename: &mut impl FnMut(&mut String)) {
        match &mut self.key {
            IndexKey::Field(name) => rename(name),
            IndexKey::Expression(expression) => expression.rename_fields(rename),
        }
    }
}

/// A field, with `-` in front for descending.
impl From<&str> for IndexPart {
    fn from(written: &str) -> Self {
        match written.strip_prefix('-') {
            Some(name) => IndexPart {
                descending: true,
                ..IndexPart::field(name)
            },
            None => IndexPart::field(written),
        }
    }
}

impl From<String> for IndexPart {
    fn from(written: String) -> Self {
        written.as_str().into()
    }
}

/// A part as a file has it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum PartForm {
    Plain(String),
    Full(PartTable),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartTable {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expression: Option<RowExpr>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    descending: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nulls: Option<NullsOrder>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operator_class: Option<String>,
}

impl From<IndexPart> for PartForm {
    fn from(part: IndexPart) -> PartForm {
        let plain = part.is_plain();
        let (field, expression) = match part.key {
            IndexKey::Field(name) if plain => {
                let direction = if part.descending { "-" } else { "" };
                return PartForm::Plain(format!("{direction}{name}"));
            }
            IndexKey::Field(name) => (Some(name), None),
            IndexKey::Expression(expression) => (None, Some(expression)),
        };
        PartForm::Full(PartTable {
            field,
            expression,
            descending: part.descending,
            nulls: part.nulls,
            collation: part.collation,
            operator_class: part.operator_class,
        })
    }
}

impl TryFrom<PartForm> for IndexPart {
    type Error = String;

    fn try_from(form: PartForm) -> Result<Self, String> {
        let table = match form {
            PartForm::Plain(written) => return Ok(written.as_str().into()),
            PartForm::Full(table) => table,
        };
        let key = match (table.field, table.expression) {
            (Some(field), None) => IndexKey::Field(field),
            (None, Some(expression)) => IndexKey::Expression(expression),
            _ => {
                return Err("a part of an index is a `field` or an `expression`, and one of them".to_owned());
            }
        };
        Ok(IndexPart {
            key,
            descending: table.descending,
            nulls: table.nulls,
            collation: table.collation,
            operator_class: table.operator_class,
        })
    }
}

// What an index and a unique constraint have in common.

fn fields<'a>(parts: &'a [IndexPart], condition: Option<&'a RowExpr>, include: &'a [String]) -> Vec<&'a str> {
    let parts = parts.iter().flat_map(IndexPart::fields);
    let condition = condition.into_iter().flat_map(RowExpr::fields);
    parts
        .chain(condition)
        .chain(include.iter().map(String::as_str))
        .collect()
}

fn rename_fields(
    parts: &mut [IndexPart],
    condition: Option<&mut RowExpr>,
    include: &mut [String],
    rename: &mut impl FnMut(&mut String),
) {
    parts.iter_mut().for_each(|part| part.rename_fields(rename));
    include.iter_mut().for_each(&mut *rename);
    if let Some(condition) = condition {
        condition.rename_fields(rename);
    }
}

fn expressions<'a>(
    parts: &'a [IndexPart],
    condition: Option<&'a RowExpr>,
) -> impl Iterator<Item = &'a RowExpr> {
    parts.iter().filter_map(IndexPart::computed).chain(condition)
}

fn expressions_mut<'a>(
    parts: &'a mut [IndexPart],
    condition: Option<&'a mut RowExpr>,
) -> impl Iterator<Item = &'a mut RowExpr> {
    parts
        .iter_mut()
        .filter_map(IndexPart::computed_mut)
        .chain(condition)
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// An index.
///
/// # Example: newest first
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let index = orm::models::IndexDef::over("post_newest", ["-published_at"]);
/// assert!(index.parts[0].descending);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexDef {
    /// Name in the database; fixed when the index is first described.
    pub name: String,
    /// What it is over, in order; files call them `fields`.
    #[serde(rename = "fields")]
    pub parts: Vec<IndexPart>,
    /// Which rows it has; all of them if nothing is said.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<RowExpr>,
    /// Fields that it holds beside, so that a query need not look into the table.
    #[serde(default, skip_serializing_if = "is_default")]
    pub include: Vec<String>,
    /// How it finds rows.
    #[serde(default, skip_serializing_if = "is_default")]
    pub method: IndexMethod,
    /// Storage parameters, as the database spells them: `fillfactor` and `"70"`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub with: BTreeMap<String, String>,
    /// What makes it one for full text, over its fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchDef>,
}

impl IndexDef {
    /// An index with nothing else said; a part can be a field's name, with `-` in front for descending.
    pub fn over(name: impl Into<String>, parts: impl IntoIterator<Item = impl Into<IndexPart>>) -> Self {
        IndexDef {
            name: name.into(),
            parts: parts.into_iter().map(Into::into).collect(),
            condition: None,
            include: Vec::new(),
            method: IndexMethod::Btree,
            with: BTreeMap::new(),
            search: None,
        }
    }

    /// The fields that it names anywhere.
    pub fn fields(&self) -> Vec<&str> {
        fields(&self.parts, self.condition.as_ref(), &self.include)
    }

    /// Gives the fields that it names other names.
    pub fn rename_fields(&mut self, rename: &mut impl FnMut(&mut String)) {
        rename_fields(
            &mut self.parts,
            self.condition.as_mut(),
            &mut self.include,
            rename,
        );
    }

    /// What it is computed from, and its condition.
    pub fn expressions(&self) -> impl Iterator<Item = &RowExpr> {
        expressions(&self.parts, self.condition.as_ref())
    }

    /// The same, to be changed.
    pub fn expressions_mut(&mut self) -> impl Iterator<Item = &mut RowExpr> {
        expressions_mut(&mut self.parts, self.condition.as_mut())
    }

    /// Whether both do the same, whatever their names.
    pub fn is_alike(&self, other: &IndexDef) -> bool {
        let mut other = other.clone();
        other.name.clone_from(&self.name);
        *self == other
    }
}

/// No two rows are equal in all of the parts; rows that hold NULL in one are equal to none unless it says otherwise.
///
/// # Example: over two fields
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::UniqueDef;
///
/// let unique = UniqueDef::over("blog_post_author_title_uniq", ["author", "title"]);
/// assert_eq!(unique.fields(), ["author", "title"]);
/// assert!(!unique.is_index(), "a constraint says it");
/// let newest = UniqueDef::over("blog_post_newest_uniq", ["author", "-published_at"]);
/// assert!(newest.is_index(), "no constraint has a direction");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UniqueDef {
    /// Name in the database.
    pub name: String,
    /// What it is over, in order; files call them `fields`.
    #[serde(rename = "fields")]
    pub parts: Vec<IndexPart>,
    /// Which rows it is about; all of them if nothing is said.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<RowExpr>,
    /// Fields that its index holds beside, so that a query need not look into the table.
    #[serde(default, skip_serializing_if = "is_default")]
    pub include: Vec<String>,
    /// Whether rows that hold NULL at the same places are equal, too.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nulls_not_distinct: bool,
    /// When it is checked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deferrable: Deferrable,
    /// What a user is told when it does not hold; not part of the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl UniqueDef {
    /// A unique constraint with nothing else said; a part can be a field's name.
    pub fn over(name: impl Into<String>, parts: impl IntoIterator<Item = impl Into<IndexPart>>) -> Self {
        UniqueDef {
            name: name.into(),
            parts: parts.into_iter().map(Into::into).collect(),
            condition: None,
            include: Vec::new(),
            nulls_not_distinct: false,
            deferrable: Deferrable::No,
            message: None,
        }
    }

    /// Whether only a unique index can say it: a constraint is over columns of all rows.
    pub fn is_index(&self) -> bool {
        self.condition.is_some() || self.parts.iter().any(|part| part.descending || !part.is_plain())
    }

    /// The fields that it names anywhere.
    pub fn fields(&self) -> Vec<&str> {
        fields(&self.parts, self.condition.as_ref(), &self.include)
    }

    /// Gives the fields that it names other names.
    pub fn rename_fields(&mut self, rename: &mut impl FnMut(&mut String)) {
        rename_fields(
            &mut self.parts,
            self.condition.as_mut(),
            &mut self.include,
            rename,
        );
    }

    /// What it is computed from, and its condition.
    pub(super) fn expressions(&self) -> impl Iterator<Item = &RowExpr> {
        expressions(&self.parts, self.condition.as_ref())
    }

    pub(super) fn expressions_mut(&mut self) -> impl Iterator<Item = &mut RowExpr> {
        expressions_mut(&mut self.parts, self.condition.as_mut())
    }
}
