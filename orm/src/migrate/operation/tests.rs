use super::*;
use crate::migrate::testing::models;

/// Operations of the app `blog` in the form of files.
fn operation(text: &str) -> Operation {
    let (kind, rest) = text.split_once(' ').unwrap();
    let value: toml::Table = rest.parse().unwrap();
    Operation::of_kind(kind, value).unwrap().unwrap()
}

#[test]
fn what_does_not_fit_is_named() {
    let before = "
blog.Post
  title text
  author fk=blog.User
  tags m2m=blog.User
  index title
  check title
blog.User
";
    let state = ProjectState::from_models(&models(before)).unwrap();
    for (text, expected) in [
        (
            "CreateModel model = 'Post'\nfields = []",
            "the model blog.Post exists already",
        ),
        (
            "CreateModel model = 'A'\nfields = [{ name = 'x', type = 'foreign_key', to = 'blog.No' }]",
            "blog.A.x points at blog.No, which does not exist",
        ),
        (
            "CreateModel model = 'A'\nfields = []\nindexes = [{ name = 'i', fields = ['x'] }]",
            "i of blog.A is over the field x, which does not exist",
        ),
        (
            "DeleteModel model = 'User'",
            "blog.Post.author still points at blog.User",
        ),
        ("DeleteModel model = 'No'", "there is no model blog.No"),
        (
            "AddField model = 'Post'\nfield = { name = 'title', type = 'text' }",
            "blog.Post has a field title already",
        ),
        (
            "RemoveField model = 'Post'\nfield = 'no'",
            "blog.Post has no field no",
        ),
        (
            "RemoveField model = 'Post'\nfield = 'title'",
            "blog_post_title_idx of blog.Post is over the field title",
        ),
        (
            "AlterField model = 'Post'\nfield = { name = 'no', type = 'text' }",
            "blog.Post has no field no",
        ),
        (
            "RenameField model = 'Post'\nold = 'title'\nnew = 'author'",
            "blog.Post has a field author already",
        ),
        ("RenameModel old = 'No'\nnew = 'A'", "there is no model blog.No"),
        (
            "RenameModel old = 'User'\nnew = 'Post'",
            "the model blog.Post exists already",
        ),
        ("AlterModelTable model = 'No'", "there is no model blog.No"),
        (
            "RenameIndex model = 'Post'\nold = 'no'\nnew = 'a'",
            "blog.Post has no index no",
        ),
        (
            "RenameIndex model = 'Post'\nold = 'no'\nnew = 'blog_post_title_idx'",
            "blog.Post has an index blog_post_title_idx already",
        ),
        (
            "AlterConstraint model = 'Post'\nconstraint = { kind = 'unique', name = 'title_check', fields = ['title'] }",
            "the constraint title_check of blog.Post changes in more than its message",
        ),
        (
            "AddField model = 'Post'\nfield = { name = 'mood', type = 'choices', enum_type = 'mood' }",
            "there is no enum type blog.mood",
        ),
        (
            "AddField model = 'Post'\nfield = { name = 'x', type = 'text', generated_as = { expression = { field = 'y' } } }",
            "x of blog.Post is over the field y, which does not exist",
        ),
        (
            "CreateEnum name = 'a'\nvalues = []",
            "the enum type blog.a has no values",
        ),
        (
            "CreateEnum name = 'a'\nvalues = ['x', 'x']",
            "the enum type blog.a has the value `x` twice",
        ),
        (
            "AddEnumValue name = 'a'\nvalue = 'x'",
            "there is no enum type blog.a",
        ),
        (
            "AddIndex model = 'Post'\nindex = { name = 'blog_post_title_idx', fields = ['title'] }",
            "blog.Post has an index blog_post_title_idx already",
        ),
        (
            "RemoveIndex model = 'Post'\nindex = 'no'",
            "blog.Post has no index no",
        ),
        (
            "AddConstraint model = 'Post'\nconstraint = { kind = 'unique', name = 'u', fields = ['no'] }",
            "u of blog.Post is over the field no, which does not exist",
        ),
        (
            "RemoveConstraint model = 'Post'\nconstraint = 'no'",
            "blog.Post has no constraint no",
        ),
        ("AlterModelOptions model = 'No'", "there is no model blog.No"),
    ] {
        let error = operation(text)
            .state_forwards("blog", &mut state.clone())
            .unwrap_err();
        assert!(error.to_string().starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn every_kind_says_itself() {
    for (text, line, fragment) in [
        (
            "DeleteModel model = 'BlogPost'",
            "- delete model BlogPost",
            Some("delete_blogpost"),
        ),
        (
            "RenameField model = 'Post'\nold = 'a'\nnew = 'b'",
            "~ rename field a on Post to b",
            Some("rename_a_post_b"),
        ),
        (
            "AlterModelOptions model = 'Post'",
            "~ change options of Post",
            Some("alter_post_options"),
        ),
        ("RunSql about = 'fill slugs'", "s run SQL: fill slugs", None),
        ("RunRust forward = 'blog.fill'", "r run blog.fill", None),
        (
            "RenameModel old = 'BlogPost'\nnew = 'Article'",
            "~ rename model BlogPost to Article",
            Some("rename_blogpost_article"),
        ),
        (
            "AlterModelTable model = 'Post'\ntable = 'posts'",
            "~ rename table of Post to posts",
            Some("alter_post_table"),
        ),
        (
            "AlterModelTableComment model = 'Post'",
            "~ change table comment of Post",
            Some("alter_post_table_comment"),
        ),
        (
            "AlterModelStorage model = 'Post'",
            "~ change storage of Post",
            Some("alter_post_storage"),
        ),
        (
            "RenameIndex model = 'Post'\nold = 'a'\nnew = 'b'",
            "~ rename index a on Post to b",
            Some("rename_a_b"),
        ),
        (
            "CreateEnum name = 'mood'\nvalues = ['sad']",
            "+ create enum mood",
            Some("mood"),
        ),
        (
            "AddEnumValue name = 'mood'\nvalue = 'glad'",
            "+ add value glad to mood",
            Some("mood_glad"),
        ),
        (
            "RenameEnumValue name = 'mood'\nold = 'sad'\nnew = 'low'",
            "~ rename value sad of mood to low",
            Some("rename_sad_mood_low"),
        ),
        (
            "AlterEnum name = 'mood'\nvalues = ['low']",
            "~ alter enum mood",
            Some("alter_mood"),
        ),
        (
            "DeleteEnum name = 'mood'",
            "- delete enum mood",
            Some("delete_mood"),
        ),
        (
            "CreateExtension name = 'citext'",
            "+ create extension citext",
            Some("create_extension_citext"),
        ),
        (
            "RemoveCollation name = 'de'",
            "- remove collation de",
            Some("remove_collation_de"),
        ),
        (
            "SeparateDatabaseAndState state = [{ kind = 'DeleteModel', model = 'Post' }]",
            "? leave the database as it is and delete model Post",
            Some("delete_post"),
        ),
    ] {
        let operation = operation(text);
        assert_eq!(operation.line(), line);
        assert_eq!(operation.name_fragment().as_deref(), fragment);
    }
}
