//! Values that a field cannot hold: the error names model, field and column, what was expected and what to do, and
//! shows no value.

use orm::error::Kind;
use orm::prelude::*;
use orm::{AsyncDb, Db};
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::models::*;
use orm_tests::{Backend, Database};

orm::app!("decoding");

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Point {
    x: i64,
    y: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Drawing {
    pub id: i64,
    #[orm(column = "the_points")]
    pub points: Json<Vec<Point>>,
    pub small: i16,
    pub price: rust_decimal::Decimal,
    pub day: chrono::NaiveDate,
    pub key: uuid::Uuid,
}

/// A table made by hand in which one column has the wrong type.
fn drawing(backend: Backend, wrong: &str, sql: &str) -> Database {
    let database = Database::empty(backend);
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    let right = [
        ("the_points", "json", "'[]'"),
        ("small", "bigint", "7"),
        ("price", "numeric", "'1.5'"),
        ("day", "date", "'2026-11-22'"),
        (
            "key",
            "uuid",
            match backend {
                Backend::Sqlite => "x'67e5504410b1426f9247bb680e5fe0c8'",
                Backend::Postgres => "'67e55044-10b1-426f-9247-bb680e5fe0c8'",
            },
        ),
    ];
    for (name, ty, plain) in right {
        // A column without a type stores any value on SQLite.
        let ty = match backend {
            Backend::Sqlite => "",
            Backend::Postgres if name == wrong && sql.starts_with("'text") => "text",
            Backend::Postgres => ty,
        };
        columns.push(format!("{name} {ty}"));
        values.push(if name == wrong { sql } else { plain });
    }
    let mut session = value(Db::connect(database.url()).and_then(|db| db.session()));
    value(session.batch(&format!(
        "CREATE TABLE decoding_drawing (id bigint, {}); INSERT INTO decoding_drawing VALUES (1, {})",
        columns.join(", "),
        values.join(", ")
    )));
    database
}

/// The same error on both handles.
fn told(database: &Database) -> orm::Error {
    let db = value(Db::connect(database.url()));
    let told = error(Drawing::objects().all(&db));
    let asynchronous = runtime().block_on(async {
        let db = value(AsyncDb::connect(database.url()).await);
        error(Drawing::objects().all(&db).await)
    });
    assert_eq!(told.to_string(), asynchronous.to_string());
    assert_eq!(told.kind(), Kind::Decode, "{told:?}");
    assert!(!format!("{told:?}").contains("::"), "{told:?}");
    assert!(!format!("{told:?}").contains("secret"), "{told:?}");
    told
}

#[test]
fn the_field_and_what_was_expected_are_named() {
    for backend in Backend::ALL {
        for (column, sql, field, expected) in [
            (
                "small",
                "70000",
                "small",
                "expected i16, the database holds a whole number beyond it",
            ),
            (
                "small",
                "NULL",
                "small",
                "expected a whole number, the database holds NULL",
            ),
            (
                "price",
                "'text secret'",
                "price",
                "expected a decimal number, the database holds ",
            ),
            (
                "day",
                "'text secret'",
                "day",
                "expected a date, the database holds ",
            ),
            ("key", "'text secret'", "key", "of a UUID"),
            (
                "the_points",
                "'{\"x\": \"secret\"}'",
                "points",
                "expected Vec<Point> as JSON, the database holds other JSON: expected a sequence",
            ),
            (
                "the_points",
                "'[{\"x\": \"secret\", \"y\": 1}]'",
                "points",
                "expected i64",
            ),
            ("the_points", "'[{\"x\": 1}]'", "points", "missing field `y`"),
        ] {
            if backend == Backend::Postgres && column == "key" {
                continue;
            }
            let told = told(&drawing(backend, column, sql));
            let text = told.to_string();
            let start = format!("reading decoding.Drawing: decoding.Drawing.{field} (column `{column}`): ");
            assert!(text.starts_with(&start), "{text}");
            assert!(text.contains(expected), "{text}");
            assert_eq!(told.fields(), [field]);
            assert!(told.hint().is_some(), "{text}");
        }
    }
}

#[test]
fn a_stored_nan_is_named() {
    let told = told(&drawing(Backend::Postgres, "price", "'NaN'"));
    assert!(
        told.to_string()
            .contains("Drawing.price (column `price`): expected a decimal number"),
        "{told}"
    );
}

#[test]
fn columns_of_joined_rows_and_single_values_are_named() {
    for backend in Backend::ALL {
        let database = Database::with_tables(backend);
        let db = value(Db::connect(database.url()));
        let ann = value(Author::create().name("Ann").email("a").save(&db));
        let post = value(Post::create().author(&ann).title("t").slug("s").save(&db));
        value(Comment::create().post(&post).text("c").hidden(true).save(&db));
        let mut session = value(db.session());
        value(session.batch(match backend {
            Backend::Sqlite => {
                "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, '\"title\" TEXT NOT NULL', '\"title\" \
                 TEXT') WHERE name = 'suite_post'; PRAGMA writable_schema = RESET; UPDATE suite_post SET title = NULL"
            }
            Backend::Postgres => "ALTER TABLE suite_post ALTER COLUMN title DROP NOT NULL; UPDATE suite_post SET title = NULL",
        }));
        drop(session);
        let title = "suite.Post.title (column `title`): expected a string, the database holds NULL\nhint: let the field be an Option";
        let alone = error(Post::objects().all(&db)).to_string();
        assert!(
            alone.starts_with(&format!("reading suite.Post: {title}")),
            "{alone}"
        );
        let joined = error(Comment::objects().with(|c| c.post()).all(&db)).to_string();
        assert!(
            joined.starts_with(&format!("reading suite.Comment: {title}")),
            "{joined}"
        );
        let below = error(Author::objects().with(|a| a.posts()).all(&db)).to_string();
        assert!(
            below.starts_with(&format!("reading suite.Author: {title}")),
            "{below}"
        );
        let single = error(Post::objects().values(|p| (p.id, p.title)).all(&db)).to_string();
        assert!(
            single.contains("column `title`: expected a string, the database holds NULL"),
            "{single}"
        );
    }
}
