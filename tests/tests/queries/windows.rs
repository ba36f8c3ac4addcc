//! Window functions beside rows, in orders, over groups and lists; and where they are refused.

use chrono::NaiveDate;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::models::{Author, Colour, Post, PostAuthorReverse, PostFields};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::sales;
use crate::windows_oracle::*;
use orm_tests::samples::samples;

behaviour! {
    fn infinity_leaves_a_frame(db) {
        let numbers = [1.0, f64::INFINITY, 2.0, 3.0, 1e40, 1e20, 1.0, 4.0];
        for number in numbers {
            run!(orm_tests::models::Defaults::create().double(number).save(db));
        }
        let moving = run!(orm_tests::models::Defaults::objects().order_by(|d| d.id).values(|d| {
            (d.double.sum().over(|w| w.order_by(d.id).rows(-1..=0)), d.double.avg().over(|w| w.order_by(d.id).rows(-1..=0)))
        }).all(db));
        let expected: Vec<_> = (0..numbers.len()).map(|at| {
            let frame = &numbers[at.saturating_sub(1)..=at];
            let sum: f64 = frame.iter().sum();
            (Some(sum), Some(sum / frame.len() as f64))
        }).collect();
        assert_eq!(moving, expected);
    }

    fn windows_stand_beside_rows_in_orders_and_over_groups(db) {
        let rows = sales!(db, 30);
        let place = |s: SaleFields| orm::row_number().over(|w| w.partition_by(s.shop).order_by((s.amount.desc(), s.id)));
        let found = run!(Sale::objects().annotate(place).order_by(|s| (place(s), s.shop)).all(db));
        let mut expected: Vec<(Sale, i64)> = rows
            .iter()
            .map(|row| {
                let key = |row: &Sale| (std::cmp::Reverse(row.amount), row.id);
                let before = rows.iter().filter(|other| other.shop == row.shop && key(other) < key(row)).count();
                (row.clone(), before as i64 + 1)
            })
            .collect();
        expected.sort_by_key(|(row, place)| (*place, row.shop));
        assert_eq!(found, expected);
        // The window is over the rows that are found, whatever is cut off of them.
        let some = run!(Sale::objects().annotate(place).order_by(|s| (place(s), s.shop)).offset(2).limit(5).all(db));
        assert_eq!(some, &expected[2..7]);
        let of_one = run!(Sale::objects().filter(|s| s.shop.eq(1)).values(|_| orm::queries::count().over(|w| w)).all(db));
        assert_eq!(of_one, vec![of_one.len() as i64; rows.iter().filter(|row| row.shop == 1).count()]);
        // An order that is turned around leaves the order of the window.
        let back = run!(Sale::objects().annotate(place).order_by(|s| (place(s), s.shop)).reverse().all(db));
        expected.reverse();
        assert_eq!(back, expected);
        assert_eq!(run!(Sale::objects().order_by(place).count(db)), 30);

        let groups = run!(
            Sale::objects()
                .group_by(|s| s.shop)
                .values(|s| {
                    let ranked = orm::rank().over(|w| w.order_by((s.amount.sum().coalesce(0).desc(), s.shop)));
                    let share = orm::queries::count().sum().over(|w| w);
                    let before = s.amount.sum().lag(1).over(|w| w.order_by(s.shop));
                    (s.shop, ranked, share, before)
                })
                .order_by(|s| s.shop)
                .all(db)
        );
        let total = |shop: i32| sum(&rows.iter().filter(|row| row.shop == shop).filter_map(|row| row.amount).collect::<Vec<_>>());
        for (shop, rank, share, before) in &groups {
            let own = (std::cmp::Reverse(total(*shop).unwrap_or(0)), *shop);
            let above = groups.iter().filter(|(other, ..)| (std::cmp::Reverse(total(*other).unwrap_or(0)), *other) < own).count();
            assert_eq!((*rank, *share), (above as i64 + 1, Some(30)));
            assert_eq!(*before, groups.iter().filter(|(other, ..)| other < shop).max().and_then(|(other, ..)| total(*other)));
        }
        let different = run!(Sale::objects().values(|s| orm::queries::count().over(|w| w.partition_by(s.shop))).distinct().all(db));
        assert!(different.len() <= 3 && different.iter().all(|count| *count > 0));
    }

    fn windows_are_over_one_list_of_related_rows(db) {
        let authors = run!(Author::bulk_create(["a", "b", "c"].map(|name| Author::create().name(name).email(name))).all(db));
        let posts = (0..9).map(|at| Post::create().author(&authors[at % 2]).title("t").slug(at.to_string()).views(at as i64 % 4));
        run!(Post::bulk_create(posts).run(db));
        let place = |p: PostFields| orm::row_number().over(|w| w.order_by((p.views.desc(), p.id)));
        let lists = || Author::objects().order_by(|a| a.id);
        let all = run!(lists().with(|a| a.posts().order_by(place).annotate(place)).all(db));
        assert_eq!(all.iter().map(|(_, posts)| posts.len()).collect::<Vec<_>>(), [5, 4, 0]);
        for (_, posts) in &all {
            assert!(posts.iter().map(|(_, place)| *place).eq(1..=posts.len() as i64));
            assert!(posts.is_sorted_by_key(|(post, _)| (std::cmp::Reverse(post.views), post.id)));
        }
        // Of one author as of all, and the places are those of the whole list where it is cut.
        let alone = run!(lists().filter(|a| a.id.eq(authors[1].id)).with(|a| a.posts().order_by(place).annotate(place)).all(db));
        assert_eq!(alone, &all[1..2]);
        let some = run!(lists().with(|a| a.posts().order_by(|p| p.id).annotate(place).limit(2)).all(db));
        for ((_, some), (_, whole)) in some.iter().zip(&all) {
            let mut expected = whole.clone();
            expected.sort_by_key(|(post, _)| post.id);
            expected.truncate(2);
            assert_eq!(*some, expected);
        }
    }

    fn windows_are_refused_where_no_row_has_one(db) {
        orm_tests::world!(db);
        sales!(db, 3);
        let first = |s: SaleFields| orm::rank().over(|w| w.order_by(s.amount)).eq(1);
        macro_rules! refused {
            ($query:expr, $said:literal) => {{
                let error = attempt!($query).unwrap_err();
                assert!(error.is_unsupported(), "{error:?}");
                assert!(error.to_string().contains($said), "{error}");
            }};
        }
        refused!(Sale::objects().filter(first).all(db), "filter() is about rows before a window looks at them");
        refused!(Sale::objects().exclude(first).count(db), "filter() is about rows before");
        refused!(Sale::objects().filter(first).delete().run(db), "filter() is about rows before");
        refused!(Sale::objects().filter(first).update(|s| s.paid.set(true)).run(db), "filter() is about rows before");
        refused!(Sale::objects().update(|s| s.amount.set(orm::rank().over(|w| w.order_by(s.id)))).run(db), "update() is about rows before");
        refused!(
            Sale::objects().group_by(|s| orm::rank().over(|w| w.order_by(s.id))).values(|_| orm::queries::count()).all(db),
            "group_by() is about rows before"
        );
        refused!(
            Sale::objects().group_by(|s| s.shop).values(|s| s.shop).having(|s| orm::rank().over(|w| w.order_by(s.shop)).gt(1)).all(db),
            "having() is about rows before"
        );
        refused!(Sale::objects().aggregate(|s| orm::rank().over(|w| w.order_by(s.id)).sum()).run(db), "`sum` is about rows before");
        refused!(Sale::objects().aggregate(|s| s.amount.sum().filter(first(s))).run(db), "filter() of an aggregate is about rows before");
        refused!(Sale::objects().aggregate(|s| s.amount.sum().over(|w| w.order_by(s.id))).run(db), "this is not an aggregate");
        refused!(
            Sale::objects().values(|s| s.amount.sum().over(|w| w.order_by(orm::rank().over(|v| v.order_by(s.id))))).all(db),
            "a part of this one is computed over a window already"
        );
        refused!(
            Sale::objects().group_by(|s| s.shop).values(|s| (s.shop, orm::queries::count().filter(s.amount.sum().gt(3)).over(|w| w))).all(db),
            "gets what is an aggregate of them already"
        );
        refused!(
            Author::objects().with(|a| a.posts().order_by(|p| orm::rank().over(|w| w.order_by(p.views.desc()))).limit(3)).all(db),
            "lists of suite.Post that are cut off are numbered in their order"
        );
        refused!(Sale::objects().values(|s| (s.amount.sum() + 1).over(|w| w)).all(db), "over() is of an aggregate or a window function itself");
        refused!(Sale::objects().values(|s| s.amount.count_distinct().over(|w| w)).all(db), "no database computes `count_distinct` over a window");
        refused!(Sale::objects().values(|s| s.item.string_agg(", ").over(|w| w)).all(db), "no database computes `string_agg` over a window");
        refused!(Sale::objects().values(|s| s.amount.sum().over(|w| w.groups(-1..=0))).all(db), "groups() counts the groups of rows");
        refused!(Sale::objects().values(|s| s.amount.sum().over(|w| w.order_by(s.rate).range(-1..=0))).all(db), "range() with a distance");
        refused!(Sale::objects().values(|s| s.amount.sum().over(|w| w.order_by((s.amount, s.id)).range(-1..=0))).all(db), "range() with a distance");
        refused!(Sale::objects().group_by(|s| s.shop).values(|s| (s.shop, orm::rank().over(|w| w.order_by(s.amount)))).all(db), "may differ between the rows of a group");
        refused!(Sale::objects().annotate(|s| orm::rank().over(|w| w.order_by(s.id))).after(None, 2, db), "after() of suite.Sale leaves out the rows before the page");
        let locked = transaction!(db, |tx| { attempt!(Sale::objects().select_for_update().annotate(|s| orm::rank().over(|w| w.order_by(s.id))).all(tx)) });
        assert!(locked.unwrap_err().to_string().contains("select_for_update() of suite.Sale locks single rows"));
        let (first, last) = (1, -1);
        let empty = attempt!(Sale::objects().values(|s| s.amount.sum().over(|w| w.order_by(s.id).rows(first..=last))).all(db)).unwrap_err();
        assert!(empty.to_string().contains("a frame that ends before it begins"), "{empty}");
        let none = attempt!(Sale::objects().values(|s| orm::ntile(0).over(|w| w.order_by(s.id))).all(db)).unwrap_err();
        assert!(none.to_string().contains("at least one part"), "{none}");
    }
}
