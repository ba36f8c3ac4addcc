use orm::prelude::*;

#[derive(Model)]
struct Post {
    id: i64,
    title: String,
    views: i64,
}

fn nothing_annotated() {
    let _ = Post::objects().qualify(|p, _| p.views.gt(3));
}

fn a_value_of_another_type() {
    let _ = Post::objects()
        .annotate(|p| orm::row_number().over(|w| w.order_by(p.views)))
        .qualify(|_, place| place.le("3"));
}

fn values_beside_the_rows_in_an_update() {
    let _ = Post::objects()
        .annotate(|p| orm::row_number().over(|w| w.order_by(p.views)))
        .qualify(|_, place| place.le(3))
        .update(|p| p.views.set(0));
}

fn main() {}
