//! The tables of queries: what each method is on both databases.

use std::collections::BTreeMap;

use blog::*;
use orm::db::Dialect;
use orm::prelude::*;
use orm::queries::{case, count, if_, subquery};

use crate::collected::collected;
use crate::page::normal;

/// SQL of a query on SQLite and on Postgres.
pub type Rendered = [String; 2];

macro_rules! rendered {
    ($($query:expr),+ $(,)?) => {
        vec![$([
            normal(&$query.sql(Dialect::SQLITE).expect("it is rendered")),
            normal(&$query.sql(Dialect::POSTGRES).expect("it is rendered")),
        ]),+]
    };
}

pub(crate) use rendered;

/// The queries of a row, by what its first cell starts with; words of the row that stand for other SQL here.
pub type Row = (Vec<Rendered>, &'static [(&'static str, &'static str)]);

pub fn row(queries: Vec<Rendered>, instead: &'static [(&'static str, &'static str)]) -> Row {
    (queries, instead)
}

/// For a cell that shows what one database has in place of the other's.
pub fn either(queries: Vec<Rendered>) -> Vec<Rendered> {
    let swapped = queries
        .iter()
        .map(|[sqlite, postgres]| [postgres.clone(), sqlite.clone()]);
    let swapped: Vec<Rendered> = swapped.collect();
    [queries, swapped].concat()
}

pub fn posts() -> QuerySet<Post> {
    Post::objects()
}

pub fn values() -> BTreeMap<&'static str, Row> {
    let names = || Author::objects().limit(1).values(|a| a.name);
    let mut values = BTreeMap::from([
        (
            "`p.views + 1`",
            row(rendered![posts().values(|p| p.views + 1)], &[("+ 1", "+ x")][..]),
        ),
        (
            "`lower()`",
            row(rendered![posts().values(|p| p.title.lower())], &[]),
        ),
        (
            "`ascii_lower()`",
            row(rendered![posts().values(|p| p.title.ascii_lower())], &[]),
        ),
        (
            "`trim()`",
            row(
                rendered![
                    posts().values(|p| p.title.trim()),
                    posts().values(|p| p.title.trim_start()),
                    posts().values(|p| p.title.trim_end()),
                ],
                &[("`trim`", "`trim(`")],
            ),
        ),
        (
            "`length()`",
            row(rendered![posts().values(|p| p.title.length())], &[]),
        ),
        (
            "`substr(start, length)`",
            row(
                rendered![posts().values(|p| p.title.substr(1, 2))],
                &[("start + 1, length", "..")],
            ),
        ),
        (
            "`replace(from, to)`",
            row(
                rendered![posts().values(|p| p.title.replace("a", "b"))],
                &[("from, to", "x, x")],
            ),
        ),
        (
            "`concat(x)`",
            row(rendered![posts().values(|p| p.title.concat("x"))], &[]),
        ),
        ("`abs()`", row(rendered![posts().values(|p| p.views.abs())], &[])),
        (
            "`coalesce(x)`",
            row(
                rendered![
                    posts().values(|p| p.rating.coalesce(1.0)),
                    posts().values(|p| p.rating.nullif(1.0))
                ],
                &[],
            ),
        ),
        (
            "[`if_(a, x, y)`]",
            row(
                rendered![posts().values(|p| if_::<i64>(p.title.eq("x"), p.views, 2))],
                &[("WHEN a THEN x ELSE y", "WHEN (title = x) THEN views ELSE ..")],
            ),
        ),
        (
            "[`case().when(",
            row(
                rendered![posts().values(|p| {
                    case::<i64>()
                        .when(p.title.eq("x"), p.views)
                        .when(p.title.eq("y"), 2)
                        .otherwise(3)
                })],
                &[(
                    "WHEN a THEN x WHEN b THEN y ELSE z",
                    "WHEN (title = x) THEN views WHEN (title = x) THEN .. ELSE ..",
                )],
            ),
        ),
        (
            "`p.published_at.year()`",
            row(either(rendered![posts().values(|p| p.published_at.year())]), &[]),
        ),
        (
            "`hour()`",
            row(either(rendered![posts().values(|p| p.published_at.hour())]), &[]),
        ),
        (
            "`start_of_year()`",
            row(
                either(rendered![posts().values(|p| p.published_at.start_of_month())]),
                &[],
            ),
        ),
        (
            "`start_of_day()`",
            row(
                either(rendered![posts().values(|p| p.published_at.start_of_day())]),
                &[],
            ),
        ),
        (
            "`p.published_at.date()`",
            row(either(rendered![posts().values(|p| p.published_at.date())]), &[]),
        ),
        (
            "`in_zone(&zone)`",
            row(
                either(rendered![posts().values(|p| {
                    p.published_at
                        .in_zone(&orm::TimeZone::named("Asia/Tokyo").expect("a zone"))
                })]),
                &[],
            ),
        ),
        (
            "[`now()`]",
            row(either(rendered![posts().values(|_| orm::now())]), &[]),
        ),
        (
            "[`random()`]",
            row(either(rendered![posts().values(|_| orm::random())]), &[]),
        ),
        (
            "`greatest(x)`",
            row(either(rendered![posts().values(|p| p.views.greatest(1))]), &[]),
        ),
        (
            "`right(n)`",
            row(
                either(rendered![posts().values(|p| p.title.right(2))]),
                &[("title, n", "title, x")],
            ),
        ),
        (
            "`reverse()`",
            row(
                rendered![
                    posts().values(|p| p.title.reverse()),
                    posts().values(|p| p.title.repeat(2)),
                    posts().values(|p| p.title.pad_start(9, "x")),
                    posts().values(|p| p.title.pad_end(9, "x")),
                ],
                &[],
            ),
        ),
        (
            "`find(x)`",
            row(
                either(rendered![posts().values(|p| p.title.find("x"))]),
                &[("x) - 1", "x), 0) - 1")],
            ),
        ),
        (
            "`ceil()`",
            row(
                rendered![
                    posts().values(|p| p.rating.ceil()),
                    posts().values(|p| p.rating.floor()),
                    posts().values(|p| p.rating.round()),
                ],
                &[],
            ),
        ),
        (
            "`sign()`",
            row(rendered![posts().values(|p| p.views.sign())], &[]),
        ),
        (
            "`p.price.round_to(2)`",
            row(
                rendered![crate::models::attributes::After::objects().values(|p| p.price.round_to(2))],
                &[],
            ),
        ),
        (
            "`p.rating.sqrt()`",
            row(rendered![posts().values(|p| p.rating.sqrt())], &[]),
        ),
        (
            "`bit_and(x)`",
            row(
                either(rendered![
                    posts().values(|p| p.views.bit_and(1)),
                    posts().values(|p| p.views.bit_or(1)),
                    posts().values(|p| p.views.bit_xor(1)),
                    posts().values(|p| p.views.bit_not()),
                ]),
                &[],
            ),
        ),
        (
            "`p.views.cast::<f64>()`",
            row(
                either(rendered![
                    posts().values(|p| p.views.cast::<f64>()),
                    posts().values(|p| p.views.cast::<String>()),
                    posts().values(|p| p.views.cast::<Decimal>()),
                ]),
                &[],
            ),
        ),
        (
            "[`raw(",
            row(
                rendered![posts().values(|p| orm::raw::<i64>("{} % 3", (p.views,)))],
                &[],
            ),
        ),
        (
            "`a.posts().count()`",
            row(rendered![Author::objects().values(|a| a.posts().count())], &[]),
        ),
        (
            "`a.posts().sum(",
            row(
                rendered![Author::objects().values(|a| a.posts().sum(|p| p.views))],
                // Which is a `numeric` on Postgres.
                &[("(SELECT sum(views) ..)", "(SELECT .. sum(views) .. FROM")],
            ),
        ),
        (
            "`a.posts().first(",
            row(
                rendered![Author::objects().values(|a| a.posts().order_by(|p| p.id).first(|p| p.title))],
                &[],
            ),
        ),
        (
            "[`subquery(rows).count()`]",
            row(rendered![posts().values(|_| subquery(posts()).count())], &[]),
        ),
        (
            "[`subquery(query)`]",
            row(rendered![posts().values(|_| subquery(names()))], &[]),
        ),
        ("[`count()`]", row(rendered![posts().values(|_| count())], &[])),
        (
            "`p.rating.count()`",
            row(
                rendered![posts().values(|p| (p.rating.count(), p.rating.count_distinct()))],
                &[],
            ),
        ),
        (
            "`sum()`",
            row(
                rendered![posts().values(|p| (p.views.sum(), p.views.avg(), p.views.min(), p.views.max()))],
                &[],
            ),
        ),
        (
            "`count().filter(a)`",
            row(
                rendered![posts().values(|p| count().filter(p.title.eq("x")))],
                &[("(WHERE a)", "(WHERE title = x)")],
            ),
        ),
        (
            "`sum_distinct()`",
            row(
                rendered![posts().values(|p| (p.views.sum_distinct(), p.views.avg_distinct()))],
                &[],
            ),
        ),
        (
            "`p.views.gt(0).bool_and()`",
            row(
                either(rendered![posts().values(|p| p.views.gt(0).bool_and())]),
                &[("views > 0", "views > x")],
            ),
        ),
        (
            "`var_pop()`",
            row(either(rendered![posts().values(|p| p.views.var_pop())]), &[]),
        ),
        (
            "[`row_number().over(",
            row(
                rendered![posts().values(|p| orm::row_number().over(|w| w.order_by(p.id)))],
                &[],
            ),
        ),
        (
            "`p.views.lag(1)",
            row(
                rendered![posts().values(|p| p.views.lag(1).over(|w| w.order_by(p.id)))],
                &[],
            ),
        ),
        (
            "`p.title.first_value()",
            row(
                rendered![posts().values(|p| p.title.first_value().over(|w| w.order_by(p.id)))],
                &[],
            ),
        ),
        (
            "[`p.views.sum().over(",
            row(
                rendered![posts().values(|p| p.views.sum().over(|w| w.partition_by(p.author)))],
                &[],
            ),
        ),
        (
            "`w.rows(",
            row(
                rendered![posts().values(|p| count().over(|w| w.order_by(p.id).rows(..=0)))],
                &[],
            ),
        ),
    ]);
    values.extend(collected());
    values
}

/// Rows written out.
pub fn copied_out(db: &Db) -> orm::Result<()> {
    let rows = posts().copy_out(orm::queries::CopyFormat::Csv);
    rows.write_to(db, &mut Vec::new()).map(drop)
}

/// The first of each group in each list.
pub fn distinct_lists(db: &Db) -> orm::Result<()> {
    let first = |a: AuthorFields| a.posts().order_by(|p| p.views.desc()).distinct_on(|p| p.status);
    Author::objects().with(first).all(db).map(drop)
}
