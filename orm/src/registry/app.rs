//! Which app a model belongs to.

use super::APPS;

/// What `orm::app!("blog")` registers.
#[derive(Debug, Clone, Copy)]
pub struct AppSpec {
    /// Label of the app.
    pub label: &'static str,
    /// The module whose models, including those in submodules, belong to it.
    pub module: &'static str,
    /// The schema of its tables.
    pub schema: Option<&'static str>,
    /// The label that it had before.
    pub renamed_from: Option<&'static str>,
}

/// Names the app of the models in this module and below. Without it a model's app is its crate.
///
/// ```
/// mod blog {
///     orm::app!("blog");
/// }
/// # fn main() {}
/// ```
///
/// An app that gets another label says which one it had, so that a migration moves its models instead of dropping their
/// tables. The migrations that there are stay where they are.
///
/// ```
/// mod sales {
///     orm::app!("sales", renamed_from = "shop");
/// }
/// # fn main() {}
/// ```
///
/// Its tables stand in a schema, where the database has schemas (`schema` of a model says another):
///
/// ```
/// mod billing {
///     orm::app!("billing", schema = "billing");
/// }
/// # fn main() {}
/// ```
///
/// The old label has to differ from the new one:
///
/// ```compile_fail
/// mod sales {
///     orm::app!("sales", renamed_from = "sales");
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! app {
    ($label:literal) => {
        $crate::app!(@ $label, ::core::option::Option::None, ::core::option::Option::None);
    };
    ($label:literal, schema = $schema:literal) => {
        const _: () = ::core::assert!(!$schema.is_empty(), "`schema` of an app is the name of a schema, or is left out");
        $crate::app!(@ $label, ::core::option::Option::Some($schema), ::core::option::Option::None);
    };
    ($label:literal, renamed_from = $old:literal) => {
        $crate::app!(@renamed $label, ::core::option::Option::None, $old);
    };
    ($label:literal, schema = $schema:literal, renamed_from = $old:literal) => {
        const _: () = ::core::assert!(!$schema.is_empty(), "`schema` of an app is the name of a schema, or is left out");
        $crate::app!(@renamed $label, ::core::option::Option::Some($schema), $old);
    };
    (@renamed $label:literal, $schema:expr, $old:literal) => {
        const _: () = ::core::assert!(
            $crate::__private::is_other_label($label, $old),
            "`renamed_from` of an app is the label that it had before: a name without a dot, and not the label it has"
        );
        $crate::app!(@ $label, $schema, ::core::option::Option::Some($old));
    };
    (@ $label:literal, $schema:expr, $old:expr) => {
        const _: () = {
            #[$crate::__private::linkme::distributed_slice($crate::__private::APPS)]
            #[linkme(crate = $crate::__private::linkme)]
            static APP: $crate::__private::AppSpec = $crate::__private::AppSpec {
                label: $label,
                module: ::core::module_path!(),
                schema: $schema,
                renamed_from: $old,
            };
        };
    };
}

/// Whether a string can be the previous label of an app.
#[must_use]
pub const fn is_other_label(label: &str, old: &str) -> bool {
    let (label, old) = (label.as_bytes(), old.as_bytes());
    let mut differ = label.len() != old.len();
    let mut at = 0;
    while at < old.len() {
        if old[at] == b'.' {
            return false;
        }
        differ = differ || label[at] != old[at];
        at += 1;
    }
    differ && !old.is_empty()
}

/// The label of the innermost `orm::app!` around `module`, or the crate's name.
pub(super) fn label_of(module: &str) -> &str {
    app_of(module).map_or_else(|| module.split("::").next().unwrap_or(module), |app| app.label)
}

/// The innermost `orm::app!` around `module`.
pub(super) fn app_of(module: &str) -> Option<&'static AppSpec> {
    APPS.iter()
        .filter(|app| {
            module
                .strip_prefix(app.module)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
        .max_by_key(|app| app.module.len())
}
