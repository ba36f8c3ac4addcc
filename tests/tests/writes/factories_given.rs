//! Factories: what is said twice, what has a default, and the numbers of a process.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct GivenClient {
    pub id: i64,
    pub name: String,
    #[orm(on_delete = SetNull, related_name = "+")]
    pub latest: Option<ForeignKey<GivenOrder>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct GivenOrder {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "orders")]
    pub client: ForeignKey<GivenClient>,
    #[orm(default = "new")]
    pub state: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct GivenRemark {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "remarks")]
    pub client: ForeignKey<GivenClient>,
    #[orm(on_delete = Cascade, related_name = "remarks")]
    pub order: ForeignKey<GivenOrder>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct GivenCountry {
    pub id: i64,
}

fn home() -> i64 {
    7
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct GivenTown {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "towns", default_fn = home)]
    pub country: ForeignKey<GivenCountry>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct GivenCell {
    #[orm(primary_key, max_length = 1)]
    pub line: String,
    #[orm(primary_key)]
    pub number: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(scope("open", |g| g.closed_at.is_null()))]
pub struct GivenGuild {
    pub id: i64,
    pub closed_at: Option<i64>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct GivenMaster {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "masters")]
    pub guild: ForeignKey<GivenGuild>,
}

behaviour! {
    /// A query may find no row there, which makes the key no less required.
    fn a_required_key_to_a_model_with_scopes_gets_its_row(db) {
        let masters = run!(GivenMaster::factory().many(3).build(db));
        let guilds = run!(GivenGuild::objects().order_by(|g| g.id).values(|g| g.id).all(db));
        assert_eq!(masters.iter().map(|master| master.guild.id()).collect::<Vec<_>>(), guilds);
        assert_eq!(guilds.len(), 3);
    }

    fn of_what_is_said_twice_the_last_counts(db) {
        let named = |name: &'static str| GivenClient::factory().set(move |c| c.name(name));
        let order = run!(GivenOrder::factory().with(|o| o.client(), named("first")).with(|o| o.client(), named("last")).build(db));
        assert_eq!(run!(order.client().get(db)).name, "last");
        assert_eq!(run!(GivenClient::objects().count(db)), 1);
    }

    fn a_foreign_key_leads_to_one_row(db) {
        let several = error(attempt!(GivenOrder::factory().with(|o| o.client(), GivenClient::factory().many(3)).build(db)));
        assert!(several.to_string().starts_with("suite.GivenOrder.client leads to one row, and 3 of suite.GivenClient are asked for"), "{several}");
        assert!(attempt!(GivenOrder::factory().with(|o| o.client(), GivenClient::factory().many(0)).build(db)).is_err());
        let one = GivenOrder::factory().with(|o| o.client(), GivenClient::factory().many(1)).many(3);
        assert_eq!(run!(one.build(db)).len(), 3);
        assert_eq!(run!(GivenClient::objects().count(db)), 3);
    }

    fn a_key_that_the_row_above_gives_is_not_given_by_hand(db) {
        let ann = run!(GivenClient::factory().build(db));
        let order = GivenOrder::factory().set(|o| o.client(&ann));
        let twice = error(attempt!(GivenClient::factory().with(|c| c.orders(), order).build(db)));
        assert!(twice.to_string().starts_with("suite.GivenOrder.client is given twice: as a value, and by the row that it is made with"), "{twice}");
        let order = GivenOrder::factory().with(|o| o.client(), GivenClient::factory());
        let twice = error(attempt!(GivenClient::factory().with(|c| c.orders(), order).build(db)));
        assert!(twice.to_string().starts_with("suite.GivenOrder.client is given twice"), "{twice}");
        assert_eq!(run!(GivenClient::objects().count(db)), 1);
    }

    fn a_foreign_key_with_a_default_takes_a_row_too(db) {
        let town = run!(GivenTown::factory().with(|t| t.country(), GivenCountry::factory().set(|c| c.id(3))).build(db));
        assert_eq!(town.country.id(), 3);
        run!(GivenCountry::factory().set(|c| c.id(7)).build(db));
        assert_eq!(run!(GivenTown::factory().build(db)).country.id(), 7, "the default");
        let near = run!(GivenCountry::factory().with(|c| c.towns(), GivenTown::factory().many(2)).build(db));
        assert_eq!(run!(near.towns().count(db)), 2);
        assert_eq!(run!(GivenCountry::objects().count(db)), 3);
    }

    fn rows_that_are_asked_for_close_no_circle(db) {
        let client = run!(GivenClient::factory().with(|c| c.latest(), GivenOrder::factory()).build(db));
        assert_ne!(run!(run!(client.latest().get(db)).client().get(db)), client);
        let client = GivenClient::factory().with(|c| c.remarks(), GivenRemark::factory());
        let order = run!(GivenOrder::factory().with(|o| o.client(), client).build(db));
        let remark = run!(GivenRemark::objects().get(db));
        assert_eq!(remark.client, order.client);
        assert_ne!(remark.order.id(), order.id);
    }

    fn a_part_of_a_key_begins_anew(db) {
        let cells = run!(GivenCell::factory().many(12).build(db));
        assert_eq!((&*cells[1].line, &*cells[11].line), ("2", "2"));
    }
}

#[test]
fn numbers_go_on_when_the_last_handle_is_gone() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::with_tables(backend);
        let made = |url: &str| value(GivenClient::factory().build(&value(Db::connect(url)))).name;
        assert_eq!(made(database.url()), "name-1");
        assert_eq!(made(database.url()), "name-2");
        if backend == Backend::Sqlite {
            let other_way = database.url().replace("/test.db", "/./test.db");
            assert_eq!(made(&other_way), "name-3");
        }
    }
}
