//! `index(..)` and `unique(..)` of a struct.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, Lit, LitStr, Token};

use super::field::{Deferrable, deferrable};
use super::model::{FieldName, field_names};
use super::{At, once, parenthesised, set_flag, text, value};
use crate::errors::{did_you_mean, list};

/// `index("a", "-b")` or `index(name = "..", "a", |p| p.b.ascii_lower(), where = |p| ..)`; `unique` alike.
pub(crate) struct IndexOption {
    pub(crate) name: Option<At<String>>,
    pub(crate) message: Option<At<String>>,
    pub(crate) parts: Vec<Part>,
    pub(crate) condition: Option<Expr>,
    pub(crate) include: Vec<FieldName>,
    /// The name of the method, as the enum of the library has it.
    pub(crate) method: Option<At<String>>,
    pub(crate) with: Vec<(String, String)>,
    pub(crate) nulls_not_distinct: Option<Span>,
    pub(crate) deferrable: Option<At<Deferrable>>,
    pub(crate) span: Span,
}

impl IndexOption {
    /// Whether it says nothing of how it is kept.
    pub(crate) fn is_bare(&self) -> bool {
        self.include.is_empty() && self.method.is_none() && self.with.is_empty()
    }

    /// The fields that are parts, where every part is one and says no more than its direction.
    pub(crate) fn plain(&self) -> Option<Vec<&FieldName>> {
        let parts = self.parts.iter();
        parts
            .map(|part| part.field().filter(|_| part.is_plain()))
            .collect()
    }
}

/// `"field"`, `|p| ..`, or `part("field", desc, nulls = last, collation = "C", operators = "text_pattern_ops")`.
pub(crate) struct Part {
    pub(crate) key: PartKey,
    pub(crate) descending: bool,
    /// `First` or `Last`
    pub(crate) nulls: Option<At<String>>,
    pub(crate) collation: Option<At<String>>,
    pub(crate) operators: Option<At<String>>,
}

pub(crate) enum PartKey {
    Field(FieldName),
    Expression(Box<Expr>),
}

impl Part {
    fn of(key: PartKey) -> Self {
        Part {
            key,
            descending: false,
            nulls: None,
            collation: None,
            operators: None,
        }
    }

    pub(crate) fn field(&self) -> Option<&FieldName> {
        match &self.key {
            PartKey::Field(field) => Some(field),
            PartKey::Expression(_) => None,
        }
    }

    fn is_plain(&self) -> bool {
        !self.descending && self.nulls.is_none() && self.collation.is_none() && self.operators.is_none()
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
const PART: &str = "part(\"field\", desc, nulls = last, collation = \"C\", operators = \"text_pattern_ops\")";

pub(super) fn read(option: &Ident, input: ParseStream<'_>) -> syn::Result<IndexOption> {
    let example = match option == "unique" {
        true => "unique(\"field\", \"other_field\")",
        false => "index(\"field\", \"-other_field\")",
    };
    let content = parenthesised(option, input, example)?;
    let read = |input: ParseStream<'_>| {
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
        while !input.is_empty() {
            item(option, example, input, &mut out)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(out)
    };
    let out = read.parse2(content)?;
    if out.parts.is_empty() {
        return Err(syn::Error::new(
            option.span(),
            format!("`{option}` names no field; write it `{example}`"),
        ));
    }
    Ok(out)
}

fn item(option: &Ident, example: &str, input: ParseStream<'_>, out: &mut IndexOption) -> syn::Result<()> {
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
        "part" => part(&key, input).map(|part| out.parts.push(part)),
        "message" if unique => once(&mut out.message, &key, text(&key, input, "message = \"..\"")?),
        "nulls_not_distinct" if unique => set_flag(&mut out.nulls_not_distinct, &key, input),
        "deferrable" if unique => {
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
            let Some((_, variant)) = METHODS.iter().find(|(known, _)| name == known) else {
                let known = METHODS.map(|(known, _)| known);
                let meant = did_you_mean(&name.to_string(), known);
                return Err(syn::Error::new(
                    name.span(),
                    format!(
                        "there is no index by `{name}`{meant}\nmethods are {}",
                        list(known)
                    ),
                ));
            };
            let method = At {
                value: (*variant).to_owned(),
                span: name.span(),
            };
            once(&mut out.method, &key, method)
        }
        "with" if !unique => parameters(&key, input).map(|with| out.with.extend(with)),
        _ if input.is_empty() || input.peek(Token![,]) => Err(syn::Error::new(
            key.span(),
            format!("fields are written as strings: `{example}`"),
        )),
        _ => Err(syn::Error::new(key.span(), keys(option))),
    }
}

fn closure(input: ParseStream<'_>, example: &str) -> syn::Result<Expr> {
    let at = input.span();
    let form = || syn::Error::new(at, format!("a closure of the fields is written `{example}`"));
    let closure: Expr = input.parse()?;
    match &closure {
        Expr::Closure(one) if one.inputs.len() == 1 => Ok(closure),
        _ => Err(form()),
    }
}

fn part(option: &Ident, input: ParseStream<'_>) -> syn::Result<Part> {
    let content = parenthesised(option, input, PART)?;
    let form = |span| syn::Error::new(span, format!("a part is written `{PART}`"));
    let read = |input: ParseStream<'_>| {
        let mut out = if input.peek(LitStr) {
            let field = FieldName::read(input)?;
            if field.descending {
                return Err(syn::Error::new(
                    field.span,
                    format!(
                        "in a part the direction is a word: `part(\"{}\", desc)`",
                        field.name
                    ),
                ));
            }
            Part::of(PartKey::Field(field))
        } else if input.peek(Token![|]) {
            Part::of(PartKey::Expression(Box::new(closure(
                input,
                "|p| p.field.ascii_lower()",
            )?)))
        } else {
            return Err(form(option.span()));
        };
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let key = Ident::parse_any(input)?;
            match key.to_string().as_str() {
                "desc" => out.descending = true,
                "nulls" => {
                    let place: Ident = value(&key, input, "nulls = last")?;
                    let variant = match place.to_string().as_str() {
                        "first" => "First",
                        "last" => "Last",
                        _ => return Err(syn::Error::new(place.span(), "`nulls` are `first` or `last`")),
                    };
                    let place = At {
                        value: variant.to_owned(),
                        span: place.span(),
                    };
                    once(&mut out.nulls, &key, place)?;
                }
                "collation" => once(&mut out.collation, &key, text(&key, input, "collation = \"C\"")?)?,
                "operators" => {
                    let class = text(&key, input, "operators = \"text_pattern_ops\"")?;
                    once(&mut out.operators, &key, class)?;
                }
                _ => return Err(form(key.span())),
            }
        }
        Ok(out)
    };
    read.parse2(content)
}

/// `with(fillfactor = 70, fastupdate = false)`
fn parameters(option: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<(String, String)>> {
    const EXAMPLE: &str = "with(fillfactor = 70)";
    let content = parenthesised(option, input, EXAMPLE)?;
    let read = |input: ParseStream<'_>| {
        let mut out = Vec::new();
        while !input.is_empty() {
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
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(out)
    };
    read.parse2(content)
}

/// What `option` takes beside fields.
fn keys(option: &Ident) -> String {
    let parts = "fields, closures, `part(..)`, `name = \"..\"`, `where = |p| ..`";
    match option == "unique" {
        true => format!(
            "`unique` takes {parts}, `message = \"..\"`, `include(\"..\")`, `nulls_not_distinct` and `deferrable = Deferred`"
        ),
        false => format!("`index` takes {parts}, `include(\"..\")`, `method = gin` and `with(..)`"),
    }
}
