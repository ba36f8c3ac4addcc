use orm::prelude::*;

#[derive(Model)]
struct Membership {
    #[orm(primary_key)]
    person: i64,
    #[orm(primary_key)]
    club: Option<String>,
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
}

#[derive(Model)]
struct Usher {
    id: i64,
    #[orm(through = Watch)]
    seats: ManyToMany<Seat>,
}

#[derive(Model)]
#[orm(foreign_key("seat", fields("seat_row", "seat_number"), to = Seat, related_name = "+"))]
struct Watch {
    id: i64,
    #[orm(related_name = "+")]
    usher: ForeignKey<Usher>,
    seat_row: i64,
    seat_number: i64,
}

fn watched(usher: &Usher, db: &orm::Db) -> orm::Result<()> {
    usher.seats().add([(1, 2)]).run(db)?;
    usher.seats().add([1]).run(db)?;
    usher.seats().add([(1, "2")]).run(db)?;
    Ok(())
}

fn seats(db: &orm::Db) -> orm::Result<()> {
    Seat::create().row(1).save(db)?;
    Seat::get(1, db)?;
    Seat::get((1, "2"), db)?;
    Ok(())
}

fn main() {}
