//! Full-text search of a model's strings: what is searched, in which language, and how much each field counts.

use serde::{Deserialize, Serialize};

use super::def::ModelDef;
use super::index::IndexDef;

/// How much a field counts in the rank of a row that was found: 1, 0.4, 0.2 and 0.1, as in Postgres.
///
/// # Example: titles count most
///
/// ```
/// use orm::models::SearchWeight;
///
/// assert!(SearchWeight::A.factor() > SearchWeight::B.factor());
/// assert_eq!(SearchWeight::default(), SearchWeight::D);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Serialize, Deserialize)]
pub enum SearchWeight {
    /// Most.
    A,
    /// Less.
    B,
    /// Still less.
    C,
    /// Least; what a field has that says none.
    #[default]
    D,
}

impl SearchWeight {
    /// The number that a rank is computed with.
    pub fn factor(self) -> f64 {
        match self {
            SearchWeight::A => 1.0,
            SearchWeight::B => 0.4,
            SearchWeight::C => 0.2,
            SearchWeight::D => 0.1,
        }
    }

    /// Its letter.
    pub fn letter(self) -> char {
        match self {
            SearchWeight::A => 'A',
            SearchWeight::B => 'B',
            SearchWeight::C => 'C',
            SearchWeight::D => 'D',
        }
    }
}

/// What makes an index one for full text: its parts are the fields that are searched.
///
/// # Example: what `search(("title", "A"), "body", language = "english")` says
///
/// ```
/// use orm::models::{SearchDef, SearchWeight};
///
/// let search = SearchDef {
///     weights: vec![SearchWeight::A, SearchWeight::D],
///     ..SearchDef::new("search", "english")
/// };
/// assert_eq!(serde_json::to_value(&search)?["weights"][0], "A");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchDef {
    /// What queries call it; on Postgres the name of the column that holds the words of a row.
    pub name: String,
    /// How words are made of strings: a text search configuration of Postgres, such as `english` or `simple`.
    pub language: String,
    /// How much each part of the index counts, in their order; least where the list ends before them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<SearchWeight>,
    /// How SQLite splits strings into words, where `language` does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokenizer: Option<String>,
}

impl SearchDef {
    /// Under a name, in a language, where all fields count the least.
    pub fn new(name: impl Into<String>, language: impl Into<String>) -> Self {
        SearchDef {
            name: name.into(),
            language: language.into(),
            weights: Vec::new(),
            tokenizer: None,
        }
    }

    /// How much the part at a place counts.
    pub fn weight(&self, at: usize) -> SearchWeight {
        self.weights.get(at).copied().unwrap_or_default()
    }

    /// Whether `language` can be the name of a text search configuration, in a schema or not.
    #[cfg(feature = "migrations")]
    pub(crate) fn names_a_language(&self) -> bool {
        let is_name = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        };
        self.language.split('.').count() <= 2 && self.language.split('.').all(is_name)
    }
}

impl ModelDef {
    /// The indexes for full text, with what they say of it.
    pub(crate) fn searches(&self) -> impl Iterator<Item = (&IndexDef, &SearchDef)> {
        let indexes = self.indexes.iter();
        indexes.filter_map(|index| Some((index, index.search.as_ref()?)))
    }
}
