//! The constraints of a model, of every kind.

use serde::{Deserialize, Serialize};

use crate::expr::RowExpr;

use super::composite_foreign_key::CompositeForeignKeyDef;
#[cfg(feature = "migrations")]
use super::def::ModelKey;
use super::exclusion::ExclusionDef;
use super::index::UniqueDef;

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
    /// No two rows are related by the operators of all of these.
    Exclusion(ExclusionDef),
    /// A row of another model holds the same in all of these.
    ForeignKey(CompositeForeignKeyDef),
    /// The condition is not false.
    Check {
        /// Name in the database.
        name: String,
        /// The condition, neutral of dialect.
        condition: RowExpr,
        /// What a user is told when it does not hold; not part of the database.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// Whether rows that were there before are not checked, where the database can leave that out.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        not_valid: bool,
    },
}

impl From<UniqueDef> for ConstraintDef {
    fn from(unique: UniqueDef) -> Self {
        ConstraintDef::Unique(unique)
    }
}

impl From<CompositeForeignKeyDef> for ConstraintDef {
    fn from(key: CompositeForeignKeyDef) -> Self {
        ConstraintDef::ForeignKey(key)
    }
}

impl From<ExclusionDef> for ConstraintDef {
    fn from(exclusion: ExclusionDef) -> Self {
        ConstraintDef::Exclusion(exclusion)
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
            ConstraintDef::Unique(UniqueDef { message, .. })
            | ConstraintDef::Exclusion(ExclusionDef { message, .. })
            | ConstraintDef::Check { message, .. } => message.as_deref(),
            ConstraintDef::ForeignKey(_) => None,
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
            ConstraintDef::Unique(UniqueDef { name, .. })
            | ConstraintDef::Exclusion(ExclusionDef { name, .. })
            | ConstraintDef::ForeignKey(CompositeForeignKeyDef { name, .. })
            | ConstraintDef::Check { name, .. } => name,
        }
    }

    /// The fields that it names anywhere.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            ConstraintDef::Unique(unique) => unique.fields(),
            ConstraintDef::Exclusion(exclusion) => exclusion.fields(),
            ConstraintDef::ForeignKey(key) => key.fields.iter().map(String::as_str).collect(),
            ConstraintDef::Check { condition, .. } => condition.fields(),
        }
    }

    /// Gives the fields that it names other names.
    pub fn rename_fields(&mut self, rename: &mut impl FnMut(&mut String)) {
        match self {
            ConstraintDef::Unique(unique) => unique.rename_fields(rename),
            ConstraintDef::Exclusion(exclusion) => exclusion.rename_fields(rename),
            ConstraintDef::ForeignKey(key) => key.fields.iter_mut().for_each(rename),
            ConstraintDef::Check { condition, .. } => condition.rename_fields(rename),
        }
    }

    /// The foreign key over several columns, if it is one.
    pub(crate) fn foreign_key(&self) -> Option<&CompositeForeignKeyDef> {
        match self {
            ConstraintDef::ForeignKey(key) => Some(key),
            _ => None,
        }
    }

    /// The same, to be changed.
    #[cfg(feature = "migrations")]
    pub(crate) fn foreign_key_mut(&mut self) -> Option<&mut CompositeForeignKeyDef> {
        match self {
            ConstraintDef::ForeignKey(key) => Some(key),
            _ => None,
        }
    }

    /// Has a foreign key point at a model under its new name.
    #[cfg(feature = "migrations")]
    pub(crate) fn retarget(&mut self, old: &ModelKey, new: &ModelKey) {
        if let Some(key) = self.foreign_key_mut().filter(|key| key.to == *old) {
            key.to.clone_from(new);
        }
    }

    /// What it compares, and its condition.
    pub fn expressions(&self) -> Vec<&RowExpr> {
        match self {
            ConstraintDef::Unique(unique) => unique.expressions().collect(),
            ConstraintDef::Exclusion(exclusion) => exclusion.expressions().collect(),
            ConstraintDef::ForeignKey(_) => Vec::new(),
            ConstraintDef::Check { condition, .. } => vec![condition],
        }
    }

    /// The same, to be changed.
    pub fn expressions_mut(&mut self) -> Vec<&mut RowExpr> {
        match self {
            ConstraintDef::Unique(unique) => unique.expressions_mut().collect(),
            ConstraintDef::Exclusion(exclusion) => exclusion.expressions_mut().collect(),
            ConstraintDef::ForeignKey(_) => Vec::new(),
            ConstraintDef::Check { condition, .. } => vec![condition],
        }
    }
}
