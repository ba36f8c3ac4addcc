//! What was lent, and paid.

use orm::prelude::*;

use crate::shops::{Customer, Inventory, Staff};

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "rental")]
#[orm(trigger(name = "keep_last_update", before, update, function = "last_updated"))]
#[orm(unique(
    name = "idx_unq_rental_rental_date_inventory_id_customer_id",
    "rental_date",
    "inventory",
    "customer"
))]
#[orm(index(name = "idx_fk_inventory_id", "inventory"))]
pub struct Rental {
    #[orm(primary_key, column = "rental_id")]
    pub id: i32,
    pub rental_date: DateTime<Utc>,
    #[orm(on_delete = Restrict, on_update = Cascade, index = false, related_name = "rentals")]
    pub inventory: ForeignKey<Inventory>,
    #[orm(on_delete = Restrict, on_update = Cascade, index = false, related_name = "rentals")]
    pub customer: ForeignKey<Customer>,
    pub return_date: Option<DateTime<Utc>>,
    #[orm(on_delete = Restrict, on_update = Cascade, index = false, related_name = "rentals")]
    pub staff: ForeignKey<Staff>,
    #[orm(db_default(postgres = "now()"))]
    pub last_update: DateTime<Utc>,
}

/// The table is in partitions, one for each month, of which models say nothing: SQL by hand makes it, and the model is unmanaged. It is
/// read and written as any other; that a row goes to the partition of its date, and is found there, is the server's affair.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unmanaged, table = "payment")]
pub struct Payment {
    #[orm(primary_key)]
    pub payment_date: DateTime<Utc>,
    #[orm(primary_key, column = "payment_id")]
    pub id: i32,
    #[orm(related_name = "payments")]
    pub customer: ForeignKey<Customer>,
    #[orm(related_name = "payments")]
    pub staff: ForeignKey<Staff>,
    #[orm(related_name = "payments")]
    pub rental: ForeignKey<Rental>,
    #[orm(max_digits = 5, decimal_places = 2)]
    pub amount: Decimal,
}
