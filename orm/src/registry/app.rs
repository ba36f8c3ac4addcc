//! Which app a model belongs to.

use super::APPS;

/// What `orm::app!("blog")` registers.
#[derive(Debug, Clone, Copy)]
pub struct AppSpec {
    /// Label of the app.
    pub label: &'static str,
    /// The module whose models, and those of modules below, belong to it.
    pub module: &'static str,
}

/// Names the app of the models in this module and below. Without it a model's app is its crate.
///
/// ```
/// mod blog {
///     orm::app!("blog");
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! app {
    ($label:literal) => {
        const _: () = {
            #[$crate::__private::linkme::distributed_slice($crate::__private::APPS)]
            #[linkme(crate = $crate::__private::linkme)]
            static APP: $crate::__private::AppSpec = $crate::__private::AppSpec {
                label: $label,
                module: ::core::module_path!(),
            };
        };
    };
}

/// The label of the innermost app around `module`, or the crate's name.
pub(super) fn label_of(module: &str) -> &str {
    APPS.iter()
        .filter(|app| {
            module
                .strip_prefix(app.module)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
        .max_by_key(|app| app.module.len())
        .map_or_else(|| module.split("::").next().unwrap_or(module), |app| app.label)
}
