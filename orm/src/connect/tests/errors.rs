use super::{Place, ids, insert, sql};
use crate::connect::{Db, TxOptions};
use crate::error::Result;
use crate::plan::Access;

const TABLES: [&str; 2] = [
    "CREATE TABLE one (id BIGINT PRIMARY KEY, a TEXT NOT NULL, b TEXT, n BIGINT CONSTRAINT one_n_check CHECK (n > 0), CONSTRAINT one_a_b_uniq UNIQUE (a, b))",
    "CREATE TABLE two (one BIGINT CONSTRAINT two_one_fk REFERENCES one (id))",
];

fn write(db: &Db, text: &str) -> Result<Vec<i64>> {
    sql(Access::Write, text, vec![]).on(db)
}

#[test]
fn violations_are_named_alike_and_show_no_values() {
    for place in Place::all("") {
        let db = place.db();
        for table in TABLES {
            write(&db, table).unwrap();
        }
        write(&db, "INSERT INTO one VALUES (1, 'secret', 'secret', 1)").unwrap();
        let fail = |text: &str| {
            let error = write(&db, text).unwrap_err();
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
            error
        };

        let error = fail("INSERT INTO one VALUES (2, 'secret', 'secret', 1)");
        assert!(error.is_unique_violation(), "{error:?}");
        assert_eq!(error.constraint(), Some("one_a_b_uniq"));
        assert_eq!(error.fields(), ["a", "b"]);

        let error = fail("INSERT INTO one VALUES (1, 'x', 'secret', 1)");
        assert_eq!((error.constraint(), error.fields().len()), (Some("one_pkey"), 1));

        let error = fail("INSERT INTO one VALUES (2, 'secret', 'b', -1)");
        assert!(error.is_check_violation(), "{error:?}");
        assert_eq!(error.constraint(), Some("one_n_check"));

        let error = fail("INSERT INTO one VALUES (2, NULL, 'secret', 1)");
        assert!(error.is_not_null_violation(), "{error:?}");
        assert_eq!(error.fields(), ["a"]);

        assert!(fail("INSERT INTO two VALUES (99)").is_foreign_key_violation());
        // Nobody knows whose table that would be.
        let error = fail("INSERT INTO three VALUES (1)");
        assert_eq!(
            (error.kind(), error.hint()),
            (crate::error::Kind::Undefined, None),
            "{error}"
        );
    }
}

#[test]
fn a_deferred_key_fails_at_the_commit_and_nothing_stays() {
    for place in Place::all("") {
        let db = place.db();
        let error = db
            .transaction(|tx| sql(Access::Write, "INSERT INTO item VALUES (1, 99)", vec![]).on(tx))
            .unwrap_err();
        assert!(error.is_foreign_key_violation(), "{error:?}");
        assert!(ids().on(&db).unwrap().is_empty());
        insert(1).on(&db).unwrap();
    }
}

#[test]
fn a_swallowed_error_never_passes_for_a_commit() {
    let Some(place) = Place::postgres("") else { return };
    let db = place.db();
    let error = db
        .transaction(|tx| {
            insert(1).on(tx)?;
            assert!(insert(1).on(tx).is_err());
            Ok(())
        })
        .unwrap_err();
    assert!(error.to_string().contains("rolled back"), "{error}");
    assert!(ids().on(&db).unwrap().is_empty());
    insert(1).on(&db).unwrap();
}

#[test]
fn an_unreachable_database_says_where_and_not_how() {
    for (url, expected) in [
        ("sqlite:///no/such/folder/x.db", "the folder does not exist"),
        (
            "sqlite:///tmp/orm-no-such-file.db?mode=rw",
            "the file does not exist",
        ),
        (
            "postgres://ann:secret@127.0.0.1:1/blog?connect_timeout=2",
            "blog at 127.0.0.1:1 cannot be reached",
        ),
    ] {
        let error = Db::connect(url).unwrap_err();
        assert!(error.is_connection(), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}

#[test]
fn changed_tables_are_prepared_for_again() {
    for place in Place::all("pool=1") {
        let db = place.db();
        let all = || sql(Access::Read, "SELECT * FROM item", vec![]);
        assert!(all().on(&db).unwrap().is_empty());
        write(&db, "ALTER TABLE item ADD COLUMN more BIGINT").unwrap();
        assert!(all().on(&db).unwrap().is_empty());
        write(&db, "ALTER TABLE item ADD COLUMN again BIGINT").unwrap();
        let result = db.transaction(|tx| all().on(tx));
        // Inside a transaction Postgres cannot go on; the next use is right again.
        assert_eq!(result.is_err(), place.url.starts_with("postgres"));
        if let Err(error) = result {
            assert!(error.is_serialization_failure(), "{error:?}");
            assert!(error.to_string().contains("a table was changed"), "{error}");
            assert!(error.hint().unwrap().contains("retry"), "{error:?}");
        }
        assert!(db.transaction(|tx| all().on(tx)).is_ok());
        write(&db, "ALTER TABLE item ADD COLUMN last BIGINT").unwrap();
        let options = TxOptions::new().retry(1);
        assert!(db.transaction_with(options, |tx| all().on(tx)).is_ok());
    }
}

/// As a pooler does that forgets each statement at once: here the server itself does.
#[test]
fn a_statement_that_is_never_there_is_not_prepared_for_ever() {
    let Some(place) = Place::postgres("pool=1") else {
        return;
    };
    let db = place.db();
    let mut session = db.session().unwrap();
    crate::sql::Session::batch(
        &mut session,
        "CREATE FUNCTION lost() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN \
         RAISE EXCEPTION 'prepared statement \"s1\" does not exist' USING ERRCODE = '26000'; END $$",
    )
    .unwrap();
    let error = sql(Access::Read, "SELECT lost()", vec![]).on(&db).unwrap_err();
    assert!(error.to_string().contains("s1"), "{error}");
    assert!(error.hint().unwrap().contains("statements=unnamed"), "{error:?}");
    assert!(error.is_serialization_failure(), "{error:?}");
}

#[test]
fn an_enum_type_that_was_made_again_is_prepared_for_again() {
    let Some(place) = Place::postgres("pool=1") else {
        return;
    };
    let db = place.db();
    write(&db, "CREATE TYPE mood AS ENUM ('sad', 'glad')").unwrap();
    write(&db, "CREATE TABLE days (id BIGINT, mood mood)").unwrap();
    let insert = |mood: &'static str| {
        let values = vec![1.into(), mood.into()];
        sql(Access::Write, "INSERT INTO days VALUES ($1, $2)", values)
    };
    let found = |moods: &[&'static str]| {
        let moods = moods.iter().map(|&mood| mood.into()).collect();
        let values = vec![crate::value::Value::List(moods)];
        sql(Access::Read, "SELECT id FROM days WHERE mood = ANY($1)", values)
    };
    insert("sad").on(&db).unwrap();
    assert_eq!(found(&["sad", "glad"]).on(&db).unwrap(), [1]);
    for change in [
        "CREATE TYPE mood_new AS ENUM ('sad', 'calm')",
        "ALTER TABLE days ALTER COLUMN mood TYPE mood_new USING mood::text::mood_new",
        "DROP TYPE mood",
        "ALTER TYPE mood_new RENAME TO mood",
    ] {
        write(&db, change).unwrap();
    }
    insert("calm").on(&db).unwrap();
    assert_eq!(found(&["calm"]).on(&db).unwrap(), [1]);
    // A value that came later than the driver asked for the type is nobody's mistake; one that never came is.
    write(&db, "ALTER TYPE mood ADD VALUE 'late'").unwrap();
    insert("late").on(&db).unwrap();
    let error = insert("glad").on(&db).unwrap_err();
    assert!(error.is_check_violation(), "{error:?}");
    assert!(!format!("{error:?}").contains("glad"), "{error:?}");
}

#[test]
fn values_a_database_cannot_hold_are_refused_with_the_reason() {
    use crate::value::Value;
    for place in Place::all("") {
        let db = place.db();
        let cases = if place.url.starts_with("sqlite") {
            [Value::Float(f64::NAN), Value::Float(f64::NAN)]
        } else {
            write(&db, "CREATE TABLE texts (x TEXT)").unwrap();
            let error = sql(
                Access::Write,
                "INSERT INTO texts VALUES ($1)",
                vec!["a\0b".into()],
            )
            .on(&db)
            .unwrap_err();
            assert!(error.to_string().contains("NUL"), "{error}");
            [Value::from("x"), Value::Bytes((&[1][..]).into())]
        };
        for value in cases {
            let error = sql(Access::Write, "INSERT INTO item (id) VALUES ($1)", vec![value])
                .on(&db)
                .unwrap_err();
            assert_eq!(error.kind(), crate::error::Kind::Encode, "{error:?}");
        }
    }
}
