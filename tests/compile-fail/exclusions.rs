use orm::prelude::*;

#[derive(Model)]
#[orm(exclude("room", "="), exclude(|s| s.room, "="), exclude(("room")), exclude(("room", =)), exclude())]
#[orm(exclude(("room", "overlaps")), exclude(("room", "<")), exclude(("rom", "=")), exclude(("-room", "=")))]
#[orm(exclude((|s| s.guest.ascii_lower(), "=")), exclude(name = "a", (|s| s.gest, "=")))]
#[orm(exclude(name = "b", ("room", "=", last)), exclude(name = "c", ("room", "="), method = gin))]
#[orm(exclude(name = "d", ("room", "="), nulls_not_distinct), exclude(name = "e", part("room")))]
#[orm(exclude(("room", "="), ("room", "<>")), index(("room", "=")), unique("room", method = gist))]
#[orm(exclude(("guest", "=")), exclude(("guest", "=")), exclude(("guest", "<>")))]
struct Stay {
    id: i64,
    room: i32,
    guest: String,
}

#[derive(Model)]
#[orm(exclude(("room", "="), ("guest", "<>")), exclude(name = "named", (|s| s.guest.ascii_lower(), "=", operators = "gist_text_ops"), where = |s| s.room.gt(0)))]
#[orm(exclude(name = "e", ("room", "=", desc, nulls = last), method = btree, deferrable = Deferred, message = "taken", include("guest"), with(fillfactor = 70)))]
struct Fine {
    id: i64,
    room: i32,
    guest: String,
}

fn main() {}
