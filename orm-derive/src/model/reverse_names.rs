//! Names of reverse relations: each leads back over one relation, by a name that a method of the target can have.

use std::collections::HashMap;

use proc_macro2::Span;
use quote::ToTokens;
use syn::Type;

use super::Model;
use crate::attr::At;
use crate::errors::Errors;

/// A reverse relation.
struct WayBack {
    of: RelationAt,
    relation: String,
    name: String,
    target: String,
    span: Span,
}

#[derive(Clone, Copy)]
enum RelationAt {
    Field(usize),
    Composite(usize),
}

impl WayBack {
    /// Where the name is given.
    fn option(&self) -> &'static str {
        match self.of {
            RelationAt::Field(_) => "#[orm(related_name = \"..\")]",
            RelationAt::Composite(_) => "`related_name = \"..\"`",
        }
    }
}

fn written(ty: &Type) -> String {
    ty.to_token_stream().to_string().replace(' ', "")
}

impl Model {
    pub(super) fn check_reverse_names(&mut self, errors: &mut Errors) {
        let mut names: HashMap<(String, String), String> = HashMap::new();
        let mut clashes = Vec::new();
        for way in self.ways_back() {
            let reason = self.cannot_lead_back(&way).or_else(|| {
                let key = (way.target.clone(), way.name.clone());
                let other = names.insert(key, way.relation.clone())?;
                Some(format!(
                    "`{other}` and `{}` both lead back from `{}` as `{}`; give one of them a name of its own with {}, or \"+\" \
                     for no reverse relation",
                    way.relation,
                    way.target,
                    way.name,
                    way.option()
                ))
            });
            let Some(reason) = reason else { continue };
            errors.at(way.span, reason);
            clashes.push((way.of, way.span));
        }
        for (of, span) in clashes {
            let none = Some(At {
                value: "+".to_owned(),
                span,
            });
            match of {
                RelationAt::Field(at) => self.fields[at].options.related_name = none,
                RelationAt::Composite(at) => self.options.foreign_keys[at].related_name = none,
            }
        }
    }

    /// All ways back from the targets of its relations.
    fn ways_back(&self) -> Vec<WayBack> {
        let fields = self.fields.iter().enumerate().filter_map(|(position, field)| {
            let given = field.options.related_name.as_ref();
            Some(WayBack {
                of: RelationAt::Field(position),
                relation: field.name.clone(),
                name: field.reverse_name(&self.snake)?,
                target: written(field.ty.target.as_ref()?),
                span: given.map_or(field.ident.span(), |name| name.span),
            })
        });
        let keys = self
            .options
            .foreign_keys
            .iter()
            .enumerate()
            .filter_map(|(position, key)| {
                let given = key.related_name.as_ref();
                Some(WayBack {
                    of: RelationAt::Composite(position),
                    relation: key.relation.value.clone(),
                    name: key.reverse_name(&self.snake)?,
                    target: written(&key.to),
                    span: given.map_or(key.relation.span, |name| name.span),
                })
            });
        fields.chain(keys).collect()
    }

    /// Why no method of the target can have that name.
    fn cannot_lead_back(&self, way: &WayBack) -> Option<String> {
        let (relation, name, own) = (&way.relation, &way.name, self.ident.to_string());
        if ["self", "super", "crate"].contains(&name.as_str()) {
            return Some(format!(
                "`{relation}` leads back as `{name}`, which no method can be called; give it a name with {}, or \"+\" for no \
                 reverse relation",
                way.option()
            ));
        }
        let mut fields = self.fields.iter().map(|field| &field.name);
        let mut keys = self.options.foreign_keys.iter().map(|key| &key.relation.value);
        let what = match (fields.any(|other| other == name), keys.any(|other| other == name)) {
            _ if way.target != own => return None,
            (true, _) => "field",
            (false, true) => "foreign key",
            (false, false) => return None,
        };
        Some(format!(
            "`{own}` leads back over `{relation}` as `{name}`, which is a {what} of `{own}`; give `{relation}` another {}",
            way.option()
        ))
    }
}
