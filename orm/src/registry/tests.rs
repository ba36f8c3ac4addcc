use crate::expr::{Function, RowExpr};
use crate::model::{
    EmbeddedSpec, FieldDef, FieldSpec, GeneratedSpec, MetaSlot, ModelKey, ModelSpec, RelationSpec,
};
use crate::value::{ChoicesFacts, ColumnType, FieldType};

use super::Registration;
use super::resolve::resolve;

const ID: FieldSpec = FieldSpec {
    primary_key: true,
    generated: true,
    ..FieldSpec::column("id", <i64 as ColumnType>::COLUMN)
};

const fn model(name: &'static str, fields: &'static [FieldSpec]) -> ModelSpec {
    ModelSpec {
        fields,
        ..ModelSpec::new(name, "shop", "shop.rs:1")
    }
}

static AUTHOR: ModelSpec = model("Author", &[ID]);
static AUTHOR_SLOT: MetaSlot = MetaSlot::new();

const fn key_to_author(name: &'static str, related_name: Option<&'static str>) -> FieldSpec {
    FieldSpec {
        name,
        ty: || FieldType::ForeignKey,
        relation: Some(RelationSpec {
            through: None,
            through_fields: &[],
            symmetrical: false,
            slot: || &AUTHOR_SLOT,
            on_delete: None,
            to: None,
            on_update: None,
            deferrable: None,
            db_constraint: true,
            not_valid: false,
            related_name,
        }),
        ..FieldSpec::EMPTY
    }
}

const AUTHORS: Registration = Registration {
    spec: &AUTHOR,
    slot: || &AUTHOR_SLOT,
};

/// A model that none points at: all of these share a slot.
fn with(spec: &'static ModelSpec) -> Registration {
    static SLOT: MetaSlot = MetaSlot::new();
    Registration { spec, slot: || &SLOT }
}

#[track_caller]
fn refused(registrations: &[Registration], why: &str) {
    let error = resolve(registrations).err().unwrap().to_string();
    assert!(error.contains(why), "{error}");
}

#[test]
fn models_of_one_name_are_refused_with_both_places() {
    static OTHER: ModelSpec = ModelSpec {
        location: "other.rs:7",
        ..model("Author", &[ID])
    };
    refused(
        &[AUTHORS, with(&OTHER)],
        "two models are named shop.Author: shop.rs:1 and other.rs:7",
    );
}

#[test]
fn fields_of_embeds_that_share_a_column_are_refused_by_their_paths() {
    const fn city(name: &'static str, path: &'static str) -> FieldSpec {
        FieldSpec {
            column: Some("City"),
            embedded: Some(EmbeddedSpec {
                path,
                optional: 0,
                required: true,
            }),
            ..FieldSpec::column(name, <String as ColumnType>::COLUMN)
        }
    }
    const OWN: FieldSpec = FieldSpec::column("city", <String as ColumnType>::COLUMN);
    static OTHER: ModelSpec = model("Order", &[ID, OWN, city("home_city", "home.city")]);
    refused(
        &[with(&OTHER)],
        "`city` and `home.city` of shop.Order are both stored in the column `City`",
    );
}

#[test]
fn models_of_one_table_are_refused_whatever_the_case() {
    static OTHER: ModelSpec = ModelSpec {
        table: Some("Shop_Author"),
        ..model("Writer", &[ID])
    };
    refused(&[AUTHORS, with(&OTHER)], "both use the table");
}

#[test]
fn models_that_only_read_share_a_table_with_the_one_that_has_it() {
    const READS: ModelSpec = ModelSpec {
        table: Some("Shop_Author"),
        unmanaged: true,
        ..model("AuthorName", &[ID])
    };
    static ONE: ModelSpec = READS;
    static OTHER: ModelSpec = ModelSpec {
        name: "AuthorMail",
        ..READS
    };
    assert_eq!(
        resolve(&[AUTHORS, with(&ONE), with(&OTHER)])
            .unwrap()
            .models()
            .count(),
        3
    );
}

#[test]
fn a_name_is_given_up_by_one_model_only() {
    static WRITER: ModelSpec = ModelSpec {
        renamed_from: Some("Author"),
        ..model("Writer", &[ID])
    };
    static POET: ModelSpec = ModelSpec {
        renamed_from: Some("Author"),
        ..model("Poet", &[ID])
    };
    refused(
        &[AUTHORS, with(&WRITER)],
        "shop.Writer was renamed from shop.Author, which is still a model",
    );
    refused(
        &[with(&POET), with(&WRITER)],
        "shop.Poet and shop.Writer both say that they were shop.Author",
    );
    // A name of another app, and a field of a model.
    static MOVED: ModelSpec = ModelSpec {
        renamed_from: Some("shop.Author"),
        ..model("Writer", &[ID])
    };
    refused(
        &[AUTHORS, with(&MOVED)],
        "shop.Writer was renamed from shop.Author, which is still a model",
    );
    static JOIN: ModelSpec = ModelSpec {
        renamed_from: Some("shop.Author.id"),
        ..model("Writer", &[ID])
    };
    refused(
        &[AUTHORS, with(&JOIN)],
        "shop.Writer was renamed from shop.Author.id, which is still a field",
    );
    let def = resolve(&[with(&WRITER)])
        .unwrap()
        .models()
        .next()
        .unwrap()
        .def
        .clone();
    assert_eq!(def.renamed_from.as_deref(), Some("Author"));
}

#[test]
fn a_relation_points_at_one_column() {
    const fn part(name: &'static str) -> FieldSpec {
        FieldSpec {
            primary_key: true,
            ..FieldSpec::column(name, <i64 as ColumnType>::COLUMN)
        }
    }
    static SEAT: ModelSpec = model("Seat", &[part("row"), part("number")]);
    static SEAT_SLOT: MetaSlot = MetaSlot::new();
    const SEATS: Registration = Registration {
        spec: &SEAT,
        slot: || &SEAT_SLOT,
    };
    static GUEST: ModelSpec = model(
        "Guest",
        &[
            ID,
            FieldSpec {
                name: "seat",
                ty: || FieldType::ForeignKey,
                relation: Some(RelationSpec {
                    through: None,
                    through_fields: &[],
                    symmetrical: false,
                    slot: || &SEAT_SLOT,
                    on_delete: None,
                    to: None,
                    on_update: None,
                    deferrable: None,
                    db_constraint: true,
                    not_valid: false,
                    related_name: None,
                }),
                ..FieldSpec::EMPTY
            },
        ],
    );
    let error = resolve(&[SEATS, with(&GUEST)]).err().unwrap();
    assert!(
        error
            .to_string()
            .starts_with("shop.Guest.seat cannot point at shop.Seat, whose primary key is 2 fields"),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("unique(\"row\", \"number\")"));
    static AISLE: ModelSpec = model(
        "Aisle",
        &[
            part("side"),
            part("row"),
            FieldSpec {
                ty: || FieldType::ManyToMany,
                ..key_to_author("authors", None)
            },
        ],
    );
    let registry = resolve(&[AUTHORS, with(&AISLE)]).unwrap();
    let find = |key: &ModelKey| registry.model(key).map(|model| &model.def);
    let aisle = find(&ModelKey::new("shop", "Aisle")).unwrap();
    let join = aisle.join_model(aisle.field("authors").unwrap(), find).unwrap();
    let columns: Vec<String> = join.fields.iter().map(FieldDef::column_name).collect();
    assert_eq!(columns, ["id", "aisle_side", "aisle_row", "author_id"]);
}

#[test]
fn a_relation_points_at_a_registered_model() {
    static BOOK: ModelSpec = model("Book", &[ID, key_to_author("author", None)]);
    let registry = resolve(&[with(&BOOK), AUTHORS]).unwrap();
    let to = registry
        .models()
        .find_map(|meta| meta.def.field("author")?.to.clone());
    assert_eq!(to.unwrap().to_string(), "shop.Author");
    refused(
        &[with(&BOOK)],
        "shop.Book.author: the model that the relation points at is not registered",
    );
}

#[test]
fn what_is_generated_is_no_source_of_another() {
    const fn generated(name: &'static str, expression: fn() -> crate::error::Result<RowExpr>) -> FieldSpec {
        FieldSpec {
            generated_as: Some(GeneratedSpec {
                expression,
                computed_on_read: false,
            }),
            ..FieldSpec::column(name, <i64 as ColumnType>::COLUMN)
        }
    }
    fn field(name: &str) -> crate::error::Result<RowExpr> {
        Ok(RowExpr::Call(Function::Neg, vec![RowExpr::field(name)]))
    }
    static CHAIN: ModelSpec = model(
        "Chain",
        &[
            ID,
            generated("one", || field("id")),
            generated("two", || field("one")),
        ],
    );
    refused(
        &[with(&CHAIN)],
        "shop.Chain.two is generated from `one`, which is generated itself",
    );
    static FINE: ModelSpec = model("Fine", &[ID, generated("one", || field("id"))]);
    let registry = resolve(&[with(&FINE)]).unwrap();
    let meta = registry.models().next().unwrap();
    assert!(meta.columns[1].computed && meta.def.fields[1].generated_as.is_some());
}

#[test]
fn a_type_is_one_list_of_texts_and_shares_its_name_with_nothing() {
    const fn mood(values: &'static [&'static str], type_name: Option<&'static str>) -> ChoicesFacts {
        ChoicesFacts {
            name: "Mood",
            values,
            native: true,
            type_name,
            renamed: &[("glad", "happy")],
        }
    }
    const fn of(choices: &'static ChoicesFacts) -> FieldSpec {
        FieldSpec {
            name: "mood",
            ty: || FieldType::Choices,
            choices: Some(choices),
            ..FieldSpec::EMPTY
        }
    }
    static GLAD: ChoicesFacts = mood(&["glad"], None);
    static SAD: ChoicesFacts = mood(&["sad"], None);
    static TABLE: ChoicesFacts = mood(&["glad"], Some("Author"));
    static ONE: ModelSpec = model("One", &[ID, of(&GLAD)]);
    static SAME: ModelSpec = model("Two", &[ID, of(&GLAD)]);
    static OTHER: ModelSpec = model("Two", &[ID, of(&SAD)]);
    static LIKE_TABLE: ModelSpec = model("Two", &[ID, of(&TABLE)]);
    let registry = resolve(&[with(&ONE), with(&SAME)]).unwrap();
    let field = registry.models().next().unwrap().def.fields[1].clone();
    assert_eq!(field.enum_type.as_deref(), Some("mood"));
    assert_eq!(field.renamed_choices["glad"], "happy");
    refused(
        &[with(&ONE), with(&OTHER)],
        "shop.One.mood and shop.Two.mood are both of the type `shop_mood`, but differ in their values or their app",
    );
    refused(
        &[AUTHORS, with(&LIKE_TABLE)],
        "the enum of shop.Two.mood has the name of a table, `shop_author`, which shop.Author uses",
    );
    // Each app has a type of its own.
    static ELSEWHERE: ModelSpec = ModelSpec {
        module: "cafe",
        ..model("Two", &[ID, of(&SAD)])
    };
    assert!(resolve(&[with(&ONE), with(&ELSEWHERE)]).is_ok());
    static LONG: ChoicesFacts = mood(&["glad"], Some("of_mood"));
    static SHORT: ChoicesFacts = mood(&["glad"], None);
    static HERE: ModelSpec = model("One", &[ID, of(&LONG)]);
    static THERE: ModelSpec = ModelSpec {
        module: "shop_of",
        ..model("Two", &[ID, of(&SHORT)])
    };
    refused(
        &[with(&HERE), with(&THERE)],
        "are both of the type `shop_of_mood`",
    );
}

#[test]
fn ways_back_of_one_name_are_refused_across_models() {
    static BOOK: ModelSpec = model("Book", &[ID, key_to_author("author", Some("works"))]);
    static SONG: ModelSpec = model("Song", &[ID, key_to_author("singer", Some("works"))]);
    refused(
        &[AUTHORS, with(&BOOK), with(&SONG)],
        "shop.Book.author and shop.Song.singer both lead back from shop.Author as `works`",
    );
}

#[test]
fn a_way_back_may_be_refused_instead() {
    static BOOK: ModelSpec = model("Book", &[ID, key_to_author("author", Some("works"))]);
    static SONG: ModelSpec = model("Song", &[ID, key_to_author("singer", Some("+"))]);
    assert!(resolve(&[AUTHORS, with(&BOOK), with(&SONG)]).is_ok());
}

#[test]
fn a_key_behind_an_alias_is_refused() {
    // What the derive writes for `type By = ForeignKey<Author>`: it does not know that this is a key.
    static BOOK: ModelSpec = model(
        "Book",
        &[
            ID,
            FieldSpec {
                name: "author",
                ty: || FieldType::ForeignKey,
                ..FieldSpec::EMPTY
            },
        ],
    );
    refused(
        &[AUTHORS, with(&BOOK)],
        "shop.Book.author is a key behind another name of its type",
    );
}
