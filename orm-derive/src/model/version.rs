//! What a version may be.

use super::{Field, FieldKind};
use crate::attr::At;
use crate::errors::Errors;

impl Field {
    /// A version is a number that is counted for the program, from 0.
    pub(super) fn check_version(&mut self, errors: &mut Errors) {
        let Some(at) = self.options.version else {
            return;
        };
        let (name, options) = (&self.name, &self.options);
        let said = if self.ty.kind != FieldKind::Column || !self.ty.may_be(&["i32", "i64"]) {
            Some(format!(
                "`version` counts the changes of a row and is for `i32` and `i64`; this field is `{}`",
                self.ty.written()
            ))
        } else if self.ty.null {
            Some(format!(
                "a version cannot be NULL, because no NULL is equal to another; write the type of `{name}` without `Option`"
            ))
        } else if self.primary_key || name == "id" {
            Some(format!(
                "`{name}` is the primary key, which stays as it is, and a version counts on; mark a field of its own"
            ))
        } else {
            let given = [
                ("default", options.default.is_some()),
                ("default_fn", options.default_fn.is_some()),
                ("db_default", options.db_default.is_some()),
                ("generated", options.generated.is_some()),
            ];
            let given = given
                .into_iter()
                .find_map(|(option, given)| given.then_some(option));
            given.map(|option| {
                format!("`{name}` is a version, which begins with 0 and is counted; drop `{option}`")
            })
        };
        match said {
            Some(said) => {
                errors.at(at, said);
                self.options.version = None;
            }
            None => {
                self.options.default = Some(At {
                    value: syn::parse_quote_spanned!(at=> 0),
                    span: at,
                });
            }
        }
    }
}
