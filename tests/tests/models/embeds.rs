//! Structs of fields that models share: their columns are as all others of the model, wherever the struct stands in it.

use orm::dynamic::DynModel;
use orm::models::{ModelKey, registry};
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::shared::Address;
use serde_json::json;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("name"))]
pub struct Clerk {
    pub id: i64,
    pub name: String,
    #[orm(embed)]
    pub office: Address,
    pub retired: Option<bool>,
}

/// Nothing of it has to be given.
#[derive(Embed, Debug, Clone, PartialEq)]
pub struct Stamps {
    #[orm(auto_now_add)]
    pub made_at: DateTime<Utc>,
    #[orm(auto_now)]
    pub changed_at: DateTime<Utc>,
    #[orm(default = 1)]
    pub version: i32,
    #[orm(on_delete = SetNull)]
    pub maker: Option<ForeignKey<Clerk>>,
    #[orm(on_delete = Cascade)]
    pub changer: Option<ForeignKey<Clerk>>,
}

#[derive(Choices, Debug, Clone, Copy, PartialEq)]
pub enum Currency {
    Euro,
    Franc,
}

#[derive(ColumnType, Debug, Clone, Copy, PartialEq)]
pub struct Pieces(i64);

#[derive(Embed, Debug, Clone, PartialEq)]
pub struct Price {
    #[orm(max_digits = 8, decimal_places = 2)]
    pub amount: Decimal,
    #[orm(default = Currency::Euro)]
    pub currency: Currency,
    pub pieces: Pieces,
    #[orm(generated = |p| p.pieces.to_i64() * 12)]
    pub dozens: i64,
    #[orm(default = [])]
    pub labels: Vec<String>,
}

/// An embed of embeds.
#[derive(Embed, Debug, Clone, PartialEq)]
pub struct Terms {
    #[orm(embed, prefix = "net_")]
    pub net: Price,
    #[orm(embed)]
    pub stamps: Stamps,
    pub days: i16,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    ordering("-home.city", "terms.stamps.maker__office.city", "id"),
    index("home.city", "-terms.net.amount"),
    index(name = "delivery_street", part("home.street", desc), where = |d| d.home.floor.is_null()),
    unique("home.street", "number", message = "this door was delivered to"),
    check("delivery_of_something", |d| d.terms.net.pieces.gt(0) & d.home.street.ne(""))
)]
pub struct Delivery {
    pub id: i64,
    /// A field without a column, so that positions of fields and columns differ.
    #[orm(related_name = "helped")]
    pub helpers: ManyToMany<Clerk>,
    #[orm(embed, prefix = "home_")]
    pub home: Address,
    #[orm(default = 1)]
    pub number: i32,
    #[orm(embed, prefix = "t_")]
    pub terms: Terms,
    #[orm(related_name = "deliveries", on_delete = Restrict)]
    pub clerk: ForeignKey<Clerk>,
    #[orm(generated = |d| d.number * 2)]
    pub twice: i32,
    #[orm(auto_now)]
    pub seen_at: DateTime<Utc>,
}

fn address(street: &str, city: &str) -> Address {
    Address {
        street: street.to_owned(),
        city: city.to_owned(),
        floor: None,
    }
}

fn price(amount: i64, pieces: i64) -> Price {
    Price {
        amount: Decimal::new(amount, 2),
        currency: Currency::Franc,
        pieces: Pieces(pieces),
        dozens: 0,
        labels: vec!["new".to_owned()],
    }
}

fn terms(maker: Option<&Clerk>) -> Terms {
    let now = "2026-01-02T03:04:05Z".parse().expect("a time");
    Terms {
        net: price(1050, 2),
        stamps: Stamps {
            made_at: now,
            changed_at: now,
            version: 3,
            maker: maker.map(ForeignKey::to),
            changer: None,
        },
        days: 30,
    }
}

macro_rules! clerk {
    ($db:expr, $name:expr, $city:expr) => {
        run!(
            Clerk::create()
                .name($name)
                .office(address("Quai 1", $city))
                .save($db)
        )
    };
}

macro_rules! delivery {
    ($db:expr, $clerk:expr, $street:expr, $city:expr) => {{
        let terms = terms(Some(&$clerk));
        let draft = Delivery::create()
            .clerk(&$clerk)
            .home(address($street, $city))
            .terms(terms);
        run!(draft.save($db))
    }};
}

behaviour! {
    fn a_new_row_is_read_back_whole(db) {
        let ann = clerk!(db, "Ann", "Paris");
        assert_eq!((ann.office.city.as_str(), ann.retired), ("Paris", None));
        let made = delivery!(db, ann, "Via Appia 1", "Rome");
        assert_eq!(made.home, address("Via Appia 1", "Rome"));
        assert_eq!((made.terms.net.amount, made.terms.net.dozens, made.terms.days), (Decimal::new(1050, 2), 24, 30));
        assert_eq!((made.number, made.twice, made.clerk.id()), (1, 2, ann.id));
        assert_eq!(run!(Delivery::get(made.id, db)), made);
        assert_eq!(run!(made.terms.stamps.maker().get(db)), ann);
        assert!(!run!(made.terms.stamps.changer().exists(db)));
    }

    fn closures_reach_fields_by_their_own_names(db) {
        let (ann, ben) = (clerk!(db, "Ann", "Paris"), clerk!(db, "Ben", "Berne"));
        let first = delivery!(db, ann, "Via Appia 1", "Rome");
        let second = delivery!(db, ben, "Gasse 2", "Berne");
        let all = Delivery::objects();
        assert_eq!(run!(all.clone().filter(|d| d.home.city.eq("Rome") & d.terms.net.amount.gt(10)).all(db)), std::slice::from_ref(&first));
        assert_eq!(run!(all.clone().filter(|d| d.clerk().office.city.eq(d.home.city)).all(db)), std::slice::from_ref(&second));
        assert_eq!(run!(all.clone().filter(|d| d.terms.stamps.maker().office.city.eq("Paris")).all(db)), std::slice::from_ref(&first));
        assert_eq!(run!(all.clone().filter(|d| d.terms.stamps.changer().office.city.is_null()).count(db)), 2);
        assert_eq!(run!(Clerk::objects().filter(|c| c.deliveries().any(|d| d.home.city.eq("Rome"))).all(db)), std::slice::from_ref(&ann));
        let values: Vec<(String, Pieces, Option<String>)> =
            run!(all.clone().order_by(|d| d.home.city).values(|d| (d.home.city, d.terms.net.pieces, d.terms.stamps.changer().office.city)).all(db));
        assert_eq!(values, [("Berne".to_owned(), Pieces(2), None), ("Rome".to_owned(), Pieces(2), None)]);
        let groups = all.clone().group_by(|d| d.terms.net.currency).values(|d| (d.terms.net.currency, d.terms.net.amount.sum()));
        assert_eq!(run!(groups.all(db)), [(Currency::Franc, Some(Decimal::new(2100, 2)))]);
        // By `ordering`: the last city first.
        assert_eq!(run!(all.clone().all(db)), [first.clone(), second]);
        let loaded = run!(all.with(|d| d.clerk()).with(|d| d.terms.stamps.maker()).with(|d| d.terms.stamps.changer()).all(db));
        assert_eq!(loaded[0], (first, ann.clone(), Some(ann), None));
    }

    fn columns_are_set_one_by_one_and_all_at_once(db) {
        let ann = clerk!(db, "Ann", "Paris");
        let mut made = delivery!(db, ann, "Via Appia 1", "Rome");
        run!(made.update(|d| (d.home.floor.set(Some(3)), d.terms.net.pieces.set(d.terms.net.pieces + 1))).run(db));
        run!(made.refresh(db));
        assert_eq!((made.home.floor, made.terms.net.pieces, made.terms.net.dozens), (Some(3), Pieces(3), 36));
        run!(Delivery::objects().update(|d| (d.home.set(address("Gasse 2", "Berne")), d.terms.net.set(price(1, 5)))).run(db));
        run!(made.refresh(db));
        assert_eq!((made.home.clone(), made.terms.net.dozens), (address("Gasse 2", "Berne"), 60));
        made.home.city = "Basel".to_owned();
        made.terms.net.pieces = Pieces(1);
        run!(made.save(db));
        assert_eq!(made.terms.net.dozens, 12, "read back");
        assert_eq!(run!(Delivery::get(made.id, db)), made);
        made.home = address("Calle 3", "Madrid");
        made.terms.net.pieces = Pieces(4);
        made.number = 9;
        assert_eq!(run!(Delivery::bulk_update([&made], |d| (d.home, d.terms.net)).run(db)), 1);
        let bulk = run!(Delivery::get(made.id, db));
        assert_eq!((&bulk.home, bulk.terms.net.dozens, bulk.number), (&made.home, 48, 1));
        let again = Delivery::create().clerk(&ann).home(made.home.clone()).terms(terms(None)).number(1);
        let same = run!(again.get_or_create(|d| (d.home.street, d.number)).run(db));
        assert_eq!(same, (bulk, false));
        run!(made.refresh(db));
        run!(made.helpers().add([&ann]).run(db));
        assert_eq!(run!(ann.helped().all(db)), std::slice::from_ref(&made));
        run!(made.delete(db));
        assert_eq!(run!(Delivery::objects().count(db)), 0);
    }

    fn defaults_inside_are_those_of_new_rows(db) {
        let before = Utc::now() - chrono::TimeDelta::seconds(5);
        let note = run!(Note::create().text("one").save(db));
        assert_eq!((note.stamps.version, &note.stamps.maker), (1, &None));
        assert!(note.stamps.made_at > before && note.stamps.changed_at > before);
        let mut given = run!(Note::create().text("two").stamps(terms(None).stamps).save(db));
        assert_eq!(given.stamps, terms(None).stamps);
        run!(given.save(db));
        assert!(given.stamps.changed_at > before && given.stamps.made_at < before);
        let drafts = ["three", "four"].map(|text| Note::create().text(text));
        let many = run!(Note::bulk_create(drafts).all(db));
        assert_eq!(many.iter().map(|note| note.stamps.version).collect::<Vec<_>>(), [1, 1]);
    }

    fn what_the_database_refuses_names_the_field(db) {
        let ann = clerk!(db, "Ann", "Paris");
        delivery!(db, ann, "Via Appia 1", "Rome");
        let draft = |street: &str| Delivery::create().clerk(&ann).home(address(street, "Rome")).terms(terms(None));
        let twice = error(attempt!(draft("Via Appia 1").save(db)));
        assert_eq!(twice.constraint_message(), Some("this door was delivered to"));
        assert_eq!(twice.fields(), ["home_street", "number"]);
        let long = error(attempt!(draft(&"x".repeat(61)).save(db)));
        assert!(long.is_check_violation(), "{long:?}");
        assert_eq!(long.fields(), ["home_street"]);
        let nobody = error(attempt!(Delivery::objects().update(|d| d.terms.stamps.maker.set(Some(ForeignKey::new(99)))).run(db)));
        assert!(nobody.is_foreign_key_violation(), "{nobody:?}");
        assert_eq!(nobody.fields(), ["t_maker"]);
        let nothing = error(attempt!(draft("").save(db)));
        assert!(nothing.to_string().contains("delivery_of_something"), "{nothing}");
    }

    fn rows_by_name_have_plain_fields(db) {
        let ann = clerk!(db, "Ann", "Paris");
        delivery!(db, ann, "Via Appia 1", "Rome");
        let deliveries = value(DynModel::named("suite.Delivery"));
        let row = run!(deliveries.filter(value(deliveries.eq_json("home_city", &json!("Rome")))).get(db));
        assert_eq!(value(row.get_json("t_net_dozens")), json!(24));
        let notes = value(DynModel::named("suite.Note"));
        let text = value(notes.field::<String>("text"));
        let note = run!(notes.create().set(text, "one").save(db));
        assert_eq!(value(note.get_json("version")), json!(1));
    }
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Note {
    pub id: i64,
    #[orm(embed)]
    pub stamps: Stamps,
    pub text: String,
}

#[test]
fn a_model_is_described_with_plain_fields() {
    let def = &registry()
        .unwrap()
        .model(&ModelKey::new("suite", "Delivery"))
        .unwrap()
        .def;
    let names: Vec<(&str, String)> = def
        .fields
        .iter()
        .map(|field| (field.name.as_str(), field.column_name()))
        .collect();
    let names: Vec<String> = names
        .iter()
        .map(|(name, column)| format!("{name}:{column}"))
        .collect();
    assert_eq!(
        names,
        [
            "id:id",
            "helpers:helpers",
            "home_street:home_street",
            "home_city:home_Town",
            "home_floor:home_floor",
            "number:number",
            "t_net_amount:t_net_amount",
            "t_net_currency:t_net_currency",
            "t_net_pieces:t_net_pieces",
            "t_net_dozens:t_net_dozens",
            "t_net_labels:t_net_labels",
            "t_made_at:t_made_at",
            "t_changed_at:t_changed_at",
            "t_version:t_version",
            "t_maker:t_maker_id",
            "t_changer:t_changer_id",
            "t_days:t_days",
            "clerk:clerk_id",
            "twice:twice",
            "seen_at:seen_at",
        ]
    );
    assert_eq!(def.ordering, ["-home_city", "t_maker__city", "id"]);
    let generated = def.fields[9].generated_as.as_ref().unwrap();
    assert_eq!(generated.expression.fields(), ["t_net_pieces"]);
    let fields: Vec<Vec<&str>> = def.indexes.iter().map(|index| index.fields()).collect();
    assert_eq!(
        fields,
        [
            vec!["home_city", "t_net_amount"],
            vec!["home_street", "home_floor"]
        ]
    );
}
