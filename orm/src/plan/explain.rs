//! How the database would run a query: `explain`.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::Model;
use crate::query::{ForUpdate, QuerySet};
use crate::sql::{self, Dialect, PlanOptions, Statement};
use crate::value::{Json, Row, Value};

use super::fetch::Fetch;
use super::reader::{Output, Reader};
use super::{Access, ErrorContext, Executor, Job};

/// Asks the database how it would run a query: what [`explain`](QuerySet::explain) returns.
///
/// # Example: on Postgres, run and measured
///
/// ```no_run
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let plan = Post::objects().filter(|p| p.views.gt(3)).explain().analyze().buffers().run(&db)?;
/// println!("{plan}");
/// let plan = Post::objects().explain().json(&db)?;
/// println!("{}", plan[0]["Plan"]["Total Cost"]);
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is asked until `.run(&db)` or `.json(&db)`"]
pub struct Explain<M: Model, O> {
    query: QuerySet<M, O>,
    options: PlanOptions,
}

impl<M: Model, O: Output> QuerySet<M, O> {
    /// How the database would run the query, with the values that it has: `EXPLAIN ..` on Postgres, `EXPLAIN QUERY PLAN ..` on SQLite.
    /// It is the statement that [`all`](QuerySet::all) sends first; relations to many that are loaded may send more.
    ///
    /// # Example: is there an index?
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let plan = Post::objects().filter(|p| p.id.eq(1)).explain().run(&db)?;
    /// assert_eq!(plan, "SEARCH blog_post USING INTEGER PRIMARY KEY (rowid=?)");
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Example: SQLite does not measure
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Post::objects().explain().analyze().run(&db).unwrap_err();
    /// assert!(refused.is_unsupported());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn explain(self) -> Explain<M, O> {
        Explain {
            query: self,
            options: PlanOptions::default(),
        }
    }
}

impl<M: Model, O: Output> QuerySet<M, ForUpdate<O>> {
    /// How the database would run the query and lock its rows.
    ///
    /// # Example: in a transaction or outside of one
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let plan = Post::objects().select_for_update().explain().run(&db)?;
    /// assert!(plan.starts_with("SCAN"), "{plan}");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn explain(self) -> Explain<M, O> {
        self.into_inner().explain()
    }
}

impl<M: Model, O: Output> Explain<M, O> {
    /// Runs the query, throws its rows away, and says what each step took: `ANALYZE`. Not on SQLite.
    ///
    /// # Example: how many rows there really are
    ///
    /// ```no_run
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let plan = Post::objects().explain().analyze().run(&db)?;
    /// assert!(plan.contains("actual time"), "{plan}");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn analyze(mut self) -> Self {
        self.options.analyze = true;
        self
    }

    /// Says the columns of each step: `VERBOSE`. Not on SQLite.
    ///
    /// # Example: what is passed on
    ///
    /// ```no_run
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let plan = Post::objects().explain().verbose().run(&db)?;
    /// assert!(plan.contains("Output:"), "{plan}");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn verbose(mut self) -> Self {
        self.options.verbose = true;
        self
    }

    /// Says which blocks were read: `BUFFERS`. Not on SQLite.
    ///
    /// # Example: from memory or from the disk
    ///
    /// ```no_run
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let plan = Post::objects().explain().analyze().buffers().run(&db)?;
    /// println!("{plan}");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn buffers(mut self) -> Self {
        self.options.buffers = true;
        self
    }

    /// The plan as the database prints it, a line for each step, those within others indented.
    ///
    /// # Errors
    /// [`is_unsupported`](Error::is_unsupported) if the database has none of the options, or the query is `none()`; as
    /// [`all`](QuerySet::all).
    ///
    /// # Example: an index that an order needs
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let plan = Post::objects().order_by(|p| p.views).explain().run(&db)?;
    /// assert_eq!(plan, "SCAN blog_post\nUSE TEMP B-TREE FOR ORDER BY");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<String> {
        db.run(AskPlan::new(self), |plan| Ok(plan.text()))
    }

    /// The plan as Postgres' JSON: `FORMAT JSON`.
    ///
    /// # Errors
    /// [`is_unsupported`](Error::is_unsupported) on SQLite; as [`run`](Explain::run).
    ///
    /// # Example: the costs
    ///
    /// ```no_run
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let plan = Post::objects().explain().json(&db)?;
    /// let cost = plan[0]["Plan"]["Total Cost"].as_f64();
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn json<'e, E: Executor<'e>>(mut self, db: E) -> E::Out<serde_json::Value> {
        self.options.json = true;
        db.run(AskPlan::new(self), |plan| {
            let json = plan.json;
            json.ok_or_else(|| Error::internal("the database has no plan for a query"))
        })
    }
}

/// What a database says about a query.
#[derive(Default)]
struct Plan {
    /// The number of the step that each line is within, where lines have numbers, its own, and what it says.
    lines: Vec<(Option<(i64, i64)>, String)>,
    json: Option<serde_json::Value>,
}

impl Plan {
    fn text(&self) -> String {
        let mut depths: Vec<(i64, usize)> = Vec::new();
        let lines = self.lines.iter().map(|(place, line)| {
            let Some((own, within)) = place else {
                return line.clone();
            };
            let around = depths.iter().find(|(step, _)| step == within);
            let depth = around.map_or(0, |(_, depth)| depth + 1);
            depths.push((*own, depth));
            format!("{:indent$}{line}", "", indent = 2 * depth)
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// The first statement of a query, explained.
struct AskPlan<R: Reader> {
    of: Fetch<R, Vec<R::Partial>>,
    options: PlanOptions,
    /// Whether each line says which step it is, and within which.
    numbered: bool,
    sent: bool,
    plan: Plan,
}

impl<R: Reader> AskPlan<R> {
    fn new<M: Model, O: Output<Reader<M> = R>>(explain: Explain<M, O>) -> Result<Self> {
        Ok(AskPlan {
            of: Fetch::new(explain.query)?,
            options: explain.options,
            numbered: false,
            sent: false,
            plan: Plan::default(),
        })
    }
}

impl<R: Reader> Job for AskPlan<R> {
    type Output = Plan;
    type Owned = Self;

    fn access(&self) -> Access {
        self.of.access()
    }

    fn error_context(&self) -> Option<ErrorContext> {
        self.of.error_context()
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if self.sent {
            return Ok(None);
        }
        self.sent = true;
        self.numbered = !dialect.plan_options;
        let Some(statement) = self.of.next(dialect)? else {
            return Err(Error::unsupported(
                "a query that is none() sends no statement to explain",
            ));
        };
        sql::explain(&statement, self.options, dialect).map(Some)
    }

    fn values(&self) -> &[Value<'_>] {
        self.of.values()
    }

    fn take_values(&mut self) -> Vec<Value<'static>> {
        self.of.take_values()
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        let plan = &mut self.plan;
        if self.options.json {
            let Json(json) = row.get(0)?;
            plan.json = Some(json);
        } else if self.numbered {
            plan.lines.push((Some((row.get(0)?, row.get(1)?)), row.get(3)?));
        } else {
            plan.lines.push((None, row.get(0)?));
        }
        Ok(())
    }

    fn finish(self) -> Result<Plan> {
        Ok(self.plan)
    }

    fn into_owned(self) -> Self {
        self
    }
}
