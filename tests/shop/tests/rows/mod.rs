//! Rows of the shop, and what is asked of them.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use chrono::TimeDelta;
use orm::Db;
use orm::prelude::*;
use orm_shop_tests::bookings::{Booking, Desk};
use orm_shop_tests::catalog::{
    Brand, Category, Details, Picture, Product, ProductBrandRows, Sku, Tag, Variant, VariantProductRows,
};
use orm_shop_tests::customers::{
    Address, Customer, Email, Group, Membership, MembershipCustomerReverse, Newsletter, Standing, Visit,
};
use orm_shop_tests::geo::{Country, Region};
use orm_shop_tests::orders::{
    Coupon, Order, OrderCustomerReverse, OrderLine, OrderLineOrderReverse, Payment, Receipt, Shipment,
    ShipmentLinesReverse, State,
};
use orm_shop_tests::reviews::{Answer, Review, ReviewProductReverse};
use orm_shop_tests::stock::{Bin, Movement, Placement, Warehouse};
use orm_tests::behaviour::{error, value};

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day")
}

fn address(city: &str, region: Option<&str>) -> Address {
    Address {
        street: "Hauptgasse 1".to_owned(),
        city: city.to_owned(),
        postcode: "3011".to_owned(),
        country: ForeignKey::new("CH"),
        region: region.map(str::to_owned),
    }
}

/// Some rows in every table.
pub fn fill(db: &Db) {
    value(
        Country::create()
            .code("CH")
            .name("Schweiz")
            .calling_code(41)
            .save(db),
    );
    value(Region::create().country("CH").code("BE").name("Bern").save(db));
    let ann = value(
        Customer::create()
            .email(Email("Ann@example.com".to_owned()))
            .name("Ann \u{1F980}")
            .born(day(1980, 2, 29))
            .nicknames(vec!["An".to_owned(), "Ännchen, \"A\"".to_owned()])
            .billing(address("Bern", Some("BE")))
            .save(db),
    );
    let ben = value(
        Customer::create()
            .email(Email("ben@example.com".to_owned()))
            .name("Ben")
            .standing(Standing::Regular)
            .newsletter(Newsletter::Daily)
            .score(-5)
            .nicknames(Vec::new())
            .billing(address("Thun", None))
            .delivery(address("Bern", Some("BE")))
            .referred_by(&ann)
            .save(db),
    );
    value(ann.friends().add([&ben]).run(db));
    let club = value(Group::create().title("Club").discount(5).save(db));
    value(
        ann.groups()
            .add_with([&club], |m| m.since.set(day(2020, 1, 1)))
            .run(db),
    );
    value(
        Visit::create()
            .customer(4711)
            .from(IpAddr::from(Ipv4Addr::new(10, 1, 2, 3)))
            .lasted(Duration::from_secs(90))
            .pages(vec![1, u32::MAX])
            .save(db),
    );
    let brand = value(Brand::create().name("Nord").founded(1899).country("CH").save(db));
    let clothes = value(Category::create().slug("clothes").save(db));
    let socks = value(Category::create().parent(&clothes).slug("socks").save(db));
    value(Tag::create().label("wool").save(db));
    let product = |sku: &str, title: &str, cents| {
        Product::create()
            .sku(Sku(sku.to_owned()))
            .title(title)
            .brand(&brand)
            .price(Decimal::new(cents, 2))
            .weight(0.25)
            .details(Json(Details {
                colour: "red".to_owned(),
                washable: Some(true),
            }))
            .parcels(vec![vec![1, 2, 3], vec![4, 5, 6]])
    };
    let sock = value(product("so-1", "Socken", 1990).rating(4.5).save(db));
    let hat = value(
        product("ha-1", "Hut", 4900)
            .sale_price(Decimal::new(3900, 2))
            .save(db),
    );
    value(sock.categories().add([&socks, &clothes]).run(db));
    value(sock.tags().add(["wool"]).run(db));
    value(sock.goes_with().add([&hat]).run(db));
    let variant = |product: &Product, size: &str, barcode| {
        Variant::create()
            .product(product.sku.clone())
            .size(size)
            .barcode(barcode)
    };
    let small = value(variant(&sock, "S", 1).in_stock(3).save(db));
    let large = value(variant(&sock, "L", i64::MAX as u64).position(255).save(db));
    value(Picture::create().product(&sock).bytes(vec![0, 255]).save(db));
    let warehouse = value(Warehouse::create().code("BE1").country("CH").save(db));
    let bin = |code: &str, shelf| {
        Bin::create()
            .warehouse(&warehouse)
            .code(code)
            .aisle(1)
            .shelf(shelf)
    };
    let (first, second) = (value(bin("A-1", 1).save(db)), value(bin("A-2", 2).save(db)));
    value(
        small
            .bins()
            .add_with([&first, &second], |p| p.amount.set(2))
            .run(db),
    );
    value(large.bins().add([&second]).run(db));
    value(
        Movement::create()
            .variant(&small)
            .warehouse(&warehouse)
            .into_aisle(1)
            .into_shelf(2)
            .amount(-3)
            .took(TimeDelta::minutes(5))
            .save(db),
    );
    value(
        Coupon::create()
            .code("SPRING")
            .percent(10)
            .from(day(2026, 3, 1))
            .save(db),
    );
    let order = value(
        Order::create()
            .id(Uuid::from_u128(1))
            .number(1)
            .customer(&ann)
            .coupon("SPRING")
            .delivery(address("Bern", None))
            .save(db),
    );
    let line = |position, variant: &Variant, quantity| {
        OrderLine::create()
            .order(&order)
            .position(position)
            .variant(variant)
            .quantity(quantity)
            .price(1990)
    };
    let one = value(line(1, &small, 2).save(db));
    value(line(2, &large, 1).save(db));
    let receipt = Receipt {
        provider: "bank".to_owned(),
        numbers: vec![1, 2],
    };
    value(
        Payment::create()
            .order(&order)
            .amount(Decimal::new(5970, 2))
            .receipt(Json(receipt))
            .save(db),
    );
    let parcel = value(Shipment::create().carrier("Post").tracking("P-1").save(db));
    value(parcel.lines().add([&one]).run(db));
    let review = value(
        Review::create()
            .product(&sock)
            .customer(&ann)
            .stars(5)
            .text("Warm.")
            .save(db),
    );
    value(review.helpful_to().add([&ben]).run(db));
    value(Answer::create().review(&review).text("Thank you.").save(db));
}

/// What a shop asks.
pub fn ask(db: &Db) {
    // Customers of the canton, with what they ordered, by a foreign key over two columns and an embedded address.
    let of_bern = Customer::objects()
        .filter(|c| c.home().name.eq("Bern"))
        .with(|c| c.orders().with(|o| o.lines()));
    let of_bern = value(of_bern.all(db));
    assert_eq!(of_bern.len(), 1);
    assert_eq!(
        of_bern[0].1[0]
            .1
            .iter()
            .map(|line| line.total)
            .collect::<Vec<_>>(),
        [3980, 1990]
    );
    // Which lines are on their way: composite keys on both ends of the way.
    let sent = OrderLine::objects().filter(|l| l.shipments().any(|s| s.carrier.eq("Post")));
    assert_eq!(
        value(sent.values(|l| (l.position, l.variant().product().title)).all(db)),
        [(1, "Socken".to_owned())]
    );
    let lines = value(Shipment::objects().with(|s| s.lines()).get(db)).1;
    assert_eq!(lines.len(), 1);
    // Where something lies.
    let placed = value(Variant::objects().with(|v| v.bins()).all(db));
    let placed: Vec<Vec<&str>> = placed
        .iter()
        .map(|(_, bins)| bins.iter().map(|bin| bin.code.as_str()).collect())
        .collect();
    assert_eq!(placed, [vec!["A-1", "A-2"], vec!["A-2"]]);
    let amounts = Placement::objects()
        .group_by(|p| p.bin().code)
        .values(|p| (p.bin().code, p.amount.sum()));
    assert_eq!(value(amounts.all(db)).len(), 2);
    // Numbers beside rows.
    let products = Product::objects()
        .annotate(|p| (p.reviews().count(), p.reviews().avg(|r| r.stars)))
        .order_by(|p| p.title);
    let products = value(products.all(db));
    assert_eq!(
        products
            .iter()
            .map(|(_, (reviews, _))| *reviews)
            .collect::<Vec<_>>(),
        [0, 1]
    );
    let below = Category::objects()
        .filter(|c| c.slug.eq("clothes"))
        .descendants(|c| c.parent());
    assert_eq!(value(below.values(|c| c.slug).all(db)), ["socks"]);
    let members = Customer::objects().filter(|c| c.memberships().any(|m| m.since.lt(day(2021, 1, 1))));
    assert_eq!(value(members.count(db)), 1);
    let old = value(Membership::objects().get(db));
    assert_eq!(value(old.customer().get(db)).nicknames[1], "Ännchen, \"A\"");
    let paid = value(
        Payment::objects()
            .with(|p| p.order().with(|o| o.customer()))
            .get(db),
    );
    assert_eq!(paid.1.1.billing.city, "Bern");
    let brand = value(Brand::objects().get(db));
    assert_eq!(value(brand.products().count(db)), 2);
    let sock = value(Product::objects().filter(|p| p.title.eq("Socken")).get(db));
    assert_eq!((sock.title_length, value(sock.variants().count(db))), (6, 2));
    refusals(db, &sock);
    // The number of a product changes, and its variants follow.
    value(
        Product::objects()
            .filter(|p| p.id.eq(sock.id))
            .update(|p| p.sku.set(Sku("so-2".to_owned())))
            .run(db),
    );
    assert_eq!(
        value(
            Variant::objects()
                .filter(|v| v.product.eq(Sku("so-2".to_owned())))
                .count(db)
        ),
        2
    );
    // A customer goes, a product's reviews go along with it.
    let order = value(Order::objects().get(db));
    assert_eq!(
        (order.state, order.coupon.map(|coupon| coupon.id())),
        (State::Open, Some("SPRING".to_owned()))
    );
    value(Coupon::objects().delete().run(db));
    assert_eq!(value(Order::objects().get(db)).coupon, None);
    let ann = value(Customer::objects().filter(|c| c.orders().exists()).get(db));
    let kept = error(ann.delete(db));
    assert!(kept.is_foreign_key_violation(), "{kept:?}");
}

/// What the database takes from nobody.
fn refusals(db: &Db, sock: &Product) {
    let again = Customer::create()
        .email(Email("ANN@EXAMPLE.COM".to_owned()))
        .name("Another")
        .nicknames(Vec::new())
        .billing(address("Bern", None));
    let again = error(again.save(db));
    assert_eq!(again.constraint_message(), Some("the address is taken"));
    let nowhere = Customer::create()
        .email(Email("c@example.com".to_owned()))
        .name("Cal")
        .nicknames(Vec::new())
        .billing(address("Genève", Some("GE")));
    assert!(error(nowhere.save(db)).is_foreign_key_violation());
    let stars = Review::objects().update(|r| r.stars.set(6)).run(db);
    assert!(error(stars).is_check_violation());
    let free = Product::objects()
        .filter(|p| p.id.eq(sock.id))
        .update(|p| p.price.set(Decimal::ZERO));
    assert_eq!(
        error(free.run(db)).constraint_message(),
        Some("a product costs something")
    );
    let root = error(Category::create().slug("clothes").save(db));
    assert!(root.is_unique_violation(), "{root:?}");
}

/// Appointments, on Postgres.
pub fn book(db: &Db) {
    let desk = value(
        Desk::create()
            .name("first")
            .skills(vec!["shoes".to_owned()])
            .position(1)
            .save(db),
    );
    let booking = |slot, number| {
        Booking::create()
            .desk(&desk)
            .slot(slot)
            .number(number)
            .wishes(vec!["quick".to_owned()])
    };
    value(booking(1, 1).note("Ünder").save(db));
    let taken = error(booking(1, 2).customer(1).save(db));
    assert_eq!(taken.constraint_message(), Some("the desk is taken"));
    value(booking(2, 2).save(db));
    let twice = error(booking(2, 3).cancelled(true).save(db));
    assert!(
        twice.is_unique_violation(),
        "NULL is equal to NULL here: {twice:?}"
    );
    let quick = Booking::objects().filter(|b| b.wishes.has("quick") & b.note.is_null());
    assert_eq!(value(quick.count(db)), 1);
    // Two numbers are exchanged: what is unique waits for the end.
    let exchanged = db.transaction(|tx| {
        Booking::objects()
            .filter(|b| b.slot.eq(1))
            .update(|b| b.number.set(2))
            .run(tx)?;
        Booking::objects()
            .filter(|b| b.slot.eq(2))
            .update(|b| b.number.set(1))
            .run(tx)?;
        Ok::<_, orm::Error>(())
    });
    value(exchanged);
}
