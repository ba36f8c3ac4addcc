use orm::prelude::*;

#[derive(Model)]
struct Gauge {
    id: u32,
    byte: u8,
    word: u16,
    long: u64,
}

#[derive(Model)]
struct Wrong {
    id: usize,
    #[orm(default = 256)]
    byte: u8,
    #[orm(default = -1)]
    word: u16,
    #[orm(max_length = 3)]
    short: u32,
}

fn below_zero() {
    let _ = Gauge::objects().filter(|g| g.byte.eq(-1));
    let _ = Gauge::objects().values(|g| -g.word);
}

fn of_different_widths(wide: i64) {
    let _ = Gauge::objects().filter(|g| g.byte.lt(g.word));
    let _ = Gauge::objects().filter(|g| (g.byte + g.word).lt(3));
    let _ = Gauge::objects().filter(|g| g.long.lt(wide));
}

fn main() {}
