//! The views.

use orm::prelude::*;

use crate::films::{Actor, Category, Film, FilmActor, FilmCategory, Rating};
use crate::places::{Address, City, Country};
use crate::rentals::{Payment, Rental};
use crate::shops::{Customer, Inventory, Staff, Store};

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "actor_info",
    view(
        "SELECT actor_id, first_name, last_name, string_agg(listed, '; ' ORDER BY listed) AS film_info FROM (
            SELECT actor.actor_id, actor.first_name, actor.last_name,
                category.name || ': ' || string_agg(film.title, ', ' ORDER BY film.title) AS listed
            FROM actor
            LEFT JOIN film_actor ON film_actor.actor_id = actor.actor_id
            LEFT JOIN film_category ON film_category.film_id = film_actor.film_id
            LEFT JOIN category ON category.category_id = film_category.category_id
            LEFT JOIN film ON film.film_id = film_actor.film_id
            GROUP BY actor.actor_id, category.category_id
        ) AS by_category GROUP BY actor_id, first_name, last_name",
        reads(Actor, FilmActor, FilmCategory, Category, Film)
    )
)]
pub struct ActorInfo {
    #[orm(primary_key, related_name = "info")]
    pub actor: OneToOne<Actor>,
    pub first_name: String,
    pub last_name: String,
    pub film_info: Option<String>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "customer_list",
    view(
        "SELECT customer.customer_id AS id, customer.first_name || ' ' || customer.last_name AS name, address.address,
            address.postal_code AS \"zip code\", address.phone, city.city, country.country,
            CASE WHEN customer.activebool THEN 'active' ELSE '' END AS notes, customer.store_id AS sid
        FROM customer
        JOIN address ON address.address_id = customer.address_id
        JOIN city ON city.city_id = address.city_id
        JOIN country ON country.country_id = city.country_id",
        reads(Customer, Address, City, Country)
    )
)]
pub struct CustomerList {
    pub id: i32,
    pub name: String,
    pub address: String,
    #[orm(column = "zip code")]
    pub zip_code: Option<String>,
    pub phone: String,
    pub city: String,
    pub country: String,
    pub notes: String,
    #[orm(column = "sid", related_name = "+")]
    pub store: ForeignKey<Store>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "staff_list",
    view(
        "SELECT staff.staff_id AS id, staff.first_name || ' ' || staff.last_name AS name, address.address,
            address.postal_code AS \"zip code\", address.phone, city.city, country.country, staff.store_id AS sid
        FROM staff
        JOIN address ON address.address_id = staff.address_id
        JOIN city ON city.city_id = address.city_id
        JOIN country ON country.country_id = city.country_id",
        reads(Staff, Address, City, Country)
    )
)]
pub struct StaffList {
    pub id: i32,
    pub name: String,
    pub address: String,
    #[orm(column = "zip code")]
    pub zip_code: Option<String>,
    pub phone: String,
    pub city: String,
    pub country: String,
    #[orm(column = "sid", related_name = "+")]
    pub store: ForeignKey<Store>,
}

/// A film once for each of its categories.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "film_list",
    view(
        "SELECT film.film_id AS fid, film.title, film.description, category.name AS category, film.rental_rate AS price,
            film.length, film.rating, string_agg(actor.first_name || ' ' || actor.last_name, ', ' ORDER BY actor.actor_id) AS actors
        FROM film
        JOIN film_category ON film_category.film_id = film.film_id
        JOIN category ON category.category_id = film_category.category_id
        JOIN film_actor ON film_actor.film_id = film.film_id
        JOIN actor ON actor.actor_id = film_actor.actor_id
        GROUP BY film.film_id, category.category_id",
        reads(Film, FilmCategory, Category, FilmActor, Actor)
    )
)]
pub struct FilmList {
    #[orm(primary_key, column = "fid", related_name = "+")]
    pub film: ForeignKey<Film>,
    #[orm(primary_key)]
    pub category: String,
    pub title: String,
    pub description: Option<String>,
    #[orm(max_digits = 4, decimal_places = 2)]
    pub price: Decimal,
    pub length: Option<i16>,
    pub rating: Option<Rating>,
    pub actors: String,
}

/// The same with names as people write them.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "nicer_but_slower_film_list",
    view(
        "SELECT film.film_id AS fid, film.title, film.description, category.name AS category, film.rental_rate AS price,
            film.length, film.rating, string_agg(initcap(actor.first_name || ' ' || actor.last_name), ', ' ORDER BY actor.actor_id) AS actors
        FROM film
        JOIN film_category ON film_category.film_id = film.film_id
        JOIN category ON category.category_id = film_category.category_id
        JOIN film_actor ON film_actor.film_id = film.film_id
        JOIN actor ON actor.actor_id = film_actor.actor_id
        GROUP BY film.film_id, category.category_id",
        reads(Film, FilmCategory, Category, FilmActor, Actor)
    )
)]
pub struct NicerFilmList {
    #[orm(primary_key, column = "fid", related_name = "+")]
    pub film: ForeignKey<Film>,
    #[orm(primary_key)]
    pub category: String,
    pub title: String,
    pub description: Option<String>,
    #[orm(max_digits = 4, decimal_places = 2)]
    pub price: Decimal,
    pub length: Option<i16>,
    pub rating: Option<Rating>,
    pub actors: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "sales_by_store",
    view(
        "SELECT city.city || ',' || country.country AS store, staff.first_name || ' ' || staff.last_name AS manager,
            sum(payment.amount) AS total_sales
        FROM payment
        JOIN rental ON rental.rental_id = payment.rental_id
        JOIN inventory ON inventory.inventory_id = rental.inventory_id
        JOIN store ON store.store_id = inventory.store_id
        JOIN address ON address.address_id = store.address_id
        JOIN city ON city.city_id = address.city_id
        JOIN country ON country.country_id = city.country_id
        JOIN staff ON staff.staff_id = store.manager_staff_id
        GROUP BY store.store_id, city.city, country.country, staff.first_name, staff.last_name",
        reads(Payment, Rental, Inventory, Store, Address, City, Country, Staff)
    )
)]
pub struct SalesByStore {
    #[orm(primary_key)]
    pub store: String,
    pub manager: String,
    #[orm(max_digits = 12, decimal_places = 2)]
    pub total_sales: Decimal,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "sales_by_film_category",
    view(
        "SELECT category.name AS category, sum(payment.amount) AS total_sales
        FROM payment
        JOIN rental ON rental.rental_id = payment.rental_id
        JOIN inventory ON inventory.inventory_id = rental.inventory_id
        JOIN film_category ON film_category.film_id = inventory.film_id
        JOIN category ON category.category_id = film_category.category_id
        GROUP BY category.name",
        reads(Payment, Rental, Inventory, FilmCategory, Category)
    )
)]
pub struct SalesByFilmCategory {
    #[orm(primary_key)]
    pub category: String,
    #[orm(max_digits = 12, decimal_places = 2)]
    pub total_sales: Decimal,
}

/// The same, as it was when somebody last asked for it to be stored.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "rental_by_category",
    view(
        "SELECT category, total_sales FROM sales_by_film_category",
        reads(SalesByFilmCategory, Category),
        materialized,
        with_no_data
    )
)]
pub struct RentalByCategory {
    #[orm(primary_key)]
    pub category: String,
    #[orm(max_digits = 12, decimal_places = 2)]
    pub total_sales: Decimal,
}
