//! Ways back over foreign keys of several columns that cannot have their names.

use orm::prelude::*;

#[derive(Model)]
pub struct Region {
    #[orm(primary_key)]
    pub country: String,
    #[orm(primary_key)]
    pub code: i32,
}

#[derive(Model)]
#[orm(unique("country", "name"))]
#[orm(foreign_key("region", fields("country", "code"), to = Region))]
#[orm(foreign_key("birth", fields("born_country", "born_code"), to = Region))]
#[orm(foreign_key("death", fields("country", "code"), to = Region, related_name = "died here"))]
#[orm(foreign_key("twin", fields("country", "twin_name"), to = Place, to_fields("country", "name"), related_name = "twin"))]
pub struct Place {
    pub id: i64,
    pub country: String,
    pub code: i32,
    pub born_country: String,
    pub born_code: i32,
    pub name: String,
    pub twin_name: String,
}

fn main() {}
