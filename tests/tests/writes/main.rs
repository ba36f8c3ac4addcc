//! What writes and transactions do, shown on SQLite and Postgres, blocking and async, alone and at the same time. Each case
//! is written once.

mod bulk;
mod bulk_failures;
mod bulk_updates;
mod changes_reviewed;
mod concurrency;
mod copies;
mod created_together;
mod deletion;
mod factories;
mod get_or_create;
mod locking;
mod outages;
mod partial_writes;
mod poolers;
mod round_trips;
mod transactions;
mod upsert_limits;
mod upserts;
mod upserts_elsewhere;
mod versions;
mod writes_from_queries;
mod writing;
