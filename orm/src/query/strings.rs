//! Parts of strings, strings made longer, and one string in another.

use crate::expr::Function;
use crate::model::Join;
#[cfg(feature = "regex")]
use crate::value::Pattern;
use crate::value::{ColumnType, Value};

use super::functions::call;
use super::{Expr, Field, Operand, StringValue};

/// A pattern of which every database matches the same part.
#[cfg(feature = "regex")]
fn one_part(pattern: &Pattern) -> Value<'static> {
    match pattern.ensure_one_part() {
        Ok(()) => Value::from(pattern.as_str()).into_owned(),
        Err(why) => Value::Refused(why),
    }
}

macro_rules! strings {
    ([$($join:tt)*] $this:ty, $ty:ty) => {
        impl<T: ColumnType, $($join)*> $this
        where
            T::Base: StringValue,
        {
            /// The last characters, all if there are fewer: `right(title, 3)` on Postgres, a `substr` on SQLite. As for [`length`](Self::length), a
            /// string ends at a NUL there.
            ///
            /// # Example: the last two letters
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().values(|p| p.title.right(2)).all(&db)?, ["lo", "er"]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn right(self, length: u16) -> Expr<$ty> {
                call(self, Function::Right, 2, |to| to.param(Value::Int(length.into())))
            }

            /// The characters in the opposite order: `reverse(title)`; a function of the connection on SQLite.
            ///
            /// # Example: from the end
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().values(|p| p.title.reverse()).all(&db)?, ["olleH", "retaL"]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn reverse(self) -> Expr<$ty> {
                call(self, Function::Reverse, 1, |_| {})
            }

            /// The string so many times, one behind the other: `repeat(title, 2)`; a function of the connection on SQLite. More than
            /// a gigabyte is an error.
            ///
            /// # Example: twice
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Tag::objects().values(|t| t.label.repeat(2)).first(&db)?, Some("rustrust".to_owned()));
            /// # Ok::<(), orm::Error>(())
            /// ```
            pub fn repeat(self, times: u16) -> Expr<$ty> {
                call(self, Function::Repeat, 2, |to| to.param(Value::Int(times.into())))
            }

            /// With another string in front, again and again, until there are so many characters; the first of them if there are more
            /// already: `lpad(title, 8, '.')`; a function of the connection on SQLite. An empty string makes nothing longer.
            ///
            /// # Example: numbers of one width
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let views: Vec<String> =
            ///     Post::objects().values(|p| p.views.cast::<String>().pad_start(3, "0")).all(&db)?;
            /// assert_eq!(views, ["007", "000"]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("lpad"))]
            pub fn pad_start(self, length: u16, with: &str) -> Expr<$ty> {
                call(self, Function::PadStart, 3, |to| {
                    to.param(Value::from(with).into_owned());
                    to.param(Value::Int(length.into()));
                })
            }

            /// With another string behind, again and again, until there are so many characters; the first of them if there are more
            /// already: `rpad(title, 8, '.')`; a function of the connection on SQLite.
            ///
            /// # Example: dots to the right
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let titles: Vec<String> = Post::objects().values(|p| p.title.pad_end(8, ". ")).all(&db)?;
            /// assert_eq!(titles, ["Hello. .", "Later. ."]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("rpad"))]
            pub fn pad_end(self, length: u16, with: &str) -> Expr<$ty> {
                call(self, Function::PadEnd, 3, |to| {
                    to.param(Value::from(with).into_owned());
                    to.param(Value::Int(length.into()));
                })
            }

            /// Whether the string matches a regular expression, anywhere in it: `title ~ $1` on Postgres, a function of the connection on SQLite
            /// (feature `regex`). [`Pattern`](crate::Pattern) is of what both understand alike, and refuses the rest before anything is sent.
            /// A column of a type by its name is compared as Postgres compares that type: one of `citext` ignores case there, and not on SQLite.
            ///
            /// # Example: five letters, the first of them large
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let pattern = orm::Pattern::new("^[A-Z][a-z]{4}$")?;
            /// assert_eq!(Post::objects().filter(|p| p.title.regex(&pattern)).count(&db)?, 2);
            /// # Ok::<(), orm::Error>(())
            /// ```
            ///
            /// # Example: a string is not a pattern yet
            ///
            /// ```compile_fail,E0308
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// Post::objects().filter(|p| p.title.regex("^He")).all(&db)?; // `&Pattern::new("^He")?`
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[cfg(feature = "regex")]
            pub fn regex(self, pattern: &Pattern) -> Expr<bool> {
                call(self, Function::Regex, 2, |to| to.param(Value::from(pattern.as_str()).into_owned()))
            }

            /// The same, ignoring case: `title ~* $1` on Postgres. Which letters are one apart from their case, beyond A to Z, each database says.
            ///
            /// # Example: in large letters
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let pattern = orm::Pattern::new("^HEL+O$")?;
            /// assert_eq!(Post::objects().filter(|p| p.title.iregex(&pattern)).count(&db)?, 1);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[cfg(feature = "regex")]
            pub fn iregex(self, pattern: &Pattern) -> Expr<bool> {
                call(self, Function::RegexIgnoringCase, 2, |to| to.param(Value::from(pattern.as_str()).into_owned()))
            }

            /// The string with everything that a regular expression matches replaced by another string, as it is:
            /// `regexp_replace(title, $1, $2, 'g')` on Postgres, a function of the connection on SQLite (feature `regex`).
            ///
            /// Databases agree whether a pattern matches, and not always how much: of patterns that may match more than one part from one
            /// place on, or nothing, the query is refused. What a group has matched is not taken over.
            ///
            /// # Errors
            /// When the query runs, before anything is sent: for a pattern of which databases may match different parts, as `a|ab`.
            ///
            /// # Example: digits are hidden
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let emails = Author::objects().order_by(|a| a.id).values(|a| a.email.replace_regex(&orm::Pattern::new("@.+$").unwrap(), "@…"));
            /// assert_eq!(emails.first(&db)?.as_deref(), Some("ann@…"));
            /// # Ok::<(), orm::Error>(())
            /// ```
            ///
            /// # Example: a pattern that may match nothing
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let pattern = orm::Pattern::new("[0-9]*")?;
            /// let refused = Author::objects().values(|a| a.email.replace_regex(&pattern, "")).all(&db).unwrap_err();
            /// assert!(refused.to_string().contains("databases do not agree how much of a string"));
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[cfg(feature = "regex")]
            #[doc(alias("regexp_replace"))]
            pub fn replace_regex(self, pattern: &Pattern, with: &str) -> Expr<$ty> {
                // Postgres reads `\\1` as what the first group has matched.
                let with = with.replace('\\', "\\\\");
                call(self, Function::RegexReplace, 3, |to| {
                    to.param(one_part(pattern));
                    to.param(Value::from(with.as_str()).into_owned());
                })
            }

            /// The first part of the string that a regular expression matches, NULL where none does: `substring(title, $1)` on Postgres, a function of
            /// the connection on SQLite (feature `regex`).
            ///
            /// # Errors
            /// As `replace_regex`.
            ///
            /// # Example: what stands behind the sign
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let host = orm::Pattern::new("[a-z]+\\.[a-z]+$")?;
            /// let hosts = Author::objects().order_by(|a| a.id).values(|a| a.email.find_regex(&host));
            /// assert_eq!(hosts.first(&db)?, Some(Some("example.com".to_owned())));
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[cfg(feature = "regex")]
            #[doc(alias("regexp_substr", "substring", "regexp_match"))]
            pub fn find_regex(self, pattern: &Pattern) -> Expr<Option<String>> {
                call(self, Function::RegexFind, 2, |to| to.param(one_part(pattern)))
            }

            /// How similar it is to another string, from 0 to 1, by the trigrams that both have: `similarity(title, $1)` of Postgres' extension
            /// `pg_trgm`, which a migration creates: `kind = "CreateExtension"`, `name = "pg_trgm"`.
            ///
            /// # Errors
            /// When the query runs: [`is_unsupported`](crate::Error::is_unsupported) on SQLite, which has no trigrams.
            ///
            /// # Example: the most similar first
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// use orm::db::Dialect;
            ///
            /// let posts = Post::objects().order_by(|p| p.title.trigram_similarity("helo").desc());
            /// assert!(posts.clone().sql(Dialect::POSTGRES)?.contains("similarity("));
            /// let refused = posts.all(&db).unwrap_err();
            /// assert!(refused.to_string().contains("`trigram_similarity` is not there on sqlite"));
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("TrigramSimilarity", "pg_trgm"))]
            pub fn trigram_similarity(self, other: impl Operand<T::Base>) -> Expr<f64> {
                call(self, Function::TrigramSimilarity, 2, |to| other.append(to))
            }

            /// How similar another string is to the words in it that are most similar: `word_similarity($1, title)` of `pg_trgm`.
            ///
            /// # Errors
            /// As `trigram_similarity`.
            ///
            /// # Example: a word in a title
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let posts = Post::objects().filter(|p| p.title.trigram_word_similarity("helo").gt(0.4));
            /// assert!(posts.sql(orm::db::Dialect::POSTGRES)?.contains("word_similarity("));
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("TrigramWordSimilarity", "pg_trgm"))]
            pub fn trigram_word_similarity(self, other: impl Operand<T::Base>) -> Expr<f64> {
                call(self, Function::TrigramWordSimilarity, 2, |to| other.append(to))
            }

            /// Whether it is similar to another string, by default from a [similarity](Self::trigram_similarity) of 0.3 on: `title % $1` of `pg_trgm`, which an
            /// index by gin or gist over trigrams serves.
            ///
            /// # Errors
            /// As `trigram_similarity`.
            ///
            /// # Example: what is spelled nearly so
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// let posts = Post::objects().filter(|p| p.title.trigram_similar("helo"));
            /// assert!(posts.sql(orm::db::Dialect::POSTGRES)?.contains(" % "));
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("pg_trgm"))]
            pub fn trigram_similar(self, other: impl Operand<T::Base>) -> Expr<bool> {
                call(self, Function::TrigramSimilar, 2, |to| other.append(to))
            }

            /// How many characters stand in front of another string, NULL where it does not occur: `strpos(title, 'l') - 1` on Postgres,
            /// `instr` on SQLite. An empty string stands in front of all.
            ///
            /// # Example: the first l
            ///
            /// ```
            /// # use {blog::*, orm::prelude::*};
            /// # let db = blog::open()?;
            /// assert_eq!(Post::objects().values(|p| p.title.find("l")).all(&db)?, [Some(2), None]);
            /// # Ok::<(), orm::Error>(())
            /// ```
            #[doc(alias("StrIndex", "strpos", "instr", "position"))]
            pub fn find(self, other: impl Operand<T::Base>) -> Expr<Option<i64>> {
                call(self, Function::Find, 2, |to| other.append(to))
            }
        }
    };
}
strings!([J: Join] Field<T, J>, J::Of<T>);
strings!([] Expr<T>, T);
