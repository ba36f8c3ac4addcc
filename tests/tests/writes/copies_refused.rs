//! `copy_in` where the database does not take a COPY, and when what it refuses is noticed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use orm::prelude::*;
use orm::testing::{Queries, queries};
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::{Backend, Database};

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "suite_copyline")]
pub struct CopyLine {
    pub id: i64,
    #[orm(unique)]
    pub text: String,
    #[orm(db_default = random_uuid)]
    pub mark: Uuid,
}

/// A view of others' rows, which takes new ones.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unmanaged, table = "suite_copylineview")]
pub struct CopyLineView {
    pub id: i64,
    pub text: String,
}

mod secured {
    use super::*;

    orm::app!("copysecured");

    #[derive(Model, Debug, Clone, PartialEq)]
    #[orm(row_security(force), policy(name = "all_rows", using = "true"))]
    pub struct CopySecured {
        pub id: i64,
        pub text: String,
    }
}

type Line = CopyLineCreate<orm::__private::Assigned>;

fn line(n: u64) -> Line {
    CopyLine::create().text(n.to_string())
}

fn copies(queries: &Queries) -> usize {
    queries
        .iter()
        .filter(|query| query.sql().starts_with("COPY"))
        .count()
}

fn batch(db: &Db, sql: &str) {
    value(value(db.session()).batch(sql));
}

#[test]
fn a_view_takes_rows_too() {
    let database = Database::with_tables(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    batch(
        &db,
        "DROP TABLE IF EXISTS suite_copylineview;
         CREATE VIEW suite_copylineview AS SELECT id, text FROM suite_copyline",
    );
    let rows = (1..=30).map(|n| CopyLineView::create().id(n).text(n.to_string()));
    assert_eq!(value(CopyLineView::copy_in(rows).run(&db)), 30);
    assert_eq!(value(CopyLine::objects().count(&db)), 30);
}

#[test]
fn a_table_with_row_security_takes_rows_too() {
    use secured::CopySecured;

    let database = Database::with_tables_of(Backend::Postgres, "copysecured");
    let db = value(Db::connect(database.url()));
    let role = format!("orm_copies_{}", std::process::id());
    batch(
        &db,
        &format!(
            "CREATE ROLE {role}; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}"
        ),
    );
    let copied = db.transaction(|tx| {
        orm::sql(
            "SELECT set_config('role', {role}, true)",
            [("role", role.clone())],
        )
        .execute(tx)?;
        CopySecured::copy_in((0..30).map(|n| CopySecured::create().text(n.to_string()))).run(tx)
    });
    batch(&db, &format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    assert_eq!(value(copied), 30);
}

#[test]
fn rows_that_alternate_are_not_copied_one_by_one() {
    let database = Database::with_tables(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    let marked = |n: u64| line(n).mark(Uuid::from_u128(n.into()));
    let alternating = (0..2_500).map(move |n| if n % 2 == 0 { line(n) } else { marked(n) });
    let (copied, sent) = queries(|| CopyLine::copy_in(alternating).run(&db));
    assert_eq!(value(copied), 2_500);
    assert_eq!(copies(&sent), 0, "{sent}");
    assert!(sent.len() <= 6, "{sent}");
    // From those that are alike to others, and back.
    let parts = (2_500..7_500).map(move |n| if n < 5_000 { line(n) } else { marked(n) });
    let (copied, sent) = queries(|| CopyLine::copy_in(parts).run(&db));
    assert_eq!(
        (value(copied), copies(&sent), sent.len()),
        (5_000, 2, 2),
        "{sent}"
    );
    assert_eq!(value(CopyLine::objects().count(&db)), 7_500);
    let last = value(CopyLine::objects().filter(|l| l.text.eq("7499")).get(&db));
    assert_eq!(last.mark, Uuid::from_u128(7_499));
}

#[test]
fn what_is_refused_is_noticed_before_the_last_row() {
    let database = Database::with_tables(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    let rows = (0..400_000).map(move |n| {
        counted.fetch_add(1, Ordering::SeqCst);
        line(if n == 10 { 9 } else { n })
    });
    let twice = error(CopyLine::copy_in(rows).run(&db));
    assert!(twice.is_unique_violation(), "{twice:?}");
    assert_eq!(twice.fields(), ["text"]);
    assert!(taken.load(Ordering::SeqCst) <= 101_000, "{taken:?}");
    assert_eq!(value(CopyLine::objects().count(&db)), 0);
    let (copied, sent) = queries(|| CopyLine::copy_in((0..100_500).map(line)).run(&db));
    assert_eq!((value(copied), copies(&sent)), (100_500, 2));
    assert_eq!(value(CopyLine::objects().count(&db)), 100_500);
}

type Said = Arc<Mutex<Vec<orm::Result<i64>>>>;

/// Rows that query while they are made.
fn asking(
    said: &Said,
    mut ask: impl FnMut() -> orm::Result<i64> + Send + 'static,
) -> impl Iterator<Item = Line> + Send + 'static {
    let said = Arc::clone(said);
    (0..3).map(move |n| {
        let answer = ask();
        said.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
        line(n)
    })
}

#[track_caller]
fn refused(said: &Said) {
    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(said.len(), 3);
    for answer in said.drain(..) {
        let refused = error(answer);
        assert!(
            refused
                .to_string()
                .starts_with("the rows of `copy_in` are made while it runs"),
            "{refused}"
        );
        assert!(
            refused.hint().is_some_and(|hint| hint.contains("`bulk_create`")),
            "{refused:?}"
        );
    }
}

#[test]
fn rows_that_query_while_they_are_made_are_told_so() {
    let database = Database::with_tables(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    let said = Said::default();
    let handle = db.clone();
    let rows = asking(&said, move || CopyLine::objects().count(&handle));
    assert_eq!(value(CopyLine::copy_in(rows).run(&db)), 3);
    refused(&said);
    value(CopyLine::objects().delete().run(&db));
    // By a connection of its own.
    let mut session = value(db.session());
    let rows = asking(&said, move || {
        let mut count = 0;
        session.query("SELECT count(*) FROM suite_copyline", &[], &mut |row| {
            count = row.get(0)?;
            Ok(())
        })?;
        Ok(count)
    });
    assert_eq!(value(CopyLine::copy_in(rows).run(&db)), 3);
    refused(&said);
    value(CopyLine::objects().delete().run(&db));
    let handle = db.clone();
    let rows = asking(&said, move || CopyLine::objects().count(&handle));
    let copied = runtime().block_on(async {
        let db = value(AsyncDb::connect(database.url()).await);
        CopyLine::copy_in(rows).run(&db).await
    });
    assert_eq!(value(copied), 3);
    refused(&said);
    // Into another database that does not wait in the same way.
    let other = Database::with_tables(Backend::Sqlite);
    let rows = asking(&said, move || CopyLine::objects().count(&db));
    assert_eq!(
        value(CopyLine::copy_in(rows).run(&value(Db::connect(other.url())))),
        3
    );
    let counts: Vec<i64> = said
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .drain(..)
        .map(value)
        .collect();
    assert_eq!(counts, [3, 3, 3]);
}
