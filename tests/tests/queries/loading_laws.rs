//! Laws of lists that are loaded beside rows: however they are fetched, they equal what each row has when it is
//! queried alone, in the same order. Rows whose keys the query names are fetched together with their lists, others
//! before them; one key is one parameter, several are a list.

#![allow(clippy::type_complexity, reason = "the types are what is loaded")]

use std::collections::BTreeSet;

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::models::*;
use proptest::prelude::*;
use uuid::Uuid;

use orm_tests::samples::samples;

/// A post of generated test data; authors, editors and tags are indexes, taken modulo what exists.
#[derive(Debug, Clone)]
struct Sketch {
    author: usize,
    editor: Option<usize>,
    views: i64,
    day: Option<u32>,
    tags: Vec<usize>,
    comments: Vec<bool>,
}

fn sketch() -> impl Strategy<Value = Sketch> {
    let comments = prop::collection::vec(any::<bool>(), 0..4);
    let tags = prop::collection::vec(0_usize..7, 0..4);
    (
        any::<usize>(),
        any::<Option<usize>>(),
        0_i64..3,
        prop::option::of(1_u32..4),
        tags,
        comments,
    )
        .prop_map(|(author, editor, views, day, tags, comments)| Sketch {
            author,
            editor,
            views,
            day,
            tags,
            comments,
        })
}

/// Authors, most of them with posts; seven tags, not all used. Returns the primary keys of authors, posts and tags.
macro_rules! generated {
    ($db:expr, $authors:expr, $posts:expr) => {{
        run!(Author::objects().delete().run($db));
        run!(Tag::objects().delete().run($db));
        run!(Country::objects().delete().run($db));
        let countries = ["AT", "DE", "FR"].map(|code| Country::create().code(code).name(code));
        let countries = run!(Country::bulk_create(countries).all($db));
        let authors = (0..$authors).map(|at| {
            let country = (at % 3 < 2).then(|| ForeignKey::from(&countries[at % 2]));
            // Duplicate names, so that the order of authors needs its second part.
            Author::create()
                .name(format!("n{}", at % 5))
                .email(format!("{at}@example.com"))
                .country(country)
        });
        let authors = run!(Author::bulk_create(authors).all($db));
        let tags = (0..7).map(|at| Tag::create().label(format!("tag {at}")));
        let tags = run!(Tag::bulk_create(tags).all($db));
        let mut posts = Vec::new();
        for (at, sketch) in samples($posts, sketch()).into_iter().enumerate() {
            // The last author has no posts.
            let author = &authors[sketch.author % (authors.len().max(2) - 1)];
            let published = sketch.day.map(|day| {
                let day = chrono::NaiveDate::from_ymd_opt(2026, 11, day).expect("a day");
                day.and_hms_opt(12, 0, 0).expect("noon").and_utc()
            });
            let editor = sketch
                .editor
                .map(|editor| ForeignKey::from(&authors[editor % authors.len()]));
            let post = run!(
                Post::create()
                    .author(author)
                    .editor(editor)
                    .title(format!("n{}", sketch.views))
                    .slug(format!("{at}"))
                    .views(sketch.views)
                    .published_at(published)
                    .save($db)
            );
            run!(
                post.tags()
                    .add(sketch.tags.iter().map(|tag| &tags[*tag]))
                    .run($db)
            );
            let comments = sketch
                .comments
                .iter()
                .map(|hidden| Comment::create().post(&post).text("text").hidden(*hidden));
            run!(Comment::bulk_create(comments).run($db));
            posts.push(post.id);
        }
        let authors: Vec<i64> = authors.iter().map(|author| author.id).collect();
        let tags: Vec<i64> = tags.iter().map(|tag| tag.id).collect();
        (authors, posts, tags)
    }};
}

/// Lists of keys to query: none, one, a missing one, several with missing and duplicate ones, all.
fn choices(keys: &[i64]) -> Vec<Vec<i64>> {
    let missing = keys.iter().max().map_or(1, |most| most + 1);
    let half: Vec<i64> = keys.iter().copied().step_by(2).collect();
    let mut mixed: Vec<i64> = half.iter().rev().copied().chain([missing]).collect();
    mixed.extend(half.first());
    vec![
        Vec::new(),
        keys[..1].to_vec(),
        vec![missing],
        mixed,
        keys.to_vec(),
    ]
}

/// A person of a generated tree: the parent among the persons before it, if any, and whom it admires.
fn place() -> impl Strategy<Value = (Option<usize>, Vec<usize>)> {
    (
        prop::option::weighted(0.8, 0_usize..1_000),
        prop::collection::vec(0_usize..1_000, 0..4),
    )
}

/// The people with these numbers, in the order of a key.
fn chosen<K: Ord>(count: usize, keep: impl Fn(usize) -> bool, key: impl Fn(usize) -> K) -> Vec<usize> {
    let mut chosen: Vec<usize> = (0..count).filter(|person| keep(*person)).collect();
    chosen.sort_by_key(|person| key(*person));
    chosen
}

behaviour! {
    /// Compared with what plain Rust computes from the generated data.
    fn relations_of_a_model_with_itself_are_as_they_were_made(db) {
        for count in [1, 2, 9, 16, 17, 60] {
            run!(Person::objects().delete().run(db));
            let sketches = samples(count, place());
            // The first has no parent, so that there is always a root.
            let above: Vec<Option<usize>> =
                sketches.iter().enumerate().map(|(at, (above, _))| above.filter(|_| at > 0).map(|above| above % at)).collect();
            let admires: Vec<BTreeSet<usize>> =
                sketches.iter().map(|(_, admires)| admires.iter().map(|person| person % count).collect()).collect();
            // All different, and in another order than the primary keys.
            let name = |at: usize| format!("{:03}", at * 7919 % 1_000);
            let mut people: Vec<Person> = Vec::new();
            for (at, above) in above.iter().enumerate() {
                let above = above.map(|above| ForeignKey::from(&people[above]));
                people.push(run!(Person::create().name(name(at)).parent(above).save(db)));
            }
            for (person, admires) in people.iter().zip(&admires) {
                run!(person.admires().add(admires.iter().map(|other| &people[*other])).run(db));
            }
            let at = |person: &Person| people.iter().position(|other| other.id == person.id).expect("one of them");
            let all = |people: &[Person]| people.iter().map(&at).collect::<Vec<_>>();
            let below = |of: usize| chosen(count, |person| above[person] == Some(of), name);

            let rows = run!(
                Person::objects()
                    .with(|p| p.children().with(|c| c.children()).with(|c| c.admired_by()))
                    .with(|p| p.children().filter(|c| c.name.gt(p.name)).order_by(|c| c.id.desc()))
                    .with(|p| p.parent().with(|a| a.children()))
                    .with(|p| p.admires().filter(|a| a.name.lt(p.name)).with(|a| a.admires()))
                    .all(db)
            );
            assert_eq!(rows.len(), count);
            for (person, children, later, parent, admired) in rows {
                let of = at(&person);
                assert_eq!(children.iter().map(|(child, ..)| at(child)).collect::<Vec<_>>(), below(of));
                for (child, grandchildren, admirers) in children {
                    let child = at(&child);
                    assert_eq!(all(&grandchildren), below(child));
                    assert_eq!(all(&admirers), chosen(count, |person| admires[person].contains(&child), name));
                }
                let expected = chosen(count, |child| above[child] == Some(of) && name(child) > name(of), std::cmp::Reverse);
                assert_eq!(all(&later), expected);
                assert_eq!(parent.map(|(parent, siblings)| (at(&parent), all(&siblings))), above[of].map(|above| (above, below(above))));
                let expected = chosen(count, |other| admires[of].contains(&other) && name(other) < name(of), name);
                assert_eq!(admired.iter().map(|(other, _)| at(other)).collect::<Vec<_>>(), expected);
                for (other, admired) in admired {
                    let other = at(&other);
                    assert_eq!(all(&admired), chosen(count, |person| admires[other].contains(&person), name));
                }
            }
        }
    }

    fn lists_are_what_each_row_has_alone(db) {
        for (authors, posts) in [(1, 3), (4, 12), (16, 40), (17, 40), (40, 60)] {
            let (authors, _, _) = generated!(db, authors, posts);
            for keys in choices(&authors) {
                let asked: BTreeSet<i64> = keys.iter().copied().collect();
                let lists = || {
                    Author::objects()
                        .with(|a| a.posts())
                        .with(|a| a.edited().filter(|p| p.views.gt(0)).order_by(|p| (p.views.desc(), p.id.desc())))
                };
                let named = run!(lists().filter(|a| a.id.in_(keys.clone())).all(db));
                let found = run!(lists().filter(|a| a.id.in_(keys.clone()) & a.id.ge(0)).all(db));
                let limited = run!(lists().filter(|a| a.id.in_(keys.clone())).limit(1_000).all(db));
                assert_eq!(named, found, "keys that are named and keys that are found: {keys:?}");
                assert_eq!(named, limited);
                let mut expected = Vec::new();
                for author in run!(Author::objects().all(db)) {
                    if asked.contains(&author.id) {
                        let posts = run!(author.posts().all(db));
                        let edited = author.edited().filter(|p| p.views.gt(0));
                        let edited = run!(edited.order_by(|p| (p.views.desc(), p.id.desc())).all(db));
                        expected.push((author, posts, edited));
                    }
                }
                assert_eq!(named, expected, "{keys:?}");
            }
        }
    }

    fn lists_of_lists_are_what_each_row_has_alone(db) {
        for (authors, posts) in [(2, 5), (20, 50)] {
            let (authors, _, _) = generated!(db, authors, posts);
            for keys in choices(&authors) {
                let tree = || {
                    Author::objects().with(|a| {
                        a.posts()
                            .with(|p| p.comments().exclude(|c| c.hidden))
                            .with(|p| p.editor())
                            .with(|p| p.tags().order_by(|t| t.label.desc()).with(|t| t.posts()))
                    })
                };
                let named = run!(tree().filter(|a| a.id.in_(keys.clone())).all(db));
                let found = run!(tree().filter(|a| a.id.in_(keys.clone()) & a.id.ge(0)).all(db));
                assert_eq!(named, found, "{keys:?}");
                for (author, posts) in named {
                    let alone: Vec<(Post, Option<Author>)> = run!(author.posts().with(|p| p.editor()).all(db));
                    assert_eq!(posts.len(), alone.len());
                    for ((post, comments, editor, tags), alone) in posts.into_iter().zip(alone) {
                        let visible = run!(post.comments().exclude(|c| c.hidden).all(db));
                        let labels = run!(post.tags().objects().order_by(|t| t.label.desc()).all(db));
                        assert_eq!(comments, visible);
                        assert_eq!(tags.iter().map(|(tag, _)| tag.clone()).collect::<Vec<_>>(), labels);
                        for (tag, posts) in tags {
                            assert_eq!(posts, run!(tag.posts().all(db)));
                        }
                        assert_eq!((post, editor), alone);
                    }
                }
            }
        }
    }

    fn lists_over_a_join_table_and_beside_related_rows_are_right(db) {
        for posts in [1, 5, 40] {
            let (_, posts, tags) = generated!(db, 6, posts);
            for keys in choices(&posts) {
                let query = || Post::objects().with(|p| p.tags()).with(|p| p.author().with(|a| a.posts())).with(|p| p.comments());
                let named = run!(query().filter(|p| p.id.in_(keys.clone())).order_by(|p| p.id.desc()).all(db));
                let found = run!(query().filter(|p| p.id.in_(keys.clone()) & p.id.ge(0)).order_by(|p| p.id.desc()).all(db));
                assert_eq!(named, found, "{keys:?}");
                let ids: Vec<i64> = named.iter().map(|(post, ..)| post.id).collect();
                let asked: BTreeSet<i64> = keys.iter().copied().filter(|key| posts.contains(key)).collect();
                assert_eq!(ids, asked.into_iter().rev().collect::<Vec<_>>());
                for (post, tags, (author, posts), comments) in named {
                    assert_eq!(tags, run!(post.tags().all(db)));
                    assert_eq!(author, run!(Author::get(post.author.id(), db)));
                    assert_eq!(posts, run!(author.posts().all(db)));
                    assert_eq!(comments, run!(post.comments().all(db)));
                }
            }
            for keys in choices(&tags) {
                let named = run!(Tag::objects().with(|t| t.posts()).filter(|t| t.id.in_(keys.clone())).all(db));
                let found = run!(Tag::objects().with(|t| t.posts()).filter(|t| t.id.in_(keys.clone()) & t.id.ge(0)).all(db));
                assert_eq!(named, found, "{keys:?}");
                for (tag, posts) in named {
                    assert_eq!(posts, run!(tag.posts().all(db)));
                }
            }
        }
    }

    fn one_row_has_the_lists_that_many_have(db) {
        let (authors, posts, _) = generated!(db, 12, 30);
        let all = run!(Author::objects().with(|a| a.posts()).order_by(|a| a.id).all(db));
        assert_eq!(all.len(), authors.len());
        for (at, expected) in all.iter().enumerate() {
            let (id, email) = (expected.0.id, expected.0.email.clone());
            let lists = || Author::objects().with(|a| a.posts());
            assert_eq!(run!(lists().filter(|a| a.id.eq(id)).get(db)), *expected);
            assert_eq!(run!(lists().filter(|a| a.email.eq(email.as_str())).get(db)), *expected);
            assert_eq!(run!(lists().filter(|a| a.id.eq(id)).get_or_none(db)).as_ref(), Some(expected));
            assert_eq!(run!(lists().filter(|a| a.id.eq(id)).first(db)).as_ref(), Some(expected));
            assert_eq!(run!(lists().filter(|a| a.id.in_([id])).last(db)).as_ref(), Some(expected));
            assert_eq!(run!(lists().filter(|a| a.id.in_([id])).get(db)), *expected);
            assert_eq!(run!(lists().filter(|a| a.id.ge(id)).order_by(|a| a.id).first(db)).as_ref(), Some(expected));
            assert_eq!(run!(lists().order_by(|a| a.id).offset(at as u64).limit(1).all(db)), std::slice::from_ref(expected));
            assert_eq!(run!(lists().filter(|a| a.id.eq(id)).offset(1).all(db)), []);
            assert_eq!(run!(lists().filter(|a| a.id.in_(authors.clone())).order_by(|a| a.id).offset(at as u64).limit(2).all(db)),
                all[at..all.len().min(at + 2)]);
            let locked = transaction!(db, |tx| {
                attempt!(lists().filter(|a| a.id.eq(id)).select_for_update().get(tx))
            });
            assert_eq!(locked.unwrap(), *expected);
        }
        let missing = authors.iter().max().unwrap() + 1;
        let lists = || Author::objects().with(|a| a.posts());
        assert!(attempt!(lists().filter(|a| a.id.eq(missing)).get(db)).unwrap_err().is_not_found());
        assert_eq!(run!(lists().filter(|a| a.id.eq(missing)).get_or_none(db)), None);
        assert!(attempt!(lists().filter(|a| a.id.in_(authors.clone())).get(db)).unwrap_err().is_multiple());
        assert_eq!(run!(lists().filter(|a| a.id.eq(authors[0])).none().all(db)), []);
        // The filter of a list may refer to the row that it is loaded for.
        let named = run!(Author::objects().with(|a| a.posts().filter(|p| p.title.eq(a.name))).filter(|a| a.id.in_(authors.clone())).all(db));
        let found = run!(Author::objects().with(|a| a.posts().filter(|p| p.title.eq(a.name))).all(db));
        assert_eq!(named, found);
        assert!(found.iter().any(|(_, posts)| !posts.is_empty()) && posts.len() == 30);
        for (author, posts) in found {
            let same = author.posts().filter(|p| p.title.eq(author.name.as_str()));
            assert_eq!(posts, run!(same.all(db)));
        }
    }

    /// With a server, few rows get their list in the same statement, many rows in a second one.
    fn few_rows_have_the_lists_that_all_have(db) {
        macro_rules! held {
            ($query:expr, $few:expr) => {{
                let query = $query;
                let all = run!(query.clone().all(db));
                for rows in $few {
                    for offset in [0, 1, all.len().saturating_sub(rows)] {
                        let few = query.clone().offset(offset as u64).limit(rows as u64);
                        let expected = &all[offset.min(all.len())..all.len().min(offset + rows)];
                        assert_eq!(run!(few.clone().all(db)), expected, "{rows} after {offset}");
                        assert_eq!(run!(few.first(db)).as_ref(), expected.first());
                    }
                }
                assert_eq!(run!(query.clone().first(db)).as_ref(), all.first());
                assert_eq!(run!(query.clone().last(db)).as_ref(), all.last());
                let within = transaction!(db, |tx| { attempt!(query.clone().limit(2).all(tx)) });
                assert_eq!(within.unwrap(), &all[..all.len().min(2)]);
            }};
        }
        for (authors, posts) in [(1, 3), (6, 20), (25, 40)] {
            generated!(db, authors, posts);
            let few = [0, 1, 2, 3, 19, 20, 21];
            let ordered = || Author::objects().order_by(|a| (a.country().name.desc().nulls_last(), a.name, a.id.desc()));
            held!(ordered().with(|a| a.posts()), few);
            held!(ordered().with(|a| a.posts().order_by(|p| (p.published_at.desc(), p.views, p.id.desc()))), [1, 3, 20]);
            held!(ordered().filter(|a| a.name.ne("n1")).with(|a| a.posts().filter(|p| p.title.eq(a.name) | p.views.gt(1))), [1, 4]);
            held!(ordered().with(|a| a.country()).with(|a| a.edited().with(|p| p.author().with(|b| b.country()))), [1, 2, 20]);
            held!(ordered().with(|a| a.posts().with(|p| p.tags()).with(|p| p.editor()).with(|p| p.comments())), [1, 3]);
            let posts = || Post::objects().filter(|p| p.views.lt(2)).order_by(|p| (p.views, p.id));
            held!(posts().with(|p| p.tags().filter(|t| t.label.ne("tag 3")).order_by(|t| t.label.desc())), [1, 2, 20]);
            held!(Tag::objects().order_by(|t| t.id).with(|t| t.posts().with(|p| p.author())), [1, 7]);
            // Two lists, and lists by string keys, are separate statements.
            held!(ordered().with(|a| a.posts()).with(|a| a.edited()), [1, 3]);
            held!(Country::objects().with(|c| c.authors()), [1, 2]);
        }
    }

    fn keys_of_every_kind_find_their_lists(db) {
        generated!(db, 9, 5);
        for codes in [vec![], vec!["AT"], vec!["XX"], vec!["DE", "AT", "XX", "AT"]] {
            let countries = || Country::objects().with(|c| c.authors());
            let named = run!(countries().filter(|c| c.code.in_(codes.clone())).all(db));
            assert_eq!(named, run!(countries().filter(|c| c.code.in_(codes.clone()) & c.code.ne("")).all(db)));
            for (country, authors) in named {
                assert_eq!(authors, run!(country.authors().all(db)));
                assert!(!authors.is_empty());
            }
        }
        let tickets = (0..20_u128).map(|at| Ticket::create().id(Uuid::from_u128(at * 7 % 20)).subject("subject"));
        let tickets = run!(Ticket::bulk_create(tickets).all(db));
        let notes = tickets.iter().flat_map(|ticket| {
            (0..ticket.id.as_u128() % 3).map(move |at| TicketNote::create().ticket(ticket).text(at.to_string()))
        });
        run!(TicketNote::bulk_create(notes).run(db));
        for keys in [vec![], vec![Uuid::from_u128(5)], vec![Uuid::from_u128(99)], (0..30).map(Uuid::from_u128).collect()] {
            let query = || Ticket::objects().with(|t| t.notes().order_by(|n| n.id.desc())).order_by(|t| t.id);
            let named = run!(query().filter(|t| t.id.in_(keys.clone())).all(db));
            assert_eq!(named, run!(query().filter(|t| t.id.in_(keys.clone()) & t.subject.ne("")).all(db)));
            for (ticket, notes) in named {
                assert_eq!(notes.len() as u128, ticket.id.as_u128() % 3);
                assert_eq!(notes, run!(ticket.notes().order_by(|n| n.id.desc()).all(db)));
            }
        }
    }

    fn lists_come_without_an_index_and_from_tables_of_any_name(db) {
        let lines = run!(Line::bulk_create((0..20).map(|at| Line::create().text(at.to_string()))).all(db));
        let remarks = lines.iter().zip(0..).flat_map(|(line, at)| (0..at % 4).map(move |_| Remark::create().line(line).text("r")));
        run!(Remark::bulk_create(remarks).run(db));
        let rows = run!(Line::objects().with(|l| l.remarks()).order_by(|l| l.id).all(db));
        assert_eq!(rows.iter().map(|(_, remarks)| remarks.len()).collect::<Vec<_>>(), (0..20).map(|at| at % 4).collect::<Vec<_>>());
        for (line, remarks) in rows {
            assert_eq!(remarks, run!(line.remarks().all(db)));
        }

        let top = run!(Keyed::create().save(db));
        let below = run!(Keyed::bulk_create((0..3).map(|_| Keyed::create().above(&top))).all(db));
        let passages = run!(Passage::bulk_create(below.iter().map(|key| Passage::create().opens(key))).all(db));
        run!(top.passages().add(&passages).run(db));
        run!(below[0].passages().add(&passages[1..]).run(db));
        let rows = run!(
            Keyed::objects()
                .with(|k| k.below().filter(|b| b.id.gt(k.id)))
                .with(|k| k.passages().with(|p| p.keyed()))
                .with(|k| k.entrances())
                .all(db)
        );
        let shape: Vec<_> = rows
            .iter()
            .map(|(_, below, passages, entrances)| {
                (below.len(), passages.iter().map(|(_, keyed)| keyed.len()).collect::<Vec<_>>(), entrances.len())
            })
            .collect();
        assert_eq!(shape, [(3, vec![1, 2, 2], 0), (0, vec![2, 2], 1), (0, vec![], 1), (0, vec![], 1)]);
    }
}
