//! Whether two branches can both do what they do, from what their operations touch.

use crate::migrate::operation::{How, Of, Thing, Touches};

/// How much of a thing an operation needs for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    /// It has to be there.
    Needs,
    /// It becomes something else, and is still there.
    Changes,
    /// It is there after, or before, and not both.
    Owns,
}

impl Claim {
    fn of(how: How) -> Self {
        match how {
            How::Reads | How::Ensures => Claim::Needs,
            How::Extends | How::Alters | How::Respells => Claim::Changes,
            How::Creates | How::Deletes | How::Leaves | How::Takes => Claim::Owns,
        }
    }

    /// Whether the two stand in each other's way, whichever comes first.
    fn clashes(self, other: Claim) -> bool {
        let (least, most) = (self.min(other), self.max(other));
        most == Claim::Owns || least == Claim::Changes
    }
}

/// What an operation claims; SQL and Rust tell nothing.
pub(super) struct Claims<'a>(Vec<(Claim, Thing<'a>)>);

impl<'a> Claims<'a> {
    pub fn of(touches: &Touches<'a>) -> Self {
        let mut claims = Claims(Vec::new());
        for touch in touches.iter().filter(|touch| touch.thing != Thing::Anything) {
            let of = touch.thing.model().filter(|of| touch.thing != Thing::Model(*of));
            let is_new = |of: Of<'_>| touches.has(How::Creates, Thing::Model(of));
            match of {
                // Who owns the model owns what it has, but for names that are the database's.
                Some(of) if is_new(of) && touch.thing.index_or_constraint().is_none() => continue,
                Some(of) if !is_new(of) => claims.add(Claim::Needs, Thing::Model(of)),
                _ => {}
            }
            claims.add(Claim::of(touch.how), touch.thing);
        }
        claims
    }

    fn add(&mut self, claim: Claim, thing: Thing<'a>) {
        if !self.0.contains(&(claim, thing)) {
            self.0.push((claim, thing));
        }
    }

    /// What both claim and cannot have.
    pub fn clashes(&self, other: &Claims<'_>) -> Vec<Thing<'a>> {
        let mut clashes: Vec<Thing<'a>> = Vec::new();
        for (claim, thing) in &self.0 {
            let mut theirs = other.0.iter();
            let clash = theirs.any(|(their_claim, their_thing)| {
                is_one(*thing, *their_thing) && claim.clashes(*their_claim)
            });
            if clash && !clashes.contains(thing) {
                clashes.push(*thing);
            }
        }
        clashes
    }
}

/// Whether two things are one in the database.
fn is_one(one: Thing<'_>, other: Thing<'_>) -> bool {
    let names = one.index_or_constraint().zip(other.index_or_constraint());
    one == other || names.is_some_and(|(one, other)| one == other)
}
