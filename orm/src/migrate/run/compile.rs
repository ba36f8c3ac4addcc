//! Compiles operations to steps of the schema floor. Neighbouring changes of one table become one change, so that a
//! database that must copy the table copies it once.

mod changed_views;
mod merge;

use std::collections::BTreeSet;

use super::Direction;
use crate::error::Result;
use crate::migrate::file::MigrationFile;
use crate::migrate::historical;
use crate::migrate::operation::{DatabaseAction, EnumAction, Operation, ServerAction, keep_column};
use crate::migrate::state::{EnumKey, ProjectState};
use crate::model::{ModelDef, ModelKey, QualifiedName};
use crate::schema::{self, EnumChange, Fill, ServerChange, Step, StepGroup, Unit};
use crate::sql::Dialect;

use changed_views::ChangedViews;
use merge::{OperationWithAccesses, altered_model, merge};

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
    let mut made = MadeTables::default();
    let groups = groups_of(&file.key.app, &operations, state, form.dialect, &mut made)
        .map_err(|error| error.context(file.key.to_string()))?;
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
    made: &mut MadeTables,
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
        let names = group
            .iter()
            .any(|part| renames_columns_or_tables(part, app, state));
        let steps = group_steps(app, group, later, state, dialect).map_err(|error| {
            let describe: Vec<String> = group.iter().map(|part| part.operation.describe()).collect();
            error.context(describe.join(", "))
        })?;
        // Its query is filled in at the end: here it only leads the state on and is refused if it cannot be.
        if about_view {
            continue;
        }
        out.push(StepGroup {
            steps,
            alters: altered_model(group).map(str::to_owned),
            rows_stay: !names && group.iter().all(rows_stay),
        });
        made.follow(app, group, names, state);
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
    tables_stay && !part.accesses.is_by_hand()
}

/// Whether an operation gives tables or columns other names; `before` is the state before it.
fn renames_columns_or_tables(part: &OperationWithAccesses<'_>, app: &str, before: &ProjectState) -> bool {
    if let DatabaseAction::Create(_) = part.operation.database_action() {
        return false;
    }
    let column = changed_views::renames_a_column(part, app, before);
    column || part.accesses.move_tables() || part.accesses.rename_tables()
}

/// The tables that a migration makes, which nobody else uses.
#[derive(Default)]
struct MadeTables {
    tables: BTreeSet<QualifiedName>,
    /// One of them may have another name now: all are taken for new.
    renamed: bool,
}

impl MadeTables {
    fn follow(&mut self, app: &str, group: &[OperationWithAccesses<'_>], names: bool, state: &ProjectState) {
        for part in group {
            if let DatabaseAction::Create(model) = part.operation.database_action() {
                let model = state.model(&ModelKey::new(app, model));
                self.tables.extend(model.map(ModelDef::table_name));
            }
        }
        self.renamed |= names && !self.tables.is_empty();
    }

    fn contains(&self, table: &QualifiedName) -> bool {
        self.renamed || self.tables.contains(table)
    }
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
            let groups = groups_of(app, operations, &mut before, dialect, &mut MadeTables::default())?;
            let steps = groups.into_iter().flat_map(|group| group.steps);
            // What comes later within one of them may be what another needs.
            Ok(steps.flat_map(Step::within).collect())
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
