//! Policies, row security and grants: what was made and changed is what was asked for.

use serde_json::json;

use crate::model::{
    GeneratedDef, GrantDef, ModelDef, PolicyCommand, PolicyDef, Privilege, RowCondition, RowSecurityDef,
    TableObjectDef,
};
use crate::sql::Session;
use crate::value::FieldType;

use super::super::testing::{Lite, Pg, all, expression, id, model, run, state};
use super::super::{alter_model, create_model};
use super::{FieldDef, assert_each_becomes_each};

/// Roles that every server has.
const ROLES: [&str; 2] = ["pg_monitor", "pg_read_all_stats"];

fn guarded(objects: &[TableObjectDef]) -> ModelDef {
    let text = |name: &str| FieldDef::new(name, FieldType::Text);
    let mut thing = model("Guarded", vec![id(), text("a"), text("the \"b\"")]);
    thing.objects = objects.to_vec();
    thing
}

fn sql(text: &str) -> Option<RowCondition> {
    Some(RowCondition::Sql { sql: text.to_owned() })
}

fn policy(change: impl FnOnce(&mut PolicyDef)) -> TableObjectDef {
    let mut policy = PolicyDef::new("the \"own\" ü");
    change(&mut policy);
    policy.into()
}

fn grant(to: &str, privileges: &[Privilege], fields: &[(Privilege, &[&str])]) -> TableObjectDef {
    let mut grant = GrantDef::to(to);
    grant.privileges = privileges.to_vec();
    let owned = |fields: &[&str]| fields.iter().map(|&field| field.to_owned()).collect();
    grant.fields = fields.iter().map(|(one, fields)| (*one, owned(fields))).collect();
    grant.into()
}

/// Sets of which each may become each.
fn sets() -> Vec<Vec<TableObjectDef>> {
    let forced = |forced| TableObjectDef::from(RowSecurityDef { forced });
    let plain = policy(|one| one.using = sql("true"));
    vec![
        Vec::new(),
        vec![forced(false), plain.clone()],
        vec![plain.clone(), forced(true)],
        vec![policy(|one| {
            one.command = PolicyCommand::Update;
            one.to = ROLES.map(str::to_owned).into();
            one.restrictive = true;
            one.using = sql(" a = 'it''s' and \"the \"\"b\"\"\" <> '' ");
            one.with_check = sql("(a is not null) or (\"the \"\"b\"\"\" is null)");
        })],
        vec![
            policy(|one| {
                one.command = PolicyCommand::Insert;
                one.to = vec![ROLES[0].to_owned(), "public".to_owned()];
                one.with_check = sql("a in (select a from public_of_all)");
            }),
            policy(|one| {
                one.name = "other".to_owned();
                one.command = PolicyCommand::Select;
                one.using = sql("a = current_setting('app.tenant', true) -- who asks");
            }),
            policy(|one| {
                one.name = "third".to_owned();
                one.command = PolicyCommand::Delete;
                one.using = sql("exists (select from public_of_all as o where o.a = \"the \"\"b\"\"\")");
            }),
        ],
        vec![grant("PUBLIC", &[Privilege::Select], &[])],
        vec![
            grant(
                ROLES[0],
                &[
                    Privilege::Insert,
                    Privilege::Truncate,
                    Privilege::References,
                    Privilege::Trigger,
                ],
                &[
                    (Privilege::Select, &["a", "the \"b\""]),
                    (Privilege::Update, &["a"]),
                ],
            ),
            grant(
                ROLES[1],
                &[Privilege::Delete, Privilege::Select],
                &[(Privilege::Select, &["a"])],
            ),
        ],
        vec![grant(ROLES[0], &[Privilege::Select, Privilege::Update], &[])],
    ]
}

#[test]
fn security_is_and_becomes_what_was_asked_for() {
    let session = &mut Pg::new();
    session.batch("CREATE TABLE public_of_all (a text)").unwrap();
    let forms: Vec<ModelDef> = sets().iter().map(|objects| guarded(objects)).collect();
    assert_each_becomes_each(session, &forms);
}

#[test]
fn a_database_without_roles_refuses_all_of_it() {
    let dialect = Lite::new().dialect();
    for objects in sets().into_iter().filter(|objects| !objects.is_empty()) {
        let model = guarded(&objects);
        let refused = create_model(&model, &state(&[&model]), dialect).unwrap_err();
        assert!(refused.is_unsupported(), "{refused:?}");
        assert!(refused.to_string().contains(&objects[0].label()), "{refused}");
    }
}

#[test]
fn words_that_name_no_role_are_refused() {
    let dialect = Pg::new().dialect();
    for word in ["current_user", "Session_User", "current_role", "NONE"] {
        let to = vec!["app".to_owned(), word.to_owned()];
        let about = policy(|one| {
            one.using = sql("true");
            one.to = to;
        });
        for object in [about, grant(word, &[Privilege::Select], &[])] {
            let model = guarded(&[object]);
            let refused = create_model(&model, &state(&[&model]), dialect).unwrap_err();
            let said = format!("{refused:?}");
            assert!(said.contains(&format!("`{word}` is a word of SQL")), "{said}");
            assert!(said.contains("`public` for everybody"), "{said}");
        }
    }
}

/// However `public` is written, it is one role: all of them.
#[test]
fn everybody_is_one_role() {
    for written in ["public", "PUBLIC", "Public"] {
        let mut said = GrantDef::to("public");
        said.privileges.push(Privilege::Select);
        let mut same = said.clone();
        same.to = written.to_owned();
        let (said, same) = (TableObjectDef::from(said), TableObjectDef::from(same));
        assert_eq!((said.name(), said.normalized()), (same.name(), same.normalized()));
        assert_eq!(GrantDef::to(written).to, "public");
        let about = |to: &[&str]| {
            let all = policy(|one| one.to = to.iter().map(|&role| role.to_owned()).collect());
            all.normalized()
        };
        assert_eq!(about(&["app", written]), about(&[]));
    }
}

#[test]
fn what_is_not_one_condition_is_refused() {
    let dialect = Pg::new().dialect();
    for wrong in [
        "",
        "true) WITH CHECK (true",
        "true; DROP TABLE x",
        "a = 'b",
        "a /* open",
        "(true",
    ] {
        let model = guarded(&[policy(|one| one.using = sql(wrong))]);
        let refused = create_model(&model, &state(&[&model]), dialect).unwrap_err();
        let said = format!("{refused:?}");
        assert!(said.contains("`using` is not one expression"), "{wrong}: {said}");
    }
}

/// A column of another type, and one that is made anew: the words of a model's policies mean what they say of the new type, those of others
/// come back as they were, and all that is granted stays.
#[test]
fn columns_change_under_policies_and_grants() {
    let session = &mut Pg::new();
    let dialect = session.dialect();
    let objects = [
        policy(|one| {
            one.using = sql("a = '05'");
            one.to = vec![ROLES[0].to_owned()];
            one.restrictive = true;
        }),
        RowSecurityDef { forced: true }.into(),
        grant(ROLES[0], &[], &[(Privilege::Update, &["a", "low"])]),
    ];
    let mut text = guarded(&objects);
    let made = |added: &str| {
        let read = json!(["concat", { "field": "the \"b\"" }, added]);
        Some(GeneratedDef {
            expression: expression(&read),
            computed_on_read: false,
        })
    };
    let mut low = FieldDef::new("low", FieldType::Text);
    low.null = true;
    low.generated_as = made("!");
    text.fields.push(low);
    run(session, &create_model(&text, &state(&[&text]), dialect).unwrap()).unwrap();
    let table = text.table_name().quoted();
    session
        .batch(&format!(
            "GRANT SELECT (low), UPDATE (a) ON {table} TO pg_read_all_stats WITH GRANT OPTION; GRANT REFERENCES (low) ON {table} TO PUBLIC; \
             CREATE POLICY theirs ON {table} AS RESTRICTIVE FOR UPDATE TO pg_monitor, pg_read_all_stats USING (low <> 'x') WITH CHECK (low <> 'y'); \
             COMMENT ON POLICY theirs ON {table} IS 'it''s theirs'"
        ))
        .unwrap();
    let granted = format!(
        "SELECT concat(attname, ' ', g.grantee::regrole, ' ', privilege_type, ' ', is_grantable) FROM pg_attribute, aclexplode(attacl) AS g WHERE attrelid = \
         {}::regclass AND NOT attisdropped ORDER BY 1",
        crate::schema::literal::quoted(&table)
    );
    let theirs = "SELECT concat(polname, polcmd, polpermissive, (SELECT array_agg(r::regrole::text ORDER BY 1) FROM unnest(polroles) AS r), pg_get_expr(polqual, polrelid), \
                  pg_get_expr(polwithcheck, polrelid), obj_description(oid, 'pg_policy')) FROM pg_policy WHERE polname = 'theirs' AND polrelid IN (SELECT oid FROM \
                  pg_class WHERE relnamespace = current_schema()::regnamespace)";
    let before = (all(session, &granted), all(session, theirs));
    assert_eq!((before.0.len(), before.1.len()), (5, 1), "{before:?}");
    let mut number = text.clone();
    number.fields[1].ty = FieldType::Int;
    number.fields[3].generated_as = made("?");
    let steps = alter_model(&text, &state(&[&text]), &number, &state(&[&number]), &[], dialect).unwrap();
    run(session, &steps).unwrap();
    let own = "SELECT concat(pg_get_expr(polqual, polrelid), polpermissive) FROM pg_policy WHERE polname <> 'theirs' AND polrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)";
    assert_eq!(all(session, own), ["(a = 5)f"]);
    assert_eq!((all(session, &granted), all(session, theirs)), before);
}
