//! Columns of types by their name: made, read back, and changed with the rows kept or refused.

use crate::error::Kind;
use crate::model::{DbType, FieldDef, ModelDef};
use crate::sql::{Dialect, Session};
use crate::value::{FieldType, Literal};

use super::super::testing::{Lite, Pg, all, id, model, run, state};
use super::super::{alter_model, canonical, create_model, introspect, lower};

fn thing(ty: FieldType, postgres: Option<&str>, sqlite: Option<&str>) -> ModelDef {
    let field = FieldDef {
        null: true,
        db_type: postgres.or(sqlite).map(|_| DbType {
            postgres: postgres.map(str::to_owned),
            sqlite: sqlite.map(str::to_owned),
        }),
        ..FieldDef::new("c", ty)
    };
    model("Thing", vec![id(), field])
}

fn named() -> Pg {
    let mut session = Pg::new();
    session
        .batch(
            "CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%'); CREATE DOMAIN small AS integer CHECK (VALUE < 10); CREATE TYPE mood AS ENUM \
             ('sad', 'it''s'); CREATE DOMAIN short AS varchar(3); CREATE DOMAIN fee AS numeric(5,2); CREATE DOMAIN blob AS bytea; CREATE DOMAIN \
             span AS interval; CREATE DOMAIN host AS inet; CREATE DOMAIN net AS cidr; CREATE DOMAIN mac AS macaddr; CREATE DOMAIN day AS date; \
             CREATE DOMAIN doc AS json; CREATE DOMAIN loose AS numeric",
        )
        .unwrap();
    session
}

#[test]
fn a_type_by_its_name_is_read_back() {
    let mut session = named();
    let elsewhere = format!("named_{}", std::process::id());
    let of_elsewhere = format!("{elsewhere}.email");
    session
        .batch(&format!(
            "CREATE SCHEMA {elsewhere}; CREATE DOMAIN {of_elsewhere} AS text"
        ))
        .unwrap();
    for (ty, name, default) in [
        (FieldType::Text, "email", Some(Literal::from("a@b"))),
        (FieldType::Int, "small", Some(Literal::Int(3))),
        (FieldType::Text, "mood", Some(Literal::from("it's"))),
        (FieldType::Text, &*of_elsewhere, None),
    ] {
        let mut thing = thing(ty, Some(name), None);
        thing.fields[1].default = default;
        thing.fields[1].index = true;
        let states = state(&[&thing]);
        let steps = create_model(&thing, &states, session.dialect()).unwrap();
        run(&mut session, &steps).unwrap();
        let live = introspect(&mut session, "shop_thing").unwrap().unwrap();
        let lowered = lower(&thing, &states, session.dialect()).unwrap();
        assert_eq!(live, canonical(&mut session, &lowered).unwrap(), "{name}");
        session.batch("DROP TABLE shop_thing").unwrap();
    }
    session
        .batch(&format!("DROP SCHEMA {elsewhere} CASCADE"))
        .unwrap();
}

#[test]
fn what_a_model_says_of_sqlite_is_read_back() {
    let mut session = Lite::new();
    for sqlite in ["TEXT", "text", "TEXT COLLATE NOCASE", "text collate nocase"] {
        let thing = thing(FieldType::Text, Some("citext"), Some(sqlite));
        let states = state(&[&thing]);
        let steps = create_model(&thing, &states, session.dialect()).unwrap();
        run(&mut session, &steps).unwrap();
        let live = introspect(&mut session, "shop_thing").unwrap().unwrap();
        assert_eq!(live.columns[1].collation.is_some(), sqlite.len() > 4, "{sqlite}");
        let lowered = lower(&thing, &states, session.dialect()).unwrap();
        assert_eq!(live, canonical(&mut session, &lowered).unwrap(), "{sqlite}");
        session.batch("DROP TABLE shop_thing").unwrap();
    }
}

#[test]
fn what_has_no_such_type_is_refused_by_name() {
    let array = FieldType::Array("text[]".parse().unwrap());
    for (dialect, ty, postgres, sqlite, said) in [
        (
            Dialect::SQLITE,
            FieldType::Text,
            Some("citext"),
            None,
            "no type for sqlite",
        ),
        (
            Dialect::SQLITE,
            FieldType::Text,
            Some("citext"),
            Some("INTEGER"),
            "keeps such a field as TEXT",
        ),
        (
            Dialect::SQLITE,
            FieldType::Int,
            Some("small"),
            Some("INTEGER COLLATE NOCASE"),
            "only strings have a collation",
        ),
        (
            Dialect::SQLITE,
            FieldType::Text,
            None,
            Some("TEXT COLLATE UNKNOWN"),
            "no collation `UNKNOWN`",
        ),
        (
            Dialect::POSTGRES,
            FieldType::Text,
            Some("varchar(3)"),
            None,
            "no name of a type",
        ),
        (
            Dialect::POSTGRES,
            FieldType::Text,
            Some("a.b.c"),
            None,
            "no name of a type",
        ),
        (
            Dialect::POSTGRES,
            FieldType::Text,
            Some(""),
            None,
            "no name of a type",
        ),
        (
            Dialect::POSTGRES,
            FieldType::Text,
            Some("text; DROP TABLE x"),
            None,
            "no name of a type",
        ),
        (
            Dialect::POSTGRES,
            array,
            Some("email"),
            Some("TEXT"),
            "an array has no type by its name",
        ),
    ] {
        let thing = thing(ty, postgres, sqlite);
        let refused = lower(&thing, &state(&[&thing]), dialect).unwrap_err();
        let text = refused.to_string();
        assert!(
            text.contains(said) && text.contains("shop.Thing") && text.contains('c'),
            "{text}"
        );
    }
}

#[test]
fn rows_come_with_the_type_or_stop_the_change() {
    let mut session = named();
    for (from, to, kept, stops) in [
        (
            (FieldType::Text, None),
            (FieldType::Text, Some("email")),
            "'a@b'",
            Some("'nobody'"),
        ),
        (
            (FieldType::Text, Some("email")),
            (FieldType::Text, None),
            "'a@b'",
            None,
        ),
        (
            (FieldType::Text, None),
            (FieldType::Text, Some("mood")),
            "'it''s'",
            Some("'angry'"),
        ),
        (
            (FieldType::Text, Some("mood")),
            (FieldType::Text, Some("email")),
            "NULL",
            Some("'sad'"),
        ),
        (
            (FieldType::Int, None),
            (FieldType::Int, Some("small")),
            "7",
            Some("70"),
        ),
        (
            (FieldType::Int, Some("small")),
            (FieldType::BigInt, None),
            "7",
            None,
        ),
        (
            (FieldType::Text, None),
            (FieldType::Text, Some("short")),
            "'abc'",
            Some("'abcdef'"),
        ),
        (
            (FieldType::Decimal, None),
            (FieldType::Decimal, Some("fee")),
            "1.25",
            Some("1.2399"),
        ),
        (
            (FieldType::Decimal, Some("loose")),
            (FieldType::Decimal, Some("fee")),
            "1.25",
            Some("1.2399"),
        ),
        (
            (FieldType::Int, Some("loose")),
            (FieldType::Int, None),
            "7",
            Some("1.5"),
        ),
        (
            (FieldType::Int, None),
            (FieldType::Text, Some("short")),
            "123",
            Some("1234"),
        ),
        (
            (FieldType::Bytes, Some("blob")),
            (FieldType::Bytes, None),
            "'\\x00ff5c'",
            None,
        ),
        (
            (FieldType::Bytes, None),
            (FieldType::Bytes, Some("blob")),
            "'\\x00ff5c'",
            None,
        ),
        (
            (FieldType::Duration, None),
            (FieldType::Duration, Some("span")),
            "'1 day 00:00:01'",
            None,
        ),
        (
            (FieldType::Duration, Some("span")),
            (FieldType::Duration, None),
            "'1 day 00:00:01'",
            None,
        ),
        (
            (FieldType::IpAddress, None),
            (FieldType::IpAddress, Some("host")),
            "'10.0.0.1'",
            None,
        ),
        (
            (FieldType::Inet, Some("host")),
            (FieldType::Inet, None),
            "'10.0.0.1/8'",
            None,
        ),
        (
            (FieldType::Cidr, None),
            (FieldType::Cidr, Some("net")),
            "'10.0.0.0/8'",
            None,
        ),
        (
            (FieldType::MacAddress, None),
            (FieldType::MacAddress, Some("mac")),
            "'08:00:2b:01:02:03'",
            None,
        ),
        (
            (FieldType::Date, None),
            (FieldType::Date, Some("day")),
            "'2026-11-28'",
            None,
        ),
        (
            (FieldType::Json, Some("doc")),
            (FieldType::Json, None),
            "'{\"a\": 1}'",
            None,
        ),
        (
            (FieldType::Json, None),
            (FieldType::Json, Some("doc")),
            "'{\"a\": 1}'",
            None,
        ),
    ] {
        let about = format!("{from:?} to {to:?}");
        let (before, after) = (thing(from.0, from.1, None), thing(to.0, to.1, None));
        let states = (state(&[&before]), state(&[&after]));
        let steps = create_model(&before, &states.0, session.dialect()).unwrap();
        run(&mut session, &steps).unwrap();
        session
            .batch(&format!("INSERT INTO shop_thing (c) VALUES ({kept}), (NULL)"))
            .unwrap();
        let read = "SELECT CAST(c AS text) FROM shop_thing ORDER BY id";
        let rows = all(&mut session, read);
        let steps = alter_model(&before, &states.0, &after, &states.1, &[], session.dialect()).unwrap();
        if let Some(stops) = stops {
            session
                .batch(&format!("INSERT INTO shop_thing (c) VALUES ({stops})"))
                .unwrap();
            let refused = run(&mut session, &steps).unwrap_err();
            assert_eq!(refused.kind(), Kind::Migration, "{about}");
            assert!(refused.to_string().contains("(1 found)"), "{about}: {refused}");
            session
                .batch(&format!("DELETE FROM shop_thing WHERE c = {stops}"))
                .unwrap();
        }
        run(&mut session, &steps).unwrap_or_else(|error| panic!("{about}: {error}"));
        assert_eq!(all(&mut session, read), rows, "{about}");
        let live = introspect(&mut session, "shop_thing").unwrap().unwrap();
        let lowered = lower(&after, &states.1, session.dialect()).unwrap();
        assert_eq!(live, canonical(&mut session, &lowered).unwrap(), "{about}");
        session.batch("DROP TABLE shop_thing").unwrap();
    }
}
