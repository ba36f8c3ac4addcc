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
#[orm(nativ, native = "")]
enum Shape {
    #[orm(native)]
    Round,
    #[orm(renamed_from = "oval")]
    Long,
}

#[derive(Choices, Clone, Copy)]
#[orm(native = "mood_of_a_person_who_has_to_write_the_names_of_types_again_and_again")]
enum Mood {
    #[orm(renamed_from = "happy")]
    Glad,
    #[orm(renamed_from = "happy")]
    Merry,
    #[orm(renamed_from = "glad")]
    Sad,
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
