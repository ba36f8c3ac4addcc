//! The options of a projection and of its fields.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, Expr, Token, TypePath};

use super::{each_option, once, set_flag, unknown, value};
use crate::errors::Errors;

/// The struct's options, unchecked.
#[derive(Default)]
pub(crate) struct ProjectionOptions {
    /// The model whose rows it is read from.
    pub(crate) model: Option<TypePath>,
}

impl ProjectionOptions {
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = ProjectionOptions::default();
        each_option(attributes, errors, |name, input| {
            match name.to_string().as_str() {
                "model" => once(&mut options.model, name, value(name, input, "model = Post")?),
                _ => Err(unknown(name, "a projection", &["model"])),
            }
        });
        options
    }
}

/// A field's options, unchecked.
#[derive(Default)]
pub(crate) struct ProjectionFieldOptions {
    /// Fields from relation to relation: the last is what is read.
    pub(crate) path: Option<(Span, Vec<Ident>)>,
    /// A closure that says what is read.
    pub(crate) expr: Option<(Span, Expr)>,
    /// Its type is a projection of what a relation leads to; a closure may say which.
    pub(crate) with: Option<(Span, Option<Expr>)>,
    /// Its type is an embed.
    pub(crate) embed: Option<Span>,
}

const KNOWN: &[&str] = &["path", "expr", "with", "embed"];

impl ProjectionFieldOptions {
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = ProjectionFieldOptions::default();
        each_option(attributes, errors, |name, input| {
            let span = name.span();
            match name.to_string().as_str() {
                "path" => once(&mut options.path, name, (span, path(name, input)?)),
                "expr" => {
                    let expr = closure(name, input, "expr = |p| p.views + 1")?;
                    once(&mut options.expr, name, (span, expr))
                }
                "with" if input.peek(Token![=]) => {
                    let related = closure(name, input, "with = |p| p.comments().limit(3)")?;
                    once(&mut options.with, name, (span, Some(related)))
                }
                "with" => once(&mut options.with, name, (span, None)),
                "embed" => set_flag(&mut options.embed, name, input),
                "nested" | "relation" | "related" | "prefetch" => Err(syn::Error::new(
                    span,
                    "what a relation leads to is read with `with`: `#[orm(with)] author: AuthorCard`",
                )),
                "rename" | "column" | "field" | "from" => Err(syn::Error::new(
                    span,
                    "a field of another name is read with `path`: `#[orm(path = title)] heading: String`",
                )),
                _ => Err(unknown(name, "a field of a projection", KNOWN)),
            }
        });
        options
    }
}

/// `= author.name`
fn path(name: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    let form = || {
        syn::Error::new(
            name.span(),
            "`path` is written `path = author.name`: relations and, at the end, a field; what is computed is read with `expr`",
        )
    };
    if !input.peek(Token![=]) {
        return Err(form());
    }
    input.parse::<Token![=]>()?;
    let mut steps = Vec::new();
    loop {
        steps.push(input.call(Ident::parse_any).map_err(|_| form())?);
        if !input.peek(Token![.]) {
            break;
        }
        input.parse::<Token![.]>()?;
    }
    match input.is_empty() || input.peek(Token![,]) {
        true => Ok(steps),
        false => Err(form()),
    }
}

/// `= |p| ..`, or the path of a function.
fn closure(name: &Ident, input: ParseStream<'_>, example: &str) -> syn::Result<Expr> {
    let given: Expr = value(name, input, example)?;
    match given {
        Expr::Closure(_) | Expr::Path(_) => Ok(given),
        _ => Err(syn::Error::new(
            name.span(),
            format!(
                "`{name}` is written `{example}`: a closure over the fields of the model, or the path of a function"
            ),
        )),
    }
}
