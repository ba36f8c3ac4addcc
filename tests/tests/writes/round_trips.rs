//! How often a handle waits for a server: once for all statements that do not depend on each other's answers.

#![allow(clippy::type_complexity, reason = "the types are what is loaded")]

use orm::prelude::*;
use orm::{AsyncDb, Db, Error};
use orm_tests::behaviour::value;
use orm_tests::models::*;
use orm_tests::wire::Wire;
use orm_tests::{Backend, Database};

use orm_tests::world;

/// Cases on the database with a server, blocking and async.
macro_rules! on_a_wire_by_name {
    ($(fn $name:ident($db:ident, $wire:ident) $body:block)+) => {$(
        mod $name {
            use super::*;

            fn in_blocking($db: &Db, $wire: &Wire) {
                use orm_tests::behaviour::blocking::*;
                $body
            }

            async fn in_async($db: &AsyncDb, $wire: &Wire) {
                use orm_tests::behaviour::asynchronous::*;
                $body
            }

            pub fn run_blocking(wire: &Wire) {
                in_blocking(&value(Db::connect(wire.url())), wire);
            }

            pub fn run_async(wire: &Wire) {
                // Single-threaded, so that requests are sent when the task waits; another thread might send them
                // earlier.
                let mut runtime = tokio::runtime::Builder::new_current_thread();
                runtime.enable_all().build().unwrap().block_on(async {
                    in_async(&value(AsyncDb::connect(wire.url()).await), wire).await;
                });
            }

            #[test]
            fn postgres() {
                let database = Database::with_tables(Backend::Postgres);
                run_blocking(&Wire::before(&database));
            }

            #[test]
            fn postgres_async() {
                let database = Database::with_tables(Backend::Postgres);
                run_async(&Wire::before(&database));
            }
        }
    )+};
}

/// The same number of round trips behind a pooler, where nothing is prepared.
macro_rules! on_a_wire {
    ($(fn $name:ident($db:ident, $wire:ident) $body:block)+) => {
        on_a_wire_by_name! { $(fn $name($db, $wire) $body)+ }

        mod behind_a_pooler {
            use super::*;

            $(mod $name {
                use super::*;

                #[test]
                fn pooled() {
                    let database = Database::with_tables(Backend::Postgres);
                    super::super::$name::run_blocking(&Wire::before_url(&database.pooled_url()));
                }

                #[test]
                fn pooled_async() {
                    let database = Database::with_tables(Backend::Postgres);
                    super::super::$name::run_async(&Wire::before_url(&database.pooled_url()));
                }
            })+
        }
    };
}

/// The number of round trips once everything is prepared.
macro_rules! round_trips {
    ($db:expr, $wire:expr, $expected:expr, $work:expr) => {{
        let _ = $work;
        // An error is returned before the answer ends; this waits for the end.
        run!(Tag::objects().exists($db));
        let before = $wire.round_trips();
        let _ = $work;
        assert_eq!($wire.round_trips() - before, $expected, "{}", stringify!($work));
    }};
}

on_a_wire! {
    fn a_query_is_one_round_trip(db, wire) {
        world!(db);
        round_trips!(db, wire, 1, run!(Post::get(1, db)));
        round_trips!(db, wire, 1, run!(Post::objects().filter(|p| p.id.eq(1)).get(db)));
        round_trips!(db, wire, 1, run!(Post::objects().filter(|p| p.views.ge(0)).first(db)));
        round_trips!(db, wire, 1, run!(Post::objects().filter(|p| p.id.in_([1, 2, 3])).all(db)));
        round_trips!(db, wire, 1, run!(Post::objects().with(|p| p.author()).all(db)));
        round_trips!(db, wire, 1, run!(Post::objects().count(db)));
        round_trips!(db, wire, 1, run!(Post::objects().values(|p| (p.id, p.title)).all(db)));
    }

    fn a_change_is_one_round_trip(db, wire) {
        world!(db);
        let mut tag = run!(Tag::objects().first(db)).unwrap();
        round_trips!(db, wire, 1, run!(tag.save(db)));
        round_trips!(db, wire, 1, run!(tag.refresh(db)));
        round_trips!(db, wire, 1, run!(Post::objects().update(|p| p.views.set(p.views + 1)).run(db)));
        round_trips!(db, wire, 1, run!(Comment::objects().delete().run(db)));
        let mut names = ["one", "two"].into_iter();
        round_trips!(db, wire, 1, run!(Tag::create().label(names.next().unwrap()).save(db)));
    }

    fn any_number_of_new_rows_is_one_round_trip(db, wire) {
        // Many rows: up to a small number, each count has a statement of its own.
        let mut sizes = [17, 700].into_iter();
        round_trips!(db, wire, 1, {
            let size = sizes.next().unwrap();
            let rows = (0..size).map(|row| Line::create().text(format!("{row} of {size}")));
            assert_eq!(run!(Line::bulk_create(rows).run(db)), size);
        });
        round_trips!(db, wire, 1, {
            let rows = (0..20).map(|row| Line::create().text(format!("{row} read back")));
            assert_eq!(run!(Line::bulk_create(rows).all(db)).len(), 20);
        });
        // Two statements that must succeed together: their transaction is sent along with them.
        let rows = || (0..6).map(|row| Line::create().text("text").note((row < 3).then(|| "note".to_owned())));
        let halves = || {
            (0..6).map(|row| {
                let line = Line::create().text("text");
                if row < 3 { line.note("note") } else { line }
            })
        };
        round_trips!(db, wire, 1, assert_eq!(run!(Line::bulk_create(rows()).run(db)), 6));
        round_trips!(db, wire, 1, assert_eq!(run!(Line::bulk_create(halves()).run(db)), 6));
        assert_eq!(run!(Line::objects().count(db)), 717 + 24 + 40);
    }

    fn a_refused_bulk_is_undone_in_the_same_round_trips(db, wire) {
        let twice = || {
            (0..3).map(|row| {
                let author = Author::create().name("Ann").email(if row == 0 { "a@example.com" } else { "b@example.com" });
                if row == 0 { author } else { author.country(None::<ForeignKey<Country>>) }
            })
        };
        round_trips!(db, wire, 1, {
            let error: Error = attempt!(Author::bulk_create(twice()).run(db)).unwrap_err();
            assert!(error.is_unique_violation(), "{error:?}");
        });
        assert_eq!(run!(Author::objects().count(db)), 0, "not even the first");
        // A foreign key that is checked at the commit.
        let lost = || (0..2).map(|row| Comment::create().post(4_711).text("lost").hidden(row == 0));
        round_trips!(db, wire, 1, {
            let error: Error = attempt!(Comment::bulk_create(lost()).run(db)).unwrap_err();
            assert!(error.is_foreign_key_violation(), "{error:?}");
        });
        assert_eq!(run!(Comment::objects().count(db)), 0);
    }

    fn links_are_one_round_trip(db, wire) {
        world!(db);
        let post = run!(Post::objects().first(db)).unwrap();
        let tags = run!(Tag::objects().all(db));
        round_trips!(db, wire, 1, run!(post.tags().set(&tags).run(db)));
        round_trips!(db, wire, 1, run!(post.tags().remove(&tags).run(db)));
        round_trips!(db, wire, 1, run!(post.tags().add(&tags).run(db)));
        assert_eq!(run!(post.tags().count(db)), tags.len() as i64);
        round_trips!(db, wire, 1, run!(post.tags().clear().run(db)));
        assert_eq!(run!(post.tags().count(db)), 0);
    }

    fn any_number_of_related_rows_is_one_round_trip_per_level(db, wire) {
        let tree = || Person::objects().filter(|p| p.parent.is_null()).with(|p| p.children().with(|c| c.children()));
        let mut levels = 1;
        for people in [0, 1, 2, 16, 17, 300] {
            let above = run!(Person::bulk_create((0..people).map(|_| Person::create().name("above"))).all(db));
            let children = above.iter().flat_map(|above| (0..2).map(move |_| Person::create().name("child").parent(above)));
            let children = run!(Person::bulk_create(children).all(db));
            run!(Person::bulk_create(children.iter().map(|child| Person::create().name("below").parent(child))).run(db));
            round_trips!(db, wire, levels, run!(tree().all(db)));
            levels = 3;
            let keys: Vec<i64> = above.iter().map(|person| person.id).collect();
            let named = || Person::objects().filter(|p| p.id.in_(keys.clone())).with(|p| p.children().with(|c| c.children()));
            round_trips!(db, wire, if people == 0 { 1 } else { 2 }, run!(named().all(db)));
        }
    }

    fn related_rows_are_one_round_trip_per_level(db, wire) {
        world!(db);
        round_trips!(db, wire, 2, run!(Author::objects().with(|a| a.posts()).all(db)));
        round_trips!(db, wire, 3, run!(Author::objects().with(|a| a.posts().with(|p| p.comments())).all(db)));
        // If the query names the keys, the first level is sent with it.
        round_trips!(db, wire, 1, run!(Author::objects().filter(|a| a.id.eq(1)).with(|a| a.posts()).get(db)));
        round_trips!(db, wire, 1, {
            run!(Author::objects().filter(|a| a.id.in_([1, 2])).with(|a| a.posts()).with(|a| a.edited()).all(db))
        });
        round_trips!(db, wire, 2, {
            run!(Post::objects().filter(|p| p.id.eq(1)).with(|p| p.author().with(|a| a.edited())).with(|p| p.tags()).first(db))
        });
        round_trips!(db, wire, 2, run!(Author::objects().filter(|a| a.id.eq(1) & a.name.eq("Ann")).with(|a| a.posts()).all(db)));
        // For few rows one list is in the same statement.
        round_trips!(db, wire, 1, run!(Author::objects().filter(|a| a.id.in_([1, 2])).with(|a| a.posts()).limit(1).all(db)));
        round_trips!(db, wire, 1, run!(Author::objects().filter(|a| a.name.ne("")).with(|a| a.posts()).first(db)));
        round_trips!(db, wire, 2, run!(Author::objects().with(|a| a.posts()).with(|a| a.edited()).first(db)));
        round_trips!(db, wire, 2, run!(Author::objects().with(|a| a.posts()).limit(1_000).all(db)));
        // Four lists in two levels.
        let everything = || {
            Author::objects()
                .with(|a| {
                    a.posts()
                        .with(|p| p.comments().exclude(|c| c.hidden))
                        .with(|p| p.tags().order_by(|t| t.label.desc()))
                })
                .with(|a| a.edited().with(|p| p.comments()))
        };
        round_trips!(db, wire, 3, run!(everything().all(db)));
        let rows: Vec<(Author, Vec<(Post, Vec<Comment>, Vec<Tag>)>, Vec<(Post, Vec<Comment>)>)> =
            run!(everything().all(db));
        for (author, posts, edited) in rows {
            assert_eq!(posts.len() as i64, run!(author.posts().count(db)));
            assert_eq!(edited.len() as i64, run!(author.edited().count(db)));
            for (post, comments, tags) in posts {
                let visible = post.comments().exclude(|c| c.hidden);
                assert_eq!(comments, run!(visible.order_by(|c| c.id).all(db)));
                assert_eq!(tags, run!(post.tags().objects().order_by(|t| t.label.desc()).all(db)));
            }
            for (post, comments) in edited {
                assert_eq!(comments, run!(post.comments().all(db)));
            }
        }
    }
}

on_a_wire_by_name! {
    fn a_level_is_prepared_at_once(db, wire) {
        world!(db);
        let before = wire.round_trips();
        let query = Post::objects().with(|p| p.comments()).with(|p| p.tags());
        assert!(!run!(query.all(db)).is_empty());
        // The posts are prepared and read, then both lists.
        assert_eq!(wire.round_trips() - before, 4);
    }

    fn a_bulk_within_a_transaction_is_one_request_if_one_statement_suffices(db, wire) {
        let author = run!(Author::create().name("Ann").email("ann@example.com").save(db));
        let post = run!(Post::create().title("One").slug("one").author(&author).save(db));
        let tags = ["a", "b"].map(|label| Tag::create().label(label));
        let tags = run!(Tag::bulk_create(tags).all(db));
        let done: orm::Result<()> = transaction!(db, |tx| {
            macro_rules! asks {
                ($asked:expr, $round_trips:expr, $work:expr) => {{
                    let _ = $work;
                    let (asked, round_trips) = (wire.asked(), wire.round_trips());
                    let _ = $work;
                    let counted = (wire.asked() - asked, wire.round_trips() - round_trips);
                    assert_eq!(counted, ($asked, $round_trips), "{}", stringify!($work));
                }};
            }
            for size in [1, 2, 10, 100, 5_000] {
                let lines = || (0..size).map(|at| Line::create().text(at.to_string()));
                asks!(1, 1, run!(Line::bulk_create(lines()).run(tx)));
                asks!(1, 1, run!(Line::bulk_create(lines()).all(tx)));
            }
            let some_noted = || (0..100).map(|at| {
                let line = Line::create().text(at.to_string());
                if at % 3 == 0 { line.note("n") } else { line }
            });
            asks!(1, 1, run!(Line::bulk_create(some_noted()).run(tx)));
            asks!(1, 1, run!(Line::bulk_create(some_noted()).all(tx)));
            asks!(1, 1, run!(post.tags().add(&tags).run(tx)));
            asks!(1, 1, run!(post.tags().remove(&tags).run(tx)));
            // Two statements and their savepoint are sent together.
            asks!(4, 1, run!(post.tags().set(&tags).run(tx)));
            let some_keyed = || (0..100).map(|at| {
                let comment = Comment::create().post(&post).text("text");
                if at % 3 == 0 { comment.id(1_000 + at) } else { comment }
            });
            // And the deletion, which is a round trip of its own.
            asks!(5, 2, {
                run!(Comment::objects().delete().run(tx));
                run!(Comment::bulk_create(some_keyed()).run(tx));
            });
            Ok(())
        });
        value(done);
    }
}
