//! Values behind a nullable relation are `Option`s in the types, however far away they are.

use orm::prelude::*;
use orm::queries::{Expr, Join, count};
use orm_tests::behaviour;
use orm_tests::models::*;

/// Takes the fields of a query's own rows and of related rows, also behind a nullable relation.
fn known<J: Join>(author: AuthorFields<J>) -> Expr<bool> {
    author.name.ne("") & author.email.contains("@")
}

/// Two authors, one with a profile and a country; three posts, one without an editor.
macro_rules! newsroom {
    ($db:ident) => {
        let country = run!(Country::create().code("de").name("Germany").save($db));
        let ann = run!(
            Author::create()
                .name("Ann")
                .email("ann@x")
                .country(&country)
                .save($db)
        );
        let bob = run!(Author::create().name("Bob").email("bob@x").save($db));
        run!(Profile::create().author(&ann).bio("writes").save($db));
        let first = run!(
            Post::create()
                .author(&ann)
                .editor(&bob)
                .title("A")
                .slug("a")
                .views(3)
                .save($db)
        );
        run!(
            Post::create()
                .author(&bob)
                .editor(&ann)
                .title("B")
                .slug("b")
                .views(5)
                .save($db)
        );
        let last = run!(
            Post::create()
                .author(&bob)
                .title("C")
                .slug("c")
                .views(7)
                .save($db)
        );
        run!(Comment::create().post(&first).text("x").save($db));
        run!(Comment::create().post(&last).text("y").save($db));
    };
}

behaviour! {
    fn values_behind_it_are_options(db) {
        newsroom!(db);
        let posts = Post::objects().order_by(|p| p.slug);
        let names: Vec<(String, Option<String>)> = run!(posts.clone().values(|p| (p.slug, p.editor().name)).all(db));
        assert_eq!(names, [("a".into(), Some("Bob".into())), ("b".into(), Some("Ann".into())), ("c".into(), None)]);
        let ids: Vec<Option<i64>> = run!(posts.clone().values(|p| p.editor().id).all(db));
        assert_eq!(ids.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, false]);
        // One `Option`, whether the column or the path to it may be NULL, or both.
        let keys: Vec<Option<ForeignKey<Country>>> = run!(posts.values(|p| p.editor().country).all(db));
        assert_eq!(keys.iter().map(|key| key.as_ref().map(ForeignKey::id)).collect::<Vec<_>>(), [None, Some("de".to_owned()), None]);
    }

    fn relations_behind_it_are_options_too(db) {
        newsroom!(db);
        let comments = Comment::objects().order_by(|c| c.text);
        let rows: Vec<(String, Option<String>, Option<String>)> = run!(comments
            .values(|c| (c.post().author().name, c.post().editor().name, c.post().editor().country().name))
            .all(db));
        assert_eq!(rows, [("Ann".into(), Some("Bob".into()), None), ("Bob".into(), None, None)]);
        // Backwards over a one-to-one relation, and from there along a foreign key that is never NULL.
        let authors = Author::objects().order_by(|a| a.name);
        let rows: Vec<(Option<String>, Option<String>)> = run!(authors.values(|a| (a.profile().bio, a.profile().author().name)).all(db));
        assert_eq!(rows, [(Some("writes".into()), Some("Ann".into())), (None, None)]);
    }

    fn rows_behind_it_are_options(db) {
        newsroom!(db);
        let authors = Author::objects().order_by(|a| a.name);
        let rows: Vec<(Author, Option<Author>)> = run!(authors.with(|a| a.profile().author()).all(db));
        assert_eq!(rows.iter().map(|(author, same)| same.as_ref() == Some(author)).collect::<Vec<_>>(), [true, false]);
        // Whether it is an `Option` depends on the row it is loaded beside.
        let posts = Post::objects().order_by(|p| p.slug);
        type Editor = Option<(Author, Option<Country>)>;
        let rows: Vec<(Post, Editor)> = run!(posts.with(|p| p.editor().with(|e| e.country())).all(db));
        let found: Vec<_> = rows.iter().map(|(_, editor)| editor.as_ref().map(|(_, country)| country.is_some())).collect();
        assert_eq!(found, [Some(false), Some(true), None]);
        let profiles: Vec<(Author, Option<(Profile, Author)>)> = run!(Author::objects().order_by(|a| a.name).with(|a| a.profile().with(|p| p.author())).all(db));
        assert_eq!(profiles.iter().map(|(_, profile)| profile.is_some()).collect::<Vec<_>>(), [true, false]);
    }

    fn expressions_of_options_are_options(db) {
        newsroom!(db);
        let posts = Post::objects().order_by(|p| p.slug);
        let made = run!(posts
            .values(|p| {
                (
                    p.editor().name.upper(),
                    p.views + p.editor().id - p.editor().id,
                    -p.editor().id + p.editor().id,
                    p.editor().name.coalesce("nobody"),
                    p.views.coalesce(0) + 1,
                )
            })
            .all(db));
        assert_eq!(
            made,
            [
                (Some("BOB".into()), Some(3), Some(0), "Bob".into(), 4),
                (Some("ANN".into()), Some(5), Some(0), "Ann".into(), 6),
                (None, None, None, "nobody".into(), 8),
            ]
        );
        // The left side is never NULL, and the right side may be.
        let sums: Vec<Option<i64>> = run!(Post::objects().order_by(|p| p.slug).values(|p| p.views + p.editor().id - p.editor().id).all(db));
        assert_eq!(sums, [Some(3), Some(5), None]);
        let names: Vec<Option<String>> = run!(Post::objects().order_by(|p| p.slug).values(|p| p.title.concat("-").concat(p.editor().name)).all(db));
        assert_eq!(names, [Some("A-Bob".into()), Some("B-Ann".into()), None]);
        let either: Vec<Option<String>> = run!(Post::objects().order_by(|p| p.slug).values(|p| p.editor().name.nullif("Ann").coalesce(p.editor().country().name)).all(db));
        assert_eq!(either, [Some("Bob".into()), Some("Germany".into()), None]);
    }

    fn groups_and_aggregates_of_options(db) {
        newsroom!(db);
        let groups: Vec<(Option<String>, i64)> = run!(Post::objects()
            .group_by(|p| p.editor().name)
            .values(|p| (p.editor().name, count()))
            .all(db));
        let mut groups = groups;
        groups.sort();
        assert_eq!(groups, [(None, 1), (Some("Ann".into()), 1), (Some("Bob".into()), 1)]);
        let (least, most, many) = run!(Post::objects().aggregate(|p| (p.editor().name.min(), p.editor().name.max(), p.editor().name.count())).run(db));
        assert_eq!((least.as_deref(), most.as_deref(), many), (Some("Ann"), Some("Bob"), 2));
    }

    fn conditions_and_orders_take_them_as_any_field(db) {
        newsroom!(db);
        let slugs = |query: QuerySet<Post>| query.values(|p| p.slug);
        assert_eq!(run!(slugs(Post::objects().filter(|p| p.editor().name.eq("Bob"))).all(db)), ["a"]);
        assert_eq!(run!(slugs(Post::objects().filter(|p| p.editor().name.ne("Bob")).order_by(|p| p.slug)).all(db)), ["b", "c"]);
        assert_eq!(run!(slugs(Post::objects().filter(|p| p.editor().name.is_null())).all(db)), ["c"]);
        assert_eq!(run!(slugs(Post::objects().filter(|p| p.author.ne(p.editor().id)).order_by(|p| p.slug)).all(db)), ["a", "b", "c"]);
        assert_eq!(run!(slugs(Post::objects().filter(|p| p.editor().id.eq(p.author))).all(db)), [""; 0]);
        assert_eq!(run!(slugs(Post::objects().filter(|p| p.editor().profile().bio.eq("writes"))).all(db)), ["b"]);
        assert_eq!(run!(slugs(Post::objects().filter(|p| p.editor().posts().any(|q| q.slug.eq("a")))).all(db)), ["b"]);
        assert_eq!(run!(slugs(Post::objects().order_by(|p| p.editor().name)).all(db)), ["c", "b", "a"]);
        assert_eq!(run!(slugs(Post::objects().order_by(|p| p.editor().name.desc().nulls_last())).all(db)), ["a", "b", "c"]);
    }

    fn a_function_takes_fields_of_either_kind(db) {
        newsroom!(db);
        assert_eq!(run!(Author::objects().filter(known).count(db)), 2);
        assert_eq!(run!(Post::objects().filter(|p| known(*p.author())).count(db)), 3);
        assert_eq!(run!(Post::objects().filter(|p| known(*p.editor())).count(db)), 2);
    }

    /// A condition is a condition whatever it refers to; as a value of a result its type has to allow NULL.
    fn conditions_as_values_say_that_they_may_be_unknown(db) {
        newsroom!(db);
        let refused = behaviour::error(attempt!(Post::objects().values(|p| p.editor().name.eq("Bob")).all(db)));
        assert!(refused.to_string().contains("value 1 in values() of suite.Post may be NULL"), "{refused}");
        assert!(refused.hint().is_some_and(|hint| hint.contains(".optional()")), "{refused}");
        let known = run!(Post::objects().order_by(|p| p.slug).values(|p| p.editor().name.eq("Bob").optional()).all(db));
        assert_eq!(known, [Some(true), Some(false), None]);
    }
}
