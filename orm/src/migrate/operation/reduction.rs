//! What becomes of two operations that follow each other: the pairs that become one stand with the operations, here is what
//! holds for all others, from what each touches.

use std::borrow::Cow;

use super::touches::{How, Of, Thing, Touches};
use super::{Contract, Operation};

/// What becomes of an operation and one that comes after it.
#[derive(Debug, Clone, PartialEq)]
pub enum Reduction {
    /// Both together are these.
    Replace(Vec<Operation>),
    /// Both stay, and either may stand first.
    Hop,
    /// Both stay, in this order.
    Barrier,
}

impl Reduction {
    /// Both together are this one.
    pub(super) fn one(operation: impl Into<Operation>) -> Self {
        Reduction::Replace(vec![operation.into()])
    }

    /// Both together are nothing.
    pub(super) fn none() -> Self {
        Reduction::Replace(Vec::new())
    }

    /// An operation passes what does not concern what it changes.
    pub(super) fn past(operation: &(impl Contract + ?Sized), other: &Operation, app: &str) -> Self {
        match is_in_the_way(&operation.touches(app), &other.touches(app)) {
            true => Reduction::Barrier,
            false => Reduction::Hop,
        }
    }
}

/// Whether `other` concerns what an operation changes, or may.
fn is_in_the_way(own: &Touches<'_>, other: &Touches<'_>) -> bool {
    own.iter().any(|touch| match touch.thing {
        // Where it stands, it stands among all others.
        Thing::Anything | Thing::Extension(_) | Thing::Collation(_) => true,
        _ if touch.how == How::Reads => false,
        // Parts of a new model are no more in the way than the model.
        Thing::Field(of, _) | Thing::JoinTable(of, _) | Thing::Index(of, _) | Thing::Constraint(of, _)
            if own.has(How::Creates, Thing::Model(of)) =>
        {
            false
        }
        Thing::Index(..) | Thing::Constraint(..) => true,
        Thing::Model(of) => {
            // A model that has got the old name since then is another one; that of the table is free as well.
            other.concern_model(of) || (touch.how == How::Deletes && other.name_tables())
        }
        Thing::Comment(of) | Thing::Options(of) => other.concern_model(of),
        // The name that it leaves, which is not said here, may be what the other takes.
        Thing::TableOf(of) => other.concern_model(of) || other.move_tables(),
        Thing::Field(of, name) => other.concern_field(of, name),
        Thing::JoinTable(..) | Thing::Table(_) => false,
        Thing::Enum(app, name) => concerns_enum(other, (app, name), touch.how),
    })
}

/// Whether an operation has to do with an enum type that another one touches so. One that changes rows also stays where it is
/// among operations that do not say which type a field was of.
fn concerns_enum(other: &Touches<'_>, (app, name): (&str, &str), how: How) -> bool {
    let changes_rows = matches!(how, How::Alters | How::Respells | How::Deletes);
    other.reach_anywhere()
        || other.iter().any(|touch| match touch.thing {
            Thing::Enum(other_app, other_name) => (other_app, other_name) == (app, name),
            Thing::Field(..) => changes_rows && matches!(touch.how, How::Alters | How::Deletes),
            _ => false,
        })
        // A model that moves is of the types of another app from there on.
        || other.models_renamed().iter().any(|(from, to)| from.app != to.app)
}

/// Completes what an operation says of another: what can be left out is, and names that one uses and the other gives or
/// takes away keep the two in order.
pub(super) fn reduce(operation: &Operation, said: Reduction, other: &Operation, app: &str) -> Reduction {
    match said {
        Reduction::Replace(both) => Reduction::Replace(both),
        _ if operation.elidable() => Reduction::one(other.clone()),
        _ if other.elidable() => Reduction::one(operation.clone()),
        Reduction::Hop if disturbs(&operation.touches(app), &other.touches(app)) => Reduction::Barrier,
        said => said,
    }
}

/// Whether `other` gives, takes away or respells what an operation uses without being about it.
fn disturbs(own: &Touches<'_>, other: &Touches<'_>) -> bool {
    other.iter().any(|touch| match touch.thing {
        Thing::Model(of) => matches!(touch.how, How::Leaves | How::Takes) && own.concern_model(of),
        Thing::Field(..) => {
            (touch.how.moves_the_name() || touch.how == How::Respells) && own.has(How::Reads, touch.thing)
        }
        _ => false,
    })
}

impl Operation {
    /// Itself behind an operation that came after it; nothing if the two keep their order. Behind a model's new name,
    /// relations have it.
    pub(in crate::migrate) fn behind(&self, other: &Operation, app: &str) -> Option<Cow<'_, Operation>> {
        if self.reduce(other, app) == Reduction::Hop {
            return Some(Cow::Borrowed(self));
        }
        let Operation::RenameModel(rename) = other else {
            return None;
        };
        let (old, new) = (Of::new(app, &rename.old), Of::new(app, &rename.new));
        let touches = self.touches(app);
        let points = |of: Of<'_>| touches.has(How::Reads, Thing::Model(of));
        let is_about = |of: Of<'_>| {
            let mut changed = touches.iter().filter(|touch| touch.how != How::Reads);
            changed.any(|touch| touch.thing.model() == Some(of))
        };
        // What keeps the two in order has to be that it points at the model, and nothing else.
        if !points(old) || points(new) || touches.reach_anywhere() || is_about(old) || is_about(new) {
            return None;
        }
        let mut behind = self.clone();
        for to in behind
            .fields_mut()
            .iter_mut()
            .filter_map(|field| field.to.as_mut())
        {
            if Of::from(&*to) == old {
                *to = new.key();
            }
        }
        let follows = !behind.touches(app).has(How::Reads, Thing::Model(old));
        follows.then_some(Cow::Owned(behind))
    }
}
