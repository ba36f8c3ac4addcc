//! Functions of strings and numbers, and values as another type.

use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::error;
use orm_tests::models::*;

use orm_tests::world;

behaviour! {
    fn strings_are_cut_and_padded_by_characters(db) {
        for text in ["añb😀c", "", "ab"] {
            run!(Line::create().text(text).save(db));
        }
        let rows = Line::objects().order_by(|l| l.id).values(|l| (l.text.right(2), l.text.right(0), l.text.reverse(), l.text.repeat(2), l.text.repeat(0), l.text.pad_start(4, "xy"), l.text.pad_end(4, "ü")));
        let text = |row: [&str; 7]| row.map(str::to_owned).into();
        assert_eq!(run!(rows.all(db)), [
            text(["😀c", "", "c😀bña", "añb😀cañb😀c", "", "añb😀", "añb😀"]),
            text(["", "", "", "", "", "xyxy", "üüüü"]),
            text(["ab", "", "ba", "abab", "", "xyab", "abüü"]),
        ]);
        let nothing = Line::objects().limit(1).values(|l| (l.note.right(2), l.note.reverse(), l.note.repeat(3), l.note.pad_start(3, "x"), l.note.pad_end(3, "x"), l.note.find("x")));
        assert_eq!(run!(nothing.get(db)), (None, None, None, None, None, None));
        let empty = Line::objects().order_by(|l| l.id).values(|l| (l.text.pad_start(3, ""), l.text.pad_end(1, "")));
        assert_eq!(run!(empty.all(db))[0], ("añb".to_owned(), "a".to_owned()));
        let long = error(attempt!(Line::objects().values(|l| l.text.repeat(u16::MAX).repeat(u16::MAX)).all(db)));
        assert!(!long.is_internal(), "{long}");
    }

    fn a_string_is_found_in_another(db) {
        for text in ["añb😀c", "", "aab", "A%_"] {
            run!(Line::create().text(text).note("b").save(db));
        }
        let lines = || Line::objects().order_by(|l| l.id);
        let found = lines().values(|l| (l.text.find("b"), l.text.find(l.note), l.text.find(""), l.text.find("😀c"), l.text.find("%_")));
        assert_eq!(run!(found.all(db)), [
            (Some(2), Some(2), Some(0), Some(3), None),
            (None, None, Some(0), None, None),
            (Some(2), Some(2), Some(0), None, None),
            (None, None, Some(0), None, Some(1)),
        ]);
        assert_eq!(run!(lines().filter(|l| l.text.find("b").eq(2)).values(|l| l.id).all(db)).len(), 2);
        assert_eq!(run!(lines().filter(|l| l.text.find("b").is_null()).count(db)), 2);
    }

    fn bits_are_those_of_64(db) {
        world!(db);
        let posts = || Post::objects().order_by(|p| p.id);
        let rows = posts().values(|p| (p.views.bit_and(12), p.views.bit_or(3), p.views.bit_xor(-1), p.views.bit_not(), p.views.bit_and(p.id)));
        assert_eq!(run!(rows.all(db)), [(8, 11, -11, -11, 0), (4, 23, -21, -21, 0), (0, 3, -1, -1, 0), (4, 7, -6, -6, 4)]);
        assert_eq!(run!(posts().filter(|p| (p.views + 2).bit_and(4).ne(0)).values(|p| p.views * 2).all(db)), [20, 40, 10]);
        let deep = posts().values(|p| (p.views - p.views.bit_and(3).bit_or(8).bit_xor(p.id) * 2).bit_not());
        let expected: Vec<i64> = [(10, 1), (20, 2), (0, 3), (5, 4)].map(|(views, id): (i64, i64)| !(views - (((views & 3) | 8) ^ id) * 2)).into();
        assert_eq!(run!(deep.all(db)), expected);
        run!(posts().filter(|p| p.id.eq(1)).update(|p| p.views.set(i64::MIN)).run(db));
        let least = posts().filter(|p| p.id.eq(1)).values(|p| (p.views.bit_not(), p.views.bit_xor(i64::MAX), p.views.bit_or(1), p.views.bit_and(None)));
        assert_eq!(run!(least.get(db)), (i64::MAX, -1, i64::MIN + 1, None));
        let small = run!(Defaults::create().save(db));
        let bits = Defaults::objects().filter(|d| d.id.eq(small.id)).values(|d| (d.small.bit_and(6), d.small.bit_not(), d.small.bit_xor(i16::MAX)));
        assert_eq!(run!(bits.get(db)), (-7 & 6, 6, -7 ^ i16::MAX));
    }

    fn calls_within_each_other_are_answered_or_refused(db) {
        world!(db);
        let flags = 0..150_i64;
        let turned = Post::objects().order_by(|p| p.id).values(|p| flags.clone().fold(p.views.bit_xor(0), |all, flag| all.bit_xor(flag)));
        let expected = [10, 20, 0, 5].map(|views: i64| flags.clone().fold(views, |all, flag| all ^ flag));
        assert_eq!(run!(turned.all(db)), expected);
        let cut = attempt!(Post::objects().order_by(|p| p.id).values(|p| (0..60).fold(p.title.right(9), |title, _| title.right(9))).all(db));
        match db.dialect().name {
            "sqlite" => {
                let refused = error(cut);
                assert!(refused.is_unsupported() && refused.to_string().contains("within itself too often"), "{refused}");
            }
            _ => assert_eq!(cut.map(|titles| titles.len()).map_err(|error| error.to_string()), Ok(4)),
        }
    }

    fn numbers_are_rounded_alike(db) {
        let small = run!(Defaults::create().save(db));
        for number in [-2.5, -1.5, -0.5, -0.2, 0.0, 0.5, 1.5, 2.5, 2.500_001, 1e300, f64::INFINITY] {
            run!(Defaults::objects().update(|d| d.double.set(number)).run(db));
            let rounded = Defaults::objects().filter(|d| d.id.eq(small.id)).values(|d| (d.double.ceil(), d.double.floor(), d.double.round()));
            assert_eq!(run!(rounded.get(db)), (number.ceil(), number.floor(), number.round_ties_even()));
        }
        for (number, up, down, near) in [("-2.5", -2, -3, -3), ("-0.4", 0, -1, 0), ("0.5", 1, 0, 1), ("2.49999", 3, 2, 2), ("7", 7, 7, 7)] {
            let number: Decimal = number.parse().expect("a decimal");
            run!(Defaults::objects().update(|d| d.decimal.set(number)).run(db));
            let rounded = Defaults::objects().filter(|d| d.decimal.round().eq(near)).values(|d| (d.decimal.ceil(), d.decimal.floor(), d.decimal.round()));
            assert_eq!(run!(rounded.get(db)), (up.into(), down.into(), near.into()));
        }
        let sums = Defaults::objects().aggregate(|d| (d.decimal.round().sum(), (d.decimal.ceil() + d.decimal).max()));
        assert_eq!(run!(sums.run(db)), (Some(Decimal::from(7)), Some(Decimal::from(14))));
    }

    fn decimals_are_rounded_to_places(db) {
        run!(Defaults::create().save(db));
        for number in ["-2.345", "2.345", "2.3449999", "0", "-0.004", "1000", "0.0000000000000000000000000001", "79228162514264337593543950335", "-7.9228162514264337593543950335"] {
            let number: Decimal = number.parse().expect("a decimal");
            run!(Defaults::objects().update(|d| d.decimal.set(number)).run(db));
            for places in [0, 1, 2, 27, 28, 29, u8::MAX] {
                let expected = number.round_dp_with_strategy(places.into(), rust_decimal::RoundingStrategy::MidpointAwayFromZero);
                let rounded = Defaults::objects().filter(|d| d.decimal.round_to(places).eq(expected)).values(|d| d.decimal.round_to(places));
                assert_eq!(run!(rounded.get(db)), expected, "{number} to {places}");
            }
        }
    }

    fn signs_and_roots_are_alike(db) {
        world!(db);
        run!(Defaults::create().save(db));
        for number in [-1e300, -2.0, -5e-324, -0.0, 0.0, 5e-324, 0.5, 2.0, 3.0, 1e-300, f64::MAX, f64::INFINITY, f64::NEG_INFINITY] {
            run!(Defaults::objects().update(|d| d.double.set(number)).run(db));
            let sign = if number == 0.0 { 0.0 } else { number.signum() };
            let computed = Defaults::objects().values(|d| (d.double.sign(), d.double.sqrt()));
            assert_eq!(run!(computed.get(db)), (sign, (number >= 0.0).then(|| number.sqrt())), "{number}");
        }
        for number in ["-79228162514264337593543950335", "-0.0000000000000000000000000001", "0", "0.5", "79228162514264337593543950335"] {
            let number: Decimal = number.parse().expect("a decimal");
            run!(Defaults::objects().update(|d| d.decimal.set(number)).run(db));
            let sign = Decimal::from(i8::from(number > Decimal::ZERO) - i8::from(number < Decimal::ZERO));
            let computed = Defaults::objects().filter(|d| d.decimal.sign().eq(sign)).values(|d| d.decimal.sign() + d.decimal.sign());
            assert_eq!(run!(computed.get(db)), sign + sign);
        }
        let posts = || Post::objects().order_by(|p| p.id);
        for number in [i64::MIN, -1, 0, 1, i64::MAX] {
            run!(posts().filter(|p| p.id.eq(1)).update(|p| p.views.set(number)).run(db));
            assert_eq!(run!(posts().filter(|p| p.id.eq(1)).values(|p| p.views.sign()).get(db)), number.signum());
        }
        let of_null = posts().filter(|p| p.editor().id.is_null()).values(|p| (p.editor().id.sign(), p.editor().id.cast::<f64>().sqrt()));
        assert_eq!(run!(of_null.first(db)), Some((None, None)));
        let by_chance = posts().values(|_| (orm::random() - 0.5).sqrt());
        assert_eq!(run!(by_chance.all(db)).len(), run!(posts().count(db)) as usize);
    }

    fn concat_beside_null_is_null(db) {
        world!(db);
        let names = Post::objects().filter(|p| p.editor().id.is_null()).values(|p| (p.title.concat(p.editor().name), p.title.eq(p.title.concat(p.editor().name.coalesce("")))));
        assert_eq!(run!(names.first(db)), Some((None, true)));
    }

    fn whole_numbers_are_cast(db) {
        world!(db);
        let posts = || Post::objects().order_by(|p| p.id);
        let rows = posts().values(|p| (p.views.cast::<f64>() / 4.0, p.views.cast::<String>(), p.editor().id.cast::<String>()));
        let rows = run!(rows.all(db));
        assert_eq!(rows[0], (2.5, "10".to_owned(), Some("2".to_owned())));
        assert_eq!(rows[3], (1.25, "5".to_owned(), None));
        assert_eq!(run!(posts().filter(|p| p.views.cast::<String>().starts_with("2")).values(|p| p.views).all(db)), [20]);
        for number in [i64::MIN, i64::MAX, -1, (1 << 53) + 1] {
            run!(posts().filter(|p| p.id.eq(1)).update(|p| p.views.set(number)).run(db));
            let cast = posts().filter(|p| p.id.eq(1)).values(|p| (p.views.cast::<f64>(), p.views.cast::<String>(), p.views.cast::<i64>()));
            assert_eq!(run!(cast.get(db)), (number as f64, number.to_string(), number));
        }
    }
    fn whole_numbers_are_cast_to_decimals(db) {
        world!(db);
        let posts = || Post::objects().order_by(|p| p.id);
        let price = Decimal::new(125, 2);
        let earned = |p: PostFields| p.views.cast::<Decimal>() * price;
        let expected = [1250, 2500, 0, 625].map(|cents| Decimal::new(cents, 2));
        assert_eq!(run!(posts().values(earned).all(db)), expected);
        assert_eq!(run!(posts().aggregate(|p| earned(p).sum()).run(db)), Some(expected.iter().sum()));
        assert_eq!(run!(posts().filter(|p| earned(p).gt(Decimal::from(9)) & p.views.cast::<Decimal>().ne(Decimal::from(20))).values(|p| p.views).all(db)), [10]);
        // As numbers and not as strings.
        let by_number = Post::objects().order_by(|p| p.views.cast::<Decimal>()).values(|p| p.views);
        assert_eq!(run!(by_number.all(db)), [0, 5, 10, 20]);
        assert_eq!(run!(posts().values(|p| p.editor().id.cast::<Decimal>()).all(db)), [Some(Decimal::TWO), None, None, None]);
        // spiceai/spiceai#3282: a whole number stayed one, and so did the quotient.
        assert_eq!(run!(posts().values(|p| p.views.cast::<Decimal>() / p.views.greatest(8).cast::<Decimal>()).all(db))[3], Decimal::new(625, 3));
        let small = posts().filter(|p| p.id.eq(1));
        for number in [i64::MIN, i64::MAX, -1, 0] {
            run!(small.clone().update(|p| p.views.set(number)).run(db));
            assert_eq!(run!(small.clone().values(|p| p.views.cast::<Decimal>() + Decimal::ONE).get(db)), Decimal::from(number) + Decimal::ONE);
        }
    }

    fn decimals_are_cast_to_the_nearest_number(db) {
        run!(Defaults::create().save(db));
        for text in ["0.1", "-1.005", "0.30000000000000004", "9007199254740993", "79228162514264337593543950335", "0.0000000000000000000000000001", "0", "123456789.123456789"] {
            let number: Decimal = text.parse().unwrap();
            run!(Defaults::objects().update(|d| d.decimal.set(number)).run(db));
            let expected: f64 = text.parse().unwrap();
            assert_eq!(run!(Defaults::objects().values(|d| d.decimal.cast::<f64>()).get(db)), expected, "{text}");
            assert_eq!(run!(Defaults::objects().filter(|d| d.decimal.cast::<f64>().ge(expected)).count(db)), 1, "{text}");
        }
    }
}
