//! Primary keys that get a larger type, fields that become join tables, composite keys and unmanaged tables, on a
//! populated database.

use orm::migrate::Target;
use orm_tests::Backend;
use orm_tests::behaviour::{error, value};

use super::on_both;
use super::renames::{from_there_and_back, there_and_back};
use super::snapshot::snapshot;
use super::world::{Project, numbers, populated, populated_plain, session, strings};

on_both! {
    a_primary_key_grows_with_its_sequence_and_its_foreign_keys,
    a_many_to_many_field_becomes_a_column_and_back,
    a_key_of_several_columns,
    an_unmanaged_table_is_never_touched,
    the_database_and_the_state_change_apart,
    foreign_keys_change_what_they_do_and_whether_they_are_there,
    a_foreign_key_over_dangling_rows_is_refused_and_nothing_is_lost,
    extensions_and_collations,
}

pub fn migrations_back(number: u8) -> Target {
    Target::Migration("shop".to_owned(), format!("{number:04}"))
}

fn a_primary_key_grows_with_its_sequence_and_its_foreign_keys(backend: Backend) {
    let key = |ty: &str| {
        format!(
            "[[operations]]\nkind = \"AlterField\"\nmodel = \"Author\"\nfield = {{ name = \"id\", type = \"{ty}\", primary_key = \
             true, generated = true }}\n"
        )
    };
    let joins = r#"
[[operations]]
kind = "AddField"
model = "Post"
field = { name = "readers", type = "many_to_many", to = "shop.Author" }

[[operations]]
kind = "CreateModel"
model = "Profile"
fields = [
    { name = "author", type = "one_to_one", to = "shop.Author", on_delete = "cascade", primary_key = true },
]

[[operations]]
kind = "CreateModel"
model = "Badge"
fields = [
    { name = "id", type = "int", primary_key = true, generated = true },
    { name = "profile", type = "foreign_key", to = "shop.Profile", on_delete = "cascade", index = true },
]
"#
    .to_owned();
    let rows = "INSERT INTO shop_post_readers (post_id, author_id) VALUES (1, 3); INSERT INTO shop_profile (author_id) VALUES (2); \
                INSERT INTO shop_badge (profile_id) VALUES (2);";
    // On Postgres a view prevents changing the type.
    let database = populated_plain(backend);
    from_there_and_back(
        &database,
        &(joins + &key("int")),
        rows,
        &key("big_int"),
        |session| {
            if backend == Backend::Postgres {
                let wide = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'bigint' AND \
                        (table_name, column_name) IN (('shop_author', 'id'), ('shop_post', 'author_id'), ('shop_post_readers', \
                        'author_id'), ('shop_profile', 'author_id'), ('shop_badge', 'profile_id'))";
                assert_eq!(numbers(session, wide), [5]);
                value(session.batch("ALTER SEQUENCE shop_author_id_seq RESTART WITH 3000000000"));
            } else {
                value(
                    session.batch("UPDATE sqlite_sequence SET seq = 2999999999 WHERE name = 'shop_author'"),
                );
            }
            value(session.batch("INSERT INTO shop_author (name) VALUES ('far')"));
            for sql in [
                "UPDATE shop_post SET author_id = 3000000000 WHERE id = 4",
                "INSERT INTO shop_post_readers (post_id, author_id) VALUES (2, 3000000000)",
                "INSERT INTO shop_profile (author_id) VALUES (3000000000)",
                "INSERT INTO shop_badge (profile_id) VALUES (3000000000)",
            ] {
                value(session.batch(sql));
                error(session.batch(&sql.replace("3000000000", "3000000001")));
            }
            assert_eq!(
                numbers(session, "SELECT author_id FROM shop_post ORDER BY id"),
                [1, 2, 1, 3_000_000_000]
            );
        },
    );
}

fn a_many_to_many_field_becomes_a_column_and_back(backend: Backend) {
    let many = "field = { name = \"fans\", type = \"many_to_many\", to = \"shop.Author\" }\n";
    let one = "field = { name = \"fans\", type = \"foreign_key\", to = \"shop.Author\", on_delete = \"set_null\", null = true, index \
               = true }\n";
    let add = |field: &str| format!("[[operations]]\nkind = \"AddField\"\nmodel = \"Post\"\n{field}");
    let remove = "[[operations]]\nkind = \"RemoveField\"\nmodel = \"Post\"\nfield = \"fans\"\n";
    let database = populated_plain(backend);
    let mut session = session(&database);
    let project = Project::shop().and(&add(many));
    value(project.migrate(&mut session));
    let altered = format!("[[operations]]\nkind = \"AlterField\"\nmodel = \"Post\"\n{one}");
    let before = snapshot(&database);
    let refused = error(project.clone().and(&altered).migrate(&mut session)).to_string();
    assert!(refused.contains("many-to-many"), "{refused}");
    assert_eq!(snapshot(&database), before);
    let project = project.and(&(remove.to_owned() + &add(one)));
    value(project.migrate(&mut session));
    value(session.batch("UPDATE shop_post SET fans_id = 2 WHERE id = 1"));
    error(session.batch("UPDATE shop_post SET fans_id = 99"));
    assert_eq!(numbers(&mut session, "SELECT count(*) FROM shop_post"), [4]);
    value(project.migrate_to(&mut session, &migrations_back(2)));
    assert_eq!(numbers(&mut session, "SELECT count(*) FROM shop_post_fans"), [0]);
    assert_eq!(numbers(&mut session, "SELECT count(*) FROM shop_comment"), [4]);
}

fn a_key_of_several_columns(backend: Backend) {
    let before = r#"
[[operations]]
kind = "CreateModel"
model = "Seat"
fields = [
    { name = "post", type = "foreign_key", to = "shop.Post", on_delete = "cascade", primary_key = true },
    { name = "row", type = "int", primary_key = true },
    { name = "number", type = "int" },
    { name = "note", type = "text", default = "-" },
]
"#;
    let wider = r#"
[[operations]]
kind = "AlterField"
model = "Seat"
field = { name = "number", type = "int", primary_key = true }

[[operations]]
kind = "AlterField"
model = "Seat"
field = { name = "row", type = "big_int", primary_key = true }
"#;
    let rows = "INSERT INTO shop_seat (post_id, row, number) VALUES (1, 1, 1), (1, 2, 1), (2, 1, 1)";
    there_and_back(backend, before, rows, wider, |session| {
        value(session.batch("INSERT INTO shop_seat (post_id, row, number) VALUES (1, 1, 2)"));
        error(session.batch("INSERT INTO shop_seat (post_id, row, number) VALUES (1, 1, 2)"));
        error(session.batch("INSERT INTO shop_seat (post_id, row, number) VALUES (99, 1, 2)"));
        value(session.batch("DELETE FROM shop_hold; DELETE FROM shop_post WHERE id = 1"));
        assert_eq!(strings(session, "SELECT note FROM shop_seat"), ["-"]);
    });
    let narrower = r#"
[[operations]]
kind = "AlterField"
model = "Seat"
field = { name = "row", type = "int" }
"#;
    let database = populated(backend);
    let mut here = session(&database);
    let project = Project::shop().and(before);
    value(project.migrate(&mut here));
    value(here.batch(rows));
    let old = snapshot(&database);
    let refused = error(project.and(narrower).migrate(&mut here)).to_string();
    assert!(refused.contains("(1 found)"), "{refused}");
    assert_eq!(snapshot(&database), old);
}

fn an_unmanaged_table_is_never_touched(backend: Backend) {
    let project = Project::shop().and(
        r#"
[[operations]]
kind = "CreateModel"
model = "Foreign"
unmanaged = true
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "others", type = "many_to_many", to = "shop.Post" },
]

[[operations]]
kind = "AlterModelOptions"
model = "Pin"
unmanaged = true

[[operations]]
kind = "AddField"
model = "Pin"
field = { name = "only_said", type = "int" }

[[operations]]
kind = "AddField"
model = "Foreign"
field = { name = "only_said", type = "int" }

[[operations]]
kind = "RenameModel"
old = "Pin"
new = "Needle"
"#,
    );
    let database = populated(backend);
    let before: Vec<String> = snapshot(&database);
    let same = |before: &[String]| {
        let history = |line: &&String| !line.contains("shop-");
        let now = snapshot(&database);
        assert_eq!(
            now.iter().filter(history).collect::<Vec<_>>(),
            before.iter().filter(history).collect::<Vec<_>>()
        );
    };
    value(project.migrate(&mut session(&database)));
    same(&before);
    let project = project.and(
        "[[operations]]\nkind = \"RemoveField\"\nmodel = \"Needle\"\nfield = \"only_said\"\n[[operations]]\nkind = \
         \"AlterModelTable\"\nmodel = \"Needle\"\ntable = \"shop_pin\"\n[[operations]]\nkind = \"AlterModelOptions\"\nmodel = \
         \"Needle\"\n[[operations]]\nkind = \"DeleteModel\"\nmodel = \"Foreign\"\n",
    );
    value(project.migrate(&mut session(&database)));
    same(&before);
    let managed = project.clone().and(
        "[[operations]]\nkind = \"AddField\"\nmodel = \"Needle\"\nfield = { name = \"real\", type = \"int\", default = 4 }\n",
    );
    value(managed.migrate(&mut session(&database)));
    assert_eq!(
        numbers(&mut session(&database), "SELECT sum(real) FROM shop_pin"),
        [12]
    );
    value(managed.migrate_to(&mut session(&database), &migrations_back(1)));
    same(&before);
}

fn the_database_and_the_state_change_apart(backend: Backend) {
    let operations = r#"
[[operations]]
kind = "SeparateDatabaseAndState"
database = [
    { kind = "RunSql", sqlite = { forward = "ALTER TABLE shop_log RENAME COLUMN line TO words", reverse = "ALTER TABLE shop_log RENAME COLUMN words TO line" }, postgres = { forward = "ALTER TABLE shop_log RENAME COLUMN line TO words", reverse = "ALTER TABLE shop_log RENAME COLUMN words TO line" } },
]
state = [
    { kind = "RemoveField", model = "Log", field = "line" },
    { kind = "AddField", model = "Log", field = { name = "words", type = "text" } },
]

[[operations]]
kind = "AlterField"
model = "Log"
field = { name = "words", type = "text", max_length = 50, null = true }
"#;
    let database = populated_plain(backend);
    let mut here = session(&database);
    value(here.batch("INSERT INTO shop_log (line) VALUES ('kept')"));
    let old = snapshot(&database).len();
    let project = Project::shop().and(operations);
    value(project.migrate(&mut here));
    assert_eq!(strings(&mut here, "SELECT words FROM shop_log"), ["kept"]);
    value(project.migrate_to(&mut here, &migrations_back(1)));
    assert_eq!(strings(&mut here, "SELECT line FROM shop_log"), ["kept"]);
    assert_eq!(snapshot(&database).len(), old);
}

fn extensions_and_collations(backend: Backend) {
    let project = Project::shop().and(
        r#"
[[operations]]
kind = "CreateExtension"
name = "plpgsql"

[[operations]]
kind = "CreateCollation"
name = "any case"
locale = "und-u-ks-level2"
provider = "icu"
deterministic = false
"#,
    );
    let database = populated_plain(backend);
    let mut here = session(&database);
    value(project.migrate(&mut here));
    let collations =
        "SELECT count(*) FROM pg_collation WHERE collname = 'any case' AND NOT collisdeterministic";
    if backend == Backend::Postgres {
        assert_eq!(numbers(&mut here, collations), [1]);
        assert_eq!(
            numbers(
                &mut here,
                "SELECT count(*) WHERE 'ADA' = 'ada' COLLATE \"any case\""
            ),
            [1]
        );
    }
    let project = project.and("[[operations]]\nkind = \"RemoveCollation\"\nname = \"any case\"\n");
    value(project.migrate(&mut here));
    if backend == Backend::Postgres {
        assert_eq!(numbers(&mut here, collations), [0]);
    }
    value(project.migrate_to(&mut here, &migrations_back(2)));
    if backend == Backend::Postgres {
        assert_eq!(numbers(&mut here, collations), [1]);
    }
    assert_eq!(numbers(&mut here, "SELECT count(*) FROM shop_post"), [4]);
}

fn altered_key(model: &str, name: &str, options: &str) -> String {
    format!(
        "[[operations]]\nkind = \"AlterField\"\nmodel = \"{model}\"\nfield = {{ name = \"{name}\", type = \"foreign_key\", to = \
         \"shop.Post\", index = true, {options} }}\n"
    )
}

fn foreign_keys_change_what_they_do_and_whether_they_are_there(backend: Backend) {
    let operations = [
        altered_key(
            "Comment",
            "post",
            "on_delete = \"restrict\", on_update = \"cascade\", deferrable = \"immediate\"",
        ),
        altered_key("Pin", "post", "null = true, db_constraint = false"),
        altered_key(
            "Post",
            "parent",
            "null = true, on_update = \"set_null\", deferrable = \"no\"",
        ),
        altered_key(
            "Hold",
            "post",
            "on_delete = \"restrict\", on_update = \"cascade\", deferrable = \"deferred\"",
        ),
    ]
    .concat();
    there_and_back(backend, "", "", &operations, |session| {
        value(session.execute("UPDATE shop_post SET id = 11 WHERE id = 1", &[]));
        assert_eq!(
            numbers(session, "SELECT post_id FROM shop_comment ORDER BY id"),
            [11, 11, 2, 3]
        );
        assert_eq!(
            numbers(session, "SELECT post_id FROM shop_hold ORDER BY id"),
            [11, 4]
        );
        // Nothing enforces it: the value stays.
        assert_eq!(
            numbers(
                session,
                "SELECT post_id FROM shop_pin WHERE post_id IS NOT NULL ORDER BY id"
            ),
            [1, 3]
        );
        assert_eq!(
            numbers(session, "SELECT count(*) FROM shop_post WHERE parent_id IS NULL"),
            [3]
        );
        assert!(
            session
                .execute("DELETE FROM shop_post WHERE id = 2", &[])
                .is_err()
        );
    });
}

fn a_foreign_key_over_dangling_rows_is_refused_and_nothing_is_lost(backend: Backend) {
    let database = populated(backend);
    let unheld = Project::shop().and(&altered_key("Pin", "post", "null = true, db_constraint = false"));
    let mut here = session(&database);
    value(unheld.migrate(&mut here));
    value(here.batch("INSERT INTO shop_pin (post_id) VALUES (77)"));
    drop(here);
    let before = snapshot(&database);
    let held = unheld.and(&altered_key(
        "Pin",
        "post",
        "null = true, on_delete = \"set_null\"",
    ));
    let refused = error(held.migrate(&mut session(&database)));
    assert!(refused.to_string().contains("shop_pin"), "{refused}");
    assert_eq!(snapshot(&database), before);
    value(session(&database).batch("DELETE FROM shop_pin WHERE post_id = 77"));
    value(held.migrate(&mut session(&database)));
    assert!(
        session(&database)
            .batch("INSERT INTO shop_pin (post_id) VALUES (77)")
            .is_err()
    );
}
