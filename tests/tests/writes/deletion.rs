//! Referential actions, which the database executes: what happens to rows that point at a row which is deleted or
//! gets another key.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

behaviour! {
    fn cascade_deletes_the_child(db) {
        let parent = run!(Parent::create().name("p").save(db));
        let other = run!(Parent::create().name("o").save(db));
        run!(CascadeChild::create().parent(&parent).save(db));
        let kept = run!(CascadeChild::create().parent(&other).save(db));
        run!(parent.delete(db));
        assert_eq!(run!(CascadeChild::objects().all(db)), [kept]);
    }

    fn cascade_deletes_all_descendants(db) {
        orm_tests::world!(db);
        run!(Author::objects().filter(|a| a.name.eq("Ann")).delete().run(db));
        assert_eq!(run!(Post::objects().values(|p| p.slug).all(db)), ["third"]);
        assert_eq!(run!(Comment::objects().values(|c| c.text).all(db)), ["hm"]);
        assert_eq!(run!(Profile::objects().count(db)), 0);
        assert_eq!(run!(Tag::objects().filter(|t| t.posts().exists()).count(db)), 0);
    }

    fn restrict_and_no_action_refuse(db) {
        let parent = run!(Parent::create().name("p").save(db));
        run!(RestrictChild::create().parent(&parent).save(db));
        assert!(error(attempt!(Parent::objects().delete().run(db))).is_foreign_key_violation());
        run!(RestrictChild::objects().delete().run(db));
        run!(NoActionChild::create().parent(&parent).save(db));
        assert!(error(attempt!(Parent::objects().delete().run(db))).is_foreign_key_violation());
        assert_eq!(run!(Parent::objects().count(db)), 1);
        run!(NoActionChild::objects().delete().run(db));
        run!(parent.delete(db));
    }

    fn no_action_waits_for_the_end_of_the_transaction(db) {
        let parent = run!(Parent::create().name("p").save(db));
        run!(NoActionChild::create().parent(&parent).save(db));
        let done = transaction!(db, |tx| {
            attempt!(Parent::objects().delete().run(tx))?;
            attempt!(NoActionChild::objects().delete().run(tx))?;
            Ok(())
        });
        assert!(done.is_ok(), "{done:?}");
        assert_eq!(run!(Parent::objects().count(db)), 0);
    }

    fn set_null_and_set_default_keep_the_row(db) {
        let fallback = run!(Parent::create().id(1).name("fallback").save(db));
        let parent = run!(Parent::create().id(2).name("p").save(db));
        run!(SetNullChild::create().parent(&parent).save(db));
        run!(SetDefaultChild::create().parent(&parent).save(db));
        run!(parent.delete(db));
        assert_eq!(run!(SetNullChild::objects().get(db)).parent, None);
        assert_eq!(run!(SetDefaultChild::objects().get(db)).parent.id(), fallback.id);
    }

    fn on_update_cascades_sets_null_or_refuses(db) {
        let parent = run!(Parent::create().id(1).name("p").save(db));
        run!(CascadeOnUpdateChild::create().parent(&parent).save(db));
        run!(SetNullOnUpdateChild::create().parent(&parent).save(db));
        assert_eq!(run!(Parent::objects().update(|p| p.id.set(7)).run(db)), 1);
        assert_eq!(run!(CascadeOnUpdateChild::objects().get(db)).parent.id(), 7);
        assert_eq!(run!(SetNullOnUpdateChild::objects().get(db)).parent, None);
        let parent = run!(Parent::objects().get(db));
        run!(NoActionChild::create().parent(&parent).save(db));
        assert!(error(attempt!(Parent::objects().update(|p| p.id.set(8)).run(db))).is_foreign_key_violation());
        assert_eq!(run!(CascadeOnUpdateChild::objects().get(db)).parent.id(), 7);
    }

    fn a_foreign_key_that_is_not_deferrable_is_checked_with_the_statement(db) {
        let parent = run!(Parent::create().name("p").save(db));
        run!(CheckedAtOnceChild::create().parent(&parent).save(db));
        let done = transaction!(db, |tx| {
            // The order that works in `no_action_waits_for_the_end_of_the_transaction`.
            attempt!(Parent::objects().delete().run(tx))?;
            attempt!(CheckedAtOnceChild::objects().delete().run(tx))?;
            Ok(())
        });
        assert!(error(done).is_foreign_key_violation());
        assert_eq!(run!(CheckedAtOnceChild::objects().count(db)), 1);
    }

    fn a_relation_without_a_constraint_may_point_at_a_missing_row(db) {
        let parent = run!(Parent::create().name("p").save(db));
        run!(UnheldChild::create().parent(&parent).save(db));
        run!(UnheldChild::create().parent(99).save(db));
        run!(parent.delete(db));
        let left = run!(UnheldChild::objects().order_by(|c| c.id).values(|c| (c.parent, c.parent().name)).all(db));
        assert_eq!(left.len(), 2);
        assert!(left.iter().all(|(key, name)| key.is_some() && name.is_none()), "{left:?}");
    }
}
