//! Groups: what is allowed beside an aggregate, the same on every database.

use orm::db::Dialect;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use orm_tests::world;

behaviour! {
    fn ungrouped_columns_are_refused_by_name(db) {
        world!(db);
        let grouped = || Post::objects().group_by(|p| p.author);
        macro_rules! refused {
            ($query:expr, $says:literal) => {{
                let refused = error(attempt!($query.all(db))).to_string();
                assert!(refused.contains($says), "{refused}");
            }};
        }
        refused!(grouped().values(|p| (p.title, count())), "`title` of suite.Post, which may differ between the rows of a group");
        refused!(grouped().values(|p| (p.author, p.views + 1)), "`views` of suite.Post");
        refused!(grouped().values(|_| count()).having(|p| p.title.eq("x")), "`title` of suite.Post");
        refused!(grouped().order_by(|p| p.title).values(|_| count()), "`title` of suite.Post");
        refused!(grouped().values(|p| p.author().name), "`name` of suite.Author");
        refused!(Post::objects().values(|p| (p.title, count())), "`title` of suite.Post");
        refused!(grouped().values(|p| (p.author, orm::exists(Comment::objects().filter(|c| c.post.eq(p.id))))), "`id` of suite.Post");
        assert_eq!(run!(grouped().values(|p| (p.author, p.title.max())).all(db)).len(), 2);
    }

    fn grouping_by_the_primary_key_allows_all_columns(db) {
        world!(db);
        let by_author = Author::objects().group_by(|a| a.id).order_by(|a| a.name).values(|a| (a.name, count())).having(|a| a.name.ne("Ben"));
        assert_eq!(run!(by_author.all(db)), [("Ann".to_owned(), 1), ("Cleo".to_owned(), 1)]);
    }

    fn an_expression_in_values_and_group_by_is_the_same(db) {
        world!(db);
        let by_ten = Post::objects()
            .group_by(|p| p.views / 10)
            .order_by(|p| p.views / 10)
            .values(|p| (p.views / 10, count(), p.views / 10 + 1))
            .having(|p| (p.views / 10).ge(0));
        for _ in 0..2 {
            assert_eq!(run!(by_ten.clone().all(db)), [(0, 2, 1), (1, 1, 2), (2, 1, 3)]);
        }
        let other = Post::objects().group_by(|p| p.views / 10).values(|p| (p.views / 20, count()));
        let other = error(attempt!(other.all(db))).to_string();
        assert!(other.contains("`views` of suite.Post"), "{other}");
        // Values in other expressions are separate, even if they are equal.
        let alike = Post::objects()
            .filter(|p| p.views.lt(20))
            .group_by(|p| (p.slug.substr(0, 1), p.views / 10))
            .order_by(|p| (p.slug.substr(0, 1), p.views / 10))
            .values(|p| (p.slug.substr(0, 1).concat("10"), p.views / 10, count() + 10, count() * 10));
        assert_eq!(
            run!(alike.all(db)),
            [("d10".to_owned(), 0, 11, 10), ("f10".to_owned(), 1, 11, 10), ("t10".to_owned(), 0, 11, 10)]
        );
        let choices = Post::objects()
            .group_by(|p| orm::if_::<i64>(p.views.gt(5), 1, 0))
            .order_by(|p| orm::if_::<i64>(p.views.gt(5), 1, 0).desc())
            .values(|p| (orm::if_::<i64>(p.views.gt(5), 1, 0), p.views.sum()));
        assert_eq!(run!(choices.all(db)), [(1, Some(30)), (0, Some(5))]);
    }

    fn a_subquery_is_grouped_as_a_query_on_its_own(db) {
        world!(db);
        let of_any = Author::objects().filter(|a| a.name.in_(Post::objects().group_by(|p| p.author).values(|p| p.title)));
        let refused = error(attempt!(of_any.all(db))).to_string();
        assert!(refused.contains("`title` of suite.Post"), "{refused}");
        let beside = Author::objects()
            .values(|a| orm::subquery(Post::objects().filter(|p| p.author.eq(a.id)).values(|p| p.views + p.views.max().coalesce(0))));
        let refused = error(attempt!(beside.all(db))).to_string();
        assert!(refused.contains("`views` of suite.Post"), "{refused}");
        let most = Author::objects()
            .order_by(|a| a.id)
            .values(|a| orm::subquery(Post::objects().filter(|p| p.author.eq(a.id)).values(|p| p.views.max())));
        let grouped = Author::objects()
            .filter(|a| a.id.in_(Post::objects().group_by(|p| p.author).values(|p| p.author).having(|_| count().gt(1))));
        assert_eq!(run!(most.all(db)).len(), 3);
        assert_eq!(run!(grouped.count(db)), 1);
    }

    fn an_expression_with_values_that_a_subquery_is_grouped_by_can_be_repeated(db) {
        world!(db);
        // Ann's posts have 0, 10 and 20 views, Ben's has 5.
        let groups = Author::objects().order_by(|a| a.id).values(|a| {
            let posts = Post::objects().filter(|p| p.author.eq(a.id) & p.views.gt(-10));
            let by_ten = posts.group_by(|p| p.views / 10 + 1).order_by(|p| p.views.max().desc()).offset(1).limit(1);
            orm::subquery(by_ten.values(|p| p.views.max().coalesce(0) * 100 + count() + 7))
        });
        for _ in 0..2 {
            assert_eq!(run!(groups.clone().all(db)), [Some(1008), None, None]);
        }
        let several = Author::objects()
            .filter(|a| a.id.in_(
                Post::objects().group_by(|p| (p.author, p.views.gt(3))).values(|p| p.author).having(|_| count().gt(1)),
            ))
            .values(|a| a.name);
        assert_eq!(run!(several.all(db)), ["Ann"]);
        // Without values it is the same expression everywhere.
        let same = Author::objects()
            .filter(|a| a.id.in_(
                Post::objects().group_by(|p| p.author).values(|p| p.author).having(|p| p.author.gt(1) | count().gt(2)),
            ));
        assert_eq!(run!(same.count(db)), 2);
        let again = Author::objects().filter(|a| a.id.in_(
            Post::objects().group_by(|p| (p.author, p.views / 10)).values(|p| p.author).having(|p| (p.views / 10).ge(2)),
        ));
        for _ in 0..2 {
            assert_eq!(run!(again.clone().values(|a| a.name).all(db)), ["Ann"]);
        }
        let sql = again.clone().sql(Dialect::POSTGRES).expect("a statement");
        assert_eq!((sql.matches("$1").count(), sql.matches('$').count()), (2, 3), "{sql}");
        let second = Author::objects().order_by(|a| a.id).values(|a| {
            let posts = Post::objects().filter(|p| p.author.eq(a.id));
            let by_ten = posts.group_by(|p| p.views / 10 + 1).order_by(|p| (p.views / 10 + 1).desc()).offset(1).limit(1);
            orm::subquery(by_ten.values(|p| (p.views / 10 + 1) * 10 + count()).having(|p| (p.views / 10 + 1).gt(0)))
        });
        assert_eq!(run!(second.all(db)), [Some(21), None, None]);
        // With other values it is another expression.
        let other = Author::objects().filter(|a| a.id.in_(
            Post::objects().group_by(|p| (p.author, p.views / 10)).values(|p| p.author).having(|p| (p.views / 20).ge(1)),
        ));
        let refused = error(attempt!(other.count(db)));
        assert!(refused.to_string().contains("`views` of suite.Post"), "{refused}");
    }

    fn a_subquery_with_values_that_rows_are_grouped_by_can_be_repeated(db) {
        world!(db);
        // The post of the n-th last comment: the number is a parameter of subqueries and of their limits.
        macro_rules! most {
            ($author:ident) => {
                orm::subquery(
                    Post::objects()
                        .filter(|p| p.author.eq($author.id))
                        .group_by(|p| p.views / 10)
                        .order_by(|p| (p.views / 10).desc())
                        .limit(1)
                        .values(|p| p.views / 10 + 1),
                )
                .coalesce(0)
            };
        }
        let by_most = Author::objects()
            .group_by(|a| most!(a))
            .order_by(|a| most!(a).desc())
            .values(|a| (most!(a), count(), most!(a) * 2))
            .having(|a| most!(a).lt(9));
        assert_eq!(run!(by_most.all(db)), [(3, 1, 6), (1, 1, 2), (0, 1, 0)]);
        let within = Author::objects().filter(|a| {
            let same = Author::objects().group_by(|b| most!(b)).values(|b| most!(b)).having(|b| most!(b).gt(0));
            most!(a).in_(same)
        });
        assert_eq!(run!(within.order_by(|a| a.id).values(|a| a.name).all(db)), ["Ann", "Ben"]);
    }

    fn distinct_values_are_ordered_by_an_expression_among_them(db) {
        world!(db);
        let tens = || Post::objects().values(|p| (p.views / 10 + 1, p.status)).distinct();
        let ordered = tens().order_by(|p| ((p.views / 10 + 1).desc(), p.status));
        let [first, .., last] = &run!(ordered.all(db))[..] else { panic!("two values or more") };
        assert_eq!((first.0, last.0), (3, 1));
        let other = error(attempt!(tens().order_by(|p| p.views / 10 + 2).all(db))).to_string();
        assert!(other.contains("can only be ordered by those values"), "{other}");
        // The values name what is grouped by, and the order names the values.
        let grouped = Post::objects()
            .group_by(|p| p.views / 10)
            .values(|p| (p.views / 10) * 3 + 1)
            .distinct()
            .order_by(|p| ((p.views / 10) * 3 + 1).desc());
        assert_eq!(run!(grouped.all(db)), [7, 4, 1]);
        let within = Author::objects().order_by(|a| a.id).values(|a| {
            let posts = Post::objects().filter(|p| p.author.eq(a.id)).values(|p| p.views / 10 + 1);
            orm::subquery(posts.distinct().order_by(|p| (p.views / 10 + 1).desc()).offset(1).limit(1))
        });
        assert_eq!(run!(within.all(db)), [Some(2), None, None]);
        let within = Author::objects().values(|a| {
            let posts = Post::objects().filter(|p| p.author.eq(a.id)).values(|p| p.views / 10 + 1);
            orm::subquery(posts.distinct().order_by(|p| p.views).limit(1))
        });
        let refused = error(attempt!(within.all(db))).to_string();
        assert!(refused.contains("can only be ordered by those values"), "{refused}");
    }

    fn strings_of_a_group_are_joined_in_their_order(db) {
        world!(db);
        let titles = Author::objects().order_by(|a| a.name).values(|a| {
            let posts = Post::objects().filter(|p| p.author.eq(a.id));
            (a.name, orm::subquery(posts.values(|p| p.title.string_agg("; "))))
        });
        let named = |name: &str, titles: Option<&str>| (name.to_owned(), titles.map(str::to_owned));
        assert_eq!(
            run!(titles.all(db)),
            [named("Ann", Some("Draft; First; Second")), named("Ben", Some("Third")), named("Cleo", None)]
        );
        let by_tag = Post::objects()
            .group_by(|p| p.status)
            .order_by(|p| p.status)
            .values(|p| (p.title.lower().concat("!").string_agg(""), p.editor().name.string_agg("%"), count()))
            .having(|p| p.title.string_agg("$1?").ne("Draft$1?Third"));
        assert_eq!(run!(by_tag.all(db)).len(), 1);
        // By the numbers of their characters, not as a language has it; as often as they occur.
        run!(Tag::objects().delete().run(db));
        for label in ["b", "B", "é", "a", "🎉", "\u{d7ff}"] {
            run!(Tag::create().label(label).save(db));
        }
        let labels = Tag::objects().aggregate(|t| (t.label.string_agg(","), t.label.substr(0, 0).concat("x").string_agg("")));
        assert_eq!(run!(labels.run(db)), (Some("B,a,b,é,\u{d7ff},🎉".to_owned()), Some("xxxxxx".to_owned())));
        let nothing = Tag::objects().none().aggregate(|t| (t.label.string_agg(","), t.label.string_agg(",").coalesce("-")));
        assert_eq!(run!(nothing.run(db)), (None, "-".to_owned()));
    }
    fn values_are_counted_as_they_are(db) {
        world!(db);
        let posts = Post::objects;
        assert_eq!(run!(posts().values(|p| p.author).count(db)), 4);
        assert_eq!(run!(posts().values(|p| p.author).distinct().count(db)), 2);
        // NULL is a value, and so is a pair with it.
        assert_eq!(run!(posts().values(|p| p.editor).distinct().count(db)), 2);
        assert_eq!(run!(posts().values(|p| (p.author, p.editor)).distinct().count(db)), 3);
        assert_eq!(run!(posts().order_by(|p| p.views).values(|p| (p.author().name, p.views.gt(5))).distinct().count(db)), 3);
        // Those of a page.
        assert_eq!(run!(posts().order_by(|p| p.id).values(|p| p.author).limit(3).count(db)), 3);
        assert_eq!(run!(posts().values(|p| p.author).distinct().limit(1).count(db)), 1);
        assert_eq!(run!(posts().values(|p| p.author).distinct().offset(5).count(db)), 0);
        // tesler-platform/tesler#138: an order by what a query gives was left beside the count.
        let by_posts = || Author::objects().order_by(|a| a.posts().count().desc()).values(|a| a.country);
        assert_eq!((run!(by_posts().count(db)), run!(by_posts().limit(2).count(db))), (3, 2));
        // jeremyevans/sequel#169, enso-org/enso#1621, chrisdickinson/ormnomnom#23: groups, and which of them there are.
        let busy = |more: i64| posts().group_by(|p| p.author).values(|p| (p.author, count())).having(move |_| count().gt(more));
        assert_eq!((run!(busy(0).count(db)), run!(busy(1).count(db)), run!(busy(3).count(db))), (2, 1, 0));
        assert!(run!(busy(1).exists(db)) && !run!(busy(3).exists(db)));
        // One row, whatever there is.
        assert_eq!(run!(posts().filter(|p| p.views.lt(0)).values(|p| p.views.sum()).count(db)), 1);
        assert_eq!(run!(posts().none().values(|p| p.views).count(db)), 0);
        assert_eq!(run!(posts().none().values(|p| p.views.sum()).count(db)), 1);
        assert!(!run!(posts().none().values(|p| p.views).exists(db)));
        // Along relations, by windows, with filters around it.
        let ranked = posts().filter(|p| p.tags().exists()).values(|p| (p.author().name, orm::rank().over(|w| w.order_by(p.views))));
        assert_eq!(run!(ranked.distinct().count(db)), 2);
    }
}
