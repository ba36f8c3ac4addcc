//! What is sold.

use orm::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Audit;
use crate::geo::Country;

orm::app!("catalog");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("name"))]
pub struct Brand {
    pub id: i16,
    #[orm(unique)]
    pub name: String,
    pub founded: Option<i16>,
    #[orm(on_delete = SetNull, related_name = "brands")]
    pub country: Option<ForeignKey<Country>>,
}

/// A tree.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("slug"), unique("parent", "slug"))]
#[orm(unique(name = "category_root_once", "slug", where = |c| c.parent.is_null()))]
pub struct Category {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "children")]
    pub parent: Option<ForeignKey<Category>>,
    #[orm(max_length = 40)]
    pub slug: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Tag {
    #[orm(primary_key, max_length = 30)]
    pub label: String,
}

/// The number by which a product is ordered: letters, a dash, digits.
#[derive(ColumnType, Debug, Clone, PartialEq, Eq, Hash)]
#[orm(validate = Sku::check)]
pub struct Sku(pub String);

impl Sku {
    fn check(text: &str) -> Result<(), &'static str> {
        match text.split_once('-') {
            Some((_, digits)) if digits.bytes().all(|digit| digit.is_ascii_digit()) => Ok(()),
            _ => Err("an article number is letters, a dash and digits"),
        }
    }
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct Details {
    pub colour: String,
    pub washable: Option<bool>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("title"), index("brand", "-price"))]
#[orm(index(name = "product_title", |p| p.title.ascii_lower(), "-id"))]
#[orm(check("product_price_is_positive", |p| p.price.gt(Decimal::ZERO), message = "a product costs something"))]
#[orm(check("product_sale_is_lower", |p| p.sale_price.is_null() | p.sale_price.lt(p.price)))]
pub struct Product {
    pub id: i64,
    #[orm(unique, max_length = 20)]
    pub sku: Sku,
    #[orm(max_length = 200)]
    pub title: String,
    #[orm(on_delete = Restrict, related_name = "products")]
    pub brand: ForeignKey<Brand>,
    #[orm(max_digits = 10, decimal_places = 2)]
    pub price: Decimal,
    #[orm(max_digits = 10, decimal_places = 2)]
    pub sale_price: Option<Decimal>,
    pub weight: f64,
    pub rating: Option<f32>,
    pub details: Json<Details>,
    /// Width, height and depth of each parcel.
    pub parcels: Vec<Vec<i16>>,
    pub sold_from: Option<NaiveDate>,
    pub released_at: Option<NaiveDateTime>,
    #[orm(generated = |p| p.title.ascii_lower().length())]
    pub title_length: i64,
    #[orm(version)]
    pub version: i64,
    #[orm(embed)]
    pub audit: Audit,
    #[orm(related_name = "products")]
    pub categories: ManyToMany<Category>,
    #[orm(related_name = "products", table = "product_labels")]
    pub tags: ManyToMany<Tag>,
    #[orm(symmetrical)]
    pub goes_with: ManyToMany<Self>,
}

/// Points at its product by the number that people know.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("product", "position"), unique("product", "size", "colour"))]
pub struct Variant {
    pub id: i64,
    #[orm(to = "sku", on_delete = Cascade, on_update = Cascade, related_name = "variants")]
    pub product: ForeignKey<Product, Sku>,
    #[orm(max_length = 10)]
    pub size: Option<String>,
    pub colour: Option<String>,
    #[orm(unique, column = "ean")]
    pub barcode: u64,
    #[orm(default = 0)]
    pub position: u8,
    #[orm(default = 0)]
    pub in_stock: u32,
    pub washes: Option<i32>,
    #[orm(through = crate::stock::Placement, related_name = "variants")]
    pub bins: ManyToMany<crate::stock::Bin>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Picture {
    #[orm(primary_key)]
    pub id: Uuid,
    #[orm(on_delete = Cascade, related_name = "pictures")]
    pub product: ForeignKey<Product>,
    pub bytes: Vec<u8>,
    #[orm(default = true)]
    pub shown: bool,
    pub taken: Option<NaiveTime>,
}
