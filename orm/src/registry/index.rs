//! Indexes and what is unique, as models have them.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::{
    ExclusionDef, ExclusionPart, ExclusionSpec, FieldDef, IndexDef, IndexPart, IndexSpec, KeySpec, ModelDef,
    ModelSpec, RowExpr, SearchDef, SearchSpec, constraint_name,
};

use super::embeds;

/// The name of a search that is given none.
const DEFAULT_SEARCH: &str = "search";

pub(super) fn named(error: Error, kind: &str, name: &str, def: &ModelDef) -> Error {
    error.context(format!("{kind} {name} of {}", def.key()))
}

pub(super) fn exclusion(
    spec: &ModelSpec,
    exclude: &ExclusionSpec,
    table: &str,
    def: &ModelDef,
) -> Result<ExclusionDef> {
    let over = &exclude.over;
    let parts = parts(spec, over)
        .map_err(|error| error.context(format!("an exclusion constraint of {}", def.key())))?;
    let name = index_name(over, &parts, "excl", table, def);
    let operators = exclude.operators.iter().copied();
    let parts = parts.into_iter().zip(operators);
    let mut made = ExclusionDef::over(
        name,
        parts.map(|(part, operator)| ExclusionPart::new(part, operator)),
    );
    made.condition = condition(over).map_err(|error| named(error, "exclude", &made.name, def))?;
    made.message = over.message.map(str::to_owned);
    made.include = embeds::included(spec, over)?;
    made.method = over.method;
    made.with = parameters(over.with);
    made.deferrable = over.deferrable;
    Ok(made)
}

/// An index for full text. The name of the index has that of the search in it, unless the search has the default name.
pub(super) fn search(spec: &ModelSpec, search: &SearchSpec, table: &str, def: &ModelDef) -> Result<IndexDef> {
    let fields = search.fields.iter();
    let fields = fields.map(|&(field, _)| embeds::field_named(spec, field).map(IndexPart::field));
    let fields: Result<Vec<IndexPart>> = fields.collect();
    let parts = fields.map_err(|error| error.context(format!("a search of {}", def.key())))?;
    let name = match search.name {
        DEFAULT_SEARCH => index_name(&IndexSpec::over(&[]), &parts, "search", table, def),
        name => constraint_name(table, &[name], "search"),
    };
    let mut made = IndexDef::over(name, parts);
    made.search = Some(SearchDef {
        weights: search.fields.iter().map(|&(_, weight)| weight).collect(),
        tokenizer: search.tokenizer.map(str::to_owned),
        ..SearchDef::new(search.name, search.language)
    });
    Ok(made)
}

/// Storage parameters.
pub(super) fn parameters(with: &[(&str, &str)]) -> BTreeMap<String, String> {
    let with = with.iter();
    with.map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The parts of an index or a unique constraint.
pub(super) fn parts(spec: &ModelSpec, index: &IndexSpec) -> Result<Vec<IndexPart>> {
    let plain = index.fields.iter().map(|&field| {
        let (sign, name) = match field.strip_prefix('-') {
            Some(name) => ("-", name),
            None => ("", field),
        };
        let name = embeds::field_named(spec, name)?;
        Ok(format!("{sign}{name}").as_str().into())
    });
    let full = index.parts.iter().map(|part| {
        let mut made = match &part.key {
            KeySpec::Field(name) => IndexPart::field(embeds::field_named(spec, name)?),
            KeySpec::Expression(expression) => IndexPart::expression(expression()?),
        };
        made.descending = part.descending;
        made.nulls = part.nulls;
        made.collation = part.collation.map(str::to_owned);
        made.operator_class = part.operator_class.map(str::to_owned);
        Ok(made)
    });
    plain.chain(full).collect()
}

pub(super) fn condition(index: &IndexSpec) -> Result<Option<RowExpr>> {
    index.condition.map(|condition| condition()).transpose()
}

/// The name that is given, or one made of the table and the columns. The derive asks for a name wherever the columns do not tell
/// which index it is: where something is computed, or only some rows are in it.
pub(super) fn index_name(
    index: &IndexSpec,
    parts: &[IndexPart],
    suffix: &str,
    table: &str,
    def: &ModelDef,
) -> String {
    if let Some(name) = index.name {
        return name.to_owned();
    }
    let fields = parts.iter().filter_map(IndexPart::field_name);
    let columns: Vec<String> = fields
        .map(|field| {
            def.field(field)
                .map_or_else(|| field.to_owned(), FieldDef::column_name)
        })
        .collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    constraint_name(table, &columns, suffix)
}
