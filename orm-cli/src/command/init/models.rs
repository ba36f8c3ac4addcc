//! A package for the models: a library that compiles by itself, so that `makemigrations` builds nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use orm::error::Kind;
use orm::{Error, SETTINGS_FILE};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value, value};

use crate::failure::{Failure, Result};
use crate::models::metadata;

/// What is written for the package: worked out as a whole before any of it is.
pub struct Files {
    /// The manifest of the package or workspace in the directory, with the new package in it.
    manifest: (PathBuf, String),
    /// The new package's manifest and source.
    package: [(PathBuf, String); 2],
}

impl Files {
    /// What a package `name` in `directory` takes.
    pub fn new(directory: &Path, name: &str) -> Result<Self> {
        ensure_name(name)?;
        let into = directory.join(name);
        if into.exists() {
            return Err(
                Error::config(format!("there is a `{name}` in this directory already"))
                    .with_hint("choose another name for the package of the models")
                    .into(),
            );
        }
        let path = directory.join("Cargo.toml");
        let mut manifest = read(&path)?;
        let member = member(&manifest, directory, name)?;
        let app = manifest
            .get("package")
            .and_then(|package| package.get("name")?.as_str())
            .unwrap_or(name)
            .replace('-', "_");
        if is_root(&path)? {
            add_to_workspace(&mut manifest, name)?;
        }
        add_dependency(&mut manifest, name)?;
        Ok(Files {
            manifest: (path, manifest.to_string()),
            package: [
                (into.join("Cargo.toml"), member.to_string()),
                (into.join("src/lib.rs"), source(&app)),
            ],
        })
    }

    /// Writes it: the package first, so that the manifest never names one that is not there.
    pub fn write(&self) -> Result<()> {
        for (path, text) in self.package.iter().chain([&self.manifest]) {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(|error| cannot_write(parent, error))?;
            }
            fs::write(path, text).map_err(|error| cannot_write(path, error))?;
        }
        Ok(())
    }
}

/// The settings with the package among those whose models are read.
pub fn in_settings(text: &str, name: &str) -> Result<String> {
    let mut settings: DocumentMut = text.parse().map_err(|_| unreadable(SETTINGS_FILE))?;
    let is_new = !settings.contains_key("models");
    let models = settings
        .entry("models")
        .or_insert_with(|| value(Array::new()))
        .as_array_mut()
        .ok_or_else(|| unreadable(SETTINGS_FILE))?;
    models.push(name);
    if is_new && let Some(mut key) = settings.key_mut("models") {
        key.leaf_decor_mut().set_prefix(
            "\n# The packages with the models: `makemigrations` builds these and nothing else.\n",
        );
    }
    Ok(settings.to_string())
}

/// That cargo takes the name for a package, and Rust for a crate.
fn ensure_name(name: &str) -> Result<()> {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
    match starts
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    {
        true => Ok(()),
        false => Err(Failure::usage(
            "this is not a name for a package",
            "a package has a name of letters, digits, - and _, such as shop-models",
        )),
    }
}

fn read(path: &Path) -> Result<DocumentMut> {
    let text = fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::config("there is no Cargo.toml in this directory").with_hint(
            "run this where your package or workspace has its Cargo.toml, or make one with `cargo init`",
        ),
        _ => Error::new(Kind::Io, "Cargo.toml cannot be read").with_source(error),
    })?;
    Ok(text.parse().map_err(|_| unreadable("Cargo.toml"))?)
}

fn unreadable(file: &str) -> Error {
    Error::config(format!("{file} is not in a form that can be added to"))
        .with_hint("`cargo check` says what is wrong with a Cargo.toml, `orm showmigrations` with orm.toml")
}

/// The new package's manifest: the edition and the `orm` of the package that it is for.
fn member(manifest: &DocumentMut, directory: &Path, name: &str) -> Result<DocumentMut> {
    let mut made = DocumentMut::new();
    let mut package = Table::new();
    package.insert("name", value(name));
    package.insert("version", value("0.1.0"));
    let edition = match manifest.get("package") {
        Some(package) => package.get("edition"),
        None => inherited(manifest, "package").and_then(|package| package.get("edition")),
    };
    package.insert(
        "edition",
        match edition {
            // Said by the package itself; what inherits it, and a workspace that hands it down, hand it to this one too.
            Some(Item::Value(Value::String(edition))) if manifest.contains_key("package") => {
                value(edition.value())
            }
            Some(_) => from_workspace(),
            None => value("2024"),
        },
    );
    package.insert("publish", value(false));
    made.insert("package", Item::Table(package));
    let mut dependencies = Table::new();
    dependencies.insert("orm", orm_of(manifest, directory)?);
    made.insert("dependencies", Item::Table(dependencies));
    Ok(made)
}

fn inherited<'a>(manifest: &'a DocumentMut, key: &str) -> Option<&'a Item> {
    manifest.get("workspace")?.get(key)
}

fn from_workspace() -> Item {
    let mut table = InlineTable::new();
    table.insert("workspace", true.into());
    value(table)
}

/// What the package depends on as `orm`, seen from a directory below; a workspace's own, where it has one.
fn orm_of(manifest: &DocumentMut, directory: &Path) -> Result<Item> {
    if inherited(manifest, "dependencies").is_some_and(|dependencies| dependencies.get("orm").is_some()) {
        return Ok(from_workspace());
    }
    let found = manifest
        .get("dependencies")
        .and_then(|dependencies| dependencies.get("orm"));
    let Some(found) = found else {
        return Err(Error::config("Cargo.toml does not depend on `orm`")
            .with_hint("add it first (`cargo add orm`): the package of the models takes the same one")
            .into());
    };
    // A version, a table on one line, or a section: all of them as one line.
    let Some(table) = found.as_table_like() else {
        return Ok(found.clone());
    };
    let mut line = InlineTable::new();
    for (key, item) in table.iter() {
        let item = match (key, item.as_str()) {
            ("path", Some(path)) if Path::new(path).is_relative() => format!("../{path}").into(),
            ("path", Some(path)) => path.into(),
            _ => item.as_value().cloned().ok_or_else(|| unreadable("Cargo.toml"))?,
        };
        line.insert(key, without_decor(item));
    }
    if line.is_empty() {
        return Err(unreadable(&directory.join("Cargo.toml").display().to_string()).into());
    }
    Ok(value(line))
}

fn without_decor(mut value: Value) -> Value {
    value.decor_mut().clear();
    value
}

/// Whether no other manifest is the workspace's: what a member depends on below the workspace is a member by itself.
fn is_root(manifest: &Path) -> Result<bool> {
    let root = metadata(manifest)?.workspace_root.join("Cargo.toml");
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    Ok(canonical(root.as_std_path()) == canonical(manifest))
}

/// Makes the package a member; a package alone becomes a workspace of the two.
fn add_to_workspace(manifest: &mut DocumentMut, name: &str) -> Result<()> {
    let workspace = manifest
        .entry("workspace")
        .or_insert_with(|| Item::Table(Table::new()))
        .as_table_like_mut()
        .ok_or_else(|| unreadable("Cargo.toml"))?;
    let members = workspace
        .entry("members")
        .or_insert_with(|| value(Array::new()))
        .as_array_mut()
        .ok_or_else(|| unreadable("Cargo.toml"))?;
    members.push(name);
    Ok(())
}

/// Makes the package depend on it; the packages of a workspace without one of its own do so themselves.
fn add_dependency(manifest: &mut DocumentMut, name: &str) -> Result<()> {
    if !manifest.contains_key("package") {
        return Ok(());
    }
    let mut table = InlineTable::new();
    table.insert("path", name.into());
    manifest
        .entry("dependencies")
        .or_insert_with(|| Item::Table(Table::new()))
        .as_table_like_mut()
        .ok_or_else(|| unreadable("Cargo.toml"))?
        .insert(name, value(table));
    Ok(())
}

fn source(app: &str) -> String {
    format!(
        "\
//! The models, in a package that compiles by itself: `orm makemigrations` builds nothing else, so it never waits for code
//! around them, nor for code that does not compile yet.

orm::app!(\"{app}\");

// use orm::prelude::*;
//
// #[derive(Model, Debug)]
// pub struct Author {{
//     pub id: i64,
//     #[orm(max_length = 100)]
//     pub name: String,
// }}
"
    )
}

fn cannot_write(path: &Path, error: std::io::Error) -> Error {
    Error::new(Kind::Io, format!("{} cannot be written", path.display())).with_source(error)
}
