//! The blocking handle that an async one lends: it knows what that one knows.

use orm::prelude::*;
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::{Backend, Database};

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct LentRow {
    pub id: i64,
    pub name: String,
}

#[test]
fn it_signs_the_cursors_of_pages_by_the_same_key() {
    for backend in Backend::ALL {
        let database = Database::with_tables(backend);
        runtime().block_on(async {
            let plain = value(AsyncDb::connect(database.url()).await);
            let signing = value(plain.clone().with_cursor_key(b"a secret of sixteen bytes"));
            let rows = (0..6).map(|n| LentRow::create().name(n.to_string()));
            value(LentRow::bulk_create(rows).run(&plain).await);
            let signed = value(LentRow::objects().after(None, 2, &signing).await).next;
            let unsigned = value(LentRow::objects().after(None, 2, &plain).await).next;
            let asked = signing.blocking(move |db| {
                let second = LentRow::objects().after(signed.as_ref(), 2, db)?;
                let refused = error(LentRow::objects().after(unsigned.as_ref(), 2, db));
                Ok((second, refused))
            });
            let (second, refused) = value(asked.await);
            assert_eq!(second.rows[0].name, "2", "{backend:?}");
            assert!(refused.is_invalid_cursor(), "{backend:?}: {refused}");
            // And back.
            let third = value(LentRow::objects().after(second.next.as_ref(), 2, &signing).await);
            assert_eq!(third.rows[0].name, "4", "{backend:?}");
        });
    }
}
