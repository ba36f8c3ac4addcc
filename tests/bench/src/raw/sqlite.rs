//! SQLite by `rusqlite`.

use std::path::Path;
use std::rc::Rc;
use std::sync::LazyLock;

use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::vtab::array;
use rusqlite::{Connection, Params, Result, Row, params};

use super::{RawAuthor, RawComment, RawPost, Remarked, Tree, assemble, of_size, optional, sql};
use crate::{AUTHORS, with_five_remarks, with_three_remarks};

fn post(row: &Row<'_>) -> Result<RawPost> {
    Ok(RawPost {
        id: row.get(0)?,
        author: row.get(1)?,
        title: row.get(2)?,
        body: row.get(3)?,
        views: row.get(4)?,
        rating: row.get(5)?,
        published: row.get(6)?,
        subtitle: row.get(7)?,
    })
}

fn author(row: &Row<'_>, at: usize) -> Result<RawAuthor> {
    Ok(RawAuthor {
        id: row.get(at)?,
        name: row.get(at + 1)?,
        email: row.get(at + 2)?,
    })
}

fn comment(row: &Row<'_>) -> Result<RawComment> {
    comment_at(row, 0)
}

fn comment_at(row: &Row<'_>, at: usize) -> Result<RawComment> {
    Ok(RawComment {
        id: row.get(at)?,
        post: row.get(at + 1)?,
        text: row.get(at + 2)?,
    })
}

/// Keys as one parameter.
fn list(keys: &mut Vec<i64>) -> array::Array {
    Rc::new(keys.drain(..).map(Value::Integer).collect())
}

pub fn get(db: &Connection, key: i64) -> Result<u64> {
    let mut statement = db.prepare_cached(sql::GET)?;
    Ok(statement.query_row([key], post)?.sum())
}

pub fn filter_get(db: &Connection, key: i64) -> Result<u64> {
    get(db, key)
}

pub fn first(db: &Connection, key: i64) -> Result<u64> {
    let mut statement = db.prepare_cached(sql::FIRST)?;
    Ok(statement.query_row([key % AUTHORS + 1, 0], post)?.sum())
}

pub fn load(db: &Connection, _: i64, rows: i64) -> Result<u64> {
    let mut statement = db.prepare_cached(sql::LOAD)?;
    let posts = statement
        .query_map([rows], post)?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(posts.iter().map(RawPost::sum).sum())
}

pub fn values(db: &Connection, _: i64) -> Result<u64> {
    let mut statement = db.prepare_cached(sql::VALUES)?;
    let rows = statement
        .query_map([1_000], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(rows
        .iter()
        .map(|(id, title)| *id as u64 + title.len() as u64)
        .sum())
}

pub fn count(db: &Connection, _: i64) -> Result<u64> {
    let mut statement = db.prepare_cached(sql::COUNT)?;
    statement
        .query_row([50], |row| row.get::<_, i64>(0))
        .map(|count| count as u64)
}

pub fn join(db: &Connection, _: i64) -> Result<u64> {
    let mut statement = db.prepare_cached(sql::JOIN)?;
    let rows = statement
        .query_map([1_000], |row| Ok((post(row)?, author(row, 8)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(rows.iter().map(|(post, author)| post.sum() + author.sum()).sum())
}

pub fn three_levels(db: &Connection, _: i64) -> Result<u64> {
    let authors = db
        .prepare_cached(sql::AUTHORS)?
        .query_map([10], |row| author(row, 0))?
        .collect::<Result<Vec<_>, _>>()?;
    let posts = db
        .prepare_cached(sql::POSTS)?
        .query_map([10], post)?
        .collect::<Result<Vec<_>, _>>()?;
    let comments = db
        .prepare_cached(sql::COMMENTS)?
        .query_map([10], comment)?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(assemble(authors, posts, comments))
}

static POSTS_OF: LazyLock<String> = LazyLock::new(|| format!("{} IN rarray($1)", sql::POSTS_OF));
static COMMENTS_OF: LazyLock<String> = LazyLock::new(|| format!("{} IN rarray($1)", sql::COMMENTS_OF));
static REMARKED_IN: LazyLock<String> =
    LazyLock::new(|| format!("{} IN rarray($1){}", sql::REMARKED_IN, sql::REMARKED_BY_POST));

pub fn three_levels_by_keys(db: &Connection, _: i64) -> Result<u64> {
    let mut tree = Tree::default();
    let mut statement = db.prepare_cached(sql::AUTHORS)?;
    let mut rows = statement.query([10])?;
    while let Some(row) = rows.next()? {
        tree.author(author(row, 0)?);
    }
    let mut statement = db.prepare_cached(&POSTS_OF)?;
    let mut rows = statement.query([list(&mut tree.keys)])?;
    while let Some(row) = rows.next()? {
        tree.post(post(row)?);
    }
    let mut statement = db.prepare_cached(&COMMENTS_OF)?;
    let mut rows = statement.query([list(&mut tree.keys)])?;
    while let Some(row) = rows.next()? {
        tree.comment(comment(row)?);
    }
    Ok(tree.sum())
}

fn remarked(db: &Connection, text: &str, values: impl Params) -> Result<u64> {
    let mut statement = db.prepare_cached(text)?;
    let mut rows = statement.query(values)?;
    let mut found = Remarked::default();
    while let Some(row) = rows.next()? {
        let remark = match row.get::<_, Option<i64>>(8)? {
            Some(_) => Some(comment_at(row, 8)?),
            None => None,
        };
        found.row(row.get(0)?, || post(row), remark)?;
    }
    Ok(found.sum())
}

pub fn one_with_five(db: &Connection, key: i64) -> Result<u64> {
    remarked(db, sql::REMARKED, [with_five_remarks(key)])
}

pub fn first_with_five(db: &Connection, key: i64) -> Result<u64> {
    remarked(db, sql::FIRST_REMARKED, [key % AUTHORS + 1, 0])
}

pub fn ten_with_three(db: &Connection, key: i64) -> Result<u64> {
    remarked(db, &REMARKED_IN, [list(&mut with_three_remarks(key))])
}

pub fn update(db: &Connection, key: i64) -> Result<u64> {
    let mut statement = db.prepare_cached(sql::UPDATE)?;
    statement.execute([1, key]).map(|rows| rows as u64)
}

/// One statement for all rows, which is its own transaction.
pub fn insert(db: &Connection, _: i64, rows: i64) -> Result<u64> {
    let mut statement = db.prepare_cached(of_size::<String>(&sql::INSERTS, rows))?;
    for row in 0..rows as usize {
        statement.raw_bind_parameter(2 * row + 1, row as i64 + 1)?;
        statement.raw_bind_parameter(2 * row + 2, "a new comment")?;
    }
    statement.raw_execute().map(|rows| rows as u64)
}

pub fn insert_within(db: &Connection, key: i64, rows: i64) -> Result<u64> {
    db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let inserted = insert(db, key, rows)?;
    db.prepare_cached("COMMIT")?.execute([])?;
    Ok(inserted)
}

pub fn insert_optional(db: &Connection, _: i64, rows: i64) -> Result<u64> {
    let mut statement = db.prepare_cached(&sql::NOTES)?;
    for row in 0..rows {
        let (text, source, score) = optional(row);
        let first = 3 * row as usize;
        statement.raw_bind_parameter(first + 1, text)?;
        statement.raw_bind_parameter(first + 2, source)?;
        statement.raw_bind_parameter(first + 3, score)?;
    }
    statement.raw_execute().map(|rows| rows as u64)
}

pub fn save(db: &Connection, key: i64) -> Result<u64> {
    let mut statement = db.prepare_cached(sql::SAVE)?;
    Ok(statement.query_row(params![key, "a new comment"], comment)?.sum())
}

pub fn save_each(db: &Connection, _: i64, rows: i64) -> Result<u64> {
    db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let mut sum = 0;
    for row in 0..rows {
        sum += save(db, row + 1)?;
    }
    db.prepare_cached("COMMIT")?.execute([])?;
    Ok(sum)
}

pub fn annotate(db: &Connection, _: i64) -> Result<u64> {
    let mut statement = db.prepare_cached(sql::ANNOTATE)?;
    let rows = statement
        .query_map([], |row| {
            Ok((
                author(row, 0)?,
                row.get::<_, i64>(3)?,
                row.get::<_, Option<i64>>(4)?,
            ))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let sum = |(author, posts, last): &(RawAuthor, i64, Option<i64>)| {
        author.sum() + (posts + last.unwrap_or(0)) as u64
    };
    Ok(rows.iter().map(sum).sum())
}

pub fn window(db: &Connection, _: i64) -> Result<u64> {
    let mut statement = db.prepare_cached(sql::WINDOW)?;
    let rows = statement
        .query_map([1_000], |row| Ok((post(row)?, row.get::<_, i64>(8)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(rows
        .iter()
        .map(|(post, number)| post.sum() * *number as u64)
        .sum())
}

pub fn pages(db: &Connection, _: i64) -> Result<u64> {
    let page = |text: &str, values: &[i64]| -> Result<Vec<RawPost>> {
        let mut statement = db.prepare_cached(text)?;
        let rows = statement.query_map(rusqlite::params_from_iter(values), post)?;
        let mut rows = rows.collect::<Result<Vec<_>>>()?;
        rows.truncate(20);
        Ok(rows)
    };
    let first = page(sql::PAGE, &[])?;
    let second = page(sql::PAGE_BEHIND, &[first.last().map_or(0, |post| post.id)])?;
    Ok(first.iter().chain(&second).map(RawPost::sum).sum())
}

pub fn by_hand(db: &Connection, _: i64, rows: i64) -> Result<u64> {
    let mut statement = db.prepare_cached(sql::VALUES)?;
    let rows = statement
        .query_map([rows], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(rows
        .iter()
        .map(|(id, title)| *id as u64 + title.len() as u64)
        .sum())
}

pub fn stream(db: &Connection, _: i64, rows: i64) -> Result<u64> {
    db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let mut sum = 0;
    let mut statement = db.prepare_cached(sql::LOAD)?;
    let mut rows = statement.query([rows])?;
    while let Some(row) = rows.next()? {
        sum += post(row)?.sum();
    }
    drop(rows);
    db.prepare_cached("COMMIT")?.execute([])?;
    Ok(sum)
}

pub fn upsert(db: &Connection, _: i64) -> Result<u64> {
    let mut statement = db.prepare_cached(&sql::UPSERT)?;
    for (row, (id, post, text)) in crate::replaced().enumerate() {
        statement.raw_bind_parameter(3 * row + 1, id)?;
        statement.raw_bind_parameter(3 * row + 2, post)?;
        statement.raw_bind_parameter(3 * row + 3, text)?;
    }
    statement.raw_execute().map(|rows| rows as u64)
}

pub fn bulk_update(db: &Connection, _: i64) -> Result<u64> {
    let mut statement = db.prepare_cached(&sql::NUMBERED_NOTES)?;
    for row in 0..100 {
        statement.raw_bind_parameter(2 * row + 1, row as i64 + 1)?;
        statement.raw_bind_parameter(2 * row + 2, "a new note")?;
    }
    statement.raw_execute()?;
    db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let mut updated = 0;
    let mut statement = db.prepare_cached(sql::UPDATE_NOTE)?;
    for id in 1..=100 {
        updated += statement.execute(params!["changed", id])? as u64;
    }
    db.prepare_cached("COMMIT")?.execute([])?;
    Ok(updated)
}

pub fn clean(db: &Connection, posts: i64) -> Result<u64> {
    db.prepare_cached(sql::CLEAN_NOTES)?.execute([])?;
    let mut statement = db.prepare_cached(sql::CLEAN)?;
    statement.execute([2 * posts]).map(|rows| rows as u64)
}

/// A connection with the pragmas that `orm` sets.
pub fn connect(file: Option<&Path>) -> Result<Connection> {
    let db = match file {
        Some(file) => Connection::open(file)?,
        None => Connection::open_in_memory()?,
    };
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    db.set_prepared_statement_cache_capacity(256);
    array::load_module(&db)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    if file.is_some() {
        db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    }
    Ok(db)
}

/// The tables as `orm` creates them, and their rows.
pub fn fill(db: &Connection, posts: i64) -> Result<()> {
    db.execute_batch(
        r#"
        CREATE TABLE author (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, email TEXT NOT NULL) STRICT;
        CREATE TABLE post (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            author_id INTEGER NOT NULL REFERENCES author (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
            title TEXT NOT NULL, body TEXT NOT NULL, views INTEGER NOT NULL, rating REAL NOT NULL,
            published INTEGER NOT NULL CHECK (published IN (0, 1)), subtitle TEXT
        ) STRICT;
        CREATE INDEX post_author ON post (author_id);
        CREATE TABLE comment (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            post_id INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
            text TEXT NOT NULL
        ) STRICT;
        CREATE INDEX comment_post ON comment (post_id);
        CREATE TABLE note (
            id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, source TEXT, score REAL
        ) STRICT;
        CREATE TABLE remark (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            post_id INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
            text TEXT NOT NULL
        ) STRICT;
        CREATE INDEX remark_post ON remark (post_id);
        BEGIN;
        "#,
    )?;
    for id in 1..=AUTHORS {
        db.prepare_cached("INSERT INTO author (id, name, email) VALUES (?, ?, ?)")?
            .execute(params![id, format!("author {id}"), format!("{id}@example.com")])?;
    }
    for id in 1..=posts {
        db.prepare_cached(
            "INSERT INTO post (id, author_id, title, body, views, rating, published, subtitle)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            id,
            (id - 1) % AUTHORS + 1,
            format!("title of post {id}"),
            "a body of some length, as bodies have it. ".repeat(3),
            id % 100,
            id as f64 / 7.0,
            id % 2 == 0,
            (id % 3 == 0).then(|| format!("subtitle {id}")),
        ])?;
        for part in 0..2 {
            db.prepare_cached("INSERT INTO comment (post_id, text) VALUES (?, ?)")?
                .execute(params![id, format!("comment {part} on {id}")])?;
        }
    }
    for (post, part) in crate::remarks() {
        db.prepare_cached("INSERT INTO remark (post_id, text) VALUES (?, ?)")?
            .execute(params![post, format!("remark {part} on {post}")])?;
    }
    db.execute_batch("COMMIT")
}
