//! Changes and choices where rows decide about one another.

use orm::prelude::*;
use orm::{exists, subquery};
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use orm_tests::world;

orm::app!("suite");

/// Its rows go with those of its own above them.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Branch {
    pub id: i64,
    pub name: String,
    #[orm(on_delete = Cascade, related_name = "twigs")]
    pub above: Option<ForeignKey<Branch>>,
}

/// Its key is that of another model.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Badge {
    #[orm(primary_key, on_delete = Cascade, related_name = "badge")]
    pub author: OneToOne<Author>,
    pub word: String,
}

behaviour! {
    fn a_deletion_returns_rows_that_would_go_with_others(db) {
        let root = run!(Branch::create().name("root").save(db));
        let child = run!(Branch::create().name("child").above(&root).save(db));
        run!(Branch::create().name("leaf").above(&child).save(db));
        let known = run!(Branch::objects().order_by(|b| b.id).all(db));
        let mut gone = run!(Branch::objects().filter(|b| b.name.ne("x")).delete().all(db));
        gone.sort_by_key(|row| row.id);
        assert_eq!(gone, known);
    }

    fn a_deletion_returns_rows_as_they_were_where_others_go_too(db) {
        let root = run!(Person::create().name("root").save(db));
        let child = run!(Person::create().name("child").parent(&root).save(db));
        run!(Person::create().name("leaf").parent(&child).save(db));
        let known = run!(Person::objects().order_by(|b| b.id).all(db));
        let mut gone = run!(Person::objects().filter(|b| b.name.ne("x")).delete().all(db));
        gone.sort_by_key(|row| row.id);
        assert_eq!(gone, known);
    }

    fn a_key_that_is_a_relation_is_not_generated(db) {
        world!(db);
        let refused = error(attempt!(Badge::insert_from(Post::objects().values(|p| p.title), |b| b.word).run(db)));
        assert!(refused.to_string().contains("`author` of suite.Badge has to be given"), "{refused}");
    }

    fn an_aggregate_is_not_a_value_of_an_update(db) {
        world!(db);
        let refused = error(attempt!(Post::objects().update(|p| p.views.set(p.views.sum().coalesce(0))).run(db)));
        assert!(refused.is_unsupported(), "own {refused:?}");
        let refused = error(attempt!(Post::objects().update(|p| p.views.set(p.author().id.sum().coalesce(0))).run(db)));
        assert!(refused.is_unsupported(), "joined {refused:?}");
    }

    fn values_that_related_rows_choose_have_the_type_of_the_column(db) {
        world!(db);
        let changed = run!(Post::objects().update(|p| (
            p.status.set(orm::if_(p.author().name.eq("Ann"), Status::Archived, Status::Draft)),
            p.views.set(orm::if_(p.author().name.eq("Ann"), 1, 2)),
            p.published_at.set(orm::if_(p.editor().name.eq("Ben"), Some(DateTime::<Utc>::UNIX_EPOCH), None)),
            p.editor.set(orm::case::<ForeignKey<Author>>().when(p.editor().name.is_null(), p.author).or_null()),
        )).run(db));
        assert_eq!(changed, 4);
        let posts = run!(Post::objects().order_by(|p| p.id).all(db));
        assert_eq!(posts.iter().map(|p| (p.status, p.views)).collect::<Vec<_>>(), [(Status::Archived, 1), (Status::Archived, 1), (Status::Archived, 1), (Status::Draft, 2)]);
        assert_eq!(posts.iter().map(|p| p.editor.is_some()).collect::<Vec<_>>(), [false, true, true, true]);
        assert!(posts[0].published_at.is_some() && posts[1].published_at.is_none());
        run!(Post::objects().update(|p| (
            p.views.set(subquery(Author::objects().filter(move |a| a.id.eq(p.author) & a.name.eq(p.author().name)).values(|a| a.posts().aggregate(|q| count().filter(q.id.ne(a.id)))).limit(1)).coalesce(-1)),
            p.title.set(p.author().country().name.coalesce("x").concat(p.title)),
        )).run(db));
    }

    fn conditions_choose_between_rows(db) {
        world!(db);
        let [ann, ben] = ["Ann", "Ben"].map(|name| Author::objects().filter(move |a| a.name.eq(name)));
        let (ann, ben) = (run!(ann.get(db)), run!(ben.get(db)));
        let chosen = |p: PostFields| orm::if_::<ForeignKey<Author>>(p.slug.eq("first"), &ben, &ann);
        let authors = run!(Post::objects().order_by(|p| p.id).values(|p| (chosen(p), orm::case::<ForeignKey<Author>>().when(p.views.gt(1_000), &ann).or_null())).all(db));
        assert_eq!(authors.iter().map(|(key, none)| (key.id(), none.is_some())).collect::<Vec<_>>(), [(ben.id, false), (ann.id, false), (ann.id, false), (ann.id, false)]);
        let beside = run!(Post::objects().order_by(|p| p.id).values(|p| orm::if_::<ForeignKey<Author>>(p.slug.eq("first"), &ben, p.author)).all(db));
        assert_eq!(beside.iter().map(|key| key.id()).collect::<Vec<_>>(), [ben.id, ann.id, ann.id, ben.id]);
        run!(Post::objects().update(|p| (p.author.set(chosen(p)), p.editor.set(orm::case::<ForeignKey<Author>>().when(p.slug.eq("draft"), &ben).or_null()))).run(db));
        let posts = run!(Post::objects().order_by(|p| p.id).all(db));
        assert_eq!(posts.iter().map(|p| p.author.id()).collect::<Vec<_>>(), [ben.id, ann.id, ann.id, ann.id]);
        assert_eq!(posts.iter().filter_map(|p| p.editor).map(|key| key.id()).collect::<Vec<_>>(), [ben.id]);
    }

    fn what_is_filtered_and_no_aggregate_is_told_the_way(db) {
        world!(db);
        let refused = error(attempt!(Author::objects().values(|a| (a.name, a.posts().count().filter(a.name.ne("x")))).all(db)));
        assert!(refused.is_unsupported() && format!("{refused:?}").contains("a.posts().aggregate("), "{refused:?}");
        let refused = error(attempt!(Author::objects().annotate(|a| a.posts().count().filter(a.name.ne("x"))).all(db)));
        assert!(refused.is_unsupported() && format!("{refused:?}").contains("a.posts().aggregate("), "{refused:?}");
    }

    fn the_greatest_of_very_many_is_refused_where_it_has_no_end(db) {
        world!(db);
        let views = |of: i64| move |p: PostFields| (1..of).fold(p.views.greatest(0), |greatest, number| greatest.greatest(number));
        assert_eq!(run!(Post::objects().order_by(|p| p.id).values(views(10)).all(db)), [10, 20, 9, 9]);
        let many = attempt!(Post::objects().values(views(60)).all(db));
        match db.dialect().name {
            "sqlite" => assert!(error(many).is_unsupported()),
            _ => assert!(many.is_ok()),
        }
    }

    fn literals_of_every_type_are_inserted(db) {
        world!(db);
        let made = run!(Nothing::insert_from(
            Author::objects().order_by(|a| a.id).limit(1).values(|a| (
                orm::if_::<Colour>(a.name.eq("Ann"), Colour::Blue, Colour::Red),
                orm::case::<Decimal>().when(a.name.eq("Ann"), "12.50".parse::<Decimal>().unwrap()).or_null(),
                orm::case::<NaiveDate>().when(a.name.eq("x"), NaiveDate::from_ymd_opt(2026, 1, 2).unwrap()).or_null(),
                orm::case::<Uuid>().when(a.name.eq("Ann"), Uuid::from_u128(7)).or_null(),
                orm::case::<bool>().when(a.name.eq("Ann"), a.name.eq("Ann")).or_null(),
                orm::case::<f64>().when(a.name.eq("Ann"), 1.5).or_null(),
                orm::case::<i16>().when(a.name.eq("Ann"), 3_i16).or_null(),
                orm::case::<DateTime<Utc>>().when(a.name.eq("Ann"), DateTime::<Utc>::UNIX_EPOCH).or_null(),
                orm::case::<Json<serde_json::Value>>().when(a.name.eq("Ann"), Json(serde_json::json!([1]))).or_null(),
                orm::case::<Vec<u8>>().when(a.name.eq("Ann"), vec![1_u8]).or_null(),
                orm::case::<i32>().or_null(),
                a.posts().aggregate(|p| count().filter(p.views.ge(10))),
            )),
            |n| (n.colour, n.decimal, n.date, n.uuid, n.truth, n.double, n.small, n.instant, n.json, n.bytes, n.medium, n.large)
        ).all(db)).remove(0);
        assert_eq!((made.colour, made.decimal, made.date, made.uuid, made.truth), (Some(Colour::Blue), Some("12.50".parse().unwrap()), None, Some(Uuid::from_u128(7)), Some(true)));
        assert_eq!((made.double, made.small, made.instant, made.json, made.bytes, made.medium, made.large), (Some(1.5), Some(3), Some(DateTime::<Utc>::UNIX_EPOCH), Some(Json(serde_json::json!([1]))), Some(vec![1]), None, Some(2)));
        let again = run!(Nothing::objects().filter(|n| n.decimal.eq("12.5".parse::<Decimal>().unwrap()) & n.colour.eq(Colour::Blue)).count(db));
        assert_eq!(again, 1);
        let decimal = run!(Nothing::insert_from(Post::objects().filter(|p| p.views.eq(10)).values(|p| p.views.sum().coalesce(0)), |n| n.large).run(db));
        assert_eq!(decimal, 1);
    }

    fn the_greater_of_every_type_is_that_of_rust(db) {
        let rows = [("9", "a", Some(Colour::DarkGreen)), ("10", "B", None), ("-2", "Z", Some(Colour::Red)), ("0.5", "é", Some(Colour::Blue))];
        for (decimal, text, colour) in rows {
            run!(Nothing::create().decimal(decimal.parse::<Decimal>().unwrap()).text(text).colour(colour).save(db));
        }
        let five: Decimal = "9.5".parse().unwrap();
        let found = run!(Nothing::objects().order_by(|n| n.id).values(|n| (n.decimal.greatest(five), n.decimal.least(five), n.text.greatest("b"), n.text.least("b"))).all(db));
        for ((decimal, text, _), found) in rows.iter().zip(&found) {
            let decimal: Decimal = decimal.parse().unwrap();
            assert_eq!(found.0, decimal.max(five));
            assert_eq!(found.1, decimal.min(five));
            assert_eq!(found.2, (*text).max("b"));
            assert_eq!(found.3, (*text).min("b"));
        }
        let ordered = run!(Nothing::objects().order_by(|n| orm::case::<Decimal>().when(n.decimal.gt(0), n.decimal.coalesce(0)).otherwise(20)).values(|n| n.text).all(db));
        assert_eq!(ordered.into_iter().map(|t| t.unwrap()).collect::<Vec<_>>(), ["é", "a", "B", "Z"]);
        let spread = run!(Nothing::objects().aggregate(|n| (n.decimal.min().filter(n.text.ne("Z")), n.decimal.max().filter(n.decimal.lt(10)), n.decimal.sum().filter(n.decimal.gt(0)), n.decimal.avg().filter(n.decimal.gt(0) & n.decimal.lt(1)), n.text.max().filter(n.text.lt("c")), n.text.string_agg("?").filter(n.text.ne("?")), orm::if_::<Decimal>(n.decimal.gt(0), 1, 2).sum_distinct())).run(db));
        assert_eq!(spread, (Some("0.5".parse().unwrap()), Some(9.into()), Some("19.5".parse().unwrap()), Some("0.5".parse().unwrap()), Some("a".to_owned()), Some("B?Z?a?é".to_owned()), Some(3.into())));
        let nested = run!(Nothing::objects().order_by(|n| n.id).values(|n| (0..10).fold(n.id.greatest(0), |e, number| e.greatest(number))).all(db));
        assert_eq!(nested.len(), 4);
    }

    fn filters_of_aggregates_ask_other_queries(db) {
        world!(db);
        let by_author = run!(Post::objects().group_by(|p| p.author().name).values(|p| (
            p.author().name,
            count().filter(p.comments().exists()),
            count().filter(exists(Comment::objects().filter(move |c| c.post.eq(p.id) & c.hidden.eq(false)))),
            p.views.sum().filter(p.comments().count().eq(0)),
            p.id.count().filter(p.tags().any(|t| t.label.eq("rust"))),
        )).order_by(|p| p.author().name).all(db));
        let tagged = run!(Post::objects().filter(|p| p.author().name.eq("Ann") & p.tags().any(|t| t.label.eq("rust"))).count(db));
        assert_eq!(by_author[0], ("Ann".to_owned(), 1, 1, Some(20), tagged));
        let of_related = run!(Author::objects().order_by(|a| a.id).values(|a| (
            a.posts().aggregate(|p| count().filter(p.editor().name.eq("Ben"))),
            a.posts().aggregate(move |_| count().filter(exists(Profile::objects().filter(move |f| f.author.eq(a.id))))),
            a.posts().aggregate(|p| p.views.sum().filter(p.views.ge(subquery(Post::objects().values(|q| q.views.max())).coalesce(0)))),
        )).all(db));
        assert_eq!(of_related, [(1, 3, Some(20)), (0, 0, None), (0, 0, None)]);
    }

    fn the_latest_by_a_query_with_an_order_of_its_own(db) {
        world!(db);
        let author = run!(Author::objects().latest(|a| subquery(Post::objects().filter(move |p| p.author.eq(a.id)).order_by(|p| p.views).limit(1).values(|p| p.views)), db));
        assert_eq!(author.unwrap().name, "Ben");
        let author = run!(Author::objects().order_by(|a| a.name).earliest(|a| a.posts().count(), db));
        assert_eq!(author.unwrap().name, "Cleo");
        let by_first = run!(Author::objects().latest(|a| a.name, db));
        assert_eq!(by_first.unwrap().name, "Cleo");
        let post = run!(Post::objects().earliest(|p| p.editor().name, db));
        assert_eq!(post.unwrap().slug, "first");
        let ann = run!(Author::objects().filter(|a| a.name.eq("Ann")).get(db));
        assert!(run!(Author::objects().filter(|a| a.posts().exists()).distinct().contains(&ann, db)));
        let refused = error(attempt!(Post::objects().group_by(|p| p.author).contains(&run!(Post::objects().first(db)).unwrap(), db)));
        assert!(refused.is_unsupported(), "{refused:?}");
        let many = run!(Author::objects().in_bulk(0..100_000_i64, db));
        assert_eq!(many.len(), 3);
        let badge = run!(Badge::create().author(&ann).word("x").save(db));
        let found = run!(Badge::objects().in_bulk([badge.author], db));
        assert_eq!(found.values().collect::<Vec<_>>(), [&badge]);
    }
}
