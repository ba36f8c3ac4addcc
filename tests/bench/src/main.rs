//! Ours beside the raw driver, in one process and interleaved: `cargo run --release -p orm-bench`.
//!
//! Each case does the same work twice, with `orm` and with hand-written code on the driver: cached statements, columns
//! by index, the same pragmas. A round runs one, then the other, the next round the other way around; reported are the
//! median of the rounds' times and the median of the rounds' ratios. Only ratios mean anything on another machine.
//! `--once` runs every case once and compares results, for tests; `--json` prints JSON.
//!
//! Where the clock is too coarse or the machine too busy, count instructions, which repeat: `--side=ours` (or `raw`) runs
//! one side a hundred times, and `tests/bench/instructions.sh` counts what that takes.

mod cases;
mod measure;
mod models;
mod raw;

use measure::Outcome;

fn main() -> orm::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let once = arguments.iter().any(|argument| argument == "--once");
    let json = arguments.iter().any(|argument| argument == "--json");
    let only = arguments.iter().find(|argument| !argument.starts_with("--"));
    let side = arguments.iter().find_map(|argument| argument.strip_prefix("--side="));
    let mut outcomes = Vec::new();
    for mut case in cases::sqlite()? {
        if let Some(side) = side {
            if only.is_none_or(|only| case.name == *only) {
                measure::run_side(&mut case, side == "raw")?;
            }
            continue;
        }
        if only.is_some_and(|only| !case.name.contains(only.as_str())) {
            continue;
        }
        outcomes.push(measure::run(&mut case, once)?);
    }
    if json {
        let rows: Vec<_> = outcomes.iter().map(Outcome::to_json).collect();
        println!("{}", serde_json::Value::from(rows));
    } else {
        print!("{}", measure::table(&outcomes));
    }
    Ok(())
}
