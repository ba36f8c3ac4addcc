//! Values that conditions choose, and the greater and the lesser of two.

use orm::prelude::*;
use orm::queries::Case;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use orm_tests::world;

behaviour! {
    fn the_first_condition_that_holds_gives_the_value(db) {
        world!(db);
        let posts = || Post::objects().order_by(|p| p.id);
        let read = posts().values(|p| orm::case::<String>().when(p.views.ge(20), "much").when(p.views.ge(5), "some").otherwise("none"));
        assert_eq!(run!(read.all(db)), ["some", "much", "none", "some"]);
        // What is NULL does not hold, and what comes after is asked.
        let by_editor = posts().values(|p| orm::case::<String>().when(p.editor().name.eq("Ann"), "ann").when(p.editor().name.ne("Ann"), p.editor().name.coalesce("nobody")).or_null());
        assert_eq!(run!(by_editor.all(db)), ["Ben", "nobody", "nobody", "nobody"].map(|name| Some(name.to_owned())));
        let nothing = posts().values(|p| (orm::case::<i64>().otherwise(p.views), orm::case::<i64>().or_null()));
        assert_eq!(run!(nothing.all(db)), [(10, None), (20, None), (0, None), (5, None)]);
        // Values that come back are bound, whatever is in them.
        let hostile = posts().filter(|p| orm::case::<String>().when(p.views.eq(5), "' OR 1 = 1 --").otherwise("no").eq("' OR 1 = 1 --")).values(|p| p.slug);
        assert_eq!(run!(hostile.all(db)), ["third"]);
    }

    fn a_case_stands_wherever_a_value_does(db) {
        world!(db);
        // In the order of a list that a program has.
        let wanted = ["third", "draft", "first"];
        let by_list = Post::objects().filter(|p| p.slug.in_(wanted)).order_by(|p| {
            let case: Case<i64> = (0..).zip(wanted).fold(orm::case(), |case, (place, slug)| case.when(p.slug.eq(slug), place));
            case.or_null()
        });
        assert_eq!(run!(by_list.values(|p| p.slug).all(db)), wanted);
        // More branches than a nest of them would have levels.
        let many = Post::objects().order_by(|p| p.id).values(|p| (0..400).fold(orm::case::<i64>(), |case, number| case.when(p.views.eq(number), number * 2)).or_null());
        assert_eq!(run!(many.all(db)), [Some(20), Some(40), Some(0), Some(10)]);
        let counted = Post::objects().aggregate(|p| (orm::case::<i64>().when(p.views.ge(10), 1).or_null().count(), orm::case::<i64>().when(p.views.ge(10), p.views).otherwise(0).sum()));
        assert_eq!(run!(counted.run(db)), (2, Some(30)));
        let grouped = Post::objects().group_by(|p| orm::case::<String>().when(p.views.ge(10), "much").otherwise("little")).values(|p| (orm::case::<String>().when(p.views.ge(10), "much").otherwise("little"), count()));
        let mut grouped = run!(grouped.all(db));
        grouped.sort();
        assert_eq!(grouped, [("little".to_owned(), 2), ("much".to_owned(), 2)]);
        let of_related = Author::objects().values(|a| orm::case::<String>().when(a.posts().count().gt(1), "many").when(a.posts().exists(), "one").otherwise("none"));
        assert_eq!(run!(of_related.all(db)), ["many", "one", "none"]);
        let beside = run!(Post::objects().order_by(|p| p.id).annotate(|p| orm::case::<i64>().when(p.views.gt(5), 1).or_null()).all(db));
        assert_eq!(beside.iter().map(|(post, seen)| (post.slug.as_str(), *seen)).collect::<Vec<_>>(), [("first", Some(1)), ("second", Some(1)), ("draft", None), ("third", None)]);
        let changed = run!(Post::objects().update(|p| p.views.set(orm::case().when(p.slug.eq("first"), 1).when(p.slug.eq("second"), p.views + 1).otherwise(p.views))).run(db));
        assert_eq!(changed, 4);
        assert_eq!(run!(Post::objects().order_by(|p| p.id).values(|p| p.views).all(db)), [1, 21, 0, 5]);
    }

    fn the_greater_and_the_lesser_ignore_null(db) {
        world!(db);
        let posts = || Post::objects().order_by(|p| p.id);
        let rows = posts().values(|p| (p.views.greatest(7), p.views.least(7), p.views.greatest(None), p.slug.greatest(p.title), p.slug.least("g")));
        let found: Vec<(i64, i64, i64)> = run!(rows.all(db)).into_iter().map(|(greatest, least, itself, ..)| (greatest, least, itself)).collect();
        assert_eq!(found, [(10, 7, 10), (20, 7, 20), (7, 0, 0), (7, 5, 5)]);
        // Of two that may be NULL.
        let names = posts().values(|p| (p.editor().name.greatest("Aaa"), p.editor().name.least(p.author().country().code), p.author().name.least(p.editor().name)));
        let found = run!(names.all(db));
        assert_eq!(found[0], ("Ben".to_owned(), Some("AT".to_owned()), "Ann".to_owned()));
        assert_eq!(found[3], ("Aaa".to_owned(), None, "Ben".to_owned()));
        assert_eq!(run!(posts().filter(|p| p.views.greatest(6).eq(6)).values(|p| p.slug).all(db)), ["draft", "third"]);
        assert_eq!(run!(Post::objects().order_by(|p| (p.views.least(7).desc(), p.slug)).values(|p| p.slug).all(db)), ["first", "second", "third", "draft"]);
        assert_eq!(run!(Post::objects().aggregate(|p| p.views.greatest(7).sum()).run(db)), Some(44));
        let dated = posts().values(|p| p.published_at.greatest(DateTime::<Utc>::UNIX_EPOCH));
        assert!(run!(dated.all(db)).iter().all(|moment| *moment >= DateTime::<Utc>::UNIX_EPOCH));
    }

    fn an_aggregate_beside_a_row_is_refused_by_name(db) {
        let aggregate = error(attempt!(Post::objects().values(|p| (p.slug, p.views.greatest(1).sum())).all(db)));
        assert!(aggregate.to_string().contains("`slug` of suite.Post"), "{aggregate}");
    }
}
