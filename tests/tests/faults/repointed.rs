//! Foreign keys that come to point at another column, beside other changes of the same migration.

use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::on_both;
use super::world::{Project, numbers, populated, session, strings};

on_both! {
    the_column_that_it_pointed_at_goes_with_it,
    what_points_at_the_foreign_key_itself_is_refused,
    what_is_computed_from_it_is_computed_again,
    fields_of_the_other_model_change_beside_it,
}

fn the_column_that_it_pointed_at_goes_with_it(backend: Backend) {
    let database = populated(backend);
    let mut here = session(&database);
    let project = Project::shop().and(
        r#"
[[operations]]
kind = "CreateModel"
model = "Shelf"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "number", type = "big_int", unique = true },
    { name = "parent", type = "foreign_key", to = "shop.Shelf", to_field = "number", on_delete = "cascade", null = true },
]
"#,
    );
    value(project.migrate(&mut here));
    value(here.batch(
        "INSERT INTO shop_shelf (number, parent_id) VALUES (3, NULL); INSERT INTO shop_shelf (number, parent_id) VALUES (1, 3);
         INSERT INTO shop_shelf (number, parent_id) VALUES (2, 1);",
    ));
    let project = project.and(
        r#"
[[operations]]
kind = "AlterField"
model = "Shelf"
field = { name = "parent", type = "foreign_key", to = "shop.Shelf", on_delete = "cascade", null = true }

[[operations]]
kind = "RemoveField"
model = "Shelf"
field = "number"
"#,
    );
    value(project.migrate(&mut here));
    assert_eq!(
        numbers(
            &mut here,
            "SELECT coalesce(parent_id, 0) FROM shop_shelf ORDER BY id"
        ),
        [0, 1, 2]
    );
}

fn what_points_at_the_foreign_key_itself_is_refused(backend: Backend) {
    let database = populated(backend);
    let mut here = session(&database);
    let project = Project::shop().and(
        r#"
[[operations]]
kind = "CreateModel"
model = "Land"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "number", type = "big_int", unique = true },
]

[[operations]]
kind = "CreateModel"
model = "Embassy"
fields = [{ name = "land", type = "one_to_one", to = "shop.Land", on_delete = "cascade", primary_key = true }]

[[operations]]
kind = "CreateModel"
model = "Visa"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "embassy", type = "foreign_key", to = "shop.Embassy", on_delete = "cascade" },
]
"#,
    );
    value(project.migrate(&mut here));
    value(here.batch(
        "INSERT INTO shop_land (number) VALUES (2), (1); INSERT INTO shop_embassy (land_id) VALUES (1), (2);
         INSERT INTO shop_visa (embassy_id) VALUES (1);",
    ));
    let project = project.and(
        r#"
[[operations]]
kind = "AlterField"
model = "Embassy"
field = { name = "land", type = "one_to_one", to = "shop.Land", to_field = "number", on_delete = "cascade", primary_key = true }
"#,
    );
    let refused = error(project.migrate(&mut here)).to_string();
    assert!(
        refused.contains("shop.Visa.embassy points at shop.Embassy.land") && refused.contains("hint: "),
        "{refused}"
    );
    assert_eq!(
        numbers(&mut here, "SELECT land_id FROM shop_embassy ORDER BY land_id"),
        [1, 2]
    );
    assert_eq!(numbers(&mut here, "SELECT embassy_id FROM shop_visa"), [1]);
}

const LANDS: &str = r#"
[[operations]]
kind = "CreateModel"
model = "Land"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "code", type = "text", unique = true },
    { name = "iso", type = "text", unique = true },
    { name = "title", type = "text" },
]

[[operations]]
kind = "CreateModel"
model = "Parcel"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "land", type = "foreign_key", to = "shop.Land", to_field = "code", on_delete = "cascade" },
    { name = "label", type = "text", generated_as = { expression = ["concat", { field = "land" }, "!"] } },
]
"#;

const PARCELS: &str = "
    INSERT INTO shop_land (code, iso, title) VALUES ('CL', 'CHL', 'Chile'), ('PE', 'PER', 'Peru');
    INSERT INTO shop_parcel (land_id) VALUES ('PE'), ('CL');
";

fn what_is_computed_from_it_is_computed_again(backend: Backend) {
    let database = populated(backend);
    let mut here = session(&database);
    let project = Project::shop().and(LANDS);
    value(project.migrate(&mut here));
    value(here.batch(PARCELS));
    let project = project.and(
        r#"
[[operations]]
kind = "AlterField"
model = "Parcel"
field = { name = "land", type = "foreign_key", to = "shop.Land", to_field = "iso", on_delete = "cascade" }
"#,
    );
    value(project.migrate(&mut here));
    assert_eq!(
        strings(&mut here, "SELECT label FROM shop_parcel ORDER BY id"),
        ["PER!", "CHL!"]
    );
}

fn fields_of_the_other_model_change_beside_it(backend: Backend) {
    let database = populated(backend);
    let mut here = session(&database);
    let project = Project::shop().and(&LANDS.replace(
        "    { name = \"label\", type = \"text\", generated_as = { expression = [\"concat\", { field = \"land\" }, \"!\"] } },\n",
        "",
    ));
    value(project.migrate(&mut here));
    value(here.batch(PARCELS));
    let project = project.and(
        r#"
[[operations]]
kind = "RenameField"
model = "Land"
old = "title"
new = "label"

[[operations]]
kind = "AlterField"
model = "Parcel"
field = { name = "land", type = "foreign_key", to = "shop.Land", on_delete = "cascade" }

[[operations]]
kind = "RemoveField"
model = "Land"
field = "code"
"#,
    );
    value(project.migrate(&mut here));
    assert_eq!(
        strings(
            &mut here,
            "SELECT l.label FROM shop_parcel AS p JOIN shop_land AS l ON l.id = p.land_id ORDER BY p.id"
        ),
        ["Peru", "Chile"]
    );
}
