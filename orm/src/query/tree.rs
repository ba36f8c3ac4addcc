//! Trees: rows that a relation of a model to itself leads to, step by step.

use std::marker::PhantomData;

use crate::expr::{Direction, ExprTokens, Form, Function, NullsPlace, QueryPart, RowSource, Token};
use crate::model::{DerivedColumn, Join, LeftOut, Model};
use crate::value::{ArrayElement, FieldType, Value};

use super::derived::DerivedRows;
use super::path::{closure, start};
use super::subquery::tokens;
use super::{Expr, Expression, Fields, Order, QuerySet, Select, ToOne};

/// How [`descendants`](QuerySet::descendants) and [`ancestors`](QuerySet::ancestors) follow the relation to the parent: how far, and
/// whether the rows they start from are among what they find.
///
/// # Example: a function that says how far
///
/// ```standalone_crate
/// # use orm::prelude::*;
/// #[derive(Model, Debug, Clone, PartialEq)]
/// #[orm(table = "folder")]
/// pub struct Folder {
///     pub id: i64,
///     pub name: String,
///     pub parent: Option<ForeignKey<Folder>>,
/// }
///
/// use orm::queries::TreeStep;
///
/// fn children(f: FolderFields) -> TreeStep<Folder> {
///     f.parent().max_depth(1)
/// }
/// let query = Folder::objects().filter(|f| f.id.eq(1)).descendants(children);
/// assert!(query.sql(orm::db::Dialect::SQLITE)?.contains("WITH RECURSIVE"));
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "a step does nothing until `descendants` or `ancestors` follows it"]
pub struct TreeStep<M: Model> {
    at: RowSource,
    includes_self: bool,
    most: Option<u64>,
    paths: bool,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Clone for TreeStep<M> {
    fn clone(&self) -> Self {
        TreeStep { ..*self }
    }
}

impl<M: Model> std::fmt::Debug for TreeStep<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TreeStep")
            .field("includes_self", &self.includes_self)
            .field("max_depth", &self.most)
            .field("with_path", &self.paths)
            .finish_non_exhaustive()
    }
}

/// What the closures of [`descendants`](QuerySet::descendants) and [`ancestors`](QuerySet::ancestors) return: the relation to the parent,
/// `c.parent()`, or that with [`max_depth`](ToOne::max_depth) and [`include_self`](ToOne::include_self).
///
/// # Example: the parent is a row of the same model
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// Post::objects().descendants(|p| p.author()).all(&db)?; // an author is no post
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not lead from a `{M}` to a `{M}`",
    label = "expected the relation to the parent, as in `|c| c.parent()`",
    note = "the key alone is a column: the relation is a method, `c.parent()` and not `c.parent`"
)]
pub trait IntoTreeStep<M: Model> {
    #[doc(hidden)]
    fn into_step(self) -> TreeStep<M>;
}

impl<M: Model> IntoTreeStep<M> for TreeStep<M> {
    fn into_step(self) -> TreeStep<M> {
        self
    }
}

impl<M: Model, J: Join> IntoTreeStep<M> for ToOne<M, J> {
    fn into_step(self) -> TreeStep<M> {
        TreeStep {
            at: self.at,
            includes_self: false,
            most: None,
            paths: false,
            model: PhantomData,
        }
    }
}

impl<M: Model, J: Join> ToOne<M, J> {
    /// At most this number of steps, for [`descendants`](QuerySet::descendants) and [`ancestors`](QuerySet::ancestors): 1 is children, or
    /// parents. Rows beyond are not looked for.
    ///
    /// # Example: see [`TreeStep`]
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::queries::TreeStep;
    ///
    /// fn near<M: orm::Model>(parent: orm::queries::ToOne<M>) -> TreeStep<M> {
    ///     parent.max_depth(2).include_self()
    /// }
    /// # let _ = near::<Author>;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn max_depth(self, steps: u64) -> TreeStep<M> {
        self.into_step().max_depth(steps)
    }

    /// The rows from which [`descendants`](QuerySet::descendants) and [`ancestors`](QuerySet::ancestors) start are among what they find.
    ///
    /// # Example: see [`TreeStep`]
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::queries::TreeStep;
    ///
    /// fn all<M: orm::Model>(parent: orm::queries::ToOne<M>) -> TreeStep<M> {
    ///     parent.include_self()
    /// }
    /// # let _ = all::<Author>;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn include_self(self) -> TreeStep<M> {
        self.into_step().include_self()
    }

    /// Each row that [`descendants`](QuerySet::descendants) finds has the keys on the way to it: [`path`](crate::path()), and the order
    /// [`depth_first`](crate::depth_first()). They are computed at every step, so they are there where they are asked for.
    ///
    /// # Example: see [`path`](crate::path())
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::queries::TreeStep;
    ///
    /// fn outline<M: orm::Model>(parent: orm::queries::ToOne<M>) -> TreeStep<M> {
    ///     parent.with_path().include_self()
    /// }
    /// # let _ = outline::<Author>;
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn with_path(self) -> TreeStep<M> {
        self.into_step().with_path()
    }
}

impl<M: Model> TreeStep<M> {
    /// As [`ToOne::max_depth`].
    pub fn max_depth(mut self, steps: u64) -> Self {
        self.most = Some(steps);
        self
    }

    /// As [`ToOne::include_self`].
    pub fn include_self(mut self) -> Self {
        self.includes_self = true;
        self
    }

    /// As [`ToOne::with_path`].
    pub fn with_path(mut self) -> Self {
        self.paths = true;
        self
    }
}

/// By how many steps [`descendants`](QuerySet::descendants) or [`ancestors`](QuerySet::ancestors) have found a row: 0 is where they start,
/// 1 its children, or its parent. It stands wherever an expression does in a query of such rows.
///
/// # Errors
/// When it runs: in a query over other rows, and in an update, which is over the rows of a table.
///
/// # Example: a chain of parents, the root first
///
/// ```standalone_crate
/// # use orm::prelude::*;
/// #[derive(Model, Debug, Clone, PartialEq)]
/// #[orm(table = "folder")]
/// pub struct Folder {
///     pub id: i64,
///     pub name: String,
///     pub parent: Option<ForeignKey<Folder>>,
/// }
///
/// # let db = Db::connect("sqlite::memory:")?;
/// # db.session()?.batch("CREATE TABLE folder (id INTEGER PRIMARY KEY, name TEXT NOT NULL, parent_id INTEGER)")?;
/// let root = Folder::create().name("/").save(&db)?;
/// let home = Folder::create().name("home").parent(&root).save(&db)?;
/// let ann = Folder::create().name("ann").parent(&home).save(&db)?;
/// let path: Vec<(String, i64)> = Folder::objects()
///     .filter(|f| f.id.eq(ann.id))
///     .ancestors(|f| f.parent())
///     .order_by(|_| orm::depth().desc())
///     .values(|f| (f.name, orm::depth()))
///     .all(&db)?;
/// assert_eq!(path, [("/".to_owned(), 2), ("home".to_owned(), 1)]);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: posts are no tree
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let refused = Post::objects().filter(|_| orm::depth().le(3)).all(&db).unwrap_err();
/// assert!(refused.to_string().contains("`depth()` is used in a query over blog.Post that does not have it"));
/// # Ok::<(), orm::Error>(())
/// ```
pub fn depth() -> Expr<i64> {
    Expr::new(beside("depth of the tree", "depth()", FieldType::BigInt))
}

/// The primary keys on the way from where [`descendants`](QuerySet::descendants) start down to a row, and its own, of a relation that says
/// [`with_path`](ToOne::with_path): an array on Postgres, JSON on SQLite, as a column of arrays is. `K` is the type of the primary key: a whole
/// number, a string or a UUID.
///
/// # Errors
/// When it runs: in a query over other rows, if the keys are of another type than `K`, or of several fields.
///
/// # Example: an outline, each row behind the one above it
///
/// ```standalone_crate
/// # use orm::prelude::*;
/// #[derive(Model, Debug, Clone, PartialEq)]
/// #[orm(table = "folder")]
/// pub struct Folder {
///     pub id: i64,
///     pub name: String,
///     pub parent: Option<ForeignKey<Folder>>,
/// }
///
/// # let db = Db::connect("sqlite::memory:")?;
/// # db.session()?.batch("CREATE TABLE folder (id INTEGER PRIMARY KEY, name TEXT NOT NULL, parent_id INTEGER)")?;
/// let root = Folder::create().name("/").save(&db)?;
/// let home = Folder::create().name("home").parent(&root).save(&db)?;
/// let etc = Folder::create().name("etc").parent(&root).save(&db)?;
/// let ann = Folder::create().name("ann").parent(&home).save(&db)?;
/// let outline: Vec<(Folder, Vec<i64>)> = Folder::objects()
///     .filter(|f| f.name.eq("/"))
///     .descendants(|f| f.parent().with_path())
///     .order_by(|_| orm::depth_first())
///     .annotate(|_| orm::path::<i64>())
///     .all(&db)?;
/// let names: Vec<&str> = outline.iter().map(|(folder, _)| folder.name.as_str()).collect();
/// assert_eq!(names, ["home", "ann", "etc"]);
/// assert_eq!(outline[1].1, [root.id, home.id, ann.id]);
/// # let _ = etc;
/// # Ok::<(), orm::Error>(())
/// ```
pub fn path<K>() -> Expr<Vec<K>>
where
    K: ArrayElement,
{
    Expr::new(beside(
        "path of the tree",
        "path()",
        FieldType::Array(K::array_type()),
    ))
}

/// The order in which every row of [`descendants`](QuerySet::descendants) stands right behind what is above it, and rows beside each other
/// by their primary keys, of a relation that says [`with_path`](ToOne::with_path). Strings are ordered by their bytes.
///
/// # Errors
/// As [`path`](crate::path()).
///
/// # Example: see [`path`](crate::path())
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let refused = Post::objects().order_by(|_| orm::depth_first()).all(&db).unwrap_err();
/// assert!(refused.to_string().contains("`depth_first()` is used in a query over blog.Post that does not have it"));
/// # Ok::<(), orm::Error>(())
/// ```
pub fn depth_first() -> Order {
    let place = beside("place in the tree", "depth_first()", FieldType::Bytes);
    Order::new(place, Direction::Asc, NullsPlace::Default)
}

/// What stands beside the rows of a tree.
fn beside(name: &str, told: &str, ty: FieldType) -> ExprTokens {
    let column = DerivedColumn {
        name: name.to_owned(),
        told: told.to_owned(),
        ty,
        null: false,
        choices: None,
    };
    let mut tokens = ExprTokens::default();
    tokens.push(Token::Column(RowSource::OWN, column.intern()));
    tokens
}

impl<M: Model> QuerySet<M> {
    /// The rows below those of this query in a tree: their children, the children of these, and so on, along a relation of the model to
    /// itself. `WITH RECURSIVE ..`, over keys only; the rows are joined to them.
    ///
    /// Every row is found once, by the fewest steps ([`depth`](crate::depth())), and a cycle ends where it comes back to. The rows that this
    /// query finds are where it starts: they are left out, those below others of them too, unless the relation says
    /// [`include_self`](ToOne::include_self). [`max_depth`](ToOne::max_depth) limits the steps. The order and the limit of this query decide where it
    /// starts; the result is a query as any other, of rows in no order but the model's.
    ///
    /// An index on the foreign key is what makes it fast. A model has one on a key of one field, unless it says otherwise, and none on a key
    /// of several: `#[orm(index("site", "above"))]`.
    ///
    /// # Errors
    /// When it runs: [`is_unsupported`](crate::Error::is_unsupported) if the relation is not one step from a row to another of its model, if
    /// this query is in groups, and for [`select_for_update`](QuerySet::select_for_update), which locks rows of tables.
    ///
    /// # Example: a folder with all that is in it, and what is in the first two levels
    ///
    /// ```standalone_crate
    /// # use orm::prelude::*;
    /// #[derive(Model, Debug, Clone, PartialEq)]
    /// #[orm(table = "folder")]
    /// pub struct Folder {
    ///     pub id: i64,
    ///     pub name: String,
    ///     pub parent: Option<ForeignKey<Folder>>,
    /// }
    ///
    /// # let db = Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE folder (id INTEGER PRIMARY KEY, name TEXT NOT NULL, parent_id INTEGER)")?;
    /// let root = Folder::create().name("/").save(&db)?;
    /// let home = Folder::create().name("home").parent(&root).save(&db)?;
    /// let ann = Folder::create().name("ann").parent(&home).save(&db)?;
    /// Folder::create().name("notes").parent(&ann).save(&db)?;
    ///
    /// let top = || Folder::objects().filter(|f| f.name.eq("/"));
    /// assert_eq!(top().descendants(|f| f.parent()).count(&db)?, 3);
    /// let near = top().descendants(|f| f.parent().include_self().max_depth(2)).order_by(|f| (orm::depth(), f.name));
    /// assert_eq!(near.values(|f| f.name).all(&db)?, ["/", "home", "ann"]);
    ///
    /// assert_eq!(top().descendants(|f| f.parent()).filter(|_| orm::depth().ge(2)).delete().run(&db)?, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("recursive", "tree", "children", "subtree", "cte"))]
    pub fn descendants<S: IntoTreeStep<M>>(self, parent: impl FnOnce(Fields<M>) -> S) -> QuerySet<M> {
        self.walk(QueryPart::Descendants, parent)
    }

    /// The rows above those of this query in a tree: their parents, the parents of these, and so on, up to rows that have none. As
    /// [`descendants`](QuerySet::descendants), the other way, along the primary key that the relation points at.
    ///
    /// From many rows their ways up meet in the same rows, by different numbers of steps, each of which is gone: at most as many as the tree
    /// is deep for each row that is found. Where ways end in a cycle, that is as many as there are rows found beyond the first.
    ///
    /// # Errors
    /// As [`descendants`](QuerySet::descendants).
    ///
    /// # Example: see [`depth`](crate::depth())
    ///
    /// ```standalone_crate
    /// # use orm::prelude::*;
    /// # #[derive(Model, Debug, Clone, PartialEq)]
    /// # #[orm(table = "folder")]
    /// # pub struct Folder {
    /// #     pub id: i64,
    /// #     pub name: String,
    /// #     pub parent: Option<ForeignKey<Folder>>,
    /// # }
    /// # let db = Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE folder (id INTEGER PRIMARY KEY, name TEXT NOT NULL, parent_id INTEGER)")?;
    /// let root = Folder::create().name("/").save(&db)?;
    /// let leaf = Folder::create().name("home").parent(&root).save(&db)?;
    /// let above = Folder::objects().filter(|f| f.id.eq(leaf.id)).ancestors(|f| f.parent());
    /// assert_eq!(above.all(&db)?, [root]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    #[doc(alias("recursive", "tree", "parents", "cte"))]
    pub fn ancestors<S: IntoTreeStep<M>>(self, parent: impl FnOnce(Fields<M>) -> S) -> QuerySet<M> {
        self.walk(QueryPart::Ancestors, parent)
    }

    fn walk<S: IntoTreeStep<M>>(
        self,
        towards: QueryPart,
        parent: impl FnOnce(Fields<M>) -> S,
    ) -> QuerySet<M> {
        let (step, own) = closure::<M, _>(|fields| parent(fields).into_step());
        let mut from = self.select;
        let mut select = Select {
            nothing: from.nothing,
            // Where it starts and what it goes along say that.
            left_out: LeftOut::ALL,
            ..Select::default()
        };
        // Whole rows are distinct by their primary key.
        from.distinct = false;
        if !from.is_cut() {
            from.order = ExprTokens::default();
        }
        let mut rows = ExprTokens::default();
        rows.push(Token::From(RowSource::along(start(M::slot()))));
        rows.push(Token::Begin);
        rows.extend(tokens::<M>(from, Form::Rows));
        // Any column of the parent says along which relation.
        rows.push(Token::Column(step.at.resolved(own, 0), 0));
        if let Some(most) = step.most {
            rows.param(Value::Int(i64::try_from(most).unwrap_or(i64::MAX)));
        }
        rows.push(Token::Part(match (towards, step.paths) {
            (QueryPart::Descendants, true) => QueryPart::DescendantsWithPaths,
            _ => towards,
        }));
        rows.push(Token::End(Form::Rows));
        select.select_from(DerivedRows::of(rows));
        if step.paths && towards == QueryPart::Ancestors {
            select.filter.param(Value::Refused(
                "with_path() is of descendants(): rows above others lie on the ways of many; the way up of one row is `.ancestors(..)` ordered by depth",
            ));
        } else if !step.includes_self {
            select.filter = depth().into_tokens();
            select.filter.param(Value::Int(0));
            select.filter.call(Function::Gt, 2);
        }
        QuerySet::<M>::of(select)
    }
}
