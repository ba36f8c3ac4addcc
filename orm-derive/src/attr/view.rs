//! `view(..)` of a struct: its rows are those of a query.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Token, Type, token};

use super::{At, items, once, parenthesised, set_flag, text};
use crate::errors::{did_you_mean, list};

const EXAMPLE: &str = "view(\"SELECT ..\", reads(Post))";
const KNOWN: [&str; 5] = ["sqlite", "postgres", "reads", "materialized", "with_no_data"];

/// `view("SELECT ..", reads(Author, Post))`, `view(sqlite = "..", postgres = "..", reads(Post))`; `view` alone beside `unmanaged`
pub(crate) struct View {
    pub(crate) sql: Option<At<String>>,
    pub(crate) sqlite: Option<At<String>>,
    pub(crate) postgres: Option<At<String>>,
    pub(crate) reads: Option<Vec<Type>>,
    pub(crate) materialized: Option<Span>,
    pub(crate) with_no_data: Option<Span>,
    pub(crate) span: Span,
}

pub(super) fn read(option: &Ident, input: ParseStream<'_>) -> syn::Result<View> {
    let mut view = View {
        sql: None,
        sqlite: None,
        postgres: None,
        reads: None,
        materialized: None,
        with_no_data: None,
        span: option.span(),
    };
    if !input.peek(token::Paren) && !input.peek(Token![=]) {
        return Ok(view);
    }
    items(option, input, EXAMPLE, |input| view.read_one(input))?;
    Ok(view)
}

impl View {
    fn read_one(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if input.peek(LitStr) {
            let written: LitStr = input.parse()?;
            let query = At {
                value: written.value(),
                span: written.span(),
            };
            if query.value.trim().is_empty() || query.value.contains('\0') {
                return Err(syn::Error::new(
                    query.span,
                    format!("write the query of the view: `{EXAMPLE}`"),
                ));
            }
            return match self.sql.replace(query) {
                None => Ok(()),
                Some(_) => Err(syn::Error::new(
                    written.span(),
                    "a view has one query; queries that differ are written `view(sqlite = \"..\", postgres = \"..\")`",
                )),
            };
        }
        let name = input.call(Ident::parse_any)?;
        match name.to_string().as_str() {
            "sqlite" => once(
                &mut self.sqlite,
                &name,
                text(&name, input, "sqlite = \"SELECT ..\"")?,
            ),
            "postgres" => once(
                &mut self.postgres,
                &name,
                text(&name, input, "postgres = \"SELECT ..\"")?,
            ),
            "reads" => {
                let models = parenthesised(&name, input, "reads(Author, Post)")?;
                let models = Punctuated::<Type, Token![,]>::parse_terminated.parse2(models)?;
                once(&mut self.reads, &name, models.into_iter().collect())
            }
            "materialized" => set_flag(&mut self.materialized, &name, input),
            "with_no_data" => set_flag(&mut self.with_no_data, &name, input),
            other => Err(syn::Error::new(
                name.span(),
                format!(
                    "unknown option `{other}` of `view`{}\nit takes a query and {}",
                    did_you_mean(other, KNOWN),
                    list(KNOWN)
                ),
            )),
        }
    }

    pub(crate) fn has_query(&self) -> bool {
        self.sql.is_some() || self.sqlite.is_some() || self.postgres.is_some()
    }
}
