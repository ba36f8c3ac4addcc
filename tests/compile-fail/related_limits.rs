use orm::prelude::*;

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
}

#[derive(Model)]
struct Post {
    id: i64,
    #[orm(related_name = "posts")]
    author: ForeignKey<Author>,
    views: i64,
}

fn the_sum_of_the_first_three() {
    let _ = Author::objects().annotate(|a| a.posts().order_by(|p| p.views.desc()).limit(3).sum(|p| p.views));
}

fn whether_there_are_more_than_three() {
    let _ = Author::objects().filter(|a| a.posts().offset(3).exists());
}

fn main() {}
