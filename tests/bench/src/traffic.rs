//! How long those who read and write a table wait while it is migrated, on Postgres: each change in one transaction, and as it is
//! done by itself. One thread reads rows by key, and one changes them, as fast as they can.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use orm::Db;
use orm::migrate::{MigrateOptions, Migrations, Target, migrate};
use postgres::{Client, NoTls};
use serde_json::{Value, json};

use crate::driver;
use crate::server::Database;

const INITIAL: &str = r#"
id = "traffic-1"
initial = true
dependencies = []

[[operations]]
kind = "CreateModel"
model = "Owner"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "name", type = "text" },
]

[[operations]]
kind = "CreateModel"
model = "Item"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "owner", type = "big_int", column = "owner_id" },
    { name = "label", type = "text" },
    { name = "score", type = "int", null = true },
    { name = "amount", type = "int" },
]
"#;

/// What is changed.
const CHANGES: [(&str, &str); 7] = [
    (
        "an index",
        r#"kind = "AddIndex"
model = "Item"
index = { name = "traffic_item_label_idx", fields = ["label"] }"#,
    ),
    (
        "a unique constraint",
        r#"kind = "AddConstraint"
model = "Item"
constraint = { kind = "unique", name = "traffic_item_label_uniq", fields = ["label"] }"#,
    ),
    (
        "a check",
        r#"kind = "AddConstraint"
model = "Item"
constraint = { kind = "check", name = "traffic_item_amount_check", condition = ["ge", { field = "amount" }, 0] }"#,
    ),
    (
        "a foreign key over a column that is there",
        r#"kind = "AlterField"
model = "Item"
field = { name = "owner", type = "foreign_key", to = "traffic.Owner" }"#,
    ),
    (
        "no NULL any more, with a value for those rows",
        r#"kind = "AlterField"
model = "Item"
field = { name = "score", type = "int" }
fill = 7"#,
    ),
    (
        "a column with a value for the rows that are there",
        r#"kind = "AddField"
model = "Item"
field = { name = "state", type = "text" }
fill = "new""#,
    ),
    (
        "a column from int to bigint",
        r#"kind = "AlterField"
model = "Item"
field = { name = "amount", type = "big_int" }"#,
    ),
];

/// One change in one form.
#[derive(Debug)]
pub struct Waits {
    change: String,
    online: bool,
    /// The longest statement of a reader and of a writer.
    reader: Duration,
    writer: Duration,
    /// How long the migration took; nothing if others did not let it through in time.
    took: Option<Duration>,
}

impl Waits {
    /// Seconds.
    pub fn to_json(&self) -> Value {
        json!({
            "change": self.change,
            "online": self.online,
            "reader": self.reader.as_secs_f64(),
            "writer": self.writer.as_secs_f64(),
            "took": self.took.map(|took| took.as_secs_f64()),
        })
    }
}

/// Lines of a table.
pub fn table(all: &[Waits]) -> String {
    let mut out = format!(
        "{:<52} {:<8} {:>9} {:>9} {:>9}\n",
        "change", "form", "reader", "writer", "took"
    );
    for waits in all {
        let form = if waits.online { "online" } else { "plain" };
        let took = match waits.took {
            Some(took) => format!("{:.2} s", took.as_secs_f64()),
            None => "gave up".to_owned(),
        };
        out.push_str(&format!(
            "{:<52} {form:<8} {:>7.2} s {:>7.2} s {took:>9}\n",
            waits.change,
            waits.reader.as_secs_f64(),
            waits.writer.as_secs_f64(),
        ));
    }
    out
}

/// Every change of a table with so many rows, and one while somebody else's transaction has the table for `held` seconds.
///
/// # Errors
/// What the database says.
pub fn run(rows: u64, held: u64) -> orm::Result<Vec<Waits>> {
    let mut out = Vec::new();
    for (change, operation) in CHANGES {
        for online in [false, true] {
            out.push(waits(change, operation, rows, online, 0)?);
        }
    }
    let (_, operation) = CHANGES[5];
    let change = format!("a column, behind a transaction of {held} s");
    for online in [false, true] {
        out.push(waits(&change, operation, rows, online, held)?);
    }
    Ok(out)
}

fn waits(change: &str, operation: &str, rows: u64, online: bool, held: u64) -> orm::Result<Waits> {
    let database = Database::create()?;
    let url = database.url();
    let db = Db::connect(&url)?;
    let next = format!(
        "id = \"traffic-2\"\ndependencies = [\"traffic.0001_initial\"]\n[[operations]]\n{operation}\n"
    );
    let files = [
        ("traffic/0001_initial.toml", INITIAL),
        ("traffic/0002_change.toml", next.as_str()),
    ];
    Migrations::from_embedded(&files[..1])?.apply(&db)?;
    let mut client = Client::connect(&url, NoTls).map_err(driver)?;
    client
        .batch_execute(&format!(
            "INSERT INTO traffic_owner (name) SELECT 'owner ' || n FROM generate_series(1, 1000) AS n;
             INSERT INTO traffic_item (owner_id, label, score, amount) SELECT n % 1000 + 1, 'label of item ' || n, nullif(n % 3, 0), n % \
             100 FROM generate_series(1, {rows}) AS n;
             ANALYZE"
        ))
        .map_err(driver)?;
    let migrations = Migrations::from_embedded(&files)?;
    let over = AtomicBool::new(false);
    let options = MigrateOptions {
        online,
        // In one transaction it waits for as long as it has to, as a statement does by itself.
        lock_timeout: if online {
            MigrateOptions::default().lock_timeout
        } else {
            Duration::from_secs(600)
        },
        ..MigrateOptions::default()
    };
    std::thread::scope(|scope| {
        let reader =
            scope.spawn(|| longest(&url, rows, &over, "SELECT label FROM traffic_item WHERE id = $1"));
        let writer = scope.spawn(|| {
            longest(
                &url,
                rows,
                &over,
                "UPDATE traffic_item SET owner_id = owner_id WHERE id = $1",
            )
        });
        let holder = (held > 0).then(|| {
            scope.spawn(|| -> orm::Result<()> {
                let mut client = Client::connect(&url, NoTls).map_err(driver)?;
                client
                    .batch_execute(&format!("BEGIN; SELECT count(*) FROM traffic_item WHERE id = 1; SELECT pg_sleep({held}); COMMIT"))
                    .map_err(driver)
            })
        });
        std::thread::sleep(Duration::from_millis(500));
        let started = Instant::now();
        let done = db.session().and_then(|mut session| {
            migrate(&mut session, &migrations, &Target::Latest, &options, &mut |_| {})
        });
        let took = started.elapsed();
        over.store(true, Ordering::Relaxed);
        let (reader, writer) = (joined(reader)?, joined(writer)?);
        holder.map_or(Ok(()), joined)?;
        let took = match done {
            Ok(_) => Some(took),
            Err(error) if error.is_timeout() || error.is_serialization_failure() => None,
            Err(error) => return Err(error),
        };
        Ok(Waits {
            change: change.to_owned(),
            online,
            reader,
            writer,
            took,
        })
    })
}

fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, orm::Result<T>>) -> orm::Result<T> {
    match thread.join() {
        Ok(result) => result,
        Err(panicked) => std::panic::resume_unwind(panicked),
    }
}

/// The longest of many statements, each about another row.
fn longest(url: &str, rows: u64, over: &AtomicBool, sql: &str) -> orm::Result<Duration> {
    let mut client = Client::connect(url, NoTls).map_err(driver)?;
    let statement = client.prepare(sql).map_err(driver)?;
    let (mut longest, mut row) = (Duration::ZERO, 1_i64);
    let rows = i64::try_from(rows.max(1)).unwrap_or(i64::MAX);
    while !over.load(Ordering::Relaxed) {
        row = (row * 7919 + 13) % rows + 1;
        let started = Instant::now();
        client.execute(&statement, &[&row]).map_err(driver)?;
        longest = longest.max(started.elapsed());
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(longest)
}
