//! The tables that many-to-many fields go through: automatic join tables, and models.

use crate::value::FieldType;

use super::composite_foreign_key::CompositeForeignKeyDef;
use super::constraint::ConstraintDef;
use super::def::{FieldDef, ModelDef, ModelKey, ReferentialAction};
use super::index::{IndexDef, IndexMethod, IndexPart, UniqueDef};
use super::names::constraint_name;
use super::qualified_name::QualifiedName;
use super::snake_case::snake_case;
use super::through_keys::ThroughKey;

/// One side of an automatic join table: a foreign key to the whole primary key of a model.
struct JoinSide<'m> {
    /// The name of the foreign key.
    name: String,
    to: ModelKey,
    /// The fields of the primary key, if they are several.
    key: Vec<&'m FieldDef>,
}

impl<'m> JoinSide<'m> {
    /// `to` as the models know it; one that they do not know has a key of one field, for all that this tells.
    fn new(to: ModelKey, model: Option<&'m ModelDef>) -> Self {
        let key: Vec<&FieldDef> = model.into_iter().flat_map(ModelDef::key_fields).collect();
        JoinSide {
            name: snake_case(&to.model),
            to,
            key: if key.len() > 1 { key } else { Vec::new() },
        }
    }

    /// The two sides of a many-to-many field, the names of which differ in all that they name.
    fn both(
        owner: &'m ModelDef,
        field: &FieldDef,
        find: impl Fn(&ModelKey) -> Option<&'m ModelDef>,
    ) -> Option<[Self; 2]> {
        let to = field.to.as_ref()?;
        let own = owner.key();
        let target = if *to == own { Some(owner) } else { find(to) };
        let [mut source, mut target] = [JoinSide::new(own, Some(owner)), JoinSide::new(to.clone(), target)];
        if source.is_called_as(&target) {
            source.name.insert_str(0, "from_");
            target.name.insert_str(0, "to_");
        }
        Some([source, target])
    }

    /// Whether both would call a field or a column alike, or their foreign keys.
    fn is_called_as(&self, other: &Self) -> bool {
        let names = |side: &Self| -> Vec<String> {
            let fields = side.fields().into_iter().map(|field| field.name);
            fields.chain([side.name.clone()]).collect()
        };
        let columns = |side: &Self| -> Vec<String> {
            let fields = side.fields();
            fields
                .iter()
                .map(|field| field.column_name().to_lowercase())
                .collect()
        };
        let share = |own: Vec<String>, others: Vec<String>| own.iter().any(|name| others.contains(name));
        // What the foreign key is called after.
        let key = |side: &Self| match side.fields().as_slice() {
            [field] => field.column_name(),
            _ => side.name.clone(),
        };
        share(names(self), names(other)) || share(columns(self), columns(other)) || key(self) == key(other)
    }

    /// Its fields. Each of several holds what one of the primary key holds, and is a foreign key with the others alone.
    fn fields(&self) -> Vec<FieldDef> {
        let key = |name: String| {
            let mut key = FieldDef::new(name, FieldType::ForeignKey);
            key.to = Some(self.to.clone());
            key.related_name = Some("+".to_owned());
            key
        };
        if self.key.is_empty() {
            let mut key = key(self.name.clone());
            key.on_delete = Some(ReferentialAction::Cascade);
            return vec![key];
        }
        let parts = self.key.iter().map(|part| {
            let mut key = key(format!("{}_{}", self.name, part.name));
            key.column = Some(format!("{}_{}", self.name, part.column_name()));
            key.to_field = Some(part.name.clone());
            key.db_constraint = false;
            key
        });
        parts.collect()
    }

    /// The foreign key over its fields, if they are several.
    fn foreign_key(&self, table: &str, fields: &[FieldDef]) -> Option<CompositeForeignKeyDef> {
        let fields = fields.iter().map(|field| field.name.as_str());
        let pairs = fields.zip(self.key.iter().map(|part| part.name.as_str()));
        (!self.key.is_empty()).then(|| CompositeForeignKeyDef {
            on_delete: Some(ReferentialAction::Cascade),
            related_name: Some("+".to_owned()),
            ..CompositeForeignKeyDef::over(
                constraint_name(table, &[&self.name], "fk"),
                &self.name,
                self.to.clone(),
                pairs,
            )
        })
    }
}

impl ModelDef {
    /// The model of a many-to-many field's automatic join table: an id and a foreign key to the primary key of each side, unique
    /// together. `find` looks up the model that the field leads to: where its primary key is several fields, so is the foreign key,
    /// `stall_hall` and `stall_number`.
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
    /// let registry = registry()?;
    /// let find = |key: &ModelKey| registry.model(key).map(|model| &model.def);
    /// let post = find(&ModelKey::new("blog", "Post")).expect("it is linked");
    /// let tags = post.field("tags").expect("a field");
    /// let join = post.join_model(tags, find).expect("it is a many-to-many field");
    /// assert_eq!(join.table_name(), "blog_post_tags");
    /// assert!(post.field("title").is_some_and(|title| post.join_model(title, find).is_none()));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn join_model<'m>(
        &'m self,
        field: &FieldDef,
        find: impl Fn(&ModelKey) -> Option<&'m ModelDef>,
    ) -> Option<ModelDef> {
        let table = self.join_table_name(field)?;
        let mut join = ModelDef::new(&self.app, format!("{}_{}", self.name, field.name));
        let [source, target] = JoinSide::both(self, field, find)?;
        let (source_fields, mut target_fields) = (source.fields(), target.fields());
        let name = |fields: &[&FieldDef], kind| {
            let columns: Vec<String> = fields.iter().map(|field| field.column_name()).collect();
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            constraint_name(&table.name, &columns, kind)
        };
        // The unique index starts with the source, so only the target needs an index of its own.
        match &mut *target_fields {
            [key] => key.index = true,
            keys => {
                let keys: Vec<&FieldDef> = keys.iter().collect();
                let parts = keys.iter().map(|key| &*key.name);
                join.indexes = vec![IndexDef::over(name(&keys, "idx"), parts)];
            }
        }
        let both: Vec<&FieldDef> = source_fields.iter().chain(&target_fields).collect();
        let unique = UniqueDef::over(name(&both, "uniq"), both.iter().map(|field| &*field.name));
        let keys = [(&source, &source_fields), (&target, &target_fields)];
        let keys = keys
            .into_iter()
            .filter_map(|(side, fields)| side.foreign_key(&table.name, fields));
        join.constraints = std::iter::once(unique.into())
            .chain(keys.map(Into::into))
            .collect();
        let mut id = FieldDef::new("id", FieldType::BigInt);
        id.primary_key = true;
        id.generated = true;
        join.fields = vec![id];
        join.fields.extend(source_fields);
        join.fields.extend(target_fields);
        (join.schema, join.table) = (table.schema, Some(table.name));
        Some(join)
    }

    /// The name of a many-to-many field's automatic join table; none where the rows go `through` a model.
    pub(crate) fn join_table_name(&self, field: &FieldDef) -> Option<QualifiedName> {
        if field.ty != FieldType::ManyToMany || field.to.is_none() || field.through.is_some() {
            return None;
        }
        let name = match &field.table {
            Some(table) => table.clone(),
            None => format!("{}_{}", self.table_name().name, field.name),
        };
        Some(QualifiedName::new(self.schema.clone(), name))
    }

    /// The names of its automatic join tables.
    pub(crate) fn join_table_names(&self) -> impl Iterator<Item = QualifiedName> {
        self.fields.iter().filter_map(|field| self.join_table_name(field))
    }

    /// The names of a join table's two foreign keys: the models in snake case, or `from_…` and `to_…` if both are one
    /// model, or would call two columns alike. `find` looks up the model that the field leads to.
    ///
    /// # Example: of tags
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::models::{ModelKey, registry};
    ///
    /// let registry = registry()?;
    /// let find = |key: &ModelKey| registry.model(key).map(|model| &model.def);
    /// let post = find(&ModelKey::new("blog", "Post")).expect("it is linked");
    /// let tags = post.field("tags").expect("a field");
    /// assert_eq!(post.join_fields(tags, find), Some(("post".to_owned(), "tag".to_owned())));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn join_fields<'m>(
        &'m self,
        field: &FieldDef,
        find: impl Fn(&ModelKey) -> Option<&'m ModelDef>,
    ) -> Option<(String, String)> {
        let [source, target] = JoinSide::both(self, field, find)?;
        Some((source.name, target.name))
    }

    /// The foreign keys of a many-to-many field's automatic join table, in whose model `join` they are: to this model, and to the target.
    pub(crate) fn join_keys<'j>(
        &self,
        field: &FieldDef,
        target: &ModelDef,
        join: &'j ModelDef,
    ) -> Option<[ThroughKey<'j>; 2]> {
        let (near, far) = self.join_fields(field, |key| (*key == target.key()).then_some(target))?;
        Some([ThroughKey::named(join, &near)?, ThroughKey::named(join, &far)?])
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
