use std::net::{IpAddr, SocketAddr};

use orm::prelude::*;

#[derive(Model)]
struct Host {
    id: i64,
    address: IpAddr,
    peer: SocketAddr,
    others: Vec<SocketAddr>,
}

#[derive(Model)]
struct Client {
    id: i64,
    address: IpAddr,
}

fn main() {
    // A string is parsed first.
    let _ = Client::objects().filter(|c| c.address.eq("10.1.2.3"));
    // What is looked for in strings.
    let _ = Client::objects().filter(|c| c.address.contains("10."));
    let _ = Client::objects().filter(|c| c.address.length().gt(3));
    // An address is not within another.
    let _ = Client::objects().filter(|c| c.address.contained_by(IpAddr::from([10, 0, 0, 0])));
}
