//! What the rows of a query have when they are copied out: names and types of their values.

use crate::error::{Error, Kind, Result};
use crate::expr::{ColumnRef, ListItem, Node, decode};
use crate::model::ModelMeta;
use crate::plan::load::ProjectionLoads;
use crate::plan::{Output, Projected, Projection};
use crate::query::{Rows, Select, Selection, Tuples, target};
use crate::value::FieldType;

/// A value of each row.
#[derive(Debug)]
pub struct CopiedColumn {
    /// `None` of one that is computed.
    pub name: Option<String>,
    /// What it is stored as.
    pub ty: FieldType,
}

/// A form of results that is [copied out](crate::queries::QuerySet::copy_out): whole rows, [`values`](crate::queries::QuerySet::values), and
/// [projections](crate::Projection) of values.
///
/// # Example: in the signature of a function
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::Model;
/// use orm::queries::{CopiedOut, CopyFormat};
///
/// fn export<M: Model, O: CopiedOut + Clone + Send + 'static>(query: QuerySet<M, O>, db: &Db) -> orm::Result<Vec<u8>> {
///     let mut out = Vec::new();
///     query.copy_out(CopyFormat::Csv).write_to(db, &mut out)?;
///     Ok(out)
/// }
/// assert!(export(Tag::objects(), &db)?.starts_with(b"id,label\n"));
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "rows with others beside them are not copied out",
    label = "expected whole rows, `.values(..)` or `.select::<..>()`",
    note = "a line has one value for each column: write `.values(|p| (p.title, p.author().name))` instead of `.with(..)` or `.annotate(..)`"
)]
pub trait CopiedOut: Output {
    /// What a row has, in the order in which it is read.
    ///
    /// # Errors
    /// If it has something else than values.
    #[doc(hidden)]
    fn copied_columns(meta: &'static ModelMeta, select: &Select) -> Result<Vec<CopiedColumn>>;
}

impl CopiedOut for Rows<()> {
    fn copied_columns(meta: &'static ModelMeta, _: &Select) -> Result<Vec<CopiedColumn>> {
        let columns = meta.columns.iter().map(|column| CopiedColumn {
            name: Some(column.column.clone()),
            ty: column.storage,
        });
        Ok(columns.collect())
    }
}

impl<S: Selection + 'static> CopiedOut for Tuples<S> {
    fn copied_columns(meta: &'static ModelMeta, select: &Select) -> Result<Vec<CopiedColumn>> {
        let values = decode(select.groups().columns.tokens(), 0)?;
        let mut names = values.iter().map(|value| match value {
            ListItem::Plain(Node::Column(column)) => name_of(*column, meta),
            _ => Ok(None),
        });
        let columns = S::types().into_iter().map(|ty| {
            Ok(CopiedColumn {
                name: names.next().transpose()?.flatten(),
                ty: stored(ty)?,
            })
        });
        columns.collect()
    }
}

impl<P: Projection> CopiedOut for Projected<P> {
    fn copied_columns(_: &'static ModelMeta, _: &Select) -> Result<Vec<CopiedColumn>> {
        if P::NAMES.is_empty() {
            return Err(
                Error::unsupported("a projection with relations or embeds is not copied out").with_hint(
                    "a line has one value for each column: name single values, as by #[orm(path = author.name)]",
                ),
            );
        }
        let columns = P::NAMES.split(',').zip(ProjectionLoads::<P>::types()?);
        let columns = columns.map(|(name, ty)| {
            Ok(CopiedColumn {
                name: Some(name.to_owned()),
                ty: stored(ty)?,
            })
        });
        columns.collect()
    }
}

fn stored(ty: Option<FieldType>) -> Result<FieldType> {
    ty.ok_or_else(|| Error::unsupported("the key of several columns is not a value that is copied out"))
}

fn name_of(column: ColumnRef, meta: &'static ModelMeta) -> Result<Option<String>> {
    let model = target(column.source.path())?.unwrap_or(meta);
    let found = model.columns.get(usize::from(column.position));
    Ok(found.map(|column| column.column.clone()))
}

/// The names for the first line.
///
/// # Errors
/// If a value has none, or two have the same.
pub(super) fn names(columns: &[CopiedColumn]) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::with_capacity(columns.len());
    for (at, column) in columns.iter().enumerate() {
        let Some(name) = &column.name else {
            return Err(needs_names(format!(
                "value {} has no name: it is computed",
                at + 1
            )));
        };
        if names.contains(name) {
            return Err(needs_names(format!("two values are named `{name}`")));
        }
        names.push(name.clone());
    }
    Ok(names)
}

#[cold]
fn needs_names(what: String) -> Error {
    Error::new(Kind::Config, what)
        .with_hint("name all of them: .names([\"id\", \"title\"]); or leave the line out: .without_names()")
}
