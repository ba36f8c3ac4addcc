//! Backends are named only in their own folders; generic code asks what a dialect can do.

use proc_macro2::TokenTree;

use super::assert_none;
use super::source::{Source, sources};

/// Words that name a backend or its driver.
const BACKENDS: [&str; 2] = ["sqlite", "postgres"];

/// Other files that may name a backend, and why.
const ALLOWED: &[(&str, &str)] = &[
    ("connect/async_conn.rs", "holds a connection of either backend"),
    ("connect/async_db.rs", "holds the pools of either backend"),
    ("connect/async_tx.rs", "holds a connection of either backend"),
    ("connect/conn.rs", "holds a connection of either backend"),
    ("connect/db.rs", "holds the pools of either backend"),
    ("connect/like.rs", "an address says which backend"),
    ("connect/target.rs", "an address says which backend"),
    ("connect/url.rs", "shows how an address is written"),
    (
        "migrate/operation/run_sql.rs",
        "SQL written by hand has one text per backend",
    ),
    (
        "model/db_type.rs",
        "a model says the type of a column for each database",
    ),
    (
        "model/def.rs",
        "a default written in SQL has one text per backend",
    ),
    (
        "model/table_object_spec.rs",
        "what a trigger does is SQL of each database",
    ),
    ("model/trigger.rs", "what a trigger does is SQL of each database"),
    ("registry/trigger.rs", "copies what a trigger does per backend"),
    (
        "model/spec.rs",
        "a default written in SQL has one text per backend",
    ),
    ("model/view.rs", "a view has one query per backend"),
    ("expr/spelling.rs", "keeps the spellings of each backend"),
    ("expr/table.rs", "spells each function for each backend"),
    ("registry/resolve.rs", "copies the default's text per backend"),
    ("registry/view.rs", "copies the query per backend"),
    (
        "registry/settings.rs",
        "knows which urls name a file, to make their paths relative to the settings",
    ),
    (
        "schema/lower/db_type.rs",
        "a type by its name says the collation where its backend's name has one",
    ),
    ("schema/mod.rs", "finds the implementation for a dialect"),
    ("schema/step.rs", "a rebuild is a step that one backend needs"),
    (
        "sql/dialect.rs",
        "the constants that say what each backend can do",
    ),
    ("sql/rules.rs", "finds the implementation for a dialect"),
    (
        "testing/builder.rs",
        "says where databases of tests are if nothing else does",
    ),
    ("testing/database.rs", "an address says which backend"),
    ("value/array.rs", "a type decodes the cells of both backends"),
    (
        "value/array_json.rs",
        "the text that a backend without arrays keeps of one",
    ),
    ("value/chrono.rs", "a type decodes the cells of both backends"),
    (
        "value/db_type.rs",
        "a program says a type by its name for each backend",
    ),
    (
        "value/big_decimal.rs",
        "a type decodes the cells of both backends",
    ),
    ("value/decimal.rs", "a type decodes the cells of both backends"),
    ("value/duration.rs", "a type decodes the cells of both backends"),
    (
        "value/mac_address.rs",
        "a type decodes the cells of both backends",
    ),
    ("value/network.rs", "a type decodes the cells of both backends"),
    (
        "value/multirange_form.rs",
        "a type decodes the cells of both backends",
    ),
    ("value/range_form.rs", "a type decodes the cells of both backends"),
    ("value/owned_cell.rs", "a kept cell is one of the backends' cells"),
    ("value/json.rs", "a type decodes the cells of both backends"),
    ("value/row.rs", "a row is one of the backends' rows"),
    ("value/std_types.rs", "a type decodes the cells of both backends"),
    ("value/uuid.rs", "a type decodes the cells of both backends"),
];

#[test]
fn generic_code_names_no_backend() {
    let mut findings = Vec::new();
    let sources = sources("orm/src");
    for source in sources.iter().filter(|source| !is_of_a_backend(&source.path)) {
        if !ALLOWED.iter().any(|(path, _)| *path == source.path) {
            findings.extend(backend_names(source));
        }
    }
    assert_none(
        findings,
        "a backend named in generic code (ask its `Dialect` instead)",
    );
}

#[test]
fn every_exception_is_needed() {
    let sources = sources("orm/src");
    let needless = ALLOWED.iter().filter(|(path, _)| {
        let source = sources.iter().find(|source| source.path == *path);
        source.is_none_or(|source| backend_names(source).is_empty())
    });
    assert_none(
        needless.map(|(path, _)| (*path).to_owned()).collect(),
        "exceptions that nothing needs",
    );
}

/// Only the floor that renders SQL imports the SQL builder.
#[test]
fn the_sql_builder_stays_in_its_floor() {
    let sources = sources("orm/src");
    let outside = sources.iter().filter(|source| !source.path.starts_with("sql/"));
    let findings: Vec<String> = outside
        .filter(|source| names_builder(source))
        .map(|source| source.path.clone())
        .collect();
    assert_none(
        findings,
        "sea_query outside of `sql/` (say it in `expr/`, and render it there)",
    );
    assert!(sources.iter().any(names_builder), "nothing names sea_query");
}

fn names_builder(source: &Source) -> bool {
    source.tokens().to_string().contains("sea_query")
}

/// `sql/sqlite/…`, `value/postgres.rs`
fn is_of_a_backend(path: &str) -> bool {
    path.split('/')
        .any(|part| BACKENDS.contains(&part.strip_suffix(".rs").unwrap_or(part)))
}

fn backend_names(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    gather(&source.code(), &mut found);
    found
        .into_iter()
        .map(|(line, word)| format!("{}:{line}: {word}", source.path))
        .collect()
}

fn gather(tokens: &[TokenTree], found: &mut Vec<(usize, String)>) {
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            // Attributes such as features and documentation may name a backend.
            TokenTree::Punct(hash) if hash.as_char() == '#' => {
                at += 1;
                if matches!(tokens.get(at), Some(TokenTree::Punct(bang)) if bang.as_char() == '!') {
                    at += 1;
                }
            }
            // `mod sqlite;` is necessarily in the folder above.
            TokenTree::Ident(word) if word == "mod" => at += 1,
            TokenTree::Group(group) => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                gather(&inner, found);
            }
            TokenTree::Punct(_) => {}
            word => {
                let text = word.to_string();
                let lower = text.to_lowercase();
                if BACKENDS.iter().any(|name| lower.contains(name)) {
                    found.push((word.span().start().line, text));
                }
            }
        }
        at += 1;
    }
}

#[test]
fn the_rule_sees_names_in_code_and_in_texts() {
    let names = |text: &str| -> Vec<String> {
        let found = backend_names(&Source::new("query/x.rs", text));
        found
            .iter()
            .map(|found| found.rsplit(' ').next().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(names("fn f() { if d.backend == Backend::Sqlite {} }"), ["Sqlite"]);
    assert_eq!(names("use rusqlite::Row;"), ["rusqlite"]);
    assert_eq!(names("const X: &str = \"POSTGRES\";"), ["\"POSTGRES\""]);
    assert_eq!(names("use tokio_postgres as driver;"), ["tokio_postgres"]);
    for innocent in [
        "//! On SQLite it is text.\n#[cfg(feature = \"sqlite\")]\nmod sqlite;",
        "#![doc = \"postgres\"]",
        "/// Postgres.\nfn f() {}",
        "#[cfg(test)]\nmod tests { use rusqlite::Row; }",
    ] {
        assert!(names(innocent).is_empty(), "{innocent}");
    }
}
