//! In which order models can be created, and which keys have to wait because they close a circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{FieldDef, ModelDef, ModelKey};

/// Models in an order in which each comes after those it points at, and the fields that cannot keep to it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct CreationOrder {
    pub order: Vec<ModelKey>,
    /// Fields to be added when all models exist.
    pub deferred: BTreeSet<(ModelKey, String)>,
}

/// Sorts models by what they point at, ties by name; the result does not depend on the order they come in.
pub(super) fn creation_order<'a>(models: impl Iterator<Item = &'a ModelDef>) -> CreationOrder {
    let models: BTreeMap<ModelKey, &ModelDef> = models.map(|model| (model.key(), model)).collect();
    let mut open: BTreeMap<ModelKey, BTreeSet<ModelKey>> = models
        .iter()
        .map(|(key, model)| {
            let targets = model
                .fields
                .iter()
                .filter_map(|field| field.to.clone())
                .filter(|to| to != key && models.contains_key(to))
                .collect();
            (key.clone(), targets)
        })
        .collect();
    let mut result = CreationOrder::default();
    while !open.is_empty() {
        let ready = open
            .iter()
            .find(|(_, targets)| targets.is_empty())
            .map(|(key, _)| key.clone());
        let Some(next) = ready.or_else(|| breaking_point(&open, &models)) else {
            break;
        };
        let waiting = open.remove(&next).unwrap_or_default();
        if let Some(model) = models.get(&next) {
            for field in &model.fields {
                if field.to.as_ref().is_some_and(|to| waiting.contains(to)) {
                    result.deferred.insert((next.clone(), field.name.clone()));
                }
            }
        }
        for targets in open.values_mut() {
            targets.remove(&next);
        }
        result.order.push(next);
    }
    result
}

/// The first model of a circle that points at nothing outside of it, and whose primary key does not have to wait.
fn breaking_point(
    open: &BTreeMap<ModelKey, BTreeSet<ModelKey>>,
    models: &BTreeMap<ModelKey, &ModelDef>,
) -> Option<ModelKey> {
    let reaches = |start: &ModelKey| {
        let mut found = BTreeSet::new();
        let mut next: Vec<&ModelKey> = open.get(start).into_iter().flatten().collect();
        while let Some(key) = next.pop() {
            if found.insert(key.clone()) {
                next.extend(open.get(key).into_iter().flatten());
            }
        }
        found
    };
    let reach: BTreeMap<&ModelKey, BTreeSet<ModelKey>> = open.keys().map(|key| (key, reaches(key))).collect();
    let key_waits = |key: &ModelKey| {
        let target = models
            .get(key)
            .and_then(|model| model.primary_key())
            .and_then(|field: &FieldDef| field.to.as_ref());
        target.is_some_and(|to| open.get(key).is_some_and(|targets| targets.contains(to)))
    };
    open.keys()
        .find(|key| {
            let circle = reach.get(key);
            let closed = circle.is_some_and(|found| {
                found.contains(*key)
                    && found
                        .iter()
                        .all(|other| reach.get(other).is_some_and(|back| back.contains(*key)))
            });
            closed && !key_waits(key)
        })
        .cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::FieldType;

    /// `check("blog.A -> blog.B blog.C")`
    fn models(lines: &[&str]) -> Vec<ModelDef> {
        let parse = |text: &str| ModelKey::try_from(text.to_owned()).unwrap();
        let model = |line: &&str| {
            let (name, targets) = line.split_once(" -> ").unwrap_or((line, ""));
            let key = parse(name);
            let mut model = ModelDef::new(key.app, key.model);
            for target in targets.split_whitespace() {
                let to = parse(target);
                let mut field = FieldDef::new(to.model.to_lowercase(), FieldType::ForeignKey);
                field.to = Some(to);
                model.fields.push(field);
            }
            model
        };
        lines.iter().map(model).collect()
    }

    fn check(lines: &[&str], order: &[&str], deferred: &[&str]) {
        let found = creation_order(models(lines).iter());
        let names: Vec<String> = found.order.iter().map(ToString::to_string).collect();
        assert_eq!(names, order);
        let fields: Vec<String> = found
            .deferred
            .iter()
            .map(|(key, field)| format!("{key}.{field}"))
            .collect();
        assert_eq!(fields, deferred);
    }

    #[test]
    fn targets_come_first() {
        check(
            &["a.Comment -> a.Post b.User", "a.Post -> b.User a.Post", "b.User"],
            &["b.User", "a.Post", "a.Comment"],
            &[],
        );
    }

    #[test]
    fn a_circle_is_broken_inside_itself_only() {
        check(
            &["a.A -> a.B", "a.B -> a.C", "a.C -> a.B a.D", "a.D"],
            &["a.D", "a.B", "a.A", "a.C"],
            &["a.B.c"],
        );
    }

    #[test]
    fn a_primary_key_is_never_deferred() {
        let mut both = models(&["a.A -> a.B", "a.B -> a.A"]);
        both[0].fields[0].primary_key = true;
        let found = creation_order(both.iter());
        assert_eq!(
            found.deferred.into_iter().next().unwrap().0,
            ModelKey::new("a", "B")
        );
    }
}
