//! SQL that a person wrote as a part of a query.

use orm::__private::{check, generated, index_expression};
use orm::prelude::*;
use orm::queries::TrustedSql;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use orm_tests::world;

behaviour! {
    fn it_stands_wherever_an_expression_does(db) {
        world!(db);
        let posts = || Post::objects().order_by(|p| p.id);
        let odd = posts().filter(|p| orm::raw::<bool>("{} % {} = 5", (p.views, 10))).values(|p| p.slug);
        assert_eq!(run!(odd.all(db)), ["third"]);
        let rest = posts().values(|p| (p.slug, orm::raw::<i64>("{} % {}", (p.views, 3)), orm::raw::<Option<String>>("nullif({}, {})", (p.slug, "first"))));
        let rest: Vec<(i64, Option<String>)> = run!(rest.all(db)).into_iter().map(|(_, rest, name)| (rest, name)).collect();
        assert_eq!(rest.iter().map(|(rest, _)| *rest).collect::<Vec<_>>(), [1, 2, 0, 2]);
        assert_eq!(rest[0].1, None);
        let by = Post::objects().order_by(|p| (orm::raw::<i64>("{} % 3", (p.views,)).desc(), p.id)).values(|p| p.id);
        assert_eq!(run!(by.all(db)), [2, 4, 1, 3]);
        let beside = run!(posts().annotate(|p| orm::raw::<i64>("{} * {}", (p.views, p.id))).all(db));
        assert_eq!(beside.iter().map(|(_, product)| *product).collect::<Vec<_>>(), [10, 40, 0, 20]);
        let groups = Post::objects()
            .group_by(|p| orm::raw::<i64>("{} % {}", (p.views, 3)))
            .values(|p| (orm::raw::<i64>("{} % {}", (p.views, 3)), count(), orm::raw::<i64>("{} + {}", (p.views.sum(), count()))))
            .having(|_| orm::raw::<bool>("{} < {}", (count(), 5)))
            .order_by(|p| orm::raw::<i64>("{} % {}", (p.views, 3)));
        assert_eq!(run!(groups.all(db)), [(0, 1, 1), (1, 1, 11), (2, 2, 27)]);
        assert_eq!(run!(Post::objects().aggregate(|p| orm::raw::<i64>("{} + 1", (p.views,)).sum()).run(db)), Some(39));
        let changed = Post::objects().filter(|p| p.slug.eq("first")).update(|p| p.views.set(orm::raw::<i64>("{} * {} + 1", (p.views, 2)))).all(db);
        assert_eq!(run!(changed)[0].views, 21);
        let counted = run!(Post::objects().filter(|p| !orm::raw::<bool>("{} > {}", (p.views, 20))).count(db));
        assert_eq!(counted, 3);
    }

    fn it_is_one_operand_whatever_stands_in_it(db) {
        world!(db);
        let slugs = |query: QuerySet<Post>| query.order_by(|p| p.id).values(|p| p.slug);
        let either = Post::objects().filter(|p| orm::raw::<bool>("{} = 10 OR {} = 20", (p.views, p.views)) & p.slug.ne("first"));
        assert_eq!(run!(slugs(either).all(db)), ["second"]);
        let times = Post::objects().order_by(|p| p.id).values(|p| orm::raw::<i64>("{} + {}", (p.views, 1)) * 2);
        assert_eq!(run!(times.all(db)), [22, 42, 2, 12]);
        // A part is one operand too.
        let sum = Post::objects().order_by(|p| p.id).values(|p| orm::raw::<i64>("{} * {}", (p.views + 1, p.id + 1)));
        assert_eq!(run!(sum.all(db)), [22, 63, 4, 30]);
        let within = Post::objects().filter(|p| orm::raw::<bool>("NOT {}", (orm::raw::<bool>("{x} IS NULL OR {x} < {y}", (("y", 10), ("x", p.views))),)));
        assert_eq!(run!(slugs(within).all(db)), ["first", "second"]);
        let commented = Post::objects().filter(|p| orm::raw::<bool>("{} > 5 -- more than five", (p.views,)) & orm::raw::<bool>("/* :) */ {} < 15", (p.views,)));
        assert_eq!(run!(slugs(commented).all(db)), ["first"]);
        // Signs that mean something in templates of SQL.
        let signs = Post::objects().filter(|p| orm::raw::<bool>("{} <> '$1 ? {x} ''' AND '?' <> {}", (p.slug, "$1")));
        assert!(error(attempt!(slugs(signs).all(db))).to_string().contains("stands in a string"));
        let signs = Post::objects().filter(|p| orm::raw::<bool>("{} <> '$1 ? {{x}} ''' AND '?' <> {}", (p.slug, "$1")));
        assert_eq!(run!(slugs(signs).all(db)).len(), 4);
    }

    fn values_are_bound_with_the_type_they_have(db) {
        world!(db);
        let hostile = "' OR 1 = 1 --";
        let none = Post::objects().filter(|p| orm::raw::<bool>("{} = {}", (p.slug, hostile))).count(db);
        assert_eq!(run!(none), 0);
        // Nothing beside a value says what it is.
        let alone = Tag::objects().limit(1).values(|_| (
            orm::raw::<String>("{}", ("one",)),
            orm::raw::<i64>("{}", (2_i64,)),
            orm::raw::<f64>("{}", (0.5,)),
            orm::raw::<Option<i64>>("{}", (None::<i64>,)),
            orm::raw::<bool>("{}", (true,)),
            orm::raw::<String>("coalesce({}, {})", (None::<String>, "other")),
        ));
        assert_eq!(run!(alone.get(db)), ("one".to_owned(), 2, 0.5, None, true, "other".to_owned()));
        let moment = DateTime::<Utc>::UNIX_EPOCH;
        let times = Post::objects().filter(|p| orm::raw::<bool>("{} > {}", (p.published_at, moment))).count(db);
        assert_eq!(run!(times), 3);
        let many = TrustedSql::new(format!("{{}} IN ({})", ["{}"; 3].join(", ")));
        let listed = Post::objects().filter(|p| orm::raw::<bool>(many, [p.views.optional(), p.views.optional(), p.id.optional(), p.id.optional()])).count(db);
        assert_eq!(run!(listed), 4);
        let mixed = Post::objects().filter(|p| orm::raw::<bool>("{} LIKE {}", vec![p.title, p.title])).count(db);
        assert_eq!(run!(mixed), 4);
    }

    fn outer_rows_and_relations_are_reached_from_it(db) {
        world!(db);
        let names = Post::objects().order_by(|p| p.id).values(|p| orm::raw::<Option<String>>("{} || '/' || {}", (p.author().name, p.editor().name)));
        assert_eq!(run!(names.all(db)), [Some("Ann/Ben".to_owned()), None, None, None]);
        let greater = Post::objects().filter(|p| orm::exists(Post::objects().filter(move |q| orm::raw::<bool>("{} < {}", (q.views, p.views))))).order_by(|p| p.id).values(|p| p.slug);
        assert_eq!(run!(greater.all(db)), ["first", "second", "third"]);
        let of_related = Author::objects().order_by(|a| a.id).values(|a| (
            orm::raw::<i64>("{} + 1", (a.posts().count(),)),
            a.posts().aggregate(|p| orm::raw::<i64>("{} + {}", (p.views, a.id)).max()),
        ));
        assert_eq!(run!(of_related.all(db)), [(4, Some(21)), (2, Some(7)), (1, None)]);
        let leaked = std::cell::Cell::new(None);
        let _ = Post::objects().filter(|p| { leaked.set(Some(p.views)); p.views.gt(0) });
        let views = leaked.get().expect("a field");
        let outside = error(attempt!(Author::objects().filter(|_| orm::raw::<bool>("{} > 1", (views,))).all(db)));
        assert!(outside.to_string().contains("suite.Post"), "{outside}");
    }

    fn what_does_not_fit_is_refused_by_name(db) {
        world!(db);
        let mut said = Vec::new();
        for (text, parts) in [
            ("{} > {}", vec![1]),
            ("1 = 1", vec![1]),
            ("", vec![]),
            ("-- nothing", vec![]),
            ("1 = 1) OR (1 = 1", vec![]),
            ("(1 = 1", vec![]),
            ("1 = 1; SELECT 1", vec![]),
            ("{}1 = 1", vec![1]),
            ("{x} = 1", vec![1]),
            ("} = 1", vec![]),
        ] {
            let refused = error(attempt!(Post::objects().filter(|_| orm::raw::<bool>(text, parts)).all(db)));
            said.push(refused.to_string());
        }
        let expected = [
            "the SQL has 2 placeholders, and there is 1 value",
            "the SQL has 0 placeholders, and there is 1 value",
            "the SQL is empty",
            "the SQL is empty",
            "a `)` would end the value",
            "a `(` without its `)`",
            "a `;` would end the value",
            "touches a word or a number",
            "the SQL says `{x}`, and not every value has a name",
            "`}` on line 1",
        ];
        for (said, expected) in said.iter().zip(expected) {
            assert!(said.contains("in `raw(") && said.contains(expected), "{said}: {expected}");
        }
        let names = error(attempt!(Post::objects().filter(|p| orm::raw::<bool>("{x} > 1", (("x", p.views), ("y", 1)))).all(db)));
        assert!(names.to_string().contains("the SQL does not say `{y}`"), "{names}");
        let single = error(attempt!(Post::objects().values(|p| (orm::raw::<i64>("{} + 1", (p.views,)), count())).all(db)));
        assert!(single.to_string().contains("`views` of suite.Post"), "{single}");
        let what_it_says = error(attempt!(Post::objects().values(|p| orm::raw::<i64>("no_such_function({})", (p.views,))).all(db)));
        assert!(what_it_says.to_string().contains("no_such_function"), "{what_it_says}");
        let null = error(attempt!(Post::objects().filter(|p| p.slug.eq("third")).values(|p| orm::raw::<String>("{}", (p.editor().name,))).all(db)));
        assert!(null.to_string().contains("NULL"), "{null}");
    }

    fn a_file_does_not_hold_it(_db) {
        let refused = [
            error(check::<Post, _, _>(|p| orm::raw::<bool>("{} > 0", (p.views,)))),
            error(generated::<Post, i64, _, _>(|p| orm::raw::<i64>("{} + 1", (p.views,)) + 1)),
            error(index_expression::<Post, _, _>(|p| orm::raw::<String>("lower({})", (p.title,)))),
        ];
        for (refused, what) in refused.iter().zip(["a check", "a generated column", "an index over an expression"]) {
            let said = refused.to_string();
            assert!(said.starts_with(&format!("{what} cannot use `raw(")) && refused.is_unsupported(), "{said}");
        }
    }
}
