//! What a full-text search looks for: words, phrases, and what joins them.

use std::ops::{BitAnd, BitOr, Not};

/// What a full-text search looks for, made by [`words`](crate::search::words()), [`any_word`](crate::search::any_word), [`phrase`](crate::search::phrase),
/// [`prefix`](crate::search::prefix) and [`typed_in`](crate::search::typed_in), and joined by `&`, `|` and `!`.
///
/// Every string is one that can be searched for: none is a mistake, and none has a sign that means something but to [`typed_in`](crate::search::typed_in). What has
/// neither a letter nor a digit is left out, and where nothing is left no row is found. Of each text the first 1,000 words are searched
/// for, and what stands behind them is not.
///
/// # Example: joined
///
/// ```
/// use orm::search::{SearchWords, phrase, words};
///
/// let sought: SearchWords = words("rust") & (phrase("object relational") | words("orm")) & !words("java");
/// assert!(!sought.is_empty());
/// assert!(words("--- !").is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "words do nothing until a search looks for them"]
pub struct SearchWords {
    /// What is there in a row; anything if nothing is said.
    found: Option<Terms>,
    /// What is not. On its own only as a whole, because full-text indexes find what is there: `!a | b` is `!(a & !b)`.
    except: Option<Terms>,
    /// The words that are to be there, without what is not: rows are ranked and marked by these alone.
    wanted: Option<Terms>,
    /// Those that would be, if all of it was negated.
    unwanted: Option<Terms>,
}

/// The most words of a text: a database takes each for a level of what it reads.
const MOST_WORDS: usize = 1_000;

/// The text up to the word that is one too many.
fn limited(text: &str) -> &str {
    let (mut words, mut within) = (0, false);
    for (at, letter) in text.char_indices() {
        let is_letter = letter.is_alphanumeric();
        words += usize::from(is_letter && !within);
        within = is_letter;
        if words > MOST_WORDS {
            return &text[..at];
        }
    }
    text
}

/// All of the words, anywhere: `'rust' & 'orm'`.
///
/// # Example: between words stands white space
///
/// ```
/// use orm::search::words;
///
/// assert_eq!(words(" rust\torm "), words("rust") & words("orm"));
/// ```
pub fn words(text: &str) -> SearchWords {
    limited(text)
        .split_whitespace()
        .map(word)
        .fold(SearchWords::none(), BitAnd::bitand)
}

/// One of the words, or several: `'rust' | 'orm'`.
///
/// # Example: one is enough
///
/// ```
/// use orm::search::{any_word, words};
///
/// assert_eq!(any_word("rust orm"), words("rust") | words("orm"));
/// ```
pub fn any_word(text: &str) -> SearchWords {
    limited(text)
        .split_whitespace()
        .map(word)
        .fold(SearchWords::none(), BitOr::bitor)
}

/// The words one behind the other: `'rust orm'`, which is `'rust' <-> 'orm'`.
///
/// # Example: a phrase of one word is that word
///
/// ```
/// use orm::search::{phrase, words};
///
/// assert_eq!(phrase("rust"), words("rust"));
/// assert_ne!(phrase("rust orm"), words("rust orm"));
/// ```
pub fn phrase(text: &str) -> SearchWords {
    let words: Vec<&str> = limited(text)
        .split_whitespace()
        .filter(|word| has_letters(word))
        .collect();
    word(&words.join(" "))
}

/// All of the words, of which the last is the beginning of one: `'rust' & 'or':*`, for what is searched while it is typed.
///
/// # Example: the beginning of a word
///
/// ```
/// use orm::search::{prefix, words};
///
/// assert_ne!(prefix("rust or"), words("rust or"));
/// ```
pub fn prefix(text: &str) -> SearchWords {
    let all: Vec<&str> = limited(text)
        .split_whitespace()
        .filter(|word| has_letters(word))
        .collect();
    match all.split_last() {
        Some((last, before)) => words(&before.join(" ")) & beginning(last),
        None => SearchWords::none(),
    }
}

/// What a person types into a search box: words that are all there, `"a phrase"`, `-word` for one that is not, `word*` for the beginning
/// of one, and `or` between what may stand for each other.
///
/// It reads like the `websearch_to_tsquery` of Postgres, on both databases: `and` binds more than `or`, a quote that is not closed ends with
/// the text, and an `or` without anything on one side is left out. No text is a mistake.
///
/// # Example: as it is typed
///
/// ```
/// use orm::search::{phrase, prefix, typed_in, words};
///
/// assert_eq!(typed_in("rust orm"), words("rust orm"));
/// assert_eq!(typed_in("\"object relational\" -java"), phrase("object relational") & !words("java"));
/// assert_eq!(typed_in("rust or go*"), words("rust") | prefix("go"));
/// assert!(typed_in("- or * !").is_empty());
/// ```
#[doc(alias("websearch_to_tsquery", "websearch"))]
pub fn typed_in(text: &str) -> SearchWords {
    let (mut any, mut all) = (SearchWords::none(), SearchWords::none());
    let mut rest = limited(text).trim_start();
    while !rest.is_empty() {
        let (negated, said) = match rest.strip_prefix('-') {
            Some(said) => (true, said),
            None => (false, rest),
        };
        let term;
        (term, rest) = match said.strip_prefix('"') {
            Some(quoted) => {
                let (quoted, behind) = quoted.split_once('"').unwrap_or((quoted, ""));
                (phrase(quoted), behind)
            }
            None => {
                // A quote within ends the word.
                let end = said
                    .find(|letter: char| letter.is_whitespace() || letter == '"')
                    .unwrap_or(said.len());
                let (plain, behind) = said.split_at(end);
                if !negated && plain.eq_ignore_ascii_case("or") {
                    any = any | std::mem::replace(&mut all, SearchWords::none());
                    rest = behind.trim_start();
                    continue;
                }
                match plain.strip_suffix('*') {
                    Some(begun) => (beginning(begun), behind),
                    None => (word(plain), behind),
                }
            }
        };
        all = all & if negated { !term } else { term };
        rest = rest.trim_start();
    }
    any | all
}

/// Whether a database finds anything to search for in it.
fn has_letters(word: &str) -> bool {
    word.contains(char::is_alphanumeric)
}

/// A word, or several one behind the other.
fn word(word: &str) -> SearchWords {
    let found = has_letters(word).then(|| Terms::word(word));
    SearchWords {
        wanted: found.clone(),
        found,
        ..SearchWords::none()
    }
}

/// What words begin with.
fn beginning(of: &str) -> SearchWords {
    let mut words = word(of);
    for found in [&mut words.found, &mut words.wanted].into_iter().flatten() {
        found.text.push_str(":*");
    }
    words
}

/// Words that are searched for, as `to_tsquery` of Postgres takes them: each in quotes, in which nothing is a sign.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Terms {
    text: String,
    /// What joins them, if they are several.
    joined_by: Option<&'static str>,
}

const AND: &str = " & ";
const OR: &str = " | ";

impl Terms {
    fn word(word: &str) -> Self {
        let mut text = String::with_capacity(word.len() + 2);
        text.push('\'');
        for letter in word.chars() {
            match letter {
                // No database has it in a string of words.
                '\0' => text.push(' '),
                '\'' | '\\' => text.extend([letter, letter]),
                letter => text.push(letter),
            }
        }
        text.push('\'');
        Terms {
            text,
            joined_by: None,
        }
    }

    /// Those of both. What is joined alike stays on one level, because full-text indexes have a limit of levels.
    fn join(self, sign: &'static str, other: &Terms) -> Self {
        let alike = |terms: &Terms| terms.joined_by.is_none_or(|joined_by| joined_by == sign);
        let mut text = match alike(&self) {
            true => self.text,
            false => format!("({})", self.text),
        };
        text.push_str(sign);
        match alike(other) {
            true => text.push_str(&other.text),
            false => text.extend(["(", &other.text, ")"]),
        }
        Terms {
            text,
            joined_by: Some(sign),
        }
    }

    fn but(self, except: &Terms) -> Self {
        let negated = Terms {
            text: match except.joined_by {
                None => format!("!{}", except.text),
                Some(_) => format!("!({})", except.text),
            },
            joined_by: None,
        };
        self.join(AND, &negated)
    }
}

fn joined(one: Option<Terms>, sign: &'static str, other: Option<Terms>) -> Option<Terms> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.join(sign, &other)),
        (one, other) => one.or(other),
    }
}

impl SearchWords {
    fn none() -> Self {
        SearchWords {
            found: None,
            except: None,
            wanted: None,
            unwanted: None,
        }
    }

    /// Whether nothing is searched for, so that no row is found.
    ///
    /// # Example: signs alone
    ///
    /// ```
    /// assert!(orm::search::typed_in("- \"").is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.found.is_none() && self.except.is_none()
    }

    /// The words as they are bound, and whether it is all but these.
    pub(super) fn into_text(self) -> (String, bool) {
        match (self.found, self.except) {
            (Some(found), Some(except)) => (found.but(&except).text, false),
            (Some(found), None) => (found.text, false),
            (None, Some(except)) => (except.text, true),
            (None, None) => (String::new(), false),
        }
    }

    /// The words that are to be there, as they are bound.
    pub(super) fn positive(self) -> String {
        self.wanted.map_or_else(String::new, |wanted| wanted.text)
    }
}

/// What a search is asked for: [`SearchWords`], given or lent. A string does not say how it is meant.
///
/// # Example: a string alone
///
/// ```compile_fail,E0277
/// # use orm::prelude::*;
/// # #[derive(Model)]
/// # #[orm(search("title", language = "english"))]
/// # struct Page { id: i64, title: String }
/// Page::objects().filter(|p| p.search().matches("rust")); // `search::words("rust")`
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how it is searched for",
    label = "expected words of `orm::search`",
    note = "all of the words: `search::words(text)`; one behind the other: `search::phrase(text)`; what a person typed: `search::typed_in(text)`"
)]
pub trait IntoSearchWords {
    #[doc(hidden)]
    fn into_words(self) -> SearchWords;
}

impl IntoSearchWords for SearchWords {
    fn into_words(self) -> SearchWords {
        self
    }
}

impl IntoSearchWords for &SearchWords {
    fn into_words(self) -> SearchWords {
        self.clone()
    }
}

/// Rows that both find; what is empty says nothing.
impl BitAnd for SearchWords {
    type Output = SearchWords;

    fn bitand(self, other: SearchWords) -> SearchWords {
        SearchWords {
            found: joined(self.found, AND, other.found),
            except: joined(self.except, OR, other.except),
            wanted: joined(self.wanted, AND, other.wanted),
            unwanted: joined(self.unwanted, OR, other.unwanted),
        }
    }
}

/// Rows that one of them finds; what is empty says nothing.
impl BitOr for SearchWords {
    type Output = SearchWords;

    fn bitor(self, other: SearchWords) -> SearchWords {
        match (self.is_empty(), other.is_empty()) {
            (true, _) => other,
            (_, true) => self,
            (false, false) => !(!self & !other),
        }
    }
}

/// Rows that it does not find; what is empty stays so.
impl Not for SearchWords {
    type Output = SearchWords;

    fn not(self) -> SearchWords {
        let (found, except) = match (self.found, self.except) {
            (Some(found), Some(except)) => (None, Some(found.but(&except))),
            (found, except) => (except, found),
        };
        SearchWords {
            found,
            except,
            wanted: self.unwanted,
            unwanted: self.wanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_words() {
        for (typed, text, negated) in [
            ("", "", false),
            ("  \u{a0} ", "", false),
            ("rust", "'rust'", false),
            ("O'Neil \\o", "'O''Neil' & '\\\\o'", false),
            ("-rust", "'rust'", true),
            ("-rust -go", "'rust' | 'go'", true),
            ("rust -go", "'rust' & !'go'", false),
            ("-go rust", "'rust' & !'go'", false),
            ("a b or c", "('a' & 'b') | 'c'", false),
            ("or a or or b or", "'a' | 'b'", false),
            ("a or -b", "'b' & !'a'", true),
            ("-\"a b\" c", "'c' & !'a b'", false),
            ("\"not closed -or", "'not closed -or'", false),
            ("-or", "'or'", true),
            ("Oracle OR go*", "'Oracle' | 'go':*", false),
            ("a:* & | ! ( ) <-> '", "'a:':*", false),
            ("x\"y z\"w", "'x' & 'y z' & 'w'", false),
            ("--a", "'-a'", true),
            ("nul\0nul", "'nul nul'", false),
            ("größe 日本", "'größe' & '日本'", false),
        ] {
            assert_eq!(typed_in(typed).into_text(), (text.to_owned(), negated), "{typed}");
        }
    }

    #[test]
    fn rows_are_ranked_by_what_is_to_be_there() {
        for (typed, wanted) in [
            ("", ""),
            ("-rust", ""),
            ("rust orm", "'rust' & 'orm'"),
            ("rust -java", "'rust'"),
            ("rust or -java", "'rust'"),
            ("rust -java or go* -c", "'rust' | 'go':*"),
        ] {
            assert_eq!(typed_in(typed).positive(), wanted, "{typed}");
        }
        let of = |text: &str| words(text);
        assert_eq!((!(of("a") & !of("b"))).positive(), "'b'");
        assert_eq!((!(!of("a") & !of("b")) & of("c")).positive(), "('a' | 'b') & 'c'");
    }

    #[test]
    fn words_behind_the_first_thousand_are_left_out() {
        let text = |count: usize| (0..count).map(|n| format!("w{n} ")).collect::<String>();
        for of in [words, any_word, phrase, prefix, typed_in] {
            assert_eq!(of(&text(20_000)), of(&text(1_000)));
            assert_ne!(of(&text(1_000)), of(&text(999)));
        }
        assert_eq!(
            words(&text(20_000).replace(' ', "-")),
            words(&text(1_000).replace(' ', "-"))
        );
    }

    #[test]
    fn what_is_empty_says_nothing() {
        assert_eq!(words("a") & words("!"), words("a"));
        assert_eq!(words("a") | words("!"), words("a"));
        assert!((!words("")).is_empty());
        let text = |words: SearchWords| words.into_text();
        assert_eq!(text(prefix("a b")), ("'a' & 'b':*".to_owned(), false));
        assert_eq!(text(phrase(" a  - b ")), ("'a b'".to_owned(), false));
        assert_eq!(text(any_word("a b")), ("'a' | 'b'".to_owned(), false));
    }

    #[test]
    fn what_is_not_there_goes_outwards() {
        let of = |text: &str| words(text);
        for (words, text, negated) in [
            (!of("a") & !of("b"), "'a' | 'b'", true),
            (!of("a") | !of("b"), "'a' & 'b'", true),
            (of("a") | !of("b"), "'b' & !'a'", true),
            (!!of("a"), "'a'", false),
            (of("a b") & !of("c d"), "'a' & 'b' & !('c' & 'd')", false),
            (of("a") & !of("b") & !of("c"), "'a' & !('b' | 'c')", false),
            (!(of("a") & !of("b")) & of("c"), "'c' & !('a' & !'b')", false),
            ((of("a") & !of("b")) | of("c"), "('a' & !'b') | 'c'", false),
        ] {
            assert_eq!(words.into_text(), (text.to_owned(), negated));
        }
    }
}
