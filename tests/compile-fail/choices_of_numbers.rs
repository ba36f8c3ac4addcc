use orm::prelude::*;

#[derive(Choices, Clone, Copy)]
#[orm(integer = u8)]
enum Mixed {
    #[orm(value = 1)]
    One,
    Two,
}

#[derive(Choices, Clone, Copy)]
#[orm(integer = u8)]
enum TooWide {
    #[orm(value = 1)]
    One,
    #[orm(value = 256)]
    Other,
}

#[derive(Choices, Clone, Copy)]
#[orm(native)]
enum Native {
    #[orm(value = 1)]
    One,
}

#[derive(Choices, Clone, Copy)]
#[orm(integer = i16)]
enum Strings {
    One,
}

#[derive(Choices, Clone, Copy)]
#[orm(integer = f64)]
enum Floating {
    #[orm(value = 1)]
    One,
}

#[derive(Choices, Clone, Copy)]
enum Twice {
    #[orm(value = 1)]
    One,
    #[orm(value = 1)]
    Same,
    #[orm(value = 3, renamed_from = "2")]
    Renamed,
    #[orm(value = 4, value = "four")]
    Both,
}

#[derive(Choices, Clone, Copy)]
enum Word {
    #[orm(renamed_from = 2)]
    One,
}

const THREE: isize = 3;

#[derive(Choices, Clone, Copy)]
#[orm(integer = i16)]
enum Discriminants {
    One = 1,
    Three = THREE,
}

#[derive(Choices, Clone, Copy)]
enum Beyond {
    #[orm(value = 9223372036854775808)]
    One,
    #[orm(value = 1.5)]
    Half,
}

fn main() {}
