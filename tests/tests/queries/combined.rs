//! Rows of two queries as one: union, intersection, difference, against sets that plain Rust computes.

use std::collections::BTreeSet;

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;
use proptest::prelude::*;

use orm_tests::samples::samples;

orm::app!("suite");

/// Texts with ties, and notes that may be NULL.
type Sketch = (String, Option<String>);

fn sketches() -> Vec<Sketch> {
    samples(60, ("[abü']{0,2}", prop::option::weighted(0.6, "[xyz]{0,1}")))
}

/// A query of lines, and what it finds: the rows that match, in order, from one place to another.
struct Case {
    query: QuerySet<Line>,
    found: BTreeSet<usize>,
}

fn cases(rows: &[Sketch]) -> Vec<Case> {
    let all = || 0..rows.len();
    let those = |query: QuerySet<Line>, keep: &dyn Fn(&Sketch) -> bool| Case {
        query,
        found: all().filter(|at| keep(&rows[*at])).collect(),
    };
    let cut = |query: QuerySet<Line>,
               keep: &dyn Fn(&Sketch) -> bool,
               descending: bool,
               skip: usize,
               take: usize| {
        let mut kept: Vec<usize> = all().filter(|at| keep(&rows[*at])).collect();

        kept.sort_by_key(|at| (rows[*at].0.chars().count(), *at));
        if descending {
            kept.reverse();
        }
        let ordered = match descending {
            false => query.order_by(|l| (l.text.length(), l.id)),
            true => query.order_by(|l| (l.text.length().desc(), l.id.desc())),
        };
        Case {
            query: ordered.limit(take as u64).offset(skip as u64),
            found: kept.into_iter().skip(skip).take(take).collect(),
        }
    };
    vec![
        those(Line::objects(), &|_| true),
        those(Line::objects().none(), &|_| false),
        those(Line::objects().filter(|l| l.note.eq("x")), &|(_, note)| {
            note.as_deref() == Some("x")
        }),
        those(Line::objects().filter(|l| l.note.is_null()), &|(_, note)| {
            note.is_none()
        }),
        those(Line::objects().exclude(|l| l.note.gt("x")), &|(_, note)| {
            note.as_deref().is_none_or(|note| note <= "x")
        }),
        those(
            Line::objects().filter(|l| l.text.contains("ü")).distinct(),
            &|(text, _)| text.contains('ü'),
        ),
        cut(Line::objects(), &|_| true, false, 0, 7),
        cut(
            Line::objects().filter(|l| l.note.is_not_null()),
            &|(_, note)| note.is_some(),
            true,
            3,
            5,
        ),
        cut(
            Line::objects().filter(|l| l.note.ne("y")),
            &|(_, note)| note.as_deref() != Some("y"),
            false,
            50,
            100,
        ),
        cut(Line::objects().distinct(), &|_| true, true, 0, 0),
    ]
}

/// Its key is two fields.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Mooring {
    #[orm(primary_key)]
    pub level: i16,
    #[orm(primary_key)]
    pub number: i64,
}

behaviour! {
    fn rows_are_those_of_sets(db) {
        let sketches = sketches();
        let drafts = sketches.iter().map(|(text, note)| Line::create().text(text.as_str()).note(note.clone()));
        let rows = run!(Line::bulk_create(drafts).all(db));
        let rows_at = |found: &BTreeSet<usize>| found.iter().map(|at| rows[*at].clone()).collect::<Vec<_>>();
        let cases = cases(&sketches);
        for one in &cases {
            for other in &cases {
                let combined = [
                    (one.query.clone().union(other.query.clone()), &one.found | &other.found),
                    (one.query.clone().intersection(other.query.clone()), &one.found & &other.found),
                    (one.query.clone().difference(other.query.clone()), &one.found - &other.found),
                ];
                for (query, expected) in combined {
                    let expected = rows_at(&expected);
                    assert_eq!(run!(query.clone().order_by(|l| l.id).all(db)), expected);
                    assert_eq!(run!(query.clone().count(db)), expected.len() as i64);
                    assert_eq!(run!(query.exists(db)), !expected.is_empty());
                }
            }
        }
    }

    fn what_is_combined_is_combined_again(db) {
        let sketches = sketches();
        let drafts = sketches.iter().map(|(text, note)| Line::create().text(text.as_str()).note(note.clone()));
        let rows = run!(Line::bulk_create(drafts).all(db));
        let cases = cases(&sketches);
        let [a, b, c, d] = [2, 6, 7, 4].map(|at| &cases[at]);
        // (a ∪ b, cut) ∩ (c ∪ d) − a, cut again.
        let some = a.query.clone().union(b.query.clone()).order_by(|l| l.id.desc()).limit(9);
        let query = some.intersection(c.query.clone().union(d.query.clone())).difference(a.query.clone());
        let mut left: Vec<usize> = (&a.found | &b.found).into_iter().rev().take(9).collect();
        left.retain(|at| (c.found.contains(at) || d.found.contains(at)) && !a.found.contains(at));
        left.sort_unstable();
        let expected: Vec<Line> = left.iter().map(|at| rows[*at].clone()).collect();
        assert_eq!(run!(query.clone().order_by(|l| l.id).all(db)), expected);
        assert_eq!(run!(query.clone().order_by(|l| l.id).first(db)), expected.first().cloned());
        assert_eq!(run!(query.clone().order_by(|l| l.id).limit(1).offset(1).values(|l| l.id).all(db)), expected.iter().skip(1).take(1).map(|l| l.id).collect::<Vec<_>>());
        // As an inner query, and for a change.
        let within = Line::objects().filter(|l| l.id.in_(query.clone().values(|l| l.id)));
        assert_eq!(run!(within.order_by(|l| l.id).all(db)), expected);
        let unions = cases.iter().fold(Line::objects().none(), |all, case| all.union(case.query.clone()));
        assert_eq!(run!(unions.count(db)), rows.len() as i64);
        let marked = run!(query.update(|l| l.note.set("marked")).run(db));
        assert_eq!(marked, expected.len() as u64);
        assert_eq!(run!(Line::objects().filter(|l| l.note.eq("marked")).order_by(|l| l.id).values(|l| l.id).all(db)), expected.iter().map(|l| l.id).collect::<Vec<_>>());
    }

    fn related_rows_narrow_down_and_are_loaded(db) {
        orm_tests::world!(db);
        let of = |name: &'static str| Post::objects().filter(move |p| p.author().name.eq(name));
        let edited = Post::objects().filter(|p| p.editor().name.eq("Ben"));
        let both = of("Ben").union(edited).with(|p| p.author()).with(|p| p.tags()).order_by(|p| p.id);
        let found: Vec<(Post, Author, Vec<Tag>)> = run!(both.all(db));
        let found: Vec<_> = found.iter().map(|(post, author, tags)| (post.slug.as_str(), author.name.as_str(), tags.len())).collect();
        assert_eq!(found, [("first", "Ann", 2), ("third", "Ben", 0)]);
        let newest = |a: AuthorFields| Post::objects().filter(move |p| p.author.eq(a.id));
        let with_any: Vec<String> = run!(
            Author::objects().filter(|a| orm::exists(newest(a).intersection(Post::objects().filter(|p| p.views.gt(5))))).values(|a| a.name).all(db)
        );
        assert_eq!(with_any, ["Ann"]);
        // A limit keeps rows in the model's own order.
        let first = Post::objects().limit(1).union(Post::objects().reverse().limit(1));
        assert_eq!(run!(first.order_by(|p| p.id).values(|p| p.slug).all(db)), ["draft", "third"]);
    }

    fn rows_that_a_limit_found_are_deleted_at_once(db) {
        for text in ["a", "b", "c", "d", "e"] {
            run!(Line::create().text(text).save(db));
        }
        let first = || Line::objects().order_by(|l| l.id).limit(2).intersection(Line::objects());
        // A batch would find the next two.
        let refused = error(attempt!(first().delete().in_batches(1).run(db)));
        assert!(refused.is_unsupported() && refused.to_string().contains("are looked for again by each batch"), "{refused}");
        assert_eq!(run!(first().delete().run(db)), 2);
        let either = Line::objects().filter(|l| l.text.eq("c")).union(Line::objects().filter(|l| l.text.eq("d")));
        assert_eq!(run!(either.delete().in_batches(1).run(db)), 2);
        assert_eq!(run!(Line::objects().values(|l| l.text).all(db)), ["e"]);
    }

    fn what_has_no_rows_or_several_keys_is_refused(db) {
        let grouped = Line::objects().group_by(|l| l.text);
        for query in [grouped.clone().union(Line::objects()), Line::objects().none().intersection(grouped)] {
            let refused = error(attempt!(query.count(db)));
            assert!(refused.to_string().contains("group_by()"), "{refused}");
        }
        let seats = || Mooring::objects();
        let refused = error(attempt!(seats().union(seats().limit(1)).difference(seats().limit(1)).all(db)));
        assert!(refused.to_string().contains("several fields"), "{refused}");
        assert_eq!(run!(seats().filter(|s| s.number.gt(1)).union(seats().filter(|s| s.level.gt(1))).count(db)), 0);
    }
}
