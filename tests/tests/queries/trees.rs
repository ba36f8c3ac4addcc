//! Descendants and ancestors, against walks by plain Rust: of trees, forests and cycles.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use orm::prelude::*;
use orm::queries::{TreeStep, count};
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::{Author, Person};
use proptest::prelude::*;

use orm_tests::samples::samples;

orm::app!("suite");

/// A tree along a key that is not the primary key.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Taxon {
    pub id: i64,
    #[orm(unique, max_length = 40)]
    pub name: String,
    #[orm(to = "name", related_name = "below")]
    pub genus: Option<ForeignKey<Taxon, String>>,
    pub data: Json<serde_json::Value>,
}

/// A tree whose rows have keys of two fields.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(foreign_key("up", fields("site", "above"), to = Page2, on_delete = Cascade))]
pub struct Page2 {
    #[orm(primary_key)]
    pub site: i32,
    #[orm(primary_key, max_length = 40)]
    pub slug: String,
    #[orm(max_length = 40)]
    pub above: Option<String>,
}

/// What rows are found from `start`, by the fewest steps.
fn walked(
    parents: &BTreeMap<i64, Option<i64>>,
    start: &BTreeSet<i64>,
    up: bool,
    most: usize,
) -> BTreeMap<i64, i64> {
    let mut found: BTreeMap<i64, i64> = start.iter().map(|key| (*key, 0)).collect();
    let mut queue: VecDeque<i64> = start.iter().copied().collect();
    while let Some(at) = queue.pop_front() {
        let depth = found[&at];
        if depth as usize >= most {
            continue;
        }
        let next: Vec<i64> = match up {
            true => parents[&at].into_iter().collect(),
            false => parents
                .iter()
                .filter(|(_, parent)| **parent == Some(at))
                .map(|(key, _)| *key)
                .collect(),
        };
        for key in next {
            if let std::collections::btree_map::Entry::Vacant(new) = found.entry(key) {
                new.insert(depth + 1);
                queue.push_back(key);
            }
        }
    }
    found
}

/// How many rows a large tree has, and how deep it is.
const ROWS: i64 = 5_000;
const DEPTH: i64 = 2_000;

behaviour! {
    fn every_row_is_found_once_by_the_fewest_steps(db) {
        for graph in samples(8, prop::collection::vec(prop::option::weighted(0.85, 0_usize..14), 14)) {
            run!(Person::objects().update(|p| p.parent.set(None)).run(db));
            run!(Person::objects().delete().run(db));
            let rows = run!(Person::bulk_create((0..14).map(|at| Person::create().name(format!("ü{at}")))).all(db));
            let mut parents = BTreeMap::new();
            for (at, parent) in graph.iter().enumerate() {
                let parent = parent.map(|parent| rows[parent].id);
                let of = || Person::objects().filter(|p| p.id.eq(rows[at].id));
                if let Some(parent) = parent {
                    run!(of().update(|p| p.parent.set(parent)).run(db));
                }
                parents.insert(rows[at].id, parent);
            }
            for starts in [vec![0], vec![3, 7], vec![1, 2, 5, 9, 11], vec![]] {
                let start: BTreeSet<i64> = starts.iter().map(|at: &usize| rows[*at].id).collect();
                let keys: Vec<i64> = start.iter().copied().collect();
                let from = || Person::objects().filter(|p| p.id.in_(&keys));
                for most in [None, Some(0), Some(1), Some(3)] {
                    for include in [false, true] {
                        let step = |p: orm_tests::models::PersonFields| -> TreeStep<Person> {
                            match (most, include) {
                                (None, true) => p.parent().include_self(),
                                (None, false) => p.parent().max_depth(u64::MAX),
                                (Some(most), true) => p.parent().max_depth(most).include_self(),
                                (Some(most), false) => p.parent().max_depth(most),
                            }
                        };
                        let limit = most.map_or(usize::MAX, |most| most as usize);
                        let expected = |up: bool| -> Vec<(i64, i64)> {
                            let found = walked(&parents, &start, up, limit);
                            found.into_iter().filter(|(_, depth)| include || *depth > 0).collect()
                        };
                        let down = from().descendants(step).order_by(|p| p.id).values(|p| (p.id, orm::depth()));
                        assert_eq!(run!(down.all(db)), expected(false), "{graph:?} {starts:?} {most:?} {include}");
                        let up = from().ancestors(step).order_by(|p| p.id).values(|p| (p.id, orm::depth()));
                        assert_eq!(run!(up.all(db)), expected(true), "{graph:?} {starts:?} {most:?} {include}");
                    }
                }
            }
        }
        run!(Person::objects().update(|p| p.parent.set(None)).run(db));
    }

    fn what_is_found_is_a_query_as_any_other(db) {
        // root: a(b(c, d), e), other(f)
        let names = ["root", "a", "b", "c", "d", "e", "other", "f"];
        let parents = [None, Some(0), Some(1), Some(2), Some(2), Some(1), None, Some(6)];
        let mut rows: Vec<Person> = Vec::new();
        for (name, parent) in names.iter().zip(parents) {
            let draft = Person::create().name(*name);
            rows.push(run!(match parent {
                Some(parent) => draft.parent(&rows[parent]),
                None => draft,
            }
            .save(db)));
        }
        let named = |name: &'static str| Person::objects().filter(move |p| p.name.eq(name));
        let below = || named("root").descendants(|p| p.parent());
        let names = |rows: &[Person]| rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>().join(" ");
        assert_eq!(names(&run!(below().order_by(|p| (orm::depth().desc(), p.name)).all(db))), "c d b e a");
        assert_eq!(run!(below().count(db)), 5);
        assert!(run!(below().filter(|_| orm::depth().eq(3)).exists(db)));
        assert_eq!(names(&run!(below().filter(|p| orm::depth().ge(2) & p.name.ne("e")).order_by(|p| p.name).offset(1).limit(1).all(db))), "c");
        let beside = run!(below().annotate(|_| orm::depth()).with(|p| p.parent()).order_by(|p| p.name).limit(2).all(db));
        let told: Vec<_> = beside.iter().map(|(row, depth, parent)| (row.name.as_str(), *depth, parent.as_ref().map(|parent| parent.name.as_str()))).collect();
        assert_eq!(told, [("a", 1, Some("root")), ("b", 2, Some("a"))]);
        assert_eq!(run!(below().group_by(|_| orm::depth()).values(|_| (orm::depth(), count())).order_by(|_| orm::depth()).all(db)), [(1, 1), (2, 2), (3, 2)]);
        assert_eq!(run!(below().aggregate(|_| orm::depth().max()).run(db)), Some(3));
        // The last of each level, and of a window beside the depth.
        let last = below()
            .annotate(|p| orm::row_number().over(|w| w.partition_by(orm::depth()).order_by(p.name.desc())))
            .qualify(|_, place| place.eq(1) & orm::depth().gt(1))
            .order_by(|_| orm::depth());
        let told: Vec<_> = run!(last.all(db)).into_iter().map(|(row, place)| (row.name, place)).collect();
        assert_eq!(told, [("e".to_owned(), 1), ("d".to_owned(), 1)]);
        // From rows that are found, from rows that are cut off, and from none.
        assert_eq!(names(&run!(below().filter(|_| orm::depth().eq(1)).descendants(|p| p.parent().max_depth(1)).order_by(|p| p.name).all(db))), "b e");
        assert_eq!(names(&run!(named("d").ancestors(|p| p.parent()).descendants(|p| p.parent()).order_by(|p| p.name).all(db))), "c d e");
        let first = Person::objects().filter(|p| p.parent.is_null()).order_by(|p| p.name).limit(1);
        assert_eq!(names(&run!(first.clone().descendants(|p| p.parent()).all(db))), "f");
        assert_eq!(names(&run!(first.distinct().descendants(|p| p.parent()).all(db))), "f");
        assert_eq!(run!(Person::objects().none().descendants(|p| p.parent()).count(db)), 0);
        let top = below().annotate(|p| orm::rank().over(|w| w.order_by(p.name))).qualify(|_, rank| rank.eq(2)).only_rows();
        assert_eq!(names(&run!(top.descendants(|p| p.parent()).order_by(|p| p.name).all(db))), "c d");
        // Within others, of an outer row, and combined.
        let sizes = Person::objects().filter(|p| p.parent.is_null()).order_by(|p| p.name).values(|p| {
            let all = Person::objects().filter(move |q| q.id.eq(p.id)).descendants(|q| q.parent());
            (p.name, orm::subquery(all.clone()).count(), orm::subquery(all).aggregate(|_| orm::depth().max()))
        });
        assert_eq!(run!(sizes.all(db)), [("other".to_owned(), 1, Some(1)), ("root".to_owned(), 5, Some(3))]);
        let leaves = Person::objects().filter(|p| p.id.in_(below().filter(|_| orm::depth().eq(3)).values(|q| q.id)));
        assert_eq!(names(&run!(leaves.order_by(|p| p.name).all(db))), "c d");
        assert_eq!(run!(below().union(named("f")).count(db)), 6);
        assert_eq!(names(&run!(below().difference(named("b").descendants(|p| p.parent().include_self())).order_by(|p| p.name).all(db))), "a e");
        assert!(run!(below().contains(&rows[3], db)) && !run!(below().contains(&rows[7], db)));
        let page = run!(below().order_by(|p| (orm::depth(), p.name)).page(2, 2, db));
        assert_eq!((names(&page.rows).as_str(), page.total), ("e c", 5));
        let part = run!(below().order_by(|p| (orm::depth(), p.name)).after(None, 2, db));
        let next = run!(below().order_by(|p| (orm::depth(), p.name)).after(part.next.as_ref(), 2, db));
        assert_eq!((names(&part.rows), names(&next.rows)), ("a b".to_owned(), "e c".to_owned()));
        assert_eq!(run!(below().filter(|_| orm::depth().ge(3)).update(|p| p.name.set("leaf")).run(db)), 2);
        assert_eq!(run!(named("leaf").count(db)), 2);
        assert_eq!(run!(named("b").descendants(|p| p.parent().include_self()).delete().run(db)), 3);
        assert_eq!(names(&run!(below().order_by(|p| p.name).all(db))), "a e");
    }

    fn trees_along_other_keys(db) {
        for (name, genus) in [("life", None), ("cats", Some("life")), ("lynx", Some("cats")), ("dogs", Some("life"))] {
            let draft = Taxon::create().name(name).data(Json(serde_json::json!({ "n": name })));
            run!(match genus {
                Some(genus) => draft.genus(genus.to_owned()),
                None => draft,
            }
            .save(db));
        }
        let found = Taxon::objects().filter(|t| t.name.eq("life")).descendants(|t| t.genus()).order_by(|t| (orm::depth(), t.name));
        assert_eq!(run!(found.values(|t| (t.name, orm::depth())).all(db)), [("cats".to_owned(), 1), ("dogs".to_owned(), 1), ("lynx".to_owned(), 2)]);
        let above = Taxon::objects().filter(|t| t.name.eq("lynx")).distinct().ancestors(|t| t.genus().include_self()).order_by(|_| orm::depth().desc());
        assert_eq!(run!(above.all(db)).iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["life", "cats", "lynx"]);

        let pages = [(1, "home", None), (1, "shop", Some("home")), (1, "cart", Some("shop")), (2, "home", None), (2, "shop", Some("home"))];
        run!(Page2::bulk_create(pages.map(|(site, slug, above)| Page2::create().site(site).slug(slug).above(above.map(str::to_owned)))).run(db));
        let below = || Page2::objects().filter(|p| p.site.eq(1) & p.slug.eq("home")).descendants(|p| p.up());
        assert_eq!(run!(below().order_by(|_| orm::depth()).values(|p| (p.site, p.slug)).all(db)), [(1, "shop".to_owned()), (1, "cart".to_owned())]);
        let above = Page2::objects().filter(|p| p.slug.eq("cart")).ancestors(|p| p.up());
        assert_eq!(run!(above.order_by(|_| orm::depth()).values(|p| (p.site, p.slug, orm::depth())).all(db)), [(1, "shop".to_owned(), 1), (1, "home".to_owned(), 2)]);
        // What goes with the rows that they point at, SQLite does not count.
        run!(below().delete().run(db));
        assert_eq!(run!(Page2::objects().order_by(|p| (p.site, p.slug)).values(|p| (p.site, p.slug)).all(db)), [(1, "home".to_owned()), (2, "home".to_owned()), (2, "shop".to_owned())]);
    }

    fn a_large_tree_and_a_deep_one(db) {
        // A chain, and rows below each of its first.
        let rows = (1..=ROWS).map(|at| {
            let draft = Person::create().id(at).name(at.to_string());
            match at {
                1 => draft,
                at if at <= DEPTH => draft.parent(at - 1),
                at => draft.parent(1 + at % 50),
            }
        });
        run!(Person::bulk_create(rows.collect::<Vec<_>>()).run(db));
        let below = || Person::objects().filter(|p| p.id.eq(1)).descendants(|p| p.parent());
        assert_eq!(run!(below().count(db)), ROWS - 1);
        assert_eq!(run!(below().aggregate(|_| orm::depth().max()).run(db)), Some(DEPTH - 1));
        assert_eq!(run!(below().order_by(|_| orm::depth().desc()).values(|p| (p.id, orm::depth())).first(db)), Some((DEPTH, DEPTH - 1)));
        let above = || Person::objects().filter(|p| p.id.eq(DEPTH)).ancestors(|p| p.parent());
        assert_eq!(run!(above().order_by(|_| orm::depth().desc()).values(|p| (p.id, orm::depth())).first(db)), Some((1, DEPTH - 1)));
        assert_eq!(run!(above().count(db)), DEPTH - 1);
        // From many rows: of all that they start from, and of all beyond them.
        let beyond = |least: i64| Person::objects().filter(move |p| p.id.ge(least));
        assert_eq!(run!(beyond(1).descendants(|p| p.parent()).count(db)), 0);
        assert_eq!(run!(beyond(1).descendants(|p| p.parent().include_self()).count(db)), ROWS);
        assert_eq!(run!(beyond(DEPTH).ancestors(|p| p.parent()).count(db)), DEPTH - 1);
        assert_eq!(run!(Person::objects().filter(|p| p.id.le(50)).descendants(|p| p.parent()).count(db)), ROWS - 50);
        // A cycle through all of the chain.
        run!(Person::objects().filter(|p| p.id.eq(1)).update(|p| p.parent.set(DEPTH)).run(db));
        assert_eq!(run!(below().count(db)), ROWS - 1);
        assert_eq!(run!(above().count(db)), DEPTH - 1);
        assert_eq!(run!(Person::objects().filter(|p| p.id.eq(ROWS)).ancestors(|p| p.parent()).count(db)), DEPTH);
        assert_eq!(run!(beyond(DEPTH + 1).ancestors(|p| p.parent()).count(db)), DEPTH);
    }

    fn what_is_no_tree_is_refused(db) {
        let refused = |error: orm::Error, said: &str| assert!(error.to_string().contains(said), "{error}");
        let two = Person::objects().descendants(|p| p.parent().parent());
        refused(error(attempt!(two.all(db))), "descendants() and ancestors() of suite.Person follow one relation of it to itself");
        let groups = Person::objects().group_by(|p| p.name).descendants(|p| p.parent());
        refused(error(attempt!(groups.all(db))), "descendants() and ancestors() start from rows, and group_by() makes groups of them");
        refused(error(attempt!(Author::objects().order_by(|_| orm::depth()).all(db))), "`depth()` is used in a query over suite.Author that does not have it");
        let below = || Person::objects().descendants(|p| p.parent());
        refused(error(attempt!(below().filter(|p| p.id.in_(Person::objects().filter(|_| orm::depth().eq(1)).values(|q| q.id))).all(db))), "does not have it");
        refused(error(attempt!(below().update(|p| p.name.set(orm::depth().cast::<String>())).run(db))), "does not have it");
        refused(error(attempt!(below().delete().in_batches(2).run(db))), "deleted in batches");
        let locked: orm::Result<()> = transaction!(db, |tx| {
            refused(error(attempt!(below().select_for_update().all(tx))), "locks rows of its table");
            Ok(())
        });
        locked.unwrap();
    }
}
