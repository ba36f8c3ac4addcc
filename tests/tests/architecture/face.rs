//! The public items of the crate, as its documentation lists them. An added or removed item is a change of
//! `tests/golden/public-items.txt`, which `ORM_GOLDEN=write` writes. No two items have the same name.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn public_items_are_those_that_are_meant_to_be() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let done = Command::new(env!("CARGO"))
        .args([
            "doc",
            "--quiet",
            "--locked",
            "--no-deps",
            "--all-features",
            "-p",
            "orm",
        ])
        .current_dir(&root)
        .env("CARGO_TARGET_DIR", root.join("target"))
        .status()
        .expect("cargo runs");
    assert!(done.success(), "the documentation cannot be built");
    let page = fs::read_to_string(root.join("target/doc/orm/all.html")).expect("the list of all items");
    let found = items(&page);
    assert!(found.len() > 100, "the list is not read as it was: {found:?}");
    let found = found.join("\n") + "\n";

    let golden = root.join("tests/golden/public-items.txt");
    if std::env::var_os("ORM_GOLDEN").is_some_and(|how| how == "write") {
        fs::write(&golden, &found).expect("the golden file is written");
    }
    for (name, pages) in by_name(&found) {
        let sources = pages
            .iter()
            .map(|page| source(&root.join("target/doc/orm").join(page)));
        let sources: Vec<String> = sources.collect();
        assert!(
            sources.windows(2).all(|pair| pair[0] == pair[1]),
            "{name} is the name of different items: {sources:?}"
        );
    }

    let meant = fs::read_to_string(&golden).expect("the golden file");
    let only = |these: &str, those: &str| -> Vec<String> {
        let those: Vec<&str> = those.lines().collect();
        these
            .lines()
            .filter(|line| !those.contains(line))
            .map(str::to_owned)
            .collect()
    };
    assert!(
        found == meant,
        "public, and not in tests/golden/public-items.txt: {:?}; there, and no longer public: {:?}",
        only(&found, &meant),
        only(&meant, &found)
    );
}

/// The pages of the items with each name. Derives, attributes and the macro beside them are left out: they have the names of traits, and
/// their sources are another crate's.
fn by_name(items: &str) -> BTreeMap<&str, Vec<String>> {
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for item in items.lines().filter(|item| {
        !["derive ", "attr ", "macro migrations"]
            .iter()
            .any(|kind| item.starts_with(kind))
    }) {
        let (kind, path) = item.split_once(' ').expect("a kind and a path");
        let (module, name) = path.rsplit_once("::").unwrap_or(("", path));
        let page = format!("{}/{kind}.{name}.html", module.replace("::", "/"));
        found
            .entry(name)
            .or_default()
            .push(page.trim_start_matches('/').to_owned());
    }
    found
}

/// The source line that an item's page links to. An item that is exported twice has two pages and one source line.
fn source(page: &Path) -> String {
    let text = fs::read_to_string(page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
    let link = text
        .split("class=\"src")
        .nth(1)
        .and_then(|rest| rest.split_once("/src/"));
    let link = link.and_then(|(_, rest)| rest.split('"').next());
    link.unwrap_or_else(|| panic!("{} links to no source", page.display()))
        .to_owned()
}

/// `fn queries::count` of `href="queries/fn.count.html"`.
fn items(page: &str) -> Vec<String> {
    let mut found: Vec<String> = page
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| {
            let path = rest.split('"').next()?.strip_suffix(".html")?;
            let (module, file) = path.rsplit_once('/').unwrap_or(("", path));
            let (kind, name) = file.split_once('.')?;
            let at = match module {
                "" => String::new(),
                module => module.replace('/', "::") + "::",
            };
            (!module.contains("static.files")).then(|| format!("{kind} {at}{name}"))
        })
        .collect();
    found.sort();
    found.dedup();
    found
}
