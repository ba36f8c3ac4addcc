//! Database names derived from names in the source: the same on every machine and in every release.

use super::qualified_name::QualifiedName;
use super::snake_case::snake_case;

/// The database name of an app's enum type, which says its schema in front: `billing.status`.
pub fn enum_name(app: &str, name: &str) -> QualifiedName {
    let (schema, name) = match name.rsplit_once('.') {
        Some((schema, name)) => (Some(schema.to_owned()), name),
        None => (None, name),
    };
    QualifiedName::new(schema, format!("{app}_{}", snake_case(name)))
}

/// The longest identifier in bytes: Postgres truncates at 63, and one name serves both databases.
///
/// # Example: a name of a constraint that fits
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// assert!("blog_post_author_id_title_uniq".len() <= orm::models::MAX_IDENTIFIER);
/// # Ok::<(), orm::Error>(())
/// ```
pub const MAX_IDENTIFIER: usize = 63;

/// A name for an index or constraint: `{table}_{columns}_{suffix}`. If that is too long, it is truncated and a hash of
/// the whole is inserted before the suffix, so that two long names never collide.
pub fn constraint_name(table: &str, columns: &[&str], suffix: &str) -> String {
    let full = format!("{table}_{}_{suffix}", columns.join("_"));
    if full.len() <= MAX_IDENTIFIER {
        return full;
    }
    let tail = format!("_{:08x}_{suffix}", fnv1a(&full));
    let mut end = MAX_IDENTIFIER - tail.len();
    while !full.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{tail}", &full[..end])
}

/// FNV-1a, 32 bits: stable across machines and releases.
fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_at_a_character_and_stay_apart() {
        let one = constraint_name(&"é".repeat(40), &["a"], "idx");
        let two = constraint_name(&"é".repeat(40), &["b"], "idx");
        assert!(one.len() <= MAX_IDENTIFIER && one.ends_with("_idx"), "{one}");
        assert_ne!(one, two);
    }
}
