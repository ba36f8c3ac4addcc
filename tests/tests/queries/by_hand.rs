//! SQL by hand: the same text on both databases, read as models, tuples and single values.

use chrono::{DateTime, NaiveDate, Utc};
use orm::Model;
use orm::db::{Backend, Value};
use orm::prelude::*;
use orm::queries::TrustedSql;
use orm_tests::behaviour;
use orm_tests::behaviour::error;

use orm_tests::world;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "by_hand_reading")]
pub struct HandReading {
    pub id: i64,
    pub label: String,
    pub rank: Option<i32>,
    pub ratio: f64,
    pub live: bool,
    pub price: Decimal,
    pub day: NaiveDate,
    pub at: DateTime<Utc>,
    pub raw: Vec<u8>,
    pub more: Json<serde_json::Value>,
    pub tags: Vec<String>,
    #[orm(column = "Odd \"name")]
    pub odd: String,
}

fn readings() -> Vec<HandReading> {
    let day = |day| NaiveDate::from_ymd_opt(2024, 2, day).expect("a day");
    (1..=5_i64)
        .map(|id| HandReading {
            id,
            label: ["", "'; DROP TABLE x", "{}", "été ☕", "a\nb"][id as usize - 1].to_owned(),
            rank: (id % 2 == 0).then_some(-(id as i32)),
            ratio: id as f64 / 4.0,
            live: id > 2,
            price: Decimal::new(id * 1_000 + 5, 2),
            day: day(id as u32 + 24),
            at: day(id as u32).and_hms_opt(3, 4, 5).expect("a time").and_utc(),
            raw: vec![0, id as u8, 255],
            more: Json(serde_json::json!({"n": id, "of": ["{}", null]})),
            tags: vec![id.to_string(), "x".to_owned()],
            odd: format!("odd {id}"),
        })
        .collect()
}

/// Rows of every type, and the same in Rust.
macro_rules! stored {
    ($db:ident) => {{
        let rows = readings();
        for row in &rows {
            let row = row.clone();
            run!(
                HandReading::create()
                    .id(row.id)
                    .label(row.label)
                    .rank(row.rank)
                    .ratio(row.ratio)
                    .live(row.live)
                    .price(row.price)
                    .day(row.day)
                    .at(row.at)
                    .raw(row.raw)
                    .more(row.more)
                    .tags(row.tags)
                    .odd(row.odd)
                    .save($db)
            );
        }
        rows
    }};
}

behaviour! {
    fn a_model_is_read_by_the_names_of_its_columns(db) {
        let rows = stored!(db);
        let all = "SELECT * FROM by_hand_reading ORDER BY id";
        assert_eq!(run!(orm::sql(all, ()).rows::<HandReading>().all(db)), rows);
        let turned = "SELECT 7 AS other, tags, more, raw, at, day, price, live, ratio, rank, label, id, \"Odd \"\"name\", label AS again
                      FROM by_hand_reading ORDER BY id";
        assert_eq!(run!(orm::sql(turned, ()).rows::<HandReading>().all(db)), rows);
        let joined = "SELECT r.* FROM by_hand_reading AS r JOIN by_hand_reading AS s ON s.id = r.id + 1 ORDER BY r.id";
        assert_eq!(run!(orm::sql(joined, ()).rows::<HandReading>().all(db)), rows[..4]);
    }

    fn a_column_that_is_missing_or_there_twice_is_told_by_its_field(db) {
        stored!(db);
        let missing = error(attempt!(orm::sql("SELECT id, label FROM by_hand_reading", ()).rows::<HandReading>().all(db)));
        assert!(missing.to_string().contains("no column `rank`, which suite.HandReading.rank is read from"), "{missing}");
        assert_eq!(missing.fields(), ["rank"]);
        let odd = "SELECT id, label, rank, ratio, live, price, day, at, raw, more, tags FROM by_hand_reading";
        let missing = error(attempt!(orm::sql(odd, ()).rows::<HandReading>().all(db)));
        assert!(missing.to_string().contains("no column `Odd \"name`, which suite.HandReading.odd"), "{missing}");
        let twice = "SELECT r.*, s.id FROM by_hand_reading AS r, by_hand_reading AS s";
        let twice = error(attempt!(orm::sql(twice, ()).rows::<HandReading>().first(db)));
        assert!(twice.to_string().contains("several columns `id`"), "{twice}");
    }

    fn values_of_every_type_are_bound_and_found_again(db) {
        let rows = stored!(db);
        macro_rules! found {
            ($column:literal, $value:expr) => {{
                let text = concat!("SELECT id FROM by_hand_reading WHERE ", $column, " = {} ORDER BY id");
                run!(orm::sql(text, ($value,)).rows::<i64>().all(db))
            }};
        }
        for row in &rows {
            assert_eq!(found!("label", &row.label), [row.id]);
            assert_eq!(found!("label", row.label.as_str()), [row.id]);
            assert_eq!(found!("ratio", row.ratio), [row.id]);
            assert_eq!(found!("price", row.price), [row.id]);
            assert_eq!(found!("day", row.day), [row.id]);
            assert_eq!(found!("at", row.at), [row.id]);
            assert_eq!(found!("raw", row.raw.clone()), [row.id]);
            assert_eq!(found!("raw", &row.raw[..]), [row.id]);
            assert_eq!(found!("tags", row.tags.clone()), [row.id]);
        }
        assert_eq!(found!("live", true), [3, 4, 5]);
        assert_eq!(found!("rank", -2), [2]);
        assert_eq!(found!("rank", None::<i32>), [0_i64; 0]);
        let among = match db.dialect().backend {
            Backend::Sqlite => "SELECT id FROM by_hand_reading WHERE id IN (SELECT value FROM json_each({})) ORDER BY id",
            Backend::Postgres => "SELECT id FROM by_hand_reading WHERE id = ANY({}) ORDER BY id",
        };
        assert_eq!(run!(orm::sql(among, (vec![5_i64, 1, 9],)).rows::<i64>().all(db)), [1, 5]);
    }

    fn tuples_and_single_values_are_read_by_position(db) {
        let rows = stored!(db);
        type Tuple = (i64, Option<i32>, Decimal, DateTime<Utc>, Json<serde_json::Value>, Vec<String>);
        let text = "SELECT id, rank, price, at, more, tags FROM by_hand_reading ORDER BY id DESC";
        let tuples: Vec<Tuple> = run!(orm::sql(text, ()).rows().all(db));
        let expected: Vec<Tuple> = rows.iter().rev()
            .map(|row| (row.id, row.rank, row.price, row.at, row.more.clone(), row.tags.clone())).collect();
        assert_eq!(tuples, expected);
        let ranks: Vec<Option<i32>> = run!(orm::sql("SELECT rank FROM by_hand_reading ORDER BY id", ()).rows().all(db));
        assert_eq!(ranks, rows.iter().map(|row| row.rank).collect::<Vec<_>>());
        assert_eq!(run!(orm::sql("SELECT count(*) FROM by_hand_reading", ()).rows::<(i64,)>().get(db)), (5,));
    }

    fn what_does_not_fit_is_told_by_column_and_never_by_value(db) {
        stored!(db);
        let wrong = error(attempt!(orm::sql("SELECT id, label FROM by_hand_reading", ()).rows::<(i64, i64)>().all(db)));
        assert!(wrong.to_string().starts_with("column `label`: expected a whole number"), "{wrong}");
        let null = error(attempt!(orm::sql("SELECT rank AS r FROM by_hand_reading ORDER BY id", ()).rows::<i32>().all(db)));
        assert!(null.to_string().starts_with("column `r`: expected a whole number, the database holds NULL"), "{null}");
        let wide = error(attempt!(orm::sql("SELECT id, label FROM by_hand_reading", ()).rows::<i64>().all(db)));
        assert!(wide.to_string().starts_with("the result has 2 columns, and 1 value is read"), "{wide}");
        let narrow = error(attempt!(orm::sql("SELECT id FROM by_hand_reading", ()).rows::<(i64, i64, i64)>().all(db)));
        assert!(narrow.to_string().starts_with("the result has 1 column, and 3 values are read"), "{narrow}");
        let field = "SELECT id, id AS label, rank, ratio, live, price, day, at, raw, more, tags, label AS \"Odd \"\"name\" FROM by_hand_reading";
        let field = error(attempt!(orm::sql(field, ()).rows::<HandReading>().all(db)));
        assert!(field.to_string().starts_with("reading suite.HandReading: suite.HandReading.label (column `label`)"), "{field}");
        for error in [
            error(attempt!(orm::sql("SELECT id FROM by_hand_reading WHERE nothing = {}", ("hunter2",)).rows::<i64>().all(db))),
            error(attempt!(orm::sql("INSERT INTO by_hand_reading (id, label) VALUES ({}, {})", (1, "hunter2")).execute(db))),
        ] {
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    fn the_number_and_the_names_of_values_are_those_of_the_text(db) {
        let says = |error: orm::Error, what: &str| assert!(error.to_string().starts_with(what), "{error}");
        says(error(attempt!(orm::sql("SELECT {}", ()).rows::<i64>().get(db))), "the SQL has 1 placeholder, and there are 0 values");
        says(error(attempt!(orm::sql("SELECT 1", (1, 2)).rows::<i64>().get(db))), "the SQL has 0 placeholders, and there are 2 values");
        says(error(attempt!(orm::sql("SELECT {}, {}", (1,)).execute(db))), "the SQL has 2 placeholders, and there is 1 value");
        says(error(attempt!(orm::sql("SELECT {a}", (("b", 1),)).execute(db))), "the SQL says `{a}`, and no value has that name");
        says(error(attempt!(orm::sql("SELECT {a}", (("a", 1), ("b", 1))).execute(db))), "the SQL does not say `{b}`");
        says(error(attempt!(orm::sql("SELECT {a}", (("a", 1), ("a", 1))).execute(db))), "the SQL does not say `{a}`");
        says(error(attempt!(orm::sql("SELECT {a}", (1,)).execute(db))), "the SQL says `{a}`, and not every value has a name");
        says(error(attempt!(orm::sql("SELECT {}", (("a", 1),)).execute(db))), "the values have names");
        says(error(attempt!(orm::sql("SELECT {}, {a}", (1, 2)).execute(db))), "`{a}` on line 1 of the SQL: some placeholders");
        says(error(attempt!(orm::sql("SELECT 'a {}'", (1,)).execute(db))), "`{}` on line 1 of the SQL stands in a string");
        says(error(attempt!(orm::sql("SELECT 1; SELECT 2", ()).execute(db))), "the SQL has several statements");
    }

    fn a_name_is_bound_wherever_it_stands(db) {
        stored!(db);
        let text = "SELECT id FROM by_hand_reading WHERE id >= {least} AND (label = {label} OR id = {least}) ORDER BY id";
        let ids: Vec<i64> = run!(orm::sql(text, (("label", "{}"), ("least", 2_i64))).rows().all(db));
        assert_eq!(ids, [2, 3]);
        let named = vec![("least", Value::from(4_i64)), ("label", "a\nb".into())];
        assert_eq!(run!(orm::sql(text, named).rows::<i64>().all(db)), [4, 5]);
    }

    fn terminals_answer_as_those_of_queries(db) {
        stored!(db);
        let from = |least: i64| orm::sql("SELECT id FROM by_hand_reading WHERE id >= {} ORDER BY id", (least,)).rows::<i64>();
        assert_eq!(run!(from(2).first(db)), Some(2));
        assert_eq!(run!(from(9).first(db)), None);
        assert_eq!(run!(from(5).get(db)), 5);
        assert_eq!(run!(from(5).get_or_none(db)), Some(5));
        assert_eq!(run!(from(9).get_or_none(db)), None);
        assert!(error(attempt!(from(9).get(db))).is_not_found());
        assert!(error(attempt!(from(4).get(db))).is_multiple());
        assert!(error(attempt!(from(1).get_or_none(db))).is_multiple());
        assert_eq!(run!(from(1).all(db)), [1, 2, 3, 4, 5]);
    }

    fn what_it_changes_is_counted_and_returned(db) {
        stored!(db);
        let changed = run!(orm::sql("UPDATE by_hand_reading SET live = {} WHERE id < {}", (true, 3)).execute(db));
        assert_eq!(changed, 2);
        // Every row is changed, however many are read.
        let text = "UPDATE by_hand_reading SET ratio = ratio + {} RETURNING id";
        assert!(run!(orm::sql(text, (1.0,)).rows::<i64>().first(db)).is_some());
        assert_eq!(run!(orm::sql(text, (1.0,)).execute(db)), 5);
        let ratios = run!(orm::sql("SELECT ratio FROM by_hand_reading ORDER BY id", ()).rows::<f64>().all(db));
        assert_eq!(ratios, [2.25, 2.5, 2.75, 3.0, 3.25]);
        assert_eq!(run!(orm::sql("SELECT id FROM by_hand_reading", ()).execute(db)), 5);
        assert_eq!(run!(orm::sql("CREATE TABLE by_hand_new (x INTEGER)", ()).execute(db)), 0);
        assert_eq!(run!(orm::sql("INSERT INTO by_hand_new VALUES ({}), ({})", (1, None::<i32>)).execute(db)), 2);
        let deleted: Vec<Option<i32>> = run!(orm::sql("WITH a AS (SELECT 1 AS x) DELETE FROM by_hand_new WHERE x IN (SELECT x FROM a) RETURNING x", ()).rows().all(db));
        assert_eq!(deleted, [Some(1)]);
        let broken = error(attempt!(orm::sql("INSERT INTO by_hand_reading (id) VALUES ({})", (9,)).execute(db)));
        assert!(broken.is_not_null_violation(), "{broken}");
    }

    fn it_is_part_of_its_transaction(db) {
        world!(db);
        let count = "SELECT count(*) FROM suite_post";
        let before = run!(orm::sql(count, ()).rows::<i64>().get(db));
        let failed: orm::Result<()> = transaction!(db, |tx| {
            run!(orm::sql("DELETE FROM suite_post WHERE slug = {}", ("draft",)).execute(tx));
            assert_eq!(run!(orm::sql(count, ()).rows::<i64>().get(&tx)), before - 1);
            let inner: orm::Result<()> = transaction!(tx, |inner| {
                run!(orm::script("UPDATE suite_post SET views = 0; DELETE FROM suite_post").run(inner));
                Err(orm::Error::config("as asked"))
            });
            assert!(inner.is_err());
            assert_eq!(run!(orm::sql(count, ()).rows::<i64>().get(tx)), before - 1);
            Err(orm::Error::config("as asked"))
        });
        assert!(failed.is_err());
        assert_eq!(run!(orm::sql(count, ()).rows::<i64>().get(db)), before);
    }

    fn a_script_is_done_whole_or_not_at_all(db) {
        run!(orm::script("CREATE TABLE by_hand_a (x INTEGER); -- ; '\nINSERT INTO by_hand_a VALUES (1), (2);\n\n").run(db));
        let text = "UPDATE by_hand_a SET x = 7; INSERT INTO by_hand_missing VALUES (1)";
        assert!(attempt!(orm::script(text).run(db)).is_err());
        let sum = "SELECT coalesce(sum(x), 0) * 1.0 FROM by_hand_a";
        let sum = TrustedSql::new(format!("SELECT CAST(({sum}) AS bigint)"));
        assert_eq!(run!(orm::sql(sum.clone(), ()).rows::<i64>().get(db)), 3);
        let kept: orm::Result<()> = transaction!(db, |tx| {
            assert!(attempt!(orm::script(text).run(tx)).is_err());
            run!(orm::script("SELECT 1; INSERT INTO by_hand_a VALUES (10)").run(&tx));
            Ok(())
        });
        assert!(kept.is_ok(), "the script that failed was a savepoint: {kept:?}");
        assert_eq!(run!(orm::sql(sum, ()).rows::<i64>().get(db)), 13);
        for text in ["BEGIN; SELECT 1", "SELECT 1;\nCOMMIT", "PRAGMA x; SELECT 1", "SELECT 1; SET search_path = a"] {
            assert!(error(attempt!(orm::script(text).run(db))).to_string().contains("of the SQL"), "{text}");
        }
    }

    fn text_that_is_put_together_is_vouched_for(db) {
        stored!(db);
        let columns = ["id", "label"].map(orm::db::quote).join(", ");
        let text = TrustedSql::new(format!("SELECT {columns} FROM by_hand_reading WHERE id IN ({})", ["{}"; 3].join(", ")));
        let rows: Vec<(i64, String)> = run!(orm::sql(text, [1, 3, 9]).rows().all(db));
        assert_eq!(rows.len(), 2);
    }
}
