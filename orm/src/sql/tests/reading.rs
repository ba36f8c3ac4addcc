//! Statements that read.

use super::*;
use crate::query::{ForUpdate, Rows};

#[test]
fn conditions() {
    check(
        |dialect| {
            Post::objects()
                .filter(|p| p.title.eq("a") & (p.views.gt(1) | p.hidden))
                .values(|p| p.id)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id" FROM "post" WHERE "post"."title" = ? AND ("post"."views" > ? OR "post"."hidden")"#,
        r#"SELECT "post"."id" FROM "post" WHERE "post"."title" = $1 AND ("post"."views" > $2 OR "post"."hidden")"#,
    );
    check(
        |dialect| {
            Post::objects()
                .exclude(|p| p.title.eq("a") | !p.hidden)
                .values(|p| p.id)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id" FROM "post" WHERE ("post"."title" = ? OR "post"."hidden" IS NOT TRUE) IS NOT TRUE"#,
        r#"SELECT "post"."id" FROM "post" WHERE ("post"."title" = $1 OR "post"."hidden" IS NOT TRUE) IS NOT TRUE"#,
    );
    check(
        |dialect| {
            Post::objects()
                .filter(|p| p.note.ne("a") & p.note.ne(None))
                .values(|p| p.id)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id" FROM "post" WHERE "post"."note" IS NOT ? AND "post"."note" IS NOT NULL"#,
        r#"SELECT "post"."id" FROM "post" WHERE ("post"."note" IS DISTINCT FROM $1) AND "post"."note" IS NOT NULL"#,
    );
    check(
        |dialect| {
            Post::objects()
                .filter(|p| p.note.ne(p.title).eq(p.hidden))
                .values(|p| p.id)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id" FROM "post" WHERE ("post"."note" IS NOT "post"."title") = "post"."hidden""#,
        r#"SELECT "post"."id" FROM "post" WHERE ("post"."note" IS DISTINCT FROM "post"."title") = "post"."hidden""#,
    );
    check(
        |dialect| {
            Post::objects()
                .filter(|p| p.views.in_([1, 2]) & !p.views.in_([3]))
                .values(|p| p.id)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id" FROM "post" WHERE ("post"."views" IN rarray(?)) AND ("post"."views" IN rarray(?)) IS NOT TRUE"#,
        r#"SELECT "post"."id" FROM "post" WHERE ("post"."views" = ANY($1)) AND ("post"."views" = ANY($2)) IS NOT TRUE"#,
    );
    check(
        |dialect| {
            Post::objects()
                .filter(|p| p.views.gt(1).in_([true]))
                .values(|p| p.id)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id" FROM "post" WHERE ("post"."views" > ?) IN rarray(?)"#,
        r#"SELECT "post"."id" FROM "post" WHERE ("post"."views" > $1) = ANY($2)"#,
    );
    check(
        |dialect| {
            Post::objects()
                .filter(|p| p.views.between(1, p.id))
                .values(|p| p.id)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id" FROM "post" WHERE "post"."views" BETWEEN ? AND "post"."id""#,
        r#"SELECT "post"."id" FROM "post" WHERE "post"."views" BETWEEN $1 AND "post"."id""#,
    );
    check(
        |dialect| {
            Post::objects()
                .filter(|p| (p.views - (p.id - 1)).eq(-p.views * 2))
                .values(|p| p.id)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id" FROM "post" WHERE "post"."views" - ("post"."id" - ?) = (-("post"."views")) * ?"#,
        r#"SELECT "post"."id" FROM "post" WHERE "post"."views" - ("post"."id" - $1) = (-("post"."views")) * $2"#,
    );
    check(
        |dialect| {
            Post::objects()
                .filter(|p| p.price.gt(Decimal::ONE) & (p.price + p.price).eq(Decimal::TWO))
                .values(|p| p.price.sum())
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT orm_decimal_sum("post"."price") FROM "post" WHERE ("post"."price" COLLATE "orm_decimal") > ? AND orm_decimal_add("post"."price", "post"."price") = ?"#,
        r#"SELECT sum("post"."price") FROM "post" WHERE "post"."price" > $1 AND "post"."price" + "post"."price" = $2"#,
    );
}

#[test]
fn lookups_in_text() {
    check(
        |dialect| {
            Post::objects()
                .filter(|p| p.title.contains("a") & p.title.icontains("b"))
                .values(|p| p.id)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id" FROM "post" WHERE (instr("post"."title", ?) > 0) AND (instr(orm_lower("post"."title"), ?) > 0)"#,
        r#"SELECT "post"."id" FROM "post" WHERE ("post"."title" LIKE $1) AND ("post"."title" ILIKE $2)"#,
    );
    check(
        |dialect| {
            Post::objects()
                .filter(|p| p.title.starts_with("a") & p.title.istarts_with("b"))
                .values(|p| p.id)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id" FROM "post" WHERE ("post"."title" >= ? AND "post"."title" < ?) AND (instr(orm_lower("post"."title"), ?) = 1)"#,
        r#"SELECT "post"."id" FROM "post" WHERE ("post"."title" LIKE $1) AND ("post"."title" ILIKE $2)"#,
    );
    check(
        |dialect| {
            Post::objects()
                .filter(|p| p.title.ends_with("a") & p.title.ieq("b"))
                .values(|p| p.id)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id" FROM "post" WHERE (coalesce(substr(CAST("post"."title" AS blob), length(CAST("post"."title" AS blob)) - length(CAST(? AS blob)) + 1), CAST("post"."title" AS blob)) = CAST(? AS blob)) AND (orm_lower("post"."title") = ?)"#,
        r#"SELECT "post"."id" FROM "post" WHERE ("post"."title" LIKE $1) AND ("post"."title" ILIKE $2)"#,
    );
    check(
        |dialect| {
            Post::objects()
                .filter(|p| p.title.icontains(p.note) & p.title.starts_with(p.note))
                .values(|p| p.id)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id" FROM "post" WHERE (instr(orm_lower("post"."title"), orm_lower("post"."note")) > 0) AND (instr("post"."title", "post"."note") = 1)"#,
        r#"SELECT "post"."id" FROM "post" WHERE (strpos(lower("post"."title"), lower("post"."note")) > 0) AND starts_with("post"."title", "post"."note")"#,
    );
}

#[test]
fn relations() {
    check(
        |dialect| {
            Post::objects()
                .filter(|p| p.author().teacher().name.eq("a"))
                .values(|p| p.author().name)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "t1"."name" FROM "post" INNER JOIN "author" AS "t1" ON "t1"."id" = "post"."author_id" LEFT JOIN "author" AS "t2" ON "t2"."id" = "t1"."teacher_id" WHERE "t2"."name" = ?"#,
        r#"SELECT "t1"."name" FROM "post" INNER JOIN "author" AS "t1" ON "t1"."id" = "post"."author_id" LEFT JOIN "author" AS "t2" ON "t2"."id" = "t1"."teacher_id" WHERE "t2"."name" = $1"#,
    );
    check(
        |dialect| {
            Post::objects()
                .filter(|p| p.tags().any(|t| t.label.eq("a") & p.author().name.eq(t.label)))
                .values(|p| p.id)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id" FROM "post" INNER JOIN "author" AS "t3" ON "t3"."id" = "post"."author_id" WHERE EXISTS(SELECT 1 FROM "tag" AS "t1" INNER JOIN "post_tags" AS "t2" ON "t2"."tag_id" = "t1"."id" WHERE "t2"."post_id" = "post"."id" AND ("t1"."label" = ? AND "t3"."name" = "t1"."label"))"#,
        r#"SELECT "post"."id" FROM "post" INNER JOIN "author" AS "t3" ON "t3"."id" = "post"."author_id" WHERE EXISTS(SELECT 1 FROM "tag" AS "t1" INNER JOIN "post_tags" AS "t2" ON "t2"."tag_id" = "t1"."id" WHERE "t2"."post_id" = "post"."id" AND ("t1"."label" = $1 AND "t3"."name" = "t1"."label"))"#,
    );
    check(
        |dialect| {
            Author::objects()
                .filter(|a| a.posts().filter(|p| p.views.gt(1)).exists() & !a.pupils().exists())
                .values(|a| a.id)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "author"."id" FROM "author" WHERE EXISTS(SELECT 1 FROM "post" AS "t1" WHERE "t1"."author_id" = "author"."id" AND "t1"."views" > ?) AND (NOT EXISTS(SELECT 1 FROM "author" AS "t2" WHERE "t2"."teacher_id" = "author"."id")) ORDER BY "author"."name" ASC"#,
        r#"SELECT "author"."id" FROM "author" WHERE EXISTS(SELECT 1 FROM "post" AS "t1" WHERE "t1"."author_id" = "author"."id" AND "t1"."views" > $1) AND (NOT EXISTS(SELECT 1 FROM "author" AS "t2" WHERE "t2"."teacher_id" = "author"."id")) ORDER BY "author"."name" ASC"#,
    );
    check(
        |dialect| {
            Tag::objects()
                .filter(|t| t.posts().any(|p| p.tags().any(|u| u.id.ne(t.id))))
                .values(|t| t.id)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "tag"."id" FROM "tag" WHERE EXISTS(SELECT 1 FROM "post" AS "t1" INNER JOIN "post_tags" AS "t2" ON "t2"."post_id" = "t1"."id" WHERE "t2"."tag_id" = "tag"."id" AND EXISTS(SELECT 1 FROM "tag" AS "t3" INNER JOIN "post_tags" AS "t4" ON "t4"."tag_id" = "t3"."id" WHERE "t4"."post_id" = "t1"."id" AND "t3"."id" IS NOT "tag"."id"))"#,
        r#"SELECT "tag"."id" FROM "tag" WHERE EXISTS(SELECT 1 FROM "post" AS "t1" INNER JOIN "post_tags" AS "t2" ON "t2"."post_id" = "t1"."id" WHERE "t2"."tag_id" = "tag"."id" AND EXISTS(SELECT 1 FROM "tag" AS "t3" INNER JOIN "post_tags" AS "t4" ON "t4"."tag_id" = "t3"."id" WHERE "t4"."post_id" = "t1"."id" AND ("t3"."id" IS DISTINCT FROM "tag"."id")))"#,
    );
    check(
        |dialect| {
            Odd::objects()
                .filter(|o| o.tag().label.eq("a"))
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "t1"."id", "t1"."tag_id" FROM "t1" INNER JOIN "tag" AS "t2" ON "t2"."id" = "t1"."tag_id" WHERE "t2"."label" = ?"#,
        r#"SELECT "t1"."id", "t1"."tag_id" FROM "t1" INNER JOIN "tag" AS "t2" ON "t2"."id" = "t1"."tag_id" WHERE "t2"."label" = $1"#,
    );
    check(
        |dialect| {
            Post::objects()
                .with(|p| p.author().with(|a| a.teacher()))
                .limit(3)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id", "post"."author_id", "post"."title", "post"."note", "post"."views", "post"."hidden", "post"."price", "t1"."id", "t1"."name", "t1"."teacher_id", "t2"."id", "t2"."name", "t2"."teacher_id" FROM "post" INNER JOIN "author" AS "t1" ON "t1"."id" = "post"."author_id" LEFT JOIN "author" AS "t2" ON "t2"."id" = "t1"."teacher_id" LIMIT ?"#,
        r#"SELECT "post"."id", "post"."author_id", "post"."title", "post"."note", "post"."views", "post"."hidden", "post"."price", "t1"."id", "t1"."name", "t1"."teacher_id", "t2"."id", "t2"."name", "t2"."teacher_id" FROM "post" INNER JOIN "author" AS "t1" ON "t1"."id" = "post"."author_id" LEFT JOIN "author" AS "t2" ON "t2"."id" = "t1"."teacher_id" LIMIT $1"#,
    );
}

#[test]
fn orders_and_slices() {
    check(
        |dialect| Author::objects().sql(dialect).unwrap(),
        r#"SELECT "author"."id", "author"."name", "author"."teacher_id" FROM "author" ORDER BY "author"."name" ASC"#,
        r#"SELECT "author"."id", "author"."name", "author"."teacher_id" FROM "author" ORDER BY "author"."name" ASC"#,
    );
    check(
        |dialect| Author::objects().reverse().offset(2).sql(dialect).unwrap(),
        r#"SELECT "author"."id", "author"."name", "author"."teacher_id" FROM "author" ORDER BY "author"."name" DESC LIMIT ? OFFSET ?"#,
        r#"SELECT "author"."id", "author"."name", "author"."teacher_id" FROM "author" ORDER BY "author"."name" DESC LIMIT $1 OFFSET $2"#,
    );
    check(
        |dialect| {
            Post::objects()
                .order_by(|p| (p.note, p.price.desc(), p.author().name.desc().nulls_first()))
                .values(|p| p.id)
                .limit(2)
                .offset(1)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id" FROM "post" INNER JOIN "author" AS "t1" ON "t1"."id" = "post"."author_id" ORDER BY "post"."note" ASC, "post"."price" COLLATE "orm_decimal" DESC, "t1"."name" DESC NULLS FIRST LIMIT ? OFFSET ?"#,
        r#"SELECT "post"."id" FROM "post" INNER JOIN "author" AS "t1" ON "t1"."id" = "post"."author_id" ORDER BY "post"."note" ASC NULLS FIRST, "post"."price" DESC, "t1"."name" DESC NULLS FIRST LIMIT $1 OFFSET $2"#,
    );
    check(
        |dialect| Post::objects().distinct().sql(dialect).unwrap(),
        r#"SELECT "post"."id", "post"."author_id", "post"."title", "post"."note", "post"."views", "post"."hidden", "post"."price" FROM "post""#,
        r#"SELECT "post"."id", "post"."author_id", "post"."title", "post"."note", "post"."views", "post"."hidden", "post"."price" FROM "post""#,
    );
    check(
        |dialect| {
            Author::objects()
                .distinct()
                .values(|a| a.teacher)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT DISTINCT "author"."teacher_id" FROM "author""#,
        r#"SELECT DISTINCT "author"."teacher_id" FROM "author""#,
    );
    check(
        |dialect| {
            Post::objects()
                .group_by(|p| p.author)
                .values(|p| {
                    (
                        p.author,
                        count(),
                        p.views.sum(),
                        p.views.avg(),
                        p.hidden.max(),
                        p.price.max(),
                    )
                })
                .having(|p| p.price.sum().gt(Decimal::ONE))
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."author_id", count(*), sum("post"."views"), avg("post"."views"), max("post"."hidden"), max("post"."price" COLLATE "orm_decimal") FROM "post" GROUP BY "post"."author_id" HAVING (orm_decimal_sum("post"."price") COLLATE "orm_decimal") > ?"#,
        r#"SELECT "post"."author_id", count(*), CAST(sum("post"."views") AS bigint), CAST(avg("post"."views") AS double precision), bool_or("post"."hidden"), max("post"."price") FROM "post" GROUP BY "post"."author_id" HAVING sum("post"."price") > $1"#,
    );
}

#[test]
fn locks() {
    check(
        |dialect| {
            let posts = Post::objects().filter(|p| p.id.eq(1)).limit(1);
            posts
                .select_for_update()
                .nowait()
                .values(|p| p.id)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id" FROM "post" WHERE "post"."id" = ? LIMIT ?"#,
        r#"SELECT "post"."id" FROM "post" WHERE "post"."id" = $1 LIMIT $2 FOR UPDATE NOWAIT"#,
    );
    check(
        |dialect| {
            let posts = Post::objects()
                .values(|p| (p.id, p.author().name))
                .select_for_update();
            posts
                .no_key()
                .skip_locked()
                .of(|p| (p, p.author()))
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "post"."id", "t1"."name" FROM "post" INNER JOIN "author" AS "t1" ON "t1"."id" = "post"."author_id""#,
        r#"SELECT "post"."id", "t1"."name" FROM "post" INNER JOIN "author" AS "t1" ON "t1"."id" = "post"."author_id" FOR NO KEY UPDATE OF "post", "t1" SKIP LOCKED"#,
    );
    // Only values of the related rows, and still a lock on the query's own.
    check(
        |dialect| {
            let names = Post::objects().values(|p| p.author().name).select_for_update();
            names.of(|p| p).sql(dialect).unwrap()
        },
        r#"SELECT "t1"."name" FROM "post" INNER JOIN "author" AS "t1" ON "t1"."id" = "post"."author_id""#,
        r#"SELECT "t1"."name" FROM "post" INNER JOIN "author" AS "t1" ON "t1"."id" = "post"."author_id" FOR UPDATE OF "post""#,
    );
    let strings = |all: [QuerySet<Tag, ForUpdate<Rows<()>>>; 6]| {
        all.map(|query| {
            let text = query.sql(Dialect::POSTGRES).unwrap();
            text.split_once(r#"FROM "tag""#).unwrap().1.to_owned()
        })
    };
    let tags = || Tag::objects().select_for_update();
    assert_eq!(
        strings([
            tags(),
            tags().nowait(),
            tags().nowait().skip_locked(),
            tags().no_key(),
            tags().of(|t| t),
            tags().of(|t| (t, t)).of(|t| t).no_key(),
        ]),
        [
            " FOR UPDATE",
            " FOR UPDATE NOWAIT",
            " FOR UPDATE SKIP LOCKED",
            " FOR NO KEY UPDATE",
            r#" FOR UPDATE OF "tag""#,
            r#" FOR NO KEY UPDATE OF "tag""#,
        ]
    );
}

#[test]
fn few_rows_and_a_list_of_each_are_one_statement_where_a_server_is_waited_for() {
    check(
        |dialect| {
            Author::objects()
                .filter(|a| a.name.ne("x"))
                .with(|a| a.posts().filter(|p| p.views.gt(1)).order_by(|p| p.views.desc()))
                .limit(2)
                .sql(dialect)
                .unwrap()
        },
        r#"SELECT "author"."id", "author"."name", "author"."teacher_id" FROM "author" WHERE "author"."name" IS NOT ? ORDER BY "author"."name" ASC LIMIT ?"#,
        r#"WITH "rows read" AS (SELECT "author"."id" AS "v0", "author"."name" AS "v1", "author"."teacher_id" AS "v2", "author"."name" AS "o0" FROM "author" WHERE "author"."name" IS DISTINCT FROM $1 ORDER BY "author"."name" ASC LIMIT $2) SELECT "all"."v0", "all"."v1", "all"."v2", "all"."l0", "all"."l1", "all"."l2", "all"."l3", "all"."l4", "all"."l5", "all"."l6" FROM (SELECT "rows read"."v0" AS "v0", "rows read"."v1" AS "v1", "rows read"."v2" AS "v2", NULL AS "l0", NULL AS "l1", NULL AS "l2", NULL AS "l3", NULL AS "l4", NULL AS "l5", NULL AS "l6", 0 AS "part", "rows read"."o0" AS "o0", NULL AS "p0" FROM "rows read" UNION ALL (SELECT NULL, NULL, NULL, "list"."v0", "list"."v1", "list"."v2", "list"."v3", "list"."v4", "list"."v5", "list"."v6", 1, NULL, "list"."o0" FROM (SELECT "post"."id" AS "v0", "post"."author_id" AS "v1", "post"."title" AS "v2", "post"."note" AS "v3", "post"."views" AS "v4", "post"."hidden" AS "v5", "post"."price" AS "v6", "post"."views" AS "o0" FROM "rows read" CROSS JOIN "post" WHERE "post"."author_id" = "rows read"."v0" AND "post"."views" > $3) AS "list")) AS "all" ORDER BY "all"."part" ASC, "all"."o0" ASC, "all"."p0" DESC"#,
    );
}
