//! Reverse relations: traits add a method to the fields and one to the rows of the target model, which may be in
//! another crate. Two traits, because the compiler cannot tell a foreign type's `Fields` from the type itself.

use heck::ToUpperCamelCase;
use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::Type;
use syn::spanned::Spanned;

use super::{at, composite_foreign_key, derived, position, quiet};
use crate::attr::CompositeForeignKey;
use crate::ident::to_ident;
use crate::model::{Field, FieldKind, Model};

pub(super) fn expand(model: &Model) -> TokenStream {
    let fields = model.relations();
    let fields = fields.filter_map(|field| Reverse::of_field(model, field));
    let keys = (0..).zip(&model.options.foreign_keys);
    let keys = keys.filter_map(|(position, key)| Reverse::of_composite(model, key, position));
    fields.chain(keys).map(|reverse| reverse.expand(model)).collect()
}

/// A relation as its target has it.
struct Reverse<'m> {
    /// The name of the relation in the model that declares it.
    relation: &'m str,
    target: &'m Type,
    method: Ident,
    /// The relation among those of its model.
    number: TokenStream,
    ends: Ends,
    through: Option<TokenStream>,
}

/// What a relation leads back to, and the functions that make it.
struct Ends {
    kind: &'static str,
    way: &'static str,
    rows: &'static str,
    row_way: &'static str,
}

const MANY: Ends = Ends {
    kind: "ToMany",
    way: "reverse",
    rows: "QuerySet",
    row_way: "rows_back",
};

impl<'m> Reverse<'m> {
    fn of_field(model: &Model, field: &'m Field) -> Option<Self> {
        let name = field.reverse_name(&model.snake)?;
        let given = field.options.related_name.as_ref();
        Some(Reverse {
            relation: &field.name,
            target: field.ty.target.as_ref()?,
            method: to_ident(&name, given.map_or(field.ident.span(), |name| name.span))?,
            number: position(field, field.position),
            ends: match field.ty.kind {
                FieldKind::ManyToMany => Ends {
                    kind: "ToMany",
                    way: "join_back",
                    rows: "Related",
                    row_way: "related_back",
                },
                FieldKind::OneToOne => Ends {
                    kind: "ToOne",
                    ..MANY
                },
                _ => MANY,
            },
            through: field.through(),
        })
    }

    fn of_composite(model: &Model, key: &'m CompositeForeignKey, position: u16) -> Option<Self> {
        let name = key.reverse_name(&model.snake)?;
        let given = key.related_name.as_ref();
        Some(Reverse {
            relation: &key.relation.value,
            target: &key.to,
            method: to_ident(&name, given.map_or(key.relation.span, |name| name.span))?,
            number: composite_foreign_key::number(model, position),
            ends: MANY,
            through: None,
        })
    }

    fn expand(&self, model: &Model) -> TokenStream {
        let Reverse {
            relation,
            target,
            method,
            number,
            ends,
            through,
        } = self;
        let (ident, vis, quiet) = (&model.ident, &model.vis, quiet());
        let [kind, way, rows, row_way] =
            [ends.kind, ends.way, ends.rows, ends.row_way].map(|name| Ident::new(name, at(target.span())));
        // `PostAuthorReverse`
        let of = |what| {
            derived(
                &format!("{}{}{what}", model.name, relation.to_upper_camel_case()),
                ident,
            )
        };
        let (of_fields, of_rows) = (of("Reverse"), of("Rows"));
        let joined = (kind == "ToOne").then(|| quote_spanned!(at(target.span())=> , ::orm::__private::Outer));
        let fields_doc = format!("The reverse of `{}::{relation}`, in queries.", model.name);
        let rows_doc = format!("The reverse of `{}::{relation}`, from a row.", model.name);
        let method_doc = format!("The `{}` rows whose `{relation}` leads here.", model.name);
        quote_spanned! {at(target.span())=>
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
                        #number,
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
                    ::orm::__private::#row_way(self, #number)
                }
            }
        }
    }
}
