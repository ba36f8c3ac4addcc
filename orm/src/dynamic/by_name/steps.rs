//! The steps of queries that take names.

use crate::error::Result;
use crate::expr::Function;
use crate::model::Model;
use crate::query::QuerySet;
use crate::registry::meta;

use super::super::DynRows;
use super::{IntoLookup, IntoNamedOrder, LookupValue};

impl<M: Model, O> QuerySet<M, O> {
    /// Only rows that match a filter by name, too: `filter_str("author__name__icontains", "ann")`. It is the query that
    /// `filter(|p| p.author().name.icontains("ann"))` is, with the same SQL; names, lookups and values are those of
    /// [rows by name](crate::dynamic#filters-and-orders-by-name).
    ///
    /// A name in the program may be of any field; one from outside has to be [allowed](crate::dynamic::Allowed).
    ///
    /// Behind a relation to many rows it is a condition on one of them, `EXISTS (SELECT ..)`, so that no row is repeated. Two calls
    /// are two conditions, as in Django: each may be true of another of these rows.
    ///
    /// # Errors
    /// If there is no such field or lookup; [`is_invalid_filter`](crate::Error::is_invalid_filter) if the field does not take the value.
    ///
    /// # Example: over a relation
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = Post::objects().filter_str("author__name__icontains", "ann")?.filter_str("tags__label", "rust")?;
    /// let typed = Post::objects()
    ///     .filter(|p| p.author().name.icontains("ann"))
    ///     .filter(|p| p.tags().any(|t| t.label.eq("rust")));
    /// assert_eq!(posts.clone().sql(db.dialect())?, typed.clone().sql(db.dialect())?);
    /// assert_eq!(posts.all(&db)?, typed.all(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a value of another type
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Post::objects().filter_str("views__gt", "many").unwrap_err();
    /// assert!(refused.is_invalid_filter());
    /// assert!(refused.to_string().starts_with("`views__gt` takes a whole number"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn filter_str(mut self, lookup: impl IntoLookup, value: impl LookupValue) -> Result<Self> {
        let condition = lookup.into_condition(meta(M::slot())?, value.given())?;
        self.select.filter.and(condition);
        Ok(self)
    }

    /// Only rows that do not match a filter by name, as [`exclude`](QuerySet::exclude) leaves them out.
    ///
    /// # Errors
    /// As [`filter_str`](QuerySet::filter_str).
    ///
    /// # Example: all but
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let others = Post::objects().exclude_str("tags__label", "rust")?.all(&db)?;
    /// assert_eq!(others[0].title, "Later");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn exclude_str(mut self, lookup: impl IntoLookup, value: impl LookupValue) -> Result<Self> {
        let mut condition = lookup.into_condition(meta(M::slot())?, value.given())?;
        condition.call(Function::Not, 1);
        self.select.filter.and(condition);
        Ok(self)
    }

    /// Orders the rows by names, `"-author__name,title"`: a `-` puts the greatest first. It is the query that
    /// `order_by(|p| (p.author().name.desc(), p.title))` is, and replaces an order as that does.
    ///
    /// # Errors
    /// If there is no such field, relations lead to many rows with it, or it has no order.
    ///
    /// # Example: the greatest first
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(Post::objects().order_by_str("author__name,-views")?.all(&db)?[0].views, 7);
    /// assert!(Post::objects().order_by_str("tags__label").is_err());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn order_by_str(mut self, order: impl IntoNamedOrder) -> Result<Self> {
        self.select.order = order.into_order(meta(M::slot())?)?;
        self.select.reversed = false;
        self.select.name_order();
        Ok(self)
    }
}

impl DynRows {
    /// Only rows that match a filter by name, too: see [filters and orders by name](crate::dynamic#filters-and-orders-by-name).
    ///
    /// # Errors
    /// As [`QuerySet::filter_str`]. Of a model of an older state names are those of its own columns.
    ///
    /// # Example: rows as JSON, by names and values that are data
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = orm::dynamic::DynModel::named("blog.Post")?;
    /// let found = posts.rows().filter_str("author__name__istartswith", "a")?.filter_str("views__gte", "7")?.get(&db)?;
    /// assert_eq!(found.get_json("title")?, "Hello");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn filter_str(mut self, lookup: impl IntoLookup, value: impl LookupValue) -> Result<Self> {
        let condition = lookup.into_condition(self.model.meta, value.given())?;
        self.select.filter.and(condition);
        Ok(self)
    }

    /// Only rows that do not match a filter by name.
    ///
    /// # Errors
    /// As [`filter_str`](DynRows::filter_str).
    ///
    /// # Example: all but one
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tags = orm::dynamic::DynModel::named("blog.Tag")?;
    /// assert_eq!(tags.rows().exclude_str("label", "rust")?.count(&db)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn exclude_str(mut self, lookup: impl IntoLookup, value: impl LookupValue) -> Result<Self> {
        let mut condition = lookup.into_condition(self.model.meta, value.given())?;
        condition.call(Function::Not, 1);
        self.select.filter.and(condition);
        Ok(self)
    }

    /// Orders the rows by names: see [`QuerySet::order_by_str`].
    ///
    /// # Errors
    /// As [`QuerySet::order_by_str`].
    ///
    /// # Example: the greatest first
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = orm::dynamic::DynModel::named("blog.Post")?;
    /// let rows = posts.rows().order_by_str("-author__name,-views")?.all(&db)?;
    /// assert_eq!(rows[0].get_json("views")?, 7);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn order_by_str(mut self, order: impl IntoNamedOrder) -> Result<Self> {
        self.select.order = order.into_order(self.model.meta)?;
        Ok(self)
    }
}
