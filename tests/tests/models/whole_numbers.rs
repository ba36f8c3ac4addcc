//! Whole numbers of every width: each column takes its type's and no others, and computes with 64 bits.

use orm::dynamic::DynModel;
use orm::prelude::*;
use orm::queries::IntoDraft;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use proptest::prelude::*;
use serde_json::json;

use orm_tests::samples::samples;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(index("word", "-byte"), check("not_both", |g| g.byte.lt(255) | g.long.lt(u64::from(u32::MAX))))]
pub struct Gauge {
    pub id: u32,
    pub tiny: i8,
    pub byte: u8,
    pub word: u16,
    #[orm(index)]
    pub dword: u32,
    pub long: u64,
    pub tiny_or_none: Option<i8>,
    pub long_or_none: Option<u64>,
    #[orm(default = 200)]
    pub share: u8,
    #[orm(default = 4_000_000_000)]
    pub seconds: u32,
    #[orm(generated = |g| g.byte.to_i64() + g.word.to_i64())]
    pub sum: i64,
}

/// Its key is the widest without a sign.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Cashbook {
    pub id: u64,
    #[orm(unique)]
    pub code: u16,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct LedgerLine {
    pub id: i64,
    #[orm(related_name = "lines")]
    pub ledger: ForeignKey<Cashbook>,
    #[orm(related_name = "gauged_lines")]
    pub gauge: Option<ForeignKey<Gauge>>,
    pub amount: u32,
}

/// A key that the program gives.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Port {
    #[orm(primary_key, default = 80)]
    pub number: u16,
    #[orm(related_name = "ports")]
    pub ledgers: ManyToMany<Cashbook>,
}

/// The ends of a type as often as all others together.
fn of<T: proptest::arbitrary::Arbitrary + Clone + std::fmt::Debug + 'static>(
    ends: [T; 2],
) -> impl Strategy<Value = T> {
    prop_oneof![prop::sample::select(Vec::from(ends)), any::<T>()]
}

fn gauges() -> impl Strategy<Value = Gauge> {
    let longest = u64::MAX >> 1;
    let longs = || prop_oneof![Just(0), Just(longest), 0..=longest];
    let numbers = (
        of([i8::MIN, i8::MAX]),
        of([0, u8::MAX]),
        of([0, u16::MAX]),
        of([0, u32::MAX]),
        longs(),
    );
    let maybe = (
        prop::option::of(of([i8::MIN, i8::MAX])),
        prop::option::of(longs()),
    );
    let defaults = (any::<u8>(), of([0, u32::MAX]));
    (numbers, maybe, defaults).prop_map(|(numbers, maybe, defaults)| Gauge {
        id: 0,
        tiny: numbers.0,
        byte: numbers.1,
        word: numbers.2,
        dword: numbers.3,
        long: if numbers.1 == 255 {
            numbers.4 >> 32
        } else {
            numbers.4
        },
        tiny_or_none: maybe.0,
        long_or_none: maybe.1,
        share: defaults.0,
        seconds: defaults.1,
        sum: i64::from(numbers.1) + i64::from(numbers.2),
    })
}

fn draft(of: &Gauge) -> impl IntoDraft<Gauge> + use<> {
    Gauge::create()
        .tiny(of.tiny)
        .byte(of.byte)
        .word(of.word)
        .dword(of.dword)
        .long(of.long)
        .tiny_or_none(of.tiny_or_none)
        .long_or_none(of.long_or_none)
        .share(of.share)
        .seconds(of.seconds)
}

behaviour! {
    fn what_goes_in_comes_out(db) {
        for mut gauge in samples(40, gauges()) {
            let saved = run!(Gauge::bulk_create([draft(&gauge)]).all(db)).remove(0);
            gauge.id = saved.id;
            assert_eq!(saved, gauge);
            assert_eq!(run!(Gauge::get(gauge.id, db)), gauge);
            let dword = &gauge.dword;
            let found = Gauge::objects().filter(|g| {
                g.tiny.eq(gauge.tiny) & g.byte.eq(gauge.byte) & g.word.in_([gauge.word]) & g.dword.le(gauge.dword)
                    & g.dword.ge(dword) & g.long.between(gauge.long, gauge.long) & g.id.eq(gauge.id)
            });
            assert_eq!(run!(found.count(db)), 1);
        }
        let all = samples(120, gauges());
        let saved = run!(Gauge::bulk_create(all.iter().map(draft)).all(db));
        for (saved, gauge) in saved.iter().zip(&all) {
            assert_eq!(*saved, Gauge { id: saved.id, ..gauge.clone() });
        }
        assert_eq!(run!(Gauge::objects().count(db)), 160);
        let as_json = run!(Gauge::objects().order_by(|g| g.id).values(|g| (g.id, g.long)).all(db));
        assert!(as_json.is_sorted_by_key(|(id, _)| *id));
    }

    fn defaults_and_keys_are_the_databases(db) {
        let gauge = run!(Gauge::create().tiny(-1).byte(1).word(2).dword(3).long(4).save(db));
        assert_eq!((gauge.id, gauge.share, gauge.seconds, gauge.sum), (1, 200, 4_000_000_000, 3));
        assert_eq!((gauge.tiny_or_none, gauge.long_or_none), (None, None));
        let ledger = run!(Cashbook::create().code(65_535).save(db));
        assert_eq!(ledger.id, 1_u64);
        assert_eq!(run!(Port::create().save(db)).number, 80);
        let line = run!(LedgerLine::create().ledger(&ledger).gauge(&gauge).amount(u32::MAX).save(db));
        assert_eq!((line.ledger.id(), line.gauge.as_ref().map(|key| key.id())), (1, Some(1)));
        run!(LedgerLine::create().ledger(ledger.id).amount(7).save(db));
        let of_one = LedgerLine::objects().filter(|l| l.ledger.eq(1) & l.gauge.is_not_null());
        assert_eq!(run!(of_one.count(db)), 1);
        let joined = LedgerLine::objects().filter(|l| l.ledger().code.gt(65_000) & l.ledger.eq(l.ledger().id));
        assert_eq!(run!(joined.count(db)), 2);
        let loaded = run!(Cashbook::objects().with(|l| l.lines().order_by(|l| l.amount)).all(db));
        assert_eq!(loaded[0].1.iter().map(|line| line.amount).collect::<Vec<_>>(), [7, u32::MAX]);
        let port = run!(Port::get(80_u16, db));
        run!(port.ledgers().add([&ledger]).run(db));
        assert_eq!(run!(ledger.ports().all(db)), std::slice::from_ref(&port));
    }

    fn they_are_computed_with_64_bits(db) {
        run!(Gauge::create().tiny(-128).byte(255).word(65_535).dword(u32::MAX).long(5).save(db));
        run!(Gauge::create().tiny(127).byte(3).word(4).dword(5).long(u64::MAX >> 1).save(db));
        let sums = run!(Gauge::objects().aggregate(|g| (g.byte.sum(), g.dword.sum(), g.dword.max(), g.tiny.min(), g.word.avg())).run(db));
        assert_eq!(sums, (Some(258_i64), Some(i64::from(u32::MAX) + 5), Some(u32::MAX), Some(-128_i8), Some(32_769.5)));
        let ordered = Gauge::objects().order_by(|g| g.id);
        let less: Vec<i64> = run!(ordered.clone().values(|g| g.byte.to_i64() - 10).all(db));
        assert_eq!(less, [245, -7]);
        let squares: Vec<i64> = run!(ordered.clone().values(|g| g.dword.to_i64() * g.byte.to_i64()).all(db));
        assert_eq!(squares, [i64::from(u32::MAX) * 255, 15]);
        let maybe: Vec<Option<i64>> = run!(ordered.clone().values(|g| g.tiny_or_none.to_i64() - 1).all(db));
        assert_eq!(maybe, [None, None]);
        // Beside what the column does not hold.
        let within = |query: QuerySet<Gauge>| query.order_by(|g| g.id).values(|g| g.byte);
        assert_eq!(run!(within(Gauge::objects().filter(|g| g.word.to_i64().lt(5_000_000_000))).all(db)), [255, 3]);
        assert_eq!(run!(within(Gauge::objects().filter(|g| g.tiny.to_i64().in_([40_000, 127]))).all(db)), [3]);
        let chosen = ordered.clone().values(|g| orm::if_::<i64>(g.byte.gt(9), g.word.to_i64(), 5_000_000_000));
        assert_eq!(run!(chosen.all(db)), [65_535, 5_000_000_000]);
        // As a filter it needs no type.
        assert_eq!(run!(Gauge::objects().filter(|g| (g.byte - 10).lt(0)).count(db)), 1);
        assert_eq!(run!(Gauge::objects().filter(|g| (g.word % 2).eq(1) & (g.word / 2).eq(32_767)).count(db)), 1);
        let words: Vec<String> = run!(ordered.clone().values(|g| orm::if_::<String>(g.byte.gt(9), "many", "few").concat(g.byte)).all(db));
        assert_eq!(words, ["many255", "few3"]);
        let groups = Gauge::objects().group_by(|g| g.byte).values(|g| (g.byte, count())).order_by(|g| g.byte);
        assert_eq!(run!(groups.all(db)), [(3, 1), (255, 1)]);
        // What the type does not hold is no value of it.
        let beyond = error(attempt!(ordered.values(|g| g.byte - 10).all(db)));
        assert!(beyond.to_string().contains("expected u8"), "{beyond}");
    }

    fn a_number_beyond_its_column_is_refused_by_the_fields_name(db) {
        let gauge = run!(Gauge::create().tiny(1).byte(1).word(1).dword(1).long(1).save(db));
        let grown = Gauge::objects().update(|g| g.byte.set(g.byte + 255));
        let refused = error(attempt!(grown.run(db)));
        assert!(refused.is_check_violation() && refused.fields() == ["byte"], "{refused:?}");
        assert_eq!(refused.hint(), Some("`byte` takes whole numbers from 0 to 255"));
        let refused = error(attempt!(Gauge::objects().update(|g| g.dword.set(g.dword - 2)).run(db)));
        assert!(refused.is_check_violation() && refused.fields() == ["dword"], "{refused:?}");
        let refused = error(attempt!(Gauge::objects().update(|g| g.tiny.set(g.tiny + 127)).run(db)));
        assert!(refused.is_check_violation() && refused.fields() == ["tiny"], "{refused:?}");
        assert_eq!(run!(Gauge::get(gauge.id, db)), gauge);
    }

    fn what_no_database_holds_is_refused_by_the_fields_name(db) {
        let far = u64::MAX;
        let mut gauge = run!(Gauge::create().tiny(1).byte(1).word(1).dword(1).long(1).save(db));
        let ledger = run!(Cashbook::create().code(1).save(db));
        let told = |refused: orm::Error, field: &str| {
            assert!(refused.to_string().contains(field), "{refused}");
            assert!(refused.to_string().contains("a u64 column holds whole numbers up to 9223372036854775807"), "{refused}");
            assert!(!refused.to_string().contains("18446744073709551615"), "{refused}");
            assert_eq!(refused.fields(), [field.rsplit('.').next().unwrap()], "{refused:?}");
        };
        let fill = || Gauge::create().tiny(1).byte(1).word(1).dword(1);
        told(error(attempt!(fill().long(far).save(db))), "suite.Gauge.long");
        told(error(attempt!(fill().long(1).long_or_none(far).save(db))), "suite.Gauge.long_or_none");
        told(error(attempt!(Gauge::bulk_create([fill().long(1), fill().long(far)]).run(db))), "suite.Gauge.long");
        let many = (0..60).map(|at| fill().long(if at == 57 { far } else { 1 }));
        told(error(attempt!(Gauge::bulk_create(many).all(db))), "suite.Gauge.long");
        gauge.long = far;
        told(error(attempt!(gauge.save(db))), "suite.Gauge.long");
        let all = Gauge::objects();
        told(error(attempt!(all.clone().update(|g| g.long.set(far)).run(db))), "suite.Gauge.long");
        told(error(attempt!(all.clone().update(|g| g.long.set(g.long + far)).run(db))), "suite.Gauge.long");
        told(error(attempt!(all.clone().filter(|g| g.long.lt(far)).count(db))), "suite.Gauge.long");
        told(error(attempt!(all.clone().filter(|g| g.word.eq(1) & g.long_or_none.in_([1, far])).all(db))), "suite.Gauge.long_or_none");
        told(error(attempt!(all.clone().filter(|g| g.long.between(1, far)).delete().run(db))), "suite.Gauge.long");
        told(error(attempt!(Cashbook::get(far, db))), "suite.Cashbook.id");
        told(error(attempt!(LedgerLine::create().ledger(far).amount(1).save(db))), "suite.LedgerLine.ledger");
        let through = LedgerLine::objects().filter(|l| l.ledger().id.eq(far));
        told(error(attempt!(through.all(db))), "suite.Cashbook.id");
        assert_eq!((run!(Gauge::objects().count(db)), run!(Cashbook::get(ledger.id, db))), (1, ledger));
    }

    fn rows_by_name_take_and_give_them(db) {
        let gauges = value(DynModel::named("suite.Gauge"));
        let numbers = json!({
            "tiny": -128, "byte": 255, "word": 65_535, "dword": 4_294_967_295_u32, "long": 4_294_967_294_u64,
            "tiny_or_none": 127, "long_or_none": i64::MAX, "share": 0, "seconds": 1,
        });
        let numbers = numbers.as_object().expect("an object");
        let draft = numbers.iter().fold(gauges.create(), |draft, (name, number)| draft.set_json(name, number));
        let row = run!(draft.save(db));
        for (name, number) in numbers {
            assert_eq!(value(row.get_json(name)), *number, "{name}");
        }
        let typed = run!(Gauge::objects().get(db));
        assert_eq!((typed.long_or_none, typed.dword), (Some(u64::MAX >> 1), u32::MAX));
        let long = value(gauges.field::<u64>("long"));
        assert_eq!(value(row.get(long)), 4_294_967_294);
        assert!(gauges.field::<i64>("long").is_err());
        for (name, number, takes) in [
            ("tiny", json!(128), "takes a whole number from -128 to 127, not another number"),
            ("byte", json!(-1), "takes a whole number from 0 to 255, not another number"),
            ("word", json!("7"), "takes a whole number from 0 to 65535, not a string"),
            ("dword", json!(4_294_967_296_u64), "takes a whole number from 0 to 4294967295, not another number"),
            ("long", json!(u64::MAX), "takes a whole number from 0 to 9223372036854775807, not another number"),
        ] {
            let refused = error(attempt!(gauges.create().set_json(name, &number).save(db)));
            assert!(refused.to_string().contains(takes), "{refused}");
            assert_eq!(refused.fields(), [name]);
        }
    }
}
