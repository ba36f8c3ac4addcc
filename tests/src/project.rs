//! A project as its users have one: the models of some apps, and the files of migrations that were made of them.

use std::path::PathBuf;

use orm::Db;
use orm::migrate::{HISTORY_TABLE, MakeOptions, Migrations, NewMigration, Target, make_migrations, migrate};
use orm::models::{ModelDef, registry};
use orm::tables::{canonical, introspect, of_models, tables};

use crate::behaviour::value;

/// A project.
pub struct Project {
    /// The folder of its migrations.
    pub folder: PathBuf,
    /// Those whose models come first stand first.
    pub apps: Vec<&'static str>,
}

impl Project {
    /// The models of its apps.
    pub fn models(&self) -> Vec<ModelDef> {
        let all = value(registry()).models().map(|model| model.def.clone());
        all.filter(|model| self.apps.contains(&model.app.as_str()))
            .collect()
    }

    /// The files of its apps.
    pub fn migrations(&self) -> Migrations {
        let mut files = Vec::new();
        for app in &self.apps {
            for file in std::fs::read_dir(self.folder.join(app)).into_iter().flatten() {
                let path = file.expect("a file").path();
                let name = path.file_name().expect("its name").to_string_lossy();
                let text = std::fs::read_to_string(&path).expect("its text");
                files.push((format!("{app}/{name}"), text));
            }
        }
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        value(Migrations::from_embedded(&files))
    }

    /// Takes a database to a target.
    pub fn migrate(&self, db: &Db, target: &Target) {
        let (mut session, options) = (value(db.session()), crate::losing());
        value(migrate(
            &mut session,
            &self.migrations(),
            target,
            &options,
            &mut |_| {},
        ));
    }

    /// Takes a database to before the first migration of every app, after which only the history is there.
    pub fn take_back(&self, db: &Db) {
        for app in self.apps.iter().rev() {
            self.migrate(db, &Target::Zero((*app).to_owned()));
        }
        assert_eq!(value(tables(&mut value(db.session()))), [HISTORY_TABLE]);
    }

    /// The models say nothing that the files do not. `ORM_GOLDEN=write` writes what is missing, as a person changes it.
    pub fn assert_files_lead_to_the_models(&self, by_hand: impl Fn(&NewMigration) -> String) {
        let new = value(make_migrations(
            &self.models(),
            &self.migrations(),
            &MakeOptions::default(),
        ));
        if std::env::var("ORM_GOLDEN").as_deref() == Ok("write") {
            for file in &new {
                let path = self.folder.join(&file.path);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                let name = path.file_stem().expect("a name");
                std::fs::write(path.with_file_name("HEAD"), format!("{}\n", name.display()))
                    .expect("written");
                std::fs::write(path, by_hand(file)).expect("written");
            }
            return;
        }
        let paths: Vec<_> = new.iter().map(|file| &file.path).collect();
        assert!(paths.is_empty(), "{paths:?}");
    }

    /// Every table is what its model asks for; beside them are the history and `others` only. Returns how many models have one.
    pub fn assert_tables_are_those_of_the_models(&self, db: &Db, others: &[&str]) -> usize {
        let mut session = value(db.session());
        let asked = value(of_models(&self.models(), db.dialect()));
        let own = asked.iter().map(|table| table.name.as_str());
        let mut names: Vec<&str> = own.chain(others.iter().copied()).chain([HISTORY_TABLE]).collect();
        names.sort_unstable();
        assert_eq!(value(tables(&mut session)), names);
        for table in &asked {
            let found = value(introspect(&mut session, table.qualified_name())).expect("a table");
            assert_eq!(found, value(canonical(&mut session, table)), "{}", table.name);
        }
        asked.len()
    }
}
