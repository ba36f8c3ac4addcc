//! Whether databases agree about how much of a string a pattern matches, not only whether it does.
//!
//! Postgres takes the longest match, the crate `regex` the one that comes first of what the pattern prefers: of `(a|ab)(c|bcd)?` one
//! takes all of `abcd`, the other `ab`. They are the same where only one length is possible from where a match starts, or where one part alone
//! has many and takes the most.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind};

/// How many characters a part matches.
#[derive(Clone, Copy)]
struct Length {
    least: usize,
    /// It may be more.
    varies: bool,
}

/// Whether a pattern matches the same part of every string on every database, and never nothing.
pub(super) fn matches_one_part(text: &str) -> bool {
    let parsed = ParserBuilder::new()
        .dot_matches_new_line(true)
        .build()
        .parse(text);
    parsed.is_ok_and(|hir| length(&hir).is_some_and(|length| length.least > 0))
}

/// `None` where databases may take different ones.
fn length(hir: &Hir) -> Option<Length> {
    let fixed = |least| Some(Length { least, varies: false });
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => fixed(0),
        HirKind::Literal(literal) => fixed(std::str::from_utf8(&literal.0).ok()?.chars().count()),
        HirKind::Class(_) => fixed(1),
        HirKind::Capture(capture) => length(&capture.sub),
        HirKind::Repetition(repetition) => {
            let one = length(&repetition.sub).filter(|one| !one.varies)?;
            Some(Length {
                least: one.least.checked_mul(usize::try_from(repetition.min).ok()?)?,
                varies: repetition.max != Some(repetition.min),
            })
        }
        HirKind::Alternation(parts) => {
            let lengths: Vec<Length> = parts.iter().map(length).collect::<Option<_>>()?;
            let first = *lengths.first()?;
            let same = |other: &Length| !other.varies && other.least == first.least;
            lengths.iter().all(same).then_some(first)
        }
        HirKind::Concat(parts) => one_behind_the_other(parts),
    }
}

fn one_behind_the_other(parts: &[Hir]) -> Option<Length> {
    let lengths: Vec<Length> = parts.iter().map(length).collect::<Option<_>>()?;
    for (at, part) in parts.iter().enumerate().filter(|(at, _)| lengths[*at].varies) {
        if !lengths[at + 1..].iter().any(|length| length.varies) {
            break;
        }
        // One that others follow stops where it has to: none of its characters begins what stands behind.
        let mut behind =
            (at + 1..parts.len()).filter(|next| !matches!(parts[*next].kind(), HirKind::Look(_)));
        let next = behind.next().filter(|next| lengths[*next].least > 0)?;
        let HirKind::Repetition(repetition) = part.kind() else {
            return None;
        };
        let mut both = one_character(&repetition.sub)?;
        both.intersect(&first(&parts[next])?);
        if !both.ranges().is_empty() {
            return None;
        }
    }
    Some(Length {
        least: lengths.iter().map(|length| length.least).sum(),
        varies: lengths.iter().any(|length| length.varies),
    })
}

/// The characters of a part that matches one.
fn one_character(hir: &Hir) -> Option<ClassUnicode> {
    length(hir).filter(|length| length.least == 1 && !length.varies)?;
    first(hir)
}

/// The characters that a part begins with, which matches at least one.
fn first(hir: &Hir) -> Option<ClassUnicode> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let letter = std::str::from_utf8(&literal.0).ok()?.chars().next()?;
            Some(ClassUnicode::new([ClassUnicodeRange::new(letter, letter)]))
        }
        HirKind::Class(Class::Unicode(class)) => Some(class.clone()),
        HirKind::Capture(capture) => first(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => first(&repetition.sub),
        HirKind::Concat(parts) => {
            let mut parts = parts
                .iter()
                .filter(|part| !matches!(part.kind(), HirKind::Look(_)));
            let begins = parts.next()?;
            length(begins).filter(|length| length.least > 0)?;
            first(begins)
        }
        HirKind::Alternation(parts) => {
            let mut all = ClassUnicode::empty();
            for part in parts {
                all.union(&first(part)?);
            }
            Some(all)
        }
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) | HirKind::Repetition(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::matches_one_part;

    #[test]
    fn one_length_or_one_part_that_takes_the_most() {
        for pattern in [
            "a",
            "[0-9]+",
            "^[a-z]{2,5}$",
            "(?:ab)+c",
            "[0-9]+-[0-9]+",
            "#[a-z]+(?:ab|cd)",
            "(?:cat|dog)s",
            "é.",
            " +$",
            "a+b+",
            "[0-9]{4}-[0-9]{2}",
            "[a-z]*[0-9]+",
        ] {
            assert!(matches_one_part(pattern), "{pattern}");
        }
        for pattern in [
            "",
            "a*",
            "^",
            "a|ab",
            "(?:a|ab)(?:c|bcd)",
            "a?(?:ab)?",
            "[ab]+b+",
            ".*x+",
            "(?:a+b)+",
            "x?y*",
            "(?:ab)*[a-z]+",
            "a*(?:b|)c?",
        ] {
            assert!(!matches_one_part(pattern), "{pattern}");
        }
    }
}
