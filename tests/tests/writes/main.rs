//! What writes and transactions do, shown on SQLite and Postgres, blocking and async, alone and at the same time. Each case
//! is written once.

mod blocking_handles;
mod bulk;
mod bulk_failures;
mod bulk_updates;
mod changes_reviewed;
mod concurrency;
mod copied_out;
mod copied_out_bytes;
mod copies;
mod copies_refused;
mod copies_streamed;
mod created_many;
mod created_together;
mod created_together_twice;
mod deletion;
mod factories;
mod factories_given;
mod factories_seeded;
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
