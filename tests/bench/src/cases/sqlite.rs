//! SQLite in memory, where nothing hides what we add.

use std::rc::Rc;

use orm::Db;

use super::every_case;
use crate::measure::Case;
use crate::{Keys, Size, driver, ours, raw};

/// Cases beside `rusqlite`.
pub fn cases(size: Size) -> orm::Result<Vec<Case>> {
    let db = Db::connect("sqlite::memory:")?;
    ours::fill(&db, size.posts)?;
    let connection = raw::sqlite::connect(None).map_err(driver)?;
    raw::sqlite::fill(&connection, size.posts).map_err(driver)?;
    let connection = Rc::new(connection);
    let mut cases = Vec::new();
    macro_rules! case {
        ($name:literal, $batch:literal, $function:ident($($extra:literal)?)) => {{
            let (mut near, mut far) = (Keys::new(size.posts), Keys::new(size.posts));
            let (ours, cleaned_ours) = (db.clone(), db.clone());
            let (raw, cleaned_raw) = (Rc::clone(&connection), Rc::clone(&connection));
            cases.push(Case {
                name: $name.to_owned(),
                backend: "sqlite",
                batch: $batch,
                ours: Box::new(move |times| {
                    let mut sum = 0;
                    for _ in 0..times {
                        sum += ours::blocking::$function(&ours, near.next() $(, $extra)?)?;
                    }
                    Ok(sum)
                }),
                raw: Box::new(move |times| {
                    let mut sum = 0;
                    for _ in 0..times {
                        sum += raw::sqlite::$function(&raw, far.next() $(, $extra)?).map_err(driver)?;
                    }
                    Ok(sum)
                }),
                clean: Box::new(move || {
                    raw::sqlite::clean(&cleaned_raw, size.posts).map_err(driver)?;
                    ours::clean(&cleaned_ours, size.posts)
                }),
                servers: None,
            });
        }};
    }
    every_case!(case);
    Ok(cases)
}
