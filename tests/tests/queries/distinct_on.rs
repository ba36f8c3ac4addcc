//! The first row of each group, against rows that plain Rust picks.

use std::cmp::Reverse;

use orm::prelude::*;
use orm::queries::{count, exists, subquery};
use orm_tests::behaviour;
use orm_tests::models::{Author, Colour, Comment, CommentPostReverse, Post};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::sales;
use crate::windows_oracle::*;
use orm_tests::samples::samples;

/// The first of the rows, which are in order, of each group.
fn first_of<K: PartialEq>(rows: &[Sale], group: impl Fn(&Sale) -> K) -> Vec<Sale> {
    let mut first: Vec<Sale> = Vec::new();
    for row in rows {
        if !first.iter().any(|known| group(known) == group(row)) {
            first.push(row.clone());
        }
    }
    first
}

fn sorted<K: Ord>(rows: &[Sale], key: impl Fn(&Sale) -> K) -> Vec<Sale> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(key);
    rows
}

behaviour! {
    fn the_first_of_each_group_by_the_order_of_the_query(db) {
        let rows = sales!(db, 60);
        let by_amount = sorted(&rows, |s| (Reverse(s.amount), Reverse(s.id)));
        let ordered = || Sale::objects().order_by(|s| s.amount.desc());
        let of_shop = first_of(&by_amount, |s| s.shop);
        assert_eq!(run!(ordered().distinct_on(|s| s.shop).all(db)), of_shop);
        // NULL is equal to NULL, `""` is not NULL, decimals are equal by what they say.
        assert_eq!(run!(ordered().distinct_on(|s| (s.shop, s.seller)).all(db)), first_of(&by_amount, |s| (s.shop, s.seller.clone())));
        assert_eq!(run!(ordered().distinct_on(|s| s.price).all(db)), first_of(&by_amount, |s| s.price));
        assert_eq!(run!(ordered().distinct_on(|s| (s.day, s.paid)).all(db)), first_of(&by_amount, |s| (s.day, s.paid)));
        assert_eq!(run!(ordered().distinct_on(|s| s.colour).all(db)), first_of(&by_amount, |s| s.colour));
        assert_eq!(run!(ordered().distinct_on(|s| s.amount.gt(0)).all(db)), first_of(&by_amount, |s| s.amount.map(|amount| amount > 0)));
        // NULL where the order puts it, and ties decided by the key, in the direction of the last of the order.
        let nulls = sorted(&rows, |s| (s.rate.is_none(), s.rate.map(|rate| (rate * 4.0) as i64), s.id));
        assert_eq!(run!(Sale::objects().order_by(|s| s.rate.asc().nulls_last()).distinct_on(|s| s.shop).all(db)), first_of(&nulls, |s| s.shop));
        let of_price = sorted(&rows, |s| (s.price, s.id));
        assert_eq!(run!(Sale::objects().order_by(|s| s.price).distinct_on(|s| s.paid).all(db)), first_of(&of_price, |s| s.paid));
        // Without an order it is that of the key.
        let mut unordered = run!(Sale::objects().distinct_on(|s| s.shop).all(db));
        unordered.sort_by_key(|s| s.id);
        assert_eq!(unordered, first_of(&rows, |s| s.shop));
        let mut reversed = run!(Sale::objects().reverse().distinct_on(|s| s.shop).all(db));
        reversed.sort_by_key(|s| Reverse(s.id));
        assert_eq!(reversed, first_of(&rows.iter().rev().cloned().collect::<Vec<_>>(), |s| s.shop));
        // One group of all rows.
        assert_eq!(run!(ordered().distinct_on(|s| s.shop.ge(0)).all(db)), by_amount[..1]);
        assert_eq!(run!(Sale::objects().none().distinct_on(|s| s.shop).all(db)), []);
        assert_eq!(run!(Sale::objects().filter(|s| s.shop.gt(9)).distinct_on(|s| s.shop).count(db)), 0);
    }

    fn what_comes_before_it_is_chosen_from_and_what_comes_after_is_about_the_chosen(db) {
        let rows = sales!(db, 60);
        let by_amount = sorted(&rows, |s| (Reverse(s.amount), Reverse(s.id)));
        let ordered = || Sale::objects().order_by(|s| s.amount.desc());
        let paid: Vec<Sale> = by_amount.iter().filter(|s| s.paid).cloned().collect();
        let of_paid = first_of(&paid, |s| s.shop);
        assert_eq!(run!(ordered().filter(|s| s.paid.eq(true)).distinct_on(|s| s.shop).all(db)), of_paid);
        let chosen = first_of(&by_amount, |s| (s.shop, s.colour));
        let left: Vec<Sale> = chosen.iter().filter(|s| s.paid).cloned().collect();
        let top = || ordered().distinct_on(|s| (s.shop, s.colour));
        assert_eq!(run!(top().filter(|s| s.paid.eq(true)).all(db)), left);
        assert_eq!(run!(top().order_by(|s| s.id).all(db)), sorted(&chosen, |s| s.id));
        assert_eq!(run!(top().reverse().all(db)), chosen.iter().rev().cloned().collect::<Vec<_>>());
        assert_eq!(run!(top().offset(1).limit(3).all(db)), chosen[1..4]);
        assert_eq!(run!(top().count(db)), chosen.len() as i64);
        assert_eq!(run!(top().limit(2).count(db)), 2);
        assert_eq!(run!(top().first(db)).as_ref(), chosen.first());
        assert_eq!(run!(top().last(db)).as_ref(), chosen.last());
        assert!(run!(top().exists(db)));
        // A limit before it leaves rows to choose from, with an offset too.
        for (offset, limit) in [(0, 10), (7, 20), (59, 5)] {
            let some = &by_amount[offset..(offset + limit).min(60)];
            let query = ordered().offset(offset as u64).limit(limit as u64).distinct_on(|s| s.shop);
            assert_eq!(run!(query.all(db)), first_of(some, |s| s.shop));
        }
        // Twice: the greatest of each colour of each shop, of them the one of each shop.
        let twice = top().order_by(|s| (s.day.desc(), s.id)).distinct_on(|s| s.shop);
        let again = sorted(&chosen, |s| (Reverse(s.day), s.id));
        assert_eq!(run!(twice.all(db)), first_of(&again, |s| s.shop));

        let values: Vec<(i32, Option<i64>)> = run!(top().values(|s| (s.shop, s.amount)).all(db));
        assert_eq!(values, chosen.iter().map(|s| (s.shop, s.amount)).collect::<Vec<_>>());
        assert_eq!(run!(top().aggregate(|s| (count(), s.amount.sum())).run(db)), (chosen.len() as i64, chosen.iter().filter_map(|s| s.amount).reduce(|one, other| one + other)));
        let mut shops: Vec<(i32, i64)> = Vec::new();
        for row in sorted(&chosen, |s| s.shop) {
            match shops.last_mut() {
                Some((shop, number)) if *shop == row.shop => *number += 1,
                _ => shops.push((row.shop, 1)),
            }
        }
        assert_eq!(run!(top().group_by(|s| s.shop).values(|s| (s.shop, count())).order_by(|s| s.shop).all(db)), shops);
        let page = run!(top().page(2, 2, db));
        assert_eq!((page.rows, page.total), (chosen[2..4].to_vec(), chosen.len() as u64));
        let (mut place, mut read) = (None, Vec::new());
        loop {
            let page = run!(top().after(place.as_ref(), 2, db));
            read.extend(page.rows);
            place = page.next;
            if place.is_none() { break; }
        }
        assert_eq!(read, chosen);
        let keys = |rows: &[Sale]| { let mut keys: Vec<i64> = rows.iter().map(|s| s.id).collect(); keys.sort(); keys };
        let united = run!(top().union(Sale::objects().filter(|s| s.id.eq(rows[0].id))).all(db));
        let mut expected = chosen.clone();
        if !expected.contains(&rows[0]) { expected.push(rows[0].clone()); }
        assert_eq!(keys(&united), keys(&expected));
        assert_eq!(run!(top().update(|s| s.item.set("chosen")).run(db)), chosen.len() as u64);
        assert_eq!(keys(&run!(Sale::objects().filter(|s| s.item.eq("chosen")).all(db))), keys(&chosen));
        assert_eq!(run!(top().delete().run(db)), chosen.len() as u64);
        assert_eq!(run!(Sale::objects().count(db)), 60 - chosen.len() as i64);
    }

    fn beside_annotated_values_and_by_them(db) {
        let rows = sales!(db, 40);
        // Values are of all rows, as before it.
        let sums = |shop: i32| rows.iter().filter(|s| s.shop == shop).filter_map(|s| s.amount).reduce(|one, other| one + other);
        let beside = Sale::objects()
            .annotate(|s| (s.amount.sum().over(|w| w.partition_by(s.shop)), s.item.length()))
            .order_by(|s| s.id)
            .distinct_on(|s| s.shop);
        let expected: Vec<_> = first_of(&rows, |s| s.shop).into_iter().map(|s| { let told = (sums(s.shop), s.item.len() as i64); (s, told) }).collect();
        assert_eq!(run!(beside.clone().all(db)), expected);
        let more = beside.annotate(|s| s.id + 1).qualify(|_, next| next.gt(rows[0].id + 1));
        let told: Vec<_> = expected.iter().filter(|(s, _)| s.id > rows[0].id).map(|(s, told)| (s.clone(), *told, s.id + 1)).collect();
        assert_eq!(run!(more.all(db)), told);
        // By an annotated window.
        let place = |s: SaleFields| orm::row_number().over(move |w| w.partition_by(s.colour).order_by((s.day, s.id)));
        let by_place = run!(Sale::objects().annotate(place).order_by(|s| (place(s).desc(), s.id)).distinct_on(|s| s.shop).all(db));
        let mut all = run!(Sale::objects().annotate(place).all(db));
        all.sort_by_key(|(s, place)| (Reverse(*place), s.id));
        let mut expected: Vec<(Sale, i64)> = Vec::new();
        for row in all {
            if !expected.iter().any(|(known, _)| known.shop == row.0.shop) { expected.push(row); }
        }
        assert_eq!(by_place, expected);
        // Some row of each shop.
        assert_eq!(run!(Sale::objects().order_by(|_| orm::random()).distinct_on(|s| s.shop).all(db)).len(), first_of(&rows, |s| s.shop).len());
    }

    fn along_relations_and_within_other_queries(db) {
        let authors = run!(Author::bulk_create(["a", "b", "c"].map(|name| Author::create().name(name).email(name))).all(db));
        let posts = (0..9).map(|at| Post::create().author(&authors[at % 2]).title(format!("t{at}")).slug(at.to_string()).views(at as i64 % 4));
        let posts = run!(Post::bulk_create(posts).all(db));
        run!(Comment::create().post(&posts[2]).text("well").save(db));
        let best = || Post::objects().order_by(|p| (p.views.desc(), p.id)).distinct_on(|p| p.author);
        let told = |rows: Vec<(Post, Author)>| rows.into_iter().map(|(post, author)| (post.title, author.name)).collect::<Vec<_>>();
        let pairs = |pairs: [(&str, &str); 2]| pairs.map(|(one, other)| (one.to_owned(), other.to_owned())).to_vec();
        assert_eq!(told(run!(best().with(|p| p.author()).all(db))), pairs([("t3", "b"), ("t2", "a")]));
        assert_eq!(told(run!(best().with(|p| p.author()).order_by(|p| p.title).all(db))), pairs([("t2", "a"), ("t3", "b")]));
        // Grouped and ordered by what a relation leads to.
        let by_name = Post::objects().order_by(|p| (p.author().name.desc(), p.views.desc(), p.id)).distinct_on(|p| p.author().name);
        assert_eq!(run!(by_name.values(|p| p.title).all(db)), ["t3", "t2"]);
        let lists = run!(best().order_by(|p| p.title).with(|p| p.comments()).all(db));
        assert_eq!(lists.iter().map(|(_, comments)| comments.len()).collect::<Vec<_>>(), [1, 0]);

        let of_best = Comment::objects().filter(|c| c.post.in_(best().values(|p| p.id)));
        assert_eq!(run!(of_best.values(|c| c.text).all(db)), ["well"]);
        let writers = Author::objects().filter(|a| exists(best().filter(move |p| p.author.eq(a.id) & p.views.ge(3))));
        assert_eq!(run!(writers.values(|a| a.name).all(db)), ["b"]);
        // Of an outer row, before it and in it.
        let counted = Author::objects().order_by(|a| a.id).values(|a| {
            let own = Post::objects().filter(move |p| p.author.eq(a.id)).order_by(|p| p.id.desc()).distinct_on(|p| p.views);
            (a.name, subquery(own.clone()).count(), subquery(own.order_by(|p| p.id)).first(|p| p.title))
        });
        let expected = [("a", 2, Some("t6")), ("b", 2, Some("t5")), ("c", 0, None)];
        let expected = expected.map(|(name, number, title)| (name.to_owned(), number, title.map(str::to_owned)));
        assert_eq!(run!(counted.all(db)), expected);
    }

    fn what_has_no_first_row_of_a_group_is_refused(db) {
        sales!(db, 3);
        macro_rules! refused {
            ($query:expr, $said:literal) => {{
                let error = attempt!($query).unwrap_err();
                assert!(error.to_string().contains($said), "{error}");
            }};
        }
        refused!(Sale::objects().group_by(|s| s.shop).distinct_on(|s| s.shop).all(db), "distinct_on() takes the first row of each group");
        refused!(Sale::objects().distinct_on(|s| s.amount.sum()).all(db), "qualify() and distinct_on() look at values beside each row");
        refused!(Sale::objects().distinct_on(|s| orm::rank().over(|w| w.order_by(s.day))).all(db), "window");
        refused!(Sale::objects().order_by(|s| orm::rank().over(|w| w.order_by(s.day))).distinct_on(|s| s.shop).all(db), "annotate that value");
        refused!(Sale::objects().distinct_on(|s| s.shop).limit(1).delete().run(db), "takes no limit");
        let locked: orm::Result<()> = transaction!(db, |tx| {
            refused!(Sale::objects().distinct_on(|s| s.shop).select_for_update().all(tx), "locks rows of its table");
            Ok(())
        });
        locked.unwrap();
        let _ = (Colour::Red, Decimal::ONE);
    }

    fn pages_of_values(db) {
        let rows = sales!(db, 30);
        let sorted = sorted(&rows, |s| (Reverse(s.amount), Reverse(s.id)));
        let expected: Vec<(String, Option<i64>, i64)> = sorted.iter().map(|s| (s.item.clone(), s.amount, s.id * 2)).collect();
        let query = || Sale::objects().order_by(|s| s.amount.desc()).values(|s| (s.item, s.amount, s.id * 2));
        for size in [1, 7, 30, 31] {
            let (mut place, mut read) = (None, Vec::new());
            loop {
                let page = run!(query().after(place.as_ref(), size, db));
                assert_eq!(page.previous.is_some(), !read.is_empty());
                read.extend(page.rows);
                place = page.next;
                if place.is_none() { break; }
            }
            assert_eq!(read, expected);
            let mut read: Vec<(String, Option<i64>, i64)> = Vec::new();
            loop {
                let page = run!(query().before(place.as_ref(), size, db));
                read.splice(0..0, page.rows);
                place = page.previous;
                if place.is_none() { break; }
            }
            assert_eq!(read, expected);
            let page = run!(query().page(2, u64::from(size), db));
            let from = (size as usize).min(30);
            assert_eq!((page.rows.as_slice(), page.total), (&expected[from..(2 * size as usize).min(30)], 30));
        }
        // One value, filtered before and after; one that may be NULL; an order by what is not read.
        let one = || Sale::objects().filter(|s| s.paid.eq(true)).values(|s| s.seller).order_by(|s| (s.day, s.id));
        let mut paid: Vec<&Sale> = rows.iter().filter(|s| s.paid).collect();
        paid.sort_by_key(|s| (s.day, s.id));
        let first = run!(one().after(None, 2, db));
        let second = run!(one().after(first.next.as_ref(), 100, db));
        let read: Vec<Option<String>> = first.rows.into_iter().chain(second.rows).collect();
        assert_eq!(read, paid.iter().map(|s| s.seller.clone()).collect::<Vec<_>>());
        // The place of rows is that of their values too.
        let place = run!(Sale::objects().order_by(|s| s.amount.desc()).after(None, 3, db)).next;
        assert_eq!(run!(query().after(place.as_ref(), 2, db)).rows, expected[3..5]);
        assert_eq!(run!(Sale::objects().none().values(|s| s.id).after(None, 3, db)).rows, Vec::<i64>::new());

        macro_rules! refused {
            ($query:expr, $said:literal) => {{
                let error = attempt!($query).unwrap_err();
                assert!(error.to_string().contains($said), "{error}");
            }};
        }
        refused!(Sale::objects().values(|s| s.shop).distinct().after(None, 2, db), "distinct() makes one");
        refused!(Sale::objects().values(|s| s.shop).distinct().page(1, 2, db), "distinct() makes one");
        refused!(Sale::objects().values(|s| s.amount.sum()).after(None, 2, db), "one value over all of them");
        refused!(Sale::objects().values(|s| s.amount.sum()).page(1, 2, db), "one value over all of them");
        refused!(Sale::objects().group_by(|s| s.shop).values(|s| (s.shop, count())).after(None, 2, db), "groups");
        refused!(Sale::objects().values(|s| s.id).limit(3).after(None, 2, db), "limit");
        refused!(Sale::objects().values(|s| orm::rank().over(|w| w.order_by(s.day))).after(None, 2, db), "window");
        refused!(query().after(Some(&orm::queries::PageCursor::from("x")), 2, db), "cursor");
    }

    fn rows_made_of_combined_values(db) {
        let rows = sales!(db, 12);
        let items = || Sale::objects().values(|s| (s.item, s.shop, s.paid, s.colour));
        let others = Sale::objects().values(|s| (s.item.concat("!"), s.shop, s.paid, s.colour));
        let made = Sale::insert_from(items().union_all(others), |s| (s.item, s.shop, s.paid, s.colour));
        assert_eq!(run!(made.run(db)), 24);
        assert_eq!(run!(Sale::objects().count(db)), 36);
        let different = |rows: &[Sale]| { let mut shops: Vec<i32> = rows.iter().map(|s| s.shop).collect(); shops.sort(); shops.dedup(); shops.len() as u64 };
        let shops = || Sale::objects().values(|s| (s.shop, orm::raw::<String>("'shop'", ()), s.id.gt(0), orm::queries::case::<Colour>().when(s.id.gt(0), Colour::Blue).otherwise(Colour::Red)));
        let made = Sale::insert_from(shops().union(shops()).order_by(|(shop, ..)| shop), |s| (s.shop, s.item, s.paid, s.colour));
        assert_eq!(run!(made.run(db)), different(&rows));
        let none = || Sale::objects().none().values(|s| (s.shop, s.item, s.paid, s.colour));
        assert_eq!(run!(Sale::insert_from(none().union(none()), |s| (s.shop, s.item, s.paid, s.colour)).run(db)), 0);
        let kept = Sale::objects().values(|s| (s.shop, s.item, s.paid, s.colour));
        let made = run!(Sale::insert_from(kept.clone().difference(kept.clone()).union_all(kept.limit(2)), |s| (s.shop, s.item, s.paid, s.colour)).all(db));
        assert_eq!(made.len(), 2);
    }
}
