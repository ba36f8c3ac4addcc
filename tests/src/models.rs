//! The models of the suite: every type of column, every relation, every option.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use orm::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

orm::app!("suite");

/// Every type that a column can have.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Everything {
    pub id: i64,
    pub truth: bool,
    pub small: i16,
    pub medium: i32,
    pub large: i64,
    pub single: f32,
    pub double: f64,
    pub text: String,
    pub bytes: Vec<u8>,
    pub date: NaiveDate,
    pub time: NaiveTime,
    pub date_time: NaiveDateTime,
    pub instant: DateTime<Utc>,
    pub uuid: Uuid,
    pub decimal: Decimal,
    pub json: Json<serde_json::Value>,
    pub colour: Colour,
}

/// The same, all of it nullable.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Nothing {
    pub id: i64,
    pub truth: Option<bool>,
    pub small: Option<i16>,
    pub medium: Option<i32>,
    pub large: Option<i64>,
    pub single: Option<f32>,
    pub double: Option<f64>,
    pub text: Option<String>,
    pub bytes: Option<Vec<u8>>,
    pub date: Option<NaiveDate>,
    pub time: Option<NaiveTime>,
    pub date_time: Option<NaiveDateTime>,
    pub instant: Option<DateTime<Utc>>,
    pub uuid: Option<Uuid>,
    pub decimal: Option<Decimal>,
    pub json: Option<Json<serde_json::Value>>,
    pub colour: Option<Colour>,
}

/// An enum as a column; one variant is stored under a name of its own.
#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    Red,
    DarkGreen,
    #[orm(value = "it's blue")]
    Blue,
}

/// One string.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Line {
    pub id: i64,
    pub text: String,
    pub note: Option<String>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("name"))]
pub struct Country {
    #[orm(primary_key, max_length = 2)]
    pub code: String,
    pub name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("name", "id"))]
pub struct Author {
    pub id: i64,
    #[orm(max_length = 100)]
    pub name: String,
    #[orm(unique)]
    pub email: String,
    #[orm(on_delete = SetNull, related_name = "authors")]
    pub country: Option<ForeignKey<Country>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Profile {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "profile")]
    pub author: OneToOne<Author>,
    #[orm(default = "")]
    pub bio: String,
}

/// The table of `Author`, read with fewer columns and other field names.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unmanaged, table = "suite_author")]
pub struct AuthorCard {
    pub id: i64,
    #[orm(column = "name")]
    pub shown_as: String,
}

/// Two foreign keys to one model, one of them nullable, and a many-to-many relation.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    ordering("-published_at", "id"),
    index("author", "-published_at"),
    unique("author", "slug")
)]
#[orm(check("title_not_blank", |p| p.title.trim().ne("")))]
pub struct Post {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "posts")]
    pub author: ForeignKey<Author>,
    #[orm(on_delete = SetNull, related_name = "edited")]
    pub editor: Option<ForeignKey<Author>>,
    #[orm(max_length = 200)]
    pub title: String,
    pub slug: String,
    #[orm(default = 0)]
    pub views: i64,
    #[orm(default = Status::Draft)]
    pub status: Status,
    pub published_at: Option<DateTime<Utc>>,
    #[orm(default = "")]
    pub body: String,
    #[orm(related_name = "posts")]
    pub tags: ManyToMany<Tag>,
}

#[derive(Choices, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Draft,
    Published,
    Archived,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("label"))]
pub struct Tag {
    pub id: i64,
    #[orm(unique, max_length = 50)]
    pub label: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Comment {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "comments")]
    pub post: ForeignKey<Post>,
    pub text: String,
    #[orm(default = false)]
    pub hidden: bool,
}

/// Relations of a model with itself.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("name"))]
pub struct Person {
    pub id: i64,
    pub name: String,
    #[orm(on_delete = SetNull, related_name = "children")]
    pub parent: Option<ForeignKey<Person>>,
    #[orm(related_name = "admired_by")]
    pub admires: ManyToMany<Person>,
}

/// The target of the foreign keys below, one for each referential action.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Parent {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct CascadeChild {
    pub id: i64,
    #[orm(on_delete = Cascade)]
    pub parent: ForeignKey<Parent>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct RestrictChild {
    pub id: i64,
    #[orm(on_delete = Restrict)]
    pub parent: ForeignKey<Parent>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct NoActionChild {
    pub id: i64,
    pub parent: ForeignKey<Parent>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct SetNullChild {
    pub id: i64,
    #[orm(on_delete = SetNull)]
    pub parent: Option<ForeignKey<Parent>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct SetDefaultChild {
    pub id: i64,
    #[orm(on_delete = SetDefault, default = 1)]
    pub parent: ForeignKey<Parent>,
}

/// Foreign keys with `on_update`, and with each time of checking.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct CascadeOnUpdateChild {
    pub id: i64,
    #[orm(on_update = Cascade, on_delete = Cascade)]
    pub parent: ForeignKey<Parent>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct SetNullOnUpdateChild {
    pub id: i64,
    #[orm(on_update = SetNull)]
    pub parent: Option<ForeignKey<Parent>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct CheckedAtOnceChild {
    pub id: i64,
    #[orm(deferrable = No)]
    pub parent: ForeignKey<Parent>,
}

/// May point at rows that do not exist.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct UnheldChild {
    pub id: i64,
    #[orm(db_constraint = false)]
    pub parent: Option<ForeignKey<Parent>>,
}

/// Primary keys that are not integers.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Ticket {
    pub id: Uuid,
    pub subject: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct TicketNote {
    pub id: i32,
    #[orm(on_delete = Cascade, related_name = "notes")]
    pub ticket: ForeignKey<Ticket>,
    pub text: String,
}

/// Every default.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Defaults {
    pub id: i64,
    #[orm(default = true)]
    pub truth: bool,
    #[orm(default = -7)]
    pub small: i16,
    #[orm(default = 2.5)]
    pub double: f64,
    #[orm(default = "it's \"quoted\" \\ %")]
    pub text: String,
    #[orm(default = Decimal::new(125, 2))]
    pub decimal: Decimal,
    #[orm(default = 3)]
    pub whole: Decimal,
    #[orm(default = -2)]
    pub double_whole: f64,
    #[orm(default = Colour::Blue)]
    pub colour: Colour,
    #[orm(default_fn = token)]
    pub token: String,
    #[orm(db_default = now)]
    pub made_at: DateTime<Utc>,
    #[orm(db_default = random_uuid)]
    pub uuid: Uuid,
    #[orm(db_default(sqlite = "20 + 22", postgres = "20 + 22"))]
    pub answer: i64,
    #[orm(auto_now_add)]
    pub created_at: DateTime<Utc>,
    #[orm(auto_now)]
    pub updated_at: DateTime<Utc>,
}

fn token() -> String {
    "made in Rust".to_owned()
}

/// Unique for some rows only, and by an expression.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    unique(name = "open_once", "place", where = |b| b.closed.eq(false), message = "the place is taken"),
    unique(name = "code_once", |b| b.code.ascii_lower()),
    index(name = "open_by_code", |b| b.code.ascii_upper(), part("place", desc), where = |b| b.closed.eq(false))
)]
pub struct Booking {
    pub id: i64,
    pub place: i32,
    pub code: String,
    pub closed: bool,
}

/// Limits that the database enforces.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unique(
    name = "second_once",
    "first",
    "second",
    message = "the two numbers are taken"
))]
#[orm(check("first_is_less", |l| l.first.lt(l.second), message = "the first number is less than the second"))]
pub struct Limits {
    pub id: i64,
    #[orm(max_length = 5)]
    pub short: String,
    pub first: i32,
    pub second: i32,
    #[orm(unique)]
    pub code: Option<String>,
    #[orm(max_digits = 6, decimal_places = 2)]
    pub price: Option<Decimal>,
    pub status: Status,
}

/// Names that need quotes: reserved words, mixed case, spaces, quotes, letters beyond ASCII.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(
    table = "Select \"from\" Größe",
    ordering("order"),
    index("group", "-order"),
    unique("user", "where_")
)]
#[orm(check("Order isn't negative", |r| r.order.ge(0)))]
pub struct Reserved {
    pub id: i64,
    pub order: i64,
    #[orm(index)]
    pub group: String,
    pub user: String,
    pub r#type: String,
    #[orm(column = "WHERE")]
    pub where_: String,
    #[orm(column = "naïve \"column\" name")]
    pub odd: Option<String>,
    #[orm(column = "ключ", on_delete = Cascade, related_name = "below")]
    pub parent: Option<ForeignKey<Reserved>>,
    #[orm(table = "join; table")]
    pub others: ManyToMany<Tag>,
}

/// Money.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Price {
    pub id: i64,
    #[orm(unique)]
    pub amount: Decimal,
    pub discount: Option<Decimal>,
}
/// Arrays of everything that arrays hold.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(index("whole"))]
pub struct Arrays {
    pub id: i64,
    #[orm(default = Vec::new())]
    pub truths: Vec<bool>,
    #[orm(default = Vec::new())]
    pub small: Vec<i16>,
    #[orm(default = Vec::new())]
    pub whole: Vec<i32>,
    #[orm(default = Vec::new())]
    pub long: Vec<i64>,
    #[orm(default = Vec::new())]
    pub single: Vec<f32>,
    #[orm(default = Vec::new())]
    pub double: Vec<f64>,
    #[orm(default = Vec::new())]
    pub strings: Vec<String>,
    #[orm(default = Vec::new())]
    pub blobs: Vec<Vec<u8>>,
    #[orm(default = Vec::new())]
    pub days: Vec<NaiveDate>,
    #[orm(default = Vec::new())]
    pub times: Vec<NaiveTime>,
    #[orm(default = Vec::new())]
    pub naive: Vec<NaiveDateTime>,
    #[orm(default = Vec::new())]
    pub instants: Vec<DateTime<Utc>>,
    #[orm(default = Vec::new())]
    pub ids: Vec<Uuid>,
    #[orm(default = Vec::new())]
    pub amounts: Vec<Decimal>,
}

/// Arrays with NULL in them, of arrays, and with limits and defaults.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Lists {
    pub id: i64,
    #[orm(default = [])]
    pub numbers: Vec<Option<i32>>,
    #[orm(default = Vec::new())]
    pub words: Vec<Option<String>>,
    #[orm(default = Vec::new())]
    pub grid: Vec<Vec<i32>>,
    #[orm(default = Vec::new())]
    pub sparse: Vec<Vec<Option<String>>>,
    pub unknown: Option<Vec<String>>,
    #[orm(max_length = 3, default = ["a,b", "[\"c\\"])]
    pub few: Vec<String>,
    #[orm(default = [[1, 2], [3, 4]])]
    pub square: Vec<Vec<i16>>,
    #[orm(generated = |l| l.few.length())]
    pub many: i64,
}

/// A number that many writers change concurrently.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Counter {
    pub id: i64,
    pub value: i64,
}

/// A to-many relation whose foreign key has no index.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"))]
pub struct Remark {
    pub id: i64,
    #[orm(index = false, related_name = "remarks")]
    pub line: ForeignKey<Line>,
    pub text: String,
}

/// Tables with the names of aliases that statements use beside them.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "keys", ordering("id"))]
pub struct Keyed {
    pub id: i64,
    #[orm(related_name = "below")]
    pub above: Option<ForeignKey<Keyed>>,
    #[orm(table = "list_of_keys", related_name = "keyed")]
    pub passages: ManyToMany<Passage>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "through", ordering("id"))]
pub struct Passage {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "entrances")]
    pub opens: ForeignKey<Keyed>,
}
