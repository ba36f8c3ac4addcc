//! Scopes: what a model says of all of its rows holds wherever they are read or changed, and nowhere else. What a query finds is what is
//! left of all rows when they are filtered by hand.

#![allow(
    clippy::type_complexity,
    reason = "what was loaded is written out, to be checked against its type"
)]

use std::collections::BTreeMap;

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};

orm::app!("suite");

/// Whose rows a handle sees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tenant(pub i64);

/// The least score that a handle sees, for remarks.
#[derive(Debug, Clone, Copy)]
pub struct Least(pub i64);

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), scope("present", |w| w.left_at.is_null()))]
pub struct Columnist {
    pub id: i64,
    #[orm(unique)]
    pub name: String,
    pub left_at: Option<i64>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
#[orm(scope("alive", |a| a.deleted.eq(false)))]
#[orm(scope("tenant", |a, tenant: Tenant| a.tenant.eq(tenant.0)))]
pub struct Piece {
    pub id: i64,
    pub tenant: i64,
    pub deleted: bool,
    #[orm(unique)]
    pub slug: String,
    pub score: i64,
    #[orm(related_name = "articles")]
    pub writer: ForeignKey<Columnist>,
    #[orm(related_name = "edited")]
    pub editor: Option<ForeignKey<Columnist>>,
    #[orm(related_name = "answers")]
    pub parent: Option<ForeignKey<Piece>>,
    #[orm(through = Sticking)]
    pub labels: ManyToMany<Sticker>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), scope("shown", |l| l.hidden.eq(false)))]
pub struct Sticker {
    pub id: i64,
    pub hidden: bool,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), scope("active", |l| l.active.eq(true)))]
pub struct Sticking {
    pub id: i64,
    pub article: ForeignKey<Piece>,
    pub label: ForeignKey<Sticker>,
    pub active: bool,
}

/// Its scope names another relation.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), scope("of_live", |r| r.article().deleted.eq(false) & !r.article().writer().unscoped().name.eq("w0")))]
pub struct Aside {
    pub id: i64,
    #[orm(related_name = "remarks")]
    pub article: ForeignKey<Piece>,
}

/// It has no scope itself.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Pile {
    pub id: i64,
    #[orm(related_name = "shelves")]
    pub top: Option<ForeignKey<Piece>>,
}

/// A closure that says something else for some values.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(scope("least", |t, least: Least| if least.0 > 5 { t.score.gt(least.0) } else { t.score.gt(least.0) & t.score.lt(100) }))]
pub struct Twofold {
    pub id: i64,
    pub score: i64,
}

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % most
    }

    fn one_in(&mut self, most: usize) -> bool {
        self.below(most) == 0
    }
}

/// All rows there are.
#[derive(Default)]
struct World {
    writers: Vec<Columnist>,
    articles: Vec<Piece>,
    labels: Vec<Sticker>,
    links: Vec<Sticking>,
    remarks: Vec<Aside>,
    shelves: Vec<Pile>,
}

macro_rules! world {
    ($db:expr, $seed:expr) => {{
        let all = $db.unscoped();
        let mut numbers = Numbers($seed);
        let mut world = World::default();
        for at in 0..5 {
            let left = numbers.one_in(2).then_some(1);
            world.writers.push(run!(
                Columnist::create()
                    .name(format!("w{at}"))
                    .left_at(left)
                    .save(&all)
            ));
        }
        for _ in 0..5 {
            let hidden = numbers.one_in(3);
            world.labels.push(run!(Sticker::create().hidden(hidden).save(&all)));
        }
        for at in 0..24 {
            let mut draft = Piece::create()
                .tenant(1 + numbers.below(2) as i64)
                .deleted(numbers.one_in(3))
                .slug(format!("a{at}"))
                .score(numbers.below(20) as i64)
                .writer(&world.writers[numbers.below(5)]);
            if numbers.one_in(2) {
                draft = draft.editor(&world.writers[numbers.below(5)]);
            }
            if at > 0 && !numbers.one_in(4) {
                let parent: &Piece = &world.articles[numbers.below(at)];
                draft = draft.parent(parent);
            }
            world.articles.push(run!(draft.save(&all)));
        }
        for article in &world.articles {
            for label in &world.labels {
                if numbers.one_in(2) {
                    let active = !numbers.one_in(3);
                    let link = Sticking::create().article(article).label(label).active(active);
                    world.links.push(run!(link.save(&all)));
                }
            }
            for _ in 0..numbers.below(3) {
                world
                    .remarks
                    .push(run!(Aside::create().article(article).save(&all)));
            }
            if numbers.one_in(2) {
                world.shelves.push(run!(Pile::create().top(article).save(&all)));
            }
        }
        world.shelves.push(run!(Pile::create().save(&all)));
        world
    }};
}

impl World {
    fn writer(&self, id: i64) -> &Columnist {
        self.writers
            .iter()
            .find(|writer| writer.id == id)
            .expect("there is one")
    }

    fn article(&self, id: i64) -> &Piece {
        self.articles
            .iter()
            .find(|article| article.id == id)
            .expect("there is one")
    }

    /// The articles of a tenant.
    fn seen(&self, tenant: i64) -> Vec<&Piece> {
        self.articles
            .iter()
            .filter(|article| sees(tenant, article))
            .collect()
    }

    fn present(&self, id: i64) -> Option<&Columnist> {
        Some(self.writer(id)).filter(|writer| writer.left_at.is_none())
    }

    fn labels_of(&self, article: i64) -> Vec<Sticker> {
        let labels = self.labels.iter().filter(|label| !label.hidden);
        let linked = |label: &&Sticker| {
            let mut links = self.links.iter();
            links.any(|link| link.active && link.article.id() == article && link.label.id() == label.id)
        };
        labels.filter(linked).cloned().collect()
    }

    fn is_remark_seen(&self, remark: &Aside) -> bool {
        let article = self.article(remark.article.id());
        !article.deleted && self.writer(article.writer.id()).name != "w0"
    }
}

fn sees(tenant: i64, article: &Piece) -> bool {
    article.tenant == tenant && !article.deleted
}

fn ids(articles: &[&Piece]) -> Vec<i64> {
    articles.iter().map(|article| article.id).collect()
}

fn ids_where(articles: &[&Piece], keep: impl Fn(&Piece) -> bool) -> Vec<i64> {
    articles
        .iter()
        .filter(|article| keep(article))
        .map(|article| article.id)
        .collect()
}

behaviour! {
    fn terminals_find_what_is_in_scope(db) {
        let world = world!(db, 1);
        for tenant in [1, 2, 3] {
            let db = &db.scoped(Tenant(tenant));
            let seen = world.seen(tenant);
            assert_eq!(run!(Piece::objects().all(db)).iter().collect::<Vec<_>>(), seen);
            assert_eq!(run!(Piece::objects().count(db)), seen.len() as i64);
            assert_eq!(run!(Piece::objects().exists(db)), !seen.is_empty());
            assert_eq!(run!(Piece::objects().first(db)).as_ref(), seen.first().copied());
            assert_eq!(run!(Piece::objects().last(db)).as_ref(), seen.last().copied());
            assert_eq!(run!(Piece::objects().limit(3).offset(1).count(db)), seen.len().saturating_sub(1).min(3) as i64);
            let sum: i64 = seen.iter().map(|article| article.score).sum();
            let sums = run!(Piece::objects().aggregate(|a| (a.score.sum(), count())).run(db));
            assert_eq!(sums, ((!seen.is_empty()).then_some(sum), seen.len() as i64));
            for article in &world.articles {
                let found = attempt!(Piece::get(article.id, db));
                let by_filter = run!(Piece::objects().filter(|a| a.id.eq(article.id)).get_or_none(db));
                match sees(tenant, article) {
                    true => assert_eq!(found.ok().as_ref(), Some(article)),
                    false => assert!(error(found).is_not_found()),
                }
                assert_eq!(by_filter.is_some(), sees(tenant, article));
                assert_eq!(run!(Piece::objects().contains(article, db)), sees(tenant, article));
            }
            let bulk = run!(Piece::objects().in_bulk(world.articles.iter().map(|article| article.id), db));
            assert_eq!(bulk.len(), seen.len());
            let high = run!(Piece::objects().filter(|a| a.score.gt(9)).values(|a| a.id).all(db));
            assert_eq!(high, ids_where(&seen, |article| article.score > 9));
            let others = run!(Piece::objects().exclude(|a| a.score.gt(9)).values(|a| a.id).all(db));
            assert_eq!(others, ids_where(&seen, |article| article.score <= 9));
            let either = Piece::objects().filter(|a| a.score.gt(9) | a.deleted.eq(true) | a.tenant.ne(tenant));
            assert_eq!(run!(either.values(|a| a.id).all(db)), high, "an `or` does not lead out of scope");
            let page = run!(Piece::objects().page(1, 4, db));
            assert_eq!(page.total, seen.len() as u64);
            let after = run!(Piece::objects().after(None, 100, db)).rows;
            assert_eq!(after.iter().collect::<Vec<_>>(), seen);
            let mut rows = rows!(Piece::objects(), db);
            let mut read = Vec::new();
            while let Some(row) = next!(rows) {
                read.push(value(row));
            }
            assert_eq!(read.iter().collect::<Vec<_>>(), seen);
            let groups: BTreeMap<i64, i64> = run!(Piece::objects().group_by(|a| a.writer).order_by(|a| a.writer).values(|a| (a.writer, count())).all(db))
                .into_iter()
                .map(|(writer, count)| (writer.id(), count))
                .collect();
            let mut expected = BTreeMap::new();
            for article in &seen {
                *expected.entry(article.writer.id()).or_insert(0) += 1;
            }
            assert_eq!(groups, expected);
        }
    }

    fn a_related_row_out_of_scope_is_as_if_it_were_not_there(db) {
        let world = world!(db, 2);
        for tenant in [1, 2] {
            let db = &db.scoped(Tenant(tenant));
            let seen = world.seen(tenant);
            let name = |article: &Piece| world.present(article.writer.id()).map(|writer| writer.name.clone());
            let editor = |article: &Piece| article.editor.as_ref().and_then(|editor| world.present(editor.id()));
            let names: Vec<(i64, Option<String>)> = run!(Piece::objects().values(|a| (a.id, a.writer().name)).all(db));
            assert_eq!(names, seen.iter().map(|article| (article.id, name(article))).collect::<Vec<_>>());
            let loaded: Vec<(Piece, Option<Columnist>, Option<Columnist>)> = run!(Piece::objects().with(|a| a.writer()).with(|a| a.editor()).all(db));
            for (article, writer, by) in &loaded {
                assert_eq!(writer.as_ref(), world.present(article.writer.id()));
                assert_eq!(by.as_ref(), editor(article));
            }
            assert_eq!(loaded.len(), seen.len());
            // Exactly one of a filter and its complement has each row.
            let is = run!(Piece::objects().filter(|a| a.writer().name.eq("w1")).values(|a| a.id).all(db));
            assert_eq!(is, ids_where(&seen, |article| name(article).as_deref() == Some("w1")));
            for query in [
                Piece::objects().exclude(|a| a.writer().name.eq("w1")),
                Piece::objects().filter(|a| !a.writer().name.eq("w1")),
            ] {
                assert_eq!(run!(query.values(|a| a.id).all(db)), ids_where(&seen, |article| name(article).as_deref() != Some("w1")));
            }
            let absent = run!(Piece::objects().filter(|a| a.writer().id.is_null()).values(|a| a.id).all(db));
            assert_eq!(absent, ids_where(&seen, |article| name(article).is_none()));
            let mut ordered = run!(Piece::objects().order_by(|a| (a.writer().name, a.id)).values(|a| a.id).all(db));
            assert_eq!(ordered.len(), seen.len(), "an order loses no row");
            ordered.sort_unstable();
            assert_eq!(ordered, ids(&seen));
            // Two steps, of which either may lead to nothing.
            let above: Vec<(i64, Option<String>)> = run!(Piece::objects().values(|a| (a.id, a.parent().writer().name)).all(db));
            let parent = |article: &Piece| article.parent.as_ref().map(|parent| world.article(parent.id())).filter(|parent| sees(tenant, parent));
            assert_eq!(above, seen.iter().map(|article| (article.id, parent(article).and_then(name))).collect::<Vec<_>>());
            let nested: Vec<(Piece, Option<(Piece, Option<Columnist>)>)> = run!(Piece::objects().with(|a| a.parent().with(|p| p.writer())).all(db));
            for (article, above) in nested {
                assert_eq!(above.as_ref().map(|(parent, _)| parent), parent(&article));
                assert_eq!(above.and_then(|(parent, writer)| writer.map(|_| parent)).as_ref().and_then(name), parent(&article).and_then(name));
            }
            // Where nothing is said of the rows themselves.
            let tops: Vec<(i64, Option<i64>)> = run!(Pile::objects().values(|s| (s.id, s.top().score)).all(db));
            let top = |shelf: &Pile| shelf.top.as_ref().map(|top| world.article(top.id())).filter(|top| sees(tenant, top));
            assert_eq!(tops, world.shelves.iter().map(|shelf| (shelf.id, top(shelf).map(|top| top.score))).collect::<Vec<_>>());
            // From a row at hand, and beside rows that were read.
            for shelf in &world.shelves {
                assert_eq!(run!(shelf.top().first(db)).as_ref(), top(shelf));
            }
            let shelves = world.shelves.clone();
            let beside: Vec<(Pile, Option<Piece>)> = run!(shelves.load(|s| s.top()).run(db));
            for (shelf, article) in &beside {
                assert_eq!(article.as_ref(), top(shelf));
            }
            assert_eq!(beside.len(), world.shelves.len());
        }
    }

    fn related_rows_out_of_scope_do_not_count(db) {
        let world = world!(db, 3);
        for tenant in [1, 2] {
            let db = &db.scoped(Tenant(tenant));
            let seen = world.seen(tenant);
            let present: Vec<&Columnist> = world.writers.iter().filter(|writer| writer.left_at.is_none()).collect();
            let of = |writer: &Columnist| seen.iter().filter(|article| article.writer.id() == writer.id).copied().collect::<Vec<_>>();
            let counted: Vec<(Columnist, (i64, Option<i64>))> = run!(Columnist::objects().annotate(|w| (w.articles().count(), w.articles().max(|a| a.score))).all(db));
            assert_eq!(counted.len(), present.len());
            for (writer, (count, most)) in &counted {
                assert_eq!(*count, of(writer).len() as i64);
                assert_eq!(*most, of(writer).iter().map(|article| article.score).max());
            }
            let writers = |keep: &dyn Fn(&Columnist) -> bool| present.iter().filter(|writer| keep(writer)).map(|writer| writer.id).collect::<Vec<_>>();
            let any = run!(Columnist::objects().filter(|w| w.articles().any(|a| a.score.gt(12))).values(|w| w.id).all(db));
            assert_eq!(any, writers(&|writer| of(writer).iter().any(|article| article.score > 12)));
            let none = run!(Columnist::objects().filter(|w| !w.articles().any(|a| a.score.gt(12))).values(|w| w.id).all(db));
            assert_eq!(none, writers(&|writer| !of(writer).iter().any(|article| article.score > 12)));
            let every = run!(Columnist::objects().filter(|w| w.articles().every(|a| a.score.gt(4))).values(|w| w.id).all(db));
            assert_eq!(every, writers(&|writer| of(writer).iter().all(|article| article.score > 4)));
            let lists: Vec<(Columnist, Vec<(Piece, Vec<Sticker>)>)> = run!(Columnist::objects().with(|w| w.articles().with(|a| a.labels())).all(db));
            for (writer, articles) in &lists {
                assert_eq!(articles.iter().map(|(article, _)| article).collect::<Vec<_>>(), of(writer));
                for (article, labels) in articles {
                    assert_eq!(*labels, world.labels_of(article.id));
                }
            }
            let cut: Vec<(Columnist, Vec<Piece>)> = run!(Columnist::objects().with(|w| w.articles().order_by(|a| a.id).limit(2)).all(db));
            for (writer, articles) in &cut {
                assert_eq!(articles.iter().collect::<Vec<_>>(), of(writer).into_iter().take(2).collect::<Vec<_>>());
            }
            let first: Option<(Columnist, Vec<Piece>)> = run!(Columnist::objects().with(|w| w.articles()).first(db));
            assert_eq!(first.map(|(writer, articles)| (writer.id, articles.len())), present.first().map(|writer| (writer.id, of(writer).len())));
            // Through a model that has a scope itself.
            let labelled: Vec<(i64, i64)> = run!(Piece::objects().annotate(|a| a.labels().count()).all(db)).into_iter().map(|(article, count)| (article.id, count)).collect();
            assert_eq!(labelled, seen.iter().map(|article| (article.id, world.labels_of(article.id).len() as i64)).collect::<Vec<_>>());
            let has = run!(Piece::objects().filter(|a| a.labels().exists()).values(|a| a.id).all(db));
            assert_eq!(has, ids_where(&seen, |article| !world.labels_of(article.id).is_empty()));
            for article in &seen {
                assert_eq!(run!(article.labels().objects().order_by(|l| l.id).all(db)), world.labels_of(article.id));
            }
            // A row that is out of scope itself, at hand.
            let gone = world.articles.iter().find(|article| !sees(tenant, article)).expect("there is one");
            assert_eq!(run!(gone.labels().objects().order_by(|l| l.id).all(db)), world.labels_of(gone.id));
            let answers = run!(Piece::objects().annotate(|a| a.answers().count()).all(db));
            for (article, count) in answers {
                let below = seen.iter().filter(|answer| answer.parent.as_ref().is_some_and(|parent| parent.id() == article.id));
                assert_eq!(count, below.count() as i64);
            }
            let remarks = run!(Aside::objects().values(|r| r.id).all(db));
            assert_eq!(remarks, world.remarks.iter().filter(|remark| world.is_remark_seen(remark)).map(|remark| remark.id).collect::<Vec<_>>());
            let remarked = run!(Piece::objects().annotate(|a| a.remarks().count()).all(db));
            for (article, count) in remarked {
                let of = world.remarks.iter().filter(|remark| remark.article.id() == article.id && world.is_remark_seen(remark));
                assert_eq!(count, of.count() as i64);
            }
        }
    }

    fn subqueries_unions_and_trees_are_in_scope(db) {
        let world = world!(db, 4);
        for tenant in [1, 2] {
            let db = &db.scoped(Tenant(tenant));
            let seen = world.seen(tenant);
            let on_top: Vec<i64> = run!(Pile::objects().filter(|s| s.top.in_(Piece::objects().values(|a| a.id))).values(|s| s.id).all(db));
            let shelves = |keep: &dyn Fn(&Piece) -> bool| world.shelves.iter()
                .filter(|shelf| shelf.top.as_ref().is_some_and(|top| keep(world.article(top.id()))))
                .map(|shelf| shelf.id)
                .collect::<Vec<_>>();
            assert_eq!(on_top, shelves(&|top| sees(tenant, top)));
            let of_all: Vec<i64> = run!(Pile::objects().filter(|s| s.top.in_(Piece::objects().unscoped().values(|a| a.id))).values(|s| s.id).all(db));
            assert_eq!(of_all, shelves(&|_| true));
            let same_score = run!(Piece::objects()
                .filter(|a| orm::exists(Piece::objects().filter(move |other| other.score.eq(a.score) & other.id.ne(a.id))))
                .values(|a| a.id)
                .all(db));
            assert_eq!(same_score, ids_where(&seen, |article| seen.iter().any(|other| other.score == article.score && other.id != article.id)));
            let low = || Piece::objects().filter(|a| a.score.lt(5));
            let high = || Piece::objects().filter(|a| a.score.gt(14));
            assert_eq!(run!(low().union(high()).values(|a| a.id).all(db)), ids_where(&seen, |article| article.score < 5 || article.score > 14));
            assert_eq!(run!(Piece::objects().difference(low()).values(|a| a.id).all(db)), ids_where(&seen, |article| article.score >= 5));
            assert_eq!(run!(low().intersection(Piece::objects()).values(|a| a.id).all(db)), ids_where(&seen, |article| article.score < 5));
            // Each says its own.
            let all: Vec<&Piece> = world.articles.iter().collect();
            let mixed = run!(low().unscoped().union(high()).values(|a| a.id).all(db));
            assert_eq!(mixed, ids_where(&all, |article| article.score < 5 || sees(tenant, article) && article.score > 14));
            let hidden = run!(Piece::objects().unscoped().difference(Piece::objects()).values(|a| a.id).all(db));
            assert_eq!(hidden, ids_where(&all, |article| !sees(tenant, article)));
            let none = run!(Piece::objects().difference(Piece::objects().unscoped()).values(|a| a.id).all(db));
            assert_eq!(none, Vec::<i64>::new());
            let values = run!(low().values(|a| a.score).union_all(high().values(|a| a.score)).all(db));
            assert_eq!(values.len(), ids_where(&seen, |article| article.score < 5 || article.score > 14).len());
            // Down and up a tree, through nothing that is out of scope.
            let parent = |article: &Piece| article.parent.as_ref().map(|parent| world.article(parent.id())).filter(|parent| sees(tenant, parent));
            for root in &seen {
                let below = |article: &Piece| {
                    let mut at = parent(article);
                    while let Some(up) = at {
                        if up.id == root.id {
                            return true;
                        }
                        at = parent(up);
                    }
                    false
                };
                let found = run!(Piece::objects().filter(|a| a.id.eq(root.id)).descendants(|a| a.parent()).order_by(|a| a.id).values(|a| a.id).all(db));
                assert_eq!(found, ids_where(&seen, below));
                let mut above = Vec::new();
                let mut at = parent(root);
                while let Some(up) = at {
                    above.push(up.id);
                    at = parent(up);
                }
                above.sort_unstable();
                let found = run!(Piece::objects().filter(|a| a.id.eq(root.id)).ancestors(|a| a.parent()).order_by(|a| a.id).values(|a| a.id).all(db));
                assert_eq!(found, above);
            }
            let derived = Piece::objects().annotate(|a| orm::row_number().over(|w| w.partition_by(a.writer).order_by(a.id))).qualify(|_, place| place.eq(1));
            let firsts: Vec<i64> = run!(derived.order_by(|a| a.id).all(db)).into_iter().map(|(article, _)| article.id).collect();
            assert_eq!(firsts, ids_where(&seen, |article| !seen.iter().any(|other| other.writer == article.writer && other.id < article.id)));
        }
    }

    fn by_names_and_as_json_rows_are_in_scope(db) {
        let world = world!(db, 5);
        let db = &db.scoped(Tenant(1));
        let seen = world.seen(1);
        let by_name = Piece::objects().filter_str("writer__name", "w2").expect("a name");
        assert_eq!(run!(by_name.values(|a| a.id).all(db)), ids_where(&seen, |article| world.present(article.writer.id()).is_some_and(|writer| writer.name == "w2")));
        let labelled = Piece::objects().filter_str("labels__hidden", "true").expect("a name");
        assert_eq!(run!(labelled.count(db)), 0);
        let model = orm::dynamic::DynModel::named("suite.Piece").expect("a model");
        assert_eq!(run!(model.rows().all(db)).len(), seen.len());
        assert_eq!(run!(model.rows().count(db)), seen.len() as i64);
    }

    fn changes_change_what_is_in_scope(db) {
        let world = world!(db, 6);
        let all = &db.unscoped();
        let db = &db.scoped(Tenant(1));
        let seen = world.seen(1);
        let scores = |articles: Vec<Piece>| articles.into_iter().map(|article| (article.id, article.score)).collect::<BTreeMap<_, _>>();
        let mut expected = scores(world.articles.clone());
        let changed = run!(Piece::objects().filter(|a| a.score.gt(3)).update(|a| a.score.set(a.score + 100)).run(db));
        for article in seen.iter().filter(|article| article.score > 3) {
            *expected.entry(article.id).or_default() += 100;
        }
        assert_eq!(changed, seen.iter().filter(|article| article.score > 3).count() as u64);
        assert_eq!(scores(run!(Piece::objects().all(all))), expected);
        // Along a relation: the keys are looked up first.
        run!(Piece::objects().filter(|a| a.writer().name.ne("w1")).update(|a| a.score.set(7)).run(db));
        for article in seen.iter().filter(|article| world.present(article.writer.id()).is_none_or(|writer| writer.name != "w1")) {
            expected.insert(article.id, 7);
        }
        assert_eq!(scores(run!(Piece::objects().all(all))), expected);
        let returned = run!(Piece::objects().update(|a| a.score.set(8)).all(db));
        assert_eq!(returned.len(), seen.len());
        for article in &seen {
            expected.insert(article.id, 8);
        }
        // One row at hand.
        let mut gone = world.articles.iter().find(|article| !sees(1, article)).expect("there is one").clone();
        gone.score = 1_000;
        assert!(error(attempt!(gone.save(db))).is_not_found());
        assert_eq!(run!(gone.update(|a| a.score.set(1_000)).run(db)), 0);
        assert!(error(attempt!(gone.refresh(db))).is_not_found());
        assert!(error(attempt!(gone.clone().delete(db))).is_not_found());
        let mut here = run!(Piece::get(seen[0].id, db));
        here.score = 9;
        run!(here.save(db));
        expected.insert(here.id, 9);
        assert_eq!(scores(run!(Piece::objects().all(all))), expected);
        // Rows with values of their own.
        let mut rows = world.articles.clone();
        for row in &mut rows {
            row.score = 55;
        }
        let changed = attempt!(Piece::bulk_update(&rows, |a| a.score).run(db));
        if changed.is_ok() {
            for article in &seen {
                expected.insert(article.id, 55);
            }
        }
        assert_eq!(scores(run!(Piece::objects().all(all))), expected, "{changed:?}");
        // What nothing points at.
        let before = run!(Aside::objects().unscoped().count(all));
        let deleted = run!(Aside::objects().delete().run(db));
        assert_eq!(deleted, world.remarks.iter().filter(|remark| world.is_remark_seen(remark)).count() as u64);
        assert_eq!(run!(Aside::objects().count(db)), 0);
        assert_eq!(run!(Aside::objects().count(all)), before - deleted as i64);
    }

    fn what_is_unique_is_so_among_all_rows(db) {
        let all = &db.unscoped();
        run!(Columnist::create().name("gone").left_at(1).save(all));
        assert!(error(attempt!(Columnist::create().name("gone").save(db))).is_unique_violation());
        // It is neither found nor created, and nothing that is out of scope is changed.
        let refused = error(attempt!(Columnist::create().name("gone").get_or_create(|w| w.name).run(db))).to_string();
        assert!(refused.contains("neither found nor created"), "{refused}");
        let upsert = Columnist::bulk_create([Columnist::create().name("gone")]).on_conflict(|w| w.name).update(|w, _| w.left_at.set(Some(2)));
        run!(upsert.run(db));
        assert_eq!(run!(Columnist::objects().get(all)).left_at, Some(1));
        let (found, created) = run!(Columnist::create().name("here").get_or_create(|w| w.name).run(db));
        assert!(created);
        let (again, created) = run!(Columnist::create().name("here").get_or_create(|w| w.name).run(db));
        assert_eq!((again, created), (found, false));
    }

    fn a_handle_without_the_value_is_refused_by_name(db) {
        let refused = |refused: orm::Error| {
            let text = refused.to_string();
            assert!(text.contains("the scope `tenant` of suite.Piece takes a `Tenant`, and this handle has none"), "{text}");
            assert!(text.contains("db.scoped("), "{text}");
        };
        refused(error(attempt!(Piece::objects().all(db))));
        // There is a value elsewhere.
        let _ = run!(Piece::objects().all(&db.scoped(Tenant(1))));
        refused(error(attempt!(Piece::objects().all(db))));
        refused(error(attempt!(Piece::objects().delete().run(db))));
        refused(error(attempt!(Piece::get(1, db))));
        refused(error(attempt!(Columnist::objects().annotate(|w| w.articles().count()).all(db))));
        refused(error(attempt!(Pile::objects().values(|s| s.top().score).all(db))));
        refused(error(attempt!(Piece::objects().without_scope(Piece::SCOPE_ALIVE).all(db))));
        run!(Piece::objects().without_scope(Piece::SCOPE_TENANT).all(db));
        run!(Piece::objects().unscoped().all(db));
        run!(Piece::objects().all(&db.unscoped()));
        refused(error(attempt!(Piece::objects().all(&db.unscoped().scoped(Least(1))))));
    }

    fn each_way_around_is_of_what_it_is_said_of(db) {
        let world = world!(db, 7);
        let db = &db.scoped(Tenant(1));
        let all: Vec<&Piece> = world.articles.iter().collect();
        assert_eq!(run!(Piece::objects().unscoped().values(|a| a.id).all(db)), ids(&all));
        assert_eq!(run!(Piece::objects().without_scope(Piece::SCOPE_ALIVE).values(|a| a.id).all(db)), ids_where(&all, |article| article.tenant == 1));
        assert_eq!(run!(Piece::objects().without_scope(Piece::SCOPE_TENANT).values(|a| a.id).all(db)), ids_where(&all, |article| !article.deleted));
        assert_eq!(run!(Piece::objects().without_scope(Piece::SCOPE_TENANT).without_scope(Piece::SCOPE_ALIVE).count(db)), all.len() as i64);
        // Relations stay in scope, unless they say so themselves.
        let names = run!(Piece::objects().unscoped().values(|a| (a.writer().name, a.writer().unscoped().name)).all(db));
        for (article, (seen, any)) in all.iter().zip(names) {
            assert_eq!(seen, world.present(article.writer.id()).map(|writer| writer.name.clone()));
            assert_eq!(any.as_ref(), Some(&world.writer(article.writer.id()).name));
        }
        let counted = run!(Columnist::objects().unscoped().annotate(|w| (w.articles().count(), w.articles().unscoped().count(), w.articles().without_scope(Piece::SCOPE_ALIVE).count())).all(db));
        assert_eq!(counted.len(), world.writers.len());
        for (writer, counts) in counted {
            let count = |keep: &dyn Fn(&Piece) -> bool| all.iter().filter(|article| article.writer.id() == writer.id && keep(article)).count() as i64;
            assert_eq!(counts, (count(&|article| sees(1, article)), count(&|_| true), count(&|article| article.tenant == 1)));
        }
        let lists: Vec<(Columnist, Vec<Piece>)> = run!(Columnist::objects().with(|w| w.articles().unscoped()).all(db));
        for (writer, articles) in lists {
            assert_eq!(articles.len(), all.iter().filter(|article| article.writer.id() == writer.id).count());
        }
        let linked = run!(Piece::objects().annotate(|a| a.labels().unscoped().count()).all(db));
        for (article, count) in linked {
            assert_eq!(count, world.links.iter().filter(|link| link.article.id() == article.id).count() as i64);
        }
        let loaded: Vec<(Piece, Option<Columnist>)> = run!(Piece::objects().with(|a| a.writer().unscoped()).all(db));
        assert!(loaded.iter().all(|(_, writer)| writer.is_some()));
        let deleted = Aside::objects().unscoped().delete();
        assert_eq!(run!(deleted.run(db)), world.remarks.len() as u64);
    }

    fn transactions_keep_what_their_handle_gave(db) {
        let world = world!(db, 8);
        let seen = world.seen(2).len() as i64;
        let scoped = db.scoped(Tenant(2));
        let counts = transaction!(&scoped, |tx| {
            let own = attempt!(Piece::objects().count(tx))?;
            let other = attempt!(Piece::objects().count(&tx.scoped(Tenant(1))))?;
            let all = attempt!(Piece::objects().count(&tx.unscoped()))?;
            Ok::<_, orm::Error>((own, other, all))
        });
        let counts = value(counts);
        assert_eq!(counts, (seen, world.seen(1).len() as i64, world.articles.len() as i64));
        assert!(attempt!(Piece::objects().count(db)).is_err(), "the handle that it came from stays what it was");
    }

    fn a_condition_that_depends_on_its_value_is_refused(db) {
        run!(Twofold::objects().all(&db.scoped(Least(1))));
        let refused = error(attempt!(Twofold::objects().all(&db.scoped(Least(9))))).to_string();
        assert!(refused.contains("the scope `least` of suite.Twofold has another condition for this value"), "{refused}");
    }
}

#[test]
fn tenants_beside_each_other_see_their_own_rows() {
    for backend in [orm_tests::Backend::Sqlite, orm_tests::Backend::Postgres] {
        orm_tests::behaviour::run_blocking(backend, |db| {
            let all = db.unscoped();
            let writer = Columnist::create().name("w").save(&all).expect("a writer");
            for at in 0..40_i64 {
                let draft = Piece::create()
                    .tenant(at % 4)
                    .deleted(false)
                    .slug(format!("s{at}"))
                    .score(at)
                    .writer(&writer);
                draft.save(&all).expect("an article");
            }
            std::thread::scope(|threads| {
                for tenant in 0..4_i64 {
                    let db = db.scoped(Tenant(tenant));
                    threads.spawn(move || {
                        for _ in 0..40 {
                            let rows = Piece::objects().all(&db).expect("rows");
                            assert_eq!(rows.len(), 10);
                            assert!(rows.iter().all(|row| row.tenant == tenant));
                        }
                    });
                }
            });
        });
    }
}
