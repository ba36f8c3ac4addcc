//! Columns of IP addresses, networks and MAC addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use cidr::{IpCidr, IpInet};
use macaddr::MacAddr6;
use orm::dynamic::DynModel;
use orm::prelude::*;
use orm_tests::behaviour;
use orm_tests::behaviour::{error, value};
use serde_json::json;

orm::app!("suite");

#[derive(Model, Debug, Clone, PartialEq)]
#[orm(ordering("id"), index(name = "host_address_elsewhere", "address", where = |h| h.address.ne(IpAddr::from(Ipv4Addr::LOCALHOST))))]
#[orm(check("host_is_not_everywhere", |h| h.network.ne(net("0.0.0.0/0"))))]
pub struct Host {
    pub id: i64,
    #[orm(unique)]
    pub address: IpAddr,
    pub inside: Option<IpInet>,
    #[orm(default = net("10.0.0.0/8"))]
    pub network: IpCidr,
    pub mac: Option<MacAddr6>,
}

/// Without what is unique, for values of any kind.
#[derive(Model, Debug, Clone, PartialEq)]
pub struct Route {
    pub id: i64,
    pub network: Option<IpCidr>,
    pub inside: Option<IpInet>,
    pub gateway: Option<IpAddr>,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct Gate {
    #[orm(primary_key)]
    pub address: IpAddr,
    pub name: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
pub struct GateCard {
    pub id: i64,
    #[orm(related_name = "cards")]
    pub gate: ForeignKey<Gate>,
    pub mac: MacAddr6,
}

/// Addresses of one version, and lists of all that networks have.
#[derive(Model, Debug, Clone, PartialEq)]
#[orm(check("device_is_elsewhere", |d| d.four.ne(Ipv4Addr::LOCALHOST)))]
pub struct Device {
    pub id: i64,
    #[orm(unique, default = Ipv4Addr::UNSPECIFIED)]
    pub four: Ipv4Addr,
    pub six: Option<Ipv6Addr>,
    pub addresses: Vec<IpAddr>,
    pub fours: Vec<Option<Ipv4Addr>>,
    pub sixes: Vec<Vec<Ipv6Addr>>,
    pub networks: Vec<IpCidr>,
    pub inside: Option<Vec<IpInet>>,
    #[orm(max_length = 2)]
    pub macs: Vec<MacAddr6>,
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn net(text: &str) -> IpCidr {
    text.parse().expect("a network")
}

fn inet(text: &str) -> IpInet {
    text.parse().expect("an address in its network")
}

/// From the least to the greatest.
const NETWORKS: [&str; 11] = [
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.0.0.0/9",
    "10.0.0.0/32",
    "10.1.0.0/16",
    "10.1.2.3/32",
    "255.255.255.255/32",
    "::/0",
    "::/128",
    "2001:db8::/32",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
];

const INSIDE: [&str; 8] = [
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.1.2.3/8",
    "10.200.0.0/8",
    "10.0.0.0/9",
    "10.0.0.7/9",
    "2001:db8::1/32",
    "2001:db8::/33",
];

const ADDRESSES: [&str; 8] = [
    "0.0.0.0",
    "9.255.255.255",
    "10.0.0.0",
    "10.0.0.100",
    "255.255.255.255",
    "::",
    "::ffff:10.1.2.3",
    "fe80::1",
];

behaviour! {
    fn addresses_and_networks_come_back_in_their_order(db) {
        // The other way round, so that no order is that of the keys.
        for text in NETWORKS.iter().rev() {
            run!(Route::create().network(net(text)).inside(None).gateway(None).save(db));
        }
        for text in INSIDE.iter().rev() {
            run!(Route::create().network(None).inside(inet(text)).gateway(None).save(db));
        }
        for text in ADDRESSES.iter().rev() {
            run!(Route::create().network(None).inside(None).gateway(ip(text)).save(db));
        }
        let routes = Route::objects;
        let networks = run!(routes().filter(|r| r.network.is_not_null()).order_by(|r| r.network).values(|r| r.network).all(db));
        assert_eq!(networks, NETWORKS.map(|text| Some(net(text))));
        let inside = run!(routes().filter(|r| r.inside.is_not_null()).order_by(|r| r.inside).values(|r| r.inside).all(db));
        assert_eq!(inside, INSIDE.map(|text| Some(inet(text))));
        let addresses = run!(routes().filter(|r| r.gateway.is_not_null()).order_by(|r| r.gateway).values(|r| r.gateway).all(db));
        assert_eq!(addresses, ADDRESSES.map(|text| Some(ip(text))));
        for (at, text) in NETWORKS.iter().enumerate() {
            let network = net(text);
            let counts = (
                run!(routes().filter(|r| r.network.lt(network)).count(db)),
                run!(routes().filter(|r| r.network.eq(network)).count(db)),
                run!(routes().filter(|r| r.network.in_([network, net("192.168.0.0/16")])).count(db)),
                run!(routes().filter(|r| r.network.between(network, network)).count(db)),
            );
            assert_eq!(counts, (at as i64, 1, 1, 1), "{text}");
            let within = NETWORKS.iter().filter(|inner| {
                let inner = net(inner);
                network.contains(&inner.first_address()) && network.network_length() <= inner.network_length()
            }).count();
            assert_eq!(run!(routes().filter(|r| r.network.contained_by(network)).count(db)), within as i64, "{text}");
            let holding = ADDRESSES.iter().filter(|address| network.contains(&ip(address))).count() as i64;
            assert_eq!(run!(routes().filter(|r| r.gateway.contained_by(network)).count(db)), holding, "{text}");
        }
        for text in ADDRESSES {
            let holding = NETWORKS.iter().filter(|network| net(network).contains(&ip(text))).count() as i64;
            assert_eq!(run!(routes().filter(|r| r.network.contains(ip(text))).count(db)), holding, "{text}");
        }
        let ends = run!(routes().aggregate(|r| (r.gateway.min(), r.gateway.max(), r.inside.max(), r.network.count_distinct())).run(db));
        assert_eq!(ends, (Some(ip("0.0.0.0")), Some(ip("fe80::1")), Some(inet("2001:db8::/33")), NETWORKS.len() as i64));
        // NULL is in nothing, and nothing is in it.
        let none = routes().filter(|r| r.network.contains(None::<IpAddr>) | r.gateway.contained_by(r.network));
        assert_eq!(run!(none.count(db)), 0);
    }

    fn a_host_has_what_its_model_says(db) {
        let mac = MacAddr6::new(8, 0, 0x2b, 1, 2, 0xff);
        let made = run!(Host::create().address(ip("10.1.2.3")).inside(inet("10.1.2.3/8")).mac(mac).save(db));
        assert_eq!((made.network, made.mac, made.inside), (net("10.0.0.0/8"), Some(mac), Some(inet("10.1.2.3/8"))));
        assert_eq!(run!(Host::get(made.id, db)), made);
        let twice = error(attempt!(Host::create().address(ip("10.1.2.3")).inside(None).mac(None).save(db)));
        assert!(twice.is_unique_violation(), "{twice}");
        let everywhere = Host::create().address(ip("::1")).inside(None).mac(None).network(net("0.0.0.0/0"));
        let everywhere = error(attempt!(everywhere.save(db)));
        assert!(everywhere.is_check_violation(), "{everywhere}");
        run!(Host::create().address(ip("::1")).inside(None).mac(MacAddr6::nil()).network(net("::/0")).save(db));
        let hosts = run!(Host::objects().filter(|h| h.address.contained_by(h.network)).order_by(|h| h.mac).all(db));
        assert_eq!(hosts.iter().map(|host| host.mac).collect::<Vec<_>>(), [Some(MacAddr6::nil()), Some(mac)]);
        run!(Host::objects().filter(|h| h.mac.eq(mac)).update(|h| (h.address.set(ip("10.9.9.9")), h.inside.set(None))).run(db));
        assert_eq!(run!(Host::objects().filter(|h| h.mac.in_([mac])).values(|h| (h.address, h.inside)).get(db)), (ip("10.9.9.9"), None));
    }

    fn rows_by_name_have_texts(db) {
        let hosts = value(DynModel::named("suite.Host"));
        let draft = hosts.create().set_json("address", &json!("2001:DB8:0::1")).set_json("inside", &json!("10.1.2.3/8"));
        let row = run!(draft.set_json("network", &json!("10.0.0.1/32")).set_json("mac", &json!("08-00-2B-01-02-FF")).save(db));
        let row = serde_json::Value::Object(value(row.json()));
        let said = json!({ "id": row["id"], "address": "2001:db8::1", "inside": "10.1.2.3/8", "network": "10.0.0.1", "mac": "08:00:2b:01:02:ff" });
        assert_eq!(row, said);
        for (field, wrong) in [("address", "203.0.113.7/8"), ("address", "203.0"), ("network", "203.0.113.7/8"), ("inside", "203.0.113.7/33"), ("mac", "8:0:2b")] {
            let refused = error(attempt!(hosts.create().set_json(field, &json!(wrong)).save(db)));
            assert!(refused.to_string().contains(field) && !refused.to_string().contains(wrong), "{refused}");
        }
    }

    fn what_other_programs_store_is_refused(db) {
        let inserts = [
            attempt!(orm::sql("INSERT INTO suite_host (address, network) VALUES ({}, {})", (inet("10.1.2.3/8"), net("::/0"))).execute(db)),
            attempt!(orm::sql("INSERT INTO suite_host (address, network) VALUES ({}, {})", (ip("::1"), inet("10.1.2.3/8"))).execute(db)),
            attempt!(orm::sql("INSERT INTO suite_host (address, network) VALUES ({}, {})", (ip("::1"), MacAddr6::nil())).execute(db)),
            attempt!(orm::sql("INSERT INTO suite_host (address, network) VALUES ({}, {})", (vec![4_u8, 10, 1, 2, 3], net("::/0"))).execute(db)),
            attempt!(orm::sql("INSERT INTO suite_host (address, network, mac) VALUES ({}, {}, {})", (ip("::1"), net("::/0"), vec![1_u8; 5])).execute(db)),
        ];
        for insert in inserts {
            error(insert);
        }
        assert_eq!(run!(Host::objects().count(db)), 0);
    }

    fn addresses_of_one_version_are_their_own_types(db) {
        let four = Ipv4Addr::new(10, 1, 2, 3);
        let six: Ipv6Addr = "::ffff:10.1.2.3".parse().expect("an address");
        let draft = |four: Ipv4Addr| Device::create().four(four).addresses(Vec::<IpAddr>::new()).fours(Vec::<Option<Ipv4Addr>>::new()).sixes(Vec::<Vec<Ipv6Addr>>::new()).networks(Vec::<IpCidr>::new()).inside(None).macs(Vec::<MacAddr6>::new());
        let made = run!(draft(four).six(six).save(db));
        assert_eq!((made.four, made.six), (four, Some(six)));
        assert_eq!(run!(Device::get(made.id, db)), made);
        let other = run!(draft(Ipv4Addr::new(9, 255, 255, 255)).six(None).save(db));
        assert_eq!(run!(Device::objects().order_by(|d| d.four).values(|d| d.id).all(db)), [other.id, made.id]);
        let found = Device::objects().filter(|d| d.four.contained_by(net("10.0.0.0/8")) & d.six.eq(six) & d.four.in_([four]));
        assert_eq!(run!(found.values(|d| d.id).all(db)), [made.id]);
        // An address that is said to be of version 6 is not one of version 4.
        assert_eq!(run!(Device::objects().filter(|d| d.six.contained_by(net("10.0.0.0/8"))).count(db)), 0);
        assert_eq!(run!(Device::objects().aggregate(|d| (d.four.max(), d.six.min())).run(db)), (Some(four), Some(six)));
        let here = error(attempt!(draft(Ipv4Addr::LOCALHOST).six(None).save(db)));
        assert!(here.is_check_violation(), "{here}");
        assert!(error(attempt!(draft(four).six(None).save(db))).is_unique_violation());
        error(attempt!(orm::sql("UPDATE suite_device SET four = {}", (Ipv6Addr::LOCALHOST,)).execute(db)));
        error(attempt!(orm::sql("UPDATE suite_device SET four = {}", (inet("10.1.2.3/8"),)).execute(db)));
        error(attempt!(orm::sql("UPDATE suite_device SET six = {}", (ip("10.1.2.3"),)).execute(db)));
        assert_eq!(run!(Device::objects().filter(|d| d.six.is_null()).count(db)), 1);
        let devices = value(DynModel::named("suite.Device"));
        for (field, wrong) in [("four", json!("::1")), ("six", json!("10.1.2.3")), ("fours", json!(["::1"])), ("four", json!("10.1.2.3/8"))] {
            let refused = error(attempt!(devices.create().set_json(field, &wrong).save(db)));
            assert!(refused.to_string().contains(field) && refused.to_string().contains("an IPv"), "{refused}");
        }
        // What has one version is asked of what has either.
        run!(Route::create().network(None).inside(None).gateway(ip("10.1.2.3")).save(db));
        assert_eq!(run!(Route::objects().filter(|r| r.gateway.eq(four)).count(db)), 1);
        assert_eq!(run!(Route::objects().filter(|r| r.gateway.eq(six)).count(db)), 0);
    }

    fn networks_are_looked_into_by_name(db) {
        let rows = [Some("10.0.0.0/8"), Some("10.1.0.0/16"), None, Some("fe80::/10")];
        let gateways = [Some("10.1.2.3"), Some("192.168.0.1"), None, Some("fe80::1")];
        let drafts = rows.into_iter().zip(gateways).map(|(network, gateway)| {
            Route::create().network(network.map(net)).gateway(gateway.map(ip))
        });
        let rows = run!(Route::bulk_create(drafts).all(db));
        for (name, given, expected) in [
            ("network__contains", "10.1.2.3", &[0, 1][..]),
            ("network__contains", "10.1.0.0/16", &[0, 1]),
            ("network__contained_by", "10.0.0.0/8", &[0, 1]),
            ("network__contained_by", "fe80::/10", &[3]),
            ("gateway__contained_by", "10.0.0.0/8", &[0]),
            ("gateway__contained_by", "fe80::/10", &[3]),
        ] {
            let found = run!(value(Route::objects().filter_str(name, given)).order_by(|r| r.id).values(|r| r.id).all(db));
            let expected: Vec<i64> = expected.iter().map(|at| rows[*at].id).collect();
            assert_eq!(found, expected, "{name} {given}");
        }
        for (name, given) in [("network__contains", "10.0.0"), ("gateway__contained_by", "10.0.0.1/8"), ("gateway__contains", "10.0.0.1")] {
            error(Route::objects().filter_str(name, given));
        }
    }

    fn networks_stand_in_arrays(db) {
        let (four, six) = (Ipv4Addr::new(10, 1, 2, 3), Ipv6Addr::LOCALHOST);
        let macs = [MacAddr6::nil(), MacAddr6::broadcast()];
        let draft = Device::create().four(four).six(None).addresses(ADDRESSES.map(ip)).fours([Some(four), None]).sixes([[six, six], [six, Ipv6Addr::UNSPECIFIED]]);
        let made = run!(draft.networks(NETWORKS.map(net)).inside(Some(INSIDE.map(inet).to_vec())).macs(macs).save(db));
        assert_eq!(run!(Device::get(made.id, db)), made);
        let devices = Device::objects;
        assert_eq!(run!(devices().filter(|d| d.addresses.has(ip("fe80::1")) & !d.addresses.has(ip("fe80::2")) & d.networks.contains([net("10.0.0.0/9")])).count(db)), 1);
        assert_eq!(run!(devices().filter(|d| d.macs.overlaps([macs[1]]) & d.inside.eq(INSIDE.map(inet).to_vec()) & d.fours.contained_by([Some(four), None])).count(db)), 0);
        assert_eq!(run!(devices().filter(|d| d.macs.overlaps([macs[1]]) & d.inside.eq(INSIDE.map(inet).to_vec()) & d.addresses.in_([ADDRESSES.map(ip).to_vec()])).count(db)), 1);
        let items = run!(devices().values(|d| (d.addresses.item(1), d.networks.item(7), d.macs.item(1), d.inside.item(2), d.addresses.length(), d.addresses.item(99))).get(db));
        assert_eq!(items, (Some(ip(ADDRESSES[1])), Some(net(NETWORKS[7])), Some(macs[1]), Some(inet(INSIDE[2])), ADDRESSES.len() as i64, None));
        let rows = value(DynModel::named("suite.Device"));
        let row = serde_json::Value::Object(value(run!(rows.rows().get(db)).json()));
        assert_eq!((&row["fours"], &row["networks"][1], &row["macs"]), (&json!(["10.1.2.3", null]), &json!("10.0.0.0/8"), &json!(["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"])));
        let three = error(attempt!(devices().update(|d| d.macs.set([macs[0]; 3])).run(db)));
        assert!(three.is_check_violation() || three.fields() == ["macs"], "{three}");
        run!(devices().update(|d| (d.addresses.set(Vec::<IpAddr>::new()), d.networks.set([net("::/0")]), d.inside.set(None))).run(db));
        let empty = run!(devices().get(db));
        assert_eq!((empty.addresses, empty.networks, empty.inside), (Vec::new(), vec![net("::/0")], None));
    }

    fn an_address_is_a_key(db) {
        let (one, other) = (ip("10.0.0.1"), ip("2001:db8::1"));
        for (address, name) in [(one, "one"), (other, "other")] {
            run!(Gate::create().address(address).name(name).save(db));
            run!(GateCard::create().gate(address).mac(MacAddr6::broadcast()).save(db));
        }
        let gates = run!(Gate::objects().order_by(|g| g.address).with(|g| g.cards()).all(db));
        assert_eq!(gates.iter().map(|(gate, cards)| (&*gate.name, cards.len())).collect::<Vec<_>>(), [("one", 1), ("other", 1)]);
        let found = GateCard::objects().filter(|p| p.gate.eq(one) & p.gate().name.eq("one")).with(|p| p.gate());
        assert_eq!(run!(found.get(db)).1.address, one);
        assert_eq!(run!(Gate::get(other, db)).name, "other");
    }
}
