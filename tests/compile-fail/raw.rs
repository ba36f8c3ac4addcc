//! SQL as a part of a query: text from elsewhere, a part that is not in a tuple, what is no part, types that no column holds.

use orm::prelude::*;

#[derive(Model)]
struct Post {
    id: i64,
    title: String,
    views: i64,
}

struct Plain;

fn text_from_elsewhere(least: i64) {
    let _ = Post::objects().filter(|p| orm::raw::<bool>(format!("{{}} > {least}"), (p.views,)));
}

fn one_part_without_a_comma() {
    let _ = Post::objects().filter(|p| orm::raw::<bool>("{} > 3", (p.views)));
}

fn not_a_part() {
    let _ = Post::objects().filter(|p| orm::raw::<bool>("{} > {}", (p.views, Plain)));
}

fn not_a_type_of_a_column() {
    let _ = Post::objects().values(|p| orm::raw::<Plain>("{} + 1", (p.views,)));
}

fn a_number_is_not_a_condition() {
    let _ = Post::objects().filter(|p| orm::raw::<i64>("{} % 2", (p.views,)));
}

fn main() {}
