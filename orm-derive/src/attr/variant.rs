//! The options of a variant of `Choices`.

use syn::Attribute;

use super::{At, each_option, once, text, unknown};
use crate::errors::Errors;

/// What a variant's attributes say, unchecked.
#[derive(Default)]
pub(crate) struct VariantOptions {
    pub(crate) value: Option<At<String>>,
}

impl VariantOptions {
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = VariantOptions::default();
        each_option(attributes, errors, |name, input| {
            match name.to_string().as_str() {
                "value" => once(&mut options.value, name, text(name, input, "value = \"text\"")?),
                _ => Err(unknown(name, "a variant", &["value"])),
            }
        });
        options
    }
}
