use orm::prelude::*;

#[derive(Model)]
struct Group {
    id: i64,
}

struct Plain;

#[derive(Model)]
struct Membership {
    id: i64,
    #[orm(related_name = "+")]
    person: ForeignKey<Person>,
    #[orm(related_name = "+")]
    group: ForeignKey<Group>,
    since: i32,
}

#[derive(Model)]
struct Person {
    id: i64,
    #[orm(through = Membership, table = "memberships", related_name = "+")]
    a: ManyToMany<Group>,
    #[orm(through_fields("person", "group"), related_name = "+")]
    b: ManyToMany<Group>,
    #[orm(through = Membership, through_fields("person"), related_name = "+")]
    c: ManyToMany<Group>,
    #[orm(through = Plain, related_name = "+")]
    d: ManyToMany<Group>,
    #[orm(symmetrical, related_name = "+")]
    e: ManyToMany<Group>,
    #[orm(symmetrical, related_name = "friends_of")]
    f: ManyToMany<Self>,
    #[orm(through = Membership, symmetrical)]
    g: ForeignKey<Group>,
    #[orm(throuhg = Membership, related_name = "+")]
    h: ManyToMany<Group>,
    #[orm(through = "Membership", related_name = "+")]
    i: ManyToMany<Group>,
    #[orm(related_name = "+")]
    plain: ManyToMany<Group>,
    #[orm(through = Membership, related_name = "+")]
    groups: ManyToMany<Group>,
}

fn more(person: Person, group: Group, db: &orm::Db) -> orm::Result<()> {
    person.plain().add_with([&group], |m| m.since.set(1)).run(db)?;
    person.groups().add_with([&group], |m| m.sinze.set(1)).run(db)?;
    person.groups().add_with([&group], |m| m.since.set("long ago")).run(db)?;
    person.groups().add([&person]).run(db)?;
    Ok(())
}

fn main() {}
