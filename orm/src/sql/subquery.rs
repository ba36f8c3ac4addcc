//! Subqueries in SQL.

use sea_query::{Alias, Expr, ExprTrait, JoinType, SelectStatement};

use crate::error::{Error, Result};
use crate::expr::{ByPosition, Form, Subquery, Takes, Typed};
use crate::query::{PathEnd, path_end};

use super::coherence::check_within;
use super::derived::value_name;
use super::join::{join_on, join_table, key_columns, row_of};
use super::ranks::refuse_among_distinct;
use super::render::{RenderScope, Renderer, apply_joins, column};
use super::table::{named, table};
use super::writer::{ALL_ROWS, limit_param, position};

/// A subquery that is written already: where the same stands again, it is the same SQL.
pub(super) struct WrittenQuery {
    /// Whether scopes did not apply, as within the condition of one.
    of_all_rows: bool,
    /// The aliases of the rows around it.
    around: Vec<String>,
    query: Subquery<ByPosition>,
    statement: SelectStatement,
}

impl Renderer {
    /// Renders a subquery.
    pub(super) fn query(
        &mut self,
        query: &Subquery<ByPosition>,
        typed: &Typed<'_, '_, ByPosition>,
    ) -> Result<SelectStatement> {
        let around: Vec<String> = self.scopes.iter().map(RenderScope::alias).cloned().collect();
        let of_all_rows = self.of_all_rows;
        let is_same = |written: &&WrittenQuery| {
            written.of_all_rows == of_all_rows && written.around == around && written.query == *query
        };
        if let Some(same) = self.written.iter().find(is_same) {
            return Ok(same.statement.clone());
        }
        let statement = self.new_query(query, typed)?;
        self.written.push(WrittenQuery {
            of_all_rows,
            around,
            query: query.clone(),
            statement: statement.clone(),
        });
        Ok(statement)
    }

    fn new_query(
        &mut self,
        query: &Subquery<ByPosition>,
        typed: &Typed<'_, '_, ByPosition>,
    ) -> Result<SelectStatement> {
        let mut statement = SelectStatement::new();
        let alias = self.new_alias();
        let model = match path_end(query.from.path()) {
            Some(PathEnd::Model(slot, left_out)) => {
                let model = crate::registry::meta(slot)?;
                if query.rows.is_none() && query.combined.is_none() {
                    statement.from_as(table(model, self.dialect())?, Alias::new(&alias));
                    self.keep_in_scope(model, &alias, left_out, &mut statement)?;
                }
                model
            }
            Some(PathEnd::Join(step)) => {
                let start = query.from.with_path(step.from);
                let outer = self.alias_of(start)?;
                let outer_model = self.rows.model(start, &self.around)?;
                let target = step.target()?;
                statement.from_as(table(target, self.dialect())?, Alias::new(&alias));
                let on = match join_table(&step)? {
                    None => join_on(&step, &outer, outer_model, &alias, target)?,
                    // Each pair once, of those that are counted.
                    Some(join) if join.repeats && query.form != Form::Exists => {
                        let through = self.new_alias();
                        let mut far = SelectStatement::new();
                        far.exprs(join.far.of(&through));
                        far.from_as(named(&join.table, self.dialect())?, Alias::new(&through));
                        far.and_where(join.near.point_at(&through, outer_model, &outer)?);
                        self.keep_links_in_scope(&join, &through, step.left_out, &mut far)?;
                        row_of(key_columns(target).map(|key| column(&alias, key))).in_subquery(far)
                    }
                    Some(join) => {
                        let through = self.new_alias();
                        statement.join_as(
                            JoinType::InnerJoin,
                            named(&join.table, self.dialect())?,
                            Alias::new(&through),
                            join.far.point_at(&through, target, &alias)?,
                        );
                        self.keep_links_in_scope(&join, &through, step.left_out, &mut statement)?;
                        join.near.point_at(&through, outer_model, &outer)?
                    }
                };
                statement.and_where(on);
                self.keep_in_scope(target, &alias, step.left_out, &mut statement)?;
                target
            }
            None => return Err(Error::internal("a query within an expression is about no rows")),
        };
        self.scopes.push(RenderScope::new(model, alias));
        self.around.push(query.from);
        let result = self.query_parts(query, typed, &mut statement);
        self.around.pop();
        let scope = self.scopes.pop();
        result?;
        if let Some(mut scope) = scope {
            apply_joins(&mut scope, &mut statement);
        }
        Ok(statement)
    }

    fn query_parts(
        &mut self,
        query: &Subquery<ByPosition>,
        typed: &Typed<'_, '_, ByPosition>,
        statement: &mut SelectStatement,
    ) -> Result<()> {
        if let Some(combined) = &query.combined {
            *statement = self.combined(combined, &typed.parts)?;
            return Ok(());
        }
        check_within(query, self.rows, &self.around)?;
        let mut parts = typed.parts.iter();
        let mut next = || {
            parts
                .next()
                .ok_or_else(|| Error::internal("a query has fewer parts than it says"))
        };
        if query.rows.is_some() {
            let rows = next()?;
            match &query.walk {
                Some(walk) => self.read_from_tree(walk, rows, statement)?,
                None => {
                    let own = self.scopes.len().saturating_sub(1);
                    self.read_from_rows(rows, own, statement)?;
                }
            }
        }
        if query.filter.is_some() {
            let filter = self.expr(next()?)?;
            statement.and_where(filter);
        }
        if query.form == Form::Rows {
            self.row_columns(query.columns.len(), statement);
        }
        for nth in 0..query.columns.len() {
            let typed = next()?;
            let value = self.expr(typed)?;
            let value = match query.form {
                // Distinct values and values to compare with are compared by what they mean, not by their encoding.
                Form::List | Form::ComparedValues => self.distinct(value, typed.ty)?,
                Form::Value | Form::Values | Form::Exists if query.distinct || !query.groups.is_empty() => {
                    self.distinct(value, typed.ty)?
                }
                Form::Value | Form::Values | Form::Exists | Form::Rows => value,
            };
            match query.form {
                // Whether there is a row does not depend on its columns.
                Form::Exists => {}
                Form::Rows | Form::Values | Form::ComparedValues => {
                    statement.expr_as(value, Alias::new(value_name(nth)));
                }
                Form::Value | Form::List => {
                    statement.expr(value);
                }
            }
        }
        match (query.form, query.columns.len()) {
            (Form::Exists, _) => {
                statement.expr(Expr::cust("1"));
            }
            (Form::Value | Form::List, 1) | (Form::Rows | Form::Values | Form::ComparedValues, _) => {}
            (Form::Value | Form::List, _) => {
                return Err(
                    Error::config("a query within an expression gives one value per row")
                        .with_hint("write `.values(|row| row.field)` with a single field or expression"),
                );
            }
        }
        for _ in &query.groups {
            let typed = next()?;
            let group = self.expr(typed)?;
            let group = self.distinct(group, typed.ty)?;
            statement.add_group_by([group]);
        }
        if query.having.is_some() {
            let having = self.expr(next()?)?;
            statement.and_having(having);
        }
        let is_cut = query.is_cut();
        for order in &query.order {
            let by = next()?;
            // An order matters only if rows are cut off.
            if is_cut {
                if query.distinct {
                    refuse_among_distinct(by)?;
                }
                self.order_by(order, by, statement)?;
            }
        }
        match (query.limit, query.offset.is_some()) {
            (Some(limit), _) => {
                statement.limit(limit_param(position(&limit)));
            }
            // SQLite has no OFFSET without LIMIT.
            (None, true) => {
                statement.limit(match query.takes {
                    Takes::First => 1,
                    Takes::All | Takes::Together => ALL_ROWS,
                });
            }
            (None, false) if query.takes == Takes::First => {
                statement.limit(1);
            }
            (None, false) => {}
        }
        if let Some(offset) = query.offset {
            statement.offset(limit_param(position(&offset)));
        }
        if query.distinct && query.form != Form::Exists {
            statement.distinct();
        }
        Ok(())
    }
}
