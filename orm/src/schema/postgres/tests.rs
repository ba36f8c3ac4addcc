//! Populated Postgres tables through the changes that differ from SQLite's.

use crate::error::Result;
use crate::model::{FieldDef, ModelDef, ModelKey, ReferentialAction, UniqueDef};
use crate::sql::{Dialect, Session};
use crate::value::{FieldType, Literal};

use super::super::testing::{Pg, all, id, key, model, run, state};
use super::super::{Fill, Step, alter_model, canonical, create_model, delete_model, introspect, lower};

const POSTGRES: &Dialect = Dialect::POSTGRES;

fn text(name: &str) -> FieldDef {
    FieldDef::new(name, FieldType::Text)
}

fn create(session: &mut Pg, models: &[&ModelDef]) {
    let known = state(models);
    for model in models {
        run(session, &create_model(model, &known, POSTGRES).unwrap()).unwrap();
    }
}

fn alter(
    session: &mut Pg,
    others: &[&ModelDef],
    from: &ModelDef,
    to: &ModelDef,
    fills: &[Fill],
) -> Result<()> {
    let states = |model| state(&others.iter().copied().chain([model]).collect::<Vec<_>>());
    let steps = alter_model(from, &states(from), to, &states(to), fills, POSTGRES).unwrap();
    let done = run(session, &steps);
    let (asked, models) = if done.is_ok() {
        (to, states(to))
    } else {
        (from, states(from))
    };
    let asked = canonical(session, &lower(asked, &models, POSTGRES).unwrap()).unwrap();
    assert_eq!(
        introspect(session, &asked.name).unwrap(),
        Some(asked),
        "{steps:#?}"
    );
    done
}

#[test]
fn values_that_a_new_type_cannot_hold_stop_it_with_their_number() {
    for (from, to, values, lost) in [
        (
            text("c"),
            FieldDef::new("c", FieldType::Int),
            "('007'), ('abc'), ('12'), ('99999999999')",
            2,
        ),
        (
            text("c"),
            FieldDef {
                max_length: Some(3),
                ..text("c")
            },
            "('abcd'), ('abc'), ('é€🎉')",
            1,
        ),
        (
            text("c"),
            FieldDef::new("c", FieldType::Json),
            "('{'), ('[1]'), ('x')",
            2,
        ),
        (
            text("c"),
            FieldDef::new("c", FieldType::Date),
            "('2026-11-22'), ('22.11.2026'), ('today')",
            2,
        ),
        (
            text("c"),
            FieldDef::new("c", FieldType::Uuid),
            "('x'), ('67e55044-10b1-426f-9247-bb680e5fe0c8')",
            1,
        ),
        (
            FieldDef::new("c", FieldType::Decimal),
            FieldDef {
                max_digits: Some(4),
                decimal_places: Some(2),
                ..FieldDef::new("c", FieldType::Decimal)
            },
            "(1.555), (100), (99.99), (1.5)",
            2,
        ),
        (
            FieldDef::new("c", FieldType::BigInt),
            FieldDef::new("c", FieldType::SmallInt),
            "(40000), (1)",
            1,
        ),
        (
            FieldDef::new("c", FieldType::Double),
            FieldDef::new("c", FieldType::Int),
            "(1.5), (2)",
            1,
        ),
        (
            FieldDef::new("c", FieldType::Bool),
            FieldDef::new("c", FieldType::Date),
            "(true), (false)",
            2,
        ),
    ] {
        let mut db = Pg::new();
        let (from, to) = (model("Post", vec![id(), from]), model("Post", vec![id(), to]));
        create(&mut db, &[&from]);
        db.batch(&format!("INSERT INTO shop_post (c) VALUES {values}"))
            .unwrap();
        let error = alter(&mut db, &[], &from, &to, &[]).unwrap_err().to_string();
        assert!(error.contains(&format!("({lost} found)")), "{error}");
        db.batch("DELETE FROM shop_post").unwrap();
        alter(&mut db, &[], &from, &to, &[]).unwrap();
    }
}

#[test]
fn times_without_a_zone_become_instants_in_utc_whatever_the_session_says() {
    let from = model("Post", vec![id(), FieldDef::new("at", FieldType::DateTime)]);
    let to = model("Post", vec![id(), FieldDef::new("at", FieldType::Timestamp)]);
    let mut db = Pg::new();
    create(&mut db, &[&from]);
    db.batch("SET TimeZone = 'Asia/Tokyo'; INSERT INTO shop_post (at) VALUES ('2026-11-22 18:05')")
        .unwrap();
    alter(&mut db, &[], &from, &to, &[]).unwrap();
    let utc = "SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM shop_post";
    assert_eq!(all(&mut db, utc), ["2026-11-22 18:05"]);
    alter(&mut db, &[], &to, &from, &[]).unwrap();
    assert_eq!(
        all(&mut db, "SELECT at::text FROM shop_post"),
        ["2026-11-22 18:05:00"]
    );
}

#[test]
fn a_filled_key_is_checked_before_the_table_is_altered_further() {
    let author = model("Author", vec![id()]);
    let from = model("Post", vec![id(), text("title")]);
    let mut to = from.clone();
    to.fields
        .push(key("author", "Author", ReferentialAction::Cascade));
    let mut db = Pg::new();
    create(&mut db, &[&author, &from]);
    db.batch("INSERT INTO shop_author VALUES (5); INSERT INTO shop_post (title) VALUES ('a'), ('b')")
        .unwrap();
    let fill = |value: i64| {
        [Fill {
            field: "author".to_owned(),
            value: Literal::Int(value),
        }]
    };
    assert!(alter(&mut db, &[&author], &from, &to, &fill(6)).is_err());
    alter(&mut db, &[&author], &from, &to, &fill(5)).unwrap();
    assert_eq!(
        all(&mut db, "SELECT title || author_id FROM shop_post ORDER BY id"),
        ["a5", "b5"]
    );
    alter(&mut db, &[&author], &to, &from, &[]).unwrap();
    assert!(alter(&mut db, &[&author], &from, &to, &[]).is_err());
}

#[test]
fn keys_and_join_tables_follow_the_type_of_what_they_point_at() {
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
    let mut db = Pg::new();
    create(&mut db, &[&tag, &post]);
    db.batch(
        "INSERT INTO shop_tag VALUES (7); INSERT INTO shop_post VALUES (1, 7); INSERT INTO shop_post_tags VALUES (1, 1, 7)",
    )
    .unwrap();
    alter(&mut db, &[&post], &tag, &to, &[]).unwrap();
    let models = state(&[&to, &post]);
    let join = post
        .join_model(&post.fields[1], |key| {
            models.get(key).map(std::borrow::Borrow::borrow)
        })
        .unwrap();
    for table in [&post, &join] {
        let asked = lower(table, &models, POSTGRES).unwrap();
        assert_eq!(introspect(&mut db, &asked.name).unwrap(), Some(asked));
    }
    assert_eq!(all(&mut db, "SELECT tag_id FROM shop_post_tags"), ["7"]);
}

#[test]
fn an_index_made_by_hand_stops_the_drop_of_its_column() {
    let from = model("Post", vec![id(), text("title"), text("body")]);
    let mut to = from.clone();
    to.fields.pop();
    let mut db = Pg::new();
    create(&mut db, &[&from]);
    db.batch("CREATE UNIQUE INDEX byhand ON shop_post (title, body)")
        .unwrap();
    let states = (state(&[&from]), state(&[&to]));
    let steps = alter_model(&from, &states.0, &to, &states.1, &[], POSTGRES).unwrap();
    let error = run(&mut db, &steps).unwrap_err().to_string();
    assert!(
        error.starts_with("indexes of \"shop_post\" that the models do not know"),
        "{error}"
    );
    db.batch("DROP INDEX byhand; CREATE TABLE child (post bigint REFERENCES shop_post)")
        .unwrap();
    alter(&mut db, &[], &from, &to, &[]).unwrap();
    assert!(
        run(
            &mut db,
            &delete_model(
                &to,
                &std::collections::BTreeMap::<crate::model::ModelKey, crate::model::ModelDef>::new(),
                POSTGRES
            )
            .unwrap()
        )
        .is_err()
    );
}

#[test]
fn a_generated_key_counts_on_from_the_rows_that_are_there() {
    let mut plain = FieldDef::new("id", FieldType::Int);
    plain.primary_key = true;
    let from = model("Post", vec![plain]);
    let to = model("Post", vec![id()]);
    let mut db = Pg::new();
    create(&mut db, &[&from]);
    db.batch("INSERT INTO shop_post VALUES (41)").unwrap();
    alter(&mut db, &[], &from, &to, &[]).unwrap();
    db.batch("INSERT INTO shop_post DEFAULT VALUES").unwrap();
    assert_eq!(
        all(&mut db, "SELECT id::text FROM shop_post ORDER BY id"),
        ["41", "42"]
    );
    alter(&mut db, &[], &to, &from, &[]).unwrap();
}

#[test]
fn names_that_need_quotes_are_columns_like_others() {
    let mut post = model(
        "Post",
        vec![
            id(),
            text("select"),
            text("Größe \"x\" \\ 'y'"),
            text("MixedCase"),
        ],
    );
    post.table = Some("user".to_owned());
    post.comment = Some("it's \\ a \"comment\"".to_owned());
    for field in &mut post.fields[1..] {
        field.index = true;
        field.comment = Some("c'\\".to_owned());
    }
    let mut to = post.clone();
    to.fields.remove(2);
    to.fields[1].ty = FieldType::Int;
    to.fields[2].comment = None;
    let mut db = Pg::new();
    create(&mut db, &[&post]);
    alter(&mut db, &[], &post, &post, &[]).unwrap();
    alter(&mut db, &[], &post, &to, &[]).unwrap();
    alter(&mut db, &[], &to, &post, &[]).unwrap();
}

#[test]
fn statements_read_well() {
    let mut title = text("title");
    title.max_length = Some(200);
    title.default = Some("it's \\".into());
    let post = model(
        "Post",
        vec![id(), title, key("author", "Author", ReferentialAction::Cascade)],
    );
    let author = model("Author", vec![id()]);
    let models = state(&[&post, &author]);
    let sql: Vec<String> = create_model(&post, &models, POSTGRES)
        .unwrap()
        .iter()
        .flat_map(Step::sql)
        .collect();
    assert_eq!(
        sql.join(";\n"),
        r#"CREATE TABLE "shop_post" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL,
    "title" text NOT NULL DEFAULT E'it''s \\',
    "author_id" bigint NOT NULL,
    CONSTRAINT "shop_post_id_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "shop_post_title_check" CHECK (char_length("title") <= 200)
);
CREATE INDEX "shop_post_author_id_idx" ON "shop_post" ("author_id");
ALTER TABLE "shop_post" ADD CONSTRAINT "shop_post_author_id_fk" FOREIGN KEY ("author_id") REFERENCES "shop_author" ("id") ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"#
    );
}

#[test]
fn a_sequence_made_by_hand_grows_with_its_column() {
    let mut session = Pg::new();
    session
        .batch("CREATE TABLE shop_thing (id serial CONSTRAINT shop_thing_id_pkey PRIMARY KEY); INSERT INTO shop_thing DEFAULT VALUES")
        .unwrap();
    let key = |ty| FieldDef { ty, ..id() };
    let (from, to) = (
        model("Thing", vec![key(FieldType::Int)]),
        model("Thing", vec![key(FieldType::BigInt)]),
    );
    let steps = alter_model(&from, &state(&[&from]), &to, &state(&[&to]), &[], POSTGRES).unwrap();
    run(&mut session, &steps).unwrap();
    session
        .batch("SELECT setval('shop_thing_id_seq', 3000000000); INSERT INTO shop_thing DEFAULT VALUES")
        .unwrap();
    assert_eq!(
        all(&mut session, "SELECT max(id)::text FROM shop_thing"),
        ["3000000001"]
    );
}

#[test]
fn a_check_by_hand_over_a_column_that_goes_is_not_lost_in_silence() {
    let mut session = Pg::new();
    let (from, to) = (
        model("Thing", vec![id(), text("a"), text("b")]),
        model("Thing", vec![id(), text("a")]),
    );
    create(&mut session, &[&from]);
    session
        .batch("ALTER TABLE shop_thing ADD CHECK (a <> b)")
        .unwrap();
    let steps = alter_model(&from, &state(&[&from]), &to, &state(&[&to]), &[], POSTGRES).unwrap();
    let refused = run(&mut session, &steps).unwrap_err().to_string();
    assert!(refused.contains("checks of \"shop_thing\""), "{refused}");
    session
        .batch("ALTER TABLE shop_thing DROP CONSTRAINT shop_thing_check")
        .unwrap();
    run(&mut session, &steps).unwrap();
}

#[test]
fn a_column_computed_when_it_is_read_needs_a_server_that_does_so() {
    let mut session = Pg::new();
    let mut made = text("made");
    made.generated_as = Some(crate::model::GeneratedDef {
        expression: super::super::testing::expression(&super::super::testing::call(
            "ascii_upper",
            vec![super::super::testing::field("a")],
        )),
        computed_on_read: true,
    });
    let thing = model("Thing", vec![id(), text("a"), made]);
    let version: u32 = all(&mut session, "SHOW server_version_num")[0].parse().unwrap();
    let done = run(
        &mut session,
        &create_model(&thing, &state(&[&thing]), POSTGRES).unwrap(),
    );
    match done {
        Ok(()) => assert!(version >= 180_000),
        Err(error) => {
            assert!(version < 180_000);
            assert!(
                error.to_string().contains("no server before Postgres 18"),
                "{error}"
            );
        }
    }
}

/// Tables of before had the limits of texts and numbers in the types of columns, and no check of them.
#[test]
fn limits_that_stand_in_types_move_to_checks_where_a_field_changes() {
    let limited = |length, digits| {
        let mut title = text("title");
        title.max_length = Some(length);
        let mut price = FieldDef::new("price", FieldType::Decimal);
        (price.max_digits, price.decimal_places) = (Some(digits), Some(2));
        let mut gone = text("gone");
        gone.max_length = Some(3);
        model("Post", vec![id(), title, price, gone, text("body")])
    };
    let before = limited(5, 6);
    let old = |session: &mut Pg| {
        create(session, &[&before]);
        session
            .batch(
                "ALTER TABLE shop_post DROP CONSTRAINT shop_post_title_check, DROP CONSTRAINT shop_post_price_check, DROP CONSTRAINT \
                 shop_post_gone_check, ALTER title TYPE varchar(5), ALTER price TYPE numeric(6,2), ALTER gone TYPE varchar(3); INSERT \
                 INTO shop_post (title, price, gone, body) VALUES ('abcde', 9999.90, 'abc', '')",
            )
            .unwrap();
    };
    let steps = |from: &ModelDef, to: &ModelDef| {
        alter_model(from, &state(&[from]), to, &state(&[to]), &[], POSTGRES).unwrap()
    };
    // What changes is as if it had been made now.
    let mut session = Pg::new();
    old(&mut session);
    let mut to = limited(8, 8);
    to.fields.remove(3);
    alter(&mut session, &[], &before, &to, &[]).unwrap();
    assert_eq!(
        all(&mut session, "SELECT title || ' ' || price FROM shop_post"),
        ["abcde 9999.90"]
    );
    for refused in ["title = 'abcdefgh '", "price = 1.005"] {
        let error = session
            .batch(&format!("UPDATE shop_post SET {refused}"))
            .unwrap_err();
        assert!(error.to_string().contains("_check\""), "{error}");
    }
    alter(&mut session, &[], &to, &limited(9, 9), &[]).unwrap_err();
    // Without limits, and with a change of type.
    let mut session = Pg::new();
    old(&mut session);
    let mut to = limited(5, 6);
    to.fields[1].max_length = None;
    to.fields[2].ty = FieldType::Text;
    (to.fields[2].max_digits, to.fields[2].decimal_places) = (None, None);
    to.fields[3].max_length = None;
    alter(&mut session, &[], &before, &to, &[]).unwrap();
    assert_eq!(all(&mut session, "SELECT price FROM shop_post"), ["9999.9"]);
    // Everything gets another name, and what was not there is not missed.
    let mut session = Pg::new();
    old(&mut session);
    let mut to = before.clone();
    "Entry".clone_into(&mut to.name);
    to.fields[1].column = Some("heading".to_owned());
    run(&mut session, &steps(&before, &to)).unwrap();
    assert_eq!(all(&mut session, "SELECT heading FROM shop_entry"), ["abcde"]);
    run(&mut session, &steps(&to, &before)).unwrap();
    // And what does not change stays as it is.
    let mut to = before.clone();
    to.fields.pop();
    run(&mut session, &steps(&before, &to)).unwrap();
    let found = introspect(&mut session, "shop_post").unwrap().unwrap();
    assert_eq!(found.column("title").unwrap().ty, "varchar(5)");
    assert_eq!(found.column("price").unwrap().ty, "numeric(6,2)");
}

/// Whether the table was made so or became so.
#[test]
fn a_key_over_what_is_unique_already_stands_beside_it() {
    let mut from = model("Item", vec![text("code"), text("sku")]);
    from.fields[0].primary_key = true;
    from.constraints.push(UniqueDef::over("once", ["sku"]).into());
    let mut to = from.clone();
    to.fields[0].primary_key = false;
    to.fields[1].primary_key = true;
    let mut became = Pg::new();
    create(&mut became, &[&from]);
    became.batch("INSERT INTO shop_item VALUES ('a', 'b')").unwrap();
    alter(&mut became, &[], &from, &to, &[]).unwrap();
    let mut made = Pg::new();
    create(&mut made, &[&to]);
    let table = introspect(&mut made, "shop_item").unwrap();
    assert_eq!(introspect(&mut became, "shop_item").unwrap(), table);
    assert_eq!(table.unwrap().uniques.len(), 1);
    // And back: the key goes, what was unique stays so.
    alter(&mut became, &[], &to, &from, &[]).unwrap();
    assert!(became.batch("INSERT INTO shop_item VALUES ('c', 'b')").is_err());
}
