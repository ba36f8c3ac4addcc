//! Fields that refer to other models. They hold keys, never rows: loaded rows are in the result type of the query.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use crate::error::Result;
use crate::value::{Cell, ColumnType, FieldType, Value};

use super::{HoldsKey, KeyTo, Model, Primary, PrimaryKey};

/// A field type that refers to a model; a derive learns the target from the type alone.
#[doc(hidden)]
pub trait Reference: 'static {
    /// The model referred to.
    type Target: Model;
}

macro_rules! key_holder {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<M: Model, K: KeyTo<M> = Primary> {
            key: K::Key,
            // Last, so that the size does not depend on the key's type: a relation to a struct that is not a model is
            // then one error, not one for every use. And of the key rather than of `M`, because debug info is
            // generated recursively: `PhantomData<fn() -> M>` would add two levels for every model.
            model: PhantomData<fn() -> K::Key>,
        }

        impl<M: Model, K: KeyTo<M>> $name<M, K> {
            /// A reference to the row whose primary key is `key`, or whose value in the column that `to` names; the database
            /// checks that it exists.
            ///
            /// # Example: a key that came from elsewhere
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let author: ForeignKey<Author> = ForeignKey::new(1);
            /// assert_eq!(author.id(), 1);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn new(key: impl Into<K::Key>) -> Self {
                Self::from_key(key.into())
            }

            #[inline]
            fn from_key(key: K::Key) -> Self {
                Self { key, model: PhantomData }
            }

            /// The primary key of the referenced row, or its value in the column that `to` names.
            ///
            /// # Example: without a query
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::get(1, &db)?.author.id(), 1);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn id(&self) -> K::Key {
                self.key.clone()
            }
        }

        impl<M: Model> $name<M> {
            /// The key of the referenced row.
            ///
            /// # Example: of a row that was read
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let ann = Author::get(1, &db)?;
            /// assert_eq!(ForeignKey::to(&ann).id(), ann.id);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn to(row: &M) -> Self {
                Self::from_key(row.key())
            }
        }

        impl<M: Model, K: KeyTo<M>> Clone for $name<M, K> {
            #[inline]
            fn clone(&self) -> Self {
                Self::from_key(self.key.clone())
            }
        }

        impl<M: Model, K: KeyTo<M>> Copy for $name<M, K> where K::Key: Copy {}

        impl<M: Model, K: KeyTo<M>> PartialEq for $name<M, K> {
            fn eq(&self, other: &Self) -> bool {
                self.key == other.key
            }
        }

        impl<M: Model, K: KeyTo<M>> Eq for $name<M, K> {}

        impl<M: Model, K: KeyTo<M>> Hash for $name<M, K> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.key.hash(state);
            }
        }

        impl<M: Model, K: KeyTo<M>> fmt::Debug for $name<M, K>
        where
            K::Key: fmt::Debug,
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(M::SPEC.name).field(&self.key).finish()
            }
        }

        impl<M: Model> From<&M> for $name<M> {
            fn from(row: &M) -> Self {
                Self::to(row)
            }
        }

        impl<M: Model, K: KeyTo<M>> Reference for $name<M, K> {
            type Target = M;
        }

        impl<M: Model, K: KeyTo<M>> Reference for Option<$name<M, K>> {
            type Target = M;
        }

        impl<M: Model, K: KeyTo<M>> HoldsKey for $name<M, K> {
            type Key = K::Key;
        }

        impl<M: Model, K: KeyTo<M>> ColumnType for $name<M, K> {
            type Base = Self;

            fn field_type() -> FieldType {
                FieldType::$name
            }

            fn stored_type() -> Option<FieldType> {
                K::Key::stored_type()
            }

            #[inline]
            fn decode(cell: Cell<'_>) -> Result<Self> {
                K::Key::from_cell(cell).map(Self::from_key)
            }

            #[inline]
            fn encode(&self) -> Value<'_> {
                self.key.value()
            }
        }
    };
}

key_holder! {
    /// The key of one row of `M`; many rows may hold the same. In the struct it is the key alone: the row it points at is read by
    /// `post.author()`, a query, or loaded beside the post by [`with`](crate::queries::QuerySet::with).
    ///
    /// The column is called `{field}_id`, refers to the other table (`REFERENCES`) and has an index. `Option<ForeignKey<M>>` may point
    /// nowhere.
    ///
    /// | attribute | meaning |
    /// |---|---|
    /// | `on_delete = Cascade` | what becomes of this row when the one it points at is deleted: also `Restrict`, `NoAction` (the default), `SetNull`, `SetDefault` |
    /// | `related_name = "posts"` | the reverse relation, `author.posts()`; `"+"` for none |
    /// | `to = "code"` | the column that it points at, where that is not the primary key: any other that is unique. The second parameter is that column's type: `ForeignKey<Country, String>` |
    ///
    /// # Example: in a row, in a query, loaded
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let post = Post::get(1, &db)?;
    /// assert_eq!(post.author.id(), 1);                          // no query
    /// assert_eq!(post.author().get(&db)?.name, "Ann");          // one query
    ///
    /// let ann = Author::get(1, &db)?;
    /// assert_eq!(ann.posts().count(&db)?, 2);                   // back again
    /// assert_eq!(Post::objects().filter(|p| p.author.eq(&ann)).count(&db)?, 2);
    ///
    /// let posts: Vec<(Post, Author)> = Post::objects().with(|p| p.author()).all(&db)?;
    /// assert_eq!(posts[0].1, ann);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: it holds no row
    ///
    /// ```compile_fail,E0609
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// println!("{}", Post::get(1, &db)?.author.name); // `.author().get(&db)?.name`
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: the database keeps it true
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Post::create().author(99).title("New").save(&db).unwrap_err();
    /// assert!(refused.is_foreign_key_violation());
    /// # Ok::<(), orm::Error>(())
    /// ```
    ForeignKey
}
key_holder! {
    /// The key of one row of `M` that no other row holds: a [`ForeignKey`] whose column is unique. The reverse relation leads to one
    /// row or none; it is called like the model, in snake case, unless `related_name` says otherwise.
    ///
    /// # Example: there and back
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let profiles: Vec<(Profile, Author)> = Profile::objects().with(|p| p.author()).all(&db)?;
    /// assert_eq!(profiles[0].1.name, "Ann");
    ///
    /// let authors: Vec<(Author, Option<Profile>)> = Author::objects().with(|a| a.profile()).all(&db)?;
    /// assert_eq!(authors[1].1, None);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a second row of one author
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Profile::create().author(1).bio("Again.").save(&db).unwrap_err();
    /// assert!(refused.is_unique_violation());
    /// # Ok::<(), orm::Error>(())
    /// ```
    OneToOne
}

/// Rows of `M` through a join table. The struct holds nothing: load with `with(|p| p.tags())`, look and change with
/// `post.tags()` ([`Related`](crate::queries::Related)).
///
/// | attribute | meaning |
/// |---|---|
/// | `related_name = "posts"` | the reverse relation, `tag.posts()` |
/// | `table = ".."` | the join table, instead of `{app}_{model}_{field}` |
/// | `through = Membership` | the rows are those of this model, which has a foreign key to each side and fields of its own ([an example](crate::queries::Related::add_with)) |
/// | `through_fields("person", "group")` | which of its foreign keys point here and at the target, where several could be meant; one over several columns is named by its relation |
/// | `symmetrical` | of a model to itself: who is related to a row, that row is related to; there is no reverse relation. A migration that adds the option adds the rows that lead back to a join table, and not to a model it goes `through` |
///
/// # Example: load, change, ask
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let posts: Vec<(Post, Vec<Tag>)> = Post::objects().with(|p| p.tags()).all(&db)?;
/// assert_eq!(posts[0].1[0].label, "rust");
///
/// let post = Post::get(2, &db)?;
/// post.tags().add([1, 2]).run(&db)?;
/// assert_eq!(Post::objects().filter(|p| p.tags().any(|t| t.label.eq("sql"))).count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: friends are each other's
///
/// ```standalone_crate
/// # fn main() -> orm::Result<()> {
/// # use orm::prelude::*;
/// # orm::app!("club");
/// #[derive(Model, Debug, PartialEq)]
/// struct Person {
///     id: i64,
///     name: String,
///     #[orm(symmetrical)]
///     friends: ManyToMany<Person>,
/// }
///
/// # let db = orm::Db::connect("sqlite::memory:")?;
/// # db.session()?.batch("CREATE TABLE club_person (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
/// #     CREATE TABLE club_person_friends (id INTEGER PRIMARY KEY, from_person_id INTEGER NOT NULL, to_person_id INTEGER NOT NULL,
/// #     UNIQUE (from_person_id, to_person_id))")?;
/// let ann = Person::create().name("Ann").save(&db)?;
/// let ben = Person::create().name("Ben").save(&db)?;
/// ann.friends().add([&ben]).run(&db)?;
/// assert_eq!(ben.friends().all(&db)?, [ann]);
/// # Ok(())
/// # }
/// ```
///
/// # Example: of a model whose primary key is several fields
///
/// The join table has a column for each field of the key and a foreign key over them. A row is given itself or by its key:
///
/// ```standalone_crate
/// # fn main() -> orm::Result<()> {
/// # use orm::prelude::*;
/// # orm::app!("fair");
/// #[derive(Model, Debug, PartialEq)]
/// struct Stall {
///     #[orm(primary_key)]
///     hall: String,
///     #[orm(primary_key)]
///     number: i64,
/// }
///
/// #[derive(Model)]
/// struct Vendor {
///     id: i64,
///     #[orm(related_name = "vendors")]
///     stalls: ManyToMany<Stall>, // fair_vendor_stalls (id, vendor_id, stall_hall, stall_number)
/// }
/// # let db = Db::connect("sqlite::memory:")?;
/// # let models: Vec<_> = orm::models::registry()?.models().map(|model| model.def.clone()).collect();
/// # use orm::migrate::{make_migrations, migrate, MakeOptions, MigrateOptions, Migrations, Target};
/// # let new = make_migrations(&models, &Migrations::default(), &MakeOptions::default())?;
/// # let files: Vec<(String, String)> = new.into_iter().map(|new| (new.path.display().to_string(), new.text)).collect();
/// # let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
/// # migrate(&mut db.session()?, &Migrations::from_embedded(&files)?, &Target::Latest, &MigrateOptions::default(), &mut |_| {})?;
///
/// let first = Stall::create().hall("A").number(1).save(&db)?;
/// let ann = Vendor::create().save(&db)?;
/// ann.stalls().add([("A", 1)]).run(&db)?; // or `[&first]`
/// assert_eq!(Vendor::objects().with(|v| v.stalls()).get(&db)?.1, [first]);
/// assert_eq!(Stall::objects().filter(|s| s.vendors().exists()).count(&db)?, 1);
/// # Ok(())
/// # }
/// ```
///
/// A model between points at it by a foreign key over as many columns:
///
/// ```standalone_crate
/// # fn main() -> orm::Result<()> {
/// # use orm::prelude::*;
/// # orm::app!("market");
/// #[derive(Model, Debug, PartialEq)]
/// struct Stall {
///     #[orm(primary_key)]
///     hall: String,
///     #[orm(primary_key)]
///     number: i64,
/// }
///
/// #[derive(Model)]
/// struct Vendor {
///     id: i64,
///     #[orm(through = Rental, related_name = "vendors")]
///     stalls: ManyToMany<Stall>,
/// }
///
/// #[derive(Model)]
/// #[orm(foreign_key("stall", fields("hall", "number"), to = Stall, on_delete = Cascade), unique("hall", "number", "vendor"))]
/// struct Rental {
///     id: i64,
///     #[orm(on_delete = Cascade)]
///     vendor: ForeignKey<Vendor>,
///     hall: String,
///     number: i64,
/// }
/// # let db = Db::connect("sqlite::memory:")?;
/// # let models: Vec<_> = orm::models::registry()?.models().map(|model| model.def.clone()).collect();
/// # use orm::migrate::{make_migrations, migrate, MakeOptions, MigrateOptions, Migrations, Target};
/// # let new = make_migrations(&models, &Migrations::default(), &MakeOptions::default())?;
/// # let files: Vec<(String, String)> = new.into_iter().map(|new| (new.path.display().to_string(), new.text)).collect();
/// # let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
/// # migrate(&mut db.session()?, &Migrations::from_embedded(&files)?, &Target::Latest, &MigrateOptions::default(), &mut |_| {})?;
///
/// let first = Stall::create().hall("A").number(1).save(&db)?;
/// let ann = Vendor::create().save(&db)?;
/// ann.stalls().add([("A", 1)]).run(&db)?; // or `[&first]`
/// assert_eq!(Vendor::objects().with(|v| v.stalls()).get(&db)?.1, [first]);
/// assert_eq!(Stall::objects().filter(|s| s.vendors().exists()).count(&db)?, 1);
/// # Ok(())
/// # }
/// ```
///
/// # Example: without parentheses there is nothing
///
/// ```compile_fail,E0599
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let post = Post::get(1, &db)?;
/// post.tags.add([1]).run(&db)?; // `post.tags().add([1])`
/// # Ok::<(), orm::Error>(())
/// ```
pub struct ManyToMany<M: Model>(PhantomData<fn() -> M::Key>);

impl<M: Model> ManyToMany<M> {
    /// The only value; it holds nothing.
    ///
    /// # Example: in a struct made by hand
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tags: ManyToMany<Tag> = ManyToMany::new();
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub const fn new() -> Self {
        ManyToMany(PhantomData)
    }
}

impl<M: Model> Default for ManyToMany<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Model> Clone for ManyToMany<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Model> Copy for ManyToMany<M> {}

impl<M: Model> PartialEq for ManyToMany<M> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<M: Model> Eq for ManyToMany<M> {}

impl<M: Model> Hash for ManyToMany<M> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl<M: Model> fmt::Debug for ManyToMany<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManyToMany<{}>", M::SPEC.name)
    }
}

impl<M: Model> Reference for ManyToMany<M> {
    type Target = M;
}
