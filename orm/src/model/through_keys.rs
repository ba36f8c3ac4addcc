//! The two foreign keys of a model that a many-to-many field goes through.

use crate::error::{Error, Result};
use crate::value::FieldType;

use super::composite_foreign_key::{CompositeForeignKeyDef, UniqueTogether};
use super::def::{FieldDef, ModelDef, ModelKey};

/// A foreign key of the model between, or of an automatic join table: a field, or one over several columns.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ThroughKey<'t> {
    Field(&'t FieldDef),
    Composite(&'t CompositeForeignKeyDef),
}

impl<'t> ThroughKey<'t> {
    /// What `through_fields` calls it.
    pub(crate) fn name(self) -> &'t str {
        match self {
            ThroughKey::Field(field) => &field.name,
            ThroughKey::Composite(key) => &key.relation,
        }
    }

    /// The fields of the model between, in the order of the primary key of `side`, at which it points.
    pub(crate) fn fields(self, side: &ModelDef) -> Vec<&'t str> {
        match self {
            ThroughKey::Field(field) => vec![&field.name],
            ThroughKey::Composite(key) => {
                let of = |name: &str| {
                    let mut pairs = key.pairs();
                    pairs.find(|(_, pointed_at)| *pointed_at == name)
                };
                let parts = side.key_fields().filter_map(|part| of(&part.name));
                parts.map(|(own, _)| own).collect()
            }
        }
    }

    pub(crate) fn of_model(through: &'t ModelDef) -> impl Iterator<Item = Self> {
        let single = |key: &&FieldDef| matches!(key.ty, FieldType::ForeignKey | FieldType::OneToOne);
        let fields = through.fields.iter().filter(single).map(ThroughKey::Field);
        fields.chain(through.composite_foreign_keys().map(ThroughKey::Composite))
    }

    pub(super) fn named(through: &'t ModelDef, name: &str) -> Option<Self> {
        Self::of_model(through).find(|key| key.name() == name)
    }

    pub(crate) fn points_at(self, to: &ModelKey) -> bool {
        match self {
            ThroughKey::Field(field) => field.to.as_ref() == Some(to),
            ThroughKey::Composite(key) => key.to == *to,
        }
    }

    /// What it points at, where that is not the primary key.
    fn points_elsewhere(self, side: &ModelDef) -> Option<String> {
        match self {
            ThroughKey::Field(field) => field.to_field.clone(),
            ThroughKey::Composite(key) => {
                let is_key = side.unique_together(&key.to_fields) == Some(UniqueTogether::PrimaryKey);
                (!is_key).then(|| format!("({})", key.to_fields.join(", ")))
            }
        }
    }
}

impl ModelDef {
    /// The foreign keys of the model that a many-to-many field goes through: to this model, and to the target.
    ///
    /// # Errors
    /// If it does not have both, or has several that could be meant and `through_fields` does not say which.
    pub(crate) fn through_keys<'t>(
        &self,
        field: &FieldDef,
        through: &'t ModelDef,
        target: &ModelDef,
    ) -> Result<(ThroughKey<'t>, ThroughKey<'t>)> {
        let name = format!("{}.{}", self.key(), field.name);
        let middle = through.key();
        if let [near, far] = field.through_fields.as_slice() {
            if near == far {
                return Err(Error::config(format!(
                    "{name} goes from {middle}.{near} to the same field: the two of `through_fields` are two foreign keys"
                ))
                .with_hint(instead(through, self, target)));
            }
            let key = |given: &str, side: &ModelDef| {
                let to = side.key();
                let found = ThroughKey::named(through, given).filter(|key| key.points_at(&to));
                let found = found.ok_or_else(|| {
                    let what =
                        match through.field(given).is_some() || ThroughKey::named(through, given).is_some() {
                            false => "does not exist".to_owned(),
                            true => format!("is not a foreign key to {to}"),
                        };
                    Error::config(format!("{name} goes through {middle}.{given}, which {what}"))
                        .with_hint(instead(through, self, target))
                })?;
                by_primary_key(&name, through, found, side)
            };
            return Ok((key(near, self)?, key(far, target)?));
        }
        let one = |side: &ModelDef| {
            let to = side.key();
            let (by_key, elsewhere): (Vec<_>, Vec<_>) = ThroughKey::of_model(through)
                .filter(|key| key.points_at(&to))
                .partition(|key| key.points_elsewhere(side).is_none());
            let keys = if by_key.is_empty() { elsewhere } else { by_key };
            match *keys {
                [key] => by_primary_key(&name, through, key, side),
                [] => Err(Error::config(format!(
                    "{name} goes through {middle}, which has no foreign key to {to}"
                ))
                .with_hint(foreign_key_to(&middle, side))),
                [first, second, ..] => Err(Error::config(format!(
                    "{name} goes through {middle}, whose fields {} and {} both point at {to}",
                    first.name(),
                    second.name()
                ))
                .with_hint(instead(through, self, target))),
            }
        };
        Ok((one(self)?, one(target)?))
    }
}

/// Related rows are added, removed and matched by their primary keys, so that is what both foreign keys have to point at.
fn by_primary_key<'t>(
    name: &str,
    through: &ModelDef,
    key: ThroughKey<'t>,
    side: &ModelDef,
) -> Result<ThroughKey<'t>> {
    let Some(column) = key.points_elsewhere(side) else {
        return Ok(key);
    };
    let to = side.key();
    let key_name = format!("{}.{}", through.key(), key.name());
    Err(Error::config(format!(
        "{name} goes through {key_name}, which points at {to}.{column} and not at the primary key"
    ))
    .with_hint(format!(
        "let {key_name} point at the primary key of {to}; or drop {name}: without it, rows of {} are filtered and loaded as any \
         other rows",
        through.key()
    )))
}

/// What to write into the model between.
fn foreign_key_to(middle: &ModelKey, side: &ModelDef) -> String {
    let key: Vec<String> = side
        .key_fields()
        .map(|part| format!("\"{}\"", part.name))
        .collect();
    let to = &side.name;
    match key.len() {
        0 | 1 => format!("give {middle} a field of type ForeignKey<{to}>"),
        _ => format!(
            "give {middle} a field for each of the primary key of {to} and #[orm(foreign_key(\"{}\", fields({}), to = {to}))]; \
             `fields(..)` names the fields of {middle}, in whatever way you call them",
            super::snake_case(to),
            key.join(", ")
        ),
    }
}

/// What to write, with the names that there are.
fn instead(through: &ModelDef, own: &ModelDef, target: &ModelDef) -> String {
    let (own, target) = (own.key(), target.key());
    let first = |to: &ModelKey, not: Option<&str>| {
        let keys = ThroughKey::of_model(through).filter(|key| key.points_at(to));
        keys.map(ThroughKey::name).find(|name| Some(*name) != not)
    };
    let near = first(&own, None);
    match (near, first(&target, near)) {
        (Some(near), Some(far)) => format!(
            "say which one points at {own} and which at {target}, such as #[orm(through_fields(\"{near}\", \"{far}\"))]"
        ),
        _ => format!(
            "give {} a foreign key to {own} and one to {target}",
            through.key()
        ),
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

    /// What a field to groups says through a model with these foreign keys: the two fields, or the error.
    fn keys(named: &[&str], to: &str, through: &[FieldDef]) -> std::result::Result<(String, String), String> {
        let person = ModelDef::new("club", "Person");
        let mut middle = ModelDef::new("club", "Membership");
        middle.fields = through.to_vec();
        let mut field = FieldDef::new("groups", FieldType::ManyToMany);
        field.to = Some(ModelKey::new("club", to));
        field.through = Some(middle.key());
        field.through_fields = named.iter().map(|&name| name.to_owned()).collect();
        let found = person.through_keys(&field, &middle, &ModelDef::new("club", to));
        found
            .map(|(near, far)| (near.name().to_owned(), far.name().to_owned()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_two_foreign_keys_are_found_or_have_to_be_named() {
        let found = |near: &str, far: &str| Ok((near.to_owned(), far.to_owned()));
        let (person, host, group) = (
            key("person", "Person"),
            key("host", "Person"),
            key("group", "Group"),
        );
        let three = [group.clone(), person.clone(), host.clone()];
        assert_eq!(keys(&[], "Group", &three[..2]), found("person", "group"));
        assert_eq!(keys(&["host", "group"], "Group", &three), found("host", "group"));
        let says = |named: &[&str], to: &str, through: &[FieldDef], words: &[&str]| {
            let error = keys(named, to, through).unwrap_err();
            for word in words {
                assert!(error.contains(word), "{word}: {error}");
            }
        };
        says(
            &[],
            "Group",
            &three,
            &[
                "club.Person.groups goes through club.Membership, whose fields person and host both point at club.Person",
                "#[orm(through_fields(\"person\", \"group\"))]",
            ],
        );
        says(
            &[],
            "Person",
            &[person.clone(), host.clone()],
            &[
                "whose fields person and host both point at club.Person",
                "#[orm(through_fields(\"person\", \"host\"))]",
            ],
        );
        assert_eq!(
            keys(&["host", "person"], "Person", &three),
            found("host", "person")
        );
        says(
            &[],
            "Group",
            std::slice::from_ref(&person),
            &["club.Membership, which has no foreign key to club.Group"],
        );
        says(
            &["who", "group"],
            "Group",
            &three,
            &["goes through club.Membership.who, which does not exist"],
        );
        says(
            &["group", "person"],
            "Group",
            &three,
            &["club.Membership.group, which is not a foreign key to club.Person"],
        );
        says(&["person", "person"], "Person", &three, &["to the same field"]);
        let mut coded = person.clone();
        coded.to_field = Some("code".to_owned());
        for named in [&[][..], &["person", "group"]] {
            says(
                named,
                "Group",
                &[coded.clone(), group.clone()],
                &[
                    "club.Person.groups goes through club.Membership.person, which points at club.Person.code and not at the primary key",
                    "let club.Membership.person point at the primary key of club.Person",
                ],
            );
        }
        assert_eq!(
            keys(&["host", "group"], "Group", &[coded, host, group]),
            found("host", "group")
        );
    }

    fn stall() -> ModelDef {
        let mut stall = ModelDef::new("club", "Stall");
        for name in ["hall", "number"] {
            let mut field = FieldDef::new(name, FieldType::Text);
            field.primary_key = true;
            stall.fields.push(field);
        }
        stall
    }

    #[test]
    fn a_foreign_key_over_several_columns_has_them_in_the_order_of_the_primary_key() {
        let (person, stall) = (ModelDef::new("club", "Person"), stall());
        let mut middle = ModelDef::new("club", "Rental");
        middle.fields = vec![key("person", "Person")];
        let mut field = FieldDef::new("stalls", FieldType::ManyToMany);
        (field.to, field.through) = (Some(stall.key()), Some(middle.key()));
        let missing = person.through_keys(&field, &middle, &stall).unwrap_err();
        assert!(
            missing
                .to_string()
                .contains("club.Rental, which has no foreign key to club.Stall"),
            "{missing}"
        );
        let hint = missing.hint().unwrap();
        assert!(
            hint.contains("#[orm(foreign_key(\"stall\", fields(\"hall\", \"number\"), to = Stall))]"),
            "{hint}"
        );
        let over = |pairs: [(&'static str, &'static str); 2]| {
            CompositeForeignKeyDef::over("fk", "stall", stall.key(), pairs)
        };
        middle.constraints = vec![over([("place", "number"), ("hall", "hall")]).into()];
        let (near, far) = person.through_keys(&field, &middle, &stall).unwrap();
        assert_eq!(near.fields(&person), ["person"]);
        assert_eq!(far.fields(&stall), ["hall", "place"]);
        let (far, near) = stall
            .through_keys(
                &{
                    let mut back = field.clone();
                    (back.to, back.through_fields) =
                        (Some(person.key()), vec!["stall".to_owned(), "person".to_owned()]);
                    back
                },
                &middle,
                &person,
            )
            .unwrap();
        assert_eq!((far.name(), near.name()), ("stall", "person"));
        middle.constraints = vec![over([("place", "row"), ("hall", "hall")]).into()];
        // Beside one that points at the primary key it is not meant.
        let mut beside = middle.clone();
        let by_row = CompositeForeignKeyDef::over(
            "by_row",
            "person_in_row",
            person.key(),
            [("place", "row"), ("hall", "hall")],
        );
        beside.constraints = vec![
            over([("place", "number"), ("hall", "hall")]).into(),
            by_row.into(),
        ];
        let (near, far) = person.through_keys(&field, &beside, &stall).unwrap();
        assert_eq!((near.name(), far.name()), ("person", "stall"));
        let elsewhere = person.through_keys(&field, &middle, &stall).unwrap_err();
        assert!(
            elsewhere.to_string().contains(
                "club.Rental.stall, which points at club.Stall.(row, hall) and not at the primary key"
            ),
            "{elsewhere}"
        );
    }
}
