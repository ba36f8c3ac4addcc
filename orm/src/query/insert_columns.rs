//! Which columns the values of a query are inserted into.

use crate::expr::ExprTokens;
use crate::value::ColumnType;

use super::{Expression, Field, ToValue};

/// Fields that can hold the values `V` of a query's rows: what `insert_from` takes.
///
/// # Example: one field for each value
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let rows = Post::objects().values(|p| (p.author, p.title.concat(", again")));
/// assert_eq!(Post::insert_from(rows, |p| (p.author, p.title)).run(&db)?, 2);
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: a number is not a title
///
/// ```compile_fail,E0277
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let rows = Post::objects().values(|p| (p.author, p.views));
/// Post::insert_from(rows, |p| (p.author, p.title)).run(&db)?;
/// # Ok::<(), orm::Error>(())
/// ```
/// # Example: JSON is made by the program alone
///
/// ```compile_fail,E0080
/// # use blog::Post;
/// use orm::prelude::*;
///
/// orm::app!("notes");
///
/// #[derive(Model)]
/// pub struct Note {
///     pub id: i64,
///     pub data: Json<String>,
/// }
///
/// fn main() -> orm::Result<()> {
///     let db = Db::connect("sqlite::memory:")?;
///     Note::insert_from(Post::objects().values(|p| p.title), |n| n.data).run(&db)?;
///     Ok(())
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold the values of the query, which are `{V}`",
    label = "expected one field for each value, of its type",
    note = "`Post::insert_from(drafts.values(|d| (d.author, d.title)), |p| (p.author, p.title))`"
)]
pub trait InsertColumns<V> {
    #[doc(hidden)]
    fn append(self, to: &mut ExprTokens);
}

impl<T: ColumnType, V: ToValue<T>> InsertColumns<V> for Field<T> {
    fn append(self, to: &mut ExprTokens) {
        const {
            assert!(
                !V::IN_PROGRAM,
                "a field of JSON takes JSON alone from a query: no database makes JSON of another value as the program does"
            );
        }
        Expression::append(self, to);
    }
}

macro_rules! several {
    ($(($($name:ident $value:ident)+);)+) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($name: InsertColumns<$value>, $value),+> InsertColumns<($($value,)+)> for ($($name,)+) {
            #[allow(non_snake_case, reason = "one name for type and value")]
            fn append(self, to: &mut ExprTokens) {
                let ($($name,)+) = self;
                $($name.append(to);)+
            }
        }
    )+};
}
several! {
    (A VA);
    (A VA B VB);
    (A VA B VB C VC);
    (A VA B VB C VC D VD);
    (A VA B VB C VC D VD E VE);
    (A VA B VB C VC D VD E VE F VF);
    (A VA B VB C VC D VD E VE F VF G VG);
    (A VA B VB C VC D VD E VE F VF G VG H VH);
    (A VA B VB C VC D VD E VE F VF G VG H VH I VI);
    (A VA B VB C VC D VD E VE F VF G VG H VH I VI J VJ);
    (A VA B VB C VC D VD E VE F VF G VG H VH I VI J VJ K VK);
    (A VA B VB C VC D VD E VE F VF G VG H VH I VI J VJ K VK L VL);
}
