//! Decimals are exact on both databases: equality, order, arithmetic, sums.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;
use rust_decimal::Decimal;

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

orm::app!("suite");

/// No floating-point number is a tenth, and still it adds up.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(check("adds_up", |b| b.total.eq(b.price * b.quantity) & (b.total - b.discount).ge(b.price)))]
pub struct Bill {
    pub id: i64,
    #[orm(max_digits = 6, decimal_places = 2)]
    pub price: Decimal,
    #[orm(max_digits = 5, decimal_places = 0)]
    pub quantity: Decimal,
    #[orm(max_digits = 10, decimal_places = 2)]
    pub total: Decimal,
    #[orm(max_digits = 6, decimal_places = 2)]
    pub discount: Decimal,
}

const AMOUNTS: [&str; 10] = [
    "10",
    "9.5",
    "-3",
    "0",
    "0.1",
    "0.20",
    "100.01",
    "-0.5",
    "1e3",
    "0.0000000001",
];

behaviour! {
    fn decimals_are_ordered_as_numbers_not_as_strings(db) {
        let mut expected: Vec<Decimal> = AMOUNTS.iter().map(|text| Decimal::from_scientific(text).unwrap_or_else(|_| decimal(text))).collect();
        run!(Price::bulk_create(expected.iter().map(|amount| Price::create().amount(*amount))).run(db));
        expected.sort();
        assert_eq!(run!(Price::objects().order_by(|p| p.amount).values(|p| p.amount).all(db)), expected);
        expected.reverse();
        assert_eq!(run!(Price::objects().order_by(|p| p.amount.desc()).values(|p| p.amount).all(db)), expected);
        let below = run!(Price::objects().filter(|p| p.amount.lt(decimal("9.75"))).count(db));
        assert_eq!(below, 7);
        let between = run!(Price::objects().filter(|p| p.amount.between(decimal("-1"), decimal("0.1"))).count(db));
        assert_eq!(between, 4);
    }

    fn whole_numbers_are_accepted_for_decimals_and_floats(db) {
        let price = run!(Price::create().amount(5).save(db));
        assert_eq!(price.amount, decimal("5"));
        let five = Price::objects().filter(|p| p.amount.eq(5) & p.amount.gt(-1) & p.amount.le(5_i64) & p.amount.in_([5, 7]));
        assert_eq!(run!(five.count(db)), 1);
        run!(Price::objects().update(|p| p.amount.set(p.amount * 2 + 1)).run(db));
        assert_eq!(run!(Price::objects().get(db)).amount, decimal("11"));
        run!(Price::objects().update(|p| p.amount.set(0)).run(db));
        assert_eq!(run!(Price::objects().get(db)).amount, decimal("0"));
        // The model's default is a whole number, too.
        let defaults = run!(Defaults::create().save(db));
        assert_eq!((defaults.whole, defaults.double_whole), (decimal("3"), -2.0));
        let same = Defaults::objects().filter(|d| d.whole.eq(3) & d.double_whole.lt(0) & d.double_whole.eq(-2));
        assert_eq!(run!(same.count(db)), 1);
    }

    fn lists_of_references_are_accepted(db) {
        for number in [1, 2, 3] {
            run!(Counter::create().value(number).save(db));
            run!(Tag::create().label(number.to_string()).save(db));
        }
        let (numbers, strings) = (vec![1_i64, 3], ["1".to_owned(), "2".to_owned()]);
        let counters = Counter::objects().filter(|c| c.value.in_(&numbers)).order_by(|c| c.value);
        assert_eq!(run!(counters.values(|c| c.value).all(db)), numbers);
        let tags = Tag::objects().filter(|t| t.label.in_(&strings) | t.label.in_(["3"].iter()));
        assert_eq!(run!(tags.count(db)), 3);
    }

    fn equal_numbers_are_equal_whatever_their_zeros(db) {
        run!(Price::create().amount(decimal("1.50")).save(db));
        assert!(run!(Price::objects().filter(|p| p.amount.eq(decimal("1.5"))).exists(db)));
        assert!(run!(Price::objects().filter(|p| p.amount.in_([decimal("1.500")])).exists(db)));
        let again = attempt!(Price::create().amount(decimal("1.5")).save(db));
        assert!(error(again).is_unique_violation());
    }

    fn sums_and_updates_are_exact(db) {
        let amounts: Vec<Decimal> = (1..=100).map(|at| Decimal::new(at, 1)).collect();
        run!(Price::bulk_create(amounts.iter().map(|amount| Price::create().amount(*amount).discount(decimal("0.1")))).run(db));
        let (sum, least, most) = run!(
            Price::objects().aggregate(|p| (p.discount.sum(), p.amount.min(), p.amount.max())).run(db)
        );
        assert_eq!((sum, least, most), (Some(decimal("10")), Some(decimal("0.1")), Some(decimal("10"))));
        run!(Price::objects().update(|p| p.discount.set(p.discount + decimal("0.2"))).run(db));
        assert_eq!(run!(Price::objects().filter(|p| p.discount.eq(decimal("0.3"))).count(db)), 100);
        let discounted = run!(Price::objects().filter(|p| (p.amount - p.discount).lt(decimal("0"))).count(db));
        assert_eq!(discounted, 2);
    }

    fn digits_are_limited_by_the_database(db) {
        let limits = |second: i32, price: &str| {
            Limits::create().short("x").first(1).second(second).price(decimal(price)).status(Status::Draft)
        };
        run!(limits(2, "9999.99").save(db));
        run!(limits(3, "-9999.9").save(db));
        assert!(attempt!(limits(4, "10000").save(db)).is_err());
        assert_eq!(run!(Limits::objects().count(db)), 2);
    }

    fn a_check_computes_decimals_as_a_query_does(db) {
        let bill = |price: &str, quantity: i32, total: &str, discount: &str| {
            Bill::create().price(decimal(price)).quantity(quantity).total(decimal(total)).discount(decimal(discount))
        };
        for (price, quantity, total, discount) in [
            ("0.1", 3, "0.3", "0.2"),
            ("1.1", 3, "3.3", "2.2"),
            ("-0.07", 100, "-7", "-6.93"),
            ("9999.99", 9999, "99989900.01", "0"),
        ] {
            run!(bill(price, quantity, total, discount).save(db));
        }
        for (price, quantity, total, discount) in [("0.1", 3, "0.31", "0.01"), ("0.1", 3, "0.3", "0.21")] {
            assert!(error(attempt!(bill(price, quantity, total, discount).save(db))).is_check_violation(), "{price}");
        }
        assert_eq!(run!(Bill::objects().filter(|b| b.total.eq(b.price * b.quantity)).count(db)), 4);
    }

    fn a_quotient_has_the_same_digits_on_every_database(db) {
        for (amount, by, quotient) in [
            ("1", "3", "0.33333333333333333333"),
            ("-2", "3", "-0.66666666666666666667"),
            ("10", "4", "2.5"),
            ("0.01", "9999.99", "0.000001000001000001000001"),
            ("123456789.5", "0.7", "176366842.14285714"),
            ("99999999999999999999", "7", "14285714285714285714"),
            ("0", "3", "0"),
            ("1", "0.0000000001", "10000000000"),
        ] {
            let price = run!(Price::create().amount(decimal(amount)).discount(decimal(by)).save(db));
            let row = Price::objects().filter(|p| p.id.eq(price.id));
            assert_eq!(run!(row.clone().values(|p| p.amount / p.discount).all(db)), [Some(decimal(quotient))], "{amount} / {by}");
            assert_eq!(run!(row.filter(|p| (p.amount / p.discount).eq(decimal(quotient))).count(db)), 1, "{amount} / {by}");
            run!(price.delete(db));
        }
        run!(Price::bulk_create([1, 2, 5].map(|amount| Price::create().amount(amount))).run(db));
        assert_eq!(run!(Price::objects().aggregate(|p| p.amount.avg()).run(db)), Some(decimal("2.6666666666666667")));
    }
}
