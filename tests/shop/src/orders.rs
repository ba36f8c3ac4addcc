//! Who has bought what.

use orm::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Audit;
use crate::catalog::Variant;
use crate::customers::{Address, Customer};

orm::app!("orders");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(check("coupon_percent", |c| c.percent.ge(1) & c.percent.le(100)))]
#[orm(check("coupon_ends_later", |c| c.until.is_null() | c.until.gt(c.from)))]
pub struct Coupon {
    #[orm(primary_key, max_length = 20)]
    pub code: String,
    pub percent: u8,
    pub from: NaiveDate,
    pub until: Option<NaiveDate>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "shop_order", ordering("-placed_at", "number"))]
#[orm(index(name = "order_open", "customer", "-placed_at", where = |o| o.state.eq(State::Open)))]
pub struct Order {
    #[orm(primary_key)]
    pub id: Uuid,
    #[orm(unique)]
    pub number: u64,
    #[orm(on_delete = Restrict, deferrable = No, related_name = "orders")]
    pub customer: ForeignKey<Customer>,
    #[orm(on_delete = SetNull, on_update = Cascade, related_name = "orders")]
    pub coupon: Option<ForeignKey<Coupon>>,
    #[orm(default = State::Open)]
    pub state: State,
    #[orm(db_default = now)]
    pub placed_at: DateTime<Utc>,
    #[orm(embed, prefix = "to_")]
    pub delivery: Address,
    pub note: Option<String>,
    #[orm(embed)]
    pub audit: Audit,
}

#[derive(Choices, Debug, Clone, Copy, PartialEq)]
pub enum State {
    Open,
    Paid,
    Sent,
    Cancelled,
}

/// Told apart within its order.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("order", "position"))]
#[orm(check("order_line_has_something", |l| l.quantity.gt(0)))]
pub struct OrderLine {
    #[orm(primary_key, on_delete = Cascade, related_name = "lines")]
    pub order: ForeignKey<Order>,
    #[orm(primary_key)]
    pub position: i32,
    #[orm(on_delete = Restrict, related_name = "lines")]
    pub variant: ForeignKey<Variant>,
    #[orm(default = 1)]
    pub quantity: i64,
    #[orm(comment = "in cents")]
    pub price: i64,
    #[orm(generated = |l| l.price * l.quantity)]
    pub total: i64,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct Receipt {
    pub provider: String,
    pub numbers: Vec<u64>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Payment {
    pub id: i64,
    #[orm(on_delete = Cascade)]
    pub order: OneToOne<Order>,
    #[orm(max_digits = 12, decimal_places = 2)]
    pub amount: Decimal,
    pub receipt: Option<Json<Receipt>>,
    #[orm(db_default = now)]
    pub paid_at: DateTime<Utc>,
}

/// Some lines of an order, on their way.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Shipment {
    pub id: i64,
    #[orm(max_length = 30)]
    pub carrier: String,
    #[orm(unique)]
    pub tracking: Option<String>,
    #[orm(through = ShipmentLine, related_name = "shipments")]
    pub lines: ManyToMany<OrderLine>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unique("order", "position", "shipment"))]
#[orm(foreign_key("line", fields("order", "position"), to = OrderLine, on_delete = Cascade, related_name = "shipped"))]
pub struct ShipmentLine {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "shipped")]
    pub shipment: ForeignKey<Shipment>,
    pub order: Uuid,
    pub position: i32,
    #[orm(default = 1)]
    pub quantity: i64,
}
