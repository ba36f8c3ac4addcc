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

fn other_numbers(small: u32, size: usize) {
    let _ = Post::objects().filter(|p| p.views.gt(small));
    let _ = Post::objects().filter(|p| p.views.gt(3.5));
    let _ = Post::objects().update(|p| p.views.set(size));
    let _ = Post::create().views(size);
}

fn a_binary_number_for_an_exact_one() {
    let _ = Post::objects().filter(|p| p.price.gt(1.5));
}

fn a_name_for_a_key() {
    let _ = Post::objects().filter(|p| p.author.eq("Ann"));
    let _ = Post::create().author("Ann");
}

fn a_row_for_a_reference(ann: Author, ben: Author) {
    let _ = Post::objects().filter(|p| p.author.eq(ann));
    let _ = Post::create().author(ben);
}

fn main() {}
