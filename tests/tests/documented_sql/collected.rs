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

pub fn collected() -> BTreeMap<&'static str, Row> {
    BTreeMap::from([
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
