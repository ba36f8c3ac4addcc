//! What is made, and what it holds rows to.

use super::*;

#[test]
fn defaults_of_the_database_have_the_form_of_our_values() {
    use crate::model::DbDefault;
    let with = |name: &str, ty, default| FieldDef {
        db_default: Some(default),
        ..FieldDef::new(name, ty)
    };
    let post = model(
        "Post",
        vec![
            id(),
            with("d", FieldType::Date, DbDefault::Now),
            with("t", FieldType::Time, DbDefault::Now),
            with("dt", FieldType::DateTime, DbDefault::Now),
            with("ts", FieldType::Timestamp, DbDefault::Now),
            with("u", FieldType::Uuid, DbDefault::RandomUuid),
        ],
    );
    let mut db = Lite::new();
    create(&mut db, &[&post]);
    db.batch("INSERT INTO shop_post DEFAULT VALUES; INSERT INTO shop_post DEFAULT VALUES")
        .unwrap();
    db.query(
        "SELECT d, t, dt, ts, u FROM shop_post WHERE id = 1",
        &[],
        &mut |row| {
            assert_eq!(row.get::<String>(0)?.len(), "2026-11-22".len());
            assert_eq!(row.get::<String>(1)?.len(), "18:05:00.000000".len());
            assert_eq!(row.get::<String>(2)?.len(), "2026-11-22T18:05:00.000000".len());
            assert_eq!(row.get::<String>(3)?.len(), "2026-11-22T18:05:00.000000Z".len());
            row.get::<chrono::NaiveTime>(1)?;
            row.get::<chrono::NaiveDateTime>(2)?;
            row.get::<chrono::DateTime<chrono::Utc>>(3)?;
            assert_eq!(row.get::<uuid::Uuid>(4)?.get_version_num(), 4);
            Ok(())
        },
    )
    .unwrap();
    assert_eq!(
        all(&mut db, "SELECT CAST(count(DISTINCT u) AS TEXT) FROM shop_post"),
        ["2"]
    );
}

#[test]
fn the_database_holds_rows_to_what_the_model_says() {
    let mut price = FieldDef::new("price", FieldType::Decimal);
    (price.max_digits, price.decimal_places) = (Some(5), Some(2));
    let mut total = FieldDef::new("total", FieldType::Decimal);
    total.max_digits = Some(3);
    let mut kind = FieldDef::new("kind", FieldType::Choices);
    kind.choices = vec!["a".to_owned(), "it's".to_owned()];
    for field in [&mut price, &mut total, &mut kind] {
        field.null = true;
    }
    let post = model("Post", vec![id(), price, total, kind]);
    let mut db = Lite::new();
    create(&mut db, &[&post]);
    for (column, value, fits) in [
        ("price", "'999.99'", true),
        ("price", "'-0.01'", true),
        ("price", "'1000'", false),
        ("price", "'1.001'", false),
        ("total", "'100'", true),
        ("total", "'0.0123'", true),
        ("total", "'10.01'", false),
        ("kind", "'it''s'", true),
        ("kind", "'b'", false),
    ] {
        let done = db.batch(&format!("INSERT INTO shop_post ({column}) VALUES ({value})"));
        assert_eq!(done.is_ok(), fits, "{column} = {value}");
    }
}

#[test]
fn statements_read_well() {
    let mut title = text("title");
    title.max_length = Some(200);
    title.default = Some("it's".into());
    let post = model(
        "Post",
        vec![id(), title, key("author", "Author", ReferentialAction::Cascade)],
    );
    let author = model("Author", vec![id()]);
    let models = state(&[&post, &author]);
    let sql: Vec<String> = create_model(&post, &models, SQLITE)
        .unwrap()
        .iter()
        .flat_map(Step::sql)
        .collect();
    assert_eq!(
        sql.join(";\n"),
        r#"CREATE TABLE "shop_post" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "title" TEXT NOT NULL DEFAULT 'it''s' CONSTRAINT "shop_post_title_check" CHECK (length("title") <= 200),
    "author_id" INTEGER NOT NULL CONSTRAINT "shop_post_author_id_fk" REFERENCES "shop_author" ("id") ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX "shop_post_author_id_idx" ON "shop_post" ("author_id")"#
    );
}
