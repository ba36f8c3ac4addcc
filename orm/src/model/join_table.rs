//! The tables that many-to-many fields go through: automatic join tables, and models.

use crate::value::FieldType;

use super::constraint::ConstraintDef;
use super::def::{FieldDef, ModelDef, ModelKey, ReferentialAction};
use super::index::{IndexDef, IndexMethod, IndexPart, UniqueDef};
use super::names::constraint_name;
use super::snake_case::snake_case;

impl ModelDef {
    /// The model of a many-to-many field's automatic join table: an id and a foreign key to each side, unique
    /// together.
    ///
    /// It is not part of the models; whoever creates tables asks for it. There is none where the rows go `through` a model.
    ///
    /// # Example: the join table of tags
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::models::{ModelKey, registry};
    ///
    /// let post = registry()?.model(&ModelKey::new("blog", "Post")).expect("it is linked");
    /// let tags = post.def.field("tags").expect("a field");
    /// let join = post.def.join_model(tags).expect("it is a many-to-many field");
    /// assert_eq!(join.table_name(), "blog_post_tags");
    /// assert!(post.def.field("title").is_some_and(|title| post.def.join_model(title).is_none()));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn join_model(&self, field: &FieldDef) -> Option<ModelDef> {
        let to = field.to.as_ref().filter(|_| field.ty == FieldType::ManyToMany)?;
        if field.through.is_some() {
            return None;
        }
        let mut join = ModelDef::new(&self.app, format!("{}_{}", self.name, field.name));
        join.schema.clone_from(&self.schema);
        join.table = Some(match &field.table {
            Some(table) => table.clone(),
            None => format!("{}_{}", self.table_name().name, field.name),
        });
        let mut id = FieldDef::new("id", FieldType::BigInt);
        id.primary_key = true;
        id.generated = true;
        let (source, target) = self.join_fields(field)?;
        let key = |name: &str, to: ModelKey| {
            let mut key = FieldDef::new(name, FieldType::ForeignKey);
            key.to = Some(to);
            key.on_delete = Some(ReferentialAction::Cascade);
            key.related_name = Some("+".to_owned());
            key
        };
        let mut source_key = key(&source, self.key());
        // The unique index starts with the source, so only the target needs an index of its own.
        source_key.index = false;
        let mut target_key = key(&target, to.clone());
        target_key.index = true;
        join.fields = vec![id, source_key, target_key];
        let name = constraint_name(
            join.table.as_deref().unwrap_or_default(),
            &[&format!("{source}_id"), &format!("{target}_id")],
            "uniq",
        );
        join.constraints = vec![UniqueDef::over(name, [source, target]).into()];
        Some(join)
    }

    /// The names of a join table's two foreign keys: the models in snake case, or `from_…` and `to_…` if both are one
    /// model.
    ///
    /// # Example: of tags
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::models::{ModelKey, registry};
    ///
    /// let post = registry()?.model(&ModelKey::new("blog", "Post")).expect("it is linked");
    /// let tags = post.def.field("tags").expect("a field");
    /// assert_eq!(post.def.join_fields(tags), Some(("post".to_owned(), "tag".to_owned())));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn join_fields(&self, field: &FieldDef) -> Option<(String, String)> {
        let to = field.to.as_ref()?;
        let source = snake_case(&self.name);
        let target = snake_case(&to.model);
        if source == target {
            Some((format!("from_{source}"), format!("to_{target}")))
        } else {
            Some((source, target))
        }
    }

    /// Whether no two rows have the same values in these fields.
    pub(crate) fn keeps_apart(&self, fields: &[&str]) -> bool {
        let within = |name: &str| fields.contains(&name);
        let key: Vec<&FieldDef> = self.key_fields().collect();
        let by_key = !key.is_empty() && key.iter().all(|field| within(&field.name));
        let alone = self
            .fields
            .iter()
            .any(|field| within(&field.name) && (field.unique || field.ty == FieldType::OneToOne));
        let together = self.constraints.iter().any(|constraint| match constraint {
            ConstraintDef::Unique(unique) => {
                let mut parts = unique.parts.iter().map(IndexPart::field_name);
                unique.condition.is_none() && parts.all(|name| name.is_some_and(within))
            }
            _ => false,
        });
        by_key || alone || together
    }

    /// Whether an index serves lookups of rows by a field.
    pub(crate) fn finds_by(&self, name: &str) -> bool {
        let first = |parts: &[IndexPart]| parts.first().and_then(IndexPart::field_name) == Some(name);
        let alone = self.field(name).is_some_and(|field| {
            field.index || field.unique || field.primary_key || field.ty == FieldType::OneToOne
        });
        let index = |index: &IndexDef| {
            index.condition.is_none() && index.method == IndexMethod::Btree && first(&index.parts)
        };
        let together = self.indexes.iter().any(index)
            || self.constraints.iter().any(|constraint| match constraint {
                ConstraintDef::Unique(unique) => unique.condition.is_none() && first(&unique.parts),
                _ => false,
            });
        self.makes_table() && (alone || together)
    }

    /// Whether an index serves lookups of rows by all of several fields.
    pub(crate) fn finds_by_all(&self, names: &[&str]) -> bool {
        let begins = |fields: &[Option<&str>]| {
            let begin = fields.get(..names.len());
            begin.is_some_and(|begin| names.iter().all(|name| begin.contains(&Some(name))))
        };
        let of_parts =
            |parts: &[IndexPart]| begins(&parts.iter().map(IndexPart::field_name).collect::<Vec<_>>());
        let key = self.key_fields().map(|field| Some(field.name.as_str()));
        let key: Vec<Option<&str>> = key.collect();
        let index = |index: &IndexDef| {
            index.condition.is_none() && index.method == IndexMethod::Btree && of_parts(&index.parts)
        };
        let together = self.indexes.iter().any(index)
            || self.constraints.iter().any(|constraint| match constraint {
                ConstraintDef::Unique(unique) => unique.condition.is_none() && of_parts(&unique.parts),
                _ => false,
            });
        self.makes_table() && (begins(&key) || together)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, to: &str) -> FieldDef {
        let mut key = FieldDef::new(name, FieldType::ForeignKey);
        key.to = Some(ModelKey::new("club", to));
        key
    }

    #[test]
    fn pairs_are_kept_apart_by_what_is_unique_over_them() {
        let mut middle = ModelDef::new("club", "Membership");
        middle.fields = vec![
            key("person", "Person"),
            key("group", "Group"),
            FieldDef::new("since", FieldType::Int),
        ];
        let both = ["person", "group"];
        assert!(!middle.keeps_apart(&both));
        let with = |fields: &[&str]| {
            let mut middle = middle.clone();
            middle.constraints = vec![UniqueDef::over("one", fields.iter().copied()).into()];
            middle
        };
        assert!(with(&["group", "person"]).keeps_apart(&both));
        assert!(with(&["group"]).keeps_apart(&both));
        assert!(!with(&["group", "person", "since"]).keeps_apart(&both));
        assert!(
            with(&["person", "group"]).finds_by("person") && !with(&["person", "group"]).finds_by("group")
        );
        middle.fields[0].primary_key = true;
        assert!(middle.keeps_apart(&both));
        middle.fields[2].primary_key = true;
        assert!(!middle.keeps_apart(&both));
    }
}
