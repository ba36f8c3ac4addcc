//! Parts of strings found and replaced by regular expressions, against plain Rust.

use orm::Pattern;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::models::Line;

use orm_tests::samples::samples;

fn pattern(text: &str) -> Pattern {
    Pattern::new(text).expect("a pattern")
}

/// Runs of digits, and what stands between them.
fn runs(text: &str) -> Vec<(bool, String)> {
    let mut runs: Vec<(bool, String)> = Vec::new();
    for letter in text.chars() {
        let digit = letter.is_ascii_digit();
        match runs.last_mut() {
            Some((same, run)) if *same == digit => run.push(letter),
            _ => runs.push((digit, letter.to_string())),
        }
    }
    runs
}

behaviour! {
    fn runs_of_digits(db) {
        run!(Line::objects().delete().run(db));
        let mut texts = samples(60, "[0-9a-cé\\\\$&\n'\"% ]{0,12}");
        texts.extend(["", "7", "no", "12\n34", "\\1", "'; --"].map(str::to_owned));
        run!(Line::bulk_create(texts.iter().map(|text| Line::create().text(text.as_str()))).run(db));
        let digits = pattern("[0-9]+");
        for with in ["", "#", "\\1", "\\&", "$0", "${a}", "\\\\", "é'"] {
            let found = run!(Line::objects().order_by(|l| l.id).values(|l| (l.text.replace_regex(&digits, with), l.text.find_regex(&digits))).all(db));
            for (text, (replaced, first)) in texts.iter().zip(found) {
                let runs = runs(text);
                let expected: String = runs.iter().map(|(digit, run)| if *digit { with } else { run.as_str() }).collect();
                assert_eq!(replaced, expected, "{text:?} {with:?}");
                assert_eq!(first, runs.into_iter().find(|(digit, _)| *digit).map(|(_, run)| run), "{text:?}");
            }
        }
    }

    fn anchors_alternatives_and_null(db) {
        run!(Line::objects().delete().run(db));
        for text in ["cat dog cat", "2026-11-29 and 2027-1-2", "aaab ab b", "a\nb"] {
            run!(Line::create().text(text).note((text.len() > 4).then(|| text.to_owned())).save(db));
        }
        let of = |text: &'static str, with: &'static str| Line::objects().order_by(|l| l.id).values(move |l| l.text.replace_regex(&pattern(text), with));
        assert_eq!(run!(of("cat|dog", "x").all(db))[0], "x x x");
        assert_eq!(run!(of("[0-9]+-[0-9]+-[0-9]+", "day").all(db))[1], "day and day");
        assert_eq!(run!(of("^a", "x").all(db))[2], "xaab ab b");
        assert_eq!(run!(of("a{2}", "x").all(db))[2], "xab ab b");
        assert_eq!(run!(of("a+b", "x").all(db))[2], "x x b");
        assert_eq!(run!(of("a.b$", "x").all(db))[3], "x");
        let found = Line::objects().order_by(|l| l.id).values(|l| l.text.find_regex(&pattern("(?:a|b)+$")));
        assert_eq!(run!(found.all(db)), [None, None, Some("b".to_owned()), Some("b".to_owned())]);
        // NULL is NULL, and what is computed is compared.
        let notes = Line::objects().order_by(|l| l.id).values(|l| (l.note.replace_regex(&pattern("a"), ""), l.note.find_regex(&pattern("a"))));
        assert_eq!(run!(notes.all(db))[3], (None, None));
        assert_eq!(run!(Line::objects().filter(|l| l.text.find_regex(&pattern("[0-9]{4}")).eq("2026")).count(db)), 1);
        assert_eq!(run!(Line::objects().filter(|l| l.id.gt(0)).update(|l| l.text.set(l.text.replace_regex(&pattern("[a-z]"), "-"))).run(db)), 4);
        assert_eq!(run!(Line::objects().order_by(|l| l.id).values(|l| l.text).first(db)).as_deref(), Some("--- --- ---"));
    }

    fn what_databases_match_in_different_ways_is_refused(db) {
        for text in ["a|ab", "(a|ab)(c|bcd)", "[0-9]*", "a?(ab)?", "", "^"] {
            let refused = attempt!(Line::objects().values(|l| l.text.replace_regex(&pattern(text), "x")).all(db)).unwrap_err();
            assert!(refused.to_string().contains("databases do not agree how much"), "{text}: {refused}");
            let refused = attempt!(Line::objects().filter(|l| l.text.find_regex(&pattern(text)).is_null()).all(db)).unwrap_err();
            assert!(refused.to_string().contains("databases do not agree how much"), "{text}: {refused}");
        }
    }

    fn trigrams_are_of_postgres(db) {
        run!(Line::objects().delete().run(db));
        run!(Line::bulk_create(["word", "two words", "sword", "else"].map(|text| Line::create().text(text))).run(db));
        let similar = || Line::objects().filter(|l| l.text.trigram_similar("wrod")).order_by(|l| (l.text.trigram_similarity("wrod").desc(), l.id));
        if db.dialect().name == "sqlite" {
            let refused = attempt!(similar().all(db)).unwrap_err();
            assert!(refused.is_unsupported() && refused.to_string().contains("`trigram_similar` is not there on sqlite"), "{refused}");
            let refused = attempt!(Line::objects().values(|l| l.text.trigram_word_similarity("w")).all(db)).unwrap_err();
            assert!(refused.is_unsupported() && refused.to_string().contains("pg_trgm"), "{refused}");
            return;
        }
        let missing = attempt!(similar().all(db)).unwrap_err();
        assert!(!missing.is_unsupported(), "{missing}");
        run!(orm::script("CREATE EXTENSION IF NOT EXISTS pg_trgm").run(db));
        let words = run!(Line::objects().order_by(|l| l.id).values(|l| (l.text.trigram_similarity("word"), l.text.trigram_word_similarity("word"))).all(db));
        assert_eq!(words[0], (1.0, 1.0));
        assert!(words[1].0 < 1.0 && words[1].1 > words[1].0 && words[3] == (0.0, 0.0), "{words:?}");
        assert_eq!(run!(Line::objects().filter(|l| l.text.trigram_similar("sword")).order_by(|l| l.text.trigram_similarity("sword").desc()).values(|l| l.text).all(db))[0], "sword");
        assert_eq!(run!(Line::objects().values(|l| l.note.trigram_similarity("word").optional()).all(db)), [None; 4]);
    }
}
