//! However many rows are read one after another, the process does not grow. One test alone in its process, because the most
//! memory that was ever used is the process's.
//!
//! `ORM_STREAM_ROWS=5000000` reads as many; a smaller share is enough to see that rows are not gathered.

use orm::queries::TrustedSql;
use orm::{AsyncDb, Db};
use orm_tests::behaviour::{runtime, value};
use orm_tests::{Backend, Database};

/// The most memory that the process has used, in KB.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the state of the process");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .expect("the peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Numbers, each with a string of 200 letters.
fn rows(backend: Backend) -> TrustedSql {
    TrustedSql::new(match backend {
        Backend::Sqlite => {
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {})
             SELECT x, printf('%.200c', 'x') FROM n"
        }
        Backend::Postgres => "SELECT x, repeat('x', 200) FROM generate_series(1, {}::bigint) AS n(x)",
    })
}

fn seen(count: &mut i64, row: (i64, String)) {
    *count += 1;
    assert_eq!((row.0, row.1.len()), (*count, 200));
}

#[test]
#[cfg(target_os = "linux")]
fn memory_is_the_same_for_any_number_of_rows() {
    let many: i64 = match std::env::var("ORM_STREAM_ROWS") {
        Ok(rows) => rows.parse().expect("a number of rows"),
        Err(_) => 300_000,
    };
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::with_tables(backend);
        let blocking = |rows_wanted: i64, within: bool| {
            let db = value(Db::connect(database.url()));
            let mut count = 0;
            let query = orm::sql(rows(backend), (rows_wanted,)).rows::<(i64, String)>();
            if within {
                value(db.transaction(|tx| {
                    query
                        .iter(tx)
                        .try_for_each(|row| row.map(|row| seen(&mut count, row)))
                }));
            } else {
                value(
                    query
                        .iter(&db)
                        .try_for_each(|row| row.map(|row| seen(&mut count, row))),
                );
            }
            assert_eq!(count, rows_wanted);
        };
        let asynchronous = |rows_wanted: i64| {
            runtime().block_on(async {
                let db = value(AsyncDb::connect(database.url()).await);
                let mut count = 0;
                let mut stream = orm::sql(rows(backend), (rows_wanted,))
                    .rows::<(i64, String)>()
                    .stream(&db);
                while let Some(row) = stream.next().await {
                    seen(&mut count, value(row));
                }
                assert_eq!(count, rows_wanted);
            });
        };
        // What a first use takes.
        blocking(5_000, false);
        blocking(5_000, true);
        asynchronous(5_000);
        let before = most_memory();
        blocking(many, false);
        let after_blocking = most_memory();
        asynchronous(many);
        let after_async = most_memory();
        blocking(many, true);
        let after = most_memory();
        println!(
            "{backend:?}: {many} rows, VmHWM {before} kB, then {after_blocking}, {after_async}, {after} kB"
        );
        // The rows themselves are 220 bytes each.
        assert!(
            after - before < 16_000,
            "{backend:?}: grew by {} kB",
            after - before
        );
    }
}
