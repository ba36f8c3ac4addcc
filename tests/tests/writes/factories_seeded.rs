//! Factories whose values look random and are the same in each run.

use orm::prelude::*;
use orm::testing::Factory;
use orm_tests::behaviour;
use orm_tests::behaviour::value;
use orm_tests::{Backend, Database};

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Sown {
    pub id: i64,
    #[orm(unique, max_length = 40)]
    pub label: String,
    pub weight: i64,
    pub part: Option<f64>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Grain {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "grains")]
    pub sown: ForeignKey<Sown>,
    pub size: i64,
}

fn sown() -> Factory<Sown> {
    Sown::factory().seeded(42, |s, random| {
        s.weight(random.between(-5, 5)).part(random.fraction())
    })
}

/// What rows have, without their keys and numbers.
fn values(rows: &[Sown]) -> Vec<(i64, Option<f64>)> {
    rows.iter().map(|row| (row.weight, row.part)).collect()
}

behaviour! {
    fn a_seed_gives_the_same_values_whatever_was_made_before(db) {
        let once = run!(sown().many(50).build(db));
        run!(Sown::factory().many(7).build(db));
        let again = run!(sown().many(50).build(db));
        assert_eq!(values(&once), values(&again));
        // A longer list begins with the shorter.
        assert_eq!(values(&run!(sown().many(60).build(db)))[..50], values(&once));
        assert!(once.iter().all(|row| (-5..=5).contains(&row.weight)));
        assert!(once.iter().map(|row| row.weight).collect::<std::collections::HashSet<_>>().len() > 5);
        let labels: std::collections::HashSet<_> = once.iter().chain(&again).map(|row| &row.label).collect();
        assert_eq!(labels.len(), 100);
    }

    fn rows_within_have_a_place_of_their_own(db) {
        let grains = |seed| Grain::factory().seeded(seed, |g, random| g.size(random.between(0, 1_000_000)));
        let rows = run!(sown().with(|s| s.grains(), grains(1).many(4)).many(3).build(db));
        let sizes = Grain::objects().order_by(|g| g.id).values(|g| g.size);
        let sizes: Vec<i64> = run!(sizes.all(db));
        assert_eq!(sizes.iter().collect::<std::collections::HashSet<_>>().len(), 12);
        let alone: Vec<i64> = run!(grains(1).set(|g| g.sown(&rows[0])).many(12).build(db)).iter().map(|g| g.size).collect();
        assert_eq!(alone, sizes);
        let other: Vec<i64> = run!(grains(2).set(|g| g.sown(&rows[0])).many(12).build(db)).iter().map(|g| g.size).collect();
        assert_ne!(other, sizes);
    }

    fn what_is_said_last_counts(db) {
        let heavy = |rows: Factory<Sown>| rows.set(|s| s.weight(100));
        assert_eq!(run!(sown().state(heavy).build(db)).weight, 100);
        let drawn = run!(Sown::factory().state(heavy).seeded(42, |s, random| s.weight(random.between(-5, 5))).build(db));
        assert!((-5..=5).contains(&drawn.weight));
        let both = run!(sown().each(|s, n| s.label(format!("row {n}"))).many(2).build(db));
        assert!(both.iter().all(|row| row.label.starts_with("row ")));
    }
}

/// The same on both databases.
#[test]
fn a_seed_is_of_no_database() {
    let [lite, server] = [Backend::Sqlite, Backend::Postgres].map(|backend| {
        let database = Database::with_tables(backend);
        let db = value(Db::connect(database.url()));
        values(&value(sown().many(30).build(&db)))
    });
    assert_eq!(lite, server);
}
