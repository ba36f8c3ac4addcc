//! The table of conditions: what each is on both databases.

use std::collections::BTreeMap;

use blog::*;
use orm::Pattern;
use orm::db::Dialect;
use orm::fields::{Multirange, Range};
use orm::prelude::*;
use orm::queries::exists;

use crate::collected::of_documents;
use crate::models::fifth::Place;
use crate::page::normal;
use crate::queries::{Row, posts, rendered, row};

/// The blog has neither arrays nor ranges.
#[derive(Model)]
pub struct Page {
    pub id: i64,
    pub tags: Vec<String>,
    pub hours: Range<i32>,
    pub open: Multirange<i32>,
}

pub fn conditions() -> BTreeMap<&'static str, Row> {
    let authors = || Author::objects().filter(|a| a.name.eq("Ann")).values(|a| a.id);
    let mut conditions = BTreeMap::from([
        (
            "`p.title.eq(x)`",
            row(rendered![posts().filter(|p| p.title.eq("x"))], &[]),
        ),
        (
            "`p.rating.eq(None)`",
            row(rendered![posts().filter(|p| p.rating.eq(None::<f64>))], &[]),
        ),
        (
            "`p.title.ne(x)`",
            row(rendered![posts().filter(|p| p.title.ne("x"))], &[]),
        ),
        (
            "`tags.contains([\"a\"])`",
            row(
                rendered![
                    Page::objects().filter(|p| p.tags.contains(["a"])),
                    Page::objects().filter(|p| p.tags.has("a")),
                    Page::objects().filter(|p| p.tags.contained_by(["a"])),
                ],
                &[],
            ),
        ),
        (
            "`tags.overlaps(",
            row(
                rendered![Page::objects().filter(|p| p.tags.overlaps(["a", "b"]))],
                &[],
            ),
        ),
        (
            "`hours.contains(9)`",
            row(rendered![Page::objects().filter(|p| p.hours.contains(9))], &[]),
        ),
        (
            "`hours.contains_range(",
            row(
                rendered![
                    Page::objects().filter(|p| p.hours.contains_range(8..12)),
                    Page::objects().filter(|p| p.hours.contained_by(Range::from(8..12))),
                ],
                &[],
            ),
        ),
        (
            "`open.contains(9)`",
            row(
                rendered![
                    Page::objects().filter(|p| p.open.contains(9)),
                    Page::objects().filter(|p| p.open.contains_range(8..12)),
                    Page::objects().filter(|p| p.open.overlaps(Multirange::from(Range::from(8..12)))),
                ],
                &[],
            ),
        ),
        (
            "`open.contains_range(",
            row(
                rendered![Page::objects().filter(|p| p.open.contains_range(p.hours.to_multirange()))],
                &[],
            ),
        ),
        (
            "`hours.overlaps(",
            row(
                rendered![Page::objects().filter(|p| p.hours.overlaps(8..12))],
                &[],
            ),
        ),
        (
            "`hours.strictly_left_of(",
            row(
                rendered![
                    Page::objects().filter(|p| p.hours.strictly_left_of(8..12)),
                    Page::objects().filter(|p| p.hours.strictly_right_of(8..12)),
                    Page::objects().filter(|p| p.hours.not_right_of(8..12)),
                    Page::objects().filter(|p| p.hours.not_left_of(8..12)),
                    Page::objects().filter(|p| p.hours.adjacent_to(8..12)),
                ],
                &[],
            ),
        ),
        (
            "`hours.lower_bound()`",
            row(
                rendered![
                    Page::objects().values(|p| p.hours.lower_bound()),
                    Page::objects().values(|p| p.hours.upper_bound()),
                ],
                &[],
            ),
        ),
        (
            "`hours.is_empty()`",
            row(rendered![Page::objects().filter(|p| p.hours.is_empty())], &[]),
        ),
        (
            "`tags.length()`",
            row(
                rendered![
                    Page::objects().filter(|p| p.tags.length().eq(1)),
                    Page::objects().values(|p| p.tags.item(0)),
                ],
                &[("tags[1]", "(tags) [ x + 1]")],
            ),
        ),
        (
            "`lt`",
            row(
                rendered![
                    posts().filter(|p| p.views.lt(1)),
                    posts().filter(|p| p.views.le(1)),
                    posts().filter(|p| p.views.gt(1)),
                    posts().filter(|p| p.views.ge(1)),
                ],
                &[
                    ("`<`", "`views < x`"),
                    ("`<=`", "`views <= x`"),
                    ("`>`", "`views > x`"),
                    ("`>=`", "`views >= x`"),
                ],
            ),
        ),
        (
            "`p.views.between(a, b)`",
            row(
                rendered![posts().filter(|p| p.views.between(1, 2))],
                &[("BETWEEN a AND b", "BETWEEN x AND x")],
            ),
        ),
        (
            "`p.id.in_([1, 2])`",
            row(rendered![posts().filter(|p| p.id.in_([1, 2]))], &[]),
        ),
        (
            "`p.author.in_(query)`",
            row(rendered![posts().filter(|p| p.author.in_(authors()))], &[]),
        ),
        (
            "`is_null()`",
            row(
                rendered![
                    posts().filter(|p| p.rating.is_null()),
                    posts().filter(|p| p.rating.is_not_null())
                ],
                &[],
            ),
        ),
        (
            "`contains(x)`",
            row(
                rendered![posts().filter(|p| p.title.contains("x"))],
                &[("'%x%'", "x")],
            ),
        ),
        (
            "`regex(&pattern)` `iregex(&pattern)` (feature `regex`)",
            row(
                rendered![
                    posts().filter(|p| p.title.regex(&Pattern::new("x").expect("a pattern"))),
                    posts().filter(|p| p.title.iregex(&Pattern::new("x").expect("a pattern"))),
                ],
                &[],
            ),
        ),
        (
            "`icontains(x)`",
            row(
                rendered![posts().filter(|p| p.title.icontains("x"))],
                &[("'%x%'", "x")],
            ),
        ),
        (
            "`starts_with(x)`",
            row(
                rendered![posts().filter(|p| p.title.starts_with("x"))],
                &[("'x%'", "x"), ("< y", "< x")],
            ),
        ),
        (
            "`ends_with(x)`",
            row(
                rendered![posts().filter(|p| p.title.ends_with("x"))],
                &[("'%x'", "x")],
            ),
        ),
        (
            "`istarts_with`",
            row(
                rendered![
                    posts().filter(|p| p.title.istarts_with("x")),
                    posts().filter(|p| p.title.iends_with("x")),
                    posts().filter(|p| p.title.ieq("x")),
                ],
                &[],
            ),
        ),
        (
            "`a & b`",
            row(
                rendered![
                    posts().filter(|p| p.title.eq("x") & p.views.eq(1)),
                    posts().filter(|p| p.title.eq("x") | p.views.eq(1)),
                ],
                &[
                    ("a AND b", "title = x AND views = x"),
                    ("a OR b", "title = x OR views = x"),
                ],
            ),
        ),
        (
            "`!a`",
            row(
                rendered![posts().filter(|p| !p.title.eq("x"))],
                &[("(a)", "(title = x)")],
            ),
        ),
        (
            "`p.author().name.eq(x)`",
            row(rendered![posts().filter(|p| p.author().name.eq("x"))], &[]),
        ),
        (
            "`p.editor().name.eq(x)`",
            row(rendered![posts().filter(|p| p.editor().name.eq("x"))], &[]),
        ),
        (
            "`p.region().name.eq(x)`",
            row(
                rendered![Place::objects().filter(|p| p.region().name.eq("x"))],
                &[],
            ),
        ),
        (
            "`p.tags().any(",
            row(
                rendered![posts().filter(|p| p.tags().any(|t| t.label.eq("x")))],
                &[],
            ),
        ),
        (
            "`p.tags().every(",
            row(
                rendered![posts().filter(|p| p.tags().every(|t| t.label.eq("x")))],
                &[],
            ),
        ),
        (
            "`p.comments().exists()`",
            row(rendered![posts().filter(|p| p.comments().exists())], &[]),
        ),
        (
            "[`exists(query)`]",
            row(rendered![posts().filter(|_| exists(authors()))], &[]),
        ),
    ]);
    conditions.extend(of_documents());
    conditions
}
