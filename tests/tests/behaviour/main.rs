//! What the library does, shown on SQLite and Postgres, blocking and async: each case is written once.

mod bulk;
mod composite_keys;
mod concurrency;
mod constraints;
mod decimals;
mod defaults;
mod deletion;
mod edges;
mod enums;
mod generated;
mod hints;
mod identifiers;
mod loading;
mod lookups;
mod queries_scopes;
mod queries_terminals;
mod queries_types;
mod relations;
mod round_trips;
mod samples;
mod texts;
mod transactions;
mod unreadable;
mod values;
mod writing;
