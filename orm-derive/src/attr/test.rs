//! The options of `#[orm::test(..)]`.

use proc_macro2::Ident;
use syn::Expr;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{LitStr, Token};

use super::{once, unknown, value};

/// How the database of a test is made.
#[derive(Default)]
pub(crate) struct TestOptions {
    /// The name of a database in the settings.
    pub(crate) database: Option<LitStr>,
    /// The address of a database.
    pub(crate) url: Option<Expr>,
    /// A `Result<Migrations>`.
    pub(crate) migrations: Option<Expr>,
    /// The folder of the migrations.
    pub(crate) migrations_dir: Option<Expr>,
}

const KNOWN: &[&str] = &["database", "url", "migrations", "migrations_dir"];

impl Parse for TestOptions {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = TestOptions::default();
        while !input.is_empty() {
            let name = Ident::parse_any(input)?;
            match name.to_string().as_str() {
                "database" => once(
                    &mut options.database,
                    &name,
                    value(&name, input, "database = \"reports\"")?,
                )?,
                "url" => once(
                    &mut options.url,
                    &name,
                    value(&name, input, "url = \"sqlite::memory:\"")?,
                )?,
                "migrations" => once(
                    &mut options.migrations,
                    &name,
                    value(&name, input, "migrations = blog::migrations()")?,
                )?,
                "migrations_dir" => {
                    let folder = value(&name, input, "migrations_dir = \"../blog/migrations\"")?;
                    once(&mut options.migrations_dir, &name, folder)?;
                }
                _ => return Err(unknown(&name, "`#[orm::test]`", KNOWN)),
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}
