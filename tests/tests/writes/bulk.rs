//! Bulk creation: all rows or none, in the given order, whichever columns each row assigns and however many rows
//! there are.

use orm::Result;
use orm::prelude::*;
use orm::queries::IntoDraft;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

orm::app!("suite");

/// Columns with defaults of every kind.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Filled {
    pub id: i64,
    pub number: i64,
    pub note: Option<String>,
    pub score: Option<f64>,
    #[orm(default = 5)]
    pub five: i64,
    #[orm(default = 7)]
    pub seven: Option<i64>,
    #[orm(db_default(sqlite = "20 + 22", postgres = "20 + 22"))]
    pub answer: i64,
    #[orm(db_default(sqlite = "'mark'", postgres = "'mark'"))]
    pub mark: Option<String>,
    #[orm(generated = |f| f.number + f.five)]
    pub sum: i64,
}

/// The table of `Filled` as a model that does not know its defaults.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unmanaged, table = "suite_filled")]
pub struct FilledByOthers {
    pub id: i64,
    pub number: i64,
    pub five: i64,
    pub mark: Option<String>,
}

/// A row that points at another one of its table, checked with the statement.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Step {
    pub id: i64,
    #[orm(on_delete = Restrict, related_name = "after")]
    pub before: Option<ForeignKey<Step>>,
    #[orm(db_default(sqlite = "'step'", postgres = "'step'"))]
    pub name: String,
}

/// Around the number of rows that one statement takes on SQLite, and well over it.
const SIZES: [i32; 9] = [0, 1, 2, 99, 100, 101, 200, 250, 1_001];

/// A row that is refused unless the number is greater than 0.
fn limits(second: i32) -> impl IntoDraft<Limits> {
    Limits::create()
        .short("x")
        .first(0)
        .second(second)
        .status(Status::Draft)
}

/// Rows of which the last is refused.
fn last_refused(size: i32) -> impl Iterator<Item = impl IntoDraft<Limits>> {
    (1..=size).map(move |second| limits(if second == size { -1 } else { second }))
}

behaviour! {
    fn a_bulk_of_any_size_is_created_whole_and_in_order(db) {
        for size in SIZES {
            let drafts = |first: i32| (first..first + size).map(|value| Counter::create().value(i64::from(value)));
            assert_eq!(run!(Counter::bulk_create(drafts(0)).run(db)), size as u64);
            let created = run!(Counter::bulk_create(drafts(size)).all(db));
            let values = created.iter().map(|row| row.value);
            assert!(values.eq(i64::from(size)..2 * i64::from(size)), "{size}: as they were given");
            let rows = run!(Counter::objects().order_by(|c| c.id).all(db));
            assert!(rows.iter().map(|row| row.value).eq(0..2 * i64::from(size)), "{size}: in order");
            assert_eq!(rows[size as usize..], created[..]);
            run!(Counter::objects().delete().run(db));
        }
    }

    fn a_bulk_that_fails_at_its_end_leaves_nothing(db) {
        for size in SIZES.into_iter().filter(|size| *size > 0) {
            assert!(error(attempt!(Limits::bulk_create(last_refused(size)).run(db))).is_check_violation());
            assert!(error(attempt!(Limits::bulk_create(last_refused(size)).all(db))).is_check_violation());
            assert_eq!(run!(Limits::objects().count(db)), 0, "{size}");
        }
        assert_eq!(run!(Limits::bulk_create((1..=250).map(limits)).run(db)), 250);
    }

    fn a_bulk_that_fails_within_a_nested_transaction_leaves_what_was_before(db) {
        let done: Result<()> = transaction!(db, |tx| {
            attempt!(Limits::bulk_create((2_001..=2_150).map(limits)).run(tx))?;
            for size in SIZES.into_iter().filter(|size| *size > 0) {
                let refused: Result<u64> = transaction!(tx, |inner| {
                    attempt!(Limits::bulk_create(last_refused(size)).run(inner))
                });
                assert!(error(refused).is_check_violation());
                let refused: Result<Vec<Limits>> = transaction!(tx, |inner| {
                    attempt!(Limits::bulk_create(last_refused(size)).all(inner))
                });
                assert!(error(refused).is_check_violation());
                assert_eq!(attempt!(Limits::objects().count(tx))?, 150, "{size}");
            }
            attempt!(Limits::bulk_create((2_151..=2_300).map(limits)).run(tx))?;
            Ok(())
        });
        behaviour::value(done);
        let seconds = run!(Limits::objects().order_by(|l| l.id).values(|l| l.second).all(db));
        assert!(seconds.into_iter().eq(2_001..=2_300));
    }

    fn rows_with_different_columns_stay_in_order(db) {
        let has_note = |at: usize| at % 301 < 150;
        let drafts = (0..602).map(|at| {
            let line = Line::create().text(at.to_string());
            if has_note(at) { line.note("n") } else { line }
        });
        let lines = run!(Line::bulk_create(drafts).all(db));
        assert_eq!(lines.len(), 602);
        for (at, line) in lines.iter().enumerate() {
            assert_eq!((&line.text, line.note.is_some()), (&at.to_string(), has_note(at)));
        }
    }

    /// Whichever columns rows leave out, each row equals one that is created alone, and they are returned in the
    /// given order.
    fn omitted_columns_of_a_bulk_are_filled_as_in_single_rows(db) {
        for (size, step) in [(2, 1), (9, 5), (64, 7), (100, 3), (257, 37)] {
            let bits = |at: usize| at * step % 64;
            let draft = |at: usize| {
                let given = |bit: usize| bits(at) >> bit & 1 == 1;
                let mut row = Filled::create().number(at as i64);
                if given(0) {
                    row = row.note(format!("note {at}"));
                }
                if given(1) {
                    row = row.score(at.is_multiple_of(2).then_some(0.5));
                }
                if given(2) {
                    row = row.five(6);
                }
                if given(3) {
                    row = row.seven(None);
                }
                if given(4) {
                    row = row.answer(at as i64);
                }
                if given(5) {
                    row = row.mark((!at.is_multiple_of(4)).then(|| "given".to_owned()));
                }
                row
            };
            let expected = |at: usize, id: i64| {
                let given = |bit: usize| bits(at) >> bit & 1 == 1;
                let five = if given(2) { 6 } else { 5 };
                Filled {
                    id,
                    number: at as i64,
                    note: given(0).then(|| format!("note {at}")),
                    score: (given(1) && at.is_multiple_of(2)).then_some(0.5),
                    five,
                    seven: (!given(3)).then_some(7),
                    answer: if given(4) { at as i64 } else { 42 },
                    mark: match (given(5), !at.is_multiple_of(4)) {
                        (true, false) => None,
                        (true, true) => Some("given".to_owned()),
                        (false, _) => Some("mark".to_owned()),
                    },
                    sum: at as i64 + five,
                }
            };
            let created = run!(Filled::bulk_create((0..size).map(draft)).all(db));
            assert_eq!(created.len(), size);
            for (at, row) in created.iter().enumerate() {
                assert_eq!(*row, expected(at, row.id), "{at} of {size}");
                assert_eq!(run!(Filled::get(row.id, db)), *row, "{at} of {size}: its own key");
            }
            assert_eq!(run!(Filled::objects().count(db)), size as i64);
            run!(Filled::objects().delete().run(db));
            assert_eq!(run!(Filled::bulk_create((0..size).map(draft)).run(db)), size as u64);
            for row in run!(Filled::objects().all(db)) {
                assert_eq!(row, expected(row.number as usize, row.id), "{} of {size}", row.number);
            }
            run!(Filled::objects().delete().run(db));
        }
    }

    fn a_row_may_point_at_one_before_it_whatever_both_leave_out(db) {
        let steps = (1..=30).map(|id: i64| {
            let step = Step::create().id(id);
            let step = if id > 1 { step.before(id - 1) } else { step };
            if id % 3 == 0 { step.name("third") } else { step }
        });
        let steps = run!(Step::bulk_create(steps).all(db));
        assert!(steps.iter().map(|step| step.id).eq(1..=30));
        for step in steps {
            assert_eq!(step.name, if step.id % 3 == 0 { "third" } else { "step" });
        }
    }

    /// Defaults of a table that is not ours are applied by the database.
    fn defaults_of_a_table_that_is_not_ours_apply(db) {
        let drafts = (0..20).map(|at| {
            let row = FilledByOthers::create().number(at).five(5);
            if at % 2 == 0 { row.mark("given") } else { row }
        });
        let rows = run!(FilledByOthers::bulk_create(drafts).all(db));
        for (row, at) in rows.iter().zip(0..) {
            let mark = if at % 2 == 0 { "given" } else { "mark" };
            assert_eq!((row.number, row.mark.as_deref()), (at, Some(mark)));
        }
    }

    fn it_does_not_matter_in_which_order_columns_are_given_or_how_often(db) {
        let drafts = [
            Line::create().text("a").note("n"),
            Line::create().note("n").text("a"),
            Line::create().text("b").note(None).note("n").text("a"),
        ];
        let lines = run!(Line::bulk_create(drafts).all(db));
        assert_eq!(lines.len(), 3);
        for line in lines {
            assert_eq!((line.text.as_str(), line.note.as_deref()), ("a", Some("n")));
        }
        let line = run!(Line::create().text("a").note("n").note(None).save(db));
        assert_eq!((line.text.as_str(), line.note), ("a", None));
    }

    fn drafts_can_coexist_and_be_dropped(db) {
        let mut drafts: Vec<_> = (0..120).map(|at| Line::create().text(at.to_string()).note("n")).collect();
        drafts.retain(|_| true);
        drop(drafts.split_off(110));
        drop(Line::create().text("never").note("dropped"));
        let counter = run!(Counter::create().value(8).save(db));
        assert_eq!(counter.value, 8);
        drafts.rotate_left(1);
        let lines = run!(Line::bulk_create(drafts).all(db));
        let strings = lines.iter().map(|line| line.text.parse::<usize>().ok());
        assert!(strings.eq((1..110).chain([0]).map(Some)));
        let line = run!(Line::create().text("bare").save(db));
        assert_eq!(line.note, None, "nothing is left of other drafts");
    }

    fn defaults_made_in_code_fill_what_is_not_given(db) {
        let drafts = (0..250).map(|at| {
            let row = Defaults::create().small(at);
            if at % 2 == 0 { row.token("given") } else { row }
        });
        let rows = run!(Defaults::bulk_create(drafts).all(db));
        assert_eq!(rows.len(), 250);
        for (row, at) in rows.iter().zip(0..) {
            let token = if at % 2 == 0 { "given" } else { "made in Rust" };
            assert_eq!((row.small, row.token.as_str(), row.answer), (at, token, 42));
        }
        assert_eq!(run!(Defaults::objects().order_by(|d| d.id).all(db)), rows);
    }

    fn bulk_create_goes_over_the_parameter_limit(db) {
        let rows = (0..40_000_i64).map(|at| Limits::create().short("x").first(0).second(1 + at as i32).status(Status::Draft));
        let created = run!(Limits::bulk_create(rows).all(db));
        assert_eq!(created.len(), 40_000);
        assert!(created.iter().zip(1..).all(|(row, second)| row.second == second), "in the order given");
        assert_eq!(run!(Limits::objects().count(db)), 40_000);
        let last = run!(Limits::objects().filter(|l| l.id.eq(created[39_999].id)).get(db));
        assert_eq!(last, created[39_999]);
    }

    fn bulk_create_is_all_or_nothing(db) {
        let rows = (0..20_000).map(|at| {
            let second = if at == 19_999 { -1 } else { at + 1 };
            Limits::create().short("x").first(0).second(second).status(Status::Draft)
        });
        assert!(error(attempt!(Limits::bulk_create(rows).run(db))).is_check_violation());
        assert_eq!(run!(Limits::objects().count(db)), 0);
    }

    fn an_empty_bulk_create_creates_nothing(db) {
        let rows = run!(Counter::bulk_create((0..0).map(|value| Counter::create().value(value))).all(db));
        assert!(rows.is_empty());
    }

    fn rows_of_one_bulk_may_set_different_columns(db) {
        let drafts = vec![
            Line::create().text("a").note("n"),
            Line::create().text("b"),
        ];
        let lines = run!(Line::bulk_create(drafts).all(db));
        assert_eq!(lines[0].note.as_deref(), Some("n"));
        assert_eq!(lines[1].note, None);
    }

    fn any_number_of_links_is_added_and_removed_at_once(db) {
        // More than a statement has parameters.
        const LINKS: i64 = 70_000;
        let author = run!(Author::create().name("Ann").email("ann@example.com").save(db));
        let post = run!(Post::create().title("One").slug("one").author(&author).save(db));
        run!(Tag::bulk_create((0..LINKS).map(|tag| Tag::create().label(tag.to_string()))).run(db));
        let tags = run!(Tag::objects().all(db));
        run!(post.tags().add(&tags).run(db));
        assert_eq!(run!(post.tags().count(db)), LINKS);
        run!(post.tags().set(&tags[1..]).run(db));
        assert_eq!(run!(post.tags().count(db)), LINKS - 1);
        run!(post.tags().remove(&tags[1..]).run(db));
        assert_eq!(run!(post.tags().count(db)), 0);
    }
}
