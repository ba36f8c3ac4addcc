//! What may be asked for by name: a list, and nothing else.

use orm::dynamic::{Allowed, DynModel};
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::models::*;

use super::by_name::titles;
use orm_tests::world;

orm::app!("suite");

behaviour! {
    fn only_what_is_allowed_can_be_asked_for(db) {
        world!(db);
        let allowed = value(Allowed::of::<Post>())
            .filter("title", ["exact", "icontains"]).and_then(|a| a.filter("author__name", ["icontains"]))
            .and_then(|a| a.filter("published_at", ["year__gte"])).and_then(|a| a.order_by(["views", "author__name"]));
        let allowed = value(allowed);
        let ask = |name: &str, given: &str| Post::objects().filter_str(allowed.lookup(name)?, given);
        for (name, given, count) in [("title", "First", 1), ("title__exact", "First", 1), ("title__icontains", "IR", 2), ("author__name__icontains", "ANN", 3), ("published_at__year__gte", "2026", 3)] {
            let name = String::from(name);
            assert_eq!(run!(value(ask(&name, given)).count(db)), count, "{name}");
        }
        for name in ["author__email__startswith", "title__startswith", "author", "author__name", "published_at__year", "views", "body", "", "__", "title__", "pk", "Title"] {
            let refused = error(ask(name, "a").map(|_| ()));
            assert!(refused.is_invalid_filter(), "{name}: {refused}");
            assert_eq!(refused.fields(), [name]);
            assert_eq!(refused.to_string(), format!("`{name}` is not a filter\nhint: there are author__name__icontains, \
                published_at__year__gte, title, title__exact, title__icontains"));
        }
        let order = |order: &str| Post::objects().order_by_str(allowed.order(order)?);
        let ordered = run!(value(order("-author__name,-views")).values(|p| p.views).all(db));
        assert_eq!(ordered, [5, 20, 10, 0]);
        for (asked, said) in [
            ("author__email", "`author__email` is not an order\nhint: there are author__name, views"),
            ("views,-views", "`views` occurs twice in the order"),
            ("", "`` is not an order"),
            ("views,", "`` is not an order"),
            ("--views", "`-views` is not an order"),
            (" views", "` views` is not an order"),
        ] {
            let refused = error(order(asked).map(|_| ()));
            assert!(refused.is_invalid_filter() && refused.to_string().starts_with(said), "{asked}: {refused}");
        }
        let nothing = value(Allowed::of::<Post>());
        assert_eq!(error(nothing.lookup("title")).hint(), Some("nothing can be filtered by"));
        assert_eq!(error(nothing.order("title")).hint(), Some("there are no orders"));

        // Rows by name, by the same list; and by that of another model.
        let posts = value(DynModel::named("suite.Post"));
        let rows = value(posts.rows().filter_str(value(allowed.lookup("title")), "First"));
        assert_eq!(titles(&run!(value(rows.order_by_str(value(allowed.order("views")))).all(db))), ["First"]);
        let refused = error(Author::objects().filter_str(value(allowed.lookup("title")), "x").map(|_| ())).to_string();
        assert!(refused.contains("what is allowed of suite.Post is used in a query of suite.Author"), "{refused}");
        let refused = error(Author::objects().order_by_str(value(allowed.order("views"))).map(|_| ())).to_string();
        assert!(refused.contains("used in a query of suite.Author"), "{refused}");
    }

    fn a_list_of_what_is_not_there_is_refused_when_it_is_made(db) {
        let _ = db;
        for (path, lookup, said) in [
            ("titel", "exact", "`titel__exact` of suite.Post: suite.Post has no field `titel`"),
            ("author__nam", "exact", "suite.Post.author has no lookup `nam__exact`"),
            ("title", "equals", "suite.Post.title has no lookup `equals`"),
            ("title", "", "suite.Post has no field `title__`"),
            ("views", "icontains", "suite.Post.views has no lookup `icontains`"),
            ("status", "icontains", "suite.Post.status has no lookup `icontains`"),
            ("author", "icontains", "suite.Post.author has no lookup `icontains`"),
            ("author__country", "startswith", "suite.Author.country has no lookup `startswith`"),
            ("title", "year", "suite.Post.title has no lookup `year`"),
            ("published_at", "year__icontains", "suite.Post.published_at has no lookup `icontains`"),
            ("tags", "label", "suite.Tag"),
            ("tags__titel", "exact", "suite.Tag.id has no lookup `titel__exact`"),
        ] {
            let made = value(Allowed::of::<Post>()).filter(path, [lookup]);
            if (path, lookup) == ("tags", "label") {
                // A path may be cut anywhere.
                assert!(made.is_ok_and(|made| made.lookup("tags__label").is_ok()));
                continue;
            }
            let refused = error(made.map(|_| ()));
            assert!(refused.to_string().contains(said), "{path}, {lookup}: {refused}");
            assert!(!refused.is_invalid_filter() && refused.hint().is_some(), "{refused:?}");
        }
        let refused = error(value(Allowed::of::<Post>()).order_by(["views", "tags"]).map(|_| ())).to_string();
        assert!(refused.contains("it leads to many rows of suite.Tag"), "{refused}");
    }
}
