//! `describe`: the models as the command line sees them.

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::Args;
use orm::migrate::StateFile;
use orm::models::{
    CompositeForeignKeyDef, ConstraintDef, Deferrable, FieldDef, IndexKey, IndexMethod, IndexPart, ModelDef,
    TableObjectDef,
};
use owo_colors::OwoColorize;
use serde::Serialize;

use crate::args::{Context, PackageArgs};
use crate::failure::{Failure, Result};
use crate::models;
use crate::output;

/// Print the models as the command line sees them
///
/// Prints every model with its table and fields; with --json, a state file that `diff` can read.
#[derive(Args)]
pub struct Describe {
    /// Only the models of this app; may be repeated [default: all]
    #[arg(long = "app", value_name = "LABEL")]
    apps: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    package: PackageArgs,
}

pub fn run(context: &Context, args: &Describe) -> Result<ExitCode> {
    let found = models::find(context, &args.package)?;
    let mut models = found.models;
    refuse_unknown(&args.apps, &models)?;
    models.retain(|model| args.apps.is_empty() || args.apps.contains(&model.app));
    let state = StateFile::of_models(models);
    if args.json {
        output::document(&state.to_json()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for (position, model) in state.models().iter().enumerate() {
        if position > 0 {
            output::line("");
        }
        print(model);
    }
    Ok(ExitCode::SUCCESS)
}

fn refuse_unknown(apps: &[String], models: &[ModelDef]) -> Result<()> {
    let known: BTreeSet<&str> = models.iter().map(|model| model.app.as_str()).collect();
    match apps.iter().find(|app| !known.contains(app.as_str())) {
        None => Ok(()),
        Some(app) => {
            let known: Vec<&str> = known.into_iter().collect();
            Err(Failure::usage(
                format!("there is no app `{app}`"),
                format!("there are: {}", known.join(", ")),
            ))
        }
    }
}

fn print(model: &ModelDef) {
    let whose = if model.unmanaged { ", somebody else's" } else { "" };
    let kind = match &model.view {
        Some(view) if view.materialized => "materialized view",
        Some(_) => "view",
        None => "table",
    };
    output::line(format!(
        "{} ({kind} {}{whose})",
        model.key().bold(),
        model.table_name()
    ));
    let width = model
        .fields
        .iter()
        .map(|field| field.name.chars().count())
        .max()
        .unwrap_or(0);
    for field in &model.fields {
        output::line(format!("  {:width$}  {}", field.name, facts(field).join(", ")));
    }
    rules(model)
        .into_iter()
        .for_each(|rule| output::line(format!("  {rule}")));
}

/// Indexes and constraints, a line each.
fn rules(model: &ModelDef) -> Vec<String> {
    let mut lines = Vec::new();
    for index in &model.indexes {
        let mut line = format!("index {} on {}", index.name, parts(&index.parts));
        if index.method != IndexMethod::Btree {
            line.push_str(&format!(" by {}", index.method.name()));
        }
        if let Some(search) = &index.search {
            line.push_str(&format!(
                ", searched for words as {}, {}",
                search.name, search.language
            ));
        }
        line.push_str(&beside(&index.include));
        line.push_str(&some(
            index.condition.as_ref().map(|condition| condition.fields()),
        ));
        lines.push(line);
    }
    for constraint in &model.constraints {
        lines.push(match constraint {
            ConstraintDef::Unique(unique) => {
                let mut line = format!("unique {} on {}", unique.name, parts(&unique.parts));
                line.push_str(&beside(&unique.include));
                line.push_str(&some(
                    unique.condition.as_ref().map(|condition| condition.fields()),
                ));
                if unique.nulls_not_distinct {
                    line.push_str(", two NULLs are equal");
                }
                line.push_str(when(unique.deferrable));
                line
            }
            ConstraintDef::Exclusion(exclusion) => {
                let compared = exclusion.parts.iter().map(|of| {
                    let part = parts(std::slice::from_ref(&of.part));
                    format!("{part} {}", of.operator)
                });
                let compared: Vec<String> = compared.collect();
                let mut line = format!("exclude {} by {}", exclusion.name, compared.join(", "));
                if exclusion.method != IndexMethod::Gist {
                    line.push_str(&format!(" by {}", exclusion.method.name()));
                }
                line.push_str(&beside(&exclusion.include));
                line.push_str(&some(
                    exclusion.condition.as_ref().map(|condition| condition.fields()),
                ));
                line.push_str(when(exclusion.deferrable));
                line
            }
            ConstraintDef::ForeignKey(key) => foreign_key(key),
            ConstraintDef::Check { name, .. } => format!("check {name}"),
        });
    }
    lines.extend(model.objects.iter().map(object));
    lines
}

/// What stands on a table beside its columns, indexes and constraints.
fn object(object: &TableObjectDef) -> String {
    match object {
        TableObjectDef::Trigger(trigger) => {
            let events = trigger.events.iter().map(|event| event.sql().to_lowercase());
            let mut line = format!(
                "{} {} {}",
                object.label(),
                trigger.timing.sql().to_lowercase(),
                events.collect::<Vec<_>>().join(" or ")
            );
            if !trigger.of.is_empty() {
                line.push_str(&format!(" of {}", trigger.of.join(", ")));
            }
            if trigger.each_statement {
                line.push_str(", once for a statement");
            }
            line.push_str(when(trigger.deferrable));
            line
        }
        TableObjectDef::Policy(policy) => {
            let mut line = format!("{} for {}", object.label(), policy.command.sql().to_lowercase());
            if !policy.to.is_empty() {
                line.push_str(&format!(" to {}", policy.to.join(", ")));
            }
            line
        }
        TableObjectDef::RowSecurity(security) => match security.forced {
            true => "row security, of its owner, too".to_owned(),
            false => "row security".to_owned(),
        },
        TableObjectDef::Grant(grant) => {
            let all = grant.privileges.iter();
            let mut granted: Vec<String> = all.map(|one| one.sql().to_lowercase()).collect();
            let some = grant.fields.iter();
            granted.extend(
                some.map(|(one, fields)| format!("{} of {}", one.sql().to_lowercase(), fields.join(", "))),
            );
            format!("{} {}", object.label(), granted.join(", "))
        }
    }
}

/// A foreign key over several columns, and what it does.
fn foreign_key(key: &CompositeForeignKeyDef) -> String {
    let mut line = format!(
        "foreign key {} {} by {} to {} by {}",
        key.name,
        key.relation,
        key.fields.join(", "),
        key.to,
        key.to_fields.join(", ")
    );
    for (event, action) in [("delete", key.on_delete), ("update", key.on_update)] {
        if let Some(action) = action {
            line.push_str(&format!(", on {event} {}", word(&action).replace('_', " ")));
        }
    }
    line.push_str(match key.deferrable {
        Some(Deferrable::No) => ", checked with each statement",
        Some(deferrable) => when(deferrable),
        None => "",
    });
    if key.not_valid {
        line.push_str(", not valid");
    }
    if !key.db_constraint {
        line.push_str(", not in the database");
    }
    match key.related_name.as_deref() {
        None => {}
        Some("+") => line.push_str(", nothing leads back"),
        Some(name) => line.push_str(&format!(", back as {name}")),
    }
    line
}

/// The word that files have for something.
fn word(of: &impl Serialize) -> String {
    let value = serde_json::to_value(of).ok();
    let word = value.and_then(|value| value.as_str().map(str::to_owned));
    word.unwrap_or_default()
}

/// What an index holds beside.
fn beside(include: &[String]) -> String {
    match include {
        [] => String::new(),
        include => format!(", with {} beside", include.join(", ")),
    }
}

/// When it is checked, if not with the statement.
fn when(deferrable: Deferrable) -> &'static str {
    match deferrable {
        Deferrable::No => "",
        Deferrable::Immediate => ", deferrable",
        Deferrable::Deferred => ", deferred",
    }
}

/// That it is not about all rows, and the fields that tell.
fn some(condition: Option<Vec<&str>>) -> String {
    match condition {
        Some(fields) => format!(", of some rows by {}", fields.join(", ")),
        None => String::new(),
    }
}

fn parts(parts: &[IndexPart]) -> String {
    let part = |part: &IndexPart| {
        let direction = if part.descending { "-" } else { "" };
        match &part.key {
            IndexKey::Field(name) => format!("{direction}{name}"),
            IndexKey::Expression(expression) => format!("{direction}({})", expression.fields().join(", ")),
        }
    };
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}

fn facts(field: &FieldDef) -> Vec<String> {
    let mut ty = word(&field.ty);
    if let Some(length) = field.max_length {
        ty.push_str(&format!("({length})"));
    }
    if let Some(to) = &field.to {
        ty.push_str(&format!(" to {to}"));
    }
    let mut facts = vec![ty];
    let flags = [
        (field.primary_key, "primary key"),
        (field.null, "may be null"),
        (field.unique, "unique"),
        (field.index, "indexed"),
    ];
    facts.extend(
        flags
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, text)| (*text).to_owned()),
    );
    if field.generated_as.is_some() {
        facts.push("computed by the database".to_owned());
    }
    if !field.choices.is_empty() {
        facts.push(format!("one of {}", field.choices.join(" | ")));
    }
    if let Some(name) = &field.enum_type {
        facts.push(format!("of the enum type {name}"));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_index_and_constraint_has_a_line() {
        let model: ModelDef = serde_json::from_value(serde_json::json!({
            "app": "hotel",
            "name": "Stay",
            "fields": [],
            "indexes": [
                { "name": "a", "fields": ["-room", { "expression": ["ascii_lower", { "field": "guest" }] }], "include": ["nights"] },
                { "name": "b", "fields": ["words"], "method": "gin", "where": ["gt", { "field": "nights" }, 1] },
            ],
            "constraints": [
                { "kind": "unique", "name": "c", "fields": ["room"], "include": ["nights"], "nulls_not_distinct": true,
                  "deferrable": "deferred" },
                { "kind": "unique", "name": "d", "fields": ["guest"], "where": ["gt", { "field": "nights" }, 1] },
                { "kind": "exclusion", "name": "e", "fields": [
                    { "field": "room", "operator": "=" },
                    { "expression": ["ascii_lower", { "field": "guest" }], "operator": "<>" },
                ], "where": ["gt", { "field": "nights" }, 1], "deferrable": "immediate" },
                { "kind": "exclusion", "name": "f", "fields": [{ "field": "guest", "operator": "=" }], "method": "spgist",
                  "include": ["room"] },
                { "kind": "check", "name": "g", "condition": ["gt", { "field": "nights" }, 0] },
                { "kind": "foreign_key", "name": "h", "relation": "floor", "fields": ["house", "level"], "to": "hotel.Floor",
                  "to_fields": ["house", "number"], "on_delete": "set_null", "on_update": "cascade", "deferrable": "immediate",
                  "not_valid": true, "related_name": "stays" },
                { "kind": "foreign_key", "name": "i", "relation": "floor", "fields": ["house", "level"], "to": "hotel.Floor",
                  "to_fields": ["house", "number"], "db_constraint": false, "related_name": "+" },
            ],
        }))
        .unwrap();
        assert_eq!(
            rules(&model),
            [
                "index a on -room, (guest), with nights beside",
                "index b on words by gin, of some rows by nights",
                "unique c on room, with nights beside, two NULLs are equal, deferred",
                "unique d on guest, of some rows by nights",
                "exclude e by room =, (guest) <>, of some rows by nights, deferrable",
                "exclude f by guest = by spgist, with room beside",
                "check g",
                "foreign key h floor by house, level to hotel.Floor by house, number, on delete set null, on update cascade, deferrable, \
                 not valid, back as stays",
                "foreign key i floor by house, level to hotel.Floor by house, number, not in the database, nothing leads back",
            ]
        );
    }
}
