//! Rows that are locked as they are read. `concurrency` shows the effect on concurrent transactions.

use orm::db::TxOptions;
use orm::prelude::*;
use orm::{AsyncDb, Db, Result};
use orm_tests::behaviour;
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::models::*;
use orm_tests::{Backend, Database};

/// Ann, and a post of hers without an editor.
macro_rules! ann {
    ($db:expr) => {{
        let ann = run!(Author::create().name("Ann").email("ann@example.com").save($db));
        let post = run!(Post::create().author(&ann).title("First").slug("first").save($db));
        (ann, post)
    }};
}

fn reads_only(backend: Backend) {
    let database = Database::with_tables(backend);
    let db = value(Db::connect(database.url()));
    value(Counter::create().value(1).save(&db));
    let mut read = false;
    let refused = db.transaction_with(TxOptions::new().read_only(), |tx| {
        read = Counter::objects().get(tx)?.value == 1;
        Counter::objects().select_for_update().get(tx)
    });
    assert!(read);
    let error = error(refused);
    assert!(error.is_unsupported(), "{error}");
    assert!(
        error.to_string().contains("this transaction only reads"),
        "{error}"
    );
    // The connection can lock again.
    value(db.transaction(|tx| Counter::objects().select_for_update().get(tx)));
}

fn reads_only_async(backend: Backend) {
    let database = Database::with_tables(backend);
    runtime().block_on(async {
        let db = value(AsyncDb::connect(database.url()).await);
        value(Counter::create().value(1).save(&db).await);
        let refused = db.transaction_with(TxOptions::new().read_only(), async |tx| {
            assert_eq!(Counter::objects().get(tx).await?.value, 1);
            Counter::objects().select_for_update().get(tx).await
        });
        let error = error(refused.await);
        assert!(error.is_unsupported(), "{error}");
        assert!(
            error.to_string().contains("this transaction only reads"),
            "{error}"
        );
        let locked = db.transaction(async |tx| Counter::objects().select_for_update().get(tx).await);
        value(locked.await);
    });
}

#[test]
fn a_transaction_that_only_reads_locks_nothing_sqlite() {
    reads_only(Backend::Sqlite);
}

#[test]
fn a_transaction_that_only_reads_locks_nothing_sqlite_async() {
    reads_only_async(Backend::Sqlite);
}

#[test]
fn a_transaction_that_only_reads_locks_nothing_postgres() {
    reads_only(Backend::Postgres);
}

#[test]
fn a_transaction_that_only_reads_locks_nothing_postgres_async() {
    reads_only_async(Backend::Postgres);
}

behaviour! {
    fn every_terminal_locks(db) {
        for number in 0..3 {
            run!(Counter::create().value(number).save(db));
        }
        let done: Result<()> = transaction!(db, |tx| {
            let locked = || Counter::objects().order_by(|c| c.value).select_for_update();
            assert_eq!(attempt!(locked().all(tx))?.len(), 3);
            assert_eq!(attempt!(locked().first(tx))?.map(|c| c.value), Some(0));
            assert_eq!(attempt!(locked().last(tx))?.map(|c| c.value), Some(2));
            assert_eq!(attempt!(locked().filter(|c| c.value.eq(1)).get(tx))?.value, 1);
            assert_eq!(attempt!(locked().filter(|c| c.value.eq(9)).get_or_none(tx))?, None);
            assert!(error(attempt!(locked().filter(|c| c.value.eq(9)).get(tx))).is_not_found());
            assert!(error(attempt!(locked().get_or_none(tx))).is_multiple());
            assert_eq!(attempt!(locked().limit(1).offset(1).values(|c| c.value).all(tx))?, [1]);
            assert_eq!(attempt!(locked().none().all(tx))?, []);
            let nested: Result<Counter> = transaction!(tx, |nested| {
                attempt!(locked().reverse().limit(1).get(nested))
            });
            assert_eq!(nested?.value, 2);
            Ok(())
        });
        value(done);
    }

    fn nowait_refuses_locked_rows_and_skip_locked_skips_them(db) {
        for number in 0..3 {
            run!(Counter::create().value(number).save(db));
        }
        let locked = || Counter::objects().order_by(|c| c.value).select_for_update();
        let done: Result<()> = transaction!(db, |tx| {
            attempt!(locked().first(tx))?;
            if tx.dialect().row_locks {
                let refused: Result<Vec<Counter>> = transaction!(db, |other| {
                    attempt!(locked().nowait().all(other))
                });
                let refused = error(refused);
                assert!(refused.is_lock_not_available() && refused.is_timeout(), "{refused}");
                let left: Result<Vec<i64>> = transaction!(db, |other| {
                    attempt!(locked().skip_locked().values(|c| c.value).all(other))
                });
                assert_eq!(left?, [1, 2]);
                // Without a lock rows are read as usual.
                assert_eq!(attempt!(Counter::objects().count(db))?, 3);
            }
            // Its own locks do not block it.
            assert_eq!(attempt!(locked().nowait().all(tx))?.len(), 3);
            assert_eq!(attempt!(locked().skip_locked().all(tx))?.len(), 3);
            Ok(())
        });
        value(done);
    }

    fn a_refused_lock_in_a_savepoint_leaves_the_rest(db) {
        let row = run!(Counter::create().value(0).save(db));
        let done: Result<()> = transaction!(db, |tx| {
            attempt!(Counter::objects().select_for_update().get(tx))?;
            if tx.dialect().row_locks {
                let other: Result<()> = transaction!(db, |other| {
                    attempt!(Tag::create().label("before").save(other))?;
                    let nested: Result<Counter> = transaction!(other, |nested| {
                        attempt!(Counter::objects().select_for_update().nowait().get(nested))
                    });
                    assert!(error(nested).is_lock_not_available());
                    attempt!(Tag::create().label("after").save(other))?;
                    Ok(())
                });
                other?;
                assert_eq!(attempt!(Tag::objects().count(db))?, 2);
            }
            Ok(())
        });
        value(done);
        run!(row.delete(db));
    }

    fn of_says_which_of_the_joined_rows_are_locked(db) {
        let (ann, post) = ann!(db);
        let posts = || Post::objects().filter(|p| p.author().name.eq("Ann")).with(|p| p.author());
        let done: Result<()> = transaction!(db, |tx| {
            let own = attempt!(posts().select_for_update().of(|p| p).get(tx))?;
            assert_eq!((own.0.id, own.1.id), (post.id, ann.id));
            if tx.dialect().row_locks {
                let author: Result<Author> = transaction!(db, |other| {
                    attempt!(Author::objects().select_for_update().nowait().get(other))
                });
                assert_eq!(author?.id, ann.id);
                let refused: Result<Post> = transaction!(db, |other| {
                    attempt!(Post::objects().select_for_update().nowait().get(other))
                });
                assert!(error(refused).is_lock_not_available());
            }
            Ok(())
        });
        value(done);
        let done: Result<()> = transaction!(db, |tx| {
            // A relation that is joined for the lock only.
            attempt!(Post::objects().select_for_update().of(|p| p.author()).get(tx))?;
            if tx.dialect().row_locks {
                let post: Result<Post> = transaction!(db, |other| {
                    attempt!(Post::objects().select_for_update().nowait().get(other))
                });
                post?;
                let refused: Result<Author> = transaction!(db, |other| {
                    attempt!(Author::objects().select_for_update().nowait().get(other))
                });
                assert!(error(refused).is_lock_not_available());
                // Without `of`, all joined rows.
                let refused: Result<(Post, Author)> = transaction!(db, |other| {
                    attempt!(posts().select_for_update().nowait().get(other))
                });
                assert!(error(refused).is_lock_not_available());
            }
            Ok(())
        });
        value(done);
    }

    fn no_key_allows_new_references_to_a_locked_row(db) {
        let (ann, _) = ann!(db);
        let done: Result<()> = transaction!(db, |tx| {
            attempt!(Author::objects().select_for_update().no_key().get(tx))?;
            if tx.dialect().row_locks {
                attempt!(Post::create().author(&ann).title("Second").slug("second").save(db))?;
            }
            Ok(())
        });
        value(done);
    }

    fn what_cannot_be_locked_is_refused_by_name(db) {
        ann!(db);
        let done: Result<()> = transaction!(db, |tx| {
            let posts = Post::objects;
            let nullable = "suite.Post.editor may lead nowhere";
            let several = "these values are of several";
            let refused = |error: orm::Error, why: &str, hint: &str| {
                assert!(error.is_unsupported(), "{error}");
                assert!(error.to_string().contains(why), "{error}");
                assert!(error.hint().is_some_and(|found| found.contains(hint)), "{error}");
            };
            let joined = posts().with(|p| p.editor()).select_for_update();
            refused(error(attempt!(joined.clone().all(tx))), nullable, ".of(|rows| rows)");
            assert_eq!(attempt!(joined.of(|p| p).all(tx))?.len(), 1);
            let filtered = posts().filter(|p| p.editor().name.eq("Ann")).select_for_update();
            refused(error(attempt!(filtered.first(tx))), nullable, ".of(|rows| rows)");
            let beyond = posts().with(|p| p.author().with(|a| a.country())).select_for_update();
            refused(error(attempt!(beyond.all(tx))), "suite.Author.country may lead nowhere", ".of(|rows| rows)");
            let values = posts().values(|p| p.views.sum()).select_for_update();
            refused(error(attempt!(values.all(tx))), several, "lock the rows first");
            let values = posts().values(|p| p.views).distinct().select_for_update();
            refused(error(attempt!(values.all(tx))), several, "lock the rows first");
            let groups = posts().group_by(|p| p.author).values(|p| p.author).select_for_update();
            refused(error(attempt!(groups.all(tx))), several, "lock the rows first");
            // Rows of a subquery are not joined, and whole rows are distinct anyway.
            let tagged = posts().exclude(|p| p.tags().any(|t| t.label.eq("x"))).distinct();
            assert_eq!(attempt!(tagged.with(|p| p.tags()).select_for_update().all(tx))?.len(), 1);
            Ok(())
        });
        value(done);
    }

    /// Statements are cached by their shape, which includes the lock.
    fn a_locking_query_has_a_statement_of_its_own(db) {
        run!(Counter::create().value(0).save(db));
        let query = || Counter::objects().filter(|c| c.value.ge(0));
        run!(query().get(db));
        let done: Result<()> = transaction!(db, |tx| {
            attempt!(query().get(tx))?;
            if tx.dialect().row_locks {
                let free: Result<Counter> = transaction!(db, |other| {
                    attempt!(query().select_for_update().nowait().get(other))
                });
                free?;
            }
            attempt!(query().select_for_update().get(tx))?;
            if tx.dialect().row_locks {
                let refused: Result<Counter> = transaction!(db, |other| {
                    attempt!(query().select_for_update().nowait().get(other))
                });
                assert!(error(refused).is_lock_not_available());
            }
            Ok(())
        });
        value(done);
    }
}
