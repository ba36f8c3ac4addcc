//! Primary keys of several fields that join tables hold, in another order and of tables that others make.

use orm::migrate::{Answers, MakeOptions, Target, make_migrations};
use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::join_tables_composite::{JOINED, JOINS, MODELS, PAIRS, ROWS, agrees};
use super::moves::{made, models};
use super::on_both;
use super::world::{Project, populated, session, strings};

on_both! {
    a_key_in_another_order_is_the_same_key,
    keys_of_tables_of_others_are_followed,
}

fn a_key_in_another_order_is_the_same_key(backend: Backend) {
    let database = populated(backend);
    let plain = Project::shop().and(MODELS).and(JOINS);
    let mut here = session(&database);
    value(plain.migrate(&mut here));
    value(here.batch(ROWS));
    value(here.batch(JOINED));
    let mut after = models(&plain);
    for model in &mut after {
        model.fields.reverse();
    }
    assert_eq!(
        value(make_migrations(
            &after,
            &value(plain.load()),
            &MakeOptions::default()
        )),
        []
    );
    // The tables keep the order of the migrations.
    agrees(&mut here, &models(&plain));
    // And so it goes on.
    let key = |name: &str| (name == "hall").then(|| "place".to_owned());
    for field in after.iter_mut().flat_map(|model| &mut model.fields) {
        if let Some(name) = key(&field.name) {
            field.renamed_from = Some(std::mem::replace(&mut field.name, name));
        }
    }
    let project = made(plain, &after, Answers::default());
    value(project.migrate(&mut here));
    let pairs = PAIRS.replace("pitch_hall", "pitch_place");
    assert_eq!(strings(&mut here, &pairs), ["1 1 A", "1 1 Ö", "2 2 A"]);
    agrees(&mut here, &models(&project));
}

/// `shop.Pitch` is of others, who make its table.
fn keys_of_tables_of_others_are_followed(backend: Backend) {
    let of_others = MODELS.replace(
        "model = \"Pitch\"\n",
        "model = \"Pitch\"\nunmanaged = true\ntable = \"pitches of others\"\n",
    );
    let (joins, _) = JOINS.trim_start().split_once("\n\n").expect("the first");
    let database = populated(backend);
    let plain = Project::shop().and(&of_others).and(joins);
    let mut here = session(&database);
    value(here.batch(
        "CREATE TABLE \"pitches of others\" (post_id bigint, hall varchar(9), price int, PRIMARY KEY (post_id, hall));
         INSERT INTO \"pitches of others\" VALUES (1, 'A', 1), (1, 'Ö', 1), (2, 'A', 1)",
    ));
    value(plain.migrate(&mut here));
    value(here.batch("INSERT INTO shop_trader (label) VALUES ('ann'), ('bob')"));
    let (joined, _) = JOINED.split_once('\n').expect("the first");
    value(here.batch(joined));
    let was = models(&plain);
    // What no join table holds is theirs.
    let mut after = was.clone();
    for field in after.iter_mut().flat_map(|model| &mut model.fields) {
        field.null |= field.name == "price";
    }
    assert_eq!(
        value(make_migrations(
            &after,
            &value(plain.load()),
            &MakeOptions::default()
        )),
        []
    );
    // A part of the key that they call otherwise.
    for field in after.iter_mut().flat_map(|model| &mut model.fields) {
        if field.name == "hall" {
            field.renamed_from = Some(std::mem::replace(&mut field.name, "place".to_owned()));
        }
    }
    value(here.batch("ALTER TABLE \"pitches of others\" RENAME COLUMN hall TO place"));
    let project = made(plain, &after, Answers::default());
    value(project.migrate(&mut here));
    let pairs = PAIRS.replace("pitch_hall", "pitch_place");
    assert_eq!(strings(&mut here, &pairs), ["1 1 A", "1 1 Ö", "2 2 A"]);
    error(
        here.batch(
            "INSERT INTO shop_trader_pitches (trader_id, pitch_post_id, pitch_place) VALUES (2, 2, 'Ö')",
        ),
    );
    agrees(&mut here, &models(&project));
    let renamed =
        |old: &str, new: &str| format!("ALTER TABLE \"pitches of others\" RENAME COLUMN {old} TO {new}");
    let back = Target::Migration("shop".to_owned(), "0003".to_owned());
    value(here.batch(&renamed("place", "hall")));
    value(project.migrate_to(&mut here, &back));
    assert_eq!(strings(&mut here, PAIRS), ["1 1 A", "1 1 Ö", "2 2 A"]);
    value(here.batch(&renamed("hall", "place")));
    value(project.migrate(&mut here));
    // A question, where nothing says that it is a rename.
    for field in after.iter_mut().flat_map(|model| &mut model.fields) {
        field.renamed_from = None;
        if field.name == "place" {
            field.name = "where".to_owned();
        }
    }
    let asked = error(make_migrations(
        &after,
        &value(project.load()),
        &MakeOptions::default(),
    ));
    assert!(asked.to_string().contains("place"), "{asked}");
    // A key of other fields.
    for field in after.iter_mut().flat_map(|model| &mut model.fields) {
        if field.name == "where" {
            field.name = "place".to_owned();
        }
        field.primary_key |= field.name == "price";
        field.null &= field.name != "price";
    }
    let refused = error(make_migrations(
        &after,
        &value(project.load()),
        &MakeOptions::default(),
    ));
    assert!(
        refused
            .to_string()
            .contains("the primary key of shop.Pitch becomes (post, place, price)"),
        "{refused}"
    );
}
