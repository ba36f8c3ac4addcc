//! The steps and terminals of queries.

use std::collections::BTreeMap;

use blog::*;
use orm::prelude::*;
use orm::queries::count;

use crate::page::normal;
use crate::queries::{Rendered, Row, copied_out, distinct_lists, posts, rendered, row};
use crate::statements::sent;
use orm::db::Dialect;

/// What the row of `select` reads.
#[derive(Projection)]
#[orm(model = Post)]
struct PostCard {
    title: String,
    #[orm(path = author.name)]
    by: String,
    #[orm(with)]
    comments: Vec<Comment>,
}

fn titles() -> QuerySet<Post, orm::queries::Tuples<Field<String>>> {
    posts().values(|p| p.title)
}

fn labels() -> QuerySet<Tag, orm::queries::Tuples<Field<String>>> {
    Tag::objects().values(|t| t.label)
}

/// A tree.
#[derive(Model)]
#[orm(table = "folder")]
struct Folder {
    id: i64,
    parent: Option<ForeignKey<Folder>>,
}

/// A query whose names are there.
fn named(query: orm::Result<QuerySet<Post>>) -> QuerySet<Post> {
    query.expect("a field of that name")
}

/// Statements on SQLite; what has `sql()` is rendered for Postgres too.
pub fn steps() -> BTreeMap<&'static str, Row> {
    let on_sqlite = |work: fn(&Db) -> orm::Result<()>| -> Vec<Rendered> {
        sent(work).into_iter().map(|sql| [sql.clone(), sql]).collect()
    };
    BTreeMap::from([
        (
            "[`filter`]",
            row(
                rendered![posts().filter(|p| p.id.eq(1)), posts().exclude(|p| p.id.eq(1))],
                &[],
            ),
        ),
        (
            "[`order_by`]",
            row(
                rendered![posts().order_by(|p| p.id), posts().order_by(|p| p.id).reverse()],
                &[],
            ),
        ),
        (
            "[`filter_str`]",
            row(
                rendered![
                    named(posts().filter_str("id", "1")),
                    named(posts().exclude_str("id", "1")),
                    named(posts().order_by_str("id"))
                ],
                &[],
            ),
        ),
        (
            "[`limit`]",
            row(rendered![posts().limit(1), posts().offset(1)], &[]),
        ),
        (
            "[`distinct`]",
            row(rendered![posts().values(|p| p.views).distinct()], &[]),
        ),
        (
            "[`union`]",
            row(
                rendered![
                    posts()
                        .filter(|p| p.id.eq(1))
                        .union(posts().filter(|p| p.id.eq(2))),
                    posts()
                        .filter(|p| p.id.gt(1))
                        .intersection(posts().filter(|p| p.id.lt(9))),
                    posts().difference(posts().filter(|p| p.id.eq(2))),
                    posts()
                        .filter(|p| p.id.eq(1))
                        .union(posts().order_by(|p| p.id).limit(1))
                ],
                &[],
            ),
        ),
        (
            "`a.values(..).union(b.values(..))`",
            row(
                rendered![
                    titles().union(labels()),
                    titles().intersection(labels()),
                    titles().difference(labels()),
                    titles().union_all(labels())
                ],
                &[],
            ),
        ),
        ("[`with`]", row(rendered![posts().with(|p| p.author())], &[])),
        (
            "[`rows.load(..)`]",
            row(
                on_sqlite(|db| {
                    let posts = posts().all(db)?;
                    let loaded = posts.load(|p| p.author()).load(|p| p.tags()).run(db)?;
                    let nobody: Vec<Post> = Vec::new();
                    assert!(nobody.load(|p| p.author()).run(db)?.is_empty());
                    assert_eq!(loaded.len(), 2);
                    Ok(())
                }),
                &[],
            ),
        ),
        (
            "[`latest`]",
            row(
                on_sqlite(|db| {
                    posts().latest(|p| p.published_at, db)?;
                    posts().earliest(|p| p.published_at, db).map(drop)
                }),
                &[],
            ),
        ),
        (
            "[`in_bulk`]",
            row(on_sqlite(|db| posts().in_bulk([1, 2], db).map(drop)), &[]),
        ),
        (
            "[`contains`]",
            row(
                on_sqlite(|db| posts().contains(&Post::get(1, db)?, db).map(drop)),
                &[],
            ),
        ),
        (
            "[`page`]",
            row(on_sqlite(|db| posts().page(1, 2, db).map(drop)), &[]),
        ),
        (
            "[`after`]",
            row(
                on_sqlite(|db| {
                    let first = posts().after(None, 1, db)?;
                    posts().after(first.next.as_ref(), 1, db)?;
                    posts().before(None, 1, db).map(drop)
                }),
                &[],
            ),
        ),
        (
            "[`iter`]",
            row(
                on_sqlite(|db| posts().iter(db).try_for_each(|post| post.map(drop))),
                &[],
            ),
        ),
        ("[`copy_out`]", row(on_sqlite(copied_out), &[])),
        (
            "[`a.posts().distinct_on(..)`]",
            row(on_sqlite(distinct_lists), &[]),
        ),
        (
            "[`annotate`]",
            row(rendered![Author::objects().annotate(|a| a.posts().count())], &[]),
        ),
        (
            "[`distinct_on`]",
            row(
                rendered![posts().order_by(|p| p.views.desc()).distinct_on(|p| p.author)],
                &[],
            ),
        ),
        (
            "`descendants(|c| c.parent().with_path())`",
            row(
                rendered![
                    Folder::objects()
                        .descendants(|f| f.parent().with_path())
                        .order_by(|_| orm::depth_first())
                        .annotate(|_| orm::path::<i64>())
                ],
                &[],
            ),
        ),
        (
            "[`descendants`]",
            row(
                rendered![
                    Folder::objects()
                        .filter(|f| f.id.eq(1))
                        .descendants(|f| f.parent()),
                    Folder::objects()
                        .ancestors(|f| f.parent())
                        .order_by(|_| orm::depth())
                ],
                &[],
            ),
        ),
        (
            "[`qualify`]",
            row(
                rendered![
                    posts()
                        .annotate(|p| orm::row_number().over(|w| w.order_by(p.id)))
                        .qualify(|_, place| place.le(3))
                ],
                &[],
            ),
        ),
        (
            "[`only_rows`]",
            row(rendered![posts().annotate(|p| p.views * 2).only_rows()], &[]),
        ),
        ("[`values`]", row(rendered![posts().values(|p| p.id)], &[])),
        (
            "[`select`]",
            row(
                on_sqlite(|db| {
                    let cards = posts().select::<PostCard>().all(db)?;
                    assert!(
                        cards
                            .iter()
                            .all(|card| card.comments.len() <= card.title.len() + card.by.len())
                    );
                    Ok(())
                }),
                &[],
            ),
        ),
        (
            "[`group_by`]",
            row(
                rendered![
                    posts()
                        .group_by(|p| p.author)
                        .values(|p| (p.author, count()))
                        .having(|_| count().gt(1))
                ],
                &[],
            ),
        ),
        ("[`all`]", row(on_sqlite(|db| posts().all(db).map(drop)), &[])),
        (
            "[`first`]",
            row(
                on_sqlite(|db| posts().first(db).and_then(|_| posts().last(db)).map(drop)),
                &[],
            ),
        ),
        (
            "[`get`]",
            row(on_sqlite(|db| posts().get_or_none(db).map(drop).or(Ok(()))), &[]),
        ),
        (
            "[`count`]",
            row(
                on_sqlite(|db| posts().count(db).and_then(|_| posts().exists(db)).map(drop)),
                &[],
            ),
        ),
        (
            "[`aggregate`]",
            row(
                on_sqlite(|db| posts().aggregate(|p| p.views.sum()).run(db).map(drop)),
                &[],
            ),
        ),
        (
            "[`explain`]",
            row(on_sqlite(|db| posts().explain().run(db).map(drop)), &[]),
        ),
        (
            "[`sql`]",
            row(on_sqlite(|db| posts().sql(db.dialect()).map(drop)), &[]),
        ),
        (
            "[`update`]",
            row(
                on_sqlite(|db| {
                    posts().update(|p| p.views.set(1)).run(db)?;
                    posts().delete().run(db).map(drop)
                }),
                &[],
            ),
        ),
        (
            "[`update(..).all(&db)`]",
            row(
                on_sqlite(|db| {
                    posts().update(|p| p.views.set(1)).all(db)?;
                    posts().delete().all(db).map(drop)
                }),
                &[],
            ),
        ),
        (
            "[`delete().in_batches(1_000)`]",
            row(
                on_sqlite(|db| posts().delete().in_batches(1_000).run(db).map(drop)),
                &[],
            ),
        ),
        (
            "[`post.save_fields(..)`]",
            row(
                on_sqlite(|db| posts().first(db)?.expect("a post").save_fields(|p| p.title, db)),
                &[],
            ),
        ),
        (
            "[`Post::insert_from(..)`]",
            row(
                on_sqlite(|db| {
                    let names = Author::objects().values(|a| a.name);
                    Tag::insert_from(names, |t| t.label).run(db).map(drop)
                }),
                &[],
            ),
        ),
        (
            "[`Post::create()`]",
            row(
                on_sqlite(|db| {
                    Tag::create().label("new").save(db)?;
                    Tag::bulk_create([Tag::create().label("newer")]).all(db).map(drop)
                }),
                &[],
            ),
        ),
        (
            "[`on_conflict(..).update(..)`]",
            row(
                on_sqlite(|db| {
                    let post = Post::create()
                        .author(1)
                        .title("new")
                        .on_conflict(|p| (p.author, p.title));
                    post.update(|p, new| p.views.set(new.views)).save(db).map(drop)
                }),
                &[("excluded.views", "views")],
            ),
        ),
        (
            "[`on_conflict(..).do_nothing()`]",
            row(
                on_sqlite(|db| {
                    let post = Post::create()
                        .author(1)
                        .title("new")
                        .on_conflict(|p| (p.author, p.title));
                    post.do_nothing().save(db).map(drop)
                }),
                &[],
            ),
        ),
        (
            "[`get_or_create(..)`]",
            row(
                on_sqlite(|db| {
                    Tag::create()
                        .label("new")
                        .get_or_create(|t| t.label)
                        .run(db)
                        .map(drop)
                }),
                &[],
            ),
        ),
        (
            "[`update_or_create(..)`]",
            row(
                on_sqlite(|db| {
                    let post = Post::create().author(1).title("new").views(1);
                    post.update_or_create(|p| (p.author, p.title)).run(db).map(drop)
                }),
                &[],
            ),
        ),
        (
            "[`Post::bulk_update(..)`]",
            row(
                on_sqlite(|db| Post::bulk_update(posts().all(db)?, |p| p.title).run(db).map(drop)),
                &[("FROM (..)", "FROM (")],
            ),
        ),
        (
            "[`post.save(&db)`]",
            row(
                on_sqlite(|db| {
                    let mut post = posts().first(db)?.expect("a post");
                    post.save(db)
                }),
                &[],
            ),
        ),
    ])
}
