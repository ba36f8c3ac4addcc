//! `foreign_key(..)` of a struct: a relation over several columns.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Ident, LitStr, Type};

use super::field::{Deferrable, ReferentialAction, action, deferrable};
use super::model::{FieldName, field_names};
use super::{At, flag, items, once, set_flag, text, value};
use crate::errors::{did_you_mean, list};

const EXAMPLE: &str = "foreign_key(\"region\", fields(\"country\", \"code\"), to = Region)";
const KNOWN: [&str; 11] = [
    "fields",
    "to",
    "to_fields",
    "on_delete",
    "on_update",
    "deferrable",
    "not_valid",
    "db_constraint",
    "index",
    "related_name",
    "name",
];

/// `foreign_key("region", fields("country", "region_code"), to = Region, to_fields("country", "code"), on_delete = Cascade)`
pub(crate) struct CompositeForeignKey {
    pub(crate) relation: At<String>,
    pub(crate) fields: Vec<FieldName>,
    pub(crate) to: Type,
    pub(crate) to_fields: Vec<FieldName>,
    pub(crate) on_delete: Option<At<ReferentialAction>>,
    pub(crate) on_update: Option<At<ReferentialAction>>,
    pub(crate) deferrable: Option<At<Deferrable>>,
    pub(crate) not_valid: Option<Span>,
    pub(crate) db_constraint: Option<At<bool>>,
    pub(crate) index: Option<At<bool>>,
    pub(crate) related_name: Option<At<String>>,
    pub(crate) name: Option<At<String>>,
}

/// What is read of it, in any order.
#[derive(Default)]
struct Parts {
    relation: Option<At<String>>,
    fields: Option<Vec<FieldName>>,
    to: Option<Type>,
    to_fields: Option<Vec<FieldName>>,
    on_delete: Option<At<ReferentialAction>>,
    on_update: Option<At<ReferentialAction>>,
    deferrable: Option<At<Deferrable>>,
    not_valid: Option<Span>,
    db_constraint: Option<At<bool>>,
    index: Option<At<bool>>,
    related_name: Option<At<String>>,
    name: Option<At<String>>,
}

pub(super) fn read(option: &Ident, input: ParseStream<'_>) -> syn::Result<CompositeForeignKey> {
    let mut parts = Parts::default();
    items(option, input, EXAMPLE, |input| parts.read_one(input))?;
    let missing = |what: &str| {
        syn::Error::new(
            option.span(),
            format!("`{option}` does not say {what}; write it `{EXAMPLE}`"),
        )
    };
    Ok(CompositeForeignKey {
        relation: parts
            .relation
            .ok_or_else(|| missing("how the relation is called"))?,
        fields: parts.fields.ok_or_else(|| missing("which fields hold the key"))?,
        to: parts.to.ok_or_else(|| missing("which model it points at"))?,
        to_fields: parts.to_fields.unwrap_or_default(),
        on_delete: parts.on_delete,
        on_update: parts.on_update,
        deferrable: parts.deferrable,
        not_valid: parts.not_valid,
        db_constraint: parts.db_constraint,
        index: parts.index,
        related_name: parts.related_name,
        name: parts.name,
    })
}

impl Parts {
    fn read_one(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if input.peek(LitStr) {
            let written: LitStr = input.parse()?;
            let relation = At {
                value: written.value(),
                span: written.span(),
            };
            return match self.relation.replace(relation) {
                None => Ok(()),
                Some(_) => Err(syn::Error::new(
                    written.span(),
                    format!("the relation has a name already; fields stand in `fields(..)`: `{EXAMPLE}`"),
                )),
            };
        }
        let key = Ident::parse_any(input)?;
        let span = key.span();
        match key.to_string().as_str() {
            "fields" => once(
                &mut self.fields,
                &key,
                field_names(&key, input, "fields(\"country\", \"code\")")?,
            ),
            "to_fields" => once(
                &mut self.to_fields,
                &key,
                field_names(&key, input, "to_fields(\"country\", \"code\")")?,
            ),
            "to" => once(&mut self.to, &key, value(&key, input, "to = Region")?),
            "on_delete" => {
                let value = action(&key, input)?;
                once(&mut self.on_delete, &key, At { value, span })
            }
            "on_update" => {
                let value = action(&key, input)?;
                once(&mut self.on_update, &key, At { value, span })
            }
            "deferrable" => {
                let value = deferrable(&key, input)?;
                once(&mut self.deferrable, &key, At { value, span })
            }
            "not_valid" => set_flag(&mut self.not_valid, &key, input),
            "db_constraint" => once(&mut self.db_constraint, &key, flag(&key, input)?),
            "index" => once(&mut self.index, &key, flag(&key, input)?),
            "related_name" => once(
                &mut self.related_name,
                &key,
                text(&key, input, "related_name = \"places\"")?,
            ),
            "name" => once(&mut self.name, &key, text(&key, input, "name = \"..\"")?),
            other => Err(syn::Error::new(
                span,
                format!(
                    "`foreign_key` takes no `{other}`{}\nit takes a name and {}",
                    did_you_mean(other, KNOWN),
                    list(KNOWN)
                ),
            )),
        }
    }
}

impl CompositeForeignKey {
    /// The name of the reverse relation, unless it has none.
    pub(crate) fn reverse_name(&self, model_snake: &str) -> Option<String> {
        match &self.related_name {
            Some(name) if name.value == "+" => None,
            Some(name) => Some(name.value.clone()),
            None => Some(format!("{model_snake}_set")),
        }
    }

    /// Where it stands.
    pub(crate) fn span(&self) -> Span {
        self.to.span()
    }
}
