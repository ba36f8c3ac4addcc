//! Where the default orderings of models lead.

use crate::error::{Error, Result};
use crate::model::{MetaSlot, ModelDef, OrderingColumn, OrderingTerm};
use crate::value::FieldType;

use super::resolve::Models;

/// The columns that the ordering of a model names, also those of rows that its relations lead to.
pub(super) fn ordering_columns(def: &ModelDef, models: &Models) -> Result<Vec<OrderingColumn>> {
    let terms = def.ordering.iter().map(|written| OrderingTerm::parse(written));
    let columns = terms.map(|term| column(def, term, models));
    columns.collect()
}

fn column(def: &ModelDef, term: OrderingTerm<'_>, models: &Models) -> Result<OrderingColumn> {
    let mut relations = Vec::new();
    let mut model = def;
    let mut path = term.path().peekable();
    while let Some(name) = path.next() {
        if path.peek().is_some() {
            let (step, target) = follow(model, name, models)
                .ok_or_else(|| refused(def, model, name, "a relation to one row"))?;
            relations.push(step);
            model = target;
            continue;
        }
        if model.field(name).is_some_and(|field| !field.ty.is_ordered()) {
            return Err(Error::unsupported(format!(
                "the ordering of {} names `{name}` of {}: databases order JSON, arrays and multiranges in different ways",
                def.key(),
                model.key()
            ))
            .with_hint("order by a column of its own, such as a generated one of an array's `length()`"));
        }
        let mut columns = model.fields.iter().filter(|field| field.ty.is_column());
        let column = columns.position(|field| field.name == name);
        return Ok(OrderingColumn {
            relations,
            column: column
                .and_then(|column| u16::try_from(column).ok())
                .ok_or_else(|| refused(def, model, name, "a column"))?,
            descending: term.descending,
        });
    }
    Err(Error::internal("an ordering without a field"))
}

/// The step along a relation, and the model it leads to.
fn follow<'a>(
    model: &ModelDef,
    name: &str,
    models: &'a Models,
) -> Option<((&'static MetaSlot, u16), &'a ModelDef)> {
    let at = model.fields.iter().position(|field| field.name == name)?;
    let field = &model.fields[at];
    if !matches!(field.ty, FieldType::ForeignKey | FieldType::OneToOne) {
        return None;
    }
    let (registration, _) = models.get(&model.key())?;
    let (_, target) = models.get(field.to.as_ref()?)?;
    Some((((registration.slot)(), u16::try_from(at).ok()?), target))
}

#[cold]
fn refused(def: &ModelDef, model: &ModelDef, name: &str, what: &str) -> Error {
    Error::config(format!(
        "the ordering of {} names `{name}`, which is not {what} of {}",
        def.key(),
        model.key()
    ))
    .with_hint("write a column, or relations to one row and the column at their end: `author__name`")
}
