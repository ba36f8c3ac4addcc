//! A database address, taken apart. Errors never repeat the address: it may hold a password.

use std::borrow::Cow;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use crate::error::{Error, Result};

/// `scheme:rest?name=value&name=value`, decoded.
#[derive(PartialEq)]
pub(super) struct Url {
    pub scheme: String,
    /// The part between the scheme and the options, as written.
    pub rest: String,
    /// In order, decoded.
    pub options: Vec<(String, String)>,
}

impl Url {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Err(malformed("the database URL is empty"));
        }
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(malformed(match text.contains('=') {
                true => "the database address is a list of keywords, and not a URL",
                false => "the database URL has no scheme",
            }));
        };
        if scheme.contains('=') {
            return Err(malformed(
                "the database address is a list of keywords, and not a URL",
            ));
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        if query.contains('@') {
            return Err(special("the database URL has an `@` behind its first `?`"));
        }
        let mut options = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let Some((name, value)) = pair.split_once('=') else {
                return Err(malformed("an option of the database URL has no value")
                    .with_hint("write options as `?name=value&name=value`"));
            };
            options.push((decode(name)?, decode(value)?));
        }
        Ok(Url {
            scheme: scheme.to_ascii_lowercase(),
            rest: rest.to_owned(),
            options,
        })
    }

    /// Checks that the part before the options is the address of a server. An unescaped character of a password
    /// would make a part of it look like a host or a database, and errors would show it.
    ///
    /// # Errors
    /// If it is ambiguous.
    #[cfg(feature = "postgres")]
    pub(super) fn check_server(&self) -> Result<()> {
        let Some(rest) = self.rest.strip_prefix("//") else {
            return Err(malformed("the database URL has no `//` behind its scheme"));
        };
        if rest.matches('@').count() > 1 {
            return Err(special("the database URL has more than one `@`"));
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if path.contains('@') {
            return Err(special("the database URL has a `/` before its `@`"));
        }
        let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
        for host in hosts.split(',') {
            let port = match host.strip_prefix('[') {
                Some(host) => host.split_once(']').map_or("", |(_, port)| port),
                None => host.find(':').map_or("", |at| &host[at..]),
            };
            if !port.is_empty()
                && port
                    .strip_prefix(':')
                    .is_none_or(|port| port.parse::<u16>().is_err())
            {
                return Err(special("the port in the database URL is not a number"));
            }
        }
        Ok(())
    }

    /// Checks that the part before the options is a path.
    ///
    /// # Errors
    /// If it looks like a user and a password at a host.
    #[cfg(feature = "sqlite")]
    pub(super) fn check_file(&self) -> Result<()> {
        let path = self.rest.strip_prefix("//").unwrap_or(&self.rest);
        let drive = |user: &str| cfg!(windows) && user.len() == 1;
        match path
            .split_once('@')
            .and_then(|(before, _)| before.split_once(':'))
        {
            Some((user, _)) if !drive(user) => Err(special(
                "the URL of a file has a user and a password, which only a server asks for",
            )),
            _ => Ok(()),
        }
    }

    /// Takes the options that `wanted` knows and leaves the others.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let position = self.options.iter().rposition(|(option, _)| option == name)?;
        Some(self.options.remove(position).1)
    }
}

fn malformed(what: &'static str) -> Error {
    Error::config(what).with_hint(
        "write `sqlite://path/to/file.db`, `sqlite::memory:` or `postgres://user:password@host/database`",
    )
}

/// The error for an unescaped special character. It repeats nothing, because the text may be a password.
fn special(what: &'static str) -> Error {
    Error::config(what).with_hint(
        "in a user, password, database or option write `@` as `%40`, `/` as `%2F`, `:` as `%3A`, `?` as `%3F`, `#` as `%23` \
         and `%` as `%25`",
    )
}

/// Percent-decodes a part.
pub(super) fn decode(text: &str) -> Result<String> {
    let is_byte = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|digit| digit.is_ascii_hexdigit());
    if !text.split('%').skip(1).all(is_byte) {
        return Err(
            Error::config("the database URL has a `%` without two hexadecimal digits after it")
                .with_hint("write a percent sign as `%25`"),
        );
    }
    percent_decode_str(text)
        .decode_utf8()
        .map(Cow::into_owned)
        .map_err(|_| Error::config("the database URL is not UTF-8 once its `%` are resolved"))
}

/// `500ms`, `5s`, `2m`.
pub(super) fn duration(option: &str, text: &str) -> Result<Duration> {
    humantime::parse_duration(text).map_err(|_| {
        Error::config(format!("option `{option}` of the database URL is not a duration")).with_hint(format!(
            "write a number and a unit, such as `{option}=500ms` or `{option}=5s`"
        ))
    })
}

/// A positive number.
pub(super) fn count(option: &str, text: &str) -> Result<u32> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| {
        Error::config(format!(
            "option `{option}` of the database URL is not a number from 1"
        ))
        .with_hint(format!("write it as `{option}=8`"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_options() {
        let mut url = Url::parse("sqlite://my%20blog.db?pool=8&busy_timeout=5s").unwrap();
        assert_eq!(
            (url.scheme.as_str(), url.rest.as_str()),
            ("sqlite", "//my%20blog.db")
        );
        assert_eq!(url.take("pool").as_deref(), Some("8"));
        assert_eq!(url.take("pool"), None);
        assert_eq!(url.options, [("busy_timeout".to_owned(), "5s".to_owned())]);
        assert_eq!(decode("my%20blog.db").unwrap(), "my blog.db");
    }

    #[test]
    fn mistakes_are_named_and_secrets_are_not() {
        for (text, expected) in [
            ("", "the database URL is empty"),
            ("blog.db", "the database URL has no scheme"),
            (
                "postgres://u:secret@h/d?pool",
                "an option of the database URL has no value",
            ),
        ] {
            let message = Url::parse(text).err().unwrap().to_string();
            assert!(message.starts_with(expected), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
        for text in ["100%", "100%2", "%2x", "%é0", "%%20"] {
            assert!(
                decode(text)
                    .unwrap_err()
                    .to_string()
                    .contains("two hexadecimal digits"),
                "{text}"
            );
        }
        assert!(decode("%ff").unwrap_err().to_string().contains("is not UTF-8"));
        for text in ["", "5000", "s", "-5s", "5 parsecs", "99999999999999999999s"] {
            let message = duration("busy_timeout", text).unwrap_err().to_string();
            assert!(
                message.starts_with(
                    "option `busy_timeout` of the database URL is not a duration
hint: "
                ),
                "{message}"
            );
        }
        assert_eq!(duration("busy_timeout", "2m").unwrap(), Duration::from_secs(120));
        assert_eq!(
            duration("busy_timeout", "1m 30s").unwrap(),
            Duration::from_secs(90)
        );
        assert_eq!(
            duration("busy_timeout", "250ms").unwrap(),
            Duration::from_millis(250)
        );
        assert!(count("pool", "0").is_err());
    }
}
