use orm::prelude::*;

#[derive(Model)]
struct Line {
    id: i64,
    price: i64,
    name: String,
    #[orm(generated = |l| l.price * 2, default = 0)]
    total: i64,
    #[orm(generated = |l| l.name)]
    number: i64,
    #[orm(generated = "price * 2")]
    text: i64,
    #[orm(virtual)]
    shown: i64,
    #[orm(generated = |l| l.price)]
    of: ForeignKey<Line>,
}

fn lines() {
    Line::create().price(1).name("a").shown(1).total(2);
}

fn main() {}
