//! Where people and shops are.

use orm::prelude::*;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "country")]
#[orm(trigger(name = "keep_last_update", before, update, function = "last_updated"))]
pub struct Country {
    #[orm(primary_key, column = "country_id")]
    pub id: i32,
    #[orm(column = "country")]
    pub name: String,
    #[orm(db_default(postgres = "now()"))]
    pub last_update: DateTime<Utc>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "city")]
#[orm(trigger(name = "keep_last_update", before, update, function = "last_updated"))]
#[orm(index(name = "idx_fk_country_id", "country"))]
pub struct City {
    #[orm(primary_key, column = "city_id")]
    pub id: i32,
    #[orm(column = "city")]
    pub name: String,
    #[orm(on_delete = Restrict, on_update = Cascade, index = false, related_name = "cities")]
    pub country: ForeignKey<Country>,
    #[orm(db_default(postgres = "now()"))]
    pub last_update: DateTime<Utc>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "address")]
#[orm(trigger(name = "keep_last_update", before, update, function = "last_updated"))]
#[orm(index(name = "idx_fk_city_id", "city"))]
pub struct Address {
    #[orm(primary_key, column = "address_id")]
    pub id: i32,
    #[orm(column = "address")]
    pub street: String,
    #[orm(column = "address2")]
    pub street2: Option<String>,
    pub district: String,
    #[orm(on_delete = Restrict, on_update = Cascade, index = false, related_name = "addresses")]
    pub city: ForeignKey<City>,
    pub postal_code: Option<String>,
    pub phone: String,
    #[orm(db_default(postgres = "now()"))]
    pub last_update: DateTime<Utc>,
}
