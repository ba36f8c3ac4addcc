//! Views: what was changed is what would have been made, rows that are stored included, and what reads it goes on.

use crate::model::{GrantDef, IndexDef, ModelDef, ModelKey, Privilege, TableObjectDef, ViewDef};
use crate::sql::{Dialect, Session};
use crate::value::FieldType;

use super::super::testing::{Lite, Pg, all, id, model, run, state};
use super::super::{alter_model, create_model, delete_model, empty_view, fill_view};
use super::FieldDef;

/// Queries with the fields that they give beside `id`.
const QUERIES: [(&str, &[(&str, FieldType)]); 6] = [
    ("SELECT id, a FROM shop_base", &[("a", FieldType::Text)]),
    (
        "SELECT a, id FROM shop_base WHERE a <> 'x'",
        &[("a", FieldType::Text)],
    ),
    (
        "SELECT id, a, n FROM shop_base",
        &[("a", FieldType::Text), ("n", FieldType::BigInt)],
    ),
    (
        "SELECT id, a || '!' AS a, n AS \"the \"\"n\"\" ü\" FROM shop_base;",
        &[("a", FieldType::Text), ("the \"n\" ü", FieldType::BigInt)],
    ),
    // `a` is of another type.
    ("SELECT id, n AS a FROM shop_base", &[("a", FieldType::BigInt)]),
    (
        "WITH few AS (SELECT * FROM shop_base WHERE n IS NOT NULL) SELECT id, a FROM few -- all of them",
        &[("a", FieldType::Text)],
    ),
];

fn base() -> ModelDef {
    let mut number = FieldDef::new("n", FieldType::BigInt);
    number.null = true;
    model("Base", vec![id(), FieldDef::new("a", FieldType::Text), number])
}

fn view(query: usize, change: impl FnOnce(&mut ModelDef, &mut ViewDef)) -> ModelDef {
    let (sql, fields) = QUERIES[query];
    let fields = fields.iter().map(|(name, ty)| FieldDef::new(*name, *ty));
    let mut view = model("Seen", [id()].into_iter().chain(fields).collect());
    let mut about = ViewDef {
        sql: Some(sql.to_owned()),
        sqlite: None,
        postgres: None,
        reads: vec![ModelKey::new("shop", "Base")],
        materialized: false,
        with_no_data: false,
    };
    change(&mut view, &mut about);
    view.view = Some(about);
    view
}

/// Views of which each may become each.
fn forms(dialect: &Dialect) -> Vec<ModelDef> {
    let plain = (0..QUERIES.len()).map(|query| view(query, |_, _| {}));
    let said = view(0, |model, _| model.comment = Some("it's seen".to_owned()));
    let renamed = view(2, |model, _| model.table = Some("other \"name\"".to_owned()));
    let own = view(1, |_, view| {
        view.sqlite = Some("SELECT a, id FROM shop_base WHERE a IS NOT NULL".to_owned());
        view.postgres = Some("SELECT a, id FROM shop_base WHERE a IS DISTINCT FROM NULL".to_owned());
    });
    let all = plain.chain([said, renamed, own]);
    let stored = [
        view(0, |_, view| view.materialized = true),
        view(0, |model, view| {
            model.comment = Some("stored".to_owned());
            model.indexes = vec![IndexDef::over("seen_a", vec!["a".to_owned()])];
            view.materialized = true;
        }),
        view(2, |model, view| {
            model.indexes = vec![IndexDef::over("seen_a", vec!["a".to_owned(), "n".to_owned()])];
            view.materialized = true;
        }),
    ];
    let stored = stored.into_iter().filter(|_| dialect.materialized_views);
    let to = |role: &str, privileges: &[Privilege], fields: &[&str]| {
        let mut grant = GrantDef::to(role);
        grant.privileges = privileges.to_vec();
        let fields: Vec<String> = fields.iter().map(|&field| field.to_owned()).collect();
        if !fields.is_empty() {
            grant.fields.insert(Privilege::Update, fields);
        }
        TableObjectDef::from(grant)
    };
    let granted = [
        view(0, |model, _| {
            model.objects = vec![to("public", &[Privilege::Select], &[])]
        }),
        view(3, |model, _| {
            model.objects = vec![to("pg_monitor", &[Privilege::Select], &["a", "the \"n\" ü"])];
        }),
        view(4, |model, view| {
            view.materialized = true;
            model.objects = vec![
                to("pg_monitor", &[Privilege::Select, Privilege::Insert], &["a"]),
                to("pg_read_all_stats", &[], &["id"]),
            ];
        }),
    ];
    let granted = granted.into_iter().filter(|_| dialect.roles);
    all.chain(stored).chain(granted).collect()
}

/// What is there of a view, as the database describes it, and its rows.
fn found(session: &mut dyn Session, view: &ModelDef) -> Vec<String> {
    let name = view.table_name();
    let about = match session.dialect().name {
        "sqlite" => format!(
            "SELECT type || ' ' || name || ': ' || sql FROM sqlite_master WHERE name = '{}'",
            name.name
        ),
        _ => format!(
            "SELECT concat_ws(' ', c.relkind, c.relname, pg_get_viewdef(c.oid), obj_description(c.oid), c.relispopulated, (SELECT \
             string_agg(pg_get_indexdef(i.indexrelid), '; ' ORDER BY i.indexrelid::regclass::text COLLATE \"C\") FROM pg_index AS i WHERE \
             i.indrelid = c.oid), (SELECT string_agg(concat_ws(' ', a.attname, a.atttypid::regtype), ', ' ORDER BY a.attnum) FROM \
             pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), (SELECT string_agg(concat_ws(' ', g.grantee::regrole, \
             g.privilege_type, g.attname), ', ' ORDER BY g.grantee, g.privilege_type, g.attname) FROM (SELECT e.grantee, e.privilege_type, NULL::name AS attname FROM aclexplode(c.relacl) AS e \
             UNION ALL SELECT e.grantee, e.privilege_type, a.attname FROM pg_attribute AS a, aclexplode(a.attacl) AS e WHERE a.attrelid = c.oid) AS g \
             WHERE g.grantee <> c.relowner)) FROM pg_class AS c WHERE c.oid = \
             '{}'::regclass",
            name.quoted()
        ),
    };
    let mut found = all(session, &about);
    assert_eq!(found.len(), 1, "{about}");
    let columns: Vec<String> = (view.fields.iter())
        .map(|field| {
            format!(
                "coalesce(CAST({} AS text), '-')",
                crate::sql::quote(&field.column_name())
            )
        })
        .collect();
    let rows = format!(
        "SELECT {} FROM {} ORDER BY 1",
        columns.join(" || ' ' || "),
        name.quoted()
    );
    found.extend(all(session, &rows));
    found
}

/// With rows in the table, a view by hand that reads the view, and a comment that others made on that.
fn holds(session: &mut dyn Session) {
    let dialect = session.dialect();
    let base = base();
    run(session, &create_model(&base, &state(&[&base]), dialect).unwrap()).unwrap();
    session
        .batch("INSERT INTO shop_base (id, a, n) VALUES (1, 'x', 5), (2, 'ü', NULL), (3, '', -1)")
        .unwrap();
    let forms = forms(dialect);
    let made: Vec<Vec<String>> = (forms.iter())
        .map(|form| {
            let known = state(&[&base, form]);
            run(session, &create_model(form, &known, dialect).unwrap()).unwrap();
            let made = found(session, form);
            run(session, &delete_model(form, &state(&[&base]), dialect).unwrap()).unwrap();
            made
        })
        .collect();
    for (at, from) in forms.iter().enumerate() {
        for (to_at, (to, made)) in forms.iter().zip(&made).enumerate() {
            // Each way for every other pair, and both for what stays as it is.
            let ways = [false, true].into_iter();
            for emptied in ways.filter(|emptied| {
                at == to_at || (at + to_at + usize::from(at > to_at)).is_multiple_of(2) == *emptied
            }) {
                let (before, after) = (state(&[&base, from]), state(&[&base, to]));
                run(session, &create_model(from, &before, dialect).unwrap()).unwrap();
                // A view that reads another by its name does not follow a rename on SQLite.
                let read = from.table_name() == to.table_name() || dialect.rename_views;
                if read {
                    let name = from.table_name().quoted();
                    session
                        .batch(&format!("CREATE VIEW above AS SELECT id FROM {name}"))
                        .unwrap();
                }
                let steps = match emptied {
                    false => alter_model(from, &before, to, &after, &[], dialect).unwrap(),
                    true => {
                        let mut steps: Vec<_> = empty_view(from).into_iter().collect();
                        steps.extend(fill_view((from, &before), (to, &after), dialect).unwrap());
                        steps
                    }
                };
                assert!(from != to || emptied || steps.is_empty(), "{steps:?}");
                run(session, &steps)
                    .unwrap_or_else(|error| panic!("{error:?}\n{from:#?}\n{to:#?}\n{steps:#?}"));
                assert_eq!(&found(session, to), made, "{from:#?}\n{to:#?}\n{steps:#?}");
                if read {
                    let ids = all(session, "SELECT CAST(id AS text) FROM above ORDER BY 1");
                    let name = to.table_name().quoted();
                    let own = all(
                        session,
                        &format!("SELECT CAST(id AS text) FROM {name} ORDER BY 1"),
                    );
                    assert_eq!(ids, own);
                    session.batch("DROP VIEW above").unwrap();
                }
                run(session, &delete_model(to, &state(&[&base]), dialect).unwrap()).unwrap();
            }
        }
    }
}

#[test]
fn views_are_and_become_what_was_asked_for_on_sqlite() {
    holds(&mut Lite::new());
}

#[test]
fn views_are_and_become_what_was_asked_for_on_postgres() {
    holds(&mut Pg::new());
}
