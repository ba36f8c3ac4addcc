//! A struct around one type that columns hold.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Expr, Generics, Member, Type};

use crate::attr::{ColumnTypeOptions, DbType};
use crate::errors::Errors;

use super::ty::{FieldKind, FieldType};

pub(crate) struct ColumnType {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    /// The one field: its name, or 0.
    pub(crate) member: TokenStream,
    /// Its type.
    pub(crate) inner: Type,
    /// The function that says whether a value is allowed.
    pub(crate) validate: Option<Expr>,
    /// The type of its columns by its name.
    pub(crate) db_type: Option<DbType>,
}

impl ColumnType {
    pub(crate) fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Self> {
        const FORM: &str = "a type of columns is a struct around one of them: `struct Email(String);`";
        let Data::Struct(data) = &input.data else {
            errors.at(
                input.ident.span(),
                format!("{FORM}\nfor an enum with fixed values derive `Choices` instead"),
            );
            return None;
        };
        let mut fields = data.fields.iter();
        let (Some(field), None) = (fields.next(), fields.next()) else {
            errors.at(
                input.ident.span(),
                format!(
                    "{FORM}\na struct of several fields is stored as JSON, in a `Json<{}>` column",
                    input.ident
                ),
            );
            return None;
        };
        let options = ColumnTypeOptions::read(&input.attrs, errors);
        let ty = FieldType::read(&field.ty, &input.ident);
        if ty.null {
            errors.at(
                field.ty.span(),
                format!(
                    "whether a column takes NULL is said by the model: write the type without `Option` here, and \
                     `Option<{}>` there",
                    input.ident
                ),
            );
            return None;
        }
        if ty.kind != FieldKind::Column {
            errors.at(
                field.ty.span(),
                "a relation belongs to a model: write the key's type here, or the relation in the model",
            );
            return None;
        }
        let member = match data.fields.members().next()? {
            Member::Named(name) => name.to_token_stream(),
            Member::Unnamed(index) => quote!(#index),
        };
        Some(ColumnType {
            ident: input.ident.clone(),
            generics: input.generics.clone(),
            member,
            inner: field.ty.clone(),
            validate: options.validate,
            db_type: options.db_type,
        })
    }
}
