//! A struct that names what a query reads.

use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::{DeriveInput, Expr, Type, TypePath};

use crate::attr::{ProjectionFieldOptions, ProjectionOptions};
use crate::errors::Errors;

use super::shape::shape;

pub(crate) struct Projection {
    pub(crate) ident: Ident,
    pub(crate) model: TypePath,
    /// `None` after a mistake: then it is a projection that reads nothing, so that queries of it are no further mistakes.
    pub(crate) fields: Option<Vec<ProjectionField>>,
}

pub(crate) struct ProjectionField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) kind: ProjectionKind,
    pub(crate) source: ProjectionSource,
}

/// How a field is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProjectionKind {
    Value,
    Embed,
    Related,
}

/// From what it is read.
pub(crate) enum ProjectionSource {
    /// Relations, and the name of what is read at their end.
    Path(Vec<Ident>, Ident),
    /// What a closure says.
    Closure(Expr),
}

/// The most relations of a projection, which are a tuple of loaders.
const MOST_RELATED: usize = 6;

impl Projection {
    /// `None` if the input is too far from a projection to expand anything.
    pub(crate) fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Self> {
        const FORM: &str = "a projection is a struct with named fields, one per value: `struct PostCard { title: String, views: i64 }`";
        let options = ProjectionOptions::read(&input.attrs, errors);
        let before = errors.len();
        let fields = shape(input, "a projection", FORM, errors)?;
        let fields: Vec<_> = fields
            .filter_map(|field| ProjectionField::read(field, errors))
            .collect();
        let mut related = fields
            .iter()
            .filter(|field| field.kind == ProjectionKind::Related);
        if let Some(over) = related.nth(MOST_RELATED) {
            errors.at(
                over.ident.span(),
                format!(
                    "a projection reads at most {MOST_RELATED} relations; read `{}` by a query of its own, or within what another \
                     relation leads to",
                    over.ident
                ),
            );
        }
        let Some(model) = options.model else {
            errors.at(
                input.ident.span(),
                format!(
                    "say which model `{}` is read from: #[orm(model = Post)]",
                    input.ident
                ),
            );
            return None;
        };
        Some(Projection {
            ident: input.ident.clone(),
            model,
            fields: (errors.len() == before).then_some(fields),
        })
    }
}

impl ProjectionField {
    fn read(field: &syn::Field, errors: &mut Errors) -> Option<Self> {
        let ident = field.ident.clone()?;
        let ProjectionFieldOptions {
            path,
            expr,
            with,
            embed,
        } = ProjectionFieldOptions::read(&field.attrs, errors);
        let kind = match (&with, embed) {
            (Some((span, _)), Some(_)) => {
                errors.at(
                    *span,
                    "a field is what a relation leads to or an embed; keep one of `with` and `embed`",
                );
                ProjectionKind::Related
            }
            (Some(_), None) => ProjectionKind::Related,
            (None, Some(_)) => ProjectionKind::Embed,
            (None, None) => ProjectionKind::Value,
        };
        let related = with.and_then(|(span, closure)| Some((span, closure?)));
        if let (Some(_), Some((span, _))) = (&related, &expr) {
            errors.at(*span, "`with` and `expr` both say what is read; keep one");
        }
        let closure = related.or(expr);
        let source = match (path, closure) {
            (Some((span, _)), Some((_, closure))) => {
                two_sources(span, errors);
                ProjectionSource::Closure(closure)
            }
            (None, Some((_, closure))) => ProjectionSource::Closure(closure),
            (Some((_, mut steps)), None) => {
                let last = steps.pop()?;
                ProjectionSource::Path(steps, last)
            }
            (None, None) => ProjectionSource::Path(Vec::new(), ident.clone()),
        };
        Some(ProjectionField {
            ident,
            ty: field.ty.clone(),
            kind,
            source,
        })
    }

    /// Where errors about its type are reported.
    pub(crate) fn span(&self) -> Span {
        self.ty.span()
    }
}

fn two_sources(span: Span, errors: &mut Errors) {
    errors.at(span, "`path` and a closure both say what is read; keep one");
}
