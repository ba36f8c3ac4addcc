use orm::prelude::*;

#[derive(Model)]
struct Post {
    id: i64,
    title: String,
    views: i64,
}

fn a_function_without_its_window() {
    let _ = Post::objects().annotate(|p| p.views.lag(1));
    let _ = Post::objects().order_by(|_| orm::row_number());
    let _ = Post::objects().values(|p| (p.title, orm::row_number()));
}

fn a_filter_by_a_function_without_its_window() {
    let _ = Post::objects().filter(|_| orm::rank().le(3));
}

fn a_field_over_a_window() {
    let _ = Post::objects().values(|p| p.views.over(|w| w.order_by(p.id)));
}

fn the_row_before_the_first() {
    let _ = Post::objects().values(|p| {
        let before: Expr<i64> = p.views.lag(1).over(|w| w.order_by(p.id));
        before
    });
}

fn another_type_for_where_there_is_none() {
    let _ = Post::objects().values(|p| p.views.lag_or(1, "none").over(|w| w.order_by(p.id)));
}

fn main() {}
