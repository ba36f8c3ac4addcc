//! A model by name: its fields, its rows, new rows.

use std::fmt;

use crate::error::{Error, Kind, Result};
use crate::expr::RowSource;
use crate::model::{FieldDef, ModelDef, ModelKey, ModelMeta};
use crate::query::{Field, IntoCondition};
use crate::registry::registry;
use crate::value::{ColumnType, FieldType, Row};

use super::field::{Refusal, field_at, home_of};
use super::{DynBulk, DynDraft, DynRow, DynRows};

/// A model that is known by its description, without its struct: its fields are found by name, and are the same typed
/// [`Field`](crate::query::Field)s that closures are given.
///
/// # Example: for any model of the program
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::dynamic::DynModel;
///
/// for model in DynModel::all()? {
///     println!("{}: {} rows", model.def().key(), model.rows().count(&db).unwrap_or_default());
/// }
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a field of another type is refused by name
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::dynamic::DynModel;
///
/// let posts = DynModel::named("blog.Post")?;
/// assert_eq!(
///     posts.field::<i64>("title").unwrap_err().to_string(),
///     "blog.Post.title holds text, not bigint\nhint: name the type that the field has"
/// );
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct DynModel {
    pub(super) meta: &'static ModelMeta,
    pub(super) home: RowSource,
    /// When the description applies, for messages; empty if it is the current one.
    when: &'static str,
}

impl DynModel {
    /// The program's own model of that name: `blog.Post`.
    ///
    /// # Errors
    /// If there is none, or the models contradict each other.
    ///
    /// # Example: by app and name
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::dynamic::DynModel;
    ///
    /// assert_eq!(DynModel::named("blog.Post")?.rows().count(&db)?, 2);
    /// assert!(DynModel::named("Post").is_err());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn named(name: &str) -> Result<Self> {
        let registry = registry()?;
        let key = ModelKey::try_from(name.to_owned());
        match key.ok().and_then(|key| registry.model(&key)) {
            Some(meta) => DynModel::of(meta, ""),
            None => {
                let known: Vec<String> = registry.models().map(|meta| meta.def.key().to_string()).collect();
                Err(
                    Error::config(format!("there is no model `{name}`")).with_hint(match known.is_empty() {
                        true => "no models are registered".to_owned(),
                        false => format!("there are {}", known.join(", ")),
                    }),
                )
            }
        }
    }

    /// All models of the program, in the order of their names.
    ///
    /// # Errors
    /// If the models contradict each other.
    ///
    /// # Example: their names
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::dynamic::DynModel;
    ///
    /// assert!(DynModel::all()?.iter().any(|model| model.def().name == "Post"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn all() -> Result<Vec<Self>> {
        let mut models: Vec<_> = registry()?.models().collect();
        models.sort_by_key(|meta| meta.def.key());
        models.into_iter().map(|meta| DynModel::of(meta, "")).collect()
    }

    /// The model of a description; `time` says when it applies, for messages (` at this point of the history`).
    ///
    /// # Errors
    /// If there are more models than the program can tell apart.
    pub(crate) fn of(meta: &'static ModelMeta, when: &'static str) -> Result<Self> {
        Ok(DynModel {
            meta,
            home: home_of(meta)?,
            when,
        })
    }

    /// Refuses to write rows of a view.
    pub(super) fn writable(self) -> Result<()> {
        match self.meta.def.view {
            None => Ok(()),
            Some(_) => Err(view_is_read(self.meta)),
        }
    }

    /// The model's description.
    ///
    /// # Example: its table
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(orm::dynamic::DynModel::named("blog.Post")?.def().table_name(), "blog_post");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn def(&self) -> &'static ModelDef {
        &self.meta.def
    }

    /// A field by its name and Rust type: the key's type for a relation, `String` for choices, `Option` if the column
    /// is nullable.
    ///
    /// # Errors
    /// If there is no such field, it is not a column, or it holds another type.
    ///
    /// # Example: a string, a number, a nullable one, a foreign key
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = orm::dynamic::DynModel::named("blog.Post")?;
    /// let (title, views) = (posts.field::<String>("title")?, posts.field::<i64>("views")?);
    /// let (rating, author) = (posts.field::<Option<f64>>("rating")?, posts.field::<i64>("author")?);
    /// assert_eq!(posts.filter(title.eq("Hello") & views.gt(3) & rating.is_not_null() & author.eq(1)).count(&db)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn field<T: ColumnType>(&self, name: &str) -> Result<Field<T>> {
        let position = self.position(name).map_err(Refusal::into_error)?;
        let column = &self.meta.columns[position];
        if T::field_type().without_choices() != column.storage.without_choices() {
            return Err(Error::config(format!(
                "{}.{name} holds {}, not {}",
                self.meta.def.key(),
                in_words(column.storage),
                in_words(T::field_type()),
            ))
            .with_hint(format!("name the type that the field has{}", self.when)));
        }
        if column.null && !T::NULLABLE {
            return Err(
                Error::config(format!("{}.{name} takes NULL", self.meta.def.key()))
                    .with_hint(format!("read it as an Option: `field::<Option<_>>(\"{name}\")`")),
            );
        }
        field_at(*self, position)
    }

    /// The position of a field's column.
    pub(super) fn position(&self, name: &str) -> Result<usize, Refusal> {
        let position = self.meta.columns.iter().position(|column| column.name == name);
        position.ok_or_else(|| self.unknown(name))
    }

    #[cold]
    fn unknown(&self, name: &str) -> Refusal {
        let key = self.meta.def.key();
        let known = || self.meta.columns.iter().map(|column| column.name.as_str());
        let (message, hint) = match self.meta.def.field(name) {
            Some(_) => (
                format!("{key}.{name} is not a column"),
                "rows of a many-to-many relation are in its join table: use the model's struct, or SQL"
                    .to_owned(),
            ),
            None => (
                format!("{key} has no field `{name}`{}", self.when),
                format!("it has {}", known().collect::<Vec<_>>().join(", ")),
            ),
        };
        Refusal {
            kind: Kind::Config,
            message,
            hint,
            field: None,
        }
    }

    /// All rows.
    ///
    /// # Example: all of them
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert_eq!(orm::dynamic::DynModel::named("blog.Post")?.rows().all(&db)?.len(), 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn rows(&self) -> DynRows {
        DynRows::new(*self)
    }

    /// The rows that match a condition.
    ///
    /// # Example: those that are read
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = orm::dynamic::DynModel::named("blog.Post")?;
    /// let views = posts.field::<i64>("views")?;
    /// assert_eq!(posts.filter(views.gt(3)).count(&db)?, 1);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn filter(&self, condition: impl IntoCondition) -> DynRows {
        self.rows().filter(condition)
    }

    /// A new row, with nothing set.
    ///
    /// # Example: a tag
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tags = orm::dynamic::DynModel::named("blog.Tag")?;
    /// let made = tags.create().set(tags.field::<String>("label")?, "new").save(&db)?;
    /// assert_eq!(made.get(tags.field::<i64>("id")?)?, 3);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn create(&self) -> DynDraft {
        DynDraft::new(*self)
    }

    /// Many new rows, all or none of which are inserted.
    ///
    /// # Example: two tags
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tags = orm::dynamic::DynModel::named("blog.Tag")?;
    /// let label = tags.field::<String>("label")?;
    /// let drafts = ["one", "two"].map(|text| tags.create().set(label, text));
    /// assert_eq!(tags.bulk_create(drafts).run(&db)?, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn bulk_create(&self, drafts: impl IntoIterator<Item = DynDraft>) -> DynBulk {
        DynBulk::new(*self, drafts)
    }

    /// The type of the column at a position.
    pub(super) fn def_of(&self, column: usize) -> Option<&'static FieldDef> {
        let column = self.meta.columns.get(column)?;
        self.meta.def.fields.get(column.field)
    }
}

impl crate::plan::Decode for DynModel {
    type Row = DynRow;

    fn decode(&self, row: &Row<'_>) -> Result<DynRow> {
        DynRow::read(*self, row)
    }
}

/// The same model: the same `ModelMeta`, not only the same name.
impl PartialEq for DynModel {
    fn eq(&self, other: &Self) -> bool {
        self.home == other.home
    }
}

impl Eq for DynModel {}

impl fmt::Debug for DynModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DynModel({})", self.meta.def.key())
    }
}

fn in_words(ty: FieldType) -> String {
    format!("{ty:?}").to_lowercase()
}

#[cold]
fn view_is_read(meta: &ModelMeta) -> Error {
    Error::unsupported(format!(
        "{} is a view: its rows are read, and can be neither created, changed nor deleted",
        meta.def.key()
    ))
    .with_hint("change the rows of the models that the view reads")
}
