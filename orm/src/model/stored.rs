//! What a column stores: a key stores what the key pointed at stores.

use super::{FieldDef, ModelDef, ModelKey};

/// The field whose values a column stores, given the models it may point at: the primary key at the end of a chain of keys,
/// with its model, or the field itself. A key that leads nowhere is its own end.
pub fn stored<'m>(
    field: &'m FieldDef,
    model: impl Fn(&ModelKey) -> Option<&'m ModelDef>,
) -> (&'m FieldDef, Option<&'m ModelDef>) {
    let (mut field, mut owner) = (field, None);
    // A circle of keys has no type; the bound only keeps a broken state from hanging us.
    for _ in 0..16 {
        let target = field.to.as_ref().and_then(&model);
        match target.and_then(|target| Some((target.primary_key()?, Some(target)))) {
            Some(key) => (field, owner) = key,
            None => break,
        }
    }
    (field, owner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::FieldType;

    fn keyed(name: &str, to: Option<&str>) -> ModelDef {
        let mut model = ModelDef::new("a", name);
        let ty = to.map_or(FieldType::Uuid, |_| FieldType::OneToOne);
        let mut key = FieldDef::new("id", ty);
        key.primary_key = true;
        key.to = to.map(|to| ModelKey::new("a", to));
        model.fields.push(key);
        model
    }

    #[test]
    fn keys_of_keys_end_at_a_column_and_circles_end_too() {
        let models = [
            keyed("A", Some("B")),
            keyed("B", Some("C")),
            keyed("C", None),
            keyed("D", Some("E")),
            keyed("E", Some("D")),
            keyed("F", Some("Gone")),
        ];
        let find = |key: &ModelKey| models.iter().find(|model| model.key() == *key);
        let end = |at: usize| {
            let (field, owner) = stored(&models[at].fields[0], find);
            (owner.map(|owner| owner.name.as_str()), field.ty)
        };
        assert_eq!(end(0), (Some("C"), FieldType::Uuid));
        assert_eq!(end(2), (None, FieldType::Uuid));
        assert_eq!(end(3).1, FieldType::OneToOne);
        assert_eq!(end(5), (None, FieldType::OneToOne));
    }
}
