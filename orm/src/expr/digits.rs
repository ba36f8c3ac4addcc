//! The pass over digits: the most digits a computed number can have, and whether it is exact on a backend that
//! computes with floating-point numbers.

use crate::value::Literal;

use super::{Function, Leaves, Typed};

/// The most digits of a number before and after the decimal point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits {
    /// Before the decimal point.
    pub whole: u32,
    /// After the decimal point.
    pub places: u32,
    /// Whether everything it is computed from is exact as a floating-point number.
    pub exact: bool,
}

/// The most decimal digits that a floating-point number is certain to preserve.
pub(crate) const EXACT: u32 = 15;

/// The most digits of a whole number of 64 bits.
const WHOLE_NUMBER: u32 = 19;

impl Digits {
    /// A number that is not computed.
    pub fn new(whole: u32, places: u32) -> Self {
        Digits {
            whole,
            places,
            exact: true,
        }
    }

    /// Whether a floating-point number preserves all of its digits.
    pub(crate) fn fits(self) -> bool {
        self.exact && self.whole + self.places <= EXACT
    }

    pub(super) fn of_literal(literal: &Literal) -> Option<Digits> {
        let text = match literal {
            Literal::Null => return Some(Digits::new(0, 0)),
            Literal::Int(value) => value.to_string(),
            Literal::Decimal(text) => crate::value::canonical_decimal(text)?,
            Literal::List(items) => {
                let all: Option<Vec<Digits>> = items.iter().map(Digits::of_literal).collect();
                return widest(&all?);
            }
            _ => return None,
        };
        let text = text.trim_start_matches('-');
        let (whole, places) = text.split_once('.').unwrap_or((text, ""));
        Some(Digits::new(
            u32::try_from(whole.len()).ok()?,
            u32::try_from(places.len()).ok()?,
        ))
    }
}

/// The digits of a function's result.
pub(super) fn of_call<L: Leaves>(function: Function, operands: &[&Typed<'_, '_, L>]) -> Option<Digits> {
    let all = || {
        operands
            .iter()
            .map(|operand| operand.digits)
            .collect::<Option<Vec<_>>>()
    };
    match function {
        Function::Add | Function::Sub => {
            let all = all()?;
            widest(&all).map(|widest| Digits {
                whole: widest.whole + 1,
                ..widest
            })
        }
        // An inexact product has more digits than its column can hold, unless a factor was inexact already.
        Function::Mul => Some(Digits {
            whole: all()?.iter().map(|digits| digits.whole).sum(),
            places: all()?.iter().map(|digits| digits.places).sum(),
            exact: operands
                .iter()
                .all(|operand| !operand.computed || operand.digits.is_some_and(Digits::fits)),
        }),
        Function::Neg | Function::Abs => operands.first()?.digits.map(|digits| Digits {
            exact: digits.fits(),
            ..digits
        }),
        Function::Coalesce
        | Function::NullIf
        | Function::If
        | Function::Case
        | Function::Greatest
        | Function::Least => widest(&all()?),
        Function::ToDecimal => Some(Digits::new(WHOLE_NUMBER, 0)),
        _ => None,
    }
}

fn widest(all: &[Digits]) -> Option<Digits> {
    Some(Digits {
        whole: all.iter().map(|digits| digits.whole).max()?,
        places: all.iter().map(|digits| digits.places).max()?,
        exact: all.iter().all(|digits| digits.fits()),
    })
}
