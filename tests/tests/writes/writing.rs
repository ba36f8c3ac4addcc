//! Writing rows: create, save, update, delete, refresh.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use orm_tests::world_of_counters;

behaviour! {
    fn create_returns_the_full_row(db) {
        let one = run!(Counter::create().value(5).save(db));
        let two = run!(Counter::create().value(6).save(db));
        assert!(one.id > 0 && two.id > one.id);
        assert_eq!(run!(Counter::objects().order_by(|c| c.id).all(db)), [one, two]);
    }

    fn a_generated_key_can_be_given(db) {
        let given = run!(Counter::create().id(1000).value(1).save(db));
        assert_eq!(given.id, 1000);
        let again = attempt!(Counter::create().id(1000).value(2).save(db));
        assert!(error(again).is_unique_violation());
    }

    fn save_writes_every_column(db) {
        let mut line = run!(Line::create().text("a").note("n").save(db));
        line.text = "b".to_owned();
        line.note = None;
        run!(line.save(db));
        assert_eq!(run!(Line::objects().get(db)), line);
    }

    fn saving_a_row_that_is_gone_is_an_error(db) {
        let mut line = run!(Line::create().text("a").save(db));
        run!(Line::objects().delete().run(db));
        assert!(error(attempt!(line.save(db))).is_not_found());
        assert_eq!(run!(Line::objects().count(db)), 0);
    }

    fn update_writes_only_what_it_names(db) {
        let stale = run!(Line::create().text("a").note("n").save(db));
        run!(Line::objects().update(|l| l.note.set("changed elsewhere")).run(db));
        run!(stale.update(|l| l.text.set("b")).run(db));
        let mut line = stale.clone();
        run!(line.refresh(db));
        assert_eq!((line.text.as_str(), line.note.as_deref()), ("b", Some("changed elsewhere")));
    }

    fn refresh_of_a_row_that_is_gone_is_an_error(db) {
        let mut line = run!(Line::create().text("a").save(db));
        let copy = line.clone();
        run!(copy.delete(db));
        assert!(error(attempt!(line.refresh(db))).is_not_found());
    }

    fn delete_removes_that_row_only(db) {
        let one = run!(Line::create().text("a").save(db));
        let two = run!(Line::create().text("b").save(db));
        run!(one.delete(db));
        assert_eq!(run!(Line::objects().all(db)), [two]);
    }

    fn updates_calculate_in_the_database(db) {
        world_of_counters!(db);
        let changed = run!(Counter::objects().filter(|c| c.value.gt(1)).update(|c| c.value.set(c.value * 10 + 1)).run(db));
        assert_eq!(changed, 2);
        let values = run!(Counter::objects().order_by(|c| c.id).values(|c| c.value).all(db));
        assert_eq!(values, [1, 21, 31]);
        run!(Line::create().text("Mixed").save(db));
        run!(Line::objects().update(|l| (l.note.set(l.text), l.text.set(l.text.upper()))).run(db));
        let line = run!(Line::objects().get(db));
        assert_eq!((line.text.as_str(), line.note.as_deref()), ("MIXED", Some("Mixed")));
        run!(Line::objects().update(|l| l.note.set(None)).run(db));
        assert_eq!(run!(Line::objects().get(db)).note, None);
    }

    fn updates_and_deletes_follow_relations_in_their_filter(db) {
        orm_tests::world!(db);
        let hidden = run!(
            Comment::objects().filter(|c| c.post().author().name.eq("Ann")).update(|c| c.hidden.set(true)).run(db)
        );
        assert_eq!(hidden, 2);
        let gone = run!(Post::objects().filter(|p| p.author().country().code.eq("AT") & !p.tags().exists()).delete().run(db));
        assert_eq!(gone, 1);
        assert_eq!(run!(Post::objects().count(db)), 3);
    }

    fn an_update_sets_no_field_of_a_related_row(db) {
        orm_tests::world!(db);
        let titles = Post::objects().order_by(|p| p.id).values(|p| p.title);
        let hidden = Comment::objects().order_by(|c| c.id).values(|c| c.hidden);
        let before = (run!(titles.clone().all(db)), run!(hidden.clone().all(db)));
        let refused = error(attempt!(Post::objects().update(|p| p.author().name.set("changed")).run(db))).to_string();
        assert!(refused.contains("suite.Post") && refused.contains("suite.Author.name"), "{refused}");
        let reply = Comment::objects().update(|c| (c.hidden.set(true), c.post().title.set("changed")));
        let refused = error(attempt!(reply.run(db))).to_string();
        assert!(refused.contains("suite.Comment") && refused.contains("suite.Post.title"), "{refused}");
        assert_eq!((run!(titles.all(db)), run!(hidden.all(db))), before);
    }

    fn an_update_or_delete_of_nothing_changes_nothing(db) {
        world_of_counters!(db);
        assert_eq!(run!(Counter::objects().filter(|c| c.value.gt(99)).update(|c| c.value.set(0)).run(db)), 0);
        assert_eq!(run!(Counter::objects().none().delete().run(db)), 0);
        assert_eq!(run!(Counter::objects().count(db)), 3);
    }
}
