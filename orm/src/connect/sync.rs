//! What the queue of a pool stands on. The model check of the queue (`tests/tests/pool/`) gives it others of the same names, whose
//! every interleaving is tried.

pub(super) use std::sync::atomic::{AtomicUsize, Ordering};
pub(super) use std::sync::{Condvar, Mutex, MutexGuard};

pub(super) use atomicbox::AtomicOptionBox;
