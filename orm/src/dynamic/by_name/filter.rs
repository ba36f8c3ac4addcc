//! Filters by name: a path, a lookup, and a value.

use crate::error::Result;
use crate::expr::ExprTokens;
use crate::model::ModelMeta;

use super::document::DocumentLookup;
use super::lookup::NamedLookup;
use super::path::NamedPath;
use super::value::Given;
use super::{AllowedLookup, in_model};

/// A path and a lookup.
#[derive(Clone)]
pub(super) struct NamedFilter {
    path: NamedPath,
    lookup: Lookup,
}

/// What stands behind the path.
#[derive(Clone)]
enum Lookup {
    OfColumn(NamedLookup),
    OfDocument(DocumentLookup),
}

impl NamedFilter {
    /// The filter of that name.
    ///
    /// # Errors
    /// If there is no such field, or it has no such lookup.
    pub fn resolve(model: &'static ModelMeta, name: &str) -> Result<Self> {
        let (path, rest) = NamedPath::resolve(model, name).map_err(|error| in_model(error, model, name))?;
        let lookup = Lookup::parse(&path, rest).map_err(|error| in_model(error, model, name))?;
        Ok(NamedFilter { path, lookup })
    }

    /// The condition with a value.
    ///
    /// # Errors
    /// If it is not a value of the field.
    pub fn condition(&self, name: &str, given: Given<'_>) -> Result<ExprTokens> {
        let lookup = match &self.lookup {
            Lookup::OfColumn(lookup) => lookup,
            Lookup::OfDocument(lookup) => return Ok(self.path.condition(lookup.condition(name, given)?)),
        };
        let compared = lookup.compare(name, given)?;
        let of_rows = compared.exists.and_then(|exist| self.path.rows_exist(exist));
        Ok(of_rows.unwrap_or_else(|| self.path.condition(|column| compared.of(column))))
    }
}

impl Lookup {
    fn parse(path: &NamedPath, text: &str) -> Result<Self> {
        match DocumentLookup::parse(path, text)? {
            Some(lookup) => Ok(Lookup::OfDocument(lookup)),
            None => Ok(Lookup::OfColumn(NamedLookup::parse(path, text)?)),
        }
    }
}

/// What [`filter_str`](crate::queries::QuerySet::filter_str) takes: a name that the program itself wrote, or one that a list of
/// what is [allowed](super::Allowed) has.
///
/// A name in the program is `&'static str`, as SQL of a program is, and may be of any field. One that comes from outside is not:
/// otherwise `?author__password__startswith=a` would tell a password letter by letter.
///
/// # Example: of the program, and of a request
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::dynamic::Allowed;
///
/// let allowed = Allowed::of::<Post>()?.filter("title", ["icontains"])?;
/// # let name = String::from("title__icontains");
/// let posts = Post::objects().filter_str("views__gt", "3")?.filter_str(allowed.lookup(&name)?, "ell")?;
/// assert_eq!(posts.count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a name of a request has to be allowed
///
/// ```compile_fail,E0597
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let name = String::from("author__email__startswith"); // `allowed.lookup(&name)?`
/// Post::objects().filter_str(name.as_str(), "a")?.all(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a filter by name",
    label = "expected a name in the program such as `\"title__icontains\"`, or one that is allowed",
    note = "a name from outside is looked up in a list: `let allowed = Allowed::of::<Post>()?.filter(\"title\", [\"icontains\"])?`, then \
            `filter_str(allowed.lookup(&name)?, value)`"
)]
pub trait IntoLookup {
    #[doc(hidden)]
    fn into_condition(self, model: &'static ModelMeta, given: Given<'_>) -> Result<ExprTokens>;
}

impl IntoLookup for &'static str {
    fn into_condition(self, model: &'static ModelMeta, given: Given<'_>) -> Result<ExprTokens> {
        NamedFilter::resolve(model, self)?.condition(self, given)
    }
}

impl IntoLookup for AllowedLookup<'_> {
    fn into_condition(self, model: &'static ModelMeta, given: Given<'_>) -> Result<ExprTokens> {
        self.of(model)?.condition(self.name(), given)
    }
}
