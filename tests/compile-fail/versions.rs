use orm::prelude::*;

orm::app!("versions");

/// It counts, so it is a number.
#[derive(Model)]
struct Words {
    id: i64,
    #[orm(version)]
    version: String,
}

/// A number that is too small for many changes.
#[derive(Model)]
struct Small {
    id: i64,
    #[orm(version)]
    version: i16,
}

/// It is always there.
#[derive(Model)]
struct Perhaps {
    id: i64,
    #[orm(version)]
    version: Option<i64>,
}

/// Which of the two?
#[derive(Model)]
struct Twice {
    id: i64,
    #[orm(version)]
    version: i64,
    #[orm(version)]
    revision: i32,
}

/// The key stays as it is.
#[derive(Model)]
struct Keyed {
    #[orm(version)]
    id: i64,
}

/// It begins with 0.
#[derive(Model)]
struct Begun {
    id: i64,
    #[orm(version, default = 1)]
    version: i64,
}

/// A relation does not count.
#[derive(Model)]
struct Related {
    id: i64,
    #[orm(version)]
    begun: ForeignKey<Begun>,
}

/// A part of a row has no version of its own.
#[derive(Embed)]
struct Part {
    #[orm(version)]
    version: i64,
}

/// A row that is saved gets its new version, so it is `mut`.
fn changed(db: &Db) -> orm::Result<()> {
    let row = Begun::get(1, db)?;
    row.save(db)
}

fn main() {}
