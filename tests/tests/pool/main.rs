//! The queue of a pool in every interleaving there is of a few callers, by `loom`, and in very many of a crowd.
//!
//! The files are the library's own, on locks and atomics whose steps a model takes in every order.

#[allow(dead_code)]
#[path = "../../../orm/src/connect/fair_queue/mod.rs"]
mod fair_queue;
mod interleavings;
mod sync;
