//! Which structs can be models, and what their primary key is.

use proc_macro2::Ident;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields};

use super::Field;
use crate::errors::Errors;

/// The fields of a struct that can be a model or an embed.
pub(super) fn shape<'a>(
    input: &'a DeriveInput,
    what: &str,
    form: &str,
    errors: &mut Errors,
) -> Option<impl Iterator<Item = &'a syn::Field> + use<'a>> {
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => Some(fields.named.iter()),
            Fields::Named(_) | Fields::Unit => {
                errors.at(
                    input.ident.span(),
                    format!("{what} has at least one column\n{form}"),
                );
                None
            }
            Fields::Unnamed(fields) => {
                errors.at(fields.span(), form);
                None
            }
        },
        Data::Enum(_) => {
            errors.at(
                input.ident.span(),
                format!("an enum cannot be {what}\n{form}\nfor a column with fixed values derive `Choices` instead"),
            );
            None
        }
        Data::Union(_) => {
            errors.at(input.ident.span(), format!("a union cannot be {what}\n{form}"));
            None
        }
    };
    if !input.generics.params.is_empty() {
        errors.at(
            input.generics.span(),
            match what {
                "a model" => "a model takes no generic parameters: it is one table; write a struct per table",
                "a projection" => "a projection takes no generic parameters: its fields have one type each; write a struct for each",
                _ => "an embed takes no generic parameters: its columns have one type each; write a struct for each",
            },
        );
        return None;
    }
    fields
}

/// The most fields of a primary key.
const MOST_KEY_FIELDS: usize = 8;

/// The marked fields, or the one named `id`. After a mistake some column stands in, so that the rest still expands.
pub(super) fn primary_key(
    fields: &mut [Field],
    model: &Ident,
    view: bool,
    errors: &mut Errors,
) -> Option<Vec<usize>> {
    let mut marked: Vec<usize> = (0..fields.len()).filter(|&at| fields[at].primary_key).collect();
    for &over in marked.iter().skip(MOST_KEY_FIELDS) {
        let field = &mut fields[over];
        errors.at(
            field.options.primary_key.unwrap_or_else(|| field.ident.span()),
            format!(
                "a primary key has at most {MOST_KEY_FIELDS} fields; leave `{}` out of it",
                field.name
            ),
        );
        field.primary_key = false;
    }
    marked.truncate(MOST_KEY_FIELDS);
    if marked.len() > 1 {
        for &part in &marked {
            fields[part].part_of_key = true;
            if let Some(identity) = fields[part].options.identity.take() {
                errors.at(
                    identity.span,
                    "a primary key of several fields is given by the program; drop `identity`, or let the identity be the key alone",
                );
            }
        }
        return Some(marked);
    }
    let named = || {
        fields
            .iter()
            .position(|field| field.name == "id" && field.column.is_some())
    };
    let key = match marked.first().copied().or_else(named) {
        Some(key) => {
            if fields[key].options.primary_key.is_none() && fields[key].ty.null {
                errors.at(
                    fields[key].ident.span(),
                    "`id` is the primary key and cannot be NULL; write its type without `Option`",
                );
            }
            if let Some(at) = fields[key].options.unique.take() {
                errors.at(at, "a primary key is unique already; drop `unique`");
            }
            key
        }
        None => {
            let more = match view {
                true => "; choose the columns by which the rows of the view are told apart",
                false => "",
            };
            errors.at(
                model.span(),
                format!(
                    "`{model}` has no primary key; name a field `id`, as in `id: i64`, or mark one with \
                     #[orm(primary_key)]{more}"
                ),
            );
            fields
                .iter()
                .position(|field| field.column.is_some() && field.options.generated.is_none())?
        }
    };
    fields[key].primary_key = true;
    Some(vec![key])
}

impl super::Model {
    /// A row has one version.
    pub(super) fn check_versions(&mut self, errors: &mut Errors) {
        let mut first: Option<&str> = None;
        for field in &mut self.fields {
            let Some(at) = field.options.version else {
                continue;
            };
            match first {
                None => first = Some(&field.name),
                Some(first) => {
                    errors.at(
                        at,
                        format!(
                            "`{first}` is the version already, and a row has one; drop `version` from `{}`",
                            field.name
                        ),
                    );
                    field.options.version = None;
                }
            }
        }
    }
}
