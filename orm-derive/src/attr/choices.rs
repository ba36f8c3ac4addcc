//! The options of an enum of choices and of its variants.

use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, ExprUnary, Ident, Lit, LitInt, Token, UnOp};

use super::{At, each_option, flag, once, text, unknown, value};
use crate::errors::Errors;

/// The enum's options, unchecked.
#[derive(Default)]
pub(crate) struct ChoicesOptions {
    pub(crate) native: Option<Native>,
    /// The column's type, where the values are numbers.
    pub(crate) integer: Option<Ident>,
}

/// Whether it is a database enum type, where the backend has such types.
pub(crate) struct Native {
    /// The type's name, if given.
    pub(crate) name: Option<At<String>>,
}

impl ChoicesOptions {
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = ChoicesOptions::default();
        each_option(attributes, errors, |name, input| {
            match name.to_string().as_str() {
                "native" if input.peek(Token![=]) && !input.peek2(syn::LitBool) => {
                    let given = text(name, input, "native = \"type_name\"")?;
                    if given.value.contains('.') {
                        let error = "the name of a type has no dot: it stands in the schema of the model";
                        return Err(syn::Error::new(given.span, error));
                    }
                    once(&mut options.native, name, Native { name: Some(given) })
                }
                "native" => match flag(name, input)? {
                    At { value: true, .. } => once(&mut options.native, name, Native { name: None }),
                    At { value: false, .. } => Ok(()),
                },
                "integer" => once(&mut options.integer, name, value(name, input, "integer = i16")?),
                _ => Err(unknown(name, "an enum of choices", &["native", "integer"])),
            }
        });
        options
    }
}

/// A variant's options, unchecked.
#[derive(Default)]
pub(crate) struct VariantOptions {
    pub(crate) value: Option<At<String>>,
    /// A value that is a number.
    pub(crate) number: Option<At<i64>>,
    pub(crate) renamed_from: Option<At<String>>,
    /// An old value that is a number.
    pub(crate) old_number: Option<At<i64>>,
}

impl VariantOptions {
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = VariantOptions::default();
        each_option(attributes, errors, |name, input| {
            match name.to_string().as_str() {
                "value" if is_number(input) => {
                    once(&mut options.number, name, integer(name, input, "\"string\"")?)
                }
                "value" => once(&mut options.value, name, text(name, input, "value = \"text\"")?),
                "renamed_from" if is_number(input) => once(
                    &mut options.old_number,
                    name,
                    integer(name, input, "\"old_string\"")?,
                ),
                "renamed_from" => once(
                    &mut options.renamed_from,
                    name,
                    text(name, input, "renamed_from = \"old_text\"")?,
                ),
                "native" => Err(syn::Error::new(
                    name.span(),
                    "`native` belongs on the enum, not on a variant",
                )),
                _ => Err(unknown(name, "a variant", &["value", "renamed_from"])),
            }
        });
        options
    }
}

/// Whether `= 3` or `= -3` follows.
fn is_number(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    ahead.parse::<Token![=]>().is_ok() && (ahead.peek(LitInt) || ahead.peek(Token![-]))
}

/// Reads `= 3` or `= -3`.
fn integer(name: &Ident, input: ParseStream<'_>, string: &str) -> syn::Result<At<i64>> {
    input.parse::<Token![=]>()?;
    let form = || {
        syn::Error::new(
            name.span(),
            format!("`{name}` is written `{name} = {string}` or `{name} = 3`"),
        )
    };
    let expression: Expr = input.parse().map_err(|_| form())?;
    match integer_of(&expression).ok_or_else(form)? {
        Ok(value) => Ok(At {
            value,
            span: expression.span(),
        }),
        Err(message) => Err(syn::Error::new(expression.span(), message)),
    }
}

/// The number of an expression that is one, as `3` and `-3` are; an error if it has more than 64 bits.
pub(crate) fn integer_of(expression: &Expr) -> Option<Result<i64, &'static str>> {
    let (sign, literal) = match expression {
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => ("-", &**expr),
        other => ("", other),
    };
    let Expr::Lit(ExprLit {
        lit: Lit::Int(digits),
        ..
    }) = literal
    else {
        return None;
    };
    let number = format!("{sign}{}", digits.base10_digits()).parse();
    Some(number.map_err(|_| {
        "a choice is a number from -9223372036854775808 to 9223372036854775807, as the databases have them"
    }))
}
