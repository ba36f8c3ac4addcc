//! Laws that hold for any models of any apps.

use proptest::prelude::*;

use super::{embedded, grown, grown_anyhow};
use crate::expr::{Function, RowExpr};
use crate::migrate::file::{MigrationFile, MigrationKey};
use crate::migrate::graph::{inverses, replay};
use crate::migrate::operation::RenameField;
use crate::migrate::state::ProjectState;
use crate::migrate::{Answers, NewMigration};
use crate::model::{
    CompositeForeignKeyDef, ConstraintDef, Deferrable, ExclusionDef, ExclusionPart, FieldDef, IndexDef,
    IndexPart, ModelDef, ModelKey, ReferentialAction, UniqueDef,
};
use crate::value::{FieldType, Literal};

const MODELS: [(&str, &str); 6] = [
    ("auth", "User"),
    ("auth", "Group"),
    ("blog", "Post"),
    ("blog", "Tag"),
    ("shop", "Item"),
    ("shop", "Order"),
];
const FIELDS: [&str; 5] = ["a", "b", "c", "d", "e"];

/// What a field shall be; relations point at a model by position, if there is one.
#[derive(Debug, Clone)]
struct Shape {
    name: usize,
    kind: usize,
    target: usize,
    flags: [bool; 4],
}

#[derive(Debug, Clone)]
pub(in crate::migrate) struct Table {
    fields: Vec<Shape>,
    /// The primary key is a one-to-one to an earlier model.
    keyed: bool,
    index: Option<(usize, bool)>,
    uniques: Vec<usize>,
    ordered: bool,
}

pub(in crate::migrate) fn tables() -> impl Strategy<Value = Vec<Option<Table>>> {
    let shape = (0..FIELDS.len(), 0..9_usize, 0..MODELS.len(), any::<[bool; 4]>()).prop_map(
        |(name, kind, target, flags)| Shape {
            name,
            kind,
            target,
            flags,
        },
    );
    let table = (
        proptest::collection::vec(shape, 0..5),
        any::<bool>(),
        proptest::option::of((0..5_usize, any::<bool>())),
        proptest::collection::vec(0..5_usize, 0..3),
        any::<bool>(),
    )
        .prop_map(|(fields, keyed, index, uniques, ordered)| Table {
            fields,
            keyed,
            index,
            uniques,
            ordered,
        });
    proptest::collection::vec(proptest::option::weighted(0.7, table), MODELS.len())
}

pub(in crate::migrate) fn models(tables: &[Option<Table>]) -> Vec<ModelDef> {
    let present: Vec<usize> = (0..tables.len()).filter(|at| tables[*at].is_some()).collect();
    let key = |at: usize| ModelKey::new(MODELS[at].0, MODELS[at].1);
    let mut models = Vec::new();
    for &at in &present {
        let Some(table) = &tables[at] else { continue };
        let mut model = ModelDef::new(MODELS[at].0, MODELS[at].1);
        let mut id = FieldDef::new("id", FieldType::BigInt);
        id.primary_key = true;
        id.generated = true;
        if table.keyed
            && let Some(&earlier) = present.iter().find(|other| **other < at)
        {
            id = FieldDef::new("id", FieldType::OneToOne);
            id.primary_key = true;
            id.to = Some(key(earlier));
        }
        model.fields.push(id);
        for shape in &table.fields {
            if model.field(FIELDS[shape.name]).is_none() {
                model.fields.push(field(shape, &present, key));
            }
        }
        over_fields(&mut model, table);
        models.push(model);
    }
    point_at_others(&mut models);
    point_over_two_columns(&mut models);
    models
}

/// Columns that hold values of their own.
fn plain(model: &ModelDef) -> impl Iterator<Item = &FieldDef> {
    let fields = model.fields.iter();
    fields.filter(|field| field.ty.is_column() && !field.ty.is_relation() && !field.primary_key)
}

/// Models whose first two columns are unique together are pointed at by those that have two columns of the same types.
fn point_over_two_columns(models: &mut [ModelDef]) {
    for model in models.iter_mut() {
        let names: Vec<String> = plain(model).map(|field| field.name.clone()).take(2).collect();
        if names.len() == 2 && plain(model).count().is_multiple_of(2) {
            let name = format!("{}_together", model.table_name());
            model.constraints.push(UniqueDef::over(name, names).into());
        }
    }
    let targets: Vec<(ModelKey, Vec<FieldDef>)> = models
        .iter()
        .filter(|model| {
            model
                .constraints
                .iter()
                .any(|constraint| constraint.name().ends_with("_together"))
        })
        .map(|model| (model.key(), plain(model).take(2).cloned().collect()))
        .collect();
    for (at, model) in models.iter_mut().enumerate() {
        for (to, fields) in targets.iter().cycle().skip(at).take(targets.len()) {
            let mut own = plain(model).collect::<Vec<_>>();
            let pairs = fields.iter().filter_map(|field| {
                let found = own.iter().rposition(|own| own.ty == field.ty)?;
                Some((own.remove(found).clone(), field.name.clone()))
            });
            let pairs: Vec<(FieldDef, String)> = pairs.collect();
            if pairs.len() < 2 {
                continue;
            }
            let names = pairs
                .iter()
                .map(|(own, field)| (own.name.as_str(), field.as_str()));
            let name = format!("{}_pair_fk", model.table_name());
            let nulls = pairs.iter().all(|(own, _)| own.null);
            let key = CompositeForeignKeyDef {
                on_delete: nulls.then_some(ReferentialAction::SetNull),
                deferrable: (at % 2 == 1).then_some(Deferrable::Immediate),
                ..CompositeForeignKeyDef::over(name, "pair", to.clone(), names)
            };
            model.constraints.push(key.into());
            break;
        }
    }
}

/// Some foreign keys point at another field than the primary key, where their target has one that is unique.
fn point_at_others(models: &mut [ModelDef]) {
    let unique = |model: &ModelDef| {
        let mut fields = model.fields.iter();
        let field = fields.find(|field| field.ty == FieldType::Text && model.is_unique(&field.name));
        field.map(|field| field.name.clone())
    };
    let unique: Vec<(ModelKey, String)> = models
        .iter()
        .filter_map(|model| Some((model.key(), unique(model)?)))
        .collect();
    for field in models.iter_mut().flat_map(|model| &mut model.fields) {
        if field.ty.is_column() && field.on_delete.is_some() {
            let found = unique.iter().find(|(key, _)| Some(key) == field.to.as_ref());
            field.to_field = found.map(|(_, name)| name.clone());
        }
    }
}

fn field(shape: &Shape, present: &[usize], key: impl Fn(usize) -> ModelKey) -> FieldDef {
    let kinds = [
        FieldType::Text,
        FieldType::Int,
        FieldType::Timestamp,
        FieldType::Choices,
        FieldType::Bool,
        FieldType::Decimal,
        FieldType::ForeignKey,
        FieldType::OneToOne,
        FieldType::ManyToMany,
    ];
    let mut field = FieldDef::new(FIELDS[shape.name], kinds[shape.kind]);
    let [null, first, second, third] = shape.flags;
    field.null = null && field.ty.is_column();
    match field.ty {
        FieldType::Text => {
            field.max_length = first.then_some(50);
            field.default = second.then(|| Literal::from("it's \"x\"\\ \n"));
            field.unique = third;
        }
        FieldType::Int => field.default = first.then_some(Literal::Int(-3)),
        FieldType::Timestamp => field.auto_now_add = first,
        FieldType::Choices => field.choices = vec!["x".to_owned(), "y".to_owned()],
        FieldType::Decimal => field.max_digits = first.then_some(9),
        FieldType::ForeignKey | FieldType::OneToOne | FieldType::ManyToMany => {
            field.to = Some(key(present[shape.target % present.len()]));
            if field.ty != FieldType::ManyToMany {
                field.on_delete = first.then_some(ReferentialAction::Cascade);
                field.on_update = (first && third).then_some(ReferentialAction::Restrict);
                field.deferrable = (third && null).then_some(Deferrable::Immediate);
                field.db_constraint = first || !third || null;
            }
            field.index = second && field.ty == FieldType::ForeignKey;
        }
        _ => field.comment = first.then(|| "why".to_owned()),
    }
    field
}

fn over_fields(model: &mut ModelDef, table: &Table) {
    let columns: Vec<String> = model
        .fields
        .iter()
        .filter(|field| field.ty.is_column())
        .map(|field| field.name.clone())
        .collect();
    if let Some((at, descending)) = table.index {
        let column = &columns[at % columns.len()];
        let part = IndexPart {
            descending,
            ..IndexPart::field(column)
        };
        let mut index = IndexDef::over(format!("{}_idx", model.table_name()), [part]);
        // Every other one is of some rows only.
        if at % 2 == 1 {
            let is_null = RowExpr::Call(Function::IsNull, vec![RowExpr::field(column)]);
            index.condition = Some(RowExpr::Call(Function::Not, vec![is_null]));
        }
        model.indexes.push(index);
    }
    // Also over what is unique already, or the key.
    for (number, at) in table.uniques.iter().enumerate() {
        model.constraints.push({
            let name = format!("{}_{number}_once", model.table_name());
            let column = &columns[at % columns.len()];
            match at {
                3 => excluded(&name, column, table.ordered).into(),
                4 => UniqueDef {
                    condition: Some(RowExpr::Call(Function::IsNotNull, vec![RowExpr::field(column)])),
                    ..UniqueDef::over(name, [column.clone()])
                }
                .into(),
                _ => UniqueDef::over(name, [column.clone()]).into(),
            }
        });
    }
    if table.ordered {
        model.ordering = vec!["-id".to_owned()];
    }
}

/// The same models without what only some databases have.
pub(in crate::migrate) fn without_exclusions(models: &mut [ModelDef]) {
    let excludes = |constraint: &ConstraintDef| matches!(constraint, ConstraintDef::Exclusion(_));
    for model in models {
        model.constraints.retain(|constraint| !excludes(constraint));
    }
}

/// An exclusion constraint, with or without what it may say.
fn excluded(name: &str, column: &str, more: bool) -> ExclusionDef {
    let call = |function| RowExpr::Call(function, vec![RowExpr::field(column)]);
    let one = ExclusionDef::over(name, [ExclusionPart::new(column, "=")]);
    match more {
        false => one,
        true => ExclusionDef {
            parts: vec![ExclusionPart::new(
                IndexPart::expression(call(Function::IsNull)),
                "<>",
            )],
            condition: Some(call(Function::IsNotNull)),
            deferrable: Deferrable::Immediate,
            ..one
        },
    }
}

/// The same models with every other field under another name.
pub(in crate::migrate) fn renamed(models: &[ModelDef]) -> Vec<ModelDef> {
    let mut models = models.to_vec();
    let mut renamed = Vec::new();
    for model in &mut models {
        for old in FIELDS.into_iter().step_by(2) {
            let Some(field) = model.field(old) else { continue };
            let table = model.join_table_name(field).map(|table| table.name);
            let rename = RenameField {
                model: model.name.clone(),
                old: old.to_owned(),
                new: format!("{old}_new"),
            };
            rename.apply(model);
            renamed.push((model.key(), rename.old.clone(), rename.new.clone()));
            for field in model.fields.iter_mut().filter(|field| field.name == rename.new) {
                field.renamed_from = Some(old.to_owned());
                field.table.clone_from(&table);
            }
        }
    }
    point_at_new_names(&mut models, &renamed);
    models
}

/// Has foreign keys of other models point at fields under their new names.
pub(in crate::migrate) fn point_at_new_names(
    models: &mut [ModelDef],
    renamed: &[(ModelKey, String, String)],
) {
    for model in models {
        let own = model.key();
        let others = model
            .fields
            .iter_mut()
            .filter(|field| field.to.as_ref() != Some(&own));
        for field in others {
            let mut renamed = renamed.iter();
            let new = renamed
                .find(|(key, old, _)| Some(key) == field.to.as_ref() && Some(old) == field.to_field.as_ref());
            if let Some((.., new)) = new {
                field.to_field = Some(new.clone());
            }
        }
        let keys = model
            .constraints
            .iter_mut()
            .filter_map(ConstraintDef::foreign_key_mut);
        for key in keys.filter(|key| key.to != own) {
            for name in &mut key.to_fields {
                let mut renamed = renamed.iter();
                if let Some((.., new)) = renamed.find(|(to, old, _)| *to == key.to && old == name) {
                    name.clone_from(new);
                }
            }
        }
    }
}

/// The same models with the names of tables, of indexes and of unique constraints going round, whatever app they are of.
pub(in crate::migrate) fn swapped(models: &[ModelDef]) -> Vec<ModelDef> {
    let before = models;
    let mut models = models.to_vec();
    let tables: Vec<String> = before.iter().map(|model| model.table_name().name).collect();
    for (at, model) in models.iter_mut().enumerate() {
        model.table = Some(tables[(at + 1) % tables.len()].clone());
    }
    let names: Vec<String> = before
        .iter()
        .flat_map(|model| &model.indexes)
        .map(|index| index.name.clone())
        .collect();
    let mut next = names.iter().cycle().skip(1);
    for index in models.iter_mut().flat_map(|model| &mut model.indexes) {
        index.name.clone_from(next.next().unwrap());
    }
    let uniques: Vec<String> = before
        .iter()
        .flat_map(|model| &model.constraints)
        .map(|unique| unique.name().to_owned())
        .collect();
    let mut next = uniques.iter().cycle().skip(1);
    for constraint in models.iter_mut().flat_map(|model| &mut model.constraints) {
        let name = match constraint {
            ConstraintDef::Unique(unique) => &mut unique.name,
            ConstraintDef::Exclusion(exclusion) => &mut exclusion.name,
            ConstraintDef::ForeignKey(key) => &mut key.name,
            ConstraintDef::Check { name, .. } => name,
        };
        name.clone_from(next.next().unwrap());
    }
    models
}

fn state(migrations: &[NewMigration]) -> ProjectState {
    embedded(migrations).graph.state().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn what_is_made_leads_to_the_models_and_back(before in tables(), after in tables()) {
        let (before, after) = (models(&before), models(&after));
        let mut migrations = grown_anyhow(&[], &before).unwrap();
        prop_assert!(state(&migrations).agrees_with(&ProjectState::from_models(&before).unwrap()));
        migrations.extend(grown_anyhow(&migrations, &after).unwrap());
        prop_assert!(state(&migrations).agrees_with(&ProjectState::from_models(&after).unwrap()));
        prop_assert_eq!(grown_anyhow(&migrations, &after).unwrap(), Vec::new());

        back(&migrations)?;
    }

    #[test]
    fn renamed_fields_are_neither_lost_nor_found_again(tables in tables()) {
        let models = models(&tables);
        let mut migrations = grown(&[], &models, &Answers::default()).unwrap();
        let renamed = renamed(&models);
        let new = grown(&migrations, &renamed, &Answers::default()).unwrap();
        let lines: Vec<&String> = new.iter().flat_map(|migration| &migration.describe).collect();
        let lost = |line: &&&String| line.starts_with("- remove field") || line.starts_with("- delete");
        prop_assert_eq!(lines.iter().find(lost), None);
        migrations.extend(new);
        prop_assert!(state(&migrations).agrees_with(&ProjectState::from_models(&renamed).unwrap()));
        prop_assert_eq!(grown(&migrations, &renamed, &Answers::default()).unwrap(), Vec::new());
    }

    #[test]
    fn any_order_that_the_files_allow_leads_to_the_models(
        first in tables(),
        second in tables(),
        preferred in proptest::collection::vec(any::<u16>(), 64),
    ) {
        let mut migrations = Vec::new();
        let (first, second) = (models(&first), models(&second));
        for step in [&first, &renamed(&first), &second] {
            migrations.extend(grown_anyhow(&migrations, step).unwrap());
        }
        let graph = embedded(&migrations).graph;
        let mut state = ProjectState::default();
        for file in in_another_order(graph.files().collect(), &preferred) {
            prop_assert!(replay(file, &mut state).is_ok(), "{}: {:?}", file.key, replay(file, &mut state));
        }
        prop_assert!(state.agrees_with(&ProjectState::from_models(&second).unwrap()));
    }

    #[test]
    fn the_order_of_registration_does_not_show(tables in tables()) {
        let models = models(&tables);
        let reversed: Vec<ModelDef> = models.iter().rev().cloned().collect();
        let none = Answers::default();
        prop_assert_eq!(grown(&[], &models, &none).unwrap(), grown(&[], &reversed, &none).unwrap());
    }

    #[test]
    fn files_survive_being_read_and_written(before in tables(), after in tables()) {
        let (before, after) = (models(&before), models(&after));
        let mut migrations = grown_anyhow(&[], &before).unwrap();
        migrations.extend(grown_anyhow(&migrations, &after).unwrap());
        let graph = embedded(&migrations).graph;
        for migration in &migrations {
            let file = graph.files().find(|file| file.key.app == migration.app && file.key.name == migration.name);
            prop_assert_eq!(&crate::migrate::file::render(file.unwrap()).unwrap(), &migration.text);
        }
    }
}

/// The files in an order that their dependencies allow: the numbers pick one of those that can be next.
fn in_another_order<'a>(mut files: Vec<&'a MigrationFile>, numbers: &[u16]) -> Vec<&'a MigrationFile> {
    let mut ordered: Vec<&MigrationFile> = Vec::new();
    let mut numbers = numbers.iter().cycle();
    while !files.is_empty() {
        let is_done = |key: &MigrationKey| ordered.iter().any(|file| file.key == *key);
        let ready = (0..files.len()).filter(|&at| files[at].dependencies.iter().all(is_done));
        let ready: Vec<usize> = ready.collect();
        let pick = usize::from(*numbers.next().unwrap()) % ready.len();
        ordered.push(files.remove(ready[pick]));
    }
    ordered
}

/// Taking migrations back one by one leads through the states they came by.
pub(in crate::migrate) fn back(migrations: &[NewMigration]) -> Result<(), TestCaseError> {
    let graph = embedded(migrations).graph;
    let mut now = graph.state().unwrap();
    let files: Vec<_> = graph.files().collect();
    for (at, file) in files.iter().enumerate().rev() {
        let mut earlier = ProjectState::default();
        for file in &files[..at] {
            replay(file, &mut earlier).unwrap();
        }
        for inverse in inverses(file, &mut earlier.clone()).unwrap() {
            inverse.state_forwards(&file.key.app, &mut now).unwrap();
        }
        prop_assert!(now.agrees_with(&earlier), "back over {}", file.key);
    }
    Ok(())
}
