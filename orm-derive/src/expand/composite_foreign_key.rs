//! Foreign keys over several columns: as static data, and what the compiler can tell of their two sides.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::{at, option};
use crate::attr::{At, CompositeForeignKey, FieldName, ReferentialAction};
use crate::ident::to_ident;
use crate::model::{Field, Model};

/// One as static data.
pub(super) fn spec(key: &CompositeForeignKey) -> TokenStream {
    let (relation, target) = (&key.relation.value, &key.to);
    let fields = key.fields.iter().map(|field| &field.name);
    let base = quote_spanned!(at(target.span())=>
        __orm::CompositeForeignKeySpec::to::<#target>(#relation, &[#(#fields),*])
    );
    let mut differs = TokenStream::new();
    if let Some(name) = &key.name {
        let name = option(Some(&name.value));
        differs.extend(quote!(name: #name,));
    }
    if !key.to_fields.is_empty() {
        let names = key.to_fields.iter().map(|field| &field.name);
        differs.extend(quote!(to_fields: &[#(#names),*],));
    }
    if key.index.as_ref().is_some_and(|given| !given.value) {
        differs.extend(quote!(index: false,));
    }
    let target = target_options(key);
    if !target.is_empty() {
        differs.extend(quote!(target: __orm::RelationSpec { #target ..BASE.target },));
    }
    match differs.is_empty() {
        true => base,
        false => quote! {
            {
                const BASE: __orm::CompositeForeignKeySpec = #base;
                __orm::CompositeForeignKeySpec { #differs ..BASE }
            }
        },
    }
}

fn target_options(key: &CompositeForeignKey) -> TokenStream {
    let mut out = TokenStream::new();
    let action = |given: &At<ReferentialAction>| {
        let action = format_ident!("{}", format!("{:?}", given.value));
        quote!(::core::option::Option::Some(__orm::ReferentialAction::#action))
    };
    if let Some(given) = &key.on_delete {
        let action = action(given);
        out.extend(quote!(on_delete: #action,));
    }
    if let Some(given) = &key.on_update {
        let action = action(given);
        out.extend(quote!(on_update: #action,));
    }
    if let Some(given) = &key.deferrable {
        let when = format_ident!("{}", format!("{:?}", given.value));
        out.extend(quote!(deferrable: ::core::option::Option::Some(__orm::Deferrable::#when),));
    }
    if key.db_constraint.as_ref().is_some_and(|given| !given.value) {
        out.extend(quote!(db_constraint: false,));
    }
    if key.not_valid.is_some() {
        out.extend(quote!(not_valid: true,));
    }
    if let Some(name) = &key.related_name {
        let name = option(Some(&name.value));
        out.extend(quote!(related_name: #name,));
    }
    out
}

/// The number of one among the relations of its model.
pub(super) fn number(model: &Model, position: u16) -> TokenStream {
    let ident = &model.ident;
    quote!(<#ident as ::orm::__private::Model>::SPEC.composite_relation(#position))
}

/// `p.region()` in closures.
pub(super) fn steps(model: &Model) -> impl Iterator<Item = TokenStream> {
    let (ident, vis) = (&model.ident, &model.vis);
    let keys = (0..).zip(&model.options.foreign_keys);
    keys.filter_map(move |(position, key)| {
        let name = to_ident(&key.relation.value, key.relation.span)?;
        let (target, number) = (&key.to, number(model, position));
        let joined = match key.fields.iter().any(|own| may_be_null(model, own)) {
            true => quote!(::orm::__private::Outer),
            false => quote_spanned!(at(target.span())=> <#target as ::orm::__private::Model>::Seen<__J>),
        };
        let doc = format!("Goes on to the row that `{}` points at.", key.relation.value);
        Some(quote_spanned! {at(target.span())=>
            #[doc = #doc]
            #vis fn #name(self) -> ::orm::__private::ToOne<#target, #joined> {
                ::orm::__private::ToOne::forward(self.__at, <#ident as ::orm::__private::Model>::slot(), #number)
            }
        })
    })
}

/// Only its own struct knows of a field of an embed, so there may be no value.
fn may_be_null(model: &Model, own: &FieldName) -> bool {
    let mut columns = model.columns();
    columns
        .find(|field| field.name == own.name)
        .is_none_or(|field| field.ty.null)
}

/// `place.region()` of rows.
pub(super) fn accessors(model: &Model) -> impl Iterator<Item = TokenStream> {
    let vis = &model.vis;
    let keys = (0..).zip(&model.options.foreign_keys);
    keys.filter_map(move |(position, key)| {
        let name = to_ident(&key.relation.value, key.relation.span)?;
        let (target, number) = (&key.to, number(model, position));
        let doc = format!("The row that `{}` points at, if it does.", key.relation.value);
        Some(quote_spanned! {at(target.span())=>
            #[doc = #doc]
            #vis fn #name(&self) -> ::orm::__private::QuerySet<#target> {
                ::orm::__private::row_ahead(self, #number)
            }
        })
    })
}

/// Has the compiler look whether the fields of the other model are there and of the same types. Where none are named, they are those of
/// the primary key, which its type tells.
pub(super) fn paired(model: &Model) -> TokenStream {
    let keys = model.options.foreign_keys.iter();
    keys.map(|key| match key.to_fields.as_slice() {
        [] => paired_with_key(model, key),
        _ => paired_with_fields(model, key),
    })
    .collect()
}

fn paired_with_fields(model: &Model, key: &CompositeForeignKey) -> TokenStream {
    let target = &key.to;
    let pairs = key.fields.iter().zip(&key.to_fields).filter_map(|(own, other)| {
        let column: Ident = to_ident(&other.name, other.span)?;
        let span = at(other.span);
        let check = match model.columns().find(|field| field.name == own.name) {
            Some(field) => {
                let held = held(field);
                quote_spanned!(span=> __orm::paired::<#held, _, _>(fields.#column))
            }
            // That of an embed, whose type its own struct knows.
            None => quote_spanned!(span=> let _ = fields.#column),
        };
        Some(quote_spanned! {span=>
            const _: fn(<#target as __orm::Model>::Fields<__orm::Inner>) = |fields| { #check; };
        })
    });
    pairs.collect()
}

fn paired_with_key(model: &Model, key: &CompositeForeignKey) -> TokenStream {
    let target = &key.to;
    let fields = key
        .fields
        .iter()
        .map(|own| model.columns().find(|field| field.name == own.name));
    let Some(held) = fields.map(|field| field.map(held)).collect::<Option<Vec<_>>>() else {
        return TokenStream::new();
    };
    let span = at(key.relation.span);
    quote_spanned! {span=>
        const _: fn() = || __orm::paired_key::<(#(#held),*), <#target as __orm::Model>::Key, _>();
    }
}

/// What a field holds: of a foreign key, what it points at holds.
fn held(field: &Field) -> TokenStream {
    let ty = &field.ty.ty;
    let span = at(ty.span());
    let base = quote_spanned!(span=> <#ty as __orm::ColumnType>::Base);
    match field.ty.is_relation() {
        true => quote_spanned!(span=> <#base as __orm::HoldsKey>::Key),
        false => base,
    }
}
