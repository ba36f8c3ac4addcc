//! Orders by name: paths, each with its direction.

use crate::error::{Error, Result};
use crate::expr::{Direction, ExprTokens, NullsPlace, Token};
use crate::model::ModelMeta;

use super::lookup::Transforms;
use super::path::NamedPath;
use super::{AllowedOrder, in_model};

/// What rows are ordered by.
#[derive(Clone)]
pub(super) struct NamedOrder {
    path: NamedPath,
    transforms: Transforms,
}

impl NamedOrder {
    /// The order by what has that name.
    ///
    /// # Errors
    /// If there is no such field, it is not one of one row, or it has no order.
    pub fn resolve(model: &'static ModelMeta, name: &str) -> Result<Self> {
        NamedOrder::of_name(model, name).map_err(|error| in_model(error, model, name))
    }

    fn of_name(model: &'static ModelMeta, name: &str) -> Result<Self> {
        let (path, rest) = NamedPath::resolve(model, name)?;
        if let Some(many) = path.first_of_many() {
            return Err(
                Error::config(format!("it leads to many rows of {}", many.def.key()))
                    .with_hint("order by what they come to: `order_by(|a| a.posts().count())`"),
            );
        }
        let transforms = Transforms::of_order(&path, rest)?;
        Ok(NamedOrder { path, transforms })
    }

    pub fn append(&self, direction: Direction, to: &mut ExprTokens) {
        to.extend(self.transforms.apply(self.path.column_tokens()));
        to.push(Token::Order(direction, NullsPlace::Default));
    }
}

/// The names of an order, each with its direction: `-author__name,title`.
pub(super) fn terms(order: &str) -> impl Iterator<Item = (&str, Direction)> {
    order.split(',').map(|term| match term.strip_prefix('-') {
        Some(name) => (name, Direction::Desc),
        None => (term, Direction::Asc),
    })
}

/// What [`order_by_str`](crate::queries::QuerySet::order_by_str) takes: an order that the program itself wrote, `&'static str`, or
/// one that a list of what is [allowed](super::Allowed) has.
///
/// # Example: of the program, and of a request
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::dynamic::Allowed;
///
/// assert_eq!(Post::objects().order_by_str("-author__name,title")?.first(&db)?.map(|post| post.id), Some(1));
///
/// let allowed = Allowed::of::<Post>()?.order_by(["views", "title"])?;
/// # let order = String::from("-views");
/// let posts = Post::objects().order_by_str(allowed.order(&order)?)?.all(&db)?;
/// assert_eq!(posts[0].views, 7);
/// # Ok::<(), orm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order by name",
    label = "expected names in the program such as `\"-author__name,title\"`, or an order that is allowed",
    note = "an order from outside is looked up in a list: `let allowed = Allowed::of::<Post>()?.order_by([\"title\"])?`, then \
            `order_by_str(allowed.order(&order)?)`"
)]
pub trait IntoNamedOrder {
    #[doc(hidden)]
    fn into_order(self, model: &'static ModelMeta) -> Result<ExprTokens>;
}

impl IntoNamedOrder for &'static str {
    fn into_order(self, model: &'static ModelMeta) -> Result<ExprTokens> {
        let mut order = ExprTokens::default();
        for (name, direction) in terms(self) {
            NamedOrder::resolve(model, name)?.append(direction, &mut order);
        }
        Ok(order)
    }
}

impl IntoNamedOrder for AllowedOrder<'_> {
    fn into_order(self, model: &'static ModelMeta) -> Result<ExprTokens> {
        self.tokens(model)
    }
}
