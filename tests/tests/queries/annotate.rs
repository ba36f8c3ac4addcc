//! Values beside whole rows: in the order in which they were asked for, whatever else the query is.

#![allow(
    clippy::type_complexity,
    reason = "what stands beside a row is written out, to be checked against its type"
)]

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use orm_tests::world;

behaviour! {
    fn one_value_or_a_tuple_stands_beside_each_row(db) {
        world!(db);
        let counted: Vec<(Author, i64)> = run!(Author::objects().annotate(|a| a.posts().count()).all(db));
        assert_eq!(counted.iter().map(|(author, posts)| (author.name.as_str(), *posts)).collect::<Vec<_>>(), [("Ann", 3), ("Ben", 1), ("Cleo", 0)]);
        let summed: Vec<(Author, (i64, Option<i64>, Option<String>))> =
            run!(Author::objects().annotate(|a| (a.posts().count(), a.posts().sum(|p| p.views), a.country().name)).all(db));
        assert_eq!(summed.iter().map(|(_, values)| values.clone()).collect::<Vec<_>>(), [(3, Some(30), Some("Austria".to_owned())), (1, Some(5), None), (0, None, Some("Austria".to_owned()))]);
        let fields: Vec<(Post, (String, i64, Option<String>))> = run!(Post::objects().order_by(|p| p.id).annotate(|p| (p.author().name, p.views * 2, p.editor().name)).all(db));
        assert_eq!(fields[0].1, ("Ann".to_owned(), 20, Some("Ben".to_owned())));
        assert_eq!(fields[3].1, ("Ben".to_owned(), 10, None));
        assert_eq!(fields[3].0, run!(Post::objects().filter(|p| p.slug.eq("third")).get(db)));
    }

    fn values_and_loads_stand_in_the_order_of_the_calls(db) {
        world!(db);
        let rows: Vec<(Post, i64, Author, (Option<String>, bool), Option<Author>, Vec<Tag>, String)> = run!(
            Post::objects()
                .annotate(|p| p.comments().count())
                .with(|p| p.author())
                .annotate(|p| (p.tags().first(|t| t.label), p.views.gt(9)))
                .with(|p| p.editor())
                .with(|p| p.tags())
                .annotate(|p| p.author().name.upper())
                .order_by(|p| p.id)
                .all(db)
        );
        let (post, comments, author, (tag, read), editor, tags, shouted) = &rows[0];
        assert_eq!((post.slug.as_str(), *comments, author.name.as_str(), tag.as_deref(), *read), ("first", 2, "Ann", Some("rust"), true));
        assert_eq!((editor.as_ref().map(|editor| editor.name.as_str()), tags.len(), shouted.as_str()), (Some("Ben"), 2, "ANN"));
        let (post, comments, author, (tag, read), editor, tags, shouted) = &rows[3];
        assert_eq!((post.slug.as_str(), *comments, author.name.as_str(), tag.as_deref(), *read), ("third", 1, "Ben", None, false));
        assert_eq!((editor.as_ref(), tags.len(), shouted.as_str()), (None, 0, "BEN"));
        let lists: Vec<(Author, Vec<(Post, Vec<Comment>)>, i64)> =
            run!(Author::objects().with(|a| a.posts().with(|p| p.comments()).order_by(|p| p.id)).annotate(|a| a.posts().sum(|p| p.comments().count()).coalesce(0)).all(db));
        assert_eq!(lists.iter().map(|(_, posts, comments)| (posts.len(), *comments)).collect::<Vec<_>>(), [(3, 2), (1, 1), (0, 0)]);
    }

    fn a_query_with_values_beside_its_rows_is_any_other_query(db) {
        world!(db);
        let posts = || Author::objects().annotate(|a| a.posts().count());
        let names = |rows: Vec<(Author, i64)>| rows.into_iter().map(|(author, posts)| format!("{} {posts}", author.name)).collect::<Vec<_>>();
        assert_eq!(names(run!(posts().filter(|a| a.posts().count().gt(0)).order_by(|a| a.posts().count()).all(db))), ["Ben 1", "Ann 3"]);
        assert_eq!(names(run!(posts().exclude(|a| a.posts().count().eq(1)).reverse().all(db))), ["Cleo 0", "Ann 3"]);
        assert_eq!(names(run!(posts().order_by(|a| a.posts().count().desc()).limit(1).offset(1).all(db))), ["Ben 1"]);
        assert_eq!(names(run!(posts().limit(2).distinct().all(db))), ["Ann 3", "Ben 1"]);
        let ben = run!(Author::objects().filter(|a| a.name.eq("Ben")).get(db));
        // The statement for a row by its key has no values beside it.
        assert_eq!(run!(posts().filter(|a| a.id.eq(ben.id)).get(db)), (ben.clone(), 1));
        assert_eq!(run!(posts().filter(|a| a.id.eq(ben.id)).all(db)), [(ben.clone(), 1)]);
        assert_eq!(run!(posts().filter(|a| a.id.eq(ben.id)).get_or_none(db)), Some((ben.clone(), 1)));
        assert_eq!(run!(posts().filter(|a| a.id.in_([ben.id, 999])).all(db)), [(ben.clone(), 1)]);
        assert_eq!(run!(posts().filter(|a| a.name.eq("nobody")).first(db)), None);
        assert_eq!(names(run!(posts().first(db)).into_iter().collect()), ["Ann 3"]);
        assert_eq!(names(run!(posts().last(db)).into_iter().collect()), ["Cleo 0"]);
        assert!(error(attempt!(posts().get(db))).is_multiple());
        assert_eq!(run!(posts().count(db)), 3);
        assert_eq!(run!(posts().limit(2).count(db)), 2);
        assert!(run!(posts().exists(db)));
        assert_eq!(run!(posts().none().all(db)), []);
        assert_eq!(names(run!(posts().filter(|a| orm::exists(Author::objects().annotate(|b| b.posts().count()).filter(|b| b.id.gt(a.id)))).all(db))), ["Ann 3", "Ben 1"]);
    }

    fn values_stand_beside_few_rows_and_their_list(db) {
        world!(db);
        let author = |name: &'static str| Author::objects().filter(move |a| a.name.eq(name));
        let named: Vec<(Author, (i64, Option<String>), Vec<Post>)> = run!(
            author("Ann").annotate(|a| (a.posts().count(), a.posts().filter(|p| p.slug.ne("second")).max(|p| p.slug))).with(|a| a.posts().filter(|p| p.views.gt(5)).order_by(|p| p.id)).limit(3).all(db)
        );
        assert_eq!(named.len(), 1);
        assert_eq!((named[0].1.clone(), named[0].2.iter().map(|post| post.slug.as_str()).collect::<Vec<_>>()), ((3, Some("first".to_owned())), vec!["first", "second"]));
        let (cleo, posts, count) = run!(author("Cleo").with(|a| a.posts()).annotate(|a| a.posts().count()).first(db)).expect("Cleo");
        assert_eq!((cleo.name.as_str(), posts.len(), count), ("Cleo", 0, 0));
        let id = run!(author("Ann").get(db)).id;
        let (_, posts, views) = run!(Author::objects().filter(|a| a.id.eq(id)).with(|a| a.posts()).annotate(|a| a.posts().sum(|p| p.views)).get(db));
        assert_eq!((posts.len(), views), (3, Some(30)));
        let two: Vec<(Author, Vec<Post>, i64)> = run!(Author::objects().with(|a| a.posts()).annotate(|a| a.edited().count()).order_by(|a| a.edited().count().desc()).limit(2).all(db));
        assert_eq!(two.iter().map(|(author, posts, edited)| (author.name.as_str(), posts.len(), *edited)).collect::<Vec<_>>(), [("Ben", 1, 1), ("Ann", 3, 0)]);
    }

    fn values_stand_beside_related_rows(db) {
        world!(db);
        let rows: Vec<(Author, Vec<(Post, (i64, Option<String>))>)> =
            run!(Author::objects().with(|a| a.posts().annotate(|p| (p.comments().count(), p.tags().first(|t| t.label))).order_by(|p| p.id)).all(db));
        let found: Vec<Vec<_>> = rows.iter().map(|(_, posts)| posts.iter().map(|(post, (comments, tag))| (post.slug.as_str(), *comments, tag.as_deref())).collect()).collect();
        assert_eq!(found, [vec![("first", 2, Some("rust")), ("second", 0, Some("rust")), ("draft", 0, None)], vec![("third", 1, None)], vec![]]);
        // Through a join table, of one row by its key, nested, with a value of the rows they belong to.
        let tags: Vec<(Tag, Vec<(Post, i64, Author, Vec<(Comment, i64)>)>)> =
            run!(Tag::objects().with(|t| t.posts().annotate(|p| p.tags().count()).with(|p| p.author()).with(|p| p.comments().annotate(|c| c.text.length())).order_by(|p| p.id)).all(db));
        let found: Vec<Vec<_>> = tags.iter().map(|(_, posts)| posts.iter().map(|(post, tags, author, comments)| (post.slug.as_str(), *tags, author.name.as_str(), comments.iter().map(|(_, length)| *length).collect::<Vec<_>>())).collect()).collect();
        assert_eq!(found, [vec![("first", 2, "Ann", vec![4, 4]), ("second", 1, "Ann", vec![])], vec![("first", 2, "Ann", vec![4, 4])], vec![]]);
        let ann = run!(Author::objects().filter(|a| a.name.eq("Ann")).get(db)).id;
        let of_ann: (Author, Vec<(Post, String)>) = run!(Author::objects().filter(|a| a.id.eq(ann)).with(|a| a.posts().annotate(|p| p.title.concat(" by ").concat(a.name)).order_by(|p| p.id).filter(|p| p.views.gt(0))).get(db));
        assert_eq!(of_ann.1.iter().map(|(_, title)| title.as_str()).collect::<Vec<_>>(), ["First by Ann", "Second by Ann"]);
        let first: Option<(Author, Vec<(Post, String)>)> = run!(Author::objects().with(|a| a.posts().annotate(|p| p.title.concat(" by ").concat(a.name)).order_by(|p| p.id)).first(db));
        assert_eq!(first.expect("Ann").1[2].1, "Draft by Ann");
        assert_eq!(run!(run!(Author::objects().filter(|a| a.name.eq("Ann")).get(db)).posts().annotate(|p| p.comments().count()).order_by(|p| p.id).all(db)).iter().map(|(_, comments)| *comments).collect::<Vec<_>>(), [2, 0, 0]);
    }

    fn what_cannot_stand_beside_a_row_is_refused(db) {
        world!(db);
        let refused = error(attempt!(Post::objects().annotate(|p| p.views.sum()).all(db)));
        assert!(refused.is_unsupported(), "{refused}");
        assert!(refused.to_string().contains("annotate() of suite.Post puts a value beside each row, and this is an aggregate over all of them"), "{refused}");
        let refused = error(attempt!(Author::objects().with(|a| a.posts().annotate(|_| count())).all(db))).to_string();
        assert!(refused.contains("annotate() of suite.Post puts a value beside each row"), "{refused}");
        let refused = error(attempt!(Post::objects().annotate(|p| p.editor().name.eq("Ben")).all(db))).to_string();
        assert!(refused.contains("value 1 in annotate() of suite.Post may be NULL, and its type here is not an Option"), "{refused}");
        let optional: Vec<(Post, Option<bool>)> = run!(Post::objects().annotate(|p| p.editor().name.eq("Ben").optional()).order_by(|p| p.id).all(db));
        assert_eq!(optional.iter().map(|(_, by_ben)| *by_ben).collect::<Vec<_>>(), [Some(true), None, None, None]);
        let refused = error(attempt!(Post::objects().group_by(|p| p.author).annotate(|p| p.views).all(db))).to_string();
        assert!(refused.contains("group_by() on suite.Post makes groups, not rows"), "{refused}");
        let many = Post::objects().annotate(|p| (p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.id));
        let many = many.annotate(|p| (p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.id));
        let fits = many.clone().annotate(|p| (p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.editor().name));
        let rows = run!(fits.order_by(|p| p.id).all(db));
        assert_eq!((rows[0].1.11, rows[0].2.0, rows[0].3.7.as_deref(), rows[1].3.7.as_deref()), (rows[0].0.id, rows[0].0.id, Some("Ben"), None));
        let refused = error(attempt!(many.annotate(|p| (p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.id, p.id)).all(db)).map(|rows| rows.len()));
        assert!(refused.is_unsupported() && refused.to_string().contains("annotate() puts at most 32 values beside the rows of suite.Post, and these are 33"), "{refused}");
        let mut kept = None;
        let _ = Author::objects().filter(|a| { kept = Some(a); a.id.gt(0) });
        let stray = kept.expect("the closure was called");
        let refused = error(attempt!(Post::objects().annotate(|_| stray.id).all(db))).to_string();
        assert!(refused.contains("`id` of suite.Author is used in a query that is not inside the closure"), "{refused}");
    }

    fn native_types_and_values_of_every_kind_stand_beside_rows(db) {
        world!(db);
        let rows: Vec<(Post, (Status, Option<Status>, Option<DateTime<Utc>>, f64))> = run!(
            Post::objects().annotate(|p| (p.status, p.author().posts().order_by(|q| q.id).first(|q| q.status), p.author().posts().max(|q| q.published_at), p.author().posts().avg(|q| q.views).coalesce(0.5))).order_by(|p| p.id).all(db)
        );
        assert_eq!((rows[0].1.0, rows[0].1.1, rows[0].1.2, rows[0].1.3), (Status::Published, Some(Status::Published), rows[1].0.published_at, 10.0));
        assert_eq!((rows[2].1.0, rows[3].1.1, rows[3].1.3), (Status::Draft, Some(Status::Draft), 5.0));
    }
}
