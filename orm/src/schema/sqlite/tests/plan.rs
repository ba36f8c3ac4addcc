//! Which steps a change takes.

use super::*;

#[test]
fn a_table_that_points_at_itself_can_be_dropped() {
    for on_delete in [
        ReferentialAction::Restrict,
        ReferentialAction::Cascade,
        ReferentialAction::NoAction,
    ] {
        let mut parent = key("parent", "Post", on_delete);
        parent.null = true;
        let post = model("Post", vec![id(), parent]);
        let mut db = Lite::new();
        create(&mut db, &[&post]);
        db.batch("INSERT INTO shop_post VALUES (1, NULL), (2, 1), (3, 2), (4, 4)")
            .unwrap();
        run(
            &mut db,
            &delete_model(
                &post,
                &std::collections::BTreeMap::<crate::model::ModelKey, crate::model::ModelDef>::new(),
                SQLITE,
            )
            .unwrap(),
        )
        .unwrap();
        assert_eq!(introspect(&mut db, "shop_post").unwrap(), None);
    }
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
        ..key("parent", "Post", ReferentialAction::SetNull)
    });
    to.indexes.push(IndexDef::over("by_title", ["-title"]));
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
        condition: expression(&call("ne", vec![call("trim", vec![field("title")]), json!("")])),
        message: None,
        not_valid: false,
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
