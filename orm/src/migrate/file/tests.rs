use proptest::prelude::*;

use super::*;
use crate::migrate::operation::{AddField, RunSql, SqlPair};
use crate::migrate::testing::laws;
use crate::migrate::testing::{grown, models};
use crate::migrate::{Answers, Migrations};
use crate::model::FieldDef;
use crate::value::{FieldType, Literal};

const MODELS: &str = "
auth.User
  name text max=40 unique
blog.Post
  title text max=200 default=it's
  author fk=auth.User cascade null
  tags m2m=blog.Tag
  index title -author
  check title
  ordering -id
blog.Tag
";

const BLOG: &str = r#"# Made by `orm makemigrations`: read it, change it if need be, commit it. Once applied, it stays as it is.
id = "ID"
initial = true
dependencies = ["auth.0001_initial"]

[[operations]]
kind = "CreateModel"
model = "Tag"
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
]

[[operations]]
kind = "CreateModel"
model = "Post"
ordering = ["-id"]
fields = [
    { name = "id", type = "big_int", primary_key = true, generated = true },
    { name = "title", type = "text", max_length = 200, default = "it's" },
    { name = "author", type = "foreign_key", to = "auth.User", on_delete = "cascade", null = true, index = true },
    { name = "tags", type = "many_to_many", to = "blog.Tag" },
]
indexes = [
    { name = "blog_post_title_author_idx", fields = ["title", "-author"] },
]
constraints = [
    { kind = "check", name = "title_check", condition = ["ne", { field = "title" }, ""] },
]
"#;

fn blog() -> MigrationFile {
    let new = grown(&[], &models(MODELS), &Answers::default()).unwrap();
    let text = &new.iter().find(|migration| migration.app == "blog").unwrap().text;
    read(
        MigrationKey::new("blog", "0001_initial"),
        "0001_initial.toml",
        text,
    )
    .unwrap()
}

#[test]
fn a_file_reads_top_to_bottom() {
    let file = blog();
    assert_eq!(render(&file).unwrap(), BLOG.replace("ID", &file.id));
}

fn hash(file: &MigrationFile) -> String {
    Fingerprint::of(file, ["auth"]).unwrap().to_string()
}

#[test]
fn comments_and_line_ends_do_not_change_what_a_file_means() {
    let file = blog();
    let text = render(&file).unwrap();
    let windows = format!(
        "\u{feff}{}",
        text.replace('\n', "\r\n")
            .replace("model = \"Tag\"", "model   =   'Tag' # why")
    );
    let again = read(file.key.clone(), "x.toml", &windows).unwrap();
    assert_eq!(again, file);
    assert_eq!(hash(&again), hash(&file));
    let other = read(file.key.clone(), "x.toml", &text.replace("200", "100")).unwrap();
    assert_ne!(hash(&other), hash(&file));
}

#[test]
fn statements_stand_in_sections() {
    let text = r#"id = "x"
dependencies = []

[[operations]]
kind = "RunSql"
about = "fill"

[operations.sqlite]
forward = """
UPDATE a SET b = 'c\\d';
UPDATE a SET e = "f";
"""

[operations.postgres]
forward = "UPDATE a"
reverse = ""
"#;
    let file = read(MigrationKey::new("a", "1"), "1.toml", text).unwrap();
    let written = render(&file).unwrap();
    assert!(written.contains("\n[operations.sqlite]\nforward = "), "{written}");
    assert_eq!(read(file.key.clone(), "1.toml", &written).unwrap(), file);
}

#[test]
fn what_a_migration_replaces_is_named_by_name_and_id() {
    let text = r#"id = "x"
dependencies = ["b.1"]
run_before = ["c.1"]
replaces = [
    { migration = "a.1", id = "one" },
    "a.2",
    { migration = "a.1_squashed_2", id = "both", squashed = true },
]
"#;
    let file = read(MigrationKey::new("a", "1_squashed_3"), "f.toml", text).unwrap();
    let replaced = |name: &str, id: Option<&str>, squashed| Replaced {
        key: MigrationKey::new("a", name),
        id: id.map(str::to_owned),
        squashed,
    };
    assert_eq!(
        file.replaces,
        [
            replaced("1", Some("one"), false),
            replaced("2", None, false),
            replaced("1_squashed_2", Some("both"), true)
        ]
    );
    assert_eq!(file.run_before, [MigrationKey::new("c", "1")]);
    assert!(render(&file).unwrap().ends_with(text));
}

#[test]
fn mistakes_are_named_with_their_line() {
    for (text, expected) in [
        (
            "id = \"a\"\nreplaces = [\n  \"a.1\",\n  { migration = \"a\", id = \"x\" },\n]",
            "f.toml:4: `a` names no migration",
        ),
        (
            "id = \"a\"\nreplaces = [\n  { migration = \"a.1\", ids = \"x\" },\n]",
            "f.toml:3: unknown field `ids`",
        ),
        ("id = \"a\"\nnaem = 1", "f.toml:2: unknown key `naem`"),
        ("initial = true", "f.toml:1: the migration has no `id`"),
        (
            "id = \"a\"\n\n[[operations]]\nmodel = \"A\"",
            "f.toml:3: the operation has no `kind`",
        ),
        (
            "id = \"a\"\n\n[[operations]]\nkind = \"Create\"",
            "f.toml:4: there is no operation `Create`",
        ),
        (
            "id = \"a\"\n[[operations]]\nkind = \"DeleteModel\"\nmodel = \"A\"\nmodle = \"B\"",
            "f.toml:5: unknown field `modle`, expected `model`",
        ),
        (
            "id = \"a\"\n[[operations]]\nkind = \"CreateModel\"\nmodel = \"A\"\nfields = [\n    { name = \"x\", type = \"txt\" },\n]",
            "f.toml:6: unknown variant `txt`",
        ),
        (
            "id = \"a\"\ndependencies = [\"auth\"]",
            "f.toml:2: `auth` names no migration",
        ),
        (
            "id = \"a\"\n<<<<<<< HEAD\ninitial = true\n=======\n>>>>>>> b",
            "f.toml:2: a merge conflict is not resolved",
        ),
        ("id = \"a\"\ninitial = ", "f.toml:2:"),
        (
            "id = \"a\"\n[[operations]]\nkind = \"AddField\"\nmodel = \"A\"\nfield = { name = \"x\", type = \"int\", renamed_from = \"y\" }",
            "f.toml:2: the field x has `renamed_from`",
        ),
    ] {
        let error = read(MigrationKey::new("a", "f"), "f.toml", text)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(expected), "{error}\nexpected {expected}");
    }
}

#[test]
fn files_on_disk_are_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let project = crate::migrate::Project::new(dir.path().join("migrations"));
    assert!(project.load().unwrap().apps().is_empty());
    let new = grown(&[], &models(MODELS), &Answers::default()).unwrap();
    let paths = project.write(&new).unwrap();
    assert!(
        paths[1].ends_with("migrations/blog/0001_initial.toml"),
        "{paths:?}"
    );
    std::fs::write(dir.path().join("migrations/blog/_draft.toml"), "nonsense").unwrap();
    let loaded: Migrations = project.load().unwrap();
    assert_eq!(loaded.apps(), ["auth", "blog"]);
    assert_eq!(loaded.find("blog", "0001").unwrap(), "0001_initial");
    assert!(
        project
            .write(&new)
            .unwrap_err()
            .to_string()
            .contains("exists already")
    );
}

fn survives(operations: Vec<Operation>) {
    let key = MigrationKey::new("a", "1");
    let file = MigrationFile::new(key.clone(), false, Vec::new(), operations).unwrap();
    assert_eq!(read(key, "1.toml", &render(&file).unwrap()).unwrap(), file);
}

proptest! {
    #[test]
    fn any_text_survives_a_file(text in any::<String>(), float in proptest::num::f64::NORMAL) {
        let mut field = FieldDef::new(text.clone(), FieldType::Choices);
        field.default = Some(Literal::Str(text.clone()));
        field.choices = vec![text.clone(), format!("{text}\r\n'''\"\"\"")];
        field.comment = Some(text.clone());
        let pair = SqlPair {
            forward: format!("{text}\n{text}"),
            reverse: Some(text.clone()),
        };
        let fill = Some(Literal::Float(float));
        survives(vec![
            AddField { model: text.clone(), field, fill }.into(),
            RunSql { about: Some(text), sqlite: Some(pair.clone()), postgres: Some(pair), elidable: false, state_operations: Vec::new() }.into(),
        ]);
    }
}

/// What a formatter that knows nothing of migrations makes of a file: other tables, other quotes, keys sorted backwards.
fn reformatted(text: &str) -> String {
    fn backwards(value: toml::Value) -> toml::Value {
        match value {
            toml::Value::Table(table) => {
                let mut entries: Vec<_> = table.into_iter().collect();
                entries.sort_by(|a, b| b.0.cmp(&a.0));
                toml::Value::Table(
                    entries
                        .into_iter()
                        .map(|(key, value)| (key, backwards(value)))
                        .collect(),
                )
            }
            toml::Value::Array(items) => toml::Value::Array(items.into_iter().map(backwards).collect()),
            value => value,
        }
    }
    let table: toml::Table = toml::from_str(text).unwrap();
    let written = toml::to_string_pretty(&backwards(toml::Value::Table(table))).unwrap();
    format!("\u{feff}# formatted\r\n{}", written.replace('\n', "\r\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn files_come_back_as_they_were_whoever_formats_them(before in laws::tables(), after in laws::tables()) {
        let (before, after) = (laws::models(&before), laws::models(&after));
        let mut made = crate::migrate::testing::grown_anyhow(&[], &before).unwrap();
        made.extend(crate::migrate::testing::grown_anyhow(&made, &after).unwrap());
        for one in made {
            let key = MigrationKey::new(&one.app, &one.name);
            let file = read(key.clone(), "f.toml", &one.text).unwrap();
            prop_assert_eq!(&render(&file).unwrap(), &one.text);
            let other = read(key, "f.toml", &reformatted(&one.text)).unwrap();
            prop_assert_eq!(hash(&other), hash(&file));
            prop_assert_eq!(&other, &file);
        }
    }
}

#[test]
fn awkward_literals_survive_a_file() {
    for literal in [
        Literal::Float(1.0),
        Literal::Float(-0.0),
        Literal::Float(1e300),
        Literal::Float(f64::MIN_POSITIVE),
        Literal::Int(i64::MIN),
        Literal::Bool(false),
        Literal::from("2026-11-22"),
        Literal::from("true"),
        Literal::from("\u{0}\u{1b}\u{7f}\u{feff}\r\t\\"),
    ] {
        let mut field = FieldDef::new("f", FieldType::Text);
        field.default = Some(literal.clone());
        let model = "M".to_owned();
        let fill = Some(literal);
        survives(vec![AddField { model, field, fill }.into()]);
    }
}

#[test]
fn an_expression_of_ten_thousand_levels_in_a_file_is_an_error() {
    let file = |condition: &str| {
        let text = format!(
            "id = \"a\"\n[[operations]]\nkind = \"SeparateDatabaseAndState\"\nstate = [\n    {{ kind = \"AddConstraint\", model = \"A\", \
             constraint = {{ kind = \"check\", name = \"deep\", condition = {condition} }} }},\n]"
        );
        read(MigrationKey::new("a", "f"), "f.toml", &text)
    };
    let nested = |levels: usize| {
        let calls = levels - 1;
        format!(
            "{}{{ field = \"x\" }}{}",
            "[\"neg\", ".repeat(calls),
            "]".repeat(calls)
        )
    };
    let deep = file(&nested(64)).unwrap();
    let text = render(&deep).unwrap();
    assert_eq!(read(deep.key.clone(), "f.toml", &text).unwrap(), deep);
    for levels in [65, 70, 80, 100, 10_000] {
        let error = file(&nested(levels)).unwrap_err().to_string();
        assert!(error.starts_with("f.toml:"), "{levels}: {error}");
        assert!(error.contains("64 levels deep"), "{levels}: {error}");
    }
    let terms = vec!["[\"is_null\", { field = \"x\" }]"; 10_000].join(", ");
    assert!(file(&format!("[\"or\", {terms}]")).is_ok());
}
