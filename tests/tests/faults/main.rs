//! Faults that migrations meet in practice, on populated databases: after each, the database is either unchanged or
//! fully migrated, with every row, and the next run works without help.
//!
//! `world` sets up the database, `snapshot` is what is compared, `faulty` and `child` cause the faults.

mod adopted;
mod at_start;
mod child;
mod collations;
mod composite_foreign_keys;
mod computed;
mod contents;
mod enums;
mod equal_constraints;
mod errors;
mod faulty;
mod files;
mod half_applied;
mod handmade;
mod hints;
mod join_tables;
mod join_tables_composite;
mod joined_keys;
mod killed;
mod leaning;
mod locks;
mod losses;
mod moves;
mod not_valid;
mod online;
mod pointed_at;
mod renames;
mod repointed;
mod retypes;
mod rules;
mod snapshot;
mod storage;
mod strings;
mod swaps;
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
