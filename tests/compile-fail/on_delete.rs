use orm::prelude::*;

#[derive(Model)]
struct Author {
    id: i64,
}

#[derive(Model)]
struct Post {
    id: i64,
    #[orm(on_delete = SetNull, related_name = "+")]
    author: ForeignKey<Author>,
    #[orm(on_delete = SetDefault, related_name = "+")]
    editor: ForeignKey<Author>,
    #[orm(on_delete = Casacde, related_name = "+")]
    reader: ForeignKey<Author>,
    #[orm(on_delete = Cascade)]
    title: String,
    #[orm(on_delete = Cascade, unique)]
    fans: ManyToMany<Author>,
}

fn main() {}
