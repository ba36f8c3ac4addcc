//! Postgres by `postgres` and by `tokio-postgres`, whose calls differ by an `.await`.

use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};

use super::{RawAuthor, RawComment, RawPost, Remarked, Tree, assemble, of_size, optional, sql};
use crate::{AUTHORS, with_five_remarks, with_three_remarks};

/// Prepared once per connection.
pub struct Prepared {
    get: Statement,
    first: Statement,
    load: Statement,
    values: Statement,
    count: Statement,
    join: Statement,
    authors: Statement,
    posts: Statement,
    comments: Statement,
    posts_of: Statement,
    comments_of: Statement,
    remarked: Statement,
    remarked_in: Statement,
    first_remarked: Statement,
    update: Statement,
    save: Statement,
    inserts: Vec<(i64, Statement)>,
    notes: Statement,
    annotate: Statement,
    window: Statement,
    page: Statement,
    page_behind: Statement,
    upsert: Statement,
    numbered_notes: Statement,
    update_notes: Statement,
}

/// By lists, one for each column.
const UPDATE_NOTES: &str = "UPDATE note SET text = v.text FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::text[]) AS text) v \
                            WHERE note.id = v.id";

fn post(row: &Row) -> Result<RawPost, Error> {
    Ok(RawPost {
        id: row.try_get(0)?,
        author: row.try_get(1)?,
        title: row.try_get(2)?,
        body: row.try_get(3)?,
        views: row.try_get(4)?,
        rating: row.try_get(5)?,
        published: row.try_get(6)?,
        subtitle: row.try_get(7)?,
    })
}

fn author(row: &Row, at: usize) -> Result<RawAuthor, Error> {
    Ok(RawAuthor {
        id: row.try_get(at)?,
        name: row.try_get(at + 1)?,
        email: row.try_get(at + 2)?,
    })
}

fn comment(row: &Row, at: usize) -> Result<RawComment, Error> {
    Ok(RawComment {
        id: row.try_get(at)?,
        post: row.try_get(at + 1)?,
        text: row.try_get(at + 2)?,
    })
}

fn remarked(rows: &[Row]) -> Result<u64, Error> {
    let mut found = Remarked::default();
    for row in rows {
        let remark = match row.try_get::<_, Option<i64>>(8)? {
            Some(_) => Some(comment(row, 8)?),
            None => None,
        };
        found.row(row.try_get(0)?, || post(row), remark)?;
    }
    Ok(found.sum())
}

macro_rules! calls {
    ($name:ident, $client:ty, [$($async:tt)?], [$($wait:tt)*]) => {
        pub mod $name {
            use super::*;

            pub $($async)? fn prepare(client: $client) -> Result<Prepared, Error> {
                let mut inserts = Vec::new();
                for (rows, text) in sql::INSERTS.iter() {
                    inserts.push((*rows, client.prepare(text)$($wait)*?));
                }
                Ok(Prepared {
                    get: client.prepare(sql::GET)$($wait)*?,
                    first: client.prepare(sql::FIRST)$($wait)*?,
                    load: client.prepare(sql::LOAD)$($wait)*?,
                    values: client.prepare(sql::VALUES)$($wait)*?,
                    count: client.prepare(sql::COUNT)$($wait)*?,
                    join: client.prepare(sql::JOIN)$($wait)*?,
                    authors: client.prepare(sql::AUTHORS)$($wait)*?,
                    posts: client.prepare(sql::POSTS)$($wait)*?,
                    comments: client.prepare(sql::COMMENTS)$($wait)*?,
                    posts_of: client.prepare(&format!("{} = ANY($1)", sql::POSTS_OF))$($wait)*?,
                    comments_of: client.prepare(&format!("{} = ANY($1)", sql::COMMENTS_OF))$($wait)*?,
                    remarked: client.prepare(sql::REMARKED)$($wait)*?,
                    remarked_in: client
                        .prepare(&format!("{} = ANY($1){}", sql::REMARKED_IN, sql::REMARKED_BY_POST))$($wait)*?,
                    first_remarked: client.prepare(sql::FIRST_REMARKED)$($wait)*?,
                    update: client.prepare(sql::UPDATE)$($wait)*?,
                    save: client.prepare(sql::SAVE)$($wait)*?,
                    inserts,
                    notes: client.prepare(&sql::NOTES)$($wait)*?,
                    annotate: client.prepare(sql::ANNOTATE)$($wait)*?,
                    window: client.prepare(sql::WINDOW)$($wait)*?,
                    page: client.prepare(sql::PAGE)$($wait)*?,
                    page_behind: client.prepare(sql::PAGE_BEHIND)$($wait)*?,
                    upsert: client.prepare(&sql::UPSERT)$($wait)*?,
                    numbered_notes: client.prepare(&sql::NUMBERED_NOTES)$($wait)*?,
                    update_notes: client.prepare(UPDATE_NOTES)$($wait)*?,
                })
            }

            pub $($async)? fn get(client: $client, of: &Prepared, key: i64) -> Result<u64, Error> {
                Ok(post(&client.query_one(&of.get, &[&key])$($wait)*?)?.sum())
            }

            pub $($async)? fn filter_get(client: $client, of: &Prepared, key: i64) -> Result<u64, Error> {
                get(client, of, key)$($wait)*
            }

            pub $($async)? fn first(client: $client, of: &Prepared, key: i64) -> Result<u64, Error> {
                Ok(post(&client.query_one(&of.first, &[&(key % AUTHORS + 1), &0_i64])$($wait)*?)?.sum())
            }

            pub $($async)? fn load(client: $client, of: &Prepared, _: i64, rows: i64) -> Result<u64, Error> {
                let rows = client.query(&of.load, &[&rows])$($wait)*?;
                let posts = rows.iter().map(post).collect::<Result<Vec<_>, _>>()?;
                Ok(posts.iter().map(RawPost::sum).sum())
            }

            pub $($async)? fn values(client: $client, of: &Prepared, _: i64) -> Result<u64, Error> {
                let rows = client.query(&of.values, &[&1_000_i64])$($wait)*?;
                let rows = rows
                    .iter()
                    .map(|row| Ok((row.try_get::<_, i64>(0)?, row.try_get::<_, String>(1)?)))
                    .collect::<Result<Vec<_>, Error>>()?;
                Ok(rows.iter().map(|(id, title)| *id as u64 + title.len() as u64).sum())
            }

            pub $($async)? fn count(client: $client, of: &Prepared, _: i64) -> Result<u64, Error> {
                Ok(client.query_one(&of.count, &[&50_i64])$($wait)*?.try_get::<_, i64>(0)? as u64)
            }

            pub $($async)? fn join(client: $client, of: &Prepared, _: i64) -> Result<u64, Error> {
                let rows = client.query(&of.join, &[&1_000_i64])$($wait)*?;
                let rows = rows
                    .iter()
                    .map(|row| Ok((post(row)?, author(row, 8)?)))
                    .collect::<Result<Vec<_>, Error>>()?;
                Ok(rows.iter().map(|(post, author)| post.sum() + author.sum()).sum())
            }

            pub $($async)? fn three_levels(client: $client, of: &Prepared, _: i64) -> Result<u64, Error> {
                let authors = client.query(&of.authors, &[&10_i64])$($wait)*?;
                let authors = authors.iter().map(|row| author(row, 0)).collect::<Result<_, _>>()?;
                let posts = client.query(&of.posts, &[&10_i64])$($wait)*?;
                let posts = posts.iter().map(post).collect::<Result<_, _>>()?;
                let comments = client.query(&of.comments, &[&10_i64])$($wait)*?;
                let comments = comments.iter().map(|row| comment(row, 0)).collect::<Result<_, _>>()?;
                Ok(assemble(authors, posts, comments))
            }

            pub $($async)? fn three_levels_by_keys(client: $client, of: &Prepared, _: i64) -> Result<u64, Error> {
                let mut tree = Tree::default();
                for row in client.query(&of.authors, &[&10_i64])$($wait)*? {
                    tree.author(author(&row, 0)?);
                }
                let keys = std::mem::take(&mut tree.keys);
                for row in client.query(&of.posts_of, &[&keys])$($wait)*? {
                    tree.post(post(&row)?);
                }
                let keys = std::mem::take(&mut tree.keys);
                for row in client.query(&of.comments_of, &[&keys])$($wait)*? {
                    tree.comment(comment(&row, 0)?);
                }
                Ok(tree.sum())
            }

            pub $($async)? fn one_with_five(client: $client, of: &Prepared, key: i64) -> Result<u64, Error> {
                remarked(&client.query(&of.remarked, &[&with_five_remarks(key)])$($wait)*?)
            }

            pub $($async)? fn first_with_five(client: $client, of: &Prepared, key: i64) -> Result<u64, Error> {
                remarked(&client.query(&of.first_remarked, &[&(key % AUTHORS + 1), &0_i64])$($wait)*?)
            }

            pub $($async)? fn ten_with_three(client: $client, of: &Prepared, key: i64) -> Result<u64, Error> {
                remarked(&client.query(&of.remarked_in, &[&with_three_remarks(key)])$($wait)*?)
            }

            pub $($async)? fn update(client: $client, of: &Prepared, key: i64) -> Result<u64, Error> {
                client.execute(&of.update, &[&1_i64, &key])$($wait)*
            }

            /// One statement, which is its own transaction.
            pub $($async)? fn insert(client: $client, of: &Prepared, _: i64, rows: i64) -> Result<u64, Error> {
                let keys: Vec<i64> = (1..=rows).collect();
                let text = "a new comment";
                let values: Vec<&(dyn ToSql + Sync)> =
                    keys.iter().flat_map(|key| [key as &(dyn ToSql + Sync), &text]).collect();
                client.execute(of_size(&of.inserts, rows), &values)$($wait)*
            }

            pub $($async)? fn insert_within(client: $client, of: &Prepared, key: i64, rows: i64) -> Result<u64, Error> {
                client.batch_execute("BEGIN")$($wait)*?;
                let inserted = insert(client, of, key, rows)$($wait)*?;
                client.batch_execute("COMMIT")$($wait)*?;
                Ok(inserted)
            }

            pub $($async)? fn insert_optional(client: $client, of: &Prepared, _: i64, rows: i64) -> Result<u64, Error> {
                let notes: Vec<_> = (0..rows).map(optional).collect();
                let values: Vec<&(dyn ToSql + Sync)> = notes
                    .iter()
                    .flat_map(|(text, source, score)| [text as &(dyn ToSql + Sync), source, score])
                    .collect();
                client.execute(&of.notes, &values)$($wait)*
            }

            pub $($async)? fn save(client: $client, of: &Prepared, key: i64) -> Result<u64, Error> {
                Ok(comment(&client.query_one(&of.save, &[&key, &"a new comment"])$($wait)*?, 0)?.sum())
            }

            pub $($async)? fn annotate(client: $client, of: &Prepared, _: i64) -> Result<u64, Error> {
                let mut sum = 0;
                for row in client.query(&of.annotate, &[])$($wait)*? {
                    let (posts, last): (i64, Option<i64>) = (row.try_get(3)?, row.try_get(4)?);
                    sum += author(&row, 0)?.sum() + (posts + last.unwrap_or(0)) as u64;
                }
                Ok(sum)
            }

            pub $($async)? fn window(client: $client, of: &Prepared, _: i64) -> Result<u64, Error> {
                let mut sum = 0;
                for row in client.query(&of.window, &[&1_000_i64])$($wait)*? {
                    sum += post(&row)?.sum() * row.try_get::<_, i64>(8)? as u64;
                }
                Ok(sum)
            }

            pub $($async)? fn pages(client: $client, of: &Prepared, _: i64) -> Result<u64, Error> {
                let first = client.query(&of.page, &[])$($wait)*?;
                let first = first.iter().take(20).map(post).collect::<Result<Vec<_>, Error>>()?;
                let last = first.last().map_or(0, |post| post.id);
                let second = client.query(&of.page_behind, &[&last])$($wait)*?;
                let second = second.iter().take(20).map(post).collect::<Result<Vec<_>, Error>>()?;
                Ok(first.iter().chain(&second).map(RawPost::sum).sum())
            }

            pub $($async)? fn by_hand(client: $client, of: &Prepared, _: i64, rows: i64) -> Result<u64, Error> {
                let mut sum = 0;
                for row in client.query(&of.values, &[&rows])$($wait)*? {
                    sum += row.try_get::<_, i64>(0)? as u64 + row.try_get::<_, String>(1)?.len() as u64;
                }
                Ok(sum)
            }

            /// All rows at once: the driver's stream of rows would have the connection to itself.
            pub $($async)? fn stream(client: $client, of: &Prepared, key: i64, rows: i64) -> Result<u64, Error> {
                client.batch_execute("BEGIN")$($wait)*?;
                let sum = load(client, of, key, rows)$($wait)*?;
                client.batch_execute("COMMIT")$($wait)*?;
                Ok(sum)
            }

            pub $($async)? fn upsert(client: $client, of: &Prepared, _: i64) -> Result<u64, Error> {
                let rows: Vec<_> = crate::replaced().collect();
                let values: Vec<&(dyn ToSql + Sync)> =
                    rows.iter().flat_map(|(id, post, text)| [id as &(dyn ToSql + Sync), post, text]).collect();
                client.execute(&of.upsert, &values)$($wait)*
            }

            pub $($async)? fn bulk_update(client: $client, of: &Prepared, _: i64) -> Result<u64, Error> {
                let keys: Vec<i64> = (1..=100).collect();
                let text = "a new note";
                let values: Vec<&(dyn ToSql + Sync)> =
                    keys.iter().flat_map(|key| [key as &(dyn ToSql + Sync), &text]).collect();
                client.execute(&of.numbered_notes, &values)$($wait)*?;
                client.execute(&of.update_notes, &[&keys, &vec!["changed"; 100]])$($wait)*
            }

            pub $($async)? fn save_each(client: $client, of: &Prepared, _: i64, rows: i64) -> Result<u64, Error> {
                client.batch_execute("BEGIN")$($wait)*?;
                let mut sum = 0;
                for row in 0..rows {
                    let saved = client.query_one(&of.save, &[&(row + 1), &"a new comment"])$($wait)*?;
                    sum += comment(&saved, 0)?.sum();
                }
                client.batch_execute("COMMIT")$($wait)*?;
                Ok(sum)
            }
        }
    };
}

calls!(blocking, &mut postgres::Client, [], []);
calls!(tasks, &tokio_postgres::Client, [async], [.await]);
