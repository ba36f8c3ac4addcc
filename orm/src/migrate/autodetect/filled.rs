//! A law of answers: whatever is printed to be filled in is taken however it is filled in, or refused because two of the
//! answers cannot both be.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::migrate::testing::{field, grown, grown_anyhow};
use crate::migrate::{Answers, Unanswered};
use crate::model::{FieldDef, ModelDef, ModelKey};
use crate::value::{FieldType, Literal};

const MODELS: [&str; 4] = ["Alpha", "Beta", "Eta", "zeta"];
const TEXTS: [&str; 4] = ["x", "y", "z", "so so"];

/// Fields by the first letter of their names: of a kind, and whether they take NULL.
type Shape = BTreeMap<usize, (usize, bool)>;

/// Models by position; each has a shape, and points at one that is there.
#[derive(Debug, Clone)]
struct Given {
    models: BTreeMap<usize, Shape>,
    texts: BTreeSet<usize>,
    key: Option<(usize, usize)>,
}

fn given() -> impl Strategy<Value = Given> {
    let shape = proptest::collection::btree_map(0..4_usize, (0..3_usize, any::<bool>()), 0..4);
    let models = proptest::collection::btree_map(0..MODELS.len(), shape, 1..4);
    let texts = proptest::collection::btree_set(0..TEXTS.len(), 1..4);
    let key = proptest::option::of((0..4_usize, 0..4_usize));
    (models, texts, key).prop_map(|(models, texts, key)| Given { models, texts, key })
}

fn models(given: &Given) -> Vec<ModelDef> {
    let mut models: Vec<ModelDef> = Vec::new();
    for (at, shape) in &given.models {
        let mut model = ModelDef::new("aa", MODELS[*at]);
        model.fields.push(field(&["id", "big_int", "pk", "generated"]));
        for (name, (kind, null)) in shape {
            let ty = [FieldType::Text, FieldType::Int, FieldType::Choices][*kind];
            let mut field = FieldDef::new(["a", "b", "c", "d"][*name], ty);
            if ty == FieldType::Choices {
                field.enum_type = Some("mood".to_owned());
                field.choices = given.texts.iter().map(|at| TEXTS[*at].to_owned()).collect();
            }
            field.null = *null;
            model.fields.push(field);
        }
        models.push(model);
    }
    let mut key = ModelDef::new("aa", "Holder");
    key.fields.push(field(&["id", "big_int", "pk", "generated"]));
    if let Some((name, target)) = given.key {
        let target = ModelKey::new("aa", models[target % models.len()].name.as_str());
        let mut field = FieldDef::new(["p", "q", "r", "s"][name], FieldType::ForeignKey);
        field.to = Some(target);
        key.fields.push(field);
    }
    models.push(key);
    models
}

/// The lines of an answers file that are answers, by what they answer; a key of two tables has the answers of both.
fn printed(file: &str) -> BTreeMap<String, Vec<(String, String)>> {
    let mut all: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let mut section = "";
    for line in file.lines() {
        if line.starts_with('[') {
            section = line;
        } else if let Some(answer) = line.strip_prefix("# ").filter(|line| line.starts_with('"')) {
            let key = answer.split(" = ").next().unwrap();
            all.entry(key.to_owned())
                .or_default()
                .push((section.to_owned(), answer.to_owned()));
        }
    }
    all
}

/// Fills in what is printed, as the picks say; a field that something was renamed to may be left out, as the file says.
fn fill(file: &str, picks: &mut impl Iterator<Item = usize>, answers: &mut Answers) {
    for (key, ways) in printed(file) {
        let pick = picks.next().unwrap();
        let key: String = serde_json::from_str(&key).unwrap();
        let is_default = ways[0].0 == "[defaults]";
        if is_default && pick.is_multiple_of(2) && is_renamed_to(answers, &key) {
            continue;
        }
        let mut taken: Vec<&(String, String)> = vec![&ways[pick % ways.len()]];
        if is_default && ways.len() == 2 && pick.is_multiple_of(5) {
            taken = ways.iter().collect();
        }
        for (section, line) in taken {
            let one = Answers::parse("answers.toml", &format!("{section}\n{line}\n")).unwrap();
            answers.renamed.extend(one.renamed);
            answers.not_renamed.extend(one.not_renamed);
            answers.defaults.extend(one.defaults);
            answers.proceed.extend(one.proceed);
        }
    }
}

fn is_renamed_to(answers: &Answers, key: &str) -> bool {
    let (owner, name) = key.rsplit_once('.').unwrap();
    let renamed = answers.renamed.iter();
    renamed
        .filter(|(old, _)| old.rsplit_once('.').unwrap().0 == owner)
        .any(|(_, new)| new == name)
}

/// Whether two answers cannot both be.
fn contradict(answers: &Answers) -> bool {
    let news: BTreeSet<(&str, &str)> = answers
        .renamed
        .iter()
        .map(|(old, new)| (old.rsplit_once('.').unwrap().0, new.as_str()))
        .collect();
    let rows = || answers.defaults.keys().chain(&answers.proceed);
    news.len() < answers.renamed.len()
        || rows().any(|key| is_renamed_to(answers, key))
        || answers.defaults.keys().any(|key| answers.proceed.contains(key))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_filling_of_what_is_printed_is_taken_or_contradicts_itself(
        before in given(),
        after in given(),
        picks in proptest::collection::vec(0..60_usize, 20),
    ) {
        let (before, after) = (models(&before), models(&after));
        let migrations = grown_anyhow(&[], &before).unwrap();
        let mut answers = Answers::default();
        let mut picks = picks.into_iter().cycle();
        for _ in 0..6 {
            let made = grown(&migrations, &after, &answers);
            let error = match made {
                Ok(new) => {
                    prop_assert!(!contradict(&answers), "{answers:?} is taken: {new:#?}");
                    let lost = new.iter().flat_map(|new| &new.describe).filter(|line| line.starts_with("- "));
                    for line in lost {
                        let renamed = answers.renamed.keys().find(|old| {
                            let (owner, name) = old.rsplit_once('.').unwrap();
                            let model = owner.rsplit_once('.').map_or("", |(_, model)| model);
                            *line == format!("- remove field {name} from {model}") || *line == format!("- delete model {name}")
                        });
                        prop_assert_eq!(renamed, None, "lost: {}", line);
                    }
                    return Ok(());
                }
                Err(error) => error,
            };
            let Some(unanswered) = Unanswered::of(&error) else {
                prop_assert!(contradict(&answers), "{answers:?} is refused: {error}");
                let said = error.to_string();
                let words = ["cannot both have been renamed", "contradict"];
                prop_assert!(words.iter().any(|word| said.contains(word)), "{}", said);
                return Ok(());
            };
            fill(&unanswered.answers_file(), &mut picks, &mut answers);
        }
        prop_assert!(false, "asked for ever: {answers:?}");
    }
}

#[test]
fn models_that_share_a_candidate_take_it_in_every_combination() {
    let of = |names: &[&str]| -> Vec<ModelDef> {
        let models = names.iter().map(|name| ModelDef::new("aa", *name));
        models
            .map(|mut model| {
                model.fields.push(field(&["id", "big_int", "pk", "generated"]));
                model
            })
            .collect()
    };
    let migrations = grown(&[], &of(&["Alpha", "zeta"]), &Answers::default()).unwrap();
    let after = of(&["Eta"]);
    let error = grown(&migrations, &after, &Answers::default()).unwrap_err();
    let printed = printed(&Unanswered::of(&error).unwrap().answers_file());
    assert_eq!(printed.len(), 2, "{printed:?}");
    let made = |alpha: &str, zeta: &str| {
        let file = format!("[renamed]\n\"aa.Alpha\" = {alpha}\n\"aa.zeta\" = {zeta}\n");
        let answers = Answers::parse("answers.toml", &file).unwrap();
        grown(&migrations, &after, &answers).map(|new| new[0].describe.clone())
    };
    assert_eq!(
        made("\"Eta\"", "false").unwrap(),
        ["~ rename model Alpha to Eta", "- delete model zeta"]
    );
    assert_eq!(
        made("false", "\"Eta\"").unwrap(),
        ["~ rename model zeta to Eta", "- delete model Alpha"]
    );
    assert_eq!(made("false", "false").unwrap().len(), 3);
    let both = made("\"Eta\"", "\"Eta\"").unwrap_err().to_string();
    assert!(
        both.starts_with("aa.Alpha and aa.zeta cannot both have been renamed to aa.Eta"),
        "{both}"
    );
}

/// A value that is printed is one that the field takes.
#[test]
fn what_is_printed_for_rows_fits_the_field() {
    let before = crate::migrate::testing::models("aa.Alpha\n");
    let migrations = grown(&[], &before, &Answers::default()).unwrap();
    for ty in [
        FieldType::Bool,
        FieldType::SmallInt,
        FieldType::Int,
        FieldType::BigInt,
        FieldType::TinyInt,
        FieldType::UnsignedTinyInt,
        FieldType::UnsignedSmallInt,
        FieldType::UnsignedInt,
        FieldType::UnsignedBigInt,
        FieldType::Real,
        FieldType::Double,
        FieldType::Decimal,
        FieldType::Text,
        FieldType::Bytes,
        FieldType::Uuid,
        FieldType::Date,
        FieldType::Time,
        FieldType::DateTime,
        FieldType::Timestamp,
        FieldType::Json,
        FieldType::Choices,
    ] {
        let mut after = before.clone();
        let mut new = FieldDef::new("new", ty);
        if ty == FieldType::Choices {
            new.choices = vec!["y\"es".to_owned(), "no".to_owned()];
        }
        after[0].fields.push(new);
        let error = grown(&migrations, &after, &Answers::default()).unwrap_err();
        let mut answers = Answers::default();
        let file = Unanswered::of(&error).unwrap().answers_file();
        fill(&file, &mut std::iter::repeat(0), &mut answers);
        let new = grown(&migrations, &after, &answers).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(new[0].describe, ["+ add field new to Alpha"]);
        if ty == FieldType::Choices {
            assert_eq!(answers.defaults["aa.Alpha.new"], Literal::from("y\"es"));
        }
    }
}
