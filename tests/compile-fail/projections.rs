use orm::prelude::*;

#[derive(Embed)]
struct Address {
    city: String,
}

#[derive(Model)]
struct Author {
    id: i64,
    name: String,
    #[orm(embed)]
    address: Address,
}

#[derive(Model)]
struct Post {
    id: i64,
    #[orm(related_name = "posts")]
    author: ForeignKey<Author>,
    #[orm(related_name = "edited")]
    editor: Option<ForeignKey<Author>>,
    title: String,
    rating: Option<f64>,
}

#[derive(Projection)]
#[orm(model = Author)]
struct Name {
    name: String,
}

#[derive(Projection)]
struct OfNoModel {
    title: String,
}

#[derive(Projection)]
#[orm(model = Post)]
struct NotAField {
    tittle: String,
}

#[derive(Projection)]
#[orm(model = Post)]
struct WrongType {
    title: i64,
}

#[derive(Projection)]
#[orm(model = Post)]
struct NullForgotten {
    rating: f64,
}

#[derive(Projection)]
#[orm(model = Post)]
struct NoEditor {
    #[orm(path = editor.name)]
    editor: String,
}

#[derive(Projection)]
#[orm(model = Post)]
struct RelatedWithoutWith {
    author: Name,
}

#[derive(Projection)]
#[orm(model = Post)]
struct EditorForgotten {
    #[orm(with)]
    editor: Name,
}

#[derive(Projection)]
#[orm(model = Author)]
struct ListWithoutVec {
    #[orm(with)]
    posts: Post,
}

#[derive(Projection)]
#[orm(model = Author)]
struct OfAnotherModel {
    #[orm(with)]
    posts: Vec<Name>,
}

struct Plain {
    title: String,
}

#[derive(Projection)]
#[orm(model = Author)]
struct OfPlain {
    #[orm(with)]
    posts: Vec<Plain>,
}

#[derive(Projection)]
#[orm(model = Author)]
struct EmbedForgotten {
    address: Address,
}

#[derive(Projection)]
#[orm(model = Post)]
struct Attributes {
    #[orm(rename = "title")]
    heading: String,
    #[orm(path = author.name, expr = |p| p.title)]
    twice: String,
    #[orm(expr = "p.title")]
    text: String,
    #[orm(nested)]
    author: Name,
    #[orm(max_length = 3)]
    title: String,
}

#[derive(Projection)]
#[orm(model = Post)]
struct Tuple(String);

#[derive(Projection)]
#[orm(model = Post)]
struct Generic<T> {
    title: T,
}

fn a_model_of_its_own() {
    let _ = Post::objects().select::<Name>();
}

fn not_a_projection() {
    let _ = Post::objects().select::<Plain>();
}

fn main() {}
