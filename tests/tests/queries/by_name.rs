//! Filters and orders by name: each is the query that fields write, with its SQL and its rows.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use orm::db::Dialect;
use orm::dynamic::{DynModel, DynRow};
use orm::fields::Range;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::models::*;
use serde_json::json;

use orm_tests::world;

orm::app!("suite");

/// What is compared by its parts: arrays, ranges, dates.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct NamedShift {
    pub id: i64,
    #[orm(default = "")]
    pub worker: String,
    pub labels: Vec<String>,
    pub scores: Option<Vec<i32>>,
    pub hours: Range<i32>,
    pub nights: Option<Range<NaiveDate>>,
    pub date: NaiveDate,
    pub time: NaiveTime,
    pub at: NaiveDateTime,
}

/// A key of several fields, and a relation over them.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("hall", "number"))]
pub struct NamedStand {
    #[orm(primary_key)]
    pub hall: String,
    #[orm(primary_key)]
    pub number: i64,
    #[orm(default = "")]
    pub note: String,
    #[orm(related_name = "stands")]
    pub sells: Option<ForeignKey<NamedSnack>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
#[orm(foreign_key("stand", fields("stand_hall", "stand_number"), to = NamedStand, related_name = "visitors", on_delete = Cascade))]
pub struct NamedVisitor {
    pub id: i64,
    pub name: String,
    pub stand_hall: String,
    pub stand_number: i64,
    #[orm(related_name = "fans")]
    pub likes: ManyToMany<NamedSnack>,
}

/// What many rows of a composite key point at.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct NamedSnack {
    pub id: i64,
    pub name: String,
}

/// Asserts that both queries are the same SQL on each database.
#[track_caller]
fn same_sql<M: orm::Model>(named: &QuerySet<M>, typed: &QuerySet<M>, name: &str) {
    for dialect in [Dialect::SQLITE, Dialect::POSTGRES] {
        let sql = |query: &QuerySet<M>| value(query.clone().sql(dialect));
        assert_eq!(sql(named), sql(typed), "{name}");
    }
}

/// Asserts that a filter by name is the query that fields write: its SQL on both databases, and its rows. Returns how many.
macro_rules! same {
    ($db:ident, $model:ty: $name:literal, $given:expr, $typed:expr) => {{
        let named = value(<$model>::objects().filter_str($name, $given));
        let typed = <$model>::objects().filter($typed);
        same_sql(&named, &typed, $name);
        let excluded = value(<$model>::objects().exclude_str($name, $given));
        same_sql(
            &excluded,
            &<$model>::objects().exclude($typed),
            concat!("not ", $name),
        );
        let rows = run!(named.all($db));
        assert_eq!(rows, run!(typed.all($db)), $name);
        let (rest, all) = (run!(excluded.count($db)), run!(<$model>::objects().count($db)));
        assert_eq!(
            rows.len() as i64 + rest,
            all,
            concat!("each row is one or the other: ", $name)
        );
        rows.len()
    }};
}

/// The same of an order.
macro_rules! same_order {
    ($db:ident, $model:ty: $order:literal, $typed:expr) => {{
        let named = value(<$model>::objects().order_by_str($order));
        let typed = <$model>::objects().order_by($typed);
        same_sql(&named, &typed, $order);
        assert_eq!(run!(named.all($db)), run!(typed.all($db)), $order);
    }};
}

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).expect("a day")
}

pub fn titles(rows: &[DynRow]) -> Vec<String> {
    let title = |row: &DynRow| value(row.get_json("title")).as_str().map(str::to_owned);
    rows.iter().filter_map(title).collect()
}

behaviour! {
    fn strings_numbers_and_choices_are_compared(db) {
        world!(db);
        assert_eq!(same!(db, Post: "title", "First", |p| p.title.eq("First")), 1);
        assert_eq!(same!(db, Post: "title__exact", "First", |p| p.title.eq("First")), 1);
        assert_eq!(same!(db, Post: "title__iexact", "fIRST", |p| p.title.ieq("fIRST")), 1);
        assert_eq!(same!(db, Post: "title__contains", "ir", |p| p.title.contains("ir")), 2);
        assert_eq!(same!(db, Post: "title__icontains", "IR", |p| p.title.icontains("IR")), 2);
        assert_eq!(same!(db, Post: "title__startswith", "Th", |p| p.title.starts_with("Th")), 1);
        assert_eq!(same!(db, Post: "title__istartswith", "th", |p| p.title.istarts_with("th")), 1);
        assert_eq!(same!(db, Post: "title__endswith", "t", |p| p.title.ends_with("t")), 2);
        assert_eq!(same!(db, Post: "title__iendswith", "T", |p| p.title.iends_with("T")), 2);
        let pattern = value(orm::Pattern::new("^[FS].+$"));
        assert_eq!(same!(db, Post: "title__regex", "^[FS].+$", |p| p.title.regex(&pattern)), 2);
        let pattern = value(orm::Pattern::new("IR"));
        assert_eq!(same!(db, Post: "title__iregex", "IR", |p| p.title.iregex(&pattern)), 2);
        assert_eq!(same!(db, Post: "title__gt", "First", |p| p.title.gt("First")), 2);

        assert_eq!(same!(db, Post: "views", "20", |p| p.views.eq(20)), 1);
        assert_eq!(same!(db, Post: "views__gt", "5", |p| p.views.gt(5)), 2);
        assert_eq!(same!(db, Post: "views__gte", "5", |p| p.views.ge(5)), 3);
        assert_eq!(same!(db, Post: "views__lt", "5", |p| p.views.lt(5)), 1);
        assert_eq!(same!(db, Post: "views__lte", "5", |p| p.views.le(5)), 2);
        assert_eq!(same!(db, Post: "views__range", "5,10", |p| p.views.between(5, 10)), 2);
        assert_eq!(same!(db, Post: "views__in", "5,20,7", |p| p.views.in_([5, 20, 7])), 2);
        assert_eq!(same!(db, Post: "views__in", "", |p| p.views.in_([0_i64; 0])), 0);
        assert_eq!(same!(db, Post: "title__in", ["First", "a,b"], |p| p.title.in_(["First", "a,b"])), 1);
        assert_eq!(same!(db, Post: "views__in", &json!([5, 20]), |p| p.views.in_([5, 20])), 2);

        assert_eq!(same!(db, Post: "status", "draft", |p| p.status.eq(Status::Draft)), 2);
        let both = [Status::Draft, Status::Archived];
        assert_eq!(same!(db, Post: "status__in", "draft,archived", |p| p.status.in_(both)), 2);
        assert_eq!(same!(db, Post: "pk", "1", |p| p.id.eq(1)), 1);
        assert_eq!(same!(db, Country: "pk__in", "AT,DE", |c| c.code.in_(["AT", "DE"])), 2);
        assert_eq!(same!(db, Comment: "hidden", "true", |c| c.hidden.eq(true)), 1);
        assert_eq!(same!(db, Comment: "hidden", "0", |c| c.hidden.eq(false)), 2);
    }

    fn null_is_found_by_isnull(db) {
        world!(db);
        assert_eq!(same!(db, Post: "published_at__isnull", "true", |p| p.published_at.is_null()), 1);
        assert_eq!(same!(db, Post: "published_at__isnull", "false", |p| p.published_at.is_not_null()), 3);
        assert_eq!(same!(db, Post: "editor__isnull", &json!(true), |p| p.editor.is_null()), 3);
        assert_eq!(same!(db, Post: "editor", &json!(null), |p| p.editor.is_null()), 3);
        // A related row that is not there has no values.
        assert_eq!(same!(db, Post: "editor__name__isnull", "true", |p| p.editor().name.is_null()), 3);
        assert_eq!(same!(db, Post: "editor__country__isnull", "false", |p| p.editor().country.is_not_null()), 0);
        assert_eq!(same!(db, Author: "profile", &json!(null), |a| a.profile().id.is_null()), 2);
        assert_eq!(same!(db, Author: "posts", &json!(null), |a| !a.posts().exists()), 1);
        let refused = error(Post::objects().filter_str("title__gt", &json!(null)).map(|_| ()));
        assert!(refused.is_invalid_filter());
        assert_eq!(refused.to_string(), "`title__gt` does not take NULL\nhint: `isnull` finds what has no value");
        let refused = error(Post::objects().filter_str("views__in", &json!([1, null])).map(|_| ()));
        assert!(refused.is_invalid_filter(), "{refused}");
    }

    fn relations_to_one_are_joined(db) {
        world!(db);
        assert_eq!(same!(db, Post: "author__name", "Ann", |p| p.author().name.eq("Ann")), 3);
        assert_eq!(same!(db, Post: "author__country__name__icontains", "AUS", |p| p.author().country().name.icontains("AUS")), 3);
        assert_eq!(same!(db, Post: "editor__name__startswith", "B", |p| p.editor().name.starts_with("B")), 1);
        assert_eq!(same!(db, Post: "author", "1", |p| p.author.eq(1)), 3);
        assert_eq!(same!(db, Post: "author__in", "1,2", |p| p.author.in_([1, 2])), 4);
        assert_eq!(same!(db, Post: "author__gt", "1", |p| p.author.gt(1)), 1);
        assert_eq!(same!(db, Post: "author__id", "1", |p| p.author().id.eq(1)), 3);
        assert_eq!(same!(db, Post: "author__pk", "1", |p| p.author().id.eq(1)), 3);
        assert_eq!(same!(db, Author: "country", "AT", |a| a.country.eq("AT")), 2);
        assert_eq!(same!(db, Author: "profile__bio", "writes", |a| a.profile().bio.eq("writes")), 1);
        assert_eq!(same!(db, Author: "profile", "1", |a| a.profile().id.eq(1)), 1);
        assert_eq!(same!(db, Author: "profile__isnull", "true", |a| a.profile().id.is_null()), 2);
        assert_eq!(same!(db, Comment: "post__author__name", "Ben", |c| c.post().author().name.eq("Ben")), 1);
    }

    fn relations_to_many_ask_for_one_row_that_matches(db) {
        world!(db);
        assert_eq!(same!(db, Post: "tags__label", "rust", |p| p.tags().any(|t| t.label.eq("rust"))), 2);
        assert_eq!(same!(db, Tag: "posts__title__startswith", "F", |t| t.posts().any(|p| p.title.starts_with("F"))), 2);
        assert_eq!(same!(db, Author: "posts__views__gt", "9", |a| a.posts().any(|p| p.views.gt(9))), 1);
        assert_eq!(same!(db, Author: "posts", "1", |a| a.posts().any(|p| p.id.eq(1))), 1);
        assert_eq!(same!(db, Author: "posts__in", "1,4", |a| a.posts().any(|p| p.id.in_([1, 4]))), 2);
        assert_eq!(same!(db, Author: "posts__isnull", "true", |a| !a.posts().exists()), 1);
        assert_eq!(same!(db, Author: "posts__isnull", "false", |a| a.posts().exists()), 2);
        assert_eq!(same!(db, Author: "posts__comments__isnull", "true", |a| a.posts().any(|p| !p.comments().exists())), 1);
        assert_eq!(same!(db, Author: "posts__tags__label", "sql", |a| a.posts().any(|p| p.tags().any(|t| t.label.eq("sql")))), 1);
        assert_eq!(same!(db, Tag: "posts__author__country__name", "Austria", |t| t.posts().any(|p| p.author().country().name.eq("Austria"))), 2);
        assert_eq!(same!(db, Comment: "post__tags__label", "sql", |c| c.post().tags().any(|t| t.label.eq("sql"))), 2);
        assert_eq!(same!(db, Country: "authors__edited__title", "First", |c| c.authors().any(|a| a.edited().any(|p| p.title.eq("First")))), 0);
        assert_eq!(same!(db, Author: "posts__published_at__isnull", "true", |a| a.posts().any(|p| p.published_at.is_null())), 1);
    }

    fn two_calls_are_two_conditions_each_about_any_row(db) {
        world!(db);
        // Ann has a post with 20 views, and another with a comment.
        let both = value(Author::objects().filter_str("posts__views", "20").and_then(|a| a.filter_str("posts__comments__text", "good")));
        let typed = Author::objects()
            .filter(|a| a.posts().any(|p| p.views.eq(20)))
            .filter(|a| a.posts().any(|p| p.comments().any(|c| c.text.eq("good"))));
        same_sql(&both, &typed, "two calls");
        assert_eq!(run!(both.all(db)).len(), 1);
        let same_post = Author::objects().filter(|a| a.posts().any(|p| p.views.eq(20) & p.comments().any(|c| c.text.eq("good"))));
        assert_eq!(run!(same_post.count(db)), 0, "no post has both");
        // Nobody is found twice, whatever matches.
        assert_eq!(run!(value(Author::objects().filter_str("posts__views__gte", "0")).count(db)), 2);
    }

    fn a_model_leads_to_itself(db) {
        let ann = run!(Person::create().name("Ann").save(db));
        let bob = run!(Person::create().name("Bob").parent(&ann).save(db));
        run!(Person::create().name("Cid").parent(&bob).save(db));
        run!(ann.admires().add([&bob]).run(db));
        assert_eq!(same!(db, Person: "parent__parent__name", "Ann", |p| p.parent().parent().name.eq("Ann")), 1);
        assert_eq!(same!(db, Person: "children__children__name", "Cid", |p| p.children().any(|c| c.children().any(|c| c.name.eq("Cid")))), 1);
        assert_eq!(same!(db, Person: "admires__name", "Bob", |p| p.admires().any(|q| q.name.eq("Bob"))), 1);
        assert_eq!(same!(db, Person: "admired_by__name", "Ann", |p| p.admired_by().any(|q| q.name.eq("Ann"))), 1);
        assert_eq!(same!(db, Person: "parent__children__parent__name", "Ann", |p| p.parent().children().any(|c| c.parent().name.eq("Ann"))), 1);
        same_order!(db, Person: "-parent__parent__name,name", |p| (p.parent().parent().name.desc(), p.name));
    }

    fn relations_over_several_columns_are_followed(db) {
        for number in [1, 2] {
            run!(NamedStand::create().hall("A").number(number).note(format!("stand {number}")).save(db));
        }
        for (name, number) in [("Ann", 1), ("Ben", 1), ("Cleo", 2)] {
            run!(NamedVisitor::create().name(name).stand_hall("A").stand_number(number).save(db));
        }
        assert_eq!(same!(db, NamedVisitor: "stand__note", "stand 1", |v| v.stand().note.eq("stand 1")), 2);
        assert_eq!(same!(db, NamedStand: "visitors__name", "Cleo", |s| s.visitors().any(|v| v.name.eq("Cleo"))), 1);
        assert_eq!(same!(db, NamedStand: "visitors__isnull", "false", |s| s.visitors().exists()), 2);
        let cake = run!(NamedSnack::create().name("cake").save(db));
        run!(NamedSnack::create().name("tea").save(db));
        run!(NamedStand::objects().filter(|s| s.number.eq(1)).update(|s| s.sells.set(&cake)).run(db));
        assert_eq!(same!(db, NamedSnack: "stands__isnull", "false", |s| s.stands().exists()), 1);
        assert_eq!(same!(db, NamedSnack: "stands__visitors__name", "Ann", |s| s.stands().any(|s| s.visitors().any(|v| v.name.eq("Ann")))), 1);
        assert_eq!(same!(db, NamedSnack: "fans__isnull", "true", |s| !s.fans().exists()), 2);
        let refused = error(NamedSnack::objects().filter_str("stands", "A").map(|_| ())).to_string();
        assert!(refused.contains("suite.NamedStand has a primary key of several fields"), "{refused}");
        let refused = error(NamedVisitor::objects().filter_str("stand", "A").map(|_| ())).to_string();
        assert!(refused.contains("a primary key of several fields"), "{refused}");
        let refused = error(NamedStand::objects().filter_str("pk", "A").map(|_| ())).to_string();
        assert!(refused.contains("suite.NamedStand has no field `pk`"), "{refused}");
    }

    fn parts_of_dates_and_times_are_compared(db) {
        world!(db);
        assert_eq!(same!(db, Post: "published_at__year", "2026", |p| p.published_at.year().eq(2026)), 3);
        assert_eq!(same!(db, Post: "published_at__iso_year__lte", "2026", |p| p.published_at.iso_year().le(2026)), 3);
        assert_eq!(same!(db, Post: "published_at__quarter", "4", |p| p.published_at.quarter().eq(4)), 3);
        assert_eq!(same!(db, Post: "published_at__month__in", "10,11", |p| p.published_at.month().in_([10, 11])), 3);
        assert_eq!(same!(db, Post: "published_at__week", "44", |p| p.published_at.week().eq(44)), 1);
        assert_eq!(same!(db, Post: "published_at__iso_week_day", "7", |p| p.published_at.weekday().eq(7)), 1);
        assert_eq!(same!(db, Post: "published_at__day__range", "2,3", |p| p.published_at.day().between(2, 3)), 2);
        assert_eq!(same!(db, Post: "published_at__hour__gte", "12", |p| p.published_at.hour().ge(12)), 3);
        assert_eq!(same!(db, Post: "published_at__minute", "0", |p| p.published_at.minute().eq(0)), 3);
        assert_eq!(same!(db, Post: "published_at__second__lt", "1", |p| p.published_at.second().lt(1)), 3);
        assert_eq!(same!(db, Post: "published_at__date", "2026-11-02", |p| p.published_at.date().eq(day(11, 2))), 1);
        assert_eq!(same!(db, Post: "published_at__date__month", "11", |p| p.published_at.date().month().eq(11)), 3);
        let noon = NaiveTime::from_hms_opt(12, 0, 0).expect("noon");
        assert_eq!(same!(db, Post: "published_at__time", "12:00", |p| p.published_at.time().eq(noon)), 3);
        assert_eq!(same!(db, Post: "published_at__year__isnull", "true", |p| p.published_at.year().is_null()), 1);
        assert_eq!(same!(db, Author: "posts__published_at__year", "2026", |a| a.posts().any(|p| p.published_at.year().eq(2026))), 2);
        let at = day(11, 2).and_time(noon).and_utc();
        assert_eq!(same!(db, Post: "published_at__gt", "2026-11-02T13:00:00+01:00", |p| p.published_at.gt(at)), 1);
        same_order!(db, Post: "-published_at__day,id", |p| (p.published_at.day().desc(), p.id));
    }

    fn arrays_and_ranges_are_compared(db) {
        let shift = |number: u32, labels: &[&str], scores: Option<Vec<i32>>| {
            let labels: Vec<String> = labels.iter().map(|&label| label.to_owned()).collect();
            let hours = (number as i32)..(number as i32 + 4);
            let draft = NamedShift::create().labels(labels).hours(hours).date(day(1, number))
                .time(NaiveTime::MIN).at(day(2, number).and_time(NaiveTime::MIN)).scores(scores);
            match number {
                2 => draft,
                _ => draft.nights(day(3, number)..day(3, number + 5)),
            }
        };
        run!(shift(1, &["a", "b"], Some(vec![1, 2])).save(db));
        run!(shift(2, &[], None).save(db));
        run!(shift(9, &["b", "x,y"], Some(vec![])).save(db));
        assert_eq!(same!(db, NamedShift: "labels", "a,b", |s| s.labels.eq(vec!["a".to_owned(), "b".to_owned()])), 1);
        assert_eq!(same!(db, NamedShift: "labels__contains", "b", |s| s.labels.contains(vec!["b".to_owned()])), 2);
        assert_eq!(same!(db, NamedShift: "labels__contains", ["x,y"], |s| s.labels.contains(vec!["x,y".to_owned()])), 1);
        assert_eq!(same!(db, NamedShift: "labels__contained_by", &json!(["a", "b", "c"]), |s| s.labels.contained_by(["a", "b", "c"].map(str::to_owned).to_vec())), 2);
        assert_eq!(same!(db, NamedShift: "labels__overlap", "a,z", |s| s.labels.overlaps(vec!["a".to_owned(), "z".to_owned()])), 1);
        assert_eq!(same!(db, NamedShift: "labels__len__gte", "2", |s| s.labels.length().ge(2)), 2);
        assert_eq!(same!(db, NamedShift: "scores__contains", "2", |s| s.scores.contains(vec![2])), 1);
        assert_eq!(same!(db, NamedShift: "scores__isnull", "true", |s| s.scores.is_null()), 1);
        assert_eq!(same!(db, NamedShift: "hours__contains", "4", |s| s.hours.contains(4)), 2);
        assert_eq!(same!(db, NamedShift: "hours", "[1,5)", |s| s.hours.eq(1..5)), 1);
        assert_eq!(same!(db, NamedShift: "hours__overlap", "[5,9)", |s| s.hours.overlaps(5..9)), 1);
        assert_eq!(same!(db, NamedShift: "hours__contained_by", "[0,6)", |s| s.hours.contained_by(0..6)), 2);
        assert_eq!(same!(db, NamedShift: "hours__fully_lt", "[9,10)", |s| s.hours.strictly_left_of(9..10)), 2);
        assert_eq!(same!(db, NamedShift: "hours__fully_gt", "[1,6)", |s| s.hours.strictly_right_of(1..6)), 1);
        assert_eq!(same!(db, NamedShift: "hours__not_gt", "[1,6)", |s| s.hours.not_right_of(1..6)), 2);
        assert_eq!(same!(db, NamedShift: "hours__not_lt", "[2,6)", |s| s.hours.not_left_of(2..6)), 2);
        assert_eq!(same!(db, NamedShift: "hours__adjacent_to", "[5,9)", |s| s.hours.adjacent_to(5..9)), 2);
        assert_eq!(same!(db, NamedShift: "hours__startswith__gt", "1", |s| s.hours.lower_bound().gt(1)), 2);
        assert_eq!(same!(db, NamedShift: "nights__endswith", "2026-03-06", |s| s.nights.upper_bound().eq(day(3, 6))), 1);
        assert_eq!(same!(db, NamedShift: "nights__contains", "2026-03-02", |s| s.nights.contains(day(3, 2))), 1);
        assert_eq!(same!(db, NamedShift: "hours__isempty", "false", |s| s.hours.is_empty().eq(false)), 3);
        assert_eq!(same!(db, NamedShift: "hours__lower_inc", "true", |s| s.hours.lower_included().eq(true)), 3);
        assert_eq!(same!(db, NamedShift: "hours__upper_inf", "true", |s| s.hours.upper_unbounded().eq(true)), 0);
        assert_eq!(same!(db, NamedShift: "date__month", "1", |s| s.date.month().eq(1)), 3);
        assert_eq!(same!(db, NamedShift: "time__hour", "0", |s| s.time.hour().eq(0)), 3);
        assert_eq!(same!(db, NamedShift: "at__date__lt", "2026-02-05", |s| s.at.date().lt(day(2, 5))), 2);
    }

    fn every_type_is_read_from_text_and_from_json(db) {
        let instant = day(11, 29).and_hms_micro_opt(8, 30, 0, 500_000).expect("a time").and_utc();
        let made = run!(Everything::create().truth(true).small(-7).medium(70_000).large(i64::MAX).single(0.1).double(1e300).text("ünï, „x“")
            .bytes(vec![0, 171]).date(day(11, 29)).time(instant.time()).date_time(instant.naive_utc()).instant(instant)
            .uuid(Uuid::from_u128(7)).decimal(Decimal::new(125, 1)).json(Json(json!({"a": [1]}))).colour(Colour::Blue).save(db));
        let model = value(DynModel::named("suite.Everything"));
        let row = run!(model.rows().get(db));
        assert_eq!(value(row.get_json("id")), json!(made.id));
        for (name, field) in value(row.json()) {
            let name: &'static str = name.leak();
            let found = run!(value(model.rows().filter_str(name, &field)).count(db));
            assert_eq!(found, 1, "{name} by JSON");
            let text = field.as_str().map_or_else(|| field.to_string(), str::to_owned);
            let found = run!(value(model.rows().filter_str(name, &text)).count(db));
            assert_eq!(found, 1, "{name} by text");
            assert_eq!(run!(value(model.rows().exclude_str(name, &text)).count(db)), 0, "{name} is not another");
        }
    }

    fn orders_are_those_of_fields(db) {
        world!(db);
        same_order!(db, Post: "title", |p| p.title);
        same_order!(db, Post: "-views,title", |p| (p.views.desc(), p.title));
        same_order!(db, Post: "-author__name,-id", |p| (p.author().name.desc(), p.id.desc()));
        same_order!(db, Post: "editor__name,pk", |p| (p.editor().name, p.id));
        same_order!(db, Post: "-author,id", |p| (p.author.desc(), p.id));
        same_order!(db, Author: "profile__bio,name", |a| (a.profile().bio, a.name));
        let again = value(Post::objects().order_by(|p| p.title).reverse().order_by_str("views,id"));
        assert_eq!(run!(again.values(|p| p.views).all(db)), [0, 5, 10, 20], "in place of the order before");
        for (order, said) in [
            ("tags__label", "it leads to many rows of suite.Tag"),
            ("titel", "suite.Post has no field `titel`"),
            ("title__length", "suite.Post.title has no `length`"),
            ("title,", "suite.Post has no field ``"),
            ("?", "suite.Post has no field `?`"),
        ] {
            let refused = error(Post::objects().order_by_str(order).map(|_| ()));
            assert!(refused.to_string().contains(said), "{order}: {refused}");
            assert!(refused.hint().is_some() && !refused.is_invalid_filter(), "{refused:?}");
        }
        let refused = error(Everything::objects().order_by_str("json").map(|_| ()));
        assert!(refused.is_unsupported(), "{refused}");
    }

    fn rows_by_name_are_filtered_ordered_and_paged(db) {
        world!(db);
        let posts = value(DynModel::named("suite.Post"));
        let rows = value(posts.rows().filter_str("author__name__icontains", "ann"));
        let rows = value(value(rows.filter_str("tags__isnull", "false")).order_by_str("-views"));
        assert_eq!(titles(&run!(rows.clone().all(db))), ["Second", "First"]);
        assert_eq!(titles(&run!(rows.clone().offset(1).limit(5).all(db))), ["First"]);
        assert_eq!(titles(&run!(rows.clone().offset(1).all(db))), ["First"]);
        let page = run!(rows.clone().page(2, 1, db));
        assert_eq!((titles(&page.rows), page.total, page.pages(), page.number, page.size), (vec!["First".to_owned()], 2, 2, 2, 1));
        let beyond = run!(rows.clone().page(9, 5, db));
        assert_eq!((beyond.rows.len(), beyond.total), (0, 2));
        assert!(error(attempt!(rows.clone().page(0, 1, db))).to_string().contains("no page 0"));
        assert!(error(attempt!(rows.limit(1).page(1, 1, db))).is_unsupported());

        let others = value(posts.rows().exclude_str("author__name", "Ann"));
        assert_eq!(titles(&run!(others.all(db))), ["Third"]);
        let title = value(posts.field::<String>("title"));
        assert_eq!(run!(posts.rows().exclude(title.eq("First")).count(db)), 3);
        let changed = value(posts.rows().filter_str("author__name", "Ben")).update(title.set("Changed"));
        assert_eq!(run!(changed.run(db)), 1);
        assert_eq!(run!(value(posts.rows().filter_str("comments__text", "hm")).delete().run(db)), 1);
        assert_eq!(run!(Post::objects().count(db)), 3);
    }

    fn a_query_by_name_goes_on_as_any_other(db) {
        world!(db);
        let posts = value(Post::objects().filter_str("author__name", "Ann"));
        let beside: Vec<(Post, Author)> = run!(posts.clone().with(|p| p.author()).all(db));
        assert_eq!(beside.len(), 3);
        let beside: Vec<(Post, i64)> = run!(value(posts.clone().annotate(|p| p.tags().count()).order_by_str("-views")).all(db));
        assert_eq!(beside.iter().map(|(_, tags)| *tags).collect::<Vec<_>>(), [1, 2, 0]);
        let kept = posts.clone().annotate(|p| p.views.sum().over(|w| w.partition_by(p.author))).qualify(|_, sum| sum.gt(5));
        assert_eq!(run!(value(kept.filter_str("tags__label", "sql")).all(db)).len(), 1);
        assert_eq!(run!(posts.clone().page(1, 2, db)).total, 3);
        assert_eq!(run!(posts.clone().update(|p| p.views.set(p.views + 1)).run(db)), 3);
        let nested = Author::objects().filter(|a| a.id.in_(posts.values(|p| p.author)));
        assert_eq!(run!(nested.count(db)), 1);
    }
}
