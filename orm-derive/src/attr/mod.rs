//! `#[orm(..)]` as written: known options with values of the right form, and nothing else.

mod choices;
mod field;
mod model;

pub(crate) use choices::{ChoicesOptions, VariantOptions};
pub(crate) use field::{DbDefault, FieldOptions, OnDelete};
pub(crate) use model::{FieldName, FieldsOption, ModelOptions};

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, Lit, LitInt, LitStr, Token};

use crate::errors::{Errors, did_you_mean, list};

/// A value and where it was written.
#[derive(Clone)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// Reads every option of every `#[orm(..)]`. After a mistake it goes on behind the next comma.
fn each_option(
    attributes: &[Attribute],
    errors: &mut Errors,
    mut read: impl FnMut(&Ident, ParseStream<'_>) -> syn::Result<()>,
) {
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("orm"))
    {
        let before = errors.len();
        let parsed = attribute.parse_args_with(|input: ParseStream<'_>| {
            while !input.is_empty() {
                let option = Ident::parse_any(input).and_then(|name| {
                    read(&name, input)?;
                    match input.is_empty() || input.peek(Token![,]) {
                        true => Ok(()),
                        false => Err(input.error(format!("expected a comma after `{name}`"))),
                    }
                });
                if let Err(error) = option {
                    errors.push(error);
                    while !input.is_empty() && !input.peek(Token![,]) {
                        input.parse::<proc_macro2::TokenTree>()?;
                    }
                }
                input.parse::<Option<Token![,]>>()?;
            }
            Ok(())
        });
        // What a failed option left unread inside its parentheses is reported a second time by syn.
        if let Err(error) = parsed
            && errors.len() == before
        {
            errors.push(error);
        }
    }
}

fn unknown(name: &Ident, owner: &str, known: &[&str]) -> syn::Error {
    let name_text = name.to_string();
    let meant = did_you_mean(&name_text, known.iter().copied());
    syn::Error::new(
        name.span(),
        format!(
            "unknown attribute `{name_text}`{meant}\n{owner} takes {}",
            list(known)
        ),
    )
}

fn once<T>(slot: &mut Option<T>, name: &Ident, value: T) -> syn::Result<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(syn::Error::new(
            name.span(),
            format!("`{name}` is given twice; keep one"),
        )),
    }
}

/// Reads `= value`; `example` shows what the option looks like.
fn value<T: Parse>(name: &Ident, input: ParseStream<'_>, example: &str) -> syn::Result<T> {
    let form = || format!("`{name}` is written `{example}`");
    if !input.peek(Token![=]) {
        return Err(syn::Error::new(name.span(), form()));
    }
    input.parse::<Token![=]>()?;
    let at = input.span();
    input.parse().map_err(|_| syn::Error::new(at, form()))
}

fn text(name: &Ident, input: ParseStream<'_>, example: &str) -> syn::Result<At<String>> {
    let text: LitStr = value(name, input, example)?;
    if text.value().is_empty() {
        return Err(syn::Error::new(
            text.span(),
            format!("`{name}` is empty; write it `{example}`"),
        ));
    }
    if text.value().contains('\0') {
        return Err(syn::Error::new(
            text.span(),
            format!("`{name}` cannot hold a NUL character"),
        ));
    }
    Ok(At {
        value: text.value(),
        span: text.span(),
    })
}

fn number(name: &Ident, input: ParseStream<'_>, example: &str) -> syn::Result<At<u32>> {
    let number: LitInt = value(name, input, example)?;
    let value = number.base10_parse()?;
    Ok(At {
        value,
        span: number.span(),
    })
}

/// `name`, `name = true` or `name = false`.
fn flag(name: &Ident, input: ParseStream<'_>) -> syn::Result<At<bool>> {
    let span = name.span();
    if !input.peek(Token![=]) {
        return Ok(At { value: true, span });
    }
    match value(name, input, &format!("{name} = true"))? {
        Lit::Bool(flag) => Ok(At {
            value: flag.value,
            span,
        }),
        other => Err(syn::Error::new(
            other.span(),
            format!("`{name}` is `true` or `false`"),
        )),
    }
}

/// A flag that is a span where it is set.
fn set_flag(slot: &mut Option<Span>, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    match flag(name, input)? {
        At { value: true, span } => once(slot, name, span),
        At { value: false, .. } => Ok(()),
    }
}

/// The content of the parentheses after `name`, all of it read.
fn parenthesised(name: &Ident, input: ParseStream<'_>, example: &str) -> syn::Result<TokenStream> {
    if !input.peek(syn::token::Paren) {
        return Err(syn::Error::new(
            name.span(),
            format!("`{name}` is written `{example}`"),
        ));
    }
    let content;
    syn::parenthesized!(content in input);
    content.parse()
}
