//! What groups, distinct values and aggregates did elsewhere, as other projects' users have reported it.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::models::*;

use orm_tests::world;

behaviour! {
    // typeorm/typeorm#7308, npgsql/npgsql#1716, metabase/metabase#17390, dromara/easy-query#480: one expression with a value,
    // named twice, had two parameters, and so was two expressions.
    fn a_value_of_a_group_is_named_wherever_it_is_needed(db) {
        world!(db);
        let named = Author::objects()
            .group_by(|a| a.name.concat("!"))
            .order_by(|a| a.name.concat("!"))
            .values(|a| (a.name.concat("!"), count()))
            .having(|a| a.name.concat("!").ne("Ben!"));
        assert_eq!(run!(named.all(db)), [("Ann!".to_owned(), 1), ("Cleo!".to_owned(), 1)]);
        let numbers = Post::objects().group_by(|p| p.views % 10 + 1).order_by(|p| p.views % 10 + 1).values(|p| (p.views % 10 + 1, count()));
        assert_eq!(run!(numbers.all(db)), [(1, 3), (6, 1)]);
    }

    // tombii/better-ccflare#352: a filter that says the same takes parameters before those of the group.
    fn a_filter_may_say_what_rows_are_grouped_by(db) {
        world!(db);
        let code = |a: AuthorFields| a.country().code.coalesce("none");
        let groups = Author::objects()
            .filter(|a| code(a).in_(["none", "AT"]) & code(a).ne("DE"))
            .group_by(code)
            .order_by(code)
            .values(|a| (code(a), count()))
            .having(|a| code(a).ne("x"));
        for _ in 0..2 {
            assert_eq!(run!(groups.clone().all(db)), [("AT".to_owned(), 2), ("none".to_owned(), 1)]);
        }
    }

    // django/django#12589, django/django#11030: a query that rows are grouped by was mistaken for a column, or left out.
    fn rows_are_grouped_by_what_a_query_gives(db) {
        world!(db);
        macro_rules! posts {
            ($author:ident) => {
                orm::subquery(Post::objects().filter(|p| p.author.eq($author.id)).values(|_| count())).coalesce(0)
            };
        }
        let groups = Author::objects().group_by(|a| posts!(a)).order_by(|a| posts!(a)).values(|a| (posts!(a), count(), a.name.max()));
        assert_eq!(
            run!(groups.all(db)),
            [(0, 1, Some("Cleo".to_owned())), (1, 1, Some("Ben".to_owned())), (3, 1, Some("Ann".to_owned()))]
        );
        let beside = Author::objects()
            .group_by(|a| a.country)
            .order_by(|a| a.country)
            .values(|a| (orm::subquery(Country::objects().filter(|c| c.code.eq(a.country)).values(|c| c.name)), count()));
        assert_eq!(run!(beside.all(db)), [(None, 1), (Some("Austria".to_owned()), 2)]);
    }

    // django/django#16321: columns of one name in several tables.
    fn columns_of_one_name_are_different_columns(db) {
        world!(db);
        let groups = Post::objects()
            .group_by(|p| (p.author().name, p.editor().name, p.author().country().name))
            .order_by(|p| (p.author().name, p.editor().name))
            .values(|p| (p.author().name, p.editor().name, p.author().country().name, p.id.count_distinct()));
        let ann = |editor: Option<&str>, posts| ("Ann".to_owned(), editor.map(str::to_owned), Some("Austria".to_owned()), posts);
        assert_eq!(run!(groups.all(db)), [ann(None, 2), ann(Some("Ben"), 1), ("Ben".to_owned(), None, None, 1)]);
    }

    // microsoft/mssql-django#278, django/django#13576: choices, and choices of nothing but constants.
    fn rows_are_grouped_by_choices(db) {
        world!(db);
        let kind = |p: PostFields| orm::if_::<String>(p.views.ge(10), "read", orm::if_::<String>(p.views.gt(0), "seen", "new"));
        let groups = Post::objects().group_by(kind).order_by(kind).values(|p| (kind(p), p.views.sum()));
        assert_eq!(
            run!(groups.all(db)),
            [("new".to_owned(), Some(0)), ("read".to_owned(), Some(30)), ("seen".to_owned(), Some(5))]
        );
        let same = |p: PostFields| orm::if_::<i64>(p.id.is_not_null(), 1, 1);
        assert_eq!(run!(Post::objects().group_by(same).values(|p| (same(p), count())).all(db)), [(1, 4)]);
    }

    // querydsl/querydsl#3068, MonetDB/MonetDB#8025: groups were lost by conditions that all of them meet.
    fn conditions_on_groups_keep_those_that_meet_them(db) {
        world!(db);
        let by_author = || Comment::objects().group_by(|c| c.post().author().name).order_by(|c| c.post().author().name);
        let some = by_author().values(|c| (c.post().author().name, c.post.count_distinct())).having(|c| c.post.count_distinct().ge(1));
        assert_eq!(run!(some.all(db)), [("Ann".to_owned(), 1), ("Ben".to_owned(), 1)]);
        let all = by_author().values(|c| c.post().author().name).having(|_| count().gt(0));
        assert_eq!(run!(all.all(db)), ["Ann", "Ben"]);
        let two = by_author().values(|c| c.post().author().name).having(|c| count().gt(c.post.count_distinct()));
        assert_eq!(run!(two.all(db)), ["Ann"]);
        let known = Post::objects()
            .group_by(|p| p.author)
            .values(|p| (p.views.max(), p.views.sum()))
            .having(|p| p.author.in_(Author::objects().filter(|a| a.country.is_null()).values(|a| a.id)));
        assert_eq!(run!(known.all(db)), [(Some(5), Some(5))]);
        let more = Post::objects()
            .group_by(|p| p.author)
            .values(|p| p.author().name.max())
            .having(|p| p.views.sum().gt(orm::subquery(Post::objects().values(|q| q.views.max()))));
        assert_eq!(run!(more.all(db)), [Some("Ann".to_owned())]);
    }

    // yiisoft/yii#82, Icinga/icingaweb2#1899, sdispater/orator#134, oroinc/platform#64: how many there are was counted without
    // the groups, their conditions, or what makes values distinct. Here rows are counted, by a query of rows.
    fn rows_are_counted_by_what_is_true_of_their_groups(db) {
        world!(db);
        let many = || Post::objects().group_by(|p| p.author).values(|p| p.author).having(|_| count().gt(1));
        assert_eq!(run!(many().all(db)).len(), 1);
        assert_eq!(run!(Author::objects().filter(|a| a.id.in_(many())).count(db)), 1);
        let authors = || Comment::objects().values(|c| c.post().author().id).distinct();
        assert_eq!(run!(authors().all(db)).len(), 2);
        assert_eq!(run!(Author::objects().filter(|a| a.id.in_(authors())).count(db)), 2);
        assert_eq!(run!(Comment::objects().aggregate(|c| c.post().author().id.count_distinct()).run(db)), 2);
        assert_eq!(run!(Comment::objects().filter(|c| c.post().tags().any(|t| t.label.ne(""))).count(db)), 2);
    }

    // tortoise/tortoise-orm#1149: an aggregate over joined rows was given per row.
    fn an_aggregate_is_of_all_rows(db) {
        world!(db);
        let of_ann = Comment::objects().filter(|c| c.post().author().name.eq("Ann"));
        assert_eq!(run!(of_ann.aggregate(|c| (c.post.count_distinct(), count(), c.post().editor().id.count())).run(db)), (1, 2, 2));
        let editors = Post::objects().aggregate(|p| (p.editor().name.count(), p.editor().name.max(), p.editor().country.count_distinct()));
        assert_eq!(run!(editors.run(db)), (1, Some("Ben".to_owned()), 0));
    }

    // django/django#14430, ADSC-Cloud/Waterwheel#23: aggregates of no rows forgot what they say for that case.
    fn aggregates_of_nothing_are_what_they_say(db) {
        world!(db);
        for nothing in [Post::objects().none(), Post::objects().filter(|p| p.views.lt(-1)), Post::objects().filter(|p| p.id.in_([0; 0]))] {
            let made = nothing.clone().aggregate(|p| (p.views.sum().coalesce(7), p.views.max(), count(), p.views.avg(), count() + 1));
            assert_eq!(run!(made.run(db)), (7, None, 0, None, 1));
            assert_eq!(run!(nothing.clone().group_by(|p| p.author).values(|_| count()).all(db)), [0; 0]);
            assert_eq!(run!(nothing.values(|p| (p.views.sum().coalesce(7), count())).all(db)), [(7, 0)]);
        }
        let sums = Author::objects().order_by(|a| a.name).values(|a| {
            orm::subquery(Post::objects().filter(|p| p.author.eq(a.id)).values(|p| p.views.sum())).coalesce(0)
        });
        assert_eq!(run!(sums.all(db)), [30, 5, 0]);
    }

    // dbt-labs/dbt-core#887, rpbouman/huey#90: rows without a value are a group of their own.
    fn null_is_a_group(db) {
        world!(db);
        let groups = Post::objects().group_by(|p| p.editor().name).order_by(|p| p.editor().name).values(|p| (p.editor().name, count()));
        assert_eq!(run!(groups.clone().all(db)), [(None, 3), (Some("Ben".to_owned()), 1)]);
        assert_eq!(run!(groups.clone().having(|p| p.editor().name.is_null()).all(db)), [(None, 3)]);
        assert_eq!(run!(groups.having(|p| p.editor().name.ne("Ben")).all(db)), [(None, 3)]);
        assert_eq!(run!(Post::objects().values(|p| p.editor).distinct().all(db)).len(), 2);
    }
}
