//! Pagila, the rental shop for films that people try Postgres with, as models: what a schema that others have made says.
//!
//! | file | tables and views |
//! |---|---|
//! | [`films`] | `language`, `category`, `actor`, `film` with its words, its types of its own, `film_actor`, `film_category` |
//! | [`places`] | `country`, `city`, `address` |
//! | [`shops`] | `store`, `staff`, `customer`, `inventory` |
//! | [`rentals`] | `rental`, `payment` |
//! | [`lists`] | the eight views, one of them materialized |
//!
//! What models do not say stands in the migration as SQL by hand, beside what `orm makemigrations` writes: the domain `year`, the
//! function `last_updated` that all triggers call, and the table `payment`, which is in partitions.
//!
//! Differences from the original, where a model has a better word: keys are identities and no sequences by hand, `film.fulltext` is
//! a generated column and not one that a trigger fills, amounts are held by checks.

#![allow(clippy::duplicated_attributes)]

pub mod films;
pub mod lists;
pub mod places;
pub mod rentals;
pub mod shops;

orm::app!("pagila");
