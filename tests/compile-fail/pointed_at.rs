use orm::prelude::*;

#[derive(Model)]
struct Country {
    id: i64,
    #[orm(unique)]
    code: String,
    name: String,
}

#[derive(Model)]
struct Stamp {
    id: i64,
    #[orm(to = "name", related_name = "+")]
    repeated: ForeignKey<Country, String>,
    #[orm(to = "id", related_name = "+")]
    key: ForeignKey<Country, i64>,
    #[orm(to = "code", related_name = "+")]
    other_type: ForeignKey<Country, i64>,
    #[orm(to = "title", related_name = "+")]
    not_there: ForeignKey<Country, String>,
}

#[derive(Model)]
struct Parcel {
    id: i64,
    #[orm(to = "code", related_name = "+")]
    no_type: ForeignKey<Country>,
    #[orm(related_name = "+")]
    no_column: ForeignKey<Country, String>,
    #[orm(to = "the code", related_name = "+")]
    no_name: ForeignKey<Country, String>,
    #[orm(to = "self", related_name = "+")]
    no_field: ForeignKey<Country, String>,
    #[orm(to = "code")]
    title: String,
}

#[derive(Model)]
struct Letter {
    id: i64,
    #[orm(to = "code", related_name = "+")]
    country: ForeignKey<Country, String>,
}

#[derive(Model)]
struct Person {
    id: i64,
    #[orm(unique)]
    code: String,
    #[orm(through = Membership, through_fields("host", "person"))]
    guests: ManyToMany<Self>,
}

#[derive(Model)]
struct Membership {
    id: i64,
    #[orm(related_name = "+")]
    person: ForeignKey<Person>,
    #[orm(to = "code", related_name = "+")]
    host: ForeignKey<Person, String>,
}

fn letters(db: &Db, country: Country) -> orm::Result<()> {
    Letter::create().country(7).save(db)?;
    let wrong: ForeignKey<Country> = Letter::get(1, db)?.country;
    let row: ForeignKey<Country, String> = ForeignKey::to(&country);
    Ok(())
}

fn main() {}
