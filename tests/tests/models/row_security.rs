//! Policies, row security and grants of models: what roles see of the tables, what migrations change of them, and what is left alone.

use std::sync::atomic::{AtomicU32, Ordering};

use orm::db::Dialect;
use orm::migrate::{MakeOptions, Target, make_migrations};
use orm::models::{
    GrantDef, ModelDef, PolicyCommand, PolicyDef, Privilege, RowCondition, RowSecurityDef, TableObjectDef,
    registry,
};
use orm::prelude::*;
use orm::tables::introspect;
use orm::{AsyncDb, Db};
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::{Backend, Database};

use crate::schemas::Project;

orm::app!("tenants");

/// Rows of one tenant, which a transaction names.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), row_security(force))]
#[orm(policy(
    name = "own_rows",
    using = "tenant = nullif(current_setting('app.tenant', true), '')::bigint"
))]
#[orm(policy(name = "open_ones", for = select, using = |n| n.shared.eq(true)))]
pub struct Note {
    pub id: i64,
    pub tenant: i64,
    pub text: String,
    #[orm(default = false)]
    pub shared: bool,
}

fn models(role: &str) -> Vec<ModelDef> {
    let known = value(registry()).models();
    let ours = known.filter(|meta| meta.def.app == "tenants");
    let mut models: Vec<ModelDef> = ours.map(|meta| meta.def.clone()).collect();
    let mut grant = GrantDef::to(role);
    grant.privileges = vec![Privilege::Select, Privilege::Insert, Privilege::Delete];
    grant.fields.insert(Privilege::Update, vec!["text".to_owned()]);
    note(&mut models).objects.push(grant.into());
    models
}

fn note(models: &mut [ModelDef]) -> &mut ModelDef {
    models
        .iter_mut()
        .find(|model| model.name == "Note")
        .expect("it is there")
}

/// A role of the server that is gone when the test is over; declared before the database, so that it goes after it.
struct Role(String);

impl Role {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "orm \"tenant\" {} {}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        let role = Role(name);
        role.on_server(&format!("CREATE ROLE {}", role.quoted()));
        role
    }

    fn quoted(&self) -> String {
        format!("\"{}\"", self.0.replace('"', "\"\""))
    }

    fn on_server(&self, sql: &str) {
        let database = Database::empty(Backend::Postgres);
        crate::row_security::sql(&database, sql);
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.on_server(&format!("DROP ROLE {}", self.quoted()));
        }
    }
}

fn sql(database: &Database, sql: &str) {
    value(value(value(Db::connect(database.url())).session()).batch(sql));
}

fn strings(database: &Database, sql: &str) -> Vec<String> {
    let mut found = Vec::new();
    let db = value(Db::connect(database.url()));
    value(value(db.session()).query(sql, &[], &mut |row| {
        found.push(row.get::<String>(0)?);
        Ok(())
    }));
    found
}

fn made(models: &[ModelDef]) -> Project {
    let mut project = Project::default();
    project.make(models);
    project
}

/// The recipe of the guide: a transaction says who it is for, and every query in it is of that tenant's rows.
macro_rules! recipe {
    ($db:ident, $role:ident) => {{
        const ENTER: &str =
            "SELECT set_config('role', {role}, true), set_config('app.tenant', {tenant}, true)";
        let named = |tenant: i64| (("role", $role.0.clone()), ("tenant", tenant.to_string()));
        for tenant in [1, 2] {
            let done = transaction!($db, |tx| {
                run!(orm::sql(ENTER, named(tenant)).execute(tx));
                run!(
                    Note::create()
                        .tenant(tenant)
                        .text(format!("of {tenant}"))
                        .save(tx)
                );
                let seen = run!(Note::objects().values(|n| n.text).all(tx));
                assert_eq!(seen, [format!("of {tenant}")]);
                Ok::<_, orm::Error>(())
            });
            done.unwrap();
        }
        let refused = transaction!($db, |tx| {
            run!(orm::sql(ENTER, named(1)).execute(tx));
            let other = attempt!(Note::create().tenant(2).text("not mine").save(tx));
            Err::<(), _>(error(other))
        });
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("row-level security"), "{refused}");
        let changed = transaction!($db, |tx| {
            run!(orm::sql(ENTER, named(2)).execute(tx));
            assert_eq!(run!(Note::objects().update(|n| n.text.set("changed")).run(tx)), 1);
            let refused = attempt!(Note::objects().update(|n| n.tenant.set(1)).run(tx));
            Err::<(), _>(error(refused))
        });
        let refused = changed.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{refused}");
    }};
}

fn in_blocking(db: &Db, role: &Role) {
    #[allow(unused_imports, reason = "as in the other cases")]
    use orm_tests::behaviour::blocking::*;
    recipe!(db, role);
}

async fn in_async(db: &AsyncDb, role: &Role) {
    #[allow(unused_imports, reason = "as in the other cases")]
    use orm_tests::behaviour::asynchronous::*;
    recipe!(db, role);
}

#[test]
fn a_transaction_sees_the_rows_of_its_tenant() {
    let role = Role::new();
    let database = Database::empty(Backend::Postgres);
    made(&models(&role.0)).run(&database, &Target::Latest);
    in_blocking(&value(Db::connect(database.url())), &role);
    drop(database);

    let database = Database::empty(Backend::Postgres);
    made(&models(&role.0)).run(&database, &Target::Latest);
    runtime().block_on(async { in_async(&value(AsyncDb::connect(database.url()).await), &role).await });
    // Rows that are everybody's to read, and nobody else's to change.
    sql(
        &database,
        "UPDATE tenants_note SET shared = true WHERE tenant = 2",
    );
    let seen = format!("SELECT set_config('role', {}, false)", quoted(&role.0));
    let db = value(Db::connect(database.url()));
    let mut session = value(db.session());
    value(session.batch(&format!("{seen}; SELECT set_config('app.tenant', '1', false)")));
    let mut texts = Vec::new();
    value(
        session.query("SELECT text FROM tenants_note ORDER BY id", &[], &mut |row| {
            texts.push(row.get::<String>(0)?);
            Ok(())
        }),
    );
    assert_eq!(texts.len(), 2, "{texts:?}");
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What changes of it is what changes in the database; what others granted and made stays.
#[test]
fn what_changes_is_what_was_said() {
    let (role, other) = (Role::new(), Role::new());
    let database = Database::empty(Backend::Postgres);
    let mut states = models(&role.0);
    let mut project = made(&states);
    project.run(&database, &Target::Latest);
    sql(
        &database,
        &format!(
            "GRANT SELECT ON tenants_note TO {0}; CREATE POLICY theirs ON tenants_note FOR DELETE TO {0} USING (shared)",
            other.quoted()
        ),
    );
    let first = look(&database);
    assert_eq!(first.policies.len(), 3);
    assert_eq!(first.row_security, Some(RowSecurityDef { forced: true }));
    let of = |table: &orm::tables::TableDef, role: &Role| {
        let own = table.grants.iter().filter(|grant| grant.role == role.0);
        own.map(|grant| {
            format!(
                "{}{}",
                grant.privilege.sql(),
                grant.column.as_deref().unwrap_or("")
            )
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(of(&first, &role), ["DELETE", "INSERT", "SELECT", "UPDATEtext"]);
    assert_eq!(project.make(&states), Vec::<String>::new());

    let model = note(&mut states);
    model.objects.retain(|object| object.name() != "open_ones");
    for object in &mut model.objects {
        match object {
            TableObjectDef::Policy(policy) => {
                policy.command = PolicyCommand::Update;
                policy.to = vec![role.0.clone()];
                policy.with_check = Some(RowCondition::Sql {
                    sql: "text <> ''".to_owned(),
                });
                policy.restrictive = true;
            }
            TableObjectDef::RowSecurity(security) => security.forced = false,
            TableObjectDef::Grant(grant) => {
                grant.privileges = vec![Privilege::Select];
                grant
                    .fields
                    .insert(Privilege::Update, vec!["text".to_owned(), "shared".to_owned()]);
            }
            TableObjectDef::Trigger(_) => {}
        }
    }
    let lines = project.make(&states);
    assert!(
        lines.contains(&"- remove policy open_ones from Note".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"+ add row security to Note".to_owned()),
        "{lines:?}"
    );
    project.run(&database, &Target::Latest);
    assert_eq!(project.make(&states), Vec::<String>::new());
    let changed = look(&database);
    let names: Vec<&str> = changed
        .policies
        .iter()
        .map(|policy| policy.name.as_str())
        .collect();
    assert_eq!(names, ["own_rows", "theirs"]);
    assert!(changed.policies[0].restrictive && changed.policies[0].to == [role.0.clone()]);
    assert_eq!(changed.row_security, Some(RowSecurityDef { forced: false }));
    let mut granted = of(&changed, &role);
    granted.sort();
    assert_eq!(granted, ["SELECT", "UPDATEshared", "UPDATEtext"]);
    assert_eq!(of(&changed, &other), ["SELECT"]);

    // Another type of a column that policies name, by whoever made them.
    note(&mut states)
        .fields
        .iter_mut()
        .find(|field| field.name == "tenant")
        .expect("it is there")
        .ty = orm::fields::FieldType::Int;
    project.make(&states);
    project.run(&database, &Target::Latest);
    assert_eq!(look(&database).policies, changed.policies);
    // A table with another name, in another schema.
    note(&mut states).table = Some("notes".to_owned());
    note(&mut states).schema = Some("rooms".to_owned());
    project.make(&states);
    project.run(&database, &Target::Latest);
    let mut session = value(value(Db::connect(database.url())).session());
    let name = note(&mut states).table_name();
    let moved = value(introspect(&mut session, name)).expect("it is there");
    assert_eq!(
        (moved.policies, moved.grants.len()),
        (changed.policies.clone(), changed.grants.len())
    );

    project.run(&database, &Target::from_args(Some("tenants"), Some("0001")));
    assert_eq!(look(&database), first);
    project.run(&database, &Target::from_args(Some("tenants"), Some("zero")));
    assert_eq!(
        strings(&database, "SELECT polname::text FROM pg_policy"),
        Vec::<String>::new()
    );
}

fn look(database: &Database) -> orm::tables::TableDef {
    let mut session = value(value(Db::connect(database.url())).session());
    value(introspect(&mut session, "tenants_note")).expect("it is there")
}

/// A role that is missing stops the migration before anything is there.
#[test]
fn a_role_that_is_missing_is_named() {
    let database = Database::empty(Backend::Postgres);
    let project = made(&models("nobody here"));
    let refused = error(project.attempt(database.url(), &Target::Latest));
    let said = format!("{refused:?}");
    assert!(
        said.contains(r#"which is missing"#)
            && said.contains("names the role")
            && said.contains("nobody here")
            && said.contains("CREATE ROLE"),
        "{said}"
    );
    assert_eq!(
        strings(
            &database,
            "SELECT relname::text FROM pg_class WHERE relname LIKE 'tenants%'"
        ),
        Vec::<String>::new()
    );
}

/// Where a migration would not see rows because of a policy, it stops instead of passing them by.
#[test]
fn a_migration_does_not_pass_hidden_rows_by() {
    let role = Role::new();
    let database = Database::empty(Backend::Postgres);
    let mut states = models(&role.0);
    let mut project = made(&states);
    project.run(&database, &Target::Latest);
    sql(
        &database,
        "INSERT INTO tenants_note (tenant, text, shared) VALUES (1, 'a', false)",
    );
    sql(
        &database,
        &format!(
            "ALTER TABLE tenants_note OWNER TO {0}; GRANT ALL ON SCHEMA public TO {0}; GRANT ALL ON ALL TABLES IN SCHEMA public TO {0}; GRANT ALL \
             ON ALL SEQUENCES IN SCHEMA public TO {0}",
            role.quoted()
        ),
    );
    let text = note(&mut states)
        .fields
        .iter_mut()
        .find(|field| field.name == "text")
        .expect("it is there");
    text.max_length = Some(40);
    project.make(&states);
    let join = if database.url().contains('?') { '&' } else { '?' };
    let name = role.0.replace(' ', "%5C%20").replace('"', "%22");
    let url = format!("{}{join}options=-c%20role%3D{name}", database.url());
    let refused = error(project.attempt(&url, &Target::Latest));
    assert!(
        format!("{refused:?}").contains("row-level security"),
        "{refused:?}"
    );
    sql(
        &database,
        &format!("REASSIGN OWNED BY {0} TO CURRENT_USER", role.quoted()),
    );
}

/// SQLite has no roles, and nothing stands in for them.
#[test]
fn sqlite_refuses_it() {
    let refusal = |object: TableObjectDef| {
        let mut states = models("public");
        note(&mut states).objects = vec![object];
        let options = MakeOptions {
            databases: vec![
                ("default".to_owned(), Dialect::SQLITE),
                ("other".to_owned(), Dialect::POSTGRES),
            ],
            ..MakeOptions::default()
        };
        let refused = error(
            make_migrations(&states, &Project::default().migrations(), &options).map(|made| made.len()),
        );
        let database = Database::empty(Backend::Sqlite);
        let later = error(made(&states).attempt(database.url(), &Target::Latest));
        assert!(later.is_unsupported(), "{later:?}");
        refused.to_string()
    };
    let mut policy = PolicyDef::new("p");
    policy.using = Some(RowCondition::Sql {
        sql: "true".to_owned(),
    });
    assert!(refusal(policy.into()).contains("sqlite has no roles, and so no policy p"));
    assert!(
        refusal(RowSecurityDef::default().into()).contains("sqlite has no roles, and so no row security")
    );
    let mut grant = GrantDef::to("public");
    grant.privileges.push(Privilege::Select);
    assert!(refusal(grant.into()).contains("sqlite has no roles, and so no grant to public"));
}
