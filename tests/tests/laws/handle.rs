//! A handle of either kind, so that a law is written once.

use orm::{AsyncDb, Db};
use orm_tests::behaviour::{runtime, value};
use tokio::runtime::Runtime;

pub enum Handle {
    Blocking(Db),
    Async(AsyncDb, Runtime),
}

#[derive(Clone, Copy)]
pub enum Colour {
    Blocking,
    Async,
}

impl Handle {
    pub fn connect(colour: Colour, url: &str) -> Self {
        match colour {
            Colour::Blocking => Handle::Blocking(value(Db::connect(url))),
            Colour::Async => {
                let runtime = runtime();
                let db = value(runtime.block_on(AsyncDb::connect(url)));
                Handle::Async(db, runtime)
            }
        }
    }
}

/// What a terminal gives on the handle.
macro_rules! attempt {
    ($handle:expr, |$db:ident| $asked:expr) => {
        match $handle {
            $crate::handle::Handle::Blocking($db) => $asked,
            $crate::handle::Handle::Async($db, runtime) => runtime.block_on(async { $asked.await }),
        }
    };
}

/// The value that a terminal gives on the handle.
macro_rules! ask {
    ($handle:expr, |$db:ident| $asked:expr) => {
        orm_tests::behaviour::value($crate::handle::attempt!($handle, |$db| $asked))
    };
}

pub(crate) use {ask, attempt};
