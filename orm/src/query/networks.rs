//! IP addresses, networks and MAC addresses in queries: their order, and what a network contains.

use std::net::IpAddr;

use crate::expr::ExprTokens;
use crate::model::{ForeignKey, Inner, Model, OneToOne};
use crate::value::{ColumnType, Value};

use super::operand::also;
use super::{Assignable, Extreme, Operand, Ordered, ToValue};

impl Ordered for IpAddr {}
impl Extreme for IpAddr {}

also! {
    [] &IpAddr => IpAddr, |address| ColumnType::encode(address).into_owned();
    [M: Model<Key = IpAddr>] IpAddr => ForeignKey<M>, ColumnType::into_value;
    [M: Model<Key = IpAddr>] IpAddr => OneToOne<M>, ColumnType::into_value;
}

#[cfg(feature = "cidr")]
mod crate_cidr {
    use std::net::IpAddr;

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
    contained!(IpAddr, IpInet, IpCidr);
}

#[cfg(feature = "macaddr")]
impl Ordered for macaddr::MacAddr6 {}
