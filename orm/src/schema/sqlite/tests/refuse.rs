//! What stops a change before anything is lost.

use super::*;

#[test]
fn inside_a_transaction_a_rebuild_is_refused_before_any_write() {
    let post = model("Post", vec![id(), text("title")]);
    let comment = model(
        "Comment",
        vec![id(), key("post", "Post", ReferentialAction::Cascade)],
    );
    let mut db = Lite::new();
    create(&mut db, &[&post, &comment]);
    db.batch("INSERT INTO shop_post VALUES (1, 'a'); INSERT INTO shop_comment VALUES (1, 1); BEGIN")
        .unwrap();
    let steps = plan(&state(&[&post]), &state(&[&shorter(&post)]), "Post", &[]);
    assert!(
        crate::schema::before_transaction(&mut db, &steps)
            .unwrap_err()
            .to_string()
            .contains("switched off")
    );
    // And the step looks for itself.
    for step in &steps {
        let done = step.run(&mut db);
        assert_eq!(done.is_err(), matches!(step, Step::Rebuild(_)), "{done:?}");
    }
    assert_eq!(
        all(&mut db, "SELECT CAST(count(*) AS TEXT) FROM shop_comment"),
        ["1"]
    );
}

#[test]
fn nulls_under_not_null_are_counted_or_filled() {
    let post = model(
        "Post",
        vec![
            id(),
            text("title"),
            FieldDef {
                null: true,
                ..text("body")
            },
        ],
    );
    let mut to = post.clone();
    to.fields[2].null = false;
    let mut db = Lite::new();
    create(&mut db, &[&post]);
    db.batch("INSERT INTO shop_post (title, body) VALUES ('a', NULL), ('b', 'x')")
        .unwrap();
    let error = alter(&mut db, &[], &post, &to, &[]).unwrap_err().to_string();
    assert!(
        error.starts_with("rows of \"shop_post\" hold NULL in \"body\"") && error.contains("(1 found)"),
        "{error}"
    );
    let fill = Fill {
        field: "body".to_owned(),
        value: Literal::Str("it's new".to_owned()),
    };
    alter(&mut db, &[], &post, &to, &[fill]).unwrap();
    assert_eq!(
        all(&mut db, "SELECT body FROM shop_post ORDER BY id"),
        ["it's new", "x"]
    );
}

#[test]
fn a_new_required_column_needs_a_value_for_the_rows_that_are_there() {
    let post = model("Post", vec![id(), text("title")]);
    let mut to = post.clone();
    to.fields.push(FieldDef::new("price", FieldType::Decimal));
    let mut db = Lite::new();
    create(&mut db, &[&post]);
    alter(&mut db, &[], &post, &to, &[]).unwrap();
    alter(&mut db, &[], &to, &post, &[]).unwrap();
    db.batch("INSERT INTO shop_post (title) VALUES ('a')").unwrap();
    let error = alter(&mut db, &[], &post, &to, &[]).unwrap_err().to_string();
    assert!(error.contains("no value in the new column \"price\""), "{error}");
    let fill = Fill {
        field: "price".to_owned(),
        value: Literal::Str("1.50".to_owned()),
    };
    alter(&mut db, &[], &post, &to, &[fill]).unwrap();
    assert_eq!(all(&mut db, "SELECT price FROM shop_post"), ["1.5"]);
}

#[test]
fn what_other_tables_point_at_cannot_go() {
    let mut post = model("Post", vec![id(), text("title"), text("slug")]);
    post.fields[2].unique = true;
    let mut db = Lite::new();
    create(&mut db, &[&post]);
    db.batch("CREATE TABLE byhand (post TEXT REFERENCES Shop_Post (Slug), id INTEGER REFERENCES shop_post)")
        .unwrap();
    let mut without = post.clone();
    without.fields.pop();
    let error = alter(&mut db, &[], &post, &without, &[]).unwrap_err().to_string();
    assert!(error.contains("point at \"slug\" of \"shop_post\""), "{error}");
    let mut plain = post.clone();
    plain.fields[2].unique = false;
    let error = alter(&mut db, &[], &post, &plain, &[]).unwrap_err().to_string();
    assert!(error.contains("point at \"slug\" of \"shop_post\""), "{error}");
    let error = run(
        &mut db,
        &delete_model(
            &post,
            &std::collections::BTreeMap::<crate::model::ModelKey, crate::model::ModelDef>::new(),
            SQLITE,
        )
        .unwrap(),
    )
    .unwrap_err()
    .to_string();
    assert!(
        error.starts_with("foreign keys of other tables point at \"shop_post\" (2 found)"),
        "{error}"
    );
    // Another column may go.
    let mut other = post.clone();
    other.fields.remove(1);
    alter(&mut db, &[], &post, &other, &[]).unwrap();
}

#[test]
fn a_view_that_would_break_is_named_and_one_that_was_broken_is_not() {
    let post = model(
        "Post",
        vec![
            id(),
            text("title"),
            FieldDef {
                null: true,
                ..text("body")
            },
        ],
    );
    let mut db = Lite::new();
    create(&mut db, &[&post]);
    db.batch("CREATE VIEW broken AS SELECT * FROM nowhere; CREATE VIEW bodies AS SELECT body FROM shop_post")
        .unwrap();
    alter(&mut db, &[], &post, &shorter(&post), &[]).unwrap();
    let mut to = post.clone();
    to.fields.pop();
    to.fields[1].max_length = Some(9);
    let error = alter(&mut db, &[], &shorter(&post), &to, &[])
        .unwrap_err()
        .to_string();
    assert!(error.contains("view \"bodies\" would not work"), "{error}");
    assert_eq!(all(&mut db, "SELECT body FROM bodies"), [""; 0]);
}

#[test]
fn duplicates_under_a_new_unique_are_counted() {
    let post = model("Post", vec![id(), text("title")]);
    let mut to = post.clone();
    to.fields[1].unique = true;
    let mut db = Lite::new();
    create(&mut db, &[&post]);
    db.batch("INSERT INTO shop_post (title) VALUES ('a'), ('a'), ('b'), ('b'), ('c')")
        .unwrap();
    let error = alter(&mut db, &[], &post, &to, &[]).unwrap_err().to_string();
    assert!(
        error.starts_with("values of \"title\" stand in more than one row of \"shop_post\" (2 found)"),
        "{error}"
    );
}

/// Files of before have fewer checks, and rows that today's would refuse.
#[test]
fn rows_that_were_never_held_to_a_check_are_counted_before_a_rebuild() {
    let amount = FieldDef::new("amount", FieldType::Decimal);
    let on = FieldDef::new("on", FieldType::Date);
    let mut note = FieldDef::new("note", FieldType::Json);
    note.null = true;
    let before = model("Post", vec![id(), text("title"), amount, on, note]);
    let mut db = Lite::new();
    db.batch(
        "CREATE TABLE shop_post (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, amount TEXT NOT NULL, \"on\" TEXT NOT NULL, \
         note TEXT CONSTRAINT shop_post_note_check CHECK (json_valid(\"note\"))) STRICT;
         INSERT INTO shop_post (title, amount, \"on\", note) VALUES ('a', '1.50', '2024-02-30', NULL), ('b', '1.5', '2024-02-29', '{}'), \
         ('c', '', 'nonsense', '[]')",
    )
    .unwrap();
    // They do not matter to a change that needs no rebuild.
    let mut extended = before.clone();
    extended.fields.push(FieldDef {
        null: true,
        ..text("more")
    });
    alter(&mut db, &[], &before, &extended, &[]).unwrap();
    let to = shorter(&extended);
    for (check, fix) in [
        (
            "shop_post_amount_check",
            "amount = CASE amount WHEN '' THEN '0' ELSE '1.5' END",
        ),
        ("shop_post_on_check", "\"on\" = '2024-02-29'"),
    ] {
        let rows = all(&mut db, "SELECT title || amount || \"on\" FROM shop_post");
        let error = alter(&mut db, &[], &extended, &to, &[]).unwrap_err();
        let (said, hint) = (error.to_string(), error.hint().unwrap().to_owned());
        assert!(
            said.contains(&format!("would break the check \"{check}\" (2 found)")),
            "{said}"
        );
        assert!(!said.contains("nonsense") && !hint.contains("nonsense"));
        assert_eq!(
            all(&mut db, "SELECT title || amount || \"on\" FROM shop_post"),
            rows
        );
        let find = hint.split_once("find them: SELECT * ").unwrap().1;
        assert_eq!(all(&mut db, &format!("SELECT title {find}")), ["a", "c"]);
        db.batch(&format!("UPDATE shop_post SET {fix} WHERE title <> 'b'"))
            .unwrap();
    }
    alter(&mut db, &[], &extended, &to, &[]).unwrap();
    assert_eq!(
        all(
            &mut db,
            "SELECT title || amount || \"on\" FROM shop_post ORDER BY id"
        ),
        ["a1.52024-02-29", "b1.52024-02-29", "c02024-02-29"]
    );
    let asked = lower(&to, &state(&[&to]), SQLITE).unwrap();
    assert_eq!(introspect(&mut db, "shop_post").unwrap(), Some(asked));
    db.batch("UPDATE shop_post SET amount = '1.50'").unwrap_err();
}
