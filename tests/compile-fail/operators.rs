use orm::prelude::*;

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
    email: Option<String>,
}

#[derive(Model)]
struct Post {
    id: i64,
    #[orm(related_name = "posts")]
    author: ForeignKey<Author>,
    title: String,
    views: i64,
    rating: f64,
    price: Decimal,
    published: bool,
    published_at: Option<DateTime<Utc>>,
    tags: ManyToMany<Tag>,
}

#[derive(Model)]
struct Tag {
    id: i64,
    label: String,
}

fn equals() {
    let _ = Post::objects().filter(|p| p.title == "x");
}

fn greater() {
    let _ = Post::objects().filter(|p| p.views > 3);
}

fn two_columns() {
    let _ = Post::objects().filter(|p| p.views != p.id);
}

fn of_an_expression() {
    let _ = Post::objects().filter(|p| p.views + 1 <= 3);
}

fn and() {
    let _ = Post::objects().filter(|p| p.title.eq("x") && p.views.gt(3));
}

fn not() {
    let _ = Post::objects().filter(|p| !p.title);
}

fn minus_for_descending() {
    let _ = Post::objects().order_by(|p| -p.title);
}

fn main() {}
