use orm::prelude::*;

#[derive(Model)]
struct Membership {
    #[orm(primary_key)]
    person: i64,
    #[orm(primary_key)]
    club: Option<String>,
    guests: ManyToMany<Guest>,
}

#[derive(Model)]
struct Seat {
    #[orm(primary_key)]
    row: i64,
    #[orm(primary_key)]
    number: i64,
}

#[derive(Model)]
struct Guest {
    id: i64,
    seat: Option<ForeignKey<Seat>>,
    #[orm(related_name = "+")]
    liked: ManyToMany<Seat>,
}

fn seats(db: &orm::Db) -> orm::Result<()> {
    Seat::create().row(1).save(db)?;
    Seat::get(1, db)?;
    Seat::get((1, "2"), db)?;
    Ok(())
}

fn main() {}
