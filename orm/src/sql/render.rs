//! From expression trees to sea-query, with the joins that their paths need.

use sea_query::{Alias, Expr, ExprTrait, JoinType, NullOrdering, SelectStatement};

use crate::error::{Error, Result};
use crate::expr::{
    ByPosition, ColumnRef, Direction, Form, Function, Node, NullsPlace, Param, Path, RowSource, SortKey,
    Subquery, TokenBits, Typed, annotate, decode_one, may_be_null,
};
use crate::model::{ModelMeta, is_derived};
use crate::query::{join_step, outside, target};
use crate::value::FieldType;

use super::join::join_on;
use super::ranks::refuse_among_distinct;
use super::rows::RowModels;
use super::scopes::ScopeUse;
use super::spell::{self, Speller, SqlOperand};
use super::statement::BoundColumn;
use super::subquery::WrittenQuery;
use super::table::table;
use super::window::{OverRows, ensure_no_window};
use super::writer::{param, position};
use super::{Dialect, Transform};

mod own_types;
mod scope;

use scope::JoinClause;
pub(super) use scope::{RenderScope, apply_joins};

/// Renders the expressions of one statement.
pub(super) struct Renderer {
    speller: Speller,
    pub(super) rows: RowModels,
    /// Outermost first: the rows the statement is loaded for, if they can be joined; its own; those of subqueries.
    pub(super) scopes: Vec<RenderScope>,
    /// The index of the statement's own rows in `scopes`.
    pub(super) own: usize,
    /// The sources of the enclosing subqueries, as the passes take them.
    pub(super) around: Vec<RowSource>,
    aliases: u32,
    /// Subqueries, each with the aliases of the rows around it. Equal ones are rendered once, so that their aliases
    /// are the same too: a database compares grouped expressions with their repetitions.
    pub(super) written: Vec<WrittenQuery>,
    /// The columns that values stand beside.
    pub(super) bound: Vec<BoundColumn>,
    /// For lists of related rows: the key that tells them apart, for a window is over the rows of one.
    pub(super) list: Vec<Expr>,
    /// Whether the values are stored and not read.
    pub(super) stores: bool,
    /// The scopes that the statement says.
    pub(super) scoped: Vec<ScopeUse>,
    /// Whether no scope applies where it has come to.
    pub(super) of_all_rows: bool,
}

/// A column, qualified with its table or alias.
pub(super) fn column(alias: &str, name: &str) -> Expr {
    Expr::col((Alias::new(alias), Alias::new(name)))
}

impl Renderer {
    /// Renders for a statement over the rows of `own`, under their table's name.
    pub(super) fn new(own: &'static ModelMeta, dialect: &'static Dialect) -> Self {
        Renderer::of(
            RowModels {
                own,
                parent: None,
                apart: None,
            },
            dialect,
        )
    }

    /// The same, where the rows it is loaded for may be joined.
    pub(super) fn of(rows: RowModels, dialect: &'static Dialect) -> Self {
        let mut renderer = Renderer {
            speller: Speller::new(dialect, spell::SqlContext::Query),
            rows,
            scopes: Vec::new(),
            own: 0,
            around: Vec::new(),
            aliases: 0,
            written: Vec::new(),
            bound: Vec::new(),
            list: Vec::new(),
            stores: false,
            scoped: Vec::new(),
            of_all_rows: false,
        };
        if let Some(parent) = rows.parent {
            let alias = renderer.new_alias();
            renderer.scopes.push(RenderScope::new(parent, alias));
            renderer.own = 1;
        }
        renderer
            .scopes
            .push(RenderScope::new(rows.own, rows.own.table.clone()));
        renderer
    }

    /// Whether anything is joined to any of the statement's rows.
    pub(super) fn joins_anything(&self) -> bool {
        self.scopes.iter().any(|scope| !scope.joins.is_empty())
    }

    pub(super) fn rules(&self) -> &'static dyn super::rules::Rules {
        self.speller.rules
    }

    pub(super) fn speller(&self) -> Speller {
        self.speller
    }

    pub(super) fn dialect(&self) -> &'static Dialect {
        self.speller.dialect
    }

    /// The alias of the statement's rows at a path; joins them if necessary.
    pub(super) fn alias(&mut self, path: Path) -> Result<String> {
        self.alias_at(self.own, path)
    }

    /// A new alias, which no table of the statement has.
    pub(super) fn new_alias(&mut self) -> String {
        loop {
            self.aliases += 1;
            let alias = format!("t{}", self.aliases);
            if alias != self.rows.own.table {
                return alias;
            }
        }
    }

    /// Whether anything is joined to the statement's own rows.
    pub(super) fn has_joins(&self) -> bool {
        self.scopes
            .get(self.own)
            .is_some_and(|scope| !scope.joins.is_empty())
    }

    /// The paths of outer joins to the statement's own rows.
    pub(super) fn outer_join(&self) -> Option<Path> {
        let mut joins = self.scopes.get(self.own)?.joins.iter();
        joins
            .find(|join| join.kind == JoinType::LeftJoin)
            .map(|join| join.path)
    }

    /// The alias of the rows that the statement is loaded for, if an expression refers to them.
    pub(super) fn parent(&self) -> Option<&str> {
        let parent = self
            .scopes
            .first()
            .filter(|scope| self.own > 0 && scope.is_used)?;
        Some(&parent.alias)
    }

    /// Adds the joins of the statement's own rows, and of those it is loaded for.
    pub(super) fn join_into(&mut self, statement: &mut SelectStatement) {
        for scope in &mut self.scopes {
            apply_joins(scope, statement);
        }
    }

    /// The model of the statement's rows at a path.
    pub(super) fn model(&self, path: Path) -> Result<&'static ModelMeta> {
        self.rows.model(RowSource::along(path), &[])
    }

    pub(super) fn alias_of(&mut self, source: RowSource) -> Result<String> {
        let outwards = source.scope().outwards().ok_or_else(|| outside(source, None))?;
        let at = self.scopes.len().checked_sub(outwards + 1);
        self.alias_at(at.ok_or_else(|| outside(source, None))?, source.path())
    }

    fn alias_at(&mut self, at: usize, path: Path) -> Result<String> {
        let scope = self.scopes.get_mut(at).ok_or_else(no_column)?;
        scope.is_used = true;
        if path == Path::ROOT {
            return Ok(scope.alias.clone());
        }
        if let Some(join) = scope.joins.iter().find(|join| join.path == path) {
            return Ok(join.alias.clone());
        }
        let start = scope.model;
        let step = join_step(path).ok_or_else(|| outside(RowSource::along(path), None))?;
        let from = self.alias_at(at, step.from)?;
        let from_model = target(step.from)?.unwrap_or(start);
        let model = step.target()?;
        let alias = self.new_alias();
        let mut on = join_on(&step, &from, from_model, &alias, model)?;
        if let Some(in_scope) = self.in_scope(model, &alias, step.left_out)? {
            on = on.and(in_scope);
        }
        let inner = !RowModels::may_be_missing(RowSource::along(path))?;
        let table = table(model, self.dialect())?;
        self.scopes[at].joins.push(JoinClause {
            path,
            alias: alias.clone(),
            table,
            on,
            kind: if inner {
                JoinType::InnerJoin
            } else {
                JoinType::LeftJoin
            },
        });
        Ok(alias)
    }

    /// Renders a condition.
    pub(super) fn condition(&mut self, tokens: &[TokenBits], first_param: u32) -> Result<Option<Expr>> {
        match decode_one(tokens, first_param)? {
            Some(node) => {
                ensure_no_window([&node], "filter()")?;
                self.node(&node, Some(FieldType::Bool)).map(Some)
            }
            None => Ok(None),
        }
    }

    /// A sort key: the expression, its direction, and the position of NULL if it must be written.
    pub(super) fn ordered(
        &mut self,
        order: &SortKey<ByPosition>,
    ) -> Result<(Expr, sea_query::Order, Option<NullOrdering>)> {
        let rows = self.rows;
        let typed = annotate(&order.by, None, &rows, &mut self.around)?;
        self.ordered_by(&typed, order.direction, order.nulls)
    }

    /// Adds a sort key to a statement, whose rows may be distinct values.
    pub(super) fn order(
        &mut self,
        order: &SortKey<ByPosition>,
        distinct: bool,
        statement: &mut SelectStatement,
    ) -> Result<()> {
        let rows = self.rows;
        let typed = annotate(&order.by, None, &rows, &mut self.around)?;
        if distinct {
            refuse_among_distinct(&typed)?;
        }
        self.order_by(order, &typed, statement)
    }

    /// An expression in the form in which `DISTINCT` and `GROUP BY` compare it: values that are equal in meaning are
    /// equal.
    pub(super) fn distinct(&self, expr: Expr, ty: Option<FieldType>) -> Result<Expr> {
        let Some(ty) = ty else { return Ok(expr) };
        self.rules().comparable(
            expr,
            &super::rules::Compared {
                ty,
                computed: false,
                order: false,
                first: true,
                decimal: None,
                enumeration: None,
                context: spell::SqlContext::Query,
            },
        )
    }

    pub(super) fn order_by(
        &mut self,
        order: &SortKey<ByPosition>,
        typed: &Typed<'_, '_, ByPosition>,
        statement: &mut SelectStatement,
    ) -> Result<()> {
        let (expr, direction, nulls) = self.ordered_by(typed, order.direction, order.nulls)?;
        match nulls {
            Some(nulls) => statement.order_by_expr_with_nulls(expr, direction, nulls),
            None => statement.order_by_expr(expr, direction),
        };
        Ok(())
    }

    pub(super) fn ordered_by(
        &mut self,
        typed: &Typed<'_, '_, ByPosition>,
        direction: Direction,
        nulls: NullsPlace,
    ) -> Result<(Expr, sea_query::Order, Option<NullOrdering>)> {
        let nullable = may_be_null(typed.node, &self.rows, &mut self.around)?;
        let expr = self.expr(typed)?;
        let expr = match typed.ty {
            Some(ty) => self.rules().comparable(
                expr,
                &super::rules::Compared {
                    ty,
                    computed: typed.computed,
                    order: true,
                    first: true,
                    decimal: None,
                    enumeration: typed.enumeration.as_ref(),
                    context: spell::SqlContext::Query,
                },
            )?,
            None => expr,
        };
        let nulls = match nulls {
            NullsPlace::First => Some(NullOrdering::First),
            NullsPlace::Last => Some(NullOrdering::Last),
            NullsPlace::Default if nullable && self.rules().places_nulls() => Some(match direction {
                Direction::Asc => NullOrdering::First,
                Direction::Desc => NullOrdering::Last,
            }),
            NullsPlace::Default => None,
        };
        let direction = match direction {
            Direction::Asc => sea_query::Order::Asc,
            Direction::Desc => sea_query::Order::Desc,
        };
        Ok((expr, direction, nulls))
    }

    /// Renders an expression over the statement's own rows.
    pub(super) fn node(&mut self, node: &Node<ByPosition>, expected: Option<FieldType>) -> Result<Expr> {
        let rows = self.rows;
        let typed = annotate(node, expected, &rows, &mut self.around)?;
        self.expr(&typed)
    }

    /// Whether an expression over the statement's own rows may be NULL.
    pub(super) fn nullable(&mut self, node: &Node<ByPosition>) -> Result<bool> {
        may_be_null(node, &self.rows, &mut self.around)
    }

    pub(super) fn expr(&mut self, typed: &Typed<'_, '_, ByPosition>) -> Result<Expr> {
        // Calls alone: what stands here takes of the stack for each level of an expression.
        match typed.node {
            Node::Column(found) => self.column(found),
            Node::Value(value) => Ok(self.value(value)),
            Node::Call(Function::Filter, _) => self.over_rows(typed, None),
            Node::Call(function, _) => self.call(*function, typed, OverRows::default()),
            Node::Subquery(query) => self.subquery(query, typed),
            Node::Raw(fragment, _) => self.raw(fragment, typed),
            Node::Window(window, _) => self.windowed(window, typed),
        }
    }

    fn column(&mut self, found: &ColumnRef) -> Result<Expr> {
        let name = &self.rows.find(found, &self.around)?.column.column;
        let alias = self.alias_of(found.source)?;
        if is_derived(found.position) {
            self.ensure_derived(found, name)?;
        }
        Ok(column(&alias, name))
    }

    fn subquery(&mut self, query: &Subquery<ByPosition>, typed: &Typed<'_, '_, ByPosition>) -> Result<Expr> {
        let statement = self.query(query, typed)?;
        Ok(match query.form {
            Form::Exists => Expr::exists(statement),
            Form::Value => Expr::SubQuery(None, Box::new(statement.into())),
            Form::List | Form::Rows | Form::Values | Form::ComparedValues => {
                return Err(Error::internal("a list of values is used as a single value"));
            }
        })
    }

    /// A call; of an aggregate or a window function, over these rows.
    pub(super) fn call(
        &mut self,
        function: Function,
        typed: &Typed<'_, '_, ByPosition>,
        mut rows: OverRows,
    ) -> Result<Expr> {
        let native = typed.parts.iter().any(|part| part.enum_name().is_some());
        let alone = typed.is_of_values();
        self.note_bound(typed)?;
        let operands: Result<Vec<SqlOperand>> = typed
            .parts
            .iter()
            .map(|part| match (part.node, part.enum_name()) {
                // There is no operand beside it to take the type from.
                (Node::Value(value), Some(name)) if alone => {
                    let bound = param(position(value), Transform::None);
                    Ok(SqlOperand::Expr(
                        self.rules().cast_enumeration(bound, name, part.ty),
                    ))
                }
                _ => self.operand(function, part, native),
            })
            .collect();
        let mut operands = operands?;
        if function.is_aggregate() && rows.window.is_none() {
            self.aggregated(function, typed, &mut operands)?;
            self.order_values(function, typed, &mut operands, &mut rows)?;
        }
        self.speller.call(function, typed, operands, false, &rows)
    }

    /// Notes which column the values of a call are compared with or computed from.
    fn note_bound(&mut self, call: &Typed<'_, '_, ByPosition>) -> Result<()> {
        for part in &call.parts {
            let Node::Column(beside) = part.node else { continue };
            let found = self.rows.find(beside, &self.around)?;
            for part in &call.parts {
                if let Node::Value(value) = part.node {
                    self.bound.push(BoundColumn {
                        value: value.position,
                        model: found.model,
                        column: found.column,
                        is_written: false,
                    });
                }
            }
            break;
        }
        Ok(())
    }

    fn value(&self, value: &Param) -> Expr {
        let bound = param(position(value), Transform::None);
        match value.ty {
            Some(ty) => self.rules().cast(bound, ty),
            None => bound,
        }
    }

    /// An operand of a call. `native` if an operand beside it is of a native enum: a value then takes that type,
    /// because as a string it would not compare.
    fn operand(
        &mut self,
        function: Function,
        part: &Typed<'_, '_, ByPosition>,
        native: bool,
    ) -> Result<SqlOperand> {
        Ok(match part.node {
            Node::Value(value) if value.ty.is_none() || native => SqlOperand::Bound(position(value)),
            Node::Subquery(query) if function == Function::In && query.form == Form::List => {
                self.list(query, part)?
            }
            _ => SqlOperand::Expr(self.expr(part)?),
        })
    }

    fn list(&mut self, query: &Subquery<ByPosition>, part: &Typed<'_, '_, ByPosition>) -> Result<SqlOperand> {
        Ok(SqlOperand::Query(Box::new(self.query(query, part)?)))
    }
}

#[cold]
pub(super) fn no_column() -> Error {
    Error::internal("a query names a column that its model does not have")
}
