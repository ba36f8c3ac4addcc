//! Full-text search: what a row is asked, `p.search().matches(search::words("rust orm"))`.

use std::marker::PhantomData;

use crate::expr::{ExprTokens, FragmentText, RowSource, SearchAsk, SqlFragment, Token};
use crate::model::{Inner, Join, SearchWeight};
use crate::value::{ColumnType, FieldType, Value};

use super::search_words::{IntoSearchWords, SearchWords};
use super::{Expr, Expression, Field, StringValue};

/// A full-text search of a model, asked about a row: `p.search()` of a model with `#[orm(search("title", "body", language = "english"))]`,
/// and `p.found_by()` of one with `name = "found_by"`.
///
/// What is searched for is a [`SearchWords`](crate::search::SearchWords). Postgres keeps the words of a row in a generated column of type `tsvector` with an index by
/// gin, SQLite in an FTS5 table which triggers keep in step; NULL is no words. Both find the same rows where they make the same words of
/// the same strings, and that they do not always:
///
/// * `language = "simple"` takes words as they stand, whatever their case. Postgres also takes an address, a number with a sign and a
///   name of a host for one word; SQLite splits all of them at what is neither a letter nor a digit.
/// * `language = "english"` takes them by their stems, on SQLite by those of the Porter stemmer, on Postgres by those of its
///   successor, which differ for some words. Postgres leaves out words such as "the", in rows and in what is searched for.
/// * Other languages are Postgres' alone, unless `tokenizer = ".."` says how SQLite splits strings.
///
/// # Example: articles about two words, the best first
///
/// ```
/// # mod standalone_crate {
/// use orm::prelude::*;
/// use orm::search;
///
/// #[derive(Model, Debug)]
/// #[orm(search(("title", "A"), "body", language = "english"))]
/// pub struct Article {
///     pub id: i64,
///     pub title: String,
///     pub body: Option<String>,
/// }
///
/// pub fn about(text: &str) -> QuerySet<Article> {
///     let words = search::words(text);
///     Article::objects()
///         .filter(|a| a.search().matches(&words))
///         .order_by(|a| a.search().rank(&words).desc())
/// }
/// # }
/// # Ok::<(), orm::Error>(())
/// ```
pub struct Search<J = Inner> {
    at: RowSource,
    nth: u16,
    joined: PhantomData<fn() -> J>,
}

impl<J> Clone for Search<J> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<J> Copy for Search<J> {}

impl<J> std::fmt::Debug for Search<J> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Search({})", self.nth)
    }
}

impl<J: Join> Search<J> {
    #[doc(hidden)]
    pub fn new(at: RowSource, nth: u16) -> Self {
        Search {
            at,
            nth,
            joined: PhantomData,
        }
    }

    /// Whether the words of the row are those that are searched for; no row where these are none.
    ///
    /// On Postgres `"search" @@ to_tsquery('english', $1)`; on SQLite `"id" IN (SELECT rowid FROM "blog_post_title_search" WHERE
    /// "blog_post_title_search" MATCH ?)`.
    ///
    /// # Example: those about a word
    ///
    /// ```standalone_crate
    /// # use orm::prelude::*;
    /// # use orm::search;
    /// # #[derive(Model, Debug)]
    /// # #[orm(table = "guide_article", search("title", language = "simple"))]
    /// # struct Article {
    /// #     id: i64,
    /// #     title: String,
    /// # }
    /// # let db = Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, title TEXT NOT NULL)")?;
    /// # db.session()?.batch("CREATE VIRTUAL TABLE guide_article_title_search USING fts5 (title)")?;
    /// # db.session()?.batch("INSERT INTO guide_article VALUES (1, 'Ownership in Rust')")?;
    /// # db.session()?.batch("INSERT INTO guide_article_title_search (rowid, title) VALUES (1, 'Ownership in Rust')")?;
    /// let found = Article::objects().filter(|a| a.search().matches(search::words("rust"))).all(&db)?;
    /// assert_eq!(found[0].title, "Ownership in Rust");
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn matches(self, words: impl IntoSearchWords) -> Expr<bool> {
        let (text, negated) = words.into_words().into_text();
        let ask = match negated {
            true => SearchAsk::Misses,
            false => SearchAsk::Finds,
        };
        let null = <J::Of<bool> as ColumnType>::NULLABLE;
        self.ask(ask, FieldType::Bool, null, |to| to.param(text.into()), 2)
    }

    /// How well the row is found: more is better, and 0 is not at all, as for words that are only said not to be there. It is the rank by
    /// the words that are to be there: what is not, [`matches`](Self::matches) sees to.
    ///
    /// On Postgres `ts_rank("search", ..)`, on SQLite `-bm25(..)`: numbers to order by, of one database and one search, and never to
    /// compare with others.
    ///
    /// # Example: the best first
    ///
    /// ```standalone_crate
    /// # use orm::prelude::*;
    /// # use orm::search;
    /// # #[derive(Model, Debug)]
    /// # #[orm(table = "guide_article", search("title", language = "simple"))]
    /// # struct Article {
    /// #     id: i64,
    /// #     title: String,
    /// # }
    /// # let db = Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, title TEXT NOT NULL)")?;
    /// # db.session()?.batch("CREATE VIRTUAL TABLE guide_article_title_search USING fts5 (title)")?;
    /// # db.session()?.batch("INSERT INTO guide_article VALUES (1, 'Ownership in Rust')")?;
    /// # db.session()?.batch("INSERT INTO guide_article_title_search (rowid, title) VALUES (1, 'Ownership in Rust')")?;
    /// let words = search::words("ownership");
    /// let best = Article::objects().order_by(|a| a.search().rank(&words).desc()).first(&db)?;
    /// assert_eq!(best.map(|article| article.id), Some(1));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn rank(self, words: impl IntoSearchWords) -> Expr<f64> {
        let text = words.into_words().positive();
        self.ask(
            SearchAsk::Rank,
            FieldType::Double,
            false,
            |to| to.param(text.into()),
            2,
        )
    }

    /// A field of the row with marks around the words that are to be there; NULL where the row is not found by these, or the field is. The field
    /// is one that is searched. What else it holds comes as it stands, so a page escapes it, and takes marks that it can tell from
    /// the rest.
    ///
    /// On Postgres `ts_headline(.., 'HighlightAll=true')`, on SQLite `highlight(..)`.
    ///
    /// # Errors
    /// When the query is run: if the field is not searched.
    ///
    /// # Example: marks of HTML
    ///
    /// ```standalone_crate
    /// # use orm::prelude::*;
    /// # use orm::search;
    /// # #[derive(Model, Debug)]
    /// # #[orm(table = "guide_article", search("title", language = "simple"))]
    /// # struct Article {
    /// #     id: i64,
    /// #     title: String,
    /// # }
    /// # let db = Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, title TEXT NOT NULL)")?;
    /// # db.session()?.batch("CREATE VIRTUAL TABLE guide_article_title_search USING fts5 (title)")?;
    /// # db.session()?.batch("INSERT INTO guide_article VALUES (1, 'Ownership in Rust')")?;
    /// # db.session()?.batch("INSERT INTO guide_article_title_search (rowid, title) VALUES (1, 'Ownership in Rust')")?;
    /// let words = search::words("rust");
    /// let title = Article::objects().values(|a| a.search().highlight(a.title, &words, ("<b>", "</b>"))).get(&db)?;
    /// assert_eq!(title.as_deref(), Some("Ownership in <b>Rust</b>"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn highlight<T>(
        self,
        field: Field<T, J>,
        words: impl IntoSearchWords,
        marks: (&str, &str),
    ) -> Expr<Option<String>>
    where
        T: ColumnType,
        T::Base: StringValue,
    {
        let options = format!("{}, HighlightAll=true", options(marks));
        self.marked(SearchAsk::Highlight, field, words.into_words(), marks, options)
    }

    /// The same of the piece of the field that has most of the words: of at most so many words, 2 to 64. Which one that is each
    /// database decides by its own rules.
    ///
    /// On Postgres `ts_headline(.., 'MaxWords=..')`, on SQLite `snippet(..)`.
    ///
    /// # Errors
    /// When the query is run: if the field is not searched, or the number of words is another.
    ///
    /// # Example: a piece of ten words
    ///
    /// ```standalone_crate
    /// # use orm::prelude::*;
    /// # use orm::search;
    /// # #[derive(Model, Debug)]
    /// # #[orm(table = "guide_article", search("title", language = "simple"))]
    /// # struct Article {
    /// #     id: i64,
    /// #     title: String,
    /// # }
    /// # let db = Db::connect("sqlite::memory:")?;
    /// # db.session()?.batch("CREATE TABLE guide_article (id INTEGER PRIMARY KEY, title TEXT NOT NULL)")?;
    /// # db.session()?.batch("CREATE VIRTUAL TABLE guide_article_title_search USING fts5 (title)")?;
    /// # db.session()?.batch("INSERT INTO guide_article VALUES (1, 'Ownership in Rust')")?;
    /// # db.session()?.batch("INSERT INTO guide_article_title_search (rowid, title) VALUES (1, 'Ownership in Rust')")?;
    /// let words = search::words("rust");
    /// let piece = Article::objects().values(|a| a.search().snippet(a.title, &words, ("[", "]"), 10)).get(&db)?;
    /// assert_eq!(piece.as_deref(), Some("Ownership in [Rust]"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn snippet<T>(
        self,
        field: Field<T, J>,
        words: impl IntoSearchWords,
        marks: (&str, &str),
        length: u8,
    ) -> Expr<Option<String>>
    where
        T: ColumnType,
        T::Base: StringValue,
    {
        let least = (length / 2).max(1);
        let options = format!(
            "{}, MaxWords={length}, MinWords={least}, ShortWord=0",
            options(marks)
        );
        self.marked(
            SearchAsk::Snippet(length),
            field,
            words.into_words(),
            marks,
            options,
        )
    }

    fn marked<T: ColumnType>(
        self,
        ask: SearchAsk,
        field: Field<T, J>,
        words: SearchWords,
        (before, behind): (&str, &str),
        options: String,
    ) -> Expr<Option<String>> {
        let own = |text: &str| Value::from(text.to_owned());
        self.ask(
            ask,
            FieldType::Text,
            true,
            |to| {
                to.param(words.positive().into());
                Expression::append(field, to);
                to.param(own(before));
                to.param(own(behind));
                to.param(options.into());
            },
            6,
        )
    }

    fn ask<T>(
        self,
        ask: SearchAsk,
        ty: FieldType,
        null: bool,
        parts: impl FnOnce(&mut ExprTokens),
        count: u16,
    ) -> Expr<T> {
        let fragment = SqlFragment {
            says: FragmentText::Search { nth: self.nth, ask },
            ty: Some(ty),
            choices: None,
            null,
        };
        let mut tokens = ExprTokens::default();
        // Any column says which row it is.
        tokens.push(Token::Column(self.at, 0));
        parts(&mut tokens);
        tokens.push(Token::Raw(fragment.intern(), count));
        Expr::new(tokens)
    }
}

/// A field that is searched for words.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` do not hold strings",
    label = "only strings are searched for words",
    note = "a search is over fields of type `String` and `Option<String>`"
)]
pub trait SearchedField {}

#[diagnostic::do_not_recommend]
impl<T: ColumnType> SearchedField for T where T::Base: StringValue {}

/// A field that is searched, as static data.
#[doc(hidden)]
pub const fn searched<T: SearchedField>(
    field: &'static str,
    weight: SearchWeight,
) -> (&'static str, SearchWeight) {
    (field, weight)
}

/// Marks as `ts_headline` takes them: in double quotes, which are doubled within.
fn options((before, behind): (&str, &str)) -> String {
    let quoted = |mark: &str| mark.replace('"', "\"\"");
    format!("StartSel=\"{}\", StopSel=\"{}\"", quoted(before), quoted(behind))
}
