//! The rows of a tree: what a relation of a model to itself leads to, step by step, and by how many steps.
//!
//! ```sql
//! SELECT t1.id AS id, .., "tree".depth AS depth FROM (
//!     WITH RECURSIVE "tree start" (k0) AS (SELECT id FROM (..)),
//!     "tree walk" (k0, depth) AS (
//!         SELECT k0, 0 FROM "tree start"
//!         UNION ALL
//!         SELECT next.id, depth + 1 FROM "tree walk", category AS next
//!         WHERE next.parent_id = k0 AND next.id NOT IN (SELECT k0 FROM "tree start")
//!     )
//!     SELECT k0, depth FROM "tree walk"
//! ) AS "tree" JOIN category AS t1 ON t1.id = k0
//! ```
//!
//! Where a database can, the rows a step further are looked up for each row, `JOIN LATERAL (SELECT .. OFFSET 0) AS step ON TRUE`, and those it
//! starts from are told by `NOT EXISTS`: it plans a step before there are rows, and would go through the whole table for each.
//!
//! A walk ends at the rows that it starts from: what lies beyond them is nearer to them. Down the tree that is all that ends a cycle, for
//! a row has one parent, so that the way from it up to the first of those rows is the only one, and the row is found once. Up the tree
//! ways join, and may run into a cycle beyond: rows are found by `UNION` first, and a walk of more steps than rows were found beyond the
//! first finds no nearer one.

use sea_query::{
    Alias, CommonTableExpression, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement, UnionType,
    WithClause,
};

use crate::error::{Error, Result};
use crate::expr::{ByPosition, ColumnRef, Leaves, Node, Path, Towards, Typed, Walk};
use crate::model::ModelMeta;
use crate::query::{JoinStep, RelationKind, join_step};
use crate::value::{ArrayType, FieldType};

use super::along::nth;
use super::join::{join_on, key_columns};
use super::render::{Renderer, column};
use super::rules::number;
use super::table::table;
use super::writer::{param, position};
use super::{Dialect, Transform};

const START: &str = "tree start";
const FOUND: &str = "tree found";
const WALK: &str = "tree walk";
const TREE: &str = "tree";
/// The row that a walk has come to.
const AT: &str = "at";
/// The row that is a step further.
const NEXT: &str = "next";
/// What was found for a row that a walk has come to.
const STEP: &str = "step";
/// How many steps it took.
const DEPTH: &str = "depth of the tree";
/// The keys on the way.
pub(super) const PATH: &str = "path of the tree";
/// What orders the rows depth first.
const PLACE: &str = "place in the tree";

/// What stands beside the rows of a walk.
pub(super) fn names_of_walk<L: Leaves>(walk: &Walk<L>) -> impl Iterator<Item = &'static str> + use<L> {
    let paths = walk.paths.then_some([PATH, PLACE]);
    [DEPTH].into_iter().chain(paths.into_iter().flatten())
}

/// The steps of a walk.
struct Steps {
    model: &'static ModelMeta,
    step: JoinStep,
    towards: Towards,
    /// What the primary key is called on the way.
    keys: Vec<String>,
    dialect: &'static Dialect,
    /// That a row that a walk has come to is in scope, and that one a step further is.
    at_in_scope: Option<Expr>,
    next_in_scope: Option<Expr>,
}

impl Renderer {
    /// `FROM`: the rows that a walk finds, as those of the innermost query.
    #[cold]
    #[inline(never)]
    pub(super) fn read_from_tree(
        &mut self,
        walk: &Walk<ByPosition>,
        start: &Typed<'_, '_, ByPosition>,
        statement: &mut SelectStatement,
    ) -> Result<()> {
        let Node::Subquery(query) = start.node else {
            return Err(no_tree());
        };
        if !query.groups.is_empty() {
            return Err(Error::unsupported(
                "descendants() and ancestors() start from rows, and group_by() makes groups of them",
            )
            .with_hint("group what is found: `.descendants(..).group_by(..)`"));
        }
        let start = self.query(query, start)?;
        let scope = self.scopes.last().ok_or_else(no_tree)?;
        let (model, alias) = (scope.model(), scope.alias().clone());
        let mut steps = Steps::of(walk, model, self.dialect())?;
        let left_out = steps.step.left_out;
        // A walk does not lead through rows that are out of scope.
        steps.at_in_scope = self.in_scope(model, AT, left_out)?;
        steps.next_in_scope = self.in_scope(model, NEXT, left_out)?;
        let most = walk.most.as_ref().map(|most| {
            let most = param(position(most), Transform::None);
            self.rules().cast(most, FieldType::BigInt)
        });
        let keys = steps.keys.clone();
        let mut with = WithClause::new();
        with.recursive(true);
        let mut rows = Query::select();
        rows.exprs(key_columns(model).map(|key| column(TREE, key)));
        rows.from_subquery(start, Alias::new(TREE));
        with.cte(cte(START, &keys, rows));
        if steps.towards == Towards::Ancestors {
            let mut found = keys_of(&keys, START);
            found.union(UnionType::Distinct, steps.from(FOUND)?);
            with.cte(cte(FOUND, &keys, found));
        }
        let mut first = keys_of(&keys, START);
        first.expr(number(0));
        let mut further = steps.from(WALK)?;
        further.expr(column(WALK, DEPTH).add(number(1)));
        let key = match walk.paths {
            true => Some(key_of_paths(model)?),
            false => None,
        };
        if let Some(ty) = key {
            let (start, next) = (column(START, &steps.keys[0]), steps.next()?.swap_remove(0));
            let rules = self.rules();
            first.expr(rules.path_of_keys(None, start.clone(), ty));
            first.expr(rules.place_of_keys(None, start, ty));
            further.expr(rules.path_of_keys(Some(column(WALK, PATH)), next.clone(), ty));
            further.expr(rules.place_of_keys(Some(column(WALK, PLACE)), next, ty));
        }
        further.and_where(steps.is_no_start(steps.next()?));
        if let Some(most) = most {
            further.and_where(column(WALK, DEPTH).lt(most));
        }
        let mut union = UnionType::All;
        let mut nearest = keys_of(&keys, WALK);
        let mut depth = column(WALK, DEPTH);
        if steps.towards == Towards::Ancestors {
            union = UnionType::Distinct;
            let mut all = Query::select();
            all.expr(Expr::cust("count(*)")).from(Alias::new(FOUND));
            let found = keys.iter().map(|key| column(FOUND, key)).collect();
            all.and_where(steps.is_no_start(found));
            further.and_where(column(WALK, DEPTH).lt(Expr::SubQuery(None, Box::new(all.into()))));
            depth = depth.min();
            nearest.add_group_by(keys.iter().map(|key| column(WALK, key)));
        }
        nearest.expr_as(self.rules().cast(depth, FieldType::BigInt), Alias::new(DEPTH));
        if key.is_some() {
            nearest.expr_as(column(WALK, PATH), Alias::new(PATH));
            nearest.expr_as(
                self.rules().place_as_bytes(column(WALK, PLACE)),
                Alias::new(PLACE),
            );
        }
        first.union(union, further);
        let mut named = keys;
        named.extend(names_of_walk(walk).map(str::to_owned));
        with.cte(cte(WALK, &named, first));
        nearest.with_cte(with);
        statement.from_subquery(nearest, Alias::new(TREE));
        let same = key_columns(model).zip(&named);
        let same = same.map(|(key, named)| column(&alias, key).eq(column(TREE, named)));
        let on = same.reduce(Expr::and).ok_or_else(no_tree)?;
        self.keep_in_scope(model, &alias, left_out, statement)?;
        statement.join_as(
            JoinType::InnerJoin,
            table(model, self.dialect())?,
            Alias::new(&alias),
            on,
        );
        for name in names_of_walk(walk) {
            statement.expr_as(column(TREE, name), Alias::new(name));
        }
        Ok(())
    }

    /// Refuses a path of keys of another type than the model's.
    #[cold]
    #[inline(never)]
    pub(super) fn ensure_path_of_keys(&self, found: &ColumnRef, model: &'static ModelMeta) -> Result<()> {
        let keys = ArrayType::of(key_of_paths(model)?).map(FieldType::Array);
        match keys == Some(self.rows.find(found, &self.around)?.column.storage) {
            true => Ok(()),
            false => Err(Error::config(format!(
                "`path()` is read with keys of another type than {} has",
                model.def.key()
            ))
            .with_hint(
                "it is a list of the type of the primary key: `orm::path::<i64>()` where that is an `i64`",
            )),
        }
    }
}

/// The type of the keys of which paths are made.
fn key_of_paths(model: &'static ModelMeta) -> Result<FieldType> {
    let ty = match *model.key {
        [key] => model.columns.get(key).map(|column| column.storage),
        _ => None,
    };
    ty.filter(|ty| ty.is_integer() || matches!(ty, FieldType::Text | FieldType::Uuid))
        .ok_or_else(|| {
            Error::unsupported(format!(
                "with_path() is of keys that are one whole number, string or UUID, and {} has others",
                model.def.key()
            ))
            .with_hint(
                "follow the way up of a row instead: `.ancestors(..).order_by(|_| orm::depth().desc())`",
            )
        })
}

impl Steps {
    fn of(walk: &Walk<ByPosition>, model: &'static ModelMeta, dialect: &'static Dialect) -> Result<Steps> {
        let step = join_step(walk.along.source.path()).ok_or_else(no_tree)?;
        let leads_back = step.kind == RelationKind::Forward && std::ptr::eq(step.target()?, model);
        if step.from != Path::ROOT || !leads_back {
            return Err(Error::unsupported(format!(
                "descendants() and ancestors() of {} follow one relation of it to itself, step by step",
                model.def.key()
            ))
            .with_hint("name the foreign key to the parent alone: `.descendants(|c| c.parent())`"));
        }
        Ok(Steps {
            model,
            step,
            towards: walk.towards,
            keys: (0..model.key.len()).map(|at| nth('k', at)).collect(),
            dialect,
            at_in_scope: None,
            next_in_scope: None,
        })
    }

    /// Whether the relation leads to the primary key, which a walk has.
    fn is_to_key(&self) -> Result<bool> {
        let pairs = self.step.column_pairs()?;
        let all = pairs.len() == self.model.key.len();
        Ok(all && pairs.iter().all(|pair| self.model.key.contains(&pair.to)))
    }

    /// The columns of the foreign key, in the order of the primary key that it leads to.
    fn foreign_keys(&self) -> Result<Vec<&'static str>> {
        let pairs = self.step.column_pairs()?;
        let of = |key: &usize| {
            let pair = pairs.iter().find(|pair| pair.to == *key).ok_or_else(no_tree)?;
            Ok(self.model.columns[pair.from].column.as_str())
        };
        self.model.key.iter().map(of).collect()
    }

    /// The primary keys of the rows a step further, as the tables there have them.
    fn next_in_tables(&self) -> Result<Vec<Expr>> {
        Ok(match self.towards == Towards::Ancestors && self.is_to_key()? {
            true => self
                .foreign_keys()?
                .into_iter()
                .map(|key| column(AT, key))
                .collect(),
            false => key_columns(self.model).map(|key| column(NEXT, key)).collect(),
        })
    }

    /// The primary keys of the rows a step further.
    fn next(&self) -> Result<Vec<Expr>> {
        match self.dialect.lateral {
            true => Ok(self.keys.iter().map(|key| column(STEP, key)).collect()),
            false => self.next_in_tables(),
        }
    }

    /// `SELECT` of these, from where a walk has come to.
    fn from(&self, walk: &str) -> Result<SelectStatement> {
        let mut select = Query::select();
        select.exprs(self.next()?).from(Alias::new(walk));
        if !self.dialect.lateral {
            self.add_tables(walk, &mut select)?;
            return Ok(select);
        }
        let mut step = Query::select();
        for (next, key) in self.next_in_tables()?.into_iter().zip(&self.keys) {
            step.expr_as(next, Alias::new(key));
        }
        self.add_tables(walk, &mut step)?;
        // Without it the step would be a join as any other.
        step.offset(0);
        select.join_lateral(JoinType::InnerJoin, step, Alias::new(STEP), Condition::all());
        Ok(select)
    }

    /// `FROM` and `WHERE`: the rows a step further than those of a walk.
    fn add_tables(&self, walk: &str, select: &mut SelectStatement) -> Result<()> {
        let own = table(self.model, self.dialect)?;
        let direct = self.is_to_key()?;
        let down = self.towards == Towards::Descendants;
        let (here, keys) = match direct && down {
            true => (NEXT, self.foreign_keys()?),
            false => (AT, key_columns(self.model).collect()),
        };
        select.from_as(own.clone(), Alias::new(here));
        let in_scope = if here == NEXT {
            &self.next_in_scope
        } else {
            &self.at_in_scope
        };
        if let Some(in_scope) = in_scope {
            select.and_where(in_scope.clone());
        }
        for (key, named) in keys.into_iter().zip(&self.keys) {
            select.and_where(column(here, key).eq(column(walk, named)));
        }
        match (direct, down) {
            (true, true) => {}
            (true, false) => {
                for key in self.foreign_keys()? {
                    select.and_where(column(AT, key).is_not_null());
                }
            }
            (false, _) => {
                let (child, parent) = if down { (NEXT, AT) } else { (AT, NEXT) };
                let mut on = join_on(&self.step, child, self.model, parent, self.model)?;
                if let Some(in_scope) = &self.next_in_scope {
                    on = on.and(in_scope.clone());
                }
                select.join_as(JoinType::InnerJoin, own, Alias::new(NEXT), on);
            }
        }
        Ok(())
    }

    /// Whether a walk does not start from the row with these primary keys.
    fn is_no_start(&self, row: Vec<Expr>) -> Expr {
        let mut start = keys_of(&self.keys, START);
        if !self.dialect.lateral {
            return Expr::tuple(row).not_in_subquery(start);
        }
        for (value, key) in row.into_iter().zip(&self.keys) {
            start.and_where(column(START, key).eq(value));
        }
        Expr::exists(start).not()
    }
}

fn cte(name: &str, columns: &[String], query: SelectStatement) -> CommonTableExpression {
    let mut cte = CommonTableExpression::new();
    cte.table_name(Alias::new(name)).query(query);
    cte.columns(columns.iter().map(Alias::new));
    cte
}

fn keys_of(keys: &[String], of: &str) -> SelectStatement {
    let mut select = Query::select();
    select
        .exprs(keys.iter().map(|key| column(of, key)))
        .from(Alias::new(of));
    select
}

#[cold]
fn no_tree() -> Error {
    Error::internal("a walk along a tree is not along a relation")
}
