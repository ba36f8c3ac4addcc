//! Paths of trees and the order depth first, against walks by plain Rust.

use std::collections::BTreeMap;

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::{Author, Person};
use proptest::prelude::*;
use uuid::Uuid;

use orm_tests::samples::samples;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct NamedBranch {
    #[orm(primary_key, max_length = 40)]
    pub name: String,
    pub above: Option<ForeignKey<NamedBranch>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct NumberedBranch {
    pub id: Uuid,
    pub above: Option<ForeignKey<NumberedBranch>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct SmallBranch {
    pub id: i16,
    pub above: Option<ForeignKey<SmallBranch>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(foreign_key("up", fields("site", "above"), to = SitedBranch, on_delete = Cascade))]
pub struct SitedBranch {
    #[orm(primary_key)]
    pub site: i32,
    #[orm(primary_key, max_length = 40)]
    pub slug: String,
    #[orm(max_length = 40)]
    pub above: Option<String>,
}

/// The keys from one of `starts` to each row below it, by the parents of all rows, in the order depth first.
fn paths<K: Ord + Clone>(parents: &BTreeMap<K, Option<K>>, starts: &[K], include: bool) -> Vec<(K, Vec<K>)> {
    let mut found = Vec::new();
    for key in parents.keys() {
        let mut path = vec![key.clone()];
        while !starts.contains(&path[0]) && path.len() <= parents.len() {
            match &parents[&path[0]] {
                Some(above) => path.insert(0, above.clone()),
                None => break,
            }
        }
        if starts.contains(&path[0]) && (include || path.len() > 1) {
            found.push((key.clone(), path));
        }
    }
    found.sort_by(|(_, one), (_, other)| one.cmp(other));
    found
}

behaviour! {
    fn whole_numbers_strings_and_uuids(db) {
        for graph in samples(5, prop::collection::vec((any::<i16>(), prop::option::weighted(0.8, 0_usize..12)), 12)) {
            run!(Person::objects().update(|p| p.parent.set(None)).run(db));
            run!(Person::objects().delete().run(db));
            let mut keys: Vec<i64> = graph.iter().map(|(key, _)| i64::from(*key) * 281_474_976_710_657).collect();
            keys.sort();
            keys.dedup();
            run!(Person::bulk_create(keys.iter().map(|key| Person::create().id(*key).name(key.to_string()))).run(db));
            let mut parents: BTreeMap<i64, Option<i64>> = BTreeMap::new();
            for (at, key) in keys.iter().enumerate() {
                // Cycles too.
                let parent = graph[at].1.map(|parent| keys[parent % keys.len()]);
                run!(Person::objects().filter(|p| p.id.eq(*key)).update(|p| p.parent.set(parent.map(ForeignKey::new))).run(db));
                parents.insert(*key, parent);
            }
            for starts in [vec![keys[0]], vec![keys[1], keys[keys.len() - 1]], vec![]] {
                for include in [false, true] {
                    let from = Person::objects().filter(|p| p.id.in_(&starts));
                    let found = from
                        .descendants(|p| match include { true => p.parent().with_path().include_self(), false => p.parent().with_path() })
                        .order_by(|_| orm::depth_first())
                        .values(|p| (p.id, orm::path::<i64>()));
                    assert_eq!(run!(found.all(db)), paths(&parents, &starts, include), "{graph:?} {starts:?}");
                }
            }
        }
        run!(Person::objects().update(|p| p.parent.set(None)).run(db));

        let names = ["", "a", "a,", "a,b", "ab", "A", "é", "z\"[", "10", "9", "\u{10FFFF}", "'; --"];
        let above = [None, Some(0), Some(1), Some(1), Some(1), Some(0), Some(5), Some(5), Some(0), Some(0), Some(4), Some(10)];
        let mut parents: BTreeMap<String, Option<String>> = BTreeMap::new();
        for (name, above) in names.iter().zip(above) {
            let above: Option<String> = above.map(|above: usize| names[above].to_owned());
            let draft = NamedBranch::create().name(*name);
            run!(match &above { Some(above) => draft.above(above.as_str()), None => draft }.save(db));
            parents.insert((*name).to_owned(), above);
        }
        let all = NamedBranch::objects().filter(|b| b.above.is_null()).descendants(|b| b.above().with_path().include_self());
        let found = all.order_by(|_| orm::depth_first()).values(|b| (b.name, orm::path::<String>()));
        assert_eq!(run!(found.all(db)), paths(&parents, &[String::new()], true));

        let ids: Vec<Uuid> = (0..8_u128).map(|at| Uuid::from_u128((at * 7 % 8) << 125 | at)).collect();
        let mut parents: BTreeMap<Uuid, Option<Uuid>> = BTreeMap::new();
        for (at, id) in ids.iter().enumerate() {
            let above = (at > 0).then(|| ids[at / 2]);
            let draft = NumberedBranch::create().id(*id);
            run!(match above { Some(above) => draft.above(above), None => draft }.save(db));
            parents.insert(*id, above);
        }
        let all = NumberedBranch::objects().filter(|b| b.above.is_null()).descendants(|b| b.above().with_path());
        let found = all.order_by(|_| orm::depth_first()).values(|b| (b.id, orm::path::<Uuid>()));
        assert_eq!(run!(found.all(db)), paths(&parents, &ids[..1], false));

        for (id, above) in [(-2, None), (3, Some(-2)), (-9, Some(-2)), (5, Some(-9))] {
            let draft = SmallBranch::create().id(id);
            run!(match above { Some(above) => draft.above(above), None => draft }.save(db));
        }
        let all = SmallBranch::objects().filter(|b| b.above.is_null()).descendants(|b| b.above().with_path());
        let found = all.order_by(|_| orm::depth_first()).values(|b| (b.id, orm::path::<i16>()));
        assert_eq!(run!(found.all(db)), [(-9, vec![-2, -9]), (5, vec![-2, -9, 5]), (3, vec![-2, 3])]);
    }

    fn a_path_stands_beside_rows_and_in_queries_around(db) {
        let mut rows: Vec<Person> = Vec::new();
        for (name, parent) in [("root", None), ("a", Some(0)), ("b", Some(1)), ("c", Some(0)), ("d", Some(2))] {
            let draft = Person::create().name(name);
            rows.push(run!(match parent { Some(parent) => draft.parent(&rows[parent as usize]), None => draft }.save(db)));
        }
        let below = || Person::objects().filter(|p| p.name.eq("root")).descendants(|p| p.parent().with_path().max_depth(2));
        let outline = run!(below().annotate(|_| (orm::path::<i64>(), orm::depth())).order_by(|_| orm::depth_first()).with(|p| p.parent()).all(db));
        let told: Vec<_> = outline.iter().map(|(row, (path, depth), parent)| (row.name.as_str(), path.len() as i64 - depth, parent.as_ref().map(|p| p.name.as_str()))).collect();
        assert_eq!(told, [("a", 1, Some("root")), ("b", 1, Some("a")), ("c", 1, Some("root"))]);
        let backwards: Vec<String> = run!(below().order_by(|_| orm::depth_first()).reverse().values(|p| p.name).all(db));
        assert_eq!(backwards, ["c", "b", "a"]);
        // What passes through a row, how long it is, where it begins.
        let through = below().filter(|_| orm::path::<i64>().contains([rows[1].id])).order_by(|_| orm::depth_first());
        assert_eq!(run!(through.values(|p| p.name).all(db)), ["a", "b"]);
        assert_eq!(run!(below().order_by(|_| orm::depth_first()).values(|_| (orm::path::<i64>().length(), orm::path::<i64>().item(0))).all(db)), [(2, Some(rows[0].id)), (3, Some(rows[0].id)), (2, Some(rows[0].id))]);
        assert_eq!(run!(below().order_by(|_| orm::depth_first()).offset(1).limit(1).values(|p| p.name).all(db)), ["b"]);
        let (mut place, mut read) = (None, Vec::new());
        loop {
            let page = run!(below().order_by(|_| orm::depth_first()).after(place.as_ref(), 1, db));
            read.extend(page.rows.into_iter().map(|row| row.name));
            place = page.next;
            if place.is_none() { break; }
        }
        assert_eq!(read, ["a", "b", "c"]);
        // Picked, and the first of each level depth first.
        let first = below().order_by(|_| orm::depth_first()).distinct_on(|_| orm::depth());
        assert_eq!(run!(first.values(|p| p.name).all(db)), ["a", "b"]);
        assert_eq!(run!(below().filter(|_| orm::path::<i64>().length().gt(2)).delete().run(db)), 1);
    }

    fn a_path_that_is_not_there_is_refused(db) {
        let refused = |error: orm::Error, said: &str| assert!(error.to_string().contains(said), "{error}");
        refused(error(attempt!(Author::objects().values(|_| orm::path::<i64>()).all(db))), "`path()` is used in a query over suite.Author that does not have it");
        let below = || Person::objects().descendants(|p| p.parent());
        refused(error(attempt!(below().order_by(|_| orm::depth_first()).all(db))), "`depth_first()` is used in a query over suite.Person that does not have it");
        let below = || Person::objects().descendants(|p| p.parent().with_path());
        refused(error(attempt!(below().values(|_| orm::path::<i32>()).all(db))), "with keys of another type");
        refused(error(attempt!(below().values(|_| orm::path::<String>()).all(db))), "with keys of another type");
        refused(error(attempt!(Person::objects().ancestors(|p| p.parent().with_path()).all(db))), "with_path() is of descendants()");
        refused(error(attempt!(SitedBranch::objects().descendants(|b| b.up().with_path()).all(db))), "with_path() is of keys that are one");
    }
}
