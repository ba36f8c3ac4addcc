//! Where the rows of a query are put: all of them, or the one that is asked for.

use super::Reader;

/// A place for rows.
pub trait Collect<T>: Default + Send {
    /// The same with rows of another type.
    type Of<U: Send>: Send;

    /// The next row.
    fn push(&mut self, row: T);

    /// Every row as what a reader makes of it at last.
    fn finish<R: Reader<Partial = T>>(self, reader: &mut R) -> Self::Of<R::Row>;
}

impl<T: Send> Collect<T> for Vec<T> {
    type Of<U: Send> = Vec<U>;

    #[inline]
    fn push(&mut self, row: T) {
        Vec::push(self, row);
    }

    #[inline]
    fn finish<R: Reader<Partial = T>>(self, reader: &mut R) -> Vec<R::Row> {
        reader.finish_all(self)
    }
}

/// The first row, and how many there were: without the allocation of a list.
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
    fn finish<R: Reader<Partial = T>>(self, reader: &mut R) -> First<R::Row> {
        First {
            row: self.row.map(|row| reader.finish(row)),
            count: self.count,
        }
    }
}
