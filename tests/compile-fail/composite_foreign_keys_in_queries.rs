//! Foreign keys over several columns in queries: a relation, and no column.

use orm::prelude::*;

#[derive(Model)]
pub struct Region {
    #[orm(primary_key)]
    pub country: String,
    #[orm(primary_key)]
    pub code: i32,
    pub name: String,
}

#[derive(Model)]
#[orm(foreign_key("region", fields("country", "code"), to = Region))]
#[orm(foreign_key("birth", fields("country", "born"), to = Region, related_name = "+"))]
pub struct Place {
    pub id: i64,
    pub country: String,
    pub code: i32,
    pub born: Option<i32>,
}

fn queries(db: &Db) -> orm::Result<()> {
    // No column holds it all.
    Place::objects().filter(|p| p.region.eq(("ch", 1))).all(db)?;
    // Of many rows, which one?
    Region::objects().filter(|r| r.place_set().born.is_null()).all(db)?;
    // There may be none.
    let names: Vec<String> = Place::objects().values(|p| p.birth().name).all(db)?;
    let places: Vec<(Place, Region)> = Place::objects().with(|p| p.birth()).all(db)?;
    // Nothing leads back.
    Region::objects().filter(|r| r.born_set().exists()).all(db)?;
    Ok(())
}

fn main() {}
