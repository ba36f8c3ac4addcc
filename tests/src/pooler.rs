//! The pooler in front of the test server: PgBouncer with `pool_mode = transaction` and few server connections, so
//! that clients share them.

use crate::Database;

/// Cases that connect to the server directly, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "named::a_type_of_a_program_says_what_its_columns_are",
        "an hstore is written by named statements",
    ),
    (
        "named::lookups_of_an_own_type_are_typed",
        "an hstore is written by named statements",
    ),
];

/// The address of a database behind the pooler, or of the database itself for a case that must avoid the pooler.
pub fn url(database: &Database, case: &str) -> String {
    match EXCEPTIONS.iter().any(|(exception, _)| case.ends_with(exception)) {
        true => database.url().to_owned(),
        false => database.pooled_url(),
    }
}

/// The address of the pooler: `ORM_TEST_POOLER`, or where `tests/run` starts it: beside the server, on PgBouncer's port.
pub(crate) fn pooler_url(server: &str) -> String {
    std::env::var("ORM_TEST_POOLER").unwrap_or_else(|_| with_port(server, 6432))
}

fn with_port(url: &str, port: u16) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, host) = host
        .rsplit_once('@')
        .map_or(("", host), |(user, host)| (user, host));
    let host = host.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}@{host}:{port}/{path}")
}

#[test]
fn the_pooler_is_beside_the_server() {
    assert_eq!(
        with_port("postgres://orm@%2Ftmp%2Fx:5432/postgres", 6432),
        "postgres://orm@%2Ftmp%2Fx:6432/postgres"
    );
}
