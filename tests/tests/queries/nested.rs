//! Subqueries: which rows a field belongs to, wherever the query was built and however often it is used.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use orm_tests::world;

orm::app!("suite");

/// A model without `Clone` and `Debug`.
#[derive(Model)]
pub struct Plain {
    pub id: i64,
    pub number: i64,
}

behaviour! {
    fn a_filtered_relation_can_be_nested_in_another_one(db) {
        world!(db);
        let found = Author::objects()
            .filter(|a| {
                let viewed = a.posts().filter(|p| p.views.gt(0));
                a.posts().any(|p| viewed.clone().any(|q| q.views.gt(p.views)))
            })
            .values(|a| a.name);
        // Ben has a single post.
        assert_eq!(run!(found.all(db)), ["Ann"]);
    }

    fn an_outer_field_means_the_outer_row_in_a_query_of_another_model(db) {
        world!(db);
        let writers = Author::objects()
            .filter(|a| orm::exists(Post::objects().filter(|p| p.author.eq(a.id))))
            .values(|a| a.name);
        assert_eq!(run!(writers.all(db)), ["Ann", "Ben"]);
        let silent = Author::objects()
            .filter(|a| !orm::exists(Post::objects().filter(|p| p.author.eq(a.id))))
            .values(|a| a.name);
        assert_eq!(run!(silent.all(db)), ["Cleo"]);
        // Ann's country is joined from the outer row.
        let abroad = Author::objects()
            .filter(|a| orm::exists(Country::objects().filter(|c| c.code.eq(a.country().code) & a.country().name.eq(c.name))))
            .values(|a| a.name);
        assert_eq!(run!(abroad.all(db)), ["Ann", "Cleo"]);
    }

    fn a_query_can_be_embedded_several_times(db) {
        world!(db);
        let viewed = Post::objects().filter(|p| p.views.gt(0));
        let both = Author::objects()
            .filter(|_| orm::exists(viewed.clone()))
            .filter(|a| orm::exists(viewed.clone().filter(|p| p.author.eq(a.id) & orm::exists(viewed.clone().filter(|q| q.views.lt(p.views))))))
            .values(|a| a.name);
        assert_eq!(run!(both.clone().all(db)), ["Ann"]);
        assert_eq!(run!(both.all(db)), ["Ann"]);
        // The same query over two kinds of outer rows.
        let surpassed = viewed.clone().filter(|p| orm::exists(viewed.clone().filter(|r| r.views.gt(p.views))));
        assert_eq!(run!(surpassed.order_by(|p| p.id).values(|p| p.slug).all(db)), ["first", "third"]);
        assert_eq!(run!(viewed.count(db)), 3);
    }

    fn three_levels_of_one_model(db) {
        world!(db);
        // Posts with two different posts of more views: only the third.
        let least = Post::objects()
            .filter(|p| {
                orm::exists(Post::objects().filter(|q| {
                    q.views.gt(p.views) & orm::exists(Post::objects().filter(|r| r.views.gt(q.views) & r.author.eq(q.author) & r.id.ne(p.id)))
                }))
            })
            .order_by(|p| p.views)
            .values(|p| p.slug);
        assert_eq!(run!(least.all(db)), ["draft", "third"]);
    }

    fn values_are_searched_in_a_query(db) {
        world!(db);
        let authors = Author::objects().filter(|a| a.name.eq("Ben")).values(|a| a.id);
        let theirs = Post::objects().filter(|p| p.author.in_(authors.clone())).values(|p| p.slug);
        assert_eq!(run!(theirs.all(db)), ["third"]);
        let others = Post::objects().exclude(|p| p.author.in_(authors)).order_by(|p| p.id).values(|p| p.slug);
        assert_eq!(run!(others.all(db)), ["first", "second", "draft"]);
        // NULL is among the values: not being among them is unknown, so `!` includes those rows.
        let edited = Author::objects().exclude(|a| a.id.in_(Post::objects().values(|p| p.editor)));
        assert_eq!(run!(edited.values(|a| a.name).all(db)), ["Ann", "Cleo"]);
        let last = Post::objects().order_by(|p| p.views.desc()).limit(1).values(|p| p.id);
        assert_eq!(run!(Post::objects().filter(|p| p.id.in_(last)).values(|p| p.slug).all(db)), ["second"]);
        assert_eq!(run!(Post::objects().filter(|p| p.id.in_(Post::objects().none().values(|p| p.id))).count(db)), 0);
    }

    fn whether_a_value_is_among_those_of_a_query_may_be_unknown(db) {
        world!(db);
        // NULL is among the editors, so that of all but Ben it is unknown, which comes last.
        let edits = |a: orm::queries::Fields<Author>| a.id.in_(Post::objects().values(|p| p.editor));
        let rows = Author::objects().order_by(|a| (edits(a).desc(), a.id)).values(|a| (a.name, edits(a).optional()));
        assert_eq!(run!(rows.all(db)), [("Ben".to_owned(), Some(true)), ("Ann".to_owned(), None), ("Cleo".to_owned(), None)]);
        let refused = error(attempt!(Author::objects().values(edits).all(db))).to_string();
        assert!(refused.contains("value 1 in values() of suite.Author may be NULL, and its type here is not an Option"), "{refused}");
        let writes = Author::objects().values(|a| a.id.in_(Post::objects().values(|p| p.author)));
        assert_eq!(run!(writes.all(db)), [true, true, false]);
    }

    fn a_query_is_used_as_a_value(db) {
        world!(db);
        let rows = Author::objects().order_by(|a| a.id).values(|a| {
            let theirs = Post::objects().filter(|p| p.author.eq(a.id));
            (a.name, orm::subquery(theirs.order_by(|p| p.views.desc()).limit(1).values(|p| p.slug)))
        });
        assert_eq!(
            run!(rows.all(db)),
            [("Ann".to_owned(), Some("second".to_owned())), ("Ben".to_owned(), Some("third".to_owned())), ("Cleo".to_owned(), None)]
        );
        let counted = Author::objects()
            .order_by(|a| a.id)
            .values(|a| orm::subquery(Post::objects().filter(|p| p.author.eq(a.id)).values(|_| count())));
        assert_eq!(run!(counted.all(db)), [Some(3), Some(1), Some(0)]);
    }

    fn a_field_that_has_left_its_closure_is_refused_by_name(db) {
        world!(db);
        let mut kept = None;
        let _ = Author::objects().filter(|a| { kept = Some(a); a.id.gt(0) });
        let a = kept.expect("the closure was called");
        let says = "`id` of suite.Author is used in a query that is not inside the closure";
        macro_rules! refused {
            ($query:expr) => {{
                let refused = error(attempt!($query)).to_string();
                assert!(refused.contains(says), "{refused}");
            }};
        }
        refused!(Post::objects().filter(|p| p.author.eq(a.id)).all(db));
        refused!(Author::objects().filter(|b| b.id.eq(a.id)).all(db));
        refused!(Post::objects().order_by(|_| a.id).all(db));
        refused!(Post::objects().values(|_| a.id).all(db));
        refused!(Post::objects().group_by(|_| a.id).values(|_| count()).all(db));
        refused!(Post::objects().group_by(|p| p.author).values(|_| count()).having(|_| a.id.gt(0)).all(db));
        refused!(Post::objects().filter(|_| a.id.gt(0)).count(db));
        refused!(Post::objects().filter(|_| a.id.gt(0)).exists(db));
        refused!(Post::objects().filter(|_| a.id.gt(0)).delete().run(db));
        refused!(Post::objects().update(|p| p.views.set(a.id)).run(db));
        refused!(Author::objects().filter(|b| b.posts().any(|p| p.views.eq(a.id))).all(db));
        let relation = error(attempt!(Post::objects().filter(|_| a.posts().exists()).all(db))).to_string();
        assert!(relation.contains("is used in a query that is not inside the closure"), "{relation}");
        let load = error(attempt!(Author::objects().with(|_| a.posts()).all(db))).to_string();
        assert!(load.contains("is used in a query that is not inside the closure"), "{load}");
        let to_one = error(attempt!(Author::objects().with(|_| a.country()).all(db))).to_string();
        assert!(to_one.contains("is used in a query that is not inside the closure"), "{to_one}");
        assert_eq!(run!(Author::objects().count(db)), 3);
    }

    fn a_panic_or_an_early_end_of_a_closure_leaves_nothing_behind(db) {
        world!(db);
        let panicked = std::panic::catch_unwind(|| {
            let _ = Author::objects().filter(|a| {
                orm::exists(Post::objects().filter(|p| {
                    if true { std::panic::panic_any("inside a closure") }
                    p.author.eq(a.id)
                }))
            });
        });
        assert!(panicked.is_err());
        let early = |stop: bool| {
            Author::objects().filter(|a| {
                if stop { return a.name.eq("Ben"); }
                orm::exists(Post::objects().filter(|p| p.author.eq(a.id)))
            })
        };
        assert_eq!(run!(early(true).count(db)), 1);
        assert_eq!(run!(early(false).count(db)), 2);
    }

    fn queries_are_made_on_several_threads(db) {
        world!(db);
        let base = Post::objects().filter(|p| p.views.gt(0));
        let made: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let base = base.clone();
                    scope.spawn(move || base.clone().filter(|p| orm::exists(base.clone().filter(|q| q.views.gt(p.views)))))
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("a query")).collect()
        });
        for query in made {
            assert_eq!(run!(query.count(db)), 2);
        }
    }

    fn loads_can_refer_to_the_rows_they_are_loaded_for(db) {
        world!(db);
        run!(Post::create().author(run!(Author::objects().filter(|a| a.name.eq("Ann")).get(db)).id).title("Ann").slug("own").save(db));
        let rows = run!(Author::objects().with(|a| a.posts().filter(|p| p.title.eq(a.name))).all(db));
        let found: Vec<_> = rows.iter().map(|(author, posts)| (author.name.as_str(), posts.iter().map(|post| post.slug.as_str()).collect::<Vec<_>>())).collect();
        assert_eq!(found, [("Ann", vec!["own"]), ("Ben", vec![]), ("Cleo", vec![])]);
        // Through a join table: tags that sort after the post's slug.
        let rows = run!(Post::objects().order_by(|p| p.id).with(|p| p.tags().filter(|t| t.label.gt(p.slug))).all(db));
        let found: Vec<_> = rows.iter().map(|(post, tags)| (post.slug.as_str(), tags.len())).collect();
        assert_eq!(found, [("first", 2), ("second", 0), ("draft", 0), ("third", 0), ("own", 0)]);
        let two = attempt!(Author::objects().with(|a| a.posts().with(|p| p.comments().filter(|c| c.text.eq(a.name)))).all(db)).map(|rows| rows.len());
        let two = error(two).to_string();
        assert!(two.contains("`name` of suite.Author is used in a query that is not inside the closure"), "{two}");
        let by_one = attempt!(Post::objects().with(|p| p.author().with(|a| a.edited().filter(|q| q.title.eq(p.title)))).all(db)).map(|rows| rows.len());
        let by_one = error(by_one).to_string();
        assert!(by_one.contains("`title` of suite.Post is used in a query that is not inside the closure"), "{by_one}");
    }

    fn a_query_can_be_cloned_even_if_its_model_cannot(db) {
        run!(Plain::create().number(3).save(db));
        let rows = Plain::objects().filter(|p| p.number.gt(1));
        let values = rows.clone().values(|p| p.number);
        let locked = rows.clone().select_for_update();
        let _ = locked.clone();
        assert!(format!("{rows:?}").starts_with("QuerySet"));
        assert_eq!(run!(rows.clone().count(db)), 1);
        assert_eq!(run!(values.clone().all(db)), run!(values.all(db)));
    }

    // `Reserved` is ordered by `order`, which decides which rows a limit keeps, as in the query on its own.
    fn a_subquery_with_a_limit_takes_the_order_of_its_model(db) {
        for order in [3, 1, 2] {
            let text = order.to_string();
            run!(Reserved::create().order(order).group("g").user(text.clone()).r#type("t").where_(text).save(db));
        }
        let first = || Reserved::objects().limit(1);
        let second = || Reserved::objects().offset(1).limit(1);
        let last = || Reserved::objects().reverse().limit(1);
        let read = Reserved::objects().limit(1).values(|_| (
            orm::subquery(first().values(|r| r.order)),
            orm::subquery(second().values(|r| r.order)),
            orm::subquery(last().values(|r| r.order)),
        ));
        assert_eq!(run!(read.all(db)), [(Some(1), Some(2), Some(3))]);
        let two = Reserved::objects().filter(|r| r.order.in_(Reserved::objects().limit(2).values(|q| q.order)));
        assert_eq!(run!(two.values(|r| r.order).all(db)), [1, 2]);
        let rest = Reserved::objects().filter(|r| r.order.in_(Reserved::objects().offset(2).values(|q| q.order)));
        assert_eq!(run!(rest.values(|r| r.order).all(db)), [3]);
        // An explicit order replaces it, and aggregates have no order.
        let own = Reserved::objects().order_by(|r| r.order.desc()).limit(1);
        let read = Reserved::objects().limit(1).values(|_| (
            orm::subquery(own.values(|r| r.order)),
            orm::subquery(first().values(|r| r.order.max())),
        ));
        assert_eq!(run!(read.all(db)), [(Some(3), Some(3))]);
    }
}
