//! Counts the allocations of all threads, and the bytes that they hold, while switched on.

#![allow(unsafe_code, reason = "an allocator cannot be written without it")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

struct Counting;

/// Off during timed runs: an atomic addition per allocation would distort them.
static ON: AtomicBool = AtomicBool::new(false);
static COUNT: AtomicU64 = AtomicU64::new(0);
/// The bytes allocated less those freed since it was switched on, and the most that they were.
static LIVE: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[inline]
fn note(bytes: usize) {
    if ON.load(Relaxed) {
        COUNT.fetch_add(1, Relaxed);
        grown(bytes.cast_signed());
    }
}

#[inline]
fn grown(bytes: isize) {
    let bytes = bytes as i64;
    let live = LIVE.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(live, Relaxed);
}

#[inline]
fn freed(bytes: usize) {
    if ON.load(Relaxed) {
        grown(-bytes.cast_signed());
    }
}

// SAFETY: every call is passed on unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: as the caller of this function promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: as the caller of this function promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        freed(layout.size());
        // SAFETY: as the caller of this function promises.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        freed(layout.size());
        // SAFETY: as the caller of this function promises.
        unsafe { System.dealloc(old, layout) }
    }
}

/// Returns the result of `work` and its number of allocations by Rust's allocator. SQLite's own memory is not
/// included.
pub fn count<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let before = COUNT.load(Relaxed);
    ON.store(true, Relaxed);
    let result = work();
    ON.store(false, Relaxed);
    (result, COUNT.load(Relaxed) - before)
}

/// Begins to count the bytes that are held beyond those that are held now, by Rust's allocator.
pub fn watch_bytes() {
    LIVE.store(0, Relaxed);
    PEAK.store(0, Relaxed);
    ON.store(true, Relaxed);
}

/// The most bytes that were held at once since [`watch_bytes`].
pub fn most_bytes() -> i64 {
    PEAK.load(Relaxed)
}

/// Ends it.
pub fn stop_watching() {
    ON.store(false, Relaxed);
}
