//! What changes rows, the ways around scopes, and what is refused.

use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};

use super::*;

behaviour! {
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
        let mut gone = world.articles.iter().find(|article| article.tenant == 1 && article.deleted).expect("there is one").clone();
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
            assert!(text.contains("the scope `tenant` of suite.Piece takes a `Tenant`, and "), "{text}");
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
        for article in &all {
            let by_key = Piece::objects().filter(|a| a.id.eq(article.id));
            assert_eq!(run!(by_key.clone().unscoped().get(db)), **article);
            assert_eq!(run!(by_key.clone().unscoped().get_or_none(db)).as_ref(), Some(*article));
            assert_eq!(run!(by_key.clone().unscoped().first(db)).as_ref(), Some(*article));
            assert_eq!(run!(by_key.get_or_none(db)).is_some(), sees(1, article));
            assert!(run!(Piece::objects().unscoped().contains(article, db)));
        }
        assert_eq!(run!(Piece::objects().unscoped().after(None, 100, db)).rows.len(), all.len());
        assert_eq!(run!(Piece::objects().unscoped().page(1, 4, db)).total, all.len() as u64);
        assert_eq!(run!(Piece::objects().unscoped().in_bulk(ids(&all), db)).len(), all.len());
        assert_eq!(run!(Piece::objects().unscoped().aggregate(|a| a.score.count()).run(db)), all.len() as i64);
        let alone = run!(Columnist::objects().unscoped().annotate(|w| (
            orm::subquery(Piece::objects().filter(move |a| a.writer.eq(w.id))).count(),
            orm::subquery(Piece::objects().unscoped().filter(move |a| a.writer.eq(w.id))).count(),
            orm::subquery(Piece::objects().unscoped().filter(move |a| a.writer.eq(w.id)).order_by(|a| a.id).limit(2)).count(),
        )).all(db));
        for (writer, (seen, any, two)) in alone {
            let of = all.iter().filter(|article| article.writer.id() == writer.id);
            assert_eq!(any, of.clone().count() as i64);
            assert_eq!(two, of.clone().count().min(2) as i64);
            assert_eq!(seen, of.filter(|article| sees(1, article)).count() as i64);
        }
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

    fn rows_are_written_where_the_handle_is(db) {
        let writer = run!(Columnist::create().name("w").save(db));
        let piece = |tenant: i64, slug: &str| Piece::create().tenant(tenant).deleted(false).slug(slug).score(1).writer(&writer);
        let own = &db.scoped(Tenant(1));
        let refused = |refused: orm::Error| {
            let text = refused.to_string();
            assert!(text.contains("a row of suite.Piece that is written has another `tenant` than the handle has for the scope `tenant`"), "{text}");
        };
        let mut made = run!(piece(1, "a").save(own));
        refused(error(attempt!(piece(2, "b").save(own))));
        refused(error(attempt!(Piece::bulk_create([piece(1, "c"), piece(2, "d")]).run(own))));
        refused(error(attempt!(Piece::bulk_create([piece(2, "a")]).on_conflict(|a| a.slug).update(|a, new| a.score.set(new.score)).run(own))));
        refused(error(attempt!(piece(2, "e").get_or_create(|a| a.slug).run(own))));
        made.tenant = 2;
        refused(error(attempt!(made.save(own))));
        refused(error(attempt!(Piece::bulk_update(&[made.clone()], |a| a.tenant).run(own))));
        assert!(error(attempt!(piece(1, "f").save(db))).to_string().contains("takes a `Tenant`"));
        assert_eq!(run!(Piece::bulk_create([piece(1, "g"), piece(1, "h")]).run(own)), 2);
        run!(piece(2, "i").save(&db.unscoped()));
        assert_eq!(run!(Piece::objects().count(own)), 3);
        // Soft deletion is an update.
        assert_eq!(run!(Piece::objects().filter(|a| a.slug.eq("g")).update(|a| a.deleted.set(true)).run(own)), 1);
        assert_eq!(run!(Piece::objects().count(own)), 2);
        assert_eq!(run!(Piece::objects().without_scope(Piece::SCOPE_ALIVE).filter(|a| a.slug.eq("g")).update(|a| a.deleted.set(false)).run(own)), 1);
        assert_eq!(run!(Piece::objects().count(own)), 3);
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
