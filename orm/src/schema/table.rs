//! What a database has: tables as comparable data, the same for what a model asks for and what introspection finds.

use std::collections::BTreeMap;

use crate::model::{
    Deferrable, ExclusionOperator, IdentityDef, IndexMethod, NullsOrder, QualifiedName, ReferentialAction,
    RowSecurityDef, TableStorage,
};
use crate::sql::quote;

use super::security::{TableGrant, TablePolicy};
use super::trigger::TableTrigger;

/// A table of a database.
///
/// Two are equal if a program cannot tell them apart: the order of columns, constraints and indexes does not count.
///
/// # Example: its columns
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let post = orm::tables::introspect(&mut db.session()?, "blog_post")?.expect("the table is there");
/// for column in &post.columns {
///     println!("{} {}{}", column.name, column.ty, if column.null { "" } else { " NOT NULL" });
/// }
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TableDef {
    /// Its name.
    pub name: String,
    /// The schema that it was asked for in; `None` where that is the one that comes first.
    pub schema: Option<String>,
    /// Its columns, in the order in which they stand in it.
    pub columns: Vec<ColumnDef>,
    /// Columns of the primary key, in order.
    pub primary_key: Vec<String>,
    /// Unique constraints (on SQLite unique indexes, which can be added to a table that has rows).
    pub uniques: Vec<TableUnique>,
    /// Exclusion constraints, where the database has them.
    pub exclusions: Vec<TableExclusion>,
    /// Check constraints.
    pub checks: Vec<CheckDef>,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKeyDef>,
    /// Indexes, also the unique ones that are not constraints.
    pub indexes: Vec<TableIndex>,
    /// Triggers, without those that a database makes for itself.
    pub triggers: Vec<TableTrigger>,
    /// Policies, where the database has them.
    pub policies: Vec<TablePolicy>,
    /// Whether the policies hold.
    pub row_security: Option<RowSecurityDef>,
    /// What roles that do not own it may do with it.
    pub grants: Vec<TableGrant>,
    /// Comment, where the database has comments.
    pub comment: Option<String>,
    /// How it is stored, as far as the database has a choice.
    pub storage: TableStorage,
}

/// A column of a table.
///
/// # Example: a default, in SQL
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let post = orm::tables::introspect(&mut db.session()?, "blog_post")?.expect("the table is there");
/// assert_eq!(post.column("views").and_then(|column| column.default.as_deref()), Some("0"));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDef {
    /// Its name.
    pub name: String,
    /// Its type as the backend spells it: `varchar(200)`, `INTEGER`.
    pub ty: String,
    /// The collation of its strings, if it is not the database's.
    pub collation: Option<String>,
    /// Whether it takes NULL.
    pub null: bool,
    /// Its default, as an expression in SQL.
    pub default: Option<String>,
    /// Whether the database counts it up by itself (identity, autoincrement).
    pub generated: bool,
    /// How it counts, if not from 1 by 1.
    pub identity: IdentityDef,
    /// What the database computes it from, if it does.
    pub computed: Option<ComputedDef>,
    /// Comment, where the database has comments.
    pub comment: Option<String>,
}

/// What a column is computed from.
///
/// # Example: none in the blog
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let post = orm::tables::introspect(&mut db.session()?, "blog_post")?.expect("the table is there");
/// assert!(post.columns.iter().all(|column| column.computed.is_none()));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComputedDef {
    /// The expression in SQL, without the outer parentheses.
    pub sql: String,
    /// Whether it is kept on disk; otherwise it is computed when it is read.
    pub stored: bool,
}

/// No two rows are equal in all of these columns.
///
/// # Example: labels of tags
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let tag = orm::tables::introspect(&mut db.session()?, "blog_tag")?.expect("the table is there");
/// assert_eq!(tag.uniques[0].name, "blog_tag_label_uniq");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableUnique {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Columns that its index holds beside.
    pub include: Vec<String>,
    /// Whether rows that hold NULL at the same places are equal, too.
    pub nulls_not_distinct: bool,
    /// When it is checked.
    pub deferrable: Deferrable,
}

impl TableUnique {
    /// Over columns, with nothing else said.
    ///
    /// # Example: over one column
    ///
    /// ```
    /// use orm::tables::TableUnique;
    ///
    /// assert!(!TableUnique::over("one_title", vec!["title".to_owned()]).nulls_not_distinct);
    /// ```
    pub fn over(name: impl Into<String>, columns: Vec<String>) -> Self {
        TableUnique {
            name: name.into(),
            columns,
            include: Vec::new(),
            nulls_not_distinct: false,
            deferrable: Deferrable::No,
        }
    }

    /// Whether both are equal apart from their names.
    pub(super) fn is_alike(&self, other: &TableUnique) -> bool {
        let mut other = other.clone();
        other.name.clone_from(&self.name);
        *self == other
    }

    /// Whether it names a column anywhere.
    pub(super) fn names(&self, column: &String) -> bool {
        self.columns.contains(column) || self.include.contains(column)
    }
}

/// No two rows are related by the operators of all places of an index.
///
/// # Example: none in the blog
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let post = orm::tables::introspect(&mut db.session()?, "blog_post")?.expect("the table is there");
/// assert!(post.exclusions.is_empty());
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableExclusion {
    /// The index that finds related rows; it has the constraint's name.
    pub index: TableIndex,
    /// How two rows are compared at each place of the index.
    pub operators: Vec<ExclusionOperator>,
    /// Whether it can wait for the end of the transaction.
    pub deferrable: Deferrable,
}

impl TableExclusion {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.index.name
    }

    /// Whether both are equal apart from their names.
    pub(super) fn is_alike(&self, other: &TableExclusion) -> bool {
        self.index.is_alike(&other.index)
            && (&self.operators, self.deferrable) == (&other.operators, other.deferrable)
    }
}

/// A condition that is false for no row.
///
/// # Example: the length of a label
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let tag = orm::tables::introspect(&mut db.session()?, "blog_tag")?.expect("the table is there");
/// assert!(tag.checks.iter().any(|check| check.sql.contains("<= 50")));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CheckDef {
    /// Its name; empty for one made by hand without a name.
    pub name: String,
    /// The condition in SQL, without the outer parentheses.
    pub sql: String,
    /// The column it stands beside, if it is about that column only; where it stands does not change what it does.
    pub column: Option<String>,
    /// Whether rows that were there before it were not checked.
    pub not_valid: bool,
}

/// A key to rows of another table, or of this one.
///
/// # Example: where comments point
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let comment = orm::tables::introspect(&mut db.session()?, "blog_comment")?.expect("the table is there");
/// assert_eq!(comment.foreign_keys[0].target, "blog_post");
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKeyDef {
    /// Its name; empty for one made by hand without a name.
    pub name: String,
    /// Columns of this table.
    pub columns: Vec<String>,
    /// The table pointed at.
    pub target: QualifiedName,
    /// Columns of the table pointed at.
    pub target_columns: Vec<String>,
    /// What happens when the row pointed at is deleted.
    pub on_delete: ReferentialAction,
    /// What happens when the row pointed at gets another key.
    pub on_update: ReferentialAction,
    /// When it is checked.
    pub deferrable: Deferrable,
    /// Whether rows that were there before it were not checked.
    pub not_valid: bool,
}

/// An index, or what no two rows may be equal in where a constraint cannot say it: rows that fulfil a condition, or what
/// is computed.
///
/// # Example: the index of a foreign key
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let comment = orm::tables::introspect(&mut db.session()?, "blog_comment")?.expect("the table is there");
/// assert_eq!(comment.indexes[0].columns[0].column(), Some("post_id"));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableIndex {
    /// Its name.
    pub name: String,
    /// Whether no two rows may be equal in what it is over.
    pub unique: bool,
    /// What it is over, in order.
    pub columns: Vec<IndexColumn>,
    /// Which rows it has, as a condition in SQL without the outer parentheses; all of them if there is none.
    pub condition: Option<String>,
    /// Columns that it holds beside.
    pub include: Vec<String>,
    /// How it finds rows.
    pub method: IndexMethod,
    /// Storage parameters.
    pub with: BTreeMap<String, String>,
    /// Whether rows that hold NULL at the same places are equal, too, where it is unique.
    pub nulls_not_distinct: bool,
    /// How strings are split into words, where it is a full-text index (SQLite's FTS5).
    pub tokenizer: Option<String>,
}

/// What stands at one place of an index.
///
/// # Example: the column of a foreign key
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// use orm::tables::TableIndexKey;
///
/// let comment = orm::tables::introspect(&mut db.session()?, "blog_comment")?.expect("the table is there");
/// assert_eq!(comment.indexes[0].columns[0].key, TableIndexKey::Column("post_id".to_owned()));
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TableIndexKey {
    /// A column.
    Column(String),
    /// What is computed from columns of the row, in SQL without the outer parentheses.
    Expression(String),
}

/// One place of an index.
///
/// # Example: its direction
///
/// ```
/// # use {blog::*, orm::prelude::*};
/// # let db = blog::open()?;
/// let comment = orm::tables::introspect(&mut db.session()?, "blog_comment")?.expect("the table is there");
/// assert!(!comment.indexes[0].columns[0].descending);
/// # Ok::<(), orm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexColumn {
    /// What stands there.
    pub key: TableIndexKey,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Where NULL stands, if not where the database puts it.
    pub nulls: Option<NullsOrder>,
    /// The collation, if not that of the column.
    pub collation: Option<String>,
    /// How values are compared, if not as the type is by default.
    pub operator_class: Option<String>,
}

impl IndexColumn {
    /// A column, the least first.
    ///
    /// # Example: a column
    ///
    /// ```
    /// use orm::tables::IndexColumn;
    ///
    /// assert_eq!(IndexColumn::of("title").column(), Some("title"));
    /// ```
    pub fn of(name: impl Into<String>) -> Self {
        IndexColumn {
            key: TableIndexKey::Column(name.into()),
            descending: false,
            nulls: None,
            collation: None,
            operator_class: None,
        }
    }

    /// The column, if it is one and not something computed.
    pub fn column(&self) -> Option<&str> {
        match &self.key {
            TableIndexKey::Column(name) => Some(name),
            TableIndexKey::Expression(_) => None,
        }
    }
}

impl TableIndex {
    /// An index with nothing else said.
    ///
    /// # Example: over one column
    ///
    /// ```
    /// use orm::tables::{IndexColumn, TableIndex};
    ///
    /// let index = TableIndex::over("by_title", vec![IndexColumn::of("title")]);
    /// assert!(!index.unique && index.condition.is_none());
    /// ```
    pub fn over(name: impl Into<String>, columns: Vec<IndexColumn>) -> Self {
        TableIndex {
            name: name.into(),
            unique: false,
            columns,
            condition: None,
            include: Vec::new(),
            method: IndexMethod::Btree,
            with: BTreeMap::new(),
            nulls_not_distinct: false,
            tokenizer: None,
        }
    }

    /// Whether both are equal apart from their names.
    pub(super) fn is_alike(&self, other: &TableIndex) -> bool {
        let mut other = other.clone();
        other.name.clone_from(&self.name);
        *self == other
    }

    /// Whether columns alone do not say what it has.
    pub(super) fn has_expressions(&self) -> bool {
        self.condition.is_some() || self.columns.iter().any(|part| part.column().is_none())
    }

    /// Whether it says how columns are compared, which is the default of their types otherwise.
    pub(super) fn has_classes(&self) -> bool {
        let mut parts = self.columns.iter();
        parts.any(|part| part.collation.is_some() || part.operator_class.is_some())
    }

    /// Whether it names a column anywhere; in expressions as we write them.
    pub(super) fn names(&self, column: &str) -> bool {
        let quoted = quote(column);
        self.columns.iter().any(|part| match &part.key {
            TableIndexKey::Column(name) => name == column,
            TableIndexKey::Expression(sql) => sql.contains(&quoted),
        }) || self.include.iter().any(|name| name == column)
            || self.condition.as_ref().is_some_and(|sql| sql.contains(&quoted))
    }

    /// The unique index that does what a constraint does, apart from when it is checked.
    pub(super) fn of_unique(unique: &TableUnique) -> TableIndex {
        TableIndex {
            unique: true,
            include: unique.include.clone(),
            nulls_not_distinct: unique.nulls_not_distinct,
            ..TableIndex::over(&unique.name, unique.columns.iter().map(IndexColumn::of).collect())
        }
    }

    /// What it holds all rows to, if it is unique over columns alone.
    pub(super) fn as_unique(&self) -> Option<TableUnique> {
        let columns: Option<Vec<String>> = (self.columns.iter())
            .map(|part| part.column().map(str::to_owned))
            .collect();
        columns
            .filter(|_| self.unique && self.condition.is_none())
            .map(|columns| TableUnique {
                include: self.include.clone(),
                nulls_not_distinct: self.nulls_not_distinct,
                ..TableUnique::over(&self.name, columns)
            })
    }
}

impl TableDef {
    /// A table without columns.
    ///
    /// # Example: to be filled
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// assert!(orm::tables::TableDef::new("blog_series").columns.is_empty());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn new(name: impl Into<String>) -> Self {
        TableDef {
            name: name.into(),
            schema: None,
            columns: Vec::new(),
            primary_key: Vec::new(),
            uniques: Vec::new(),
            exclusions: Vec::new(),
            checks: Vec::new(),
            foreign_keys: Vec::new(),
            indexes: Vec::new(),
            triggers: Vec::new(),
            policies: Vec::new(),
            row_security: None,
            grants: Vec::new(),
            comment: None,
            storage: TableStorage::default(),
        }
    }

    /// Its name and schema.
    ///
    /// # Example: in the schema that comes first
    ///
    /// ```
    /// assert_eq!(orm::tables::TableDef::new("blog_series").qualified_name(), "blog_series");
    /// ```
    pub fn qualified_name(&self) -> QualifiedName {
        QualifiedName::new(self.schema.clone(), &self.name)
    }

    /// The column of that name.
    ///
    /// # Example: a column, or none
    ///
    /// ```
    /// # use {blog::*, orm::prelude::*};
    /// # let db = blog::open()?;
    /// let tag = orm::tables::introspect(&mut db.session()?, "blog_tag")?.expect("the table is there");
    /// assert!(tag.column("label").is_some() && tag.column("name").is_none());
    /// # Ok::<(), orm::Error>(())
    /// ```
    pub fn column(&self, name: &str) -> Option<&ColumnDef> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl PartialEq for TableDef {
    fn eq(&self, other: &Self) -> bool {
        (&self.schema, &self.name) == (&other.schema, &other.name)
            && self.primary_key == other.primary_key
            && self.comment == other.comment
            && self.storage == other.storage
            && same(&self.columns, &other.columns, |a, b| a.name.cmp(&b.name))
            && same(&self.uniques, &other.uniques, Ord::cmp)
            && same(&self.exclusions, &other.exclusions, Ord::cmp)
            && same(&self.checks, &other.checks, |a, b| {
                (&a.name, &a.sql).cmp(&(&b.name, &b.sql))
            })
            && same(&self.foreign_keys, &other.foreign_keys, |a, b| {
                (&a.name, &a.columns).cmp(&(&b.name, &b.columns))
            })
            && same(&self.indexes, &other.indexes, Ord::cmp)
            && self.row_security == other.row_security
            && same(&self.policies, &other.policies, |a, b| a.name.cmp(&b.name))
            && same(&self.grants, &other.grants, Ord::cmp)
            && same(&self.triggers, &other.triggers, |a, b| a.name.cmp(&b.name))
    }
}

impl PartialEq for CheckDef {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.sql == other.sql && self.not_valid == other.not_valid
    }
}

/// Whether two lists hold the same, in any order.
fn same<T: PartialEq>(left: &[T], right: &[T], order: impl Fn(&T, &T) -> std::cmp::Ordering) -> bool {
    let sorted = |list: &'_ [T]| {
        let mut positions: Vec<usize> = (0..list.len()).collect();
        positions.sort_by(|&a, &b| order(&list[a], &list[b]));
        positions
    };
    left.len() == right.len()
        && sorted(left)
            .into_iter()
            .zip(sorted(right))
            .all(|(a, b)| left[a] == right[b])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str) -> ColumnDef {
        ColumnDef {
            name: name.to_owned(),
            ty: "TEXT".to_owned(),
            collation: None,
            null: false,
            default: None,
            generated: false,
            identity: IdentityDef::DEFAULT,
            computed: None,
            comment: None,
        }
    }

    #[test]
    fn the_order_of_columns_does_not_count() {
        let mut left = TableDef::new("t");
        left.columns = vec![column("a"), column("b")];
        let mut right = TableDef::new("t");
        right.columns = vec![column("b"), column("a")];
        assert_eq!(left, right);
        right.columns[0].null = true;
        assert_ne!(left, right);
    }
}
