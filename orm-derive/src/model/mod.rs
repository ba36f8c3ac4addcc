//! Facts about a struct or enum that the expansion can rely on.

mod choices;
mod field;
mod ty;

pub(crate) use choices::Choices;
pub(crate) use field::Field;
pub(crate) use ty::Kind;

use std::collections::HashMap;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Visibility};

use crate::attr::{FieldName, FieldsOption, ModelOptions};
use crate::errors::{Errors, did_you_mean, list};

pub(crate) struct Model {
    pub(crate) ident: Ident,
    /// Without `r#`.
    pub(crate) name: String,
    /// In snake case, as the library makes it for tables.
    pub(crate) snake: String,
    pub(crate) vis: Visibility,
    pub(crate) fields: Vec<Field>,
    pub(crate) options: ModelOptions,
    /// Position of the primary key in `fields`.
    key: usize,
}

impl Model {
    /// `None` if the input is too far from a model to expand anything.
    pub(crate) fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Self> {
        let fields = shape(input, errors)?;
        let options = ModelOptions::read(&input.attrs, errors);
        let mut fields: Vec<Field> = (0u16..)
            .zip(fields)
            .filter_map(|(position, field)| Field::read(field, position, &input.ident, errors))
            .collect();
        let columns = fields
            .iter_mut()
            .filter(|field| field.ty.kind != Kind::ManyToMany);
        for (column, field) in (0u16..).zip(columns) {
            field.column = Some(column);
        }
        let key = primary_key(&mut fields, &input.ident, errors)?;
        let name = input.ident.unraw().to_string();
        let mut model = Model {
            snake: snake_case(&name),
            name,
            ident: input.ident.clone(),
            vis: input.vis.clone(),
            fields,
            options,
            key,
        };
        model.check_columns(errors);
        model.check_renames(errors);
        model.check_ways_back(errors);
        model.check_field_names(errors);
        Some(model)
    }

    pub(crate) fn key(&self) -> &Field {
        &self.fields[self.key]
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.column.is_some())
    }

    pub(crate) fn relations(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.ty.is_relation())
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
        let names: Vec<String> = self.fields.iter().map(|field| field.name.clone()).collect();
        for field in &mut self.fields {
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
        }
    }

    fn check_ways_back(&mut self, errors: &mut Errors) {
        let mut names: HashMap<(String, String), String> = HashMap::new();
        let own = self.ident.to_string();
        let mut clashes = Vec::new();
        for (position, field) in self.fields.iter().enumerate() {
            let (Some(name), Some(target)) = (field.way_back(&self.snake), &field.ty.target) else {
                continue;
            };
            let at = field
                .options
                .related_name
                .as_ref()
                .map_or(field.ident.span(), |name| name.span);
            if ["self", "super", "crate"].contains(&name.as_str()) {
                errors.at(
                    at,
                    format!(
                        "`{}` leads back as `{name}`, which no method can be called; give it a name with \
                         #[orm(related_name = \"..\")], or \"+\" for no way back",
                        field.name
                    ),
                );
                clashes.push(position);
                continue;
            }
            let target = target.to_token_stream().to_string().replace(' ', "");
            if target == own && self.fields.iter().any(|other| other.name == name) {
                errors.at(
                    at,
                    format!(
                        "`{own}` leads back over `{}` as `{name}`, which is a field of `{own}`; \
                         give `{0}` another #[orm(related_name = \"..\")]",
                        field.name
                    ),
                );
                clashes.push(position);
                continue;
            }
            if let Some(other) = names.insert((target.clone(), name.clone()), field.name.clone()) {
                errors.at(
                    at,
                    format!(
                        "`{other}` and `{}` both lead back from `{target}` as `{name}`; give one of them a name of its \
                         own with #[orm(related_name = \"..\")], or \"+\" for no way back",
                        field.name
                    ),
                );
                clashes.push(position);
            }
        }
        for position in clashes {
            let field = &mut self.fields[position];
            field.options.related_name = Some(crate::attr::At {
                value: "+".to_owned(),
                span: field.ident.span(),
            });
        }
    }

    fn check_field_names(&mut self, errors: &mut Errors) {
        let mut options = std::mem::take(&mut self.options);
        if let Some(ordering) = &mut options.ordering {
            self.keep_known("ordering", ordering, errors);
        }
        for index in &mut options.indexes {
            self.keep_known("index", &mut index.fields, errors);
        }
        for unique in &mut options.uniques {
            self.keep_known("unique", &mut unique.fields, errors);
            for field in unique.fields.iter_mut().filter(|field| field.descending) {
                errors.at(
                    field.span,
                    format!(
                        "a unique constraint has no direction; write \"{}\" without the `-`",
                        field.name
                    ),
                );
                field.descending = false;
            }
        }
        let empty = |option: &FieldsOption| option.fields.is_empty();
        options.indexes.retain(|index| !empty(index));
        options.uniques.retain(|unique| !empty(unique));
        for (kind, group) in [("index", &options.indexes), ("unique", &options.uniques)] {
            let mut seen: Vec<Vec<String>> = Vec::new();
            for option in group {
                let fields: Vec<String> = option.fields.iter().map(FieldName::written).collect();
                if option.name.is_none() && seen.contains(&fields) {
                    errors.at(option.span, format!("this `{kind}` is there twice; drop one"));
                }
                seen.push(fields);
            }
        }
        let names = options
            .indexes
            .iter()
            .chain(&options.uniques)
            .filter_map(|option| option.name.as_ref());
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

    /// Reports names that are no columns, and drops them.
    fn keep_known(&self, option: &str, names: &mut Vec<FieldName>, errors: &mut Errors) {
        let known: Vec<&str> = self.columns().map(|field| field.name.as_str()).collect();
        let mut seen: Vec<String> = Vec::new();
        names.retain(|FieldName { name, span, .. }| {
            if !known.contains(&name.as_str()) {
                let owner = &self.name;
                if self.fields.iter().any(|field| field.name == *name) {
                    errors.at(
                        *span,
                        format!(
                            "`{name}` in `{option}` is a many-to-many field, which is no column of `{owner}`"
                        ),
                    );
                } else {
                    let meant = did_you_mean(name, known.iter().copied());
                    errors.at(
                        *span,
                        format!(
                            "`{owner}` has no field `{name}`{meant}\nits columns are {}",
                            list(&known)
                        ),
                    );
                }
                return false;
            }
            if seen.contains(name) {
                errors.at(
                    *span,
                    format!("`{name}` stands twice in this `{option}`; drop one"),
                );
                return false;
            }
            seen.push(name.clone());
            true
        });
    }
}

/// The fields of a struct that can be a model.
fn shape<'a>(
    input: &'a DeriveInput,
    errors: &mut Errors,
) -> Option<impl Iterator<Item = &'a syn::Field> + use<'a>> {
    const FORM: &str =
        "a model is a struct with named fields, one per column: `struct Post { id: i64, title: String }`";
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => Some(fields.named.iter()),
            Fields::Named(_) | Fields::Unit => {
                errors.at(
                    input.ident.span(),
                    format!("a model has at least one column\n{FORM}"),
                );
                None
            }
            Fields::Unnamed(fields) => {
                errors.at(fields.span(), FORM);
                None
            }
        },
        Data::Enum(_) => {
            errors.at(
                input.ident.span(),
                format!("an enum cannot be a model\n{FORM}\nfor a column with fixed values derive `Choices` instead"),
            );
            None
        }
        Data::Union(_) => {
            errors.at(input.ident.span(), format!("a union cannot be a model\n{FORM}"));
            None
        }
    };
    if !input.generics.params.is_empty() {
        errors.at(
            input.generics.span(),
            "a model takes no generic parameters: it is one table; write a struct per table",
        );
        return None;
    }
    fields
}

/// The field that is marked, or named `id`. After a mistake some column stands in, so that the rest still expands.
fn primary_key(fields: &mut [Field], model: &Ident, errors: &mut Errors) -> Option<usize> {
    let marked: Vec<usize> = (0..fields.len()).filter(|&at| fields[at].primary_key).collect();
    if let [first, rest @ ..] = marked.as_slice() {
        for &second in rest {
            let at = fields[second]
                .options
                .primary_key
                .unwrap_or_else(|| fields[second].ident.span());
            errors.at(
                at,
                format!(
                    "a model has one primary key, and `{}` is it already; for two fields that are unique together \
                     write #[orm(unique(\"{0}\", \"{}\"))] on the struct",
                    fields[*first].name, fields[second].name
                ),
            );
            fields[second].primary_key = false;
        }
        return Some(*first);
    }
    let named = fields
        .iter()
        .position(|field| field.name == "id" && field.column.is_some());
    let key = match named {
        Some(id) => {
            if fields[id].ty.null {
                errors.at(
                    fields[id].ident.span(),
                    "`id` is the primary key and cannot be NULL; write its type without `Option`",
                );
            }
            if let Some(at) = fields[id].options.unique.take() {
                errors.at(at, "a primary key is unique already; drop `unique`");
            }
            id
        }
        None => {
            errors.at(
                model.span(),
                format!(
                    "`{model}` has no primary key; name a field `id`, as in `id: i64`, or mark one with \
                     #[orm(primary_key)]"
                ),
            );
            fields.iter().position(|field| field.column.is_some())?
        }
    };
    fields[key].primary_key = true;
    Some(key)
}

/// `BlogPost` -> `blog_post`: the same rule as the library's, which names tables and ways back at run time.
fn snake_case(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (at, &character) in characters.iter().enumerate() {
        if character.is_uppercase() {
            let after_lower = at > 0 && !characters[at - 1].is_uppercase() && characters[at - 1] != '_';
            let before_lower = at > 0
                && characters[at - 1].is_uppercase()
                && characters.get(at + 1).is_some_and(|next| next.is_lowercase());
            if after_lower || before_lower {
                out.push('_');
            }
            out.extend(character.to_lowercase());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests;
