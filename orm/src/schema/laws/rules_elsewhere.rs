//! What went wrong elsewhere with indexes and constraints of some rows and over what is computed, as it was reported.

use serde_json::{Value as Json, json};

use crate::model::{FieldDef, IndexDef, IndexPart, ModelDef, UniqueDef};
use crate::sql::Session;
use crate::value::FieldType;

use super::super::testing::{Lite, Pg, all, call, expression, field, id, model, run, state};
use super::super::{alter_model, canonical, create_model, introspect, lower};

fn post() -> ModelDef {
    let mut status = FieldDef::new("status", FieldType::Choices);
    status.choices = vec!["draft".to_owned(), "it's".to_owned()];
    let mut price = FieldDef::new("price", FieldType::Decimal);
    (price.max_digits, price.decimal_places) = (Some(8), Some(2));
    let mut slug = FieldDef::new("slug", FieldType::Text);
    slug.null = true;
    model(
        "Post",
        vec![
            id(),
            FieldDef::new("live", FieldType::Bool),
            slug,
            FieldDef::new("views", FieldType::Int),
            FieldDef::new("at", FieldType::Timestamp),
            FieldDef::new("day", FieldType::Date),
            FieldDef::new("key", FieldType::Uuid),
            price,
            status,
        ],
    )
}

fn conditions() -> Vec<Json> {
    vec![
        call("eq", vec![field("live"), json!(true)]),
        call("ne", vec![field("live"), json!(false)]),
        field("live"),
        call("not", vec![field("live")]),
        call("is_null", vec![field("slug")]),
        call(
            "and",
            vec![
                call("is_not_null", vec![field("slug")]),
                call("gt", vec![field("views"), json!(-3)]),
            ],
        ),
        call(
            "or",
            vec![
                call("eq", vec![field("slug"), json!("it's \"x\" \\ ")]),
                call("not", vec![field("live")]),
            ],
        ),
        call("in", vec![field("views"), json!([1, 2, 3])]),
        call("in", vec![field("status"), json!(["draft", "it's"])]),
        call("eq", vec![field("status"), json!("draft")]),
        call("between", vec![field("views"), json!(1), json!(9)]),
        call("ge", vec![field("price"), json!({ "decimal": "0.50" })]),
        call("gt", vec![call("length", vec![field("slug")]), json!(3)]),
        call("eq", vec![call("mod", vec![field("views"), json!(2)]), json!(0)]),
    ]
}

fn expressions() -> Vec<Json> {
    vec![
        call("ascii_lower", vec![field("slug")]),
        call("add", vec![field("views"), json!(1)]),
        call("coalesce", vec![field("slug"), json!("none")]),
        call("is_null", vec![field("slug")]),
        call("concat", vec![field("slug"), json!("-"), field("views")]),
        call(
            "mul",
            vec![field("views"), call("sub", vec![field("views"), json!(2)])],
        ),
        call("if", vec![field("live"), field("views"), json!(0)]),
    ]
}

fn agrees(session: &mut dyn Session, model: &ModelDef) {
    let asked = lower(model, &state(&[model]), session.dialect()).unwrap();
    let asked = canonical(session, &asked).unwrap();
    assert_eq!(introspect(session, "shop_post").unwrap(), Some(asked));
}

/// A table that was made is not found to differ from what made it: prisma #29263 and #13417, mikro-orm #7773, alembic #1321,
/// #1106 and #1165 make such indexes again each time.
fn what_is_made_is_found_as_it_was_made(session: &mut dyn Session) {
    let mut post = post();
    for (number, condition) in conditions().iter().enumerate() {
        let mut index = IndexDef::over(format!("i{number}"), ["-views"]);
        index.condition = Some(expression(condition));
        let mut unique = UniqueDef::over(format!("u{number}"), ["key"]);
        unique.condition = Some(expression(condition));
        post.indexes.push(index);
        post.constraints.push(unique.into());
    }
    for (number, computed) in expressions().iter().enumerate() {
        let part = || IndexPart::expression(expression(computed));
        post.indexes
            .push(IndexDef::over(format!("e{number}"), [part(), "views".into()]));
        post.constraints
            .push(UniqueDef::over(format!("f{number}"), ["key".into(), part()]).into());
    }
    let steps = create_model(&post, &state(&[&post]), session.dialect()).unwrap();
    run(session, &steps).unwrap();
    agrees(session, &post);
    // And nothing is to be done.
    let same = state(&[&post]);
    let steps = alter_model(&post, &same, &post, &same, &[], session.dialect()).unwrap();
    assert_eq!(steps, []);
}

#[test]
fn what_is_made_is_found_as_it_was_made_on_both() {
    what_is_made_is_found_as_it_was_made(&mut Lite::new());
    what_is_made_is_found_as_it_was_made(&mut Pg::new());
}

/// A condition names the column under the name that it has now (efcore #29847), and another index over the same columns
/// takes nothing away (efcore #35087), nor does one more column take the condition (Finbuckle.MultiTenant #710).
fn an_index_of_some_rows_keeps_what_it_is_about(session: &mut dyn Session) {
    let alter = |session: &mut dyn Session, from: &ModelDef, to: &ModelDef| {
        let (before, after, dialect) = (state(&[from]), state(&[to]), session.dialect());
        run(
            session,
            &alter_model(from, &before, to, &after, &[], dialect).unwrap(),
        )
        .unwrap();
        agrees(session, to);
    };
    let names = |session: &mut dyn Session| -> Vec<String> {
        let table = introspect(session, "shop_post").unwrap().unwrap();
        let mut names: Vec<String> = table.indexes.iter().map(|index| index.name.clone()).collect();
        names.sort_unstable();
        names
    };
    let mut first = post();
    first.indexes.push(IndexDef::over("plain", ["views"]));
    let dialect = session.dialect();
    run(
        session,
        &create_model(&first, &state(&[&first]), dialect).unwrap(),
    )
    .unwrap();
    let mut second = first.clone();
    let mut some = IndexDef::over("some", ["views"]);
    some.condition = Some(expression(&call("is_null", vec![field("slug")])));
    second.indexes.push(some);
    alter(session, &first, &second);
    assert_eq!(names(session), ["plain", "some"]);
    let mut third = second.clone();
    third.fields[2].column = Some("path".to_owned());
    alter(session, &second, &third);
    let table = introspect(session, "shop_post").unwrap().unwrap();
    let some = table.indexes.iter().find(|index| index.name == "some").unwrap();
    let condition = some.condition.clone().unwrap();
    assert!(
        condition.contains("path") && !condition.contains("slug"),
        "{condition}"
    );
    let mut fourth = third.clone();
    fourth.indexes[1].parts.push("live".into());
    alter(session, &third, &fourth);
    assert_eq!(names(session), ["plain", "some"]);
    // What somebody made by hand stays (prisma #29220).
    session
        .batch("CREATE INDEX by_hand ON shop_post (day) WHERE live")
        .unwrap();
    let mut fifth = fourth.clone();
    fifth.fields[3].ty = FieldType::BigInt;
    fifth.indexes.remove(1);
    let (before, after, dialect) = (state(&[&fourth]), state(&[&fifth]), session.dialect());
    run(
        session,
        &alter_model(&fourth, &before, &fifth, &after, &[], dialect).unwrap(),
    )
    .unwrap();
    assert_eq!(names(session), ["by_hand", "plain"]);
}

#[test]
fn an_index_of_some_rows_keeps_what_it_is_about_on_both() {
    an_index_of_some_rows_keeps_what_it_is_about(&mut Lite::new());
    an_index_of_some_rows_keeps_what_it_is_about(&mut Pg::new());
}

/// An exclusion constraint that somebody made by hand outlives changes of other columns, and of its own (typeorm #3956).
#[test]
fn an_exclusion_constraint_made_by_hand_stays() {
    let session = &mut Pg::new();
    let from = post();
    let dialect = session.dialect();
    run(session, &create_model(&from, &state(&[&from]), dialect).unwrap()).unwrap();
    session
        .batch("ALTER TABLE shop_post ADD CONSTRAINT by_hand EXCLUDE USING btree (views WITH =, \"day\" WITH =) WHERE (live) DEFERRABLE")
        .unwrap();
    let mut to = from.clone();
    to.fields[3].ty = FieldType::BigInt;
    to.fields[5].column = Some("on_day".to_owned());
    to.fields[8].choices.push("more".to_owned());
    to.table = Some("posts".to_owned());
    let (before, after) = (state(&[&from]), state(&[&to]));
    run(
        session,
        &alter_model(&from, &before, &to, &after, &[], dialect).unwrap(),
    )
    .unwrap();
    let defined = all(
        session,
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'by_hand'",
    );
    assert_eq!(
        defined,
        ["EXCLUDE USING btree (views WITH =, on_day WITH =) WHERE (live) DEFERRABLE"]
    );
    // With a column of it, it would be lost unseen: that is refused.
    let mut without = to.clone();
    without.fields.remove(5);
    let (before, after) = (state(&[&to]), state(&[&without]));
    let steps = alter_model(&to, &before, &without, &after, &[], session.dialect()).unwrap();
    let refused = run(session, &steps).unwrap_err().to_string();
    assert!(
        refused.contains("indexes of \"posts\" that the models do not know"),
        "{refused}"
    );
}
