//! What is asked, in whole texts; what comes of changes stands in `golden`.

use crate::migrate::testing::{changes, grown, models};
use crate::migrate::{Answers, Unanswered};

#[track_caller]
fn check_answered(answers: &Answers, before: &str, after: &str, expected: &str) {
    let trimmed: Vec<&str> = expected
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let found = changes(before, after, answers).unwrap();
    let found: Vec<&str> = found.lines().map(str::trim).collect();
    assert_eq!(found, trimmed);
}

#[track_caller]
fn check_question(before: &str, after: &str, expected: &str) {
    let error = changes(before, after, &Answers::default()).unwrap_err();
    assert!(error.is_question(), "{error:?}");
    assert_eq!(error.to_string(), expected);
}

const POST: &str = "
blog.Post
  title text max=200
";

#[test]
fn a_field_that_takes_no_null_asks_what_rows_get() {
    check_question(
        POST,
        "
        blog.Post
          title text max=200
          slug text
          key uuid in_code
        ",
        "blog.Post.key is new, takes no NULL, and only the program can compute its default: what do the rows that \
         exist get?\n  give it a default in the model, make it an Option, or answer --default blog.Post.key=VALUE\n\
         blog.Post.slug is new, takes no NULL and has no default: what do the rows that exist get?\n  \
         give it a default in the model, make it an Option, or answer --default blog.Post.slug=VALUE",
    );
}

#[test]
fn a_field_that_takes_no_null_any_more_asks_too() {
    check_question(
        "
        blog.Post
          views int null
        ",
        "
        blog.Post
          views int
        ",
        "blog.Post.views takes no NULL any more and has no default: what do the rows that hold NULL get?\n  \
         give it a default in the model, keep it an Option, or answer --default blog.Post.views=VALUE; where no row \
         holds NULL, answer \"blog.Post.views\" = true under [proceed] in the answers file",
    );
}

#[test]
fn answers_are_read_by_the_type_of_the_field() {
    let after = "
        blog.Post
          title text max=200
          views int
          slug text max=3
        ";
    let mut answers = Answers::default();
    answers.add_default("blog.Post.views=7").unwrap();
    answers.add_default("blog.Post.slug=007").unwrap();
    check_answered(
        &answers,
        POST,
        after,
        "
        blog.0002_post_slug_post_views after blog.0001_initial
          + add field slug to Post
          + add field views to Post
        ",
    );
    for bad in ["blog.Post.views=many", "blog.Post.slug=long"] {
        let mut answers = answers.clone();
        answers.add_default(bad).unwrap();
        assert!(changes(POST, after, &answers).is_err(), "{bad}");
    }
}

#[test]
fn the_time_a_row_was_made_is_asked_with_a_suggestion() {
    let after = "
        blog.Post
          title text max=200
          made timestamp auto_now_add in_code
        ";
    let error = changes(POST, after, &Answers::default()).unwrap_err();
    let unanswered = Unanswered::of(&error).unwrap();
    assert!(
        unanswered
            .answers_file()
            .ends_with("# \"blog.Post.made\" = \"2026-11-22T18:05:00.000000Z\"\n")
    );
}

#[test]
fn what_may_be_a_rename_is_never_a_silent_loss() {
    let after = "
        blog.Post
          headline text max=200
        ";
    check_question(
        POST,
        after,
        "blog.Post lost the field title and gained headline, defined alike: was it renamed?\n  \
         if so, mark it #[orm(renamed_from = \"title\")] or answer --renamed blog.Post.title:headline; if the values \
         of title shall be lost, answer --not-renamed blog.Post.title\n\
         blog.Post.headline is new, takes no NULL and has no default: what do the rows that exist get?\n  \
         give it a default in the model, make it an Option, or answer --default blog.Post.headline=VALUE",
    );
    let mut answers = Answers::default();
    answers.add_not_renamed("blog.Post.title:headline").unwrap();
    answers.add_default("blog.Post.headline=''").unwrap();
    check_answered(
        &answers,
        POST,
        after,
        "
        blog.0002_remove_post_title_post_headline after blog.0001_initial
          - remove field title from Post
          + add field headline to Post
        ",
    );
}

#[test]
fn a_model_that_may_be_renamed_is_a_question() {
    let after = "
        blog.Article
          title text max=200
        ";
    check_question(
        POST,
        after,
        "the model blog.Post is gone and Article is new, with the same fields: was it renamed?\n  \
         if so, mark Article #[orm(renamed_from = \"Post\")] or answer --renamed blog.Post:Article; if the rows of \
         blog.Post shall be lost, answer --not-renamed blog.Post",
    );
    let mut answers = Answers::default();
    answers.add_not_renamed("blog.Post:Article").unwrap();
    check_answered(
        &answers,
        POST,
        after,
        "
        blog.0002_article_delete_post after blog.0001_initial
          + create model Article
          - delete model Post
        ",
    );
}

/// What a model said long ago keeps nobody from asking about what has that old name since.
#[test]
fn a_field_that_came_back_under_its_old_name_is_asked_about_when_it_goes() {
    let mut migrations = Vec::new();
    for state in [
        "blog.Post\n a text null",
        "blog.Post\n b text null from=a",
        "blog.Post\n b text null from=a\n a text null",
    ] {
        let new = grown(&migrations, &models(state), &Answers::default()).unwrap();
        migrations.extend(new);
    }
    let after = models("blog.Post\n b text null from=a\n c text null");
    let error = grown(&migrations, &after, &Answers::default()).unwrap_err();
    assert!(
        error.is_question()
            && error
                .to_string()
                .starts_with("blog.Post lost the field a and gained c"),
        "{error}"
    );
    let gone = models("blog.Post\n b text null from=a");
    let new = grown(&migrations, &gone, &Answers::default()).unwrap();
    assert_eq!(new[0].describe, ["- remove field a from Post"]);
}

#[test]
fn later_answers_take_the_place_of_earlier_ones_that_they_contradict() {
    let parse = |text: &str| Answers::parse("answers.toml", text).unwrap();
    let mut answers = parse(
        "[renamed]\n\"blog.Post.a:b\" = false\n\"blog.Post.c\" = \"d\"\n[proceed]\n\"blog.Post.e\" = true\n\
         [defaults]\n\"blog.Post.f\" = 1\n",
    );
    answers.extend(parse(
        "[renamed]\n\"blog.Post.a\" = \"b\"\n\"blog.Post.c:d\" = false\n[defaults]\n\"blog.Post.e\" = 1\n\
         [proceed]\n\"blog.Post.f\" = true\n",
    ));
    let expected = parse(
        "[renamed]\n\"blog.Post.a\" = \"b\"\n\"blog.Post.c:d\" = false\n[defaults]\n\"blog.Post.e\" = 1\n\
         [proceed]\n\"blog.Post.f\" = true\n",
    );
    assert_eq!(answers, expected);
}

#[test]
fn what_takes_a_field_away_comes_after_all_files_that_pointed_at_it() {
    let pointing = models(
        "
        geo.Country
          code text unique
        shop.Order
          country fk=geo.Country to=code
        ",
    );
    let elsewhere = models(
        "
        geo.Country
          code text unique
        shop.Order
          country fk=geo.Country
        ",
    );
    for last in [
        "geo.Country\nshop.Order\n  country fk=geo.Country\n",
        "geo.Country\n  code text\nshop.Order\n  country fk=geo.Country\n",
        "geo.Country\n  iso text unique from=code\nshop.Order\n  country fk=geo.Country\n",
    ] {
        let mut migrations = Vec::new();
        for step in [&pointing, &elsewhere, &models(last)] {
            let new = grown(&migrations, step, &Answers::default()).unwrap();
            migrations.extend(new);
        }
        let [.., taken] = migrations.as_slice() else {
            panic!("nothing was made");
        };
        assert_eq!(taken.app, "geo");
        assert!(
            taken.text.contains("\"shop.0002_alter_order_country\""),
            "{}",
            taken.text
        );
    }
}
