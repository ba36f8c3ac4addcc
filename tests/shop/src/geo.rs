//! Countries and regions.

use orm::prelude::*;

orm::app!("geo");

/// Its key is what the world calls it.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("name"), comment = "ISO 3166-1")]
#[orm(check("country_code_is_upper_case", |c| c.code.eq(c.code.ascii_upper()), message = "a country code is in upper case"))]
pub struct Country {
    #[orm(primary_key, max_length = 2)]
    pub code: String,
    #[orm(unique)]
    pub name: String,
    #[orm(comment = "without the plus sign")]
    pub calling_code: u16,
    #[orm(default = Currency::Euro)]
    pub currency: Currency,
}

#[derive(Choices, Debug, Clone, Copy, PartialEq)]
pub enum Currency {
    #[orm(value = "EUR")]
    Euro,
    #[orm(value = "CHF")]
    Franc,
    #[orm(value = "USD")]
    Dollar,
}

/// Told apart within its country.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("country", "code"), without_rowid)]
pub struct Region {
    #[orm(primary_key, on_delete = Cascade, on_update = Cascade, related_name = "regions")]
    pub country: ForeignKey<Country>,
    #[orm(primary_key, max_length = 3)]
    pub code: String,
    pub name: String,
}
