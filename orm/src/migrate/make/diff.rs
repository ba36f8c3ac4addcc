//! The migrations between two states, without a file or a database.

use chrono::{DateTime, Utc};

use super::{MakeOptions, StateFile, files_at};
use crate::error::Result;
use crate::migrate::file::{NewMigration, new_migration};
use crate::migrate::graph::Graph;
use crate::migrate::project::Migrations;
use crate::model::ModelDef;

/// The migrations that lead from one state to another, in the order they run; none where the states agree.
///
/// Nothing says how `from` came about, so it is taken for what `makemigrations` would have written at once: an app that
/// it has models of stands at `0001_initial`, and what is new of it starts at `0002`. Of an app that it has no models
/// of, the first migration is `0001_initial`.
///
/// What `from` says of renames (`renamed_from`) counts for nothing; what `to` says are answers.
///
/// # Errors
/// If a question has no answer ([`Error::is_question`](crate::Error::is_question)), or something changes in a way that
/// no operation says.
///
/// # Example: one model more
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{MakeOptions, StateFile, diff};
///
/// let text = r#"{"models": [{"app": "blog", "name": "Tag", "fields": [{"name": "id", "type": "big_int", "primary_key": true}]}]}"#;
/// let new = diff(&StateFile::default(), &StateFile::parse("models.json", text)?, &MakeOptions::default())?;
/// assert_eq!(new[0].describe, ["+ create model Tag"]);
/// # Ok::<(), orm::Error>(())
/// ```
pub fn diff(from: &StateFile, to: &StateFile, options: &MakeOptions) -> Result<Vec<NewMigration>> {
    diff_at(from, to, options, Utc::now())
}

pub(in crate::migrate) fn diff_at(
    from: &StateFile,
    to: &StateFile,
    options: &MakeOptions,
    now: DateTime<Utc>,
) -> Result<Vec<NewMigration>> {
    let before = files_at(
        &without_answers(from.models()),
        &Graph::default(),
        &MakeOptions::default(),
        now,
    )?;
    let files = files_at(to.models(), &Graph::new(before)?, options, now)?;
    files.into_iter().map(new_migration).collect()
}

/// The migrations that lead from where the files of a project are to a state.
///
/// # Errors
/// As [`diff`], and if the graph of the files has several ends in one app.
///
/// # Example: what the files do not say yet
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::migrate::{MakeOptions, StateFile, diff_from_files};
///
/// let to = StateFile::of_migrations(&blog::migrations()?)?;
/// assert!(diff_from_files(&blog::migrations()?, &to, &MakeOptions::default())?.is_empty());
/// # Ok::<(), orm::Error>(())
/// ```
pub fn diff_from_files(
    from: &Migrations,
    to: &StateFile,
    options: &MakeOptions,
) -> Result<Vec<NewMigration>> {
    super::make_migrations(to.models(), from, options)
}

fn without_answers(models: &[ModelDef]) -> Vec<ModelDef> {
    let mut models = models.to_vec();
    for model in &mut models {
        model.renamed_from = None;
        model.app_renamed_from = None;
        for field in &mut model.fields {
            field.renamed_from = None;
            field.renamed_in_embed = false;
            field.renamed_choices.clear();
        }
    }
    models
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::Answers;
    use crate::migrate::testing::models;

    /// A line per migration and operation.
    fn said(before: &str, after: &str) -> String {
        let state = |text: &str| StateFile::of_models(models(text));
        let new = diff(&state(before), &state(after), &MakeOptions::default()).unwrap();
        let mut out = String::new();
        for migration in new {
            let after: Vec<String> = migration.dependencies.iter().map(ToString::to_string).collect();
            let initial = if migration.initial { " (initial)" } else { "" };
            out.push_str(&format!(
                "{}.{}{initial} after {after:?}\n",
                migration.app, migration.name
            ));
            for line in migration.describe {
                out.push_str(&format!("  {line}\n"));
            }
        }
        out
    }

    #[test]
    fn apps_that_had_no_models_start_at_their_first_migration() {
        assert_eq!(
            said("auth.User", "auth.User\nblog.Post\n author fk=auth.User"),
            "blog.0001_initial (initial) after [\"auth.0001_initial\"]\n  + create model Post\n"
        );
    }

    #[test]
    fn apps_that_had_models_go_on_behind_it() {
        assert_eq!(
            said("blog.Post\nblog.Tag", "blog.Post\n views int null"),
            "blog.0002_delete_tag_post_views after [\"blog.0001_initial\"]\n  - delete model Tag\n  + add field views to Post\n"
        );
        assert_eq!(said("blog.Post", "blog.Post"), "");
    }

    #[test]
    fn who_let_go_of_a_deleted_model_comes_before() {
        let before = "auth.User\nblog.Post\n author fk=auth.User";
        assert_eq!(
            said(before, "blog.Post"),
            "blog.0002_remove_post_author after [\"blog.0001_initial\"]\n  - remove field author from Post\n\
             auth.0002_delete_user after [\"auth.0001_initial\", \"blog.0002_remove_post_author\"]\n  - delete model User\n"
        );
    }

    #[test]
    fn what_the_first_state_says_of_renames_is_no_answer() {
        let said = said(
            "blog.Post\n heading text from=title",
            "blog.Post\n title text from=heading",
        );
        assert!(said.contains("~ rename field heading on Post to title"), "{said}");
    }

    #[test]
    fn a_question_without_an_answer_is_an_error_with_one_none() {
        let state = |text: &str| StateFile::of_models(models(text));
        let (before, after) = (state("blog.Post"), state("blog.Post\n views int"));
        let error = diff(&before, &after, &MakeOptions::default()).unwrap_err();
        assert!(error.is_question(), "{error}");
        let mut answers = Answers::default();
        answers.add_default("blog.Post.views=0").unwrap();
        let options = MakeOptions {
            answers,
            ..MakeOptions::default()
        };
        assert_eq!(diff(&before, &after, &options).unwrap().len(), 1);
    }
}
