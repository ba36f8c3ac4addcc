//! Advice about a migration that no database can apply.

use super::Graph;
use crate::migrate::file::MigrationKey;

/// How to undo a file that no database can apply.
pub(in crate::migrate) fn undo_of_unapplied(graph: &Graph, key: &MigrationKey) -> String {
    let app = &key.app;
    let undo = match graph.leaf(app) {
        Ok(Some(leaf)) if leaf == key => {
            format!("run `makemigrations {app} --update`, which rewrites {}", key.name)
        }
        _ => {
            let before = graph.parents(key).find(|parent| parent.app == *app);
            let head = match before {
                Some(before) => format!("let HEAD hold {}", before.name),
                None => "delete HEAD".to_owned(),
            };
            format!("delete its file and those of {app} behind it, {head}, and run makemigrations")
        }
    };
    format!("if {key} is applied nowhere yet, correct the models and {undo}")
}
