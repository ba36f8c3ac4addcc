//! Foreign keys over several columns that cannot be.

use orm::prelude::*;

#[derive(Model)]
#[orm(unique("letter", "number"))]
pub struct Region {
    #[orm(primary_key)]
    pub country: String,
    #[orm(primary_key)]
    pub code: i32,
    pub letter: String,
    pub number: i64,
}

#[derive(Model)]
#[orm(foreign_key("region", fields("land", "part"), to = Region, on_delete = SetNull))]
#[orm(foreign_key("area", fields("land", "size"), to = Region))]
#[orm(foreign_key("id", fields("land", "part"), to = Region))]
#[orm(foreign_key("only", fields("land"), to = Region))]
#[orm(foreign_key("uneven", fields("land", "part"), to = Region, to_fields("country")))]
#[orm(foreign_key("free", fields("land", "part"), to = Region, db_constraint = false, on_delete = Cascade))]
#[orm(foreign_key("nowhere", fields("land", "part")))]
#[orm(foreign_key("land", "part"))]
#[orm(foreign_key("odd", fields("land", "part"), to = Region, on_delte = Cascade))]
pub struct Place {
    pub id: i64,
    pub land: String,
    pub part: Option<i32>,
}

// What the types tell.
#[derive(Model)]
#[orm(foreign_key("swapped", fields("part", "land"), to = Region))]
#[orm(foreign_key("named", fields("land", "part"), to = Region, to_fields("letter", "number"), related_name = "+"))]
#[orm(foreign_key("gone", fields("land", "part"), to = Region, to_fields("letter", "size"), related_name = "+"))]
#[orm(foreign_key("model", fields("land", "part"), to = Plain))]
pub struct Spot {
    pub id: i64,
    pub land: String,
    pub part: i32,
}

pub struct Plain;

fn main() {}
