//! The drivers used by hand, as fast as possible: statements prepared once, columns by index, no bound LIMIT.

pub mod postgres;
pub mod sqlite;
mod tree;

use std::collections::HashMap;

pub use tree::{Remarked, Tree};

#[allow(dead_code, reason = "decoded as the models are")]
pub struct RawAuthor {
    pub id: i64,
    pub name: String,
    pub email: String,
}

#[allow(dead_code, reason = "decoded as the models are")]
pub struct RawPost {
    pub id: i64,
    pub author: i64,
    pub title: String,
    pub body: String,
    pub views: i64,
    pub rating: f64,
    pub published: bool,
    pub subtitle: Option<String>,
}

#[allow(dead_code, reason = "decoded as the models are")]
pub struct RawComment {
    pub id: i64,
    pub post: i64,
    pub text: String,
}

/// A checksum over all columns, so that none can be left unread.
impl RawPost {
    pub fn sum(&self) -> u64 {
        let strings = self.title.len() + self.body.len() + self.subtitle.as_ref().map_or(0, String::len);
        let numbers = self.id + self.author + self.views + self.rating as i64 + i64::from(self.published);
        strings as u64 + numbers as u64
    }
}

impl RawAuthor {
    pub fn sum(&self) -> u64 {
        self.id as u64 + (self.name.len() + self.email.len()) as u64
    }
}

impl RawComment {
    pub fn sum(&self) -> u64 {
        (self.id + self.post) as u64 + self.text.len() as u64
    }
}

/// Assembles the rows of three queries.
pub fn assemble(authors: Vec<RawAuthor>, posts: Vec<RawPost>, comments: Vec<RawComment>) -> u64 {
    let mut of_post: HashMap<i64, Vec<RawComment>> = HashMap::new();
    for comment in comments {
        of_post.entry(comment.post).or_default().push(comment);
    }
    let mut of_author: HashMap<i64, Vec<(RawPost, Vec<RawComment>)>> = HashMap::new();
    for post in posts {
        let comments = of_post.remove(&post.id).unwrap_or_default();
        of_author.entry(post.author).or_default().push((post, comments));
    }
    let authors: Vec<_> = authors
        .into_iter()
        .map(|author| {
            let posts = of_author.remove(&author.id).unwrap_or_default();
            (author, posts)
        })
        .collect();
    let sum_post = |(post, comments): &(RawPost, Vec<RawComment>)| {
        post.sum() + comments.iter().map(RawComment::sum).sum::<u64>()
    };
    authors
        .iter()
        .map(|(author, posts)| author.sum() + posts.iter().map(sum_post).sum::<u64>())
        .sum()
}

/// SQL for both databases; for SQLite, `$1` is a named parameter, and the first one.
pub mod sql {
    use std::sync::LazyLock;

    macro_rules! post {
        () => {
            "p.id, p.author_id, p.title, p.body, p.views, p.rating, p.published, p.subtitle"
        };
    }

    pub const GET: &str = concat!("SELECT ", post!(), " FROM post p WHERE p.id = $1");
    pub const FIRST: &str = concat!(
        "SELECT ",
        post!(),
        " FROM post p WHERE p.author_id = $1 AND p.views >= $2 ORDER BY p.id LIMIT 1"
    );
    pub const LOAD: &str = concat!("SELECT ", post!(), " FROM post p WHERE p.id <= $1");
    pub const VALUES: &str = "SELECT p.id, p.title FROM post p WHERE p.id <= $1";
    pub const COUNT: &str = "SELECT count(*) FROM post p WHERE p.views > $1";
    pub const JOIN: &str = concat!(
        "SELECT ",
        post!(),
        ", a.id, a.name, a.email FROM post p JOIN author a ON a.id = p.author_id WHERE p.id <= $1"
    );
    pub const AUTHORS: &str = "SELECT id, name, email FROM author WHERE id <= $1";
    pub const POSTS: &str = concat!(
        "SELECT ",
        post!(),
        " FROM post p WHERE p.author_id <= $1 ORDER BY p.id"
    );
    pub const COMMENTS: &str = "SELECT c.id, c.post_id, c.text FROM comment c JOIN post p ON p.id = c.post_id \
         WHERE p.author_id <= $1";
    // Queries by a list of keys, which each database writes differently.
    pub const POSTS_OF: &str = concat!("SELECT ", post!(), " FROM post p WHERE p.author_id ");
    pub const COMMENTS_OF: &str = "SELECT c.id, c.post_id, c.text FROM comment c WHERE c.post_id ";
    pub const REMARKED_IN: &str = concat!(
        "SELECT ",
        post!(),
        ", n.id, n.post_id, n.text FROM post p LEFT JOIN remark n ON n.post_id = p.id WHERE p.id "
    );
    pub const REMARKED_BY_POST: &str = " ORDER BY p.id";
    pub const REMARKED: &str = concat!(
        "SELECT ",
        post!(),
        ", n.id, n.post_id, n.text FROM post p LEFT JOIN remark n ON n.post_id = p.id WHERE p.id = $1"
    );
    pub const FIRST_REMARKED: &str = concat!(
        "SELECT ",
        post!(),
        ", n.id, n.post_id, n.text FROM (SELECT * FROM post WHERE author_id = $1 AND views >= $2 ORDER BY id LIMIT 1) p \
         LEFT JOIN remark n ON n.post_id = p.id"
    );
    pub const UPDATE: &str = "UPDATE post SET views = views + $1 WHERE id = $2";
    pub const SAVE: &str = "INSERT INTO comment (post_id, text) VALUES ($1, $2) RETURNING id, post_id, text";
    pub const CLEAN: &str = "DELETE FROM comment WHERE id > $1";

    /// One statement for that many rows.
    pub static INSERTS: LazyLock<Vec<(i64, String)>> = LazyLock::new(|| {
        let text = |rows| {
            let values: Vec<String> = (0..rows)
                .map(|row| format!("(${}, ${})", 2 * row + 1, 2 * row + 2))
                .collect();
            format!("INSERT INTO comment (post_id, text) VALUES {}", values.join(", "))
        };
        [1, 10, 100, 1_000].map(|rows| (rows, text(rows))).into()
    });

    pub const ANNOTATE: &str = "SELECT a.id, a.name, a.email, (SELECT count(*) FROM post p WHERE p.author_id = a.id), \
         (SELECT max(p.id) FROM post p WHERE p.author_id = a.id) FROM author a";
    pub const WINDOW: &str = concat!(
        "SELECT ",
        post!(),
        ", row_number() OVER (PARTITION BY p.author_id ORDER BY p.id DESC) FROM post p WHERE p.id <= $1"
    );
    pub const PAGE: &str = concat!("SELECT ", post!(), " FROM post p ORDER BY p.id LIMIT 21");
    pub const PAGE_BEHIND: &str = concat!(
        "SELECT ",
        post!(),
        " FROM post p WHERE p.id > $1 ORDER BY p.id LIMIT 21"
    );

    fn hundred(columns: usize) -> String {
        let row = |row: usize| {
            let values: Vec<String> = (1..=columns)
                .map(|at| format!("${}", row * columns + at))
                .collect();
            format!("({})", values.join(", "))
        };
        (0..100).map(row).collect::<Vec<_>>().join(", ")
    }

    /// One statement for a hundred comments.
    pub static UPSERT: LazyLock<String> = LazyLock::new(|| {
        format!(
            "INSERT INTO comment (id, post_id, text) VALUES {} ON CONFLICT (id) DO UPDATE SET text = excluded.text",
            hundred(3)
        )
    });

    /// A hundred notes, unless they are there.
    pub static NUMBERED_NOTES: LazyLock<String> = LazyLock::new(|| {
        format!(
            "INSERT INTO note (id, text) VALUES {} ON CONFLICT (id) DO NOTHING",
            hundred(2)
        )
    });

    /// Gives a hundred notes another text, each its own.
    pub const UPDATE_NOTE: &str = "UPDATE note SET text = $1 WHERE id = $2";

    pub const CLEAN_NOTES: &str = "DELETE FROM note";

    /// One statement for a hundred notes, with NULL for what they leave out.
    pub static NOTES: LazyLock<String> = LazyLock::new(|| {
        let values: Vec<String> = (0..100)
            .map(|row| format!("(${}, ${}, ${})", 3 * row + 1, 3 * row + 2, 3 * row + 3))
            .collect();
        format!(
            "INSERT INTO note (text, source, score) VALUES {}",
            values.join(", ")
        )
    });
}

/// The string, source and score of a new note.
fn optional(row: i64) -> (&'static str, Option<&'static str>, Option<f64>) {
    let source = (row % 2 == 0).then_some("a source");
    ("a new note", source, (row % 3 == 0).then_some(0.5))
}

/// The statement cached for that many rows.
fn of_size<T>(kept: &[(i64, T)], rows: i64) -> &T {
    let found = kept.iter().find(|(size, _)| *size == rows);
    &found.expect("a size that cases use").1
}
