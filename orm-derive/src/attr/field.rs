//! The options of a field.

use proc_macro2::Span;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Ident, LitStr, Token, Type};

use super::{
    At, Identity, each_option, flag, items, number, once, parenthesised, possibly_empty, set_flag, text,
    unknown, value,
};
use crate::errors::{Errors, did_you_mean, list};

const KNOWN: [&str; 33] = [
    "primary_key",
    "identity",
    "unique",
    "index",
    "max_length",
    "max_digits",
    "decimal_places",
    "default",
    "default_fn",
    "db_default",
    "db_type",
    "auto_now",
    "auto_now_add",
    "version",
    "column",
    "collation",
    "comment",
    "renamed_from",
    "generated",
    "virtual",
    "to",
    "on_delete",
    "on_update",
    "deferrable",
    "db_constraint",
    "not_valid",
    "related_name",
    "table",
    "through",
    "through_fields",
    "symmetrical",
    "embed",
    "prefix",
];

/// The options of a field, unchecked.
#[derive(Default)]
pub(crate) struct FieldOptions {
    pub(crate) primary_key: Option<Span>,
    /// How the database counts it up.
    pub(crate) identity: Option<At<Identity>>,
    pub(crate) unique: Option<Span>,
    pub(crate) index: Option<At<bool>>,
    pub(crate) max_length: Option<At<u32>>,
    pub(crate) max_digits: Option<At<u32>>,
    pub(crate) decimal_places: Option<At<u32>>,
    pub(crate) default: Option<At<Expr>>,
    pub(crate) default_fn: Option<At<Expr>>,
    pub(crate) db_default: Option<At<DbDefault>>,
    pub(crate) db_type: Option<At<DbType>>,
    pub(crate) auto_now: Option<Span>,
    pub(crate) auto_now_add: Option<Span>,
    /// Whether it counts the changes of its row.
    pub(crate) version: Option<Span>,
    pub(crate) column: Option<At<String>>,
    pub(crate) collation: Option<At<String>>,
    pub(crate) comment: Option<At<String>>,
    pub(crate) renamed_from: Option<At<String>>,
    /// The closure with the expression of a generated column.
    pub(crate) generated: Option<At<Expr>>,
    /// Whether the column is computed when it is read: `virtual`.
    pub(crate) computed_on_read: Option<Span>,
    /// The field that a foreign key points at.
    pub(crate) to: Option<At<String>>,
    pub(crate) on_delete: Option<At<ReferentialAction>>,
    pub(crate) on_update: Option<At<ReferentialAction>>,
    pub(crate) deferrable: Option<At<Deferrable>>,
    pub(crate) db_constraint: Option<At<bool>>,
    pub(crate) not_valid: Option<Span>,
    pub(crate) related_name: Option<At<String>>,
    pub(crate) table: Option<At<String>>,
    pub(crate) through: Option<At<Type>>,
    /// The names of two foreign keys of that model.
    pub(crate) through_fields: Option<At<[String; 2]>>,
    pub(crate) symmetrical: Option<Span>,
    pub(crate) embed: Option<Span>,
    pub(crate) prefix: Option<At<String>>,
}

/// The type of the column in each database.
pub(crate) struct DbType {
    pub(crate) sqlite: Option<String>,
    pub(crate) postgres: Option<String>,
}

/// A default that the database computes.
#[derive(Clone)]
pub(crate) enum DbDefault {
    Now,
    RandomUuid,
    Sql {
        sqlite: Option<String>,
        postgres: Option<String>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ReferentialAction {
    Cascade,
    Restrict,
    NoAction,
    SetNull,
    SetDefault,
}

/// When a foreign key is checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Deferrable {
    No,
    Immediate,
    Deferred,
}

impl FieldOptions {
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = FieldOptions::default();
        each_option(attributes, errors, |name, input| options.read_one(name, input));
        options
    }

    fn read_one(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        let known = name.to_string();
        match known.as_str() {
            "primary_key" => set_flag(&mut self.primary_key, name, input),
            "identity" => {
                let (value, span) = (Identity::read(name, input)?, name.span());
                once(&mut self.identity, name, At { value, span })
            }
            "unique" => set_flag(&mut self.unique, name, input),
            "auto_now" => set_flag(&mut self.auto_now, name, input),
            "auto_now_add" => set_flag(&mut self.auto_now_add, name, input),
            "version" => set_flag(&mut self.version, name, input),
            "index" => once(&mut self.index, name, flag(name, input)?),
            "max_length" => once(
                &mut self.max_length,
                name,
                number(name, input, "max_length = 200")?,
            ),
            "max_digits" => once(
                &mut self.max_digits,
                name,
                number(name, input, "max_digits = 12")?,
            ),
            "decimal_places" => once(
                &mut self.decimal_places,
                name,
                number(name, input, "decimal_places = 2")?,
            ),
            "default" => {
                let value = value(name, input, "default = 0")?;
                once(
                    &mut self.default,
                    name,
                    At {
                        value,
                        span: name.span(),
                    },
                )
            }
            "default_fn" => {
                let value: Expr = value(name, input, "default_fn = path::to::function")?;
                match value {
                    Expr::Path(_) => once(
                        &mut self.default_fn,
                        name,
                        At {
                            value,
                            span: name.span(),
                        },
                    ),
                    _ => Err(syn::Error::new(
                        name.span(),
                        "`default_fn` is written `default_fn = path::to::function`: a function without arguments; \
                         for a constant use `default`",
                    )),
                }
            }
            "db_default" => {
                let value = db_default(name, input)?;
                once(
                    &mut self.db_default,
                    name,
                    At {
                        value,
                        span: name.span(),
                    },
                )
            }
            "db_type" => {
                let value = db_type(name, input)?;
                let span = name.span();
                once(&mut self.db_type, name, At { value, span })
            }
            "column" => once(&mut self.column, name, text(name, input, "column = \"name\"")?),
            "collation" => once(
                &mut self.collation,
                name,
                text(name, input, "collation = \"de-x-icu\"")?,
            ),
            "comment" => once(&mut self.comment, name, text(name, input, "comment = \"text\"")?),
            "renamed_from" => {
                let old = possibly_empty(name, input, "renamed_from = \"old_name\"")?;
                once(&mut self.renamed_from, name, old)
            }
            "generated" => {
                let value = closure(name, input)?;
                once(
                    &mut self.generated,
                    name,
                    At {
                        value,
                        span: name.span(),
                    },
                )
            }
            "virtual" => set_flag(&mut self.computed_on_read, name, input),
            "to" => once(&mut self.to, name, text(name, input, "to = \"code\"")?),
            "on_delete" | "on_update" => {
                let value = action(name, input)?;
                let option = match known.as_str() {
                    "on_delete" => &mut self.on_delete,
                    _ => &mut self.on_update,
                };
                once(
                    option,
                    name,
                    At {
                        value,
                        span: name.span(),
                    },
                )
            }
            "deferrable" => {
                let value = deferrable(name, input)?;
                once(
                    &mut self.deferrable,
                    name,
                    At {
                        value,
                        span: name.span(),
                    },
                )
            }
            "not_valid" => set_flag(&mut self.not_valid, name, input),
            "db_constraint" => once(&mut self.db_constraint, name, flag(name, input)?),
            "related_name" => once(
                &mut self.related_name,
                name,
                text(name, input, "related_name = \"posts\"")?,
            ),
            "table" => once(&mut self.table, name, text(name, input, "table = \"name\"")?),
            "through" => {
                let model: Type = value(name, input, "through = Membership")?;
                let span = model.span();
                once(&mut self.through, name, At { value: model, span })
            }
            "through_fields" => once(&mut self.through_fields, name, through_fields(name, input)?),
            "symmetrical" => set_flag(&mut self.symmetrical, name, input),
            "embed" => set_flag(&mut self.embed, name, input),
            "prefix" => once(
                &mut self.prefix,
                name,
                text(name, input, "prefix = \"billing_\"")?,
            ),
            _ => Err(unknown(name, "a field", &KNOWN)),
        }
    }
}

fn through_fields(name: &Ident, input: ParseStream<'_>) -> syn::Result<At<[String; 2]>> {
    const EXAMPLE: &str = "through_fields(\"person\", \"group\")";
    let content = parenthesised(name, input, EXAMPLE)?;
    let span = content.span();
    let names = Punctuated::<LitStr, Token![,]>::parse_terminated.parse2(content)?;
    let names: Vec<String> = names.iter().map(LitStr::value).collect();
    match <[String; 2]>::try_from(names) {
        Ok(value) => Ok(At { value, span }),
        Err(_) => Err(syn::Error::new(
            name.span(),
            format!(
                "`{name}` is written `{EXAMPLE}`: the field of the model between that points here, then the one that points at the \
                 target"
            ),
        )),
    }
}

fn closure(name: &Ident, input: ParseStream<'_>) -> syn::Result<Expr> {
    const EXAMPLE: &str = "generated = |p| p.price * p.quantity";
    let value: Expr = value(name, input, EXAMPLE)?;
    match &value {
        Expr::Closure(closure) if closure.inputs.len() == 1 => Ok(value),
        _ => Err(syn::Error::new(
            value.span(),
            format!("`{name}` is written `{EXAMPLE}`"),
        )),
    }
}

pub(super) fn deferrable(name: &Ident, input: ParseStream<'_>) -> syn::Result<Deferrable> {
    const KNOWN: [&str; 3] = ["Deferred", "Immediate", "No"];
    let when: Ident = value(name, input, "deferrable = Immediate")?;
    let text = when.to_string();
    match text.as_str() {
        "Deferred" => Ok(Deferrable::Deferred),
        "Immediate" => Ok(Deferrable::Immediate),
        "No" => Ok(Deferrable::No),
        _ => Err(syn::Error::new(
            when.span(),
            format!(
                "unknown word `{text}`{}\n`deferrable` is one of {}",
                did_you_mean(&text, KNOWN),
                list(KNOWN)
            ),
        )),
    }
}

pub(super) fn action(name: &Ident, input: ParseStream<'_>) -> syn::Result<ReferentialAction> {
    const KNOWN: [&str; 5] = ["Cascade", "Restrict", "NoAction", "SetNull", "SetDefault"];
    let action: Ident = value(name, input, &format!("{name} = Cascade"))?;
    let text = action.to_string();
    let known = match text.as_str() {
        "Protect" | "PROTECT" => ": it is called `Restrict`".to_owned(),
        "DoNothing" | "DO_NOTHING" => ": it is called `NoAction`".to_owned(),
        _ => did_you_mean(&text, KNOWN).to_string(),
    };
    match text.as_str() {
        "Cascade" => Ok(ReferentialAction::Cascade),
        "Restrict" => Ok(ReferentialAction::Restrict),
        "NoAction" => Ok(ReferentialAction::NoAction),
        "SetNull" => Ok(ReferentialAction::SetNull),
        "SetDefault" => Ok(ReferentialAction::SetDefault),
        _ => Err(syn::Error::new(
            action.span(),
            format!(
                "unknown action `{text}`{known}\n`{name}` is one of {}",
                list(KNOWN)
            ),
        )),
    }
}

fn db_default(name: &Ident, input: ParseStream<'_>) -> syn::Result<DbDefault> {
    const EXAMPLE: &str = "db_default(sqlite = \"..\", postgres = \"..\")";
    if input.peek(Token![=]) {
        let function: Ident = value(name, input, "db_default = now")?;
        return match function.to_string().as_str() {
            "now" => Ok(DbDefault::Now),
            "random_uuid" => Ok(DbDefault::RandomUuid),
            other => Err(syn::Error::new(
                function.span(),
                format!(
                    "unknown default `{other}`: it is `now` or `random_uuid`; other SQL is written `{EXAMPLE}`"
                ),
            )),
        };
    }
    let (sqlite, postgres) = by_database(name, input, EXAMPLE)?;
    Ok(DbDefault::Sql { sqlite, postgres })
}

/// `(postgres = "..", sqlite = "..")`: the names of a type.
pub(super) fn db_type(name: &Ident, input: ParseStream<'_>) -> syn::Result<DbType> {
    let example = "db_type(postgres = \"citext\", sqlite = \"TEXT COLLATE NOCASE\")";
    let (sqlite, postgres) = by_database(name, input, example)?;
    Ok(DbType { sqlite, postgres })
}

/// What each database has: `(sqlite = "..", postgres = "..")`, of which one may be missing.
fn by_database(
    name: &Ident,
    input: ParseStream<'_>,
    example: &str,
) -> syn::Result<(Option<String>, Option<String>)> {
    let (mut sqlite, mut postgres) = (None, None);
    items(name, input, example, |input| {
        let backend: Ident = input.parse()?;
        let slot = match backend.to_string().as_str() {
            "sqlite" => &mut sqlite,
            "postgres" => &mut postgres,
            other => {
                let message = format!("unknown database `{other}`: `{name}` takes `sqlite` and `postgres`");
                return Err(syn::Error::new(backend.span(), message));
            }
        };
        let sql = text(&backend, input, &format!("{backend} = \"..\""))?;
        once(slot, &backend, sql.value)
    })?;
    if sqlite.is_none() && postgres.is_none() {
        return Err(syn::Error::new(
            name.span(),
            format!("`{name}` is empty; write it `{example}`"),
        ));
    }
    Ok((sqlite, postgres))
}
