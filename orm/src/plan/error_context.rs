//! What a job adds to its errors: databases name tables, columns and constraints; users know models and fields.

mod composite_foreign_key;
mod relation_key;
mod tables;

use crate::error::{Error, Kind, Result, TypeLimit};
use crate::model::{
    ConstraintDef, FieldDef, IndexPart, MetaSlot, Model, ModelDef, ModelMeta, constraint_name,
};
use crate::registry::{meta, registry};
use crate::value::{FieldType, Row};

/// The operation and model that an error is about.
#[derive(Debug, Clone, Copy)]
pub struct ErrorContext {
    /// `creating`, `reading`
    pub doing: &'static str,
    /// The model.
    pub model: &'static ModelMeta,
}

impl ErrorContext {
    /// Adds the operation, the model and the fields to an error.
    #[cold]
    pub fn explain(context: Option<Self>, error: Error) -> Error {
        match context {
            // These name the model themselves.
            _ if error.is_not_found() || error.is_multiple() => error,
            Some(context) => context.tell(error.naming_column(None)).context(format!(
                "{} {}",
                context.doing,
                context.model.def.key()
            )),
            None if error.is_foreign_key_violation() => key(None, error),
            None => error,
        }
    }

    fn tell(self, error: Error) -> Error {
        let model = tables::holder(self.model, &error);
        let def = &model.def;
        match error.kind() {
            Kind::UniqueViolation => unique(def, error),
            Kind::ExclusionViolation => exclusion(def, error),
            // A number in a query exceeds its type: no row was refused.
            Kind::CheckViolation if matches!(self.doing, "reading" | "counting") => error.with_kind(Kind::Encode),
            Kind::CheckViolation => check(model, error),
            // Deleting a row is refused by the table that points at it, and the model is still the one of the job.
            Kind::ForeignKeyViolation => key(Some(&self.model.def), error),
            Kind::Encode if error.limit().is_some() => {
                let limited = error.limit().into_iter().flat_map(|limit| limited(model, limit));
                let names: Vec<String> = limited.filter(|field| !field.primary_key).map(|field| field.name.clone()).collect();
                match names.len() {
                    1 => error.with_fields(names),
                    _ => error,
                }
            }
            Kind::NotNullViolation | Kind::Encode => {
                let fields = fields_of(def, error.fields());
                error.with_fields(fields)
            }
            Kind::Undefined if def.unmanaged => error.with_hint(format!(
                "{} is unmanaged: its table is made and changed by others, so change the model, or the table by hand",
                def.key()
            )),
            Kind::Undefined => error.with_hint("bring the database up to date: `orm migrate`"),
            _ => error,
        }
    }
}

/// Decodes a row of a model whose columns start at a position.
#[inline]
pub(super) fn decoded<M: Model>(row: &Row<'_>, at: usize) -> Result<M> {
    M::decode(row, at).map_err(|error| unreadable(M::slot(), at, error))
}

/// Adds the field of the unreadable column to an error.
#[cold]
fn unreadable(slot: &'static MetaSlot, at: usize, error: Error) -> Error {
    let column = error.column().and_then(|column| column.checked_sub(at));
    let Some((model, column)) = column.and_then(|column| {
        let model = meta(slot).ok()?;
        Some((model, model.columns.get(column)?))
    }) else {
        return error;
    };
    error
        .naming_column(Some(format!("{}.{}", model.def.key(), column.name)))
        .with_fields(vec![column.name.clone()])
}

/// A constraint of a model.
struct ConstraintInfo<'m> {
    name: String,
    /// Whether it is about what is computed from the fields and not about what they hold.
    computed: bool,
    fields: Vec<&'m FieldDef>,
    message: Option<&'m str>,
}

impl ConstraintInfo<'_> {
    fn fields(&self) -> Vec<String> {
        self.fields.iter().map(|field| field.name.clone()).collect()
    }

    /// Adds what is known of the constraint to an error.
    fn add_to(&self, error: Error) -> Error {
        let error = error.with_constraint(&*self.name).with_fields(self.fields());
        match self.message {
            Some(message) => error.with_constraint_message(message),
            None => error,
        }
    }
}

/// The name of a constraint on one column.
fn of_column(def: &ModelDef, field: &FieldDef, suffix: &str) -> String {
    constraint_name(&def.table_name().name, &[&field.column_name()], suffix)
}

fn uniques(def: &ModelDef) -> Vec<ConstraintInfo<'_>> {
    let key: Vec<&FieldDef> = def.key_fields().collect();
    let columns: Vec<String> = key.iter().map(|field| field.column_name()).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut rules = vec![ConstraintInfo {
        name: constraint_name(&def.table_name().name, &columns, "pkey"),
        computed: false,
        fields: key,
        message: None,
    }];
    let alone = |field: &&FieldDef| field.unique || field.ty == FieldType::OneToOne;
    rules.extend(def.fields.iter().filter(alone).map(|field| ConstraintInfo {
        name: of_column(def, field, "uniq"),
        computed: false,
        fields: vec![field],
        message: None,
    }));
    rules.extend(def.constraints.iter().filter_map(|constraint| {
        match constraint {
            ConstraintDef::Unique(unique) => Some(ConstraintInfo {
                name: unique.name.clone(),
                computed: unique.parts.iter().any(|part| part.computed().is_some()),
                fields: (unique.parts.iter().flat_map(IndexPart::fields))
                    .filter_map(|name| def.field(name))
                    .collect(),
                message: unique.message.as_deref(),
            }),
            ConstraintDef::Exclusion(_) | ConstraintDef::ForeignKey(_) | ConstraintDef::Check { .. } => None,
        }
    }));
    rules
}

fn checks(def: &ModelDef) -> Vec<ConstraintInfo<'_>> {
    let columns = def
        .fields
        .iter()
        .filter(|field| field.ty.is_column() && !field.ty.is_relation());
    let mut rules: Vec<ConstraintInfo<'_>> = columns
        .map(|field| ConstraintInfo {
            name: of_column(def, field, "check"),
            computed: false,
            fields: vec![field],
            message: None,
        })
        .collect();
    for constraint in &def.constraints {
        if let ConstraintDef::Check {
            name,
            condition,
            message,
            ..
        } = constraint
        {
            let mut fields: Vec<&FieldDef> = Vec::new();
            for field in condition.fields().into_iter().filter_map(|name| def.field(name)) {
                if !fields.iter().any(|known| known.name == field.name) {
                    fields.push(field);
                }
            }
            rules.push(ConstraintInfo {
                name: name.clone(),
                computed: false,
                fields,
                message: message.as_deref(),
            });
        }
    }
    rules
}

/// The constraint of that name. In a table that is a shard of another, names end with the shard's number.
fn named<'r, 'm>(rules: &'r [ConstraintInfo<'m>], name: &str) -> Option<&'r ConstraintInfo<'m>> {
    let exact = rules.iter().find(|rule| rule.name == name);
    exact.or_else(|| rules.iter().find(|rule| is_of_part(name, &rule.name)))
}

/// Whether a name is that of the same constraint on a shard of the table, as Citus derives them: the shard's number is
/// appended; where the result is too long, the name is truncated and a hash is inserted before the number.
/// <https://github.com/citusdata/citus/blob/main/src/backend/distributed/relay/relay_event_utility.c>, 2026-11.
fn is_of_part(found: &str, name: &str) -> bool {
    let Some((head, number)) = found.rsplit_once('_') else {
        return false;
    };
    if number.is_empty() || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return false;
    }
    let hashed = |(head, hash): (&str, &str)| {
        hash.len() == 8
            && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
            && !head.is_empty()
            && name.starts_with(head)
    };
    head == name || (name.len() > head.len() && head.rsplit_once('_').is_some_and(hashed))
}

/// The fields of these columns; other names are left as they are.
fn fields_of(def: &ModelDef, columns: &[String]) -> Vec<String> {
    let field = |column: &String| {
        let mut fields = def.fields.iter().filter(|field| field.ty.is_column());
        fields.find(|field| field.column_name() == *column)
    };
    columns
        .iter()
        .map(|column| field(column).map_or_else(|| column.clone(), |field| field.name.clone()))
        .collect()
}

fn unique(def: &ModelDef, error: Error) -> Error {
    let rules = uniques(def);
    // Some databases report columns instead of the name, and several constraints may have the same columns.
    let over = |rule: &&ConstraintInfo<'_>| {
        let columns = rule.fields.iter().map(|field| field.column_name());
        !rule.computed && !error.fields().is_empty() && columns.eq(error.fields().iter().cloned())
    };
    let has_message = |rule: &&ConstraintInfo<'_>| rule.message.is_some();
    let found = rules
        .iter()
        .filter(over)
        .find(has_message)
        .or_else(|| rules.iter().find(over))
        .or_else(|| named(&rules, error.constraint()?));
    let error = match found {
        Some(rule) => rule.add_to(error),
        None => {
            let fields = fields_of(def, error.fields());
            error.with_fields(fields)
        }
    };
    match error.fields().join(", ") {
        fields if fields.is_empty() => error,
        key if def.fields.iter().any(|field| field.generated && field.name == key) => error.with_hint(format!(
            "a row with the same {key} is there already; if none was given, rows that were created with a {key} of their own have left \
             the database's counter behind, which is then set to the greatest"
        )),
        fields => error.with_hint(format!("a row with the same {fields} is there already")),
    }
}

fn exclusion(def: &ModelDef, error: Error) -> Error {
    let rules: Vec<ConstraintInfo<'_>> = (def.constraints.iter())
        .filter_map(|constraint| {
            let ConstraintDef::Exclusion(exclusion) = constraint else {
                return None;
            };
            let mut fields: Vec<&FieldDef> = Vec::new();
            for name in exclusion.parts.iter().flat_map(|of| of.part.fields()) {
                let known = fields.iter().any(|known| known.name == name);
                fields.extend(def.field(name).filter(|_| !known));
            }
            Some(ConstraintInfo {
                name: exclusion.name.clone(),
                computed: false,
                fields,
                message: exclusion.message.as_deref(),
            })
        })
        .collect();
    let error = match error.constraint().and_then(|name| named(&rules, name)) {
        Some(rule) => rule.add_to(error),
        None => {
            let fields = fields_of(def, error.fields());
            error.with_fields(fields)
        }
    };
    match error.fields().join(", ") {
        fields if fields.is_empty() => error,
        fields => error.with_hint(format!(
            "its {fields} cannot stand beside those of a row that is there already"
        )),
    }
}

fn check(model: &ModelMeta, error: Error) -> Error {
    let rules = checks(&model.def);
    let found = match error.limit() {
        None => error.constraint().and_then(|name| named(&rules, name)),
        Some(limit) => {
            let limited: Vec<&FieldDef> = limited(model, limit).collect();
            match limited.as_slice() {
                [field] => rules
                    .iter()
                    .find(|rule| matches!(rule.fields.as_slice(), [one] if one.name == field.name)),
                several => {
                    let names: Vec<String> = several.iter().map(|field| field.name.clone()).collect();
                    return match several.first().and_then(|field| what_it_takes(field, "each")) {
                        Some(takes) => {
                            let hint = format!("it is one of {}: {takes}", names.join(", "));
                            error.with_fields(names).with_hint(hint)
                        }
                        None => error,
                    };
                }
            }
        }
    };
    let Some(rule) = found else {
        let fields = fields_of(&model.def, error.fields());
        return error.with_fields(fields);
    };
    let error = rule.add_to(error);
    let own = |field: &FieldDef| rule.name == of_column(&model.def, field, "check");
    match rule.fields.as_slice() {
        [field] if own(field) => match what_it_takes(field, &format!("`{}`", field.name)) {
            Some(takes) => error.with_hint(takes),
            None => error,
        },
        _ => error,
    }
}

/// The fields whose columns hold no more than this limit.
fn limited<'m>(model: &'m ModelMeta, limit: &'m TypeLimit) -> impl Iterator<Item = &'m FieldDef> {
    model.columns.iter().filter_map(|column| {
        let field = model.def.fields.get(column.field)?;
        let same = match limit {
            TypeLimit::Length(length) => field.max_length == Some(*length),
            TypeLimit::Digits(digits, places) => {
                (field.max_digits, field.decimal_places) == (Some(*digits), Some(*places))
            }
            TypeLimit::Bits(16) => matches!(
                column.storage,
                FieldType::SmallInt | FieldType::TinyInt | FieldType::UnsignedTinyInt
            ),
            TypeLimit::Bits(32) => matches!(column.storage, FieldType::Int | FieldType::UnsignedSmallInt),
            TypeLimit::Bits(_) => matches!(
                column.storage,
                FieldType::BigInt | FieldType::UnsignedInt | FieldType::UnsignedBigInt
            ),
            TypeLimit::Enum(schema, name) => column.enumeration.as_ref().is_some_and(|ty| {
                let schemas = (schema.as_ref()).zip(ty.name.schema.as_ref());
                ty.name.name == *name && schemas.is_none_or(|(said, own)| said == own)
            }),
        };
        same.then_some(field)
    })
}

/// What a field accepts, where the database may have refused something larger.
fn what_it_takes(field: &FieldDef, name: &str) -> Option<String> {
    let takes = match (field.ty, field.max_length) {
        (FieldType::Choices, _) if !field.choices.is_empty() => {
            format!("one of the strings {}", field.choices.join(", "))
        }
        (ty, _) if ty.is_integer() && !field.choices.is_empty() => {
            format!("one of the numbers {}", field.choices.join(", "))
        }
        (FieldType::Array(_), length) if !field.choices.is_empty() => {
            let length = length.map_or_else(String::new, |length| format!(", at most {length} of them"));
            format!("elements out of {}{length}", field.choices.join(", "))
        }
        (FieldType::Text | FieldType::Choices, Some(length)) => format!("at most {length} characters"),
        (FieldType::Array(_), Some(length)) => format!("at most {length} elements"),
        (FieldType::Decimal, _) => match (field.max_digits, field.decimal_places) {
            (Some(digits), Some(places)) => {
                format!("at most {digits} digits, {places} of them after the point")
            }
            (Some(digits), None) => format!("at most {digits} digits"),
            (None, Some(places)) => format!("at most {places} digits after the point"),
            (None, None) => return None,
        },
        (FieldType::BigInt, _) => return None,
        (ty, _) => match ty.whole_numbers() {
            Some(range) => format!("whole numbers from {} to {}", range.start(), range.end()),
            None => return None,
        },
    };
    Some(format!("{name} takes {takes}"))
}

/// A foreign key violation: by the row that has the foreign key, or by deleting the row it refers to.
fn key(def: Option<&ModelDef>, error: Error) -> Error {
    let Some(name) = error.constraint().map(str::to_owned) else {
        return error;
    };
    let known = registry().ok().into_iter().flat_map(|registry| registry.models());
    let defs = def.into_iter().chain(known.map(|meta| &meta.def));
    for owner in defs.filter(|owner| tables::may_hold(owner, error.table())) {
        if let Some(key) = composite_foreign_key::named(owner, &name) {
            return composite_foreign_key::violated(def, owner, key, error);
        }
        for field in owner.fields.iter().filter(|field| field.ty.is_relation()) {
            for key in relation_key::of_field(owner, field) {
                if name != key.name && name != key.by_columns && !is_of_part(&name, &key.name) {
                    continue;
                }
                let (owner, to, field) = (owner.key(), key.to, &field.name);
                let error = error.with_constraint(key.name);
                return if error.fields() == key.columns {
                    error
                        .with_fields(vec![field.clone()])
                        .with_hint(format!("the {to} that {owner}.{field} points at does not exist"))
                } else {
                    let fields =
                        def.map_or_else(|| error.fields().to_vec(), |def| fields_of(def, error.fields()));
                    error.with_fields(fields).with_hint(format!(
                        "{owner}.{field} still points at it: delete or change those rows first, or give the field another \
                         `on_delete`"
                    ))
                };
            }
        }
    }
    let fields = def.map_or_else(|| error.fields().to_vec(), |def| fields_of(def, error.fields()));
    error.with_fields(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constraint_of_a_shard_is_that_of_the_table() {
        let long = "shop_item_with_a_rather_long_name_of_its_own_sku_and_more_uniq";
        for (found, name, same) in [
            ("shop_item_sku_uniq_102019", "shop_item_sku_uniq", true),
            ("shop_item_sku_uniq", "shop_item_sku_uniq", false),
            ("shop_item_sku_uniq_", "shop_item_sku_uniq", false),
            ("shop_item_sku_uniq_x1", "shop_item_sku_uniq", false),
            ("shop_item_sku_uniq_102019", "shop_item_sku", false),
            (
                "shop_item_with_a_rather_long_name_of_its_own_s_9f03ab12_102019",
                long,
                true,
            ),
            (
                "shop_item_with_another_long_name_of_its_own_s_9f03ab12_102019",
                long,
                false,
            ),
        ] {
            assert_eq!(is_of_part(found, name), same, "{found}");
        }
    }
}
