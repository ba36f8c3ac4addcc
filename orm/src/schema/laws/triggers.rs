//! Triggers: what was made and changed is what was asked for.

use crate::model::{Deferrable, ModelDef, TriggerDef, TriggerEvent, TriggerTiming};
use crate::sql::Session;
use crate::value::FieldType;

use super::super::testing::{Lite, Pg, id, model, run, state};
use super::super::{alter_model, create_model, delete_model};
use super::{FieldDef, assert_is};

fn noted(triggers: &[TriggerDef]) -> ModelDef {
    let text = |name: &str| FieldDef::new(name, FieldType::Text);
    let mut thing = model("Noted", vec![id(), text("a"), text("the \"b\"")]);
    thing.objects = triggers.iter().cloned().map(Into::into).collect();
    thing
}

/// Sets of triggers, of which each may become each.
fn sets(postgres: bool) -> Vec<Vec<TriggerDef>> {
    let plain = TriggerDef {
        postgres: Some("RETURN NEW;".to_owned()),
        sqlite: Some("SELECT 1".to_owned()),
        ..TriggerDef::new("t", TriggerTiming::After, [TriggerEvent::Insert])
    };
    let of = |change: &dyn Fn(&mut TriggerDef)| {
        let mut trigger = plain.clone();
        change(&mut trigger);
        trigger
    };
    let every = [TriggerEvent::Delete, TriggerEvent::Update, TriggerEvent::Insert];
    let mut sets = vec![
        Vec::new(),
        vec![plain.clone()],
        vec![of(&|one| {
            one.postgres = Some(" declare x int; begin RETURN NEW; end; -- $orm$ '' \\".to_owned());
            one.sqlite = Some("SELECT 'END; -- ''';\nSELECT CASE 1 WHEN 1 THEN 2 END; ".to_owned());
        })],
        vec![
            of(&|one| one.timing = TriggerTiming::Before),
            of(&|one| "the \"other\" ü".clone_into(&mut one.name)),
        ],
        vec![of(&|one| {
            one.events = vec![TriggerEvent::Update];
            one.of = vec!["the \"b\"".to_owned(), "a".to_owned()];
            one.condition =
                Some("OLD.\"the \"\"b\"\"\" <> NEW.a AND NEW.a <> ') EXECUTE FUNCTION '".to_owned());
        })],
        vec![of(&|one| one.events = every.into())],
        vec![of(&|one| {
            (one.postgres, one.sqlite) = (Some(String::new()), Some(String::new()))
        })],
    ];
    if !postgres {
        sets.push(vec![of(&|one| {
            one.sqlite = Some("SELECT 1 -- done;".to_owned());
            one.condition = Some("NEW.a <> '' -- not (".to_owned());
        })]);
    }
    if postgres {
        sets.extend([
            vec![of(&|one| {
                one.each_statement = true;
                one.events = vec![TriggerEvent::Truncate, TriggerEvent::Delete];
            })],
            vec![of(&|one| {
                one.each_statement = true;
                (one.old_rows, one.new_rows) = (Some("was \"it\"".to_owned()), Some("is".to_owned()));
                one.events = vec![TriggerEvent::Update];
            })],
            vec![of(&|one| one.deferrable = Deferrable::Immediate)],
            vec![of(&|one| {
                one.deferrable = Deferrable::Deferred;
                one.condition = Some("(NEW.a is null)".to_owned());
            })],
            vec![of(&|one| {
                (one.postgres, one.function) = (None, Some("others".to_owned()))
            })],
            vec![of(&|one| {
                (one.postgres, one.function) = (None, Some("suppress_redundant_updates_trigger".to_owned()));
                (one.timing, one.events) = (TriggerTiming::Before, vec![TriggerEvent::Update]);
            })],
        ]);
    }
    sets
}

#[test]
fn triggers_are_and_become_what_was_asked_for() {
    for session in [&mut Lite::new() as &mut dyn Session, &mut Pg::new()] {
        let dialect = session.dialect();
        let postgres = dialect.name == "postgres";
        if postgres {
            let others =
                "CREATE FUNCTION others() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'";
            session.batch(others).unwrap();
        }
        let sets = sets(postgres);
        for from in &sets {
            for to in &sets {
                let (from, to) = (noted(from), noted(to));
                let (before, after) = (state(&[&from]), state(&[&to]));
                run(session, &create_model(&from, &before, dialect).unwrap()).unwrap();
                assert_is(session, &[&from], &from).unwrap();
                let steps = alter_model(&from, &before, &to, &after, &[], dialect).unwrap();
                assert!(from != to || steps.is_empty(), "{steps:?}");
                run(session, &steps).unwrap();
                assert_is(session, &[&to], &to).unwrap();
                run(session, &delete_model(&to, &state(&[]), dialect).unwrap()).unwrap();
            }
        }
    }
}
