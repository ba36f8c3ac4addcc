//! Trees assembled from the rows of several queries, or from the repeated rows of a join.

use std::collections::HashMap;

use super::{RawAuthor, RawComment, RawPost};

type PostNode = (RawPost, Vec<RawComment>);

/// Authors with their posts with their comments, each level read by the keys of the previous one.
#[derive(Default)]
pub struct Tree {
    authors: Vec<(RawAuthor, Vec<PostNode>)>,
    author_at: HashMap<i64, usize>,
    post_at: HashMap<i64, (usize, usize)>,
    /// Positions of the rows of the current level by their keys.
    pub keys: Vec<i64>,
}

impl Tree {
    pub fn author(&mut self, author: RawAuthor) {
        self.keys.push(author.id);
        self.author_at.insert(author.id, self.authors.len());
        self.authors.push((author, Vec::new()));
    }

    pub fn post(&mut self, post: RawPost) {
        self.keys.push(post.id);
        let at = self.author_at[&post.author];
        let posts = &mut self.authors[at].1;
        self.post_at.insert(post.id, (at, posts.len()));
        posts.push((post, Vec::new()));
    }

    pub fn comment(&mut self, comment: RawComment) {
        let (author, post) = self.post_at[&comment.post];
        self.authors[author].1[post].1.push(comment);
    }

    pub fn sum(&self) -> u64 {
        let sum_post =
            |(post, comments): &PostNode| post.sum() + comments.iter().map(RawComment::sum).sum::<u64>();
        self.authors
            .iter()
            .map(|(author, posts)| author.sum() + posts.iter().map(sum_post).sum::<u64>())
            .sum()
    }
}

/// Posts with their remarks, from joined rows that repeat the post.
#[derive(Default)]
pub struct Remarked(Vec<PostNode>);

impl Remarked {
    /// Adds a row: the key of its post, a function that reads the post, and the remark if there is one.
    pub fn row<E>(
        &mut self,
        key: i64,
        post: impl FnOnce() -> Result<RawPost, E>,
        remark: Option<RawComment>,
    ) -> Result<(), E> {
        if self.0.last().is_none_or(|(last, _)| last.id != key) {
            self.0.push((post()?, Vec::new()));
        }
        if let (Some((_, remarks)), Some(remark)) = (self.0.last_mut(), remark) {
            remarks.push(remark);
        }
        Ok(())
    }

    pub fn sum(&self) -> u64 {
        let sum_post =
            |(post, remarks): &PostNode| post.sum() + remarks.iter().map(RawComment::sum).sum::<u64>();
        self.0.iter().map(sum_post).sum()
    }
}
