//! Populated tables through every kind of change.

use crate::error::Result;
use crate::model::{ConstraintDef, FieldDef, IndexDef, ModelDef, ModelKey, OnDelete};
use crate::sql::{Dialect, Session};
use crate::value::{FieldType, Literal};

use super::super::testing::{Lite, State, all, call, field, id, key, model, run, state};
use super::super::{Fill, Step, alter_model, create_model, delete_model, introspect, lower};

const SQLITE: &Dialect = Dialect::SQLITE;

fn text(name: &str) -> FieldDef {
    FieldDef::new(name, FieldType::Text)
}

fn create(session: &mut Lite, models: &[&ModelDef]) {
    let known = state(models);
    for model in models {
        run(session, &create_model(model, &known, SQLITE).unwrap()).unwrap();
    }
}

fn plan(from: &State, to: &State, model: &str, fills: &[Fill]) -> Vec<Step> {
    let key = ModelKey::new("shop", model);
    alter_model(&from[&key], from, &to[&key], to, fills, SQLITE).unwrap()
}

/// A post with its text made shorter, which takes a rebuild.
fn shorter(post: &ModelDef) -> ModelDef {
    let mut post = post.clone();
    post.fields
        .iter_mut()
        .find(|field| field.name == "title")
        .unwrap()
        .max_length = Some(50);
    post
}

fn alter(
    session: &mut Lite,
    others: &[&ModelDef],
    from: &ModelDef,
    to: &ModelDef,
    fills: &[Fill],
) -> Result<()> {
    let states = |model| state(&others.iter().copied().chain([model]).collect::<Vec<_>>());
    let steps = plan(&states(from), &states(to), &from.name, fills);
    let done = run(session, &steps);
    assert_eq!(
        all(
            session,
            "SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys"
        ),
        ["1"]
    );
    assert!(session.0.is_autocommit(), "a transaction was left open");
    assert_eq!(
        all(
            session,
            "SELECT name FROM sqlite_master WHERE name LIKE 'orm_new_%' AND sql NOT LIKE '%users%'"
        ),
        [""; 0]
    );
    if done.is_ok() {
        let models = states(to);
        let asked = lower(to, &models, SQLITE).unwrap();
        let found = introspect(session, &asked.name).unwrap().unwrap();
        for index in &asked.indexes {
            assert!(found.indexes.contains(index));
        }
        assert_eq!(found.columns.len(), asked.columns.len());
    }
    done
}

#[test]
fn children_survive_the_rebuild_of_their_parent() {
    for on_delete in [
        OnDelete::Cascade,
        OnDelete::SetNull,
        OnDelete::Restrict,
        OnDelete::NoAction,
    ] {
        let post = model("Post", vec![id(), text("title")]);
        let comment = model("Comment", vec![id(), key("post", "Post", on_delete)]);
        let vote = model("Vote", vec![id(), key("comment", "Comment", on_delete)]);
        let mut db = Lite::new();
        create(&mut db, &[&post, &comment, &vote]);
        db.batch(
            "INSERT INTO shop_post VALUES (1, 'a'), (2, 'b'); INSERT INTO shop_comment VALUES (10, 1), (11, 2); INSERT INTO \
             shop_vote VALUES (100, 10)",
        )
        .unwrap();
        alter(&mut db, &[&comment, &vote], &post, &shorter(&post), &[]).unwrap();
        assert_eq!(
            all(&mut db, "SELECT id || title FROM shop_post ORDER BY id"),
            ["1a", "2b"]
        );
        assert_eq!(
            all(
                &mut db,
                "SELECT id || ':' || post_id FROM shop_comment ORDER BY id"
            ),
            ["10:1", "11:2"]
        );
        assert_eq!(
            all(&mut db, "SELECT id || ':' || comment_id FROM shop_vote"),
            ["100:10"]
        );
        assert!(
            db.batch("INSERT INTO shop_post (title) VALUES (printf('%051d', 1))")
                .is_err()
        );
        assert!(
            db.batch("INSERT INTO shop_comment (post_id) VALUES (99)")
                .is_err()
        );
    }
}

#[test]
fn everything_made_by_hand_survives_a_rebuild_unchanged() {
    let post = model(
        "Post",
        vec![id(), text("title"), key("parent", "Post", OnDelete::SetNull)],
    );
    let other = model("Log", vec![id(), text("line")]);
    let mut db = Lite::new();
    create(&mut db, &[&post, &other]);
    db.batch(
        "CREATE INDEX partial ON shop_post (title) WHERE title <> '';
         CREATE INDEX expression ON shop_post (lower(title) DESC, title COLLATE NOCASE);
         CREATE UNIQUE INDEX strange ON \"shop_post\"(title COLLATE NOCASE, id) ;
         CREATE TRIGGER own AFTER INSERT ON shop_post BEGIN INSERT INTO shop_log (line) VALUES ('new; ' || new.title); END;
         CREATE TRIGGER other AFTER DELETE ON shop_log BEGIN UPDATE shop_post SET title = 'gone' WHERE id = old.id; END;
         CREATE VIEW titles AS SELECT id, title FROM shop_post;
         CREATE VIEW over_titles AS SELECT t.title FROM titles AS t JOIN shop_post AS p USING (id);
         CREATE TRIGGER instead INSTEAD OF INSERT ON titles BEGIN INSERT INTO shop_post (title) VALUES (new.title); END;
         INSERT INTO shop_post VALUES (1, 'a', NULL), (7, 'b', 1); DELETE FROM shop_post WHERE id = 7;
         INSERT INTO shop_post VALUES (3, 'c', 1);
         ANALYZE;",
    )
    .unwrap();
    let made = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'shop_post' ORDER BY name";
    let (before, statistics) = (
        all(&mut db, made),
        all(&mut db, "SELECT tbl || stat FROM sqlite_stat1 ORDER BY 1"),
    );
    alter(&mut db, &[&other], &post, &shorter(&post), &[]).unwrap();
    assert_eq!(all(&mut db, made), before);
    assert_eq!(
        all(&mut db, "SELECT tbl || stat FROM sqlite_stat1 ORDER BY 1"),
        statistics
    );
    assert_eq!(
        all(&mut db, "SELECT title FROM over_titles ORDER BY 1"),
        ["a", "c"]
    );
    assert_eq!(
        all(
            &mut db,
            "SELECT \"table\" FROM pragma_foreign_key_list('shop_post')"
        ),
        ["shop_post"]
    );
    db.batch("INSERT INTO titles (title) VALUES ('d'); DELETE FROM shop_log WHERE id = 1")
        .unwrap();
    // Number 7 was given once and is not given again; the triggers have run.
    assert_eq!(
        all(&mut db, "SELECT id || title FROM shop_post ORDER BY id"),
        ["1gone", "3c", "8d"]
    );
    assert_eq!(
        all(&mut db, "SELECT line FROM shop_log ORDER BY id DESC LIMIT 1"),
        ["new; d"]
    );
}

#[test]
fn an_emptied_table_gives_no_number_twice() {
    let post = model("Post", vec![id(), text("title")]);
    let mut db = Lite::new();
    create(&mut db, &[&post]);
    db.batch("INSERT INTO shop_post VALUES (41, 'a'); DELETE FROM shop_post")
        .unwrap();
    alter(&mut db, &[], &post, &shorter(&post), &[]).unwrap();
    db.batch("INSERT INTO shop_post (title) VALUES ('b')").unwrap();
    assert_eq!(all(&mut db, "SELECT CAST(id AS TEXT) FROM shop_post"), ["42"]);
}

#[test]
fn numbers_of_rows_are_kept_where_the_key_is_not_one() {
    let mut code = FieldDef::new("code", FieldType::Uuid);
    code.primary_key = true;
    let post = model("Post", vec![code, text("title")]);
    let mut db = Lite::new();
    create(&mut db, &[&post]);
    db.batch(
        "INSERT INTO shop_post (rowid, code, title) VALUES (5, zeroblob(16), 'a'), (9, randomblob(16), 'b')",
    )
    .unwrap();
    alter(&mut db, &[], &post, &shorter(&post), &[]).unwrap();
    assert_eq!(
        all(&mut db, "SELECT CAST(rowid AS TEXT) FROM shop_post ORDER BY 1"),
        ["5", "9"]
    );
}

#[test]
fn inside_a_transaction_a_rebuild_is_refused_before_any_write() {
    let post = model("Post", vec![id(), text("title")]);
    let comment = model("Comment", vec![id(), key("post", "Post", OnDelete::Cascade)]);
    let mut db = Lite::new();
    create(&mut db, &[&post, &comment]);
    db.batch("INSERT INTO shop_post VALUES (1, 'a'); INSERT INTO shop_comment VALUES (1, 1); BEGIN")
        .unwrap();
    let steps = plan(&state(&[&post]), &state(&[&shorter(&post)]), "Post", &[]);
    assert!(
        super::super::before_transaction(&mut db, &steps)
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
fn a_users_table_with_our_temporary_name_is_left_alone() {
    let post = model("Post", vec![id(), text("title")]);
    let mut db = Lite::new();
    create(&mut db, &[&post]);
    db.batch("CREATE TABLE Orm_New_Shop_Post (users TEXT); INSERT INTO orm_new_shop_post VALUES ('mine')")
        .unwrap();
    alter(&mut db, &[], &post, &shorter(&post), &[]).unwrap();
    assert_eq!(all(&mut db, "SELECT users FROM orm_new_shop_post"), ["mine"]);
}

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
        value: Literal::Text("it's new".to_owned()),
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
        value: Literal::Text("1.50".to_owned()),
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
    let error = run(&mut db, &delete_model(&post, &state(&[&post]), SQLITE).unwrap())
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
fn a_table_that_points_at_itself_can_be_dropped() {
    for on_delete in [OnDelete::Restrict, OnDelete::Cascade, OnDelete::NoAction] {
        let mut parent = key("parent", "Post", on_delete);
        parent.null = true;
        let post = model("Post", vec![id(), parent]);
        let mut db = Lite::new();
        create(&mut db, &[&post]);
        db.batch("INSERT INTO shop_post VALUES (1, NULL), (2, 1), (3, 2), (4, 4)")
            .unwrap();
        run(&mut db, &delete_model(&post, &state(&[&post]), SQLITE).unwrap()).unwrap();
        assert_eq!(introspect(&mut db, "shop_post").unwrap(), None);
    }
}

#[test]
fn keys_that_were_broken_before_do_not_block() {
    let post = model("Post", vec![id(), text("title")]);
    let comment = model("Comment", vec![id(), key("post", "Post", OnDelete::Cascade)]);
    let mut db = Lite::new();
    create(&mut db, &[&post, &comment]);
    db.batch(
        "PRAGMA foreign_keys = OFF; INSERT INTO shop_comment VALUES (1, 99); CREATE TABLE odd (x REFERENCES nowhere (y)); \
         INSERT INTO odd VALUES (1); PRAGMA foreign_keys = ON",
    )
    .unwrap();
    alter(&mut db, &[&comment], &post, &shorter(&post), &[]).unwrap();
    assert_eq!(
        all(&mut db, "SELECT CAST(post_id AS TEXT) FROM shop_comment"),
        ["99"]
    );
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
fn checks_and_keys_made_by_hand_are_carried_over_and_unknown_columns_refused() {
    let post = model("Post", vec![id(), text("title")]);
    let mut db = Lite::new();
    db.batch(
        "CREATE TABLE shop_post (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL CHECK (title <> 'forbidden'), \
         UNIQUE (title, id)) STRICT; INSERT INTO shop_post VALUES (1, 'a')",
    )
    .unwrap();
    alter(&mut db, &[], &post, &shorter(&post), &[]).unwrap();
    assert!(
        db.batch("INSERT INTO shop_post (title) VALUES ('forbidden')")
            .is_err()
    );
    assert_eq!(
        all(
            &mut db,
            "SELECT CAST(\"unique\" AS TEXT) FROM pragma_index_list('shop_post')"
        ),
        ["1"]
    );
    db.batch("ALTER TABLE shop_post ADD COLUMN extra TEXT; UPDATE shop_post SET extra = 'kept'")
        .unwrap();
    let steps = plan(&state(&[&shorter(&post)]), &state(&[&post]), "Post", &[]);
    let error = run(&mut db, &steps).unwrap_err().to_string();
    assert!(error.contains("a column \"extra\""), "{error}");
    assert_eq!(all(&mut db, "SELECT extra FROM shop_post"), ["kept"]);
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

#[test]
fn columns_can_swap_their_names() {
    let mut post = model("Post", vec![id(), text("title"), text("body")]);
    post.fields[1].unique = true;
    let mut to = post.clone();
    to.fields[1].column = Some("body".to_owned());
    to.fields[2].column = Some("title".to_owned());
    let mut db = Lite::new();
    create(&mut db, &[&post]);
    db.batch("INSERT INTO shop_post (title, body) VALUES ('t', 'b')")
        .unwrap();
    alter(&mut db, &[], &post, &to, &[]).unwrap();
    assert_eq!(all(&mut db, "SELECT title || body FROM shop_post"), ["bt"]);
    let models = state(&[&to]);
    assert_eq!(
        introspect(&mut db, "shop_post").unwrap(),
        Some(lower(&to, &models, SQLITE).unwrap())
    );
}

#[test]
fn keys_follow_the_type_of_what_they_point_at() {
    let mut tags = FieldDef::new("tags", FieldType::ManyToMany);
    tags.to = Some(ModelKey::new("shop", "Tag"));
    let mut code = FieldDef::new("code", FieldType::Int);
    code.primary_key = true;
    let post = model("Post", vec![id(), tags, key("main", "Tag", OnDelete::Restrict)]);
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

#[test]
fn what_is_safe_in_place_is_done_in_place() {
    let post = model("Post", vec![id(), text("title"), text("old")]);
    let mut to = post.clone();
    to.fields.pop();
    to.fields.push(FieldDef {
        default: Some(Literal::Bool(true)),
        ..FieldDef::new("active", FieldType::Bool)
    });
    to.fields.push(FieldDef {
        null: true,
        ..key("parent", "Post", OnDelete::SetNull)
    });
    to.indexes.push(IndexDef {
        name: "by_title".to_owned(),
        fields: vec!["-title".to_owned()],
    });
    let mut db = Lite::new();
    create(&mut db, &[&post]);
    db.batch("INSERT INTO shop_post (title, old) VALUES ('a', 'x')")
        .unwrap();
    let steps = plan(&state(&[&post]), &state(&[&to]), "Post", &[]);
    assert!(steps.iter().all(|step| !step.needs_foreign_keys_off()));
    let sql: Vec<String> = steps
        .iter()
        .flat_map(Step::sql)
        .filter(|sql| !sql.starts_with("--"))
        .collect();
    assert_eq!(
        sql,
        [
            "ALTER TABLE \"shop_post\" DROP COLUMN \"old\"",
            "ALTER TABLE \"shop_post\" ADD COLUMN \"active\" INTEGER NOT NULL DEFAULT 1 CONSTRAINT \"shop_post_active_check\" CHECK \
             (\"active\" IN (0, 1))",
            "ALTER TABLE \"shop_post\" ADD COLUMN \"parent_id\" INTEGER CONSTRAINT \"shop_post_parent_id_fk\" REFERENCES \
             \"shop_post\" (\"id\") ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED",
            "CREATE INDEX \"shop_post_parent_id_idx\" ON \"shop_post\" (\"parent_id\")",
            "CREATE INDEX \"by_title\" ON \"shop_post\" (\"title\" DESC)",
        ]
    );
    alter(&mut db, &[], &post, &to, &[]).unwrap();
    assert_eq!(all(&mut db, "SELECT CAST(active AS TEXT) FROM shop_post"), ["1"]);
    // And back again.
    alter(
        &mut db,
        &[],
        &to,
        &post,
        &[Fill {
            field: "old".to_owned(),
            value: "y".into(),
        }],
    )
    .unwrap();
    assert_eq!(all(&mut db, "SELECT title || old FROM shop_post"), ["ay"]);
}

#[test]
fn many_changes_are_one_rebuild() {
    let post = model(
        "Post",
        vec![
            id(),
            text("title"),
            text("body"),
            FieldDef::new("views", FieldType::Int),
        ],
    );
    let mut to = post.clone();
    to.fields[1].max_length = Some(10);
    to.fields.remove(2);
    to.fields[2].ty = FieldType::BigInt;
    to.fields.push(FieldDef::new("at", FieldType::Timestamp));
    to.fields[3].db_default = Some(crate::model::DbDefault::Now);
    to.constraints.push(ConstraintDef::Check {
        name: "title_not_blank".to_owned(),
        condition: call(
            "ne",
            vec![
                call("trim", vec![field("title")]),
                crate::model::CheckExpr::Literal("".into()),
            ],
        ),
    });
    let steps = plan(&state(&[&post]), &state(&[&to]), "Post", &[]);
    assert_eq!(
        steps.iter().filter(|step| step.needs_foreign_keys_off()).count(),
        1
    );
    let mut db = Lite::new();
    create(&mut db, &[&post]);
    db.batch("INSERT INTO shop_post (title, body, views) VALUES ('a', 'b', 3), (' ', '', 0)")
        .unwrap();
    let error = alter(&mut db, &[], &post, &to, &[]).unwrap_err().to_string();
    assert!(
        error.starts_with("rows of \"shop_post\" would break the check \"title_not_blank\" (1 found)"),
        "{error}"
    );
    db.batch("DELETE FROM shop_post WHERE body = ''").unwrap();
    alter(&mut db, &[], &post, &to, &[]).unwrap();
    assert_eq!(
        all(&mut db, "SELECT title || views || (at > '2026') FROM shop_post"),
        ["a31"]
    );
}

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
        vec![id(), title, key("author", "Author", OnDelete::Cascade)],
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
