//! The rows of the table of values that collect those of many rows.

use std::collections::BTreeMap;

use blog::*;
use orm::db::Dialect;
use orm::prelude::*;

use crate::page::normal;
use crate::queries::{Row, either, posts, rendered, row};

/// The blog has no JSON.
#[derive(Model)]
pub struct Sheet {
    pub id: i64,
    pub meta: Json<i64>,
}

/// Conditions of JSON.
pub fn of_documents() -> BTreeMap<&'static str, Row> {
    BTreeMap::from([
        (
            "`meta.path(\"author\").exists()`",
            row(
                rendered![Sheet::objects().filter(|s| s.meta.path("author").exists())],
                &[],
            ),
        ),
        (
            "`meta.has_keys([",
            row(
                rendered![
                    Sheet::objects().filter(|s| s.meta.has_keys(["a", "b"])),
                    Sheet::objects().filter(|s| s.meta.has_any_keys(["a", "b"])),
                ],
                &[],
            ),
        ),
        (
            "`meta.contains(json!(",
            row(
                rendered![Sheet::objects().filter(|s| s.meta.contains(Json(serde_json::json!({"a": 1}))))],
                &[],
            ),
        ),
        (
            "`meta.contained_by(json!(",
            row(
                rendered![
                    Sheet::objects().filter(|s| s.meta.contained_by(Json(serde_json::json!({"a": 1}))))
                ],
                &[],
            ),
        ),
    ])
}

pub fn collected() -> BTreeMap<&'static str, Row> {
    BTreeMap::from([
        (
            "`p.meta.path([",
            row(
                either(rendered![
                    Sheet::objects().values(|s| s.meta.path("a").as_string())
                ]),
                &[],
            ),
        ),
        (
            "`p.meta.path(\"author\").as_json",
            row(
                either(rendered![
                    Sheet::objects().values(|s| s.meta.path("a").as_json::<i64>())
                ]),
                &[],
            ),
        ),
        (
            "`p.meta.with(",
            row(
                either(rendered![Sheet::objects().values(|s| s.meta.with("views", 8))]),
                &[],
            ),
        ),
        (
            "`p.meta.without(",
            row(
                either(rendered![Sheet::objects().values(|s| s.meta.without("author"))]),
                &[],
            ),
        ),
        (
            "`string_agg(",
            row(
                either(rendered![posts().values(|p| p.title.string_agg(", "))]),
                &[("title, ', ' ORDER BY title)", "title, .. ORDER BY title")],
            ),
        ),
        (
            "`p.title.array_agg()`",
            row(either(rendered![posts().values(|p| p.title.array_agg())]), &[]),
        ),
        (
            "`p.views.array_agg_distinct()`",
            row(
                either(rendered![posts().values(|p| p.views.array_agg_distinct())]),
                &[],
            ),
        ),
        (
            "`p.meta.json_agg()`",
            row(
                either(rendered![Sheet::objects().values(|s| s.meta.json_agg())]),
                &[],
            ),
        ),
        (
            "`array_agg().order_by(",
            row(
                either(rendered![
                    posts().values(|p| p.title.array_agg().order_by(p.views.desc()))
                ]),
                &[],
            ),
        ),
        (
            "`a.posts().array_agg(",
            row(
                either(rendered![
                    Author::objects().values(|a| a.posts().order_by(|p| p.id).array_agg(|p| p.title))
                ]),
                &[],
            ),
        ),
    ])
}
