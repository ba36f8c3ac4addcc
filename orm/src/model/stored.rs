//! What a column stores: a foreign key stores whatever the primary key it refers to stores.

use std::collections::BTreeSet;

use crate::error::{Error, Result};

use super::{FieldDef, ModelDef, ModelKey};

/// Follows foreign keys to the field whose values a field's column stores, and that field's model: the primary key at
/// the end of the chain, or the field itself if it is not a foreign key.
///
/// `find` looks up models. `model` itself is not looked up, so that it need not be registered yet.
///
/// # Errors
/// If the chain does not end at a column: a foreign key refers to a model that is missing or not named, a model on the
/// chain has no primary key or a composite one, or the chain is a cycle.
pub fn stored<'m>(
    model: &'m ModelDef,
    field: &'m FieldDef,
    find: impl Fn(&ModelKey) -> Option<&'m ModelDef>,
) -> Result<(&'m ModelDef, &'m FieldDef)> {
    let (mut owner, mut at) = (model, field);
    let mut passed: BTreeSet<(ModelKey, &str)> = BTreeSet::new();
    while at.ty.is_relation() {
        let (target, key) = target(at, |key| match *key == model.key() {
            true => Some(model),
            false => find(key),
        })?;
        if key.ty.is_relation() && !passed.insert((target.key(), &key.name)) {
            return Err(Error::config(format!(
                "the key `{}` leads in a cycle of primary keys, so it has no type",
                field.name
            ))
            .with_hint(format!(
                "give {} a primary key that is not a relation",
                target.key()
            )));
        }
        (owner, at) = (target, key);
    }
    Ok((owner, at))
}

/// The model that a foreign key refers to, and the field of it that it points at: its primary key if nothing else is said.
///
/// # Errors
/// If there is no such model or field, or the primary key is not exactly one field.
pub fn target<'m>(
    field: &FieldDef,
    find: impl Fn(&ModelKey) -> Option<&'m ModelDef>,
) -> Result<(&'m ModelDef, &'m FieldDef)> {
    let Some(key) = &field.to else {
        return Err(Error::config(format!("the key `{}` names no model", field.name)));
    };
    let model = find(key).ok_or_else(|| {
        Error::config(format!(
            "`{}` points at {key}, which does not exist at this point",
            field.name
        ))
        .with_hint("the migration that creates it has to come first")
    })?;
    if let Some(name) = &field.to_field {
        let pointed_at = model.field(name).filter(|field| field.ty.is_column());
        let pointed_at = pointed_at.ok_or_else(|| {
            Error::config(format!(
                "`{}` points at `{name}` of {key}, which is not a column there",
                field.name
            ))
        })?;
        return Ok((model, pointed_at));
    }
    let mut keys = model.key_fields();
    let primary_key = keys.next().ok_or_else(|| {
        Error::config(format!(
            "`{}` points at {key}, which has no primary key",
            field.name
        ))
    })?;
    if keys.next().is_some() {
        return Err(Error::unsupported(format!(
            "`{}` points at {key}, whose primary key has several fields",
            field.name
        ))
        .with_hint("give that model a key of its own, and make the fields unique together"));
    }
    Ok((model, primary_key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::FieldType;

    /// A model whose primary key refers to a model, or is a UUID, and whose field `other` refers to another.
    fn model(name: &str, key: Option<&str>, other: &str) -> ModelDef {
        let mut model = ModelDef::new("a", name);
        let relation = |name: &str, ty, to: &str| {
            let mut field = FieldDef::new(name, ty);
            field.to = Some(ModelKey::new("a", to));
            field
        };
        let mut id = match key {
            Some(to) => relation("id", FieldType::OneToOne, to),
            None => FieldDef::new("id", FieldType::Uuid),
        };
        id.primary_key = true;
        model.fields.push(id);
        model.fields.push(relation("other", FieldType::ForeignKey, other));
        model
    }

    fn models() -> Vec<ModelDef> {
        let mut without = ModelDef::new("a", "Without");
        without.fields.push(FieldDef::new("x", FieldType::Int));
        let mut several = ModelDef::new("a", "Several");
        for name in ["row", "number"] {
            let mut key = FieldDef::new(name, FieldType::Int);
            key.primary_key = true;
            several.fields.push(key);
        }
        let mut chain: Vec<ModelDef> = (0..100)
            .map(|at| model(&format!("L{at}"), Some(&format!("L{}", at + 1)), "Plain"))
            .collect();
        chain.push(model("L100", None, "Plain"));
        let others = [
            model("Plain", None, "Plain"),
            model("Part", Some("Plain"), "Part"),
            model("Own", Some("Own"), "Own"),
            model("One", Some("Two"), "Plain"),
            model("Two", Some("Three"), "Plain"),
            model("Three", Some("Two"), "Plain"),
            model("Lost", Some("Gone"), "Lost"),
            model("ToWithout", Some("Without"), "Without"),
            model("ToSeveral", Some("Several"), "Several"),
            model("ToLost", None, "Lost"),
            without,
            several,
        ];
        chain.extend(others);
        chain
    }

    fn end(name: &str, field: &str) -> Result<String> {
        let models = models();
        let find = |key: &ModelKey| models.iter().find(|model| model.key() == *key);
        let model = find(&ModelKey::new("a", name)).unwrap();
        let (owner, end) = stored(model, model.field(field).unwrap(), find)?;
        Ok(format!("{}.{}", owner.name, end.name))
    }

    #[test]
    fn a_chain_of_keys_ends_at_a_column_however_long_it_is() {
        assert_eq!(end("Plain", "id").unwrap(), "Plain.id");
        assert_eq!(end("Part", "id").unwrap(), "Plain.id");
        assert_eq!(end("L0", "id").unwrap(), "L100.id");
    }

    #[test]
    fn a_relation_to_its_own_model_stores_the_models_key() {
        assert_eq!(end("Plain", "other").unwrap(), "Plain.id");
        assert_eq!(end("Part", "other").unwrap(), "Plain.id");
        let alone = model("Alone", None, "Alone");
        let (owner, field) = stored(&alone, alone.field("other").unwrap(), |_| None).unwrap();
        assert_eq!((owner.name.as_str(), field.name.as_str()), ("Alone", "id"));
    }

    #[test]
    fn what_has_no_end_is_named_and_not_guessed() {
        for (model, field, expected) in [
            ("Own", "id", "the key `id` leads in a cycle of primary keys"),
            ("Own", "other", "the key `other` leads in a cycle of primary keys"),
            ("One", "id", "the key `id` leads in a cycle of primary keys"),
            ("Lost", "id", "`id` points at a.Gone, which does not exist"),
            ("ToLost", "other", "`id` points at a.Gone, which does not exist"),
            (
                "ToWithout",
                "id",
                "`id` points at a.Without, which has no primary key",
            ),
            (
                "ToSeveral",
                "other",
                "`other` points at a.Several, whose primary key has several fields",
            ),
        ] {
            let error = end(model, field).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{model}.{field}: {error}");
        }
        let mut nameless = model("Nameless", None, "Plain");
        nameless.fields[1].to = None;
        let error = stored(&nameless, &nameless.fields[1], |_| None).unwrap_err();
        assert!(
            error.to_string().starts_with("the key `other` names no model"),
            "{error}"
        );
    }
}
