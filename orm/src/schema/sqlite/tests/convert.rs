//! Values under a new type.

use super::*;

#[test]
fn values_that_a_new_type_cannot_hold_stop_it_with_their_number() {
    let post = model(
        "Post",
        vec![
            id(),
            FieldDef {
                null: true,
                ..text("title")
            },
        ],
    );
    for (ty, lost) in [
        (FieldType::BigInt, 4),
        (FieldType::Decimal, 3),
        (FieldType::Date, 5),
        (FieldType::Bool, 5),
        (FieldType::Uuid, 5),
        (FieldType::Json, 2),
        (FieldType::Double, 3),
    ] {
        let mut db = Lite::new();
        create(&mut db, &[&post]);
        db.batch("INSERT INTO shop_post (title) VALUES ('007'), ('abc'), ('1e3'), ('12'), ('-1.5'), (NULL)")
            .unwrap();
        let mut to = post.clone();
        to.fields[1].ty = ty;
        let error = alter(&mut db, &[], &post, &to, &[]).unwrap_err().to_string();
        assert!(error.contains(&format!("({lost} found)")), "{ty:?}: {error}");
        assert!(!error.contains("007"), "{error}");
        db.batch("DELETE FROM shop_post WHERE title IN ('007', 'abc', '1e3', '-1.5')")
            .unwrap();
        if lost < 5 {
            alter(&mut db, &[], &post, &to, &[]).unwrap();
            let expected = if ty == FieldType::Double { "12.0" } else { "12" };
            assert_eq!(
                all(&mut db, "SELECT CAST(title AS TEXT) FROM shop_post"),
                [expected, "NULL"]
            );
        }
    }
}

#[test]
fn values_are_rewritten_for_their_new_type() {
    for (from, to, before, after) in [
        (FieldType::Int, FieldType::Text, "-12", "'-12'"),
        (FieldType::Int, FieldType::Decimal, "100", "'100'"),
        (FieldType::Double, FieldType::Decimal, "2.0", "'2'"),
        (FieldType::Double, FieldType::Decimal, "-0.25", "'-0.25'"),
        (FieldType::Double, FieldType::Int, "3.0", "3"),
        (FieldType::Bool, FieldType::Text, "1", "'true'"),
        (FieldType::Text, FieldType::Bool, "'false'", "0"),
        (
            FieldType::Date,
            FieldType::Timestamp,
            "'2026-11-22'",
            "'2026-11-22T00:00:00.000000Z'",
        ),
        (
            FieldType::DateTime,
            FieldType::Date,
            "'2026-11-22T00:00:00.000000'",
            "'2026-11-22'",
        ),
        (
            FieldType::Timestamp,
            FieldType::DateTime,
            "'2026-11-22T18:05:00.000000Z'",
            "'2026-11-22T18:05:00.000000'",
        ),
        (
            FieldType::Text,
            FieldType::Uuid,
            "'67E55044-10b1-426f-9247-bb680e5fe0c8'",
            "X'67E5504410B1426F9247BB680E5FE0C8'",
        ),
        (
            FieldType::Uuid,
            FieldType::Text,
            "X'67E5504410B1426F9247BB680E5FE0C8'",
            "'67e55044-10b1-426f-9247-bb680e5fe0c8'",
        ),
        (FieldType::Text, FieldType::Bytes, "'é'", "X'C3A9'"),
    ] {
        let post = model("Post", vec![id(), FieldDef::new("title", from)]);
        let mut new = post.clone();
        new.fields[1].ty = to;
        let mut db = Lite::new();
        create(&mut db, &[&post]);
        db.batch(&format!("INSERT INTO shop_post (title) VALUES ({before})"))
            .unwrap();
        alter(&mut db, &[], &post, &new, &[]).unwrap();
        assert_eq!(
            all(&mut db, "SELECT quote(title) FROM shop_post"),
            [after],
            "{from:?} to {to:?}"
        );
    }
}

#[test]
fn keys_follow_the_type_of_what_they_point_at() {
    let mut tags = FieldDef::new("tags", FieldType::ManyToMany);
    tags.to = Some(ModelKey::new("shop", "Tag"));
    let mut code = FieldDef::new("code", FieldType::Int);
    code.primary_key = true;
    let post = model(
        "Post",
        vec![id(), tags, key("main", "Tag", ReferentialAction::Restrict)],
    );
    let tag = model("Tag", vec![code]);
    let mut to = tag.clone();
    to.fields[0].ty = FieldType::Text;
    let mut db = Lite::new();
    create(&mut db, &[&tag, &post]);
    db.batch("INSERT INTO shop_tag VALUES (7); INSERT INTO shop_post VALUES (1, 7); INSERT INTO shop_post_tags VALUES (1, 1, 7)")
        .unwrap();
    alter(&mut db, &[&post], &tag, &to, &[]).unwrap();
    assert_eq!(all(&mut db, "SELECT quote(code) FROM shop_tag"), ["'7'"]);
    assert_eq!(all(&mut db, "SELECT quote(main_id) FROM shop_post"), ["'7'"]);
    assert_eq!(all(&mut db, "SELECT quote(tag_id) FROM shop_post_tags"), ["'7'"]);
}
