//! A web shop: what real schemas say, as models. One file is one app.
//!
//! | app | tables |
//! |---|---|
//! | [`geo`] | countries, and regions whose key is two columns |
//! | [`customers`] | people, their addresses (embedded), groups and visits |
//! | [`catalog`] | products in a tree of categories, their variants and pictures |
//! | [`orders`] | orders and their lines, payments, coupons, shipments of some of the lines |
//! | [`stock`] | warehouses, bins, what is placed in them and what was moved |
//! | [`reviews`] | what customers think |
//! | [`bookings`] | appointments: what only Postgres has |
//!
//! The migrations in `migrations/` are those that `orm makemigrations` writes.

pub mod bookings;
pub mod catalog;
pub mod customers;
pub mod geo;
pub mod orders;
pub mod reviews;
pub mod stock;

/// The columns by which every table that changes says when it did.
#[derive(orm::Embed, Debug, Clone, PartialEq)]
pub struct Audit {
    #[orm(auto_now_add)]
    pub created_at: orm::prelude::DateTime<orm::prelude::Utc>,
    #[orm(auto_now)]
    pub changed_at: orm::prelude::DateTime<orm::prelude::Utc>,
}
