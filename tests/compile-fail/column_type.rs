use orm::prelude::*;

#[derive(ColumnType)]
struct Range(i64, i64);

#[derive(ColumnType)]
struct Maybe(Option<i64>);

#[derive(ColumnType)]
enum Kind {
    One,
}

#[derive(ColumnType)]
#[orm(validat = check)]
struct Misspelled(String);

#[derive(ColumnType)]
#[orm(validate = |text| Ok(()))]
struct Closure(String);

#[derive(ColumnType)]
struct OfNoColumn(std::time::SystemTime);

fn says_too_much(text: &str) -> Result<(), String> {
    Err(text.to_owned())
}

#[derive(ColumnType)]
#[orm(validate = says_too_much)]
struct Talkative(String);

#[derive(ColumnType)]
struct Cents(i64);

#[derive(Model)]
struct Bill {
    id: i64,
    total: Cents,
}

fn of_another_type() {
    let _ = Bill::objects().filter(|b| b.total.eq("7"));
    let _ = Bill::create().total(7);
}

fn main() {}
