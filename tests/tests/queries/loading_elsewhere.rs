//! Bugs reported against other tools about loading related rows, tried here.

#![allow(clippy::type_complexity, reason = "the types are what is loaded")]

use orm::error::Kind;
use orm::prelude::*;
use orm::{AsyncDb, Db};
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::models::*;
use orm_tests::{Backend, Database, behaviour};

orm::app!("loading");

/// A table that is not ours, with strings as primary keys.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unmanaged, table = "loading_place")]
pub struct Place {
    #[orm(primary_key)]
    pub code: String,
    #[orm(related_name = "parts")]
    pub within: Option<ForeignKey<Place>>,
}

/// Authors `a`, `b` and `c`, three posts of `a` and two of `b`, created alternately.
macro_rules! in_turns {
    ($db:expr) => {{
        let authors = ["a", "b", "c"].map(|name| Author::create().name(name).email(name));
        let authors = run!(Author::bulk_create(authors).all($db));
        let posts = (0..5).map(|at| {
            let slug = format!("{at}");
            Post::create()
                .author(&authors[at % 2])
                .editor(&authors[1])
                .title(if at % 2 == 0 { "even" } else { "odd" })
                .slug(slug)
                .views(at as i64)
        });
        let posts = run!(Post::bulk_create(posts).all($db));
        (authors, posts)
    }};
}

fn slugs(posts: &[Post]) -> Vec<&str> {
    posts.iter().map(|post| &*post.slug).collect()
}

behaviour! {
    /// Rows of several parents, interleaved by their order: https://github.com/elixir-ecto/ecto/issues/916
    fn an_order_that_mixes_the_rows_of_parents_loses_none(db) {
        in_turns!(db);
        let rows = run!(Author::objects().with(|a| a.posts().order_by(|p| p.views.desc())).all(db));
        let found: Vec<_> = rows.iter().map(|(_, posts)| slugs(posts)).collect();
        assert_eq!(found, [vec!["4", "2", "0"], vec!["3", "1"], vec![]]);
        let rows = run!(Author::objects().with(|a| a.posts().order_by(|p| (p.title.desc(), p.views))).all(db));
        let found: Vec<_> = rows.iter().map(|(_, posts)| slugs(posts)).collect();
        assert_eq!(found, [vec!["0", "2", "4"], vec!["1", "3"], vec![]]);
    }

    /// A parent that occurs twice has its list twice: https://github.com/elixir-ecto/ecto/issues/3421
    fn a_row_that_stands_beside_several_has_its_whole_list_each_time(db) {
        in_turns!(db);
        let rows = run!(Post::objects().with(|p| p.editor().with(|e| e.posts().order_by(|p| p.id))).order_by(|p| p.id).all(db));
        assert_eq!(rows.len(), 5);
        for (_, editor) in rows {
            let (editor, posts) = editor.expect("an editor");
            assert_eq!((editor.name.as_str(), slugs(&posts)), ("b", vec!["1", "3"]));
        }
    }

    /// Each row has the related row that its foreign key names, whatever the order:
    /// https://github.com/elixir-ecto/ecto/issues/1393 and https://github.com/prisma/orm/issues/12168
    fn the_row_beside_is_the_one_that_the_key_names(db) {
        in_turns!(db);
        for (post, author, editor) in run!(Post::objects().with(|p| p.author()).with(|p| p.editor()).order_by(|p| p.views.desc()).all(db)) {
            assert_eq!(post.author.id(), author.id);
            assert_eq!(post.editor.map(|key| key.id()), editor.map(|editor| editor.id));
        }
    }

    /// Two lists do not multiply each other's rows: https://github.com/elixir-ecto/ecto/issues/2815
    fn two_lists_beside_a_row_do_not_multiply(db) {
        let (authors, posts) = in_turns!(db);
        let tags = run!(Tag::bulk_create(["x", "y", "z"].map(|label| Tag::create().label(label))).all(db));
        run!(posts[0].tags().add(&tags).run(db));
        run!(Comment::bulk_create((0..4).map(|at| Comment::create().post(&posts[0]).text(at.to_string()))).run(db));
        let (_, posts, edited) =
            run!(Author::objects().filter(|a| a.id.eq(authors[1].id)).with(|a| a.posts()).with(|a| a.edited()).get(db));
        assert_eq!((posts.len(), edited.len()), (2, 5));
        let rows = run!(Post::objects().with(|p| p.tags()).with(|p| p.comments()).order_by(|p| p.id).all(db));
        let found: Vec<_> = rows.iter().map(|(_, tags, comments)| (tags.len(), comments.len())).collect();
        assert_eq!(found, [(3, 4), (0, 0), (0, 0), (0, 0), (0, 0)]);
    }

    /// One relation twice with different filters: https://github.com/dabapps/django-readers/pull/28. Several
    /// relations to one model: https://github.com/coleifer/peewee/pull/2002
    fn one_relation_is_loaded_twice_in_two_ways(db) {
        in_turns!(db);
        let rows = run!(
            Author::objects()
                .with(|a| a.posts().filter(|p| p.views.lt(2)))
                .with(|a| a.edited().order_by(|p| p.id))
                .with(|a| a.posts().exclude(|p| p.views.lt(2)).order_by(|p| p.id))
                .all(db)
        );
        let found: Vec<_> = rows.iter().map(|(_, few, edited, many)| (slugs(few), slugs(edited), slugs(many))).collect();
        let all = vec!["0", "1", "2", "3", "4"];
        assert_eq!(found, [(vec!["0"], vec![], vec!["2", "4"]), (vec!["1"], all, vec!["3"]), (vec![], vec![], vec![])]);
    }

    /// A page of rows whose order has ties, with the lists of just those rows:
    /// https://github.com/dotnet/efcore/issues/34722 and https://github.com/dotnet/efcore/issues/27188
    fn pages_of_tied_rows_have_the_lists_of_their_own_rows(db) {
        let lines = run!(Person::bulk_create((0..30).map(|_| Person::create().name("tied"))).all(db));
        run!(Person::bulk_create(lines.iter().map(|line| Person::create().name("below").parent(line))).run(db));
        let mut seen = Vec::new();
        for page in 0..10 {
            let page = Person::objects().filter(|p| p.parent.is_null()).order_by(|p| p.name).offset(page * 3).limit(3);
            for (person, children) in run!(page.with(|p| p.children()).all(db)) {
                assert_eq!(children.iter().map(|child| child.parent).collect::<Vec<_>>(), [Some(ForeignKey::from(&person))]);
                seen.push(person.id);
            }
        }
        assert_eq!(seen.len(), 30);
    }

    /// The query for a list is cached without its values: https://github.com/sqlalchemy/sqlalchemy/issues/7489
    fn a_list_of_the_same_shape_has_the_values_of_its_own_query(db) {
        in_turns!(db);
        for least in 0..5 {
            for title in ["even", "odd"] {
                let within = || Post::objects().filter(|p| p.title.eq(title) & p.views.ge(least)).values(|p| p.id);
                let rows = run!(Author::objects().with(|a| a.posts().filter(|p| p.id.in_(within())).order_by(|p| p.id)).all(db));
                for (author, posts) in rows {
                    let mut expected = run!(author.posts().filter(|p| p.title.eq(title)).order_by(|p| p.id).all(db));
                    expected.retain(|post| post.views >= least);
                    assert_eq!(posts, expected);
                }
            }
        }
    }

    /// A list filtered by further relations has each row once: https://github.com/AltSchool/dynamic-rest/pull/80
    fn what_a_list_is_filtered_by_repeats_no_row(db) {
        let (_, posts) = in_turns!(db);
        let tags = run!(Tag::bulk_create(["x", "y", "z"].map(|label| Tag::create().label(label))).all(db));
        for post in &posts {
            run!(post.tags().add(&tags).run(db));
        }
        let rows = run!(Post::objects().with(|p| p.tags().filter(|t| t.posts().any(|p| p.views.ge(0)))).all(db));
        assert!(rows.iter().all(|(_, found)| *found == tags));
        let rows = run!(Tag::objects().with(|t| t.posts().filter(|p| p.tags().exists() & p.author().name.ne("")).order_by(|p| p.id)).all(db));
        assert!(rows.iter().all(|(_, found)| *found == posts));
    }

    /// A NULL foreign key on the way to a list: https://github.com/rails/rails/pull/33937
    fn lists_beyond_a_relation_that_leads_nowhere_are_not_asked_for(db) {
        let (_, posts) = in_turns!(db);
        run!(Post::objects().filter(|p| p.views.ge(1)).update(|p| p.editor.set(None::<ForeignKey<Author>>)).run(db));
        let rows = run!(Post::objects().with(|p| p.editor().with(|e| e.posts().with(|p| p.comments()))).order_by(|p| p.id).all(db));
        let found: Vec<_> = rows.iter().map(|(_, editor)| editor.as_ref().map(|(_, posts)| posts.len())).collect();
        assert_eq!(found, [Some(2), None, None, None, None]);
        let nowhere = Post::objects().filter(|p| p.id.eq(posts[1].id)).with(|p| p.editor().with(|e| e.posts()));
        assert_eq!(run!(nowhere.get(db)).1, None);
    }

    /// Both directions of a join table between rows of one model: https://github.com/morintd/prismock/issues/668, and
    /// https://github.com/prisma/orm/issues/28819
    fn both_ways_of_a_join_table_of_one_model_are_told_apart(db) {
        let people = run!(Person::bulk_create(["a", "b", "c"].map(|name| Person::create().name(name))).all(db));
        run!(people[0].admires().add([&people[1], &people[2]]).run(db));
        run!(people[1].admires().add([&people[1]]).run(db));
        let rows = run!(Person::objects().with(|p| p.admires().with(|p| p.admired_by())).with(|p| p.admired_by()).all(db));
        let names = |people: &[Person]| people.iter().map(|person| person.name.clone()).collect::<String>();
        let found: Vec<_> = rows
            .iter()
            .map(|(_, admires, by)| {
                let back: Vec<_> = admires.iter().map(|(person, by)| format!("{}<{}", person.name, names(by))).collect();
                (back.join(" "), names(by))
            })
            .collect();
        let row = |admires: &str, by: &str| (admires.to_owned(), by.to_owned());
        assert_eq!(found, [row("b<ab c<a", ""), row("b<ab", "ab"), row("", "a")]);
    }

    /// More rows than a statement has parameters: https://github.com/prisma/orm/issues/21778,
    /// https://github.com/prisma/orm/issues/19901 and https://github.com/prisma/orm/issues/29746
    fn more_rows_than_a_statement_has_parameters_have_their_lists(db) {
        const ROWS: i64 = 66_000;
        let parents = run!(Person::bulk_create((0..ROWS).map(|_| Person::create().name("above"))).all(db));
        let of = [&parents[0], &parents[0], &parents[40_000], &parents[65_999]];
        run!(Person::bulk_create(of.map(|parent| Person::create().name("below").parent(parent))).run(db));
        let rows = run!(Person::objects().filter(|p| p.parent.is_null()).with(|p| p.children()).order_by(|p| p.id).all(db));
        assert_eq!(rows.len() as i64, ROWS);
        let found: Vec<i64> = rows.iter().flat_map(|(parent, below)| below.iter().map(|_| parent.id)).collect();
        assert_eq!(found, of.map(|parent| parent.id));
        let keys: Vec<i64> = rows.iter().map(|(parent, _)| parent.id).collect();
        assert_eq!(run!(Person::objects().filter(|p| p.id.in_(keys)).with(|p| p.children()).order_by(|p| p.id).all(db)), rows);
    }
}

/// A table with primary keys of which the database considers several equal.
fn lax(backend: Backend, collation_of_key: bool) -> Database {
    let database = Database::empty(backend);
    let (made, lax) = match backend {
        Backend::Sqlite => ("", "COLLATE NOCASE"),
        Backend::Postgres => (
            "CREATE COLLATION lax (provider = icu, locale = 'und-u-ks-level2', deterministic = false);",
            "COLLATE lax",
        ),
    };
    let of_key = if collation_of_key { lax } else { "" };
    let mut session = value(Db::connect(database.url()).and_then(|db| db.session()));
    value(session.batch(&format!(
        "{made} CREATE TABLE loading_place (code text {of_key} PRIMARY KEY, within_id text {lax});
         INSERT INTO loading_place VALUES ('at', NULL), ('w', 'at'), ('x', 'AT'), ('de', NULL), ('b', 'de')"
    )));
    database
}

/// Keys that are different strings and that the database considers equal: https://github.com/rails/rails/issues/21668
/// and https://github.com/rails/rails/issues/24364. No row is left out silently.
fn keys_that_only_the_database_takes_for_equal_are_refused(database: &Database) {
    let check = |error: orm::Error| {
        assert_eq!(error.kind(), Kind::Config, "{error:?}");
        assert!(error.to_string().contains("loading.Place"), "{error}");
        assert!(
            !format!("{error:?}").to_lowercase().contains("\"at\""),
            "no value: {error:?}"
        );
    };
    let names = |rows: &[(Place, Vec<Place>)]| {
        let parts = |parts: &[Place]| parts.iter().map(|part| part.code.clone()).collect::<String>();
        rows.iter()
            .map(|(place, below)| format!("{}: {}", place.code, parts(below)))
            .collect::<Vec<_>>()
    };
    let tops = || {
        Place::objects()
            .filter(|p| p.within.is_null())
            .with(|p| p.parts().order_by(|p| p.code))
    };
    let named = |codes: &'static [&'static str]| {
        Place::objects()
            .filter(|p| p.code.in_(codes.iter().copied()))
            .with(|p| p.parts().order_by(|p| p.code))
    };
    let db = value(Db::connect(database.url()));
    check(error(tops().all(&db)));
    check(error(named(&["at", "de"]).all(&db)));
    check(error(named(&["at"]).get(&db)));
    let some = tops().with(|p| p.parts().order_by(|p| p.code).limit(1));
    check(error(some.all(&db)));
    assert_eq!(
        names(&value(named(&["de", "b"]).order_by(|p| p.code).all(&db))),
        ["b: ", "de: b"]
    );
    runtime().block_on(async {
        let db = value(AsyncDb::connect(database.url()).await);
        check(error(tops().all(&db).await));
        check(error(named(&["at", "de"]).all(&db).await));
    });
}

#[test]
fn keys_that_only_the_database_takes_for_equal_are_refused_sqlite() {
    keys_that_only_the_database_takes_for_equal_are_refused(&lax(Backend::Sqlite, true));
    keys_that_only_the_database_takes_for_equal_are_refused(&lax(Backend::Sqlite, false));
}

#[test]
fn keys_that_only_the_database_takes_for_equal_are_refused_postgres() {
    keys_that_only_the_database_takes_for_equal_are_refused(&lax(Backend::Postgres, true));
    keys_that_only_the_database_takes_for_equal_are_refused(&lax(Backend::Postgres, false));
}
