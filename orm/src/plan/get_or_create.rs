//! `get_or_create` and `update_or_create`: one row that is there afterwards, whoever creates it at the same time.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::model::{ColumnSet, Model, ModelMeta};
use crate::query::{Fields, IntoConflictTarget, TargetPart, conflict_target};
use crate::registry::meta;
use crate::sql::{self, Dialect, NewRows, Returning, Statement};
use crate::value::{Row, Value};

use super::decode::AsStruct;
use super::draft_rows::DraftRows;
use super::unique_rule::UniqueRule;
use super::{Access, Decode as _, Draft, ErrorContext, Executor, Job};

/// A row that is looked for and created if it is not there, from `get_or_create(..)` and `update_or_create(..)`.
///
/// # Example: the first creates it
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let (tag, created) = Tag::create().label("new").get_or_create(|t| t.label).run(&db)?;
/// assert!(created);
/// let (again, created) = Tag::create().label("new").get_or_create(|t| t.label).run(&db)?;
/// assert!(!created && again == tag);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: nothing happens until it runs
///
/// ```compile_fail,E0308
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let (tag, created): (Tag, bool) = Tag::create().label("new").get_or_create(|t| t.label); // `.run(&db)?`
/// # Ok::<(), orm::Error>(())
/// ```
#[must_use = "nothing is created until `.run(&db)`"]
pub struct GetOrCreate<M: Model> {
    draft: Draft<M>,
    by: Result<Vec<TargetPart>>,
    update: bool,
}

impl<M: Model> Draft<M> {
    #[doc(hidden)]
    pub fn get_or_create<T: IntoConflictTarget>(self, by: impl FnOnce(Fields<M>) -> T) -> GetOrCreate<M> {
        GetOrCreate {
            draft: self,
            by: conflict_target::<M, T>(by),
            update: false,
        }
    }

    #[doc(hidden)]
    pub fn update_or_create<T: IntoConflictTarget>(self, by: impl FnOnce(Fields<M>) -> T) -> GetOrCreate<M> {
        GetOrCreate {
            draft: self,
            by: conflict_target::<M, T>(by),
            update: true,
        }
    }
}

impl<M: Model> GetOrCreate<M> {
    /// Finds the row and returns it with `false`, or creates it and returns it with `true`. With `update_or_create`, a row that is
    /// found gets what the builder was given (and `auto_now` fields the time), but keeps its primary key.
    ///
    /// It takes one statement if the row is there, and two if it is not. If others create the same row at the same time, one of
    /// them does, and all get it, also within a transaction on Postgres, which no conflict fails. In a transaction with
    /// [`Isolation::RepeatableRead`](crate::db::Isolation) and above, a row of others that it cannot see is
    /// [`is_serialization_failure`](Error::is_serialization_failure).
    ///
    /// Where it is unique among some rows only (`where = ..`), the row is looked for among those. A new row that is none of them
    /// conflicts with nothing, so it is created each time.
    ///
    /// # Errors
    /// [`is_unsupported`](Error::is_unsupported) if nothing that is unique is over what the row is looked for by, or one of that
    /// is NULL; what the database says.
    ///
    /// # Example: what is looked for by has to be unique
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let refused = Post::create().author(1).title("New").get_or_create(|p| p.title).run(&db).unwrap_err();
    /// assert!(refused.is_unsupported(), "others could create a second one at the same time");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn run<'e, E: Executor<'e>>(self, db: E) -> E::Out<(M, bool)> {
        db.run(self.into_job(), Ok)
    }

    fn into_job(self) -> Result<FindOrInsert<M>> {
        let meta = meta(M::slot())?;
        let called = match self.update {
            true => "update_or_create()",
            false => "get_or_create()",
        };
        let rule = UniqueRule::find(meta, &self.by?)?;
        let Some(columns) = rule.columns.clone() else {
            return Err(Error::unsupported(format!(
                "{called} of {} looks for a row by fields, and not by what is computed from them",
                meta.def.key()
            ))
            .with_hint("use on_conflict(), which takes an expression"));
        };
        if rule.collated {
            return Err(Error::unsupported(format!(
                "{called} of {} looks for a row by what is unique by another collation than the column's, so it might not find \
                 the one that a new row conflicts with",
                meta.def.key()
            ))
            .with_hint("use on_conflict(), which leaves that to the database"));
        }
        let said = self.draft.assigned().clone();
        let row = self.draft.into_row();
        let mut set = ColumnSet::default();
        if self.update {
            row.columns().for_each(|column| {
                let is_touched = meta.columns.get(column).is_some_and(|found| {
                    meta.def
                        .fields
                        .get(found.field)
                        .is_some_and(|field| field.auto_now)
                });
                let kept =
                    columns.contains(&column) || meta.key.contains(&column) || meta.version == Some(column);
                if (said.contains(column) || is_touched) && !kept {
                    set.insert(column);
                }
            });
            if set.is_empty() {
                return Err(Error::config(format!(
                    "update_or_create() of {} has nothing to update: all that it sets is what the row is looked for by, and its primary key",
                    meta.def.key()
                ))
                .with_hint("use get_or_create(), or set another field"));
            }
        }
        let rows = DraftRows::of(std::iter::once(row));
        let given = rows.groups.first().map(|group| group.given.clone());
        let given = given.ok_or_else(|| Error::internal("a row to create has no columns"))?;
        let mut find = values_of(&given, &rows.values, |column| set.contains(column));
        let (mut nulls, mut filled) = (0, 0);
        for (nth, &column) in columns.iter().enumerate() {
            let name = meta.columns.get(column).map_or("", |column| &column.name);
            match values_of(&given, &rows.values, |given| given == column).pop() {
                Some(Value::Null) if rule.nulls_are_equal => nulls |= 1 << nth,
                Some(Value::Null) => {
                    return Err(Error::unsupported(format!(
                        "{called} of {} looks for a row by `{name}`, which is NULL, and no NULL is equal to another",
                        meta.def.key()
                    ))
                    .with_hint("create the row with `save()`, or look for it by what is not NULL"));
                }
                Some(value) => find.push(value),
                None if meta.is_filled(name) && nth < 32 => filled |= 1 << nth,
                None => {
                    return Err(Error::config(format!(
                        "{called} of {} looks for a row by `{name}`, which it does not set",
                        meta.def.key()
                    ))
                    .with_hint(format!("set it before: `.{name}(..)`")));
                }
            }
        }
        Ok(FindOrInsert {
            meta,
            rule,
            columns,
            nulls,
            filled,
            set: self.update.then_some(set),
            find,
            given,
            insert: rows.values,
            step: Step::Begin,
            attempts: 0,
            unsure: !meta.unsure.is_empty(),
            row: None,
            model: PhantomData,
        })
    }
}

/// The values of some of the columns that are given.
fn values_of(
    given: &ColumnSet,
    values: &[Value<'static>],
    mut wanted: impl FnMut(usize) -> bool,
) -> Vec<Value<'static>> {
    let mut values = values.iter();
    let mut found = Vec::new();
    given.for_each(|column| {
        let value = values.next();
        if wanted(column) {
            found.extend(value.cloned());
        }
    });
    found
}

impl<M> FindOrInsert<M> {
    /// On a handle for all rows nobody knows what a scope would fill.
    #[cold]
    fn unknown(&self) -> Error {
        let columns = self.columns.iter().enumerate();
        let filled = columns.filter(|(nth, _)| *nth < 32 && self.filled >> nth & 1 == 1);
        let names: Vec<&str> = filled
            .filter_map(|(_, &at)| Some(self.meta.columns.get(at)?.name.as_str()))
            .collect();
        Error::config(format!(
            "a row of {} is looked for by `{}`, which is not set and which a scope fills, and this handle is for all rows",
            self.meta.def.key(),
            names.join("`, `")
        ))
        .with_hint("set it, or do this on a handle with the value, `db.scoped(..)`")
    }
}

/// How often a row is looked for and then inserted. It takes a second time only if others delete it in between.
const MOST_ATTEMPTS: u32 = 50;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Begin,
    Find,
    Insert,
}

/// Finds a row (or updates it), inserts it if it is not there, finds it if another was faster.
///
/// Each statement is whole by itself, so no transaction is needed, and none that there is fails: a row that conflicts is left
/// out by the database.
pub struct FindOrInsert<M> {
    meta: &'static ModelMeta,
    rule: UniqueRule,
    columns: Vec<usize>,
    nulls: u64,
    filled: u32,
    /// The columns to set in a row that is found.
    set: Option<ColumnSet>,
    /// The values to set, and those to look for.
    find: Vec<Value<'static>>,
    given: ColumnSet,
    insert: Vec<Value<'static>>,
    step: Step,
    attempts: u32,
    /// Whether the row may have values that were never validated, such as those of the author's SQL defaults.
    unsure: bool,
    row: Option<M>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Job for FindOrInsert<M> {
    type Output = (M, bool);
    type Owned = Self;

    fn access(&self) -> Access {
        match self.unsure {
            true => Access::Atomic,
            false => Access::Write,
        }
    }

    fn error_context(&self) -> Option<ErrorContext> {
        Some(ErrorContext {
            doing: "creating",
            model: self.meta,
        })
    }

    fn next(&mut self, dialect: &'static Dialect) -> Result<Option<Arc<Statement>>> {
        if self.row.is_some() {
            return Ok(None);
        }
        if self.step == Step::Find {
            self.step = Step::Insert;
            let insert = sql::Upsert {
                meta: self.meta,
                given: &self.given,
                rows: NewRows::Each(1),
                target: Some(&self.rule.target),
                update: None,
                returning: Returning::Row,
            };
            return insert.statement(dialect).map(Some);
        }
        if self.attempts == MOST_ATTEMPTS {
            return Err(Error::new(
                Kind::Serialization,
                format!(
                    "a row of {} is neither found nor created, {MOST_ATTEMPTS} times in a row: others create and delete it all the \
                     time, or a scope of the model or a trigger or a policy of its table leaves it out",
                    self.meta.def.key()
                ),
            ));
        }
        if self.filled != 0 && !dialect.scopes {
            return Err(self.unknown());
        }
        self.attempts += 1;
        self.step = Step::Find;
        let find = sql::ByUnique {
            meta: self.meta,
            columns: &self.columns,
            nulls: self.nulls,
            filled: self.filled,
            target: &self.rule.target,
            set: self.set.as_ref(),
        };
        find.statement(dialect).map(Some)
    }

    fn values(&self) -> &[Value<'_>] {
        match self.step {
            Step::Insert => &self.insert,
            Step::Begin | Step::Find => &self.find,
        }
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        let row = AsStruct::<M>::NEW
            .decode(row)
            .map_err(|error| match self.unsure {
                true => error,
                false if self.step == Step::Insert || self.set.is_some() => {
                    error.context("the row was written, but cannot be read back")
                }
                false => error,
            })?;
        match self.row.replace(row) {
            None => Ok(()),
            Some(_) => Err(Error::internal("what is unique is the same in two rows")),
        }
    }

    fn finish(self) -> Result<(M, bool)> {
        match self.row {
            Some(row) => Ok((row, self.step == Step::Insert)),
            None => Err(Error::internal("a row was found or created, and is not there")),
        }
    }

    fn into_owned(self) -> Self {
        self
    }
}
