//! The options of a type of columns.

use syn::{Attribute, Expr};

use super::field::{DbType, db_type};
use super::{each_option, once, unknown, value};
use crate::errors::Errors;

/// The struct's options, unchecked.
#[derive(Default)]
pub(crate) struct ColumnTypeOptions {
    /// The function that says whether a value is allowed.
    pub(crate) validate: Option<Expr>,
    /// The type of its columns by its name.
    pub(crate) db_type: Option<DbType>,
}

impl ColumnTypeOptions {
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = ColumnTypeOptions::default();
        each_option(attributes, errors, |name, input| {
            match name.to_string().as_str() {
                "validate" => {
                    let function: Expr = value(name, input, "validate = path::to::function")?;
                    match function {
                        Expr::Path(_) => once(&mut options.validate, name, function),
                        _ => Err(syn::Error::new(
                            name.span(),
                            "`validate` is written `validate = path::to::function`: a function of a reference to the value inside \
                             that returns `Result<(), &'static str>`",
                        )),
                    }
                }
                "db_type" => once(&mut options.db_type, name, db_type(name, input)?),
                _ => Err(unknown(name, "a type of columns", &["validate", "db_type"])),
            }
        });
        options
    }
}
