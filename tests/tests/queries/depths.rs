//! Expressions of ten thousand terms: a result or an error that names the limit, never a stack overflow.

use orm::__private::{check, generated};
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::models::*;

use orm_tests::world;

const TERMS: i64 = 10_000;

type Fields = orm::queries::Fields<Post>;

/// `views + 1 + 1 + …`, each sum within the next.
fn sum(p: &Fields, terms: i64) -> Expr<i64> {
    (1..terms).fold(p.views + 1, |sum, _| sum + 1)
}

/// `!!!…`
fn nots(p: &Fields, terms: i64) -> Expr<bool> {
    (1..terms).fold(!p.views.gt(0), |not, _| !not)
}

/// `exists(exists(exists(…)))`
fn queries(levels: usize) -> Expr<bool> {
    (1..levels).fold(orm::exists(Post::objects()), |inner, _| {
        orm::exists(Post::objects().filter(|_| inner))
    })
}

/// A condition of that many terms, each with a value of its own.
fn any_of(p: &Fields, terms: i64) -> Expr<bool> {
    (1..terms).fold(p.views.eq(0), |any, number| any | p.views.eq(number))
}

behaviour! {
    fn nesting_too_deep_for_a_database_names_the_limit(db) {
        for deep in [
            error(attempt!(Post::objects().filter(|p| sum(&p, TERMS).gt(0)).count(db))),
            error(attempt!(Post::objects().filter(|p| nots(&p, TERMS)).count(db))),
            error(attempt!(Post::objects().filter(|_| queries(1_000)).count(db))),
            error(attempt!(Post::objects().order_by(|p| sum(&p, TERMS)).values(|p| p.id).all(db))),
            error(attempt!(Post::objects().values(|p| sum(&p, TERMS)).all(db))),
            error(attempt!(Post::objects().update(|p| p.views.set(sum(&p, TERMS))).run(db))),
        ] {
            assert!(deep.is_unsupported(), "{deep:?}");
            assert!(deep.to_string().contains("more than 200 levels deep"), "{deep}");
        }
    }

    fn long_expressions_that_are_not_deep_work(db) {
        world!(db);
        let known = [5_i64, 10, 20];
        let found = Post::objects().filter(|p| any_of(&p, 1_500)).count(db);
        assert_eq!(run!(found), 4);
        let found = Post::objects().filter(|p| p.views.in_((0..TERMS).collect::<Vec<i64>>())).count(db);
        assert_eq!(run!(found), 4);
        let found = Post::objects().filter(|p| (0..150).fold(p.views.in_(known), |all, _| !!all)).count(db);
        assert!(error(attempt!(found)).is_unsupported());
        let found = Post::objects().filter(|p| (0..50).fold(p.views.in_(known), |all, _| !!all)).count(db);
        assert_eq!(run!(found), 3);
    }
}

#[test]
fn nesting_too_deep_for_a_file_names_the_limit() {
    let deep = [
        error(check::<Post, _, _>(|p| sum(&p, TERMS).gt(0))),
        error(check::<Post, _, _>(|p| sum(&p, 80).gt(0))),
        error(check::<Post, _, _>(|p| nots(&p, 80))),
        error(generated::<Post, i64, _, _>(|p| sum(&p, 80))),
    ];
    for deep in deep {
        assert!(deep.is_unsupported(), "{deep:?}");
        assert!(deep.to_string().contains("levels deep"), "{deep}");
    }
    value(check::<Post, _, _>(|p| any_of(&p, TERMS)));
}
