//! What a rebuild leaves as it was.

use super::*;

#[test]
fn children_survive_the_rebuild_of_their_parent() {
    for on_delete in [
        ReferentialAction::Cascade,
        ReferentialAction::SetNull,
        ReferentialAction::Restrict,
        ReferentialAction::NoAction,
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
        vec![
            id(),
            text("title"),
            key("parent", "Post", ReferentialAction::SetNull),
        ],
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
fn keys_that_were_broken_before_do_not_block() {
    let post = model("Post", vec![id(), text("title")]);
    let comment = model(
        "Comment",
        vec![id(), key("post", "Post", ReferentialAction::Cascade)],
    );
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

/// Fails at one statement, once.
struct Failing {
    inner: Lite,
    left: usize,
}

impl Failing {
    fn next(&mut self, sql: &str) -> Result<()> {
        // What puts the connection back in order has no other way to go.
        if sql.starts_with("ROLLBACK") || sql.starts_with("PRAGMA") {
            return Ok(());
        }
        self.left = self.left.wrapping_sub(1);
        if self.left == 0 {
            return Err(crate::error::Error::new(
                crate::error::Kind::Io,
                "the disk is full",
            ));
        }
        Ok(())
    }
}

impl Session for Failing {
    fn dialect(&self) -> &'static Dialect {
        SQLITE
    }

    fn execute(&mut self, sql: &str, values: &[crate::value::Value<'_>]) -> Result<u64> {
        self.next(sql)?;
        self.inner.execute(sql, values)
    }

    fn query(
        &mut self,
        sql: &str,
        values: &[crate::value::Value<'_>],
        each: &mut dyn FnMut(&crate::value::Row<'_>) -> Result<()>,
    ) -> Result<()> {
        self.next(sql)?;
        self.inner.query(sql, values, each)
    }

    fn batch(&mut self, sql: &str) -> Result<()> {
        self.next(sql)?;
        self.inner.batch(sql)
    }
}

#[test]
fn a_failure_at_any_statement_leaves_everything_as_it_was() {
    let post = model("Post", vec![id(), text("title"), text("body")]);
    let comment = model(
        "Comment",
        vec![id(), key("post", "Post", ReferentialAction::Cascade)],
    );
    let mut to = shorter(&post);
    to.fields.pop();
    to.fields[1].unique = true;
    let steps = plan(&state(&[&post, &comment]), &state(&[&to, &comment]), "Post", &[]);
    let mut db = Lite::new();
    create(&mut db, &[&post, &comment]);
    db.batch(
        "INSERT INTO shop_post VALUES (1, 'a', 'x'), (2, 'b', 'y'); INSERT INTO shop_comment VALUES (1, 1), (2, 2); CREATE \
         VIEW titles AS SELECT title FROM shop_post; CREATE TRIGGER own AFTER DELETE ON shop_post BEGIN SELECT 1; END; CREATE \
         INDEX byhand ON shop_post (title DESC); ANALYZE",
    )
    .unwrap();
    let content = |db: &mut Lite| {
        let mut content = all(
            db,
            "SELECT type || name || coalesce(sql, '') FROM sqlite_master ORDER BY 1",
        );
        content.extend(all(db, "SELECT name || seq FROM sqlite_sequence ORDER BY 1"));
        content.extend(all(db, "SELECT id || title || body FROM shop_post ORDER BY 1"));
        content.extend(all(
            db,
            "SELECT id || ':' || post_id FROM shop_comment ORDER BY 1",
        ));
        content
    };
    let before = content(&mut db);
    let mut failed = 0;
    loop {
        let mut failing = Failing {
            inner: db,
            left: failed + 1,
        };
        let done = run(&mut failing, &steps);
        db = failing.inner;
        assert!(db.0.is_autocommit());
        assert_eq!(
            all(&mut db, "SELECT foreign_keys || '' FROM pragma_foreign_keys"),
            ["1"]
        );
        assert_eq!(
            all(
                &mut db,
                "SELECT legacy_alter_table || '' FROM pragma_legacy_alter_table"
            ),
            ["0"]
        );
        match done {
            Ok(()) => break,
            Err(error) => assert!(
                error.to_string().contains("the disk is full") || error.to_string().contains("would"),
                "{error}"
            ),
        }
        assert_eq!(content(&mut db), before, "after failure {failed}");
        failed += 1;
    }
    assert!(failed > 20, "{failed}");
    assert_eq!(all(&mut db, "SELECT title FROM shop_post ORDER BY 1"), ["a", "b"]);
}

#[test]
fn a_table_without_rowid_stays_one() {
    let mut code = text("code");
    code.primary_key = true;
    let post = model("Post", vec![code, text("title")]);
    let mut db = Lite::new();
    db.batch(
        "CREATE TABLE Shop_Post (code TEXT PRIMARY KEY NOT NULL, title VARCHAR(10) NOT NULL) WITHOUT ROWID; INSERT INTO \
         shop_post VALUES ('x', 'a')",
    )
    .unwrap();
    alter(&mut db, &[], &post, &shorter(&post), &[]).unwrap();
    let sql = &all(&mut db, "SELECT sql FROM sqlite_master WHERE name = 'shop_post'")[0];
    assert!(sql.ends_with("STRICT, WITHOUT ROWID"), "{sql}");
    assert_eq!(all(&mut db, "SELECT code || title FROM shop_post"), ["xa"]);
}
