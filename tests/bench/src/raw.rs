//! The driver by hand, as fast as it goes: cached statements, columns by index, no bound LIMIT.

use rusqlite::{Connection, Row, params};

#[allow(dead_code, reason = "decoded as the models are")]
pub struct RawAuthor {
    pub id: i64,
    pub name: String,
    pub email: String,
}

#[allow(dead_code, reason = "decoded as the models are")]
pub struct RawPost {
    pub id: i64,
    pub author: i64,
    pub title: String,
    pub body: String,
    pub views: i64,
    pub rating: f64,
    pub published: bool,
    pub subtitle: Option<String>,
}

#[allow(dead_code, reason = "decoded as the models are")]
pub struct RawComment {
    pub id: i64,
    pub post: i64,
    pub text: String,
}

/// Something of every column, so that none can be left unread.
impl RawPost {
    pub fn sum(&self) -> u64 {
        let texts = self.title.len() + self.body.len() + self.subtitle.as_ref().map_or(0, String::len);
        let numbers = self.id + self.author + self.views + self.rating as i64 + i64::from(self.published);
        texts as u64 + numbers as u64
    }
}

impl RawAuthor {
    pub fn sum(&self) -> u64 {
        self.id as u64 + (self.name.len() + self.email.len()) as u64
    }
}

impl RawComment {
    pub fn sum(&self) -> u64 {
        (self.id + self.post) as u64 + self.text.len() as u64
    }
}

pub const POST: &str = "p.id, p.author_id, p.title, p.body, p.views, p.rating, p.published, p.subtitle";

pub fn post(row: &Row<'_>, at: usize) -> rusqlite::Result<RawPost> {
    Ok(RawPost {
        id: row.get(at)?,
        author: row.get(at + 1)?,
        title: row.get(at + 2)?,
        body: row.get(at + 3)?,
        views: row.get(at + 4)?,
        rating: row.get(at + 5)?,
        published: row.get(at + 6)?,
        subtitle: row.get(at + 7)?,
    })
}

pub fn author(row: &Row<'_>, at: usize) -> rusqlite::Result<RawAuthor> {
    Ok(RawAuthor {
        id: row.get(at)?,
        name: row.get(at + 1)?,
        email: row.get(at + 2)?,
    })
}

pub fn comment(row: &Row<'_>) -> rusqlite::Result<RawComment> {
    Ok(RawComment {
        id: row.get(0)?,
        post: row.get(1)?,
        text: row.get(2)?,
    })
}

/// A connection with the pragmas that `orm` sets.
pub fn connect() -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    connection.set_prepared_statement_cache_capacity(256);
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch("PRAGMA foreign_keys = ON")?;
    connection.execute_batch(
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
        "#,
    )?;
    Ok(connection)
}

pub fn fill(connection: &Connection, authors: i64, posts: i64) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN")?;
    for id in 1..=authors {
        connection.execute(
            "INSERT INTO author (id, name, email) VALUES (?, ?, ?)",
            params![id, format!("author {id}"), format!("{id}@example.com")],
        )?;
    }
    for id in 1..=posts {
        connection.execute(
            "INSERT INTO post (id, author_id, title, body, views, rating, published, subtitle)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                id,
                (id - 1) % authors + 1,
                format!("title of post {id}"),
                "a body of some length, as bodies have it. ".repeat(3),
                id % 100,
                id as f64 / 7.0,
                id % 2 == 0,
                (id % 3 == 0).then(|| format!("subtitle {id}")),
            ],
        )?;
        for part in 0..2 {
            connection.execute(
                "INSERT INTO comment (post_id, text) VALUES (?, ?)",
                params![id, format!("comment {part} on {id}")],
            )?;
        }
    }
    connection.execute_batch("COMMIT")
}
