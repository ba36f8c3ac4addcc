//! MAC addresses: `macaddr` on Postgres, 6 bytes on SQLite.

use crate::error::Result;

use super::Cell;

/// `08:00:2b:01:02:03`, as Postgres writes it.
pub(crate) fn to_text(octets: [u8; 6]) -> String {
    let pairs = octets.map(|octet| format!("{octet:02x}"));
    pairs.join(":")
}

/// Reads six pairs of hexadecimal digits with colons or hyphens between them.
pub(crate) fn from_text(text: &str) -> Option<[u8; 6]> {
    let separator = if text.contains('-') { '-' } else { ':' };
    let mut octets = [0; 6];
    let mut pairs = text.split(separator);
    for octet in &mut octets {
        let pair = pairs.next()?;
        let is_pair = pair.len() == 2 && pair.bytes().all(|byte| byte.is_ascii_hexdigit());
        *octet = u8::from_str_radix(pair, 16).ok().filter(|_| is_pair)?;
    }
    pairs.next().is_none().then_some(octets)
}

/// The octets of a column's value.
///
/// # Errors
/// If it is something else.
pub(crate) fn read(cell: Cell<'_>) -> Result<[u8; 6]> {
    let octets = match cell {
        #[cfg(feature = "postgres")]
        Cell::Postgres(&postgres_types::Type::MACADDR, raw) => raw.try_into().ok(),
        #[cfg(feature = "sqlite")]
        Cell::Sqlite(rusqlite::types::ValueRef::Blob(bytes)) => bytes.try_into().ok(),
        _ => None,
    };
    octets.ok_or_else(|| cell.mismatch("the 6 bytes of a MAC address"))
}

#[cfg(feature = "macaddr")]
impl super::ColumnType for macaddr::MacAddr6 {
    type Base = macaddr::MacAddr6;

    fn field_type() -> super::FieldType {
        super::FieldType::MacAddress
    }

    fn decode(cell: Cell<'_>) -> Result<Self> {
        read(cell).map(Self::from)
    }

    fn encode(&self) -> super::Value<'_> {
        super::Value::MacAddress(self.into_array())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_six_pairs_is_read() {
        let octets = [8, 0, 0x2b, 1, 2, 0xff];
        for text in ["08:00:2b:01:02:ff", "08-00-2B-01-02-FF"] {
            assert_eq!(from_text(text), Some(octets), "{text}");
        }
        assert_eq!(to_text(octets), "08:00:2b:01:02:ff");
        for text in [
            "",
            "08:00:2b:01:02",
            "08:00:2b:01:02:ff:00",
            "8:0:2b:1:2:ff",
            "08-00:2b:01:02:ff",
            "+8:00:2b:01:02:ff",
        ] {
            assert_eq!(from_text(text), None, "{text}");
        }
    }
}
