use orm::Db;
use orm::prelude::*;

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
}

#[derive(Model)]
struct Post {
    id: i64,
    author: ForeignKey<Author>,
    title: String,
    views: i64,
}

fn handle_by_value(db: Db) {
    let _ = Post::objects().all(db);
}

fn load_a_column(db: &Db) {
    let _ = Post::objects().with(|p| p.author).all(db);
}

fn order_by_a_name() {
    let _ = Post::objects().order_by(|_| "title");
}

fn values_of_a_relation() {
    let _ = Post::objects().values(|p| p.author());
}

fn column_of_a_key() {
    let _ = Post::objects().filter(|p| p.author.name.eq("Ann"));
}

fn a_question_of_no_row() {
    let _ = Post::objects().filter(|_| true);
}

fn a_union_of_values_of_other_types(db: &Db) {
    let titles = Post::objects().values(|p| p.title);
    let _ = titles.union(Post::objects().values(|p| p.id)).all(db);
}

fn a_union_of_values_and_rows() {
    let _ = Post::objects().values(|p| p.title).union(Post::objects());
}

fn an_order_of_a_compound_by_a_row() {
    let titles = Post::objects().values(|p| p.title);
    let _ = titles.clone().union(titles).order_by(|p| p.title);
}

fn a_union_of_two_models() {
    let _ = Post::objects().union(Author::objects());
}

fn main() {}
