//! Foreign keys that point at another column than the primary key: what they say, and of which type they are.

use proc_macro2::Span;
use syn::spanned::Spanned;

use super::Field;
use crate::attr::At;
use crate::errors::Errors;
use crate::ident::to_ident;

impl Field {
    /// A foreign key to another column than the primary key says which, and by its type what it holds.
    pub(super) fn check_to(&mut self, errors: &mut Errors) {
        let written = self.ty.written();
        let Field {
            ty, options, name, ..
        } = self;
        let Some(to) = &options.to else {
            if let Some(key) = ty.key.as_ref().filter(|_| ty.is_relation()) {
                errors.at(
                    key.span(),
                    format!(
                        "`{written}` holds what another column than the primary key does, and `{name}` does not say which; write \
                         #[orm(to = \"..\")], or leave the second type out"
                    ),
                );
                // Something that the rest can be expanded with.
                options.to = Some(At {
                    value: String::new(),
                    span: key.span(),
                });
            }
            return;
        };
        if to_ident(&to.value, to.span).is_none() {
            errors.at(
                to.span,
                format!(
                    "`{}` cannot be the name of a field; write one, as in `to = \"code\"`",
                    to.value
                ),
            );
            options.to = Some(At {
                value: String::new(),
                span: to.span,
            });
        }
        if ty.key.is_none() {
            let at = options.to.take().map_or_else(Span::call_site, |to| to.span);
            errors.at(
                at,
                format!(
                    "`{name}` points at another column than the primary key, so its type says what that column holds: write \
                     `{}`, with the type of that column (without `Option`) in place of `T`",
                    written.replacen('>', ", T>", 1)
                ),
            );
        }
    }
}
