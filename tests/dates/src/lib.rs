//! Dates, times and durations of crates beside `chrono`, on both databases: the cases stand in `tests/`.
