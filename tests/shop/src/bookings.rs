//! Appointments in the shop's workshop: what only Postgres has.

use orm::prelude::*;

use crate::customers::Customer;

orm::app!("bookings");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(with(fillfactor = 80), comment = "where repairs are done")]
pub struct Desk {
    pub id: i16,
    #[orm(unique, collation = "C")]
    pub name: String,
    /// What can be done there.
    pub skills: Vec<String>,
    #[orm(comment = "the order in which desks are listed")]
    pub position: i32,
    pub floor: Option<i32>,
    pub room: Option<i32>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(exclude(name = "one_at_a_time", ("desk", "="), ("slot", "="), where = |b| b.cancelled.eq(false), message = "the desk is taken"))]
#[orm(unique("slot", "customer", include("cancelled"), nulls_not_distinct))]
#[orm(unique("number", deferrable = Deferred))]
#[orm(index("wishes", method = gin), index("made_at", method = brin, with(pages_per_range = 64)), index("note", method = hash))]
#[orm(index(name = "booking_by_note", part("note", desc, nulls = last, collation = "C", operators = "text_pattern_ops"), "slot", include("number")))]
#[orm(index(name = "booking_of_customer", part(|b| b.note.ascii_lower(), nulls = first), where = |b| b.customer.is_not_null(), with(fillfactor = 70)))]
pub struct Booking {
    pub id: i64,
    #[orm(on_delete = Cascade, not_valid, related_name = "bookings")]
    pub desk: ForeignKey<Desk>,
    #[orm(on_delete = SetNull, related_name = "bookings")]
    pub customer: Option<ForeignKey<Customer>>,
    pub slot: i64,
    pub number: i32,
    pub wishes: Vec<String>,
    pub note: Option<String>,
    #[orm(default = false)]
    pub cancelled: bool,
    #[orm(db_default = now)]
    pub made_at: DateTime<Utc>,
}
