//! Neighbouring changes of one table become one change, so that a database that must copy the table copies it once.

use crate::migrate::operation::{
    AccessKind, DatabaseAction, ModelRef, ObjectAccess, ObjectAccesses, Operation, SchemaObject,
};
use crate::migrate::state::ProjectState;
use crate::model::TableObjectKind;
use crate::value::FieldType;

/// An operation and its accesses.
pub(super) struct OperationWithAccesses<'o> {
    pub operation: &'o Operation,
    pub accesses: ObjectAccesses<'o>,
}

/// Groups operations that run as one change. An operation may join an earlier group past changes of other tables,
/// but not past anything that creates or drops, is hand-written, or claims or releases the same names.
pub(super) fn merge<'o>(
    operations: &'o [Operation],
    app: &'o str,
    before: &ProjectState,
) -> Vec<Vec<OperationWithAccesses<'o>>> {
    let mut groups: Vec<Vec<OperationWithAccesses<'o>>> = Vec::new();
    for operation in operations {
        let accesses = operation.accesses(app);
        let part = OperationWithAccesses { operation, accesses };
        let home = match operation.database_action() {
            DatabaseAction::Alter { model, .. } => groups
                .iter()
                .enumerate()
                .rev()
                .take_while(|(_, group)| {
                    let is_home = altered_model(group) == Some(model);
                    group.iter().all(|other| {
                        matches!(other.operation.database_action(), DatabaseAction::Alter { .. })
                            && (is_home || !is_after(&part, other, model, before))
                    })
                })
                .find(|(_, group)| altered_model(group) == Some(model))
                .filter(|(_, group)| !brings_back(group, &part.accesses))
                .filter(|(_, group)| {
                    !group.iter().any(|other| {
                        finds_rows_by(&part.accesses, &other.accesses)
                            || finds_rows_by(&other.accesses, &part.accesses)
                    })
                })
                .filter(|(_, group)| !group.iter().chain([&part]).any(|other| decides(&other.accesses)))
                .map(|(at, _)| at),
            _ => None,
        };
        match home {
            Some(at) => groups[at].push(part),
            None => groups.push(vec![part]),
        }
    }
    groups
}

/// Whether an operation on a model has to stay behind one on another model.
fn is_after(
    part: &OperationWithAccesses<'_>,
    other: &OperationWithAccesses<'_>,
    model: &str,
    before: &ProjectState,
) -> bool {
    let (own, others) = (&part.accesses, &other.accesses);
    others.make_view()
        || shares_a_name(others, own)
        || has_policy(own)
        || has_policy(others)
        || points_at_what_changes(own, others, model)
        || changes_what_is_pointed_at(own, others, model)
        || finds_rows_by(own, others)
        || finds_rows_by(others, own)
        || takes_away(part) && removes_foreign_key(others, before)
}

pub(super) fn altered_model<'o>(group: &[OperationWithAccesses<'o>]) -> Option<&'o str> {
    match group.first()?.operation.database_action() {
        DatabaseAction::Alter { model, .. } => Some(model),
        _ => None,
    }
}

/// Whether two operations on different models may use the same name in the database.
fn shares_a_name(one: &ObjectAccesses<'_>, other: &ObjectAccesses<'_>) -> bool {
    let names = |accesses: &ObjectAccesses<'_>, name| {
        let mut names = accesses.iter().filter_map(moved_name);
        names.any(|other| other == name)
    };
    (one.rename_tables() && other.move_tables())
        || (one.move_tables() && other.rename_tables())
        || one.iter().filter_map(moved_name).any(|name| names(other, name))
}

/// Whether an operation's foreign keys point at fields of another model that an operation is about.
fn points_at_what_changes(own: &ObjectAccesses<'_>, other: &ObjectAccesses<'_>, model: &str) -> bool {
    own.iter().any(|access| match access.object {
        SchemaObject::Field(of, _) if of.model != model => {
            other.iter().any(|other| other.object == access.object)
        }
        _ => false,
    })
}

/// Whether an operation on a model changes or renames fields of it that foreign keys of another operation point at.
fn changes_what_is_pointed_at(own: &ObjectAccesses<'_>, other: &ObjectAccesses<'_>, model: &str) -> bool {
    own.iter().any(|access| match access.object {
        SchemaObject::Field(of, _) if of.model == model && access.kind != AccessKind::Reads => {
            other.iter().any(|other| other.object == access.object)
        }
        _ => false,
    })
}

/// Whether an operation alters a foreign key to a model of which the other changes fields: where the key comes to point at another column,
/// rows are found by both columns, which have to be there then.
fn finds_rows_by(own: &ObjectAccesses<'_>, other: &ObjectAccesses<'_>) -> bool {
    let alters = |access: ObjectAccess<'_>| {
        access.kind == AccessKind::Alters && matches!(access.object, SchemaObject::Field(..))
    };
    let changes_fields_of = |model: ModelRef<'_>| {
        other.iter().any(|access| match access.object {
            SchemaObject::Field(of, _) => of == model && access.kind != AccessKind::Reads,
            _ => false,
        })
    };
    own.iter().any(alters)
        && own.iter().any(|access| match access.object {
            SchemaObject::Model(model) => access.kind == AccessKind::Reads && changes_fields_of(model),
            _ => false,
        })
}

/// Whether an operation takes something away on which foreign keys may stand, or makes a primary key another one.
fn takes_away(part: &OperationWithAccesses<'_>) -> bool {
    let takes = |access: ObjectAccess<'_>| {
        matches!(access.kind, AccessKind::Deletes | AccessKind::Alters)
            && matches!(
                access.object,
                SchemaObject::Field(..) | SchemaObject::Constraint(..)
            )
    };
    part.operation.fields().iter().any(|field| field.primary_key) || part.accesses.iter().any(takes)
}

/// Whether an operation removes or alters a foreign key that is not to a primary key, or a join table, which has a column for each field of
/// one; or removes a constraint that is not known here.
fn removes_foreign_key(accesses: &ObjectAccesses<'_>, before: &ProjectState) -> bool {
    accesses.iter().any(|access| match (access.kind, access.object) {
        (AccessKind::Deletes, SchemaObject::Constraint(of, name)) => {
            let model = before.model(&of.key());
            let mut constraints = model.into_iter().flat_map(|model| &model.constraints);
            let removed = constraints.find(|constraint| constraint.name() == name);
            removed.is_none_or(|constraint| constraint.foreign_key().is_some())
        }
        (AccessKind::Deletes | AccessKind::Alters, SchemaObject::Field(of, name)) => {
            let field = before.model(&of.key()).and_then(|model| model.field(name));
            field.is_some_and(|field| field.to_field.is_some() || field.ty == FieldType::ManyToMany)
        }
        _ => false,
    })
}

/// The name of a part of a table, unique in the database, that is claimed or released.
fn moved_name(access: ObjectAccess<'_>) -> Option<(Option<TableObjectKind>, &str)> {
    let name = access.object.unique_name();
    name.filter(|_| access.kind.moves_the_name())
}

/// Whether an operation is about a policy, whose SQL may read other tables.
fn has_policy(accesses: &ObjectAccesses<'_>) -> bool {
    let mut all = accesses.iter();
    all.any(|access| {
        matches!(
            access.object,
            SchemaObject::TableObject(_, TableObjectKind::Policy, _)
        )
    })
}

/// Whether an operation may change whether the table is managed, or the query of a view: merged with others, it would decide for them, too.
fn decides(accesses: &ObjectAccesses<'_>) -> bool {
    let mut all = accesses.iter();
    all.any(|access| matches!(access.object, SchemaObject::Options(_) | SchemaObject::View(_)))
}

/// Whether an operation reuses the name of a field that the group had before: merged, the two would look like one
/// unchanged field.
fn brings_back(group: &[OperationWithAccesses<'_>], accesses: &ObjectAccesses<'_>) -> bool {
    let new = accesses
        .iter()
        .filter(|access| matches!(access.kind, AccessKind::Creates | AccessKind::ClaimsName));
    let mut new = new.filter(|access| matches!(access.object, SchemaObject::Field(..)));
    new.any(|access| {
        group
            .iter()
            .any(|other| other.accesses.has(AccessKind::Deletes, access.object))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::migrate::operation::{AddConstraint, AddField, DeleteModel, RemoveField, RenameField};
    use crate::model::{CompositeForeignKeyDef, FieldDef, ModelKey};
    use crate::value::FieldType;

    fn add(model: &str, field: &str) -> Operation {
        AddField {
            model: model.to_owned(),
            field: FieldDef::new(field, FieldType::Int),
            fill: None,
        }
        .into()
    }

    fn remove(model: &str, field: &str) -> Operation {
        RemoveField {
            model: model.to_owned(),
            field: field.to_owned(),
        }
        .into()
    }

    fn check(operations: &[Operation], expected: &[&[&str]]) {
        let groups: Vec<Vec<String>> = merge(operations, "a", &ProjectState::default())
            .iter()
            .map(|group| group.iter().map(|part| part.operation.describe()).collect())
            .collect();
        assert_eq!(groups, expected);
    }

    #[test]
    fn changes_of_one_table_are_one() {
        check(
            &[remove("A", "x"), remove("B", "x"), add("A", "y"), add("B", "y")],
            &[
                &["remove field x from A", "add field y to A"],
                &["remove field x from B", "add field y to B"],
            ],
        );
    }

    #[test]
    fn a_dropped_table_keeps_changes_apart() {
        let delete = DeleteModel {
            model: "B".to_owned(),
        }
        .into();
        check(
            &[add("A", "x"), delete, add("A", "y")],
            &[&["add field x to A"], &["delete model B"], &["add field y to A"]],
        );
    }

    #[test]
    fn a_field_gets_another_name_after_what_points_at_it() {
        let pairs = [("x", "x"), ("y", "y")];
        let key = CompositeForeignKeyDef::over("b_a_fk", "a", ModelKey::new("a", "A"), pairs);
        let point = AddConstraint {
            model: "B".to_owned(),
            constraint: key.into(),
        }
        .into();
        let rename = RenameField {
            model: "A".to_owned(),
            old: "x".to_owned(),
            new: "z".to_owned(),
        }
        .into();
        check(
            &[remove("A", "w"), point, rename],
            &[
                &["remove field w from A"],
                &["add constraint b_a_fk to B"],
                &["rename field x on A to z"],
            ],
        );
    }

    #[test]
    fn what_a_foreign_key_points_at_goes_after_it() {
        let mut before = ProjectState::default();
        for model in [
            json!({"kind": "CreateModel", "model": "A", "fields": [
                {"name": "id", "type": "big_int", "primary_key": true}, {"name": "x", "type": "text", "unique": true},
            ]}),
            json!({"kind": "CreateModel", "model": "B", "fields": [
                {"name": "id", "type": "big_int", "primary_key": true},
                {"name": "a", "type": "foreign_key", "to": "a.A", "to_field": "x"},
            ]}),
        ] {
            let create: Operation = serde_json::from_value(model).unwrap();
            create.state_forwards("a", &mut before).unwrap();
        }
        let operations = [add("A", "w"), remove("B", "a"), remove("A", "x")];
        let groups = merge(&operations, "a", &before);
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1]);
    }

    #[test]
    fn a_field_replaced_under_its_name_is_two_changes() {
        check(
            &[remove("A", "x"), add("A", "x"), add("A", "y")],
            &[
                &["remove field x from A"],
                &["add field x to A", "add field y to A"],
            ],
        );
    }
}
