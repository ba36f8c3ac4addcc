//! What the derives generate, in a crate that forbids unsafe code and denies warnings.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, clippy::pedantic)]

use orm::models::{ModelDef, ModelKey};
use orm::prelude::*;
use orm_tests::models::Author;

/// Nothing here is public, and most of it is unused.
mod shop {
    use orm::prelude::*;

    orm::app!("shop");

    #[derive(Choices, Debug, Clone, Copy, PartialEq)]
    pub(super) enum State {
        Open,
        SentHTTPOut,
        #[orm(value = "it's \"back\"")]
        Back,
    }

    #[derive(Model)]
    #[orm(table = "Order", comment = "what was bought", ordering("-placed_at", "id"))]
    #[orm(
        index("placed_at", "-total"),
        index(name = "by_state", "state"),
        unique("number", "customer")
    )]
    #[orm(check("total_positive", |o| o.total.ge(0)))]
    pub(super) struct Order {
        pub(super) id: i64,
        #[orm(on_delete = Restrict, related_name = "orders", index = false, column = "buyer")]
        pub(super) customer: ForeignKey<inner::Customer>,
        #[orm(renamed_from = "no", max_length = 12)]
        pub(super) number: String,
        #[orm(default = State::Open)]
        pub(super) state: State,
        #[orm(default = 0, comment = "in cents")]
        total: i64,
        #[orm(auto_now_add, index)]
        placed_at: DateTime<Utc>,
        #[orm(auto_now)]
        changed_at: Option<DateTime<Utc>>,
        #[orm(max_digits = 6, decimal_places = 2, default = Decimal::new(150, 2))]
        discount: Decimal,
        #[orm(default_fn = token, unique)]
        pub(super) token: String,
        #[orm(db_default(sqlite = "(1 + 1)", postgres = "1 + 1"))]
        lines: i32,
        r#type: Option<Json<Vec<String>>>,
        #[orm(table = "gifts")]
        gifts: ManyToMany<Self>,
    }

    fn token() -> String {
        "fixed".to_owned()
    }

    #[derive(Choices, Debug, Clone, Copy, PartialEq)]
    #[orm(native)]
    pub(super) enum PaidBy {
        Cash,
        #[orm(renamed_from = "card")]
        DebitCard,
    }

    #[derive(Choices, Debug, Clone, Copy, PartialEq)]
    #[orm(native = "mood")]
    pub(super) enum Mood {
        Sad,
        Glad,
    }

    #[derive(Model)]
    #[orm(renamed_from = "Bill", unmanaged)]
    #[orm(unique("number", "paid", message = "this number is taken"), unique("paid"))]
    #[orm(check("not_paid_back", |i| i.paid.ge(0), message = "nothing is paid back"))]
    pub(super) struct Invoice {
        id: i64,
        number: String,
        paid: i64,
        paid_by: Option<PaidBy>,
        #[orm(default = Mood::Glad)]
        mood: Mood,
        #[orm(generated = |i| i.number.trim().ascii_upper(), virtual, unique)]
        code: String,
        #[orm(generated = |i| i.paid * 100 / 119)]
        net: i64,
    }

    #[derive(Model)]
    #[orm(
        index(
            name = "full",
            "-number",
            |s| s.title.ascii_lower(),
            part("title", desc, nulls = last, collation = "C", operators = "text_pattern_ops"),
            part(|s| s.title.length(), nulls = first),
            where = |s| s.number.gt(0),
            include("held", "title"),
            with(fillfactor = 70, deduplicate_items = false)
        ),
        index("words", method = gin),
        unique(name = "one_held", "number", where = |s| s.held.eq(true), message = "it is held"),
        unique("number", "title", nulls_not_distinct, include("held"), deferrable = Deferred)
    )]
    pub(super) struct Seat {
        id: i64,
        number: i32,
        title: Option<String>,
        held: bool,
        words: Json<Vec<String>>,
    }

    #[derive(Model)]
    pub(super) struct Shelf {
        #[orm(primary_key)]
        pub(super) row: i16,
        #[orm(primary_key)]
        pub(super) customer: ForeignKey<inner::Customer>,
        #[orm(primary_key, default = 0)]
        place: i64,
        top: Option<String>,
    }

    pub(super) mod inner {
        use orm::prelude::*;

        #[derive(Model)]
        pub(in super::super) struct Customer {
            #[orm(primary_key)]
            key: Uuid,
            /// A cycle: customers have orders, and each customer has a last order.
            #[orm(on_delete = SetNull, related_name = "+")]
            pub(in super::super) last: Option<ForeignKey<super::Order>>,
        }
    }
}

/// An app that had another label, a model of it that had another name, and one that belonged to a third app.
mod sales {
    use orm::prelude::*;

    orm::app!("sales", renamed_from = "old_sales");

    #[derive(Model)]
    pub(super) struct Offer {
        id: i64,
    }

    #[derive(Model)]
    #[orm(renamed_from = "store.Basket", table = "store_basket")]
    pub(super) struct Cart {
        id: i64,
    }

    #[derive(Model)]
    #[orm(unmanaged, table = "store_basket")]
    pub(super) struct CartNumber {
        id: i64,
    }
}

#[test]
fn what_a_model_and_its_app_were_reaches_the_description() {
    let def = |name: &str| def("sales", name);
    let offer = def("Offer");
    assert_eq!(
        (offer.renamed_from, offer.app_renamed_from.as_deref()),
        (None, Some("old_sales"))
    );
    assert_eq!(def("Cart").renamed_from.as_deref(), Some("store.Basket"));
    assert_eq!(def("Cart").table_name(), def("CartNumber").table_name());
    let _ = (
        sales::Offer::objects(),
        sales::Cart::objects(),
        sales::CartNumber::objects(),
    );
}

/// Foreign keys to another crate, two of them to one model; one is the primary key.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Biography {
    /// The author.
    #[orm(primary_key, on_delete = Cascade)]
    pub author: OneToOne<Author>,
    /// The writer.
    #[orm(related_name = "biographies")]
    pub written_by: ForeignKey<Author>,
    /// The text.
    pub text: String,
}

/// A lint that is allowed on the struct is not reported for generated code.
#[allow(non_snake_case, non_camel_case_types, deprecated)]
mod legacy {
    use orm::prelude::*;

    #[derive(Choices, Clone, Copy)]
    pub enum flag {
        on,
        #[deprecated]
        off,
    }
}

#[derive(Model)]
#[allow(non_snake_case)]
struct Legacy {
    #[orm(primary_key)]
    CustomerId: i64,
    #[deprecated]
    Flag: legacy::flag,
    Boss: Option<ForeignKey<Legacy>>,
}

macro_rules! models {
    ($($name:ident { $($field:ident: $ty:ty),* })*) => {$(
        #[derive(Model)]
        struct $name { $($field: $ty),* }
    )*};
}
models! {
    FromMacro { id: i32, parent: Option<ForeignKey<FromMacro>>, name: String }
}

#[test]
fn every_option_of_an_index_reaches_the_description_of_the_model() {
    let seat = serde_json::to_value(def("shop", "Seat")).unwrap();
    let held = serde_json::json!(["eq", { "field": "held" }, true]);
    assert_eq!(
        seat["indexes"],
        serde_json::json!([
            {
                "name": "full",
                "fields": [
                    "-number",
                    { "expression": ["ascii_lower", { "field": "title" }] },
                    {
                        "field": "title", "descending": true, "nulls": "last", "collation": "C",
                        "operator_class": "text_pattern_ops",
                    },
                    { "expression": ["length", { "field": "title" }], "nulls": "first" },
                ],
                "where": ["gt", { "field": "number" }, 0],
                "include": ["held", "title"],
                "with": { "deduplicate_items": "false", "fillfactor": "70" },
            },
            { "name": "shop_seat_words_idx", "fields": ["words"], "method": "gin" },
        ])
    );
    assert_eq!(
        seat["constraints"],
        serde_json::json!([
            { "kind": "unique", "name": "one_held", "fields": ["number"], "where": held, "message": "it is held" },
            {
                "kind": "unique", "name": "shop_seat_number_title_uniq", "fields": ["number", "title"],
                "include": ["held"], "nulls_not_distinct": true, "deferrable": "deferred",
            },
        ])
    );
}

fn def(app: &str, model: &str) -> ModelDef {
    let key = ModelKey::new(app, model);
    let meta = orm::models::registry().unwrap().model(&key).unwrap();
    meta.def.clone()
}

#[test]
fn every_option_reaches_the_description_of_the_model() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&def("shop", "Order")).unwrap());
}

#[test]
fn answers_and_messages_reach_the_description_of_the_model() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&def("shop", "Invoice")).unwrap());
}

#[test]
fn several_fields_are_a_key_together() {
    use orm::Model;

    let shelf = def("shop", "Shelf");
    let key: Vec<_> = shelf.fields.iter().filter(|field| field.primary_key).collect();
    assert_eq!(key.len(), 3);
    assert!(key.iter().all(|field| !field.generated));
    // The primary key's index starts with its first column.
    assert!(key[1].index && !key[0].index);
    let _: fn(&shop::Shelf) -> (i16, ForeignKey<shop::inner::Customer>, i64) = Model::key;
    let _ = shop::Shelf::create().customer(Uuid::nil()).row(3);
}

#[test]
fn a_model_may_be_keyed_by_another() {
    let biography = def("derive", "Biography");
    assert_eq!(
        biography.primary_key().map(|key| key.name.as_str()),
        Some("author")
    );
    assert_eq!(biography.fields[0].to, Some(ModelKey::new("suite", "Author")));
    assert!(!biography.fields[0].generated);
}

#[test]
fn cycles_private_models_and_macros_are_models_too() {
    let customer = def("shop", "Customer");
    assert!(customer.fields[0].primary_key && customer.fields[0].default_in_code);
    assert_eq!(customer.fields[1].to, Some(ModelKey::new("shop", "Order")));
    let from_macro = def("derive", "FromMacro");
    assert!(from_macro.fields[0].generated && from_macro.fields[1].null);
    assert_eq!(from_macro.fields[1].to, Some(from_macro.key()));
}

#[test]
fn relations_go_both_ways_across_crates() {
    use shop::{Order, State};

    // Each line compiles only if the derive generated the methods of both sides.
    let _ = Author::objects().filter(|a| a.biographies().any(|b| b.text.contains("born")));
    let _ = Author::objects().filter(|a| a.biography().text.is_not_null());
    let _ = Biography::objects().filter(|b| b.author().name.eq("Ann") & b.written_by().email.ne(""));
    let _ = Order::objects().filter(|o| o.state.eq(State::Open) & o.customer().last().number.eq("7"));
    let _ = FromMacro::objects().filter(|m| m.parent().parent().name.eq("root"));
    let _ = Order::create().number("1").state(State::SentHTTPOut).token("t");
}

#[test]
fn choices_are_stored_in_snake_case_or_as_told() {
    use orm::Choices as _;
    use shop::State;

    assert_eq!(State::VALUES, ["open", "sent_http_out", "it's \"back\""]);
    assert_eq!(State::from_str("it's \"back\""), Some(State::Back));
    assert_eq!(State::from_str("Open"), None);
}
