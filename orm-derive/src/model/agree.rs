//! Whether a field's options agree with its type and with each other. What does not is reported and dropped.

use proc_macro2::{Ident, Span};
use syn::Expr;

use super::{Field, Kind};
use crate::attr::{DbDefault, FieldOptions, OnDelete};
use crate::errors::Errors;

impl Field {
    pub(super) fn check(&mut self, errors: &mut Errors) {
        self.check_name(errors);
        self.check_kind(errors);
        self.check_type_options(errors);
        self.check_relation_options(errors);
        self.check_defaults(errors);
    }

    fn check_name(&mut self, errors: &mut Errors) {
        let (name, at) = (&self.name, self.ident.span());
        if name.contains("__") {
            errors.at(
                at,
                format!("a field cannot be named `{name}`: two underscores separate lookups; rename it"),
            );
        }
        // Methods of rows, of queries over the relation and of the builder, which an accessor of that name would hide.
        let taken: &[&str] = match self.ty.kind {
            Kind::Column => &["save"],
            _ => &[
                "with",
                "key",
                "objects",
                "create",
                "bulk_create",
                "get",
                "save",
                "update",
                "refresh",
                "delete",
                "as_query",
            ],
        };
        if taken.contains(&name.as_str()) {
            let kept = match self.ty.kind {
                Kind::ManyToMany => String::new(),
                _ => format!(
                    ", the column may keep its name with #[orm(column = \"{}\")]",
                    self.column_name()
                ),
            };
            errors.at(
                at,
                format!(
                    "a field cannot be named `{name}`: the method `{name}` of models would be hidden; rename it{kept}"
                ),
            );
        }
    }

    fn check_kind(&mut self, errors: &mut Errors) {
        if self.ty.kind == Kind::ManyToMany && self.ty.null {
            errors.at(
                self.ident.span(),
                "a many-to-many field is no column and cannot be NULL; write it without `Option`",
            );
        }
        if let Some(at) = self.options.primary_key
            && self.ty.null
        {
            errors.at(
                at,
                "a primary key cannot be NULL; write its type without `Option`",
            );
        }
        if let (Some(at), Some(_)) = (self.options.unique, self.options.primary_key) {
            errors.at(at, "a primary key is unique already; drop `unique`");
            self.options.unique = None;
        }
        if let (Some(at), Kind::OneToOne) = (self.options.unique, self.ty.kind) {
            errors.at(at, "a one-to-one key is unique already; drop `unique`");
            self.options.unique = None;
        }
    }

    fn check_type_options(&mut self, errors: &mut Errors) {
        const TIMES: [&str; 4] = ["DateTime", "NaiveDateTime", "NaiveDate", "NaiveTime"];
        let Field { ty, options, .. } = self;
        let written = ty.written();
        let mut wrong = |at: Span, option: &str, types: &str| {
            errors.at(
                at,
                format!("`{option}` is for {types}; this field is `{written}`"),
            );
        };
        if let Some(length) = options.max_length.take_if(|_| !ty.may_be(&["String"])) {
            wrong(length.span, "max_length", "`String`");
        }
        if let Some(digits) = options.max_digits.take_if(|_| !ty.may_be(&["Decimal"])) {
            wrong(digits.span, "max_digits", "`Decimal`");
        }
        if let Some(places) = options.decimal_places.take_if(|_| !ty.may_be(&["Decimal"])) {
            wrong(places.span, "decimal_places", "`Decimal`");
        }
        for (name, flag) in [
            ("auto_now", &mut options.auto_now),
            ("auto_now_add", &mut options.auto_now_add),
        ] {
            if let Some(at) = flag.take_if(|_| !ty.may_be(&TIMES)) {
                wrong(at, name, "dates and times");
            }
        }
        let fits = |default: &mut crate::attr::At<DbDefault>| match default.value {
            DbDefault::Now => ty.may_be(&TIMES),
            DbDefault::RandomUuid => ty.may_be(&["Uuid"]),
            DbDefault::Sql { .. } => ty.kind != Kind::ManyToMany,
        };
        if let Some(default) = options.db_default.take_if(|default| !fits(default)) {
            match default.value {
                DbDefault::Now => wrong(default.span, "db_default = now", "dates and times"),
                DbDefault::RandomUuid => wrong(default.span, "db_default = random_uuid", "`Uuid`"),
                DbDefault::Sql { .. } => {}
            }
        }
        if let Some(length) = &options.max_length
            && length.value == 0
        {
            errors.at(length.span, "`max_length` is at least 1");
        }
        if let Some(digits) = &options.max_digits
            && !(1..=28).contains(&digits.value)
        {
            errors.at(
                digits.span,
                "`max_digits` is from 1 to 28, which is what a `Decimal` holds",
            );
        }
        match (&options.max_digits, &options.decimal_places) {
            (Some(digits), Some(places)) if places.value > digits.value => {
                errors.at(
                    places.span,
                    "`decimal_places` counts among `max_digits`, it cannot be the larger",
                );
            }
            (Some(digits), None) => errors.at(digits.span, "`max_digits` needs `decimal_places` beside it"),
            (None, Some(places)) => errors.at(places.span, "`decimal_places` needs `max_digits` beside it"),
            _ => {}
        }
    }

    fn check_relation_options(&mut self, errors: &mut Errors) {
        let written = self.ty.written();
        let Field { ty, options, .. } = self;
        let mut wrong = |at: Span, option: &str, owner: &str| {
            errors.at(
                at,
                format!("`{option}` is for {owner}; this field is `{written}`"),
            );
        };
        let is_key = matches!(ty.kind, Kind::ForeignKey | Kind::OneToOne);
        if let Some(action) = options.on_delete.take_if(|_| !is_key) {
            wrong(action.span, "on_delete", "`ForeignKey` and `OneToOne`");
        }
        if let Some(name) = options.related_name.take_if(|_| !ty.is_relation()) {
            wrong(name.span, "related_name", "relations");
        }
        if let Some(table) = options.table.take_if(|_| ty.kind != Kind::ManyToMany) {
            wrong(
                table.span,
                "table",
                "the join table of a `ManyToMany` field, or for the struct",
            );
        }
        if ty.kind == Kind::ManyToMany {
            let FieldOptions {
                primary_key,
                unique,
                index,
                default,
                default_fn,
                db_default,
                column,
                ..
            } = options;
            let given = [
                ("primary_key", primary_key.take()),
                ("unique", unique.take()),
                ("index", index.take().map(|given| given.span)),
                ("default", default.take().map(|given| given.span)),
                ("default_fn", default_fn.take().map(|given| given.span)),
                ("db_default", db_default.take().map(|given| given.span)),
                ("column", column.take().map(|given| given.span)),
            ];
            for (option, at) in given {
                if let Some(at) = at {
                    wrong(at, option, "columns");
                }
            }
            self.primary_key = false;
        }
        let options = &mut self.options;
        if let Some(name) = &options.related_name
            && name.value != "+"
            && (syn::parse_str::<Ident>(&name.value).is_err() || name.value.contains("__"))
        {
            errors.at(
                name.span,
                format!(
                    "`{}` cannot be the name of a method; write a plain name, or \"+\" for no way back",
                    name.value
                ),
            );
            options.related_name = None;
        }
        match options
            .on_delete
            .as_ref()
            .map(|action| (action.value, action.span))
        {
            Some((OnDelete::SetNull, at)) if !self.ty.null => {
                errors.at(
                    at,
                    format!(
                        "`SetNull` needs a key that can be NULL; make the field `Option<{}>` or choose another action",
                        self.ty.written()
                    ),
                );
            }
            Some((OnDelete::SetDefault, at)) if options.default.is_none() && options.db_default.is_none() => {
                errors.at(
                    at,
                    "`SetDefault` needs a default in the database; add `default = ..` or `db_default(..)`",
                );
            }
            _ => {}
        }
    }

    fn check_defaults(&mut self, errors: &mut Errors) {
        let options = &mut self.options;
        if let Some(default) = options.default.take_if(|default| is_none(&default.value)) {
            errors.at(
                default.span,
                "a field that can be NULL is NULL when it is not given; drop `default`",
            );
        }
        let bytes = self.ty.name == "Vec";
        if let Some(default) = options.default.take_if(|_| bytes) {
            errors.at(
                default.span,
                "bytes have no literal form in a database; use `default_fn`, or `db_default(..)` with SQL",
            );
        }
        let given: Vec<(&str, Span)> = [
            ("default", options.default.as_ref().map(|given| given.span)),
            ("default_fn", options.default_fn.as_ref().map(|given| given.span)),
            ("db_default", options.db_default.as_ref().map(|given| given.span)),
            ("auto_now", options.auto_now),
            ("auto_now_add", options.auto_now_add),
        ]
        .into_iter()
        .filter_map(|(name, span)| Some((name, span?)))
        .collect();
        if let [(first, _), rest @ ..] = given.as_slice() {
            for (name, at) in rest {
                errors.at(
                    *at,
                    format!("`{first}` and `{name}` both say where the value comes from; keep one"),
                );
            }
        }
    }
}

fn is_none(default: &Expr) -> bool {
    matches!(default, Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "None"))
}
