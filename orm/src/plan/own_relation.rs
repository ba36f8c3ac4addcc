//! The relations of a model that new rows are made along.

use crate::error::{Error, Result};
use crate::expr::Path;
use crate::model::{Join, Model};
use crate::query::{JoinStep, PathEnd, ToMany, ToOne, join_step, path_end};

/// A relation of the model that a closure is about: `p.author()`, `a.posts()`, `p.tags()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relation along which rows are created",
    label = "expected a relation of the model, such as `a.posts()`",
    note = "it has its parentheses, and neither a limit nor loads: `.with(|a| a.posts(), ..)`"
)]
pub trait OwnRelation {
    /// What it leads to.
    type Model: Model;

    /// The step from the model.
    ///
    /// # Errors
    /// If it leads on from another relation, or is narrowed.
    #[doc(hidden)]
    fn step(&self) -> Result<JoinStep>;
}

#[diagnostic::do_not_recommend]
impl<M: Model, J: Join> OwnRelation for ToOne<M, J> {
    type Model = M;

    fn step(&self) -> Result<JoinStep> {
        let step = join_step(self.at.path());
        first(step.ok_or_else(|| Error::internal("a relation has no step"))?)
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model> OwnRelation for ToMany<M> {
    type Model = M;

    fn step(&self) -> Result<JoinStep> {
        let step = first(ToMany::step(self))?;
        match self.select.filter.is_empty() && self.select.order.is_empty() {
            true => Ok(step),
            false => Err(Error::config(format!(
                "new rows are created along {}, which is narrowed or ordered here",
                step.name()?
            ))
            .with_hint("take the filter and the order out: they say nothing of rows that are not there yet")),
        }
    }
}

fn first(step: JoinStep) -> Result<JoinStep> {
    match path_end(step.from) {
        Some(PathEnd::Join(before)) => Err(Error::config(format!(
            "new rows are created along {}, which leads on from {}",
            step.name()?,
            before.name()?
        ))
        .with_hint("create them within those of the relation before: nest one `with` in the other")),
        _ => Ok(JoinStep {
            from: Path::ROOT,
            ..step
        }),
    }
}
