use orm::prelude::*;

#[derive(Choices, Clone, Copy)]
enum Status {
    #[orm(valeu = "d")]
    Draft,
    Published,
    #[orm(value = "published")]
    Public,
}

#[derive(Choices, Clone, Copy)]
#[orm(native)]
enum Size {
    Small,
    Other(u8),
}

#[derive(Choices, Clone, Copy)]
enum Empty {}

#[derive(Choices, Clone, Copy)]
struct Plain;

#[derive(Choices)]
enum NotCopy {
    A,
}

fn main() {}
