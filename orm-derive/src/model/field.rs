//! A field of a model, and what follows from its type and options.

use heck::ToUpperCamelCase;
use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::{Attribute, Type, Visibility};

use super::ty::{FieldKind, FieldType};
use crate::attr::FieldOptions;
use crate::errors::Errors;

pub(crate) struct Field {
    pub(crate) ident: Ident,
    /// Without `r#`.
    pub(crate) name: String,
    pub(crate) vis: Visibility,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) ty: FieldType,
    pub(crate) options: FieldOptions,
    /// Position among all fields, those of embeds before it left out.
    pub(crate) position: u16,
    /// The position among the columns, if it is one; counted as above.
    pub(crate) column: Option<u16>,
    /// How many columns come before it, counted as above.
    pub(crate) start: u16,
    /// The types of the embeds before it.
    pub(crate) behind: Vec<Type>,
    pub(crate) primary_key: bool,
    /// Whether it is part of a composite primary key.
    pub(crate) part_of_key: bool,
    /// Whether a scope gives it to new rows that leave it out.
    pub(crate) filled: bool,
}

impl Field {
    pub(crate) fn read(field: &syn::Field, model: &Ident, errors: &mut Errors) -> Option<Self> {
        let ident = field.ident.clone()?;
        let options = FieldOptions::read(&field.attrs, errors);
        let mut field = Field {
            name: ident.unraw().to_string(),
            vis: field.vis.clone(),
            docs: docs(&field.attrs),
            ty: FieldType::read(&field.ty, model),
            primary_key: options.primary_key.is_some(),
            options,
            position: 0,
            column: None,
            start: 0,
            behind: Vec::new(),
            part_of_key: false,
            filled: false,
            ident,
        };
        field.check(errors);
        Some(field)
    }

    /// The column's name in the database, as the registry derives it.
    pub(crate) fn column_name(&self) -> String {
        match (&self.options.column, self.ty.kind) {
            (Some(column), _) => column.value.clone(),
            (None, FieldKind::ForeignKey | FieldKind::OneToOne) => format!("{}_id", self.name),
            (None, _) => self.name.clone(),
        }
    }

    pub(crate) fn camel(&self) -> String {
        self.name.to_upper_camel_case()
    }

    /// Whether the database generates it, if it is an integer.
    pub(crate) fn generated(&self) -> bool {
        self.options.identity.is_some()
            || self.primary_key
                && !self.part_of_key
                && !self.ty.is_relation()
                && self.options.default.is_none()
                && self.options.default_fn.is_none()
                && self.options.db_default.is_none()
    }

    /// Whether a program may give its value.
    pub(crate) fn settable(&self) -> bool {
        let identity = self.options.identity.as_ref();
        self.options.generated.is_none() && identity.is_none_or(|given| given.value.always.is_none())
    }

    /// Whether it is a primary key that defaults to a version 7 UUID.
    pub(crate) fn uuid_key(&self) -> bool {
        self.generated() && self.ty.name == "Uuid"
    }

    /// Whether only the compiler knows if the database generates it.
    pub(crate) fn may_be_generated(&self) -> bool {
        self.generated() && self.ty.is_unknown()
    }

    /// Whether `create()` requires it.
    pub(crate) fn required(&self) -> bool {
        self.column.is_some()
            && !self.ty.null
            && !self.filled
            && self.options.default.is_none()
            && self.options.default_fn.is_none()
            && self.options.db_default.is_none()
            && self.options.auto_now.is_none()
            && self.options.auto_now_add.is_none()
            && self.options.generated.is_none()
            && self.options.identity.is_none()
            && !(self.primary_key && !self.part_of_key && (self.ty.is_integer() || self.uuid_key()))
    }

    /// Whether `create()` may require it: only its struct knows whether an embed has defaults.
    pub(crate) fn may_be_required(&self) -> bool {
        self.required() || self.ty.kind == FieldKind::Embed && !self.ty.null
    }

    /// The model that a many-to-many field goes through, as a further argument of a type.
    pub(crate) fn through(&self) -> Option<TokenStream> {
        let through = self.options.through.as_ref()?;
        let (model, span) = (&through.value, through.span);
        Some(quote_spanned!(span=> , #model))
    }

    /// The name of the reverse relation, unless it has none.
    pub(crate) fn reverse_name(&self, model_snake: &str) -> Option<String> {
        match (&self.options.related_name, self.ty.kind) {
            (_, FieldKind::Column | FieldKind::Embed) => None,
            // There and back are one.
            _ if self.options.symmetrical.is_some() => None,
            (Some(name), _) if name.value == "+" => None,
            (Some(name), _) => Some(name.value.clone()),
            (None, FieldKind::OneToOne) => Some(model_snake.to_owned()),
            (None, _) => Some(format!("{model_snake}_set")),
        }
    }
}

pub(super) fn docs(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .cloned()
        .collect()
}
