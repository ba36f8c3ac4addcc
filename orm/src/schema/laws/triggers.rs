//! Triggers: what was made and changed is what was asked for.

use crate::error::Result;
use crate::model::{Deferrable, ModelDef, SearchDef, SearchWeight, TriggerDef, TriggerEvent, TriggerTiming};
use crate::sql::{Dialect, Session};
use crate::value::FieldType;

use super::super::testing::{Lite, Pg, all, id, model, run, state};
use super::super::{alter_model, check_models, check_triggers, create_model};
use super::{FieldDef, IndexDef, assert_each_becomes_each, assert_is};

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
        let forms: Vec<ModelDef> = sets(postgres).iter().map(|triggers| noted(triggers)).collect();
        assert_each_becomes_each(session, &forms);
    }
}

fn change(session: &mut Pg, from: &ModelDef, to: &ModelDef) -> Result<()> {
    let dialect = session.dialect();
    let steps = alter_model(from, &state(&[from]), to, &state(&[to]), &[], dialect).unwrap();
    run(session, &steps)?;
    assert_is(session, &[to], to).unwrap();
    Ok(())
}

fn retyped(from: &ModelDef, ty: FieldType) -> ModelDef {
    let mut to = from.clone();
    for field in &mut to.fields {
        if field.ty == FieldType::Text {
            field.ty = ty;
        }
    }
    to
}

fn made(trigger: &TriggerDef) -> (Pg, ModelDef) {
    let mut session = Pg::new();
    let model = noted(std::slice::from_ref(trigger));
    let steps = create_model(&model, &state(&[&model]), session.dialect()).unwrap();
    run(&mut session, &steps).unwrap();
    (session, model)
}

fn before_insert(body: &str) -> TriggerDef {
    TriggerDef {
        postgres: Some(body.to_owned()),
        ..TriggerDef::new("t", TriggerTiming::Before, [TriggerEvent::Insert])
    }
}

const SETTINGS: &str = "SELECT tgenabled::text || coalesce(obj_description(oid, 'pg_trigger'), '') FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)";

/// The words of a condition mean what they say of the new type, and the trigger stays disabled, with its comment.
#[test]
fn a_trigger_of_a_model_follows_the_type_of_its_column() {
    let (mut session, text) = made(&TriggerDef {
        condition: Some("NEW.a = '05' -- five".to_owned()),
        ..before_insert("NEW.\"the \"\"b\"\"\" := 7; RETURN NEW -- seven")
    });
    let table = text.table_name().quoted();
    let settings =
        format!("ALTER TABLE {table} DISABLE TRIGGER t; COMMENT ON TRIGGER t ON {table} IS 'it''s off'");
    session.batch(&settings).unwrap();
    let number = retyped(&text, FieldType::Int);
    change(&mut session, &text, &number).unwrap();
    assert_eq!(all(&mut session, SETTINGS), ["Dit's off"]);
    let rows = format!(
        "ALTER TABLE {table} ENABLE TRIGGER t; INSERT INTO {table} (a, \"the \"\"b\"\"\") VALUES (5, 1), (6, 1)"
    );
    session.batch(&rows).unwrap();
    let found = all(
        &mut session,
        &format!("SELECT \"the \"\"b\"\"\"::text FROM {table} ORDER BY a"),
    );
    assert_eq!(found, ["7", "1"]);
    change(&mut session, &number, &text).unwrap();
}

/// What names two columns comes back when both have their type.
#[test]
fn others_triggers_and_policies_name_several_columns_of_another_type() {
    let (mut session, text) = made(&before_insert("RETURN NEW"));
    let table = text.table_name().quoted();
    session
        .batch(&format!(
            "CREATE FUNCTION their() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
             CREATE TRIGGER theirs AFTER INSERT ON {table} FOR EACH ROW WHEN (NEW.a = NEW.\"the \"\"b\"\"\") EXECUTE FUNCTION their(); \
             ALTER TABLE {table} ENABLE ALWAYS TRIGGER theirs; \
             CREATE POLICY same ON {table} USING (a = \"the \"\"b\"\"\")"
        ))
        .unwrap();
    let of_uuid = retyped(&text, FieldType::Uuid);
    let dialect = session.dialect();
    let steps = alter_model(
        &text,
        &state(&[&text]),
        &of_uuid,
        &state(&[&of_uuid]),
        &[],
        dialect,
    )
    .unwrap();
    run(&mut session, &steps).unwrap();
    let there = "SELECT tgname::text || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace) UNION ALL SELECT polname::text FROM pg_policy WHERE polrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)";
    let mut there = all(&mut session, there);
    there.sort();
    assert_eq!(there, ["same", "tO", "theirsA"]);
}

/// Long names that begin alike, a partition's own setting, and a trigger that goes and comes again in one transaction.
#[test]
fn what_is_disabled_stays_disabled() {
    let names = ["x".repeat(60) + "1", "x".repeat(60) + "2"];
    let named = |condition: &str| {
        let triggers = names.each_ref().map(|name| TriggerDef {
            name: name.clone(),
            condition: Some(condition.to_owned()),
            ..before_insert("RETURN NEW")
        });
        noted(&triggers)
    };
    let (mut session, none) = (Pg::new(), noted(&[]));
    let table = none.table_name().quoted();
    session
        .batch(&format!(
            "CREATE TABLE {table} (id bigint GENERATED BY DEFAULT AS IDENTITY, a text NOT NULL, \"the \"\"b\"\"\" text NOT NULL, PRIMARY KEY (id)) \
             PARTITION BY RANGE (id); CREATE TABLE part PARTITION OF {table} DEFAULT"
        ))
        .unwrap();
    let one = named("NEW.a = '1'");
    let alter = |session: &mut Pg, from: &ModelDef, to: &ModelDef| {
        let dialect = session.dialect();
        alter_model(from, &state(&[from]), to, &state(&[to]), &[], dialect).unwrap()
    };
    let steps = alter(&mut session, &none, &one);
    run(&mut session, &steps).unwrap();
    session
        .batch(&format!(
            "ALTER TABLE {table} DISABLE TRIGGER {}; ALTER TABLE part DISABLE TRIGGER {}",
            names[0], names[1]
        ))
        .unwrap();
    let state_of = "SELECT tgrelid::regclass::text || right(tgname, 1) || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace) ORDER BY \
                    tgparentid, tgname";
    let mut was = all(&mut session, state_of);
    was.sort();
    for to in [named("NEW.a = '2'"), one.clone()] {
        let mut steps = alter(&mut session, &one, &none);
        steps.extend(alter(&mut session, &none, &to));
        run(&mut session, &steps).unwrap();
        let mut now = all(&mut session, state_of);
        now.sort();
        assert_eq!(now, was);
        assert_is(&mut session, &[&to], &to).unwrap();
    }
}

/// Properties that somebody gave the function stay, whatever changes of the trigger.
#[test]
fn the_function_of_a_trigger_keeps_its_properties() {
    let (mut session, mut from) = made(&before_insert("RETURN NEW"));
    session
        .batch("ALTER FUNCTION t() SECURITY DEFINER SET search_path = pg_catalog, public; COMMENT ON FUNCTION t() IS 'kept'")
        .unwrap();
    let function = "SELECT concat(oid, prosecdef, proconfig::text, obj_description(oid, 'pg_proc')) FROM pg_proc WHERE proname = 't' AND pronamespace = current_schema()::regnamespace";
    let was = all(&mut session, function);
    for trigger in [
        before_insert("NEW.a := ' AS $orm$ '' \\'; RETURN NEW"),
        TriggerDef {
            condition: Some("NEW.a = '1'".to_owned()),
            ..before_insert("NEW.a := ' AS $orm$ '' \\'; RETURN NEW")
        },
        before_insert("RETURN NULL"),
    ] {
        let to = noted(&[trigger]);
        change(&mut session, &from, &to).unwrap();
        assert_eq!(all(&mut session, function), was);
        from = to;
    }
}

/// A trigger that was adopted calls another function: its own is made, and one of that name that it does not call stays.
#[test]
fn a_function_that_the_trigger_does_not_call_is_not_replaced() {
    for taken in [false, true] {
        for to in [
            before_insert("RETURN NULL"),
            TriggerDef {
                condition: Some("NEW.a = '1'".to_owned()),
                ..before_insert("RETURN NEW")
            },
        ] {
            let (mut session, from) = made(&before_insert("RETURN NEW"));
            let table = from.table_name().quoted();
            session
                .batch(&format!(
                    "CREATE FUNCTION shared() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; DROP TRIGGER t ON {table}; CREATE \
                     TRIGGER t BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION shared(); ALTER TABLE {table} DISABLE TRIGGER t"
                ))
                .unwrap();
            if !taken {
                session.batch("DROP FUNCTION t()").unwrap();
            }
            let done = change(&mut session, &from, &noted(&[to]));
            assert_eq!(all(&mut session, SETTINGS), ["D"]);
            match taken {
                false => done.unwrap(),
                true => {
                    let error = done.unwrap_err().to_string();
                    assert!(error.contains("does not call it"), "{error}");
                }
            }
        }
    }
}

/// What takes arguments is not a model's, and what it is on a partition is the trigger of the table.
#[test]
fn triggers_that_models_cannot_have_are_not_read() {
    let (mut session, model) = made(&before_insert("RETURN NEW"));
    let table = model.table_name().quoted();
    session
        .batch(&format!(
            "CREATE TRIGGER words BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger('v', 'pg_catalog.english', 'a')"
        ))
        .unwrap();
    assert_is(&mut session, &[&model], &model).unwrap();
}

#[test]
fn a_trigger_that_cannot_run_is_found_where_it_is_made() {
    let made = |events: &[TriggerEvent], condition: Option<&str>, body: &str, tables_come: bool| {
        let session = &mut Lite::new();
        let trigger = TriggerDef {
            sqlite: Some(body.to_owned()),
            condition: condition.map(str::to_owned),
            ..TriggerDef::new("t", TriggerTiming::After, events.iter().copied())
        };
        let noted = noted(&[trigger]);
        let steps = create_model(&noted, &state(&[&noted]), session.dialect()).unwrap();
        run(session, &steps).unwrap();
        check_triggers(session, &steps, tables_come).map_err(|error| error.to_string())
    };
    let every = [TriggerEvent::Delete, TriggerEvent::Update, TriggerEvent::Insert];
    assert_eq!(made(&every, None, "SELECT 1", false), Ok(()));
    for (events, condition, body, why) in [
        (&every[..], None, "SELECT NEW.a", "no such column"),
        (
            &every[1..2],
            None,
            "SELECT NEW.misspelt",
            "no such column: NEW.misspelt",
        ),
        (
            &every[2..],
            Some("NEW.misspelt > 1"),
            "SELECT 1",
            "no such column: NEW.misspelt",
        ),
    ] {
        let refused = made(events, condition, body, true).unwrap_err();
        assert!(
            refused.contains("the trigger `t") && refused.contains(why),
            "{refused}"
        );
    }
    let elsewhere = "INSERT INTO elsewhere VALUES (1)";
    assert_eq!(made(&every, None, elsewhere, true), Ok(()));
    assert!(
        made(&every, None, elsewhere, false)
            .unwrap_err()
            .contains("no such table")
    );
}

#[test]
fn a_trigger_is_not_named_like_one_of_a_search() {
    let mut noted = noted(&[TriggerDef {
        sqlite: Some("SELECT 1".to_owned()),
        ..TriggerDef::new("Found_update", TriggerTiming::After, [TriggerEvent::Update])
    }]);
    noted.indexes = vec![IndexDef {
        search: Some(SearchDef {
            weights: vec![SearchWeight::A],
            ..SearchDef::new("words", "english")
        }),
        ..IndexDef::over("found", ["a"])
    }];
    let history = model("History", vec![id()]);
    let refused = check_models(
        &state(&[&noted]),
        std::slice::from_ref(&history),
        &[Dialect::SQLITE],
    )
    .unwrap_err();
    let refused = refused.to_string();
    assert!(
        refused.contains("`found_update`") && refused.contains("the search `found`"),
        "{refused}"
    );
}
