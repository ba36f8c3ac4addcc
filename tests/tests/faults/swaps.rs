//! Names of tables, indexes and constraints that swap, shift in a chain or pass to another model: with what
//! `makemigrations` writes, every row stays with its model, forwards and backwards.

use orm::db::Session;
use orm::migrate::{Answers, MakeOptions, Target, make_migrations};
use orm::models::{ConstraintDef, IndexDef, ModelDef, UniqueDef};
use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::on_both;
use super::snapshot::snapshot;
use super::world::{Project, numbers, populated, session, strings};

on_both! {
    names_of_indexes_of_one_table,
    names_of_indexes_of_two_tables,
    names_of_unique_constraints,
    an_index_and_a_unique_constraint,
    names_of_two_tables_with_keys_between_them,
    names_of_tables_in_a_ring,
    names_of_tables_in_a_row,
    the_name_of_a_table_goes_to_a_new_model,
    the_names_of_a_table_and_its_indexes_at_once,
}

/// The project with the migrations that `makemigrations` writes for a change of its models.
pub fn made(project: &Project, change: impl FnOnce(&mut Vec<ModelDef>)) -> Project {
    answered(project, Answers::default(), change)
}

/// The same, with answers to its questions.
pub fn answered(project: &Project, answers: Answers, change: impl FnOnce(&mut Vec<ModelDef>)) -> Project {
    let migrations = value(project.load());
    let state = value(migrations.state());
    let mut models: Vec<ModelDef> = state.models().values().map(|model| (**model).clone()).collect();
    change(&mut models);
    let options = MakeOptions {
        answers,
        ..MakeOptions::default()
    };
    let new = value(make_migrations(&models, &migrations, &options));
    assert!(!new.is_empty());
    let after = new.iter().fold(project.clone(), |project, new| {
        project.file(new.path.to_str().expect("a path"), &new.text)
    });
    let again = value(make_migrations(
        &models,
        &value(after.load()),
        &MakeOptions::default(),
    ));
    assert_eq!(again, []);
    after
}

/// Changes the models of the shop twice, checks the result, and undoes the second change.
fn there_and_back(
    backend: Backend,
    prepare: impl FnOnce(&mut Vec<ModelDef>),
    change: impl FnOnce(&mut Vec<ModelDef>),
    look: impl FnOnce(&mut dyn Session),
) {
    let database = populated(backend);
    let mut here = session(&database);
    let before = made(&Project::shop(), prepare);
    value(before.migrate(&mut here));
    let old = snapshot(&database);
    let after = made(&before, change);
    value(after.migrate(&mut here));
    drop(here);
    let new = snapshot(&database);
    look(&mut session(&database.copy()));
    let back = Target::Migration("shop".to_owned(), "0002".to_owned());
    value(after.migrate_to(&mut session(&database), &back));
    let plain = |snapshot: Vec<String>| -> Vec<String> {
        snapshot.into_iter().map(|line| line.replace('"', "")).collect()
    };
    assert_eq!(plain(snapshot(&database)), plain(old));
    value(after.migrate(&mut session(&database)));
    assert_eq!(plain(snapshot(&database)), plain(new), "a second time");
}

fn model<'a>(models: &'a mut [ModelDef], name: &str) -> &'a mut ModelDef {
    models
        .iter_mut()
        .find(|model| model.name == name)
        .expect("a model")
}

fn index(name: &str, field: &str) -> IndexDef {
    IndexDef::over(name, [field])
}

fn unique(name: &str, field: &str) -> ConstraintDef {
    UniqueDef::over(name, [field]).into()
}

fn indexed(models: &mut [ModelDef], name: &str, indexes: &[(&str, &str)]) {
    model(models, name).indexes = indexes.iter().map(|(name, field)| index(name, field)).collect();
}

fn named(models: &mut [ModelDef], name: &str, table: &str) {
    model(models, name).table = Some(table.to_owned());
}

/// The column of an index, from the database's catalog.
fn column_of(session: &mut dyn Session, backend: Backend, index: &str) -> String {
    let sql = match backend {
        Backend::Sqlite => format!("SELECT name FROM pragma_index_info('{index}')"),
        Backend::Postgres => format!(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = '{index}'::regclass ORDER BY attnum"
        ),
    };
    strings(session, &sql).join(" ")
}

fn names_of_indexes_of_one_table(backend: Backend) {
    there_and_back(
        backend,
        |models| {
            indexed(
                models,
                "Post",
                &[("i1", "title"), ("i2", "score"), ("i3", "body")],
            )
        },
        |models| {
            indexed(
                models,
                "Post",
                &[("i2", "title"), ("i1", "score"), ("i4", "body")],
            )
        },
        |session| {
            for (index, column) in [("i2", "title"), ("i1", "score"), ("i4", "body")] {
                assert_eq!(column_of(session, backend, index), column);
            }
        },
    );
}

fn names_of_indexes_of_two_tables(backend: Backend) {
    there_and_back(
        backend,
        |models| {
            indexed(models, "Author", &[("i1", "mail"), ("j1", "name")]);
            indexed(models, "Comment", &[("i2", "line")]);
            indexed(models, "Log", &[("j2", "line")]);
        },
        |models| {
            indexed(models, "Author", &[("i2", "mail"), ("j2", "name")]);
            indexed(models, "Comment", &[("i1", "line")]);
            indexed(models, "Log", &[("j3", "line")]);
        },
        |session| {
            for (index, column) in [("i2", "mail"), ("j2", "name"), ("i1", "line"), ("j3", "line")] {
                assert_eq!(column_of(session, backend, index), column);
            }
        },
    );
}

fn names_of_unique_constraints(backend: Backend) {
    there_and_back(
        backend,
        |models| {
            model(models, "Post").constraints = vec![unique("u1", "title"), unique("u2", "score")];
            model(models, "Comment").constraints = vec![unique("u3", "line")];
        },
        |models| {
            model(models, "Post").constraints = vec![unique("u2", "title"), unique("u3", "score")];
            model(models, "Comment").constraints = vec![unique("u1", "line")];
        },
        |session| {
            for (index, column) in [("u2", "title"), ("u3", "score"), ("u1", "line")] {
                assert_eq!(column_of(session, backend, index), column);
            }
            error(session.batch("INSERT INTO shop_comment (line, post_id) VALUES ('a', 1)"));
        },
    );
}

fn an_index_and_a_unique_constraint(backend: Backend) {
    there_and_back(
        backend,
        |models| {
            indexed(models, "Comment", &[("n1", "line")]);
            model(models, "Post").constraints = vec![unique("n2", "title")];
        },
        |models| {
            indexed(models, "Comment", &[("n2", "line")]);
            model(models, "Post").constraints = vec![unique("n1", "title")];
        },
        |session| {
            for (index, column) in [("n2", "line"), ("n1", "title")] {
                assert_eq!(column_of(session, backend, index), column);
            }
        },
    );
}

fn names_of_two_tables_with_keys_between_them(backend: Backend) {
    there_and_back(
        backend,
        |models| indexed(models, "Comment", &[("lines", "line")]),
        |models| {
            named(models, "Post", "shop_comment");
            named(models, "Comment", "shop_post");
        },
        |session| {
            assert_eq!(
                strings(session, "SELECT line FROM shop_post ORDER BY id"),
                ["a", "b", "c", "d"]
            );
            assert_eq!(
                strings(session, "SELECT title FROM shop_comment ORDER BY id"),
                ["one", "two", "three", "four"]
            );
            assert_eq!(column_of(session, backend, "lines"), "line");
            // Used ids are not used again.
            value(session.batch("INSERT INTO shop_post (line, post_id) VALUES ('new', 4)"));
            assert_eq!(numbers(session, "SELECT max(id) FROM shop_post"), [6]);
            // Foreign keys point where they pointed before.
            error(session.batch("INSERT INTO shop_post (line, post_id) VALUES ('x', 99)"));
            value(session.batch("DELETE FROM shop_hold; DELETE FROM shop_comment WHERE id = 1"));
            assert_eq!(numbers(session, "SELECT count(*) FROM shop_post"), [3]);
        },
    );
}

fn names_of_tables_in_a_ring(backend: Backend) {
    there_and_back(
        backend,
        |models| indexed(models, "Log", &[("lines", "line")]),
        |models| {
            named(models, "Author", "shop_pin");
            named(models, "Pin", "shop_log");
            named(models, "Log", "shop_author");
        },
        |session| {
            assert_eq!(numbers(session, "SELECT count(*) FROM shop_pin"), [3]);
            assert_eq!(numbers(session, "SELECT count(*) FROM shop_log"), [3]);
            assert_eq!(numbers(session, "SELECT count(post_id) FROM shop_log"), [2]);
            error(session.batch("INSERT INTO shop_pin (name) VALUES ('ada')"));
        },
    );
}

fn names_of_tables_in_a_row(backend: Backend) {
    there_and_back(
        backend,
        |models| indexed(models, "Log", &[("lines", "line")]),
        |models| {
            named(models, "Hold", "shop_pin");
            named(models, "Pin", "shop_comment");
            named(models, "Comment", "remarks");
        },
        |session| {
            for (table, count) in [("shop_pin", 2), ("shop_comment", 3), ("remarks", 4)] {
                let sql = format!("SELECT count(*) FROM {table}");
                assert_eq!(numbers(session, &sql), [count], "{table}");
            }
        },
    );
}

fn the_name_of_a_table_goes_to_a_new_model(backend: Backend) {
    there_and_back(
        backend,
        |models| indexed(models, "Log", &[("lines", "line")]),
        |models| {
            let mut new = model(models, "Log").clone();
            new.name = "Remark".to_owned();
            new.table = Some("shop_comment".to_owned());
            new.indexes.clear();
            models.push(new);
            named(models, "Comment", "remarks");
        },
        |session| {
            assert_eq!(numbers(session, "SELECT count(*) FROM shop_comment"), [0]);
            assert_eq!(numbers(session, "SELECT count(*) FROM remarks"), [4]);
        },
    );
}

fn the_names_of_a_table_and_its_indexes_at_once(backend: Backend) {
    there_and_back(
        backend,
        |models| {
            indexed(models, "Pin", &[("i1", "post")]);
            indexed(models, "Comment", &[("i2", "line")]);
        },
        |models| {
            indexed(models, "Pin", &[("i2", "post")]);
            indexed(models, "Comment", &[("i1", "line")]);
            named(models, "Pin", "shop_comment");
            named(models, "Comment", "shop_pin");
        },
        |session| {
            assert_eq!(column_of(session, backend, "i2"), "post_id");
            assert_eq!(column_of(session, backend, "i1"), "line");
            assert_eq!(numbers(session, "SELECT count(*) FROM shop_pin"), [4]);
            assert_eq!(numbers(session, "SELECT count(*) FROM shop_comment"), [3]);
        },
    );
}
