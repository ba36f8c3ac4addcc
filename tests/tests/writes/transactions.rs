//! Transactions: commit and rollback, savepoints, and what runs after the commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use orm::prelude::*;
use orm::{Error, Result};
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

fn no() -> Error {
    Error::config("changed our mind")
}

behaviour! {
    fn what_is_committed_stays(db) {
        let value = transaction!(db, |tx| {
            let row = attempt!(Counter::create().value(1).save(tx))?;
            attempt!(Counter::objects().update(|c| c.value.set(c.value + 1)).run(tx))?;
            Ok(attempt!(Counter::objects().filter(|c| c.id.eq(row.id)).get(tx))?.value)
        });
        assert_eq!(value.expect("committed"), 2);
        assert_eq!(run!(Counter::objects().count(db)), 1);
    }

    fn an_error_rolls_everything_back(db) {
        let refused: Result<()> = transaction!(db, |tx| {
            attempt!(Counter::create().value(1).save(tx))?;
            Err(no())
        });
        assert!(error(refused).to_string().contains("changed our mind"));
        assert_eq!(run!(Counter::objects().count(db)), 0);
    }

    fn changes_are_invisible_before_the_commit(db) {
        run!(Counter::create().value(1).save(db));
        let done: Result<()> = transaction!(db, |tx| {
            attempt!(Counter::objects().update(|c| c.value.set(2)).run(tx))?;
            let outside = attempt!(Counter::objects().get(db))?.value;
            assert_eq!(outside, 1);
            assert_eq!(attempt!(Counter::objects().get(tx))?.value, 2);
            Ok(())
        });
        behaviour::value(done);
        assert_eq!(run!(Counter::objects().get(db)).value, 2);
    }

    fn a_nested_transaction_is_a_savepoint(db) {
        let done: Result<()> = transaction!(db, |tx| {
            attempt!(Counter::create().value(1).save(tx))?;
            let inner: Result<()> = transaction!(tx, |inner| {
                attempt!(Counter::create().value(2).save(inner))?;
                Err(no())
            });
            assert!(inner.is_err());
            let kept: Result<()> = transaction!(tx, |inner| {
                attempt!(Counter::create().value(3).save(inner))?;
                Ok(())
            });
            kept
        });
        behaviour::value(done);
        assert_eq!(run!(Counter::objects().order_by(|c| c.value).values(|c| c.value).all(db)), [1, 3]);
    }

    fn a_refused_statement_within_a_savepoint_leaves_the_rest(db) {
        run!(Tag::create().label("taken").save(db));
        let done: Result<()> = transaction!(db, |tx| {
            attempt!(Tag::create().label("before").save(tx))?;
            let inner: Result<Tag> = transaction!(tx, |inner| {
                attempt!(Tag::create().label("taken").save(inner))
            });
            assert!(error(inner).is_unique_violation());
            attempt!(Tag::create().label("after").save(tx))?;
            Ok(())
        });
        behaviour::value(done);
        assert_eq!(run!(Tag::objects().values(|t| t.label).all(db)), ["after", "before", "taken"]);
    }

    fn on_commit_runs_after_the_commit_and_only_then(db) {
        let calls = Arc::new(AtomicUsize::new(0));
        let call = |calls: &Arc<AtomicUsize>| {
            let calls = Arc::clone(calls);
            move || {
                calls.fetch_add(1, Ordering::SeqCst);
            }
        };
        let done: Result<()> = transaction!(db, |tx| {
            tx.on_commit(call(&calls));
            let inner: Result<()> = transaction!(tx, |inner| {
                inner.on_commit(call(&calls));
                Err(no())
            });
            assert!(inner.is_err());
            assert_eq!(calls.load(Ordering::SeqCst), 0);
            Ok(())
        });
        behaviour::value(done);
        assert_eq!(calls.load(Ordering::SeqCst), 1, "the one whose savepoint was kept");
        let undone: Result<()> = transaction!(db, |tx| {
            tx.on_commit(call(&calls));
            Err(no())
        });
        assert!(undone.is_err());
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    fn a_deferred_foreign_key_is_checked_at_the_commit(db) {
        let refused: Result<()> = transaction!(db, |tx| {
            attempt!(NoActionChild::create().parent(77).save(tx))?;
            Ok(())
        });
        assert!(error(refused).is_foreign_key_violation());
        let done: Result<()> = transaction!(db, |tx| {
            attempt!(NoActionChild::create().parent(77).save(tx))?;
            attempt!(Parent::create().id(77).name("late").save(tx))?;
            Ok(())
        });
        behaviour::value(done);
        // The connection of the refused commit is clean.
        assert_eq!(run!(NoActionChild::objects().count(db)), 1);
    }
}
