//! What the scopes of a model may be called.

use super::Model;
use crate::errors::Errors;
use crate::ident::to_ident;

/// As many as the library has bits for.
const MOST: usize = 15;

impl Model {
    /// What a scope fills need not be given.
    pub(super) fn fill_from_scopes(&mut self, errors: &mut Errors) {
        for scope in &self.options.scopes {
            let Some(fills) = &scope.fills else { continue };
            let name = &fills.value;
            match self
                .fields
                .iter_mut()
                .find(|field| field.name == *name && field.column.is_some())
            {
                Some(field) => field.filled = true,
                None => errors.push(syn::Error::new(
                    fills.span,
                    format!("`{}` has no column `{name}` that a scope could fill", self.name),
                )),
            }
        }
    }

    /// Each has a name of its own, of which a constant can be made.
    pub(super) fn check_scopes(&self, errors: &mut Errors) {
        let scopes = &self.options.scopes;
        for (at, scope) in scopes.iter().enumerate() {
            let (name, span) = (&scope.name.value, scope.name.span);
            let is_name = to_ident(name, span).is_some() && !name.starts_with("r#") && name.is_ascii();
            if !is_name {
                errors.push(syn::Error::new(
                    span,
                    format!("a scope is called like a field, in letters, digits and `_`: `{name}` is not"),
                ));
            }
            let called_alike = |other: &&crate::attr::Scope| other.name.value.eq_ignore_ascii_case(name);
            if scopes.iter().take(at).any(|other| called_alike(&other)) {
                errors.push(syn::Error::new(
                    span,
                    format!(
                        "`{}` has a scope `{name}` already; give this one another name",
                        self.name
                    ),
                ));
            }
        }
        if let Some(scope) = scopes.get(MOST) {
            errors.push(syn::Error::new(
                scope.name.span,
                format!("a model has at most {MOST} scopes; join conditions by `&`"),
            ));
        }
    }
}
