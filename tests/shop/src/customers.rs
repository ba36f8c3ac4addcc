//! People who buy, and what they belong to.

use std::net::IpAddr;
use std::time::Duration;

use orm::prelude::*;

use crate::Audit;
use crate::geo::Country;

orm::app!("customers");

/// An address of electronic mail, checked on its way in and out.
#[derive(ColumnType, Debug, Clone, PartialEq)]
#[orm(validate = Email::check)]
pub struct Email(pub String);

impl Email {
    fn check(text: &str) -> Result<(), &'static str> {
        match text.split_once('@') {
            Some((name, host)) if !name.is_empty() && host.contains('.') => Ok(()),
            _ => Err("an address of electronic mail has an @ and a host"),
        }
    }
}

#[derive(Embed, Debug, Clone, PartialEq)]
pub struct Address {
    #[orm(max_length = 100)]
    pub street: String,
    pub city: String,
    #[orm(max_length = 12, index)]
    pub postcode: String,
    #[orm(on_delete = Restrict)]
    pub country: ForeignKey<Country>,
    pub region: Option<String>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
#[orm(unique(name = "customer_email_once", |c| c.email.ascii_lower(), where = |c| c.left_at.is_null(), message = "the address is taken"))]
#[orm(index(name = "customer_new", "-score", "name", where = |c| c.standing.eq(Standing::New)))]
#[orm(check("customer_score_is_fair", |c| c.score.ge(-100) & c.score.le(100)))]
#[orm(foreign_key("home", fields("billing.country", "billing.region"), to = crate::geo::Region, on_update = Cascade, related_name = "customers"))]
pub struct Customer {
    pub id: i64,
    #[orm(unique, db_default = random_uuid)]
    pub token: Uuid,
    pub email: Email,
    #[orm(max_length = 100)]
    pub name: String,
    pub born: Option<NaiveDate>,
    #[orm(default = Standing::New)]
    pub standing: Standing,
    #[orm(default = Newsletter::Never)]
    pub newsletter: Newsletter,
    #[orm(default = 0)]
    pub score: i8,
    /// In the order in which they were given.
    #[orm(max_length = 10)]
    pub nicknames: Vec<String>,
    #[orm(embed, prefix = "billing_")]
    pub billing: Address,
    #[orm(embed, prefix = "delivery_")]
    pub delivery: Option<Address>,
    #[orm(on_delete = SetNull, related_name = "referred")]
    pub referred_by: Option<ForeignKey<Customer>>,
    pub left_at: Option<DateTime<Utc>>,
    #[orm(embed)]
    pub audit: Audit,
    #[orm(through = Membership, through_fields("customer", "group"), related_name = "members")]
    pub groups: ManyToMany<Group>,
    #[orm(symmetrical)]
    pub friends: ManyToMany<Self>,
}

/// An enum type of its own on Postgres.
#[derive(Choices, Debug, Clone, Copy, PartialEq)]
#[orm(native)]
pub enum Standing {
    New,
    Regular,
    Blocked,
}

#[derive(Choices, Debug, Clone, Copy, PartialEq)]
#[orm(integer = u8)]
pub enum Newsletter {
    Never = 0,
    Weekly = 1,
    Daily = 7,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("title"))]
pub struct Group {
    pub id: i32,
    #[orm(unique, max_length = 50)]
    pub title: String,
    #[orm(default = 0, comment = "percent")]
    pub discount: u8,
}

/// Two of its foreign keys point at customers.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unique("customer", "group"))]
pub struct Membership {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "memberships")]
    pub customer: ForeignKey<Customer>,
    #[orm(on_delete = Cascade, related_name = "memberships", deferrable = Immediate)]
    pub group: ForeignKey<Group>,
    #[orm(on_delete = SetNull, related_name = "+")]
    pub invited_by: Option<ForeignKey<Customer>>,
    pub since: NaiveDate,
}

/// Kept after the customer is gone, so nothing holds it to one that is there.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("-started"), index("from", "-started"))]
pub struct Visit {
    pub id: i64,
    #[orm(db_constraint = false, related_name = "visits")]
    pub customer: Option<ForeignKey<Customer>>,
    pub from: IpAddr,
    #[orm(db_default = now)]
    pub started: DateTime<Utc>,
    pub lasted: Option<Duration>,
    pub pages: Vec<u32>,
}
