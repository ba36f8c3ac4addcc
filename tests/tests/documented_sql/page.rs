//! Pages of the documentation, and how their SQL is compared with SQL that was rendered.

use std::fs;
use std::path::Path;

/// A page, without the comment marks of Rust.
pub fn page(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = text.lines().map(|line| {
        let marks = ["/// ", "//! ", "///", "//!"];
        marks
            .iter()
            .find_map(|mark| line.strip_prefix(mark))
            .unwrap_or(line)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The fenced blocks of a language.
pub fn blocks(page: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(of) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if of == language {
                found.push(block.join("\n"));
            }
        }
    }
    assert!(!found.is_empty(), "no block of {language}");
    found
}

/// The rows of the tables with these headers.
pub fn rows(page: &str, headers: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line == headers {
            lines.next();
            let rows = lines.by_ref().take_while(|line| line.starts_with('|'));
            found.extend(rows.map(cells));
        }
    }
    assert!(!found.is_empty(), "no table with {headers}");
    found
}

fn cells(row: &str) -> Vec<String> {
    let row = row.replace("\\|", "\u{1}");
    let cells = row.trim_matches('|').split('|');
    cells.map(|cell| cell.trim().replace('\u{1}', "|")).collect()
}

/// What a cell has in backticks.
pub fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// SQL without quotes and tables' names in front of columns, with `x` for parameters and one space between words.
pub fn normal(sql: &str) -> String {
    let mut unqualified = String::new();
    let mut parts = sql.split("\".\"").peekable();
    while let Some(part) = parts.next() {
        let end = match parts.peek() {
            Some(_) => part.rfind('"').expect("a quoted name"),
            None => part.len(),
        };
        unqualified.push_str(&part[..end]);
    }
    let mut out = String::new();
    let mut letters = unqualified.chars().filter(|letter| *letter != '"').peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '$' | '?' => {
                while letters.next_if(char::is_ascii_digit).is_some() {}
                out.push('x');
            }
            letter if letter.is_whitespace() => {
                if !out.ends_with([' ', '(']) {
                    out.push(' ');
                }
            }
            ')' => {
                out.truncate(out.trim_end().len());
                out.push(')');
            }
            letter => out.push(letter),
        }
    }
    out.trim().trim_end_matches(';').replace("EXISTS(", "EXISTS (")
}

/// Whether SQL contains what is shown, in which `..` stands for anything.
pub fn contains(sql: &str, shown: &str) -> bool {
    let mut rest = sql;
    shown
        .split("..")
        .map(str::trim)
        .all(|part| match rest.find(part) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
}

/// Whether SQL is what is shown, from its beginning to its end.
pub fn is(sql: &str, shown: &str) -> bool {
    let start = shown.split("..").next().unwrap_or(shown).trim();
    let end = shown.rsplit("..").next().unwrap_or(shown).trim();
    sql.starts_with(start) && sql.ends_with(end) && contains(sql, shown)
}

#[test]
fn sql_is_compared_without_quotes_and_with_gaps() {
    let sql = normal("SELECT  \"t\".\"id\" FROM \"t\"\nWHERE ( \"t\".\"a\" = $12 );");
    assert_eq!(sql, "SELECT id FROM t WHERE (a = x)");
    assert!(contains(&sql, "FROM t .. a = x") && !contains(&sql, "a = x .. FROM t"));
    assert!(is(&sql, "SELECT .. (a = x)") && !is(&sql, "SELECT .. a") && !is(&sql, "id ..)"));
    assert_eq!(code("`a` and `b`"), ["a", "b"]);
    assert_eq!(cells("| `a \\| b` | c |"), ["`a | b`", "c"]);
}
