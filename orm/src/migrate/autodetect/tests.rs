//! `before, after -> operations`, in the words that `makemigrations` prints.

use crate::migrate::testing::changes;
use crate::migrate::{Answers, Unanswered};

#[track_caller]
fn check(before: &str, after: &str, expected: &str) {
    check_answered(&Answers::default(), before, after, expected);
}

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
fn models_come_with_their_keys_after_what_they_point_at() {
    check(
        "",
        "
        blog.Comment
          post fk=blog.Post
          parent fk=blog.Comment null
        blog.Post
          author fk=auth.User
          tags m2m=blog.Tag
        blog.Tag
        auth.User
        ",
        "
        auth.0001_initial
          + create model User
        blog.0001_initial after auth.0001_initial
          + create model Tag
          + create model Post
          + create model Comment
        ",
    );
}

#[test]
fn nothing_changes_where_nothing_changed() {
    check(POST, POST, "");
}

#[test]
fn a_circle_inside_an_app_is_closed_afterwards() {
    check(
        "",
        "
        blog.Author
          best fk=blog.Post null
          index best
        blog.Post
          author fk=blog.Author
        ",
        "
        blog.0001_initial
          + create model Author
          + create model Post
          + add field best to Author
          + add index blog_author_best_idx to Author
        ",
    );
}

#[test]
fn a_circle_across_apps_cuts_one_of_them() {
    check(
        "",
        "
        auth.User
          best fk=blog.Post null
        blog.Post
          author fk=auth.User
        ",
        "
        auth.0001_initial
          + create model User
        blog.0001_initial after auth.0001_initial
          + create model Post
        auth.0002_initial after auth.0001_initial, blog.0001_initial
          + add field best to User
        ",
    );
}

#[test]
fn apps_that_need_each_other_without_a_circle_of_models_are_cut_too() {
    check(
        "",
        "
        auth.Profile
          favourite fk=blog.Post
        auth.User
        blog.Post
          author fk=auth.User
        ",
        "
        auth.0001_initial
          + create model Profile
          + create model User
        blog.0001_initial after auth.0001_initial
          + create model Post
        auth.0002_initial after auth.0001_initial, blog.0001_initial
          + add field favourite to Profile
        ",
    );
}

#[test]
fn fields_indexes_and_constraints_change_in_order() {
    check(
        "
        blog.Post
          title text max=200
          old int
          index old
          unique old title
        ",
        "
        blog.Post
          title text max=100
          views int default=0
          index views
          check title
          ordering -views
          comment what is written
        ",
        "
        blog.0002_alter_post_options_alter_post_table_comment_and_more after blog.0001_initial
          ~ change options of Post
          ~ change table comment of Post
          - remove constraint blog_post_old_title_uniq from Post
          - remove index blog_post_old_idx from Post
          - remove field old from Post
          + add field views to Post
          ~ alter field title on Post
          + add index blog_post_views_idx to Post
          + add constraint title_check to Post
        ",
    );
}

#[test]
fn a_model_goes_after_the_keys_that_point_at_it() {
    check(
        "
        auth.User
          name text
        blog.Post
          author fk=auth.User
        ",
        "
        blog.Post
          title text null
        ",
        "
        blog.0002_remove_post_author_post_title after blog.0001_initial
          - remove field author from Post
          + add field title to Post
        auth.0002_delete_user after auth.0001_initial, blog.0002_remove_post_author_post_title
          - delete model User
        ",
    );
}

#[test]
fn a_circle_goes_by_its_key_first() {
    check(
        "
        blog.Author
          best fk=blog.Post null
          index best
        blog.Post
          author fk=blog.Author
        ",
        "",
        "
        blog.0002_remove_post_author_delete_author_delete_post after blog.0001_initial
          - remove field author from Post
          - delete model Author
          - delete model Post
        ",
    );
}

#[test]
fn a_key_to_another_app_waits_for_its_model() {
    check(
        POST,
        "
        blog.Post
          title text max=200
          author fk=auth.User null
        auth.User
        ",
        "
        auth.0001_initial
          + create model User
        blog.0002_post_author after auth.0001_initial, blog.0001_initial
          + add field author to Post
        ",
    );
}

#[test]
fn a_key_that_becomes_many_to_many_is_replaced() {
    check(
        "
        blog.Tag
        blog.Post
          tag fk=blog.Tag null
        ",
        "
        blog.Tag
        blog.Post
          tag m2m=blog.Tag
        ",
        "
        blog.0002_remove_post_tag_post_tag after blog.0001_initial
          - remove field tag from Post
          + add field tag to Post
        ",
    );
}

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

#[test]
fn a_rename_that_the_model_tells_keeps_the_values() {
    let before = "
        blog.Post
          title text max=200 unique
          author fk=auth.User
          tags m2m=blog.Tag
          index title -author
          check title
          ordering -title
        blog.Tag
        auth.User
        ";
    check(
        before,
        "
        blog.Post
          headline text max=300 unique from=title
          writer fk=auth.User from=author column=author_id
          labels m2m=blog.Tag from=tags table=blog_post_tags
          index headline -writer
          check headline
          ordering -headline
        blog.Tag
        auth.User
        ",
        "
        blog.0002_alter_post_options_remove_post_title_check_and_more after auth.0001_initial, blog.0001_initial
          ~ change options of Post
          - remove constraint title_check from Post
          - remove index blog_post_title_author_idx from Post
          ~ rename field title on Post to headline
          ~ rename field tags on Post to labels
          ~ alter field labels on Post
          ~ alter field author on Post
          ~ rename field author on Post to writer
          ~ alter field headline on Post
          + add index blog_post_headline_writer_idx to Post
          + add constraint headline_check to Post
        ",
    );
    let error = changes(POST, "blog.Post\n  headline text from=titel", &Answers::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("blog.Post.headline says it was renamed from titel"),
        "{error}"
    );
}

#[test]
fn names_can_move_on_in_a_row() {
    check(
        "
        blog.Post
          a int
          b int
        ",
        "
        blog.Post
          b int from=a
          c int from=b
        ",
        "
        blog.0002_rename_b_post_c_rename_a_post_b after blog.0001_initial
          ~ rename field b on Post to c
          ~ rename field a on Post to b
        ",
    );
}

#[test]
fn a_rename_stands_with_the_other_changes_of_its_table() {
    check(
        POST,
        "
        blog.Post
          headline text max=300 from=title
          tags m2m=blog.Tag
        blog.Tag
        ",
        "
        blog.0002_tag_rename_title_post_headline_alter_post_headline_and_more after blog.0001_initial
          + create model Tag
          ~ rename field title on Post to headline
          ~ alter field headline on Post
          + add field tags to Post
        ",
    );
}
