//! `copy_out`: rows as CSV and as text, the same bytes on every database, which are those of the server's `COPY`.

use std::io::Write;
use std::net::IpAddr;
use std::time::Duration;

use chrono::TimeDelta;

use orm::fields::Range;
use orm::prelude::*;
use orm::queries::CopyFormat;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, runtime, value};
use orm_tests::{Backend, Database};

orm::app!("suite");

#[derive(Choices, Debug, Clone, Copy, PartialEq)]
#[orm(native)]
pub enum ShipKind {
    Barge,
    #[orm(value = "tug, boat")]
    Tug,
}

/// A column of every kind of type.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Shipped {
    pub id: i64,
    pub label: String,
    pub note: Option<String>,
    pub kind: ShipKind,
    pub sunk: bool,
    pub bytes: Option<Vec<u8>>,
    pub words: Vec<String>,
    pub numbers: Vec<Option<i32>>,
    pub grid: Vec<Vec<f64>>,
    pub price: Option<Decimal>,
    pub ratio: Option<f64>,
    pub single: Option<f32>,
    pub day: Option<NaiveDate>,
    pub hour: Option<NaiveTime>,
    pub plain: Option<NaiveDateTime>,
    pub at: Option<DateTime<Utc>>,
    pub took: Option<TimeDelta>,
    pub mark: Option<Uuid>,
    pub address: Option<IpAddr>,
    pub seats: Option<Range<i64>>,
    pub held: Option<Range<NaiveDateTime>>,
    pub meta: Option<Json<Vec<String>>>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Crate {
    pub id: i64,
    #[orm(related_name = "crates")]
    pub ship: ForeignKey<Shipped>,
    #[orm(column = "weight_kg")]
    pub weight: i32,
}

#[derive(Projection, Debug)]
#[orm(model = Crate)]
#[allow(dead_code, reason = "it is only written out")]
struct Manifest {
    r#weight: i32,
    #[orm(path = ship.label)]
    ship: String,
    #[orm(expr = |c| c.weight * 2)]
    doubled: i32,
}

pub fn shipped(
    label: &str,
) -> ShippedCreate<
    orm::__private::Assigned,
    orm::__private::Assigned,
    orm::__private::Assigned,
    orm::__private::Assigned,
    orm::__private::Assigned,
    orm::__private::Assigned,
> {
    Shipped::create()
        .label(label)
        .kind(ShipKind::Barge)
        .sunk(false)
        .words(vec![])
        .numbers(vec![])
        .grid(vec![])
}

/// All of what pieces there are.
macro_rules! copied {
    ($query:expr, $db:expr) => {{
        let mut pieces = rows!($query, $db);
        let mut all = Vec::new();
        while let Some(piece) = next!(pieces) {
            all.extend(value(piece));
        }
        String::from_utf8(all).expect("UTF-8")
    }};
}

behaviour! {
    fn every_type_has_one_text(db) {
        let full = shipped("a \"b\", c")
            .id(1)
            .note("")
            .kind(ShipKind::Tug)
            .sunk(true)
            .bytes(vec![0, 255])
            .words(vec!["a b".into(), "NULL".into(), String::new(), "x\"\\{}".into(), "plain".into()])
            .numbers(vec![Some(-1), None])
            .grid(vec![vec![0.5, 1e20], vec![-0.25, 1e-7]])
            .price(Decimal::new(-12_500, 3))
            .ratio(0.1)
            .single(1.25e10)
            .day(NaiveDate::from_ymd_opt(2026, 2, 3).unwrap())
            .hour(NaiveTime::from_hms_micro_opt(4, 5, 6, 700_000).unwrap())
            .plain(NaiveDate::from_ymd_opt(999, 2, 3).unwrap().and_hms_opt(0, 0, 0).unwrap())
            .at(DateTime::<Utc>::UNIX_EPOCH)
            .took(TimeDelta::microseconds(-90_000_000_001))
            .mark(Uuid::from_u128(7))
            .address("::1".parse::<IpAddr>().unwrap())
            .seats(Range::from(3..7))
            .held(Range::from(DateTime::UNIX_EPOCH.naive_utc()..))
            .meta(Json(vec!["é".into()]));
        run!(full.save(db));
        run!(shipped("line\r\nline").id(2).save(db));
        let all = Shipped::objects().order_by(|s| s.id);
        let csv = copied!(all.clone().copy_out(CopyFormat::Csv), db);
        assert_eq!(csv, concat!(
            "id,label,note,kind,sunk,bytes,words,numbers,grid,price,ratio,single,day,hour,plain,at,took,mark,address,seats,held,meta\n",
            "1,\"a \"\"b\"\", c\",\"\",\"tug, boat\",t,\\x00ff,\"{\"\"a b\"\",\"\"NULL\"\",\"\"\"\",\"\"x\\\"\"\\\\{}\"\",plain}\",",
            "\"{-1,NULL}\",\"{{0.5,1e+20},{-0.25,1e-07}}\",-12.5,0.1,1.25e+10,2026-02-03,04:05:06.7,0999-02-03 00:00:00,",
            "1970-01-01 00:00:00+00,-1 days -01:00:00.000001,00000000-0000-0000-0000-000000000007,::1,\"[3,7)\",",
            "\"[\"\"1970-01-01 00:00:00\"\",)\",\"[\"\"é\"\"]\"\n",
            "2,\"line\r\nline\",,barge,f,,{},{},{},,,,,,,,,,,,,\n",
        ));
        let text = copied!(all.values(|s| (s.label, s.note, s.bytes)).copy_out(CopyFormat::Text), db);
        assert_eq!(text, "a \"b\", c\t\t\\\\x00ff\nline\\r\\nline\t\\N\t\\N\n");
    }

    fn names_are_those_of_columns_fields_and_who_says_them(db) {
        let ship = run!(shipped("Ann").save(db));
        run!(Crate::create().ship(&ship).weight(5).save(db));
        assert_eq!(
            copied!(Crate::objects().copy_out(CopyFormat::Csv), db),
            format!("id,ship_id,weight_kg\n1,{},5\n", ship.id)
        );
        assert_eq!(
            copied!(Crate::objects().select::<Manifest>().copy_out(CopyFormat::Csv), db),
            "weight,ship,doubled\n5,Ann,10\n"
        );
        let labels = Crate::objects().values(|c| (c.ship().label, c.ship().note.upper()));
        let refused = error(value_of(next!(rows!(labels.clone().copy_out(CopyFormat::Csv), db))));
        assert!(refused.to_string().starts_with("copying suite.Crate out: value 2 has no name: it is computed"), "{refused}");
        assert_eq!(copied!(labels.copy_out(CopyFormat::Csv).names(["a,b", "c"]), db), "\"a,b\",c\nAnn,\n");
        let twice = Crate::objects().values(|c| (c.id, c.ship().id));
        let refused = error(value_of(next!(rows!(twice.clone().copy_out(CopyFormat::Csv), db))));
        assert!(refused.to_string().starts_with("copying suite.Crate out: two values are named `id`"), "{refused}");
        let refused = error(value_of(next!(rows!(twice.clone().copy_out(CopyFormat::Csv).names(["one"]), db))));
        assert!(refused.to_string().starts_with("copying suite.Crate out: 1 names were given, and each row has 2 values"), "{refused}");
        assert_eq!(copied!(twice.copy_out(CopyFormat::Csv).without_names(), db), format!("1,{}\n", ship.id));
        let counted = Shipped::objects().group_by(|s| s.kind).values(|s| (s.kind, count()));
        assert_eq!(copied!(counted.copy_out(CopyFormat::Text).names(["kind", "ships"]), db), "kind\tships\nbarge\t1\n");
    }

    fn no_row_is_the_first_line_alone(db) {
        for none in [Crate::objects(), Crate::objects().none(), Crate::objects().filter(|c| c.weight.gt(3)).limit(0)] {
            assert_eq!(copied!(none.copy_out(CopyFormat::Csv), db), "id,ship_id,weight_kg\n");
        }
        assert_eq!(copied!(Crate::objects().copy_out(CopyFormat::Text), db), "");
    }

    /// The values of conditions are bound, whatever they are.
    fn a_query_is_copied_as_it_reads(db) {
        let hostile = "'; DROP TABLE suite_shipped; --";
        run!(Shipped::bulk_create([shipped(hostile), shipped("b"), shipped("c")]).run(db));
        let found = Shipped::objects().filter(move |s| s.label.eq(hostile) | s.label.eq("c")).order_by(|s| s.label.desc());
        assert_eq!(copied!(found.values(|s| s.label).copy_out(CopyFormat::Text), db), format!("c\n{hostile}\n"));
        let one = Shipped::objects().order_by(|s| s.label).offset(1).limit(1).values(|s| s.label);
        assert_eq!(copied!(one.copy_out(CopyFormat::Text), db), "b\n");
    }

    fn many_rows_come_in_pieces_of_one_state(db) {
        run!(Shipped::copy_in((0..2_345).map(|n| shipped(&format!("{n:05}")))).run(db));
        let all = Shipped::objects().order_by(|s| s.label).values(|s| s.label);
        let mut pieces = rows!(all.clone().copy_out(CopyFormat::Text).without_names(), db);
        let mut seen = String::new();
        let mut count = 0;
        while let Some(piece) = next!(pieces) {
            count += 1;
            seen.push_str(&String::from_utf8(value(piece)).unwrap());
        }
        let expected: String = (0..2_345).map(|n| format!("{n:05}\n")).collect();
        assert!(seen == expected && count == 5, "{count} pieces");
        // In a transaction, left early, and the connection goes on.
        let done: orm::Result<()> = transaction!(db, |tx| {
            let mut pieces = rows!(all.clone().copy_out(CopyFormat::Text), tx);
            assert!(next!(pieces).is_some());
            drop(pieces);
            run!(Shipped::objects().delete().run(tx));
            assert_eq!(copied!(all.clone().copy_out(CopyFormat::Text), tx), "");
            Ok(())
        });
        value(done);
    }
}

/// The one piece that there is.
fn value_of(piece: Option<orm::Result<Vec<u8>>>) -> orm::Result<Vec<u8>> {
    piece.expect("a piece")
}

/// Takes so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let taken = bytes.len().min(self.0).min(7);
        self.0 -= taken;
        match taken {
            0 => Err(std::io::ErrorKind::StorageFull.into()),
            taken => Ok(taken),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_cannot_be_written_is_an_error_and_the_connection_goes_on() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::with_tables(backend);
        let db = value(Db::connect(database.url()));
        value(Shipped::copy_in((0..1_200).map(|n| shipped(&n.to_string()))).run(&db));
        let labels = || Shipped::objects().values(|s| s.label).copy_out(CopyFormat::Csv);
        let refused = error(labels().write_to(&db, &mut Full(4_000)));
        assert!(
            refused
                .to_string()
                .starts_with("what is copied out cannot be written: "),
            "{refused}"
        );
        assert_eq!(value(labels().write_to(&db, &mut Full(usize::MAX))), 1_200);
        let inside: orm::Result<u64> = db.transaction(|tx| labels().write_to(tx, &mut Vec::new()));
        assert_eq!(value(inside), 1_200);
        let file = runtime().block_on(async {
            let db = value(AsyncDb::connect(database.url()).await);
            let mut file = Vec::new();
            assert_eq!(value(labels().write_to_async(&db, &mut file).await), 1_200);
            file
        });
        assert_eq!(file.iter().filter(|byte| **byte == b'\n').count(), 1_201);
    }
}

/// A row that its type cannot hold ends it, behind those before it.
#[test]
fn a_value_that_cannot_be_read_names_its_column() {
    let database = Database::with_tables(Backend::Postgres);
    let db = value(Db::connect(database.url()));
    value(Shipped::bulk_create([shipped("a"), shipped("b")]).run(&db));
    value(
        orm::sql(
            "ALTER TABLE suite_shipped DROP CONSTRAINT suite_shipped_price_check",
            (),
        )
        .execute(&db),
    );
    value(orm::sql("UPDATE suite_shipped SET price = 1e40 WHERE label = 'b'", ()).execute(&db));
    let mut file = Vec::new();
    let prices = Shipped::objects()
        .order_by(|s| s.label)
        .values(|s| (s.label, s.price));
    let refused = error(prices.copy_out(CopyFormat::Text).write_to(&db, &mut file));
    assert!(refused.to_string().contains("price"), "{refused}");
    assert_eq!(file, b"a\t\\N\n");
}

/// A stream that is dropped while it reads leaves a connection that works.
#[test]
fn a_stream_that_is_left_lets_go_of_its_connection() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let database = Database::with_tables(backend);
        runtime().block_on(async {
            let separator = if database.url().contains('?') { "&" } else { "?" };
            let db = value(AsyncDb::connect(&format!("{}{separator}pool=1", database.url())).await);
            value(
                Shipped::copy_in((0..3_000).map(|n| shipped(&n.to_string())))
                    .run(&db)
                    .await,
            );
            for micros in [0, 50, 500, 2_000, 5_000] {
                let mut sink = Vec::new();
                let all = Shipped::objects()
                    .copy_out(CopyFormat::Csv)
                    .write_to_async(&db, &mut sink);
                let _ = tokio::time::timeout(Duration::from_micros(micros), all).await;
                assert_eq!(value(Shipped::objects().count(&db).await), 3_000);
            }
        });
    }
}
