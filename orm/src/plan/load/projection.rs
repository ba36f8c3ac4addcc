//! Projections: the values that a struct names are read instead of whole rows, and its lists as those of rows are.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::expr::{ExprTokens, RowSource};
use crate::model::{DerivedColumn, Embed, EmbedField, Inner, Model, Outer};
use crate::plan::change::key_position;
use crate::plan::projection::Projection;
use crate::query::{
    Embedded, Expr, Expression, Field, Loadable, Select, ToMany, ToOne, derived_value, own_rows, target,
};
use crate::registry::meta;
use crate::sql::{Dialect, Statement};
use crate::value::{Cell, ColumnType, FieldType, Row, Value};

use super::key::LoadKey;
use super::many::ManyLoader;
use super::projected_values::{Described, ProjectedValues};
use super::{FollowUp, JoinedColumns, Loader, Loads, follow_ups_of, own_path};

/// A value of a query that is read as a `T`: the type of a field of a projection.
#[diagnostic::on_unimplemented(
    message = "a field of type `{T}` cannot hold `{Self}`",
    label = "the type of this field is `{T}`",
    note = "a field has the type of the value that it is read from; it is an `Option` where this may be NULL: of a column that may be, \
            behind a relation that may lead to no row, of a sum or an average",
    note = "what a relation leads to is read with #[orm(with)], all columns of an embed with #[orm(embed)]"
)]
pub trait ReadAs<T> {
    /// Whether it may be NULL.
    const NULLABLE: bool;

    /// As the `nth` column of a query that another selects from.
    fn column(nth: usize) -> Option<DerivedColumn>;

    /// Adds its tokens.
    fn append_to(self, to: &mut ExprTokens);
}

/// One for each type and not one for all expressions, of which the compiler would say which associated types differ.
macro_rules! read_as {
    ($([$($generics:tt)+] $this:ty => $ty:ty;)+) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)+> ReadAs<$ty> for $this {
            const NULLABLE: bool = <$ty>::NULLABLE;

            fn column(nth: usize) -> Option<DerivedColumn> {
                derived_value::<$ty>(nth)
            }

            fn append_to(self, to: &mut ExprTokens) {
                self.append(to);
            }
        }
    )+};
}
read_as! {
    [T: ColumnType] Field<T> => T;
    [B: ColumnType<Base = B>, T: ColumnType<Base = B>] Field<T, Outer> => Option<B>;
    [T: ColumnType] Expr<T> => T;
}

/// An embed that is read as a `T`.
#[diagnostic::on_unimplemented(
    message = "a field of type `{T}` cannot hold `{Self}`",
    label = "the type of this field is `{T}`",
    note = "#[orm(embed)] reads all columns of an embed: it has the type that it has in the model, and is an `Option` behind a relation \
            that may lead to no row"
)]
pub trait IntoEmbed<T> {
    /// The rows, and the position of its first column.
    fn place(self) -> (RowSource, u16);
}

#[diagnostic::do_not_recommend]
impl<T: EmbedField> IntoEmbed<T> for Embedded<T, Inner> {
    fn place(self) -> (RowSource, u16) {
        self.first_column()
    }
}

#[diagnostic::do_not_recommend]
impl<E: Embed> IntoEmbed<Option<E>> for Embedded<E, Outer> {
    fn place(self) -> (RowSource, u16) {
        self.first_column()
    }
}

#[diagnostic::do_not_recommend]
impl<E: Embed> IntoEmbed<Option<E>> for Embedded<Option<E>, Outer> {
    fn place(self) -> (RowSource, u16) {
        self.first_column()
    }
}

/// What a relation leads to, in a field of a projection: a projection or a whole row, an `Option` or a `Vec` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a relation leads to",
    label = "expected a projection or a model, an `Option` or a `Vec` of one",
    note = "add #[derive(Projection)] and #[orm(model = ..)] to the struct; for a single value of the related row write \
            #[orm(path = author.name)]"
)]
pub trait RelatedField: Sized + Send + 'static {
    /// What reads it.
    type Part: Loader<Out = Self>;
}

#[diagnostic::do_not_recommend]
impl<P: Projection> RelatedField for P {
    type Part = OnePart<P>;
}

#[diagnostic::do_not_recommend]
impl<P: Projection> RelatedField for Option<P> {
    type Part = MaybePart<P>;
}

#[diagnostic::do_not_recommend]
impl<P: Projection> RelatedField for Vec<P> {
    type Part = ListPart<P>;
}

/// A relation whose rows are read as a `T`.
#[diagnostic::on_unimplemented(
    message = "a field of type `{T}` cannot hold what `{Self}` leads to",
    label = "the type of this field is `{T}`",
    note = "the type is that of the model that the relation leads to, or of a projection with #[orm(model = ..)] of it: alone where there \
            is always a row, an `Option` of it where there may be none (an optional foreign key, the way back of a one-to-one), a `Vec` of \
            it where there are many"
)]
pub trait IntoRelated<T: RelatedField> {
    /// What reads its rows.
    ///
    /// # Errors
    /// If the registry is invalid.
    fn into_part(self, values: &mut ProjectedValues) -> Result<T::Part>;
}

#[diagnostic::do_not_recommend]
impl<M: Model, P: Projection<Model = M>> IntoRelated<P> for ToOne<M, Inner> {
    fn into_part(self, values: &mut ProjectedValues) -> Result<OnePart<P>> {
        OnePart::new(self.at, values)
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, P: Projection<Model = M>> IntoRelated<Option<P>> for ToOne<M, Outer> {
    fn into_part(self, values: &mut ProjectedValues) -> Result<MaybePart<P>> {
        let outer = std::mem::replace(&mut values.outer, true);
        let one = OnePart::new(self.at, values);
        let key = values.place(self.at, key_position(M::SPEC));
        values.outer = outer;
        Ok(MaybePart { key, one: one? })
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, P: Projection<Model = M>, K> IntoRelated<Vec<P>> for ToMany<M, (), K> {
    fn into_part(self, values: &mut ProjectedValues) -> Result<ListPart<P>> {
        ListPart::new(self, values)
    }
}

/// Reads the row at the end of a to-one relation.
pub struct OnePart<P: Projection> {
    at: usize,
    loads: P::Loads,
}

impl<P: Projection> OnePart<P> {
    fn new(rows: RowSource, values: &mut ProjectedValues) -> Result<Self> {
        let at = values.values;
        let loads = P::project(P::Model::fields(rows), rows, values)?;
        Ok(OnePart { at, loads })
    }
}

impl<P: Projection> FollowUp for OnePart<P> {
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        self.loads.prepare(columns)
    }

    fn place_values(&mut self, first: usize) {
        self.at += first;
        self.loads.place_values(first);
    }

    follow_ups_of!(loads);
}

impl<P: Projection> Loader for OnePart<P> {
    type Partial = P::Partial;
    type Out = P;

    #[inline]
    fn decode(&mut self, row: &Row<'_>) -> Result<P::Partial> {
        P::decode(&mut self.loads, row, self.at)
    }

    #[inline]
    fn finish(&mut self, partial: P::Partial) -> Result<P> {
        P::finish(&mut self.loads, partial)
    }
}

/// Reads the row at the end of a to-one relation that may have none.
pub struct MaybePart<P: Projection> {
    /// Where its primary key stands.
    key: usize,
    one: OnePart<P>,
}

impl<P: Projection> FollowUp for MaybePart<P> {
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        self.one.prepare(columns)
    }

    fn place_values(&mut self, first: usize) {
        self.key += first;
        self.one.place_values(first);
    }

    follow_ups_of!(one);
}

impl<P: Projection> Loader for MaybePart<P> {
    type Partial = Option<P::Partial>;
    type Out = Option<P>;

    fn decode(&mut self, row: &Row<'_>) -> Result<Option<P::Partial>> {
        match row.cell(self.key)? {
            Cell::Null => Ok(None),
            _ => self.one.decode(row).map(Some),
        }
    }

    fn finish(&mut self, partial: Option<P::Partial>) -> Result<Option<P>> {
        partial.map(|partial| self.one.finish(partial)).transpose()
    }
}

/// Reads the rows at the end of a to-many relation, by a statement for all lists.
pub struct ListPart<P: Projection> {
    many: ManyLoader<P::Model, ProjectionLoads<P>>,
    /// Their key, until it is known from which rows it is read.
    key: Option<LoadKey>,
}

impl<P: Projection> ListPart<P> {
    fn new<K>(mut many: ToMany<P::Model, (), K>, values: &mut ProjectedValues) -> Result<Self> {
        if let Some(described) = &mut values.described {
            described.list = Some(described.around.join("."));
        }
        let nested = ProjectionLoads::new(&mut many.select)?;
        let from = many.from;
        many.resolve_scope(values.own);
        let model = target(own_path(many.from)?)?.unwrap_or(values.model);
        let mut key = LoadKey::of(&many.step(), 0, model)?;
        key.moved(|column| {
            let position = u16::try_from(column)
                .map_err(|_| Error::internal("a model has more columns than a position can say"))?;
            Ok(values.place(from, position))
        })?;
        Ok(ListPart {
            many: ManyLoader::new(many.from, many.step(), many.select, nested),
            key: Some(key),
        })
    }
}

impl<P: Projection> FollowUp for ListPart<P> {
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        if let Some(key) = self.key.take() {
            self.many.of_projection(columns.root(), key);
        }
        Ok(())
    }

    fn place_values(&mut self, first: usize) {
        self.many.place_key(first);
    }

    follow_ups_of!(many);
}

impl<P: Projection> Loader for ListPart<P> {
    type Partial = usize;
    type Out = Vec<P>;

    fn decode(&mut self, row: &Row<'_>) -> Result<usize> {
        self.many.decode(row)
    }

    fn finish(&mut self, list: usize) -> Result<Vec<P>> {
        self.many.finish(list)
    }
}

/// All that is read of a row as a projection.
pub struct ProjectionLoads<P: Projection> {
    at: usize,
    values: usize,
    nulls: u32,
    loads: P::Loads,
    projection: PhantomData<fn() -> P>,
}

impl<P: Projection> ProjectionLoads<P> {
    /// Makes a query of whole rows one of the projection's values.
    pub(in crate::plan) fn new(select: &mut Select) -> Result<Self> {
        let slot = P::Model::slot();
        let own = own_rows(slot);
        let mut values = ProjectedValues::of(own, meta(slot)?);
        let loads = P::project(P::Model::fields(own), own, &mut values)?;
        values.tokens.resolve_scope(own);
        select.project(values.tokens);
        Ok(ProjectionLoads {
            at: 0,
            values: values.values,
            // There is no bit for each of more.
            nulls: if values.values < 32 {
                values.nulls
            } else {
                u32::MAX
            },
            loads,
            projection: PhantomData,
        })
    }

    /// What each of its values is stored as.
    ///
    /// # Errors
    /// As [`new`](ProjectionLoads::new).
    pub(in crate::plan) fn types() -> Result<Vec<Option<FieldType>>> {
        let slot = P::Model::slot();
        let own = own_rows(slot);
        let mut values = ProjectedValues::of(own, meta(slot)?);
        values.types = Some(Vec::new());
        P::project(P::Model::fields(own), own, &mut values)?;
        Ok(values.types.unwrap_or_default())
    }

    /// The projection's values, and their names.
    ///
    /// # Errors
    /// As [`new`](ProjectionLoads::new).
    pub(in crate::plan) fn described() -> Result<(ExprTokens, Described)> {
        let slot = P::Model::slot();
        let own = own_rows(slot);
        let mut values = ProjectedValues::of(own, meta(slot)?);
        values.described = Some(Box::default());
        P::project(P::Model::fields(own), own, &mut values)?;
        values.tokens.resolve_scope(own);
        Ok((
            values.tokens,
            values.described.map(|described| *described).unwrap_or_default(),
        ))
    }
}

impl<P: Projection> FollowUp for ProjectionLoads<P> {
    fn prepare(&mut self, columns: &mut JoinedColumns) -> Result<()> {
        columns.project(self.values, self.nulls)?;
        self.loads.prepare(columns)
    }

    fn place_values(&mut self, first: usize) {
        self.at += first;
        self.loads.place_values(first);
    }

    follow_ups_of!(loads);
}

impl<P: Projection> Loads for ProjectionLoads<P> {
    type Kept<M: Send + 'static> = P::Partial;
    type Row<M: Send + 'static> = P;

    #[inline]
    fn decode<M: Model>(&mut self, row: &Row<'_>, _: usize) -> Result<P::Partial> {
        P::decode(&mut self.loads, row, self.at)
    }

    #[inline]
    fn finish<M: Send + 'static>(&mut self, partial: P::Partial) -> Result<P> {
        P::finish(&mut self.loads, partial)
    }

    #[inline]
    fn finish_all<M: Send + 'static>(&mut self, partials: Vec<P::Partial>) -> Result<Vec<P>> {
        P::finish_all(&mut self.loads, partials)
    }
}
