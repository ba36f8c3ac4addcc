//! From expression trees to sea-query, with the joins that their paths need.

use sea_query::{Alias, Expr, ExprTrait, JoinType, NullOrdering, SelectStatement};

use crate::error::{Error, Result};
use crate::model::{ModelMeta, Path};
use crate::query::{Binary, Direction, Item, Node, Nulls, Packed, Unary, hop};
use crate::value::FieldType;

use super::Dialect;
use super::join::{join_on, join_table, primary_key};
use super::rules::{Operand, Rules, rules};
use super::writer::param;

/// Renders the expressions of one statement.
pub(super) struct Renderer {
    rules: &'static dyn Rules,
    dialect: &'static Dialect,
    root: &'static ModelMeta,
    scopes: Vec<Scope>,
    aliases: u32,
}

/// The rows of a statement or subquery, and what is joined to them.
struct Scope {
    root: Path,
    alias: String,
    joins: Vec<Join>,
}

struct Join {
    path: Path,
    alias: String,
    table: String,
    on: Expr,
    kind: JoinType,
}

/// A column with the table it belongs to.
pub(super) fn column(alias: &str, name: &str) -> Expr {
    Expr::col((Alias::new(alias), Alias::new(name)))
}

impl Renderer {
    /// Renders for a statement over the rows of `root`, which it calls by their table's name.
    pub(super) fn new(root: &'static ModelMeta, dialect: &'static Dialect) -> Self {
        Renderer::at(Path::ROOT, root, dialect)
    }

    /// The same, where the rows of `root` stand at another path in its expressions.
    pub(super) fn at(path: Path, root: &'static ModelMeta, dialect: &'static Dialect) -> Self {
        Renderer {
            rules: rules(dialect),
            dialect,
            root,
            scopes: vec![Scope {
                root: path,
                alias: root.table.clone(),
                joins: Vec::new(),
            }],
            aliases: 0,
        }
    }

    pub(super) fn rules(&self) -> &'static dyn Rules {
        self.rules
    }

    pub(super) fn dialect(&self) -> &'static Dialect {
        self.dialect
    }

    /// The name by which the rows at a path are called; joins them if need be.
    pub(super) fn alias(&mut self, path: Path) -> Result<String> {
        self.place(path).map(|(_, alias)| alias)
    }

    /// A name for more rows, which no table of the statement has.
    pub(super) fn new_alias(&mut self) -> String {
        loop {
            self.aliases += 1;
            let alias = format!("t{}", self.aliases);
            if alias != self.root.table {
                return alias;
            }
        }
    }

    /// Whether anything was joined to the statement's own rows.
    pub(super) fn has_joins(&self) -> bool {
        self.scopes.first().is_some_and(|scope| !scope.joins.is_empty())
    }

    /// What is joined to the statement's own rows although there may be no such row.
    pub(super) fn outer_join(&self) -> Option<Path> {
        let mut joins = self.scopes.first()?.joins.iter();
        joins
            .find(|join| join.kind == JoinType::LeftJoin)
            .map(|join| join.path)
    }

    /// Adds the joins of the statement's own rows.
    pub(super) fn join_into(&mut self, statement: &mut SelectStatement) {
        if let Some(scope) = self.scopes.first_mut() {
            apply_joins(scope, statement);
        }
    }

    /// The model whose rows stand at a path.
    pub(super) fn model(&self, path: Path) -> Result<&'static ModelMeta> {
        match hop(path) {
            Some(hop) => hop.target(),
            None => Ok(self.root),
        }
    }

    fn place(&mut self, path: Path) -> Result<(usize, String)> {
        for (at, scope) in self.scopes.iter().enumerate().rev() {
            if scope.root == path {
                return Ok((at, scope.alias.clone()));
            }
            if let Some(join) = scope.joins.iter().find(|join| join.path == path) {
                return Ok((at, join.alias.clone()));
            }
        }
        let hop = hop(path).filter(|hop| hop.scope == 0).ok_or_else(|| {
            Error::config("a field is used outside of the query it belongs to")
                .with_hint("use the fields that the closure is given, in that closure or in those inside it")
        })?;
        let (scope, from) = self.place(hop.from)?;
        let from_model = self.model(hop.from)?;
        let target = hop.target()?;
        let alias = self.new_alias();
        let on = join_on(&hop, &from, from_model, &alias, target)?;
        let inner = !self.may_be_missing(path)?;
        self.scopes[scope].joins.push(Join {
            path,
            alias: alias.clone(),
            table: target.table.clone(),
            on,
            kind: if inner {
                JoinType::InnerJoin
            } else {
                JoinType::LeftJoin
            },
        });
        Ok((scope, alias))
    }

    /// Whether a row of the statement may have no row at the path.
    pub(super) fn may_be_missing(&self, path: Path) -> Result<bool> {
        let mut path = path;
        while let Some(hop) = hop(path) {
            if hop.scope > 0 {
                return Ok(false);
            }
            if hop.is_optional()? {
                return Ok(true);
            }
            path = hop.from;
        }
        Ok(false)
    }

    /// Renders a condition.
    pub(super) fn condition(&mut self, tokens: &[Packed], first_param: u32) -> Result<Option<Expr>> {
        match Node::parse_one(tokens, first_param)? {
            Some(node) => self.node(&node).map(Some),
            None => Ok(None),
        }
    }

    /// Renders an order into a statement.
    pub(super) fn order(
        &mut self,
        tokens: &[Packed],
        first_param: u32,
        statement: &mut SelectStatement,
    ) -> Result<()> {
        for item in Node::parse(tokens, first_param)? {
            let Item::Order(node, direction, nulls) = item else {
                continue;
            };
            let ty = self.type_of(&node)?;
            let nullable = self.nullable(&node)?;
            let values = self.enumeration(&node)?;
            let expr = self.node(&node)?;
            let expr = self.comparable(expr, ty, values);
            let order = match direction {
                Direction::Asc => sea_query::Order::Asc,
                Direction::Desc => sea_query::Order::Desc,
            };
            let nulls = match nulls {
                Nulls::First => Some(NullOrdering::First),
                Nulls::Last => Some(NullOrdering::Last),
                Nulls::Default if nullable && self.rules.places_nulls() => Some(match direction {
                    Direction::Asc => NullOrdering::First,
                    Direction::Desc => NullOrdering::Last,
                }),
                Nulls::Default => None,
            };
            match nulls {
                Some(nulls) => statement.order_by_expr_with_nulls(expr, order, nulls),
                None => statement.order_by_expr(expr, order),
            };
        }
        Ok(())
    }

    /// Renders an expression.
    pub(super) fn node(&mut self, node: &Node) -> Result<Expr> {
        Ok(match node {
            Node::Column(path, position) => {
                let model = self.model(*path)?;
                let name = &model
                    .columns
                    .get(*position as usize)
                    .ok_or_else(no_column)?
                    .column;
                let alias = self.alias(*path)?;
                column(&alias, name)
            }
            Node::Param(position) => param(*position, super::Transform::None),
            Node::CountRows => Expr::cust("count(*)"),
            // Never unknown; and planners know `NOT EXISTS` as an anti-join.
            Node::Unary(Unary::Not, operand) if matches!(operand.as_ref(), Node::Exists(..)) => {
                self.node(operand)?.not()
            }
            Node::Unary(op, operand) => {
                let ty = self.type_of(operand)?;
                let values = self.enumeration(operand)?;
                let operand = self.node(operand)?;
                match (op, values) {
                    (Unary::Min | Unary::Max, Some(values)) => self.rules.extreme(*op, operand, values),
                    _ => self.rules.unary(*op, operand, ty),
                }
            }
            Node::Binary(Binary::Text(lookup), left, right) => {
                let left = self.node(left)?;
                let right = self.operand(right)?;
                self.rules.text(*lookup, left, right)
            }
            Node::Binary(Binary::In, left, right) => {
                let is_condition = !matches!(left.as_ref(), Node::Column(..))
                    && self.type_of(left)? == Some(FieldType::Bool);
                let left = self.node(left)?;
                let left = if is_condition { Expr::tuple([left]) } else { left };
                match right.as_ref() {
                    Node::Param(position) => self.rules.in_list(left, *position),
                    other => {
                        let right = self.node(other)?;
                        left.eq(right)
                    }
                }
            }
            Node::Binary(op, left, right) => {
                let ty = match self.type_of(left)? {
                    Some(ty) => Some(ty),
                    None => self.type_of(right)?,
                };
                let ordered = matches!(op, Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge);
                let values = match self.enumeration(left)? {
                    Some(values) => Some(values),
                    None => self.enumeration(right)?,
                };
                let left = self.node(left)?;
                let mut right = self.node(right)?;
                let left = if ordered {
                    right = self.ranked(right, values);
                    self.comparable(left, ty, values)
                } else {
                    left
                };
                self.rules.binary(*op, left, right, ty)
            }
            Node::Between(tested, low, high) => {
                let ty = self.type_of(tested)?;
                let values = self.enumeration(tested)?;
                let tested = self.node(tested)?;
                let tested = self.comparable(tested, ty, values);
                let low = self.node(low)?;
                let high = self.node(high)?;
                tested.between(self.ranked(low, values), self.ranked(high, values))
            }
            Node::Exists(path, condition) => self.exists(*path, condition.as_deref())?,
        })
    }

    fn ranked(&self, expr: Expr, values: Option<&[&str]>) -> Expr {
        match values {
            Some(values) => self.rules.ranked(expr, values),
            None => expr,
        }
    }

    /// An operand of a comparison or an order.
    fn comparable(&self, expr: Expr, ty: Option<FieldType>, values: Option<&[&str]>) -> Expr {
        self.ranked(self.rules.comparable(expr, ty), values)
    }

    fn operand(&mut self, node: &Node) -> Result<Operand> {
        Ok(match node {
            Node::Param(position) => Operand::Param(*position),
            other => Operand::Expr(self.node(other)?),
        })
    }

    fn exists(&mut self, path: Path, condition: Option<&Node>) -> Result<Expr> {
        let hop = hop(path).ok_or_else(no_column)?;
        let outer = self.alias(hop.from)?;
        let outer_model = self.model(hop.from)?;
        let target = hop.target()?;
        let alias = self.new_alias();
        let mut statement = SelectStatement::new();
        statement
            .expr(Expr::cust("1"))
            .from_as(Alias::new(&target.table), Alias::new(&alias));
        let on = match join_table(&hop)? {
            None => join_on(&hop, &outer, outer_model, &alias, target)?,
            Some(join) => {
                let through = self.new_alias();
                let near = column(&through, &join.near);
                let far = column(&through, &join.far);
                statement.join_as(
                    JoinType::InnerJoin,
                    Alias::new(&join.table),
                    Alias::new(&through),
                    far.eq(column(&alias, primary_key(target))),
                );
                near.eq(column(&outer, primary_key(outer_model)))
            }
        };
        statement.and_where(on);
        self.scopes.push(Scope {
            root: path,
            alias,
            joins: Vec::new(),
        });
        let condition = condition.map(|condition| self.node(condition)).transpose();
        let scope = self.scopes.pop();
        if let Some(condition) = condition? {
            statement.and_where(condition);
        }
        if let Some(mut scope) = scope {
            apply_joins(&mut scope, &mut statement);
        }
        Ok(Expr::exists(statement))
    }
}

fn apply_joins(scope: &mut Scope, statement: &mut SelectStatement) {
    for join in scope.joins.drain(..) {
        statement.join_as(
            join.kind,
            Alias::new(&join.table),
            Alias::new(&join.alias),
            join.on,
        );
    }
}

#[cold]
pub(super) fn no_column() -> Error {
    Error::internal("a query names a column that its model does not have")
}
