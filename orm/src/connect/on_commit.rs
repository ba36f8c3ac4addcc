//! What to do once a transaction has been committed.

type Hook = Box<dyn FnOnce() + Send>;

/// Functions to call after the outermost commit, each with the depth of the savepoint it depends on.
#[derive(Default)]
pub(super) struct Hooks(Vec<(usize, Hook)>);

impl Hooks {
    pub(super) fn push(&mut self, depth: usize, hook: Hook) {
        self.0.push((depth, hook));
    }

    /// The savepoint is released: its functions now depend on the one around it.
    pub(super) fn released(&mut self, depth: usize) {
        for (at, _) in &mut self.0 {
            if *at >= depth {
                *at = depth.saturating_sub(1);
            }
        }
    }

    /// The savepoint is rolled back: what was done in it never happened.
    pub(super) fn rolled_back(&mut self, depth: usize) {
        self.0.retain(|(at, _)| *at < depth);
    }

    /// Calls every function in the order they were given.
    pub(super) fn run(self) {
        for (_, hook) in self.0 {
            hook();
        }
    }
}
