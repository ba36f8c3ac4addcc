use orm::prelude::*;

#[derive(Model)]
struct Person {
    id: i64,
}

#[derive(Embed)]
struct Address {
    street: String,
    city: String,
}

/// It does not derive `Embed`.
struct Plain {
    street: String,
}

#[derive(Embed)]
#[orm(index("city"), check("n", |a| a.city.ne("")))]
struct Wrong {
    #[orm(primary_key)]
    id: i64,
    friends: ManyToMany<Person>,
    #[orm(related_name = "made")]
    maker: ForeignKey<Person>,
    #[orm(generated = |w| w.ctiy.ascii_lower())]
    city: String,
}

#[derive(Embed)]
struct Pair(i64, i64);

#[derive(Embed)]
enum Kind {
    One,
}

#[derive(Model)]
struct OnFields {
    id: i64,
    #[orm(embed, unique, column = "a", default = 1)]
    first: Address,
    #[orm(prefix = "a_")]
    second: String,
    #[orm(embed)]
    third: ForeignKey<Person>,
    #[orm(embed, prefix = "")]
    fourth: Address,
    #[orm(renamed_from = "")]
    fifth: i64,
    #[orm(flatten)]
    sixth: i64,
}

#[derive(Model)]
struct NoEmbed {
    id: i64,
    #[orm(embed)]
    address: Plain,
}

#[derive(Model)]
#[orm(index("address"), index("home_city"), index("city"), unique("address.twon"), ordering("-home.city.name"))]
struct Names {
    id: i64,
    #[orm(embed)]
    address: Address,
    #[orm(embed, prefix = "home_")]
    home: Address,
}

#[derive(Embed)]
struct Deep {
    #[orm(embed, prefix = "inner_")]
    inner: Address,
}

#[derive(Model)]
#[orm(index("deep.inner"))]
struct NotOneColumn {
    id: i64,
    #[orm(embed)]
    deep: Deep,
}

fn main() {
    let db = &Db::connect("sqlite::memory:").unwrap();
    let _ = Names::create().save(db);
    let _ = Names::create().address("Rome");
    let _ = Names::objects().filter(|n| n.address.twon.eq("Rome"));
    let _ = Names::objects().filter(|n| n.address.eq("Rome"));
}
