//! Rows and fields with values as JSON, for programs that know the types only at run time.

use serde_json::{Map, Value as Plain};

use crate::error::{Error, Kind, Result};
use crate::expr::{Direction, ExprTokens, Function, NullsPlace, Token};
use crate::model::ColumnMeta;
use crate::query::{Assignment, Expr, Order};
use crate::value::{FieldType, Value, from_json, to_json};

use super::field::{Refusal, not_computed, number};
use super::{DynDraft, DynModel, DynRow};

impl DynModel {
    /// The condition that a field has a value, as JSON: `posts.filter(posts.eq_json("id", &7.into())?)`. `null` is NULL.
    ///
    /// # Errors
    /// If there is no such field, it is not a column, or its type does not take the value.
    ///
    /// # Example: a value from a request
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use serde_json::json;
    ///
    /// let posts = orm::dynamic::DynModel::named("blog.Post")?;
    /// assert_eq!(posts.filter(posts.eq_json("title", &json!("Hello"))?).count(&db)?, 1);
    /// assert!(posts.eq_json("title", &json!(7)).unwrap_err().to_string().contains("blog.Post.title"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn eq_json(&self, name: &str, value: &Plain) -> Result<Expr<bool>> {
        let at = self.position(name).map_err(Refusal::into_error)?;
        let value = self.value(at, value, true).map_err(Refusal::into_error)?;
        let mut condition = ExprTokens::default();
        condition.push(Token::Column(self.home, number(at)?));
        match value {
            Value::Null => condition.call(Function::IsNull, 1),
            value => {
                condition.param(value);
                condition.call(Function::Eq, 2);
            }
        }
        Ok(Expr::new(condition))
    }

    /// The change of a field to a value, as JSON: `rows.update(posts.assign_json("views", &0.into())?)`. `null` is NULL.
    ///
    /// # Errors
    /// If there is no such field, it is not a column, the database computes it, or its type does not take the value.
    ///
    /// # Example: a change from a request
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use serde_json::json;
    ///
    /// let posts = orm::dynamic::DynModel::named("blog.Post")?;
    /// assert_eq!(posts.rows().update(posts.assign_json("views", &json!(0))?).run(&db)?, 2);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn assign_json(&self, name: &str, value: &Plain) -> Result<Assignment> {
        let (at, value) = self.settable(name, value).map_err(Refusal::into_error)?;
        let mut tokens = ExprTokens::default();
        tokens.param(value);
        tokens.push(Token::Assign(self.home, number(at)?));
        Ok(Assignment { tokens })
    }

    /// The order by a field, smallest first; NULL before everything.
    ///
    /// # Errors
    /// If there is no such field, it is not a column, or its type has no order.
    ///
    /// # Example: by a column whose name is data
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = orm::dynamic::DynModel::named("blog.Post")?;
    /// let first = posts.rows().order_by(posts.asc("views")?).first(&db)?.expect("there is one");
    /// assert_eq!(first.get_json("title")?, "Later");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn asc(&self, name: &str) -> Result<Order> {
        self.order(name, Direction::Asc)
    }

    /// The order by a field, greatest first; NULL after everything.
    ///
    /// # Errors
    /// If there is no such field, it is not a column, or its type has no order.
    ///
    /// # Example: by a column whose name is data
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let posts = orm::dynamic::DynModel::named("blog.Post")?;
    /// let first = posts.rows().order_by(posts.desc("views")?).first(&db)?.expect("there is one");
    /// assert_eq!(first.get_json("title")?, "Hello");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn desc(&self, name: &str) -> Result<Order> {
        self.order(name, Direction::Desc)
    }

    fn order(&self, name: &str, direction: Direction) -> Result<Order> {
        let at = self.position(name).map_err(Refusal::into_error)?;
        let ty = self.meta.columns[at].storage;
        if !ty.is_ordered() {
            return Err(Error::unsupported(format!(
                "{}.{name} holds values that have no order",
                self.meta.def.key()
            ))
            .with_hint("order by a column of another type"));
        }
        let mut column = ExprTokens::default();
        column.push(Token::Column(self.home, number(at)?));
        Ok(Order::new(column, direction, NullsPlace::Default))
    }

    /// The position of a field that may be set, and its value.
    fn settable(&self, name: &str, value: &Plain) -> Result<(usize, Value<'static>), Refusal> {
        let at = self.position(name)?;
        not_computed(*self, &self.meta.columns[at])?;
        Ok((at, self.value(at, value, false)?))
    }

    /// The value of a column.
    fn value(&self, at: usize, json: &Plain, may_be_null: bool) -> Result<Value<'static>, Refusal> {
        let column = &self.meta.columns[at];
        let refusal = |kind, said: &str, hint: String| Refusal {
            kind,
            message: format!("{}.{} {said}", self.meta.def.key(), column.name),
            hint,
            field: Some(column.name.clone()),
        };
        if json.is_null() && (column.null || (may_be_null && column.storage != FieldType::Json)) {
            return Ok(Value::Null);
        }
        if json.is_null() && column.storage != FieldType::Json {
            return Err(refusal(
                Kind::NotNullViolation,
                "does not take NULL",
                "give it a value, or leave it out of a new row if it has a default".to_owned(),
            ));
        }
        let value = from_json(json, column.storage).map_err(|misfit| {
            refusal(
                Kind::Encode,
                &misfit.said,
                misfit.hint.unwrap_or_default().to_owned(),
            )
        })?;
        match self
            .choices(column)
            .and_then(|choices| Some((stray(&value, choices)?, choices)))
        {
            Some((said, choices)) => Err(refusal(
                Kind::Encode,
                said,
                format!("there are {}", choices.join(", ")),
            )),
            None => Ok(value),
        }
    }

    /// The choices of a column, for the error; `None` for relations, whose error already says what they take.
    fn choices(&self, column: &ColumnMeta) -> Option<&'static [String]> {
        let choices = &self.meta.def.fields.get(column.field)?.choices;
        (!choices.is_empty()).then_some(choices)
    }
}

/// What is wrong with a value, or an element of an array, that is none of the choices.
pub(super) fn stray(value: &Value<'_>, choices: &[String]) -> Option<&'static str> {
    match value {
        Value::Str(text) if !choices.iter().any(|choice| **choice == **text) => {
            Some("takes one of its choices, not another string")
        }
        Value::Int(number) if !choices.contains(&number.to_string()) => {
            Some("takes one of its choices, not another number")
        }
        Value::Array(elements) => elements.iter().find_map(|element| stray(element, choices)),
        _ => None,
    }
}

impl DynRow {
    /// The values of all columns by the names of their fields, as JSON: see [the forms](super#json).
    ///
    /// # Errors
    /// As [`get_json`](DynRow::get_json).
    ///
    /// # Example: a row for a response
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use serde_json::json;
    ///
    /// let tag = orm::dynamic::DynModel::named("blog.Tag")?.rows().first(&db)?.expect("there is one");
    /// assert_eq!(serde_json::Value::Object(tag.json()?), json!({ "id": 1, "label": "rust" }));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn json(&self) -> Result<Map<String, Plain>> {
        let columns = self.model.meta.columns.iter().enumerate();
        columns
            .map(|(at, column)| Ok((column.name.clone(), self.plain(at)?)))
            .collect()
    }

    /// The value of a field, as JSON: see [the forms](super#json).
    ///
    /// # Errors
    /// If there is no such field, it is not a column, the database holds what its type cannot, or it holds the JSON document
    /// `null` in a column that takes NULL, which would be the same.
    ///
    /// # Example: one value
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tag = orm::dynamic::DynModel::named("blog.Tag")?.rows().first(&db)?.expect("there is one");
    /// assert_eq!(tag.get_json("label")?, "rust");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn get_json(&self, name: &str) -> Result<Plain> {
        self.plain(self.model.position(name).map_err(Refusal::into_error)?)
    }

    /// Sets a field to a value, as JSON; [`save`](DynRow::save) writes it.
    ///
    /// # Errors
    /// If there is no such field, it is not a column, the database computes it, or its type does not take the value: the error
    /// names model and field, and says what it takes; [`fields`](Error::fields) has the field.
    ///
    /// # Example: a value from a request
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use serde_json::json;
    ///
    /// let mut tag = orm::dynamic::DynModel::named("blog.Tag")?.rows().first(&db)?.expect("there is one");
    /// tag.set_json("label", &json!("new"))?;
    /// tag.save(&db)?;
    /// assert_eq!(tag.set_json("label", &json!(7)).unwrap_err().fields(), ["label"]);
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn set_json(&mut self, name: &str, value: &Plain) -> Result<()> {
        let (at, value) = self.model.settable(name, value).map_err(Refusal::into_error)?;
        self.put(at, value)
    }

    fn plain(&self, at: usize) -> Result<Plain> {
        let column = &self.model.meta.columns[at];
        let cell = self.cell(at);
        let name = || format!("{}.{}", self.model.meta.def.key(), column.name);
        let plain = cell
            .value(column.storage)
            .and_then(|value| to_json(&value, column.storage))
            .map_err(|error| error.context(format!("reading {}", name())))?;
        if plain.is_null() && column.null && !cell.is_null() {
            return Err(Error::new(
                Kind::Decode,
                format!("{} holds the JSON document `null` where it takes NULL, and both would be `null`", name()),
            )
            .with_hint(format!(
                "read it as a field, which tells them apart: `field::<Option<Json<serde_json::Value>>>(\"{}\")`",
                column.name
            )));
        }
        Ok(plain)
    }
}

impl DynDraft {
    /// Sets a field to a value, as JSON. A value that does not fit is refused by [`save`](DynDraft::save).
    ///
    /// # Example: a row from a request
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// use serde_json::json;
    ///
    /// let tags = orm::dynamic::DynModel::named("blog.Tag")?;
    /// tags.create().set_json("label", &json!("new")).save(&db)?;
    /// assert!(tags.create().set_json("label", &json!(7)).save(&db).is_err());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn set_json(mut self, name: &str, value: &Plain) -> Self {
        match self.model.settable(name, value) {
            Ok((at, value)) => self.row.set(at, value),
            Err(refusal) => {
                self.refusal.get_or_insert(refusal);
            }
        }
        self
    }
}
