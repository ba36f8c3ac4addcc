use orm::prelude::*;

#[derive(Model)]
struct Pair(i64, String);

#[derive(Model)]
struct Nothing;

#[derive(Model)]
enum Status {
    On,
    Off,
}

fn main() {}
