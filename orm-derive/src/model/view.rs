//! What a model that is a view cannot say, because a view holds nothing of its own.

use proc_macro2::Span;

use super::{Field, FieldKind, Model};
use crate::attr::{ModelOptions, View};
use crate::errors::Errors;

impl Model {
    pub(super) fn check_view(&mut self, errors: &mut Errors) {
        let Some(view) = &self.options.view else { return };
        let name = &self.name;
        check_query(view, self.options.unmanaged, name, errors);
        let stored = view.materialized.is_some();
        let mut for_tables = of_struct(&mut self.options, stored);
        for field in &mut self.fields {
            if field.ty.kind == FieldKind::ManyToMany {
                errors.at(
                    field.ident.span(),
                    format!(
                        "`{name}` is a view and cannot have the many-to-many field `{}`, whose rows would refer to it",
                        field.name
                    ),
                );
            }
            for_tables.extend(of_field(field, stored));
        }
        for (option, at) in for_tables {
            errors.at(
                at,
                format!("`{option}` is for tables, and `{name}` is a view: its rows are those of its query; drop `{option}`"),
            );
        }
    }
}

fn check_query(view: &View, unmanaged: Option<Span>, name: &str, errors: &mut Errors) {
    match (view.has_query(), unmanaged) {
        (false, None) => errors.at(
            view.span,
            format!("the view `{name}` has no query; write it `view(\"SELECT ..\", reads(Post))`, or add `unmanaged` if others make it"),
        ),
        (true, Some(at)) => errors.at(
            at,
            format!("others make an unmanaged view, so `{name}` needs no query; write `view` without it, or drop `unmanaged`"),
        ),
        _ => {}
    }
    if let (Some(at), None) = (view.with_no_data, view.materialized) {
        errors.at(
            at,
            "only a materialized view has data of its own; write `materialized` beside it, or drop `with_no_data`",
        );
    }
}

/// Takes the options of the struct that only tables have; what is stored can have indexes.
fn of_struct(options: &mut ModelOptions, stored: bool) -> Vec<(&'static str, Span)> {
    let mut given = Vec::new();
    if !stored {
        given.extend(options.indexes.drain(..).map(|index| ("index", index.span)));
        given.extend(options.uniques.drain(..).map(|unique| ("unique", unique.span)));
    }
    given.extend(options.exclusions.drain(..).map(|one| ("exclude", one.span)));
    given.extend(options.checks.drain(..).map(|check| ("check", check.name.span)));
    given.extend(
        options
            .triggers
            .drain(..)
            .map(|trigger| ("trigger", trigger.name.span)),
    );
    given.extend(
        options
            .policies
            .drain(..)
            .map(|policy| ("policy", policy.name.span)),
    );
    given.extend(options.row_security.take().map(|at| ("row_security", at.span)));
    given.extend(options.without_rowid.take().map(|at| ("without_rowid", at)));
    given.extend(options.with.take().map(|_| ("with", Span::call_site())));
    given
}

/// The same of a field.
fn of_field(field: &mut Field, stored: bool) -> impl Iterator<Item = (&'static str, Span)> {
    let options = &mut field.options;
    let always = [
        ("default", options.default.take().map(|given| given.span)),
        ("default_fn", options.default_fn.take().map(|given| given.span)),
        ("db_default", options.db_default.take().map(|given| given.span)),
        ("auto_now", options.auto_now.take()),
        ("auto_now_add", options.auto_now_add.take()),
        ("generated", options.generated.take().map(|given| given.span)),
        ("identity", options.identity.take().map(|given| given.span)),
        ("version", options.version.take()),
        ("comment", options.comment.take().map(|given| given.span)),
        ("on_delete", options.on_delete.take().map(|given| given.span)),
        ("on_update", options.on_update.take().map(|given| given.span)),
        ("deferrable", options.deferrable.take().map(|given| given.span)),
        ("not_valid", options.not_valid.take()),
        (
            "db_constraint",
            options.db_constraint.take().map(|given| given.span),
        ),
        (
            "renamed_from",
            options.renamed_from.take().map(|given| given.span),
        ),
    ];
    let indexed = [
        ("unique", options.unique.take_if(|_| !stored)),
        (
            "index",
            options.index.take_if(|_| !stored).map(|given| given.span),
        ),
    ];
    let given = always.into_iter().chain(indexed);
    given.filter_map(|(option, at)| Some((option, at?)))
}
