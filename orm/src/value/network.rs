//! IP addresses and networks: `inet` and `cidr` on Postgres, bytes on SQLite, whose order is the order of Postgres.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::error::Result;

use super::{Cell, ColumnType, FieldType, Value};

/// What no address has.
pub(crate) const TOO_LONG: &str = "a network has at most 32 bits of IPv4 and 128 of IPv6";
/// What a column of networks does not take.
#[cfg(feature = "postgres")]
pub(crate) const HOST_BITS: &str =
    "an address within a network is not a network: its bits behind those of the network are not 0";

/// Postgres' number of a family of addresses: that of IPv4, which the one of IPv6 follows.
#[cfg(feature = "postgres")]
const PGSQL_AF_INET: u8 = 2;

/// How many bits an address has.
pub(crate) fn bits(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The first address of a network.
fn first(address: IpAddr, prefix: u8) -> IpAddr {
    let host_bits = u32::from(bits(address).saturating_sub(prefix));
    match address {
        IpAddr::V4(address) => {
            IpAddr::V4((address.to_bits() & u32::MAX.checked_shl(host_bits).unwrap_or(0)).into())
        }
        IpAddr::V6(address) => {
            IpAddr::V6((address.to_bits() & u128::MAX.checked_shl(host_bits).unwrap_or(0)).into())
        }
    }
}

/// Whether it is a network and not an address within one.
pub(crate) fn is_network(address: IpAddr, prefix: u8) -> bool {
    first(address, prefix) == address
}

/// Whether a network contains another, or an address, which is a network of all of its bits.
#[cfg(feature = "sqlite")]
pub(crate) fn contains((outer, prefix): (IpAddr, u8), (inner, length): (IpAddr, u8)) -> bool {
    outer.is_ipv4() == inner.is_ipv4() && prefix <= length && first(outer, prefix) == first(inner, prefix)
}

/// Whether a column of type `ty` holds it.
fn fits(address: IpAddr, prefix: u8, ty: FieldType) -> bool {
    prefix <= bits(address)
        && match ty {
            FieldType::IpAddress => prefix == bits(address),
            FieldType::Ipv4Address => address.is_ipv4() && prefix == bits(address),
            FieldType::Ipv6Address => address.is_ipv6() && prefix == bits(address),
            FieldType::Cidr => is_network(address, prefix),
            _ => true,
        }
}

/// What a column of that type holds, for messages.
fn expected(ty: FieldType) -> &'static str {
    match ty {
        FieldType::IpAddress => "an IP address without a network",
        FieldType::Ipv4Address => "an IPv4 address without a network",
        FieldType::Ipv6Address => "an IPv6 address without a network",
        FieldType::Cidr => "a network of IP addresses",
        _ => "an IP address in its network",
    }
}

/// `10.1.2.3`, or `10.1.2.3/8` where the network is not of all bits.
pub(crate) fn to_text(address: IpAddr, prefix: u8) -> String {
    match prefix == bits(address) {
        true => address.to_string(),
        false => format!("{address}/{prefix}"),
    }
}

/// Reads such a text for a column of type `ty`.
pub(crate) fn from_text(text: &str, ty: FieldType) -> Option<(IpAddr, u8)> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) if !prefix.starts_with('+') => (address.parse().ok()?, prefix.parse().ok()?),
        Some(_) => return None,
        None => {
            let address = text.parse().ok()?;
            (address, bits(address))
        }
    };
    fits(address, prefix, ty).then_some((address, prefix))
}

/// The bytes on SQLite: 4 or 6 for the family, the first address of the network, how many bits that has, and the address
/// where it is another. So their order is first by networks, of which the wider ones come first, and then by addresses.
pub(crate) fn to_bytes(address: IpAddr, prefix: u8) -> Vec<u8> {
    let octets = |address: IpAddr| match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let first = first(address, prefix);
    let mut bytes = vec![if address.is_ipv4() { 4 } else { 6 }];
    bytes.extend(octets(first));
    bytes.push(prefix);
    if first != address {
        bytes.extend(octets(address));
    }
    bytes
}

/// Reads such bytes.
#[cfg(feature = "sqlite")]
pub(crate) fn from_bytes(bytes: &[u8]) -> Option<(IpAddr, u8)> {
    type ReadAddress = fn(&[u8]) -> Option<IpAddr>;

    fn address<const N: usize>(bytes: &[u8]) -> Option<IpAddr>
    where
        IpAddr: From<[u8; N]>,
    {
        Some(IpAddr::from(<[u8; N]>::try_from(bytes).ok()?))
    }
    let (family, rest) = bytes.split_first()?;
    let (width, address): (usize, ReadAddress) = match family {
        4 => (4, address::<4>),
        6 => (16, address::<16>),
        _ => return None,
    };
    let (network, rest) = rest.split_at_checked(width)?;
    let (prefix, within) = rest.split_first()?;
    let read = match within {
        [] => address(network)?,
        within => address(within)?,
    };
    // There is one form of each.
    (*prefix <= bits(read) && to_bytes(read, *prefix) == bytes).then_some((read, *prefix))
}

/// The binary form on Postgres: family, bits of the network, whether it is one, and the octets after their number.
#[cfg(feature = "postgres")]
pub(crate) fn to_postgres(
    address: IpAddr,
    prefix: u8,
    is_cidr: bool,
    out: &mut postgres_types::private::BytesMut,
) {
    match address {
        IpAddr::V4(address) => {
            out.extend_from_slice(&[PGSQL_AF_INET, prefix, is_cidr.into(), 4]);
            out.extend_from_slice(&address.octets());
        }
        IpAddr::V6(address) => {
            out.extend_from_slice(&[PGSQL_AF_INET + 1, prefix, is_cidr.into(), 16]);
            out.extend_from_slice(&address.octets());
        }
    }
}

#[cfg(feature = "postgres")]
fn from_postgres(ty: &postgres_types::Type, raw: &[u8]) -> Option<(IpAddr, u8)> {
    use postgres_types::Type;

    let [_, prefix, _, _, octets @ ..] = raw else {
        return None;
    };
    let address = match octets.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(octets).ok()?),
        _ => IpAddr::from(<[u8; 16]>::try_from(octets).ok()?),
    };
    (matches!(*ty, Type::INET | Type::CIDR) && *prefix <= bits(address)).then_some((address, *prefix))
}

/// What a column of type `ty` holds.
///
/// # Errors
/// If it is something else.
pub(crate) fn read(cell: Cell<'_>, ty: FieldType) -> Result<(IpAddr, u8)> {
    let found = match cell {
        #[cfg(feature = "postgres")]
        Cell::Postgres(of, raw) => from_postgres(of, raw),
        #[cfg(feature = "sqlite")]
        Cell::Sqlite(rusqlite::types::ValueRef::Blob(bytes)) => from_bytes(bytes),
        _ => None,
    };
    found
        .filter(|(address, prefix)| fits(*address, *prefix, ty))
        .ok_or_else(|| cell.mismatch(expected(ty)))
}

impl ColumnType for IpAddr {
    type Base = IpAddr;

    fn field_type() -> FieldType {
        FieldType::IpAddress
    }

    fn decode(cell: Cell<'_>) -> Result<Self> {
        read(cell, FieldType::IpAddress).map(|(address, _)| address)
    }

    fn encode(&self) -> Value<'_> {
        Value::Inet(*self, bits(*self))
    }
}

macro_rules! of_version {
    ($($ty:ty = $field_type:ident, $version:ident;)*) => {$(
        impl ColumnType for $ty {
            type Base = $ty;

            fn field_type() -> FieldType {
                FieldType::$field_type
            }

            fn decode(cell: Cell<'_>) -> Result<Self> {
                match read(cell, FieldType::$field_type)? {
                    (IpAddr::$version(address), _) => Ok(address),
                    _ => Err(cell.mismatch(expected(FieldType::$field_type))),
                }
            }

            fn encode(&self) -> Value<'_> {
                IpAddr::$version(*self).into_value()
            }
        }
    )*};
}
of_version! {
    Ipv4Addr = Ipv4Address, V4;
    Ipv6Addr = Ipv6Address, V6;
}

#[cfg(feature = "cidr")]
mod crate_cidr {
    use cidr::{IpCidr, IpInet};

    use super::{Cell, ColumnType, FieldType, Result, Value, expected, read};

    impl ColumnType for IpInet {
        type Base = IpInet;

        fn field_type() -> FieldType {
            FieldType::Inet
        }

        fn decode(cell: Cell<'_>) -> Result<Self> {
            let (address, prefix) = read(cell, FieldType::Inet)?;
            IpInet::new(address, prefix).map_err(|_| cell.mismatch(expected(FieldType::Inet)))
        }

        fn encode(&self) -> Value<'_> {
            Value::Inet(self.address(), self.network_length())
        }
    }

    impl ColumnType for IpCidr {
        type Base = IpCidr;

        fn field_type() -> FieldType {
            FieldType::Cidr
        }

        fn decode(cell: Cell<'_>) -> Result<Self> {
            let (address, prefix) = read(cell, FieldType::Cidr)?;
            IpCidr::new(address, prefix).map_err(|_| cell.mismatch(expected(FieldType::Cidr)))
        }

        fn encode(&self) -> Value<'_> {
            Value::Inet(self.first_address(), self.network_length())
        }
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn inet(text: &str) -> (IpAddr, u8) {
        from_text(text, FieldType::Inet).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn texts_are_read_for_their_column() {
        for (text, address, network) in [
            ("10.1.2.3", true, true),
            ("10.0.0.0/8", false, true),
            ("10.1.2.3/8", false, false),
            ("10.1.2.3/32", true, true),
            ("0.0.0.0/0", false, true),
            ("::/0", false, true),
            ("::1", true, true),
            ("2001:db8::/32", false, true),
            ("2001:db8::1/32", false, false),
            ("::ffff:1.2.3.4", true, true),
        ] {
            assert!(from_text(text, FieldType::Inet).is_some(), "{text}");
            assert_eq!(from_text(text, FieldType::IpAddress).is_some(), address, "{text}");
            assert_eq!(from_text(text, FieldType::Cidr).is_some(), network, "{text}");
        }
        for text in [
            "",
            "10",
            "10.1.2",
            "010.1.2.3",
            "10.1.2.3/33",
            "10.1.2.3/",
            "10.1.2.3/-1",
            "10.1.2.3/+8",
            "::1/129",
            "fe80::1%eth0",
            " ::1",
            "10.1.2.3/255.0.0.0",
        ] {
            assert_eq!(from_text(text, FieldType::Inet), None, "{text}");
        }
    }

    #[test]
    fn bytes_have_the_order_of_postgres() {
        let texts = [
            "0.0.0.0/0",
            "10.0.0.0/8",
            "10.1.2.3/8",
            "10.255.0.0/8",
            "10.0.0.0/9",
            "10.0.0.0",
            "10.1.0.0/16",
            "10.1.2.3",
            "255.255.255.255",
            "::/0",
            "::",
            "::1",
            "2001:db8::/32",
            "ffff::1/16",
        ];
        let bytes = texts.map(|text| {
            let (address, prefix) = inet(text);
            to_bytes(address, prefix)
        });
        assert!(bytes.is_sorted_by(|one, other| one < other));
    }

    #[test]
    fn a_network_contains_what_begins_as_it_does() {
        for (outer, inner, contained) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "10.0.0.0/8", true),
            ("10.0.0.0/8", "10.0.0.0/7", false),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "::1", true),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3/8", "10.9.9.9/16", true),
        ] {
            assert_eq!(contains(inet(outer), inet(inner)), contained, "{outer} {inner}");
        }
    }

    proptest! {
        #[test]
        fn every_address_comes_back(address: IpAddr, prefix in 0..=128_u8) {
            let prefix = prefix.min(bits(address));
            prop_assert_eq!(from_bytes(&to_bytes(address, prefix)), Some((address, prefix)));
            prop_assert_eq!(from_text(&to_text(address, prefix), FieldType::Inet), Some((address, prefix)));
        }
    }
}
