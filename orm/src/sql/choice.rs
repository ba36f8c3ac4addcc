//! Values that are chosen: by conditions, or by their order.

use sea_query::{CaseStatement, Expr, ExprTrait};

use crate::error::Result;
use crate::expr::{Comparison, FunctionDef, Leaves, Typed};
use crate::value::FieldType;

use super::infix::chain;
use super::spell::{Speller, SqlOperand, too_few};

/// Conditions, each before a value, and a value for the rest if there is one more.
pub(super) fn case(operands: Vec<Expr>) -> Expr {
    let mut case = CaseStatement::new();
    let mut operands = operands.into_iter();
    while let Some(condition) = operands.next() {
        match operands.next() {
            Some(value) => case = case.case(condition, value),
            None => case = case.finally(condition),
        }
    }
    case.into()
}

impl Speller {
    /// The first operand if the operator holds between it and the second, else the second; the one that is not NULL beside one
    /// that is. What is compared may have another form than what is given.
    pub(super) fn picked<L: Leaves>(
        &self,
        operator: &'static str,
        def: &FunctionDef,
        ty: Option<FieldType>,
        typed: &Typed<'_, '_, L>,
        operands: Vec<SqlOperand>,
    ) -> Result<Expr> {
        self.ensure_few_copies(typed)?;
        let both = |operands: Vec<SqlOperand>| -> Result<[Expr; 2]> {
            let plain: Result<Vec<Expr>> = operands.iter().map(SqlOperand::plain).collect();
            <[Expr; 2]>::try_from(plain?).map_err(|_| too_few(def))
        };
        let plain: Result<Vec<Expr>> = operands.iter().map(SqlOperand::plain).collect();
        let plain = plain?.into_iter().map(SqlOperand::Expr).collect();
        let compared = both(self.prepared(def, Comparison::Order, ty, typed, operands)?)?;
        let [first, second] = both(self.prepared(def, Comparison::No, ty, typed, plain)?)?;
        let missing = match &typed.enumeration {
            // Of a bound string beside no column, Postgres knows the type by what it is compared with.
            Some(of) if of.name.is_none() => compared[1].clone(),
            _ => second.clone(),
        };
        let wins = missing.is_null().or(chain(operator, compared.into())?);
        Ok(case(vec![wins, first, second]))
    }
}
