//! Our side of every case, blocking and async, and the database it runs on.

use orm::Db;
use orm::migrate::{MakeOptions, MigrateOptions, Migrations, Target, make_migrations, migrate};
use orm::prelude::*;

use crate::models::*;
use crate::{AUTHORS, with_five_remarks, with_three_remarks};

fn sum_remarked((post, remarks): &(Post, Vec<Remark>)) -> u64 {
    post.sum() + remarks.iter().map(Remark::sum).sum::<u64>()
}

/// Creates the tables by migrations, with the same rows as the driver's.
pub fn fill(db: &Db, posts: i64) -> orm::Result<()> {
    let models = orm::models::Description::of_program().into_models()?;
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
    // Without primary keys, so that Postgres' sequence continues from here.
    Author::bulk_create((1..=AUTHORS).map(|id| {
        Author::create()
            .name(format!("author {id}"))
            .email(format!("{id}@example.com"))
    }))
    .run(db)?;
    Post::bulk_create((1..=posts).map(|id| {
        Post::create()
            .author((id - 1) % AUTHORS + 1)
            .title(format!("title of post {id}"))
            .body("a body of some length, as bodies have it. ".repeat(3))
            .views(id % 100)
            .rating(id as f64 / 7.0)
            .published(id % 2 == 0)
            .subtitle((id % 3 == 0).then(|| format!("subtitle {id}")))
    }))
    .run(db)?;
    Comment::bulk_create((1..=posts).flat_map(|post| {
        (0..2).map(move |part| {
            Comment::create()
                .post(post)
                .text(format!("comment {part} on {post}"))
        })
    }))
    .run(db)?;
    Remark::bulk_create(crate::remarks().map(|(post, part)| {
        Remark::create()
            .post(post)
            .text(format!("remark {part} on {post}"))
    }))
    .run(db)?;
    Ok(())
}

/// Removes what the cases have inserted.
pub fn clean(db: &Db, posts: i64) -> orm::Result<()> {
    Comment::objects()
        .filter(|c| c.id.gt(2 * posts))
        .delete()
        .run(db)?;
    Note::objects().delete().run(db)?;
    Ok(())
}

macro_rules! work {
    ($name:ident, $db:ty, [$($async:tt)?], [$($wait:tt)*], $rows:ident) => {
        pub mod $name {
            use super::*;
            use orm::Result;

            pub $($async)? fn get(db: &$db, key: i64) -> Result<u64> {
                Ok(Post::get(key, db)$($wait)*?.sum())
            }

            pub $($async)? fn filter_get(db: &$db, key: i64) -> Result<u64> {
                Ok(Post::objects().filter(|p| p.id.eq(key)).get(db)$($wait)*?.sum())
            }

            pub $($async)? fn first(db: &$db, key: i64) -> Result<u64> {
                let found = Post::objects()
                    .filter(|p| p.author.eq(key % AUTHORS + 1) & p.views.ge(0))
                    .order_by(|p| p.id)
                    .first(db)$($wait)*?;
                Ok(found.map_or(0, |post| post.sum()))
            }

            pub $($async)? fn load(db: &$db, _: i64, rows: i64) -> Result<u64> {
                let posts = Post::objects().filter(|p| p.id.le(rows)).all(db)$($wait)*?;
                Ok(posts.iter().map(Post::sum).sum())
            }

            pub $($async)? fn values(db: &$db, _: i64) -> Result<u64> {
                let rows = Post::objects()
                    .filter(|p| p.id.le(1_000))
                    .values(|p| (p.id, p.title))
                    .all(db)$($wait)*?;
                Ok(rows.iter().map(|(id, title)| *id as u64 + title.len() as u64).sum())
            }

            pub $($async)? fn count(db: &$db, _: i64) -> Result<u64> {
                Ok(Post::objects().filter(|p| p.views.gt(50)).count(db)$($wait)*? as u64)
            }

            pub $($async)? fn join(db: &$db, _: i64) -> Result<u64> {
                let rows = Post::objects()
                    .filter(|p| p.id.le(1_000))
                    .with(|p| p.author())
                    .all(db)$($wait)*?;
                Ok(rows.iter().map(|(post, author)| post.sum() + author.sum()).sum())
            }

            pub $($async)? fn three_levels(db: &$db, _: i64) -> Result<u64> {
                let authors = Author::objects()
                    .filter(|a| a.id.le(10))
                    .with(|a| a.posts().with(|p| p.comments()))
                    .all(db)$($wait)*?;
                let sum_post = |(post, comments): &(Post, Vec<Comment>)| {
                    post.sum() + comments.iter().map(Comment::sum).sum::<u64>()
                };
                Ok(authors
                    .iter()
                    .map(|(author, posts)| author.sum() + posts.iter().map(sum_post).sum::<u64>())
                    .sum())
            }

            pub use three_levels as three_levels_by_keys;

            pub $($async)? fn one_with_five(db: &$db, key: i64) -> Result<u64> {
                let key = with_five_remarks(key);
                let found = Post::objects().filter(|p| p.id.eq(key)).with(|p| p.remarks()).get(db)$($wait)*?;
                Ok(sum_remarked(&found))
            }

            pub $($async)? fn first_with_five(db: &$db, key: i64) -> Result<u64> {
                let found = Post::objects()
                    .filter(|p| p.author.eq(key % AUTHORS + 1) & p.views.ge(0))
                    .order_by(|p| p.id)
                    .with(|p| p.remarks())
                    .first(db)$($wait)*?;
                Ok(found.as_ref().map_or(0, sum_remarked))
            }

            pub $($async)? fn ten_with_three(db: &$db, key: i64) -> Result<u64> {
                let keys = with_three_remarks(key);
                let found = Post::objects()
                    .filter(|p| p.id.in_(keys))
                    .with(|p| p.remarks())
                    .order_by(|p| p.id)
                    .all(db)$($wait)*?;
                Ok(found.iter().map(sum_remarked).sum())
            }

            pub $($async)? fn update(db: &$db, key: i64) -> Result<u64> {
                Post::objects()
                    .filter(|p| p.id.eq(key))
                    .update(|p| p.views.set(p.views + 1))
                    .run(db)$($wait)*
            }

            pub $($async)? fn insert(db: &$db, _: i64, rows: i64) -> Result<u64> {
                Comment::bulk_create(
                    (0..rows).map(|row| Comment::create().post(row + 1).text("a new comment")),
                )
                .run(db)$($wait)*
            }

            pub $($async)? fn insert_within(db: &$db, _: i64, rows: i64) -> Result<u64> {
                db.transaction($($async)? |tx| {
                    let rows = (0..rows).map(|row| Comment::create().post(row + 1).text("a new comment"));
                    Comment::bulk_create(rows).run(tx)$($wait)*
                })$($wait)*
            }

            pub $($async)? fn insert_optional(db: &$db, _: i64, rows: i64) -> Result<u64> {
                let notes = (0..rows).map(|row| {
                    let note = Note::create().text("a new note");
                    let note = if row % 2 == 0 { note.source("a source") } else { note };
                    if row % 3 == 0 { note.score(0.5) } else { note }
                });
                Note::bulk_create(notes).run(db)$($wait)*
            }

            pub $($async)? fn save(db: &$db, key: i64) -> Result<u64> {
                Ok(Comment::create().post(key).text("a new comment").save(db)$($wait)*?.sum())
            }

            pub $($async)? fn annotate(db: &$db, _: i64) -> Result<u64> {
                let authors = Author::objects()
                    .annotate(|a| (a.posts().count(), a.posts().max(|p| p.id)))
                    .all(db)$($wait)*?;
                let sum = |(author, (posts, last)): &(Author, (i64, Option<i64>))| {
                    author.sum() + (posts + last.unwrap_or(0)) as u64
                };
                Ok(authors.iter().map(sum).sum())
            }

            pub $($async)? fn window(db: &$db, _: i64) -> Result<u64> {
                let posts = Post::objects()
                    .filter(|p| p.id.le(1_000))
                    .annotate(|p| orm::row_number().over(|w| w.partition_by(p.author).order_by(p.id.desc())))
                    .all(db)$($wait)*?;
                Ok(posts.iter().map(|(post, number)| post.sum() * *number as u64).sum())
            }

            pub $($async)? fn pages(db: &$db, _: i64) -> Result<u64> {
                let pages = || Post::objects().order_by(|p| p.id);
                let first = pages().after(None, 20, db)$($wait)*?;
                let second = pages().after(first.next.as_ref(), 20, db)$($wait)*?;
                Ok(first.rows.iter().chain(&second.rows).map(Post::sum).sum())
            }

            pub $($async)? fn by_hand(db: &$db, _: i64, rows: i64) -> Result<u64> {
                let rows: Vec<(i64, String)> =
                    orm::sql("SELECT p.id, p.title FROM post p WHERE p.id <= {}", (rows,)).rows().all(db)$($wait)*?;
                Ok(rows.iter().map(|(id, title)| *id as u64 + title.len() as u64).sum())
            }

            pub $($async)? fn stream(db: &$db, _: i64, rows: i64) -> Result<u64> {
                db.transaction($($async)? |tx| {
                    let mut posts = Post::objects().filter(|p| p.id.le(rows)).$rows(tx);
                    let mut sum = 0;
                    while let Some(post) = posts.next()$($wait)* {
                        sum += post?.sum();
                    }
                    Ok(sum)
                })$($wait)*
            }

            pub $($async)? fn upsert(db: &$db, _: i64) -> Result<u64> {
                let rows = crate::replaced().map(|(id, post, text)| Comment::create().id(id).post(post).text(text));
                Comment::bulk_create(rows)
                    .on_conflict(|c| c.id)
                    .update(|c, new| c.text.set(new.text))
                    .run(db)$($wait)*
            }

            pub $($async)? fn bulk_update(db: &$db, _: i64) -> Result<u64> {
                let rows = (1..=100).map(|id| Note { id, text: "changed".to_owned(), source: None, score: None });
                // There are as many notes as are inserted here.
                let notes = (1..=100).map(|id| Note::create().id(id).text("a new note"));
                Note::bulk_create(notes).on_conflict(|n| n.id).do_nothing().run(db)$($wait)*?;
                Note::bulk_update(rows, |n| n.text).run(db)$($wait)*
            }

            pub $($async)? fn save_each(db: &$db, _: i64, rows: i64) -> Result<u64> {
                db.transaction($($async)? |tx| {
                    let mut sum = 0;
                    for row in 0..rows {
                        sum += Comment::create().post(row + 1).text("a new comment").save(tx)$($wait)*?.sum();
                    }
                    Ok(sum)
                })$($wait)*
            }
        }
    };
}

work!(blocking, Db, [], [], iter);
work!(tasks, orm::AsyncDb, [async], [.await], stream);
