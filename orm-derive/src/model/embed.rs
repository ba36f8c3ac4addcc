//! Structs of fields that models share, and the fields that hold one.

use proc_macro2::Span;
use syn::DeriveInput;
use syn::spanned::Spanned;

use super::shape::shape;
use super::{Field, FieldKind, Model};
use crate::attr::{At, EmbedOptions, FieldOptions, ModelOptions, empty};
use crate::errors::Errors;
use crate::ident::to_ident;

impl Model {
    /// A struct that derives `Embed`, as a model without a key and a table of its own.
    pub(crate) fn read_embed(input: &DeriveInput, errors: &mut Errors) -> Option<Self> {
        const FORM: &str = "an embed is a struct with named fields, one per column: `struct Address { street: String, city: String }`";
        let fields = shape(input, "an embed", FORM, errors)?;
        EmbedOptions::read(&input.attrs, errors);
        let mut model = Model::of(input, fields, ModelOptions::default(), errors);
        for field in &mut model.fields {
            field.check_in_embed(errors);
        }
        model.check_names(errors);
        Some(model)
    }
}

impl Field {
    /// What only a model has.
    fn check_in_embed(&mut self, errors: &mut Errors) {
        let (name, at) = (&self.name, self.ident.span());
        let options = &mut self.options;
        if let Some(at) = options.primary_key.take() {
            errors.at(
                at,
                "an embed has no primary key, for the model that it is in has its own; write the field into the model",
            );
        }
        self.primary_key = false;
        if let Some(given) = options.identity.take() {
            errors.at(
                given.span,
                "an identity counts the rows of one table, and an embed is in several; write the field into the model",
            );
        }
        if let Some(at) = options.version.take() {
            errors.at(
                at,
                "a version counts the changes of a whole row, and an embed is a part of one; write the field into the model",
            );
        }
        match self.ty.kind {
            FieldKind::ManyToMany => {
                errors.at(
                    at,
                    format!(
                        "`{name}` is a many-to-many field, whose join table belongs to one model, and an embed to none; write it \
                         into the model"
                    ),
                );
                // It leads nowhere, and only the struct still has it.
                self.ty.target = None;
            }
            FieldKind::ForeignKey | FieldKind::OneToOne => {
                if let Some(related) = options.related_name.take_if(|related| related.value != "+") {
                    errors.at(
                        related.span,
                        format!(
                            "a relation of an embed does not lead back, because it belongs to no model; ask the model that has the \
                             embed, as in `Post::objects().filter(|p| p.audit.{name}.eq(&row))`, or write the field into the model"
                        ),
                    );
                }
                options.related_name = Some(At {
                    value: "+".to_owned(),
                    span: at,
                });
            }
            FieldKind::Column | FieldKind::Embed => {}
        }
    }

    /// The options of a field with `#[orm(embed)]`.
    pub(super) fn check_embed(&mut self, errors: &mut Errors) {
        let (name, options) = (&self.name, &mut self.options);
        let Some(at) = options.embed else {
            if let Some(prefix) = options.prefix.take() {
                errors.at(
                    prefix.span,
                    "`prefix` is for the columns of an embed; write `embed` beside it, or `column = \"..\"` for one column",
                );
            }
            if let Some(old) = options.renamed_from.take_if(|old| old.value.is_empty()) {
                errors.push(empty("renamed_from", old.span, "renamed_from = \"old_name\""));
            }
            return;
        };
        if self.ty.is_relation() {
            errors.at(
                at,
                format!(
                    "`embed` is for a struct that derives `Embed`; this field is `{}`, a relation of its own",
                    self.ty.written()
                ),
            );
            options.embed = None;
            return;
        }
        self.ty.kind = FieldKind::Embed;
        self.primary_key = false;
        if let Some(prefix) = options
            .prefix
            .as_ref()
            .filter(|prefix| !starts_names(&prefix.value))
        {
            errors.at(
                prefix.span,
                "the names of the embed's fields begin with `prefix`: letters, digits and single underscores, as in `prefix = \"billing_\"`",
            );
        }
        let FieldOptions {
            primary_key,
            identity,
            unique,
            index,
            max_length,
            max_digits,
            decimal_places,
            default,
            default_fn,
            db_default,
            db_type,
            auto_now,
            auto_now_add,
            version,
            column,
            collation,
            comment,
            generated,
            computed_on_read,
            to,
            on_delete,
            on_update,
            deferrable,
            db_constraint,
            not_valid,
            related_name,
            table,
            through,
            through_fields,
            symmetrical,
            // What an embed has.
            renamed_from: _,
            embed: _,
            prefix: _,
        } = options;
        fn spans<T>(given: &mut Option<At<T>>) -> Option<proc_macro2::Span> {
            given.take().map(|given| given.span)
        }
        let given = [
            ("primary_key", primary_key.take()),
            ("identity", spans(identity)),
            ("unique", unique.take()),
            ("index", spans(index)),
            ("max_length", spans(max_length)),
            ("max_digits", spans(max_digits)),
            ("decimal_places", spans(decimal_places)),
            ("default", spans(default)),
            ("default_fn", spans(default_fn)),
            ("db_default", spans(db_default)),
            ("db_type", spans(db_type)),
            ("auto_now", auto_now.take()),
            ("auto_now_add", auto_now_add.take()),
            ("version", version.take()),
            ("column", spans(column)),
            ("collation", spans(collation)),
            ("comment", spans(comment)),
            ("generated", spans(generated)),
            ("virtual", computed_on_read.take()),
            ("to", spans(to)),
            ("on_delete", spans(on_delete)),
            ("on_update", spans(on_update)),
            ("deferrable", spans(deferrable)),
            ("db_constraint", spans(db_constraint)),
            ("not_valid", not_valid.take()),
            ("related_name", spans(related_name)),
            ("table", spans(table)),
            ("through", spans(through)),
            ("through_fields", spans(through_fields)),
            ("symmetrical", symmetrical.take()),
        ];
        for (option, at) in given.into_iter().filter_map(|(option, at)| Some((option, at?))) {
            let instead = match option {
                "unique" | "index" => {
                    format!("on a field of that struct, or on this one as in `{option}(\"{name}.field\")`")
                }
                "column" => "as `prefix = \"..\"`, which is put before all of them".to_owned(),
                _ => "on a field of that struct".to_owned(),
            };
            errors.at(
                at,
                format!("`{option}` is for one column, and `{name}` is the columns of a struct; write it {instead}"),
            );
        }
        if self.ty.null && self.ty.is_nested_option() {
            errors.at(self.ty.ty.span(), "an embed is there or not; write one `Option`");
        }
    }

    /// What is put before the names of an embed's fields.
    pub(crate) fn prefix(&self) -> &str {
        self.options
            .prefix
            .as_ref()
            .map_or("", |prefix| prefix.value.as_str())
    }
}

impl Model {
    /// Whether it is `address.city` of an embed `address`; whether there is a `city` the compiler looks.
    pub(super) fn is_in_embed(&self, name: &str) -> bool {
        let embed = name.split_once('.').map(|(embed, _)| embed);
        embed.is_some_and(|embed| self.embeds().any(|field| field.name == embed))
    }

    /// What to write instead of the name of an embed, or of a column of one.
    pub(super) fn embed_meant(&self, name: &str) -> Option<String> {
        if let Some(embed) = self.embeds().find(|field| field.name == name) {
            return Some(format!(
                "`{name}` is an embed of several columns; name one of its fields, as in \"{}.city\"",
                embed.name
            ));
        }
        let prefixed = self.embeds().find_map(|field| {
            let prefix = Some(field.prefix()).filter(|prefix| !prefix.is_empty())?;
            Some((field, name.strip_prefix(prefix).filter(|rest| !rest.is_empty())?))
        });
        let (embed, field) = prefixed?;
        Some(format!(
            "`{}` has no field `{name}` of its own; a field of the embed `{}` is written \"{1}.{field}\"",
            self.name, embed.name
        ))
    }

    /// How the fields of its embeds are written, behind a list of its own.
    pub(super) fn embeds_told(&self, name: &str) -> String {
        let field = name.rsplit('.').next().unwrap_or(name);
        let told = self.embeds().map(|embed| format!("\"{}.{field}\"", embed.name));
        match told.reduce(|one, other| format!("{one}, {other}")) {
            Some(told) => format!("\na field of an embed is written with the embed's name: {told}"),
            None => String::new(),
        }
    }
}

/// Whether each part of `address.geo.lat` can be the name of a field.
pub(super) fn is_field_path(name: &str) -> bool {
    let mut parts = name.split('.');
    parts.all(|part| to_ident(part, Span::call_site()).is_some())
}

/// Whether names of fields can begin with it: two underscores in one separate lookups.
fn starts_names(prefix: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    prefix.chars().all(letter) && !prefix.starts_with(|c: char| c.is_ascii_digit()) && !prefix.contains("__")
}
