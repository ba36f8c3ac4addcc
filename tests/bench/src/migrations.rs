//! The time of `makemigrations` without the build, by the size of a project: files are read, replayed and compared
//! with the models.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use orm::fields::{FieldType, Literal};
use orm::migrate::{MakeOptions, Project, make_migrations};
use orm::models::{FieldDef, ModelDef, ModelKey, ReferentialAction};

use crate::processor;

/// Models of one app.
const APP: usize = 50;
/// Fields of a model, including the primary key.
const FIELDS: usize = 20;

/// The time of a step.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    pub clock: Duration,
    /// Processor time of all threads: on a busy machine it says more than the clock.
    pub processor: Duration,
}

/// Times of one size.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub models: usize,
    pub files: usize,
    /// Files read from disk, parsed and sorted.
    pub load: Spent,
    /// Operations replayed to the current state.
    pub replay: Spent,
    /// Replayed and compared; nothing changed.
    pub unchanged: Spent,
    /// The same; one field of one model changed.
    pub changed: Spent,
}

impl Times {
    pub fn to_json(&self) -> serde_json::Value {
        let milliseconds = |spent: Spent| {
            serde_json::json!({
                "clock": spent.clock.as_secs_f64() * 1e3,
                "processor": spent.processor.as_secs_f64() * 1e3,
            })
        };
        serde_json::json!({
            "models": self.models,
            "files": self.files,
            "load": milliseconds(self.load),
            "replay": milliseconds(self.replay),
            "unchanged": milliseconds(self.unchanged),
            "changed": milliseconds(self.changed),
        })
    }
}

fn app_of(at: usize) -> String {
    format!("app{:02}", at / APP)
}

fn key_of(at: usize) -> ModelKey {
    ModelKey::new(app_of(at), format!("Model{at:04}"))
}

fn field_of(at: usize, field: usize) -> FieldDef {
    if field == 0 {
        let mut id = FieldDef::new("id", FieldType::BigInt);
        id.primary_key = true;
        id.generated = true;
        return id;
    }
    let types = [
        FieldType::Text,
        FieldType::Int,
        FieldType::Timestamp,
        FieldType::Bool,
        FieldType::Double,
        FieldType::Date,
    ];
    let mut def = FieldDef::new(format!("field_{field:02}"), types[field % types.len()]);
    match def.ty {
        FieldType::Text => {
            def.max_length = Some(200);
            def.default = Some(Literal::from("it's"));
        }
        FieldType::Int => def.default = Some(Literal::Int(7)),
        FieldType::Timestamp | FieldType::Date => def.null = true,
        _ => {}
    }
    // Two relations: to the previous model, and to one of the previous app.
    let target = match field {
        1 => at.checked_sub(1),
        2 => at.checked_sub(APP),
        _ => None,
    };
    if let Some(target) = target {
        def = FieldDef::new(def.name, FieldType::ForeignKey);
        def.to = Some(key_of(target));
        def.on_delete = Some(ReferentialAction::Cascade);
        def.null = true;
        def.index = true;
    }
    def
}

/// Models as a program would have them.
pub fn models(count: usize) -> Vec<ModelDef> {
    (0..count)
        .map(|at| {
            let key = key_of(at);
            let mut model = ModelDef::new(key.app, key.model);
            model.fields = (0..FIELDS).map(|field| field_of(at, field)).collect();
            model
        })
        .collect()
}

/// Writes two migrations per model: one that creates it without its last field, one that adds that.
///
/// # Errors
/// If they cannot be written.
pub fn write(dir: &Path, count: usize) -> orm::Result<()> {
    let failed = |error: std::io::Error| {
        orm::Error::new(orm::error::Kind::Io, "the files cannot be written").with_source(error)
    };
    let mut last: Option<String> = None;
    for at in 0..count {
        let (app, number) = (app_of(at), 2 * (at % APP) + 1);
        let model = key_of(at).model;
        fs::create_dir_all(dir.join(&app)).map_err(failed)?;
        let fields: Vec<String> = (0..FIELDS - 1)
            .map(|field| format!("    {},\n", inline(&field_of(at, field))))
            .collect();
        let create = format!(
            "kind = \"CreateModel\"\nmodel = \"{model}\"\nfields = [\n{}]\n",
            fields.concat()
        );
        let add = format!(
            "kind = \"AddField\"\nmodel = \"{model}\"\nfield = {}\n",
            inline(&field_of(at, FIELDS - 1))
        );
        for (name, operation) in [
            (format!("{number:04}_create"), create),
            (format!("{:04}_add", number + 1), add),
        ] {
            let dependency = last.map(|last| format!("\"{last}\"")).unwrap_or_default();
            let initial = if number == 1 { "initial = true\n" } else { "" };
            let text = format!(
                "id = \"{app}{name}\"\n{initial}dependencies = [{dependency}]\n\n[[operations]]\n{operation}"
            );
            fs::write(dir.join(format!("{app}/{name}.toml")), text).map_err(failed)?;
            last = Some(format!("{app}.{name}"));
        }
    }
    Ok(())
}

/// A field as migration files write it.
fn inline(field: &FieldDef) -> String {
    let written = serde_json::to_value(field).unwrap_or_default();
    let mut out = String::from("{ ");
    for (at, (key, value)) in written.as_object().into_iter().flatten().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        let _ = write!(out, "{comma}{key} = {value}");
    }
    out.push_str(" }");
    out
}

/// The minimum of several runs, and the result of the last.
fn least<T>(rounds: usize, mut run: impl FnMut() -> orm::Result<T>) -> orm::Result<(Spent, T)> {
    let mut once = || -> orm::Result<(Spent, T)> {
        let (clock, processor) = (Instant::now(), processor::of_this_process());
        let value = run()?;
        let spent = Spent {
            clock: clock.elapsed(),
            processor: processor::of_this_process().saturating_sub(processor),
        };
        Ok((spent, value))
    };
    let (mut least, mut value) = once()?;
    for _ in 1..rounds {
        let (spent, again) = once()?;
        least.clock = least.clock.min(spent.clock);
        least.processor = least.processor.min(spent.processor);
        value = again;
    }
    Ok((least, value))
}

/// Times a project with that many models.
///
/// # Errors
/// If a step fails, or a change is detected when nothing changed.
pub fn run(count: usize, rounds: usize) -> orm::Result<Times> {
    let dir = tempfile::tempdir().map_err(|error| {
        orm::Error::new(orm::error::Kind::Io, "there is no temporary directory").with_source(error)
    })?;
    write(dir.path(), count)?;
    let models = models(count);
    let mut other = models.clone();
    if let Some(field) = other[count / 2]
        .fields
        .iter_mut()
        .find(|field| field.max_length.is_some())
    {
        field.max_length = Some(300);
    }
    let project = Project::new(dir.path());
    let options = MakeOptions::default();
    let (load, migrations) = least(rounds, || project.load())?;
    let (replay, state) = least(rounds, || migrations.state())?;
    let (unchanged, none) = least(rounds, || make_migrations(&models, &migrations, &options))?;
    let (changed, one) = least(rounds, || make_migrations(&other, &migrations, &options))?;
    if state.models().len() != count || !none.is_empty() || one.len() != 1 {
        return Err(orm::Error::config(format!(
            "{} models, {} migrations for no change and {} for one",
            state.models().len(),
            none.len(),
            one.len()
        )));
    }
    Ok(Times {
        models: count,
        files: 2 * count,
        load,
        replay,
        unchanged,
        changed,
    })
}

/// The table, in milliseconds: wall clock, and processor time in brackets.
pub fn table(times: &[Times]) -> String {
    let mut out = format!(
        "{:>7} {:>7} {:>16} {:>16} {:>16} {:>16} {:>16} {:>10}\n",
        "models", "files", "load", "replay", "unchanged", "changed", "in all", "per model"
    );
    let shown = |clock: Duration, processor: Duration| {
        format!(
            "{:.1} ({:.1})",
            clock.as_secs_f64() * 1e3,
            processor.as_secs_f64() * 1e3
        )
    };
    let spent = |spent: Spent| shown(spent.clock, spent.processor);
    for one in times {
        let processor = one.load.processor + one.unchanged.processor;
        let each = processor.as_secs_f64() * 1e6 / one.models.max(1) as f64;
        let _ = writeln!(
            out,
            "{:>7} {:>7} {:>16} {:>16} {:>16} {:>16} {:>16} {:>10}",
            one.models,
            one.files,
            spent(one.load),
            spent(one.replay),
            spent(one.unchanged),
            spent(one.changed),
            shown(one.load.clock + one.unchanged.clock, processor),
            format!("{each:.0} µs"),
        );
    }
    out
}
