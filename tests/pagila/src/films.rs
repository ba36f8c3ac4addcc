//! Films, and who and what is in them.

use orm::prelude::*;

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "language")]
#[orm(trigger(name = "keep_last_update", before, update, function = "last_updated"))]
pub struct Language {
    #[orm(primary_key, column = "language_id")]
    pub id: i32,
    pub name: String,
    #[orm(db_default(postgres = "now()"))]
    pub last_update: DateTime<Utc>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "category")]
#[orm(trigger(name = "keep_last_update", before, update, function = "last_updated"))]
pub struct Category {
    #[orm(primary_key, column = "category_id")]
    pub id: i32,
    pub name: String,
    #[orm(db_default(postgres = "now()"))]
    pub last_update: DateTime<Utc>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "actor")]
#[orm(trigger(name = "keep_last_update", before, update, function = "last_updated"))]
#[orm(index(name = "idx_actor_last_name", "last_name"))]
pub struct Actor {
    #[orm(primary_key, column = "actor_id")]
    pub id: i32,
    pub first_name: String,
    pub last_name: String,
    #[orm(db_default(postgres = "now()"))]
    pub last_update: DateTime<Utc>,
}

/// For whom a film is.
#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[orm(native = "mpaa_rating")]
pub enum Rating {
    #[orm(value = "G")]
    General,
    #[orm(value = "PG")]
    ParentalGuidance,
    #[orm(value = "PG-13")]
    ParentsCautioned,
    #[orm(value = "R")]
    Restricted,
    #[orm(value = "NC-17")]
    Adults,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "film")]
#[orm(trigger(name = "keep_last_update", before, update, function = "last_updated"))]
#[orm(search("title", "description", language = "english", name = "fulltext"))]
#[orm(
    index(name = "idx_title", "title"),
    index(name = "idx_fk_language_id", "language")
)]
#[orm(index(name = "idx_fk_original_language_id", "original_language"))]
pub struct Film {
    #[orm(primary_key, column = "film_id")]
    pub id: i32,
    pub title: String,
    pub description: Option<String>,
    /// Of the domain `year`, which takes 1901 to 2155.
    #[orm(db_type(postgres = "year"))]
    pub release_year: Option<i32>,
    #[orm(on_delete = Restrict, on_update = Cascade, index = false, related_name = "films")]
    pub language: ForeignKey<Language>,
    #[orm(on_delete = Restrict, on_update = Cascade, index = false, related_name = "dubbed_films")]
    pub original_language: Option<ForeignKey<Language>>,
    #[orm(default = 3)]
    pub rental_duration: i16,
    #[orm(max_digits = 4, decimal_places = 2, default = Decimal::new(499, 2))]
    pub rental_rate: Decimal,
    pub length: Option<i16>,
    #[orm(max_digits = 5, decimal_places = 2, default = Decimal::new(1999, 2))]
    pub replacement_cost: Decimal,
    #[orm(default = Rating::General)]
    pub rating: Option<Rating>,
    #[orm(db_default(postgres = "now()"))]
    pub last_update: DateTime<Utc>,
    pub special_features: Option<Vec<String>>,
    #[orm(through = FilmActor, related_name = "films")]
    pub actors: ManyToMany<Actor>,
    #[orm(through = FilmCategory, related_name = "films")]
    pub categories: ManyToMany<Category>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "film_actor")]
#[orm(trigger(name = "keep_last_update", before, update, function = "last_updated"))]
#[orm(index(name = "idx_fk_film_id", "film"))]
pub struct FilmActor {
    #[orm(primary_key, on_delete = Restrict, on_update = Cascade, related_name = "roles")]
    pub actor: ForeignKey<Actor>,
    #[orm(primary_key, on_delete = Restrict, on_update = Cascade, index = false, related_name = "roles")]
    pub film: ForeignKey<Film>,
    #[orm(db_default(postgres = "now()"))]
    pub last_update: DateTime<Utc>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "film_category")]
#[orm(trigger(name = "keep_last_update", before, update, function = "last_updated"))]
pub struct FilmCategory {
    #[orm(primary_key, on_delete = Restrict, on_update = Cascade, related_name = "+")]
    pub film: ForeignKey<Film>,
    #[orm(primary_key, on_delete = Restrict, on_update = Cascade, index = false, related_name = "+")]
    pub category: ForeignKey<Category>,
    #[orm(db_default(postgres = "now()"))]
    pub last_update: DateTime<Utc>,
}
