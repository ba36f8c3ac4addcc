//! Pages of rows by name.

use crate::error::Error;
use crate::plan::{Executor, Page, PageJob};
use crate::registry::registry;

use super::{DynRow, DynRows};

impl DynRows {
    /// One page of the rows and the number of all, in one statement: see [`QuerySet::page`](crate::queries::QuerySet::page).
    ///
    /// # Errors
    /// If the number or the size is 0; [`is_unsupported`](Error::is_unsupported) if the rows have a limit or an offset, or are those of
    /// an older state of a model; as [`all`](DynRows::all).
    ///
    /// # Example: for an admin page
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = orm::dynamic::DynModel::named("blog.Post")?;
    /// let page = posts.rows().order_by_str("-views")?.page(1, 1, &db)?;
    /// assert_eq!((page.rows[0].get_json("title")?, page.total, page.pages()), ("Hello".into(), 2, 2));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn page<'e, E: Executor<'e>>(self, number: u64, size: u64, db: E) -> E::Out<Page<DynRow>> {
        let meta = self.model.meta;
        let job = registry().and_then(|registry| {
            let slot = registry.slot(meta).ok_or_else(|| {
                Error::unsupported(format!(
                    "{} is not a model of the program, and has no pages",
                    meta.def.key()
                ))
                .with_hint("use limit() and offset(), or chunks()")
            })?;
            PageJob::new(self, slot, number, size)
        });
        db.run(job, Ok)
    }
}
