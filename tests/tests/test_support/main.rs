//! What `orm::testing` gives to tests of programs.

mod databases;
mod followed;
mod queries;

/// The address of the test server; panics without one, because tests that cannot run must not be skipped.
fn server() -> String {
    std::env::var("ORM_TEST_POSTGRES").expect("ORM_TEST_POSTGRES: run the tests by tests/run")
}
