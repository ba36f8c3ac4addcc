//! `impl Model`, and the registration by which the program finds it.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::{
    Owner, at, column_type, composite_foreign_key, create_ident, default_ident, embed_item, fields_ident,
    index, position, quiet, scope, spec,
};
use crate::attr::IndexOption;
use crate::ident::to_ident;
use crate::model::{Field, FieldKind, Model};

pub(super) fn expand(model: &Model) -> TokenStream {
    let (ident, fields, create) = (&model.ident, fields_ident(model), create_ident(model));
    let spec = spec::expand(model);
    let types: Vec<_> = model.key().map(|field| &field.ty.ty).collect();
    let names: Vec<_> = model.key().map(|field| &field.ident).collect();
    let (key_type, key) = match (types.as_slice(), names.as_slice()) {
        ([ty], [name]) => (quote!(#ty), quote!(::core::clone::Clone::clone(&self.#name))),
        _ => (
            quote!((#(#types),*)),
            quote!((#(::core::clone::Clone::clone(&self.#names)),*)),
        ),
    };
    let Parts {
        made,
        decoded,
        encoded,
        fill,
        computed,
        touch,
    } = Parts::of(model, Owner::Model);
    let fill = fill.map(|fills| {
        quote! {
            fn fill(row: &mut __orm::AssignedColumns) {
                #fills
            }
        }
    });
    let versioned = model
        .columns()
        .any(|field| field.options.version.is_some())
        .then(|| {
            quote!(
                const VERSIONED: bool = true;
            )
        });
    let (quiet, defaults, named) = (quiet(), defaults(model), named(model));
    let (seen, scopes) = (scope::seen(model), scope::names(model));
    let (points_at, goes_through) = (points_at(model), goes_through(model));
    let paired = composite_foreign_key::paired(model);
    // A view has no builder.
    let (create, kind) = match &model.options.view {
        Some(view) => (quote!(()), view.materialized.map(|_| quote!(Materialized))),
        None => (quote!(#create), Some(quote!(Writable))),
    };
    let kind = kind.map(|kind| {
        quote! {
            #[automatically_derived]
            impl __orm::#kind for #ident {}
        }
    });
    quote! {
        #quiet
        const _: () = {
            use ::orm::__private as __orm;

            #defaults
            #named
            #scopes
            #points_at
            #goes_through
            #paired

            #[automatically_derived]
            impl __orm::Model for #ident {
                type Fields<J: __orm::Join> = #fields<J>;
                type Key = #key_type;
                type Create = #create;
                type Seen<J: __orm::Join> = #seen;

                const SPEC: &'static __orm::ModelSpec = {
                    static SPEC: __orm::ModelSpec = #spec;
                    &SPEC
                };

                #computed
                #versioned

                #[inline]
                fn fields<J: __orm::Join>(at: __orm::RowSource) -> #fields<J> {
                    #fields { #(#made,)* __at: at, __join: ::core::marker::PhantomData }
                }

                fn key(&self) -> Self::Key {
                    #key
                }

                fn decode(row: &__orm::Row<'_>, at: usize) -> __orm::Result<Self> {
                    ::core::result::Result::Ok(#ident { #(#decoded),* })
                }

                fn encode<'a>(&'a self, out: &mut ::std::vec::Vec<__orm::Value<'a>>) {
                    #encoded
                }

                #fill
                #touch

                #[inline]
                fn slot() -> &'static __orm::MetaSlot {
                    static SLOT: __orm::MetaSlot = __orm::MetaSlot::new();
                    &SLOT
                }
            }

            #kind

            #[automatically_derived]
            impl __orm::SqlRow for #ident {
                type Columns = __orm::ModelColumns;

                fn columns(row: &__orm::Row<'_>) -> __orm::Result<__orm::ModelColumns> {
                    __orm::ModelColumns::of::<Self>(row)
                }

                fn read(row: &__orm::Row<'_>, columns: &__orm::ModelColumns) -> __orm::Result<Self> {
                    columns.read(row)
                }
            }

            #[__orm::linkme::distributed_slice(__orm::MODELS)]
            #[linkme(crate = __orm::linkme)]
            static REGISTER: __orm::Registration = __orm::Registration {
                spec: <#ident as __orm::Model>::SPEC,
                slot: <#ident as __orm::Model>::slot,
            };
        };
    }
}

/// What the compiler can tell of the columns that foreign keys point at by `to`: that they are there, of that type, and unique.
pub(super) fn points_at(model: &Model) -> TokenStream {
    let keys = model.columns().filter_map(|field| {
        let to = field.options.to.as_ref().filter(|to| !to.value.is_empty())?;
        let (target, key, name) = (field.ty.target.as_ref()?, field.ty.key.as_ref()?, &to.value);
        let column = to_ident(name, to.span)?;
        let (points, of) = (
            format!("`{}.{}` points at `{name}` of `{}`", model.name, field.name, target.to_token_stream()),
            target.to_token_stream(),
        );
        let repeated = format!(
            "{points}, which is not unique: the database would not know which row is meant; mark `{name}` #[orm(unique)] in `{of}`, or \
             point at another column"
        );
        let is_key = format!(
            "{points}, which is the primary key: a foreign key points at that anyway; drop `to`, and the second type"
        );
        Some(quote_spanned! {at(to.span)=>
            const _: fn(<#target as __orm::Model>::Fields<__orm::Inner>) =
                |fields| __orm::points_at::<#key, _>(fields.#column);
            const _: () = match <#target as __orm::Model>::SPEC.known_field(#name) {
                __orm::KnownField::Unique => {}
                __orm::KnownField::Repeated => ::core::panic!(#repeated),
                __orm::KnownField::Key => ::core::panic!(#is_key),
            };
        })
    });
    keys.collect()
}

/// What the compiler can tell of the foreign keys that `through_fields` names: that both point at primary keys.
fn goes_through(model: &Model) -> TokenStream {
    let pairs = model.fields.iter().filter_map(|field| {
        let (through, names) = (&field.options.through.as_ref()?.value, field.options.through_fields.as_ref()?);
        let checks = names.value.iter().map(|name| {
            let message = format!(
                "`{}.{}` goes through `{name}` of `{}`, which points at another column than the primary key; drop its `to`, and the \
                 second type",
                model.name,
                field.name,
                through.to_token_stream()
            );
            quote_spanned! {at(names.span)=>
                const _: () = ::core::assert!(!<#through as __orm::Model>::SPEC.points_elsewhere(#name), #message);
            }
        });
        Some(checks.collect::<TokenStream>())
    });
    pairs.collect()
}

/// What models and embeds implement alike, where `at` is the position of their first column in a row.
pub(super) struct Parts {
    /// The fields of closures.
    pub(super) made: Vec<TokenStream>,
    pub(super) decoded: Vec<TokenStream>,
    pub(super) encoded: TokenStream,
    /// Assigns defaults.
    pub(super) fill: Option<TokenStream>,
    pub(super) computed: Option<TokenStream>,
    pub(super) touch: Option<TokenStream>,
}

impl Parts {
    pub(super) fn of(model: &Model, owner: Owner) -> Parts {
        let made = model.stored().map(|field| {
            let name = &field.ident;
            let (position, column) = (position(field, field.position), position(field, field.start));
            match (field.ty.kind, owner) {
                (FieldKind::Embed, Owner::Model) => quote! {
                    #name: __orm::Embedded::new(
                        __orm::EmbedPlace::new(at, <Self as __orm::Model>::slot(), #position, #column),
                    )
                },
                (FieldKind::Embed, Owner::Embed) => quote!(#name: __orm::Embedded::new(at.within(#position))),
                (_, Owner::Model) => quote!(#name: __orm::Field::new(at, #column)),
                (_, Owner::Embed) => quote!(#name: __orm::Field::new(at.rows(), at.column(#column))),
            }
        });
        let decoded = model.fields.iter().map(|field| {
            let (name, column) = (&field.ident, index(field, field.start));
            match field.ty.kind {
                FieldKind::Embed => {
                    let read = embed_item(&field.ty.ty, &quote!(decode));
                    quote!(#name: #read(row, at + #column)?)
                }
                // Also for a primary key that is an `Option` by mistake, which was reported.
                FieldKind::ManyToMany => quote!(#name: ::core::default::Default::default()),
                _ => {
                    let read = column_type(field, &quote!(read));
                    quote!(#name: #read(row, at + #column)?)
                }
            }
        });
        Parts {
            made: made.collect(),
            decoded: decoded.collect(),
            encoded: encoded(model),
            fill: fill(model, owner),
            computed: computed(model),
            touch: touch(model),
        }
    }
}

/// The values of all columns, those of columns that stand side by side at once.
fn encoded(model: &Model) -> TokenStream {
    let mut out = TokenStream::new();
    let mut columns: Vec<TokenStream> = Vec::new();
    for field in model.stored() {
        let name = &field.ident;
        match field.ty.kind {
            FieldKind::Embed => {
                let encode = embed_item(&field.ty.ty, &quote!(encode));
                let before = std::mem::take(&mut columns);
                if !before.is_empty() {
                    out.extend(quote!(out.extend([#(#before),*]);));
                }
                out.extend(quote!(#encode(&self.#name, out);));
            }
            _ => {
                let encode = column_type(field, &quote!(encode));
                columns.push(quote!(#encode(&self.#name)));
            }
        }
    }
    if !columns.is_empty() {
        out.extend(quote!(out.extend([#(#columns),*]);));
    }
    out
}

fn computed(model: &Model) -> Option<TokenStream> {
    let own = model
        .columns()
        .any(|field| !field.settable() && !field.primary_key);
    let value = match own {
        true => quote!(true),
        false => {
            let embeds = model
                .embeds()
                .map(|field| embed_item(&field.ty.ty, &quote!(COMPUTED)));
            let embeds: Vec<TokenStream> = embeds.collect();
            if embeds.is_empty() {
                return None;
            }
            quote!(#(#embeds)||*)
        }
    };
    Some(quote! {
        const COMPUTED: bool = #value;
    })
}

/// A function per default, used by both the model's description and new rows.
pub(super) fn defaults(model: &Model) -> TokenStream {
    let defaults = model.columns().filter_map(|field| {
        let options = &field.options;
        let (ty, name) = (&field.ty.ty, default_ident(field));
        let value = match (&options.default, &options.default_fn) {
            // The elements of an array would say which type they have.
            (Some(default), _) if matches!(&default.value, Expr::Array(array) if array.elems.is_empty()) => {
                quote_spanned!(at(default.value.span())=> ::std::vec::Vec::new())
            }
            (Some(default), _) => default.value.to_token_stream(),
            (None, Some(function)) => {
                let function = &function.value;
                quote_spanned!(at(function.span())=> #function())
            }
            (None, None) => return None,
        };
        let value = quote_spanned!(at(value.span())=> __orm::default_value::<#ty>(#value));
        Some(quote!(fn #name() -> __orm::Value<'static> { #value }))
    });
    defaults.collect()
}

/// Has the compiler look whether there is what orderings, indexes and constraints name in other models and in embeds.
fn named(model: &Model) -> Option<TokenStream> {
    let options = &model.options;
    let over = [&options.indexes, &options.uniques, &options.exclusions];
    let over = over.into_iter().flatten().flat_map(IndexOption::fields);
    let names = options.ordering.iter().flatten().chain(over);
    let paths: Vec<TokenStream> = names
        .filter(|name| name.leaves_the_model())
        .filter_map(|name| {
            let span = at(name.span);
            let (relations, last) = name.path(span)?;
            let steps = relations.iter().map(|relation| {
                let (relation, embeds) = relation.split_last()?;
                Some(quote_spanned!(span=> #(.#embeds)* .#relation()))
            });
            let steps = steps.collect::<Option<Vec<_>>>()?;
            Some(match last.as_slice() {
                [last] => quote_spanned!(span=> let _ = row #(#steps)* .#last;),
                _ => quote_spanned!(span=> __orm::one_column(row #(#steps)* #(.#last)*);),
            })
        })
        .collect();
    let fields = fields_ident(model);
    (!paths.is_empty()).then(|| {
        quote! {
            #[allow(dead_code)]
            fn named(row: #fields<__orm::Inner>) { #(#paths)* }
        }
    })
}

/// Whether Rust code computes the field's value for a new row.
pub(super) fn is_filled(field: &Field) -> bool {
    let options = &field.options;
    options.default.is_some()
        || options.default_fn.is_some()
        || options.auto_now.is_some()
        || options.auto_now_add.is_some()
        || field.uuid_key()
}

/// Assigns the defaults computed by Rust code to columns that `create()` did not assign.
fn fill(model: &Model, owner: Owner) -> Option<TokenStream> {
    let defaults: Vec<_> = model
        .stored()
        .filter_map(|field| {
            let (ty, column) = (&field.ty.ty, index(field, field.start));
            let column = match owner {
                Owner::Model => column,
                Owner::Embed => quote!(at + #column),
            };
            let options = &field.options;
            if field.ty.kind == FieldKind::Embed {
                let fill = embed_item(ty, &quote!(fill));
                return Some(quote!(#fill(row, #column);));
            }
            if !is_filled(field) {
                return None;
            }
            let function = if options.default.is_some() || options.default_fn.is_some() {
                default_ident(field).to_token_stream()
            } else if options.auto_now.is_some() || options.auto_now_add.is_some() {
                quote_spanned!(at(ty.span())=> __orm::now_value::<#ty>)
            } else {
                quote!(__orm::uuid_v7)
            };
            Some(quote!(__orm::fill(row, #column, #function);))
        })
        .collect();
    (!defaults.is_empty()).then(|| quote!(#(#defaults)*))
}

fn touch(model: &Model) -> Option<TokenStream> {
    let fields = model.stored().filter_map(|field| {
        let (name, ty) = (&field.ident, &field.ty.ty);
        if field.ty.kind == FieldKind::Embed {
            let touch = embed_item(ty, &quote!(touch));
            return Some(quote!(#touch(&mut self.#name);));
        }
        field.options.auto_now?;
        Some(quote_spanned!(at(ty.span())=> self.#name = __orm::now::<#ty>();))
    });
    let fields: Vec<_> = fields.collect();
    (!fields.is_empty()).then(|| {
        quote! {
            fn touch(&mut self) { #(#fields)* }
        }
    })
}
