use super::*;
use crate::migrate::testing::models;
use crate::migrate::{Project, make_migrations};
use crate::model::ModelDef;

const BASE: &str = "
blog.Post
  title text max=200
  author fk=auth.User
  index title
auth.User
";

/// A project with a first migration of each app, and two branches after it that lead to these models.
struct Branches {
    _dir: tempfile::TempDir,
    project: Project,
}

fn make(project: &Project, models: &[ModelDef], name: &str) {
    let mut options = MakeOptions {
        name: Some(name.to_owned()),
        ..MakeOptions::default()
    };
    let migrations = project.load().unwrap();
    let mut new = make_migrations(models, &migrations, &options);
    if new.as_ref().is_err_and(crate::Error::is_question) {
        options.answers.add_default("blog.Post.slug=x").unwrap();
        new = make_migrations(models, &migrations, &options);
    }
    let new = new.unwrap();
    assert!(!new.is_empty());
    project.write(&new).unwrap();
}

fn branches(one: &str, other: &str) -> Branches {
    let dir = tempfile::tempdir().unwrap();
    let project = Project::new(dir.path());
    make(&project, &models(BASE), "start");
    let aside = dir.path().join("0002_one.toml");
    let head = dir.path().join("blog/HEAD");
    let start = std::fs::read_to_string(&head).unwrap();
    make(&project, &models(one), "one");
    std::fs::rename(dir.path().join("blog/0002_one.toml"), &aside).unwrap();
    std::fs::write(&head, start).unwrap();
    make(&project, &models(other), "other");
    std::fs::rename(&aside, dir.path().join("blog/0002_one.toml")).unwrap();
    std::fs::write(
        &head,
        "<<<<<<< HEAD\n0002_one\n=======\n0002_other\n>>>>>>> other\n",
    )
    .unwrap();
    Branches { _dir: dir, project }
}

fn merged(one: &str, other: &str) -> Result<Vec<Merge>> {
    let branches = branches(one, other);
    let migrations = branches.project.load()?;
    let now = "2026-11-22T18:05:00Z".parse().unwrap();
    merge_at(&migrations, &MakeOptions::default(), now)
}

fn with(line: &str) -> String {
    BASE.replacen("  index title\n", &format!("  index title\n  {line}\n"), 1)
}

#[test]
fn branches_apart_are_joined_by_a_migration_without_operations() {
    let branches = branches(
        &with("slug text"),
        &format!("{}\nblog.Tag\n  post fk=blog.Post\n", BASE),
    );
    let migrations = branches.project.load().unwrap();
    assert!(
        make_migrations(&models(BASE), &migrations, &MakeOptions::default())
            .unwrap_err()
            .to_string()
            .contains("0002_one, 0002_other")
    );
    let merges = merge_migrations(&migrations, &MakeOptions::default()).unwrap();
    let [merge] = &merges[..] else {
        panic!("{merges:?}")
    };
    assert_eq!(merge.migration.name, "0003_merge_0002_one_0002_other");
    assert!(merge.migration.operations.is_empty() && !merge.migration.initial);
    let dependencies: Vec<String> = merge
        .migration
        .dependencies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(dependencies, ["blog.0002_one", "blog.0002_other"]);
    assert_eq!(
        merge.branches[0].migrations[0].describe,
        ["+ add field slug to Post"]
    );
    branches
        .project
        .write(std::slice::from_ref(&merge.migration))
        .unwrap();
    let migrations = branches.project.load().unwrap();
    let both = format!("{}\nblog.Tag\n  post fk=blog.Post\n", with("slug text"));
    let mut models = models(&both);
    models.retain(|model| model.app == "blog" || model.app == "auth");
    assert_eq!(
        make_migrations(&models, &migrations, &MakeOptions::default()).unwrap(),
        []
    );
    assert_eq!(
        merge_migrations(&migrations, &MakeOptions::default()).unwrap(),
        []
    );
}

#[test]
fn the_name_is_that_of_the_branches_while_it_is_short() {
    let branches = branches(&with("slug text"), &with("views int null"));
    let migrations = branches.project.load().unwrap();
    let now = "2026-11-22T18:05:00Z".parse().unwrap();
    let mut options = MakeOptions {
        name: Some("join".to_owned()),
        ..MakeOptions::default()
    };
    assert_eq!(
        merge_at(&migrations, &options, now).unwrap()[0].migration.name,
        "0003_join"
    );
    options.apps = vec!["auth".to_owned()];
    assert_eq!(merge_at(&migrations, &options, now).unwrap(), []);
    let dir = &branches.project.migrations_dir;
    let long = format!("0002_{}", "o".repeat(40));
    std::fs::rename(
        dir.join("blog/0002_one.toml"),
        dir.join(format!("blog/{long}.toml")),
    )
    .unwrap();
    let migrations = branches.project.load().unwrap();
    let merges = merge_at(&migrations, &MakeOptions::default(), now).unwrap();
    assert_eq!(merges[0].migration.name, "0003_merge_20261122_1805");
}

#[test]
fn what_both_branches_touch_is_named() {
    let title = |of: &str| BASE.replace("title text max=200", of);
    for (one, other, object) in [
        (
            title("title text max=300"),
            title("title text max=100"),
            "the field blog.Post.title",
        ),
        (
            with("slug text"),
            with("slug text null"),
            "the field blog.Post.slug",
        ),
        (
            BASE.replace("  index title\n", ""),
            title("headline text max=200 from=title").replace("index title", "index headline"),
            "blog_post_title_idx",
        ),
        (
            title("headline text max=200 from=title").replace("index title", "index headline"),
            with("unique title author"),
            "the field blog.Post.title",
        ),
        (
            with("ordering title"),
            with("ordering -title"),
            "the options of blog.Post",
        ),
        (with("comment a"), with("comment b"), "the comment of blog.Post"),
        (
            format!("{BASE}\nblog.Tag\n  name text"),
            format!("{BASE}\nblog.Tag\n  name int"),
            "the model blog.Tag",
        ),
    ] {
        let error = merged(&one, &other).unwrap_err().to_string();
        assert!(
            error.starts_with("the branches of blog cannot be merged, for they touch the same:\n  "),
            "{error}"
        );
        for part in [object, "0002_one (", "0002_other ("] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}

#[test]
fn what_only_one_branch_changes_and_the_other_reads_is_no_clash() {
    let altered = BASE.replace("title text max=200", "title text max=300");
    for other in [
        with("unique title author"),
        with("index author"),
        with("views int null"),
    ] {
        assert_eq!(merged(&altered, &other).unwrap().len(), 1, "{other}");
    }
}

#[test]
fn sql_is_a_question() {
    let branches = branches(&with("slug text"), &with("views int null"));
    let path = branches.project.migrations_dir.join("blog/0002_one.toml");
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str("\n[[operations]]\nkind = \"RunSql\"\nsqlite = { forward = \"SELECT 1\" }\n");
    std::fs::write(&path, text).unwrap();
    let migrations = branches.project.load().unwrap();
    let mut options = MakeOptions::default();
    let error = merge_migrations(&migrations, &options).unwrap_err();
    assert!(error.is_question(), "{error}");
    let unanswered = Unanswered::of(&error).unwrap();
    assert!(
        unanswered.answers_file().contains("[merge]\n"),
        "{}",
        unanswered.answers_file()
    );
    options.answers.merge.insert("blog".to_owned());
    let merges = merge_migrations(&migrations, &options).unwrap();
    let opaque: Vec<bool> = merges[0]
        .branches
        .iter()
        .map(|branch| branch.migrations[0].opaque)
        .collect();
    assert_eq!(opaque, [true, false]);
}
