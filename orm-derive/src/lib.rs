//! The derives of `orm`: `Model`, `Projection`, `Embed`, `Choices` and `ColumnType`; the attribute `test`, and the macro `migrations`.
//!
//! Tokens become options (`attr`), options and the struct become checked facts (`model`), facts become items
//! (`expand`, one file per item). Every mistake on the way is gathered and reported at its place, and what is left
//! is still expanded, so that one mistake is one error.

#![warn(missing_docs)]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod attr;
mod embedded;
mod errors;
mod expand;
mod ident;
mod model;

use errors::Errors;
use proc_macro::TokenStream;
use quote::quote;
use syn::DeriveInput;

/// `#[derive(Model)]` reads the attribute `#[orm(..)]`, on the struct and on its fields, and the names of types: write
/// `Option`, `ForeignKey`, `OneToOne` and `ManyToMany` out, not behind an alias.
///
/// # On the struct
///
/// | attribute | meaning | SQL |
/// |---|---|---|
/// | `ordering("-field", ..)` | order of rows when a query gives none; `-` is descending, `"author__name"` a field of the row that a relation leads to | `ORDER BY` of its queries, and the `JOIN` it takes |
/// | `index("field", "-other")` | an index; `name = ".."` gives it a name; more below | `CREATE INDEX .. (field, other DESC)` |
/// | `unique("field", "other")` | no two rows are equal in all of these; `name = ".."` as above, `message = ".."` | `UNIQUE (field, other)`, on SQLite a unique index |
/// | `exclude(("field", "="), (\|p\| .., "&&"))` | no two rows are related by the operators of all of these; Postgres only; more below | `EXCLUDE USING gist (field WITH =, (..) WITH &&)` |
/// | `check("name", \|p\| ..)` | a condition that the database holds every row to; then `message = ".."`, and `not_valid`, by which rows that are there are not checked until they are changed (on SQLite they are, at once) | `CONSTRAINT name CHECK (..)` |
/// | `foreign_key("pair", fields("field", "other"), to = Pair)` | a foreign key over several columns; more below | `FOREIGN KEY (field, other) REFERENCES ..` |
/// | `search(("title", "A"), "body", language = "english")` | these strings are searched for words, by `p.search()` in queries; `name = ".."` is another name for that, and `tokenizer = ".."` says how SQLite splits strings; more in `orm::search` | `USING gin (search)` on Postgres, `USING fts5 (title, ..)` on SQLite |
/// | `trigger(name = "..", before, update, ..)` | what the database does by itself when rows change, in SQL of each database; more on the page of [models](../orm/trait.Model.html) | `CREATE TRIGGER ..`, on Postgres with its `CREATE FUNCTION` |
/// | `policy(name = "..", for = select, to = "..", using = \|p\| p.field.eq(1))` | which rows roles see and change, on Postgres; more on the page of [models](../orm/trait.Model.html) | `CREATE POLICY .. USING (..)` |
/// | `row_security`, `row_security(force)` | policies hold, of the owner of the table, too | `ALTER TABLE .. ENABLE ROW LEVEL SECURITY` |
/// | `grant(select, update("field"), to = "..")` | what a role may do with the table, on Postgres | `GRANT .. ON TABLE .. TO ..` |
/// | `scope("alive", \|p\| ..)`, `scope("tenant", \|p, tenant: Tenant\| ..)`, `scope("tenant", fills = "tenant", \|p, tenant: Tenant\| ..)` | what holds wherever rows of the model are read or changed, with a value of the handle if it takes one; more in `orm::scopes` | in every `WHERE` and `ON` |
/// | `table = ".."` | the table's name, instead of `{app}_{model}` | `CREATE TABLE ..` |
/// | `schema = ".."` | the schema that the table stands in, instead of that of the app or the one that the connection finds it in; Postgres only | `CREATE SCHEMA schema` before its first table, and every statement names it |
/// | `comment = ".."` | a comment in the database, where it keeps any | `COMMENT ON TABLE` on Postgres |
/// | `with(fillfactor = 70, ..)` | storage parameters, where the database has any | `CREATE TABLE .. WITH (..)` on Postgres |
/// | `without_rowid` | rows lie in the order of the primary key, which the program gives | `WITHOUT ROWID` on SQLite |
/// | `renamed_from = ".."` | the struct's old name, with the app's label if it had another (`"shop.Order"`), so that a migration renames or moves instead of dropping; of a model that was a join table, the many-to-many field (`"shop.Order.tags"`) | `ALTER TABLE .. RENAME TO` |
/// | `view("SELECT ..", reads(Author, Post))` | its rows are those of a query, and only read; then `materialized`, `with_no_data`; more in the text above | `CREATE VIEW .. AS SELECT ..` |
/// | `unmanaged` | the table is somebody else's: migrations leave it alone | none |
///
/// # Parts and options of indexes and of what is unique
///
/// `index(..)` and `unique(..)` take parts, in order, and options among them:
///
/// | part | what stands there |
/// |---|---|
/// | `"field"`, `"-field"` | a field, the least or the greatest first |
/// | `\|p\| p.title.ascii_lower()` | what is computed from fields of the row |
/// | `part("field", desc, nulls = last, collation = "C", operators = "text_pattern_ops")` | a field or a closure, and any of: its direction, where NULL stands, the collation it is compared by, the operator class |
///
/// | option | meaning | where |
/// |---|---|---|
/// | `where = \|p\| ..` | only of rows for which it is true; without a closure, of all | both databases |
/// | `name = ".."` | its name; must be given with a closure or a `part(..)` | |
/// | `message = ".."` | `unique` only: what a user is told | |
/// | `nulls_not_distinct` | `unique` only: rows that hold NULL at the same places are equal, too | Postgres from 15 |
/// | `deferrable = Deferred` | `unique` only, over fields of all rows: checked at the end of the transaction; `Immediate`: with each statement, unless the transaction says `SET CONSTRAINTS` | Postgres |
/// | `include("field")` | fields held beside, so that a query need not look into the table | Postgres |
/// | `method = gin` | `index` only: `btree`, `hash`, `gin`, `gist`, `brin`, `spgist` | Postgres, but for `btree` |
/// | `with(fillfactor = 70)` | `index` only: storage parameters | Postgres |
///
/// Operator classes are Postgres', and so is NULL elsewhere than the database puts it. What a database has not is refused by
/// name before any SQL is sent. What is unique under a condition or by what is computed is a unique index on both databases.
///
/// `exclude(..)` takes parts that are compared, each in parentheses with the operator in front of any words:
/// `("room", "=")`, `(\|b\| b.who.ascii_lower(), "<>")`, `("room", "=", operators = "gist_int8_ops")`. The usual operators are `=`, `<>`,
/// `&&` (overlap) and `-|-` (meet); another one may be named, too, where it says the same in both directions. Options are `where`, `name` (must
/// be given with a closure), `message`, `include(..)`, `method` (`gist` if nothing is said, `spgist`, `btree`, `hash`), `with(..)` and
/// `deferrable`. An index by gist compares numbers, strings, dates and UUIDs with the extension `btree_gist`: put the operation
/// `{ kind = "CreateExtension", name = "btree_gist" }` before it in the migration.
///
/// A `message` is what the error says when a row is refused: `Error::constraint_message` hands it to a user.
///
/// # Foreign keys over several columns
///
/// `foreign_key("region", fields("country", "region_code"), to = Region)` names the relation, the fields of the struct that hold the
/// key, and the model that they point at. Both sides have the same types, apart from `Option`; one may be a foreign key that holds what
/// the other does. A row that holds NULL in one of the fields points at none.
///
/// | option | meaning |
/// |---|---|
/// | `to_fields("country", "code")` | the fields that it points at, in the order of `fields`: those of a `unique(..)` of all rows, or of the composite primary key, which is meant if nothing is said |
/// | `on_delete = Cascade`, `on_update = Cascade` | as of a field that is a foreign key; `SetNull` sets all of the fields to NULL |
/// | `deferrable = Immediate`, `not_valid`, `db_constraint = false` | as of a field that is a foreign key |
/// | `index = false` | no index over its fields |
/// | `related_name = "places"` | the way back from the other model; `"+"` for none; otherwise `{model}_set` |
/// | `name = ".."` | its name in the database, instead of `{table}_{relation}_fk` |
///
/// In queries it is a relation as any other: `p.region().name` in a closure, `r.places()` on the way back, `place.region()` from a row. The
/// `ordering` of a model does not lead along it.
///
/// It has an index over its fields, by which the database finds the rows that point at one, unless an index, a unique constraint or the
/// primary key begins with them, or it says `index = false`.
///
/// # On a field
///
/// | attribute | for | meaning | SQL |
/// |---|---|---|---|
/// | `primary_key` | columns | the key; an integer is generated, a `Uuid` defaults to version 7; on several fields, these together, all given | `PRIMARY KEY`; `AUTOINCREMENT` on SQLite, `GENERATED BY DEFAULT AS IDENTITY` on Postgres |
/// | `identity(start = 1000)` | whole numbers | the database counts the column up, which need not be the key, [and how](../orm/fields/index.html#numbers-that-the-database-counts): also `always`, `increment`, `min_value`, `max_value`, `cache`, `cycle` | `GENERATED BY DEFAULT AS IDENTITY (START WITH 1000)` on Postgres |
/// | `unique` | columns | no two rows hold the same | `UNIQUE`, on SQLite a unique index |
/// | `index`, `index = false` | columns | an index; foreign keys have one unless told otherwise | `CREATE INDEX` |
/// | `max_length = 200` | `String`, arrays | most characters or elements, held by the database | `CHECK (length(title) <= 200)` |
/// | `collation = ".."` | `String` | what its strings are compared and ordered by, instead of the database's own collation; a foreign key to the field has it too | `COLLATE ..` |
/// | `max_digits = 12, decimal_places = 2` | `Decimal` | digits in all, and after the point | a `CHECK` |
/// | `default = 0` | columns | a constant, in the database too; the field need not be given | `DEFAULT 0` |
/// | `default_fn = path` | columns | a function called for each new row | none |
/// | `db_default = now`, `= random_uuid`, `db_default(sqlite = "..", postgres = "..")` | columns | computed by the database | `DEFAULT statement_timestamp()` .. |
/// | `db_type(postgres = "citext", sqlite = "TEXT COLLATE NOCASE")` | plain values | the column is of a type by its name on Postgres: of an extension, a domain, an enum that is there; on SQLite it is what the field has there by itself, which has to be said, with a collation or without | `email citext` |
/// | `auto_now_add`, `auto_now` | dates and times | set when the row is created, or whenever it is saved | none |
/// | `to = "code"` | foreign keys | the unique column that they point at, if not the primary key; its type is the second of the foreign key's: `ForeignKey<Country, String>` | `REFERENCES .. (code)` |
/// | `version` | `i64`, `i32` | counts the changes of the row: see [optimistic locking](#optimistic-locking) | `DEFAULT 0` |
/// | `on_delete = Cascade` | foreign keys | what becomes of this row when the row it points at is deleted: also `Restrict`, `NoAction` (the default), `SetNull`, `SetDefault` | `REFERENCES .. ON DELETE CASCADE` |
/// | `on_update = Cascade` | foreign keys | the same actions, when that row gets another key | `ON UPDATE CASCADE` |
/// | `deferrable = No` | foreign keys | when they are checked: `Deferred` (the default) at the end of the transaction, `No` with every statement, `Immediate` with every statement unless a transaction on Postgres says otherwise | `DEFERRABLE INITIALLY DEFERRED` |
/// | `db_constraint = false` | foreign keys | none in the database: a row may point at one that is not there | no `REFERENCES` |
/// | `not_valid` | foreign keys | rows that were there before the foreign key are not checked until they are changed, or a migration takes the option out; on SQLite they are, at once | `NOT VALID`, validated where it is taken out |
/// | `related_name = "posts"` | relations | the way back; `"+"` for none; otherwise `{model}_set`, or `{model}` for one-to-one | none |
/// | `column = ".."`, `comment = ".."` | columns | name and comment in the database | the column's name; `COMMENT ON COLUMN` on Postgres |
/// | `table = ".."` | `ManyToMany` | name of the join table, instead of `{app}_{model}_{field}` | `CREATE TABLE ..` |
/// | `through = Membership` | `ManyToMany` | the rows are those of this model; `through_fields("person", "group")` says by which of its foreign keys, where several could be meant | no join table |
/// | `symmetrical` | `ManyToMany` to the model itself | who is related to a row, that row is related to. An automatic join table gets the rows that lead back by the migration that adds the option; with `through` they are the program's | a row each way |
/// | `generated = \|p\| p.price * p.quantity` | columns | computed by the database from others of the row, and never given; `virtual` computes it when read | `GENERATED ALWAYS AS (..) STORED` |
/// | `embed`, `prefix = ".."` | structs that derive `Embed` | all columns of the struct, with the prefix before their names ([`derive@Embed`]) | a column each |
/// | `renamed_from = ".."` | fields | the old name, so that a migration renames instead of dropping | `ALTER TABLE .. RENAME COLUMN` |
///
/// # Optimistic locking
///
/// A model with `#[orm(version)] version: i64` refuses a change that does not know of another one: `save`, `save_fields` and `delete` of a
/// row find it by its primary key and its version, count the version, and are `Error::is_stale()` if somebody else has changed the row
/// since it was read. Nobody waits for anybody meanwhile, unlike with `select_for_update`.
///
/// * It begins with 0, and is left out of `create()`. It is a plain column with a default in the database: migrations know nothing
///   else of it, so it is added to a table with rows and taken away like any other.
/// * `bulk_update` writes all of its rows, or none if one of them was changed or deleted; the structs keep the version that they were read
///   with, so read them again before the next change.
/// * `update(..)` of queries and rows, `update_or_create` and `on_conflict(..).update(..)` count it and are not refused, because what they
///   write does not depend on what was read. Where it does, say so: `.filter(|p| p.version.eq(post.version))`.
/// * It cannot be set. SQL by hand and functions of migrations do not count it, unless they do so themselves.
/// * A struct that was saved in a transaction that was rolled back has a version that the database has not: `refresh` it.
///
/// ```text
/// #[derive(Model)]
/// pub struct Page {
///     pub id: i64,
///     pub text: String,
///     #[orm(version)]
///     pub version: i64,
/// }
///
/// let (mut mine, mut theirs) = (Page::get(1, &db)?, Page::get(1, &db)?);
/// theirs.save(&db)?;
/// assert!(mine.save(&db).unwrap_err().is_stale());
/// mine.refresh(&db)?;
/// mine.save(&db)?;
/// ```
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

/// `#[derive(Choices)]` reads the attribute `#[orm(..)]`, on the enum and on its variants.
///
/// # On the enum
///
/// | attribute | meaning |
/// |---|---|
/// | `native` | a type of the database, where it has such types: its values order as the variants do, on every database |
/// | `native = ".."` | the same, with a name for the type; it follows the app's label, as a table's name does |
/// | `integer = u8` | the type of the column where the variants are stored as numbers: `i8` to `i64`, `u8` to `u64`; without it `i32` |
///
/// # On a variant
///
/// | attribute | meaning |
/// |---|---|
/// | `value = ".."` | the string that is stored |
/// | `value = 3` | the number that is stored, where it is not the one of Rust (`Low = 1`); all variants have one, or none |
/// | `renamed_from = ".."` | the string that was stored before, so that a migration renames it: in a native enum, or in the rows of plain choices |
/// | `renamed_from = 2` | the same for a number |
#[proc_macro_derive(Choices, attributes(orm))]
pub fn derive_choices(input: TokenStream) -> TokenStream {
    expand_with(input, |input, errors| {
        model::Choices::read(input, errors).map(|choices| expand::choices(&choices))
    })
}

/// `#[derive(ColumnType)]` on a struct around one type that columns hold makes a column type of it: the column is that of the type
/// inside, in the tables and in migration files, and so are its lookups, its order and its arithmetic.
///
/// # On the struct
///
/// | attribute | meaning |
/// |---|---|
/// | `#[orm(validate = path)]` | a function of a reference to the value inside that returns `Result<(), &'static str>`: what it refuses is neither stored nor read, and the error names model and field, with the reason and without the value |
/// | `#[orm(db_type(postgres = "ltree", sqlite = "TEXT"))]` | the type of its columns by its name, as of a field, which may say another; within an array its elements are of the type inside |
///
/// ```text
/// #[derive(ColumnType, Debug, Clone, PartialEq)]
/// #[orm(validate = Email::check)]
/// pub struct Email(String);
/// ```
#[proc_macro_derive(ColumnType, attributes(orm))]
pub fn derive_column_type(input: TokenStream) -> TokenStream {
    expand_with(input, |input, errors| {
        model::ColumnType::read(input, errors).map(|newtype| expand::newtype(&newtype))
    })
}

/// `#[derive(Embed)]` on a struct of fields that models share: a field of a model with `#[orm(embed)]` is all of its columns.
///
/// The struct itself takes no attribute. Its fields take those of a model's fields, but for `primary_key`, and cannot be
/// `ManyToMany`; one may be an embed itself. A relation does not lead back.
///
/// # On the field of a model, or of another embed
///
/// | attribute | meaning |
/// |---|---|
/// | `embed` | the columns of the struct; of an `Option`, all of them NULL or none that cannot be |
/// | `prefix = "billing_"` | what is put before the names of its fields and columns |
/// | `renamed_from = "bill_"` | the prefix as it was before, so that a migration renames the columns; `""` for none |
#[proc_macro_derive(Embed, attributes(orm))]
pub fn derive_embed(input: TokenStream) -> TokenStream {
    expand_with(input, |input, errors| {
        model::Model::read_embed(input, errors).map(|embed| expand::embed(&embed))
    })
}

/// `#[derive(Projection)]` on a struct that names what a query reads: `Post::objects().select::<PostCard>()`.
///
/// # On the struct
///
/// | attribute | meaning |
/// |---|---|
/// | `model = Post` | the model whose rows it is read from |
///
/// # On a field
///
/// Without an attribute it is the field of the model with its name.
///
/// | attribute | what is read |
/// |---|---|
/// | `path = author.name` | a field of the row that relations to one lead to; behind one that may lead to no row it is an `Option`. `path = title` is a field of another name |
/// | `expr = \|p\| p.views + 1` | what a closure over the model's fields says: an expression, what related rows come to, a window; in groups, aggregates. A function may stand there too |
/// | `with` | what the relation of its name leads to, as a projection of that model, or whole: `author: AuthorCard`, an `Option` where there may be no row, a `Vec` where there are many. `path = post.author` leads on |
/// | `with = \|p\| p.comments().limit(3)` | the same of a relation that a closure says, filtered, ordered, limited |
/// | `embed` | all columns of an embed: `address: Address`. Behind a relation that may lead to no row it is an `Option`, `None` also where every column of the embed is NULL |
///
/// At most six fields have `with`.
#[proc_macro_derive(Projection, attributes(orm))]
pub fn derive_projection(input: TokenStream) -> TokenStream {
    expand_with(input, |input, errors| {
        model::Projection::read(input, errors).map(|projection| expand::projection(&projection))
    })
}

/// The migrations of a folder, as part of the program: see `orm::migrations`.
#[proc_macro]
pub fn migrations(input: TokenStream) -> TokenStream {
    let folder = match input.is_empty() {
        true => None,
        false => Some(syn::parse_macro_input!(input as syn::LitStr)),
    };
    embedded::embedded(folder)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Its options are `database`, `url`, `migrations` and `migrations_dir`.
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    let expanded = syn::parse::<attr::TestOptions>(options).and_then(|options| {
        let test = syn::parse::<syn::ItemFn>(item).map_err(|error| {
            syn::Error::new(
                error.span(),
                "`#[orm::test]` stands on a function: `fn name(db: Db)`",
            )
        })?;
        expand::test(&options, &test)
    });
    expanded.unwrap_or_else(syn::Error::into_compile_error).into()
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
