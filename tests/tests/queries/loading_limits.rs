//! Lists of which only some rows are loaded: each is what plain Rust cuts off of the whole list.

#![allow(clippy::type_complexity, reason = "the types are what is loaded")]

use std::cmp::Reverse;
use std::collections::BTreeSet;

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::models::*;
use proptest::prelude::*;
use uuid::Uuid;

use orm_tests::samples::samples;

/// A post: its author, views, the day it was published, and its tags.
type Sketch = (usize, i64, Option<u32>, BTreeSet<usize>, usize);

fn sketch() -> impl Strategy<Value = Sketch> {
    let tags = prop::collection::btree_set(0_usize..5, 0..5);
    (
        0_usize..1_000,
        0_i64..3,
        prop::option::of(1_u32..4),
        tags,
        0_usize..4,
    )
}

/// Authors, the last of them without posts, with posts that are often equal in what they are ordered by.
macro_rules! generated {
    ($db:expr, $authors:expr, $posts:expr) => {{
        run!(Author::objects().delete().run($db));
        run!(Tag::objects().delete().run($db));
        let authors = (0..$authors).map(|at| {
            Author::create()
                .name(format!("n{}", at % 3))
                .email(format!("{at}@example.com"))
        });
        let authors = run!(Author::bulk_create(authors).all($db));
        let tags = run!(Tag::bulk_create((0..5).map(|at| Tag::create().label(format!("tag {at}")))).all($db));
        for (at, (author, views, day, of, comments)) in samples($posts, sketch()).into_iter().enumerate() {
            let author = &authors[author % (authors.len().max(2) - 1)];
            let published = day.map(|day| {
                let day = chrono::NaiveDate::from_ymd_opt(2026, 11, day).expect("a day");
                day.and_hms_opt(12, 0, 0).expect("noon").and_utc()
            });
            let post = Post::create()
                .author(author)
                .title(format!("n{views}"))
                .slug(at.to_string())
                .views(views);
            let post = run!(post.published_at(published).save($db));
            run!(post.tags().add(of.iter().map(|tag| &tags[*tag])).run($db));
            let comments =
                (0..comments).map(|at| Comment::create().post(&post).text("text").hidden(at % 2 == 0));
            run!(Comment::bulk_create(comments).run($db));
        }
    }};
}

/// Limits and offsets, with what is beyond every list, and beyond every number of the databases.
const CUTS: [(Option<u64>, Option<u64>); 11] = [
    (Some(3), None),
    (Some(1), None),
    (Some(0), None),
    (None, Some(0)),
    (None, Some(2)),
    (Some(2), Some(1)),
    (Some(1_000), Some(1)),
    (Some(2), Some(1_000)),
    (Some(u64::MAX), Some(1)),
    (Some(2), Some(u64::MAX)),
    (Some(u64::MAX), Some(u64::MAX)),
];

fn cut<T>(rows: Vec<T>, (limit, offset): (Option<u64>, Option<u64>)) -> Vec<T> {
    let some = |rows: u64| usize::try_from(rows).expect("a number of rows");
    let rows = rows.into_iter().skip(offset.map_or(0, some));
    rows.take(limit.map_or(usize::MAX, some)).collect()
}

fn sorted<T, K: Ord>(mut rows: Vec<T>, key: impl FnMut(&T) -> K) -> Vec<T> {
    rows.sort_by_key(key);
    rows
}

/// The relation with a limit, an offset, or both.
macro_rules! within {
    ($rows:expr, $cut:expr) => {
        match $cut {
            (Some(limit), Some(offset)) => $rows.limit(limit).offset(offset),
            (Some(limit), None) => $rows.limit(limit),
            (None, Some(offset)) => $rows.offset(offset),
            (None, None) => unreachable!("every cut cuts"),
        }
    };
}

behaviour! {
    /// Of one author, of few and of many; the order by itself decides little, so the primary key decides.
    fn lists_are_cut_as_rust_cuts_them(db) {
        for (authors, posts) in [(1, 5), (4, 20), (40, 120)] {
            generated!(db, authors, posts);
            let all: Vec<(Author, Vec<Post>)> = run!(Author::objects().with(|a| a.posts()).order_by(|a| a.id).all(db));
            for at in CUTS {
                macro_rules! held {
                    ($order:expr, $key:expr) => {{
                        let query = Author::objects().with(|a| within!(a.posts().order_by($order), at)).order_by(|a| a.id);
                        let expected: Vec<(Author, Vec<Post>)> = all
                            .iter()
                            .cloned()
                            .map(|(author, posts)| (author, cut(sorted(posts, $key), at)))
                            .collect();
                        assert_eq!(run!(query.clone().all(db)), expected, "{at:?}");
                        assert_eq!(run!(query.clone().first(db)).as_ref(), expected.first());
                        assert_eq!(run!(query.limit(3).all(db)), &expected[..expected.len().min(3)]);
                    }};
                }
                held!(|p| p.id.desc(), |post: &Post| Reverse(post.id));
                held!(|p| p.views, |post: &Post| (post.views, post.id));
                held!(|p| p.views.desc(), |post: &Post| Reverse((post.views, post.id)));
                held!(|p| p.published_at, |post: &Post| (post.published_at, post.id));
                held!(|p| p.published_at.desc(), |post: &Post| Reverse((post.published_at, post.id)));
                held!(|p| p.published_at.asc().nulls_last(), |post: &Post| (post.published_at.is_none(), post.published_at, post.id));
                held!(
                    |p| (p.published_at.desc().nulls_first(), p.views),
                    |post: &Post| (post.published_at.is_some(), Reverse(post.published_at), post.views, post.id)
                );
                held!(
                    |p| ((p.views * -2 + 1).desc(), p.title.length(), p.author().name),
                    |post: &Post| (post.views, post.id)
                );
            }
            // Without an order, the model's.
            let some = run!(Author::objects().with(|a| a.posts().limit(2)).order_by(|a| a.id).all(db));
            let expected = all.iter().cloned().map(|(author, posts)| {
                let posts = sorted(posts, |post| (Reverse(post.published_at), post.id));
                (author, cut(posts, (Some(2), None)))
            });
            assert_eq!(some, expected.collect::<Vec<_>>());
        }
    }

    fn lists_are_cut_after_they_are_filtered(db) {
        generated!(db, 20, 80);
        let all = run!(Author::objects().with(|a| a.posts()).order_by(|a| a.id).all(db));
        for at in CUTS {
            let filtered = run!(
                Author::objects()
                    .with(|a| {
                        let posts = a.posts().filter(|p| p.title.eq(a.name) | p.tags().any(|t| t.label.eq("tag 1")));
                        within!(posts.order_by(|p| p.id), at).exclude(|p| p.views.eq(1))
                    })
                    .order_by(|a| a.id)
                    .all(db)
            );
            let tagged: BTreeSet<i64> = run!(Post::objects().filter(|p| p.tags().any(|t| t.label.eq("tag 1"))).values(|p| p.id).all(db)).into_iter().collect();
            let expected: Vec<(Author, Vec<Post>)> = all
                .iter()
                .map(|(author, posts)| {
                    let posts = posts.iter().filter(|post| (post.title == author.name || tagged.contains(&post.id)) && post.views != 1);
                    (author.clone(), cut(sorted(posts.cloned().collect(), |post| post.id), at))
                })
                .collect();
            assert_eq!(filtered, expected, "{at:?}");
        }
    }

    fn cut_lists_nest(db) {
        generated!(db, 12, 60);
        let all = run!(
            Author::objects()
                .with(|a| a.posts().order_by(|p| p.id).annotate(|p| p.comments().count()).with(|p| p.comments()).with(|p| p.author()).with(|p| p.tags()))
                .order_by(|a| a.id)
                .all(db)
        );
        for at in CUTS {
            for inner in [CUTS[0], CUTS[1], CUTS[5]] {
                let some = run!(
                    Author::objects()
                        .with(|a| {
                            within!(a.posts().order_by(|p| p.id), at)
                                .annotate(|p| p.comments().count())
                                .with(|p| within!(p.comments().order_by(|c| c.id.desc()), inner))
                                .with(|p| p.author())
                                .with(|p| p.tags().order_by(|t| t.label.desc()).limit(1))
                        })
                        .order_by(|a| a.id)
                        .all(db)
                );
                let expected: Vec<_> = all
                    .iter()
                    .cloned()
                    .map(|(author, posts)| {
                        let posts = cut(posts, at).into_iter().map(|(post, comments, of, author, tags)| {
                            let of_post = cut(sorted(of, |comment: &Comment| Reverse(comment.id)), inner);
                            let tags = cut(sorted(tags, |tag: &Tag| Reverse(tag.label.clone())), (Some(1), None));
                            (post, comments, of_post, author, tags)
                        });
                        (author, posts.collect::<Vec<_>>())
                    })
                    .collect();
                assert_eq!(some, expected, "{at:?} {inner:?}");
            }
        }
    }

    fn lists_over_a_join_table_are_cut(db) {
        generated!(db, 3, 50);
        let posts = run!(Post::objects().with(|p| p.tags()).order_by(|p| p.id).all(db));
        let tags = run!(Tag::objects().with(|t| t.posts()).order_by(|t| t.id).all(db));
        for at in CUTS {
            let some = run!(Post::objects().with(|p| within!(p.tags().order_by(|t| t.label.desc()), at)).order_by(|p| p.id).all(db));
            let expected = posts.iter().cloned().map(|(post, tags)| (post, cut(sorted(tags, |tag| Reverse(tag.label.clone())), at)));
            assert_eq!(some, expected.collect::<Vec<_>>(), "{at:?}");
            let some = run!(Tag::objects().with(|t| within!(t.posts().order_by(|p| p.views.desc()), at)).order_by(|t| t.id).all(db));
            let expected = tags.iter().cloned().map(|(tag, posts)| (tag, cut(sorted(posts, |post| Reverse((post.views, post.id))), at)));
            assert_eq!(some, expected.collect::<Vec<_>>(), "{at:?}");
        }
        // Of one row by its key, and of rows that stand beside others.
        let (post, of) = posts[0].clone();
        let (found, some) = run!(Post::objects().filter(|p| p.id.eq(post.id)).with(|p| p.tags().order_by(|t| t.id).limit(2)).get(db));
        assert_eq!((found, some), (post, cut(sorted(of, |tag| tag.id), (Some(2), None))));
        let beside = run!(Comment::objects().with(|c| c.post().with(|p| p.tags().order_by(|t| t.id.desc()).limit(1))).all(db));
        for (comment, (post, some)) in beside {
            assert_eq!(comment.post.id(), post.id);
            let of = posts.iter().find(|(other, _)| *other == post).map(|(_, tags)| tags.clone()).expect("the post");
            assert_eq!(some, cut(sorted(of, |tag| Reverse(tag.id)), (Some(1), None)));
        }
    }

    fn lists_by_keys_of_every_kind_are_cut(db) {
        let countries = ["AT", "DE", "FR", "it", "IT"].map(|code| Country::create().code(code).name(code));
        let countries = run!(Country::bulk_create(countries).all(db));
        let authors = (0..30).map(|at| {
            let country = (at % 6 < 5).then(|| ForeignKey::from(&countries[at % 6]));
            Author::create().name(format!("n{}", at % 4)).email(format!("{at}@example.com")).country(country)
        });
        run!(Author::bulk_create(authors).run(db));
        let all = run!(Country::objects().with(|c| c.authors()).all(db));
        let some = run!(Country::objects().with(|c| c.authors().order_by(|a| a.name).limit(3)).all(db));
        let expected = all.into_iter().map(|(country, authors)| (country, cut(sorted(authors, |author| (author.name.clone(), author.id)), (Some(3), None))));
        assert_eq!(some, expected.collect::<Vec<_>>());
        assert!(some.iter().all(|(_, authors)| authors.len() == 3));

        let tickets = run!(Ticket::bulk_create((0..20_u128).map(|at| Ticket::create().id(Uuid::from_u128(at * 7 % 20)).subject("subject"))).all(db));
        let notes = tickets.iter().flat_map(|ticket| (0..ticket.id.as_u128() % 4).map(move |at| TicketNote::create().ticket(ticket).text(at.to_string())));
        run!(TicketNote::bulk_create(notes).run(db));
        for (ticket, notes) in run!(Ticket::objects().with(|t| t.notes().order_by(|n| n.text.desc()).limit(2)).all(db)) {
            let texts: Vec<String> = notes.into_iter().map(|note| note.text).collect();
            let count = ticket.id.as_u128() % 4;
            assert_eq!(texts, (0..count).rev().take(2).map(|at| at.to_string()).collect::<Vec<_>>());
        }

        // Without an index on the foreign key, of a model with itself, and of tables that are called as what statements call others.
        let lines = run!(Line::bulk_create((0..20).map(|at| Line::create().text(at.to_string()))).all(db));
        let remarks = lines.iter().zip(0..).flat_map(|(line, at)| (0..at % 4).map(move |_| Remark::create().line(line).text("r")));
        run!(Remark::bulk_create(remarks).run(db));
        let rows = run!(Line::objects().with(|l| l.remarks().limit(2)).order_by(|l| l.id).all(db));
        assert_eq!(rows.iter().map(|(_, remarks)| remarks.len()).collect::<Vec<_>>(), (0..20).map(|at| (at % 4).min(2)).collect::<Vec<_>>());
        let top = run!(Keyed::create().save(db));
        let below = run!(Keyed::bulk_create((0..3).map(|_| Keyed::create().above(&top))).all(db));
        let passages = run!(Passage::bulk_create(below.iter().map(|key| Passage::create().opens(key))).all(db));
        run!(top.passages().add(&passages).run(db));
        run!(below[0].passages().add(&passages[1..]).run(db));
        let rows = run!(
            Keyed::objects()
                .with(|k| k.below().filter(|b| b.id.gt(k.id)).limit(2))
                .with(|k| k.passages().order_by(|p| p.id.desc()).limit(1))
                .all(db)
        );
        let shape: Vec<_> = rows.iter().map(|(_, below, passages)| (below.len(), passages.first().map(|passage| passage.id))).collect();
        let last = Some(passages[2].id);
        assert_eq!(shape, [(2, last), (0, last), (0, None), (0, None)]);
    }

    fn rows_that_come_one_after_another_have_cut_lists(db) {
        generated!(db, 30, 90);
        let query = || Author::objects().with(|a| a.posts().order_by(|p| p.views.desc()).limit(2)).order_by(|a| a.id);
        let all = run!(query().all(db));
        assert!(all.iter().any(|(_, posts)| posts.len() == 2));
        let mut rows = rows!(query(), db);
        let mut found = Vec::new();
        while let Some(row) = next!(rows) {
            found.push(row.expect("a row"));
        }
        assert_eq!(found, all);
        let page = run!(query().page(2, 7, db));
        assert_eq!(page.rows, &all[7..14]);
    }
}
