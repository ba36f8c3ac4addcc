//! Foreign keys over several columns.

#![allow(clippy::type_complexity, reason = "the types are what is loaded")]

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Tenant {
    pub id: i64,
    pub name: String,
}

/// What is pointed at by its primary key, a part of which is itself a foreign key, and by what is unique.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("tenant", "code"), unique("letter", "number"))]
pub struct Canton {
    #[orm(primary_key, on_delete = Cascade, related_name = "cantons")]
    pub tenant: ForeignKey<Tenant>,
    #[orm(primary_key, column = "The Code")]
    pub code: String,
    pub letter: String,
    pub number: i32,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), unique("tenant", "name"))]
#[orm(foreign_key("canton", fields("tenant", "canton_code"), to = Canton, on_delete = Cascade, on_update = Cascade))]
#[orm(foreign_key(
    "neighbour",
    fields("neighbour_letter", "neighbour_number"),
    to = Canton,
    to_fields("letter", "number"),
    on_delete = SetNull,
    deferrable = Immediate,
    related_name = "neighbours",
    name = "village neighbour"
))]
#[orm(foreign_key("twin", fields("tenant", "twin_name"), to = Village, to_fields("tenant", "name"), related_name = "twins"))]
#[orm(foreign_key("guess", fields("guessed", "name"), to = Village, to_fields("id", "name"), db_constraint = false, related_name = "+"))]
#[orm(unique("id", "name"))]
pub struct Village {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "+")]
    pub tenant: ForeignKey<Tenant>,
    pub name: String,
    pub canton_code: String,
    pub neighbour_letter: Option<String>,
    pub neighbour_number: Option<i32>,
    pub twin_name: Option<String>,
    pub guessed: Option<i64>,
}

/// Its columns are called as those that it points at.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(foreign_key("canton", fields("letter", "number"), to = Canton, to_fields("letter", "number"), on_delete = Restrict))]
pub struct Hamlet {
    pub id: i64,
    pub letter: String,
    pub number: i32,
}

/// What is unique begins with the columns of one foreign key, in another order, and the other says that it has no index.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unique("number", "letter", "id"))]
#[orm(foreign_key("canton", fields("letter", "number"), to = Canton, to_fields("letter", "number"), related_name = "+"))]
#[orm(foreign_key("second", fields("letter", "other"), to = Canton, to_fields("letter", "number"), related_name = "+", index = false))]
pub struct Farm {
    pub id: i64,
    pub letter: String,
    pub number: i32,
    pub other: Option<i32>,
}

/// As a foreign key of one column has it.
#[test]
fn its_columns_have_an_index() {
    let indexes = |model: &str| -> Vec<String> {
        let key = orm::models::ModelKey::new("suite", model);
        let meta = orm::models::registry().expect("it is resolved").model(&key);
        let indexes = meta.expect("it is linked").def.indexes.iter();
        indexes.map(|index| index.name.clone()).collect()
    };
    assert_eq!(indexes("Hamlet"), ["suite_hamlet_letter_number_idx"]);
    assert_eq!(
        indexes("Village"),
        [
            "suite_village_tenant_id_canton_code_idx",
            "suite_village_neighbour_letter_neighbour_number_idx",
            "suite_village_tenant_id_twin_name_idx",
            "suite_village_guessed_name_idx",
        ]
    );
    assert_eq!(indexes("Farm"), Vec::<String>::new());
}

behaviour! {
    fn columns_of_one_name_on_both_sides_are_told_apart(db) {
        let ann = run!(Tenant::create().name("Ann").save(db));
        let ge = run!(Canton::create().tenant(&ann).code("ge").letter("g").number(1).save(db));
        run!(Hamlet::create().letter("g").number(1).save(db));
        let blocked = error(attempt!(ge.delete(db)));
        assert!(blocked.to_string().contains("suite.Hamlet.canton still points at it"), "{blocked}");
        let missing = error(attempt!(Hamlet::create().letter("g").number(2).save(db)));
        assert!(missing.to_string().contains("the suite.Canton that suite.Hamlet.canton points at by letter, number does not exist"), "{missing}");
    }

    fn rows_point_by_all_columns(db) {
        let [ann, bob] = [run!(Tenant::create().name("Ann").save(db)), run!(Tenant::create().name("Bob").save(db))];
        run!(Canton::create().tenant(&ann).code("ge").letter("g").number(1).save(db));
        run!(Canton::create().tenant(&bob).code("vd").letter("v").number(1).save(db));
        run!(Village::create().tenant(&ann).name("Satigny").canton_code("ge").save(db));
        // The code is there, and of another tenant.
        let refused = error(attempt!(Village::create().tenant(&ann).name("Nyon").canton_code("vd").save(db)));
        assert!(refused.is_foreign_key_violation(), "{refused:?}");
        assert_eq!(refused.constraint(), Some("suite_village_canton_fk"));
        assert_eq!(refused.fields(), ["tenant", "canton_code"]);
        assert!(refused.to_string().contains("the suite.Canton that suite.Village.canton points at by tenant, canton_code does not exist"), "{refused}");
        let refused = error(attempt!(Village::create().tenant(&ann).name("Nyon").canton_code("ge").neighbour_letter("v").neighbour_number(2).save(db)));
        assert_eq!((refused.constraint(), refused.fields()), (Some("village neighbour"), &["neighbour_letter".to_owned(), "neighbour_number".to_owned()][..]));
    }

    fn a_null_in_one_column_points_nowhere(db) {
        let ann = run!(Tenant::create().name("Ann").save(db));
        run!(Canton::create().tenant(&ann).code("ge").letter("g").number(1).save(db));
        let new = |name: &str| Village::create().tenant(&ann).name(name).canton_code("ge");
        run!(new("Meyrin").neighbour_letter("x").save(db));
        run!(new("Vernier").neighbour_number(7).guessed(99).save(db));
        run!(new("Meinier").neighbour_letter("g").neighbour_number(1).twin_name("Meyrin").save(db));
        assert_eq!(run!(Village::objects().count(db)), 3);
        let missing = error(attempt!(new("Thônex").twin_name("Nowhere").save(db)));
        assert!(missing.is_foreign_key_violation(), "{missing:?}");
    }

    fn the_database_follows_rows_that_are_pointed_at(db) {
        let ann = run!(Tenant::create().name("Ann").save(db));
        let canton = |code: &str, number| Canton::create().tenant(&ann).code(code).letter("g").number(number);
        let ge = run!(canton("ge", 1).save(db));
        let vs = run!(canton("vs", 2).save(db));
        let sion = run!(Village::create().tenant(&ann).name("Sion").canton_code("vs").neighbour_letter("g").neighbour_number(1).save(db));
        let aire = run!(Village::create().tenant(&ann).name("Aire").canton_code("ge").twin_name("Sion").save(db));
        let blocked = error(attempt!(sion.delete(db)));
        assert!(blocked.is_foreign_key_violation(), "{blocked:?}");
        assert!(blocked.to_string().contains("suite.Village.twin still points at it"), "{blocked}");
        run!(Canton::objects().filter(|c| c.code.eq("vs")).update(|c| c.code.set("wallis")).run(db));
        assert_eq!(run!(Village::get(sion.id, db)).canton_code, "wallis");
        run!(ge.delete(db));
        assert_eq!(run!(Village::objects().filter(|v| v.id.eq(aire.id)).count(db)), 0);
        let left = run!(Village::get(sion.id, db));
        assert_eq!((left.neighbour_letter, left.neighbour_number), (None, None));
        run!(Canton::get((&ann, "wallis"), db));
        assert_eq!(run!(Canton::objects().filter(|c| c.letter.eq(&vs.letter)).delete().run(db)), 1);
        assert_eq!(run!(Village::objects().count(db)), 0);
    }

    fn keys_of_foreign_keys_are_followed_and_loaded(db) {
        let [ann, bob] = [run!(Tenant::create().name("Ann").save(db)), run!(Tenant::create().name("Bob").save(db))];
        for (tenant, number) in [(&ann, 1), (&bob, 2)] {
            run!(Canton::create().tenant(tenant).code("ge").letter("g").number(number).save(db));
            run!(Village::create().tenant(tenant).name("Meyrin").canton_code("ge").neighbour_letter("g").neighbour_number(1).save(db));
            run!(Village::create().tenant(tenant).name("Onex").canton_code("ge").twin_name("Meyrin").guessed(1).save(db));
        }
        let rows: Vec<(Canton, Vec<Village>, Vec<Village>)> = run!(Canton::objects().with(|c| c.village_set()).with(|c| c.neighbours()).all(db));
        let found: Vec<_> = rows.iter().map(|(canton, villages, neighbours)| (canton.tenant.id(), villages.len(), neighbours.len())).collect();
        assert_eq!(found, [(ann.id, 2, 2), (bob.id, 2, 0)]);
        assert!(rows.iter().all(|(canton, villages, _)| villages.iter().all(|village| village.tenant == canton.tenant)));
        let names = Village::objects().filter(|v| v.twin().twin().name.is_null() & v.canton().tenant().name.eq("Bob")).values(|v| (v.name, v.twin().tenant().name, v.guess().name));
        assert_eq!(run!(names.all(db)), [("Meyrin".to_owned(), None, None), ("Onex".to_owned(), Some("Bob".to_owned()), None)]);
        let twins: Vec<(Village, Vec<Village>)> = run!(Village::objects().with(|v| v.twins()).all(db));
        assert_eq!(twins.iter().map(|(village, twins)| (village.name.as_str(), twins.len())).collect::<Vec<_>>(), [("Meyrin", 1), ("Onex", 0), ("Meyrin", 1), ("Onex", 0)]);
        let tenants: Vec<(Tenant, Vec<(Canton, Vec<Village>)>)> = run!(Tenant::objects().with(|t| t.cantons().with(|c| c.village_set())).all(db));
        assert_eq!(tenants.iter().map(|(_, cantons)| cantons.iter().map(|(_, villages)| villages.len()).sum::<usize>()).collect::<Vec<_>>(), [2, 2]);
    }

    fn many_rows_are_written_and_refused_at_once(db) {
        let ann = run!(Tenant::create().name("Ann").save(db));
        run!(Canton::create().tenant(&ann).code("ge").letter("g").number(1).save(db));
        let new = |name: String, code: &str| Village::create().tenant(&ann).name(name).canton_code(code);
        let rows = (0..150).map(|at| new(format!("v{at}"), "ge"));
        assert_eq!(run!(Village::bulk_create(rows).all(db)).len(), 150);
        let rows = (0..3).map(|at| new(format!("w{at}"), if at == 2 { "xx" } else { "ge" }));
        let refused = error(attempt!(Village::bulk_create(rows).all(db)));
        assert!(refused.is_foreign_key_violation(), "{refused:?}");
        assert_eq!(run!(Village::objects().count(db)), 150);
        let refused = error(attempt!(Village::objects().update(|v| v.canton_code.set("xx")).run(db)));
        assert_eq!(refused.constraint(), Some("suite_village_canton_fk"));
    }
}
