//! Embeds in closures: `p.address.city`.

use std::marker::PhantomData;
use std::ops::Deref;

use crate::expr::{ExprTokens, Function};
use crate::model::{Embed, EmbedField, EmbedPlace, Inner, Join};
use crate::value::Value;

use super::{Assignment, Expr, Field, IntoColumns};

/// A field with `#[orm(embed)]` in a closure: `p.address`. Its fields are accessed directly, `p.address.city`, and are columns as all
/// others: in conditions, orders, values and updates. Of an `Option<Address>` each may be NULL.
///
/// # Example: in a condition, an order, values, and changed
///
/// ```standalone_crate
/// use orm::prelude::*;
///
/// #[derive(Embed, Debug, PartialEq)]
/// pub struct Address {
///     pub street: String,
///     pub city: String,
/// }
///
/// #[derive(Model, Debug)]
/// #[orm(unmanaged, table = "customer")]
/// pub struct Customer {
///     pub id: i64,
///     #[orm(embed)]
///     pub address: Address,
///     #[orm(embed, prefix = "billing_")]
///     pub billing: Option<Address>,
/// }
///
/// # let db = Db::connect("sqlite::memory:")?;
/// # let sql = "CREATE TABLE customer (id INTEGER PRIMARY KEY, street TEXT NOT NULL, city TEXT NOT NULL, billing_street TEXT, billing_city TEXT)";
/// # db.session()?.execute(sql, &[])?;
/// let home = Address { street: "Via Appia 1".into(), city: "Rome".into() };
/// let ann = Customer::create().address(home).save(&db)?;
/// assert_eq!(ann.billing, None);
///
/// let romans = Customer::objects().filter(|c| c.address.city.eq("Rome")).order_by(|c| c.address.street);
/// let cities: Vec<(String, Option<String>)> = romans.values(|c| (c.address.city, c.billing.city)).all(&db)?;
/// assert_eq!(cities, [("Rome".to_owned(), None)]);
///
/// let office = Address { street: "Quai 2".into(), city: "Paris".into() };
/// let all = Customer::objects();
/// all.clone().update(|c| (c.address.city.set("Roma"), c.billing.set(Some(office)))).run(&db)?;
/// assert_eq!(all.filter(|c| c.billing.is_not_null()).count(&db)?, 1);
/// # Ok::<(), orm::Error>(())
/// ```
pub struct Embedded<T: EmbedField, J: Join = Inner> {
    fields: T::Fields<J>,
    place: EmbedPlace,
    ty: PhantomData<fn() -> (T, J)>,
}

impl<T: EmbedField, J: Join> Clone for Embedded<T, J> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: EmbedField, J: Join> Copy for Embedded<T, J> {}

impl<T: EmbedField, J: Join> Deref for Embedded<T, J> {
    type Target = T::Fields<J>;

    fn deref(&self) -> &T::Fields<J> {
        &self.fields
    }
}

impl<T: EmbedField, J: Join> Embedded<T, J> {
    #[doc(hidden)]
    #[inline]
    pub fn new(place: EmbedPlace) -> Self {
        Embedded {
            fields: T::fields(place),
            place,
            ty: PhantomData,
        }
    }
}

impl<T: EmbedField, J: Join> Embedded<T, J> {
    /// Its rows, and the position of its first column.
    pub(crate) fn first_column(self) -> (crate::expr::RowSource, u16) {
        (self.place.rows(), self.place.column(0))
    }
}

impl<T: EmbedField> Embedded<T> {
    /// Sets all of its columns, in [`update`](super::QuerySet::update), but those that the database computes. A single one is set
    /// by its own name, `p.address.city.set("Rome")`; of an `Option` all are set together.
    ///
    /// # Example: without an address
    ///
    /// ```standalone_crate
    /// use orm::prelude::*;
    /// # #[derive(Embed)] pub struct Address { pub street: String, pub city: String }
    /// # #[derive(Model)] #[orm(unmanaged)]
    /// # pub struct Customer { pub id: i64, #[orm(embed)] pub address: Option<Address> }
    ///
    /// let change = Customer::objects().update(|c| c.address.set(None));
    /// ```
    ///
    /// # Example: one field of what may be missing
    ///
    /// ```compile_fail,E0599
    /// use orm::prelude::*;
    /// # #[derive(Embed)] pub struct Address { pub street: String, pub city: String }
    /// # #[derive(Model)] #[orm(unmanaged)]
    /// # pub struct Customer { pub id: i64, #[orm(embed)] pub address: Option<Address> }
    ///
    /// let change = Customer::objects().update(|c| c.address.city.set("Rome")); // where is the street?
    /// ```
    pub fn set(self, value: impl Into<T>) -> Assignment {
        let mut tokens = ExprTokens::default();
        for (at, value) in embedded_values(&value.into()) {
            tokens.param(value);
            let field: Field<()> = Field::new(self.place.rows(), self.place.column(at));
            tokens.push_bits(field.assigned());
        }
        Assignment { tokens }
    }
}

/// All of its columns but those that the database computes.
impl<T: EmbedField> IntoColumns for Embedded<T> {
    fn append(self, to: &mut ExprTokens) {
        for (at, field) in (0..).zip(T::FIELDS) {
            if field.generated_as.is_none() {
                let column: Field<()> = Field::new(self.place.rows(), self.place.column(at));
                to.push_bits(column.bits());
            }
        }
    }
}

impl<E: Embed, J: Join> Embedded<Option<E>, J> {
    /// Rows without it: `street IS NULL AND city IS NULL`.
    ///
    /// # Example: customers with no address
    ///
    /// ```standalone_crate
    /// use orm::prelude::*;
    /// # #[derive(Embed)] pub struct Address { pub street: String, pub city: String }
    /// # #[derive(Model)] #[orm(unmanaged)]
    /// # pub struct Customer { pub id: i64, #[orm(embed)] pub address: Option<Address> }
    ///
    /// let without = Customer::objects().filter(|c| c.address.is_null());
    /// ```
    #[doc(alias("is_none"))]
    pub fn is_null(self) -> Expr<bool> {
        let mut all = ExprTokens::default();
        for (at, field) in (0..).zip(E::FIELDS) {
            if field.generated_as.is_some() {
                continue;
            }
            let column: Field<()> = Field::new(self.place.rows(), self.place.column(at));
            let mut one = ExprTokens::default();
            one.push_bits(column.bits());
            one.call(Function::IsNull, 1);
            all.and(one);
        }
        Expr::new(all)
    }

    /// Rows that have it.
    ///
    /// # Example: customers with an address
    ///
    /// ```standalone_crate
    /// use orm::prelude::*;
    /// # #[derive(Embed)] pub struct Address { pub street: String, pub city: String }
    /// # #[derive(Model)] #[orm(unmanaged)]
    /// # pub struct Customer { pub id: i64, #[orm(embed)] pub address: Option<Address> }
    ///
    /// let with = Customer::objects().filter(|c| c.address.is_not_null());
    /// ```
    #[doc(alias("is_some"))]
    pub fn is_not_null(self) -> Expr<bool> {
        !self.is_null()
    }
}

impl<T: EmbedField, J: Join> std::fmt::Debug for Embedded<T, J> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Embedded({:?})", self.place)
    }
}

/// The values of the columns that a program gives, with their positions among those of the embed.
pub(crate) fn embedded_values<E: EmbedField>(embed: &E) -> impl Iterator<Item = (u16, Value<'static>)> {
    let mut values = Vec::with_capacity(E::FIELDS.len());
    embed.encode(&mut values);
    let values: Vec<Value<'static>> = values.into_iter().map(Value::into_owned).collect();
    let given = (0..).zip(E::FIELDS).zip(values);
    given.filter_map(|((at, field), value)| field.generated_as.is_none().then_some((at, value)))
}

/// Refuses to compile what is not one column, where an index or a constraint names it.
#[doc(hidden)]
pub fn one_column<C: OneColumn>(_: C) {}

/// A field of one column.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not one column",
    label = "it leads to the columns of an embed: name one of them, as in \"address.city\""
)]
pub trait OneColumn {}

impl<T, J> OneColumn for Field<T, J> {}
