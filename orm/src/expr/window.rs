//! Windows: the rows of its query that a function looks at beside the one that it is computed for.

use super::{Direction, NullsPlace};

/// A window. Its operands in the tree are the function, what rows are partitioned by, what they are ordered by, and the
/// distances of its frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// `PARTITION BY`: by how many expressions.
    pub partition: usize,
    /// `ORDER BY`: the direction of each sort key.
    pub order: Vec<(Direction, NullsPlace)>,
    /// The rows around the one that it is computed for; `None` for SQL's own frame.
    pub frame: Option<Frame>,
    /// Whether it is the order in which an aggregate takes the values of a group, and no window: it has nothing but sort keys.
    pub of_group: bool,
}

/// A window, as a token says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Over {
    /// Whether the function is an aggregate, which is over the rows of the window and not of a group.
    pub aggregate: bool,
    /// By how many expressions rows are partitioned.
    pub partition: u8,
    /// How many sort keys there are.
    pub order: u8,
    /// Its frame.
    pub frame: Option<Frame>,
    /// Whether it is the order in which an aggregate takes the values of a group, and no window.
    pub of_group: bool,
}

/// The rows around the one that a function is computed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Frame {
    /// What distances are counted in.
    pub unit: FrameUnit,
    /// Its first row.
    pub start: FrameBound,
    /// Its last row.
    pub end: FrameBound,
    /// The rows that are left out.
    pub excluded: FrameExclusion,
}

/// What the distances of a frame are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameUnit {
    /// Rows.
    Rows,
    /// Differences of the sort key.
    Range,
    /// Groups of rows that are equal in the order.
    Groups,
}

/// Where a frame begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameBound {
    /// At the first row of the partition.
    UnboundedPreceding,
    /// A distance before.
    Preceding,
    /// At the row that the function is computed for.
    CurrentRow,
    /// A distance behind.
    Following,
    /// At the last row of the partition.
    UnboundedFollowing,
}

/// Rows that a frame leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameExclusion {
    /// None.
    Nothing,
    /// The row that the function is computed for.
    CurrentRow,
    /// That row and those that are equal to it in the order.
    Group,
    /// Those that are equal to it in the order, but not itself.
    Ties,
}

/// The most sort keys that a token has room for, and the most expressions that rows are partitioned by.
pub(crate) const MOST_PARTS: usize = 63;

impl FrameBound {
    /// Whether it has a distance.
    pub fn has_distance(self) -> bool {
        matches!(self, FrameBound::Preceding | FrameBound::Following)
    }
}

impl Frame {
    /// How many distances it has.
    pub fn distances(self) -> usize {
        usize::from(self.start.has_distance()) + usize::from(self.end.has_distance())
    }
}

impl Over {
    /// How many operands it takes.
    pub fn operands(self) -> usize {
        1 + usize::from(self.partition) + usize::from(self.order) + self.frame.map_or(0, Frame::distances)
    }
}
