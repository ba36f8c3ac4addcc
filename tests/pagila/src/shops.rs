//! Shops, those who work and buy there, and what stands on the shelves.

use orm::prelude::*;

use crate::films::Film;
use crate::places::Address;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "store")]
#[orm(trigger(name = "keep_last_update", before, update, function = "last_updated"))]
pub struct Store {
    #[orm(primary_key, column = "store_id")]
    pub id: i32,
    /// The original has no foreign key here: a shop and its manager would wait for each other.
    #[orm(db_constraint = false, related_name = "manages")]
    pub manager_staff: OneToOne<Staff>,
    #[orm(on_delete = Restrict, on_update = Cascade, index = false, related_name = "+")]
    pub address: ForeignKey<Address>,
    #[orm(db_default(postgres = "now()"))]
    pub last_update: DateTime<Utc>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "staff")]
#[orm(trigger(name = "keep_last_update", before, update, function = "last_updated"))]
pub struct Staff {
    #[orm(primary_key, column = "staff_id")]
    pub id: i32,
    pub first_name: String,
    pub last_name: String,
    #[orm(on_delete = Restrict, on_update = Cascade, index = false, related_name = "+")]
    pub address: ForeignKey<Address>,
    pub email: Option<String>,
    #[orm(deferrable = No, index = false, related_name = "staff")]
    pub store: ForeignKey<Store>,
    #[orm(default = true)]
    pub active: bool,
    pub username: String,
    pub password: Option<String>,
    #[orm(db_default(postgres = "now()"))]
    pub last_update: DateTime<Utc>,
    pub picture: Option<Vec<u8>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "customer")]
#[orm(trigger(name = "keep_last_update", before, update, function = "last_updated"))]
#[orm(
    index(name = "idx_fk_address_id", "address"),
    index(name = "idx_fk_store_id", "store")
)]
#[orm(index(name = "idx_last_name", "last_name"))]
pub struct Customer {
    #[orm(primary_key, column = "customer_id")]
    pub id: i32,
    #[orm(on_delete = Restrict, on_update = Cascade, index = false, related_name = "customers")]
    pub store: ForeignKey<Store>,
    pub first_name: String,
    pub last_name: String,
    pub email: Option<String>,
    #[orm(on_delete = Restrict, on_update = Cascade, index = false, related_name = "customers")]
    pub address: ForeignKey<Address>,
    #[orm(default = true)]
    pub activebool: bool,
    #[orm(db_default(postgres = "CURRENT_DATE"))]
    pub create_date: NaiveDate,
    #[orm(db_default(postgres = "now()"))]
    pub last_update: Option<DateTime<Utc>>,
    pub active: Option<i32>,
}

/// A copy of a film in a shop.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "inventory")]
#[orm(trigger(name = "keep_last_update", before, update, function = "last_updated"))]
#[orm(index(name = "idx_store_id_film_id", "store", "film"))]
pub struct Inventory {
    #[orm(primary_key, column = "inventory_id")]
    pub id: i32,
    #[orm(on_delete = Restrict, on_update = Cascade, index = false, related_name = "copies")]
    pub film: ForeignKey<Film>,
    #[orm(on_delete = Restrict, on_update = Cascade, index = false, related_name = "copies")]
    pub store: ForeignKey<Store>,
    #[orm(db_default(postgres = "now()"))]
    pub last_update: DateTime<Utc>,
}
