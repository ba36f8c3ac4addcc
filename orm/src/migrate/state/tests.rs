use super::*;
use crate::migrate::operation::testing::operations;
use crate::migrate::operation::{Operation, RenameModel};
use crate::migrate::testing::models;

const BLOG: &str = "
a.User
  name text
a.Post
  author fk=a.User
  parent fk=a.Post null
  tags m2m=a.Tag
a.Tag
b.Note
  post o2o=a.Post
  user fk=a.User
";

fn state(text: &str) -> ProjectState {
    ProjectState::from_models(&models(text)).unwrap()
}

fn rename(state: &mut ProjectState, old: &str, new: &str) {
    let rename = Operation::from(RenameModel {
        old: old.to_owned(),
        new: new.to_owned(),
    });
    rename.state_forwards("a", state).unwrap();
}

fn pointing(state: &ProjectState, model: &str) -> Vec<String> {
    let key = ModelKey::new("a", model);
    let incoming = state.incoming(&key);
    incoming
        .map(|(owner, field)| format!("{owner}.{}", field.name))
        .collect()
}

#[test]
fn relations_of_every_app_follow_a_renamed_model() {
    let mut state = state(BLOG);
    rename(&mut state, "Post", "Article");
    let expected = BLOG.replace("a.Post", "a.Article");
    assert!(state == self::state(&expected));
    assert_eq!(pointing(&state, "Article"), ["b.Note.post"]);
    let article = state.model(&ModelKey::new("a", "Article")).unwrap();
    assert_eq!(article.table_name(), "a_article");
    let join = article
        .join_model(article.field("tags").unwrap(), |key| state.model(key))
        .unwrap();
    assert_eq!(join.table_name(), "a_article_tags");
    assert!(join.field("article").is_some());
}

#[test]
fn two_models_swap_their_names_by_way_of_a_third() {
    let mut state = state(BLOG);
    for (old, new) in [("User", "Free"), ("Post", "User"), ("Free", "Post")] {
        rename(&mut state, old, new);
    }
    let expected = BLOG
        .replace("a.User", "a.Free")
        .replace("a.Post", "a.User")
        .replace("a.Free", "a.Post");
    assert!(state.agrees_with(&self::state(&expected)));
    assert_eq!(pointing(&state, "User"), ["b.Note.post"]);
    assert_eq!(pointing(&state, "Post"), ["a.User.author", "b.Note.user"]);
}

#[test]
fn a_field_takes_everything_that_names_it_along() {
    let mut state =
        state("a.Post\n  title text\n  index title -id\n  unique title id\n  check title\n  ordering -title");
    for operation in operations("add Post.head text of=title; rename Post.title name") {
        operation.state_forwards("a", &mut state).unwrap();
    }
    let model = state.model(&ModelKey::new("a", "Post")).unwrap();
    assert!(model.field("title").is_none());
    let text = toml::to_string(model).unwrap();
    assert!(!text.contains("field = \"title\""), "{text}");
    assert_eq!(model.ordering, ["-name"]);
    assert_eq!(
        model.indexes[0].parts,
        ["name", "-id"].map(crate::model::IndexPart::from)
    );
    assert_eq!(user_of(model, "name"), Some("a_post_title_id_idx"));
}

#[test]
fn an_ordering_by_related_rows_goes_along_with_the_relation_it_begins_with() {
    let mut state = state("a.User\n  name text\na.Post\n  author fk=a.User\n  ordering -author__name author");
    for operation in operations("rename Post.author writer; rename User.name title") {
        operation.state_forwards("a", &mut state).unwrap();
    }
    let model = state.model(&ModelKey::new("a", "Post")).unwrap();
    // What follows is the other model's: the next migration says it anew.
    assert_eq!(model.ordering, ["-writer__name", "writer"]);
}

#[test]
fn what_is_used_stays() {
    let state = state("a.Post\n  title text\na.Note\n  post fk=a.Post");
    for (text, expected) in [
        ("delete Post", "a.Note.post still points at a.Post"),
        (
            "add Post.head text of=title; remove Post.title",
            "head of a.Post is over the field title",
        ),
        (
            "alter Post.title text of=title",
            "a.Post.title is computed from itself",
        ),
        (
            "enum mood sad; add Note.mood choices enum=mood; no enum mood",
            "a.Note still has a field of the enum type a.mood",
        ),
    ] {
        let mut state = state.clone();
        let failed = operations(text)
            .iter()
            .find_map(|operation| operation.state_forwards("a", &mut state).err());
        let error = failed.unwrap().to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn fields_allow_what_their_type_allows() {
    let mut state = state("a.Post\n  title text");
    let text = "enum mood sad glad; add Post.mood choices enum=mood default=sad; value mood ok; respell mood sad low";
    for operation in operations(text) {
        operation.state_forwards("a", &mut state).unwrap();
    }
    let field = state
        .model(&ModelKey::new("a", "Post"))
        .unwrap()
        .field("mood")
        .unwrap();
    assert_eq!(field.choices, ["low", "glad", "ok"]);
    assert_eq!(field.default, Some(Literal::from("low")));
    assert_eq!(state.enums()[&EnumKey::new("a", "mood")], ["low", "glad", "ok"]);
}

#[test]
fn fields_of_one_type_that_allow_different_texts_are_named() {
    let mut models = models("a.Post\n  mood choices\na.Note\n  feel choices");
    for (model, value) in models.iter_mut().zip(["sad", "glad"]) {
        for field in model.fields.iter_mut().filter(|field| field.name != "id") {
            field.enum_type = Some("mood".to_owned());
            field.choices = vec![value.to_owned()];
        }
    }
    let error = ProjectState::from_models(&models).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "a.Post.mood and a.Note.feel are of the enum type a.mood and do not allow the same texts"
        ),
        "{error}"
    );
    models.truncate(1);
    let state = ProjectState::from_models(&models).unwrap();
    assert_eq!(state.enums()[&EnumKey::new("a", "mood")], ["sad"]);
}
