//! Converts Postgres' errors to [`Error`]. Only names are taken over, because the server's details contain values.

use std::error::Error as _;

use tokio_postgres::error::{DbError, SqlState};

use crate::error::{Error, Kind, TypeLimit};

/// The error for a failure of a statement.
#[cold]
pub(super) fn map(error: tokio_postgres::Error) -> Error {
    if let Some(said) = error.as_db_error() {
        return server(said);
    }
    let text = chain(&error);
    if text.starts_with("error serializing parameter") {
        let reason = error.source().map_or(text, ToString::to_string);
        return Error::new(Kind::Encode, format!("a value cannot be stored: {reason}"));
    }
    if error.is_closed()
        || error
            .source()
            .is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
    {
        return Error::new(
            Kind::Connection,
            format!("the connection to the database was lost: {text}"),
        )
        .with_hint("run it again; a new connection is opened by itself");
    }
    let said = Error::new(Kind::Database, text);
    match misread(&error) {
        true => said.with_hint(
            "COPY from standard input or to standard output is not spoken by SQL here, and a connection that was asked for it is \
             not used again: copy rows of models with `copy_in`, or let psql copy",
        ),
        false => said,
    }
}

/// The parameter, from 0, whose value could not be encoded.
pub(super) fn refused_parameter(error: &tokio_postgres::Error) -> Option<usize> {
    let text = error.to_string();
    let number = text.strip_prefix("error serializing parameter ")?;
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    number[..digits].parse().ok()
}

/// Whether the server sent a message that the driver does not understand, as for COPY. The server may then wait for
/// data that never comes, and later answers cannot be attributed.
pub(super) fn misread(error: &tokio_postgres::Error) -> bool {
    let text = error.to_string();
    text.starts_with("unexpected message from server")
        || text.starts_with("error parsing response from server")
}

/// The driver's error with its causes, which its `Display` leaves out. Not for errors of the server.
pub(super) fn chain(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(reason) = source {
        text.push_str(": ");
        text.push_str(&reason.to_string());
        source = reason.source();
    }
    text
}

/// Whether the server refuses every further statement of the transaction.
pub(super) fn poisons(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some()
}

/// Whether a statement must be prepared again, because tables changed or a pooler lost it.
pub(super) fn outdated(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(is_outdated)
}

fn is_outdated(said: &DbError) -> bool {
    *said.code() == SqlState::INVALID_SQL_STATEMENT_NAME
        || (*said.code() == SqlState::FEATURE_NOT_SUPPORTED && said.message().contains("cached plan"))
        // A parameter's type was dropped; there may be a new one of that name.
        || (*said.code() == SqlState::INTERNAL_ERROR
            && said.message().starts_with("cache lookup failed for type"))
}

fn server(said: &DbError) -> Error {
    let code = said.code();
    let kind = kind(said);
    let mut error = Error::new(kind, message(said));
    if let Some(name) = said.constraint() {
        error = error.with_constraint(name);
    }
    if let (Some(schema), Some(table)) = (said.schema(), said.table()) {
        error = error.with_table(schema, table);
    }
    if let Some(limit) = limit(said) {
        error = error.with_limit(limit);
    }
    let fields = fields(said);
    if !fields.is_empty() {
        if kind == Kind::UniqueViolation {
            error = error.with_hint(format!(
                "a row with the same {} is there already",
                fields.join(", ")
            ));
        }
        error = error.with_fields(fields);
    }
    match hint(code, said, kind) {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

fn kind(said: &DbError) -> Kind {
    let code = said.code();
    match *code {
        // Lost against a concurrent change of the table.
        _ if is_outdated(said) => Kind::Serialization,
        SqlState::UNIQUE_VIOLATION => Kind::UniqueViolation,
        SqlState::EXCLUSION_VIOLATION => Kind::ExclusionViolation,
        SqlState::FOREIGN_KEY_VIOLATION | SqlState::RESTRICT_VIOLATION => Kind::ForeignKeyViolation,
        SqlState::CHECK_VIOLATION | SqlState::STRING_DATA_RIGHT_TRUNCATION => Kind::CheckViolation,
        SqlState::NOT_NULL_VIOLATION => Kind::NotNullViolation,
        // The same code is that of a subquery with several rows.
        SqlState::CARDINALITY_VIOLATION if said.routine() == Some("ExecOnConflictUpdate") => {
            Kind::RowGivenTwice
        }
        // Elsewhere a check holds a column to its choices, its digits and its range.
        SqlState::INVALID_TEXT_REPRESENTATION | SqlState::NUMERIC_VALUE_OUT_OF_RANGE
            if limit(said).is_some_and(|limit| limit != TypeLimit::Bits(64)) =>
        {
            Kind::CheckViolation
        }
        SqlState::UNDEFINED_TABLE | SqlState::UNDEFINED_COLUMN => Kind::Undefined,
        SqlState::DUPLICATE_TABLE | SqlState::DUPLICATE_COLUMN | SqlState::DUPLICATE_OBJECT => Kind::Exists,
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => Kind::Serialization,
        SqlState::LOCK_NOT_AVAILABLE => Kind::LockNotAvailable,
        SqlState::QUERY_CANCELED | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => Kind::Timeout,
        SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        | SqlState::CANNOT_CONNECT_NOW
        | SqlState::TOO_MANY_CONNECTIONS
        | SqlState::INVALID_CATALOG_NAME => Kind::Connection,
        // Out of range, not a number, no such date: the column cannot hold what was sent.
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE
        | SqlState::INVALID_TEXT_REPRESENTATION
        | SqlState::INVALID_DATETIME_FORMAT
        | SqlState::DATETIME_FIELD_OVERFLOW
        | SqlState::UNTRANSLATABLE_CHARACTER
        | SqlState::CHARACTER_NOT_IN_REPERTOIRE => Kind::Encode,
        _ if code.code().starts_with("08") || code.code().starts_with("28") => Kind::Connection,
        _ => Kind::Database,
    }
}

/// The server's message, without the data that it quotes.
fn message(said: &DbError) -> String {
    if is_outdated(said) && *said.code() != SqlState::INVALID_SQL_STATEMENT_NAME {
        return format!(
            "a table was changed after a statement for it was prepared: {}",
            said.message()
        );
    }
    if !said.code().code().starts_with("22") {
        return said.message().to_owned();
    }
    let mut out = String::new();
    for (index, part) in said.message().split('"').enumerate() {
        match index {
            0 => out.push_str(part),
            index if index % 2 == 1 => out.push('…'),
            _ => out.push_str(part),
        }
    }
    out
}

/// The schema and the name of what the server names as SQL does.
fn qualified(sql: &str) -> (Option<String>, String) {
    let (mut schema, mut name, mut quoted) = (None, String::new(), false);
    let mut chars = sql.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            // Two quotes within quotes are one of the name.
            '"' if quoted && chars.next_if_eq(&'"').is_some() => name.push('"'),
            '"' => quoted = !quoted,
            '.' if !quoted => schema = Some(std::mem::take(&mut name)),
            char => name.push(char),
        }
    }
    (schema, name)
}

/// The limits of the column, which the server reports when it does not name the column.
fn limit(said: &DbError) -> Option<TypeLimit> {
    let between = |text: &str, start: &str, end: char| {
        let (number, _) = text.split_once(start)?.1.split_once(end)?;
        number.parse().ok()
    };
    let text = said.message();
    match *said.code() {
        SqlState::STRING_DATA_RIGHT_TRUNCATION => {
            between(text, "character varying(", ')').map(TypeLimit::Length)
        }
        SqlState::INVALID_TEXT_REPRESENTATION => {
            let (name, _) = text
                .strip_prefix("invalid input value for enum ")?
                .split_once(": ")?;
            let (schema, name) = qualified(name);
            Some(TypeLimit::Enum(schema, name))
        }
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE => match text {
            "smallint out of range" => Some(TypeLimit::Bits(16)),
            "integer out of range" => Some(TypeLimit::Bits(32)),
            "bigint out of range" => Some(TypeLimit::Bits(64)),
            _ => {
                let detail = said.detail()?;
                let digits = between(detail, "with precision ", ',')?;
                Some(TypeLimit::Digits(digits, between(detail, ", scale ", ' ')?))
            }
        },
        _ => None,
    }
}

/// The dependent objects, in the server's words, which contain names but no values.
fn dependents(detail: &str) -> String {
    // A view is a rule to the server.
    let objects: Vec<String> = detail
        .lines()
        .map(|line| line.trim_start_matches("rule _RETURN on ").to_owned())
        .collect();
    let what = match () {
        () if detail.contains("view ") => {
            "drop the view before that, in an operation RunSql of the migration, and make it again after it"
        }
        () if detail.contains("constraint ") => "remove the foreign key first",
        () => "drop or change it first",
    };
    format!("{}; {what}", objects.join("; "))
}

/// The missing privilege, and the statement that grants it.
fn permission(said: &str) -> Option<String> {
    let role = "<the role of this connection>";
    if let Some((_, owned)) = said.split_once("must be owner of ") {
        return Some(format!(
            "only its owner may change it: connect as the owner, or let one who may run `ALTER {} OWNER TO {role}`",
            owned
                .replacen("relation ", "TABLE ", 1)
                .replacen("table ", "TABLE ", 1)
        ));
    }
    if said.starts_with("query would be affected by row-level security policy") {
        return Some(
            "it has to see all rows: connect as a superuser, or as a role with BYPASSRLS".to_owned(),
        );
    }
    if said.starts_with("new row violates row-level security policy") {
        return Some(
            "no policy allows this row to the role: look whether the transaction has set what the policies read".to_owned(),
        );
    }
    let (kind, name) = said.strip_prefix("permission denied for ")?.split_once(' ')?;
    let rights = match kind {
        "schema" => format!("USAGE, CREATE ON SCHEMA {name}"),
        "table" | "relation" | "view" => format!("SELECT, INSERT, UPDATE, DELETE ON TABLE {name}"),
        "sequence" => format!("USAGE, SELECT ON SEQUENCE {name}"),
        "database" => format!("CREATE ON DATABASE {name}"),
        "type" => format!("USAGE ON TYPE {name}"),
        "function" => format!("EXECUTE ON FUNCTION {name}"),
        _ => return None,
    };
    Some(format!(
        "the role has no right to it: let its owner or a superuser run `GRANT {rights} TO {role}`"
    ))
}

/// The columns a violated constraint is about: of `Key (a, b)=(1, 2) already exists.` only what stands before the `=`.
fn fields(said: &DbError) -> Vec<String> {
    if let Some(column) = said.column() {
        return vec![column.to_owned()];
    }
    let Some(keys) = said
        .detail()
        .and_then(|detail| detail.strip_prefix("Key ("))
        .and_then(|detail| detail.split_once(")=("))
        .map(|(keys, _)| keys)
    else {
        return Vec::new();
    };
    keys.split(", ")
        .map(|key| key.trim_matches('"').replace("\"\"", "\""))
        .collect()
}

fn hint(code: &SqlState, said: &DbError, kind: Kind) -> Option<String> {
    Some(match *code {
        SqlState::INSUFFICIENT_PRIVILEGE => return permission(said.message()),
        SqlState::DEPENDENT_OBJECTS_STILL_EXIST | SqlState::FEATURE_NOT_SUPPORTED
            if said
                .detail()
                .is_some_and(|detail| detail.contains(" depends on ")) =>
        {
            return said.detail().map(dependents);
        }
        SqlState::INVALID_CATALOG_NAME => "create the database first, for example with `createdb`".to_owned(),
        SqlState::TOO_MANY_CONNECTIONS => {
            "lower `pool` in the database URL, or raise `max_connections` on the server".to_owned()
        }
        SqlState::IN_FAILED_SQL_TRANSACTION => {
            "return the earlier error, or run what may fail in a nested transaction".to_owned()
        }
        SqlState::INVALID_SQL_STATEMENT_NAME | SqlState::DUPLICATE_PSTATEMENT => {
            "a pooler gives this connection to others too: leave `statements=named` out of the database URL, or write \
             `statements=unnamed`"
                .to_owned()
        }
        SqlState::QUERY_CANCELED => {
            "the statement took longer than `statement_timeout`, or was cancelled".to_owned()
        }
        SqlState::SEQUENCE_GENERATOR_LIMIT_EXCEEDED => {
            "the keys are used up; give the primary key a larger type".to_owned()
        }
        SqlState::LOCK_NOT_AVAILABLE => "another transaction holds the lock; try again".to_owned(),
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            "the transaction is read-only, or the server is a replica".to_owned()
        }
        // While a constraint is added.
        SqlState::EXCLUSION_VIOLATION if said.message().starts_with("could not create") => {
            "rows that are there already are related as it forbids: change those rows first".to_owned()
        }
        SqlState::UNDEFINED_OBJECT if said.message().contains("no default operator class for access method \"gist\"") => {
            "the extension btree_gist has one for most types: put the operation { kind = \"CreateExtension\", name = \"btree_gist\" } \
             before it in the migration"
                .to_owned()
        }
        _ => match kind {
            Kind::ExclusionViolation => "a row that is there already is related to it as the constraint forbids".to_owned(),
            Kind::Serialization => {
                "run the transaction again, or let it retry: TxOptions::new().retry(3)".to_owned()
            }
            Kind::ForeignKeyViolation => {
                "the row it points at does not exist, or rows still point at the one that was to go"
                    .to_owned()
            }
            // The server's own hints speak of names and types.
            Kind::Database => return said.hint().map(str::to_owned),
            _ => return None,
        },
    })
}

/// The error for a server that cannot be reached or refuses the connection.
#[cold]
pub(super) fn unreachable(what: &str, error: &tokio_postgres::Error) -> Error {
    if let Some(said) = error.as_db_error() {
        let error = Error::new(
            Kind::Connection,
            format!("{what} refused the connection: {}", said.message()),
        );
        if said.message().contains("unsupported startup parameter") {
            return error.with_hint(
                "a pooler answers that does not take this option: leave it out of the database URL, or name it in the \
                 pooler's `ignore_startup_parameters`",
            );
        }
        return match hint(said.code(), said, Kind::Connection) {
            Some(hint) => error.with_hint(hint),
            None if said.code().code().starts_with("28") => {
                error.with_hint("check user and password in the database URL")
            }
            None => error,
        };
    }
    let said = chain(error);
    let hint = if said.contains("not valid for name") {
        "name the host in the database URL as the server's certificate does"
    } else if said.contains("certificate") {
        "name the authority that signed the server's certificate: `sslrootcert=/path/to/ca.pem`"
    } else if said.contains("server does not support TLS") {
        "turn `ssl` on at the server, or write `sslmode=prefer`"
    } else {
        "check that the server runs and that host and port are right"
    };
    Error::new(Kind::Connection, format!("{what} cannot be reached: {said}")).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::qualified;

    #[test]
    fn a_name_is_what_its_quotes_say() {
        for (sql, schema, name) in [
            ("mood", None, "mood"),
            ("billing.mood", Some("billing"), "mood"),
            (r#""a.b"."c""d""#, Some("a.b"), "c\"d"),
            (r#""""a"."b"""""#, Some("\"a"), "b\"\""),
        ] {
            assert_eq!(
                qualified(sql),
                (schema.map(str::to_owned), name.to_owned()),
                "{sql}"
            );
        }
    }
}
