//! Functions that migrations run by name.

use super::MigrationContext;
use crate::error::{Error, Result};
use crate::migrate::state::ProjectState;
use crate::schema::FunctionStep;

/// A function that a migration can run, as [`data_migration!`](crate::data_migration) registers it.
///
/// # Example: what `data_migration!` makes of a function
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::historical::DataMigration;
///
/// fn nothing(_: &orm::migrate::MigrationContext<'_>) -> orm::Result<()> {
///     Ok(())
/// }
/// let registered = DataMigration { name: "blog.nothing", run: nothing, location: "src/migrations.rs:7" };
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct DataMigration {
    /// The name that migrations call it by.
    pub name: &'static str,
    /// The function.
    pub run: fn(&MigrationContext<'_>) -> Result<()>,
    /// File and line, for messages.
    pub location: &'static str,
}

/// Every `orm::data_migration!` linked into the program.
#[doc(hidden)]
#[linkme::distributed_slice]
pub static DATA_MIGRATIONS: [DataMigration];

/// Registers a function under the name that a `RunRust` operation calls it by.
///
/// The function runs inside the migration's transaction, with the models of that point of the history. It has to be
/// linked into the program that migrates: the one that calls [`migrate`](crate::migrate::migrate) or has the command
/// line built in.
///
/// ```
/// use orm::migrate::MigrationContext;
///
/// orm::data_migration!("blog.fill_slugs", fill_slugs);
///
/// fn fill_slugs(ctx: &MigrationContext<'_>) -> orm::Result<()> {
///     let posts = ctx.model("blog.Post")?;
///     let (title, slug) = (posts.field::<String>("title")?, posts.field::<String>("slug")?);
///     posts.filter(slug.eq("")).chunks(1_000, |rows| {
///         for mut post in rows {
///             let text = post.get(title)?.to_lowercase().replace(' ', "-");
///             post.set(slug, text)?;
///             post.save()?;
///         }
///         Ok(())
///     })?;
///     Ok(())
/// }
/// # fn main() {}
/// ```
///
/// ```toml
/// [[operations]]
/// kind = "RunRust"
/// forward = "blog.fill_slugs"
/// ```
#[macro_export]
macro_rules! data_migration {
    ($name:literal, $function:path) => {
        const _: () = {
            #[$crate::__private::linkme::distributed_slice($crate::__private::DATA_MIGRATIONS)]
            #[linkme(crate = $crate::__private::linkme)]
            static FUNCTION: $crate::__private::DataMigration = $crate::__private::DataMigration {
                name: $name,
                run: $function,
                location: ::core::concat!(::core::file!(), ":", ::core::line!()),
            };
        };
    };
}

/// The function of that name.
///
/// # Errors
/// If there is none, or more than one.
pub(in crate::migrate) fn find(name: &str) -> Result<&'static DataMigration> {
    let found: Vec<&DataMigration> = DATA_MIGRATIONS
        .iter()
        .filter(|function| function.name == name)
        .collect();
    match found[..] {
        [function] => Ok(function),
        [] => Err(unknown(name, &registered())),
        _ => {
            let places: Vec<&str> = found.iter().map(|function| function.location).collect();
            Err(Error::config(format!(
                "{} functions are registered as `{name}`: {}",
                found.len(),
                places.join(", ")
            ))
            .with_hint("give each orm::data_migration! a name of its own"))
        }
    }
}

fn registered() -> Vec<&'static str> {
    let mut names: Vec<&str> = DATA_MIGRATIONS.iter().map(|function| function.name).collect();
    names.sort_unstable();
    names
}

/// The function of that name as a step of a migration of `app`, with the models of `state`. It is looked for when it
/// runs, so that a program without it can still show what a migration does.
pub(in crate::migrate) fn step(name: &str, app: &str, state: ProjectState) -> FunctionStep {
    let (wanted, app) = (name.to_owned(), app.to_owned());
    FunctionStep::new(name, move |session| {
        let function = find(&wanted)?;
        (function.run)(&MigrationContext::new(session, &state, &app))
            .map_err(|error| error.context(function.location))
    })
}

fn unknown(name: &str, known: &[&str]) -> Error {
    let error = Error::migration(format!("no function is registered as `{name}` in this program"));
    match known {
        [] => error.with_hint(
            "none is: apply it by a program that links the function (registered with orm::data_migration!), such as one \
             of your own whose main is `orm_cli::main!();`",
        ),
        known => error.with_hint(format!("registered are {}", known.join(", "))),
    }
}
