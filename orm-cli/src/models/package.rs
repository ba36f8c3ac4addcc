//! Selects the packages to read: those that `cargo build` would build in the directory of the settings.
//!
//! The settings may name them (`models`). Otherwise the directory of `orm.toml` decides, not the one a command is given in: a member of a workspace whose migrations
//! are shared must not be taken for the whole, or the other members' tables would look deleted.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, Package, PackageId};
use orm::{Error, SETTINGS_FILE};

use crate::args::{Context, PackageArgs};
use crate::failure::{Failure, Result};

/// The packages to build.
pub struct SelectedPackages {
    /// One or more.
    pub packages: Vec<Package>,
    /// The workspace they are in.
    root: PathBuf,
    /// Where cargo builds.
    pub target_directory: PathBuf,
}

impl SelectedPackages {
    /// The `Cargo.toml` to build from: the package's own, or the workspace's of several.
    pub fn manifest(&self) -> PathBuf {
        match self.packages.as_slice() {
            [package] => package.manifest_path.clone().into_std_path_buf(),
            _ => self.root.join("Cargo.toml"),
        }
    }

    /// `the package `a``, `the packages `a`, `b``
    pub fn names(&self) -> String {
        let names: Vec<String> = self
            .packages
            .iter()
            .map(|package| format!("`{}`", package.name))
            .collect();
        match names.as_slice() {
            [name] => format!("the package {name}"),
            names => format!("the packages {}", names.join(", ")),
        }
    }
}

/// Selects by `--package`, or the packages that `cargo build` would build and that depend on `orm`.
pub fn choose(context: &Context, args: &PackageArgs) -> Result<SelectedPackages> {
    let manifest = match &args.manifest_path {
        Some(path) => std::path::absolute(path).unwrap_or_else(|_| path.clone()),
        None => nearest_manifest(context)?,
    };
    let metadata = metadata(&manifest)?;
    let chosen = match args.package.as_slice() {
        [] => match of_settings(context, args)?.as_slice() {
            [] => by_place(&manifest, &metadata)?,
            names => by_name(&metadata, names, |message, hint| {
                let message =
                    format!("{SETTINGS_FILE} names models of a package that is not there: {message}");
                Error::config(message).with_hint(hint).into()
            })?,
        },
        names => by_name(&metadata, names, Failure::usage)?,
    };
    ensure_orm(&manifest, &metadata, &chosen)?;
    Ok(chosen)
}

/// The packages that the settings name; none where the command line asks for a program or a manifest instead.
fn of_settings(context: &Context, args: &PackageArgs) -> Result<Vec<String>> {
    match args.bin.is_none() && args.manifest_path.is_none() {
        true => Ok(context.settings()?.models().to_vec()),
        false => Ok(Vec::new()),
    }
}

/// The packages that `cargo build` would build there and that depend on `orm`.
fn by_place(manifest: &Path, metadata: &Metadata) -> Result<SelectedPackages> {
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let here = canonical(manifest);
    let root = canonical(metadata.workspace_root.join("Cargo.toml").as_std_path());
    let members = metadata.workspace_packages();
    if here != root {
        let member = members
            .iter()
            .find(|package| canonical(package.manifest_path.as_std_path()) == here);
        if let Some(&package) = member {
            return Ok(chosen(metadata, vec![package.clone()]));
        }
    }
    let mut packages: Vec<Package> = metadata
        .workspace_default_packages()
        .into_iter()
        .cloned()
        .collect();
    if packages.len() > 1 {
        let users = users_of_orm(metadata);
        packages.retain(|package| users.contains(&package.id));
        if packages.is_empty() {
            return Err(Error::config("no package of this workspace depends on `orm`")
                .with_hint("add `orm` to the dependencies of the package that has the models")
                .into());
        }
    }
    Ok(chosen(metadata, packages))
}

/// Checks that the packages depend on `orm`; otherwise the build would fail or find no models.
fn ensure_orm(manifest: &Path, metadata: &Metadata, chosen: &SelectedPackages) -> Result<()> {
    let users = users_of_orm(metadata);
    if chosen.packages.iter().any(|package| users.contains(&package.id)) {
        return Ok(());
    }
    // `orm` may come through a dependency outside the workspace; if that is unknown, the build will tell.
    let Ok(all) = MetadataCommand::new().manifest_path(manifest).exec() else {
        return Ok(());
    };
    let Some(resolve) = &all.resolve else {
        return Ok(());
    };
    let nodes: HashMap<&PackageId, &[PackageId]> = resolve
        .nodes
        .iter()
        .map(|node| (&node.id, &*node.dependencies))
        .collect();
    let mut open: Vec<&PackageId> = chosen.packages.iter().map(|package| &package.id).collect();
    let mut seen: HashSet<&PackageId> = HashSet::new();
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            open.extend(nodes.get(id).copied().unwrap_or_default());
        }
    }
    let has_orm = all
        .packages
        .iter()
        .any(|package| package.name.as_str() == "orm" && seen.contains(&package.id));
    match has_orm {
        true => Ok(()),
        false => Err(super::merge::unused(&chosen.names()).into()),
    }
}

fn chosen(metadata: &Metadata, packages: Vec<Package>) -> SelectedPackages {
    SelectedPackages {
        packages,
        root: metadata.workspace_root.clone().into_std_path_buf(),
        target_directory: metadata.target_directory.clone().into_std_path_buf(),
    }
}

/// The `Cargo.toml` next to the settings, or the one that cargo would find.
fn nearest_manifest(context: &Context) -> Result<PathBuf> {
    let settings = context.settings()?;
    if settings.file().is_some() {
        let manifest = settings.directory().join("Cargo.toml");
        if manifest.is_file() {
            return Ok(manifest);
        }
    }
    let here = std::env::current_dir().map_err(|error| {
        Error::new(orm::error::Kind::Io, "the current directory cannot be read").with_source(error)
    })?;
    here.ancestors()
        .map(|directory| directory.join("Cargo.toml"))
        .find(|manifest| manifest.is_file())
        .ok_or_else(|| {
            Failure::from(
                Error::config("there is no Cargo.toml here or above")
                    .with_hint("run this in a package whose models derive `Model`, or give --manifest-path"),
            )
        })
}

/// Cargo's metadata of the workspace without dependencies: no lock file, no network.
pub fn metadata(manifest: &Path) -> Result<Metadata> {
    MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .map_err(|error| {
            let text = match &error {
                cargo_metadata::Error::CargoMetadata { stderr } => {
                    stderr.trim().trim_start_matches("error: ").to_owned()
                }
                other => other.to_string(),
            };
            Error::config(format!("cargo cannot read the package: {text}")).into()
        })
}

/// The members of these names; `refuse` makes a message and a hint what the one who named them is told.
fn by_name(
    metadata: &Metadata,
    names: &[String],
    refuse: impl Fn(String, String) -> Failure,
) -> Result<SelectedPackages> {
    let members = metadata.workspace_packages();
    let packages = names
        .iter()
        .map(|name| {
            members
                .iter()
                .find(|package| package.name.as_str() == name)
                .map(|&package| package.clone())
                .ok_or_else(|| {
                    let names: Vec<&str> = members.iter().map(|package| package.name.as_str()).collect();
                    refuse(
                        format!("the workspace has no package `{name}`"),
                        format!("it has: {}", names.join(", ")),
                    )
                })
        })
        .collect::<Result<_>>()?;
    Ok(chosen(metadata, packages))
}

/// Members that depend on `orm`, themselves or through another member.
fn users_of_orm(metadata: &Metadata) -> HashSet<PackageId> {
    let members = metadata.workspace_packages();
    let by_directory: HashMap<&Path, &Package> = members
        .iter()
        .filter_map(|&package| Some((package.manifest_path.parent()?.as_std_path(), package)))
        .collect();
    let mut users: HashSet<PackageId> = members
        .iter()
        .filter(|package| {
            package
                .dependencies
                .iter()
                .any(|dependency| dependency.name == "orm")
        })
        .map(|package| package.id.clone())
        .collect();
    loop {
        let before = users.len();
        for package in &members {
            let through = package.dependencies.iter().any(|dependency| {
                dependency
                    .path
                    .as_ref()
                    .and_then(|path| by_directory.get(path.as_std_path()))
                    .is_some_and(|member| users.contains(&member.id))
            });
            if through {
                users.insert(package.id.clone());
            }
        }
        if users.len() == before {
            return users;
        }
    }
}
