//! Laws of detection, over models of several apps with all that a model can have.

use proptest::prelude::*;

use crate::expr::{Function, RowExpr};
use crate::migrate::operation::RenameField;
use crate::migrate::testing::laws::{Table, back, models, point_at_new_names, renamed, tables};
use crate::migrate::testing::{embedded, grown, grown_anyhow};
use crate::migrate::{Answers, NewMigration, ProjectState};
use crate::model::{ConstraintDef, FieldDef, GeneratedDef, ModelDef, ModelKey};
use crate::value::{FieldType, Literal};

/// What a model has besides its fields.
#[derive(Debug, Clone)]
struct Extra {
    generated: Option<usize>,
    mood: bool,
    check: Option<(usize, bool)>,
    comment: bool,
    table: bool,
    unmanaged: bool,
}

type Given = (Vec<Option<Table>>, Vec<Extra>, Vec<String>);

fn extras() -> impl Strategy<Value = Vec<Extra>> {
    let extra = (
        proptest::option::of(0..5_usize),
        any::<bool>(),
        proptest::option::of((0..5_usize, any::<bool>())),
        any::<bool>(),
        proptest::bool::weighted(0.2),
        proptest::bool::weighted(0.3),
    );
    let extra = extra.prop_map(|(generated, mood, check, comment, table, unmanaged)| Extra {
        generated,
        mood,
        check,
        comment,
        table,
        unmanaged,
    });
    proptest::collection::vec(extra, 6)
}

/// All texts that the enum type of an app may have, and in which order.
fn moods() -> impl Strategy<Value = Vec<String>> {
    let all = vec!["x".to_owned(), "y".to_owned(), "z".to_owned(), "w".to_owned()];
    (Just(all).prop_shuffle(), 1..5_usize).prop_map(|(mut all, count)| {
        all.truncate(count);
        // What rows that exist get is a value of every such type.
        if !all.contains(&"x".to_owned()) {
            all.push("x".to_owned());
        }
        all
    })
}

fn enriched(models: &[ModelDef], extras: &[Extra], moods: &[String], own: bool) -> Vec<ModelDef> {
    let mut models = models.to_vec();
    for (model, extra) in models.iter_mut().zip(extras) {
        let columns: Vec<String> = model
            .fields
            .iter()
            .filter(|field| field.ty.is_column())
            .map(|field| field.name.clone())
            .collect();
        let read = |at: usize| RowExpr::field(&columns[at % columns.len()]);
        let call = |function, operand: RowExpr| RowExpr::Call(function, vec![operand]);
        if let Some(at) = extra.generated {
            let mut field = FieldDef::new("aa_generated", FieldType::Bool);
            field.null = true;
            field.generated_as = Some(GeneratedDef {
                expression: call(Function::IsNull, read(at)),
                computed_on_read: false,
            });
            model.fields.push(field);
        }
        if extra.table
            && let Some(id) = model.fields.iter_mut().find(|field| field.generated)
        {
            id.identity.start = Some(1_000);
            id.identity.always = extra.comment;
        }
        if extra.mood {
            let mut field = FieldDef::new("mood", FieldType::Choices);
            field.enum_type = Some("mood".to_owned());
            field.choices = moods.to_vec();
            field.default = extra.comment.then(|| Literal::from(moods[0].as_str()));
            model.fields.push(field);
        }
        if let Some((at, message)) = extra.check {
            model.constraints.push(ConstraintDef::Check {
                name: format!("{}_check", model.table_name()),
                condition: call(Function::IsNull, read(at)),
                message: message.then(|| "no".to_owned()),
                not_valid: false,
            });
        }
        model.comment = extra.comment.then(|| "why".to_owned());
        let key_is_given = !model.fields.iter().any(|field| field.generated);
        model.storage.without_rowid = extra.comment && key_is_given;
        if extra.mood {
            model
                .storage
                .parameters
                .insert("fillfactor".to_owned(), "70".to_owned());
        }
        model.table = extra.table.then(|| format!("t_{}", model.name.to_lowercase()));
        model.unmanaged = extra.unmanaged && !own;
    }
    models
}

/// What a model points at.
fn targets(model: &mut ModelDef) -> impl Iterator<Item = &mut ModelKey> {
    let fields = model.fields.iter_mut().filter_map(|field| field.to.as_mut());
    let keys = model
        .constraints
        .iter_mut()
        .filter_map(ConstraintDef::foreign_key_mut);
    fields.chain(keys.map(|key| &mut key.to))
}

/// Every model under another name, and what points at it.
fn models_renamed(models: &[ModelDef]) -> Vec<ModelDef> {
    let mut models = models.to_vec();
    for model in &mut models {
        model.renamed_from = Some(model.name.clone());
        model.name.push_str("New");
        for to in targets(model) {
            to.model.push_str("New");
        }
    }
    models
}

/// Some models in another app, and what points at them.
fn models_moved(models: &[ModelDef], which: &[bool]) -> Vec<ModelDef> {
    let moves = models.iter().zip(which).filter(|(_, moves)| **moves);
    let moved: Vec<_> = moves.map(|(model, _)| model.key()).collect();
    let mut models = models.to_vec();
    for model in &mut models {
        if moved.contains(&model.key()) {
            model.renamed_from = Some(model.key().to_string());
            model.app.push_str("_new");
        }
        for to in targets(model) {
            if moved.contains(to) {
                to.app.push_str("_new");
            }
        }
    }
    models
}

/// The fields of each model with their names going round.
fn rotated(models: &[ModelDef], by: usize) -> Vec<ModelDef> {
    let mut models = models.to_vec();
    let mut renamed = Vec::new();
    for model in &mut models {
        let names: Vec<String> = model.fields.iter().map(|field| field.name.clone()).collect();
        let plain: Vec<String> = names.iter().filter(|name| name.len() == 1).cloned().collect();
        let rename = |model: &mut ModelDef, old: &str, new: &str| {
            RenameField {
                model: model.name.clone(),
                old: old.to_owned(),
                new: new.to_owned(),
            }
            .apply(model);
        };
        for name in &plain {
            rename(model, name, &format!("{name}_"));
        }
        for (at, name) in plain.iter().enumerate() {
            let new = &plain[(at + by) % plain.len()];
            rename(model, &format!("{name}_"), new);
            renamed.push((model.key(), name.clone(), new.clone()));
            for field in model
                .fields
                .iter_mut()
                .filter(|field| field.name == *new && new != name)
            {
                field.renamed_from = Some(name.clone());
            }
        }
    }
    point_at_new_names(&mut models, &renamed);
    models
}

fn state(migrations: &[NewMigration]) -> ProjectState {
    embedded(migrations).graph.state().unwrap()
}

fn lines(migrations: &[NewMigration]) -> Vec<&String> {
    migrations
        .iter()
        .flat_map(|migration| &migration.describe)
        .collect()
}

/// Lines that lose something.
fn losses(migrations: &[NewMigration]) -> Vec<&String> {
    let mut lines = lines(migrations);
    // A type goes when all that was of it is of another.
    lines.retain(|line| line.starts_with("- remove field") || line.starts_with("- delete model"));
    lines
}

/// The models become the others without a question and without a loss, at once, and go back.
fn keeps_all(before: &[ModelDef], after: &[ModelDef]) -> Result<(), TestCaseError> {
    let mut migrations = grown(&[], before, &Answers::default()).unwrap();
    let new = grown(&migrations, after, &Answers::default()).unwrap();
    prop_assert_eq!(losses(&new), Vec::<&String>::new());
    migrations.extend(new);
    prop_assert!(state(&migrations).agrees_with(&ProjectState::from_models(after).unwrap()));
    let again = grown(&migrations, after, &Answers::default()).unwrap();
    prop_assert_eq!(lines(&again), Vec::<&String>::new());
    back(&migrations)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, ..ProptestConfig::default() })]

    #[test]
    fn any_models_become_any_others_and_go_back(
        before in (tables(), extras(), moods()),
        after in (tables(), extras(), moods()),
    ) {
        let make = |given: &Given| enriched(&models(&given.0), &given.1, &given.2, true);
        let (before, after) = (make(&before), make(&after));
        let mut migrations = grown_anyhow(&[], &before).unwrap();
        prop_assert!(state(&migrations).agrees_with(&ProjectState::from_models(&before).unwrap()));
        migrations.extend(grown_anyhow(&migrations, &after).unwrap());
        prop_assert!(state(&migrations).agrees_with(&ProjectState::from_models(&after).unwrap()));
        let again = grown_anyhow(&migrations, &after).unwrap();
        prop_assert_eq!(lines(&again), Vec::<&String>::new());
        back(&migrations)?;
    }

    #[test]
    fn tables_of_others_are_settled_in_one_run(
        before in (tables(), extras(), moods()),
        after in (tables(), extras(), moods()),
    ) {
        let make = |given: &Given| enriched(&models(&given.0), &given.1, &given.2, false);
        let (before, after) = (make(&before), make(&after));
        let mut migrations = grown_anyhow(&[], &before).unwrap();
        match grown_anyhow(&migrations, &after) {
            Ok(new) => migrations.extend(new),
            // A join table cannot let go of one side.
            Err(error) => {
                prop_assert!(error.to_string().contains(" is not managed any more, and its field "), "{error}");
                return Ok(());
            }
        }
        let again = grown_anyhow(&migrations, &after).unwrap();
        prop_assert_eq!(lines(&again), Vec::<&String>::new());
    }

    #[test]
    fn what_is_renamed_is_not_lost(tables in tables(), extras in extras(), moods in moods()) {
        let before = enriched(&models(&tables), &extras, &moods, true);
        let after = models_renamed(&renamed(&before));
        keeps_all(&before, &after)?;
    }

    #[test]
    fn what_goes_to_another_app_is_not_lost(
        tables in tables(),
        extras in extras(),
        moods in moods(),
        which in proptest::collection::vec(any::<bool>(), 6),
    ) {
        let before = enriched(&models(&tables), &extras, &moods, true);
        let after = models_moved(&before, &which);
        keeps_all(&before, &after)?;
    }

    #[test]
    fn names_that_go_round_are_not_lost_and_go_round_once(
        tables in tables(),
        extras in extras(),
        moods in moods(),
        by in 1..4_usize,
    ) {
        let before = enriched(&models(&tables), &extras, &moods, true);
        let after = rotated(&before, by);
        keeps_all(&before, &after)?;
    }

    #[test]
    fn the_order_of_registration_does_not_show(
        before in (tables(), extras(), moods()),
        after in (tables(), extras(), moods()),
    ) {
        let make = |given: &Given| enriched(&models(&given.0), &given.1, &given.2, true);
        let (before, after) = (make(&before), make(&after));
        let reversed: Vec<ModelDef> = after.iter().rev().cloned().collect();
        let first = grown_anyhow(&[], &before).unwrap();
        prop_assert_eq!(grown_anyhow(&first, &after).unwrap(), grown_anyhow(&first, &reversed).unwrap());
    }
}
