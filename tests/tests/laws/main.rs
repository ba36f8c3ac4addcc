//! Laws of expressions, over conditions and rows that are drawn: see the README of the tests for their sizes.

mod closure;
mod condition;
mod condition_kinds;
mod dice;
mod handle;
mod library;
mod one_row;
mod oracle;
mod oracle_values;
mod related;
mod said;
mod said_closure;
mod said_oracle;
mod thing;
