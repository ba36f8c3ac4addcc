//! What relations that may lead nowhere did to rows elsewhere, as other projects' users have reported it.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::models::*;

use orm_tests::world;

/// Names of the authors that a query finds, in their order.
macro_rules! names {
    ($db:ident, $query:expr) => {
        run!($query.order_by(|a| a.name).values(|a| a.name).all($db))
    };
}

/// Slugs of the posts that a query finds, in their order.
macro_rules! slugs {
    ($db:ident, $query:expr) => {
        run!($query.order_by(|p| p.slug).values(|p| p.slug).all($db))
    };
}

behaviour! {
    // dotnet/efcore#3186, cuba-platform/cuba#2454: the join of one alternative took the rows of the other.
    fn alternatives_keep_rows_that_lead_nowhere(db) {
        world!(db);
        let either = Author::objects().filter(|a| a.country.is_null() | a.country().name.eq("Austria"));
        assert_eq!(names!(db, either), ["Ann", "Ben", "Cleo"]);
        let further = Post::objects().filter(|p| p.editor.is_null() | p.editor().country.is_null());
        assert_eq!(slugs!(db, further), ["draft", "first", "second", "third"]);
        let strings = Post::objects().filter(|p| p.title.contains("Th") | p.editor().name.contains("Be"));
        assert_eq!(slugs!(db, strings), ["first", "third"]);
        let both_ways = Author::objects().filter(|a| a.profile().bio.eq("writes") | a.country().name.is_null());
        assert_eq!(names!(db, both_ways), ["Ann", "Ben"]);
        // In the other order, and once more as a condition that has to hold.
        let again = Post::objects().filter(|p| p.editor().name.eq("Ben") | p.views.ge(20)).filter(|p| p.editor().name.eq("Ben"));
        assert_eq!(slugs!(db, again), ["first"]);
    }

    // dotnet/efcore#7207, jeremyevans/sequel#1276, prisma/orm#25226, prisma/orm#5634: the opposite of a condition lost rows
    // without a related one, or whose value is NULL.
    fn the_opposite_has_all_other_rows(db) {
        world!(db);
        let austrian = |a: AuthorFields| a.country().name.eq("Austria");
        for others in [
            Author::objects().exclude(austrian),
            Author::objects().filter(|a| !austrian(a)),
            Author::objects().filter(|a| a.country().name.ne("Austria")),
            Author::objects().filter(|a| !austrian(a) | a.country.is_null()),
        ] {
            assert_eq!(names!(db, others), ["Ben"]);
        }
        let without = Author::objects().filter(|a| !a.profile().bio.eq("writes"));
        assert_eq!(names!(db, without), ["Ben", "Cleo"]);
        let deeper = Post::objects().exclude(|p| p.editor().country().name.eq("Austria") & p.views.gt(0));
        assert_eq!(slugs!(db, deeper), ["draft", "first", "second", "third"]);
        let of_both = Post::objects().exclude(|p| p.editor().name.eq("Ben") | p.author().country().name.eq("Austria"));
        assert_eq!(slugs!(db, of_both), ["third"]);
    }

    // dotnet/efcore#4635: a value along a relation took the rows that lead nowhere.
    fn values_are_of_all_rows(db) {
        world!(db);
        let editors = Post::objects().order_by(|p| p.slug).values(|p| {
            orm::if_::<String>(p.editor.is_not_null(), p.editor().name.coalesce("?"), "nobody")
        });
        assert_eq!(run!(editors.all(db)), ["nobody", "Ben", "nobody", "nobody"]);
    }

    // dotnet/efcore#32103: where nothing is related, what is asked of it is NULL, and that is said beside it.
    fn a_row_that_is_not_there_has_null(db) {
        world!(db);
        let unknown = Author::objects().filter(|a| a.posts().any(|p| p.editor().country.is_null()));
        assert_eq!(names!(db, unknown), ["Ann", "Ben"]);
        let known = Author::objects().filter(|a| a.posts().any(|p| p.editor.is_not_null() & p.editor().country.is_null()));
        assert_eq!(names!(db, known), ["Ann"]);
    }

    // prisma/prisma1#4784: nobody was without a row that points back.
    fn the_way_back_leads_nowhere_too(db) {
        world!(db);
        assert_eq!(names!(db, Author::objects().filter(|a| a.profile().id.is_null())), ["Ben", "Cleo"]);
        assert_eq!(names!(db, Author::objects().filter(|a| a.profile().id.is_not_null())), ["Ann"]);
        assert_eq!(names!(db, Author::objects().filter(|a| !a.edited().exists())), ["Ann", "Cleo"]);
    }

    // prisma/orm#23899, tokio-rs/toasty#1148: rows with NULL counted for or against every one of them.
    fn every_one_means_each_that_is_there(db) {
        world!(db);
        let edited = Author::objects().filter(|a| a.edited().every(|p| p.views.gt(5)));
        assert_eq!(names!(db, edited), ["Ann", "Ben", "Cleo"]);
        let fewer = Author::objects().filter(|a| a.edited().every(|p| p.views.gt(10)));
        assert_eq!(names!(db, fewer), ["Ann", "Cleo"]);
        // What is not known of one of them is not so.
        let by_ben = Author::objects().filter(|a| a.posts().every(|p| p.editor().name.eq("Ben")));
        assert_eq!(names!(db, by_ben), ["Cleo"]);
        let some = Author::objects().filter(|a| a.posts().exists() & a.posts().every(|p| p.editor().name.ne("Ann")));
        assert_eq!(names!(db, some), ["Ann", "Ben"]);
    }

    // django/django#21414, dbt-labs/dbt-core#887: a NULL among the values of a query made its opposite empty.
    fn who_is_not_among_values_with_null_is_found(db) {
        world!(db);
        let editors = || Post::objects().values(|p| p.editor);
        assert_eq!(names!(db, Author::objects().exclude(|a| a.id.in_(editors()))), ["Ann", "Cleo"]);
        assert_eq!(names!(db, Author::objects().filter(|a| !a.id.in_(editors()))), ["Ann", "Cleo"]);
        assert_eq!(names!(db, Author::objects().filter(|a| a.id.in_(editors()))), ["Ben"]);
        let of_countries = Author::objects().exclude(|a| a.country.in_(Author::objects().values(|b| b.country)));
        assert_eq!(names!(db, of_countries), ["Ben"]);
    }

    // jfinkels/flask-restless#439, django/django#90: an order took rows away, or changed a join that was there.
    fn an_order_takes_no_row_away(db) {
        world!(db);
        let ordered = Author::objects().order_by(|a| (a.country().name, a.name)).values(|a| a.name);
        assert_eq!(run!(ordered.all(db)), ["Ben", "Ann", "Cleo"]);
        let filtered = Author::objects().filter(|a| a.country().name.ne("Germany")).order_by(|a| (a.country().name.desc(), a.name));
        assert_eq!(run!(filtered.values(|a| a.name).all(db)), ["Ann", "Cleo", "Ben"]);
        let last = Author::objects().order_by(|a| (a.country().name.asc().nulls_last(), a.name)).values(|a| a.name);
        assert_eq!(run!(last.all(db)), ["Ann", "Cleo", "Ben"]);
        let page = Post::objects().order_by(|p| (p.editor().country().name, p.slug)).limit(3).values(|p| p.slug);
        assert_eq!(run!(page.all(db)), ["draft", "first", "second"]);
        assert_eq!(run!(Post::objects().order_by(|p| p.editor().name).count(db)), 4);
    }

    // SeaQL/sea-orm#2845, zio/zio-quill#668: a missing row was an error, and one with a NULL in it was missing.
    fn a_loaded_row_is_there_or_not(db) {
        world!(db);
        type Editor = Option<(Author, Option<Country>)>;
        let posts = Post::objects().order_by(|p| p.slug).with(|p| p.editor().with(|e| e.country()));
        let rows: Vec<(Post, Editor)> = run!(posts.all(db));
        let editors: Vec<_> = rows
            .iter()
            .map(|(_, editor)| editor.as_ref().map(|(editor, country)| (editor.name.as_str(), country.is_some())))
            .collect();
        assert_eq!(editors, [None, Some(("Ben", false)), None, None]);
    }

    // django/django#11734: what was excluded along a relation was compared with the wrong rows.
    fn what_is_excluded_along_a_relation_may_name_the_row_around_it(db) {
        world!(db);
        let own = Author::objects().exclude(|a| a.posts().any(|p| p.views.ge(a.name.length() * 5)));
        assert_eq!(names!(db, own), ["Ben", "Cleo"]);
        let edited = Author::objects().exclude(|a| a.posts().any(|p| p.editor().name.ne(a.name)));
        assert_eq!(names!(db, edited), ["Cleo"]);
    }

    // crate/crate#13361, dolthub/dolt#10899: joins beside one that leads nowhere changed what it finds.
    fn joins_beside_each_other_do_not_meet(db) {
        world!(db);
        let posts = Post::objects().filter(|p| p.editor().id.is_null() & p.author().country().name.eq("Austria"));
        assert_eq!(slugs!(db, posts), ["draft", "second"]);
        let comments = Comment::objects().filter(|c| c.post().editor().id.is_null() & c.post().author().name.ne(""));
        assert_eq!(run!(comments.count(db)), 1);
    }
}
