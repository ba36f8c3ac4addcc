//! Primary keys: one column, or a composite of several.

use std::hash::Hash;

use crate::error::{Error, Kind, Result};
use crate::value::{Cell, ColumnType, FieldType, Value};

/// What can be the primary key of a model: the type of a column that can be compared and hashed, or a tuple of such types.
///
/// # Example: a map by key
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::Model;
/// use std::collections::HashMap;
///
/// let posts: HashMap<i64, Post> = Post::objects().all(&db)?.into_iter().map(|post| (post.key(), post)).collect();
/// assert_eq!(posts[&1].title, "Hello");
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a primary key",
    label = "expected the type of a column that can be compared and hashed, or a tuple of such types",
    note = "a key is a whole number such as i64, String, Uuid or another type that columns can hold and that is Eq and Hash"
)]
pub trait PrimaryKey: Clone + Eq + Hash + Send + Sync + 'static {
    /// Whether it is one column or a composite.
    #[doc(hidden)]
    type Width;
    /// The key's values, in column order.
    #[doc(hidden)]
    type Values: AsRef<[Value<'static>]> + IntoIterator<Item = Value<'static>> + Send + 'static;

    /// The values to bind, one per column.
    #[doc(hidden)]
    fn values(&self) -> Self::Values;

    /// The value to bind, for a key of one column.
    #[doc(hidden)]
    fn value(&self) -> Value<'_>;

    /// Reads a key of one column.
    #[doc(hidden)]
    fn from_cell(cell: Cell<'_>) -> Result<Self>;

    #[doc(hidden)]
    fn stored_type() -> Option<FieldType>;
}

/// The width of a primary key of one column.
#[doc(hidden)]
pub struct Single;

/// The width of a composite primary key.
#[doc(hidden)]
pub struct Composite;

/// Primary keys that a foreign key, which is one column, can refer to.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a foreign key that is a field cannot refer to a model with a composite primary key",
    label = "this model has a primary key of several fields",
    note = "it is one column: give that model a key of one field, such as `id: i64`, and keep the others unique with \
            #[orm(unique(\"first\", \"second\"))] on its struct",
    note = "or point at all fields of the key: a foreign key over several columns is #[orm(foreign_key(..))] on the struct"
)]
pub trait SingleColumnKey {}

impl SingleColumnKey for Single {}

impl<T: ColumnType + Clone + Eq + Hash> PrimaryKey for T {
    type Width = Single;
    type Values = [Value<'static>; 1];

    #[inline]
    fn values(&self) -> Self::Values {
        [self.encode().into_owned()]
    }

    #[inline]
    fn value(&self) -> Value<'_> {
        self.encode()
    }

    #[inline]
    fn from_cell(cell: Cell<'_>) -> Result<Self> {
        Self::decode(cell)
    }

    fn stored_type() -> Option<FieldType> {
        <T as ColumnType>::stored_type()
    }
}

/// What a foreign key to `M` holds: [`Primary`], if it points at the primary key, or the type of the unique column that
/// `#[orm(to = "..")]` names.
///
/// # Example: parcels that say their country by its code
///
/// ```standalone_crate
/// use orm::prelude::*;
///
/// #[derive(Model, Debug, Clone, PartialEq)]
/// pub struct Country {
///     pub id: i64,
///     #[orm(unique)]
///     pub code: String,
///     pub name: String,
/// }
///
/// #[derive(Model, Debug)]
/// pub struct Parcel {
///     pub id: i64,
///     #[orm(to = "code", on_delete = Cascade, related_name = "parcels")]
///     pub country: ForeignKey<Country, String>, // REFERENCES country (code)
/// }
/// # fn main() -> orm::Result<()> {
/// # let db = Db::connect("sqlite::memory:")?;
/// # let models: Vec<_> = orm::models::registry()?.models().map(|model| model.def.clone()).collect();
/// # use orm::migrate::{make_migrations, migrate, MakeOptions, MigrateOptions, Migrations, Target};
/// # let new = make_migrations(&models, &Migrations::default(), &MakeOptions::default())?;
/// # let files: Vec<(String, String)> = new.into_iter().map(|new| (new.path.display().to_string(), new.text)).collect();
/// # let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
/// # migrate(&mut db.session()?, &Migrations::from_embedded(&files)?, &Target::Latest, &MigrateOptions::default(), &mut |_| {})?;
///
/// let chile = Country::create().code("CL").name("Chile").save(&db)?;
/// Parcel::create().country(&chile).save(&db)?; // the row, or
/// let parcel = Parcel::create().country("CL").save(&db)?; // what it has in that column
/// assert_eq!(parcel.country.id(), "CL");
/// assert_eq!(parcel.country().get(&db)?, chile);
/// assert_eq!(chile.parcels().count(&db)?, 2);
/// assert_eq!(Parcel::objects().filter(|p| p.country().name.eq("Chile")).count(&db)?, 2);
/// # Ok(())
/// # }
/// ```
///
/// # Example: the two types have to agree
///
/// ```compile_fail,E0277
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # pub struct Country {
/// #     pub id: i64,
/// #     #[orm(unique)]
/// #     pub code: String,
/// # }
/// #[derive(Model)]
/// pub struct Parcel {
///     pub id: i64,
///     #[orm(to = "code")]
///     pub country: ForeignKey<Country, i64>, // `code` is a `String`
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a foreign key to `{M}` cannot hold `{Self}`",
    label = "expected the type of a column that can be compared and hashed",
    note = "write the type of the column that `to` names: `#[orm(to = \"code\")] country: ForeignKey<Country, String>`; it is not an `Option`"
)]
pub trait KeyTo<M: super::Model>: Send + Sync + 'static {
    /// The type of the key.
    #[doc(hidden)]
    type Key: PrimaryKey;
}

/// That a foreign key points at the primary key, as it does if nothing else is said: `ForeignKey<Author>` is
/// `ForeignKey<Author, Primary>`.
///
/// # Example: the two are one type
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let author: ForeignKey<Author, orm::fields::Primary> = Post::get(1, &db)?.author;
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Primary;

impl<M: super::Model> KeyTo<M> for Primary {
    type Key = M::Key;
}

impl<M: super::Model, T: ColumnType<Base = T> + Clone + Eq + Hash> KeyTo<M> for T {
    type Key = T;
}

/// Columns that a foreign key that holds `K` can point at.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a foreign key that holds `{K}` cannot point at a column of type `{Self}`",
    label = "the type of that column is the second parameter of the foreign key"
)]
pub trait PointedAtBy<K> {}

impl<T: ColumnType> PointedAtBy<T::Base> for T {}

/// Foreign keys, which hold what they point at holds.
#[doc(hidden)]
pub trait HoldsKey {
    /// What they hold.
    type Key;
}

/// Columns that can hold the same as one that holds `K`: alike, or as a foreign key that does.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a field that holds `{K}` cannot point at a column of type `{Self}`",
    label = "this is over fields of different types",
    note = "each field of a foreign key has the type of the one that it points at, apart from `Option`"
)]
pub trait PairedWith<K, How> {}

/// How a column holds it: it is of that type.
#[doc(hidden)]
pub struct Alike;

/// How a column holds it: it is a foreign key.
#[doc(hidden)]
pub struct AsKey;

impl<T: ColumnType> PairedWith<T::Base, Alike> for T {}

impl<T: ColumnType<Base: HoldsKey>> PairedWith<<T::Base as HoldsKey>::Key, AsKey> for T {}

/// Composite primary keys whose columns hold the same as these fields, in order.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a foreign key over fields that hold `{Own}` cannot point at the primary key `{Self}`",
    label = "expected as many fields of the same types, in the order of the primary key",
    note = "name the fields that it points at, if they are others: `to_fields(\"country\", \"code\")`"
)]
pub trait KeyPairedWith<Own, How> {}

/// What functions take as a primary key: the key itself, or a value that converts into it, component by component.
///
/// # Example: a number, and what becomes one
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert_eq!(Post::get(1, &db)?.id, 1);
/// assert_eq!(Post::get(1_i16, &db)?.id, 1);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the primary key of this model, which is `{K}`",
    label = "expected `{K}`"
)]
pub trait IntoKey<K> {
    /// The key.
    ///
    /// # Example: a smaller number
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::fields::IntoKey;
    ///
    /// let key: i64 = 7_i32.into_key();
    /// assert_eq!(key, 7);
    /// # Ok::<(), orm::Error>(())
    /// ```
    fn into_key(self) -> K;
}

#[diagnostic::do_not_recommend]
impl<K: ColumnType, V: Into<K>> IntoKey<K> for V {
    #[inline]
    fn into_key(self) -> K {
        self.into()
    }
}

macro_rules! several {
    ($($count:literal: $($name:ident $from:ident $how:ident $at:tt),+;)+) => {$(
        impl<$($name: ColumnType + Clone + Eq + Hash),+> PrimaryKey for ($($name,)+) {
            type Width = Composite;
            type Values = [Value<'static>; $count];

            fn values(&self) -> Self::Values {
                [$(self.$at.encode().into_owned()),+]
            }

            // Only a many-to-many field takes it, as a row at its end.
            fn value(&self) -> Value<'_> {
                Value::List(self.values().to_vec())
            }

            // A field that is a foreign key to a model with this primary key does not compile, or is refused by the registry.
            fn from_cell(_: Cell<'_>) -> Result<Self> {
                Err(Error::new(Kind::Decode, "a composite primary key is not a column"))
            }

            fn stored_type() -> Option<FieldType> {
                None
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($name: ColumnType + PairedWith<$from, $how>, $from, $how),+> KeyPairedWith<($($from,)+), ($($how,)+)>
            for ($($name,)+)
        {
        }

        #[diagnostic::do_not_recommend]
                impl<$($name: ColumnType, $from: Into<$name>),+> IntoKey<($($name,)+)> for ($($from,)+) {
            fn into_key(self) -> ($($name,)+) {
                ($(self.$at.into(),)+)
            }
        }
    )+};
}
several! {
    2: A FromA HowA 0, B FromB HowB 1;
    3: A FromA HowA 0, B FromB HowB 1, C FromC HowC 2;
    4: A FromA HowA 0, B FromB HowB 1, C FromC HowC 2, D FromD HowD 3;
    5: A FromA HowA 0, B FromB HowB 1, C FromC HowC 2, D FromD HowD 3, E FromE HowE 4;
    6: A FromA HowA 0, B FromB HowB 1, C FromC HowC 2, D FromD HowD 3, E FromE HowE 4, F FromF HowF 5;
    7: A FromA HowA 0, B FromB HowB 1, C FromC HowC 2, D FromD HowD 3, E FromE HowE 4, F FromF HowF 5, G FromG HowG 6;
    8: A FromA HowA 0, B FromB HowB 1, C FromC HowC 2, D FromD HowD 3, E FromE HowE 4, F FromF HowF 5, G FromG HowG 6, H FromH HowH 7;
}
