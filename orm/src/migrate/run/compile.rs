//! Compiles operations to steps of the schema floor. Neighbouring changes of one table become one change, so that a
//! database that must copy the table copies it once.

mod changed_views;

use std::collections::BTreeSet;

use super::Direction;
use crate::error::Result;
use crate::migrate::file::MigrationFile;
use crate::migrate::historical;
use crate::migrate::operation::{
    AccessKind, DatabaseAction, EnumAction, ModelRef, ObjectAccess, ObjectAccesses, Operation, SchemaObject,
    ServerAction, keep_column,
};
use crate::migrate::state::{EnumKey, ProjectState};
use crate::model::{ModelDef, ModelKey, TableObjectKind};
use crate::schema::{self, EnumChange, Fill, ServerChange, Step, StepGroup, Unit};
use crate::sql::Dialect;
use crate::value::FieldType;

use changed_views::ChangedViews;

/// A migration ready to run on one kind of database.
#[derive(Debug, Clone)]
pub(in crate::migrate) struct CompiledMigration<'a> {
    pub file: &'a MigrationFile,
    pub direction: Direction,
    /// The operations that run, in order; inverses on the way back.
    pub operations: Vec<Operation>,
    /// What is committed at once, in order; one at least.
    pub units: Vec<Unit>,
}

/// The form that changes of tables take.
#[derive(Debug, Clone, Copy)]
pub(in crate::migrate) struct ChangeForm {
    pub dialect: &'static Dialect,
    /// Whether others use tables that the migration does not make itself.
    pub online: bool,
}

impl CompiledMigration<'_> {
    /// All steps within transactions.
    pub(in crate::migrate) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.units.iter().flat_map(Unit::steps)
    }

    /// Checks that all of it can run in a transaction.
    ///
    /// # Errors
    /// If its hand-written SQL cannot.
    pub(in crate::migrate) fn check(&self, dialect: &Dialect) -> Result<()> {
        self.steps().try_for_each(|step| {
            step.check(dialect)
                .map_err(|error| error.context(step.describe()).context(self.file.key.to_string()))
        })
    }
}

/// Compiles a migration and applies it to the state.
///
/// # Errors
/// If an operation does not fit the state, or the dialect cannot do it.
pub(in crate::migrate) fn forward<'a>(
    file: &'a MigrationFile,
    state: &mut ProjectState,
    form: ChangeForm,
) -> Result<CompiledMigration<'a>> {
    compiled(file, Direction::Forward, file.operations.clone(), state, form)
}

/// Compiles the reverse of a migration and reverses it on the state.
///
/// # Errors
/// As [`forward`].
pub(in crate::migrate) fn backward<'a>(
    file: &'a MigrationFile,
    inverses: Vec<Operation>,
    state: &mut ProjectState,
    form: ChangeForm,
) -> Result<CompiledMigration<'a>> {
    compiled(file, Direction::Backward, inverses, state, form)
}

fn compiled<'a>(
    file: &'a MigrationFile,
    direction: Direction,
    operations: Vec<Operation>,
    state: &mut ProjectState,
    form: ChangeForm,
) -> Result<CompiledMigration<'a>> {
    let groups = groups_of(&file.key.app, &operations, state, form.dialect)
        .map_err(|error| error.context(file.key.to_string()))?;
    let mut made = BTreeSet::new();
    for operation in &operations {
        if let DatabaseAction::Create(model) = operation.database_action() {
            let model = state.model(&ModelKey::new(&file.key.app, model));
            made.extend(model.map(ModelDef::table_name));
        }
    }
    Ok(CompiledMigration {
        file,
        direction,
        operations,
        units: schema::units(groups, form.dialect, form.online, &|table| made.contains(table)),
    })
}

/// The steps of some operations of an app; applies them to the state.
fn groups_of(
    app: &str,
    operations: &[Operation],
    state: &mut ProjectState,
    dialect: &'static Dialect,
) -> Result<Vec<StepGroup>> {
    let mut out = Vec::new();
    let mut rows_changed = false;
    let groups = merge(operations, app, state);
    let mut views = ChangedViews::of(&groups, app, state, dialect);
    out.push(StepGroup::around(views.empty()));
    for (at, group) in groups.iter().enumerate() {
        let by_hand = group.iter().any(|part| part.accesses.is_by_hand());
        if rows_changed && !by_hand {
            out.push(StepGroup::around(
                dialect.check_deferred_keys.map(|sql| Step::Sql(sql.to_owned())),
            ));
        }
        rows_changed = by_hand;
        let read = views.read_by(&groups[at..], state);
        out.push(StepGroup::around(read.fill(state, dialect)?));
        let later = groups[at + 1..].iter().flatten();
        let about_view = views.follow(group);
        let made = group_steps(app, group, later, state, dialect).map_err(|error| {
            let describe: Vec<String> = group.iter().map(|part| part.operation.describe()).collect();
            error.context(describe.join(", "))
        })?;
        // Its query is filled in at the end: here it only leads the state on and is refused if it cannot be.
        if about_view {
            continue;
        }
        out.push(StepGroup {
            steps: made,
            alters: altered_model(group).map(str::to_owned),
            rows_stay: group.iter().all(rows_stay),
        });
        out.push(StepGroup::around(views.empty_again(
            read,
            &groups[at + 1..],
            state,
        )));
    }
    out.push(StepGroup::around(views.fill(state, dialect)?));
    out.retain(|group| !group.steps.is_empty());
    Ok(out)
}

/// Whether rows can be looked at before an operation as well as behind it.
fn rows_stay(part: &OperationWithAccesses<'_>) -> bool {
    let tables_stay = matches!(
        part.operation.database_action(),
        DatabaseAction::Alter { .. } | DatabaseAction::Create(_) | DatabaseAction::Nothing
    );
    tables_stay
        && !part.accesses.is_by_hand()
        && !part.accesses.move_tables()
        && !part.accesses.rename_tables()
        && part.accesses.fields_renamed().is_empty()
}

/// An operation and its accesses.
struct OperationWithAccesses<'o> {
    operation: &'o Operation,
    accesses: ObjectAccesses<'o>,
}

/// Groups operations that run as one change. An operation may join an earlier group past changes of other tables,
/// but not past anything that creates or drops, is hand-written, or claims or releases the same names.
fn merge<'o>(
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

fn altered_model<'o>(group: &[OperationWithAccesses<'o>]) -> Option<&'o str> {
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

fn group_steps<'o>(
    app: &str,
    group: &[OperationWithAccesses<'_>],
    mut later: impl Iterator<Item = &'o OperationWithAccesses<'o>>,
    state: &mut ProjectState,
    dialect: &'static Dialect,
) -> Result<Vec<Step>> {
    let mut before = state.clone();
    let mut fills: Vec<Fill> = Vec::new();
    for OperationWithAccesses { operation, accesses } in group {
        operation.state_forwards(app, state)?;
        let DatabaseAction::Alter { fill, .. } = operation.database_action() else {
            continue;
        };
        for (of, old, new) in accesses.fields_renamed() {
            // The schema floor matches fields by name, so only the column differs.
            before.edit(&of.key(), |model| {
                keep_column(model, old, new);
                Ok(())
            })?;
            before.follow_field(&of.key(), old, new)?;
            for fill in fills.iter_mut().filter(|fill| fill.field == old) {
                new.clone_into(&mut fill.field);
            }
        }
        fills.extend(fill.map(|(field, value)| Fill {
            field: field.to_owned(),
            value: value.clone(),
        }));
    }
    let Some(first) = group.first() else {
        return Ok(Vec::new());
    };
    match first.operation.database_action() {
        DatabaseAction::Create(model) => {
            let model = state.existing(&ModelKey::new(app, model))?;
            schema::create_model(model, state.models(), dialect)
        }
        DatabaseAction::Delete(model) => {
            let model = before.existing(&ModelKey::new(app, model))?;
            schema::delete_model(model, state.models(), dialect)
        }
        DatabaseAction::Alter { model, .. } => {
            let key = ModelKey::new(app, model);
            let (from, to) = (before.existing(&key)?, state.existing(&key)?);
            schema::alter_model(from, before.models(), to, state.models(), &fills, dialect)
        }
        DatabaseAction::Refresh(refresh) => {
            let model = state.existing(&ModelKey::new(app, &refresh.model))?;
            let step = schema::refresh_view(model, refresh.concurrently, dialect);
            Ok(step.into_iter().collect())
        }
        DatabaseAction::Sql(run) => Ok(run
            .text(dialect)
            .map(|text| Step::ByHand(text.to_owned()))
            .into_iter()
            .collect()),
        DatabaseAction::Rename { old, new } => {
            let (from, to) = (ModelKey::new(app, old), ModelKey::new(app, new));
            moved(&before, &from, state, &to, dialect)
        }
        DatabaseAction::Move { from, to } => moved(&before, from, state, to, dialect),
        DatabaseAction::Choice(rename) => {
            let key = ModelKey::new(app, &rename.model);
            let texts = (rename.old.as_str(), rename.new.as_str());
            schema::rename_choice(
                &key,
                &rename.field,
                texts,
                before.models(),
                state.models(),
                dialect,
            )
        }
        DatabaseAction::Enum(change) => {
            let (name, mut change) = enum_change(change);
            if let (EnumChange::Add { value, .. }, Some(values)) =
                (change, state.enums().get(&EnumKey::new(app, name)))
                && later.any(|part| may_use(part, value))
            {
                // A value added to an existing type cannot be used in the same transaction; one of a new type can.
                change = EnumChange::Alter(values);
            }
            schema::alter_enum(change, (app, name), before.models(), state.models(), dialect)
        }
        DatabaseAction::Server(change) => schema::alter_server(server_change(change), dialect),
        // They see a copy of the state before, which is then discarded.
        DatabaseAction::Composite(operations) => {
            let groups = groups_of(app, operations, &mut before, dialect)?;
            Ok(groups.into_iter().flat_map(|group| group.steps).collect())
        }
        DatabaseAction::Nothing => Ok(Vec::new()),
        DatabaseAction::Rust(run) => Ok(vec![Step::Function(historical::step(&run.forward, app, before))]),
    }
}

/// The steps of a model that is under another key.
fn moved(
    before: &ProjectState,
    from: &ModelKey,
    after: &ProjectState,
    to: &ModelKey,
    dialect: &'static Dialect,
) -> Result<Vec<Step>> {
    let (from, to) = (before.existing(from)?, after.existing(to)?);
    schema::alter_model(from, before.models(), to, after.models(), &[], dialect)
}

/// Whether an operation may write strings to rows, defaults or conditions.
fn may_use(part: &OperationWithAccesses<'_>, text: &str) -> bool {
    let operation = part.operation;
    let says = || {
        let words = (serde_json::to_string(operation).ok()).zip(serde_json::to_string(text).ok());
        words.is_none_or(|(operation, text)| operation.contains(&text))
    };
    part.accesses.is_by_hand() || (!matches!(operation.database_action(), DatabaseAction::Enum(_)) && says())
}

fn enum_change(change: EnumAction<'_>) -> (&str, EnumChange<'_>) {
    match change {
        EnumAction::Create(create) => (&create.name, EnumChange::Create(&create.values)),
        EnumAction::Delete(delete) => (&delete.name, EnumChange::Delete),
        EnumAction::AddValue(add) => {
            let (value, before) = (&add.value, add.before.as_deref());
            (&add.name, EnumChange::Add { value, before })
        }
        EnumAction::RenameValue(rename) => {
            let (old, new) = (&rename.old, &rename.new);
            (&rename.name, EnumChange::Rename { old, new })
        }
        EnumAction::Alter(alter) => (&alter.name, EnumChange::Alter(&alter.values)),
    }
}

fn server_change(change: ServerAction<'_>) -> ServerChange<'_> {
    match change {
        ServerAction::CreateExtension(create) => ServerChange::CreateExtension(&create.name),
        ServerAction::RemoveExtension(remove) => ServerChange::RemoveExtension(&remove.name),
        ServerAction::CreateCollation(create) => ServerChange::CreateCollation {
            name: &create.name,
            locale: &create.locale,
            provider: create.provider.as_deref(),
            deterministic: create.deterministic,
        },
        ServerAction::RemoveCollation(remove) => ServerChange::RemoveCollation(&remove.name),
    }
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
