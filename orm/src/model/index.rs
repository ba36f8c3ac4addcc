//! What a model says about several of its rows or fields at once: indexes and constraints.

use serde::{Deserialize, Serialize};

use crate::expr::RowExpr;

/// What one place of an index or a unique constraint holds.
#[derive(Debug, Clone, PartialEq)]
pub enum IndexKey {
    /// What a field holds.
    Field(String),
    /// What is computed from fields of the row.
    Expression(RowExpr),
}

/// One place of an index or a unique constraint.
///
/// A file has a string for one that says no more than a field and its direction (`"author"`, `"-created_at"`), and a
/// table for any other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "PartForm", try_from = "PartForm")]
pub struct IndexPart {
    /// What stands there.
    pub key: IndexKey,
    /// Whether the greatest comes first.
    pub descending: bool,
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
}

impl From<IndexPart> for PartForm {
    fn from(part: IndexPart) -> PartForm {
        match part.key {
            IndexKey::Field(name) if part.descending => PartForm::Plain(format!("-{name}")),
            IndexKey::Field(name) => PartForm::Plain(name),
            IndexKey::Expression(expression) => PartForm::Full(PartTable {
                field: None,
                expression: Some(expression),
                descending: part.descending,
            }),
        }
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
        })
    }
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
}

impl IndexDef {
    /// An index with nothing else said; a part can be a field's name, with `-` in front for descending.
    pub fn over(name: impl Into<String>, parts: impl IntoIterator<Item = impl Into<IndexPart>>) -> Self {
        IndexDef {
            name: name.into(),
            parts: parts.into_iter().map(Into::into).collect(),
        }
    }

    /// The fields that it names anywhere.
    pub fn fields(&self) -> Vec<&str> {
        self.parts.iter().flat_map(IndexPart::fields).collect()
    }

    /// Gives the fields that it names other names.
    pub fn rename_fields(&mut self, rename: &mut impl FnMut(&mut String)) {
        self.parts.iter_mut().for_each(|part| part.rename_fields(rename));
    }

    /// Whether both do the same, whatever their names.
    pub fn is_alike(&self, other: &IndexDef) -> bool {
        let mut other = other.clone();
        other.name.clone_from(&self.name);
        *self == other
    }
}

/// No two rows are equal in all of the parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UniqueDef {
    /// Name in the database.
    pub name: String,
    /// What it is over, in order; files call them `fields`.
    #[serde(rename = "fields")]
    pub parts: Vec<IndexPart>,
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
            message: None,
        }
    }

    /// The fields that it names anywhere.
    pub fn fields(&self) -> Vec<&str> {
        self.parts.iter().flat_map(IndexPart::fields).collect()
    }

    /// Gives the fields that it names other names.
    pub fn rename_fields(&mut self, rename: &mut impl FnMut(&mut String)) {
        self.parts.iter_mut().for_each(|part| part.rename_fields(rename));
    }
}

/// A rule the database holds every row to.
///
/// # Example: what posts are held to
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::{ConstraintDef, ModelKey, registry};
///
/// let post = registry()?.model(&ModelKey::new("blog", "Post")).expect("it is linked");
/// assert!(matches!(&post.def.constraints[0], ConstraintDef::Unique(unique) if unique.fields() == ["author", "title"]));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ConstraintDef {
    /// No two rows are equal in all of these.
    Unique(UniqueDef),
    /// The condition is not false.
    Check {
        /// Name in the database.
        name: String,
        /// The condition, neutral of dialect.
        condition: RowExpr,
        /// What a user is told when it does not hold; not part of the database.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
}

impl From<UniqueDef> for ConstraintDef {
    fn from(unique: UniqueDef) -> Self {
        ConstraintDef::Unique(unique)
    }
}

impl ConstraintDef {
    /// What a user is told when it does not hold.
    ///
    /// # Example: none is said
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::models::{ModelKey, registry};
    ///
    /// let post = registry()?.model(&ModelKey::new("blog", "Post")).expect("it is linked");
    /// assert_eq!(post.def.constraints[0].message(), None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn message(&self) -> Option<&str> {
        match self {
            ConstraintDef::Unique(UniqueDef { message, .. }) | ConstraintDef::Check { message, .. } => {
                message.as_deref()
            }
        }
    }

    /// Name in the database.
    ///
    /// # Example: its name in the database
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::models::{ModelKey, registry};
    ///
    /// let post = registry()?.model(&ModelKey::new("blog", "Post")).expect("it is linked");
    /// assert_eq!(post.def.constraints[0].name(), "blog_post_author_id_title_uniq");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn name(&self) -> &str {
        match self {
            ConstraintDef::Unique(UniqueDef { name, .. }) | ConstraintDef::Check { name, .. } => name,
        }
    }

    /// The fields that it names anywhere.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            ConstraintDef::Unique(unique) => unique.fields(),
            ConstraintDef::Check { condition, .. } => condition.fields(),
        }
    }

    /// Gives the fields that it names other names.
    pub fn rename_fields(&mut self, rename: &mut impl FnMut(&mut String)) {
        match self {
            ConstraintDef::Unique(unique) => unique.rename_fields(rename),
            ConstraintDef::Check { condition, .. } => condition.rename_fields(rename),
        }
    }
}
