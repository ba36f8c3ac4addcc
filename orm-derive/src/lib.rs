//! The derives of `orm`: `Model` and `Choices`.
//!
//! Tokens become options (`attr`), options and the struct become checked facts (`model`), facts become items
//! (`expand`, one file per item). Every mistake on the way is gathered and reported at its place, and what is left
//! is still expanded, so that one mistake is one error.

#![warn(missing_docs)]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod attr;
mod errors;
mod expand;
mod model;

use errors::Errors;
use proc_macro::TokenStream;
use quote::quote;
use syn::DeriveInput;

/// Makes a struct a model: its values are rows of a table, its fields the columns.
///
/// ```text
/// #[derive(Model, Debug, Clone)]
/// #[orm(ordering("-published_at"), unique("author", "slug"))]
/// #[orm(check("title_not_blank", |p| p.title.trim().ne("")))]
/// pub struct Post {
///     pub id: i64,
///     #[orm(on_delete = Cascade, related_name = "posts")]
///     pub author: ForeignKey<Author>,
///     #[orm(max_length = 200)]
///     pub title: String,
///     pub slug: String,
///     pub published_at: Option<DateTime<Utc>>,
///     pub tags: ManyToMany<Tag>,
/// }
/// ```
///
/// A field named `id` is the primary key unless another is marked. The derive goes by the names of types: write
/// `Option`, `ForeignKey`, `OneToOne` and `ManyToMany` out, not behind an alias.
///
/// # On the struct
///
/// | attribute | meaning |
/// |---|---|
/// | `ordering("-field", ..)` | order of rows when a query gives none; `-` is descending |
/// | `index("field", "-other")` | an index; `name = ".."` first gives it a name |
/// | `unique("field", "other")` | no two rows are equal in all of these; `name = ".."` as above, `message = ".."` last |
/// | `check("name", \|p\| ..)` | a condition that the database holds every row to; `message = ".."` last |
/// | `table = ".."` | the table's name, instead of `{app}_{model}` |
/// | `comment = ".."` | a comment in the database, where it keeps any |
/// | `renamed_from = ".."` | the struct's old name, with the app's label if it had another (`"shop.Order"`), so that a migration renames or moves instead of dropping; of a model that was a join table, the many-to-many field (`"shop.Order.tags"`) |
/// | `unmanaged` | the table is somebody else's: migrations leave it alone |
///
/// A `message` is what the error says when a row is refused: [`constraint_message`] hands it to a user.
///
/// [`constraint_message`]: https://docs.rs/orm/latest/orm/struct.Error.html#method.constraint_message
///
/// # On a field
///
/// | attribute | for | meaning |
/// |---|---|---|
/// | `primary_key` | columns | the key; an integer is generated, a `Uuid` defaults to version 7; on several fields, these together, all given |
/// | `unique`, `index`, `index = false` | columns | foreign keys have an index unless told otherwise |
/// | `max_length = 200` | `String` | most characters, held by the database |
/// | `max_digits = 12, decimal_places = 2` | `Decimal` | digits in all, and after the point |
/// | `default = 0` | columns | a constant, in the database too |
/// | `default_fn = path` | columns | a function called for each new row |
/// | `db_default = now`, `= random_uuid`, `db_default(sqlite = "..", postgres = "..")` | columns | computed by the database |
/// | `auto_now_add`, `auto_now` | dates and times | set when the row is created, or whenever it is saved |
/// | `on_delete = Cascade` | keys | also `Restrict`, `NoAction` (the default), `SetNull`, `SetDefault` |
/// | `related_name = "posts"` | relations | the way back; `"+"` for none; otherwise `{model}_set`, or `{model}` for one-to-one |
/// | `column = ".."`, `comment = ".."` | columns | name and comment in the database |
/// | `table = ".."` | `ManyToMany` | name of the join table |
/// | `generated = \|p\| p.price * p.quantity` | columns | computed by the database from others of the row, and never given; `virtual` computes it when read |
/// | `renamed_from = ".."` | fields | the old name, so that a migration renames instead of dropping |
///
/// # What it writes
///
/// `PostFields`, which closures such as `filter(|p| ..)` are given; `PostCreate`, the builder behind `Post::create()`;
/// a method per relation on both, on the struct, and, by the traits `PostAuthorReverse` and `PostAuthorRows`, on the
/// model at the other end: import them where you go back from another module.
#[proc_macro_derive(Model, attributes(orm))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    expand_with(input, |input, errors| {
        model::Model::read(input, errors).map(|model| expand::model(&model))
    })
}

/// Makes an enum without data a column type: text, held to the names of the variants in snake case, or to
/// `#[orm(value = "..")]`.
///
/// ```text
/// #[derive(Choices, Debug, Clone, Copy)]
/// #[orm(native)]
/// enum Mood {
///     Sad,
///     #[orm(renamed_from = "happy")]
///     Glad,
/// }
/// ```
///
/// # On the enum
///
/// | attribute | meaning |
/// |---|---|
/// | `native` | a type of the database, where it has such types: its values order as the variants do, on every database |
/// | `native = ".."` | the same, with a name for the type; it follows the app's label, as a table's name does |
///
/// # On a variant
///
/// | attribute | meaning |
/// |---|---|
/// | `value = ".."` | the text that is stored |
/// | `renamed_from = ".."` | the text that was stored before, so that a migration renames it: in a native enum, or in the rows of plain choices |
#[proc_macro_derive(Choices, attributes(orm))]
pub fn derive_choices(input: TokenStream) -> TokenStream {
    expand_with(input, |input, errors| {
        model::Choices::read(input, errors).map(|choices| expand::choices(&choices))
    })
}

fn expand_with(
    input: TokenStream,
    expand: impl FnOnce(&DeriveInput, &mut Errors) -> Option<proc_macro2::TokenStream>,
) -> TokenStream {
    match syn::parse::<DeriveInput>(input) {
        Ok(input) => {
            let mut errors = Errors::default();
            let items = expand(&input, &mut errors);
            let errors = errors.into_tokens();
            quote!(#items #errors).into()
        }
        Err(error) => error.into_compile_error().into(),
    }
}
