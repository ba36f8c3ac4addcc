//! What a projection reads, while it says so: the values in their order, and which columns are among them.

use smallvec::SmallVec;

use crate::error::Result;
use crate::expr::{ExprTokens, RowSource, Token, TokenBits};
use crate::model::{DerivedColumn, EmbedField, Model, ModelMeta};
use crate::query::target;
use crate::value::FieldType;

use super::own_path;
use super::projection::{IntoEmbed, IntoRelated, ReadAs, RelatedField};

/// What a projection reads, by name: said where its rows are combined with others.
#[derive(Debug, Default)]
pub(in crate::plan) struct Described {
    /// Its values, by the fields that they are read into, in the order in which they are read.
    pub(in crate::plan) columns: Vec<(String, DerivedColumn)>,
    /// The field that holds a list of related rows, if one does.
    pub(in crate::plan) list: Option<String>,
    /// The fields around the one whose values are read.
    pub(super) around: Vec<&'static str>,
}

impl Described {
    fn path(&self, name: &str) -> String {
        let around = self.around.iter().copied();
        around.chain([name]).collect::<Vec<_>>().join(".")
    }
}

/// The values that a projection reads, in the order in which they are decoded.
pub struct ProjectedValues {
    /// The rows of its closure.
    pub(super) own: RowSource,
    pub(super) model: &'static ModelMeta,
    pub(super) tokens: ExprTokens,
    pub(super) values: usize,
    pub(super) nulls: u32,
    /// They are those of a row that may not be there.
    pub(super) outer: bool,
    /// Those that are a single token, which may be a column.
    single: SmallVec<[(TokenBits, usize); 8]>,
    /// What each is stored as, where that is asked for.
    pub(super) types: Option<Vec<Option<FieldType>>>,
    /// Boxed, since few are combined.
    pub(super) described: Option<Box<Described>>,
}

impl ProjectedValues {
    pub(super) fn of(own: RowSource, model: &'static ModelMeta) -> Self {
        ProjectedValues {
            own,
            model,
            tokens: ExprTokens::default(),
            values: 0,
            nulls: 0,
            outer: false,
            single: SmallVec::new(),
            types: None,
            described: None,
        }
    }

    /// A value that is read as a `T`, into a field.
    pub fn value<T, E: ReadAs<T>>(&mut self, field: &'static str, value: E) {
        if let Some(described) = &mut self.described {
            let column = E::column(self.values);
            let column = column.unwrap_or_else(|| DerivedColumn::of_value(self.values, FieldType::Text));
            let null = column.null || self.outer;
            described
                .columns
                .push((described.path(field), DerivedColumn { null, ..column }));
        }
        if let Some(types) = &mut self.types {
            types.push(E::column(self.values).map(|column| column.ty));
        }
        let before = self.tokens.tokens().len();
        value.append_to(&mut self.tokens);
        if let Some(&[single]) = self.tokens.tokens().get(before..) {
            self.single.push((single, self.values));
        }
        self.count(E::NULLABLE);
    }

    /// All columns of an embed.
    pub fn embed<T: EmbedField, E: IntoEmbed<T>>(&mut self, field: &'static str, embed: E) {
        let (rows, first) = embed.place();
        self.enter(field);
        for at in 0..T::COLUMNS {
            self.column(rows, first + at);
        }
        self.leave();
    }

    /// What a relation leads to, read as a `T`.
    ///
    /// # Errors
    /// If the registry is invalid.
    pub fn related<T: RelatedField, R: IntoRelated<T>>(
        &mut self,
        field: &'static str,
        relation: R,
    ) -> Result<T::Part> {
        self.enter(field);
        let part = relation.into_part(self);
        self.leave();
        part
    }

    fn enter(&mut self, field: &'static str) {
        if let Some(described) = &mut self.described {
            described.around.push(field);
        }
    }

    fn leave(&mut self) {
        if let Some(described) = &mut self.described {
            described.around.pop();
        }
    }

    /// All columns of a row.
    pub(in crate::plan) fn columns<M: Model>(&mut self, rows: RowSource) {
        let columns = M::SPEC.fields.iter().filter(|field| (field.ty)().is_column());
        for (at, _) in (0..).zip(columns) {
            self.column(rows, at);
        }
    }

    /// Of its column the row itself says whether it may be NULL.
    fn column(&mut self, rows: RowSource, position: u16) {
        self.describe(rows, position);
        let column = Token::Column(rows, position).pack();
        self.single.push((column, self.values));
        self.tokens.push_bits(column);
        self.count(true);
    }

    fn describe(&mut self, rows: RowSource, position: u16) {
        let Some(described) = &mut self.described else {
            return;
        };
        // Without a registry the query is refused where it runs.
        let model = own_path(rows.resolved(self.own, 0))
            .and_then(target)
            .ok()
            .flatten();
        let Some(meta) = model.unwrap_or(self.model).columns.get(usize::from(position)) else {
            return;
        };
        let column = DerivedColumn {
            null: meta.null || self.outer,
            choices: meta.enumeration.as_ref().map(|of| of.values),
            ..DerivedColumn::of_value(self.values, meta.storage)
        };
        described.columns.push((described.path(&meta.name), column));
    }

    /// Where a column stands that is read besides, if it is not among the values.
    pub(super) fn place(&mut self, rows: RowSource, position: u16) -> usize {
        let column = Token::Column(rows, position).pack();
        let known = self.single.iter().find(|(single, _)| *single == column);
        known.map(|(_, at)| *at).unwrap_or_else(|| {
            self.column(rows, position);
            self.values - 1
        })
    }

    fn count(&mut self, nullable: bool) {
        if (nullable || self.outer) && self.values < 32 {
            self.nulls |= 1 << self.values;
        }
        self.values += 1;
    }
}
