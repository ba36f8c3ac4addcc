//! What customers think.

use orm::prelude::*;

use crate::Audit;
use crate::catalog::Product;
use crate::customers::Customer;

orm::app!("reviews");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    ordering("id"),
    unique("product", "customer", message = "one review for a product")
)]
#[orm(check("review_stars", |r| r.stars.ge(1) & r.stars.le(5)))]
#[orm(index(name = "review_best", "product", "-stars", where = |r| r.stars.ge(4) & r.hidden.eq(false)))]
pub struct Review {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "reviews")]
    pub product: ForeignKey<Product>,
    #[orm(on_delete = Cascade, related_name = "reviews")]
    pub customer: ForeignKey<Customer>,
    pub stars: u8,
    pub text: String,
    #[orm(default = false)]
    pub hidden: bool,
    /// Of which customers found it helpful.
    #[orm(related_name = "found_helpful")]
    pub helpful_to: ManyToMany<Customer>,
    #[orm(embed)]
    pub audit: Audit,
}

/// The shop's answer.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Answer {
    #[orm(primary_key, on_delete = Cascade)]
    pub review: OneToOne<Review>,
    pub text: String,
}
