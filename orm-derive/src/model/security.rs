//! What policies and grants say of the model.

use super::Model;
use super::names::undirected;
use crate::attr::{At, ModelOptions};
use crate::errors::Errors;

impl Model {
    pub(super) fn check_security(&self, options: &mut ModelOptions, errors: &mut Errors) {
        for (_, fields) in options.grants.iter_mut().flat_map(|grant| &mut grant.privileges) {
            if let Some(fields) = fields {
                self.keep_known("grant", fields, errors);
                undirected("a grant", fields.iter_mut(), errors);
            }
        }
        let twice = |names: Vec<&At<String>>, what: &str, errors: &mut Errors| {
            for (at, name) in names.iter().enumerate() {
                if names[..at].iter().any(|other| other.value == name.value) {
                    errors.at(
                        name.span,
                        format!("{what} `{}` are there twice; make one of them", name.value),
                    );
                }
            }
        };
        twice(
            options.policies.iter().map(|one| &one.name).collect(),
            "policies named",
            errors,
        );
        twice(
            options.grants.iter().map(|one| &one.to).collect(),
            "grants to",
            errors,
        );
        if let (Some(policy), None) = (options.policies.first(), &options.row_security) {
            errors.at(
                policy.name.span,
                "a policy holds where the table has row security: write `row_security`, or `row_security(force)` for its owner, too",
            );
        }
    }
}
