//! What may be asked by name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ptr;

use crate::error::{Error, Result};
use crate::expr::{Direction, ExprTokens};
use crate::model::{Model, ModelMeta};
use crate::registry::meta;

use super::super::DynModel;
use super::filter::NamedFilter;
use super::order::{NamedOrder, terms};
use super::{BETWEEN, invalid, listed, shown};

/// The filters and orders of a model that somebody else may ask for by name: those of a URL, of a form, of an API. What is not
/// listed does not exist for them, so that neither a password nor a table without an index can be asked for.
///
/// It is made once, and resolves its names then: a name that is not there is an error when the program starts. A name of a request
/// is only looked up in it. Take each name of a request once, as here: what is said a thousand times makes a query of a thousand conditions.
///
/// # Example: what a URL may say
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::dynamic::Allowed;
///
/// let allowed = Allowed::of::<Post>()?
///     .filter("title", ["exact", "icontains"])?
///     .filter("author__name", ["icontains"])?
///     .filter("published_at", ["year", "year__gte", "isnull"])?
///     .filter("tags__label", ["in"])?
///     .order_by(["views", "author__name"])?;
///
/// let mut posts = Post::objects();
/// // ?title__icontains=ell&tags__label__in=rust,sql&order=-views
/// for (name, value) in [("title__icontains", "ell"), ("tags__label__in", "rust,sql"), ("order", "-views")] {
///     posts = match name {
///         "order" => posts.order_by_str(allowed.order(value)?)?,
///         name => posts.filter_str(allowed.lookup(name)?, value)?,
///     };
/// }
/// assert_eq!(posts.all(&db)?[0].title, "Hello");
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: what is not allowed
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::dynamic::Allowed;
///
/// let allowed = Allowed::of::<Post>()?.filter("title", ["icontains"])?;
/// let refused = allowed.lookup("author__email__startswith").unwrap_err();
/// assert!(refused.is_invalid_filter()); // 400
/// assert_eq!(
///     refused.to_string(),
///     "`author__email__startswith` is not a filter\nhint: there is title__icontains"
/// );
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: what is not there
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::dynamic::Allowed;
///
/// let refused = Allowed::of::<Post>()?.filter("titel", ["exact"]).unwrap_err();
/// assert!(refused.to_string().contains("blog.Post has no field `titel`"), "{refused}");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone)]
pub struct Allowed {
    model: &'static ModelMeta,
    filters: BTreeMap<String, NamedFilter>,
    orders: BTreeMap<String, NamedOrder>,
}

impl Allowed {
    /// Nothing is allowed of a model yet.
    ///
    /// # Errors
    /// If the models contradict each other.
    ///
    /// # Example: nothing
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::dynamic::Allowed;
    ///
    /// assert!(Allowed::of::<Post>()?.lookup("title").unwrap_err().is_invalid_filter());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn of<M: Model>() -> Result<Self> {
        Ok(Self::of_meta(meta(M::slot())?))
    }

    /// The same of a model by name.
    ///
    /// # Example: of the model that a URL names
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::dynamic::{Allowed, DynModel};
    ///
    /// let tags = DynModel::named("blog.Tag")?;
    /// let allowed = Allowed::of_model(tags).filter("label", ["exact"])?;
    /// let rows = tags.rows().filter_str(allowed.lookup("label")?, "rust")?.all(&db)?;
    /// assert_eq!(rows[0].get_json("label")?, "rust");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn of_model(model: DynModel) -> Self {
        Self::of_meta(model.meta)
    }

    fn of_meta(model: &'static ModelMeta) -> Self {
        Allowed {
            model,
            filters: BTreeMap::new(),
            orders: BTreeMap::new(),
        }
    }

    /// Allows lookups of a field, or of one that relations lead to: `filter("author__name", ["exact", "icontains"])`. By `exact` the
    /// field is asked for without a lookup, too.
    ///
    /// # Errors
    /// If there is no such field, or it has no such lookup.
    ///
    /// # Example: lookups of one field
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::dynamic::Allowed;
    ///
    /// let allowed = Allowed::of::<Post>()?.filter("views", ["exact", "gte", "lte"])?;
    /// assert!(allowed.lookup("views").is_ok() && allowed.lookup("views__exact").is_ok());
    /// assert!(Allowed::of::<Post>()?.filter("views", ["icontains"]).is_err());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn filter<S: AsRef<str>>(mut self, path: &str, lookups: impl IntoIterator<Item = S>) -> Result<Self> {
        for lookup in lookups {
            let lookup = lookup.as_ref();
            let name = format!("{path}{BETWEEN}{lookup}");
            let filter = NamedFilter::resolve(self.model, &name)?;
            if lookup == "exact" {
                self.filters.insert(path.to_owned(), filter.clone());
            }
            self.filters.insert(name, filter);
        }
        Ok(self)
    }

    /// Allows orders by fields, up and down.
    ///
    /// # Errors
    /// If there is no such field, it has no order, or relations lead to many rows with it.
    ///
    /// # Example: by a column, and by one of a related row
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::dynamic::Allowed;
    ///
    /// let allowed = Allowed::of::<Post>()?.order_by(["views", "author__name"])?;
    /// assert!(allowed.order("author__name,-views").is_ok());
    /// assert!(Allowed::of::<Post>()?.order_by(["tags__label"]).is_err());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn order_by<S: AsRef<str>>(mut self, paths: impl IntoIterator<Item = S>) -> Result<Self> {
        for path in paths {
            let name = path.as_ref();
            self.orders
                .insert(name.to_owned(), NamedOrder::resolve(self.model, name)?);
        }
        Ok(self)
    }

    /// The lookup of that name, for [`filter_str`](crate::queries::QuerySet::filter_str).
    ///
    /// # Errors
    /// [`is_invalid_filter`](Error::is_invalid_filter) if it is not allowed: the message has the name and what is allowed.
    ///
    /// # Example: by what a URL says
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::dynamic::Allowed;
    ///
    /// let allowed = Allowed::of::<Author>()?.filter("name", ["istartswith"])?;
    /// let found = Author::objects().filter_str(allowed.lookup("name__istartswith")?, "a")?.get(&db)?;
    /// assert_eq!(found.name, "Ann");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn lookup(&self, name: &str) -> Result<AllowedLookup<'_>> {
        match self.filters.get_key_value(name) {
            Some((name, filter)) => Ok(AllowedLookup {
                list: self,
                name,
                filter,
            }),
            None => {
                let error = invalid(name, format!("`{}` is not a filter", shown(name)));
                Err(error.with_hint(listed(&self.filters, "nothing can be filtered by")))
            }
        }
    }

    /// The order of these names, for [`order_by_str`](crate::queries::QuerySet::order_by_str): `"-author__name,title"`, of which each
    /// occurs once.
    ///
    /// # Errors
    /// [`is_invalid_filter`](Error::is_invalid_filter) if one of them is not allowed, or occurs twice.
    ///
    /// # Example: by what a URL says
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::dynamic::Allowed;
    ///
    /// let allowed = Allowed::of::<Post>()?.order_by(["views"])?;
    /// assert_eq!(Post::objects().order_by_str(allowed.order("-views")?)?.all(&db)?[0].views, 7);
    /// assert!(allowed.order("body").unwrap_err().is_invalid_filter());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn order(&self, order: &str) -> Result<AllowedOrder<'_>> {
        let mut named = BTreeSet::new();
        let mut known = Vec::new();
        for (name, direction) in terms(order) {
            let Some(term) = self.orders.get(name) else {
                let error = invalid(name, format!("`{}` is not an order", shown(name)));
                return Err(error.with_hint(listed(&self.orders, "there are no orders")));
            };
            if !named.insert(name) {
                return Err(invalid(name, format!("`{name}` occurs twice in the order")));
            }
            known.push((term, direction));
        }
        Ok(AllowedOrder {
            list: self,
            terms: known,
        })
    }

    /// That it is of that model.
    fn is_of(&self, model: &'static ModelMeta) -> Result<()> {
        match ptr::eq(self.model, model) {
            true => Ok(()),
            false => Err(Error::config(format!(
                "what is allowed of {} is used in a query of {}",
                self.model.def.key(),
                model.def.key()
            ))
            .with_hint("make a list for each model")),
        }
    }
}

impl fmt::Debug for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Allowed")
            .field("model", &self.model.def.key())
            .field("filters", &self.filters.keys())
            .field("orders", &self.orders.keys())
            .finish()
    }
}

/// A lookup that is allowed, from [`Allowed::lookup`].
///
/// # Example: the name it has
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::dynamic::{Allowed, AllowedLookup};
///
/// let allowed = Allowed::of::<Post>()?.filter("title", ["iexact"])?;
/// let lookup: AllowedLookup = allowed.lookup("title__iexact")?;
/// assert_eq!(Post::objects().filter_str(lookup, "hello")?.count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct AllowedLookup<'a> {
    list: &'a Allowed,
    name: &'a str,
    filter: &'a NamedFilter,
}

impl<'a> AllowedLookup<'a> {
    pub(super) fn name(self) -> &'a str {
        self.name
    }

    /// The filter, for a query of that model.
    pub(super) fn of(self, model: &'static ModelMeta) -> Result<&'a NamedFilter> {
        self.list.is_of(model).map(|()| self.filter)
    }
}

impl fmt::Debug for AllowedLookup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AllowedLookup({})", self.name)
    }
}

/// An order that is allowed, from [`Allowed::order`].
///
/// # Example: kept until the query is made
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::dynamic::{Allowed, AllowedOrder};
///
/// let allowed = Allowed::of::<Post>()?.order_by(["title"])?;
/// let order: AllowedOrder = allowed.order("-title")?;
/// assert_eq!(Post::objects().order_by_str(order)?.all(&db)?[0].title, "Later");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone)]
pub struct AllowedOrder<'a> {
    list: &'a Allowed,
    terms: Vec<(&'a NamedOrder, Direction)>,
}

impl AllowedOrder<'_> {
    pub(super) fn tokens(&self, model: &'static ModelMeta) -> Result<ExprTokens> {
        self.list.is_of(model)?;
        let mut order = ExprTokens::default();
        for (term, direction) in &self.terms {
            term.append(*direction, &mut order);
        }
        Ok(order)
    }
}

impl fmt::Debug for AllowedOrder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AllowedOrder of {} fields", self.terms.len())
    }
}
