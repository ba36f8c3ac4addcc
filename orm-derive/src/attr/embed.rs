//! The options of a struct of fields that models share: it has none.

use syn::Attribute;

use super::each_option;
use crate::errors::Errors;

pub(crate) struct EmbedOptions;

impl EmbedOptions {
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) {
        each_option(attributes, errors, |name, _| {
            let instead = match name.to_string().as_str() {
                "index" | "unique" | "ordering" | "exclude" => {
                    format!("`{name}(\"address.city\")`")
                }
                "check" => "`check(\"name\", |p| p.address.city.ne(\"\"))`".to_owned(),
                "prefix" => "`#[orm(embed, prefix = \"billing_\")]` on the field".to_owned(),
                _ => "where it is a table".to_owned(),
            };
            Err(syn::Error::new(
                name.span(),
                format!("an embed has no table, and takes no `{name}`; say it in the model: {instead}"),
            ))
        });
    }
}
