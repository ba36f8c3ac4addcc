//! The encoded form: expressions as numbers in postfix order.
//!
//! Postfix needs no tree: joining two conditions appends one token. The tokens without the values are the *shape* of a
//! query. Statements are cached by shape (see `sql::shape`), so each shape is rendered to SQL only once. On a cache
//! miss the tokens are decoded to the tree (`decode`), which is all that other passes see.

use crate::value::{ArrayType, FieldType};

use super::row_source::RowSource;
use super::{Direction, Form, Frame, FrameBound, FrameExclusion, FrameUnit, Function, NullsPlace, Over};

/// One step of an expression in postfix order: operands come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Token {
    /// A column, by position, of a row source.
    Column(RowSource, u16),
    /// The next bound value.
    Param,
    /// The next bound value, with its type because the context does not determine it.
    Typed(FieldType),
    /// The next value, a number other than zero.
    NotZero,
    /// The next value, one of a native enum by its number, because what stands beside it may not say which.
    Choice(u16),
    /// A value that stands in a query so many outwards already: the n-th of those that it may name again, which are those of
    /// its groups and then of its columns.
    Again(u16, u16),
    /// Calls a function with that many operands.
    Call(Function, u16),
    /// SQL that a person wrote, by its number, with that many parts.
    Raw(u16, u16),
    /// The rows that the subquery beginning next selects from.
    From(RowSource),
    /// A subquery begins.
    Begin,
    /// Ends a clause of the subquery: takes everything since its beginning or its previous clause.
    Part(QueryPart),
    /// The subquery ends.
    End(Form),
    /// Ends a sort key: takes one operand.
    Order(Direction, NullsPlace),
    /// Ends an assignment to a column, by position, of a row source: takes one operand.
    Assign(RowSource, u16),
    /// Ends a part of a function over a window.
    Window(WindowPart),
}

/// A part of a function over a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WindowPart {
    /// A sort key: takes one operand. Not that of the query, which may be turned around.
    Key(Direction, NullsPlace),
    /// The whole: takes the function and what the window says.
    Over(Over),
}

/// A clause of a subquery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueryPart {
    /// `WHERE`
    Filter,
    /// The select list.
    Columns,
    /// `GROUP BY`
    Groups,
    /// `HAVING`
    Having,
    /// `ORDER BY`
    Order,
    /// `LIMIT`
    Limit,
    /// `OFFSET`
    Offset,
    /// `DISTINCT`
    Distinct,
    /// Only the first row.
    First,
    /// All rows together.
    Together,
    /// `FROM (SELECT ..)`: a query whose rows these are, in place of a model's.
    Rows,
    /// `WITH RECURSIVE`: what a relation leads back to from such rows. Takes the query, a column behind the relation, and the most steps.
    Descendants,
    /// The same, along the relation.
    Ancestors,
    /// Descendants, each with the keys on the way to it.
    DescendantsWithPaths,
    /// `UNION` of all queries that came.
    Union,
    /// `UNION ALL`
    UnionAll,
    /// `INTERSECT`
    Intersection,
    /// `EXCEPT`
    Difference,
}

/// A token as a number. Queries are built from these, because shapes are hashed and compared on every execution.
///
/// The kind is in the top four bits. A row source has the same bits in every token that has one, and those bits are
/// zero in all others, so scopes can be resolved without looking at the kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenBits(u64);

const KIND: u32 = 60;

/// Lists the variants in the order of their discriminants; a missing one does not compile.
macro_rules! numbered {
    ($($ty:ident: $($variant:ident)+;)+) => {$(
        impl Numbered for $ty {
            const ALL: &'static [$ty] = &[$($ty::$variant),+];
        }

        const _: () = {
            const fn is_listed(one: $ty) {
                match one {
                    $($ty::$variant => {})+
                }
            }
            let all = <$ty as Numbered>::ALL;
            let mut at = 0;
            while at < all.len() {
                is_listed(all[at]);
                assert!(all[at] as usize == at, "a variant is not in its source");
                at += 1;
            }
        };
    )+};
}

/// A type that is encoded as a small number.
trait Numbered: Copy + 'static {
    const ALL: &'static [Self];

    fn of_number(number: u64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

numbered! {
    QueryPart: Filter Columns Groups Having Order Limit Offset Distinct First Together Rows Descendants Ancestors DescendantsWithPaths Union UnionAll Intersection Difference;
    Form: Exists Value List Rows Values ComparedValues;
    Direction: Asc Desc;
    NullsPlace: Default First Last;
    FrameUnit: Rows Range Groups;
    FrameBound: UnboundedPreceding Preceding CurrentRow Following UnboundedFollowing;
    FrameExclusion: Nothing CurrentRow Group Ties;
}

/// Lists the types without parts in the order of their numbers; a missing one does not compile.
macro_rules! types {
    ($($variant:ident)+) => {
        #[derive(Clone, Copy)]
        enum PlainType {
            $($variant),+
        }

        const PLAIN_TYPES: &[FieldType] = &[$(FieldType::$variant),+];

        const fn type_number(ty: FieldType) -> u64 {
            match ty {
                $(FieldType::$variant => PlainType::$variant as u64,)+
                FieldType::Array(array) => ARRAY | array.number(),
            }
        }
    };
}
types! {
    Bool SmallInt Int BigInt TinyInt UnsignedTinyInt UnsignedSmallInt UnsignedInt UnsignedBigInt Real Double
    Text Bytes Date Time DateTime Timestamp Duration Uuid IpAddress Ipv4Address Ipv6Address Inet Cidr MacAddress Decimal IntRange BigIntRange DecimalRange DateRange
    DateTimeRange TimestampRange IntMultirange BigIntMultirange DecimalMultirange DateMultirange DateTimeMultirange TimestampMultirange Json Choices ForeignKey OneToOne
    ManyToMany
}

/// Set in the number of an array's type.
const ARRAY: u64 = 1 << 32;

fn type_of_number(number: u64) -> Option<FieldType> {
    match number & ARRAY {
        0 => PLAIN_TYPES.get(usize::try_from(number).ok()?).copied(),
        _ => ArrayType::of_number(number & !ARRAY).map(FieldType::Array),
    }
}

const COLUMN: u64 = 1;
const PARAM: u64 = 2;
const TYPED: u64 = 3;
const CALL: u64 = 4;
const FROM: u64 = 5;
const ORDER: u64 = 6;
const ASSIGN: u64 = 7;
const AGAIN: u64 = 8;
const NOT_ZERO: u64 = 9;
const RAW: u64 = 10;
const CHOICE: u64 = 11;
/// Kinds from here on occur only with subqueries, so that one comparison rules a subquery out.
const WITHIN: u64 = 12;
const BEGIN: u64 = 12;
const PART: u64 = 13;
const END: u64 = 14;
const WINDOW: u64 = 15;

/// Where the second of two numbers starts.
const SECOND: u32 = 16;
const FIRST: u64 = (1 << SECOND) - 1;

impl Token {
    /// Encodes the token. Tokens are equal exactly if their bits are. Inlined wherever the kind is known, so that one
    /// number is left of it: a call and a choice per token of a query cost more than the rest of writing it.
    #[inline(always)]
    pub(crate) const fn pack(self) -> TokenBits {
        let (kind, bits) = match self {
            Token::Column(source, column) => (COLUMN, source.column_bits(column)),
            Token::Param => (PARAM, 0),
            Token::Typed(ty) => (TYPED, type_number(ty)),
            Token::NotZero => (NOT_ZERO, 0),
            Token::Choice(enumeration) => (CHOICE, enumeration as u64),
            Token::Again(outwards, nth) => (AGAIN, outwards as u64 | (nth as u64) << SECOND),
            Token::Call(function, operands) => (CALL, function as u64 | (operands as u64) << SECOND),
            Token::Raw(fragment, parts) => (RAW, fragment as u64 | (parts as u64) << SECOND),
            Token::From(source) => (FROM, source.column_bits(0)),
            Token::Begin => (BEGIN, 0),
            Token::Part(part) => (PART, part as u64),
            Token::End(form) => (END, form as u64),
            Token::Order(direction, nulls) => (ORDER, direction as u64 | (nulls as u64) << SECOND),
            Token::Assign(source, column) => (ASSIGN, source.column_bits(column)),
            Token::Window(part) => (WINDOW, part.bits()),
        };
        TokenBits(kind << KIND | bits)
    }
}

impl WindowPart {
    /// In less than 32 bits, behind which a row source has its scope.
    #[cold]
    #[inline(never)]
    const fn bits(self) -> u64 {
        match self {
            WindowPart::Key(direction, nulls) => (direction as u64) << 1 | (nulls as u64) << 2,
            WindowPart::Over(over) => {
                let frame = match over.frame {
                    Some(frame) => {
                        1 | (frame.unit as u64) << 1
                            | (frame.start as u64) << 3
                            | (frame.end as u64) << 6
                            | (frame.excluded as u64) << 9
                    }
                    None => 0,
                };
                1 | (over.aggregate as u64) << 1
                    | (over.partition as u64) << 2
                    | (over.order as u64) << 8
                    | frame << 14
                    | (over.of_group as u64) << 25
            }
        }
    }

    fn of_bits(bits: u64) -> Option<WindowPart> {
        let part = |from: u32, width: u32| bits >> from & ((1 << width) - 1);
        if part(0, 1) == 0 {
            return Some(WindowPart::Key(
                Direction::of_number(part(1, 1))?,
                NullsPlace::of_number(bits >> 2)?,
            ));
        }
        let frame = match part(14, 1) {
            0 => None,
            _ => Some(Frame {
                unit: FrameUnit::of_number(part(15, 2))?,
                start: FrameBound::of_number(part(17, 3))?,
                end: FrameBound::of_number(part(20, 3))?,
                excluded: FrameExclusion::of_number(part(23, 2))?,
            }),
        };
        Some(WindowPart::Over(Over {
            aggregate: part(1, 1) == 1,
            partition: u8::try_from(part(2, 6)).ok()?,
            order: u8::try_from(part(8, 6)).ok()?,
            frame,
            of_group: part(25, 1) == 1,
        }))
    }
}

impl TokenBits {
    /// A column, in the form in which a field stores it.
    #[inline]
    pub(crate) const fn column(source: RowSource, column: u16) -> TokenBits {
        Token::Column(source, column).pack()
    }

    #[inline]
    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    /// The column's position.
    #[inline]
    pub(crate) fn position(self) -> u16 {
        RowSource::of_bits(self.0).1
    }

    /// The rows that the token refers to.
    #[inline]
    pub(crate) fn row_source(self) -> RowSource {
        RowSource::of_bits(self.0).0
    }

    /// Whether its row source has the same scope.
    #[inline]
    pub(super) fn is_of(self, own: RowSource) -> bool {
        own.is_scope_of(self.0)
    }

    /// The subquery depth behind this token: one more after a subquery begins, one less after it ends.
    #[inline]
    pub(super) fn depth_behind(self, depth: usize) -> usize {
        match self.0 >> KIND {
            ..WITHIN => depth,
            BEGIN => depth + 1,
            END => depth.saturating_sub(1),
            _ => depth,
        }
    }

    /// The assignment to this column.
    #[inline]
    pub(crate) fn assigned(self) -> TokenBits {
        const KINDS: u64 = ((1 << (u64::BITS - KIND)) - 1) << KIND;
        TokenBits(self.0 & !KINDS | ASSIGN << KIND)
    }

    /// Decodes the token, or `None` if the bits encode none.
    pub(crate) fn token(self) -> Option<Token> {
        let bits = self.0 & ((1 << KIND) - 1);
        let (first, second) = (bits & FIRST, bits >> SECOND);
        let (source, column) = RowSource::of_bits(bits);
        Some(match self.0 >> KIND {
            COLUMN => Token::Column(source, column),
            PARAM => Token::Param,
            TYPED => Token::Typed(type_of_number(bits)?),
            NOT_ZERO => Token::NotZero,
            CHOICE => Token::Choice(u16::try_from(bits).ok()?),
            AGAIN => Token::Again(u16::try_from(first).ok()?, u16::try_from(second).ok()?),
            CALL => Token::Call(
                Function::of_number(u16::try_from(first).ok()?)?,
                u16::try_from(second).ok()?,
            ),
            RAW => Token::Raw(u16::try_from(first).ok()?, u16::try_from(second).ok()?),
            FROM => Token::From(source),
            BEGIN => Token::Begin,
            PART => Token::Part(QueryPart::of_number(bits)?),
            END => Token::End(Form::of_number(bits)?),
            ORDER => Token::Order(Direction::of_number(first)?, NullsPlace::of_number(second)?),
            ASSIGN => Token::Assign(source, column),
            WINDOW => Token::Window(WindowPart::of_bits(bits)?),
            _ => return None,
        })
    }

    /// The token after a closure has returned, `depth` subqueries deep in what it returned: see
    /// [`RowSource::resolved`].
    #[inline]
    pub(super) fn resolved(self, own: RowSource, depth: usize) -> TokenBits {
        TokenBits(own.resolve_bits(self.0, depth))
    }
}

impl std::fmt::Debug for TokenBits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.token() {
            Some(token) => token.fmt(f),
            None => write!(f, "{:#x}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::expr::{Path, Scope};

    fn every_kind() -> Vec<Token> {
        let mut tokens = vec![Token::Param, Token::NotZero, Token::Begin];
        let places = [0, 1, 255, 256, (1 << 28) - 1]
            .into_iter()
            .flat_map(|scope| [0, 1, Path::MOST].map(|path| RowSource::new(Scope(scope), Path(path))));
        for source in places {
            tokens.push(Token::From(source));
            tokens.extend([0, 1, 4095].map(|column| Token::Column(source, column)));
            tokens.extend([0, 1, 4095].map(|column| Token::Assign(source, column)));
        }
        for function in Function::ALL {
            tokens.extend([0, 1, u16::MAX].map(|operands| Token::Call(*function, operands)));
        }
        tokens.extend(PLAIN_TYPES.iter().copied().map(Token::Typed));
        let arrays = ["int[]", "int?[]", "int[][][][][][]", "decimal[]"].map(|name| name.parse().unwrap());
        tokens.extend(arrays.map(|array| Token::Typed(FieldType::Array(array))));
        for (outwards, nth) in [(0, 0), (1, 0), (0, 1), (u16::MAX, u16::MAX)] {
            tokens.push(Token::Again(outwards, nth));
            tokens.push(Token::Raw(outwards, nth));
        }
        tokens.extend([0, 1, u16::MAX].map(Token::Choice));
        tokens.extend(QueryPart::ALL.iter().copied().map(Token::Part));
        tokens.extend(Form::ALL.iter().copied().map(Token::End));
        for direction in Direction::ALL {
            for nulls in NullsPlace::ALL {
                tokens.push(Token::Order(*direction, *nulls));
                tokens.push(Token::Window(WindowPart::Key(*direction, *nulls)));
            }
        }
        let frames = FrameUnit::ALL.iter().flat_map(|unit| {
            let pairs = FrameBound::ALL.iter().zip(FrameBound::ALL.iter().rev());
            pairs
                .zip(FrameExclusion::ALL.iter().cycle())
                .map(|((start, end), excluded)| Frame {
                    unit: *unit,
                    start: *start,
                    end: *end,
                    excluded: *excluded,
                })
        });
        for frame in frames.map(Some).chain([None]) {
            let each = [(false, 0, 63, false), (true, 63, 0, false), (true, 5, 7, true)];
            tokens.extend(each.map(|(aggregate, partition, order, of_group)| {
                Token::Window(WindowPart::Over(Over {
                    aggregate,
                    partition,
                    order,
                    frame,
                    of_group,
                }))
            }));
        }
        tokens
    }

    #[test]
    fn a_number_is_one_token_and_back() {
        let tokens = every_kind();
        for token in &tokens {
            assert_eq!(token.pack().token(), Some(*token));
        }
        let numbers: HashSet<u64> = tokens.iter().map(|token| token.pack().bits()).collect();
        assert_eq!(numbers.len(), tokens.len());
    }

    #[test]
    fn a_number_that_is_no_token_is_none() {
        for number in [0, CALL << KIND | 9_999, PART << KIND | 99, ORDER << KIND | 7] {
            assert_eq!(TokenBits(number).token(), None, "{number:#x}");
        }
    }

    #[test]
    fn only_places_look_like_a_scope() {
        let own = Scope::fresh();
        let fields = RowSource::new(own, Path(2));
        let most = u16::MAX;
        let others = [
            Token::Param,
            Token::Begin,
            Token::Call(Function::Max, most),
            Token::Again(most, most),
            Token::Raw(most, most),
            Token::Choice(most),
        ];
        for token in others {
            assert_eq!(token.pack().resolved(fields, 3), token.pack());
        }
        for token in [Token::Column, Token::Assign] {
            let column = token(RowSource::new(own, Path(5)), 9).pack();
            let resolved = token(RowSource::new(Scope(3), Path(5)), 9);
            assert_eq!(column.resolved(fields, 3).token(), Some(resolved));
        }
    }

    #[test]
    fn a_column_becomes_its_assignment() {
        let source = RowSource::new(Scope::fresh(), Path(Path::MOST));
        for position in [0, 1, 4095] {
            let assigned = TokenBits::column(source, position).assigned();
            assert_eq!(assigned.token(), Some(Token::Assign(source, position)));
        }
    }

    #[test]
    fn only_queries_within_change_the_depth() {
        for token in every_kind() {
            let behind = match token {
                Token::Begin => 4,
                Token::End(_) => 2,
                _ => 3,
            };
            assert_eq!(token.pack().depth_behind(3), behind, "{token:?}");
        }
    }
}
