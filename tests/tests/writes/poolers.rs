//! Two programs behind one pooler: each gets its own answers, although they share server connections.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use orm::prelude::*;
use orm::{AsyncDb, Db};
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::models::*;
use orm_tests::{Backend, Database};

const URL: &str = "ORM_POOLERS_URL";
const PART: &str = "ORM_POOLERS_PART";

const ROWS: i64 = 200;

fn with_option(url: &str, option: &str) -> String {
    let join = if url.contains('?') { '&' } else { '?' };
    format!("{url}{join}{option}")
}

/// Starts this program again; it waits for a line before it begins.
fn start(url: &str, part: &str) -> Child {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "poolers::the_child", "--nocapture", "--test-threads=1"])
        .env(URL, url)
        .env(PART, part)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a child");
    let mut line = String::new();
    let errors = child.stderr.as_mut().expect("its errors");
    BufReader::with_capacity(1, errors)
        .read_line(&mut line)
        .expect("a line");
    assert_eq!(line.trim(), "ready");
    child
}

fn programs_that_share_connections(delete: &str, count: &str) {
    let database = Database::with_tables(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    let lines = (1..=ROWS).map(|id| Line::create().text(format!("{id}")));
    value(Line::bulk_create(lines).run(&db));
    let counters = (1..=ROWS).map(|id| Counter::create().value(id * 1000));
    value(Counter::bulk_create(counters).run(&db));

    let url = with_option(&database.pooled_url(), "pool=4");
    let mut children = [start(&url, delete), start(&url, count)];
    for child in &mut children {
        let input = child.stdin.as_mut().expect("its input");
        input.write_all(b"go\n").expect("a line");
    }
    for child in children {
        let said = child.wait_with_output().expect("its end");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    }

    assert_eq!(value(Line::objects().count(&db)), 0);
    let counters = value(Counter::objects().order_by(|c| c.id).all(&db));
    let values: Vec<i64> = counters.iter().map(|counter| counter.value).collect();
    let expected: Vec<i64> = (1..=ROWS).map(|id| id * 1000 + 1).collect();
    assert_eq!(values, expected);
}

#[test]
fn programs_that_share_connections_do_not_get_each_others_answers_pooled() {
    programs_that_share_connections("delete", "count");
}

#[test]
fn programs_that_share_connections_do_not_get_each_others_answers_pooled_async() {
    programs_that_share_connections("delete_async", "count_async");
}

#[test]
fn an_option_that_the_pooler_refuses_has_a_hint() {
    let database = Database::empty(Backend::Postgres);
    let url = with_option(&database.pooled_url(), "options=-c%20search_path%3Dpublic");
    let error = error(Db::connect(&url));
    assert!(error.is_connection(), "{error:?}");
    assert!(
        error
            .hint()
            .expect("a hint")
            .contains("ignore_startup_parameters"),
        "{error:?}"
    );
}

/// Runners take turns by transactions, because behind a pooler no connection is held for longer.
#[test]
fn runners_that_share_connections_apply_each_migration_once() {
    let database = Database::empty(Backend::Postgres);
    let url = database.pooled_url();
    let reports: Vec<_> = std::thread::scope(|scope| {
        let runners: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| Database::migrate_at(&url)))
            .collect();
        runners
            .into_iter()
            .map(|runner| value(runner.join().expect("a report")))
            .collect()
    });
    let mut applied: Vec<_> = reports.into_iter().flat_map(|report| report.applied).collect();
    let all = applied.len();
    applied.sort_unstable();
    applied.dedup();
    assert!(all > 0 && applied.len() == all, "{all} of {applied:?}");
    // The lock ended with the transactions: the next runner finds it free, also directly at the server.
    let report = value(Database::migrate_at(database.url()));
    assert_eq!(report.applied, Vec::<String>::new());
}

/// A runner that is connected to the server excludes those behind the pooler, and the other way round.
#[test]
fn a_runner_at_the_server_and_one_behind_the_pooler_take_turns() {
    let database = Database::empty(Backend::Postgres);
    let urls = [database.url().to_owned(), database.pooled_url()];
    let applied: usize = std::thread::scope(|scope| {
        let runners: Vec<_> = urls
            .iter()
            .map(|url| scope.spawn(|| Database::migrate_at(url)))
            .collect();
        let reports = runners
            .into_iter()
            .map(|runner| value(runner.join().expect("a report")));
        reports.map(|report| report.applied.len()).sum()
    });
    let other = Database::empty(Backend::Postgres);
    assert_eq!(applied, value(Database::migrate_at(other.url())).applied.len());
}

fn ids() -> Vec<Vec<i64>> {
    (0..4)
        .map(|part| (1..=ROWS).filter(|id| id % 4 == part).collect())
        .collect()
}

fn blocking(db: &Db, each: impl Fn(&Db, i64) + Sync) {
    std::thread::scope(|scope| {
        for ids in ids() {
            let each = &each;
            scope.spawn(move || ids.into_iter().for_each(|id| each(db, id)));
        }
    });
}

async fn asynchronous<F: Future<Output = ()> + Send + 'static>(db: &AsyncDb, each: fn(AsyncDb, i64) -> F) {
    let mut tasks = tokio::task::JoinSet::new();
    for ids in ids() {
        let db = db.clone();
        tasks.spawn(async move {
            for id in ids {
                each(db.clone(), id).await;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("a task");
    }
}

#[test]
fn the_child() {
    let (Ok(url), Ok(part)) = (std::env::var(URL), std::env::var(PART)) else {
        return;
    };
    let go = || {
        eprintln!("ready");
        std::io::stdin().lines().next().expect("a line").expect("a line");
    };
    match part.as_str() {
        "delete" => {
            let db = value(Db::connect(&url));
            go();
            blocking(&db, |db, id| {
                assert_eq!(value(Line::get(id, db)).text, id.to_string());
                assert_eq!(value(Line::objects().filter(|l| l.id.eq(id)).delete().run(db)), 1);
            });
        }
        "count" => {
            let db = value(Db::connect(&url));
            go();
            blocking(&db, |db, id| {
                assert_eq!(value(Counter::get(id, db)).value, id * 1000);
                let counter = Counter::objects().filter(|c| c.id.eq(id));
                assert_eq!(value(counter.update(|c| c.value.set(c.value + 1)).run(db)), 1);
            });
        }
        "delete_async" => runtime().block_on(async {
            let db = value(AsyncDb::connect(&url).await);
            go();
            asynchronous(&db, |db, id| async move {
                assert_eq!(value(Line::get(id, &db).await).text, id.to_string());
                let line = Line::objects().filter(|l| l.id.eq(id));
                assert_eq!(value(line.delete().run(&db).await), 1);
            })
            .await;
        }),
        _ => runtime().block_on(async {
            let db = value(AsyncDb::connect(&url).await);
            go();
            asynchronous(&db, |db, id| async move {
                assert_eq!(value(Counter::get(id, &db).await).value, id * 1000);
                let counter = Counter::objects().filter(|c| c.id.eq(id));
                assert_eq!(
                    value(counter.update(|c| c.value.set(c.value + 1)).run(&db).await),
                    1
                );
            })
            .await;
        }),
    }
}
