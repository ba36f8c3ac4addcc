//! Searches of full text: what they search is there, and each has a method of its own.

use super::Model;
use crate::attr::{FieldName, SearchOption};
use crate::errors::Errors;

impl Model {
    /// Reports what is no field, and names that are taken; drops what has either.
    pub(super) fn check_searches(&self, searches: &mut Vec<SearchOption>, errors: &mut Errors) {
        for search in searches.iter_mut() {
            let mut names: Vec<FieldName> =
                (search.fields.iter().map(|searched| searched.field.clone())).collect();
            self.keep_known("search", &mut names, errors);
            let mut kept = names.into_iter().peekable();
            search
                .fields
                .retain(|searched| kept.next_if(|name| name.name == searched.field.name).is_some());
        }
        searches.retain(|search| !search.fields.is_empty());
        let mut seen: Vec<String> = Vec::new();
        searches.retain(|search| {
            let name = search.called();
            let taken = match self.fields.iter().any(|field| field.name == name) {
                true => Some("a field"),
                false if seen.iter().any(|other| other == name) => Some("a search"),
                false => None,
            };
            if let Some(taken) = taken {
                errors.at(
                    search.named_at(),
                    format!(
                        "`{name}` is the name of {taken} already; give the search one of its own: `search(.., name = \"found_by\")`"
                    ),
                );
            }
            seen.push(name.to_owned());
            taken.is_none()
        });
    }
}
