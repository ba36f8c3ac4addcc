//! Parts of an expression that say more than there is room for in a token: SQL that a person wrote, and full-text searches. They are
//! interned as small numbers, so that a token names them.

use std::borrow::Cow;
use std::sync::{LazyLock, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use crate::value::FieldType;

/// What it is, and what its value is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SqlFragment {
    /// What it says.
    pub says: FragmentText,
    /// The type of its value; `None` where no single column stores such a value.
    pub ty: Option<FieldType>,
    /// The values of the native enum that its value is of, in order.
    pub choices: Option<&'static [&'static str]>,
    /// Whether its value may be NULL.
    pub null: bool,
}

/// What a fragment says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FragmentText {
    /// SQL that a person wrote.
    ByHand {
        /// The text as it was written, with `{}` or `{name}` for its parts.
        text: Cow<'static, str>,
        /// The names of the parts that have one, in the order of the parts.
        names: Vec<&'static str>,
    },
    /// What a full-text search makes of a row. Its parts are any column of the row, which says which row it is, and what each kind
    /// says.
    Search {
        /// Which of the searches of the row's model.
        nth: u16,
        /// What is asked.
        ask: SearchAsk,
    },
}

/// What a full-text search is asked about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SearchAsk {
    /// Whether it is found by words, the second part.
    Finds,
    /// Whether it is not.
    Misses,
    /// How well it is found by words, the second part.
    Rank,
    /// A field of it, the third part, with marks around the words, the second: the fourth before each and the fifth behind it. The
    /// sixth is both as options of Postgres.
    Highlight,
    /// The same of the piece of so many words that has most of them.
    Snippet(u8),
}

/// The number of none: there are more fragments than there are numbers.
const TOO_MANY: u16 = u16::MAX;

#[derive(Default)]
struct Interner {
    fragments: Vec<&'static SqlFragment>,
    index: FxHashMap<&'static SqlFragment, u16>,
}

static INTERNER: LazyLock<RwLock<Interner>> = LazyLock::new(RwLock::default);

impl SqlFragment {
    /// Its number. What has one is kept for as long as the program runs: a program has about as many fragments as places that
    /// write one.
    pub(crate) fn intern(self) -> u16 {
        let read = INTERNER.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(&known) = read.index.get(&self) {
            return known;
        }
        drop(read);
        self.intern_new()
    }

    #[cold]
    fn intern_new(self) -> u16 {
        let mut write = INTERNER.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have come first.
        if let Some(&known) = write.index.get(&self) {
            return known;
        }
        match u16::try_from(write.fragments.len()) {
            Ok(number) if number < TOO_MANY => {
                let kept: &'static SqlFragment = Box::leak(Box::new(self));
                write.fragments.push(kept);
                write.index.insert(kept, number);
                number
            }
            _ => TOO_MANY,
        }
    }

    /// The fragment of a number; `None` if there were too many to give it one.
    pub(crate) fn of_number(number: u16) -> Option<&'static SqlFragment> {
        let read = INTERNER.read().unwrap_or_else(PoisonError::into_inner);
        read.fragments.get(usize::from(number)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragment(text: &'static str, ty: FieldType) -> SqlFragment {
        SqlFragment {
            says: FragmentText::ByHand {
                text: Cow::Borrowed(text),
                names: Vec::new(),
            },
            ty: Some(ty),
            choices: None,
            null: false,
        }
    }

    #[test]
    fn equal_fragments_have_one_number() {
        let number = fragment("{} % 2", FieldType::Int).intern();
        assert_eq!(fragment("{} % 2", FieldType::Int).intern(), number);
        assert_ne!(fragment("{} % 2", FieldType::BigInt).intern(), number);
        assert_ne!(fragment("{} % 3", FieldType::Int).intern(), number);
        assert_eq!(
            *SqlFragment::of_number(number).unwrap(),
            fragment("{} % 2", FieldType::Int)
        );
        assert_eq!(SqlFragment::of_number(TOO_MANY), None);
    }
}
