//! `insert_from`: new rows made of the values of a query, by the database alone.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::expr::{ExprTokens, RowSource, Token};
use crate::model::{AssignedColumns, FieldDef, MetaSlot, Model, ModelMeta};
use crate::query::{
    Compound, Fields, InsertColumns, QuerySet, Select, Selection, Tuples, closure, order_by_default,
};
use crate::registry::meta;
use crate::sql::{self, Dialect, ReadQuery, RowLimit, Statement, StatementKind};
use crate::value::{Row, Value};

use super::decode::AsStruct;
use super::fetch::put_values_in_bind_order;
use super::job::first_sql;
use super::{Access, Decode as _, ErrorContext, Executor, Job};

/// New rows made of the values of a query, from [`ModelExt::insert_from`](super::ModelExt::insert_from).
///
/// # Example: nothing is created until it runs
///
/// ```compile_fail,E0308
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let labels = Author::objects().values(|a| a.name);
/// let created: u64 = Tag::insert_from(labels, |t| t.label); // where is `.run(&db)?`
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is created until `.run(&db)` or `.all(&db)`"]
pub struct InsertFrom<M: Model> {
    job: Result<RowsFromQuery<M>>,
}

impl<M: Model> InsertFrom<M> {
    pub(super) fn new<Q, C>(rows: Q, named: impl FnOnce(Fields<M>) -> C) -> Self
    where
        Q: ValuesQuery,
        C: InsertColumns<Q::Row>,
    {
        let (named, own) = closure::<M, _>(named);
        let mut columns = ExprTokens::default();
        named.append(&mut columns);
        columns.resolve_scope(own);
        let (from, select, nulls) = rows.into_values();
        let from = meta(from);
        InsertFrom {
            job: from.and_then(|from| RowsFromQuery::of(from, select, nulls, &columns)),
        }
    }

    /// The SQL of the insert, with placeholders for its values; it asks no database.
    ///
    /// # Errors
    /// As [`run`](InsertFrom::run), where no database is asked.
    ///
    /// # Example: names as labels
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::db::Dialect;
    ///
    /// let names = Author::objects().values(|a| a.name);
    /// let sql = Tag::insert_from(names, |t| t.label).sql(Dialect::SQLITE)?;
    /// assert!(sql.starts_with(r#"INSERT INTO "blog_tag" ("label") SELECT "#), "{sql}");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn sql(self, dialect: &'static Dialect) -> Result<String> {
        first_sql(self.job, dialect)
    }

    /// Creates the rows and returns how many they were: `INSERT INTO .. SELECT ..`, one statement.
    ///
    /// # Errors
    /// If a field that has to be given is not named, or is named twice; what the database says of the new rows.
    ///
    /// # Example: a tag for each author
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let names = Author::objects().values(|a| a.name.ascii_lower());
    /// assert_eq!(Tag::insert_from(names, |t| t.label).run(&db)?, 2);
    /// assert!(Tag::objects().filter(|t| t.label.eq("ann")).exists(&db)?);
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: a required field is missing
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let titles = Post::objects().values(|p| p.title);
    /// let refused = Post::insert_from(titles, |p| p.title).run(&db).unwrap_err();
    /// assert!(refused.to_string().contains("`author`"), "{refused}");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<u64> {
        db.run(self.job, |made| Ok(made.count))
    }

    /// Creates the rows and returns them whole.
    ///
    /// # Errors
    /// As [`run`](InsertFrom::run).
    ///
    /// # Example: with the keys that the database gave
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let names = Author::objects().order_by(|a| a.id).values(|a| a.name);
    /// let tags = Tag::insert_from(names, |t| t.label).all(&db)?;
    /// assert_eq!(tags[0].label, "Ann");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn all<'e, E: Executor<'e>>(self, db: E) -> E::Out<Vec<M>> {
        let job = self.job.map(|job| RowsFromQuery {
            returning: true,
            ..job
        });
        db.run(job, |made| Ok(made.rows))
    }
}

/// What [`insert_from`](super::ModelExt::insert_from) takes: a query of [`values`](QuerySet::values), or several that are
/// [combined](Compound).
///
/// # Example: the words of two models, each once
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let words = Post::objects().values(|p| p.title).union(Author::objects().values(|a| a.name));
/// assert_eq!(Tag::insert_from(words, |t| t.label).run(&db)?, 4);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a query of values",
    label = "expected `.values(|row| ..)` of a query, or several of them combined",
    note = "of whole rows say which of their values new rows are made of: `Author::objects().values(|a| a.name)`"
)]
pub trait ValuesQuery {
    /// What each row is.
    type Row;

    #[doc(hidden)]
    fn into_values(self) -> (&'static MetaSlot, Select, u32);
}

#[diagnostic::do_not_recommend]
impl<M: Model, S: Selection + 'static> ValuesQuery for QuerySet<M, Tuples<S>> {
    type Row = S::Row;

    fn into_values(self) -> (&'static MetaSlot, Select, u32) {
        (M::slot(), self.select, S::NULLS)
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, C: Selection<Named = C> + 'static> ValuesQuery for Compound<M, C> {
    type Row = C::Row;

    fn into_values(self) -> (&'static MetaSlot, Select, u32) {
        self.into_query().into_values()
    }
}

/// What an insert from a query has made.
pub struct Made<M> {
    count: u64,
    rows: Vec<M>,
}

/// The job.
pub struct RowsFromQuery<M> {
    into: &'static ModelMeta,
    from: &'static ModelMeta,
    columns: Vec<u16>,
    /// The columns with the same value in every row, and the values.
    constants: Vec<usize>,
    values: Vec<Value<'static>>,
    select: Select,
    nulls: u32,
    returning: bool,
    sent: bool,
    made: Made<M>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> RowsFromQuery<M> {
    fn of(from: &'static ModelMeta, select: Select, nulls: u32, named: &ExprTokens) -> Result<Self> {
        let into = meta(M::slot())?;
        let mut columns = Vec::new();
        for token in named.tokens() {
            let Some(Token::Column(RowSource::OWN, at)) = token.token() else {
                return Err(Error::unsupported(format!(
                    "insert_from() makes rows of {} and names a field of another",
                    into.def.key()
                )));
            };
            let column = into.columns.get(usize::from(at));
            let column = column.ok_or_else(|| Error::internal("a new row has a column that there is not"))?;
            if column.computed {
                return Err(sql::set_by_the_database(into, column));
            }
            if columns.contains(&at) {
                return Err(Error::config(format!(
                    "insert_from() of {} sets `{}` twice",
                    into.def.key(),
                    column.name
                )));
            }
            columns.push(at);
        }
        let (constants, values) = filled_in::<M>(into, &columns)?;
        Ok(RowsFromQuery {
            into,
            from,
            columns,
            constants,
            values,
            select,
            nulls,
            returning: false,
            sent: false,
            made: Made {
                count: 0,
                rows: Vec::new(),
            },
            model: PhantomData,
        })
    }
}

/// What Rust code fills in where it is the same for all rows: the time.
///
/// # Errors
/// If a column has to be given.
fn filled_in<M: Model>(into: &'static ModelMeta, given: &[u16]) -> Result<(Vec<usize>, Vec<Value<'static>>)> {
    let mut row = AssignedColumns::new(into.columns.len());
    for &at in given {
        row.set(usize::from(at), Value::Null);
    }
    M::fill(&mut row);
    let mut filled = Vec::new();
    row.columns().for_each(|at| filled.push(at));
    let mut values = Vec::new();
    row.move_to(&mut values);
    let (mut constants, mut kept) = (Vec::new(), Vec::new());
    for (at, value) in filled.into_iter().zip(values) {
        let is_time = field(into, at)?;
        if !given.iter().any(|&given| usize::from(given) == at) && (is_time.auto_now || is_time.auto_now_add)
        {
            constants.push(at);
            kept.push(value);
        }
    }
    for (at, column) in into.columns.iter().enumerate() {
        let of = field(into, at)?;
        let known = given.iter().any(|&given| usize::from(given) == at) || constants.contains(&at);
        let by_database = of.default.is_some() || of.db_default.is_some() || column.computed;
        if known || by_database || of.generated || into.is_filled(&column.name) {
            continue;
        }
        if of.default_in_code {
            return Err(Error::unsupported(format!(
                "`{}` of {} gets its value from Rust, once for each row, and the rows of insert_from() are made by the database",
                column.name,
                into.def.key()
            ))
            .with_hint("name it too, or read the rows and use bulk_create()"));
        }
        if !column.null {
            return Err(Error::config(format!(
                "`{}` of {} has to be given, and insert_from() does not name it",
                column.name,
                into.def.key()
            ))
            .with_hint("a field is required unless it is an `Option` or has a default"));
        }
    }
    Ok((constants, kept))
}

fn field(meta: &'static ModelMeta, column: usize) -> Result<&'static FieldDef> {
    let column = meta.columns.get(column);
    let field = column.and_then(|column| meta.def.fields.get(column.field));
    field.ok_or_else(|| Error::internal("a column of a new row has no field"))
}

impl<M: Model> Job for RowsFromQuery<M> {
    type Output = Made<M>;
    type Owned = Self;

    fn access(&self) -> Access {
        match self.returning {
            // Rows that cannot be read back are not kept.
            true => Access::Atomic,
            false => Access::Write,
        }
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: "creating",
            model: self.into,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if self.sent || self.select.nothing {
            return Ok(None);
        }
        self.sent = true;
        order_by_default(self.from, &mut self.select);
        self.select.name_again();
        let limit = match self.select.is_cut() {
            true => RowLimit::Param,
            false => RowLimit::None,
        };
        let statement = sql::InsertFrom {
            into: self.into,
            columns: &self.columns,
            constants: &self.constants,
            query: ReadQuery {
                kind: StatementKind::Tuples,
                meta: self.from,
                select: &self.select,
                joined: &[],
                step: None,
                parent: None,
                limit,
                nulls: self.nulls,
                first: 0,
            },
            returning: self.returning,
        };
        let statement = statement.statement(dialect)?;
        put_values_in_bind_order(&mut self.select, limit);
        for value in std::mem::take(&mut self.values) {
            self.select.filter.add_value(value);
        }
        Ok(Some(statement))
    }

    fn values(&self) -> &[Value<'_>] {
        self.select.filter.values()
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        self.made.rows.push(AsStruct::<M>::NEW.decode(row)?);
        Ok(())
    }

    fn affected(&mut self, rows: u64) -> Result<()> {
        self.made.count += rows;
        Ok(())
    }

    fn finish(self) -> Result<Made<M>> {
        Ok(self.made)
    }

    fn into_owned(self) -> Self {
        self
    }
}
