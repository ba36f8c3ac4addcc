//! How a database would run a query, and the SQL of what changes rows.

use orm::db::{Backend, Dialect};
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use orm_tests::world;

behaviour! {
    fn a_plan_is_of_the_query_with_its_values(db) {
        world!(db);
        let one = Post::objects().filter(|p| p.id.eq(1) & p.title.contains("it's") & p.views.in_([1, 2]));
        let plan = run!(one.with(|p| p.author()).limit(30).offset(1).explain().run(db));
        let scans = match db.dialect().backend {
            Backend::Sqlite => "SEARCH suite_post USING INTEGER PRIMARY KEY",
            Backend::Postgres => "on suite_post",
        };
        assert!(plan.contains(scans), "{plan}");
        assert!(plan.lines().count() > 1, "{plan}");
    }

    fn every_form_of_a_query_has_a_plan(db) {
        world!(db);
        let plans = [
            run!(Post::objects().explain().run(db)),
            run!(Post::objects().values(|p| (p.title, p.views)).distinct().explain().run(db)),
            run!(Post::objects().group_by(|p| p.author).values(|p| (p.author, orm::queries::count())).explain().run(db)),
            run!(Post::objects().annotate(|p| p.comments().count()).with(|p| p.tags()).limit(2).explain().run(db)),
            run!(Post::objects().filter(|p| p.author.in_(Author::objects().filter(|a| a.name.ne("x")).values(|a| a.id))).explain().run(db)),
            run!(Post::objects().select_for_update().explain().run(db)),
        ];
        for plan in plans {
            assert!(plan.contains("suite_post"), "{plan}");
        }
        let within = transaction!(db, |tx| { attempt!(Author::objects().explain().run(tx)) });
        assert!(orm_tests::behaviour::value(within).contains("suite_author"));
    }

    fn a_plan_that_is_measured_is_json_where_there_is_one(db) {
        world!(db);
        let asked = || Post::objects().filter(|p| p.views.gt(3)).explain().analyze().verbose().buffers();
        let text = attempt!(asked().run(db));
        let json = attempt!(asked().json(db));
        let plain = attempt!(Post::objects().explain().json(db));
        if db.dialect().plan_options {
            assert!(orm_tests::behaviour::value(text).contains("actual"));
            assert_eq!(orm_tests::behaviour::value(json)[0]["Plan"]["Actual Rows"].as_f64(), Some(3.0));
            assert!(orm_tests::behaviour::value(plain)[0]["Plan"].get("Actual Rows").is_none());
        } else {
            for refused in [error(text), error(json), error(plain)] {
                assert!(refused.is_unsupported(), "{refused}");
            }
        }
    }

    fn what_sends_nothing_has_no_plan(db) {
        let refused = error(attempt!(Post::objects().none().explain().run(db)));
        assert!(refused.is_unsupported(), "{refused}");
    }

    fn a_plan_within_another_statement_is_indented(db) {
        world!(db);
        let plan = run!(Author::objects().values(|a| a.posts().filter(|p| p.views.gt(1)).count()).explain().run(db));
        assert!(plan.lines().any(|line| line.starts_with("  ")), "{plan}");
    }

    /// The text is what is sent: run by hand it does the same.
    fn the_sql_of_a_change_is_what_it_sends(db) {
        world!(db);
        let dialect = db.dialect();
        let update = || Post::objects().filter(|p| p.slug.eq("first")).update(|p| p.views.set(p.views + 1));
        assert!(update().sql(dialect).is_ok_and(|sql| sql.starts_with("UPDATE \"suite_post\" SET \"views\"")));
        let delete = Post::objects().filter(|p| p.author().name.eq("Ann")).delete();
        assert!(delete.sql(dialect).is_ok_and(|sql| sql.starts_with("DELETE FROM \"suite_post\"")));
        let tags = || Tag::bulk_create(["a", "b"].map(|label| Tag::create().label(label)));
        assert!(tags().sql(dialect).is_ok_and(|sql| sql.starts_with("INSERT INTO \"suite_tag\"") && !sql.contains("RETURNING")));
        let upsert = tags().on_conflict(|t| t.label).update(|t, new| t.label.set(new.label));
        assert!(upsert.sql(dialect).is_ok_and(|sql| sql.contains("ON CONFLICT (\"label\") DO UPDATE SET \"label\"")));
        let copied = Tag::insert_from(Author::objects().values(|a| a.name), |t| t.label);
        assert!(copied.sql(dialect).is_ok_and(|sql| sql.contains("SELECT")));
        let posts = run!(Post::objects().all(db));
        assert!(Post::bulk_update(&posts, |p| p.views).sql(dialect).is_ok_and(|sql| sql.contains("UPDATE \"suite_post\"")));
        // Nothing was asked of the database, and nothing changed.
        assert_eq!(run!(Post::objects().all(db)), posts);
        assert_eq!(run!(Tag::objects().count(db)), 3);
    }

    fn what_cannot_be_done_has_no_sql(db) {
        let cut = Post::objects().limit(1).update(|p| p.views.set(1));
        assert!(error(cut.sql(db.dialect())).is_unsupported());
        let unnamed = Post::create().author(1).title("x").slug("x").on_conflict(|p| p.title).do_nothing();
        assert!(error(unnamed.sql(Dialect::POSTGRES)).is_unsupported());
        assert_eq!(Post::objects().none().delete().sql(db.dialect()).ok().as_deref(), Some(""));
    }
}
