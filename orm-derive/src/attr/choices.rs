//! The options of an enum of choices and of its variants.

use syn::{Attribute, Token};

use super::{At, each_option, flag, once, text, unknown};
use crate::errors::Errors;

/// The enum's options, unchecked.
#[derive(Default)]
pub(crate) struct ChoicesOptions {
    pub(crate) native: Option<Native>,
}

/// Whether it is a database enum type, where the backend has such types.
pub(crate) struct Native {
    /// The type's name, if given.
    pub(crate) name: Option<At<String>>,
}

impl ChoicesOptions {
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = ChoicesOptions::default();
        each_option(attributes, errors, |name, input| {
            match name.to_string().as_str() {
                "native" if input.peek(Token![=]) && !input.peek2(syn::LitBool) => {
                    let given = text(name, input, "native = \"type_name\"")?;
                    once(&mut options.native, name, Native { name: Some(given) })
                }
                "native" => match flag(name, input)? {
                    At { value: true, .. } => once(&mut options.native, name, Native { name: None }),
                    At { value: false, .. } => Ok(()),
                },
                _ => Err(unknown(name, "an enum of choices", &["native"])),
            }
        });
        options
    }
}

/// A variant's options, unchecked.
#[derive(Default)]
pub(crate) struct VariantOptions {
    pub(crate) value: Option<At<String>>,
    pub(crate) renamed_from: Option<At<String>>,
}

impl VariantOptions {
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = VariantOptions::default();
        each_option(attributes, errors, |name, input| {
            match name.to_string().as_str() {
                "value" => once(&mut options.value, name, text(name, input, "value = \"text\"")?),
                "renamed_from" => once(
                    &mut options.renamed_from,
                    name,
                    text(name, input, "renamed_from = \"old_text\"")?,
                ),
                "native" => Err(syn::Error::new(
                    name.span(),
                    "`native` belongs on the enum, not on a variant",
                )),
                _ => Err(unknown(name, "a variant", &["value", "renamed_from"])),
            }
        });
        options
    }
}
