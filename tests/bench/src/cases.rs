//! What is compared. Every case reads or writes the same rows on both sides.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use orm::Db;
use orm::migrate::{MakeOptions, MigrateOptions, Migrations, Target, make_migrations, migrate};
use orm::prelude::*;
use rusqlite::{Connection, params};

use crate::measure::Case;
use crate::models::*;
use crate::raw;

const AUTHORS: i64 = 100;
const POSTS: i64 = 10_000;

fn driver(error: rusqlite::Error) -> orm::Error {
    orm::Error::new(orm::error::Kind::Database, error.to_string())
}

/// A database of ours with the tables of the models, and the same rows as the driver's.
fn ours() -> orm::Result<Db> {
    let db = Db::connect("sqlite::memory:")?;
    let models = orm::registry::Description::of_program().into_models()?;
    let new = make_migrations(&models, &Migrations::default(), &MakeOptions::default())?;
    let files: Vec<(String, &str)> = new
        .iter()
        .map(|new| (new.path.display().to_string(), new.text.as_str()))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let mut session = db.session()?;
    migrate(
        &mut session,
        &Migrations::from_embedded(&files)?,
        &Target::Latest,
        &MigrateOptions::default(),
        &mut |_| {},
    )?;
    drop(session);
    Author::bulk_create((1..=AUTHORS).map(|id| {
        Author::create()
            .id(id)
            .name(format!("author {id}"))
            .email(format!("{id}@example.com"))
    }))
    .run(&db)?;
    Post::bulk_create((1..=POSTS).map(|id| {
        Post::create()
            .id(id)
            .author((id - 1) % AUTHORS + 1)
            .title(format!("title of post {id}"))
            .body("a body of some length, as bodies have it. ".repeat(3))
            .views(id % 100)
            .rating(id as f64 / 7.0)
            .published(id % 2 == 0)
            .subtitle((id % 3 == 0).then(|| format!("subtitle {id}")))
    }))
    .run(&db)?;
    Comment::bulk_create((1..=POSTS).flat_map(|post| {
        (0..2).map(move |part| {
            Comment::create()
                .post(post)
                .text(format!("comment {part} on {post}"))
        })
    }))
    .run(&db)?;
    Ok(db)
}

/// The next of many keys, the same sequence on both sides.
struct Keys(Cell<i64>);

impl Keys {
    fn new() -> Self {
        Keys(Cell::new(0))
    }

    fn next(&self) -> i64 {
        self.0.set((self.0.get() + 7_919) % POSTS);
        self.0.get() + 1
    }
}

struct Both {
    db: Db,
    raw: Rc<Connection>,
    cases: Vec<Case>,
}

impl Both {
    fn case(
        &mut self,
        name: impl Into<String>,
        batch: u32,
        ours: impl Fn(&Db, i64) -> orm::Result<u64> + 'static,
        raw: impl Fn(&Connection, i64) -> rusqlite::Result<u64> + 'static,
    ) {
        let (db, connection) = (self.db.clone(), Rc::clone(&self.raw));
        let (near, far) = (Keys::new(), Keys::new());
        self.cases.push(Case {
            name: name.into(),
            batch,
            ours: Box::new(move || ours(&db, near.next())),
            raw: Box::new(move || raw(&connection, far.next()).map_err(driver)),
        });
    }
}

fn sum_posts(posts: &[Post]) -> u64 {
    posts.iter().map(Post::sum).sum()
}

fn sum_raw(posts: &[raw::RawPost]) -> u64 {
    posts.iter().map(raw::RawPost::sum).sum()
}

/// Cases on SQLite in memory, where nothing hides what we add.
pub fn sqlite() -> orm::Result<Vec<Case>> {
    let connection = raw::connect().map_err(driver)?;
    raw::fill(&connection, AUTHORS, POSTS).map_err(driver)?;
    let mut both = Both {
        db: ours()?,
        raw: Rc::new(connection),
        cases: Vec::new(),
    };
    reads(&mut both);
    joins(&mut both);
    writes(&mut both);
    Ok(both.cases)
}

fn reads(both: &mut Both) {
    let by_key = format!("SELECT {} FROM post p WHERE p.id = ?", raw::POST);
    let raw_get = move |connection: &Connection, key: i64| {
        let mut statement = connection.prepare_cached(&by_key)?;
        let post = statement.query_row([key], |row| raw::post(row, 0))?;
        Ok(post.sum())
    };
    both.case(
        "get(key)",
        2_000,
        |db, key| Ok(sum_posts(&[Post::get(key, db)?])),
        raw_get.clone(),
    );
    both.case(
        "filter(key).get",
        2_000,
        |db, key| Ok(sum_posts(&[Post::objects().filter(|p| p.id.eq(key)).get(db)?])),
        raw_get,
    );
    let first = format!(
        "SELECT {} FROM post p WHERE p.author_id = ? AND p.views > ? ORDER BY p.id LIMIT 1",
        raw::POST
    );
    both.case(
        "filter.first",
        1_000,
        |db, key| {
            let found = Post::objects()
                .filter(|p| p.author.eq(key % AUTHORS + 1) & p.views.ge(0))
                .order_by(|p| p.id)
                .first(db)?;
            Ok(found.map_or(0, |post| post.sum()))
        },
        move |connection, key| {
            let mut statement = connection.prepare_cached(&first)?;
            let post = statement.query_row(params![key % AUTHORS + 1, -1], |row| raw::post(row, 0))?;
            Ok(post.sum())
        },
    );
    for (rows, batch) in [(1_i64, 1_000), (10, 500), (100, 100), (1_000, 10), (10_000, 1)] {
        let range = format!("SELECT {} FROM post p WHERE p.id <= ?", raw::POST);
        both.case(
            format!("load {rows}"),
            batch,
            move |db, _| Ok(sum_posts(&Post::objects().filter(|p| p.id.le(rows)).all(db)?)),
            move |connection, _| {
                let mut statement = connection.prepare_cached(&range)?;
                let posts = statement
                    .query_map([rows], |row| raw::post(row, 0))?
                    .collect::<Result<Vec<_>, _>>()?;
                Ok(sum_raw(&posts))
            },
        );
    }
    both.case(
        "values of 1000",
        20,
        |db, _| {
            let rows = Post::objects()
                .filter(|p| p.id.le(1_000))
                .values(|p| (p.id, p.title))
                .all(db)?;
            Ok(rows
                .iter()
                .map(|(id, title)| *id as u64 + title.len() as u64)
                .sum())
        },
        |connection, _| {
            let mut statement =
                connection.prepare_cached("SELECT p.id, p.title FROM post p WHERE p.id <= ?")?;
            let rows = statement
                .query_map([1_000], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
                })?
                .collect::<Result<Vec<_>, _>>()?;
            Ok(rows
                .iter()
                .map(|(id, title)| *id as u64 + title.len() as u64)
                .sum())
        },
    );
    both.case(
        "count with a filter",
        50,
        |db, _| Ok(Post::objects().filter(|p| p.views.gt(50)).count(db)? as u64),
        |connection, _| {
            let mut statement = connection.prepare_cached("SELECT count(*) FROM post p WHERE p.views > ?")?;
            statement
                .query_row([50], |row| row.get::<_, i64>(0))
                .map(|count| count as u64)
        },
    );
}

fn joins(both: &mut Both) {
    let join = format!(
        "SELECT {}, a.id, a.name, a.email FROM post p JOIN author a ON a.id = p.author_id WHERE p.id <= ?",
        raw::POST
    );
    both.case(
        "join 1000",
        10,
        |db, _| {
            let rows = Post::objects()
                .filter(|p| p.id.le(1_000))
                .with(|p| p.author())
                .all(db)?;
            Ok(rows
                .iter()
                .map(|(post, author)| post.sum() + author.sum())
                .sum())
        },
        move |connection, _| {
            let mut statement = connection.prepare_cached(&join)?;
            let rows = statement
                .query_map([1_000], |row| Ok((raw::post(row, 0)?, raw::author(row, 8)?)))?
                .collect::<Result<Vec<_>, _>>()?;
            Ok(rows
                .iter()
                .map(|(post, author)| post.sum() + author.sum())
                .sum())
        },
    );
    let posts = format!(
        "SELECT {} FROM post p JOIN author a ON a.id = p.author_id WHERE a.id <= 10 ORDER BY p.id",
        raw::POST
    );
    both.case(
        "authors, posts, comments",
        5,
        |db, _| {
            let authors = Author::objects()
                .filter(|a| a.id.le(10))
                .with(|a| a.posts().with(|p| p.comments()))
                .all(db)?;
            Ok(authors
                .iter()
                .map(|(author, posts)| {
                    let posts = posts.iter().map(|(post, comments)| {
                        post.sum() + comments.iter().map(Comment::sum).sum::<u64>()
                    });
                    author.sum() + posts.sum::<u64>()
                })
                .sum())
        },
        move |connection, _| three_levels(connection, &posts),
    );
}

/// Three queries, put together by hand.
fn three_levels(connection: &Connection, posts: &str) -> rusqlite::Result<u64> {
    let authors = connection
        .prepare_cached("SELECT id, name, email FROM author WHERE id <= ?")?
        .query_map([10], |row| raw::author(row, 0))?
        .collect::<Result<Vec<_>, _>>()?;
    let posts = connection
        .prepare_cached(posts)?
        .query_map([], |row| raw::post(row, 0))?
        .collect::<Result<Vec<_>, _>>()?;
    let comments = connection
        .prepare_cached(
            "SELECT c.id, c.post_id, c.text FROM comment c JOIN post p ON p.id = c.post_id
             WHERE p.author_id <= 10",
        )?
        .query_map([], raw::comment)?
        .collect::<Result<Vec<_>, _>>()?;
    let mut of_post: HashMap<i64, Vec<raw::RawComment>> = HashMap::new();
    for comment in comments {
        of_post.entry(comment.post).or_default().push(comment);
    }
    let mut of_author: HashMap<i64, Vec<(raw::RawPost, Vec<raw::RawComment>)>> = HashMap::new();
    for post in posts {
        let comments = of_post.remove(&post.id).unwrap_or_default();
        of_author.entry(post.author).or_default().push((post, comments));
    }
    let authors: Vec<_> = authors
        .into_iter()
        .map(|author| {
            let posts = of_author.remove(&author.id).unwrap_or_default();
            (author, posts)
        })
        .collect();
    Ok(authors
        .iter()
        .map(|(author, posts)| {
            let posts = posts.iter().map(|(post, comments)| {
                post.sum() + comments.iter().map(raw::RawComment::sum).sum::<u64>()
            });
            author.sum() + posts.sum::<u64>()
        })
        .sum())
}

fn writes(both: &mut Both) {
    both.case(
        "update by key",
        1_000,
        |db, key| {
            Post::objects()
                .filter(|p| p.id.eq(key))
                .update(|p| p.views.set(p.views + 1))
                .run(db)
        },
        |connection, key| {
            let mut statement =
                connection.prepare_cached("UPDATE post SET views = views + ? WHERE id = ?")?;
            statement.execute([1, key]).map(|rows| rows as u64)
        },
    );
    for (rows, batch) in [(1_u64, 200), (10, 100), (100, 10), (1_000, 2)] {
        both.case(
            format!("insert {rows} in a transaction"),
            batch,
            move |db, _| {
                let mut inserted = 0;
                db.transaction(|tx| {
                    inserted = Comment::bulk_create(
                        (0..rows).map(|row| Comment::create().post(row as i64 + 1).text("a new comment")),
                    )
                    .run(tx)?;
                    Comment::objects()
                        .filter(|c| c.id.gt(2 * POSTS))
                        .delete()
                        .run(tx)?;
                    Ok(inserted)
                })
            },
            move |connection, _| {
                connection.execute_batch("BEGIN IMMEDIATE")?;
                {
                    let mut statement =
                        connection.prepare_cached("INSERT INTO comment (post_id, text) VALUES (?, ?)")?;
                    for row in 0..rows {
                        statement.execute(params![row as i64 + 1, "a new comment"])?;
                    }
                }
                connection
                    .prepare_cached("DELETE FROM comment WHERE id > ?")?
                    .execute([2 * POSTS])?;
                connection.execute_batch("COMMIT")?;
                Ok(rows)
            },
        );
    }
    both.case(
        "insert 1000, one statement each",
        1,
        |db, _| {
            db.transaction(|tx| {
                for row in 0..1_000 {
                    Comment::create().post(row + 1).text("a new comment").save(tx)?;
                }
                Comment::objects().filter(|c| c.id.gt(2 * POSTS)).delete().run(tx)
            })
        },
        |connection, _| {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            {
                let mut statement = connection.prepare_cached(
                    "INSERT INTO comment (post_id, text) VALUES (?, ?) RETURNING id, post_id, text",
                )?;
                for row in 0..1_000 {
                    statement.query_row(params![row + 1, "a new comment"], raw::comment)?;
                }
            }
            let deleted = connection
                .prepare_cached("DELETE FROM comment WHERE id > ?")?
                .execute([2 * POSTS])?;
            connection.execute_batch("COMMIT")?;
            Ok(deleted as u64)
        },
    );
}
