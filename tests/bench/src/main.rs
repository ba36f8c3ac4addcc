//! `cargo run --release -p orm-bench -- --help`

use orm_bench::cases::{self, postgres::Beside, postgres::Databases};
use orm_bench::measure::{self, Outcome};
use orm_bench::migrations;
use orm_bench::rows;
use orm_bench::threads::{self, Throughput};
use orm_bench::traffic;
use orm_bench::{Size, checks};

const HELP: &str = "\
Ours beside the drivers. Measure a release build on an idle machine; only ratios mean anything on another one.

  orm-bench [options] [part of a case's name]

  --sqlite           SQLite only; otherwise Postgres too, which ORM_TEST_POSTGRES names
  --postgres         Postgres only
  --blocking         no async cases
  --async            no blocking cases
  --floor            the driver on both sides: what the table says of Postgres where there is no difference
  --rounds N         so many rounds per case (61)
  --threads          throughput with 1 to 128 threads and tasks, instead of the cases
  --seconds N        for each side of each line of that (2)
  --json             JSON instead of tables
  --migrations       what makemigrations takes against the size of a project, instead of the cases
  --sizes N,N,...    models in it (250,500,1000)
  --rows N           so many rows written and read one after another, and the most memory that it took, instead of the cases
  --traffic N        how long readers and writers of a table of so many rows wait while it is migrated, on Postgres
  --held N           seconds that somebody else's transaction has it, in the last two lines of that (12)
  --once             every case once, both sides compared; nothing is measured
  --reprepared       how often SQLite prepared each of our statements again; fails if it did
  --side ours|raw    one side of the one case named (all of its name), for a profiler; with
  --runs N           so many runs (100)
";

#[derive(Default)]
struct Options {
    flags: Vec<String>,
    values: Vec<(String, String)>,
    only: Option<String>,
}

impl Options {
    fn read() -> orm::Result<Self> {
        let mut options = Options::default();
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--sqlite" | "--postgres" | "--blocking" | "--async" | "--floor" | "--threads" | "--json"
                | "--once" | "--reprepared" | "--migrations" | "--help" => {
                    options.flags.push(argument);
                }
                "--rounds" | "--seconds" | "--sizes" | "--side" | "--runs" | "--rows" | "--traffic"
                | "--held" => match arguments.next() {
                    Some(value) => options.values.push((argument, value)),
                    None => return Err(orm::Error::config(format!("{argument} wants a value"))),
                },
                _ if argument.starts_with('-') => {
                    return Err(
                        orm::Error::config(format!("{argument} is not an option")).with_hint("see --help")
                    );
                }
                _ => options.only = Some(argument),
            }
        }
        Ok(options)
    }

    fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|given| given == flag)
    }

    fn value(&self, name: &str) -> Option<&str> {
        let found = self.values.iter().find(|(given, _)| given == name)?;
        Some(&found.1)
    }

    fn number<T: std::str::FromStr>(&self, name: &str, default: T) -> orm::Result<T> {
        match self.value(name) {
            None => Ok(default),
            Some(text) => text
                .parse()
                .map_err(|_| orm::Error::config(format!("{name} wants a number"))),
        }
    }
}

fn main() -> orm::Result<()> {
    let options = Options::read()?;
    if options.has("--help") {
        print!("{HELP}");
        return Ok(());
    }
    if options.has("--reprepared") {
        return reprepared();
    }
    if options.has("--migrations") {
        return sizes(&options);
    }
    if options.value("--rows").is_some() {
        return streamed(&options);
    }
    if options.value("--traffic").is_some() {
        return traffic(&options);
    }
    let databases = match options.has("--sqlite") {
        true => None,
        false => Some(Databases::create(Size::FULL)?),
    };
    if options.has("--threads") {
        return throughput(&options, databases.as_ref());
    }
    let mut cases = Vec::new();
    if !options.has("--postgres") {
        if !options.has("--async") {
            cases.extend(cases::sqlite::blocking(Size::FULL)?);
        }
        if !options.has("--blocking") {
            cases.extend(cases::sqlite::tasks(Size::FULL)?);
        }
    }
    if let Some(databases) = &databases {
        let beside = match options.has("--floor") {
            true => Beside::Itself,
            false => Beside::Ours,
        };
        if !options.has("--async") {
            cases.extend(cases::postgres::blocking(databases, beside)?);
        }
        if !options.has("--blocking") {
            cases.extend(cases::postgres::tasks(databases, beside)?);
        }
    }
    if let Some(side) = options.value("--side") {
        let runs = options.number("--runs", 100)?;
        let mut named = cases
            .iter_mut()
            .filter(|case| Some(&case.name) == options.only.as_ref());
        return match named.next() {
            Some(case) => measure::run_side(case, side == "raw", runs),
            None => Err(orm::Error::config("--side wants the whole name of a case")),
        };
    }
    if let Some(only) = &options.only {
        cases.retain(|case| case.name.contains(only.as_str()));
    }
    if options.has("--once") {
        return cases.iter_mut().try_for_each(measure::once);
    }
    let rounds = options.number("--rounds", 61)?.max(1);
    let load = measure::load();
    let outcomes = cases
        .iter_mut()
        .map(|case| measure::run(case, rounds))
        .collect::<orm::Result<Vec<_>>>()?;
    let rows = outcomes.iter().map(Outcome::to_json).collect();
    print(&options, &load, rows, &measure::table(&outcomes));
    Ok(())
}

fn throughput(options: &Options, databases: Option<&Databases>) -> orm::Result<()> {
    let seconds = options.number("--seconds", 2.0)?;
    let load = measure::load();
    let mut lines = Vec::new();
    if !options.has("--postgres") {
        lines.extend(threads::sqlite(seconds, Size::FULL.posts)?);
    }
    if let Some(databases) = databases {
        lines.extend(threads::postgres(seconds, databases)?);
    }
    let rows = lines.iter().map(Throughput::to_json).collect();
    print(options, &load, rows, &threads::table(&lines));
    Ok(())
}

fn sizes(options: &Options) -> orm::Result<()> {
    let rounds = options.number("--rounds", 5)?;
    let sizes = options.value("--sizes").unwrap_or("250,500,1000");
    let sizes: Vec<usize> = sizes
        .split(',')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| orm::Error::config("--sizes wants numbers: 250,500,1000"))?;
    let load = measure::load();
    let times = sizes
        .into_iter()
        .map(|size| migrations::run(size.max(1), rounds))
        .collect::<orm::Result<Vec<_>>>()?;
    let rows = times.iter().map(migrations::Times::to_json).collect();
    print(options, &load, rows, &migrations::table(&times));
    Ok(())
}

fn streamed(options: &Options) -> orm::Result<()> {
    let rows = options.number("--rows", 0)?;
    let load = measure::load();
    let flows = rows::run(rows, !options.has("--postgres"), !options.has("--sqlite"))?;
    let lines = flows.iter().map(rows::Flow::to_json).collect();
    print(options, &load, lines, &rows::table(&flows));
    Ok(())
}

fn traffic(options: &Options) -> orm::Result<()> {
    let load = measure::load();
    let all = traffic::run(options.number("--traffic", 0)?, options.number("--held", 12)?)?;
    let lines = all.iter().map(traffic::Waits::to_json).collect();
    print(options, &load, lines, &traffic::table(&all));
    Ok(())
}

fn print(options: &Options, load: &str, rows: Vec<serde_json::Value>, table: &str) {
    if options.has("--json") {
        println!(
            "{}",
            serde_json::json!({"before": load, "after": measure::load(), "rows": rows})
        );
    } else {
        println!("before: {load}\n{table}after: {}", measure::load());
    }
}

fn reprepared() -> orm::Result<()> {
    let statements = checks::reprepared(Size::FULL)?;
    for (sql, times) in &statements {
        println!("{times:>6}  {sql:.160}");
    }
    if statements.values().any(|times| *times > 0) {
        return Err(orm::Error::config("SQLite prepares kept statements again"));
    }
    Ok(())
}
