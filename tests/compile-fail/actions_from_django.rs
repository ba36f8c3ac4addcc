//! What a foreign key does on deletion has other names there.

use orm::prelude::*;

#[derive(Model)]
pub struct Genre {
    pub id: i64,
}

#[derive(Model)]
pub struct Track {
    pub id: i64,
    #[orm(on_delete = Protect)]
    pub genre: ForeignKey<Genre>,
    #[orm(on_delete = DO_NOTHING, related_name = "+")]
    pub other: ForeignKey<Genre>,
}

fn main() {}
