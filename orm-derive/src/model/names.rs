//! Names in a model: each leads to one thing, and every name that is used is there.

use std::collections::HashMap;

use super::embed::is_field_path;
use super::{Field, FieldKind, Model};
use crate::attr::{CompositeForeignKey, Deferrable, FieldName, IndexOption, Part, PartKey};
use crate::errors::{Errors, did_you_mean, list};

impl Model {
    pub(super) fn check_names(&mut self, errors: &mut Errors) {
        self.check_columns(errors);
        self.check_renames(errors);
        self.check_field_names(errors);
        self.check_reverse_names(errors);
    }

    fn check_columns(&self, errors: &mut Errors) {
        let mut names: HashMap<String, &Field> = HashMap::new();
        for field in self.columns() {
            let column = field.column_name();
            // SQLite does not tell `Name` from `name`.
            if let Some(other) = names.insert(column.to_lowercase(), field) {
                let at = field
                    .options
                    .column
                    .as_ref()
                    .map_or(field.ident.span(), |column| column.span);
                errors.at(
                    at,
                    format!(
                        "`{}` and `{}` are both stored in the column `{column}`; give one #[orm(column = \"..\")]",
                        other.name, field.name
                    ),
                );
            }
        }
    }

    fn check_renames(&mut self, errors: &mut Errors) {
        let own = &self.name;
        if let Some(old) = self.options.renamed_from.take_if(|old| old.value == *own) {
            errors.at(
                old.span,
                format!("`{own}` is still its name; `renamed_from` names the struct as it was called before"),
            );
        }
        if let Some(old) = self.options.renamed_from.take_if(|old| !is_path(&old.value)) {
            errors.at(
                old.span,
                format!(
                    "`{}` names no model; write \"OldName\", \"app.OldName\" for one of another app, or \
                     \"app.Model.field\" for a many-to-many field whose join table this is now",
                    old.value
                ),
            );
        }
        // What an embed says was a prefix, and its own name is no column's.
        let is_embed = |field: &Field| field.ty.kind == FieldKind::Embed;
        let fields = self.fields.iter().filter(|field| !is_embed(field));
        let names: Vec<String> = fields.map(|field| field.name.clone()).collect();
        let mut seen: HashMap<String, String> = HashMap::new();
        for field in self.fields.iter_mut().filter(|field| !is_embed(field)) {
            if let Some(old) = field
                .options
                .renamed_from
                .take_if(|old| names.contains(&old.value))
            {
                errors.at(
                    old.span,
                    format!(
                        "`{}` is still a field; `renamed_from` names one that is gone",
                        old.value
                    ),
                );
            }
            if let Some(old) = &field.options.renamed_from
                && let Some(other) = seen.insert(old.value.clone(), field.name.clone())
            {
                errors.at(
                    old.span,
                    format!(
                        "`{other}` and `{}` cannot both have been `{}`; keep one",
                        field.name, old.value
                    ),
                );
            }
        }
    }

    fn check_field_names(&mut self, errors: &mut Errors) {
        let mut options = std::mem::take(&mut self.options);
        if let Some(ordering) = &mut options.ordering {
            self.keep_orderings(ordering, &options.foreign_keys, errors);
        }
        for index in &mut options.indexes {
            self.keep_known_parts("index", &mut index.parts, errors);
            self.keep_known("include", &mut index.include, errors);
            undirected("what an index includes", index.include.iter_mut(), errors);
        }
        for unique in &mut options.uniques {
            self.keep_known_parts("unique", &mut unique.parts, errors);
            self.keep_known("include", &mut unique.include, errors);
            if let Some(deferrable) = unique
                .deferrable
                .as_ref()
                .filter(|when| when.value != Deferrable::No)
                && (unique.condition.is_some() || unique.plain().is_none())
            {
                errors.at(
                    deferrable.span,
                    "only a constraint over fields of all rows can wait; leave `deferrable` out, or the condition and all parts that are not plain fields",
                );
            }
            let fields = unique.parts.iter_mut().filter_map(|part| match &mut part.key {
                PartKey::Field(field) => Some(field),
                PartKey::Expression(_) => None,
            });
            undirected("a unique constraint", fields, errors);
            undirected("what an index includes", unique.include.iter_mut(), errors);
        }
        for exclude in &mut options.exclusions {
            self.keep_known_parts("exclude", &mut exclude.parts, errors);
            self.keep_known("include", &mut exclude.include, errors);
            undirected("what an index includes", exclude.include.iter_mut(), errors);
        }
        self.check_foreign_keys(&mut options.foreign_keys, errors);
        self.check_searches(&mut options.searches, errors);
        self.check_security(&mut options, errors);
        let mut seen: Vec<String> = Vec::new();
        for trigger in &mut options.triggers {
            self.keep_known("update_of", &mut trigger.of, errors);
            undirected("a trigger", trigger.of.iter_mut(), errors);
            if seen.contains(&trigger.name.value) {
                let name = &trigger.name;
                errors.at(
                    name.span,
                    format!("two triggers are named `{}`; rename one", name.value),
                );
            }
            seen.push(trigger.name.value.clone());
        }
        let empty = |option: &IndexOption| option.parts.is_empty();
        options.indexes.retain(|index| !empty(index));
        options.uniques.retain(|unique| !empty(unique));
        options.exclusions.retain(|exclude| !empty(exclude));
        for (kind, group) in [
            ("index", &options.indexes),
            ("unique", &options.uniques),
            ("exclude", &options.exclusions),
        ] {
            let mut seen: Vec<(Vec<&FieldName>, &IndexOption)> = Vec::new();
            for option in group {
                let Some(fields) = option.plain().filter(|_| option.condition.is_none()) else {
                    if option.name.is_none() {
                        errors.at(option.span, unnamed(kind));
                    }
                    continue;
                };
                if option.name.is_none() {
                    let names = |fields: &[&FieldName]| -> Vec<String> {
                        fields.iter().map(|field| field.name.clone()).collect()
                    };
                    let alike = seen.iter().filter(|(other, _)| names(other) == names(&fields));
                    let same = |(other, before): &&(Vec<&FieldName>, &IndexOption)| {
                        option.is_bare()
                            && before.is_bare()
                            && option.operators().eq(before.operators())
                            && other
                                .iter()
                                .zip(&fields)
                                .all(|(one, other)| one.descending == other.descending)
                    };
                    if alike.clone().any(|other| same(&other)) {
                        errors.at(option.span, format!("this `{kind}` is there twice; drop one"));
                    } else if alike.filter(|(_, before)| before.name.is_none()).count() > 0 {
                        errors.at(option.span, same_name(kind));
                    }
                }
                seen.push((fields, option));
            }
        }
        let names = options
            .indexes
            .iter()
            .chain(&options.uniques)
            .chain(&options.exclusions)
            .filter_map(|option| option.name.as_ref())
            .chain(options.foreign_keys.iter().filter_map(|key| key.name.as_ref()));
        let mut seen = Vec::new();
        for name in names.chain(options.checks.iter().map(|check| &check.name)) {
            if seen.contains(&&name.value) {
                errors.at(
                    name.span,
                    format!(
                        "two indexes or constraints are named `{}`; rename one",
                        name.value
                    ),
                );
            }
            seen.push(&name.value);
        }
        self.options = options;
    }

    /// Reports parts that name no columns, and drops them.
    fn keep_known_parts(&self, option: &str, parts: &mut Vec<Part>, errors: &mut Errors) {
        let mut names: Vec<FieldName> = parts.iter().filter_map(Part::field).cloned().collect();
        self.keep_known(option, &mut names, errors);
        let mut kept = names.into_iter().peekable();
        parts.retain(|part| {
            let Some(field) = part.field() else {
                return true;
            };
            let next = kept.next_if(|name| name.name == field.name && name.descending == field.descending);
            next.is_some()
        });
    }

    /// Reports names that are not columns, and drops them. An ordering may also be by a field of a related row,
    /// `author__name`, which the compiler checks.
    fn keep_orderings(&self, names: &mut Vec<FieldName>, keys: &[CompositeForeignKey], errors: &mut Errors) {
        let mut own: Vec<FieldName> = names
            .iter()
            .filter(|name| name.along().is_none())
            .cloned()
            .collect();
        self.keep_known("ordering", &mut own, errors);
        let mut own = own.into_iter().peekable();
        let mut seen: Vec<String> = Vec::new();
        names.retain(|name| match name.along() {
            Some(_) if seen.contains(&name.name) => {
                errors.at(name.span, listed_twice("ordering", &name.name));
                false
            }
            Some((relation, _)) => {
                seen.push(name.name.clone());
                self.leads_to_one_row(relation, name, keys, errors)
            }
            // Those that were kept are the first of their name, in this order.
            None => own.next_if(|kept| kept.name == name.name).is_some(),
        });
    }

    fn leads_to_one_row(
        &self,
        relation: &str,
        name: &FieldName,
        keys: &[CompositeForeignKey],
        errors: &mut Errors,
    ) -> bool {
        let relations = self.columns().filter(|field| field.ty.target.is_some());
        let relations: Vec<&str> = relations.map(|field| field.name.as_str()).collect();
        if (relations.contains(&relation) || self.is_in_embed(relation)) && name.path(name.span).is_some() {
            return true;
        }
        let which = match relations.is_empty() {
            _ if keys.iter().any(|key| key.relation.value == relation) => format!(
                "`{relation}` is a foreign key over several columns: order by its fields, or in the query, \
                 `order_by(|row| row.{relation}()..)`"
            ),
            true => "it has none".to_owned(),
            false => format!("it has {}", list(&relations)),
        };
        errors.at(
            name.span,
            format!(
                "`{}` in `ordering` is not a path `relation__field` that begins with a relation of `{}` to one row; {which}",
                name.name, self.name
            ),
        );
        false
    }

    /// Reports names that are not columns, and drops them.
    pub(super) fn keep_known(&self, option: &str, names: &mut Vec<FieldName>, errors: &mut Errors) {
        let known: Vec<&str> = self.columns().map(|field| field.name.as_str()).collect();
        let mut seen: Vec<String> = Vec::new();
        names.retain(|FieldName { name, span, .. }| {
            let is_known = known.contains(&name.as_str()) || self.is_in_embed(name) && is_field_path(name);
            if !is_known {
                let owner = &self.name;
                if let Some(embed) = self.embed_meant(name) {
                    errors.at(*span, embed);
                } else if self.fields.iter().any(|field| field.name == *name) {
                    errors.at(
                        *span,
                        format!(
                            "`{name}` in `{option}` is a many-to-many field, which is not a column of `{owner}`"
                        ),
                    );
                } else {
                    let meant = did_you_mean(name, known.iter().copied());
                    errors.at(
                        *span,
                        format!(
                            "`{owner}` has no field `{name}`{meant}\nits columns are {}{}",
                            list(&known),
                            self.embeds_told(name)
                        ),
                    );
                }
                return false;
            }
            if seen.contains(name) {
                errors.at(*span, listed_twice(option, name));
                return false;
            }
            seen.push(name.clone());
            true
        });
    }
}

fn listed_twice(option: &str, name: &str) -> String {
    format!("`{name}` is listed twice in this `{option}`; drop one")
}

/// A name is made of the columns, which do not say what is computed from them, nor of which rows.
fn unnamed(kind: &str) -> String {
    let what = match kind {
        "exclude" => "a part that says more than a field and its operator",
        _ => "a closure or a `part(..)`",
    };
    format!(
        "`{kind}` with {what} needs a name, because its columns do not tell it from others: \
         `{kind}(name = \"..\", ..)`"
    )
}

/// Two of the same columns, which make one name.
fn same_name(kind: &str) -> String {
    format!(
        "another `{kind}` is over the same fields, and a name is made of these: give this one its own, \
         `{kind}(name = \"..\", ..)`"
    )
}

/// Reports fields with a direction where `what` has none, and drops it.
pub(super) fn undirected<'f>(
    what: &str,
    fields: impl Iterator<Item = &'f mut FieldName>,
    errors: &mut Errors,
) {
    for field in fields.filter(|field| field.descending) {
        errors.at(
            field.span,
            format!(
                "{what} has no direction; write \"{}\" without the `-`",
                field.name
            ),
        );
        field.descending = false;
    }
}

/// Whether a text can be the path of a model, or of a field of one.
fn is_path(text: &str) -> bool {
    let is_name = |part: &str| {
        let word = part.chars().all(|c| c.is_alphanumeric() || c == '_');
        word && part.chars().next().is_some_and(|c| !c.is_numeric())
    };
    let mut names = text.split('.');
    // The label of an app may have other characters in it.
    let label = names.clone().count() == 1 || names.next().is_some_and(|label| !label.is_empty());
    label && text.split('.').count() <= 3 && names.all(is_name)
}
