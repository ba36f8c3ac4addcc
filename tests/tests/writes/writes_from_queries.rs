//! Changes that a query decides: rows that come back from an update or a deletion, values of related rows, rows made of values.

use orm::prelude::*;
use orm::{exists, subquery};
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use orm_tests::samples::samples;

orm::app!("suite");

/// Made of values of others.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Summary {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "summaries")]
    pub author: Option<ForeignKey<Author>>,
    pub title: String,
    pub posts: i64,
    pub status: Option<Status>,
    #[orm(default = 4)]
    pub rank: i64,
    #[orm(auto_now_add)]
    pub made_at: DateTime<Utc>,
    #[orm(generated = |s| s.posts * 2)]
    pub double: i64,
}

/// Rust code computes the key of each row.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Token {
    pub id: Uuid,
    pub word: String,
}

behaviour! {
    fn an_update_returns_its_rows_as_they_are_afterwards(db) {
        let drafts = samples(60, (0..20_i64, "[a-d]{0,3}"));
        let mut known: Vec<Stored> = run!(Stored::bulk_create(
            drafts.iter().map(|(number, text)| Stored::create().number(*number).text(&**text))
        ).all(db));
        for limit in [-1, 0, 7, 13, 20] {
            let mut changed = run!(Stored::objects()
                .filter(|s| s.number.lt(limit))
                .update(|s| (s.number.set(s.number + 3), s.text.set(s.text.concat("!"))))
                .all(db));
            let mut wanted = Vec::new();
            for row in known.iter_mut().filter(|row| row.number < limit) {
                row.number += 3;
                row.twice = row.number * 2;
                row.text.push('!');
                wanted.push(row.clone());
            }
            changed.sort_by_key(|row| row.id);
            assert_eq!(changed, wanted);
            assert_eq!(run!(Stored::objects().order_by(|s| s.id).all(db)), known);
        }
        let none = run!(Stored::objects().none().update(|s| s.number.set(0)).all(db));
        assert!(none.is_empty());
    }

    fn a_deletion_returns_its_rows_as_they_were(db) {
        let drafts = samples(60, 0..9_i64);
        let mut known = run!(Stored::bulk_create(drafts.iter().map(|number| Stored::create().number(*number).text("t"))).all(db));
        for number in [3, 3, 0, 8] {
            let mut gone = run!(Stored::objects().filter(|s| s.number.eq(number)).delete().all(db));
            gone.sort_by_key(|row| row.id);
            let wanted: Vec<Stored> = known.iter().filter(|row| row.number == number).cloned().collect();
            known.retain(|row| row.number != number);
            assert_eq!(gone, wanted);
            assert_eq!(run!(Stored::objects().order_by(|s| s.id).all(db)), known);
        }
        assert!(run!(Stored::objects().none().delete().all(db)).is_empty());
        assert_eq!(run!(Stored::objects().delete().all(db)).len(), known.len());
    }

    fn changes_through_relations_return_their_rows(db) {
        orm_tests::world!(db);
        let hidden = run!(Comment::objects()
            .filter(|c| c.post().author().name.eq("Ann"))
            .update(|c| c.hidden.set(true))
            .all(db));
        assert!(hidden.len() == 2 && hidden.iter().all(|comment| comment.hidden));
        let gone = run!(Post::objects().filter(|p| p.author().country().code.eq("AT") & !p.tags().exists()).delete().all(db));
        assert_eq!(gone.iter().map(|post| &*post.title).collect::<Vec<_>>(), ["Draft"]);
        let refused = error(attempt!(Post::objects().limit(1).delete().all(db)));
        assert!(refused.is_unsupported(), "{refused:?}");
        let refused = error(attempt!(Post::objects().limit(1).update(|p| p.views.set(1)).all(db)));
        assert!(refused.is_unsupported(), "{refused:?}");
    }

    fn a_column_is_set_to_a_value_of_a_related_row(db) {
        orm_tests::world!(db);
        let changed = run!(Post::objects()
            .filter(|p| p.author().name.eq("Ann"))
            .update(|p| (
                p.body.set(p.author().name.concat(" of ").concat(p.author().country().name.coalesce("nowhere"))),
                p.views.set(p.views + p.author().id),
            ))
            .run(db));
        assert_eq!(changed, 3);
        let posts = run!(Post::objects().order_by(|p| p.id).all(db));
        let ann = posts[0].author.id();
        let found: Vec<(&str, i64)> = posts.iter().map(|post| (&*post.body, post.views)).collect();
        let of_ann = "Ann of Austria";
        assert_eq!(found, [(of_ann, 10 + ann), (of_ann, 20 + ann), (of_ann, ann), ("", 5)]);
        // Where there is no row, the value is NULL.
        run!(Author::objects().update(|a| a.email.set(a.email.concat(a.country().name.coalesce("")))).run(db));
        let emails = run!(Author::objects().order_by(|a| a.id).values(|a| a.email).all(db));
        assert_eq!(emails, ["ann@example.comAustria", "ben@example.org", "cleo@example.comAustria"]);
    }

    fn a_column_is_set_from_another_row_of_its_own_table(db) {
        let root = run!(Person::create().name("root").save(db));
        let child = run!(Person::create().name("child").parent(&root).save(db));
        run!(Person::create().name("grandchild").parent(&child).save(db));
        let renamed = run!(Person::objects()
            .filter(|p| p.parent().name.is_not_null())
            .update(|p| p.name.set(p.parent().name.coalesce("?").concat("/").concat(p.name)))
            .all(db));
        let mut names: Vec<String> = renamed.into_iter().map(|person| person.name).collect();
        names.sort();
        assert_eq!(names, ["child/grandchild", "root/child"], "each from what was there before");
    }

    /// On SQLite, a query in an update sees the rows that the update has changed already.
    fn a_query_of_the_updated_table_sees_it_as_it_was(db) {
        for number in 1..=20 {
            run!(Stored::create().number(number).text("t").save(db));
        }
        run!(Stored::objects().update(|s| s.number.set(
            subquery(Stored::objects().filter(move |o| o.number.lt(s.number)).values(|o| o.number.sum())).coalesce(0)
        )).run(db));
        let sums = run!(Stored::objects().order_by(|s| s.id).values(|s| s.number).all(db));
        assert!(sums.into_iter().eq((1..=20).map(|number| number * (number - 1) / 2)));
        let changed = run!(Stored::objects().filter(|s| s.number.gt(5)).update(|s| s.text.set(
            orm::if_::<String>(exists(Stored::objects().filter(move |o| o.id.lt(s.id) & o.text.eq("x"))), "seen", "x")
        )).all(db));
        assert!(changed.len() == 17 && changed.iter().all(|row| row.text == "x"));
    }

    fn updates_and_deletions_ask_other_queries(db) {
        orm_tests::world!(db);
        run!(Post::objects().update(|p| p.views.set(
            subquery(Comment::objects().filter(move |c| c.post.eq(p.id)).values(|_| count())).coalesce(0)
        )).run(db));
        let views = run!(Post::objects().order_by(|p| p.id).values(|p| p.views).all(db));
        assert_eq!(views, [2, 0, 0, 1]);
        let with_comments = run!(Post::objects()
            .filter(|p| exists(Comment::objects().filter(move |c| c.post.eq(p.id) & c.hidden.eq(false))))
            .update(|p| p.status.set(Status::Archived))
            .run(db));
        assert_eq!(with_comments, 2);
        let authors = Author::objects().filter(|a| a.posts().any(|p| p.status.eq(Status::Archived))).values(|a| a.id);
        let of_them = run!(Post::objects().filter(|p| p.author.in_(authors)).update(|p| p.body.set("x")).run(db));
        assert_eq!(of_them, 4);
        // A deletion that asks its own table.
        let most = run!(Post::objects()
            .filter(|p| p.id.in_(Post::objects().order_by(|q| q.id.desc()).limit(2).values(|q| q.id)))
            .delete()
            .run(db));
        assert_eq!(most, 2);
        let nobody = run!(Author::objects().filter(|a| !exists(Post::objects().filter(move |p| p.author.eq(a.id)))).delete().all(db));
        let mut names: Vec<String> = nobody.into_iter().map(|author| author.name).collect();
        names.sort();
        assert_eq!(names, ["Ben", "Cleo"]);
    }

    fn rows_are_made_of_the_values_of_a_query(db) {
        orm_tests::world!(db);
        let before = Utc::now() - chrono::TimeDelta::seconds(60);
        let published = Post::objects()
            .filter(|p| p.status.eq(Status::Published) & p.author().name.eq("Ann"))
            .order_by(|p| p.id)
            .values(|p| (p.author, p.title.concat(" by ").concat(p.author().name), p.views, p.status));
        let made = run!(Summary::insert_from(published.clone(), |s| (s.author, s.title, s.posts, s.status)).all(db));
        assert_eq!(made.iter().map(|row| &*row.title).collect::<Vec<_>>(), ["First by Ann", "Second by Ann"]);
        assert_eq!(made.iter().map(|row| (row.posts, row.double, row.rank)).collect::<Vec<_>>(), [(10, 20, 4), (20, 40, 4)]);
        assert!(made.iter().all(|row| row.status == Some(Status::Published) && row.made_at > before));
        assert_eq!(run!(Summary::objects().order_by(|s| s.id).all(db)), made);
        let none = run!(Summary::insert_from(published.none(), |s| (s.author, s.title, s.posts, s.status)).run(db));
        assert_eq!(none, 0);
    }

    fn rows_are_made_of_groups_and_of_what_is_distinct_and_cut_off(db) {
        orm_tests::world!(db);
        let by_author = Post::objects()
            .group_by(|p| p.author)
            .values(|p| (p.author, p.title.min().coalesce(""), count()))
            .having(|_| count().gt(1));
        assert_eq!(run!(Summary::insert_from(by_author, |s| (s.author, s.title, s.posts)).run(db)), 1);
        let row = run!(Summary::objects().get(db));
        assert_eq!((row.title.as_str(), row.posts, row.status), ("Draft", 3, None));
        let distinct = Post::objects().values(|p| (p.status, p.author().name, p.author().id)).distinct();
        assert_eq!(run!(Summary::insert_from(distinct, |s| (s.status, s.title, s.posts)).run(db)), 3);
        let cut = Post::objects().order_by(|p| p.views.desc()).limit(2).offset(1).values(|p| (p.title, p.views));
        let cut = run!(Summary::insert_from(cut, |s| (s.title, s.posts)).all(db));
        assert_eq!(cut.iter().map(|row| (&*row.title, row.posts)).collect::<Vec<_>>(), [("First", 10), ("Third", 5)]);
        // From a table into itself.
        let again = Summary::objects().filter(|s| s.posts.gt(4)).values(|s| (s.title, s.posts + 100));
        assert_eq!(run!(Summary::insert_from(again, |s| (s.title, s.posts)).run(db)), 2);
    }

    fn every_type_goes_from_table_to_table(db) {
        let day = NaiveDate::from_ymd_opt(2024, 2, 29).expect("a day");
        let noon = day.and_hms_micro_opt(12, 0, 0, 1).expect("a time");
        run!(Everything::create()
            .truth(true).small(-3_i16).medium(4).large(i64::MIN).single(0.1_f32).double(5e-324)
            .text("é\n'").bytes(vec![0, 255]).date(day).time(noon.time()).date_time(noon).instant(noon.and_utc())
            .uuid(Uuid::from_u128(7)).decimal("-12.50".parse::<Decimal>().expect("a decimal"))
            .json(Json(serde_json::json!({ "a": [1, null] }))).colour(Colour::Blue)
            .save(db));
        let one = Everything::objects().values(|e| (e.truth, e.small, e.medium, e.large, e.single, e.double, e.text, e.bytes));
        let made = Nothing::insert_from(one, |n| (n.truth, n.small, n.medium, n.large, n.single, n.double, n.text, n.bytes));
        let one = run!(made.all(db)).remove(0);
        let two = Everything::objects().values(|e| (e.date, e.time, e.date_time, e.instant, e.uuid, e.decimal, e.json, e.colour));
        let made = Nothing::insert_from(two, |n| (n.date, n.time, n.date_time, n.instant, n.uuid, n.decimal, n.json, n.colour));
        let two = run!(made.all(db)).remove(0);
        let from = run!(Everything::objects().get(db));
        let wanted = Nothing {
            id: one.id,
            truth: Some(from.truth), small: Some(from.small), medium: Some(from.medium), large: Some(from.large),
            single: Some(from.single), double: Some(from.double), text: Some(from.text), bytes: Some(from.bytes),
            date: two.date, time: two.time, date_time: two.date_time, instant: two.instant,
            uuid: two.uuid, decimal: two.decimal, json: two.json.clone(), colour: two.colour,
        };
        let both = Nothing {
            date: two.date, time: two.time, date_time: two.date_time, instant: two.instant,
            uuid: two.uuid, decimal: two.decimal, json: two.json.clone(), colour: two.colour,
            ..one
        };
        assert_eq!(both, wanted);
        assert_eq!((two.date, two.time, two.date_time), (Some(from.date), Some(from.time), Some(from.date_time)));
        assert_eq!((two.instant, two.uuid, two.decimal), (Some(from.instant), Some(from.uuid), Some(from.decimal)));
        assert_eq!((two.json, two.colour), (Some(from.json), Some(from.colour)));
    }

    fn a_row_that_cannot_be_made_is_refused_before_anything_is_sent(db) {
        orm_tests::world!(db);
        let refused = |result: orm::Result<u64>, says: &str| {
            let error = error(result);
            assert!(!error.is_internal() && error.to_string().contains(says), "{error}");
        };
        let titles = || Post::objects().values(|p| p.title);
        refused(attempt!(Summary::insert_from(titles(), |s| s.title).run(db)), "`posts` of suite.Summary has to be given");
        let words = Token::insert_from(titles(), |t| t.word);
        refused(attempt!(words.run(db)), "`id` of suite.Token gets its value from Rust");
        let pairs = || Post::objects().values(|p| (p.views, p.views));
        refused(attempt!(Summary::insert_from(pairs(), |s| (s.posts, s.posts)).run(db)), "sets `posts` twice");
        refused(attempt!(Summary::insert_from(pairs(), |s| (s.posts, s.double)).run(db)), "generated by the database");
        let others = Post::objects().values(|p| (p.title, p.title, p.views));
        refused(
            attempt!(Post::insert_from(others, |p| (p.title, p.author().name, p.views)).run(db)),
            "names a field of another",
        );
        assert_eq!(run!(Summary::objects().count(db)), 0);
        let taken = Tag::insert_from(Tag::objects().values(|t| t.label), |t| t.label);
        assert!(error(attempt!(taken.run(db))).is_unique_violation());
    }
}

/// A number and what is computed from it.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Stored {
    pub id: i64,
    pub number: i64,
    pub text: String,
    #[orm(generated = |s| s.number * 2)]
    pub twice: i64,
}
