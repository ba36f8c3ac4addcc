//! Changes of every kind, which `errors` and `killed` go through.

/// Changes of every kind, each of which succeeds on the shop.
pub const CASES: [&str; 9] = [
    // Fields of one table.
    r#"
[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "score", type = "int", default = 0 }
fill = 7

[[operations]]
kind = "RemoveField"
model = "Post"
field = "body"

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "views", type = "int" }
fill = 9
"#,
    // Created and deleted models.
    r#"
[[operations]]
kind = "CreateModel"
model = "Shelf"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "author", type = "foreign_key", to = "shop.Author", on_delete = "cascade", index = true },
    { name = "posts", type = "many_to_many", to = "shop.Post" },
]

[[operations]]
kind = "DeleteModel"
model = "Pin"

[[operations]]
kind = "AddField"
model = "Hold"
field = { name = "shelf", type = "foreign_key", to = "shop.Shelf", on_delete = "set_null", null = true, index = true }
"#,
    // Indexes and constraints.
    r#"
[[operations]]
kind = "RemoveIndex"
model = "Post"
index = "shop_post_title_idx"

[[operations]]
kind = "AddIndex"
model = "Post"
index = { name = "shop_post_score_idx", fields = ["-score"] }

[[operations]]
kind = "AddConstraint"
model = "Post"
constraint = { kind = "unique", name = "shop_post_title_uniq", fields = ["title", "author"] }

[[operations]]
kind = "AddConstraint"
model = "Author"
constraint = { kind = "check", name = "shop_author_named_check", condition = ["ne", { field = "name" }, ""] }

[[operations]]
kind = "RenameField"
model = "Post"
old = "body"
new = "text"
"#,
    // A primary key and the foreign keys to it.
    r#"
[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "id", type = "int", primary_key = true, generated = true }

[[operations]]
kind = "AlterField"
model = "Comment"
field = { name = "post", type = "foreign_key", to = "shop.Post", on_delete = "cascade", on_update = "cascade", deferrable = "no", index = true }

[[operations]]
kind = "AlterField"
model = "Pin"
field = { name = "post", type = "foreign_key", to = "shop.Post", db_constraint = false, null = true, index = true }

[[operations]]
kind = "RunSql"
sqlite = { forward = "UPDATE shop_comment SET line = line || '; x'" }
postgres = { forward = "UPDATE shop_comment SET line = line || '; x'" }
"#,
    // Names and types.
    r#"
[[operations]]
kind = "CreateEnum"
name = "Mood"
values = ["glad", "bad"]

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "mood", type = "choices", enum_type = "Mood", default = "glad" }

[[operations]]
kind = "AddField"
model = "Post"
field = { name = "double", type = "big_int", null = true, generated_as = { expression = ["mul", { field = "score" }, 2] } }

[[operations]]
kind = "AddEnumValue"
name = "Mood"
value = "so-so"
before = "bad"

[[operations]]
kind = "RenameModel"
old = "Author"
new = "Writer"

[[operations]]
kind = "RenameModel"
old = "Post"
new = "Article"

[[operations]]
kind = "AlterModelTable"
model = "Comment"
table = "remarks"
"#,
    // Models that move to another app, one of them with its table.
    r#"
[[operations]]
kind = "MoveModel"
from = "shop.Post"
to = "sales.Article"

[[operations]]
kind = "MoveModel"
from = "shop.Author"
to = "sales.Author"
table = "shop_author"

[[operations]]
kind = "AddField"
model = "Comment"
field = { name = "other", type = "foreign_key", to = "sales.Article", on_delete = "set_null", null = true, index = true }
"#,
    // Names that swap: of tables, and of an index and one that is new.
    r#"
[[operations]]
kind = "AlterModelTable"
model = "Comment"
table = "aside"

[[operations]]
kind = "AlterModelTable"
model = "Pin"
table = "shop_comment"

[[operations]]
kind = "AlterModelTable"
model = "Comment"
table = "shop_pin"

[[operations]]
kind = "RenameIndex"
model = "Post"
old = "shop_post_title_idx"
new = "other_idx"

[[operations]]
kind = "AddIndex"
model = "Log"
index = { name = "shop_post_title_idx", fields = ["line"] }
"#,
    // Indexes and constraints of some rows, and over what is computed.
    r#"
[[operations]]
kind = "AddIndex"
model = "Post"
index = { name = "shop_post_some_idx", fields = ["-score", { expression = ["ascii_lower", { field = "title" }] }], where = ["gt", { field = "score" }, 1] }

[[operations]]
kind = "AddConstraint"
model = "Author"
constraint = { kind = "unique", name = "shop_author_lower_uniq", fields = [{ expression = ["ascii_lower", { field = "name" }] }] }

[[operations]]
kind = "AddConstraint"
model = "Post"
constraint = { kind = "unique", name = "shop_post_some_uniq", fields = ["author", "title"], where = ["gt", { field = "score" }, 0] }

[[operations]]
kind = "RenameField"
model = "Post"
old = "score"
new = "points"

[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "points", type = "big_int", null = true }

[[operations]]
kind = "RenameIndex"
model = "Post"
old = "shop_post_some_idx"
new = "shop_post_few_idx"
"#,
    // A foreign key that points at another column.
    r#"
[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "author", type = "foreign_key", to = "shop.Author", to_field = "name", on_delete = "cascade", index = true }

[[operations]]
kind = "RenameField"
model = "Author"
old = "mail"
new = "letters"
"#,
];

/// What only Postgres has.
pub const POSTGRES_CASE: &str = r#"
[[operations]]
kind = "CreateExtension"
name = "btree_gist"

[[operations]]
kind = "AddIndex"
model = "Post"
index = { name = "shop_post_beside_idx", fields = [{ field = "score", descending = true, nulls = "last" }], include = ["title"], with = { fillfactor = "70" } }

[[operations]]
kind = "AddIndex"
model = "Comment"
index = { name = "shop_comment_line_idx", fields = ["line"], method = "hash" }

[[operations]]
kind = "AddConstraint"
model = "Author"
constraint = { kind = "unique", name = "shop_author_mail_uniq", fields = ["mail"], nulls_not_distinct = true, include = ["name"] }

[[operations]]
kind = "AddConstraint"
model = "Post"
constraint = { kind = "unique", name = "shop_post_title_uniq", fields = ["title"], deferrable = "deferred" }

[[operations]]
kind = "AddConstraint"
model = "Post"
constraint = { kind = "exclusion", name = "shop_post_apart", fields = [{ field = "author", operator = "=" }, { expression = ["ascii_lower", { field = "title" }], operator = "=" }], where = ["gt", { field = "score" }, 0], include = ["score"], deferrable = "immediate" }

[[operations]]
kind = "AddConstraint"
model = "Hold"
constraint = { kind = "exclusion", name = "shop_hold_apart", fields = [{ field = "post", operator = "=" }] }

[[operations]]
kind = "RenameField"
model = "Post"
old = "title"
new = "heading"

[[operations]]
kind = "AlterField"
model = "Post"
field = { name = "score", type = "big_int", null = true }

[[operations]]
kind = "AlterModelTable"
model = "Hold"
table = "held"
"#;
