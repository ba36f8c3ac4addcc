//! However many rows are written and read, memory does not grow with them. One test alone in its process, because the bytes that are held are
//! the process's.

use orm_bench::rows;

/// 12 MB of rows, of which no way holds more at the end than after a tenth, but for what a buffer may grow by.
#[test]
fn memory_is_the_same_for_any_number_of_rows() {
    for flow in rows::run(60_000, true, true).unwrap() {
        let grown = flow.end.bytes - flow.tenth.bytes;
        assert!(grown < 3 << 20, "{}: {grown} bytes more at the end", flow.name);
        assert!(flow.end.bytes > 0, "{}: nothing was counted", flow.name);
    }
}
