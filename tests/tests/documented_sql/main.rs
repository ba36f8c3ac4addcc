//! The SQL that the documentation shows is the SQL that the library renders: the statements of the page of models, the
//! tables of attributes, of queries and of operations. A row of a table that no test knows is a failure.

mod by_hand;
mod collected;
mod conditions;
mod models;
mod operations;
mod page;
mod queries;
mod security;
mod statements;
mod steps;
mod tables;
