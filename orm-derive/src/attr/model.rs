//! The options of the struct.

use proc_macro2::Span;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, Ident, LitStr, Token};

use super::foreign_key::{self, CompositeForeignKey};
use super::index::{self, IndexOption};
use super::scope::{self, Scope};
use super::search::{self, SearchOption};
use super::security::{self, Grant, Policy};
use super::trigger::{self, Trigger};
use super::view::{self, View};
use super::{At, each_option, items, once, parenthesised, set_flag, text, unknown};
use crate::errors::Errors;
use crate::ident::to_ident;

const KNOWN: [&str; 20] = [
    "ordering",
    "index",
    "unique",
    "exclude",
    "check",
    "foreign_key",
    "search",
    "trigger",
    "policy",
    "row_security",
    "grant",
    "scope",
    "table",
    "schema",
    "comment",
    "with",
    "without_rowid",
    "renamed_from",
    "unmanaged",
    "view",
];

/// The options of the struct, unchecked.
#[derive(Default)]
pub(crate) struct ModelOptions {
    pub(crate) ordering: Option<Vec<FieldName>>,
    pub(crate) indexes: Vec<IndexOption>,
    pub(crate) uniques: Vec<IndexOption>,
    pub(crate) exclusions: Vec<IndexOption>,
    pub(crate) checks: Vec<Check>,
    pub(crate) foreign_keys: Vec<CompositeForeignKey>,
    pub(crate) searches: Vec<SearchOption>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) row_security: Option<At<bool>>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) table: Option<At<String>>,
    pub(crate) schema: Option<At<String>>,
    pub(crate) comment: Option<At<String>>,
    pub(crate) with: Option<Vec<(String, String)>>,
    pub(crate) without_rowid: Option<Span>,
    pub(crate) renamed_from: Option<At<String>>,
    pub(crate) unmanaged: Option<Span>,
    pub(crate) view: Option<View>,
}

/// `"field"` or `"-field"`.
#[derive(Clone)]
pub(crate) struct FieldName {
    pub(crate) name: String,
    pub(crate) descending: bool,
    pub(crate) span: Span,
}

impl FieldName {
    pub(super) fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        let field: LitStr = input.parse()?;
        let written = field.value();
        let stripped = written.strip_prefix('-');
        Ok(FieldName {
            name: stripped.unwrap_or(&written).to_owned(),
            descending: stripped.is_some(),
            span: field.span(),
        })
    }

    /// `author__name` as the relation of the model that it begins with and what follows; `None` for a field of the model itself.
    pub(crate) fn along(&self) -> Option<(&str, &str)> {
        self.name.split_once("__")
    }

    /// Whether the model alone does not tell what it names: `author__name`, `address.city`.
    pub(crate) fn leaves_the_model(&self) -> bool {
        self.along().is_some() || self.name.contains('.')
    }

    /// `author__address.city` as names in Rust: the relations, each with the embeds that it is in, and the field at their end.
    /// `None` where one cannot be a name.
    pub(crate) fn path(&self, span: Span) -> Option<(Vec<Vec<Ident>>, Vec<Ident>)> {
        let parse = |name| to_ident(name, span);
        let steps = self
            .name
            .split("__")
            .map(|step| step.split('.').map(parse).collect());
        let mut steps = steps.collect::<Option<Vec<Vec<Ident>>>>()?;
        let last = steps.pop()?;
        Some((steps, last))
    }

    pub(crate) fn written(&self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.name)
    }
}

/// `check("name", |p| ..)` or `check("name", |p| .., message = "..", not_valid)`
pub(crate) struct Check {
    pub(crate) name: At<String>,
    pub(crate) condition: Expr,
    pub(crate) message: Option<At<String>>,
    pub(crate) not_valid: Option<Span>,
}

impl ModelOptions {
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = ModelOptions::default();
        each_option(attributes, errors, |name, input| options.read_one(name, input));
        options
    }

    fn read_one(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match name.to_string().as_str() {
            "ordering" => {
                let fields = field_names(name, input, "ordering(\"field\", \"-other_field\")")?;
                once(&mut self.ordering, name, fields)
            }
            "index" => index::read(name, input).map(|option| self.indexes.push(option)),
            "unique" => index::read(name, input).map(|option| self.uniques.push(option)),
            "exclude" => index::read(name, input).map(|option| self.exclusions.push(option)),
            "check" => check(name, input).map(|check| self.checks.push(check)),
            "foreign_key" => foreign_key::read(name, input).map(|key| self.foreign_keys.push(key)),
            "search" => search::read(name, input).map(|search| self.searches.push(search)),
            "trigger" => trigger::read(name, input).map(|trigger| self.triggers.push(trigger)),
            "policy" => security::policy(name, input).map(|policy| self.policies.push(policy)),
            "row_security" => once(&mut self.row_security, name, security::row_security(name, input)?),
            "grant" => security::grant(name, input).map(|grant| self.grants.push(grant)),
            "scope" => scope::read(name, input).map(|scope| self.scopes.push(scope)),
            "table" => once(&mut self.table, name, text(name, input, "table = \"name\"")?),
            "schema" => once(&mut self.schema, name, text(name, input, "schema = \"name\"")?),
            "comment" => once(&mut self.comment, name, text(name, input, "comment = \"text\"")?),
            "renamed_from" => once(
                &mut self.renamed_from,
                name,
                text(name, input, "renamed_from = \"OldName\"")?,
            ),
            "with" => once(&mut self.with, name, index::parameters(name, input)?),
            "without_rowid" => set_flag(&mut self.without_rowid, name, input),
            "unmanaged" => set_flag(&mut self.unmanaged, name, input),
            "view" => once(&mut self.view, name, view::read(name, input)?),
            _ => Err(unknown(name, "a model", &KNOWN)),
        }
    }
}

/// `option("field", "-other")`
pub(super) fn field_names(
    option: &Ident,
    input: ParseStream<'_>,
    example: &str,
) -> syn::Result<Vec<FieldName>> {
    let mut fields = Vec::new();
    items(option, input, example, |input| {
        if input.peek(LitStr) {
            fields.push(FieldName::read(input)?);
            return Ok(());
        }
        if input.peek(Ident) && input.peek2(Token![=]) {
            let key: Ident = input.parse()?;
            return Err(syn::Error::new(
                key.span(),
                format!("`{option}` takes fields: `{example}`"),
            ));
        }
        Err(input.error(format!("fields are written as strings: `{example}`")))
    })?;
    match fields.is_empty() {
        true => Err(syn::Error::new(
            option.span(),
            format!("`{option}` names no field; write it `{example}`"),
        )),
        false => Ok(fields),
    }
}

fn check(option: &Ident, input: ParseStream<'_>) -> syn::Result<Check> {
    const EXAMPLE: &str = "check(\"name\", |p| p.field.gt(0))";
    let content = parenthesised(option, input, EXAMPLE)?;
    let form = |span| syn::Error::new(span, format!("`check` is written `{EXAMPLE}`"));
    let read = |input: ParseStream<'_>| {
        let at = input.span();
        let name: LitStr = input.parse().map_err(|_| form(at))?;
        input.parse::<Token![,]>().map_err(|_| form(name.span()))?;
        let at = input.span();
        let condition: Expr = input.parse()?;
        if !matches!(&condition, Expr::Closure(closure) if closure.inputs.len() == 1) {
            return Err(form(at));
        }
        input.parse::<Option<Token![,]>>()?;
        let (mut message, mut not_valid) = (None, None);
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            match key.to_string().as_str() {
                "message" => once(&mut message, &key, text(&key, input, "message = \"..\"")?)?,
                "not_valid" => set_flag(&mut not_valid, &key, input)?,
                _ => {
                    return Err(syn::Error::new(
                        key.span(),
                        "`check` takes a name, a condition, `message = \"..\"` and `not_valid`",
                    ));
                }
            }
            input.parse::<Option<Token![,]>>()?;
        }
        let name = At {
            value: name.value(),
            span: name.span(),
        };
        if name.value.is_empty() {
            return Err(form(name.span));
        }
        Ok(Check {
            name,
            condition,
            message,
            not_valid,
        })
    };
    if content.is_empty() {
        return Err(form(option.span()));
    }
    read.parse2(content)
}
