//! Foreign keys over several columns: a relation that stands on ordinary fields of the model.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::value::FieldType;

use super::constraint::ConstraintDef;
use super::def::{
    Deferrable, FieldDef, ModelDef, ModelKey, ReferentialAction, is_false, is_true, when_checked, yes,
};
use super::stored::stored;

/// A relation to the row of another model that holds the same values in several fields.
///
/// A row that holds NULL in one of the fields is related to none (`MATCH SIMPLE`, on both databases).
///
/// # Example: a place is in a region
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::models::{CompositeForeignKeyDef, ModelKey};
///
/// let region = CompositeForeignKeyDef::over(
///     "geo_place_region_fk",
///     "region",
///     ModelKey::new("geo", "Region"),
///     [("country", "country"), ("region_code", "code")],
/// );
/// assert_eq!(region.fields, ["country", "region_code"]);
/// assert_eq!(region.to_fields, ["country", "code"]);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompositeForeignKeyDef {
    /// Name in the database.
    pub name: String,
    /// The name of the relation in the struct.
    pub relation: String,
    /// The fields that hold the key, in order.
    pub fields: Vec<String>,
    /// The model that it points at.
    pub to: ModelKey,
    /// The fields of that model that hold the same values: its composite primary key, or those of a unique constraint.
    pub to_fields: Vec<String>,
    /// What happens when the referenced row is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_delete: Option<ReferentialAction>,
    /// What happens when the referenced row gets another key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_update: Option<ReferentialAction>,
    /// When it is checked; at the end of the transaction if left out, but with every statement where `on_delete` or
    /// `on_update` is RESTRICT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferrable: Option<Deferrable>,
    /// Whether the relation is a foreign key in the database.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub db_constraint: bool,
    /// Whether rows that were there before the foreign key are not checked, where the database can leave that out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub not_valid: bool,
    /// The name of the reverse relation, `+` if it has none; `{model}_set` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub related_name: Option<String>,
}

impl CompositeForeignKeyDef {
    /// A foreign key with nothing else said, over pairs of a field and the one of the other model that holds the same.
    pub fn over<'a>(
        name: impl Into<String>,
        relation: impl Into<String>,
        to: ModelKey,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let pairs = pairs
            .into_iter()
            .map(|(own, other)| (own.to_owned(), other.to_owned()));
        let (fields, to_fields) = pairs.unzip();
        CompositeForeignKeyDef {
            name: name.into(),
            relation: relation.into(),
            fields,
            to,
            to_fields,
            on_delete: None,
            on_update: None,
            deferrable: None,
            db_constraint: true,
            not_valid: false,
            related_name: None,
        }
    }

    /// When it is checked.
    pub fn deferrable(&self) -> Deferrable {
        when_checked(self.deferrable, self.on_delete, self.on_update)
    }

    /// Each field with the one that it points at.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.fields.iter().map(String::as_str);
        fields.zip(self.to_fields.iter().map(String::as_str))
    }

    /// The model that it points at, if it can: both sides have the fields, which store the same types, and no two rows of the
    /// other model hold the same. `owner` is not looked up.
    ///
    /// # Errors
    /// If it cannot, with both sides.
    pub(crate) fn target<'m>(
        &self,
        owner: &'m ModelDef,
        find: impl Fn(&ModelKey) -> Option<&'m ModelDef>,
    ) -> Result<&'m ModelDef> {
        let of = format!("{}.{}", owner.key(), self.relation);
        let find = |key: &ModelKey| match *key == owner.key() {
            true => Some(owner),
            false => find(key),
        };
        self.check_lists(&of)?;
        let to = &self.to;
        let target =
            find(to).ok_or_else(|| Error::config(format!("{of} points at {to}, which does not exist")))?;
        let own = fields(owner, &self.fields, &of)?;
        let others = fields(target, &self.to_fields, &of)?;
        if let Some(field) = own.iter().find(|field| field.generated_as.is_some()) {
            return Err(Error::config(format!(
                "{of} is over `{}`, which is computed: a foreign key holds what a program gives it",
                field.name
            )));
        }
        if !target.is_unique_together(&self.to_fields) {
            let names = self.to_fields.iter().map(|name| format!("\"{name}\""));
            return Err(Error::config(format!(
                "{of} points at ({}) of {to}, which are not unique together",
                self.to_fields.join(", ")
            ))
            .with_hint(format!(
                "point at the primary key or all fields of a unique constraint of {to} that does not wait, or give it \
                 #[orm(unique({}))]",
                names.collect::<Vec<_>>().join(", ")
            )));
        }
        for (field, pointed_at) in own.iter().zip(&others) {
            let holds = stored(owner, field, find)?;
            let held = stored(target, pointed_at, find)?;
            if !holds_alike(holds, held) {
                return Err(Error::config(format!(
                    "{of} has `{}` ({:?}) point at {to}.{} ({:?}), which holds another type",
                    field.name, holds.1.ty, pointed_at.name, held.1.ty
                ))
                .with_hint("give both fields the same type"));
            }
        }
        self.check_actions(&own, &of)?;
        Ok(target)
    }

    fn check_lists(&self, of: &str) -> Result<()> {
        if self.fields.len() < 2 {
            return Err(
                Error::config(format!("{of} is over {} fields", self.fields.len()))
                    .with_hint("a foreign key of one column is a field: `region: ForeignKey<Region>`"),
            );
        }
        if self.fields.len() != self.to_fields.len() {
            return Err(Error::config(format!(
                "{of} is over {} fields ({}) and points at {} of {} ({})",
                self.fields.len(),
                self.fields.join(", "),
                self.to_fields.len(),
                self.to,
                self.to_fields.join(", ")
            ))
            .with_hint("name as many fields on each side, in the same order"));
        }
        for names in [&self.fields, &self.to_fields] {
            let twice = (1..names.len()).find(|&at| names[..at].contains(&names[at]));
            if let Some(at) = twice {
                return Err(Error::config(format!("{of} names `{}` twice", names[at])));
            }
        }
        Ok(())
    }

    fn check_actions(&self, own: &[&FieldDef], of: &str) -> Result<()> {
        let says_what = self.on_delete.is_some() || self.on_update.is_some() || self.deferrable.is_some();
        if !self.db_constraint && (says_what || self.not_valid) {
            return Err(Error::config(format!(
                "{of} is not a foreign key in the database (db_constraint = false) and says what one does"
            ))
            .with_hint("take on_delete, on_update, deferrable and not_valid out"));
        }
        for (option, action) in [("on_delete", self.on_delete), ("on_update", self.on_update)] {
            let required = own.iter().find(|field| !field.null);
            if let (Some(ReferentialAction::SetNull), Some(field)) = (action, required) {
                return Err(Error::config(format!(
                    "{of} has {option} = SetNull, and `{}` takes no NULL",
                    field.name
                ))
                .with_hint(format!(
                    "all fields become NULL: make each an Option, or choose another {option}"
                )));
            }
            let without = own
                .iter()
                .find(|field| field.default.is_none() && field.db_default.is_none());
            if let (Some(ReferentialAction::SetDefault), Some(field)) = (action, without) {
                return Err(Error::config(format!(
                    "{of} has {option} = SetDefault, and `{}` has no default that the database knows",
                    field.name
                ))
                .with_hint(format!(
                    "all fields become their defaults: give each one, or choose another {option}"
                )));
            }
        }
        Ok(())
    }
}

/// The columns of these names.
fn fields<'m>(model: &'m ModelDef, names: &[String], of: &str) -> Result<Vec<&'m FieldDef>> {
    let column = |name: &String| {
        let field = model.field(name).filter(|field| field.ty.is_column());
        field.ok_or_else(|| {
            Error::config(format!(
                "{of} names `{name}`, which is not a column of {}",
                model.key()
            ))
        })
    };
    names.iter().map(column).collect()
}

/// Whether two fields, at the ends of their chains of foreign keys, hold values that a database compares.
fn holds_alike(one: (&ModelDef, &FieldDef), other: (&ModelDef, &FieldDef)) -> bool {
    let ((owner, field), (other_owner, other)) = (one, other);
    let same_enum = match (&field.enum_type, &other.enum_type) {
        (Some(name), Some(other_name)) => owner.app == other_owner.app && name == other_name,
        (None, None) => true,
        _ => false,
    };
    // Plain choices are strings, or numbers.
    let plain = |field: &FieldDef| match field.ty {
        FieldType::Choices if field.enum_type.is_none() => FieldType::Text,
        ty => ty,
    };
    plain(field) == plain(other) && same_enum
}

impl ModelDef {
    /// Whether foreign keys can point at these fields together: they are the composite primary key, or those of a unique
    /// constraint of all rows that every statement checks.
    pub(crate) fn is_unique_together(&self, names: &[String]) -> bool {
        self.unique_together(names).is_some()
    }

    /// What has these fields unique together.
    pub(crate) fn unique_together(&self, names: &[String]) -> Option<UniqueTogether<'_>> {
        let same = |fields: &[&str]| {
            fields.len() == names.len() && names.iter().all(|name| fields.contains(&name.as_str()))
        };
        let key: Vec<&str> = self.key_fields().map(|field| field.name.as_str()).collect();
        if same(&key) {
            return Some(UniqueTogether::PrimaryKey);
        }
        self.constraints.iter().find_map(|constraint| match constraint {
            ConstraintDef::Unique(unique) if !unique.is_index() && unique.deferrable == Deferrable::No => {
                let parts = unique.parts.iter().filter_map(|part| part.field_name());
                same(&parts.collect::<Vec<_>>()).then_some(UniqueTogether::Constraint(&unique.name))
            }
            _ => None,
        })
    }

    /// Its foreign keys over several columns.
    pub(crate) fn composite_foreign_keys(&self) -> impl Iterator<Item = &CompositeForeignKeyDef> {
        self.constraints.iter().filter_map(ConstraintDef::foreign_key)
    }
}

/// What a composite foreign key stands on in the model that it points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UniqueTogether<'m> {
    /// The primary key.
    PrimaryKey,
    /// The unique constraint of that name.
    Constraint(&'m str),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UniqueDef;

    fn models() -> (ModelDef, ModelDef) {
        let mut region = ModelDef::new("geo", "Region");
        for (name, ty) in [("country", FieldType::Text), ("code", FieldType::Int)] {
            let mut field = FieldDef::new(name, ty);
            field.primary_key = true;
            region.fields.push(field);
        }
        region.fields.push(FieldDef::new("number", FieldType::Int));
        region.fields.push(FieldDef::new("letter", FieldType::Text));
        region
            .constraints
            .push(UniqueDef::over("by_number", ["letter", "number"]).into());
        let mut place = ModelDef::new("geo", "Place");
        place.fields.push(FieldDef::new("land", FieldType::Text));
        place.fields.push(FieldDef::new("part", FieldType::Int));
        (region, place)
    }

    fn found(pairs: &[(&str, &str)], change: impl FnOnce(&mut CompositeForeignKeyDef)) -> Result<()> {
        let (region, place) = models();
        let pairs = pairs.iter().copied();
        let mut key = CompositeForeignKeyDef::over("fk", "region", region.key(), pairs);
        change(&mut key);
        let find = |key: &ModelKey| (*key == region.key()).then_some(&region);
        key.target(&place, find).map(drop)
    }

    #[test]
    fn it_points_at_a_primary_key_or_at_a_unique_constraint_in_any_order() {
        found(&[("land", "country"), ("part", "code")], |_| {}).unwrap();
        found(&[("part", "code"), ("land", "country")], |_| {}).unwrap();
        found(&[("part", "number"), ("land", "letter")], |_| {}).unwrap();
    }

    #[test]
    fn what_it_cannot_point_at_is_named_with_both_sides() {
        let of = "geo.Place.region";
        for (pairs, expected) in [
            (&[("land", "country")][..], "is over 1 fields"),
            (
                &[("land", "country"), ("part", "number")],
                "which are not unique together",
            ),
            (
                &[("land", "code"), ("part", "country")],
                "which holds another type",
            ),
            (
                &[("land", "country"), ("part", "size")],
                "names `size`, which is not a column of geo.Region",
            ),
            (
                &[("land", "country"), ("size", "code")],
                "names `size`, which is not a column of geo.Place",
            ),
            (&[("land", "country"), ("land", "code")], "names `land` twice"),
        ] {
            let error = found(pairs, |_| {}).unwrap_err().to_string();
            assert!(error.contains(of) && error.contains(expected), "{error}");
        }
        let pairs = [("land", "country"), ("part", "code")];
        let error = found(&pairs, |key| key.on_delete = Some(ReferentialAction::SetNull)).unwrap_err();
        assert!(error.to_string().contains("`land` takes no NULL"), "{error}");
        let error = found(&pairs, |key| key.on_update = Some(ReferentialAction::SetDefault)).unwrap_err();
        assert!(error.to_string().contains("`land` has no default"), "{error}");
        let error = found(&pairs, |key| key.to_fields.truncate(1)).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("is over 2 fields (land, part) and points at 1"),
            "{error}"
        );
        let error = found(&pairs, |key| key.to.model = "Gone".to_owned()).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("points at geo.Gone, which does not exist"),
            "{error}"
        );
    }

    #[test]
    fn a_constraint_that_waits_or_is_about_some_rows_is_nothing_to_point_at() {
        let (mut region, _) = models();
        let names = ["number".to_owned(), "letter".to_owned()];
        assert_eq!(
            region.unique_together(&names),
            Some(UniqueTogether::Constraint("by_number"))
        );
        let mut waits = UniqueDef::over("by_number", ["letter", "number"]);
        waits.deferrable = Deferrable::Deferred;
        region.constraints = vec![waits.into()];
        assert!(!region.is_unique_together(&names));
    }

    #[test]
    fn a_file_reads_back_what_it_says() {
        let written = serde_json::json!({
            "kind": "foreign_key",
            "name": "geo_place_region_fk",
            "relation": "region",
            "fields": ["land", "part"],
            "to": "geo.Region",
            "to_fields": ["country", "code"],
        });
        let read: ConstraintDef = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(read.fields(), ["land", "part"]);
        assert_eq!(serde_json::to_value(&read).unwrap(), written);
    }
}
