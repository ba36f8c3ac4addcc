//! Rebuilds a table under its name: the only way to change most things in SQLite, and the most dangerous one.
//!
//! The order is that of <https://sqlite.org/lang_altertable.html#otheralter> (2026-11): create the new table under
//! an unused name, copy, drop the old one, rename. Everything that belongs to the old table or refers to it is
//! preserved: hand-made indexes, triggers, views, checks and foreign keys, the AUTOINCREMENT sequence, rowids, the
//! rows of tables that point at it. If something cannot be preserved, the rebuild stops before anything has
//! changed.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::sql::{Session, quote};
use crate::value::Value;

use super::super::step::count;
use super::super::{TableDef, TableUnique, foreign_key_suspension};
use super::parse::{self, is_identifier};
use super::preserve::{broken, count_bound, family_rows, free_name, keep_sequence, verify};
use super::{ddl, guards, introspect, parts, search};

/// Rebuilds a table under its name, with all its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Rebuild {
    /// The table before, as the models describe it.
    pub(super) from: TableDef,
    /// The table after.
    pub(super) to: TableDef,
    /// Columns of the new table and their values from a row of the old one, in SQL.
    pub(super) copy: Vec<(String, String)>,
}

/// What the existing table has that must survive.
struct LiveTable {
    /// The new table with what was made by hand.
    to: TableDef,
    without_rowid: bool,
    /// The rowid column, if it must be copied explicitly.
    rowid: Option<&'static str>,
    /// Statements that create indexes and triggers again.
    replay: Vec<(String, String)>,
    sequence: Option<i64>,
    statistics: bool,
    rows: BTreeMap<String, i64>,
    broken: BTreeSet<String>,
}

impl Rebuild {
    /// The statements for display; what the existing table adds is only known when it runs.
    pub(crate) fn sql(&self) -> Vec<String> {
        let temporary = format!("orm_new_{}", self.to.name);
        let mut out = vec![format!(
            "-- recreates {} with all its rows, while foreign keys are off (PRAGMA foreign_keys, before the transaction);\n-- its \
             triggers, views and hand-made indexes come back as they were",
            quote(&self.to.name)
        )];
        out.extend(self.statements(&self.to, &temporary, self.to.storage.without_rowid, None));
        out.extend(self.kept_indexes().map(|(_, sql)| sql));
        out.extend(self.kept_searches().flat_map(|(_, sql)| sql));
        out
    }

    pub(crate) fn describe(&self) -> String {
        format!("rebuild table {}", quote(&self.to.name))
    }

    fn statements(
        &self,
        to: &TableDef,
        temporary: &str,
        without_rowid: bool,
        rowid: Option<&str>,
    ) -> [String; 4] {
        let mut columns: Vec<String> = self.copy.iter().map(|(column, _)| quote(column)).collect();
        let mut values: Vec<&str> = self.copy.iter().map(|(_, value)| value.as_str()).collect();
        if let Some(rowid) = rowid {
            columns.insert(0, rowid.to_owned());
            values.insert(0, rowid);
        }
        [
            ddl::create_table(to, temporary, without_rowid),
            format!(
                "INSERT INTO {} ({})\nSELECT {}\nFROM {}",
                quote(temporary),
                columns.join(", "),
                values.join(", "),
                quote(&to.name)
            ),
            format!("DROP TABLE {}", quote(&to.name)),
            format!("ALTER TABLE {} RENAME TO {}", quote(temporary), quote(&to.name)),
        ]
    }

    /// Indexes that both states have.
    fn kept_indexes(&self) -> impl Iterator<Item = (String, String)> {
        let uniques = (self.to.uniques.iter())
            .filter(|unique| self.from.uniques.contains(unique))
            .map(|unique| (unique.name.clone(), ddl::create_unique(&self.to.name, unique)));
        let indexes = (self.to.indexes.iter())
            .filter(|index| index.tokenizer.is_none() && self.from.indexes.contains(index))
            .map(|index| (index.name.clone(), ddl::create_index(&self.to.name, index)));
        uniques.chain(indexes)
    }

    /// Full-text indexes that both states have, made anew: what they were filled with may have changed.
    fn kept_searches(&self) -> impl Iterator<Item = (String, Vec<String>)> {
        let kept = (self.to.indexes.iter()).filter(|index| self.from.indexes.contains(index));
        kept.filter_map(|index| Some((index.name.clone(), search::create_again(&self.to.name, index)?)))
    }

    pub(crate) fn run(&self, session: &mut dyn Session) -> Result<()> {
        if count(session, "PRAGMA foreign_keys")? != 0 {
            return Err(foreign_key_suspension::acting());
        }
        let found = self.find(session)?;
        let name = &self.to.name;
        let temporary = free_name(session, name)?;
        let [create, copy, drop, rename] =
            self.statements(&found.to, &temporary, found.without_rowid, found.rowid);
        session.batch(&create)?;
        session.execute(&copy, &[])?;
        let copied = count(session, &format!("SELECT count(*) FROM {}", quote(&temporary)))?;
        let before = found
            .rows
            .get(&name.to_ascii_lowercase())
            .copied()
            .ok_or_else(|| Error::internal("the rows of a table that is recreated were not counted"))?;
        if copied != before {
            return Err(Error::migration(format!(
                "{copied} of {before} rows arrived in the new table; nothing was changed"
            )));
        }
        session.batch(&drop)?;
        // Without this the rename would stop at any view or trigger that mentions the table, which is gone just now,
        // and rewrite those that it can read.
        let legacy = count(session, "PRAGMA legacy_alter_table")? != 0;
        session.batch("PRAGMA legacy_alter_table = ON")?;
        let renamed = session.batch(&rename);
        if !legacy {
            session.batch("PRAGMA legacy_alter_table = OFF")?;
        }
        renamed?;
        for (what, sql) in &found.replay {
            session
                .batch(sql)
                .map_err(|error| error.context(format!("bringing back {what}")))?;
        }
        if let Some(sequence) = found
            .sequence
            .filter(|_| found.to.columns.iter().any(|column| column.generated))
        {
            keep_sequence(session, name, sequence)?;
        }
        if found.statistics {
            session.batch(&format!("ANALYZE {}", quote(name)))?;
        }
        verify(session, &found.rows, &found.broken)
    }

    /// Collects everything that must survive, before anything changes.
    fn find(&self, session: &mut dyn Session) -> Result<LiveTable> {
        let name = &self.from.name;
        let Some(sql) = introspect::create_text(session, name)? else {
            return Err(Error::migration(format!("there is no table {}", quote(name)))
                .with_hint("was it renamed or dropped by hand?"));
        };
        if sql
            .trim_start()
            .to_ascii_uppercase()
            .starts_with("CREATE VIRTUAL")
        {
            return Err(Error::unsupported("a virtual table cannot be rebuilt"));
        }
        let parsed = parse::create_table(&sql);
        let known = |name: &str, collation: &str| {
            let column = self
                .from
                .columns
                .iter()
                .find(|column| is_identifier(&column.name, name));
            column.is_some_and(|column| {
                column
                    .collation
                    .as_deref()
                    .unwrap_or(introspect::BINARY)
                    .eq_ignore_ascii_case(collation)
            })
        };
        if let Some((column, _)) = parsed
            .collated
            .iter()
            .find(|(name, collation)| !known(name, collation))
        {
            return Err(Error::unsupported(format!(
                "column {} has a collation that the models do not know, and a rebuild would lose it",
                quote(column)
            )));
        }
        let live = introspect::columns(session, name)?;
        let known = |column: &str| {
            self.from
                .columns
                .iter()
                .any(|known| is_identifier(&known.name, column))
        };
        let unknown = (live.all.iter().map(|column| &column.name)).find(|column| !known(column));
        if let Some(column) = unknown {
            return Err(Error::migration(format!(
                "the table has a column {} that the models do not know, and a rebuild would lose it",
                quote(column)
            ))
            .with_hint("add it to the model, or drop it"));
        }
        if count_bound(
            session,
            "SELECT count(*) FROM sqlite_temp_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE",
            name,
        )? > 0
        {
            return Err(Error::migration("a temporary trigger on the table would be lost")
                .with_hint("migrate on a connection of its own"));
        }
        let alias = |columns: &[super::super::ColumnDef], key: &[String]| matches!(key, [one] if columns.iter().any(|column| column.name == *one && column.ty.eq_ignore_ascii_case("INTEGER")));
        let names: Vec<&str> = (self.from.columns.iter())
            .chain(&self.to.columns)
            .map(|column| column.name.as_str())
            .collect();
        // A table stays as it was made by hand, unless the models change that.
        let stays = self.from.storage.without_rowid == self.to.storage.without_rowid;
        let without_rowid = match stays {
            true => parsed.without_rowid && !self.to.columns.iter().any(|column| column.generated),
            false => self.to.storage.without_rowid,
        };
        let rowid = if parsed.without_rowid || without_rowid || alias(&self.to.columns, &self.to.primary_key)
        {
            None
        } else {
            ddl::rowid_name(&names)
        };
        let to = self.with_handmade(session)?;
        let has = |session: &mut dyn Session, table: &str| {
            count_bound(
                session,
                "SELECT count(*) FROM sqlite_master WHERE name = ?",
                table,
            )
        };
        let sequence = if has(session, "sqlite_sequence")? > 0 {
            let mut sequence = None;
            session.query(
                "SELECT seq FROM sqlite_sequence WHERE name = ? COLLATE NOCASE",
                &[Value::from(name.as_str())],
                &mut |row| {
                    sequence = row.get::<Option<i64>>(0)?;
                    Ok(())
                },
            )?;
            sequence
        } else {
            None
        };
        let statistics = has(session, "sqlite_stat1")? > 0
            && count_bound(
                session,
                "SELECT count(*) FROM sqlite_stat1 WHERE tbl = ? COLLATE NOCASE",
                name,
            )? > 0;
        Ok(LiveTable {
            replay: self.replay(session)?,
            to,
            without_rowid,
            rowid,
            sequence,
            statistics,
            rows: family_rows(session, name)?,
            broken: broken(session)?,
        })
    }

    /// Adds hand-made checks and foreign keys to the new table.
    fn with_handmade(&self, session: &mut dyn Session) -> Result<TableDef> {
        let mut to = self.to.clone();
        let Some(live) = introspect::introspect(session, &self.from.name)? else {
            return Ok(to);
        };
        guards::of_live(&live, &self.to, &self.copy)
            .iter()
            .try_for_each(|guard| guard.run(session))?;
        for mut check in live.checks {
            let known = (self.from.checks.iter()).any(|known| {
                parts::same_condition(&known.sql, &check.sql)
                    || (!check.name.is_empty() && known.name == check.name)
            });
            if !known {
                check.column = None;
                to.checks.push(check);
            }
        }
        for key in live.foreign_keys {
            if !self
                .from
                .foreign_keys
                .iter()
                .any(|known| known.columns == key.columns)
            {
                to.foreign_keys.push(key);
            }
        }
        Ok(to)
    }

    /// Indexes with another name than the models', with the models' name.
    fn adopted(&self, live: &TableDef, ours: &BTreeSet<String>) -> BTreeMap<String, String> {
        let mut out = BTreeMap::new();
        let lower = |name: &String| name.to_ascii_lowercase();
        for known in &self.from.uniques {
            let there = live
                .uniques
                .iter()
                .any(|unique| lower(&unique.name) == lower(&known.name));
            let alike = (live.uniques.iter())
                .filter(|unique| unique.columns == known.columns && !ours.contains(&lower(&unique.name)));
            out.extend(
                alike
                    .filter(|_| !there)
                    .map(|unique| (lower(&unique.name), lower(&known.name))),
            );
        }
        for known in &self.from.indexes {
            let there = live
                .indexes
                .iter()
                .any(|index| lower(&index.name) == lower(&known.name));
            let alike = (live.indexes.iter())
                .filter(|index| index.is_alike(known) && !ours.contains(&lower(&index.name)));
            out.extend(
                alike
                    .filter(|_| !there)
                    .map(|index| (lower(&index.name), lower(&known.name))),
            );
        }
        out
    }

    /// Everything that is dropped with the old table: its indexes unless the models change them, indexes for
    /// its UNIQUE constraints, triggers.
    fn replay(&self, session: &mut dyn Session) -> Result<Vec<(String, String)>> {
        let name = &self.from.name;
        let mut kept: BTreeMap<String, String> = self
            .kept_indexes()
            .map(|(index, sql)| (index.to_ascii_lowercase(), sql))
            .collect();
        let ours: BTreeSet<String> = (self
            .from
            .uniques
            .iter()
            .map(|unique| unique.name.to_ascii_lowercase()))
        .chain(
            self.from
                .indexes
                .iter()
                .map(|index| index.name.to_ascii_lowercase()),
        )
        .collect();
        let live = introspect::introspect(session, name)?.unwrap_or_else(|| TableDef::new(name));
        let adopted = self.adopted(&live, &ours);
        let mut out = Vec::new();
        let mut triggers = Vec::new();
        session.query(
            "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = ? COLLATE NOCASE AND type IN ('index', 'trigger') \
             AND sql IS NOT NULL ORDER BY rowid",
            &[Value::from(name.as_str())],
            &mut |row| {
                let (kind, name, sql): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let lower = name.to_ascii_lowercase();
                let lower = adopted.get(&lower).cloned().unwrap_or(lower);
                if kind == "trigger" {
                    if search::has_trigger(&self.from, &name) {
                        return Ok(());
                    }
                    triggers.push((format!("trigger {}", quote(&name)), sql));
                } else if kept.remove(&lower).is_some() || !ours.contains(&lower) {
                    out.push((format!("index {}", quote(&name)), sql));
                }
                Ok(())
            },
        )?;
        // Parts that both states have but the database lacked.
        out.extend(
            kept.into_iter()
                .map(|(index, sql)| (format!("index {}", quote(&index)), sql)),
        );
        let in_table = |unique: &TableUnique| unique.name.starts_with(parts::OF_TABLE);
        for unique in live.uniques.into_iter().filter(in_table) {
            let columns: Vec<&str> = unique.columns.iter().map(String::as_str).collect();
            let made = crate::model::constraint_name(name, &columns, "uniq");
            let unique = TableUnique::over(made, unique.columns.clone());
            if !self
                .from
                .uniques
                .iter()
                .any(|known| known.columns == unique.columns)
            {
                out.push((
                    format!("index {}", quote(&unique.name)),
                    ddl::create_unique(name, &unique),
                ));
            }
        }
        out.extend(triggers);
        let searches = self.kept_searches();
        out.extend(
            searches.map(|(index, sql)| (format!("full-text index {}", quote(&index)), sql.join(";\n"))),
        );
        Ok(out)
    }
}
