//! Indexes and what is unique, of every kind, on tables with rows: made, changed, renamed and taken away on both databases.

use serde_json::json;

use crate::error::Result;
use crate::model::{
    ConstraintDef, Deferrable, FieldDef, IndexDef, IndexMethod, IndexPart, ModelDef, NullsOrder, UniqueDef,
};
use crate::sql::{Dialect, Session};
use crate::value::FieldType;

use super::super::testing::{Lite, Pg, call, expression, field, id, model, run, state};
use super::super::{alter_model, canonical, create_model, introspect, lower};

fn post() -> ModelDef {
    let mut slug = FieldDef::new("slug", FieldType::Text);
    slug.null = true;
    model(
        "Post",
        vec![
            id(),
            FieldDef::new("title", FieldType::Text),
            slug,
            FieldDef::new("views", FieldType::Int),
        ],
    )
}

fn lower_title() -> IndexPart {
    IndexPart::expression(expression(&call("ascii_lower", vec![field("title")])))
}

fn seen() -> crate::expr::RowExpr {
    expression(&call("gt", vec![field("views"), json!(0)]))
}

fn alter(session: &mut dyn Session, from: &ModelDef, to: &ModelDef) -> Result<()> {
    let (before, after) = (state(&[from]), state(&[to]));
    let dialect = session.dialect();
    run(session, &alter_model(from, &before, to, &after, &[], dialect)?)?;
    agrees(session, to);
    Ok(())
}

fn agrees(session: &mut dyn Session, model: &ModelDef) {
    let asked = lower(model, &state(&[model]), session.dialect()).unwrap();
    let asked = canonical(session, &asked).unwrap();
    assert_eq!(introspect(session, "shop_post").unwrap(), Some(asked));
}

/// A table with two rows that only a condition or a function keeps apart.
fn populated(session: &mut dyn Session, model: &ModelDef) {
    populated_with(session, model, "('a', 's', 0), ('b', 's', 1)");
}

fn populated_with(session: &mut dyn Session, model: &ModelDef, rows: &str) {
    let steps = create_model(model, &state(&[model]), session.dialect()).unwrap();
    run(session, &steps).unwrap();
    session
        .batch(&format!(
            "INSERT INTO shop_post (title, slug, views) VALUES {rows}"
        ))
        .unwrap();
    agrees(session, model);
}

fn with_all() -> ModelDef {
    let mut post = post();
    let mut some = IndexDef::over("some", [IndexPart::from("-views"), IndexPart::field("slug")]);
    some.condition = Some(seen());
    let mut once = UniqueDef::over("seen_once", ["slug"]);
    once.condition = Some(seen());
    // Unique over columns, and more than a constraint.
    let ordered = UniqueDef::over("in_order", ["-title"]);
    post.indexes = vec![IndexDef::over("by_title", [lower_title()]), some];
    post.constraints = vec![
        UniqueDef::over("title_once", [lower_title()]).into(),
        once.into(),
        ordered.into(),
    ];
    post
}

fn come_and_go(session: &mut dyn Session) {
    let (plain, full) = (post(), with_all());
    populated(session, &plain);
    alter(session, &plain, &full).unwrap();
    for refused in [
        "INSERT INTO shop_post (title, slug, views) VALUES ('A', 't', 0)",
        "INSERT INTO shop_post (title, slug, views) VALUES ('c', 's', 9)",
    ] {
        assert!(session.batch(refused).is_err(), "{refused}");
    }
    session
        .batch("INSERT INTO shop_post (title, slug, views) VALUES ('c', 's', 0)")
        .unwrap();
    // A renamed field is followed, and so is a recreated table.
    let mut renamed = full.clone();
    renamed.fields[1].name = "heading".to_owned();
    let follow = |name: &mut String| {
        if name == "title" {
            "heading".clone_into(name);
        }
    };
    (renamed.indexes.iter_mut()).for_each(|index| index.rename_fields(&mut { follow }));
    (renamed.constraints.iter_mut()).for_each(|constraint| constraint.rename_fields(&mut { follow }));
    let mut kept = full.clone();
    kept.fields[1] = renamed.fields[1].clone();
    kept.fields[1].column = Some("title".to_owned());
    kept.indexes.clone_from(&renamed.indexes);
    kept.constraints.clone_from(&renamed.constraints);
    alter(session, &full, &kept).unwrap();
    let mut longer = kept.clone();
    longer.fields[1].max_length = Some(90);
    longer.fields[3].ty = FieldType::BigInt;
    alter(session, &kept, &longer).unwrap();
    assert!(
        session
            .batch("INSERT INTO shop_post (title, slug, views) VALUES ('C', 't', 0)")
            .is_err()
    );
    // Only the names differ.
    let mut named = longer.clone();
    named.indexes[0].name = "named".to_owned();
    for constraint in &mut named.constraints {
        if let ConstraintDef::Unique(unique) = constraint {
            unique.name.push_str("_named");
        }
    }
    alter(session, &longer, &named).unwrap();
    // And back to nothing, where equal rows may stand again.
    let mut without = named.clone();
    without.indexes.clear();
    without.constraints.clear();
    alter(session, &named, &without).unwrap();
    session
        .batch("INSERT INTO shop_post (title, slug, views) VALUES ('A', 's', 1)")
        .unwrap();
    // Which stops it, with the number of values and nothing changed.
    let error = alter(session, &without, &named).unwrap_err().to_string();
    assert!(error.contains("(1 found)"), "{error}");
}

#[test]
fn conditions_and_expressions_come_and_go_on_rows() {
    come_and_go(&mut Lite::new());
    come_and_go(&mut Pg::new());
}

#[test]
fn what_only_some_databases_have_is_read_back_or_refused() {
    let text = |name: &str| IndexPart::field(name);
    let mut part = text("slug");
    part.descending = true;
    part.nulls = Some(NullsOrder::Last);
    part.collation = Some("C".to_owned());
    part.operator_class = Some("text_pattern_ops".to_owned());
    let mut covering = IndexDef::over("covering", [part]);
    covering.include = vec!["title".to_owned(), "views".to_owned()];
    covering.with = [("fillfactor".to_owned(), "70".to_owned())].into();
    let hash = IndexDef {
        method: IndexMethod::Hash,
        ..IndexDef::over("by_hash", ["slug"])
    };
    let mut pages = IndexDef::over("pages", ["views"]);
    pages.method = IndexMethod::Brin;
    let mut first = IndexDef::over("first", [text("views")]);
    first.parts[0].nulls = Some(NullsOrder::First);
    let all = [covering, hash, pages];
    let mut post = post();
    post.indexes = all.to_vec();
    post.indexes.push(first.clone());
    let postgres = &mut Pg::new();
    populated(postgres, &post);
    // Read from the catalog, and not only equal to what the server makes of the same statement.
    let read = introspect(postgres, "shop_post").unwrap().unwrap();
    let covering = read
        .indexes
        .iter()
        .find(|index| index.name == "covering")
        .unwrap();
    let [part] = &covering.columns[..] else {
        panic!("{covering:?}")
    };
    assert!(part.descending);
    assert_eq!(part.nulls, Some(NullsOrder::Last));
    assert_eq!(part.collation.as_deref(), Some("C"));
    assert_eq!(part.operator_class.as_deref(), Some("text_pattern_ops"));
    alter(postgres, &post, &self::post()).unwrap();
    for index in all {
        let mut post = self::post();
        post.indexes = vec![index];
        let refused = lower(&post, &state(&[&post]), Dialect::SQLITE).unwrap_err();
        assert!(refused.is_unsupported(), "{refused}");
        assert!(refused.to_string().contains("sqlite has no"), "{refused}");
    }
    // Where NULL stands anyway, on SQLite.
    let lite = &mut Lite::new();
    let mut post = self::post();
    post.indexes = vec![first];
    populated(lite, &post);
    post.indexes[0].parts[0].nulls = Some(NullsOrder::Last);
    assert!(
        lower(&post, &state(&[&post]), Dialect::SQLITE)
            .unwrap_err()
            .is_unsupported()
    );
    lower(&post, &state(&[&post]), Dialect::POSTGRES).unwrap();
}

#[test]
fn unique_constraints_wait_include_and_take_two_nulls_for_equal() {
    let of = |change: &dyn Fn(&mut UniqueDef)| {
        let mut unique = UniqueDef::over("once", ["slug"]);
        change(&mut unique);
        let mut post = post();
        post.constraints = vec![unique.into()];
        post
    };
    let later = of(&|unique| unique.deferrable = Deferrable::Deferred);
    let at_will = of(&|unique| unique.deferrable = Deferrable::Immediate);
    let covering = of(&|unique| unique.include = vec!["views".to_owned()]);
    let nulls = of(&|unique| unique.nulls_not_distinct = true);
    let some = of(&|unique| {
        unique.nulls_not_distinct = true;
        unique.include = vec!["title".to_owned()];
        unique.condition = Some(seen());
    });
    let kinds = [post(), later.clone(), at_will, covering, nulls, some];
    for from in &kinds {
        for to in &kinds {
            let session = &mut Pg::new();
            populated_with(session, from, "('a', 's', 1), ('b', NULL, 2)");
            alter(session, from, to).unwrap();
        }
    }
    for kind in &kinds[1..] {
        let refused = lower(kind, &state(&[kind]), Dialect::SQLITE).unwrap_err();
        assert!(
            refused.is_unsupported() && refused.to_string().contains("sqlite has no"),
            "{refused}"
        );
    }
    let session = &mut Pg::new();
    populated_with(session, &later, "('a', 's', 1), ('b', 't', 2)");
    session
        .batch("BEGIN; UPDATE shop_post SET slug = 't' WHERE title = 'a'; UPDATE shop_post SET slug = 's' WHERE title = 'b'; COMMIT")
        .unwrap();
    // Two rows that hold NULL are found before.
    session.batch("UPDATE shop_post SET slug = NULL").unwrap();
    let error = alter(session, &later, &kinds[4]).unwrap_err().to_string();
    assert!(error.contains("(1 found)"), "{error}");
    // What is an index cannot wait, on any database.
    let mut never = kinds[5].clone();
    if let ConstraintDef::Unique(unique) = &mut never.constraints[0] {
        unique.deferrable = Deferrable::Deferred;
    }
    for dialect in Dialect::ALL {
        let refused = lower(&never, &state(&[&never]), dialect).unwrap_err();
        assert!(
            refused.is_unsupported() && refused.to_string().contains("at once"),
            "{refused}"
        );
    }
}

#[test]
fn a_collation_makes_strings_equal_that_differ_in_case() {
    let mut post = post();
    let mut part = IndexPart::field("title");
    part.collation = Some("NOCASE".to_owned());
    post.constraints = vec![UniqueDef::over("any_case", [part]).into()];
    let lite = &mut Lite::new();
    populated(lite, &post);
    assert!(
        lite.batch("INSERT INTO shop_post (title, views) VALUES ('A', 0)")
            .is_err()
    );
}

#[test]
fn what_no_database_has_is_refused_by_name() {
    let mut descending = IndexDef::over("gin", ["-title"]);
    descending.method = IndexMethod::Gin;
    let mut several = IndexDef::over("hash", ["title", "slug"]);
    several.method = IndexMethod::Hash;
    let mut spaces = IndexDef::over("spgist", ["title", "slug"]);
    spaces.method = IndexMethod::Spgist;
    let mut covering = IndexDef::over("brin", ["views"]);
    covering.method = IndexMethod::Brin;
    covering.include = vec!["title".to_owned()];
    let mut stored = IndexDef::over("stored", ["views"]);
    stored.with = [("fill factor".to_owned(), "1".to_owned())].into();
    let constant = IndexDef::over("constant", [IndexPart::expression(expression(&json!(1)))]);
    let mut value = IndexDef::over("value", ["title"]);
    value.condition = Some(expression(&field("views")));
    let nothing = IndexDef::over("nothing", Vec::<IndexPart>::new());
    for (index, words) in [
        (descending, "has no order"),
        (several, "is over one part"),
        (spaces, "is over one part"),
        (covering, "includes no other fields"),
        (stored, "`fill factor`"),
        (constant, "a constant"),
        (value, "a value and not a condition"),
        (nothing, "over nothing"),
        (IndexDef::over("gone", ["gone"]), "`gone`"),
    ] {
        let mut post = post();
        let name = index.name.clone();
        post.indexes = vec![index];
        for dialect in Dialect::ALL {
            let error = lower(&post, &state(&[&post]), dialect).unwrap_err().to_string();
            assert!(
                error.contains(words) && error.contains(&format!("index {name}")),
                "{error}"
            );
        }
    }
}
