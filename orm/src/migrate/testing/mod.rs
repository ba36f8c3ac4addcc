//! Models for tests, written as text, and what `makemigrations` says about them.

pub(crate) mod laws;

use crate::expr::{Function, RowExpr};
use crate::migrate::file::MigrationFile;
use crate::migrate::make::{make_asking_at, make_at};
use crate::migrate::{Answer, Answers, MakeOptions, Migrations, NewMigration, Question, Questioner};
use crate::model::{
    ConstraintDef, FieldDef, IndexDef, ModelDef, ModelKey, ReferentialAction, UniqueDef, constraint_name,
};
use crate::value::{FieldType, Literal};

/// ```text
/// blog.Post
///   title text max=200
///   author fk=auth.User null
///   index title -author
/// ```
/// Every model gets a generated `id` unless it has a key.
pub(crate) fn models(text: &str) -> Vec<ModelDef> {
    let mut models: Vec<ModelDef> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let in_model = !models.is_empty() && !words[0].contains('.');
        if !in_model {
            let key = ModelKey::try_from(words[0].to_owned()).unwrap();
            models.push(ModelDef::new(key.app, key.model));
            continue;
        }
        let model = models.last_mut().unwrap();
        let owned = |words: &[&str]| -> Vec<String> { words.iter().map(|&word| word.to_owned()).collect() };
        let rest = &words[1..];
        match words[0] {
            "index" => {
                let name = constraint_name(&model.table_name().name, rest, "idx").replace('-', "");
                model.indexes.push(IndexDef::over(name, rest.iter().copied()));
            }
            "unique" => model.constraints.push({
                let name = constraint_name(&model.table_name().name, rest, "uniq");
                UniqueDef::over(name, rest.iter().copied()).into()
            }),
            "check" => model.constraints.push(ConstraintDef::Check {
                name: format!("{}_check", rest[0]),
                condition: RowExpr::Call(Function::Ne, vec![RowExpr::field(rest[0]), RowExpr::literal("")]),
                message: None,
                not_valid: false,
            }),
            "ordering" => model.ordering = owned(rest),
            "table" => model.table = Some(rest[0].to_owned()),
            "schema" => model.schema = Some(rest[0].to_owned()),
            "comment" => model.comment = Some(rest.join(" ")),
            _ => model.fields.push(field(&words)),
        }
    }
    for model in &mut models {
        if model.primary_key().is_none() {
            model
                .fields
                .insert(0, field(&["id", "big_int", "pk", "generated"]));
        }
    }
    models
}

pub(crate) fn field(words: &[&str]) -> FieldDef {
    let (ty, to) = match words[1].split_once('=') {
        Some((relation, to)) => (relation, Some(ModelKey::try_from(to.to_owned()).unwrap())),
        None => (words[1], None),
    };
    let ty = match ty {
        "fk" => FieldType::ForeignKey,
        "o2o" => FieldType::OneToOne,
        "m2m" => FieldType::ManyToMany,
        name => serde_json::from_value(name.into()).unwrap(),
    };
    let mut field = FieldDef::new(words[0], ty);
    field.to = to;
    if ty == FieldType::ForeignKey {
        field.index = true;
    }
    for flag in &words[2..] {
        let (flag, value) = flag.split_once('=').unwrap_or((flag, ""));
        match flag {
            "null" => field.null = true,
            "pk" => field.primary_key = true,
            "generated" => field.generated = true,
            "unique" => field.unique = true,
            "index" => field.index = true,
            "max" => field.max_length = Some(value.parse().unwrap()),
            "default" => {
                field.default = Some(value.parse().map_or_else(|_| Literal::from(value), Literal::Int));
            }
            "in_code" => field.default_in_code = true,
            "auto_now_add" => field.auto_now_add = true,
            "from" => field.renamed_from = Some(value.to_owned()),
            "column" => field.column = Some(value.to_owned()),
            "table" => field.table = Some(value.to_owned()),
            "through" => field.through = Some(ModelKey::try_from(value.to_owned()).unwrap()),
            "symmetrical" => field.symmetrical = true,
            "to" => field.to_field = Some(value.to_owned()),
            "cascade" => field.on_delete = Some(ReferentialAction::Cascade),
            other => panic!("no flag {other}"),
        }
    }
    field
}

/// The migrations and those that `makemigrations` adds to them for these models.
pub(crate) fn grown(
    migrations: &[NewMigration],
    models: &[ModelDef],
    answers: &Answers,
) -> crate::Result<Vec<NewMigration>> {
    let options = MakeOptions {
        answers: answers.clone(),
        ..MakeOptions::default()
    };
    let now = "2026-11-22T18:05:00Z".parse().unwrap();
    make_at(models, &embedded(migrations), &options, now)
}

/// The same, every question answered: nothing was renamed, and rows get something that fits.
pub(crate) fn grown_anyhow(
    migrations: &[NewMigration],
    models: &[ModelDef],
) -> crate::Result<Vec<NewMigration>> {
    let options = MakeOptions::default();
    let now = "2026-11-22T18:05:00Z".parse().unwrap();
    make_asking_at(models, &embedded(migrations), &options, &mut Anyhow, now)
}

struct Anyhow;

impl Questioner for Anyhow {
    fn ask(&mut self, question: &Question) -> crate::Result<Option<Answer>> {
        let text = match question {
            Question::Added { ty, .. } | Question::NotNull { ty, .. } => match ty {
                FieldType::Bool => "true",
                FieldType::Choices => "x",
                FieldType::Timestamp => "2026-11-22T18:05:00Z",
                _ => "1",
            },
            Question::UniqueDefault { .. } | Question::Merge { .. } => return Ok(Some(Answer::Proceed)),
            _ => return Ok(Some(Answer::NotRenamed)),
        };
        Ok(Some(Answer::Default(Literal::from(text))))
    }
}

pub(crate) fn embedded(migrations: &[NewMigration]) -> Migrations {
    let files: Vec<(&str, &str)> = migrations
        .iter()
        .map(|migration| (migration.path.to_str().unwrap(), migration.text.as_str()))
        .collect();
    Migrations::from_embedded(&files).unwrap()
}

/// What leads from one set of models to another: a line per migration and operation.
pub(crate) fn changes(before: &str, after: &str, answers: &Answers) -> crate::Result<String> {
    let before = grown(&[], &models(before), &Answers::default())?;
    let new = grown(&before, &models(after), answers)?;
    let all: Vec<NewMigration> = before.iter().chain(&new).cloned().collect();
    let graph = embedded(&all).graph;
    let mut out = String::new();
    for migration in &new {
        let file = graph
            .files()
            .find(|file| file.key.app == migration.app && file.key.name == migration.name)
            .unwrap();
        out.push_str(&head(file));
        for line in &migration.describe {
            out.push_str(&format!("  {line}\n"));
        }
    }
    Ok(out)
}

fn head(file: &MigrationFile) -> String {
    let mut out = file.key.to_string();
    for (at, dependency) in file.dependencies.iter().enumerate() {
        out.push_str(if at == 0 { " after " } else { ", " });
        out.push_str(&dependency.to_string());
    }
    out.push('\n');
    out
}
