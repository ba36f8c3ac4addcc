//! From operations to steps of the schema floor: neighbours that change one table become one change of it, so that a
//! database that has to copy a table for it copies it once.

use super::Direction;
use crate::error::Result;
use crate::migrate::file::MigrationFile;
use crate::migrate::historical;
use crate::migrate::operation::{
    Contract, EnumWork, How, Operation, ServerWork, Thing, Touch, Touches, Work, keep_column,
};
use crate::migrate::state::{EnumKey, ProjectState};
use crate::model::ModelKey;
use crate::schema::{self, EnumChange, Fill, ServerChange, Step};
use crate::sql::Dialect;

/// A migration ready to run on one kind of database.
#[derive(Debug, Clone)]
pub(in crate::migrate) struct Compiled<'a> {
    pub file: &'a MigrationFile,
    pub direction: Direction,
    /// The operations that run, in order; inverses on the way back.
    pub operations: Vec<Operation>,
    pub steps: Vec<Step>,
}

impl Compiled<'_> {
    /// That all of it can be part of a transaction.
    ///
    /// # Errors
    /// If a person wrote into it what cannot.
    pub(in crate::migrate) fn check(&self, dialect: &Dialect) -> Result<()> {
        self.steps.iter().try_for_each(|step| {
            step.check(dialect)
                .map_err(|error| error.context(step.describe()).context(self.file.key.to_string()))
        })
    }
}

/// Compiles a migration and moves the state past it.
///
/// # Errors
/// If an operation does not fit the state, or the dialect cannot do it.
pub(in crate::migrate) fn forward<'a>(
    file: &'a MigrationFile,
    state: &mut ProjectState,
    dialect: &'static Dialect,
) -> Result<Compiled<'a>> {
    compiled(file, Direction::Forward, file.operations.clone(), state, dialect)
}

/// Compiles the way back of a migration and moves the state back over it.
///
/// # Errors
/// As [`forward`].
pub(in crate::migrate) fn backward<'a>(
    file: &'a MigrationFile,
    inverses: Vec<Operation>,
    state: &mut ProjectState,
    dialect: &'static Dialect,
) -> Result<Compiled<'a>> {
    compiled(file, Direction::Backward, inverses, state, dialect)
}

fn compiled<'a>(
    file: &'a MigrationFile,
    direction: Direction,
    operations: Vec<Operation>,
    state: &mut ProjectState,
    dialect: &'static Dialect,
) -> Result<Compiled<'a>> {
    let steps = steps_of(&file.key.app, &operations, state, dialect)
        .map_err(|error| error.context(file.key.to_string()))?;
    Ok(Compiled {
        file,
        direction,
        operations,
        steps,
    })
}

/// The steps of some operations of an app; moves the state past them.
fn steps_of(
    app: &str,
    operations: &[Operation],
    state: &mut ProjectState,
    dialect: &'static Dialect,
) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rows_changed = false;
    let groups = merge(operations, app);
    for (at, group) in groups.iter().enumerate() {
        let by_hand = group.iter().any(|part| part.touches.is_by_hand());
        if rows_changed && !by_hand {
            steps.extend(dialect.settle_keys.map(|sql| Step::Sql(sql.to_owned())));
        }
        rows_changed = by_hand;
        let later = groups[at + 1..].iter().flatten();
        let made = group_steps(app, group, later, state, dialect);
        steps.extend(made.map_err(|error| {
            let describe: Vec<String> = group.iter().map(|part| part.operation.describe()).collect();
            error.context(describe.join(", "))
        })?);
    }
    Ok(steps)
}

/// An operation with what it touches.
struct Part<'o> {
    operation: &'o Operation,
    touches: Touches<'o>,
}

/// Operations in groups that run as one. An operation may join an earlier group over changes of other tables, but not
/// over anything that creates, drops or is written by hand, or that takes a name which it leaves, or leaves one that it
/// takes.
fn merge<'o>(operations: &'o [Operation], app: &'o str) -> Vec<Vec<Part<'o>>> {
    let mut groups: Vec<Vec<Part<'o>>> = Vec::new();
    for operation in operations {
        let touches = operation.touches(app);
        let part = Part { operation, touches };
        let home = match operation.work() {
            Work::Alter { model, .. } => groups
                .iter()
                .enumerate()
                .rev()
                .take_while(|(_, group)| {
                    let is_home = altered_model(group) == Some(model);
                    group.iter().all(|other| {
                        matches!(other.operation.work(), Work::Alter { .. })
                            && (is_home || !shares_a_name(&other.touches, &part.touches))
                    })
                })
                .find(|(_, group)| altered_model(group) == Some(model))
                .filter(|(_, group)| !brings_back(group, &part.touches))
                .filter(|(_, group)| !group.iter().chain([&part]).any(|other| decides(&other.touches)))
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

fn altered_model<'o>(group: &[Part<'o>]) -> Option<&'o str> {
    match group.first()?.operation.work() {
        Work::Alter { model, .. } => Some(model),
        _ => None,
    }
}

/// Whether two operations on different models may be about one name of the database.
fn shares_a_name(one: &Touches<'_>, other: &Touches<'_>) -> bool {
    let names = |touches: &Touches<'_>, name: &str| {
        let mut names = touches.iter().filter_map(moved_name);
        names.any(|other| other == name)
    };
    (one.rename_tables() && other.move_tables())
        || (one.move_tables() && other.rename_tables())
        || one.iter().filter_map(moved_name).any(|name| names(other, name))
}

/// The name of an index or constraint that is taken or left.
fn moved_name(touch: Touch<'_>) -> Option<&str> {
    let name = touch.thing.index_or_constraint();
    name.filter(|_| touch.how.moves_the_name())
}

/// Whether an operation may decide whose the table is: as one change with others it would decide for them too.
fn decides(touches: &Touches<'_>) -> bool {
    let mut all = touches.iter();
    all.any(|touch| matches!(touch.thing, Thing::Options(_)))
}

/// Whether an operation gives a field the name of one that the group had before: as one change they would look like one
/// field that stays.
fn brings_back(group: &[Part<'_>], touches: &Touches<'_>) -> bool {
    let new = touches
        .iter()
        .filter(|touch| matches!(touch.how, How::Creates | How::Takes));
    let mut new = new.filter(|touch| matches!(touch.thing, Thing::Field(..)));
    new.any(|touch| {
        group
            .iter()
            .any(|other| other.touches.has(How::Deletes, touch.thing))
    })
}

fn group_steps<'o>(
    app: &str,
    group: &[Part<'_>],
    mut later: impl Iterator<Item = &'o Part<'o>>,
    state: &mut ProjectState,
    dialect: &'static Dialect,
) -> Result<Vec<Step>> {
    let mut before = state.clone();
    let mut fills: Vec<Fill> = Vec::new();
    for Part { operation, touches } in group {
        operation.state_forwards(app, state)?;
        let Work::Alter { fill, .. } = operation.work() else {
            continue;
        };
        for (of, old, new) in touches.fields_renamed() {
            // The schema floor matches fields by name; what differs then is the column.
            before.edit(&of.key(), |model| {
                keep_column(model, old, new);
                Ok(())
            })?;
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
    match first.operation.work() {
        Work::Create(model) => {
            let model = state.existing(&ModelKey::new(app, model))?;
            schema::create_model(model, state.models(), dialect)
        }
        Work::Delete(model) => {
            let model = before.existing(&ModelKey::new(app, model))?;
            schema::delete_model(model, before.models(), dialect)
        }
        Work::Alter { model, .. } => {
            let key = ModelKey::new(app, model);
            let (from, to) = (before.existing(&key)?, state.existing(&key)?);
            schema::alter_model(from, before.models(), to, state.models(), &fills, dialect)
        }
        Work::Sql(run) => Ok(run
            .text(dialect)
            .map(|text| Step::ByHand(text.to_owned()))
            .into_iter()
            .collect()),
        Work::Rename { old, new } => {
            let (from, to) = (ModelKey::new(app, old), ModelKey::new(app, new));
            moved(&before, &from, state, &to, dialect)
        }
        Work::Move { from, to } => moved(&before, from, state, to, dialect),
        Work::Choice(rename) => {
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
        Work::Enum(change) => {
            let (name, mut change) = enum_change(change);
            if let (EnumChange::Add { value, .. }, Some(values)) =
                (change, state.enums().get(&EnumKey::new(app, name)))
                && later.any(|part| may_use(part, value))
            {
                // A text that was only added cannot be used in the same transaction; one of a new type can.
                change = EnumChange::Alter(values);
            }
            schema::alter_enum(change, (app, name), before.models(), state.models(), dialect)
        }
        Work::Server(change) => schema::alter_server(server_change(change), dialect),
        // They see the state before, and what they do to it is forgotten.
        Work::Several(operations) => steps_of(app, operations, &mut before, dialect),
        Work::Nothing => Ok(Vec::new()),
        Work::Rust(run) => Ok(vec![Step::Function(historical::step(&run.forward, app, before))]),
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

/// Whether an operation gives rows, defaults or conditions a text, or may.
fn may_use(part: &Part<'_>, text: &str) -> bool {
    let operation = part.operation;
    let says = || {
        let words = (serde_json::to_string(operation).ok()).zip(serde_json::to_string(text).ok());
        words.is_none_or(|(operation, text)| operation.contains(&text))
    };
    part.touches.is_by_hand() || (!matches!(operation.work(), Work::Enum(_)) && says())
}

fn enum_change(change: EnumWork<'_>) -> (&str, EnumChange<'_>) {
    match change {
        EnumWork::Create(create) => (&create.name, EnumChange::Create(&create.values)),
        EnumWork::Delete(delete) => (&delete.name, EnumChange::Delete),
        EnumWork::AddValue(add) => {
            let (value, before) = (&add.value, add.before.as_deref());
            (&add.name, EnumChange::Add { value, before })
        }
        EnumWork::RenameValue(rename) => {
            let (old, new) = (&rename.old, &rename.new);
            (&rename.name, EnumChange::Rename { old, new })
        }
        EnumWork::Alter(alter) => (&alter.name, EnumChange::Alter(&alter.values)),
    }
}

fn server_change(change: ServerWork<'_>) -> ServerChange<'_> {
    match change {
        ServerWork::CreateExtension(create) => ServerChange::CreateExtension(&create.name),
        ServerWork::RemoveExtension(remove) => ServerChange::RemoveExtension(&remove.name),
        ServerWork::CreateCollation(create) => ServerChange::CreateCollation {
            name: &create.name,
            locale: &create.locale,
            provider: create.provider.as_deref(),
            deterministic: create.deterministic,
        },
        ServerWork::RemoveCollation(remove) => ServerChange::RemoveCollation(&remove.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::operation::{AddField, DeleteModel, RemoveField};
    use crate::model::FieldDef;
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
        let groups: Vec<Vec<String>> = merge(operations, "a")
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
