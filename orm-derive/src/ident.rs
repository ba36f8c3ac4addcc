//! Strings as names in Rust.

use proc_macro2::{Ident, Span};

/// A string as the name of a field or method, raw where it is a keyword; `None` where it cannot be one.
pub fn to_ident(name: &str, span: Span) -> Option<Ident> {
    let ident = syn::parse_str::<Ident>(name).or_else(|_| syn::parse_str(&format!("r#{name}")));
    ident.ok().map(|mut ident| {
        ident.set_span(span);
        ident
    })
}
