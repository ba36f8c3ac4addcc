//! Regular expressions that mean the same on every database.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    AssertionKind, Ast, ClassAsciiKind, ClassBracketed, ClassPerlKind, ClassSet, ClassSetItem, GroupKind,
    Literal, Repetition, RepetitionKind, RepetitionRange,
};

use crate::error::{Error, Result};

/// What databases bear: <https://www.postgresql.org/docs/current/functions-matching.html#POSIX-SYNTAX-DETAILS> (2026-11).
const MOST_REPETITIONS: u32 = 255;

/// How heavy a pattern may be. Postgres takes less than a second for one so heavy, minutes for one that is ten times as heavy.
const MOST_WEIGHT: u64 = 80_000;

/// What a pattern costs a database that reads it.
#[derive(Clone, Copy, Default)]
struct Weight {
    /// Without the copies in `empty`.
    fixed: u64,
    /// How many copies that match nothing, too, stand one behind the other; 0 for what does not match nothing. What they cost is the
    /// square of it.
    empty: u64,
}

impl Weight {
    const LETTER: Weight = Weight { fixed: 2, empty: 0 };
    /// One of many characters.
    const CLASS: Weight = Weight { fixed: 8, empty: 0 };
    const NOTHING: Weight = Weight { fixed: 0, empty: 1 };
    /// What each copy costs that may be left out.
    const OPTIONAL: u64 = 4;

    fn total(self) -> u64 {
        (self.fixed).saturating_add(self.empty.saturating_mul(self.empty))
    }

    /// One behind the other.
    fn concat(parts: impl Iterator<Item = Result<Weight>>) -> Result<Weight> {
        let (mut fixed, mut empty, mut matches_nothing) = (0_u64, 0_u64, true);
        for part in parts {
            let part = part?;
            fixed = fixed.saturating_add(part.fixed);
            if part.empty == 0 {
                fixed = Weight { fixed, empty }.total();
                (empty, matches_nothing) = (0, false);
            } else {
                empty = empty.saturating_add(part.empty);
            }
        }
        Ok(match matches_nothing {
            true => Weight { fixed, empty },
            false => Weight {
                fixed: Weight { fixed, empty }.total(),
                empty: 0,
            },
        })
    }

    /// One of both.
    fn or(self, other: Weight) -> Weight {
        Weight {
            fixed: self.fixed.saturating_add(other.fixed),
            empty: self.empty.saturating_add(other.empty),
        }
    }

    /// So many times one behind the other.
    fn times(self, least: u32, most: Option<u32>) -> Weight {
        let copies = u64::from(most.unwrap_or(least).max(1));
        let optional = u64::from(most.map_or(1, |most| most.saturating_sub(least)));
        Weight {
            fixed: (self.fixed.saturating_mul(copies)).saturating_add(Weight::OPTIONAL * optional),
            empty: match self.empty {
                // Of many characters, it costs more.
                0 if least == 0 => (self.fixed / Weight::LETTER.fixed).clamp(1, 3),
                0 => 0,
                empty => empty.saturating_mul(copies),
            },
        }
    }
}

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
    /// behind, references to groups, classes of Unicode, the start or end of a word or a line, flags. If it repeats so much within what
    /// is repeated that a database would take seconds to read it, above all what may be left out: `(?:(?:a?){25}){35}`.
    pub fn new(pattern: &str) -> Result<Self> {
        let parsed = Parser::new().parse(pattern).map_err(|error| {
            Error::config(format!(
                "the pattern is not a regular expression: {}, at character {}",
                error.kind(),
                error.span().start.column
            ))
        })?;
        let mut text = String::with_capacity(pattern.len() + 8);
        if write(&parsed, &mut text)?.total() > MOST_WEIGHT {
            return Err(too_large());
        }
        // It may be too large still, the more so if it ignores case.
        for ignores_case in [false, true] {
            compiled(&text, ignores_case).map_err(|error| too_large().with_source(error))?;
        }
        Ok(Pattern { text })
    }

    /// Refuses a pattern of which databases may match different parts.
    pub(crate) fn ensure_one_part(&self) -> std::result::Result<(), &'static str> {
        match super::pattern_lengths::matches_one_part(&self.text) {
            true => Ok(()),
            false => Err(
                "databases do not agree how much of a string the pattern of replace_regex() or find_regex() matches, or it may match nothing: \
                 alternatives of one length, `cat|dog`, and parts that vary before what they do not match themselves, `[0-9]+-[0-9]+`, are the same",
            ),
        }
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
fn too_large() -> Error {
    Error::config("the pattern is too large, or repeats too much within what is repeated").with_hint(
        "repeat less often, and nothing that may be left out: `(a?){50}` matches what `a{0,50}` does",
    )
}

#[cold]
fn refused(what: &str) -> Error {
    Error::unsupported(format!("the pattern has {what}, which databases do not agree about"))
        .with_hint("what a pattern can have is listed with `orm::Pattern`; what one database has besides, `orm::raw` says")
}

/// Writes the pattern, and tells what it costs.
fn write(ast: &Ast, out: &mut String) -> Result<Weight> {
    Ok(match ast {
        Ast::Empty(_) => Weight::NOTHING,
        Ast::Flags(_) => return Err(refused("flags").with_hint("`iregex` ignores case")),
        Ast::Literal(literal) => {
            character(literal, out)?;
            Weight::LETTER
        }
        Ast::Dot(_) => {
            out.push('.');
            Weight::CLASS
        }
        Ast::Assertion(assertion) => {
            out.push(match assertion.kind {
                AssertionKind::StartLine | AssertionKind::StartText => '^',
                AssertionKind::EndLine | AssertionKind::EndText => '$',
                _ => return Err(refused("the start or end of a word")),
            });
            Weight::NOTHING
        }
        Ast::ClassUnicode(_) => return Err(refused("a class of Unicode")),
        Ast::ClassPerl(class) => {
            out.push_str(if class.negated { "[^" } else { "[" });
            out.push_str(of_perl(&class.kind));
            out.push(']');
            Weight::CLASS
        }
        Ast::ClassBracketed(class) => {
            bracketed(class, out)?;
            Weight::CLASS
        }
        Ast::Repetition(repetition) => repeated(repetition, out)?,
        Ast::Group(group) => {
            if let GroupKind::NonCapturing(flags) = &group.kind
                && !flags.items.is_empty()
            {
                return Err(refused("flags").with_hint("`iregex` ignores case"));
            }
            grouped(&group.ast, out)?
        }
        Ast::Alternation(alternation) => {
            let mut weight = Weight::default();
            for (at, one) in alternation.asts.iter().enumerate() {
                if at > 0 {
                    out.push('|');
                }
                weight = weight.or(write(one, out)?);
            }
            weight
        }
        Ast::Concat(concat) => Weight::concat(concat.asts.iter().map(|one| write(one, out)))?,
    })
}

fn grouped(ast: &Ast, out: &mut String) -> Result<Weight> {
    out.push_str("(?:");
    let weight = write(ast, out)?;
    out.push(')');
    Ok(weight)
}

fn repeated(repetition: &Repetition, out: &mut String) -> Result<Weight> {
    let once = match &*repetition.ast {
        Ast::Assertion(_) | Ast::Empty(_) => return Err(refused("a repetition of nothing")),
        again @ Ast::Repetition(_) => grouped(again, out)?,
        once => write(once, out)?,
    };
    let (least, most) = times(&repetition.op.kind);
    if least.max(most.unwrap_or(0)) > MOST_REPETITIONS {
        return Err(refused("more than 255 repetitions"));
    }
    out.push_str(&match (least, most) {
        (0, Some(1)) => "?".to_owned(),
        (0, None) => "*".to_owned(),
        (1, None) => "+".to_owned(),
        (least, Some(most)) if most == least => format!("{{{least}}}"),
        (least, Some(most)) => format!("{{{least},{most}}}"),
        (least, None) => format!("{{{least},}}"),
    });
    Ok(once.times(least, most))
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

/// How often at least, and at most.
fn times(kind: &RepetitionKind) -> (u32, Option<u32>) {
    match kind {
        RepetitionKind::ZeroOrOne => (0, Some(1)),
        RepetitionKind::ZeroOrMore => (0, None),
        RepetitionKind::OneOrMore => (1, None),
        RepetitionKind::Range(RepetitionRange::Exactly(times)) => (*times, Some(*times)),
        RepetitionKind::Range(RepetitionRange::AtLeast(least)) => (*least, None),
        RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => (*least, Some(*most)),
    }
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

/// The expression as the crate `regex` reads it.
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
            (r"a{3}{2}", r"(?:a{3}){2}"),
            ("größe|日本", "größe|日本"),
            (r"\x41\u{e9}", "Aé"),
            ("a<b>'\"-/ _", "a<b>'\"-/ _"),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap().as_str(), text, "{pattern}");
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
            r"\A[^&&x]\z",
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

    #[test]
    fn what_a_database_would_read_for_long_is_refused() {
        for pattern in [
            "(?:(?:a?){25}){35}",
            "(?:a{255}){255}",
            "(?:(?:a?){200}b){50}",
            "(?:a|b?|){255}(?:a*){255}",
            "(?:a{0,255}){100}",
            "(?:(?:(?:a*)*)*){255}(?:b*){255}",
            "(?:[a-z0-9]{200}){100}",
            "(?:[a-z0-9]?){100}",
            "a{255}{255}{255}{255}{255}{255}{255}{255}{255}{255}",
        ] {
            let error = Pattern::new(pattern).unwrap_err().to_string();
            assert!(
                error.starts_with("the pattern is too large"),
                "{pattern}: {error}"
            );
        }
        let words: Vec<String> = (0..2000).map(|number| format!("word{number}s?")).collect();
        for pattern in [
            "(?:a{50}){50}",
            "(?:a{150}){200}",
            ".{0,255}x.{0,255}",
            "(?:a?){255}",
            r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,63}$",
            &words.join("|"),
        ] {
            let read = Pattern::new(pattern);
            assert!(read.is_ok(), "{pattern:.60}: {read:.60?}");
        }
    }
}
