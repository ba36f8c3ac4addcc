//! Items from checked facts: one file per item. Everything that does not depend on the struct is called in the
//! library, so that a model costs the compiler little.

mod choices;
mod create;
mod fields;
mod model;
mod relations;
mod reverse;
mod spec;

pub(crate) use choices::choices;

use heck::ToUpperCamelCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::model::Model;

pub(crate) fn model(model: &Model) -> TokenStream {
    let fields = fields::expand(model);
    let accessors = relations::expand(model);
    let reverse = reverse::expand(model);
    let implementation = model::expand(model);
    let create = create::expand(model);
    quote! {
        #fields
        #accessors
        #reverse
        #implementation
        #create
    }
}

/// `Post` -> `PostFields`
fn fields_ident(model: &Model) -> Ident {
    format_ident!("{}Fields", model.ident)
}

/// `Post` -> `PostCreate`
fn create_ident(model: &Model) -> Ident {
    format_ident!("{}Create", model.ident)
}

/// `Post`, `author` -> `PostAuthorReverse`
fn reverse_ident(model: &Model, field: &str) -> Ident {
    format_ident!("{}{}Reverse", model.ident, field.to_upper_camel_case(), span = model.ident.span())
}
