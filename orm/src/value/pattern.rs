//! Regular expressions that mean the same on every database.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    AssertionKind, Ast, ClassAsciiKind, ClassBracketed, ClassPerlKind, ClassSet, ClassSetItem, GroupKind,
    Literal, RepetitionKind, RepetitionRange,
};

use crate::error::{Error, Result};

/// What databases bear: <https://www.postgresql.org/docs/current/functions-matching.html#POSIX-SYNTAX-DETAILS> (2026-11).
const MOST_REPETITIONS: u32 = 255;

/// A regular expression, for [`regex`](crate::queries::Expr::regex) and [`iregex`](crate::queries::Expr::iregex): of what Postgres and
/// the crate `regex`, by which SQLite has them here, both know, and in their words, so that it means the same on each.
///
/// | written | matches |
/// |---|---|
/// | `a`, `\.`, `\x41`, `\t` | that character; signs stand behind a backslash |
/// | `.` | any character, the end of a line too |
/// | `^` `$` | the start and the end of the whole string |
/// | `[a-z_]` `[^0-9]` | one of these, any but these; `[[:alpha:]]` and its like, of ASCII |
/// | `\d` `\w` `\s` `\D` `\W` `\S` | `[0-9]`, `[0-9A-Za-z_]`, white space of ASCII, and any but these |
/// | `ab` `a\|b` `(ab)` `(?:ab)` | one behind the other, one of them, a group |
/// | `a*` `a+` `a?` `a{2}` `a{2,}` `a{2,5}` | so many times, at most 255; with `?` behind, the same |
///
/// # Example: one that is right, and one that is not
///
/// ```
/// use orm::Pattern;
///
/// let pattern = Pattern::new(r"^\d{4}-[a-z]+$")?;
/// assert_eq!(pattern.as_str(), "^[0-9]{4}-[a-z]+$");
/// let refused = Pattern::new("(draft").unwrap_err().to_string();
/// assert!(refused.contains("unclosed group"), "{refused}");
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Example: what only one database knows is refused
///
/// ```
/// use orm::Pattern;
///
/// let refused = Pattern::new(r"\bdraft\b").unwrap_err().to_string();
/// assert!(refused.contains("the start or end of a word"), "{refused}");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    text: String,
}

impl Pattern {
    /// The pattern that is written so.
    ///
    /// # Errors
    /// If it is not a regular expression, or has something that databases do not know or do not agree about: looking ahead and
    /// behind, references to groups, classes of Unicode, the start or end of a word or a line, flags.
    pub fn new(pattern: &str) -> Result<Self> {
        let parsed = Parser::new().parse(pattern).map_err(|error| {
            Error::config(format!(
                "the pattern is not a regular expression: {}, at character {}",
                error.kind(),
                error.span().start.column
            ))
        })?;
        let mut text = String::with_capacity(pattern.len() + 8);
        write(&parsed, &mut text)?;
        // It may be too large still.
        regex::Regex::new(&text).map_err(|error| {
            Error::config("the pattern is too large, or repeats too much within what is repeated")
                .with_source(error)
        })?;
        Ok(Pattern { text })
    }

    /// As every database takes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl std::str::FromStr for Pattern {
    type Err = Error;

    fn from_str(pattern: &str) -> Result<Self> {
        Pattern::new(pattern)
    }
}

#[cold]
fn refused(what: &str) -> Error {
    Error::unsupported(format!("the pattern has {what}, which databases do not agree about"))
        .with_hint("what a pattern can have is listed with `orm::Pattern`; what one database has besides, `orm::raw` says")
}

fn write(ast: &Ast, out: &mut String) -> Result<()> {
    match ast {
        Ast::Empty(_) => {}
        Ast::Flags(_) => return Err(refused("flags").with_hint("`iregex` ignores case")),
        Ast::Literal(literal) => character(literal, out)?,
        Ast::Dot(_) => out.push('.'),
        Ast::Assertion(assertion) => out.push(match assertion.kind {
            AssertionKind::StartLine | AssertionKind::StartText => '^',
            AssertionKind::EndLine | AssertionKind::EndText => '$',
            _ => return Err(refused("the start or end of a word")),
        }),
        Ast::ClassUnicode(_) => return Err(refused("a class of Unicode")),
        Ast::ClassPerl(class) => {
            out.push_str(if class.negated { "[^" } else { "[" });
            out.push_str(of_perl(&class.kind));
            out.push(']');
        }
        Ast::ClassBracketed(class) => bracketed(class, out)?,
        Ast::Repetition(repetition) => {
            match &*repetition.ast {
                Ast::Assertion(_) | Ast::Empty(_) => return Err(refused("a repetition of nothing")),
                Ast::Repetition(_) => {
                    out.push_str("(?:");
                    write(&repetition.ast, out)?;
                    out.push(')');
                }
                once => write(once, out)?,
            }
            out.push_str(&times(&repetition.op.kind)?);
        }
        Ast::Group(group) => {
            if let GroupKind::NonCapturing(flags) = &group.kind
                && !flags.items.is_empty()
            {
                return Err(refused("flags").with_hint("`iregex` ignores case"));
            }
            out.push_str("(?:");
            write(&group.ast, out)?;
            out.push(')');
        }
        Ast::Alternation(alternation) => {
            for (at, one) in alternation.asts.iter().enumerate() {
                if at > 0 {
                    out.push('|');
                }
                write(one, out)?;
            }
        }
        Ast::Concat(concat) => concat.asts.iter().try_for_each(|one| write(one, out))?,
    }
    Ok(())
}

fn character(literal: &Literal, out: &mut String) -> Result<()> {
    match literal.c {
        '\0' => return Err(refused("a NUL")),
        sign @ ('\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$') => {
            out.extend(['\\', sign]);
        }
        letter => out.push(letter),
    }
    Ok(())
}

fn of_perl(kind: &ClassPerlKind) -> &'static str {
    match kind {
        ClassPerlKind::Digit => "0-9",
        ClassPerlKind::Space => "\t\n\u{b}\u{c}\r ",
        ClassPerlKind::Word => "0-9A-Za-z_",
    }
}

fn times(kind: &RepetitionKind) -> Result<String> {
    let (least, most) = match kind {
        RepetitionKind::ZeroOrOne => return Ok("?".to_owned()),
        RepetitionKind::ZeroOrMore => return Ok("*".to_owned()),
        RepetitionKind::OneOrMore => return Ok("+".to_owned()),
        RepetitionKind::Range(RepetitionRange::Exactly(times)) => (*times, Some(*times)),
        RepetitionKind::Range(RepetitionRange::AtLeast(least)) => (*least, None),
        RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => (*least, Some(*most)),
    };
    if least.max(most.unwrap_or(0)) > MOST_REPETITIONS {
        return Err(refused("more than 255 repetitions"));
    }
    Ok(match most {
        Some(most) if most == least => format!("{{{least}}}"),
        Some(most) => format!("{{{least},{most}}}"),
        None => format!("{{{least},}}"),
    })
}

fn bracketed(class: &ClassBracketed, out: &mut String) -> Result<()> {
    out.push_str(if class.negated { "[^" } else { "[" });
    match &class.kind {
        ClassSet::Item(item) => class_item(item, out)?,
        ClassSet::BinaryOp(_) => return Err(refused("a difference or intersection of classes")),
    }
    out.push(']');
    Ok(())
}

fn class_item(item: &ClassSetItem, out: &mut String) -> Result<()> {
    match item {
        ClassSetItem::Empty(_) => {}
        ClassSetItem::Literal(literal) => in_class(literal, out)?,
        ClassSetItem::Range(range) => {
            in_class(&range.start, out)?;
            out.push('-');
            in_class(&range.end, out)?;
        }
        ClassSetItem::Ascii(class) if !class.negated => out.push_str(match class.kind {
            ClassAsciiKind::Alnum => "0-9A-Za-z",
            ClassAsciiKind::Alpha => "A-Za-z",
            ClassAsciiKind::Digit => "0-9",
            ClassAsciiKind::Lower => "a-z",
            ClassAsciiKind::Upper => "A-Z",
            ClassAsciiKind::Space => "\t\n\u{b}\u{c}\r ",
            ClassAsciiKind::Xdigit => "0-9A-Fa-f",
            ClassAsciiKind::Word => "0-9A-Za-z_",
            _ => return Err(refused("a class that is rarely known")),
        }),
        ClassSetItem::Perl(class) if !class.negated => out.push_str(of_perl(&class.kind)),
        ClassSetItem::Ascii(_) | ClassSetItem::Perl(_) => {
            return Err(refused("a negated class within another"));
        }
        ClassSetItem::Unicode(_) => return Err(refused("a class of Unicode")),
        ClassSetItem::Bracketed(_) => return Err(refused("a class within another")),
        ClassSetItem::Union(union) => union.items.iter().try_for_each(|item| class_item(item, out))?,
    }
    Ok(())
}

/// A character of a class, in which other signs mean something.
fn in_class(literal: &Literal, out: &mut String) -> Result<()> {
    match literal.c {
        '\0' => return Err(refused("a NUL")),
        sign @ ('\\' | '[' | ']' | '^' | '-' | '&' | '~') => out.extend(['\\', sign]),
        letter => out.push(letter),
    }
    Ok(())
}

/// Whether a string matches, by the crate `regex`.
#[cfg(feature = "sqlite")]
pub(crate) fn compiled(text: &str, ignores_case: bool) -> std::result::Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(text)
        .dot_matches_new_line(true)
        .case_insensitive(ignores_case)
        .build()
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn what_both_know_is_written_for_both() {
        for (pattern, text) in [
            ("", ""),
            (r"^\d+\.\w*?$", r"^[0-9]+\.[0-9A-Za-z_]*$"),
            (r"(a|b)(?:c)(?P<n>d)", r"(?:a|b)(?:c)(?:d)"),
            (r"[a-z\d\]\-[:alpha:]^]{2,5}", r"[a-z0-9\]\-A-Za-z\^]{2,5}"),
            (r"\A[^&&x]\z", ""),
            (r"a{3}{2}", r"(?:a{3}){2}"),
            ("größe|日本", "größe|日本"),
            (r"\x41\u{e9}", "Aé"),
            ("a<b>'\"-/ _", "a<b>'\"-/ _"),
        ] {
            match Pattern::new(pattern) {
                Ok(read) => assert_eq!(read.as_str(), text, "{pattern}"),
                Err(error) => assert_eq!(text, "", "{pattern}: {error}"),
            }
        }
    }

    #[test]
    fn what_databases_do_not_agree_about_is_refused() {
        for pattern in [
            "(",
            "a**b)",
            "[",
            r"\",
            r"\p{L}",
            r"\bx",
            r"(?i)x",
            "(?s:.)",
            "(?=a)",
            "(?<=a)",
            r"(a)\1",
            "a{256}",
            "^*",
            "[a&&b]",
            "[[a]b]",
            r"[\D]",
            "a{2,1}",
            "\0",
            "[[:^alpha:]]",
            "*",
            "a{1000000}",
            "((((a{200}){200}){200}){200}){200}",
        ] {
            let error = Pattern::new(pattern).unwrap_err().to_string();
            assert!(error.starts_with("the pattern"), "{pattern}: {error}");
        }
    }
}
