//! An enum whose variants are stored as strings.

use std::collections::HashMap;

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Variant};

use crate::attr::{At, ChoicesOptions, VariantOptions, integer_of};
use crate::errors::Errors;

use super::snake_case::snake_case;

pub(crate) struct Choices {
    pub(crate) ident: Ident,
    pub(crate) variants: Vec<(Ident, String)>,
    /// Whether it is a database enum type, and that type's name if it is given.
    pub(crate) native: Option<Option<String>>,
    /// The new string or number, and the old one.
    pub(crate) renamed: Vec<(String, String)>,
    /// Where the values are numbers: the type of the column, and the number of each variant.
    pub(crate) numbers: Option<(Ident, Vec<i64>)>,
}

/// The most bytes of a name in the database.
const MAX_IDENTIFIER: usize = 63;

impl Choices {
    pub(crate) fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Self> {
        let Data::Enum(data) = &input.data else {
            errors.at(
                input.ident.span(),
                "`Choices` is for enums whose variants hold no data: `enum Status { Draft, Published }`",
            );
            return None;
        };
        if !input.generics.params.is_empty() {
            errors.at(
                input.generics.span(),
                "an enum of choices takes no generic parameters",
            );
            return None;
        }
        let options = ChoicesOptions::read(&input.attrs, errors);
        let by_number = options.integer.is_some();
        let native = options.native.map(|native| native.name);
        if let Some(Some(name)) = &native
            && name.value.len() > MAX_IDENTIFIER
        {
            errors.at(
                name.span,
                format!("the name of a type has at most {MAX_IDENTIFIER} bytes; shorten it"),
            );
        }
        if data.variants.is_empty() {
            errors.at(
                input.ident.span(),
                "an enum without variants allows no value at all; add one",
            );
            return None;
        }
        let mut numbers: Vec<At<i64>> = Vec::new();
        let mut variants: Vec<(Ident, String)> = Vec::new();
        let mut values: HashMap<String, Ident> = HashMap::new();
        let mut renamed: Vec<(Ident, String, At<String>)> = Vec::new();
        let before = errors.len();
        for variant in &data.variants {
            if !matches!(variant.fields, Fields::Unit) {
                errors.at(
                    variant.fields.span(),
                    format!(
                        "a choice is stored as one text and holds no data; drop the data of `{}`, or store the enum in \
                         a `Json<{}>` column",
                        variant.ident, input.ident
                    ),
                );
                continue;
            }
            let mut options = VariantOptions::read(&variant.attrs, errors);
            if by_number && options.number.is_none() {
                options.number = discriminant(variant, errors);
            }
            if let (Some(_), Some(number)) = (&options.value, &options.number) {
                errors.at(number.span, "`value` is given twice; keep one");
            }
            let (value, at) = match (options.value, &options.number) {
                (Some(value), _) => (value.value, value.span),
                (None, Some(number)) => (number.value.to_string(), number.span),
                (None, None) => (
                    snake_case(&variant.ident.unraw().to_string()),
                    variant.ident.span(),
                ),
            };
            if let Some(other) = values.insert(value.clone(), variant.ident.clone()) {
                errors.at(
                    at,
                    format!(
                        "`{other}` and `{}` are both stored as {}",
                        variant.ident,
                        match &options.number {
                            Some(_) => format!("{value}; give one another number"),
                            None => format!("\"{value}\"; give one #[orm(value = \"..\")]"),
                        }
                    ),
                );
            }
            let old = match (options.renamed_from, options.old_number) {
                (Some(old), None) if options.number.is_some() => {
                    errors.at(
                        old.span,
                        "the values are numbers, and so was the old one: write `renamed_from = 3`",
                    );
                    None
                }
                (None, Some(old)) if options.number.is_none() => {
                    errors.at(
                        old.span,
                        "the values are strings, and so was the old one: write `renamed_from = \"old_string\"`",
                    );
                    None
                }
                (Some(_), Some(old)) => {
                    errors.at(old.span, "`renamed_from` is given twice; keep one");
                    None
                }
                (Some(old), None) => Some(old),
                (None, old) => old.map(|old| At {
                    value: old.value.to_string(),
                    span: old.span,
                }),
            };
            if let Some(old) = old {
                renamed.push((variant.ident.clone(), value.clone(), old));
            }
            numbers.extend(options.number);
            variants.push((variant.ident.clone(), value));
        }
        check_renames(&mut renamed, &values, errors);
        let numbers = check_numbers(numbers, options.integer, &variants, native.is_some(), errors);
        // A match that misses variants would be a second error for the same mistake.
        let complete = variants.len() == data.variants.len();
        debug_assert!(complete || errors.len() > before);
        complete.then(|| Choices {
            ident: input.ident.clone(),
            variants,
            native: native.map(|name| name.map(|name| name.value)),
            numbers,
            renamed: renamed
                .into_iter()
                .map(|(_, new, old)| (new, old.value))
                .collect(),
        })
    }
}

/// The number that a variant has in Rust, as in `High = 9`.
fn discriminant(variant: &Variant, errors: &mut Errors) -> Option<At<i64>> {
    let (_, expression) = variant.discriminant.as_ref()?;
    match integer_of(expression) {
        Some(Ok(value)) => Some(At {
            value,
            span: expression.span(),
        }),
        Some(Err(message)) => {
            errors.at(expression.span(), message);
            None
        }
        None => {
            errors.at(
                expression.span(),
                "a stored number is written out, as in `High = 9`; give the variant #[orm(value = 9)]",
            );
            None
        }
    }
}

/// Drops an invalid `renamed_from` of a variant.
fn check_renames(
    renamed: &mut Vec<(Ident, String, At<String>)>,
    values: &HashMap<String, Ident>,
    errors: &mut Errors,
) {
    let mut claimed: HashMap<String, Ident> = HashMap::new();
    renamed.retain(|(variant, _, old)| {
        if let Some(other) = values.get(&old.value) {
            errors.at(
                old.span,
                format!(
                    "\"{}\" is still the value of `{other}`; `renamed_from` names one that is gone",
                    old.value
                ),
            );
            return false;
        }
        if let Some(other) = claimed.insert(old.value.clone(), variant.clone()) {
            errors.at(
                old.span,
                format!(
                    "`{other}` and `{variant}` cannot both have been \"{}\"; keep one",
                    old.value
                ),
            );
            return false;
        }
        true
    });
}

/// Numbers are the values of all variants or of none, and the column's type holds each.
fn check_numbers(
    numbers: Vec<At<i64>>,
    ty: Option<Ident>,
    variants: &[(Ident, String)],
    native: bool,
    errors: &mut Errors,
) -> Option<(Ident, Vec<i64>)> {
    let Some(first) = numbers.first() else {
        if let Some(ty) = ty {
            errors.at(
                ty.span(),
                "`integer` is for choices that are numbers: give each variant one with #[orm(value = 1)]",
            );
        }
        return None;
    };
    if native {
        errors.at(
            first.span,
            "a type of the database holds strings: leave `native` out, or write the values as strings",
        );
        return None;
    }
    if numbers.len() != variants.len() {
        errors.at(
            first.span,
            "either all variants are stored as numbers or none: give each a `value = 1`, or each a string",
        );
        return None;
    }
    let ty = ty.unwrap_or_else(|| Ident::new("i32", first.span));
    let range = match ty.to_string().as_str() {
        "i8" => i8::MIN.into()..=i8::MAX.into(),
        "i16" => i16::MIN.into()..=i16::MAX.into(),
        "i32" => i32::MIN.into()..=i32::MAX.into(),
        "i64" => i64::MIN..=i64::MAX,
        "u8" => 0..=u8::MAX.into(),
        "u16" => 0..=u16::MAX.into(),
        "u32" => 0..=u32::MAX.into(),
        "u64" => 0..=i64::MAX,
        _ => {
            errors.at(ty.span(), "`integer` is one of i8 to i64 and u8 to u64");
            return None;
        }
    };
    for number in numbers.iter().filter(|number| !range.contains(&number.value)) {
        errors.at(
            number.span,
            format!(
                "a column of `{ty}` does not hold {}; #[orm(integer = i64)] on the enum makes it wider",
                number.value
            ),
        );
    }
    Some((ty, numbers.into_iter().map(|number| number.value).collect()))
}
