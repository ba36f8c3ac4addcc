//! Names of roles.

use crate::error::{Error, Result};

/// What stands for all roles.
const PUBLIC: &str = "public";

/// Words of SQL that are no names of roles, however they are written.
const RESERVED: [&str; 4] = ["current_role", "current_user", "none", "session_user"];

pub(super) fn is_public(role: &str) -> bool {
    role.eq_ignore_ascii_case(PUBLIC)
}

/// The name by which a role is told from others: all of them are `public`, however it is written.
pub(super) fn name(role: &str) -> &str {
    match is_public(role) {
        true => PUBLIC,
        false => role,
    }
}

/// # Errors
/// If it is a word of SQL that names another role from session to session, or none.
pub(super) fn check(role: &str) -> Result<()> {
    match RESERVED.iter().any(|word| role.eq_ignore_ascii_case(word)) {
        true => Err(
            Error::config(format!("`{role}` is a word of SQL, not the name of a role"))
                .with_hint("write the name of the role, or `public` for everybody"),
        ),
        false => Ok(()),
    }
}
