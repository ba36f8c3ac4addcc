//! Policies and grants.

use crate::error::{Error, Result};
use crate::model::{GrantDef, ModelDef, PolicyDef, RowCondition, TableObjectDef};
use crate::schema::trigger::text;
use crate::schema::{TableGrant, TablePolicy, expression};
use crate::sql::Dialect;

use super::{Lowering, usable};

impl Lowering<'_> {
    pub(super) fn security(&mut self) -> Result<()> {
        for object in &self.model.objects {
            if matches!(object, TableObjectDef::Trigger(_)) {
                continue;
            }
            check_roles(object, self.dialect)?;
            let lowered = match object {
                TableObjectDef::Policy(policy) => self.policy(policy),
                TableObjectDef::Grant(grant) => self.grant(grant),
                TableObjectDef::RowSecurity(security) => {
                    self.table.row_security = Some(*security);
                    Ok(())
                }
                TableObjectDef::Trigger(_) => Ok(()),
            };
            lowered.map_err(|error| error.context(object.label()))?;
        }
        Ok(())
    }

    fn policy(&mut self, policy: &PolicyDef) -> Result<()> {
        policy.check()?;
        usable(&policy.name, "the policy")?;
        for role in &policy.to {
            usable(role, "the role")?;
        }
        let lowered = TablePolicy {
            name: policy.name.clone(),
            command: policy.command,
            to: policy.roles(),
            restrictive: policy.restrictive,
            using: self.row_condition("using", policy.using.as_ref())?,
            with_check: self.row_condition("with_check", policy.with_check.as_ref())?,
        };
        self.table.policies.push(lowered);
        Ok(())
    }

    fn row_condition(&self, option: &str, condition: Option<&RowCondition>) -> Result<Option<String>> {
        let sql = condition.map(|condition| match condition {
            RowCondition::Sql { sql } if sql.contains('\0') => {
                Err(Error::config("its SQL holds a NUL character"))
            }
            RowCondition::Sql { sql } => {
                text::expression(sql, option, self.dialect)?;
                Ok(sql.trim().to_owned())
            }
            RowCondition::Expression(expression) => expression::condition(expression, &self.scope()),
        });
        sql.transpose()
    }

    fn grant(&mut self, grant: &GrantDef) -> Result<()> {
        let grants = grants(grant, |field| self.column_of(field, "grant"))?;
        self.table.grants.extend(grants);
        Ok(())
    }
}

fn check_roles(object: &TableObjectDef, dialect: &Dialect) -> Result<()> {
    if dialect.roles {
        return Ok(());
    }
    let what = format!("{} has no roles, and so no {}", dialect.name, object.label());
    Err(Error::unsupported(what).with_hint(
        "leave it out where the program runs on this database: who opens its file has all of its rows",
    ))
}

/// What a grant says, privilege by privilege.
fn grants(grant: &GrantDef, column_of: impl Fn(&str) -> Result<String>) -> Result<Vec<TableGrant>> {
    grant.check()?;
    usable(&grant.to, "the role")?;
    let of = |privilege, column| TableGrant {
        role: grant.role().to_owned(),
        privilege,
        column,
    };
    let mut all: Vec<TableGrant> = grant.privileges.iter().map(|&one| of(one, None)).collect();
    for (&privilege, fields) in &grant.fields {
        for field in fields {
            all.push(of(privilege, Some(column_of(field)?)));
        }
    }
    all.sort();
    all.dedup();
    Ok(all)
}

/// What roles may do with a view, on which nothing else stands.
pub(in crate::schema) fn view_grants(model: &ModelDef, dialect: &Dialect) -> Result<Vec<TableGrant>> {
    let mut all = Vec::new();
    for object in &model.objects {
        let TableObjectDef::Grant(grant) = object else {
            return Err(Error::unsupported(format!(
                "the view {} would have the {}, and only tables do",
                model.key(),
                object.label()
            ))
            .with_hint("say it of the models that the view reads"));
        };
        check_roles(object, dialect)?;
        let column_of = |name: &str| match model.field(name).filter(|field| field.ty.is_column()) {
            Some(field) => Ok(field.column_name()),
            None => Err(Error::config(format!(
                "it names `{name}`, which is not a column of the view"
            ))),
        };
        let lowered = grants(grant, column_of);
        all.extend(lowered.map_err(|error| error.context(format!("{} of {}", object.label(), model.key())))?);
    }
    Ok(all)
}
