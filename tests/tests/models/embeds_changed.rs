//! Models whose embeds change: to migrations they are plain fields.

use orm::migrate::{MakeOptions, Migrations, Target, make_migrations, migrate};
use orm::models::{ModelDef, ModelKey, registry};
use orm::prelude::*;
use orm_tests::behaviour::value;
use orm_tests::{Backend, Database};

orm::app!("parcels");

/// As it was before there was an embed.
#[derive(Model, Debug)]
#[orm(index("to_city"), unique("to_street", "no"))]
pub struct PlainParcel {
    pub id: i64,
    pub no: i32,
    pub to_street: String,
    #[orm(column = "to_Town", max_length = 40)]
    pub to_city: String,
    pub weight: Option<i64>,
    #[orm(generated = |p| p.to_street.ascii_lower())]
    pub to_key: String,
}

#[derive(Embed, Debug)]
pub struct Target1 {
    pub street: String,
    #[orm(column = "Town", max_length = 40)]
    pub city: String,
    #[orm(generated = |t| t.street.ascii_lower())]
    pub key: String,
}

/// The same columns.
#[derive(Model, Debug)]
#[orm(index("to.city"), unique("to.street", "no"))]
pub struct EmbeddingParcel {
    pub id: i64,
    pub no: i32,
    #[orm(embed, prefix = "to_")]
    pub to: Target1,
    pub weight: Option<i64>,
}

#[derive(Embed, Debug, PartialEq)]
pub struct Target2 {
    #[orm(renamed_from = "street")]
    pub road: String,
    #[orm(column = "Town", max_length = 40)]
    pub city: String,
    #[orm(generated = |t| t.road.ascii_lower())]
    pub key: String,
}

/// With another prefix, and a field of the embed under another name.
#[derive(Model, Debug)]
#[orm(index("to.city"), unique("to.road", "no"))]
pub struct RenamedParcel {
    pub id: i64,
    pub no: i32,
    #[orm(embed, prefix = "dest_", renamed_from = "to_")]
    pub to: Target2,
    pub weight: Option<i64>,
}

/// Without a prefix, and it need not be there.
#[derive(Model, Debug)]
#[orm(index("to.city"), unique("to.road", "no"))]
pub struct LooseParcel {
    pub id: i64,
    pub no: i32,
    #[orm(embed, renamed_from = "dest_")]
    pub to: Option<Target3>,
    pub weight: Option<i64>,
}

#[derive(Embed, Debug, PartialEq)]
pub struct Target3 {
    pub road: String,
    #[orm(column = "Town", max_length = 40)]
    pub city: String,
    #[orm(generated = |t| t.road.ascii_lower())]
    pub key: Option<String>,
}

/// The model as one that is called `Parcel`.
fn parcel(name: &str) -> Vec<ModelDef> {
    let key = ModelKey::new("parcels", name);
    let mut def = value(registry()).model(&key).expect("the model").def.clone();
    def.name = "Parcel".to_owned();
    let named = |name: &str| name.replace(&format!("parcels_{}", name_in_tables(&key)), "parcels_parcel");
    for index in &mut def.indexes {
        index.name = named(&index.name);
    }
    // What is told by names that are made of the table's.
    let json = serde_json::to_string(&def).expect("JSON");
    serde_json::from_str(&named(&json))
        .map(|def| vec![def])
        .expect("a model")
}

fn name_in_tables(key: &ModelKey) -> String {
    orm::models::ModelDef::new(&key.app, &key.model)
        .table_name()
        .name
        .replace("parcels_", "")
}

#[derive(Default)]
struct Project(Vec<(String, String)>);

impl Project {
    fn migrations(&self) -> Migrations {
        let files: Vec<(&str, &str)> = self
            .0
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        value(Migrations::from_embedded(&files))
    }

    /// The text of the migration that leads to the model, if there is anything to do.
    fn make(&mut self, model: &str) -> String {
        let new = value(make_migrations(
            &parcel(model),
            &self.migrations(),
            &MakeOptions::default(),
        ));
        let mut text = String::new();
        for file in new {
            text += &file.text;
            self.0.push((file.path.display().to_string(), file.text));
        }
        text
    }

    fn apply(&self, database: &Database, target: &Target) {
        let mut session = value(Db::connect(database.url()).and_then(|db| db.session()));
        let options = orm_tests::losing();
        value(migrate(
            &mut session,
            &self.migrations(),
            target,
            &options,
            &mut |_| {},
        ));
    }
}

fn kinds(text: &str) -> Vec<&str> {
    let kinds = text.lines().filter_map(|line| line.strip_prefix("kind = "));
    kinds.map(|kind| kind.trim_matches('"')).collect()
}

#[test]
fn plain_columns_become_an_embed_without_a_migration() {
    let mut project = Project::default();
    assert_eq!(kinds(&project.make("PlainParcel")), ["CreateModel"]);
    assert_eq!(project.make("EmbeddingParcel"), "");
}

#[test]
fn renames_within_an_embed_and_of_its_prefix_carry_the_rows() {
    for backend in Backend::ALL {
        let database = Database::empty(backend);
        let mut project = Project::default();
        project.make("EmbeddingParcel");
        project.apply(&database, &Target::Latest);
        let db = value(Db::connect(database.url()));
        let insert =
            "INSERT INTO parcels_parcel (no, to_street, \"to_Town\") VALUES (1, 'Via Appia', 'Rome')";
        value(value(db.session()).execute(insert, &[]));

        let renamed = project.make("RenamedParcel");
        let renames = kinds(&renamed)
            .into_iter()
            .filter(|kind| *kind == "RenameField")
            .count();
        assert_eq!(renames, 3, "{renamed}");
        assert!(
            !renamed.contains("AddField") && !renamed.contains("RemoveField"),
            "{renamed}"
        );
        project.apply(&database, &Target::Latest);
        assert_eq!(
            row(&db, "dest_road, \"dest_Town\", dest_key"),
            "Via Appia Rome via appia"
        );

        let loose = project.make("LooseParcel");
        assert!(
            !loose.contains("AddField") && !loose.contains("RemoveField"),
            "{loose}"
        );
        project.apply(&database, &Target::Latest);
        assert_eq!(row(&db, "road, \"Town\", \"key\""), "Via Appia Rome via appia");
        let part = "INSERT INTO parcels_parcel (no, \"Town\") VALUES (2, 'Rome')";
        assert!(
            value(db.session())
                .execute(part, &[])
                .unwrap_err()
                .is_check_violation()
        );
        assert_eq!(project.make("LooseParcel"), "", "nothing is left to do");

        project.apply(&database, &Target::Zero("parcels".to_owned()));
    }
}

/// What the only row holds, without NULL.
fn row(db: &Db, columns: &str) -> String {
    let mut cells = Vec::new();
    let query = format!("SELECT {columns} FROM parcels_parcel");
    value(value(db.session()).query(&query, &[], &mut |row| {
        for column in 0..3 {
            cells.push(row.get::<String>(column)?);
        }
        Ok(())
    }));
    cells.join(" ")
}

#[derive(Embed, Debug)]
pub struct Way {
    pub street: Option<String>,
    pub zip: Option<String>,
}

#[derive(Model, Debug)]
pub struct PlainBox {
    pub id: i64,
    pub to_street: Option<String>,
}

/// Another prefix, and a field more.
#[derive(Model, Debug)]
pub struct GrownBox {
    pub id: i64,
    #[orm(embed, prefix = "dest_", renamed_from = "to_")]
    pub dest: Way,
}

/// The old name is that of a field of its own.
#[derive(Model, Debug)]
pub struct BesideBox {
    pub id: i64,
    pub to_street: Option<String>,
    #[orm(embed, prefix = "dest_", renamed_from = "to_")]
    pub dest: Way,
}

#[test]
fn a_former_name_within_an_embed_is_an_answer_where_the_model_had_it() {
    let mut project = Project::default();
    project.make("PlainBox");
    let grown = project.make("GrownBox");
    assert_eq!(kinds(&grown), ["RenameField", "AddField"], "{grown}");
    assert_eq!(project.make("GrownBox"), "");

    let mut project = Project::default();
    project.make("PlainBox");
    let beside = project.make("BesideBox");
    assert_eq!(kinds(&beside), ["AddField", "AddField"], "{beside}");
    assert_eq!(project.make("BesideBox"), "");
}
