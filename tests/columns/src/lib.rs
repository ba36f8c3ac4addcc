//! Columns of types that other crates have, on both databases: the cases stand in `tests/`.
