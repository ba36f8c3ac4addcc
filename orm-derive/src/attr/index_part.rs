//! The parts of `index(..)`, `unique(..)` and `exclude(..)`.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, LitStr, Token};

use super::model::FieldName;
use super::{At, once, parenthesised, text, value};

/// `"field"`, `|p| ..`, or `part("field", desc, nulls = last, collation = "C", operators = "text_pattern_ops")`.
pub(crate) struct Part {
    pub(crate) key: PartKey,
    pub(crate) descending: bool,
    /// `First` or `Last`
    pub(crate) nulls: Option<At<String>>,
    pub(crate) collation: Option<At<String>>,
    pub(crate) operators: Option<At<String>>,
    /// Of `exclude`, how two rows are compared.
    pub(crate) compared_by: Option<At<String>>,
}

pub(crate) enum PartKey {
    Field(FieldName),
    Expression(Box<Expr>),
}

impl Part {
    pub(super) fn of(key: PartKey) -> Self {
        Part {
            key,
            descending: false,
            nulls: None,
            collation: None,
            operators: None,
            compared_by: None,
        }
    }

    pub(crate) fn field(&self) -> Option<&FieldName> {
        match &self.key {
            PartKey::Field(field) => Some(field),
            PartKey::Expression(_) => None,
        }
    }

    pub(super) fn is_plain(&self) -> bool {
        !self.descending && self.nulls.is_none() && self.collation.is_none() && self.operators.is_none()
    }
}

const COMPARED_PART: &str =
    "(\"field\", \"=\", desc, nulls = last, collation = \"C\", operators = \"gist_text_ops\")";
/// What says something else when the rows are exchanged.
const ONE_WAY: [&str; 12] = [
    "<", ">", "<=", ">=", "@>", "<@", "<<", ">>", "&<", "&>", "<<=", ">>=",
];
const PART: &str = "part(\"field\", desc, nulls = last, collation = \"C\", operators = \"text_pattern_ops\")";

pub(super) fn closure(input: ParseStream<'_>, example: &str) -> syn::Result<Expr> {
    let at = input.span();
    let form = || syn::Error::new(at, format!("a closure of the fields is written `{example}`"));
    let closure: Expr = input.parse()?;
    match &closure {
        Expr::Closure(one) if one.inputs.len() == 1 => Ok(closure),
        _ => Err(form()),
    }
}

pub(super) fn part(option: &Ident, input: ParseStream<'_>) -> syn::Result<Part> {
    let content = parenthesised(option, input, PART)?;
    let form = |span| syn::Error::new(span, format!("a part is written `{PART}`"));
    let read = |input: ParseStream<'_>| {
        let mut out = part_key(option, PART, input)?;
        part_words(&mut out, &form, input)?;
        Ok(out)
    };
    read.parse2(content)
}

/// `("field", "=")`, `(|p| .., "&&", operators = "..")`
pub(super) fn compared_part(option: &Ident, input: ParseStream<'_>) -> syn::Result<Part> {
    let form = |span| {
        syn::Error::new(
            span,
            format!("what `exclude` compares is written `{COMPARED_PART}`"),
        )
    };
    let mut out = part_key(option, COMPARED_PART, input)?;
    let missing = input.span();
    input.parse::<Token![,]>().map_err(|_| form(missing))?;
    let operator: LitStr = input.parse().map_err(|_| form(missing))?;
    let symbol = operator.value();
    let plain = symbol.chars().all(|c| "+-*/<>=~!@#%^&|`?".contains(c));
    if symbol.is_empty() || !plain || symbol.contains("--") || symbol.contains("/*") {
        return Err(syn::Error::new(
            operator.span(),
            format!(
                "`{symbol}` is not an operator; two rows are compared by \"=\", \"<>\", \"&&\" or \"-|-\""
            ),
        ));
    }
    if ONE_WAY.contains(&symbol.as_str()) {
        return Err(syn::Error::new(
            operator.span(),
            format!(
                "`{symbol}` says something else when the rows are exchanged, so it cannot hold them apart; operators that \
                 can are \"=\", \"<>\", \"&&\" and \"-|-\""
            ),
        ));
    }
    out.compared_by = Some(At {
        value: symbol,
        span: operator.span(),
    });
    part_words(&mut out, &form, input)?;
    Ok(out)
}

/// What a part is over.
fn part_key(option: &Ident, example: &str, input: ParseStream<'_>) -> syn::Result<Part> {
    let out = if input.peek(LitStr) {
        let field = FieldName::read(input)?;
        if field.descending {
            return Err(syn::Error::new(
                field.span,
                match option == "exclude" {
                    true => format!(
                        "here the direction is a word: `(\"{}\", \"=\", desc)`",
                        field.name
                    ),
                    false => format!(
                        "in a part the direction is a word: `part(\"{}\", desc)`",
                        field.name
                    ),
                },
            ));
        }
        Part::of(PartKey::Field(field))
    } else if input.peek(Token![|]) {
        Part::of(PartKey::Expression(Box::new(closure(
            input,
            "|p| p.field.ascii_lower()",
        )?)))
    } else {
        return Err(syn::Error::new(
            option.span(),
            format!("a part is written `{example}`"),
        ));
    };
    Ok(out)
}

/// What is said behind what a part is over.
fn part_words(out: &mut Part, form: &dyn Fn(Span) -> syn::Error, input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        input.parse::<Token![,]>()?;
        if input.is_empty() {
            break;
        }
        let key = Ident::parse_any(input)?;
        match key.to_string().as_str() {
            "desc" => out.descending = true,
            "nulls" => {
                let place: Ident = value(&key, input, "nulls = last")?;
                let variant = match place.to_string().as_str() {
                    "first" => "First",
                    "last" => "Last",
                    _ => return Err(syn::Error::new(place.span(), "`nulls` are `first` or `last`")),
                };
                let place = At {
                    value: variant.to_owned(),
                    span: place.span(),
                };
                once(&mut out.nulls, &key, place)?;
            }
            "collation" => once(&mut out.collation, &key, text(&key, input, "collation = \"C\"")?)?,
            "operators" => {
                let class = text(&key, input, "operators = \"text_pattern_ops\"")?;
                once(&mut out.operators, &key, class)?;
            }
            _ => return Err(form(key.span())),
        }
    }
    Ok(())
}
