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
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

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

/// A name made from the user's, found where the user's is but not taken for code that the user wrote: lints pass over it.
fn derived(name: &str, from: &Ident) -> Ident {
    Ident::new(name, Span::call_site().located_at(from.span()))
}

/// `Post` -> `PostFields`
fn fields_ident(model: &Model) -> Ident {
    derived(&format!("{}Fields", model.name), &model.ident)
}

/// `Post` -> `PostCreate`
fn create_ident(model: &Model) -> Ident {
    derived(&format!("{}Create", model.name), &model.ident)
}

/// `Post`, `author` -> `PostAuthorReverse`
fn reverse_ident(model: &Model, field: &str) -> Ident {
    derived(
        &format!("{}{}Reverse", model.name, field.to_upper_camel_case()),
        &model.ident,
    )
}
