//! What a field's type says by its name. A derive sees names only: an alias of a column type is passed through.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, PathArguments, PathSegment, Type};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FieldKind {
    Column,
    ForeignKey,
    OneToOne,
    ManyToMany,
    /// Several columns, which its struct says: only `#[orm(embed)]` tells it from a column.
    Embed,
}

pub(crate) struct FieldType {
    /// The type, with `Self` replaced by the struct's name, because it is used inside other items.
    pub(crate) ty: Type,
    pub(crate) kind: FieldKind,
    pub(crate) null: bool,
    /// The target model of a relation.
    pub(crate) target: Option<Type>,
    /// Whether that is the struct itself, by its name.
    own: bool,
    /// The type of the column that a foreign key points at, where it is not the primary key.
    pub(crate) key: Option<Type>,
    /// The last segment of the path, without `Option`: `String`, `Uuid`; empty if the type is not a path.
    pub(crate) name: String,
}

impl FieldType {
    pub(crate) fn read(ty: &Type, model: &Ident) -> Self {
        let ty = without_self(ty, model);
        let (null, base) = match argument_of(&ty, "Option") {
            Some(base) => (true, base),
            None => (false, &ty),
        };
        let (kind, target, key) = [
            ("ForeignKey", FieldKind::ForeignKey),
            ("OneToOne", FieldKind::OneToOne),
            ("ManyToMany", FieldKind::ManyToMany),
        ]
        .into_iter()
        .find_map(|(name, kind)| Some((kind, relation_arguments(base, name, kind)?)))
        .map_or((FieldKind::Column, None, None), |(kind, (target, key))| {
            (kind, Some(target.clone()), key.cloned())
        });
        let name = last_segment(base).map_or_else(String::new, |segment| segment.ident.to_string());
        let own = target.as_ref().and_then(last_segment);
        FieldType {
            kind,
            null,
            own: own.is_some_and(|target| target.ident == *model),
            target,
            key,
            name,
            ty,
        }
    }

    /// Whether it relates the model to itself.
    pub(crate) fn is_own(&self) -> bool {
        self.own
    }

    pub(crate) fn is_relation(&self) -> bool {
        !matches!(self.kind, FieldKind::Column | FieldKind::Embed)
    }

    /// Whether it is an integer type that a database can generate.
    pub(crate) fn is_integer(&self) -> bool {
        matches!(
            self.name.as_str(),
            "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64"
        )
    }

    /// False only if that is certain: an unknown name may be an alias of any of `names`.
    pub(crate) fn may_be(&self, names: &[&str]) -> bool {
        const KNOWN: [&str; 23] = [
            "bool",
            "i16",
            "i32",
            "i64",
            "i8",
            "u8",
            "u16",
            "u32",
            "u64",
            "f32",
            "f64",
            "String",
            "Vec",
            "NaiveDate",
            "NaiveTime",
            "NaiveDateTime",
            "DateTime",
            "TimeDelta",
            "Duration",
            "Uuid",
            "Decimal",
            "Json",
            "Option",
        ];
        !self.is_relation() && (names.contains(&self.name.as_str()) || !KNOWN.contains(&self.name.as_str()))
    }

    /// Whether it is an array: a `Vec` of anything but bytes.
    pub(crate) fn is_array(&self) -> bool {
        let base = argument_of(&self.ty, "Option").unwrap_or(&self.ty);
        let byte = |ty: &Type| last_segment(ty).is_some_and(|segment| segment.ident == "u8");
        argument_of(base, "Vec").is_some_and(|item| !byte(item))
    }

    /// Whether it is an `Option` of an `Option`.
    pub(crate) fn is_nested_option(&self) -> bool {
        argument_of(&self.ty, "Option").is_some_and(|base| argument_of(base, "Option").is_some())
    }

    /// Whether its name says nothing: an alias, or a type of the user's own.
    pub(crate) fn is_unknown(&self) -> bool {
        self.may_be(&[])
    }

    /// The type as the user wrote it, on one line.
    pub(crate) fn written(&self) -> String {
        let text = self.ty.to_token_stream().to_string();
        text.replace(" <", "<")
            .replace("< ", "<")
            .replace(" >", ">")
            .replace(" ,", ",")
            .replace(" :: ", "::")
    }
}

/// The target of a relation, and what it holds if that is said and is not the primary key.
fn relation_arguments<'a>(ty: &'a Type, name: &str, kind: FieldKind) -> Option<(&'a Type, Option<&'a Type>)> {
    let segment = last_segment(ty).filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    let arguments: Vec<&GenericArgument> = arguments.args.iter().collect();
    match arguments.as_slice() {
        [GenericArgument::Type(target)] => Some((target, None)),
        [GenericArgument::Type(target), GenericArgument::Type(key)] if kind != FieldKind::ManyToMany => {
            let other = last_segment(key).is_none_or(|segment| segment.ident != "Primary");
            Some((target, other.then_some(key)))
        }
        _ => None,
    }
}

/// `T` of `wrapper<T>`, whatever the path to the wrapper.
fn argument_of<'a>(ty: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == wrapper)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(argument)) if arguments.args.len() == 1 => Some(argument),
        _ => None,
    }
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        // A type from a `macro_rules!` variable is inside an invisible group.
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

fn without_self(ty: &Type, model: &Ident) -> Type {
    fn replace(tokens: TokenStream, model: &Ident) -> TokenStream {
        tokens
            .into_iter()
            .map(|token| match token {
                TokenTree::Ident(ident) if ident == "Self" => {
                    TokenTree::Ident(Ident::new(&model.to_string(), ident.span()))
                }
                TokenTree::Group(group) => {
                    let mut replaced = Group::new(group.delimiter(), replace(group.stream(), model));
                    replaced.set_span(group.span());
                    TokenTree::Group(replaced)
                }
                token => token,
            })
            .collect()
    }
    syn::parse2(replace(ty.to_token_stream(), model)).unwrap_or_else(|_| ty.clone())
}
