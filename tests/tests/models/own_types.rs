//! Types of a program's own: the column, the lookups and the files are those of the type inside, and what the type refuses is
//! neither stored nor read.

use orm::dynamic::DynModel;
use orm::fields::{Cell, FieldType, Literal, Newtype, Value};
use orm::models::{ModelKey, registry};
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use orm_tests::models::Status;
use serde_json::json;

orm::app!("suite");

#[derive(ColumnType, Debug, Clone, PartialEq, Eq, Hash)]
#[orm(validate = Email::check)]
pub struct Email(String);

impl Email {
    fn new(text: &str) -> Self {
        Email(text.to_owned())
    }

    fn check(text: &str) -> Result<(), &'static str> {
        match text.contains('@') {
            true => Ok(()),
            false => Err("an address has an @"),
        }
    }
}

fn even(number: &u16) -> Result<(), &'static str> {
    match number % 2 {
        0 => Ok(()),
        _ => Err("an even number is expected"),
    }
}

#[derive(ColumnType, Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[orm(validate = even)]
pub struct Even {
    half: u16,
}

#[derive(ColumnType, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MemberId(u32);

#[derive(ColumnType, Debug, Clone, Copy, PartialEq)]
pub struct Cents(i64);

#[derive(ColumnType, Debug, Clone, Copy, PartialEq)]
pub struct Standing(Status);

#[derive(ColumnType, Debug, Clone, PartialEq)]
pub struct Extra(Json<Vec<i64>>);

/// Around whatever a column holds.
#[derive(ColumnType, Debug, Clone, PartialEq)]
pub struct Tagged<T: orm::fields::ColumnType<Base = T>>(T);

/// By hand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percent(f64);

impl orm::fields::ColumnType for Percent {
    type Base = Self;

    fn field_type() -> FieldType {
        FieldType::Double
    }

    fn decode(cell: Cell<'_>) -> orm::Result<Self> {
        match cell.float()? {
            share if (0.0..=1.0).contains(&share) => Ok(Percent(share * 100.0)),
            _ => Err(cell.mismatch("a share from 0 to 1")),
        }
    }

    fn encode(&self) -> Value<'_> {
        Value::Float(self.0 / 100.0)
    }
}

impl Newtype for Percent {
    type Inner = f64;
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("email"), check("not_dear", |m| m.fee.lt(1_000_000)))]
pub struct ClubMember {
    pub id: MemberId,
    #[orm(unique, max_length = 40)]
    pub email: Email,
    pub second: Option<Email>,
    #[orm(default = Even { half: 2 })]
    pub even: Even,
    #[orm(default = Cents(500))]
    pub fee: Cents,
    #[orm(default = Standing(Status::Draft))]
    pub standing: Standing,
    pub extra: Extra,
    pub nick: Tagged<String>,
    pub share: Percent,
    #[orm(related_name = "sponsored")]
    pub sponsor: Option<ForeignKey<ClubMember>>,
}

/// Its key is given, and a name for another model's key.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Mailbox {
    #[orm(primary_key)]
    pub address: Email,
    #[orm(related_name = "mailboxes")]
    pub owner: ForeignKey<ClubMember>,
    #[orm(related_name = "boxes")]
    pub readers: ManyToMany<ClubMember>,
}

#[derive(Choices, Debug, Clone, Copy, PartialEq)]
pub enum Weather {
    #[orm(renamed_from = "sun")]
    Sunny,
    Rainy,
}

#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[orm(integer = i8)]
pub enum Wind {
    None = -1,
    Hurricane = 12,
    #[orm(value = 3, renamed_from = 2)]
    Breeze,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(check("dry_storms", |f| f.wind.ne(Wind::Hurricane) | f.weather.ne(Weather::Rainy)))]
pub struct Forecast {
    pub id: i64,
    pub weather: Weather,
    #[orm(default = Wind::Breeze)]
    pub wind: Wind,
    pub night: Option<Wind>,
}

/// The same rows with the types inside.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unmanaged, table = "suite_club_member")]
pub struct PlainMember {
    pub id: u32,
    pub email: String,
    pub second: Option<String>,
}

macro_rules! member {
    ($db:expr, $email:expr) => {
        run!(
            ClubMember::create()
                .email(Email::new($email))
                .extra(Extra(Json(vec![1, 2])))
                .nick(Tagged("nick".to_owned()))
                .share(Percent(25.0))
                .save($db)
        )
    };
}

behaviour! {
    fn what_goes_in_comes_out(db) {
        let ann = member!(db, "ann@example.com");
        assert_eq!((ann.id, ann.even, ann.fee, ann.standing), (MemberId(1), Even { half: 2 }, Cents(500), Standing(Status::Draft)));
        assert_eq!((&ann.email, &ann.second, &ann.extra.0.0), (&Email::new("ann@example.com"), &None, &vec![1, 2]));
        assert_eq!((ann.nick.clone(), ann.share), (Tagged("nick".to_owned()), Percent(25.0)));
        let mut ben = member!(db, "ben@example.org");
        ben.second = Some(Email::new("b@n"));
        ben.sponsor = Some(ForeignKey::from(&ann));
        run!(ben.save(db));
        assert_eq!(run!(ClubMember::get(ben.id, db)), ben);
        run!(ben.update(|m| (m.fee.set(Cents(7)), m.second.set(None))).run(db));
        assert_eq!(run!(ClubMember::get(MemberId(2), db)).fee, Cents(7));
    }

    fn what_another_program_stored_is_read_only_if_it_is_of_the_type(db) {
        let ann = member!(db, "ann@example.com");
        let stored = |id: u32| PlainMember::objects().filter(move |m| m.id.eq(id));
        run!(stored(ann.id.0).update(|m| m.second.set("benjamin")).run(db));
        let refused = error(attempt!(ClubMember::get(ann.id, db)));
        let told = refused.to_string();
        assert!(told.contains("second") && told.contains("not of the type Email: an address has an @"), "{told}");
        assert!(!told.contains("benjamin"), "{told}");
        run!(stored(ann.id.0).update(|m| (m.second.set(None), m.email.set("benjamin"))).run(db));
        let told = error(attempt!(ClubMember::objects().values(|m| m.email).all(db))).to_string();
        assert!(told.contains("not of the type Email") && !told.contains("benjamin"), "{told}");
        assert_eq!(run!(stored(ann.id.0).values(|m| m.email).all(db)), ["benjamin"]);
    }

    fn they_have_the_lookups_of_the_type_inside(db) {
        for (email, fee) in [("ann@example.com", 100), ("BEN@example.org", 200), ("cleo@example.com", 300)] {
            let member = member!(db, email);
            run!(member.update(|m| m.fee.set(Cents(fee))).run(db));
        }
        let all = ClubMember::objects();
        assert_eq!(run!(all.clone().filter(|m| m.email.ends_with(".com") & m.email.icontains("EXAMPLE")).count(db)), 2);
        assert_eq!(run!(all.clone().filter(|m| m.email.eq("ann@example.com") | m.email.eq(Email::new("BEN@example.org"))).count(db)), 2);
        assert_eq!(run!(all.clone().filter(|m| m.email.in_([Email::new("ann@example.com")])).count(db)), 1);
        assert_eq!(run!(all.clone().filter(|m| m.fee.gt(150) & m.fee.between(Cents(100), 250)).count(db)), 1);
        assert_eq!(run!(all.clone().filter(|m| m.standing.eq(Standing(Status::Draft)) & m.second.is_null()).count(db)), 3);
        assert_eq!(run!(all.clone().filter(|m| m.share.lt(0.5)).count(db)), 3);
        let sums = run!(all.clone().aggregate(|m| (m.fee.sum(), m.fee.avg(), m.fee.max(), m.email.min())).run(db));
        assert_eq!(sums, (Some(600), Some(200.0), Some(Cents(300)), Some(Email::new("BEN@example.org"))));
        let lower: Vec<Email> = run!(all.clone().order_by(|m| m.fee.desc()).values(|m| m.email.lower()).all(db));
        assert_eq!(lower, ["cleo@example.com", "ben@example.org", "ann@example.com"].map(Email::new));
        let groups = all.clone().group_by(|m| m.standing).values(|m| (m.standing, count()));
        assert_eq!(run!(groups.all(db)), [(Standing(Status::Draft), 3)]);
        let more: Vec<i64> = run!(all.clone().order_by(|m| m.id).values(|m| m.fee.to_i64() * 2 - 1).all(db));
        assert_eq!(more, [199, 399, 599]);
        assert_eq!(run!(all.update(|m| m.fee.set(m.fee + 1)).run(db)), 3);
    }

    fn they_are_keys_that_others_name(db) {
        let (ann, ben) = (member!(db, "ann@example.com"), member!(db, "ben@example.org"));
        let mailbox = run!(Mailbox::create().address(Email::new("box@x")).owner(&ann).save(db));
        run!(Mailbox::create().address(Email::new("other@x")).owner(ben.id).save(db));
        assert_eq!(run!(Mailbox::get(Email::new("box@x"), db)), mailbox);
        let of = Mailbox::objects().filter(|m| m.owner.eq(ann.id) & m.owner().email.starts_with("ann") & m.owner.eq(m.owner().id));
        assert_eq!(run!(of.get(db)), mailbox);
        let loaded = run!(ClubMember::objects().with(|m| m.mailboxes()).all(db));
        assert_eq!(loaded.iter().map(|(_, boxes)| boxes.len()).collect::<Vec<_>>(), [1, 1]);
        run!(mailbox.readers().add([ann.id, ben.id]).run(db));
        assert_eq!(run!(mailbox.readers().remove([&ann]).run(db)), 1);
        assert_eq!(run!(ben.boxes().all(db)), [mailbox]);
        let missing = error(attempt!(Mailbox::create().address(Email::new("no@x")).owner(MemberId(99)).save(db)));
        assert!(missing.is_foreign_key_violation(), "{missing:?}");
        assert_eq!(missing.fields(), ["owner"]);
    }

    fn what_the_type_refuses_is_not_stored(db) {
        let mut ann = member!(db, "ann@example.com");
        let told = |refused: orm::Error, field: &str, reason: &str| {
            assert!(refused.to_string().contains(&format!("suite.{field}")), "{refused}");
            assert!(refused.to_string().contains(reason) && !refused.to_string().contains("ben"), "{refused}");
            assert_eq!(refused.fields(), [field.rsplit('.').next().unwrap()], "{refused:?}");
        };
        let wrong = || Email::new("ben");
        let draft = |email| ClubMember::create().email(email).extra(Extra(Json(Vec::new()))).nick(Tagged(String::new())).share(Percent(0.0));
        told(error(attempt!(draft(wrong()).save(db))), "ClubMember.email", "an address has an @");
        told(error(attempt!(draft(Email::new("b@n")).second(wrong()).save(db))), "ClubMember.second", "an address has an @");
        told(error(attempt!(draft(Email::new("b@n")).even(Even { half: 3 }).save(db))), "ClubMember.even", "an even number");
        told(error(attempt!(ClubMember::objects().update(|m| m.email.set(wrong())).run(db))), "ClubMember.email", "an address");
        told(error(attempt!(ClubMember::objects().filter(|m| m.email.eq(wrong())).count(db))), "ClubMember.email", "an address");
        ann.even = Even { half: 5 };
        told(error(attempt!(ann.save(db))), "ClubMember.even", "an even number");
        assert_eq!(run!(ClubMember::objects().count(db)), 1);
    }

    fn choices_are_numbers_too(db) {
        let all = [Wind::Hurricane, Wind::None, Wind::Breeze];
        let drafts = all.map(|wind| Forecast::create().weather(Weather::Sunny).wind(wind).night(wind));
        run!(Forecast::bulk_create(drafts).run(db));
        let one = run!(Forecast::create().weather(Weather::Rainy).save(db));
        assert_eq!((one.wind, one.night), (Wind::Breeze, None));
        let winds: Vec<Wind> = run!(Forecast::objects().order_by(|f| (f.wind, f.id)).values(|f| f.wind).all(db));
        assert_eq!(winds, [Wind::None, Wind::Breeze, Wind::Breeze, Wind::Hurricane]);
        assert_eq!(run!(Forecast::objects().filter(|f| f.wind.gt(Wind::None) & f.night.in_([Wind::Breeze])).count(db)), 1);
        let ends = run!(Forecast::objects().aggregate(|f| (f.wind.min(), f.night.max())).run(db));
        assert_eq!(ends, (Some(Wind::None), Some(Wind::Hurricane)));
        let groups = Forecast::objects().group_by(|f| f.wind).values(|f| (f.wind, count())).order_by(|f| f.wind);
        assert_eq!(run!(groups.all(db)), [(Wind::None, 1), (Wind::Breeze, 2), (Wind::Hurricane, 1)]);
        let refused = error(attempt!(one.update(|f| f.wind.set(Wind::Hurricane)).run(db)));
        assert_eq!(refused.constraint(), Some("dry_storms"));
        let forecasts = value(DynModel::named("suite.Forecast"));
        let draft = || forecasts.create().set_json("weather", &json!("sunny"));
        let row = run!(draft().set_json("wind", &json!(12)).save(db));
        assert_eq!((value(row.get_json("wind")), value(row.get_json("night"))), (json!(12), json!(null)));
        let refused = error(attempt!(draft().set_json("wind", &json!(4)).save(db)));
        assert!(refused.to_string().contains("takes one of its choices, not another number"), "{refused}");
        assert_eq!(refused.fields(), ["wind"]);
        // Given as a number and not as JSON, it is refused by the table.
        let wind = value(forecasts.field::<i8>("wind"));
        let refused = error(attempt!(draft().set(wind, 4).save(db)));
        assert!(refused.is_check_violation() && refused.fields() == ["wind"], "{refused:?}");
        assert_eq!(refused.hint(), Some("`wind` takes one of the numbers -1, 12, 3"));
    }

    fn rows_by_name_are_of_the_type_inside(db) {
        let ann = member!(db, "ann@example.com");
        let members = value(DynModel::named("suite.ClubMember"));
        let row = run!(members.filter(value(members.eq_json("id", &json!(1)))).get(db));
        assert_eq!(value(row.get_json("email")), json!("ann@example.com"));
        assert_eq!(value(row.get(value(members.field::<String>("email")))), "ann@example.com");
        assert_eq!(value(row.get(value(members.field::<Email>("email")))), ann.email);
        assert_eq!(value(row.get_json("extra")), json!([1, 2]));
    }
}

#[test]
fn what_is_written_is_the_type_inside() {
    let registry = registry().unwrap();
    let member = &registry.model(&ModelKey::new("suite", "ClubMember")).unwrap().def;
    let types: Vec<FieldType> = member.fields.iter().map(|field| field.ty).collect();
    use FieldType::*;
    assert_eq!(
        types,
        [
            UnsignedInt,
            Text,
            Text,
            UnsignedSmallInt,
            BigInt,
            Choices,
            Json,
            Text,
            Double,
            ForeignKey
        ]
    );
    assert!(member.fields[0].generated && member.fields[2].null);
    assert_eq!(member.fields[3].default, Some(Literal::Int(2)));
    assert_eq!(member.fields[5].choices, ["draft", "published", "archived"]);
    let forecast = &registry.model(&ModelKey::new("suite", "Forecast")).unwrap().def;
    assert_eq!(forecast.fields[1].renamed_choices["sunny"], "sun");
    assert_eq!(
        (forecast.fields[2].ty, forecast.fields[2].default.clone()),
        (TinyInt, Some(Literal::Int(3)))
    );
    assert_eq!(forecast.fields[2].choices, ["-1", "12", "3"]);
    assert_eq!(forecast.fields[2].renamed_choices["3"], "2");
}
