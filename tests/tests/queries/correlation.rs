//! Which rows a field belongs to: nested subqueries, captured fields, narrowed relations, self relations.

#![allow(
    clippy::type_complexity,
    reason = "what was loaded is written out, to be checked against its type"
)]

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use orm_tests::world;

behaviour! {
    fn a_filter_of_a_relation_applies_in_its_subquery(db) {
        world!(db);
        let names = |query: QuerySet<Author>| query.order_by(|a| a.id).values(|a| a.name);
        let viewed = Author::objects().filter(|a| a.posts().filter(|p| p.views.gt(10)).exists());
        assert_eq!(run!(names(viewed).all(db)), ["Ann"]);
        let both = Author::objects().filter(|a| a.posts().filter(|p| p.views.lt(10)).any(|p| p.slug.ne("third")));
        assert_eq!(run!(names(both).all(db)), ["Ann"]);
        let unviewed = Author::objects().filter(|a| !a.posts().exclude(|p| p.views.lt(10)).exists());
        assert_eq!(run!(names(unviewed).all(db)), ["Ben", "Cleo"]);
        let every = Author::objects().filter(|a| a.posts().filter(|p| p.views.gt(0)).every(|p| p.views.ge(10)));
        assert_eq!(run!(names(every).all(db)), ["Ann", "Cleo"]);
        let deep = Author::objects().filter(|a| a.posts().filter(|p| p.editor().name.eq("Ben")).any(|p| p.tags().any(|t| t.label.eq("sql"))));
        assert_eq!(run!(names(deep).all(db)), ["Ann"]);
    }

    fn fields_of_outer_rows_are_known_inside(db) {
        world!(db);
        // Posts that share a tag with another post.
        let sharing = Post::objects()
            .filter(|p| p.tags().any(|t| t.posts().any(|other| other.id.ne(p.id))))
            .order_by(|p| p.id)
            .values(|p| p.slug);
        assert_eq!(run!(sharing.all(db)), ["first", "second"]);
        // Two tags: the same relation twice, nested.
        let two = Post::objects()
            .filter(|p| p.tags().any(|t| p.tags().any(|u| u.id.ne(t.id))))
            .values(|p| p.slug);
        assert_eq!(run!(two.all(db)), ["first"]);
        // A foreign key of the outer row, followed inside.
        let by_editor = Post::objects()
            .filter(|p| p.comments().any(|c| c.text.eq("good") & p.editor().name.eq("Ben")))
            .values(|p| p.slug);
        assert_eq!(run!(by_editor.all(db)), ["first"]);
        let outer = Post::objects()
            .filter(|p| p.comments().any(|c| c.post().author().name.eq(p.author().name)))
            .order_by(|p| p.id)
            .values(|p| p.slug);
        assert_eq!(run!(outer.all(db)), ["first", "third"]);
        // Two subqueries side by side.
        let beside = Post::objects()
            .filter(|p| p.tags().any(|t| t.label.eq("rust")) & p.tags().any(|t| t.label.eq("sql")))
            .values(|p| p.slug);
        assert_eq!(run!(beside.all(db)), ["first"]);
    }

    fn fields_of_another_query_are_refused(db) {
        world!(db);
        let mut leaked = None;
        let leaking = Post::objects().filter(|p| p.tags().any(|t| { leaked = Some(t); t.label.ne("") }));
        run!(leaking.all(db));
        let tag = leaked.expect("a field");
        let refused = error(attempt!(Post::objects().filter(|_| tag.label.eq("rust")).all(db))).to_string();
        assert!(refused.contains("`label` of suite.Tag is used in a query that is not inside the closure"), "{refused}");
    }

    fn loads_are_narrowed_along_relations(db) {
        world!(db);
        let rows = run!(
            Author::objects()
                .with(|a| {
                    a.posts()
                        .filter(|p| p.editor().name.eq("Ben") | p.tags().any(|t| t.posts().any(|q| q.id.ne(p.id))))
                        .exclude(|p| p.author().country().name.eq("Germany"))
                        .order_by(|p| (p.author().name, p.id.desc()))
                        .with(|p| p.editor())
                        .with(|p| p.comments().filter(|c| c.post().views.eq(10)).order_by(|c| c.id.desc()))
                })
                .all(db)
        );
        let lines: Vec<String> = rows
            .iter()
            .flat_map(|(author, posts)| {
                posts.iter().map(|(post, editor, comments)| {
                    let comments: Vec<&str> = comments.iter().map(|comment| comment.text.as_str()).collect();
                    format!("{}/{} {:?} {comments:?}", author.name, post.slug, editor.as_ref().map(|editor| &editor.name))
                })
            })
            .collect();
        assert_eq!(lines, [r#"Ann/second None []"#, r#"Ann/first Some("Ben") ["spam", "good"]"#]);
    }

    fn one_parent_of_many_rows_is_loaded_for_each(db) {
        world!(db);
        let rows: Vec<(Comment, (Post, (Author, Vec<Post>), Vec<(Tag, Vec<Post>)>))> = run!(
            Comment::objects()
                .with(|c| c.post().with(|p| p.author().with(|a| a.posts())).with(|p| p.tags().with(|t| t.posts())))
                .all(db)
        );
        let counts: Vec<_> = rows
            .iter()
            .map(|(comment, (post, (author, posts), tags))| {
                let tagged: Vec<usize> = tags.iter().map(|(_, posts)| posts.len()).collect();
                (comment.text.as_str(), post.slug.as_str(), author.name.as_str(), posts.len(), tagged)
            })
            .collect();
        assert_eq!(
            counts,
            [
                ("good", "first", "Ann", 3, vec![2, 1]),
                ("spam", "first", "Ann", 3, vec![2, 1]),
                ("hm", "third", "Ben", 1, vec![]),
            ]
        );
    }

    fn a_relation_that_leads_nowhere_loads_nothing_behind_it(db) {
        world!(db);
        let rows: Vec<(Post, Option<(Author, Vec<Post>, Option<Country>)>)> = run!(
            Post::objects().with(|p| p.editor().with(|e| e.posts()).with(|e| e.country())).order_by(|p| p.id).all(db)
        );
        let found: Vec<_> = rows.iter().map(|(post, editor)| (post.slug.as_str(), editor.as_ref().map(|(_, posts, _)| posts.len()))).collect();
        assert_eq!(found, [("first", Some(1)), ("second", None), ("draft", None), ("third", None)]);
        let only_author: Vec<(Author, Option<(Profile, Author)>)> = run!(Author::objects().with(|a| a.profile().with(|p| p.author())).all(db));
        assert_eq!(only_author.iter().filter(|(_, profile)| profile.is_some()).count(), 1);
    }

    fn foreign_keys_are_compared_with_foreign_keys(db) {
        world!(db);
        let ann = run!(Author::objects().filter(|a| a.name.eq("Ann")).get(db));
        let ben = run!(Author::objects().filter(|a| a.name.eq("Ben")).get(db));
        assert_eq!(run!(Post::objects().filter(|p| p.author.in_([&ann, &ben])).count(db)), 4);
        assert_eq!(run!(Post::objects().filter(|p| p.author.in_([ann.id])).count(db)), 3);
        assert_eq!(run!(Post::objects().filter(|p| p.editor.eq(&ben)).count(db)), 1);
        assert_eq!(run!(Post::objects().filter(|p| p.editor.ne(p.author)).count(db)), 4);
        assert_eq!(run!(Post::objects().exclude(|p| p.editor.eq(p.author)).count(db)), 4);
        assert_eq!(run!(Author::objects().filter(|a| a.country.eq("AT")).count(db)), 2);
        assert_eq!(run!(Author::objects().filter(|a| a.country.eq(None)).count(db)), 1);
        assert_eq!(run!(Author::objects().filter(|a| a.edited().any(|p| p.author.ne(a.id))).count(db)), 1);
        run!(Post::objects().filter(|p| p.slug.eq("third")).update(|p| p.editor.set(&ann)).run(db));
        run!(Post::objects().filter(|p| p.slug.eq("first")).update(|p| (p.editor.set(None), p.author.set(ben.id))).run(db));
        assert_eq!(run!(ben.posts().count(db)), 2);
        assert_eq!(run!(ann.edited().count(db)), 1);
    }

    fn updates_and_deletes_with_subqueries_affect_the_matching_rows(db) {
        world!(db);
        let changed = run!(
            Post::objects()
                .filter(|p| p.tags().any(|t| t.posts().any(|other| other.id.ne(p.id))) & p.author().country().code.eq("AT"))
                .update(|p| (p.views.set(p.views * 2 + 1), p.body.set(p.title.lower())))
                .run(db)
        );
        assert_eq!(changed, 2);
        let views = run!(Post::objects().order_by(|p| p.id).values(|p| (p.views, p.body)).all(db));
        assert_eq!(views, [(21, "first".to_owned()), (41, "second".to_owned()), (0, String::new()), (5, String::new())]);
        let flagged = run!(Comment::objects().update(|c| c.hidden.set(c.text.eq("hm"))).run(db));
        assert_eq!(flagged, 3);
        assert_eq!(run!(Comment::objects().filter(|c| c.hidden).values(|c| c.text).all(db)), ["hm"]);
        assert_eq!(run!(Comment::objects().update(|c| c.text.set(c.post().title)).run(db)), 3);
        assert_eq!(run!(Comment::objects().filter(|c| c.text.ne(c.post().title)).count(db)), 0);
        // The condition reads the table that is deleted from.
        let child = run!(Person::create().name("child").save(db));
        run!(child.update(|p| p.parent.set(&child)).run(db));
        run!(Person::create().name("other").save(db));
        assert_eq!(run!(Person::objects().filter(|p| p.parent().children().any(|c| c.id.eq(p.id))).delete().run(db)), 1);
        assert_eq!(run!(Person::objects().values(|p| p.name).all(db)), ["other"]);
    }

    fn a_many_to_many_of_a_model_with_itself_has_two_sides(db) {
        let people = run!(Person::bulk_create(["a", "b", "c"].map(|name| Person::create().name(name))).all(db));
        let [a, b, c] = people.as_slice() else { panic!("three people") };
        assert_eq!(run!(a.admires().add([b, c, b]).run(db)), 2);
        assert_eq!(run!(c.admired_by().add([b]).run(db)), 1);
        macro_rules! names {
            ($query:expr) => {
                run!($query.objects().values(|p| p.name).all(db)).concat()
            };
        }
        assert_eq!(names!(a.admires()), "bc");
        assert_eq!(names!(c.admired_by()), "ab");
        assert_eq!(names!(b.admires()), "c");
        assert_eq!(names!(a.admired_by()), "");
        assert_eq!(run!(c.admired_by().set([a]).run(db)), 1);
        assert_eq!(names!(c.admired_by()), "a");
        assert_eq!(names!(a.admires()), "bc");
        assert_eq!(run!(c.admired_by().remove([a.id, b.id]).run(db)), 1);
        assert_eq!(names!(a.admires()), "b");
        assert_eq!(run!(a.admires().set([b, c]).run(db)), 1);
        assert_eq!(run!(b.admired_by().clear().run(db)), 1);
        assert_eq!(names!(a.admires()), "c");
        assert_eq!(run!(a.admires().add(Vec::<i64>::new()).run(db)), 0);
        assert!(error(attempt!(a.admires().add([i64::MAX]).run(db))).is_foreign_key_violation());
        assert_eq!(names!(a.admires()), "c");
        assert_eq!(run!(a.admires().filter(|p| p.admired_by().any(|q| q.name.eq("a"))).count(db)), 1);
        assert_eq!(run!(a.admires().set(Vec::<i64>::new()).run(db)), 1);
        assert_eq!(run!(a.admires().count(db)), 0);
    }
}
