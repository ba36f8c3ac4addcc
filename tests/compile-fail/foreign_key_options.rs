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
    #[orm(on_update = SetNull, related_name = "+")]
    owner: ForeignKey<Author>,
    #[orm(deferrable = Later, related_name = "+")]
    critic: ForeignKey<Author>,
    #[orm(db_constraint = false, on_delete = Cascade, deferrable = No, related_name = "+")]
    ghost: ForeignKey<Author>,
    #[orm(deferrable = Immediate, db_constraint = false)]
    views: i64,
    #[orm(on_delete = Cascade)]
    title: String,
    #[orm(on_delete = Cascade, unique)]
    fans: ManyToMany<Author>,
}

fn main() {}
