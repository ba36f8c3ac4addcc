//! Items from checked facts, one file per item. Everything that does not depend on the struct is a call into the
//! library, so that a model costs the compiler little.

mod choices;
mod column_type;
mod composite_foreign_key;
mod create;
mod differences;
mod embed;
mod fields;
mod identity;
mod indexes;
mod model;
mod projection;
mod relations;
mod reverse;
mod scope;
mod search;
mod security;
mod spec;
mod test;
mod trigger;
mod view;

pub(crate) use choices::choices;
pub(crate) use column_type::newtype;
pub(crate) use embed::embed;
pub(crate) use projection::projection;
pub(crate) use test::test;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use crate::attr::DbType;
use crate::model::{Field, Model};

pub(crate) fn model(model: &Model) -> TokenStream {
    let fields = fields::expand(model);
    let accessors = relations::expand(model);
    let reverse = reverse::expand(model);
    let implementation = model::expand(model);
    let create = model.options.view.is_none().then(|| create::expand(model));
    quote! {
        #fields
        #accessors
        #reverse
        #implementation
        #create
    }
}

/// Whose fields are expanded.
#[derive(Clone, Copy)]
enum Owner {
    Model,
    /// A struct that models share, which is asked where it stands in one.
    Embed,
}

/// What the compiler says about the struct, it says at the struct and not again here.
fn quiet() -> TokenStream {
    quote!(#[allow(dead_code, deprecated, non_snake_case, non_camel_case_types)])
}

/// The span of something the user wrote, for code that the user did not write: errors point there, lints skip it.
fn at(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// An identifier derived from one of the user's.
fn derived(name: &str, from: &Ident) -> Ident {
    Ident::new(name, at(from.span()))
}

/// An associated item of a field's column type, inside `impl Model`. Always spelled the same, so that a type that is
/// not a column is one error: the compiler reports equal ones once.
fn column_type(field: &Field, item: &TokenStream) -> TokenStream {
    let ty = &field.ty.ty;
    quote_spanned!(at(ty.span())=> <#ty as __orm::ColumnType>::#item)
}

/// An associated item of the type of a field with `#[orm(embed)]`, also spelled one way.
fn embed_item(ty: &Type, item: &TokenStream) -> TokenStream {
    quote_spanned!(at(ty.span())=> <#ty as ::orm::__private::EmbedField>::#item)
}

/// A position among fields or columns: embeds before the field move it by as many columns as they have.
fn position(field: &Field, own: u16) -> TokenStream {
    if field.behind.is_empty() {
        return quote!(#own);
    }
    let behind = field.behind.iter().map(|ty| embed_item(ty, &quote!(COLUMNS)));
    quote!((#own #(+ #behind)*))
}

/// The same as an index.
fn index(field: &Field, own: u16) -> TokenStream {
    if field.behind.is_empty() {
        let own = usize::from(own);
        return quote!(#own);
    }
    let position = position(field, own);
    quote!((#position as usize))
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// The type of a column by its name.
fn db_type(db_type: &DbType) -> TokenStream {
    let (sqlite, postgres) = (option(db_type.sqlite.as_ref()), option(db_type.postgres.as_ref()));
    quote!(::core::option::Option::Some(::orm::__private::DbTypeSpec { sqlite: #sqlite, postgres: #postgres }))
}

/// The field's own documentation, or a default.
fn docs(field: &Field, otherwise: impl FnOnce() -> String) -> TokenStream {
    match field.docs.as_slice() {
        [] => {
            let doc = otherwise();
            quote!(#[doc = #doc])
        }
        docs => quote!(#(#docs)*),
    }
}

/// `Post` -> `PostFields`
fn fields_ident(model: &Model) -> Ident {
    derived(&format!("{}Fields", model.name), &model.ident)
}

/// `Post` -> `PostCreate`
fn create_ident(model: &Model) -> Ident {
    derived(&format!("{}Create", model.name), &model.ident)
}

/// The function that computes a field's default.
fn default_ident(field: &Field) -> Ident {
    derived(&format!("default_{}", field.name), &field.ident)
}

#[cfg(test)]
mod tests;
