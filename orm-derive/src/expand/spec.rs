//! The model as static data.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use syn::spanned::Spanned;

use super::differences::Differences;
use super::model::is_filled;
use super::{
    Owner, at, column_type, composite_foreign_key, default_ident, embed_item, indexes, option, search,
    security, view,
};
use crate::attr::{At, DbDefault, FieldName, ReferentialAction};
use crate::model::{Field, FieldKind, Model};

pub(super) fn expand(model: &Model) -> TokenStream {
    let Model {
        ident, name, options, ..
    } = model;
    let fields = fields(model, Owner::Model);
    let mut differs = Differences::default();
    differs.set("fields", fields);
    for (name, given) in [
        ("table", &options.table),
        ("schema", &options.schema),
        ("comment", &options.comment),
        ("renamed_from", &options.renamed_from),
    ] {
        if let Some(given) = given {
            differs.set(name, option(Some(&given.value)));
        }
    }
    if let Some(with) = &options.with {
        let with = with.iter().map(|(name, value)| quote!((#name, #value)));
        differs.set("with", quote!(&[#(#with),*]));
    }
    if options.without_rowid.is_some() {
        differs.set("without_rowid", quote!(true));
    }
    if let Some(security) = &options.row_security {
        let forced = security.value;
        differs.set("row_security", quote!(::core::option::Option::Some(#forced)));
    }
    if options.unmanaged.is_some() {
        differs.set("unmanaged", quote!(true));
    }
    if let Some(given) = &options.view {
        differs.set("view", view::spec(given));
    }
    if model.columns().any(is_filled) || model.embeds().next().is_some() {
        differs.set(
            "fill",
            quote!(::core::option::Option::Some(<#ident as __orm::Model>::fill)),
        );
    }
    let ordering = options.ordering.iter().flatten().map(FieldName::written);
    let ordering: Vec<TokenStream> = ordering.map(|field| quote!(#field)).collect();
    let checks = options.checks.iter().map(|check| {
        let (name, condition) = (&check.name.value, &check.condition);
        let built = quote_spanned! {at(condition.span())=>
            __orm::check::<#ident, _, _>(#condition)
        };
        let message = option(check.message.as_ref().map(|message| &message.value));
        let made = quote!(__orm::CheckSpec::new(#name, || #built, #message));
        match check.not_valid {
            Some(_) => quote!(__orm::CheckSpec { not_valid: true, ..#made }),
            None => made,
        }
    });
    for (name, items) in [
        ("ordering", ordering),
        (
            "indexes",
            options
                .indexes
                .iter()
                .map(|one| indexes::index(one, ident))
                .collect(),
        ),
        (
            "uniques",
            options
                .uniques
                .iter()
                .map(|one| indexes::index(one, ident))
                .collect(),
        ),
        (
            "exclusions",
            options
                .exclusions
                .iter()
                .map(|one| indexes::exclusion(one, ident))
                .collect(),
        ),
        ("checks", checks.collect()),
        (
            "foreign_keys",
            options
                .foreign_keys
                .iter()
                .map(composite_foreign_key::spec)
                .collect(),
        ),
        ("searches", search::specs(model)),
        ("triggers", super::trigger::specs(&options.triggers)),
        ("policies", security::policies(&options.policies, ident)),
        ("grants", security::grants(&options.grants)),
        ("scopes", super::scope::specs(&options.scopes, ident)),
    ] {
        if !items.is_empty() {
            differs.set(name, quote!(&[#(#items),*]));
        }
    }
    let new = quote! {
        __orm::ModelSpec::new(
            #name,
            ::core::module_path!(),
            ::core::concat!(::core::file!(), ":", ::core::line!()),
        )
    };
    differs.over("ModelSpec", new)
}

/// All fields as a slice of static data.
pub(super) fn fields(model: &Model, owner: Owner) -> TokenStream {
    let mut groups: Vec<TokenStream> = Vec::new();
    let mut columns: Vec<TokenStream> = Vec::new();
    let mut count = 0_usize;
    for field in &model.fields {
        if field.ty.kind == FieldKind::Embed {
            let before = std::mem::take(&mut columns);
            if !before.is_empty() {
                groups.push(quote!(&[#(#before),*]));
            }
            groups.push(embed(field));
        } else if !field.ty.is_relation() || field.ty.target.is_some() {
            count += 1;
            columns.push(self::field(field, &model.ident, owner));
        }
    }
    if groups.is_empty() {
        return quote!(&[#(#columns),*]);
    }
    if !columns.is_empty() {
        groups.push(quote!(&[#(#columns),*]));
    }
    let counts = model
        .embeds()
        .map(|field| embed_item(&field.ty.ty, &quote!(FIELDS)));
    let name = &model.name;
    // What is wrong with the names together is an error at the first embed.
    let span = at(model
        .embeds()
        .next()
        .map_or(model.ident.span(), |field| field.ident.span()));
    let flattened = quote_spanned! {span=>
        __orm::flattened::<{ #count #(+ #counts.len())* }>(#name, &[#(#groups),*])
    };
    quote! {
        {
            const FIELDS: &[__orm::FieldSpec] = &#flattened;
            FIELDS
        }
    }
}

/// The fields of an embed among those of the struct that has it.
fn embed(field: &Field) -> TokenStream {
    let (ty, name, prefix) = (&field.ty.ty, &field.name, field.prefix());
    let renamed_from = option(field.options.renamed_from.as_ref().map(|old| &old.value));
    quote_spanned! {at(ty.span())=>
        {
            const EMBED: __orm::EmbedSpec = __orm::EmbedSpec::of::<#ty>(#name, #prefix, #renamed_from);
            const NAMES: &[u8] = &EMBED.names::<{ EMBED.length() }>();
            const FIELDS: &[__orm::FieldSpec] = &EMBED.flatten::<{ EMBED.fields.len() }>(NAMES);
            FIELDS
        }
    }
}

fn field(field: &Field, model: &Ident, owner: Owner) -> TokenStream {
    let name = &field.name;
    let facts = || column_type(field, &quote!(COLUMN));
    let relation = || {
        let target = &field.ty.target;
        let options = &field.options;
        let action = |given: &Option<At<ReferentialAction>>| {
            option(given.as_ref().map(|action| {
                let action = format_ident!("{}", format!("{:?}", action.value));
                quote!(__orm::ReferentialAction::#action)
            }))
        };
        let on_delete = action(&options.on_delete);
        let related_name = option(options.related_name.as_ref().map(|name| &name.value));
        let to = match &options.to {
            Some(to) => {
                let to = &to.value;
                quote!(__orm::RelationSpec::to_field::<#target>(#to, #on_delete, #related_name))
            }
            None if field.ty.kind == FieldKind::ManyToMany => {
                quote!(__orm::RelationSpec::to_many::<#target>(#related_name))
            }
            None => quote!(__orm::RelationSpec::to::<#target>(#on_delete, #related_name)),
        };
        let mut more = TokenStream::new();
        if options.on_update.is_some() {
            let on_update = action(&options.on_update);
            more.extend(quote!(on_update: #on_update,));
        }
        if let Some(deferrable) = &options.deferrable {
            let deferrable = format_ident!("{}", format!("{:?}", deferrable.value));
            more.extend(quote!(deferrable: ::core::option::Option::Some(__orm::Deferrable::#deferrable),));
        }
        if options.db_constraint.as_ref().is_some_and(|given| !given.value) {
            more.extend(quote!(db_constraint: false,));
        }
        if let Some(through) = &options.through {
            let (model, span) = (&through.value, at(through.span));
            let slot = quote_spanned!(span=> <#model as __orm::Model>::slot);
            more.extend(quote!(through: ::core::option::Option::Some(#slot),));
        }
        if let Some(At {
            value: [near, far], ..
        }) = &options.through_fields
        {
            more.extend(quote!(through_fields: &[#near, #far],));
        }
        if options.symmetrical.is_some() {
            more.extend(quote!(symmetrical: true,));
        }
        if options.not_valid.is_some() {
            more.extend(quote!(not_valid: true,));
        }
        match more.is_empty() {
            true => to,
            false => quote!(__orm::RelationSpec { #more ..#to }),
        }
    };
    let base = match field.ty.kind {
        FieldKind::Column | FieldKind::Embed => {
            let facts = facts();
            quote!(column(#name, #facts))
        }
        FieldKind::ManyToMany => {
            let relation = relation();
            quote!(many_to_many(#name, #relation))
        }
        FieldKind::ForeignKey | FieldKind::OneToOne => {
            let (facts, relation) = (facts(), relation());
            quote!(relation(#name, #facts, #relation))
        }
    };
    differences(field, model, owner).over("FieldSpec", quote!(__orm::FieldSpec::#base))
}

/// What the field says beyond its type.
fn differences(field: &Field, model: &Ident, owner: Owner) -> Differences {
    let options = &field.options;
    let mut differs = Differences::default();
    for (name, flag) in [
        ("primary_key", field.primary_key),
        ("generated", field.generated() && !field.uuid_key()),
        ("unique", options.unique.is_some()),
        (
            "default_in_code",
            options.default_fn.is_some() || field.uuid_key(),
        ),
        ("auto_now", options.auto_now.is_some()),
        ("auto_now_add", options.auto_now_add.is_some()),
        ("version", options.version.is_some()),
    ] {
        if flag {
            differs.set(name, quote!(true));
        }
    }
    if let Some(identity) = &options.identity {
        let identity = super::identity::spec(&identity.value);
        differs.set("identity", quote!(::core::option::Option::Some(&#identity)));
    }
    if let Some(index) = &options.index {
        let index = index.value;
        differs.set("index", quote!(::core::option::Option::Some(#index)));
    }
    for (name, number) in [
        ("max_length", &options.max_length),
        ("max_digits", &options.max_digits),
        ("decimal_places", &options.decimal_places),
    ] {
        if let Some(number) = number {
            let number = number.value;
            differs.set(name, quote!(::core::option::Option::Some(#number)));
        }
    }
    for (name, given) in [
        ("column", &options.column),
        ("collation", &options.collation),
        ("table", &options.table),
        ("comment", &options.comment),
        ("renamed_from", &options.renamed_from),
    ] {
        if let Some(given) = given {
            differs.set(name, option(Some(&given.value)));
        }
    }
    if let Some(generated) = &options.generated {
        let (ty, expression) = (&field.ty.ty, &generated.value);
        let generated = match owner {
            Owner::Model => quote!(generated),
            Owner::Embed => quote!(generated_in),
        };
        let built = quote_spanned! {at(expression.span())=>
            __orm::#generated::<#model, #ty, _, _>(#expression)
        };
        let computed_on_read = options.computed_on_read.is_some();
        differs.set(
            "generated_as",
            quote! {
                ::core::option::Option::Some(__orm::GeneratedSpec {
                    expression: || #built,
                    computed_on_read: #computed_on_read,
                })
            },
        );
    }
    if options.default.is_some() {
        let function = default_ident(field);
        differs.set(
            "default",
            quote!(::core::option::Option::Some(|| __orm::literal(&#function()))),
        );
    }
    if let Some(db_type) = &options.db_type {
        differs.set("db_type", super::db_type(&db_type.value));
    }
    if let Some(default) = &options.db_default {
        let default = match &default.value {
            DbDefault::Now => quote!(Now),
            DbDefault::RandomUuid => quote!(RandomUuid),
            DbDefault::Sql { sqlite, postgres } => {
                let (sqlite, postgres) = (option(sqlite.as_ref()), option(postgres.as_ref()));
                quote!(Sql { sqlite: #sqlite, postgres: #postgres })
            }
        };
        differs.set(
            "db_default",
            quote!(::core::option::Option::Some(__orm::DbDefaultSpec::#default)),
        );
    }
    differs
}
