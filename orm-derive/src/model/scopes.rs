//! What the scopes of a model may be called.

use super::Model;
use crate::errors::Errors;
use crate::ident::to_ident;

/// As many as the library has bits for.
const MOST: usize = 15;

impl Model {
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
