//! Creates a model.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::{
    ConstraintDef, FieldDef, IndexDef, ModelDef, ModelKey, TableObjectDef, TableStorage, ViewDef,
};

use super::{
    AccessKind, Contract, DatabaseAction, DeleteModel, ModelRef, ObjectAccesses, Operation, Reduction,
    SchemaObject, lower, stored_field,
};
use crate::migrate::state::ProjectState;

/// Creates a model with its fields, indexes and constraints.
///
/// # Example: from a model
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::operation::{CreateModel, Operation};
/// use orm::models::ModelDef;
///
/// let operation: Operation = CreateModel::of(&ModelDef::new("blog", "Tag")).into();
/// assert_eq!(operation.line(), "+ create model Tag");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateModel {
    /// Name of the model.
    pub model: String,
    /// Name of the table, if it is not the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The schema of the table, if it is not the current one. It is made if it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Comment in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// How the database stores the table.
    #[serde(default, skip_serializing_if = "TableStorage::is_default")]
    pub storage: TableStorage,
    /// Default order of rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ordering: Vec<String>,
    /// Its fields.
    #[serde(serialize_with = "stored_field::fields")]
    pub fields: Vec<FieldDef>,
    /// Its indexes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<IndexDef>,
    /// Its constraints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<ConstraintDef>,
    /// What stands on the table beside its columns, indexes and constraints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<TableObjectDef>,
    /// Whether the table belongs to something else: migrations never change it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unmanaged: bool,
    /// Its query, if it is a view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<ViewDef>,
}

impl CreateModel {
    /// The operation that creates `model`.
    ///
    /// # Example: without fields yet
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use orm::migrate::operation::CreateModel;
    /// use orm::models::ModelDef;
    ///
    /// assert!(CreateModel::of(&ModelDef::new("blog", "Tag")).fields.is_empty());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn of(model: &ModelDef) -> Self {
        Self::from_def(model.clone())
    }

    fn from_def(mut model: ModelDef) -> Self {
        model.fields.iter_mut().for_each(stored_field::strip);
        CreateModel {
            model: model.name,
            table: model.table,
            schema: model.schema,
            comment: model.comment,
            storage: model.storage,
            ordering: model.ordering,
            fields: model.fields,
            indexes: model.indexes,
            constraints: model.constraints,
            objects: model.objects,
            unmanaged: model.unmanaged,
            view: model.view,
        }
    }

    fn into_def(self, app: &str) -> ModelDef {
        ModelDef {
            app: app.to_owned(),
            name: self.model,
            table: self.table,
            schema: self.schema,
            fields: self.fields,
            ordering: self.ordering,
            indexes: self.indexes,
            constraints: self.constraints,
            objects: self.objects,
            comment: self.comment,
            storage: self.storage,
            unmanaged: self.unmanaged,
            view: self.view,
            renamed_from: None,
            app_renamed_from: None,
        }
    }
}

impl Contract for CreateModel {
    fn state_forwards(&self, app: &str, state: &mut ProjectState) -> Result<()> {
        let def = self.clone().into_def(app);
        state.check_targets(&def)?;
        state.create(def)
    }

    fn inverse(&self, _app: &str, _before: &ProjectState) -> Result<Operation> {
        Ok(DeleteModel {
            model: self.model.clone(),
        }
        .into())
    }

    fn database_action(&self) -> DatabaseAction<'_> {
        DatabaseAction::Create(&self.model)
    }

    fn symbol(&self) -> char {
        '+'
    }

    fn describe(&self) -> String {
        match self.view {
            Some(_) => format!("create view {}", self.model),
            None => format!("create model {}", self.model),
        }
    }

    fn name_fragment(&self) -> Option<String> {
        Some(lower(&self.model))
    }

    fn accesses<'a>(&'a self, app: &'a str) -> ObjectAccesses<'a> {
        let of = ModelRef::new(app, &self.model);
        let mut accesses = ObjectAccesses::none()
            .and(AccessKind::Creates, SchemaObject::Model(of))
            .pins(self.table.as_ref());
        if let Some(view) = &self.view {
            accesses = accesses.view(AccessKind::Creates, of, view);
        }
        for field in &self.fields {
            accesses = accesses.field(AccessKind::Creates, of, field);
        }
        for index in &self.indexes {
            accesses = accesses.index(AccessKind::Creates, of, index);
        }
        for constraint in &self.constraints {
            accesses = accesses.constraint(AccessKind::Creates, of, constraint);
        }
        for object in &self.objects {
            accesses = accesses.table_object(AccessKind::Creates, of, object);
        }
        accesses
    }

    fn fields(&self) -> &[FieldDef] {
        &self.fields
    }

    fn fields_mut(&mut self) -> &mut [FieldDef] {
        &mut self.fields
    }

    fn reduce(&self, other: &Operation, app: &str) -> Reduction {
        match other {
            Operation::DeleteModel(delete) if delete.model == self.model => Reduction::none(),
            Operation::RenameModel(rename) if rename.old == self.model => {
                let before = self.clone().into_def(app);
                let mut model = before.clone();
                model.rename(&ModelKey::new(app, &rename.new));
                became(&before, model)
            }
            // Only the creation decides whether the table is created; a later operation must not.
            Operation::AlterModelOptions(options)
                if options.model == self.model && options.unmanaged != self.unmanaged =>
            {
                Reduction::Barrier
            }
            _ => match other.model_change().filter(|change| change.model() == self.model) {
                Some(change) => {
                    let before = self.clone().into_def(app);
                    let mut model = before.clone();
                    match change.change(&mut model) {
                        Ok(()) => became(&before, model),
                        // It does not fit; replaying the file reports that.
                        Err(_) => Reduction::Barrier,
                    }
                }
                None => Reduction::past(self, other, app),
            },
        }
    }
}

/// One creation of what a model becomes, unless the SQL of its triggers names what is no longer called that: it follows no rename.
fn became(before: &ModelDef, after: ModelDef) -> Reduction {
    let columns = |model: &ModelDef| -> Vec<String> {
        let fields = model.fields.iter().filter(|field| field.ty.is_column());
        fields.map(|field| field.column_name()).collect()
    };
    let named = |model: &ModelDef| [columns(model), vec![model.table_name().name]].concat();
    let now = named(&after);
    let gone: Vec<String> = (named(before).into_iter())
        .filter(|name| !now.contains(name))
        .collect();
    let mut objects = after.objects.iter();
    match objects.any(|object| gone.iter().any(|name| object.mentions(name))) {
        true => Reduction::Barrier,
        false => Reduction::one(CreateModel::from_def(after)),
    }
}
