//! Projections of several queries as the rows of one query: union, intersection, difference.
//!
//! Values go together by the fields that they are read into, not by their order: of the first query's projection each field is one of
//! the other's, and none is left over.

use std::any::{TypeId, type_name};
use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::expr::{ExprTokens, RowSource, SetOperator, Token, each_expression};
use crate::model::{DerivedColumn, Model};
use crate::query::{
    CombinedRows, Compound, Fields, QuerySet, Select, Selection, SetOperand, Tuples, append_operand, combined,
};
use crate::value::FieldType;

use super::load::{Described, ProjectionLoads};
use super::projection::{Projected, Projection, ProjectionReader};
use super::reader::Output;

/// The form of projections that are combined.
#[doc(hidden)]
pub struct CombinedProjections<P> {
    refused: Option<Arc<str>>,
    projection: PhantomData<fn() -> P>,
}

impl<P> Clone for CombinedProjections<P> {
    fn clone(&self) -> Self {
        CombinedProjections {
            refused: self.refused.clone(),
            projection: PhantomData,
        }
    }
}

impl<P: Projection> Output for CombinedProjections<P> {
    type Row<M: Model> = P;
    type Reader<M: Model> = ProjectionReader<P>;

    fn into_reader<M: Model>(self, _: &mut Select) -> Result<ProjectionReader<P>> {
        match self.refused {
            Some(refused) => Err(Error::unsupported(refused.to_string())),
            // The query has the columns already.
            None => ProjectionReader::new(&mut Select::default()),
        }
    }
}

impl<P: Projection> CombinedRows<P::Model> for Projected<P> {
    type Fields = Fields<P::Model>;
    type Form = CombinedProjections<P>;

    fn fields(own: RowSource) -> Fields<P::Model> {
        P::Model::fields(own)
    }

    fn columns() -> ExprTokens {
        let mut columns = ExprTokens::default();
        columns_of::<P>().for_each(|column| columns.push(column));
        columns
    }

    fn named(order: ExprTokens) -> Result<ExprTokens, String> {
        let (values, _) = described::<P>();
        let known: Vec<(ExprTokens, Token)> = each_expression(&values)
            .into_iter()
            .zip(columns_of::<P>())
            .collect();
        let mut named = ExprTokens::default();
        for (by, direction, nulls) in order.sort_keys() {
            let same = |(value, _): &&(ExprTokens, Token)| {
                value.tokens() == by.tokens() && value.values() == by.values()
            };
            let Some((_, column)) = known.iter().find(same) else {
                return Err(format!(
                    "rows of {0} that are combined are ordered by what {0} reads, and this order is by something else: add it to {0} as a field",
                    name_of::<P>()
                ));
            };
            named.push(*column);
            named.push(Token::Order(direction, nulls));
        }
        Ok(named)
    }

    fn form(refused: Option<Arc<str>>) -> CombinedProjections<P> {
        CombinedProjections {
            refused,
            projection: PhantomData,
        }
    }
}

/// What a projection reads. Without a registry it is nothing, and the query is refused where it runs.
fn described<P: Projection>() -> (ExprTokens, Described) {
    ProjectionLoads::<P>::described().unwrap_or_default()
}

/// The columns of a projection, as a query around the one that reads them names them.
fn columns_of<P: Projection>() -> impl Iterator<Item = Token> {
    let columns = described::<P>().1.columns.into_iter();
    columns.map(|(_, column)| Token::Column(RowSource::OWN, column.intern()))
}

/// `Card` of `shop::cards::Card`.
fn name_of<P>() -> &'static str {
    let name = type_name::<P>();
    name.rsplit("::").next().unwrap_or(name)
}

fn is_same<P: 'static, Q: 'static>() -> bool {
    TypeId::of::<P>() == TypeId::of::<Q>()
}

fn read<Q: Projection>(select: &mut Select) {
    // What fails here fails again where the query runs.
    let _ = ProjectionLoads::<Q>::new(select);
}

#[diagnostic::do_not_recommend]
impl<P: Projection, Q: Projection> SetOperand<Projected<P>> for QuerySet<Q::Model, Projected<Q>> {
    fn append(self, by: SetOperator, to: &mut ExprTokens) {
        let mut select = self.select;
        read::<Q>(&mut select);
        if !is_same::<P, Q>() {
            let (columns, theirs) = (each_expression(&select.groups().columns), described::<Q>().1);
            let mut in_order = ExprTokens::default();
            for (field, _) in &described::<P>().1.columns {
                let at = theirs.columns.iter().position(|(name, _)| name == field);
                if let Some(column) = at.and_then(|at| columns.get(at)) {
                    in_order.extend(column.clone());
                }
            }
            select.project(in_order);
        }
        append_operand::<Q::Model>(select, <Projected<P> as CombinedRows<P::Model>>::columns, by, to);
    }

    fn is_nothing(&self) -> bool {
        let mut select = self.select.clone();
        read::<Q>(&mut select);
        select.has_certainly_no_rows()
    }

    fn refused(&self) -> Option<Arc<str>> {
        if is_same::<P, Q>() {
            return None;
        }
        let (own, theirs) = (described::<P>().1, described::<Q>().1);
        refused_list::<P>(&own)
            .or_else(|| refused_list::<Q>(&theirs))
            .or_else(|| refused_fields::<P, Q>(&own, &theirs))
            .map(Arc::from)
    }
}

#[diagnostic::do_not_recommend]
impl<P: Projection, M: Model, S: Selection> SetOperand<Projected<P>> for QuerySet<M, Tuples<S>> {
    fn append(self, by: SetOperator, to: &mut ExprTokens) {
        append_operand::<M>(
            self.select,
            <Projected<P> as CombinedRows<P::Model>>::columns,
            by,
            to,
        );
    }

    fn is_nothing(&self) -> bool {
        self.select.has_certainly_no_rows()
    }

    fn refused(&self) -> Option<Arc<str>> {
        let own = described::<P>().1;
        refused_list::<P>(&own)
            .or_else(|| refused_values::<P, S>(&own))
            .map(Arc::from)
    }
}

#[diagnostic::do_not_recommend]
impl<P: Projection, Q: Projection> SetOperand<Projected<P>> for Compound<Q::Model, Projected<Q>> {
    fn append(self, by: SetOperator, to: &mut ExprTokens) {
        // Those of another projection stand in its order; they are read again, in this one's.
        match is_same::<P, Q>() {
            true => self.append_queries(by, to),
            false => {
                let (own, theirs) = (described::<P>().1, described::<Q>().1);
                let mut select = self.into_query().select;
                let mut columns = ExprTokens::default();
                for (field, _) in &own.columns {
                    let found = theirs.columns.iter().zip(columns_of::<Q>());
                    let mut found = found.filter(|((name, _), _)| name == field);
                    if let Some((_, column)) = found.next() {
                        columns.push(column);
                    }
                }
                select.project(columns);
                append_operand::<Q::Model>(select, <Projected<P> as CombinedRows<P::Model>>::columns, by, to);
            }
        }
    }

    fn is_nothing(&self) -> bool {
        self.has_certainly_no_rows()
    }

    fn refused(&self) -> Option<Arc<str>> {
        self.refusal()
            .or_else(|| SetOperand::<Projected<P>>::refused(&QuerySet::<Q::Model>::new().select::<Q>()))
    }
}

fn refused_list<P>(of: &Described) -> Option<String> {
    of.list.as_ref().map(|list| {
        format!(
            "`{list}` of {} is a list of related rows, which is loaded by the keys of one model's rows, so it is combined with rows of the same \
             projection only",
            name_of::<P>()
        )
    })
}

fn refused_fields<P, Q>(own: &Described, theirs: &Described) -> Option<String> {
    let (one, other) = (name_of::<P>(), name_of::<Q>());
    let missing = |of: &Described, among: &Described| {
        let mut fields = of.columns.iter();
        let missing = fields.find(|(name, _)| among.columns.iter().all(|(known, _)| known != name));
        missing.map(|(name, _)| name.clone())
    };
    if let Some(field) = missing(own, theirs) {
        return Some(format!(
            "rows of {one} and {other} are combined by the names of their fields, and {other} has no `{field}`"
        ));
    }
    if let Some(field) = missing(theirs, own) {
        return Some(format!(
            "rows of {one} and {other} are combined by the names of their fields, and {one} has no `{field}`"
        ));
    }
    own.columns.iter().find_map(|(field, ours)| {
        let (_, theirs) = theirs.columns.iter().find(|(name, _)| name == field)?;
        refused_value(
            ours,
            theirs.ty,
            theirs.null,
            &format!("`{field}` of {one}"),
            &format!("`{field}` of {other}"),
        )
    })
}

fn refused_values<P, S: Selection>(own: &Described) -> Option<String> {
    let one = name_of::<P>();
    let (fields, values) = (own.columns.len(), S::VALUES);
    if fields != values {
        let names: Vec<&str> = own.columns.iter().map(|(name, _)| name.as_str()).collect();
        return Some(format!(
            "rows of {one} are combined with tuples of the values that it reads, which are {fields} ({}), and these are {values}",
            names.join(", ")
        ));
    }
    let mut columns = ExprTokens::default();
    S::derived(RowSource::OWN, 0).append(&mut columns);
    own.columns
        .iter()
        .zip(columns.tokens())
        .zip(1..)
        .find_map(|(((field, ours), bits), nth)| {
            let Some(Token::Column(_, position)) = bits.token() else {
                return None;
            };
            let theirs = crate::model::derived_column(position)?;
            refused_value(
                ours,
                theirs.storage,
                theirs.null,
                &format!("`{field}` of {one}"),
                &format!("value {nth} of the tuple"),
            )
        })
}

fn refused_value(ours: &DerivedColumn, ty: FieldType, null: bool, one: &str, other: &str) -> Option<String> {
    if ours.ty != ty {
        return Some(format!(
            "{one} is a column of type {:?}, and {other}, which it is combined with, one of {ty:?}: `.cast()` makes it the same",
            ours.ty
        ));
    }
    // Of a condition the type does not say whether it may be NULL.
    (null && !ours.null && ty != FieldType::Bool).then(|| {
        format!(
            "{one} is never NULL, and {other}, which it is combined with, may be: make the field an `Option`"
        )
    })
}

impl<P: Projection> QuerySet<P::Model, Projected<P>> {
    /// The rows that either query finds, each once: `SELECT .. UNION SELECT ..`. The other may read another projection, also of another
    /// model, whose fields have the same names and types, in whatever order; or tuples of [`values`](QuerySet::values), in the order of this
    /// projection's fields, related rows last. The rows become those of this one.
    ///
    /// Rows are equal where all that is read of them is, as in [`union`](QuerySet::union) of values. What is loaded in lists is loaded for the
    /// rows of the whole, where all queries read the same projection; its rows are told apart by their keys, too. A related
    /// row that may not be there is told apart by its key as well, which is among what is read.
    ///
    /// # Errors
    /// When it runs: [`is_unsupported`](crate::Error::is_unsupported) for fields that do not go together, which it names, for lists of related
    /// rows of two projections, and for more than 500 queries in a row.
    ///
    /// # Example: what is new, of two models
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// #[derive(Projection)]
    /// #[orm(model = Post)]
    /// struct News {
    ///     title: String,
    ///     #[orm(path = author.name)]
    ///     by: String,
    /// }
    ///
    /// #[derive(Projection)]
    /// #[orm(model = Comment)]
    /// struct Remark {
    ///     #[orm(path = post.author.name)]
    ///     by: String,
    ///     #[orm(path = text)]
    ///     title: String,
    /// }
    ///
    /// let news = Post::objects().select::<News>().union(Comment::objects().select::<Remark>());
    /// let news: Vec<News> = news.order_by(|p| p.title).all(&db)?;
    /// assert_eq!(news[0].title, "First!");
    /// assert_eq!(news.len(), 3);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a field that the other does not have
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// #[derive(Projection)]
    /// #[orm(model = Post)]
    /// struct Title {
    ///     title: String,
    /// }
    ///
    /// #[derive(Projection)]
    /// #[orm(model = Tag)]
    /// struct Label {
    ///     label: String, // `#[orm(path = label)] title: String`
    /// }
    ///
    /// let both = Post::objects().select::<Title>().union(Tag::objects().select::<Label>());
    /// assert!(both.count(&db).unwrap_err().to_string().contains("Label has no `title`"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn union(self, other: impl SetOperand<Projected<P>>) -> Compound<P::Model, Projected<P>> {
        combined(self, SetOperator::Union, other)
    }

    /// The rows of both queries, as many as there are: `SELECT .. UNION ALL SELECT ..`, which compares none of them. See
    /// [`union`](QuerySet::union) of projections.
    ///
    /// # Errors
    /// As [`union`](QuerySet::union) of projections.
    ///
    /// # Example: with tuples of values
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// #[derive(Projection)]
    /// #[orm(model = Post)]
    /// struct Word {
    ///     #[orm(path = title)]
    ///     word: String,
    /// }
    ///
    /// let words = Post::objects().select::<Word>().union_all(Tag::objects().values(|t| t.label));
    /// assert_eq!(words.order_by(|p| p.title.desc()).all(&db)?.len(), 4);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn union_all(self, other: impl SetOperand<Projected<P>>) -> Compound<P::Model, Projected<P>> {
        combined(self, SetOperator::UnionAll, other)
    }

    /// The rows that both queries find, each once: `SELECT .. INTERSECT SELECT ..`. See [`union`](QuerySet::union) of projections.
    ///
    /// # Errors
    /// As [`union`](QuerySet::union) of projections.
    ///
    /// # Example: titles that are labels
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// #[derive(Projection)]
    /// #[orm(model = Post)]
    /// struct Caption {
    ///     title: String,
    /// }
    ///
    /// let both = Post::objects().select::<Caption>().intersection(Tag::objects().values(|t| t.label));
    /// assert!(!both.exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn intersection(self, other: impl SetOperand<Projected<P>>) -> Compound<P::Model, Projected<P>> {
        combined(self, SetOperator::Intersection, other)
    }

    /// The rows that this query finds and the other does not, each once: `SELECT .. EXCEPT SELECT ..`. See [`union`](QuerySet::union) of
    /// projections.
    ///
    /// # Errors
    /// As [`union`](QuerySet::union) of projections.
    ///
    /// # Example: titles that are no labels, with a list
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// #[derive(Projection)]
    /// #[orm(model = Post)]
    /// struct Talk {
    ///     title: String,
    ///     #[orm(with)]
    ///     comments: Vec<Comment>,
    /// }
    ///
    /// let read = Post::objects().filter(|p| p.views.gt(3)).select::<Talk>();
    /// let others = Post::objects().select::<Talk>().difference(read).all(&db)?;
    /// assert_eq!((others[0].title.as_str(), others[0].comments.len()), ("Later", 0));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn difference(self, other: impl SetOperand<Projected<P>>) -> Compound<P::Model, Projected<P>> {
        combined(self, SetOperator::Difference, other)
    }
}
