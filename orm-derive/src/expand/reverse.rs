//! Reverse relations: traits add a method to the fields and one to the rows of the target model, which may be in
//! another crate. Two traits, because the compiler cannot tell a foreign type's `Fields` from the type itself.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;

use super::{at, position, quiet, reverse_ident};
use crate::ident::to_ident;
use crate::model::{Field, FieldKind, Model};

pub(super) fn expand(model: &Model) -> TokenStream {
    model
        .relations()
        .filter_map(|field| reverse_name(model, field))
        .collect()
}

fn reverse_name(model: &Model, field: &Field) -> Option<TokenStream> {
    let name = field.reverse_name(&model.snake)?;
    let span = field
        .options
        .related_name
        .as_ref()
        .map_or(field.ident.span(), |name| name.span);
    let method = to_ident(&name, span)?;
    let (ident, vis, position) = (&model.ident, &model.vis, position(field, field.position));
    let target = field.ty.target.as_ref()?;
    let (kind, way, rows, row_way) = match field.ty.kind {
        FieldKind::ManyToMany => ("ToMany", "join_back", "Related", "related_back"),
        FieldKind::OneToOne => ("ToOne", "reverse", "QuerySet", "rows_back"),
        _ => ("ToMany", "reverse", "QuerySet", "rows_back"),
    };
    let [kind, way, rows, row_way] =
        [kind, way, rows, row_way].map(|name| Ident::new(name, at(target.span())));
    let (of_fields, of_rows) = (
        reverse_ident(model, field, "Reverse"),
        reverse_ident(model, field, "Rows"),
    );
    let joined = (kind == "ToOne").then(|| quote_spanned!(at(target.span())=> , ::orm::__private::Outer));
    let through = field.through();
    let quiet = quiet();
    let fields_doc = format!("The reverse of `{}::{}`, in queries.", model.name, field.name);
    let rows_doc = format!("The reverse of `{}::{}`, from a row.", model.name, field.name);
    let method_doc = format!("The `{}` rows whose `{}` leads here.", model.name, field.name);
    Some(quote_spanned! {at(target.span())=>
        #[doc = #fields_doc]
        #quiet
        #vis trait #of_fields<__J> {
            #[doc = #method_doc]
            fn #method(self) -> ::orm::__private::#kind<#ident #joined>;
        }

        #[automatically_derived]
        #quiet
        impl<__J: ::orm::__private::Join> #of_fields<__J> for <#target as ::orm::__private::Model>::Fields<__J> {
            fn #method(self) -> ::orm::__private::#kind<#ident #joined> {
                ::orm::__private::#kind::#way(
                    ::orm::__private::HasRowSource::row_source(self),
                    <#ident as ::orm::__private::Model>::slot(),
                    #position,
                )
            }
        }

        #[doc = #rows_doc]
        #quiet
        #vis trait #of_rows {
            #[doc = #method_doc]
            fn #method(&self) -> ::orm::__private::#rows<#ident #through>;
        }

        #[automatically_derived]
        #quiet
        impl #of_rows for #target {
            fn #method(&self) -> ::orm::__private::#rows<#ident #through> {
                ::orm::__private::#row_way(self, #position)
            }
        }
    })
}
