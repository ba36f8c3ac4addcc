//! Collections of result rows: all of them, or the one that is wanted.

use crate::error::Result;

use super::Reader;

/// A collection of rows.
pub trait Collect<T>: Default + Send {
    /// The same collection, of another row type.
    type Of<U: Send>: Send;

    /// Adds a row.
    fn push(&mut self, row: T);

    /// Converts every row to its final form.
    ///
    /// # Errors
    /// If a list is not there, which only a defect of this crate can cause.
    fn finish<R: Reader<Partial = T>>(self, reader: &mut R) -> Result<Self::Of<R::Row>>;
}

impl<T: Send> Collect<T> for Vec<T> {
    type Of<U: Send> = Vec<U>;

    #[inline]
    fn push(&mut self, row: T) {
        Vec::push(self, row);
    }

    #[inline]
    fn finish<R: Reader<Partial = T>>(self, reader: &mut R) -> Result<Vec<R::Row>> {
        reader.finish_all(self)
    }
}

/// The first row, and how many there were: without allocating a list.
pub struct First<T> {
    pub row: Option<T>,
    pub count: usize,
}

impl<T> Default for First<T> {
    fn default() -> Self {
        First { row: None, count: 0 }
    }
}

impl<T: Send> Collect<T> for First<T> {
    type Of<U: Send> = First<U>;

    #[inline]
    fn push(&mut self, row: T) {
        if self.count == 0 {
            self.row = Some(row);
        }
        self.count += 1;
    }

    #[inline]
    fn finish<R: Reader<Partial = T>>(self, reader: &mut R) -> Result<First<R::Row>> {
        Ok(First {
            row: self.row.map(|row| reader.finish(row)).transpose()?,
            count: self.count,
        })
    }
}
