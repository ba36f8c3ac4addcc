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

fn tests_of_null() {
    let _ = Post::objects().filter(|p| p.published_at.is_none());
    let _ = Post::objects().filter(|p| p.published_at.is_some());
}

fn comparisons() {
    let _ = Post::objects().filter(|p| p.title.equals("x"));
    let _ = Post::objects().filter(|p| p.title.neq("x"));
    let _ = Post::objects().filter(|p| p.title.not_eq("x"));
    let _ = Post::objects().filter(|p| p.views.gte(1));
    let _ = Post::objects().filter(|p| (p.views + 1).lte(1));
}

fn lists() {
    let _ = Post::objects().filter(|p| p.id.is_in([1]));
    let _ = Post::objects().filter(|p| p.id.eq_any([1]));
    let _ = Post::objects().filter(|p| p.id.not_in([1]));
}

fn texts() {
    let _ = Post::objects().filter(|p| p.title.like("x%"));
    let _ = Post::objects().filter(|p| p.title.ilike("x%"));
}

fn joined() {
    let _ = Post::objects().filter(|p| p.title.eq("x").and(p.published));
    let _ = Post::objects().filter(|p| p.published.or(p.title.eq("x")));
}

fn a_query_as_a_list() {
    let _: Vec<Post> = Post::objects().collect();
    let _ = Post::objects().iter().next();
    let _ = Post::objects().len();
    let _ = Post::objects().is_empty();
    for _ in Post::objects() {}
}

fn a_query_in_a_query() {
    let _ = Post::objects().filter(|p| p.author.in_(Author::objects()));
}

fn a_name_for_a_field() {
    let _ = Post::objects().order_by("-views");
    let _ = Post::objects().filter("views > 3");
}

fn main() {}
