//! Rows of two queries over one model as one query: union, intersection, difference.
//!
//! A model's rows are told apart by their keys, so which rows these are is a condition: what either, both or one of the queries
//! says. A query that takes some of its rows only (`limit`) is the list of their keys.

use crate::expr::{ExprTokens, Form, Function, NO_COLUMN, RowSource, Token};
use crate::model::{LeftOut, Model};
use crate::registry::meta;
use crate::value::Value;

use super::derived::has_key_among;
use super::subquery::tokens;
use super::{QuerySet, Select};

/// Which rows of a model a query finds.
enum Found {
    All,
    None,
    Those(ExprTokens),
    /// What it finds cannot be said, for that reason.
    Refused(&'static str),
}

impl Found {
    /// What two queries find, and which scopes do not apply to what comes of it: those that neither has, or none where each says its own.
    fn of<M: Model>(one: QuerySet<M>, other: QuerySet<M>) -> (Found, Found, LeftOut) {
        let apart = !M::SPEC.scopes.is_empty() && one.select.left_out != other.select.left_out;
        let left_out = match apart {
            true => LeftOut::ALL,
            false => one.select.left_out.and(other.select.left_out),
        };
        (Found::by(one, apart), Found::by(other, apart), left_out)
    }

    fn by<M: Model>(query: QuerySet<M>, apart: bool) -> Found {
        let select = query.select;
        if !select.groups().by.is_empty() {
            return Found::Refused(
                "a set operation is of rows, and group_by() makes groups of them: read these by `.values(..)`",
            );
        }
        match (select.nothing, select.is_cut()) {
            (true, _) => Found::None,
            (false, false) if apart || select.derived().is_some() => Found::Those(has_key_among::<M>(select)),
            (false, true) => among_keys::<M>(select),
            (false, false) if select.filter.is_empty() => Found::All,
            (false, false) => Found::Those(select.filter),
        }
    }

    fn into_query<M: Model>(self, left_out: LeftOut) -> QuerySet<M> {
        let mut select = match self {
            Found::All => Select::default(),
            Found::None => Select::nothing(),
            Found::Those(condition) => Select::of(condition, ExprTokens::default()),
            Found::Refused(reason) => {
                // Before any database is asked: where values are bound.
                let mut never = ExprTokens::default();
                never.param(Value::Refused(reason));
                Select::of(never, ExprTokens::default())
            }
        };
        select.left_out = left_out;
        QuerySet::<M>::of(select)
    }
}

/// The rows that a query with a limit or an offset finds, by their keys.
fn among_keys<M: Model>(mut select: Select) -> Found {
    let key = match meta(M::slot()) {
        Ok(meta) if meta.key.len() > 1 => {
            return Found::Refused(
                "a set operation with a query that has a limit or an offset, of a model whose primary key is several fields: \
                 read the keys first",
            );
        }
        Ok(meta) => u16::try_from(meta.primary_key).unwrap_or(NO_COLUMN),
        // The query is refused where it is rendered.
        Err(_) => NO_COLUMN,
    };
    let key = Token::Column(RowSource::OWN, key);
    select.distinct = false;
    select.groups_mut().columns.push(key);
    let mut condition = ExprTokens::default();
    condition.push(key);
    condition.join(tokens::<M>(select, Form::List), Function::In);
    Found::Those(condition)
}

impl<M: Model> QuerySet<M> {
    /// The rows that either query finds, each once: `WHERE a OR b`; of a query with a limit, `id IN (SELECT id .. LIMIT x)`.
    ///
    /// It is a query as any other: narrowed down, ordered, cut off, counted, loaded beside, combined again, put into another one. The
    /// orders of the two decide which rows their limits keep, and nothing else. Values of rows, also of several models, have a
    /// [`union` of their own](crate::queries::Compound).
    ///
    /// # Errors
    /// When it runs, if one of the two has a limit or an offset and the model's primary key is several fields, or if it is grouped.
    ///
    /// # Example: what is read most, and drafts
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let most_read = Post::objects().order_by(|p| p.views.desc()).limit(1);
    /// let drafts = Post::objects().filter(|p| p.status.eq(Status::Draft));
    /// let posts: Vec<Post> = most_read.union(drafts).order_by(|p| p.title).all(&db)?;
    /// assert_eq!(posts.len(), 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: rows of one model
    ///
    /// ```compile_fail,E0308
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// Post::objects().union(Tag::objects()).all(&db)?; // `.values(|p| p.title).union(Tag::objects().values(|t| t.label))`
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn union(self, other: QuerySet<M>) -> QuerySet<M> {
        let (one, other, left_out) = Found::of(self, other);
        let found = match (one, other) {
            (Found::Refused(reason), _) | (_, Found::Refused(reason)) => Found::Refused(reason),
            (Found::All, _) | (_, Found::All) => Found::All,
            (Found::None, other) | (other, Found::None) => other,
            (Found::Those(mut one), Found::Those(other)) => {
                one.join(other, Function::Or);
                Found::Those(one)
            }
        };
        found.into_query(left_out)
    }

    /// The rows that both queries find: `WHERE a AND b`; of a query with a limit, `id IN (SELECT id .. LIMIT x)`. See
    /// [`union`](QuerySet::union).
    ///
    /// # Errors
    /// As [`union`](QuerySet::union).
    ///
    /// # Example: are they among the most read?
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let most_read = Post::objects().order_by(|p| p.views.desc()).limit(1);
    /// let drafts = Post::objects().filter(|p| p.status.eq(Status::Draft));
    /// assert!(!most_read.intersection(drafts).exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn intersection(self, other: QuerySet<M>) -> QuerySet<M> {
        let (one, other, left_out) = Found::of(self, other);
        let found = match (one, other) {
            (Found::Refused(reason), _) | (_, Found::Refused(reason)) => Found::Refused(reason),
            (Found::None, _) | (_, Found::None) => Found::None,
            (Found::All, other) | (other, Found::All) => other,
            (Found::Those(mut one), Found::Those(other)) => {
                one.and(other);
                Found::Those(one)
            }
        };
        found.into_query(left_out)
    }

    /// The rows that this query finds and the other does not: `WHERE a AND (b) IS NOT TRUE`; of a query with a limit,
    /// `id IN (SELECT id .. LIMIT x)`. See [`union`](QuerySet::union).
    ///
    /// # Errors
    /// As [`union`](QuerySet::union).
    ///
    /// # Example: all but the most read
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let most_read = Post::objects().order_by(|p| p.views.desc()).limit(1);
    /// let others: Vec<String> = Post::objects().difference(most_read).values(|p| p.title).all(&db)?;
    /// assert_eq!(others, ["Later"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn difference(self, other: QuerySet<M>) -> QuerySet<M> {
        let (one, other, left_out) = Found::of(self, other);
        let found = match (one, other) {
            (Found::Refused(reason), _) | (_, Found::Refused(reason)) => Found::Refused(reason),
            (Found::None, _) | (_, Found::All) => Found::None,
            (own, Found::None) => own,
            (Found::All, Found::Those(mut other)) => {
                other.call(Function::Not, 1);
                Found::Those(other)
            }
            (Found::Those(mut own), Found::Those(mut other)) => {
                other.call(Function::Not, 1);
                own.and(other);
                Found::Those(own)
            }
        };
        found.into_query(left_out)
    }
}
