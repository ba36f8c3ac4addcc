//! The queue of a pool, in all interleavings of a few callers by `loom`, and in very many of more callers.
//!
//! The tested files are the library's own, compiled with loom's locks and atomics.

#[allow(dead_code)]
#[path = "../../../orm/src/connect/fair_queue/mod.rs"]
mod fair_queue;
mod interleavings;
mod sync;
