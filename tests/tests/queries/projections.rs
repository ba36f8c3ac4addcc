//! Rows as structs that name what is read of them.

use orm::db::Dialect;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;
use serde::Serialize;

/// Fields by their names, through relations, and computed.
#[derive(Projection, Debug, Clone, PartialEq, Serialize)]
#[orm(model = Post)]
pub struct Headline {
    pub id: i64,
    pub title: String,
    #[orm(path = slug)]
    pub address: String,
    #[orm(path = author.name)]
    pub by: String,
    #[orm(path = author.country.name)]
    pub from: Option<String>,
    #[orm(path = editor.country.code)]
    pub edited_in: Option<String>,
    #[orm(expr = |p| p.views + 1)]
    pub next: i64,
    #[orm(expr = |p| p.comments().count())]
    pub comments: i64,
    #[orm(expr = views_of_all)]
    pub of_all: Option<i64>,
    pub published_at: Option<DateTime<Utc>>,
}

fn views_of_all(p: orm::queries::Fields<Post>) -> Expr<Option<i64>> {
    p.author().posts().sum(|post| post.views)
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Country)]
pub struct Land {
    #[orm(path = code)]
    pub id: String,
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Author)]
pub struct Writer {
    pub name: String,
    #[orm(with)]
    pub country: Option<Land>,
    /// The whole row.
    #[orm(with)]
    pub profile: Option<Profile>,
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Comment)]
pub struct Remark {
    pub text: String,
}

/// What relations lead to.
#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Post)]
pub struct Article {
    #[orm(with = |p| p.comments().exclude(|c| c.hidden).order_by(|c| c.id.desc()).limit(2))]
    pub newest: Vec<Remark>,
    pub title: String,
    #[orm(with)]
    pub author: Writer,
    #[orm(with)]
    pub editor: Option<Writer>,
    #[orm(with)]
    pub tags: Vec<Tag>,
    #[orm(with = |p| p.comments())]
    pub comments: Vec<Remark>,
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Author)]
pub struct Bibliography {
    #[orm(with)]
    pub posts: Vec<Article>,
    pub name: String,
    /// Posts of nobody but this author, seen from the author's own country.
    #[orm(with = |a| a.edited().filter(|p| p.views.gt(0)))]
    pub edited: Vec<Headline>,
}

/// A row that is there, of which all that is read may be NULL; and two of which the same is read.
#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Post)]
pub struct Edited {
    #[orm(expr = |p| p.body)]
    pub body: String,
    #[orm(with)]
    pub editor: Option<Origin>,
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Author)]
pub struct Origin {
    pub country: Option<ForeignKey<Country>>,
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Post)]
pub struct Tagged {
    pub body: String,
    #[orm(with)]
    pub tags: Vec<Tag>,
}

/// What groups have in common, and aggregates of them.
#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Post)]
pub struct Written {
    #[orm(path = author.name)]
    pub name: String,
    #[orm(expr = |_| count())]
    pub posts: i64,
    #[orm(expr = |p| p.views.sum())]
    pub views: Option<i64>,
    #[orm(expr = |p| orm::rank().over(|w| w.order_by(p.views.sum().desc())))]
    pub place: i64,
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Post)]
pub struct PublishedLate {
    #[orm(expr = |p| p.published_at.gt(DateTime::<Utc>::UNIX_EPOCH))]
    pub late: bool,
}

#[derive(Projection, Debug, Clone, PartialEq)]
#[orm(model = Post)]
pub struct OfAll {
    #[orm(expr = |p| p.views.sum())]
    pub views: Option<i64>,
}

/// Ann of France has written "one" (edited by Ben of nowhere; three comments, one of them hidden) and "two".
macro_rules! library {
    ($db:expr) => {{
        let france = run!(Country::create().code("FR").name("France").save($db));
        let ann = Author::create()
            .name("Ann")
            .email("ann@example.com")
            .country(&france);
        let ann = run!(ann.save($db));
        let ben = run!(Author::create().name("Ben").email("ben@example.com").save($db));
        run!(Profile::create().author(&ann).bio("écrit").save($db));
        let one = Post::create()
            .author(&ann)
            .editor(&ben)
            .title("one")
            .slug("1")
            .views(7);
        let one = run!(one.save($db));
        run!(
            Post::create()
                .author(&ann)
                .title("two")
                .slug("2")
                .views(5)
                .save($db)
        );
        for (text, hidden) in [("first", false), ("second", true), ("third", false)] {
            run!(Comment::create().post(&one).text(text).hidden(hidden).save($db));
        }
        for label in ["b", "a"] {
            let tag = run!(Tag::create().label(label).save($db));
            run!(one.tags().add([&tag]).run($db));
        }
    }};
}

pub(crate) use library;

behaviour! {
    /// Each field is what its name, its path or its closure says.
    fn a_projection_reads_what_its_fields_name(db) {
        library!(db);
        let posts = run!(Post::objects().order_by(|p| p.slug).select::<Headline>().all(db));
        let [one, two] = posts.as_slice() else { panic!("{posts:?}") };
        let first = run!(Post::objects().filter(|p| p.slug.eq("1")).get(db));
        assert_eq!(*one, Headline {
            id: first.id,
            title: "one".into(),
            address: "1".into(),
            by: "Ann".into(),
            from: Some("France".into()),
            edited_in: None,
            next: 8,
            comments: 3,
            of_all: Some(12),
            published_at: None,
        });
        assert_eq!((two.title.as_str(), two.next, two.comments), ("two", 6, 0));
        let json = serde_json::to_value(two).expect("plain fields");
        assert_eq!((&json["by"], &json["edited_in"]), (&"Ann".into(), &serde_json::Value::Null));
    }

    /// Relations to one are joined, lists are a statement each, and whole rows stand where projections do.
    fn a_projection_reads_what_relations_lead_to(db) {
        library!(db);
        let posts = run!(Post::objects().order_by(|p| p.slug).select::<Article>().all(db));
        let [one, two] = posts.as_slice() else { panic!("{posts:?}") };
        let texts = |remarks: &[Remark]| remarks.iter().map(|r| r.text.clone()).collect::<Vec<_>>();
        assert_eq!(texts(&one.newest), ["third", "first"]);
        assert_eq!(texts(&one.comments), ["first", "second", "third"]);
        assert_eq!(one.author.country, Some(Land { id: "FR".into() }));
        assert_eq!(one.author.profile.as_ref().map(|p| p.bio.as_str()), Some("écrit"));
        assert_eq!(one.editor, Some(Writer { name: "Ben".into(), country: None, profile: None }));
        assert_eq!(one.tags.iter().map(|t| t.label.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((&two.newest, &two.comments, &two.tags, &two.editor), (&vec![], &vec![], &vec![], &None));
    }

    /// Lists within lists, for all of their rows at once.
    fn lists_of_a_projection_have_lists_of_their_own(db) {
        library!(db);
        let authors = run!(Author::objects().select::<Bibliography>().all(db));
        let [ann, ben] = authors.as_slice() else { panic!("{authors:?}") };
        let all = run!(Post::objects().order_by(|p| p.id).select::<Article>().all(db));
        let mut read = ann.posts.clone();
        read.sort_by(|one, other| one.title.cmp(&other.title));
        assert_eq!(read, all);
        assert_eq!((ann.edited.len(), ben.posts.len()), (0, 0));
        assert_eq!(ben.edited[0].title, "one");
        assert_eq!(ben.edited[0].by, "Ann");
    }

    /// All that reads rows reads them as a projection.
    fn every_terminal_reads_projections(db) {
        library!(db);
        let articles = || Post::objects().order_by(|p| p.slug).select::<Article>();
        let all = run!(articles().all(db));
        assert_eq!(run!(articles().first(db)), Some(all[0].clone()));
        assert_eq!(run!(articles().last(db)), Some(all[1].clone()));
        assert_eq!(run!(articles().filter(|p| p.slug.eq("2")).get(db)), all[1]);
        assert_eq!(run!(articles().filter(|p| p.slug.eq("3")).get_or_none(db)), None);
        assert_eq!(run!(articles().latest(|p| p.views, db)), Some(all[0].clone()));
        assert_eq!(run!(articles().earliest(|p| p.views, db)), Some(all[1].clone()));
        assert_eq!(run!(articles().count(db)), 2);
        assert!(run!(articles().exists(db)));
        assert_eq!(run!(articles().limit(1).offset(1).all(db)), all[1..]);
        assert_eq!(run!(articles().none().all(db)), []);
        assert_eq!(run!(articles().reverse().all(db)), [all[1].clone(), all[0].clone()]);
        assert!(error(attempt!(articles().get(db))).is_multiple());
        let mut rows = rows!(articles(), db);
        let mut read = Vec::new();
        while let Some(row) = next!(rows) {
            read.push(row.expect("a row"));
        }
        assert_eq!(read, all);
    }

    /// Pages count and cut the rows; places of pages are found again by what is not read.
    fn pages_of_projections(db) {
        library!(db);
        let articles = || Post::objects().order_by(|p| p.views).select::<Article>();
        let all = run!(articles().all(db));
        let page = run!(articles().page(2, 1, db));
        assert_eq!((page.total, page.rows), (2, all[1..].to_vec()));
        assert_eq!(run!(articles().page(5, 1, db)).total, 2);
        let first = run!(articles().after(None, 1, db));
        let second = run!(articles().after(first.next.as_ref(), 1, db));
        assert_eq!((first.rows, second.rows.clone(), second.next.is_none()), (all[..1].to_vec(), all[1..].to_vec(), true));
        let back = run!(articles().before(second.previous.as_ref(), 1, db));
        assert_eq!(back.rows, all[..1]);
        let distinct = error(attempt!(articles().distinct().page(1, 1, db)));
        assert!(distinct.is_unsupported(), "{distinct}");
        assert!(error(attempt!(articles().distinct().count(db))).is_unsupported());
    }

    /// Groups are read as values are, and what is not of a group is refused by name.
    fn a_projection_of_groups(db) {
        library!(db);
        let ben = run!(Author::objects().filter(|a| a.name.eq("Ben")).get(db));
        run!(Post::create().author(&ben).title("three").slug("3").views(100).save(db));
        let written = Post::objects().group_by(|p| p.author().name).select::<Written>();
        let written = run!(written.having(|_| count().gt(0)).order_by(|p| p.author().name).all(db));
        let expected = [("Ann", 2, Some(12), 2), ("Ben", 1, Some(100), 1)];
        let read: Vec<_> = written.iter().map(|w| (w.name.as_str(), w.posts, w.views, w.place)).collect();
        assert_eq!(read, expected);
        assert_eq!(run!(Post::objects().select::<OfAll>().get(db)).views, Some(112));
        assert_eq!(run!(Post::objects().none().select::<OfAll>().all(db)), [OfAll { views: None }]);
        for refused in [
            error(attempt!(Post::objects().select::<OfAll>().count(db))),
            error(attempt!(Post::objects().select::<OfAll>().exists(db))),
        ] {
            assert!(refused.to_string().contains("one value over all of them"), "{refused}");
        }
        let mixed = error(attempt!(Post::objects().group_by(|p| p.author().name).select::<Headline>().all(db)));
        assert!(mixed.is_unsupported(), "{mixed}");
    }

    /// A related row of which all that is read is NULL is there, and one that is not there is none.
    fn a_row_of_nulls_is_a_row(db) {
        library!(db);
        let read = run!(Post::objects().order_by(|p| p.slug).select::<Edited>().all(db));
        let editors: Vec<_> = read.into_iter().map(|post| post.editor).collect();
        assert_eq!(editors, [Some(Origin { country: None }), None]);
    }

    /// Rows of which the same is read are one where nothing else tells them apart, and lists do.
    fn distinct_projections(db) {
        library!(db);
        let all = Post::objects().order_by(|p| p.body).distinct();
        assert_eq!(run!(all.clone().values(|p| p.body).all(db)), [""]);
        let tagged = run!(all.select::<Tagged>().all(db));
        let mut tags: Vec<_> = tagged.iter().map(|post| post.tags.len()).collect();
        tags.sort_unstable();
        assert_eq!(tags, [0, 2]);
    }

    /// A condition that may be NULL is refused where its field is none, before anything is sent.
    fn a_condition_that_may_be_null_is_refused(db) {
        let refused = error(attempt!(Post::objects().select::<PublishedLate>().all(db)));
        assert!(refused.to_string().contains("value 1 in select() of suite.Post may be NULL"), "{refused}");
    }

    /// Locked rows are read as projections, too.
    fn locked_projections(db) {
        library!(db);
        let read: orm::Result<Vec<Article>> = transaction!(db, |tx| {
            let first = Post::objects().order_by(|p| p.slug).limit(1);
            let one = run!(first.clone().select_for_update().of(|p| p).select::<Article>().all(tx));
            assert_eq!(run!(first.select::<Article>().select_for_update().of(|p| p).all(tx)), one);
            Ok(one)
        });
        assert_eq!(read.expect("locked").iter().map(|a| a.tags.len()).collect::<Vec<_>>(), [2]);
    }
}

/// What is read, and nothing else.
#[test]
fn the_sql_of_a_projection_has_its_values_alone() {
    let article = Post::objects()
        .select::<Article>()
        .sql(Dialect::POSTGRES)
        .expect("a query");
    let (columns, _) = article.split_once(" FROM ").expect("a table");
    // What finds the lists, and tells whether there is a row, is read once.
    assert_eq!(
        columns.replace('"', ""),
        "SELECT suite_post.title, suite_post.id, t1.name, t2.code, t3.id, t3.author_id, t3.bio, t4.name, t5.code, t6.id, t6.author_id, \
         t6.bio, t4.id"
    );
    let plain = Comment::objects()
        .select::<Remark>()
        .sql(Dialect::SQLITE)
        .expect("a query");
    assert_eq!(
        plain,
        r#"SELECT "suite_comment"."text" FROM "suite_comment" ORDER BY "suite_comment"."id" ASC"#
    );
}
