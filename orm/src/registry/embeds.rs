//! Embeds of models: what attributes name by path, and whether an `Option` is there or not.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::expr::{Function, Node};
use crate::model::{
    ConstraintDef, FieldSpec, IndexSpec, ModelDef, ModelSpec, OrderingTerm, RowExpr, constraint_name,
};

use super::resolve::Specs;

/// The name of the field that is written `address.city` where it is a field of an embed, of which the model's fields know nothing.
///
/// # Errors
/// If there is none.
pub(super) fn field_named<'a>(spec: &ModelSpec, written: &'a str) -> Result<&'a str> {
    if !written.contains('.') {
        return Ok(written);
    }
    let field = spec.fields.iter().find(|field| field.path() == written);
    field.map(|field| field.name).ok_or_else(|| {
        Error::config(format!("{} has no field `{written}`", spec.name))
            .with_hint("name a field of one column, through all embeds that it is in")
    })
}

/// The fields that an index holds beside its parts.
pub(super) fn included(spec: &ModelSpec, index: &IndexSpec) -> Result<Vec<String>> {
    let names = index.include.iter().map(|field| field_named(spec, field));
    names.map(|name| name.map(str::to_owned)).collect()
}

/// `author__name`, with the names that the fields of embeds have in their models.
pub(super) fn ordering_term(spec: &'static ModelSpec, written: &str, specs: &Specs) -> Result<String> {
    if !written.contains('.') {
        return Ok(written.to_owned());
    }
    let term = OrderingTerm::parse(written);
    let mut model = Some(spec);
    let mut names: Vec<&str> = Vec::new();
    for step in term.path() {
        // A path that leads nowhere is refused where it is followed.
        let Some(spec) = model else {
            names.push(step);
            continue;
        };
        let name = field_named(spec, step)?;
        let field = spec.fields.iter().find(|field| field.name == name);
        let relation = field.and_then(|field| field.relation.as_ref());
        model = relation.map(|relation| specs.target(relation)).transpose()?;
        names.push(name);
    }
    let sign = if term.descending { "-" } else { "" };
    Ok(format!("{sign}{}", names.join("__")))
}

/// Two fields of one column, of which one comes from an embed: names differ, which the compiler sees, and columns need not.
///
/// # Errors
/// If there are such fields.
pub(super) fn check_columns(spec: &ModelSpec, def: &ModelDef) -> Result<()> {
    if spec.fields.iter().all(|field| field.embedded.is_none()) {
        return Ok(());
    }
    let mut columns: BTreeMap<String, &FieldSpec> = BTreeMap::new();
    for (told, field) in spec.fields.iter().zip(&def.fields) {
        let column = field.column_name();
        // SQLite does not tell `Name` from `name`.
        if field.ty.is_column()
            && let Some(other) = columns.insert(column.to_lowercase(), told)
        {
            return Err(Error::config(format!(
                "`{}` and `{}` of {} are both stored in the column `{column}`",
                other.path(),
                told.path(),
                def.key()
            ))
            .with_hint("give the embed another #[orm(embed, prefix = \"..\")], or one of the fields a column of its own"));
        }
    }
    Ok(())
}

/// What stands before the name that the field has in its own struct.
fn prefix(field: &FieldSpec) -> Option<&'static str> {
    let embedded = field.embedded?;
    let own = embedded.path.rsplit('.').next()?;
    field.name.strip_suffix(own)
}

/// The expression of a generated field with the names that fields have in the model.
pub(super) fn in_the_model(field: &FieldSpec, mut expression: RowExpr) -> RowExpr {
    if let Some(prefix) = prefix(field) {
        expression.rename_fields(&mut |name| name.insert_str(0, prefix));
    }
    expression
}

/// Of each `Option` of an embed that all columns are NULL, or none that cannot be.
pub(super) fn whole(spec: &ModelSpec, def: &ModelDef) -> Vec<ConstraintDef> {
    let mut embeds: BTreeMap<&str, Fields<'_>> = BTreeMap::new();
    let mut order: Vec<&str> = Vec::new();
    for field in spec.fields.iter().filter(|field| field.generated_as.is_none()) {
        let Some(embedded) = field.embedded else { continue };
        let ends = embedded.path.match_indices('.').map(|(end, _)| end);
        for (depth, end) in ends.enumerate() {
            if embedded.optional >> depth & 1 == 0 {
                continue;
            }
            let path = &embedded.path[..end];
            let fields = embeds.entry(path).or_insert_with(|| {
                order.push(path);
                Fields::default()
            });
            // Within an `Option` deeper down it may be NULL.
            let required = embedded.required && embedded.optional >> depth >> 1 == 0;
            match required {
                true => fields.required.push(field.name),
                false => fields.others.push(field.name),
            }
        }
    }
    let table = def.table_name().name;
    let checks = order.into_iter().filter_map(|path| {
        let fields = &embeds[path];
        Some(ConstraintDef::Check {
            name: constraint_name(&table, &[&path.replace('.', "_")], "whole"),
            condition: fields.condition()?,
            message: Some(format!("`{path}` is given as a whole or not at all")),
            not_valid: false,
        })
    });
    checks.collect()
}

#[derive(Default)]
struct Fields<'a> {
    required: Vec<&'a str>,
    others: Vec<&'a str>,
}

impl Fields<'_> {
    /// `None` where one column is all there is, which is whole in any case.
    fn condition(&self) -> Option<RowExpr> {
        if self.required.len() + self.others.len() < 2 {
            return None;
        }
        let each = |function: Function, names: &mut dyn Iterator<Item = &&str>| {
            let mut tests: Vec<RowExpr> = names
                .map(|name| Node::Call(function, vec![RowExpr::field(*name)]))
                .collect();
            match tests.len() {
                1 => tests.remove(0),
                _ => Node::Call(Function::And, tests),
            }
        };
        let none = each(Function::IsNull, &mut self.required.iter().chain(&self.others));
        let whole = each(Function::IsNotNull, &mut self.required.iter());
        Some(Node::Call(Function::Or, vec![none, whole]))
    }
}
