//! Rows with their related rows: the type says what was loaded.

#![allow(clippy::type_complexity, reason = "the types are what is shown")]

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::models::*;

use orm_tests::world;

behaviour! {
    fn to_one_comes_beside_its_row(db) {
        world!(db);
        let rows: Vec<(Post, Author)> = run!(Post::objects().with(|p| p.author()).order_by(|p| p.id).all(db));
        let pairs: Vec<_> = rows.iter().map(|(post, author)| (post.slug.as_str(), author.name.as_str())).collect();
        assert_eq!(pairs, [("first", "Ann"), ("second", "Ann"), ("draft", "Ann"), ("third", "Ben")]);
        assert!(rows.iter().all(|(post, author)| post.author.id() == author.id));
    }

    fn a_relation_that_may_lead_nowhere_is_an_option(db) {
        world!(db);
        let rows: Vec<(Post, Option<Author>)> = run!(Post::objects().with(|p| p.editor()).order_by(|p| p.id).all(db));
        let editors: Vec<_> = rows.into_iter().map(|(_, editor)| editor.map(|editor| editor.name)).collect();
        assert_eq!(editors, [Some("Ben".to_owned()), None, None, None]);
        let rows: Vec<(Author, Option<Profile>)> = run!(Author::objects().with(|a| a.profile()).all(db));
        let bios: Vec<_> = rows.into_iter().map(|(_, profile)| profile.map(|profile| profile.bio)).collect();
        assert_eq!(bios, [Some("writes".to_owned()), None, None]);
    }

    fn to_many_comes_as_a_list_in_the_order_of_the_model(db) {
        world!(db);
        let rows: Vec<(Author, Vec<Post>)> = run!(Author::objects().with(|a| a.posts()).all(db));
        let slugs: Vec<(String, Vec<String>)> = rows
            .into_iter()
            .map(|(author, posts)| (author.name, posts.into_iter().map(|post| post.slug).collect()))
            .collect();
        let expected = [
            ("Ann", vec!["second", "first", "draft"]),
            ("Ben", vec!["third"]),
            ("Cleo", vec![]),
        ];
        assert_eq!(slugs, expected.map(|(name, slugs)| (name.to_owned(), slugs.into_iter().map(str::to_owned).collect())));
    }

    fn to_many_is_filtered_ordered_and_nested(db) {
        world!(db);
        let rows: Vec<(Author, Vec<(Post, Vec<Comment>, Vec<Tag>)>)> = run!(
            Author::objects()
                .with(|a| {
                    a.posts()
                        .filter(|p| p.views.ge(5))
                        .order_by(|p| p.views.desc())
                        .with(|p| p.comments().exclude(|c| c.hidden))
                        .with(|p| p.tags())
                })
                .filter(|a| a.posts().exists())
                .all(db)
        );
        let mut lines = Vec::new();
        for (author, posts) in rows {
            for (post, comments, tags) in posts {
                let comments: Vec<_> = comments.into_iter().map(|comment| comment.text).collect();
                let tags: Vec<_> = tags.into_iter().map(|tag| tag.label).collect();
                lines.push(format!("{}/{}: {comments:?} {tags:?}", author.name, post.slug));
            }
        }
        assert_eq!(
            lines,
            [
                r#"Ann/second: [] ["rust"]"#,
                r#"Ann/first: ["good"] ["rust", "sql"]"#,
                r#"Ben/third: ["hm"] []"#,
            ]
        );
    }

    fn to_one_loads_more_beside_it(db) {
        world!(db);
        let rows: Vec<(Post, (Author, Option<Country>), Vec<Tag>)> = run!(
            Post::objects()
                .with(|p| p.author().with(|a| a.country()))
                .with(|p| p.tags())
                .order_by(|p| p.id)
                .all(db)
        );
        let found: Vec<_> = rows
            .into_iter()
            .map(|(post, (author, country), tags)| (post.slug, author.name, country.map(|c| c.code), tags.len()))
            .collect();
        let row = |slug: &str, name: &str, country: Option<&str>, tags| {
            (slug.to_owned(), name.to_owned(), country.map(str::to_owned), tags)
        };
        assert_eq!(
            found,
            [
                row("first", "Ann", Some("AT"), 2),
                row("second", "Ann", Some("AT"), 1),
                row("draft", "Ann", Some("AT"), 0),
                row("third", "Ben", None, 0),
            ]
        );
    }

    fn lists_below_a_to_one_are_loaded_too(db) {
        world!(db);
        let rows: Vec<(Comment, (Post, Vec<Tag>))> =
            run!(Comment::objects().with(|c| c.post().with(|p| p.tags())).all(db));
        let tags: Vec<_> = rows.iter().map(|(comment, (_, tags))| (comment.text.as_str(), tags.len())).collect();
        assert_eq!(tags, [("good", 2), ("spam", 2), ("hm", 0)]);
    }

    fn one_row_is_loaded_like_many(db) {
        world!(db);
        let (post, tags) = run!(Post::objects().filter(|p| p.slug.eq("first")).with(|p| p.tags()).get(db));
        assert_eq!((post.slug.as_str(), tags.len()), ("first", 2));
        let first = run!(Author::objects().with(|a| a.posts()).first(db));
        assert_eq!(first.map(|(author, posts)| (author.name, posts.len())), Some(("Ann".to_owned(), 3)));
        let none = run!(Post::objects().filter(|p| p.slug.eq("no")).with(|p| p.tags()).with(|p| p.author()).all(db));
        assert!(none.is_empty());
    }

    fn self_relations_are_loaded_both_ways(db) {
        let root = run!(Person::create().name("root").save(db));
        let child = run!(Person::create().name("child").parent(&root).save(db));
        run!(child.admires().add([&root]).run(db));
        let rows: Vec<(Person, Option<Person>, Vec<Person>, Vec<Person>)> = run!(
            Person::objects().with(|p| p.parent()).with(|p| p.children()).with(|p| p.admires()).all(db)
        );
        let shape: Vec<_> = rows
            .iter()
            .map(|(person, parent, children, admires)| {
                (person.name.as_str(), parent.is_some(), children.len(), admires.len())
            })
            .collect();
        assert_eq!(shape, [("child", true, 0, 1), ("root", false, 1, 0)]);
    }

    fn many_rows_get_their_own_lists(db) {
        let people = run!(Person::bulk_create((0..300).map(|at| Person::create().name(format!("{at:04}")))).all(db));
        let children = people.iter().flat_map(|parent| {
            (0..parent.id % 4).map(move |at| Person::create().name(format!("{} {at}", parent.name)).parent(parent))
        });
        run!(Person::bulk_create(children).run(db));
        let rows = run!(Person::objects().filter(|p| p.parent.is_null()).with(|p| p.children()).all(db));
        assert_eq!(rows.len(), 300);
        for (parent, children) in rows {
            let expected: Vec<String> = (0..parent.id % 4).map(|at| format!("{} {at}", parent.name)).collect();
            assert_eq!(children.into_iter().map(|child| child.name).collect::<Vec<_>>(), expected);
        }
    }
}
