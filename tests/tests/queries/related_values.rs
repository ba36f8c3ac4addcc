//! Values of related rows and of other queries: each is of its own rows, whatever stands beside it and wherever it stands.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use crate::many_to_many::*;
use orm_tests::world;

behaviour! {
    fn values_of_several_relations_do_not_multiply_each_other(db) {
        world!(db);
        let rows = Author::objects().values(|a| {
            (a.name, a.posts().count(), a.edited().count(), a.posts().sum(|p| p.views), a.posts().sum(|p| p.comments().count()), a.posts().sum(|p| p.tags().count()))
        });
        let expected = [("Ann", 3, 0, Some(30), Some(2), Some(3)), ("Ben", 1, 1, Some(5), Some(1), Some(0)), ("Cleo", 0, 0, None, None, None)];
        assert_eq!(run!(rows.all(db)), expected.map(|(name, posts, edited, views, comments, tags)| (name.to_owned(), posts, edited, views, comments, tags)));
        let extremes = Author::objects().values(|a| (a.posts().min(|p| p.views), a.posts().max(|p| p.title), a.posts().avg(|p| p.views), a.posts().max(|p| p.published_at).is_null()));
        assert_eq!(
            run!(extremes.all(db)),
            [(Some(0), Some("Second".to_owned()), Some(10.0), false), (Some(5), Some("Third".to_owned()), Some(5.0), false), (None, None, None, true)]
        );
    }

    fn a_relation_is_narrowed_before_it_is_counted(db) {
        world!(db);
        let rows = Author::objects().values(|a| {
            let read = a.posts().filter(|p| p.views.gt(5));
            (read.clone().count(), read.clone().exclude(|p| p.slug.eq("first")).sum(|p| p.views), read.max(|p| p.slug), a.posts().filter(|p| p.title.eq(a.name)).count())
        });
        assert_eq!(run!(rows.all(db)), [(2, Some(20), Some("second".to_owned()), 0), (0, None, None, 0), (0, None, None, 0)]);
    }

    fn values_of_related_rows_filter_exclude_and_order(db) {
        world!(db);
        let names = |query: QuerySet<Author>| query.values(|a| a.name);
        assert_eq!(run!(names(Author::objects().filter(|a| a.posts().count().gt(1))).all(db)), ["Ann"]);
        assert_eq!(run!(names(Author::objects().exclude(|a| a.posts().count().gt(1))).all(db)), ["Ben", "Cleo"]);
        assert_eq!(run!(names(Author::objects().filter(|a| a.posts().sum(|p| p.views).lt(6))).all(db)), ["Ben"]);
        assert_eq!(run!(names(Author::objects().exclude(|a| a.posts().sum(|p| p.views).lt(6))).all(db)), ["Ann", "Cleo"]);
        assert_eq!(run!(names(Author::objects().order_by(|a| (a.posts().count(), a.name))).all(db)), ["Cleo", "Ben", "Ann"]);
        assert_eq!(run!(names(Author::objects().order_by(|a| a.posts().max(|p| p.views).desc().nulls_first())).all(db)), ["Cleo", "Ann", "Ben"]);
        assert_eq!(run!(Author::objects().filter(|a| a.posts().count().gt(0)).count(db)), 2);
        assert!(run!(Author::objects().filter(|a| a.posts().count().eq(3)).exists(db)));
        assert_eq!(run!(Author::objects().filter(|a| a.posts().count().eq(a.edited().count()) & a.edited().count().gt(0)).get(db)).name, "Ben");
        let loaded = run!(Author::objects().filter(|a| a.posts().count().gt(0)).with(|a| a.posts().filter(|p| p.comments().count().gt(1))).all(db));
        assert_eq!(loaded.iter().map(|(author, posts)| (author.name.as_str(), posts.len())).collect::<Vec<_>>(), [("Ann", 1), ("Ben", 0)]);
    }

    fn relations_to_one_lead_to_rows_that_are_counted(db) {
        world!(db);
        let rows = Post::objects().order_by(|p| p.id).values(|p| {
            (p.slug, p.author().posts().count(), p.editor().posts().count(), p.editor().posts().sum(|q| q.views), p.author().country().authors().count(), p.editor().name)
        });
        let rows = run!(rows.all(db));
        let found: Vec<_> = rows.iter().map(|(slug, of_author, of_editor, views, nearby, editor)| (slug.as_str(), *of_author, *of_editor, *views, *nearby, editor.as_deref())).collect();
        // Where there is no editor and no country, there are no rows of theirs.
        assert_eq!(found, [("first", 3, 1, Some(5), 2, Some("Ben")), ("second", 3, 0, None, 2, None), ("draft", 3, 0, None, 2, None), ("third", 1, 0, None, 0, None)]);
        let comments = Comment::objects().filter(|c| c.post().author().posts().count().gt(1)).values(|c| c.text);
        assert_eq!(run!(comments.all(db)), ["good", "spam"]);
    }

    fn rows_through_a_join_table_are_counted_from_both_sides(db) {
        world!(db);
        let posts = Post::objects().order_by(|p| p.id).values(|p| (p.tags().count(), p.tags().max(|t| t.label), p.tags().sum(|t| t.posts().count())));
        assert_eq!(run!(posts.all(db)), [(2, Some("sql".to_owned()), Some(3)), (1, Some("rust".to_owned()), Some(2)), (0, None, None), (0, None, None)]);
        let tags = Tag::objects().values(|t| (t.label, t.posts().count(), t.posts().sum(|p| p.views), t.posts().filter(|p| p.author().name.eq("Ben")).count()));
        assert_eq!(run!(tags.all(db)), [("rust".to_owned(), 2, Some(30), 0), ("sql".to_owned(), 1, Some(10), 0), ("unused".to_owned(), 0, None, 0)]);
    }

    fn a_pair_that_is_related_twice_is_counted_once(db) {
        let ann = run!(Player::create().name("ann").save(db));
        let red = run!(Team::create().title("red").save(db));
        let blue = run!(Team::create().title("blue").save(db));
        run!(Visit::bulk_create([&red, &red, &blue].map(|team| Visit::create().player(&ann).team(team))).run(db));
        let rows = Player::objects().values(|p| (p.visited().count(), p.visited().sum(|t| t.title.length()), p.visited().order_by(|t| t.title.desc()).first(|t| t.title), p.visited().exists()));
        assert_eq!(run!(rows.all(db)), [(2, Some(7), Some("red".to_owned()), true)]);
        assert_eq!(run!(Team::objects().order_by(|t| t.id).values(|t| t.guests().count()).all(db)), [1, 1]);
    }

    fn the_first_row_is_that_of_an_order_of_the_model_or_of_the_key(db) {
        world!(db);
        let rows = Author::objects().values(|a| {
            (
                a.posts().order_by(|p| p.views.desc()).first(|p| p.title),
                // Ordered by the model: `-published_at`, NULL last.
                a.posts().first(|p| p.slug),
                a.edited().first(|p| p.author().name),
                a.posts().first(|p| p.comments().count()),
            )
        });
        let rows = run!(rows.all(db));
        let found: Vec<_> = rows.iter().map(|(most, newest, edited, comments)| (most.as_deref(), newest.as_deref(), edited.as_deref(), *comments)).collect();
        assert_eq!(found, [(Some("Second"), Some("second"), None, Some(0)), (Some("Third"), Some("third"), Some("Ann"), Some(1)), (None, None, None, None)]);
        // A profile has no order of its own, and of two values that may not be there one is enough to say so.
        let country = Country::objects().values(|c| (c.code, c.authors().first(|a| a.profile().bio)));
        assert_eq!(run!(country.all(db)), [("AT".to_owned(), Some("writes".to_owned())), ("DE".to_owned(), None)]);
    }

    fn values_of_related_rows_are_computed_grouped_and_distinct(db) {
        world!(db);
        let share = Author::objects().values(|a| a.posts().sum(|p| p.views).coalesce(0) * 2 + a.posts().count());
        assert_eq!(run!(share.all(db)), [63, 11, 0]);
        let groups = Author::objects().group_by(|a| a.posts().count().gt(0)).values(|a| (a.posts().count().gt(0), count(), a.posts().count().max())).order_by(|a| a.posts().count().gt(0));
        assert_eq!(run!(groups.all(db)), [(false, 1, Some(0)), (true, 2, Some(3))]);
        let having = Post::objects().group_by(|p| p.author().posts().count()).values(|p| (p.author().posts().count(), p.views.sum())).having(|p| p.author().posts().count().gt(1));
        assert_eq!(run!(having.all(db)), [(3, Some(30))]);
        let different = Post::objects().values(|p| p.author().posts().count()).distinct().order_by(|p| p.author().posts().count());
        assert_eq!(run!(different.all(db)), [1, 3]);
        assert_eq!(run!(Author::objects().aggregate(|a| (a.posts().count().max(), a.posts().count().sum())).run(db)), (Some(3), Some(4)));
        let per_country = Country::objects().values(|c| c.authors().max(|a| a.posts().sum(|p| p.views)));
        assert_eq!(run!(per_country.all(db)), [Some(30), None]);
    }

    fn values_of_related_rows_are_written(db) {
        world!(db);
        assert_eq!(run!(Post::objects().update(|p| (p.views.set(p.comments().count()), p.body.set(p.tags().first(|t| t.label).coalesce("none")))).run(db)), 4);
        let rows = run!(Post::objects().order_by(|p| p.id).values(|p| (p.views, p.body)).all(db));
        assert_eq!(rows, [(2, "rust".to_owned()), (0, "rust".to_owned()), (0, "none".to_owned()), (1, "none".to_owned())]);
        assert_eq!(run!(Post::objects().filter(|p| p.comments().count().eq(0)).delete().run(db)), 2);
        assert_eq!(run!(Post::objects().count(db)), 2);
    }

    fn a_query_of_another_model_is_a_value(db) {
        world!(db);
        let rows = Author::objects().values(|a| {
            let theirs = || orm::subquery(Post::objects().filter(move |p| p.author.eq(a.id)));
            (theirs().count(), theirs().sum(|p| p.views), theirs().max(|p| p.views), theirs().first(|p| p.slug), theirs().aggregate(|p| p.status.count_distinct()))
        });
        assert_eq!(
            run!(rows.all(db)),
            [(3, Some(30), Some(20), Some("second".to_owned()), 2), (1, Some(5), Some(5), Some("third".to_owned()), 1), (0, None, None, None, 0)]
        );
        let above = Post::objects().filter(|p| p.views.to_i64().gt(orm::subquery(Post::objects()).min(|q| q.views)) & orm::subquery(Post::objects().filter(|q| q.views.gt(p.views))).count().lt(2));
        assert_eq!(run!(above.order_by(|p| p.id).values(|p| p.slug).all(db)), ["first", "second"]);
        assert_eq!(run!(Author::objects().filter(|_| orm::subquery(Post::objects().none()).count().eq(0)).count(db)), 3);
        assert_eq!(run!(Author::objects().limit(1).values(|_| orm::subquery(Post::objects().none()).sum(|p| p.views)).all(db)), [None]);
    }

    fn rows_that_are_cut_off_are_not_aggregated(db) {
        world!(db);
        let rows = Author::objects().limit(1).values(|_| {
            let most = || Post::objects().order_by(|p| p.views.desc());
            let of = |query: QuerySet<Post>| orm::subquery(query);
            (
                of(most().limit(2)).sum(|p| p.views),
                of(most().limit(2)).count(),
                of(most().offset(1)).count(),
                of(most().offset(1)).first(|p| p.slug),
                of(most().limit(3).offset(1)).first(|p| p.slug),
                of(most().limit(0)).first(|p| p.slug),
                of(Post::objects().limit(1)).max(|p| p.slug),
            )
        });
        let word = |word: &str| Some(word.to_owned());
        assert_eq!(run!(rows.all(db)), [(Some(30), 2, 3, word("first"), word("first"), None, word("third"))]);
        let per_author = Author::objects().values(|a| orm::subquery(Post::objects().filter(|p| p.author.eq(a.id)).order_by(|p| p.views.desc()).limit(2)).sum(|p| p.views));
        assert_eq!(run!(per_author.all(db)), [Some(30), Some(5), None]);
    }

    // SQL takes an aggregate of nothing but outer columns for one of the outer query.
    fn an_aggregate_of_an_outer_value_is_over_the_rows_within(db) {
        world!(db);
        let rows = Author::objects().values(|a| (a.posts().sum(|_| (a.id + 2) - a.id), a.posts().aggregate(|_| a.name.count()), a.posts().max(|_| a.name), a.posts().aggregate(|_| a.name.string_agg("+"))));
        let rows = run!(rows.all(db));
        let found: Vec<_> = rows.iter().map(|(twice, names, name, joined)| (*twice, *names, name.as_deref(), joined.as_deref())).collect();
        assert_eq!(found, [(Some(6), 3, Some("Ann"), Some("Ann+Ann+Ann")), (Some(2), 1, Some("Ben"), Some("Ben")), (None, 0, None, None)]);
        let within = Author::objects().values(|a| orm::subquery(Post::objects().filter(|p| p.author.eq(a.id)).values(|_| a.name.count())));
        assert_eq!(run!(within.all(db)), [Some(3), Some(1), Some(0)]);
    }

    fn what_is_not_a_value_of_all_rows_is_refused(db) {
        world!(db);
        macro_rules! refused {
            ($query:expr, $says:literal) => {{
                let refused = error(attempt!($query.all(db)));
                assert!(refused.is_unsupported() && refused.to_string().contains($says), "{refused}");
            }};
        }
        refused!(Author::objects().values(|a| a.posts().aggregate(|p| p.title)), "aggregate() of related rows gives one answer over all of them, and this is not an aggregate");
        refused!(Author::objects().values(|a| a.posts().sum(|p| p.views.sum())), "`sum` is over single rows, and gets what is an aggregate already");
        refused!(Author::objects().values(|a| a.posts().filter(|p| p.views.sum().gt(3)).count()), "the filter of a query within an expression looks at single rows and cannot aggregate");
        refused!(Author::objects().values(|a| a.posts().aggregate(|p| p.views.sum() + p.views)), "names `views` of suite.Post, which may differ between the rows of a group");
        refused!(Author::objects().values(|_| orm::subquery(Post::objects().group_by(|p| p.author)).count()), "group_by() of a query within an expression makes groups");
        refused!(Author::objects().group_by(|a| a.country).values(|a| (a.country, a.posts().count())), "values() of suite.Author names `id` of suite.Author, which may differ between the rows of a group");
        let mut kept = None;
        let _ = Author::objects().filter(|a| { kept = Some(a); a.id.gt(0) });
        let stray = kept.expect("the closure was called");
        let refused = error(attempt!(Post::objects().filter(|_| stray.posts().count().gt(0)).all(db))).to_string();
        assert!(refused.contains("is used in a query that is not inside the closure"), "{refused}");
    }
}
