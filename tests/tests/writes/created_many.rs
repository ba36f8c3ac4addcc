//! `bulk_create` of rows with children, and new rows related to those that are there already.

use orm::prelude::*;
use orm::testing::assert_queries;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

orm::app!("suite");

/// An album with its genres.
type WithGenres = (Album, Vec<Genre>);

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Band {
    pub id: i64,
    #[orm(unique)]
    pub name: String,
    #[orm(symmetrical)]
    pub friends: ManyToMany<Band>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Album {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "albums")]
    pub band: ForeignKey<Band>,
    pub title: String,
    pub genres: ManyToMany<Genre>,
    #[orm(through = Placement, related_name = "charted")]
    pub charts: ManyToMany<Genre>,
    #[orm(through = Review, related_name = "reviewed")]
    pub reviewed_as: ManyToMany<Genre>,
    pub places: ManyToMany<Place>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Genre {
    pub id: Uuid,
    #[orm(unique)]
    pub label: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Place {
    #[orm(primary_key)]
    pub town: String,
    #[orm(primary_key)]
    pub number: i64,
    pub name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unique("album", "genre"))]
pub struct Placement {
    pub id: i64,
    #[orm(on_delete = Cascade)]
    pub album: ForeignKey<Album>,
    #[orm(on_delete = Cascade)]
    pub genre: ForeignKey<Genre>,
    #[orm(default = 100)]
    pub rank: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Review {
    pub id: i64,
    #[orm(on_delete = Cascade)]
    pub album: ForeignKey<Album>,
    #[orm(on_delete = Cascade)]
    pub genre: ForeignKey<Genre>,
    pub words: String,
}

fn genres(labels: &[&str]) -> Vec<GenreCreate<orm::__private::Assigned>> {
    labels.iter().map(|label| Genre::create().label(*label)).collect()
}

behaviour! {
    fn each_row_comes_back_with_its_own(db) {
        let bands = (0..25).map(|n| {
            let albums = (0..n % 4).map(|m| {
                let songs = (0..m).map(|k| Genre::create().label(format!("{n}.{m}.{k}")));
                Album::create().title(format!("{n}.{m}")).with(|a| a.genres(), songs.collect::<Vec<_>>())
            });
            Band::create().name(n.to_string()).with(|b| b.albums(), albums.collect::<Vec<_>>())
        });
        let created: Vec<(Band, Vec<WithGenres>)> = run!(Band::bulk_create(bands).all(db));
        assert_eq!(created.len(), 25);
        for (n, (band, albums)) in created.iter().enumerate() {
            assert_eq!((band.name.as_str(), albums.len()), (n.to_string().as_str(), n % 4));
            for (m, (album, genres)) in albums.iter().enumerate() {
                assert_eq!((album.title.clone(), album.band.id()), (format!("{n}.{m}"), band.id));
                let labels: Vec<&str> = genres.iter().map(|genre| genre.label.as_str()).collect();
                assert_eq!(labels, (0..m).map(|k| format!("{n}.{m}.{k}")).collect::<Vec<_>>());
            }
        }
        let there = run!(Band::objects().order_by(|b| b.id).with(|b| b.albums().order_by(|a| a.id).with(|a| a.genres().order_by(|g| g.label))).all(db));
        assert_eq!(there, created);
    }

    fn nothing_is_nothing(db) {
        let none = std::iter::empty::<BandCreate<orm::__private::Assigned>>();
        let none = none.map(|band| band.with(|b| b.albums(), [Album::create().title("x")]));
        assert!(run!(Band::bulk_create(none.clone()).all(db)).is_empty());
        assert_eq!(run!(Band::bulk_create(none).run(db)), 0);
    }

    fn what_is_refused_leaves_nothing(db) {
        run!(Genre::create().label("taken").save(db));
        let bands = |last: &'static str| (0..5).map(move |n| {
            let label = if n == 4 { last.to_owned() } else { n.to_string() };
            Band::create().name(n.to_string()).with(|b| b.albums(), [
                Album::create().title("one").with(|a| a.genres(), [Genre::create().label(label)]),
            ])
        });
        let refused = error(attempt!(Band::bulk_create(bands("taken")).run(db)));
        assert!(refused.is_unique_violation(), "{refused:?}");
        assert_eq!(refused.fields(), ["label"]);
        assert_eq!((run!(Band::objects().count(db)), run!(Genre::objects().count(db))), (0, 1));
        let lacks = Band::bulk_create([Band::create().name("a").with(|b| b.albums(), [Album::create()])]);
        let refused = error(attempt!(lacks.run(db)));
        assert!(refused.to_string().starts_with("`title` of a new suite.Album is required, and not set"), "{refused}");
        assert_eq!(run!(Band::bulk_create(bands("free")).run(db)), 5);
    }

    fn a_new_row_is_related_to_rows_that_are_there(db) {
        let there = run!(Genre::bulk_create(genres(&["rock", "jazz", "folk"])).all(db));
        let band = run!(Band::create().name("a").save(db));
        let album = run!(Album::create().band(&band).title("One").with_existing(|a| a.genres(), [&there[0], &there[2]]).save(db));
        let of = |album: &Album| album.genres().objects().order_by(|g| g.label).values(|g| g.label);
        assert_eq!(run!(of(&album).all(db)), ["folk", "rock"]);
        // By key, twice the same, beside new ones, in two goes.
        let (album, new) = run!(Album::create()
            .band(&band)
            .title("Two")
            .with_existing(|a| a.genres(), [there[1].id, there[1].id])
            .with(|a| a.genres(), genres(&["punk"]))
            .with_existing(|a| a.genres(), [there[1].id, there[0].id])
            .save(db));
        assert_eq!(new.len(), 1);
        assert_eq!(run!(of(&album).all(db)), ["jazz", "punk", "rock"]);
        let none = run!(Album::create().band(&band).title("Three").with_existing(|a| a.genres(), [] as [Uuid; 0]).save(db));
        assert_eq!(run!(of(&none).all(db)).len(), 0);
        // A model goes between.
        let album = run!(Album::create().band(&band).title("Four").with_existing(|a| a.charts(), [&there[0], &there[0], &there[1]]).save(db));
        let ranks = Placement::objects().filter(|p| p.album.eq(&album)).values(|p| p.rank);
        assert_eq!(run!(ranks.all(db)), [100, 100]);
    }

    fn several_levels_and_ways(db) {
        let there = run!(Genre::bulk_create(genres(&["rock", "jazz"])).all(db));
        let old = run!(Band::create().name("old").save(db));
        run!(Place::bulk_create([Place::create().town("Ulm").number(1).name("x"), Place::create().town("Ulm").number(2).name("y")]).run(db));
        let bands = ["a", "b"].map(|name| {
            Band::create().name(name).with_existing(|b| b.friends(), [&old]).with(|b| b.albums(), [
                Album::create().title("1").with_existing(|a| a.genres(), [there[0].id]).with_existing(|a| a.places(), [("Ulm".to_owned(), 2)]),
                Album::create().title("2").with_existing(|a| a.genres(), [there[0].id, there[1].id]),
            ])
        });
        let created = run!(Band::bulk_create(bands).all(db));
        assert_eq!(run!(old.friends().objects().order_by(|b| b.name).values(|b| b.name).all(db)), ["a", "b"]);
        for (band, albums) in &created {
            assert_eq!(run!(band.friends().count(db)), 1);
            assert_eq!(run!(albums[0].genres().count(db)), 1);
            assert_eq!(run!(albums[1].genres().count(db)), 2);
            assert_eq!(run!(albums[0].places().objects().values(|p| p.name).all(db)), ["y"]);
        }
        assert_eq!(run!(Band::bulk_create(["c", "d"].map(|name| Band::create().name(name).with_existing(|b| b.friends(), [old.id]))).run(db)), 2);
        assert_eq!(run!(old.friends().count(db)), 4);
    }

    fn what_cannot_be_related_is_refused_by_name(db) {
        let band = run!(Band::create().name("a").save(db));
        let refused = error(attempt!(Band::create().name("b").with_existing(|b| b.albums(), [1]).save(db)));
        assert!(refused.to_string().contains("is not a many-to-many field"), "{refused}");
        let genre = run!(Genre::create().label("rock").save(db));
        let review = Album::create().band(&band).title("One").with_existing(|a| a.reviewed_as(), [&genre]);
        let refused = error(attempt!(review.save(db)));
        assert!(refused.to_string().starts_with("`words` of a new suite.Review is required, and not set"), "{refused}");
        let narrow = Album::create().band(&band).title("One").with_existing(|a| a.genres().filter(|g| g.label.eq("x")), [&genre]);
        let refused = error(attempt!(narrow.save(db)));
        assert!(refused.to_string().contains("which is narrowed or ordered here"), "{refused}");
        let gone = Album::create().band(&band).title("One").with_existing(|a| a.genres(), [Uuid::from_u128(9)]);
        let refused = error(attempt!(gone.save(db)));
        assert!(refused.is_foreign_key_violation(), "{refused:?}");
        assert_eq!((run!(Band::objects().count(db)), run!(Album::objects().count(db))), (1, 0));
    }

    fn in_a_transaction_it_is_a_part_of_it(db) {
        let with_album = |name: &str| Band::create().name(name).with(|b| b.albums(), [Album::create().title("1")]);
        let done: orm::Result<()> = transaction!(db, |tx| {
            run!(Band::bulk_create([with_album("a")]).run(tx));
            let refused: orm::Result<u64> = transaction!(tx, |inner| {
                attempt!(Band::bulk_create([with_album("b"), with_album("a")]).run(inner))
            });
            assert!(error(refused).is_unique_violation());
            assert_eq!((run!(Band::objects().count(tx)), run!(Album::objects().count(tx))), (1, 1));
            Ok(())
        });
        value(done);
        assert_eq!(run!(Album::objects().count(db)), 1);
    }
}

/// However many rows there are at either end.
#[test]
fn the_number_of_statements_is_that_of_the_levels() {
    let database = Database::with_tables(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    let there = value(Genre::bulk_create(genres(&["rock", "jazz"])).all(&db));
    for (size, round) in [(3, 0), (40, 1), (300, 2)] {
        let bands = (0..size).map(|n| {
            let albums = (0..3).map(|m| {
                let new = [Genre::create().label(format!("{round}.{n}.{m}"))];
                Album::create()
                    .title("x")
                    .with(|a| a.genres(), new)
                    .with_existing(|a| a.genres(), [there[0].id, there[1].id])
            });
            Band::create()
                .name(format!("{round}.{n}"))
                .with(|b| b.albums(), albums.collect::<Vec<_>>())
        });
        let bands: Vec<_> = bands.collect();
        // Bands, albums, genres, their pairs, and those with what was there.
        assert_queries(5, || value(Band::bulk_create(bands).run(&db)));
    }
    assert_eq!(value(there[0].album_set().count(&db)), 343 * 3);
}

#[test]
fn many_rows_that_are_there_are_related_at_once() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::with_tables(backend);
        let db = value(Db::connect(database.url()));
        let band = value(Band::create().name("a").save(&db));
        let all =
            value(Genre::bulk_create((0..5_000).map(|n| Genre::create().label(n.to_string()))).all(&db));
        let album = Album::create()
            .band(&band)
            .title("One")
            .with_existing(|a| a.genres(), &all)
            .with_existing(|a| a.charts(), &all);
        let album = value(album.save(&db));
        assert_eq!(
            (value(album.genres().count(&db)), value(album.charts().count(&db))),
            (5_000, 5_000)
        );
    }
}
