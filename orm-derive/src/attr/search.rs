//! `search(..)` of a struct: the strings that are searched for words.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Token, parenthesized, token};

use super::model::FieldName;
use super::{At, items, once, text};
use crate::errors::list;
use crate::ident::to_ident;

const EXAMPLE: &str = "search((\"title\", \"A\"), \"body\", language = \"english\")";
const WEIGHTS: [&str; 4] = ["A", "B", "C", "D"];

/// `search(("title", "A"), "body", language = "english", name = "found_by", tokenizer = "unicode61")`
pub(crate) struct SearchOption {
    /// The method by which queries get it.
    pub(crate) name: Option<At<String>>,
    pub(crate) fields: Vec<SearchedField>,
    pub(crate) language: String,
    pub(crate) tokenizer: Option<At<String>>,
    pub(crate) span: Span,
}

pub(crate) struct SearchedField {
    pub(crate) field: FieldName,
    /// The variant of the library's `SearchWeight`.
    pub(crate) weight: &'static str,
}

impl SearchOption {
    /// What queries call it.
    pub(crate) fn called(&self) -> &str {
        self.name.as_ref().map_or("search", |name| &name.value)
    }

    /// Where its name is said.
    pub(crate) fn named_at(&self) -> Span {
        self.name.as_ref().map_or(self.span, |name| name.span)
    }

    /// Its name as that of a method.
    pub(crate) fn method(&self) -> Option<Ident> {
        to_ident(self.called(), self.named_at())
    }
}

#[derive(Default)]
struct Parts {
    name: Option<At<String>>,
    fields: Vec<SearchedField>,
    language: Option<At<String>>,
    tokenizer: Option<At<String>>,
}

pub(super) fn read(option: &Ident, input: ParseStream<'_>) -> syn::Result<SearchOption> {
    let mut parts = Parts::default();
    items(option, input, EXAMPLE, |input| parts.read_one(input))?;
    if parts.fields.is_empty() {
        return Err(syn::Error::new(
            option.span(),
            format!("`{option}` names no field; write it `{EXAMPLE}`"),
        ));
    }
    let Some(language) = parts.language else {
        return Err(syn::Error::new(
            option.span(),
            "`search` does not say whose words it finds: `language = \"english\"`, or `language = \"simple\"` for words as they stand",
        ));
    };
    if let Some(name) = &parts.name
        && to_ident(&name.value, name.span).is_none()
    {
        return Err(syn::Error::new(
            name.span,
            format!(
                "`{}` cannot be the name of a method, by which queries get the search",
                name.value
            ),
        ));
    }
    Ok(SearchOption {
        name: parts.name,
        fields: parts.fields,
        language: language.value,
        tokenizer: parts.tokenizer,
        span: option.span(),
    })
}

impl Parts {
    fn read_one(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if input.peek(LitStr) {
            let field = searched(input)?;
            self.fields.push(SearchedField { field, weight: "D" });
            return Ok(());
        }
        if input.peek(token::Paren) {
            let content;
            parenthesized!(content in input);
            self.fields.push(weighted(&content)?);
            return Ok(());
        }
        let form = |span| {
            syn::Error::new(
                span,
                format!(
                    "`search` takes fields, `language = \"..\"`, `name = \"..\"` and `tokenizer = \"..\"`: `{EXAMPLE}`"
                ),
            )
        };
        let at = input.span();
        let key: Ident = input.parse().map_err(|_| form(at))?;
        match key.to_string().as_str() {
            "name" => once(&mut self.name, &key, text(&key, input, "name = \"found_by\"")?),
            "language" => {
                let language = text(&key, input, "language = \"english\"")?;
                once(&mut self.language, &key, language)
            }
            "tokenizer" => {
                let tokenizer = text(&key, input, "tokenizer = \"unicode61\"")?;
                once(&mut self.tokenizer, &key, tokenizer)
            }
            _ => Err(form(key.span())),
        }
    }
}

fn searched(input: ParseStream<'_>) -> syn::Result<FieldName> {
    let field = FieldName::read(input)?;
    match field.descending {
        true => Err(syn::Error::new(
            field.span,
            format!(
                "what is searched has no direction; write \"{}\" without the `-`",
                field.name
            ),
        )),
        false => Ok(field),
    }
}

/// `("title", "A")`
fn weighted(input: ParseStream<'_>) -> syn::Result<SearchedField> {
    let form = |span| {
        syn::Error::new(
            span,
            "a field that counts more is written `(\"title\", \"A\")`".to_owned(),
        )
    };
    let at = input.span();
    if !input.peek(LitStr) {
        return Err(form(at));
    }
    let field = searched(input)?;
    input.parse::<Token![,]>().map_err(|_| form(field.span))?;
    let weight: LitStr = input.parse().map_err(|_| form(field.span))?;
    input.parse::<Option<Token![,]>>()?;
    if !input.is_empty() {
        return Err(form(field.span));
    }
    let known = WEIGHTS.into_iter().find(|known| *known == weight.value());
    let weight = known.ok_or_else(|| {
        syn::Error::new(
            weight.span(),
            format!(
                "`{}` is not a weight; a field counts {}, from most to least",
                weight.value(),
                list(WEIGHTS)
            ),
        )
    })?;
    Ok(SearchedField { field, weight })
}
