//! Full-text search: what is found, in which order, with which marks, while rows come, change and go.

use orm::prelude::*;
use orm::search::{IntoSearchWords, any_word, phrase, prefix, typed_in, words};
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(search("name", language = "simple"))]
pub struct Essayist {
    pub id: i64,
    #[orm(unique)]
    pub name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    search(("heading", "A"), "text", language = "english"),
    search("heading", language = "simple", name = "plain_heading")
)]
pub struct Essay {
    pub id: i64,
    #[orm(column = "Heading")]
    pub heading: String,
    pub text: Option<String>,
    #[orm(related_name = "essays", on_delete = Cascade)]
    pub writer: Option<ForeignKey<Essayist>>,
    #[orm(default = 0)]
    pub seen: i64,
}

/// Headings and texts; tests name them by their places.
const ROWS: [(&str, Option<&str>); 6] = [
    (
        "Rust and databases",
        Some("An object relational mapper, written by hand in many tests"),
    ),
    (
        "Databases",
        Some("Relational object: the other way around. Testing rust."),
    ),
    ("The cat", None),
    (
        "Größe und Ärger",
        Some("日本語 naïve O'Neil said \"quote\" \\ back"),
    ),
    ("", Some("")),
    ("Queries", Some("rust rust rust databases")),
];

fn headings(words: impl IntoSearchWords) -> QuerySet<Essay> {
    Essay::objects()
        .filter(|e| e.search().matches(words))
        .order_by(|e| e.id)
}

behaviour! {
    fn rows_are_found_by_their_words(db) {
        run!(Essay::bulk_create(ROWS.map(|(heading, text)| Essay::create().heading(heading).text(text.map(str::to_owned)))).all(db));
        let all: Vec<i64> = run!(Essay::objects().order_by(|e| e.id).values(|e| e.id).all(db));
        for (sought, expected) in [
            (words("rust"), &[0, 1, 5][..]),
            (words("RUST database"), &[0, 1, 5]),
            (words("test"), &[0, 1]),
            (any_word("cats mapper"), &[0, 2]),
            (phrase("object relational"), &[0]),
            (phrase("relational, object"), &[1]),
            (prefix("rust map"), &[0]),
            (prefix("dat"), &[0, 1, 5]),
            (words("rust") & !words("mapper"), &[1, 5]),
            (!words("rust"), &[2, 3, 4]),
            (!words("rust") & !words("cat"), &[3, 4]),
            (!words("rust") | words("mapper"), &[0, 2, 3, 4]),
            (!(words("rust") & words("mapper")), &[1, 2, 3, 4, 5]),
            ((words("cat") | words("queries")) & !(words("rust") & words("mapper")), &[2, 5]),
            (typed_in("rust -mapper or cat"), &[1, 2, 5]),
            (typed_in("\"other way\""), &[1]),
            (typed_in("qUeRi*"), &[5]),
            (words("größe"), &[3]),
            (words("grosse"), &[]),
            (words("日本語"), &[3]),
            (words("O'Neil"), &[3]),
            (words(""), &[]),
            (words("!!! -- \""), &[]),
            (!words(""), &[]),
        ] {
            let expected: Vec<i64> = expected.iter().map(|at: &usize| all[*at]).collect();
            let found = headings(&sought);
            assert_eq!(run!(found.clone().values(|e| e.id).all(db)), expected, "{sought:?}");
            assert_eq!(run!(found.count(db)), expected.len() as i64, "{sought:?}");
            let others: Vec<i64> = all.iter().copied().filter(|id| !expected.contains(id)).collect();
            let excluded = Essay::objects().exclude(|e| e.search().matches(&sought)).order_by(|e| e.id);
            assert_eq!(run!(excluded.values(|e| e.id).all(db)), others, "{sought:?}");
        }
    }

    fn no_text_is_a_mistake(db) {
        run!(Essay::create().heading("it's \"a\" test: AND OR NOT NEAR").save(db));
        let mut texts: Vec<String> = [
            "'", "''", "\"", "\\", "\\'", "')); DROP TABLE suite_essay; --", "a & | ! <-> :* ( ) *", "AND", "NOT a", "NEAR(a b)",
            "heading : a", "{heading} : a", "^a", "a:A", "-", "--", "- -", "or", "or or", "a or", "\"a", "a\"b\"c", "*", "a*b*",
            "\0", "a\0b", "%_", "$1 ?1 ?", "😀", "e\u{301}", "\u{feff}", "ǆ", "İ", "x'; SELECT 1", "-- \n a", "/* a */", "1.5e3 -7",
            "a@example.com http://example.com/x?y=z#q",
        ].map(str::to_owned).into();
        texts.extend(orm_tests::hostile::strings().into_iter().take(60));
        texts.push("word ".repeat(3_000));
        texts.push((0..20_000).map(|n| format!("w{n} ")).collect());
        texts.push("-w ".repeat(1_000));
        texts.push("a -b or c ".repeat(300));
        texts.push("x".repeat(5_000));
        for text in &texts {
            for sought in [words(text), any_word(text), phrase(text), prefix(text), typed_in(text), !typed_in(text)] {
                run!(headings(&sought).count(db));
                let marked = Essay::objects().values(|e| (
                    e.search().rank(&sought),
                    e.search().highlight(e.heading, &sought, (text.trim_matches('\0'), "\\\"'")),
                    e.search().snippet(e.text, &sought, ("<", ">"), 5),
                ));
                if !text.contains('\0') {
                    run!(marked.all(db));
                }
            }
        }
        let quoted = headings(words("'it''s \"test\""));
        assert_eq!(run!(quoted.count(db)), 1);
    }

    fn rows_that_come_change_and_go_are_followed(db) {
        let essay = run!(Essay::create().heading("one").text("alpha".to_owned()).save(db));
        assert_eq!(run!(headings(words("alpha")).count(db)), 1);
        let mut essay = essay;
        essay.text = Some("beta".to_owned());
        run!(essay.save(db));
        assert_eq!(run!(headings(words("alpha")).count(db)), 0);
        assert_eq!(run!(headings(words("beta one")).count(db)), 1);
        run!(Essay::objects().update(|e| e.text.set(None)).run(db));
        assert_eq!(run!(headings(words("beta")).count(db)), 0);
        run!(Essay::objects().update(|e| (e.heading.set(e.heading.concat(" gamma")), e.seen.set(7))).run(db));
        assert_eq!(run!(headings(words("gamma")).count(db)), 1);
        assert_eq!(run!(headings(words("gamma")).update(|e| e.seen.set(8)).run(db)), 1);
        assert_eq!(run!(headings(words("beta")).update(|e| e.seen.set(9)).run(db)), 0);
        assert_eq!(run!(headings(words("gamma")).delete().run(db)), 1);
        assert_eq!(run!(headings(words("gamma")).count(db)), 0);

        let ann = run!(Essayist::create().name("Ann Lee").save(db));
        run!(Essay::bulk_create((0..150).map(|n| Essay::create().heading(format!("bulk {n}")).writer(&ann))).run(db));
        assert_eq!(run!(headings(words("bulk")).count(db)), 150);
        let again = [Essayist::create().name("Ann Lee"), Essayist::create().name("Bob")];
        run!(Essayist::bulk_create(again).on_conflict(|e| e.name).update(|e, new| e.name.set(new.name.concat(" Jr"))).run(db));
        let named = |text: &str| { let words = words(text); Essayist::objects().filter(move |e| e.search().matches(words)) };
        assert_eq!(run!(named("ann jr").count(db)), 1);
        assert_eq!(run!(named("bob").count(db)), 1);
        // What foreign keys take along.
        run!(Essayist::objects().filter(|e| e.id.eq(ann.id)).delete().run(db));
        assert_eq!(run!(headings(words("bulk")).count(db)), 0);
    }

    fn ranks_order_what_is_found(db) {
        for (heading, text) in [
            ("x", "rust in a long text about other things, and more of them"),
            ("rust", "x"),
            ("x", "rust rust rust"),
            ("y", "nothing"),
            ("z", "neither"),
        ] {
            run!(Essay::create().heading(heading).text(text.to_owned()).save(db));
        }
        let sought = words("rust");
        let ranked = headings(&sought).order_by(|e| (e.search().rank(&sought).desc(), e.id));
        let found: Vec<Essay> = run!(ranked.clone().all(db));
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].heading, "rust");
        assert_eq!(found[1].text.as_deref(), Some("rust rust rust"));
        let ranks: Vec<(String, f64)> = run!(Essay::objects().order_by(|e| e.id).values(|e| (e.heading, e.search().rank(&sought))).all(db));
        assert!(ranks[1].1 > 0.0 && ranks[3].1 == 0.0, "{ranks:?}");
        let missed: Vec<f64> = run!(Essay::objects().values(|e| e.search().rank(!words("rust"))).all(db));
        assert_eq!(missed, [0.0; 5]);
        for typed in ["rust -java", "rust or -more"] {
            let sought = typed_in(typed);
            let order = Essay::objects().filter(|e| e.search().rank(&sought).gt(0.0)).order_by(|e| (e.search().rank(&sought).desc(), e.id));
            let found: Vec<i64> = run!(order.values(|e| e.id).all(db));
            assert_eq!(found, run!(ranked.clone().values(|e| e.id).all(db)), "{typed}");
        }
        let beside: Vec<(Essay, f64)> = run!(headings(&sought).annotate(|e| e.search().rank(&sought)).limit(1).all(db));
        assert!(beside[0].1 > 0.0);
        let best = run!(headings(&sought).aggregate(|e| e.search().rank(&sought).max()).run(db));
        assert_eq!(best, Some(ranks[1].1));
    }

    fn words_are_marked(db) {
        run!(Essay::create().heading("Rust <b>").text("one two three rust four five six".to_owned()).save(db));
        run!(Essay::create().heading("No").text("rust".to_owned()).save(db));
        run!(Essay::create().heading("Rust").save(db));
        run!(Essay::create().heading("Other").save(db));
        let sought = words("rust");
        let marked: Vec<(Option<String>, Option<String>)> = run!(Essay::objects().order_by(|e| e.id).values(|e| (
            e.search().highlight(e.heading, &sought, ("<i>", "</i>")),
            e.search().highlight(e.text, &sought, ("[", "]")),
        )).all(db));
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(marked, [
            (some("<i>Rust</i> <b>"), some("one two three [rust] four five six")),
            (some("No"), some("[rust]")),
            (some("<i>Rust</i>"), None),
            (None, None),
        ]);
        let pieces: Vec<Option<String>> = run!(headings(&sought).values(|e| e.search().snippet(e.text, &sought, ("[", "]"), 3)).all(db));
        let piece = pieces[0].as_deref().expect("a piece");
        assert!(piece.contains("[rust]") && piece.split_whitespace().count() <= 3, "{piece}");
        let hostile: Vec<Option<String>> = run!(headings(&sought).limit(1).values(|e| e.search().highlight(e.heading, &sought, ("\"\\'", "', MaxWords=1, x=\""))).all(db));
        assert_eq!(hostile, [some("\"\\'Rust', MaxWords=1, x=\" <b>")]);

        let other = Essay::objects().values(|e| e.plain_heading().highlight(e.text, &sought, ("<", ">")));
        let refused = error(attempt!(other.all(db))).to_string();
        assert!(refused.contains("`text` is not searched by `plain_heading` of suite.Essay"), "{refused}");
        for length in [0, 1, 65] {
            let refused = error(attempt!(Essay::objects().values(|e| e.search().snippet(e.text, &sought, ("", ""), length)).all(db)));
            assert!(refused.to_string().contains("2 to 64"), "{refused}");
        }
    }

    fn searches_follow_relations(db) {
        let ann = run!(Essayist::create().name("Ann Lee").save(db));
        let bob = run!(Essayist::create().name("Bob Lee").save(db));
        for (heading, writer) in [("a", Some(&ann)), ("b", Some(&bob)), ("c rust", Some(&bob)), ("d", None)] {
            let essay = Essay::create().heading(heading);
            match writer {
                Some(writer) => run!(essay.writer(writer).save(db)),
                None => run!(essay.save(db)),
            };
        }
        let of = |text: &str| {
            let words = words(text);
            Essay::objects().filter(move |e| e.writer().search().matches(words)).order_by(|e| e.id)
        };
        let named = run!(of("bob").values(|e| e.heading).all(db));
        assert_eq!(named, ["b", "c rust"]);
        assert_eq!(run!(of("lee").count(db)), 3);
        let known: Vec<Option<bool>> = run!(Essay::objects().order_by(|e| e.id).values(|e| e.writer().search().matches(words("bob")).optional()).all(db));
        assert_eq!(known, [Some(false), Some(true), Some(true), None]);
        for sought in [words("absent"), !words("absent")] {
            let known: Vec<Option<bool>> = run!(Essay::objects().order_by(|e| e.id).values(|e| e.writer().search().matches(&sought).optional()).all(db));
            let has = sought != words("absent");
            assert_eq!(known, [Some(has), Some(has), Some(has), None]);
        }
        let writers = Essayist::objects().filter(|w| w.essays().any(|e| e.search().matches(words("rust"))));
        assert_eq!(run!(writers.values(|w| w.name).all(db)), ["Bob Lee"]);
        let counted: Vec<(Essayist, i64)> = run!(Essayist::objects().order_by(|w| w.id)
            .annotate(|w| w.essays().filter(|e| e.search().matches(words("rust"))).count()).all(db));
        assert_eq!((counted[0].1, counted[1].1), (0, 1));
        let loaded: Vec<(Essayist, Vec<Essay>)> = run!(Essayist::objects().order_by(|w| w.id)
            .with(|w| w.essays().filter(|e| e.plain_heading().matches(words("rust")))).all(db));
        assert_eq!((loaded[0].1.len(), loaded[1].1.len()), (0, 1));
    }

    fn searches_stand_in_every_query(db) {
        for heading in ["rust one", "rust two", "go", "rust three"] {
            run!(Essay::create().heading(heading).save(db));
        }
        let rust = || headings(words("rust"));
        let numbered: Vec<(Essay, i64)> = run!(Essay::objects()
            .annotate(|e| orm::row_number().over(|w| w.order_by(e.id)))
            .qualify(|e, place| place.le(3) & e.search().matches(words("rust")))
            .order_by(|e| e.id)
            .all(db));
        assert_eq!(numbered.len(), 2);
        let both = rust().union(headings(words("go"))).order_by(|e| e.id);
        assert_eq!(run!(both.count(db)), 4);
        let without = rust().difference(headings(words("two")));
        assert_eq!(run!(without.count(db)), 2);
        let grouped: Vec<(bool, i64)> = run!(Essay::objects()
            .group_by(|e| e.search().matches(words("rust")))
            .order_by(|e| e.search().matches(words("rust")))
            .values(|e| (e.search().matches(words("rust")), count()))
            .all(db));
        assert_eq!(grouped, [(false, 1), (true, 3)]);
        let pages = run!(rust().limit(2).all(db));
        assert_eq!(pages.len(), 2);
        run!(Essay::objects().update(|e| e.seen.set(orm::if_(e.search().matches(words("rust")), 1_i64, 2_i64))).run(db));
        assert_eq!(run!(Essay::objects().filter(|e| e.seen.eq(1)).count(db)), 3);
        let within = Essay::objects().filter(|e| e.id.in_(rust().values(|e| e.id)));
        assert_eq!(run!(within.count(db)), 3);
    }
}

#[test]
fn what_is_asked_for_is_bound() {
    use orm::db::Dialect;
    let query = Essay::objects()
        .filter(|e| e.search().matches(words("rust")))
        .values(|e| e.id);
    for dialect in Dialect::ALL {
        let sql = value(query.clone().sql(dialect));
        assert!(!sql.contains("rust"), "{sql}");
    }
}
