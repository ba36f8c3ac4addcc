//! Where the rows of a query are put: all of them, or the one that is asked for.

/// A place for rows.
pub trait Collect<T>: Default + Send {
    /// The same with rows of another type.
    type Of<U: Send>: Send;

    /// The next row.
    fn push(&mut self, row: T);

    /// Every row as something else.
    fn map<U: Send>(self, each: impl FnMut(T) -> U) -> Self::Of<U>;
}

impl<T: Send> Collect<T> for Vec<T> {
    type Of<U: Send> = Vec<U>;

    #[inline]
    fn push(&mut self, row: T) {
        Vec::push(self, row);
    }

    #[inline]
    fn map<U: Send>(self, each: impl FnMut(T) -> U) -> Vec<U> {
        self.into_iter().map(each).collect()
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
    fn map<U: Send>(self, each: impl FnMut(T) -> U) -> First<U> {
        First {
            row: self.row.map(each),
            count: self.count,
        }
    }
}
