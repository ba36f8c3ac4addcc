//! What is said of related rows and of queries within, in any nesting, is TRUE, FALSE or NULL for the rows that the oracle
//! says, on both databases.

use orm::Db;
use orm::migrate::{Target, migrate};
use orm::prelude::*;
use orm_tests::behaviour::value;
use orm_tests::{Backend, Database};

use super::dice::{Dice, seed, times};
use super::handle::{Colour, Handle, ask};
use super::library::*;
use super::one_row::{migrations, models_of};
use super::said::{Rows, Said};
use super::said_closure::condition;
use super::said_oracle::Row;

const CONDITIONS: usize = 400;

fn id(row: Row<'_>) -> i64 {
    match row {
        Row::Shelf(shelf) => shelf.id,
        Row::Book(book) => book.id,
        Row::Tag(tag) => tag.id,
    }
}

type Answers = Vec<(i64, Option<bool>)>;

/// What a condition is for each row as a value, and the rows that a filter and its opposite find.
fn asked(handle: &Handle, of: Rows, said: &Said) -> (Answers, Vec<i64>, Vec<i64>) {
    macro_rules! asked {
        ($model:ident) => {{
            let values = $model::objects()
                .order_by(|f| f.id)
                .values(|f| (f.id, condition(said, &[f.into()]).optional()));
            let ids = |query: QuerySet<$model>| {
                ask!(handle, |db| query.order_by(|f| f.id).values(|f| f.id).all(db))
            };
            let found = ids($model::objects().filter(|f| condition(said, &[f.into()])));
            let others = ids($model::objects().exclude(|f| condition(said, &[f.into()])));
            let values = ask!(handle, |db| values.all(db));
            // Beside whole rows, and in an order of its own. That a value which is bound is NULL is not known when NULLs are placed.
            let beside = $model::objects()
                .annotate(|f| (f.id, condition(said, &[f.into()]).optional()))
                .order_by(|f| (condition(said, &[f.into()]).optional().desc().nulls_last(), f.id));
            let beside = ask!(handle, |db| beside.all(db));
            let mut sorted = values.clone();
            sorted.sort_by_key(|(id, given)| (std::cmp::Reverse(*given), *id));
            let beside: Answers = beside
                .into_iter()
                .map(|(row, (id, given))| {
                    assert_eq!(row.id, id, "a value is of another row");
                    (id, given)
                })
                .collect();
            assert_eq!(beside, sorted, "beside rows, of {said:?}");
            (values, found, others)
        }};
    }
    match of {
        Rows::Shelves => asked!(Shelf),
        Rows::Books => asked!(Book),
        Rows::Tags => asked!(Tag),
    }
}

fn law(backend: Backend, colour: Colour) {
    let database = Database::empty(backend);
    let db = value(Db::connect(database.url()));
    let migrations = migrations(&models_of(&["Shelf", "Book", "Tag"]));
    let options = orm_tests::losing();
    value(migrate(
        &mut value(db.session()),
        &migrations,
        &Target::Latest,
        &options,
        &mut |_| {},
    ));
    let handle = Handle::connect(colour, database.url());
    for batch in 0..times() {
        let seed = seed() + batch;
        let mut dice = Dice::new(seed);
        ask!(&handle, |db| Book::objects().delete().run(db));
        ask!(&handle, |db| Shelf::objects()
            .update(|s| s.above.set(None))
            .run(db));
        ask!(&handle, |db| Shelf::objects().delete().run(db));
        ask!(&handle, |db| Tag::objects().delete().run(db));
        let library = Library::draw(&mut dice, &handle);
        // A server that knows how few rows there are does not compile its plans.
        value(value(db.session()).batch("ANALYZE"));
        let mut wrong: Vec<(Said, String)> = Vec::new();
        for _ in 0..CONDITIONS {
            let of = dice.pick(&Rows::ALL);
            let rows = 1 + dice.below(3);
            let said = Said::draw(&mut dice, of, rows);
            let all = library.rows(of);
            let expected: Answers = all
                .iter()
                .map(|row| (id(*row), library.holds(&said, &[*row])))
                .collect();
            let those = |test: &dyn Fn(Option<bool>) -> bool| -> Vec<i64> {
                expected
                    .iter()
                    .filter(|(_, given)| test(*given))
                    .map(|(id, _)| *id)
                    .collect()
            };
            let expected = (
                expected.clone(),
                those(&|given| given == Some(true)),
                those(&|given| given != Some(true)),
            );
            let found = asked(&handle, of, &said);
            if found != expected {
                wrong.push((
                    said,
                    format!("of {of:?}\nexpected {expected:?}\nfound    {found:?}"),
                ));
            }
        }
        wrong.sort_by_key(|(said, _)| format!("{said:?}").len());
        if let Some((said, words)) = wrong.first() {
            panic!(
                "seed {seed}: {} conditions are wrong, the shortest is\n{said:?}\n{words}\n{library:#?}",
                wrong.len()
            );
        }
    }
}

#[test]
fn conditions_on_related_rows_mean_what_they_say_on_sqlite() {
    law(Backend::Sqlite, Colour::Blocking);
}

#[test]
fn conditions_on_related_rows_mean_what_they_say_on_sqlite_async() {
    law(Backend::Sqlite, Colour::Async);
}

#[test]
fn conditions_on_related_rows_mean_what_they_say_on_postgres() {
    law(Backend::Postgres, Colour::Blocking);
}

#[test]
fn conditions_on_related_rows_mean_what_they_say_on_postgres_async() {
    law(Backend::Postgres, Colour::Async);
}
