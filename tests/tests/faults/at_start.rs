//! Programs that migrate when they start, or ask whether somebody has.

use orm::migrate::{MigrateOptions, Migrations};
use orm::{AsyncDb, Db};
use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

use super::faulty::Faulty;
use super::on_both;
use super::world::{CASES, Project, session};

on_both! {
    a_program_applies_what_is_missing_once,
    an_async_program_does_so_too,
    a_program_refuses_what_is_older_and_takes_what_is_newer,
}

fn migrations(project: &Project) -> Migrations {
    value(project.load())
}

fn later() -> Project {
    Project::shop().and(CASES[2])
}

fn a_program_applies_what_is_missing_once(backend: Backend) {
    let database = Database::empty(backend);
    let applied: usize = std::thread::scope(|scope| {
        let start = || {
            let db = value(Db::connect(database.url()));
            value(migrations(&later()).apply(&db)).applied.len()
        };
        let programs: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
        programs
            .into_iter()
            .map(|program| program.join().expect("no panic"))
            .sum()
    });
    assert_eq!(applied, 2);
}

fn an_async_program_does_so_too(backend: Backend) {
    let database = Database::empty(backend);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let db = value(AsyncDb::connect(database.url()).await);
        assert!(
            error(migrations(&later()).require(&db).await)
                .to_string()
                .contains("shop.0001_initial, shop.0002_step")
        );
        let all = migrations(&later());
        let (one, other) = tokio::join!(all.apply(&db), all.apply(&db));
        assert_eq!(value(one).applied.len() + value(other).applied.len(), 2);
        value(all.require(&db).await);
        let options = MigrateOptions {
            online: false,
            ..MigrateOptions::default()
        };
        assert!(value(all.apply_with(&db, options).await).applied.is_empty());
    });
}

fn a_program_refuses_what_is_older_and_takes_what_is_newer(backend: Backend) {
    let database = Database::empty(backend);
    let db = value(Db::connect(database.url()));
    let refused = error(migrations(&Project::shop()).require(&db));
    assert!(
        refused
            .to_string()
            .contains("does not have shop.0001_initial, which this program needs"),
        "{refused}"
    );
    assert!(refused.hint().is_some_and(|hint| hint.contains("orm migrate")));
    value(migrations(&Project::shop()).apply(&db));
    value(migrations(&Project::shop()).require(&db));
    assert!(
        error(migrations(&later()).require(&db))
            .to_string()
            .contains("shop.0002_step")
    );
    value(migrations(&later()).apply(&db));
    value(migrations(&later()).require(&db));
    // A program of the release before still runs.
    value(migrations(&Project::shop()).require(&db));
    let edited = Project::empty().file(
        "shop/0001_initial.toml",
        "id = \"shop-initial\"\ninitial = true\ndependencies = []\n",
    );
    assert!(
        error(migrations(&edited).require(&db))
            .to_string()
            .contains("was changed after it was applied")
    );
}

#[test]
fn a_program_refuses_what_is_half_applied() {
    let database = Database::empty(Backend::Postgres);
    value(Project::shop().migrate(&mut session(&database)));
    error(later().migrate(&mut Faulty {
        inner: session(&database),
        counts: |sql| sql.contains("CONCURRENTLY"),
        at: 1,
        fault: &mut |_| Err(orm::Error::new(orm::error::Kind::Io, "the disk is on fire")),
        seen: 0,
    }));
    let db = value(Db::connect(database.url()));
    assert!(
        error(migrations(&later()).require(&db))
            .to_string()
            .contains("shop.0002_step")
    );
    value(migrations(&Project::shop()).require(&db));
    value(migrations(&later()).apply(&db));
    value(migrations(&later()).require(&db));
}
