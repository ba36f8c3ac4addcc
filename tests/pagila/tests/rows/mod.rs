//! Rows of the shop, made up by counting, and what is asked of them.

use orm::Db;
use orm::prelude::*;
use orm::search;
use orm_pagila_tests::films::{
    Actor, Category, Film, FilmActor, FilmActorActorReverse, FilmActorsReverse, FilmCategory, Language,
    Rating,
};
use orm_pagila_tests::lists::{
    ActorInfo, ActorInfoActorReverse, CustomerList, FilmList, NicerFilmList, RentalByCategory,
    SalesByFilmCategory, SalesByStore, StaffList,
};
use orm_pagila_tests::places::{Address, City, Country};
use orm_pagila_tests::rentals::{Payment, PaymentRentalReverse, Rental};
use orm_pagila_tests::shops::{Customer, Inventory, InventoryFilmReverse, Staff, Store};
use orm_tests::behaviour::{error, value};

const RATINGS: [Rating; 5] = [
    Rating::General,
    Rating::ParentalGuidance,
    Rating::ParentsCautioned,
    Rating::Restricted,
    Rating::Adults,
];
const FILMS: i32 = 40;
const RENTALS: i32 = 300;

fn noon(month: u32, day: u32) -> DateTime<Utc> {
    let day = NaiveDate::from_ymd_opt(2022, month, day).expect("a day");
    day.and_hms_opt(12, 0, 0).expect("noon").and_utc()
}

/// Rows in every table.
pub fn fill(db: &Db) {
    fill_shelves(db);
    fill_shops(db);
    for nth in 0..RENTALS {
        let (month, day) = (1 + nth as u32 % 6, 1 + nth as u32 % 28);
        let rental = Rental::create()
            .rental_date(noon(month, day))
            .inventory(1 + nth % (2 * FILMS))
            .customer(1 + nth % 3)
            .staff(1 + nth % 2);
        let rental = match nth % 10 {
            0 => rental,
            _ => rental.return_date(noon(month + 1, day)),
        };
        let rental = value(rental.save(db));
        value(
            Payment::create()
                .id(rental.id)
                .payment_date(rental.rental_date)
                .customer(rental.customer)
                .staff(rental.staff)
                .rental(&rental)
                .amount(Decimal::new(i64::from(99 + 100 * (nth % 4)), 2))
                .save(db),
        );
    }
}

fn fill_shelves(db: &Db) {
    for name in ["English", "Français"] {
        value(Language::create().name(name).save(db));
    }
    for name in ["Action", "Comedy", "Music"] {
        value(Category::create().name(name).save(db));
    }
    for (first, last) in [("PENELOPE", "GUINESS"), ("NICK", "O'WAHLBERG"), ("ZERO", "CAGE")] {
        value(Actor::create().first_name(first).last_name(last).save(db));
    }
    for nth in 0..FILMS {
        let film = Film::create()
            .title(format!("Film {nth}"))
            .release_year(1901 + nth)
            .language(1)
            .rating(RATINGS[nth as usize % RATINGS.len()])
            .length(60 + nth as i16);
        let film = match nth % 4 {
            0 => film
                .description("A drama of a lumberjack and two sharks")
                .original_language(2)
                .special_features(vec!["Trailers".to_owned(), "Deleted Scenes".to_owned()]),
            1 => film.special_features(Vec::new()),
            _ => film,
        };
        let film = value(film.save(db));
        value(film.actors().add([1 + nth % 3, 1 + (nth + 1) % 3]).run(db));
        value(film.categories().add([1 + nth % 3]).run(db));
    }
}

fn fill_shops(db: &Db) {
    for (country, city) in [("Canada", "Lethbridge"), ("Australia", "Woodridge")] {
        let country = value(Country::create().name(country).save(db));
        let city = value(City::create().name(city).country(&country).save(db));
        for number in 1..=3 {
            value(
                Address::create()
                    .street(format!("{number} Workhaven Lane"))
                    .district("")
                    .city(&city)
                    .phone("")
                    .save(db),
            );
        }
    }
    for (nth, (first, last)) in [(1, ("Mike", "Hillyer")), (2, ("Jon", "Stephens"))] {
        let shop = value(Store::create().manager_staff(nth).address(3 * nth - 2).save(db));
        value(
            Staff::create()
                .first_name(first)
                .last_name(last)
                .address(nth)
                .store(&shop)
                .username(first)
                .picture(vec![0x89, nth as u8])
                .save(db),
        );
        for film in 1..=FILMS {
            value(Inventory::create().film(film).store(&shop).save(db));
        }
    }
    for (nth, name) in [(1, "MARY"), (2, "PATRICIA"), (3, "LINDA")] {
        value(
            Customer::create()
                .store(1 + nth % 2)
                .first_name(name)
                .last_name("SMITH")
                .address(nth)
                .activebool(nth != 2)
                .save(db),
        );
    }
}

/// What the models say of those rows.
pub fn ask(db: &Db) {
    let sharks = Film::objects().filter(|f| f.fulltext().matches(search::words("shark")));
    assert_eq!(value(sharks.count(db)), 10);
    let trailers = Film::objects().filter(|f| f.special_features.has("Trailers"));
    assert_eq!(value(trailers.count(db)), 10);
    let for_adults = Film::objects().filter(|f| f.rating.ge(Rating::Restricted));
    assert_eq!(value(for_adults.count(db)), 16);
    let old: Option<Film> = value(Film::objects().order_by(|f| f.release_year).first(db));
    assert_eq!(old.and_then(|film| film.release_year), Some(1901));

    let roles: Vec<(Actor, Vec<Film>)> = value(
        Actor::objects()
            .order_by(|a| a.id)
            .with(|a| a.films().filter(|f| f.length.lt(63)).order_by(|f| f.id))
            .all(db),
    );
    let lengths: Vec<usize> = roles.iter().map(|(_, films)| films.len()).collect();
    assert_eq!(lengths, [2, 2, 2]);
    let first = value(FilmActor::get((ForeignKey::new(1), ForeignKey::new(1)), db));
    assert_eq!((first.actor.id(), first.film.id()), (1, 1));
    let played: Vec<(String, i64)> = value(
        Actor::objects()
            .order_by(|a| a.id)
            .values(|a| (a.last_name, a.roles().count()))
            .all(db),
    );
    assert_eq!(played[1], ("O'WAHLBERG".to_owned(), 27));

    let lent: Vec<(String, i64)> = value(
        Rental::objects()
            .filter(|r| r.return_date.is_null())
            .group_by(|r| r.inventory().film().title)
            .values(|r| (r.inventory().film().title, count()))
            .order_by(|r| r.inventory().film().title)
            .all(db),
    );
    assert_eq!(lent.iter().map(|(_, count)| count).sum::<i64>(), 30);
    let copies: Vec<(Film, Vec<Inventory>)> = value(
        Film::objects()
            .with(|f| f.copies())
            .filter(|f| f.id.le(2))
            .all(db),
    );
    assert!(copies.iter().all(|(_, copies)| copies.len() == 2));
    let paid: Vec<(Rental, Vec<Payment>)> = value(
        Rental::objects()
            .filter(|r| r.id.eq(7))
            .with(|r| r.payments())
            .all(db),
    );
    assert_eq!(paid[0].1[0].amount, Decimal::new(299, 2));
    ask_views(db);
}

fn ask_views(db: &Db) {
    let sold: Vec<SalesByFilmCategory> =
        value(SalesByFilmCategory::objects().order_by(|s| s.category).all(db));
    assert_eq!(sold.len(), 3);
    let before_it_is_stored = error(RentalByCategory::objects().all(db));
    assert!(
        before_it_is_stored.to_string().contains("has not been populated"),
        "{before_it_is_stored}"
    );
    value(RentalByCategory::refresh_view().run(db));
    let stored = value(RentalByCategory::objects().order_by(|s| s.category).all(db));
    let pairs = |category: &str, total: Decimal| (category.to_owned(), total);
    assert_eq!(
        stored
            .iter()
            .map(|s| pairs(&s.category, s.total_sales))
            .collect::<Vec<_>>(),
        sold.iter()
            .map(|s| pairs(&s.category, s.total_sales))
            .collect::<Vec<_>>()
    );
    value(RentalByCategory::refresh_view().concurrently().run(db));

    let shops = value(SalesByStore::objects().order_by(|s| s.store).all(db));
    assert_eq!(
        shops
            .iter()
            .map(|shop| (&*shop.store, &*shop.manager))
            .collect::<Vec<_>>(),
        [
            ("Lethbridge,Canada", "Mike Hillyer"),
            ("Woodridge,Australia", "Jon Stephens")
        ]
    );
    let idle = value(CustomerList::objects().filter(|c| c.notes.eq("")).all(db));
    assert_eq!(
        (idle.len(), &*idle[0].name, &idle[0].zip_code),
        (1, "PATRICIA SMITH", &None)
    );
    assert_eq!(value(StaffList::objects().count(db)), 2);
    let listed = value(FilmList::objects().filter(|f| f.film.eq(1)).get(db));
    assert_eq!(
        (&*listed.actors, listed.rating),
        ("PENELOPE GUINESS, NICK O'WAHLBERG", Some(Rating::General))
    );
    let nicer = value(NicerFilmList::objects().filter(|f| f.film.eq(1)).get(db));
    assert_eq!(nicer.actors, "Penelope Guiness, Nick O'Wahlberg");
    let info: Vec<(Actor, Option<ActorInfo>)> =
        value(Actor::objects().filter(|a| a.id.eq(1)).with(|a| a.info()).all(db));
    let films = info[0]
        .1
        .as_ref()
        .and_then(|info| info.film_info.clone())
        .expect("films");
    assert!(films.starts_with("Action: Film 0, Film 12"), "{films}");
}

/// What the database holds rows to.
pub fn refuse(db: &Db) {
    let mut film = value(Film::get(1, db));
    film.release_year = Some(1900);
    assert!(error(film.clone().save(db)).is_check_violation());
    film.release_year = None;
    film.rental_rate = Decimal::new(10_000, 2);
    assert!(error(film.save(db)).is_check_violation());

    let mut actor = value(Actor::get(1, db));
    let before = actor.last_update;
    actor.first_name = "Pénélope".to_owned();
    value(actor.save(db));
    assert!(value(Actor::get(1, db)).last_update > before);

    assert!(error(Language::objects().filter(|l| l.id.eq(1)).delete().run(db)).is_foreign_key_violation());
    let twice = FilmCategory::create().film(1).category(1);
    assert!(error(twice.save(db)).is_unique_violation());
    let rental = value(Rental::get(1, db));
    let in_no_partition = Payment::create()
        .id(1)
        .payment_date(noon(12, 1))
        .customer(rental.customer)
        .staff(rental.staff)
        .rental(&rental)
        .amount(Decimal::ONE);
    let refused = error(in_no_partition.save(db));
    assert!(refused.is_check_violation(), "{refused:?}");
}
