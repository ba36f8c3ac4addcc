//! Fields that models of another crate share.

use orm::prelude::*;

/// Where somebody lives.
#[derive(Embed, Debug, Clone, PartialEq)]
pub struct Address {
    #[orm(max_length = 60)]
    pub street: String,
    #[orm(index, column = "Town")]
    pub city: String,
    pub floor: Option<i32>,
}
