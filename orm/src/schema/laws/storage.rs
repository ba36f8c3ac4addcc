//! How tables are stored, refused before any SQL.

use crate::model::ModelDef;
use crate::sql::Dialect;

use super::super::lower;
use super::super::testing::{id, model, state};

fn refused(thing: &ModelDef) -> Vec<String> {
    let lowered = |dialect| lower(thing, &state(&[thing]), dialect).unwrap_err().to_string();
    Dialect::ALL.map(lowered).into()
}

#[test]
fn a_table_whose_rows_nothing_numbers_has_a_key_that_the_program_gives() {
    let mut thing = model("Page", vec![id()]);
    thing.storage.without_rowid = true;
    for said in refused(&thing) {
        assert!(
            said.contains("`without_rowid` needs a primary key that the program gives"),
            "{said}"
        );
    }
    thing.fields[0].generated = false;
    let tables = Dialect::ALL.map(|dialect| lower(&thing, &state(&[&thing]), dialect).unwrap());
    assert_eq!(tables.map(|table| table.storage.without_rowid), [true, false]);
}

#[test]
fn a_storage_parameter_has_a_name() {
    let mut thing = model("Page", vec![id()]);
    thing.storage.parameters = [("fill factor) --".to_owned(), "70".to_owned())].into();
    for said in refused(&thing) {
        assert!(
            said.contains("`fill factor) --` is not the name of a storage parameter of a table"),
            "{said}"
        );
    }
}
