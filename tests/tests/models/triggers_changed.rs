//! Triggers that change, and tables with triggers that do.

use orm::Db;
use orm::migrate::Target;
use orm::models::{FieldDef, ModelDef, TableObjectDef, TriggerDef, TriggerEvent, TriggerTiming};
use orm::prelude::*;
use orm_tests::behaviour::{error, value};
use orm_tests::{Backend, Database};

use crate::triggers::{Page, made, models, page, strings};

fn trigger<'m>(model: &'m mut ModelDef, name: &str) -> &'m mut TriggerDef {
    let mut objects = model.objects.iter_mut();
    let found = objects.find_map(|object| match object {
        TableObjectDef::Trigger(trigger) if trigger.name == name => Some(trigger),
        _ => None,
    });
    found.expect("it is there")
}

fn back(name: &str) -> Target {
    Target::from_args(Some("watched"), Some(name))
}

fn sql(database: &Database, sql: &str) {
    value(value(value(Db::connect(database.url())).session()).batch(sql));
}

fn slugs(database: &Database) -> Vec<String> {
    strings(database, "SELECT slug FROM watched_page ORDER BY id")
}

/// A body, the fields and the condition of a trigger change; so does its name, and backwards it is what it was.
#[test]
fn a_trigger_changes_and_goes_back() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::empty(backend);
        let mut project = made(&models());
        project.run(&database, &Target::Latest);
        sql(
            &database,
            "INSERT INTO watched_page (title, slug) VALUES ('One', '')",
        );
        assert_eq!(slugs(&database), ["one"]);

        let mut changed = models();
        let page = page(&mut changed);
        let before = trigger(page, "page_slug");
        before.postgres =
            Some("DECLARE made text := upper(NEW.title); BEGIN NEW.slug := made; RETURN NEW; END".to_owned());
        let after = trigger(page, "page_slug_after");
        after.sqlite =
            Some("UPDATE watched_page SET slug = upper(NEW.title) WHERE id = NEW.id; SELECT 1;".to_owned());
        trigger(page, "page_gone").condition = None;
        "page_stays".clone_into(&mut trigger(page, "page_kept").name);
        let lines = project.make(&changed);
        assert!(
            lines
                .iter()
                .any(|line| line == "- remove trigger page_kept from Page"),
            "{lines:?}"
        );
        assert!(
            lines
                .iter()
                .any(|line| line == "+ add trigger page_stays to Page"),
            "{lines:?}"
        );
        project.run(&database, &Target::Latest);
        assert_eq!(project.make(&changed), Vec::<String>::new());
        sql(
            &database,
            "INSERT INTO watched_page (title, slug) VALUES ('Two', '')",
        );
        assert_eq!(slugs(&database), ["one", "TWO"]);
        sql(
            &database,
            "UPDATE watched_page SET title = 'quiet' WHERE slug = 'TWO'; DELETE FROM watched_page WHERE title = 'quiet'",
        );
        assert_eq!(
            strings(&database, "SELECT text FROM watched_line"),
            ["gone: quiet"]
        );

        project.run(&database, &back("0001"));
        sql(
            &database,
            "INSERT INTO watched_page (title, slug) VALUES ('Three', '')",
        );
        assert_eq!(slugs(&database), ["one", "three"]);
        project.run(&database, &back("zero"));
        if backend == Backend::Postgres {
            let functions = "SELECT proname::text FROM pg_proc WHERE prorettype = 'trigger'::regtype AND proname LIKE 'page%'";
            assert_eq!(strings(&database, functions), Vec::<String>::new());
        }
    }
}

/// Fields that it names are renamed, retyped and removed; the rows stay.
#[test]
fn a_trigger_stands_through_changes_of_its_table() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::empty(backend);
        let mut first = models();
        page(&mut first).objects.push(TableObjectDef::Trigger(TriggerDef {
            of: vec!["title".to_owned()],
            condition: Some("OLD.title <> NEW.title".to_owned()),
            postgres: Some("INSERT INTO watched_line (text) VALUES ('changed'); RETURN NULL;".to_owned()),
            sqlite: Some("INSERT INTO watched_line (text) VALUES ('changed')".to_owned()),
            ..TriggerDef::new("page_changed", TriggerTiming::After, [TriggerEvent::Update])
        }));
        let mut project = made(&first);
        project.run(&database, &Target::Latest);
        // What others made stays, too.
        match backend {
            Backend::Sqlite => sql(&database, "CREATE TRIGGER theirs AFTER UPDATE OF title ON watched_page BEGIN INSERT INTO watched_line (text) VALUES ('theirs'); END"),
            Backend::Postgres => sql(
                &database,
                "CREATE FUNCTION their() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO watched_line (text) VALUES (''theirs''); RETURN NULL; END';
                 CREATE TRIGGER theirs AFTER UPDATE OF title ON watched_page FOR EACH ROW WHEN (OLD.title IS DISTINCT FROM NEW.title) EXECUTE FUNCTION their();
                 CREATE TRIGGER off AFTER UPDATE OF title ON watched_page FOR EACH ROW EXECUTE FUNCTION their();
                 COMMENT ON TRIGGER off ON watched_page IS 'it''s off'; ALTER TABLE watched_page DISABLE TRIGGER off",
            ),
        }
        sql(
            &database,
            "INSERT INTO watched_page (title, slug) VALUES ('1', '')",
        );

        // Another type, and a field more that takes a rebuild.
        let mut retyped = first.clone();
        let fields = &mut page(&mut retyped).fields;
        fields.retain(|field| field.name != "title");
        let mut title = FieldDef::new("title", orm::fields::FieldType::BigInt);
        title.null = true;
        fields.push(title);
        let mut seen = FieldDef::new("seen", orm::fields::FieldType::BigInt);
        seen.unique = true;
        seen.null = true;
        fields.push(seen);
        for name in ["page_slug", "page_slug_after", "page_gone", "page_kept"] {
            page(&mut retyped).objects.retain(|object| object.name() != name);
        }
        project.make(&retyped);
        project.run(&database, &Target::Latest);
        sql(&database, "UPDATE watched_page SET title = 2");
        let mut lines = strings(&database, "SELECT text FROM watched_line");
        lines.sort();
        assert_eq!(lines, ["changed", "theirs"], "{backend:?}");
        if backend == Backend::Postgres {
            let off = "SELECT tgenabled::text || obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE tgname = 'off'";
            assert_eq!(strings(&database, off), ["Dit's off"]);
        }

        // A field that it names has another name, and no word of the trigger changes.
        let mut renamed = retyped.clone();
        let model = page(&mut renamed);
        let field = model
            .fields
            .iter_mut()
            .find(|field| field.name == "title")
            .expect("it is there");
        "head".clone_into(&mut field.name);
        field.column = Some("title".to_owned());
        field.renamed_from = Some("title".to_owned());
        trigger(model, "page_changed").of = vec!["head".to_owned()];
        let lines = project.make(&renamed);
        assert!(!lines.iter().any(|line| line.contains("trigger")), "{lines:?}");
        project.run(&database, &Target::Latest);
        assert_eq!(project.make(&renamed), Vec::<String>::new());

        // Both go.
        let mut gone = renamed.clone();
        let model = page(&mut gone);
        model.objects.clear();
        model.fields.retain(|field| field.name != "head");
        if backend == Backend::Postgres {
            sql(
                &database,
                "DROP TRIGGER theirs ON watched_page; DROP TRIGGER off ON watched_page",
            );
        } else {
            sql(&database, "DROP TRIGGER theirs");
        }
        let lines = project.make(&gone);
        assert_eq!(
            lines,
            [
                "- remove trigger page_changed from Page",
                "- remove field head from Page"
            ]
        );
        project.run(&database, &Target::Latest);
        project.run(&database, &back("0002"));
        sql(
            &database,
            "UPDATE watched_page SET title = 8; DELETE FROM watched_line",
        );
        sql(&database, "UPDATE watched_page SET title = 9");
        assert_eq!(strings(&database, "SELECT text FROM watched_line"), ["changed"]);
    }
}

/// What somebody has disabled stays disabled, whatever changes of it.
#[test]
fn a_disabled_trigger_stays_disabled() {
    let database = Database::empty(Backend::Postgres);
    let mut project = made(&models());
    project.run(&database, &Target::Latest);
    let state = "SELECT tgenabled::text FROM pg_trigger WHERE tgname = 'page_slug'";
    for (how, shown) in [
        ("DISABLE", "D"),
        ("ENABLE REPLICA", "R"),
        ("ENABLE ALWAYS", "A"),
        ("ENABLE", "O"),
    ] {
        sql(
            &database,
            &format!("ALTER TABLE watched_page {how} TRIGGER page_slug"),
        );
        let mut changed = models();
        let slug = trigger(page(&mut changed), "page_slug");
        slug.condition = Some(format!("NEW.title <> '{shown}'"));
        project.make(&changed);
        project.run(&database, &Target::Latest);
        assert_eq!(strings(&database, state), [shown]);
    }
}

/// Functions that are made stand beside their table, and go where it goes.
#[test]
fn functions_follow_their_table() {
    let database = Database::empty(Backend::Postgres);
    let mut models = models();
    models.retain(|model| model.name == "Page");
    let model = page(&mut models);
    model.objects.retain(|object| object.name() == "page_slug");
    model.schema = Some("Watched \"1\"".to_owned());
    let mut project = made(&models);
    project.run(&database, &Target::Latest);
    let stands = "SELECT n.nspname::text FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE p.proname = 'page_slug'";
    assert_eq!(strings(&database, stands), ["Watched \"1\""]);
    for schema in [Some("other"), None, Some("Watched \"1\"")] {
        page(&mut models).schema = schema.map(str::to_owned);
        page(&mut models).table = schema.map(|_| "pages".to_owned());
        project.make(&models);
        project.run(&database, &Target::Latest);
        assert_eq!(strings(&database, stands), [schema.unwrap_or("public")]);
        let table = page(&mut models).table_name();
        let name = table.schema.map_or_else(String::new, |schema| {
            format!("\"{}\".", schema.replace('"', "\"\""))
        });
        sql(
            &database,
            &format!(
                "INSERT INTO {name}\"{}\" (title, slug) VALUES ('X', '')",
                table.name
            ),
        );
    }
    project.run(&database, &back("zero"));
    assert_eq!(strings(&database, stands), Vec::<String>::new());
}

/// A function that is there already, transition tables and a trigger that waits for the end of the transaction.
#[test]
fn postgres_has_more() {
    let database = Database::empty(Backend::Postgres);
    sql(
        &database,
        "CREATE SCHEMA audit; CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO watched_line (text) VALUES \
         (TG_OP || ' ' || TG_LEVEL); RETURN NULL; END$$",
    );
    let mut models = models();
    let model = page(&mut models);
    model.objects.clear();
    let mut noted = TriggerDef::new(
        "noted",
        TriggerTiming::After,
        [TriggerEvent::Delete, TriggerEvent::Insert, TriggerEvent::Truncate],
    );
    noted.each_statement = true;
    noted.function = Some("audit.note".to_owned());
    let mut counted = TriggerDef::new("counted", TriggerTiming::After, [TriggerEvent::Update]);
    counted.each_statement = true;
    (counted.old_rows, counted.new_rows) = (Some("was".to_owned()), Some("is now".to_owned()));
    counted.postgres = Some(
        "INSERT INTO watched_line (text) SELECT count(*) || ' rows' FROM was JOIN \"is now\" USING (id); RETURN NULL;".to_owned(),
    );
    let mut late = TriggerDef::new("late", TriggerTiming::After, [TriggerEvent::Insert]);
    late.deferrable = orm::models::Deferrable::Deferred;
    late.postgres = Some("IF EXISTS (SELECT FROM watched_page WHERE id = NEW.id AND slug = '') THEN RAISE EXCEPTION 'no slug'; END IF; RETURN NULL".to_owned());
    for object in [noted, counted, late] {
        model.objects.push(object.into());
    }
    let mut project = made(&models);
    project.run(&database, &Target::Latest);
    assert_eq!(project.make(&models), Vec::<String>::new());
    sql(
        &database,
        "BEGIN; INSERT INTO watched_page (title, slug) VALUES ('a', ''), ('b', ''); UPDATE watched_page SET slug = 'x'; COMMIT; TRUNCATE watched_page",
    );
    assert_eq!(
        strings(&database, "SELECT text FROM watched_line ORDER BY id"),
        ["INSERT STATEMENT", "2 rows", "TRUNCATE STATEMENT"]
    );
    let db = value(Db::connect(database.url()));
    let refused = error(Page::create().title("c").save(&db));
    assert!(refused.to_string().contains("no slug"), "{refused}");
    // On the way back the function of others stays.
    project.run(&database, &back("zero"));
    assert_eq!(
        strings(
            &database,
            "SELECT proname::text FROM pg_proc WHERE pronamespace = 'audit'::regnamespace"
        ),
        ["note"]
    );
}
