//! What is read along every way is what is left of all rows when they are filtered by hand.

use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};

use super::*;

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
}
