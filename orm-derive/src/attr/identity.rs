//! `identity(always, start = 1000)`: how the database counts a column up.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, ExprUnary, Ident, Lit, UnOp};

use super::{At, items, once, set_flag, unknown, value};

const EXAMPLE: &str = "identity(start = 1000, increment = 10)";

const KNOWN: [&str; 7] = [
    "always",
    "start",
    "increment",
    "min_value",
    "max_value",
    "cache",
    "cycle",
];

/// What is said of an identity column, unchecked.
#[derive(Default)]
pub(crate) struct Identity {
    /// Whether nobody else may give the number.
    pub(crate) always: Option<Span>,
    pub(crate) start: Option<At<i64>>,
    pub(crate) increment: Option<At<i64>>,
    pub(crate) min_value: Option<At<i64>>,
    pub(crate) max_value: Option<At<i64>>,
    pub(crate) cache: Option<At<i64>>,
    pub(crate) cycle: Option<Span>,
}

impl Identity {
    pub(super) fn read(name: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let mut identity = Identity::default();
        if !input.peek(syn::token::Paren) && !input.peek(syn::Token![=]) {
            return Ok(identity);
        }
        items(name, input, EXAMPLE, |input| {
            let option = Ident::parse_any(input)?;
            let slot = match option.to_string().as_str() {
                "always" => return set_flag(&mut identity.always, &option, input),
                "cycle" => return set_flag(&mut identity.cycle, &option, input),
                "start" => &mut identity.start,
                "increment" => &mut identity.increment,
                "min_value" => &mut identity.min_value,
                "max_value" => &mut identity.max_value,
                "cache" => &mut identity.cache,
                _ => return Err(unknown(&option, "`identity`", &KNOWN)),
            };
            let number = whole_number(&option, input)?;
            once(slot, &option, number)
        })?;
        Ok(identity)
    }
}

/// A number that may be below 0.
fn whole_number(name: &Ident, input: ParseStream<'_>) -> syn::Result<At<i64>> {
    let written: Expr = value(name, input, &format!("{name} = 10"))?;
    let span = written.span();
    let (negative, literal) = match &written {
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => (true, &**expr),
        other => (false, other),
    };
    let number = match literal {
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => number.base10_parse::<i128>().ok(),
        _ => None,
    };
    let number = number.map(|number| if negative { -number } else { number });
    match number.map(i64::try_from) {
        Some(Ok(value)) => Ok(At { value, span }),
        Some(Err(_)) => Err(syn::Error::new(
            span,
            format!("`{name}` is a number that no column holds"),
        )),
        None => Err(syn::Error::new(
            span,
            format!("`{name}` is written as a whole number: `{name} = 10`"),
        )),
    }
}
