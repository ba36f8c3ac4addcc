//! Refuses conditions that compare a field of an enum type with a string that is not one of its values: the
//! database would refuse to create them.

use crate::error::{Error, Result};
use crate::expr::{Node, OperandTypes, RowExpr};
use crate::model::{ConstraintDef, ModelDef};

/// # Errors
/// If a check, a policy or a generated field of the model contains such a comparison.
pub(super) fn check_enum_comparisons(model: &ModelDef) -> Result<()> {
    if model.fields.iter().all(|field| field.enum_type.is_none()) {
        return Ok(());
    }
    let key = model.key();
    let constraints = model.constraints.iter().flat_map(|constraint| {
        let kind = match constraint {
            ConstraintDef::Check { .. } => "check",
            ConstraintDef::Unique(_) => "unique constraint",
            ConstraintDef::Exclusion(_) => "exclusion constraint",
            ConstraintDef::ForeignKey(_) => "foreign key",
        };
        let what = format!("the {kind} {} of {key}", constraint.name());
        let expressions = constraint.expressions().into_iter();
        expressions.map(move |expression| (what.clone(), expression))
    });
    let indexes = model.indexes.iter().flat_map(|index| {
        let what = format!("the index {} of {key}", index.name);
        index
            .expressions()
            .map(move |expression| (what.clone(), expression))
    });
    let made = model.fields.iter().filter_map(|field| {
        let made = field.generated_as.as_ref()?;
        Some((
            format!("the generated field {key}.{}", field.name),
            &made.expression,
        ))
    });
    let policies = model.objects.iter().flat_map(|object| {
        let what = format!("the {} of {key}", object.label());
        let expressions = object.expressions().into_iter();
        expressions.map(move |expression| (what.clone(), expression))
    });
    for (what, condition) in constraints.chain(indexes).chain(made).chain(policies) {
        if let Some((field, text)) = stray(model, condition) {
            let choices = model.field(field).map_or(&[][..], |field| &field.choices);
            return Err(Error::config(format!(
                "{what} names the text `{text}`, which {key}.{field} does not have: it has {}",
                choices.join(", ")
            ))
            .with_hint(format!(
                "take the text out of the condition, or keep the variant; where it is spelled otherwise now, mark the \
                 variant #[orm(renamed_from = \"{text}\")]"
            )));
        }
    }
    Ok(())
}

/// The first field and string that do not match.
fn stray<'a>(model: &ModelDef, condition: &'a RowExpr) -> Option<(&'a str, &'a str)> {
    let Node::Call(function, operands) = condition else {
        return None;
    };
    let compares = matches!(
        function.def().operands,
        OperandTypes::SameType | OperandTypes::List | OperandTypes::Arrays
    );
    let field = operands.iter().find_map(|operand| match operand {
        Node::Column(field) => model
            .field(field)
            .filter(|field| field.enum_type.is_some())
            .map(|def| (field, def)),
        _ => None,
    });
    if let Some((field, def)) = field.filter(|_| compares) {
        let mut texts = operands.iter().flat_map(|operand| match operand {
            Node::Value(value) => value.strings(),
            _ => Vec::new(),
        });
        if let Some(text) = texts.find(|text| !def.choices.iter().any(|choice| choice == text)) {
            return Some((field, text));
        }
    }
    operands.iter().find_map(|operand| stray(model, operand))
}
