//! `index(..)`, `unique(..)` and `exclude(..)` of a struct.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, Ident, Lit, LitStr, Token, parenthesized, token};

use super::field::{Deferrable, deferrable};
use super::index_part::{Part, PartKey, closure, compared_part, part};
use super::model::{FieldName, field_names};
use super::{At, items, once, set_flag, text, value};
use crate::errors::{did_you_mean, list};

/// `index("a", "-b")` or `index(name = "..", "a", |p| p.b.ascii_lower(), where = |p| ..)`; `unique` alike, and `exclude` with
/// an operator for each part: `exclude(("a", "="), (|p| p.b.ascii_lower(), "<>"))`.
pub(crate) struct IndexOption {
    pub(crate) name: Option<At<String>>,
    pub(crate) message: Option<At<String>>,
    pub(crate) parts: Vec<Part>,
    pub(crate) condition: Option<Expr>,
    pub(crate) include: Vec<FieldName>,
    /// The variant of the library's `IndexMethod`.
    pub(crate) method: Option<At<String>>,
    pub(crate) with: Vec<(String, String)>,
    pub(crate) nulls_not_distinct: Option<Span>,
    pub(crate) deferrable: Option<At<Deferrable>>,
    pub(crate) span: Span,
}

impl IndexOption {
    /// Whether it has no storage options.
    pub(crate) fn is_bare(&self) -> bool {
        self.include.is_empty() && self.method.is_none() && self.with.is_empty()
    }

    /// How `exclude` compares rows, part by part.
    pub(crate) fn operators(&self) -> impl Iterator<Item = Option<&str>> {
        let operators = self.parts.iter().map(|part| part.compared_by.as_ref());
        operators.map(|operator| operator.map(|operator| operator.value.as_str()))
    }

    /// All fields that it names.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &FieldName> {
        self.parts.iter().filter_map(Part::field).chain(&self.include)
    }

    /// The fields that are parts, where every part is one and says no more than its direction.
    pub(crate) fn plain(&self) -> Option<Vec<&FieldName>> {
        let parts = self.parts.iter();
        parts
            .map(|part| part.field().filter(|_| part.is_plain()))
            .collect()
    }
}

const METHODS: [(&str, &str); 6] = [
    ("btree", "Btree"),
    ("hash", "Hash"),
    ("gin", "Gin"),
    ("gist", "Gist"),
    ("brin", "Brin"),
    ("spgist", "Spgist"),
];
/// Those that can tell which rows are related.
const EXCLUDING: [&str; 4] = ["btree", "hash", "gist", "spgist"];
const EXCLUDE: &str = "exclude((\"field\", \"=\"), (|p| p.other_field, \"&&\"))";

pub(super) fn read(option: &Ident, input: ParseStream<'_>) -> syn::Result<IndexOption> {
    let example = match option.to_string().as_str() {
        "unique" => "unique(\"field\", \"other_field\")",
        "exclude" => EXCLUDE,
        _ => "index(\"field\", \"-other_field\")",
    };
    let mut out = IndexOption {
        name: None,
        message: None,
        parts: Vec::new(),
        condition: None,
        include: Vec::new(),
        method: None,
        with: Vec::new(),
        nulls_not_distinct: None,
        deferrable: None,
        span: option.span(),
    };
    items(option, input, example, |input| {
        item(option, example, input, &mut out)
    })?;
    if out.parts.is_empty() {
        return Err(syn::Error::new(
            option.span(),
            format!("`{option}` names no field; write it `{example}`"),
        ));
    }
    Ok(out)
}

fn item(option: &Ident, example: &str, input: ParseStream<'_>, out: &mut IndexOption) -> syn::Result<()> {
    let exclude = option == "exclude";
    if exclude && input.peek(token::Paren) {
        let content;
        parenthesized!(content in input);
        out.parts.push(compared_part(option, &content)?);
        return Ok(());
    }
    if exclude && (input.peek(LitStr) || input.peek(Token![|]) || input.peek(Token![move])) {
        return Err(input.error(format!(
            "what `exclude` compares stands with its operator: `{EXCLUDE}`"
        )));
    }
    if input.peek(LitStr) {
        out.parts.push(Part::of(PartKey::Field(FieldName::read(input)?)));
        return Ok(());
    }
    if input.peek(Token![|]) || input.peek(Token![move]) {
        let expression = closure(input, "|p| p.field.ascii_lower()")?;
        out.parts
            .push(Part::of(PartKey::Expression(Box::new(expression))));
        return Ok(());
    }
    if !input.peek(Ident::peek_any) {
        return Err(input.error(format!("fields are written as strings: `{example}`")));
    }
    let key = Ident::parse_any(input)?;
    let unique = option == "unique";
    match key.to_string().as_str() {
        "name" => once(&mut out.name, &key, text(&key, input, "name = \"..\"")?),
        "where" => {
            input.parse::<Token![=]>().map_err(|_| {
                syn::Error::new(key.span(), "`where` is written `where = |p| p.active.eq(true)`")
            })?;
            let condition = closure(input, "where = |p| p.active.eq(true)")?;
            once(&mut out.condition, &key, condition)
        }
        "part" if !exclude => part(&key, input).map(|part| out.parts.push(part)),
        "message" if unique || exclude => {
            once(&mut out.message, &key, text(&key, input, "message = \"..\"")?)
        }
        "nulls_not_distinct" if unique => set_flag(&mut out.nulls_not_distinct, &key, input),
        "deferrable" if unique || exclude => {
            let when = At {
                value: deferrable(&key, input)?,
                span: key.span(),
            };
            once(&mut out.deferrable, &key, when)
        }
        "include" => {
            out.include
                .extend(field_names(&key, input, "include(\"field\")")?);
            Ok(())
        }
        "method" if !unique => {
            let name: Ident = value(&key, input, "method = gin")?;
            let methods: Vec<(&str, &str)> = match exclude {
                true => Vec::from_iter(
                    METHODS
                        .into_iter()
                        .filter(|(method, _)| EXCLUDING.contains(method)),
                ),
                false => METHODS.to_vec(),
            };
            let Some((_, variant)) = methods.iter().find(|(known, _)| name == known) else {
                let known: Vec<&str> = methods.iter().map(|(known, _)| *known).collect();
                let meant = did_you_mean(&name.to_string(), known.iter().copied());
                let what = match exclude {
                    true => "no exclusion constraint is kept",
                    false => "there is no index",
                };
                return Err(syn::Error::new(
                    name.span(),
                    format!("{what} by `{name}`{meant}\nmethods are {}", list(&known)),
                ));
            };
            let method = At {
                value: (*variant).to_owned(),
                span: name.span(),
            };
            once(&mut out.method, &key, method)
        }
        "with" if !unique => parameters(&key, input).map(|with| out.with.extend(with)),
        _ if !exclude && (input.is_empty() || input.peek(Token![,])) => Err(syn::Error::new(
            key.span(),
            format!("fields are written as strings: `{example}`"),
        )),
        _ => Err(syn::Error::new(key.span(), keys(option))),
    }
}

/// `with(fillfactor = 70, fastupdate = false)`
pub(super) fn parameters(option: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<(String, String)>> {
    const EXAMPLE: &str = "with(fillfactor = 70)";
    let mut out = Vec::new();
    items(option, input, EXAMPLE, |input| {
        let key: Ident = input.parse()?;
        let given = match value::<Lit>(&key, input, EXAMPLE)? {
            Lit::Int(number) => number.base10_digits().to_owned(),
            Lit::Float(number) => number.base10_digits().to_owned(),
            Lit::Bool(flag) => flag.value.to_string(),
            Lit::Str(text) => text.value(),
            other => {
                return Err(syn::Error::new(
                    other.span(),
                    format!("`{key}` is a number, a text, `true` or `false`"),
                ));
            }
        };
        out.push((key.to_string(), given));
        Ok(())
    })?;
    Ok(out)
}

const EXCLUDE_KEYS: &str = "`exclude` takes parts with an operator, such as `(\"field\", \"=\")`, `name = \"..\"`, \
     `where = |p| ..`, `message = \"..\"`, `include(\"..\")`, `method = spgist`, `with(..)` and `deferrable = Deferred`";

/// What `option` takes beside fields.
fn keys(option: &Ident) -> String {
    let parts = "fields, closures, `part(..)`, `name = \"..\"`, `where = |p| ..`";
    match option.to_string().as_str() {
        "exclude" => EXCLUDE_KEYS.to_owned(),
        "unique" => format!(
            "`unique` takes {parts}, `message = \"..\"`, `include(\"..\")`, `nulls_not_distinct` and `deferrable = Deferred`"
        ),
        _ => format!("`index` takes {parts}, `include(\"..\")`, `method = gin` and `with(..)`"),
    }
}
