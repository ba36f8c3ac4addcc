//! Bugs reported against other tools about expressions and subqueries, tried here.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;
use serde_json::Value;

use orm_tests::world;

orm::app!("suite");

/// Strings that break quoting, formatting and placeholders, in places where no value can be bound.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(check("marked_not_odd", |m| m.text.ne("100%'s \\ \"?\" $1 {0} {1:lower} :a")))]
pub struct Marked {
    pub id: i64,
    pub text: String,
    pub note: Option<String>,
    #[orm(generated = |m| m.text.eq("50% of 'a\\b' ? $1 {0}"))]
    pub odd: bool,
    /// The same closure is also a filter.
    #[orm(generated = |m| !(m.text.ne("a") & m.note.ne("b")) | m.note.eq(m.text))]
    pub kept: Option<bool>,
    #[orm(generated = |m| m.note.coalesce("none").concat("/").concat(m.text.ascii_upper().substr(0, 3)))]
    pub label: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Paper {
    pub id: i64,
    pub body: Json<Value>,
}

behaviour! {
    // django/django pull 13118: `exclude` of a comparison with what may be NULL lost rows.
    fn what_is_excluded_and_what_is_not_are_all_rows(db) {
        for (text, note) in [("a", Some("a")), ("a", Some("b")), ("b", None)] {
            run!(Line::create().text(text).note(note.map(str::to_owned)).save(db));
        }
        macro_rules! halves {
            ($($condition:expr;)+) => {$(
                let with = run!(Line::objects().filter($condition).count(db));
                let without = run!(Line::objects().exclude($condition).count(db));
                assert_eq!(with + without, 3, stringify!($condition));
            )+};
        }
        halves! {
            |l| l.text.eq(l.note);
            |l| l.note.eq(l.text) & l.note.ne("b");
            |l| l.note.lt(l.text) | l.text.eq("x");
            |l| l.note.in_(["a"]);
            |l| l.text.in_(Line::objects().values(|other| other.note));
            |l| l.note.between("a", l.text);
            |l| l.note.nullif(l.text).is_null();
        }
    }

    // prisma/orm issue 25226: NOT across a nullable relation depended on the kind of relation.
    fn exclude_is_the_same_for_every_relation_kind(db) {
        world!(db);
        let all = run!(Post::objects().count(db));
        macro_rules! halves {
            ($($condition:expr;)+) => {$(
                let with = run!(Post::objects().filter($condition).count(db));
                let without = run!(Post::objects().exclude($condition).count(db));
                assert_eq!(with + without, all, stringify!($condition));
            )+};
        }
        halves! {
            |p| p.author().name.eq("Ann");
            |p| p.editor().name.eq("Ben");
            |p| p.editor().country().name.eq("Austria");
            |p| p.author().profile().bio.eq("writes");
            |p| p.tags().any(|t| t.label.eq("rust"));
            |p| p.comments().every(|c| c.text.eq("good"));
        }
    }

    // elixir-ecto/ecto issue 3705, django/django pull 12654: the third level took the middle row for the outer one, and an outer
    // field within arithmetic failed.
    fn the_innermost_query_reads_the_outermost_row(db) {
        world!(db);
        let posts = Post::objects()
            .order_by(|p| p.id)
            .filter(|p| orm::exists(Author::objects().filter(|a| {
                orm::exists(Post::objects().filter(|q| q.author.eq(a.id) & (q.views * 2 + 1).lt(p.views + a.id - a.id)))
            })))
            .values(|p| (p.slug, p.views));
        let read = run!(posts.all(db));
        let every = run!(Post::objects().order_by(|p| p.id).values(|p| (p.slug, p.views)).all(db));
        let expected: Vec<_> = every
            .iter()
            .filter(|(_, views)| every.iter().any(|(_, other)| other * 2 + 1 < *views))
            .cloned()
            .collect();
        assert!(!expected.is_empty() && expected.len() < every.len());
        assert_eq!(read, expected);
    }

    // jOOQ/jOOQ issue 10992: the outer and the inner query shared a join along a relation, which then was missing in one.
    fn a_relation_followed_outside_and_inside_is_joined_in_both(db) {
        world!(db);
        let found = Post::objects()
            .filter(|p| p.author().name.eq("Ann"))
            .filter(|p| orm::exists(Post::objects().filter(|q| q.author().name.eq(p.author().name) & q.id.ne(p.id))))
            .order_by(|p| (p.author().name, p.id))
            .values(|p| (p.slug, p.author().name));
        let read = run!(found.all(db));
        assert_eq!(read, ["first", "second", "draft"].map(|slug| (slug.to_owned(), "Ann".to_owned())));
    }

    // diesel-rs/diesel issue 4755: a query within read a column of the outer rows that was not grouped.
    fn a_subquery_reads_only_grouped_columns(db) {
        world!(db);
        let stray = Post::objects()
            .group_by(|p| p.author)
            .values(|p| (p.author, orm::exists(Comment::objects().filter(|c| c.post.eq(p.id)))));
        let stray = error(attempt!(stray.all(db))).to_string();
        assert!(stray.contains("`id` of suite.Post") && stray.contains("values()"), "{stray}");
        let grouped = Post::objects()
            .group_by(|p| p.author)
            .order_by(|p| p.author)
            .values(|p| (count(), orm::exists(Profile::objects().filter(|f| f.author.eq(p.author)))));
        assert_eq!(run!(grouped.all(db)), [(3, true), (1, false)]);
    }

    // romeerez/orchid-orm issue 283: ordering by an aggregate took the column of that name.
    fn groups_are_ordered_by_the_aggregate(db) {
        world!(db);
        let sums = Post::objects()
            .group_by(|p| p.author().name)
            .order_by(|p| p.views.sum())
            .values(|p| (p.author().name, p.views.sum()));
        let read = run!(sums.clone().all(db));
        let mut sorted = read.clone();
        sorted.sort_by_key(|(_, sum)| *sum);
        assert_eq!(read, sorted);
        sorted.reverse();
        assert_eq!(run!(sums.reverse().all(db)), sorted);
    }

    // doctrine/orm issue 7680: a query made of another shared its values with it.
    fn queries_made_of_one_have_values_of_their_own(db) {
        world!(db);
        let viewed = Post::objects().filter(|p| p.views.gt(1)).order_by(|p| p.id).values(|p| p.slug);
        let (first, third) = (viewed.clone().filter(|p| p.slug.eq("first")), viewed.clone().filter(|p| p.slug.eq("third")));
        assert_eq!(run!(third.all(db)), ["third"]);
        assert_eq!(run!(first.all(db)), ["first"]);
        assert!(run!(viewed.all(db)).len() > 1);
    }

    // replikativ/pg-datahike pull 44: equality of JSON looked at how a number is written, in some places.
    fn json_numbers_are_equal_however_they_are_written(db) {
        for text in ["1", "1.0", "1e0", "[1]", "[1.00]", "10", "\"1\""] {
            run!(Paper::create().body(Json(serde_json::from_str::<Value>(text).expect("JSON"))).save(db));
        }
        let one = || Json(Value::from(1));
        assert_eq!(run!(Paper::objects().filter(|p| p.body.eq(one())).count(db)), 3);
        assert_eq!(run!(Paper::objects().filter(|p| p.body.eq(Json(Value::from(1.0)))).count(db)), 3);
        assert_eq!(run!(Paper::objects().filter(|p| p.body.in_([one()])).count(db)), 3);
        assert_eq!(run!(Paper::objects().distinct().values(|p| p.body).all(db)).len(), 4);
        assert_eq!(run!(Paper::objects().group_by(|p| p.body).values(|_| count()).having(|_| count().eq(3)).all(db)), [3]);
        let twins = Paper::objects()
            .filter(|p| orm::exists(Paper::objects().filter(|q| q.body.eq(p.body) & q.id.ne(p.id))));
        assert_eq!(run!(twins.count(db)), 5);
    }

    // django/django pull 18027: `%` in a literal of a generated column; and the same closures as filter, check and column.
    fn literals_in_generated_columns_and_checks_keep_their_meaning(db) {
        for (text, note) in [("50% of 'a\\b' ? $1 {0}", None), ("a", Some("b")), ("xyz", Some("xyz")), ("xyz", None)] {
            run!(Marked::create().text(text).note(note.map(str::to_owned)).save(db));
        }
        let refused = attempt!(Marked::create().text("100%'s \\ \"?\" $1 {0} {1:lower} :a").save(db));
        assert!(error(refused).is_check_violation());
        let odd = Marked::objects().filter(|m| m.odd).values(|m| m.id);
        assert_eq!(run!(odd.all(db)), [1]);
        let says = Marked::objects().filter(|m| m.text.eq("50% of 'a\\b' ? $1 {0}")).values(|m| m.id);
        assert_eq!(run!(says.all(db)), [1]);
        let column = Marked::objects().filter(|m| m.kept.eq(true)).order_by(|m| m.id).values(|m| m.id);
        let closure = Marked::objects()
            .filter(|m| !(m.text.ne("a") & m.note.ne("b")) | m.note.eq(m.text))
            .order_by(|m| m.id)
            .values(|m| m.id);
        let kept = run!(column.all(db));
        assert_eq!(kept, run!(closure.all(db)));
        assert_eq!(kept, [2, 3]);
        let unknown = Marked::objects().filter(|m| m.kept.is_null()).count(db);
        assert_eq!(run!(unknown), 2);
        let labels = Marked::objects().order_by(|m| m.id).values(|m| m.label);
        assert_eq!(run!(labels.all(db)), ["none/50%", "b/A", "xyz/XYZ", "none/XYZ"]);
    }
}
