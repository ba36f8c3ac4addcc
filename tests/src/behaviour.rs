//! A case is written once and becomes five tests: SQLite and Postgres, blocking and async, and Postgres behind a pooler,
//! where one half of the cases is blocking and the other async: what a pooler changes is below both.
//!
//! ```ignore
//! behaviour! {
//!     /// What the case shows.
//!     fn a_created_row_is_found(db) {
//!         let tag = run!(Tag::create().label("rust").save(db));
//!         assert_eq!(run!(Tag::objects().get(db)), tag);
//!     }
//! }
//! ```
//!
//! In a case `run!` runs a terminal and unwraps its result, `attempt!` returns the `Result`, and `transaction!` opens
//! a transaction; `rows!` reads row by row, and `next!` is the next row. Filter by backend or by blocking or async as by any name: `tests/run postgres_async`.

use std::fmt::Debug;
use std::pin::Pin;

use orm::{AsyncDb, Db};

use crate::{Backend, Database, pooler};

/// Cases that run on every database, blocking and async; see the [module](self).
#[macro_export]
macro_rules! behaviour {
    ($($(#[$meta:meta])* fn $name:ident($db:ident) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every case needs all of them")]
            use super::*;

            fn in_blocking($db: &::orm::Db) {
                #[allow(unused_imports, reason = "not every case needs all of them")]
                use $crate::behaviour::blocking::*;
                $body
            }

            async fn in_async($db: &::orm::AsyncDb) {
                #[allow(unused_imports, reason = "not every case needs all of them")]
                use $crate::behaviour::asynchronous::*;
                $body
            }

            #[test]
            fn sqlite() {
                $crate::behaviour::run_blocking($crate::Backend::Sqlite, in_blocking);
            }

            #[test]
            fn sqlite_async() {
                $crate::behaviour::run_async($crate::Backend::Sqlite, |db| Box::pin(in_async(db)));
            }

            #[test]
            fn postgres() {
                $crate::behaviour::run_blocking($crate::Backend::Postgres, in_blocking);
            }

            #[test]
            fn postgres_async() {
                $crate::behaviour::run_async($crate::Backend::Postgres, |db| Box::pin(in_async(db)));
            }

            #[test]
            fn pooled() {
                $crate::behaviour::run_pooled(module_path!(), in_blocking, |db| Box::pin(in_async(db)));
            }
        }
    )+};
}

/// Runs a case on a fresh database.
pub fn run_blocking(backend: Backend, case: fn(&Db)) {
    let database = Database::with_tables(backend);
    let db = value(Db::connect(database.url()));
    case(&db);
}

/// Runs a case on a fresh database behind the pooler, blocking or async: always the same one, by its name.
pub fn run_pooled(case_path: &str, blocking: fn(&Db), asynchronous: AsyncCase) {
    let database = Database::with_tables(Backend::Postgres);
    let url = pooler::url(&database, case_path);
    match case_path.len().is_multiple_of(2) {
        true => blocking(&value(Db::connect(&url))),
        false => run_async_at(&url, asynchronous),
    }
}

/// Runs a case on a fresh database, on a runtime of its own.
pub fn run_async(backend: Backend, case: AsyncCase) {
    let database = Database::with_tables(backend);
    run_async_at(database.url(), case);
}

/// A case on an async handle.
pub type AsyncCase = for<'a> fn(&'a AsyncDb) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

fn run_async_at(url: &str, case: AsyncCase) {
    runtime().block_on(async {
        let db = value(AsyncDb::connect(url).await);
        case(&db).await;
    });
}

/// A multi-threaded runtime, as services have.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// The value; panics with the whole error at the caller's line otherwise.
#[track_caller]
pub fn value<T>(result: orm::Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error:?}"),
    }
}

/// The next row of an iterator.
pub fn next<T>(rows: &mut impl Iterator<Item = T>) -> Option<T> {
    rows.next()
}

/// The error; panics at the caller's line if there is none.
#[track_caller]
pub fn error<T: Debug>(result: orm::Result<T>) -> orm::Error {
    match result {
        Ok(value) => panic!("expected an error, got {value:?}"),
        Err(error) => error,
    }
}

#[doc(hidden)]
#[macro_export]
macro_rules! __run_blocking {
    ($answer:expr) => {
        $crate::behaviour::value($answer)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __run_async {
    ($answer:expr) => {
        $crate::behaviour::value($answer.await)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __attempt_blocking {
    ($answer:expr) => {
        $answer
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __attempt_async {
    ($answer:expr) => {
        $answer.await
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __transaction_blocking {
    ($db:expr, |$tx:ident| $body:block) => {
        $db.transaction(|$tx| $body)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __transaction_async {
    ($db:expr, |$tx:ident| $body:block) => {
        $db.transaction(async |$tx| $body).await
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __rows_blocking {
    ($query:expr, $db:expr) => {
        $query.iter($db)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __rows_async {
    ($query:expr, $db:expr) => {
        $query.stream($db)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __next_blocking {
    ($rows:expr) => {
        $crate::behaviour::next(&mut $rows)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __next_async {
    ($rows:expr) => {
        $rows.next().await
    };
}

/// The macros of a case, for a blocking handle.
pub mod blocking {
    pub use crate::{
        __attempt_blocking as attempt, __next_blocking as next, __rows_blocking as rows,
        __run_blocking as run, __transaction_blocking as transaction,
    };
}

/// The macros of a case, for an async handle.
pub mod asynchronous {
    pub use crate::{
        __attempt_async as attempt, __next_async as next, __rows_async as rows, __run_async as run,
        __transaction_async as transaction,
    };
}
