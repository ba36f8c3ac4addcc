//! Statements that write.

use std::sync::Arc;

use orm::query::IntoAssignments;

use super::*;
use crate::error::Result;
use crate::expr::Path;
use crate::model::LeftOut;
use crate::model::{ColumnSet, Model, ModelMeta};
use crate::query::{ExprTokens, Fields, JoinStep, RelationKind};
use crate::sql::{
    LinkChange, NewRows, Statement, by_key, delete, delete_row, insert, link, takes_lists, update, update_row,
};

fn meta<M: Model>() -> &'static ModelMeta {
    crate::registry::meta(M::slot()).unwrap()
}

fn changed<M: Model, A: IntoAssignments>(
    query: QuerySet<M>,
    assign: impl FnOnce(Fields<M>) -> A,
    dialect: &'static Dialect,
) -> Result<Arc<Statement>> {
    let mut assignments = ExprTokens::default();
    assign(M::fields(crate::expr::RowSource::OWN)).append(&mut assignments);
    update(
        meta::<M>(),
        &assignments,
        &query.select.filter,
        LeftOut::NONE,
        false,
        dialect,
    )
}

fn deleted<M: Model>(query: QuerySet<M>, dialect: &'static Dialect) -> Result<Arc<Statement>> {
    delete(
        meta::<M>(),
        &query.select.filter,
        LeftOut::NONE,
        super::super::Deletes::All,
        dialect,
    )
}

fn given<const N: usize>(columns: [usize; N]) -> ColumnSet {
    columns.into_iter().collect()
}

/// Between a post and its tags.
fn step(kind: RelationKind) -> JoinStep {
    JoinStep {
        from: Path::ROOT,
        slot: Post::slot(),
        field: 7,
        kind,
        left_out: LeftOut::NONE,
    }
}

#[test]
fn rows() {
    check(
        |dialect| {
            insert(meta::<Tag>(), &given([1]), NewRows::Each(2), true, dialect)
                .unwrap()
                .sql
                .clone()
        },
        r#"INSERT INTO "tag" ("label") VALUES (?), (?) RETURNING "id", "label""#,
        r#"INSERT INTO "tag" ("label") VALUES ($1), ($2) RETURNING "id", "label""#,
    );
    check(
        |dialect| {
            insert(meta::<Tag>(), &given([]), NewRows::Each(1), false, dialect)
                .unwrap()
                .sql
                .clone()
        },
        r#"INSERT INTO "tag" DEFAULT VALUES"#,
        r#"INSERT INTO "tag" VALUES (DEFAULT)"#,
    );
    check(
        |dialect| {
            update_row(meta::<Author>(), &[false, true, true], false, dialect)
                .unwrap()
                .sql
                .clone()
        },
        r#"UPDATE "author" SET "name" = ?, "teacher_id" = ? WHERE "id" = ?"#,
        r#"UPDATE "author" SET "name" = $1, "teacher_id" = $2 WHERE "id" = $3"#,
    );
    check(
        |dialect| by_key(meta::<Tag>(), dialect).unwrap().sql.clone(),
        r#"SELECT "id", "label" FROM "tag" WHERE "id" = ?"#,
        r#"SELECT "id", "label" FROM "tag" WHERE "id" = $1"#,
    );
    check(
        |dialect| delete_row(meta::<Tag>(), dialect).unwrap().sql.clone(),
        r#"DELETE FROM "tag" WHERE "id" = ?"#,
        r#"DELETE FROM "tag" WHERE "id" = $1"#,
    );
}

#[test]
fn all_that_match() {
    check(
        |dialect| {
            changed(
                Post::objects().filter(|p| p.views.gt(1)),
                |p| (p.views.set(p.views + 1), p.title.set("a")),
                dialect,
            )
            .unwrap()
            .sql
            .clone()
        },
        r#"UPDATE "post" SET "views" = "post"."views" + ?, "title" = ? WHERE "post"."views" > ?"#,
        r#"UPDATE "post" SET "views" = "post"."views" + $1, "title" = $2 WHERE "post"."views" > $3"#,
    );
    check(
        |dialect| {
            changed(
                Post::objects().filter(|p| p.author().name.eq("a")),
                |p| p.note.set(p.title),
                dialect,
            )
            .unwrap()
            .sql
            .clone()
        },
        r#"UPDATE "post" SET "note" = "post"."title" WHERE "post"."id" IN (SELECT "post"."id" FROM "post" INNER JOIN "author" AS "t1" ON "t1"."id" = "post"."author_id" WHERE "t1"."name" = ?)"#,
        r#"UPDATE "post" SET "note" = "post"."title" WHERE "post"."id" IN (SELECT "post"."id" FROM "post" INNER JOIN "author" AS "t1" ON "t1"."id" = "post"."author_id" WHERE "t1"."name" = $1)"#,
    );
    check(
        |dialect| {
            deleted(
                Post::objects().filter(|p| p.tags().any(|t| t.id.eq(p.id))),
                dialect,
            )
            .unwrap()
            .sql
            .clone()
        },
        r#"DELETE FROM "post" WHERE EXISTS(SELECT 1 FROM "tag" AS "t1" INNER JOIN "post_tags" AS "t2" ON "t2"."tag_id" = "t1"."id" WHERE "t2"."post_id" = "post"."id" AND "t1"."id" = "post"."id")"#,
        r#"DELETE FROM "post" WHERE EXISTS(SELECT 1 FROM "tag" AS "t1" INNER JOIN "post_tags" AS "t2" ON "t2"."tag_id" = "t1"."id" WHERE "t2"."post_id" = "post"."id" AND "t1"."id" = "post"."id")"#,
    );
    check(
        |dialect| {
            deleted(Author::objects().filter(|a| a.teacher().name.eq(a.name)), dialect)
                .unwrap()
                .sql
                .clone()
        },
        r#"DELETE FROM "author" WHERE "author"."id" IN (SELECT "author"."id" FROM "author" LEFT JOIN "author" AS "t1" ON "t1"."id" = "author"."teacher_id" WHERE "t1"."name" = "author"."name")"#,
        r#"DELETE FROM "author" WHERE "author"."id" IN (SELECT "author"."id" FROM "author" LEFT JOIN "author" AS "t1" ON "t1"."id" = "author"."teacher_id" WHERE "t1"."name" = "author"."name")"#,
    );
    check(
        |dialect| deleted(Tag::objects(), dialect).unwrap().sql.clone(),
        r#"DELETE FROM "tag""#,
        r#"DELETE FROM "tag""#,
    );
}

#[test]
fn lists() {
    let rows = insert(
        meta::<Author>(),
        &given([1, 2]),
        NewRows::Lists,
        false,
        Dialect::POSTGRES,
    );
    assert_eq!(
        rows.unwrap().sql,
        r#"INSERT INTO "author" ("name", "teacher_id") SELECT unnest(CAST($1 AS text[])), unnest(CAST($2 AS bigint[]))"#
    );
    let links = link(&step(RelationKind::Join), LinkChange::AddList, Dialect::POSTGRES);
    assert_eq!(
        links.unwrap().sql,
        r#"INSERT INTO "post_tags" ("post_id", "tag_id") SELECT $1, unnest(CAST($2 AS bigint[])) ON CONFLICT ("post_id", "tag_id") DO NOTHING"#
    );
    assert!(takes_lists(meta::<Author>(), &given([1, 2]), Dialect::POSTGRES));
    assert!(!takes_lists(meta::<Author>(), &given([]), Dialect::POSTGRES));
    assert!(!takes_lists(meta::<Author>(), &given([1, 2]), Dialect::SQLITE));
}

#[test]
fn links() {
    check(
        |dialect| {
            link(&step(RelationKind::Join), LinkChange::Add(2), dialect)
                .unwrap()
                .sql
                .clone()
        },
        r#"INSERT INTO "post_tags" ("post_id", "tag_id") VALUES (?, ?), (?, ?) ON CONFLICT ("post_id", "tag_id") DO NOTHING"#,
        r#"INSERT INTO "post_tags" ("post_id", "tag_id") VALUES ($1, $2), ($3, $4) ON CONFLICT ("post_id", "tag_id") DO NOTHING"#,
    );
    check(
        |dialect| {
            link(&step(RelationKind::JoinBack), LinkChange::Remove, dialect)
                .unwrap()
                .sql
                .clone()
        },
        r#"DELETE FROM "post_tags" WHERE "post_tags"."tag_id" = ? AND ("post_tags"."post_id" IN rarray(?))"#,
        r#"DELETE FROM "post_tags" WHERE "post_tags"."tag_id" = $1 AND ("post_tags"."post_id" = ANY($2))"#,
    );
    check(
        |dialect| {
            link(&step(RelationKind::Join), LinkChange::Keep, dialect)
                .unwrap()
                .sql
                .clone()
        },
        r#"DELETE FROM "post_tags" WHERE "post_tags"."post_id" = ? AND (NOT ("post_tags"."tag_id" IN rarray(?)))"#,
        r#"DELETE FROM "post_tags" WHERE "post_tags"."post_id" = $1 AND (NOT ("post_tags"."tag_id" = ANY($2)))"#,
    );
}
