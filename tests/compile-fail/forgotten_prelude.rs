use orm::{Db, Model};

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
    country: ForeignKey<Country>,
}

#[derive(Model)]
struct Country {
    id: i64,
}

mod blog {
    use orm::prelude::*;

    #[derive(Model)]
    pub struct Post {
        pub id: i64,
        #[orm(related_name = "posts")]
        pub country: ForeignKey<super::Country>,
    }
}

fn queries(db: &Db) {
    let _ = Author::objects().all(db);
    let _ = Author::create();
}

fn the_way_back(country: &Country) {
    let _ = country.posts();
}

fn main() {}
