//! Columns of `bigdecimal` are those of `rust_decimal`: what one writes the other reads, and they have the same operations.

use std::str::FromStr;

use bigdecimal::BigDecimal;
use orm::fields::Range;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(table = "decimals_price", ordering("id"))]
pub struct DecimalPrice {
    pub id: i64,
    pub price: Decimal,
    #[orm(max_digits = 12, decimal_places = 3)]
    pub rate: Option<Decimal>,
    pub steps: Vec<Decimal>,
    pub span: Range<Decimal>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(unmanaged, table = "decimals_price", ordering("id"))]
pub struct BigPrice {
    pub id: i64,
    pub price: BigDecimal,
    #[orm(max_digits = 12, decimal_places = 3)]
    pub rate: Option<BigDecimal>,
    pub steps: Vec<BigDecimal>,
    pub span: Range<BigDecimal>,
}

/// A key, a reference to it, and a default.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct BigTariff {
    #[orm(primary_key)]
    pub code: BigDecimal,
    #[orm(default = BigDecimal::new(15.into(), 1))]
    pub factor: BigDecimal,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct BigCharge {
    pub id: i64,
    #[orm(on_delete = Cascade, related_name = "charges")]
    pub tariff: ForeignKey<BigTariff>,
}

fn big(text: &str) -> BigDecimal {
    BigDecimal::from_str(text).expect("a number")
}

fn decimal(text: &str) -> Decimal {
    Decimal::from_str(text).expect("a number")
}

behaviour! {
    fn what_one_writes_the_other_reads(db) {
        let texts = ["0", "1.5", "-1.50", "123.45", "1234.56", "12345.67", "12000", "79228162514264337593543950335", "-0.0000000000000000000000000001", "-7.9228162514264337593543950335"];
        for text in texts {
            let span = big(text)..big("79228162514264337593543950335.0");
            let made = run!(BigPrice::create().price(big(text)).rate(None).steps([big(text), big("2.0")]).span(span).save(db));
            assert_eq!(made.price, big(text), "{text}");
            let read = run!(DecimalPrice::get(made.id, db));
            assert_eq!((read.price, read.steps), (decimal(text), vec![decimal(text), Decimal::TWO]), "{text}");
            let back = run!(BigPrice::get(made.id, db));
            assert_eq!((&back.price, &back.steps), (&big(text), &made.steps), "{text}");
            let lower = read.span.lower().map(|lower| big(&lower.to_string()));
            assert_eq!(lower.as_ref(), back.span.lower(), "{text}");
        }
        assert_eq!(run!(BigPrice::objects().filter(|p| p.price.eq(big("-1.5"))).count(db)), 1);
        assert_eq!(run!(BigPrice::objects().filter(|p| p.price.gt(1)).count(db)), 6);
        assert_eq!(run!(BigPrice::objects().filter(|p| p.price.in_([big("1.50"), big("0.0")])).count(db)), 2);
        assert_eq!(run!(BigPrice::objects().filter(|p| p.steps.has(big("1.500"))).count(db)), 1);
        assert_eq!(run!(BigPrice::objects().filter(|p| p.span.contains(big("1.5"))).count(db)), 5);
    }

    fn it_is_ordered_summed_and_computed_as_a_decimal(db) {
        for text in ["10.25", "9.75", "-3"] {
            run!(BigPrice::create().price(big(text)).rate(Some(big("0.125"))).steps(Vec::<BigDecimal>::new()).span(..).save(db));
        }
        let ordered = run!(BigPrice::objects().order_by(|p| p.price).values(|p| p.price).all(db));
        assert_eq!(ordered, [big("-3"), big("9.75"), big("10.25")]);
        let sums = run!(BigPrice::objects().aggregate(|p| (p.price.sum(), p.price.min(), p.price.max(), p.rate.sum())).run(db));
        assert_eq!(sums, (Some(decimal("17")), Some(big("-3")), Some(big("10.25")), Some(decimal("0.375"))));
        let doubled = run!(BigPrice::objects().values(|p| p.price * big("2") + 1).all(db));
        assert_eq!(doubled, [big("21.5"), big("20.5"), big("-5")]);
        assert_eq!(run!(BigPrice::objects().values(|p| p.price.floor()).all(db)), [big("10"), big("9"), big("-3")]);
        assert_eq!(run!(BigPrice::objects().update(|p| p.price.set(p.price - big("0.25"))).run(db)), 3);
        assert_eq!(run!(BigPrice::objects().filter(|p| p.price.eq(10)).count(db)), 1);
    }

    fn it_is_a_key_and_has_a_default(db) {
        let tariff = run!(BigTariff::create().code(big("1.10")).save(db));
        assert_eq!(tariff.factor, big("1.5"));
        let charge = run!(BigCharge::create().tariff(&tariff).save(db));
        assert_eq!(run!(BigTariff::get(big("1.1"), db)), tariff);
        assert_eq!(run!(BigCharge::objects().filter(|c| c.tariff.eq(&tariff)).count(db)), 1);
        let loaded = run!(BigTariff::objects().with(|t| t.charges()).all(db));
        assert_eq!(loaded[0].1, [charge]);
    }

    fn what_columns_have_no_room_for_is_refused_and_what_is_there_is_read(db) {
        for text in ["79228162514264337593543950336", "1e-29", "1e1000000000", "1e-1000000000", "0.12345678901234567890123456789"] {
            let refused = error(attempt!(BigPrice::create().price(big(text)).rate(None).steps(Vec::<BigDecimal>::new()).span(..).save(db)));
            assert!(refused.to_string().contains("at most 28 digits behind the point"), "{text}: {refused}");
            error(attempt!(BigPrice::objects().filter(|p| p.price.eq(big(text))).count(db)));
            error(attempt!(BigPrice::create().price(big("1")).rate(None).steps([big(text)]).span(..).save(db)));
        }
        // More digits than its field takes.
        let digits = error(attempt!(BigPrice::create().price(big("1")).rate(Some(big("1.2345"))).steps(Vec::<BigDecimal>::new()).span(..).save(db)));
        assert!(digits.to_string().contains("rate"), "{digits}");
        assert_eq!(run!(BigPrice::objects().count(db)), 0);
        run!(BigPrice::create().price(big("1")).rate(None).steps(Vec::<BigDecimal>::new()).span(..).save(db));
        if db.dialect().name == "postgres" {
            const LONG: &str = "123456789012345678901234567890123456789012345678901234567890.00000000000000000000000000000000000012340";
            // As in a table of others.
            run!(orm::sql("ALTER TABLE decimals_price DROP CONSTRAINT decimals_price_price_check", ()).execute(db));
            run!(orm::sql("UPDATE decimals_price SET price = CAST({long} AS text)::numeric", (("long", LONG),)).execute(db));
            assert_eq!(run!(BigPrice::objects().get(db)).price.to_plain_string(), LONG);
            error(attempt!(DecimalPrice::objects().get(db)));
            run!(orm::sql("UPDATE decimals_price SET price = 'NaN'", ()).execute(db));
            let not_one = error(attempt!(BigPrice::objects().get(db)));
            assert!(not_one.to_string().contains("price") && not_one.to_string().contains("a decimal number"), "{not_one}");
        }
    }
}
