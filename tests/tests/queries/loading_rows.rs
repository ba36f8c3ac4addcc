//! Related rows beside rows that the program has already: what `with(..)` gives, without reading the rows again.

#![allow(clippy::type_complexity, reason = "the types are what is shown")]

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use crate::keys_to_columns::*;
use orm_tests::world;

orm::app!("suite");

/// Rows of no table: a statement about them fails.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unmanaged, table = "suite_is_not_there")]
pub struct Absent {
    pub id: i64,
    #[orm(related_name = "absent")]
    pub author: ForeignKey<Author>,
}

behaviour! {
    fn what_is_loaded_later_is_what_a_query_loads(db) {
        world!(db);
        let posts = || Post::objects().order_by(|p| p.id.desc());
        let together: Vec<(Post, (Author, Option<Country>), Option<Author>, Vec<Comment>, Vec<Tag>)> = run!(
            posts()
                .with(|p| p.author().with(|a| a.country()))
                .with(|p| p.editor())
                .with(|p| p.comments().exclude(|c| c.hidden))
                .with(|p| p.tags().order_by(|t| t.label.desc()))
                .all(db)
        );
        let rows: Vec<Post> = run!(posts().all(db));
        let later = run!(
            rows.load(|p| p.author().with(|a| a.country()))
                .load(|p| p.editor())
                .load(|p| p.comments().exclude(|c| c.hidden))
                .load(|p| p.tags().order_by(|t| t.label.desc()))
                .run(db)
        );
        assert_eq!(later, together);
        assert_eq!(later.len(), 4);
    }

    fn lists_and_rows_are_nested_both_ways(db) {
        world!(db);
        let together: Vec<(Author, Option<(Country, Vec<Author>)>, Option<Profile>, Vec<(Post, (Author, Vec<Post>), Vec<Tag>)>)> = run!(
            Author::objects()
                .with(|a| a.country().with(|c| c.authors()))
                .with(|a| a.profile())
                .with(|a| a.posts().with(|p| p.author().with(|a| a.posts())).with(|p| p.tags()))
                .all(db)
        );
        let later = run!(
            run!(Author::objects().all(db))
                .load(|a| a.country().with(|c| c.authors()))
                .load(|a| a.profile())
                .load(|a| a.posts().with(|p| p.author().with(|a| a.posts())).with(|p| p.tags()))
                .run(db)
        );
        assert_eq!(later, together);
    }

    fn a_path_of_several_relations_is_loaded_alone(db) {
        world!(db);
        let comments = run!(Comment::objects().all(db));
        let together: Vec<(Comment, Author, Option<Country>, Option<Author>)> = run!(
            Comment::objects()
                .with(|c| c.post().author())
                .with(|c| c.post().author().country())
                .with(|c| c.post().editor())
                .all(db)
        );
        let later = run!(
            comments
                .load(|c| c.post().author())
                .load(|c| c.post().author().country())
                .load(|c| c.post().editor())
                .run(db)
        );
        assert_eq!(later, together);
        let backward = run!(Author::objects().all(db));
        let backward: Vec<(Author, Option<Author>)> = run!(backward.load(|a| a.profile().author()).run(db));
        assert_eq!(backward.iter().filter(|(author, same)| same.as_ref() == Some(author)).count(), 1);
        assert_eq!(backward.len(), 3);
    }

    fn a_filter_names_the_row_it_is_loaded_for(db) {
        world!(db);
        let authors = run!(Author::objects().all(db));
        let same = run!(authors.clone().load(|a| a.posts().filter(move |p| p.title.ne(a.name))).run(db));
        assert_eq!(same, run!(Author::objects().with(|a| a.posts().filter(move |p| p.title.ne(a.name))).all(db)));
        let beside: Vec<(Author, Vec<(Post, i64)>)> = run!(authors.load(|a| a.posts().annotate(|p| p.tags().count())).run(db));
        assert_eq!(beside[0].1.iter().map(|(_, tags)| *tags).collect::<Vec<_>>(), [1, 2, 0]);
    }

    fn lists_are_cut_off_for_each_row(db) {
        world!(db);
        let together = run!(Author::objects().with(|a| a.posts().order_by(|p| p.views.desc()).limit(2)).all(db));
        let authors = run!(Author::objects().all(db));
        assert_eq!(run!(authors.load(|a| a.posts().order_by(|p| p.views.desc()).limit(2)).run(db)), together);
    }

    fn rows_come_back_as_they_were_given(db) {
        world!(db);
        let mut posts = run!(Post::objects().order_by(|p| p.id).all(db));
        let ben = run!(Author::objects().filter(|a| a.name.eq("Ben")).get(db));
        // Not saved: what is loaded is what the row says now.
        posts[0].author = ForeignKey::from(&ben);
        posts[0].title = "Changed".to_owned();
        posts[1].editor = Some(ForeignKey::from(&ben));
        let twice = posts[0].clone();
        posts.push(twice);
        let given = posts.clone();
        let loaded: Vec<(Post, Author, Option<Author>)> = run!(posts.load(|p| p.author()).load(|p| p.editor()).run(db));
        let names: Vec<_> = loaded.iter().map(|(_, author, editor)| (author.name.as_str(), editor.is_some())).collect();
        assert_eq!(names, [("Ben", true), ("Ann", true), ("Ann", false), ("Ben", false), ("Ben", true)]);
        assert_eq!(loaded.into_iter().map(|(post, ..)| post).collect::<Vec<_>>(), given);
    }

    fn no_rows_need_no_statement(db) {
        let nobody: Vec<Author> = Vec::new();
        assert!(run!(nobody.load(|a| a.absent()).run(db)).is_empty());
        let nobody: Option<Absent> = None;
        assert!(run!(nobody.load(|a| a.author()).run(db)).is_empty());
        let ann = run!(Author::create().name("Ann").email("ann").save(db));
        attempt!([ann].load(|a| a.absent()).run(db)).unwrap_err();
    }

    fn where_all_keys_are_null_nothing_is_asked(db) {
        let author = run!(Author::create().name("Ann").email("ann").save(db));
        let loaded: Vec<(Author, Option<Country>)> = run!([author].load(|a| a.country()).run(db));
        assert_eq!(loaded[0].1, None);
    }

    fn rows_of_a_slice_stay_where_they_are(db) {
        world!(db);
        let posts = run!(Post::objects().order_by(|p| p.id).all(db));
        let some: Vec<(Post, Author)> = run!(posts[1..3].load(|p| p.author()).run(db));
        let all = run!((&posts).load(|p| p.author()).run(db));
        assert_eq!(some, all[1..3]);
        assert_eq!(all.len(), posts.len());
    }

    fn a_row_that_is_gone_is_an_error(db) {
        world!(db);
        let posts = run!(Post::objects().all(db));
        run!(Author::objects().filter(|a| a.name.eq("Ben")).delete().run(db));
        let gone = error(attempt!(posts.clone().load(|p| p.author()).run(db)));
        assert!(gone.is_not_found(), "{gone}");
        assert!(gone.to_string().contains("suite.Post.author"), "{gone}");
        // What may be missing is.
        let editors: Vec<(Post, Option<Author>)> = run!(posts.load(|p| p.editor()).run(db));
        assert!(editors.iter().all(|(_, editor)| editor.is_none()));
    }

    fn what_is_beside_a_row_that_is_not_loaded_is_refused(db) {
        world!(db);
        let posts = run!(Post::objects().all(db));
        let refused = error(attempt!(posts.load(|p| p.author().posts()).run(db)));
        assert!(refused.to_string().contains("suite.Post.author"), "{refused}");
    }

    fn a_transaction_sees_what_it_has_changed(db) {
        world!(db);
        let found = transaction!(db, |tx| {
            let ann = run!(Author::objects().filter(|a| a.name.eq("Ann")).get(tx));
            run!(Post::create().author(&ann).title("New").slug("new").save(tx));
            let loaded = run!([ann].load(|a| a.posts()).run(tx));
            Ok(loaded[0].1.len())
        });
        assert_eq!(orm_tests::behaviour::value(found), 4);
    }

    fn foreign_keys_to_other_columns_lead_by_those(db) {
        let land = |code: &str, number: i32, zone: Option<Zone>| {
            Land::create().code(code).number(number).zone(zone).token(Some(Uuid::from_u128(7 + number as u128))).name(code)
        };
        let austria = run!(land("AT", 43, Some(Zone::North)).save(db));
        let germany = run!(land("DE", 49, None).save(db));
        run!(Freight::create().country(&austria).number(&germany).zone(Zone::North).save(db));
        run!(Freight::create().country(&germany).token(Uuid::from_u128(50)).save(db));
        run!(Embassy::create().country(&austria).city("Vienna").save(db));
        let together: Vec<(Freight, Land, Option<Land>, Land, Option<Land>)> = run!(
            Freight::objects().with(|f| f.country()).with(|f| f.token()).with(|f| f.number()).with(|f| f.zone()).all(db)
        );
        let later = run!(
            run!(Freight::objects().all(db))
                .load(|f| f.country())
                .load(|f| f.token())
                .load(|f| f.number())
                .load(|f| f.zone())
                .run(db)
        );
        assert_eq!(later, together);
        let together = run!(Land::objects().with(|l| l.parcels()).with(|l| l.signed()).with(|l| l.parcel_of_zone()).all(db));
        let lands = run!(Land::objects().all(db));
        assert_eq!(run!(lands.load(|l| l.parcels()).load(|l| l.signed()).load(|l| l.parcel_of_zone()).run(db)), together);
    }

    fn many_rows_are_one_list_of_keys(db) {
        let root = run!(Person::create().name("root").save(db));
        let many = (0..100_000).map(|at| Person { id: root.id + at, name: String::new(), parent: Some(ForeignKey::new(root.id)) , ..root.clone() });
        let loaded: Vec<(Person, Option<Person>, Vec<Person>)> =
            run!(many.collect::<Vec<_>>().load(|p| p.parent()).load(|p| p.children()).run(db));
        assert_eq!(loaded.len(), 100_000);
        assert!(loaded.iter().all(|(_, parent, children)| parent.as_ref() == Some(&root) && children.is_empty()));
        let far = (0..100_000).map(|at| Person { parent: Some(ForeignKey::new(root.id + at)), ..root.clone() });
        let loaded = run!(far.collect::<Vec<_>>().load(|p| p.parent()).run(db));
        assert_eq!(loaded.iter().filter(|(_, parent)| parent.is_some()).count(), 1);
    }
}
