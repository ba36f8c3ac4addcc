//! IP addresses, networks and MAC addresses in queries: their order, and what a network contains.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::expr::ExprTokens;
use crate::model::{ForeignKey, Inner, Model, OneToOne};
use crate::value::{ColumnType, Value};

use super::operand::also;
use super::{Assignable, Extreme, Operand, Ordered, ToValue};

macro_rules! addresses {
    ($($ty:ty),*) => {$(
        impl Ordered for $ty {}
        impl Extreme for $ty {}

        also! {
            [] &$ty => $ty, |address| ColumnType::encode(address).into_owned();
            [M: Model<Key = $ty>] $ty => ForeignKey<M>, ColumnType::into_value;
            [M: Model<Key = $ty>] $ty => OneToOne<M>, ColumnType::into_value;
        }
    )*};
}
addresses!(IpAddr, Ipv4Addr, Ipv6Addr);

also! {
    [] Ipv4Addr => IpAddr, ColumnType::into_value;
    [] Ipv6Addr => IpAddr, ColumnType::into_value;
}

#[cfg(feature = "cidr")]
mod crate_cidr {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use cidr::{IpCidr, IpInet};

    use crate::expr::Function;
    use crate::query::{Contained, Container, Extreme, Ordered};

    impl Ordered for IpInet {}
    impl Extreme for IpInet {}
    impl Ordered for IpCidr {}

    impl Container for IpCidr {
        type Part = IpAddr;
        const CONTAINS: Function = Function::NetworkContains;
    }

    macro_rules! contained {
        ($($ty:ty),*) => {$(
            impl Contained for $ty {
                type Container = IpCidr;
                const CONTAINS: Function = Function::NetworkContains;
            }
        )*};
    }
    contained!(IpAddr, Ipv4Addr, Ipv6Addr, IpInet, IpCidr);
}

#[cfg(feature = "macaddr")]
impl Ordered for macaddr::MacAddr6 {}
