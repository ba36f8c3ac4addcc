//! Rows picked by what is computed over windows, against rows that plain Rust picks.

use orm::prelude::*;
use orm::queries::{count, exists};
use orm_tests::behaviour;
use orm_tests::models::{Author, Colour, CommentPostReverse, Post, PostFields};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::sales;
use crate::windows_oracle::*;
use orm_tests::samples::samples;

orm::app!("suite");

/// A native enum, whose values order as they are written.
#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq)]
#[orm(native)]
pub enum Medal {
    Gold,
    Silver,
    Bronze,
}

/// A primary key of two fields, and columns of types that need care.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Result2 {
    #[orm(primary_key)]
    pub race: i32,
    #[orm(primary_key, max_length = 20)]
    pub runner: String,
    pub seconds: Option<Decimal>,
    pub medal: Medal,
}

/// The rows with their places among those of their shop, the greatest amounts first.
fn placed(rows: &[Sale]) -> Vec<(Sale, i64)> {
    let key = |row: &Sale| (std::cmp::Reverse(row.amount), row.id);
    let place = |row: &Sale| {
        let before = rows
            .iter()
            .filter(|other| other.shop == row.shop && key(other) < key(row));
        before.count() as i64 + 1
    };
    rows.iter().map(|row| (row.clone(), place(row))).collect()
}

fn place(s: SaleFields) -> Expr<i64> {
    orm::row_number().over(|w| w.partition_by(s.shop).order_by((s.amount.desc(), s.id)))
}

behaviour! {
    /// Of what is NULL neither the condition nor its opposite is true, and `!` is not the opposite: it is whatever is not true.
    fn conditions_that_are_null_are_not_true(db) {
        let rows = sales!(db, 40);
        let more = |row: &&Sale| row.amount.is_some_and(|amount| amount > 1);
        let annotated = || Sale::objects().annotate(|s| s.amount.gt(1));
        let others = rows.len() - rows.iter().filter(more).count();
        assert!(rows.iter().any(|row| row.amount.is_none()));
        assert_eq!(run!(annotated().qualify(|_, more| !more).count(db)), others as i64);
        assert_eq!(run!(annotated().qualify(|_, more| !more).only_rows().delete().run(db)), others as u64);
        assert!(run!(Sale::objects().all(db)).iter().all(|row| more(&row)));
    }

    fn the_first_of_each_group_are_a_query_as_any_other(db) {
        let rows = sales!(db, 40);
        let top = || Sale::objects().annotate(place).qualify(|_, place| place.le(3));
        let mut expected: Vec<_> = placed(&rows).into_iter().filter(|(_, place)| *place <= 3).collect();
        expected.sort_by_key(|(row, place)| (*place, row.shop));
        let ordered = || top().order_by(|s| (place(s), s.shop));
        assert_eq!(run!(ordered().all(db)), expected);
        // Said before it, an order is the same; and one of the row itself stays.
        let before = Sale::objects().order_by(|s| (place(s), s.shop)).annotate(place).qualify(|_, place| place.le(3));
        assert_eq!(run!(before.all(db)), expected);
        let by_key = Sale::objects().order_by(|s| s.id.desc()).annotate(place).qualify(|_, place| place.le(3));
        let keys: Vec<i64> = run!(by_key.all(db)).iter().map(|(row, _)| row.id).collect();
        assert!(keys.is_sorted_by(|one, other| one > other) && keys.len() == expected.len());
        assert_eq!(run!(ordered().reverse().all(db)), expected.iter().rev().cloned().collect::<Vec<_>>());
        assert_eq!(run!(ordered().offset(2).limit(4).all(db)), &expected[2..6]);
        assert_eq!(run!(ordered().first(db)), Some(expected[0].clone()));
        assert_eq!(run!(ordered().last(db)).as_ref(), expected.last());
        assert_eq!(run!(top().count(db)), expected.len() as i64);
        assert_eq!(run!(top().limit(2).count(db)), 2);
        assert!(run!(top().exists(db)));
        assert!(!run!(Sale::objects().annotate(place).qualify(|_, place| place.gt(40)).exists(db)));
        let (page, total) = {
            let page = run!(ordered().page(2, 2, db));
            (page.rows, page.total)
        };
        assert_eq!((page, total), (expected[2..4].to_vec(), expected.len() as u64));
        let mut read = Vec::new();
        let mut next = Some(run!(ordered().page(1, 100, db)).rows);
        while let Some(rows) = next.take() {
            read.extend(rows);
        }
        assert_eq!(read, expected);

        // The places are those among all rows, also of those that are left.
        let others = Sale::objects().annotate(place).qualify(|_, place| place.gt(3)).order_by(|s| (place(s), s.shop));
        let mut left: Vec<_> = placed(&rows).into_iter().filter(|(_, place)| *place > 3).collect();
        left.sort_by_key(|(row, place)| (*place, row.shop));
        assert_eq!(run!(others.all(db)), left);
    }

    fn what_comes_before_it_decides_the_rows_of_the_window(db) {
        let rows = sales!(db, 40);
        let of_paid: Vec<Sale> = rows.iter().filter(|row| row.paid).cloned().collect();
        let before = Sale::objects().filter(|s| s.paid.eq(true)).annotate(place).qualify(|_, place| place.eq(1)).order_by(|s| s.shop);
        let mut expected: Vec<_> = placed(&of_paid).into_iter().filter(|(_, place)| *place == 1).collect();
        expected.sort_by_key(|(row, _)| row.shop);
        assert_eq!(run!(before.all(db)), expected);
        let after = Sale::objects().annotate(place).qualify(|_, place| place.eq(1)).filter(|s| s.paid.eq(true)).order_by(|s| s.shop);
        let mut expected: Vec<_> = placed(&rows).into_iter().filter(|(row, place)| *place == 1 && row.paid).collect();
        expected.sort_by_key(|(row, _)| row.shop);
        assert_eq!(run!(after.all(db)), expected);
        // A limit cuts off rows that windows have looked at.
        let some = Sale::objects().order_by(|s| s.id).offset(5).limit(20).annotate(place).qualify(|_, place| place.eq(1));
        let expected: Vec<_> = placed(&rows)[5..25].iter().filter(|(_, place)| *place == 1).cloned().collect();
        assert_eq!(run!(some.all(db)), expected);
        // Twice, and counted over what is left.
        let twice = Sale::objects()
            .annotate(place)
            .qualify(|_, place| place.le(2))
            .annotate(|s| (count().over(|w| w.partition_by(s.shop)), s.amount.sum().over(|w| w.partition_by(s.shop))))
            .qualify(|s, (number, total)| number.eq(2) & total.ge(s.amount))
            .order_by(|s| (s.shop, s.id));
        let mut expected = Vec::new();
        for shop in 0..3 {
            let of_shop: Vec<_> = placed(&rows).into_iter().filter(|(row, place)| row.shop == shop && *place <= 2).collect();
            let total = of_shop.iter().filter_map(|(row, _)| row.amount).reduce(|one, other| one + other);
            let kept = of_shop.iter().filter(|(row, _)| of_shop.len() == 2 && row.amount.is_some_and(|amount| total >= Some(amount)));
            expected.extend(kept.cloned().map(|(row, place)| (row, place, (of_shop.len() as i64, total))));
        }
        expected.sort_by_key(|(row, ..)| (row.shop, row.id));
        assert_eq!(run!(twice.all(db)), expected);
        let nothing = Sale::objects().none().annotate(place).qualify(|_, place| place.eq(1));
        assert_eq!(run!(nothing.clone().all(db)), []);
        assert_eq!(run!(nothing.count(db)), 0);
    }

    fn values_of_every_kind_are_compared(db) {
        let rows = sales!(db, 40);
        // Each is the first of its partition, and NULL is one of them.
        let first = Sale::objects()
            .annotate(|s| {
                let over = |w: orm::queries::Window| w.partition_by(s.shop).order_by(s.id);
                (s.seller.first_value().over(over), s.price.first_value().over(over), s.day.first_value().over(over), s.colour.first_value().over(over), s.rate.max().over(|w| w.partition_by(s.shop)))
            })
            .qualify(|s, (seller, price, day, colour, rate)| {
                seller.eq(s.seller) | price.lt(s.price) | (day.is_null() & s.day.is_not_null()) | (colour.eq(s.colour) & rate.eq(s.rate))
            })
            .order_by(|s| s.id);
        let found: Vec<i64> = run!(first.all(db)).iter().map(|(row, _)| row.id).collect();
        let expected = rows.iter().filter(|row| {
            let first = rows.iter().find(|other| other.shop == row.shop).expect("itself");
            let rates = rows.iter().filter(|other| other.shop == row.shop).filter_map(|other| other.rate);
            let most = rates.max_by(f64::total_cmp);
            (first.seller.is_some() && first.seller == row.seller)
                || matches!((first.price, row.price), (Some(one), Some(other)) if one < other)
                || (first.day.is_none() && row.day.is_some())
                || (first.colour == row.colour && most.is_some() && most == row.rate)
        });
        assert_eq!(found, expected.map(|row| row.id).collect::<Vec<_>>());
    }

    fn keys_of_several_fields_and_native_enums(db) {
        let results = [(1, "ann", Some(95), Medal::Silver), (1, "bö", Some(100), Medal::Bronze), (1, "cy", Some(9), Medal::Gold), (2, "ann", None, Medal::Gold), (2, "bö", Some(80), Medal::Silver)];
        let drafts = results.map(|(race, runner, seconds, medal)| {
            Result2::create().race(race).runner(runner).seconds(seconds.map(Decimal::from)).medal(medal)
        });
        run!(Result2::bulk_create(drafts).run(db));
        let best = || {
            Result2::objects()
                .annotate(|r| r.medal.first_value().over(|w| w.partition_by(r.race).order_by(r.seconds.asc().nulls_last())))
                .qualify(|r, of_fastest| of_fastest.eq(r.medal) & of_fastest.ne(Medal::Bronze))
        };
        let runners: Vec<(i32, String, Option<Medal>)> =
            run!(best().order_by(|r| r.race).all(db)).into_iter().map(|(row, medal)| (row.race, row.runner, medal)).collect();
        assert_eq!(runners, [(1, "cy".to_owned(), Some(Medal::Gold)), (2, "bö".to_owned(), Some(Medal::Silver))]);
        let rows = || best().only_rows();
        assert_eq!(run!(Result2::objects().difference(rows()).order_by(|r| r.seconds).values(|r| r.runner).all(db)), ["ann", "ann", "bö"]);
        assert_eq!(run!(rows().update(|r| r.seconds.set(Decimal::ONE)).run(db)), 2);
        assert_eq!(run!(Result2::objects().filter(|r| r.seconds.eq(Decimal::ONE)).values(|r| r.runner).order_by(|r| r.race).all(db)), ["cy", "bö"]);
        assert_eq!(run!(rows().delete().run(db)), 2);
        assert_eq!(run!(Result2::objects().count(db)), 3);
    }

    fn within_other_queries_and_beside_related_rows(db) {
        let authors = run!(Author::bulk_create(["a", "b", "c"].map(|name| Author::create().name(name).email(name))).all(db));
        let posts = (0..9).map(|at| Post::create().author(&authors[at % 2]).title(format!("t{at}")).slug(at.to_string()).views(at as i64 % 4));
        run!(Post::bulk_create(posts).run(db));
        let place = |p: PostFields| orm::row_number().over(move |w| w.partition_by(p.author).order_by((p.views.desc(), p.id)));
        let best = || Post::objects().annotate(place).qualify(|_, place| place.eq(1)).order_by(|p| p.author);
        let found = run!(best().with(|p| p.author()).all(db));
        let told: Vec<_> = found.iter().map(|(post, place, author)| (post.title.as_str(), *place, author.name.as_str())).collect();
        assert_eq!(told, [("t2", 1, "a"), ("t3", 1, "b")]);
        // Joined and loaded around it.
        assert_eq!(run!(best().filter(|p| p.author().name.eq("b")).only_rows().values(|p| (p.title, p.author().name)).all(db)), [("t3".to_owned(), "b".to_owned())]);
        let lists = run!(best().limit(1).with(|p| p.comments()).all(db));
        assert_eq!((lists.len(), lists[0].2.len()), (1, 0));
        let keys = run!(best().all(db)).iter().map(|(post, _)| post.id).collect::<Vec<_>>();
        let named = Post::objects().annotate(place).qualify(|_, place| place.eq(2)).filter(|p| p.id.in_(&keys)).with(|p| p.comments());
        assert_eq!(run!(named.all(db)).len(), 0);

        let rows = || best().only_rows();
        assert_eq!(run!(Author::objects().filter(|a| a.id.in_(rows().values(|p| p.author))).order_by(|a| a.id).values(|a| a.name).all(db)), ["a", "b"]);
        let of_each = Author::objects().order_by(|a| a.id).values(|a| {
            // Of an outer row, at which the query within looks.
            let own = Post::objects().filter(move |p| p.author.eq(a.id)).annotate(|p| orm::rank().over(|w| w.order_by(p.views.desc())));
            let last = own.qualify(|p, rank| rank.gt(1) & p.views.gt(0) & p.author.eq(a.id)).only_rows();
            (a.name, orm::subquery(last.clone()).count(), orm::subquery(last.order_by(|p| (p.views, p.id))).first(|p| p.title))
        });
        let found = run!(of_each.all(db));
        assert_eq!(found[..2].iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let by_hand = |author: usize| {
            let mut own: Vec<(i64, String)> = (0..9).filter(|at| at % 2 == author).map(|at| (at as i64 % 4, format!("t{at}"))).collect();
            own.sort();
            let most = own.iter().map(|(views, _)| *views).max();
            let left: Vec<_> = own.into_iter().filter(|(views, _)| Some(*views) < most && *views > 0).collect();
            (left.len() as i64, left.first().map(|(_, title)| title.clone()))
        };
        for (author, (_, number, title)) in found[..2].iter().enumerate() {
            assert_eq!((*number, title.clone()), by_hand(author));
        }
        assert_eq!(found[2], ("c".to_owned(), 0, None));
        let with_best = Author::objects().filter(|a| exists(rows().filter(move |p| p.author.eq(a.id) & p.views.ge(3))));
        assert_eq!(run!(with_best.values(|a| a.name).all(db)), ["b"]);
        assert_eq!(run!(rows().union(Post::objects().filter(|p| p.title.eq("t0"))).count(db)), 3);
        assert_eq!(run!(rows().aggregate(|p| (count(), p.views.sum())).run(db)), (2, Some(5)));
        assert_eq!(run!(rows().group_by(|p| p.views).values(|p| (p.views, count())).order_by(|p| p.views).all(db)), [(2, 1), (3, 1)]);
        assert_eq!(run!(rows().in_bulk(keys.clone(), db)).len(), 2);
        assert!(run!(rows().contains(&found_post(&run!(best().all(db))), db)));
        let cursor = run!(rows().order_by(|p| p.title).after(None, 1, db));
        assert_eq!(cursor.rows[0].title, "t2");
        let next = run!(rows().order_by(|p| p.title).after(cursor.next.as_ref(), 1, db));
        assert_eq!(next.rows[0].title, "t3");
        assert_eq!(run!(rows().update(|p| p.views.set(p.views + 10)).run(db)), 2);
        assert_eq!(run!(rows().order_by(|p| p.views).values(|p| p.views).all(db)), [12, 13]);
        let gone = run!(Post::objects().annotate(place).qualify(|_, place| place.gt(1)).only_rows().delete().run(db));
        assert_eq!((gone, run!(Post::objects().count(db))), (7, 2));
    }

    fn what_cannot_be_qualified_is_refused(db) {
        orm_tests::world!(db);
        sales!(db, 3);
        macro_rules! refused {
            ($query:expr, $said:literal) => {{
                let error = attempt!($query).unwrap_err();
                assert!(error.to_string().contains($said), "{error}");
            }};
        }
        let top = || Sale::objects().annotate(place).qualify(|_, place| place.le(3));
        refused!(Sale::objects().annotate(|s| s.amount.sum()).qualify(|_, sum| sum.gt(3)).all(db), "qualify() and distinct_on() look at values beside each row");
        refused!(Sale::objects().group_by(|s| s.shop).annotate(place).qualify(|_, place| place.gt(3)).all(db), "qualify() is of rows, and group_by()");
        refused!(Sale::objects().order_by(|s| orm::rank().over(|w| w.order_by(s.day))).annotate(place).qualify(|_, place| place.gt(3)).all(db), "annotate that value");
        refused!(Sale::objects().annotate(|s| s.amount.gt(3)).qualify(|_, more| more).all(db), "may be NULL, and its type here is not an Option");
        let again = || top().order_by(place).only_rows().annotate(|_| count().over(|w| w));
        refused!(again().qualify(|_, rows| rows.gt(1)).all(db), "that only_rows() has left out");
        refused!(top().limit(3).only_rows().delete().run(db), "takes no limit");
        refused!(top().only_rows().delete().in_batches(2).run(db), "deleted in batches");
        refused!(top().filter(|s| place(s).eq(1)).all(db), "filter() is about rows before a window");
        let mut kept = None;
        run!(Sale::objects().annotate(place).qualify(|_, place| { kept = Some(place); place.le(3) }).all(db));
        let kept = kept.expect("a value");
        refused!(Sale::objects().filter(|_| kept.le(3)).all(db), "is used in a query that is not inside the closure it belongs to");
        let locked: orm::Result<()> = transaction!(db, |tx| {
            refused!(top().select_for_update().all(tx), "locks rows of its table");
            Ok(())
        });
        locked.unwrap();
    }
}

fn found_post(rows: &[(Post, i64)]) -> Post {
    rows[0].0.clone()
}
