//! Faults that migrations met in the field, on populated databases: after each the database is as it was or as it was
//! meant to be, with every row, and the next run needs nobody's help.
//!
//! `world` is the database that everything happens to, `snapshot` what is compared, `faulty` and `child` break things.

mod adopted;
mod child;
mod computed;
mod contents;
mod enums;
mod errors;
mod faulty;
mod files;
mod handmade;
mod hints;
mod join_tables;
mod killed;
mod locks;
mod moves;
mod renames;
mod retypes;
mod rules;
mod snapshot;
mod swaps;
mod texts;
mod twins;
mod world;

/// The same test on both databases.
macro_rules! on_both {
    ($($(#[$meta:meta])* $name:ident,)+) => {
        mod sqlite {
            $($(#[$meta])* #[test] fn $name() { super::$name(orm_tests::Backend::Sqlite); })+
        }
        mod postgres {
            $($(#[$meta])* #[test] fn $name() { super::$name(orm_tests::Backend::Postgres); })+
        }
    };
}
use on_both;
