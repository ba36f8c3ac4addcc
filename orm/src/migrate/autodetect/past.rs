//! What the files say of names that swapped: the answer stays in the models, and states cannot tell whether it was heard.

use std::collections::BTreeMap;

use crate::migrate::graph::Graph;
use crate::migrate::operation::Operation;
use crate::model::ModelKey;

/// The migrations there are.
#[derive(Clone, Copy)]
pub(in crate::migrate) struct Past<'a>(pub &'a Graph);

impl Past<'_> {
    /// Whether models of an app went round in this circle of new names -> old names.
    pub fn models_swapped(self, app: &str, circle: &BTreeMap<&str, &str>) -> bool {
        self.swapped(app, circle, |operation| match operation {
            Operation::RenameModel(rename) => Some((&rename.old, &rename.new)),
            _ => None,
        })
    }

    /// Whether fields of a model did.
    pub fn fields_swapped(self, model: &ModelKey, circle: &BTreeMap<&str, &str>) -> bool {
        self.swapped(&model.app, circle, |operation| match operation {
            Operation::RenameField(rename) if rename.model == model.model => Some((&rename.old, &rename.new)),
            _ => None,
        })
    }

    fn swapped<'b>(
        self,
        app: &str,
        circle: &BTreeMap<&str, &str>,
        rename: impl Fn(&'b Operation) -> Option<(&'b String, &'b String)>,
    ) -> bool
    where
        Self: 'b,
    {
        self.0.of_app(app).any(|file| {
            let mut origin: BTreeMap<&str, &str> = BTreeMap::new();
            for (old, new) in file.operations.iter().filter_map(&rename) {
                let from = origin.remove(old.as_str()).unwrap_or(old);
                origin.insert(new, from);
            }
            circle.iter().all(|(new, old)| origin.get(new) == Some(old))
        })
    }
}
