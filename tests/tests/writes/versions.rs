//! Rows with a version: a change of a row that somebody else has changed since it was read is refused.

use orm::dynamic::DynModel;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::{Backend, Database};

orm::app!("suite");

/// A page that several people edit.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct WikiPage {
    pub id: i64,
    #[orm(unique)]
    pub title: String,
    pub text: String,
    #[orm(version)]
    pub revision: i64,
    #[orm(auto_now)]
    pub edited_at: DateTime<Utc>,
}

/// A key of two columns, a generated column, and a version with a column name of its own.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct WikiShelf {
    #[orm(primary_key)]
    pub room: i64,
    #[orm(primary_key)]
    pub place: String,
    #[orm(version, column = "changes")]
    pub version: i32,
    pub books: i64,
    #[orm(generated = |s| s.books * 2)]
    pub twice: i64,
}

/// Nothing but a key and a version.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct WikiTicket {
    pub id: i64,
    #[orm(version)]
    pub version: i64,
}

#[track_caller]
fn stale<T: std::fmt::Debug>(result: orm::Result<T>, of: &str) {
    let error = error(result);
    assert!(error.is_stale() && !error.is_not_found(), "{error:?}");
    let said = error.to_string();
    assert!(said.contains(of), "{said}");
}

behaviour! {
    fn a_save_is_refused_if_somebody_else_has_changed_the_row(db) {
        let mut mine = run!(WikiPage::create().title("a").text("1").save(db));
        assert_eq!(mine.revision, 0);
        let mut theirs = run!(WikiPage::get(mine.id, db));
        theirs.text = "theirs".to_owned();
        run!(theirs.save(db));
        assert_eq!(theirs.revision, 1);
        run!(theirs.save(db));
        assert_eq!((theirs.revision, run!(WikiPage::get(mine.id, db))), (2, theirs.clone()));
        mine.text = "mine".to_owned();
        stale(attempt!(mine.save(db)), "suite.WikiPage with this `id`");
        assert_eq!((mine.text.as_str(), mine.revision), ("mine", 0), "the struct is as it was");
        assert_eq!(run!(WikiPage::get(mine.id, db)), theirs);
        run!(mine.refresh(db));
        mine.text = "mine".to_owned();
        run!(mine.save(db));
        assert_eq!((mine.text.as_str(), mine.revision), ("mine", 3));
    }

    fn a_row_that_is_gone_is_not_found_and_not_stale(db) {
        let mut page = run!(WikiPage::create().title("a").text("1").save(db));
        run!(WikiPage::objects().delete().run(db));
        let gone = error(attempt!(page.save(db)));
        assert!(gone.is_not_found() && !gone.is_stale(), "{gone:?}");
        let gone = error(attempt!(page.delete(db)));
        assert!(gone.is_not_found() && !gone.is_stale(), "{gone:?}");
        let gone = error(attempt!(page.save_fields(|p| p.text, db)));
        assert!(gone.is_not_found() && !gone.is_stale(), "{gone:?}");
    }

    fn a_deletion_is_refused_if_somebody_else_has_changed_the_row(db) {
        let stale_one = run!(WikiPage::create().title("a").text("1").save(db));
        let mut page = stale_one.clone();
        run!(page.save(db));
        stale(attempt!(stale_one.delete(db)), "deleting suite.WikiPage");
        assert_eq!(run!(WikiPage::objects().count(db)), 1);
        run!(page.delete(db));
        assert_eq!(run!(WikiPage::objects().count(db)), 0);
    }

    fn a_save_that_the_database_refuses_leaves_the_version_for_the_next(db) {
        run!(WikiPage::create().title("taken").text("1").save(db));
        let mut page = run!(WikiPage::create().title("free").text("2").save(db));
        page.title = "taken".to_owned();
        let refused = error(attempt!(page.save(db)));
        assert!(refused.is_unique_violation(), "{refused:?}");
        assert_eq!(page.revision, 0);
        page.title = "other".to_owned();
        run!(page.save(db));
        assert_eq!(page.revision, 1);
    }

    fn some_fields_are_saved_only_if_the_whole_row_is_as_it_was(db) {
        let mut mine = run!(WikiPage::create().title("a").text("1").save(db));
        let mut theirs = mine.clone();
        theirs.title = "b".to_owned();
        theirs.text = "not written".to_owned();
        run!(theirs.save_fields(|p| p.title, db));
        assert_eq!((theirs.title.as_str(), theirs.text.as_str(), theirs.revision), ("b", "1", 1));
        assert!(theirs.edited_at > mine.edited_at);
        stale(attempt!(mine.save_fields(|p| p.text, db)), "suite.WikiPage");
        let refused = error(attempt!(theirs.save_fields(|p| p.revision, db))).to_string();
        assert!(refused.contains("`revision` of suite.WikiPage counts the changes"), "{refused}");
        assert_eq!(run!(WikiPage::get(mine.id, db)), theirs);
    }

    fn changes_by_queries_count_without_being_refused(db) {
        let page = run!(WikiPage::create().title("a").text("1").save(db));
        let other = run!(WikiPage::create().title("b").text("1").save(db));
        assert_eq!(run!(WikiPage::objects().filter(|p| p.id.eq(page.id)).update(|p| p.text.set("2")).run(db)), 1);
        run!(page.update(|p| p.text.set(p.text.concat("3"))).run(db));
        let changed = run!(WikiPage::objects().filter(|p| p.title.eq("a")).update(|p| p.text.set(p.text.concat("4"))).all(db));
        assert_eq!(changed.iter().map(|p| (p.text.as_str(), p.revision)).collect::<Vec<_>>(), [("234", 3)]);
        assert_eq!(run!(WikiPage::get(other.id, db)), other);
        stale(attempt!(page.delete(db)), "suite.WikiPage");
        // One who wants to be refused says which version is meant.
        let as_read = || WikiPage::objects().filter(|p| p.id.eq(page.id) & p.revision.eq(page.revision));
        assert_eq!(run!(as_read().update(|p| p.text.set("5")).run(db)), 0);
        let refused = error(attempt!(page.update(|p| p.revision.set(0)).run(db))).to_string();
        assert!(refused.contains("`revision` of suite.WikiPage counts the changes"), "{refused}");
    }

    fn a_row_that_conflicts_is_counted_where_it_is_updated(db) {
        run!(WikiPage::create().title("a").text("1").save(db));
        let draft = || WikiPage::create().title("a").text("2");
        let (page, created) = run!(draft().update_or_create(|p| p.title).run(db));
        assert_eq!((page.text.as_str(), page.revision, created), ("2", 1, false));
        let (page, _) = run!(draft().revision(100).update_or_create(|p| p.title).run(db));
        assert_eq!(page.revision, 2, "it is counted and not given");
        let (page, _) = run!(draft().get_or_create(|p| p.title).run(db));
        assert_eq!(page.revision, 2);
        let (page, created) = run!(WikiPage::create().title("b").text("2").update_or_create(|p| p.title).run(db));
        assert_eq!((page.revision, created), (0, true));
        let page = run!(draft().on_conflict(|p| p.title).update(|p, new| p.text.set(new.text.concat("!"))).save(db));
        assert_eq!((page.text.as_str(), page.revision), ("2!", 3));
        assert_eq!(run!(draft().on_conflict(|p| p.title).do_nothing().save(db)), None);
        let many = ["a", "b", "c"].map(|title| WikiPage::create().title(title).text("3"));
        run!(WikiPage::bulk_create(many).on_conflict(|p| p.title).update(|p, new| p.text.set(new.text)).run(db));
        let counted = run!(WikiPage::objects().order_by(|p| p.title).values(|p| p.revision).all(db));
        assert_eq!(counted, [4, 1, 0]);
    }

    fn a_bulk_update_writes_all_rows_or_none(db) {
        let drafts = (0..120).map(|at| WikiPage::create().title(format!("{at:03}")).text("1"));
        let mut pages = run!(WikiPage::bulk_create(drafts).all(db));
        for page in &mut pages {
            page.text = "2".to_owned();
        }
        assert_eq!(run!(WikiPage::bulk_update(&pages, |p| p.text).run(db)), 120);
        let now = run!(WikiPage::objects().order_by(|p| p.id).all(db));
        assert!(now.iter().all(|page| page.revision == 1 && page.text == "2"));
        // They were read before that.
        stale(attempt!(WikiPage::bulk_update(&pages, |p| p.text).run(db)), "120 of 120 rows of suite.WikiPage");
        let mut one = now[119].clone();
        run!(one.save(db));
        let mut mine = now.clone();
        mine.iter_mut().for_each(|page| page.text = "3".to_owned());
        stale(attempt!(WikiPage::bulk_update(&mine, |p| p.text).run(db)), "1 of 120 rows");
        stale(attempt!(WikiPage::bulk_update([&mine[119]], |p| p.text).run(db)), "1 of 1 rows");
        assert_eq!(run!(WikiPage::objects().filter(|p| p.text.eq("2")).count(db)), 120, "none of them was written");
        assert_eq!(run!(WikiPage::bulk_update(&mine[..119], |p| (p.text, p.title)).run(db)), 119);
        assert_eq!(run!(WikiPage::bulk_update(&mine[..0], |p| p.text).run(db)), 0);
        let refused = error(attempt!(WikiPage::bulk_update(&mine, |p| p.revision).run(db))).to_string();
        assert!(refused.contains("`revision` of suite.WikiPage counts the changes"), "{refused}");
    }

    fn keys_of_two_columns_and_generated_columns_go_along(db) {
        let mut mine = run!(WikiShelf::create().room(1).place("left").books(2).save(db));
        let mut theirs = mine.clone();
        theirs.books = 5;
        run!(theirs.save(db));
        assert_eq!((theirs.version, theirs.twice), (1, 10));
        stale(attempt!(mine.save(db)), "suite.WikiShelf with this `room` and `place`");
        run!(theirs.save_fields(|s| s.books, db));
        assert_eq!(theirs.version, 2);
        assert_eq!(run!(WikiShelf::bulk_update([&theirs], |s| s.books).run(db)), 1);
        stale(attempt!(theirs.delete(db)), "suite.WikiShelf");
        run!(theirs.refresh(db));
        assert_eq!(theirs.version, 3);
        run!(theirs.delete(db));
        let mut ticket = run!(WikiTicket::create().save(db));
        run!(ticket.save(db));
        assert_eq!(ticket, WikiTicket { id: ticket.id, version: 1 });
        stale(attempt!(WikiTicket { version: 0, ..ticket }.save(db)), "suite.WikiTicket");
    }

    fn rows_by_name_are_checked_and_counted_too(db) {
        let page = run!(WikiPage::create().title("a").text("1").save(db));
        let pages = value(DynModel::named("suite.WikiPage"));
        let (text, revision) = (value(pages.field::<String>("text")), value(pages.field::<i64>("revision")));
        let mut row = run!(pages.rows().get(db));
        let mut late = row.clone();
        value(row.set(text, "2"));
        run!(row.save(db));
        assert_eq!(value(row.get(revision)), 1);
        value(row.set(text, "3"));
        run!(row.save(db));
        value(late.set(text, "late"));
        stale(attempt!(late.save(db)), "suite.WikiPage");
        stale(attempt!(late.delete(db)), "suite.WikiPage");
        let now = run!(WikiPage::get(page.id, db));
        assert_eq!((now.text.as_str(), now.revision), ("3", 2));
        value(late.set(revision, 2));
        let refused = error(attempt!(late.save(db))).to_string();
        assert!(refused.contains("counts the changes"), "{refused}");
        run!(row.delete(db));
    }
}

const WRITERS: i64 = 8;
const ROUNDS: i64 = 20;

/// Each writer appends to the row, and reads it again whenever somebody else was faster: nothing is lost.
fn blocking(backend: Backend) {
    let database = Database::with_tables(backend);
    let db = value(orm::Db::connect(database.url()));
    let page = value(WikiPage::create().title("a").text("").save(&db));
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            let (db, mut page) = (&db, page.clone());
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    loop {
                        page.text.push('x');
                        match page.save(db) {
                            Err(error) if error.is_stale() => value(page.refresh(db)),
                            result => break value(result),
                        }
                    }
                }
            });
        }
    });
    all_are_there(&value(WikiPage::get(page.id, &db)));
}

fn asynchronous(backend: Backend) {
    let database = Database::with_tables(backend);
    runtime().block_on(async {
        let db = value(orm::AsyncDb::connect(database.url()).await);
        let page = value(WikiPage::create().title("a").text("").save(&db).await);
        let mut writers = tokio::task::JoinSet::new();
        for _ in 0..WRITERS {
            let (db, mut page) = (db.clone(), page.clone());
            writers.spawn(async move {
                for _ in 0..ROUNDS {
                    loop {
                        page.text.push('x');
                        match page.save(&db).await {
                            Err(error) if error.is_stale() => value(page.refresh(&db).await),
                            result => break value(result),
                        }
                    }
                }
            });
        }
        while let Some(done) = writers.join_next().await {
            done.expect("a writer ends");
        }
        all_are_there(&value(WikiPage::get(page.id, &db).await));
    });
}

#[track_caller]
fn all_are_there(page: &WikiPage) {
    assert_eq!(
        (page.text.len() as i64, page.revision),
        (WRITERS * ROUNDS, WRITERS * ROUNDS)
    );
}

#[test]
fn no_writer_loses_what_another_wrote_sqlite() {
    blocking(Backend::Sqlite);
}

#[test]
fn no_writer_loses_what_another_wrote_sqlite_async() {
    asynchronous(Backend::Sqlite);
}

#[test]
fn no_writer_loses_what_another_wrote_postgres() {
    blocking(Backend::Postgres);
}

#[test]
fn no_writer_loses_what_another_wrote_postgres_async() {
    asynchronous(Backend::Postgres);
}
