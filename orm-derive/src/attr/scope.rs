//! `scope("alive", |p| ..)` and `scope("tenant", |p, tenant: Tenant| ..)`.

use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprClosure, Ident, LitStr, Pat, Token, Type};

use super::{At, parenthesised};

/// A condition that holds wherever rows of the model are read or changed.
pub(crate) struct Scope {
    pub(crate) name: At<String>,
    pub(crate) condition: ExprClosure,
    /// The type of the value that it takes from the handle.
    pub(crate) takes: Option<Type>,
    /// The field that gets the value in new rows that leave it out.
    pub(crate) fills: Option<At<String>>,
}

const EXAMPLE: &str = "scope(\"alive\", |p| p.deleted_at.is_null())";
const WITH_VALUE: &str = "scope(\"tenant\", |p, tenant: Tenant| p.tenant.eq(tenant.0))";

/// `fills = "tenant",`
fn fills(input: ParseStream<'_>) -> syn::Result<Option<At<String>>> {
    if !(input.peek(Ident) && input.peek2(Token![=]) && !input.peek2(Token![==])) {
        return Ok(None);
    }
    let name: Ident = input.parse()?;
    if name != "fills" {
        return Err(syn::Error::new(
            name.span(),
            format!("`scope` has no `{name}`; a field of new rows gets its value by `fills = \"tenant\"`"),
        ));
    }
    input.parse::<Token![=]>()?;
    let field: LitStr = input.parse()?;
    input.parse::<Token![,]>()?;
    Ok(Some(At {
        value: field.value(),
        span: field.span(),
    }))
}

pub(super) fn read(option: &Ident, input: ParseStream<'_>) -> syn::Result<Scope> {
    let content = parenthesised(option, input, EXAMPLE)?;
    let form = |span| syn::Error::new(span, format!("`scope` is written `{EXAMPLE}` or `{WITH_VALUE}`"));
    if content.is_empty() {
        return Err(form(option.span()));
    }
    let read = |input: ParseStream<'_>| {
        let at = input.span();
        let name: LitStr = input.parse().map_err(|_| form(at))?;
        input.parse::<Token![,]>().map_err(|_| form(name.span()))?;
        let fills = fills(input)?;
        let at = input.span();
        let Expr::Closure(condition) = input.parse()? else {
            return Err(form(at));
        };
        input.parse::<Option<Token![,]>>()?;
        if !input.is_empty() {
            return Err(input.error("`scope` takes a name and a closure, and nothing else"));
        }
        let mut inputs = condition.inputs.iter();
        let takes = match (inputs.next(), inputs.next(), inputs.next()) {
            (Some(_), None, _) => None,
            (Some(_), Some(Pat::Type(value)), None) => match &*value.ty {
                Type::Reference(_) => {
                    return Err(syn::Error::new_spanned(
                        &value.ty,
                        "a scope takes its value itself and not by reference: `|p, tenant: Tenant|`",
                    ));
                }
                ty => Some(ty.clone()),
            },
            (Some(_), Some(value), None) => {
                return Err(syn::Error::new_spanned(
                    value,
                    "a scope says the type of the value that it takes from the handle: `|p, tenant: Tenant|`",
                ));
            }
            _ => return Err(form(at)),
        };
        if let (Some(fills), None) = (&fills, &takes) {
            return Err(syn::Error::new(
                fills.span,
                "a scope fills a field with the value that it takes from the handle, and this one takes none: `|p, tenant: Tenant|`",
            ));
        }
        Ok(Scope {
            fills,
            name: At {
                value: name.value(),
                span: name.span(),
            },
            condition,
            takes,
        })
    };
    read.parse2(content)
}
