//! What people reported of embedded structs elsewhere, and what happens here.

use orm::models::{ModelKey, registry};
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;

orm::app!("suite");

/// Its `id` is a column like any other.
#[derive(Embed, Debug, Clone, PartialEq)]
pub struct Network {
    #[orm(unique)]
    pub id: String,
    pub link: ForeignKey<Wire>,
    pub old: Option<ForeignKey<Wire>>,
    pub tags: Option<Vec<String>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Hub {
    pub id: i64,
    #[orm(embed)]
    pub mark: Mark,
}

#[derive(Embed, Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    #[orm(index)]
    pub number: i32,
}

/// Its primary key is a relation.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Wire {
    #[orm(primary_key, related_name = "wire")]
    pub hub: OneToOne<Hub>,
    #[orm(embed)]
    pub mark: Mark,
}

/// The embeds come before the key, whose position they move.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct NetAccount {
    #[orm(embed, prefix = "network_")]
    pub network: Network,
    #[orm(embed, prefix = "backup_")]
    pub backup: Option<Network>,
    pub id: i64,
    #[orm(related_name = "accounts")]
    pub hub: ForeignKey<Hub>,
    #[orm(related_name = "accounts")]
    pub others: ManyToMany<Wire>,
}

macro_rules! wire {
    ($db:expr, $number:expr) => {{
        let hub = run!(Hub::create().mark(Mark { number: $number }).save($db));
        run!(Wire::create().hub(&hub).mark(Mark { number: $number }).save($db))
    }};
}

fn network(id: &str, wire: &Wire) -> Network {
    Network {
        id: id.to_owned(),
        link: ForeignKey::to(wire),
        old: None,
        tags: None,
    }
}

behaviour! {
    // go-gorm/gorm 6517, 3286: the `id` of the embed was taken for the key.
    fn the_key_is_the_models_own_wherever_it_stands(db) {
        let wire = wire!(db, 1);
        let account = run!(NetAccount::create().network(network("n1", &wire)).hub(wire.hub.id()).save(db));
        assert_eq!((account.id, account.network.id.as_str()), (1, "n1"));
        assert_eq!(run!(NetAccount::get(1, db)), account);
        run!(account.others().add([&wire]).run(db));
        assert_eq!(run!(wire.accounts().all(db)), std::slice::from_ref(&account));
        let hub = run!(Hub::objects().get(db));
        assert_eq!(run!(hub.accounts().all(db)), std::slice::from_ref(&account));
        let with = run!(NetAccount::objects().with(|a| a.others()).with(|a| a.hub()).all(db));
        assert_eq!(with, [(account.clone(), vec![wire.clone()], hub)]);
        run!(account.update(|a| a.network.id.set("n2")).run(db));
        let twice = NetAccount::create().network(network("n2", &wire)).hub(wire.hub.id());
        assert_eq!(error(attempt!(twice.save(db))).fields(), ["network_id"]);
        assert_eq!(run!(account.delete(db)), ());
    }

    // dotnet/efcore 25359, micronaut-data 1245, spring-data-relational 1737: one NULL inside made the whole one missing, or a list did not.
    fn what_is_null_inside_does_not_decide_whether_it_is_there(db) {
        let wire = wire!(db, 1);
        let draft = || NetAccount::create().hub(wire.hub.id());
        let backup = network("b1", &wire);
        let account = run!(draft().network(network("n1", &wire)).backup(backup.clone()).save(db));
        assert_eq!(run!(NetAccount::get(account.id, db)).backup, Some(backup.clone()));
        let listed = Network { tags: Some(Vec::new()), ..network("b2", &wire) };
        let account = run!(draft().network(network("n2", &wire)).backup(Some(listed.clone())).save(db));
        assert_eq!(run!(NetAccount::get(account.id, db)).backup, Some(listed));
        // typeorm 3913: `null` for the whole left its columns as they were.
        run!(account.update(|a| a.backup.set(None)).run(db));
        assert_eq!(run!(NetAccount::get(account.id, db)).backup, None);
        // mikro-orm 4788: a key that is a relation itself, within what may be missing.
        let linked = NetAccount::objects().filter(|a| a.backup.link().mark.number.eq(1) & a.backup.link().hub().mark.number.eq(1));
        assert_eq!(run!(linked.values(|a| a.backup.id).all(db)), [Some("b1".to_owned())]);
        assert_eq!(run!(backup.link().get(db)), wire);
    }

    // go-gorm/playground 672: of two embeds with one relation only one had its foreign key.
    fn each_embed_has_its_own_foreign_keys(db) {
        let wire = wire!(db, 1);
        let lost = Wire { hub: OneToOne::new(99), ..wire.clone() };
        let draft = |network: Network, backup: Option<Network>| NetAccount::create().hub(wire.hub.id()).network(network).backup(backup);
        let first = error(attempt!(draft(network("n", &lost), None).save(db)));
        assert_eq!((first.is_foreign_key_violation(), first.fields()), (true, ["network_link".to_owned()].as_slice()));
        let second = error(attempt!(draft(network("n", &wire), Some(network("b", &lost))).save(db)));
        assert_eq!((second.is_foreign_key_violation(), second.fields()), (true, ["backup_link".to_owned()].as_slice()));
    }
}

// go-gorm/gorm 5060: the indexes of one embed had the same name in every table.
#[test]
fn indexes_inside_are_named_by_the_table() {
    let def = |name: &str| {
        let model = registry().unwrap().model(&ModelKey::new("suite", name)).unwrap();
        let index = model.def.field("number").unwrap().index;
        (model.table.clone(), index)
    };
    assert_eq!(def("Hub"), ("suite_hub".to_owned(), true));
    assert_eq!(def("Wire"), ("suite_wire".to_owned(), true));
}
