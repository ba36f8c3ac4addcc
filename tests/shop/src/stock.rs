//! Where the goods are.

use chrono::TimeDelta;
use orm::prelude::*;

use crate::catalog::Variant;
use crate::customers::Customer;
use crate::geo::Country;

orm::app!("stock");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Warehouse {
    pub id: i32,
    #[orm(unique, max_length = 5)]
    pub code: String,
    #[orm(on_delete = Restrict, related_name = "+")]
    pub country: ForeignKey<Country>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("warehouse", "code"), unique("warehouse", "aisle", "shelf"))]
pub struct Bin {
    #[orm(primary_key, on_delete = Cascade, related_name = "bins")]
    pub warehouse: ForeignKey<Warehouse>,
    #[orm(primary_key, max_length = 8)]
    pub code: String,
    pub aisle: i16,
    pub shelf: i16,
}

/// How many of a variant lie in a bin.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unique("variant", "warehouse", "bin_code"))]
#[orm(foreign_key("bin", fields("warehouse", "bin_code"), to = Bin, on_delete = Cascade, on_update = Cascade, related_name = "placements"))]
#[orm(index("warehouse", "bin_code"))]
pub struct Placement {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "placements")]
    pub variant: ForeignKey<Variant>,
    pub warehouse: i32,
    pub bin_code: String,
    #[orm(default = 0)]
    pub amount: u32,
}

/// From a place in a warehouse, and to one; it is told by where it is, not by its code.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
#[orm(foreign_key("from", fields("warehouse", "from_aisle", "from_shelf"), to = Bin, to_fields("warehouse", "aisle", "shelf"), related_name = "taken"))]
#[orm(foreign_key("into", fields("warehouse", "into_aisle", "into_shelf"), to = Bin, to_fields("warehouse", "aisle", "shelf"), related_name = "put"))]
#[orm(check("movement_moves", |m| m.amount.ne(0)))]
pub struct Movement {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "movements")]
    pub variant: ForeignKey<Variant>,
    #[orm(on_delete = Cascade, related_name = "movements")]
    pub warehouse: ForeignKey<Warehouse>,
    pub from_aisle: Option<i16>,
    pub from_shelf: Option<i16>,
    pub into_aisle: Option<i16>,
    pub into_shelf: Option<i16>,
    pub amount: i32,
    pub took: Option<TimeDelta>,
    #[orm(db_constraint = false, related_name = "+")]
    pub requested_by: Option<ForeignKey<Customer>>,
    #[orm(db_default(sqlite = "strftime('%Y-%m-%d', 'now')", postgres = "CURRENT_DATE"))]
    pub on: NaiveDate,
}
