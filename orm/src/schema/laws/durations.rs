//! Columns of durations: what they take, and what they do not become.

use crate::error::Kind;
use crate::model::FieldDef;
use crate::sql::Session;
use crate::value::{FieldType, Literal};

use super::super::testing::{Lite, Pg, all, id, model, run, state};
use super::super::{alter_model, canonical, create_model, introspect, literal, lower};

fn thing(ty: FieldType) -> crate::model::ModelDef {
    let field = FieldDef {
        null: true,
        ..FieldDef::new("c", ty)
    };
    model("Thing", vec![id(), field])
}

#[test]
fn an_interval_without_a_length_is_not_taken() {
    let mut session = Pg::new();
    let thing = thing(FieldType::Duration);
    let steps = create_model(&thing, &state(&[&thing]), session.dialect()).unwrap();
    run(&mut session, &steps).unwrap();
    for (interval, taken) in [
        ("0", true),
        ("1 day -01:00:00", true),
        ("-106751991 days -04:00:54.775808", true),
        ("106751991 days 04:00:54.775807", true),
        ("106751991 days 04:00:54.775808", false),
        ("1 month", false),
        ("-1 year", false),
        ("1 year -12 months 3 days", true),
        ("1 month -30 days", false),
    ] {
        let insert = format!("INSERT INTO shop_thing (c) VALUES ('{interval}'::interval)");
        assert_eq!(session.batch(&insert).is_ok(), taken, "{interval}");
    }
}

/// A number does not say of what, and a string may be written in many ways: only an empty column changes.
#[test]
fn durations_become_nothing_else_where_there_are_rows() {
    let (mut lite, mut pg) = (Lite::new(), Pg::new());
    let samples = [
        (FieldType::Duration, Literal::Str("PT1H30M".to_owned())),
        (FieldType::BigInt, Literal::Int(5_400_000_000)),
        (FieldType::Text, Literal::Str("PT1H30M".to_owned())),
        (FieldType::Time, Literal::Str("01:30:00".to_owned())),
        (FieldType::Double, Literal::Float(5400.0)),
    ];
    for session in [&mut lite as &mut dyn Session, &mut pg] {
        for (from, value) in &samples {
            for (to, _) in samples.iter().filter(|(to, _)| to != from) {
                if ![*from, *to].contains(&FieldType::Duration) {
                    continue;
                }
                let about = format!("{} from {from:?} to {to:?}", session.dialect().name);
                let (before, after) = (thing(*from), thing(*to));
                let states = (state(&[&before]), state(&[&after]));
                let steps = create_model(&before, &states.0, session.dialect()).unwrap();
                run(session, &steps).unwrap();
                let sql = literal::render(value, *from, session.dialect()).unwrap();
                session
                    .batch(&format!("INSERT INTO shop_thing (c) VALUES ({sql}), (NULL)"))
                    .unwrap();
                let read = "SELECT CAST(c AS text) FROM shop_thing WHERE c IS NOT NULL";
                let rows = all(session, read);
                let steps =
                    alter_model(&before, &states.0, &after, &states.1, &[], session.dialect()).unwrap();
                let refused = run(session, &steps).unwrap_err();
                assert_eq!(refused.kind(), Kind::Migration, "{about}");
                assert!(refused.to_string().contains("(1 found)"), "{about}: {refused}");
                assert_eq!(all(session, read), rows, "{about}");
                session
                    .batch("DELETE FROM shop_thing WHERE c IS NOT NULL")
                    .unwrap();
                run(session, &steps).unwrap();
                let live = introspect(session, "shop_thing").unwrap().unwrap();
                let lowered = lower(&after, &states.1, session.dialect()).unwrap();
                assert_eq!(live, canonical(session, &lowered).unwrap(), "{about}");
                session.batch("DROP TABLE shop_thing").unwrap();
            }
        }
    }
}
