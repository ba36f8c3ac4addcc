//! Queries over the rows of a query.

use crate::expr::{ExprTokens, Form, Function, NO_COLUMN, RowSource, Scope, Token, each_expression};
use crate::model::{DerivedColumn, LeftOut, Model};
use crate::registry::meta;
use crate::value::{ColumnType, FieldType, Value};

use super::conditional::native_choices;
use super::order::key_order;
use super::subquery::tokens;
use super::{Field, QuerySet, Rows, Select};

/// A query that another selects from.
#[derive(Debug, Clone, Default)]
pub(crate) struct DerivedRows {
    /// The query, of [`Form::Rows`].
    pub(super) query: ExprTokens,
    /// What it computed for each row; an order of the query around it names them by these, again.
    named: Vec<(ExprTokens, Token)>,
    /// They are values and not rows of the model.
    of_values: bool,
}

impl DerivedRows {
    /// Those of a query, of [`Form::Rows`], with nothing to name.
    pub(super) fn of(query: ExprTokens) -> Self {
        DerivedRows {
            query,
            ..DerivedRows::default()
        }
    }

    /// Those of a query, of [`Form::Values`].
    pub(super) fn of_values(query: ExprTokens) -> Self {
        DerivedRows {
            of_values: true,
            ..DerivedRows::of(query)
        }
    }
}

/// A value that a query computes beside its rows, as the query around it names it.
pub(super) fn value_at<T: ColumnType>(rows: RowSource, nth: usize) -> Field<T> {
    Field::new(
        rows,
        derived_value::<T>(nth).map_or(NO_COLUMN, DerivedColumn::intern),
    )
}

/// The same as a column; `None` for a type that is not stored.
pub(crate) fn derived_value<T: ColumnType>(nth: usize) -> Option<DerivedColumn> {
    T::stored_type().map(|ty| DerivedColumn {
        // Of a condition the type does not say it.
        null: T::NULLABLE || ty == FieldType::Bool,
        choices: native_choices::<T>(),
        ..DerivedColumn::of_value(nth, ty)
    })
}

impl Select {
    /// Without values beside whole rows.
    pub(super) fn clear_annotations(&mut self) {
        if let Some(more) = &mut self.more {
            more.annotated = false;
            more.groups.columns = ExprTokens::default();
        }
    }

    /// Which rows it is about: the same, in another order.
    pub(crate) fn same_rows(&self, order: ExprTokens) -> Select {
        let mut same = Select::of(self.filter.clone(), order);
        same.left_out = self.left_out;
        if let Some(derived) = self.derived() {
            same.select_from(derived.clone());
        }
        same
    }

    /// The query whose rows these are, if they are not the model's.
    #[inline]
    pub(super) fn derived(&self) -> Option<&DerivedRows> {
        self.more.as_ref()?.derived.as_deref()
    }

    /// Whether it selects from values, which are not rows of its model.
    pub(crate) fn is_of_values(&self) -> bool {
        self.derived().is_some_and(|derived| derived.of_values)
    }

    pub(super) fn select_from(&mut self, rows: DerivedRows) {
        self.more.get_or_insert_default().derived = Some(Box::new(rows));
    }

    /// The tokens and values of that query.
    #[inline]
    pub(crate) fn derived_rows(&self) -> Option<&ExprTokens> {
        self.derived().map(|derived| &derived.query)
    }

    pub(super) fn take_derived(&mut self) -> Option<ExprTokens> {
        Some(self.more.as_mut()?.derived.take()?.query)
    }

    /// The query over the rows of this one, which names what this computes beside them by `columns`.
    pub(super) fn derive<M: Model>(mut self, columns: ExprTokens) -> Select {
        // Whole rows are distinct by their primary key.
        self.distinct = false;
        let mut outer = Select::of(ExprTokens::default(), self.order.clone());
        outer.reversed = self.reversed;
        outer.nothing = self.nothing;
        // The query within says that.
        outer.left_out = LeftOut::ALL;
        let left = self.is_ordered_by_what_it_left();
        if !self.is_cut() {
            self.order = ExprTokens::default();
            // A query with a limit is not merged with the one around it, which would draw once more for each mention.
            if self.groups().columns.is_random() {
                self.set_limit(Some(i64::MAX.unsigned_abs()));
            }
        }
        let named = each_expression(&self.groups().columns).into_iter();
        let named = named.zip(columns.tokens().iter().filter_map(|bits| bits.token()));
        let derived = DerivedRows {
            named: named.collect(),
            ..DerivedRows::of(tokens::<M>(self, Form::Rows))
        };
        outer.select_from(derived);
        if !columns.is_empty() {
            outer.annotate(columns);
        }
        outer.name_order();
        let refused = if outer.order.has_window() {
            Some(
                "the order of a query before qualify() is by what is computed over a window of rows that it leaves out: annotate that value",
            )
        } else if left {
            Some(
                "the order of a query before qualify() is by a value that only_rows() has left out: annotate that value again",
            )
        } else {
            None
        };
        if let Some(why) = refused {
            outer.order = ExprTokens::default();
            outer.order.param(Value::Refused(why));
            outer.order.push(Token::Order(
                crate::expr::Direction::Asc,
                crate::expr::NullsPlace::Default,
            ));
        }
        outer
    }

    /// Whether its order names a value that the query it selects from has computed and that does not stand beside its rows any more: what
    /// is annotated next takes its name.
    fn is_ordered_by_what_it_left(&self) -> bool {
        let Some(derived) = self.derived() else {
            return false;
        };
        let has = |part: &ExprTokens, column: &Token| part.tokens().contains(&column.pack());
        let mut named = derived.named.iter();
        named.any(|(_, column)| has(&self.order, column) && !has(&self.groups().columns, column))
    }

    /// Orders by what the query that it selects from has computed, where the order says it again.
    pub(crate) fn name_order(&mut self) {
        let Some(derived) = self.derived() else { return };
        if derived.named.is_empty() {
            return;
        }
        let mut order = ExprTokens::default();
        for (by, direction, nulls) in self.order.sort_keys() {
            let mut named = derived.named.iter();
            match named.find(|(known, _)| known.tokens() == by.tokens() && known.values() == by.values()) {
                Some((_, column)) => order.push(*column),
                None => order.extend(by),
            }
            order.push(Token::Order(direction, nulls));
        }
        self.order = order;
    }

    /// For what is over all of its rows: those that a limit leaves are rows of the query around it. Whole rows are distinct anyway.
    pub(crate) fn over_its_rows<M: Model>(mut self) -> Select {
        self.distinct = false;
        if !self.is_cut() || !self.groups().by.is_empty() {
            return self;
        }
        let mut around = self.derive::<M>(ExprTokens::default());
        around.order = ExprTokens::default();
        around
    }

    /// Its rows as a condition on those of its model, for what takes no other rows than these.
    pub(crate) fn among_keys<M: Model>(self) -> Select {
        // What is cut off is refused where it runs.
        if self.derived().is_none() || self.is_cut() || self.distinct || !self.groups().by.is_empty() {
            return self;
        }
        let nothing = self.nothing;
        let mut select = Select::of(has_key_among::<M>(self), ExprTokens::default());
        (select.nothing, select.left_out) = (nothing, LeftOut::ALL);
        select
    }
}

/// Whether a row is one of those that a query finds, by its primary key.
pub(super) fn has_key_among<M: Model>(mut select: Select) -> ExprTokens {
    select.distinct = false;
    // Without a registry the query is refused where it is rendered.
    let keys = meta(M::slot()).ok().and_then(|meta| key_order(meta, false).ok());
    let keys: Vec<Token> = keys
        .iter()
        .flat_map(|keys| keys.tokens())
        .filter_map(|bits| bits.token())
        .collect();
    let keys: Vec<u16> = keys
        .into_iter()
        .filter_map(|token| match token {
            Token::Column(_, key) => Some(key),
            _ => None,
        })
        .collect();
    let mut condition = ExprTokens::default();
    if let &[key] = &*keys {
        let key = Token::Column(RowSource::OWN, key);
        select.groups_mut().columns = ExprTokens::default();
        select.groups_mut().columns.push(key);
        condition.push(key);
        condition.join(tokens::<M>(select, Form::List), Function::In);
        return condition;
    }
    for key in keys {
        let mut equal = ExprTokens::default();
        equal.push(Token::Column(RowSource::OWN, key));
        equal.push(Token::Column(
            RowSource::new(Scope(1), crate::expr::Path::ROOT),
            key,
        ));
        equal.call(Function::Eq, 2);
        select.filter.and(equal);
    }
    tokens::<M>(select, Form::Exists)
}

impl<M: Model, L> QuerySet<M, Rows<L>> {
    /// The rows alone, without what [`annotate`](QuerySet::annotate) and [`with`](QuerySet::with) put beside them: for
    /// [`values`](QuerySet::values), [`update`](QuerySet::update), [`delete`](QuerySet::delete), and queries within others. Which rows there
    /// are, and their order, stays what it is.
    ///
    /// # Example: delete all but the post of each author that is read most
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let others = Post::objects()
    ///     .annotate(|p| orm::row_number().over(|w| w.partition_by(p.author).order_by(p.views.desc())))
    ///     .qualify(|_, place| place.gt(1));
    /// assert_eq!(others.only_rows().delete().run(&db)?, 1);
    /// assert_eq!(Post::objects().get(&db)?.title, "Hello");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn only_rows(mut self) -> QuerySet<M> {
        self.select.clear_annotations();
        QuerySet::<M>::of(self.select)
    }
}
