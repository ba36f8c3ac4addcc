//! `create().with(..)` where a key comes from two sides.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct TwicePerson {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct TwiceLetter {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "letters")]
    pub author: ForeignKey<TwicePerson>,
    #[orm(on_delete = SetNull, related_name = "received")]
    pub reader: Option<ForeignKey<TwicePerson>>,
    pub title: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct TwiceWorker {
    #[orm(primary_key)]
    pub tenant: i32,
    #[orm(primary_key)]
    pub number: i32,
    #[orm(through = TwiceRota, related_name = "workers")]
    pub duties: ManyToMany<TwiceDuty>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct TwiceDuty {
    #[orm(primary_key)]
    pub tenant: i32,
    #[orm(primary_key)]
    pub code: String,
}

/// Both keys have one column in common.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(foreign_key("worker", fields("tenant", "worker_number"), to = TwiceWorker, on_delete = Cascade, related_name = "rotas"))]
#[orm(foreign_key("duty", fields("tenant", "duty_code"), to = TwiceDuty, on_delete = Cascade, related_name = "rotas"))]
pub struct TwiceRota {
    pub id: i64,
    pub tenant: i32,
    pub worker_number: i32,
    pub duty_code: String,
}

fn person(name: &'static str) -> TwicePersonCreate<orm::__private::Assigned> {
    TwicePerson::create().name(name)
}

behaviour! {
    fn a_key_that_comes_from_two_rows_is_refused(db) {
        let letter = || TwiceLetter::create().title("x");
        let both = person("Ann").with(|p| p.letters(), [letter().with(|l| l.author(), person("Bob"))]);
        let above = error(attempt!(both.save(db)));
        assert!(above.to_string().starts_with("`author` of a new suite.TwiceLetter comes from two rows that it is created with"), "{above}");
        let beside = error(attempt!(letter().author(1).with(|l| l.reader(), person("Ann")).with(|l| l.reader(), person("Bob")).save(db)));
        assert!(beside.to_string().starts_with("`reader` of a new suite.TwiceLetter comes from two rows"), "{beside}");
        assert_eq!(run!(TwicePerson::objects().count(db)), 0);
        let (_, letters) = run!(person("Ann").with(|p| p.letters(), [letter().with(|l| l.reader(), person("Bob"))]).save(db));
        assert_eq!(letters[0].1.as_ref().map(|bob| &*bob.name), Some("Bob"), "another key");
    }

    fn keys_that_share_a_column_agree_on_it(db) {
        let duty = |tenant: i32| TwiceDuty::create().tenant(tenant).code("cook");
        let worker = || TwiceWorker::create().tenant(1).number(7);
        let differ = error(attempt!(worker().with(|w| w.duties(), [duty(2)]).save(db)));
        assert!(differ.to_string().contains("`tenant` of a new suite.TwiceRota comes from two rows that it is created with, which have different values"), "{differ}");
        assert_eq!(run!(TwiceWorker::objects().count(db)), 0, "all or none");
        let (worker, _) = run!(worker().with(|w| w.duties(), [duty(1)]).save(db));
        assert_eq!(run!(worker.duties().count(db)), 1);
        let made = error(attempt!(TwiceWorker::factory().set(|w| w.tenant(5)).with(|w| w.duties(), TwiceDuty::factory().set(|d| d.tenant(6))).build(db)));
        assert!(made.to_string().contains("`tenant` of a new suite.TwiceRota comes from two rows"), "{made}");
        let made = run!(TwiceWorker::factory().set(|w| w.tenant(5)).with(|w| w.duties(), TwiceDuty::factory().set(|d| d.tenant(5))).build(db));
        assert_eq!(run!(made.duties().count(db)), 1);
    }
}
