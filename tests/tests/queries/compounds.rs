//! Values of several queries as those of one, against sets that plain Rust computes.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use orm::prelude::*;
use orm::queries::{Compound, count, exists, raw, subquery};
use orm_tests::behaviour;
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use orm_tests::samples::samples;

orm::app!("suite");

#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[orm(native)]
pub enum Urgency {
    Today,
    Soon,
    Never,
}

#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq)]
#[orm(native)]
pub enum Patience {
    Soon,
    Never,
}

/// What somebody offers.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("-amount"))]
pub struct Bid {
    pub id: i64,
    pub name: String,
    pub note: Option<String>,
    pub amount: i64,
    pub price: Option<Decimal>,
    pub day: Option<NaiveDate>,
    pub urgency: Option<Urgency>,
    pub open: bool,
    pub rate: f64,
    pub token: Uuid,
    pub meta: Json<serde_json::Value>,
}

/// What somebody looks for, with columns of other names in another order.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("title"))]
pub struct Quest {
    pub id: i64,
    pub meta: Json<serde_json::Value>,
    pub secret: Uuid,
    pub rate: f64,
    pub urgency: Option<Urgency>,
    pub patience: Patience,
    pub due: Option<NaiveDate>,
    pub worth: Option<Decimal>,
    pub size: i64,
    pub remark: Option<String>,
    pub title: String,
    pub bid: Option<ForeignKey<Bid>>,
}

/// A model of another app, which has enums of its own.
mod elsewhere {
    use super::*;

    orm::app!("errands");

    #[derive(Model, Debug, Clone, PartialEq)]
    pub struct Errand {
        pub id: i64,
        pub urgency: Option<Urgency>,
    }
}

/// The columns that both have.
type Sketch = (String, Option<String>, i64);

fn sketches(many: usize) -> Vec<Sketch> {
    let text = "[abü']{0,2}";
    samples(many, (text, prop::option::weighted(0.6, "[xé]{0,1}"), -2i64..3))
}

fn day(of: i64) -> Option<NaiveDate> {
    (of != 0)
        .then(|| NaiveDate::from_ymd_opt(2024, 2, 27).expect("a day") + chrono::Days::new(of.unsigned_abs()))
}

fn price(of: i64) -> Option<Decimal> {
    (of != 1).then(|| Decimal::new(of * 150, if of % 2 == 0 { 2 } else { 1 }))
}

fn urgency(of: i64) -> Option<Urgency> {
    [
        None,
        Some(Urgency::Today),
        Some(Urgency::Soon),
        Some(Urgency::Never),
    ][of.rem_euclid(4) as usize]
}

fn token(of: i64) -> Uuid {
    Uuid::from_u128(of.unsigned_abs() as u128)
}

macro_rules! offers {
    ($db:expr) => {{
        let all = sketches(60);
        let (bids, quests) = all.split_at(35);
        let drafts = bids.iter().map(|(name, note, amount)| {
            Bid::create()
                .name(name.as_str())
                .note(note.clone())
                .amount(*amount)
                .price(price(*amount))
                .day(day(*amount))
                .urgency(urgency(*amount))
                .open(*amount > 0)
                .rate(*amount as f64 / 2.0)
                .token(token(*amount))
                .meta(Json(serde_json::json!({ "a": amount, "b": [note] })))
        });
        run!(Bid::bulk_create(drafts).run($db));
        let drafts = quests.iter().map(|(title, remark, size)| {
            Quest::create()
                .title(title.as_str())
                .remark(remark.clone())
                .size(*size)
                .worth(price(*size))
                .due(day(*size))
                .urgency(urgency(*size))
                .patience(Patience::Soon)
                .rate(*size as f64)
                .secret(token(*size))
                .meta(Json(serde_json::json!({ "b": [remark], "a": size })))
        });
        run!(Quest::bulk_create(drafts).run($db));
        (bids.to_vec(), quests.to_vec())
    }};
}

type Columns = (Field<String>, Field<Option<String>>, Field<i64>);

fn of_bids(query: QuerySet<Bid>) -> QuerySet<Bid, orm::queries::Tuples<Columns>> {
    query.values(|b| (b.name, b.note, b.amount))
}

fn of_quests(query: QuerySet<Quest>) -> QuerySet<Quest, orm::queries::Tuples<Columns>> {
    query.values(|q| (q.title, q.remark, q.size))
}

fn in_order<M: orm::Model>(rows: Compound<M, Columns>) -> Compound<M, Columns> {
    rows.order_by(|(text, note, number)| (text, note, number))
}

fn set(rows: &[Sketch]) -> BTreeSet<Sketch> {
    rows.iter().cloned().collect()
}

fn sorted(mut rows: Vec<Sketch>) -> Vec<Sketch> {
    rows.sort();
    rows
}

behaviour! {
    fn values_of_two_models_are_sets(db) {
        let (bids, quests) = offers!(db);
        let (one, other) = (set(&bids), set(&quests));
        let both = || (of_bids(Bid::objects()), of_quests(Quest::objects()));
        assert!(!(&one & &other).is_empty() && one.len() < bids.len());
        let all = [
            ({ let (a, b) = both(); a.union(b) }, Vec::from_iter(&one | &other)),
            ({ let (a, b) = both(); a.union_all(b) }, sorted([bids.clone(), quests.clone()].concat())),
            ({ let (a, b) = both(); a.intersection(b) }, Vec::from_iter(&one & &other)),
            ({ let (a, b) = both(); a.difference(b) }, Vec::from_iter(&one - &other)),
        ];
        for (compound, expected) in all {
            assert_eq!(run!(in_order(compound.clone()).all(db)), expected);
            assert_eq!(run!(in_order(compound.clone()).first(db)), expected.first().cloned());
            assert_eq!(run!(in_order(compound.clone()).limit(3).offset(2).all(db)), expected.iter().skip(2).take(3).cloned().collect::<Vec<_>>());
            assert_eq!(run!(in_order(compound.clone()).offset(4).all(db)), expected.iter().skip(4).cloned().collect::<Vec<_>>());
            assert_eq!(run!(compound.clone().count(db)), expected.len() as i64);
            assert_eq!(run!(compound.clone().limit(4).count(db)), 4.min(expected.len()) as i64);
            assert_eq!(run!(compound.clone().offset(4).count(db)), expected.len().saturating_sub(4) as i64);
            assert_eq!(run!(compound.clone().exists(db)), !expected.is_empty());
            assert!(!run!(compound.clone().offset(1000).exists(db)));
            let mut read = Vec::new();
            let mut rows = rows!(in_order(compound.clone()), db).portions_of(7);
            while let Some(row) = next!(rows) {
                read.push(row.unwrap());
            }
            assert_eq!(read, expected);
            drop(rows);
            assert!(attempt!(compound.clone().get(db)).unwrap_err().is_multiple());
            assert_eq!(run!(in_order(compound).limit(1).get(db)), expected[0]);
        }
        let none = of_bids(Bid::objects()).difference(of_bids(Bid::objects()));
        assert_eq!(run!(none.clone().get_or_none(db)), None);
        assert!(attempt!(none.get(db)).unwrap_err().is_not_found());
        // The other way around NULLs are where they always are.
        let backwards = of_bids(Bid::objects()).union(of_quests(Quest::objects())).order_by(|(text, note, number)| (note.desc(), number.desc(), text));
        let mut expected = Vec::from_iter(&one | &other);
        expected.sort_by(|a, b| (&b.1, b.2, &a.0).cmp(&(&a.1, a.2, &b.0)));
        assert_eq!(run!(backwards.all(db)), expected);
    }

    fn limits_of_each_and_of_the_whole(db) {
        let (bids, quests) = offers!(db);
        let first = |rows: &[Sketch], most: usize| sorted(rows.to_vec())[..most].to_vec();
        let cut_bids = |most| of_bids(Bid::objects()).order_by(|b| (b.name, b.note, b.amount)).limit(most);
        let cut_quests = |most| of_quests(Quest::objects()).order_by(|q| (q.title, q.remark, q.size)).limit(most);
        let both = cut_bids(9).union_all(cut_quests(6));
        assert_eq!(run!(in_order(both.clone()).all(db)), sorted([first(&bids, 9), first(&quests, 6)].concat()));
        assert_eq!(run!(in_order(cut_bids(9).intersection(cut_quests(6))).all(db)), Vec::from_iter(&set(&first(&bids, 9)) & &set(&first(&quests, 6))));
        assert_eq!(run!(in_order(of_bids(Bid::objects()).difference(cut_bids(9))).all(db)), Vec::from_iter(&set(&bids) - &set(&first(&bids, 9))));
        // What is cut off of the whole is behind another operator.
        let cut = in_order(both.clone()).limit(7);
        let left = sorted([first(&bids, 9), first(&quests, 6)].concat())[..7].to_vec();
        assert_eq!(run!(in_order(cut.clone().union(of_quests(Quest::objects()))).all(db)), Vec::from_iter(&set(&left) | &set(&quests)));
        assert_eq!(run!(in_order(of_bids(Bid::objects()).difference(cut.clone())).all(db)), Vec::from_iter(&set(&bids) - &set(&left)));
        assert_eq!(run!(in_order(cut.clone().union_all(cut)).all(db)), sorted([left.clone(), left].concat()));
        // The model's own order decides what a limit of values takes.
        let most = Bid::objects().limit(5).values(|b| b.amount).union_all(Quest::objects().limit(2).values(|q| q.size));
        let mut amounts: Vec<i64> = bids.iter().map(|(.., amount)| *amount).collect();
        amounts.sort_by(|a, b| b.cmp(a));
        let mut titles: Vec<&Sketch> = quests.iter().collect();
        titles.sort_by(|a, b| a.0.cmp(&b.0));
        let sizes = &run!(Quest::objects().limit(2).values(|q| q.size).all(db));
        let mut expected = [&amounts[..5], sizes].concat();
        expected.sort_unstable();
        assert_eq!(run!(most.order_by(|number| number).all(db)), expected);
    }

    fn operators_in_a_row_and_within_others(db) {
        let (bids, quests) = offers!(db);
        let big = |rows: &[Sketch], least: i64| rows.iter().filter(|row| row.2 >= least).cloned().collect::<Vec<_>>();
        let a = || of_bids(Bid::objects());
        let b = || of_quests(Quest::objects());
        let c = || of_bids(Bid::objects().filter(|b| b.amount.ge(1)));
        let d = || of_quests(Quest::objects().filter(|q| q.size.ge(0)));
        let (sa, sb, sc, sd) = (set(&bids), set(&quests), set(&big(&bids, 1)), set(&big(&quests, 0)));
        // From left to right, whichever operators these are.
        assert_eq!(run!(in_order(a().union(b()).intersection(c())).all(db)), Vec::from_iter(&(&sa | &sb) & &sc));
        assert_eq!(run!(in_order(a().difference(c()).difference(d())).all(db)), Vec::from_iter(&(&sa - &sc) - &sd));
        assert_eq!(run!(in_order(a().difference(c().difference(d()))).all(db)), Vec::from_iter(&sa - &(&sc - &sd)));
        assert_eq!(run!(in_order(a().union(b().intersection(d()))).all(db)), Vec::from_iter(&sa | &(&sb & &sd)));
        assert_eq!(run!(in_order(a().union(b()).difference(c().union(d()))).all(db)), Vec::from_iter(&(&sa | &sb) - &(&sc | &sd)));
        assert_eq!(run!(in_order(a().intersection(b().intersection(c()))).all(db)), Vec::from_iter(&(&sa & &sb) & &sc));
        assert_eq!(run!(in_order(a().union_all(b()).union(c())).all(db)), Vec::from_iter(&sa | &sb));
        assert_eq!(run!(in_order(a().union(b()).union_all(c())).all(db)), sorted([Vec::from_iter(&sa | &sb), big(&bids, 1)].concat()));
        let many = (0..60).fold(a().union_all(b()), |all, _| all.union_all(c()));
        assert_eq!(run!(many.clone().count(db)), (bids.len() + quests.len() + 60 * big(&bids, 1).len()) as i64);
        let nested = (0..16).fold(a().union(b()), |all, at| if at % 2 == 0 { all.difference(d()) } else { all.union(d()) });
        assert_eq!(run!(nested.count(db)), (&(&sa | &sb) | &sd).len() as i64);
        let deep = (0..100).fold(a().union(b()), |all, at| if at % 2 == 0 { all.difference(d()) } else { all.union(d()) });
        let error = attempt!(deep.count(db)).unwrap_err();
        assert!(error.is_unsupported() && error.to_string().contains("levels deep"), "{error}");
        // More than there is room for is refused, before it is sent.
        let most = (2..500).fold(a().union_all(b()), |all, _| all.union_all(c()));
        assert_eq!(run!(most.clone().count(db)), (bids.len() + quests.len() + 498 * big(&bids, 1).len()) as i64);
        let error = attempt!(most.union_all(c()).all(db)).unwrap_err();
        assert!(error.is_unsupported() && error.to_string().contains("501 queries are combined in a row"), "{error}");
        // Nothing is nothing.
        let no = || of_bids(Bid::objects().none());
        assert_eq!(run!(in_order(no().union(b())).all(db)), Vec::from_iter(sb.clone()));
        assert_eq!(run!(in_order(b().difference(no())).all(db)), Vec::from_iter(sb.clone()));
        assert_eq!(run!(no().union_all(no()).count(db)) + run!(b().intersection(no()).count(db)) + run!(no().difference(b()).count(db)), 0);
        assert_eq!(run!(in_order(no().union(no()).union_all(b())).all(db)), sorted(quests.clone()));
    }

    fn what_each_type_is_equal_by(db) {
        let (bids, quests) = offers!(db);
        macro_rules! column {
            ($bid:ident, $quest:ident, $of:expr) => {{
                let pair = || (Bid::objects().values(|b| b.$bid), Quest::objects().values(|q| q.$quest));
                let of = $of;
                let (mut one, mut other): (Vec<_>, Vec<_>) = (bids.iter().map(|row| of(row.2)).collect(), quests.iter().map(|row| of(row.2)).collect());
                let whole = [one.clone(), other.clone()].concat();
                for rows in [&mut one, &mut other] {
                    rows.sort();
                    rows.dedup();
                }
                let mut either = [one.clone(), other.clone()].concat();
                either.sort();
                either.dedup();
                let (a, b) = pair();
                assert_eq!(run!(a.union(b).order_by(|value| value).all(db)), either);
                let (a, b) = pair();
                assert_eq!(run!(a.union_all(b).count(db)), whole.len() as i64);
                let (a, b) = pair();
                assert_eq!(run!(a.intersection(b).order_by(|value| value).all(db)), one.iter().filter(|value| other.contains(value)).cloned().collect::<Vec<_>>());
                let (a, b) = pair();
                assert_eq!(run!(b.difference(a).order_by(|value| value).all(db)), other.iter().filter(|value| !one.contains(value)).cloned().collect::<Vec<_>>());
            }};
        }
        column!(amount, size, |number: i64| number);
        column!(price, worth, price);
        column!(day, due, day);
        column!(urgency, urgency, urgency);
        column!(token, secret, token);
        // Documents are equal by what they say.
        let documents = Bid::objects().values(|b| b.meta).union(Quest::objects().values(|q| q.meta));
        let said: BTreeSet<_> = bids.iter().chain(&quests).map(|row| (row.2, row.1.clone())).collect();
        assert_eq!(run!(documents.count(db)), said.len() as i64);
        // Conditions, computed numbers, and a value that is the same in all rows.
        let open = Bid::objects().values(|b| b.open).union(Quest::objects().values(|q| q.size.gt(100)));
        assert_eq!(run!(open.order_by(|open| open).all(db)), [false, true]);
        let halves = Bid::objects().values(|b| b.rate).union(Quest::objects().values(|q| q.rate / 2.0));
        let mut numbers: Vec<f64> = bids.iter().chain(&quests).map(|row| row.2 as f64 / 2.0).collect();
        numbers.sort_by(f64::total_cmp);
        numbers.dedup();
        assert_eq!(run!(halves.order_by(|half| half).all(db)), numbers);
        let kinds = Bid::objects().values(|_| (raw::<String>("{}", ("bid",)), raw::<Option<i64>>("NULL", ()))).union(Quest::objects().values(|q| (raw::<String>("{}", ("quest",)), q.size.max())));
        let most = quests.iter().map(|row| row.2).max();
        assert_eq!(run!(kinds.order_by(|(kind, _)| kind.desc()).all(db)), [("quest".to_owned(), most), ("bid".to_owned(), None)]);
        // Of a condition that may be NULL the type does not say so.
        let maybe = || Bid::objects().values(|b| b.price.gt(Decimal::ONE));
        let error = attempt!(maybe().union(Bid::objects().values(|b| b.open)).all(db)).unwrap_err();
        assert!(error.to_string().contains("value 1 in values() of suite.Bid may be NULL"), "{error}");
        let error = attempt!(Bid::objects().values(|b| b.open).union_all(maybe().limit(3)).all(db)).unwrap_err();
        assert!(error.to_string().contains("value 1 in values() of suite.Bid may be NULL"), "{error}");
        let told = Bid::objects().values(|b| b.price.gt(Decimal::ONE).optional()).union(Bid::objects().values(|b| b.open.optional()).limit(100));
        assert_eq!(run!(told.order_by(|more| more).all(db)), [None, Some(false), Some(true)]);
        // Two enums of the database, whatever they are in Rust.
        let errands = || elsewhere::Errand::objects().values(|e| e.urgency);
        let error = attempt!(errands().union(Quest::objects().filter(|q| q.size.gt(0)).values(|q| q.urgency)).all(db)).unwrap_err();
        assert!(error.is_unsupported() && error.to_string().contains("value 1 of queries that are combined is of two native enums"), "{error}");
        let texts = Quest::objects().values(|q| raw::<String>("CAST({} AS text)", (q.patience,))).union(Bid::objects().filter(|b| b.urgency.eq(Urgency::Never)).values(|b| raw::<String>("CAST({} AS text)", (b.urgency,))));
        assert_eq!(run!(texts.order_by(|text| text.desc()).all(db)), ["soon", "never"]);
    }

    fn groups_distinct_values_and_related_rows(db) {
        let (bids, quests) = offers!(db);
        let bid = run!(Bid::objects().order_by(|b| b.id).first(db)).expect("a bid");
        run!(Quest::objects().filter(|q| q.size.gt(0)).update(|q| q.bid.set(bid.id)).run(db));
        let per = |rows: &[Sketch]| {
            let numbers: BTreeSet<i64> = rows.iter().map(|row| row.2).collect();
            numbers.into_iter().map(|number| (number, rows.iter().filter(|row| row.2 == number).count() as i64)).collect::<Vec<_>>()
        };
        let grouped = Bid::objects().group_by(|b| b.amount).values(|b| (b.amount, count())).union_all(Quest::objects().group_by(|q| q.size).values(|q| (q.size, count())).having(|_| count().gt(2)));
        let mut expected = per(&bids);
        expected.extend(per(&quests).into_iter().filter(|(_, count)| *count > 2));
        expected.sort_unstable();
        assert_eq!(run!(grouped.order_by(|(number, count)| (number, count)).all(db)), expected);
        let distinct = Bid::objects().values(|b| b.amount).distinct().order_by(|b| b.amount).limit(2).union_all(Bid::objects().values(|b| b.amount).distinct());
        let numbers: BTreeSet<i64> = bids.iter().map(|row| row.2).collect();
        let mut expected = [Vec::from_iter(numbers.iter().copied().take(2)), Vec::from_iter(numbers.iter().copied())].concat();
        expected.sort_unstable();
        assert_eq!(run!(distinct.order_by(|number| number).all(db)), expected);
        // Joined, through a relation that may lead nowhere.
        let named = Quest::objects().values(|q| q.bid().name).union(Bid::objects().filter(|b| b.id.eq(bid.id)).values(|b| b.name.optional()));
        assert_eq!(run!(named.order_by(|name| name).all(db)), [None, Some(bid.name.clone())]);
        // Rows that are picked by a window.
        let first = Bid::objects().annotate(|b| orm::row_number().over(|w| w.partition_by(b.amount).order_by(b.id))).qualify(|_, place| place.eq(1)).only_rows();
        assert_eq!(run!(first.values(|b| b.amount).union_all(Bid::objects().values(|b| b.amount).limit(0)).count(db)), numbers.len() as i64);
        // Whether a value that stands beside a row is there, the type says.
        let noted = run!(Bid::objects().annotate(|b| b.note.is_null()).qualify(|_, none| none).all(db));
        assert_eq!(noted.len(), bids.iter().filter(|row| row.1.is_none()).count());
        assert!(noted.iter().all(|(bid, none)| *none && bid.note.is_none()));
    }

    fn counts_of_nothing_are_rows(db) {
        let none = || Bid::objects().none().values(|_| count());
        assert_eq!(run!(none().union_all(Quest::objects().none().values(|_| count())).all(db)), [0, 0]);
        assert_eq!(run!(none().intersection(Quest::objects().values(|_| count())).all(db)), [0]);
        assert_eq!(run!(none().union_all(none()).count(db)), 2);
    }

    fn a_column_that_two_of_three_have_not(db) {
        let nothing = || raw::<Option<f64>>("{}", (None::<f64>,));
        run!(Bid::create().name("b").amount(1).open(true).rate(0.5).token(token(1)).meta(serde_json::json!(1)).save(db));
        let one = || Bid::objects().values(|b| (b.name, nothing()));
        let rated = Bid::objects().values(|b| (b.name, b.rate.optional()));
        assert_eq!(run!(one().union(one()).union(rated).order_by(|(_, rate)| rate.asc().nulls_first()).all(db)), [("b".to_owned(), None), ("b".to_owned(), Some(0.5))]);
    }

    fn within_other_queries(db) {
        let (bids, quests) = offers!(db);
        let small = || Bid::objects().filter(|b| b.amount.lt(0)).values(|b| b.amount).union(Quest::objects().values(|q| q.size).order_by(|q| q.size.desc()).limit(1));
        let most = quests.iter().map(|row| row.2).max().expect("a number");
        let kept = |number: i64| number < 0 && bids.iter().any(|row| row.2 == number) || number == most;
        let found = run!(Bid::objects().filter(|b| b.amount.in_(small())).order_by(|b| b.id).all(db));
        assert_eq!(found.iter().map(|bid| bid.amount).collect::<Vec<_>>(), bids.iter().map(|row| row.2).filter(|number| kept(*number)).collect::<Vec<_>>());
        let others = run!(Bid::objects().exclude(|b| b.amount.in_(small())).count(db));
        assert_eq!(others as usize, bids.len() - found.len());
        // With values of the row around it.
        let same = |b: BidFields| Quest::objects().filter(move |q| q.title.eq(b.name)).values(|q| q.title).intersection(Bid::objects().filter(move |o| o.note.eq(b.note)).values(|o| o.name));
        let with = run!(Bid::objects().filter(|b| exists(same(b))).order_by(|b| b.id).values(|b| (b.name, b.note)).all(db));
        let expected = bids.iter().filter(|row| quests.iter().any(|quest| quest.0 == row.0) && row.1.is_some());
        assert_eq!(with, expected.map(|row| (row.0.clone(), row.1.clone())).collect::<Vec<_>>());
        let least = Bid::objects().order_by(|b| b.id).values(|b| {
            let above = Quest::objects().filter(move |q| q.size.gt(b.amount)).values(|q| q.size);
            subquery(above.union(Bid::objects().filter(move |o| o.amount.gt(b.amount)).values(|o| o.amount)).order_by(|number| number).limit(1))
        });
        let next = |number: i64| bids.iter().chain(&quests).map(|row| row.2).filter(|other| *other > number).min();
        assert_eq!(run!(least.all(db)), bids.iter().map(|row| next(row.2)).collect::<Vec<_>>());
        assert_eq!(run!(Bid::objects().filter(|b| b.amount.in_(small())).delete().run(db)), found.len() as u64);
    }

    fn what_cannot_be_combined_is_refused(db) {
        macro_rules! refused {
            ($query:expr, $said:literal) => {{
                let error = attempt!($query).unwrap_err();
                assert!(error.to_string().contains($said), "{error}");
            }};
        }
        let bids = || Bid::objects().values(|b| b.amount);
        refused!(Bid::objects().values(|b| (b.amount, count())).union(Bid::objects().values(|b| (b.amount, count()))).all(db), "may differ between the rows of a group");
        refused!(bids().distinct().order_by(|b| b.name).limit(2).union(bids()).all(db), "can only be ordered by those values");
        refused!(bids().union(bids()).order_by(|_| count()).all(db), "mixes values of single rows");
        refused!(bids().filter(|b| b.amount.sum().gt(3)).union(bids()).all(db), "cannot aggregate");
        let mut kept = None;
        run!(bids().union(bids()).order_by(|amount| { kept = Some(amount); amount }).all(db));
        let kept = kept.expect("a column");
        refused!(Bid::objects().filter(|_| kept.gt(1)).all(db), "is used in a query that is not inside the closure it belongs to");
        let explained = run!(bids().union(bids()).order_by(|amount| amount).explain().run(db));
        assert!(!explained.is_empty());
    }
}
