//! `policy(..)`, `row_security` and `grant(..)` of a struct.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, Ident, LitStr, Token};

use super::index_part::closure;
use super::model::{FieldName, field_names};
use super::{At, empty, items, once, parenthesised, set_flag, text};
use crate::errors::{did_you_mean, list};

const POLICY: &str = "policy(name = \"own_rows\", for = select, to = \"app\", using = \"..\")";
const GRANT: &str = "grant(select, update(\"title\"), to = \"reader\")";

/// What `policy(..)` can hold, as errors list it.
const KNOWN: [&str; 6] = ["name", "for", "to", "restrictive", "using", "with_check"];

/// The variants of the library's `PolicyCommand`.
const COMMANDS: [(&str, &str); 5] = [
    ("all", "All"),
    ("select", "Select"),
    ("insert", "Insert"),
    ("update", "Update"),
    ("delete", "Delete"),
];
/// The variants of the library's `Privilege`.
const PRIVILEGES: [(&str, &str); 7] = [
    ("select", "Select"),
    ("insert", "Insert"),
    ("update", "Update"),
    ("delete", "Delete"),
    ("truncate", "Truncate"),
    ("references", "References"),
    ("trigger", "Trigger"),
];

/// Words of SQL that name no role, as the library has them.
const NO_ROLES: [&str; 4] = ["current_role", "current_user", "none", "session_user"];

/// A condition on a row.
pub(crate) enum Condition {
    /// `|p| ..`
    Closure(Box<Expr>),
    /// `".."`
    Sql(At<String>),
}

/// `policy(name = "own_rows", for = select, to = "app", using = |p| .., with_check = "..")`
pub(crate) struct Policy {
    pub(crate) name: At<String>,
    /// The variant of the library's `PolicyCommand`.
    pub(crate) command: &'static str,
    pub(crate) to: Vec<String>,
    pub(crate) restrictive: bool,
    pub(crate) using: Option<Condition>,
    pub(crate) with_check: Option<Condition>,
}

/// A privilege, and the fields that it is on, if not on whole rows.
pub(crate) type Privilege = (&'static str, Option<Vec<FieldName>>);

/// `grant(select, update("title"), to = "reader")`
pub(crate) struct Grant {
    pub(crate) to: At<String>,
    /// Variants of the library's `Privilege`, and the fields where they are of some alone.
    pub(crate) privileges: Vec<Privilege>,
}

/// `row_security` or `row_security(force)`
pub(super) fn row_security(option: &Ident, input: ParseStream<'_>) -> syn::Result<At<bool>> {
    let forced = input.peek(syn::token::Paren);
    if forced {
        let content = parenthesised(option, input, "row_security(force)")?;
        let word: Ident = syn::parse2(content)?;
        if word != "force" {
            return Err(syn::Error::new(
                word.span(),
                "`row_security` is written `row_security` or `row_security(force)`",
            ));
        }
    }
    Ok(At {
        value: forced,
        span: option.span(),
    })
}

fn known(key: &Ident, all: &[(&str, &'static str)], what: &str) -> syn::Result<&'static str> {
    let found = all.iter().find(|(name, _)| key == name);
    found.map(|(_, variant)| *variant).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        let meant = did_you_mean(&key.to_string(), names.iter().copied());
        syn::Error::new(
            key.span(),
            format!("there is no {what} `{key}`{meant}\nthere are {}", list(&names)),
        )
    })
}

#[derive(Default)]
struct PolicyItems {
    name: Option<At<String>>,
    command: Option<&'static str>,
    to: Option<Vec<String>>,
    restrictive: Option<Span>,
    using: Option<Condition>,
    with_check: Option<Condition>,
}

pub(super) fn policy(option: &Ident, input: ParseStream<'_>) -> syn::Result<Policy> {
    let mut all = PolicyItems::default();
    items(option, input, POLICY, |input| {
        let key = word(input, "policy", POLICY)?;
        all.item(&key, input)
    })?;
    all.finish(option.span())
}

/// The name of an item, which may be a keyword.
fn word(input: ParseStream<'_>, option: &str, example: &str) -> syn::Result<Ident> {
    let at = input.span();
    Ident::parse_any(input).map_err(|_| syn::Error::new(at, format!("`{option}` is written `{example}`")))
}

impl PolicyItems {
    fn item(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match key.to_string().as_str() {
            "name" => once(&mut self.name, key, text(key, input, "name = \"own_rows\"")?),
            "for" => {
                input.parse::<Token![=]>()?;
                let of = word(input, "for", "for = select")?;
                once(&mut self.command, key, known(&of, &COMMANDS, "command")?)
            }
            "to" => once(&mut self.to, key, roles(key, input)?),
            "restrictive" => set_flag(&mut self.restrictive, key, input),
            "using" => once(&mut self.using, key, condition(key, input)?),
            "with_check" => once(&mut self.with_check, key, condition(key, input)?),
            name => Err(syn::Error::new(
                key.span(),
                format!(
                    "`policy` has no option `{name}`{}\nit takes {}",
                    did_you_mean(name, KNOWN.iter().copied()),
                    list(KNOWN)
                ),
            )),
        }
    }

    /// What belongs together.
    fn finish(self, span: Span) -> syn::Result<Policy> {
        let refused = |what: &str| Err(syn::Error::new(span, what));
        let Some(name) = self.name else {
            return refused("a policy has a name: `name = \"own_rows\"`");
        };
        let command = self.command.unwrap_or("All");
        if self.using.is_none() && self.with_check.is_none() {
            return refused("a policy has a condition; write `using` or `with_check`");
        }
        if command == "Insert" && self.using.is_some() {
            return refused("a policy for `insert` has no rows for `using`; write `with_check`");
        }
        if matches!(command, "Select" | "Delete") && self.with_check.is_some() {
            return refused("a policy for `select` or `delete` has nothing for `with_check`; write `using`");
        }
        Ok(Policy {
            name,
            command,
            to: self.to.unwrap_or_default(),
            restrictive: self.restrictive.is_some(),
            using: self.using,
            with_check: self.with_check,
        })
    }
}

/// The name of a role, which no word of SQL stands for but `public`, however that is written.
fn named_role(mut name: At<String>) -> syn::Result<At<String>> {
    if name.value.eq_ignore_ascii_case("public") {
        name.value.make_ascii_lowercase();
    }
    match NO_ROLES.iter().any(|word| name.value.eq_ignore_ascii_case(word)) {
        true => Err(syn::Error::new(
            name.span,
            format!(
                "`{}` is a word of SQL, not the name of a role; write the name of the role, or `public` for everybody",
                name.value
            ),
        )),
        false => Ok(name),
    }
}

/// `to = "app"` or `to("app", "reader")`
fn roles(key: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<String>> {
    const ROLES: &str = "to(\"app\", \"reader\")";
    if input.peek(Token![=]) {
        return Ok(vec![named_role(text(key, input, "to = \"app\"")?)?.value]);
    }
    let mut roles = Vec::new();
    items(key, input, ROLES, |input| {
        let role: LitStr = input
            .parse()
            .map_err(|error| syn::Error::new(error.span(), format!("roles are written `{ROLES}`")))?;
        match role.value().is_empty() || role.value().contains('\0') {
            true => return Err(empty("to", role.span(), ROLES)),
            false => roles.push(
                named_role(At {
                    value: role.value(),
                    span: role.span(),
                })?
                .value,
            ),
        }
        Ok(())
    })?;
    match roles.is_empty() {
        true => Err(empty("to", key.span(), ROLES)),
        false => Ok(roles),
    }
}

/// `= |p| ..` or `= ".."`
fn condition(key: &Ident, input: ParseStream<'_>) -> syn::Result<Condition> {
    let ahead = input.fork();
    let is_text = ahead.parse::<Token![=]>().is_ok() && ahead.peek(LitStr);
    if is_text {
        return text(key, input, "using = \"owner = current_user\"").map(Condition::Sql);
    }
    input.parse::<Token![=]>().map_err(|_| {
        syn::Error::new(
            key.span(),
            format!("`{key}` is written `{key} = |p| p.open.eq(true)` or `{key} = \"SQL\"`"),
        )
    })?;
    let closure = closure(input, "using = |p| p.open.eq(true)")?;
    Ok(Condition::Closure(Box::new(closure)))
}

pub(super) fn grant(option: &Ident, input: ParseStream<'_>) -> syn::Result<Grant> {
    let (mut to, mut privileges) = (None, Vec::<Privilege>::new());
    items(option, input, GRANT, |input| {
        let key = word(input, "grant", GRANT)?;
        if key == "to" {
            return once(&mut to, &key, named_role(text(&key, input, "to = \"reader\"")?)?);
        }
        let privilege = known(&key, &PRIVILEGES, "privilege")?;
        let fields = match input.peek(syn::token::Paren) {
            true => Some(field_names(&key, input, "update(\"title\")")?),
            false => None,
        };
        let refused = |what: String| Err(syn::Error::new(key.span(), what));
        if fields.is_some() && matches!(privilege, "Delete" | "Truncate" | "Trigger") {
            return refused(format!("`{key}` is of whole rows; leave the fields out"));
        }
        if privileges.iter().any(|(other, _)| *other == privilege) {
            return refused(format!("`{key}` is given twice; keep one"));
        }
        privileges.push((privilege, fields));
        Ok(())
    })?;
    let refused = |what: String| Err(syn::Error::new(option.span(), what));
    let Some(to) = to else {
        return refused(format!("a grant is to a role: `{GRANT}`"));
    };
    match privileges.is_empty() {
        true => refused(format!("it grants nothing; write `{GRANT}`")),
        false => Ok(Grant { to, privileges }),
    }
}
